//! Which task to start first.

use alloc::{collections::BTreeMap, vec::Vec};

use serde::{Deserialize, Serialize};

use super::graph::Graph;

/// How many buckets there are: [`bucket`] is below this.
pub(super) const BUCKETS: u16 = 976;

/// The bucket of a rank: below 16 the rank itself, above that 16 buckets per octave. A larger rank never has a lower bucket.
#[expect(clippy::cast_possible_truncation, reason = "at most 60 * 16 + 15")]
pub(super) const fn bucket(rank: u64) -> u16 {
    if rank < 16 {
        return rank as u16;
    }
    let octave = 63 - rank.leading_zeros();
    ((octave - 3) * 16) as u16 + ((rank >> (octave - 4)) & 15) as u16
}

/// For each task of a graph how urgent it is: the one with the longest way to the end behind it starts first.
///
/// The upward rank of HEFT (Topcuoglu, Hariri and Wu, 2002) in integer buckets, 16 per octave: ranks within about 6 % of
/// each other are alike, and alike ones go in the order in which they became ready. Estimates are never as exact as that,
/// and it makes the queue of ready tasks a bitmap with lists. Without any estimate the rank counts hops. Agents of different
/// speed do not change the order: a rank is compared with ranks only.
///
/// It is a pure function of graph and durations: work it out again when a patch changes one of them, never when a task finishes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ranks {
    buckets: Vec<u16>,
}

impl Ranks {
    /// By expected time to the end. `durations_ms` has one entry per task; a missing one is 0.
    #[must_use]
    pub fn by_duration(graph: &Graph, durations_ms: &[u64]) -> Self {
        Self { buckets: graph.tails(durations_ms).into_iter().map(bucket).collect() }
    }

    /// By the number of tasks to the end, for plans without any estimate.
    #[must_use]
    pub fn by_hops(graph: &Graph) -> Self {
        let mut hops: Vec<u32> = alloc::vec![0; graph.len() as usize];
        for task in graph.in_order().rev() {
            let after = graph.dependents(task).iter().map(|&dependent| hops[dependent as usize]).max().unwrap_or(0);
            hops[task as usize] = after + 1;
        }
        Self { buckets: hops.into_iter().map(|hops| bucket(hops.into())).collect() }
    }

    /// By duration if there is one, else by hops.
    #[must_use]
    pub fn of(graph: &Graph, durations: &Durations) -> Self {
        if durations.sources.none() { Self::by_hops(graph) } else { Self::by_duration(graph, &durations.ms) }
    }

    /// The bucket of a task: higher ones start first. 0 for a task that does not exist.
    #[must_use]
    pub fn of_task(&self, task: u32) -> u16 {
        self.buckets.get(task as usize).copied().unwrap_or(0)
    }

    pub(super) fn into_buckets(self, tasks: u32) -> Vec<u16> {
        let mut buckets = self.buckets;
        buckets.resize(tasks as usize, 0);
        buckets
    }
}

/// How long each task will take, as far as anybody knows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Durations {
    /// Per task, in milliseconds.
    pub ms: Vec<u64>,
    /// Where the figures come from.
    pub sources: Sources,
}

/// How many durations came from where.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Sources {
    /// Given with the task.
    pub given: u32,
    /// The mean of the tasks of its class that have one.
    pub class_mean: u32,
    /// The mean of all tasks that have one.
    pub global_mean: u32,
    /// Nobody knows: the default.
    pub assumed: u32,
}

impl Sources {
    /// Is nothing known of any task?
    #[must_use]
    pub const fn none(&self) -> bool {
        self.given == 0 && self.class_mean == 0 && self.global_mean == 0
    }
}

impl Durations {
    /// Fills the gaps: what is not given is the mean of its class, else of all, else `assumed_ms`.
    ///
    /// `classes` has one number per task; a missing one is a class of its own.
    #[must_use]
    pub fn fill(given_ms: &[Option<u64>], classes: &[u32], assumed_ms: u64) -> Self {
        let mut sums: BTreeMap<Option<u32>, (u128, u128)> = BTreeMap::new();
        let mut all = (0, 0);
        let class = |task: usize| classes.get(task).copied();
        for (task, ms) in given_ms.iter().enumerate() {
            if let Some(ms) = *ms {
                for sum in [sums.entry(class(task)).or_default(), &mut all] {
                    *sum = (sum.0 + u128::from(ms), sum.1 + 1);
                }
            }
        }
        let mut sources = Sources::default();
        let ms = given_ms.iter().enumerate().map(|(task, ms)| {
            if let Some(ms) = *ms {
                sources.given += 1;
                ms
            } else if let Some(mean) = class(task).and_then(|class| mean(sums.get(&Some(class)).copied())) {
                sources.class_mean += 1;
                mean
            } else if let Some(mean) = mean(Some(all)) {
                sources.global_mean += 1;
                mean
            } else {
                sources.assumed += 1;
                assumed_ms
            }
        });
        Self { ms: ms.collect(), sources }
    }
}

fn mean(sum: Option<(u128, u128)>) -> Option<u64> {
    let (sum, count) = sum?;
    u64::try_from(sum.checked_div(count)?).ok()
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    #[test]
    fn there_are_16_buckets_per_octave() {
        assert_eq!([0, 1, 15, 16, 17, 31, 32, 33, 34].map(bucket), [0, 1, 15, 16, 17, 31, 32, 32, 33]);
        // 2^16 is 16 * (16 - 3).
        assert_eq!([65_535, 65_536, 65_536 + 4095, 65_536 + 4096].map(bucket), [207, 208, 208, 209]);
        assert_eq!(bucket(u64::MAX), BUCKETS - 1);
    }

    #[test]
    fn a_larger_rank_never_has_a_lower_bucket() {
        for shift in 0..64 {
            let rank = 1_u64 << shift;
            assert!(bucket(rank - 1) < bucket(rank) || rank > 16 && bucket(rank - 1) + 1 == bucket(rank), "{rank}");
            assert!(bucket(rank) <= bucket(rank.saturating_add(1)), "{rank}");
        }
    }

    #[test]
    fn the_longest_way_goes_first_and_without_estimates_the_most_hops() {
        // 0 -> 1 -> 2, and 3 alone.
        let graph = Graph::build(4, &[(0, 1), (1, 2)]).unwrap();
        let ranks = Ranks::by_duration(&graph, &[1, 1, 1, 9]);
        assert_eq!([0, 1, 2, 3].map(|task| ranks.of_task(task)), [3, 2, 1, 9]);
        let hops = Ranks::by_hops(&graph);
        assert_eq!([0, 1, 2, 3].map(|task| hops.of_task(task)), [3, 2, 1, 1]);
        assert_eq!(Ranks::of(&graph, &Durations::fill(&[None; 4], &[], 60_000)), hops);
    }

    #[test]
    fn gaps_are_filled_by_class_then_by_all_then_by_the_default() {
        let given = [Some(10), Some(20), None, Some(60), None];
        let filled = Durations::fill(&given, &[1, 1, 1, 2, 3], 7);
        assert_eq!(filled.ms, [10, 20, 15, 60, 30]);
        assert_eq!(filled.sources, Sources { given: 3, class_mean: 1, global_mean: 1, assumed: 0 });
        let nothing = Durations::fill(&[None, None], &[1], 7);
        assert_eq!((nothing.ms, nothing.sources.assumed), (vec![7, 7], 2));
    }
}
