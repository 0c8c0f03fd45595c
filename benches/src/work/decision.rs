//! How often the decision is the right one, and what the wrong ones cost.
//!
//! The requests: 1 to 30 subtasks, 1 to 8 agents, 5 to 65 s to take apart, 5 to 45 s to put together, 1 to 21 s per
//! dispatch, 0 to 20 s per edge, chances of success from 0.75 to 1. Subtasks take 1 s to 30 min, each octave as often; they are
//! independent, in layers, a chain, or need any of the earlier ones, each as often. Estimates are off by a lognormal factor of
//! 0.5: each by its own in half of the requests, all by the same in the others.
//!
//! The oracle knows how long each subtask really takes and how often it has to be tried; it plays both ways and takes the shorter.
//!
//! Most of these requests are easy: one way takes several times as long as the other, or there is one agent, or a chain. So there is a
//! second set: at least two agents, no chain, both ways truly take the same time within a tenth, and each is the shorter one in half of
//! them. Which requests these are depends on what is played and not on any estimate.

use reynolds::work::{Choice, Explanation, Graph, Overhead, Request, Subtask, decide};

use super::{
    Run, mean, number,
    random::{Dice, below, even, log_even, lognormal, size, to_ms, unit},
    schedule,
};
use crate::report::{Goal, Row};

const REQUESTS: u64 = 40_000;
const ATTEMPTS: u32 = 3;
/// Of the hard set: the longer way takes at most so many times as long.
const NEAR: f64 = 1.1;

struct Case {
    request: Request,
    graph: Graph,
    direct_ms: f64,
    orchestrated_ms: f64,
}

fn needs_of(dice: &Dice, shape: usize, task: usize, width: usize, density: f64) -> Vec<usize> {
    match shape {
        0 => Vec::new(),
        1 if task >= width => {
            let first = (task / width - 1) * width;
            let mut needs: Vec<usize> = (0..size(dice, 1, 2)).map(|_| first + below(dice, width)).collect();
            needs.sort_unstable();
            needs.dedup();
            needs
        }
        2 if task > 0 => vec![task - 1],
        3 => (0..task).filter(|_| unit(dice) < density).collect(),
        _ => Vec::new(),
    }
}

fn case(seed: u64) -> Case {
    let dice = Dice::new("decision", seed);
    let tasks = size(&dice, 1, 30);
    // Whoever misjudges a task may misjudge all of it.
    let misjudged = lognormal(&dice, 0.5);
    let (shape, width, density) = (below(&dice, 4), size(&dice, 2, 8), even(&dice, 0.02, 0.3));
    let overhead = Overhead {
        decompose_ms: dice.between(5_000, 65_000),
        dispatch_ms: dice.between(1_000, 21_000),
        transfer_ms: dice.between(0, 20_000),
        aggregate_ms: dice.between(5_000, 45_000),
    };
    let mut request =
        Request { agents: number(size(&dice, 1, 8)), overhead, max_attempts: ATTEMPTS, seed, ..Request::default() };
    let (mut edges, mut spent_ms) = (Vec::new(), Vec::new());
    for task in 0..tasks {
        let needs = needs_of(&dice, shape, task, width, density);
        edges.extend(needs.iter().map(|need| (number(*need), number(task))));
        let (actual, chance) = (log_even(&dice, 1e3, 1.8e6), even(&dice, 0.75, 1.0));
        let noise = if seed % 2 == 0 { misjudged } else { lognormal(&dice, 0.5) };
        let tries = (1..ATTEMPTS).take_while(|_| unit(&dice) >= chance).count() + 1;
        spent_ms.push(to_ms(actual) * tries as u64);
        request.tasks.push(Subtask {
            id: format!("t{task}").into(),
            needs: needs.iter().map(|need| format!("t{need}").into()).collect(),
            estimate_ms: Some(to_ms(actual * noise)),
            class: None,
            success_ppm: Some(u32::try_from(to_ms(chance * 1e6)).expect("at most a million")),
        });
    }
    let graph = Graph::build(number(tasks), &edges).expect("no cycle");
    let orchestrated_ms = played(&request, &graph, &spent_ms);
    let direct_ms = spent_ms.iter().sum::<u64>() as f64;
    Case { request, graph, direct_ms, orchestrated_ms }
}

/// Dispatched by upward rank of the estimates, while everything takes what it takes.
fn played(request: &Request, graph: &Graph, spent_ms: &[u64]) -> f64 {
    let Overhead { decompose_ms, dispatch_ms, transfer_ms, aggregate_ms } = request.overhead;
    let with_overhead = |(task, ms): (u32, u64)| ms + dispatch_ms + transfer_ms * u64::from(graph.need_count(task));
    let actual: Vec<u64> = (0..).zip(spent_ms.iter().copied()).map(with_overhead).collect();
    let expected = request.tasks.iter().map(|task| task.estimate_ms.unwrap_or(0));
    let expected: Vec<u64> = (0..).zip(expected).map(with_overhead).collect();
    let keys: Vec<u64> = graph.tails(&expected).into_iter().map(|tail| u64::MAX - tail).collect();
    let speeds = vec![1; request.agents as usize];
    (decompose_ms + aggregate_ms) as f64 + schedule::list(graph, &actual, Some(&keys), &speeds)
}

/// A rule, its goals, and what came of it.
struct Rule {
    name: &'static str,
    asked: bool,
    decides: fn(&Case, &Explanation) -> bool,
    agreed: Vec<f64>,
    taken_ms: f64,
    worst: f64,
}

/// The rule as its document has it, and as its code: the parts that need nothing, past success, and the share that is not
/// serial stand for what it read from a table of keywords.
fn by_keywords(case: &Case, said: &Explanation, independent: usize, similarity: f64) -> bool {
    let chances: Vec<f64> =
        case.request.tasks.iter().map(|task| f64::from(task.success_ppm.unwrap_or(0)) / 1e6).collect();
    let potential = 1.0 - said.span_ms as f64 / said.work_ms.max(1) as f64;
    case.graph.roots().count() >= independent && mean(&chances) > similarity && potential > 0.6
}

fn rules() -> Vec<Rule> {
    let rule = |name, asked, decides| Rule { name, asked, decides, agreed: Vec::new(), taken_ms: 0.0, worst: 1.0 };
    vec![
        rule("decide", true, |_, said| said.decision == Choice::Orchestrate),
        rule("lower bound alone", false, |_, said| said.t_lo_ms < said.t_direct_ms),
        rule("upper bound alone", false, |_, said| said.t_hi_ms < said.t_direct_ms),
        rule("always orchestrate", false, |_, _| true),
        rule("always direct, as the seed rule without a database", false, |_, _| false),
        rule("seed rule, document", false, |case, said| by_keywords(case, said, 4, 0.8)),
        rule("seed rule, code", false, |case, said| by_keywords(case, said, 3, 0.7)),
    ]
}

/// What every decision must carry. How many of its flips are true is counted apart.
fn assert_complete(said: &Explanation) {
    assert!(said.t_lo_ms <= said.t_orch_ms && said.t_orch_ms <= said.t_hi_ms, "{said:?}");
    assert!(!said.critical_path.is_empty() && said.confidence_ppm <= 1_000_000, "{said:?}");
}

pub fn rows(run: Run) -> Vec<Row> {
    let requests = run.size(REQUESTS, 2000);
    let mut rows = set_rows("", true, (0..requests).map(case));
    rows.extend(set_rows("near the boundary, ", false, hard(requests, run.size(2500, 250))));
    rows
}

/// So many near the boundary of each side, drawn from this seed on.
fn hard(first: u64, each: usize) -> impl Iterator<Item = Case> {
    let near = |case: &Case| {
        let ratio = case.direct_ms / case.orchestrated_ms;
        let is_chain = case.graph.depth() == case.graph.len();
        case.request.agents > 1 && !is_chain && (1.0 / NEAR..=NEAR).contains(&ratio)
    };
    let mut left = [each; 2];
    (first..)
        .map(case)
        .filter(near)
        .filter_map(move |case| {
            let side = &mut left[usize::from(case.orchestrated_ms < case.direct_ms)];
            *side = side.checked_sub(1)?;
            Some(case)
        })
        .take(2 * each)
}

/// The figures of one set of requests.
fn set_rows(which: &str, with_goals: bool, cases: impl Iterator<Item = Case>) -> Vec<Row> {
    let mut rules = rules();
    let (mut oracle_ms, mut requests, mut orchestrated, mut with_flips) = (0.0, 0, 0, 0);
    for case in cases {
        requests += 1;
        let said = decide(&case.request).expect("a good request");
        assert_complete(&said);
        let best = case.direct_ms.min(case.orchestrated_ms);
        let right = case.orchestrated_ms < case.direct_ms;
        oracle_ms += best;
        orchestrated += u64::from(right);
        with_flips += u64::from(!said.flips_if.is_empty());
        for rule in &mut rules {
            let does = (rule.decides)(&case, &said);
            let taken = if does { case.orchestrated_ms } else { case.direct_ms };
            rule.agreed.push(if does == right { 100.0 } else { 0.0 });
            rule.taken_ms += taken;
            rule.worst = rule.worst.max(taken / best);
        }
    }
    let percent = |count: u64| 100.0 * count as f64 / requests as f64;
    let mut rows = vec![
        Row::new(format!("{which}requests where the oracle orchestrates"), percent(orchestrated), "%"),
        Row::new(format!("{which}decisions that name a flip"), percent(with_flips), "%"),
    ];
    let seed_rule = rules.iter().find(|rule| rule.name == "seed rule, document").map(|r| (mean(&r.agreed), r.taken_ms));
    let (seed_agreed, seed_ms) = seed_rule.unwrap_or_default();
    for Rule { name, asked, agreed, taken_ms, worst, .. } in &rules {
        let name = format!("{which}{name}");
        let goal = |goal| if *asked && with_goals { goal } else { Goal::Shown };
        let share = Row::new(format!("{name}: agrees with the oracle"), mean(agreed), "%");
        rows.push(share.against("seed rule", seed_agreed).goal(goal(Goal::AtLeast(92.0))));
        let time = Row::new(format!("{name}: time over the oracle's"), taken_ms / oracle_ms, "x oracle");
        rows.push(time.against("seed rule", seed_ms / oracle_ms).goal(goal(Goal::AtMost(1.02))));
        rows.push(Row::new(format!("{name}: worst"), *worst, "x oracle"));
        if *asked && with_goals {
            for (from, which) in [(1, "each estimate off by itself"), (0, "all estimates off together")] {
                let part: Vec<f64> = agreed.iter().skip(from).step_by(2).copied().collect();
                rows.push(Row::new(format!("{name}: agrees, {which}"), mean(&part), "%"));
            }
        }
    }
    rows
}
