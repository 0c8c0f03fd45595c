//! What effects and events are for comparison.

use super::{Deed, Print};
use crate::{
    det::{NO_TEXT, digest, mix, name},
    effect::Act,
    event::Event,
};

/// What an effect is, for comparison.
pub(crate) fn deed(act: &Act) -> Deed {
    let text = act.text.as_deref().map_or("", crate::chain::token::unmark);
    let mut print = Print::of(text);
    let (property, mut value) = act.writes.as_ref().map_or((0, 0), |w| (name(&w.property), value(&w.value)));
    if !act.payload.is_null() && (text.is_empty() || act.is_inward()) {
        let payload = act.payload.to_bytes();
        // A card has no text: then its content is the payload.
        if text.is_empty() {
            print = Print::of(core::str::from_utf8(&payload).unwrap_or_default());
        }
        // What a tool is called with is often told in both. Beside the text, not within its digest: by that we know our own
        // words when they come back.
        if act.is_inward() && act.writes.is_none() {
            value = digest(&payload);
        }
    }
    let exact = if act.read_only { unsaid(name(text)) } else { name(text) };
    Deed { kind: name(&act.kind), subject: name(&act.subject), print, property, value, exact, proof: 0 }
}

/// The digest of a text that we put to a tool and say to nobody, such as what an agent looks up: it is like another of its kind, and no
/// event's. Whoever says the same, as the alert that is looked up when it comes again, does not show us what we made.
pub(crate) fn unsaid(exact: u64) -> u64 {
    const UNSAID: u64 = 0x756e_7361_6964;
    if exact == NO_TEXT { exact } else { mix(exact, UNSAID) }
}

/// The digest of all that an effect does.
pub(crate) fn proof(act: &Act) -> u64 {
    let mut proof = mix(name(&act.kind), name(&act.subject));
    let (property, set) = act.writes.as_ref().map_or(("", ""), |writes| (&*writes.property, &*writes.value));
    for text in [act.text.as_deref().unwrap_or(""), property, set] {
        proof = mix(proof, name(text));
    }
    mix(proof, digest(&act.payload.to_bytes())).max(1)
}

/// The same for what a handler did by itself.
pub(crate) fn handler_deed(handler: &str, subject: &str) -> Deed {
    Deed { kind: mix(name("handle"), name(handler)), subject: name(subject), ..Deed::default() }
}

pub(super) fn value(text: &str) -> u64 {
    if text.is_empty() { 0 } else { name(text) }
}

/// The digest of a commit, a file, a version: it is new whatever was done.
pub(super) fn is_opaque(value: &str) -> bool {
    const SHORTEST: usize = 7;
    let hex = value.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    hex && value.len() >= SHORTEST && value.bytes().any(|byte| byte.is_ascii_digit())
}

/// What a tool says to the agent that called it.
pub(super) fn tool_answer(event: &Event) -> Option<Print> {
    event.text.as_deref().filter(|_| event.kind.starts_with("tool.")).map(Print::of)
}

/// A price, a counter, a percentage.
pub(super) fn counts(value: &str) -> bool {
    !value.is_empty()
        && value.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b',' | b'-' | b'+' | b'%'))
}
