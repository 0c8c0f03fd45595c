//! How fast a journal is decided again and compared with what was decided then.

use cpu_time::ThreadTime;
use reynolds::{
    Broker, Keys, Seq,
    journal::{self, Scan},
};
use reynolds_benches::{
    host::{BrokerHost, Host},
    naive::Naive,
    report::{Goal, Row, median},
    stream,
};

use crate::rate;

const ROUNDS: usize = 5;
/// Each becomes two records: itself and the outcome of its effect.
const EVENTS: u64 = 500_000;
/// The naive journal is shorter: its lines cost the same wherever they stand.
const NAIVE_EVENTS: u64 = 50_000;
/// How much is read from a file at once.
const CHUNK_BYTES: usize = 1 << 20;

pub fn rows() -> Vec<Row> {
    let mut host = BrokerHost::new(stream::broker(None, Keys::none()));
    host.keep_journal = true;
    host.journal.extend_from_slice(&journal::segment_header(host.broker.view().number(), Seq(1)));
    host.feed(EVENTS);
    let (bytes, digest) = (host.journal, host.broker.view().digest());
    let lines = naive_journal();

    let (mut replayed, mut scanned, mut naive) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        replayed.push(replay(&bytes, digest));
        scanned.push(scan(&bytes));
        naive.push(replay_naive(&lines));
    }
    let per_record = bytes.len() as f64 / (2 * EVENTS) as f64;
    let per_line = lines.len() as f64 / (2 * NAIVE_EVENTS) as f64;
    vec![
        Row::new("replay, half events and half outcomes", median(replayed), "records/s")
            .against("JSON lines, naive host", median(naive))
            .goal(Goal::AtLeast(1_000_000.0)),
        Row::new("floor: checksums only, nothing decided", median(scanned), "records/s"),
        Row::new("journal", per_record, "bytes/record").against("JSON lines", per_line),
    ]
}

fn replay(bytes: &[u8], digest: u64) -> f64 {
    let start = ThreadTime::now();
    let mut restorer = Broker::restore(None, Keys::none()).expect("no snapshot can be wrong");
    for chunk in bytes.chunks(CHUNK_BYTES) {
        restorer.push(chunk).expect("the journal is whole");
    }
    let (broker, report) = restorer.finish().expect("the journal has a genesis");
    let rate = rate(report.records, start.elapsed());
    assert_eq!((report.records, broker.view().digest()), (2 * EVENTS + 1, digest), "restored as it was");
    rate
}

fn scan(bytes: &[u8]) -> f64 {
    let start = ThreadTime::now();
    let (mut scan, mut records) = (Scan::new(), 0);
    for chunk in bytes.chunks(CHUNK_BYTES) {
        scan.push(chunk);
        while scan.next_record().expect("the journal is whole").is_some() {
            records += 1;
        }
    }
    rate(records, start.elapsed())
}

fn naive_journal() -> Vec<u8> {
    let mut host = Naive::new(None);
    host.keep_journal = true;
    for first in (0..NAIVE_EVENTS).step_by(50) {
        let (events, receipts) = stream::batch(first, 50);
        host.submit(events, 50);
        host.answer(receipts, 50);
    }
    host.journal
}

fn replay_naive(lines: &[u8]) -> f64 {
    let mut host = Naive::new(None);
    let start = ThreadTime::now();
    let count = host.replay(lines);
    rate(count, start.elapsed())
}
