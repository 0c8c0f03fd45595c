//! Pools of agents in a tree, and who stands in when a pool fails.
//!
//! Failures are counted per pool, as the supervisors of Erlang/OTP do: up to `intensity` in `period_ms` are answered by a
//! restart of the agent that failed. One more, and the pool as a whole is taken out of use for a while, which counts as
//! one failure of its parent; a pool above stands in. The root is never taken out of use, but stops restarting. Where OTP
//! would now restart everything below, nothing is restarted here: that is how storms begin.
//!
//! | from | on | to |
//! |---|---|---|
//! | up | a failure within the intensity | up, one restart |
//! | up | a failure beyond it | down for `down_ms` · 2^k, at most 16-fold; the parent counts a failure |
//! | down | a failure | down |
//! | down | its time | up, with an empty count |

use alloc::{collections::BTreeMap, vec::Vec};

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use super::{
    agent::Notice,
    settings::{AgentError, Settings},
};
use crate::{det::gather, text::Text, time::Timestamp};

/// Deepest nesting of pools.
const MAX_DEPTH: usize = 16;
/// The root, which every registry has.
pub(super) const ROOT: u32 = 0;

/// A pool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct Pool {
    /// Its name; the empty name is the root's.
    #[n(0)]
    pub id: Text,
    /// The pool above it; empty stands for the root.
    #[n(1)]
    #[serde(default)]
    pub parent: Text,
    /// How many failures in `period_ms` are answered by a restart. 0 to 100, default 3.
    #[n(2)]
    #[serde(default = "three")]
    pub intensity: u32,
    /// For how long a failure counts, in milliseconds. Default 60 000.
    #[n(3)]
    #[serde(default = "minute")]
    pub period_ms: u64,
    /// How long a pool that failed is out of use the first time, in milliseconds. Default 60 000.
    #[n(4)]
    #[serde(default = "minute")]
    pub down_ms: u64,
}

fn three() -> u32 {
    3
}

fn minute() -> u64 {
    60_000
}

impl Default for Pool {
    fn default() -> Self {
        Self { id: Text::default(), parent: Text::default(), intensity: 3, period_ms: 60_000, down_ms: 60_000 }
    }
}

#[derive(Debug, Clone, Encode, Decode)]
#[cbor(map)]
struct Entry {
    #[n(0)]
    no: u32,
    #[n(1)]
    pool: Pool,
    #[n(2)]
    parent: u32,
    /// Failures that still count, the oldest first; at most `intensity`.
    #[n(3)]
    failures: Vec<Timestamp>,
    #[n(4)]
    down_until: Option<Timestamp>,
    /// How often in a row it went down, and when it was last restored.
    #[n(5)]
    downs: u32,
    #[n(6)]
    restored: Timestamp,
}

/// How an agent's pool stands to the pool a task asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fit {
    /// It is in it.
    Inside,
    /// It is in the pool above that stands in.
    StandIn,
    Outside,
}

#[derive(Debug, Clone, Encode, Decode)]
#[cbor(array)]
pub(super) struct Pools {
    #[n(0)]
    entries: Vec<Entry>,
    #[n(1)]
    next: u32,
    #[cbor(skip)]
    by_name: BTreeMap<Text, u32>,
}

impl Default for Pools {
    fn default() -> Self {
        let mut pools = Self { entries: Vec::new(), next: 1, by_name: BTreeMap::new() };
        pools.push(ROOT, Pool::default(), ROOT);
        pools
    }
}

impl Pools {
    fn push(&mut self, no: u32, pool: Pool, parent: u32) {
        self.by_name.insert(pool.id.clone(), no);
        let (failures, down_until, downs, restored) = (Vec::new(), None, 0, Timestamp(0));
        self.entries.push(Entry { no, pool, parent, failures, down_until, downs, restored });
    }

    /// Rebuilds what is derived.
    pub(super) fn index(&mut self) {
        self.by_name = gather(self.entries.iter().map(|entry| (entry.pool.id.clone(), entry.no)));
    }

    /// Each after its parent.
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &Pool> {
        self.entries.iter().map(|entry| &entry.pool)
    }

    pub(super) fn find(&self, id: &str) -> Option<u32> {
        self.by_name.get(id).copied()
    }

    fn at(&self, no: u32) -> Option<usize> {
        self.entries.binary_search_by_key(&no, |entry| entry.no).ok()
    }

    fn entry(&self, no: u32) -> Option<&Entry> {
        self.at(no).and_then(|at| self.entries.get(at))
    }

    pub(super) fn has(&self, no: u32) -> bool {
        self.at(no).is_some()
    }

    pub(super) fn name(&self, no: u32) -> Text {
        self.entry(no).map(|entry| entry.pool.id.clone()).unwrap_or_default()
    }

    /// The pool and those above it, up to the root.
    pub(super) fn upwards(&self, no: u32) -> impl Iterator<Item = u32> + '_ {
        let mut at = Some(no);
        core::iter::from_fn(move || {
            let here = at?;
            at = (here != ROOT).then(|| self.entry(here).map_or(ROOT, |entry| entry.parent));
            Some(here)
        })
    }

    /// Adds a pool, or changes one that exists.
    pub(super) fn put(&mut self, settings: &Settings, pool: Pool) -> Result<(), AgentError> {
        if pool.id.len() > 128 {
            return Err(AgentError::TooLong { field: "id", len: pool.id.len(), limit: 128 });
        }
        if pool.intensity > 100 {
            return Err(AgentError::OutOfRange {
                field: "intensity",
                value: pool.intensity.into(),
                expected: "0 to 100",
            });
        }
        if pool.period_ms == 0 || pool.down_ms == 0 {
            return Err(AgentError::OutOfRange { field: "period_ms, down_ms", value: 0, expected: "at least 1" });
        }
        let parent = self.find(&pool.parent).ok_or_else(|| AgentError::UnknownPool { id: pool.parent.clone() })?;
        if let Some(at) = self.find(&pool.id).and_then(|no| self.at(no)) {
            let entry = &mut self.entries[at];
            if entry.parent != parent {
                return Err(AgentError::Pool {
                    id: pool.id,
                    reason: "it has another parent; remove it and add it anew",
                });
            }
            entry.failures.truncate(pool.intensity as usize);
            entry.pool = pool;
            return Ok(());
        }
        if self.entries.len() > settings.pools as usize {
            return Err(AgentError::Full { limit_name: "pools", limit: settings.pools });
        }
        if self.upwards(parent).count() >= MAX_DEPTH {
            return Err(AgentError::Pool { id: pool.id, reason: "it is nested deeper than 16; use fewer levels" });
        }
        let no = self.next;
        self.next = no.wrapping_add(1);
        self.push(no, pool, parent);
        Ok(())
    }

    /// Removes a pool that nothing is in.
    pub(super) fn remove(&mut self, id: &str, in_use: impl Fn(u32) -> bool) -> Result<(), AgentError> {
        let unknown = || AgentError::UnknownPool { id: id.into() };
        let at = self.find(id).and_then(|no| self.at(no)).ok_or_else(unknown)?;
        let no = self.entries[at].no;
        if no == ROOT {
            return Err(AgentError::Pool { id: id.into(), reason: "the root stays" });
        }
        if in_use(no) || self.entries.iter().any(|entry| entry.no != no && entry.parent == no) {
            return Err(AgentError::Pool {
                id: id.into(),
                reason: "it is not empty; remove its agents and pools first",
            });
        }
        self.entries.remove(at);
        self.by_name.remove(id);
        Ok(())
    }

    /// Is the pool, or one above it, out of use?
    pub(super) fn is_down(&self, no: u32) -> bool {
        self.upwards(no).any(|no| no != ROOT && self.entry(no).is_some_and(|entry| entry.down_until.is_some()))
    }

    /// How an agent's pool stands to a task's, if the agents of `scope` may do it: the task's own pool, or one above it.
    pub(super) fn fit(&self, home: u32, scope: u32, agent: u32) -> Fit {
        if self.is_down(agent) {
            return Fit::Outside;
        }
        if self.upwards(agent).any(|no| no == home) {
            Fit::Inside
        } else if scope != home && agent == scope {
            Fit::StandIn
        } else {
            Fit::Outside
        }
    }

    /// An agent of the pool failed. Says whether a pool went down.
    pub(super) fn on_failure(&mut self, now: Timestamp, no: u32, restart: Option<Text>, out: &mut Vec<Notice>) -> bool {
        if self.is_down(no) {
            return false;
        }
        let (mut at, mut restart, mut went_down) = (no, restart, false);
        while let Some(index) = self.at(at) {
            let entry = &mut self.entries[index];
            if at == ROOT && entry.down_until.is_some() {
                break;
            }
            let period_ms = entry.pool.period_ms;
            entry.failures.retain(|failed| now.since_ms(*failed) < period_ms);
            if entry.failures.len() < entry.pool.intensity as usize {
                entry.failures.push(now);
                let pool = entry.pool.id.clone();
                out.extend(restart.take().map(|id| Notice::Restart { id, pool }));
                break;
            }
            if entry.restored.plus_ms(period_ms.saturating_mul(10)) <= now {
                entry.downs = 0;
            }
            let until = now.plus_ms(entry.pool.down_ms.saturating_mul(1 << entry.downs.min(4)));
            entry.failures.clear();
            entry.downs = entry.downs.saturating_add(1);
            entry.down_until = Some(until);
            if at == ROOT {
                out.push(Notice::Alarm { until });
                break;
            }
            went_down = true;
            let (pool, parent) = (entry.pool.id.clone(), entry.parent);
            out.push(Notice::Escalated { pool, to: self.name(parent), until });
            // What is asked of the parent is to stand in, not to restart.
            (at, restart) = (parent, None);
        }
        went_down
    }

    pub(super) fn due(&self) -> Option<Timestamp> {
        self.entries.iter().filter_map(|entry| entry.down_until).min()
    }

    /// Pools whose time is over are up again. Says whether some get work again: the root never ceased to.
    pub(super) fn on_due(&mut self, now: Timestamp, out: &mut Vec<Notice>) -> bool {
        let mut restored = false;
        for entry in &mut self.entries {
            if entry.down_until.is_some_and(|until| until <= now) {
                (entry.down_until, entry.restored) = (None, now);
                if entry.no != ROOT {
                    restored = true;
                    out.push(Notice::PoolRestored { pool: entry.pool.id.clone() });
                }
            }
        }
        restored
    }

    pub(super) fn check(&self) -> Result<(), &'static str> {
        let ordered = self.entries.windows(2).all(|pair| pair[0].no < pair[1].no);
        if !ordered || self.entries.first().is_none_or(|root| root.no != ROOT || !root.pool.id.is_empty()) {
            return Err("pools are in the order of their numbers, the root first");
        }
        if self.by_name.len() != self.entries.len() || self.entries.iter().any(|entry| entry.no >= self.next) {
            return Err("pools have names and numbers of their own");
        }
        for entry in &self.entries {
            if self.at(entry.parent).is_none() {
                return Err("a pool's parent exists");
            }
            // A ring would never end.
            if self.upwards(entry.no).take(MAX_DEPTH * 2).last() != Some(ROOT) {
                return Err("every pool is below the root");
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;

    fn tree() -> Pools {
        let mut pools = Pools::default();
        for (id, parent) in [("code", ""), ("rust", "code"), ("node", "code"), ("ops", "")] {
            let pool = Pool { id: id.into(), parent: parent.into(), ..Pool::default() };
            pools.put(&Settings::default(), pool).expect("is new");
        }
        pools
    }

    fn fail(pools: &mut Pools, at: u64, pool: &str) -> Vec<Notice> {
        let (mut out, no) = (Vec::new(), pools.find(pool).expect("exists"));
        pools.on_failure(Timestamp(at), no, Some("a".into()), &mut out);
        out
    }

    #[test]
    fn a_leaf_that_fails_four_times_in_its_period_is_replaced_by_its_parent() {
        let mut pools = tree();
        for at in [0, 10_000, 20_000] {
            assert_eq!(fail(&mut pools, at, "rust"), [Notice::Restart { id: "a".into(), pool: "rust".into() }]);
        }
        let until = Timestamp(90_000);
        assert_eq!(
            fail(&mut pools, 30_000, "rust"),
            [Notice::Escalated { pool: "rust".into(), to: "code".into(), until }]
        );
        let no = |id| pools.find(id).expect("exists");
        assert!(pools.is_down(no("rust")) && !pools.is_down(no("code")) && !pools.is_down(no("node")));
        assert_eq!(pools.fit(no("rust"), no("code"), no("code")), Fit::StandIn);
        assert_eq!(pools.fit(no("rust"), no("code"), no("node")), Fit::Outside);
        assert_eq!(pools.due(), Some(until));
        let mut out = Vec::new();
        assert!(pools.on_due(until, &mut out));
        assert_eq!(out, [Notice::PoolRestored { pool: "rust".into() }]);
        assert!(!pools.is_down(pools.find("rust").expect("exists")));
    }

    #[test]
    fn failures_that_are_far_apart_are_only_restarted() {
        let mut pools = tree();
        for n in 0..100 {
            assert!(matches!(fail(&mut pools, n * 20_001, "rust")[..], [Notice::Restart { .. }]));
        }
    }

    #[test]
    fn the_whole_tree_never_restarts_in_a_storm() {
        let mut pools = tree();
        let (mut restarts, mut alarms) = (0, 0);
        for second in 0..600_u64 {
            pools.on_due(Timestamp(second * 1000), &mut Vec::new());
            for pool in ["rust", "node", "code", "ops"] {
                for notice in fail(&mut pools, second * 1000, pool) {
                    restarts += u32::from(matches!(notice, Notice::Restart { .. }));
                    alarms += u32::from(matches!(notice, Notice::Alarm { .. }));
                }
            }
        }
        // 2400 failures in ten minutes. Each of four pools restarts at most three agents each time it is up, and it is up at
        // most at 0, 1, 3 and 7 minutes.
        assert!((12..=48).contains(&restarts), "{restarts}");
        assert_eq!(alarms, 0, "the root counts pools, and two of them fail four times in no minute");
        assert!(!pools.is_down(ROOT));
    }

    #[test]
    fn a_pool_that_fails_again_is_out_of_use_for_longer() {
        let mut pools = tree();
        let (mut now, mut lengths) = (0, Vec::new());
        for _ in 0..6 {
            for _ in 0..4 {
                for notice in fail(&mut pools, now, "ops") {
                    if let Notice::Escalated { until, .. } = notice {
                        lengths.push(until.0 - now);
                        now = until.0;
                    }
                }
            }
            pools.on_due(Timestamp(now), &mut Vec::new());
        }
        assert_eq!(lengths, [60_000, 120_000, 240_000, 480_000, 960_000, 960_000]);
    }

    #[test]
    fn a_pool_can_not_be_moved_nor_be_removed_with_something_in_it() {
        let mut pools = tree();
        let ring = Pool { id: "code".into(), parent: "rust".into(), ..Pool::default() };
        assert!(matches!(pools.put(&Settings::default(), ring), Err(AgentError::Pool { .. })));
        assert!(pools.remove("code", |_| false).is_err());
        assert!(pools.remove("rust", |_| true).is_err());
        assert!(pools.remove("rust", |_| false).is_ok());
        assert!(pools.remove("", |_| false).is_err());
        for n in 0..15 {
            let parent = if n == 0 { Text::default() } else { Text::from(format!("p{}", n - 1)) };
            let pool = Pool { id: format!("p{n}").into(), parent, ..Pool::default() };
            assert_eq!(pools.put(&Settings::default(), pool).is_ok(), n < 15, "{n}");
        }
        let deep = Pool { id: "deep".into(), parent: "p14".into(), ..Pool::default() };
        assert!(pools.put(&Settings::default(), deep).is_err());
        assert_eq!(pools.check(), Ok(()));
    }
}
