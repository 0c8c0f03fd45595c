//! What a guard refuses, and what to do about it.

/// A call that a guard does not take. It changed nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GuardError {
    /// A setting is out of range.
    #[error("`{field}` is {value}, it must be {expected}")]
    OutOfRange {
        /// The field.
        field: &'static str,
        /// Its value.
        value: u64,
        /// What it must be.
        expected: &'static str,
    },
    /// A table is full.
    #[error("`{limit_name}` is full at {limit}; end what is open, wait for `due`, or raise the limit")]
    Full {
        /// The limit's name in the settings.
        limit_name: &'static str,
        /// The limit.
        limit: u64,
    },
    /// A key stands twice in one request.
    #[error("key `{key}` is needed twice; ask for the sum of its units once")]
    Repeated {
        /// The key.
        key: crate::text::Text,
    },
    /// There is no such key.
    #[error("key `{key}` is unknown; define it first")]
    UnknownKey {
        /// The key as given.
        key: crate::text::Text,
    },
    /// There is nothing open with this id.
    #[error("{id} is unknown here or has ended; use the id of something open")]
    UnknownId {
        /// The id as given.
        id: u64,
    },
    /// The id is in use.
    #[error("{id} is in use; end what has this id, or take another one")]
    InUse {
        /// The id as given.
        id: u64,
    },
    /// The lease has another epoch, or none: it ran out and may be another's by now.
    #[error("{id} holds nothing under epoch {epoch}; its lease ended: stop, and acquire again")]
    Stale {
        /// The id as given.
        id: u64,
        /// The epoch as given.
        epoch: u64,
    },
    /// The key gives nothing out any more.
    #[error("key `{key}` is being drained; use another one")]
    Draining {
        /// The key.
        key: crate::text::Text,
    },
    /// It asks for more than there can ever be.
    #[error("{wanted} units of `{key}` are asked for, it has {limit} at most; ask for less or raise its limit")]
    NeverFits {
        /// The key.
        key: crate::text::Text,
        /// Units asked for.
        wanted: u32,
        /// Units there are at most.
        limit: u32,
    },
}

impl GuardError {
    /// The stable number, for example `RY1201`. The message does not begin with it, because it is mostly part of another one.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::OutOfRange { .. } => "RY1201",
            Self::Full { .. } => "RY1202",
            Self::UnknownKey { .. } => "RY1203",
            Self::UnknownId { .. } => "RY1204",
            Self::InUse { .. } => "RY1205",
            Self::Stale { .. } => "RY1206",
            Self::Draining { .. } => "RY1207",
            Self::NeverFits { .. } => "RY1208",
            Self::Repeated { .. } => "RY1209",
        }
    }
}

/// `Ok` if `value` is in the range that `expected` describes.
pub(super) fn in_range(ok: bool, field: &'static str, value: u64, expected: &'static str) -> Result<(), GuardError> {
    if ok { Ok(()) } else { Err(GuardError::OutOfRange { field, value, expected }) }
}

/// `Ok` if one more fits.
pub(super) fn has_room(len: usize, limit: u32, limit_name: &'static str) -> Result<(), GuardError> {
    if (len as u64) < u64::from(limit) { Ok(()) } else { Err(GuardError::Full { limit_name, limit: limit.into() }) }
}
