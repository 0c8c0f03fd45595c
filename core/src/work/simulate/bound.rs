//! What no schedule is faster than.

use alloc::{vec, vec::Vec};

use serde::{Deserialize, Serialize};

use super::{ONE_PPM, at_speed};
use crate::work::graph::Graph;

/// Most thresholds of [`Bound::window_ms`] each way: with no more different times than that, all pairs are tried.
const THRESHOLDS: usize = 384;

/// Lower bounds of the makespan, in milliseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bound {
    /// The largest of the others.
    pub lower_ms: u64,
    /// All work over all agents together.
    pub area_ms: u64,
    /// The heaviest way through the graph, on the fastest agent.
    pub span_ms: u64,
    /// Tasks that can not start before `h` and have `t` behind them leave the agents a window of the makespan less `h`
    /// and `t`; the largest of `h`, their work over all agents, and `t` together.
    pub window_ms: u64,
}

impl Bound {
    /// The bounds for a graph on agents of these speeds. All 0 without agents.
    #[must_use]
    pub fn of(graph: &Graph, durations_ms: &[u64], speeds_ppm: &[u32]) -> Self {
        let Some(fastest) = speeds_ppm.iter().copied().max().filter(|speed| *speed > 0) else {
            return Self::default();
        };
        let capacity = speeds_ppm.iter().map(|speed| u128::from(*speed)).sum::<u128>();
        let shared = |work: u128| u64::try_from((work * u128::from(ONE_PPM)).div_ceil(capacity)).unwrap_or(u64::MAX);
        let work: Vec<u64> =
            (0..graph.len() as usize).map(|task| durations_ms.get(task).copied().unwrap_or(0)).collect();
        let shortest: Vec<u64> = work.iter().map(|ms| at_speed(*ms, fastest)).collect();
        let heads = graph.heads(&shortest);
        let with_own = graph.tails(&shortest);
        let tails: Vec<u64> = with_own.iter().zip(&shortest).map(|(tail, own)| tail - own).collect();
        let area_ms = shared(work.iter().map(|ms| u128::from(*ms)).sum());
        let span_ms = with_own.into_iter().max().unwrap_or(0);
        let window_ms = window(&heads, &tails, &work, shared);
        Self { lower_ms: area_ms.max(span_ms).max(window_ms), area_ms, span_ms, window_ms }
    }
}

fn window(heads: &[u64], tails: &[u64], work: &[u64], shared: impl Fn(u128) -> u64) -> u64 {
    let (rows, columns) = (thresholds(heads), thresholds(tails));
    let width = columns.len();
    // Work by the highest thresholds that a task reaches, then summed from the far corner.
    let mut sums = vec![0_u128; rows.len() * width];
    for ((head, tail), ms) in heads.iter().zip(tails).zip(work) {
        let (row, column) = (reached(&rows, *head), reached(&columns, *tail));
        sums[row * width + column] += u128::from(*ms);
    }
    let mut best = 0;
    for row in (0..rows.len()).rev() {
        let mut in_row = 0;
        for column in (0..width).rev() {
            let at = row * width + column;
            in_row += sums[at];
            sums[at] = in_row + sums.get(at + width).copied().unwrap_or(0);
            if sums[at] > 0 {
                best = best.max(rows[row].saturating_add(shared(sums[at])).saturating_add(columns[column]));
            }
        }
    }
    best
}

/// Different times, ascending, from the lowest on: all of them, or some, equally many tasks apart.
fn thresholds(times: &[u64]) -> Vec<u64> {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    let mut all = sorted.clone();
    all.dedup();
    if all.len() <= THRESHOLDS {
        return all;
    }
    let mut some: Vec<u64> = (0..THRESHOLDS).map(|step| sorted[step * sorted.len() / THRESHOLDS]).collect();
    some.dedup();
    some
}

/// The position of the highest threshold that is not above `time`.
fn reached(thresholds: &[u64], time: u64) -> usize {
    thresholds.partition_point(|threshold| *threshold <= time).saturating_sub(1)
}
