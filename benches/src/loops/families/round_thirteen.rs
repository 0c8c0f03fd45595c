//! A thirteenth round: stories after public incidents, issue trackers and the documented behaviour of platforms.
//!
//! They were written without sight of any detector. The round stands beside the registry: no score of it is a first score.

use super::Family;

#[path = "round_thirteen_agents.rs"]
mod agents;
#[path = "round_thirteen_cloud.rs"]
mod cloud;
#[path = "round_thirteen_code.rs"]
mod code;
#[path = "round_thirteen_desk.rs"]
mod desk;

/// The families of this round, by theme; each loop stands before its healthy twin.
#[must_use]
pub fn round_thirteen() -> Vec<&'static Family> {
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
        ("title_set_back_by_the_updater", "titles_corrected_for_contributors"),
        ("quarantined_test_let_out", "flaky_tests_quarantined_in_a_sweep"),
        ("smoke_test_is_a_deployment", "smoke_tests_after_deployments"),
        ("resolved_error_regresses_at_once", "errors_resolved_by_releases"),
        ("archived_card_added_again", "cards_archived_after_sprints"),
        ("rules_inline_and_apart", "rules_added_for_partners"),
        ("account_without_its_secret", "accounts_for_new_teams"),
        ("reboot_finds_the_old_log", "nodes_rebooted_for_a_kernel"),
        ("silence_looks_like_recovery", "silences_for_maintenance"),
        ("renewed_for_less_than_the_notice", "subscriptions_renewed_in_time"),
        ("clock_set_late_each_time", "clocks_set_after_a_power_cut"),
        ("priority_is_computed_there", "priorities_raised_in_an_outage"),
        ("read_receipt_asks_for_one", "read_receipts_of_a_circular"),
        ("tracker_mails_its_own_mailbox", "customers_answer_by_mail"),
        ("status_of_two_calendars", "statuses_follow_meetings"),
        ("ticket_keys_explained_by_two_bots", "ticket_keys_in_a_planning_talk"),
        ("created_before_it_is_found", "leads_of_a_campaign"),
        ("sampling_calls_the_tool", "tools_that_ask_the_model"),
        ("package_gone_in_the_next_sandbox", "packages_missing_one_by_one"),
        ("subagent_waits_for_a_click", "subagents_allowed_by_people"),
        ("report_in_the_watched_folder", "tests_after_each_save"),
        ("unexpected_changes_restored", "agents_in_trees_of_their_own"),
    ];

    #[test]
    fn round_thirteen_pairs_each_loop_with_a_healthy_story() {
        let group = |name: &str| round_thirteen().iter().find(|family| family.name == name).map(|family| family.group);
        for (looping, healthy) in PAIRS {
            assert_eq!(group(looping), Some(Group::Loop), "{looping}");
            assert!(group(healthy).is_some_and(|group| group != Group::Loop), "{healthy}");
        }
        let paired: BTreeSet<_> = PAIRS.iter().flat_map(|(looping, healthy)| [*looping, *healthy]).collect();
        assert_eq!(paired.len(), 44);
    }
}
