//! What serde says of a value, in words of no language: whoever reads it may never have seen a `u16` or a "sequence".

use alloc::{
    borrow::{Cow, ToOwned},
    format,
    string::String,
};

/// Most characters of a text that are repeated.
const SHOWN: usize = 64;

/// A reason of serde's, put plainly. What it does not know stays as it is: the words of our own readers.
pub(crate) fn plainly(reason: &str) -> String {
    let (reason, place) = reason.split_at(reason.rfind(" at line ").unwrap_or(reason.len()));
    let (kind, rest) = reason.split_once(' ').unwrap_or((reason, ""));
    let plain = match (kind, rest) {
        ("invalid", _) => wrong(rest),
        ("unknown", _) => rest.strip_prefix("variant ").map(|rest| format!("unknown value {}", no_choice(rest))),
        ("EOF", "while parsing a string") => Some("it ends within a text".into()),
        ("EOF", _) => rest.strip_prefix("while parsing ").map(|what| format!("it ends within {what}")),
        ("trailing", "characters") => Some("something follows its end".into()),
        _ => None,
    };
    plain.unwrap_or_else(|| reason.to_owned()) + place
}

/// `type: integer `5`, expected u16`, and the same of a `value` or `length`.
fn wrong(said: &str) -> Option<String> {
    let (kind, said) = said.split_once(": ").or_else(|| said.split_once(' '))?;
    // The value comes first and can be a text that says the same.
    let (found, expected) = said.rsplit_once(", expected ")?;
    let must = expectation(expected);
    match kind {
        "length" if must == "an object" => Some("must be an object, it is a list".into()),
        "length" => Some(format!("must be {must}, it has {found}")),
        "type" | "value" => Some(format!("must be {must}, it is {}", value(found))),
        _ => None,
    }
}

/// What a value must be.
fn expectation(expected: &str) -> Cow<'_, str> {
    let plain = match expected {
        "u8" => "a whole number from 0 to 255",
        "u16" => "a whole number from 0 to 65,535",
        "u32" => "a whole number from 0 to 4,294,967,295",
        // Below 2^53 in every language, whatever else it may be.
        "u64" | "usize" => "a whole number from 0 to 2^53 - 1",
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number",
        "f32" | "f64" => "a number",
        "a boolean" => "true or false",
        "a string" | "string" | "str" | "a borrowed string" | "variant identifier" | "field identifier" => "a text",
        "a sequence" => "a list",
        "a map" => "an object",
        "unit" => "null",
        "string or map" => "a text or an object",
        _ => return expectation_of_type(expected),
    };
    plain.into()
}

/// The same for what is named after a type of the core, whose name says nothing.
fn expectation_of_type(expected: &str) -> Cow<'_, str> {
    let (form, rest) = expected.split_once(' ').unwrap_or((expected, ""));
    match form {
        "struct" => "an object".into(),
        "enum" => "a text".into(),
        "internally" | "adjacently" => "an object with a `type`".into(),
        "variant" => "a text".into(),
        "a" | "an" | "tuple" => match rest.rsplit_once(' ') {
            Some(("tuple of size" | "array of length", len)) => format!("a list of {len}").into(),
            Some((_, _)) if form == "tuple" => "a list".into(),
            _ => expected.into(),
        },
        _ => expected.into(),
    }
}

/// What a value is.
fn value(found: &str) -> Cow<'_, str> {
    match found {
        "sequence" | "tuple variant" => return "a list".into(),
        "map" | "enum" | "struct variant" | "newtype variant" => return "an object".into(),
        "null" | "unit value" | "Option value" => return "null".into(),
        "byte array" => return "bytes".into(),
        "unit variant" => return "a text".into(),
        _ => {}
    }
    if let Some(text) = found.strip_prefix("string \"").and_then(|rest| rest.strip_suffix('"')) {
        let shown: String = text.chars().take(SHOWN).collect();
        let more = if shown.len() < text.len() { "..." } else { "" };
        return format!("the text \"{shown}{more}\"").into();
    }
    let quoted =
        ["boolean `", "integer `", "floating point `", "character `"].iter().find_map(|kind| found.strip_prefix(kind));
    quoted.and_then(|rest| rest.strip_suffix('`')).unwrap_or(found).into()
}

fn no_choice(rest: &str) -> Cow<'_, str> {
    match rest.strip_suffix(", there are no variants") {
        Some(name) => format!("{name}, there is none").into(),
        None => rest.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_said_without_a_word_of_rust() {
        for (serde, plain) in [
            (
                "invalid type: string \"x\", expected u16",
                "must be a whole number from 0 to 65,535, it is the text \"x\"",
            ),
            ("invalid value: integer `-1`, expected u64", "must be a whole number from 0 to 2^53 - 1, it is -1"),
            ("invalid value: integer `256`, expected u8", "must be a whole number from 0 to 255, it is 256"),
            (
                "invalid type: floating point `1.5`, expected u32",
                "must be a whole number from 0 to 4,294,967,295, it is 1.5",
            ),
            ("invalid type: map, expected a string", "must be a text, it is an object"),
            ("invalid type: sequence, expected a boolean", "must be true or false, it is a list"),
            ("invalid type: null, expected a sequence", "must be a list, it is null"),
            ("invalid type: unit value, expected a map", "must be an object, it is null"),
            ("invalid type: boolean `true`, expected struct Actor", "must be an object, it is true"),
            (
                "invalid type: integer `5`, expected internally tagged enum Order",
                "must be an object with a `type`, it is 5",
            ),
            ("invalid type: integer `5`, expected enum Enforce", "must be a text, it is 5"),
            ("invalid value: integer `5`, expected variant index 0 <= i < 5", "must be a text, it is 5"),
            ("invalid length 1, expected an array of length 2", "must be a list of 2, it has 1"),
            ("invalid length 0, expected struct Actor with 2 elements", "must be an object, it is a list"),
            (
                "invalid type: string \"a, expected u8\", expected a sequence",
                "must be a list, it is the text \"a, expected u8\"",
            ),
            (
                "invalid type: integer `5`, expected a pattern or a list of patterns",
                "must be a pattern or a list of patterns, it is 5",
            ),
            ("unknown variant `robot`, expected `bot` or `app`", "unknown value `robot`, expected `bot` or `app`"),
            ("unknown field `knd`, expected `id` or `kind`", "unknown field `knd`, expected `id` or `kind`"),
            ("missing field `kind`", "missing field `kind`"),
            (
                "invalid type: null, expected u8 at line 2 column 7",
                "must be a whole number from 0 to 255, it is null at line 2 column 7",
            ),
            ("EOF while parsing a string at line 1 column 3", "it ends within a text at line 1 column 3"),
            ("expected an effect id like `42.0`", "expected an effect id like `42.0`"),
        ] {
            assert_eq!(plainly(serde), plain);
        }
        let long = format!("invalid type: string \"{}\", expected u8", "é".repeat(1000));
        assert!(
            plainly(&long).ends_with(&format!("it is the text \"{}...\"", "é".repeat(SHOWN))),
            "{}",
            plainly(&long)
        );
    }
}
