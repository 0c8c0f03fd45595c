//! One agent hands a task to another: offer, accept, acknowledge. The one that offers stays the owner until the other has
//! accepted, so there are never two, and none only while an offer stands whose owner went away.
//!
//! | | owner | offered to |
//! |---|---|---|
//! | handoff reported | keeps the task | nobody yet |
//! | an agent is chosen | keeps the task | gets a dispatch with the handoff, under the next epoch |
//! | accept | is told, and its reports are late from now on | owns the task |
//! | decline, or gone | keeps the task | somebody else who has not declined, until the offer's time is over |
//! | the one it was meant for declines, is gone or can not do it | is told why, and keeps the task | - |
//! | the offer's time is over | is told, and keeps the task | is told to stop |
//! | the owner is gone, or fails | nobody owns it until the offer is accepted or over; then it is tried again. Its keys stay taken | as before; the last owner is not asked |
//! | the owner is stopped in order | likewise; then it is ready again, at the same attempt | as before; the last owner is not asked |
//! | the one it is offered to is stopped in order | keeps the task | somebody else, or its next life; the one it was meant for is gone |
//! | the owner fails for good, or all its time is over | the task has failed | is told to stop |

use alloc::boxed::Box;

use super::{
    alarms::Alarm,
    machine::Work,
    report::{Handoff, Report, TaskReport},
    run::{Offer, Place},
    states::{TaskState, TaskWhy},
    words::Word,
};
use crate::{id::EffectId, text::Text, time::Timestamp};

/// How long an offer stands where nothing else is said.
const STANDS_MS: u64 = 60_000;
/// The longest an offer may stand.
const STANDS_MAX_MS: u64 = 86_400_000;

impl Work {
    /// The owner offers the task.
    pub(crate) fn on_handoff(&mut self, now: Timestamp, at: Place, handoff: &Handoff) {
        self.drop_offer(now, at);
        if self.node(at).is_none_or(|node| node.state == TaskState::Cancelling) {
            return;
        }
        let declined = match self.on_turn(at, handoff) {
            Ok(declined) => declined,
            Err(reason) => return self.keep(now, at, reason),
        };
        let Some(node) = self.node_mut(at) else { return };
        let ms = handoff.timeout_ms.unwrap_or(STANDS_MS).clamp(1, STANDS_MAX_MS);
        node.offer = Some(Box::new(Offer { handoff: handoff.clone(), lease: None, declined }));
        node.ready_at = now;
        self.arm(at, Alarm::Offer, now.plus_ms(ms));
        self.enqueue(now, at);
    }

    /// A report from the one it is offered to. `false` if it is nobody of the kind.
    pub(crate) fn on_offered(&mut self, now: Timestamp, at: Place, report: &TaskReport) -> bool {
        let Some(node) = self.node_mut(at) else { return false };
        let offered = node.offer.as_ref().and_then(|offer| offer.lease.as_ref());
        let is = offered.is_some_and(|lease| lease.dispatch == report.dispatch && lease.epoch == report.epoch);
        if !is {
            return false;
        }
        match &report.report {
            Report::Accept {} => self.on_accept(now, at),
            Report::Decline {} | Report::Failed { .. } | Report::Cancelled {} => {
                self.offer_lost(now, at, report.dispatch, true)
            }
            // Its word counts from its acceptance on.
            _ => return false,
        }
        true
    }

    fn on_accept(&mut self, now: Timestamp, at: Place) {
        self.disarm(at, Alarm::Offer);
        let Some(run) = self.runs.get_mut(&at.plan) else { return };
        let Some(node) = run.nodes.get_mut(at.task as usize) else { return };
        let Some(next) = node.offer.take().and_then(|offer| offer.lease) else { return };
        let agent = next.agent.clone();
        let before = node.lease.replace(next);
        // Given back or not, it is somebody's: how that one ends is its own.
        node.on_taken_over();
        node.state = TaskState::Running;
        node.note(now, Some(agent), Some(TaskWhy::HandedOver));
        self.words.push(Word::Task(at, TaskState::Running));
        if let Some(before) = before {
            self.words.push(Word::handed(at, &before, true, None));
            self.on_turned(at, &before.agent);
            self.let_go(now, at, before, None);
        } else {
            // Nobody owned it. Its keys it has still.
            run.held += 1;
        }
        let Some(node) = self.node(at) else { return };
        let (timeouts, owned) = (node.timeouts(), node.alarms.iter().any(|(alarm, _)| *alarm == Alarm::StartToClose));
        if let Some(ms) = timeouts.heartbeat_ms {
            self.arm(at, Alarm::Heartbeat, now.plus_ms(ms));
        }
        // The attempt's time went with its last owner, where that one went away.
        if let Some(ms) = timeouts.start_to_close_ms.filter(|_| !owned) {
            self.arm(at, Alarm::StartToClose, now.plus_ms(ms));
        }
    }

    /// The one it is offered to does not want it, or is gone. If it has `declined`, it is not asked again.
    pub(crate) fn offer_lost(&mut self, now: Timestamp, at: Place, dispatch: EffectId, declined: bool) {
        let Some(offer) = self.node_mut(at).and_then(|node| node.offer.as_deref_mut()) else { return };
        let Some(lease) = offer.lease.take_if(|lease| lease.dispatch == dispatch) else { return };
        if declined {
            offer.declined.push(lease.agent.clone());
        }
        let meant = offer.handoff.to.as_ref() == Some(&lease.agent);
        let reason = meant.then(|| Text::concat(&["agent `", &lease.agent, "` did not take it"]));
        self.let_go(now, at, lease, None);
        if reason.is_some() {
            return self.on_offer_over(now, at, reason);
        }
        self.enqueue(now, at);
    }

    /// There is no offer any more: the task has ended, or is offered anew.
    pub(crate) fn drop_offer(&mut self, now: Timestamp, at: Place) {
        if self.node(at).is_none_or(|node| node.offer.is_none()) {
            return;
        }
        self.dequeue(at);
        self.disarm(at, Alarm::Offer);
        let lease = self.node_mut(at).and_then(|node| node.offer.take()).and_then(|offer| offer.lease);
        if self.node(at).is_some_and(|node| node.lease.is_none()) {
            self.free_keys(at);
        }
        if let Some(lease) = lease {
            self.words.push(Word::recall(at, &lease, TaskWhy::HandedOver));
            self.let_go(now, at, lease, None);
        }
    }

    /// Nobody has accepted in time; or, for a reason, nobody will.
    pub(crate) fn on_offer_over(&mut self, now: Timestamp, at: Place, reason: Option<Text>) {
        let reason = reason.or_else(|| self.turned_away(at));
        self.drop_offer(now, at);
        let Some(node) = self.node(at).filter(|node| !node.state.is_terminal()) else { return };
        match &node.lease {
            Some(lease) => self.words.push(Word::handed(at, lease, false, reason)),
            None if node.is_returned() => self.ready_because(now, at, Some(TaskWhy::AgentStopped)),
            None => self.again(now, at, TaskWhy::AgentGone, false, None),
        }
    }
}
