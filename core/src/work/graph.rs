//! A task graph that can not be wrong: who needs whom, checked once, never changed after.
//!
//! Tasks are numbers, edges two flat arrays (compressed sparse rows), so a million tasks are a few megabytes and reading
//! them is a walk through memory. A graph is a function of the *set* of its edges: their order and repetitions change
//! nothing, so two hosts that build the same plan schedule it in the same order. Building is one pass of Kahn's algorithm
//! (A. B. Kahn, "Topological sorting of large networks", 1962), without recursion. Edges that all point to higher
//! numbers, or all to lower ones, can not close a cycle; then there is nothing to search.

mod cycle;

use alloc::{vec, vec::Vec};
use core::fmt;

use serde::{Deserialize, Serialize};

/// How large a graph may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GraphLimits {
    /// Most tasks. Default 1,000,000.
    pub tasks: u32,
    /// Most edges, repeated ones counted. Default 16,000,000.
    pub edges: u32,
}

impl Default for GraphLimits {
    fn default() -> Self {
        Self { tasks: 1_000_000, edges: 16_000_000 }
    }
}

/// Edges that are no task graph. Nothing was built.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GraphError {
    /// A task needs itself.
    #[error("task {task} needs itself; remove edge {edge}")]
    SelfEdge {
        /// Position of the edge in the list, from 0.
        edge: u32,
        /// The task.
        task: u32,
    },
    /// An edge names a task that does not exist.
    #[error("edge {edge} names task {task}, there are {tasks}; tasks are numbered from 0")]
    OutOfRange {
        /// Position of the edge in the list, from 0.
        edge: u32,
        /// The number it names.
        task: u32,
        /// How many tasks there are.
        tasks: u32,
    },
    /// More tasks or edges than the limit.
    #[error("{count} {what}, the limit is {limit}; split the graph or raise the limit")]
    TooMany {
        /// `tasks` or `edges`.
        what: &'static str,
        /// How many were given.
        count: u64,
        /// The limit.
        limit: u32,
    },
    /// A flat list of edges has an odd number of entries.
    #[error("a flat list of edges has {len} numbers; it must have two for each edge")]
    OddLength {
        /// How many numbers were given.
        len: u64,
    },
    /// Tasks that wait for each other.
    #[error("{}; remove one of these edges", Arrows(path))]
    Cycle {
        /// The tasks of the cycle, the lowest number first; each is needed by the next, and the last by the first. No
        /// edge between two of them makes a shorter cycle through the first.
        path: Vec<u32>,
    },
}

/// Most tasks of a cycle that the text of the error names.
const NAMED: usize = 16;

struct Arrows<'a>(&'a [u32]);

impl fmt::Display for Arrows<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a cycle: ")?;
        for task in self.0.iter().take(NAMED) {
            write!(f, "{task} -> ")?;
        }
        if self.0.len() > NAMED {
            write!(f, "... {} more -> ", self.0.len() - NAMED)?;
        }
        write!(f, "{}", self.0.first().copied().unwrap_or(0))
    }
}

/// A directed graph without cycles, of tasks numbered from 0. It does not change; a patch builds another.
///
/// It takes 8 bytes per task and 4 per edge, and 4 more per task if the edges point up and down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Graph {
    tasks: u32,
    /// Row `i` of `dependents` is `offsets[i]..offsets[i + 1]`.
    offsets: Vec<u32>,
    /// Ascending in each row.
    dependents: Vec<u32>,
    /// How many tasks each one needs.
    needed: Vec<u32>,
    order: Order,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Order {
    /// Every edge points to a higher number.
    Up,
    /// Every edge points to a lower number.
    Down,
    Listed(Vec<u32>),
}

impl Graph {
    /// A graph of `tasks` tasks. An edge `(a, b)` says that `b` needs `a`. Edges come in any order; repeated ones count once.
    ///
    /// # Errors
    /// All of [`GraphError`], with the default [`GraphLimits`].
    pub fn build(tasks: u32, edges: &[(u32, u32)]) -> Result<Self, GraphError> {
        Self::build_within(&GraphLimits::default(), tasks, edges)
    }

    /// As [`Graph::build`], with other limits.
    ///
    /// # Errors
    /// All of [`GraphError`].
    pub fn build_within(limits: &GraphLimits, tasks: u32, edges: &[(u32, u32)]) -> Result<Self, GraphError> {
        Self::from_edges(limits, tasks, edges.len() as u64, edges.iter().copied())
    }

    /// As [`Graph::build_within`], from a flat list `[a, b, a, b, ...]`, as a typed array holds it.
    ///
    /// # Errors
    /// All of [`GraphError`].
    pub fn build_flat(limits: &GraphLimits, tasks: u32, edges: &[u32]) -> Result<Self, GraphError> {
        if edges.len() % 2 == 1 {
            return Err(GraphError::OddLength { len: edges.len() as u64 });
        }
        Self::from_edges(limits, tasks, edges.len() as u64 / 2, edges.chunks_exact(2).map(|edge| (edge[0], edge[1])))
    }

    fn from_edges(
        limits: &GraphLimits,
        tasks: u32,
        count: u64,
        edges: impl Iterator<Item = (u32, u32)> + Clone,
    ) -> Result<Self, GraphError> {
        if tasks > limits.tasks {
            return Err(GraphError::TooMany { what: "tasks", count: tasks.into(), limit: limits.tasks });
        }
        let total = match u32::try_from(count) {
            Ok(total) if total <= limits.edges => total as usize,
            _ => return Err(GraphError::TooMany { what: "edges", count, limit: limits.edges }),
        };
        // While it is filled, `offsets` is one entry ahead: row `i` starts at `offsets[i + 1]`, which then moves to its
        // end, and that is where row `i + 1` starts.
        let mut offsets = vec![0; tasks as usize + 2];
        let mut needed = vec![0; tasks as usize];
        let (mut up, mut down) = (true, true);
        for (edge, (need, task)) in (0..).zip(edges.clone()) {
            if need >= tasks || task >= tasks {
                return Err(GraphError::OutOfRange { edge, task: if need >= tasks { need } else { task }, tasks });
            }
            if need == task {
                return Err(GraphError::SelfEdge { edge, task });
            }
            up &= need < task;
            down &= need > task;
            offsets[need as usize + 2] += 1;
            needed[task as usize] += 1;
        }
        let mut sum = 0;
        for offset in &mut offsets {
            sum += *offset;
            *offset = sum;
        }
        let mut dependents = vec![0; total];
        for (need, task) in edges {
            let end = &mut offsets[need as usize + 1];
            dependents[*end as usize] = task;
            *end += 1;
        }
        offsets.pop();
        let mut graph = Self { tasks, offsets, dependents, needed, order: if up { Order::Up } else { Order::Down } };
        graph.tidy_rows();
        if !up && !down {
            graph.order = Order::Listed(graph.kahn()?);
        }
        Ok(graph)
    }

    /// Sorts each row and drops repeated edges. Mostly there is nothing to sort, so a row is moved up and looked at in one go.
    fn tidy_rows(&mut self) {
        let (mut kept, mut start) = (0, 0);
        for end in self.offsets.iter_mut().skip(1) {
            let (first, mut before, mut ascends) = (kept, None, true);
            for at in start..*end as usize {
                let task = self.dependents[at];
                ascends &= before < Some(task);
                before = Some(task);
                self.dependents[kept] = task;
                kept += 1;
            }
            if !ascends {
                let row = &mut self.dependents[first..kept];
                row.sort_unstable();
                kept = first + drop_repeated(row, &mut self.needed);
            }
            start = *end as usize;
            // No more than there were.
            *end = u32::try_from(kept).unwrap_or(*end);
        }
        if kept < self.dependents.len() {
            self.dependents.truncate(kept);
            self.dependents.shrink_to_fit();
        }
    }

    /// All tasks, each after those it needs.
    fn kahn(&self) -> Result<Vec<u32>, GraphError> {
        let mut waiting = self.needed.clone();
        let mut order = Vec::with_capacity(self.tasks as usize);
        order.extend(self.roots());
        let mut next = 0;
        while next < order.len() {
            for &task in self.dependents(order[next]) {
                waiting[task as usize] -= 1;
                if waiting[task as usize] == 0 {
                    order.push(task);
                }
            }
            next += 1;
        }
        if order.len() == self.tasks as usize { Ok(order) } else { Err(cycle::find(self, &waiting)) }
    }

    /// How many tasks.
    #[must_use]
    pub const fn len(&self) -> u32 {
        self.tasks
    }

    /// Is there no task?
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.tasks == 0
    }

    /// How many edges, repeated ones counted once.
    #[must_use]
    pub fn edges(&self) -> u32 {
        self.offsets.last().copied().unwrap_or(0)
    }

    /// The tasks that need this one, ascending. None for a task that does not exist.
    #[must_use]
    pub fn dependents(&self, task: u32) -> &[u32] {
        if task >= self.tasks {
            return &[];
        }
        let task = task as usize;
        &self.dependents[self.offsets[task] as usize..self.offsets[task + 1] as usize]
    }

    /// How many tasks this one needs.
    #[must_use]
    pub fn need_count(&self, task: u32) -> u32 {
        self.needed.get(task as usize).copied().unwrap_or(0)
    }

    pub(super) fn need_counts(&self) -> &[u32] {
        &self.needed
    }

    /// The other direction: what each task needs. It is built when asked for, because handing tasks out does without it:
    /// 4 bytes per task and 4 per edge.
    #[must_use]
    pub fn needs(&self) -> Needs {
        let mut offsets = vec![0; self.tasks as usize + 2];
        let mut sum = 0;
        for (offset, needed) in offsets.iter_mut().skip(2).zip(&self.needed) {
            sum += needed;
            *offset = sum;
        }
        let mut needs = vec![0; self.dependents.len()];
        for need in 0..self.tasks {
            for &task in self.dependents(need) {
                let end: &mut u32 = &mut offsets[task as usize + 1];
                needs[*end as usize] = need;
                *end += 1;
            }
        }
        offsets.pop();
        Needs { offsets, needs }
    }

    /// Tasks that need nothing, ascending.
    pub fn roots(&self) -> impl Iterator<Item = u32> + '_ {
        (0..self.tasks).zip(&self.needed).filter(|(_, needed)| **needed == 0).map(|(task, _)| task)
    }

    /// All tasks, each after those it needs. Another edge list of the same graph gives the same order.
    #[must_use]
    pub fn topological_order(&self) -> Vec<u32> {
        self.in_order().collect()
    }

    pub(super) fn in_order(&self) -> impl DoubleEndedIterator<Item = u32> + '_ {
        (0..self.tasks).map(|position| match &self.order {
            Order::Up => position,
            Order::Down => self.tasks - 1 - position,
            Order::Listed(order) => order[position as usize],
        })
    }

    /// For each task how many edges the longest way from a root to it has: its level.
    #[must_use]
    pub fn levels(&self) -> Vec<u32> {
        let mut levels = vec![0; self.tasks as usize];
        for need in self.in_order() {
            let below = levels[need as usize] + 1;
            for &task in self.dependents(need) {
                let level: &mut u32 = &mut levels[task as usize];
                *level = (*level).max(below);
            }
        }
        levels
    }

    /// How many levels: tasks on the longest way. 0 for no task.
    #[must_use]
    pub fn depth(&self) -> u32 {
        self.levels().into_iter().max().map_or(0, |level| level + 1)
    }

    /// The tasks of the heaviest way, from a root on; of equally heavy ones the one with the lowest numbers. Tasks without
    /// a weight weigh nothing.
    #[must_use]
    pub fn critical_path(&self, weights: &[u64]) -> Vec<u32> {
        let tails = self.tails(weights);
        let mut path = Vec::new();
        let heaviest = |tasks: &mut dyn Iterator<Item = u32>| {
            tasks.max_by_key(|&task| (tails[task as usize], core::cmp::Reverse(task)))
        };
        let mut next = heaviest(&mut self.roots());
        while let Some(task) = next {
            path.push(task);
            next = heaviest(&mut self.dependents(task).iter().copied());
        }
        path
    }

    /// The weight of the heaviest way: no number of agents is faster.
    #[must_use]
    pub fn span(&self, weights: &[u64]) -> u64 {
        self.tails(weights).into_iter().max().unwrap_or(0)
    }

    /// For each task the weight of the heaviest way from it to the end, its own included: the upward rank of HEFT
    /// (Topcuoglu, Hariri and Wu, 2002). Sums stop at the largest number.
    #[must_use]
    pub fn tails(&self, weights: &[u64]) -> Vec<u64> {
        let mut tails = vec![0; self.tasks as usize];
        for task in self.in_order().rev() {
            let after = self.dependents(task).iter().map(|&dependent| tails[dependent as usize]).max().unwrap_or(0);
            tails[task as usize] = weights.get(task as usize).copied().unwrap_or(0).saturating_add(after);
        }
        tails
    }

    /// For each task the weight of the heaviest way to it, its own left out: when it can start at the earliest.
    #[must_use]
    pub fn heads(&self, weights: &[u64]) -> Vec<u64> {
        let mut heads = vec![0; self.tasks as usize];
        for need in self.in_order() {
            let done = weights.get(need as usize).copied().unwrap_or(0).saturating_add(heads[need as usize]);
            for &task in self.dependents(need) {
                let head: &mut u64 = &mut heads[task as usize];
                *head = (*head).max(done);
            }
        }
        heads
    }
}

/// Moves each entry of a sorted row to the front once, and says how many there are. A task that was named again needs one less.
fn drop_repeated(row: &mut [u32], needed: &mut [u32]) -> usize {
    let mut kept = 0;
    for at in 0..row.len() {
        let task = row[at];
        if kept > 0 && row[kept - 1] == task {
            needed[task as usize] -= 1;
        } else {
            row[kept] = task;
            kept += 1;
        }
    }
    kept
}

/// What each task of a [`Graph`] needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Needs {
    offsets: Vec<u32>,
    needs: Vec<u32>,
}

impl Needs {
    /// The tasks that this one needs, ascending. None for a task that does not exist.
    #[must_use]
    pub fn of(&self, task: u32) -> &[u32] {
        let task = task as usize;
        match self.offsets.get(task..).and_then(|rest| rest.get(..2)) {
            Some(bounds) => &self.needs[bounds[0] as usize..bounds[1] as usize],
            None => &[],
        }
    }
}

#[cfg(test)]
mod tests;
