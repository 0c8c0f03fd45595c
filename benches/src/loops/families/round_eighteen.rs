//! An eighteenth round: real incidents, told in public. Each loop was read of in an issue or a post-mortem; the healthy stories are
//! what looks most like them, and what people wrote of when some protection had stopped their honest automation.
//!
//! They were written without sight of any detector. The round stands beside the registry: no score of it is a first score.

use super::Family;
use crate::loops::scene::{Act, Actor, Event, Scene, platform};

#[path = "round_eighteen_agents.rs"]
mod agents;
#[path = "round_eighteen_cloud.rs"]
mod cloud;
#[path = "round_eighteen_code.rs"]
mod code;
#[path = "round_eighteen_desk.rs"]
mod desk;

const SECOND: u64 = 1_000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// The families of this round, by theme; each loop stands before its healthy twin.
#[must_use]
pub fn round_eighteen() -> Vec<&'static Family> {
    let themes: [&'static [Family]; 4] = [code::FAMILIES, desk::FAMILIES, cloud::FAMILIES, agents::FAMILIES];
    themes.into_iter().flatten().collect()
}

/// So many rounds that 20 to 38 effects are too many, with so many effects in each round, and the round before them. Where a round
/// is short there are at least a dozen.
fn turns(s: &Scene, each: u64) -> u64 {
    let rounds = s.between(20, 38).div_ceil(each) + 1;
    if each > 4 { rounds } else { rounds.max(12) }
}

/// Somebody answers what we wrote, in the same place. A mail names what it answers more often than a message in a room does.
fn answer<'s>(s: &'s Scene, who: &Actor, act: Act<'s>, text: &str) -> Event<'s> {
    let place = act.subject();
    let said = s.says(who, &place, text).because(act).token(act);
    let names = match platform(&place) {
        "mail" => 80,
        "teams" => 40,
        "github" => 0,
        _ => 30,
    };
    if s.chance(names) { said.answers(act) } else { said }
}

/// In so many percent of cases somebody says something about what we did, and nobody answers that.
fn aside(s: &Scene, act: Act<'_>, percent: u64, words: &[&str]) {
    if s.chance(percent) {
        answer(s, &s.somebody(), act, s.pick(words)).within(8 * SECOND, 4 * MINUTE);
    }
}

/// What a host sends again: word for word, with a number, with the time, or as a model puts it.
fn worded(s: &Scene, style: u64, text: &str, number: u64) -> String {
    match style {
        0 => text.to_owned(),
        1 => format!("{text} ({number})"),
        2 => format!("{}: {text}", s.timestamp()),
        _ => format!("{text} {}", s.paraphrase()),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::Group;
    use super::*;

    /// Each loop with the healthy story that looks most like it.
    const PAIRS: [(&str, &str); 16] = [
        ("out_of_credit_notes_of_two_reviewers", "review_remarks_carried_to_the_room"),
        ("update_pull_made_and_closed_each_run", "update_pulls_superseded_by_newer_ones"),
        ("hold_label_cleared_and_set_each_pass", "hold_labels_follow_the_reviewers"),
        ("beta_of_a_beta_of_a_beta", "betas_of_a_release_month"),
        ("closed_ticket_and_the_absent_customers", "late_thanks_on_closed_tickets"),
        ("synced_issue_taken_for_a_new_one", "backlog_synced_into_the_tracker"),
        ("picture_bot_and_description_bot", "pictures_of_a_contest_described"),
        ("approval_for_each_stamp_of_an_approval", "approvals_of_a_quarter_end"),
        ("certificate_reissued_as_its_secret_is_overwritten", "certificates_of_a_fleet_renewed_in_a_night"),
        ("two_clusters_delete_each_others_records", "records_follow_the_services_of_two_clusters"),
        ("merge_head_nudged_out_of_its_checks", "stuck_merge_heads_nudged_once"),
        ("alert_never_marked_as_sent", "alerts_of_a_scanner_in_a_new_office"),
        ("agent_asks_for_the_time_until_eleven", "agent_waits_for_a_long_job"),
        ("analysis_and_verification_for_eleven_days", "questions_verified_and_summed_up"),
        ("turn_that_may_not_end", "turn_held_until_the_gates_are_green"),
        ("objection_repeated_at_each_scan", "objections_argued_once_each"),
    ];

    #[test]
    fn round_eighteen_pairs_each_loop_with_a_healthy_story() {
        let group = |name: &str| round_eighteen().iter().find(|family| family.name == name).map(|family| family.group);
        for (looping, healthy) in PAIRS {
            assert_eq!(group(looping), Some(Group::Loop), "{looping}");
            assert!(group(healthy).is_some_and(|group| group != Group::Loop), "{healthy}");
        }
        let paired: BTreeSet<_> = PAIRS.iter().flat_map(|(looping, healthy)| [*looping, *healthy]).collect();
        assert_eq!(paired.len(), 32);
    }
}
