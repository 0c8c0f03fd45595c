//! What a story remembers, and how it learns it from records.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    format,
    string::String,
    vec::Vec,
};

use super::{
    note::{Cause, Content, EffectNote, EventNote, Fate, InputNote, RecordNote, Step, StepKind, wanted},
    words::clean,
};
use crate::{
    det::gather,
    effect::Action,
    event::Event,
    id::{ChainId, EffectId, Seq},
    input::{Input, Propose},
    restore::Replayed,
    rules::Seen,
    state::who,
    text::Text,
    time::Timestamp,
    verdict::{Decision, Verdict},
    view::View,
};

/// The attribute by which a tool marks a link it inferred itself. See [cli.md](https://github.com/reynolds-rs/reynolds/blob/main/docs/cli.md).
pub(super) const INFERRED: &str = "inferred_link";

/// What happened, chain by chain, in a form to be drawn and told.
///
/// It grows with the journal: a few hundred bytes per record, with texts cut to 400 characters.
#[derive(Debug, Clone, Default)]
pub struct Story {
    pub(super) name: String,
    pub(super) chains: BTreeMap<ChainId, Chain>,
    pub(super) events: BTreeMap<Seq, EventNote>,
    pub(super) effects: BTreeMap<EffectId, EffectNote>,
    pub(super) records: BTreeMap<Seq, RecordNote>,
    /// Chains whose root a person made in answer to an effect.
    pub(super) answers: BTreeMap<EffectId, Vec<ChainId>>,
    /// Effects of other chains that the refused or held effect of a chain repeats: see [`super::line`].
    pub(super) continued: BTreeMap<EffectId, ChainId>,
    /// Why the agents of dispatches were chosen.
    pub(super) choices: BTreeMap<EffectId, String>,
    /// Events by tenant and the name under which a proposal may name them.
    names: BTreeMap<String, Seq>,
    last: Seq,
}

/// A chain: one root and everything that follows from it without a person.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Chain {
    /// Its id: the seq of its root.
    pub id: ChainId,
    /// Its tenant, `""` for the default one.
    pub tenant: String,
    /// Its events, in order, the root first unless it is older than the journal.
    pub events: Vec<Seq>,
    /// Its effects, in order, whatever was decided about them.
    pub effects: Vec<EffectId>,
    /// The effect of another chain that a person answered by making this one's root.
    pub parent: Option<EffectId>,
    /// When its first record was made.
    pub from: Timestamp,
    /// When anything last happened in it.
    pub to: Timestamp,
    /// The hop limit in force when anything last happened in it.
    pub hop_limit: u16,
}

impl Chain {
    /// All of it by its record; in one record the event comes first.
    pub(super) fn in_order(&self) -> Vec<(Seq, Cause)> {
        let mut order: Vec<_> = self.events.iter().map(|seq| (*seq, Cause::Event(*seq))).collect();
        order.extend(self.effects.iter().map(|id| (id.seq, Cause::Effect(*id))));
        order.sort_by_key(|(seq, _)| *seq);
        order
    }
}

impl Story {
    /// A story in which nothing has happened yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in a replayed record. See [`crate::Restorer::push_watched`].
    pub fn watch(&mut self, replayed: &Replayed<'_>) {
        let choices = replayed.state.crew.choices.iter().flatten();
        self.choices.extend(choices.map(|(dispatch, choice)| (*dispatch, super::work::choice(choice))));
        self.record(replayed.input.as_ref(), &replayed.decision, replayed.view());
    }

    /// Takes in what a living broker decided: the input it was given (`None` for [`crate::Broker::advance`]), its
    /// decision, and its view right afterwards. A duplicate, which is no record, is left out.
    pub fn record(&mut self, input: Option<&Input>, decision: &Decision, view: View<'_>) {
        let seq = decision.seq;
        if seq <= self.last {
            return;
        }
        if self.last == Seq(0) {
            self.name = clean(view.name(), 64);
        }
        self.last = seq;
        if let Some(Input::Event(event)) = input {
            self.add_event(event, decision, view);
        }
        let mut proposals = match input {
            Some(Input::Propose(propose)) => propose.effects.iter(),
            _ => [].iter(),
        };
        let rendered = self.rendered(input, decision, view);
        // A notice of the breaker stands between the effects that were wanted.
        let mut notices = Vec::new();
        for verdict in &decision.verdicts {
            let Some(id) = verdict.effect() else {
                match verdict {
                    Verdict::Duplicate { .. } => drop(proposals.next()),
                    Verdict::Tripped { notice, .. } => notices.extend(*notice),
                    _ => {}
                }
                continue;
            };
            if id.seq == seq && !self.effects.contains_key(&id) {
                let wanted = if notices.contains(&id) { None } else { proposals.next() };
                let proposal = wanted.map(|proposal| Content {
                    kind: proposal.kind.clone(),
                    subject: proposal.subject.clone(),
                    about: proposal.about.clone(),
                    text: proposal.text.clone(),
                    key: proposal.key.clone(),
                    ..Content::default()
                });
                let content = proposal.or_else(|| {
                    usize::from(id.ordinal).checked_sub(notices.len()).and_then(|at| rendered.get(at)).map(Content::of)
                });
                self.add_effect(id, verdict, content, input, decision, view);
            }
            self.add_step(id, seq, verdict, view);
        }
        let chain = self.close(input, decision, view);
        self.note_record(seq, chain, input, decision, view);
    }

    /// The chains, by id.
    pub fn chains(&self) -> impl Iterator<Item = &Chain> {
        self.chains.values()
    }

    /// One chain.
    #[must_use]
    pub fn chain(&self, id: ChainId) -> Option<&Chain> {
        self.chains.get(&id)
    }

    /// The chain a record belongs to, if it was taken in and belongs to one.
    #[must_use]
    pub fn chain_of(&self, record: Seq) -> Option<ChainId> {
        self.records.get(&record)?.chain
    }

    /// How many records were taken in.
    #[must_use]
    pub fn records(&self) -> usize {
        self.records.len()
    }

    fn add_event(&mut self, event: &Event, decision: &Decision, view: View<'_>) {
        let (seq, chain) = (decision.seq, decision.chain.unwrap_or(ChainId(decision.seq)));
        let tenant = event.tenant.as_deref().unwrap_or("");
        let echo = decision.verdicts.iter().any(|verdict| matches!(verdict, Verdict::Echo { .. }));
        self.touch_chain(chain, tenant, view).events.push(seq);
        if let Some(of) = decision.link.and_then(|link| link.of) {
            if echo {
                if let Some(effect) = self.effects.get_mut(&of).filter(|effect| effect.echo.is_none()) {
                    effect.echo = Some(seq);
                }
            } else if chain.0 == seq {
                self.answers.entry(of).or_default().push(chain);
                self.touch_chain(chain, tenant, view).parent = Some(of);
            }
        }
        let note = EventNote {
            seq,
            at: view.now(),
            chain,
            tenant: clean(event.tenant.as_deref().unwrap_or(""), 80),
            id: clean(&event.id, 80),
            source: clean(&event.source, 80),
            kind: clean(&event.kind, 80),
            subject: clean(&event.subject, 160),
            about: event.about.as_deref().map(|about| clean(about, 160)),
            actor: event.actor.as_ref().map(|actor| clean(&actor.id, 80)),
            class: who(view.config(), event).class,
            text: event.text.as_deref().map(|text| clean(text, 400)),
            object: event.object.as_deref().map(|object| clean(object, 120)),
            link: decision.link,
            inferred: event.attributes.contains_key(INFERRED),
            echo,
            late: decision.late,
            effects: Vec::new(),
        };
        self.events.insert(seq, note);
        // By its id where only one source uses that, else by `source/id`.
        self.names.insert(format!("{tenant}\0{}/{}", event.source, event.id), seq);
        self.names.entry(format!("{tenant}\0{}", event.id)).or_insert(seq);
    }

    fn add_effect(
        &mut self,
        id: EffectId,
        verdict: &Verdict,
        content: Option<Content>,
        input: Option<&Input>,
        decision: &Decision,
        view: View<'_>,
    ) {
        let tenant = tenant_of(input, id, view);
        let open = view.open_effect(tenant, id);
        let causes = self.causes(input, decision, tenant);
        let denial = match verdict {
            Verdict::Denied { denial, .. } => Some(denial),
            _ => None,
        };
        let chain = match (&open, denial) {
            (Some(open), _) => open.effect.chain,
            (None, Some(denial)) => denial.chain,
            (None, None) => {
                let of_cause = causes.first().and_then(|cause| self.cause_chain(*cause));
                decision.chain.or(of_cause).unwrap_or(ChainId(id.seq))
            }
        };
        let deeper = || causes.iter().filter_map(|cause| self.hop_of(*cause)).max().unwrap_or(0).saturating_add(1);
        let hop = open.map(|open| open.effect.hop).or(denial.map(|denial| denial.hop)).unwrap_or_else(deeper);
        let content = match open {
            Some(open) => Content::of_effect(open.effect),
            None => content.unwrap_or_default(),
        };
        for cause in &causes {
            match cause {
                Cause::Event(seq) => self.events.get_mut(seq).map(|event| event.effects.push(id)),
                Cause::Effect(of) => self.effects.get_mut(of).map(|effect| effect.proposals.push(id)),
            };
        }
        self.touch_chain(chain, tenant, view).effects.push(id);
        let note = EffectNote {
            id,
            at: view.now(),
            chain,
            hop,
            kind: clean(&content.kind, 80),
            subject: clean(&content.subject, 160),
            about: content.about.map(|about| clean(&about, 160)),
            text: content.text.map(|text| clean(&text, 400)),
            rule: content.rule.map(|rule| clean(&rule, 80)),
            key: content.key.map(|key| clean(&key, 80)),
            handler: content.handler.map(|handler| clean(&handler, 80)),
            causes,
            proposals: Vec::new(),
            echo: None,
            steps: Vec::new(),
        };
        self.effects.insert(id, note);
    }

    fn add_step(&mut self, id: EffectId, seq: Seq, verdict: &Verdict, view: View<'_>) {
        let at = view.now();
        let held = self.effects.get(&id).and_then(|effect| {
            effect.steps.iter().find(|step| matches!(step.what, StepKind::Held { .. })).map(|step| step.at)
        });
        let longest_ms = view.config().timing.hold_max_ms;
        let what = match verdict {
            Verdict::Admitted { would, would_hold, .. } => StepKind::Admitted(would.clone(), *would_hold),
            Verdict::Held { until, why, denial, .. } => {
                let latest = held.unwrap_or(at).plus_ms(longest_ms);
                StepKind::Held { until: *until, why: *why, denial: denial.clone(), latest }
            }
            Verdict::Denied { denial, .. } => StepKind::Denied(denial.clone()),
            Verdict::Expired { .. } => StepKind::Expired,
            Verdict::Cancelled { .. } => StepKind::Cancelled,
            Verdict::Ambiguous { .. } => StepKind::Ambiguous,
            _ => return,
        };
        self.push_step(id, Step { seq, at, what });
    }

    fn push_step(&mut self, id: EffectId, step: Step) {
        let Some(effect) = self.effects.get_mut(&id) else { return };
        if let Some(chain) = self.chains.get_mut(&effect.chain) {
            chain.to = chain.to.max(step.at);
        }
        effect.steps.push(step);
        let (chain, grounds) = (effect.chain, effect.repetition().map(|(_, grounds)| grounds));
        self.continued.extend(grounds.into_iter().flat_map(|grounds| &grounds.hops).map(|hop| (*hop, chain)));
    }

    /// What the input ended: an effect by its outcome, handler calls by a proposal. Answers with the chain concerned.
    fn close(&mut self, input: Option<&Input>, decision: &Decision, view: View<'_>) -> Option<ChainId> {
        let (seq, at) = (decision.seq, view.now());
        match input {
            Some(Input::Outcome(outcome)) => {
                if let Some(effect) = self.effects.get_mut(&outcome.effect) {
                    // The verdict `ambiguous` that this outcome led to says the same again.
                    effect.steps.retain(|step| step.seq != seq);
                }
                let what = StepKind::Outcome(outcome.result.clone());
                self.push_step(outcome.effect, Step { seq, at, what });
                self.effects.get(&outcome.effect).map(|effect| effect.chain)
            }
            Some(Input::Propose(propose)) => {
                let tenant = propose.tenant.as_deref().unwrap_or("");
                let causes = self.causes(input, decision, tenant);
                let ended = |effect: &EffectNote| {
                    // An answer that came after it was due finds it ambiguous.
                    let awaited = matches!(effect.fate(), Fate::Sent | Fate::Ambiguous);
                    effect.handler.is_some() && awaited && view.open_effect(tenant, effect.id).is_none()
                };
                let handles: BTreeSet<_> = gather(causes.iter().flat_map(|cause| self.handles_of(*cause)));
                for id in handles {
                    if self.effects.get(&id).is_some_and(ended) {
                        self.push_step(id, Step { seq, at, what: StepKind::Answered });
                    }
                }
                causes.first().and_then(|cause| self.cause_chain(*cause))
            }
            _ => decision.chain,
        }
    }

    fn note_record(
        &mut self,
        seq: Seq,
        chain: Option<ChainId>,
        input: Option<&Input>,
        decision: &Decision,
        view: View<'_>,
    ) {
        let rules = view.config().rules.len();
        let tenant = input.and_then(named_tenant).unwrap_or("");
        let input = match input {
            None if seq == Seq(1) => InputNote::Genesis { rules },
            None => InputNote::Timers,
            Some(Input::Event(_)) => InputNote::Event,
            Some(Input::Propose(Propose { cause, effects, more, .. })) => {
                let causes = cause.as_slice().iter().map(|cause| clean(cause, 120)).collect();
                InputNote::Propose { causes, wanted: effects.len(), more: *more }
            }
            Some(Input::Outcome(outcome)) => InputNote::Outcome(outcome.clone()),
            Some(Input::Command(command)) => InputNote::Command(command.clone()),
            Some(Input::Configure(_)) => InputNote::Configure { rules },
            Some(Input::Adopt(adopt)) => InputNote::Adopt(adopt.behaviour.0),
            Some(other) => super::work::input(other),
        };
        let note = RecordNote {
            at: view.now(),
            chain,
            input,
            verdicts: decision.verdicts.clone(),
            wakeup: view.wakeup(),
            spent: chain.and_then(|chain| view.spent(tenant, chain)),
        };
        self.records.insert(seq, note);
    }

    fn touch_chain(&mut self, id: ChainId, tenant: &str, view: View<'_>) -> &mut Chain {
        let now = view.now();
        let chain = self.chains.entry(id).or_insert_with(|| Chain {
            id,
            tenant: clean(tenant, 80),
            events: Vec::new(),
            effects: Vec::new(),
            parent: None,
            from: now,
            to: now,
            hop_limit: 0,
        });
        chain.to = chain.to.max(now);
        chain.hop_limit = view.config().chain.hop_limit;
        chain
    }

    /// What an input names as the cause of its effects.
    fn causes(&self, input: Option<&Input>, decision: &Decision, tenant: &str) -> Vec<Cause> {
        let named = |name: &Text| -> Option<Cause> {
            let effect = name.parse().ok().filter(|id| self.effects.contains_key(id));
            let event = || self.names.get(&format!("{tenant}\0{name}")).copied();
            effect.map(Cause::Effect).or_else(|| event().map(Cause::Event))
        };
        match input {
            Some(Input::Event(_)) => alloc::vec![Cause::Event(decision.seq)],
            Some(Input::Propose(propose)) => propose.cause.as_slice().iter().filter_map(named).collect(),
            _ => Vec::new(),
        }
    }

    fn cause_chain(&self, cause: Cause) -> Option<ChainId> {
        match cause {
            Cause::Event(seq) => self.events.get(&seq).map(|event| event.chain),
            Cause::Effect(id) => self.effects.get(&id).map(|effect| effect.chain),
        }
    }

    fn hop_of(&self, cause: Cause) -> Option<u16> {
        match cause {
            Cause::Event(seq) => self.events.get(&seq).map(|event| event.link.map_or(0, |link| link.hop)),
            Cause::Effect(id) => self.effects.get(&id).map(|effect| effect.hop),
        }
    }

    fn handles_of(&self, cause: Cause) -> Vec<EffectId> {
        match cause {
            Cause::Effect(id) => alloc::vec![id],
            Cause::Event(seq) => self.events.get(&seq).map(|event| event.effects.clone()).unwrap_or_default(),
        }
    }

    /// What the rules wanted of an event, in the order of ordinals. Only worked out where an effect did not stay open,
    /// because then nobody else can say what it was.
    fn rendered(&self, input: Option<&Input>, decision: &Decision, view: View<'_>) -> Vec<(Action, Text)> {
        let Some(Input::Event(event)) = input else { return Vec::new() };
        let tenant = event.tenant.as_deref().unwrap_or("");
        let new = decision.verdicts.iter().filter_map(Verdict::effect).filter(|id| id.seq == decision.seq);
        if new.into_iter().all(|id| view.open_effect(tenant, id).is_some()) {
            return Vec::new();
        }
        let echo = decision.verdicts.iter().any(|verdict| matches!(verdict, Verdict::Echo { .. }));
        let about = event.about.as_deref().unwrap_or(&event.subject);
        let about = view.resolve(tenant, about).into();
        let seen = Seen {
            event,
            class: who(view.config(), event).class,
            about: &about,
            echo,
            late: decision.late,
            hop: decision.link.map_or(0, |link| link.hop),
        };
        wanted(view.config(), &seen)
    }
}

/// The tenant of an effect. Agents, tasks and timers name none, and what is free for one tenant can be given to another: but
/// the ids of effects are the broker's.
fn tenant_of<'t>(input: Option<&'t Input>, effect: EffectId, view: View<'t>) -> &'t str {
    let has = |tenant: &&str| view.open_effect(tenant, effect).is_some();
    let named = input.and_then(named_tenant).unwrap_or("");
    if has(&named) { named } else { view.tenants().find(has).unwrap_or(named) }
}

fn named_tenant(input: &Input) -> Option<&str> {
    match input {
        Input::Event(event) => event.tenant.as_deref(),
        Input::Propose(propose) => propose.tenant.as_deref(),
        Input::Outcome(outcome) => outcome.tenant.as_deref(),
        Input::Command(command) => command.tenant.as_deref(),
        Input::Plan(plan) => plan.tenant.as_deref(),
        Input::Patch(patch) => patch.tenant.as_deref(),
        _ => None,
    }
}
