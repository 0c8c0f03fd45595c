//! What no schedule beats, worked out apart from the library, which has a bound of its own.
//!
//! All work over all agents; the heaviest way on the fastest agent; and for tasks that can not start before `h` and have `t`
//! behind them, `h`, their work over all agents, and `t` together.

use reynolds::work::Graph;

/// Most different times each way; above that a selection, which makes the bound lower and every ratio worse.
const TIMES: usize = 1024;

/// Of one graph with its durations, for any agents.
pub struct Bound {
    heads: Vec<u64>,
    tails: Vec<u64>,
    /// Work of the tasks with at least this head and at least this tail.
    work: Vec<u64>,
    span: u64,
}

impl Bound {
    pub fn of(graph: &Graph, ms: &[u64]) -> Self {
        let order = graph.topological_order();
        let mut head = vec![0; ms.len()];
        for &task in &order {
            let done = head[task as usize] + ms[task as usize];
            for &next in graph.dependents(task) {
                head[next as usize] = done.max(head[next as usize]);
            }
        }
        let mut tail = vec![0; ms.len()];
        for &task in order.iter().rev() {
            let after = graph.dependents(task).iter().map(|next| tail[*next as usize] + ms[*next as usize]);
            tail[task as usize] = after.max().unwrap_or(0);
        }
        let span = (0..ms.len()).map(|task| head[task] + ms[task] + tail[task]).max().unwrap_or(0);
        let (heads, tails) = (selected(&head), selected(&tail));
        let mut work = vec![0; heads.len() * tails.len()];
        for task in 0..ms.len() {
            let row = heads.partition_point(|time| *time <= head[task]) - 1;
            let column = tails.partition_point(|time| *time <= tail[task]) - 1;
            work[row * tails.len() + column] += ms[task];
        }
        for row in (0..heads.len()).rev() {
            let mut sum = 0;
            for column in (0..tails.len()).rev() {
                let at = row * tails.len() + column;
                sum += work[at];
                work[at] = sum + work.get(at + tails.len()).copied().unwrap_or(0);
            }
        }
        Self { heads, tails, work, span }
    }

    /// In milliseconds, on agents of these speeds; 1 takes a millisecond for a millisecond.
    pub fn lower_ms(&self, speeds: &[u64]) -> f64 {
        let fastest = speeds.iter().copied().max().unwrap_or(1) as f64;
        let all = speeds.iter().sum::<u64>() as f64;
        let mut lower = self.span as f64 / fastest;
        for (row, head) in self.work.chunks_exact(self.tails.len().max(1)).zip(&self.heads) {
            for (work, tail) in row.iter().zip(&self.tails) {
                if *work > 0 {
                    lower = lower.max((head + tail) as f64 / fastest + *work as f64 / all);
                }
            }
        }
        lower
    }
}

/// Different times, ascending; the lowest is always among them.
fn selected(times: &[u64]) -> Vec<u64> {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    if sorted.len() > TIMES {
        sorted = (0..TIMES).map(|nth| sorted[nth * sorted.len() / TIMES]).collect();
    }
    sorted
}
