//! Finds the agents worth rating without looking at all of them.
//!
//! For each combination of what tasks ask for, who can do it is remembered. Up to 64 are simply all rated. For more, a
//! tournament tree per size of task keeps the least cost of each half, quarter, and so on of the agents; when an
//! agent changes, only its path to the top is played again. A tree knows no classes of tasks: its few cheapest agents are
//! rated exactly. The trees hold what is a function of the state alone and are
//! brought up to date when they are used, so it makes no difference to any choice which of them exist.

use alloc::{vec, vec::Vec};

use super::{
    fleet::{Fleet, Wants, tenant},
    pools::ROOT,
    score::{Job, rate},
    select::Need,
};
use crate::det::{digest, mix};

/// Up to this many agents are all rated.
pub(super) const SCAN: usize = 64;
const MAX_SETS: usize = 64;
const MAX_TREES: usize = 16;
const NOBODY: u64 = u64::MAX;
/// Marks an agent that can not do it.
const UNFIT: u8 = u8::MAX;

/// The agents that can do what is asked for, whether they are well or not. Derived.
#[derive(Debug, Clone)]
pub(super) struct Set {
    digest: u64,
    pub(super) wants: Wants,
    /// The pool asked for, and the one whose agents may do it: the same, or one above it that stands in.
    pub(super) home: u32,
    pub(super) scope: u32,
    /// By slot: how many preferred capabilities it lacks, or [`UNFIT`].
    lacks: Vec<u8>,
    /// Who they are, as long as they are few.
    few: Vec<u32>,
    count: usize,
    trees: Vec<Tree>,
    used: u64,
}

/// Least costs. Node 1 is the top, the children of `n` are `2n` and `2n + 1`, and the leaves are the slots.
#[derive(Debug, Clone)]
struct Tree {
    job: Job,
    seen: u64,
    leaves: usize,
    /// Among all, and among those with a free slot.
    all: Vec<u64>,
    free: Vec<u64>,
    used: u64,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Index {
    sets: Vec<Set>,
    /// Slots that changed, from the change numbered `base` on.
    log: Vec<u32>,
    base: u64,
    uses: u64,
    scratch: Vec<(u64, usize)>,
}

impl Set {
    /// How many preferred capabilities it lacks; `None` if it can not do it.
    pub(super) fn lacks(&self, slot: u32) -> Option<u32> {
        self.lacks.get(slot as usize).copied().filter(|lacks| *lacks != UNFIT).map(u32::from)
    }

    /// Everybody who can do it, if they are at most [`SCAN`].
    pub(super) fn few(&self) -> Option<&[u32]> {
        (self.count <= SCAN).then_some(&self.few)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// All who can do it.
    pub(super) fn members(&self) -> impl Iterator<Item = u32> + '_ {
        (0..).zip(&self.lacks).filter(|(_, lacks)| **lacks != UNFIT).map(|(slot, _)| slot)
    }

    fn new(fleet: &Fleet, need: &Need<'_>, digest: u64) -> Self {
        let wants = Wants::new(fleet, need);
        let (lacks, few, trees) = (Vec::new(), Vec::new(), Vec::new());
        let mut set = Self { digest, wants, home: ROOT, scope: ROOT, lacks, few, count: 0, trees, used: 0 };
        let Some(home) = fleet.pools.find(need.pool) else { return set };
        set.home = home;
        for scope in fleet.pools.upwards(home) {
            set.scope = scope;
            set.fill(fleet);
            if set.count > 0 {
                break;
            }
        }
        set
    }

    fn fill(&mut self, fleet: &Fleet) {
        self.lacks.clear();
        for agent in &fleet.slots {
            let fit = agent.as_ref().and_then(|agent| self.wants.fit(fleet, self.home, self.scope, agent).ok());
            self.lacks.push(fit.unwrap_or(UNFIT));
        }
        self.recount();
    }

    fn recount(&mut self) {
        self.count = self.lacks.iter().filter(|lacks| **lacks != UNFIT).count();
        self.few = if self.count <= SCAN { self.members().collect() } else { Vec::new() };
    }

    /// An agent came, went or says something else of itself. Says whether the set is still good.
    fn on_member(&mut self, fleet: &Fleet, slot: u32) -> bool {
        // Who stands in depends on who is there.
        if self.scope != self.home || fleet.pools.find(&self.wants.pool).is_none() {
            return false;
        }
        let at = slot as usize;
        if self.lacks.len() <= at {
            self.lacks.resize(at + 1, UNFIT);
        }
        let fit = fleet.at(slot).and_then(|agent| self.wants.fit(fleet, self.home, self.scope, agent).ok());
        let (was, is) = (self.lacks[at], fit.unwrap_or(UNFIT));
        self.lacks[at] = is;
        match (was == UNFIT, is == UNFIT) {
            (true, false) => self.count += 1,
            (false, true) => self.count -= 1,
            _ => return self.count > 0,
        }
        if self.count == SCAN {
            self.few = self.members().collect();
        } else if self.count < SCAN {
            match (is == UNFIT, self.few.binary_search(&slot)) {
                (true, Ok(found)) => drop(self.few.remove(found)),
                (false, Err(place)) => self.few.insert(place, slot),
                _ => {}
            }
        } else if self.count == SCAN + 1 {
            self.few.clear();
        }
        self.count > 0
    }
}

impl Index {
    /// Everything is to be found anew.
    pub(super) fn clear(&mut self) {
        self.sets.clear();
        self.log.clear();
        self.base = 0;
    }

    /// The cost or the health of an agent has changed.
    pub(super) fn on_change(&mut self, slot: u32, slots: usize) {
        if self.sets.is_empty() {
            return;
        }
        if self.log.len() > 4096 + slots {
            self.base += self.log.len() as u64;
            self.log.clear();
        }
        self.log.push(slot);
    }

    /// An agent came, went or says something else of itself.
    pub(super) fn on_member(&mut self, fleet: &Fleet, slot: u32) {
        self.sets.retain_mut(|set| set.on_member(fleet, slot));
        self.on_change(slot, fleet.slots.len());
    }

    /// The place of the set for what is asked, made if need be.
    pub(super) fn set(&mut self, fleet: &Fleet, need: &Need<'_>) -> usize {
        self.uses += 1;
        let wanted = digest_of(fleet, need);
        let found = self.sets.iter().position(|set| set.digest == wanted && set.wants.is_of(fleet, need));
        let at = found.unwrap_or_else(|| {
            if self.sets.len() >= MAX_SETS {
                let oldest = self.sets.iter().enumerate().min_by_key(|(_, set)| set.used).map_or(0, |(at, _)| at);
                self.sets.swap_remove(oldest);
            }
            self.sets.push(Set::new(fleet, need, wanted));
            self.sets.len() - 1
        });
        self.sets[at].used = self.uses;
        at
    }

    pub(super) fn get(&self, at: usize) -> &Set {
        &self.sets[at]
    }

    /// The `most` cheapest agents of a set for such a job, roughly: for one of the size of its bucket. Says whether these are all
    /// there are.
    pub(super) fn cheapest(
        &mut self,
        fleet: &Fleet,
        at: usize,
        job: &Job,
        free: bool,
        most: usize,
        out: &mut Vec<u32>,
    ) -> bool {
        let job = Job { class: None, duration_us: bucket(job.duration_us), risky: job.risky };
        self.make_room(at, &job);
        let (uses, base) = (self.uses, self.base);
        let set = &mut self.sets[at];
        let found = set.trees.iter().position(|tree| tree.job == job);
        let place = found.unwrap_or_else(|| {
            set.trees.push(Tree { job, seen: 0, leaves: 0, all: Vec::new(), free: Vec::new(), used: 0 });
            set.trees.len() - 1
        });
        let tree = &mut set.trees[place];
        tree.used = uses;
        if tree.leaves < fleet.slots.len() || tree.seen < base {
            tree.build(fleet, &set.lacks);
        } else {
            let from = usize::try_from(tree.seen - base).unwrap_or(0);
            for slot in self.log.get(from..).unwrap_or_default() {
                tree.play(fleet, &set.lacks, *slot);
            }
        }
        tree.seen = base + self.log.len() as u64;
        let nodes = if free { &tree.free } else { &tree.all };
        best(nodes, tree.leaves, most, &mut self.scratch, out)
    }

    /// Drops the tree that was used longest ago if there are too many.
    fn make_room(&mut self, at: usize, job: &Job) {
        let trees: usize = self.sets.iter().map(|set| set.trees.len()).sum();
        if trees < MAX_TREES || self.sets[at].trees.iter().any(|tree| tree.job == *job) {
            return;
        }
        let each = self.sets.iter().enumerate();
        let each = each.flat_map(|(s, set)| set.trees.iter().enumerate().map(move |(t, tree)| (tree.used, s, t)));
        if let Some((_, s, t)) = each.min() {
            self.sets[s].trees.swap_remove(t);
        }
    }
}

impl Tree {
    fn leaf(&self, fleet: &Fleet, lacks: &[u8], slot: u32) -> (u64, u64) {
        let lacks = lacks.get(slot as usize).copied().unwrap_or(UNFIT);
        let Some(hot) = fleet.hot.get(slot as usize).filter(|hot| lacks != UNFIT && hot.eligible) else {
            return (NOBODY, NOBODY);
        };
        let p = u64::from(hot.p[usize::from(self.job.risky)]);
        let cost_us = rate(&fleet.settings, hot, self.job.duration_us, p, lacks.into(), false).cost_us;
        let load = if hot.load < hot.slots { hot.load * 16 / hot.slots } else { 15 };
        let key = pack(cost_us, load, hot.last_lease);
        (key, if hot.load < hot.slots { key } else { NOBODY })
    }

    fn build(&mut self, fleet: &Fleet, lacks: &[u8]) {
        let leaves = fleet.slots.len().next_power_of_two();
        self.leaves = leaves;
        self.all = vec![NOBODY; 2 * leaves];
        self.free = vec![NOBODY; 2 * leaves];
        for slot in (0_u32..).take(fleet.slots.len()) {
            let (all, free) = self.leaf(fleet, lacks, slot);
            (self.all[leaves + slot as usize], self.free[leaves + slot as usize]) = (all, free);
        }
        for nodes in [&mut self.all, &mut self.free] {
            for at in (1..leaves).rev() {
                nodes[at] = nodes[2 * at].min(nodes[2 * at + 1]);
            }
        }
    }

    fn play(&mut self, fleet: &Fleet, lacks: &[u8], slot: u32) {
        let (all, free) = self.leaf(fleet, lacks, slot);
        let leaf = self.leaves + slot as usize;
        for (nodes, key) in [(&mut self.all, all), (&mut self.free, free)] {
            if nodes[leaf] == key {
                continue;
            }
            let (mut at, mut key) = (leaf, key);
            nodes[at] = key;
            while at > 1 {
                key = key.min(nodes[at ^ 1]);
                at /= 2;
                if nodes[at] == key {
                    break;
                }
                nodes[at] = key;
            }
        }
    }
}

/// The leaves with the least keys, the least first, the lower slot first among equals. Says whether there are no others.
fn best(nodes: &[u64], leaves: usize, most: usize, open: &mut Vec<(u64, usize)>, out: &mut Vec<u32>) -> bool {
    open.clear();
    if leaves > 0 && nodes[1] != NOBODY {
        open.push((nodes[1], 1));
    }
    let mut found = 0;
    while found < most {
        let Some(place) = least(open, leaves) else { return true };
        let (key, mut at) = open.swap_remove(place);
        while at < leaves {
            let (left, right) = (2 * at, 2 * at + 1);
            let (next, other) = if nodes[left] == key { (left, right) } else { (right, left) };
            if nodes[other] != NOBODY {
                open.push((nodes[other], other));
            }
            at = next;
        }
        out.push(u32::try_from(at - leaves).unwrap_or(u32::MAX));
        found += 1;
    }
    open.is_empty()
}

/// The place of the least key, of the leftmost one among equals.
fn least(open: &[(u64, usize)], leaves: usize) -> Option<usize> {
    let (mut place, (mut key, mut at)) = (0, *open.first()?);
    for (other, (other_key, other_at)) in open.iter().enumerate().skip(1) {
        // Equals are rare, and where they are costs more than what they cost.
        if *other_key < key || (*other_key == key && leftmost(*other_at, leaves) < leftmost(at, leaves)) {
            (place, key, at) = (other, *other_key, *other_at);
        }
    }
    Some(place)
}

/// The first leaf below a node.
fn leftmost(node: usize, leaves: usize) -> usize {
    node << (leaves.ilog2() - node.ilog2())
}

/// The cost first, to 22 significant bits; then the load in sixteenths; then who was given work longest ago.
fn pack(cost_us: u64, load: u32, last_lease: u32) -> u64 {
    let cost = if cost_us < 1 << 22 {
        cost_us
    } else {
        let shift = u64::from(cost_us.ilog2()) - 22;
        ((shift + 1) << 22) + ((cost_us >> shift) - (1 << 22))
    };
    (cost << 36) | (u64::from(load.min(15)) << 32) | u64::from(last_lease)
}

/// Durations of a bucket are treated like this one in its middle: two octaves to a bucket.
pub(super) fn bucket(duration_us: u64) -> u64 {
    2_u64 << (duration_us.max(1).ilog2() / 2 * 2)
}

fn digest_of(fleet: &Fleet, need: &Need<'_>) -> u64 {
    let one = |sum: u64, text: &str| mix(sum, digest(text.as_bytes()));
    let mut sum = mix(need.requires.len() as u64, need.prefers.len() as u64);
    for text in need.requires.iter().chain(need.prefers) {
        sum = one(sum, text);
    }
    for text in [tenant(fleet, need), need.pool, need.role] {
        if !text.is_empty() {
            sum = one(sum, text);
        }
        sum = sum.rotate_left(1);
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_keys_are_found_in_order_and_the_lower_slot_first() {
        let keys = [5, 3, NOBODY, 3, 9, 1, 3, NOBODY];
        let mut nodes = vec![NOBODY; 16];
        nodes[8..].copy_from_slice(&keys);
        for at in (1..8).rev() {
            nodes[at] = nodes[2 * at].min(nodes[2 * at + 1]);
        }
        let (mut open, mut out) = (Vec::new(), Vec::new());
        assert!(!best(&nodes, 8, 3, &mut open, &mut out));
        assert_eq!(out, [5, 1, 3]);
        out.clear();
        assert!(best(&nodes, 8, 9, &mut open, &mut out));
        assert_eq!(out, [5, 1, 3, 6, 0, 4]);
    }

    #[test]
    fn packed_keys_are_in_the_order_of_costs() {
        let mut before = 0;
        for exponent in 0..64 {
            for extra in 0..8 {
                let cost = (1_u64 << exponent) + (((1_u64 << exponent) >> 3) * extra);
                let key = pack(cost, 0, 0);
                assert!(key >= before, "{cost}");
                before = key;
            }
        }
        assert!(pack(1000, 15, 9) < pack(1001, 0, 0));
        assert!(pack(1000, 0, 9) < pack(1000, 15, 0));
        assert!(pack(1000, 0, 8) < pack(1000, 0, 9));
        assert!(pack(u64::MAX, u32::MAX, u32::MAX) < NOBODY);
    }

    #[test]
    fn buckets_are_two_octaves_wide() {
        for (duration, expected) in
            [(0, 2), (1, 2), (3, 2), (4, 8), (15, 8), (16, 32), (1 << 20, 2 << 20), (u64::MAX, 2 << 62)]
        {
            assert_eq!(bucket(duration), expected, "{duration}");
        }
    }
}
