//! Finds the agents worth rating without looking at all of them.
//!
//! For each combination of what tasks ask for, who can do it is remembered, as a list of groups of agents ([`Groups`]). Up to
//! 64 are simply all rated. Of more, those are that cost least of all or of each group ([`Grades`]); these know no classes of tasks, so
//! the few cheapest are rated exactly. All of it is a function of the state alone and is brought up to date when it is
//! used, so it makes no difference to any choice how much of it exists.

use alloc::vec::Vec;

use hashbrown::HashTable;

use super::{
    agent::Agent,
    fleet::{Fleet, Wants, tenant},
    grades::{Ask, Grades, Levels, Log},
    groups::{Groups, UNFIT},
    pools::ROOT,
    score::Job,
    select::{Need, Reason},
};
use crate::det::{digest, mix};

/// Up to this many agents are all rated.
pub(super) const SCAN: usize = 64;
/// Beyond these, everything is found anew: kinds of needs, and kinds times groups.
const MAX_SETS: usize = 1024;
const MAX_CELLS: usize = 1 << 25;
/// How often the few cheapest of all are not looked through after a kind of need was not found among them.
const ASTRAY: u8 = 31;

/// A kind of need, and the agents that can do it, whether they are well or not. Derived.
#[derive(Debug, Clone)]
pub(super) struct Set {
    digest: u64,
    pub(super) wants: Wants,
    /// The pool asked for, and the one whose agents may do it: the same, or one above it that stands in.
    pub(super) home: u32,
    pub(super) scope: u32,
    count: usize,
    levels: Levels,
    /// What the members of each group lack, or [`UNFIT`].
    lacks: Vec<u8>,
    /// So often the few cheapest of all, and of those with a free slot, are not looked through.
    astray: [u8; 2],
    /// Who can do it is to be found anew, by another set.
    over: bool,
    /// Why none of its members, or of all if it has none, gets work, and as of which of the fleet's turns.
    why: Option<(u64, Vec<Reason>)>,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Index {
    sets: Vec<Set>,
    /// By digest of what is asked for.
    places: HashTable<usize>,
    groups: Groups,
    grades: Grades,
    log: Log,
}

impl Set {
    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// With what each agent lacks, by slot.
    fn new(fleet: &Fleet, need: &Need<'_>, digest: u64) -> (Self, Vec<u8>) {
        let wants = Wants::new(fleet, need);
        let mut set = Self {
            digest,
            wants,
            home: ROOT,
            scope: ROOT,
            count: 0,
            levels: Levels::new(),
            lacks: Vec::new(),
            astray: [0; 2],
            over: false,
            why: None,
        };
        let mut lacks = Vec::new();
        let Some(home) = fleet.pools.find(need.pool) else { return (set, lacks) };
        set.home = home;
        for scope in fleet.pools.upwards(home) {
            set.scope = scope;
            let asking = set.wants.read(fleet);
            let fit = |agent: &Option<Agent>| asking.fit(home, scope, agent.as_ref()?).ok();
            lacks = fleet.slots.iter().map(|agent| fit(agent).unwrap_or(UNFIT)).collect();
            set.count = lacks.iter().filter(|lacks| **lacks != UNFIT).count();
            if set.count > 0 {
                break;
            }
        }
        (set, lacks)
    }

    fn fit(&self, fleet: &Fleet, slot: u32) -> u8 {
        let fit = fleet.at(slot).and_then(|agent| self.wants.fit(fleet, self.home, self.scope, agent).ok());
        fit.unwrap_or(UNFIT)
    }

    fn enlist(&mut self, group: u32, lacks: u8) {
        let at = group as usize;
        if self.lacks.len() <= at {
            self.lacks.resize(at + 1, UNFIT);
        }
        self.lacks[at] = lacks;
        match self.levels.iter_mut().find(|(level, _)| *level == lacks) {
            _ if lacks == UNFIT => {}
            Some((_, groups)) => groups.push(group),
            None => self.levels.push((lacks, [group].into())),
        }
    }

    /// An agent came, went or says something else of itself. Says what it lacks now.
    fn on_member(&mut self, fleet: &Fleet, slot: u32, could: bool) -> u8 {
        let fit = self.fit(fleet, slot);
        self.why = None;
        self.count = self.count + usize::from(fit != UNFIT) - usize::from(could);
        // Who stands in depends on who is there.
        self.over |= self.count == 0 || self.scope != self.home || fleet.pools.find(&self.wants.pool).is_none();
        fit
    }
}

impl Index {
    /// Everything is to be found anew.
    pub(super) fn clear(&mut self) {
        self.sets.clear();
        self.places.clear();
        self.groups.clear();
        self.grades.clear();
        self.log.clear();
    }

    /// The cost or the health of an agent has changed.
    pub(super) fn on_change(&mut self, slot: u32) {
        if let Some(place) = self.groups.place(slot) {
            self.log.push(slot, place, self.groups.slots());
        }
    }

    /// An agent came, went or says something else of itself.
    pub(super) fn on_member(&mut self, fleet: &Fleet, slot: u32) {
        if self.sets.is_empty() {
            return;
        }
        let mut lacks = Vec::with_capacity(self.sets.len());
        for at in 0..self.sets.len() {
            lacks.push(if self.sets[at].over { UNFIT } else { self.on_member_of(fleet, at, slot) });
        }
        self.on_change(slot);
        let place = self.groups.place(slot);
        if place.is_some_and(|place| fleet.at(slot).is_some() && *self.groups.all_lacks(place.group) == *lacks) {
            return;
        }
        self.groups.leave(slot);
        if fleet.at(slot).is_some() {
            let known = self.groups.len();
            let group = self.groups.with(lacks);
            if self.groups.len() > known {
                self.enlist(group, self.sets.len());
            }
            self.groups.sit(slot, group);
            self.on_change(slot);
        }
    }

    fn on_member_of(&mut self, fleet: &Fleet, at: usize, slot: u32) -> u8 {
        let set = &mut self.sets[at];
        let fit = set.on_member(fleet, slot, self.groups.lacks(at, slot).is_some());
        if !set.over {
            return fit;
        }
        set.levels.clear();
        set.lacks.clear();
        self.groups.forget(at);
        if let Ok(found) = self.places.find_entry(set.digest, |place| *place == at) {
            found.remove();
        }
        UNFIT
    }

    /// A new group is made known to the first few sets.
    fn enlist(&mut self, group: u32, sets: usize) {
        for (set, lacks) in self.sets.iter_mut().zip(self.groups.all_lacks(group)).take(sets) {
            set.enlist(group, *lacks);
        }
        self.log.push_group(group, self.groups.slots());
    }

    /// The place of the set for what is asked, made if need be.
    pub(super) fn set(&mut self, fleet: &Fleet, need: &Need<'_>) -> usize {
        let wanted = digest_of(fleet, need);
        if let Some(at) = self.places.find(wanted, |at| self.sets[*at].wants.is_of(fleet, need)) {
            return *at;
        }
        // Groups that were parted by what is not asked for any more stay apart until then.
        let (groups, sets) = (self.groups.len(), self.sets.len());
        if sets >= MAX_SETS || groups * sets > MAX_CELLS || groups > 2 * fleet.slots.len() + SCAN {
            self.clear();
        }
        self.add(fleet, need, wanted)
    }

    fn add(&mut self, fleet: &Fleet, need: &Need<'_>, digest: u64) -> usize {
        if self.sets.is_empty() {
            self.groups.gather(fleet);
        }
        let at = self.sets.len();
        let (set, lacks) = Set::new(fleet, need, digest);
        self.sets.push(set);
        for (from, to) in self.groups.part(&lacks) {
            self.enlist(to, at);
            self.log.push_group(from, self.groups.slots());
        }
        for group in (0_u32..).take(self.groups.len()) {
            let lacks = self.groups.all_lacks(group)[at];
            self.sets[at].enlist(group, lacks);
        }
        let sets = &self.sets;
        self.places.insert_unique(digest, at, |at| sets[*at].digest);
        at
    }

    pub(super) fn get(&self, at: usize) -> &Set {
        &self.sets[at]
    }

    /// How many preferred capabilities an agent lacks for a set; `None` if it can not do it.
    pub(super) fn lacks(&self, at: usize, slot: u32) -> Option<u8> {
        self.groups.lacks(at, slot)
    }

    /// Everybody in a set with what they lack, in no certain order, if they are at most [`SCAN`].
    pub(super) fn few(&self, at: usize) -> Option<impl Iterator<Item = (u32, u8)> + '_> {
        self.at_most(SCAN, at)
    }

    /// The same if they are at most so many.
    pub(super) fn at_most(&self, most: usize, at: usize) -> Option<impl Iterator<Item = (u32, u8)> + '_> {
        let set = self.sets.get(at).filter(|set| set.count <= most)?;
        let groups = set.levels.iter().flat_map(|(lacks, groups)| groups.iter().map(move |group| (*group, *lacks)));
        Some(groups.flat_map(|(group, lacks)| self.groups.seats(group).flatten().map(move |slot| (slot, lacks))))
    }

    /// Everybody in a set, by slot.
    pub(super) fn members(&self, at: usize) -> impl Iterator<Item = u32> + '_ {
        (0_u32..).take(self.groups.slots()).filter(move |slot| self.groups.lacks(at, *slot).is_some())
    }

    /// Why nobody of a set gets work, if that is known. Where it has no members, it does not matter how agents are.
    pub(super) fn why(&self, fleet: &Fleet, at: usize) -> Option<&[Reason]> {
        let set = self.get(at);
        let (turns, why) = set.why.as_ref()?;
        (set.is_empty() || *turns == fleet.turns).then_some(why)
    }

    pub(super) fn remember(&mut self, fleet: &Fleet, at: usize, why: Vec<Reason>) {
        self.sets[at].why = Some((fleet.turns, why));
    }

    /// The `most` cheapest agents of a set for such a job, roughly: for one of the size of its bucket.
    pub(super) fn cheapest(
        &mut self,
        fleet: &Fleet,
        at: usize,
        job: &Job,
        free: bool,
        most: usize,
        out: &mut Vec<(u32, u8)>,
    ) {
        let Self { sets, groups, grades, log, .. } = self;
        let Set { levels, lacks, astray, .. } = &mut sets[at];
        let ask = Ask { levels, lacks, job, free, most };
        let astray = &mut astray[usize::from(free)];
        if *astray == 0 && grades.among_few(fleet, groups, log, &ask, out) {
            return;
        }
        // Who lacks what others ask for is idle and cheap, so it is not so for one task only.
        *astray = astray.checked_sub(1).unwrap_or(ASTRAY);
        grades.cheapest(fleet, groups, log, &ask, out);
    }
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
    use alloc::{format, vec};

    use super::*;
    use crate::{
        Text, Timestamp,
        agents::{
            AgentNo, Agents, Choice, Lease, Outcome, Registration, Settings,
            grades::{keys, rough},
        },
    };

    const WORDS: [&str; 4] = ["rust", "node", "sql", "web"];

    fn register(agents: &mut Agents, id: u32, dice: u64) {
        let provides = WORDS.iter().enumerate().filter(|(bit, _)| dice >> bit & 1 == 1).map(|(_, word)| (*word).into());
        let registration = Registration {
            id: format!("agent-{id}").into(),
            provides: provides.collect(),
            slots: 1 + u32::from(dice & 16 != 0),
            tenants: if dice & 96 == 0 { vec!["acme".into()] } else { Vec::new() },
            heartbeat_ms: 0,
            ..Registration::default()
        };
        let _ = agents.register(Timestamp(0), registration, &mut Vec::new()).expect("is valid");
    }

    /// The four that cost least, by looking at all.
    fn looked_for(agents: &Agents, need: &Need<'_>, job: &Job, free: bool) -> Vec<(u32, u8)> {
        let (fleet, wants) = (&agents.fleet, Wants::new(&agents.fleet, need));
        let fit = fleet.iter().filter_map(|(slot, agent)| {
            let lacks = wants.fit(fleet, ROOT, ROOT, agent).ok()?;
            Some((keys(fleet, &rough(job), lacks, slot)[usize::from(free)], (slot, lacks)))
        });
        let mut all: Vec<_> = fit.filter(|(key, _)| *key != u64::MAX).collect();
        all.sort_unstable();
        all.into_iter().take(4).map(|(_, found)| found).collect()
    }

    fn check(agents: &mut Agents, dice: u64) {
        let pick = |from: u64| -> Vec<Text> {
            WORDS.iter().enumerate().filter(|(bit, _)| from >> bit & 3 == 3).map(|(_, word)| (*word).into()).collect()
        };
        let (requires, prefers) = (pick(dice), pick(dice >> 8));
        let tenant = if dice >> 16 & 1 == 1 { "acme" } else { "other" };
        let need = Need { requires: &requires, prefers: &prefers, tenant, ..Need::default() };
        let job = Job { class: None, duration_us: 1 << (dice >> 20 & 31), risky: dice >> 17 & 1 == 1 };
        let at = agents.index.set(&agents.fleet, &need);
        for free in [false, true] {
            let mut found = Vec::new();
            agents.index.cheapest(&agents.fleet, at, &job, free, 4, &mut found);
            assert_eq!(found, looked_for(agents, &need, &job, free), "{need:?} {job:?}");
        }
    }

    /// Gives out work, ends some of it, and lets agents come, go and change.
    fn stir(agents: &mut Agents, leases: &mut Vec<Lease>, dice: u64) {
        let now = Timestamp(dice >> 40);
        match dice % 8 {
            0 => register(agents, u32::try_from(dice >> 8 & 255).expect("is small"), dice >> 16),
            1 => {
                let all: Vec<AgentNo> = agents.iter().collect();
                agents
                    .remove(all[usize::try_from(dice >> 8).expect("64 bits") % all.len()])
                    .map(drop)
                    .expect("is there");
            }
            2..=5 => {
                if let Choice::Lease { lease, .. } =
                    agents.pass(now, &mut Vec::new()).select(&Need { task: dice, ..Need::default() })
                {
                    leases.push(lease);
                }
            }
            _ if leases.is_empty() => {}
            _ => {
                let lease = leases.swap_remove(usize::try_from(dice >> 8).expect("64 bits") % leases.len());
                let outcome = if dice & 8 == 0 { Outcome::Succeeded } else { Outcome::Failed };
                agents.finish(now, lease, "build", outcome, 1000, 500 + (dice >> 10 & 1023), &mut Vec::new());
            }
        }
    }

    fn follow(count: u32, steps: u64) -> (Agents, Vec<Lease>) {
        let (mut agents, mut leases) = (Agents::new(Settings::default()), Vec::new());
        (0..count).for_each(|id| register(&mut agents, id, mix(1, id.into())));
        for step in 0..steps {
            stir(&mut agents, &mut leases, mix(2, step));
            check(&mut agents, mix(3, step));
        }
        (agents, leases)
    }

    #[test]
    fn the_cheapest_are_those_that_looking_at_all_finds() {
        let (agents, leases) = follow(256, 3000);
        assert!(agents.index.groups.len() > 20 && agents.index.sets.len() > 50, "many are told apart");
        assert!(leases.len() > 50);
    }

    #[test]
    fn of_many_agents_the_cheapest_are_those_that_looking_at_all_finds() {
        let (agents, _) = follow(2000, 600);
        let astray = agents.index.sets.iter().filter(|set| set.astray != [0; 2]).count();
        assert!(astray > 5 && astray < agents.index.sets.len(), "some ask the trees, some do not: {astray}");
    }

    #[test]
    fn groups_that_nothing_tells_apart_any_more_are_merged_in_the_end() {
        let mut agents = Agents::new(Settings::default());
        for round in 0..400_u64 {
            // Each round has a word of its own, asked for once.
            let word = [Text::from(format!("word-{}", round % 200))];
            for id in 0..2 {
                let provides = if id == round % 2 { word.to_vec() } else { Vec::new() };
                let id = format!("agent-{id}").into();
                let registration = Registration { id, provides, heartbeat_ms: 0, ..Registration::default() };
                let _ = agents.register(Timestamp(0), registration, &mut Vec::new()).expect("is valid");
            }
            let at = agents.index.set(&agents.fleet, &Need { requires: &word, ..Need::default() });
            assert_eq!(agents.index.few(at).expect("are few").count(), 1);
        }
        assert!(agents.index.groups.len() <= 2 * 2 + SCAN + 2, "{}", agents.index.groups.len());
    }
}
