//! The table "what it must reach": every figure beside its baseline, measured in turns in one run.
//!
//! `cargo bench -p reynolds-benches --bench reach` prints it; words after `--` pick sections, and `JSON=path` writes the
//! rows there as well.
#![allow(clippy::float_arithmetic, reason = "rates and ratios")]

mod build;
mod loops;
mod memory;
mod pipeline;
mod replay;
mod scale;
mod submit;

use std::{env, io, time::Duration};

use reynolds_benches::report::{self, Row};

/// A name to pick it by, a heading, and what measures it.
type Section = (&'static str, &'static str, fn() -> Vec<Row>);

const SECTIONS: [Section; 7] = [
    ("submit", "From submit to release: one canonical event, one effect, one core", submit::rows),
    ("pipeline", "From raw GitHub payloads to effects, one core", pipeline::rows),
    ("scale", "Cost per event by the number of retained chains", scale::rows),
    ("loops", "Loop detection", loops::rows),
    ("replay", "Replay of a journal, with digests", replay::rows),
    ("memory", "Memory", memory::rows),
    ("build", "Cold build of `core`", build::rows),
];

/// Things done per second of CPU time.
fn rate(count: u64, took: Duration) -> f64 {
    count as f64 / took.as_secs_f64()
}

fn main() -> io::Result<()> {
    let (flags, wanted): (Vec<_>, Vec<_>) = env::args().skip(1).partition(|arg| arg.starts_with('-'));
    if !flags.iter().any(|flag| flag == "--bench") {
        println!("nothing to test; run it with `cargo bench`");
        return Ok(());
    }
    println!("Rates are per second of CPU time of the measuring thread; medians of rounds taken in turns.");
    let mut all = Vec::new();
    for (name, title, rows) in SECTIONS {
        if wanted.is_empty() || wanted.iter().any(|one| one == name) {
            let rows = rows();
            report::print(title, &rows);
            all.extend(rows);
        }
    }
    report::write_json(&all)
}
