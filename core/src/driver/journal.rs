//! Where records are kept: what the driver asks of a storage.

use std::{fmt, io};

use crate::{broker::Segment, id::Seq, journal::Torn};

/// A storage for one broker's records and snapshots. [`super::FileJournal`] is the usual one.
///
/// Its owner is alone: whoever opens a storage sees to it that nobody else can (a lock, or a fence such as a primary key
/// over the record's number). Errors are the storage's own; the driver numbers them.
pub trait Journal: Send + fmt::Debug {
    /// The last whole record stored, `Seq(0)` if there is none.
    fn last(&self) -> Seq;

    /// The record that was being written when the power went, if one was. [`Journal::read`] leaves it out, and the
    /// first append removes it.
    fn torn(&self) -> Option<Torn> {
        None
    }

    /// The record with which a part of the storage begins in which no record is whole, if the last part is so: it was being
    /// begun when the power went, or was cut off since. The first append writes it anew.
    fn begun(&self) -> Option<Seq> {
        None
    }

    /// Reads the whole records stored, in order, from `after.next()` or from any record before it. The bytes begin with
    /// a [`crate::journal::segment_header`]; there are none if there is no record.
    ///
    /// # Errors
    /// The storage's.
    fn read(&mut self, after: Seq) -> io::Result<Box<dyn io::Read + '_>>;

    /// Writes a segment after the last record. It need not be safe before [`Journal::sync`]. `broker` is the number for
    /// segment headers.
    ///
    /// # Errors
    /// The storage's. After one, the journal is not used any more.
    fn append(&mut self, broker: u32, segment: Segment<'_>) -> io::Result<()>;

    /// Returns once everything appended survives a power cut.
    ///
    /// # Errors
    /// The storage's. After one, the journal is not used any more: a second sync would promise what nobody knows.
    fn sync(&mut self) -> io::Result<()>;

    /// The last records of the snapshots stored, newest first.
    ///
    /// # Errors
    /// The storage's.
    fn snapshots(&mut self) -> io::Result<Vec<Seq>>;

    /// Reads a snapshot.
    ///
    /// # Errors
    /// The storage's.
    fn read_snapshot(&mut self, seq: Seq) -> io::Result<Vec<u8>>;

    /// Stores a snapshot that ends with record `seq`, safely and whole or not at all. Keeps the two newest, and may then
    /// forget the records that the older of them contains. Who forgets reads it back first ([`crate::Broker::restore`]): of what it
    /// replaces there is no other copy.
    ///
    /// # Errors
    /// The storage's. Records and older snapshots are as they were.
    fn save_snapshot(&mut self, seq: Seq, bytes: &[u8]) -> io::Result<()>;
}
