//! What loop detection costs: a text's fingerprint beside a naive one, and one more effect where a million chains are known.

use std::{
    collections::HashSet,
    hash::{DefaultHasher, Hash, Hasher},
    hint::black_box,
    time::Duration,
};

use cpu_time::ThreadTime;
use reynolds::{
    Keys,
    event::fingerprint,
    input::{Causes, Proposal, Propose},
};
use reynolds_benches::{
    host::BrokerHost,
    report::{Goal, Row, median},
    stream,
};

const TEXT: &str = "Run 4711 of the nightly job failed after 12 s, see https://ci.example.com/runs/4711 !";
const ROUNDS: usize = 9;
const TIMES: u32 = 20_000;
const CHAINS: [u64; 2] = [1000, 1_000_000];
/// Effects of one proposal, and proposals of a round.
const EFFECTS: usize = 64;
const PROPOSALS: usize = 40;

/// What one writes first: words in lower case, numbers to one mark, a set of words and pairs, a vote per bit.
fn naive(text: &str) -> u64 {
    let lower = text.to_lowercase();
    let words: Vec<String> = lower
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|word| !word.is_empty())
        .map(|word| word.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect())
        .collect();
    let mut grams: HashSet<String> = words.iter().cloned().collect();
    grams.extend(words.windows(2).map(|pair| pair.join(" ")));
    let mut votes = [0_i32; 64];
    for gram in grams {
        let mut hasher = DefaultHasher::new();
        gram.hash(&mut hasher);
        let hash = hasher.finish();
        for (bit, vote) in votes.iter_mut().enumerate() {
            *vote += if hash >> bit & 1 == 1 { 1 } else { -1 };
        }
    }
    votes.iter().enumerate().fold(0, |hash, (bit, vote)| hash | u64::from(*vote > 0) << bit)
}

fn each(mut work: impl FnMut()) -> f64 {
    let start = ThreadTime::now();
    for _ in 0..TIMES {
        work();
    }
    nanoseconds(start.elapsed(), f64::from(TIMES))
}

fn nanoseconds(took: Duration, count: f64) -> f64 {
    took.as_secs_f64() * 1e9 / count
}

fn fingerprints() -> Row {
    assert_eq!(TEXT.len(), 85);
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        ours.push(each(|| {
            black_box(fingerprint::fingerprint(black_box(TEXT)));
        }));
        theirs.push(each(|| {
            black_box(naive(black_box(TEXT)));
        }));
    }
    let row = Row::new("fingerprint of 85 bytes, digest and SimHash", median(ours), "ns");
    row.against("words in a HashSet, std's hash", median(theirs)).goal(Goal::AtMost(500.0))
}

/// One more effect of a proposal: gate, limits, evidence, outbox and journal, and no text to read.
fn admit(host: &mut BrokerHost, round: usize) -> f64 {
    let mut took = Duration::ZERO;
    for n in 0..PROPOSALS {
        let cause = stream::event(host.taken() - 1 - n as u64).id;
        let effects = (0..EFFECTS).map(|k| Proposal {
            key: Some(format!("{round}/{n}/{k}").into()),
            kind: "label".into(),
            subject: format!("github:acme/other#{k}").into(),
            ..Proposal::default()
        });
        let propose = Propose { cause: Causes::One(cause), effects: effects.collect(), more: true, tenant: None };
        let start = ThreadTime::now();
        let decision = host.broker.submit(stream::time(host.taken()), propose).expect("the event is known");
        took += start.elapsed();
        assert_eq!(decision.verdicts.len(), EFFECTS);
        host.broker.mark_durable(decision.seq).expect("it is staged");
    }
    nanoseconds(took, (PROPOSALS * EFFECTS) as f64)
}

pub fn rows() -> Vec<Row> {
    let cap = u32::try_from(CHAINS[1]).ok().map(|cap| cap + 100_000);
    let mut hosts = CHAINS.map(|chains| {
        let mut host = BrokerHost::new(stream::broker(cap, Keys::none()));
        host.feed(chains);
        host
    });
    let mut took = [Vec::new(), Vec::new()];
    for round in 0..ROUNDS {
        for (host, took) in hosts.iter_mut().zip(&mut took) {
            took.push(admit(host, round));
        }
    }
    let [small, large] = took.map(median);
    let row = Row::new("one more effect at 1 M chains, without a text", large, "ns");
    vec![
        fingerprints(),
        row.against("at 1 k chains", small).goal(Goal::AtMost(2000.0)),
        Row::new("the same, per second", 1e9 / large, "effects/s").goal(Goal::AtLeast(500_000.0)),
    ]
}
