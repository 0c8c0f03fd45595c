//! From Python objects to the core's inputs: a serde deserializer.
//!
//! What it takes is what JSON can say: dictionaries with texts as keys, lists, tuples, texts, whole numbers, fractions,
//! `True`, `False` and `None`, and subclasses of these. No Python code runs while it reads. Whatever is wrong is named
//! with the path to it.

use std::{cell::Cell, fmt};

use pyo3::{
    prelude::*,
    types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyString, PyTuple},
};
use reynolds::{Input, input, limits, wire::plainly};
use serde::{
    Deserialize, Deserializer,
    de::{self, DeserializeSeed, IntoDeserializer, Unexpected, Visitor},
    forward_to_deserialize_any,
};

use crate::raise::Problem;

/// Deepest nesting of one value: as the JSON door has it.
const DEPTH: usize = limits::BODY_DEPTH;
/// Most values in one. A structure that refers to its parts many times over is small in Python and endless here.
const VALUES: u32 = 1_000_000;
/// The largest whole number that all languages can hold.
const EXACT: u64 = (1 << 53) - 1;

/// An input of the core, from its dictionary.
pub fn input(value: &Bound<'_, PyAny>) -> Result<Input, Problem> {
    let kind = tag(value)?;
    // Serde's own way for tagged unions copies everything into a tree first, and forgets where an error is.
    Ok(match &*kind {
        "event" => Input::Event(tagged(value)?),
        "propose" => Input::Propose(tagged(value)?),
        "outcome" => Input::Outcome(tagged(value)?),
        "command" => Input::Command(tagged(value)?),
        "configure" => Input::Configure(tagged(value)?),
        "adopt" => Input::Adopt(tagged::<input::Adopt>(value)?),
        "plan" => Input::Plan(tagged(value)?),
        "patch" => Input::Patch(tagged(value)?),
        "task" => Input::Task(tagged(value)?),
        "beats" => Input::Beats(tagged(value)?),
        "agent" => Input::Agent(tagged(value)?),
        other => {
            return Err(Problem::malformed(format!(
                "unknown type `{other}`, expected event, propose, outcome, command, configure, adopt, plan, patch, task, beats \
                 or agent"
            )));
        }
    })
}

/// Any other type of the core.
pub fn from_python<'de, T: Deserialize<'de>>(value: &Bound<'_, PyAny>) -> Result<T, Problem> {
    let left = Cell::new(VALUES);
    T::deserialize(Reader { value, left: &left, depth: 0, tagged: false }).map_err(Wrong::into_problem)
}

/// A whole number from 0 to 2^53 - 1 that a call takes.
pub fn whole(name: &str, value: &Bound<'_, PyAny>) -> Result<u64, Problem> {
    let is_number = value.is_instance_of::<PyInt>() && !value.is_instance_of::<PyBool>();
    let found = is_number.then(|| value.extract::<u64>().ok()).flatten().filter(|number| *number <= EXACT);
    found.ok_or_else(|| match value.repr() {
        Ok(repr) if is_number => Problem::out_of_range(name, &repr.to_string_lossy()),
        _ => Problem::out_of_range(name, &type_name(value)),
    })
}

fn tagged<'de, T: Deserialize<'de>>(value: &Bound<'_, PyAny>) -> Result<T, Problem> {
    let left = Cell::new(VALUES);
    T::deserialize(Reader { value, left: &left, depth: 0, tagged: true }).map_err(Wrong::into_problem)
}

fn tag(value: &Bound<'_, PyAny>) -> Result<String, Problem> {
    let Ok(dict) = value.cast::<PyDict>() else {
        return Err(wrong_type("a map", value));
    };
    let Ok(Some(tag)) = dict.get_item(pyo3::intern!(value.py(), "type")) else {
        return Err(Problem::malformed("missing field `type`".into()));
    };
    let text = tag.cast::<PyString>().ok().and_then(|tag| tag.to_str().ok().map(str::to_owned));
    text.ok_or_else(|| wrong_type("a string", &tag))
}

fn type_name(value: &Bound<'_, PyAny>) -> String {
    value.get_type().name().map_or_else(|_| "an object".into(), |name| name.to_string_lossy().into_owned())
}

fn wrong_type(expected: &str, tag: &Bound<'_, PyAny>) -> Problem {
    let reason = plainly(&format!("invalid type: {}, expected {expected}", kind_of(tag)));
    Problem::malformed(format!("`type`: {reason}"))
}

/// What a value is, as serde says it.
fn kind_of(value: &Bound<'_, PyAny>) -> String {
    if let Ok(text) = value.cast::<PyString>() {
        return format!("string \"{}\"", text.to_str().unwrap_or_default());
    }
    match value {
        _ if value.is_none() => "null".into(),
        _ if value.is_instance_of::<PyDict>() => "map".into(),
        _ if value.is_instance_of::<PyList>() || value.is_instance_of::<PyTuple>() => "sequence".into(),
        _ if value.is_instance_of::<PyBool>() => value.extract::<bool>().unwrap_or_default().to_string(),
        _ if value.is_instance_of::<PyInt>() => {
            value.extract::<i64>().map_or_else(|_| "a number".into(), |number| number.to_string())
        }
        _ if value.is_instance_of::<PyFloat>() => value.extract::<f64>().unwrap_or_default().to_string(),
        _ => format!("of the type {}", type_name(value)),
    }
}

/// What is wrong, and the path to it from the inside out.
#[derive(Debug)]
struct Wrong {
    reason: String,
    path: Vec<String>,
}

impl Wrong {
    fn within(mut self, step: String) -> Self {
        self.path.push(step);
        self
    }

    fn into_problem(self) -> Problem {
        Problem::malformed(self.to_string())
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() {
            return f.write_str(&self.reason);
        }
        let path: String = self.path.iter().rev().map(String::as_str).collect();
        write!(f, "`{}`: {}", path.strip_prefix('.').unwrap_or(&path), self.reason)
    }
}

impl std::error::Error for Wrong {}

impl de::Error for Wrong {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self { reason: plainly(&message.to_string()), path: Vec::new() }
    }
}

/// A Python object that is being read.
#[derive(Clone, Copy)]
struct Reader<'a, 'py> {
    value: &'a Bound<'py, PyAny>,
    /// How many more values may be read.
    left: &'a Cell<u32>,
    depth: usize,
    /// Its `type` was read already.
    tagged: bool,
}

impl<'a, 'py> Reader<'a, 'py> {
    fn below(self, value: &'a Bound<'py, PyAny>) -> Self {
        Self { value, depth: self.depth + 1, tagged: false, ..self }
    }

    fn count(&self) -> Result<(), Wrong> {
        if self.depth >= DEPTH {
            return Err(de::Error::custom(format_args!("nested deeper than {DEPTH} levels, or within itself")));
        }
        let left = self.left.get().checked_sub(1);
        self.left.set(left.ok_or_else(|| -> Wrong { de::Error::custom(format_args!("more than {VALUES} values")) })?);
        Ok(())
    }

    fn integer<'de, V: Visitor<'de>>(self, visitor: V, most: u64) -> Result<V::Value, Wrong> {
        if let Ok(number) = self.value.extract::<i64>() {
            if number >= 0 && number.unsigned_abs() <= most {
                return visitor.visit_u64(number.unsigned_abs());
            }
            if number < 0 && number.unsigned_abs() <= EXACT {
                return visitor.visit_i64(number);
            }
        } else if let Ok(number) = self.value.extract::<u64>()
            && number <= most
        {
            return visitor.visit_u64(number);
        }
        Err(de::Error::custom("a whole number must be below 2^53"))
    }

    fn elements<'de, V: Visitor<'de>>(
        self,
        items: impl Iterator<Item = Bound<'py, PyAny>>,
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        let mut elements = Elements { reader: self, items, at: 0 };
        let read = visitor.visit_seq(&mut elements)?;
        match elements.items.next() {
            None => Ok(read),
            Some(_) => Err(<Wrong as de::Error>::custom("is one too many").within(format!("[{}]", elements.at))),
        }
    }

    fn float<'de, V: Visitor<'de>>(self, number: f64, visitor: V) -> Result<V::Value, Wrong> {
        if number.is_finite() {
            return visitor.visit_f64(number);
        }
        Err(de::Error::custom(format_args!("{number} is not a number that can be written down")))
    }

    fn text(&self, text: &'a Bound<'py, PyString>) -> Result<&'a str, Wrong> {
        text.to_str().map_err(|_| de::Error::custom("a text with half of a surrogate pair, which is not Unicode"))
    }
}

macro_rules! whole_numbers {
    ($($name:ident)*) => {$(
        /// A field that takes a whole number says itself which ones.
        fn $name<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
            if self.value.is_instance_of::<PyInt>() && !self.value.is_instance_of::<PyBool>() {
                self.count()?;
                return self.integer(visitor, u64::MAX);
            }
            self.deserialize_any(visitor)
        }
    )*};
}

impl<'de> Deserializer<'de> for Reader<'_, '_> {
    type Error = Wrong;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        self.count()?;
        let value = self.value;
        if let Ok(text) = value.cast::<PyString>() {
            return visitor.visit_str(self.text(text)?);
        }
        if let Ok(dict) = value.cast::<PyDict>() {
            return visitor.visit_map(Entries { reader: self, entries: dict.iter(), current: None });
        }
        if value.is_none() {
            return visitor.visit_unit();
        }
        if let Ok(truth) = value.cast::<PyBool>() {
            return visitor.visit_bool(truth.is_true());
        }
        if value.is_instance_of::<PyInt>() {
            return self.integer(visitor, EXACT);
        }
        if let Ok(list) = value.cast::<PyList>() {
            return self.elements(list.iter(), visitor);
        }
        if let Ok(tuple) = value.cast::<PyTuple>() {
            return self.elements(tuple.iter(), visitor);
        }
        if let Ok(number) = value.cast::<PyFloat>() {
            return self.float(number.value(), visitor);
        }
        Err(de::Error::invalid_type(Unexpected::Other(&kind_of(value)), &visitor))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        if self.value.is_none() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        match self.value.cast::<PyString>() {
            Ok(text) => visitor.visit_enum(self.text(text)?.into_deserializer()),
            // All unions of the wire are tagged; a plain one is a text.
            Err(_) => Err(de::Error::custom("must be a text")),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_unit()
    }

    whole_numbers! { deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_i64 }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i128 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map
        struct identifier
    }
}

/// The entries of a dictionary.
struct Entries<'a, 'py, I> {
    reader: Reader<'a, 'py>,
    entries: I,
    current: Option<(Bound<'py, PyAny>, Bound<'py, PyAny>)>,
}

impl<'de, 'py, I: Iterator<Item = (Bound<'py, PyAny>, Bound<'py, PyAny>)>> de::MapAccess<'de> for Entries<'_, 'py, I> {
    type Error = Wrong;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Wrong> {
        for (key, value) in self.entries.by_ref() {
            let Ok(name) = key.cast::<PyString>() else {
                return Err(de::Error::custom(format_args!("a key is of type {}, not a text", type_name(&key))));
            };
            let wrong = |_| -> Wrong { de::Error::custom("a key has half of a surrogate pair, which is not Unicode") };
            let name = name.to_str().map_err(wrong)?;
            if self.reader.tagged && name == "type" {
                continue;
            }
            let read = seed.deserialize(name.into_deserializer())?;
            self.current = Some((key, value));
            return Ok(Some(read));
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Wrong> {
        let (key, value) =
            self.current.take().ok_or_else(|| -> Wrong { de::Error::custom("a value without its key") })?;
        seed.deserialize(self.reader.below(&value)).map_err(|wrong| wrong.within(format!(".{key}")))
    }
}

/// The elements of a list or tuple.
struct Elements<'a, 'py, I> {
    reader: Reader<'a, 'py>,
    items: I,
    at: usize,
}

impl<'de, 'py, I: Iterator<Item = Bound<'py, PyAny>>> de::SeqAccess<'de> for Elements<'_, 'py, I> {
    type Error = Wrong;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Wrong> {
        let Some(item) = self.items.next() else { return Ok(None) };
        let read =
            seed.deserialize(self.reader.below(&item)).map_err(|wrong| wrong.within(format!("[{}]", self.at)))?;
        self.at += 1;
        Ok(Some(read))
    }
}
