//! What a story keeps of each event, effect and record.

use alloc::{string::String, vec::Vec};

use serde::Serialize;

use crate::{
    config::Config,
    effect::{Act, Action, Handle},
    event::ActorClass,
    id::{ChainId, EffectId, Seq},
    input::{Command, Outcome, OutcomeResult},
    rules::Seen,
    text::Text,
    time::Timestamp,
    verdict::{Denial, HoldReason, Link, Verdict, Wakeup},
};

#[derive(Debug, Clone)]
pub(super) struct EventNote {
    pub(super) seq: Seq,
    pub(super) at: Timestamp,
    pub(super) chain: ChainId,
    pub(super) tenant: String,
    pub(super) id: String,
    pub(super) source: String,
    pub(super) kind: String,
    pub(super) subject: String,
    pub(super) about: Option<String>,
    pub(super) actor: Option<String>,
    pub(super) class: ActorClass,
    pub(super) text: Option<String>,
    pub(super) object: Option<String>,
    pub(super) link: Option<Link>,
    /// A tool inferred the link by timing.
    pub(super) inferred: bool,
    pub(super) echo: bool,
    pub(super) late: bool,
    /// What came of it, directly.
    pub(super) effects: Vec<EffectId>,
}

#[derive(Debug, Clone)]
pub(super) struct EffectNote {
    pub(super) id: EffectId,
    pub(super) at: Timestamp,
    pub(super) chain: ChainId,
    pub(super) hop: u16,
    pub(super) kind: String,
    pub(super) subject: String,
    /// What it concerns, when that is another thing than where it lands.
    pub(super) about: Option<String>,
    pub(super) text: Option<String>,
    pub(super) rule: Option<String>,
    pub(super) key: Option<String>,
    /// It is a call of this handler.
    pub(super) handler: Option<String>,
    pub(super) causes: Vec<Cause>,
    /// What it caused: the proposals that answer a handler call, or name it as cause.
    pub(super) proposals: Vec<EffectId>,
    /// The event by which the platform showed it to us.
    pub(super) echo: Option<Seq>,
    pub(super) steps: Vec<Step>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    Event(Seq),
    Effect(EffectId),
}

/// One thing that was decided about, or became of, an effect.
#[derive(Debug, Clone)]
pub(super) struct Step {
    pub(super) seq: Seq,
    pub(super) at: Timestamp,
    pub(super) what: StepKind,
}

#[derive(Debug, Clone)]
pub(super) enum StepKind {
    /// In log mode with what it would have been denied for, or held as.
    Admitted(Option<Denial>, Option<HoldReason>),
    Held {
        until: Timestamp,
        why: HoldReason,
        denial: Option<Denial>,
        /// Until when it can be held on.
        latest: Timestamp,
    },
    Denied(Denial),
    Expired,
    Cancelled,
    Ambiguous,
    Outcome(OutcomeResult),
    /// The host's handler has answered.
    Answered,
}

/// Where an effect stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Fate {
    /// It happened, or its handler has answered.
    Done,
    /// It left, and its outcome is awaited.
    Sent,
    /// It is held.
    Held,
    /// It was refused.
    Denied,
    /// The platform refused it for now: it is tried again.
    Retry,
    /// Nobody knows what became of it: it is released again.
    Ambiguous,
    /// It failed for good.
    Failed,
    /// It came too late to be of use.
    Expired,
    /// A person, a stop or the host dropped it.
    Cancelled,
}

/// A record, as it is told.
#[derive(Debug, Clone)]
pub(super) struct RecordNote {
    pub(super) at: Timestamp,
    pub(super) chain: Option<ChainId>,
    pub(super) input: InputNote,
    pub(super) verdicts: Vec<Verdict>,
    pub(super) wakeup: Option<Wakeup>,
    /// Automated effects the chain has used after it, and may use.
    pub(super) spent: Option<(u32, u32)>,
}

#[derive(Debug, Clone)]
pub(super) enum InputNote {
    Genesis {
        rules: usize,
    },
    Timers,
    Event,
    Propose {
        causes: Vec<String>,
        wanted: usize,
        more: bool,
    },
    Outcome(Outcome),
    Command(Command),
    Configure {
        rules: usize,
    },
    /// Something about plans or agents, in words.
    Work(&'static str, String),
    Adopt(u16),
}

impl EffectNote {
    /// Where it stands, by the last thing that was said of it.
    pub(super) fn fate(&self) -> Fate {
        match self.steps.last().map(|step| &step.what) {
            None | Some(StepKind::Admitted(..)) => Fate::Sent,
            Some(StepKind::Held { .. }) => Fate::Held,
            Some(StepKind::Denied(_)) => Fate::Denied,
            Some(StepKind::Expired) => Fate::Expired,
            Some(StepKind::Cancelled | StepKind::Outcome(OutcomeResult::Cancelled {})) => Fate::Cancelled,
            Some(StepKind::Ambiguous | StepKind::Outcome(OutcomeResult::Ambiguous {})) => Fate::Ambiguous,
            Some(StepKind::Answered | StepKind::Outcome(OutcomeResult::Done { .. })) => Fate::Done,
            Some(StepKind::Outcome(OutcomeResult::Retry { .. })) => Fate::Retry,
            Some(StepKind::Outcome(OutcomeResult::Failed { .. })) => Fate::Failed,
        }
    }

    /// Did a rule make it, and no code of the host? Then only its rule can declare something.
    pub(super) fn is_of_rule(&self) -> bool {
        self.rule.is_some() && matches!(self.causes.first(), Some(Cause::Event(seq)) if *seq == self.id.seq)
    }

    /// Why it was, or in log mode would have been, refused.
    pub(super) fn denial(&self) -> Option<(Denial, bool)> {
        self.steps.iter().rev().find_map(|step| match &step.what {
            StepKind::Denied(denial) => Some((denial.clone(), true)),
            StepKind::Admitted(Some(denial), _) => Some((denial.clone(), false)),
            _ => None,
        })
    }

    /// When it ended, if it has.
    pub(super) fn ended(&self) -> Option<Timestamp> {
        let open = matches!(self.fate(), Fate::Sent | Fate::Held | Fate::Retry | Fate::Ambiguous);
        self.steps.last().filter(|_| !open).map(|step| step.at)
    }
}

/// What an effect asks for, wherever that was found.
#[derive(Default)]
pub(super) struct Content {
    pub(super) kind: Text,
    pub(super) subject: Text,
    pub(super) about: Option<Text>,
    pub(super) text: Option<Text>,
    pub(super) rule: Option<Text>,
    pub(super) key: Option<Text>,
    pub(super) handler: Option<Text>,
}

impl Content {
    pub(super) fn of((action, rule): &(Action, Text)) -> Self {
        Self { rule: Some(rule.clone()), ..Self::of_action(action) }
    }

    pub(super) fn of_effect(effect: &crate::Effect) -> Self {
        Self { rule: effect.rule.clone(), key: effect.key.clone(), ..Self::of_action(&effect.action) }
    }

    fn of_action(action: &Action) -> Self {
        match action {
            Action::Act(Act { kind, subject, about, text, .. }) => Self {
                kind: kind.clone(),
                subject: subject.clone(),
                about: about.clone(),
                text: text.clone(),
                ..Self::default()
            },
            Action::Handle(handle) => Self {
                kind: "handle".into(),
                subject: handle.event.subject.clone(),
                about: handle.event.about.clone(),
                handler: Some(handle.handler.clone()),
                ..Self::default()
            },
            Action::Dispatch(dispatch) => Self::of_task("dispatch", &dispatch.task, Some(&dispatch.agent)),
            Action::Recall(recall) => Self::of_task("recall", &recall.task, Some(&recall.agent)),
            Action::Handed(handed) => Self::of_task("handed", &handed.task, Some(&handed.agent)),
            Action::Ask(asked) => {
                Self { text: Some(asked.question.text.clone()), ..Self::of_task("ask", &asked.task, None) }
            }
        }
    }

    /// About a task of a plan, and an agent.
    fn of_task(kind: &str, task: &Text, agent: Option<&Text>) -> Self {
        let text = agent.map(|agent| Text::concat(&["agent ", agent]));
        Self { kind: kind.into(), subject: Text::concat(&["task:", task]), text, ..Self::default() }
    }
}

/// What the rules want of an event, in the order of ordinals.
pub(super) fn wanted(config: &Config, seen: &Seen<'_>) -> Vec<(Action, Text)> {
    let mut out = Vec::new();
    for rule in config.rules.iter().filter(|rule| rule.matches(seen)) {
        out.extend(rule.effects.iter().map(|template| (Action::Act(template.render(seen)), rule.id.clone())));
        if let Some(handler) = &rule.handle {
            let event = alloc::boxed::Box::new(seen.event.clone());
            out.push((Action::Handle(Handle { handler: handler.clone(), event }), rule.id.clone()));
        }
    }
    out
}
