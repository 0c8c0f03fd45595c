//! The engine's calls over JSON, bytes in and bytes out: the door for languages in which that is the cheapest way, and
//! the same one for all of them. It converts, calls and converts back.

mod ask;

use alloc::{
    string::{String, ToString},
    vec::Vec,
};

use serde::Serialize;
use serde_json::value::RawValue;

use crate::{
    broker::{Broker, Genesis},
    chain::token::Keys,
    error::{Misuse, Rejected},
    event::Event,
    id::ReleaseNo,
    input::Input,
    json::read_plain,
    time::Timestamp,
    verdict::{Decision, Wakeup},
};

pub use ask::{Question, ask};

/// A rejection as JSON: `{"code":"RY1003","message":"...","field":"text"}`.
#[derive(Debug, Serialize)]
pub struct Problem {
    /// The stable number.
    pub code: &'static str,
    /// What is wrong and what to do.
    pub message: String,
    /// The field, limit, rule or task that is meant, where there is a single one: as [`Rejected::field`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
}

impl From<&Rejected> for Problem {
    fn from(rejected: &Rejected) -> Self {
        Self { code: rejected.code(), message: rejected.to_string(), field: rejected.field().map(ToString::to_string) }
    }
}

#[derive(Serialize)]
#[serde(untagged)]
enum Answer {
    Decision(Decision),
    Problem(Problem),
}

impl From<Result<Decision, Rejected>> for Answer {
    fn from(decided: Result<Decision, Rejected>) -> Self {
        decided.map_or_else(|rejected| Self::Problem(Problem::from(&rejected)), Self::Decision)
    }
}

/// A genesis from JSON, with a configuration that a broker can run with.
///
/// # Errors
/// [`Rejected::Malformed`] (RY1001) naming the field, [`Rejected::Config`] (RY1014).
pub fn genesis(json: &[u8]) -> Result<Genesis, Rejected> {
    let genesis: Genesis = read_plain(json)?;
    genesis.config.check()?;
    Ok(genesis)
}

/// A broker from a genesis in JSON.
///
/// # Errors
/// As [`genesis`], and [`Misuse::Genesis`] (RY2004).
pub fn new(genesis: &[u8], keys: Keys) -> Result<Broker, Rejected> {
    Ok(Broker::new(self::genesis(genesis)?, keys)?)
}

/// [`Broker::submit`]: an input in, the decision out.
///
/// # Errors
/// [`Rejected`] (RY10xx): nothing changed, as after [`Rejected::Malformed`] (RY1001) for what is not an input. RY2001 after a failed
/// append, or once the broker was poisoned.
pub fn submit(broker: &mut Broker, at: Timestamp, input: &[u8]) -> Result<Vec<u8>, Rejected> {
    let decision = broker.submit(at, Input::from_json(input)?)?;
    Ok(json(&decision))
}

/// [`Broker::submit_all`]: a list of inputs in; a list of decisions and [`Problem`]s out, one for each.
///
/// # Errors
/// [`Rejected::Malformed`] (RY1001) if it is no list: then nothing was submitted.
pub fn submit_all(broker: &mut Broker, at: Timestamp, inputs: &[u8]) -> Result<Vec<u8>, Rejected> {
    let inputs: Vec<&RawValue> = read_plain(inputs)?;
    let read = inputs.into_iter().map(|input| Input::from_json(input.get().as_bytes())).collect();
    let answers = submit_read(broker, at, read).into_iter().map(Answer::from);
    Ok(json(&answers.collect::<Vec<_>>()))
}

/// [`Broker::submit_all`] for what a door has read, or could not read: one answer each, in order.
pub fn submit_read<E: From<Rejected>>(
    broker: &mut Broker,
    at: Timestamp,
    read: Vec<Result<Input, E>>,
) -> Vec<Result<Decision, E>> {
    let (mut inputs, mut decided) = (Vec::with_capacity(read.len()), Vec::with_capacity(read.len()));
    let wrong: Vec<Option<E>> = read.into_iter().map(|input| input.map(|input| inputs.push(input)).err()).collect();
    broker.submit_all(at, inputs, &mut decided);
    let mut decided = decided.into_iter().map(|decision| decision.map_err(E::from));
    wrong.into_iter().filter_map(|wrong| wrong.map_or_else(|| decided.next(), |error| Some(Err(error)))).collect()
}

/// The same for events a reader of [`crate::event`] has made.
#[must_use]
pub fn submit_events(broker: &mut Broker, at: Timestamp, events: Vec<Event>) -> Vec<u8> {
    let mut decided = Vec::with_capacity(events.len());
    broker.submit_all(at, events.into_iter().map(Input::from).collect(), &mut decided);
    json(&decided.into_iter().map(Answer::from).collect::<Vec<_>>())
}

/// [`Broker::advance`]: the decision, or `null`.
#[must_use]
pub fn advance(broker: &mut Broker, at: Timestamp) -> Vec<u8> {
    json(&broker.advance(at))
}

/// [`Broker::released`]: a list of effects.
#[must_use]
pub fn released(broker: &mut Broker, after: ReleaseNo) -> Vec<u8> {
    let mut effects = Vec::new();
    broker.released(after, &mut effects);
    json(&effects)
}

/// [`Broker::wakeup`]: `{"at":...,"reason":"..."}`, or `null`.
#[must_use]
pub fn wakeup(broker: &Broker) -> Vec<u8> {
    let wakeup: Option<Wakeup> = broker.wakeup();
    json(&wakeup)
}

/// What serde says of a value that does not fit, put plainly: for doors that read something else than JSON.
#[must_use]
pub fn plainly(reason: &str) -> String {
    crate::json::plainly(reason)
}

/// A misuse as a [`Problem`].
#[must_use]
pub fn misuse(misuse: Misuse) -> Vec<u8> {
    json(&Problem::from(&Rejected::Misuse(misuse)))
}

/// Wire types have text keys only, so they always serialise.
fn json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: Vec<u8>) -> String {
        String::from_utf8(bytes).expect("JSON is UTF-8")
    }

    #[test]
    fn a_round_over_json() {
        let genesis = br#"{"name":"triage","durability":"volatile","config":{"rules":[{"id":"r","effects":[
            {"kind":"message","subject":"teams:triage","text":"{kind}"}]}]}}"#;
        let mut broker = new(genesis, Keys::none()).expect("valid genesis");
        let event =
            br#"{"type":"event","id":"d1","source":"github","kind":"issues.opened","subject":"github:acme/api#7"}"#;
        assert_eq!(
            text(submit(&mut broker, Timestamp(1000), event).expect("valid event")),
            r#"{"seq":2,"chain":"2","verdicts":[{"type":"admitted","effect":"2.0"}]}"#
        );
        assert_eq!(
            text(released(&mut broker, ReleaseNo(0))),
            concat!(
                r#"[{"type":"act","kind":"message","subject":"teams:triage","about":"github:acme/api#7","#,
                r#""text":"issues.opened","id":"2.0","release":1,"chain":"2","cause":["d1"],"hop":1,"#,
                r#""redelivered":false,"rule":"r"}]"#
            )
        );
        assert_eq!(text(wakeup(&broker)), r#"{"at":61000,"reason":"outcome_due"}"#);
        let both = br#"[{"type":"outcome","effect":"2.0","result":{"type":"done","object":"teams:msg/1"}},
            {"type":"outcome","effect":"2.0","result":{"type":"done"}}]"#;
        assert_eq!(
            text(submit_all(&mut broker, Timestamp(2000), both).expect("a list of inputs")),
            concat!(
                r#"[{"seq":3,"verdicts":[]},{"code":"RY1010","#,
                r#""message":"RY1010: effect 2.0 has ended already; nothing is left to report or order","#,
                r#""field":"effect"}]"#
            )
        );
        assert_eq!(text(advance(&mut broker, Timestamp(99_000))), "null");
    }

    #[test]
    fn a_genesis_that_is_none_names_the_field() {
        for (genesis, said) in [
            (r#"{"name":5}"#, "`name`: must be a text, it is 5"),
            (
                r#"{"name":"x","config":{"chain":{"hop_limit":"x"}}}"#,
                "`config.chain.hop_limit`: must be a whole number from 0 to 65,535, it is the text \"x\"",
            ),
            (
                r#"{"name":"x","config":{"enforce":"block"}}"#,
                "`config.enforce`: unknown value `block`, expected one of `log`, `hold`, `deny`",
            ),
            (r#"{"name":"x","config":{"rules":[{"wen":{}}]}}"#, "`config.rules[0]`: unknown field `wen`"),
            (
                r#"{"name":"x","config":{"rules":[{"id":"r","when":{"kind":5}}]}}"#,
                "`config.rules[0].when.kind`: must be a pattern or a list of patterns, it is 5",
            ),
            (r#"{"name":"x","type":"event"}"#, "unknown field `type`"),
        ] {
            let error = new(genesis.as_bytes(), Keys::none()).expect_err("no genesis").to_string();
            assert!(error.starts_with(&alloc::format!("RY1001: not a valid input: {said}")), "{error}");
            assert!(!error.contains(" at line "), "{error}");
        }
    }

    #[test]
    fn what_is_no_input_names_the_field() {
        let mut broker = new(br#"{"name":"x"}"#, Keys::none()).expect("valid genesis");
        let error = submit(&mut broker, Timestamp(1), br#"{"type":"event","id":"d1","knd":1}"#).expect_err("no input");
        assert_eq!(error.code(), "RY1001");
        assert!(error.to_string().contains("knd"), "{error}");
    }
}
