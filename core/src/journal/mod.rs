//! The journal: the inputs, as they came, one record each. [format.md](https://github.com/reynolds-rs/reynolds/blob/main/docs/format.md) is the normative text.
//!
//! A record has a header with its own checksum, so that a flipped length can not hide what follows, and the digest of
//! the decision it led to, so that a replay names the record at which it starts to decide differently.

mod reader;
mod record;

pub use reader::{Head, Scan, Scanned, Torn};
pub(crate) use record::{Entry, GenesisRecord, Record};

use alloc::vec::Vec;

use crate::{det::crc32c, id::Seq, time::Timestamp};

/// First bytes of a segment.
pub const MAGIC: [u8; 4] = *b"RYNJ";
/// The format this version writes, and the newest it reads.
pub const FORMAT: u16 = 1;
/// Bytes of a segment's header: `RYNJ | format u16 | 0 u16 | broker u32 | first seq u64 | sum u32`.
pub const SEGMENT_HEADER_BYTES: usize = 24;
/// Bytes of a record's header: `len u32 | seq u64 | at u64 | digest u64 | header sum u32 | payload sum u32`.
pub const RECORD_HEADER_BYTES: usize = 36;

/// The header of a segment that starts with record `first`. The host writes it before the first record of each file.
#[must_use]
pub fn segment_header(broker: u32, first: Seq) -> [u8; SEGMENT_HEADER_BYTES] {
    let mut out = [0; SEGMENT_HEADER_BYTES];
    out[..4].copy_from_slice(&MAGIC);
    out[4..6].copy_from_slice(&FORMAT.to_le_bytes());
    out[8..12].copy_from_slice(&broker.to_le_bytes());
    out[12..20].copy_from_slice(&first.0.to_le_bytes());
    let sum = crc32c(&out[..20]);
    out[20..].copy_from_slice(&sum.to_le_bytes());
    out
}

/// Starts a record at the end of `out`: room for its header, then the payload. [`finish`] fills the header in.
pub(crate) fn begin(out: &mut Vec<u8>, entry: &Entry) -> usize {
    let start = out.len();
    out.resize(start + RECORD_HEADER_BYTES, 0);
    entry.write(out);
    start
}

/// Completes the record that starts at `start` and ends with `out`.
pub(crate) fn finish(out: &mut [u8], start: usize, seq: Seq, at: Timestamp, decision_digest: u64) {
    let Some((header, payload)) = out[start..].split_first_chunk_mut::<RECORD_HEADER_BYTES>() else { return };
    let len = u32::try_from(payload.len()).unwrap_or(u32::MAX);
    header[..4].copy_from_slice(&len.to_le_bytes());
    header[4..12].copy_from_slice(&seq.0.to_le_bytes());
    header[12..20].copy_from_slice(&at.0.to_le_bytes());
    header[20..28].copy_from_slice(&decision_digest.to_le_bytes());
    header[32..36].copy_from_slice(&crc32c(payload).to_le_bytes());
    let sum = header_sum(header);
    header[28..32].copy_from_slice(&sum.to_le_bytes());
}

/// The header's checksum covers all of the header but itself.
fn header_sum(header: &[u8; RECORD_HEADER_BYTES]) -> u32 {
    let mut covered = [0; RECORD_HEADER_BYTES - 4];
    covered[..28].copy_from_slice(&header[..28]);
    covered[28..].copy_from_slice(&header[32..]);
    crc32c(&covered)
}
