//! The schedulers that ours is compared with, and the check that a schedule is one.

use std::{
    cmp::Reverse,
    collections::{BTreeSet, BinaryHeap},
};

use reynolds::work::{Graph, Schedule};

use super::number;

/// Times are in quarters of a millisecond, so that agents of speed 2 and 4 have whole ones.
const PARTS: u64 = 4;

/// Whenever an agent is idle, the ready task with the lowest key starts, of equal ones the one that was ready first; the fastest
/// idle agent takes it. The makespan in milliseconds.
pub fn list(graph: &Graph, ms: &[u64], keys: Option<&[u64]>, speeds: &[u64]) -> f64 {
    let mut waiting: Vec<u32> = (0..graph.len()).map(|task| graph.need_count(task)).collect();
    let mut ready = BinaryHeap::new();
    let mut sequence = 0_u64;
    let mut enter = |ready: &mut BinaryHeap<_>, task: u32| {
        sequence += 1;
        ready.push(Reverse((keys.map_or(0, |keys| keys[task as usize]), sequence, task)));
    };
    for task in graph.roots() {
        enter(&mut ready, task);
    }
    let mut idle: BTreeSet<(Reverse<u64>, usize)> =
        speeds.iter().enumerate().map(|(agent, speed)| (Reverse(*speed), agent)).collect();
    let mut running: BinaryHeap<Reverse<(u64, u32, usize)>> = BinaryHeap::new();
    let mut now = 0;
    loop {
        while let Some(&(speed, agent)) = idle.first() {
            let Some(Reverse((_, _, task))) = ready.pop() else { break };
            idle.pop_first();
            running.push(Reverse((now + ms[task as usize] * PARTS / speed.0, task, agent)));
        }
        let Some(Reverse((finish, _, _))) = running.peek() else { break };
        now = *finish;
        while let Some(&Reverse((finish, task, agent))) = running.peek() {
            if finish > now {
                break;
            }
            running.pop();
            idle.insert((Reverse(speeds[agent]), agent));
            for &next in graph.dependents(task) {
                waiting[next as usize] -= 1;
                if waiting[next as usize] == 0 {
                    enter(&mut ready, next);
                }
            }
        }
    }
    assert!(waiting.iter().all(|needs| *needs == 0), "everything ran");
    now as f64 / PARTS as f64
}

/// All tasks of a level, then all of the next.
pub fn level_barriers(graph: &Graph, ms: &[u64], speeds: &[u64]) -> f64 {
    let levels = graph.levels();
    let mut by_level = vec![Vec::new(); graph.depth() as usize];
    for (level, ms) in levels.iter().zip(ms) {
        by_level[*level as usize].push(*ms);
    }
    let alone = |ms: &Vec<u64>| list(&Graph::build(number(ms.len()), &[]).expect("no edge"), ms, None, speeds);
    by_level.iter().map(alone).sum()
}

/// No task starts before what it needs is finished, none takes less than it must, and no agent does two at a time.
pub fn check(graph: &Graph, ms: &[u64], speeds: &[u64], schedule: &Schedule) {
    let mut of_agent: Vec<Vec<(u64, u64)>> = vec![Vec::new(); speeds.len()];
    for task in 0..graph.len() {
        let at = task as usize;
        let (start, finish, agent) = (schedule.start_ms[at], schedule.finish_ms[at], schedule.agent[at] as usize);
        assert!((finish - start) * speeds[agent] >= ms[at], "task {task} takes its time");
        assert!(finish <= schedule.makespan_ms, "task {task} is within the makespan");
        for &next in graph.dependents(task) {
            assert!(finish <= schedule.start_ms[next as usize], "task {next} waits for {task}");
        }
        of_agent[agent].push((start, finish));
    }
    for runs in &mut of_agent {
        runs.sort_unstable();
        assert!(runs.windows(2).all(|pair| pair[0].1 <= pair[1].0), "an agent does one task at a time");
    }
}
