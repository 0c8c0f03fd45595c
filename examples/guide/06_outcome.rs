//! Step 6: five outcomes, and what follows from each.

// guide: begin
use reynolds::{
    Text,
    input::OutcomeResult::{self, Ambiguous, Done, Failed, Retry},
};

pub fn of_http_status(status: Option<u16>, retry_after_ms: Option<u64>, object: Option<Text>) -> OutcomeResult {
    match (status, retry_after_ms) {
        (Some(200..=299), _) => Done { object, objects: vec![] },
        (Some(403 | 429 | 503), Some(after_ms)) => Retry { after_ms },
        (Some(429), None) => Retry { after_ms: 60_000 }, // too many: it certainly did not happen
        (Some(408 | 500..=599) | None, _) => Ambiguous {}, // no answer at all: a timeout, a reset connection
        (Some(status), _) => OutcomeResult::failed(format!("the platform answered {status}")),
    }
}
// guide: end

use reynolds::{Durability, Genesis, Keys, ReleaseNo, Timestamp, Wakeup, input::Outcome, verdict::WakeReason};

/// A broker with one effect under way, at time 1000.
fn one_effect() -> reynolds::Broker {
    let genesis = crate::start::genesis().expect("valid");
    let genesis = Genesis { durability: Durability::Volatile, at: Timestamp(1000), ..genesis };
    let mut broker = reynolds::Broker::new(genesis, Keys::none()).expect("valid");
    let _ = broker.submit(Timestamp(1000), crate::platform::issue_opened("d1")).expect("accepted");
    broker
}

fn after(result: OutcomeResult) -> (reynolds::Broker, Option<Wakeup>) {
    let mut broker = one_effect();
    let outcome = Outcome { effect: "2.0".parse().expect("an id"), result, chain: None, tenant: None };
    let _ = broker.submit(Timestamp(2000), outcome).expect("accepted");
    let wakeup = broker.wakeup();
    (broker, wakeup)
}

#[test]
fn a_timeout_is_ambiguous_and_a_refusal_is_not() {
    assert_eq!(of_http_status(None, None, None), Ambiguous {});
    assert_eq!(of_http_status(Some(502), None, None), Ambiguous {});
    assert_eq!(of_http_status(Some(429), Some(3000), None), Retry { after_ms: 3000 });
    assert_eq!(of_http_status(Some(429), None, None), Retry { after_ms: 60_000 });
    assert_eq!(of_http_status(Some(404), None, None), Failed { reason: Some("the platform answered 404".into()) });
}

#[test]
fn done_failed_and_cancelled_end_an_effect() {
    for result in [of_http_status(Some(201), None, Some("teams:msg/1".into())), OutcomeResult::Cancelled {}] {
        assert_eq!(after(result).1, None);
    }
    assert_eq!(after(Failed { reason: None }).1, None);
}

#[test]
fn retry_waits_as_long_as_it_says_and_ambiguous_a_second() {
    let retry = Wakeup { at: Timestamp(5000), reason: WakeReason::RetryDue };
    assert_eq!(after(Retry { after_ms: 3000 }).1, Some(retry));
    let (mut broker, wakeup) = after(Ambiguous {});
    assert_eq!(wakeup, Some(Wakeup { at: Timestamp(3000), reason: WakeReason::RetryDue }));
    let _ = broker.advance(Timestamp(3000));
    let mut effects = Vec::new();
    broker.released(ReleaseNo(1), &mut effects);
    assert_eq!((effects[0].id.to_string().as_str(), effects[0].redelivered), ("2.0", true));
}
