//! A sixteenth round: persons, and the machines that run under their names. In the loops the other side is an account that looks
//! like a person; in most healthy stories real persons write at once, in a word, in bursts, or the same thing thirty times.
//!
//! They were written without sight of any detector. The round stands beside the registry: no score of it is a first score.

use super::Family;
use crate::loops::scene::{Act, Actor, Event, Scene};

#[path = "round_sixteen_agents.rs"]
mod agents;
#[path = "round_sixteen_cloud.rs"]
mod cloud;
#[path = "round_sixteen_code.rs"]
mod code;
#[path = "round_sixteen_desk.rs"]
mod desk;

/// The families of this round, by theme; each loop stands before its healthy twin.
#[must_use]
pub fn round_sixteen() -> Vec<&'static Family> {
    let themes: [&'static [Family]; 4] = [code::FAMILIES, cloud::FAMILIES, desk::FAMILIES, agents::FAMILIES];
    themes.into_iter().flatten().collect()
}

/// A person answers what we wrote, in the same place: in words alone, or with all of ours above or below.
fn answered<'s>(s: &'s Scene, who: &Actor, act: Act<'s>, words: &str) -> Event<'s> {
    let (ours, quotes) = (act.text().replace('\n', "\n> "), s.between(0, 6));
    let text = match quotes {
        0 => format!("> {ours}\n\n{words}"),
        1 => format!("{words}\n\n> {ours}"),
        _ => words.to_owned(),
    };
    let heard = s.says(who, &act.subject(), &text).because(act);
    let heard = if quotes < 2 { heard.token(act) } else { heard };
    if s.chance(30) { heard.answers(act) } else { heard }
}

/// In so many percent of cases somebody remarks on what we wrote, and wants nothing of us.
fn remark(s: &Scene, act: Act<'_>, percent: u64, words: &[&str]) {
    if s.chance(percent) {
        answered(s, &s.somebody(), act, s.pick(words)).within(3_000, 80_000);
    }
}

/// In so many percent of cases people say something to each other in the same place.
fn murmur(s: &Scene, place: &str, percent: u64) {
    if s.chance(percent) {
        let words = s.pick(&["ok", "+1", "coffee?", "back in five", "who has the key?", "lol", "nvm", "same"]);
        s.person_says(place, words).within(800, 30_000);
    }
}

/// So many rounds that 22 to 40 effects are too many, and a little more, with so many effects in each round.
fn turns(s: &Scene, each: u64) -> u64 {
    s.between(22, 40).div_ceil(each) + 1
}

/// The person of a number.
fn person(number: u64) -> Actor {
    Actor::person(&format!("h{number}"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::Group;
    use super::*;

    /// Each loop with the healthy story that looks most like it.
    const PAIRS: [(&str, &str); 16] = [
        ("retest_by_a_plugin", "retest_until_it_is_green"),
        ("review_requested_from_who_left", "reviewers_swapped_by_people"),
        ("approval_by_a_token_dismissed", "approvals_given_again_after_pushes"),
        ("bridge_writes_as_the_author", "bridged_talk_of_two_sites"),
        ("driving_reply_to_a_page", "night_shift_acks_and_hands_over"),
        ("runbook_says_press_retry", "retries_pressed_for_lost_runners"),
        ("tag_set_by_a_flow_as_its_author", "flag_toggled_while_testing"),
        ("machine_started_by_a_keepalive", "machines_started_again_in_the_evening"),
        ("server_rule_answers_for_a_colleague", "receipts_quoted_in_full"),
        ("assistant_proposes_other_times", "appointments_found_in_a_few_words"),
        ("macro_rewrites_the_dates", "rows_corrected_by_hand"),
        ("solved_macro_of_the_other_desk", "canned_answers_of_a_team"),
        ("assistant_thanks_in_its_owners_name", "agent_asks_one_after_another"),
        ("permission_given_by_a_plugin", "commands_approved_while_watching"),
        ("findings_fixed_by_a_script", "review_rounds_of_a_junior"),
        ("question_delegated_back", "questions_copied_to_another_room"),
    ];

    #[test]
    fn round_sixteen_pairs_each_loop_with_a_healthy_story() {
        let group = |name: &str| round_sixteen().iter().find(|family| family.name == name).map(|family| family.group);
        for (looping, healthy) in PAIRS {
            assert_eq!(group(looping), Some(Group::Loop), "{looping}");
            assert!(group(healthy).is_some_and(|group| group != Group::Loop), "{healthy}");
        }
        let paired: BTreeSet<_> = PAIRS.iter().flat_map(|(looping, healthy)| [*looping, *healthy]).collect();
        assert_eq!(paired.len(), 32);
    }
}
