//! Task graphs: whatever the edges and whoever finishes first, no task starts before what it needs.
//!
//! `PROPTEST_CASES=1000000 cargo test --release -p reynolds --test properties graph` looks at a million graphs each.

use std::collections::BTreeSet;

use proptest::{prelude::*, test_runner::TestRunner};
use reynolds::work::{Drain, Graph, GraphError, Ranks};

/// A graph: how many tasks, and edges, repeated ones and all.
type Edges = (u32, Vec<(u32, u32)>);

pub(crate) fn run<T: std::fmt::Debug>(
    cases: u32,
    inputs: impl Strategy<Value = T>,
    property: impl Fn(T) -> Result<(), TestCaseError>,
) {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(cases);
    let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
    if let Err(error) = TestRunner::new(config).run(&inputs, property) {
        panic!("{error}");
    }
}

/// Without cycles: edges follow a hidden order of the numbers.
pub(crate) fn dags(most: u32) -> impl Strategy<Value = Edges> {
    (1..=most)
        .prop_flat_map(|tasks| {
            let names = Just((0..tasks).collect::<Vec<_>>()).prop_shuffle();
            (Just(tasks), names, prop::collection::vec((0..tasks, 0..tasks), 0..=(tasks as usize * 3)))
        })
        .prop_map(|(tasks, names, pairs)| {
            let name = |at: u32| names[at as usize];
            let edges = pairs.into_iter().filter(|(a, b)| a != b).map(|(a, b)| (name(a.min(b)), name(a.max(b))));
            (tasks, edges.collect())
        })
}

/// With or without.
fn any_edges(most: u32) -> impl Strategy<Value = Edges> {
    (1..=most).prop_flat_map(|tasks| (Just(tasks), prop::collection::vec((0..tasks, 0..tasks), 0..=tasks as usize * 2)))
}

fn drain_in_any_order(mut drain: Drain, edges: &[(u32, u32)], choices: &[u32]) -> Result<(), TestCaseError> {
    let tasks = drain.graph().len();
    let (mut running, mut finished) = (Vec::new(), BTreeSet::new());
    let mut choices = choices.iter().copied().cycle();
    while !drain.is_done() {
        let choice = choices.next().unwrap_or(0) as usize;
        let before = running.len();
        drain.take(choice % 4 + usize::from(running.is_empty()), &mut running);
        for &started in &running[before..] {
            let missing = edges.iter().find(|&&(need, task)| task == started && !finished.contains(&need));
            prop_assert_eq!(missing, None, "{} started too early", started);
        }
        prop_assert!(!running.is_empty(), "nothing runs and {} of {} are finished", finished.len(), tasks);
        let task = running.swap_remove(choice / 4 % running.len());
        prop_assert!(finished.insert(task), "{} was handed out twice", task);
        drain.finish(task).map_err(|error| TestCaseError::fail(error.to_string()))?;
    }
    prop_assert_eq!(finished.len(), tasks as usize);
    Ok(())
}

#[test]
fn no_task_starts_before_what_it_needs() {
    let choices = prop::collection::vec(any::<u32>(), 1..40);
    run(400, (dags(40), choices), |((tasks, edges), choices)| {
        let graph = Graph::build(tasks, &edges).map_err(|error| TestCaseError::fail(error.to_string()))?;
        drain_in_any_order(Drain::fifo(graph.clone()), &edges, &choices)?;
        let ranks = Ranks::by_hops(&graph);
        drain_in_any_order(Drain::ranked(graph, ranks), &edges, &choices)
    });
}

#[test]
fn a_graph_is_built_or_a_real_cycle_is_named() {
    run(600, any_edges(24), |(tasks, edges)| {
        match Graph::build(tasks, &edges) {
            Ok(graph) => {
                let order = graph.topological_order();
                let position = |task| order.iter().position(|&other| other == task);
                prop_assert_eq!(order.iter().collect::<BTreeSet<_>>().len(), tasks as usize);
                prop_assert!(edges.iter().all(|&(need, task)| position(need) < position(task)));
            }
            Err(GraphError::Cycle { path }) => {
                prop_assert!(path.len() > 1 && path.iter().collect::<BTreeSet<_>>().len() == path.len());
                let next = path.iter().skip(1).chain(path.first());
                for (&need, &task) in path.iter().zip(next) {
                    prop_assert!(edges.contains(&(need, task)), "{} -> {} of {:?} is no edge", need, task, path);
                }
                prop_assert_eq!(path.iter().min(), path.first());
            }
            Err(GraphError::SelfEdge { edge, task }) => prop_assert_eq!(edges[edge as usize], (task, task)),
            Err(other) => prop_assert!(false, "{}", other),
        }
        Ok(())
    });
}

#[test]
fn a_graph_depends_on_the_set_of_its_edges_only() {
    let inputs = dags(30).prop_flat_map(|(tasks, edges)| {
        let twice: Vec<_> = edges.iter().chain(&edges).copied().collect();
        (Just(tasks), Just(edges), Just(twice).prop_shuffle())
    });
    run(300, inputs, |(tasks, edges, shuffled)| {
        let graph = Graph::build(tasks, &edges).map_err(|error| TestCaseError::fail(error.to_string()))?;
        let other = Graph::build(tasks, &shuffled);
        prop_assert_eq!(Ok(&graph), other.as_ref());
        let needs = graph.needs();
        for task in 0..tasks {
            let mut expected: Vec<u32> = edges.iter().filter(|edge| edge.1 == task).map(|edge| edge.0).collect();
            expected.sort_unstable();
            expected.dedup();
            prop_assert_eq!(needs.of(task), &expected[..]);
            prop_assert_eq!(graph.need_count(task) as usize, expected.len());
        }
        Ok(())
    });
}
