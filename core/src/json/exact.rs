//! Numbers that are the same in every language.

use serde_json::Value;

/// A whole number in it that is 2^53 or more away from 0, without its sign. JavaScript would change it, and say nothing.
pub(crate) fn inexact(value: &Value) -> Option<u64> {
    let mut open = alloc::vec![value];
    while let Some(value) = open.pop() {
        match value {
            Value::Array(list) => open.extend(list),
            Value::Object(map) => open.extend(map.values()),
            Value::Number(number) => {
                let whole = number.as_u64().or_else(|| number.as_i64().map(i64::unsigned_abs));
                if whole.is_some_and(|whole| whole >= 1 << 53) {
                    return whole;
                }
            }
            _ => {}
        }
    }
    None
}

/// The shortest run of digits that may be too large for any whole number: the least of them all has so many.
const LONG: usize = 19;

/// Where the first whole number ends that no type of whole numbers can hold: what reads JSON would take it for the fraction that is
/// next to it, and nobody could tell any more. The text must be JSON.
pub(crate) fn too_large(json: &[u8]) -> Option<usize> {
    let digit = |at: &usize| json[*at].is_ascii_digit();
    // Nearly always there is nothing to look for: a run that long covers one of every so many bytes.
    let long = |at: usize| {
        let before = (0..at).rev().take_while(digit).count();
        before + (at..json.len()).take(LONG).take_while(digit).count() >= LONG
    };
    (LONG - 1..json.len()).step_by(LONG).find(|at| digit(at) && long(*at))?;
    let mut at = 0;
    while at < json.len() {
        let start = at;
        match json[at] {
            b'"' => at = after_text(json, at),
            b'-' | b'0'..=b'9' => {
                let more = |byte: &&u8| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-');
                at += json[at..].iter().take_while(more).count();
                let number = core::str::from_utf8(&json[start..at]).unwrap_or_default();
                let whole = !number.contains(['.', 'e', 'E']);
                if whole && number.parse::<u64>().is_err() && number.parse::<i64>().is_err() {
                    return Some(at);
                }
            }
            _ => at += 1,
        }
    }
    None
}

/// Where the text ends that begins here.
pub(crate) fn after_text(json: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while at < json.len() && json[at] != b'"' {
        at += if json[at] == b'\\' { 2 } else { 1 };
    }
    at + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_number_that_nothing_holds_is_found_wherever_it_stands_and_nothing_else_is() {
        for number in ["18446744073709551616", "-9223372036854775809", "123456789012345678901234567890"] {
            for before in 0..2 * LONG {
                let head = alloc::format!("{}{{\"a\":[1,{number}", " ".repeat(before));
                assert_eq!(too_large(alloc::format!("{head},2]}}").as_bytes()), Some(head.len()), "{number}");
                assert_eq!(too_large(head.as_bytes()), Some(head.len()), "{number}, the last");
            }
        }
        for number in [
            "18446744073709551615",
            "-9223372036854775808",
            "18446744073709551616.0",
            "18446744073709551616e0",
            "1.8446744073709551616",
            "1e18446744073709551616",
            "\"18446744073709551616\"",
            "\"\\\"18446744073709551616\"",
        ] {
            assert_eq!(too_large(alloc::format!("[{number}]").as_bytes()), None, "{number}");
        }
    }
}
