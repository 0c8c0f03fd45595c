//! The pass over the bytes.

use alloc::{borrow::Cow, string::String};

use super::ReadError;
use crate::limits;

/// A place in a JSON text. Every method starts at a value and ends behind it.
pub struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: u32,
}

/// `limits::BODY_DEPTH`, and the bits of the number that remembers what each level is.
const DEPTH: u32 = u128::BITS;
const _: () = assert!(DEPTH as usize == limits::BODY_DEPTH);

impl<'a> Reader<'a> {
    /// A reader at the start of `body`.
    ///
    /// # Errors
    ///
    /// RY1102 if the body is too large, RY1104 if it is not UTF-8.
    pub fn new(body: &'a [u8]) -> Result<Self, ReadError> {
        if body.len() > limits::BODY_BYTES {
            return Err(ReadError::TooLarge { len: body.len(), limit: limits::BODY_BYTES });
        }
        match core::str::from_utf8(body) {
            Ok(text) => Ok(Self { text, at: 0, depth: 0 }),
            Err(error) => Err(ReadError::NotUtf8 { offset: error.valid_up_to() }),
        }
    }

    /// Fails unless only white space is left.
    pub fn end(&mut self) -> Result<(), ReadError> {
        self.next();
        if self.at == self.text.len() { Ok(()) } else { Err(self.wrong("more follows after the end of the document")) }
    }

    /// Offset of the next byte.
    pub const fn offset(&self) -> usize {
        self.at
    }

    /// The bytes read since `from`.
    pub fn since(&self, from: usize) -> &'a str {
        self.text.get(from..self.at).unwrap_or("")
    }

    /// Reads an object and calls `member` with each key, which must read or skip the value. False, and the value is
    /// skipped, if it is not an object.
    #[inline]
    pub fn object(
        &mut self,
        mut member: impl FnMut(&mut Self, &str) -> Result<(), ReadError>,
    ) -> Result<bool, ReadError> {
        if self.next() != b'{' {
            self.skip()?;
            return Ok(false);
        }
        self.enter()?;
        if self.next() != b'}' {
            loop {
                if self.next() != b'"' {
                    return Err(self.wrong("expected a key in double quotes"));
                }
                let key = self.string()?;
                self.colon()?;
                member(self, &key)?;
                match self.next() {
                    b',' => self.at += 1,
                    b'}' => break,
                    _ => return Err(self.wrong("expected `,` or `}`")),
                }
            }
        }
        self.leave();
        Ok(true)
    }

    /// Reads an array and calls `element` at each element, which must read or skip it. False, and the value is skipped,
    /// if it is not an array.
    pub fn array(&mut self, mut element: impl FnMut(&mut Self) -> Result<(), ReadError>) -> Result<bool, ReadError> {
        if self.next() != b'[' {
            self.skip()?;
            return Ok(false);
        }
        self.enter()?;
        if self.next() != b']' {
            loop {
                element(self)?;
                match self.next() {
                    b',' => self.at += 1,
                    b']' => break,
                    _ => return Err(self.wrong("expected `,` or `]`")),
                }
            }
        }
        self.leave();
        Ok(true)
    }

    /// Reads a string. Half of a surrogate pair becomes U+FFFD.
    pub fn string(&mut self) -> Result<Cow<'a, str>, ReadError> {
        let start = self.at + 1;
        let escaped = self.skip_string()?;
        let raw = self.text.get(start..self.at - 1).unwrap_or("");
        Ok(if escaped { Cow::Owned(unescape(raw)) } else { Cow::Borrowed(raw) })
    }

    /// Checks any value and goes behind it. Does not recurse.
    pub fn skip(&mut self) -> Result<(), ReadError> {
        // One bit per open level, 1 for an object: the depth limit is what fits.
        let mut objects: u128 = 0;
        let outer = self.depth;
        loop {
            match self.next() {
                b'"' => {
                    self.skip_string()?;
                }
                open @ (b'{' | b'[') => {
                    let is_object = open == b'{';
                    self.enter()?;
                    if self.next() == if is_object { b'}' } else { b']' } {
                        self.leave();
                    } else {
                        objects = objects << 1 | u128::from(is_object);
                        if is_object {
                            self.skip_key()?;
                        }
                        continue;
                    }
                }
                b'-' | b'0'..=b'9' => self.skip_number()?,
                b't' => self.skip_word("true")?,
                b'f' => self.skip_word("false")?,
                b'n' => self.skip_word("null")?,
                _ => return Err(self.wrong("expected a value")),
            }
            // A value ended: close what ends with it, up to a comma.
            loop {
                if self.depth == outer {
                    return Ok(());
                }
                let in_object = objects & 1 == 1;
                match self.next() {
                    b',' => {
                        self.at += 1;
                        if in_object {
                            self.skip_key()?;
                        }
                        break;
                    }
                    b'}' if in_object => {}
                    b']' if !in_object => {}
                    _ if in_object => return Err(self.wrong("expected `,` or `}`")),
                    _ => return Err(self.wrong("expected `,` or `]`")),
                }
                objects >>= 1;
                self.leave();
            }
        }
    }

    /// The next byte that is not white space, without going behind it; 0 at the end.
    #[inline(always)]
    pub fn next(&mut self) -> u8 {
        let byte = self.peek();
        if byte > b' ' { byte } else { self.next_after_space() }
    }

    fn next_after_space(&mut self) -> u8 {
        while matches!(self.peek(), b' ' | b'\n' | b'\r' | b'\t') {
            self.at += 1;
        }
        self.peek()
    }

    #[inline(always)]
    fn peek(&self) -> u8 {
        // 0 is not in any JSON text outside a string, and inside one it is an error.
        self.text.as_bytes().get(self.at).copied().unwrap_or(0)
    }

    #[inline]
    fn enter(&mut self) -> Result<(), ReadError> {
        if self.depth == DEPTH {
            return Err(ReadError::TooDeep { limit: limits::BODY_DEPTH });
        }
        self.depth += 1;
        self.at += 1;
        Ok(())
    }

    #[inline]
    fn leave(&mut self) {
        self.depth -= 1;
        self.at += 1;
    }

    #[inline]
    fn colon(&mut self) -> Result<(), ReadError> {
        if self.next() != b':' {
            return Err(self.wrong("expected `:`"));
        }
        self.at += 1;
        Ok(())
    }

    #[inline]
    fn skip_key(&mut self) -> Result<(), ReadError> {
        if self.next() != b'"' {
            return Err(self.wrong("expected a key in double quotes"));
        }
        self.skip_string()?;
        self.colon()
    }

    /// From the opening quote to behind the closing one; whether there are escapes in between.
    #[inline(always)]
    fn skip_string(&mut self) -> Result<bool, ReadError> {
        self.at += 1;
        self.skip_plain();
        if self.peek() == b'"' {
            self.at += 1;
            return Ok(false);
        }
        self.skip_rest_of_string()
    }

    #[inline(never)]
    fn skip_rest_of_string(&mut self) -> Result<bool, ReadError> {
        loop {
            match self.peek() {
                b'"' => {
                    self.at += 1;
                    return Ok(true);
                }
                b'\\' => self.skip_escape()?,
                _ => return Err(self.wrong("a control character in a string")),
            }
            self.skip_plain();
        }
    }

    #[inline(always)]
    fn skip_plain(&mut self) {
        self.at += plain_prefix(self.text.as_bytes().get(self.at..).unwrap_or_default());
    }

    fn skip_escape(&mut self) -> Result<(), ReadError> {
        self.at += 1;
        match self.peek() {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => self.at += 1,
            b'u' => {
                self.at += 1;
                for _ in 0..4 {
                    if !self.peek().is_ascii_hexdigit() {
                        return Err(self.wrong("expected four hex digits after `\\u`"));
                    }
                    self.at += 1;
                }
            }
            _ => return Err(self.wrong("an unknown escape in a string")),
        }
        Ok(())
    }

    fn skip_number(&mut self) -> Result<(), ReadError> {
        self.at += usize::from(self.peek() == b'-');
        if self.peek() == b'0' {
            self.at += 1;
        } else {
            self.skip_digits()?;
        }
        if self.peek() == b'.' {
            self.at += 1;
            self.skip_digits()?;
        }
        if matches!(self.peek(), b'e' | b'E') {
            self.at += 1;
            self.at += usize::from(matches!(self.peek(), b'+' | b'-'));
            self.skip_digits()?;
        }
        Ok(())
    }

    fn skip_digits(&mut self) -> Result<(), ReadError> {
        if !self.peek().is_ascii_digit() {
            return Err(self.wrong("expected a digit"));
        }
        while self.peek().is_ascii_digit() {
            self.at += 1;
        }
        Ok(())
    }

    fn skip_word(&mut self, word: &'static str) -> Result<(), ReadError> {
        for &byte in word.as_bytes() {
            if self.peek() != byte {
                return Err(self.wrong("expected `true`, `false` or `null`"));
            }
            self.at += 1;
        }
        Ok(())
    }

    #[cold]
    fn wrong(&self, reason: &'static str) -> ReadError {
        let reason = if self.at >= self.text.len() { "it ends too early" } else { reason };
        ReadError::NotJson { offset: self.at, reason }
    }
}

/// How many bytes at the start of `bytes` stand for themselves in a string: no quote, backslash or control character.
#[inline(always)]
fn plain_prefix(bytes: &[u8]) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const TOPS: u64 = ONES << 7;
    let mut rest = bytes;
    while let Some((word, behind)) = rest.split_first_chunk::<8>() {
        // Eight at a time ("haszero" of the bit tricks every C library uses): the lowest top bit set is exact, higher
        // ones may be wrong by a borrow.
        let word = u64::from_le_bytes(*word);
        let quote = word ^ (ONES * b'"' as u64);
        let backslash = word ^ (ONES * b'\\' as u64);
        let special = (quote.wrapping_sub(ONES) & !quote)
            | (backslash.wrapping_sub(ONES) & !backslash)
            | (word.wrapping_sub(ONES * 0x20) & !word);
        if special & TOPS != 0 {
            return bytes.len() - rest.len() + (special & TOPS).trailing_zeros() as usize / 8;
        }
        rest = behind;
    }
    let plain = rest.iter().take_while(|&&byte| byte >= b' ' && byte != b'"' && byte != b'\\').count();
    bytes.len() - rest.len() + plain
}

/// What a checked string with escapes stands for.
fn unescape(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(backslash) = rest.find('\\') {
        out.push_str(&rest[..backslash]);
        let escape = rest.as_bytes().get(backslash + 1).copied().unwrap_or(0);
        rest = rest.get(backslash + 2..).unwrap_or("");
        match escape {
            b'b' => out.push('\u{8}'),
            b'f' => out.push('\u{c}'),
            b'n' => out.push('\n'),
            b'r' => out.push('\r'),
            b't' => out.push('\t'),
            b'u' => out.push(code_point(&mut rest)),
            itself => out.push(char::from(itself)),
        }
    }
    out.push_str(rest);
    out
}

/// The character of one or, for a surrogate pair, two `\u` escapes. `rest` starts behind the first `\u`.
fn code_point(rest: &mut &str) -> char {
    let first = code_unit(rest);
    if let (0xd800..0xdc00, Some(mut behind)) = (first, rest.strip_prefix("\\u")) {
        let second = code_unit(&mut behind);
        if let 0xdc00..0xe000 = second {
            *rest = behind;
            return char::from_u32(0x1_0000 + ((first - 0xd800) << 10 | (second - 0xdc00))).unwrap_or('\u{fffd}');
        }
    }
    char::from_u32(first).unwrap_or('\u{fffd}')
}

fn code_unit(rest: &mut &str) -> u32 {
    let (digits, behind) = rest.split_at_checked(4).unwrap_or((rest, ""));
    *rest = behind;
    u32::from_str_radix(digits, 16).unwrap_or(0xfffd)
}
