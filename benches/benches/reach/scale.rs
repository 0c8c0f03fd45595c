//! Whether an event costs more when a thousand times as much is remembered.

use std::time::Duration;

use cpu_time::ThreadTime;
use reynolds::{Keys, limits::Limits};
use reynolds_benches::{
    host::{BrokerHost, Host},
    report::{Goal, Row, median},
    stream,
};

const ROUNDS: usize = 9;
const SMALL: u64 = 1000;
const LARGE: u64 = 1_000_000;
/// Chains for each issue, in the small broker as in the large one: so nine of ten events concern what is known in both.
const CHAINS_PER_ISSUE: u64 = 10;
/// Events of one round, for the large and for the small broker alike.
const EVENTS: u64 = 8000;
const GROUP: u64 = 50;

/// CPU time of so many events with their outcomes.
fn take(host: &mut BrokerHost, count: u64) -> Duration {
    let mut took = Duration::ZERO;
    for _ in 0..count / GROUP {
        let (events, receipts) = stream::batch_among(host.taken(), GROUP, host.issues);
        let start = ThreadTime::now();
        host.submit(events, 50);
        host.answer(receipts, 50);
        took += start.elapsed();
    }
    took
}

fn host(cap: u64, chains: u64) -> BrokerHost {
    let mut host = BrokerHost::new(stream::broker(u32::try_from(cap).ok(), Keys::none()));
    host.issues = chains / CHAINS_PER_ISSUE;
    host
}

/// A small broker that forgets nothing is new every thousand events, so it never has more than two thousand chains.
fn small_growing(cap: u64) -> Duration {
    let mut took = Duration::ZERO;
    for _ in 0..EVENTS / SMALL {
        let mut host = host(cap, SMALL);
        host.feed(SMALL);
        took += take(&mut host, SMALL);
    }
    took
}

fn nanoseconds(took: Duration) -> f64 {
    took.as_secs_f64() * 1e9 / EVENTS as f64
}

pub fn rows() -> Vec<Row> {
    let cap = LARGE + EVENTS * ROUNDS as u64;
    let mut large = host(cap, LARGE);
    large.feed(LARGE);
    let (mut at_small, mut at_large) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        at_small.push(nanoseconds(small_growing(cap)));
        at_large.push(nanoseconds(take(&mut large, EVENTS)));
    }
    let chains = retained(&large);
    assert_eq!(chains, cap, "nothing was forgotten so far");

    let mut small = host(SMALL, SMALL);
    small.feed(2 * SMALL + GROUP);
    large.feed(chains_at_most(cap) - cap + GROUP);
    let (mut full_small, mut full_large) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        full_small.push(nanoseconds(take(&mut small, EVENTS)));
        full_large.push(nanoseconds(take(&mut large, EVENTS)));
    }
    assert_eq!(retained(&small), chains_at_most(SMALL), "it forgets as much as it learns");
    assert_eq!(retained(&large), chains_at_most(cap), "it forgets as much as it learns");

    let row = |name: &str, values, baseline| {
        let row = Row::new(name, median(values), "ns/event").against("at 1 k chains", median(baseline));
        row.goal(Goal::RatioAtMost(1.5))
    };
    vec![
        row("event and outcome at 1 M chains, all retained", at_large, at_small),
        row("event and outcome at 1 M chains, tables full", full_large, full_small),
    ]
}

/// A chain is remembered as long as any of its effects: see `limits.chains`.
fn chains_at_most(cap: u64) -> u64 {
    cap + cap.min(u64::from(Limits::default().open_effects))
}

fn retained(host: &BrokerHost) -> u64 {
    let counts = host.broker.view().counts("");
    counts.iter().find(|count| count.table == "chains").map_or(0, |count| count.entries)
}
