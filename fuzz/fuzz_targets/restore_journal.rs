//! Journals of unknown origin: raw bytes, cut and changed real ones, and made-up records whose checksums are right.

#![no_main]

use libfuzzer_sys::fuzz_target;
use reynolds::{Broker, Seq, journal};
use reynolds_fuzz::{keys, made, use_it};

fuzz_target!(|bytes: &[u8]| {
    let Some((&mode, rest)) = bytes.split_first() else { return };
    match mode % 4 {
        0 => restore(rest),
        1 => restore(&damaged(rest)),
        2 => restore(&made::record(made::host().journal, rest)),
        _ => restore(&made::record(journal::segment_header(7, Seq(1)).to_vec(), rest)),
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

/// A real journal, cut at one place and with one byte changed.
fn damaged(how: &[u8]) -> Vec<u8> {
    let mut journal = made::host().journal;
    if let &[cut, at, flip, ..] = how {
        journal.truncate(usize::from(cut) * 8);
        let len = journal.len().max(1);
        if let Some(byte) = journal.get_mut(usize::from(at) * 8 % len) {
            *byte ^= flip;
        }
    }
    journal
}
