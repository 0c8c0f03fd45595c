//! The real broker as a guard: every event, proposal and outcome goes through `submit`.

use std::{
    collections::{BTreeMap, BTreeSet},
    mem,
};

use reynolds::{
    Broker, Config, Durability, Effect, EffectId, Event, Genesis, Keys, ReleaseNo, Timestamp, Verdict,
    event::{Actor, ActorClass, Property},
    input::{Input, Outcome, OutcomeResult, PlanRef, Proposal, Propose},
};

use super::{
    guards::{Answer, Guard, Resolved},
    trace::{In, Out},
};

/// When stories begin.
const START: u64 = 1_700_000_000_000;
/// What a plan without a size is worth, where a story knows of none.
const OPEN_PLAN: u32 = 0;

/// One broker, as a host would run it.
pub struct Reynolds {
    broker: Broker,
    /// Effects by the index they have in the story.
    ids: BTreeMap<EffectId, usize>,
    by_index: BTreeMap<usize, EffectId>,
    tokens: BTreeMap<String, String>,
    duplicates: BTreeSet<usize>,
    events: BTreeMap<usize, String>,
    held: BTreeSet<usize>,
    resolved: Vec<Resolved>,
    taken: ReleaseNo,
    why: String,
    refused: Option<String>,
    /// Of the events that effects of ours brought about: how many the broker linked, and how many there were.
    linked: (u32, u32),
    /// Every verdict as JSON, one per line: the same in all languages.
    pub verdicts: String,
    /// What was submitted, as JSON, where it is to be replayed elsewhere.
    pub inputs: Option<Vec<(u64, Input)>>,
}

impl Reynolds {
    /// A broker with defaults that knows `self` as its own account.
    ///
    /// # Panics
    ///
    /// Never: the configuration is valid.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let mut config = Config { own: BTreeSet::from(["x:self".to_owned()]), ..Config::default() };
        // A host is there all the time: where nothing happens in a story for years, its clock is not broken.
        config.timing.max_jump_ms = 10 * 366 * 86_400_000;
        let genesis =
            Genesis { name: "bench".into(), seed, durability: Durability::Volatile, config, at: Timestamp(START) };
        let keys = Keys::new(1, b"a key for the benchmark, and for it alone").expect("long enough");
        Self {
            broker: Broker::new(genesis, keys).expect("a valid genesis"),
            ids: BTreeMap::new(),
            by_index: BTreeMap::new(),
            tokens: BTreeMap::new(),
            duplicates: BTreeSet::new(),
            events: BTreeMap::new(),
            held: BTreeSet::new(),
            resolved: Vec::new(),
            taken: ReleaseNo(0),
            why: String::new(),
            refused: None,
            linked: (0, 0),
            verdicts: String::new(),
            inputs: None,
        }
    }

    fn submit(&mut self, now: u64, input: Input) -> Vec<Verdict> {
        self.decide(now, input).1
    }

    /// Whether an event was linked to an effect of ours, and the verdicts.
    fn decide(&mut self, now: u64, input: Input) -> (bool, Vec<Verdict>) {
        if let Some(inputs) = &mut self.inputs {
            inputs.push((now, input.clone()));
        }
        match self.broker.submit(Timestamp(START.saturating_add(now)), input) {
            Ok(decision) => {
                self.take();
                (decision.link.is_some(), self.note(decision.verdicts))
            }
            Err(rejected) => {
                self.refused.get_or_insert_with(|| rejected.to_string());
                (false, Vec::new())
            }
        }
    }

    /// Keeps the tokens of what was released.
    fn take(&mut self) {
        let mut effects: Vec<Effect> = Vec::new();
        self.broker.released(self.taken, &mut effects);
        for effect in effects {
            self.taken = effect.release;
            if let (Some(key), Some(token)) = (effect.key, effect.token) {
                self.tokens.insert(key.as_str().to_owned(), token.as_str().to_owned());
            }
        }
    }

    /// Notes what became of effects that were held before.
    fn note(&mut self, verdicts: Vec<Verdict>) -> Vec<Verdict> {
        for verdict in &verdicts {
            self.verdicts += &serde_json::to_string(verdict).expect("JSON");
            self.verdicts.push('\n');
            if let Verdict::Denied { denial, .. } = verdict {
                self.why = denial.to_string();
            }
            let Some(at) = verdict.effect().and_then(|id| self.ids.get(&id)).copied() else { continue };
            let answer = match verdict {
                Verdict::Admitted { .. } => Answer::Allow,
                Verdict::Denied { .. } | Verdict::Expired { .. } | Verdict::Cancelled { .. } => Answer::Deny,
                _ => continue,
            };
            if self.held.remove(&at) {
                self.resolved.push((at, answer));
            }
        }
        verdicts
    }
}

impl Guard for Reynolds {
    fn name(&self) -> String {
        "reynolds".into()
    }

    fn arrive(&mut self, at: usize, event: &In, now: u64) {
        let text = |text: &str| (!text.is_empty()).then(|| text.into());
        let input = Event {
            id: event.id.as_str().into(),
            source: event.src.as_str().into(),
            kind: event.kind.as_str().into(),
            subject: event.subj.as_str().into(),
            actor: text(&event.actor)
                .map(|_: reynolds::Text| Actor { id: format!("x:{}", event.actor).into(), class: class(event) }),
            object: text(&event.obj),
            reply_to: text(&event.re),
            text: text(&event.text),
            state: state(event),
            token: self.tokens.get(&event.tok).map(|token| token.as_str().into()),
            progress: event.prog,
            tenant: text(&event.tenant),
            ..Event::default()
        };
        let (linked, verdicts) = self.decide(now, input.into());
        if event.by >= 0 {
            self.linked.0 += u32::from(linked);
            self.linked.1 += 1;
        }
        if verdicts.iter().any(|verdict| matches!(verdict, Verdict::Duplicate { .. })) {
            self.duplicates.insert(at);
        }
        // Where two sources use one id, the later event goes by both.
        let name = if self.events.values().any(|known| *known == event.id) {
            format!("{}/{}", event.src, event.id)
        } else {
            event.id.clone()
        };
        self.events.insert(at, name);
    }

    fn ask(&mut self, at: usize, effect: &Out, now: u64) -> Answer {
        if self.duplicates.contains(&effect.cause) {
            return Answer::Duplicate;
        }
        let text = |text: &str| (!text.is_empty()).then(|| text.into());
        let plan = (effect.plan > 0 || !effect.plan_id.is_empty()).then(|| PlanRef {
            id: if effect.plan_id.is_empty() { "plan".into() } else { effect.plan_id.as_str().into() },
            size: if effect.plan_n == 0 { OPEN_PLAN } else { effect.plan_n },
        });
        let writes = text(&effect.w)
            .map(|_: reynolds::Text| Property { property: effect.w.as_str().into(), value: effect.wv.as_str().into() });
        let proposal = Proposal {
            key: Some(effect.eid.as_str().into()),
            kind: effect.kind.as_str().into(),
            subject: effect.subj.as_str().into(),
            text: text(&effect.text),
            attempt: effect.att,
            progress: effect.prog,
            plan,
            writes,
            read_only: effect.ro > 0,
            ..Proposal::default()
        };
        let cause = self.events[&effect.cause].as_str().into();
        let tenant = text(&effect.tenant);
        let verdicts = self.submit(now, Propose { cause, effects: vec![proposal], more: true, tenant }.into());
        let own = |verdict: &&Verdict| match verdict {
            Verdict::Admitted { key, .. }
            | Verdict::Held { key, .. }
            | Verdict::Denied { key, .. }
            | Verdict::Duplicate { key, .. } => key.as_deref() == Some(effect.eid.as_str()),
            _ => false,
        };
        let Some(verdict) = verdicts.iter().rfind(own) else { return Answer::Deny };
        if let Some(id) = verdict.effect() {
            self.ids.insert(id, at);
            self.by_index.insert(at, id);
        }
        match verdict {
            Verdict::Admitted { .. } => Answer::Allow,
            Verdict::Held { .. } => {
                self.held.insert(at);
                Answer::Hold
            }
            Verdict::Duplicate { .. } => Answer::Duplicate,
            _ => Answer::Deny,
        }
    }

    fn receipt(&mut self, at: usize, object: &str, now: u64) {
        let Some(id) = self.by_index.get(&at).copied() else { return };
        let object = (!object.is_empty()).then(|| object.into());
        let outcome: Input = Outcome {
            effect: id,
            result: OutcomeResult::Done { object, objects: Vec::new() },
            chain: None,
            tenant: None,
        }
        .into();
        if let Some(inputs) = &mut self.inputs {
            inputs.push((now, outcome.clone()));
        }
        if let Ok(decision) = self.broker.submit(Timestamp(START.saturating_add(now)), outcome) {
            self.note(decision.verdicts);
        }
    }

    fn wakeup(&self) -> Option<u64> {
        self.broker.wakeup().map(|wakeup| wakeup.at.0.saturating_sub(START))
    }

    fn resolved(&mut self, now: u64) -> Vec<Resolved> {
        if let Some(decision) = self.broker.advance(Timestamp(START.saturating_add(now))) {
            self.take();
            self.note(decision.verdicts);
        }
        mem::take(&mut self.resolved)
    }

    fn is_linked(&self) -> bool {
        2 * self.linked.0 > self.linked.1
    }

    fn refused(&self) -> Option<&str> {
        self.refused.as_deref()
    }

    fn why(&self) -> &str {
        &self.why
    }

    fn log(&self) -> &str {
        &self.verdicts
    }
}

fn class(event: &In) -> ActorClass {
    match event.cls.as_str() {
        // The host's own timers, which older stories call a system.
        "system" if event.src == "timer" => ActorClass::Timer,
        "human" => ActorClass::Human,
        "bot" => ActorClass::Bot,
        "app" => ActorClass::App,
        "system" => ActorClass::System,
        "timer" => ActorClass::Timer,
        _ => ActorClass::Unknown,
    }
}

fn state(event: &In) -> Option<Property> {
    if event.state.is_empty() {
        return None;
    }
    let (property, value) = match event.state.split_once(':') {
        _ if !event.prop.is_empty() => (event.prop.as_str(), event.state.as_str()),
        Some((property, value)) => (property, value),
        None => ("tree", event.state.as_str()),
    };
    Some(Property { property: property.into(), value: value.into() })
}
