//! Guards that are asked before an effect leaves: the real broker, and the rules that people use today.
//!
//! The baselines are re-implementations of the *rule*, with the lineage that such a system would have.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::trace::{In, Out};

/// What becomes of an effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// It is performed.
    Allow,
    /// It waits; a later [`Resolved`] says what becomes of it.
    Hold,
    /// It is refused.
    Deny,
    /// The event that it answers was delivered before.
    Duplicate,
}

/// An effect that was held, by its index, and what became of it.
pub type Resolved = (usize, Answer);

/// Something that decides about effects.
pub trait Guard {
    /// Its name in tables.
    fn name(&self) -> String;
    /// Event `at` arrives at time `now`.
    fn arrive(&mut self, at: usize, event: &In, now: u64);
    /// May effect `at` leave?
    fn ask(&mut self, at: usize, effect: &Out, now: u64) -> Answer;
    /// The platform has performed it, and gave this id; empty if it gave none.
    fn receipt(&mut self, _at: usize, _object: &str, _now: u64) {}
    /// When it wants to be woken.
    fn wakeup(&self) -> Option<u64> {
        None
    }
    /// It is woken, or something happened before: what became of effects that were held.
    fn resolved(&mut self, _now: u64) -> Vec<Resolved> {
        Vec::new()
    }
    /// What it said, line by line, if it keeps that.
    fn log(&self) -> &str {
        ""
    }
    /// Was most of what effects of ours brought about linked to them for certain? Only the broker can tell.
    fn is_linked(&self) -> bool {
        false
    }
    /// An event or effect of the story that it can not take, and why. The story is no story then.
    fn refused(&self) -> Option<&str> {
        None
    }
    /// Why it denied last.
    fn why(&self) -> &str {
        ""
    }
}

/// What lineage in band gives: tokens, receipts and reply ids.
#[derive(Default)]
struct Lineage {
    effects: BTreeMap<String, (u32, BTreeSet<String>)>,
    objects: BTreeMap<String, usize>,
    events: BTreeMap<usize, (u32, BTreeSet<String>)>,
    sent: BTreeMap<usize, (u32, BTreeSet<String>)>,
}

impl Lineage {
    fn arrive(&mut self, at: usize, event: &In) {
        let object = |id: &str| self.objects.get(id).and_then(|at| self.sent.get(at));
        let from = self.effects.get(&event.tok).or_else(|| object(&event.obj)).or_else(|| object(&event.re));
        let line = from.map_or((0, BTreeSet::new()), |(hops, kinds)| (hops + 1, kinds.clone()));
        self.events.insert(at, line);
    }

    fn sent(&mut self, at: usize, effect: &Out) {
        let (hops, mut kinds) = self.events.get(&effect.cause).cloned().unwrap_or_default();
        kinds.insert(effect.kind.clone());
        self.effects.insert(effect.eid.clone(), (hops, kinds.clone()));
        self.sent.insert(at, (hops, kinds));
    }

    fn receipt(&mut self, at: usize, object: &str) {
        if !object.is_empty() {
            self.objects.insert(object.to_owned(), at);
        }
    }
}

/// AWS Lambda's recursive loop detection: so many hops of definite lineage.
pub struct Hops {
    limit: u32,
    lineage: Lineage,
}

/// Kibana's guardrails: no kind twice in a chain, and at most ten hops.
#[derive(Default)]
pub struct Visited(Lineage);

/// "Never react to bots".
#[derive(Default)]
pub struct IgnoreBots(BTreeSet<usize>);

/// Delivery ids of the last five minutes.
#[derive(Default)]
pub struct DeliveryIds {
    seen: BTreeMap<(String, String, String), u64>,
    known: BTreeSet<usize>,
}

/// The same kind, subject and text within ten minutes.
#[derive(Default)]
pub struct SameText(BTreeMap<(String, String, String), u64>);

/// The same effect so many times in a row.
pub struct InARow {
    limit: u32,
    last: Option<(String, String, String)>,
    times: u32,
}

/// So many effects per subject and window.
pub struct Rate {
    limit: usize,
    window_ms: u64,
    recent: BTreeMap<String, VecDeque<u64>>,
}

/// So many effects on a subject since a person last spoke there.
pub struct BotTurns {
    limit: u32,
    turns: BTreeMap<String, u32>,
}

/// All baselines, fresh.
#[must_use]
pub fn baselines() -> Vec<Box<dyn Guard>> {
    vec![
        Box::new(Hops { limit: 16, lineage: Lineage::default() }),
        Box::new(Hops { limit: 10, lineage: Lineage::default() }),
        Box::new(Visited::default()),
        Box::new(IgnoreBots::default()),
        Box::new(DeliveryIds::default()),
        Box::new(SameText::default()),
        Box::new(InARow { limit: 3, last: None, times: 0 }),
        Box::new(InARow { limit: 5, last: None, times: 0 }),
        Box::new(Rate { limit: 20, window_ms: 60_000, recent: BTreeMap::new() }),
        Box::new(Rate { limit: 50, window_ms: 1_800_000, recent: BTreeMap::new() }),
        Box::new(BotTurns { limit: 10, turns: BTreeMap::new() }),
    ]
}

fn deny_if(denied: bool) -> Answer {
    if denied { Answer::Deny } else { Answer::Allow }
}

fn content(effect: &Out) -> (String, String, String) {
    (effect.kind.clone(), effect.subj.clone(), effect.text.clone())
}

impl Guard for Hops {
    fn name(&self) -> String {
        format!("hop {}", self.limit)
    }
    fn arrive(&mut self, at: usize, event: &In, _now: u64) {
        self.lineage.arrive(at, event);
    }
    fn ask(&mut self, at: usize, effect: &Out, _now: u64) -> Answer {
        let hops = self.lineage.events.get(&effect.cause).map_or(0, |(hops, _)| *hops);
        if hops < self.limit {
            self.lineage.sent(at, effect);
        }
        deny_if(hops >= self.limit)
    }
    fn receipt(&mut self, at: usize, object: &str, _now: u64) {
        self.lineage.receipt(at, object);
    }
}

impl Guard for Visited {
    fn name(&self) -> String {
        "visited set, depth 10".into()
    }
    fn arrive(&mut self, at: usize, event: &In, _now: u64) {
        self.0.arrive(at, event);
    }
    fn ask(&mut self, at: usize, effect: &Out, _now: u64) -> Answer {
        let denied =
            self.0.events.get(&effect.cause).is_some_and(|(hops, seen)| *hops > 10 || seen.contains(&effect.kind));
        if !denied {
            self.0.sent(at, effect);
        }
        deny_if(denied)
    }
    fn receipt(&mut self, at: usize, object: &str, _now: u64) {
        self.0.receipt(at, object);
    }
}

impl Guard for IgnoreBots {
    fn name(&self) -> String {
        "ignore bots".into()
    }
    fn arrive(&mut self, at: usize, event: &In, _now: u64) {
        if matches!(event.cls.as_str(), "bot" | "app") {
            self.0.insert(at);
        }
    }
    fn ask(&mut self, _at: usize, effect: &Out, _now: u64) -> Answer {
        deny_if(self.0.contains(&effect.cause))
    }
}

impl Guard for DeliveryIds {
    fn name(&self) -> String {
        "delivery id, 5 min".into()
    }
    fn arrive(&mut self, at: usize, event: &In, now: u64) {
        let before = self.seen.insert((event.src.clone(), event.kind.clone(), event.id.clone()), now);
        if before.is_some_and(|before| now - before < 300_000) {
            self.known.insert(at);
        }
    }
    fn ask(&mut self, _at: usize, effect: &Out, _now: u64) -> Answer {
        if self.known.contains(&effect.cause) { Answer::Duplicate } else { Answer::Allow }
    }
}

impl Guard for SameText {
    fn name(&self) -> String {
        "same text, 10 min".into()
    }
    fn arrive(&mut self, _at: usize, _event: &In, _now: u64) {}
    fn ask(&mut self, _at: usize, effect: &Out, now: u64) -> Answer {
        let before = self.0.insert(content(effect), now);
        deny_if(before.is_some_and(|before| now - before < 600_000))
    }
}

impl Guard for InARow {
    fn name(&self) -> String {
        format!("same effect x{}", self.limit)
    }
    fn arrive(&mut self, _at: usize, _event: &In, _now: u64) {}
    fn ask(&mut self, _at: usize, effect: &Out, _now: u64) -> Answer {
        let this = content(effect);
        self.times = if self.last.as_ref() == Some(&this) { self.times + 1 } else { 1 };
        self.last = Some(this);
        deny_if(self.times >= self.limit)
    }
}

impl Guard for Rate {
    fn name(&self) -> String {
        format!("rate {} in {} s", self.limit, self.window_ms / 1000)
    }
    fn arrive(&mut self, _at: usize, _event: &In, _now: u64) {}
    fn ask(&mut self, _at: usize, effect: &Out, now: u64) -> Answer {
        let recent = self.recent.entry(effect.subj.clone()).or_default();
        recent.push_back(now);
        while recent.front().is_some_and(|first| now - first > self.window_ms) {
            recent.pop_front();
        }
        deny_if(recent.len() > self.limit)
    }
}

impl Guard for BotTurns {
    fn name(&self) -> String {
        format!("{} bot turns", self.limit)
    }
    fn arrive(&mut self, _at: usize, event: &In, _now: u64) {
        if event.cls == "human" {
            self.turns.insert(event.subj.clone(), 0);
        }
    }
    fn ask(&mut self, _at: usize, effect: &Out, _now: u64) -> Answer {
        let turns = self.turns.entry(effect.subj.clone()).or_default();
        *turns += 1;
        deny_if(*turns > self.limit)
    }
}
