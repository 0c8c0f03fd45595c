//! Segments, snapshots, truncation, the lock.

use std::fs;

use reynolds::{
    Broker, Seq,
    driver::{Driver, DriverError, FileJournal, Journal, MemoryJournal},
};
use tempfile::TempDir;

use super::{at, digest, done, files, genesis, issue, keys, open, open_small};

#[test]
fn a_second_open_is_refused_until_the_first_is_dropped() {
    let folder = TempDir::new().expect("a folder");
    let first = open(folder.path()).expect("it opens");
    let error = open(folder.path()).expect_err("open twice");
    assert!(matches!(error, DriverError::Locked { .. }));
    assert_eq!(error.code(), "RY2101");
    assert!(error.to_string().contains(&folder.path().display().to_string()), "{error}");
    drop(first);
    assert!(open(folder.path()).is_ok());
}

#[test]
fn many_submits_are_one_append() {
    let folder = TempDir::new().expect("a folder");
    let mut driver = open(folder.path()).expect("it opens");
    let segment = folder.path().join("00000000000000000001.ryj");
    let before = fs::metadata(&segment).expect("the segment").len();
    for decision in driver.submit_all(at(1), (0..100).map(issue)) {
        let _ = decision.expect("accepted");
    }
    assert_eq!(fs::metadata(&segment).expect("the segment").len(), before, "submit writes nothing");
    assert_eq!(driver.commit().expect("storage works").len(), 100);
    assert!(fs::metadata(&segment).expect("the segment").len() > before + 100 * 36);
    assert_eq!(driver.view().durable(), Seq(101));
}

#[test]
fn a_full_segment_is_followed_by_one_named_after_its_first_record() {
    let folder = TempDir::new().expect("a folder");
    let journal = FileJournal::open(folder.path()).expect("it opens").with_segment_bytes(1);
    let mut driver = Driver::open(journal, genesis(), keys()).expect("it opens");
    for n in 1..4 {
        let _ = driver.submit(at(n), issue(n)).expect("accepted");
        driver.commit().expect("storage works");
    }
    let names = [
        "00000000000000000001.ryj",
        "00000000000000000002.ryj",
        "00000000000000000003.ryj",
        "00000000000000000004.ryj",
    ];
    assert_eq!(files(folder.path(), ".ryj"), names);
    let before = digest(&driver);
    drop(driver);
    assert_eq!(digest(&open(folder.path()).expect("it opens")), before);
}

/// Runs 30 events with a snapshot after every tenth, and returns the digest of the state.
fn thirty(folder: &TempDir) -> u64 {
    let mut driver = open_small(folder.path()).expect("it opens");
    for n in 1..=30 {
        let _ = driver.run(|| at(n), [issue(n)], done).expect("storage works");
        if n % 10 == 0 {
            let seq = driver.snapshot().expect("storage works");
            assert_eq!(seq, driver.view().seq());
        }
    }
    let _ = driver.run(|| at(31), [issue(31)], done).expect("storage works");
    digest(&driver)
}

#[test]
fn snapshot_truncation_and_restore_equal_a_full_replay() {
    let folder = TempDir::new().expect("a folder");
    let live = thirty(&folder);
    // Each event is two records: itself and its outcome. Record 1 is the genesis.
    assert_eq!(files(folder.path(), ".rysnap"), ["00000000000000000041.rysnap", "00000000000000000061.rysnap"]);
    let first = files(folder.path(), ".ryj")[0].clone();
    assert!(first.as_str() > "00000000000000000030.ryj" && first.as_str() <= "00000000000000000042.ryj", "{first}");

    let restored = open_small(folder.path()).expect("it opens");
    assert_eq!(digest(&restored), live);
    assert_eq!(restored.opened().snapshot, Some(Seq(61)));
    assert_eq!(restored.opened().replayed, 2);

    let memory = MemoryJournal::new();
    let mut driver = Driver::open(memory.clone(), genesis(), keys()).expect("it opens");
    for n in 1..=31 {
        let _ = driver.run(|| at(n), [issue(n)], done).expect("storage works");
    }
    let mut full = Broker::restore(None, keys()).expect("no snapshot to read");
    full.push(&memory.bytes()).expect("it replays");
    assert_eq!(full.finish().expect("it is whole").0.view().digest(), live);
}

#[test]
fn a_corrupt_newest_snapshot_is_reported_and_the_older_one_does() {
    let folder = TempDir::new().expect("a folder");
    let live = thirty(&folder);
    let newest = folder.path().join("00000000000000000061.rysnap");
    let whole = fs::read(&newest).expect("the snapshot");
    for bit in [0, 100, whole.len() * 4, whole.len() * 8 - 1] {
        let mut flipped = whole.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        fs::write(&newest, flipped).expect("it can be written");
        let driver = open_small(folder.path()).expect("it opens");
        assert_eq!(digest(&driver), live);
        assert_eq!(driver.opened().snapshot, Some(Seq(41)));
        let unreadable: Vec<_> = driver.opened().unreadable.iter().map(|(seq, error)| (*seq, error.code())).collect();
        assert_eq!(unreadable, [(Seq(61), "RY3008")]);
    }
    let older = folder.path().join("00000000000000000041.rysnap");
    fs::write(&older, b"RYNS").expect("it can be written");
    assert_eq!(open_small(folder.path()).expect_err("nothing to start from").code(), "RY2107");
}

#[test]
fn a_newest_snapshot_on_a_broken_disk_is_reported_and_the_older_one_does() {
    let folder = TempDir::new().expect("a folder");
    let live = thirty(&folder);
    let newest = folder.path().join("00000000000000000061.rysnap");
    fs::remove_file(&newest).expect("it can be removed");
    // To read a folder fails as a bad sector does.
    fs::create_dir(&newest).expect("it can be made");
    let driver = open_small(folder.path()).expect("it opens");
    assert_eq!((digest(&driver), driver.opened().snapshot), (live, Some(Seq(41))));
    let [(seq, error)] = driver.opened().unreadable.as_slice() else { panic!("{:?}", driver.opened()) };
    assert_eq!((*seq, error.code()), (Seq(61), "RY3008"));
}

#[test]
fn without_readable_snapshots_the_whole_journal_is_replayed_if_it_is_there() {
    let folder = TempDir::new().expect("a folder");
    let mut driver = open(folder.path()).expect("it opens");
    let _ = driver.run(|| at(1), [issue(1)], done).expect("storage works");
    driver.snapshot().expect("storage works");
    let live = digest(&driver);
    drop(driver);
    fs::write(folder.path().join("00000000000000000003.rysnap"), b"").expect("it can be written");
    let driver = open(folder.path()).expect("it opens");
    assert_eq!((digest(&driver), driver.opened().snapshot, driver.opened().replayed), (live, None, 3));
}

#[test]
fn a_journal_that_ends_before_its_snapshot_is_refused() {
    let folder = TempDir::new().expect("a folder");
    let mut driver = open(folder.path()).expect("it opens");
    let _ = driver.run(|| at(1), [issue(1), issue(2)], done).expect("storage works");
    driver.snapshot().expect("storage works");
    let live = digest(&driver);
    drop(driver);
    let segment = folder.path().join("00000000000000000001.ryj");
    let bytes = fs::read(&segment).expect("the segment");
    fs::write(&segment, &bytes[..bytes.len() - 1]).expect("it can be written");
    let error = open(folder.path()).expect_err("durable records are gone");
    assert_eq!(error.code(), "RY2106");
    assert!(error.to_string().contains("ends with record 4, its snapshot with 5"), "{error}");
    // The remedy the message names.
    fs::remove_file(&segment).expect("it can be removed");
    let mut driver = open(folder.path()).expect("it opens");
    assert_eq!(digest(&driver), live);
    let _ = driver.run(|| at(3), [issue(3)], done).expect("storage works");
    let live = digest(&driver);
    drop(driver);
    assert_eq!(files(folder.path(), ".ryj"), ["00000000000000000006.ryj"]);
    assert_eq!(digest(&open(folder.path()).expect("it opens")), live);
}

#[test]
fn what_a_crash_leaves_of_a_snapshot_is_ignored_and_removed_by_the_next_one() {
    let folder = TempDir::new().expect("a folder");
    let mut driver = open(folder.path()).expect("it opens");
    let unfinished = folder.path().join("00000000000000000001.tmp");
    fs::write(&unfinished, b"half a snapsh").expect("it can be written");
    let _ = driver.run(|| at(1), [issue(1)], done).expect("storage works");
    driver.snapshot().expect("storage works");
    assert!(!unfinished.exists());
}

#[test]
fn a_snapshot_that_can_not_be_read_back_is_an_error_and_replaces_nothing() {
    let folder = TempDir::new().expect("a folder");
    let live = thirty(&folder);
    let all = || (files(folder.path(), ".ryj"), files(folder.path(), ".rysnap"), files(folder.path(), ".tmp"));
    let before = all();
    let newest = fs::read(folder.path().join("00000000000000000061.rysnap")).expect("it is there");
    let mut journal = FileJournal::open(folder.path()).expect("it opens");
    for bytes in [&newest[..newest.len() - 1], &[], b"x"] {
        let error = journal.save_snapshot(Seq(62), bytes).expect_err("not whole").to_string();
        assert!(error.contains("it can not be read back: RY3008"), "{error}");
        assert_eq!(all(), before);
    }
    drop(journal);
    assert_eq!(digest(&open_small(folder.path()).expect("it opens")), live);
}

#[test]
fn a_journal_takes_no_segment_out_of_order() {
    let folder = TempDir::new().expect("a folder");
    drop(open(folder.path()).expect("it opens"));
    let mut journal = FileJournal::open(folder.path()).expect("it opens");
    let segment = reynolds::Segment { first: Seq(7), last: Seq(7), bytes: b"x" };
    let error = journal.append(1, segment).expect_err("record 2 is missing");
    assert_eq!(error.to_string(), "the segment starts with record 7, the journal ends with 1");
}

#[test]
fn a_journal_in_use_can_be_looked_at_but_not_written() {
    let folder = TempDir::new().expect("a folder");
    let _running = open(folder.path()).expect("it opens");
    let mut journal = FileJournal::look(folder.path()).expect("no lock is needed");
    let mut bytes = Vec::new();
    journal.read(Seq(0)).expect("it reads").read_to_end(&mut bytes).expect("it reads");
    assert_eq!((journal.last(), &bytes[..4]), (Seq(1), b"RYNJ".as_slice()));
    let segment = reynolds::Segment { first: Seq(2), last: Seq(2), bytes: b"x" };
    let refused = "the journal was opened for reading only";
    assert_eq!(journal.append(1, segment).expect_err("only a look").to_string(), refused);
    assert_eq!(journal.save_snapshot(Seq(1), b"x").expect_err("only a look").to_string(), refused);
    let nowhere = folder.path().join("nowhere");
    assert_eq!(FileJournal::look(&nowhere).expect_err("no such folder").code(), "RY2102");
    assert!(!nowhere.exists(), "looking makes nothing");
}

#[test]
fn a_path_that_is_a_file_is_an_error_that_names_it() {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("bot.ryj");
    fs::write(&path, b"").expect("it can be written");
    let error = FileJournal::open(&path).expect_err("not a folder");
    assert_eq!(error.code(), "RY2102");
    assert!(error.to_string().contains("bot.ryj: it is a file; a journal is a folder of its own"), "{error}");
}
