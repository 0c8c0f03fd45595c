//! A text is an identifier in exactly one spelling.

#![no_main]

use libfuzzer_sys::fuzz_target;
use reynolds::id::{ChainId, EffectId};

fuzz_target!(|text: &str| {
    if let Ok(id) = text.parse::<EffectId>() {
        assert_eq!(id.to_string(), text);
    }
    if let Ok(id) = text.parse::<ChainId>() {
        assert_eq!(id.to_string(), text);
    }
});
