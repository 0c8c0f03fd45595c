//! What reynolds costs. Each bench target measures the library and a baseline in the same run on the same machine, and
//! prints rate, baseline and ratio; figures of two runs on two machines say little.
//!
//! `docs/benchmarks.md` says what each figure means and why its baseline is fair.
#![allow(clippy::float_arithmetic, reason = "rates and ratios are reported here; nothing of it reaches the core")]

pub mod deliveries;
pub mod host;
pub mod loops;
pub mod naive;
pub mod report;
pub mod stream;
pub mod work;

use std::process::ExitCode;

/// How a program ends: with 2, and a line that says why, if it can not do what it is asked.
#[must_use]
pub fn answered(result: Result<(), String>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::from(2)
        }
    }
}
