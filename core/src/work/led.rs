//! What the tasks of a plan follow from: what led to the plan or, of those that a patch has added, what led to that.

use minicbor::{Decode, Encode};

use super::run::Run;
use crate::{
    id::{ChainId, EffectId, Seq},
    text::Text,
};

/// What a plan, or a task that was added to it, follows from.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(crate) struct Led {
    /// The event or effect, by the name under which it was given.
    #[n(0)]
    pub(crate) cause: Text,
    #[n(1)]
    pub(crate) chain: ChainId,
    /// Automated steps before it.
    #[n(2)]
    pub(crate) hop: u16,
    /// The event that led to it.
    #[n(3)]
    pub(crate) event: Option<Seq>,
    /// The effect that led to it, or to that event.
    #[n(4)]
    pub(crate) parent: Option<EffectId>,
}

impl Run {
    /// What a task of it follows from.
    pub(crate) fn led(&self, task: u32) -> Led {
        let own = self.node(task).and_then(|node| node.led.as_deref());
        own.cloned().unwrap_or_else(|| Led {
            cause: self.plan.cause.clone().unwrap_or_else(|| self.plan.id.clone()),
            chain: self.chain,
            hop: self.hop,
            event: self.event,
            parent: self.parent,
        })
    }

    /// The chains that stop all of it when they are stopped: its own, and those of what was added.
    pub(crate) fn chains(&self) -> impl Iterator<Item = ChainId> + Clone {
        core::iter::once(self.chain).chain(self.added.iter().copied())
    }
}
