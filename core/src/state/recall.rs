//! What an agent was told to stop. The slot stays taken until the agent says that it has stopped, its life is over, or half a
//! minute has passed, as after a cancel: else each further attempt would go to the process that hangs, until none is left.
//!
//! | a slot is | on | then it is |
//! |---|---|---|
//! | at work | the task ends, or is lost | free |
//! | at work | a recall leaves | told |
//! | told | its agent says that it has stopped, its life ends | at work, and free once the task is lost |
//! | told | the task is lost | kept |
//! | kept | its agent says that it has stopped, its life ends, 30 s | free |
//!
//! What a life of an agent fails at when it ends, or falls silent, is one failure, whatever it had: nobody knows which of its
//! tasks it was.

use alloc::{collections::BTreeMap, vec::Vec};

use minicbor::{Decode, Encode};

use super::{State, crew::Crew};
use crate::{
    agents::{self, AgentNo, Outcome},
    id::EffectId,
    outbox::Phase,
    text::Text,
    time::Timestamp,
    work::{GRACE_MS, Place, Report, TaskReport},
};

/// Most slots one record takes back because nobody answered. What is left is due at once.
const SLICE: usize = 1024;

/// A slot of an agent that a dispatch has taken.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(crate) struct Slot {
    #[n(0)]
    pub(super) lease: agents::Lease,
    #[n(1)]
    pub(super) class: Text,
    #[n(2)]
    pub(super) expected_ms: u64,
    /// Its agent was told to stop.
    #[n(3)]
    pub(super) told: Option<Told>,
    /// The task is its agent's no more, which has not stopped yet.
    #[n(4)]
    pub(super) lost: Option<Lost>,
    #[n(5)]
    pub(super) shared: Option<Shared>,
}

/// Until when the agent may say that it has stopped, and under which epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(crate) struct Told {
    #[n(0)]
    until: Timestamp,
    #[n(1)]
    epoch: u32,
}

/// What there is to say of the agent once its slot is free.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(crate) struct Lost {
    #[n(0)]
    well: Option<bool>,
    #[n(1)]
    ms: u64,
    /// The failure was more the task's than the agent's.
    #[n(2)]
    #[cbor(default)]
    for_good: bool,
    /// The agent fell silent, or went away: the failure is its own.
    #[n(3)]
    #[cbor(default)]
    silent: bool,
}

impl Lost {
    pub(super) fn new(outcome: Option<Outcome>, ms: u64) -> Self {
        let for_good = outcome == Some(Outcome::FailedForGood);
        let silent = outcome == Some(Outcome::TimedOut);
        Self { well: outcome.map(|outcome| outcome == Outcome::Succeeded), ms, for_good, silent }
    }

    fn outcome(&self) -> Option<Outcome> {
        self.well.map(|well| match (well, self.for_good, self.silent) {
            (true, ..) => Outcome::Succeeded,
            (false, true, _) => Outcome::FailedForGood,
            (false, false, true) => Outcome::TimedOut,
            (false, false, false) => Outcome::Failed,
        })
    }
}

/// The agent failed with all that it had: that is one failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub(crate) enum Shared {
    /// The first of them says so.
    #[n(0)]
    Untold,
    /// Another one has.
    #[n(1)]
    Told,
}

impl Slot {
    pub(super) fn new(lease: agents::Lease, class: Text, expected_ms: u64) -> Self {
        Self { lease, class, expected_ms, told: None, lost: None, shared: None }
    }
}

impl Crew {
    /// The slots as a snapshot has them.
    pub(crate) fn put_slots(&mut self, slots: BTreeMap<EffectId, Slot>) {
        let kept = slots.iter().filter(|(_, slot)| slot.lost.is_some());
        self.kept = kept.filter_map(|(dispatch, slot)| Some((slot.told?.until, *dispatch))).collect();
        self.of = slots.iter().map(|(dispatch, slot)| (slot.lease.agent, *dispatch)).collect();
        self.slots = slots;
    }

    pub(super) fn take_slot(&mut self, dispatch: EffectId, slot: Slot) {
        self.of.insert((slot.lease.agent, dispatch));
        self.slots.insert(dispatch, slot);
    }

    /// Is this dispatch still its agent's?
    pub(crate) fn has(&self, dispatch: EffectId) -> bool {
        self.slots.get(&dispatch).is_some_and(|slot| slot.lost.is_none())
    }

    /// Agents that were told to stop this task, and have not answered. They do not get it again before they have.
    pub(super) fn still_at(&self, at: Place) -> Vec<AgentNo> {
        if self.kept.is_empty() {
            return Vec::new();
        }
        let past = self.work.node(at).map(|node| &node.past[..]).unwrap_or_default();
        let kept = past.iter().filter_map(|dispatch| self.slots.get(dispatch)).filter(|slot| slot.lost.is_some());
        kept.map(|slot| slot.lease.agent).collect()
    }

    /// Its agent is told to stop. It has its time once, however often it is told.
    pub(super) fn on_told(&mut self, now: Timestamp, dispatch: EffectId, epoch: u32) {
        if let Some(slot) = self.slots.get_mut(&dispatch) {
            slot.told.get_or_insert(Told { until: now.plus_ms(GRACE_MS), epoch });
        }
    }

    /// Its agent is at it no more, or never was.
    pub(super) fn on_stopped(&mut self, now: Timestamp, dispatch: EffectId) {
        let Some(slot) = self.slots.get_mut(&dispatch) else { return };
        let Some(told) = slot.told.take() else { return };
        if self.kept.remove(&(told.until, dispatch)) {
            self.give_back(now, dispatch);
            self.stirred = true;
        }
    }

    /// The task is its agent's no more. `arrived`: the agent may have been given it.
    pub(super) fn on_freed(&mut self, now: Timestamp, dispatch: EffectId, lost: Lost, arrived: bool) {
        let Some(slot) = self.slots.get_mut(&dispatch) else { return };
        slot.lost = Some(lost);
        let there = self.agents.registration(slot.lease.agent).is_some();
        match slot.told.filter(|told| told.until > now && arrived && there) {
            Some(told) => {
                self.kept.insert((told.until, dispatch));
            }
            None => self.give_back(now, dispatch),
        }
    }

    /// Nobody has answered in time.
    pub(super) fn on_unanswered(&mut self, now: Timestamp) {
        for _ in 0..SLICE {
            let Some(&(until, dispatch)) = self.kept.first().filter(|(until, _)| *until <= now) else { return };
            self.kept.remove(&(until, dispatch));
            // Whatever it was lost for: that nobody answers is its agent's own.
            if let Some(lost) = self.slots.get_mut(&dispatch).and_then(|slot| slot.lost.as_mut()) {
                lost.silent = true;
            }
            self.give_back(now, dispatch);
        }
    }

    /// An agent fell silent: whatever it fails at by that is one failure.
    pub(super) fn on_silent(&mut self, agent: AgentNo) {
        for dispatch in self.of_agent(agent) {
            if let Some(slot) = self.slots.get_mut(&dispatch) {
                slot.shared.get_or_insert(Shared::Untold);
            }
        }
    }

    /// A life of an agent is over: nobody is left who could stop. Says whether its failure is told by what it had not stopped.
    pub(super) fn on_life_over(&mut self, now: Timestamp, agent: AgentNo) -> bool {
        self.on_silent(agent);
        let all = self.of_agent(agent);
        for dispatch in &all {
            self.on_stopped(now, *dispatch);
        }
        let told = |slot: &Slot| slot.shared == Some(Shared::Told);
        all.iter().any(|dispatch| self.slots.get(dispatch).is_some_and(told))
    }

    /// A life of an agent was ended in order. What it had is no failure of it; what it had lost before, and not stopped, stays one.
    pub(super) fn on_life_ended(&mut self, now: Timestamp, agent: AgentNo) {
        for dispatch in self.of_agent(agent) {
            self.on_stopped(now, dispatch);
            self.of.remove(&(agent, dispatch));
            if let Some(slot) = self.slots.remove(&dispatch) {
                self.agents.release(now, slot.lease, &mut self.notices);
            }
        }
    }

    /// An agent is about to register. If that is a new life, and the failure of the one before is told, what that one has is given
    /// back: else the new one would answer for it again.
    pub(super) fn on_next_life(&mut self, now: Timestamp, id: &str, incarnation: u64) {
        let Some(agent) = self.agents.find(id) else { return };
        let is_over = self.agents.registration(agent).is_some_and(|old| old.incarnation < incarnation);
        if !is_over || !self.on_life_over(now, agent) {
            return;
        }
        for dispatch in self.of_agent(agent) {
            self.of.remove(&(agent, dispatch));
            if let Some(slot) = self.slots.remove(&dispatch) {
                self.agents.release(now, slot.lease, &mut self.notices);
            }
        }
    }

    fn of_agent(&self, agent: AgentNo) -> Vec<EffectId> {
        let from = self.of.range((agent, EffectId::default())..);
        from.take_while(|(other, _)| *other == agent).map(|(_, dispatch)| *dispatch).collect()
    }

    /// The slot is free. What came of the task is learned, unless it is the agent's failure with all that it had and was learned.
    fn give_back(&mut self, now: Timestamp, dispatch: EffectId) {
        let Some(Slot { mut lease, class, expected_ms, lost, shared, .. }) = self.slots.remove(&dispatch) else {
            return;
        };
        self.of.remove(&(lease.agent, dispatch));
        let lost = lost.unwrap_or(Lost::new(None, 0));
        let failed = lost.well == Some(false);
        if failed && shared == Some(Shared::Untold) {
            for other in self.of_agent(lease.agent) {
                if let Some(slot) = self.slots.get_mut(&other).filter(|slot| slot.shared.is_some()) {
                    slot.shared = Some(Shared::Told);
                    // If one of them was the breaker's probe, that has failed.
                    lease.pass.stay = lease.pass.stay.max(slot.lease.pass.stay);
                }
            }
        }
        let notices = &mut self.notices;
        match lost.outcome().filter(|_| !failed || shared != Some(Shared::Told)) {
            // Whatever it was lost for before: it tells of the agent's end now.
            Some(Outcome::Failed) if shared.is_some() => {
                self.agents.finish(now, lease, &class, Outcome::TimedOut, expected_ms, lost.ms, notices)
            }
            Some(outcome) => self.agents.finish(now, lease, &class, outcome, expected_ms, lost.ms, notices),
            None => self.agents.release(now, lease, notices),
        };
    }
}

impl State {
    /// Does a report say that its agent is at it no more? Also one that comes too late for the task: it answers a recall.
    pub(super) fn hear_of_slot(&mut self, report: &TaskReport) {
        let over = matches!(
            report.report,
            Report::Done { .. }
                | Report::Failed { .. }
                | Report::Cancelled {}
                | Report::Decline {}
                | Report::NeedsInput { .. }
        );
        let slot = self.crew.slots.get(&report.dispatch).filter(|_| over);
        let slot = slot.filter(|slot| slot.told.is_some_and(|told| told.epoch == report.epoch));
        let agent = slot.and_then(|slot| self.crew.agents.registration(slot.lease.agent));
        // Nobody answers for another one.
        if agent.is_some_and(|agent| report.agent.as_ref().is_none_or(|by| *by == agent.id)) {
            self.crew.on_stopped(self.now, report.dispatch);
        }
    }

    /// The host said that it did not hand it over, and has it not now.
    pub(super) fn is_put_off(&self, number: u32, dispatch: EffectId) -> bool {
        let entry = self.tenants.get(number as usize).and_then(|tenant| tenant.outbox.get(dispatch));
        entry.is_some_and(|entry| entry.phase == Phase::Waiting && !entry.effect.redelivered)
    }
}
