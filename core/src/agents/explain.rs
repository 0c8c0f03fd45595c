//! Why this agent, and why not another one.

use alloc::vec::Vec;

use serde::Serialize;

use super::{
    Agents,
    agent::{AgentNo, Health, Mode, Registration},
    exclusion::{Exclusion, unwell_until, with_time},
    score::{ONE, chance},
    select::{Choice, Field, Need, Pass, Query, Rated},
};
use crate::{text::Text, time::Timestamp};

/// Most agents that are listed as excluded.
const MOST_EXCLUDED: usize = 64;

/// Why an agent was chosen. Ratios and probabilities are in parts per million.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explain {
    /// The agent that was chosen, or is worth waiting for; `None` if nobody can do it, or nobody is to do it now.
    pub chosen: Option<Text>,
    /// Its expected time to success, in milliseconds.
    pub cost_ms: u64,
    /// Its expected wait for a slot, in milliseconds.
    pub wait_ms: u64,
    /// The expected run there, in milliseconds.
    pub run_ms: u64,
    /// Its chance of success.
    pub p: Probability,
    /// How fast it is beside the others, in parts per million: two million is twice as fast.
    pub speed: u64,
    /// It has the task's context.
    pub warm: bool,
    /// How many preferred capabilities it lacks.
    pub lacks: u32,
    /// How many tries are expected until one succeeds, in parts per million.
    pub retry_inflation: u64,
    /// Who came second.
    pub runner_up: Option<RunnerUp>,
    /// How it was decided.
    pub decision: Decision,
    /// Who was left out, and why; the first 64 by slot. Who does not work for the task's tenant is not among them, unless it was asked of
    /// that agent by name.
    pub excluded: Vec<Excluded>,
    /// How many were left out beyond those.
    pub excluded_more: u32,
    /// What decided between the first two: `cost`, `load`, `last_lease` or `digest`; empty without a second.
    pub tie_break: &'static str,
}

/// A chance of success, in parts per million.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Probability {
    /// The mean of the posterior.
    pub mean: u64,
    /// Its standard deviation.
    pub sd: u64,
    /// How many of those were added, in thousandths.
    pub z: i32,
    /// What was reckoned with: an agent nothing is known against counts as sure unless the task is risky.
    pub used: u64,
    /// On how many tasks of the class it rests, faded, in millionths.
    pub n: u64,
}

/// The agent that came second.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RunnerUp {
    /// Its name.
    pub id: Text,
    /// Its expected time to success, in milliseconds.
    pub cost_ms: u64,
    /// That over the first one's, in parts per million.
    pub ratio: u64,
}

/// How it was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// The best agent has a free slot.
    Free,
    /// The best agent is busy, and the best free one is not much worse.
    Patience,
    /// The best agent is busy and worth waiting for.
    Held,
    /// Nobody can do it.
    Nobody,
    /// A key of it is taken: it waits, whoever is free.
    Taken,
}

/// An agent that was left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Excluded {
    /// Its name.
    pub id: Text,
    /// Why.
    pub reason: Exclusion,
}

/// How an agent is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Status {
    /// Its number.
    pub agent: AgentNo,
    /// What it said of itself.
    pub registration: Registration,
    /// Leases it holds.
    pub leases: u32,
    /// Has it started?
    pub started: bool,
    /// Would it be given work, if it had a free slot?
    pub ready: bool,
    /// Is it taken to be alive?
    pub alive: bool,
    /// Why it is not given work.
    pub why_not: Option<Exclusion>,
    /// How surprising its silence is: phi, in thousandths.
    pub phi_milli: u32,
    /// Its usual interval between heartbeats, in milliseconds.
    pub interval_ms: u64,
    /// Its chance of success in an unknown class, in parts per million.
    pub p: u64,
    /// How fast it is beside the others, in parts per million.
    pub speed: u64,
    /// It is being drained.
    pub draining: bool,
}

impl Pass<'_> {
    /// Chooses like [`Pass::select`], and says why.
    pub fn select_explained(&mut self, need: &Need<'_>) -> (Choice, Explain) {
        let explain = self.explain(need);
        (self.select(need), explain)
    }

    /// Says whether the only agent that may do it would get it now. Takes nothing.
    pub fn explain_only(&mut self, only: &str, need: &Need<'_>) -> Explain {
        let agents = &*self.agents;
        let agent = agents.find(only);
        let left_out = match agent {
            None => Some(Exclusion::Absent),
            Some(agent) => agents.unfit(agent, need).or_else(|| unwell_until(agents.fleet.get(agent)?)),
        };
        let others: Vec<AgentNo> = agents.iter().filter(|other| Some(*other) != agent).collect();
        let mut explain = self.explain(&Need { avoid: &others, strict: true, ..*need });
        explain.excluded = left_out.into_iter().map(|reason| Excluded { id: only.into(), reason }).collect();
        explain.excluded_more = 0;
        explain
    }

    /// Says what [`Pass::select`] would choose now, and why. Takes nothing.
    pub fn explain(&mut self, need: &Need<'_>) -> Explain {
        let (query, field) = self.agents.rate(need);
        self.agents.explanation(&query, &field)
    }
}

impl Agents {
    fn explanation(&self, query: &Query<'_>, field: &Field) -> Explain {
        let chosen = field.choose(self.fleet.settings.patience_permille);
        let second = match (chosen, field.best, field.second) {
            // With patience, the best one is the other one.
            (Some((chosen, true)), Some(best), _) if best.slot != chosen.slot => Some(best),
            (_, _, second) => second,
        };
        let decision = match chosen {
            None => Decision::Nobody,
            Some((_, true)) => Decision::Patience,
            Some((chosen, false)) if chosen.has_room => Decision::Free,
            Some(_) => Decision::Held,
        };
        let (excluded, excluded_more) = self.excluded(query);
        let chosen = chosen.map(|(rated, _)| rated);
        let estimate = chosen.map(|rated| rated.estimate);
        let agent = chosen.and_then(|rated| self.fleet.at(rated.slot));
        Explain {
            chosen: agent.map(|agent| agent.profile.id.clone()),
            cost_ms: estimate.map_or(0, |estimate| estimate.cost_us / 1000),
            wait_ms: estimate.map_or(0, |estimate| estimate.wait_us / 1000),
            run_ms: estimate.map_or(0, |estimate| estimate.run_us / 1000),
            p: chosen.map(|rated| self.probability(query, &rated)).unwrap_or_default(),
            speed: agent.map_or(0, |agent| ppm_of_speed(agent.record.speed())),
            warm: chosen.is_some_and(|rated| rated.warm),
            lacks: chosen.map_or(0, |rated| rated.lacks),
            retry_inflation: estimate.map_or(0, |estimate| ONE * ONE / estimate.p.max(1)),
            runner_up: chosen.zip(second).and_then(|(first, second)| self.runner_up(&first, &second)),
            decision,
            excluded,
            excluded_more,
            tie_break: chosen.zip(second).map_or("", |(first, second)| first.before(&second)),
        }
    }

    fn probability(&self, query: &Query<'_>, rated: &Rated) -> Probability {
        let Some(agent) = self.fleet.at(rated.slot) else { return Probability::default() };
        let posterior = agent.record.posterior(query.job.class);
        Probability {
            mean: posterior.mean(),
            sd: posterior.deviation(),
            z: if query.job.risky { -1000 } else { self.fleet.settings.optimism_permille },
            used: chance(&self.fleet.settings, &agent.record, agent.record.prior(), &query.job),
            n: posterior.seen,
        }
    }

    fn runner_up(&self, first: &Rated, second: &Rated) -> Option<RunnerUp> {
        let id = self.fleet.at(second.slot)?.profile.id.clone();
        let (cost_us, first_us) = (second.estimate.cost_us, first.estimate.cost_us.max(1));
        let ratio = u128::from(cost_us) * u128::from(ONE) / u128::from(first_us);
        Some(RunnerUp { id, cost_ms: cost_us / 1000, ratio: u64::try_from(ratio).unwrap_or(u64::MAX) })
    }

    fn excluded(&self, query: &Query<'_>) -> (Vec<Excluded>, u32) {
        let (mut excluded, mut more) = (Vec::new(), 0);
        for (slot, agent) in self.fleet.iter() {
            match self.why_not(query, slot) {
                // What a tenant reads does not tell of others.
                Some(Exclusion::Tenant) => {}
                Some(reason) if excluded.len() < MOST_EXCLUDED => {
                    excluded.push(Excluded { id: agent.profile.id.clone(), reason: with_time(reason, agent) });
                }
                Some(_) => more += 1,
                None => {}
            }
        }
        (excluded, more)
    }

    /// How an agent is, at a time.
    #[must_use]
    pub fn status(&self, now: Timestamp, agent: AgentNo) -> Option<Status> {
        let (agent, phi) = (self.fleet.get(agent)?, &self.fleet.settings.phi);
        let beats = agent.profile.heartbeat_ms > 0;
        Some(Status {
            agent: agent.no,
            registration: agent.profile.clone(),
            leases: agent.leases,
            started: !matches!(agent.health, Health::Starting { .. }),
            ready: agent.is_eligible(),
            alive: agent.mode != Mode::Stopped && !matches!(agent.health, Health::Suspected { .. }),
            why_not: unwell_until(agent),
            phi_milli: if beats { agent.beats.phi_milli(self.now.max(now), phi) } else { 0 },
            interval_ms: if beats { agent.beats.mean_ms() } else { 0 },
            p: agent.record.posterior(None).mean(),
            speed: ppm_of_speed(agent.record.speed()),
            draining: matches!(agent.mode, Mode::Draining { .. }),
        })
    }
}

/// From [`super::score::SPEED_ONE`] to parts per million.
fn ppm_of_speed(speed: u64) -> u64 {
    speed * ONE / super::score::SPEED_ONE
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;
    use crate::agents::{Agents, Outcome, Settings};

    #[test]
    fn an_agent_that_failed_too_often_is_left_out_until_a_time_that_is_told() {
        let (mut agents, mut out) = (Agents::new(Settings::default()), Vec::new());
        let profile = Registration { id: "ada".into(), heartbeat_ms: 0, ..Registration::default() };
        let ada = agents.register(Timestamp(1000), profile, &mut out).expect("is valid").agent();
        for _ in 0..3 {
            let lease = agents.lease(Timestamp(1000), ada, "").expect("it is free");
            agents.finish(Timestamp(1000), lease, "build", Outcome::Failed, 0, 1, &mut out);
        }
        let until = Some(Timestamp(31_000));
        let left_out = vec![Excluded { id: "ada".into(), reason: Exclusion::Breaker { until } }];
        let mut pass = agents.pass(Timestamp(1000), &mut out);
        assert_eq!(pass.explain(&Need::default()).excluded, left_out);
        assert_eq!(pass.explain_only("ada", &Need::default()).excluded, left_out);
        drop(pass);
        let status = agents.status(Timestamp(1000), ada).expect("it is there");
        let said = alloc::format!("{}", status.why_not.expect("it gets no work"));
        assert_eq!(said, "failed too often of late, and gets no work until 31000");
    }
}
