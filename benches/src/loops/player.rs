//! Plays a story in closed loop: what is denied brings nothing about, what is held brings it about later.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap},
};

use super::{
    guards::{Answer, Guard},
    trace::{Entry, Label, Trace},
};

/// After so many denials a story is over, and after so many calls without anything to do.
const DENIALS: u32 = 400;
const IDLE: u32 = 10_000;

/// How a story ended under a guard.
#[derive(Debug, Clone, Default)]
pub struct Ending {
    /// The first effect that was denied, and why.
    pub denied: Option<usize>,
    /// Why.
    pub why: String,
    /// It is a loop, and what was denied first is part of it.
    pub stopped: bool,
    /// Something was denied that should have happened.
    pub false_stop: bool,
    /// Effects that should not have happened and did, and how many there would have been.
    pub performed: u32,
    /// How many there would have been.
    pub redundant: u32,
    /// Effects that were held, and for how long in all.
    pub holds: u32,
    /// Milliseconds they were held.
    pub held_ms: u64,
    /// Held before the first denial.
    pub held_first: bool,
    /// Denials.
    pub denials: u32,
    /// Effects that asked.
    pub asked: u32,
    /// Most of what effects of ours brought about was linked to them by an id, a token or an account.
    pub linked: bool,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Next {
    Entry(usize),
    Receipt(usize),
}

struct Stage<'a> {
    story: &'a Trace,
    queue: BinaryHeap<Reverse<(u64, u64, Next)>>,
    order: u64,
    wants: BTreeMap<usize, Vec<usize>>,
    brings: BTreeMap<usize, Vec<usize>>,
    held: BTreeMap<usize, u64>,
    ending: Ending,
}

/// Plays a story.
///
/// # Errors
/// The entry that the guard can not take, and why.
pub fn play(story: &Trace, guard: &mut dyn Guard) -> Result<Ending, String> {
    let mut stage = Stage::new(story);
    let mut idle = 0;
    loop {
        let next = stage.queue.peek().map(|Reverse((at, ..))| *at);
        if let Some(wakeup) = guard.wakeup().filter(|wakeup| next.is_none_or(|next| *wakeup <= next)) {
            // A story is over when nothing is held any more: overdue outcomes are of no interest here.
            if (next.is_none() && stage.held.is_empty()) || idle > IDLE {
                break;
            }
            idle += 1;
            for (at, answer) in guard.resolved(wakeup) {
                stage.on_answer(guard, at, answer, wakeup);
            }
            continue;
        }
        let Some(Reverse((now, _, next))) = stage.queue.pop() else { break };
        stage.on_next(guard, now, &next);
        if let Some(why) = guard.refused() {
            let (Next::Entry(at) | Next::Receipt(at)) = next;
            return Err(format!("event {at}: {why}"));
        }
        for (at, answer) in guard.resolved(now) {
            stage.on_answer(guard, at, answer, now);
        }
        if stage.ending.denials > DENIALS {
            break;
        }
    }
    stage.ending.linked = guard.is_linked();
    Ok(stage.ending)
}

impl<'a> Stage<'a> {
    fn new(story: &'a Trace) -> Self {
        let mut stage = Self {
            story,
            queue: BinaryHeap::new(),
            order: 0,
            wants: BTreeMap::new(),
            brings: BTreeMap::new(),
            held: BTreeMap::new(),
            ending: Ending::default(),
        };
        for (at, entry) in story.events.iter().enumerate() {
            match entry {
                Entry::In(event) => match usize::try_from(event.by) {
                    Ok(by) => stage.brings.entry(by).or_default().push(at),
                    Err(_) => stage.push(event.t, Next::Entry(at)),
                },
                Entry::Out(effect) => {
                    stage.wants.entry(effect.cause).or_default().push(at);
                    stage.ending.redundant += u32::from(stage.is_redundant(at));
                }
            }
        }
        stage
    }

    fn push(&mut self, at: u64, next: Next) {
        // What the story says first happens first.
        let order = match next {
            Next::Entry(index) => index as u64 * 2 + 1,
            Next::Receipt(index) => index as u64 * 2,
        };
        self.order += 1;
        self.queue.push(Reverse((at, order, next)));
    }

    fn time(&self, at: usize) -> u64 {
        match &self.story.events[at] {
            Entry::In(event) => event.t,
            Entry::Out(effect) => effect.t,
        }
    }

    /// Should this effect not happen?
    fn is_redundant(&self, at: usize) -> bool {
        let Entry::Out(effect) = &self.story.events[at] else { return false };
        match effect.truth.as_str() {
            "" => effect.nz == 0 && self.story.label == Label::Loop && at as i64 >= self.story.onset,
            truth => truth == "bad",
        }
    }

    fn on_next(&mut self, guard: &mut dyn Guard, now: u64, next: &Next) {
        let story = self.story;
        match *next {
            Next::Entry(at) => match &story.events[at] {
                Entry::In(event) => {
                    guard.arrive(at, event, now);
                    for wanted in self.wants.get(&at).cloned().unwrap_or_default() {
                        let wait = self.time(wanted).saturating_sub(self.time(at));
                        self.push(now.saturating_add(wait), Next::Entry(wanted));
                    }
                }
                Entry::Out(effect) => {
                    self.ending.asked += 1;
                    let answer = guard.ask(at, effect, now);
                    self.on_answer(guard, at, answer, now);
                }
            },
            Next::Receipt(at) => {
                if let Entry::Out(effect) = &story.events[at] {
                    guard.receipt(at, &effect.obj, now);
                }
            }
        }
    }

    fn on_answer(&mut self, guard: &mut dyn Guard, at: usize, answer: Answer, now: u64) {
        if let Some(since) = self.held.remove(&at) {
            self.ending.held_ms += now - since;
        }
        match answer {
            Answer::Allow => self.perform(guard, at, now),
            Answer::Hold => {
                self.ending.holds += 1;
                self.ending.held_first |= self.ending.denied.is_none();
                self.held.insert(at, now);
            }
            Answer::Duplicate => {}
            Answer::Deny => {
                self.ending.denials += 1;
                let redundant = self.is_redundant(at);
                if self.ending.denied.is_none() {
                    self.ending.denied = Some(at);
                    self.ending.why = guard.why().to_owned();
                    self.ending.stopped = redundant && self.story.label == Label::Loop;
                }
                let free = matches!(&self.story.events[at], Entry::Out(effect) if effect.truth == "free");
                self.ending.false_stop |= !redundant && !free;
            }
        }
    }

    fn perform(&mut self, guard: &mut dyn Guard, at: usize, now: u64) {
        self.ending.performed += u32::from(self.is_redundant(at));
        let Entry::Out(effect) = &self.story.events[at] else { return };
        match effect.rt {
            Some(wait) if wait > 0 && !effect.obj.is_empty() => {
                self.push(now.saturating_add(u64::try_from(wait).unwrap_or(0)), Next::Receipt(at));
            }
            Some(wait) if wait < 0 => guard.receipt(at, "", now),
            _ => guard.receipt(at, &effect.obj, now),
        }
        for brought in self.brings.get(&at).cloned().unwrap_or_default() {
            let wait = self.time(brought).saturating_sub(self.time(at));
            self.push(now.saturating_add(wait), Next::Entry(brought));
        }
    }
}
