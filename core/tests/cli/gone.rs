//! Journals of which durable records are gone.

use std::{fs, path::Path};

use reynolds::{
    Genesis, Keys, Seq, Timestamp,
    driver::{Driver, FileJournal},
};
use serde_json::{Value, json};

use super::{
    answer, notes, out, run,
    scene::{event, person},
};

const FIRST: &str = "bot.ryj/00000000000000000001.ryj";

/// Eight records in one segment file.
fn journal(folder: &Path, snapshots: &[u64]) {
    let journal = FileJournal::open(folder.join("bot.ryj")).expect("a new journal");
    let genesis = Genesis { name: "folder".into(), ..Genesis::default() };
    let mut driver = Driver::open(journal, genesis, Keys::none()).expect("a new driver");
    for n in 2..=8 {
        let event = event(&format!("d{n}"), "push", "github:acme/api", person("github:eve"), "", None);
        let _ = driver.submit(Timestamp(1000 * n), event).expect("accepted");
        let _ = driver.commit().expect("stored");
        if snapshots.contains(&n) {
            driver.snapshot().expect("stored");
        }
    }
}

#[test]
fn records_that_a_snapshot_has_and_the_journal_has_not_are_told_at_every_cut() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    journal(folder.path(), &[6]);
    let segment = folder.path().join(FIRST);
    let whole = fs::read(&segment).expect("the segment");
    let ends = super::ends(&whole);
    for (cut, last) in [(0, 0), (10, 0), (24, 0), (ends[1] - 1, 0), (ends[1], 1), (ends[5] + 5, 5)] {
        fs::write(&segment, &whole[..cut]).expect("written");
        let (exit, verified) = answer(folder.path(), &["verify", "bot.ryj", "--json"]);
        assert_eq!((exit, &verified["sound"]), (Some(1), &json!(false)), "cut at {cut}: {verified}");
        let message = format!(
            "RY2106: the journal ends with record {last}, its snapshot with 6; restore the missing records from a copy, or \
             move the segment files (*.ryj) away to go on from the snapshot"
        );
        let problem = json!({"code": "RY2106", "seq": Value::Null, "message": message});
        assert_eq!(verified["problems"][0], problem, "cut at {cut}");
        let output = run(folder.path(), &["verify", "bot.ryj"]);
        let said = format!("{}{}", out(&output), notes(&output));
        assert!(!said.contains("removed") && !said.contains("remove it"), "cut at {cut}: {said}");
        // A snapshot has the record that is cut off, so it was durable.
        assert!(!said.contains("never durable") && !said.contains("removes it"), "cut at {cut}: {said}");
        if cut == ends[5] + 5 {
            let torn = "the journal ends in the middle of record 6, after 5 of its bytes; the snapshot of record 6 has it, so it was durable \
                        and is cut off";
            assert_eq!(verified["problems"][1]["message"], torn);
        }
        let output = run(folder.path(), &["replay", "bot.ryj"]);
        assert!(notes(&output).contains(&message), "cut at {cut}: {}", notes(&output));
    }
    // The documented remedy.
    fs::remove_file(&segment).expect("removed");
    let (exit, verified) = answer(folder.path(), &["verify", "bot.ryj", "--json"]);
    assert_eq!((exit, &verified["problems"]), (Some(0), &json!([])));
}

#[test]
fn without_its_records_a_journal_goes_on_from_the_newest_of_two_snapshots() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    journal(folder.path(), &[4, 7]);
    let segment = folder.path().join(FIRST);
    let whole = fs::read(&segment).expect("the segment");
    fs::write(&segment, &whole[..super::ends(&whole)[5]]).expect("written");
    let (exit, verified) = answer(folder.path(), &["verify", "bot.ryj", "--json"]);
    assert_eq!((exit, &verified["problems"][0]["code"]), (Some(1), &json!("RY2106")));

    fs::remove_file(&segment).expect("removed"); // the documented remedy
    let healthy = |records: Value, state: &str| {
        let (exit, verified) = answer(folder.path(), &["verify", "bot.ryj", "--json"]);
        assert_eq!((exit, &verified["problems"]), (Some(0), &json!([])), "{verified}");
        assert_eq!((&verified["snapshots"], &verified["digest"]), (&json!([7, 4]), &json!(state)));
        assert_eq!(json!([verified["first"], verified["last"]]), records);
        let noted = "records up to 7 were removed; the check begins with its snapshot\n\
            the records after the snapshot of record 4 are not here, so it is of no use\n";
        assert_eq!(notes(&run(folder.path(), &["verify", "bot.ryj"])), noted);
        let (exit, replayed) = answer(folder.path(), &["replay", "bot.ryj", "--json"]);
        assert_eq!((exit, &replayed["digest"]), (Some(0), &json!(state)));
    };
    let open = || {
        let journal = FileJournal::open(folder.path().join("bot.ryj")).expect("the journal");
        Driver::open(journal, Genesis { name: "folder".into(), ..Genesis::default() }, Keys::none()).expect("it opens")
    };
    let state = |driver: &Driver| format!("{:016x}", driver.broker().view().digest());
    let mut driver = open();
    assert_eq!((driver.opened().snapshot, driver.opened().last), (Some(Seq(7)), Seq(7)));
    healthy(json!([null, 0]), &state(&driver));
    // And when the bot has gone on.
    let event = event("d9", "push", "github:acme/api", person("github:eve"), "", None);
    let _ = driver.submit(Timestamp(9000), event).expect("accepted");
    let _ = driver.commit().expect("stored");
    healthy(json!([8, 8]), &state(&driver));
}

#[test]
fn a_damaged_record_is_found_in_its_file() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    journal(folder.path(), &[]);
    let segment = folder.path().join(FIRST);
    let mut bytes = fs::read(&segment).expect("the segment");
    let ends = super::ends(&bytes);
    for (record, from) in [(1, 24), (3, ends[2])] {
        let at = from + 40;
        bytes[at] ^= 1;
        fs::write(&segment, &bytes).expect("written");
        bytes[at] ^= 1;
        let (_, verified) = answer(folder.path(), &["verify", "bot.ryj", "--json"]);
        let problem = &verified["problems"][0];
        assert_eq!((&problem["code"], &problem["seq"]), (&json!("RY3004"), &json!(record)));
        assert_eq!((&problem["file"], &problem["offset"]), (&json!(FIRST), &json!(from)));
        let output = run(folder.path(), &["verify", "bot.ryj"]);
        assert!(out(&output).contains(&format!("it begins at byte {from} of {FIRST}")), "{}", out(&output));
    }
}
