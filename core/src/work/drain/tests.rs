use alloc::{string::ToString, vec, vec::Vec};

use super::*;

/// 0 before 1 and 2, both before 3.
fn diamond() -> Graph {
    Graph::build(4, &[(0, 1), (0, 2), (1, 3), (2, 3)]).unwrap()
}

fn taken(drain: &mut Drain, max: usize) -> Vec<u32> {
    let mut out = Vec::new();
    drain.take(max, &mut out);
    out
}

#[test]
fn a_task_is_ready_when_all_it_needs_is_finished() {
    let mut drain = Drain::fifo(diamond());
    assert_eq!(taken(&mut drain, 9), [0]);
    assert!(taken(&mut drain, 9).is_empty());
    drain.finish(0).unwrap();
    assert_eq!(taken(&mut drain, 1), [1]);
    assert_eq!((drain.ready(), drain.taken(), drain.finished()), (1, 1, 1));
    assert_eq!(taken(&mut drain, 9), [2]);
    drain.finish(2).unwrap();
    assert!(taken(&mut drain, 9).is_empty());
    drain.finish(1).unwrap();
    assert_eq!(taken(&mut drain, 9), [3]);
    drain.finish(3).unwrap();
    assert!(drain.is_done());
    drain.restart();
    assert_eq!((taken(&mut drain, 9), drain.finished()), (vec![0], 0));
}

#[test]
fn only_what_was_handed_out_can_be_finished_and_once() {
    let mut drain = Drain::fifo(diamond());
    assert_eq!(drain.finish(0), Err(DrainError::NotTaken { task: 0 }));
    assert_eq!(drain.finish(4), Err(DrainError::Unknown { task: 4, tasks: 4 }));
    taken(&mut drain, 9);
    drain.finish(0).unwrap();
    let error = drain.finish(0).unwrap_err();
    assert_eq!(error.to_string(), "task 0 is finished already; finish each task once");
}

#[test]
fn of_many_all_are_finished_or_none() {
    let mut drain = Drain::fifo(diamond());
    taken(&mut drain, 9);
    drain.finish(0).unwrap();
    taken(&mut drain, 9);
    assert_eq!(drain.finish_all(&[1, 2, 1]), Err(DrainError::Finished { task: 1 }));
    assert_eq!(drain.finish_all(&[1, 3]), Err(DrainError::NotTaken { task: 3 }));
    assert_eq!((drain.taken(), drain.finished(), drain.ready()), (2, 1, 0));
    drain.finish_all(&[2, 1]).unwrap();
    assert_eq!(taken(&mut drain, 9), [3]);
}

#[test]
fn the_highest_rank_leaves_first_and_alike_ones_in_the_order_they_came() {
    // 0 needs nothing; 1 to 5 need 0. 4 is much longer than the rest, 2 and 5 alike.
    let graph = Graph::build(6, &[(0, 1), (0, 2), (0, 3), (0, 4), (0, 5)]).unwrap();
    let ranks = Ranks::by_duration(&graph, &[1, 0, 1000, 10, 9000, 1001]);
    let mut drain = Drain::ranked(graph, ranks);
    taken(&mut drain, 9);
    drain.finish(0).unwrap();
    assert_eq!(taken(&mut drain, 2), [4, 2]);
    assert_eq!(drain.ready(), 3);
    assert_eq!(taken(&mut drain, 9), [5, 3, 1]);
}

#[test]
fn a_huge_fan_is_released_in_slices() {
    let edges: Vec<(u32, u32)> = (1..100_000).map(|task| (0, task)).collect();
    let mut drain = Drain::fifo(Graph::build(100_000, &edges).unwrap());
    taken(&mut drain, 1);
    drain.finish(0).unwrap();
    assert_eq!((drain.ready(), drain.is_releasing()), (SLICE, true));
    let first = taken(&mut drain, 3);
    assert_eq!((first, drain.ready()), (vec![1, 2, 3], 2 * SLICE - 3));
    drain.finish_all(&[1, 2, 3]).unwrap();
    assert_eq!(drain.ready(), 3 * SLICE - 3);
    let mut rest = Vec::new();
    while !drain.is_done() {
        let mut batch = taken(&mut drain, usize::MAX);
        drain.finish_all(&batch).unwrap();
        rest.append(&mut batch);
    }
    assert_eq!(rest, (4..100_000).collect::<Vec<_>>());
    assert!(!drain.is_releasing());
}

#[test]
fn a_fan_of_exactly_one_slice_is_released_at_once() {
    let edges: Vec<(u32, u32)> = (1..=SLICE).map(|task| (0, task)).collect();
    let mut drain = Drain::fifo(Graph::build(SLICE + 1, &edges).unwrap());
    taken(&mut drain, 1);
    drain.finish(0).unwrap();
    assert_eq!(drain.ready(), SLICE);
    drain.settle();
    assert_eq!((drain.ready(), drain.is_releasing()), (SLICE, false));
}

#[test]
fn what_is_finished_meanwhile_waits_behind_a_fan() {
    // Two fans, and then what only the second needs.
    let mut edges: Vec<(u32, u32)> = (2..2 + SLICE + 10).map(|task| (0, task)).collect();
    edges.push((1, 2 + SLICE + 10));
    let mut drain = Drain::fifo(Graph::build(SLICE + 13, &edges).unwrap());
    assert_eq!(taken(&mut drain, 9), [0, 1]);
    drain.finish_all(&[0, 1]).unwrap();
    assert_eq!(drain.ready(), SLICE);
    drain.settle();
    let all = taken(&mut drain, usize::MAX);
    assert_eq!((all.len(), all.last()), (SLICE as usize + 11, Some(&(SLICE + 12))));
}

#[test]
fn a_chain_of_a_million_is_drained() {
    let edges: Vec<(u32, u32)> = (0..999_999).map(|task| (task, task + 1)).collect();
    let mut drain = Drain::fifo(Graph::build(1_000_000, &edges).unwrap());
    let mut out = Vec::new();
    while drain.take(1, &mut out) > 0 {
        drain.finish(out[out.len() - 1]).unwrap();
    }
    assert_eq!(out, (0..1_000_000).collect::<Vec<_>>());
}
