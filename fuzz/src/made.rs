//! Journals and snapshots in which one part comes from elsewhere, and all checksums are right.

use reynolds::{Seq, journal, snapshot};

use super::{Host, crc32c, crew, event};

/// `RYNS | format u16 | flags u16 | seq u64 | sections u16 | 0 u16 | sum u32`.
const HEADER_BYTES: usize = 24;
/// `id u16 | version u16 | len u64 | sum u32 | header sum u32`.
const SECTION_BYTES: usize = 20;

/// A host with a little of everything: chains, a handler call, something held, and a plan at work with an agent.
pub fn host() -> Host {
    let mut host = Host::new();
    for (id, kind) in [("d1", "issues.opened"), ("d2", "issue_comment.created"), ("d3", "message")] {
        let _ = host.submit(event(id, kind, "github:acme/api#7")).expect("there is room");
    }
    for (what, a, b, c) in [(0, 0, 0, 200), (0, 1, 0, 9), (1, 0, 7, 0), (1, 1, 98, 1)] {
        let _ = host.submit(crew::input(what, a, b, c)).expect("there is room");
    }
    host
}

/// A snapshot, in its parts: the header and the bodies of its sections.
pub fn parts() -> (Vec<u8>, Vec<Vec<u8>>) {
    let mut bytes = Vec::new();
    host().broker.snapshot(&mut bytes).expect("everything is durable");
    assert!(bytes.starts_with(&snapshot::MAGIC));
    let mut sections = Vec::new();
    let mut at = HEADER_BYTES;
    while at < bytes.len() {
        let len = bytes[at + 4..].first_chunk().map(|len| u64::from_le_bytes(*len));
        let len = len.and_then(|len| usize::try_from(len).ok()).expect("a section fits in memory");
        let end = at + SECTION_BYTES + len;
        sections.push(bytes[at + SECTION_BYTES..end].to_vec());
        at = end;
    }
    bytes.truncate(HEADER_BYTES);
    (bytes, sections)
}

/// The parts put together again.
pub fn assembled((mut bytes, sections): (Vec<u8>, Vec<Vec<u8>>)) -> Vec<u8> {
    for (id, body) in (1_u16..).zip(sections) {
        let mut header = id.to_le_bytes().to_vec();
        header.extend(1_u16.to_le_bytes());
        header.extend((body.len() as u64).to_le_bytes());
        header.extend(crc32c(&body).to_le_bytes());
        header.extend(crc32c(&header).to_le_bytes());
        bytes.extend(header);
        bytes.extend(body);
    }
    bytes
}

/// A snapshot with one section of unknown origin.
pub fn replaced(section: u8, body: &[u8]) -> Vec<u8> {
    let mut parts = parts();
    let count = parts.1.len();
    parts.1[usize::from(section) % count] = body.to_vec();
    assembled(parts)
}

/// One more record with a payload of unknown origin, a right place and right checksums.
/// Its digest is wrong, so its decision is made and then refused.
pub fn record(mut journal: Vec<u8>, payload: &[u8]) -> Vec<u8> {
    let seq = if journal.len() > journal::SEGMENT_HEADER_BYTES { host().broker.view().seq().next() } else { Seq(1) };
    let len = u32::try_from(payload.len()).expect("fuzz inputs are small");
    let mut header = len.to_le_bytes().to_vec();
    header.extend(seq.0.to_le_bytes());
    header.extend(1_700_000_000_000_u64.to_le_bytes());
    header.extend([0; 8]);
    let payload_sum = crc32c(payload).to_le_bytes();
    let header_sum = crc32c(&[header.as_slice(), &payload_sum].concat());
    header.extend(header_sum.to_le_bytes());
    header.extend(payload_sum);
    journal.extend(header);
    journal.extend(payload);
    journal
}

/// The payloads of the records of [`host`], without the genesis.
pub fn payloads() -> Vec<Vec<u8>> {
    let mut scan = journal::Scan::new();
    let journal = host().journal;
    scan.push(&journal);
    let mut payloads = Vec::new();
    while let Ok(Some(record)) = scan.next_record() {
        payloads.push(record.payload.to_vec());
    }
    payloads.split_off(1)
}
