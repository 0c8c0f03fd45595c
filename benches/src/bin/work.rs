//! `make bench-work`: graphs, schedules, decisions and the choice of agents, each beside baselines in the same run.

use std::{alloc::System, process::ExitCode};

use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

/// Counting costs a few nanoseconds per allocation; both sides of every ratio pay it.
#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn main() -> ExitCode {
    reynolds_benches::answered(reynolds_benches::work::main(|| {
        let stats = ALLOCATOR.stats();
        stats.bytes_allocated.saturating_sub(stats.bytes_deallocated)
    }))
}
