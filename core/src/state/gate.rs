//! The one gate: what rules and the host's code want passes it on its way to the host. Dispatches do not, nor does a breaker's
//! notice: see [`super`].

use alloc::boxed::Box;

use super::{Tenant, react::Cx, react::Wanted, trip};
use crate::{
    chain::{Cause, Lineage},
    config::Enforce,
    det::digest,
    effect::{Action, Effect},
    id::EffectId,
    loops::{self, Ask, Deed, Opinion, Ruling},
    outbox::{Descent, Phase},
    time::Timestamp,
    verdict::{Denial, DenyReason, HoldReason, LimitName, Verdict},
};

#[inline]
pub(super) fn on_wanted(cx: &mut Cx<'_>, tenant: &mut Tenant, wanted: Wanted) {
    let Wanted { mut effect, cause, siblings, proposal } = wanted;
    effect.id = cx.next_id();
    let act = match &mut effect.action {
        Action::Handle(_) => return on_wanted_handle(cx, tenant, effect, cause),
        Action::Act(act) => act,
        // What concerns plans does not come through here.
        _ => return,
    };
    if let (None, Some(about)) = (&act.reply_to, &act.about) {
        act.reply_to = tenant.chains.subjects.thread(&act.subject, about).cloned();
    }
    effect.hop = cause.hop.saturating_add(u16::from(!act.is_inward() || cause.hop == 0));
    let mut ask = ask(&cause, effect.hop, loops::deed(act));
    ask.siblings = siblings;
    ask.read_only = act.is_inward();
    ask.looks_up = act.read_only;
    // What sets something may have what it was told for the value.
    if ask.read_only && !act.read_only && act.writes.is_none() && tenant.loops.was_told(&ask) {
        ask.deed.exact = loops::unsaid(ask.deed.exact);
    }
    let mut deterministic = false;
    let name = proposal.map(|proposal| {
        let (proposal, name) = *proposal;
        ask.declare(&proposal);
        deterministic |= proposal.deterministic;
        name
    });
    let rule = cx.rule(effect.rule.as_deref());
    let enforce = rule.and_then(|rule| rule.enforce).unwrap_or(cx.config.enforce);
    if let Some(rule) = rule {
        ask.rule = digest(rule.id.as_bytes());
        ask.reentry = rule.loops.reentry();
        deterministic |= rule.deterministic;
    }
    if deterministic {
        ask.deed.proof = loops::proof(act);
    }
    ask.planned = tenant.loops.is_planned(&ask, &cx.config.chain);
    // Who declares a plan takes its size for its limit. What is only known to be of a plan is charged to that, then to its
    // chain's budget, and is watched like what a handler does because of the same event.
    if let Some(behalf) = &cx.behalf {
        ask.automated = true;
        ask.parent = behalf.effect_before(&cause).or(ask.parent);
        if ask.plan.is_none() {
            ask.plan = Some((loops::plan_name(&behalf.plan.id), behalf.plan.size));
            tenant.loops.on_plan_grown(&ask, &cx.config.chain);
        }
    }
    if ask.planned || tenant.loops.goes_further(&ask) {
        // Of a plan its size is the limit; of what says that it gets on, the chain's budget.
        effect.hop = cause.hop.max(1);
        ask.hop = effect.hop;
    }
    if act.kind.is_empty() || act.subject.is_empty() {
        return deny(cx, &effect, denial(&ask, DenyReason::Incomplete));
    }
    admit(cx, tenant, effect, ask, (cause.parent, enforce), name);
}

/// Asking for one effect of a cause, alone and with nothing declared.
pub(super) fn ask(cause: &Cause, hop: u16, deed: Deed) -> Ask {
    Ask {
        chain: cause.chain,
        hop,
        inherited: cause.budget,
        deed,
        siblings: 1,
        automated: cause.hop > 0,
        read_only: false,
        attempt: None,
        progress: None,
        plan: None,
        event: cause.event,
        parent: cause.parent,
        planned: false,
        rule: 0,
        reentry: 0,
        looks_up: false,
    }
}

fn denial(ask: &Ask, reason: DenyReason) -> Denial {
    Denial::new(reason, ask.chain, ask.hop)
}

pub(super) fn deny(cx: &mut Cx<'_>, effect: &Effect, denial: Denial) {
    cx.say(Verdict::Denied { effect: effect.id, key: effect.key.clone(), denial });
}

/// A handler call is no step by itself, what the handler proposes is. But where every step would be denied or held, the
/// call is denied: it would cost and lead to nothing.
fn on_wanted_handle(cx: &mut Cx<'_>, tenant: &mut Tenant, mut effect: Effect, cause: Cause) {
    effect.hop = cause.hop;
    let limits = &cx.config.chain;
    let ask = ask(&cause, cause.hop.saturating_add(1), Deed::default());
    if let Some(stop) = tenant.loops.stops.of(&effect) {
        return deny(cx, &effect, denial(&ask, DenyReason::Stopped).because_of(stop));
    }
    let would = if ask.automated && ask.hop > limits.hop_limit {
        Some(ask.meets(LimitName::HopLimit, u32::from(limits.hop_limit)))
    } else if let Some(budget) = tenant.loops.spent_budget(&ask, limits).filter(|_| ask.automated) {
        Some(ask.meets(LimitName::Budget, budget))
    } else if tenant.loops.is_open(&ask, cx.now) {
        Some(denial(&ask, DenyReason::Tripped))
    } else {
        None
    };
    if let (Some(denial), Enforce::Deny | Enforce::Hold) = (&would, cx.enforce(effect.rule.as_deref())) {
        return trip::refuse(cx, tenant, &effect, &ask, denial.clone());
    }
    let budget = cause.budget.unwrap_or(limits.budget);
    let lineage = Lineage { chain: effect.chain, effect: effect.id, hop: cause.hop, budget };
    tenant.chains.on_kept(lineage, cause.parent, effect.rule.as_deref());
    if let Action::Handle(handle) = &effect.action {
        tenant.chains.on_handle(&handle.event, effect.id);
    }
    let would = would.map(|denial| (denial, None));
    hand_out(cx, tenant, effect, Descent { lineage, parent: cause.parent }, would);
}

/// Stops, then limits, then the line on its subject.
#[inline]
fn admit(
    cx: &mut Cx<'_>,
    tenant: &mut Tenant,
    mut effect: Effect,
    ask: Ask,
    (parent, enforce): (Option<EffectId>, Enforce),
    proposal: Option<Box<str>>,
) {
    let Some(act) = effect.act() else { return };
    if let Some(stop) = tenant.loops.stops.of(&effect) {
        return deny(cx, &effect, denial(&ask, DenyReason::Stopped).because_of(stop));
    }
    let mut heard = None;
    let ruling = tenant.loops.rule(&ask, cx.config, cx.now, &mut heard);
    let mut would: Option<Would> = None;
    let ruling = match ruling {
        Ruling::Deny(denial) if enforce == Enforce::Deny => return trip::refuse(cx, tenant, &effect, &ask, denial),
        // In log mode nothing is held to find out more: what looks like a loop is reported.
        Ruling::Deny(denial) if enforce == Enforce::Log => {
            would = Some((denial, None));
            Ruling::Pass
        }
        Ruling::Hold { denial, why, .. } if enforce == Enforce::Log => {
            would = Some((denial, Some(why))).filter(|(denial, _)| loops::is_strong(denial));
            Ruling::Pass
        }
        Ruling::Trial(denial) => {
            would = Some((denial, None));
            Ruling::Pass
        }
        ruling => ruling,
    };
    if effect.expires_at.is_some_and(|at| at <= cx.now) {
        return cx.say(Verdict::Expired { effect: effect.id, key: effect.key });
    }
    let longest = cx.config.timing.hold_max_ms;
    let hold = match (ruling, enforce) {
        (Ruling::Deny(denial), Enforce::Hold) => Some((HoldReason::Limit, longest, Some(denial))),
        _ if tenant.outbox.is_blocked(effect.chain, act) => Some((HoldReason::Behind, longest, None)),
        (Ruling::Hold { why, ms, denial }, Enforce::Hold | Enforce::Deny) => Some((why, ms.min(longest), Some(denial))),
        _ => None,
    };
    // Only what leaves, or may still leave, is made: a proposal that is refused can be made again.
    if let Some(name) = &proposal {
        tenant.chains.on_proposed(name, effect.id);
    }
    match hold {
        Some((why, ms, denial)) => keep(cx, tenant, effect, ask, parent, (why, ms, denial, proposal)),
        None => {
            let descent = count(cx, tenant, &mut effect, &ask, (parent, heard.as_ref()));
            hand_out(cx, tenant, effect, descent, would);
        }
    }
}

/// Until when an effect that expires is held at most. A probe asks, it does not deny: what it holds back leaves in time.
fn latest(why: HoldReason, now: Timestamp, expires: Timestamp) -> Timestamp {
    let left = expires.since_ms(now);
    if why == HoldReason::Probe { now.plus_ms(left - left / 10) } else { expires }
}

fn keep(
    cx: &mut Cx<'_>,
    tenant: &mut Tenant,
    effect: Effect,
    ask: Ask,
    parent: Option<EffectId>,
    (why, ms, denial, proposal): (HoldReason, u64, Option<Denial>, Option<Box<str>>),
) {
    let until = cx.now.plus_ms(ms);
    let until = effect.expires_at.map_or(until, |expires| until.min(latest(why, cx.now, expires)));
    if why == HoldReason::Probe {
        tenant.loops.on_probe(effect.id, &ask, cx.now, until);
    }
    let budget = ask.inherited.unwrap_or(cx.config.chain.budget);
    let lineage = Lineage { chain: effect.chain, effect: effect.id, hop: effect.hop, budget };
    tenant.chains.on_kept(lineage, parent, None);
    cx.say(Verdict::Held { effect: effect.id, key: effect.key.clone(), until, why, denial: denial.clone() });
    let phase = Phase::Held { why, until, denial, ask: Box::new(ask), proposal };
    tenant.outbox.hold(&mut cx.desk(), effect, Descent { lineage, parent }, phase, until);
}

/// An effect leaves: it is counted against its chain's limits, and remembered.
pub(super) fn count(
    cx: &Cx<'_>,
    tenant: &mut Tenant,
    effect: &mut Effect,
    ask: &Ask,
    (parent, heard): (Option<EffectId>, Option<&Opinion>),
) -> Descent {
    let left = tenant.loops.admit(effect.id, ask, (effect.rule.as_deref(), heard), cx.config, cx.now);
    let budget = ask.share(left);
    let lineage = Lineage { chain: effect.chain, effect: effect.id, hop: effect.hop, budget };
    if effect.act().is_some() {
        tenant.chains.on_admitted(lineage, parent, [ask.deed.subject, ask.deed.exact], cx.now);
    }
    if let Some(parent) = parent.filter(|_| ask.automated) {
        tenant.chains.on_spent(parent, left);
    }
    effect.traceparent = tenant.chains.traceparent(effect.chain, effect.id);
    Descent { lineage, parent }
}

/// What an effect that leaves would have been denied for where its rule enforces, and if it would only have been held, as what.
type Would = (Denial, Option<HoldReason>);

/// The host gets it, once the record is durable.
#[inline]
fn hand_out(cx: &mut Cx<'_>, tenant: &mut Tenant, effect: Effect, descent: Descent, would: Option<Would>) {
    // What leaves on trial leaves although its rule enforces.
    let logs = || cx.enforce(effect.rule.as_deref()) == Enforce::Log;
    if let Some((_, held)) = would.as_ref().filter(|_| logs()) {
        tenant.loops.rates.on_would(effect.rule.as_deref(), held.is_some());
    }
    let (would, would_hold) = would.map_or((None, None), |(denial, held)| (Some(denial), held));
    cx.say(Verdict::Admitted { effect: effect.id, key: effect.key.clone(), would, would_hold });
    let due_ms = cx.due_ms(&effect);
    tenant.outbox.release(&mut cx.desk(), effect, descent, due_ms);
}
