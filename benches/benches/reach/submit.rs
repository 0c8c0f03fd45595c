//! From `submit` to the effect, with tables that are full and forget steadily.

use std::time::Duration;

use cpu_time::ThreadTime;
use reynolds::{Keys, limits::Limits};
use reynolds_benches::{
    host::{BrokerHost, Host},
    naive::{Copied, Naive},
    report::{Goal, Row, median},
    stream,
};

use crate::rate;

const ROUNDS: usize = 9;
/// Entries in each table of a small host: all of it stays in a cache.
const SMALL: u32 = 4096;
/// Events between two looks at the clock: enough that the clock costs nothing, few enough to be in the cache, as
/// events are that were just read.
const GROUP: u64 = 128;
const GROUPS: u64 = 150;

/// A host, and its rates, one per round.
struct Variant {
    host: Box<dyn Host>,
    per_commit: usize,
    taken: u64,
    released: Vec<f64>,
    answered: Vec<f64>,
}

impl Variant {
    /// The host is filled first, until its largest tables forget.
    fn new(host: impl Host + 'static, per_commit: usize) -> Self {
        let mut variant =
            Self { host: Box::new(host), per_commit, taken: 0, released: Vec::new(), answered: Vec::new() };
        while variant.taken <= u64::from(Limits::default().events) {
            let _ = variant.group();
        }
        variant
    }

    fn group(&mut self) -> (Duration, Duration) {
        let (events, receipts) = stream::batch(self.taken, GROUP);
        let start = ThreadTime::now();
        self.host.submit(events, self.per_commit);
        let released = start.elapsed();
        self.host.answer(receipts, self.per_commit);
        self.taken += GROUP;
        (released, start.elapsed())
    }

    fn round(&mut self) {
        let (mut released, mut answered) = (Duration::ZERO, Duration::ZERO);
        for _ in 0..GROUPS {
            let group = self.group();
            released += group.0;
            answered += group.1;
        }
        self.released.push(rate(GROUP * GROUPS, released));
        self.answered.push(rate(GROUP * GROUPS, answered));
    }
}

pub fn rows() -> Vec<Row> {
    let broker = |keys| BrokerHost::new(stream::broker(None, keys));
    let mut variants = [
        Variant::new(broker(Keys::none()), 64),
        Variant::new(broker(Keys::none()), 1),
        Variant::new(broker(Keys::new(1, b"a secret of the host").expect("long enough")), 64),
        Variant::new(BrokerHost::new(stream::broker(Some(SMALL), Keys::none())), 64),
        Variant::new(Naive::new(None), 64),
        Variant::new(Naive::new(None), 1),
        Variant::new(Naive::new(Some(SMALL)), 64),
        Variant::new(Copied::default(), 64),
    ];
    for _ in 0..ROUNDS {
        variants.iter_mut().for_each(Variant::round);
    }
    let [batch, single, keyed, small, naive, naive_single, naive_small, copied] =
        variants.map(|variant| (median(variant.released), median(variant.answered)));
    let least = Goal::AtLeast(500_000.0);
    let row = |name: &str, value| Row::new(name, value, "events/s");
    vec![
        row("submit to release, 64 per commit", batch.0).against("naive host", naive.0).goal(least),
        row("submit to release, 1 per commit", single.0).against("naive host", naive_single.0).goal(least),
        row("submit to release and outcome, 64 per commit", batch.1).against("naive host", naive.1),
        row("submit to release and outcome, 1 per commit", single.1).against("naive host", naive_single.1),
        row("submit to release with tokens, 64 per commit", keyed.0).against("naive host", naive.0),
        row("submit to release, 64 per commit, tables of 4,096", small.0)
            .against("naive host", naive_small.0)
            .goal(least),
        row("floor: the event's texts copied once", copied.0),
    ]
}
