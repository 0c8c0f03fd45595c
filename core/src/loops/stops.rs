//! What people have stopped. An order to stop what may be there is never refused: when the table is full, everything is stopped.

use alloc::{boxed::Box, collections::BTreeSet};

use minicbor::{Decode, Encode};

use crate::{
    effect::{Action, Effect},
    id::ChainId,
    input::Order,
};

#[derive(Debug, Clone, Default, Encode, Decode)]
#[cbor(array)]
pub(crate) struct Stops {
    #[n(0)]
    all: bool,
    #[n(1)]
    chains: BTreeSet<ChainId>,
    #[n(2)]
    subjects: BTreeSet<Box<str>>,
}

impl Stops {
    /// Is this effect stopped?
    fn is_stopped(&self, chain: ChainId, subject: &str, about: Option<&str>) -> bool {
        self.all
            || self.chains.contains(&chain)
            || (!self.subjects.is_empty()
                && (self.subjects.contains(subject) || about.is_some_and(|about| self.subjects.contains(about))))
    }

    /// Is everything stopped?
    pub(crate) fn hits_all(&self) -> bool {
        self.all
    }

    /// Is everything of this chain stopped?
    pub(crate) fn hits_chain(&self, chain: ChainId) -> bool {
        self.all || self.chains.contains(&chain)
    }

    /// Is this open effect stopped? A handler call by its event's subject. What an agent is told of a task it has never is: it
    /// starts nothing, and without it the agent would go on for nothing.
    pub(crate) fn hits(&self, effect: &Effect) -> bool {
        if effect.is_told() {
            return false;
        }
        let (subject, about) = match &effect.action {
            Action::Act(act) => (act.subject.as_str(), act.about.as_deref()),
            Action::Handle(handle) => (handle.event.subject.as_str(), None),
            _ => ("", None),
        };
        self.is_stopped(effect.chain, subject, about)
    }

    /// Follows a stop or resume order; other orders are not its business.
    pub(crate) fn on_order(&mut self, order: &Order, cap: u32) {
        let full = self.chains.len() + self.subjects.len() >= cap as usize;
        match order {
            Order::StopAll {} => self.all = true,
            Order::ResumeAll {} => self.all = false,
            Order::StopChain { chain } if full && !self.chains.contains(chain) => self.all = true,
            Order::StopChain { chain } => {
                self.chains.insert(*chain);
            }
            Order::StopSubject { subject } if full && !self.subjects.contains(subject.as_str()) => self.all = true,
            Order::StopSubject { subject } => {
                self.subjects.insert(subject.as_str().into());
            }
            Order::ResumeChain { chain } => {
                self.chains.remove(chain);
            }
            Order::ResumeSubject { subject } => {
                self.subjects.remove(subject.as_str());
            }
            Order::Approve { .. } | Order::Cancel { .. } | Order::AcceptTime { .. } | Order::Plan { .. } => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::Seq;

    #[test]
    fn a_stop_beyond_the_table_stops_everything() {
        let mut stops = Stops::default();
        for n in 1..=3 {
            stops.on_order(&Order::StopChain { chain: ChainId(Seq(n)) }, 2);
        }
        assert!(stops.is_stopped(ChainId(Seq(99)), "anything", None));
        stops.on_order(&Order::ResumeAll {}, 2);
        assert!(!stops.is_stopped(ChainId(Seq(99)), "anything", None));
        assert!(stops.is_stopped(ChainId(Seq(2)), "anything", None));
    }
}
