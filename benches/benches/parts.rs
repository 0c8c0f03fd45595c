//! Single parts, by Criterion. Nothing is asked of these; they say where time goes.
#![allow(clippy::float_arithmetic, reason = "times")]

use std::{env, fs, hint::black_box, io, path::Path, time::Duration};

use criterion::{BatchSize, Criterion};
use reynolds::{Broker, Event, Keys, Rejected, ReleaseNo, Seq, Verdict, event::fingerprint};
use reynolds_benches::{
    host::BrokerHost,
    report::{self, Row},
    stream,
};

const TEXT: &str = "Run 4711 of the nightly job failed after 12 s, see https://ci.example.com/runs/4711 !";
const CHAINS: u64 = 100_000;

fn texts(c: &mut Criterion) {
    assert_eq!(TEXT.len(), 85);
    c.bench_function("fingerprint_masked", |b| b.iter(|| fingerprint::masked(black_box(TEXT))));
    c.bench_function("fingerprint_simhash", |b| b.iter(|| fingerprint::simhash(black_box(TEXT))));
}

/// A broker with one effect that has left, and its event.
fn with_one_effect(keys: Keys) -> (Broker, Event) {
    let mut broker = stream::broker(None, keys);
    let event = stream::event(0);
    let decision = broker.submit(stream::time(0), event.clone()).expect("the stream is valid");
    broker.mark_durable(decision.seq).expect("it is staged");
    (broker, event)
}

/// The same call again is the same work again, so what a token costs is the difference that a key makes.
fn tokens(c: &mut Criterion) {
    let key = || Keys::new(1, b"a secret of the host").expect("long enough");
    let mut effects = Vec::new();
    for (name, keys) in [("released_plain", Keys::none()), ("released_with_token", key())] {
        let (mut broker, _) = with_one_effect(keys);
        c.bench_function(name, |b| {
            b.iter(|| {
                effects.clear();
                broker.released(black_box(ReleaseNo(0)), &mut effects);
            });
        });
    }
    let token = effects.first().and_then(|effect| effect.token.clone());
    let (mut broker, event) = with_one_effect(key());
    for (name, token) in [("duplicate_plain", None), ("duplicate_with_token", token)] {
        let event = Event { token, ..event.clone() };
        let mut submit = |event| broker.submit(stream::time(1), event);
        let again: Result<_, Rejected> = submit(event.clone());
        assert!(matches!(again.expect("valid").verdicts[..], [Verdict::Duplicate { .. }]), "changes nothing");
        c.bench_function(name, |b| b.iter_batched(|| event.clone(), &mut submit, BatchSize::SmallInput));
    }
}

fn snapshots(c: &mut Criterion) {
    let mut host = BrokerHost::new(stream::broker(u32::try_from(CHAINS).ok(), Keys::none()));
    host.feed(CHAINS);
    let mut bytes = Vec::new();
    assert!(host.broker.snapshot(&mut bytes).expect("all is durable") > Seq(CHAINS));
    let mut group = c.benchmark_group("snapshot");
    group.sample_size(10);
    group.bench_function("write", |b| {
        b.iter(|| {
            bytes.clear();
            host.broker.snapshot(&mut bytes)
        });
    });
    group.bench_function("restore", |b| {
        b.iter_with_large_drop(|| Broker::restore(Some(&bytes), Keys::none()).expect("it was just written"));
    });
    group.finish();
    println!("a snapshot of {CHAINS} chains has {} bytes", bytes.len());
}

/// What Criterion measured, out of its files, as rows: the median in nanoseconds.
fn rows(folder: &Path) -> io::Result<Vec<Row>> {
    let nanoseconds = |id: &str| -> io::Result<f64> {
        let read: serde_json::Value = serde_json::from_slice(&fs::read(folder.join(id).join("new/estimates.json"))?)?;
        read["median"]["point_estimate"].as_f64().ok_or_else(|| io::Error::other("no median"))
    };
    let released = nanoseconds("released_plain")?;
    let duplicate = nanoseconds("duplicate_plain")?;
    let row = |name: &str, value| Row::new(name, value, "ns");
    Ok(vec![
        row("fingerprint::masked of 85 bytes", nanoseconds("fingerprint_masked")?),
        row("fingerprint::simhash of 85 bytes", nanoseconds("fingerprint_simhash")?),
        row("an effect taken with its token", nanoseconds("released_with_token")?).against("without a key", released),
        row("a duplicate with a token", nanoseconds("duplicate_with_token")?).against("without one", duplicate),
        Row::new("snapshot of 100 k chains", nanoseconds("snapshot/write")? / 1e6, "ms"),
        Row::new("restore from it", nanoseconds("snapshot/restore")? / 1e6, "ms"),
    ])
}

fn main() -> io::Result<()> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("criterion");
    let (warm_up, measure) = (Duration::from_millis(500), Duration::from_secs(2));
    let criterion = Criterion::default().warm_up_time(warm_up).measurement_time(measure);
    let mut criterion = criterion.output_directory(&folder).configure_from_args();
    texts(&mut criterion);
    tokens(&mut criterion);
    snapshots(&mut criterion);
    criterion.final_summary();
    // Only a whole run measured all of them.
    if env::args().skip(1).any(|arg| arg != "--bench") {
        return Ok(());
    }
    let rows = rows(&folder)?;
    report::print("Single parts (medians of wall time)", &rows);
    report::write_json(&rows)
}
