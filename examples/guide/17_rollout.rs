//! Step 17: log first, then hold, then deny.

// guide: begin
use reynolds::config::Enforce;
use reynolds::input::Configure;
use reynolds::{Broker, Config, Decision, Rejected, Timestamp, Verdict};

pub fn enforce(broker: &mut Broker, at: Timestamp, enforce: Enforce) -> Result<Decision, Rejected> {
    let config = Config { enforce, ..broker.view().config().clone() };
    broker.submit(at, Configure { config })
}

/// In log mode everything leaves; the verdict says what would have been stopped.
pub fn would_have_stopped(decision: &Decision) -> Vec<String> {
    let would = |verdict: &Verdict| match verdict {
        Verdict::Admitted { effect, would: Some(denial), .. } => Some(format!("{effect}: {denial}")),
        _ => None,
    };
    decision.verdicts.iter().filter_map(would).collect()
}
// guide: end

use reynolds::{Event, Genesis, Input, Keys};

/// A bot that answers every message, whose every answer is answered: returns what each round's decision was.
fn ping_pong(mode: Enforce) -> Vec<Decision> {
    let config = Config::from_json(
        br#"{"chain": {"hop_limit": 2}, "rules": [{"id": "r", "when": {"kind": "message"}, "effects": [
            {"kind": "message", "subject": "teams:triage", "text": "re: {id}"}]}]}"#,
    )
    .expect("valid");
    let mut broker =
        Broker::new(Genesis { name: "triage".into(), config, ..Genesis::default() }, Keys::none()).expect("valid");
    let _ = enforce(&mut broker, Timestamp(1), mode).expect("accepted");
    let mut decisions = Vec::new();
    for round in 1..=4 {
        let message = Event {
            id: format!("m{round}").into(),
            source: "teams".into(),
            kind: "message".into(),
            subject: "teams:triage".into(),
            reply_to: (round > 1).then(|| format!("teams:msg/{}", round - 1).into()),
            ..Event::default()
        };
        let decision = broker.submit(Timestamp(1), message).expect("accepted");
        broker.mark_durable(decision.seq).expect("it exists");
        let sent = format!(
            r#"{{"type":"outcome","effect":"{}.0","result":{{"type":"done","object":"teams:msg/{round}"}}}}"#,
            decision.seq
        );
        let _ = broker.submit(Timestamp(1), Input::from_json(sent.as_bytes()).expect("an input"));
        decisions.push(decision);
    }
    decisions
}

#[test]
fn log_mode_lets_all_pass_and_says_what_deny_would_stop() {
    let logged: Vec<_> = ping_pong(Enforce::Log).iter().map(would_have_stopped).collect();
    let third = "7.0: chain 3 would make automated hop 3 in a row; the limit is 2";
    let fourth = "9.0: chain 3 would make automated hop 4 in a row; the limit is 2";
    assert_eq!(logged, [vec![], vec![], vec![third.to_owned()], vec![fourth.to_owned()]]);
    let denied = ping_pong(Enforce::Deny)
        .into_iter()
        .filter(|decision| matches!(decision.verdicts[..], [Verdict::Denied { .. }, Verdict::Tripped { .. }]));
    assert_eq!(denied.count(), 1, "the fourth message answers nothing of ours");
}
