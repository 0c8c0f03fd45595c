//! Reading a journal in pieces of any size: segment headers and records, each checked before it is believed.

use alloc::vec::Vec;

use super::{FORMAT, MAGIC, RECORD_HEADER_BYTES, SEGMENT_HEADER_BYTES, header_sum};
use crate::{det::crc32c, error::RestoreError, id::Seq, limits, time::Timestamp};

/// The header of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// The record.
    pub seq: Seq,
    /// The time that came with the input, as it was given.
    pub at: Timestamp,
    /// Digest of the decision it led to.
    pub decision_digest: u64,
}

/// A journal that ends in the middle of a record: what was being written when the power went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Torn {
    /// The record that is not whole. It was never durable, so nothing it decided has left.
    pub seq: Seq,
    /// How many of its bytes there are.
    pub bytes: usize,
}

/// One piece read by [`Scan::next_record`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scanned<'a> {
    /// The record's header.
    pub head: Head,
    /// Its payload, CBOR.
    pub payload: &'a [u8],
    /// All of its bytes.
    pub bytes: &'a [u8],
}

/// Splits journal bytes into records. Give it bytes with [`Scan::push`], take records with [`Scan::next_record`].
#[derive(Debug, Default)]
pub struct Scan {
    buffer: Vec<u8>,
    at: usize,
    dropped: u64,
    last: Seq,
    broker: Option<u32>,
    checked: bool,
}

impl Scan {
    /// Expects a journal from its first record, or from a segment's first one.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds bytes.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.at > 0 {
            self.buffer.drain(..self.at);
            self.dropped += self.at as u64;
            self.at = 0;
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// The broker's number, once a segment header was read.
    #[must_use]
    pub fn broker(&self) -> Option<u32> {
        self.broker
    }

    /// The last record read, once a segment header was read.
    #[must_use]
    pub fn last(&self) -> Option<Seq> {
        self.broker.map(|_| self.last)
    }

    /// Reads the segment headers that come next, as far as they are there.
    pub(crate) fn enter_segments(&mut self) -> Result<(), RestoreError> {
        while self.buffer[self.at..].starts_with(&MAGIC) {
            let Some(header) = self.buffer[self.at..].first_chunk::<SEGMENT_HEADER_BYTES>() else { break };
            let (broker, first) = read_segment_header(header, self.last.next())?;
            self.enter_segment(broker, first)?;
            self.at += SEGMENT_HEADER_BYTES;
        }
        Ok(())
    }

    /// The next whole record, `None` when more bytes are needed.
    pub fn next_record(&mut self) -> Result<Option<Scanned<'_>>, RestoreError> {
        self.enter_segments()?;
        let rest = &self.buffer[self.at..];
        if rest.starts_with(&MAGIC) {
            // A segment header that is not all there.
            return Ok(None);
        }
        if !self.checked && !rest.is_empty() && !MAGIC.starts_with(&rest[..rest.len().min(4)]) {
            return Err(RestoreError::NotAJournal { offset: self.dropped + self.at as u64 });
        }
        let Some(header) = rest.first_chunk::<RECORD_HEADER_BYTES>().filter(|_| self.checked) else { return Ok(None) };
        // Zeros to the end are a file that grew before its data came: torn, like a record cut short.
        if *header == [0; RECORD_HEADER_BYTES] && rest.iter().all(|byte| *byte == 0) {
            return Ok(None);
        }
        let (head, len) = read_record_header(header, self.last.next())?;
        let Some(bytes) = rest.get(..RECORD_HEADER_BYTES + len) else { return Ok(None) };
        let payload = &bytes[RECORD_HEADER_BYTES..];
        if crc32c(payload).to_le_bytes() != header[32..36] {
            return Err(RestoreError::Corrupt { seq: head.seq, part: "payload" });
        }
        self.last = head.seq;
        let start = self.at;
        self.at += bytes.len();
        let bytes = &self.buffer[start..self.at];
        Ok(Some(Scanned { head, payload: &bytes[RECORD_HEADER_BYTES..], bytes }))
    }

    /// What is left when no more bytes come: nothing, or a torn record.
    #[must_use]
    pub fn torn(&self) -> Option<Torn> {
        let bytes = self.buffer.len() - self.at;
        (bytes > 0).then_some(Torn { seq: self.last.next(), bytes })
    }

    fn enter_segment(&mut self, broker: u32, first: Seq) -> Result<(), RestoreError> {
        match self.broker {
            Some(expected) if expected != broker => return Err(RestoreError::WrongBroker { found: broker, expected }),
            Some(_) if first != self.last.next() => {
                return Err(RestoreError::Gap { expected: self.last.next(), found: first });
            }
            Some(_) => {}
            None => self.last = Seq(first.0.saturating_sub(1)),
        }
        self.broker = Some(broker);
        self.checked = true;
        Ok(())
    }
}

fn read_segment_header(header: &[u8; SEGMENT_HEADER_BYTES], expected: Seq) -> Result<(u32, Seq), RestoreError> {
    if crc32c(&header[..20]).to_le_bytes() != header[20..] {
        return Err(RestoreError::Corrupt { seq: expected, part: "segment header" });
    }
    let format = u16::from_le_bytes([header[4], header[5]]);
    if format > FORMAT {
        return Err(RestoreError::Newer { what: "journal", found: format, known: FORMAT });
    }
    let broker = u32::from_le_bytes([header[8], header[9], header[10], header[11]]);
    Ok((broker, Seq(u64_at(header, 12))))
}

fn read_record_header(header: &[u8; RECORD_HEADER_BYTES], expected: Seq) -> Result<(Head, usize), RestoreError> {
    let len = u32::from_le_bytes([header[0], header[1], header[2], header[3]]) as usize;
    if header_sum(header).to_le_bytes() != header[28..32] || len > limits::RECORD_BYTES {
        return Err(RestoreError::Corrupt { seq: expected, part: "header" });
    }
    let seq = Seq(u64_at(header, 4));
    if seq != expected {
        return Err(RestoreError::Gap { expected, found: seq });
    }
    Ok((Head { seq, at: Timestamp(u64_at(header, 12)), decision_digest: u64_at(header, 20) }, len))
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    let mut number = [0; 8];
    number.copy_from_slice(&bytes[at..at + 8]);
    u64::from_le_bytes(number)
}
