//! Which agent gets a task: the one with the least expected time to success, if it is worth waiting for.
//!
//! 1. Who can not, or may not, is left out, with the reason.
//! 2. The rest are rated ([`super::score`]).
//! 3. The cheapest is taken if it has a free slot. Otherwise the cheapest with a free slot is, unless it costs more than
//!    `patience_permille` of the cheapest; then the task is held and counts as one more in front of that agent for the rest
//!    of the pass. A held task blocks no other.
//! 4. Equals go by load, then by who was given work longest ago, then by a digest of task and agent.

use alloc::vec::Vec;

use serde::Serialize;

use super::{
    Agents,
    agent::{Agent, AgentNo, Lease, Notice},
    exclusion::{Exclusion, unwell},
    fleet::Wants,
    score::{Attempt, Estimate, Job, attempt, estimate},
};
use crate::{
    det::{digest, mix},
    text::Text,
    time::Timestamp,
};

/// How many candidates a tree is asked for.
pub(super) const CANDIDATES: usize = 4;
/// How many warm agents are rated beside them.
pub(super) const WARM: usize = 8;
/// Of how many agents it is told why they were left out.
pub(super) const REASONED: usize = 1024;
/// This part of its wait is enough for an agent that failed too often, where nobody else could do what waits.
const ALONE_PART: u64 = 30;

/// What a task needs of an agent. Every field but `task` may be left empty.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Need<'a> {
    /// The task's number; it only decides between equals.
    pub task: u64,
    /// What kind of task this is: chances and durations are learned per class.
    pub class: &'a str,
    /// What the agent must have: see [`super::Requirement`].
    pub requires: &'a [Text],
    /// What it should have: each one it lacks makes it slower in the estimate.
    pub prefers: &'a [Text],
    /// Whom the task is for.
    pub tenant: &'a str,
    /// The pool whose agents, or those of pools in it, may do it.
    pub pool: &'a str,
    /// The role the agent's model must play.
    pub role: &'a str,
    /// How long it should take on an average agent, in milliseconds; 0 if unknown.
    pub duration_ms: u64,
    /// What the agent should know already, such as a repository; agents are warm in the last few they were given.
    pub context: &'a str,
    /// Agents to avoid, such as those that failed it before; unless there is no other.
    pub avoid: &'a [AgentNo],
    /// Avoid them even if there is no other.
    pub strict: bool,
    /// It can not be undone: an agent with evidence goes before one that is only promising.
    pub risky: bool,
}

/// What became of a need.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[must_use]
pub enum Choice {
    /// The slot is taken.
    Lease {
        /// To be handed back when the task ends.
        lease: Lease,
        /// A better agent was not worth waiting for.
        patience: bool,
    },
    /// An agent is worth waiting for. Ask again when a slot becomes free.
    Hold {
        /// The agent.
        agent: AgentNo,
        /// How long the wait should be, in milliseconds.
        wait_ms: u64,
    },
    /// Nobody can do it now.
    None {
        /// Why not, the most frequent reason first; from the first 1024 agents that work for the tenant. Empty if there are none.
        reasons: Vec<Reason>,
        /// When something changes by itself, at the latest. Ask again then, and when an agent registers or recovers.
        wake: Option<Timestamp>,
    },
}

/// Why agents were left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// What was wrong.
    pub exclusion: Exclusion,
    /// With how many of them.
    pub agents: u32,
}

/// An agent as it was rated.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rated {
    pub(super) slot: u32,
    pub(super) estimate: Estimate,
    pub(super) lacks: u32,
    pub(super) warm: bool,
    pub(super) has_room: bool,
    load: u64,
    last_lease: u32,
    tie: u64,
}

impl Rated {
    pub(super) fn key(&self) -> (u64, u64, u32, u64, u32) {
        (self.estimate.cost_us, self.load, self.last_lease, self.tie, self.slot)
    }

    /// What decided between this one and one that came second.
    pub(super) fn before(&self, second: &Self) -> &'static str {
        match () {
            () if self.estimate.cost_us != second.estimate.cost_us => "cost",
            () if self.load != second.load => "load",
            () if self.last_lease != second.last_lease => "last_lease",
            () => "digest",
        }
    }
}

/// The candidates of one need.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Field {
    pub(super) best: Option<Rated>,
    pub(super) free: Option<Rated>,
    pub(super) second: Option<Rated>,
}

impl Field {
    fn consider(&mut self, rated: Option<Rated>) {
        let Some(rated) = rated else { return };
        let beats = |other: &Option<Rated>| other.as_ref().is_none_or(|other| rated.key() < other.key());
        if self.best.is_some_and(|best| best.slot == rated.slot) || self.second.is_some_and(|s| s.slot == rated.slot) {
            // From the tree and warm.
        } else if beats(&self.best) {
            (self.second, self.best) = (self.best, Some(rated));
        } else if beats(&self.second) {
            self.second = Some(rated);
        }
        if rated.has_room && beats(&self.free) {
            self.free = Some(rated);
        }
    }

    /// Does one that takes this long to try make no difference?
    fn is_beyond(&self, attempt: &Attempt, has_room: bool) -> bool {
        let below = |other: &Option<Rated>| other.as_ref().is_some_and(|other| other.estimate.cost_us < attempt.us());
        below(&self.second) && (!has_room || below(&self.free))
    }

    /// The best, or the best free one if that is not much worse. `true` if it is not the best.
    pub(super) fn choose(&self, patience_permille: u32) -> Option<(Rated, bool)> {
        let (best, free) = (self.best?, self.free);
        let near = |free: &Rated| {
            let most = u128::from(best.estimate.cost_us) * u128::from(patience_permille.max(1000));
            u128::from(free.estimate.cost_us) * 1000 <= most
        };
        match free {
            _ if best.has_room => Some((best, false)),
            Some(free) if near(&free) => Some((free, true)),
            _ => Some((best, false)),
        }
    }
}

/// A need with what was looked up for it once.
#[derive(Debug, Clone, Copy)]
pub(super) struct Query<'a> {
    pub(super) need: &'a Need<'a>,
    pub(super) set: usize,
    pub(super) job: Job,
    context: Option<u64>,
    tie: u64,
    avoid: bool,
}

impl Query<'_> {
    fn avoids(&self, agent: &Agent) -> bool {
        self.avoid && self.need.avoid.contains(&agent.no)
    }
}

/// One round of giving out work. Tasks are asked for in their order; what is held counts until the pass ends, that is,
/// until this is dropped.
#[derive(Debug)]
pub struct Pass<'a> {
    pub(super) agents: &'a mut Agents,
    pub(super) held: Vec<u32>,
}

impl Pass<'_> {
    /// As [`Agents::find`].
    #[must_use]
    pub fn find(&self, id: &str) -> Option<AgentNo> {
        self.agents.find(id)
    }

    /// Chooses an agent for a task, and takes its slot.
    pub fn select(&mut self, need: &Need<'_>) -> Choice {
        let (query, field) = self.agents.rate(need);
        let Some((chosen, patience)) = field.choose(self.agents.fleet.settings.patience_permille) else {
            return self.agents.nobody(&query);
        };
        if chosen.has_room {
            if let Some(lease) = self.agents.take(chosen.slot, query.context) {
                return Choice::Lease { lease, patience };
            }
        }
        if let Some(agent) = self.agents.fleet.at_mut(chosen.slot) {
            agent.held = agent.held.saturating_add(1);
            self.held.push(chosen.slot);
            self.agents.touch(chosen.slot);
        }
        Choice::Hold { agent: self.agents.number(chosen.slot), wait_ms: chosen.estimate.wait_us / 1000 }
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        let _ = self.agents.let_go(Held(core::mem::take(&mut self.held)));
    }
}

/// What is held in a pass that is interrupted. It counts until it is let go.
#[derive(Debug, Default)]
#[must_use]
pub(crate) struct Held(Vec<u32>);

impl Pass<'_> {
    /// Ends it for now: [`Agents::go_on`] goes on with it.
    pub(crate) fn interrupt(mut self) -> Held {
        Held(core::mem::take(&mut self.held))
    }
}

impl Agents {
    /// Goes on with a pass. Time stood still.
    pub(crate) fn go_on(&mut self, held: Held) -> Pass<'_> {
        Pass { agents: self, held: held.0 }
    }

    /// The pass is over. `true` if an agent for which tasks were held has a free slot by now.
    pub(crate) fn let_go(&mut self, held: Held) -> bool {
        let (now, mut free) = (self.now, false);
        for slot in held.0 {
            if let Some(agent) = self.fleet.at_mut(slot).filter(|agent| agent.held > 0) {
                agent.held = 0;
                free |= agent.is_eligible() && agent.has_room() && agent.breaker.would_pass(now);
                self.touch(slot);
            }
        }
        free
    }

    /// Chooses an agent for one task, and takes its slot: a [`Pass`] of one task. What happened because time passed is
    /// appended to `out`.
    pub fn select(&mut self, now: Timestamp, need: &Need<'_>, out: &mut Vec<Notice>) -> Choice {
        self.pass(now, out).select(need)
    }

    /// Rates who could do it.
    pub(super) fn rate<'a>(&mut self, need: &'a Need<'a>) -> (Query<'a>, Field) {
        let set = self.index.set(&self.fleet, need);
        let (class, duration_us) = self.classes.expect(&self.fleet.settings, need.class, need.duration_ms);
        let mut query = Query {
            need,
            set,
            job: Job { class, duration_us, risky: need.risky },
            context: context(need.context),
            tie: mix(self.fleet.settings.seed, need.task),
            avoid: !need.avoid.is_empty(),
        };
        let mut field = self.rate_most(&query);
        if field.best.is_none() && query.avoid && !need.strict {
            query.avoid = false;
            field = self.rate_most(&query);
        }
        (query, field)
    }

    fn rate_most(&mut self, query: &Query<'_>) -> Field {
        let mut field = Field::default();
        if let Some(few) = self.index.few(query.set) {
            for (slot, lacks) in few {
                field.consider(self.rated(query, slot, lacks, &field));
            }
            return field;
        }
        let mut slots = core::mem::take(&mut self.scratch);
        slots.clear();
        let most = CANDIDATES + if query.avoid { query.need.avoid.len() } else { 0 };
        self.index.cheapest(&self.fleet, query.set, &query.job, false, most, &mut slots);
        if let Some(context) = query.context {
            let warm = self.warm.of(context).take(WARM);
            slots.extend(warm.filter_map(|slot| Some((slot, self.index.lacks(query.set, slot)?))));
        }
        for (slot, lacks) in &slots {
            field.consider(self.rated(query, *slot, *lacks, &field));
        }
        if field.best.is_some_and(|best| !best.has_room) {
            let seen = slots.len();
            self.index.cheapest(&self.fleet, query.set, &query.job, true, most, &mut slots);
            let (seen, free) = slots.split_at(seen);
            for (slot, lacks) in free.iter().filter(|found| !seen.contains(found)) {
                field.consider(self.rated(query, *slot, *lacks, &field));
            }
        }
        self.scratch = slots;
        field
    }

    /// Why this agent can not or may not do it, however well it is; `None` if it can, or is not registered.
    #[must_use]
    pub fn unfit(&self, agent: AgentNo, need: &Need<'_>) -> Option<Exclusion> {
        let agent = self.fleet.get(agent)?;
        let Some(pool) = self.fleet.pools.find(need.pool) else { return Some(Exclusion::Pool) };
        Wants::new(&self.fleet, need).fit(&self.fleet, pool, pool, agent).err()
    }

    /// Nobody is there for a task, and of those who could do it some failed too often of late: they are tried again sooner, or one
    /// agent's bad luck would hold up everything that only it can do.
    pub(crate) fn hasten(&mut self, need: &Need<'_>) {
        let set = self.index.set(&self.fleet, need);
        let barred = self.index.members(set).take(REASONED);
        let barred = barred.filter(|slot| self.fleet.at(*slot).is_some_and(|agent| agent.barred)).collect::<Vec<_>>();
        barred.into_iter().for_each(|slot| self.hasten_one(slot));
    }

    /// The same of the only agent that may have it.
    pub(crate) fn hasten_only(&mut self, now: Timestamp, agent: AgentNo) {
        self.clock(now);
        if self.fleet.get(agent).is_some_and(|agent| agent.barred) {
            self.hasten_one(agent.slot());
        }
    }

    fn hasten_one(&mut self, slot: u32) {
        let now = self.now;
        if self.fleet.at_mut(slot).is_some_and(|agent| agent.breaker.hasten(now, ALONE_PART)) {
            self.arm(slot);
        }
    }

    /// Why this agent gets no work now, whatever it can do.
    #[must_use]
    pub fn unwell(&self, agent: AgentNo) -> Option<Exclusion> {
        unwell(self.fleet.get(agent)?)
    }

    /// An agent that lacks so many preferred capabilities, unless it gets no work, is avoided, or costs more than those who are
    /// rated already even if it is sure to succeed. Most of what it takes is in [`super::fleet::Hot`]: the agent itself is far
    /// away.
    pub(super) fn rated(&self, query: &Query<'_>, slot: u32, lacks: u8, field: &Field) -> Option<Rated> {
        let hot = self.fleet.hot.get(slot as usize).filter(|hot| hot.eligible)?;
        let (settings, lacks, job) = (&self.fleet.settings, u32::from(lacks), &query.job);
        let cold = attempt(settings, hot, job.duration_us, lacks, false);
        let try_at = |warm| if warm { attempt(settings, hot, job.duration_us, lacks, true) } else { cold };
        if field.is_beyond(&try_at(query.context.is_some()), hot.has_room()) {
            return None;
        }
        let agent = self.fleet.at(slot)?;
        if query.avoids(agent) {
            return None;
        }
        let warm = query.context.is_some_and(|context| agent.contexts.contains(&context));
        Some(Rated {
            slot,
            estimate: estimate(settings, agent, hot, job, &try_at(warm)),
            lacks,
            warm,
            has_room: hot.has_room(),
            load: u64::from(hot.load) * 65_536 / u64::from(hot.slots),
            last_lease: hot.last_lease,
            tie: mix(query.tie, hot.digest),
        })
    }

    /// Why an agent was left out, if it was.
    pub(super) fn why_not(&self, query: &Query<'_>, slot: u32) -> Option<Exclusion> {
        let agent = self.fleet.at(slot)?;
        if !self.index.get(query.set).wants.is_for(agent) {
            return Some(Exclusion::Tenant);
        }
        if self.fleet.pools.find(query.need.pool).is_none() {
            // Nobody is in a pool that does not exist, whatever else they lack.
            return Some(Exclusion::Pool);
        }
        if self.index.lacks(query.set, slot).is_none() {
            let set = self.index.get(query.set);
            return set.wants.fit(&self.fleet, set.home, set.scope, agent).err();
        }
        unwell(agent).or_else(|| query.avoids(agent).then_some(Exclusion::Avoided))
    }

    /// A task that waits for nobody is asked about again and again: why is looked up once, and again when that may have changed.
    fn nobody(&mut self, query: &Query<'_>) -> Choice {
        let wake = self.due();
        if query.avoid {
            return Choice::None { reasons: self.reasons(query), wake };
        }
        if let Some(known) = self.index.why(&self.fleet, query.set) {
            return Choice::None { reasons: known.to_vec(), wake };
        }
        let reasons = self.reasons(query);
        self.index.remember(&self.fleet, query.set, reasons.clone());
        Choice::None { reasons, wake }
    }

    fn reasons(&self, query: &Query<'_>) -> Vec<Reason> {
        let mut reasons: Vec<Reason> = Vec::new();
        let mut count = |exclusion: Exclusion| match reasons.iter_mut().find(|r| r.exclusion == exclusion) {
            Some(reason) => reason.agents += 1,
            None => reasons.push(Reason { exclusion, agents: 1 }),
        };
        let (set, why) = (self.index.get(query.set), |slot| self.why_not(query, slot));
        if set.is_empty() {
            let (pool, asking) = (self.fleet.pools.find(query.need.pool), set.wants.read(&self.fleet));
            let why = |agent: &Agent| match pool {
                Some(_) => asking.fit(set.home, set.scope, agent).err(),
                // Nobody is in a pool that does not exist, whatever else they lack.
                None => Some(Exclusion::Pool),
            };
            // What a tenant reads does not tell of others.
            let own = self.fleet.iter().filter(|(_, agent)| set.wants.is_for(agent));
            own.take(REASONED).filter_map(|(_, agent)| why(agent)).for_each(&mut count);
        } else if let Some(all) = self.index.at_most(REASONED, query.set) {
            all.filter_map(|(slot, _)| why(slot)).for_each(&mut count);
        } else {
            self.index.members(query.set).take(REASONED).filter_map(why).for_each(&mut count);
        }
        reasons.sort_unstable_by(|a, b| b.agents.cmp(&a.agents).then_with(|| a.exclusion.cmp(&b.exclusion)));
        reasons
    }
}

/// Stands for a context.
pub(super) fn context(context: &str) -> Option<u64> {
    (!context.is_empty()).then(|| digest(context.as_bytes()))
}
