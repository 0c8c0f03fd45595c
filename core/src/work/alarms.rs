//! What is due when.

use alloc::collections::{BTreeSet, VecDeque};

use minicbor::{Decode, Encode};

use super::{
    machine::{SLICE, Work},
    run::{Node, Place, Run},
    states::{TaskState, TaskWhy},
};
use crate::time::Timestamp;

/// What a task waits for a time for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(index_only)]
pub(crate) enum Alarm {
    #[n(0)]
    ScheduleToStart,
    #[n(1)]
    ScheduleToClose,
    #[n(2)]
    StartToClose,
    #[n(3)]
    Heartbeat,
    #[n(4)]
    Backoff,
    #[n(5)]
    Question,
    #[n(6)]
    Grace,
    #[n(7)]
    Offer,
    /// It has waited long enough to be more urgent.
    #[n(8)]
    Promote,
    /// The plan's own: it stands at task 0.
    #[n(9)]
    PlanTimeout,
}

impl Run {
    /// When the attempt at a task is over at the latest: its own time, that of all its attempts, or its plan's.
    pub(crate) fn closes(&self, node: &Node) -> Option<Timestamp> {
        let closes = [Alarm::StartToClose, Alarm::ScheduleToClose];
        let own = node.alarms.iter().filter(|(alarm, _)| closes.contains(alarm)).map(|(_, due)| *due);
        let first = self.nodes.first().map_or(&[][..], |first| &first.alarms);
        let plan = first.iter().find(|(alarm, _)| *alarm == Alarm::PlanTimeout && !node.undo).map(|(_, due)| *due);
        own.chain(plan).min()
    }
}

impl Work {
    /// When something happens if nobody says anything. The beginning of time if it is due already.
    #[must_use]
    pub fn due(&self) -> Option<Timestamp> {
        if !self.todo.is_empty() {
            return Some(Timestamp(0));
        }
        self.alarms.first().map(|(due, _, _)| *due)
    }

    /// A plan by itself as it will be once what is due of it is done. `None` if that is nothing.
    pub(crate) fn ahead(&self, now: Timestamp, plan: u32) -> Option<Self> {
        let due = self.alarms.iter().take_while(|(due, ..)| *due <= now);
        let alarms: BTreeSet<_> = due.filter(|(_, at, _)| at.plan == plan).copied().collect();
        let todo: VecDeque<_> = self.todo.iter().filter(|todo| todo.at.plan == plan).copied().collect();
        if alarms.is_empty() && todo.is_empty() {
            return None;
        }
        let mut ahead = Self::new(self.limits.without_room(), self.seed);
        (ahead.alarms, ahead.todo) = (alarms, todo);
        ahead.runs.insert(plan, self.runs.get(&plan)?.clone());
        ahead.on_due(now);
        Some(ahead)
    }

    /// Does what is due, up to a slice.
    pub fn on_due(&mut self, now: Timestamp) {
        for _ in 0..SLICE {
            let Some(&(_, at, alarm)) = self.alarms.first().filter(|(due, ..)| *due <= now) else { break };
            self.disarm(at, alarm);
            self.on_alarm(now, at, alarm);
        }
        self.settle(now);
    }

    fn on_alarm(&mut self, now: Timestamp, at: Place, alarm: Alarm) {
        let Some(node) = self.node(at) else { return };
        let (state, undo) = (node.state, node.undo);
        let held = node.lease.is_some();
        match alarm {
            Alarm::PlanTimeout => self.cancel(at.plan, TaskWhy::PlanTimeout),
            Alarm::ScheduleToStart => self.end(now, at, TaskState::Failed, Some(TaskWhy::ScheduleToStart)),
            Alarm::ScheduleToClose if held => {
                self.recall(at, TaskWhy::ScheduleToClose);
                self.lose(now, at, TaskWhy::ScheduleToClose, true, None);
            }
            Alarm::ScheduleToClose => self.end(now, at, TaskState::Failed, Some(TaskWhy::ScheduleToClose)),
            Alarm::StartToClose if held => {
                self.recall(at, TaskWhy::StartToClose);
                self.lose(now, at, TaskWhy::StartToClose, false, None);
            }
            Alarm::Heartbeat if held => {
                self.recall(at, TaskWhy::Heartbeat);
                self.lose(now, at, TaskWhy::Heartbeat, false, None);
            }
            Alarm::StartToClose | Alarm::Heartbeat => {}
            Alarm::Backoff if state == TaskState::Backoff || undo => self.ready(now, at),
            Alarm::Backoff => {}
            Alarm::Question => self.on_unanswered(now, at),
            Alarm::Grace => self.on_grace_over(now, at),
            Alarm::Offer => self.on_offer_over(now, at, None),
            Alarm::Promote => self.promote(now, at),
        }
    }

    /// It has waited long: it goes up by one class, so that nothing starves.
    fn promote(&mut self, now: Timestamp, at: Place) {
        self.dequeue(at);
        if let Some(node) = self.node_mut(at) {
            node.class = node.class.saturating_sub(1).max(1);
        }
        self.enqueue(now, at);
    }

    /// The agent is told that its attempt is over.
    fn recall(&mut self, at: Place, why: TaskWhy) {
        let Some(lease) = self.node(at).and_then(|node| node.lease.clone()) else { return };
        self.words.push(super::Word::recall(at, &lease, why));
    }
}
