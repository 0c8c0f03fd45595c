//! The choice by looking at every agent each time, against the one by indexes: with everything that a task may ask for and all that
//! may happen to agents. Beyond [`SCAN`] agents only some are rated, here as there; which ones is found by looking at all.

use alloc::{format, vec::Vec};

use super::{
    fleet::Wants,
    grades::{keys, rough},
    index::SCAN,
    score::{Job, attempt, estimate},
    select::{CANDIDATES, Field, WARM, context},
    *,
};
use crate::det::mix;

/// A rated agent: what it is ordered by, and whether it has room. The last of the key is its slot.
type Plain = ((u64, u64, u32, u64, u32), bool);

/// Who can do it, with what they lack: in the pool, or else in the next one above it where there is anybody.
fn fit(agents: &Agents, need: &Need<'_>) -> Vec<(u32, u8)> {
    let (fleet, wants) = (&agents.fleet, Wants::new(&agents.fleet, need));
    let Some(home) = fleet.pools.find(need.pool) else { return Vec::new() };
    let of = |scope| -> Vec<(u32, u8)> {
        let lacks = |(slot, agent)| Some((slot, wants.fit(fleet, home, scope, agent).ok()?));
        fleet.iter().filter_map(lacks).collect()
    };
    fleet.pools.upwards(home).map(of).find(|found| !found.is_empty()).unwrap_or_default()
}

fn rated(agents: &Agents, need: &Need<'_>, job: &Job, slot: u32, lacks: u8) -> Option<Plain> {
    let (settings, agent) = (&agents.fleet.settings, agents.fleet.at(slot)?);
    let hot = &agents.fleet.hot[slot as usize];
    let warm = context(need.context).is_some_and(|context| agent.contexts.contains(&context));
    let attempt = attempt(settings, hot, job.duration_us, lacks.into(), warm);
    let cost_us = estimate(settings, agent, hot, job, &attempt).cost_us;
    let load = u64::from(agent.leases) * 65_536 / u64::from(agent.profile.slots);
    let tie = mix(mix(settings.seed, need.task), agent.digest);
    agent.is_eligible().then_some(((cost_us, load, agent.last_lease, tie, slot), agent.has_room()))
}

/// The best, the best with room, and the second, of those not avoided.
fn among(agents: &Agents, need: &Need<'_>, avoid: bool) -> [Option<u32>; 3] {
    let (class, duration_us) = agents.classes.expect(&agents.fleet.settings, need.class, need.duration_ms);
    let (job, all) = (Job { class, duration_us, risky: need.risky }, fit(agents, need));
    let most = CANDIDATES + if avoid { need.avoid.len() } else { 0 };
    let cheapest = |free: bool| -> Vec<(u32, u8)> {
        let key = |(slot, lacks): (u32, u8)| keys(&agents.fleet, &rough(&job), lacks, slot)[usize::from(free)];
        let mut found: Vec<_> =
            all.iter().map(|found| (key(*found), *found)).filter(|(key, _)| *key != u64::MAX).collect();
        found.sort_unstable();
        found.into_iter().take(most).map(|(_, found)| found).collect()
    };
    let order = |some: &[(u32, u8)]| -> Vec<Plain> {
        let ok = |slot: u32| !(avoid && agents.fleet.at(slot).is_some_and(|agent| need.avoid.contains(&agent.no)));
        let some = some.iter().filter(|(slot, _)| ok(*slot));
        let mut found: Vec<_> = some.filter_map(|(slot, lacks)| rated(agents, need, &job, *slot, *lacks)).collect();
        found.sort_unstable();
        found.dedup();
        found
    };
    let mut found = if all.len() <= SCAN {
        order(&all)
    } else {
        let is_warm = |agent: &Agent| context(need.context).is_some_and(|context| agent.contexts.contains(&context));
        let warm = agents.fleet.iter().filter(|(_, agent)| is_warm(agent)).take(WARM).map(|(slot, _)| slot);
        let warm: Vec<_> = warm.filter_map(|slot| all.iter().find(|(other, _)| *other == slot).copied()).collect();
        let some = [cheapest(false), warm].concat();
        let found = order(&some);
        let busy = found.first().is_some_and(|(_, has_room)| !has_room);
        if busy { order(&[some, cheapest(true)].concat()) } else { found }
    };
    found.dedup();
    let slot = |found: Option<&Plain>| found.map(|((.., slot), _)| *slot);
    [slot(found.first()), slot(found.iter().find(|(_, has_room)| *has_room)), slot(found.get(1))]
}

fn looked_at(agents: &Agents, need: &Need<'_>) -> [Option<u32>; 3] {
    let found = among(agents, need, !need.avoid.is_empty());
    if found[0].is_none() && !need.strict { among(agents, need, false) } else { found }
}

/// What is wrong with whom, as it is told when nobody is found.
fn reasons(agents: &Agents, need: &Need<'_>) -> Vec<Reason> {
    let (fleet, wants) = (&agents.fleet, Wants::new(&agents.fleet, need));
    let avoided = |agent: &Agent| need.strict && need.avoid.contains(&agent.no);
    let unwell = |agent| exclusion::unwell(agent).or_else(|| avoided(agent).then_some(Exclusion::Avoided));
    let (able, home) = (fit(agents, need), fleet.pools.find(need.pool));
    let unfit = |agent| match home {
        // The pool above all others was asked last.
        Some(home) => wants.fit(fleet, home, ROOT, agent).err(),
        None => Some(Exclusion::Pool),
    };
    let of_able = able.iter().filter_map(|(slot, _)| fleet.at(*slot)).take(1024).filter_map(unwell);
    let tenants = |agent: &Agent| agent.profile.tenants.clone();
    let own = |agent| tenants(agent).is_empty() || tenants(agent).iter().any(|tenant| *tenant == *need.tenant);
    let of_all = fleet
        .iter()
        .filter(|(_, agent)| able.is_empty() && own(agent))
        .take(1024)
        .filter_map(|(_, agent)| unfit(agent));
    let mut counts = BTreeMap::<Exclusion, u32>::new();
    of_able.chain(of_all).for_each(|exclusion| *counts.entry(exclusion).or_default() += 1);
    let mut reasons: Vec<_> = counts.into_iter().map(|(exclusion, agents)| Reason { exclusion, agents }).collect();
    reasons.sort_by_key(|reason| core::cmp::Reverse(reason.agents));
    reasons
}

fn texts(list: &[&str]) -> Vec<Text> {
    list.iter().map(|text| Text::from(*text)).collect()
}

fn one<T: Copy>(of: &[T], dice: u64) -> T {
    of[usize::try_from(dice % of.len() as u64).expect("is small")]
}

struct World {
    agents: Agents,
    leases: Vec<Lease>,
    now: Timestamp,
    /// How often each kind of answer was compared: nobody, room, none with room, one of many.
    seen: [u32; 4],
    /// For what there was nobody: that is asked for again.
    nobody: Vec<u64>,
}

impl World {
    fn new(count: u64) -> Self {
        let (agents, now) = (Agents::new(Settings::default()), Timestamp(1000));
        let mut world = Self { agents, leases: Vec::new(), now, seen: [0; 4], nobody: Vec::new() };
        for (id, parent) in [("code", ""), ("rust", "code"), ("ops", "")] {
            let pool = Pool { id: id.into(), parent: parent.into(), ..Pool::default() };
            world.agents.put_pool(pool).expect("is new");
        }
        (0..count).for_each(|id| world.register(id, mix(1, id)));
        world
    }

    fn register(&mut self, id: u64, dice: u64) {
        let provides = ["rust@1.80", "rust@1.90", "docker", "gpu"];
        let provides = (0..).zip(provides).filter(|(bit, _)| dice >> bit & 1 == 1).map(|(_, text)| text.into());
        let registration = Registration {
            id: format!("a{id}").into(),
            incarnation: dice >> 60 & 1,
            provides: provides.collect(),
            slots: one(&[1, 1, 2, 3], dice >> 8),
            tenants: if dice >> 10 & 7 == 0 { texts(&["acme"]) } else { Vec::new() },
            pool: one(&["", "code", "rust", "rust", "ops"], dice >> 13).into(),
            role: one(&["", "review"], dice >> 16).into(),
            labels: if dice >> 17 & 1 == 1 { [("zone".into(), "eu".into())].into() } else { BTreeMap::new() },
            generalist: dice >> 18 & 1 == 1,
            heartbeat_ms: 0,
            ..Registration::default()
        };
        let _ = self.agents.register(self.now, registration, &mut Vec::new());
    }

    fn any(&self, dice: u64) -> AgentNo {
        let all: Vec<_> = self.agents.iter().collect();
        one(&all, dice)
    }

    /// Asks for something, and compares. Mostly for little, so that many can do it.
    fn ask(&mut self, task: u64, dice: u64) {
        // What is due is done.
        drop(self.agents.pass(self.now, &mut Vec::new()));
        let requires: [&[&str]; 8] =
            [&[], &[], &[], &["rust>=1.85"], &["rust@1"], &["docker", "gpu"], &["zone=eu"], &["role=review"]];
        let (requires, prefers) =
            (texts(one(&requires, dice)), texts(one(&[&[][..], &["gpu"], &["gpu", "docker"]], dice >> 3)));
        let avoid: Vec<_> = (0..dice >> 6 & 3).map(|n| self.any(mix(dice, n))).collect();
        let need = Need {
            task,
            class: one(&["build", "test", "new"], dice >> 8),
            requires: &requires,
            prefers: &prefers,
            tenant: one(&["acme", "other"], dice >> 10),
            pool: one(&["", "", "", "code", "rust", "ops", "unknown"], dice >> 12),
            role: one(&["", "", "review"], dice >> 16),
            duration_ms: one(&[0, 1000, 70_000], dice >> 18),
            context: one(&["", "x", "y"], dice >> 20),
            avoid: &avoid,
            strict: dice >> 22 & 1 == 1,
            risky: dice >> 23 & 3 == 3,
        };
        // One that was just read knows nothing but what was written.
        let bytes = minicbor::to_vec(&self.agents).expect("encodes");
        let fresh: Agents = minicbor::decode(&bytes).expect("reads back");
        let (_, Field { best, free, second }) = self.agents.rate(&need);
        let found = [best, free, second].map(|rated| rated.map(|rated| rated.slot));
        assert_eq!(found, looked_at(&fresh, &need), "{need:?}");
        let kind = match found {
            [None, ..] => 0,
            [_, Some(_), _] => 1,
            [_, None, _] => 2,
        };
        self.seen[kind] += 1;
        self.seen[3] += u32::from(fit(&fresh, &need).len() > SCAN);
        match self.agents.pass(self.now, &mut Vec::new()).select(&need) {
            Choice::Lease { lease, .. } => self.leases.push(lease),
            Choice::None { reasons: told, .. } => {
                assert_eq!(told, reasons(&fresh, &need), "{need:?}");
                self.nobody.push(dice);
            }
            Choice::Hold { .. } => {}
        }
    }

    /// What else happens.
    fn stir(&mut self, dice: u64) {
        let (now, agent, out) = (self.now, self.any(dice >> 8), &mut Vec::new());
        let done = match dice % 24 {
            0 => self.agents.pause(agent),
            1 => self.agents.drain(now, agent, 1000, out),
            2..=4 => self.agents.resume(agent),
            5 => self.agents.heartbeat(now, agent, Readiness::Busy, out),
            6..=9 => self.agents.heartbeat(now, agent, Readiness::Ready, out),
            10 if dice >> 20 & 3 == 0 => self.agents.stopped(now, agent),
            10 => self.agents.crashed(now, agent, out),
            11 => self.agents.remove(agent).map(drop),
            12..=14 => {
                self.register(dice >> 8 & 255, dice >> 3);
                Ok(())
            }
            15 => {
                self.now = now.plus_ms(dice >> 40 & 0xffff);
                Ok(())
            }
            _ if self.leases.is_empty() => Ok(()),
            _ => {
                let at = usize::try_from(dice >> 8).expect("64 bits") % self.leases.len();
                let (lease, class) = (self.leases.swap_remove(at), one(&["build", "test"], dice >> 24));
                let outcome = if dice >> 26 & 3 == 0 { Outcome::Failed } else { Outcome::Succeeded };
                let _ = self.agents.finish(now, lease, class, outcome, 1000, 500 + (dice >> 30 & 1023), out);
                Ok(())
            }
        };
        done.expect("is there");
    }

    fn play(mut self, steps: u64) -> [u32; 4] {
        for step in 0..steps {
            self.ask(step, mix(2, step));
            for again in 0..2 {
                if let Some(dice) = self.nobody.len().checked_sub(1 + 3 * again).map(|at| self.nobody.swap_remove(at)) {
                    self.ask(step, dice);
                }
            }
            self.stir(mix(3, step));
        }
        self.seen
    }
}

#[test]
fn who_gets_a_task_is_who_looking_at_every_agent_finds() {
    let [nobody, room, busy, _] = World::new(12).play(4000);
    assert!(nobody > 200 && room > 500 && busy > 200, "{nobody}, {room}, {busy}");
}

#[test]
fn among_many_agents_it_is_who_looking_at_every_agent_finds() {
    let [_, _, busy, many] = World::new(180).play(1500);
    assert!(busy > 50 && many > 300, "{busy}, {many}");
}
