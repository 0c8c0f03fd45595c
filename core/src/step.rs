//! What one call of [`Broker::step`] did, or why it failed.

use alloc::vec::Vec;

#[cfg(doc)]
use crate::broker::Broker;
use crate::{
    effect::Effect,
    error::{Misuse, Rejected},
    verdict::{Decision, Wakeup},
};

/// What [`Broker::step`] did.
#[must_use = "a step says what was rejected, held or denied, and holds the effects to perform"]
#[derive(Debug)]
#[non_exhaustive]
pub struct Step {
    /// One answer per input, in order.
    pub decisions: Vec<Result<Decision, Rejected>>,
    /// What was due besides, if anything.
    pub due: Option<Decision>,
    /// Effects to perform.
    pub effects: Vec<Effect>,
    /// When to call again.
    pub wakeup: Option<Wakeup>,
}

/// Why a [`Broker::step`] failed.
#[derive(Debug, thiserror::Error)]
pub enum StepError<E> {
    /// The append failed, with the host's own error. The broker is poisoned: restore from the journal.
    #[error(
        "RY2103: the append failed and the broker is poisoned: {0}; mend the cause, drop the broker and restore it from the journal"
    )]
    Append(E),
    /// The broker could not be used.
    #[error(transparent)]
    Misuse(#[from] Misuse),
}

impl<E> StepError<E> {
    /// The stable number: `RY2103`, or that of the [`Misuse`].
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Append(_) => "RY2103",
            Self::Misuse(misuse) => misuse.code(),
        }
    }
}
