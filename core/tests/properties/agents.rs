//! Agents: whatever they and their hosts do, slots are counted, snapshots are whole, and what is remembered to find agents
//! faster makes no difference.
//!
//! `PROPTEST_CASES=100000 cargo test --release -p reynolds --test properties agents` looks longer.

use std::collections::BTreeMap;

use proptest::prelude::*;
use reynolds::{
    Text, Timestamp,
    agents::{AgentNo, Agents, Choice, Lease, Need, Notice, Outcome, Pool, Readiness, Registration, Settings},
};

use crate::graph::run;

/// What happens, and three numbers that say to whom and how.
type Deed = (u8, u16, u16, u16);

const CAPABILITIES: [&str; 4] = ["rust@1.80", "rust@1.90", "docker", "gpu"];
const REQUIREMENTS: [&[&str]; 6] = [&[], &[], &["rust>=1.85"], &["docker"], &["docker", "gpu"], &["zone=eu"]];
const CLASSES: [&str; 3] = ["build", "test", "review"];

struct World {
    agents: Agents,
    now: u64,
    held: Vec<(Lease, u16)>,
    notices: Vec<Notice>,
    ids: u16,
}

fn texts(list: &[&str]) -> Vec<Text> {
    list.iter().map(|text| Text::from(*text)).collect()
}

impl World {
    fn new(agents: u16) -> Self {
        let settings = Settings { agents: u32::from(agents) + 4, ..Settings::default() };
        let mut registry = Agents::new(settings);
        for (id, parent) in [("code", ""), ("rust", "code"), ("ops", "")] {
            let pool = Pool { id: id.into(), parent: parent.into(), ..Pool::default() };
            registry.put_pool(pool).expect("is new");
        }
        let ids = agents + 6;
        let mut world = Self { agents: registry, now: 1_000_000, held: Vec::new(), notices: Vec::new(), ids };
        for n in 0..agents {
            world.register(n, 0, n);
        }
        world
    }

    fn at(&self) -> Timestamp {
        Timestamp(self.now)
    }

    fn register(&mut self, id: u16, incarnation: u16, how: u16) {
        let bits = |n: usize| how >> n & 1 == 1;
        let provides = CAPABILITIES.iter().enumerate().filter(|(n, _)| bits(*n)).map(|(_, text)| Text::from(*text));
        let profile = Registration {
            id: format!("a{}", id % self.ids).into(),
            incarnation: u64::from(incarnation % 4),
            provides: provides.collect(),
            slots: 1 + u32::from(how >> 4 & 3),
            tenants: if bits(6) && bits(7) { texts(&["acme"]) } else { Vec::new() },
            pool: ["", "code", "rust", "ops"][usize::from(how >> 8 & 3)].into(),
            labels: if bits(10) { [("zone".into(), "eu".into())].into() } else { BTreeMap::new() },
            heartbeat_ms: if bits(11) { 1000 } else { 0 },
            start_ms: if bits(12) && bits(13) { 5000 } else { 0 },
            generalist: bits(14),
            role: if bits(15) { "review".into() } else { "".into() },
        };
        let now = self.at();
        let _ = self.agents.register(now, profile, &mut self.notices).map(|registered| registered.agent());
        self.drop_void();
    }

    /// Leases of lives that are over are nobody's.
    fn drop_void(&mut self) {
        let agents = &self.agents;
        self.held.retain(|(lease, _)| agents.registration(lease.agent).is_some());
    }

    fn any(&self, which: u16) -> Option<AgentNo> {
        let all: Vec<_> = self.agents.iter().collect();
        all.get(usize::from(which) % all.len().max(1)).copied()
    }

    fn select(&mut self, task: u16, how: u16, which: u16) -> Result<(), TestCaseError> {
        let requires = texts(REQUIREMENTS[usize::from(how) % REQUIREMENTS.len()]);
        let prefers = if how & 8 == 0 { Vec::new() } else { texts(&["gpu"]) };
        let avoid: Vec<_> = self.any(which).into_iter().filter(|_| how & 16 != 0).collect();
        let need = Need {
            task: task.into(),
            class: CLASSES[usize::from(which) % 3],
            requires: &requires,
            prefers: &prefers,
            tenant: if how & 32 == 0 { "" } else { "acme" },
            pool: ["", "", "rust", "code"][usize::from(how >> 6 & 3)],
            duration_ms: u64::from(how) * 10,
            context: ["", "", "x", "y"][usize::from(how >> 8 & 3)],
            avoid: &avoid,
            risky: how & 1024 != 0,
            role: if how & 0x1800 == 0 { "review" } else { "" },
            strict: how & 0x2000 != 0,
        };
        // One that has just been read back has no indexes.
        let mut fresh: Agents = minicbor::decode(&bytes(&self.agents)).expect("reads back");
        let now = self.at();
        let chosen = [0, 1, 2].map(|_| self.agents.pass(now, &mut Vec::new()).select(&need));
        let expected = [0, 1, 2].map(|_| fresh.pass(now, &mut Vec::new()).select(&need));
        prop_assert_eq!(&chosen, &expected);
        for choice in chosen {
            match choice {
                Choice::Lease { lease, .. } => {
                    let profile = self.agents.registration(lease.agent).expect("is registered");
                    let taken = self.agents.leases(lease.agent);
                    prop_assert!(taken <= profile.slots, "{taken} of {} slots", profile.slots);
                    let may = profile.tenants.is_empty() || need.tenant == "acme";
                    prop_assert!(may, "works for another tenant");
                    self.held.push((lease, which));
                }
                Choice::Hold { agent, .. } => {
                    prop_assert!(self.agents.leases(agent) > 0, "waits for an idle agent");
                }
                Choice::None { wake, .. } => prop_assert!(wake.is_none_or(|wake| wake > now)),
            }
        }
        Ok(())
    }

    fn act(&mut self, (what, a, b, c): Deed) -> Result<(), TestCaseError> {
        let now = self.at();
        let out = &mut self.notices;
        match what {
            0..=79 => self.select(a, b, c)?,
            80..=139 if !self.held.is_empty() => {
                let (lease, class) = self.held.swap_remove(usize::from(a) % self.held.len());
                let (well, failed) = (Outcome::Succeeded, Outcome::Failed);
                let outcome =
                    [well, well, well, failed, failed, Outcome::TimedOut, Outcome::FailedForGood][usize::from(b % 7)];
                let class = CLASSES[usize::from(class) % 3];
                let known = self.agents.finish(now, lease, class, outcome, u64::from(c), u64::from(b), out);
                prop_assert!(known);
                let spent = self.agents.leases(lease.agent) == 0;
                prop_assert!(!spent || !self.agents.release(now, lease, out), "given back twice");
            }
            140..=149 if !self.held.is_empty() => {
                let (lease, _) = self.held.swap_remove(usize::from(a) % self.held.len());
                prop_assert!(self.agents.release(now, lease, out));
            }
            150..=169 => self.register(a, b, c),
            170..=199 => {
                if let Some(agent) = self.any(a) {
                    let beat =
                        [Readiness::Ready, Readiness::Ready, Readiness::Busy, Readiness::Starting][usize::from(b % 4)];
                    prop_assert!(self.agents.heartbeat(now, agent, beat, &mut self.notices).is_ok());
                }
            }
            200..=219 => {
                if let Some(agent) = self.any(a) {
                    let out = &mut self.notices;
                    let done = match b % 7 {
                        0 => self.agents.pause(agent),
                        1 | 2 => self.agents.resume(agent),
                        3 => self.agents.drain(now, agent, c.into(), out),
                        4 => self.agents.crashed(now, agent, out),
                        5 => self.agents.stopped(now, agent),
                        _ => self.agents.remove(agent).map(drop),
                    };
                    prop_assert!(done.is_ok());
                    self.drop_void();
                }
            }
            220..=239 => {
                // Mostly on, sometimes far on, sometimes back.
                self.now = match a % 8 {
                    0 => self.now.saturating_sub(u64::from(b) * 100),
                    1 => self.now + u64::from(b) * 1000,
                    _ => self.now + u64::from(b),
                };
                let now = self.at();
                for _ in 0..10_000 {
                    if self.agents.due().is_none_or(|due| due > now) {
                        break;
                    }
                    self.agents.on_due(now, &mut self.notices);
                }
                prop_assert!(self.agents.due().is_none_or(|due| due > now), "there is always more to do");
            }
            _ => {
                let written = bytes(&self.agents);
                self.agents = minicbor::decode(&written).expect("reads back");
                prop_assert_eq!(bytes(&self.agents), written);
            }
        }
        self.check()
    }

    fn check(&self) -> Result<(), TestCaseError> {
        prop_assert_eq!(self.agents.check(), Ok(()));
        let mut held: BTreeMap<AgentNo, u32> = BTreeMap::new();
        for (lease, _) in &self.held {
            *held.entry(lease.agent).or_default() += 1;
        }
        for agent in self.agents.iter() {
            prop_assert_eq!(self.agents.leases(agent), held.get(&agent).copied().unwrap_or(0), "leases of {}", agent);
        }
        Ok(())
    }
}

fn bytes(agents: &Agents) -> Vec<u8> {
    minicbor::to_vec(agents).expect("encodes")
}

fn deeds(most: usize) -> impl Strategy<Value = Vec<Deed>> {
    prop::collection::vec(any::<Deed>(), 1..most)
}

fn play(agents: u16, deeds: Vec<Deed>) -> Result<(), TestCaseError> {
    let mut world = World::new(agents);
    deeds.into_iter().try_for_each(|deed| world.act(deed))
}

#[test]
fn slots_are_counted_and_snapshots_are_whole_whatever_happens() {
    run(64, deeds(120), |deeds| play(6, deeds));
}

#[test]
fn a_registry_that_is_read_back_after_each_step_goes_on_as_one_that_is_not() {
    run(32, deeds(120), |deeds| {
        let (mut kept, mut read) = (World::new(6), World::new(6));
        for deed in deeds {
            kept.act(deed)?;
            read.act(deed)?;
            read.agents = minicbor::decode(&bytes(&read.agents)).expect("reads back");
            prop_assert_eq!(bytes(&read.agents), bytes(&kept.agents));
        }
        Ok(())
    });
}

#[test]
fn among_many_agents_the_indexes_make_no_difference() {
    run(24, deeds(60), |deeds| play(150, deeds));
}

#[test]
fn no_bytes_make_a_registry_that_is_inconsistent() {
    let world = World::new(4);
    let good = bytes(&world.agents);
    run(256, (any::<prop::sample::Index>(), any::<u8>()), |(at, byte)| {
        let mut bytes = good.clone();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Ok(mut agents) = minicbor::decode::<Agents>(&bytes) {
            prop_assert_eq!(agents.check(), Ok(()));
            let choice = agents.pass(Timestamp(2_000_000), &mut Vec::new()).select(&Need::default());
            drop(choice);
        }
        Ok(())
    });
}

#[test]
fn whoever_may_register_is_in_a_snapshot_that_can_be_read() {
    const HOUR: u64 = 3_600_000;
    let heartbeat = prop_oneof![Just(HOUR), Just(HOUR * 4 / 5), Just(1), Just(0), 0..=HOUR];
    let beats = prop::collection::vec(0..=2 * HOUR, 0..40);
    run(256, (heartbeat, 0..=HOUR, beats, any::<bool>()), |(heartbeat_ms, start_ms, beats, leads)| {
        let (mut agents, mut out, mut now) = (Agents::new(Settings::default()), Vec::new(), Timestamp(1_000_000));
        let profile = Registration { id: "a".into(), heartbeat_ms, start_ms, ..Registration::default() };
        if agents.check_registration(&profile).is_err() {
            return Ok(());
        }
        let agent = agents.register(now, profile, &mut out).expect("was checked").agent();
        for beat in beats {
            let read = minicbor::decode::<Agents>(&bytes(&agents));
            prop_assert_eq!(read.map(|read| bytes(&read)).map_err(|error| error.to_string()), Ok(bytes(&agents)));
            now = now.plus_ms(beat);
            agents.on_due(now, &mut out);
            let readiness = if leads { Readiness::Ready } else { Readiness::Busy };
            let _ = agents.heartbeat(now, agent, readiness, &mut out);
        }
        let read = minicbor::decode::<Agents>(&bytes(&agents));
        prop_assert_eq!(read.map(|read| bytes(&read)).map_err(|error| error.to_string()), Ok(bytes(&agents)));
        Ok(())
    });
}
