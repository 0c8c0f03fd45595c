//! What is asked of a table of permits, and what it answers.

use alloc::vec::Vec;

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use crate::{guard::deadline::Deadline, text::Text};

/// How much a table of permits holds. A full one refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[serde(default, deny_unknown_fields)]
#[cbor(map)]
pub struct PermitLimits {
    /// Keys. Default 10,000.
    #[n(0)]
    pub keys: u32,
    /// Requests that wait or hold. Default 100,000.
    #[n(1)]
    pub open: u32,
    /// Keys of one request. Default 16.
    #[n(2)]
    pub needs: u32,
    /// Members of one pool. Default 10,000.
    #[n(3)]
    pub members: u32,
}

impl Default for PermitLimits {
    fn default() -> Self {
        Self { keys: 10_000, open: 100_000, needs: 16, members: 10_000 }
    }
}

/// Units of a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[serde(deny_unknown_fields)]
#[cbor(array)]
pub struct Need {
    /// The key.
    #[n(0)]
    pub key: Text,
    /// How many units. At least 1.
    #[n(1)]
    pub units: u32,
}

/// Asks for units of one or more keys, all of them at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PermitRequest {
    /// Who asks. One id has one request at a time.
    pub holder: u64,
    /// Lower ones come first. Default 3.
    pub priority: u8,
    /// What is asked for; each key once.
    pub needs: Vec<Need>,
    /// How long it may be held without being renewed, in milliseconds; 0 stands for ever. Default 0.
    pub ttl_ms: u64,
    /// Wait if it can not be had at once? Default yes.
    pub wait: bool,
    /// Until when to wait. Default for ever.
    pub give_up_at: Deadline,
}

impl Default for PermitRequest {
    fn default() -> Self {
        Self { holder: 0, priority: 3, needs: Vec::new(), ttl_ms: 0, wait: true, give_up_at: Deadline::NEVER }
    }
}

/// A lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// Who has it.
    pub holder: u64,
    /// Its number: larger than that of any lease before it, of any key. Send it with every write.
    pub epoch: u64,
    /// When it ends unless it is renewed.
    pub expires: Deadline,
}

/// The answer to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Acquired {
    /// It has what it asked for.
    Granted {
        /// The lease.
        grant: Grant,
    },
    /// It waits. A [`PermitEvent`] says what becomes of it.
    Queued,
    /// It can not be had at once and did not want to wait.
    Busy,
}

/// What happened to somebody else, or later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum PermitEvent {
    /// A waiter got what it asked for.
    Granted {
        /// The lease.
        grant: Grant,
    },
    /// A lease ran out.
    Expired {
        /// Whose.
        holder: u64,
        /// Its epoch, which counts no more.
        epoch: u64,
    },
    /// A waiter's time to wait is over.
    GaveUp {
        /// Who waited.
        holder: u64,
    },
    /// A waiter will never get what it asked for: a key is drained, or has fewer units now.
    Dropped {
        /// Who waited.
        holder: u64,
        /// The key.
        key: Text,
    },
}
