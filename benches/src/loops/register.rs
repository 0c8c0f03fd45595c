//! Each family's first score, before anything was changed because of it.
//!
//! It is written once and kept for ever. Only what was scored so says how the detector does on situations that nobody has
//! thought of; today's scores of the same families have been learned from.

use std::{collections::BTreeMap, fs};

use serde::{Deserialize, Serialize};

use super::report::bound;

/// Where the first scores are kept.
const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/loops-register.jsonl");
/// Rounds A to C were written before most of the detector was.
const SINCE: &str = "round D";

/// The first score of one family. The fields are in the order in which they are written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Score {
    pub(super) false_stops: usize,
    pub(super) family: String,
    /// `loop`, `declared` or `careless`.
    pub(super) group: String,
    pub(super) held: usize,
    pub(super) n: usize,
    pub(super) round: String,
    pub(super) share_performed: f64,
    pub(super) stopped: usize,
}

/// What of a round is added up.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Sum {
    families: usize,
    stories: usize,
    wrong: usize,
    families_wrong: usize,
}

impl Sum {
    fn add(&mut self, stories: usize, wrong: usize) {
        self.families += 1;
        self.stories += stories;
        self.wrong += wrong;
        self.families_wrong += usize::from(wrong > 0);
    }
}

fn read() -> Vec<Score> {
    let text = fs::read_to_string(PATH).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).expect("the register has one score a line")).collect()
}

/// Adds the scores of families that have none yet.
pub(super) fn write(scores: impl Iterator<Item = Score>) {
    let known = read();
    let mut text = fs::read_to_string(PATH).unwrap_or_default();
    for score in scores.filter(|score| known.iter().all(|known| known.family != score.family)) {
        text += &serde_json::to_string(&score).expect("a score is JSON");
        text.push('\n');
    }
    fs::write(PATH, text).expect("the register can be written");
}

/// Adds up the loops that went on, and the declared stories that were stopped, of each round and of those since [`SINCE`].
fn rounds(scores: &[Score]) -> BTreeMap<&str, [Sum; 2]> {
    let mut rounds: BTreeMap<&str, [Sum; 2]> = BTreeMap::new();
    for score in scores.iter().filter(|score| score.round.starts_with("round ")) {
        let since = (*score.round >= *SINCE).then_some("since D");
        for round in [Some(&*score.round), since].into_iter().flatten() {
            let [loops, declared] = rounds.entry(round).or_default();
            match &*score.group {
                "loop" => loops.add(score.n, score.n - score.stopped),
                "declared" => declared.add(score.n, score.false_stops),
                _ => {}
            }
        }
    }
    rounds
}

/// Prints the first scores by round.
pub(super) fn print() {
    println!("\nfirst scores, before anything was changed because of a round (benches/loops-register.jsonl)\n");
    println!("{:10} {:>17} | declared stopped: stories, families, their upper bound", "round", "loops stopped");
    for (round, [loops, declared]) in rounds(&read()) {
        let part = |k: usize, n: usize| 100.0 * k as f64 / n.max(1) as f64;
        println!(
            "{round:10} {:5} of {:5} {:4.1}% | {:3} of {:4}, in {:2} of {:3} families, <= {:4.1}% of them",
            loops.stories - loops.wrong,
            loops.stories,
            part(loops.stories - loops.wrong, loops.stories),
            declared.wrong,
            declared.stories,
            declared.families_wrong,
            declared.families,
            100.0 * bound(declared.families_wrong, declared.families.max(1)),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_are_added_up_by_round_and_over_those_that_were_unseen() {
        let score = |round: &str, group: &str, stopped, false_stops| Score {
            false_stops,
            family: String::new(),
            group: group.into(),
            held: 0,
            n: 20,
            round: round.into(),
            share_performed: 0.0,
            stopped,
        };
        let scores = [
            score("development", "loop", 0, 0),
            score("round A", "loop", 5, 0),
            score("round D", "loop", 18, 0),
            score("round D", "declared", 0, 3),
            score("round K", "declared", 0, 0),
            score("round K", "careless", 0, 20),
        ];
        let rounds = rounds(&scores);
        assert_eq!(rounds.keys().copied().collect::<Vec<_>>(), ["round A", "round D", "round K", "since D"]);
        let [loops, declared] = rounds["since D"];
        assert_eq!(loops, Sum { families: 1, stories: 20, wrong: 2, families_wrong: 1 });
        assert_eq!(declared, Sum { families: 2, stories: 40, wrong: 3, families_wrong: 1 });
    }

    #[test]
    fn the_register_is_as_it_is_written() {
        let text = fs::read_to_string(PATH).expect("the register is there");
        let again = read().iter().map(|score| serde_json::to_string(score).expect("JSON") + "\n").collect::<String>();
        assert_eq!(text, again);
    }
}
