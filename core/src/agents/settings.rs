//! What can be set, and what can be wrong.

use alloc::string::String;

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use crate::{
    guard::{BreakerPolicy, GuardError},
    text::Text,
};

/// Most agents a registry can be configured for: their numbers carry the slot in 20 bits.
pub const MAX_AGENTS: u32 = 1 << 20;
/// Most distinct names of capabilities in one registry.
pub const MAX_WORDS: u32 = 256;

/// How a registry behaves. The defaults are those of the documentation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[serde(default, deny_unknown_fields)]
#[cbor(map)]
pub struct Settings {
    /// Seeds the order of equals, so that two registries with the same agents do not choose in step. Default 0.
    #[n(0)]
    pub seed: u64,
    /// Most agents at a time. Default 10 000, at most [`MAX_AGENTS`].
    #[n(1)]
    pub agents: u32,
    /// Most pools. Default 256.
    #[n(2)]
    pub pools: u32,
    /// Most classes of tasks that are remembered; the one that finished longest ago is forgotten. Default 1024.
    #[n(3)]
    pub classes: u32,
    /// Most classes that are remembered per agent. Default 16.
    #[n(4)]
    pub classes_per_agent: u32,
    /// Most contexts an agent is taken to be warm in; the oldest is forgotten. Default 4.
    #[n(5)]
    pub contexts_per_agent: u32,
    /// When silence becomes suspicion.
    #[n(6)]
    pub phi: Phi,
    /// What a failed try costs beside the try itself: noticing it, and backing off. Milliseconds, default 5000.
    #[n(7)]
    pub retry_cost_ms: u64,
    /// A free agent is taken instead of waiting for a better one if its cost is at most this many thousandths of the
    /// better one's. Default 1500.
    #[n(8)]
    pub patience_permille: u32,
    /// How many standard deviations above its mean an agent's chance of success is rated, in thousandths. 0 by default;
    /// 500 to 1000 explores. A risky task is rated at -1000 whatever this says.
    #[n(9)]
    pub optimism_permille: i32,
    /// How long an agent runs that has the task's context already, in thousandths. Default 800; 600 to 1000 is sensible.
    #[n(10)]
    pub warm_permille: u32,
    /// How much longer an agent runs for each preferred capability it lacks, in thousandths. Default 250.
    #[n(11)]
    pub missing_preferred_permille: u32,
    /// How long a task of an unknown class without an estimate is taken to run, in milliseconds. Default 60 000.
    #[n(12)]
    pub default_duration_ms: u64,
    /// How often everything learned fades by a tenth, in milliseconds. Default 600 000.
    #[n(13)]
    pub epoch_ms: u64,
    /// How many good heartbeats in a row end doubt about an agent's health. Default 2.
    #[n(14)]
    pub good_beats: u32,
    /// When an agent that fails is left alone. Default [`BreakerPolicy::agent`].
    #[n(15)]
    pub breaker: BreakerPolicy,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            seed: 0,
            agents: 10_000,
            pools: 256,
            classes: 1024,
            classes_per_agent: 16,
            contexts_per_agent: 4,
            phi: Phi::default(),
            retry_cost_ms: 5000,
            patience_permille: 1500,
            optimism_permille: 0,
            warm_permille: 800,
            missing_preferred_permille: 250,
            default_duration_ms: 60_000,
            epoch_ms: 600_000,
            good_beats: 2,
            breaker: BreakerPolicy::agent(),
        }
    }
}

/// When silence becomes suspicion: the phi accrual failure detector (Hayashibara et al., 2004), with Akka's pause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[serde(default, deny_unknown_fields)]
#[cbor(map)]
pub struct Phi {
    /// Suspicion starts when a heartbeat as late as this one would come once in 10^threshold. 1 to 16, default 8.
    #[n(0)]
    pub threshold: u32,
    /// How many intervals are remembered. Default 1000.
    #[n(1)]
    pub window: u32,
    /// How much silence beyond the usual is forgiven (a collection of garbage, a lost packet). Milliseconds, default 3000.
    #[n(2)]
    pub pause_ms: u64,
    /// The least standard deviation, so that a very regular agent is not suspected for a hiccup. Milliseconds, default 100.
    #[n(3)]
    pub min_deviation_ms: u64,
}

impl Default for Phi {
    fn default() -> Self {
        Self { threshold: 8, window: 1000, pause_ms: 3000, min_deviation_ms: 100 }
    }
}

/// Why the registry refused. Nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AgentError {
    /// A required text is empty.
    #[error("`{field}` is empty; give it a value")]
    Empty {
        /// The field.
        field: &'static str,
    },
    /// A text or list is too long.
    #[error("`{field}` has a length of {len}, the limit is {limit}; shorten it")]
    TooLong {
        /// The field.
        field: &'static str,
        /// Its length.
        len: usize,
        /// The limit.
        limit: usize,
    },
    /// A number is out of range.
    #[error("`{field}` is {value}, it must be {expected}")]
    OutOfRange {
        /// The field.
        field: &'static str,
        /// Its value.
        value: u64,
        /// The range.
        expected: &'static str,
    },
    /// A capability or requirement is not of the documented form.
    #[error("`{text}` is no capability: {reason}")]
    Capability {
        /// The text as given.
        text: Text,
        /// What is wrong.
        reason: &'static str,
    },
    /// A table has no room.
    #[error("`{limit_name}` is full at {limit}; remove what is not needed, or raise the limit")]
    Full {
        /// The limit's name in [`Settings`], or `capability_names`.
        limit_name: &'static str,
        /// The limit.
        limit: u32,
    },
    /// A registration or heartbeat of a life of the agent that is over.
    #[error("agent `{id}` is at incarnation {current}, not {given}; a process that started anew counts up")]
    StaleIncarnation {
        /// The agent.
        id: Text,
        /// The incarnation given.
        given: u64,
        /// The one that is registered.
        current: u64,
    },
    /// No such agent, or it has been replaced.
    #[error("agent `{id}` is not registered; register it first")]
    UnknownAgent {
        /// The agent as given.
        id: Text,
    },
    /// No such pool.
    #[error("pool `{id}` does not exist; add it before what is in it")]
    UnknownPool {
        /// The pool as given.
        id: Text,
    },
    /// The pool can not be changed like that.
    #[error("pool `{id}`: {reason}")]
    Pool {
        /// The pool.
        id: Text,
        /// What is wrong, and what to do.
        reason: &'static str,
    },
    /// The breaker of the settings can not be used.
    #[error("settings.breaker: {0}")]
    Breaker(GuardError),
    /// The example registry or a stored one can not be read.
    #[error("not a registry: {reason}")]
    Malformed {
        /// What is wrong.
        reason: String,
    },
}

impl AgentError {
    /// The stable number, for example `RY1301`. The message does not begin with it, because it is mostly part of another one.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Empty { .. } => "RY1301",
            Self::TooLong { .. } => "RY1302",
            Self::OutOfRange { .. } => "RY1303",
            Self::Capability { .. } => "RY1304",
            Self::Full { .. } => "RY1305",
            Self::StaleIncarnation { .. } => "RY1306",
            Self::UnknownAgent { .. } => "RY1307",
            Self::UnknownPool { .. } => "RY1308",
            Self::Pool { .. } => "RY1309",
            Self::Breaker(_) => "RY1310",
            Self::Malformed { .. } => "RY1311",
        }
    }
}
