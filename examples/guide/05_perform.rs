//! Step 5: take what is released and perform it.

use crate::platform::{Platform, Trouble};

// guide: begin
use reynolds::input::OutcomeResult;
use reynolds::{Broker, Effect, ReleaseNo, Timestamp, chain::token::mark};

/// The only place that talks to the outside world. Switch off retries in your HTTP client: retrying is the broker's.
pub fn perform(platform: &mut Platform, key: &str, effect: &Effect) -> OutcomeResult {
    let Some(act) = effect.act() else { return OutcomeResult::cancelled() };
    let text = act.text.as_deref().unwrap_or_default();
    let text = effect.token.as_deref().map_or(text.to_owned(), |token| mark(text, token));
    match platform.post(&act.subject, &text, key) {
        Ok(id) => OutcomeResult::done(id),
        Err(Trouble::Busy { after_ms }) => OutcomeResult::retry(after_ms),
        Err(Trouble::Lost) => OutcomeResult::ambiguous(),
        Err(Trouble::Refused { why }) => OutcomeResult::failed(why),
    }
}

pub fn work(broker: &mut Broker, cursor: &mut ReleaseNo, at: Timestamp, platform: &mut Platform) {
    let mut effects = Vec::new();
    broker.released(*cursor, &mut effects);
    for effect in effects {
        *cursor = effect.release;
        let key = broker.view().idempotency_key(effect.id); // "triage/2.0"
        let result = perform(platform, &key, &effect);
        if let Err(rejected) = broker.submit(at, effect.outcome(result)) {
            eprintln!("{rejected}"); // RY1010, if somebody answered before
        }
    }
}
// guide: end

use crate::{platform::issue_opened, start::start, submit::now};

#[test]
fn a_message_carries_a_hidden_token_and_its_outcome_ends_the_effect() {
    let (mut broker, mut platform, mut cursor) = (start().expect("valid"), Platform::default(), ReleaseNo(0));
    let _ = broker.submit(now(), issue_opened("d1")).expect("accepted");
    broker.mark_durable(broker.view().seq()).expect("it exists");
    work(&mut broker, &mut cursor, now(), &mut platform);
    let (subject, text, _) = &platform.posts[0];
    assert_eq!(subject, "teams:triage");
    assert!(text.starts_with("New: github:acme/api#7 by github:octocat\n\n<!-- ry1."), "{text}");
    assert_eq!(broker.view().open("").count(), 0);
    work(&mut broker, &mut cursor, now(), &mut platform);
    assert_eq!(platform.posts.len(), 1);
}

#[test]
fn what_comes_back_is_recognised_by_its_receipt() {
    let (mut broker, mut platform, mut cursor) = (start().expect("valid"), Platform::default(), ReleaseNo(0));
    let _ = broker.submit(now(), issue_opened("d1")).expect("accepted");
    broker.mark_durable(broker.view().seq()).expect("it exists");
    work(&mut broker, &mut cursor, now(), &mut platform);
    let echo = reynolds::Event {
        id: "t1".into(),
        source: "teams".into(),
        kind: "message".into(),
        subject: "teams:triage".into(),
        object: Some("teams:triage/1".into()),
        text: Some("New: github:acme/api#7 by github:octocat".into()),
        ..reynolds::Event::default()
    };
    let decision = broker.submit(now(), echo).expect("accepted");
    assert!(matches!(decision.verdicts[..], [reynolds::Verdict::Echo { .. }]), "{decision:?}");
}

#[test]
fn a_refused_message_ends_its_effect() {
    let (mut broker, mut cursor) = (start().expect("valid"), ReleaseNo(0));
    let why = "the bot is not a member of the channel".to_owned();
    let mut platform = Platform { trouble: Some(Trouble::Refused { why }), ..Platform::default() };
    let _ = broker.submit(now(), issue_opened("d1")).expect("accepted");
    broker.mark_durable(broker.view().seq()).expect("it exists");
    work(&mut broker, &mut cursor, now(), &mut platform);
    assert_eq!((platform.posts.len(), broker.view().open("").count()), (0, 0));
}
