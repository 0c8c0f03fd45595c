//! Which stop of a person an effect is denied for.

use alloc::boxed::Box;

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use super::Denial;
use crate::id::Seq;

/// A person's stop that keeps an effect from leaving.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[cbor(map)]
pub struct StopRef {
    /// What is stopped.
    #[n(0)]
    pub what: StopKind,
    /// The record of the order, which says who and why; not if a version ordered it that did not keep that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(1)]
    pub record: Option<Seq>,
}

/// What a person can stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Encode, Decode)]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
#[non_exhaustive]
pub enum StopKind {
    /// Everything of the tenant.
    #[n(0)]
    All,
    /// A chain.
    #[n(1)]
    Chain,
    /// A subject: what lands on it or concerns it.
    #[n(2)]
    Subject,
}

impl Denial {
    /// A person's stop keeps it back.
    pub(crate) fn because_of(self, stop: StopRef) -> Self {
        Self { stop: Some(Box::new(stop)), ..self }
    }
}
