//! A tenth round: stories after public incident reports, warnings of vendors and the working days beside them.
//!
//! They were written without sight of any detector. The round stands beside the registry: no score of it is a first score.

use super::Family;

#[path = "round_ten_agents.rs"]
mod agents;
#[path = "round_ten_cloud.rs"]
mod cloud;
#[path = "round_ten_code.rs"]
mod code;
#[path = "round_ten_desk.rs"]
mod desk;

/// The families of this round, by theme; each loop stands before its healthy twin.
#[must_use]
pub fn round_ten() -> Vec<&'static Family> {
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
        ("screenshots_never_the_same", "screenshots_accepted_by_designers"),
        ("apply_needs_what_it_blocks", "applies_project_by_project"),
        ("issue_transferred_to_and_fro", "issues_of_a_split_repository"),
        ("checksum_of_a_moving_archive", "manifests_of_a_release_day"),
        ("reopened_to_start_the_checks", "checks_started_by_maintainers"),
        ("ignore_list_full_of_secrets", "findings_accepted_in_a_sweep"),
        ("message_always_too_early", "reminders_moved_by_customers"),
        ("monitor_wakes_what_sleeps", "databases_paused_each_evening"),
        ("locks_broken_by_each_other", "applies_wait_for_a_lock"),
        ("unknown_certificate_revoked", "certificates_revoked_after_a_leak"),
        ("alert_counts_as_a_heartbeat", "heartbeats_over_a_bad_line"),
        ("vacuum_seen_as_a_person", "vacuum_while_people_are_out"),
        ("archived_channel_revived", "quiet_channels_archived"),
        ("mail_moved_between_folders", "mailbox_filed_all_day"),
        ("room_made_for_a_bot", "rooms_made_for_people"),
        ("link_to_a_link_to_a_link", "links_of_the_day"),
        ("recurring_task_always_overdue", "recurring_tasks_done_by_people"),
        ("missed_calls_called_back", "callers_called_back"),
        ("evaluation_orders_a_reindex", "chunk_sizes_tried_by_plan"),
        ("scope_granted_is_too_small", "scopes_granted_step_by_step"),
        ("fallback_between_exhausted_models", "models_tried_in_order"),
        ("hook_removes_the_new_import", "imports_kept_once_used"),
    ];

    #[test]
    fn round_ten_pairs_each_loop_with_a_healthy_story() {
        let group = |name: &str| round_ten().iter().find(|family| family.name == name).map(|family| family.group);
        for (looping, healthy) in PAIRS {
            assert_eq!(group(looping), Some(Group::Loop), "{looping}");
            assert!(group(healthy).is_some_and(|group| group != Group::Loop), "{healthy}");
        }
        let paired: BTreeSet<_> = PAIRS.iter().flat_map(|(looping, healthy)| [*looping, *healthy]).collect();
        assert_eq!(paired.len(), 44);
    }
}
