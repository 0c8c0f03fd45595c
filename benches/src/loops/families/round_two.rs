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
mod tests {
    use super::super::Group;
    use super::*;

    /// The loops of this round, each with the healthy story that looks most like it.
    const TWINS: &[(&str, &str)] = &[
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

    #[test]
    fn each_loop_of_the_round_has_a_healthy_twin_in_it() {
        let group = |name: &str| round_two().iter().find(|family| family.name == name).map(|family| family.group);
        for (name, twin) in TWINS {
            assert_eq!(group(name), Some(Group::Loop), "{name}");
            assert!(group(twin).is_some_and(|group| group != Group::Loop), "{twin}");
        }
        assert_eq!(TWINS.len(), round_two().iter().filter(|family| family.group == Group::Loop).count());
    }
}
