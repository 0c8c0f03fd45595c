//! What a text says, apart from the numbers in it: a fingerprint in which "attempt 3 at 10:42" is "attempt 4 at 10:43".
//!
//! Byte by byte, without locale or tables, so that it is the same everywhere. Hidden comments and quoted lines are left
//! out, ASCII letters are lowered, words are runs of `a-z 0-9 _` and of bytes above ASCII. In a word, runs of digits
//! become `0`; a word of digits, or of seven and more hexadecimal digits with one of 0-9 among them, is `0` altogether;
//! `0 0` is `0`. The digest is over all words in order; the SimHash (Charikar, 2002) is over the *set* of single words
//! and pairs, so that a text which grows by the same prefix each time stays near.

use alloc::{borrow::Cow, vec::Vec};

use minicbor::{Decode, Encode};

const FNV_BASIS: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_PRIME: u64 = 0x0100_0000_01b3;
/// Two texts of at least this many words are near if their hashes differ in at most [`NEAR_BITS`] bits.
const NEAR_WORDS: u16 = 6;
const NEAR_BITS: u32 = 9;
/// Two texts of at least this many words are much alike if they differ in at most [`LIKE_BITS`] bits: those of different
/// texts differ in 32, give or take 4.
const LIKE_WORDS: u16 = 5;
const LIKE_BITS: u32 = 14;

/// The fingerprint of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(crate) struct Print {
    #[n(0)]
    digest: u64,
    #[n(1)]
    hash: u64,
    #[n(2)]
    pub(crate) words: u16,
}

impl Default for Print {
    fn default() -> Self {
        Self::of("")
    }
}

impl Print {
    pub(crate) fn of(text: &str) -> Self {
        let bytes = without_comments(text.as_bytes());
        let mut reader =
            Reader { digest: FNV_BASIS, features: Vec::with_capacity(bytes.len() / 3 + 2), last: None, words: 0 };
        for line in bytes.split(|byte| *byte == b'\n').filter(|line| line.first() != Some(&b'>')) {
            line.split(|byte| !is_word(*byte)).filter(|word| !word.is_empty()).for_each(|word| reader.word(word));
        }
        Self { digest: reader.digest, hash: simhash(&mut reader.features), words: reader.words }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.words == 0
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
}

struct Reader {
    digest: u64,
    features: Vec<u64>,
    /// The last word: its hash before the finaliser, and whether it was `0`.
    last: Option<(u64, bool)>,
    words: u16,
}

impl Reader {
    fn word(&mut self, word: &[u8]) {
        let digits = word.iter().filter(|byte| byte.is_ascii_digit()).count();
        let zero = digits > 0 && (digits == word.len() || (word.len() >= 7 && word.iter().all(u8::is_ascii_hexdigit)));
        if zero && self.last.is_some_and(|(_, zero)| zero) {
            return;
        }
        let add = |hash| if zero { fnv(hash, b'0') } else { masked(hash, word) };
        let single = add(FNV_BASIS);
        if let Some((last, _)) = self.last {
            self.features.push(finish(add(fnv(last, b' '))));
        }
        let own = finish(single);
        self.features.push(own);
        self.digest = finish((self.digest ^ own).wrapping_mul(FNV_PRIME));
        self.last = Some((single, zero));
        self.words = self.words.saturating_add(1);
    }
}

/// Hashes a word with each run of digits as one `0`, and its letters lowered.
fn masked(mut hash: u64, word: &[u8]) -> u64 {
    let mut zero = false;
    for byte in word {
        let digit = byte.is_ascii_digit();
        if !(digit && zero) {
            hash = fnv(hash, if digit { b'0' } else { byte.to_ascii_lowercase() });
        }
        // A literal run of digits is at its end when another byte comes.
        zero = digit;
    }
    hash
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

fn fnv(hash: u64, byte: u8) -> u64 {
    (hash ^ u64::from(byte)).wrapping_mul(FNV_PRIME)
}

/// The finaliser of SplitMix64 (Steele, Lea and Flood, 2014).
fn finish(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// A bit is set where it is set in more than half of the different features.
fn simhash(features: &mut Vec<u64>) -> u64 {
    features.sort_unstable();
    features.dedup();
    let mut counts = [0_u32; 64];
    for feature in features.iter() {
        for (bit, count) in counts.iter_mut().enumerate() {
            *count += u32::from(feature >> bit & 1 == 1);
        }
    }
    let half = u32::try_from(features.len()).unwrap_or(u32::MAX);
    counts.iter().enumerate().fold(0, |hash, (bit, count)| hash | u64::from(2 * count > half) << bit)
}

/// The text without `<!-- -->`; one that is not closed runs to the end.
fn without_comments(bytes: &[u8]) -> Cow<'_, [u8]> {
    let find = |from: usize, mark: &[u8]| {
        let rest = bytes.get(from..)?;
        rest.windows(mark.len()).position(|window| window == mark).map(|at| from + at)
    };
    let Some(mut open) = find(0, b"<!--") else { return Cow::Borrowed(bytes) };
    let (mut kept, mut from) = (Vec::with_capacity(bytes.len()), 0);
    loop {
        kept.extend_from_slice(&bytes[from..open]);
        let Some(close) = find(open, b"-->") else { break };
        from = close + 3;
        let Some(next) = find(from, b"<!--") else {
            kept.extend_from_slice(&bytes[from..]);
            break;
        };
        open = next;
    }
    Cow::Owned(kept)
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
