//! Free JSON as the same bytes in every program.
//!
//! Cargo joins the features of all crates of a program, so any of them can switch on `preserve_order` or `arbitrary_precision` of
//! serde_json: then objects keep the order they came in, and numbers the text. Journals, digests and what is compared may not depend
//! on who else is in the program. So here keys go in the order of their bytes, whole numbers are written as such, and others as the
//! shortest text of their 64 bits: what serde_json does without its features.

use alloc::{string::String, vec::Vec};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use serde_json::{Map, Number, Value};

/// Its fields in the order of their names.
pub(crate) fn in_order(map: &Map<String, Value>) -> impl DoubleEndedIterator<Item = (&String, &Value)> {
    let mut fields: Vec<_> = map.iter().collect();
    fields.sort_unstable_by_key(|(name, _)| *name);
    fields.into_iter()
}

pub(crate) fn serialize<S: Serializer>(value: &Value, serializer: S) -> Result<S::Ok, S::Error> {
    match value {
        Value::Array(list) => serializer.collect_seq(list.iter().map(Canonical)),
        Value::Object(map) => serializer.collect_map(in_order(map).map(|(name, value)| (name, Canonical(value)))),
        Value::Number(number) => serialize_number(number, serializer),
        plain => plain.serialize(serializer),
    }
}

struct Canonical<'a>(&'a Value);

impl Serialize for Canonical<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize(self.0, serializer)
    }
}

fn serialize_number<S: Serializer>(number: &Number, serializer: S) -> Result<S::Ok, S::Error> {
    // The text `-0` would be a whole number, and is none for serde_json.
    match (number.as_u64(), number.as_i64().filter(|whole| *whole < 0), number.as_f64()) {
        (Some(whole), ..) => serializer.serialize_u64(whole),
        (_, Some(whole), _) => serializer.serialize_i64(whole),
        (.., Some(fraction)) => serializer.serialize_f64(fraction),
        // Refused at the door.
        _ => number.serialize(serializer),
    }
}

/// Any JSON whose numbers have a value.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Value, D::Error> {
    let value = Value::deserialize(deserializer)?;
    if boundless(&value) { Err(D::Error::custom(BOUNDLESS)) } else { Ok(value) }
}

/// What is wrong with a number that has no value, as serde_json says it.
pub(crate) const BOUNDLESS: &str = "number out of range";

/// Is there a number in it that has no value, such as `1e400`? Only `arbitrary_precision` lets one be made.
pub(crate) fn boundless(value: &Value) -> bool {
    let mut open = alloc::vec![value];
    while let Some(value) = open.pop() {
        match value {
            Value::Array(list) => open.extend(list),
            Value::Object(map) => open.extend(map.values()),
            Value::Number(number) if number.as_f64().is_none_or(|value| !value.is_finite()) => return true,
            _ => {}
        }
    }
    false
}

/// Are they the same value? Numbers are compared by what they are, however they are written: 1 is 1.0. Whole ones exactly.
pub(crate) fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => same_number(a, b),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(name, a)| b.get(name).is_some_and(|b| same(a, b)))
        }
        _ => a == b,
    }
}

fn same_number(a: &Number, b: &Number) -> bool {
    let whole = |number: &Number| {
        number.as_u64().map(i128::from).or_else(|| number.as_i64().filter(|whole| *whole < 0).map(i128::from))
    };
    match (whole(a), whole(b)) {
        (Some(a), Some(b)) => a == b,
        // Whole numbers that get here are below 2^53, and so exact.
        _ => a.as_f64() == b.as_f64(),
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;
    use crate::input::Json;

    #[test]
    fn free_json_is_the_same_bytes_whatever_order_its_keys_have_and_however_its_numbers_are_written() {
        for (text, bytes) in [
            (
                r#"{"title":"b","body":{"z":1,"a":[{"d":null,"c":true}]}}"#,
                r#"{"body":{"a":[{"c":true,"d":null}],"z":1},"title":"b"}"#,
            ),
            (r#"{"é":1,"e":2,"":3,"Z":4,"a\n":5}"#, r#"{"":3,"Z":4,"a\n":5,"e":2,"é":1}"#),
            ("[1.50,1e2,-0,-0.0,0.0,0,1E-7,1e15]", "[1.5,100.0,-0.0,-0.0,0.0,0,1e-7,1000000000000000.0]"),
            (
                "[9007199254740991,-9007199254740991,9007199254740993.0]",
                "[9007199254740991,-9007199254740991,9007199254740992.0]",
            ),
            ("[0.1,0.30000000000000004,5e-324,1.5e-300]", "[0.1,0.30000000000000004,5e-324,1.5e-300]"),
            ("[]", "[]"),
            ("{}", "{}"),
        ] {
            let json: Json = serde_json::from_str(text).expect("it is JSON");
            assert_eq!(String::from_utf8_lossy(&json.to_bytes()), bytes);
            assert_eq!(serde_json::to_string(&json).expect("it serialises"), bytes);
        }
    }

    #[test]
    fn a_number_without_a_value_is_refused() {
        let refused = serde_json::from_str::<Json>("[1e400]").expect_err("it has none").to_string();
        assert!(refused.starts_with(BOUNDLESS), "{refused}");
    }

    #[test]
    fn numbers_are_the_same_by_their_value() {
        let same = |a: &str, b: &str| {
            let [a, b] = [a, b].map(|text| serde_json::from_str::<Value>(text).expect("it is JSON"));
            assert_eq!(super::same(&a, &b), super::same(&b, &a));
            super::same(&a, &b)
        };
        for (a, b) in [
            ("1", "1.0"),
            ("100", "1e2"),
            ("0", "-0.0"),
            ("-3", "-3.0"),
            (r#"{"a":[1,{"b":2}]}"#, r#"{"a":[1.0,{"b":2e0}]}"#),
        ] {
            assert!(same(a, b), "{a} {b}");
        }
        for (a, b) in [
            ("1", "1.5"),
            ("1", "-1"),
            ("1", "true"),
            ("1", "\"1\""),
            ("0", "null"),
            ("9007199254740993", "9007199254740992"),
            ("18446744073709551615", "-1"),
            ("[1]", "[1,1]"),
            (r#"{"a":1}"#, r#"{"b":1}"#),
            (r#"{"a":1}"#, r#"{"a":1,"b":1}"#),
        ] {
            assert!(!same(a, b), "{a} {b}");
        }
    }
}
