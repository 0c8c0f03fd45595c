//! How many tasks per second are given an agent, run and reported.
//!
//! Half of all slots are in use, tasks take about a minute of virtual time, one in twenty fails. There are eight classes, and nine kinds of
//! needs: none, one or two capabilities of eight, and a preferred one; one task in four belongs to one of 500 contexts. So the
//! agents differ in their records, their load, and what they can do.

use std::{collections::VecDeque, hint::black_box};

use reynolds::{
    Text, Timestamp,
    agents::{Agents, Choice, Lease, Need, Outcome, Registration, Settings},
};

use super::{
    Run, in_turns, nanoseconds,
    random::{Dice, below, size},
    timed,
};
use crate::report::{Goal, Row};

const CLASSES: [&str; 8] = ["build", "test", "review", "docs", "triage", "deploy", "port", "scan"];
const WORDS: [&str; 8] = ["rust", "python", "node", "docker", "aws", "sql", "web", "ios"];
const CONTEXTS: usize = 500;
const TASK_MS: u64 = 60_000;

/// One task, as all three see it.
struct Work {
    class: usize,
    requires: Vec<Text>,
    mask: u8,
    prefers: Vec<Text>,
    context: String,
    expected_ms: u64,
    took_ms: u64,
    good: bool,
}

fn stream(count: usize) -> Vec<Work> {
    let dice = Dice::new("selection tasks", 1);
    let one = |_| {
        let wanted: Vec<usize> = match below(&dice, 4) {
            0 | 1 => Vec::new(),
            2 => vec![below(&dice, WORDS.len())],
            // Always the same pairs.
            _ => [[0, 3], [1, 4], [2, 6], [5, 7]][below(&dice, 4)].to_vec(),
        };
        let text = |word: usize| Text::from(WORDS[word]);
        Work {
            class: below(&dice, CLASSES.len()),
            mask: wanted.iter().fold(0, |mask, word| mask | 1 << word),
            requires: wanted.into_iter().map(text).collect(),
            prefers: if dice.chance(10) { vec![text(0)] } else { Vec::new() },
            context: if dice.chance(25) { format!("repository {}", below(&dice, CONTEXTS)) } else { String::new() },
            expected_ms: dice.between(TASK_MS / 2, TASK_MS * 3 / 2),
            took_ms: dice.between(TASK_MS / 2, TASK_MS * 3 / 2),
            good: !dice.chance(5),
        }
    };
    (0..count).map(one).collect()
}

/// What an agent is to the two baselines.
#[derive(Clone)]
struct Plain {
    mask: u8,
    slots: u32,
    leased: u32,
    expected: f64,
    actual: f64,
    good: [f64; 8],
    bad: [f64; 8],
    contexts: [u64; 4],
}

fn plain(count: usize) -> Vec<Plain> {
    let dice = Dice::new("selection agents", 1);
    let one = |_| Plain {
        mask: (0..WORDS.len()).filter(|_| dice.chance(40)).fold(0, |mask, word| mask | 1 << word),
        slots: super::number(size(&dice, 1, 8)),
        leased: 0,
        expected: 20_000.0,
        actual: 20_000.0,
        good: [3.6; 8],
        bad: [0.4; 8],
        contexts: [0; 4],
    };
    (0..count).map(one).collect()
}

fn registry(plain: &[Plain]) -> Agents {
    let settings = Settings { agents: super::number(plain.len()), ..Settings::default() };
    let mut agents = Agents::new(settings);
    for (at, agent) in plain.iter().enumerate() {
        let provides = (0..WORDS.len()).filter(|word| agent.mask >> word & 1 == 1).map(|word| WORDS[word].into());
        let registration = Registration {
            id: format!("agent-{at}").into(),
            provides: provides.collect(),
            slots: agent.slots,
            heartbeat_ms: 0,
            ..Registration::default()
        };
        let _ = agents.register(Timestamp(0), registration, &mut Vec::new()).expect("a good registration");
    }
    agents
}

/// The registry with what is leased, and the clock.
struct Ours {
    agents: Agents,
    leased: VecDeque<(Lease, usize)>,
    half: usize,
    at: usize,
    now_us: u64,
    step_us: u64,
    unserved: u64,
}

impl Ours {
    fn new(plain: &[Plain]) -> Self {
        let half = plain.iter().map(|agent| agent.slots as usize).sum::<usize>() / 2;
        let step_us = TASK_MS * 1000 / half as u64;
        let agents = registry(plain);
        Self { agents, leased: VecDeque::new(), half, at: 0, now_us: 1_000_000, step_us, unserved: 0 }
    }

    fn step(&mut self, tasks: &[Work]) {
        self.now_us += self.step_us;
        let now = Timestamp(self.now_us / 1000);
        let number = self.at % tasks.len();
        let task = &tasks[number];
        let need = Need {
            task: self.at as u64,
            class: CLASSES[task.class],
            requires: &task.requires,
            prefers: &task.prefers,
            context: &task.context,
            duration_ms: task.expected_ms,
            ..Need::default()
        };
        self.at += 1;
        match self.agents.pass(now).select(&need) {
            Choice::Lease { lease, .. } => self.leased.push_back((lease, number)),
            Choice::Hold { .. } | Choice::None { .. } => self.unserved += 1,
        }
        if self.leased.len() > self.half {
            let (lease, number) = self.leased.pop_front().expect("not empty");
            let task = &tasks[number];
            let outcome = if task.good { Outcome::Succeeded } else { Outcome::Failed };
            let class = CLASSES[task.class];
            let mut notices = Vec::new();
            self.agents.finish(now, lease, class, outcome, task.expected_ms, task.took_ms, &mut notices);
        }
    }
}

/// A baseline looks at all agents, or sorts them.
struct Theirs {
    agents: Vec<Plain>,
    leased: VecDeque<(usize, usize)>,
    half: usize,
    at: usize,
    order: Vec<(f64, usize)>,
    sorts: bool,
}

impl Theirs {
    fn new(agents: &[Plain], sorts: bool) -> Self {
        let half = agents.iter().map(|agent| agent.slots as usize).sum::<usize>() / 2;
        Self { agents: agents.to_vec(), leased: VecDeque::new(), half, at: 0, order: Vec::new(), sorts }
    }

    fn step(&mut self, tasks: &[Work]) {
        let number = self.at % tasks.len();
        let task = &tasks[number];
        self.at += 1;
        let context = context_number(task);
        let chosen = if self.sorts { self.by_score(task, context) } else { self.cheapest(task, context) };
        if let Some(agent) = chosen {
            self.agents[agent].leased += 1;
            if context != 0 {
                self.agents[agent].contexts.rotate_right(1);
                self.agents[agent].contexts[0] = context;
            }
            self.leased.push_back((agent, number));
        }
        if self.leased.len() > self.half {
            let (agent, number) = self.leased.pop_front().expect("not empty");
            self.agents[agent].finish(&tasks[number]);
        }
    }

    /// A linear scan for the least expected time to success.
    fn cheapest(&self, task: &Work, context: u64) -> Option<usize> {
        let rated = self.agents.iter().enumerate().filter(|(_, agent)| agent.fits(task));
        rated.map(|(at, agent)| (agent.cost(task, context), at)).min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, at)| at)
    }

    /// A weighted sum of load, history, context and health; all are sorted, the first is taken.
    fn by_score(&mut self, task: &Work, context: u64) -> Option<usize> {
        self.order.clear();
        let fit = self.agents.iter().enumerate().filter(|(_, agent)| agent.fits(task));
        self.order.extend(fit.map(|(at, agent)| (agent.score(task, context), at)));
        self.order.sort_by(|a, b| b.0.total_cmp(&a.0));
        self.order.first().map(|(_, at)| *at)
    }
}

fn context_number(task: &Work) -> u64 {
    task.context.bytes().fold(0, |hash: u64, byte| hash.wrapping_mul(31).wrapping_add(byte.into()))
}

impl Plain {
    fn fits(&self, task: &Work) -> bool {
        self.mask & task.mask == task.mask && self.leased < self.slots
    }

    fn chance(&self, class: usize) -> f64 {
        self.good[class] / (self.good[class] + self.bad[class])
    }

    fn cost(&self, task: &Work, context: u64) -> f64 {
        let warm = context != 0 && self.contexts.contains(&context);
        let run = task.expected_ms as f64 * self.actual / self.expected * if warm { 0.8 } else { 1.0 };
        let chance = self.chance(task.class);
        (run + (1.0 - chance) * 5000.0) / chance
    }

    fn score(&self, task: &Work, context: u64) -> f64 {
        let free = 1.0 - f64::from(self.leased) / f64::from(self.slots);
        let warm = if context != 0 && self.contexts.contains(&context) { 1.0 } else { 0.0 };
        0.3 * free + 0.3 * self.chance(task.class) + 0.2 * warm + 0.2 * (self.expected / self.actual).min(1.0)
    }

    fn finish(&mut self, task: &Work) {
        self.leased -= 1;
        self.good[task.class] = self.good[task.class] * 0.98 + if task.good { 1.0 } else { 0.0 };
        self.bad[task.class] = self.bad[task.class] * 0.98 + if task.good { 0.0 } else { 1.0 };
        if task.good {
            self.expected = self.expected * 0.95 + task.expected_ms as f64;
            self.actual = self.actual * 0.95 + task.took_ms as f64;
        }
    }
}

/// Rates per second of CPU time.
pub fn rows(run: Run) -> Vec<Row> {
    let tasks = stream(65_536);
    let mut rows = Vec::new();
    for (count, name, goal) in [(1000, "1 k", None), (10_000, "10 k", Some(1e6)), (100_000, "100 k", Some(5e5))] {
        let plain = plain(count);
        let mut ours = Ours::new(&plain);
        let (mut scan, mut sort) = (Theirs::new(&plain, false), Theirs::new(&plain, true));
        // Until the load and the records are as they stay: each agent has had some tasks.
        (0..run.size(3, 2) * ours.half).for_each(|_| ours.step(&tasks));
        let (steps, slow) = (run.size(200_000, 50_000), (run.size(20_000_000, 4_000_000) / count).max(20));
        (0..slow).for_each(|_| (scan.step(&tasks), sort.step(&tasks)).1);
        let (served, unserved) = (ours.at, ours.unserved);
        let rate = |count: usize, work: &mut dyn FnMut()| {
            let (took, ()) = timed(|| (0..count).for_each(|_| work()));
            1e9 / nanoseconds(took, count as f64)
        };
        let [fast, scanned, sorted] = in_turns(run.size(7, 3), [
            &mut || rate(steps, &mut || ours.step(black_box(&tasks))),
            &mut || rate(slow, &mut || scan.step(black_box(&tasks))),
            &mut || rate(slow, &mut || sort.step(black_box(&tasks))),
        ]);
        let row = Row::new(format!("{name} agents"), fast, "tasks/s").against("linear scan", scanned);
        rows.push(row.goal(goal.map_or(Goal::Shown, Goal::AtLeast)));
        rows.push(Row::new(format!("{name} agents, beside sorting"), fast, "tasks/s").against("seed rule", sorted));
        let held = (ours.unserved - unserved) as f64 / (ours.at - served) as f64;
        rows.push(Row::new(format!("{name} agents, tasks that were held"), 100.0 * held, "%"));
    }
    rows
}
