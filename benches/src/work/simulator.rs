//! Forty agents in virtual time, and tasks that come to them at random.
//!
//! Agents differ in speed, slots, what they can do, and in how well they do each class of task. Every agent becomes another one now
//! and then (half an hour on average): its speed and chances are drawn anew, as if its model had been replaced. Some flap: for two
//! minutes in twelve, nine of ten tasks that they begin fail. Nothing shows either but how tasks end. A failed task is tried again five
//! seconds later, elsewhere if it can be. Whether an attempt succeeds is drawn per task and attempt, so that all policies have the
//! same luck.

use std::{cmp::Reverse, collections::BinaryHeap};

use super::{
    mean, number, quantile,
    random::{Dice, below, even, exponential, lognormal, size, to_ms, unit},
};

pub const CLASSES: usize = 4;
/// What agents can do; each task asks for one.
pub const WORDS: usize = 3;
const AGENTS: usize = 40;
/// Share of all slots that are busy if nothing fails.
const USE: f64 = 0.6;
const BACK_OFF_MS: u64 = 5000;
/// Means, in milliseconds: well, unwell, and until an agent becomes another one.
const WELL_MS: f64 = 6e5;
const UNWELL_MS: f64 = 1.2e5;
const SAME_MS: f64 = 1.8e6;
/// While somebody waits, agents are looked for this often though nothing ended: a breaker may have closed.
const TICK_MS: u64 = 1000;

/// What is true of an agent; only the oracle may look at speed, chances and `down`.
pub struct Agent {
    pub slots: u32,
    pub mask: u8,
    pub speed: f64,
    pub chances: [f64; CLASSES],
    flaps: bool,
    pub down: bool,
    /// When each task that it runs ends.
    pub ends_ms: Vec<u64>,
}

impl Agent {
    pub fn has_room(&self) -> bool {
        self.ends_ms.len() < self.slots as usize
    }

    /// How likely it succeeds if it begins now.
    pub fn chance(&self, class: usize) -> f64 {
        if self.down { 0.1 } else { self.chances[class] }
    }
}

/// A task that waits for an agent, or is with one.
#[derive(Clone)]
pub struct Task {
    pub number: usize,
    pub class: usize,
    pub word: usize,
    /// On an agent of speed 1, and what is thought of that.
    pub size_ms: u64,
    pub expected_ms: u64,
    pub came_ms: u64,
    pub attempt: u32,
    /// Who failed it last.
    pub avoid: Option<usize>,
}

impl Task {
    /// Can and may this agent do it?
    pub fn suits(&self, at: usize, agent: &Agent) -> bool {
        agent.mask >> self.word & 1 == 1 && self.avoid != Some(at)
    }
}

/// Where a task goes now.
pub enum Pick {
    /// To an agent with a free slot.
    Start(usize),
    /// Behind the other tasks that wait for this agent.
    Behind(usize),
    /// It is asked about again when something ends.
    Later,
}

/// What is known when tasks are given out.
pub struct Seen<'a> {
    pub now_ms: u64,
    /// The truth; all but the oracle look at slots and abilities only.
    pub agents: &'a [Agent],
    /// Tasks given to each agent in this round so far, and those that wait for it.
    pub given: Vec<usize>,
}

impl Seen<'_> {
    pub fn load(&self, at: usize) -> usize {
        self.agents[at].ends_ms.len() + self.given[at]
    }

    pub fn has_room(&self, at: usize) -> bool {
        self.load(at) < self.agents[at].slots as usize
    }
}

/// Who decides.
pub trait Policy {
    /// Where each of the waiting tasks goes, in order.
    fn round(&mut self, waiting: &[Task], seen: Seen<'_>) -> Vec<Pick>;
    /// An attempt ended.
    fn ended(&mut self, now_ms: u64, agent: usize, task: &Task, good: bool, took_ms: u64);
}

/// What came of one run.
pub struct Outcome {
    pub mean_ms: f64,
    pub p99_ms: f64,
    pub first_percent: f64,
}

enum Event {
    Came(Task),
    Again(Task),
    Ended {
        agent: usize,
        task: Task,
        good: bool,
        took_ms: u64,
    },
    /// It flaps.
    Turned(usize),
    /// It becomes another one.
    Changed {
        agent: usize,
        speed: f64,
        chances: [f64; CLASSES],
    },
    Tick,
}

fn drawn(dice: &Dice) -> (f64, [f64; CLASSES]) {
    (lognormal(dice, 0.4), std::array::from_fn(|_| even(dice, 0.75, 1.0)))
}

pub fn agents(seed: u64, flapping_percent: usize) -> Vec<Agent> {
    let dice = Dice::new("simulated agents", seed);
    let one = |at: usize| {
        // Everything can be done by several.
        let mask =
            (0..WORDS).filter(|word| at % WORDS == *word || dice.chance(40)).fold(0, |mask, word| mask | 1 << word);
        let (speed, chances) = drawn(&dice);
        Agent {
            slots: number(size(&dice, 1, 4)),
            mask,
            speed,
            chances,
            flaps: at * 100 < flapping_percent * AGENTS,
            down: false,
            ends_ms: Vec::new(),
        }
    };
    (0..AGENTS).map(one).collect()
}

struct World<'a> {
    agents: Vec<Agent>,
    policy: &'a mut dyn Policy,
    seed: u64,
    /// (when, which came first, what)
    events: BinaryHeap<Reverse<(u64, usize)>>,
    what: Vec<Option<Event>>,
    waiting: Vec<Task>,
    behind: Vec<Vec<Task>>,
    ticks: bool,
}

impl World<'_> {
    fn at(&mut self, when_ms: u64, event: Event) {
        self.events.push(Reverse((when_ms, self.what.len())));
        self.what.push(Some(event));
    }

    fn start(&mut self, now: u64, at: usize, task: Task) {
        let luck = Dice::new("luck", self.seed ^ (task.number as u64) << 8 ^ u64::from(task.attempt));
        let agent = &mut self.agents[at];
        assert!(agent.has_room() && agent.mask >> task.word & 1 == 1, "the policy picked one that can not");
        let good = unit(&luck) < agent.chance(task.class);
        let whole = task.size_ms as f64 / agent.speed;
        let took_ms = to_ms(if good { whole } else { whole * even(&luck, 0.1, 1.0) });
        agent.ends_ms.push(now + took_ms);
        self.at(now + took_ms, Event::Ended { agent: at, task, good, took_ms });
    }

    fn dispatch(&mut self, now: u64) {
        for at in 0..self.agents.len() {
            while self.agents[at].has_room() && !self.behind[at].is_empty() {
                let task = self.behind[at].remove(0);
                self.start(now, at, task);
            }
        }
        let given = self.behind.iter().map(Vec::len).collect();
        let waiting = std::mem::take(&mut self.waiting);
        let picks = self.policy.round(&waiting, Seen { now_ms: now, agents: &self.agents, given });
        assert_eq!(picks.len(), waiting.len(), "one for each");
        for (task, pick) in waiting.into_iter().zip(picks) {
            match pick {
                Pick::Start(at) => self.start(now, at, task),
                Pick::Behind(at) if self.agents[at].has_room() => self.start(now, at, task),
                Pick::Behind(at) => self.behind[at].push(task),
                Pick::Later => self.waiting.push(task),
            }
        }
        if !self.waiting.is_empty() && !self.ticks {
            self.ticks = true;
            self.at(now + TICK_MS, Event::Tick);
        }
    }

    fn ended(&mut self, now: u64, agent: usize, task: &Task, good: bool, took_ms: u64) {
        let runs = &mut self.agents[agent].ends_ms;
        let ended = runs.iter().position(|end| *end == now).expect("it ran there");
        runs.swap_remove(ended);
        self.policy.ended(now, agent, task, good, took_ms);
    }

    /// What agents go through: fixed lists, so that they are the same under every policy.
    fn fate(&mut self, last_ms: f64) {
        for at in 0..AGENTS {
            let dice = Dice::new("drift", self.seed ^ (at as u64) << 32);
            let mut now = exponential(&dice, SAME_MS);
            while now < last_ms {
                let (speed, chances) = drawn(&dice);
                self.at(to_ms(now), Event::Changed { agent: at, speed, chances });
                now += exponential(&dice, SAME_MS);
            }
        }
        for at in (0..AGENTS).filter(|at| self.agents[*at].flaps).collect::<Vec<_>>() {
            let dice = Dice::new("flaps", self.seed ^ (at as u64) << 32);
            let (mut now, mut turns) = (0.0, 0);
            while now < last_ms {
                now += exponential(&dice, if turns % 2 == 0 { WELL_MS } else { UNWELL_MS });
                turns += 1;
                self.at(to_ms(now), Event::Turned(at));
            }
        }
    }
}

/// Lets all tasks come, and be done.
pub fn play(seed: u64, flapping_percent: usize, tasks: usize, policy: &mut dyn Policy) -> Outcome {
    let agents = agents(seed, flapping_percent);
    let behind = agents.iter().map(|_| Vec::new()).collect();
    let (events, what) = (BinaryHeap::new(), Vec::new());
    let mut world = World { agents, policy, seed, events, what, waiting: Vec::new(), behind, ticks: false };
    let last_ms = come(&mut world, tasks);
    world.fate(2.0 * last_ms);
    let (mut spent, mut first) = (Vec::new(), 0_usize);
    while let Some(Reverse((now, which))) = world.events.pop() {
        match world.what[which].take().expect("each happens once") {
            Event::Turned(at) => world.agents[at].down = !world.agents[at].down,
            Event::Changed { agent, speed, chances } => {
                (world.agents[agent].speed, world.agents[agent].chances) = (speed, chances);
            }
            Event::Tick => world.ticks = false,
            Event::Came(task) | Event::Again(task) => world.waiting.push(task),
            Event::Ended { agent, mut task, good, took_ms } => {
                world.ended(now, agent, &task, good, took_ms);
                if good {
                    spent.push((now - task.came_ms) as f64);
                    first += usize::from(task.attempt == 0);
                } else {
                    task.attempt += 1;
                    task.avoid = Some(agent);
                    world.at(now + BACK_OFF_MS, Event::Again(task));
                }
            }
        }
        if spent.len() == tasks {
            break;
        }
        world.dispatch(now);
    }
    assert_eq!(spent.len(), tasks, "every task was done");
    Outcome { mean_ms: mean(&spent), p99_ms: quantile(&spent, 990), first_percent: 100.0 * first as f64 / tasks as f64 }
}

/// When the last one comes.
fn come(world: &mut World<'_>, tasks: usize) -> f64 {
    let dice = Dice::new("simulated tasks", world.seed);
    let capacity: f64 = world.agents.iter().map(|agent| f64::from(agent.slots) * agent.speed).sum();
    let mean_ms = 60_000.0;
    let mut now = 0.0;
    for number in 0..tasks {
        now += exponential(&dice, mean_ms / (capacity * USE));
        // Its mean is that of the lognormal factor less its own.
        let size_ms = to_ms(mean_ms * lognormal(&dice, 0.6) / (0.18_f64).exp());
        let task = Task {
            number,
            class: below(&dice, CLASSES),
            word: below(&dice, WORDS),
            size_ms,
            expected_ms: to_ms(size_ms as f64 * lognormal(&dice, 0.3)),
            came_ms: to_ms(now),
            attempt: 0,
            avoid: None,
        };
        world.at(to_ms(now), Event::Came(task));
    }
    now
}
