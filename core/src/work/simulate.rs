//! Plays a graph in virtual time.

mod bound;
mod uneven;

use alloc::{
    collections::{BTreeSet, BinaryHeap},
    vec,
    vec::Vec,
};
use core::cmp::Reverse;

use serde::{Deserialize, Serialize};

pub use bound::Bound;

use super::{drain::ready::Ready, graph::Graph, order::Ranks};

/// The default of [`Simulation::patience_ppm`].
pub const PATIENCE_PPM: u32 = 1_250_000;

/// One million: all of it.
pub(super) const ONE_PPM: u64 = 1_000_000;

/// A graph to be played in virtual time: who would do what, when, and how close that is to the best possible.
///
/// A list schedule (R. L. Graham, 1966; 1969): whenever an agent is free, the first ready task of the order starts. With
/// agents of one speed the makespan is within `W/p + (1 - 1/p) S`, for the sum `W` and the span `S`. With agents of
/// different speed each task goes where it would finish first, and may wait for a faster agent that is busy: the rule by
/// which a free agent is passed over when that is worth it ("patience").
///
/// ```
/// use reynolds::work::{Graph, PATIENCE_PPM, Ranks, Simulation};
///
/// // 0 and 1 are short and lead nowhere; 2 -> 3 is the long way, so it starts first.
/// let (graph, ms) = (Graph::build(4, &[(2, 3)])?, [10, 10, 10, 30]);
/// let ranks = Ranks::by_duration(&graph, &ms);
/// let two_agents = Simulation {
///     graph: &graph, expected_ms: &ms, actual_ms: None, ranks: Some(&ranks), speeds_ppm: &[1_000_000; 2], patience_ppm: PATIENCE_PPM,
/// };
/// let schedule = two_agents.run()?;
/// assert_eq!((schedule.makespan_ms, schedule.bound.lower_ms), (40, 40));   // none is faster
/// assert_eq!(schedule.start_ms, [0, 10, 0, 10]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Simulation<'a> {
    /// The tasks.
    pub graph: &'a Graph,
    /// How long each is expected to take at speed 1, in milliseconds. A missing one takes no time.
    pub expected_ms: &'a [u64],
    /// How long each turns out to take; agents are chosen without knowing it. Without it, as expected.
    pub actual_ms: Option<&'a [u64]>,
    /// Which ready task starts first. Without it, first in, first out.
    pub ranks: Option<&'a Ranks>,
    /// The speed of each agent in parts per million: 1,000,000 takes as long as expected, 2,000,000 half of it.
    pub speeds_ppm: &'a [u32],
    /// How much later than with the best agent, who is busy, a task may finish with a free one, in parts per million of
    /// the time to the best finish. Below 1,000,000 it is 1,000,000: take a free agent only if nobody would be sooner.
    /// It matters only where speeds differ. Default [`PATIENCE_PPM`].
    pub patience_ppm: u32,
}

/// Nothing can be played.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SimulateError {
    /// There are tasks and no agents.
    #[error("`speeds_ppm` is empty; give the speed of at least one agent")]
    NoAgents,
    /// An agent would never finish.
    #[error("`speeds_ppm[{agent}]` is 0; leave the agent out or give it a speed")]
    Standing {
        /// Its position in `speeds_ppm`.
        agent: u32,
    },
    /// More agents than tasks can be numbered.
    #[error("{agents} agents, the limit is {limit}; more would have nothing to do")]
    TooMany {
        /// How many were given.
        agents: u64,
        /// The limit.
        limit: u32,
    },
}

/// Most agents of a [`Simulation`].
const AGENTS: u32 = 1_000_000;

/// Who does what, and when.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schedule {
    /// When the last task finishes, in milliseconds from the start.
    pub makespan_ms: u64,
    /// When each task starts.
    pub start_ms: Vec<u64>,
    /// When each task finishes.
    pub finish_ms: Vec<u64>,
    /// Which agent does each task: its position in `speeds_ppm`.
    pub agent: Vec<u32>,
    /// What no schedule is faster than.
    pub bound: Bound,
}

impl Simulation<'_> {
    /// Plays it.
    ///
    /// # Errors
    /// All of [`SimulateError`].
    pub fn run(&self) -> Result<Schedule, SimulateError> {
        let mut schedule = self.play()?;
        schedule.bound = Bound::of(self.graph, self.actual_ms.unwrap_or(self.expected_ms), self.speeds_ppm);
        Ok(schedule)
    }

    fn play(&self) -> Result<Schedule, SimulateError> {
        let agents = self.speeds_ppm.len();
        if agents > AGENTS as usize {
            return Err(SimulateError::TooMany { agents: agents as u64, limit: AGENTS });
        }
        if agents == 0 && !self.graph.is_empty() {
            return Err(SimulateError::NoAgents);
        }
        if let Some((agent, _)) = (0..).zip(self.speeds_ppm).find(|(_, speed)| **speed == 0) {
            return Err(SimulateError::Standing { agent });
        }
        let mut stage = Stage::new(self.graph, self.ranks);
        match self.speeds_ppm.first() {
            Some(first) if self.speeds_ppm.iter().all(|speed| speed == first) => {
                self.even(&mut stage, *first);
            }
            Some(_) => uneven::play(self, &mut stage),
            None => {}
        }
        let mut schedule = stage.schedule;
        schedule.makespan_ms = schedule.finish_ms.iter().copied().max().unwrap_or(0);
        Ok(schedule)
    }

    fn expected(&self, task: u32) -> u64 {
        self.expected_ms.get(task as usize).copied().unwrap_or(0)
    }

    fn actual(&self, task: u32) -> u64 {
        self.actual_ms.unwrap_or(self.expected_ms).get(task as usize).copied().unwrap_or(0)
    }

    /// All agents alike: the free one with the lowest number takes the first task.
    fn even(&self, stage: &mut Stage<'_>, speed: u32) {
        let agents = u32::try_from(self.speeds_ppm.len()).unwrap_or(AGENTS);
        // More agents than tasks have nothing to do.
        let mut free: BTreeSet<u32> = (0..agents.min(self.graph.len())).collect();
        loop {
            while let Some(agent) = free.first().copied() {
                let Some(task) = stage.ready.pop_one() else { break };
                free.remove(&agent);
                stage.start(task, agent, at_speed(self.actual(task), speed));
            }
            if !stage.turn(|agent| {
                free.insert(agent);
            }) {
                return;
            }
        }
    }
}

/// When this many agents of speed 1 are done, by upward rank.
pub(super) fn makespan(graph: &Graph, weights_ms: &[u64], agents: u32) -> u64 {
    let ranks = Ranks::by_duration(graph, weights_ms);
    let speed = u32::try_from(ONE_PPM).unwrap_or(u32::MAX);
    let speeds_ppm = vec![speed; agents.clamp(1, graph.len().max(1)) as usize];
    let simulation = Simulation {
        graph,
        expected_ms: weights_ms,
        actual_ms: None,
        ranks: Some(&ranks),
        speeds_ppm: &speeds_ppm,
        patience_ppm: PATIENCE_PPM,
    };
    simulation.play().map_or(0, |schedule| schedule.makespan_ms)
}

/// How long `ms` take at a speed, rounded up.
pub(super) fn at_speed(ms: u64, speed_ppm: u32) -> u64 {
    if u64::from(speed_ppm) == ONE_PPM {
        return ms;
    }
    let scaled = (u128::from(ms) * u128::from(ONE_PPM)).div_ceil(u128::from(speed_ppm.max(1)));
    u64::try_from(scaled).unwrap_or(u64::MAX)
}

/// The state of a play.
struct Stage<'a> {
    graph: &'a Graph,
    waiting: Vec<u32>,
    ready: Ready,
    /// (finish, task), the next one on top.
    running: BinaryHeap<Reverse<(u64, u32)>>,
    now: u64,
    schedule: Schedule,
}

impl<'a> Stage<'a> {
    fn new(graph: &'a Graph, ranks: Option<&Ranks>) -> Self {
        let tasks = graph.len() as usize;
        let mut ready = match ranks {
            Some(ranks) => Ready::ranked(ranks.clone().into_buckets(graph.len())),
            None => Ready::fifo(graph.len()),
        };
        for task in graph.roots() {
            ready.push(task);
        }
        let schedule = Schedule {
            start_ms: vec![0; tasks],
            finish_ms: vec![0; tasks],
            agent: vec![0; tasks],
            ..Schedule::default()
        };
        Self { graph, waiting: graph.need_counts().to_vec(), ready, running: BinaryHeap::new(), now: 0, schedule }
    }

    fn start(&mut self, task: u32, agent: u32, takes_ms: u64) {
        let finish = self.now.saturating_add(takes_ms);
        self.schedule.start_ms[task as usize] = self.now;
        self.schedule.finish_ms[task as usize] = finish;
        self.schedule.agent[task as usize] = agent;
        self.running.push(Reverse((finish, task)));
    }

    /// Goes to the next time at which tasks finish, and says whose agents are free then. False if nothing runs.
    fn turn(&mut self, mut freed: impl FnMut(u32)) -> bool {
        let Some(&Reverse((at, _))) = self.running.peek() else { return false };
        self.now = at;
        while let Some(&Reverse((finish, task))) = self.running.peek() {
            if finish > at {
                break;
            }
            self.running.pop();
            freed(self.schedule.agent[task as usize]);
            for &dependent in self.graph.dependents(task) {
                let waiting = &mut self.waiting[dependent as usize];
                *waiting -= 1;
                if *waiting == 0 {
                    self.ready.push(dependent);
                }
            }
        }
        true
    }
}

#[cfg(test)]
mod tests;
