//! What a round did, and what it did not take.

use std::fmt;

use crate::{
    error::Rejected,
    id::EffectId,
    verdict::{Decision, Wakeup},
};

/// What [`super::Driver::run`] did.
#[must_use = "a round says what was rejected, held or denied"]
#[derive(Debug)]
#[non_exhaustive]
pub struct Round {
    /// One answer per input, in order.
    pub decisions: Vec<Result<Decision, Rejected>>,
    /// What was due besides, if anything.
    pub due: Option<Decision>,
    /// Each effect that was performed, and what was decided about the host's answer to it; `None` for
    /// [`super::Answer::Later`]. Also what expired before its turn, and what was decided about that.
    pub answers: Vec<(EffectId, Option<Result<Decision, Rejected>>)>,
    /// What could not be kept of outcomes: a reason or an id that is too long, an empty id. They count without it, or else their
    /// effects would be performed again and again.
    pub left_out: Vec<(EffectId, Rejected)>,
    /// By how many milliseconds the broker's time is ahead of the time it was given, if by more than a minute: a clock was wrong
    /// once, or is now. See [`crate::Broker::ahead_ms`].
    pub ahead_ms: u64,
    /// When to call [`super::Driver::wake`], if no input comes before.
    pub wakeup: Option<Wakeup>,
}

impl Round {
    /// Everything that was not taken as it was given, for the host's log: inputs, answers, and what was left out of outcomes.
    ///
    /// A refused answer leaves its effect open, so it comes again, and with the same answer it would for ever. Answer
    /// [`crate::input::OutcomeResult::failed`] to what can not be answered otherwise.
    pub fn refused(&self) -> impl Iterator<Item = Refused<'_>> {
        let inputs = self.decisions.iter().filter_map(|decision| decision.as_ref().err());
        let answers = self.answers.iter().filter_map(|(id, answer)| Some((id, answer.as_ref()?.as_ref().err()?)));
        let inputs = inputs.map(|error| Refused { effect: None, counts: false, error });
        let answers = answers.map(|(id, error)| Refused { effect: Some(*id), counts: false, error });
        let left_out = self.left_out.iter().map(|(id, error)| Refused { effect: Some(*id), counts: true, error });
        inputs.chain(answers).chain(left_out)
    }
}

/// One thing that a round did not take as it was given. Printed, it says what to do, and about which effect.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Refused<'a> {
    /// The effect that was answered; `None` for an input.
    pub effect: Option<EffectId>,
    /// The outcome counts all the same, without this.
    pub counts: bool,
    /// What is wrong with it.
    pub error: &'a Rejected,
}

impl fmt::Display for Refused<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { effect, counts, error } = self;
        match effect {
            None => write!(f, "{error}"),
            Some(id) if *counts => write!(f, "{error} (the outcome of effect {id} counts without it)"),
            Some(id) => write!(f, "{error} (the answer to effect {id})"),
        }
    }
}
