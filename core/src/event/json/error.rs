//! What a reader answers when it can not read.

use alloc::string::String;

/// Why a reader refused a delivery. Nothing was recorded. Numbers are stable: RY11xx.
///
/// Only these are errors. A missing optional field, a field of an unexpected type, an unknown field, event or action
/// is read as far as it goes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The body is not JSON, or ends early.
    #[error("RY1101: not JSON at byte {offset}: {reason}; pass the raw body, unchanged and whole")]
    NotJson {
        /// Offset of the first wrong byte, from 0; the body's length if it ends early.
        offset: usize,
        /// What was wrong.
        reason: &'static str,
    },
    /// The body is larger than a reader accepts.
    #[error("RY1102: the body has {len} bytes, the limit is {limit}; answer 413 and do not read it")]
    TooLarge {
        /// Length of the body in bytes.
        len: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// Objects and arrays are nested too deeply.
    #[error("RY1103: the body is nested deeper than {limit} levels; no platform sends this, refuse the sender")]
    TooDeep {
        /// The deepest nesting accepted.
        limit: usize,
    },
    /// The body is not UTF-8.
    #[error("RY1104: the body is not UTF-8 at byte {offset}; pass the raw body without converting it")]
    NotUtf8 {
        /// Offset of the first wrong byte, from 0.
        offset: usize,
    },
    /// A field that is read occurs twice in one object, so that two programs could read two things.
    #[error("RY1105: the field `{key}` occurs twice in one object; refuse the sender")]
    DuplicateKey {
        /// The field.
        key: String,
    },
    /// A header is missing that says what the body is.
    #[error("RY1106: the header `{name}` is missing; pass the request's headers on to the reader{}", elsewhere(name))]
    MissingHeader {
        /// The header.
        name: &'static str,
    },
    /// The signature does not prove that the body comes from who knows the secret.
    #[error("RY1107: the signature was refused: {why}; answer 401 and do not read the body")]
    BadSignature {
        /// What was wrong with it.
        why: &'static str,
    },
    /// The body is JSON, but not of the shape that this reader reads.
    #[error("RY1108: expected {expected}; check that this platform's reader gets this endpoint's requests")]
    WrongShape {
        /// The shape that was expected.
        expected: &'static str,
    },
    /// A field is missing, empty or not of the right type, without which there is no event.
    #[error("RY1109: the field `{field}` is missing, empty or not a text; the sender must set it")]
    MissingField {
        /// The field.
        field: &'static str,
    },
}

/// A cloud event that lacks all its headers is in the body, most likely, and was sent as any JSON.
fn elsewhere(name: &str) -> &'static str {
    if name == "ce-specversion" {
        ", or, where the whole event is in the body, `content-type: application/cloudevents+json`"
    } else {
        ""
    }
}

impl ReadError {
    /// The error's number, for example `RY1101`: the same in every language and release.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotJson { .. } => "RY1101",
            Self::TooLarge { .. } => "RY1102",
            Self::TooDeep { .. } => "RY1103",
            Self::NotUtf8 { .. } => "RY1104",
            Self::DuplicateKey { .. } => "RY1105",
            Self::MissingHeader { .. } => "RY1106",
            Self::BadSignature { .. } => "RY1107",
            Self::WrongShape { .. } => "RY1108",
            Self::MissingField { .. } => "RY1109",
        }
    }
}
