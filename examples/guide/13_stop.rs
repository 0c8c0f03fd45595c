//! Step 13: a person stops a chain, a subject, or everything.

// guide: begin
use reynolds::input::{Command, Order};
use reynolds::{Broker, ChainId, Decision, Rejected, Timestamp};

fn order(broker: &mut Broker, at: Timestamp, order: Order) -> Result<Decision, Rejected> {
    broker.submit(at, Command { order, by: None, reason: Some("looks like a loop".into()), tenant: None })
}

pub fn stop_chain(broker: &mut Broker, at: Timestamp, chain: ChainId) -> Result<Decision, Rejected> {
    order(broker, at, Order::StopChain { chain }) // and `ResumeChain`
}

pub fn stop_subject(broker: &mut Broker, at: Timestamp, subject: &str) -> Result<Decision, Rejected> {
    order(broker, at, Order::StopSubject { subject: subject.into() }) // and `ResumeSubject`
}

pub fn stop_all(broker: &mut Broker, at: Timestamp) -> Result<Decision, Rejected> {
    order(broker, at, Order::StopAll {}) // and `ResumeAll`; of every tenant: `StopTenants`
}
// guide: end

use reynolds::{Seq, Verdict, verdict::DenyReason};

use crate::{platform::issue_opened, start::start, submit::now};

#[test]
fn what_is_stopped_is_denied_until_it_is_resumed() {
    let mut broker = start().expect("valid");
    let denied = |decision: &Decision| matches!(&decision.verdicts[..], [Verdict::Denied { denial, .. }] if denial.reason == DenyReason::Stopped);
    let _ = stop_subject(&mut broker, now(), "teams:triage").expect("accepted");
    assert!(denied(&broker.submit(now(), issue_opened("d1")).expect("accepted")));
    let resume = Order::ResumeSubject { subject: "teams:triage".into() };
    let _ = order(&mut broker, now(), resume).expect("accepted");
    assert!(!denied(&broker.submit(now(), issue_opened("d2")).expect("accepted")));
    let _ = stop_all(&mut broker, now()).expect("accepted");
    assert!(denied(&broker.submit(now(), issue_opened("d3")).expect("accepted")));
    let _ = order(&mut broker, now(), Order::ResumeAll {}).expect("accepted");
    let decision = broker.submit(now(), issue_opened("d4")).expect("accepted");
    assert!(!denied(&decision));
    let chain = decision.chain.expect("an event has a chain");
    assert_eq!(chain, ChainId(Seq(9)));
    let stopped = stop_chain(&mut broker, now(), chain).expect("accepted");
    assert!(stopped.verdicts.is_empty(), "its effect is with the host already");
}
