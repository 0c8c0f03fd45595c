//! A fourteenth round: stories after public incidents, issue trackers and the documented behaviour of platforms, with people in
//! the middle: they quote our whole text, forward it, press buttons, answer late, and machines answer under their names.
//!
//! They were written without sight of any detector. The round stands beside the registry: no score of it is a first score.

use super::Family;
use crate::loops::scene::{Act, Actor, Event, Scene};

#[path = "round_fourteen_agents.rs"]
mod agents;
#[path = "round_fourteen_cloud.rs"]
mod cloud;
#[path = "round_fourteen_code.rs"]
mod code;
#[path = "round_fourteen_desk.rs"]
mod desk;

/// The families of this round, by theme; each loop stands before its healthy twin.
#[must_use]
pub fn round_fourteen() -> Vec<&'static Family> {
    let themes: [&'static [Family]; 4] = [code::FAMILIES, cloud::FAMILIES, desk::FAMILIES, agents::FAMILIES];
    themes.into_iter().flatten().collect()
}

/// Somebody answers what we wrote, in the same place, with all of our text above or below; a mark in that text comes along.
fn quoted<'s>(s: &'s Scene, who: &Actor, act: Act<'s>, words: &str) -> Event<'s> {
    s.says(who, &act.subject(), &with_quote(s, &act.text(), words)).because(act).token(act)
}

/// What a mail program or a chat makes of an answer to a text.
fn with_quote(s: &Scene, ours: &str, words: &str) -> String {
    let lines = || ours.lines().map(|line| format!("> {line}")).collect::<Vec<_>>().join("\n");
    match s.between(0, 3) {
        0 => format!("{words}\n\nOn Tuesday you wrote:\n{}", lines()),
        1 => format!("{}\n\n{words}", lines()),
        2 => format!("{words}\n\n-----Original Message-----\n{ours}"),
        _ => format!("\u{201c}{ours}\u{201d} {words}"),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::Group;
    use super::*;

    /// Each loop with the healthy story that looks most like it.
    const PAIRS: [(&str, &str); 22] = [
        ("suggestions_accepted_by_a_script", "suggestions_quoted_and_answered"),
        ("empty_commit_quotes_skip_ci", "checks_kicked_for_forks"),
        ("approved_by_a_script_each_time", "deployments_approved_all_week"),
        ("invitation_expires_unread", "invitations_accepted_late"),
        ("absence_note_becomes_a_comment", "maintainers_answer_by_mail"),
        ("rota_against_component_lead", "tickets_taken_over_by_hand"),
        ("desktop_started_by_a_reconnect", "desktops_of_a_shift"),
        ("each_notice_wakes_the_phone", "family_comes_and_goes"),
        ("workers_added_to_a_full_database", "workers_follow_the_import"),
        ("cost_report_is_the_cost", "costs_asked_by_managers"),
        ("car_app_stops_what_we_start", "cars_charged_by_the_tariff"),
        ("request_of_a_request", "requests_copied_by_hand"),
        ("engineer_always_asks_for_logs", "vendor_engineers_ask_for_more"),
        ("colleague_answers_by_assistant", "questions_to_busy_colleagues"),
        ("sent_copy_in_the_watched_mailbox", "shared_mailbox_of_a_department"),
        ("minutes_corrected_against_each_other", "minutes_corrected_by_participants"),
        ("open_clients_refresh_the_card", "shifts_taken_on_a_card"),
        ("thanks_resume_the_worker", "workers_given_further_work"),
        ("permission_granted_with_a_condition", "edits_approved_one_by_one"),
        ("cursor_that_never_ends", "pages_with_a_fresh_cursor"),
        ("each_answer_outdates_the_other", "halves_of_a_contract"),
        ("agent_interrupted_by_its_own_voice", "callers_interrupt_the_agent"),
    ];

    #[test]
    fn round_fourteen_pairs_each_loop_with_a_healthy_story() {
        let group = |name: &str| round_fourteen().iter().find(|family| family.name == name).map(|family| family.group);
        for (looping, healthy) in PAIRS {
            assert_eq!(group(looping), Some(Group::Loop), "{looping}");
            assert!(group(healthy).is_some_and(|group| group != Group::Loop), "{healthy}");
        }
        let paired: BTreeSet<_> = PAIRS.iter().flat_map(|(looping, healthy)| [*looping, *healthy]).collect();
        assert_eq!(paired.len(), 44);
    }
}
