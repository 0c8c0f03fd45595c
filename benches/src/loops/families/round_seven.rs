//! A seventh round: stories after public incident reports, and the everyday automation that looks like them.
//!
//! They were written without sight of any detector. The round stands beside the registry: no score of it is a first score.

use super::Family;

#[path = "round_seven_agents.rs"]
mod agents;
#[path = "round_seven_code.rs"]
mod code;
#[path = "round_seven_people.rs"]
mod people;
#[path = "round_seven_things.rs"]
mod things;

/// The families of this round, by theme.
#[must_use]
pub fn round_seven() -> Vec<&'static Family> {
    let themes: [&'static [Family]; 4] = [code::FAMILIES, people::FAMILIES, things::FAMILIES, agents::FAMILIES];
    themes.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::Group;
    use super::*;

    /// Each loop with the healthy story that looks most like it.
    const PAIRS: [(&str, &str); 18] = [
        ("fixups_force_pushed_away", "fixups_of_new_versions"),
        ("bad_command_in_the_title", "person_tries_commands"),
        ("mirrors_that_sign_again", "mirror_of_a_busy_branch"),
        ("evicted_and_queued_again", "queued_again_at_most_thrice"),
        ("edit_bounces_between_bridges", "busy_bridged_room"),
        ("reaction_opens_ticket_that_gets_a_reaction", "lead_reacts_to_many_reports"),
        ("closed_ticket_and_absent_owner", "old_tickets_closed_in_bulk"),
        ("quick_toggle_circles_between_trackers", "fields_toggled_in_a_meeting"),
        ("blockers_copied_back", "series_copied_as_blockers"),
        ("schedulers_avoid_each_other", "meeting_moved_until_all_agree"),
        ("failed_notice_is_worth_a_notice", "notices_with_backoff"),
        ("scan_stamp_on_the_blob", "bulk_upload_scanned"),
        ("phone_number_in_two_formats", "phone_numbers_cleaned_in_batches"),
        ("stock_differences_added_twice", "flash_sale_on_two_channels"),
        ("thermostat_in_half_degrees", "night_setback_each_day"),
        ("review_apps_out_of_quota", "review_apps_follow_commits"),
        ("stop_hook_blocks_each_turn", "agent_polls_a_slow_job"),
        ("status_mentions_wake_agents", "stories_through_three_roles"),
    ];

    #[test]
    fn round_seven_pairs_each_loop_with_a_healthy_story() {
        let group = |name: &str| round_seven().iter().find(|family| family.name == name).map(|family| family.group);
        for (looping, healthy) in PAIRS {
            assert_eq!(group(looping), Some(Group::Loop), "{looping}");
            assert!(group(healthy).is_some_and(|group| group != Group::Loop), "{healthy}");
        }
        let paired: BTreeSet<_> = PAIRS.iter().flat_map(|(looping, healthy)| [*looping, *healthy]).collect();
        assert_eq!(paired.len(), 36);
    }
}
