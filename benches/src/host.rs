//! Hosts that take the stream: the one around a broker here, the baselines in [`crate::naive`].

use std::mem;

use reynolds::{
    Broker, Decision, Effect, Event, Input, Rejected, ReleaseNo, Seq,
    input::{Outcome, OutcomeResult},
};

use crate::stream;

/// Memory that stands for the journal file is used again after so many bytes.
const JOURNAL_BYTES: usize = 1 << 20;

/// What takes the stream: first events, then what became of the effects they caused.
pub trait Host {
    /// Takes events, commits every `per_commit` of them, and keeps the effects they release.
    fn submit(&mut self, events: Vec<Event>, per_commit: usize);

    /// Answers every effect that was kept with `done` and the id its message was given; commits in the same way.
    fn answer(&mut self, receipts: Vec<String>, per_commit: usize);
}

/// The smallest honest host of a broker: memory in the place of the journal file, nothing else left out.
#[derive(Debug)]
pub struct BrokerHost {
    /// The broker.
    pub broker: Broker,
    /// What was appended.
    pub journal: Vec<u8>,
    /// Whether all of the journal is kept.
    pub keep_journal: bool,
    /// How many issues its stream is about.
    pub issues: u64,
    effects: Vec<Effect>,
    spent: Vec<Effect>,
    decisions: Vec<Result<Decision, Rejected>>,
    durable: Seq,
    cursor: ReleaseNo,
    taken: u64,
}

impl BrokerHost {
    /// A host that has taken nothing yet.
    #[must_use]
    pub fn new(broker: Broker) -> Self {
        Self {
            broker,
            journal: Vec::new(),
            keep_journal: false,
            issues: stream::ISSUES,
            effects: Vec::new(),
            spent: Vec::new(),
            decisions: Vec::new(),
            durable: Seq(0),
            cursor: ReleaseNo(0),
            taken: 0,
        }
    }

    /// How many events of the stream it has taken.
    #[must_use]
    pub fn taken(&self) -> u64 {
        self.taken
    }

    /// Takes the next `count` events of the stream, and answers their effects.
    pub fn feed(&mut self, count: u64) {
        let mut left = count;
        while left > 0 {
            let len = left.min(64);
            let (events, receipts) = stream::batch_among(self.taken, len, self.issues);
            self.submit(events, 64);
            self.answer(receipts, 64);
            left -= len;
        }
    }

    fn commit(&mut self) {
        let Some(segment) = self.broker.staged(self.durable) else { return };
        if !self.keep_journal && self.journal.len() > JOURNAL_BYTES {
            self.journal.clear();
        }
        self.journal.extend_from_slice(segment.bytes);
        self.durable = segment.last;
        self.broker.mark_durable(self.durable).expect("it is staged");
    }

    fn receive(&mut self) {
        self.broker.released(self.cursor, &mut self.effects);
        self.cursor = self.effects.last().map_or(self.cursor, |effect| effect.release);
    }
}

impl BrokerHost {
    /// Hands over together what goes into one commit.
    fn take(&mut self, inputs: &mut Vec<Input>, at: u64) {
        let mut decisions = mem::take(&mut self.decisions);
        if inputs.len() == 1 {
            decisions.extend(inputs.pop().map(|input| self.broker.submit(stream::time(at), input)));
        } else {
            let len = inputs.len();
            self.broker.submit_all(stream::time(at), mem::replace(inputs, Vec::with_capacity(len)), &mut decisions);
        }
        for decision in decisions.drain(..) {
            let _ = decision.expect("the stream is valid, and its effects are open");
        }
        self.decisions = decisions;
        self.commit();
    }
}

impl Host for BrokerHost {
    fn submit(&mut self, events: Vec<Event>, per_commit: usize) {
        let mut inputs = Vec::with_capacity(per_commit);
        let mut events = events.into_iter();
        while !events.as_slice().is_empty() {
            inputs.extend(events.by_ref().take(per_commit).map(Input::from));
            self.taken += inputs.len() as u64;
            self.take(&mut inputs, self.taken - 1);
            self.receive();
        }
    }

    fn answer(&mut self, receipts: Vec<String>, per_commit: usize) {
        let effects = mem::replace(&mut self.effects, mem::take(&mut self.spent));
        assert_eq!(effects.len(), receipts.len(), "one effect per event");
        let mut inputs = Vec::with_capacity(per_commit);
        let mut outcomes = effects.iter().zip(receipts).map(|(effect, receipt)| {
            let result = OutcomeResult::Done { object: Some(receipt.into()), objects: Vec::new() };
            Input::from(Outcome { effect: effect.id, result, chain: None, tenant: None })
        });
        loop {
            inputs.extend(outcomes.by_ref().take(per_commit));
            if inputs.is_empty() {
                break;
            }
            self.take(&mut inputs, self.taken);
        }
        drop(outcomes);
        self.spent = effects;
        self.spent.clear();
    }
}
