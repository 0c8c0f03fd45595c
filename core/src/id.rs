//! Identifiers. All of them are numbers the core hands out in order, so that they are the same on every replay.

use core::{fmt, num::NonZeroU64, str::FromStr};

use minicbor::{Decode, Encode};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Number of a journal record. The first record, the genesis, is 1; 0 means "none yet".
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Encode, Decode)]
#[serde(transparent)]
#[cbor(transparent)]
pub struct Seq(#[n(0)] pub u64);

impl Seq {
    /// The record after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

/// Number of a release: the order in which effects are handed to the host. 0 means "none yet".
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Encode, Decode)]
#[serde(transparent)]
#[cbor(transparent)]
pub struct ReleaseNo(#[n(0)] pub u64);

/// Identifies an effect for ever: the record that decided it and its place among that record's effects.
///
/// Prints as `42.0`. With the broker's name in front (`triage/42.0`) it is the idempotency key to give to a platform
/// that takes one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(array)]
pub struct EffectId {
    /// The record that decided the effect.
    #[n(0)]
    pub seq: Seq,
    /// The effect's place in that record, from 0.
    #[n(1)]
    pub ordinal: u16,
}

/// Identifies a chain, the causal tree of one root event: the seq of that event's record.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct ChainId(#[n(0)] pub Seq);

/// A text is not an identifier of the expected form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected {0}")]
pub struct ParseIdError(&'static str);

macro_rules! display_u64 {
    ($($name:ident => $value:expr),*) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let value: fn(&Self) -> u64 = $value;
                fmt::Display::fmt(&value(self), f)
            }
        }
    )*};
}
display_u64!(Seq => |s| s.0, ReleaseNo => |s| s.0, ChainId => |s| s.0.0);

impl fmt::Display for EffectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.seq, self.ordinal)
    }
}

/// Decimal digits only, no sign, no leading zero: an identifier has exactly one spelling.
fn canonical_u64(text: &str) -> Option<u64> {
    let plain =
        !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) && (text.len() == 1 || !text.starts_with('0'));
    if plain { text.parse().ok() } else { None }
}

impl FromStr for EffectId {
    type Err = ParseIdError;

    fn from_str(text: &str) -> Result<Self, ParseIdError> {
        const EXPECTED: ParseIdError = ParseIdError("an effect id like `42.0`: a record's seq, a dot, an ordinal");
        let (seq, ordinal) = text.split_once('.').ok_or(EXPECTED)?;
        let seq = canonical_u64(seq).and_then(NonZeroU64::new).ok_or(EXPECTED)?;
        let ordinal = canonical_u64(ordinal).and_then(|n| u16::try_from(n).ok()).ok_or(EXPECTED)?;
        Ok(Self { seq: Seq(seq.get()), ordinal })
    }
}

impl FromStr for ChainId {
    type Err = ParseIdError;

    fn from_str(text: &str) -> Result<Self, ParseIdError> {
        let seq = canonical_u64(text).and_then(NonZeroU64::new);
        let seq = seq.ok_or(ParseIdError("a chain id like `42`: the seq of its root's record"))?;
        Ok(Self(Seq(seq.get())))
    }
}

macro_rules! serde_as_text {
    ($($name:ident),*) => {$(
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Text;
                impl de::Visitor<'_> for Text {
                    type Value = $name;
                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str("an id as text")
                    }
                    fn visit_str<E: de::Error>(self, text: &str) -> Result<$name, E> {
                        text.parse().map_err(E::custom)
                    }
                }
                deserializer.deserialize_str(Text)
            }
        }
    )*};
}
serde_as_text!(EffectId, ChainId);

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn an_identifier_has_exactly_one_spelling() {
        assert_eq!("42.7".parse(), Ok(EffectId { seq: Seq(42), ordinal: 7 }));
        for wrong in ["", "42", "42.", ".7", "042.7", "42.07", "+42.7", "42.65536", "0.0", "42.7 ", "42.7.1"] {
            assert!(wrong.parse::<EffectId>().is_err(), "{wrong:?}");
        }
        assert_eq!(EffectId { seq: Seq(42), ordinal: 7 }.to_string(), "42.7");
    }
}
