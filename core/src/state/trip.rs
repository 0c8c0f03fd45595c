//! The emergency breaker at work: a denial cancels what waits behind it, and tells a person once, somewhere else.

use alloc::{format, string::String, vec::Vec};

use super::{Tenant, fate, gate, need::Need, react::Cx};
use crate::{
    chain::Lineage,
    config::Enforce,
    effect::{Act, Action, Effect},
    id::EffectId,
    loops::{Ask, Tripped},
    outbox::{Descent, EFFECT_BYTES, Entry},
    text::Text,
    verdict::{Denial, Verdict},
};

/// What a notice says at most: it takes the room that the refused effect leaves.
const NOTICE_BYTES: usize = 768;
/// The room that a notice takes where nothing refused leaves any.
pub(super) const NOTICE: Need = Need { effects: 1, bytes: EFFECT_BYTES + NOTICE_BYTES as u64 };
/// What it says at most of the place: the reason, and what to do, matter more.
const PLACE_BYTES: usize = 200;
const MINUTE_MS: u64 = 60_000;

/// An effect is refused for good. If that is for a loop or a limit, its chain trips.
pub(super) fn refuse(cx: &mut Cx<'_>, tenant: &mut Tenant, effect: &Effect, ask: &Ask, denial: Denial) {
    let subject = match &effect.action {
        Action::Act(act) => act.subject.clone(),
        Action::Handle(handle) => handle.event.subject.clone(),
        _ => Text::default(),
    };
    let tripped = tenant.loops.trip((effect.id, &subject), ask, &denial, &cx.config.breaker, cx.now);
    gate::deny(cx, effect, denial.clone());
    let Some(tripped) = tripped else { return };
    let stopped = waiting(cx, tenant, ask);
    let notice = notice(cx, tenant, effect, (ask, &subject, &denial), tripped, stopped.len());
    let Tripped { until, all_until, .. } = tripped;
    cx.say(Verdict::Tripped { chain: ask.chain, until, notice: notice.as_ref().map(|notice| notice.id), all_until });
    fate::cancel_all(cx, tenant, stopped);
    if let Some(notice) = notice {
        hand_out(cx, tenant, notice, ask);
    }
}

/// What waits in a chain that trips, or in its exchange. What a rule only logs is left alone, and so is what may have happened:
/// somebody has to look.
fn waiting(cx: &Cx<'_>, tenant: &Tenant, ask: &Ask) -> Vec<EffectId> {
    tenant.outbox.stopped(|entry| {
        tenant.loops.is_tripped_with(ask, entry.effect.chain, entry.asked())
            && is_stoppable(entry)
            && cx.enforce(entry.effect.rule.as_deref()) != Enforce::Log
    })
}

/// Is what waits stopped by a breaker that is open? A question is not, nor a dispatch but by its own chain: where so many trips stop
/// everything its plan goes on, and would only ask anew, or give it out anew, as often as the host asks for a pause.
pub(super) fn covers(cx: &Cx<'_>, tenant: &Tenant, entry: &Entry) -> bool {
    let open = || match entry.asked() {
        Some(ask) => tenant.loops.is_open(ask, cx.now),
        None if entry.effect.dispatch().is_some() => tenant.loops.is_tripped(entry.effect.chain, cx.now),
        None => tenant.loops.is_chain_open(entry.effect.chain, cx.now),
    };
    let meant = !entry.effect.is_question() && is_stoppable(entry);
    meant && !tenant.loops.is_calm() && open() && cx.enforce(entry.effect.rule.as_deref()) != Enforce::Log
}

fn is_stoppable(entry: &Entry) -> bool {
    // What an agent has to be told of its dispatch is told: see `Stops::hits`.
    !entry.lineage.is_notice() && !entry.effect.redelivered && !entry.effect.is_told()
}

/// The effect that tells a person, unless there is nobody to tell, or only where the loop itself is.
fn notice(
    cx: &mut Cx<'_>,
    tenant: &Tenant,
    effect: &Effect,
    (ask, subject, denial): (&Ask, &Text, &Denial),
    tripped: Tripped,
    cancelled: usize,
) -> Option<Effect> {
    let notify = cx.config.breaker.notify.as_ref().filter(|_| tripped.anew)?;
    let about = effect.act().and_then(|act| act.about.as_ref());
    if notify == subject || about == Some(notify) || tenant.loops.is_on_line(ask, notify) {
        return None;
    }
    let text = text(subject, denial, (tripped, tripped.until.since_ms(cx.now)), cancelled);
    let act = Act {
        kind: "notify".into(),
        subject: notify.clone(),
        about: Some(subject.clone()),
        text: Some(text.into()),
        ..Act::default()
    };
    let notice = Effect {
        tenant: effect.tenant.clone(),
        ..Effect::new(Action::Act(act), cx.next_id(), effect.chain, effect.cause.clone())
    };
    Some(notice).filter(|notice| !tenant.loops.stops.hits(notice))
}

fn text(subject: &str, denial: &Denial, (tripped, ms): (Tripped, u64), cancelled: usize) -> String {
    let chain = denial.chain;
    let mut text = format!("Stopped at {}: {denial}. ", head(subject, PLACE_BYTES));
    if cancelled > 0 {
        text += &format!("What waited in it is cancelled, {cancelled} in number. ");
    }
    text += &format!(
        "After {} min one effect may leave, to see whether it goes on. To decide before, resume or stop chain {chain}.",
        ms.div_ceil(MINUTE_MS)
    );
    if tripped.all_until.is_some() {
        text += " So many chains tripped that everything is stopped, but for answers to persons: resume it when it is safe.";
    }
    text.truncate(head(&text, NOTICE_BYTES).len());
    text
}

/// The beginning of a text, at most so many bytes.
fn head(text: &str, most: usize) -> &str {
    let end = (0..=most.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    &text[..end.unwrap_or(0)]
}

/// It leaves past the gate: no limit counts it, and nothing descends from it.
fn hand_out(cx: &mut Cx<'_>, tenant: &mut Tenant, notice: Effect, ask: &Ask) {
    let lineage = Lineage::of_notice(notice.chain, notice.id);
    if let Some(act) = notice.act() {
        tenant.chains.on_notice(lineage, act);
    }
    tenant.loops.on_notice(ask, notice.id);
    cx.say(Verdict::Admitted { effect: notice.id, key: None, would: None, would_hold: None });
    let due_ms = cx.due_ms(&notice);
    tenant.outbox.release(&mut cx.desk(), notice, Descent { lineage, parent: None }, due_ms);
}
