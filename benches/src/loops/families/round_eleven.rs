//! An eleventh round: stories after public incidents, documented behaviour of platforms and the working days beside them.
//!
//! They were written without sight of any detector. The round stands beside the registry: no score of it is a first score.

use super::Family;

#[path = "round_eleven_agents.rs"]
mod agents;
#[path = "round_eleven_cloud.rs"]
mod cloud;
#[path = "round_eleven_code.rs"]
mod code;
#[path = "round_eleven_desk.rs"]
mod desk;

/// The families of this round, by theme; each loop stands before its healthy twin.
#[must_use]
pub fn round_eleven() -> Vec<&'static Family> {
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
        ("floating_tag_is_a_release_tag", "floating_tags_after_releases"),
        ("submodules_of_each_other", "submodules_after_merges"),
        ("auto_merge_turned_off_by_a_push", "auto_merge_on_approved_changes"),
        ("digest_pinned_and_unpinned", "digests_pinned_by_plan"),
        ("typo_in_a_generated_file", "typos_fixed_after_pushes"),
        ("summary_counts_as_a_status", "summary_of_a_matrix"),
        ("two_addresses_of_one_station", "addresses_of_roaming_laptops"),
        ("twin_version_never_matches", "twins_configured_in_waves"),
        ("new_node_has_drifted_too", "nodes_replaced_for_an_image"),
        ("auto_swap_after_each_deployment", "slots_swapped_for_each_release"),
        ("etags_of_two_servers", "pages_purged_after_edits"),
        ("failover_to_a_lagging_replica", "failover_drill_of_databases"),
        ("announcement_heard_as_a_command", "announcements_of_a_busy_home"),
        ("picture_without_a_description", "pictures_on_demand"),
        ("class_of_a_record_switched", "records_imported_at_night"),
        ("print_report_is_printed", "mails_printed_for_an_office"),
        ("note_takers_wait_for_each_other", "recordings_extended_while_people_talk"),
        ("resubscribed_by_the_sync", "subscribers_after_a_fair"),
        ("message_to_a_finished_subagent", "subagents_steered_until_they_end"),
        ("shorter_and_more_detailed", "drafts_through_two_critics"),
        ("banner_after_each_click", "forms_over_many_pages"),
        ("apology_quotes_what_was_blocked", "blocked_answers_rephrased"),
    ];

    #[test]
    fn round_eleven_pairs_each_loop_with_a_healthy_story() {
        let group = |name: &str| round_eleven().iter().find(|family| family.name == name).map(|family| family.group);
        for (looping, healthy) in PAIRS {
            assert_eq!(group(looping), Some(Group::Loop), "{looping}");
            assert!(group(healthy).is_some_and(|group| group != Group::Loop), "{healthy}");
        }
        let paired: BTreeSet<_> = PAIRS.iter().flat_map(|(looping, healthy)| [*looping, *healthy]).collect();
        assert_eq!(paired.len(), 44);
    }
}
