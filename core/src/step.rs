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

#[cfg(test)]
mod tests {
    use alloc::{string::ToString, vec};

    use crate::{Broker, Event, Genesis, Keys, Timestamp};

    #[test]
    fn a_failed_append_is_told_with_its_cause_and_leaves_a_broker_that_takes_nothing() {
        let genesis = Genesis { name: "triage".into(), ..Genesis::default() };
        let mut broker = Broker::new(genesis, Keys::none()).expect("a valid genesis");
        let event = || Event { id: "e1".into(), kind: "message".into(), ..Event::default() };
        let full = broker.step(Timestamp(1), vec![event().into()], |_| Err("the disk is full")).expect_err("it failed");
        let said = "RY2103: the append failed and the broker is poisoned: the disk is full; mend the cause, drop the broker and \
            restore it from the journal";
        assert_eq!((full.code(), full.to_string().as_str()), ("RY2103", said));
        let again =
            broker.step(Timestamp(2), vec![event().into()], |_| Ok::<(), &str>(())).expect_err("it is poisoned");
        assert_eq!((again.code(), again.to_string().starts_with("RY2001: ")), ("RY2001", true));
    }
}
