//! Schedules against every other schedule: small graphs are searched exhaustively, larger ones checked for what no
//! schedule may do.

use std::cell::Cell;

use proptest::prelude::*;
use reynolds::work::{Bound, Graph, PATIENCE_PPM, Ranks, Schedule, Simulation};

use crate::graph::{dags, run};

const EVEN: u32 = 1_000_000;

/// The best makespan of all: at each time any set of ready tasks may start, also none while something runs.
struct Search<'a> {
    needs: Vec<u32>,
    ms: &'a [u64],
    agents: usize,
    best: u64,
}

impl Search<'_> {
    /// `done` and `started` are sets of tasks as bits; `running` has finish times.
    fn look(&mut self, now: u64, done: u32, started: u32, running: &[(u64, usize)]) {
        let all = (1_u32 << self.ms.len()) - 1;
        if started == all {
            self.best = self.best.min(running.iter().map(|run| run.0).max().unwrap_or(now));
            return;
        }
        let left: u64 = (0..self.ms.len()).filter(|task| started >> task & 1 == 0).map(|task| self.ms[task]).sum();
        let busy: u64 = running.iter().map(|run| run.0 - now).sum();
        if now + (left + busy).div_ceil(self.agents as u64) >= self.best {
            return;
        }
        let ready: u32 = (0..self.ms.len())
            .filter(|&task| started >> task & 1 == 0 && self.needs[task] & !done == 0)
            .fold(0, |set, task| set | 1 << task);
        let mut choice = ready;
        loop {
            if choice.count_ones() as usize + running.len() <= self.agents {
                self.start(now, done, started, running, choice);
            }
            if choice == 0 {
                return;
            }
            choice = (choice - 1) & ready;
        }
    }

    fn start(&mut self, now: u64, done: u32, started: u32, running: &[(u64, usize)], choice: u32) {
        let starting = (0..self.ms.len()).filter(|task| choice >> task & 1 == 1);
        let mut running: Vec<_> =
            running.iter().copied().chain(starting.map(|task| (now + self.ms[task], task))).collect();
        let started = started | choice;
        let Some(next) = running.iter().map(|run| run.0).min() else { return };
        let done = running.iter().filter(|run| run.0 == next).fold(done, |done, run| done | 1 << run.1);
        running.retain(|run| run.0 != next);
        // What ends last counts too when nothing is left to run.
        if started == (1 << self.ms.len()) - 1 && running.is_empty() {
            self.best = self.best.min(next);
            return;
        }
        self.look(next, done, started, &running);
    }
}

fn best_of_all(graph: &Graph, ms: &[u64], agents: usize) -> u64 {
    let all = graph.needs();
    let needs = (0..graph.len()).map(|task| all.of(task).iter().fold(0, |set, need| set | 1 << need)).collect();
    // All one after the other is possible.
    let mut search = Search { needs, ms, agents, best: ms.iter().sum() };
    search.look(0, 0, 0, &[]);
    search.best
}

fn play(graph: &Graph, ms: &[u64], actual: Option<&[u64]>, speeds: &[u32], patience_ppm: u32) -> Schedule {
    let ranks = Ranks::by_duration(graph, ms);
    let simulation =
        Simulation { graph, expected_ms: ms, actual_ms: actual, ranks: Some(&ranks), speeds_ppm: speeds, patience_ppm };
    simulation.run().unwrap_or_else(|error| panic!("{error}"))
}

fn build((tasks, edges): &(u32, Vec<(u32, u32)>)) -> Graph {
    Graph::build(*tasks, edges).unwrap_or_else(|error| panic!("{error}"))
}

/// Needs first, one task at a time per agent, for as long as it takes there, and no less than the bound.
fn valid(graph: &Graph, ms: &[u64], speeds: &[u32], schedule: &Schedule) -> Result<(), TestCaseError> {
    let needs = graph.needs();
    let mut turns: Vec<Vec<(u64, u64)>> = vec![Vec::new(); speeds.len()];
    for task in 0..graph.len() {
        let at = task as usize;
        for &need in needs.of(task) {
            prop_assert!(schedule.finish_ms[need as usize] <= schedule.start_ms[at], "{} before {}", task, need);
        }
        let agent = schedule.agent[at] as usize;
        let takes = (ms[at] * 1_000_000).div_ceil(speeds[agent].into());
        prop_assert_eq!(schedule.finish_ms[at] - schedule.start_ms[at], takes);
        if takes > 0 {
            turns[agent].push((schedule.start_ms[at], schedule.finish_ms[at]));
        }
    }
    for turn in &mut turns {
        turn.sort_unstable();
        prop_assert!(turn.windows(2).all(|pair| pair[0].1 <= pair[1].0), "two at once: {:?}", turn);
    }
    prop_assert!(schedule.bound.lower_ms <= schedule.makespan_ms, "{:?}", schedule);
    prop_assert_eq!(schedule.finish_ms.iter().max().copied().unwrap_or(0), schedule.makespan_ms);
    Ok(())
}

#[test]
fn a_schedule_is_within_grahams_bound_of_the_best_of_all() {
    let inputs = (dags(7), prop::collection::vec(1_u64..30, 7), 1_usize..=3);
    // How much longer than the best, in parts per million, all cases together.
    let (excess, cases) = (Cell::new(0), Cell::new(0));
    run(250, inputs, |(edges, ms, agents)| {
        let graph = build(&edges);
        let ms = &ms[..graph.len() as usize];
        let best = best_of_all(&graph, ms, agents);
        let speeds = vec![EVEN; agents];
        let schedule = play(&graph, ms, None, &speeds, PATIENCE_PPM);
        valid(&graph, ms, &speeds, &schedule)?;
        prop_assert!(schedule.bound.lower_ms <= best && best <= schedule.makespan_ms, "{} {:?}", best, schedule);
        let p = agents as u64;
        prop_assert!(schedule.makespan_ms * p <= (2 * p - 1) * best, "{} is far from {}", schedule.makespan_ms, best);
        excess.set(excess.get() + (schedule.makespan_ms - best) * 1_000_000 / best);
        cases.set(cases.get() + 1);
        Ok(())
    });
    let mean = excess.get() / cases.get();
    assert!(mean <= 20_000, "the mean is {mean} ppm above the best");
}

#[test]
fn ten_tasks_on_three_agents_are_searched_too() {
    // The longest task waits for a short one, and six others would fill the agents first.
    let graph = Graph::build(10, &[(0, 9), (1, 4), (1, 5), (2, 6), (3, 7), (3, 8)]).unwrap_or_else(|e| panic!("{e}"));
    let ms = [3, 2, 2, 2, 4, 4, 4, 4, 4, 9];
    let best = best_of_all(&graph, &ms, 3);
    let schedule = play(&graph, &ms, None, &[EVEN; 3], PATIENCE_PPM);
    assert_eq!((best, schedule.bound.lower_ms, schedule.makespan_ms), (14, 13, 14));
}

#[test]
fn no_agent_does_two_tasks_at_once_and_no_task_is_early() {
    let speeds = prop::collection::vec(prop::sample::select(vec![500_000_u32, EVEN, 2 * EVEN, 3 * EVEN]), 1..5);
    let inputs = (dags(40), prop::collection::vec((0_u64..500, 0_u64..500), 40), speeds, 0_u32..3 * EVEN);
    run(400, inputs, |(edges, ms, speeds, patience)| {
        let graph = build(&edges);
        let (expected, actual): (Vec<u64>, Vec<u64>) = ms.into_iter().take(graph.len() as usize).unzip();
        valid(&graph, &expected, &speeds, &play(&graph, &expected, None, &speeds, patience))?;
        valid(&graph, &actual, &speeds, &play(&graph, &expected, Some(&actual), &speeds, patience))?;
        let even = vec![EVEN; speeds.len()];
        let schedule = play(&graph, &actual, None, &even, patience);
        valid(&graph, &actual, &even, &schedule)?;
        // Graham: W / p + (1 - 1/p) S.
        let p = even.len() as u64;
        let most = actual.iter().sum::<u64>() + (p - 1) * graph.span(&actual);
        prop_assert!(schedule.makespan_ms * p <= most, "{} of {}", schedule.makespan_ms, most / p);
        Ok(())
    });
}

#[test]
fn the_bound_grows_with_the_work_and_shrinks_with_agents() {
    let inputs = (dags(30), prop::collection::vec(0_u64..500, 30), 1_usize..6);
    run(200, inputs, |(edges, ms, agents)| {
        let graph = build(&edges);
        let bound = |ms: &[u64], agents| Bound::of(&graph, ms, &vec![EVEN; agents]).lower_ms;
        let more: Vec<u64> = ms.iter().map(|ms| ms + 7).collect();
        prop_assert!(bound(&ms, agents) <= bound(&more, agents));
        prop_assert!(bound(&ms, agents + 1) <= bound(&ms, agents));
        Ok(())
    });
}
