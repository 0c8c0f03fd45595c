//! Where the nodes of a graph stand: a column per hop, each event with the effects it caused right below it.
//!
//! Chains are nearly trees, so they are laid out as trees: every event gets the rows its descendants need, and edges
//! of the tree never cross. What is too much for a picture is put together first, and counted.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    format,
    string::String,
    vec::Vec,
};

use super::{
    graph::{Graph, Node, NodeKind},
    note::Fate,
    words,
};

/// Size of a node, and the room between them, in pixels.
pub(super) const WIDTH: u64 = 194;
pub(super) const HEIGHT: u64 = 64;
const INDENT: u64 = 16;
const GAP_X: u64 = 48;
const GAP_IN_BLOCK: u64 = 8;
const GAP_Y: u64 = 26;
const HEAD: u64 = 34;
const MARGIN: u64 = 4;
/// Equal effects of one cause that are drawn one by one.
const EQUALS: usize = 4;
/// Columns drawn, and how many of them at the beginning and at the end when there are more: what fits on a screen of 1280 pixels,
/// with the end in sight, because there is where a loop is stopped.
const COLUMNS: usize = 5;
const FIRST: usize = 2;
const LAST: usize = 2;
/// Nodes drawn.
const NODES: usize = 240;

/// A graph with a place for every node.
pub(super) struct Layout {
    pub(super) graph: Graph,
    pub(super) places: Vec<Place>,
    pub(super) width: u64,
    pub(super) height: u64,
    /// The left end and the title of each column.
    pub(super) columns: Vec<(u64, String)>,
    /// Nodes that are not drawn by themselves.
    pub(super) hidden: usize,
}

#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Place {
    pub(super) x: u64,
    pub(super) y: u64,
    pub(super) width: u64,
    /// It stands below its cause instead of beside it.
    pub(super) below: bool,
}

/// Lays a graph out; `whole` keeps all of its columns.
pub(super) fn layout(graph: Graph, whole: bool) -> Layout {
    let all = graph.nodes.len();
    let graph = stack(graph);
    let graph = if whole { graph } else { elide(graph) };
    let graph = cap(graph);
    let shown = graph.nodes.iter().filter(|node| node.kind != NodeKind::More).count();
    let parents = graph.parents();
    let below = below(&graph, &parents);
    let columns = columns(&parents, &below);
    let places = place(&parents, &below, &columns);
    let width = places.iter().map(|place| place.x + place.width).max().unwrap_or(0) + MARGIN;
    let height = places.iter().map(|place| place.y + HEIGHT).max().unwrap_or(HEAD) + MARGIN;
    let columns = titles(&graph, &columns);
    Layout { graph, places, width, height, columns, hidden: all - shown }
}

/// Does a node stand below its cause? Effects do, except those whose cause does so itself.
fn below(graph: &Graph, parents: &[Option<usize>]) -> Vec<bool> {
    let mut below = Vec::with_capacity(parents.len());
    for (at, parent) in parents.iter().enumerate() {
        let node = &graph.nodes[at];
        let effect = node.fate.is_some();
        below.push(effect && parent.is_some_and(|parent| below.get(parent) == Some(&false)));
    }
    below
}

fn columns(parents: &[Option<usize>], below: &[bool]) -> Vec<usize> {
    let mut columns: Vec<usize> = Vec::with_capacity(parents.len());
    for (at, parent) in parents.iter().enumerate() {
        let of_parent = parent.and_then(|parent| columns.get(parent).copied());
        columns.push(of_parent.map_or(0, |column| column + usize::from(!below[at])));
    }
    columns
}

fn place(parents: &[Option<usize>], below: &[bool], columns: &[usize]) -> Vec<Place> {
    let block = block_of(parents, below);
    // How high each block and everything to its right is: causes come first, so backwards.
    let mut own = alloc::vec![0; parents.len()];
    let mut beside = alloc::vec![0; parents.len()];
    for at in (0..parents.len()).rev() {
        own[block[at]] += HEIGHT + GAP_IN_BLOCK;
        if block[at] == at {
            let height: u64 = u64::max(own[at] - GAP_IN_BLOCK + GAP_Y, beside[at]);
            own[at] = height;
            if let Some(parent) = parents[at] {
                beside[block[parent]] += height;
            }
        }
    }
    let mut places = alloc::vec![Place::default(); parents.len()];
    let mut next_below = alloc::vec![0; parents.len()];
    let mut next_beside = alloc::vec![0; parents.len()];
    let mut next_root = HEAD;
    for at in 0..parents.len() {
        let x = MARGIN + columns[at] as u64 * (WIDTH + GAP_X);
        let of = block[at];
        if of == at {
            let top = match parents[at].map(|parent| block[parent]) {
                Some(parent) => &mut next_beside[parent],
                None => &mut next_root,
            };
            places[at] = Place { x, y: *top, width: WIDTH, below: false };
            *top += own[at];
            next_below[at] = places[at].y + HEIGHT + GAP_IN_BLOCK;
            next_beside[at] = places[at].y;
        } else {
            places[at] = Place { x: x + INDENT, y: next_below[of], width: WIDTH - INDENT, below: true };
            next_below[of] += HEIGHT + GAP_IN_BLOCK;
        }
    }
    places
}

/// The node under which, or as which, each node stands.
fn block_of(parents: &[Option<usize>], below: &[bool]) -> Vec<usize> {
    let mut block: Vec<usize> = Vec::with_capacity(parents.len());
    for (at, parent) in parents.iter().enumerate() {
        let of = parent.filter(|_| below[at]).and_then(|parent| block.get(parent).copied());
        block.push(of.unwrap_or(at));
    }
    block
}

fn titles(graph: &Graph, columns: &[usize]) -> Vec<(u64, String)> {
    let mut nodes: BTreeMap<usize, Vec<&Node>> = BTreeMap::new();
    for (node, column) in graph.nodes.iter().zip(columns).filter(|(node, _)| node.kind == NodeKind::Effect) {
        nodes.entry(*column).or_default().push(node);
    }
    let left = |column: usize| MARGIN + column as u64 * (WIDTH + GAP_X);
    nodes.into_iter().map(|(column, nodes)| (left(column), steps(&nodes))).collect()
}

/// What effects have in common: the hops they are, or the other chains they belong to.
fn steps(effects: &[&Node]) -> String {
    let chains: BTreeSet<_> = effects.iter().filter_map(|node| node.chain).collect();
    let hops = || effects.iter().filter(|node| node.chain.is_none()).filter_map(|node| node.hop);
    match (hops().min(), hops().max(), chains.first()) {
        (Some(low), Some(high), _) if low == high => format!("hop {low}"),
        (Some(low), Some(high), _) => format!("hops {low} to {high}"),
        (_, _, Some(chain)) if chains.len() == 1 => format!("chain {chain}"),
        (_, _, Some(_)) => words::count(chains.len(), "chain"),
        _ => String::new(),
    }
}

/// Puts equal effects of one cause together, beyond the first few.
fn stack(graph: Graph) -> Graph {
    let parents = graph.parents();
    let mut leaf = alloc::vec![true; graph.nodes.len()];
    graph.edges.iter().for_each(|edge| leaf[edge.from] = false);
    let mut equals: BTreeMap<(usize, &str, Option<Fate>, bool), Vec<usize>> = BTreeMap::new();
    for (at, node) in graph.nodes.iter().enumerate() {
        if let (Some(parent), NodeKind::Effect, true) = (parents[at], node.kind, leaf[at]) {
            equals.entry((parent, &node.title, node.fate, node.would)).or_default().push(at);
        }
    }
    let mut group = alloc::vec![None; graph.nodes.len()];
    let mut more = Vec::new();
    for members in equals.values().filter(|members| members.len() > EQUALS + 1) {
        let like = &graph.nodes[members[0]];
        members[EQUALS..].iter().for_each(|at| group[*at] = Some(more.len()));
        more.push(Node {
            title: format!("{} more like these", members.len() - EQUALS),
            subject: like.title.clone(),
            note: like.note.clone(),
            fate: like.fate,
            would: like.would,
            hop: like.hop,
            kind: NodeKind::More,
            ..Node::default()
        });
    }
    merge(graph, &group, more)
}

/// Leaves out the middle of a long chain, but not the hop at which it was first stopped.
fn elide(graph: Graph) -> Graph {
    let parents = graph.parents();
    let columns = columns(&parents, &below(&graph, &parents));
    let last = columns.iter().copied().max().unwrap_or(0);
    if last < COLUMNS {
        return graph;
    }
    let stop = graph.nodes.iter().position(|node| node.would || node.fate == Some(Fate::Denied)).map(|at| columns[at]);
    let ranges = match stop {
        Some(stop) if (FIRST..=last - LAST).contains(&stop) => {
            [FIRST - 1..stop, stop + 1..last + 2 - LAST].into_iter().filter(|range| !range.is_empty()).collect()
        }
        _ => alloc::vec![FIRST..last + 1 - LAST],
    };
    let group: Vec<Option<usize>> =
        columns.iter().map(|column| ranges.iter().position(|range| range.contains(column))).collect();
    let more = (0..ranges.len()).map(|range| more(&graph, &group, range)).collect();
    merge(graph, &group, more)
}

/// What stands for a group of hops.
fn more(graph: &Graph, group: &[Option<usize>], number: usize) -> Node {
    let inside = || graph.nodes.iter().zip(group).filter(|(_, group)| **group == Some(number)).map(|(node, _)| node);
    let effects: Vec<&Node> = inside().filter(|node| node.kind == NodeKind::Effect).collect();
    Node {
        title: words::count(inside().count(), "more step"),
        note: if effects.iter().all(|node| node.chain.is_none()) {
            "the timeline shows them".into()
        } else {
            String::new()
        },
        subject: steps(&effects),
        kind: NodeKind::More,
        ..Node::default()
    }
}

/// Leaves out what is beyond the number of nodes a picture can take.
fn cap(graph: Graph) -> Graph {
    let over = graph.nodes.len().saturating_sub(NODES);
    if over == 0 {
        return graph;
    }
    let more = Node {
        title: words::count(over, "more step"),
        note: "not drawn".into(),
        kind: NodeKind::More,
        ..Node::default()
    };
    let group: Vec<Option<usize>> = (0..graph.nodes.len()).map(|at| (at >= NODES).then_some(0)).collect();
    merge(graph, &group, alloc::vec![more])
}

/// Replaces the nodes of each group by one, at the place of its first.
fn merge(graph: Graph, group: &[Option<usize>], more: Vec<Node>) -> Graph {
    if more.is_empty() {
        return graph;
    }
    let mut more: Vec<Option<Node>> = more.into_iter().map(Some).collect();
    let mut place = alloc::vec![0; more.len()];
    let mut to = Vec::with_capacity(graph.nodes.len());
    let mut nodes = Vec::new();
    for (node, group) in graph.nodes.into_iter().zip(group) {
        match group {
            None => {
                to.push(nodes.len());
                nodes.push(node);
            }
            Some(group) => {
                if let Some(mut node) = more[*group].take() {
                    place[*group] = nodes.len();
                    node.id = format!("m{group}-{}", nodes.len());
                    nodes.push(node);
                }
                to.push(place[*group]);
            }
        }
    }
    let mut edges: Vec<super::Edge> = Vec::new();
    for edge in graph.edges {
        let (from, to) = (to[edge.from], to[edge.to]);
        // What leads back into a group is inside the group as far as the picture goes.
        if from < to && !edges.iter().any(|other| (other.from, other.to) == (from, to)) {
            edges.push(super::Edge { from, to, ..edge });
        }
    }
    Graph { nodes, edges, ..graph }
}
