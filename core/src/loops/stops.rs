//! What people have stopped, who and why. An order to stop what may be there is never refused: when the table is full, everything is
//! stopped.

use alloc::{
    boxed::Box,
    collections::{BTreeMap, BTreeSet},
};

use minicbor::{Decode, Encode};

use crate::{
    effect::{Action, Effect},
    event::Actor,
    id::{ChainId, Seq},
    input::{Command, Order},
    text::Text,
    time::Timestamp,
    verdict::{StopKind, StopRef},
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
    /// What was said with them, as far as it is known: older snapshots did not keep it.
    #[n(3)]
    said: Option<Box<Said>>,
}

#[derive(Debug, Clone, Default, PartialEq, Encode, Decode)]
#[cbor(array)]
struct Said {
    #[n(0)]
    all: Option<Word>,
    #[n(1)]
    chains: BTreeMap<ChainId, Word>,
    #[n(2)]
    subjects: BTreeMap<Box<str>, Word>,
}

/// What a person said with a stop.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
#[cbor(array)]
pub(crate) struct Word {
    #[n(0)]
    pub(crate) record: Seq,
    #[n(1)]
    pub(crate) at: Timestamp,
    #[n(2)]
    pub(crate) by: Option<Actor>,
    #[n(3)]
    pub(crate) reason: Option<Text>,
}

impl Word {
    pub(crate) fn of(command: &Command, record: Seq, at: Timestamp) -> Self {
        Self { record, at, by: command.by.clone(), reason: command.reason.clone() }
    }
}

/// What is stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum What<'a> {
    All,
    Chain(ChainId),
    Subject(&'a str),
}

impl Stops {
    /// The stop that covers an effect of a chain: the widest.
    fn hit<'a>(&self, chain: ChainId, subject: &'a str, about: Option<&'a str>) -> Option<What<'a>> {
        if self.all {
            return Some(What::All);
        }
        if self.chains.contains(&chain) {
            return Some(What::Chain(chain));
        }
        let named = [Some(subject), about].into_iter().flatten();
        let mut named = named.filter(|_| !self.subjects.is_empty());
        named.find(|subject| self.subjects.contains(*subject)).map(What::Subject)
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
        self.on(effect).is_some()
    }

    fn on<'a>(&self, effect: &'a Effect) -> Option<What<'a>> {
        if effect.is_told() {
            return None;
        }
        let (subject, about) = match &effect.action {
            Action::Act(act) => (act.subject.as_str(), act.about.as_deref()),
            Action::Handle(handle) => (handle.event.subject.as_str(), None),
            _ => ("", None),
        };
        self.hit(effect.chain, subject, about)
    }

    /// Which stop keeps an effect back.
    pub(crate) fn of(&self, effect: &Effect) -> Option<StopRef> {
        let what = self.on(effect)?;
        let kind = match what {
            What::All => StopKind::All,
            What::Chain(_) => StopKind::Chain,
            What::Subject(_) => StopKind::Subject,
        };
        Some(StopRef { what: kind, record: self.word(what).map(|word| word.record) })
    }

    fn word(&self, what: What<'_>) -> Option<&Word> {
        let said = self.said.as_ref()?;
        match what {
            What::All => said.all.as_ref(),
            What::Chain(chain) => said.chains.get(&chain),
            What::Subject(subject) => said.subjects.get(subject),
        }
    }

    /// What is stopped, everything first, and what was said with it.
    pub(crate) fn list(&self) -> impl Iterator<Item = (What<'_>, Option<&Word>)> {
        let all = self.all.then_some(What::All).into_iter();
        let chains = self.chains.iter().map(|chain| What::Chain(*chain));
        let subjects = self.subjects.iter().map(|subject| What::Subject(subject));
        all.chain(chains).chain(subjects).map(|what| (what, self.word(what)))
    }

    pub(crate) fn len(&self) -> usize {
        usize::from(self.all) + self.chains.len() + self.subjects.len()
    }

    /// A tenant that appears while every tenant is stopped is stopped as they are.
    pub(crate) fn begin_stopped(&mut self, word: Word) {
        self.all = true;
        self.said.get_or_insert_default().all = Some(word);
    }

    /// Follows a stop or resume order; other orders are not its business.
    pub(crate) fn on_order(&mut self, command: &Command, cap: u32, (record, at): (Seq, Timestamp)) {
        let full = self.chains.len() + self.subjects.len() >= cap as usize;
        let order = &command.order;
        let word = || Word::of(command, record, at);
        let stops = matches!(order, Order::StopAll {} | Order::StopChain { .. } | Order::StopSubject { .. });
        let mut said = self.said.take().unwrap_or_default();
        match order {
            Order::StopChain { chain } if self.chains.contains(chain) => {}
            Order::StopSubject { subject } if self.subjects.contains(subject.as_str()) => {}
            Order::StopChain { chain } if !full => {
                self.chains.insert(*chain);
                said.chains.insert(*chain, word());
            }
            Order::StopSubject { subject } if !full => {
                self.subjects.insert(subject.as_str().into());
                said.subjects.insert(subject.as_str().into(), word());
            }
            _ if stops && !self.all => {
                self.all = true;
                said.all = Some(word());
            }
            Order::ResumeAll {} => {
                self.all = false;
                said.all = None;
            }
            Order::ResumeChain { chain } => {
                self.chains.remove(chain);
                said.chains.remove(chain);
            }
            Order::ResumeSubject { subject } => {
                self.subjects.remove(subject.as_str());
                said.subjects.remove(subject.as_str());
            }
            _ => {}
        }
        self.said = Some(said).filter(|said| **said != Said::default());
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    fn said(order: Order, by: &str) -> Command {
        let by = Some(Actor { id: by.into(), ..Actor::default() });
        Command { order, by, reason: Some("incident 17".into()), tenant: None }
    }

    #[test]
    fn a_stop_beyond_the_table_stops_everything() {
        let mut stops = Stops::default();
        for n in 1..=3 {
            let order = Order::StopChain { chain: ChainId(Seq(n)) };
            stops.on_order(&said(order, "teams:bob"), 2, (Seq(10 + n), Timestamp(n)));
        }
        assert_eq!(stops.hit(ChainId(Seq(99)), "anything", None), Some(What::All));
        assert_eq!(stops.word(What::All).map(|word| word.record), Some(Seq(13)));
        stops.on_order(&said(Order::ResumeAll {}, "teams:ada"), 2, (Seq(20), Timestamp(9)));
        assert_eq!(stops.hit(ChainId(Seq(99)), "anything", None), None);
        assert_eq!(stops.hit(ChainId(Seq(2)), "anything", None), Some(What::Chain(ChainId(Seq(2)))));
    }

    #[test]
    fn stops_of_before_their_words_were_kept_are_read() {
        let chains = BTreeSet::from([ChainId(Seq(4))]);
        let before = minicbor::to_vec((true, &chains, BTreeSet::<Box<str>>::new())).expect("to memory");
        let stops: Stops = minicbor::decode(&before).expect("stops");
        let listed: Vec<_> = stops.list().map(|(what, word)| (what, word.is_some())).collect();
        assert_eq!(listed, [(What::All, false), (What::Chain(ChainId(Seq(4))), false)]);
    }

    #[test]
    fn a_stop_keeps_the_first_word_and_forgets_it_when_it_is_lifted() {
        let mut stops = Stops::default();
        let subject = || "teams:triage".into();
        for (n, by) in [(1, "teams:bob"), (2, "teams:eve")] {
            stops.on_order(&said(Order::StopSubject { subject: subject() }, by), 9, (Seq(n), Timestamp(n)));
        }
        let word = stops.word(What::Subject("teams:triage")).expect("a word");
        assert_eq!((word.record, word.by.as_ref().map(|by| by.id.as_str())), (Seq(1), Some("teams:bob")));
        stops.on_order(&said(Order::ResumeSubject { subject: subject() }, "teams:ada"), 9, (Seq(3), Timestamp(3)));
        assert_eq!((stops.len(), stops.said), (0, None));
    }
}
