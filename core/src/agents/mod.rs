//! Agents: who they are, how they are, and which of them should get a task.
//!
//! ```
//! use reynolds::{Timestamp, agents::{Agents, Choice, Need, Outcome, Registration, Settings}};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let (mut agents, mut notices) = (Agents::new(Settings::default()), Vec::new());
//! for (id, provides) in [("ada", vec!["rust@1.88"]), ("bob", vec!["rust@1.70", "docker"])] {
//!     let provides = provides.into_iter().map(Into::into).collect();
//!     let registration = Registration { id: id.into(), provides, ..Registration::default() };
//!     agents.register(Timestamp(0), registration, &mut notices)?;
//! }
//!
//! let requires = ["rust>=1.85".into()];
//! let need = Need { task: 1, class: "build", requires: &requires, duration_ms: 60_000, ..Need::default() };
//! let choice = agents.select(Timestamp(10), &need, &mut notices);
//! let Choice::Lease { lease, .. } = choice else { panic!("ada is free") };
//! assert_eq!(Some(lease.agent), agents.find("ada"));
//!
//! agents.finish(Timestamp(50_010), lease, "build", Outcome::Succeeded, 60_000, 50_000, &mut notices);
//! assert_eq!(agents.due(), Some(Timestamp(5_403)));   // nobody beats: silence becomes suspicion then, ...
//! agents.on_due(Timestamp(50_010), &mut notices);     // ... which is long past now
//! assert_eq!(notices.len(), 4);                       // two are suspected, and a restart is asked for each
//! # Ok(())
//! # }
//! ```
//!
//! It reads no clock and performs nothing: what happened goes in with its time, what should be done comes out as a
//! [`Choice`] or a [`Notice`]. [`Agents::due`] says when to call [`Agents::on_due`]. All arithmetic is in integers, and
//! ties are broken by number, so the same inputs give the same choices on every machine.
//!
//! The page [agents.md](https://github.com/reynolds-rs/reynolds/blob/main/docs/agents.md) has the tables of states, the formulas and their sources.

mod agent;
mod capability;
mod class;
mod codec;
mod exclusion;
mod explain;
mod fleet;
mod grades;
mod groups;
mod heads;
mod index;
mod mode;
mod phi;
#[cfg(test)]
mod plain;
mod pools;
mod registry;
mod report;
mod roster;
mod scale;
mod score;
mod select;
mod settings;
#[cfg(test)]
mod tests;
mod tree;
mod warm;

use alloc::{
    collections::{BTreeMap, BTreeSet},
    vec::Vec,
};

use hashbrown::HashTable;

pub(crate) use self::select::Held;
use self::{
    agent::{Agent, Health, Mode},
    capability::Provided,
    class::Classes,
    fleet::Fleet,
    index::Index,
    pools::{Pools, ROOT},
    warm::Warm,
};
pub use self::{
    agent::{AgentNo, Lease, Notice, Outcome, Readiness, Registered, Registration},
    capability::{Capability, Requirement, Version},
    exclusion::Exclusion,
    explain::{Decision, Excluded, Explain, Probability, RunnerUp, Status},
    pools::Pool,
    report::{AgentReport, AgentState, PoolState, Profile, Whereabouts},
    roster::Roster,
    scale::{Advice, Because, Direction, Load, ScaleIn, ScalePolicy, Scaler, Select, Step},
    select::{Choice, Need, Pass, Reason},
    settings::{AgentError, MAX_AGENTS, MAX_WORDS, Phi, Settings},
};
use crate::{text::Text, time::Timestamp};

/// How many agents are looked at by one [`Agents::on_due`]; the rest is due at once.
const SLICE: u32 = 1024;
/// Epochs that are made up for after a long silence; by then a record has faded to a thousandth.
const MAX_EPOCHS: u64 = 64;

/// When everything learned fades next, and from which slot on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
struct Epoch {
    /// `None` while nothing is known.
    #[n(0)]
    next: Option<Timestamp>,
    #[n(1)]
    slot: u32,
    /// Something was left in this round.
    #[n(2)]
    left: bool,
}

/// A registry of agents.
#[derive(Debug, Clone, Default)]
pub struct Agents {
    fleet: Fleet,
    now: Timestamp,
    classes: Classes,
    lives: u64,
    leases: u32,
    epoch: Epoch,
    /// By pool.
    scalers: BTreeMap<u32, Scaler>,
    /// Derived from here on.
    names: HashTable<u32>,
    free: BTreeSet<u32>,
    timers: BTreeSet<(Timestamp, u32)>,
    warm: Warm,
    index: Index,
    scratch: Vec<(u32, u8)>,
}

impl Agents {
    /// An empty registry.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self { fleet: Fleet { settings, ..Fleet::default() }, ..Self::default() }
    }

    /// The settings.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.fleet.settings
    }

    /// Changes the settings. Agents above a lowered limit stay.
    pub fn set_settings(&mut self, settings: Settings) {
        self.fleet.settings = settings;
        let (now, policy) = (self.now, self.fleet.settings.breaker.clone());
        for agent in self.fleet.slots.iter_mut().flatten().filter(|agent| *agent.breaker.policy() != policy) {
            // One that can not be used is nobody's.
            let _ = agent.breaker.set_policy(now, &policy);
            agent.barred = !agent.breaker.would_pass(now);
        }
        self.fleet.heat_all();
        self.index.clear();
        // Less patience with silence brings it forward.
        (0..u32::try_from(self.fleet.slots.len()).unwrap_or(u32::MAX)).for_each(|slot| self.arm(slot));
    }

    /// How many agents are registered.
    #[must_use]
    pub fn len(&self) -> usize {
        self.fleet.slots.len() - self.free.len()
    }

    /// Is nobody registered?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many leases an agent holds; 0 for one that is not registered.
    #[must_use]
    pub fn leases(&self, agent: AgentNo) -> u32 {
        self.fleet.get(agent).map_or(0, |agent| agent.leases)
    }

    /// What an agent said of itself.
    #[must_use]
    pub fn registration(&self, agent: AgentNo) -> Option<&Registration> {
        self.fleet.get(agent).map(|agent| &agent.profile)
    }

    /// All agents, by slot.
    pub fn iter(&self) -> impl Iterator<Item = AgentNo> + '_ {
        self.fleet.iter().map(|(_, agent)| agent.no)
    }

    /// Adds a pool, or changes the numbers of one that exists.
    ///
    /// # Errors
    ///
    /// [`AgentError::UnknownPool`] for its parent, [`AgentError::Full`], [`AgentError::Pool`] if it has another parent or is
    /// nested too deep.
    pub fn put_pool(&mut self, pool: Pool) -> Result<(), AgentError> {
        let Fleet { settings, pools, .. } = &mut self.fleet;
        pools.put(settings, pool)?;
        self.index.clear();
        Ok(())
    }

    /// Removes an empty pool.
    ///
    /// # Errors
    ///
    /// [`AgentError::UnknownPool`], and [`AgentError::Pool`] if something is in it.
    pub fn remove_pool(&mut self, id: &str) -> Result<(), AgentError> {
        let Fleet { slots, pools, .. } = &mut self.fleet;
        pools.remove(id, |_| slots.iter().flatten().any(|agent| agent.profile.pool == *id))?;
        self.scalers.retain(|no, _| pools.has(*no));
        self.index.clear();
        Ok(())
    }

    /// The pools, each after its parent; first the root, whose name is empty.
    pub fn pools(&self) -> impl Iterator<Item = &Pool> {
        self.fleet.pools.iter()
    }

    /// Makes these the pools and their sizes, each pool after its parent. Others are removed, and the root is as if it had never
    /// been changed unless it is listed.
    ///
    /// # Errors
    ///
    /// As [`Agents::put_pool`], [`Agents::remove_pool`] and [`Agents::set_scale`]. Some have changed then: try it on a copy.
    pub fn arrange(&mut self, pools: &[Pool], scale: &BTreeMap<Text, ScalePolicy>) -> Result<(), AgentError> {
        let listed = |id: &Text| id.is_empty() || pools.iter().any(|pool| pool.id == *id);
        let gone: Vec<Text> = self.fleet.pools.iter().map(|pool| pool.id.clone()).filter(|id| !listed(id)).collect();
        gone.iter().rev().try_for_each(|id| self.remove_pool(id))?;
        self.put_pool(Pool::default())?;
        pools.iter().try_for_each(|pool| self.put_pool(pool.clone()))?;
        let pools = &self.fleet.pools;
        self.scalers.retain(|no, _| scale.contains_key(&pools.name(*no)));
        scale.iter().try_for_each(|(pool, policy)| self.set_scale(pool, policy.clone()))
    }

    /// Begins to give out work. Time that has passed is seen to first, as by [`Agents::on_due`]: all of it, and what happened
    /// because of it is appended to `out`.
    pub fn pass(&mut self, now: Timestamp, out: &mut Vec<Notice>) -> Pass<'_> {
        while self.due().is_some_and(|due| due <= now) {
            self.on_due(now, out);
        }
        self.clock(now);
        Pass { agents: self, held: Vec::new() }
    }

    /// When something happens by itself: silence becomes suspicion, a breaker or a pool is tried again, patience with a drain
    /// ends, or what was learned fades.
    #[must_use]
    pub fn due(&self) -> Option<Timestamp> {
        let timer = self.timers.first().map(|(at, _)| *at);
        [timer, self.fleet.pools.due(), self.epoch.next].into_iter().flatten().min()
    }

    /// Lets happen what is due, for at most some thousand agents; if there are more, [`Agents::due`] still says so.
    pub fn on_due(&mut self, now: Timestamp, out: &mut Vec<Notice>) {
        let now = self.clock(now);
        for _ in 0..SLICE {
            let Some((at, slot)) = self.timers.first().copied().filter(|(at, _)| *at <= now) else { break };
            self.timers.remove(&(at, slot));
            if let Some(agent) = self.fleet.at_mut(slot) {
                agent.timer = None;
            }
            self.on_timer(now, slot, out);
        }
        if self.fleet.pools.due().is_some_and(|due| due <= now) && self.fleet.pools.on_due(now, out) {
            self.index.clear();
        }
        self.fade(now);
    }

    fn on_timer(&mut self, now: Timestamp, slot: u32, out: &mut Vec<Notice>) {
        let phi = self.fleet.settings.phi;
        let Some(agent) = self.fleet.at_mut(slot) else { return };
        let silent = match agent.health {
            _ if agent.mode == Mode::Stopped => false,
            Health::Starting { until } => until <= now,
            Health::Ready | Health::Doubted { .. } => {
                agent.profile.heartbeat_ms > 0 && agent.beats.suspect_at(&phi) <= now
            }
            Health::Suspected { .. } => false,
        };
        if let Mode::Draining { deadline, .. } = &mut agent.mode {
            if deadline.is_some_and(|deadline| deadline <= now) {
                *deadline = None;
                let (agent, id, leases) = (agent.no, agent.profile.id.clone(), agent.leases);
                out.push(Notice::DrainExpired { agent, id, leases });
            }
        }
        if silent {
            self.suspect(now, slot, out);
        }
        self.look_at_breaker(now, slot);
        self.arm(slot);
        self.touch(slot);
    }

    /// The agent is taken for dead.
    fn suspect(&mut self, now: Timestamp, slot: u32, out: &mut Vec<Notice>) {
        let Some(agent) = self.fleet.slots.get_mut(slot as usize).and_then(Option::as_mut) else { return };
        if matches!(agent.health, Health::Suspected { .. }) {
            return;
        }
        agent.health = Health::Suspected { good: 0 };
        let (id, leases) = (agent.profile.id.clone(), agent.leases);
        out.push(Notice::Suspected { agent: agent.no, id: id.clone(), leases });
        let wanted = agent.mode == Mode::Active;
        let pool = self.fleet.pools.find(&agent.profile.pool).unwrap_or(ROOT);
        self.touch(slot);
        if wanted && self.fleet.pools.on_failure(now, pool, Some(id), out) {
            self.index.clear();
        }
    }

    /// Lets what was learned fade, so that an agent that was written off is tried again some day.
    fn fade(&mut self, now: Timestamp) {
        let Some(next) = self.epoch.next.filter(|next| *next <= now) else { return };
        let from = self.epoch.slot as usize;
        for slot in (self.epoch.slot..).take((self.fleet.slots.len().saturating_sub(from)).min(SLICE as usize)) {
            let Some(agent) = self.fleet.at_mut(slot) else { continue };
            agent.record.fade();
            self.epoch.left |= !agent.record.is_blank();
            self.fleet.heat(slot, true);
            self.index.on_change(slot);
        }
        self.epoch.slot = self.epoch.slot.saturating_add(SLICE);
        if self.epoch.slot as usize >= self.fleet.slots.len() {
            let length = self.fleet.settings.epoch_ms.max(1);
            let missed = (now.since_ms(next) / length).saturating_sub(MAX_EPOCHS);
            let next = next.plus_ms((missed + 1).saturating_mul(length));
            self.epoch = Epoch { next: self.epoch.left.then_some(next), slot: 0, left: false };
        }
    }

    fn clock(&mut self, now: Timestamp) -> Timestamp {
        self.now = self.now.max(now);
        self.now
    }

    fn number(&self, slot: u32) -> AgentNo {
        self.fleet.at(slot).map(|agent| agent.no).unwrap_or_default()
    }

    /// What an agent costs, or whether it is well, may have changed.
    fn touch(&mut self, slot: u32) {
        self.fleet.heat(slot, false);
        self.index.on_change(slot);
    }

    /// Takes a slot.
    fn take(&mut self, slot: u32, context: Option<u64>) -> Option<Lease> {
        if self.leases == u32::MAX {
            self.leases = 0;
            self.fleet.slots.iter_mut().flatten().for_each(|agent| agent.last_lease = 0);
            self.fleet.heat_all();
            self.index.clear();
        }
        let now = self.now;
        let agent = self.fleet.slots.get_mut(slot as usize)?.as_mut()?;
        let pass = agent.breaker.try_pass(now).ok()?;
        self.leases += 1;
        agent.leases += 1;
        (agent.last_lease, agent.last_pass) = (self.leases, pass);
        let lease = Lease { agent: agent.no, pass };
        if let Some(context) = context.filter(|context| agent.contexts.last() != Some(context)) {
            agent.contexts.retain(|other| *other != context);
            if agent.contexts.len() >= self.fleet.settings.contexts_per_agent.max(1) as usize {
                let oldest = agent.contexts.remove(0);
                self.warm.remove(oldest, slot);
            }
            agent.contexts.push(context);
            self.warm.insert(context, slot);
        }
        self.look_at_breaker(now, slot);
        self.touch(slot);
        Some(lease)
    }

    fn look_at_breaker(&mut self, now: Timestamp, slot: u32) {
        let Some(agent) = self.fleet.at_mut(slot) else { return };
        agent.breaker.on_due(now);
        let barred = !agent.breaker.would_pass(now);
        let changed = agent.barred != barred;
        agent.barred = barred;
        if changed || agent.breaker.due().is_some() {
            self.arm(slot);
        }
    }

    /// Makes sure that the agent is looked at when something happens to it by itself.
    fn arm(&mut self, slot: u32) {
        let phi = self.fleet.settings.phi;
        let Some(agent) = self.fleet.slots.get_mut(slot as usize).and_then(Option::as_mut) else { return };
        let Some(wake) = wake(agent, &phi) else { return };
        if agent.timer.is_none_or(|timer| timer > wake) {
            if let Some(timer) = agent.timer.replace(wake) {
                self.timers.remove(&(timer, slot));
            }
            self.timers.insert((wake, slot));
        }
    }

    fn forget_timer(&mut self, slot: u32, timer: Option<Timestamp>) {
        if let Some(timer) = timer {
            self.timers.remove(&(timer, slot));
        }
    }

    /// Rebuilds what is derived from one agent.
    fn index_agent(&mut self, slot: u32) {
        let fleet = &mut self.fleet;
        let Some(agent) = fleet.slots.get_mut(slot as usize).and_then(Option::as_mut) else { return };
        agent.provided = Provided::new(&mut fleet.words, &agent.profile.provides);
        fleet.restricted += u32::from(!agent.profile.tenants.is_empty());
        agent.contexts.iter().for_each(|context| self.warm.insert(*context, slot));
        let digest = agent.digest;
        fleet.heat(slot, true);
        self.names.insert_unique(digest, slot, |slot| fleet.at(*slot).map_or(0, |agent| agent.digest));
    }

    fn unindex_agent(&mut self, slot: u32) {
        let fleet = &mut self.fleet;
        let Some(agent) = fleet.slots.get_mut(slot as usize).and_then(Option::as_mut) else { return };
        for text in &agent.profile.provides {
            if let Ok(capability) = Capability::parse(text) {
                fleet.words.leave(capability.name);
            }
        }
        fleet.restricted -= u32::from(!agent.profile.tenants.is_empty());
        for context in &agent.contexts {
            self.warm.remove(*context, slot);
        }
        if let Ok(found) = self.names.find_entry(agent.digest, |other| *other == slot) {
            found.remove();
        }
    }
}

/// When something happens to an agent by itself.
fn wake(agent: &Agent, phi: &Phi) -> Option<Timestamp> {
    let silence = match agent.health {
        // Nothing is heard of it, and that says nothing.
        _ if agent.mode == Mode::Stopped => None,
        Health::Starting { until } => Some(until),
        Health::Ready | Health::Doubted { .. } if agent.profile.heartbeat_ms > 0 => Some(agent.beats.suspect_at(phi)),
        Health::Ready | Health::Doubted { .. } | Health::Suspected { .. } => None,
    };
    let breaker = agent.breaker.due();
    let drain = match agent.mode {
        Mode::Draining { deadline, .. } => deadline,
        Mode::Active | Mode::Paused | Mode::Stopped => None,
    };
    [silence, breaker, drain].into_iter().flatten().min()
}

/// Compiles and runs the examples of the page.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/agents.md")]
struct Page;
