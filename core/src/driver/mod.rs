//! The loop around a [`Broker`], over a journal: decide, append, mark durable, perform, report, wake.
//!
//! This is the host layer for Rust, behind the feature `std`. It adds storage and changes no decision. Like the broker
//! it knows no clock: it asks the host what time it is.
//!
//! ```
//! use reynolds::driver::{Driver, FileJournal, drawn_seed};
//! use reynolds::input::{Configure, OutcomeResult};
//! use reynolds::{Config, Effect, Event, Genesis, Keys, Timestamp};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # use std::time::SystemTime;
//! # let sleep_until = |_| {};
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("bot.ryj");
//! let config = Config::from_json(br#"{"rules": [{"id": "triage", "when": {"kind": "issues.opened"},
//!     "effects": [{"kind": "message", "subject": "teams:triage", "text": "New: {subject}"}]}]}"#)?;
//! let genesis = Genesis { name: "triage".into(), seed: drawn_seed(), config: config.clone(), ..Genesis::default() };
//! let mut driver = Driver::open(FileJournal::open(path)?, genesis, Keys::new(1, b"32 random bytes from your secret store")?)?;
//! # let event = Event { id: "d1".into(), source: "github".into(), kind: "issues.opened".into(),
//! #     subject: "github:acme/api#7".into(), ..Event::default() };
//!
//! // The only place that talks to the outside world.
//! let mut perform = |effect: &Effect| {
//!     assert_eq!(effect.act().map(|act| act.subject.as_str()), Some("teams:triage"));
//!     OutcomeResult::done("teams:msg/17")
//! };
//! let now = || Timestamp::from(SystemTime::now());
//! if driver.opened().config_differs {
//!     let _ = driver.submit(now(), Configure { config })?; // a journal keeps its own, until it is told
//! }
//! let mut round = driver.run(now, [event], &mut perform)?;
//! for refused in round.refused() {
//!     eprintln!("{refused}");
//! }
//! // Sleep until the next input or the wakeup, whichever comes first.
//! if let Some(wakeup) = round.wakeup {
//!     sleep_until(wakeup.at);
//!     round = driver.wake(now, &mut perform)?;
//! }
//! # Ok(())
//! # }
//! ```

mod error;
mod file;
mod journal;
#[cfg(feature = "cli")]
mod look;
mod memory;
mod open;
mod portion;
mod round;
mod tail;

use std::collections::BTreeSet;

use crate::{
    broker::Broker,
    effect::Effect,
    error::Rejected,
    id::{ReleaseNo, Seq},
    input::{Causes, Input, Outcome, OutcomeResult, Proposal, Propose},
    time::Timestamp,
    verdict::{Decision, WakeReason, Wakeup},
    view::{Turn, View},
};

pub use self::{
    error::DriverError,
    file::FileJournal,
    journal::Journal,
    memory::MemoryJournal,
    open::{Opened, drawn_seed},
    portion::Portion,
    round::{Refused, Round},
};
#[cfg(feature = "cli")]
pub(crate) use self::{look::Looked, open::ends_before};

/// A broker and its journal.
#[derive(Debug)]
pub struct Driver {
    broker: Broker,
    journal: Box<dyn Journal>,
    /// The last release given out.
    cursor: ReleaseNo,
    /// A round left what was released again for the next one.
    behind: bool,
    opened: Opened,
}

/// What the host has to say about an effect it was given.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// What became of it.
    Outcome(OutcomeResult),
    /// For a `handle` effect: what the handler wants, possibly nothing.
    Propose(Vec<Proposal>),
    /// The host will submit an outcome or a proposal itself.
    Later,
}

impl Answer {
    /// The input that says it about an effect; `None` for [`Answer::Later`]. [`Driver::run`] submits it itself. Of an outcome it says
    /// what can be kept: [`OutcomeResult::within_limits`].
    #[must_use]
    pub fn about(self, effect: &Effect) -> Option<Input> {
        let tenant = effect.tenant.clone();
        match self {
            Self::Outcome(result) => {
                let result = result.within_limits();
                Some(Outcome { effect: effect.id, result, chain: Some(effect.chain), tenant }.into())
            }
            Self::Propose(effects) => {
                let cause = Causes::from(effect.id);
                Some(Propose { cause, effects, more: false, tenant }.into())
            }
            Self::Later => None,
        }
    }
}

impl From<OutcomeResult> for Answer {
    fn from(result: OutcomeResult) -> Self {
        Self::Outcome(result)
    }
}

impl From<Vec<Proposal>> for Answer {
    fn from(effects: Vec<Proposal>) -> Self {
        Self::Propose(effects)
    }
}

impl Driver {
    /// Decides an input. It is safe, and its effects leave, with the next [`Driver::commit`].
    ///
    /// # Errors
    /// [`Rejected`] (RY10xx): nothing changed. RY2001 after a failed append.
    pub fn submit(&mut self, at: Timestamp, input: impl Into<Input>) -> Result<Decision, Rejected> {
        self.broker.submit(at, input)
    }

    /// Decides several inputs that arrived together: one answer each, in order.
    pub fn submit_all(
        &mut self,
        at: Timestamp,
        inputs: impl IntoIterator<Item = impl Into<Input>>,
    ) -> Vec<Result<Decision, Rejected>> {
        let mut decisions = Vec::new();
        self.broker.submit_all(at, inputs.into_iter().map(Into::into).collect(), &mut decisions);
        decisions
    }

    /// Does what is due at `at`: before [`Driver::wakeup`], nothing.
    pub fn advance(&mut self, at: Timestamp) -> Option<Decision> {
        self.broker.advance(at)
    }

    /// When to call [`Driver::advance`], and why; `None` when nothing is due before the next input.
    #[must_use]
    pub fn wakeup(&self) -> Option<Wakeup> {
        // By the host's clock, as all wakeups are.
        let now = || self.broker.by_the_host(self.view().now());
        if self.behind { Some(Wakeup { at: now(), reason: WakeReason::Backlog }) } else { self.broker.wakeup() }
    }

    /// Makes everything decided so far safe, with one append and one sync, and returns the effects that may leave now.
    /// Each is given out once; after a crash those without an outcome come again, with `redelivered`.
    ///
    /// # Errors
    /// [`DriverError::Append`] (RY2103): the driver can only be dropped, and the journal opened again.
    /// [`DriverError::Misuse`] (RY2001) after that.
    pub fn commit(&mut self) -> Result<Vec<Effect>, DriverError> {
        self.store()?;
        let mut effects = Vec::new();
        self.broker.released(self.cursor, &mut effects);
        self.behind = false;
        self.cursor = effects.last().map_or(self.cursor, |effect| effect.release);
        Ok(effects)
    }

    /// One round of the loop: decides the inputs and what is due, makes that safe, calls `perform` for each effect that
    /// may leave, submits its answers, and goes on until nothing is left to perform.
    ///
    /// `now` is asked for the time at the start and again after each `perform`: what is to be tried again in 500 ms is so
    /// 500 ms after the platform said it, however long it took to say it. An effect whose time comes again meanwhile is left for
    /// the next round, so that inputs have their turn however slow a platform is; [`Round::wakeup`] is at once then
    /// ([`WakeReason::Backlog`]).
    ///
    /// What ends while others are performed is not performed any more, nor what expires before its turn: that is put off for a moment
    /// instead, and has ended with `expired` when it would leave again. What has its turn later than
    /// [`crate::config::Timing::outcome_due_ms`] after its release is called `ambiguous` until then, but has it all the same, once, and is
    /// `redelivered` only if it left before.
    ///
    /// `perform` sees a `redelivered` effect when it left before and nobody knows what became of it: look for it on the
    /// platform before doing it again. Its answers are safe when this returns. An outcome with a reason or an id that is too long, or
    /// with an empty id, counts without that: [`Round::left_out`]. Any other answer that is refused leaves the effect open, and it comes
    /// again: log [`Round::refused`].
    ///
    /// # Errors
    /// As [`Driver::commit`].
    pub fn run<A: Into<Answer>>(
        &mut self,
        mut now: impl FnMut() -> Timestamp,
        inputs: impl IntoIterator<Item = impl Into<Input>>,
        mut perform: impl FnMut(&Effect) -> A,
    ) -> Result<Round, DriverError> {
        let mut at = now();
        let decisions = self.submit_all(at, inputs);
        let due = self.advance(at);
        let (mut answers, mut left_out, mut performed) = (Vec::new(), Vec::new(), BTreeSet::new());
        loop {
            self.store()?;
            let mut effects = Vec::new();
            self.broker.released(self.cursor, &mut effects);
            self.behind = effects.first().is_some_and(|effect| performed.contains(&effect.id));
            if effects.is_empty() || self.behind {
                let (ahead_ms, wakeup) = (self.broker.ahead_ms(), self.wakeup());
                return Ok(Round { decisions, due, answers, left_out, ahead_ms, wakeup });
            }
            for effect in &effects {
                if performed.contains(&effect.id) {
                    break;
                }
                // One by one: should `perform` panic, the effects behind this one are given out by the next call.
                self.cursor = effect.release;
                let answer: Answer = match self.view().turn(effect.tenant.as_deref().unwrap_or(""), effect.id, at) {
                    // It ended while others were performed.
                    Turn::Over => continue,
                    // It has not been tried, and when it would be again it has expired.
                    Turn::PutOff => OutcomeResult::Retry { after_ms: 0 }.into(),
                    Turn::Perform => {
                        performed.insert(effect.id);
                        let answer = perform(effect).into();
                        at = now();
                        answer
                    }
                };
                if let Answer::Outcome(result) = &answer {
                    left_out.extend(result.check().err().map(|rejected| (effect.id, rejected)));
                }
                answers.push((effect.id, answer.about(effect).map(|input| self.broker.submit(at, input))));
            }
        }
    }

    /// A round without an input, for [`Round::wakeup`]: does what is due, and performs what may leave.
    ///
    /// # Errors
    /// As [`Driver::commit`].
    pub fn wake<A: Into<Answer>>(
        &mut self,
        now: impl FnMut() -> Timestamp,
        perform: impl FnMut(&Effect) -> A,
    ) -> Result<Round, DriverError> {
        self.run(now, [] as [Input; 0], perform)
    }

    /// Stores a snapshot, so that a restore need not replay everything, and lets the journal forget what the older of
    /// its two snapshots contains. Makes everything decided so far safe first.
    ///
    /// # Errors
    /// As [`Driver::commit`], and [`DriverError::Snapshot`] (RY2104), after which the driver works on.
    pub fn snapshot(&mut self) -> Result<Seq, DriverError> {
        self.store()?;
        let mut bytes = Vec::new();
        let seq = self.broker.snapshot(&mut bytes)?;
        self.journal.save_snapshot(seq, &bytes).map_err(|error| DriverError::Snapshot { error })?;
        Ok(seq)
    }

    /// What was found when the journal was opened.
    #[must_use]
    pub fn opened(&self) -> &Opened {
        &self.opened
    }

    /// Takes the driver apart, for hosts that append on another thread than the one that decides. What the driver did is
    /// theirs then: [`Portion`] has the steps.
    #[must_use]
    pub fn into_parts(self) -> (Broker, Box<dyn Journal>, Opened) {
        (self.broker, self.journal, self.opened)
    }

    /// The broker.
    #[must_use]
    pub fn broker(&self) -> &Broker {
        &self.broker
    }

    /// Read-only questions.
    #[must_use]
    pub fn view(&self) -> View<'_> {
        self.broker.view()
    }

    /// Appends and syncs what is staged, and marks it durable.
    fn store(&mut self) -> Result<(), DriverError> {
        let (durable, number) = (self.view().durable(), self.view().number());
        // Changes nothing, unless the broker is poisoned: then nothing may be appended either.
        self.broker.mark_durable(durable)?;
        let Some(segment) = self.broker.staged(durable) else { return Ok(()) };
        let last = segment.last;
        if let Err(error) = self.journal.append(number, segment).and_then(|()| self.journal.sync()) {
            // The records may be stored or not, and a second sync may succeed without having written them.
            self.broker.poison();
            return Err(DriverError::Append { error });
        }
        Ok(self.broker.mark_durable(last)?)
    }
}
