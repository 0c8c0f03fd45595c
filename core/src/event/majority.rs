//! The bits that most of a set of numbers have, without sorting the set or counting bit by bit.

use alloc::vec::Vec;

/// So many different features need no memory beside the table: a text of about 30 words.
const FEW: usize = 63;
/// As many as a byte has values: then any byte is a place, and few features want one that is taken.
const SLOTS: usize = 256;

/// A set of 64-bit features that look random.
pub(super) struct Features {
    /// The first few, from 1 on. At 0 there is a zero, so that a free slot can say 0.
    few: [u64; FEW + 1],
    len: usize,
    /// Where each of them is, by its lowest bits or the next free slot after.
    slots: [u8; SLOTS],
    /// All others, some of them several times.
    more: Vec<u64>,
    /// Zero is one of them.
    zero: bool,
}

impl Features {
    pub(super) fn new() -> Self {
        Self { few: [0; FEW + 1], len: 0, slots: [0; SLOTS], more: Vec::new(), zero: false }
    }

    #[inline]
    pub(super) fn add(&mut self, feature: u64) {
        let [mut at, ..] = feature.to_le_bytes();
        loop {
            let slot = &mut self.slots[usize::from(at)];
            if *slot == 0 {
                if self.len < FEW && feature != 0 {
                    self.len += 1;
                    self.few[self.len] = feature;
                    // At most 63.
                    *slot = u8::try_from(self.len).unwrap_or(0);
                } else {
                    self.add_rare(feature);
                }
                return;
            }
            if self.few[usize::from(*slot) % (FEW + 1)] == feature {
                return;
            }
            at = at.wrapping_add(1);
        }
    }

    #[cold]
    fn add_rare(&mut self, feature: u64) {
        if feature == 0 {
            self.zero = true;
        } else {
            self.more.push(feature);
        }
    }

    /// The bits that are set in more than half of the features.
    pub(super) fn majority(&mut self) -> u64 {
        let mut counts = Counts::default();
        let few = self.few.chunks_exact(8).take(self.len / 8 + 1);
        few.filter_map(|eight| eight.first_chunk()).for_each(|eight| counts.add(*eight));
        self.more.sort_unstable();
        self.more.dedup();
        for some in self.more.chunks(8) {
            let mut eight = [0; 8];
            eight[..some.len()].copy_from_slice(some);
            counts.add(eight);
        }
        counts.above((self.len + self.more.len() + usize::from(self.zero)) / 2)
    }
}

/// Bit-sliced counters: bit i of `planes[p]` is bit p of the number of features that have bit i.
#[derive(Default)]
struct Counts {
    planes: [u64; 32],
}

impl Counts {
    /// Adds eight numbers: seven full adders first, so that the counters are carried into only once.
    #[inline]
    fn add(&mut self, [a, b, c, d, e, f, g, h]: [u64; 8]) {
        let [ones, twos, fours, ..] = self.planes;
        let (ones, two) = full(ones, a, b);
        let (ones, other) = full(ones, c, d);
        let (twos, four) = full(twos, two, other);
        let (ones, two) = full(ones, e, f);
        let (ones, other) = full(ones, g, h);
        let (twos, other) = full(twos, two, other);
        let (fours, mut carry) = full(fours, four, other);
        (self.planes[0], self.planes[1], self.planes[2]) = (ones, twos, fours);
        for plane in &mut self.planes[3..] {
            if carry == 0 {
                break;
            }
            (*plane, carry) = (*plane ^ carry, *plane & carry);
        }
    }

    /// The bits that were added more than `least` times.
    fn above(&self, least: usize) -> u64 {
        let (mut above, mut equal) = (0, u64::MAX);
        let used = self.planes.iter().rposition(|plane| *plane != 0).map_or(0, |last| last + 1);
        if least >> used != 0 {
            return 0;
        }
        for (bit, plane) in self.planes[..used].iter().enumerate().rev() {
            if least >> bit & 1 == 1 {
                equal &= plane;
            } else {
                above |= equal & plane;
                equal &= !plane;
            }
        }
        above
    }
}

/// The sum and the carry of three bits, for 64 of them at once.
fn full(a: u64, b: u64, c: u64) -> (u64, u64) {
    let ab = a ^ b;
    (ab ^ c, (a & b) | (ab & c))
}

#[cfg(test)]
mod tests {
    use alloc::{collections::BTreeSet, vec::Vec};

    use super::*;
    use crate::det::mix;

    /// One bit after the other.
    fn counted(features: &[u64]) -> u64 {
        let set: BTreeSet<u64> = features.iter().copied().collect();
        let count = |bit: u32| set.iter().filter(|feature| *feature >> bit & 1 == 1).count();
        (0..64).filter(|bit| 2 * count(*bit) > set.len()).fold(0, |bits, bit| bits | 1 << bit)
    }

    fn majority(features: &[u64]) -> u64 {
        let mut set = Features::new();
        features.iter().for_each(|feature| set.add(*feature));
        set.majority()
    }

    #[test]
    fn it_is_what_counting_bit_by_bit_gives_for_sets_of_any_size() {
        for len in (0..200).chain([1000, 5000]) {
            let features: Vec<u64> = (0..len).map(|n| mix(len, n)).collect();
            assert_eq!(majority(&features), counted(&features), "{len} features");
            // Some of them again, and zero among them.
            let again: Vec<u64> = (0..2 * len).map(|n| mix(7, n % (len / 2 + 1)) * u64::from(n % 5 != 0)).collect();
            assert_eq!(majority(&again), counted(&again), "{len} features twice");
        }
    }

    #[test]
    fn features_that_want_the_same_slot_are_all_counted() {
        let features: Vec<u64> = (0..100).map(|n| mix(3, n) << 8 | 0x7f).collect();
        assert_eq!(majority(&features), counted(&features));
        let one_bit: Vec<u64> = (0..64).map(|n| 1 << n).collect();
        assert_eq!((majority(&one_bit), majority(&one_bit[..1])), (0, 1));
    }
}
