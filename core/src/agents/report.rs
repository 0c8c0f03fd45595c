//! What hosts tell of agents. The input `{"type":"agent", ...}`.

use alloc::{collections::BTreeMap, vec::Vec};

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use super::agent::{Readiness, Registration};
use crate::text::Text;

/// What there is to say of an agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct AgentReport {
    /// The agent's name.
    #[n(0)]
    pub id: Text,
    /// Which life of it this is. A process that starts anew counts up: what the old one had ends at once. What is said of a
    /// life that is over is rejected.
    #[serde(default)]
    #[n(1)]
    #[cbor(default)]
    pub incarnation: u64,
    /// What there is to say.
    #[n(2)]
    pub report: Whereabouts,
}

/// What became of an agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Whereabouts {
    /// It is there, or says something new of itself.
    #[n(0)]
    Register(#[n(0)] Profile),
    /// It is alive.
    #[n(1)]
    Heartbeat {
        /// Whether it takes work. `ready` when absent.
        #[serde(default)]
        #[n(0)]
        beat: Readiness,
    },
    /// Its process is gone, or hangs: what it had is given to others.
    #[n(2)]
    Crashed {},
    /// It is given no more work until it is resumed, and keeps what it has.
    #[n(3)]
    Pause {},
    /// A pause or a drain is over.
    #[n(4)]
    Resume {},
    /// It is given no more work; the verdict `drained` says when it has nothing left to do.
    #[n(5)]
    Drain {
        /// How long that may take, in milliseconds.
        #[n(0)]
        patience_ms: u64,
    },
    /// It is gone for good: what it had is given to others.
    #[n(6)]
    Remove {},
    /// Its process was ended in order, by its host, as for a deploy. What it had is given back: no attempt is counted, and no failure of
    /// the agent. It gets no work until its next life registers.
    #[n(7)]
    Stopped {},
}

/// What an agent says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[serde(default, deny_unknown_fields)]
#[cbor(map)]
pub struct Profile {
    /// What it can do, such as `docker` or `rust@1.88`. At most 64.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[n(0)]
    pub provides: Vec<Text>,
    /// How many tasks it takes at a time: 1 to 4096. 1 when absent.
    #[n(1)]
    pub slots: u32,
    /// The tenants it works for; all when absent. At most 64.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[n(2)]
    pub tenants: Vec<Text>,
    /// The pool it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[n(3)]
    pub pool: Option<Text>,
    /// The role its model plays, such as `code_review`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[n(4)]
    pub role: Option<Text>,
    /// Anything else that tasks may ask for, as `zone=eu`. At most 32.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[n(5)]
    pub labels: BTreeMap<Text, Text>,
    /// How often it promises to beat, in milliseconds, at most an hour. Never when absent: then only its tasks' own timeouts
    /// tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[n(6)]
    pub heartbeat_ms: Option<u64>,
    /// How long it may take to start, in milliseconds: it gets no work before its first heartbeat. It has started when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[n(7)]
    pub start_ms: Option<u64>,
    /// It stands in for specialists of pools below its own that have failed.
    #[serde(skip_serializing_if = "core::ops::Not::not")]
    #[n(8)]
    pub generalist: bool,
}

impl Default for Profile {
    fn default() -> Self {
        Self {
            provides: Vec::new(),
            slots: 1,
            tenants: Vec::new(),
            pool: None,
            role: None,
            labels: BTreeMap::new(),
            heartbeat_ms: None,
            start_ms: None,
            generalist: false,
        }
    }
}

/// What became of an agent, as a verdict tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Encode, Decode)]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
#[non_exhaustive]
pub enum AgentState {
    /// It is silent beyond what is usual, or did not start in time: what it had is given to others.
    #[n(0)]
    Suspected,
    /// It may be given work again.
    #[n(1)]
    Recovered,
    /// It was drained and has nothing left to do: it can be stopped.
    #[n(2)]
    Drained,
    /// It was to be drained and has not finished in time.
    #[n(3)]
    DrainExpired,
    /// It should be started anew.
    #[n(4)]
    Restart,
}

/// What became of a pool, as a verdict tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Encode, Decode)]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
#[non_exhaustive]
pub enum PoolState {
    /// It failed too often. It is given no work for a while; a pool above it stands in.
    #[n(0)]
    Down,
    /// It may be given work again.
    #[n(1)]
    Restored,
    /// All pools together failed too often: no restarts are asked for until then. A person should look.
    #[n(2)]
    Alarm,
}

impl AgentReport {
    /// What the registry is told of it.
    pub(crate) fn registration(&self, profile: &Profile) -> Registration {
        Registration {
            id: self.id.clone(),
            incarnation: self.incarnation,
            provides: profile.provides.clone(),
            slots: profile.slots,
            tenants: profile.tenants.clone(),
            pool: profile.pool.clone().unwrap_or_default(),
            role: profile.role.clone().unwrap_or_default(),
            labels: profile.labels.clone(),
            heartbeat_ms: profile.heartbeat_ms.unwrap_or(0),
            start_ms: profile.start_ms.unwrap_or(0),
            generalist: profile.generalist,
        }
    }
}
