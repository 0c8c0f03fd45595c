//! Trying again: when, how often, and how often for all tasks of a plan together. The rules are those of
//! [`crate::guard::RetryPolicy`] and [`RetryBudget`].
//!
//! | an attempt came to nothing | then |
//! |---|---|
//! | for good, or it was the last one | the task has failed |
//! | the plan stops or is being ended | the task has failed |
//! | the next would begin after the end of its time | the task has failed: `schedule_to_close` |
//! | too many of the plan's attempts come to nothing | the task has failed: `budget` |
//! | otherwise | it waits, and is tried again |

use super::{
    alarms::Alarm,
    machine::{Work, is_exempt},
    plan::Retry,
    run::{Place, Run},
    states::{TaskState, TaskWhy},
    words::Word,
};
use crate::{
    agents::Outcome,
    guard::{self, Deadline, Failed, Fault, GiveUp, Jitter, RetryBudget, RetryPolicy},
    time::Timestamp,
};

/// How many agents that failed at a task are avoided.
const AVOIDED: usize = 8;
/// Retries that the tasks of a plan may cost in all, where it names no number and has no more tasks.
const RETRIES: u32 = 35;
/// What a retry takes from the budget, and what one for which the agent asked for time does. A task that succeeds at once
/// gives 1.
const COST: u32 = 14;
const THROTTLED_COST: u32 = 5;
/// By so much an agent can make a pause longer. Seconds taken for milliseconds, or a date, must not put a task off for years.
const ASKED_MAX_MS: u64 = 86_400_000;

impl Work {
    /// An attempt has come to nothing.
    pub(crate) fn lose(&mut self, now: Timestamp, at: Place, why: TaskWhy, permanent: bool, after_ms: Option<u64>) {
        let Some(node) = self.node_mut(at) else { return };
        if let Some(agent) = node.lease.as_ref().map(|lease| lease.agent.clone()) {
            if !node.avoid.contains(&agent) {
                if node.avoid.len() == AVOIDED {
                    node.avoid.remove(0);
                }
                node.avoid.push(agent);
            }
        }
        let cancelling = node.state == TaskState::Cancelling;
        let blameless = cancelling || matches!(why, TaskWhy::Cancelled | TaskWhy::Declined);
        let outcome = (!blameless).then_some(match why {
            TaskWhy::Reported if permanent => Outcome::FailedForGood,
            // Its agent fell silent, is gone or was not reached: whatever the task is like, that is its agent's own.
            TaskWhy::Heartbeat | TaskWhy::AgentGone | TaskWhy::Undelivered => Outcome::TimedOut,
            // It said so itself, or was at it for too long: other tasks may tell whether that is the agent or what it was given.
            _ => Outcome::Failed,
        });
        // Another agent may be about to accept it. That it has failed for good, or all its time is over, ends it all the same.
        let offered = node.offer.as_deref_mut().filter(|_| !permanent && !cancelling);
        let stands = offered.is_some();
        if let (Some(offer), Some(lease)) = (offered, &node.lease) {
            // Who has just lost it is not to be offered it.
            if !offer.declined.contains(&lease.agent) {
                offer.declined.push(lease.agent.clone());
            }
        }
        self.free(now, at, outcome);
        if cancelling {
            return self.end(now, at, TaskState::Cancelled, Some(TaskWhy::Cancelled));
        }
        if stands {
            return;
        }
        self.again(now, at, why, permanent, after_ms);
    }

    /// It is tried again, if it may.
    pub(crate) fn again(&mut self, now: Timestamp, at: Place, why: TaskWhy, permanent: bool, after_ms: Option<u64>) {
        let seed = self.seed;
        let Some(run) = self.runs.get_mut(&at.plan) else { return };
        let Some(node) = run.nodes.get_mut(at.task as usize) else { return };
        // This attempt counts.
        node.returned = None;
        let Some(node) = run.node(at.task) else { return };
        if !run.goes_on() && !is_exempt(run, node) {
            return self.end(now, at, TaskState::Failed, Some(why));
        }
        let fault = match after_ms {
            _ if permanent => Fault::Permanent,
            Some(_) => Fault::Throttle,
            None => Fault::Transient,
        };
        let (task, undo) = (u64::from(at.plan) << 32 | u64::from(at.task), node.undo);
        let failed = Failed { task, attempt: node.attempt, fault, retry_after_ms: after_ms };
        let closes = node.alarms.iter().find(|(alarm, _)| *alarm == Alarm::ScheduleToClose);
        let deadline = closes.map_or(Deadline::NEVER, |(_, due)| Deadline(*due));
        // That something is undone must not hang on how much failed before.
        let mut budget = if undo { RetryBudget::default() } else { run.budget() };
        let next = policy(node.retry()).on_failure(now, &failed, seed, deadline, &mut budget);
        let (due, paid) = match next {
            guard::Retry::Again { at, paid } => (at.max(now.plus_ms(1)), paid),
            guard::Retry::GiveUp { why: given_up } => {
                let why = match given_up {
                    GiveUp::Permanent | GiveUp::Attempts => why,
                    GiveUp::Deadline => TaskWhy::ScheduleToClose,
                    GiveUp::Budget => TaskWhy::Budget,
                };
                return self.end(now, at, TaskState::Failed, Some(why));
            }
        };
        if !undo {
            run.budget = Some(budget);
        }
        let Some(node) = run.nodes.get_mut(at.task as usize) else { return };
        node.paid = (!undo).then_some(paid);
        node.state = if undo { TaskState::Undoing } else { TaskState::Backoff };
        node.note(now, None, Some(why));
        self.words.push(Word::Task(at, node.state));
        self.arm(at, Alarm::Backoff, due);
    }
}

impl Run {
    /// What its tasks together may still cost.
    fn budget(&self) -> RetryBudget {
        self.budget.clone().unwrap_or_else(|| {
            let tasks = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
            let retries = self.plan.retries.unwrap_or(tasks.max(RETRIES));
            RetryBudget::new(retries.saturating_mul(COST), COST, THROTTLED_COST, 1)
        })
    }
}

/// The pause doubles, half of it is by chance, and an agent may ask for up to a day more.
fn policy(retry: Retry) -> RetryPolicy {
    let Retry { max_attempts, base_ms, max_ms } = retry;
    RetryPolicy {
        max_attempts,
        transient_ms: base_ms,
        throttle_ms: base_ms,
        factor: 2,
        cap_ms: max_ms,
        jitter: Jitter::Equal,
        retry_after_over_ms: ASKED_MAX_MS,
    }
}
