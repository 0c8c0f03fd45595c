//! Where tasks and plans can stand, and why.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// Where a task stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Encode, Decode)]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
#[non_exhaustive]
pub enum TaskState {
    /// It waits for tasks it needs.
    #[default]
    #[n(0)]
    Waiting,
    /// It waits for an agent, or for a key that others hold.
    #[n(1)]
    Ready,
    /// It waits to be tried again.
    #[n(2)]
    Backoff,
    /// It waits for a person's answer.
    #[n(3)]
    Asking,
    /// An agent has it and has not said anything.
    #[n(4)]
    Leased,
    /// An agent is at it; or, for a task of tasks, they are under way.
    #[n(5)]
    Running,
    /// Its agent was told to stop.
    #[n(6)]
    Cancelling,
    /// It waits for an agent that undoes it.
    #[n(7)]
    Undoing,
    /// It is done.
    #[n(8)]
    Succeeded,
    /// It failed for good.
    #[n(9)]
    Failed,
    /// It was not needed, or what it needed did not end as its trigger asks.
    #[n(10)]
    Skipped,
    /// It was cancelled before it was done.
    #[n(11)]
    Cancelled,
    /// It had started and was undone.
    #[n(12)]
    Compensated,
}

impl TaskState {
    /// Has it come to its end?
    #[must_use]
    pub fn is_terminal(self) -> bool {
        self >= Self::Succeeded
    }

    /// Does an agent hold it?
    pub(crate) fn is_held(self) -> bool {
        matches!(self, Self::Leased | Self::Running | Self::Cancelling)
    }
}

/// Where a plan stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Encode, Decode)]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
#[non_exhaustive]
pub enum PlanState {
    /// Under way.
    #[default]
    #[n(0)]
    Running,
    /// Nothing new starts until it is resumed.
    #[n(1)]
    Paused,
    /// A task has failed; what runs may end.
    #[n(2)]
    Stopping,
    /// What runs was told to stop.
    #[n(3)]
    Cancelling,
    /// What has started is being undone, the last first.
    #[n(4)]
    Compensating,
    /// Every task has ended, and none failed that counts.
    #[n(5)]
    Succeeded,
    /// Every task has ended, and one failed.
    #[n(6)]
    Failed,
    /// It was cancelled.
    #[n(7)]
    Cancelled,
    /// What had started is undone.
    #[n(8)]
    Compensated,
}

impl PlanState {
    /// Has it come to its end?
    #[must_use]
    pub fn is_terminal(self) -> bool {
        self >= Self::Succeeded
    }
}

/// Why a task ended, or waits, the way it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Encode, Decode)]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
#[non_exhaustive]
pub enum TaskWhy {
    /// What it needed did not end as its trigger asks.
    #[n(0)]
    Needs,
    /// A condition does not hold.
    #[n(1)]
    Condition,
    /// An earlier failure stopped the plan.
    #[n(2)]
    Stopped,
    /// A person, or a rule, cancelled it.
    #[n(3)]
    Cancelled,
    /// A person said to leave it out.
    #[n(4)]
    Skipped,
    /// Its autonomy does not reach so far, and nobody said yes.
    #[n(5)]
    Autonomy,
    /// No agent took it in time.
    #[n(6)]
    ScheduleToStart,
    /// The attempt took too long.
    #[n(7)]
    StartToClose,
    /// All attempts together took too long.
    #[n(8)]
    ScheduleToClose,
    /// Its agent fell silent.
    #[n(9)]
    Heartbeat,
    /// Its agent is gone.
    #[n(10)]
    AgentGone,
    /// Its agent reported a failure.
    #[n(11)]
    Reported,
    /// The dispatch did not reach its agent.
    #[n(12)]
    Undelivered,
    /// Nobody answered in time.
    #[n(13)]
    Unanswered,
    /// A person said no.
    #[n(14)]
    Refused,
    /// What it was to run for is not a list, or too long a one.
    #[n(15)]
    NoList,
    /// A task within it failed.
    #[n(16)]
    Inner,
    /// Its agent was told to stop and did not say that it has.
    #[n(17)]
    DidNotStop,
    /// It was handed over.
    #[n(18)]
    HandedOver,
    /// The plan ran out of time.
    #[n(19)]
    PlanTimeout,
    /// Its agent declined it.
    #[n(20)]
    Declined,
    /// So much of the plan came to nothing that it was not tried again.
    #[n(21)]
    Budget,
    /// It was handed over too often: its owner keeps it.
    #[n(22)]
    Handoffs,
    /// Its agents asked too often.
    #[n(23)]
    Questions,
    /// What its agent was to be given is too large.
    #[n(24)]
    TooLarge,
    /// It waits, and nobody is there who can do it.
    #[n(25)]
    Nobody,
    /// There is no room for the tasks of its list.
    #[n(26)]
    Full,
    /// A patch removed it. A rerun leaves it out.
    #[n(27)]
    Removed,
    /// Its input refers to a part of a result that is not there.
    #[n(28)]
    Absent,
    /// Its agent was stopped in order.
    #[n(29)]
    AgentStopped,
}
