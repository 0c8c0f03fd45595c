//! A chain, and a whole story, in numbers and one sentence.

use alloc::{collections::BTreeMap, format, string::String, vec::Vec};

use serde::Serialize;

use super::{
    note::{EffectNote, Fate},
    story::{Chain, Story},
    words,
};
use crate::{
    id::{ChainId, EffectId, Seq},
    time::Timestamp,
    verdict::Denial,
};

/// A chain in numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Summary {
    /// The chain.
    pub chain: ChainId,
    /// Its tenant, `""` for the default one.
    pub tenant: String,
    /// Its root in words: what happened, where, who did it.
    pub root: String,
    /// Its events, echoes included.
    pub events: usize,
    /// Its effects, whatever was decided about them, calls of handlers included.
    pub effects: usize,
    /// The same by where they stand.
    pub fates: BTreeMap<Fate, usize>,
    /// The deepest automated step that left.
    pub hops: u16,
    /// The hop limit.
    pub hop_limit: u16,
    /// When its first record was made.
    pub from: Timestamp,
    /// From its first record to its last, in milliseconds.
    pub span_ms: u64,
    /// Effects that were refused, or would have been.
    pub stops: usize,
    /// The first of them.
    pub first_stop: Option<Stop>,
}

/// An effect that was refused, or would have been.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Stop {
    /// The effect.
    pub effect: EffectId,
    /// When.
    pub at: Timestamp,
    /// What it was: kind and subject.
    pub what: String,
    /// It really was refused. `false` in log mode: it would have been.
    pub enforced: bool,
    /// Why, as the decision says it.
    pub denial: Denial,
    /// Why, in words.
    pub reason: String,
}

/// A story in numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Totals {
    /// Records.
    pub records: usize,
    /// Chains.
    pub chains: usize,
    /// Events, echoes included.
    pub events: usize,
    /// Events that were our own effects coming back.
    pub echoes: usize,
    /// Effects, calls of handlers included.
    pub effects: usize,
    /// The same by where they stand.
    pub fates: BTreeMap<Fate, usize>,
    /// Chains in which something was refused, or would have been.
    pub stopped_chains: usize,
}

impl Story {
    /// A chain in numbers.
    #[must_use]
    pub fn summary(&self, id: ChainId) -> Option<Summary> {
        let chain = self.chains.get(&id)?;
        let effects: Vec<&EffectNote> = chain.effects.iter().filter_map(|id| self.effects.get(id)).collect();
        let left = effects.iter().filter(|effect| effect.has_left());
        let stops = self.stops(id);
        Some(Summary {
            chain: id,
            tenant: chain.tenant.clone(),
            root: self.root_words(chain),
            events: chain.events.len(),
            effects: effects.len(),
            fates: count_fates(effects.iter().copied()),
            hops: left.map(|effect| effect.hop).max().unwrap_or(0),
            hop_limit: chain.hop_limit,
            from: chain.from,
            span_ms: chain.to.since_ms(chain.from),
            stops: stops.len(),
            first_stop: stops.into_iter().next(),
        })
    }

    /// Effects of a chain that were refused, or would have been, in order.
    #[must_use]
    pub fn stops(&self, chain: ChainId) -> Vec<Stop> {
        let ids = self.chains.get(&chain).map(|chain| chain.effects.as_slice()).unwrap_or_default();
        ids.iter().filter_map(|id| self.effects.get(id)).filter_map(EffectNote::stop).collect()
    }

    /// All of it in numbers.
    #[must_use]
    pub fn totals(&self) -> Totals {
        let stopped =
            |chain: &&Chain| chain.effects.iter().any(|id| self.effects.get(id).is_some_and(|e| e.stop().is_some()));
        Totals {
            records: self.records.len(),
            chains: self.chains.len(),
            events: self.events.len(),
            echoes: self.events.values().filter(|event| event.echo).count(),
            effects: self.effects.len(),
            fates: count_fates(self.effects.values()),
            stopped_chains: self.chains.values().filter(stopped).count(),
        }
    }

    /// A chain's root in words.
    pub(super) fn root_words(&self, chain: &Chain) -> String {
        let Some(event) = self.events.get(&chain.id.0) else {
            return "its root is older than what was read".into();
        };
        match &event.actor {
            Some(actor) => format!("{} on {} by {actor}", event.kind, event.subject),
            None => format!("{} on {}", event.kind, event.subject),
        }
    }

    /// A chain in one or two sentences.
    pub(super) fn sentence(&self, summary: &Summary) -> String {
        let fate = |fate| summary.fates.get(&fate).copied().unwrap_or(0);
        let mut out = format!(
            "{} and {} in {}",
            words::count(summary.events, "event"),
            words::count(summary.effects, "effect"),
            words::span(summary.span_ms)
        );
        if summary.hops > 0 {
            out.push_str(&format!(", up to hop {} of at most {}", summary.hops, summary.hop_limit));
        }
        out.push('.');
        for (fate, what) in [(fate(Fate::Held), "held"), (fate(Fate::Sent), "awaiting an outcome")] {
            if fate > 0 {
                out.push_str(&format!(" {} {what}.", words::count(fate, "effect")));
            }
        }
        if let Some(stop) = &summary.first_stop {
            let verb = if stop.enforced { "was refused" } else { "would have been refused" };
            out.push_str(&format!(" At hop {}, {} {verb}: {}.", stop.denial.hop, stop.what, stop.reason));
            if summary.stops > 1 {
                out.push_str(&format!(
                    " So {} {} more.",
                    if stop.enforced { "were" } else { "would have been" },
                    summary.stops - 1
                ));
            }
        }
        out
    }

    /// How much a chain is worth a look, for the order of listing and drawing: one that was stopped first, then the largest.
    pub(super) fn interest(&self, id: ChainId) -> (bool, usize, core::cmp::Reverse<Seq>) {
        let chain = self.chains.get(&id);
        let size = chain.map_or(0, |chain| chain.events.len() + chain.effects.len());
        (!self.stops(id).is_empty(), size, core::cmp::Reverse(id.0))
    }
}

impl EffectNote {
    pub(super) fn stop(&self) -> Option<Stop> {
        let (denial, enforced) = self.denial()?;
        let reason = words::denial(&denial);
        Some(Stop { effect: self.id, at: self.at, what: self.what(), enforced, denial, reason })
    }

    /// Kind and subject.
    pub(super) fn what(&self) -> String {
        match &self.handler {
            Some(handler) => format!("handler {handler}"),
            None => format!("{} on {}", self.kind, self.subject),
        }
    }

    /// Was it ever with the host?
    pub(super) fn has_left(&self) -> bool {
        self.steps.iter().any(|step| matches!(step.what, super::note::StepKind::Admitted(..)))
    }
}

fn count_fates<'a>(effects: impl Iterator<Item = &'a EffectNote>) -> BTreeMap<Fate, usize> {
    let mut out = BTreeMap::new();
    for effect in effects {
        *out.entry(effect.fate()).or_default() += 1;
    }
    out
}
