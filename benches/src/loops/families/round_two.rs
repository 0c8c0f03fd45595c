//! A second round of situations, written by somebody who knew the stage and nothing of what judges the stories.
//!
//! Each loop follows an incident that somebody has written down in public, and has a healthy twin in which the same kind of
//! traffic is just work: chat and bridges, mail, agents, synchronised records and calendars, a few from elsewhere.

use super::super::scene::{Act, Actor, Event, Scene};
use super::Family;

#[path = "round_two_agents.rs"]
mod agents;
#[path = "round_two_chat.rs"]
mod chat;
#[path = "round_two_mail.rs"]
mod mail;
#[path = "round_two_records.rs"]
mod records;

const MINUTE: u64 = 60_000;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// The families of this round; they are not in the registry.
#[must_use]
pub fn round_two() -> Vec<&'static Family> {
    [chat::FAMILIES, mail::FAMILIES, agents::FAMILIES, records::FAMILIES].into_iter().flatten().collect()
}

/// The loops of this round, each with the healthy story that looks most like it.
pub const TWINS: &[(&str, &str)] = &[
    ("revised_by_its_answers", "question_sharpened"),
    ("two_translators", "interpreter"),
    ("reaction_duel", "role_menu_rush"),
    ("bridges_in_a_ring", "bridged_evening"),
    ("vacation_opens_tickets", "monday_mailbox"),
    ("bounce_of_the_bounce", "greylisted"),
    ("thanks_reopen", "customer_asks_on"),
    ("room_declines_hold", "slot_found_at_last"),
    ("handover_without_reason", "desk_to_desk"),
    ("tool_finds_nothing", "backfill_by_cursor"),
    ("goal_never_met", "fix_until_green"),
    ("delegated_on", "research_in_parts"),
    ("phone_as_each_likes", "address_campaign"),
    ("copies_of_copies", "series_mirrored"),
    ("flow_stamps_its_item", "approval_in_stages"),
    ("dependency_reopened", "a_bump_a_day"),
    ("repricing_duel", "clearance_by_plan"),
];

/// Our own message is delivered to us on a platform of any name, if the world delivers echoes.
fn hears_itself<'s>(s: &'s Scene, act: Act<'s>, source: &str, kind: &str) -> Option<Event<'s>> {
    let mut percent = 0;
    s.with_world(|world| percent = world.echoes);
    s.chance(percent).then(|| {
        let echo = s.event(source, kind, &s.us(), &act.subject()).text(act.text());
        echo.because(act).about(act).token(act).within(150, 2_000)
    })
}

/// In so many percent of cases somebody says something to somebody else in between.
fn small_talk<'s>(s: &'s Scene, percent: u64, source: &str, subject: &str) -> Option<Event<'s>> {
    s.chance(percent).then(|| {
        let text = s.sentence(s.between(2, 9));
        s.event(source, "message", &s.somebody(), subject).text(text).within(200, 4_000)
    })
}

/// A party whose kind the platform may or may not tell.
fn stranger(s: &Scene, name: &str) -> Actor {
    Actor::new(name, s.pick(&["bot", "app", "human", "unknown"]))
}

#[cfg(test)]
mod limits {
    use super::super::super::trace::{Entry, Label};
    use super::super::{Group, families};
    use super::*;

    fn count(group: Group) -> usize {
        round_two().iter().filter(|family| family.group == group).count()
    }

    #[test]
    fn the_round_has_loops_twins_and_a_few_hosts_that_declare_nothing() {
        assert!(count(Group::Loop) >= 12);
        assert!(count(Group::Declared) >= 10);
        assert!((3..=4).contains(&count(Group::Careless)));
    }

    #[test]
    fn each_loop_of_the_round_has_a_healthy_twin_in_it() {
        let group = |name: &str| round_two().iter().find(|family| family.name == name).map(|family| family.group);
        for (name, twin) in TWINS {
            assert_eq!(group(name), Some(Group::Loop), "{name}");
            assert!(group(twin).is_some_and(|group| group != Group::Loop), "{twin}");
        }
        assert_eq!(TWINS.len(), count(Group::Loop));
    }

    #[test]
    fn loops_run_for_twenty_to_sixty_effects_and_look_alikes_for_five_to_eighty() {
        for family in round_two() {
            for seed in 0..20 {
                let trace = family.trace(seed);
                let ours = |entry: &&Entry| matches!(entry, Entry::Out(act) if act.nz == 0);
                let effects = trace.events.iter().filter(ours).count();
                let fitting = if trace.label == Label::Loop { 20..=60 } else { 5..=80 };
                assert!(fitting.contains(&effects), "{} wants {effects}", trace.id);
            }
        }
    }

    #[test]
    fn the_registry_does_not_know_this_round() {
        let known: Vec<_> = families().iter().map(|family| family.name).collect();
        assert!(round_two().iter().all(|family| !known.contains(&family.name) && family.code.is_empty()));
    }
}
