//! The size of a registry's pools, and who goes when one shrinks.

use alloc::vec::Vec;

use minicbor::{Decode, Encode};
use serde::Serialize;

use super::{Advice, Because, GOES_ON_MS, HOUR_MS, Load, ScalePolicy, Scaler, Step};
use crate::{
    agents::{
        Agents,
        agent::{Agent, AgentNo, Health, Mode, Notice},
        settings::AgentError,
    },
    time::Timestamp,
};

/// Who goes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[must_use]
pub struct ScaleIn {
    /// Agents without any work. They are draining from now on, so none will be given any; remove them once stopped.
    pub agents: Vec<AgentNo>,
    /// How many could not be found, because all others are at work or are to stay. Ask again later, or drain some.
    pub short: u32,
}

/// How often the size of a pool is looked at.
const EVERY_MS: u64 = 15_000;
/// How often what was said is said again, while it is so and nobody does it.
const REMIND_MS: u64 = HOUR_MS;

/// What a pool's host was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(super) struct Told {
    /// When it was said last.
    #[n(0)]
    at: Timestamp,
    /// Since when it is so and nothing has happened. None if something has.
    #[n(1)]
    since: Option<Timestamp>,
    #[n(2)]
    current: u32,
    #[n(3)]
    agents: u32,
}

impl Scaler {
    /// Something has happened: it is to be looked at.
    pub(super) fn stir(&mut self) {
        self.at_rest = false;
        if let Some(told) = &mut self.told {
            told.since = None;
        }
    }

    /// When it is to be looked at, unless it is at rest. Once windows, steps and what is urgent have come to an end, time alone does not
    /// change what was said: then for the next reminder.
    fn next_look(&self) -> Timestamp {
        let ScalePolicy { up, down, .. } = &self.policy;
        let periods = up.steps.iter().chain(&down.steps).map(|step| match *step {
            Step::Agents { period_ms, .. } | Step::Percent { period_ms, .. } => period_ms,
        });
        let settles_ms = periods.chain([up.window_ms, down.window_ms, GOES_ON_MS]).max().unwrap_or(HOUR_MS);
        let settled = |since: Timestamp| self.now.since_ms(since) >= settles_ms;
        match self.told {
            Some(Told { at, since: Some(since), .. }) if settled(since) => at.plus_ms(REMIND_MS),
            _ => self.now.plus_ms(EVERY_MS),
        }
    }

    /// The pool has `current` agents and should have another number: is that to be said?
    fn is_news(&mut self, now: Timestamp, current: u32, agents: u32) -> bool {
        let known = self.told.filter(|told| (told.current, told.agents) == (current, agents));
        let last = known.map(|told| told.at).filter(|at| now.since_ms(*at) < REMIND_MS);
        let since = known.and_then(|told| told.since).or(Some(now));
        self.told = Some(Told { at: last.unwrap_or(now), since, current, agents });
        last.is_none()
    }

    /// How many agents there should be where there are none, or none of those there are takes work, and tasks wait: as many more as
    /// the least size is, at least one. What waits shows that the pool is not switched off; KEDA activates at zero in the same way.
    fn wake(&mut self, now: Timestamp, current: u32) -> Advice {
        self.now = self.now.max(now);
        let wanted = current.saturating_add(self.policy.min.max(1));
        let agents = wanted.min(self.policy.max);
        let stay = |because| Advice { agents: current, wanted, because };
        match () {
            () if self.paused => stay(Because::Paused),
            () if agents > current && self.is_over_budget(current, agents) => stay(Because::Budget),
            () => {
                let because = if agents == wanted { Because::Load } else { Because::Bounds };
                self.change(current, Advice { agents, wanted, because })
            }
        }
    }

    /// Can the advice for a pool without work not change until something happens? Windows, steps and budgets come to an end.
    fn is_settled(&self, current: u32, advice: Advice) -> bool {
        let lasts =
            matches!(advice.because, Because::Disabled | Because::Unmeasured | Because::Tolerance | Because::Paused);
        current == 0 || advice.agents == self.policy.min || (lasts && advice.agents == current)
    }
}

impl Agents {
    /// When the size of a pool is to be looked at: every 15 s, but not while it has nothing to do and is as large as it will be, and
    /// once an hour where nobody does what was said.
    #[must_use]
    pub fn scale_due(&self) -> Option<Timestamp> {
        let awake = self.scalers.values().filter(|scaler| !scaler.at_rest);
        awake.map(Scaler::next_look).min()
    }

    /// Something has happened: pools at rest are to be looked at again.
    pub fn stir_scale(&mut self) {
        self.scalers.values_mut().for_each(Scaler::stir);
    }

    /// Looks at the sizes of the pools that are due, where so many tasks wait for an agent of a pool, and some of them for one
    /// agent and no other, by its id: it stays. What should change is a [`Notice::Scale`], once, and each hour while it is so. Who is
    /// to leave has no work and is draining from now on.
    pub fn on_scale_due(
        &mut self,
        now: Timestamp,
        waiting: impl Fn(&str) -> u32,
        mut stays: impl FnMut(&str) -> bool,
        out: &mut Vec<Notice>,
    ) {
        let now = self.clock(now);
        let is_due = |scaler: &Scaler| !scaler.at_rest && scaler.next_look() <= now;
        let due: Vec<u32> = self.scalers.iter().filter(|(_, scaler)| is_due(scaler)).map(|(no, _)| *no).collect();
        for no in due {
            let pool = self.fleet.pools.name(no);
            let waiting = waiting(&pool);
            let current = self.staying(&pool).count();
            let current = u32::try_from(current).unwrap_or(u32::MAX);
            let Some(advice) = self.advise(now, &pool, waiting) else { continue };
            let Advice { mut agents, wanted, because } = advice;
            let (mut leave, mut drained, shrinks) = (Vec::new(), Vec::new(), agents < current);
            if shrinks {
                let gone = self.scale_in(now, &pool, current - agents, &mut stays, &mut drained);
                agents += gone.short;
                let names = gone.agents.iter().filter_map(|agent| Some(self.registration(*agent)?.id.clone()));
                leave = names.collect();
            }
            let idle = waiting == 0 && self.staying(&pool).all(|agent| agent.leases == 0);
            let Some(scaler) = self.scalers.get_mut(&no) else { continue };
            if shrinks {
                scaler.spared(current - agents);
            }
            // Nobody has work, and nobody can be sent away: that is so until something happens.
            let stuck = shrinks && leave.is_empty();
            scaler.at_rest = idle && (stuck || scaler.is_settled(current, Advice { agents, ..advice }));
            if agents == current {
                scaler.told = None;
            } else if scaler.is_news(now, current, agents) || !leave.is_empty() {
                out.push(Notice::Scale { pool, agents, wanted, because, leave });
            }
            out.append(&mut drained);
        }
    }

    /// The agents of a pool that are there and not draining; those of pools below are not counted.
    fn staying<'a>(&'a self, pool: &'a str) -> impl Iterator<Item = &'a Agent> {
        let all = self.fleet.slots.iter().flatten();
        all.filter(move |agent| agent.profile.pool == *pool && agent.stays())
    }

    /// Gives a pool a policy of size, or a new one.
    ///
    /// # Errors
    ///
    /// [`AgentError::UnknownPool`], and [`AgentError::OutOfRange`] for a policy that can not be used.
    pub fn set_scale(&mut self, pool: &str, policy: ScalePolicy) -> Result<(), AgentError> {
        let no = self.fleet.pools.find(pool).ok_or_else(|| AgentError::UnknownPool { id: pool.into() })?;
        match self.scalers.get_mut(&no) {
            Some(scaler) => scaler.set_policy(policy),
            None => {
                self.scalers.insert(no, Scaler::new(policy)?);
                Ok(())
            }
        }
    }

    /// How many agents a pool should have, by how much of their slots is in use, with `waiting` tasks that found none. `None`
    /// for a pool without a policy. Agents that drain, or were stopped, are not counted; those of pools below are not either.
    pub fn advise(&mut self, now: Timestamp, pool: &str, waiting: u32) -> Option<Advice> {
        let now = self.clock(now);
        let no = self.fleet.pools.find(pool)?;
        let scaler = self.scalers.get_mut(&no)?;
        let staying = |agent: &&Agent| agent.profile.pool == *pool && agent.stays();
        let (mut load, mut current, mut slots) = (Load::default(), 0_u32, 0_u64);
        let (mut in_use, mut comes) = (0, false);
        for agent in self.fleet.slots.iter().flatten().filter(staying) {
            current += 1;
            slots += u64::from(agent.profile.slots);
            let at_work = agent.leases > 0;
            // Those that start are waited for, and those that have enough to do.
            comes |= match agent.health {
                Health::Ready => agent.is_eligible(),
                Health::Starting { .. } => agent.mode == Mode::Active,
                Health::Doubted { .. } => agent.mode == Mode::Active && at_work,
                Health::Suspected { .. } => false,
            };
            // One that takes no more, because it is busy, paused or barred, and is at work for us, bears that.
            let bears = at_work && matches!(agent.health, Health::Ready | Health::Doubted { .. });
            if agent.is_eligible() || bears {
                load.ready += 1;
                in_use += u64::from(agent.leases) * 1_000_000 / u64::from(agent.profile.slots.max(1));
            } else {
                load.not_ready += 1;
            }
        }
        if waiting > 0 && !comes {
            return Some(scaler.wake(now, current));
        }
        // A task that waits would take a slot of an average agent.
        let waits = u64::from(waiting) * 1_000_000 * u64::from(current) / slots.max(1);
        load.total = Some(in_use + waits);
        load.target = u64::from(scaler.policy().target_permille) * 1000;
        Some(scaler.advise(now, current, &[load]))
    }

    /// Pauses the advice for a pool, or ends the pause. `false` for a pool without a policy.
    pub fn pause_scale(&mut self, pool: &str, paused: bool) -> bool {
        let scaler = self.fleet.pools.find(pool).and_then(|no| self.scalers.get_mut(&no));
        scaler.is_some_and(|scaler| {
            scaler.pause(paused);
            true
        })
    }

    /// Chooses agents of a pool to go: first those that are not well, then those that have been idle for longest. One that
    /// has work is never chosen, nor one that `stays`, by its id: because a task waits that nobody else may have.
    pub fn scale_in(
        &mut self,
        now: Timestamp,
        pool: &str,
        agents: u32,
        mut stays: impl FnMut(&str) -> bool,
        out: &mut Vec<Notice>,
    ) -> ScaleIn {
        let now = self.clock(now);
        let each = self.staying(pool).filter(|agent| agent.leases == 0 && !stays(&agent.profile.id));
        let mut idle: Vec<_> = each.map(|agent| (agent.is_eligible(), agent.last_lease, agent.no)).collect();
        idle.sort_unstable();
        idle.truncate(agents as usize);
        let mut chosen = ScaleIn { agents: Vec::new(), short: agents };
        for (.., agent) in idle {
            if self.drain(now, agent, 0, out).is_ok() {
                chosen.agents.push(agent);
                chosen.short -= 1;
            }
        }
        chosen
    }
}
