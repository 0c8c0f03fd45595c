//! What an input must satisfy before anything happens: its form, its references, and room for all it could cause.
//!
//! Everything here only reads, so a rejected input changes nothing.

use alloc::{format, vec::Vec};
use core::cmp::Reverse;

use super::{
    State, Tenant, anew,
    begot::Behalf,
    need::{Need, Room},
    react::{names, who},
};
use crate::{
    behaviour::Behaviour,
    chain::{Arrival, Cause, token::Verified},
    config::Config,
    error::Rejected,
    event::{Actor, Event, Property},
    id::{EffectId, Seq},
    input::{Command, Input, Json, Order, Outcome, OutcomeResult, Propose},
    json::{
        canonical::{BOUNDLESS, boundless},
        inexact,
    },
    limits,
    outbox::{EFFECT_BYTES, Phase},
    rules::{Rule, Seen},
    text::Text,
    time::Timestamp,
    verdict::{Original, Verdict},
};

/// Most effects all rules together may cause for one event.
const WIDTH: usize = 4096;

/// What the check of an input found.
pub(crate) enum Checked {
    /// It may be recorded.
    Fresh,
    /// All of it was decided before: nothing to record.
    Known(Seq, alloc::vec::Vec<Verdict>),
}

impl State {
    pub(crate) fn check(&self, at: Timestamp, input: &Input, verified: Option<&Verified>) -> Result<Checked, Rejected> {
        match input {
            Input::Event(event) => self.check_event(self.now.max(at), event, verified),
            Input::Propose(propose) => self.check_propose(propose),
            Input::Outcome(outcome) => self.check_outcome(outcome).map(|()| Checked::Fresh),
            Input::Command(command) => self.check_command(command).map(|()| Checked::Fresh),
            Input::Configure(configure) => {
                check_config(&configure.config)?;
                configure.config.agents.check_with(self.crew.agents.clone()).map(|()| Checked::Fresh)
            }
            Input::Adopt(adopt) => check_behaviour(adopt.behaviour).map(|()| Checked::Fresh),
            Input::Plan(plan) => Ok(match self.check_plan(plan)? {
                None => Checked::Fresh,
                Some(known) => {
                    let differs = self.crew.work.differs(known, plan);
                    let verdict = (!differs.is_empty()).then(|| Verdict::Known { plan: plan.id.clone(), differs });
                    Checked::Known(self.seq, verdict.into_iter().collect())
                }
            }),
            Input::Patch(patch) => {
                let known = self.check_patch(self.now.max(at), patch)?;
                Ok(known.map_or(Checked::Fresh, |seq| {
                    let verdict = Verdict::Duplicate { of: Original::Event(seq), key: patch.key.clone() };
                    Checked::Known(self.seq, alloc::vec![verdict])
                }))
            }
            Input::Task(report) => {
                let counts = self.crew.work.check_report(self.now.max(at), report)?;
                self.check_handoff(report)?;
                Ok(if counts { Checked::Fresh } else { self.nothing_new() })
            }
            Input::Beats(beats) => {
                list("beats", beats.beats.len(), limits::BEATS)?;
                list("agents", beats.agents.len(), limits::BEATS)?;
                let counts = self.crew.beats_that_count(self.now.max(at), beats.clone());
                let none = counts.beats.is_empty() && counts.agents.is_empty();
                Ok(if none { self.nothing_new() } else { Checked::Fresh })
            }
            Input::Agent(report) => self.check_agent(report).map(|()| Checked::Fresh),
        }
    }

    /// It changes nothing and is not recorded.
    fn nothing_new(&self) -> Checked {
        Checked::Known(self.seq, Vec::new())
    }

    fn check_event(&self, now: Timestamp, event: &Event, verified: Option<&Verified>) -> Result<Checked, Rejected> {
        event_form(event)?;
        let Some(tenant) = self.tenant(event.tenant.as_deref().unwrap_or("")) else {
            return self.check_new_tenant(event);
        };
        let window_ms = self.config.timing.content_window_ms;
        if let Some(seq) = tenant.chains.duplicate_of(event, now, window_ms) {
            let verdict = Verdict::Duplicate { of: Original::Event(seq), key: None };
            return Ok(Checked::Known(seq, alloc::vec![verdict]));
        }
        let room = Room::of(&self.config.limits, Some(tenant));
        if !room.has(Need::of(self.config.rules.iter(), event)) {
            // Near the limit it is worth knowing which rules will really apply.
            let [subject, actor] = names(event);
            let who = tenant.loops.known(who(&self.config, event), actor);
            let (seq, broker, recent_ms) = (self.seq.next(), self.broker, self.config.timing.outcome_due_ms);
            let key = tenant.chains.key(&event.id);
            let look = tenant.chains.look(&Arrival { event, key, subject, seq, now, who, verified, broker, recent_ms });
            let about = tenant.chains.subjects.about(event);
            let seen = Seen { event, class: who.class, about, echo: look.echo, late: look.late, hop: 0 };
            // What is due first may end the effect whose echo this would be.
            let fresh = Seen { echo: false, ..seen };
            let matching = self.config.rules.iter().filter(|rule| rule.matches(&seen) || rule.matches(&fresh));
            room.check(Need::of(matching, event))?;
        }
        Ok(Checked::Fresh)
    }

    fn check_new_tenant(&self, event: &Event) -> Result<Checked, Rejected> {
        let limit = self.config.limits.tenants;
        if self.tenants.len() >= limit as usize {
            return Err(Rejected::Full { limit_name: "tenants", limit: u64::from(limit) });
        }
        let class = who(&self.config, event).class;
        let about = event.about.as_ref().unwrap_or(&event.subject);
        let seen = Seen { event, class, about, echo: false, late: false, hop: 0 };
        let room = Room::of(&self.config.limits, None);
        room.check(Need::of(self.config.rules.iter().filter(|rule| rule.matches(&seen)), event))?;
        Ok(Checked::Fresh)
    }

    fn check_propose(&self, propose: &Propose) -> Result<Checked, Rejected> {
        propose_form(propose)?;
        let causes = propose.cause.as_slice();
        let first = || causes.first().cloned().unwrap_or_default();
        let name = propose.tenant.as_deref().unwrap_or("");
        let tenant = self.tenant(name).ok_or_else(|| Rejected::UnknownCause { cause: first().into() })?;
        if let Some(unknown) = causes.iter().find(|cause| tenant.chains.cause(cause).is_none()) {
            return Err(Rejected::UnknownCause { cause: unknown.as_str().into() });
        }
        let named = self.named(propose).unwrap_or_default();
        let known = propose.effects.iter().map(|effect| tenant.chains.proposed(&named.of(effect)));
        let fresh = known.clone().filter(Option::is_none).count();
        let answers = tenant.cause_of(causes, None).map_or(0, |(_, handles)| handles.len());
        if fresh == 0 && answers == 0 {
            let verdicts = known.zip(&propose.effects).filter_map(|(of, effect)| {
                Some(Verdict::Duplicate { of: Original::Effect(of?), key: effect.key.clone() })
            });
            return Ok(Checked::Known(self.seq, verdicts.collect()));
        }
        let answers = if propose.more { 0 } else { answers };
        // Each `handle` effect this answers makes room for one.
        let bytes = propose.effects.iter().map(|effect| EFFECT_BYTES + effect.weight()).sum();
        let need = Need { effects: fresh.saturating_sub(answers) as u64, bytes };
        Room::of(&self.config.limits, Some(tenant)).check(need)?;
        Ok(Checked::Fresh)
    }

    fn check_outcome(&self, outcome: &Outcome) -> Result<(), Rejected> {
        outcome.result.check()?;
        let effect = outcome.effect;
        let tenant = self.tenant_named(outcome.tenant.as_deref())?;
        let (actual, held) = match (open_effect(tenant, effect), tenant.chains.sent(effect)) {
            (Ok(entry), _) => (entry.effect.chain, entry.is_held()),
            (Err(_), Some(sent)) if sent.rule.is_none() && tells_more(tenant, outcome) => (sent.lineage.chain, false),
            (Err(error), _) => return Err(error),
        };
        if let Some(given) = outcome.chain.filter(|given| *given != actual) {
            return Err(Rejected::WrongChain { effect, given, actual });
        }
        if held { Err(Rejected::NotReleased { effect }) } else { Ok(()) }
    }

    fn check_command(&self, command: &Command) -> Result<(), Rejected> {
        actor_form(command.by.as_ref(), "by.id")?;
        length("reason", command.reason.as_deref().unwrap_or(""), limits::VALUE_BYTES)?;
        let tenant = self.tenant_named(command.tenant.as_deref())?;
        self.check_person(command)?;
        match &command.order {
            Order::StopChain { chain } | Order::ResumeChain { chain } => self.check_chain(*chain),
            Order::StopSubject { subject } | Order::ResumeSubject { subject } => {
                required("do.subject", subject, limits::SUBJECT_BYTES)
            }
            Order::Approve { effect } if !open_effect(tenant, *effect)?.is_held() => {
                Err(Rejected::NotHeld { effect: *effect })
            }
            Order::ApproveHeld { rule, subject } => anew::check(tenant, rule.as_deref(), subject.as_deref()),
            Order::Cancel { effect } if open_effect(tenant, *effect)?.phase == Phase::Released => {
                Err(Rejected::NotHeld { effect: *effect })
            }
            Order::StopTenants {} | Order::ResumeTenants {} if command.tenant.is_some() => {
                let reason = "it is for all tenants, so the command must not name one";
                Err(Rejected::NotPossible { what: "order", reason: reason.into() })
            }
            Order::AcceptTime { to } if *to > Timestamp::MAX => {
                Err(Rejected::OutOfRange { field: "do.to", value: to.0, expected: "milliseconds, up to the year 9999" })
            }
            Order::Plan { plan, order } => {
                let plan = self.plan_named(command.tenant.as_deref(), plan)?;
                self.crew.work.check_order(plan, order)?;
                self.check_stop(plan, order)?;
                self.check_pin(plan, order)
            }
            _ => Ok(()),
        }
    }

    fn tenant_named(&self, name: Option<&str>) -> Result<&Tenant, Rejected> {
        let name = name.unwrap_or("");
        self.tenant(name).ok_or_else(|| Rejected::UnknownTenant { tenant: name.into() })
    }
}

impl Tenant {
    /// The rule whose handler a proposal comes from, also when the handler's call was answered before.
    pub(super) fn rule_of(&self, causes: &[Text]) -> Option<Text> {
        let handles = causes.iter().filter_map(|name| self.chains.handle_named(name));
        handles.filter_map(|id| self.chains.sent(id)?.rule).next().map(Text::from)
    }

    /// What several causes amount to: the deepest of them, of equally deep ones the one that tells of an event, and the open
    /// `handle` effects they answer. `behalf` is the plan that one of them is a dispatch of.
    pub(super) fn cause_of(&self, causes: &[Text], behalf: Option<&Behalf>) -> Option<(Cause, Vec<EffectId>)> {
        let mut deepest: Option<Cause> = None;
        for name in causes {
            let cause = self.chains.cause(name)?;
            let cause = behalf.map_or(cause, |behalf| behalf.resolved(cause));
            let depth = |cause: Cause| (cause.hop, cause.event.is_some(), Reverse(cause.chain));
            let deeper = deepest.is_none_or(|deepest| depth(cause) > depth(deepest));
            deepest = if deeper { Some(cause) } else { deepest };
        }
        let open = |id: &EffectId| self.outbox.get(*id).is_some_and(|entry| entry.effect.is_handle());
        let mut handles: Vec<EffectId> =
            causes.iter().filter_map(|name| self.chains.handle_named(name)).filter(open).collect();
        handles.sort_unstable();
        handles.dedup();
        deepest.map(|cause| (cause, handles))
    }
}

fn open_effect(tenant: &Tenant, effect: EffectId) -> Result<&crate::outbox::Entry, Rejected> {
    tenant.outbox.get(effect).ok_or_else(|| match tenant.chains.sent(effect) {
        Some(_) => Rejected::AlreadyEnded { effect },
        None => Rejected::UnknownEffect { effect },
    })
}

/// Of an effect that has ended and was no handler's call: does its outcome name something made that is not known to be ours? Then it counts, however late it is.
fn tells_more(tenant: &Tenant, outcome: &Outcome) -> bool {
    let OutcomeResult::Done { object, objects } = &outcome.result else { return false };
    // A later effect may have changed the same object since.
    let known = |object: &Text| {
        let receipt = tenant.chains.subjects.receipt(object);
        receipt.is_some_and(|lineage| lineage.effect >= outcome.effect)
    };
    object.iter().chain(objects).any(|object| !known(object))
}

fn length(field: &'static str, text: &str, limit: usize) -> Result<(), Rejected> {
    if text.len() > limit { Err(Rejected::TooLong { field, len: text.len(), limit }) } else { Ok(()) }
}

fn required(field: &'static str, text: &str, limit: usize) -> Result<(), Rejected> {
    if text.is_empty() { Err(Rejected::Empty { field }) } else { length(field, text, limit) }
}

pub(super) fn optional(field: &'static str, text: Option<&str>, limit: usize) -> Result<(), Rejected> {
    text.map_or(Ok(()), |text| required(field, text, limit))
}

fn list(field: &'static str, len: usize, limit: usize) -> Result<(), Rejected> {
    if len > limit { Err(Rejected::TooMany { field, len, limit }) } else { Ok(()) }
}

fn actor_form(actor: Option<&Actor>, field: &'static str) -> Result<(), Rejected> {
    actor.map_or(Ok(()), |actor| required(field, &actor.id, limits::SUBJECT_BYTES))
}

fn property_form(property: Option<&Property>, field: &'static str) -> Result<(), Rejected> {
    let Some(Property { property, value }) = property else { return Ok(()) };
    required(field, property, limits::NAME_BYTES)?;
    length(field, value, limits::VALUE_BYTES)
}

/// An attempt that can not be says nothing, and whoever declared it relies on it.
fn attempt_form(field: &'static str, attempt: Option<[u32; 2]>) -> Result<(), Rejected> {
    match attempt {
        Some([n, m]) if !(1..=m).contains(&n) => {
            Err(Rejected::OutOfRange { field, value: n.into(), expected: "[n, m] with n from 1 to m" })
        }
        _ => Ok(()),
    }
}

/// JSON numbers are exact up to here in every language.
fn exact(field: &'static str, number: Option<u64>) -> Result<(), Rejected> {
    match number {
        Some(value) if value >= 1 << 53 => Err(Rejected::OutOfRange { field, value, expected: "below 2^53" }),
        _ => Ok(()),
    }
}

/// Later than that is a wrong unit, and no reader of the format expects it.
fn time(field: &'static str, at: Option<Timestamp>) -> Result<(), Rejected> {
    match at {
        Some(at) if at > Timestamp::MAX => Err(Rejected::OutOfRange {
            field,
            value: at.0,
            expected: "at most 253402300799999, the end of the year 9999",
        }),
        _ => Ok(()),
    }
}

pub(super) fn event_form(event: &Event) -> Result<(), Rejected> {
    required("id", &event.id, limits::ID_BYTES)?;
    required("source", &event.source, limits::SUBJECT_BYTES)?;
    required("kind", &event.kind, limits::NAME_BYTES)?;
    required("subject", &event.subject, limits::SUBJECT_BYTES)?;
    optional("about", event.about.as_deref(), limits::SUBJECT_BYTES)?;
    list("also", event.also.len(), limits::ALSO)?;
    event.also.iter().try_for_each(|kind| required("also", kind, limits::NAME_BYTES))?;
    actor_form(event.actor.as_ref(), "actor.id")?;
    optional("object", event.object.as_deref(), limits::SUBJECT_BYTES)?;
    length("text", event.text.as_deref().unwrap_or(""), limits::TEXT_BYTES)?;
    optional("reply_to", event.reply_to.as_deref(), limits::SUBJECT_BYTES)?;
    property_form(event.state.as_ref(), "state")?;
    optional("tenant", event.tenant.as_deref(), limits::NAME_BYTES)?;
    time("occurred_at", event.occurred_at)?;
    exact("version", event.version)?;
    exact("progress", event.progress)?;
    attempt_form("attempt", event.attempt)?;
    length("traceparent", event.traceparent.as_deref().unwrap_or(""), limits::NAME_BYTES)?;
    optional("content_key", event.content_key.as_deref(), limits::NAME_BYTES)?;
    list("attributes", event.attributes.len(), limits::ATTRIBUTES)?;
    event.attributes.iter().try_for_each(|(name, value)| {
        required("attributes", name, limits::NAME_BYTES)?;
        length("attributes", value, limits::VALUE_BYTES)
    })
}

fn propose_form(propose: &Propose) -> Result<(), Rejected> {
    let causes = propose.cause.as_slice();
    if causes.is_empty() {
        return Err(Rejected::Empty { field: "cause" });
    }
    list("cause", causes.len(), limits::REFERENCES)?;
    causes.iter().try_for_each(|cause| required("cause", cause, limits::ID_BYTES + limits::SUBJECT_BYTES + 1))?;
    list("effects", propose.effects.len(), limits::EFFECTS)?;
    optional("tenant", propose.tenant.as_deref(), limits::NAME_BYTES)?;
    for effect in &propose.effects {
        optional("effects.key", effect.key.as_deref(), limits::NAME_BYTES)?;
        required("effects.kind", &effect.kind, limits::NAME_BYTES)?;
        required("effects.subject", &effect.subject, limits::SUBJECT_BYTES)?;
        optional("effects.about", effect.about.as_deref(), limits::SUBJECT_BYTES)?;
        optional("effects.reply_to", effect.reply_to.as_deref(), limits::SUBJECT_BYTES)?;
        length("effects.text", effect.text.as_deref().unwrap_or(""), limits::TEXT_BYTES)?;
        property_form(effect.writes.as_ref(), "effects.writes")?;
        exact("effects.progress", effect.progress)?;
        attempt_form("effects.attempt", effect.attempt)?;
        time("effects.expires_at", effect.expires_at)?;
        if let Some(plan) = &effect.plan {
            required("effects.plan.id", &plan.id, limits::NAME_BYTES)?;
        }
        payload_form(&effect.payload)?;
    }
    Ok(())
}

fn payload_form(payload: &Json) -> Result<(), Rejected> {
    if payload.is_null() {
        return Ok(());
    }
    let field = "effects.payload";
    if !payload.is_shallow(limits::PAYLOAD_DEPTH) {
        let value = limits::PAYLOAD_DEPTH as u64 + 1;
        return Err(Rejected::OutOfRange { field, value, expected: "nested at most 64 deep" });
    }
    if boundless(&payload.0) {
        return Err(Rejected::Malformed { reason: format!("`{field}`: {BOUNDLESS}") });
    }
    exact(field, inexact(&payload.0))?;
    let len = payload.to_bytes().len();
    if len > limits::PAYLOAD_BYTES {
        return Err(Rejected::TooLong { field, len, limit: limits::PAYLOAD_BYTES });
    }
    Ok(())
}

pub(crate) fn check_behaviour(behaviour: Behaviour) -> Result<(), Rejected> {
    if behaviour.is_known() { Ok(()) } else { Err(Rejected::UnknownBehaviour { behaviour }) }
}

/// Is it a configuration the broker can run with?
pub(crate) fn check_config(config: &Config) -> Result<(), Rejected> {
    let fail = |place: &str, reason: &str| Err(Rejected::Config { place: place.into(), reason: reason.into() });
    list("rules", config.rules.len(), limits::RULES)?;
    let len = crate::broker::config_bytes(config).len();
    if len > limits::CONFIG_BYTES {
        return Err(Rejected::TooLong { field: "config", len, limit: limits::CONFIG_BYTES });
    }
    for (position, rule) in config.rules.iter().enumerate() {
        rule.check(position)?;
        if config.rules[..position].iter().any(|other| other.id == rule.id) {
            return fail(&format!("rule `{}`", rule.id), "a second rule has this id: rename one");
        }
    }
    if config.rules.iter().map(Rule::width).sum::<usize>() > WIDTH {
        return fail("rules", "all rules together have more than 4096 effects");
    }
    config.agents.check()?;
    config.check_accounts()?;
    optional("breaker.notify", config.breaker.notify.as_deref(), limits::SUBJECT_BYTES)?;
    let chain = &config.chain;
    let ranges = [
        ("chain.hop_limit", u64::from(chain.hop_limit), 1000),
        ("chain.budget", u64::from(chain.budget), 1_000_000),
        ("chain.read_budget", u64::from(chain.read_budget), 1_000_000),
        ("chain.rounds", u64::from(chain.rounds), 1000),
        ("chain.recurrence_limit", u64::from(chain.recurrence_limit), 1000),
        ("chain.repeat_budget", u64::from(chain.repeat_budget), 1_000_000),
        ("chain.approved_repeats", u64::from(chain.approved_repeats), 1000),
        ("chain.answers", u64::from(chain.answers), 1_000_000),
        ("chain.plan_max", u64::from(chain.plan_max), 1_000_000),
        ("chain.attempt_max", u64::from(chain.attempt_max), 1000),
        ("work.handoffs", u64::from(config.work.handoffs), 1000),
        ("work.returns", u64::from(config.work.returns), 1000),
        ("work.questions", u64::from(config.work.questions), 256),
        ("work.patches", u64::from(config.work.patches), 1_000_000),
        ("breaker.cooldown_ms", config.breaker.cooldown_ms, YEAR_MS),
        ("breaker.cooldown_max_ms", config.breaker.cooldown_max_ms, YEAR_MS),
        ("breaker.count", u64::from(config.breaker.count), 1000),
        ("breaker.window_ms", config.breaker.window_ms, YEAR_MS),
        ("timing.outcome_due_ms", config.timing.outcome_due_ms, YEAR_MS),
        ("timing.handle_due_ms", config.timing.handle_due_ms, YEAR_MS),
        ("timing.hold_max_ms", config.timing.hold_max_ms, YEAR_MS),
        ("timing.habit_max_ms", config.timing.habit_max_ms, YEAR_MS),
        ("timing.redeliver_ms", config.timing.redeliver_ms, YEAR_MS),
        ("timing.redeliver_max_ms", config.timing.redeliver_max_ms, YEAR_MS),
        ("timing.max_jump_ms", config.timing.max_jump_ms, 100 * YEAR_MS),
        ("limits.tenants", u64::from(config.limits.tenants), 1_000_000),
        ("limits.open_effects", u64::from(config.limits.open_effects), 16_000_000),
        ("limits.stops", u64::from(config.limits.stops), 1_000_000),
        ("limits.events", u64::from(config.limits.events), 64_000_000),
        ("limits.chains", u64::from(config.limits.chains), 64_000_000),
        ("limits.effects", u64::from(config.limits.effects), 64_000_000),
        ("limits.receipts", u64::from(config.limits.receipts), 64_000_000),
        ("limits.subjects", u64::from(config.limits.subjects), 64_000_000),
        ("limits.open_bytes", config.limits.open_bytes, 1 << 40),
        ("limits.plans", u64::from(config.limits.plans), 1_000_000),
        ("limits.tasks", u64::from(config.limits.tasks), 16_000_000),
        ("limits.tenant_plans", config.limits.tenant_plans.map_or(1, u64::from), 1_000_000),
        ("limits.tenant_tasks", config.limits.tenant_tasks.map_or(1, u64::from), 16_000_000),
        ("limits.agents", u64::from(config.limits.agents), u64::from(crate::agents::MAX_AGENTS)),
    ];
    if config.timing.content_window_ms > YEAR_MS {
        return fail("timing.content_window_ms", &format!("must be 0 to {YEAR_MS}"));
    }
    if config.limits.effects < config.limits.open_effects {
        return fail("limits.effects", "must not be less than limits.open_effects");
    }
    match ranges.into_iter().find(|(_, value, max)| *value == 0 || value > max) {
        Some((place, _, max)) => fail(place, &format!("must be 1 to {max}")),
        None => Ok(()),
    }
}

const YEAR_MS: u64 = 366 * 86_400_000;
