//! Everything that can reach the state: one [`Input`] enum, journalled as it came.

mod causes;

use alloc::vec::Vec;

use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};
use serde::{Deserialize, Serialize};

pub use causes::Causes;

use crate::{
    agents::AgentReport,
    behaviour::Behaviour,
    config::Config,
    event::{Actor, Event, Property},
    id::{ChainId, EffectId},
    json::canonical,
    text::Text,
    time::Timestamp,
    work::{Beats, Patch, Plan, PlanOrder, TaskReport},
};

/// An input: the only way to change a [`crate::Broker`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Input {
    /// Something happened on a platform.
    Event(Event),
    /// The host's own code wants to do something.
    Propose(Propose),
    /// What became of an effect.
    Outcome(Outcome),
    /// A person's word.
    Command(Command),
    /// A new configuration, whole.
    Configure(Configure),
    /// Adopts a numbered behaviour of a newer version.
    Adopt(Adopt),
    /// A plan of tasks for agents.
    Plan(Plan),
    /// A change of a plan under way.
    Patch(Patch),
    /// What an agent reports of a task it was given.
    Task(TaskReport),
    /// Signs of life, many at once.
    Beats(Beats),
    /// What became of an agent.
    Agent(AgentReport),
}

macro_rules! input_from {
    ($($name:ident),*) => {$(
        impl From<$name> for Input {
            fn from(value: $name) -> Self {
                Self::$name(value)
            }
        }
    )*};
}
input_from!(Event, Propose, Outcome, Command, Configure, Adopt, Plan, Patch, Beats);

impl From<TaskReport> for Input {
    fn from(value: TaskReport) -> Self {
        Self::Task(value)
    }
}

impl From<AgentReport> for Input {
    fn from(value: AgentReport) -> Self {
        Self::Agent(value)
    }
}

/// The host's own code wants effects, and names what made it want them.
///
/// `(tenant, cause, key)` makes a proposal idempotent: proposed again, the same effect is a duplicate.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, Encode, Decode)]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct Propose {
    /// What made the host want this: the `handle` effect being answered, an event as that effect's `cause` names it, or
    /// several. An event goes by its id; where two sources use one id, the later event goes by `source/id`.
    #[n(0)]
    pub cause: Causes,
    /// What it wants, possibly nothing.
    #[n(1)]
    pub effects: Vec<Proposal>,
    /// The handler has not finished: the `handle` effect named as cause stays open until a later answer.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    #[n(2)]
    #[cbor(default)]
    pub more: bool,
    /// The tenant, where there are several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(3)]
    pub tenant: Option<Text>,
}

/// One effect the host's code wants.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, Encode, Decode)]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct Proposal {
    /// The host's name for it, repeated in every verdict. Without one, the content names it: the same effect proposed
    /// twice for one cause is a duplicate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(0)]
    pub key: Option<Text>,
    /// What to do: `comment`, `message`, `issue`, or any word the host's `perform` knows.
    #[n(1)]
    pub kind: Text,
    /// Where it lands.
    #[n(2)]
    pub subject: Text,
    /// What it concerns, when that is another thing than where it lands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(3)]
    pub about: Option<Text>,
    /// The object it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(4)]
    pub reply_to: Option<Text>,
    /// The text a person would read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(5)]
    pub text: Option<Text>,
    /// The property it sets, and to what.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(6)]
    pub writes: Option<Property>,
    /// Declared attempt `[n, m]`, n growing from 1 to m and m fixed: a bounded retry, not a loop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(7)]
    pub attempt: Option<[u32; 2]>,
    /// Declared progress, growing with each step: no repetition and, after the first, no hop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(8)]
    pub progress: Option<u64>,
    /// The declared plan it is a part of: charged to the plan's size instead of the chain's budget.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(9)]
    pub plan: Option<PlanRef>,
    /// It changes nothing on the platform: it counts as a read, not as a hop.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    #[n(10)]
    #[cbor(default)]
    pub read_only: bool,
    /// Drop it if it could not leave by then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(11)]
    pub expires_at: Option<Timestamp>,
    /// Free JSON for the host's `perform`.
    #[serde(default, skip_serializing_if = "Json::is_null")]
    #[n(12)]
    #[cbor(default)]
    pub payload: Json,
    /// The same input always leads to this effect: one exact repetition along a line is proof of a loop.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    #[n(13)]
    #[cbor(default)]
    pub deterministic: bool,
}

impl Proposal {
    /// What the effect will weigh beside its fixed part, in bytes.
    pub(crate) fn weight(&self) -> u64 {
        let payload = if self.payload.is_null() { 0 } else { self.payload.to_bytes().len() };
        (self.text.as_ref().map_or(0, |text| text.len()) + self.subject.len() + payload) as u64
    }
}

/// A declared plan and its size.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct PlanRef {
    /// The plan's id.
    #[n(0)]
    pub id: Text,
    /// How many effects it has. More than that count as undeclared. 0, if that is not known, is as many as `chain.hop_limit`.
    #[n(1)]
    pub size: u32,
}

/// What became of an effect. Accepted whatever else is full: its room was reserved with the effect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct Outcome {
    /// The effect.
    #[n(0)]
    pub effect: EffectId,
    /// Its result.
    #[n(1)]
    pub result: OutcomeResult,
    /// The effect's chain, as a cross-check: another one is rejected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(2)]
    pub chain: Option<ChainId>,
    /// The effect's tenant, where there are several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(3)]
    pub tenant: Option<Text>,
}

/// The five things that can become of an effect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum OutcomeResult {
    /// It happened.
    #[n(0)]
    Done {
        /// The id the platform gave to what was made.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[n(0)]
        object: Option<Text>,
        /// Further ids, where one effect makes several objects.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        #[n(1)]
        #[cbor(default)]
        objects: Vec<Text>,
    },
    /// The platform refused it for now, and certainly did not do it.
    #[n(1)]
    Retry {
        /// When to try again, in milliseconds from now, at most one day.
        #[n(0)]
        after_ms: u64,
    },
    /// Nobody knows whether it happened: a timeout, a reset connection, a 5xx.
    #[n(2)]
    Ambiguous {},
    /// It did not happen and will not.
    #[n(3)]
    Failed {
        /// Why, for people.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[n(0)]
        reason: Option<Text>,
    },
    /// The host decided not to do it.
    #[n(4)]
    Cancelled {},
}

/// A person's word. Accepted whatever else is full.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Encode, Decode)]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct Command {
    /// What to do.
    #[serde(rename = "do")]
    #[n(0)]
    pub order: Order,
    /// Who said so, for the record. Who may say so is the host's to check.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(1)]
    pub by: Option<Actor>,
    /// Why, for the record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(2)]
    pub reason: Option<Text>,
    /// The tenant, where there are several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(3)]
    pub tenant: Option<Text>,
}

/// What a person may order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Encode, Decode)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Order {
    /// Stop a chain: its held effects are cancelled, further ones denied, in every enforcement mode.
    #[n(0)]
    StopChain {
        /// The chain, remembered or not. Its record is there: else [`crate::Rejected::UnknownChain`] (RY1023).
        #[n(0)]
        chain: ChainId,
    },
    /// Stop everything that lands on, or concerns, a subject, which is written letter by letter as events and effects have it.
    #[n(1)]
    StopSubject {
        /// The subject.
        #[n(0)]
        subject: Text,
    },
    /// Stop every effect of the tenant; of all tenants: `stop_tenants`.
    #[n(2)]
    StopAll {},
    /// Let a stopped chain go on.
    #[n(3)]
    ResumeChain {
        /// The chain.
        #[n(0)]
        chain: ChainId,
    },
    /// Let a stopped subject go on.
    #[n(4)]
    ResumeSubject {
        /// The subject.
        #[n(0)]
        subject: Text,
    },
    /// Lift the stop of the tenant. Stopped chains and subjects stay stopped.
    #[n(5)]
    ResumeAll {},
    /// Let a held effect leave.
    #[n(6)]
    Approve {
        /// The effect.
        #[n(0)]
        effect: EffectId,
    },
    /// Drop a held effect, or one that waits to be tried again.
    #[n(7)]
    Cancel {
        /// The effect.
        #[n(0)]
        effect: EffectId,
    },
    /// Accept a clock that jumped ahead by more than `max_jump_ms`, up to `to`.
    #[n(8)]
    AcceptTime {
        /// The latest time to accept.
        #[n(0)]
        to: Timestamp,
    },
    /// Something about a plan or one of its tasks.
    #[n(9)]
    Plan {
        /// The plan.
        #[n(0)]
        plan: Text,
        /// What to do.
        #[n(1)]
        order: PlanOrder,
    },
    /// Let what is held of a rule, or on a subject, leave: the 1,024 that were held first, each as by `approve`. The decision names
    /// them. If nothing is held there, or neither is given: [`crate::Rejected::NotPossible`] (RY1021).
    #[n(10)]
    ApproveHeld {
        /// The rule, also of what its handler proposed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[n(0)]
        rule: Option<Text>,
        /// Where they land, or what they concern, written letter by letter as events and effects have it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[n(1)]
        subject: Option<Text>,
    },
    /// Stop every effect of every tenant, as `stop_all` does for each, and of those that are yet to come. The command names no tenant.
    #[n(11)]
    StopTenants {},
    /// Lift the stop of every tenant, as `resume_all` does for each, also where only that one was stopped. The command names no tenant.
    #[n(12)]
    ResumeTenants {},
}

/// A new configuration. It replaces the old one whole; what is open stays open.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Configure {
    /// The configuration.
    pub config: Config,
}

/// Adopts a behaviour of a newer version, from this record on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct Adopt {
    /// The behaviour's number.
    #[n(0)]
    pub behaviour: Behaviour,
}

/// Free JSON the core carries and never looks into.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Json(#[serde(with = "canonical")] pub serde_json::Value);

impl Json {
    /// Nothing to carry.
    #[must_use]
    pub fn is_null(&self) -> bool {
        self.0.is_null()
    }

    /// Is it nested at most `depth` deep? Asked level by level, so that no depth can exhaust the stack.
    #[must_use]
    pub fn is_shallow(&self, depth: usize) -> bool {
        let mut level = alloc::vec![&self.0];
        for _ in 0..=depth {
            let mut below = Vec::new();
            for value in level {
                match value {
                    serde_json::Value::Array(list) => below.extend(list),
                    serde_json::Value::Object(map) => below.extend(map.values()),
                    _ => {}
                }
            }
            if below.is_empty() {
                return true;
            }
            level = below;
        }
        false
    }

    /// The compact text, with its keys in order: the same in every program, whatever features of serde_json others use in it.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        // Serialising a `Value` to memory can not fail: its keys are strings.
        serde_json::to_vec(self).unwrap_or_default()
    }
}

impl PartialEq for Json {
    fn eq(&self, other: &Self) -> bool {
        // What was stored has lost how its numbers were written, where that is kept at all.
        self.0 == other.0 || self.to_bytes() == other.to_bytes()
    }
}

impl<C> Encode<C> for Json {
    fn encode<W: encode::Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), encode::Error<W::Error>> {
        e.bytes(&self.to_bytes())?.ok()
    }

    fn is_nil(&self) -> bool {
        self.is_null()
    }
}

impl<'b, C> Decode<'b, C> for Json {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
        serde_json::from_slice(d.bytes()?).map(Self).map_err(|_| decode::Error::message("free JSON is not JSON"))
    }

    fn nil() -> Option<Self> {
        Some(Self::default())
    }
}
