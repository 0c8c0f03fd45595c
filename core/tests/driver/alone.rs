//! What breaks the rule that one process owns a journal is found before it does harm.

use std::{fs, path::Path};

use reynolds::{
    Keys,
    driver::{Driver, DriverError, FileJournal},
};
use tempfile::TempDir;

use super::{at, digest, done, files, genesis, issue, keys, open};

/// Opens a second time what is open already, as after `rm lock`.
fn unlocked(path: &Path) -> Driver {
    fs::remove_file(path.join("lock")).expect("there is a lock");
    open(path).expect("nothing is locked")
}

fn append(driver: &mut Driver, n: u64) -> Result<(), DriverError> {
    driver.run(|| at(n), [issue(n)], done).map(|_| ())
}

fn refused(result: Result<(), DriverError>, why: &str) {
    let error = result.expect_err("not alone");
    assert_eq!(error.code(), "RY2103");
    assert!(error.to_string().contains(why), "{error}");
}

#[test]
fn who_finds_records_of_another_writes_nothing_and_the_others_stay() {
    let folder = TempDir::new().expect("a folder");
    let mut first = open(folder.path()).expect("it opens");
    append(&mut first, 1).expect("alone");
    let mut second = unlocked(folder.path());
    append(&mut second, 2).expect("nobody wrote in between");
    let live = digest(&second);
    refused(append(&mut first, 3), "somebody else writes to this journal");
    drop((first, second));
    assert_eq!(digest(&open(folder.path()).expect("it opens")), live);
}

#[test]
fn who_has_not_written_yet_cuts_nothing_off() {
    let folder = TempDir::new().expect("a folder");
    drop(open(folder.path()).expect("it opens"));
    let mut first = open(folder.path()).expect("it opens");
    let mut second = unlocked(folder.path());
    append(&mut first, 1).expect("alone");
    let live = digest(&first);
    refused(append(&mut second, 2), "somebody else writes to this journal");
    drop((first, second));
    assert_eq!(digest(&open(folder.path()).expect("it opens")), live);
}

#[test]
fn who_begins_a_segment_overwrites_none() {
    let folder = TempDir::new().expect("a folder");
    let small = |path: &Path| FileJournal::open(path).expect("it opens").with_segment_bytes(1);
    let journal = small(folder.path());
    fs::remove_file(folder.path().join("lock")).expect("there is a lock");
    let other = small(folder.path());
    let first = Driver::open(journal, genesis(), keys()).expect("alone");
    let second = Driver::open(other, genesis(), Keys::none()).map(|_| ());
    refused(second, "it is there already: somebody else writes");
    drop(first);
    assert_eq!(files(folder.path(), ".ryj"), ["00000000000000000001.ryj"]);
    assert!(open(folder.path()).is_ok());
}

#[cfg(unix)]
#[test]
fn a_journal_deleted_while_it_is_open_takes_no_more_records() {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("bot.ryj");
    let mut driver = open(&path).expect("it opens");
    append(&mut driver, 1).expect("it is there");
    fs::remove_dir_all(&path).expect("removed");
    refused(append(&mut driver, 2), "it was deleted while the journal was open");
}
