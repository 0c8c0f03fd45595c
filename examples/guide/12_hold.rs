//! Step 12: a person decides about what is held.

// guide: begin
use reynolds::event::{Actor, ActorClass};
use reynolds::input::{Command, Order};
use reynolds::verdict::HoldReason;
use reynolds::{Broker, Decision, EffectId, Rejected, Timestamp};

/// What waits for a person, for a page or a message with two buttons.
pub fn waiting(broker: &Broker) -> Vec<(EffectId, Timestamp)> {
    let open = broker.view().open("");
    open.filter(|open| open.held == Some(HoldReason::Limit)).map(|open| (open.effect.id, open.due)).collect()
}

pub fn decide(broker: &mut Broker, at: Timestamp, effect: EffectId, yes: bool, by: &str) -> Result<Decision, Rejected> {
    let order = if yes { Order::Approve { effect } } else { Order::Cancel { effect } };
    let by = Some(Actor { id: by.into(), class: ActorClass::Human });
    broker.submit(at, Command { order, by, reason: None, tenant: None })
}
// guide: end

use reynolds::{Config, Event, Genesis, Keys, Verdict};

/// A broker that holds what meets a limit, and two bots in one chain: the second hop is held.
fn held() -> (Broker, EffectId) {
    let config = Config::from_json(
        br#"{"enforce": "hold", "chain": {"hop_limit": 1}, "rules": [
            {"id": "echo", "when": {"kind": "message"}, "effects": [{"kind": "message", "subject": "{subject}", "text": "again"}]}]}"#,
    )
    .expect("valid");
    let genesis = Genesis { name: "triage".into(), config, ..Genesis::default() };
    let mut broker = Broker::new(genesis, Keys::none()).expect("valid");
    let message = |id: &str, reply_to: Option<&str>| Event {
        id: id.into(),
        source: "teams".into(),
        kind: "message".into(),
        subject: "teams:triage".into(),
        reply_to: reply_to.map(Into::into),
        ..Event::default()
    };
    let _ = broker.submit(Timestamp(1000), message("m1", None)).expect("accepted");
    broker.mark_durable(reynolds::Seq(2)).expect("it exists");
    let outcome = r#"{"type": "outcome", "effect": "2.0", "result": {"type": "done", "object": "teams:msg/1"}}"#;
    let outcome = reynolds::Input::from_json(outcome.as_bytes()).expect("an input");
    let _ = broker.submit(Timestamp(1000), outcome).expect("accepted");
    let decision = broker.submit(Timestamp(1000), message("m2", Some("teams:msg/1"))).expect("accepted");
    let [Verdict::Held { effect, .. }] = decision.verdicts[..] else { panic!("{decision:?}") };
    (broker, effect)
}

#[test]
fn what_is_held_waits_a_week_for_a_person_and_leaves_when_approved() {
    let (mut broker, effect) = held();
    assert_eq!(waiting(&broker), [(effect, Timestamp(1000 + 604_800_000))]);
    let decision = decide(&mut broker, Timestamp(2000), effect, true, "github:octocat").expect("accepted");
    assert!(matches!(decision.verdicts[..], [Verdict::Admitted { .. }]), "{decision:?}");
    assert_eq!(waiting(&broker), []);
    let again = decide(&mut broker, Timestamp(2000), effect, true, "github:octocat");
    assert_eq!(again.map_err(|error| error.code()), Err("RY1012"));
}

#[test]
fn what_nobody_approves_is_denied_at_its_end() {
    let (mut broker, effect) = held();
    let until = waiting(&broker)[0].1;
    let decision = broker.advance(until).expect("something is due");
    assert!(
        matches!(decision.verdicts[..], [Verdict::Denied { effect: ended, .. }, Verdict::Tripped { .. }] if ended == effect),
        "{decision:?}"
    );
}
