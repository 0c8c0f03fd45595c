//! A twelfth round: stories after public incidents, issue trackers and the documented behaviour of platforms.
//!
//! They were written without sight of any detector. The round stands beside the registry: no score of it is a first score.

use super::Family;

#[path = "round_twelve_agents.rs"]
mod agents;
#[path = "round_twelve_cloud.rs"]
mod cloud;
#[path = "round_twelve_code.rs"]
mod code;
#[path = "round_twelve_desk.rs"]
mod desk;

/// The families of this round, by theme; each loop stands before its healthy twin.
#[must_use]
pub fn round_twelve() -> Vec<&'static Family> {
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
        ("runner_updates_itself_and_is_gone", "runners_for_queued_jobs"),
        ("updated_and_rolled_back_by_a_mirror", "updates_of_a_month"),
        ("signed_off_by_another_address", "sign_offs_explained_to_newcomers"),
        ("branch_rules_of_two_files", "branch_rules_raised_by_plan"),
        ("duplicates_of_each_other", "duplicates_of_one_outage"),
        ("dead_links_in_the_link_report", "links_checked_after_pushes"),
        ("replaced_before_it_has_started", "machines_warmed_for_a_sale"),
        ("log_level_up_and_down", "debug_for_an_hour"),
        ("shard_between_full_disks", "shards_off_an_old_node"),
        ("freed_place_and_a_declined_card", "waiting_list_worked_through"),
        ("two_robots_give_way", "robots_pass_all_day"),
        ("sprinkler_taken_for_rain", "watering_zone_by_zone"),
        ("reminder_starts_the_clock_again", "reminded_twice_then_closed"),
        ("topic_comes_back_escaped", "topics_of_a_release_day"),
        ("notice_of_a_held_mail_is_held", "mails_held_before_an_election"),
        ("conflict_copy_of_a_conflict_copy", "laptops_back_from_the_field"),
        ("dropped_task_counts_as_open", "epics_closed_too_early"),
        ("each_code_is_one_too_late", "codes_for_many_portals"),
        ("voice_note_transcribed_as_a_question", "voice_notes_of_a_family"),
        ("tool_server_dies_of_the_call", "tool_server_updated_meanwhile"),
        ("vote_without_a_majority", "votes_with_a_casting_vote"),
        ("cheaper_seat_is_our_own_hold", "fares_watched_for_travellers"),
    ];

    #[test]
    fn round_twelve_pairs_each_loop_with_a_healthy_story() {
        let group = |name: &str| round_twelve().iter().find(|family| family.name == name).map(|family| family.group);
        for (looping, healthy) in PAIRS {
            assert_eq!(group(looping), Some(Group::Loop), "{looping}");
            assert!(group(healthy).is_some_and(|group| group != Group::Loop), "{healthy}");
        }
        let paired: BTreeSet<_> = PAIRS.iter().flat_map(|(looping, healthy)| [*looping, *healthy]).collect();
        assert_eq!(paired.len(), 44);
    }
}
