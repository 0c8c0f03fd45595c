//! What somebody asks who is called at night: what is open and until when, what people and the breaker have stopped, and which records
//! concern one subject.

use alloc::{
    collections::BTreeSet,
    format,
    string::{String, ToString},
    vec::Vec,
};

use serde::Serialize;

use super::{
    note::{EffectNote, InputNote, RecordNote, StepKind},
    story::Story,
    words,
};
use crate::{
    effect::Effect,
    id::{ChainId, EffectId, Seq},
    input::Order,
    time::Timestamp,
    verdict::{HoldReason, StopKind},
    view::{BreakerStage, Open, View},
};

/// An effect that has not ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Standing {
    /// Its tenant, `""` for the default one.
    pub tenant: String,
    /// Its id.
    pub effect: EffectId,
    /// Its chain.
    pub chain: ChainId,
    /// The rule it is of, if it is of one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// What it is and where it lands.
    pub what: String,
    /// Why it is held, if it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held: Option<HoldReason>,
    /// Since when it is held, or with the host, as far as the journal tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// When something happens to it if nobody says anything.
    pub due: Timestamp,
    /// Until when it stays held at the latest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latest: Option<Timestamp>,
    /// The same in words.
    pub stands: String,
}

/// What is stopped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Stopping {
    /// Its tenant, `""` for the default one.
    pub tenant: String,
    /// The record of the order or the trip, as far as it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub record: Option<Seq>,
    /// What, by whom, why, since when, and the order that lifts it.
    pub stands: String,
}

/// A record that concerns what was looked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Concerning {
    /// The record.
    pub record: Seq,
    /// When it was made.
    pub at: Timestamp,
    /// What came in.
    pub came_in: String,
    /// What was decided of the effects that concern it, or became of them.
    pub decided: Vec<String>,
}

impl Story {
    /// The effects that have not ended, by tenant and id. The view is of the broker at the end of the story.
    #[must_use]
    pub fn open(&self, view: View<'_>) -> Vec<Standing> {
        let of = |tenant| view.open(tenant).map(move |open| (tenant, open));
        view.tenants().flat_map(of).map(|(tenant, open)| self.standing(tenant, open)).collect()
    }

    fn standing(&self, tenant: &str, open: Open<'_>) -> Standing {
        let Effect { id, chain, .. } = *open.effect;
        let note = self.effects.get(&id);
        let first_held = || note?.steps.iter().find(|step| matches!(step.what, StepKind::Held { .. }));
        let since = match open.held {
            Some(_) => first_held().map(|step| step.at),
            None => note.and_then(|note| note.steps.last()).map(|step| step.at),
        };
        let latest = note.and_then(|note| match &note.steps.last()?.what {
            StepKind::Held { why: HoldReason::Probe, latest, .. } => Some(*latest),
            _ => None,
        });
        let latest = open.held.map(|_| latest.unwrap_or(open.due).max(open.due));
        let due = words::clock(open.due);
        let next = match (open.held, latest.map(words::clock)) {
            (None, _) => {
                format!("{}; something happens to it at {due}", note.map_or("sent", |note| note.fate().words()))
            }
            (Some(HoldReason::Limit), _) => format!("held for a person; given up at {due}"),
            (Some(HoldReason::Repeats), _) => format!("held because it repeats itself; leaves at {due}"),
            (Some(HoldReason::Behind), _) => {
                format!("held behind an earlier effect on its subject; looked at again at {due} at the latest")
            }
            (Some(_), latest) => format!(
                "held to see whether answers come without it; looked at again at {due}, decided at {} at the latest",
                latest.unwrap_or_default()
            ),
        };
        let since_words = since.map(|at| format!("since {}: ", words::clock(at))).unwrap_or_default();
        Standing {
            tenant: words::clean(tenant, 80),
            effect: id,
            chain,
            rule: open.effect.rule.as_ref().map(|rule| words::clean(rule, 80)),
            what: note.map_or_else(|| "an effect older than the journal".into(), EffectNote::what),
            held: open.held,
            since,
            due: open.due,
            latest,
            stands: format!("{since_words}{next}"),
        }
    }

    /// What people and the emergency breaker have stopped, and has not been resumed.
    #[must_use]
    pub fn stopping(&self, view: View<'_>) -> Vec<Stopping> {
        view.tenants().flat_map(|tenant| stopping(view, tenant)).collect()
    }

    /// The records that land on a subject or are about it, or that concern an object, an event's id or an effect's, the oldest first.
    #[must_use]
    pub fn concerning(&self, name: &str) -> Vec<Concerning> {
        let [subject, object, id] = [160, 120, 80].map(|max| words::clean(name, max));
        let is_subject = |of: &str, about: &Option<String>| of == subject || about.as_ref() == Some(&subject);
        let events = self.events.values().filter(|event| {
            is_subject(&event.subject, &event.about) || event.object.as_ref() == Some(&object) || event.id == id
        });
        let events: BTreeSet<Seq> = events.map(|event| event.seq).collect();
        let effect: Option<EffectId> = name.parse().ok();
        let wanted = |note: &&EffectNote| {
            let caused =
                note.causes.iter().any(|cause| matches!(cause, super::note::Cause::Event(seq) if events.contains(seq)));
            caused || is_subject(&note.subject, &note.about) || Some(note.id) == effect || note.made(&object)
        };
        let effects: BTreeSet<EffectId> = self.effects.values().filter(wanted).map(|note| note.id).collect();
        let steps = effects.iter().filter_map(|id| self.effects.get(id)).flat_map(|note| &note.steps);
        let mut records: BTreeSet<Seq> = steps.map(|step| step.seq).chain(events).collect();
        let ordered = |note: &RecordNote| match &note.input {
            InputNote::Command(command) => names(&command.order, name, effect),
            _ => false,
        };
        records.extend(self.records.iter().filter(|(_, note)| ordered(note)).map(|(seq, _)| *seq));
        records.iter().filter_map(|seq| self.concerns(*seq, &effects)).collect()
    }

    fn concerns(&self, seq: Seq, effects: &BTreeSet<EffectId>) -> Option<Concerning> {
        let note = self.records.get(&seq)?;
        let (kind, lines) = self.came_in(seq, note);
        let first = lines.first().map(|line| format!(": {line}")).unwrap_or_default();
        let by = self.events.get(&seq).and_then(|event| event.actor.as_ref()).map(|by| format!(" by {by}"));
        let steps = effects.iter().filter_map(|id| self.effects.get(id));
        let steps = steps.flat_map(|effect| effect.steps.iter().map(move |step| (effect, step)));
        let decided = steps.filter(|(_, step)| step.seq == seq);
        let decided = decided.map(|(effect, step)| format!("{} {}: {}", effect.id, effect.what(), step.what.short()));
        Some(Concerning {
            record: seq,
            at: note.at,
            came_in: format!("{kind}{first}{}", by.unwrap_or_default()),
            decided: decided.collect(),
        })
    }
}

impl EffectNote {
    /// Did it make this object?
    fn made(&self, object: &str) -> bool {
        use crate::input::OutcomeResult::Done;
        self.steps.iter().any(|step| match &step.what {
            StepKind::Outcome(Done { object: one, objects }) => {
                one.iter().chain(objects).any(|made| words::clean(made, 120) == object)
            }
            _ => false,
        })
    }
}

/// Does an order name what is looked for?
fn names(order: &Order, name: &str, id: Option<EffectId>) -> bool {
    match order {
        Order::StopSubject { subject } | Order::ResumeSubject { subject } => subject == name,
        Order::ApproveHeld { subject, .. } => subject.as_deref() == Some(name),
        Order::Approve { effect } | Order::Cancel { effect } => Some(*effect) == id,
        _ => false,
    }
}

/// What a stop of everything stops, where that might be misread: only one tenant's.
fn everything(view: View<'_>, tenant: &str) -> &'static str {
    match (tenant, view.tenants().count()) {
        (_, ..=1) => "everything",
        ("", _) => "everything without a tenant, and nothing that has one,",
        _ => "everything of this tenant",
    }
}

fn stopping(view: View<'_>, tenant: &str) -> Vec<Stopping> {
    let named = words::clean(tenant, 80);
    let one = |record, stands| Stopping { tenant: named.clone(), record, stands };
    let mut out = Vec::new();
    for stop in view.stops(tenant) {
        let subject = words::clean(stop.subject.unwrap_or_default(), 160);
        let chain = stop.chain.map(|chain| chain.to_string()).unwrap_or_default();
        let (what, lift) = match stop.what {
            StopKind::All => (everything(view, tenant).into(), "`resume_all`".into()),
            StopKind::Chain => (format!("chain {chain}"), format!("`resume_chain` of {chain}")),
            StopKind::Subject => (format!("the subject {subject}"), format!("`resume_subject` of {subject}")),
        };
        let by = stop.by.map_or_else(|| "somebody".into(), |by| words::clean(&by.id, 80));
        let since = stop.since.map(|at| format!(" since {}", words::clock(at))).unwrap_or_default();
        let why = stop.reason.map(|why| format!(", because “{}”", words::clean(why, 200))).unwrap_or_default();
        let record = stop.record.map(|seq| format!(" (record {seq})")).unwrap_or_default();
        out.push(one(stop.record, format!("{what} is stopped{since} by {by}{why}{record}; lifted by {lift}")));
    }
    if let Some(until) = view.stopped_until(tenant) {
        let until = words::clock(until);
        out.push(one(
            None,
            format!(
                "{} is stopped by the emergency breaker until {until}; lifted by `resume_all`",
                everything(view, tenant)
            ),
        ));
    }
    for trip in view.tripped(tenant) {
        let (chain, since, until) = (trip.chain, words::clock(trip.since), words::clock(trip.until));
        let stage = match trip.stage {
            BreakerStage::Open => format!("until {until}, when one effect may leave on trial"),
            BreakerStage::HalfOpen => "the next effect leaves on trial".into(),
            BreakerStage::Trial => "one effect has left on trial".into(),
        };
        let (reason, subject) = (words::deny_reason(trip.reason), words::clean(trip.subject, 160));
        out.push(one(
            Some(trip.effect.seq),
            format!(
                "chain {chain} is stopped since {since} by the emergency breaker, for what effect {} would have done on {subject} ({reason}): \
                 {stage}; lifted by `resume_chain` of {chain}",
                trip.effect
            ),
        ));
    }
    out
}
