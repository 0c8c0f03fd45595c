//! A ninth round: stories after issue trackers, documented warnings and the everyday automation beside them.
//!
//! They were written without sight of any detector. The round stands beside the registry: no score of it is a first score.

use super::Family;

#[path = "round_nine_agents.rs"]
mod agents;
#[path = "round_nine_cloud.rs"]
mod cloud;
#[path = "round_nine_code.rs"]
mod code;
#[path = "round_nine_desk.rs"]
mod desk;

/// The families of this round, by theme; each loop stands before its healthy twin.
#[must_use]
pub fn round_nine() -> Vec<&'static Family> {
    let themes: [&'static [Family]; 4] = [code::FAMILIES, cloud::FAMILIES, desk::FAMILIES, agents::FAMILIES];
    themes.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::Group;
    use super::*;

    /// Each loop with the healthy story that looks most like it.
    const PAIRS: [(&str, &str); 22] = [
        ("only_people_with_push_access", "rebase_asked_for_each_branch"),
        ("merged_forth_and_back", "hotfixes_merged_back"),
        ("run_label_after_each_push", "run_label_by_maintainers"),
        ("rebase_box_stays_ticked", "rebase_box_ticked_by_people"),
        ("each_pull_request_mentions_us", "contributors_added_after_a_release"),
        ("two_certificates_one_secret", "certificates_of_a_new_cluster"),
        ("token_refreshed_and_refused", "token_refreshed_each_hour"),
        ("version_label_never_matches", "firmware_in_rings"),
        ("two_clients_with_one_id", "gateway_on_a_train"),
        ("each_ack_is_acknowledged", "readings_acknowledged"),
        ("door_meets_an_obstacle", "door_closed_after_cars"),
        ("receipt_reported_as_spam", "abuse_reports_of_a_wave"),
        ("appointment_moves_by_an_hour", "appointments_moved_by_people"),
        ("due_dates_push_each_other", "dates_follow_a_late_supplier"),
        ("two_sticky_messages", "sticky_message_in_a_busy_room"),
        ("member_of_one_directory_only", "joiners_and_leavers"),
        ("webhook_disabled_by_its_backlog", "webhooks_enabled_after_an_outage"),
        ("handover_does_not_end_the_run", "conversations_handed_to_people"),
        ("voice_agent_in_a_phone_menu", "voice_agent_through_menus"),
        ("wakeup_sets_the_next_wakeup", "wakeups_until_builds_are_done"),
        ("memory_tidies_itself", "memory_after_each_conversation"),
        ("fix_agent_without_the_secret", "ci_fixed_in_three_attempts"),
    ];

    #[test]
    fn round_nine_pairs_each_loop_with_a_healthy_story() {
        let group = |name: &str| round_nine().iter().find(|family| family.name == name).map(|family| family.group);
        for (looping, healthy) in PAIRS {
            assert_eq!(group(looping), Some(Group::Loop), "{looping}");
            assert!(group(healthy).is_some_and(|group| group != Group::Loop), "{healthy}");
        }
        let paired: BTreeSet<_> = PAIRS.iter().flat_map(|(looping, healthy)| [*looping, *healthy]).collect();
        assert_eq!(paired.len(), 44);
    }
}
