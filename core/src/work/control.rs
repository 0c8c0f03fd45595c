//! What people order of a plan.

use alloc::{collections::BTreeMap, string::ToString, vec::Vec};

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use super::{
    alarms::Alarm,
    form,
    machine::Work,
    plan::Plan,
    run::{Node, Place},
    states::{PlanState, TaskState, TaskWhy},
    words::{Chore, Todo, Word},
};
use crate::{error::Rejected, input::Json, limits::NAME_BYTES, text::Text, time::Timestamp};

/// What a person may order about a plan or a task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Encode, Decode)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum PlanOrder {
    /// Nothing of the plan starts, and nothing is asked, until it is resumed. What runs goes on.
    #[n(0)]
    Pause {},
    /// A paused plan goes on.
    #[n(1)]
    Resume {},
    /// The plan ends: what has not started is cancelled, what runs is told to stop and has 30 seconds for it.
    #[n(2)]
    Cancel {},
    /// A plan that has ended goes on: from a task with all that depends on it, or from whatever did not succeed. What has
    /// succeeded elsewhere keeps its results.
    #[n(3)]
    Rerun {
        /// The task to start from.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[n(0)]
        from: Option<Text>,
    },
    /// A task ends without being done, and the plan goes on as if it had succeeded without a result.
    #[n(4)]
    Skip {
        /// The task.
        #[n(0)]
        task: Text,
    },
    /// Only this agent may do a task. It must be able and allowed to.
    #[n(5)]
    Pin {
        /// The task.
        #[n(0)]
        task: Text,
        /// The agent. Any when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[n(1)]
        agent: Option<Text>,
    },
    /// The answer to a question, or whether a task may be done: `true` or `false`.
    #[n(6)]
    Answer {
        /// The task.
        #[n(0)]
        task: Text,
        /// The answer, at most 16 KiB.
        #[n(1)]
        value: Json,
    },
}

impl Work {
    /// The plan of this name.
    ///
    /// # Errors
    /// [`Rejected::UnknownPlan`] (RY1018).
    pub fn find_plan(&self, tenant: u32, plan: &Text) -> Result<u32, Rejected> {
        let known = self.names.get(&(tenant, plan.clone())).copied();
        known.ok_or_else(|| Rejected::UnknownPlan { plan: plan.as_str().into() })
    }

    /// Can this plan be taken? `Some` number of the plan that has this name already.
    ///
    /// # Errors
    /// [`Rejected::Plan`] (RY1017) for what is wrong with it, [`Rejected::Full`] (RY1007) if there is no room.
    pub fn check_plan(&self, tenant: u32, plan: &Plan) -> Result<Option<u32>, Rejected> {
        let known = self.known_plan(tenant, plan)?;
        if known.is_none() {
            self.lay_out(tenant, &mut plan.clone())?;
        }
        Ok(known)
    }

    /// The plan that has this name already. No task of a new one is looked at.
    pub(crate) fn known_plan(&self, tenant: u32, plan: &Plan) -> Result<Option<u32>, Rejected> {
        form::check_plan(plan)?;
        Ok(self.names.get(&(tenant, plan.id.clone())).copied())
    }

    /// The nodes of a new plan, if they can be made of its tasks and there is room for them.
    pub(crate) fn lay_out(&self, tenant: u32, plan: &mut Plan) -> Result<Vec<Node>, Rejected> {
        let nodes = form::lay_out(plan)?;
        self.room.check_tasks(&self.limits, tenant, nodes.len())?;
        self.room.check_plan(&self.limits, tenant)?;
        Ok(nodes)
    }

    pub(crate) fn find_task(&self, plan: u32, task: &Text) -> Result<(Place, &Node), Rejected> {
        let unknown = || Rejected::UnknownTask { task: task.as_str().into() };
        let run = self.run(plan).ok_or_else(unknown)?;
        let number = *run.by_name().get(task).ok_or_else(unknown)?;
        Ok((Place { plan, task: number }, run.node(number).ok_or_else(unknown)?))
    }

    /// Can this be ordered?
    ///
    /// # Errors
    /// [`Rejected::UnknownTask`] (RY1019), [`Rejected::NotPossible`] (RY1021) with the reason.
    pub fn check_order(&self, plan: u32, order: &PlanOrder) -> Result<(), Rejected> {
        let fail = |what: &'static str, reason: &str| Err(Rejected::NotPossible { what, reason: reason.into() });
        let Some(run) = self.run(plan) else { return fail("order", "the plan is unknown") };
        let ended = run.state.is_terminal();
        match order {
            PlanOrder::Pause {} if ended || run.paused => fail("pause", "the plan has ended or is paused already"),
            PlanOrder::Resume {} if !run.paused => fail("resume", "the plan is not paused"),
            PlanOrder::Cancel {} if !matches!(run.state, PlanState::Running | PlanState::Stopping) => {
                fail("cancel", "the plan has ended, or is being cancelled already")
            }
            PlanOrder::Rerun { .. } if !ended => fail("rerun", "the plan has not ended; cancel it first, or wait"),
            PlanOrder::Rerun { .. } if run.nodes.iter().any(|node| node.undo) => {
                fail("rerun", "some of its tasks were undone; submit the plan under a new id")
            }
            PlanOrder::Rerun { from: Some(task) } => match self.find_task(plan, task)?.1 {
                node if node.is_removed() => fail("rerun", "a patch removed the task; add it under a new id"),
                _ => Ok(()),
            },
            PlanOrder::Pin { agent: Some(agent), .. } if agent.is_empty() || agent.len() > NAME_BYTES => {
                fail("pin", "`agent` has 1 to 256 bytes")
            }
            PlanOrder::Skip { task } | PlanOrder::Pin { task, .. } => match self.find_task(plan, task)?.1 {
                node if node.state.is_terminal() => fail("skip or pin", "the task has ended"),
                node if node.undo => fail("skip or pin", "the task is being undone"),
                _ => Ok(()),
            },
            PlanOrder::Answer { task, value } => {
                form::small(value).or_else(|reason| fail("answer", reason))?;
                let node = self.find_task(plan, task)?.1;
                let approval = node.question.is_none() && node.spec.ask.is_none();
                match node.state {
                    TaskState::Asking if approval && !value.0.is_boolean() => {
                        fail("answer", "whether the task may start is answered by `true` or `false`")
                    }
                    TaskState::Asking => Ok(()),
                    _ => fail("answer", "the task does not ask anything now"),
                }
            }
            _ => Ok(()),
        }
    }

    /// Does it. Nothing, if it can not be done any more: between the check and now something may have fallen due.
    pub fn on_order(&mut self, now: Timestamp, plan: u32, order: &PlanOrder) {
        if self.check_order(plan, order).is_err() {
            return;
        }
        let place = |work: &Self, task: &Text| work.find_task(plan, task).map(|(at, _)| at).ok();
        match order {
            PlanOrder::Pause {} => self.pause(plan),
            PlanOrder::Resume {} => {
                self.resume(now, plan);
                self.ask_at_last(now, plan);
            }
            PlanOrder::Cancel {} => {
                self.resume(now, plan);
                self.cancel(plan, TaskWhy::Cancelled);
            }
            PlanOrder::Rerun { from } => {
                let from = from.as_ref().and_then(|task| place(self, task));
                self.rerun(now, plan, from.map(|at| at.task));
            }
            PlanOrder::Skip { task } => {
                let Some(at) = place(self, task) else { return };
                self.leave_out(at);
            }
            PlanOrder::Pin { task, agent } => {
                let Some(at) = place(self, task) else { return };
                let queued = self.node(at).is_some_and(is_queued);
                self.dequeue(at);
                if let Some(node) = self.node_mut(at) {
                    (node.pinned, node.nobody) = (agent.clone(), None);
                }
                if queued {
                    self.enqueue(now, at);
                }
            }
            PlanOrder::Answer { task, value } => {
                let Some(at) = place(self, task) else { return };
                self.on_answer(now, at, value);
            }
        }
        self.settle(now);
    }

    /// Nothing of the plan starts.
    pub(crate) fn pause(&mut self, plan: u32) {
        for at in self.queued(plan) {
            self.dequeue(at);
        }
        if let Some(run) = self.runs.get_mut(&plan) {
            run.paused = true;
            self.words.push(Word::Plan(plan, PlanState::Paused));
        }
        self.list_unasked(plan);
    }

    pub(crate) fn resume(&mut self, now: Timestamp, plan: u32) {
        let Some(run) = self.runs.get_mut(&plan).filter(|run| run.paused) else { return };
        (run.paused, run.stopped) = (false, false);
        let state = run.state;
        self.words.push(Word::Plan(plan, state));
        self.list_unasked(plan);
        for at in self.queued(plan) {
            self.enqueue(now, at);
        }
    }

    /// What of a plan stands in the queue, or would if it were not paused.
    pub(crate) fn queued(&self, plan: u32) -> Vec<Place> {
        let nodes = self.run(plan).map(|run| &run.nodes[..]).unwrap_or_default();
        let queued = (0..).zip(nodes).filter(|(_, node)| is_queued(node));
        queued.map(|(task, _)| Place { plan, task }).collect()
    }

    /// What came to nothing, or what a task has led to, starts anew.
    fn rerun(&mut self, now: Timestamp, plan: u32, from: Option<u32>) {
        let Some(run) = self.runs.get_mut(&plan) else { return };
        // With each, whether what is within it starts anew too. Where only a part of it did not succeed, only that part does.
        let whole = |node: &Node| node.why != Some(TaskWhy::Inner);
        let mut open: Vec<(u32, bool)> = match from {
            Some(task) => alloc::vec![(task, true)],
            None => {
                let failed = (0..).zip(&run.nodes).filter(|(_, node)| !has_come_to_its_end(node));
                failed.map(|(at, node)| (at, whole(node))).collect()
            }
        };
        let mut again: BTreeMap<u32, bool> = BTreeMap::new();
        while let Some((task, whole)) = open.pop() {
            let Some(node) = run.node(task).filter(|node| !node.is_removed()) else { continue };
            if again.get(&task).is_some_and(|known| *known || !whole) {
                continue;
            }
            again.insert(task, whole);
            open.extend(node.dependents.iter().map(|other| (*other, true)));
            open.extend(node.parent.map(|parent| (parent, false)));
            if whole {
                open.extend(node.children.iter().map(|other| (*other, true)));
            }
        }
        for &task in again.keys() {
            if let Some(node) = run.nodes.get_mut(task as usize) {
                node.start_over();
            }
        }
        run.open = u32::try_from(again.len()).unwrap_or(u32::MAX);
        for &task in again.keys() {
            let waiting = run.waiting_for(task);
            let inner = run.inner_open(task);
            if let Some(node) = run.nodes.get_mut(task as usize) {
                (node.waiting, node.inner) = (waiting, inner);
            }
        }
        // A failure elsewhere that is not tried again still counts.
        run.failed = run.nodes.iter().any(|node| node.state == TaskState::Failed && !node.tolerated);
        (run.state, run.cancelled, run.why, run.compensate) = (PlanState::Running, false, None, false);
        // That it was patched stays known.
        (run.budget, run.patches) = (None, run.patches.map(|_| 0));
        let timeout = run.plan.timeout_ms;
        if let Some(ended) = run.ended_at.take() {
            self.room.on_reopened(run.tenant, ended, plan, run.nodes.len());
        }
        if let Some(ms) = timeout {
            self.arm(Place { plan, task: 0 }, Alarm::PlanTimeout, now.plus_ms(ms));
        }
        self.words.push(Word::Plan(plan, PlanState::Running));
        self.todo.push_back(Todo { kind: Chore::Start, at: Place { plan, task: 0 }, from: 0 });
    }
}

/// Does it stand in the queue, if its plan is not paused?
pub(crate) fn is_queued(node: &Node) -> bool {
    let offered = node.offer.as_ref().is_some_and(|offer| offer.lease.is_none());
    let backoff = node.alarms.iter().any(|(alarm, _)| *alarm == Alarm::Backoff);
    let undoing = node.state == TaskState::Undoing && node.lease.is_none() && node.offer.is_none() && !backoff;
    node.state == TaskState::Ready || undoing || offered
}

impl Node {
    /// Did a patch take it out of the plan?
    pub(crate) fn is_removed(&self) -> bool {
        self.why == Some(TaskWhy::Removed)
    }

    /// As if it had never been tried, but for its epoch and what is known of its past.
    fn start_over(&mut self) {
        self.state = TaskState::Waiting;
        (self.why, self.reason, self.attempt) = (None, None, 0);
        (self.progress, self.result, self.result_ref) = (Json::default(), Json::default(), None);
        (self.first_ready_at, self.question, self.offer) = (None, None, None);
        (self.tolerated, self.approved, self.undo) = (false, false, false);
        (self.paid, self.turned, self.before, self.returned) = (None, None, None, None);
        self.first = None;
        self.avoid.clear();
        self.answers.clear();
    }
}

impl super::run::Run {
    /// How many of its needs have not ended, and whether the task around it has yet to start.
    pub(crate) fn waiting_for(&self, task: u32) -> u32 {
        let Some(node) = self.node(task) else { return 0 };
        let open = |number: &u32| self.node(*number).is_some_and(|node| !node.state.is_terminal());
        let needs = node.needs.iter().filter(|(need, _)| open(need)).count();
        let gate =
            node.parent.and_then(|parent| self.node(parent)).is_some_and(|node| node.state != TaskState::Running);
        u32::try_from(needs).unwrap_or(u32::MAX) + u32::from(gate)
    }

    /// How many tasks within it have not ended.
    pub(crate) fn inner_open(&self, task: u32) -> u32 {
        let children = self.node(task).map(|node| &node.children[..]).unwrap_or_default();
        let open = children.iter().filter(|child| self.node(**child).is_some_and(|node| !node.state.is_terminal()));
        u32::try_from(open.count()).unwrap_or(u32::MAX)
    }
}

impl core::fmt::Display for PlanOrder {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let word = serde_json::to_value(self).ok().and_then(|value| Some(value.get("type")?.as_str()?.to_string()));
        f.write_str(&word.unwrap_or_default())
    }
}

/// Would it end the same if it were tried again, as far as it goes by itself? It succeeded, or was left out by its conditions, its
/// autonomy or its needs: those that are needed say whether these have changed. So was an element that is not in the list any more.
fn has_come_to_its_end(node: &Node) -> bool {
    let by_itself = matches!(node.why, None | Some(TaskWhy::Condition | TaskWhy::Autonomy | TaskWhy::Needs));
    node.state == TaskState::Succeeded || (node.state == TaskState::Skipped && by_itself)
}
