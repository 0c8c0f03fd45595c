//! How close schedules come to what no schedule beats.

use reynolds::work::{Graph, PATIENCE_PPM, Ranks, Simulation};

use super::{
    Run,
    bound::Bound,
    dags::{Dag, FAMILIES},
    mean, quantile,
    random::{Dice, noisy},
    schedule,
};
use crate::report::{Goal, Row};

pub const AGENTS: [usize; 5] = [2, 4, 8, 16, 32];

/// What the ratios of one rule are collected under.
struct Rule {
    name: &'static str,
    goal: Option<(f64, Option<f64>)>,
    ratios: Vec<(usize, f64)>,
}

impl Rule {
    fn new(name: &'static str, goal: Option<(f64, Option<f64>)>) -> Self {
        Self { name, goal, ratios: Vec::new() }
    }

    fn all(&self) -> Vec<f64> {
        self.ratios.iter().map(|(_, ratio)| *ratio).collect()
    }

    fn of(&self, family: usize) -> Vec<f64> {
        self.ratios.iter().filter(|(of, _)| *of == family).map(|(_, ratio)| *ratio).collect()
    }
}

/// Ours: with these estimates, or none, while the tasks take what they take.
pub fn ours(graph: &Graph, actual_ms: &[u64], expected_ms: Option<&[u64]>, speeds: &[u64]) -> f64 {
    let ranks = expected_ms.map_or_else(|| Ranks::by_hops(graph), |ms| Ranks::by_duration(graph, ms));
    let nothing_known = vec![1; actual_ms.len()];
    let speeds_ppm: Vec<u32> = speeds.iter().map(|s| u32::try_from(s * 1_000_000).expect("a small factor")).collect();
    let simulation = Simulation {
        graph,
        expected_ms: expected_ms.unwrap_or(&nothing_known),
        actual_ms: Some(actual_ms),
        ranks: Some(&ranks),
        speeds_ppm: &speeds_ppm,
        patience_ppm: PATIENCE_PPM,
    };
    let played = simulation.run().expect("it can be played");
    schedule::check(graph, actual_ms, speeds, &played);
    played.makespan_ms as f64
}

/// Keys of baselines: the shortest task first, and any.
fn shortest_and_random(dag: &Dag, seed: u64) -> (Vec<u64>, Vec<u64>) {
    let dice = Dice::new("random order", seed);
    (dag.ms.clone(), dag.ms.iter().map(|_| dice.next()).collect())
}

fn each_dag(run: Run, mut with: impl FnMut(usize, u64, &Dag, &Bound)) {
    for (family, (_, make)) in FAMILIES.iter().enumerate() {
        for seed in 0..run.size(150, 10) {
            let dag = make(seed);
            with(family, seed, &dag, &Bound::of(&dag.graph, &dag.ms));
        }
    }
}

const LITTLE: f64 = 0.3;
const MUCH: f64 = 1.0;

/// Agents that are all the same.
pub fn even_rows(run: Run) -> Vec<Row> {
    let mut rules = [
        Rule::new("upward rank, exact", Some((1.01, Some(1.025)))),
        Rule::new("upward rank, sigma 0.3", None),
        Rule::new("upward rank, sigma 1.0", Some((1.025, None))),
        Rule::new("upward rank, no estimates", None),
        Rule::new("first in, first out", None),
        Rule::new("shortest first", None),
        Rule::new("random", None),
        Rule::new("level barriers", None),
    ];
    let without_estimates = |dag: &Dag, speeds: &[u64]| ours(&dag.graph, &dag.ms, None, speeds);
    play(run, "estimates", &AGENTS.map(|count| vec![1; count]), without_estimates, &mut rules);
    table("identical agents", &rules, 4, "first in, first out")
}

/// Some are four times as fast as others.
pub fn uneven_rows(run: Run) -> Vec<Row> {
    let mut rules = [
        Rule::new("earliest finish, exact", Some((1.06, None))),
        Rule::new("earliest finish, sigma 0.3", None),
        Rule::new("earliest finish, sigma 1.0", None),
        Rule::new("upward rank on the fastest idle", None),
        Rule::new("first in, first out on the fastest idle", None),
        Rule::new("shortest first on the fastest idle", None),
        Rule::new("random on the fastest idle", None),
        Rule::new("level barriers on the fastest idle", None),
    ];
    let ranked_on_idle = |dag: &Dag, speeds: &[u64]| {
        let ranked: Vec<u64> = dag.graph.tails(&dag.ms).into_iter().map(|tail| u64::MAX - tail).collect();
        schedule::list(&dag.graph, &dag.ms, Some(&ranked), speeds)
    };
    play(run, "uneven estimates", &[1, 2, 4].map(|times| [4, 2, 1, 1].repeat(times)), ranked_on_idle, &mut rules);
    table("speeds 4:2:1:1", &rules, 4, "first in, first out")
}

/// Every graph by every rule, with each set of agents. The fourth rule is given.
fn play(run: Run, estimates: &str, pools: &[Vec<u64>], fourth: impl Fn(&Dag, &[u64]) -> f64, rules: &mut [Rule; 8]) {
    each_dag(run, |family, seed, dag, bound| {
        let dice = Dice::new(estimates, seed ^ (family as u64) << 32);
        let (little, much) = (noisy(&dice, &dag.ms, LITTLE), noisy(&dice, &dag.ms, MUCH));
        let (short, random) = shortest_and_random(dag, seed);
        for speeds in pools {
            let estimated = |ms| ours(&dag.graph, &dag.ms, Some(ms), speeds);
            let list = |keys| schedule::list(&dag.graph, &dag.ms, keys, speeds);
            let makespans = [
                estimated(&dag.ms),
                estimated(&little),
                estimated(&much),
                fourth(dag, speeds),
                list(None),
                list(Some(&short)),
                list(Some(&random)),
                schedule::level_barriers(&dag.graph, &dag.ms, speeds),
            ];
            enter(rules, family, makespans, bound.lower_ms(speeds));
        }
    });
}

fn enter(rules: &mut [Rule; 8], family: usize, makespans: [f64; 8], lower: f64) {
    for (rule, makespan) in rules.iter_mut().zip(makespans) {
        assert!(makespan * 1.000_001 >= lower, "{} beats the bound: {makespan} below {lower}", rule.name);
        rule.ratios.push((family, makespan / lower));
    }
}

/// Mean, nine tenths and worst of each rule; and each family's mean for the first.
fn table(of: &str, rules: &[Rule], baseline: usize, baseline_name: &'static str) -> Vec<Row> {
    let mut rows = Vec::new();
    let base = rules[baseline].all();
    for rule in rules {
        let ratios = rule.all();
        let row = |what: &str, value, base, goal: Option<f64>| {
            Row::new(format!("{of}, {}: {what}", rule.name), value, "x bound")
                .against(baseline_name, base)
                // As "at most": what is exactly at the goal is as good as met.
                .goal(goal.map_or(Goal::Shown, Goal::AtMost))
        };
        rows.push(row("mean", mean(&ratios), mean(&base), rule.goal.map(|goal| goal.0)));
        rows.push(row("p90", quantile(&ratios, 900), quantile(&base, 900), rule.goal.and_then(|goal| goal.1)));
        rows.push(row("worst", quantile(&ratios, 1000), quantile(&base, 1000), None));
    }
    for (family, (name, _)) in FAMILIES.iter().enumerate() {
        for rule in [&rules[0], &rules[2]] {
            let row = Row::new(format!("{of}, {name}, {}: mean", rule.name), mean(&rule.of(family)), "x bound");
            rows.push(row.against(baseline_name, mean(&rules[baseline].of(family))));
        }
    }
    rows
}
