//! Step 5: take what is released and perform it.

use crate::{
    handle::handle,
    platform::{Platform, Trouble},
};

// guide: begin
use reynolds::input::OutcomeResult;
use reynolds::{Broker, Effect, ReleaseNo, Timestamp, chain::token::mark};

/// The only place that talks to the outside world. Switch off retries in your HTTP client: retrying is the broker's.
/// `None`: it is nothing to do on a platform, but a call of your own code (step 11) or about an agent's task (step 19).
pub fn perform(platform: &mut Platform, key: &str, effect: &Effect) -> Option<OutcomeResult> {
    let act = effect.act()?;
    let text = act.text.as_deref().unwrap_or_default();
    let text = effect.token.as_deref().map_or(text.to_owned(), |token| mark(text, token));
    Some(match platform.post(&act.subject, &text, key) {
        Ok(id) => OutcomeResult::done(id),
        Err(Trouble::Busy { after_ms }) => OutcomeResult::retry(after_ms),
        Err(Trouble::Lost) => OutcomeResult::ambiguous(),
        Err(Trouble::Refused { why }) => OutcomeResult::failed(why),
    })
}

/// Performs what is released. False: there was nothing.
pub fn work(broker: &mut Broker, cursor: &mut ReleaseNo, now: impl Fn() -> Timestamp, platform: &mut Platform) -> bool {
    let mut effects = Vec::new();
    broker.released(*cursor, &mut effects);
    for effect in &effects {
        *cursor = effect.release;
        let key = broker.view().idempotency_key(effect.id); // "triage/2.0"
        let answered = if let Some(proposed) = handle(broker, &now, effect) {
            proposed // your own code was asked, and answered: step 11
        } else if let Some(result) = perform(platform, &key, effect) {
            // The time now: performing took some. What can not be kept of it would be refused, and done again.
            broker.submit(now(), effect.outcome(result.within_limits()))
        } else {
            eprintln!("nobody here does {key}"); // it stays open, and comes again: cancelled, it would be over
            continue;
        };
        if let Err(rejected) = answered {
            eprintln!("{rejected}"); // RY1010, if somebody answered before
        }
    }
    !effects.is_empty()
}
// guide: end

use crate::{
    platform::{issue_opened, question},
    start::start,
    submit::now,
};

#[test]
fn a_message_carries_a_hidden_token_and_its_outcome_ends_the_effect() {
    let (mut broker, mut platform, mut cursor) = (start().expect("valid"), Platform::default(), ReleaseNo(0));
    let _ = broker.submit(now(), issue_opened("d1")).expect("accepted");
    broker.mark_durable(broker.view().seq()).expect("it exists");
    work(&mut broker, &mut cursor, now, &mut platform);
    let (subject, text, _) = &platform.posts[0];
    assert_eq!(subject, "teams:triage");
    assert!(text.starts_with("New: github:acme/api#7 by github:octocat\n\n<!-- ry1."), "{text}");
    assert_eq!(broker.view().open("").count(), 0);
    work(&mut broker, &mut cursor, now, &mut platform);
    assert_eq!(platform.posts.len(), 1);
}

#[test]
fn what_comes_back_is_recognised_by_its_receipt() {
    let (mut broker, mut platform, mut cursor) = (start().expect("valid"), Platform::default(), ReleaseNo(0));
    let _ = broker.submit(now(), issue_opened("d1")).expect("accepted");
    broker.mark_durable(broker.view().seq()).expect("it exists");
    work(&mut broker, &mut cursor, now, &mut platform);
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
fn a_platform_that_took_long_to_say_no_is_asked_again_after_the_time_it_named() {
    let (mut broker, mut cursor) = (start().expect("valid"), ReleaseNo(0));
    let mut platform = Platform { trouble: Some(Trouble::Busy { after_ms: 40 }), ..Platform::default() };
    let _ = broker.submit(Timestamp(1_700_000_000_000), issue_opened("d1")).expect("accepted");
    broker.mark_durable(broker.view().seq()).expect("it exists");
    work(&mut broker, &mut cursor, || Timestamp(1_700_000_005_000), &mut platform);
    assert_eq!(broker.wakeup().map(|wakeup| wakeup.at), Some(Timestamp(1_700_000_005_040)));
}

#[test]
fn a_refused_message_ends_its_effect() {
    let (mut broker, mut cursor) = (start().expect("valid"), ReleaseNo(0));
    let why = "the bot is not a member of the channel".to_owned();
    let mut platform = Platform { trouble: Some(Trouble::Refused { why }), ..Platform::default() };
    let _ = broker.submit(now(), issue_opened("d1")).expect("accepted");
    broker.mark_durable(broker.view().seq()).expect("it exists");
    work(&mut broker, &mut cursor, now, &mut platform);
    assert_eq!((platform.posts.len(), broker.view().open("").count()), (0, 0));
}

#[test]
fn a_question_is_answered_by_the_hosts_code() {
    let (mut broker, mut platform, mut cursor) = (start().expect("valid"), Platform::default(), ReleaseNo(0));
    let _ = broker.submit(now(), question("d1")).expect("accepted");
    for _ in 0..2 {
        broker.mark_durable(broker.view().seq()).expect("it exists");
        assert!(work(&mut broker, &mut cursor, now, &mut platform));
    }
    assert!(!work(&mut broker, &mut cursor, now, &mut platform));
    let [(subject, text, _)] = &platform.posts[..] else { panic!("{:?}", platform.posts) };
    assert_eq!((subject.as_str(), text.split("\n").next()), ("github:acme/api#7", Some("The fix is in 1.4.2.")));
    assert_eq!(broker.view().open("").count(), 0);
}

#[test]
fn a_task_for_an_agent_is_not_lost_where_nobody_gives_it_out() {
    let (mut broker, mut platform, mut cursor) = (start().expect("valid"), Platform::default(), ReleaseNo(0));
    for input in crate::platform::a_task_and_an_agent() {
        let _ = broker.submit(now(), input).expect("accepted");
    }
    broker.mark_durable(broker.view().seq()).expect("it exists");
    assert!(work(&mut broker, &mut cursor, now, &mut platform));
    assert_eq!((platform.posts.len(), broker.view().open("").count()), (0, 1));
}
