//! The protocol: the whole public surface of the engine.

use alloc::{collections::VecDeque, string::String, vec::Vec};

use minicbor::{Decode, Encode, bytes::ByteVec};
use serde::{Deserialize, Serialize};

use crate::{
    behaviour::Behaviours,
    behind::Behind,
    chain::token::{Keys, Verified},
    config::Config,
    det::digest,
    effect::{Action, Effect},
    error::{Misuse, Rejected, RestoreError},
    id::{ReleaseNo, Seq},
    input::Input,
    journal::{self, Entry, GenesisRecord, Record},
    limits,
    restore::Restorer,
    snapshot,
    state::{Asked, Checked, State, TOGETHER, check_config},
    text::Text,
    time::Timestamp,
    verdict::{Decision, WakeReason, Wakeup},
    view::View,
};

pub use crate::step::{Step, StepError};

/// How long a host waits before it asks again with a clock that was not believed.
const DOUBT_MS: u64 = 1000;

/// What a broker starts from. It becomes record 1 of the journal; keys are no part of it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Genesis {
    /// The broker's name, 1 to 64 bytes: in front of effect ids it makes idempotency keys, so it must be unique among
    /// the brokers that talk to the same platforms.
    pub name: String,
    /// A number, below 2^53 for other languages. It keys the tables and every choice that looks random. Where strangers choose ids
    /// or subjects, take one they can not guess: who knows it could look for two that count as one.
    pub seed: u64,
    /// Whether effects wait for the journal.
    pub durability: Durability,
    /// The configuration to start with.
    pub config: Config,
    /// The time at the start. At 0 the first input sets the clock, whatever it says.
    pub at: Timestamp,
}

/// Whether effects wait for the journal.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
pub enum Durability {
    /// An effect leaves after the record that released it was marked durable.
    #[default]
    #[n(0)]
    Journal,
    /// Effects leave at once and nothing is staged: for small bots and tests. A crash loses everything.
    #[n(1)]
    Volatile,
}

/// Journal bytes to append, whole and in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment<'a> {
    /// The first record in it.
    pub first: Seq,
    /// The last record in it. Mark it durable once the bytes are.
    pub last: Seq,
    /// The bytes.
    pub bytes: &'a [u8],
}

/// The engine: one partition, one journal, one mailbox, for one tenant or many.
///
/// It performs nothing itself. See the crate documentation for the loop around it.
#[derive(Debug)]
pub struct Broker {
    pub(crate) state: State,
    keys: Keys,
    staged: Staged,
    durable: Seq,
    /// The last release given out by [`Broker::step`].
    stepped: ReleaseNo,
    scratch: Vec<u8>,
    forged: u64,
    /// Restored with effects under way; the next record says so.
    restarted: bool,
    /// The time of the last [`Broker::advance`], if it was too far ahead to be believed. No part of the state: what the
    /// host's clock says is not decided by the journal.
    pub(crate) doubted: Option<Timestamp>,
    /// The host's clock is behind the broker's time. No part of the state either.
    pub(crate) behind: Option<Behind>,
    poisoned: bool,
}

#[derive(Debug, Default)]
struct Staged {
    bytes: Vec<u8>,
    start: usize,
    ends: VecDeque<(Seq, usize)>,
}

impl Broker {
    /// A new broker. Its genesis is staged as record 1.
    ///
    /// # Errors
    /// [`Misuse::Genesis`] (RY2004) if the name or the configuration can not be used, naming the setting.
    pub fn new(genesis: Genesis, keys: Keys) -> Result<Self, Misuse> {
        let fail = |what: &str| Err(Misuse::Genesis { what: what.into() });
        if genesis.name.is_empty() || genesis.name.len() > 64 {
            return fail("`name` must have 1 to 64 bytes");
        }
        if genesis.at > Timestamp::MAX {
            return fail("`at` must be milliseconds, up to the year 9999");
        }
        if let Err(error) = check_config(&genesis.config) {
            // One number is enough.
            return fail(&error.unnumbered());
        }
        Ok(Self::begin(genesis, keys))
    }

    /// The same from a genesis that is not looked at.
    pub(crate) fn begin(genesis: Genesis, keys: Keys) -> Self {
        let record = GenesisRecord {
            name: genesis.name,
            seed: genesis.seed,
            durability: genesis.durability,
            at: genesis.at,
            config: config_bytes(&genesis.config),
            behaviours: Behaviours::current().iter().map(|behaviour| behaviour.0).collect(),
        };
        let mut broker = Self::with_state(State::new(&record, genesis.config), keys, Seq(0));
        broker.record(Seq(1), genesis.at, Record::Genesis(record));
        broker
    }

    /// Restores a broker: [`Restorer::push`] the journal, then [`Restorer::finish`].
    ///
    /// # Errors
    /// [`RestoreError`] if the snapshot can not be read. Restoring without it, from the whole journal, still works.
    pub fn restore(snapshot: Option<&[u8]>, keys: Keys) -> Result<Restorer, RestoreError> {
        Restorer::new(snapshot, keys)
    }

    pub(crate) fn with_state(state: State, keys: Keys, durable: Seq) -> Self {
        Self {
            state,
            keys,
            staged: Staged::default(),
            durable,
            stepped: ReleaseNo(0),
            scratch: Vec::new(),
            forged: 0,
            restarted: false,
            doubted: None,
            behind: None,
            poisoned: false,
        }
    }

    pub(crate) fn restarted(state: State, keys: Keys) -> Self {
        let durable = state.seq;
        let restarted = !state.releases.ready.is_empty();
        Self { restarted, ..Self::with_state(state, keys, durable) }
    }

    /// Decides an input. What changes state is staged as one record.
    ///
    /// # Errors
    /// [`Rejected`] (RY1xxx): nothing changed and nothing was recorded.
    pub fn submit(&mut self, at: Timestamp, input: impl Into<Input>) -> Result<Decision, Rejected> {
        let input = input.into();
        self.state.warm(Asked::input(&input).into_iter());
        self.submit_input(at, input)
    }

    fn submit_input(&mut self, at: Timestamp, mut input: Input) -> Result<Decision, Rejected> {
        if self.poisoned {
            return Err(Misuse::Poisoned.into());
        }
        if matches!(input, Input::Event(_) | Input::Propose(_) | Input::Plan(_) | Input::Patch(_))
            && self.staged.waiting() > limits::STAGED_BYTES
        {
            return Err(Rejected::Full { limit_name: "staged", limit: limits::STAGED_BYTES as u64 });
        }
        let (verified, forged) = self.verify(&mut input);
        let reading = self.time(at);
        let at = self.state.time_of(reading.0, &input)?;
        let checked = self.state.check(at, &input, verified.as_ref())?;
        self.forged += u64::from(forged);
        if let Checked::Known(seq, verdicts) = checked {
            self.believe(reading, at);
            return Ok(Decision { seq, chain: None, link: None, late: false, verdicts });
        }
        let record = match input {
            Input::Event(event) => Record::Event(event, verified),
            Input::Propose(propose) => Record::Propose(propose),
            Input::Outcome(outcome) => Record::Outcome(outcome),
            Input::Command(command) => Record::Command(command),
            Input::Configure(configure) => Record::Configure(config_bytes(&configure.config)),
            Input::Adopt(adopt) => Record::Adopt(adopt),
            Input::Plan(plan) => Record::Plan(plan),
            Input::Patch(patch) => Record::Patch(patch),
            Input::Task(report) => Record::Task(report),
            Input::Beats(beats) => Record::Beats(self.state.crew.beats_that_count(self.state.now.max(at), beats)),
            Input::Agent(report) => Record::Agent(report),
        };
        let decision = self.try_record(self.state.seq.next(), at, &mut Entry { restarted: self.restarted, record })?;
        self.believe(reading, at);
        Ok(decision)
    }

    /// Decides several inputs that arrived together, as if submitted one by one.
    pub fn submit_all(&mut self, at: Timestamp, inputs: Vec<Input>, out: &mut Vec<Result<Decision, Rejected>>) {
        let mut left = inputs.into_iter();
        while !left.as_slice().is_empty() {
            let next = left.as_slice().iter().take(TOGETHER);
            self.state.warm(next.filter_map(Asked::input));
            out.extend(left.by_ref().take(TOGETHER).map(|input| self.submit_input(at, input)));
        }
    }

    /// Does what is due at `at`. Before [`Broker::wakeup`] it does nothing. Where a clock went back, time goes on from the latest that
    /// is known, at half its pace until the clock has caught up.
    ///
    /// An `at` more than `max_jump_ms` ahead, of the broker's time and of the wakeup, is not believed: nothing becomes due,
    /// and the wakeup is a second later with [`WakeReason::Clock`], until `at` is right or a person accepts it.
    pub fn advance(&mut self, at: Timestamp) -> Option<Decision> {
        self.doubted = None;
        let ((at, behind), due) = (self.time(at), self.state.wakeup().map(|wakeup| wakeup.at));
        let believed = self.state.time_of_advance(at, due.unwrap_or_default());
        match believed {
            Some(_) => self.behind = behind,
            None => self.doubted = due.map(|_| at),
        }
        let due = due.filter(|_| !self.poisoned)?;
        // What is left over is due by the broker's own time.
        let at = believed.unwrap_or(self.state.now);
        if at.max(self.state.now) < due {
            return None;
        }
        let mut entry = Entry { restarted: self.restarted, record: Record::Tick };
        self.try_record(self.state.seq.next(), at, &mut entry).ok()
    }

    /// The records after `after`, at most all that are not yet marked durable; `None` if there are none.
    #[must_use]
    pub fn staged(&self, after: Seq) -> Option<Segment<'_>> {
        let position = self.staged.ends.partition_point(|(seq, _)| *seq <= after);
        let &(first, _) = self.staged.ends.get(position)?;
        let &(last, end) = self.staged.ends.back()?;
        let start = match position.checked_sub(1) {
            Some(before) => self.staged.ends[before].1,
            None => self.staged.start,
        };
        Some(Segment { first, last, bytes: &self.staged.bytes[start..end] })
    }

    /// The records up to `through` are safe. Monotone and repeatable.
    ///
    /// # Errors
    /// [`Misuse::NotStaged`] (RY2002) for a record that does not exist, [`Misuse::Poisoned`] (RY2001).
    pub fn mark_durable(&mut self, through: Seq) -> Result<(), Misuse> {
        if self.poisoned {
            return Err(Misuse::Poisoned);
        }
        if through > self.state.seq {
            return Err(Misuse::NotStaged { through, last: self.state.seq });
        }
        self.durable = self.durable.max(through);
        self.staged.drop_through(self.durable);
        Ok(())
    }

    /// Appends to `out` the effects released after `after` whose records are durable. `after` acknowledges what was
    /// received before: give the `release` of the last effect you have, 0 after a restart. The same call gives the
    /// same effects, but for those that are over meanwhile: a dispatch whose task its agent has no more, a question that is not
    /// asked any more.
    pub fn released(&mut self, after: ReleaseNo, out: &mut Vec<Effect>) {
        let queue = &mut self.state.releases.ready;
        while queue.front().is_some_and(|ready| ready.release <= after) {
            queue.pop_front();
        }
        if self.poisoned {
            return;
        }
        for ready in self.state.releases.ready.iter().take_while(|ready| ready.seq <= self.durable) {
            // It may have been released again since, or its task may be another's.
            let Some((tenant, entry)) = self.state.given(ready) else { continue };
            let mut effect = entry.effect.clone();
            effect.redelivered |= ready.again;
            if let (Action::Act(act), false) = (&effect.action, entry.lineage.is_notice()) {
                let both = [act.subject.as_str(), act.about.as_deref().unwrap_or("")];
                let elsewhere = act.about.as_ref().is_some_and(|about| *about != act.subject);
                let subjects = if elsewhere { &both[..] } else { &both[..1] };
                let token = self.keys.mint(self.state.broker, &tenant.name, subjects, &entry.lineage);
                effect.token = token.map(Text::from);
            }
            out.push(effect);
        }
    }

    /// When to call [`Broker::advance`], by the host's clock, and why. `None` when nothing is due before the next input.
    #[must_use]
    pub fn wakeup(&self) -> Option<Wakeup> {
        let wakeup = self.state.wakeup()?;
        match self.doubted {
            Some(at) if wakeup.reason != WakeReason::Backlog => {
                // By the clock of the host, which sleeps by it.
                Some(Wakeup { at: Timestamp(at.0.saturating_add(DOUBT_MS)), reason: WakeReason::Clock })
            }
            _ => Some(Wakeup { at: self.by_the_host(wakeup.at), ..wakeup }),
        }
    }

    /// Appends a snapshot of the state to `out`, and returns the last record it contains.
    ///
    /// # Errors
    /// [`Misuse::NotDurable`] (RY2003) while records are not durable, [`Misuse::Poisoned`] (RY2001).
    pub fn snapshot(&self, out: &mut Vec<u8>) -> Result<Seq, Misuse> {
        if self.poisoned {
            return Err(Misuse::Poisoned);
        }
        if self.durable < self.state.seq {
            return Err(Misuse::NotDurable { last: self.state.seq, durable: self.durable });
        }
        snapshot::write(&self.state, out);
        Ok(self.state.seq)
    }

    /// Read-only questions.
    #[must_use]
    pub fn view(&self) -> View<'_> {
        View::new(&self.state, self.durable, self.forged)
    }

    /// The whole round in one call: submit, append, mark durable, take what is released.
    ///
    /// # Errors
    /// [`StepError::Append`] if `append` fails: then the broker is poisoned.
    pub fn step<E>(
        &mut self,
        at: Timestamp,
        inputs: Vec<Input>,
        append: impl FnOnce(Segment<'_>) -> Result<(), E>,
    ) -> Result<Step, StepError<E>> {
        if self.poisoned {
            return Err(Misuse::Poisoned.into());
        }
        let mut decisions = Vec::with_capacity(inputs.len());
        self.submit_all(at, inputs, &mut decisions);
        let due = self.advance(at);
        if let Some(segment) = self.staged(self.durable) {
            let last = segment.last;
            if let Err(error) = append(segment) {
                self.poison();
                return Err(StepError::Append(error));
            }
            self.mark_durable(last)?;
        }
        let mut effects = Vec::new();
        self.released(self.stepped, &mut effects);
        self.stepped = effects.last().map_or(self.stepped, |effect| effect.release);
        Ok(Step { decisions, due, effects, wakeup: self.wakeup() })
    }

    /// Makes the broker refuse everything from now on. For hosts that caught a panic or lost an append.
    pub fn poison(&mut self) {
        self.poisoned = true;
    }

    /// Replaces a token by what it proves. The second part tells of a token that proves nothing.
    fn verify(&self, input: &mut Input) -> (Option<Verified>, bool) {
        let Input::Event(event) = input else { return (None, false) };
        let Some(token) = event.token.take().filter(|_| !self.keys.is_empty()) else { return (None, false) };
        let name = event.tenant.as_deref().unwrap_or("");
        let tenant = self.state.tenant(name);
        let about = tenant.map_or("", |tenant| tenant.chains.subjects.about(event));
        // What was opened in a place comes back as a subject of its own in that place.
        let place = event.subject.rsplit_once('#').map_or("", |(place, _)| place);
        let subjects = [event.subject.as_str(), event.about.as_deref().unwrap_or(""), about, place];
        let verified = self.keys.verify(&token, name, &subjects);
        let forged = verified.is_none();
        (verified, forged)
    }

    fn try_record(&mut self, seq: Seq, at: Timestamp, entry: &mut Entry) -> Result<Decision, Rejected> {
        let start = journal::begin(&mut self.staged.bytes, entry);
        let len = self.staged.bytes.len() - start - journal::RECORD_HEADER_BYTES;
        if len > limits::RECORD_BYTES {
            self.staged.bytes.truncate(start);
            return Err(Rejected::TooLong { field: "input", len, limit: limits::RECORD_BYTES });
        }
        self.restarted = false;
        self.state.compact_releases();
        let (decision, digest) = decide(&mut self.state, &mut self.scratch, seq, at, entry);
        journal::finish(&mut self.staged.bytes, start, seq, at, digest);
        self.staged.ends.push_back((seq, self.staged.bytes.len()));
        if self.state.durability == Durability::Volatile {
            self.durable = seq;
            self.staged.drop_through(seq);
        }
        Ok(decision)
    }

    fn record(&mut self, seq: Seq, at: Timestamp, record: Record) {
        // The genesis is limited by its parts and can not be too long.
        let _ = self.try_record(seq, at, &mut Entry { restarted: false, record });
    }
}

impl Staged {
    /// Bytes that are not durable yet. Before them may be some that are, and were not moved out of the way so far.
    fn waiting(&self) -> usize {
        self.bytes.len() - self.start
    }

    fn drop_through(&mut self, durable: Seq) {
        while let Some(&(seq, end)) = self.ends.front() {
            if seq > durable {
                break;
            }
            self.start = end;
            self.ends.pop_front();
        }
        if self.ends.is_empty() {
            self.bytes.clear();
            self.start = 0;
        } else if self.start > self.bytes.len() / 2 {
            self.bytes.drain(..self.start);
            self.ends.iter_mut().for_each(|(_, end)| *end -= self.start);
            self.start = 0;
        }
    }
}

/// Applies a record, and digests what came of it: the decision, the effects it released, the wakeup.
pub(crate) fn decide(
    state: &mut State,
    scratch: &mut Vec<u8>,
    seq: Seq,
    at: Timestamp,
    entry: &mut Entry,
) -> (Decision, u64) {
    // What it gives for an effect or verdict begins with a length or a tag, so that no two lists run together.
    let before = state.releases.last;
    let decision = state.apply(seq, at, entry);
    scratch.clear();
    scratch.reserve(1024);
    decision.list(scratch);
    let fresh = usize::try_from(state.releases.last.0 - before.0).unwrap_or(0);
    let queue = &state.releases.ready;
    for ready in queue.iter().skip(queue.len().saturating_sub(fresh)) {
        let entry = state.tenants.get(ready.tenant as usize).and_then(|tenant| tenant.outbox.get(ready.effect));
        if let Some(entry) = entry {
            entry.effect.list(scratch);
        }
    }
    if let Some(Wakeup { at, reason }) = state.wakeup() {
        scratch.extend_from_slice(&at.0.to_le_bytes());
        scratch.push(reason as u8);
    }
    (decision, digest(scratch))
}

pub(crate) fn config_bytes(config: &Config) -> ByteVec {
    // A configuration has string keys only, so it always serialises.
    serde_json::to_vec(config).unwrap_or_default().into()
}
