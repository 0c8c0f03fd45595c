//! What agents cost, the cheapest first.
//!
//! Costs depend on the task's size, on whether it is risky, and on how many of the preferred capabilities an agent lacks. For
//! each grade of these that is asked for, the few cheapest of all agents are kept in order ([`Heads`]). Where who can do a task is
//! not among these, a tournament tree per group keeps the least cost of each half, quarter, and so on of the group. When an
//! agent changes, only its path to the top of its own group is played again. Both are brought up to date when they are asked.
//! No two agents have the same key, so what comes out depends neither on which grades there are nor on how groups came to be.
//! Derived.

use alloc::vec::Vec;
use core::mem;

use super::{
    fleet::Fleet,
    groups::{Groups, Place},
    heads::{Heads, Keys},
    score::{Job, attempt, chance, rate},
    settings::MAX_AGENTS,
    tree::{NOBODY, Tree},
};

/// Most grades that are kept, and how many agents they may have together (52 bytes each); a few are kept in any case.
const MAX_GRADES: usize = 64;
const MAX_LEAVES: usize = 1 << 22;
const FEW_GRADES: usize = 4;
/// Stands for all seats of a group.
const WHOLE: u32 = u32::MAX;

/// An agent has changed, or all of a group.
#[derive(Debug, Clone, Copy)]
struct Change {
    slot: u32,
    place: Place,
}

/// What changed, for those who look later.
#[derive(Debug, Clone, Default)]
pub(super) struct Log {
    /// From the change numbered `base` on.
    changes: Vec<Change>,
    base: u64,
}

impl Log {
    /// The agent with this slot, who sits there, has changed.
    pub(super) fn push(&mut self, slot: u32, place: Place, slots: usize) {
        if self.changes.len() > 4096 + slots {
            self.base += self.changes.len() as u64;
            self.changes.clear();
        }
        self.changes.push(Change { slot, place });
    }

    /// The group has other members.
    pub(super) fn push_group(&mut self, group: u32, slots: usize) {
        self.push(WHOLE, Place { group, seat: WHOLE }, slots);
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    fn end(&self) -> u64 {
        self.base + self.changes.len() as u64
    }

    /// `None` if that is forgotten, or more than this.
    fn since(&self, seen: Option<u64>, most: usize) -> Option<&[Change]> {
        let changes = self.changes.get(usize::try_from(seen?.checked_sub(self.base)?).ok()?..)?;
        Some(changes).filter(|changes| changes.len() <= most)
    }
}

#[derive(Debug, Clone)]
struct Grade {
    job: Job,
    lacks: u8,
    heads: Heads,
    /// Up to where the heads know what changed.
    heads_seen: Option<u64>,
    /// For all agents, and for those with a free slot.
    trees: [Trees; 2],
    used: u64,
}

/// A tournament for each group.
#[derive(Debug, Clone)]
struct Trees {
    /// Up to where they know what changed.
    seen: Option<u64>,
    /// By group, a leaf for each seat.
    trees: Vec<Tree>,
    /// The tops of the trees, close together.
    tops: Vec<u64>,
}

/// A part of a tree that was not looked into.
#[derive(Debug, Clone, Copy)]
struct Open {
    key: u64,
    grade: u32,
    group: u32,
    node: u32,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Grades {
    grades: Vec<Grade>,
    uses: u64,
    scratch: Vec<Open>,
    least: Vec<(u64, u32)>,
}

/// Groups whose members can do what is asked for, by how many preferred capabilities they lack.
pub(super) type Levels = Vec<(u8, Vec<u32>)>;

/// What is asked of the agents.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ask<'a> {
    /// Who can do it.
    pub(super) levels: &'a Levels,
    /// By group: what its members lack, as it is in the levels.
    pub(super) lacks: &'a [u8],
    /// For a job of the size of its bucket.
    pub(super) job: &'a Job,
    /// With a free slot.
    pub(super) free: bool,
    /// How many of the cheapest.
    pub(super) most: usize,
}

impl Grades {
    pub(super) fn clear(&mut self) {
        self.grades.clear();
    }

    /// The cheapest agents, with what they lack.
    pub(super) fn cheapest(
        &mut self,
        fleet: &Fleet,
        groups: &Groups,
        log: &Log,
        ask: &Ask<'_>,
        out: &mut Vec<(u32, u8)>,
    ) {
        let Ask { free, most, .. } = *ask;
        let job = rough(ask.job);
        let mut open = mem::take(&mut self.scratch);
        open.clear();
        self.uses += 1;
        for (lacks, members) in ask.levels {
            let at = self.find(groups, (job, *lacks));
            self.grades[at].catch_up(fleet, log);
            self.grades[at].grow(groups, log, free);
            let (tops, mut bound) = (&self.grades[at].trees[usize::from(free)].tops, worst(&open, most));
            for group in members {
                let key = tops[*group as usize];
                if key < bound {
                    enter(&mut open, most, Open { key, grade: number(at), group: *group, node: 1 });
                    bound = worst(&open, most);
                }
            }
        }
        for left in (0..most).rev() {
            let Some(least) = open.pop() else { break };
            let (grade, mut bound) = (&self.grades[least.grade as usize], worst(&open, left));
            let seat =
                grade.trees[usize::from(free)].trees[least.group as usize].walk(least.node as usize, |node, key| {
                    if key < bound {
                        enter(&mut open, left, Open { key, node: number(node), ..least });
                        bound = worst(&open, left);
                    }
                });
            let slot = groups.at(Place { group: least.group, seat: number(seat) });
            out.extend(slot.map(|slot| (slot, grade.lacks)));
        }
        self.scratch = open;
    }

    /// The same, if they are among the few cheapest of all. Says whether they are.
    pub(super) fn among_few(
        &mut self,
        fleet: &Fleet,
        groups: &Groups,
        log: &Log,
        ask: &Ask<'_>,
        out: &mut Vec<(u32, u8)>,
    ) -> bool {
        let job = rough(ask.job);
        let lacks_of = |slot| groups.place(slot).and_then(|place| ask.lacks.get(place.group as usize)).copied();
        let (mut least, mut bound) = (mem::take(&mut self.least), NOBODY);
        least.clear();
        self.uses += 1;
        for (lacks, _) in ask.levels {
            let at = self.find(groups, (job, *lacks));
            let grade = &mut self.grades[at];
            grade.catch_up(fleet, log);
            let fit = |slot| lacks_of(slot) == Some(*lacks);
            bound = bound.min(grade.heads.least(ask.free, ask.most, fit, &mut least));
        }
        if ask.levels.len() > 1 {
            least.sort_unstable();
            least.truncate(ask.most);
        }
        // Below the bound nobody is missing.
        let enough = least.len() == ask.most && least.last().is_some_and(|(key, _)| *key < bound);
        let all = enough || bound == NOBODY;
        if all {
            out.extend(least.iter().filter_map(|(_, slot)| Some((*slot, lacks_of(*slot)?))));
        }
        self.least = least;
        all
    }

    /// The place of a grade, made if need be.
    fn find(&mut self, groups: &Groups, what: (Job, u8)) -> usize {
        let found = self.grades.iter().position(|grade| (grade.job, grade.lacks) == what);
        let at = found.unwrap_or_else(|| self.add(groups, what));
        self.grades[at].used = self.uses;
        at
    }

    /// Takes the place of the grade used longest ago if there are too many, but not of one that is used right now.
    fn add(&mut self, groups: &Groups, (job, lacks): (Job, u8)) -> usize {
        let (heads, trees) = (Heads::new(), [const { Trees::new() }; 2]);
        let grade = Grade { job, lacks, heads, heads_seen: None, trees, used: self.uses };
        let most = (MAX_LEAVES / groups.slots().max(1)).clamp(FEW_GRADES, MAX_GRADES);
        let old = self.grades.iter().enumerate().filter(|(_, grade)| grade.used < self.uses);
        match old.min_by_key(|(_, grade)| grade.used).map(|(at, _)| at) {
            Some(at) if self.grades.len() >= most => {
                self.grades[at] = grade;
                at
            }
            _ => {
                self.grades.push(grade);
                self.grades.len() - 1
            }
        }
    }
}

impl Grade {
    /// Brings the heads up to date.
    fn catch_up(&mut self, fleet: &Fleet, log: &Log) {
        let Self { job, lacks, heads, .. } = self;
        match log.since(self.heads_seen, fleet.slots.len()) {
            Some(changes) => {
                for Change { slot, .. } in changes {
                    if *slot != WHOLE {
                        heads.change(*slot, keys(fleet, job, *lacks, *slot));
                    }
                }
            }
            None => heads.build((0..number(fleet.slots.len())).map(|slot| keys(fleet, job, *lacks, slot))),
        }
        self.heads_seen = Some(log.end());
    }

    /// Brings the trees up to where the heads are.
    fn grow(&mut self, groups: &Groups, log: &Log, free: bool) {
        let which = usize::from(free);
        let (trees, heads) = (&mut self.trees[which], &self.heads);
        let key = |slot: Option<u32>| slot.map_or(NOBODY, |slot| heads.key(slot, which));
        trees.trees.resize_with(groups.len(), Tree::default);
        trees.tops.resize(groups.len(), NOBODY);
        // Beyond this, to build all is less.
        match log.since(trees.seen, groups.slots() / 4) {
            Some(changes) => changes.iter().for_each(|change| trees.play(groups, change.place, key)),
            None => (0..number(groups.len())).for_each(|group| trees.build(groups, group, key)),
        }
        trees.seen = Some(log.end());
    }
}

impl Trees {
    const fn new() -> Self {
        Self { seen: None, trees: Vec::new(), tops: Vec::new() }
    }

    fn build(&mut self, groups: &Groups, group: u32, key: impl Fn(Option<u32>) -> u64) {
        let tree = &mut self.trees[group as usize];
        tree.fill(groups.seats(group).map(key));
        self.tops[group as usize] = tree.top();
    }

    fn play(&mut self, groups: &Groups, place: Place, key: impl Fn(Option<u32>) -> u64) {
        if place.seat == WHOLE || self.trees[place.group as usize].leaves() < groups.seats(place.group).len() {
            return self.build(groups, place.group, key);
        }
        // A seat of before the group was parted is beyond its tree; that it was comes later in the log.
        let tree = &mut self.trees[place.group as usize];
        tree.play(place.seat as usize, key(groups.at(place)));
        self.tops[place.group as usize] = tree.top();
    }
}

/// What an agent enters with, for a job of this size.
pub(super) fn keys(fleet: &Fleet, job: &Job, lacks: u8, slot: u32) -> Keys {
    let Some(hot) = fleet.hot.get(slot as usize).filter(|hot| hot.eligible) else { return [NOBODY; 2] };
    let p = match fleet.at(slot) {
        Some(agent) if job.risky => chance(&fleet.settings, &agent.record, hot.prior.into(), job),
        _ => hot.p.into(),
    };
    let attempt = attempt(&fleet.settings, hot, job.duration_us, lacks.into(), false);
    let cost_us = rate(&fleet.settings, &attempt, p).cost_us;
    let load = if hot.has_room() { hot.load * 16 / hot.slots } else { 15 };
    let key = pack(cost_us, load, hot.last_lease, slot);
    [key, if hot.has_room() { key } else { NOBODY }]
}

/// What a key must be below to be one of the `most` least ones. They are in order, the least one last.
fn worst(open: &[Open], most: usize) -> u64 {
    match open.first() {
        _ if most == 0 => 0,
        Some(worst) if open.len() >= most => worst.key,
        _ => NOBODY,
    }
}

/// Enters a key that is one of the `most` least ones, in place of the worst if there are as many.
fn enter(open: &mut Vec<Open>, most: usize, entry: Open) {
    if open.len() < most {
        open.push(entry);
        let mut at = open.len() - 1;
        while at > 0 && open[at - 1].key < open[at].key {
            open.swap(at - 1, at);
            at -= 1;
        }
        return;
    }
    open[0] = entry;
    let mut at = 0;
    while at + 1 < open.len() && open[at].key < open[at + 1].key {
        open.swap(at, at + 1);
        at += 1;
    }
}

fn number(position: usize) -> u32 {
    u32::try_from(position).unwrap_or(u32::MAX)
}

/// The cost first, to 22 significant bits; then the load in sixteenths; then who was given work longest ago, and of those who
/// never were, the lower slot.
fn pack(cost_us: u64, load: u32, last_lease: u32, slot: u32) -> u64 {
    const TURNS: u64 = (1 << 32) + MAX_AGENTS as u64;
    let cost = if cost_us < 1 << 22 {
        cost_us
    } else {
        let shift = u64::from(cost_us.ilog2()) - 22;
        ((shift + 1) << 22) + ((cost_us >> shift) - (1 << 22))
    };
    let turn = if last_lease == 0 { u64::from(slot) } else { u64::from(MAX_AGENTS) + u64::from(last_lease) };
    (cost * 16 + u64::from(load.min(15))) * TURNS + turn
}

/// A job as grades know it.
pub(super) fn rough(job: &Job) -> Job {
    Job { class: None, duration_us: bucket(job.duration_us), risky: job.risky }
}

/// Durations of a bucket are treated like this one in its middle: two octaves to a bucket.
fn bucket(duration_us: u64) -> u64 {
    2_u64 << (duration_us.max(1).ilog2() / 2 * 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_keys_are_in_the_order_of_costs() {
        let mut before = 0;
        for exponent in 0..64 {
            for extra in 0..8 {
                let cost = (1_u64 << exponent) + (((1_u64 << exponent) >> 3) * extra);
                let key = pack(cost, 0, 0, 0);
                assert!(key >= before, "{cost}");
                before = key;
            }
        }
        assert!(pack(1000, 15, u32::MAX, 9) < pack(1001, 0, 0, 0));
        assert!(pack(1000, 0, 9, 3) < pack(1000, 15, 0, 0));
        assert!(pack(1000, 0, 8, 3) < pack(1000, 0, 9, 2));
        assert!(pack(1000, 0, 0, 2) < pack(1000, 0, 0, 3));
        assert!(pack(1000, 0, 0, MAX_AGENTS - 1) < pack(1000, 0, 1, 0));
        assert!(pack(u64::MAX, u32::MAX, u32::MAX, 0) < NOBODY);
    }

    #[test]
    fn buckets_are_two_octaves_wide() {
        for (duration, expected) in
            [(0, 2), (1, 2), (3, 2), (4, 8), (15, 8), (16, 32), (1 << 20, 2 << 20), (u64::MAX, 2 << 62)]
        {
            assert_eq!(bucket(duration), expected, "{duration}");
        }
    }

    #[test]
    fn only_the_least_keys_stay_open() {
        let (mut open, mut kept) = (Vec::new(), Vec::new());
        for key in [5, 3, 9, 1, 4, 8] {
            if key < worst(&open, 3) {
                enter(&mut open, 3, Open { key, grade: 0, group: 0, node: 1 });
            }
            kept.push(open.iter().map(|open| open.key).collect::<Vec<_>>());
        }
        assert_eq!(kept, [vec![5], vec![5, 3], vec![9, 5, 3], vec![5, 3, 1], vec![4, 3, 1], vec![4, 3, 1]]);
        assert_eq!((worst(&open, 3), worst(&open, 4), worst(&open, 0)), (4, NOBODY, 0));
    }
}
