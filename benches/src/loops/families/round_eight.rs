//! An eighth round: stories after public incident reports, documented warnings and the everyday automation beside them.
//!
//! They were written without sight of any detector. The round stands beside the registry: no score of it is a first score.

use super::Family;

#[path = "round_eight_agents.rs"]
mod agents;
#[path = "round_eight_cloud.rs"]
mod cloud;
#[path = "round_eight_code.rs"]
mod code;
#[path = "round_eight_desk.rs"]
mod desk;

/// The families of this round, by theme; each loop stands before its healthy twin.
#[must_use]
pub fn round_eight() -> Vec<&'static Family> {
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
        ("reruns_cancel_each_other", "preempted_runs_started_again"),
        ("ready_again_and_draft_again", "drafts_reworked_by_authors"),
        ("exported_strings_uploaded_again", "strings_uploaded_after_merges"),
        ("merged_branch_always_restored", "weekly_release_branches"),
        ("only_owner_is_at_capacity", "review_passed_down_the_list"),
        ("restart_writes_the_watched_config", "config_merges_rolled_out"),
        ("requests_grow_as_replicas_shrink", "requests_set_by_plan"),
        ("stopped_machine_is_replaced", "lab_stopped_each_evening"),
        ("lock_lost_while_working", "deliveries_counted_by_the_broker"),
        ("probe_banned_and_unbanned", "visitors_unbanned_one_by_one"),
        ("two_batteries_charge_each_other", "charging_follows_the_sun"),
        ("two_mailboxes_forward", "holiday_cover_by_a_colleague"),
        ("challenges_are_challenged", "strangers_challenged_once"),
        ("deleted_message_shown_again", "deletions_logged_in_another_room"),
        ("returned_refund_is_a_payment", "refunds_of_a_cancelled_concert"),
        ("approvals_delegated_in_a_circle", "purchases_through_their_approvers"),
        ("attachments_copied_to_and_fro", "screenshots_of_a_big_incident"),
        ("output_never_parses", "invoices_read_in_three_tries"),
        ("subagent_dies_of_its_history", "subagents_restarted_a_few_times"),
        ("listing_tools_changes_the_list", "tools_listed_as_plugins_load"),
        ("heartbeat_woken_by_its_own_command", "heartbeat_looks_every_half_hour"),
        ("assistants_propose_times_for_ever", "assistants_agree_on_times"),
    ];

    #[test]
    fn round_eight_pairs_each_loop_with_a_healthy_story() {
        let group = |name: &str| round_eight().iter().find(|family| family.name == name).map(|family| family.group);
        for (looping, healthy) in PAIRS {
            assert_eq!(group(looping), Some(Group::Loop), "{looping}");
            assert!(group(healthy).is_some_and(|group| group != Group::Loop), "{healthy}");
        }
        let paired: BTreeSet<_> = PAIRS.iter().flat_map(|(looping, healthy)| [*looping, *healthy]).collect();
        assert_eq!(paired.len(), 44);
    }
}
