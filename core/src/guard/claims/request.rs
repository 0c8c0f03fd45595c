//! What is asked of a table of claims, and what it answers.

use alloc::vec::Vec;

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use crate::{guard::permits::Grant, text::Text};

/// How much a table of claims holds, and how far order may be bent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[serde(default, deny_unknown_fields)]
#[cbor(map)]
pub struct ClaimLimits {
    /// Claims that wait or hold. One more is refused. Default 10,000.
    #[n(0)]
    pub open: u32,
    /// Keys of one claim. Default 64.
    #[n(1)]
    pub keys: u32,
    /// How many later claims may overtake, for each step of priority. Default 64.
    #[n(2)]
    pub overtakes: u32,
    /// How often one claim may be preempted. Default 3.
    #[n(3)]
    pub preemptions: u32,
}

impl Default for ClaimLimits {
    fn default() -> Self {
        Self { open: 10_000, keys: 64, overtakes: 64, preemptions: 3 }
    }
}

/// What to do when somebody else has a key, or is before us.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
pub enum OnConflict {
    /// Wait.
    #[n(0)]
    #[default]
    Queue,
    /// Leave it to an open claim that has all of our keys; without one, wait.
    #[n(1)]
    Merge,
    /// Take the keys from those of lower priority, if all in the way are; otherwise wait.
    #[n(2)]
    Preempt,
    /// Ask somebody, and wait until then.
    #[n(3)]
    Decide,
}

/// Claims a set of keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ClaimRequest {
    /// Who claims. One id has one claim at a time.
    pub id: u64,
    /// What is claimed; the same key twice is once.
    pub keys: Vec<Text>,
    /// Lower ones come first. Default 3.
    pub priority: u8,
    /// What to do about a conflict. Default to wait.
    pub on_conflict: OnConflict,
    /// How long it may be held, in milliseconds; 0 stands for ever. Default 0.
    pub ttl_ms: u64,
}

impl Default for ClaimRequest {
    fn default() -> Self {
        Self { id: 0, keys: Vec::new(), priority: 3, on_conflict: OnConflict::Queue, ttl_ms: 0 }
    }
}

/// What became of a claim, or of an answer to a question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Claimed {
    /// It has its keys.
    Granted {
        /// The lease.
        grant: Grant,
    },
    /// It waits.
    Queued,
    /// It is over: another claim does its work.
    Merged {
        /// That claim.
        into: u64,
    },
    /// It waits, and somebody should say what to do: [`Claims::on_decision`](super::Claims::on_decision).
    Ask {
        /// Who is in its way: up to 16 claims, by id.
        against: Vec<u64>,
    },
    /// It is over: somebody decided so.
    Dropped,
}

/// What somebody decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum ClaimDecision {
    /// Wait.
    Queue,
    /// Leave it to this claim, whatever its keys.
    Merge {
        /// That claim.
        into: u64,
    },
    /// As [`OnConflict::Preempt`].
    Preempt,
    /// Forget it.
    Drop,
}

/// What happened to another claim, or later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum ClaimEvent {
    /// A claim that waited has its keys.
    Granted {
        /// The lease.
        grant: Grant,
    },
    /// A claim lost its keys to another one, and waits again.
    Preempted {
        /// Which.
        id: u64,
        /// Its epoch, which counts no more.
        epoch: u64,
        /// Who has them now.
        by: u64,
    },
    /// A claim's time is over.
    Expired {
        /// Which.
        id: u64,
        /// Its epoch, which counts no more.
        epoch: u64,
    },
}
