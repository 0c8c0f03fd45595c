//! Who gets a task: eight policies in the simulator, and an oracle that knows what is true of every agent at this moment.
//!
//! The oracle takes for each task the agent with the least expected time to success. It does not plan ahead and knows neither luck nor
//! what comes, so it is no bound: a policy may beat it. Regret is what a policy takes beyond it.

use std::collections::HashMap;

use reynolds::{
    Text, Timestamp,
    agents::{AgentNo, Agents, Choice, Lease, Need, Outcome as Ending, Registration, Settings},
};

use super::{
    Run, mean,
    random::{Dice, below},
    simulator::{Agent, CLASSES, Outcome, Pick, Policy, Seen, Task, WORDS, agents, play},
};
use crate::report::{Goal, Row};

const NAMES: [&str; CLASSES] = ["build", "test", "review", "docs"];
const ABLE: [&str; WORDS] = ["rust", "python", "node"];
const FLAPPING: [usize; 4] = [0, 10, 20, 30];
const SEEDS: u64 = 6;

/// The registry, told what a host would tell it.
struct Ours {
    agents: Agents,
    numbers: Vec<AgentNo>,
    requires: [[Text; 1]; WORDS],
    /// By agent and task.
    leases: HashMap<(usize, usize), Lease>,
}

impl Ours {
    fn new(fleet: &[Agent], seed: u64) -> Self {
        let mut agents = Agents::new(Settings { seed, ..Settings::default() });
        let numbers = fleet.iter().enumerate().map(|(at, agent)| {
            let able = (0..WORDS).filter(|word| agent.mask >> word & 1 == 1).map(|word| ABLE[word].into());
            let registration = Registration {
                id: format!("agent-{at}").into(),
                provides: able.collect(),
                slots: agent.slots,
                heartbeat_ms: 0,
                ..Registration::default()
            };
            agents.register(Timestamp(0), registration, &mut Vec::new()).expect("a good registration").agent()
        });
        let numbers = numbers.collect();
        let requires = ABLE.map(|word| [word.into()]);
        Self { agents, numbers, requires, leases: HashMap::new() }
    }
}

impl Policy for Ours {
    fn round(&mut self, waiting: &[Task], seen: Seen<'_>) -> Vec<Pick> {
        let mut pass = self.agents.pass(Timestamp(seen.now_ms), &mut Vec::new());
        let mut picks = Vec::new();
        for task in waiting {
            let avoid: Vec<_> = task.avoid.iter().map(|at| self.numbers[*at]).collect();
            let need = Need {
                task: task.number as u64,
                class: NAMES[task.class],
                requires: &self.requires[task.word],
                duration_ms: task.expected_ms,
                avoid: &avoid,
                ..Need::default()
            };
            picks.push(match pass.select(&need) {
                Choice::Lease { lease, .. } => {
                    let at = self.numbers.iter().position(|number| *number == lease.agent).expect("registered");
                    self.leases.insert((at, task.number), lease);
                    Pick::Start(at)
                }
                Choice::Hold { .. } | Choice::None { .. } => Pick::Later,
            });
        }
        picks
    }

    fn ended(&mut self, now_ms: u64, agent: usize, task: &Task, good: bool, took_ms: u64) {
        let Some(lease) = self.leases.remove(&(agent, task.number)) else { return };
        let ending = if good { Ending::Succeeded } else { Ending::Failed };
        let class = NAMES[task.class];
        self.agents.finish(Timestamp(now_ms), lease, class, ending, task.expected_ms, took_ms, &mut Vec::new());
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Rule {
    Random,
    RoundRobin,
    TwoChoices,
    LeastUtilised,
    /// All are sorted by score, the first gets it, if it is busy or not.
    Seed,
    /// The same among those with a free slot.
    SeedFree,
    /// The upper confidence bound of UCB1 (Auer and others, 2002) among those with a free slot. The reward is 0 for a failure, and for a
    /// success what it should have taken over what it took, at most 2, halved.
    Ucb,
    Oracle,
}

/// A policy that rates agents by one rule.
struct Plain {
    rule: Rule,
    dice: Dice,
    turn: usize,
    /// The agent that the oracle waits for.
    promised: Option<usize>,
    /// Successes and failures by agent and class, and the last outcomes of all classes, fading.
    history: HashMap<(usize, usize), (f64, f64)>,
    health: HashMap<usize, f64>,
    /// Tries and rewards by agent and class, and tries by class.
    rewards: HashMap<(usize, usize), (f64, f64)>,
    tries: [f64; CLASSES],
}

impl Plain {
    fn new(rule: Rule, seed: u64) -> Self {
        let dice = Dice::new("policy", seed);
        let (history, health, rewards) = (HashMap::new(), HashMap::new(), HashMap::new());
        Self { rule, dice, turn: 0, promised: None, history, health, rewards, tries: [0.0; CLASSES] }
    }

    fn pick(&mut self, task: &Task, seen: &Seen<'_>) -> Pick {
        let able = |at: usize, task: &Task| task.suits(at, &seen.agents[at]);
        let mut fit: Vec<usize> = (0..seen.agents.len()).filter(|at| able(*at, task)).collect();
        if fit.is_empty() {
            let forgiven = Task { avoid: None, ..task.clone() };
            fit = (0..seen.agents.len()).filter(|at| able(*at, &forgiven)).collect();
        }
        let free: Vec<usize> = fit.iter().copied().filter(|at| seen.has_room(*at)).collect();
        match self.rule {
            Rule::Seed => return best(&fit, |at| -self.score(at, task, seen)).map_or(Pick::Later, Pick::Behind),
            Rule::Oracle => {
                self.promised = oracle(&fit, task, seen);
                let free = self.promised.filter(|at| seen.has_room(*at));
                return free.map_or(Pick::Later, Pick::Start);
            }
            _ if free.is_empty() => return Pick::Later,
            _ => {}
        }
        let use_of = |at: usize| seen.load(at) as f64 / f64::from(seen.agents[at].slots);
        let any = |dice: &Dice| free[below(dice, free.len())];
        let chosen = match self.rule {
            Rule::RoundRobin => {
                let next = free.iter().copied().find(|at| *at >= self.turn).unwrap_or(free[0]);
                self.turn = next + 1;
                Some(next)
            }
            Rule::TwoChoices => best(&[any(&self.dice), any(&self.dice)], use_of),
            Rule::LeastUtilised => best(&free, use_of),
            Rule::SeedFree => best(&free, |at| -self.score(at, task, seen)),
            Rule::Ucb => best(&free, |at| -self.confident(at, task.class)),
            Rule::Random | Rule::Seed | Rule::Oracle => Some(any(&self.dice)),
        };
        chosen.map_or(Pick::Later, Pick::Start)
    }

    /// Load, history with such tasks, knowledge of the context (which nobody has here), and health.
    fn score(&self, at: usize, task: &Task, seen: &Seen<'_>) -> f64 {
        let load = (seen.load(at) as f64 / f64::from(seen.agents[at].slots)).min(1.0);
        let (good, bad) = self.history.get(&(at, task.class)).copied().unwrap_or((0.0, 0.0));
        let history = if good + bad > 0.0 { good / (good + bad) } else { 0.5 };
        0.3 * (1.0 - load) + 0.3 * history + 0.2 * self.health.get(&at).copied().unwrap_or(1.0)
    }

    fn confident(&self, at: usize, class: usize) -> f64 {
        match self.rewards.get(&(at, class)) {
            None => f64::INFINITY,
            Some((tries, reward)) => reward / tries + (2.0 * self.tries[class].ln() / tries).sqrt(),
        }
    }
}

/// The lowest, the first of equal ones.
fn best(of: &[usize], rate: impl Fn(usize) -> f64) -> Option<usize> {
    of.iter().copied().min_by(|a, b| rate(*a).total_cmp(&rate(*b)))
}

/// The least expected time to success, with everything known but luck: the wait until a slot is free, the run, and another
/// try somewhere as good.
fn oracle(fit: &[usize], task: &Task, seen: &Seen<'_>) -> Option<usize> {
    let cost = |at: usize| {
        let agent = &seen.agents[at];
        let run = task.size_ms as f64 / agent.speed;
        let mut ends = agent.ends_ms.clone();
        ends.sort_unstable();
        let slots = agent.slots as usize;
        let ahead = (seen.load(at) + 1).saturating_sub(slots);
        let wait = match ahead {
            0 => 0.0,
            // Those that were promised to it in this round take about as long as this one.
            _ => {
                let end = ends.get((ahead - 1) % slots).copied().unwrap_or(seen.now_ms);
                (end - seen.now_ms) as f64 + ((ahead - 1) / slots) as f64 * run
            }
        };
        let chance = agent.chance(task.class);
        (wait + run + (1.0 - chance) * 5000.0) / chance
    };
    best(fit, cost)
}

impl Policy for Plain {
    fn round(&mut self, waiting: &[Task], mut seen: Seen<'_>) -> Vec<Pick> {
        let mut picks = Vec::new();
        for task in waiting {
            let pick = self.pick(task, &seen);
            // What waits for an agent is in front of the next task, too.
            let to = if let Pick::Start(at) | Pick::Behind(at) = pick { Some(at) } else { self.promised.take() };
            if let Some(at) = to {
                seen.given[at] += 1;
            }
            picks.push(pick);
        }
        picks
    }

    fn ended(&mut self, _: u64, agent: usize, task: &Task, good: bool, took_ms: u64) {
        let hit = if good { 1.0 } else { 0.0 };
        let (tries, reward) = self.rewards.entry((agent, task.class)).or_default();
        *tries += 1.0;
        *reward += hit * (task.expected_ms as f64 / took_ms as f64).min(2.0) / 2.0;
        self.tries[task.class] += 1.0;
        let (goods, bads) = self.history.entry((agent, task.class)).or_default();
        (*goods, *bads) = (*goods * 0.98 + hit, *bads * 0.98 + 1.0 - hit);
        let health = self.health.entry(agent).or_insert(1.0);
        *health = *health * 0.9 + 0.1 * hit;
    }
}

pub fn rows(run: Run) -> Vec<Row> {
    let rules = [
        ("oracle", Some(Rule::Oracle)),
        ("ours", None),
        ("random", Some(Rule::Random)),
        ("round robin", Some(Rule::RoundRobin)),
        ("two choices", Some(Rule::TwoChoices)),
        ("least utilised", Some(Rule::LeastUtilised)),
        ("seed rule", Some(Rule::Seed)),
        ("seed rule among the free", Some(Rule::SeedFree)),
        ("UCB1", Some(Rule::Ucb)),
    ];
    let tasks = run.size(6000, 3000);
    let mut played: Vec<Vec<Outcome>> = rules.iter().map(|_| Vec::new()).collect();
    for flapping in FLAPPING {
        for seed in 0..run.size(SEEDS, 2) {
            for ((_, rule), outcomes) in rules.iter().zip(&mut played) {
                outcomes.push(match rule {
                    None => play(seed, flapping, tasks, &mut Ours::new(&agents(seed, flapping), seed)),
                    Some(rule) => play(seed, flapping, tasks, &mut Plain::new(*rule, seed)),
                });
            }
        }
    }
    let rules = rules.map(|(name, _)| name);
    report(&rules, &played)
}

/// Means over all runs; the oracle is the first, ours the second.
fn report(names: &[&'static str], played: &[Vec<Outcome>]) -> Vec<Row> {
    let of = |at: usize, what: fn(&Outcome) -> f64| mean(&played[at].iter().map(what).collect::<Vec<_>>());
    let mean_s = |at: usize| of(at, |outcome| outcome.mean_ms / 1000.0);
    let p99_s = |at: usize| of(at, |outcome| outcome.p99_ms / 1000.0);
    let first = |at: usize| of(at, |outcome| outcome.first_percent);
    let mut rows = Vec::new();
    for (at, name) in names.iter().enumerate() {
        let row = |what: &str, value, unit, base, goal| {
            let row = Row::new(format!("{name}: {what}"), value, unit).against("oracle", base);
            row.goal(if at == 1 { goal } else { Goal::Shown })
        };
        let least = Goal::AtLeast((first(0) - 2.0).max(0.0));
        rows.push(row("mean time to success", mean_s(at), "s", mean_s(0), Goal::RatioAtMost(1.1)));
        rows.push(row("p99", p99_s(at), "s", p99_s(0), Goal::RatioAtMost(1.1)));
        rows.push(row("first attempts that succeed", first(at), "%", first(0), least));
    }
    for (at, name) in names.iter().enumerate().skip(2) {
        let regret = Row::new(format!("ours: regret beside {name}"), mean_s(1) - mean_s(0), "s");
        rows.push(regret.against(name, mean_s(at) - mean_s(0)));
    }
    for (at, name) in names.iter().enumerate() {
        let most = match *name {
            "least utilised" => 0.75,
            "seed rule" => 0.3,
            _ => continue,
        };
        let row = Row::new(format!("ours: p99 beside {name}"), p99_s(1), "s").against(name, p99_s(at));
        rows.push(row.goal(Goal::RatioAtMost(most)));
    }
    rows
}
