//! The least that a topological order takes: Kahn's algorithm (1962) over compressed sparse rows. It checks nothing: no range,
//! no repeated edge, no path of a cycle, and it hands nothing out.

/// Rows of dependents, and how many tasks each one needs.
pub struct Rows {
    offsets: Vec<u32>,
    dependents: Vec<u32>,
    waiting: Vec<u32>,
}

/// Two passes over the edges.
pub fn build(tasks: u32, edges: &[(u32, u32)]) -> Rows {
    let mut offsets = vec![0_u32; tasks as usize + 2];
    let mut waiting = vec![0_u32; tasks as usize];
    for &(need, task) in edges {
        offsets[need as usize + 2] += 1;
        waiting[task as usize] += 1;
    }
    for at in 2..offsets.len() {
        offsets[at] += offsets[at - 1];
    }
    let mut dependents = vec![0_u32; edges.len()];
    for &(need, task) in edges {
        let end = &mut offsets[need as usize + 1];
        dependents[*end as usize] = task;
        *end += 1;
    }
    Rows { offsets, dependents, waiting }
}

/// The order, in one vector that is the queue as well.
pub fn order(rows: &mut Rows) -> Vec<u32> {
    let mut order = Vec::with_capacity(rows.waiting.len());
    order.extend((0_u32..).zip(&rows.waiting).filter(|(_, waiting)| **waiting == 0).map(|(task, _)| task));
    let mut next = 0;
    while next < order.len() {
        let task = order[next] as usize;
        for &dependent in &rows.dependents[rows.offsets[task] as usize..rows.offsets[task + 1] as usize] {
            let waiting = &mut rows.waiting[dependent as usize];
            *waiting -= 1;
            if *waiting == 0 {
                order.push(dependent);
            }
        }
        next += 1;
    }
    order
}
