//! What ends though its agent has not said so: an agent is gone or was stopped, a dispatch did not arrive, a person leaves a task out.
//! One of these may be about very many tasks, so each task is a chore of its own, and those go on in the next record.

use alloc::vec::Vec;

use super::{
    machine::Work,
    run::{Lease, Place},
    states::{TaskState, TaskWhy},
    words::{Chore, Todo, Word},
};
use crate::{id::EffectId, text::Text, time::Timestamp};

impl Work {
    /// An agent is gone, or has started anew: what it had is nobody's. If it may still be `alive`, it is told to stop.
    pub fn on_agent_gone(&mut self, now: Timestamp, agent: &Text, alive: bool) {
        self.take_away(now, agent, if alive { Chore::Astray } else { Chore::Gone });
    }

    /// An agent's process was ended in order: what it had is given back.
    pub fn on_agent_stopped(&mut self, now: Timestamp, agent: &Text) {
        self.take_away(now, agent, Chore::Returned);
    }

    fn take_away(&mut self, now: Timestamp, agent: &Text, kind: Chore) {
        // One that crashed is suspected too. What the slice did not last for is lost all the same, and nobody is left to be told. What
        // is given back stays that, also where the next life comes before its turn.
        let known = |at, epoch| match self.gone.get(&(at, epoch)) {
            Some(Chore::Returned) => true,
            known => known.is_some() && kind == Chore::Astray,
        };
        let held = self.agents.get(agent).into_iter().flatten().filter_map(|dispatch| {
            let at = *self.dispatches.get(dispatch)?;
            // What it gets later, under the same name, is another epoch's.
            let epoch = self.lease_of(at, *dispatch)?.epoch;
            Some(Todo { kind, at, from: epoch }).filter(|_| !known(at, epoch))
        });
        let held = held.collect();
        self.first_of_all(held);
        self.go_on(now);
    }

    /// A dispatch did not reach its agent.
    pub fn on_undelivered(&mut self, now: Timestamp, dispatch: EffectId) {
        self.on_lost(now, dispatch, TaskWhy::Undelivered);
        self.go_on(now);
    }

    /// A person leaves out a task with all that is within it. First the task itself: what ends within one that goes on may end
    /// it, and as a failure.
    pub(crate) fn leave_out(&mut self, at: Place) {
        let mut open = alloc::vec![at];
        let mut all = Vec::new();
        while let Some(at) = open.pop() {
            all.push(Todo { kind: Chore::Skip, at, from: 0 });
            let within = self.node(at).map(|node| &node.children[..]).unwrap_or_default();
            open.extend(within.iter().rev().map(|task| Place { task: *task, ..at }));
        }
        self.first_of_all(all);
    }

    /// Before everything that is still to be done.
    fn first_of_all(&mut self, chores: Vec<Todo>) {
        for chore in chores.into_iter().rev() {
            self.gone.extend(chore.if_gone());
            self.todo.push_front(chore);
        }
    }

    /// A chore that is about one task alone: nothing is left of it.
    pub(crate) fn do_one(&mut self, now: Timestamp, Todo { kind, at, from }: Todo) -> Option<Todo> {
        if kind == Chore::Skip {
            self.skip(now, at);
            return None;
        }
        // Nobody has it under this epoch from here on, however often it was said.
        self.gone.remove(&(at, from));
        let dispatch = self.leases(at).find(|lease| lease.epoch == from)?.dispatch;
        if kind == Chore::Astray {
            self.tell_to_stop(at, dispatch);
        }
        if kind == Chore::Returned {
            self.on_returned(now, at, dispatch);
        } else {
            self.on_lost(now, dispatch, TaskWhy::AgentGone);
        }
        None
    }

    fn skip(&mut self, now: Timestamp, at: Place) {
        if let Some(lease) = self.node(at).and_then(|node| node.lease.clone()) {
            self.words.push(Word::recall(at, &lease, TaskWhy::Skipped));
        }
        if let Some(node) = self.node_mut(at).filter(|node| !node.state.is_terminal()) {
            node.tolerated = true;
        }
        self.end(now, at, TaskState::Skipped, Some(TaskWhy::Skipped));
    }

    /// Unless it was told before.
    fn tell_to_stop(&mut self, at: Place, dispatch: EffectId) {
        if self.node(at).is_none_or(|node| node.state == TaskState::Cancelling) {
            return;
        }
        if let Some(word) = self.lease_of(at, dispatch).map(|lease| Word::recall(at, lease, TaskWhy::AgentGone)) {
            self.words.push(word);
        }
    }

    /// Who has a dispatch, as the owner of its task or because it is offered to it.
    pub(crate) fn lease_of(&self, at: Place, dispatch: EffectId) -> Option<&Lease> {
        self.leases(at).find(|lease| lease.dispatch == dispatch)
    }

    fn leases(&self, at: Place) -> impl Iterator<Item = &Lease> {
        self.node(at).into_iter().flat_map(|node| {
            let offered = node.offer.as_ref().and_then(|offer| offer.lease.as_ref());
            node.lease.iter().chain(offered)
        })
    }

    fn on_lost(&mut self, now: Timestamp, dispatch: EffectId, why: TaskWhy) {
        let Some(&at) = self.dispatches.get(&dispatch) else { return };
        let Some(node) = self.node(at) else { return };
        if node.lease.as_ref().is_some_and(|lease| lease.dispatch == dispatch) {
            self.lose(now, at, why, false, None);
        } else {
            self.offer_lost(now, at, dispatch, true);
        }
    }
}
