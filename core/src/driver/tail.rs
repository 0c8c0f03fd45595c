//! Where the last segment of a journal really ends.
//!
//! A power cut leaves the last append in one of two shapes: the file ends in the middle of it, or the file has its full
//! length but the end was never written and reads as zeros. Neither was durable. Anything else that does not check is
//! damage, and is left for the restore to name.

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    path::Path,
};

use crate::{
    id::Seq,
    journal::{RECORD_HEADER_BYTES, SEGMENT_HEADER_BYTES, Scan, Torn},
};

/// What disks write in one piece.
const SECTOR_BYTES: u64 = 512;

/// The end of a segment file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tail {
    /// The last whole record, if there is one.
    pub(super) last: Option<Seq>,
    /// How many bytes are to be kept.
    pub(super) bytes: u64,
    /// How many bytes there are.
    pub(super) len: u64,
    /// What is to be cut off.
    pub(super) torn: Option<Torn>,
    /// Something after `last` is neither a record nor the trace of a power cut. Everything is kept.
    pub(super) damaged: bool,
}

/// Looks for the end of a segment that starts with record `first`.
pub(super) fn find(path: &Path, first: Seq) -> io::Result<Tail> {
    let mut file = File::open(path)?;
    let len = file.metadata()?.len();
    // Who only looks may find more in it than it had just now.
    let mut until_len = (&mut file).take(len);
    let mut scan = Scan::new();
    let (mut last, mut records) = (None, 0);
    let mut chunk = vec![0; 1024 * 1024];
    let mut damaged = false;
    while !damaged {
        let read = until_len.read(&mut chunk)?;
        if read == 0 {
            break;
        }
        scan.push(&chunk[..read]);
        damaged = loop {
            match scan.next_record() {
                Ok(Some(record)) => {
                    last = Some(record.head.seq);
                    records += record.bytes.len() as u64;
                }
                Ok(None) => break false,
                Err(_) => break true,
            }
        };
    }
    let header = if scan.broker().is_some() { SEGMENT_HEADER_BYTES as u64 } else { 0 };
    let whole = header + records;
    if damaged && !is_unwritten(&mut file, whole, len)? {
        return Ok(Tail { last, bytes: len, len, torn: None, damaged });
    }
    let seq = last.map_or(first, Seq::next);
    let bytes = usize::try_from(len - whole).unwrap_or(usize::MAX);
    let torn = (bytes > 0).then_some(Torn { seq, bytes });
    Ok(Tail { last, bytes: whole, len, torn, damaged: false })
}

/// Is what starts at `start` the last of the file, with an end that was never written?
fn is_unwritten(file: &mut File, start: u64, end: u64) -> io::Result<bool> {
    file.seek(SeekFrom::Start(start))?;
    let mut rest = Vec::new();
    file.take(end - start).read_to_end(&mut rest)?;
    let end = start + rest.len() as u64;
    let zeros = rest.iter().rev().take_while(|byte| **byte == 0).count();
    let written = end - zeros as u64;
    // Sectors are written whole: zeros from the middle of one on are unwritten only if nothing was.
    let unwritten = if written == start { start } else { written.next_multiple_of(SECTOR_BYTES) };
    let len = match (start, rest.first_chunk::<4>()) {
        (0, _) => SEGMENT_HEADER_BYTES as u64,
        (_, Some(len)) if written >= start + RECORD_HEADER_BYTES as u64 => {
            RECORD_HEADER_BYTES as u64 + u64::from(u32::from_le_bytes(*len))
        }
        _ => RECORD_HEADER_BYTES as u64,
    };
    Ok(unwritten < end && unwritten < start + len)
}
