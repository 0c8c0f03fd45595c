//! Reading an input from JSON: first its `type`, then the rest as that type.
//!
//! serde's own way for tagged unions would copy everything into a tree first, and forget which field an error is in.

use alloc::{
    borrow::{Cow, ToOwned},
    format,
    string::{String, ToString},
};
use core::cell::RefCell;

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, IgnoredAny, MapAccess, Visitor, value::CowStrDeserializer},
    forward_to_deserialize_any,
};

use crate::{config::Config, error::Rejected, input::Input, limits};

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
        let config: Self = serde_json::from_slice(json)
            .map_err(|error| Rejected::Config { place: "JSON".into(), reason: error.to_string() })?;
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
struct Tag<'a> {
    #[serde(rename = "type", borrow)]
    kind: Cow<'a, str>,
}

/// An input in the wire format.
pub(crate) fn read_input(json: &[u8]) -> Result<Input, Rejected> {
    let tag: Tag<'_> = serde_json::from_slice(json).map_err(|error| malformed("type", &error))?;
    match &*tag.kind {
        "event" => read(json).map(Input::Event),
        "propose" => read(json).map(Input::Propose),
        "outcome" => read(json).map(Input::Outcome),
        "command" => read(json).map(Input::Command),
        "configure" => read(json).map(Input::Configure),
        "adopt" => read(json).map(Input::Adopt),
        "plan" => read(json).map(Input::Plan),
        "patch" => read(json).map(Input::Patch),
        "task" => read(json).map(Input::Task),
        "beats" => read(json).map(Input::Beats),
        "agent" => read(json).map(Input::Agent),
        other => Err(Rejected::Malformed {
            reason: format!(
                "unknown type `{other}`, expected event, propose, outcome, command, configure, adopt, plan, patch, task, beats \
                 or agent"
            ),
        }),
    }
}

fn malformed(field: &str, error: &serde_json::Error) -> Rejected {
    let reason = error.to_string();
    let named = field.is_empty() || reason.contains(&format!("`{field}`"));
    Rejected::Malformed { reason: if named { reason } else { format!("`{field}`: {reason}") } }
}

fn read<'de, T: Deserialize<'de>>(json: &'de [u8]) -> Result<T, Rejected> {
    let field = RefCell::new(String::new());
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    let value = T::deserialize(Tracked { inner: &mut deserializer, field: &field });
    value.and_then(|value| deserializer.end().map(|()| value)).map_err(|error| malformed(&field.borrow(), &error))
}

/// A deserializer of an object that passes over `type` and remembers which field it is in.
struct Tracked<'a, D> {
    inner: D,
    field: &'a RefCell<String>,
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Tracked<'_, D> {
    type Error = D::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.inner.deserialize_map(Tracked { inner: visitor, field: self.field })
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Tracked<'_, V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.inner.expecting(f)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<V::Value, A::Error> {
        self.inner.visit_map(Tracked { inner: map, field: self.field })
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Tracked<'_, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        self.field.borrow_mut().clear();
        while let Some(key) = self.inner.next_key::<Cow<'de, str>>()? {
            if key == "type" {
                self.inner.next_value::<IgnoredAny>()?;
                continue;
            }
            key.as_ref().clone_into(&mut self.field.borrow_mut());
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
    fn an_error_names_its_field() {
        for (json, field) in [
            (r#"{"type":"event","id":5}"#, "`id`"),
            (r#"{"type":"event","id":"d1","actor":{"id":7}}"#, "`actor`"),
            (r#"{"type":"event","id":"d1","knd":"x"}"#, "`knd`"),
            (r#"{"type":"event","id":"d1"}"#, "`source`"),
            (r#"{"type":"propose","cause":5,"effects":[]}"#, "`cause`"),
            (r#"{"type":"outcome","effect":"2","result":{"type":"done"}}"#, "`effect`"),
            (r#"{"type":"outcome","effect":"2.0","result":{"type":"ambiguous","after_ms":5}}"#, "`result`"),
            (r#"{"type":"command","do":{"type":"stop_all","subject":"x"}}"#, "`do`"),
            (r#"{"type":"evnt"}"#, "`evnt`"),
            (r#"{"id":"d1"}"#, "`type`"),
        ] {
            assert!(reason(json).contains(field), "{json}: {}", reason(json));
        }
    }
}
