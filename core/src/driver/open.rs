//! From a journal to a driver: a new broker, or the one that was.

use std::{
    hash::{BuildHasher, RandomState},
    io,
};

use super::{Driver, DriverError, Journal};
use crate::{
    broker::{Broker, Genesis},
    chain::token::Keys,
    error::RestoreError,
    id::{ReleaseNo, Seq},
    journal::Torn,
    restore::Restorer,
};

/// A seed for a new journal's [`Genesis`] that strangers can not guess, below 2^53 as other languages want it. A journal that is
/// there keeps its own.
///
/// Its randomness is that of std's hash tables, which comes from the operating system: no dependency for one number.
#[must_use]
pub fn drawn_seed() -> u64 {
    RandomState::new().hash_one(0) >> 11
}

/// How much of the journal is read at once.
const CHUNK_BYTES: usize = 1024 * 1024;

/// What was found when a journal was opened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Opened {
    /// There was no whole record: the genesis began a new journal.
    pub fresh: bool,
    /// The last record.
    pub last: Seq,
    /// The snapshot the restore started from, by its last record.
    pub snapshot: Option<Seq>,
    /// How many records were replayed after it.
    pub replayed: u64,
    /// The record that was being written when the power went, if one was. It was never durable, nothing it decided has
    /// left, and the next append removes it.
    pub torn: Option<Torn>,
    /// Newer snapshots that could not be read, and why. The restore did without them; replace the disk they are on.
    pub unreadable: Vec<(Seq, RestoreError)>,
    /// The configuration in force is not the genesis's: a journal keeps its own, and nothing else says that the other one does not
    /// count. Submit [`crate::input::Configure`] to change it, or not, where people configure the living broker.
    pub config_differs: bool,
}

impl Driver {
    /// Restores the broker from its journal, or begins a new one with `genesis` if the journal is empty. Of the genesis,
    /// an existing journal only has to have the name.
    ///
    /// Effects that left without an outcome are given out again by the first [`Driver::commit`] or [`Driver::run`].
    ///
    /// # Errors
    /// [`DriverError::Restore`] (RY3xxx) names the record that can not be read, [`DriverError::WrongName`] (RY2105),
    /// [`DriverError::EndsBeforeSnapshot`] (RY2106), [`DriverError::NoSnapshot`] (RY2107), [`DriverError::Misuse`]
    /// (RY2004) for a genesis that can not be used, [`DriverError::Read`] (RY2102) and [`DriverError::Append`]
    /// (RY2103).
    pub fn open(journal: impl Journal + 'static, genesis: Genesis, keys: Keys) -> Result<Self, DriverError> {
        let mut journal: Box<dyn Journal> = Box::new(journal);
        let mut opened = Opened { torn: journal.torn(), ..Opened::default() };
        let broker = match restore(&mut *journal, &keys, &mut opened)? {
            Some(broker) => {
                let found = broker.view().name();
                if found != genesis.name {
                    return Err(DriverError::WrongName { found: found.into(), given: genesis.name });
                }
                opened.config_differs = *broker.view().config() != genesis.config;
                broker
            }
            None => {
                opened.fresh = true;
                Broker::new(genesis, keys)?
            }
        };
        opened.last = broker.view().seq();
        let mut driver = Self { broker, journal, cursor: ReleaseNo(0), behind: false, opened };
        driver.store()?;
        Ok(driver)
    }
}

/// The broker as it was, from the newest snapshot that can be read; `None` if nothing was ever stored.
fn restore(journal: &mut dyn Journal, keys: &Keys, opened: &mut Opened) -> Result<Option<Broker>, DriverError> {
    for seq in journal.snapshots().map_err(unread)? {
        let bytes = match journal.read_snapshot(seq) {
            Ok(bytes) => bytes,
            Err(error) => {
                let reason = error.to_string();
                opened.unreadable.push((seq, RestoreError::Snapshot { section: "file", reason }));
                continue;
            }
        };
        match Broker::restore(Some(&bytes), keys.clone()) {
            Ok(restorer) => {
                opened.snapshot = Some(seq);
                return replay(journal, restorer, seq, opened);
            }
            Err(error @ RestoreError::Snapshot { .. }) => opened.unreadable.push((seq, error)),
            Err(error) => return Err(error.into()),
        }
    }
    let restorer = Broker::restore(None, keys.clone())?;
    let replayed = replay(journal, restorer, Seq(0), opened);
    let Some((_, newest)) = opened.unreadable.first() else { return replayed };
    match replayed {
        Ok(None) | Err(DriverError::Restore(RestoreError::Gap { expected: Seq(1), .. })) => {
            Err(DriverError::NoSnapshot { newest: newest.clone() })
        }
        replayed => replayed,
    }
}

fn replay(
    journal: &mut dyn Journal,
    mut restorer: Restorer,
    snapshot: Seq,
    opened: &mut Opened,
) -> Result<Option<Broker>, DriverError> {
    let mut chunk = vec![0; CHUNK_BYTES];
    let mut empty = snapshot == Seq(0);
    let mut reader = journal.read(snapshot).map_err(unread)?;
    loop {
        match reader.read(&mut chunk) {
            Ok(0) => break,
            Ok(len) => restorer.push(&chunk[..len])?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(unread(error)),
        }
        empty = false;
    }
    drop(reader);
    if empty {
        // Without a snapshot, nothing says that what was begun was ever whole.
        return Ok(None);
    }
    if let Some(error) = ends_before(journal, snapshot) {
        return Err(error);
    }
    let (broker, report) = restorer.finish()?;
    if let Some(torn) = report.torn {
        // A torn end was left out by the journal, so this one is in its middle: durable records are missing.
        return Err(RestoreError::Corrupt { seq: torn.seq, part: "cut off before the next segment" }.into());
    }
    // Only a journal that gives out less than it says to have: its next append would follow on nothing.
    if report.last < journal.last() {
        return Err(RestoreError::Gap { expected: report.last.next(), found: journal.last() }.into());
    }
    opened.replayed = report.records;
    Ok(Some(broker))
}

/// Are durable records gone, of those a snapshot contains? Where nothing is stored at all, somebody moved the records away to
/// go on from the snapshot; a record that was begun was there.
pub(crate) fn ends_before(journal: &dyn Journal, snapshot: Seq) -> Option<DriverError> {
    let last = journal.last();
    let stored = last != Seq(0) || journal.begun().is_some();
    (stored && last < snapshot).then_some(DriverError::EndsBeforeSnapshot { last, snapshot })
}

/// Can a broker start from this snapshot?
pub(super) fn readable(snapshot: &[u8]) -> io::Result<()> {
    let error = |error| io::Error::new(io::ErrorKind::InvalidData, format!("it can not be read back: {error}"));
    Broker::restore(Some(snapshot), Keys::none()).map(drop).map_err(error)
}

fn unread(error: io::Error) -> DriverError {
    DriverError::Read { error }
}
