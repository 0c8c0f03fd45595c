//! Step 11: the host's own code handles an event, and proposes.

// guide: begin
use reynolds::input::{Causes, Proposal, Propose};
use reynolds::{Broker, Decision, Effect, Event, Rejected, Timestamp};

/// Your code: what should follow from a question. It may call a model, look things up, take minutes.
fn answer(event: &Event) -> Vec<Proposal> {
    vec![Proposal {
        key: Some("answer".into()), // yours, repeated in the verdict; it makes the proposal idempotent
        kind: "comment".into(),
        subject: event.subject.clone(),
        text: Some("The fix is in 1.4.2.".into()),
        ..Proposal::default()
    }]
}

/// Runs the handler an effect asks for. `None`: it is no handler call, perform it as in step 5.
pub fn proposals(effect: &Effect) -> Option<Vec<Proposal>> {
    let call = effect.handle()?;
    Some(match call.handler.as_str() {
        "answer" => answer(&call.event),
        _ => vec![], // an empty answer is an answer: the call is closed
    })
}

/// The same, and tells the broker.
pub fn handle(broker: &mut Broker, now: impl Fn() -> Timestamp, effect: &Effect) -> Option<Result<Decision, Rejected>> {
    let effects = proposals(effect)?;
    let cause = Causes::from(effect.id);
    Some(broker.submit(now(), Propose { cause, effects, more: false, tenant: effect.tenant.clone() }))
}
// guide: end

use reynolds::{EffectId, ReleaseNo, Seq, Verdict};

use crate::{platform::question, start::start, submit::now};

#[test]
fn a_handlers_proposal_is_an_effect_like_any_other_and_proposing_twice_is_a_duplicate() {
    let mut broker = start().expect("valid");
    let _ = broker.submit(now(), question("d1")).expect("accepted");
    broker.mark_durable(Seq(2)).expect("it exists");
    let mut effects = Vec::new();
    broker.released(ReleaseNo(0), &mut effects);
    let call = effects.pop().expect("a handler call");
    let decision = handle(&mut broker, now, &call).expect("a handler call").expect("accepted");
    let id = EffectId { seq: Seq(3), ordinal: 0 };
    let admitted = Verdict::Admitted { effect: id, key: Some("answer".into()), would: None, would_hold: None };
    assert_eq!(decision.verdicts, [admitted]);
    let again = handle(&mut broker, now, &call).expect("a handler call").expect("accepted");
    assert!(matches!(again.verdicts[..], [Verdict::Duplicate { .. }]), "{again:?}");
}

#[test]
fn a_handler_call_survives_a_crash() {
    let mut broker = start().expect("valid");
    let _ = broker.submit(now(), question("d1")).expect("accepted");
    let mut journal = reynolds::journal::segment_header(broker.view().number(), Seq(1)).to_vec();
    journal.extend_from_slice(broker.staged(Seq(0)).expect("records").bytes);
    let mut restorer = Broker::restore(None, crate::start::keys().expect("long enough")).expect("no snapshot");
    restorer.push(&journal).expect("whole");
    let (mut broker, _) = restorer.finish().expect("a genesis");
    let mut effects = Vec::new();
    broker.released(ReleaseNo(0), &mut effects);
    assert_eq!(effects[0].handle().map(|call| call.event.id.as_str()), Some("d1"));
}
