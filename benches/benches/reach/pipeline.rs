//! From the bytes of a request to the effect they cause.

use std::{hint::black_box, time::Duration};

use cpu_time::ThreadTime;
use reynolds::{
    Broker, Config, Event, Genesis, Keys, ReleaseNo, Seq, Timestamp,
    event::github::{self, Headers},
    input::{Outcome, OutcomeResult},
};
use reynolds_benches::{
    deliveries::{self, Delivery, SECRET},
    report::{Goal, Row, median},
};
use serde_json::Value;

use crate::rate;

const ROUNDS: usize = 9;
/// Rounds over all payloads between two turns.
const PASSES: u64 = 10;
/// Requests are this far apart.
const REQUEST_MS: u64 = 10;
const START_MS: u64 = 1_760_000_000_000;

/// Everything that happens is told to a channel. The same payloads come again and again under new ids, and each is to
/// count as new: so contents are remembered for less than the time between two requests. In log mode, because accounts that
/// do the very same every few seconds would be asked whether they answer us: all is decided, and nothing held back.
const CONFIG: &str = r#"{"enforce": "log", "timing": {"content_window_ms": 1}, "rules": [{"id": "tell", "effects":
    [{"kind": "message", "subject": "teams:activity", "text": "{kind} on {about} by {actor}"}]}]}"#;

pub fn rows() -> Vec<Row> {
    let (deliveries, from) = match deliveries::load() {
        Ok(loaded) => loaded,
        Err(error) => {
            println!("\nThere are no payloads: {error}");
            return Vec::new();
        }
    };
    println!("\nPayloads: {from}");
    let bytes: usize = deliveries.iter().map(|delivery| delivery.body.len()).sum();
    let mut host = Host::new();
    let (mut whole, mut plain, mut read, mut parsed) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        whole.push(host.round(&deliveries));
        plain.push(each(&deliveries, naive));
        read.push(each(&deliveries, |delivery| github::read(&headers(delivery, "an id"), &delivery.body).is_ok()));
        parsed.push(each(&deliveries, |delivery| serde_json::from_slice::<Value>(&delivery.body).is_ok()));
    }
    let row = |name: &str, values| Row::new(name, median(values), "payloads/s");
    let (read, parsed) = (median(read), median(parsed));
    let megabytes = read * bytes as f64 / deliveries.len() as f64 / 1e6;
    vec![
        row("verify, read, submit, commit, release", whole)
            .against("verify, serde_json::Value", median(plain))
            .goal(Goal::AtLeast(20_000.0)),
        Row::new("normalising: github::read", read, "payloads/s")
            .against("serde_json::Value", parsed)
            .goal(Goal::RatioAtLeast(4.0)),
        Row::new("normalising: bytes read", megabytes, "MB/s"),
    ]
}

fn headers<'h>(delivery: &'h Delivery, id: &'h str) -> Headers<'h> {
    let signature = Some(delivery.signature.as_str());
    Headers { event: &delivery.event, delivery: id, hook: None, hook_target: None, signature }
}

/// Payloads per second of CPU time.
fn each(deliveries: &[Delivery], mut work: impl FnMut(&Delivery) -> bool) -> f64 {
    let start = ThreadTime::now();
    for _ in 0..PASSES {
        assert!(deliveries.iter().all(|delivery| black_box(work(black_box(delivery)))), "every payload is valid");
    }
    rate(PASSES * deliveries.len() as u64, start.elapsed())
}

/// What a host without the library does before it can decide anything: check the signature, parse, look.
fn naive(delivery: &Delivery) -> bool {
    let verified = github::verify_signature(&[SECRET], &delivery.signature, &delivery.body).is_ok();
    let payload: Option<Value> = serde_json::from_slice(&delivery.body).ok().filter(|_| verified);
    payload.is_some_and(|payload| payload["sender"]["login"].is_string() || payload.is_object())
}

/// A broker, and memory in the place of its journal file.
struct Host {
    broker: Broker,
    journal: Vec<u8>,
    durable: Seq,
    cursor: ReleaseNo,
    requests: u64,
}

impl Host {
    fn new() -> Self {
        let config = Config::from_json(CONFIG.as_bytes()).expect("a valid configuration");
        let genesis = Genesis { name: "bench".to_owned(), seed: 7, config, ..Genesis::default() };
        let broker = Broker::new(genesis, Keys::none()).expect("a valid genesis");
        Self { broker, journal: Vec::new(), durable: Seq(0), cursor: ReleaseNo(0), requests: 0 }
    }

    /// Payloads per second of CPU time. Each request is committed by itself; the outcomes are not in it.
    fn round(&mut self, deliveries: &[Delivery]) -> f64 {
        let mut took = Duration::ZERO;
        for _ in 0..PASSES {
            self.journal.clear();
            let ids: Vec<String> = (self.requests..).take(deliveries.len()).map(guid).collect();
            let mut effects = Vec::new();
            let start = ThreadTime::now();
            for (delivery, id) in deliveries.iter().zip(&ids) {
                self.requests += 1;
                let event = request(delivery, id);
                let _ = self.broker.submit(self.now(), event).expect("the event is new and valid");
                self.commit();
                self.broker.released(self.cursor, &mut effects);
                self.cursor = effects.last().map_or(self.cursor, |effect| effect.release);
            }
            took += start.elapsed();
            assert_eq!(effects.len(), deliveries.len(), "one effect each");
            for effect in effects {
                let result = OutcomeResult::Done { object: None, objects: Vec::new() };
                let outcome = Outcome { effect: effect.id, result, chain: None, tenant: None };
                let _ = self.broker.submit(self.now(), outcome).expect("it is open");
            }
            self.commit();
        }
        rate(PASSES * deliveries.len() as u64, took)
    }

    fn now(&self) -> Timestamp {
        Timestamp(START_MS + self.requests * REQUEST_MS)
    }

    fn commit(&mut self) {
        let Some(segment) = self.broker.staged(self.durable) else { return };
        self.journal.extend_from_slice(segment.bytes);
        self.durable = segment.last;
        self.broker.mark_durable(self.durable).expect("it is staged");
    }
}

/// A request as a web server hands it over: header pairs and a body.
fn request(delivery: &Delivery, id: &str) -> Event {
    let pairs = [
        ("Content-Type", "application/json"),
        ("User-Agent", "GitHub-Hookshot/044aadd"),
        ("X-GitHub-Delivery", id),
        ("X-GitHub-Event", delivery.event.as_str()),
        ("X-GitHub-Hook-ID", "292430182"),
        ("X-Hub-Signature-256", delivery.signature.as_str()),
    ];
    let headers = Headers::from_pairs(pairs).expect("all headers are there");
    let signature = headers.signature.expect("it is signed");
    github::verify_signature(&[SECRET], signature, &delivery.body).expect("it is signed with the secret");
    github::read(&headers, &delivery.body).expect("it is valid")
}

fn guid(n: u64) -> String {
    format!("72d3162e-cc78-11e3-81ab-{n:012x}")
}
