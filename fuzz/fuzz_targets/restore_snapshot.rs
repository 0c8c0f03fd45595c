//! Snapshots of unknown origin: raw bytes, damaged real ones, and made-up sections whose checksums are right.

#![no_main]

use libfuzzer_sys::fuzz_target;
use reynolds::Broker;
use reynolds_fuzz::{keys, made, use_it};

fuzz_target!(|bytes: &[u8]| {
    let Some((&mode, rest)) = bytes.split_first() else { return };
    match mode % 3 {
        0 => restore(rest),
        1 => restore(&patched(rest)),
        _ => restore(&made::replaced(mode / 3, rest)),
    }
});

fn restore(snapshot: &[u8]) {
    match Broker::restore(Some(snapshot), keys()).and_then(|restorer| restorer.finish()) {
        Ok((broker, _)) => use_it(broker),
        Err(error) => assert!(error.to_string().starts_with("RY3"), "no number: {error}"),
    }
}

/// A real snapshot with single bytes of one section changed, three bytes per change, and its checksums made right.
fn patched(changes: &[u8]) -> Vec<u8> {
    let mut parts = made::parts();
    for change in changes.chunks_exact(3) {
        let &[section, at, value] = change else { break };
        let count = parts.1.len();
        let body = &mut parts.1[usize::from(section % 8) % count];
        let at = usize::from(section / 8) * 256 + usize::from(at);
        if let Some(byte) = body.get_mut(at) {
            *byte = value;
        }
    }
    made::assembled(parts)
}
