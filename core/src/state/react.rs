//! What a record brings to the machines of a tenant: one match over it, and the steps from an event or a proposal to the gate.

use alloc::{
    boxed::Box,
    collections::{BTreeMap, VecDeque},
    string::String,
    vec::Vec,
};
use core::ops::Bound;

use super::{Tenant, anew, begot::Behalf, fate, gate, named::Named};
use crate::{
    chain::{Arrival, Cause, Chains, Who, token::Verified},
    config::{Config, Enforce},
    det::name,
    effect::{Act, Action, Effect, Handle, Inquiry},
    event::{ActorClass, Event},
    id::{ChainId, EffectId, Seq},
    input::{Causes, Command, OutcomeResult, Proposal, Propose},
    loops::Arrived,
    outbox::{Desk, Releases, Timers, due_ms},
    rules::{Rule, Seen},
    text::Text,
    time::Timestamp,
    verdict::{Decision, Link, Original, Verdict},
};

/// What a record brings to the machines of a tenant. What they keep of it, they take.
pub(crate) enum Seed<'a> {
    Arrived(&'a Event, Option<&'a Verified>),
    /// With the names of its causes.
    Proposed(&'a mut Propose, Option<Named>),
    Finished(EffectId, &'a OutcomeResult),
    Ordered(&'a Command),
    Due(EffectId),
    /// There is another configuration.
    Configured,
}

/// A place in the line of a chain and subject came free.
#[derive(Debug, Clone)]
pub(crate) struct Freed(pub(super) ChainId, pub(super) Text);

/// An effect on its way to admission.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    pub(super) effect: Effect,
    pub(super) cause: Cause,
    pub(super) siblings: u16,
    /// What a proposal declares, and the name that makes it idempotent.
    pub(super) proposal: Option<Box<(Proposal, Box<str>)>>,
}

/// Memory that is used again for each record.
#[derive(Debug, Clone, Default)]
pub(crate) struct Scratch {
    wanted: Vec<Effect>,
    text: String,
    /// Questions of this record that reached nobody.
    pub(super) unheard: Vec<Unheard>,
}

/// A question that reached nobody: taken back by a stop, after which it is asked again, or for good.
#[derive(Debug, Clone)]
pub(crate) struct Unheard {
    pub(super) tenant: u32,
    pub(super) effect: EffectId,
    pub(super) inquiry: Inquiry,
    pub(super) again: bool,
}

/// What is passed down: time, configuration, and where results go.
pub(crate) struct Cx<'a> {
    pub(crate) seq: Seq,
    pub(crate) now: Timestamp,
    pub(crate) tenant: u32,
    pub(crate) broker: u32,
    pub(crate) config: &'a Config,
    pub(crate) rule_index: &'a BTreeMap<Text, usize>,
    pub(crate) timers: &'a mut Timers,
    pub(crate) releases: &'a mut Releases,
    pub(crate) freed: &'a mut VecDeque<Freed>,
    pub(crate) scratch: &'a mut Scratch,
    pub(crate) ordinal: &'a mut u16,
    /// The plan that what is proposed comes from.
    pub(crate) behalf: Option<Behalf>,
    pub(crate) decision: &'a mut Decision,
}

impl<'a> Cx<'a> {
    pub(super) fn desk(&mut self) -> Desk<'_> {
        Desk { seq: self.seq, now: self.now, tenant: self.tenant, timers: self.timers, releases: self.releases }
    }

    pub(super) fn say(&mut self, verdict: Verdict) {
        if self.decision.verdicts.capacity() == 0 {
            // Most decisions have one.
            self.decision.verdicts.reserve_exact(1);
        }
        self.decision.verdicts.push(verdict);
    }

    pub(super) fn next_id(&mut self) -> EffectId {
        next_id(self.seq, self.ordinal)
    }

    pub(super) fn rule(&self, id: Option<&str>) -> Option<&'a Rule> {
        id.and_then(|id| self.rule_index.get(id)).and_then(|&at| self.config.rules.get(at))
    }

    pub(super) fn enforce(&self, rule: Option<&str>) -> Enforce {
        self.rule(rule).and_then(|rule| rule.enforce).unwrap_or(self.config.enforce)
    }

    pub(super) fn due_ms(&self, effect: &Effect) -> u64 {
        due_ms(effect, &self.config.timing)
    }
}

/// The id of the next effect of a record. No record brings more effects than there are numbers: what an event, a proposal and
/// a slice of timers can cause is limited, and what plans want beyond that is left for the next record.
pub(super) fn next_id(seq: Seq, ordinal: &mut u16) -> EffectId {
    let id = EffectId { seq, ordinal: *ordinal };
    *ordinal = ordinal.saturating_add(1);
    id
}

/// Who an event's actor is, after the host's registry.
pub(crate) fn who(config: &Config, event: &Event) -> Who {
    let as_reported = |class| Who { class, registered: false, machine: false, own: false, others_known: false };
    let Some(actor) = &event.actor else { return as_reported(ActorClass::Unknown) };
    // A platform says by whose account a run was started: that person did not end it.
    let reported = actor.class == ActorClass::Human && event.is_report();
    let class = if reported { ActorClass::System } else { actor.class };
    if config.own.is_empty() && config.actors.is_empty() {
        return as_reported(class);
    }
    let own = config.own.contains(actor.id.as_str());
    let registered = config.actors.get(actor.id.as_str()).copied();
    let class = registered.unwrap_or(if own { ActorClass::Bot } else { class });
    // Ids of one platform share what stands before the colon, so they are neighbours in the set.
    let platform = actor.id.split_inclusive(':').next().unwrap_or("");
    let mut ours = config.own.range::<str, _>((Bound::Included(platform), Bound::Unbounded));
    let others_known = !own && ours.next().is_some_and(|id| id.starts_with(platform));
    Who { class, registered: registered.is_some(), own, others_known, ..as_reported(class) }
}

/// The digests of an event's subject and actor that most machines ask for; 0 without an actor.
pub(super) fn names(event: &Event) -> [u64; 2] {
    [name(&event.subject), event.actor.as_ref().map_or(0, |actor| name(&actor.id))]
}

/// The record first; then, for each place that came free, who waits for it, until nobody does.
pub(crate) fn react(cx: &mut Cx<'_>, tenant: &mut Tenant, seed: Seed<'_>) {
    match seed {
        Seed::Arrived(event, verified) => on_arrived(cx, tenant, event, verified),
        Seed::Proposed(propose, named) => on_proposed(cx, tenant, propose, named),
        Seed::Finished(effect, result) => fate::on_finished(cx, tenant, effect, result),
        Seed::Ordered(command) => fate::on_ordered(cx, tenant, command),
        Seed::Due(effect) => fate::on_due(cx, tenant, effect),
        Seed::Configured => anew::on_configured(cx, tenant),
    }
    while let Some(Freed(chain, subject)) = cx.freed.pop_front() {
        fate::on_freed(cx, tenant, chain, &subject);
    }
}

fn on_arrived(cx: &mut Cx<'_>, tenant: &mut Tenant, event: &Event, verified: Option<&Verified>) {
    let [subject, actor] = names(event);
    let who = tenant.loops.known(who(cx.config, event), actor);
    let recent_ms = cx.config.timing.outcome_due_ms;
    let key = tenant.chains.key(&event.id);
    let (seq, now, broker) = (cx.seq, cx.now, cx.broker);
    let arrival = Arrival { event, key, subject, seq, now, who, verified, broker, recent_ms };
    let look = tenant.chains.look(&arrival);
    let cause = look.cause(&arrival);
    cx.decision.chain = Some(cause.chain);
    cx.decision.link = look.link().map(|(kind, of)| Link { kind, of, hop: cause.hop });
    cx.decision.late = look.late;
    if look.echo {
        cx.say(Verdict::Echo { chain: cause.chain, of: look.from() });
    }
    let freed = tenant.loops.on_event(&Arrived {
        seq: cx.seq,
        now: cx.now,
        event,
        names: [subject, actor],
        who,
        from: look.from(),
        behind: look.is_behind(),
        echo: look.echo,
        shows: tenant.chains.shows(&arrival, &look),
        aside: look.is_notice(),
    });
    if let Some(held) = freed {
        tenant.outbox.let_go(&mut cx.desk(), held);
    }
    let about = tenant.chains.subjects.about(event);
    // Whose account it is, the host and the platform say. What was found out about it is evidence, and keeps nobody from being heard.
    let hop = if who.class == ActorClass::Human && !look.echo { 0 } else { cause.hop };
    let seen = Seen { event, class: who.class, about, echo: look.echo, late: look.late, hop };
    let known = tenant.chains.is_known(key);
    route(cx, &tenant.name, &seen, cause, &Chains::name_of(event, known));
    tenant.chains.on_event(&arrival, &look, cause, known);
    let mut wanted = core::mem::take(&mut cx.scratch.wanted);
    let siblings = u16::try_from(wanted.len()).unwrap_or(u16::MAX);
    for effect in wanted.drain(..) {
        gate::on_wanted(cx, tenant, Wanted { effect, cause, siblings, proposal: None });
    }
    cx.scratch.wanted = wanted;
}

/// Wants the effects that the rules that match make of an event.
fn route(cx: &mut Cx<'_>, tenant: &str, seen: &Seen<'_>, cause: Cause, name: &Text) {
    let Scratch { wanted, text, .. } = &mut *cx.scratch;
    for rule in cx.config.rules.iter().filter(|rule| rule.matches(seen)) {
        let mut want = |action, expires_in_ms: Option<u64>| {
            wanted.push(Effect {
                tenant: (!tenant.is_empty()).then(|| Text::from(tenant)),
                rule: Some(rule.id.clone()),
                expires_at: expires_in_ms.map(|ms| cx.now.plus_ms(ms)),
                ..Effect::new(action, EffectId::default(), cause.chain, Causes::One(name.clone()))
            });
        };
        for template in &rule.effects {
            want(Action::Act(template.render_with(seen, text)), template.expires_in_ms);
        }
        if let Some(handler) = &rule.handle {
            want(Action::Handle(Handle { handler: handler.clone(), event: Box::new(seen.event.clone()) }), None);
        }
    }
}

fn on_proposed(cx: &mut Cx<'_>, tenant: &mut Tenant, propose: &mut Propose, named: Option<Named>) {
    let Some((cause, handles)) = tenant.cause_of(propose.cause.as_slice(), cx.behalf.as_ref()) else { return };
    let rule = tenant.rule_of(propose.cause.as_slice());
    let causes = core::mem::take(&mut propose.cause);
    let Some(named) = named else { return };
    let siblings = u16::try_from(propose.effects.len()).unwrap_or(u16::MAX);
    // All of them first: remembering one may forget another.
    let names = propose.effects.iter().map(|proposal| named.of(proposal));
    let known: Vec<_> = names.map(|name| (tenant.chains.proposed(&name), name)).collect();
    for (mut proposal, (known, name)) in core::mem::take(&mut propose.effects).into_iter().zip(known) {
        if let Some(of) = known.or_else(|| tenant.chains.proposed(&name)) {
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
            tenant: propose.tenant.clone().filter(|name| !name.is_empty()),
            rule: rule.clone(),
            key: proposal.key.take(),
            expires_at: proposal.expires_at,
            ..Effect::new(Action::Act(act), EffectId::default(), cause.chain, causes.clone())
        };
        // At once, not after the loop: a proposal that has one key twice must find the first.
        gate::on_wanted(cx, tenant, Wanted { effect, cause, siblings, proposal: Some(Box::new((proposal, name))) });
    }
    for handle in handles {
        if propose.more {
            let due_ms = cx.config.timing.handle_due_ms;
            tenant.outbox.extend(&mut cx.desk(), handle, due_ms);
        } else {
            fate::finish(cx, tenant, handle);
        }
    }
}
