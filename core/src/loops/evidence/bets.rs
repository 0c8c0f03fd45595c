//! Evidence that grows only if repetition is more than chance: three bets against "this is legitimate automation".
//!
//! The assumption (the *caps*): in legitimate automation, whatever happened before, at most one automated hop in two
//! repeats the structure of an earlier one, at most 15 in 100 its content too, at most 4 in 100 also the state that it
//! acts on. Each bet pays if that is exceeded; its capital is a nonnegative supermartingale under every distribution
//! within the caps. Nobody knows where a loop begins, so capital comes in at every hop `n` with weight `1/(n(n+1))`, and
//! the three bets are averaged. By Ville's inequality the probability that the evidence of a legitimate line *ever*
//! reaches `c` is at most `1/c`. (Wald's sequential test, made safe against unknown onsets and stopping at any time; see
//! Ramdas et al., "Game-theoretic statistics and safe anytime-valid inference", 2023.)

use minicbor::{Decode, Encode};

/// How much an automated hop repeats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, Default)]
#[cbor(index_only)]
pub(crate) enum Category {
    /// Nothing, or it makes progress.
    #[default]
    #[n(0)]
    New,
    /// The structure: the same kind of effect on the same subject, or for the same kind of trigger.
    #[n(1)]
    Structure,
    /// The content too.
    #[n(2)]
    Content,
    /// And the state it acts on.
    #[n(3)]
    State,
}

/// Evidence is counted in 1/2^32.
const SHIFT: u32 = 32;
const ONE: u64 = 1 << SHIFT;
/// More than any verdict needs. Capping only lowers it.
const CAP: u64 = ONE << 24;
/// For each bet, of 100 hops: how many may repeat that much, and how many do in a loop.
pub(crate) const CAPS: [(u64, u64); 3] = [(50, 95), (15, 90), (4, 90)];

/// The capital of the three bets along one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(array)]
pub(crate) struct Bets {
    #[n(0)]
    hops: u32,
    #[n(1)]
    capital: [u64; 3],
}

impl Bets {
    /// One more hop. Where its link is inferred, only half of the capital is at stake.
    pub(crate) fn hop(mut self, category: Category, half: bool) -> Self {
        self.hops = self.hops.saturating_add(1);
        let n = u64::from(self.hops);
        let weight = ONE / n.saturating_mul(n + 1);
        for ((level, (may, does)), capital) in (0..).zip(CAPS).zip(&mut self.capital) {
            let repeats = category as u8 > level;
            let (num, den) = if repeats { (does, may) } else { (100 - does, 100 - may) };
            let (num, den) = if half { (num + den, 2 * den) } else { (num, den) };
            let grown = u128::from(*capital + weight) * u128::from(num) / u128::from(den);
            *capital = u64::try_from(grown).map_or(CAP, |grown| grown.min(CAP));
        }
        self
    }

    /// The evidence, in 1/2^32: what the three bets have on average, and what they have not yet put in.
    pub(crate) fn evidence(&self) -> u64 {
        let outside = ONE / (u64::from(self.hops) + 1);
        self.capital.iter().map(|capital| capital + outside).sum::<u64>() / 3
    }

    /// How many hops were counted.
    pub(crate) fn hops(&self) -> u32 {
        self.hops
    }

    /// The evidence as a whole number, rounded down.
    pub(crate) fn whole(&self) -> u32 {
        u32::try_from(self.evidence() >> SHIFT).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Repeating hops after `clean` others until the evidence reaches `threshold`.
    fn hops(clean: u32, category: Category, half: bool, threshold: u32) -> u32 {
        let start = (0..clean).fold(Bets::default(), |bets, _| bets.hop(Category::New, half));
        let mut line = (1..).scan(start, |bets, n| {
            *bets = bets.hop(category, half);
            Some((n, bets.whole()))
        });
        line.find(|(_, evidence)| *evidence >= threshold).expect("it grows").0
    }

    #[test]
    fn a_loop_is_certain_after_three_five_or_fourteen_hops() {
        let definite =
            |clean| [Category::State, Category::Content, Category::Structure].map(|c| hops(clean, c, false, 1350));
        assert_eq!(definite(0), [3, 5, 14]);
        assert_eq!([definite(5)[0], definite(20)[0], definite(60)[0]], [4, 5, 6]);
        let inferred = [Category::State, Category::Content, Category::Structure].map(|c| hops(0, c, true, 4000));
        assert_eq!(inferred, [5, 8, 27]);
    }

    #[test]
    fn the_integers_are_those_of_the_model() {
        let line =
            [0, 1, 2, 3, 0, 2].map(|n| [Category::New, Category::Structure, Category::Content, Category::State][n]);
        let definite = line.iter().fold(Bets::default(), |bets, category| bets.hop(*category, false));
        let inferred = line.iter().fold(Bets::default(), |bets, category| bets.hop(*category, true));
        assert_eq!((definite.capital, definite.evidence()), (EXPECTED[0], EXPECTED_E[0]));
        assert_eq!((inferred.capital, inferred.evidence()), (EXPECTED[1], EXPECTED_E[1]));
    }

    const EXPECTED: [[u64; 3]; 2] =
        [[1_757_251_198, 13_614_737_844, 76_225_557], [5_722_911_551, 36_335_666_132, 3_652_405_711]];
    const EXPECTED_E: [u64; 2] = [5_762_971_622, 15_850_561_220];

    #[test]
    fn a_single_repetition_proves_nothing_for_ever() {
        let mut bets = Bets::default().hop(Category::State, false);
        for _ in 0..100_000 {
            bets = bets.hop(Category::New, false);
        }
        assert_eq!(bets.whole(), 0);
    }
}
