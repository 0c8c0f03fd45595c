//! What a text says, apart from what changes each time it is said.
//!
//! A bot that posts "build 4711 failed after 12 s" and then "build 4712 failed after 9 s" said the same thing twice.
//! [`masked`] reduces both to one number, [`simhash`] to numbers that are close when the texts are, and [`fingerprint`] gives
//! both.
//!
//! Everything here works on bytes, with no locale and no Unicode table, and never changes: the values are part of the
//! state and must be the same on every platform and in every release. The steps:
//!
//! 1. HTML comments (`<!-- … -->`) are removed, and what follows one that is not closed.
//! 2. Lines that start with `>` (quotes) are dropped. ASCII letters become lower case.
//! 3. Tokens are runs of `a`-`z`, `0`-`9`, `_` and bytes from 128.
//! 4. A token of digits only, or of 7 or more hex digits with at least one from `0`-`9`, becomes `0`; in every other
//!    token each run of digits becomes `0`. Neighbouring tokens `0` become one.
//! 5. Tokens are hashed with FNV-1a and SplitMix64's finaliser.
//!
//! [`find_token`] reads the same hidden comments: a lineage token that travels in a text sits in one.

use super::majority::Features;

const FNV_BASIS: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_PRIME: u64 = 0x0000_0100_0000_01b3;
/// Shortest run of hex digits that counts as an id: the length of an abbreviated commit id.
const HEX_ID_BYTES: usize = 7;
/// Lengths a lineage token can have, in bytes.
const TOKEN_BYTES: core::ops::RangeInclusive<usize> = 20..=160;

/// Both digests of a text, read once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint {
    /// See [`masked`].
    pub masked: u64,
    /// See [`simhash`].
    pub simhash: u64,
    /// How many tokens it was made of.
    pub tokens: u32,
}

impl Fingerprint {
    /// That of a text without any word.
    pub(crate) const EMPTY: Self = Self { masked: FNV_BASIS, simhash: 0, tokens: 0 };
}

/// [`masked`] and [`simhash`] of a text, for hardly more than the second of them costs.
#[must_use]
pub fn fingerprint(text: &str) -> Fingerprint {
    if text.is_empty() {
        return Fingerprint::EMPTY;
    }
    let mut features = Features::new();
    let (mut masked, mut tokens) = (FNV_BASIS, 0_u32);
    each_token::<true>(text.as_bytes(), |token| {
        let word = finalise(token.word);
        masked = next_masked(masked, word);
        features.add(word);
        if tokens > 0 {
            features.add(finalise(token.pair));
        }
        tokens = tokens.saturating_add(1);
    });
    Fingerprint { masked, simhash: features.majority(), tokens }
}

/// A digest of what a text says: equal for texts that differ only in numbers, ids, case, punctuation, quoted lines and
/// hidden comments. A text without any word has the digest of the empty text.
#[must_use]
pub fn masked(text: &str) -> u64 {
    let mut digest = FNV_BASIS;
    each_token::<false>(text.as_bytes(), |token| digest = next_masked(digest, finalise(token.word)));
    digest
}

/// A digest that is close, in differing bits, for texts that share most of their words and word pairs (SimHash,
/// Charikar 2002), and the number of tokens it was made of. It says little about texts of fewer than 6 tokens.
#[must_use]
pub fn simhash(text: &str) -> (u64, u32) {
    let Fingerprint { simhash, tokens, .. } = fingerprint(text);
    (simhash, tokens)
}

fn next_masked(digest: u64, word: u64) -> u64 {
    finalise((digest ^ word).wrapping_mul(FNV_PRIME))
}

/// SplitMix64's output function.
const fn finalise(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

const fn fnv(hash: u64, byte: u8) -> u64 {
    (hash ^ byte as u64).wrapping_mul(FNV_PRIME)
}

/// The masked word `0`, hashed.
const ZERO: u64 = fnv(FNV_BASIS, b'0');

/// FNV-1a of one token, and of the token before it, a space and it; neither finalised.
struct Token {
    word: u64,
    pair: u64,
}

/// A token while its bytes come in. It hashes what the word becomes if it is masked digit run by digit run, and keeps
/// what tells whether it is masked whole; so no byte is kept.
struct Word {
    hash: u64,
    pair: u64,
    len: usize,
    /// What kinds of bytes it has: see [`KIND`].
    kinds: u8,
    after_digit: bool,
}

impl Word {
    const fn after(previous: u64) -> Self {
        Self { hash: FNV_BASIS, pair: fnv(previous, b' '), len: 0, kinds: 0, after_digit: false }
    }

    #[inline]
    fn extend<const PAIRS: bool>(&mut self, bytes: &[u8], kinds: u8) {
        self.len += bytes.len();
        self.kinds |= kinds;
        if kinds & DIGIT == 0 {
            bytes.iter().for_each(|byte| self.push::<PAIRS>(LOWER[usize::from(*byte)]));
            self.after_digit = false;
            return;
        }
        for byte in bytes {
            let digit = byte.is_ascii_digit();
            if !(digit && self.after_digit) {
                self.push::<PAIRS>(if digit { b'0' } else { LOWER[usize::from(*byte)] });
            }
            self.after_digit = digit;
        }
    }

    #[inline]
    fn push<const PAIRS: bool>(&mut self, byte: u8) {
        self.hash = fnv(self.hash, byte);
        if PAIRS {
            self.pair = fnv(self.pair, byte);
        }
    }

    const fn is_masked_whole(&self) -> bool {
        let hex_id = self.len >= HEX_ID_BYTES && self.kinds & NO_HEX == 0;
        self.kinds & DIGIT != 0 && (self.kinds == DIGIT || hex_id)
    }
}

const DIGIT: u8 = 1;
const LETTER: u8 = 2;
const NO_HEX: u8 = 4;

/// What kind of byte it is, 0 for a byte between tokens.
const KIND: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0_u8;
    loop {
        table[byte as usize] = match byte.to_ascii_lowercase() {
            b'0'..=b'9' => DIGIT,
            b'a'..=b'f' => LETTER,
            b'g'..=b'z' | b'_' | 128.. => LETTER | NO_HEX,
            _ => 0,
        };
        if byte == 255 {
            break table;
        }
        byte += 1;
    }
};

const LOWER: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0_u8;
    loop {
        table[byte as usize] = byte.to_ascii_lowercase();
        if byte == 255 {
            break table;
        }
        byte += 1;
    }
};

/// Calls `each` with every token of `text`, in order. Allocates nothing.
#[inline]
fn each_token<const PAIRS: bool>(text: &[u8], mut each: impl FnMut(Token)) {
    let mut previous = 0;
    let mut previous_is_zero = false;
    let mut word = Word::after(previous);
    let mut rest = text;
    let mut line_start = true;
    loop {
        let mut kinds = 0;
        let mut is_between = |byte: &u8| {
            let kind = KIND[usize::from(*byte)];
            kinds |= kind;
            kind == 0
        };
        let len = rest.iter().position(&mut is_between).unwrap_or(rest.len());
        let (part, after) = rest.split_at(len);
        if !part.is_empty() {
            word.extend::<PAIRS>(part, kinds);
            line_start = false;
        }
        if after.first() == Some(&b'<') && after.starts_with(COMMENT_OPENS) {
            // No token ends here: comments are cut out before the text is split.
            rest = comment_end(after, 0).map_or(&[][..], |end| &after[end..]);
            if !rest.is_empty() {
                continue;
            }
        } else {
            rest = after;
        }
        if word.len > 0 {
            let zero = word.is_masked_whole();
            if !(zero && previous_is_zero) {
                let token = if zero {
                    Token { word: ZERO, pair: fnv(fnv(previous, b' '), b'0') }
                } else {
                    Token { word: word.hash, pair: word.pair }
                };
                previous = token.word;
                previous_is_zero = zero;
                each(token);
            }
            word = Word::after(previous);
        }
        let Some((&byte, next)) = rest.split_first() else { return };
        rest = match byte {
            b'>' if line_start => quoted_line_end(rest, 0).map_or(&[][..], |end| &rest[end..]),
            _ => next,
        };
        line_start = byte == b'\n' || (byte == b'>' && line_start);
    }
}

const COMMENT_OPENS: &[u8] = b"<!--";
const COMMENT_CLOSES: &[u8] = b"-->";

/// The place after the comment that opens at `at`, or `None` if nothing closes it. As in HTML, `<!-->` is a whole one.
fn comment_end(text: &[u8], at: usize) -> Option<usize> {
    let rest = text.get(at + 2..)?;
    let close = rest.windows(COMMENT_CLOSES.len()).position(|window| window == COMMENT_CLOSES)?;
    Some(at + 2 + close + COMMENT_CLOSES.len())
}

/// The place of the line break that ends the quoted line `at` is in. A line break in a comment ends nothing.
fn quoted_line_end(text: &[u8], mut at: usize) -> Option<usize> {
    while let Some(&byte) = text.get(at) {
        if byte == b'\n' {
            return Some(at);
        }
        if byte == b'<' && text[at..].starts_with(COMMENT_OPENS) {
            at = comment_end(text, at)?;
        } else {
            at += 1;
        }
    }
    None
}

/// The lineage token hidden in a text: the content of an HTML comment such as `<!-- ry1.k1.… -->`.
///
/// A comment in a quoted line (one that starts with `>`, after spaces or not) does not count: who quotes a message does
/// not continue it. Of several tokens the last one counts, since texts grow at their end. Only the form is checked
/// here; a token proves something once its authenticity is verified.
#[must_use]
pub fn find_token(text: &str) -> Option<&str> {
    let bytes = text.as_bytes();
    let mut found = None;
    let mut line = Line::default();
    let mut at = 0;
    while let Some(open) = text.get(at..).and_then(|rest| rest.find("<!--")).map(|offset| at + offset) {
        let Some(end) = comment_end(bytes, open) else { break };
        line.extend(&bytes[at..open]);
        let inside = |open: usize| text.get(open + COMMENT_OPENS.len()..end - COMMENT_CLOSES.len()).unwrap_or("");
        let content = inside(open).trim_ascii();
        if !line.quoted && is_token(content) {
            found = Some(content);
        } else if let Some(last) = inside(open).rfind("<!--").map(|offset| open + COMMENT_OPENS.len() + offset) {
            // Somebody's comment that was never closed ends with the mark behind the text. The mark begins a line.
            let mut line = line;
            line.extend(&bytes[open..last]);
            let content = inside(last).trim_ascii();
            found = Some(content).filter(|content| !line.quoted && is_token(content)).or(found);
        }
        at = end;
    }
    found
}

/// What is known of the line a comment stands in. A line break inside a comment does not end the line.
#[derive(Default, Clone, Copy)]
struct Line {
    begun: bool,
    quoted: bool,
}

impl Line {
    fn extend(&mut self, visible: &[u8]) {
        let mut rest = visible;
        if let Some(line_break) = rest.iter().rposition(|&byte| byte == b'\n') {
            rest = &rest[line_break + 1..];
            *self = Self::default();
        }
        if let (false, Some(first)) = (self.begun, rest.trim_ascii_start().first()) {
            self.begun = true;
            self.quoted = *first == b'>';
        }
    }
}

/// The lineage token in a commit message: the value of the last trailer `Reynolds-Chain: ry1.…`.
#[must_use]
pub fn find_trailer(message: &str) -> Option<&str> {
    const NAME: &str = "Reynolds-Chain:";
    message.lines().rev().find_map(|line| {
        let name = line.get(..NAME.len())?;
        let value = line.get(NAME.len()..)?.trim_ascii();
        (name.eq_ignore_ascii_case(NAME) && is_token(value)).then_some(value)
    })
}

/// Whether a text has the form of a lineage token: `ry1.`, then lower-case letters, digits and dots, 20 to 160 bytes in
/// all.
#[must_use]
pub fn is_token(text: &str) -> bool {
    TOKEN_BYTES.contains(&text.len())
        && text.starts_with("ry1.")
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'.')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Text, masked digest, simhash, tokens: what an independent implementation of the steps above gives.
    #[rustfmt::skip]
    const KNOWN: [(&str, u64, u64, u32); 30] = [
        ("", 0xcbf2_9ce4_8422_2325, 0x0000_0000_0000_0000, 0),
        ("hello", 0x1ab6_885e_aa9f_b4f4, 0x16fe_05a1_c75b_cd0f, 1),
        ("Hello, World!", 0x7c71_ab03_42b9_af13, 0x16fb_0cc1_539a_150d, 2),
        ("build 4711 failed after 12 s", 0x938c_5bb4_bf78_63b3, 0xbbf3_6931_1a96_40a2, 6),
        ("Build 4712 failed, after 9 s.", 0x938c_5bb4_bf78_63b3, 0xbbf3_6931_1a96_40a2, 6),
        ("seen on run 12 34 56 of 78", 0xae3c_8d57_9eb9_5330, 0x0996_8330_891e_4414, 6),
        ("deadbee was reverted", 0x5b9b_e9e9_3ab9_394e, 0x46a7_aa94_af28_4f61, 3),
        ("deadbeef1 was reverted", 0x0284_4d8e_3193_2275, 0x0af6_6230_a1ba_4513, 3),
        ("commit 0a1b2c3 and 0a1b2c", 0x258a_5c4a_8d1d_695d, 0xc9bd_02b6_91db_8c50, 4),
        ("v1.2.3-rc4 x86_64 a1b22c", 0x915d_3fda_3ce2_3798, 0x1a46_391a_8d96_c157, 5),
        ("Grüße aus Köln – 你好", 0xe3a1_68cd_9be2_4bdf, 0x4c09_4436_47f6_2a2f, 5),
        ("visible <!-- hidden --> text", 0x3b2d_973d_b930_f181, 0x319b_a67d_f3b1_a806, 2),
        ("foo<!-- a\nb -->bar", 0x0e54_d2f9_cec9_188c, 0x404d_a9e3_b740_78c2, 1),
        ("kept <!-- never closed", 0x5792_9460_2d59_318e, 0x10ac_615b_fee6_a1ec, 1),
        ("<!-->after", 0x0524_b860_3f99_c419, 0xb62b_39c6_1a52_c373, 1),
        ("<!--->x", 0xd959_a17f_71d3_5b00, 0x2c78_2ac2_2891_188e, 1),
        ("a <!-- x --> b <!-- y", 0x85e4_200a_5d9c_165e, 0x16b0_b0bf_ea12_24a1, 2),
        ("> quoted\nanswer", 0x18b5_3c98_0f63_086c, 0xe301_3a08_518a_937e, 1),
        ("answer\n> quoted 1\nmore\n>x", 0xb4f2_786a_509b_9bd5, 0x434e_2f00_5109_39fb, 2),
        ("<!-- c -->> quoted\nreal", 0xe746_88ba_1d2c_e67e, 0xe2e2_64e8_770e_ce59, 1),
        (" > not a quote", 0xc0ac_9598_1948_0903, 0x02c5_fcaf_e80c_6761, 3),
        ("one\r\n>two\r\nthree", 0xe052_5df1_fe57_b522, 0x05b7_afef_4ec3_2db3, 2),
        (">q <!-- a\nb --> still quoted\nout", 0x1bb6_b265_8293_5787, 0xca95_b19c_8602_e815, 1),
        ("<!<!-- x -->-- y -->", 0x2d3b_6db0_5986_b910, 0x6bf7_b2ab_fff4_cbef, 1),
        ("`cargo test` took 3.21s; see https://ci.example.com/runs/8812 for @octocat", 0x8578_624a_d598_36da, 0x59ae_82fa_8841_c2a6, 14),
        ("the the the the the the the", 0x95d3_2f56_48de_8709, 0x0018_4026_0828_0495, 7),
        ("0 0 0 00 000", 0xc077_8bfa_6f3e_c61b, 0x8bd6_6332_999b_4192, 1),
        ("_1_ __ 1_", 0x491d_28dd_99d7_18cb, 0x862a_ee3d_330d_a94f, 3),
        ("ABCDEF0 abcdefg0", 0xd64b_9780_28df_2fbf, 0x46df_6376_fd8b_4356, 2),
        ("\u{a0}xé€1😀", 0x87ba_cd48_1e00_de60, 0x28ef_3e0e_2382_6c0d, 1),
    ];

    #[test]
    fn digests_are_the_published_ones() {
        for (text, digest, similar, tokens) in KNOWN {
            assert_eq!(masked(text), digest, "{text:?}");
            assert_eq!(simhash(text), (similar, tokens), "{text:?}");
            assert_eq!(fingerprint(text), Fingerprint { masked: digest, simhash: similar, tokens }, "{text:?}");
        }
    }

    #[test]
    fn texts_that_differ_only_in_numbers_are_equal() {
        assert_eq!(masked("Run 17 of 20 failed"), masked("run 18 of 20 FAILED!"));
        assert_ne!(masked("run 17 failed"), masked("run 17 passed"));
    }

    const TOKEN: &str = "ry1.k1.7.12.3.40.abcdefgh";

    #[test]
    fn a_token_in_a_hidden_comment_is_found() {
        assert_eq!(find_token("Done.\n\n<!-- ry1.k1.7.12.3.40.abcdefgh -->"), Some(TOKEN));
        assert_eq!(find_token("<!--ry1.k1.7.12.3.40.abcdefgh-->Done."), Some(TOKEN));
        assert_eq!(find_token("> quoted\n<!-- a\nb --> <!--\try1.k1.7.12.3.40.abcdefgh\n-->"), Some(TOKEN));
    }

    #[test]
    fn a_token_behind_a_comment_that_was_never_closed_is_found_unless_it_is_quoted() {
        assert_eq!(find_token("see <!-- todo\n\n<!-- ry1.k1.7.12.3.40.abcdefgh -->"), Some(TOKEN));
        assert_eq!(find_token("> see <!-- todo\n\n<!-- ry1.k1.7.12.3.40.abcdefgh -->"), Some(TOKEN));
        assert_eq!(find_token("<!-- todo\n> <!-- ry1.k1.7.12.3.40.abcdefgh -->"), None);
    }

    #[test]
    fn of_several_tokens_the_last_one_counts() {
        let text = "<!-- ry1.k1.1.1.1.1.aaaaaaaa --> edited <!-- ry1.k1.7.12.3.40.abcdefgh --> <!-- other -->";
        assert_eq!(find_token(text), Some(TOKEN));
    }

    #[test]
    fn a_token_that_is_quoted_visible_misspelt_or_not_closed_is_ignored() {
        for text in [
            "",
            "no comment",
            "ry1.k1.7.12.3.40.abcdefgh",
            "> <!-- ry1.k1.7.12.3.40.abcdefgh -->",
            "answer\n  > quoted <!-- ry1.k1.7.12.3.40.abcdefgh --> more",
            "> quoted <!-- a\nb --> <!-- ry1.k1.7.12.3.40.abcdefgh -->",
            "<!-- ry1.k1.7.12.3.40.abcdefgh",
            "<!-- ry1.K1.7.12.3.40.abcdefgh -->",
            "<!-- ry1.k1.7.12.3.40.abc defgh -->",
            "<!-- ry2.k1.7.12.3.40.abcdefgh -->",
            "<!-- ry1.too.short -->",
            "<!-- note: ry1.k1.7.12.3.40.abcdefgh -->",
            "<!-- never closed <!- ry1.k1.7.12.3.40.abcdefgh",
        ] {
            assert_eq!(find_token(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_token_in_a_commit_trailer_is_found() {
        assert_eq!(find_trailer("Fix\n\nReynolds-Chain: ry1.k1.7.12.3.40.abcdefgh\nSigned-off-by: A"), Some(TOKEN));
        assert_eq!(find_trailer("Fix\r\n\r\nreynolds-chain:ry1.k1.7.12.3.40.abcdefgh\r\n"), Some(TOKEN));
        assert_eq!(find_trailer("Fix Reynolds-Chain: ry1.k1.7.12.3.40.abcdefgh"), None);
        assert_eq!(find_trailer("Ünïcödé Ünïcödé\nReynolds-Chain: nonsense"), None);
    }

    #[test]
    fn a_token_has_20_to_160_bytes() {
        let long = |len: usize| alloc::format!("ry1.{}", "a".repeat(len - 4));
        assert!(is_token(&long(20)) && is_token(&long(160)));
        assert!(!is_token(&long(19)) && !is_token(&long(161)));
    }
}
