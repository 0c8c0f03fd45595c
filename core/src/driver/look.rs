//! A journal folder as it was at one moment, also while a bot is writing to it.

use std::{fs, io, path::Path};

use super::{
    DriverError, FileJournal, Journal,
    file::{SNAPSHOT, list, name},
};
use crate::id::Seq;

/// How often a folder is looked at again in which something was removed meanwhile.
const TRIES: usize = 8;

/// The records up to some last one, and the snapshots there were of them.
pub(crate) struct Looked {
    pub(crate) journal: FileJournal,
    /// The newest first.
    pub(crate) snapshots: Vec<(Seq, io::Result<Vec<u8>>)>,
}

impl Looked {
    /// Looks at the journal in the folder `path`, without a lock.
    pub(crate) fn at(path: &Path) -> Result<Self, DriverError> {
        let unread = |error| DriverError::Read { error };
        let mut tries = TRIES;
        loop {
            // Snapshots first: a bot stores its records before it saves a snapshot of them, so that one which is ahead of the
            // records read later says that some are gone.
            let mut seqs = list(path, SNAPSHOT).map_err(unread)?;
            seqs.sort_unstable_by(|a, b| b.cmp(a));
            let read = |seq: &Seq| (*seq, fs::read(path.join(name(*seq, SNAPSHOT))));
            let mut snapshots: Vec<_> = seqs.iter().map(read).collect();
            let mut journal = FileJournal::look(path);
            // With the snapshots that are removed go the records before them.
            tries -= 1;
            let same = journal.as_mut().is_ok_and(|journal| journal.snapshots().is_ok_and(|now| now == seqs));
            if same || tries == 0 {
                let gone = |read: &io::Result<_>| matches!(read, Err(error) if error.kind() == io::ErrorKind::NotFound);
                snapshots.retain(|(_, read)| !gone(read));
                return Ok(Self { journal: journal?, snapshots });
            }
        }
    }
}
