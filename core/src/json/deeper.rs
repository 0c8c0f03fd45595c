//! Where in a tagged object a mistake is. serde reads such an object into a tree before it knows what it is, and then only says
//! that something in it is wrong: the part without which it is no more, or another thing is, is the one.

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};

use serde_json::Value;

use super::{PATH_BYTES, read_as};
use crate::error::Rejected;

/// Longest input that is looked into. Of a longer one the path stops short, as it is read once for each part.
const BYTES: usize = 16_384;
/// Most parts of an object or a list that are tried.
const PARTS: usize = 64;
/// What begins like this names its part itself, or is about the whole of it.
const NAMED: [&str; 5] = ["missing ", "unknown field ", "unknown type ", "duplicate ", "must be a list of "];

/// The error of an input of this kind, with the rest of the path to what is wrong.
pub(super) fn place(kind: &str, json: &[u8], error: Rejected) -> Rejected {
    let Rejected::Malformed { reason } = &error else { return error };
    let Some((path, said)) = reason.strip_prefix('`').and_then(|rest| rest.split_once("`: ")) else { return error };
    if json.len() > BYTES || NAMED.iter().any(|named| said.starts_with(named)) {
        return error;
    }
    let Ok(mut whole) = serde_json::from_slice::<Value>(json) else { return error };
    if find(&mut whole, path).is_none_or(|value| value.get("type").is_none()) {
        return error;
    }
    let mut path = path.to_string();
    while let Some(step) = step(kind, &whole, &path, said).filter(|step| path.len() + step.len() <= PATH_BYTES) {
        path += &step;
    }
    Rejected::Malformed { reason: format!("`{path}`: {said}") }
}

/// One step further down.
fn step(kind: &str, whole: &Value, path: &str, said: &str) -> Option<String> {
    let parts: Vec<String> = match find(&mut whole.clone(), path)? {
        Value::Object(map) if map.len() <= PARTS => map.keys().cloned().collect(),
        Value::Array(list) if list.len() <= PARTS => (0..list.len()).map(|at| at.to_string()).collect(),
        _ => return None,
    };
    // Without its type nothing is what it was: that is looked at last, and only if it can be what is meant.
    let (types, others): (Vec<_>, Vec<_>) = parts.into_iter().partition(|part| part == "type");
    let types = types.into_iter().filter(|_| said.starts_with("unknown value "));
    others.into_iter().chain(types).find_map(|part| {
        let mut without = whole.clone();
        let (step, ()) = match find(&mut without, path)? {
            Value::Object(map) => (format!(".{part}"), drop(map.remove(&part))),
            Value::Array(list) => (format!("[{part}]"), drop(list.remove(part.parse().ok()?))),
            _ => return None,
        };
        let json = serde_json::to_vec(&without).ok()?;
        let again = match read_as(kind, &json) {
            Err(Rejected::Malformed { reason }) => reason,
            _ => return Some(step),
        };
        let same = again == *said || again.split_once("`: ").is_some_and(|(_, again)| again == said);
        (!same).then_some(step)
    })
}

/// What is at a path such as `effects[0].kind`.
fn find<'a>(whole: &'a mut Value, path: &str) -> Option<&'a mut Value> {
    let steps = path.split(['.', '[']).map(|step| step.trim_end_matches(']'));
    steps.into_iter().try_fold(whole, |at, step| match at {
        Value::Object(map) => map.get_mut(step),
        Value::Array(list) => list.get_mut(step.parse::<usize>().ok()?),
        _ => None,
    })
}
