//! A seventeenth round: an ordinary year of a company with GitHub, Teams, Azure, a few bought tools and agents. The loops are the
//! incidents of its platform team; beside them stand trains, nights, queues, launches and agents that do good work.
//!
//! They were written without sight of any detector. The round stands beside the registry: no score of it is a first score.

use super::Family;
use crate::loops::scene::{Act, Actor, Event, Scene, platform};

#[path = "round_seventeen_agents.rs"]
mod agents;
#[path = "round_seventeen_cloud.rs"]
mod cloud;
#[path = "round_seventeen_code.rs"]
mod code;
#[path = "round_seventeen_desk.rs"]
mod desk;

const SECOND: u64 = 1_000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// The families of this round, by theme; each loop stands before its healthy twin.
#[must_use]
pub fn round_seventeen() -> Vec<&'static Family> {
    let themes: [&'static [Family]; 4] = [code::FAMILIES, cloud::FAMILIES, desk::FAMILIES, agents::FAMILIES];
    themes.into_iter().flatten().collect()
}

/// So many rounds that 22 to 40 effects are too many, and a little more, with so many effects in each round.
fn turns(s: &Scene, each: u64) -> u64 {
    s.between(22, 40).div_ceil(each) + 1
}

/// The person of a number.
fn person(number: u64) -> Actor {
    Actor::person(&format!("h{number}"))
}

/// Somebody answers what we wrote, in the same place; mails and threads name what they answer more often than not.
fn reply<'s>(s: &'s Scene, who: &Actor, act: Act<'s>, text: &str) -> Event<'s> {
    let place = act.subject();
    let said = s.says(who, &place, text).because(act).token(act);
    let names = match platform(&place) {
        "mail" => 75,
        "teams" => 45,
        "github" => 0,
        _ => 25,
    };
    if s.chance(names) { said.answers(act) } else { said }
}

/// In so many percent of cases somebody remarks on what we wrote, and wants nothing of us.
fn remark(s: &Scene, act: Act<'_>, percent: u64, words: &[&str]) {
    if s.chance(percent) {
        reply(s, &s.somebody(), act, s.pick(words)).within(5 * SECOND, 3 * MINUTE);
    }
}

/// The same matter in one of four styles: word for word, with a number, with the time, or as a model puts it.
fn put(s: &Scene, style: u64, text: &str, number: u64) -> String {
    match style {
        0 => text.to_owned(),
        1 => format!("{text} (#{number})"),
        2 => format!("[{}] {text}", s.timestamp()),
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
        ("board_states_mapped_two_ways", "board_moves_of_a_sprint"),
        ("two_formatters_on_one_pull", "formatted_once_per_push"),
        ("lock_file_from_two_registries", "updates_of_a_patch_tuesday"),
        ("release_notes_release_again", "release_train_of_a_quarter"),
        ("autoscaler_against_rightsizing", "launch_day_scaled_by_steps"),
        ("restart_before_it_is_warm", "leaky_service_restarted_now_and_then"),
        ("dead_letters_put_back_unmended", "dead_letters_replayed_after_the_fix"),
        ("two_environments_deleted_and_made_again", "previews_follow_their_pulls"),
        ("vendor_bot_wants_the_template", "vendor_case_with_many_questions"),
        ("wiki_translated_there_and_back", "handbook_translated_for_the_audit"),
        ("approval_reset_by_our_own_note", "purchase_requests_through_their_stages"),
        ("ticket_passed_round_four_queues", "tickets_rerouted_until_they_are_home"),
        ("agent_between_two_checks", "agent_turns_the_build_green"),
        ("reviewer_agent_never_content", "review_between_agents_ends"),
        ("refund_handed_to_and_fro", "handoffs_of_a_support_day"),
        ("search_rephrased_for_ever", "agent_reads_a_large_code_base"),
    ];

    #[test]
    fn round_seventeen_pairs_each_loop_with_a_healthy_story() {
        let group = |name: &str| round_seventeen().iter().find(|family| family.name == name).map(|family| family.group);
        for (looping, healthy) in PAIRS {
            assert_eq!(group(looping), Some(Group::Loop), "{looping}");
            assert!(group(healthy).is_some_and(|group| group != Group::Loop), "{healthy}");
        }
        let paired: BTreeSet<_> = PAIRS.iter().flat_map(|(looping, healthy)| [*looping, *healthy]).collect();
        assert_eq!(paired.len(), 32);
    }
}
