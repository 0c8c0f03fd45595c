//! Read-only questions to a broker.

use alloc::{string::String, vec::Vec};

use serde::Serialize;

use crate::{
    agents,
    chain::Known,
    config::Config,
    det::digest,
    effect::Effect,
    event::Actor,
    id::{ChainId, EffectId, Seq},
    loops::{self, Standing, What, exceeded},
    snapshot,
    state::{State, Tenant},
    text::Text,
    time::Timestamp,
    verdict::{DenyReason, HoldReason, StopKind, Wakeup},
    work::{PlanState, PlanStatus, TaskStatus},
};

/// What can be asked of a broker. Tenants are named as in inputs; the default one is `""`.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    state: &'a State,
    durable: Seq,
    forged: u64,
}

/// An effect that has not ended, and where it stands.
#[derive(Debug, Clone, Copy)]
pub struct Open<'a> {
    /// The effect.
    pub effect: &'a Effect,
    /// Why it is held, if it is.
    pub held: Option<HoldReason>,
    /// When something happens to it if nobody says anything.
    pub due: Timestamp,
}

/// A chain whose breaker is not closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct TrippedChain<'a> {
    /// The chain that tripped first. Where links are inferred, what goes to and fro with it is stopped too.
    pub chain: ChainId,
    /// Where the refused effect would have landed.
    pub subject: &'a str,
    /// The refused effect.
    pub effect: EffectId,
    /// For what it was refused.
    pub reason: DenyReason,
    /// When it tripped, the last time.
    pub since: Timestamp,
    /// When one effect may leave on trial.
    pub until: Timestamp,
    /// How often it tripped.
    pub times: u16,
    /// Where it stands.
    pub stage: BreakerStage,
    /// The effect that told a person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notice: Option<EffectId>,
}

/// What to do with an effect that the host has taken, but not begun yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Turn {
    /// Perform it.
    Perform,
    /// Report [`crate::input::OutcomeResult::Retry`] with `after_ms` 0 instead, for a person has stopped it, or it was to leave earlier
    /// or not at all. It ends then, with `cancelled` or `expired`; what may have happened before waits until it is resumed.
    PutOff,
    /// Nothing: it has ended meanwhile, or comes again later by itself.
    Over,
}

/// A person's stop that stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct StopStanding<'a> {
    /// What is stopped.
    pub what: StopKind,
    /// The chain, if it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chain: Option<ChainId>,
    /// The subject, if it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<&'a str>,
    /// Who said so, if that was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<&'a Actor>,
    /// Why, if that was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'a str>,
    /// Since when. This and the record are not known of a stop from a snapshot of a version that did not keep them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// The record of the order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub record: Option<Seq>,
}

/// How often the effects of a rule repeat something of the line they continue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Repetition<'a> {
    /// The rule; `""` for what comes of none.
    pub rule: &'a str,
    /// Automated steps over definite links: so many repeat nothing, the structure, the content too, the state too.
    pub definite: [u64; 4],
    /// The same over inferred links.
    pub inferred: [u64; 4],
    /// Alarm: the categories, 1 to 3, of which there are more, by three standard deviations, than the evidence assumes of
    /// legitimate automation. Either the rule takes part in loops, or the stated error does not hold for it: declare what is
    /// meant.
    pub exceeds: Vec<u8>,
    /// Effects that left and would have been held, where the rule logs only: most such holds end by themselves.
    pub would_hold: u64,
    /// Effects that left and would have been denied.
    pub would_deny: u64,
}

/// Where a breaker that is not closed stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum BreakerStage {
    /// What asks is denied.
    Open,
    /// Its cooldown is over, or a person resumed it: the next effect leaves on trial.
    HalfOpen,
    /// One effect left. If the next repeats, it opens again; if not, it closes.
    Trial,
}

/// How full a table is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// The limit's name in the configuration. For `chains`, which what has been counted of a chain is listed under, the limit
    /// is `effects` and `open_effects` together; `stops` may have one more, the stop of everything.
    pub table: &'static str,
    /// Entries in it.
    pub entries: u64,
    /// Entries it has forgotten.
    pub forgotten: u64,
}

impl<'a> View<'a> {
    pub(crate) fn new(state: &'a State, durable: Seq, forged: u64) -> Self {
        Self { state, durable, forged }
    }

    /// The broker's name.
    #[must_use]
    pub fn name(&self) -> &'a str {
        &self.state.name
    }

    /// The record of the same event, if an event that comes at `at` is one that is known.
    #[cfg(feature = "cli")]
    pub(crate) fn duplicate_of(&self, event: &crate::Event, at: Timestamp) -> Option<Seq> {
        let tenant = self.state.tenant(event.tenant.as_deref().unwrap_or(""))?;
        let window_ms = self.state.config.timing.content_window_ms;
        tenant.chains.duplicate_of(event, self.state.now.max(at), window_ms)
    }

    /// The number by which segments and tokens name the broker.
    #[must_use]
    pub fn number(&self) -> u32 {
        self.state.broker
    }

    /// The broker's time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.state.now
    }

    /// The last record.
    #[must_use]
    pub fn seq(&self) -> Seq {
        self.state.seq
    }

    /// The last durable record.
    #[must_use]
    pub fn durable(&self) -> Seq {
        self.durable
    }

    /// The configuration in force.
    #[must_use]
    pub fn config(&self) -> &'a Config {
        &self.state.config
    }

    /// Digest of the whole state: equal states have equal digests, in every language. Costs as much as a snapshot.
    #[must_use]
    pub fn digest(&self) -> u64 {
        let mut bytes = Vec::new();
        snapshot::write(self.state, &mut bytes);
        digest(&bytes)
    }

    /// Digest of one tenant's part of the state.
    #[must_use]
    pub fn tenant_digest(&self, tenant: &str) -> Option<u64> {
        let tenant = self.state.tenant(tenant)?;
        let mut bytes = Vec::new();
        // Writing to memory can not fail.
        let _ = minicbor::encode(&tenant.chains, &mut bytes);
        let _ = minicbor::encode(&tenant.loops, &mut bytes);
        let _ = minicbor::encode(&tenant.outbox, &mut bytes);
        Some(digest(&bytes))
    }

    /// The plans of a tenant that are remembered, in the order in which they came.
    pub fn plans(&self, tenant: &str) -> impl Iterator<Item = (&'a Text, PlanState)> + use<'a> {
        let number = self.state.tenant_number(tenant).unwrap_or(u32::MAX);
        self.state.crew.work.plans(number).map(|(_, plan, state)| (plan, state))
    }

    /// Where a plan stands.
    #[must_use]
    pub fn plan(&self, tenant: &str, plan: &str) -> Option<PlanStatus> {
        let crew = &self.state.crew;
        let number = crew.work.find_plan(self.state.tenant_number(tenant)?, &plan.into()).ok()?;
        let slots = crew.agents.iter().filter_map(|agent| crew.agents.registration(agent)).map(|agent| agent.slots);
        crew.work.plan_status(self.state.now, number, slots.fold(0, u32::saturating_add))
    }

    /// All there is to know of a task of a plan: why it has not started, who is at it, what happened to it.
    #[must_use]
    pub fn task(&self, tenant: &str, plan: &str, task: &str) -> Option<TaskStatus> {
        let work = &self.state.crew.work;
        work.task_status(work.find_plan(self.state.tenant_number(tenant)?, &plan.into()).ok()?, task)
    }

    /// The agents, by number.
    pub fn agents(&self) -> impl Iterator<Item = agents::Status> + use<'a> {
        let (state, now) = (self.state, self.state.now);
        let agents = &state.crew.agents;
        agents.iter().filter_map(move |agent| agents.status(now, agent))
    }

    /// Who would be given a task that waits for an agent now, and why nobody else: the costs, the chances, who was left out.
    #[must_use]
    pub fn explain_choice(&self, tenant: &str, plan: &str, task: &str) -> Option<agents::Explain> {
        self.state.explain_choice(self.state.tenant_number(tenant)?, plan, task)
    }

    /// Tokens that looked like one of ours and proved nothing, since this instance started.
    #[must_use]
    pub fn forged_tokens(&self) -> u64 {
        self.forged
    }

    /// The tenants, in the order in which they appeared.
    pub fn tenants(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.state.tenants.iter().map(|tenant| &*tenant.name)
    }

    /// Effects that have not ended, by id.
    pub fn open(&self, tenant: &str) -> impl Iterator<Item = Open<'a>> + use<'a> {
        self.tenant(tenant).into_iter().flat_map(|tenant| tenant.outbox.iter()).map(|entry| Open {
            effect: &entry.effect,
            held: entry.hold_reason(),
            due: entry.due,
        })
    }

    /// One effect, if it has not ended.
    #[must_use]
    pub fn open_effect(&self, tenant: &str, effect: EffectId) -> Option<Open<'a>> {
        let entry = self.tenant(tenant)?.outbox.get(effect)?;
        Some(Open { effect: &entry.effect, held: entry.hold_reason(), due: entry.due })
    }

    /// What to do now with an effect that the host has taken, but not begun yet, because others had their turn first. `at` is by the
    /// host's clock. [`crate::driver::Driver::run`] asks this by itself.
    #[must_use]
    pub fn turn(&self, tenant: &str, effect: EffectId, at: Timestamp) -> Turn {
        self.state.tenant_number(tenant).map_or(Turn::Over, |number| self.state.turn(number, effect, at))
    }

    /// When [`crate::Broker::advance`] has something to do, and why, by the broker's time. [`crate::Broker::wakeup`] is by the host's clock.
    #[must_use]
    pub fn wakeup(&self) -> Option<Wakeup> {
        self.state.wakeup()
    }

    /// What a subject or object belongs to, as far as is known: itself otherwise.
    #[must_use]
    pub fn resolve(&self, tenant: &str, subject: &'a str) -> &'a str {
        self.tenant(tenant).map_or(subject, |tenant| tenant.chains.subjects.resolve(subject))
    }

    /// The newest known state of an object (or of a subject whose events name no object).
    #[must_use]
    pub fn known_state(&self, tenant: &str, object: &str) -> Option<&'a Known> {
        self.tenant(tenant)?.chains.subjects.state(object)
    }

    /// Is an effect remembered, under way or ended? What is not may be unknown, or forgotten.
    #[must_use]
    pub fn remembers(&self, tenant: &str, effect: EffectId) -> bool {
        self.tenant(tenant).is_some_and(|tenant| tenant.chains.sent(effect).is_some())
    }

    /// The effects of ours that led to an effect, the nearest first. Ends where memory ends, at most 1000 deep.
    #[must_use]
    pub fn ancestry(&self, tenant: &str, effect: EffectId) -> Vec<EffectId> {
        let Some(tenant) = self.tenant(tenant) else { return Vec::new() };
        let parent = |id: &EffectId| tenant.chains.sent(*id).and_then(|sent| sent.parent);
        core::iter::successors(parent(&effect), parent).take(1000).collect()
    }

    /// Automated effects a chain has used, and how many it may.
    #[must_use]
    pub fn spent(&self, tenant: &str, chain: ChainId) -> Option<(u32, u32)> {
        self.tenant(tenant)?.loops.spent(chain, &self.state.config.chain)
    }

    /// How full the tables of a tenant are.
    #[must_use]
    pub fn counts(&self, tenant: &str) -> Vec<Count> {
        let Some(tenant) = self.tenant(tenant) else { return Vec::new() };
        let open = ("open_effects", tenant.outbox.len() as u64, 0);
        let tables = tenant.chains.counts().into_iter().chain(tenant.loops.counts()).chain([open]);
        tables.map(|(table, entries, forgotten)| Count { table, entries, forgotten }).collect()
    }

    /// The chains whose breaker is not closed, the first to trip first.
    pub fn tripped(&self, tenant: &str) -> impl Iterator<Item = TrippedChain<'a>> + use<'a> {
        let now = self.state.now;
        let trips = self.tenant(tenant).into_iter().flat_map(move |tenant| tenant.loops.breaker.list(now));
        trips.filter_map(|(chain, trip, standing)| {
            let stage = match standing {
                Standing::Closed => return None,
                Standing::Open => BreakerStage::Open,
                Standing::HalfOpen => BreakerStage::HalfOpen,
                Standing::Trial(_) => BreakerStage::Trial,
            };
            Some(TrippedChain {
                chain,
                subject: &trip.subject,
                effect: trip.effect,
                reason: trip.reason,
                since: trip.since,
                until: trip.until,
                times: trip.times,
                stage,
                notice: trip.notice,
            })
        })
    }

    /// What people have stopped, and has not been resumed: everything first, then chains, then subjects. What the emergency breaker
    /// stopped is in [`View::tripped`].
    pub fn stops(&self, tenant: &str) -> impl Iterator<Item = StopStanding<'a>> + use<'a> {
        let stops = self.tenant(tenant).into_iter().flat_map(|tenant| tenant.loops.stops.list());
        stops.map(|(what, word)| {
            let (what, chain, subject) = match what {
                What::All => (StopKind::All, None, None),
                What::Chain(chain) => (StopKind::Chain, Some(chain), None),
                What::Subject(subject) => (StopKind::Subject, None, Some(subject)),
            };
            StopStanding {
                what,
                chain,
                subject,
                by: word.and_then(|word| word.by.as_ref()),
                reason: word.and_then(|word| word.reason.as_deref()),
                since: word.map(|word| word.at),
                record: word.map(|word| word.record),
            }
        })
    }

    /// How often the effects of each rule repeat something, by rule.
    #[must_use]
    pub fn repetition(&self, tenant: &str) -> Vec<Repetition<'a>> {
        let rates = self.tenant(tenant).into_iter().flat_map(|tenant| tenant.loops.rates.list());
        let seen = |(rule, rate): (&'a Text, &loops::Rate)| {
            let mut exceeds: Vec<u8> = exceeded(&rate.definite).chain(exceeded(&rate.inferred)).collect();
            exceeds.sort_unstable();
            exceeds.dedup();
            let [would_hold, would_deny] = rate.would();
            Repetition { rule, definite: rate.definite, inferred: rate.inferred, exceeds, would_hold, would_deny }
        };
        rates.map(seen).collect()
    }

    /// Until when the tenant is stopped because so many chains tripped, if it is.
    #[must_use]
    pub fn stopped_until(&self, tenant: &str) -> Option<Timestamp> {
        self.tenant(tenant)?.loops.breaker.all_until(self.state.now)
    }

    /// The idempotency key of an effect: unique over all brokers with different names.
    #[must_use]
    pub fn idempotency_key(&self, effect: EffectId) -> String {
        alloc::format!("{}/{effect}", self.state.name)
    }

    fn tenant(&self, name: &str) -> Option<&'a Tenant> {
        self.state.tenant(name)
    }
}
