//! How many tasks per second are given an agent, run and reported.
//!
//! Half of all slots are in use, tasks take about a minute of virtual time, estimates are off by a lognormal factor of
//! 0.3, one in twenty fails. There are eight classes; one task
//! in four belongs to one of 500 contexts. A task asks for nothing, one of eight capabilities, or one of four pairs, and one in ten
//! prefers another: 26 kinds of needs. The same is measured with 4 of these kinds, and with one that asks for nothing. In the last
//! stream, one agent in three works for some of 16 tenants only, and tasks ask for up to two of eight capabilities on behalf of one
//! of the tenants: 592 kinds.

use std::{collections::VecDeque, hint::black_box};

use reynolds::{
    Text, Timestamp,
    agents::{Agents, Choice, Lease, Need, Outcome, Registration, Settings},
};

use super::{
    Run, in_turns, nanoseconds,
    random::{Dice, below, lognormal, size, to_ms},
    timed,
};
use crate::report::{Goal, Row};

const CLASSES: [&str; 8] = ["build", "test", "review", "docs", "triage", "deploy", "port", "scan"];
const WORDS: [&str; 8] = ["rust", "python", "node", "docker", "aws", "sql", "web", "ios"];
const CONTEXTS: usize = 500;
const TENANTS: usize = 16;
const TASK_MS: u64 = 60_000;

/// One task, as all three see it.
struct Work {
    class: usize,
    requires: Vec<Text>,
    mask: u8,
    prefers: Vec<Text>,
    tenant: Option<usize>,
    context: String,
    expected_ms: u64,
    took_ms: u64,
    good: bool,
}

/// How many kinds of needs there are.
#[derive(Clone, Copy, PartialEq)]
enum Kinds {
    One,
    Four,
    Pairs,
    Tenants,
}

/// What a task asks for.
fn wanted(dice: &Dice, kinds: Kinds) -> Vec<usize> {
    let four = kinds == Kinds::Four;
    match (kinds, below(dice, 4)) {
        (Kinds::One, _) => Vec::new(),
        (Kinds::Tenants, _) => {
            let mut words = vec![below(dice, WORDS.len()), below(dice, WORDS.len())];
            words.sort_unstable();
            words.dedup();
            words.truncate(below(dice, 3));
            words
        }
        (_, 0 | 1) => Vec::new(),
        (_, 2) => vec![if four { 1 } else { below(dice, WORDS.len()) }],
        // Always the same pairs.
        _ => [[0, 3], [1, 4], [2, 6], [5, 7]][below(dice, if four { 2 } else { 4 })].to_vec(),
    }
}

fn stream(kinds: Kinds) -> Vec<Work> {
    let dice = Dice::new("selection tasks", 1);
    let one = |_| {
        let wanted = wanted(&dice, kinds);
        let text = |word: usize| Text::from(WORDS[word]);
        let expected_ms = dice.between(TASK_MS / 2, TASK_MS * 3 / 2);
        Work {
            class: below(&dice, CLASSES.len()),
            mask: wanted.iter().fold(0, |mask, word| mask | 1 << word),
            requires: wanted.into_iter().map(text).collect(),
            tenant: (kinds == Kinds::Tenants).then(|| below(&dice, TENANTS)),
            prefers: if kinds == Kinds::Pairs && dice.chance(10) { vec![text(0)] } else { Vec::new() },
            context: if dice.chance(25) { format!("repository {}", below(&dice, CONTEXTS)) } else { String::new() },
            expected_ms,
            took_ms: to_ms(expected_ms as f64 * lognormal(&dice, 0.3)),
            good: !dice.chance(5),
        }
    };
    (0..65_536).map(one).collect()
}

/// What an agent is to the two baselines.
#[derive(Clone)]
struct Plain {
    mask: u8,
    /// All bits for one that works for everybody.
    tenants: u16,
    slots: u32,
    leased: u32,
    expected: f64,
    actual: f64,
    good: [f64; 8],
    bad: [f64; 8],
    contexts: [u64; 4],
}

fn plain(count: usize, with_tenants: bool) -> Vec<Plain> {
    let (dice, tenants) = (Dice::new("selection agents", 1), Dice::new("tenants of agents", 1));
    let one = |_| Plain {
        tenants: match with_tenants && tenants.chance(33) {
            true => (0..TENANTS)
                .filter(|_| tenants.chance(25))
                .fold(1 << below(&tenants, TENANTS), |all, one| all | 1 << one),
            false => u16::MAX,
        },
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

fn tenant(at: usize) -> Text {
    format!("tenant-{at}").into()
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
            tenants: match agent.tenants {
                u16::MAX => Vec::new(),
                some => (0..TENANTS).filter(|at| some >> at & 1 == 1).map(tenant).collect(),
            },
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
    tenants: [Text; TENANTS],
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
        let (agents, tenants) = (registry(plain), std::array::from_fn(tenant));
        Self { agents, tenants, leased: VecDeque::new(), half, at: 0, now_us: 1_000_000, step_us, unserved: 0 }
    }

    /// One task is given an agent. While it is held, others end, and it is asked for again; that is in the time.
    fn step(&mut self, tasks: &[Work]) {
        let number = self.at % tasks.len();
        let task = &tasks[number];
        let tenant = task.tenant.map(|at| self.tenants[at].clone());
        let need = Need {
            task: self.at as u64,
            class: CLASSES[task.class],
            requires: &task.requires,
            prefers: &task.prefers,
            tenant: tenant.as_deref().unwrap_or(""),
            context: &task.context,
            duration_ms: task.expected_ms,
            ..Need::default()
        };
        self.at += 1;
        loop {
            self.now_us += self.step_us;
            let now = Timestamp(self.now_us / 1000);
            if let Choice::Lease { lease, .. } = self.agents.pass(now, &mut Vec::new()).select(&need) {
                self.leased.push_back((lease, number));
                break;
            }
            self.unserved += 1;
            self.finish(tasks);
        }
        if self.leased.len() > self.half {
            self.finish(tasks);
        }
    }

    fn finish(&mut self, tasks: &[Work]) {
        let Some((lease, number)) = self.leased.pop_front() else { return };
        let task = &tasks[number];
        let outcome = if task.good { Outcome::Succeeded } else { Outcome::Failed };
        let (now, class) = (Timestamp(self.now_us / 1000), CLASSES[task.class]);
        self.agents.finish(now, lease, class, outcome, task.expected_ms, task.took_ms, &mut Vec::new());
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

    /// Half of all slots are in use from the start: filling them one by one by sorting takes minutes.
    fn fill(&mut self, tasks: &[Work]) {
        let dice = Dice::new("selection fill", 1);
        while self.leased.len() < self.half {
            let agent = below(&dice, self.agents.len());
            if self.agents[agent].leased < self.agents[agent].slots {
                self.agents[agent].leased += 1;
                self.leased.push_back((agent, self.leased.len() % tasks.len()));
            }
        }
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
        let may = task.tenant.is_none_or(|tenant| self.tenants >> tenant & 1 == 1);
        may && self.mask & task.mask == task.mask && self.leased < self.slots
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
    let few = [(Kinds::One, "1 kind"), (Kinds::Four, "4 kinds"), (Kinds::Pairs, "26 kinds")];
    let few = few.map(|(kinds, name)| (name, stream(kinds)));
    let many = [("592 kinds", stream(Kinds::Tenants))];
    let mut rows = Vec::new();
    for (count, name, goal) in [(1000, "1 k", None), (10_000, "10 k", Some(1e6)), (100_000, "100 k", Some(5e5))] {
        let goal = goal.map_or(Goal::Shown, Goal::AtLeast);
        for (plain, streams) in [(plain(count, false), &few[..]), (plain(count, true), &many[..])] {
            let mut ours = Ours::new(&plain);
            // Until the load and the records are as they stay: each agent has had some tasks.
            (0..run.size(3, 2) * ours.half).for_each(|_| ours.step(&streams[0].1));
            for (which, tasks) in streams {
                rows.extend(stream_rows(
                    run,
                    format!("{name} agents, {which} of needs"),
                    goal,
                    &plain,
                    &mut ours,
                    tasks,
                ));
            }
        }
    }
    rows
}

fn stream_rows(run: Run, name: String, goal: Goal, plain: &[Plain], ours: &mut Ours, tasks: &[Work]) -> Vec<Row> {
    let (mut scan, mut sort) = (Theirs::new(plain, false), Theirs::new(plain, true));
    scan.fill(tasks);
    sort.fill(tasks);
    let (steps, slow) = (run.size(200_000, 50_000), (run.size(20_000_000, 4_000_000) / plain.len()).max(20));
    (0..steps).for_each(|_| ours.step(tasks));
    let (asked, unserved) = (ours.at, ours.unserved);
    let [fast, scanned, sorted] = in_turns(
        run.size(7, 3),
        [
            &mut || rate(steps, &mut || ours.step(black_box(tasks))),
            &mut || rate(slow, &mut || scan.step(black_box(tasks))),
            &mut || rate(slow, &mut || sort.step(black_box(tasks))),
        ],
    );
    let held = (ours.unserved - unserved) as f64 / (ours.at - asked) as f64;
    vec![
        Row::new(name.clone(), fast, "tasks/s").against("linear scan", scanned).goal(goal),
        Row::new(format!("{name}, beside sorting"), fast, "tasks/s").against("seed rule", sorted),
        Row::new(format!("{name}: held"), held, "times/task"),
    ]
}

fn rate(count: usize, work: &mut dyn FnMut()) -> f64 {
    let (took, ()) = timed(|| (0..count).for_each(|_| work()));
    1e9 / nanoseconds(took, count as f64)
}
