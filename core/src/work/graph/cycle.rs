//! Which tasks wait for each other: only looked for when it is known that some do.

use alloc::{collections::VecDeque, vec, vec::Vec};

use super::{Graph, GraphError};

/// From how many tasks of the first cycle found a shorter one is looked for.
const STARTS: usize = 16;

/// No task.
const NONE: u32 = u32::MAX;

/// A cycle among the tasks that still wait for something.
pub(super) fn find(graph: &Graph, waiting: &[u32]) -> GraphError {
    let stuck = without_dead_ends(graph, waiting);
    let first = walk(graph, &stuck);
    let mut best = Vec::new();
    for &start in first.iter().take(STARTS) {
        let path = shortest_through(graph, &stuck, start);
        if !path.is_empty() && (best.is_empty() || path.len() < best.len()) {
            best = path;
        }
    }
    let lowest = (0..best.len()).min_by_key(|&at| best[at]).unwrap_or(0);
    best.rotate_left(lowest);
    GraphError::Cycle { path: best }
}

/// The tasks that wait, without those that only wait for a cycle: from each one that is left an edge leads to another.
fn without_dead_ends(graph: &Graph, waiting: &[u32]) -> Vec<bool> {
    let mut stuck: Vec<bool> = waiting.iter().map(|&needs| needs > 0).collect();
    let needs = graph.needs();
    let mut exits: Vec<usize> = vec![0; stuck.len()];
    let mut dead = Vec::new();
    for task in (0..graph.len()).filter(|&task| stuck[task as usize]) {
        exits[task as usize] = graph.dependents(task).iter().filter(|&&next| stuck[next as usize]).count();
        if exits[task as usize] == 0 {
            dead.push(task);
        }
    }
    while let Some(task) = dead.pop() {
        stuck[task as usize] = false;
        for &need in needs.of(task).iter().filter(|&&need| stuck[need as usize]) {
            exits[need as usize] -= 1;
            if exits[need as usize] == 0 {
                dead.push(need);
            }
        }
    }
    stuck
}

/// Follows edges from the lowest task until one comes again.
fn walk(graph: &Graph, stuck: &[bool]) -> Vec<u32> {
    let mut position = vec![NONE; stuck.len()];
    let mut path: Vec<u32> = Vec::new();
    let mut next = (0..graph.len()).find(|&task| stuck[task as usize]);
    for step in 0..=graph.len() {
        let Some(task) = next else { break };
        if position[task as usize] != NONE {
            path.drain(..position[task as usize] as usize);
            return path;
        }
        position[task as usize] = step;
        path.push(task);
        next = graph.dependents(task).iter().copied().find(|&task| stuck[task as usize]);
    }
    path
}

/// The shortest cycle through `start`, breadth first. Empty if there is none.
fn shortest_through(graph: &Graph, stuck: &[bool], start: u32) -> Vec<u32> {
    let mut before = vec![NONE; stuck.len()];
    let mut queue = VecDeque::from([start]);
    while let Some(task) = queue.pop_front() {
        for &next in graph.dependents(task).iter().filter(|&&next| stuck[next as usize]) {
            if next == start {
                return path_to(&before, start, task);
            }
            if before[next as usize] == NONE {
                before[next as usize] = task;
                queue.push_back(next);
            }
        }
    }
    Vec::new()
}

fn path_to(before: &[u32], start: u32, end: u32) -> Vec<u32> {
    let mut path = vec![end];
    let mut task = end;
    while task != start {
        task = before[task as usize];
        path.push(task);
    }
    path.reverse();
    path
}
