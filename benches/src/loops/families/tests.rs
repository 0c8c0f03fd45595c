use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::loops::scene::Dice;
use crate::loops::trace::{Entry, In, Out};

const SEEDS: u64 = 12;

/// The registry and the later rounds.
fn every_family() -> Vec<&'static Family> {
    families().into_iter().chain(rounds().into_iter().flat_map(|(_, round)| round)).collect()
}

fn every_trace(mut check: impl FnMut(&Family, &Trace)) {
    for family in every_family() {
        for seed in 0..SEEDS {
            check(family, &family.trace(seed));
        }
    }
}

fn at(entry: &Entry) -> u64 {
    match entry {
        Entry::In(event) => event.t,
        Entry::Out(act) => act.t,
    }
}

fn ins(trace: &Trace) -> impl Iterator<Item = (usize, &In)> {
    trace.events.iter().enumerate().filter_map(|(index, entry)| match entry {
        Entry::In(event) => Some((index, event)),
        Entry::Out(_) => None,
    })
}

fn outs(trace: &Trace) -> impl Iterator<Item = (usize, &Out)> {
    trace.events.iter().enumerate().filter_map(|(index, entry)| match entry {
        Entry::Out(act) => Some((index, act)),
        Entry::In(_) => None,
    })
}

/// The effects without which an entry would not be.
fn ancestors(trace: &Trace, index: usize) -> BTreeSet<usize> {
    let (mut found, mut next) = (BTreeSet::new(), Some(index));
    while let Some(index) = next {
        next = match &trace.events[index] {
            Entry::In(event) => usize::try_from(event.by).ok(),
            Entry::Out(act) => {
                found.insert(index);
                Some(act.cause)
            }
        };
    }
    found
}

/// What every trace must be, merged ones too.
pub(in crate::loops) fn assert_well_formed(trace: &Trace) {
    assert_causes_are_earlier(trace);
    assert_ids_are_unique(trace);
    assert_links_are_needed(trace);
    assert_eq!(crate::loops::file::check(trace), Ok(()), "{}", trace.id);
    if let Ok(onset) = usize::try_from(trace.onset) {
        assert!(matches!(&trace.events[onset], Entry::Out(act) if act.nz == 0), "{}", trace.id);
    }
}

fn assert_causes_are_earlier(trace: &Trace) {
    for (index, act) in outs(trace) {
        assert!(act.cause < index && matches!(trace.events[act.cause], Entry::In(_)), "{} {index}", trace.id);
    }
    for (index, event) in ins(trace).filter(|(_, event)| event.by != -1) {
        let by = usize::try_from(event.by).unwrap();
        assert!(by < index && matches!(trace.events[by], Entry::Out(_)), "{} {index}", trace.id);
    }
    assert!(trace.events.windows(2).all(|pair| at(&pair[0]) <= at(&pair[1])), "{} is not sorted", trace.id);
}

fn assert_ids_are_unique(trace: &Trace) {
    let mut seen = BTreeSet::new();
    assert!(outs(trace).all(|(_, act)| seen.insert(&act.eid)), "{}", trace.id);
    assert!(outs(trace).all(|(_, act)| seen.insert(&act.robj)), "{}", trace.id);
    let mut deliveries: BTreeMap<&str, &In> = BTreeMap::new();
    for (_, event) in ins(trace) {
        let first = deliveries.entry(&event.id).or_insert(event);
        assert_eq!(In { t: first.t, ..event.clone() }, **first, "{}", trace.id);
    }
}

fn assert_links_are_needed(trace: &Trace) {
    let acts: BTreeMap<&str, usize> =
        outs(trace).flat_map(|(index, act)| [(act.eid.as_str(), index), (act.robj.as_str(), index)]).collect();
    for (index, event) in ins(trace) {
        let needed = ancestors(trace, index);
        for link in [&event.tok, &event.re, &event.obj] {
            let other = acts.get(link.as_str());
            assert!(other.is_none_or(|other| needed.contains(other)), "{} {index} names {link} without need", trace.id);
        }
    }
}

#[test]
fn causes_are_earlier_events_and_the_truth_names_earlier_effects() {
    every_trace(|_, trace| assert_causes_are_earlier(trace));
}

#[test]
fn effects_have_ids_of_their_own_and_an_event_shares_its_only_with_its_redelivery() {
    every_trace(|_, trace| assert_ids_are_unique(trace));
}

#[test]
fn a_link_to_an_effect_is_seen_only_where_that_effect_was_needed() {
    every_trace(|_, trace| assert_links_are_needed(trace));
}

#[test]
fn onset_is_an_effect_of_a_loop_and_no_legitimate_story_has_one() {
    every_trace(|family, trace| {
        assert_eq!(trace.onset >= 0, family.group == Group::Loop, "{}", trace.id);
        assert_well_formed(trace);
    });
}

#[test]
fn a_loop_makes_at_least_ten_redundant_effects_and_all_but_its_first_events_are_its_own_doing() {
    every_trace(|family, trace| {
        if family.group == Group::Loop {
            let onset = usize::try_from(trace.onset).unwrap();
            let redundant = outs(trace).filter(|(index, act)| *index >= onset && act.nz == 0).count();
            let brought_about = ins(trace).filter(|(index, event)| *index > onset && event.by != -1).count();
            assert!(redundant >= 10 && brought_about >= 10, "{}: {redundant} {brought_about}", trace.id);
        }
    });
}

#[test]
fn a_loop_dies_out_when_its_redundant_effects_are_denied() {
    every_trace(|family, trace| {
        let Ok(onset) = usize::try_from(trace.onset) else { return };
        let (mut there, mut denied, mut redundant) = (Vec::new(), 0, 0);
        for (index, entry) in trace.events.iter().enumerate() {
            there.push(match entry {
                Entry::In(event) => usize::try_from(event.by).map_or(true, |by| there[by]),
                Entry::Out(act) if index < onset || act.nz == 1 || act.truth == "good" => there[act.cause],
                Entry::Out(act) => {
                    // A clock that goes on ticking is no part of what the denial ends.
                    let driven = matches!(&trace.events[act.cause], Entry::In(cause) if cause.by != -1);
                    redundant += u32::from(driven);
                    denied += u32::from(driven && there[act.cause]);
                    false
                }
            });
        }
        assert!(denied * 2 <= redundant, "{}: {denied} of {redundant} are wanted all the same", family.name);
    });
}

#[test]
fn a_trace_is_the_same_after_a_line_of_json() {
    every_trace(|_, trace| {
        let line = serde_json::to_string(trace).unwrap();
        assert_eq!(&serde_json::from_str::<Trace>(&line).unwrap(), trace);
    });
}

#[test]
fn the_same_seed_tells_the_same_story_and_another_seed_another() {
    for family in every_family() {
        assert_eq!(family.trace(3), family.trace(3));
        assert_ne!(family.trace(3).events, family.trace(4).events, "{}", family.name);
    }
}

#[test]
fn a_host_sees_only_known_classes_and_reported_objects() {
    every_trace(|_, trace| {
        for (index, event) in ins(trace) {
            let known = ["human", "bot", "app", "system", "timer", "unknown"].contains(&event.cls.as_str());
            assert!(known && !event.subj.is_empty() && !event.actor.is_empty(), "{} {index}", trace.id);
        }
        for (index, act) in outs(trace) {
            assert_eq!(act.obj.is_empty(), act.rt == Some(-1), "{} {index}", trace.id);
            assert!(["", "good", "bad", "free"].contains(&act.truth.as_str()), "{} {index}", trace.id);
        }
    });
}

#[test]
fn names_and_codes_are_unique_and_each_family_says_what_it_stands_for() {
    let old = families().iter().filter(|family| !family.code.is_empty()).count();
    assert_eq!(old, 95);
    let loops = families().iter().filter(|family| family.group == Group::Loop).count();
    assert!(loops >= 60 && families().len() - loops >= 70, "{loops} loops of {}", families().len());
    let (mut names, mut codes) = (BTreeSet::new(), BTreeSet::new());
    for family in every_family() {
        assert!(names.insert(family.name), "{}", family.name);
        assert!(family.code.is_empty() || codes.insert(family.code), "{}", family.code);
        assert!(family.situation.len() > 20 && !family.situation.contains('\n'), "{}", family.name);
        assert!(family.name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_'));
    }
}

#[test]
fn each_loop_has_a_healthy_twin() {
    for family in families() {
        assert_eq!(family.group == Group::Loop, family.twin().is_some(), "{}", family.name);
        assert!(family.twin().is_none_or(|twin| twin.group != Group::Loop), "{}", family.name);
    }
}

#[test]
fn careless_hosts_declare_nothing() {
    every_trace(|family, trace| {
        if family.group == Group::Careless {
            for (index, act) in outs(trace) {
                let silent = act.att.is_none() && act.prog.is_none() && act.plan == 0 && act.ro == 0;
                assert!(silent, "{} {index}", trace.id);
            }
        }
    });
}

#[test]
fn declared_progress_goes_forward() {
    every_trace(|family, trace| {
        if family.group != Group::Declared {
            return;
        }
        let mut latest: BTreeMap<(&str, &str), u64> = BTreeMap::new();
        for (index, act) in outs(trace) {
            let Some(progress) = act.prog else { continue };
            let before = latest.insert((&act.kind, &act.subj), progress);
            assert!(before.is_none_or(|before| before < progress), "{} {index}", trace.id);
        }
    });
}

#[test]
fn worlds_differ_in_what_the_host_gets_to_see() {
    let (mut tokens, mut late, mut lost, mut unnamed, mut values) = (0, 0, 0, 0, 0);
    every_trace(|_, trace| {
        tokens += usize::from(ins(trace).any(|(_, event)| !event.tok.is_empty()));
        late += usize::from(outs(trace).any(|(_, act)| act.rt.is_some_and(|ms| ms > 0)));
        lost += usize::from(outs(trace).any(|(_, act)| act.rt == Some(-1)));
        unnamed += usize::from(ins(trace).any(|(_, event)| event.actor == "acme-automation"));
        values += usize::from(outs(trace).any(|(_, act)| !act.wv.is_empty()));
    });
    assert!(
        tokens > 600 && late > 600 && lost > 300 && unnamed > 60 && values > 300,
        "{tokens} {late} {lost} {unnamed} {values}"
    );
}

/// One line for each family: its name and a digest of five of its stories.
fn digests() -> String {
    let digest = |family: &Family| {
        let stories: Vec<_> = (0..5).map(|seed| serde_json::to_string(&family.trace(seed)).unwrap()).collect();
        Dice::new(&stories.join("\n"), 0).next()
    };
    every_family().into_iter().map(|family| format!("{} {:016x}\n", family.name, digest(family))).collect()
}

#[test]
fn no_story_changes_after_it_was_told() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/loops/families/frozen.txt");
    let (told, frozen) = (digests(), std::fs::read_to_string(path).unwrap_or_default());
    if std::env::var_os("REYNOLDS_REWRITE").is_some() {
        std::fs::write(path, &told).unwrap();
        return;
    }
    // A later round is frozen with its first score, not with its first commit.
    for family in families() {
        assert!(frozen.lines().any(|line| line.starts_with(&format!("{} ", family.name))), "{} is new", family.name);
    }
    for line in frozen.lines() {
        assert!(told.lines().any(|other| other == line), "{line} is not what is told now");
    }
}
