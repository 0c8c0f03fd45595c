//! Who is told next: one match over the signals, and the few steps behind each arm.

use alloc::{
    boxed::Box,
    collections::{BTreeMap, VecDeque},
    format,
    string::String,
    vec::Vec,
};
use core::ops::Bound;

use super::{SLICE, Tenant};
use crate::{
    chain::{Arrival, Cause, Lineage, Who, token::Verified},
    config::{Config, Enforce},
    det::digest,
    effect::{Act, Action, Effect, Handle},
    event::{ActorClass, Event},
    id::{EffectId, Seq},
    input::{Order, OutcomeResult, Proposal, Propose},
    loops::{self, Ask},
    outbox::{Desk, Phase, Releases, Timers, due_ms},
    rules::Seen,
    time::Timestamp,
    verdict::{Decision, Denial, DenyReason, HoldReason, Link, Original, Verdict},
};

/// Longest pause a `retry` outcome can ask for.
const RETRY_MAX_MS: u64 = 86_400_000;

/// What a record brings to the machines of a tenant.
#[expect(clippy::large_enum_variant, reason = "made once a record and taken apart at once")]
pub(crate) enum Seed {
    Arrived(Event, Option<Verified>),
    Proposed(Propose),
    Finished(EffectId, OutcomeResult),
    Ordered(Order),
    Due(EffectId),
}

/// What one machine tells the others.
#[derive(Debug, Clone)]
pub(crate) enum Signal {
    Wanted(Box<Wanted>),
    /// A place in the line of an effect's chain and subject came free.
    Freed(Box<Effect>),
}

/// An effect on its way to admission.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    effect: Effect,
    cause: Cause,
    siblings: u16,
    /// What a proposal declares, and the name that makes it idempotent.
    proposal: Option<(Proposal, Box<str>)>,
}

/// What is passed down: time, configuration, and where results go.
pub(crate) struct Cx<'a> {
    pub(crate) seq: Seq,
    pub(crate) now: Timestamp,
    pub(crate) tenant: u32,
    pub(crate) broker: u32,
    pub(crate) config: &'a Config,
    pub(crate) rule_index: &'a BTreeMap<String, usize>,
    pub(crate) timers: &'a mut Timers,
    pub(crate) releases: &'a mut Releases,
    pub(crate) work: &'a mut VecDeque<Signal>,
    pub(crate) ordinal: u16,
    pub(crate) decision: &'a mut Decision,
}

impl Cx<'_> {
    fn desk(&mut self) -> Desk<'_> {
        Desk { seq: self.seq, now: self.now, tenant: self.tenant, timers: self.timers, releases: self.releases }
    }

    fn say(&mut self, verdict: Verdict) {
        self.decision.verdicts.push(verdict);
    }

    fn next_id(&mut self) -> EffectId {
        let id = EffectId { seq: self.seq, ordinal: self.ordinal };
        self.ordinal = self.ordinal.saturating_add(1);
        id
    }

    fn enforce(&self, rule: Option<&str>) -> Enforce {
        let rule = rule.and_then(|id| self.rule_index.get(id)).and_then(|&at| self.config.rules.get(at));
        rule.and_then(|rule| rule.enforce).unwrap_or(self.config.enforce)
    }

    fn due_ms(&self, effect: &Effect) -> u64 {
        due_ms(effect, &self.config.timing)
    }
}

/// Who an event's actor is, after the host's registry.
pub(crate) fn who(config: &Config, event: &Event) -> Who {
    let Some(actor) = &event.actor else {
        return Who { class: ActorClass::Unknown, own: false, others_known: false };
    };
    let own = config.own.contains(&actor.id);
    let registered = config.actors.get(&actor.id).copied();
    let class = registered.unwrap_or(if own { ActorClass::Bot } else { actor.class });
    // Ids of one platform share what stands before the colon, so they are neighbours in the set.
    let platform = actor.id.split_inclusive(':').next().unwrap_or("");
    let mut ours = config.own.range::<str, _>((Bound::Included(platform), Bound::Unbounded));
    let others_known = !own && ours.next().is_some_and(|id| id.starts_with(platform));
    Who { class, own, others_known }
}

/// The first word is the record's; the machines answer until nobody has anything more to say.
pub(crate) fn react(cx: &mut Cx<'_>, tenant: &mut Tenant, seed: Seed) {
    match seed {
        Seed::Arrived(event, verified) => on_arrived(cx, tenant, &event, verified.as_ref()),
        Seed::Proposed(propose) => on_proposed(cx, tenant, propose),
        Seed::Finished(effect, result) => on_finished(cx, tenant, effect, result),
        Seed::Ordered(order) => on_ordered(cx, tenant, &order),
        Seed::Due(effect) => on_due(cx, tenant, effect),
    }
    while let Some(signal) = cx.work.pop_front() {
        match signal {
            Signal::Wanted(wanted) => on_wanted(cx, tenant, *wanted),
            Signal::Freed(effect) => on_freed(cx, tenant, &effect),
        }
    }
}

fn on_arrived(cx: &mut Cx<'_>, tenant: &mut Tenant, event: &Event, verified: Option<&Verified>) {
    let who = who(cx.config, event);
    let recent_ms = cx.config.timing.outcome_due_ms;
    let arrival = Arrival { event, seq: cx.seq, now: cx.now, who, verified, broker: cx.broker, recent_ms };
    let look = tenant.chains.look(&arrival);
    let cause = look.cause(&arrival);
    cx.decision.chain = Some(cause.chain);
    cx.decision.link = look.link().map(|(kind, of)| Link { kind, of, hop: cause.hop });
    cx.decision.late = look.late;
    if look.echo {
        cx.say(Verdict::Echo { chain: cause.chain, of: cause.parent });
    }
    let about = tenant.chains.subjects.about(event);
    let seen = Seen { event, class: who.class, about, echo: look.echo, late: look.late };
    let name = tenant.chains.name_of(event);
    route(cx, &tenant.name, &seen, cause, &name);
    tenant.chains.on_event(&arrival, &look, cause);
}

/// Every rule that matches wants its effects.
fn route(cx: &mut Cx<'_>, tenant: &str, seen: &Seen<'_>, cause: Cause, name: &str) {
    let first = cx.work.len();
    for rule in cx.config.rules.iter().filter(|rule| rule.matches(seen)) {
        let mut want = |action, expires_in_ms: Option<u64>| {
            let effect = Effect {
                action,
                id: EffectId::default(),
                release: crate::id::ReleaseNo(0),
                chain: cause.chain,
                cause: alloc::vec![String::from(name)],
                hop: 0,
                redelivered: false,
                tenant: (!tenant.is_empty()).then(|| String::from(tenant)),
                rule: Some(rule.id.clone()),
                key: None,
                token: None,
                traceparent: None,
                expires_at: expires_in_ms.map(|ms| cx.now.plus_ms(ms)),
            };
            cx.work.push_back(Signal::Wanted(Box::new(Wanted { effect, cause, siblings: 1, proposal: None })));
        };
        for template in &rule.effects {
            want(Action::Act(template.render(seen)), template.expires_in_ms);
        }
        if let Some(handler) = &rule.handle {
            want(Action::Handle(Handle { handler: handler.clone(), event: Box::new(seen.event.clone()) }), None);
        }
    }
    let siblings = u16::try_from(cx.work.len() - first).unwrap_or(u16::MAX);
    for signal in cx.work.iter_mut().skip(first) {
        if let Signal::Wanted(wanted) = signal {
            wanted.siblings = siblings;
        }
    }
}

fn on_proposed(cx: &mut Cx<'_>, tenant: &mut Tenant, propose: Propose) {
    let Some((cause, handle)) = tenant.cause_of(propose.cause.as_slice()) else { return };
    let rule = handle.and_then(|id| tenant.outbox.get(id)).and_then(|entry| entry.effect.rule.clone());
    let causes = propose.cause.into_vec();
    let Some(named) = tenant.canonical(&causes) else { return };
    let siblings = u16::try_from(propose.effects.len()).unwrap_or(u16::MAX);
    for mut proposal in propose.effects {
        let name = proposal_name(&named, &proposal);
        if let Some(of) = tenant.chains.proposed(&name) {
            cx.say(Verdict::Duplicate { of: Original::Effect(of), key: proposal.key });
            continue;
        }
        let act = Act {
            kind: core::mem::take(&mut proposal.kind),
            subject: core::mem::take(&mut proposal.subject),
            about: proposal.about.take(),
            reply_to: proposal.reply_to.take(),
            text: proposal.text.take(),
            writes: proposal.writes.take(),
            read_only: proposal.read_only,
            payload: core::mem::take(&mut proposal.payload),
        };
        let effect = Effect {
            action: Action::Act(act),
            id: EffectId::default(),
            release: crate::id::ReleaseNo(0),
            chain: cause.chain,
            cause: causes.clone(),
            hop: 0,
            redelivered: false,
            tenant: propose.tenant.clone().filter(|name| !name.is_empty()),
            rule: rule.clone(),
            key: proposal.key.take(),
            token: None,
            traceparent: None,
            expires_at: proposal.expires_at,
        };
        // At once, not as a signal: a proposal that has one key twice must find the first.
        on_wanted(cx, tenant, Wanted { effect, cause, siblings, proposal: Some((proposal, name)) });
    }
    if let Some(handle) = handle.filter(|_| !propose.more) {
        finish(cx, tenant, handle);
    }
}

/// The name under which a proposal is remembered: its causes, and its key or its content.
pub(super) fn proposal_name(causes: &str, proposal: &Proposal) -> Box<str> {
    match &proposal.key {
        Some(key) => format!("{causes}\0\0{key}").into(),
        None => {
            // Writing to memory can not fail.
            let mut bytes = Vec::new();
            let _ = minicbor::encode(proposal, &mut bytes);
            format!("{causes}\0\0\0{:016x}", digest(&bytes)).into()
        }
    }
}

fn on_wanted(cx: &mut Cx<'_>, tenant: &mut Tenant, wanted: Wanted) {
    let Wanted { mut effect, cause, siblings, proposal } = wanted;
    effect.id = cx.next_id();
    if let Some((_, name)) = &proposal {
        tenant.chains.on_proposed(name.clone(), effect.id);
    }
    let act = match &mut effect.action {
        Action::Handle(_) => return on_wanted_handle(cx, tenant, effect, cause),
        Action::Act(act) => act,
    };
    if let (None, Some(about)) = (&act.reply_to, &act.about) {
        act.reply_to = tenant.chains.subjects.thread(&act.subject, about).map(String::from);
    }
    effect.hop = cause.hop.saturating_add(u16::from(!act.read_only || cause.hop == 0));
    let mut ask = Ask {
        chain: effect.chain,
        hop: effect.hop,
        inherited: cause.budget,
        signature: loops::signature(act),
        siblings,
        automated: cause.hop > 0,
        read_only: act.read_only,
        attempt: None,
        progress: None,
        plan: None,
    };
    if let Some((proposal, _)) = &proposal {
        ask.declare(proposal);
    }
    admit(cx, tenant, effect, ask, cause);
}

/// A handler call is no step by itself, what the handler proposes is. But where every step would be denied, the call
/// is too: it would cost and lead to nothing.
fn on_wanted_handle(cx: &mut Cx<'_>, tenant: &mut Tenant, mut effect: Effect, cause: Cause) {
    effect.hop = cause.hop;
    let hop_limit = cx.config.chain.hop_limit;
    let deep = cause.hop >= hop_limit && cx.enforce(effect.rule.as_deref()) == Enforce::Deny;
    let reason = match tenant.loops.stops.cover(&effect) {
        true => Some((DenyReason::Stopped, None)),
        false => deep.then_some((DenyReason::HopLimit, Some(u32::from(hop_limit)))),
    };
    if let Some((reason, limit)) = reason {
        let denial = Denial { reason, chain: effect.chain, hop: cause.hop.saturating_add(1), limit, period: None };
        return cx.say(Verdict::Denied { effect: effect.id, key: None, denial });
    }
    let budget = cause.budget.unwrap_or(cx.config.chain.budget);
    let lineage = Lineage { chain: effect.chain, effect: effect.id, hop: cause.hop, budget };
    tenant.chains.on_kept(lineage, cause.parent, true);
    if let Action::Handle(handle) = &effect.action {
        tenant.chains.on_handle(&handle.event, effect.id);
    }
    hand_out(cx, tenant, effect, None);
}

/// The one gate: stops, then limits, then the line on its subject.
fn admit(cx: &mut Cx<'_>, tenant: &mut Tenant, effect: Effect, ask: Ask, cause: Cause) {
    let Some(act) = effect.act() else { return };
    let (id, key) = (effect.id, effect.key.clone());
    if tenant.loops.stops.cover(&effect) {
        let denial = Denial { reason: DenyReason::Stopped, chain: ask.chain, hop: ask.hop, limit: None, period: None };
        return cx.say(Verdict::Denied { effect: id, key, denial });
    }
    let enforce = cx.enforce(effect.rule.as_deref());
    let denial = tenant.loops.judge(&ask, &cx.config.chain).err();
    if let (Some(denial), Enforce::Deny) = (denial, enforce) {
        return cx.say(Verdict::Denied { effect: id, key, denial });
    }
    if effect.expires_at.is_some_and(|at| at <= cx.now) {
        return cx.say(Verdict::Expired { effect: id, key });
    }
    let why = match (denial, enforce) {
        (Some(_), Enforce::Hold) => Some(HoldReason::Limit),
        _ if tenant.outbox.is_blocked(effect.chain, act) => Some(HoldReason::Behind),
        _ => None,
    };
    let Some(why) = why else {
        let mut effect = effect;
        count(cx, tenant, &mut effect, &ask, cause.parent);
        return hand_out(cx, tenant, effect, denial);
    };
    let until = cx.now.plus_ms(cx.config.timing.hold_max_ms);
    let denial = denial.filter(|_| why == HoldReason::Limit);
    // Its lineage is remembered now: a proposal may name it, and its parent is known only here.
    let budget = ask.inherited.unwrap_or(cx.config.chain.budget);
    let lineage = Lineage { chain: effect.chain, effect: id, hop: effect.hop, budget };
    tenant.chains.on_kept(lineage, cause.parent, false);
    let phase = Phase::Held { why, until, denial, ask: Box::new(ask) };
    tenant.outbox.hold(&mut cx.desk(), effect, phase, until);
    cx.say(Verdict::Held { effect: id, key, until, why, denial });
}

/// An effect leaves: it is counted against its chain's limits, and remembered.
fn count(cx: &Cx<'_>, tenant: &mut Tenant, effect: &mut Effect, ask: &Ask, parent: Option<EffectId>) {
    let budget = tenant.loops.admit(ask, &cx.config.chain);
    let lineage = Lineage { chain: effect.chain, effect: effect.id, hop: effect.hop, budget };
    if let Some(act) = effect.act() {
        tenant.chains.on_admitted(lineage, parent, act, cx.now);
    }
    effect.traceparent = tenant.chains.traceparent(effect.chain, effect.id);
}

/// The host gets it, once the record is durable.
fn hand_out(cx: &mut Cx<'_>, tenant: &mut Tenant, effect: Effect, would: Option<Denial>) {
    cx.say(Verdict::Admitted { effect: effect.id, key: effect.key.clone(), would });
    let due_ms = cx.due_ms(&effect);
    tenant.outbox.release(&mut cx.desk(), effect, due_ms);
}

fn on_finished(cx: &mut Cx<'_>, tenant: &mut Tenant, id: EffectId, result: OutcomeResult) {
    match result {
        OutcomeResult::Done { object, objects } => {
            let objects: Vec<String> = object.into_iter().chain(objects).collect();
            let act = tenant.outbox.get(id).and_then(|entry| entry.effect.act());
            tenant.chains.on_done(id, act, &objects, cx.now);
            finish(cx, tenant, id);
        }
        OutcomeResult::Failed { .. } | OutcomeResult::Cancelled => finish(cx, tenant, id),
        OutcomeResult::Retry { after_ms } => {
            let at = cx.now.plus_ms(after_ms.clamp(1, RETRY_MAX_MS));
            tenant.outbox.wait(&mut cx.desk(), id, at, false);
        }
        OutcomeResult::Ambiguous => doubt(cx, tenant, id),
    }
}

/// Nobody knows what became of it: it goes out again after a pause that doubles each time.
fn doubt(cx: &mut Cx<'_>, tenant: &mut Tenant, id: EffectId) {
    let Some(entry) = tenant.outbox.get(id) else { return };
    let timing = &cx.config.timing;
    let pause_ms = timing.redeliver_ms.saturating_mul(1 << entry.rounds.min(30)).min(timing.redeliver_max_ms);
    let at = cx.now.plus_ms(pause_ms.max(1));
    cx.say(Verdict::Ambiguous { effect: id, key: entry.effect.key.clone() });
    tenant.outbox.wait(&mut cx.desk(), id, at, true);
}

fn finish(cx: &mut Cx<'_>, tenant: &mut Tenant, id: EffectId) {
    tenant.chains.on_ended(id);
    if let Some(effect) = tenant.outbox.end(&mut cx.desk(), id) {
        if !effect.is_handle() {
            cx.work.push_back(Signal::Freed(Box::new(effect)));
        }
    }
}

fn on_ordered(cx: &mut Cx<'_>, tenant: &mut Tenant, order: &Order) {
    tenant.loops.stops.on_order(order, cx.config.limits.stops);
    match order {
        Order::StopChain { .. } | Order::StopSubject { .. } | Order::StopAll => {
            let stops = &tenant.loops.stops;
            tenant.outbox.hurry_stopped(&mut cx.desk(), |effect| stops.cover(effect));
        }
        Order::Approve { effect } => approve(cx, tenant, *effect),
        Order::Cancel { effect } => cancel(cx, tenant, *effect),
        Order::ResumeChain { .. } | Order::ResumeSubject { .. } | Order::ResumeAll | Order::AcceptTime { .. } => {}
    }
}

/// A held effect leaves, whatever the limits say.
fn approve(cx: &mut Cx<'_>, tenant: &mut Tenant, id: EffectId) {
    let Some(entry) = tenant.outbox.get(id) else { return };
    let Phase::Held { ask, .. } = &entry.phase else { return };
    let (ask, mut effect) = (**ask, entry.effect.clone());
    let parent = tenant.chains.sent(id).and_then(|sent| sent.parent);
    count(cx, tenant, &mut effect, &ask, parent);
    cx.say(Verdict::Admitted { effect: id, key: effect.key.clone(), would: None });
    let due_ms = cx.due_ms(&effect);
    tenant.outbox.release_again(&mut cx.desk(), id, effect.traceparent.clone(), due_ms);
    cx.work.push_back(Signal::Freed(Box::new(effect)));
}

fn cancel(cx: &mut Cx<'_>, tenant: &mut Tenant, id: EffectId) {
    let Some(entry) = tenant.outbox.get(id) else { return };
    cx.say(Verdict::Cancelled { effect: id, key: entry.effect.key.clone() });
    finish(cx, tenant, id);
}

fn on_due(cx: &mut Cx<'_>, tenant: &mut Tenant, id: EffectId) {
    let Some(entry) = tenant.outbox.get(id) else { return };
    let key = entry.effect.key.clone();
    match &entry.phase {
        Phase::Released => doubt(cx, tenant, id),
        _ if tenant.loops.stops.cover(&entry.effect) => cancel(cx, tenant, id),
        _ if entry.expired(cx.now) => {
            cx.say(Verdict::Expired { effect: id, key });
            finish(cx, tenant, id);
        }
        Phase::Waiting => {
            let due_ms = cx.due_ms(&entry.effect);
            let traceparent = entry.effect.traceparent.clone();
            tenant.outbox.release_again(&mut cx.desk(), id, traceparent, due_ms);
        }
        // Hurried by a stop that was lifted before its turn came.
        Phase::Held { until, why: HoldReason::Limit, .. } if *until > cx.now => tenant.outbox.rearm(&mut cx.desk(), id),
        Phase::Held { denial: Some(denial), .. } => {
            cx.say(Verdict::Denied { effect: id, key, denial: *denial });
            finish(cx, tenant, id);
        }
        Phase::Held { until, .. } => {
            let overdue = *until <= cx.now;
            if overdue || tenant.outbox.is_first_in_line(id) {
                ask_again(cx, tenant, id);
            } else {
                tenant.outbox.rearm(&mut cx.desk(), id);
            }
        }
    }
}

/// The next one in line asks again: what it waited behind is gone. A long line is worked off in slices.
fn on_freed(cx: &mut Cx<'_>, tenant: &mut Tenant, freed: &Effect) {
    let Some(act) = freed.act() else { return };
    let Some(id) = tenant.outbox.first_in_line(freed.chain, &act.subject) else { return };
    if cx.decision.verdicts.len() >= SLICE {
        return tenant.outbox.hurry(&mut cx.desk(), id);
    }
    ask_again(cx, tenant, id);
}

fn ask_again(cx: &mut Cx<'_>, tenant: &mut Tenant, id: EffectId) {
    let Some(entry) = tenant.outbox.get(id) else { return };
    let Phase::Held { why: HoldReason::Behind, ask, .. } = &entry.phase else { return };
    let (key, enforce) = (entry.effect.key.clone(), cx.enforce(entry.effect.rule.as_deref()));
    match (tenant.loops.judge(ask, &cx.config.chain), enforce) {
        _ if tenant.loops.stops.cover(&entry.effect) => cancel(cx, tenant, id),
        (Ok(()), _) | (Err(_), Enforce::Log) => approve(cx, tenant, id),
        (Err(denial), Enforce::Deny) => {
            cx.say(Verdict::Denied { effect: id, key, denial });
            finish(cx, tenant, id);
        }
        (Err(denial), Enforce::Hold) if entry.held_until() <= cx.now => {
            cx.say(Verdict::Denied { effect: id, key, denial });
            finish(cx, tenant, id);
        }
        (Err(denial), Enforce::Hold) => {
            if let Some(until) = tenant.outbox.hold_for(&mut cx.desk(), id, denial) {
                cx.say(Verdict::Held { effect: id, key, until, why: HoldReason::Limit, denial: Some(denial) });
            }
        }
    }
}
