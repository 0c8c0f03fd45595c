//! What fuzzing begins with is still of the form it was written for: a seed that is stale reaches less, and nobody would see it.
//!
//! `REYNOLDS_REWRITE=1` writes the snapshots and records of `fuzz/seeds` anew, for a change of their form.

#[path = "../../fuzz/src/lib.rs"]
#[expect(dead_code, reason = "the targets use the rest")]
mod fuzz;

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use reynolds::{Broker, Config, Input, Seq, journal};

fn folder(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/seeds").join(target)
}

/// The seeds of a target whose names begin so, by name.
fn seeds(target: &str, begin: &str) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder(target)).expect("the seeds are in the repository") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        if name.starts_with(begin) {
            found.push((name, fs::read(path).expect("readable")));
        }
    }
    found.sort();
    assert!(!found.is_empty(), "{target} has no seed {begin}");
    found
}

fn rewrite(target: &str, name: &str, mode: u8, bytes: &[u8]) {
    if std::env::var_os("REYNOLDS_REWRITE").is_some() {
        fs::write(folder(target).join(name), [&[mode], bytes].concat()).expect("written");
    }
}

#[test]
fn every_section_of_a_snapshot_has_a_seed_that_is_read() {
    let (header, sections) = fuzz::made::parts();
    let count = sections.len();
    for (section, body) in (0..).zip(&sections) {
        rewrite("restore_snapshot", &format!("section-{}", section + 1), section * 3 + 2, body);
    }
    rewrite("restore_snapshot", "whole", 0, &fuzz::made::assembled((header, sections)));
    let mut covered = BTreeSet::new();
    for (name, seed) in seeds("restore_snapshot", "section-") {
        assert_eq!(seed[0] % 3, 2, "{name}");
        let section = seed[0] / 3;
        covered.insert(usize::from(section));
        let snapshot = fuzz::made::replaced(section, &seed[1..]);
        let restored = Broker::restore(Some(&snapshot), fuzz::keys()).and_then(|restorer| restorer.finish());
        assert_eq!(restored.map(|_| ()), Ok(()), "{name}");
    }
    assert_eq!(covered, (0..count).collect());
    for (name, seed) in seeds("restore_snapshot", "whole") {
        let restored = Broker::restore(Some(&seed[1..]), fuzz::keys()).and_then(|restorer| restorer.finish());
        assert_eq!(restored.map(|_| ()), Ok(()), "{name}");
    }
}

#[test]
fn seeds_of_records_are_decoded_and_decided() {
    for (number, payload) in (2..).zip(fuzz::made::payloads()) {
        rewrite("restore_journal", &format!("crew-{number}"), 2, &payload);
    }
    let mut all = seeds("restore_journal", "record-");
    all.extend(seeds("restore_journal", "crew-"));
    for (name, seed) in all {
        let before = match seed[0] % 4 {
            2 => fuzz::made::host().journal,
            3 => journal::segment_header(7, Seq(1)).to_vec(),
            mode => panic!("{name}: mode {mode}"),
        };
        let journal = fuzz::made::record(before, &seed[1..]);
        let mut restorer = Broker::restore(None, fuzz::keys()).expect("nothing to read yet");
        // The digest is made up, so a record that was decided has diverged.
        assert_eq!(restorer.push(&journal).map_err(|error| error.code()), Err("RY3007"), "{name}");
    }
}

#[test]
fn seeds_of_inputs_have_every_kind_of_input_and_of_configuration() {
    let all =
        ["event", "propose", "outcome", "command", "configure", "adopt", "plan", "patch", "task", "beats", "agent"];
    let mut kinds = BTreeSet::new();
    for (_, lines) in seeds("input_json", "") {
        let inputs = lines.split(|byte| *byte == b'\n').filter_map(|line| Input::from_json(line).ok());
        kinds.extend(inputs.map(|input| serde_json::to_value(input).expect("JSON")["type"].to_string()));
    }
    assert_eq!(kinds, all.map(|kind| format!("{kind:?}")).into());
    let mut kinds = BTreeSet::new();
    for (name, seed) in seeds("wire", "") {
        let list = seed.split(|byte| *byte == b'\n').nth(1).unwrap_or_else(|| panic!("{name} has no second line"));
        let list: Vec<serde_json::Value> =
            serde_json::from_slice(list).unwrap_or_else(|error| panic!("{name}: {error}"));
        kinds.extend(list.iter().map(|input| input["type"].to_string()));
    }
    assert!(
        ["plan", "patch", "task", "beats", "agent"].iter().all(|kind| kinds.contains(&format!("{kind:?}"))),
        "{kinds:?}"
    );
    let configs = seeds("config", "").into_iter().filter_map(|(_, seed)| Config::from_json(&seed).ok());
    assert!(
        configs
            .into_iter()
            .any(|config| config.agents != Config::default().agents && config.work != Config::default().work)
    );
}

#[test]
fn every_step_about_plans_and_agents_is_an_input() {
    for step in 0..=u16::MAX {
        let [a, b] = step.to_be_bytes();
        for what in 0..6 {
            let _ = fuzz::crew::input(what, a, b, a.wrapping_mul(31) ^ b);
        }
    }
}
