//! Rosters of agents: whatever is read is refused with a number, or opens.

#![no_main]

use libfuzzer_sys::fuzz_target;
use reynolds::{Timestamp, agents::Roster};

fuzz_target!(|json: &[u8]| {
    let opened = Roster::from_json(json).and_then(|roster| roster.open(Timestamp(1_700_000_000_000)));
    if let Err(error) = opened {
        assert!(error.code().starts_with("RY13"), "{error}");
    }
});
