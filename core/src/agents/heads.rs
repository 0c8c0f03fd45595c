//! The few cheapest agents of all, in order.
//!
//! Most tasks can be done by many agents, so the cheapest who can are found among the cheapest of all, however many
//! groups there are. A grade keeps the key of each agent, and the least ones sorted: whoever has a key below the bound is
//! in the head, so an agent that is far from cheap before and after it changed costs two comparisons. Tasks that only others can
//! do are left to the trees. Derived.

use alloc::vec::Vec;

use super::tree::NOBODY;

/// What an agent enters with: its key among all, and among those with a free slot.
pub(super) type Keys = [u64; 2];

/// So many are in a head that was filled, and in one that has grown before it is cut.
const FILL: usize = 128;
const MOST: usize = 2 * FILL;
/// A head with fewer is filled again before it is given up.
const FEW: usize = FILL / 2;

/// The least keys, and whose they are. The least of all is the last: most of what changes is near it, and has few to move.
#[derive(Debug, Clone)]
struct Head {
    keys: Vec<u64>,
    slots: Vec<u32>,
    /// All keys below this are here, and no others.
    bound: u64,
}

/// The keys of all agents by slot, and their heads: of all, and of those with a free slot.
#[derive(Debug, Clone)]
pub(super) struct Heads {
    keys: Vec<Keys>,
    heads: [Head; 2],
}

impl Head {
    const fn new() -> Self {
        Self { keys: Vec::new(), slots: Vec::new(), bound: NOBODY }
    }

    fn at(&self, key: u64) -> usize {
        self.keys.partition_point(|other| *other > key)
    }

    /// An agent has another key than before.
    fn change(&mut self, old: u64, new: u64, slot: u32) {
        match (old < self.bound, new < self.bound) {
            (false, false) => {}
            (true, false) => {
                let at = self.at(old);
                self.keys.remove(at);
                self.slots.remove(at);
            }
            (false, true) => {
                let at = self.at(new);
                self.keys.insert(at, new);
                self.slots.insert(at, slot);
                if self.keys.len() > MOST {
                    let beyond = self.keys.len() - FILL;
                    self.bound = self.keys[beyond - 1];
                    self.keys.drain(..beyond);
                    self.slots.drain(..beyond);
                }
            }
            (true, true) => self.shift(self.at(old), self.at(new), new, slot),
        }
    }

    /// Takes one out, and puts it in before another place.
    fn shift(&mut self, from: usize, to: usize, key: u64, slot: u32) {
        let to = if to > from {
            self.keys.copy_within(from + 1..to, from);
            self.slots.copy_within(from + 1..to, from);
            to - 1
        } else {
            self.keys.copy_within(to..from, to + 1);
            self.slots.copy_within(to..from, to + 1);
            to
        };
        (self.keys[to], self.slots[to]) = (key, slot);
    }

    /// The least of these, by slot.
    fn fill(&mut self, keys: impl Iterator<Item = u64>) {
        let (mut least, mut bound) = (Vec::with_capacity(MOST), NOBODY);
        for (slot, key) in (0_u32..).zip(keys) {
            if key < bound {
                least.push((key, slot));
                if least.len() == MOST {
                    bound = least.select_nth_unstable(FILL).1.0;
                    least.truncate(FILL);
                }
            }
        }
        least.sort_unstable();
        self.bound = least.get(FILL).map_or(bound, |(key, _)| *key);
        least.truncate(FILL);
        self.keys.clear();
        self.keys.extend(least.iter().rev().map(|(key, _)| *key));
        self.slots.clear();
        self.slots.extend(least.iter().rev().map(|(_, slot)| *slot));
    }
}

impl Heads {
    pub(super) const fn new() -> Self {
        Self { keys: Vec::new(), heads: [const { Head::new() }; 2] }
    }

    /// All anew, by slot.
    pub(super) fn build(&mut self, keys: impl Iterator<Item = Keys>) {
        self.keys.clear();
        self.keys.extend(keys);
        self.fill(0);
        self.fill(1);
    }

    fn fill(&mut self, which: usize) {
        self.heads[which].fill(self.keys.iter().map(|keys| keys[which]));
    }

    /// An agent has changed, or is new.
    pub(super) fn change(&mut self, slot: u32, keys: Keys) {
        let at = slot as usize;
        if self.keys.len() <= at {
            self.keys.resize(at + 1, [NOBODY; 2]);
        }
        let old = core::mem::replace(&mut self.keys[at], keys);
        for ((head, old), new) in self.heads.iter_mut().zip(old).zip(keys) {
            if old != new {
                head.change(old, new, slot);
            }
        }
    }

    /// Of all, or among those with a free slot.
    pub(super) fn key(&self, slot: u32, which: usize) -> u64 {
        self.keys.get(slot as usize).map_or(NOBODY, |keys| keys[which])
    }

    /// The `most` least keys of those who are fit, or of those with a free slot, to the end of a list, in order. Says below
    /// which key that is all of them: [`NOBODY`] if it is all there are.
    pub(super) fn least(
        &mut self,
        free: bool,
        most: usize,
        fit: impl Fn(u32) -> bool,
        out: &mut Vec<(u64, u32)>,
    ) -> u64 {
        let (which, start) = (usize::from(free), out.len());
        let bound = self.heads[which].least(most, &fit, out);
        if bound < NOBODY && out.len() - start < most && self.heads[which].keys.len() < FEW {
            out.truncate(start);
            self.fill(which);
            return self.heads[which].least(most, &fit, out);
        }
        bound
    }
}

impl Head {
    fn least(&self, most: usize, fit: impl Fn(u32) -> bool, out: &mut Vec<(u64, u32)>) -> u64 {
        let mut left = most;
        for (key, slot) in self.keys.iter().zip(&self.slots).rev() {
            if left == 0 {
                // Nobody who was not looked at costs less.
                return *key;
            }
            if fit(*slot) {
                out.push((*key, *slot));
                left -= 1;
            }
        }
        self.bound
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::det::mix;

    /// The first few of those who are fit, by looking at all.
    fn sorted(keys: &[Keys], which: usize, fit: impl Fn(u32) -> bool, most: usize) -> Vec<(u64, u32)> {
        let all = (0_u32..).zip(keys).filter(|(slot, keys)| keys[which] != NOBODY && fit(*slot));
        let mut all: Vec<_> = all.map(|(slot, keys)| (keys[which], slot)).collect();
        all.sort_unstable();
        all.truncate(most);
        all
    }

    /// Keys that are never the same twice.
    fn drawn(round: u64, slot: u32) -> Keys {
        let dice = mix(round, slot.into());
        let key = (dice >> 40) << 32 | u64::from(slot);
        [if dice & 15 == 0 { NOBODY } else { key }, if dice & 3 == 0 { NOBODY } else { key }]
    }

    #[test]
    fn whatever_changes_the_least_are_those_that_looking_at_all_finds() {
        let mut keys: Vec<Keys> = (0..1000).map(|slot| drawn(1, slot)).collect();
        let (mut heads, mut known, mut unknown) = (Heads::new(), 0, 0);
        heads.build(keys.iter().copied());
        for round in 0..4000_u64 {
            let dice = mix(3, round);
            // Now and then somebody comes, and mostly one of the first few becomes another: the heads run out again and again.
            let slot = match dice & 7 {
                0 => u32::try_from(keys.len()).expect("is small"),
                1 | 2 => u32::try_from(dice >> 8 & 511).expect("is small"),
                _ => sorted(&keys, usize::from(dice & 8 == 0), |_| true, 1)[0].1,
            };
            keys.resize(keys.len().max(slot as usize + 1), [NOBODY; 2]);
            keys[slot as usize] = drawn(4 + round, slot);
            heads.change(slot, keys[slot as usize]);
            let (free, step) = (dice & 16 == 0, [1, 2, 9, 64][usize::try_from(dice >> 32 & 3).expect("is small")]);
            let (fit, mut out) = (|slot: u32| slot % step == 0, Vec::new());
            let bound = heads.least(free, 4, fit, &mut out);
            let mut expected = sorted(&keys, usize::from(free), fit, 4);
            if out.len() == 4 {
                known += 1
            } else {
                unknown += 1
            };
            // What is beyond the bound was not looked at; what is below it is all there is.
            expected.retain(|(key, _)| *key < bound);
            assert_eq!(out, expected, "round {round}");
        }
        assert!(known > 2000 && unknown > 100, "{known} {unknown}");
    }
}
