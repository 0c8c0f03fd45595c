//! Graphs of a million tasks, built, checked and drained.

use std::{hint::black_box, time::Duration};

use petgraph::{algo::toposort, graph::DiGraph};
use reynolds::work::{Drain, Graph, Ranks};

use super::{
    Run, in_turns, kahn, nanoseconds,
    shapes::{self, Shape},
    timed,
};
use crate::report::{Goal, Row, median};

const TASKS: u32 = 1_000_000;
/// Tasks that are handed out and finished at once.
const BATCH: usize = 64;

#[derive(Clone, Copy)]
enum By {
    Fifo,
    Rank,
}

fn built(shape: &Shape, by: By) -> Drain {
    let graph = Graph::build(shape.tasks, &shape.edges).expect("no cycle");
    match by {
        By::Fifo => Drain::fifo(graph),
        By::Rank => {
            let ranks = Ranks::by_duration(&graph, &shape.ms);
            Drain::ranked(graph, ranks)
        }
    }
}

/// Takes and finishes until nothing is left; how many tasks came out.
fn drained(drain: &mut Drain, batch: usize) -> u32 {
    let mut tasks = Vec::with_capacity(batch);
    while !drain.is_done() {
        tasks.clear();
        drain.take(batch, &mut tasks);
        drain.finish_all(&tasks).expect("they were handed out");
    }
    drain.finished()
}

fn ours(shape: &Shape, by: By, batch: usize) -> f64 {
    let (took, drain) = timed(|| {
        let mut drain = built(shape, by);
        assert_eq!(drained(&mut drain, batch), shape.tasks, "all of them");
        drain
    });
    drop(drain);
    nanoseconds(took, shape.tasks.into())
}

// What is freed is freed when the time has been taken, as in `ours`.
fn theirs(shape: &Shape) -> f64 {
    let (took, (rows, order)) = timed(|| {
        let mut rows = kahn::build(shape.tasks, &shape.edges);
        let order = kahn::order(&mut rows);
        (rows, order)
    });
    assert_eq!(order.len(), shape.tasks as usize, "all of them");
    drop(rows);
    nanoseconds(took, shape.tasks.into())
}

fn petgraphs(shape: &Shape) -> f64 {
    let (took, (graph, order)) = timed(|| {
        // `from_edges` makes as many nodes as the edges name.
        let graph = DiGraph::<(), (), u32>::from_edges(&shape.edges);
        let order = toposort(&graph, None).expect("no cycle");
        (graph, order)
    });
    assert_eq!(order.len(), shape.tasks as usize, "all of them");
    drop(graph);
    nanoseconds(took, shape.tasks.into())
}

pub fn rows(run: Run) -> Vec<Row> {
    let tasks = run.size(TASKS, TASKS / 10);
    let makers =
        [shapes::layered, shapes::fan, shapes::chain, shapes::reversed, shapes::shuffled, shapes::shuffled_chain];
    let mut rows = Vec::new();
    for shape in makers.map(|make| make(tasks)) {
        rows.extend(against_kahn(run, &shape));
    }
    rows.extend(memory(run, tasks));
    rows.extend(growth(run, tasks));
    rows.extend(longest(run, tasks));
    rows
}

fn against_kahn(run: Run, shape: &Shape) -> Vec<Row> {
    let name = shape.name;
    let asked = matches!(name, "layered" | "fan");
    let [fifo, ranked, baseline, other] = in_turns(
        run.size(7, 3),
        [
            &mut || ours(shape, By::Fifo, BATCH),
            &mut || ours(shape, By::Rank, BATCH),
            &mut || theirs(shape),
            &mut || petgraphs(shape),
        ],
    );
    let goal = |most| if asked { Goal::RatioAtMost(most) } else { Goal::Shown };
    let row = |what: &str, value, goal| {
        Row::new(format!("{name}, {what}"), value, "ns/task").against("CSR Kahn", baseline).goal(goal)
    };
    let mut rows = vec![
        row("first in, first out", fifo, goal(1.5)),
        row("critical path, ranks included", ranked, goal(3.5)),
        row("petgraph's toposort", other, Goal::Shown),
    ];
    if asked {
        let [one, many] =
            in_turns(run.size(5, 3), [&mut || ours(shape, By::Fifo, 1), &mut || ours(shape, By::Fifo, 4096)]);
        rows.push(row("first in, first out, one at a time", one, Goal::Shown));
        rows.push(row("first in, first out, 4096 at a time", many, Goal::Shown));
    }
    rows
}

/// What is allocated for a graph and its queue: once built, and at most while it is drained.
fn memory(run: Run, tasks: u32) -> Vec<Row> {
    let mut rows = Vec::new();
    for make in [shapes::layered, shapes::fan, shapes::shuffled] {
        let shape = make(tasks);
        for (by, order) in [(By::Fifo, "first in, first out"), (By::Rank, "critical path")] {
            let before = (run.live_bytes)();
            let mut drain = built(&shape, by);
            let resident = (run.live_bytes)() - before;
            let mut most = resident;
            let mut batch = Vec::with_capacity(BATCH);
            while !drain.is_done() {
                batch.clear();
                drain.take(BATCH, &mut batch);
                drain.finish_all(&batch).expect("they were handed out");
                most = most.max((run.live_bytes)() - before);
            }
            let edges = f64::from(drain.graph().edges());
            let per_task = |bytes: usize| (bytes as f64 - 8.0 * edges) / f64::from(tasks);
            let name = format!("memory, {}, {order}", shape.name);
            let allowed = 128.0 * f64::from(tasks) + 8.0 * edges;
            rows.push(
                Row::new(format!("{name}: built"), resident as f64 / f64::from(tasks), "B/task")
                    .against("128 B/task + 8 B/edge", allowed / f64::from(tasks))
                    .goal(Goal::RatioAtMost(1.0)),
            );
            rows.push(Row::new(format!("{name}: most, beyond 8 B/edge"), per_task(most), "B/task"));
        }
    }
    rows
}

/// Nothing may take more than in-order layers take per edge, nor more at a million tasks than at ten thousand.
fn growth(run: Run, tasks: u32) -> Vec<Row> {
    let rounds = run.size(5, 3);
    let per_edge = |shape: &Shape, by| ours(shape, by, BATCH) * f64::from(shape.tasks) / shape.edges.len() as f64;
    let in_order = shapes::layered(tasks);
    let makers = [
        shapes::layered,
        shapes::fan,
        shapes::chain,
        shapes::reversed,
        shapes::reversed_chain,
        shapes::shuffled,
        shapes::shuffled_chain,
    ];
    let mut rows = Vec::new();
    for make in makers {
        let shape = make(tasks);
        let small = make(tasks / 100);
        for (by, order) in [(By::Fifo, "first in, first out"), (By::Rank, "critical path")] {
            let [large, baseline, small, kahn] = in_turns(
                rounds,
                [
                    &mut || per_edge(&shape, by),
                    &mut || per_edge(&in_order, by),
                    // As many edges as in a large one, so that both are measured for as long.
                    &mut || super::mean(&(0..20).map(|_| per_edge(&small, by)).collect::<Vec<_>>()),
                    &mut || theirs(&shape) * f64::from(shape.tasks) / shape.edges.len() as f64,
                ],
            );
            let name = format!("growth, {}, {order}", shape.name);
            if shape.name != "layered" {
                let row = Row::new(format!("{name}: per edge"), large, "ns/edge").against("layers in order", baseline);
                rows.push(row.goal(Goal::RatioAtMost(5.0)));
            }
            rows.push(Row::new(format!("{name}: at 100 x"), large, "ns/edge").against("at 1 x", small));
            if matches!(by, By::Fifo) {
                rows.push(Row::new(format!("{name}: CSR Kahn"), large, "ns/edge").against("CSR Kahn", kahn));
            }
        }
    }
    rows
}

/// The longest call of `take` and `finish_all`, and what releasing everything at once takes.
fn longest(run: Run, tasks: u32) -> Vec<Row> {
    let mut rows = Vec::new();
    for make in [shapes::fan, shapes::layered, shapes::shuffled] {
        let shape = make(tasks);
        for (by, order) in [(By::Fifo, "first in, first out"), (By::Rank, "critical path")] {
            let (mut sliced, mut whole) = (Vec::new(), Vec::new());
            for _ in 0..run.size(5, 3) {
                sliced.push(longest_call(&shape, by).as_secs_f64() * 1e3);
                whole.push(longest_settled(&shape, by).as_secs_f64() * 1e3);
            }
            let row = Row::new(format!("longest call, {}, {order}", shape.name), median(sliced), "ms");
            rows.push(row.against("releasing all at once", median(whole)).goal(Goal::AtMost(1.0)));
        }
    }
    let shape = shapes::layered(tasks);
    let milliseconds = |took: Duration| took.as_secs_f64() * 1e3;
    let [build, ranks, kahn] = in_turns(
        run.size(5, 3),
        [
            &mut || milliseconds(timed(|| black_box(Graph::build(shape.tasks, &shape.edges).expect("no cycle"))).0),
            &mut || {
                let graph = Graph::build(shape.tasks, &shape.edges).expect("no cycle");
                milliseconds(timed(|| black_box(Ranks::by_duration(&graph, &shape.ms))).0)
            },
            &mut || milliseconds(timed(|| black_box(kahn::build(shape.tasks, &shape.edges))).0),
        ],
    );
    rows.push(Row::new("building the graph, layered: one call", build, "ms").against("CSR Kahn's rows", kahn));
    rows.push(Row::new("working out the ranks, layered: one call", ranks, "ms").against("CSR Kahn's rows", kahn));
    rows
}

fn longest_call(shape: &Shape, by: By) -> Duration {
    let mut drain = built(shape, by);
    let (mut batch, mut longest) = (Vec::with_capacity(4096), Duration::ZERO);
    while !drain.is_done() {
        batch.clear();
        longest = longest.max(timed(|| drain.take(4096, &mut batch)).0);
        longest = longest.max(timed(|| drain.finish_all(&batch).expect("they were handed out")).0);
    }
    longest
}

fn longest_settled(shape: &Shape, by: By) -> Duration {
    let mut drain = built(shape, by);
    let (mut batch, mut longest) = (Vec::new(), Duration::ZERO);
    while !drain.is_done() {
        batch.clear();
        let step = timed(|| {
            drain.take(usize::MAX, &mut batch);
            drain.finish_all(&batch).expect("they were handed out");
            drain.settle();
        });
        longest = longest.max(step.0);
    }
    longest
}
