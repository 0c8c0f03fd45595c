//! Places that platforms give back: what is found there has the form of a token, and what was put there is found.

#![no_main]

use libfuzzer_sys::fuzz_target;
use reynolds::{chain::slot, event::fingerprint::is_token};
use serde_json::Value;

/// Of the right form, by nobody.
const TOKEN: &str = "ry1.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

fuzz_target!(|text: &str| {
    for found in [slot::find_external_id(text), slot::find_tracestate(text)].into_iter().flatten() {
        assert!(is_token(found), "{found}");
    }
    assert_eq!(slot::find_tracestate(&slot::put_tracestate(text, TOKEN)), Some(TOKEN));
    let Ok(mut payload) = serde_json::from_str::<Value>(text) else { return };
    for found in [slot::find_payload(&payload), slot::find_card(&payload)].into_iter().flatten() {
        assert!(is_token(found), "{found}");
    }
    if let Value::Object(event) = &mut payload {
        assert!(slot::find_attribute(event).is_none_or(is_token));
        slot::put_attribute(event, TOKEN);
        assert_eq!(slot::find_attribute(event), Some(TOKEN));
        slot::put_payload(&mut payload, TOKEN);
        assert_eq!(slot::find_payload(&payload), Some(TOKEN));
    }
});
