//! Reading an input from JSON: first its `type`, then the rest as that type.
//!
//! serde's own way for tagged unions would copy everything into a tree first, and forget which field an error is in.

pub(crate) mod canonical;
mod deeper;
mod exact;
mod plain;

use alloc::{
    borrow::Cow,
    format,
    string::{String, ToString},
    vec::Vec,
};
use core::cell::{Cell, RefCell};

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, IgnoredAny, MapAccess, Visitor, value::CowStrDeserializer},
    forward_to_deserialize_any,
};

use crate::{
    config::{ChainLimits, Config},
    error::Rejected,
    input::Input,
    limits,
};

pub(crate) use exact::inexact;
pub(crate) use plain::plainly;

impl Config {
    /// Can a broker run with it?
    ///
    /// # Errors
    /// [`Rejected::Config`] (RY1014) or [`Rejected::TooMany`] (RY1004), naming the rule or setting.
    pub fn check(&self) -> Result<(), Rejected> {
        crate::state::check_config(self)
    }

    /// Reads a configuration from JSON and checks it.
    ///
    /// # Errors
    /// [`Rejected::Config`] (RY1014) with the place.
    pub fn from_json(json: &[u8]) -> Result<Self, Rejected> {
        if json.len() > limits::CONFIG_BYTES {
            return Err(Rejected::TooLong { field: "config", len: json.len(), limit: limits::CONFIG_BYTES });
        }
        let config: Self = serde_json::from_slice(json).map_err(|error| {
            let (path, reason) = explained(json, "", &error);
            Rejected::Config { place: if path.is_empty() { "JSON".into() } else { path }, reason }
        })?;
        config.check()?;
        Ok(config)
    }
}

impl Input {
    /// Reads an input from JSON, in the wire format.
    ///
    /// # Errors
    /// [`Rejected::Malformed`] (RY1001), naming the field.
    pub fn from_json(json: &[u8]) -> Result<Self, Rejected> {
        read_input(json)
    }
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Tag<'a> {
    #[serde(rename = "type", borrow)]
    kind: Cow<'a, str>,
}

/// A key as it is in the text; serde alone would copy each.
#[derive(Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

/// An input in the wire format.
pub(crate) fn read_input(json: &[u8]) -> Result<Input, Rejected> {
    // Nearly all have their type in front, and only there: then the text is gone through once. What is wrong is said as if the
    // type had been looked for first.
    if let Some(Ok((input, 1))) = leading_type(json).map(|kind| read_as(kind, json)) {
        return exact_as(json, input);
    }
    if json.trim_ascii_start().starts_with(b"[") && serde_json::from_slice::<IgnoredAny>(json).is_ok() {
        // serde takes a list for an object without names.
        return Err(Rejected::Malformed {
            reason: "must be an object, it is a list: submit each of its inputs".into(),
        });
    }
    let tag: Tag<'_> = serde_json::from_slice(json).map_err(|error| malformed(json, "type", &error))?;
    let read = read_as(&tag.kind, json).map_err(|error| deeper::place(&tag.kind, json, error));
    read.and_then(|(input, _)| exact_as(json, input))
}

/// An input that was read, unless a number in its text is another by now.
fn exact_as(json: &[u8], input: Input) -> Result<Input, Rejected> {
    let Some(end) = exact::too_large(json) else { return Ok(input) };
    let path = path_at(json, end);
    Err(Rejected::Malformed { reason: format!("`{path}`: a whole number must be below 2^53") })
}

/// The input, and how often it has a type.
fn read_as(kind: &str, json: &[u8]) -> Result<(Input, u32), Rejected> {
    match kind {
        "event" => read(json, Input::Event),
        "propose" => read(json, Input::Propose),
        "outcome" => read(json, Input::Outcome),
        "command" => read(json, Input::Command),
        "configure" => read(json, Input::Configure),
        "adopt" => read(json, Input::Adopt),
        "plan" => read(json, Input::Plan),
        "patch" => read(json, Input::Patch),
        "task" => read(json, Input::Task),
        "beats" => read(json, Input::Beats),
        "agent" => read(json, Input::Agent),
        other => Err(Rejected::Malformed {
            reason: format!(
                "unknown type `{other}`, expected event, propose, outcome, command, configure, adopt, plan, patch, task, beats \
                 or agent"
            ),
        }),
    }
}

/// The type, if the text begins with it as everybody writes it.
fn leading_type(json: &[u8]) -> Option<&str> {
    let rest = json.trim_ascii_start().strip_prefix(b"{")?.trim_ascii_start().strip_prefix(b"\"type\"")?;
    let rest = rest.trim_ascii_start().strip_prefix(b":")?.trim_ascii_start().strip_prefix(b"\"")?;
    let (kind, rest) = rest.split_at(rest.iter().position(|byte| !byte.is_ascii_lowercase())?);
    if rest.starts_with(b"\"") { core::str::from_utf8(kind).ok() } else { None }
}

/// Anything else that is read from JSON.
pub(crate) fn read_plain<'de, T: Deserialize<'de>>(json: &'de [u8]) -> Result<T, Rejected> {
    serde_json::from_slice(json).map_err(|error| malformed(json, "", &error))
}

fn read<'de, T: Deserialize<'de>>(json: &'de [u8], input: fn(T) -> Input) -> Result<(Input, u32), Rejected> {
    let (field, types) = (RefCell::new(Cow::Borrowed("")), Cell::new(0));
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    let value = T::deserialize(Tracked { inner: &mut deserializer, field: &field, types: &types });
    let value = value.and_then(|value| deserializer.end().map(|()| value));
    value.map(|value| (input(value), types.get())).map_err(|error| malformed(json, &field.borrow(), &error))
}

fn malformed(json: &[u8], field: &str, error: &serde_json::Error) -> Rejected {
    let (path, reason) = explained(json, field, error);
    Rejected::Malformed { reason: if path.is_empty() { reason } else { format!("`{path}`: {reason}") } }
}

/// The path to what is wrong, if the reason does not name it, and the reason. `field` is known for sure; the place of an error may
/// tell more.
fn explained(json: &[u8], field: &str, error: &serde_json::Error) -> (String, String) {
    let mut reason = error.to_string();
    let mut path = String::new();
    // serde takes some values of another type for mistakes in the text.
    let misread = error.is_syntax() && serde_json::from_slice::<IgnoredAny>(json).is_ok();
    if (error.is_data() || misread) && error.line() > 0 {
        // What was an object in the host has no lines.
        let place = format!(" at line {} column {}", error.line(), error.column());
        reason.truncate(reason.strip_suffix(&place).map_or(reason.len(), str::len));
        let end = read_until(json, error);
        // A list that stands where none may be is wrong itself, and not what is in it.
        path = path_at(json, if misread && json[..end].ends_with(b"[") { end - 1 } else { end });
    }
    let reason = match &*reason {
        "expected value" if misread => "must be a text".into(),
        "trailing characters" if misread => "is one too many".into(),
        reason => with_meant(plainly(reason)),
    };
    let field = if path.starts_with(field) { &path } else { field };
    let named = field.is_empty() || reason.contains(&format!("`{field}`"));
    (if named { String::new() } else { field.into() }, reason)
}

/// A reason, with what is meant by a limit of chains that stands at the top of a configuration or under its `limits`, where many
/// look for it.
fn with_meant(reason: String) -> String {
    let name = reason.strip_prefix("unknown field `").and_then(|rest| rest.split('`').next()).unwrap_or_default();
    // serde lists what is known there, in this order.
    let there = ["`chain`, `breaker`", "`open_effects`, `stops`"].iter().any(|known| reason.contains(known));
    let known = || serde_json::to_value(ChainLimits::default()).is_ok_and(|limits| limits.get(name).is_some());
    if there && known() { format!("{reason}; `chain.{name}` is meant") } else { reason }
}

/// How many bytes were read before an error.
fn read_until(json: &[u8], error: &serde_json::Error) -> usize {
    let lines = json.split_inclusive(|byte| *byte == b'\n').take(error.line() - 1);
    (lines.map(<[u8]>::len).sum::<usize>() + error.column()).min(json.len())
}

/// Longest path that is named, in bytes. A part of it is right too.
const PATH_BYTES: usize = 256;

/// An object or list that is open.
struct Level<'a> {
    list: bool,
    /// Of an object, the last key.
    key: &'a [u8],
    /// Of a list, the last element.
    index: usize,
    /// Is that where we are?
    within: bool,
}

/// The path to the value that begins or ends at byte `end` of a JSON text that could be read up to there, as in
/// `effects[0].kind`, or to what contains it. It costs nothing where nothing is wrong.
fn path_at(json: &[u8], end: usize) -> String {
    let mut open: Vec<Level<'_>> = Vec::new();
    let mut at = 0;
    while at < end {
        let (byte, start) = (json[at], at + 1);
        at = start;
        if byte == b'"' {
            at = exact::after_text(json, start - 1);
        }
        let Some(level) = open.last_mut().filter(|_| !byte.is_ascii_whitespace()) else {
            if matches!(byte, b'{' | b'[') {
                open.push(Level { list: byte == b'[', key: &[], index: 0, within: byte == b'[' });
            }
            continue;
        };
        match byte {
            b'}' | b']' => drop(open.pop()),
            // Whose error is only known behind the comma is not in the next element.
            b',' => (level.within, level.index) = (false, level.index + 1),
            b':' => level.within = true,
            b'"' if !level.list && !level.within => level.key = json.get(start..at - 1).unwrap_or_default(),
            _ => {
                level.within |= level.list;
                if matches!(byte, b'{' | b'[') {
                    open.push(Level { list: byte == b'[', key: &[], index: 0, within: byte == b'[' });
                }
            }
        }
    }
    let mut path = String::new();
    for level in open.iter().take_while(|level| level.within) {
        let step = match level.list {
            true => format!("[{}]", level.index),
            false => format!("{}{}", if path.is_empty() { "" } else { "." }, String::from_utf8_lossy(level.key)),
        };
        if path.len() + step.len() > PATH_BYTES {
            break;
        }
        path += &step;
    }
    path
}

/// A deserializer of an object that counts and passes over `type`, and remembers which field it is in.
struct Tracked<'a, 'de, D> {
    inner: D,
    field: &'a RefCell<Cow<'de, str>>,
    types: &'a Cell<u32>,
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Tracked<'_, 'de, D> {
    type Error = D::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.inner.deserialize_map(Tracked { inner: visitor, field: self.field, types: self.types })
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Tracked<'_, 'de, V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.inner.expecting(f)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<V::Value, A::Error> {
        self.inner.visit_map(Tracked { inner: map, field: self.field, types: self.types })
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Tracked<'_, 'de, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        self.field.replace(Cow::Borrowed(""));
        while let Some(Key(key)) = self.inner.next_key()? {
            if key == "type" {
                self.inner.next_value::<IgnoredAny>()?;
                self.types.set(self.types.get() + 1);
                continue;
            }
            self.field.replace(key.clone());
            return seed.deserialize(CowStrDeserializer::<A::Error>::new(key)).map(Some);
        }
        Ok(None)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        self.inner.next_value_seed(seed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(json: &str) -> String {
        match read_input(json.as_bytes()) {
            Err(Rejected::Malformed { reason }) => reason,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_tag_is_accepted_anywhere() {
        let json = br#"{"id":"d1","source":"s","kind":"k","subject":"x","type":"event"}"#;
        assert!(matches!(read_input(json), Ok(Input::Event(event)) if event.id == "d1"));
    }

    #[test]
    fn an_error_names_the_path_to_it() {
        for (json, said) in [
            (
                r#"{"type":"propose","cause":"2.0","effects":[{"kind":5}]}"#,
                "`effects[0].kind`: must be a text, it is 5",
            ),
            (r#"{"type":"propose","cause":"2.0","effects":[{}]}"#, "`effects[0]`: missing field `kind`"),
            (r#"{"type":"propose","cause":"2.0","effects":[7]}"#, "`effects[0]`: must be an object, it is 7"),
            (
                "{\"type\":\"propose\",\n\"cause\":\"2.0\",\n\"effects\":[{\"kind\":\"}]{[\\\",:\",\n \"subject\":\"s\"} , {\"kind\":true}]}",
                "`effects[1].kind`: must be a text, it is true",
            ),
            (
                r#"{"type":"event","id":"d1","actor":{"id":"a","class":"robot"}}"#,
                "`actor.class`: unknown value `robot`, expected one of `unknown`",
            ),
            (r#"{"type":"event","id":"d1","actor":{"name":"a"}}"#, "`actor`: unknown field `name`"),
            (r#"{"type":"event","id":"d1","actor":"a"}"#, "`actor`: must be an object, it is the text \"a\""),
            (r#"{"type":"event","id":["d1"]}"#, "`id`: must be a text, it is a list"),
            (r#"{"type":"event","id":"d1","also":["a",{}]}"#, "`also`: must be a text, it is an object"),
            (r#"{"type":"event","id":"d1","attributes":{"a":1}}"#, "`attributes.a`: must be a text, it is 1"),
            (
                r#"{"type":"configure","config":{"chain":{"hop_limit":"x"}}}"#,
                "`config.chain.hop_limit`: must be a whole number from 0 to 65,535, it is the text \"x\"",
            ),
            (
                r#"{"type":"configure","config":{"rules":[{"id":"r"},{"id":[]}]}}"#,
                "`config.rules[1].id`: must be a text, it is a list",
            ),
            (r#"{"type":"configure","config":{"enforce":5}}"#, "`config.enforce`: must be a text"),
            (r#"{"type":"configure","config":{"enforce":["log"]}}"#, "`config.enforce`: must be a text"),
            (r#"{"type":"outcome","effect":"2.0","result":{"type":5}}"#, "`result.type`: must be a text, it is 5"),
            (
                r#"{"type":"propose","cause":5,"effects":[]}"#,
                "`cause`: must be an event id, an effect id, or a list of them",
            ),
            (r#"["event"]"#, "must be an object, it is a list: submit each of its inputs"),
            (r#"[{"type":"event","id":"d1"}]"#, "must be an object, it is a list: submit each of its inputs"),
            (r#"{"type":"command","do":{"type":"stop_chain","chain":2}}"#, "`do.chain`: must be an id as text"),
            (r#"{"type":"command","do":{"chain":"x","type":"stop_chain"}}"#, "`do.chain`: expected a chain id"),
            (
                r#"{"type":"command","do":{"type":"stop_chian"}}"#,
                "`do.type`: unknown value `stop_chian`, expected one of ",
            ),
            (
                r#"{"type":"command","do":{"type":"plan","plan":"p","order":{"type":"skip","task":5}}}"#,
                "`do.order.task`: must be a text, it is 5",
            ),
            (
                r#"{"type":"task","dispatch":"3.0","epoch":1,"report":{"type":"progress","done":"x"}}"#,
                "`report.done`: must be a whole number from 0 to 2^53 - 1, it is the text \"x\"",
            ),
            (
                r#"{"type":"agent","id":"a","report":{"type":"register","provides":["rust",1]}}"#,
                "`report.provides[1]`: must be a text, it is 1",
            ),
            (r#"{"type":"event","id":"d1","attempt":[1,2,3]}"#, "`attempt[2]`: is one too many"),
            (r#"{"type":"event","id":"d1","attempt":[1]}"#, "`attempt`: must be a list of 2, it has 1"),
            (r#"{"type":"event","id":"d1","actor":[]}"#, "`actor`: must be an object, it is a list"),
            (r#"[]"#, "must be an object, it is a list: submit each of its inputs"),
        ] {
            assert!(reason(json).starts_with(said), "{json}: {}", reason(json));
            assert!(!reason(json).contains(" at line "), "{json}: {}", reason(json));
        }
        // What is no JSON has a place.
        assert_eq!(reason(r#"{"type":"event","id":}"#), "`type`: expected value at line 1 column 22");
    }

    #[test]
    fn a_whole_number_that_reading_would_change_is_refused_in_all_free_json() {
        let large = "[1,{\"n\":18446744073709551617}]";
        for (json, path) in [
            (
                format!(
                    r#"{{"type":"propose","cause":"d","effects":[{{"kind":"k","subject":"s","payload":{large}}}]}}"#
                ),
                "effects[0].payload[1].n",
            ),
            (format!(r#"{{"plan":"p","type":"patch","add":[{{"id":"a","input":{large}}}]}}"#), "add[0].input[1].n"),
            (
                format!(r#"{{"type":"task","dispatch":"3.0","epoch":1,"report":{{"type":"done","result":{large}}}}}"#),
                "report.result[1].n",
            ),
            (
                format!(
                    r#"{{"type":"command","do":{{"type":"plan","plan":"p","order":{{"type":"answer","task":"q","value":{large}}}}}}}"#
                ),
                "do.order.value[1].n",
            ),
        ] {
            assert_eq!(reason(&json), format!("`{path}`: a whole number must be below 2^53"));
            assert!(read_input(json.replace("551617", "551617.0").as_bytes()).is_ok(), "{json}");
        }
    }

    #[test]
    fn a_configuration_names_the_path_to_what_is_wrong_with_it() {
        for (json, said) in [
            (
                r#"{"chain":{"hop_limit":70000}}"#,
                "chain.hop_limit: must be a whole number from 0 to 65,535, it is 70000",
            ),
            ("{\n\"rules\":[{\"handle\":\"h\"}]}", "rules[0]: missing field `id`"),
            (r#"{"self":"github:mybot[bot]"}"#, "self: must be a list, it is the text \"github:mybot[bot]\""),
            (r#"{"hop_limit":5}"#, "JSON: unknown field `hop_limit`, expected one of `enforce`, "),
            (r#"{"chain""#, "JSON: it ends within an object at line 1 column 8"),
        ] {
            let refused = Config::from_json(json.as_bytes()).expect_err("none").to_string();
            assert!(refused.starts_with(&format!("RY1014: configuration, {said}")), "{refused}");
        }
    }

    #[test]
    fn a_path_is_of_bounded_length() {
        let long = "x".repeat(1000);
        let json = format!(r#"{{"type":"event","id":"d1","attributes":{{"{long}":1}}}}"#);
        assert!(reason(&json).starts_with("`attributes`: must be a text"), "{}", reason(&json));
    }

    #[test]
    fn an_error_names_its_field() {
        for (json, field) in [
            (r#"{"type":"event","id":5}"#, "`id`"),
            (r#"{"type":"event","id":"d1","actor":{"id":7}}"#, "`actor.id`"),
            (r#"{"type":"event","id":"d1","knd":"x"}"#, "`knd`"),
            (r#"{"type":"event","id":"d1"}"#, "`source`"),
            (r#"{"type":"propose","cause":5,"effects":[]}"#, "`cause`"),
            (r#"{"type":"outcome","effect":"2","result":{"type":"done"}}"#, "`effect`"),
            (r#"{"type":"outcome","effect":"2.0","result":{"type":"ambiguous","after_ms":5}}"#, "`result`"),
            (r#"{"type":"command","do":{"type":"stop_all","subject":"x"}}"#, "`do`"),
            (r#"{"type":"evnt"}"#, "`evnt`"),
            (r#"{"id":"d1"}"#, "`type`"),
            (
                r#"{"type":"event","id":"d1","source":"s","kind":"k","subject":"x","type":"event"}"#,
                "duplicate field `type`",
            ),
            (r#"{"type":"event","id":"d1","source"#, "`type`: it ends within a text"),
        ] {
            assert!(reason(json).contains(field), "{json}: {}", reason(json));
        }
    }
}
