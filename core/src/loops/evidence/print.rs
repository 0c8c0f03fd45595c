//! What a text says, apart from the numbers in it: a fingerprint in which "attempt 3 at 10:42" is "attempt 4 at 10:43".
//!
//! The digest is over all words in order; the SimHash is over the *set* of single words and pairs, so that a text which
//! grows by the same prefix each time stays near.

use minicbor::{Decode, Encode};

use crate::event::fingerprint::{Fingerprint, fingerprint};

/// A person may say the same short thing twice: fewer words tell nothing.
const TELLING_WORDS: u16 = 3;
/// Two texts of at least this many words are near if their hashes differ in at most [`NEAR_BITS`] bits.
const NEAR_WORDS: u16 = 6;
const NEAR_BITS: u32 = 9;
/// Two texts of at least this many words are much alike if they differ in at most [`LIKE_BITS`] bits: those of different
/// texts differ in 32, give or take 4.
const LIKE_WORDS: u16 = 5;
const LIKE_BITS: u32 = 18;

/// The fingerprint of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(crate) struct Print {
    #[n(0)]
    pub(super) digest: u64,
    #[n(1)]
    pub(super) hash: u64,
    #[n(2)]
    pub(crate) words: u16,
}

impl Default for Print {
    fn default() -> Self {
        Fingerprint::EMPTY.into()
    }
}

impl From<Fingerprint> for Print {
    fn from(Fingerprint { masked, simhash, tokens }: Fingerprint) -> Self {
        Self { digest: masked, hash: simhash, words: u16::try_from(tokens).unwrap_or(u16::MAX) }
    }
}

impl Print {
    pub(crate) fn of(text: &str) -> Self {
        fingerprint(text).into()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.words == 0
    }

    /// Is it long enough to tell something when it is said again?
    pub(crate) fn is_telling(&self) -> bool {
        self.words >= TELLING_WORDS
    }

    /// Is it so long that nobody says nearly the same by chance?
    pub(crate) fn is_long(&self) -> bool {
        self.words >= NEAR_WORDS
    }

    /// Are both texts much alike? What one account says again and again is so, with another name or id in it each time.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        let long = self.words.min(other.words) >= LIKE_WORDS;
        self.is_near(other) || (long && (self.hash ^ other.hash).count_ones() <= LIKE_BITS)
    }

    /// Do both texts say the same?
    pub(crate) fn is_near(&self, other: &Self) -> bool {
        self.digest == other.digest
            || (self.words >= NEAR_WORDS
                && other.words >= NEAR_WORDS
                && (self.hash ^ other.hash).count_ones() <= NEAR_BITS)
    }

    /// Does a text say this and nothing more? Whoever answers below or above what they quote adds words of their own.
    pub(crate) fn is_said_by(&self, heard: &Self) -> bool {
        self.is_near(heard) && heard.words <= self.words
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints_are_the_same_everywhere() {
        for (text, digest, hash, words) in [
            ("", 0xcbf2_9ce4_8422_2325, 0, 0),
            ("Hello World", 0x7c71_ab03_42b9_af13, 0x16fb_0cc1_539a_150d, 2),
            (
                "Attempt 3 at 2026-01-02T10:42:11Z: build failed (trace deadbeef12)",
                0xd502_0905_bed1_6c94,
                0x07b7_e30c_ba74_85b5,
                11,
            ),
            ("> quoted\nreal line 12 34 x9y99", 0x9aac_5054_9c66_d8d7, 0xb2f2_37ba_d128_4cf1, 4),
            ("a <!-- hid den --> b <!-- x", 0x85e4_200a_5d9c_165e, 0x16b0_b0bf_ea12_24a1, 2),
            ("本番環境のデプロイが完了 v2", 0x6e4e_24c5_71f9_473e, 0x721f_990f_bc98_0aed, 2),
            ("0 00 0a0 1f2e3d4c 12ab", 0x24c5_2569_8563_c392, 0x859f_4117_8818_420b, 4),
        ] {
            assert_eq!(Print::of(text), Print { digest, hash, words }, "{text:?}");
        }
    }

    #[test]
    fn numbers_hashes_and_times_do_not_make_a_text_new() {
        let first = Print::of("Attempt 3 at 2026-01-02T10:42:11Z: build failed (trace deadbeef12)");
        assert!(first.is_near(&Print::of("attempt 14 at 2026-02-12T00:00:59Z: build failed (trace 0a1b2c3d4e)")));
        assert!(!first.is_near(&Print::of("Attempt 3 at 2026-01-02T10:42:11Z: deployment of the web shop is done")));
    }

    #[test]
    fn short_texts_are_near_only_when_they_say_the_same() {
        assert!(Print::of("Build 7 failed").is_near(&Print::of("build 8 FAILED!")));
        assert!(!Print::of("Build 7 failed").is_near(&Print::of("Build 7 passed")));
    }

    #[test]
    fn what_a_bridge_repeats_in_front_does_not_make_a_text_new() {
        let body = "the nightly export to the warehouse did not finish in time and was cancelled by the watchdog";
        let once = Print::of(&alloc::format!("[Teams] bot: {body}"));
        let more = Print::of(&alloc::format!("[Teams] bot: [GitHub] alice: [Teams] bot: [GitHub] alice: {body}"));
        assert!(once.is_near(&more));
    }
}
