//! The stream of canonical events that most rows are measured with, and a broker that makes one effect of each.

use reynolds::{
    Broker, Config, Event, Genesis, Keys, Timestamp,
    event::{Actor, ActorClass},
    limits::Limits,
};

/// When the stream begins.
const START_MS: u64 = 1_760_000_000_000;
/// Issues the events are about. Every event is a root, so every event is a chain.
pub const ISSUES: u64 = 100_000;
/// Comments of 60 to 85 bytes.
const TEXTS: [&str; 8] = [
    "The build fails on main since this morning, could somebody have a look?",
    "I can reproduce this with 3.2.1, but not with the release before it.",
    "Rebased and pushed again, the flaky test is quarantined in the nightly job now.",
    "Thanks! Merging this as soon as the required checks have come back green.",
    "This also happens behind a proxy; the retry seems to drop the auth header.",
    "Duplicate of the report from last week, closing in favour of that one here.",
    "Could you add a test for the empty list? It is the case that bit us before.",
    "Deployed to staging, latency is back to where it was before the last change.",
];

/// One rule: every comment by a person is told to a channel.
const CONFIG: &str = r#"{"rules": [{"id": "tell-triage", "when": {"kind": "issue_comment.created", "class": "human"},
    "effects": [{"kind": "message", "subject": "teams:triage", "text": "{actor} on {about}: {text}"}]}]}"#;

/// The time of the n-th event.
#[must_use]
pub fn time(n: u64) -> Timestamp {
    Timestamp(START_MS + n)
}

/// The n-th event: a comment on an issue, as GitHub's reader would make it.
#[must_use]
pub fn event(n: u64) -> Event {
    event_among(n, ISSUES)
}

/// The same in a world of so many issues.
#[must_use]
pub fn event_among(n: u64, issues: u64) -> Event {
    let mixed = mix(n);
    Event {
        id: guid(n).into(),
        source: "github".into(),
        kind: "issue_comment.created".into(),
        subject: format!("github:acme/payments-api#{}", mixed % issues).into(),
        actor: Some(Actor { id: format!("github:user-{:06}", mixed >> 44).into(), class: ActorClass::Human }),
        object: Some(format!("github:comment/{}", 1_700_000_000 + n).into()),
        text: Some(TEXTS[usize::try_from(mixed >> 20).unwrap_or(0) % TEXTS.len()].into()),
        occurred_at: Some(time(n)),
        ..Event::default()
    }
}

/// The id a platform gives to the n-th message.
#[must_use]
pub fn receipt(n: u64) -> String {
    format!("teams:19:triage@thread.tacv2/{}", START_MS + n)
}

/// The events from number `first`, and the ids of the messages they lead to.
#[must_use]
pub fn batch(first: u64, len: u64) -> (Vec<Event>, Vec<String>) {
    batch_among(first, len, ISSUES)
}

/// The same in a world of so many issues.
#[must_use]
pub fn batch_among(first: u64, len: u64, issues: u64) -> (Vec<Event>, Vec<String>) {
    let numbers = first..first + len;
    (numbers.clone().map(|n| event_among(n, issues)).collect(), numbers.map(receipt).collect())
}

/// The configuration of the stream's broker, with tables for so many chains, or the default ones.
///
/// # Panics
/// If the configuration is not valid, which is a mistake in this file.
#[must_use]
pub fn config(chains: Option<u32>) -> Config {
    let mut config = Config::from_json(CONFIG.as_bytes()).expect("a valid configuration");
    if let Some(cap) = chains {
        let default = Limits::default();
        config.limits = Limits {
            events: cap,
            chains: cap,
            effects: cap,
            open_effects: default.open_effects.min(cap),
            receipts: cap,
            subjects: cap,
            ..default
        };
    }
    config
}

/// A broker for the stream.
///
/// # Panics
/// If the genesis is not valid, which is a mistake in this file.
#[must_use]
pub fn broker(chains: Option<u32>, keys: Keys) -> Broker {
    let genesis = Genesis { name: "bench".to_owned(), seed: 7, config: config(chains), ..Genesis::default() };
    Broker::new(genesis, keys).expect("a valid genesis")
}

/// SplitMix64's finaliser: numbers that look random and are the same in every run.
fn mix(n: u64) -> u64 {
    let mut x = n.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// A delivery id as GitHub makes them.
fn guid(n: u64) -> String {
    let (high, low) = (mix(n), mix(!n));
    format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xffff,
        high & 0xffff,
        low >> 48,
        low & 0xffff_ffff_ffff
    )
}
