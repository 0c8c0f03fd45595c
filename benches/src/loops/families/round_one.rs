//! The first round of stories by an author who has not read how loops are found. They retell public incidents around reviews,
//! continuous integration, issue sync, formatters and releases, and a few from elsewhere; each loop has a healthy twin beside it.
//!
//! They are not in [`families`](super::families): a round is judged as a whole and by itself.

use super::super::scene::{Act, Actor, Event, Scene};
use super::{Family, careless, declared, looping};

#[path = "round_one_elsewhere.rs"]
mod elsewhere;
#[path = "round_one_reviews.rs"]
mod reviews;
#[path = "round_one_sync.rs"]
mod sync;
#[path = "round_one_trees.rs"]
mod trees;
#[path = "round_one_triage.rs"]
mod triage;

/// The situations of this round; the healthy twin of a loop is the story right after it.
#[must_use]
pub fn round_one() -> Vec<&'static Family> {
    [reviews::FAMILIES, trees::FAMILIES, triage::FAMILIES, sync::FAMILIES, elsewhere::FAMILIES]
        .into_iter()
        .flatten()
        .collect()
}

/// Now and then a person asks something in the same place, and gets an answer that is in order at any time.
fn person_in_between(s: &Scene, subject: &str, percent: u64) {
    if s.chance(percent) {
        let question = s.sentence(s.between(4, 9));
        let asked = s.person_says(subject, &format!("{question}?")).within(2_000, 90_000);
        s.wants(asked, "comment", subject, &s.paraphrase()).within(1_500, 12_000).in_order();
    }
}

/// One of these names, as something that the platform does not classify reliably.
fn some_service(s: &Scene, names: &[&str]) -> Actor {
    Actor::new(s.pick(names), s.pick(&["bot", "bot", "app", "human", "unknown"]))
}

#[cfg(test)]
mod tests {
    use super::super::Group;
    use super::*;
    use crate::loops::trace::Entry;

    #[test]
    fn nothing_in_a_legitimate_story_is_told_to_be_out_of_order() {
        for family in round_one().into_iter().filter(|family| family.group != Group::Loop) {
            for seed in 0..40 {
                let trace = family.trace(seed);
                let told = trace.events.iter().any(|entry| matches!(entry, Entry::Out(act) if !act.truth.is_empty()));
                assert!(!told && trace.onset == -1, "{}", trace.id);
            }
        }
    }
}
