//! Agents that no kind of need tells apart.
//!
//! Tasks ask for few kinds of things beside how many agents there are, so most agents can do the same as many others. Those
//! are one group: a kind of need has a list of groups instead of one of agents, and an agent that changes is looked up in one
//! group instead of in every kind. Each new kind parts the groups whose members differ in it. Derived.

use alloc::{vec, vec::Vec};
use core::mem;

use super::fleet::Fleet;

/// Marks what an agent can not do.
pub(super) const UNFIT: u8 = u8::MAX;
const VACANT: u32 = u32::MAX;

/// Where an agent sits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) group: u32,
    pub(super) seat: u32,
}

#[derive(Debug, Clone, Default)]
struct Group {
    /// By kind of need: how many preferred capabilities its members lack, or [`UNFIT`].
    lacks: Vec<u8>,
    /// Who sits there. A seat stays where it is when others leave.
    seats: Vec<u32>,
    vacant: Vec<u32>,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Groups {
    groups: Vec<Group>,
    /// By slot.
    places: Vec<Option<Place>>,
}

impl Groups {
    /// All agents in one group, before anything is asked for.
    pub(super) fn gather(&mut self, fleet: &Fleet) {
        self.groups = vec![Group::default()];
        self.places.clear();
        for (slot, _) in fleet.iter() {
            self.sit(slot, 0);
        }
    }

    pub(super) fn clear(&mut self) {
        self.groups.clear();
        self.places.clear();
    }

    pub(super) fn len(&self) -> usize {
        self.groups.len()
    }

    /// How many agents may be in them, beyond whom one that leaves makes room for another.
    pub(super) fn slots(&self) -> usize {
        self.places.len()
    }

    pub(super) fn place(&self, slot: u32) -> Option<Place> {
        self.places.get(slot as usize).copied().flatten()
    }

    /// What the agent lacks for a kind of need; `None` if it can not do it.
    pub(super) fn lacks(&self, kind: usize, slot: u32) -> Option<u8> {
        let group = self.groups.get(self.place(slot)?.group as usize)?;
        group.lacks.get(kind).copied().filter(|lacks| *lacks != UNFIT)
    }

    /// What the members of a group lack, by kind of need.
    pub(super) fn all_lacks(&self, group: u32) -> &[u8] {
        self.groups.get(group as usize).map_or(&[], |group| &group.lacks)
    }

    /// Who sits in a group, by seat.
    pub(super) fn seats(&self, group: u32) -> impl ExactSizeIterator<Item = Option<u32>> + '_ {
        let seats = self.groups.get(group as usize).map_or(&[][..], |group| &group.seats);
        seats.iter().map(|slot| Some(*slot).filter(|slot| *slot != VACANT))
    }

    pub(super) fn at(&self, place: Place) -> Option<u32> {
        let group = self.groups.get(place.group as usize)?;
        group.seats.get(place.seat as usize).copied().filter(|slot| *slot != VACANT)
    }

    /// One more kind of need, with what each agent lacks for it, by slot. Says which groups were parted, and what became of
    /// those who left.
    pub(super) fn part(&mut self, lacks: &[u8]) -> Vec<(u32, u32)> {
        let of = |slot: u32| lacks.get(slot as usize).copied().unwrap_or(UNFIT);
        let mut parted = Vec::new();
        for from in 0..number(self.groups.len()) {
            let group = &mut self.groups[from as usize];
            let mut members = group.seats.iter().copied().filter(|slot| *slot != VACANT);
            let first = members.next().map_or(UNFIT, of);
            let agree = members.all(|slot| of(slot) == first);
            group.lacks.push(first);
            if agree {
                continue;
            }
            let seats = mem::take(&mut group.seats);
            group.vacant.clear();
            let mut parts = vec![(first, from)];
            for slot in seats.into_iter().filter(|slot| *slot != VACANT) {
                let found = parts.iter().find(|(lacks, _)| *lacks == of(slot)).map(|(_, group)| *group);
                let group = found.unwrap_or_else(|| {
                    let group = self.found(from, of(slot));
                    parts.push((of(slot), group));
                    group
                });
                self.sit(slot, group);
            }
            parted.extend(parts.iter().skip(1).map(|(_, to)| (from, *to)));
        }
        parted
    }

    /// A group that differs from another one in the last kind.
    fn found(&mut self, from: u32, last: u8) -> u32 {
        let mut lacks = self.groups[from as usize].lacks.clone();
        lacks.pop();
        lacks.push(last);
        self.groups.push(Group { lacks, ..Group::default() });
        number(self.groups.len() - 1)
    }

    /// A kind of need is not used any more, and tells nobody apart.
    pub(super) fn forget(&mut self, kind: usize) {
        self.groups.iter_mut().filter_map(|group| group.lacks.get_mut(kind)).for_each(|lacks| *lacks = UNFIT);
    }

    /// The group of those who lack just this. A new one, if there is none.
    pub(super) fn with(&mut self, lacks: Vec<u8>) -> u32 {
        let found = self.groups.iter().position(|group| group.lacks == lacks);
        number(found.unwrap_or_else(|| {
            self.groups.push(Group { lacks, ..Group::default() });
            self.groups.len() - 1
        }))
    }

    /// Gives the agent a seat.
    pub(super) fn sit(&mut self, slot: u32, group: u32) -> Place {
        let Group { seats, vacant, .. } = &mut self.groups[group as usize];
        let seat = vacant.pop().unwrap_or_else(|| {
            seats.push(VACANT);
            number(seats.len() - 1)
        });
        seats[seat as usize] = slot;
        if self.places.len() <= slot as usize {
            self.places.resize(slot as usize + 1, None);
        }
        let place = Place { group, seat };
        self.places[slot as usize] = Some(place);
        place
    }

    /// Takes the agent's seat away.
    pub(super) fn leave(&mut self, slot: u32) -> Option<Place> {
        let place = self.places.get_mut(slot as usize)?.take()?;
        let group = self.groups.get_mut(place.group as usize)?;
        group.seats[place.seat as usize] = VACANT;
        group.vacant.push(place.seat);
        Some(place)
    }
}

/// Groups and seats are at most as many as agents.
fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(slots: u32) -> Groups {
        let mut groups = Groups { groups: vec![Group::default()], places: Vec::new() };
        for slot in 0..slots {
            groups.sit(slot, 0);
        }
        groups
    }

    fn members(groups: &Groups, group: u32) -> Vec<u32> {
        groups.seats(group).flatten().collect()
    }

    #[test]
    fn a_kind_of_need_parts_those_who_differ_in_it() {
        let mut groups = of(5);
        assert_eq!(groups.part(&[0, UNFIT, 0, 2, UNFIT]), [(0, 1), (0, 2)]);
        assert_eq!([0, 1, 2].map(|group| members(&groups, group)), [vec![0, 2], vec![1, 4], vec![3]]);
        assert_eq!([0, 1, 3].map(|slot| groups.lacks(0, slot)), [Some(0), None, Some(2)]);
        // Whoever agrees stays together, and one that can do neither is told apart from one that can.
        assert_eq!(groups.part(&[1, UNFIT, 1, 1, 1]), [(1, 3)]);
        assert_eq!([1, 3].map(|group| members(&groups, group)), [vec![1], vec![4]]);
        assert_eq!(groups.all_lacks(3), [UNFIT, 1]);
    }

    #[test]
    fn who_leaves_makes_room_and_nobody_else_moves() {
        let mut groups = of(3);
        assert_eq!(groups.leave(1), Some(Place { group: 0, seat: 1 }));
        assert_eq!((groups.place(1), groups.place(2)), (None, Some(Place { group: 0, seat: 2 })));
        assert_eq!(groups.sit(7, 0), Place { group: 0, seat: 1 });
        assert_eq!(members(&groups, 0), [0, 7, 2]);
        assert_eq!(groups.leave(1), None);
    }

    #[test]
    fn a_newcomer_joins_its_like() {
        let mut groups = of(2);
        assert_eq!(groups.part(&[0, 3]), [(0, 1)]);
        assert_eq!((groups.with(vec![3]), groups.with(vec![0]), groups.with(vec![9])), (1, 0, 2));
        // Nobody is told apart by what is not asked for any more.
        groups.forget(0);
        assert_eq!(groups.with(vec![UNFIT]), 0);
    }
}
