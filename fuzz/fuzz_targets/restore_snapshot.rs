//! Snapshots of unknown origin: raw bytes, damaged real ones, and made-up sections whose checksums are right.

#![no_main]

use libfuzzer_sys::fuzz_target;
use reynolds::{Broker, snapshot};
use reynolds_fuzz::{Host, crc32c, event, keys, use_it};

/// `RYNS | format u16 | flags u16 | seq u64 | sections u16 | 0 u16 | sum u32`.
const HEADER_BYTES: usize = 24;
/// `id u16 | version u16 | len u64 | sum u32 | header sum u32`.
const SECTION_BYTES: usize = 20;

fuzz_target!(|bytes: &[u8]| {
    let Some((&mode, rest)) = bytes.split_first() else { return };
    match mode % 3 {
        0 => restore(rest),
        1 => restore(&patched(rest)),
        _ => restore(&replaced(mode / 3, rest)),
    }
});

fn restore(snapshot: &[u8]) {
    match Broker::restore(Some(snapshot), keys()).and_then(|restorer| restorer.finish()) {
        Ok((broker, _)) => use_it(broker),
        Err(error) => assert!(error.to_string().starts_with("RY3"), "no number: {error}"),
    }
}

/// A real snapshot, in its parts: the header and the bodies of its sections.
fn real() -> (Vec<u8>, Vec<Vec<u8>>) {
    let mut host = Host::new();
    for (id, kind) in [("d1", "issues.opened"), ("d2", "issue_comment.created"), ("d3", "message")] {
        let _ = host.submit(event(id, kind, "github:acme/api#7"));
    }
    let mut bytes = Vec::new();
    host.broker.snapshot(&mut bytes).expect("everything is durable");
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

fn assembled((mut bytes, sections): (Vec<u8>, Vec<Vec<u8>>)) -> Vec<u8> {
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

/// A real snapshot with single bytes of one section changed, three bytes per change, and its checksums made right.
fn patched(changes: &[u8]) -> Vec<u8> {
    let mut parts = real();
    for change in changes.chunks_exact(3) {
        let &[section, at, value] = change else { break };
        let count = parts.1.len();
        let body = &mut parts.1[usize::from(section % 8) % count];
        let at = usize::from(section / 8) * 256 + usize::from(at);
        if let Some(byte) = body.get_mut(at) {
            *byte = value;
        }
    }
    assembled(parts)
}

/// A real snapshot with one section of unknown origin.
fn replaced(section: u8, body: &[u8]) -> Vec<u8> {
    let mut parts = real();
    let count = parts.1.len();
    parts.1[usize::from(section) % count] = body.to_vec();
    assembled(parts)
}
