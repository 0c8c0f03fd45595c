//! One agent: what it said of itself, and what is known of it.

use alloc::{collections::BTreeMap, vec::Vec};
use core::fmt;

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use super::{capability::Provided, phi::Beats, scale::Because, score::Record};
use crate::{
    guard::{Breaker, Pass},
    text::Text,
    time::Timestamp,
};

/// One life of one agent: its slot in the low 20 bits, above them a count that is never used again. A process that is
/// registered anew under a higher incarnation has a new number, so what is reported for the old one finds nobody.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Encode, Decode)]
#[serde(transparent)]
#[cbor(transparent)]
pub struct AgentNo(#[n(0)] pub u64);

impl AgentNo {
    const SLOT_BITS: u32 = 20;
    /// Lives that can be told apart; a number stays below 2^53.
    pub(super) const MAX_LIVES: u64 = 1 << 33;

    pub(super) fn new(life: u64, slot: u32) -> Self {
        Self(life << Self::SLOT_BITS | u64::from(slot))
    }

    pub(super) fn slot(self) -> u32 {
        (self.0 & ((1 << Self::SLOT_BITS) - 1)) as u32
    }
}

impl fmt::Display for AgentNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What an agent says of itself when it comes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct Registration {
    /// Its name, unique in the registry. 1 to 128 bytes.
    #[n(0)]
    pub id: Text,
    /// Which life of it this is. A process that starts anew counts up; its old leases end at once. Default 0.
    #[n(1)]
    #[serde(default)]
    pub incarnation: u64,
    /// What it can do, such as `docker` or `rust@1.88`. At most 64.
    #[n(2)]
    #[serde(default)]
    pub provides: Vec<Text>,
    /// How many tasks it takes at a time. 1 to 4096, default 1.
    #[n(3)]
    #[serde(default = "one")]
    pub slots: u32,
    /// The tenants it works for; empty stands for all of them. At most 64.
    #[n(4)]
    #[serde(default)]
    pub tenants: Vec<Text>,
    /// The pool it belongs to; empty stands for the root.
    #[n(5)]
    #[serde(default)]
    pub pool: Text,
    /// The role its model plays, such as `code_review`; empty stands for none.
    #[n(6)]
    #[serde(default)]
    pub role: Text,
    /// Anything else that tasks may ask for, as `zone=eu`. At most 32.
    #[n(7)]
    #[serde(default)]
    pub labels: BTreeMap<Text, Text>,
    /// How often it promises to beat, in milliseconds, at most an hour; 0 stands for never, and silence then says nothing.
    /// Default 1000.
    #[n(8)]
    #[serde(default = "second")]
    pub heartbeat_ms: u64,
    /// How long it may take to start, in milliseconds. Until its first good heartbeat it gets no work; after this time
    /// it counts as failed. 0, the default, stands for an agent that has started when it registers.
    #[n(9)]
    #[serde(default)]
    pub start_ms: u64,
    /// It stands in for specialists of pools below its own that have failed: what it lacks then counts as preferred
    /// rather than required.
    #[n(10)]
    #[serde(default)]
    pub generalist: bool,
}

fn one() -> u32 {
    1
}

fn second() -> u64 {
    1000
}

impl Default for Registration {
    fn default() -> Self {
        Self {
            id: Text::default(),
            incarnation: 0,
            provides: Vec::new(),
            slots: 1,
            tenants: Vec::new(),
            pool: Text::default(),
            role: Text::default(),
            labels: BTreeMap::new(),
            heartbeat_ms: 1000,
            start_ms: 0,
            generalist: false,
        }
    }
}

/// What a registration led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[must_use]
pub enum Registered {
    /// A new agent.
    New {
        /// Its number.
        agent: AgentNo,
    },
    /// The same life of the same agent: what it says of itself was taken over, everything else stays.
    Updated {
        /// Its number, as before.
        agent: AgentNo,
    },
    /// A new life of a known agent. Everything that was leased to the old one has ended.
    Replaced {
        /// The new number.
        agent: AgentNo,
        /// The old one.
        was: AgentNo,
        /// Leases that ended.
        leases: u32,
    },
}

impl Registered {
    /// The number to use from now on.
    #[must_use]
    pub fn agent(&self) -> AgentNo {
        match self {
            Self::New { agent } | Self::Updated { agent } | Self::Replaced { agent, .. } => *agent,
        }
    }
}

/// What a heartbeat says: the three questions in one word.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
pub enum Readiness {
    /// Alive, but has not started yet.
    #[n(0)]
    Starting,
    /// Alive and started, but can take no work now.
    #[n(1)]
    Busy,
    /// Alive, started and ready for work.
    #[default]
    #[n(2)]
    Ready,
}

/// A slot of an agent, given to a task. Hand it back with [`super::Agents::finish`] or [`super::Agents::release`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[cbor(array)]
pub struct Lease {
    /// Whose slot.
    #[n(0)]
    pub agent: AgentNo,
    /// Which state of the agent's breaker let it pass.
    #[n(1)]
    pub pass: Pass,
}

/// How a task ended, as far as it says something of the agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was done.
    Succeeded,
    /// It was not. Counts for its breaker, unless the class is at fault: tasks of it have failed at two agents or more since one
    /// last succeeded anywhere, and this agent has succeeded at another class meanwhile.
    Failed,
    /// Nothing was heard in time, or the agent went away with it. That is the agent's own, and counts for its breaker, whatever
    /// becomes of other tasks of the class.
    TimedOut,
    /// It was not, and would not be by another one either: that says more of the task than of the agent. It counts in how likely the
    /// agent is to succeed, and not for its breaker.
    FailedForGood,
}

/// Something the host may want to act on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Notice {
    /// The agent is silent beyond what is usual, or did not start in time. It gets no more work.
    Suspected {
        /// Its number.
        agent: AgentNo,
        /// Its name.
        id: Text,
        /// Leases it holds: whoever gave them should take them back.
        leases: u32,
    },
    /// The agent may be given work again.
    Recovered {
        /// Its number.
        agent: AgentNo,
        /// Its name.
        id: Text,
    },
    /// A draining agent has nothing left to do and can be stopped.
    Drained {
        /// Its number.
        agent: AgentNo,
        /// Its name.
        id: Text,
    },
    /// A draining agent has not finished in time.
    DrainExpired {
        /// Its number.
        agent: AgentNo,
        /// Its name.
        id: Text,
        /// Leases it still holds.
        leases: u32,
    },
    /// The pool's supervisor asks for this agent to be started anew.
    Restart {
        /// Its name.
        id: Text,
        /// The pool.
        pool: Text,
    },
    /// The pool failed too often in its period. It gets no work for a while; a pool above stands in.
    Escalated {
        /// The pool that failed.
        pool: Text,
        /// The pool that stands in.
        to: Text,
        /// When the pool is tried again.
        until: Timestamp,
    },
    /// The pool may be given work again.
    PoolRestored {
        /// The pool.
        pool: Text,
    },
    /// A pool should have another number of agents.
    Scale {
        /// The pool.
        pool: Text,
        /// So many.
        agents: u32,
        /// So many would fit the load.
        wanted: u32,
        /// Why the two differ.
        because: Because,
        /// Who is to go: agents without work. They are draining.
        leave: Vec<Text>,
    },
    /// The root failed too often: nothing is restarted until its period is over. A person should look.
    Alarm {
        /// When restarting goes on.
        until: Timestamp,
    },
}

/// Is it to be given work, if it is well?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub(super) enum Mode {
    #[n(0)]
    Active,
    #[n(1)]
    Paused,
    #[n(2)]
    Draining {
        /// When patience ends; `None` once that was said.
        #[n(0)]
        deadline: Option<Timestamp>,
        /// That it is idle was said.
        #[n(1)]
        told: bool,
    },
    /// Its process was ended in order. Only its next life gets work again.
    #[n(3)]
    Stopped,
}

/// How it is.
///
/// | from | on | to |
/// |---|---|---|
/// | starting | a ready beat | ready |
/// | starting | a busy beat | doubted |
/// | starting | `start_ms` | suspected |
/// | ready | a busy beat | doubted |
/// | doubted | `good_beats` ready beats in a row | ready |
/// | ready, doubted | silence until phi is at its threshold | suspected |
/// | suspected | `good_beats` ready beats in a row | ready |
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub(super) enum Health {
    #[n(0)]
    Starting {
        #[n(0)]
        until: Timestamp,
    },
    #[n(1)]
    Ready,
    #[n(2)]
    Doubted {
        #[n(0)]
        good: u32,
    },
    #[n(3)]
    Suspected {
        #[n(0)]
        good: u32,
    },
}

#[derive(Debug, Clone, Encode, Decode)]
#[cbor(map)]
pub(super) struct Agent {
    #[n(0)]
    pub(super) no: AgentNo,
    #[n(1)]
    pub(super) profile: Registration,
    #[n(2)]
    pub(super) leases: u32,
    /// When it was last given work, as a count of all leases.
    #[n(3)]
    pub(super) last_lease: u32,
    #[n(4)]
    pub(super) record: Record,
    #[n(5)]
    pub(super) health: Health,
    #[n(6)]
    pub(super) beats: Beats,
    #[n(7)]
    pub(super) breaker: Breaker,
    #[n(8)]
    pub(super) mode: Mode,
    /// Digests of the contexts it is warm in, the oldest first.
    #[n(9)]
    pub(super) contexts: Vec<u64>,
    /// When it is looked at again; never later than something happens to it.
    #[n(10)]
    pub(super) timer: Option<Timestamp>,
    /// The breaker lets nothing pass. Set when the breaker is looked at, so that it does not depend on when one asks.
    #[n(11)]
    pub(super) barred: bool,
    /// The pass of its last lease.
    #[n(12)]
    pub(super) last_pass: Pass,
    /// When a task last succeeded here, as a count of all uses of classes; `None` for never.
    #[n(13)]
    #[cbor(default)]
    pub(super) good_at: Option<u64>,
    /// Tasks of the current pass that wait for it.
    #[cbor(skip)]
    pub(super) held: u32,
    #[cbor(skip)]
    pub(super) provided: Provided,
    /// Digest of its name, for the order of equals.
    #[cbor(skip)]
    pub(super) digest: u64,
}

impl Agent {
    /// Would it be given work, if it had a free slot?
    pub(super) fn is_eligible(&self) -> bool {
        self.health == Health::Ready && self.mode == Mode::Active && !self.barred
    }

    /// Does it count for how large its pool is?
    pub(super) fn stays(&self) -> bool {
        !matches!(self.mode, Mode::Draining { .. } | Mode::Stopped)
    }

    /// What stands against giving it work, as one number.
    pub(super) fn wellness(&self) -> u8 {
        let health = match self.health {
            Health::Ready => 0,
            Health::Starting { .. } => 1,
            Health::Doubted { .. } => 2,
            Health::Suspected { .. } => 3,
        };
        let mode = match self.mode {
            Mode::Active => 0,
            Mode::Paused => 1,
            Mode::Draining { .. } => 2,
            Mode::Stopped => 3,
        };
        health | mode << 2 | u8::from(self.barred) << 4
    }

    pub(super) fn has_room(&self) -> bool {
        self.leases.saturating_add(self.held) < self.profile.slots
    }
}
