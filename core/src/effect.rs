//! What the core answers with: effects for the host to perform.

use alloc::{boxed::Box, format, string::String, vec::Vec};

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use crate::{
    event::{Event, Property},
    id::{ChainId, EffectId, ReleaseNo},
    input::{Causes, Json, Outcome, OutcomeResult},
    text::Text,
    time::Timestamp,
    work::{Handoff, Question, TaskWhy},
};

/// Something for the host to do, and to answer with an [`crate::input::Outcome`] under the same id.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Encode, Decode)]
#[cbor(map)]
pub struct Effect {
    /// What to do.
    #[serde(flatten)]
    #[n(0)]
    pub action: Action,
    /// The same on every replay. With the broker's name it is the idempotency key: see [`Effect::idempotency_key`].
    #[n(1)]
    pub id: EffectId,
    /// The cursor to give to the next [`crate::Broker::released`] call.
    #[n(2)]
    pub release: ReleaseNo,
    /// The chain it belongs to.
    #[n(3)]
    pub chain: ChainId,
    /// What caused it: event ids, or effect ids the host named in its proposal. On the wire always a list.
    #[serde(serialize_with = "Causes::serialize_list")]
    #[n(4)]
    pub cause: Causes,
    /// Automated steps since the chain's root, this one included.
    #[n(5)]
    pub hop: u16,
    /// It left before and nobody knows what became of it: look for it on the platform before doing it again.
    #[n(6)]
    #[cbor(default)]
    pub redelivered: bool,
    /// The tenant. Absent for the default one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(7)]
    pub tenant: Option<Text>,
    /// The rule it comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(8)]
    pub rule: Option<Text>,
    /// The host's name for it, from its proposal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(9)]
    pub key: Option<Text>,
    /// Authenticated lineage, to embed where it comes back: see [`crate::chain::token`]. Absent without keys.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cbor(skip)]
    pub token: Option<Text>,
    /// W3C trace context, when the chain's root brought one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(10)]
    pub traceparent: Option<Text>,
    /// It is pointless after this time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(11)]
    pub expires_at: Option<Timestamp>,
}

/// What an effect asks for, tagged by `type`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Encode, Decode)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Action {
    /// Do something on a platform.
    #[n(0)]
    Act(#[n(0)] Act),
    /// Run the host's handler for an event, and answer with a proposal or an outcome. It stays open until then.
    #[n(1)]
    Handle(#[n(0)] Handle),
    /// Give a task to an agent. The outcome says whether it reached the agent; what the agent makes of it comes as task reports.
    #[n(2)]
    Dispatch(#[n(0)] Box<Dispatch>),
    /// Tell an agent that a dispatch is no longer its own, and to stop.
    #[n(3)]
    Recall(#[n(0)] Recall),
    /// Ask a person. The answer comes as the command that names the task.
    #[n(4)]
    Ask(#[n(0)] Inquiry),
    /// Tell an agent what became of the handoff it offered.
    #[n(5)]
    Handed(#[n(0)] Handed),
}

/// Do something on a platform.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, Encode, Decode)]
#[cbor(map)]
pub struct Act {
    /// What to do: `comment`, `message`, `issue`, or any word the host's `perform` knows. Kinds that begin with `tool.` are
    /// steps of an agent in its own workspace: they count like reads.
    #[n(0)]
    pub kind: Text,
    /// Where it lands.
    #[n(1)]
    pub subject: Text,
    /// What it concerns, when that is another thing than where it lands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(2)]
    pub about: Option<Text>,
    /// The object it answers: the proposal's, or the first message already sent there about the same thing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(3)]
    pub reply_to: Option<Text>,
    /// The text a person would read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(4)]
    pub text: Option<Text>,
    /// The property it sets, and to what.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(5)]
    pub writes: Option<Property>,
    /// It changes nothing on the platform.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    #[n(6)]
    #[cbor(default)]
    pub read_only: bool,
    /// Free JSON from the proposal.
    #[serde(default, skip_serializing_if = "Json::is_null")]
    #[n(7)]
    #[cbor(default)]
    pub payload: Json,
}

/// Give a task to an agent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Encode, Decode)]
#[cbor(map)]
pub struct Dispatch {
    /// The task, as `plan/task`.
    #[n(0)]
    pub task: Text,
    /// The agent.
    #[n(1)]
    pub agent: Text,
    /// Which attempt this is, from 1.
    #[n(2)]
    pub attempt: u32,
    /// To be repeated in every report: a report under an older one changes nothing.
    #[n(3)]
    pub epoch: u32,
    /// When it must be done. Afterwards somebody else gets it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(4)]
    pub deadline: Option<Timestamp>,
    /// The longest silence the agent may keep, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(5)]
    pub heartbeat_ms: Option<u64>,
    /// The task's input, with the results it refers to.
    #[serde(default, skip_serializing_if = "Json::is_null")]
    #[n(6)]
    #[cbor(default)]
    pub input: Json,
    /// The element of the list, for a task that runs once for each.
    #[serde(default, skip_serializing_if = "Json::is_null")]
    #[n(7)]
    #[cbor(default)]
    pub item: Json,
    /// The last progress of an earlier attempt.
    #[serde(default, skip_serializing_if = "Json::is_null")]
    #[n(8)]
    #[cbor(default)]
    pub resume_from: Json,
    /// What people answered to the agents' questions, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[n(9)]
    #[cbor(default)]
    pub answers: Vec<Json>,
    /// Another agent offers it: report `accept` or `decline` first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(10)]
    pub handoff: Option<Handoff>,
    /// The task is to be undone.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    #[n(11)]
    #[cbor(default)]
    pub undo: bool,
    /// The result of the task to undo.
    #[serde(default, skip_serializing_if = "Json::is_null")]
    #[n(12)]
    #[cbor(default)]
    pub result: Json,
}

/// Tell an agent to stop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[cbor(map)]
pub struct Recall {
    /// The task, as `plan/task`.
    #[n(0)]
    pub task: Text,
    /// The agent.
    #[n(1)]
    pub agent: Text,
    /// What it is to stop.
    #[n(2)]
    pub dispatch: EffectId,
    /// That dispatch's epoch.
    #[n(3)]
    pub epoch: u32,
    /// Why.
    #[n(4)]
    pub why: TaskWhy,
}

/// Ask a person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Encode, Decode)]
#[cbor(map)]
pub struct Inquiry {
    /// The task, as `plan/task`.
    #[n(0)]
    pub task: Text,
    /// The question.
    #[n(1)]
    pub question: Question,
    /// When an answer is no longer of use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(2)]
    pub until: Option<Timestamp>,
}

/// What became of a handoff.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[cbor(map)]
pub struct Handed {
    /// The task, as `plan/task`.
    #[n(0)]
    pub task: Text,
    /// The agent that offered it.
    #[n(1)]
    pub agent: Text,
    /// Its dispatch.
    #[n(2)]
    pub dispatch: EffectId,
    /// That dispatch's epoch.
    #[n(3)]
    pub epoch: u32,
    /// Somebody else owns the task now. Otherwise the agent still does.
    #[n(4)]
    pub accepted: bool,
    /// Why nobody has taken it, if the offer was over before its time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(5)]
    pub reason: Option<Text>,
}

impl Act {
    /// Nobody else sees it: a read, or an agent's step within its own workspace. It is no hop.
    pub(crate) fn is_inward(&self) -> bool {
        self.read_only || self.kind.starts_with("tool.")
    }
}

/// Run the host's handler for an event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Encode, Decode)]
#[cbor(map)]
pub struct Handle {
    /// Which handler, as named by the rule.
    #[n(0)]
    pub handler: Text,
    /// The event, whole: after a crash the host has nothing else.
    #[n(1)]
    pub event: Box<Event>,
}

impl Effect {
    /// An effect of the default tenant with nothing but what each one has.
    pub(crate) fn new(action: Action, id: EffectId, chain: ChainId, cause: Causes) -> Self {
        Self {
            action,
            id,
            release: ReleaseNo(0),
            chain,
            cause,
            hop: 0,
            redelivered: false,
            tenant: None,
            rule: None,
            key: None,
            token: None,
            traceparent: None,
            expires_at: None,
        }
    }

    /// The outcome "it happened", with the id the platform gave.
    #[must_use]
    pub fn done(&self, object: impl Into<Text>) -> Outcome {
        self.outcome(OutcomeResult::done(object))
    }

    /// The outcome "the platform refused it for now": try again in `after_ms` milliseconds.
    #[must_use]
    pub fn retry(&self, after_ms: u64) -> Outcome {
        self.outcome(OutcomeResult::retry(after_ms))
    }

    /// The outcome "nobody knows": a timeout, a reset connection, a 5xx.
    #[must_use]
    pub fn ambiguous(&self) -> Outcome {
        self.outcome(OutcomeResult::ambiguous())
    }

    /// The outcome "it did not happen and will not".
    #[must_use]
    pub fn failed(&self, reason: impl Into<Text>) -> Outcome {
        self.outcome(OutcomeResult::failed(reason))
    }

    /// The key to give to a platform that takes one, for a broker of this name: the same however often the effect comes.
    #[must_use]
    pub fn idempotency_key(&self, broker: &str) -> String {
        format!("{broker}/{}", self.id)
    }

    /// An outcome of this effect, in its chain and tenant.
    #[must_use]
    pub fn outcome(&self, result: OutcomeResult) -> Outcome {
        Outcome { effect: self.id, result, chain: Some(self.chain), tenant: self.tenant.clone() }
    }

    /// The platform action, if it is one.
    #[must_use]
    pub fn act(&self) -> Option<&Act> {
        match &self.action {
            Action::Act(act) => Some(act),
            _ => None,
        }
    }

    /// The dispatch, if it is one.
    #[must_use]
    pub fn dispatch(&self) -> Option<&Dispatch> {
        match &self.action {
            Action::Dispatch(dispatch) => Some(dispatch),
            _ => None,
        }
    }

    /// The handler call, if it is one.
    #[must_use]
    pub fn handle(&self) -> Option<&Handle> {
        match &self.action {
            Action::Handle(handle) => Some(handle),
            _ => None,
        }
    }
}
