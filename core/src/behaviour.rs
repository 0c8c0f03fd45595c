//! Numbered behaviours: how a newer version changes a decision without changing what old journals replay to. So far there is one, the
//! first: no decision depends on which are adopted.
//!
//! A new broker starts with every behaviour this version knows. An old journal keeps the ones it adopted until an
//! [`crate::input::Adopt`] input adds more. Numbers are never reused, also not those of removed behaviours.

use alloc::{collections::BTreeSet, vec::Vec};

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// The number of a behaviour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Encode, Decode)]
#[serde(transparent)]
#[cbor(transparent)]
pub struct Behaviour(#[n(0)] pub u16);

impl Behaviour {
    /// The behaviour of the first version.
    pub const BASE: Self = Self(1);

    /// Every behaviour this version knows.
    pub const KNOWN: &'static [Self] = &[Self::BASE];

    /// Does this version know it?
    #[must_use]
    pub fn is_known(self) -> bool {
        Self::KNOWN.contains(&self)
    }
}

/// The behaviours a broker has adopted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Behaviours(BTreeSet<Behaviour>);

impl Behaviours {
    pub(crate) fn current() -> Self {
        Self(Behaviour::KNOWN.iter().copied().collect())
    }

    pub(crate) fn from_list(list: Vec<Behaviour>) -> Self {
        Self(list.into_iter().collect())
    }

    /// All adopted ones, ascending.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Behaviour> + '_ {
        self.0.iter().copied()
    }

    pub(crate) fn adopt(&mut self, behaviour: Behaviour) {
        self.0.insert(behaviour);
    }
}
