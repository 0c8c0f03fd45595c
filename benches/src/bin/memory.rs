//! Counts what a broker keeps and allocates for the stream, and prints it as JSON.
#![allow(clippy::float_arithmetic, reason = "averages")]

use std::{alloc::System, fs};

use reynolds::Keys;
use reynolds_benches::{
    host::{BrokerHost, Host},
    stream,
};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const EVENTS: u64 = 1_000_000;
/// Tables double: after this many entries they have just done so, and are as empty as they get.
const GROWN: u64 = (1 << 19) + 1;
/// Events to count allocations over.
const COUNTED: u64 = 6400;

fn main() {
    let start = Region::new(ALLOCATOR);
    let resident = resident_bytes();
    let kept = |events: u64| {
        let stats = start.change();
        stats.bytes_allocated.saturating_sub(stats.bytes_deallocated) as f64 / events as f64
    };
    let mut host = BrokerHost::new(stream::broker(u32::try_from(2 * EVENTS).ok(), Keys::none()));
    host.feed(GROWN);
    let bytes_after_growth = kept(GROWN);
    host.feed(EVENTS - GROWN);
    let bytes_at_1m = kept(EVENTS);
    let resident = resident.zip(resident_bytes()).map(|(before, now)| (now - before) / EVENTS as f64);
    let (allocations, outcome_allocations) = allocations(&mut host);
    let read = serde_json::json!({
        "bytes_at_1m": bytes_at_1m,
        "bytes_after_growth": bytes_after_growth,
        "resident": resident,
        "allocations": allocations,
        "outcome_allocations": outcome_allocations,
    });
    println!("{read}");
}

/// Allocations and reallocations per event, up to its effect and after it.
fn allocations(host: &mut BrokerHost) -> (f64, f64) {
    let (mut first, mut second) = (0, 0);
    for _ in 0..COUNTED / 64 {
        let (events, receipts) = stream::batch(host.taken(), 64);
        let region = Region::new(ALLOCATOR);
        host.submit(events, 64);
        let submitted = region.change();
        host.answer(receipts, 64);
        let answered = region.change();
        let count = |stats: stats_alloc::Stats| stats.allocations + stats.reallocations;
        first += count(submitted);
        second += count(answered) - count(submitted);
    }
    (first as f64 / COUNTED as f64, second as f64 / COUNTED as f64)
}

/// Resident memory, where the system tells in a file.
fn resident_bytes() -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024.0)
}
