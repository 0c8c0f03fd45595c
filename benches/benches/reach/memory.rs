//! How much memory an event keeps. Measured by a program of its own: it counts every allocation, which costs time.

use std::process::Command;

use reynolds_benches::report::{Goal, Row};

pub fn rows() -> Vec<Row> {
    let output = Command::new(env!("CARGO_BIN_EXE_memory")).output().expect("the program runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let read: serde_json::Value = serde_json::from_slice(&output.stdout).expect("it prints JSON");
    let number = |name: &str| read[name].as_f64().expect("a number it prints");
    let mut rows = vec![
        Row::new("retained per event, at 1 M events", number("bytes_at_1m"), "bytes").goal(Goal::AtMost(1000.0)),
        Row::new("retained per event, just after the tables grew", number("bytes_after_growth"), "bytes"),
        Row::new("allocations from submit to release", number("allocations"), "per event"),
        Row::new("allocations of its outcome", number("outcome_allocations"), "per event"),
    ];
    if read["resident"].is_number() {
        rows.insert(1, Row::new("the same, by what the system gave", number("resident"), "bytes"));
    }
    rows
}
