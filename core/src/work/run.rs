//! One plan under way: its tasks as numbered nodes, and where each of them stands.

use alloc::{
    boxed::Box,
    collections::{BTreeMap, BTreeSet},
    vec::Vec,
};

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use super::{
    alarms::Alarm,
    led::Led,
    plan::{Autonomy, Each, OnFailure, Plan, Question, Retry, Task, Timeouts},
    report::Handoff,
    returned::Returned,
    states::{PlanState, TaskState, TaskWhy},
    turns::Turned,
};
use crate::{
    det::{TextKey, gather},
    guard::RetryBudget,
    id::{ChainId, EffectId, Seq},
    input::Json,
    text::Text,
    time::Timestamp,
};

/// A task of a plan: where in the machine it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(array)]
pub struct Place {
    /// The plan's number: plans are numbered as they come.
    #[n(0)]
    pub plan: u32,
    /// The task's number in it.
    #[n(1)]
    pub task: u32,
}

/// A task in the hands of an agent.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(crate) struct Lease {
    #[n(0)]
    pub(crate) dispatch: EffectId,
    #[n(1)]
    pub(crate) agent: Text,
    #[n(2)]
    pub(crate) epoch: u32,
    #[n(3)]
    pub(crate) at: Timestamp,
    /// When its agent was first heard of, where that did not start the task.
    #[n(4)]
    pub(crate) heard: Option<Timestamp>,
}

/// A task that is offered to another agent while its owner keeps it.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
#[cbor(array)]
pub(crate) struct Offer {
    #[n(0)]
    pub(crate) handoff: Handoff,
    /// Who has it before them, none while it waits for somebody.
    #[n(1)]
    pub(crate) lease: Option<Lease>,
    /// Who has declined, or is not to have it again.
    #[n(2)]
    pub(crate) declined: Vec<Text>,
}

/// Something that happened to a task, for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[cbor(map)]
pub struct Moment {
    /// When.
    #[n(0)]
    pub at: Timestamp,
    /// Into which state it went.
    #[n(1)]
    pub state: TaskState,
    /// The agent, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(2)]
    pub agent: Option<Text>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(3)]
    pub why: Option<TaskWhy>,
}

/// What a task had come to before it was undone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[cbor(map)]
pub struct Before {
    /// How it had ended.
    #[n(0)]
    pub state: TaskState,
    /// Why it ended that way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(1)]
    pub why: Option<TaskWhy>,
    /// The reason its agent gave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(2)]
    pub reason: Option<Text>,
    /// Attempts it took.
    #[n(3)]
    pub attempt: u32,
    /// Who had it last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(4)]
    pub agent: Option<Text>,
}

/// A report that came too late to change anything.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Encode, Decode)]
#[cbor(map)]
pub struct Late {
    /// When it came.
    #[n(0)]
    pub at: Timestamp,
    /// The dispatch it is about.
    #[n(1)]
    pub dispatch: EffectId,
    /// Its result, if it had one.
    #[serde(default, skip_serializing_if = "Json::is_null")]
    #[n(2)]
    #[cbor(default)]
    pub result: Json,
}

/// Most late reports and moments kept of one task. Later ones of the former, earlier ones of the latter are dropped.
pub(crate) const KEPT: usize = 32;

/// A task and where it stands.
#[derive(Debug, Clone, Default, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Node {
    /// As it was given, without the tasks within it and without its id.
    #[n(0)]
    pub(crate) spec: Box<Task>,
    /// The whole name, such as `release/deploy[2]`.
    #[n(1)]
    pub(crate) name: Text,
    /// The task it is within.
    #[n(2)]
    pub(crate) parent: Option<u32>,
    /// What it needs, and whether that counts.
    #[n(3)]
    pub(crate) needs: Vec<(u32, bool)>,
    #[n(4)]
    pub(crate) state: TaskState,
    #[n(5)]
    pub(crate) why: Option<TaskWhy>,
    /// The reason an agent gave.
    #[n(6)]
    pub(crate) reason: Option<Text>,
    /// Needs that have not ended, and one for a task that is to start before those within it.
    #[n(7)]
    pub(crate) waiting: u32,
    /// Tasks within it that have not ended.
    #[n(8)]
    pub(crate) inner: u32,
    #[n(9)]
    pub(crate) attempt: u32,
    /// Grows with each dispatch.
    #[n(10)]
    pub(crate) epoch: u32,
    #[n(11)]
    pub(crate) lease: Option<Lease>,
    #[n(12)]
    pub(crate) offer: Option<Box<Offer>>,
    /// Since when it is ready, and since when it was so for the first time.
    #[n(13)]
    pub(crate) ready_at: Timestamp,
    #[n(14)]
    pub(crate) first_ready_at: Option<Timestamp>,
    #[n(15)]
    pub(crate) done: u64,
    #[n(16)]
    pub(crate) of: Option<u64>,
    /// What a replacement resumes from.
    #[n(17)]
    pub(crate) progress: Json,
    #[n(18)]
    pub(crate) result: Json,
    #[n(19)]
    pub(crate) result_ref: Option<Text>,
    /// Answers of people, in order.
    #[n(20)]
    pub(crate) answers: Vec<Json>,
    /// The open question of its agent.
    #[n(21)]
    pub(crate) question: Option<Box<Question>>,
    /// A person has said yes.
    #[n(22)]
    pub(crate) approved: bool,
    /// A person chose the agent.
    #[n(23)]
    pub(crate) pinned: Option<Text>,
    /// Agents that failed at it.
    #[n(24)]
    pub(crate) avoid: Vec<Text>,
    /// Which element of the list it runs for.
    #[n(25)]
    pub(crate) index: Option<u32>,
    #[n(26)]
    pub(crate) late: Vec<Late>,
    #[n(27)]
    pub(crate) moments: Vec<Moment>,
    /// Armed alarms.
    #[n(28)]
    pub(crate) alarms: Vec<(Alarm, Timestamp)>,
    /// 1 to 5, less after a long wait.
    #[n(29)]
    pub(crate) class: u8,
    /// How much hangs on it: see `order`.
    #[n(30)]
    pub(crate) rank: u32,
    /// It is being undone, with attempts of its own.
    #[n(31)]
    pub(crate) undo: bool,
    /// It failed, and the plan goes on as if it had not.
    #[n(32)]
    pub(crate) tolerated: bool,
    /// Its dispatches, the latest ones.
    #[n(33)]
    pub(crate) past: Vec<EffectId>,
    /// The question it will ask when its plan is resumed, or when there is room.
    #[n(34)]
    pub(crate) unasked: Option<Box<Question>>,
    /// What its latest retry took from the plan's budget.
    #[n(35)]
    pub(crate) paid: Option<u32>,
    /// How often it went round among agents. Absent until it does.
    #[n(36)]
    pub(crate) turned: Option<Box<Turned>>,
    /// Why nobody is there for it, since it waits. Said once.
    #[n(37)]
    pub(crate) nobody: Option<Text>,
    /// The effect that asks its question, as long as that is open.
    #[n(38)]
    pub(crate) asked: Option<EffectId>,
    /// What it had come to before it was undone.
    #[n(39)]
    pub(crate) before: Option<Box<Before>>,
    /// How often it was given back at this attempt. Absent until it is.
    #[n(40)]
    pub(crate) returned: Option<Box<Returned>>,
    /// What led to the patch that added it, where that said so.
    #[n(41)]
    pub(crate) led: Option<Box<Led>>,
    /// Its first dispatch since it began, was rerun, or began to be undone.
    #[n(42)]
    #[cbor(default)]
    pub(crate) first: Option<EffectId>,
    /// What needs it. Derived.
    #[cbor(skip)]
    pub(crate) dependents: Vec<u32>,
    /// What is within it. Derived.
    #[cbor(skip)]
    pub(crate) children: Vec<u32>,
}

impl Node {
    pub(crate) fn retry(&self) -> Retry {
        match (&self.spec.compensate, self.undo) {
            (Some(undo), true) => undo.retry,
            _ => self.spec.retry,
        }
    }

    pub(crate) fn timeouts(&self) -> Timeouts {
        match (&self.spec.compensate, self.undo) {
            // One that hangs must not keep its plan for ever.
            (Some(undo), true) => Timeouts {
                start_to_close_ms: undo.timeouts.start_to_close_ms.or(self.spec.timeouts.start_to_close_ms),
                ..undo.timeouts
            },
            _ => self.spec.timeouts,
        }
    }

    /// What an agent must be able to do.
    pub(crate) fn requires(&self) -> &[Text] {
        let other = match (&self.offer, &self.spec.compensate, self.undo) {
            (Some(offer), _, _) => offer.handoff.requires.as_deref(),
            (None, Some(undo), true) => undo.requires.as_deref(),
            _ => None,
        };
        other.unwrap_or(&self.spec.requires)
    }

    /// Agents that had better not have it; of an offered task, that must not.
    pub(crate) fn avoids(&self) -> Vec<Text> {
        let Some(offer) = &self.offer else { return self.avoid.clone() };
        offer.declined.iter().chain(self.lease.as_ref().map(|owner| &owner.agent)).cloned().collect()
    }

    /// The only agent that may have it. A pin is to the task, not to what undoes it: that must not wait for one agent.
    pub(crate) fn only(&self) -> Option<&Text> {
        match &self.offer {
            Some(offer) => offer.handoff.to.as_ref().or(self.pinned.as_ref()),
            None => self.pinned.as_ref().filter(|_| !self.undo),
        }
    }

    pub(crate) fn each(&self) -> Option<&Each> {
        self.spec.each.as_ref().filter(|_| self.index.is_none())
    }

    pub(crate) fn is_group(&self) -> bool {
        self.each().is_some() || !self.children.is_empty()
    }

    /// Its kind, for learning.
    pub(crate) fn class(&self) -> &Text {
        self.spec.class.as_ref().unwrap_or(&self.spec.id)
    }

    /// Has its agent started it since it was given it? Where that is so long ago that it is not remembered, it has.
    pub(crate) fn has_begun(&self) -> bool {
        let last = self.moments.iter().rev().map(|moment| moment.state);
        last.into_iter().find(|state| matches!(state, TaskState::Leased | TaskState::Running))
            != Some(TaskState::Leased)
    }

    /// Was nothing heard yet of the agent that has it?
    pub(crate) fn is_unheard(&self) -> bool {
        !self.has_begun() && self.lease.as_ref().is_some_and(|lease| lease.heard.is_none())
    }

    /// What it has come to, kept for when it is undone.
    pub(crate) fn so_far(&self) -> Before {
        let agent = self.moments.iter().rev().find_map(|moment| moment.agent.clone());
        let (state, why, reason, attempt) = (self.state, self.why, self.reason.clone(), self.attempt);
        Before { state, why, reason, attempt, agent }
    }

    pub(crate) fn note(&mut self, at: Timestamp, agent: Option<Text>, why: Option<TaskWhy>) {
        if self.moments.len() == KEPT {
            self.moments.remove(0);
        }
        self.moments.push(Moment { at, state: self.state, agent, why });
    }
}

/// A plan under way.
#[derive(Debug, Clone, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Run {
    /// As it was given, without its tasks.
    #[n(0)]
    pub(crate) plan: Plan,
    #[n(1)]
    pub(crate) tenant: u32,
    #[n(2)]
    pub(crate) chain: ChainId,
    /// Automated steps before it.
    #[n(3)]
    pub(crate) hop: u16,
    #[n(4)]
    pub(crate) state: PlanState,
    /// What it was before a person paused it.
    #[n(5)]
    pub(crate) paused: bool,
    #[n(6)]
    pub(crate) nodes: Vec<Node>,
    /// Tasks that have not ended.
    #[n(7)]
    pub(crate) open: u32,
    /// Tasks that agents hold.
    #[n(8)]
    pub(crate) held: u32,
    /// What is to be undone if it comes to that, in the order of starting.
    #[n(9)]
    pub(crate) undo: Vec<u32>,
    /// A failure that counts.
    #[n(10)]
    pub(crate) failed: bool,
    #[n(11)]
    pub(crate) cancelled: bool,
    #[n(12)]
    pub(crate) submitted_at: Timestamp,
    #[n(13)]
    pub(crate) ended_at: Option<Timestamp>,
    /// What has started is to be undone before the plan ends.
    #[n(14)]
    pub(crate) compensate: bool,
    /// It was paused because a person stopped its chain or its tenant.
    #[n(16)]
    pub(crate) stopped: bool,
    /// Something could not be undone.
    #[n(15)]
    pub(crate) undo_failed: bool,
    /// How many retries are left to its tasks together. Absent until the first one.
    #[n(17)]
    pub(crate) budget: Option<RetryBudget>,
    /// How often it was patched, since it began or was rerun. Absent until the first time.
    #[n(18)]
    pub(crate) patches: Option<u32>,
    /// The event that led to it.
    #[n(19)]
    #[cbor(default)]
    pub(crate) event: Option<Seq>,
    /// The effect that led to it, or to that event.
    #[n(20)]
    #[cbor(default)]
    pub(crate) parent: Option<EffectId>,
    /// Why it was cancelled, if not by a person.
    #[n(21)]
    #[cbor(default)]
    pub(crate) why: Option<TaskWhy>,
    /// The keys of its patches with the records that brought them, the latest last. Absent until the first one.
    #[n(22)]
    #[cbor(default)]
    pub(crate) keys: Option<Vec<(TextKey, Seq)>>,
    /// Tasks by name. Derived.
    #[cbor(skip)]
    pub(crate) names: BTreeMap<Text, u32>,
    /// The chains of tasks that patches have added. Derived.
    #[cbor(skip)]
    pub(crate) added: BTreeSet<ChainId>,
}

impl Run {
    pub(crate) fn node(&self, task: u32) -> Option<&Node> {
        self.nodes.get(task as usize)
    }

    /// What is said of its tasks when it is cancelled.
    pub(crate) fn cancelled_because(&self) -> TaskWhy {
        self.why.unwrap_or(TaskWhy::Cancelled)
    }

    pub(crate) fn autonomy(&self, node: &Node) -> Autonomy {
        node.spec.autonomy.unwrap_or(self.plan.autonomy)
    }

    pub(crate) fn on_failure(&self, node: &Node) -> OnFailure {
        node.spec.on_failure.unwrap_or(self.plan.on_failure)
    }

    /// May something new start that is triggered in the ordinary way?
    pub(crate) fn goes_on(&self) -> bool {
        matches!(self.state, PlanState::Running)
    }

    /// Its state as people are told it.
    pub(crate) fn shown(&self) -> PlanState {
        if self.paused && !self.state.is_terminal() { PlanState::Paused } else { self.state }
    }

    /// May the question of a task be asked now? In a plan that is being ended, only what undoes something asks.
    pub(crate) fn may_pose(&self, node: &Node) -> bool {
        !self.paused && (node.undo || matches!(self.state, PlanState::Running | PlanState::Stopping))
    }

    /// Rebuilds what is derived.
    pub(crate) fn index(&mut self) {
        self.names = gather((0..).zip(&self.nodes).map(|(at, node)| (node.name.clone(), at)));
        self.added = gather(self.nodes.iter().filter_map(|node| Some(node.led.as_ref()?.chain)));
        for at in 0..self.nodes.len() {
            self.link(at);
        }
    }

    /// Tells the neighbours of a node that it is there.
    pub(crate) fn link(&mut self, at: usize) {
        let number = u32::try_from(at).unwrap_or(u32::MAX);
        let Some(node) = self.nodes.get(at) else { return };
        let (needs, parent) = (node.needs.clone(), node.parent);
        for (need, _) in needs {
            if let Some(other) = self.nodes.get_mut(need as usize) {
                other.dependents.push(number);
            }
        }
        if let Some(other) = parent.and_then(|parent| self.nodes.get_mut(parent as usize)) {
            other.children.push(number);
        }
    }
}
