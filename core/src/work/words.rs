//! What the plan machine is told beside plans, what it says, and what it keeps for later.

use alloc::boxed::Box;

use minicbor::{Decode, Encode};

use super::{
    plan::Question,
    run::{Lease, Place},
    states::{PlanState, TaskState, TaskWhy},
    turns::Turns,
};
use crate::{
    agents::Outcome,
    id::{ChainId, EffectId, Seq},
    text::Text,
    time::Timestamp,
};

/// How much there may be at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorkLimits {
    /// Plans, under way or ended. Of those that have ended, the oldest of the tenant with the most plans is forgotten to make room.
    pub plans: u32,
    /// Tasks of all plans together. A plan or patch that does not fit is rejected, a list that does not fit fails.
    pub tasks: u32,
    /// Plans of one tenant that have not ended.
    pub tenant_plans: u32,
    /// Tasks of one tenant's plans that have not ended.
    pub tenant_tasks: u32,
    /// How often agents may go round.
    pub turns: Turns,
}

impl WorkLimits {
    /// Of a plan by itself, where room was asked of the whole.
    pub(crate) fn without_room(self) -> Self {
        let most = u32::MAX;
        Self { plans: most, tasks: most, tenant_plans: most, tenant_tasks: most, ..self }
    }
}

impl Default for WorkLimits {
    fn default() -> Self {
        let (tenant_plans, tenant_tasks) = (u32::MAX, u32::MAX);
        Self { plans: 4096, tasks: 1_000_000, tenant_plans, tenant_tasks, turns: Turns::default() }
    }
}

/// Where a plan, or a patch of one, comes from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Origin {
    /// The number of its tenant.
    pub tenant: u32,
    /// The chain it belongs to.
    pub chain: ChainId,
    /// Automated steps before it.
    pub hop: u16,
    /// A person, or the breaker, has stopped its chain: it begins paused, and nothing of it starts until that is lifted.
    pub stopped: bool,
    /// The event that led to it. What its agents do is done because of that.
    pub event: Option<Seq>,
    /// The effect that led to it, or to that event.
    pub parent: Option<EffectId>,
}

/// What the machine has to say after an input.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Word {
    /// A task went into this state.
    Task(Place, TaskState),
    /// A plan went into this state.
    Plan(u32, PlanState),
    /// An agent's slot is free again.
    Freed {
        /// The agent.
        agent: Text,
        /// The task it had.
        at: Place,
        /// The dispatch.
        dispatch: EffectId,
        /// How the task ended, as far as that says something of the agent.
        outcome: Option<Outcome>,
        /// How long it had the task, in milliseconds.
        ms: u64,
    },
    /// An agent is to stop working on a dispatch.
    Recall {
        /// The task.
        at: Place,
        /// The agent.
        agent: Text,
        /// What it is to stop.
        dispatch: EffectId,
        /// The dispatch's epoch.
        epoch: u32,
        /// Why.
        why: TaskWhy,
    },
    /// A person is to be asked.
    Ask {
        /// The task.
        at: Place,
        /// The question.
        question: Box<Question>,
        /// When an answer is no longer of use.
        until: Option<Timestamp>,
    },
    /// What became of the handoff an agent offered.
    Handed {
        /// The task.
        at: Place,
        /// The agent that offered it.
        agent: Text,
        /// Its dispatch.
        dispatch: EffectId,
        /// Its epoch.
        epoch: u32,
        /// Has somebody else taken the task?
        accepted: bool,
        /// Why nobody has, if it is known before the offer's time is over.
        reason: Option<Text>,
    },
    /// A task waits, and nobody is there who can do it.
    Nobody(Place),
    /// A report came too late and changed nothing.
    Late(Place, EffectId),
}

impl Word {
    pub(crate) fn recall(at: Place, lease: &Lease, why: TaskWhy) -> Self {
        Self::Recall { at, agent: lease.agent.clone(), dispatch: lease.dispatch, epoch: lease.epoch, why }
    }

    pub(crate) fn handed(at: Place, lease: &Lease, accepted: bool, reason: Option<Text>) -> Self {
        let (agent, dispatch, epoch) = (lease.agent.clone(), lease.dispatch, lease.epoch);
        Self::Handed { at, agent, dispatch, epoch, accepted, reason }
    }
}

/// What is still to be done about an end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(crate) struct Todo {
    #[n(0)]
    pub(crate) kind: Chore,
    #[n(1)]
    pub(crate) at: Place,
    /// How far it has come; of a lost task, the epoch.
    #[n(2)]
    pub(crate) from: u32,
}

impl Todo {
    /// The task, and its epoch, if its agent is gone and can not be told anything. With how it went.
    pub(crate) fn if_gone(&self) -> Option<((Place, u32), Chore)> {
        matches!(self.kind, Chore::Gone | Chore::Returned).then_some(((self.at, self.from), self.kind))
    }
}

/// The kinds of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub(crate) enum Chore {
    /// Tell the dependents of a task that it has ended.
    #[n(0)]
    Tell,
    /// Look at all tasks from a number on: may they start?
    #[n(1)]
    Start,
    /// End what has not started, after a failure.
    #[n(2)]
    Stop,
    /// End everything.
    #[n(3)]
    Cancel,
    /// The tasks within a task may start.
    #[n(4)]
    Inner,
    /// The tasks within a task end with it: it never began.
    #[n(5)]
    Drop,
    /// The agent that has a task under this epoch is gone, and can not be told anything.
    #[n(6)]
    Gone,
    /// The same, but it may be at work, and is told to stop.
    #[n(7)]
    Astray,
    /// A person leaves a task out.
    #[n(8)]
    Skip,
    /// The agent that has a task under this epoch was stopped in order: the task is given back.
    #[n(9)]
    Returned,
}
