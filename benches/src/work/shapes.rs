//! Large graphs, as lists of edges.

use super::{
    number,
    random::{Dice, below, log_even, shuffle, to_ms},
};

/// A graph to build and drain.
pub struct Shape {
    pub name: &'static str,
    pub tasks: u32,
    /// (what is needed, who needs it)
    pub edges: Vec<(u32, u32)>,
    pub ms: Vec<u64>,
}

impl Shape {
    fn new(name: &'static str, tasks: u32, edges: Vec<(u32, u32)>) -> Self {
        let dice = Dice::new("shape durations", 1);
        Self { name, tasks, edges, ms: (0..tasks).map(|_| to_ms(log_even(&dice, 1e3, 6e5))).collect() }
    }
}

/// Layers of a thousand, or ten of a small graph; each task needs three of the layer before, drawn at random.
pub fn layered(tasks: u32) -> Shape {
    let dice = Dice::new("layered", u64::from(tasks));
    let width = (tasks / 10).min(1000);
    let mut edges = Vec::new();
    for task in width..tasks {
        let before = (task / width - 1) * width;
        edges.extend((0..3).map(|_| (before + number(below(&dice, width as usize)), task)));
    }
    Shape::new("layered", tasks, edges)
}

/// One, all the others, one.
pub fn fan(tasks: u32) -> Shape {
    let last = tasks - 1;
    Shape::new("fan", tasks, (1..last).flat_map(|task| [(0, task), (task, last)]).collect())
}

/// One after the other.
pub fn chain(tasks: u32) -> Shape {
    Shape::new("chain", tasks, (1..tasks).map(|task| (task - 1, task)).collect())
}

/// The layers with the numbers from the end: every edge points down.
pub fn reversed(tasks: u32) -> Shape {
    let Shape { edges, .. } = layered(tasks);
    let edges = edges.into_iter().map(|(need, task)| (tasks - 1 - need, tasks - 1 - task)).collect();
    Shape::new("reversed", tasks, edges)
}

/// The chain with the numbers from the end.
pub fn reversed_chain(tasks: u32) -> Shape {
    Shape::new("reversed chain", tasks, (1..tasks).map(|task| (task, task - 1)).collect())
}

/// The layers with numbers and edges in any order.
pub fn shuffled(tasks: u32) -> Shape {
    let Shape { mut edges, .. } = layered(tasks);
    mix("shuffled", tasks, &mut edges);
    Shape::new("shuffled", tasks, edges)
}

/// The chain with numbers and edges in any order: no two steps are near each other in memory.
pub fn shuffled_chain(tasks: u32) -> Shape {
    let Shape { mut edges, .. } = chain(tasks);
    mix("shuffled chain", tasks, &mut edges);
    Shape::new("shuffled chain", tasks, edges)
}

fn mix(name: &str, tasks: u32, edges: &mut [(u32, u32)]) {
    let dice = Dice::new(name, u64::from(tasks));
    let mut names: Vec<u32> = (0..tasks).collect();
    shuffle(&dice, &mut names);
    for (need, task) in edges.iter_mut() {
        (*need, *task) = (names[*need as usize], names[*task as usize]);
    }
    shuffle(&dice, edges);
}
