//! Files cut anywhere, files with any bit flipped.

use std::{fs, path::Path};

use reynolds::{
    Seq, Timestamp,
    driver::{Driver, FileJournal},
};
use tempfile::TempDir;

use super::{at, digest, done, files, genesis, issue, keys, open, open_small};

const FIRST: &str = "00000000000000000001.ryj";
const SEGMENT_HEADER_BYTES: usize = 24;
const RECORD_HEADER_BYTES: usize = 36;

/// Where each record of a segment ends, read by hand: `len u32` is the first field of a record.
fn ends(segment: &[u8]) -> Vec<usize> {
    let mut ends = vec![];
    let mut at = SEGMENT_HEADER_BYTES;
    while at < segment.len() {
        let len = u32::from_le_bytes(segment[at..at + 4].try_into().expect("four bytes")) as usize;
        at += RECORD_HEADER_BYTES + len;
        ends.push(at);
    }
    ends
}

/// A journal whose last append, of three records at once, starts after record 3. Returns the digest of the state after
/// each record, from record 1 on.
fn journal(path: &Path) -> Vec<u64> {
    let mut driver = open(path).expect("it opens");
    let mut digests = vec![digest(&driver)];
    let _ = driver.run(|| at(1), [issue(1)], |_| reynolds::driver::Answer::Later).expect("storage works");
    digests.push(digest(&driver));
    let _ = driver.run(|| at(2), [issue(2)], |_| reynolds::driver::Answer::Later).expect("storage works");
    digests.push(digest(&driver));
    for n in 3..6 {
        let _ = driver.submit(at(n), issue(n)).expect("accepted");
        digests.push(digest(&driver));
    }
    let _ = driver.commit().expect("storage works");
    digests
}

fn with_segment(bytes: &[u8]) -> TempDir {
    let folder = TempDir::new().expect("a folder");
    fs::write(folder.path().join(FIRST), bytes).expect("it can be written");
    folder
}

#[test]
fn a_crash_at_any_byte_of_the_last_append_leaves_the_records_before_the_cut() {
    let folder = TempDir::new().expect("a folder");
    let digests = journal(folder.path());
    let whole = fs::read(folder.path().join(FIRST)).expect("the segment");
    let ends = ends(&whole);
    assert_eq!((ends.len(), digests.len()), (6, 6));
    for cut in ends[2]..=whole.len() {
        let folder = with_segment(&whole[..cut]);
        let mut driver = open(folder.path()).unwrap_or_else(|error| panic!("cut at {cut}: {error}"));
        let records = ends.iter().filter(|end| **end <= cut).count();
        assert_eq!(digest(&driver), digests[records - 1], "cut at {cut}");
        let torn = driver.opened().torn.map(|torn| (torn.seq.0, torn.bytes));
        let cut_off = cut - ends[records - 1];
        assert_eq!(torn, (cut_off > 0).then_some((records as u64 + 1, cut_off)), "cut at {cut}");
        // Every cut takes the same way from here on, and syncs take time.
        if cut % 16 != 0 && cut_off != 0 {
            continue;
        }
        // What comes next is appended after the last whole record, and can be read back.
        let _ = driver.run(|| at(9), [issue(9)], done).expect("storage works");
        let after = digest(&driver);
        drop(driver);
        let again = open(folder.path()).unwrap_or_else(|error| panic!("cut at {cut}: {error}"));
        assert_eq!((digest(&again), again.opened().torn), (after, None), "cut at {cut}");
    }
}

/// The file of each record but the first; the newest is cut as by a crash while it was begun.
#[test]
fn a_crash_while_a_segment_is_begun_loses_nothing_of_the_one_before() {
    for snapshot in [None, Some(2)] {
        let folder = TempDir::new().expect("a folder");
        let journal = || FileJournal::open(folder.path()).expect("it opens").with_segment_bytes(1);
        let mut driver = Driver::open(journal(), genesis(), keys()).expect("it opens");
        let mut digests = vec![digest(&driver)];
        for n in 1..4 {
            let _ = driver.run(|| at(n), [issue(n)], |_| reynolds::driver::Answer::Later).expect("storage works");
            if snapshot == Some(n) {
                let _ = driver.snapshot().expect("storage works");
            }
            digests.push(digest(&driver));
        }
        drop(driver);
        let last = folder.path().join("00000000000000000004.ryj");
        let whole = fs::read(&last).expect("the segment");
        for cut in 0..whole.len() {
            fs::write(&last, &whole[..cut]).expect("it can be written");
            let driver = Driver::open(journal(), genesis(), keys()).unwrap_or_else(|error| panic!("{cut}: {error}"));
            assert_eq!((digest(&driver), driver.opened().last), (digests[2], Seq(3)), "cut at {cut}");
        }
        // It goes on where it was, and keeps what is new.
        let mut driver = Driver::open(journal(), genesis(), keys()).expect("it opens");
        let _ = driver.run(|| at(3), [issue(3)], |_| reynolds::driver::Answer::Later).expect("storage works");
        let after = digest(&driver);
        drop(driver);
        assert_eq!(digest(&Driver::open(journal(), genesis(), keys()).expect("it opens")), after);
    }
}

#[test]
fn a_cut_anywhere_before_the_end_of_the_snapshot_is_refused() {
    let folder = TempDir::new().expect("a folder");
    let mut driver = open(folder.path()).expect("it opens");
    let mut digests = vec![];
    for n in 1..4 {
        let _ = driver.run(|| at(n), [issue(n)], |_| reynolds::driver::Answer::Later).expect("storage works");
        if n == 2 {
            assert_eq!(driver.snapshot().expect("storage works"), Seq(3));
        }
        digests.push(digest(&driver));
    }
    drop(driver);
    let segment = folder.path().join(FIRST);
    let whole = fs::read(&segment).expect("the segment");
    let ends = ends(&whole);
    for cut in 0..=whole.len() {
        fs::write(&segment, &whole[..cut]).expect("it can be written");
        let records = ends.iter().filter(|end| **end <= cut).count();
        match open(folder.path()) {
            Err(error) => {
                assert_eq!((error.code(), records < 3), ("RY2106", true), "cut at {cut}: {error}");
                let ends_with = format!("the journal ends with record {records}, its snapshot with 3");
                assert!(error.to_string().contains(&ends_with), "cut at {cut}: {error}");
            }
            Ok(driver) => assert_eq!(digest(&driver), digests[records - 2], "cut at {cut}"),
        }
    }
}

#[test]
fn an_end_of_unwritten_sectors_counts_as_torn() {
    let folder = TempDir::new().expect("a folder");
    let digests = journal(folder.path());
    let whole = fs::read(folder.path().join(FIRST)).expect("the segment");
    let ends = ends(&whole);
    let from = ends[2];
    for start in (0..whole.len()).filter(|start| *start == from || (*start > from && start % 512 == 0)) {
        let mut bytes = whole[..start].to_vec();
        bytes.resize(whole.len(), 0);
        let driver = open(with_segment(&bytes).path()).unwrap_or_else(|error| panic!("zeros from {start}: {error}"));
        let records = ends.iter().filter(|end| **end <= start).count();
        assert_eq!(digest(&driver), digests[records - 1], "zeros from {start}");
        assert_eq!(driver.opened().torn.map(|torn| torn.seq.0), Some(records as u64 + 1), "zeros from {start}");
    }
}

#[test]
fn a_genesis_that_never_became_whole_is_written_anew() {
    let folder = TempDir::new().expect("a folder");
    drop(open(folder.path()).expect("it opens"));
    let whole = fs::read(folder.path().join(FIRST)).expect("the segment");
    for bytes in (0..whole.len()).map(|cut| whole[..cut].to_vec()).chain([vec![0; 4096]]) {
        let folder = with_segment(&bytes);
        let driver = open(folder.path()).unwrap_or_else(|error| panic!("{} bytes: {error}", bytes.len()));
        assert!(driver.opened().fresh);
        // A whole segment header without any of the genesis is not torn.
        assert_eq!(driver.opened().torn.is_some(), ![0, SEGMENT_HEADER_BYTES].contains(&bytes.len()));
        drop(driver);
        assert_eq!(fs::read(folder.path().join(FIRST)).expect("the segment"), whole, "{} bytes", bytes.len());
    }
}

#[test]
fn any_flipped_bit_is_an_error_that_names_the_record() {
    let folder = TempDir::new().expect("a folder");
    let _ = journal(folder.path());
    let whole = fs::read(folder.path().join(FIRST)).expect("the segment");
    let ends = ends(&whole);
    let folder = TempDir::new().expect("a folder");
    // Each open syncs, so not every bit: one of every byte, and each of the eight.
    for bit in (0..whole.len() * 8).step_by(7) {
        let mut flipped = whole.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        fs::write(folder.path().join(FIRST), &flipped).expect("it can be written");
        let error = open(folder.path()).expect_err(&format!("bit {bit} was believed"));
        let record = 1 + ends.iter().filter(|end| **end <= bit / 8).count();
        let (code, text) = (error.code(), error.to_string());
        if bit / 8 < 4 {
            assert_eq!(code, "RY3002", "bit {bit}: {text}");
        } else {
            assert_eq!(code, "RY3004", "bit {bit}: {text}");
            assert!(text.contains(&format!("record {record} is corrupt")), "bit {bit}: {text}");
        }
        assert_eq!(fs::read(folder.path().join(FIRST)).expect("the segment"), flipped, "damage was written over");
    }
}

#[test]
fn a_segment_cut_short_before_another_one_is_damage_not_a_torn_end() {
    let folder = TempDir::new().expect("a folder");
    let mut driver = open_small(folder.path()).expect("it opens");
    for n in 1..8 {
        let _ = driver.run(|| at(n), [issue(n)], done).expect("storage works");
    }
    drop(driver);
    let names = files(folder.path(), ".ryj");
    assert_eq!(names.len(), 3, "{names:?}");
    let path = folder.path().join(&names[1]);
    let whole = fs::read(&path).expect("the segment");
    let first: usize = names[1][..20].parse().expect("a number");
    let ends = ends(&whole);
    for cut in 0..whole.len() {
        fs::write(&path, &whole[..cut]).expect("it can be written");
        let error = open_small(folder.path()).expect_err(&format!("cut at {cut} was believed"));
        let expected = first + ends.iter().filter(|end| **end <= cut).count();
        assert!(["RY3004", "RY3005"].contains(&error.code()), "cut at {cut}: {error}");
        assert!(error.to_string().contains(&format!("record {expected}")), "cut at {cut}: {error}");
    }
    fs::remove_file(&path).expect("it can be removed");
    assert_eq!(open_small(folder.path()).expect_err("a segment is missing").code(), "RY3005");
}

#[test]
fn a_foreign_file_is_refused_and_left_alone() {
    let folder = with_segment(b"not a journal at all");
    let error = open(folder.path()).expect_err("not a journal");
    assert_eq!(error.code(), "RY3002");
    assert_eq!(fs::read(folder.path().join(FIRST)).expect("the file"), b"not a journal at all");
}

#[test]
fn a_restore_has_the_time_and_place_of_the_broker_it_restores() {
    let folder = TempDir::new().expect("a folder");
    let _ = journal(folder.path());
    let driver = open(folder.path()).expect("it opens");
    assert_eq!(driver.view().now(), Timestamp(1_700_000_000_005));
    assert_eq!((driver.opened().last, driver.opened().replayed), (Seq(6), 6));
    assert!(!driver.opened().fresh);
}
