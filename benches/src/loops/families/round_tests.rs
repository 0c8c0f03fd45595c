//! What the later rounds have in common.

use super::*;
use crate::loops::trace::{Entry, Out};

/// Loops, declared and careless families of each round, counted by hand.
const COUNTS: [[usize; 3]; 19] = [
    [24, 22, 4],
    [22, 22, 4],
    [17, 17, 4],
    [16, 12, 4],
    [18, 15, 3],
    [15, 12, 3],
    [18, 14, 4],
    [22, 20, 4],
    [22, 20, 4],
    [22, 20, 4],
    [22, 20, 4],
    [22, 20, 4],
    [22, 20, 4],
    [22, 20, 4],
    [22, 20, 4],
    [16, 26, 4],
    [16, 24, 4],
    [16, 24, 4],
    [16, 24, 4],
];

#[test]
fn a_round_has_about_as_many_loops_as_stories_that_look_like_one() {
    let counted = rounds().map(|(_, round)| {
        let of = |group| round.iter().filter(|family| family.group == group).count();
        [of(Group::Loop), of(Group::Declared), of(Group::Careless)]
    });
    assert_eq!(counted, COUNTS);
}

#[test]
fn each_loop_is_followed_by_its_healthy_twin_where_a_round_does_not_name_it() {
    for (name, round) in rounds().into_iter().filter(|(name, _)| !["round C", "round G"].contains(name)) {
        for (at, family) in round.iter().enumerate().filter(|(_, family)| family.group == Group::Loop) {
            assert!(round.get(at + 1).is_some_and(|next| next.group != Group::Loop), "{name}: {}", family.name);
        }
    }
}

#[test]
fn loops_run_for_twenty_to_sixty_effects_and_the_others_for_five_to_eighty() {
    for (name, round) in rounds() {
        for family in round {
            // The authors of rounds P, Q, R and S were told of healthy stories of 15 to 120 effects.
            let right = match (family.group, name) {
                (Group::Loop, _) => 20..=60,
                (_, "round P" | "round Q" | "round R" | "round S") => 15..=120,
                _ => 5..=80,
            };
            for seed in 0..20 {
                let trace = family.trace(seed);
                // The author of round B counted no answers to people.
                let counts = |act: &Out| act.nz == 0 && (name != "round B" || act.truth != "good");
                let effects =
                    trace.events.iter().filter(|entry| matches!(entry, Entry::Out(act) if counts(act))).count();
                assert!(right.contains(&effects), "{name}: {} has {effects}", trace.id);
            }
        }
    }
}
