//! The state, and the only place that decides the order in which its machines hear of things. They know nothing of each other.
//!
//! [`State::check`] says whether an input may be recorded, and only reads. [`State::apply`] is the fold: one record in, one
//! decision out. It calls, in this order:
//!
//! ```text
//! on_restart        what was with the host when it went down comes again
//! run_due           timers of effects                                     -> react: due
//! run_crew          timers of plans and agents                            -> work, agents
//! the record        event, propose, outcome, command                      -> react
//!                   plan, patch, task, beats, agent, a person's word
//!                   on a plan                                             -> work, agents
//!                   configure, adopt                                      -> this file
//! on_effects_ended  dispatches that never arrived, room that came free    -> work
//! settle_crew       what work and agents have to say to each other, to the outbox and to the host;
//!                   then tasks find agents                                -> hire, room
//! ```
//!
//! An effect comes from `react` (event: chain looks for a link, loops hears of it, rules want effects; propose: the host's code
//! wants them), or from `crew` and `hire` (dispatches and the like, which pass no gate: a plan has limits of its own).
//!
//! ```text
//! react -> gate  stops, limits and evidence (loops), the line on its subject: it is released, held or refused
//!          gate -> trip  a refusal opens the breaker: what waits behind it is cancelled, a person is told
//! react -> fate  outcomes, orders and timers: outbox, receipts (chain); who waited for its place is looked at again
//!          fate -> anew  what evidence holds is judged again when the configuration changes
//! ```

mod admission;
mod anew;
mod begot;
mod crew;
mod fate;
mod gate;
mod hire;
mod lives;
mod named;
mod need;
mod person;
mod react;
mod recall;
mod room;
mod time;
mod trip;
mod warm;

use alloc::{
    boxed::Box,
    collections::{BTreeMap, VecDeque},
    string::String,
    vec::Vec,
};

use crate::{
    behaviour::Behaviours,
    broker::Durability,
    chain::Chains,
    config::Config,
    det::{digest, gather, mix},
    id::{EffectId, Seq},
    input::{Command, Order, OutcomeResult},
    journal::{Entry, GenesisRecord, Record},
    loops::{Loops, Word},
    outbox::{Desk, Outbox, Ready, Releases, Timers},
    text::Text,
    time::Timestamp,
    verdict::{Decision, Verdict, WakeReason, Wakeup},
    view::Turn,
};

pub(crate) use admission::{Checked, check_config};
pub(crate) use crew::Crew;
#[cfg(feature = "draw")]
pub(crate) use react::who;
use react::{Cx, Freed, Scratch, Seed};
pub(crate) use warm::{Asked, TOGETHER};

/// Most timers one record works off. What is left is due at once: see [`WakeReason::Backlog`].
const SLICE: usize = 1024;

/// Everything the fold knows.
#[derive(Debug, Clone)]
pub(crate) struct State {
    pub(crate) name: String,
    pub(crate) broker: u32,
    pub(crate) seed: u64,
    pub(crate) durability: Durability,
    pub(crate) seq: Seq,
    pub(crate) now: Timestamp,
    /// A person accepts clock jumps up to here.
    pub(crate) jump_to: Timestamp,
    pub(crate) behaviours: Behaviours,
    pub(crate) config: Config,
    pub(crate) tenants: Vec<Tenant>,
    pub(crate) releases: Releases,
    /// Every tenant is stopped, those to come too: what was said with it.
    pub(crate) halted: Option<Word>,
    /// Plans and agents.
    pub(crate) crew: Crew,
    tenant_index: BTreeMap<Box<str>, u32>,
    rule_index: BTreeMap<Text, usize>,
    /// Where the rules send messages, as far as that is known beforehand. Derived.
    destinations: Vec<u64>,
    timers: Timers,
    freed: VecDeque<Freed>,
    scratch: Scratch,
    /// Effects of the record being applied.
    ordinal: u16,
}

/// The machines, once per tenant, so that nothing of one can reach another.
#[derive(Debug, Clone)]
pub(crate) struct Tenant {
    pub(crate) name: Box<str>,
    pub(crate) chains: Chains,
    pub(crate) loops: Loops,
    pub(crate) outbox: Outbox,
}

/// The number by which tokens and segments name a broker. One that starts anew under an old name is another broker:
/// what is left of the old one in the world does not mean its chains.
pub(crate) fn broker_number(genesis: &GenesisRecord) -> u32 {
    #[expect(clippy::cast_possible_truncation, reason = "the low half of a digest is a digest")]
    let number = mix(mix(digest(genesis.name.as_bytes()), genesis.seed), genesis.at.0) as u32;
    number
}

impl State {
    pub(crate) fn new(genesis: &GenesisRecord, config: Config) -> Self {
        let behaviours = gather(genesis.behaviours.iter().map(|&n| crate::behaviour::Behaviour(n)));
        let mut state = Self {
            name: genesis.name.clone(),
            broker: broker_number(genesis),
            seed: genesis.seed,
            durability: genesis.durability,
            seq: Seq(1),
            now: genesis.at,
            jump_to: Timestamp(0),
            behaviours: Behaviours::from_list(behaviours),
            config: Config::default(),
            tenants: Vec::new(),
            releases: Releases::default(),
            halted: None,
            crew: Crew::new(&config, genesis.seed),
            tenant_index: BTreeMap::new(),
            rule_index: BTreeMap::new(),
            destinations: Vec::new(),
            timers: Timers::default(),
            freed: VecDeque::new(),
            scratch: Scratch::default(),
            ordinal: 0,
        };
        state.configure(config);
        state
    }

    /// The fold. The input was checked before; nothing here can fail.
    pub(crate) fn apply(&mut self, seq: Seq, at: Timestamp, entry: &mut Entry) -> Decision {
        self.seq = seq;
        self.ordinal = 0;
        self.now = self.now.max(at);
        if entry.restarted {
            self.on_restart();
        }
        let mut decision = Decision { seq, chain: None, link: None, late: false, verdicts: Vec::new() };
        let mut over = Vec::new();
        let due = self.run_due(&mut over, &mut decision);
        if due {
            self.on_room();
        }
        let happened = self.run_crew() | due | !matches!(entry.record, Record::Tick);
        let mut failed = None;
        match &mut entry.record {
            Record::Genesis(_) | Record::Tick => {}
            Record::Event(event, verified) => {
                let tenant = self.tenant_or_new(event.tenant.as_deref().unwrap_or(""));
                self.react(tenant, Seed::Arrived(event, verified.as_ref()), &mut decision);
            }
            Record::Propose(propose) => {
                let tenant = self.tenant_or_new(propose.tenant.as_deref().unwrap_or(""));
                let named = self.named(propose);
                self.react(tenant, Seed::Proposed(propose, named), &mut decision);
            }
            Record::Outcome(outcome) => {
                let tenant = self.tenant_or_new(outcome.tenant.as_deref().unwrap_or(""));
                let again = self.failed_of_task(tenant, outcome);
                self.react(tenant, Seed::Finished(outcome.effect, &outcome.result), &mut decision);
                if let (Some(name), Some(tenant)) = (again, self.tenants.get_mut(tenant as usize)) {
                    tenant.chains.on_dropped(&name);
                }
                over.extend(self.end_if_stale(tenant, outcome.effect, &mut decision));
                let came_to_nothing =
                    matches!(outcome.result, OutcomeResult::Failed { .. } | OutcomeResult::Cancelled {});
                failed = came_to_nothing.then_some(outcome.effect);
            }
            Record::Command(command) => {
                self.on_command(command, &mut decision);
            }
            Record::Configure(json) => {
                // It was read once before it was recorded, so it can be read again.
                if let Ok(config) = serde_json::from_slice(json) {
                    self.configure(config);
                    for (tenant, _) in (0..).zip(0..self.tenants.len()) {
                        self.react(tenant, Seed::Configured, &mut decision);
                    }
                    self.on_room();
                }
            }
            Record::Adopt(adopt) => self.behaviours.adopt(adopt.behaviour),
            Record::Plan(plan) => self.on_plan(core::mem::take(plan), &mut decision),
            Record::Patch(patch) => self.on_patch(patch, &mut decision),
            Record::Task(report) => self.on_task_report(report),
            Record::Beats(beats) => self.on_beats(beats),
            Record::Agent(report) => self.on_agent(report),
        }
        self.on_effects_ended(&decision, failed);
        // Behind that: they may have been delivered, so their agents may still have something to say.
        decision.verdicts.extend(over.into_iter().map(|effect| Verdict::Cancelled { effect, key: None }));
        self.settle_crew(happened, &mut decision);
        decision
    }

    fn on_command(&mut self, command: &Command, decision: &mut Decision) {
        let each = match &command.order {
            Order::StopTenants {} => Order::StopAll {},
            Order::ResumeTenants {} => Order::ResumeAll {},
            order => {
                if let Order::AcceptTime { to } = order {
                    self.jump_to = self.jump_to.max(*to);
                }
                let tenant = self.tenant_or_new(command.tenant.as_deref().unwrap_or(""));
                self.react(tenant, Seed::Ordered(command), decision);
                return self.on_plan_order(tenant, order);
            }
        };
        let stops = each == Order::StopAll {};
        self.halted = stops.then(|| self.halted.take().unwrap_or_else(|| Word::of(command, self.seq, self.now)));
        let command = Command { order: each, ..command.clone() };
        for (tenant, _) in (0..).zip(0..self.tenants.len()) {
            self.react(tenant, Seed::Ordered(&command), decision);
            self.on_plan_order(tenant, &command.order);
        }
    }

    /// What was with the host when it went down may have happened. It gets its full time again: the host has it anew.
    fn on_restart(&mut self) {
        let timing = &self.config.timing;
        for (at, tenant) in (0..).zip(&mut self.tenants) {
            tenant.outbox.on_restart(self.now, at, &mut self.timers, timing);
        }
    }

    /// Says whether anything was due. Of what is `over` is still to be told.
    fn run_due(&mut self, over: &mut Vec<EffectId>, decision: &mut Decision) -> bool {
        for n in 0..SLICE {
            let Some((effect, tenant)) = self.timers.pop_due(self.now) else { return n > 0 };
            if self.drop_stale(tenant, effect, decision) {
                over.push(effect);
            }
            self.react(tenant, Seed::Due(effect), decision);
        }
        true
    }

    fn react(&mut self, tenant: u32, seed: Seed<'_>, decision: &mut Decision) {
        let behalf = if let Seed::Proposed(propose, _) = &seed { self.plan_behind(propose) } else { None };
        let room = self.room(tenant);
        let Some((mut cx, machines)) = self.cx(tenant, decision) else { return };
        cx.behalf = behalf;
        react::react(&mut cx, machines, seed);
        if self.room(tenant) > room {
            self.on_room();
        }
    }

    /// The machines of a tenant, and what is passed down to them.
    fn cx<'a>(&'a mut self, tenant: u32, decision: &'a mut Decision) -> Option<(Cx<'a>, &'a mut Tenant)> {
        let machines = self.tenants.get_mut(tenant as usize)?;
        let cx = Cx {
            seq: self.seq,
            now: self.now,
            tenant,
            broker: self.broker,
            config: &self.config,
            rule_index: &self.rule_index,
            timers: &mut self.timers,
            releases: &mut self.releases,
            freed: &mut self.freed,
            scratch: &mut self.scratch,
            ordinal: &mut self.ordinal,
            behalf: None,
            decision,
        };
        Some((cx, machines))
    }

    /// The machines of a tenant, and what its outbox needs to move an effect.
    fn desk(&mut self, tenant: u32) -> Option<(Desk<'_>, &mut Tenant)> {
        let machines = self.tenants.get_mut(tenant as usize)?;
        let (timers, releases) = (&mut self.timers, &mut self.releases);
        Some((Desk { seq: self.seq, now: self.now, tenant, timers, releases }, machines))
    }

    pub(crate) fn wakeup(&self) -> Option<Wakeup> {
        let timer = self.timers.first();
        let crew = self.crew.due();
        let at = timer.map(|(at, _, _)| at).into_iter().chain(crew).min()?;
        if at <= self.now {
            return Some(Wakeup { at: self.now, reason: WakeReason::Backlog });
        }
        let Some((_, effect, tenant)) = timer.filter(|(due, _, _)| *due == at) else {
            return Some(Wakeup { at, reason: WakeReason::Work });
        };
        let tenant = self.tenants.get(tenant as usize)?;
        Some(Wakeup { at, reason: tenant.outbox.wake_reason(effect) })
    }

    pub(crate) fn tenant(&self, name: &str) -> Option<&Tenant> {
        let at = if name.is_empty() { 0 } else { *self.tenant_index.get(name)? };
        self.tenants.get(at as usize)
    }

    pub(crate) fn tenant_number(&self, name: &str) -> Option<u32> {
        if name.is_empty() { Some(0) } else { self.tenant_index.get(name).copied() }
    }

    /// What was released, if it is still to be done as it was: not released again since, nor is it for nobody any more.
    pub(crate) fn given(&self, ready: &Ready) -> Option<(&Tenant, &crate::outbox::Entry)> {
        let tenant = self.tenants.get(ready.tenant as usize)?;
        let entry = tenant.outbox.get(ready.effect)?;
        let given = entry.is_with_host() && entry.effect.release == ready.release;
        (given && !self.is_for_nobody(ready.tenant, &entry.effect)).then_some((tenant, entry))
    }

    /// Whether an effect that the host has been given is still to be done, by the time `at`. What only waits, to come again, is: when
    /// its outcome comes first, it comes no more.
    pub(crate) fn turn(&self, number: u32, id: EffectId, at: Timestamp) -> Turn {
        let Some(tenant) = self.tenants.get(number as usize) else { return Turn::Over };
        let Some(entry) = tenant.outbox.get(id).filter(|entry| !entry.is_held()) else { return Turn::Over };
        let effect = &entry.effect;
        let at = self.time_of_advance(at, self.now).unwrap_or(self.now).max(self.now);
        // Of what may have left before somebody finds out more, unless a person has stopped that.
        let too_late = !effect.redelivered && effect.expires_at.is_some_and(|expires| expires <= at);
        match () {
            () if self.is_for_nobody(number, effect) => Turn::Over,
            () if too_late || tenant.loops.stops.hits(effect) => Turn::PutOff,
            () => Turn::Perform,
        }
    }

    /// Tenants are numbered in the order in which they appear. The default one is always there.
    fn tenant_or_new(&mut self, name: &str) -> u32 {
        if name.is_empty() {
            return 0;
        }
        match self.tenant_index.get(name) {
            Some(at) => *at,
            None => self.add_tenant(name.into()),
        }
    }

    fn add_tenant(&mut self, name: Box<str>) -> u32 {
        let at = u32::try_from(self.tenants.len()).unwrap_or(u32::MAX);
        let limits = &self.config.limits;
        let mut loops = Loops::new(limits, self.seed);
        if let Some(word) = &self.halted {
            loops.stops.begin_stopped(word.clone());
        }
        let chains = Chains::new(limits, self.seed);
        self.tenants.push(Tenant { name: name.clone(), chains, loops, outbox: Outbox::default() });
        let has_share = self.config.agents.shares.contains_key(&*name);
        self.tenant_index.insert(name, at);
        if has_share {
            self.share_out();
        }
        at
    }

    fn configure(&mut self, config: Config) {
        self.destinations = warm::destinations(&config);
        self.rule_index = gather(config.rules.iter().enumerate().map(|(at, rule)| (rule.id.clone(), at)));
        self.config = config;
        if self.tenants.is_empty() {
            self.add_tenant("".into());
        }
        self.crew.set_limits(&self.config);
        self.share_out();
        for tenant in &mut self.tenants {
            tenant.chains.set_limits(&self.config.limits);
            tenant.loops.set_limits(&self.config.limits);
            tenant.loops.on_rules(&self.config.rules);
        }
    }

    /// Puts back what a snapshot held, and rebuilds what is derived.
    pub(crate) fn put_tenants(&mut self, tenants: Vec<Tenant>) {
        self.tenant_index = gather((0..).zip(&tenants).map(|(at, tenant)| (tenant.name.clone(), at)));
        self.tenants = tenants;
        self.share_out();
        self.timers = Timers::default();
        self.requeue(true);
    }

    /// Keeps the release queue in proportion to what is open.
    pub(crate) fn compact_releases(&mut self) {
        // Far more than most hosts ever have under way: usually there is nothing to count.
        if self.releases.ready.len() < 2048 {
            return;
        }
        let tenants = &self.tenants;
        let open = tenants.iter().map(|tenant| tenant.outbox.len()).sum();
        self.releases.compact(open, |ready| {
            let entry = tenants.get(ready.tenant as usize).and_then(|tenant| tenant.outbox.get(ready.effect));
            entry.is_some_and(|entry| entry.is_with_host() && entry.effect.release == ready.release)
        });
    }

    /// After a restart, everything that was with the host is handed out again, in the order of its release, but for what is over: an
    /// agent would get a task behind the word to stop it, or one that another has meanwhile.
    pub(crate) fn requeue(&mut self, rebuild: bool) {
        let mut ready = Vec::new();
        for (at, tenant) in (0..).zip(&mut self.tenants) {
            if rebuild {
                tenant.outbox.rebuild(at, &mut self.timers, &mut ready);
            } else {
                tenant.outbox.list_ready(at, &mut ready);
            }
        }
        ready.retain(|ready| rebuild || !self.is_over(ready.tenant, ready.effect));
        ready.sort_by_key(|ready| ready.release);
        self.releases.ready = ready.into();
    }
}
