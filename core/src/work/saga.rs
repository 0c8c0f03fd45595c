//! Failure, cancel, compensation, and the end of a plan.
//!
//! What undoes a task is registered when an agent gets the task, not when it reports: one that timed out may have happened.
//! It runs after everything else has ended, the last first, one at a time, whatever was cancelled.

use alloc::boxed::Box;

use super::{
    alarms::Alarm,
    machine::{Work, is_exempt},
    plan::OnFailure,
    run::{Node, Place},
    states::{PlanState, TaskState, TaskWhy},
    words::{Chore, Todo, Word},
};
use crate::{agents::Outcome, id::EffectId, time::Timestamp};

/// How long an agent that was told to stop has for it.
pub(crate) const GRACE_MS: u64 = 30_000;

impl Work {
    /// A task failed for good. What does that mean for the rest?
    pub(crate) fn on_failed(&mut self, at: Place) {
        let Some(run) = self.runs.get_mut(&at.plan) else { return };
        let Some(node) = run.node(at.task) else { return };
        match run.on_failure(node) {
            OnFailure::Continue => {
                if let Some(node) = run.nodes.get_mut(at.task as usize) {
                    node.tolerated = true;
                }
            }
            OnFailure::SkipDependents => run.failed = true,
            OnFailure::Stop => {
                run.failed = true;
                if run.state == PlanState::Running {
                    self.turn(at.plan, PlanState::Stopping, Chore::Stop);
                }
            }
            OnFailure::Compensate => {
                (run.failed, run.compensate) = (true, true);
                if matches!(run.state, PlanState::Running | PlanState::Stopping) {
                    self.turn(at.plan, PlanState::Cancelling, Chore::Cancel);
                }
            }
        }
    }

    /// The plan goes into a state in which its tasks come to an end.
    fn turn(&mut self, plan: u32, state: PlanState, chore: Chore) {
        let Some(run) = self.runs.get_mut(&plan) else { return };
        run.state = state;
        self.words.push(Word::Plan(plan, state));
        self.list_unasked(plan);
        self.todo.push_back(Todo { kind: chore, at: Place { plan, task: 0 }, from: 0 });
    }

    /// Everything is to end.
    pub(crate) fn cancel(&mut self, plan: u32, why: TaskWhy) {
        let Some(run) = self.runs.get_mut(&plan) else { return };
        if !matches!(run.state, PlanState::Running | PlanState::Stopping) {
            return;
        }
        run.cancelled = true;
        run.failed |= why == TaskWhy::PlanTimeout;
        run.why = Some(why).filter(|why| *why != TaskWhy::Cancelled);
        run.compensate |= run.plan.on_failure == OnFailure::Compensate;
        self.turn(plan, PlanState::Cancelling, Chore::Cancel);
    }

    /// A task has not started and will not.
    pub(crate) fn stop_task(&mut self, now: Timestamp, at: Place) {
        let Some(run) = self.runs.get(&at.plan) else { return };
        let Some(node) = run.node(at.task) else { return };
        let busy = node.state.is_terminal() || node.state.is_held() || node.offer.is_some();
        if !busy && !is_exempt(run, node) {
            let state = if node.attempt == 0 { TaskState::Skipped } else { TaskState::Cancelled };
            self.end(now, at, state, Some(TaskWhy::Stopped));
        }
    }

    /// A task is to end: at once if nobody is at it, else as soon as its agent has stopped.
    pub(crate) fn cancel_task(&mut self, now: Timestamp, at: Place, why: TaskWhy) {
        let Some(run) = self.runs.get(&at.plan) else { return };
        let Some(node) = run.node(at.task).filter(|node| !node.undo) else { return };
        // A task of tasks ends when what is within it has.
        if node.state.is_terminal() || (node.is_group() && node.state == TaskState::Running) {
            return;
        }
        let Some(lease) = node.lease.clone() else { return self.end(now, at, TaskState::Cancelled, Some(why)) };
        if node.state == TaskState::Cancelling {
            return;
        }
        self.drop_offer(now, at);
        self.disarm(at, Alarm::StartToClose);
        self.arm(at, Alarm::Grace, now.plus_ms(GRACE_MS));
        let Some(node) = self.node_mut(at) else { return };
        node.state = TaskState::Cancelling;
        node.note(now, Some(lease.agent.clone()), Some(why));
        self.words.push(Word::Task(at, TaskState::Cancelling));
        self.words.push(Word::recall(at, &lease, why));
    }

    /// Was the agent that has this dispatch told to stop it? If so: was anything heard of it since it was given it?
    pub(crate) fn recalled(&self, dispatch: EffectId) -> Option<bool> {
        let node = self.node(*self.dispatches.get(&dispatch)?)?;
        let lease = node.lease.as_ref().filter(|_| node.state == TaskState::Cancelling)?;
        (lease.dispatch == dispatch).then_some(node.has_begun() || lease.heard.is_some())
    }

    /// A task that waits for an agent ends if its plan is being ended, and the slices have not come to it yet.
    pub(crate) fn end_if_over(&mut self, now: Timestamp, at: Place) -> bool {
        let Some(run) = self.runs.get(&at.plan) else { return false };
        let Some(node) = run.node(at.task).filter(|node| !node.undo) else { return false };
        match run.state {
            PlanState::Cancelling => self.cancel_task(now, at, TaskWhy::Cancelled),
            PlanState::Stopping if node.state == TaskState::Ready && node.attempt == 0 && !is_exempt(run, node) => {
                self.stop_task(now, at);
            }
            _ => return false,
        }
        true
    }

    /// It was told to stop and did not say that it has.
    pub(crate) fn on_grace_over(&mut self, now: Timestamp, at: Place) {
        self.free(now, at, Some(Outcome::TimedOut));
        self.end(now, at, TaskState::Cancelled, Some(TaskWhy::DidNotStop));
    }

    /// Has the plan come to its end, or to the point from which on it is undone?
    pub(crate) fn may_end(&mut self, now: Timestamp, plan: u32) {
        let Some(run) = self.runs.get_mut(&plan) else { return };
        if run.open > 0 || run.held > 0 || run.state.is_terminal() {
            return;
        }
        // There may be many: it is looked at last.
        if self.todo.iter().any(|todo| todo.at.plan == plan) {
            return;
        }
        if run.compensate {
            if let Some(task) = run.undo.pop() {
                if run.state != PlanState::Compensating {
                    run.state = PlanState::Compensating;
                    self.words.push(Word::Plan(plan, PlanState::Compensating));
                }
                return self.undo(now, Place { plan, task });
            }
        }
        let undone = run.state == PlanState::Compensating;
        run.state = match (undone, run.undo_failed, run.cancelled, run.failed) {
            (true, false, ..) => PlanState::Compensated,
            (true, true, ..) | (_, _, _, true) => PlanState::Failed,
            (_, _, true, _) => PlanState::Cancelled,
            _ => PlanState::Succeeded,
        };
        run.ended_at = Some(now);
        self.room.on_ended(run.tenant, now, plan, run.nodes.len());
        (run.paused, run.stopped) = (false, false);
        self.words.push(Word::Plan(plan, run.state));
        self.disarm(Place { plan, task: 0 }, Alarm::PlanTimeout);
    }

    /// A task within it was undone: if nothing of it stands any more, so is it.
    pub(crate) fn on_inner_undone(&mut self, now: Timestamp, at: Place) {
        let Some(run) = self.runs.get_mut(&at.plan) else { return };
        let Some(node) = run.node(at.task) else { return };
        let children = node.children.iter().filter_map(|child| run.node(*child));
        let stands = |child: &Node| child.state == TaskState::Succeeded || !child.state.is_terminal();
        if node.state == TaskState::Compensated || children.into_iter().any(stands) {
            return;
        }
        let parent = node.parent;
        let Some(node) = run.nodes.get_mut(at.task as usize) else { return };
        node.before = Some(Box::new(node.so_far()));
        (node.state, node.why, node.undo) = (TaskState::Compensated, None, true);
        node.note(now, None, None);
        self.words.push(Word::Task(at, TaskState::Compensated));
        if let Some(task) = parent {
            self.on_inner_undone(now, Place { task, ..at });
        }
    }

    fn undo(&mut self, now: Timestamp, at: Place) {
        let Some(run) = self.runs.get_mut(&at.plan) else { return };
        let Some(node) = run.nodes.get_mut(at.task as usize) else { return };
        run.open += 1;
        node.before = Some(Box::new(node.so_far()));
        // What was said of its failure is not said of its undoing.
        (node.undo, node.reason) = (true, None);
        (node.attempt, node.first_ready_at, node.paid) = (0, None, None);
        (node.first, node.returned) = (None, None);
        node.avoid.clear();
        self.ready(now, at);
    }
}
