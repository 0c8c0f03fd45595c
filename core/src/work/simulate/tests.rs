use alloc::{string::ToString, vec};

use super::*;

fn play<'a>(graph: &'a Graph, ms: &'a [u64], ranks: &'a Ranks, speeds_ppm: &'a [u32]) -> Simulation<'a> {
    Simulation { graph, expected_ms: ms, actual_ms: None, ranks: Some(ranks), speeds_ppm, patience_ppm: PATIENCE_PPM }
}

const EVEN: u32 = 1_000_000;

#[test]
fn the_longest_way_starts_first() {
    // 0 and 1 are short and lead nowhere; 2 -> 3 is the long way.
    let graph = Graph::build(4, &[(2, 3)]).unwrap();
    let ms = [10, 10, 10, 30];
    let ranks = Ranks::by_duration(&graph, &ms);
    let by_rank = play(&graph, &ms, &ranks, &[EVEN; 2]).run().unwrap();
    assert_eq!(by_rank.start_ms, [0, 10, 0, 10]);
    assert_eq!(by_rank.agent, [1, 1, 0, 0]);
    assert_eq!(by_rank.makespan_ms, 40);
    let in_turn = Simulation { ranks: None, ..play(&graph, &ms, &ranks, &[EVEN; 2]) }.run().unwrap();
    assert_eq!((in_turn.makespan_ms, in_turn.start_ms), (50, vec![0, 0, 10, 20]));
}

#[test]
fn the_bound_is_the_larger_of_work_way_and_window() {
    // Three of 10 at once between a head of 5 and a tail of 7, for two agents.
    let graph = Graph::build(5, &[(0, 1), (0, 2), (0, 3), (1, 4), (2, 4), (3, 4)]).unwrap();
    let bound = Bound::of(&graph, &[5, 10, 10, 10, 7], &[EVEN; 2]);
    assert_eq!(bound, Bound { lower_ms: 27, area_ms: 21, span_ms: 22, window_ms: 27 });
    // The same with one agent twice as fast as the other: 30 over 3 is 10 between 3 and 4 (both rounded up).
    let bound = Bound::of(&graph, &[5, 10, 10, 10, 7], &[2 * EVEN, EVEN]);
    assert_eq!(bound, Bound { lower_ms: 17, area_ms: 14, span_ms: 12, window_ms: 17 });
}

#[test]
fn a_task_waits_for_a_faster_agent_if_it_finishes_sooner_there() {
    // Agent 0 is four times as fast. Both are free for task 0; task 1 takes 100 on agent 1, or 10 + 25 after a wait.
    let graph = Graph::build(2, &[]).unwrap();
    let ms = [40, 100];
    let speeds = [4 * EVEN, EVEN];
    let ranks = Ranks::by_duration(&graph, &[2, 1]);
    let schedule = play(&graph, &ms, &ranks, &speeds).run().unwrap();
    assert_eq!((schedule.agent, schedule.start_ms, schedule.makespan_ms), (vec![0, 0], vec![0, 10], 35));
    // With patience for three times that it does not wait.
    let hasty = Simulation { patience_ppm: 3 * EVEN, ..play(&graph, &ms, &ranks, &speeds) }.run().unwrap();
    assert_eq!((hasty.agent, hasty.makespan_ms), (vec![0, 1], 100));
}

#[test]
fn a_task_that_waits_does_not_hold_up_the_next() {
    // Task 1 waits for agent 0; task 2 is short enough for agent 1 meanwhile.
    let graph = Graph::build(3, &[]).unwrap();
    let ms = [40, 100, 4];
    let ranks = Ranks::by_duration(&graph, &[3, 2, 1]);
    let schedule = play(&graph, &ms, &ranks, &[4 * EVEN, EVEN]).run().unwrap();
    assert_eq!((schedule.agent, schedule.start_ms), (vec![0, 0, 1], vec![0, 10, 0]));
}

#[test]
fn what_tasks_really_take_is_found_out_only_when_they_finish() {
    let graph = Graph::build(2, &[]).unwrap();
    let ranks = Ranks::by_duration(&graph, &[2, 1]);
    let actual = [200, 100];
    let simulation = Simulation { actual_ms: Some(&actual), ..play(&graph, &[40, 100], &ranks, &[4 * EVEN, EVEN]) };
    // Expected to be free at 10, agent 0 is free at 50.
    let schedule = simulation.run().unwrap();
    assert_eq!((schedule.agent, schedule.start_ms, schedule.makespan_ms), (vec![0, 0], vec![0, 50], 75));
}

#[test]
fn what_can_not_be_played_is_named() {
    let graph = Graph::build(1, &[]).unwrap();
    let ranks = Ranks::by_hops(&graph);
    assert_eq!(play(&graph, &[1], &ranks, &[]).run(), Err(SimulateError::NoAgents));
    let error = play(&graph, &[1], &ranks, &[EVEN, 0]).run().unwrap_err();
    assert_eq!(error.to_string(), "`speeds_ppm[1]` is 0; leave the agent out or give it a speed");
    let nothing = Graph::build(0, &[]).unwrap();
    assert_eq!(play(&nothing, &[], &ranks, &[]).run().map(|schedule| schedule.makespan_ms), Ok(0));
}

#[test]
fn durations_without_limit_do_not_overflow() {
    let graph = Graph::build(3, &[(0, 1)]).unwrap();
    let ms = [u64::MAX; 3];
    let ranks = Ranks::by_duration(&graph, &ms);
    for speeds in [[EVEN, EVEN], [1, u32::MAX]] {
        assert_eq!(play(&graph, &ms, &ranks, &speeds).run().map(|schedule| schedule.start_ms[0]), Ok(0));
    }
}
