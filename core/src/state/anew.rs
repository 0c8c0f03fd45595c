//! What is held, looked at again: when another configuration comes, and when a person lets many leave at once.

use alloc::{format, string::String, vec::Vec};

use super::{SLICE, Tenant, admission::optional, fate, react::Cx};
use crate::{
    config::Enforce,
    error::Rejected,
    id::EffectId,
    limits,
    loops::{Ask, Ruling},
    outbox::Entry,
};

/// What a held effect asks, by its rule as that reads now: who mends a rule means what it holds already, too.
pub(super) fn asked(cx: &Cx<'_>, entry: &Entry) -> Option<Ask> {
    let mut ask = *entry.asked()?;
    if let Some(rule) = cx.rule(entry.effect.rule.as_deref()) {
        ask.reentry = rule.loops.reentry();
    }
    Some(ask)
}

/// There is another configuration. What evidence or a probe holds is due now, so it is worked off in slices; what a limit holds
/// for a person stays.
pub(super) fn on_configured(cx: &mut Cx<'_>, tenant: &mut Tenant) {
    for id in tenant.outbox.stopped(Entry::is_held_for_repeating) {
        tenant.outbox.hurry(&mut cx.desk(), id);
    }
}

/// Its time is not over, but it is looked at: another configuration came, or a stop that was lifted had hurried it. It leaves if it
/// would leave were it asked for now, else it is held for as long as was said.
pub(super) fn look(cx: &mut Cx<'_>, tenant: &mut Tenant, id: EffectId) {
    let Some(entry) = tenant.outbox.get(id) else { return };
    let logs = cx.enforce(entry.effect.rule.as_deref()) == Enforce::Log;
    let ask = asked(cx, entry).filter(|_| entry.is_held_for_repeating());
    let passes = |ask: Ask| logs || matches!(tenant.loops.rule(&ask, cx.config, cx.now, &mut None), Ruling::Pass);
    if ask.is_some_and(passes) {
        fate::approve(cx, tenant, id);
    } else {
        tenant.outbox.rearm(&mut cx.desk(), id);
    }
}

/// Is it held, and of this rule, and about this subject, where they are named?
pub(super) fn is_meant(entry: &Entry, rule: Option<&str>, subject: Option<&str>) -> bool {
    let about = |subject: &str| {
        entry.effect.act().is_some_and(|act| act.subject == subject || act.about.as_deref() == Some(subject))
    };
    entry.is_held() && rule.is_none_or(|rule| entry.effect.rule.as_deref() == Some(rule)) && subject.is_none_or(about)
}

/// Does an order to let all that is held leave name what, and is anything held there?
pub(super) fn check(tenant: &Tenant, rule: Option<&str>, subject: Option<&str>) -> Result<(), Rejected> {
    optional("do.rule", rule, limits::NAME_BYTES)?;
    optional("do.subject", subject, limits::SUBJECT_BYTES)?;
    let named = [("of rule", rule), ("on", subject)];
    let named = named.iter().filter_map(|(word, name)| Some(format!("{word} `{}`", (*name)?)));
    let named: Vec<String> = named.collect();
    let reason = match named.as_slice() {
        [] => "name the `rule` or the `subject` of what is to leave".into(),
        _ if tenant.outbox.iter().any(|entry| is_meant(entry, rule, subject)) => return Ok(()),
        named => format!("nothing is held {}; ask `open` what is", named.join(" and ")),
    };
    Err(Rejected::NotPossible { what: "approve_held", reason })
}

/// A person lets all that is held of a rule, or on a subject, leave: the first ones, as many as one record may hold.
pub(super) fn approve_held(cx: &mut Cx<'_>, tenant: &mut Tenant, rule: Option<&str>, subject: Option<&str>) {
    let held = tenant.outbox.stopped(|entry| is_meant(entry, rule, subject));
    for id in held.into_iter().take(SLICE) {
        fate::on_approved(cx, tenant, id);
    }
}
