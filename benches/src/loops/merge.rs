//! Two stories at once on one subject.
//!
//! The least biased test there is: nobody has thought these situations up. Automation that is in order alone must stay so beside
//! any other, and a loop must be found though something healthy goes on around it, without that being stopped.

use std::collections::BTreeMap;

use super::families::{Family, Group, families};
use super::scene::world::UNNAMED;
use super::scene::{Dice, platform};
use super::trace::{Entry, In, Label, Out, Trace};

/// What is merged with a legitimate story.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pair {
    /// Another legitimate story: nothing may be stopped.
    Legit,
    /// A loop: it should be stopped, the other half not.
    Loop,
}

/// Two stories that share a subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merged {
    /// Label and onset are those of the first half.
    pub trace: Trace,
    /// For each entry, whether it belongs to the second half, which is always legitimate.
    pub second: Vec<bool>,
}

/// The merge of a seed: two random families, two random stories. Careless hosts are left out. A new family changes what a
/// seed draws, so a score of merges names the commit as well.
#[must_use]
pub fn merged(pair: Pair, seed: u64) -> Merged {
    let (name, group) = match pair {
        Pair::Legit => ("merge-legit", Group::Declared),
        Pair::Loop => ("merge-loop", Group::Loop),
    };
    let dice = Dice::new(name, seed);
    let first = one_of(group, &dice).trace(dice.between(0, 999_999));
    let second = one_of(Group::Declared, &dice).trace(dice.between(0, 999_999));
    let mut merged = merge(&first, &second, &dice);
    merged.trace.id = format!("{name}-{seed:06}");
    merged
}

/// Puts the second story, which is legitimate, somewhere into the first half of the first one, and both on one subject.
#[must_use]
pub fn merge(first: &Trace, second: &Trace, dice: &Dice) -> Merged {
    let shared = main_subject(first, None);
    let from = main_subject(second, Some(platform(&shared)));
    let half = Half {
        start: dice.between(0, first.events.last().map_or(0, time) / 2),
        from,
        shared,
        names: names(second, dice),
        own: own_account(first),
        good: first.label == Label::Loop,
    };
    let mut entries: Vec<(bool, usize, Entry)> = Vec::new();
    entries.extend(first.events.iter().cloned().enumerate().map(|(index, entry)| (false, index, entry)));
    entries.extend(second.events.iter().enumerate().map(|(index, entry)| (true, index, half.entry(entry))));
    entries.sort_by_key(|(second, index, entry)| (time(entry), *second, *index));

    let mut places = [vec![0; first.events.len()], vec![0; second.events.len()]];
    for (new, (second, old, _)) in entries.iter().enumerate() {
        places[usize::from(*second)][*old] = new;
    }
    let onset = usize::try_from(first.onset).map_or(-1, |onset| signed(places[0][onset]));
    let second_half = entries.iter().map(|(second, _, _)| *second).collect();
    let events = entries.into_iter().map(|(second, _, entry)| moved(entry, &places[usize::from(second)])).collect();
    let family = format!("{}+{}", first.family, second.family);
    let group = if first.label == Label::Loop { "merge_loop" } else { "merge_legit" }.to_owned();
    let id = format!("{}+{}", first.id, second.id);
    let trace = Trace { schema: first.schema.clone(), id, family, label: first.label, onset, group, events };
    Merged { trace, second: second_half }
}

/// How the second story is told inside the first.
struct Half {
    start: u64,
    from: String,
    shared: String,
    names: BTreeMap<String, String>,
    own: Option<(String, String)>,
    good: bool,
}

impl Half {
    fn entry(&self, entry: &Entry) -> Entry {
        match entry {
            Entry::In(event) => Entry::In(self.event(event.clone())),
            Entry::Out(act) => Entry::Out(self.act(act.clone())),
        }
    }

    fn event(&self, event: In) -> In {
        let (mut actor, mut cls) = (event.actor, event.cls);
        if let (true, Some(own)) = (is_own(&actor, &cls), &self.own) {
            (actor, cls) = own.clone();
        }
        let actor = self.names.get(&actor).unwrap_or(&actor).clone();
        let (id, obj, re, tok) = (second(event.id), second(event.obj), second(event.re), second(event.tok));
        In { t: event.t + self.start, id, actor, cls, subj: self.subject(event.subj), obj, re, tok, ..event }
    }

    fn act(&self, act: Out) -> Out {
        let (eid, obj, robj, plan_id) = (second(act.eid), second(act.obj), second(act.robj), second(act.plan_id));
        let truth = if self.good && act.truth.is_empty() { "good".to_owned() } else { act.truth };
        Out { t: act.t + self.start, eid, subj: self.subject(act.subj), obj, robj, plan_id, truth, ..act }
    }

    fn subject(&self, subject: String) -> String {
        if subject == self.from { self.shared.clone() } else { subject }
    }
}

/// What we act on most, of one platform if there is any; the first in the alphabet of those.
fn main_subject(trace: &Trace, platform_wanted: Option<&str>) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for entry in &trace.events {
        if let Entry::Out(act) = entry {
            if act.nz == 0 {
                *counts.entry(&act.subj).or_default() += 1;
            }
        }
    }
    let mut ranked: Vec<_> = counts.into_iter().collect();
    ranked.sort_by_key(|(subject, count)| (Some(platform(subject)) != platform_wanted, usize::MAX - count));
    ranked.first().map(|(subject, _)| (*subject).to_owned()).unwrap_or_default()
}

/// Half of the foreign actors are others than those of the same name in the first story.
fn names(trace: &Trace, dice: &Dice) -> BTreeMap<String, String> {
    let mut names = BTreeMap::new();
    for entry in &trace.events {
        if let Entry::In(event) = entry {
            let fixed = ["self", UNNAMED, "clock"].contains(&event.actor.as_str());
            if !fixed && !names.contains_key(&event.actor) {
                let other = dice.chance(50);
                let name = if other { format!("other-{}", event.actor) } else { event.actor.clone() };
                names.insert(event.actor.clone(), name);
            }
        }
    }
    names
}

/// One host has one account: how the first story shows it holds for both.
fn own_account(trace: &Trace) -> Option<(String, String)> {
    trace.events.iter().find_map(|entry| match entry {
        Entry::In(event) if is_own(&event.actor, &event.cls) => Some((event.actor.clone(), event.cls.clone())),
        _ => None,
    })
}

fn is_own(actor: &str, class: &str) -> bool {
    matches!(actor, "self" | UNNAMED) && matches!(class, "human" | "bot")
}

fn one_of(group: Group, dice: &Dice) -> &'static Family {
    let candidates: Vec<_> = families().into_iter().filter(|family| family.group == group).collect();
    dice.pick(&candidates)
}

fn second(id: String) -> String {
    if id.is_empty() { id } else { format!("B{id}") }
}

fn time(entry: &Entry) -> u64 {
    match entry {
        Entry::In(event) => event.t,
        Entry::Out(act) => act.t,
    }
}

fn signed(index: usize) -> i64 {
    i64::try_from(index).unwrap_or(i64::MAX)
}

fn moved(entry: Entry, places: &[usize]) -> Entry {
    match entry {
        Entry::In(event) => {
            let by = usize::try_from(event.by).map_or(-1, |old| signed(places[old]));
            Entry::In(In { by, ..event })
        }
        Entry::Out(act) => Entry::Out(Out { cause: places[act.cause], ..act }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::loops::families::family;
    use crate::loops::families::tests::assert_well_formed;

    #[test]
    fn merges_are_well_formed_and_the_same_for_ever() {
        for seed in 0..150 {
            for pair in [Pair::Legit, Pair::Loop] {
                let both = merged(pair, seed);
                assert_well_formed(&both.trace);
                assert_eq!(both.trace.onset >= 0, pair == Pair::Loop);
                assert_eq!(both, merged(pair, seed));
            }
        }
    }

    #[test]
    fn both_halves_keep_their_truth_and_act_on_one_subject() {
        let first = family("two_bots_same_text").unwrap().trace(1);
        let second = family("people_ask_and_we_answer").unwrap().trace(2);
        let both = merge(&first, &second, &Dice::new("halves", 0));

        assert_eq!(both.trace.events.len(), first.events.len() + second.events.len());
        assert_eq!(both.second.iter().filter(|second| **second).count(), second.events.len());
        let shared = main_subject(&first, None);
        for (entry, of_second) in both.trace.events.iter().zip(&both.second) {
            let Entry::Out(act) = entry else { continue };
            let Entry::In(cause) = &both.trace.events[act.cause] else { panic!("{act:?} has no cause") };
            assert_eq!(both.second[act.cause], *of_second);
            assert_eq!(act.truth == "good", *of_second, "{act:?}");
            assert!(act.nz == 1 || (act.subj == shared && cause.subj == shared), "{act:?}");
        }
        let onset = usize::try_from(both.trace.onset).unwrap();
        assert!(!both.second[onset] && matches!(both.trace.events[onset], Entry::Out(_)));
    }

    #[test]
    fn the_second_half_starts_within_the_first_half_of_the_first() {
        let first = family("daily_report").unwrap().trace(1);
        let last = time(first.events.last().unwrap());
        for seed in 0..20 {
            let second = family("war_room").unwrap().trace(seed);
            let both = merge(&first, &second, &Dice::new("start", seed));
            let start = both.second.iter().position(|second| *second).map(|index| time(&both.trace.events[index]));
            assert!(start.unwrap() <= last / 2 + time(&second.events[0]));
        }
    }

    #[test]
    fn one_host_has_one_account_in_both_halves() {
        for seed in 0..150 {
            let both = merged(Pair::Loop, seed);
            let seen = both.trace.events.iter().filter_map(|entry| match entry {
                Entry::In(event) if is_own(&event.actor, &event.cls) => Some((&event.actor, &event.cls)),
                _ => None,
            });
            let accounts: std::collections::BTreeSet<_> = seen.collect();
            assert!(accounts.len() <= 1, "{accounts:?}");
        }
    }
}
