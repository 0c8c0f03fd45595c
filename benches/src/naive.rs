//! Baselines: what the same job costs without the library, and the little that nothing can go below.

use std::{
    collections::{HashMap, VecDeque},
    mem,
};

use reynolds::{Event, Text, Timestamp, event::ActorClass, limits::Limits};
use serde::{Deserialize, Serialize};

use crate::{host::Host, stream};

/// Memory that stands for the journal file is used again after so many bytes.
const JOURNAL_BYTES: usize = 1 << 20;

/// What one writes first: a map of the ids seen, the rule as an `if`, a JSON line per event and per answer.
///
/// It has no chains, no loop limits, no links, no deadlines, no checksums and no digests of decisions. It remembers as
/// many ids as the broker does that it is compared with, and keeps its open effects.
#[derive(Debug, Default)]
pub struct Naive {
    ids: Option<u32>,
    /// What was appended.
    pub journal: Vec<u8>,
    /// Whether all of the journal is kept.
    pub keep_journal: bool,
    seen: HashMap<Text, u64>,
    order: VecDeque<Text>,
    open: HashMap<u64, Message>,
    uncommitted: Vec<u8>,
    kept: Vec<Message>,
    taken: u64,
}

#[derive(Debug, Clone)]
struct Message {
    id: u64,
    subject: &'static str,
    text: String,
}

#[derive(Serialize, Deserialize)]
#[expect(clippy::large_enum_variant, reason = "one at a time, and a box would cost the baseline an allocation")]
enum Line {
    Event { at: Timestamp, event: Event },
    Done { at: Timestamp, effect: u64, object: String },
}

impl Naive {
    /// A host that has taken nothing yet, beside a broker with tables of `ids` entries, or of the default limits.
    #[must_use]
    pub fn new(ids: Option<u32>) -> Self {
        Self { ids, ..Self::default() }
    }

    /// Takes lines of a journal, as after a restart, and says how many there were.
    ///
    /// # Panics
    /// If a line is not one of its own.
    pub fn replay(&mut self, journal: &[u8]) -> u64 {
        let mut lines = 0;
        for line in journal.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            match serde_json::from_slice(line).expect("a line it wrote") {
                Line::Event { event, .. } => drop(self.decide(event)),
                Line::Done { effect, .. } => drop(self.open.remove(&effect)),
            }
            lines += 1;
        }
        lines
    }

    fn decide(&mut self, event: Event) -> Option<Message> {
        self.taken += 1;
        if self.seen.contains_key(&event.id) {
            return None;
        }
        if self.order.len() >= self.ids.unwrap_or(Limits::default().events) as usize {
            if let Some(oldest) = self.order.pop_front() {
                self.seen.remove(&oldest);
            }
        }
        self.order.push_back(event.id.clone());
        self.seen.insert(event.id, self.taken);
        let actor = event.actor.filter(|actor| actor.class == ActorClass::Human)?;
        if event.kind != "issue_comment.created" {
            return None;
        }
        let text = format!("{} on {}: {}", actor.id, event.subject, event.text.unwrap_or_default());
        let message = Message { id: self.taken, subject: "teams:triage", text };
        self.open.insert(message.id, message.clone());
        Some(message)
    }

    fn write(&mut self, line: &Line) {
        serde_json::to_writer(&mut self.uncommitted, line).expect("memory");
        self.uncommitted.push(b'\n');
    }

    fn commit(&mut self) {
        if !self.keep_journal && self.journal.len() > JOURNAL_BYTES {
            self.journal.clear();
        }
        self.journal.append(&mut self.uncommitted);
    }
}

impl Host for Naive {
    fn submit(&mut self, events: Vec<Event>, per_commit: usize) {
        for (n, event) in (1..).zip(events) {
            let line = Line::Event { at: stream::time(self.taken), event };
            self.write(&line);
            if let Line::Event { event, .. } = line {
                let message = self.decide(event);
                self.kept.extend(message);
            }
            if n % per_commit == 0 {
                self.commit();
            }
        }
        self.commit();
    }

    fn answer(&mut self, receipts: Vec<String>, per_commit: usize) {
        for (n, (message, object)) in (1..).zip(mem::take(&mut self.kept).into_iter().zip(receipts)) {
            assert!(message.subject == "teams:triage" && !message.text.is_empty(), "it can be posted");
            self.write(&Line::Done { at: stream::time(self.taken), effect: message.id, object });
            self.open.remove(&message.id);
            if n % per_commit == 0 {
                self.commit();
            }
        }
        self.commit();
    }
}

/// The floor: an event's texts are copied into a buffer and the event is dropped. Nobody can journal for less.
#[derive(Debug, Default)]
pub struct Copied {
    buffer: Vec<u8>,
}

impl Host for Copied {
    fn submit(&mut self, events: Vec<Event>, _: usize) {
        for event in events {
            let actor = event.actor.as_ref().map(|actor| &actor.id);
            let texts = [&event.id, &event.source, &event.kind, &event.subject];
            for text in texts.into_iter().chain(actor).chain(&event.object).chain(&event.text) {
                self.buffer.extend_from_slice(&text.len().to_le_bytes());
                self.buffer.extend_from_slice(text.as_bytes());
            }
        }
        if self.buffer.len() > JOURNAL_BYTES {
            self.buffer.clear();
        }
    }

    fn answer(&mut self, receipts: Vec<String>, _: usize) {
        for text in receipts {
            self.buffer.extend_from_slice(&text.len().to_le_bytes());
            self.buffer.extend_from_slice(text.as_bytes());
        }
    }
}
