//! SplitMix64 (Steele, Lea, Flood 2014). A library may change its numbers with a version; these stories must have the same bytes
//! for ever, because the register of first scores names them by seed.

use std::cell::Cell;

/// A stream of numbers that depends on its seed only.
#[derive(Debug)]
pub struct Dice(Cell<u64>);

impl Dice {
    /// The stream of a name and a number.
    #[must_use]
    pub fn new(name: &str, seed: u64) -> Self {
        // FNV-1a of the name, so that families of one seed have nothing in common.
        let start = name.bytes().fold(0xCBF2_9CE4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3)
        });
        let dice = Self(Cell::new(start));
        dice.0.set(dice.next() ^ seed);
        dice
    }

    /// Any number.
    pub fn next(&self) -> u64 {
        let state = self.0.get().wrapping_add(0x9E37_79B9_7F4A_7C15);
        self.0.set(state);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// From `low` to `high`, both included. Panics where `high` is below `low`.
    pub fn between(&self, low: u64, high: u64) -> u64 {
        assert!(low <= high, "between {low} and {high} there is nothing");
        let span = u128::from(high - low) + 1;
        let offset = (u128::from(self.next()) * span) >> 64;
        low + u64::try_from(offset).unwrap_or(0)
    }

    /// True in `percent` of 100 cases.
    pub fn chance(&self, percent: u64) -> bool {
        self.between(1, 100) <= percent
    }

    /// One of them, each as likely. Panics where there is none.
    pub fn pick<T: Copy>(&self, from: &[T]) -> T {
        let last = u64::try_from(from.len()).unwrap_or(0).saturating_sub(1);
        from[usize::try_from(self.between(0, last)).unwrap_or(0)]
    }

    /// Lower-case hexadecimal digits.
    pub fn hex(&self, digits: usize) -> String {
        (0..digits).map(|_| char::from(self.pick(b"0123456789abcdef"))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stream_is_splitmix64() {
        // The first numbers of the published generator with state 1234567.
        let dice = Dice(Cell::new(1_234_567));
        assert_eq!(dice.next(), 6_457_827_717_110_365_317);
        assert_eq!(dice.next(), 3_203_168_211_198_807_973);
        assert_eq!(dice.next(), 9_817_491_932_198_370_423);
    }

    #[test]
    fn names_and_seeds_give_different_streams_and_the_same_give_the_same() {
        assert_eq!(Dice::new("a", 1).next(), Dice::new("a", 1).next());
        assert_ne!(Dice::new("a", 1).next(), Dice::new("a", 2).next());
        assert_ne!(Dice::new("a", 1).next(), Dice::new("b", 1).next());
    }

    #[test]
    fn both_ends_of_a_range_come_up_and_nothing_beyond() {
        let dice = Dice::new("ends", 0);
        let mut seen = [0_u32; 5];
        for _ in 0..1_000 {
            seen[usize::try_from(dice.between(1, 3)).unwrap()] += 1;
        }
        assert_eq!((seen[0], seen[4]), (0, 0));
        assert!(seen[1] > 250 && seen[2] > 250 && seen[3] > 250, "{seen:?}");
    }
}
