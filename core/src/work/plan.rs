//! A plan is data: tasks, what they need, and what to do when one of them does not come to an end as hoped.

use alloc::{boxed::Box, vec::Vec};

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use super::short::{Key, Need};
use crate::{input::Json, text::Text};

/// A plan: a directed graph of tasks for agents and people. The input `{"type":"plan", ...}`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, Encode, Decode)]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct Plan {
    /// The plan's name, unique in its tenant. Submitted again, it is a duplicate.
    #[n(0)]
    pub id: Text,
    /// Its tasks, in the order in which equals are started.
    #[n(1)]
    pub tasks: Vec<Task>,
    /// The event or effect that led to it. Without one, the plan is the root of a chain of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(2)]
    pub cause: Option<Text>,
    /// The tenant, where there are several. Tenants share agents fairly, whatever each of them submits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(3)]
    pub tenant: Option<Text>,
    /// 1 (most urgent) to 5, for tasks that name none. 3 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(4)]
    pub priority: Option<u8>,
    /// What a task that failed for good means for the rest, for tasks that name nothing else.
    #[serde(default, skip_serializing_if = "is_default")]
    #[n(5)]
    #[cbor(default)]
    pub on_failure: OnFailure,
    /// The whole plan is cancelled after so many milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(6)]
    pub timeout_ms: Option<u64>,
    /// How much its tasks may do without asking, for tasks that name nothing else.
    #[serde(default, skip_serializing_if = "is_default")]
    #[n(7)]
    #[cbor(default)]
    pub autonomy: Autonomy,
    /// How many retries all its tasks together may cost, 0 to 1,000,000. One that succeeds costs nothing, and one for which the
    /// agent asked for time a third. When absent: 35, or as many as it has tasks, if they are more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(8)]
    pub retries: Option<u32>,
}

/// A step of a plan.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, Encode, Decode)]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct Task {
    /// Its name, unique in the list it stands in. No `/`, `[` or `]`: those name the tasks within tasks.
    #[n(0)]
    pub id: Text,
    /// The tasks that must come to an end before it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[n(1)]
    #[cbor(default)]
    pub needs: Vec<Need>,
    /// How those must have ended for it to run. Otherwise it is skipped.
    #[serde(default, skip_serializing_if = "is_default")]
    #[n(2)]
    #[cbor(default)]
    pub trigger: Trigger,
    /// What results must say for it to run, all of it. Otherwise it is skipped.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[n(3)]
    #[cbor(default)]
    pub when: Vec<Condition>,
    /// Capabilities an agent must have.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[n(4)]
    #[cbor(default)]
    pub requires: Vec<Text>,
    /// Capabilities an agent had better have.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[n(5)]
    #[cbor(default)]
    pub prefers: Vec<Text>,
    /// 1 (most urgent) to 5.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(6)]
    pub priority: Option<u8>,
    /// Its kind, for learning how long such tasks take and who is good at them. Its name when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(7)]
    pub class: Option<Text>,
    /// How long it is thought to take, in milliseconds. Better estimates give better orders; none is needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(8)]
    pub estimate_ms: Option<u64>,
    /// When to give up waiting.
    #[serde(default, skip_serializing_if = "is_default")]
    #[n(9)]
    #[cbor(default)]
    pub timeouts: Timeouts,
    /// When to try again.
    #[serde(default, skip_serializing_if = "is_default")]
    #[n(10)]
    #[cbor(default)]
    pub retry: Retry,
    /// What its failure means for the rest of the plan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(11)]
    pub on_failure: Option<OnFailure>,
    /// What the agent is given. `{"from":"build"}` stands for the result of the task `build`, which is thereby needed;
    /// `{"from":"build","field":"/log"}` for a part of it.
    #[serde(default, skip_serializing_if = "Json::is_null")]
    #[n(12)]
    #[cbor(default)]
    pub input: Json,
    /// Run it once for each element of a list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(13)]
    pub each: Option<Each>,
    /// A plan within the plan: no agent works on this task itself, it ends when all of these have ended.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[n(14)]
    #[cbor(default)]
    pub tasks: Vec<Task>,
    /// Names of which only so many tasks may be at work at a time, over all plans of the tenant.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[n(15)]
    #[cbor(default)]
    pub keys: Vec<Key>,
    /// How to undo it. It is registered before the task starts: a task that timed out may have happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(16)]
    pub compensate: Option<Box<Compensation>>,
    /// How much it may do without asking.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(17)]
    pub autonomy: Option<Autonomy>,
    /// A question to a person instead of work for an agent. The answer is the result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(18)]
    pub ask: Option<Box<Question>>,
    /// What an agent that worked on it before already has in memory: a repository, a customer. Such agents are preferred.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(19)]
    pub context: Option<Text>,
    /// It can not be undone or is delicate: proven agents are preferred over new ones.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    #[n(20)]
    #[cbor(default)]
    pub risky: bool,
    /// The pool whose agents, or those of pools within it, may do it. Any when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(21)]
    pub pool: Option<Text>,
}

/// How the needed tasks must have ended, optional ones left out.
///
/// | | runs when | is skipped when |
/// |---|---|---|
/// | `all` | all have succeeded | one failed, was cancelled or skipped |
/// | `any` | the first has succeeded; it waits for no other | none has succeeded |
/// | `none_failed` | all have ended, each succeeded or skipped | one failed or was cancelled |
/// | `always` | all have ended, also in a plan that stops after a failure | never, but cancelled with its plan |
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Encode, Decode)]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
pub enum Trigger {
    /// All have succeeded.
    #[default]
    #[n(0)]
    All,
    /// One has succeeded.
    #[n(1)]
    Any,
    /// All have ended and none has failed.
    #[n(2)]
    NoneFailed,
    /// All have ended.
    #[n(3)]
    Always,
}

/// What a result must say.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, Encode, Decode)]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct Condition {
    /// The task whose result is looked at. It is thereby needed.
    #[n(0)]
    pub from: Text,
    /// Which part of it, as a JSON pointer (RFC 6901) such as `/risk`. The whole when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(1)]
    pub field: Option<Text>,
    /// What it must equal. When absent, it must be there and be neither `false` nor `null`.
    #[serde(default, skip_serializing_if = "Json::is_null")]
    #[n(2)]
    #[cbor(default)]
    pub is: Json,
    /// Turns the condition round.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    #[n(3)]
    #[cbor(default)]
    pub not: bool,
}

/// A list to run a task for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct Each {
    /// The task whose result is or holds the list. It is thereby needed. What is no list makes the task fail.
    #[n(0)]
    pub from: Text,
    /// Which part of the result, as a JSON pointer. The whole when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(1)]
    pub field: Option<Text>,
    /// A longer list makes the task fail. 1000 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(2)]
    pub max: Option<u32>,
}

/// When to give up waiting, in milliseconds. None of them is set when absent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[serde(default, deny_unknown_fields)]
#[cbor(map)]
pub struct Timeouts {
    /// From ready to started. The task fails: no agent could be found in time.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[n(0)]
    pub schedule_to_start_ms: Option<u64>,
    /// From started to ended, for each attempt. It may be tried again.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[n(1)]
    pub start_to_close_ms: Option<u64>,
    /// From ready to the end, over all attempts. The task fails.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[n(2)]
    pub schedule_to_close_ms: Option<u64>,
    /// Longest silence of the agent. It may be tried again, from the last progress.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[n(3)]
    pub heartbeat_ms: Option<u64>,
}

/// When to try again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[serde(default, deny_unknown_fields)]
#[cbor(map)]
pub struct Retry {
    /// Attempts, the first one included: 1 to 100. 3 when absent.
    #[n(0)]
    pub max_attempts: u32,
    /// Pause before the second attempt, in milliseconds; it doubles each time, and a hash takes up to half of it off.
    #[n(1)]
    pub base_ms: u64,
    /// Longest such pause, in milliseconds. 300,000 when absent; a `base_ms` above it is refused, unless that is the usual one.
    #[n(2)]
    pub max_ms: u64,
}

impl Default for Retry {
    fn default() -> Self {
        Self { max_attempts: 3, base_ms: 1000, max_ms: 300_000 }
    }
}

/// What a task that failed for good means for the rest of its plan.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Encode, Decode)]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
pub enum OnFailure {
    /// Nothing else starts but what is triggered `always`; what runs may end.
    #[default]
    #[n(0)]
    Stop,
    /// As if it had succeeded, without a result.
    #[n(1)]
    Continue,
    /// Its dependents do as their trigger says, everything else goes on.
    #[n(2)]
    SkipDependents,
    /// What runs is cancelled, then everything that has started is undone, the last first.
    #[n(3)]
    Compensate,
}

/// How to undo a task. It runs as a task of its own, also in a cancelled plan, and is tried again if it fails.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, Encode, Decode)]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct Compensation {
    /// Capabilities an agent must have. The task's own when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(0)]
    pub requires: Option<Vec<Text>>,
    /// What the agent is given, with references as in a task's input, also to the task's own result.
    #[serde(default, skip_serializing_if = "Json::is_null")]
    #[n(1)]
    #[cbor(default)]
    pub input: Json,
    /// When to try again.
    #[serde(default, skip_serializing_if = "is_default")]
    #[n(2)]
    #[cbor(default)]
    pub retry: Retry,
    /// When to give up waiting. `start_to_close_ms` is the task's own when absent; nothing else is, and without any an undo may take for ever.
    #[serde(default, skip_serializing_if = "is_default")]
    #[n(3)]
    #[cbor(default)]
    pub timeouts: Timeouts,
}

/// How much may be done without asking a person. Each includes what stands before it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Encode, Decode)]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
pub enum Autonomy {
    /// Nothing: the task is skipped, with that reason.
    #[n(0)]
    Watch,
    /// A person is told and may say yes. Unanswered, the task is skipped.
    #[n(1)]
    Suggest,
    /// A person is asked. Without a yes the task fails.
    #[n(2)]
    Ask,
    /// Everything.
    #[default]
    #[n(3)]
    Act,
}

/// A question to a person.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, Encode, Decode)]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct Question {
    /// What to ask.
    #[n(0)]
    pub text: Text,
    /// What the answer should look like, for whoever shows the question: a JSON Schema, or a list of choices. No answer is checked
    /// against it.
    #[serde(default, skip_serializing_if = "Json::is_null")]
    #[n(1)]
    #[cbor(default)]
    pub schema: Json,
    /// How long to wait for the answer, in milliseconds. For ever when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(2)]
    pub timeout_ms: Option<u64>,
    /// The answer if none comes in time. Without one the task fails then.
    #[serde(default, skip_serializing_if = "Json::is_null")]
    #[n(3)]
    #[cbor(default)]
    pub default: Json,
    /// Whom to ask, for the host: a person, a channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(4)]
    pub to: Option<Text>,
}

/// A change of a plan that is under way: all of it or nothing. The input `{"type":"patch", ...}`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, Encode, Decode)]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct Patch {
    /// The plan.
    #[n(0)]
    pub plan: Text,
    /// Tasks to add.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[n(1)]
    #[cbor(default)]
    pub add: Vec<Task>,
    /// Tasks to drop, with what is within them. They must not have started, and nothing that stays may need them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[n(2)]
    #[cbor(default)]
    pub remove: Vec<Text>,
    /// New needs of tasks that have not started, by name, whole.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[n(3)]
    #[cbor(default)]
    pub needs: Vec<NewNeeds>,
    /// The plan's tenant, where there are several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(4)]
    pub tenant: Option<Text>,
    /// The host's name for it, 1 to 256 bytes. The same key for the same plan again is a duplicate and changes nothing, whatever
    /// else it says: so an agent that is tried again can say again what it said before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(5)]
    pub key: Option<Text>,
    /// The event or effect that led to it. What its tasks do is judged by that instead of what led to the plan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(6)]
    pub cause: Option<Text>,
}

/// What a task needs from now on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct NewNeeds {
    /// The task.
    #[n(0)]
    pub task: Text,
    /// All of its needs.
    #[n(1)]
    pub needs: Vec<Need>,
}

/// Is it what it would be if it were absent?
fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
