//! One record in words: what came in, how it was linked, what was wanted, what was decided and why, what comes next,
//! and what became of it later.

use alloc::{format, string::String, vec::Vec};
use core::fmt;

use serde::Serialize;

use super::{
    note::{Cause, EffectNote, EventNote, InputNote, RecordNote, StepKind},
    story::Story,
    words,
};
use crate::{
    id::{EffectId, Seq},
    input::Command,
    verdict::{Original, Verdict},
};

/// A record in words. It prints as text for a terminal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Explanation {
    /// The record.
    pub seq: Seq,
    /// The record in a line: its number, its time, what kind of input it holds.
    pub title: String,
    /// What there is to say, in the order of happening.
    pub sections: Vec<Section>,
}

/// One part of an [`Explanation`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Section {
    /// What it is about.
    pub title: String,
    /// What there is to say.
    pub lines: Vec<String>,
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.title)?;
        for section in &self.sections {
            writeln!(f, "\n{}", section.title)?;
            section.lines.iter().try_for_each(|line| writeln!(f, "  {line}"))?;
        }
        Ok(())
    }
}

impl Story {
    /// A record in words, `None` if it was not taken in.
    #[must_use]
    pub fn explain(&self, seq: Seq) -> Option<Explanation> {
        let record = self.records.get(&seq)?;
        let (kind, came_in) = self.came_in(seq, record);
        let mut sections = Vec::new();
        let mut section = |title: &str, lines: Vec<String>| {
            if !lines.is_empty() {
                sections.push(Section { title: title.into(), lines });
            }
        };
        section("What came in", came_in);
        section("Where it belongs", self.belongs(seq, record));
        section("What was wanted", self.wanted_lines(seq));
        section("What was decided", self.decided(seq, record));
        section("What comes next", next(record));
        section("What became of it", self.became(seq, record));
        Some(Explanation { seq, title: format!("Record {seq}, {}: {kind}", words::clock(record.at)), sections })
    }

    pub(super) fn came_in(&self, seq: Seq, record: &RecordNote) -> (&'static str, Vec<String>) {
        match &record.input {
            InputNote::Genesis { rules } => (
                "the genesis",
                alloc::vec![format!("Broker {} begins, with {}.", self.name, words::count(*rules, "rule"))],
            ),
            InputNote::Timers => {
                ("timers", alloc::vec!["Nothing came in: time went by, and something was due.".into()])
            }
            InputNote::Event => ("an event", self.events.get(&seq).map(EventNote::told).unwrap_or_default()),
            InputNote::Propose { causes, wanted, more } => {
                let more = if *more { ", and the handler has not finished" } else { "" };
                let line = format!(
                    "The host's code wants {} because of {}{more}.",
                    words::count(*wanted, "effect"),
                    causes.join(", ")
                );
                ("a proposal", alloc::vec![line])
            }
            InputNote::Outcome(outcome) => {
                let what =
                    self.effects.get(&outcome.effect).map(|effect| format!(", {}", effect.what())).unwrap_or_default();
                let line = format!("Effect {}{what}: {}.", outcome.effect, words::outcome(&outcome.result));
                ("an outcome", alloc::vec![line])
            }
            InputNote::Command(command) => ("a command", alloc::vec![format!("{}.", says(command))]),
            InputNote::Configure { rules } => {
                ("a configuration", alloc::vec![format!("A new configuration, with {}.", words::count(*rules, "rule"))])
            }
            InputNote::Work(kind, told) => (*kind, alloc::vec![told.clone()]),
            InputNote::Adopt(number) => {
                ("an upgrade", alloc::vec![format!("Behaviour {number} is adopted from here on.")])
            }
        }
    }

    fn belongs(&self, seq: Seq, record: &RecordNote) -> Vec<String> {
        let mut lines = Vec::new();
        if let (Some(event), Some(chain)) = (self.events.get(&seq), record.chain) {
            lines.push(match &event.link {
                None => {
                    format!("Nothing says that it comes from an effect of ours, so it is the root of chain {chain}.")
                }
                Some(link) if chain.0 == seq => {
                    let because = words::link(link, event.inferred);
                    format!("A person did it, so it is the root of a new chain, {chain}; but {because}.")
                }
                Some(link) => format!(
                    "Chain {chain}, after {}, because {}.",
                    words::count(usize::from(link.hop), "automated step"),
                    words::link(link, event.inferred)
                ),
            });
        } else if let Some(chain) = record.chain {
            lines.push(format!("Chain {chain}."));
        }
        if let Some((used, budget)) = record.spent {
            lines.push(format!("The chain has used {used} of its budget of {budget} automated effects."));
        }
        lines
    }

    fn wanted_lines(&self, seq: Seq) -> Vec<String> {
        let new = self.effects.range(EffectId { seq, ordinal: 0 }..EffectId { seq: seq.next(), ordinal: 0 });
        let mut lines: Vec<String> = new.map(|(_, effect)| self.wanted_line(effect)).collect();
        if lines.is_empty() && self.events.contains_key(&seq) {
            lines.push("No rule wanted anything.".into());
        }
        lines
    }

    fn wanted_line(&self, effect: &EffectNote) -> String {
        if let Some(choice) = self.choices.get(&effect.id) {
            return format!("{} for a plan: {}, {choice}", effect.id, effect.what());
        }
        let by = match (&effect.rule, effect.causes.first()) {
            (Some(rule), Some(Cause::Event(seq))) if *seq == effect.id.seq => format!("by rule {rule}"),
            (Some(rule), _) => format!("by the host's code, called by rule {rule}"),
            (None, _) => "by the host's code".into(),
        };
        let key = effect.key.as_ref().map(|key| format!(", key {key}")).unwrap_or_default();
        let text = effect.text.as_ref().map(|text| format!(": “{}”", words::cut(text, 120))).unwrap_or_default();
        format!("{} {by}{key}: {}{text}", effect.id, effect.what())
    }

    fn decided(&self, seq: Seq, record: &RecordNote) -> Vec<String> {
        let line = |verdict: &Verdict| match verdict {
            Verdict::Duplicate { of: Original::Event(of), .. } => {
                format!("The same event as in record {of}: nothing happens.")
            }
            Verdict::Duplicate { of: Original::Effect(of), key } => {
                let key = key.as_ref().map(|key| format!(" (key {})", words::clean(key, 80))).unwrap_or_default();
                format!("A proposal{key} was made before, as effect {of}: nothing happens.")
            }
            Verdict::Echo { of: Some(of), chain } => {
                format!("It is our own effect {of} of chain {chain} coming back: rules do not see it.")
            }
            Verdict::Echo { of: None, chain } => {
                format!("It is another broker's effect coming back, in chain {chain}.")
            }
            Verdict::Tripped { chain, until, notice, all_until } => {
                let told = notice.map_or_else(String::new, |id| format!(" Effect {id} tells a person."));
                let all = all_until.map_or_else(String::new, |at| {
                    format!(" So many chains tripped that all is stopped until {}.", words::clock(at))
                });
                let until = words::clock(*until);
                format!("The breaker of chain {chain} opens. At {until} one effect may leave on trial.{told}{all}")
            }
            other if other.effect().is_none() => super::work::verdict(other).unwrap_or_default(),
            other => {
                let id = other.effect().unwrap_or_default();
                let effect = self.effects.get(&id);
                let step = effect.and_then(|effect| effect.steps.iter().find(|step| step.seq == seq));
                let words = effect.zip(step).map_or_else(
                    || "of it nothing more is known.".into(),
                    |(effect, step)| format!("{}.{}", step.what.words(effect.is_of_rule()), self.ordered(&step.what)),
                );
                let what =
                    effect.filter(|_| id.seq != seq).map(|effect| format!(" ({})", effect.what())).unwrap_or_default();
                format!("{id}{what} {words}")
            }
        };
        record.verdicts.iter().map(line).collect()
    }

    /// What the journal tells of the record's effects after it.
    fn became(&self, seq: Seq, record: &RecordNote) -> Vec<String> {
        let mut ids: Vec<EffectId> = record.verdicts.iter().filter_map(Verdict::effect).collect();
        if let InputNote::Outcome(outcome) = &record.input {
            ids.push(outcome.effect);
        }
        ids.sort_unstable();
        ids.dedup();
        let mut lines = Vec::new();
        for effect in ids.iter().filter_map(|id| self.effects.get(id)) {
            for (n, step) in effect.steps.iter().enumerate().filter(|(_, step)| step.seq > seq) {
                lines.push(format!(
                    "{} in record {}, {}: {}.{}",
                    effect.id,
                    step.seq,
                    after(record, step.at),
                    effect.told(n),
                    self.ordered(&step.what)
                ));
            }
            if let Some(echo) = effect.echo.and_then(|seq| self.events.get(&seq)).filter(|event| event.seq > seq) {
                lines.push(format!("{} in record {}: the platform showed it to us.", effect.id, echo.seq));
            }
            let open = effect.ended().is_none() && effect.steps.last().is_some_and(|step| step.seq <= seq);
            if open && !matches!(effect.steps.last().map(|step| &step.what), Some(StepKind::Denied(_))) {
                lines.push(format!(
                    "{} is still open at the end of the journal: {}.",
                    effect.id,
                    effect.fate().words()
                ));
            }
            lines.extend(self.followed(effect));
        }
        lines
    }

    /// Who ordered the stop for which an effect is refused, when and why: a sentence of its own, or nothing.
    fn ordered(&self, what: &StepKind) -> String {
        let StepKind::Denied(denial) = what else { return String::new() };
        let record = denial.stop.as_ref().and_then(|stop| stop.record);
        let Some(record) = record.and_then(|seq| self.records.get(&seq)) else { return String::new() };
        let InputNote::Command(command) = &record.input else { return String::new() };
        format!(" At {} {}.", words::clock(record.at), says(command))
    }

    /// The events that came of an effect, other than its echo.
    fn followed<'a>(&'a self, effect: &'a EffectNote) -> impl Iterator<Item = String> + 'a {
        let later = self.events.range(effect.id.seq..).map(|(_, event)| event);
        let linked = later.filter(|event| event.link.is_some_and(|link| link.of == Some(effect.id)) && !event.echo);
        linked.take(8).map(move |event| {
            let chain = if event.chain == effect.chain {
                String::new()
            } else {
                format!(", which begins chain {}", event.chain)
            };
            format!("{} led to record {}: {} on {}{chain}.", effect.id, event.seq, event.kind, event.subject)
        })
    }
}

/// Who orders what, and why.
fn says(command: &Command) -> String {
    let by = command.by.as_ref().map_or_else(|| "Somebody".into(), |actor| words::clean(&actor.id, 80));
    let why = command.reason.as_ref().map(|why| format!(", because “{}”", words::clean(why, 200)));
    format!("{by} says: {}{}", words::order(&command.order), why.unwrap_or_default())
}

fn after(record: &RecordNote, at: crate::Timestamp) -> String {
    format!("{} later", words::span(at.since_ms(record.at)))
}

fn next(record: &RecordNote) -> Vec<String> {
    let Some(wakeup) = record.wakeup else {
        return alloc::vec!["Nothing is due: the broker sleeps until the next input.".into()];
    };
    let pause = words::span(wakeup.at.since_ms(record.at));
    alloc::vec![format!("Wakeup at {}, {pause} later: {}.", words::clock(wakeup.at), words::wake_reason(wakeup.reason))]
}
