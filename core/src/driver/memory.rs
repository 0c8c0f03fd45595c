//! A journal in memory: for tests, and for hosts that keep the bytes themselves.

use std::{
    collections::BTreeMap,
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::Journal;
use crate::{
    broker::Segment,
    id::Seq,
    journal::{SEGMENT_HEADER_BYTES, segment_header},
};

/// A journal in memory. Clones share the storage, so that a test can drop a driver and open the same journal again.
///
/// It keeps every record, and forgets what was appended but not synced when it is opened again, as a disk would.
#[derive(Debug, Clone, Default)]
pub struct MemoryJournal {
    stored: Arc<Mutex<Stored>>,
}

#[derive(Debug, Default)]
struct Stored {
    bytes: Vec<u8>,
    last: Seq,
    /// What is safe of the above.
    synced: (usize, Seq),
    snapshots: BTreeMap<Seq, Vec<u8>>,
}

impl MemoryJournal {
    /// An empty journal.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The synced bytes: one segment.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        let stored = self.stored();
        stored.bytes[..stored.synced.0].to_vec()
    }

    /// Forgets what was not synced, as a power cut would.
    pub fn lose_power(&self) {
        let mut stored = self.stored();
        let (len, last) = stored.synced;
        stored.bytes.truncate(len);
        stored.last = last;
    }

    fn stored(&self) -> MutexGuard<'_, Stored> {
        // Every method leaves it consistent, so a panic elsewhere does no harm to it.
        self.stored.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Journal for MemoryJournal {
    fn last(&self) -> Seq {
        self.stored().last
    }

    fn read(&mut self, _after: Seq) -> io::Result<Box<dyn io::Read + '_>> {
        self.lose_power();
        Ok(Box::new(io::Cursor::new(self.bytes())))
    }

    fn append(&mut self, broker: u32, segment: Segment<'_>) -> io::Result<()> {
        let mut stored = self.stored();
        if stored.bytes.is_empty() {
            stored.bytes.extend_from_slice(&segment_header(broker, segment.first));
        } else if segment.first != stored.last.next() {
            return Err(out_of_order(stored.last, segment.first));
        }
        stored.bytes.extend_from_slice(segment.bytes);
        stored.last = segment.last;
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        let mut stored = self.stored();
        stored.synced = (stored.bytes.len(), stored.last);
        debug_assert!(stored.bytes.len() >= SEGMENT_HEADER_BYTES || stored.last == Seq(0));
        Ok(())
    }

    fn snapshots(&mut self) -> io::Result<Vec<Seq>> {
        Ok(self.stored().snapshots.keys().rev().copied().collect())
    }

    fn read_snapshot(&mut self, seq: Seq) -> io::Result<Vec<u8>> {
        self.stored().snapshots.get(&seq).cloned().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn save_snapshot(&mut self, seq: Seq, bytes: &[u8]) -> io::Result<()> {
        let mut stored = self.stored();
        stored.snapshots.insert(seq, bytes.to_vec());
        while stored.snapshots.len() > 2 {
            stored.snapshots.pop_first();
        }
        Ok(())
    }
}

pub(super) fn out_of_order(last: Seq, first: Seq) -> io::Error {
    let text = format!("the segment starts with record {first}, the journal ends with {last}");
    io::Error::new(io::ErrorKind::InvalidInput, text)
}
