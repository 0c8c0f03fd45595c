//! Shows that the core asks nothing of the machine it runs on, and says the same on a machine of 32 bits.
//!
//! Built for `wasm32-unknown-unknown`, this crate exports [`story`], which drives the public API. Whatever the core
//! wanted from outside (a clock, files, randomness, threads) would be an import of the module, and `scripts/purity`
//! demands that there are none. `machine` defines the panic handler and the allocator, of which a program has one each:
//! if any dependency used `std`, which has its own, the build would fail. The script then runs the module and a native
//! build of the same story, and demands the same number. And it builds it once more with the features of serde_json that other crates may
//! switch on: nothing that is decided or stored may depend on those.

#![cfg_attr(target_arch = "wasm32", no_std)]

extern crate alloc;

#[cfg(target_arch = "wasm32")]
mod machine;

use alloc::vec::Vec;

use reynolds::{Broker, Config, Genesis, Input, Keys, ReleaseNo, Seq, Timestamp, journal};

const CONFIG: &[u8] = br#"{
    "self": ["github:our-bot"], "chain": {"hop_limit": 3}, "limits": {"events": 4},
    "rules": [
        {"id": "triage", "when": {"kind": "issues.opened"},
         "effects": [{"kind": "message", "subject": "teams:triage", "text": "New: {subject} by {actor}"}]},
        {"id": "answer", "when": {"kind": "message.*", "echo": false}, "enforce": "hold",
         "effects": [{"kind": "comment", "subject": "github:acme/api#7", "text": "{text}", "expires_in_ms": 5000}]},
        {"id": "code", "when": {"kind": "issue_comment.*"}, "handle": "review"}
    ]
}"#;

/// What happens, a second apart.
const INPUTS: [&str; 15] = [
    r#"{"type":"event","id":"d1","source":"github","kind":"issues.opened","subject":"github:acme/api#7","actor":{"id":"github:octocat","class":"human"},"text":"it broke at 12:04"}"#,
    r#"{"type":"outcome","effect":"2.0","result":{"type":"done","object":"teams:msg/17"}}"#,
    r#"{"type":"event","id":"d2","source":"teams","kind":"message.created","subject":"teams:triage","object":"teams:msg/17"}"#,
    r#"{"type":"event","id":"d3","source":"teams","kind":"message.created","subject":"teams:triage","reply_to":"teams:msg/17","text":"again","actor":{"id":"teams:bot","class":"bot"}}"#,
    r#"{"type":"event","id":"d4","source":"github","kind":"issue_comment.created","subject":"github:acme/api#7","state":{"property":"labels","value":"bug"}}"#,
    r#"{"type":"propose","cause":"d4","effects":[{"key":"k","kind":"comment","subject":"github:acme/api#7","text":"on it","payload":{"z":1.50,"n":[1,25e-1,1e2],"a":{"y":null,"x":-0}}}]}"#,
    r#"{"type":"propose","cause":"d4","effects":[{"kind":"tool.look","subject":"x","payload":{"title":"b","body":1.0},"deterministic":true}]}"#,
    r#"{"type":"propose","cause":"d4","effects":[{"kind":"tool.look","subject":"x","payload":{"body":1.0,"title":"b"},"deterministic":true}]}"#,
    r#"{"type":"agent","id":"ada","report":{"type":"register"}}"#,
    r#"{"type":"plan","id":"p","tasks":[{"id":"b","input":{"z":1.50,"a":{"from":"c"},"A":{"from":"a","field":"/n"}},"when":[{"from":"a","field":"/n","is":1.00}]},{"id":"a"},{"id":"c"}]}"#,
    r#"{"type":"task","dispatch":"12.0","epoch":1,"report":{"type":"done","result":{"n":1e0,"m":{"b":2,"a":1.50}}}}"#,
    r#"{"type":"propose","cause":"d4","effects":[{"kind":"tool.look","subject":"x","payload":1e400}]}"#,
    r#"{"type":"outcome","effect":"3.7","result":{"type":"ambiguous"}}"#,
    r#"{"type":"command","do":{"type":"stop_subject","subject":"teams:triage"},"reason":"enough"}"#,
    r#"{"type":"event","id":"d1","source":"github","kind":"issues.opened","subject":"github:acme/api#7"}"#,
];

/// Plays the story and answers with a number that depends on every decision, effect, journal and snapshot byte in it.
/// 0 means that it could not be played.
pub fn story() -> u64 {
    play().unwrap_or(0)
}

fn play() -> Option<u64> {
    let keys = || Keys::new(1, b"a key that is no secret").ok();
    let config = Config::from_json(CONFIG).ok()?;
    let genesis = Genesis { name: "purity".into(), seed: 7, config, ..Genesis::default() };
    let mut broker = Broker::new(genesis, keys()?).ok()?;
    let mut journal = journal::segment_header(broker.view().number(), Seq(1)).to_vec();
    let (mut said, mut effects, mut cursor) = (Vec::new(), Vec::new(), ReleaseNo(0));
    let mut at = Timestamp(1_700_000_000_000);

    for text in INPUTS {
        at = at.plus_ms(1000);
        let decided = Input::from_json(text.as_bytes()).and_then(|input| broker.submit(at, input));
        said.extend(match decided {
            Ok(decision) => serde_json::to_vec(&decision).ok()?,
            Err(rejected) => serde_json::to_vec(rejected.code()).ok()?,
        });
        let due = broker.advance(at);
        said.extend(serde_json::to_vec(&due).ok()?);
        let segment = broker.staged(broker.view().durable());
        if let Some(last) = segment.map(|segment| segment.last) {
            journal.extend_from_slice(segment?.bytes);
            broker.mark_durable(last).ok()?;
        }
        effects.clear();
        broker.released(cursor, &mut effects);
        cursor = effects.last().map_or(cursor, |effect| effect.release);
        said.extend(serde_json::to_vec(&effects).ok()?);
    }

    let mut restorer = Broker::restore(None, keys()?).ok()?;
    restorer.push(&journal).ok()?;
    let (restored, _) = restorer.finish().ok()?;
    restored.snapshot(&mut said).ok()?;
    said.extend(journal);
    Some(said.iter().fold(broker.view().digest(), |sum, byte| sum.rotate_left(5).wrapping_mul(31) ^ u64::from(*byte)))
}
