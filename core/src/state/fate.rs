//! What becomes of effects after the gate: outcomes, orders, time, and the line behind a held one.

use alloc::vec::Vec;

use super::{
    SLICE, Tenant, anew, gate,
    react::{Cx, Freed, Unheard},
    trip,
};
use crate::{
    chain::{Cause, Lineage},
    config::Enforce,
    effect::Action,
    id::{ChainId, EffectId},
    input::{Command, Order, OutcomeResult},
    loops::{self, Due, Ruling},
    outbox::{Entry, Phase},
    text::Text,
    time::Timestamp,
    verdict::{Denial, HoldReason, Verdict},
};

/// Longest pause a `retry` outcome can ask for.
const RETRY_MAX_MS: u64 = 86_400_000;
/// A question that a stop keeps back is for when that is lifted. So rarely somebody looks whether its task still asks it.
const KEPT_MS: u64 = 7 * 86_400_000;

pub(super) fn on_finished(cx: &mut Cx<'_>, tenant: &mut Tenant, id: EffectId, result: &OutcomeResult) {
    if tenant.outbox.get(id).is_none() {
        // It ended before the host's word was heard. What it made is ours all the same.
        let lineage = tenant.chains.sent(id).map(|sent| sent.lineage);
        if let (OutcomeResult::Done { object, objects }, Some(lineage)) = (result, lineage) {
            tenant.chains.on_done(lineage, None, [object.as_slice(), objects], cx.now);
        }
        return;
    }
    match result {
        OutcomeResult::Done { object, objects } => {
            on_done(cx, tenant, id, [object.as_slice(), objects]);
            finish(cx, tenant, id);
        }
        OutcomeResult::Failed { .. } | OutcomeResult::Cancelled {} => {
            unheard(cx, tenant, id, false);
            finish(cx, tenant, id);
        }
        OutcomeResult::Retry { after_ms } => {
            let at = cx.now.plus_ms((*after_ms).clamp(1, RETRY_MAX_MS));
            tenant.outbox.wait(&mut cx.desk(), id, at, false);
        }
        OutcomeResult::Ambiguous {} => doubt(cx, tenant, id),
    }
}

fn on_done(cx: &mut Cx<'_>, tenant: &mut Tenant, id: EffectId, objects: [&[Text]; 2]) {
    let Some(entry) = tenant.outbox.get(id) else { return };
    match &entry.effect.action {
        Action::Act(_) if entry.lineage.is_notice() => tenant.chains.on_done(entry.lineage, None, objects, cx.now),
        Action::Act(act) => tenant.chains.on_done(entry.lineage, Some(act), objects, cx.now),
        // The handler made these by itself: that is a step like any other, and counts as one.
        Action::Handle(handle) if objects.iter().any(|list| !list.is_empty()) => {
            let Lineage { chain, effect, hop, budget } = entry.lineage;
            let cause = Cause { chain, hop, budget: Some(budget), parent: entry.parent, event: Some(effect.seq) };
            let deed = loops::handler_deed(&handle.handler, &handle.event.subject);
            let hop = hop.saturating_add(1);
            let rule = entry.effect.rule.as_deref();
            let budget = tenant.loops.admit(effect, &gate::ask(&cause, hop, deed), (rule, None), cx.config, cx.now);
            tenant.chains.on_done(Lineage { chain, effect, hop, budget }, None, objects, cx.now);
        }
        _ => {}
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

/// It has ended. A held one came to nothing, so its proposal may be made again.
pub(super) fn finish(cx: &mut Cx<'_>, tenant: &mut Tenant, id: EffectId) {
    tenant.chains.on_ended(id);
    if let Some(Phase::Held { proposal: Some(name), .. }) = tenant.outbox.get(id).map(|entry| &entry.phase) {
        tenant.chains.on_dropped(name);
    }
    let Some((chain, subject)) = tenant.outbox.end(&mut cx.desk(), id) else { return };
    if tenant.outbox.has_lines() {
        cx.freed.push_back(Freed(chain, subject));
    }
}

pub(super) fn on_ordered(cx: &mut Cx<'_>, tenant: &mut Tenant, command: &Command) {
    tenant.loops.on_order(command, cx.config.limits.stops, (cx.seq, cx.now));
    match &command.order {
        Order::StopChain { .. } | Order::StopSubject { .. } | Order::StopAll {} => {
            let stops = &tenant.loops.stops;
            let stopped = tenant.outbox.stopped(|entry| stops.hits(&entry.effect) && !may_be_heard(entry));
            cancel_all(cx, tenant, stopped);
        }
        Order::Approve { effect } => on_approved(cx, tenant, *effect),
        Order::ApproveHeld { rule, subject } => anew::approve_held(cx, tenant, rule.as_deref(), subject.as_deref()),
        Order::Cancel { effect } => {
            unheard(cx, tenant, *effect, false);
            cancel(cx, tenant, *effect);
        }
        Order::ResumeChain { chain } => ask_on(cx, tenant, Some(*chain)),
        Order::ResumeAll {} => ask_on(cx, tenant, None),
        Order::ResumeSubject { .. } | Order::AcceptTime { .. } | Order::Plan { .. } => {}
        // Each tenant hears that everything of it is stopped, or is not.
        Order::StopTenants {} | Order::ResumeTenants {} => {}
    }
}

/// A person lets a held effect leave.
pub(super) fn on_approved(cx: &mut Cx<'_>, tenant: &mut Tenant, id: EffectId) {
    let Some(entry) = tenant.outbox.get(id) else { return };
    if tenant.loops.stops.hits(&entry.effect) {
        // One of so many that were stopped at once that its turn has not come.
        return cancel(cx, tenant, id);
    }
    let meant = anew::asked(cx, entry).filter(|_| entry.is_held_for_repeating());
    approve(cx, tenant, id);
    if let Some(ask) = meant {
        tenant.loops.on_approved(&ask, &cx.config.chain);
    }
}

/// A held effect leaves, whatever the limits say.
pub(super) fn approve(cx: &mut Cx<'_>, tenant: &mut Tenant, id: EffectId) {
    let Some(entry) = tenant.outbox.get(id) else { return };
    let Some(ask) = anew::asked(cx, entry) else { return };
    let (parent, mut effect) = (entry.parent, entry.effect.clone());
    let descent = gate::count(cx, tenant, &mut effect, &ask, (parent, None));
    cx.say(Verdict::Admitted { effect: id, key: effect.key.clone(), would: None, would_hold: None });
    let due_ms = cx.due_ms(&effect);
    tenant.outbox.on_counted(id, descent.lineage, effect.traceparent.clone());
    tenant.outbox.release_again(&mut cx.desk(), id, due_ms);
    if let Some(act) = effect.act() {
        cx.freed.push_back(Freed(effect.chain, act.subject.clone()));
    }
}

/// Cancels what can be in one record, the rest as soon as time goes on. When many tenants are stopped at once, they share it.
pub(super) fn cancel_all(cx: &mut Cx<'_>, tenant: &mut Tenant, stopped: Vec<EffectId>) {
    let slice = (4 * SLICE).saturating_sub(cx.decision.verdicts.len()).min(SLICE);
    for (n, id) in stopped.into_iter().enumerate() {
        if n < slice { stop(cx, tenant, id) } else { tenant.outbox.hurry(&mut cx.desk(), id) }
    }
}

/// A stop cancels it. A question is asked again when that is lifted.
fn stop(cx: &mut Cx<'_>, tenant: &mut Tenant, id: EffectId) {
    unheard(cx, tenant, id, true);
    cancel(cx, tenant, id);
}

/// Is it a question that may have been delivered? A stop keeps it back as it is: asked anew, it would be taken for another.
fn may_be_heard(entry: &Entry) -> bool {
    entry.effect.is_question() && entry.effect.redelivered
}

/// A stop is lifted. The questions that it kept, of one chain or of all, are for now.
fn ask_on(cx: &mut Cx<'_>, tenant: &mut Tenant, chain: Option<ChainId>) {
    let stops = &tenant.loops.stops;
    let kept = tenant.outbox.stopped(|entry| {
        may_be_heard(entry) && chain.is_none_or(|chain| entry.effect.chain == chain) && !stops.hits(&entry.effect)
    });
    for id in kept {
        tenant.outbox.hurry(&mut cx.desk(), id);
    }
}

/// If it is a question, its task is told that it reached nobody: else it would wait for an answer for ever.
fn unheard(cx: &mut Cx<'_>, tenant: &Tenant, id: EffectId, again: bool) {
    let asked = tenant.outbox.get(id).map(|entry| &entry.effect.action);
    if let Some(Action::Ask(inquiry)) = asked {
        cx.scratch.unheard.push(Unheard { tenant: cx.tenant, effect: id, inquiry: inquiry.clone(), again });
    }
}

fn cancel(cx: &mut Cx<'_>, tenant: &mut Tenant, id: EffectId) {
    let Some(entry) = tenant.outbox.get(id) else { return };
    cx.say(Verdict::Cancelled { effect: id, key: entry.effect.key.clone() });
    finish(cx, tenant, id);
}

pub(super) fn on_due(cx: &mut Cx<'_>, tenant: &mut Tenant, id: EffectId) {
    let Some(entry) = tenant.outbox.get(id) else { return };
    let (key, stops) = (entry.effect.key.clone(), &tenant.loops.stops);
    match &entry.phase {
        Phase::Released => doubt(cx, tenant, id),
        _ if !may_be_heard(entry) && (stops.hits(&entry.effect) || trip::covers(cx, tenant, entry)) => {
            stop(cx, tenant, id)
        }
        _ if entry.expired(cx.now) => {
            cx.say(Verdict::Expired { effect: id, key });
            finish(cx, tenant, id);
        }
        Phase::Waiting if may_be_heard(entry) && stops.hits(&entry.effect) => {
            let at = cx.now.plus_ms(KEPT_MS);
            tenant.outbox.wait(&mut cx.desk(), id, at, false);
        }
        Phase::Waiting => {
            let due_ms = cx.due_ms(&entry.effect);
            tenant.outbox.release_again(&mut cx.desk(), id, due_ms);
        }
        Phase::Held { until, why, .. } if *until > cx.now && *why != HoldReason::Behind => anew::look(cx, tenant, id),
        Phase::Held { why: HoldReason::Probe, .. } => on_probed(cx, tenant, id),
        Phase::Held { why: HoldReason::Repeats, .. } => approve(cx, tenant, id),
        Phase::Held { denial: Some(denial), .. } => {
            let denial = denial.clone();
            refuse(cx, tenant, id, denial);
        }
        Phase::Held { until, .. } if *until <= cx.now || tenant.outbox.is_first_in_line(id) => {
            ask_again(cx, tenant, id)
        }
        Phase::Held { .. } => tenant.outbox.rearm(&mut cx.desk(), id),
    }
}

/// It was held back to see what comes. It leaves, or is held on, or more is known by now.
fn on_probed(cx: &mut Cx<'_>, tenant: &mut Tenant, id: EffectId) {
    let Some(entry) = tenant.outbox.get(id) else { return };
    let (Phase::Held { denial, .. }, Some(ask)) = (&entry.phase, anew::asked(cx, entry)) else { return };
    let (key, denial) = (entry.effect.key.clone(), denial.clone());
    let expires = entry.effect.expires_at.is_some();
    let enforce = cx.enforce(entry.effect.rule.as_deref());
    let hold = match tenant.loops.at_due(id, &ask, cx.now, cx.config) {
        _ if enforce == Enforce::Log => None,
        Due::Leave => None,
        Due::Wait { until } => Some((until, denial)),
        Due::Judge { latest } => match tenant.loops.rule(&ask, cx.config, cx.now, &mut None) {
            Ruling::Deny(denial) if enforce == Enforce::Deny => return refuse(cx, tenant, id, denial),
            Ruling::Deny(denial) => return leave_to_person(cx, tenant, id, (latest, denial)),
            Ruling::Hold { why: HoldReason::Probe, ms, denial } => Some((cx.now.plus_ms(ms).min(latest), Some(denial))),
            _ => None,
        },
    };
    // What expires leaves in time: see `latest` in `gate`.
    let hold = hold.filter(|_| !expires);
    let until = hold.as_ref().and_then(|(until, _)| tenant.outbox.hold_on(&mut cx.desk(), id, *until));
    let (Some(until), Some((_, denial))) = (until, hold) else { return approve(cx, tenant, id) };
    tenant.loops.on_probe(id, &ask, cx.now, until);
    cx.say(Verdict::Held { effect: id, key, until, why: HoldReason::Probe, denial });
}

/// What would be denied waits for a person, as long as it may be held.
fn leave_to_person(cx: &mut Cx<'_>, tenant: &mut Tenant, id: EffectId, (latest, denial): (Timestamp, Denial)) {
    let Some(until) = tenant.outbox.hold_on(&mut cx.desk(), id, latest) else { return approve(cx, tenant, id) };
    let Some(entry) = tenant.outbox.get(id) else { return };
    let key = entry.effect.key.clone();
    tenant.outbox.hold_for(&mut cx.desk(), id, denial.clone());
    cx.say(Verdict::Held { effect: id, key, until, why: HoldReason::Limit, denial: Some(denial) });
}

/// The next one in line asks again: what it waited behind is gone. A long line is worked off in slices.
pub(super) fn on_freed(cx: &mut Cx<'_>, tenant: &mut Tenant, chain: ChainId, subject: &str) {
    let Some(id) = tenant.outbox.first_in_line(chain, subject) else { return };
    if cx.decision.verdicts.len() >= SLICE {
        return tenant.outbox.hurry(&mut cx.desk(), id);
    }
    ask_again(cx, tenant, id);
}

fn ask_again(cx: &mut Cx<'_>, tenant: &mut Tenant, id: EffectId) {
    let Some(entry) = tenant.outbox.get(id) else { return };
    let (Phase::Held { why: HoldReason::Behind, .. }, Some(ask)) = (&entry.phase, anew::asked(cx, entry)) else {
        return;
    };
    let (key, enforce) = (entry.effect.key.clone(), cx.enforce(entry.effect.rule.as_deref()));
    let over = entry.held_until() <= cx.now;
    let ruling = match tenant.loops.rule(&ask, cx.config, cx.now, &mut None) {
        Ruling::Deny(denial) => Err(denial),
        // It has waited long enough.
        Ruling::Pass | Ruling::Hold { .. } | Ruling::Trial(_) => Ok(()),
    };
    match (ruling, enforce) {
        _ if tenant.loops.stops.hits(&entry.effect) => cancel(cx, tenant, id),
        (Ok(()), _) | (Err(_), Enforce::Log) => approve(cx, tenant, id),
        (Err(denial), Enforce::Hold) if !over => {
            if let Some(until) = tenant.outbox.hold_for(&mut cx.desk(), id, denial.clone()) {
                cx.say(Verdict::Held { effect: id, key, until, why: HoldReason::Limit, denial: Some(denial) });
            }
        }
        (Err(denial), Enforce::Deny | Enforce::Hold) => refuse(cx, tenant, id, denial),
    }
}

/// What was held is refused in the end.
fn refuse(cx: &mut Cx<'_>, tenant: &mut Tenant, id: EffectId, denial: Denial) {
    let Some((effect, ask)) = tenant.outbox.get(id).map(|entry| (entry.effect.clone(), entry.asked().copied())) else {
        return;
    };
    finish(cx, tenant, id);
    match ask {
        Some(ask) => trip::refuse(cx, tenant, &effect, &ask, denial),
        None => gate::deny(cx, &effect, denial),
    }
}
