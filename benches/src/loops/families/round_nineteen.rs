//! A nineteenth round: agents and relays. Agents answer, delegate, review, plan and sum up; bridges carry text from
//! one place to another and change it a little. The loops were read of in public threads, and so was much of what was
//! stopped though it worked.
//!
//! They were written without sight of any detector. The round stands beside the registry: no score of it is a first
//! score.

use super::Family;
use crate::loops::scene::{Act, Actor, Event, Scene, platform};

#[path = "round_nineteen_chat.rs"]
mod chat;
#[path = "round_nineteen_cloud.rs"]
mod cloud;
#[path = "round_nineteen_relay.rs"]
mod relay;
#[path = "round_nineteen_tools.rs"]
mod tools;

const SECOND: u64 = 1_000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// The families of this round, by theme; each loop stands before its healthy twin.
#[must_use]
pub fn round_nineteen() -> Vec<&'static Family> {
    let themes: [&'static [Family]; 4] = [chat::FAMILIES, relay::FAMILIES, cloud::FAMILIES, tools::FAMILIES];
    themes.into_iter().flatten().collect()
}

/// So many rounds that two to four dozen effects are too many, with so many effects in each, and the round before them.
fn turns(s: &Scene, each: u64) -> u64 {
    (s.between(24, 43) / each).max(12) + 1
}

/// Somebody answers what we wrote, in the same place. A mail mostly names what it answers, a message now and then, and
/// a comment never.
fn answer<'s>(s: &'s Scene, who: &Actor, act: Act<'s>, text: &str) -> Event<'s> {
    let place = act.subject();
    let said = s.says(who, &place, text).because(act).token(act);
    let names = match platform(&place) {
        "mail" => 75,
        "sms" => 20,
        "github" => 0,
        _ => 35,
    };
    if s.chance(names) { said.answers(act) } else { said }
}

/// In so many percent of cases somebody says something about what we did, and nobody answers that.
fn remark(s: &Scene, act: Act<'_>, percent: u64, words: &[&str]) {
    if s.chance(percent) {
        answer(s, &s.somebody(), act, s.pick(words)).within(6 * SECOND, 5 * MINUTE);
    }
}

/// What an agent says once more: word for word, with a number, with the time, or as a model puts it.
fn phrased(s: &Scene, style: u64, text: &str, number: u64) -> String {
    match style {
        0 => text.to_owned(),
        1 => format!("{text} [{number}]"),
        2 => format!("{text} ({})", s.timestamp()),
        _ => format!("{} {text}", s.paraphrase()),
    }
}

/// The first so many characters; platforms cut what gets too long.
fn cut(text: &str, length: usize) -> String {
    text.chars().take(length).collect()
}

/// A tool is called and reports.
fn call<'s>(s: &'s Scene, heard: Event<'s>, place: &str, what: &str, found: &str) -> Event<'s> {
    let act = s.wants(heard, "tool.call", place, what).within(SECOND, 8 * SECOND);
    s.reports(act, "tool.done", found).within(40, 5 * SECOND)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::Group;
    use super::*;

    /// Each loop with the healthy story that looks most like it.
    const PAIRS: [(&str, &str); 16] = [
        ("nothing_to_reply_is_replied", "handoffs_acknowledged_in_one_line"),
        ("menu_bot_meets_menu_bot", "menus_chosen_by_customers"),
        ("review_text_that_wakes_the_coder", "reviews_until_each_pull_is_approved"),
        ("woken_by_ones_own_status_note", "status_note_of_each_wake"),
        ("no_reply_mailbox_opens_tickets", "notices_and_customers_become_tickets"),
        ("two_bridges_over_one_pair_of_rooms", "bridge_between_two_busy_rooms"),
        ("done_reopened_by_the_status_map", "tickets_follow_their_issues"),
        ("escapes_that_grow_in_a_description", "descriptions_copied_in_a_planning_week"),
        ("healer_puts_back_what_can_not_run", "tasks_put_back_after_an_outage"),
        ("restart_that_counts_as_a_crash", "restarts_in_a_night_of_bad_nodes"),
        ("packages_released_for_each_other", "release_trains_of_many_packages"),
        ("verdict_upon_the_same_head", "verdict_upon_each_new_head"),
        ("report_that_fits_no_form", "findings_filed_one_by_one"),
        ("brief_handed_down_again_and_again", "research_split_among_subagents"),
        ("planner_plans_its_own_pieces", "epics_planned_when_labelled"),
        ("summary_taken_for_the_task", "long_session_compacted_on_its_way"),
    ];

    #[test]
    fn round_nineteen_pairs_each_loop_with_a_healthy_story() {
        let group = |name: &str| round_nineteen().iter().find(|family| family.name == name).map(|family| family.group);
        for (looping, healthy) in PAIRS {
            assert_eq!(group(looping), Some(Group::Loop), "{looping}");
            assert!(group(healthy).is_some_and(|group| group != Group::Loop), "{healthy}");
        }
        let paired: BTreeSet<_> = PAIRS.iter().flat_map(|(looping, healthy)| [*looping, *healthy]).collect();
        assert_eq!(paired.len(), 32);
    }
}
