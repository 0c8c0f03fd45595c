//! What has been promised: every effect from its admission or hold to its outcome.
//!
//! | from | on | to |
//! |---|---|---|
//! | - | admitted | released, outcome awaited |
//! | - | held | held |
//! | held | approved, or the line ahead is free | released |
//! | held | `hold_max_ms`, stop, cancel, `expires_at` | ended |
//! | released | done, failed, cancelled | ended |
//! | released | retry | waiting |
//! | released | ambiguous, or no outcome in time | waiting, to be released with `redelivered` |
//! | waiting | its time | released again, same id |
//! | waiting | done, failed, cancelled | ended |
//! | waiting | stop, cancel, `expires_at` | ended |
//!
//! Later effects of one chain on one subject wait behind a held one, so that they can not overtake it.

mod listed;
mod timers;

use alloc::{
    boxed::Box,
    collections::{BTreeMap, VecDeque},
    vec::Vec,
};

use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};

pub(crate) use listed::EFFECT_BYTES;
pub(crate) use timers::Timers;

use crate::{
    chain::Lineage,
    config::Timing,
    det::ById,
    effect::{Act, Effect},
    id::{ChainId, EffectId, ReleaseNo, Seq},
    loops::Ask,
    text::Text,
    time::Timestamp,
    verdict::{Denial, HoldReason, WakeReason},
};

/// Where an effect stands.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) enum Phase {
    /// Kept back.
    #[n(0)]
    Held {
        #[n(0)]
        why: HoldReason,
        #[n(1)]
        until: Timestamp,
        #[n(2)]
        denial: Option<Denial>,
        #[n(3)]
        ask: Box<Ask>,
        /// The proposal it comes from, which may be made again if this one is dropped.
        #[n(4)]
        proposal: Option<Box<str>>,
    },
    /// With the host. If it goes down and comes back, the effect may have happened: it is handed out anew with
    /// `redelivered`, and has its full time again.
    #[n(1)]
    Released,
    /// To be released again.
    #[n(2)]
    Waiting,
}

/// So often an effect is held on at most.
const HELD_ON: u32 = 32;

#[derive(Debug, Clone, Encode, Decode)]
#[cbor(array)]
pub(crate) struct Entry {
    #[n(0)]
    pub(crate) effect: Effect,
    #[n(1)]
    pub(crate) phase: Phase,
    /// When something happens to it if nobody says anything.
    #[n(2)]
    pub(crate) due: Timestamp,
    /// How often it was held on; once it has left, how often nobody knew what became of it.
    #[n(3)]
    pub(crate) rounds: u32,
    #[n(4)]
    pub(crate) lineage: Lineage,
    /// The effect of ours that led to it.
    #[n(5)]
    pub(crate) parent: Option<EffectId>,
}

impl Entry {
    pub(crate) fn is_held(&self) -> bool {
        matches!(self.phase, Phase::Held { .. })
    }

    pub(crate) fn is_with_host(&self) -> bool {
        self.phase == Phase::Released
    }

    pub(crate) fn hold_reason(&self) -> Option<HoldReason> {
        match &self.phase {
            Phase::Held { why, .. } => Some(*why),
            Phase::Released | Phase::Waiting => None,
        }
    }

    /// Is it held for what it repeats, and not for a limit or behind another?
    pub(crate) fn is_held_for_repeating(&self) -> bool {
        match &self.phase {
            Phase::Held { why: HoldReason::Probe | HoldReason::Repeats, .. } => true,
            Phase::Held { denial, .. } => denial.as_ref().is_some_and(|denial| denial.reason.is_evidence()),
            Phase::Released | Phase::Waiting => false,
        }
    }

    /// What it asked when it was held.
    pub(crate) fn asked(&self) -> Option<&Ask> {
        match &self.phase {
            Phase::Held { ask, .. } => Some(ask),
            Phase::Released | Phase::Waiting => None,
        }
    }

    /// When a hold ends at the latest.
    pub(crate) fn held_until(&self) -> Timestamp {
        match &self.phase {
            Phase::Held { until, .. } => *until,
            Phase::Released | Phase::Waiting => self.due,
        }
    }

    pub(crate) fn expired(&self, now: Timestamp) -> bool {
        self.effect.expires_at.is_some_and(|at| at <= now)
    }

    fn wake_reason(&self) -> WakeReason {
        match self.phase {
            Phase::Released => WakeReason::OutcomeDue,
            _ if self.effect.expires_at == Some(self.due) => WakeReason::Expires,
            Phase::Held { .. } => WakeReason::HoldEnds,
            Phase::Waiting => WakeReason::RetryDue,
        }
    }

    /// The line in which a held effect keeps its place.
    fn line(&self) -> Option<(ChainId, &str)> {
        self.effect.act().map(|act| (self.effect.chain, act.subject.as_str()))
    }
}

/// Where an effect comes from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Descent {
    pub(crate) lineage: Lineage,
    pub(crate) parent: Option<EffectId>,
}

/// An effect in the order of its release. Derived: rebuilt on restore, never stored.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ready {
    pub(crate) release: ReleaseNo,
    /// The record that must be durable first.
    pub(crate) seq: Seq,
    pub(crate) effect: EffectId,
    pub(crate) tenant: u32,
    /// It was open when the broker was restored.
    pub(crate) again: bool,
}

/// The numbering of releases, over all tenants.
#[derive(Debug, Clone, Default)]
pub(crate) struct Releases {
    pub(crate) last: ReleaseNo,
    pub(crate) ready: VecDeque<Ready>,
}

impl Releases {
    /// Forgets releases that an effect has left behind, when a host never acknowledges any.
    pub(crate) fn compact(&mut self, open: usize, is_current: impl Fn(&Ready) -> bool) {
        if self.ready.len() > 2 * open + 1024 {
            self.ready.retain(is_current);
        }
    }

    fn push(&mut self, seq: Seq, effect: EffectId, tenant: u32) -> ReleaseNo {
        self.last = ReleaseNo(self.last.0.saturating_add(1));
        self.ready.push_back(Ready { release: self.last, seq, effect, tenant, again: false });
        self.last
    }
}

/// What the outbox needs of its surroundings to move an effect.
pub(crate) struct Desk<'a> {
    pub(crate) seq: Seq,
    pub(crate) now: Timestamp,
    pub(crate) tenant: u32,
    pub(crate) timers: &'a mut Timers,
    pub(crate) releases: &'a mut Releases,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Outbox {
    open: ById<Entry>,
    /// Held effects by chain and subject, the first in line first. Derived.
    lines: BTreeMap<(ChainId, Box<str>), VecDeque<EffectId>>,
    /// Weight of all open effects. Derived.
    bytes: u64,
    /// How many of them tell an agent something about a dispatch. Derived.
    told: u64,
}

impl Outbox {
    pub(crate) fn len(&self) -> usize {
        self.open.len()
    }

    /// How many there are of those that tell an agent something about a dispatch it has or had.
    pub(crate) fn told(&self) -> u64 {
        self.told
    }

    /// How many there are of all others: they share the room that is not set aside with dispatches.
    pub(crate) fn charged(&self) -> u64 {
        (self.open.len() as u64).saturating_sub(self.told)
    }

    /// What all open effects weigh, in bytes.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    pub(crate) fn get(&self, effect: EffectId) -> Option<&Entry> {
        self.open.get(effect)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.open.iter().map(|(_, entry)| entry)
    }

    /// Is anything held in a line?
    pub(crate) fn has_lines(&self) -> bool {
        !self.lines.is_empty()
    }

    /// Is an effect of this chain on this subject held, so that a later one must wait?
    pub(crate) fn is_blocked(&self, chain: ChainId, act: &Act) -> bool {
        !self.lines.is_empty() && self.lines.contains_key(&(chain, Box::from(act.subject.as_str())))
    }

    /// Takes an effect in and hands it on.
    #[inline]
    pub(crate) fn release(&mut self, desk: &mut Desk<'_>, effect: Effect, from: Descent, outcome_due_ms: u64) {
        let id = effect.id;
        let due = desk.now.plus_ms(outcome_due_ms);
        let Descent { lineage, parent } = from;
        let mut entry = Entry { effect, phase: Phase::Released, due, rounds: 0, lineage, parent };
        entry.effect.release = desk.releases.push(desk.seq, id, desk.tenant);
        desk.timers.set(due, id, desk.tenant);
        self.bytes += entry.effect.weight();
        self.told += u64::from(entry.effect.is_told());
        self.open.insert(id, entry);
    }

    /// Takes an effect in and keeps it back, until the earlier of `until` and its own expiry.
    pub(crate) fn hold(&mut self, desk: &mut Desk<'_>, effect: Effect, from: Descent, phase: Phase, until: Timestamp) {
        let (Descent { lineage, parent }, id) = (from, effect.id);
        let due = effect.expires_at.map_or(until, |expires| expires.min(until));
        let entry = Entry { effect, phase, due, rounds: 0, lineage, parent };
        if let Some((chain, subject)) = entry.line() {
            self.lines.entry((chain, subject.into())).or_default().push_back(id);
        }
        desk.timers.set(due, id, desk.tenant);
        self.bytes += entry.effect.weight();
        self.open.insert(id, entry);
    }

    /// Releases an effect that was held or waiting.
    pub(crate) fn release_again(&mut self, desk: &mut Desk<'_>, id: EffectId, outcome_due_ms: u64) {
        self.leave_line(id);
        let Some(entry) = self.open.get_mut(id) else { return };
        desk.timers.clear(entry.due, id);
        if matches!(entry.phase, Phase::Held { .. }) {
            entry.rounds = 0;
        }
        entry.phase = Phase::Released;
        entry.due = desk.now.plus_ms(outcome_due_ms);
        entry.effect.release = desk.releases.push(desk.seq, id, desk.tenant);
        desk.timers.set(entry.due, id, desk.tenant);
    }

    /// A held effect is counted now.
    pub(crate) fn on_counted(&mut self, id: EffectId, lineage: Lineage, traceparent: Option<Text>) {
        if let Some(entry) = self.open.get_mut(id) {
            entry.lineage = lineage;
            entry.effect.traceparent = traceparent;
        }
    }

    /// The host is still at it.
    pub(crate) fn extend(&mut self, desk: &mut Desk<'_>, id: EffectId, outcome_due_ms: u64) {
        if let Some(entry) = self.open.get_mut(id).filter(|entry| entry.is_with_host()) {
            desk.timers.clear(entry.due, id);
            entry.due = desk.now.plus_ms(outcome_due_ms);
            desk.timers.set(entry.due, id, desk.tenant);
        }
    }

    /// Puts an effect aside until `at`; `redeliver` if it may have happened.
    pub(crate) fn wait(&mut self, desk: &mut Desk<'_>, id: EffectId, at: Timestamp, redeliver: bool) {
        let Some(entry) = self.open.get_mut(id) else { return };
        desk.timers.clear(entry.due, id);
        entry.phase = Phase::Waiting;
        entry.due = entry.effect.expires_at.map_or(at, |expires| expires.max(desk.now).min(at));
        entry.effect.redelivered |= redeliver;
        if redeliver {
            entry.rounds = entry.rounds.saturating_add(1);
        }
        desk.timers.set(entry.due, id, desk.tenant);
    }

    /// A held effect is first in line now, but meets a limit itself.
    pub(crate) fn hold_for(&mut self, desk: &mut Desk<'_>, id: EffectId, reason: Denial) -> Option<Timestamp> {
        let Phase::Held { why, until, denial, .. } = &mut self.open.get_mut(id)?.phase else { return None };
        (*why, *denial) = (HoldReason::Limit, Some(reason));
        let until = *until;
        self.rearm(desk, id);
        Some(until)
    }

    /// Holds an effect on, unless that happened too often. Says until when.
    pub(crate) fn hold_on(&mut self, desk: &mut Desk<'_>, id: EffectId, to: Timestamp) -> Option<Timestamp> {
        let entry = self.open.get_mut(id).filter(|entry| entry.rounds < HELD_ON)?;
        let Phase::Held { until, .. } = &mut entry.phase else { return None };
        *until = entry.effect.expires_at.map_or(to, |expires| expires.min(to));
        let until = *until;
        entry.rounds += 1;
        self.rearm(desk, id);
        Some(until)
    }

    /// Puts a held effect's own time back.
    pub(crate) fn rearm(&mut self, desk: &mut Desk<'_>, id: EffectId) {
        let Some(entry) = self.open.get_mut(id) else { return };
        let Phase::Held { until, .. } = entry.phase else { return };
        desk.timers.clear(entry.due, id);
        entry.due = entry.effect.expires_at.map_or(until, |expires| expires.min(until));
        desk.timers.set(entry.due, id, desk.tenant);
    }

    /// There is no reason left to hold an effect back.
    pub(crate) fn let_go(&mut self, desk: &mut Desk<'_>, id: EffectId) {
        if let Some(Phase::Held { until, .. }) = self.open.get_mut(id).map(|entry| &mut entry.phase) {
            *until = desk.now;
            self.hurry(desk, id);
        }
    }

    /// Makes an effect due at once.
    pub(crate) fn hurry(&mut self, desk: &mut Desk<'_>, id: EffectId) {
        if let Some(entry) = self.open.get_mut(id) {
            desk.timers.clear(entry.due, id);
            entry.due = desk.now;
            desk.timers.set(entry.due, id, desk.tenant);
        }
    }

    /// Everything that is not with the host and is covered by a stop.
    pub(crate) fn stopped(&self, stopped: impl Fn(&Entry) -> bool) -> Vec<EffectId> {
        let hit = |entry: &&Entry| entry.phase != Phase::Released && stopped(entry);
        self.iter().filter(hit).map(|entry| entry.effect.id).collect()
    }

    /// An effect has ended. Says in which line a place came free, unless it was a handler call.
    pub(crate) fn end(&mut self, desk: &mut Desk<'_>, id: EffectId) -> Option<(ChainId, Text)> {
        self.leave_line(id);
        let entry = self.open.get(id)?;
        desk.timers.clear(entry.due, id);
        self.bytes = self.bytes.saturating_sub(entry.effect.weight());
        self.told = self.told.saturating_sub(u64::from(entry.effect.is_told()));
        let line = entry.effect.act().map(|act| (entry.effect.chain, act.subject.clone()));
        self.open.remove(id);
        line
    }

    /// The first in line, for a chain and subject.
    pub(crate) fn first_in_line(&self, chain: ChainId, subject: &str) -> Option<EffectId> {
        if self.lines.is_empty() {
            return None;
        }
        self.lines.get(&(chain, Box::from(subject)))?.front().copied()
    }

    pub(crate) fn is_first_in_line(&self, id: EffectId) -> bool {
        let line = self.get(id).and_then(Entry::line);
        line.is_some_and(|(chain, subject)| self.first_in_line(chain, subject) == Some(id))
    }

    fn leave_line(&mut self, id: EffectId) {
        let Some(entry) = self.open.get(id).filter(|entry| entry.is_held()) else { return };
        let Some((chain, subject)) = entry.line() else { return };
        let key = (chain, Box::from(subject));
        if let Some(line) = self.lines.get_mut(&key) {
            if line.front() == Some(&id) {
                line.pop_front();
            } else {
                line.retain(|other| *other != id);
            }
            if line.is_empty() {
                self.lines.remove(&key);
            }
        }
    }

    pub(crate) fn wake_reason(&self, id: EffectId) -> WakeReason {
        self.get(id).map_or(WakeReason::Backlog, Entry::wake_reason)
    }

    /// The host went down: see [`Phase::Released`].
    pub(crate) fn on_restart(&mut self, now: Timestamp, tenant: u32, timers: &mut Timers, timing: &Timing) {
        for (id, entry) in self.open.iter_mut() {
            if entry.phase == Phase::Released {
                timers.clear(entry.due, id);
                entry.effect.redelivered = true;
                entry.due = now.plus_ms(due_ms(&entry.effect, timing));
                timers.set(entry.due, id, tenant);
            }
        }
    }

    /// Rebuilds the timers and lines of a restored outbox, and lists what is to be released again.
    pub(crate) fn rebuild(&mut self, tenant: u32, timers: &mut Timers, ready: &mut Vec<Ready>) {
        self.bytes = self.iter().map(|entry| entry.effect.weight()).sum();
        self.told = self.iter().filter(|entry| entry.effect.is_told()).count() as u64;
        for (id, entry) in self.open.iter() {
            timers.set(entry.due, id, tenant);
            if let Some((chain, subject)) = entry.line().filter(|_| entry.is_held()) {
                // Effect ids grow in the order of holding, so this is the order of the line.
                self.lines.entry((chain, subject.into())).or_default().push_back(id);
            }
        }
        self.list_ready(tenant, ready);
    }

    /// Lists what is with the host.
    pub(crate) fn list_ready(&self, tenant: u32, ready: &mut Vec<Ready>) {
        for entry in self.iter().filter(|entry| entry.phase == Phase::Released) {
            let Effect { id, release, .. } = entry.effect;
            ready.push(Ready { release, seq: id.seq, effect: id, tenant, again: true });
        }
    }

    pub(crate) fn decode(d: &mut Decoder<'_>) -> Result<Self, decode::Error> {
        let entries: Vec<Entry> = Vec::decode(d, &mut ())?;
        let mut open = ById::default();
        for entry in entries {
            open.insert(entry.effect.id, entry);
        }
        Ok(Self { open, ..Self::default() })
    }
}

impl<C> Encode<C> for Outbox {
    fn encode<W: encode::Write>(&self, e: &mut Encoder<W>, ctx: &mut C) -> Result<(), encode::Error<W::Error>> {
        e.array(self.open.len() as u64)?;
        for entry in self.iter() {
            entry.encode(e, ctx)?;
        }
        Ok(())
    }
}

/// How long the host has to report what became of an effect.
pub(crate) fn due_ms(effect: &Effect, timing: &Timing) -> u64 {
    if effect.is_handle() { timing.handle_due_ms } else { timing.outcome_due_ms }
}
