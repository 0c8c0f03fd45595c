//! A later round: situations from public reports of `GitHub` apps, workflows, chat bridges, ticket mail and agents that review each
//! other, written by somebody who had not seen how any guard decides. They are not part of the registry. Each loop is followed
//! by its healthy twin.

use super::Family;
use crate::loops::scene::Scene;

#[path = "round_four_agents.rs"]
mod agents;
#[path = "round_four_apps.rs"]
mod apps;
#[path = "round_four_talk.rs"]
mod talk;
#[path = "round_four_workflows.rs"]
mod workflows;

/// All of this round, theme by theme.
#[must_use]
pub fn round_four() -> Vec<&'static Family> {
    [apps::FAMILIES, workflows::FAMILIES, talk::FAMILIES, agents::FAMILIES].into_iter().flatten().collect()
}

/// In so many percent of cases a person says something that nobody answers.
fn chatter(s: &Scene, subject: &str, percent: u64) {
    if s.chance(percent) {
        let words = s.sentence(s.between(2, 9));
        s.person_says(subject, &words).within(800, 60_000);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::{Group, families};
    use super::*;
    use crate::loops::trace::Entry;

    #[test]
    fn this_round_has_sixteen_loops_and_as_many_that_look_alike() {
        let of = |group| round_four().iter().filter(|family| family.group == group).count();
        assert_eq!([of(Group::Loop), of(Group::Declared), of(Group::Careless)], [16, 12, 4]);
    }

    #[test]
    fn each_loop_is_followed_by_its_healthy_twin() {
        let round = round_four();
        for (at, family) in round.iter().enumerate().filter(|(_, family)| family.group == Group::Loop) {
            assert!(round.get(at + 1).is_some_and(|next| next.group != Group::Loop), "{}", family.name);
        }
    }

    #[test]
    fn the_registry_knows_none_of_this_round() {
        let registered: BTreeSet<_> = families().iter().map(|family| family.name).collect();
        assert!(round_four().iter().all(|family| !registered.contains(family.name)));
    }

    #[test]
    fn loops_run_for_twenty_to_sixty_effects_and_the_others_for_five_to_eighty() {
        for family in round_four() {
            let right = if family.group == Group::Loop { 20..=60 } else { 5..=80 };
            for seed in 0..40 {
                let trace = family.trace(seed);
                let ours = |entry: &&Entry| matches!(entry, Entry::Out(act) if act.nz == 0);
                let effects = trace.events.iter().filter(ours).count();
                assert!(right.contains(&effects), "{}: {effects}", trace.id);
            }
        }
    }
}
