//! Where a token travels: one function to put it there, and one to find it again, for each place that platforms give back.
//!
//! | slot | put | find |
//! |---|---|---|
//! | text of a comment, issue or message | [`mark`] | [`find_mark`] |
//! | commit message | [`add_trailer`] | [`find_trailer`] |
//! | `external_id` of a check run, `identifier` of a requested action | [`external_id`] | [`find_external_id`] |
//! | `client_payload` of a dispatch, `inputs` of a workflow, `payload` of a deployment | [`put_payload`] | [`find_payload`] |
//! | `data` of a card's action | [`put_card`] | [`find_card`] |
//! | `CloudEvents` extension attribute | [`put_attribute`] | [`find_attribute`] |
//! | W3C `tracestate` | [`put_tracestate`] | [`find_tracestate`] |
//!
//! The readers of [`crate::event`] look into all of them. What is found has the form of a token and no more: give it to the
//! broker as the event's `token`. If it is forged, cut, or comes from another object, it proves nothing, and is counted in
//! [`crate::View::forged_tokens`].

use alloc::{format, string::String, vec::Vec};

use serde_json::{Map, Value};

pub use super::token::mark;
use crate::event::fingerprint::is_token;
pub use crate::event::fingerprint::{find_token as find_mark, find_trailer};

/// The key in JSON that is the host's own: payloads and card data.
const KEY: &str = "reynolds";
/// The `CloudEvents` extension attribute, and the key in a `tracestate`.
const ATTRIBUTE: &str = "rytoken";
/// Most members and characters of a `tracestate` that everybody must pass on (Trace Context, section 3.3).
const MEMBERS: usize = 32;
const TRACESTATE_BYTES: usize = 512;

/// A commit message with the token as its last trailer.
#[must_use]
pub fn add_trailer(message: &str, token: &str) -> String {
    let message = message.trim_end();
    let is_trailer = |line: &str| {
        let name = line.split_once(": ").map_or("", |(name, _)| name);
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    // Trailers are one paragraph at the end; a subject line alone is none.
    let last = message.rsplit("\n\n").next().filter(|last| last.len() < message.len());
    let gap = if last.is_some_and(|last| last.lines().all(is_trailer)) { "\n" } else { "\n\n" };
    format!("{message}{gap}Reynolds-Chain: {token}\n")
}

/// The `external_id` of a check run. It has nothing else in it, so that it stays below GitHub's limit.
#[must_use]
pub fn external_id(token: &str) -> String {
    token.into()
}

/// The token in an `external_id`, alone or as one word of it.
#[must_use]
pub fn find_external_id(external_id: &str) -> Option<&str> {
    external_id.split_ascii_whitespace().rev().find(|word| is_token(word))
}

/// Puts the token into a payload of the host's own. What is no object is left alone.
pub fn put_payload(payload: &mut Value, token: &str) {
    if let Value::Object(map) = payload {
        map.insert(KEY.into(), token.into());
    }
}

/// The token in such a payload.
#[must_use]
pub fn find_payload(payload: &Value) -> Option<&str> {
    let carried = payload.get(KEY)?;
    let token = carried.as_str().or_else(|| carried.get("token")?.as_str());
    token.filter(|token| is_token(token))
}

/// Puts the token into the `data` of a card's action, which comes back when somebody presses it.
pub fn put_card(data: &mut Value, token: &str) {
    put_payload(data, token);
}

/// The token in the `value` of the activity that a pressed action sends.
#[must_use]
pub fn find_card(data: &Value) -> Option<&str> {
    find_payload(data)
}

/// Puts the token among the attributes of a `CloudEvent`.
pub fn put_attribute(event: &mut Map<String, Value>, token: &str) {
    event.insert(ATTRIBUTE.into(), token.into());
}

/// The token among the attributes of a `CloudEvent`.
#[must_use]
pub fn find_attribute(event: &Map<String, Value>) -> Option<&str> {
    event.get(ATTRIBUTE)?.as_str().filter(|token| is_token(token))
}

/// A `tracestate` with the token as its first member, instead of an older one. What no longer fits is left out at its end, as
/// the specification asks.
#[must_use]
pub fn put_tracestate(tracestate: &str, token: &str) -> String {
    let mut out = format!("{ATTRIBUTE}={token}");
    for member in members(tracestate).filter(|(key, _)| *key != ATTRIBUTE).take(MEMBERS - 1) {
        let (key, value) = member;
        if out.len() + key.len() + value.len() + 2 > TRACESTATE_BYTES {
            break;
        }
        out.push_str(&format!(",{key}={value}"));
    }
    out
}

/// The token in a `tracestate`.
#[must_use]
pub fn find_tracestate(tracestate: &str) -> Option<&str> {
    let found: Vec<&str> = members(tracestate).filter(|(key, _)| *key == ATTRIBUTE).map(|(_, value)| value).collect();
    // A key stands there once; two of them are somebody's attempt.
    match found[..] {
        [token] if is_token(token) => Some(token),
        _ => None,
    }
}

fn members(tracestate: &str) -> impl Iterator<Item = (&str, &str)> {
    tracestate.split(',').filter_map(|member| member.trim_matches([' ', '\t']).split_once('='))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const TOKEN: &str = "ry1.18xdx7qj2j00j00dbdndztwkztqw270kq5yu49xz0vwk8lc1";

    #[test]
    fn a_trailer_joins_the_others_or_begins_a_paragraph() {
        let alone = add_trailer("Fix the build\n", TOKEN);
        assert_eq!(alone, format!("Fix the build\n\nReynolds-Chain: {TOKEN}\n"));
        let joined = add_trailer("Fix: the build\n\nBecause.\n\nSigned-off-by: Ada\n", TOKEN);
        assert_eq!(joined, format!("Fix: the build\n\nBecause.\n\nSigned-off-by: Ada\nReynolds-Chain: {TOKEN}\n"));
        assert_eq!((find_trailer(&alone), find_trailer(&joined)), (Some(TOKEN), Some(TOKEN)));
        let quoted = format!("Revert\n\n> Reynolds-Chain: {TOKEN}\n");
        assert_eq!(find_trailer(&quoted), None);
    }

    #[test]
    fn what_is_put_into_a_slot_is_found_in_it() {
        assert_eq!(find_mark(&mark("Done.", TOKEN)), Some(TOKEN));
        assert_eq!(find_external_id(&external_id(TOKEN)), Some(TOKEN));
        assert_eq!(find_external_id(&format!("build-7 {TOKEN}")), Some(TOKEN));
        let mut payload = json!({"ref": "main"});
        put_payload(&mut payload, TOKEN);
        assert_eq!((payload["ref"].as_str(), find_payload(&payload)), (Some("main"), Some(TOKEN)));
        let mut data = json!({});
        put_card(&mut data, TOKEN);
        assert_eq!(find_card(&data), Some(TOKEN));
        assert_eq!(find_card(&json!({"reynolds": {"token": TOKEN, "verb": "approve"}})), Some(TOKEN));
        let mut event = Map::new();
        put_attribute(&mut event, TOKEN);
        assert_eq!(find_attribute(&event), Some(TOKEN));
    }

    #[test]
    fn a_tracestate_keeps_what_others_put_there_and_one_token() {
        let old = format!("vendor=1, rytoken={TOKEN}x ,other=a=b");
        let state = put_tracestate(&old, TOKEN);
        assert_eq!(state, format!("rytoken={TOKEN},vendor=1,other=a=b"));
        assert_eq!(find_tracestate(&state), Some(TOKEN));
        let full = (0..40).map(|n| format!("k{n}={}", "v".repeat(20))).collect::<Vec<_>>().join(",");
        let state = put_tracestate(&full, TOKEN);
        assert!(state.len() <= 512 && find_tracestate(&state) == Some(TOKEN), "{state}");
        assert_eq!(find_tracestate(&format!("rytoken={TOKEN},rytoken={TOKEN}")), None);
    }

    #[test]
    fn what_is_cut_quoted_or_misspelt_is_found_in_no_slot() {
        for wrong in [&TOKEN[..12], "ry1.", "", &TOKEN.to_uppercase(), &format!(">{TOKEN}"), &format!("{TOKEN}!")] {
            assert_eq!(find_mark(&format!("x <!-- {wrong} -->")), None, "{wrong}");
            assert_eq!(find_trailer(&add_trailer("Fix", wrong)), None, "{wrong}");
            assert_eq!(find_external_id(wrong), None, "{wrong}");
            assert_eq!(find_payload(&json!({"reynolds": wrong})), None, "{wrong}");
            assert_eq!(find_card(&json!({"reynolds": [wrong]})), None, "{wrong}");
            assert_eq!(find_tracestate(&format!("rytoken={wrong}")), None, "{wrong}");
        }
        assert_eq!(find_mark(&format!("> <!-- {TOKEN} -->")), None);
        let mut list = json!([1]);
        put_payload(&mut list, TOKEN);
        assert_eq!((list.clone(), find_payload(&list)), (json!([1]), None));
    }
}
