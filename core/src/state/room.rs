//! What there is room for where plans meet the outbox. Dispatches and questions wait for room like everything else. What an
//! agent has to be told about a dispatch (to stop, or what became of its handoff) can not wait: it has room of its own, which is
//! set aside with the dispatch.

use super::{State, react};
use crate::{
    effect::{Action, Inquiry},
    error::Rejected,
    id::EffectId,
    time::Timestamp,
    verdict::Decision,
    work::{Place, Question, Report, TaskReport, TaskState, Word},
};

/// So many effects of one record, and dispatches and questions are left for the next. Recalls are not, but what they come of
/// is worked off in slices, so that a record never has more effects than there are numbers.
const EFFECTS: u16 = 16_384;

/// What a tenant has room for, each with what stands before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Room {
    Nothing,
    Questions,
    Dispatches,
}

impl State {
    /// The id of the next effect.
    pub(super) fn next_id(&mut self) -> EffectId {
        react::next_id(self.seq, &mut self.ordinal)
    }

    /// Has this record brought so much that the rest is for another one?
    pub(super) fn is_full(&self) -> bool {
        self.ordinal >= EFFECTS
    }

    /// Is there room for one effect more of this tenant? An outcome makes room.
    fn has_room(&self, tenant: u32) -> bool {
        let limits = &self.config.limits;
        self.tenants.get(tenant as usize).is_some_and(|tenant| {
            tenant.outbox.charged() < u64::from(limits.open_effects) && tenant.outbox.bytes() < limits.open_bytes
        })
    }

    /// Is there room for a dispatch, and for what its agent may have to be told?
    pub(super) fn has_room_to_dispatch(&self, number: u32) -> bool {
        self.room_to_dispatch(number) > 0
    }

    /// The same in dispatches. What they weigh is not known before they are made.
    pub(super) fn room_to_dispatch(&self, number: u32) -> u32 {
        let Some(tenant) = self.tenants.get(number as usize).filter(|_| self.has_room(number)) else { return 0 };
        let set_aside = tenant.outbox.told() + u64::from(self.crew.work.at_work(number));
        let taken = tenant.outbox.charged().max(set_aside);
        u32::try_from(u64::from(self.config.limits.open_effects).saturating_sub(taken)).unwrap_or(u32::MAX)
    }

    /// For what is there room? An effect of any kind may end with a record, and so make some.
    pub(super) fn room(&self, tenant: u32) -> Room {
        match () {
            () if self.has_room_to_dispatch(tenant) => Room::Dispatches,
            () if self.has_room(tenant) => Room::Questions,
            () => Room::Nothing,
        }
    }

    /// Can what becomes of an agent's handoff be told it?
    pub(super) fn check_handoff(&self, report: &TaskReport) -> Result<(), Rejected> {
        let run = self.crew.work.run_of(report.dispatch).filter(|_| matches!(report.report, Report::Handoff(_)));
        let tenant = run.and_then(|(run, _)| self.tenants.get(run.tenant as usize));
        let limit = u64::from(self.config.limits.open_effects);
        if tenant.is_some_and(|tenant| tenant.outbox.told() >= limit) {
            return Err(Rejected::Full { limit_name: "open_effects", limit });
        }
        Ok(())
    }

    /// A person is asked, or will be: behind those who wait for room.
    pub(super) fn on_ask(&mut self, word: Word, decision: &mut Decision) {
        let Word::Ask { at, question, until } = word else { return };
        let Some(tenant) = self.crew.work.run(at.plan).map(|run| run.tenant) else { return };
        // It may have ended in this very record, after it had decided to ask.
        if self.crew.work.node(at).is_none_or(|node| node.state != TaskState::Asking) {
            return;
        }
        let first = self.crew.work.next_to_ask(tenant) != Some(tenant);
        if first && self.has_room(tenant) && !self.is_full() && !self.keeps_quiet(at) {
            self.ask(at, *question, until, decision);
        } else {
            self.crew.work.put_off(at, question);
        }
    }

    /// Was its plan paused after it had decided to ask, or is its chain stopped? A cancelled plan is paused no more and would ask
    /// while it undoes what it did: that waits as well.
    fn keeps_quiet(&mut self, at: Place) -> bool {
        let Some(run) = self.crew.work.run(at.plan) else { return true };
        let (tenant, paused, stopped) = (run.tenant, run.paused, self.stopped_chain(run));
        if let Some(chain) = stopped.filter(|_| !paused) {
            self.crew.work.stop_plans(tenant, Some(chain));
            return true;
        }
        paused
    }

    /// Asks what waited for room, as far as there is some.
    pub(super) fn ask_waiting(&mut self, decision: &mut Decision) {
        let mut from = 0;
        while let Some(tenant) = self.crew.work.next_to_ask(from) {
            if !self.has_room(tenant) {
                from = tenant + 1;
            } else if self.is_full() {
                self.crew.wake = Some(self.now);
                return;
            } else if let Some(Word::Ask { at, question, until }) = self.crew.work.ask_next(self.now, tenant) {
                if self.keeps_quiet(at) {
                    self.crew.work.put_off(at, question);
                } else {
                    self.ask(at, *question, until, decision);
                }
            }
        }
    }

    fn ask(&mut self, at: Place, question: Question, until: Option<Timestamp>, decision: &mut Decision) {
        let Some((task, _, _)) = self.crew.work.told(at) else { return };
        let id = self.next_id();
        self.crew.work.on_asked(at, id);
        self.emit((id, at), Action::Ask(Inquiry { task, question, until }), until, decision);
    }
}
