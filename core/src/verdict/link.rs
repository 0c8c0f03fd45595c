//! By what an event is known to come of an effect.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use crate::id::EffectId;

/// How an event is linked to one of our effects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct Link {
    /// By what.
    #[serde(rename = "type")]
    #[n(0)]
    pub kind: LinkKind,
    /// The effect. Absent when it is another broker's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(1)]
    pub of: Option<EffectId>,
    /// Automated steps up to and including this event's cause.
    #[n(2)]
    pub hop: u16,
}

/// What establishes a link. All of these are definite.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Encode, Decode)]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
#[non_exhaustive]
pub enum LinkKind {
    /// An authenticated token came back.
    #[n(0)]
    Token,
    /// The event is about an object that an outcome reported.
    #[n(1)]
    Receipt,
    /// The event answers such an object.
    #[n(2)]
    Reply,
    /// The event has the text of an effect whose outcome is still awaited: the webhook won the race.
    #[n(3)]
    Content,
    /// One of the host's own accounts acted where we acted last.
    #[n(4)]
    Account,
}
