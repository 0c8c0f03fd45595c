//! When the core wants to be called again.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// When the core wants to be called again, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Encode)]
#[cbor(map)]
pub struct Wakeup {
    /// Call [`crate::Broker::advance`] at this time.
    #[n(0)]
    pub at: Timestamp,
    /// What is due then.
    #[n(1)]
    pub reason: WakeReason,
}

/// Why the core wants to be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Encode, Decode)]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
#[non_exhaustive]
pub enum WakeReason {
    /// An effect's outcome is overdue then.
    #[n(0)]
    OutcomeDue,
    /// An effect is to be tried again.
    #[n(1)]
    RetryDue,
    /// A hold ends.
    #[n(2)]
    HoldEnds,
    /// An effect's `expires_at` passes.
    #[n(3)]
    Expires,
    /// Work is left over: call again at once.
    #[n(4)]
    Backlog,
    /// A task or an agent is due: a timeout, a retry, a silence.
    #[n(5)]
    Work,
    /// The time last given is too far ahead to be believed, so nothing is due: set the clock right, or submit
    /// `accept_time`. Look at the clock again then.
    #[n(6)]
    Clock,
}
