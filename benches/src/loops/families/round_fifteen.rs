//! A fifteenth round: the dull and frequent ones. Loops and chores of bots that a company of some hundred engineers meets first,
//! with accounts of people that machines use, bridges that put words of their own around ours, and people who answer in a word.
//!
//! They were written without sight of any detector. The round stands beside the registry: no score of it is a first score.

use super::Family;
use crate::loops::scene::{Act, Actor, Event, Scene};

#[path = "round_fifteen_agents.rs"]
mod agents;
#[path = "round_fifteen_cloud.rs"]
mod cloud;
#[path = "round_fifteen_code.rs"]
mod code;
#[path = "round_fifteen_desk.rs"]
mod desk;

/// The families of this round, by theme; each loop stands before its healthy twin.
#[must_use]
pub fn round_fifteen() -> Vec<&'static Family> {
    let themes: [&'static [Family]; 4] = [code::FAMILIES, cloud::FAMILIES, desk::FAMILIES, agents::FAMILIES];
    themes.into_iter().flatten().collect()
}

/// Somebody answers us in a word, in the same place. Few programs put our text below; a mark in that comes along.
fn in_a_word<'s>(s: &'s Scene, who: &Actor, act: Act<'s>, words: &str) -> Event<'s> {
    let below = s.chance(25);
    let text = if below { format!("{words}\n> {}", act.text().replace('\n', "\n> ")) } else { words.to_owned() };
    let heard = s.says(who, &act.subject(), &text).because(act);
    let heard = if below { heard.token(act) } else { heard };
    if s.chance(25) { heard.answers(act) } else { heard }
}

/// In so many percent of cases somebody is tired of what we write.
fn grumble(s: &Scene, act: Act<'_>, percent: u64, words: &[&str]) {
    if s.chance(percent) {
        in_a_word(s, &s.somebody(), act, s.pick(words)).within(2_000, 90_000);
    }
}

/// In so many percent of cases people talk on in the same place, and none of it is for us.
fn small_talk(s: &Scene, place: &str, percent: u64) {
    if s.chance(percent) {
        let words = s.pick(&["ok", "lunch?", "+1", "same here", "who is on call?", "never mind", "thx", "done"]);
        s.person_says(place, words).within(900, 40_000);
    }
}

/// So many rounds that 22 to 40 effects are too many, and a little more, with so many effects in each round.
fn turns(s: &Scene, each: u64) -> u64 {
    s.between(22, 40).div_ceil(each) + 1
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::Group;
    use super::*;

    /// Each loop with the healthy story that looks most like it.
    const PAIRS: [(&str, &str); 22] = [
        ("usage_explained_to_a_polite_app", "previews_asked_on_many_pulls"),
        ("ci_image_pinned_where_it_is_built", "base_images_rebuilt_on_mondays"),
        ("badge_commit_moves_main", "branches_rebased_on_a_word"),
        ("todo_with_its_issue_number", "todos_filed_after_merges"),
        ("size_with_and_without_lock_files", "labels_by_command"),
        ("published_but_told_it_failed", "packages_published_in_three_attempts"),
        ("quantity_in_another_form", "limits_raised_by_teams"),
        ("firewall_opened_for_the_runner", "database_opened_for_an_hour"),
        ("load_again_makes_it_worse", "loads_repeated_for_late_files"),
        ("resolved_incident_is_triggered_anew", "pages_answered_in_a_word"),
        ("cooling_units_fight", "cold_room_and_its_deliveries"),
        ("notice_reads_like_a_command", "staging_commands_of_a_team"),
        ("colleague_forwards_receipts_back", "mails_forwarded_with_a_word"),
        ("unmonitored_mailbox_says_so", "orders_confirmed_by_suppliers"),
        ("channel_address_on_the_list", "alerts_to_list_and_channel"),
        ("row_makes_a_card_makes_a_row", "cards_from_a_pasted_template"),
        ("keywords_in_each_others_answers", "wifi_asked_again"),
        ("not_in_the_sprint", "tickets_pulled_into_the_sprint"),
        ("continue_typed_by_a_script", "yes_go_on_next"),
        ("answer_cut_at_the_limit", "long_reports_in_parts"),
        ("inbox_agent_and_sales_agent", "sales_mails_declined"),
        ("redirected_to_and_fro", "links_followed_through_redirects"),
    ];

    #[test]
    fn round_fifteen_pairs_each_loop_with_a_healthy_story() {
        let group = |name: &str| round_fifteen().iter().find(|family| family.name == name).map(|family| family.group);
        for (looping, healthy) in PAIRS {
            assert_eq!(group(looping), Some(Group::Loop), "{looping}");
            assert!(group(healthy).is_some_and(|group| group != Group::Loop), "{healthy}");
        }
        let paired: BTreeSet<_> = PAIRS.iter().flat_map(|(looping, healthy)| [*looping, *healthy]).collect();
        assert_eq!(paired.len(), 44);
    }
}
