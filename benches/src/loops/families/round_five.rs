//! A later round: public reports of clouds, agents, records kept in two places, rooms, shops and homes, written by somebody who
//! had not seen how any guard decides. They are not part of the registry. Each loop is followed by its healthy twin.

use super::Family;

#[path = "round_five_agents.rs"]
mod agents;
#[path = "round_five_cloud.rs"]
mod cloud;
#[path = "round_five_records.rs"]
mod records;
#[path = "round_five_rooms.rs"]
mod rooms;

/// All of this round, theme by theme.
#[must_use]
pub fn round_five() -> Vec<&'static Family> {
    [cloud::FAMILIES, agents::FAMILIES, records::FAMILIES, rooms::FAMILIES].into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::{Group, families};
    use super::*;
    use crate::loops::trace::Entry;

    #[test]
    fn this_round_has_as_many_loops_as_healthy_stories() {
        let of = |group| round_five().iter().filter(|family| family.group == group).count();
        assert_eq!([of(Group::Loop), of(Group::Declared), of(Group::Careless)], [18, 15, 3]);
    }

    #[test]
    fn each_loop_is_followed_by_its_healthy_twin() {
        let round = round_five();
        for (at, family) in round.iter().enumerate().filter(|(_, family)| family.group == Group::Loop) {
            assert!(round.get(at + 1).is_some_and(|next| next.group != Group::Loop), "{}", family.name);
        }
    }

    #[test]
    fn the_registry_knows_none_of_this_round() {
        let registered: BTreeSet<_> = families().iter().map(|family| family.name).collect();
        assert!(round_five().iter().all(|family| !registered.contains(family.name)));
    }

    #[test]
    fn loops_run_for_twenty_to_sixty_effects_and_the_others_for_five_to_eighty() {
        for family in round_five() {
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
