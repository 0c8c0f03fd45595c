//! The grammar of JSON on bytes: each function takes the place of a token and gives the place behind it.
//!
//! Places are plain numbers, so that the loops over them keep them in registers.

use super::ReadError;

/// The byte at a place; 0 behind the end. 0 is in no JSON text outside a string, and inside one it is an error.
#[inline(always)]
pub fn byte(text: &[u8], at: usize) -> u8 {
    if at < text.len() { text[at] } else { 0 }
}

/// The place of the next byte that is not white space.
#[inline(always)]
pub fn after_space(text: &[u8], at: usize) -> usize {
    if byte(text, at) > b' ' { at } else { after_more_space(text, at) }
}

#[inline(never)]
fn after_more_space(text: &[u8], mut at: usize) -> usize {
    while matches!(byte(text, at), b' ' | b'\n' | b'\r' | b'\t') {
        at += 1;
    }
    at
}

/// Behind a string, given the place of its first quote; and whether there are escapes in it.
#[inline(always)]
pub fn after_string(text: &[u8], at: usize) -> Result<(usize, bool), ReadError> {
    let end = after_plain(text, at + 1);
    if byte(text, end) == b'"' { Ok((end + 1, false)) } else { after_escaped_string(text, end) }
}

#[inline(never)]
fn after_escaped_string(text: &[u8], mut at: usize) -> Result<(usize, bool), ReadError> {
    loop {
        match byte(text, at) {
            b'"' => return Ok((at + 1, true)),
            b'\\' => at = after_plain(text, after_escape(text, at + 1)?),
            _ => return Err(not_json(text, at, "a control character in a string")),
        }
    }
}

fn after_escape(text: &[u8], at: usize) -> Result<usize, ReadError> {
    match byte(text, at) {
        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Ok(at + 1),
        b'u' => match (at + 1..at + 5).find(|&at| !byte(text, at).is_ascii_hexdigit()) {
            None => Ok(at + 5),
            Some(wrong) => Err(not_json(text, wrong, "expected four hex digits after `\\u`")),
        },
        _ => Err(not_json(text, at, "an unknown escape in a string")),
    }
}

/// The place of the first byte from `at` that does not stand for itself in a string: a quote, a backslash, a control
/// character, or the end.
#[inline(always)]
fn after_plain(text: &[u8], at: usize) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const TOPS: u64 = ONES << 7;
    let mut at = at;
    while let Some(word) = text.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        // Eight at a time, with the bit tricks for "has a zero byte" and "has a byte below n": the lowest top bit set is
        // exact, higher ones may be wrong by a borrow. With bit 1 flipped, a quote and the control characters are the
        // bytes below 0x21.
        let word = u64::from_le_bytes(*word);
        let quote = word ^ (ONES * 0x02);
        let backslash = word ^ (ONES * b'\\' as u64);
        let special = (quote.wrapping_sub(ONES * 0x21) & !quote) | (backslash.wrapping_sub(ONES) & !backslash);
        if special & TOPS != 0 {
            return at + (special & TOPS).trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    while byte(text, at) >= b' ' && !matches!(text[at], b'"' | b'\\') {
        at += 1;
    }
    at
}

/// Behind a number, given the place of its sign or first digit.
pub fn after_number(text: &[u8], at: usize) -> Result<usize, ReadError> {
    let mut at = at + usize::from(byte(text, at) == b'-');
    at = if byte(text, at) == b'0' { at + 1 } else { after_digits(text, at)? };
    if byte(text, at) == b'.' {
        at = after_digits(text, at + 1)?;
    }
    if matches!(byte(text, at), b'e' | b'E') {
        at += 1 + usize::from(matches!(byte(text, at + 1), b'+' | b'-'));
        at = after_digits(text, at)?;
    }
    Ok(at)
}

fn after_digits(text: &[u8], mut at: usize) -> Result<usize, ReadError> {
    if !byte(text, at).is_ascii_digit() {
        return Err(not_json(text, at, "expected a digit"));
    }
    while byte(text, at).is_ascii_digit() {
        at += 1;
    }
    Ok(at)
}

/// Behind `true`, `false` or `null`, given which.
#[inline(always)]
pub fn after_word(text: &[u8], at: usize, word: &'static [u8]) -> Result<usize, ReadError> {
    if text.get(at..at + word.len()) == Some(word) { Ok(at + word.len()) } else { Err(wrong_word(text, at, word)) }
}

#[cold]
fn wrong_word(text: &[u8], at: usize, word: &[u8]) -> ReadError {
    let right = (0..word.len()).take_while(|&n| byte(text, at + n) == word[n]).count();
    not_json(text, at + right, "expected `true`, `false` or `null`")
}

/// The error for a wrong byte, or for the end if it is there.
#[cold]
#[inline(never)]
pub fn not_json(text: &[u8], at: usize, reason: &'static str) -> ReadError {
    let reason = if at >= text.len() { "it ends too early" } else { reason };
    ReadError::NotJson { offset: at, reason }
}
