//! Texts that people and bots write: digests, and the lineage tokens hidden in them.

#![no_main]

use libfuzzer_sys::fuzz_target;
use reynolds::event::fingerprint::{find_token, find_trailer, is_token, masked, simhash};

fuzz_target!(|text: &str| {
    let shouted = text.to_ascii_uppercase();
    assert_eq!(masked(text), masked(&shouted), "case is no difference");
    assert_eq!(simhash(text), simhash(&shouted), "case is no difference");
    for token in [find_token(text), find_trailer(text)].into_iter().flatten() {
        assert!(is_token(token));
        assert!(text.contains(token));
    }
});
