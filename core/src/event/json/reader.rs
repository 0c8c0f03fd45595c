//! The pass over the bytes.

use alloc::{borrow::Cow, string::String};

use super::{ReadError, scan};
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

const TOO_DEEP: ReadError = ReadError::TooDeep { limit: limits::BODY_DEPTH };
const KEY_EXPECTED: &str = "expected a key in double quotes";

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
                    return Err(self.wrong(KEY_EXPECTED));
                }
                let text = self.text.as_bytes();
                let start = self.at + 1;
                let (end, escaped) = scan::after_string(text, self.at)?;
                self.at = after_colon(text, end)?;
                let key = self.text.get(start..end - 1).unwrap_or_default();
                let unescaped;
                let key = if escaped {
                    unescaped = unescape(key);
                    &unescaped
                } else {
                    key
                };
                member(self, key)?;
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
    #[inline]
    pub fn string(&mut self) -> Result<Cow<'a, str>, ReadError> {
        let start = self.at + 1;
        let (end, escaped) = scan::after_string(self.text.as_bytes(), self.at)?;
        self.at = end;
        let raw = self.text.get(start..end - 1).unwrap_or("");
        Ok(if escaped { Cow::Owned(unescape(raw)) } else { Cow::Borrowed(raw) })
    }

    /// Checks any value and goes behind it.
    #[inline]
    pub fn skip(&mut self) -> Result<(), ReadError> {
        if self.next() != b'"' {
            return self.skip_any();
        }
        self.at = scan::after_string(self.text.as_bytes(), self.at)?.0;
        Ok(())
    }

    /// Does not recurse.
    fn skip_any(&mut self) -> Result<(), ReadError> {
        let text = self.text.as_bytes();
        let mut at = self.at;
        let mut depth = self.depth;
        // One bit per open level, 1 for an object: the depth limit is what fits.
        let mut objects: u128 = 0;
        loop {
            at = scan::after_space(text, at);
            match scan::byte(text, at) {
                b'"' => at = scan::after_string(text, at)?.0,
                open @ (b'{' | b'[') => {
                    if depth == DEPTH {
                        return Err(TOO_DEEP);
                    }
                    let is_object = open == b'{';
                    at = scan::after_space(text, at + 1);
                    // Two behind each opening bracket in ASCII.
                    if scan::byte(text, at) == open + 2 {
                        at += 1;
                    } else {
                        depth += 1;
                        objects = objects << 1 | u128::from(is_object);
                        if is_object {
                            at = after_key(text, at)?;
                        }
                        continue;
                    }
                }
                b'-' | b'0'..=b'9' => at = scan::after_number(text, at)?,
                b't' => at = scan::after_word(text, at, b"true")?,
                b'f' => at = scan::after_word(text, at, b"false")?,
                b'n' => at = scan::after_word(text, at, b"null")?,
                _ => return Err(scan::not_json(text, at, "expected a value")),
            }
            // A value ended: close what ends with it, up to a comma.
            loop {
                if depth == self.depth {
                    self.at = at;
                    return Ok(());
                }
                let in_object = objects & 1 == 1;
                at = scan::after_space(text, at);
                match scan::byte(text, at) {
                    b',' if in_object => {
                        at = after_key(text, scan::after_space(text, at + 1))?;
                        break;
                    }
                    b',' => {
                        at += 1;
                        break;
                    }
                    b'}' if in_object => {}
                    b']' if !in_object => {}
                    _ if in_object => return Err(scan::not_json(text, at, "expected `,` or `}`")),
                    _ => return Err(scan::not_json(text, at, "expected `,` or `]`")),
                }
                at += 1;
                depth -= 1;
                objects >>= 1;
            }
        }
    }

    /// The next byte that is not white space, without going behind it; 0 at the end.
    #[inline(always)]
    pub fn next(&mut self) -> u8 {
        self.at = scan::after_space(self.text.as_bytes(), self.at);
        scan::byte(self.text.as_bytes(), self.at)
    }

    #[inline]
    fn enter(&mut self) -> Result<(), ReadError> {
        if self.depth == DEPTH {
            return Err(TOO_DEEP);
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

    fn wrong(&self, reason: &'static str) -> ReadError {
        scan::not_json(self.text.as_bytes(), self.at, reason)
    }
}

/// Behind a key and its colon.
#[inline(always)]
fn after_key(text: &[u8], at: usize) -> Result<usize, ReadError> {
    if scan::byte(text, at) != b'"' {
        return Err(scan::not_json(text, at, KEY_EXPECTED));
    }
    let (end, _) = scan::after_string(text, at)?;
    after_colon(text, end)
}

#[inline(always)]
fn after_colon(text: &[u8], at: usize) -> Result<usize, ReadError> {
    let at = scan::after_space(text, at);
    if scan::byte(text, at) == b':' { Ok(at + 1) } else { Err(scan::not_json(text, at, "expected `:`")) }
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
