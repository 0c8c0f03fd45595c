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
