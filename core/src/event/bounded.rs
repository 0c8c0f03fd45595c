//! Texts that keep to the limits of an event, whatever the platform sent.

use alloc::collections::BTreeMap;

use data_encoding::HEXLOWER;
use xxhash_rust::xxh3::xxh3_128;

use crate::{limits, text::Text};

/// Puts `parts` together.
pub fn concat(parts: &[&str]) -> Text {
    Text::concat(parts)
}

/// A name, id or reference of at most `limit` bytes. What is longer keeps its start and gets a digest of the whole, so
/// that two long names stay two.
pub fn name(text: impl Into<Text>, limit: usize) -> Text {
    let text = text.into();
    if text.len() > limit {
        let digest = digest(&text);
        return Text::concat(&[start(&text, limit - digest.len() - 1), "~", &digest]);
    }
    text
}

/// The start of `text`, at most `limit` bytes.
pub fn start(text: &str, limit: usize) -> &str {
    if text.len() <= limit {
        return text;
    }
    let mut end = limit;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// 32 hex digits that stand for `text` (xxh3-128).
pub fn digest(text: &str) -> Text {
    HEXLOWER.encode(&xxh3_128(text.as_bytes()).to_be_bytes()).into()
}

/// Sets an attribute. An empty value is no value; a long one is cut. An attribute whose name is empty or too long, or
/// one more than an event may have, is left out.
pub fn set(attributes: &mut BTreeMap<Text, Text>, name: &str, value: &str) {
    let fits = (1..=limits::NAME_BYTES).contains(&name.len()) && attributes.len() < limits::ATTRIBUTES;
    if fits && !value.is_empty() {
        attributes.insert(name.into(), start(value, limits::VALUE_BYTES).into());
    }
}
