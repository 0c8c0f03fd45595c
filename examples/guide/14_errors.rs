//! Step 14: what to answer a sender.

// guide: begin
use reynolds::{Decision, Rejected, event::ReadError};

pub fn status_of_read(error: &ReadError) -> u16 {
    match error {
        ReadError::BadSignature { .. } => 401,
        ReadError::TooLarge { .. } => 413,
        _ => 400,
    }
}

pub fn status_of_submit(answer: &Result<Decision, Rejected>) -> u16 {
    match answer {
        Ok(_) => 202, // also for a duplicate: it is known; send this after the record is durable
        Err(Rejected::Full { .. } | Rejected::Misuse(_)) => 503, // later it may work
        Err(Rejected::TimeJump { .. }) => 500, // our clock, not the sender's fault: wake somebody up
        Err(_) => 422,
    }
}
// guide: end

use reynolds::{Config, Genesis, Keys, Timestamp};

use crate::platform::issue_opened;

fn limited(limits: &str) -> reynolds::Broker {
    let config = format!(
        r#"{{"limits": {limits}, "rules": [{{"id": "r", "effects": [{{"kind": "message", "subject": "teams:triage"}}]}}]}}"#
    );
    let config = Config::from_json(config.as_bytes()).expect("valid");
    let genesis = Genesis { name: "triage".into(), config, ..Genesis::default() };
    reynolds::Broker::new(genesis, Keys::none()).expect("valid")
}

#[test]
fn a_full_broker_says_so_and_takes_outcomes_all_the_same() {
    let mut broker = limited(r#"{"open_effects": 1}"#);
    assert_eq!(status_of_submit(&broker.submit(Timestamp(1), issue_opened("d1"))), 202);
    assert_eq!(status_of_submit(&broker.submit(Timestamp(1), issue_opened("d1"))), 202);
    let full = broker.submit(Timestamp(1), issue_opened("d2"));
    assert_eq!(full.as_ref().map_err(|error| error.code()).err(), Some("RY1007"));
    assert_eq!(status_of_submit(&full), 503);
    let outcome = reynolds::Input::from_json(br#"{"type":"outcome","effect":"2.0","result":{"type":"cancelled"}}"#);
    let _ = broker.submit(Timestamp(1), outcome.expect("an input")).expect("accepted");
    assert_eq!(status_of_submit(&broker.submit(Timestamp(1), issue_opened("d2"))), 202);
}

#[test]
fn senders_are_told_what_they_did_wrong() {
    assert_eq!(status_of_read(&ReadError::BadSignature { why: "" }), 401);
    assert_eq!(status_of_read(&ReadError::TooLarge { len: 1, limit: 0 }), 413);
    assert_eq!(status_of_read(&ReadError::TooDeep { limit: 128 }), 400);
    let mut broker = limited("{}");
    let nameless = reynolds::Event { id: "".into(), ..issue_opened("d1") };
    assert_eq!(status_of_submit(&broker.submit(Timestamp(1), nameless)), 422);
}
