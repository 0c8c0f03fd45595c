//! What can go wrong around the broker, numbered like every other error.

use std::{io, path::PathBuf};

use crate::{
    error::{Misuse, RestoreError},
    id::Seq,
};

/// The driver can not go on, or could not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DriverError {
    /// RY2101: the journal is open already, here or in another process.
    #[error(
        "RY2101: {} is open already; one broker owns a journal: stop the other process, or give this one its own journal",
        .path.display()
    )]
    Locked {
        /// The journal's folder.
        path: PathBuf,
    },
    /// RY2102: the journal can not be opened or read. Nothing was changed.
    #[error("RY2102: the journal can not be read: {error}; make the storage available and open it again")]
    Read {
        /// What the storage said.
        error: io::Error,
    },
    /// RY2103: an append or its sync failed. Whether the records are stored is unknown, and asking the system again
    /// would not tell: the broker is poisoned. Effects of these records have not left. It is also what a journal says to
    /// which somebody else has written, or whose files were deleted.
    #[error(
        "RY2103: the append failed and the broker is poisoned: {error}; mend the cause (space, permissions, disk, \
         another process), then open the journal again"
    )]
    Append {
        /// What the storage said.
        error: io::Error,
    },
    /// RY2104: the snapshot could not be saved, or not be read back, or old files not be removed. The journal is whole and the driver
    /// works; nothing was removed for a snapshot that is not there.
    #[error("RY2104: the snapshot could not be saved: {error}; make room or mend the disk, then take it again")]
    Snapshot {
        /// What the storage said.
        error: io::Error,
    },
    /// RY2105: the journal belongs to a broker of another name.
    #[error(
        "RY2105: the journal belongs to the broker `{found}`, not to `{given}`; effect ids carry the name: give the \
         journal's name, or open another journal"
    )]
    WrongName {
        /// The name in the journal.
        found: String,
        /// The name in the genesis given.
        given: String,
    },
    /// RY2106: durable records are gone: the newest snapshot is ahead of the journal.
    #[error(
        "RY2106: the journal ends with record {last}, its snapshot with {snapshot}; restore the missing records from a \
         copy, or move the segment files (*.ryj) away to go on from the snapshot"
    )]
    EndsBeforeSnapshot {
        /// The last record of the journal.
        last: Seq,
        /// The last record in the snapshot.
        snapshot: Seq,
    },
    /// RY2107: no snapshot can be read, and the records before them were removed.
    #[error(
        "RY2107: no snapshot can be read, and the journal no longer begins with record 1; restore the newest snapshot \
         from a copy; it says: {newest}"
    )]
    NoSnapshot {
        /// What is wrong with the newest one.
        newest: RestoreError,
    },
    /// RY2001 to RY2099: the protocol was not kept.
    #[error(transparent)]
    Misuse(#[from] Misuse),
    /// RY3xxx: the stored bytes can not be read back.
    #[error(transparent)]
    Restore(#[from] RestoreError),
}

impl DriverError {
    /// The stable number.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Locked { .. } => "RY2101",
            Self::Read { .. } => "RY2102",
            Self::Append { .. } => "RY2103",
            Self::Snapshot { .. } => "RY2104",
            Self::WrongName { .. } => "RY2105",
            Self::EndsBeforeSnapshot { .. } => "RY2106",
            Self::NoSnapshot { .. } => "RY2107",
            Self::Misuse(misuse) => misuse.code(),
            Self::Restore(error) => error.code(),
        }
    }
}
