use alloc::{string::ToString, vec, vec::Vec};

use super::*;

/// 0 before 1 and 2, both before 3.
fn diamond() -> Graph {
    Graph::build(4, &[(0, 1), (0, 2), (1, 3), (2, 3)]).unwrap()
}

fn cycle(tasks: u32, edges: &[(u32, u32)]) -> Vec<u32> {
    match Graph::build(tasks, edges) {
        Err(GraphError::Cycle { path }) => path,
        other => panic!("{other:?}"),
    }
}

#[test]
fn edges_are_read_in_both_directions() {
    let graph = diamond();
    assert_eq!(graph.dependents(0), [1, 2]);
    assert_eq!(graph.dependents(3), [] as [u32; 0]);
    let needs = graph.needs();
    assert_eq!(needs.of(3), [1, 2]);
    assert_eq!(needs.of(0), [] as [u32; 0]);
    assert_eq!((graph.len(), graph.edges(), graph.depth()), (4, 4, 3));
    assert_eq!(graph.roots().collect::<Vec<_>>(), [0]);
    assert_eq!([needs.of(4), graph.dependents(4)], [&[] as &[u32]; 2]);
}

#[test]
fn the_order_and_repetition_of_edges_change_nothing() {
    let shuffled = [(2, 3), (0, 2), (1, 3), (0, 1), (2, 3), (0, 2), (2, 3)];
    assert_eq!(Graph::build(4, &shuffled), Ok(diamond()));
    // Numbered so that edges point up and down.
    let mixed = [(2, 0), (0, 1), (2, 3), (3, 1)];
    let twice = [(3, 1), (3, 1), (2, 3), (0, 1), (2, 0), (2, 0)];
    assert_eq!(Graph::build(4, &twice), Graph::build(4, &mixed));
    assert_eq!(Graph::build(4, &mixed).unwrap().topological_order(), [2, 0, 3, 1]);
}

#[test]
fn a_flat_list_gives_the_same_graph() {
    let limits = GraphLimits::default();
    assert_eq!(Graph::build_flat(&limits, 4, &[0, 1, 0, 2, 1, 3, 2, 3]), Ok(diamond()));
    assert_eq!(Graph::build_flat(&limits, 4, &[0, 1, 0]), Err(GraphError::OddLength { len: 3 }));
}

#[test]
fn a_graph_of_nothing_is_a_graph() {
    let graph = Graph::build(0, &[]).unwrap();
    assert!(graph.is_empty());
    assert_eq!((graph.depth(), graph.span(&[]), graph.edges()), (0, 0, 0));
    assert_eq!(graph.topological_order(), [] as [u32; 0]);
}

#[test]
fn what_is_no_graph_is_named() {
    assert_eq!(Graph::build(2, &[(0, 1), (1, 1)]), Err(GraphError::SelfEdge { edge: 1, task: 1 }));
    assert_eq!(Graph::build(2, &[(2, 1)]), Err(GraphError::OutOfRange { edge: 0, task: 2, tasks: 2 }));
    assert_eq!(Graph::build(2, &[(0, 7)]), Err(GraphError::OutOfRange { edge: 0, task: 7, tasks: 2 }));
    let too_many = GraphError::TooMany { what: "tasks", count: 1_000_001, limit: 1_000_000 };
    assert_eq!(Graph::build(1_000_001, &[]), Err(too_many));
    let limits = GraphLimits { tasks: 3, edges: 1 };
    let too_many = GraphError::TooMany { what: "edges", count: 2, limit: 1 };
    assert_eq!(Graph::build_within(&limits, 3, &[(0, 1), (0, 1)]), Err(too_many));
}

#[test]
fn a_cycle_is_named_by_its_path() {
    assert_eq!(cycle(2, &[(0, 1), (1, 0)]), [0, 1]);
    // 5 leads into the cycle 4 -> 2 -> 3 and 0 hangs off it.
    assert_eq!(cycle(6, &[(5, 4), (4, 2), (2, 3), (3, 4), (3, 0), (0, 1)]), [2, 3, 4]);
    // The walk finds 0 -> 1 -> 2 -> 3 first; the shortcut 2 -> 0 is shorter.
    assert_eq!(cycle(4, &[(0, 1), (1, 2), (2, 3), (3, 0), (2, 0)]), [0, 1, 2]);
    let error = Graph::build(3, &[(2, 1), (1, 0), (0, 2)]).unwrap_err();
    assert_eq!(error.to_string(), "a cycle: 0 -> 2 -> 1 -> 0; remove one of these edges");
}

#[test]
fn a_long_cycle_is_found_without_recursion_and_its_text_stays_short() {
    let mut edges: Vec<(u32, u32)> = (0..999_999).map(|task| (task, task + 1)).collect();
    edges.push((999_999, 0));
    let error = Graph::build(1_000_000, &edges).unwrap_err();
    assert!(error.to_string().ends_with("-> 15 -> ... 999984 more -> 0; remove one of these edges"), "{error}");
    let GraphError::Cycle { path } = error else { panic!("{error}") };
    assert_eq!(path, (0..1_000_000).collect::<Vec<_>>());
}

#[test]
fn the_heaviest_way_is_the_span() {
    let graph = diamond();
    assert_eq!(graph.span(&[5, 1, 7, 2]), 14);
    assert_eq!(graph.critical_path(&[5, 1, 7, 2]), [0, 2, 3]);
    assert_eq!(graph.critical_path(&[5, 7, 7, 2]), [0, 1, 3]);
    assert_eq!(graph.tails(&[5, 1, 7, 2]), [14, 3, 9, 2]);
    assert_eq!(graph.heads(&[5, 1, 7, 2]), [0, 5, 5, 12]);
    assert_eq!(graph.levels(), [0, 1, 1, 2]);
    // Missing weights weigh nothing, and nothing overflows.
    assert_eq!(graph.span(&[5]), 5);
    assert_eq!(graph.span(&[u64::MAX; 4]), u64::MAX);
}

#[test]
fn a_million_tasks_in_one_chain_are_ordered() {
    let edges: Vec<(u32, u32)> = (0..999_999).map(|task| (task + 1, task)).collect();
    let graph = Graph::build(1_000_000, &edges).unwrap();
    assert_eq!(graph.depth(), 1_000_000);
    assert_eq!(graph.span(&vec![1; 1_000_000]), 1_000_000);
    assert_eq!(graph.topological_order()[0], 999_999);
}
