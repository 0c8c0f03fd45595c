//! Journals of unknown origin: raw bytes, cut and changed real ones, and made-up records whose checksums are right.

#![no_main]

use libfuzzer_sys::fuzz_target;
use reynolds::{Broker, Seq, journal};
use reynolds_fuzz::{Host, crc32c, event, keys, use_it};

fuzz_target!(|bytes: &[u8]| {
    let Some((&mode, rest)) = bytes.split_first() else { return };
    match mode % 4 {
        0 => restore(rest),
        1 => restore(&damaged(rest)),
        2 => restore(&made_up(real().0, rest)),
        _ => restore(&made_up(journal::segment_header(7, Seq(1)).to_vec(), rest)),
    }
});

fn restore(journal: &[u8]) {
    let pieces = journal.split_at(journal.len() / 2);
    let mut restorer = Broker::restore(None, keys()).expect("nothing to read yet");
    let pushed = restorer.push(pieces.0).and_then(|()| restorer.push(pieces.1));
    match pushed.and_then(|()| restorer.finish()) {
        Ok((broker, _)) => use_it(broker),
        Err(error) => assert!(error.to_string().starts_with("RY3"), "no number: {error}"),
    }
}

/// A short real journal and the number of its last record.
fn real() -> (Vec<u8>, Seq) {
    let mut host = Host::new();
    for (id, kind) in [("d1", "issues.opened"), ("d2", "issue_comment.created"), ("d3", "message")] {
        let _ = host.submit(event(id, kind, "github:acme/api#7"));
    }
    (host.journal, host.broker.view().seq())
}

/// A real journal, cut at one place and with one byte changed.
fn damaged(how: &[u8]) -> Vec<u8> {
    let (mut journal, _) = real();
    if let &[cut, at, flip, ..] = how {
        journal.truncate(usize::from(cut) * 8);
        let len = journal.len().max(1);
        if let Some(byte) = journal.get_mut(usize::from(at) * 8 % len) {
            *byte ^= flip;
        }
    }
    journal
}

/// One more record with a payload of unknown origin, a right place and right checksums.
/// Its digest is wrong, so its decision is made and then refused.
fn made_up(mut journal: Vec<u8>, payload: &[u8]) -> Vec<u8> {
    let seq = if journal.len() > journal::SEGMENT_HEADER_BYTES { real().1.next() } else { Seq(1) };
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
