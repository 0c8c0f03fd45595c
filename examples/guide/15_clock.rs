//! Step 15: a clock that jumped.

// guide: begin
use reynolds::input::{Command, Order};
use reynolds::{Broker, Decision, Rejected, Timestamp};

/// For the person who looked at the clock and found it right: a restore after years.
pub fn accept_time(broker: &mut Broker, to: Timestamp) -> Result<Decision, Rejected> {
    let order = Order::AcceptTime { to };
    broker.submit(to, Command { order, by: None, reason: Some("restored from cold storage".into()), tenant: None })
}
// guide: end

use crate::{platform::issue_opened, start::start};

#[test]
fn a_wrong_unit_is_refused_and_a_real_jump_needs_a_word() {
    const DAY_MS: u64 = 86_400_000;
    let mut broker = start().expect("valid");
    let (today, later) = (Timestamp(1_700_000_000_000), Timestamp(1_700_000_000_000 + 800 * DAY_MS));
    let _ = broker.submit(today, issue_opened("d1")).expect("the first input sets the clock");

    let code = |answer: Result<Decision, Rejected>| answer.map_err(|error| error.code()).err();
    let microseconds = Timestamp(today.0 * 1000);
    assert_eq!(code(broker.submit(microseconds, issue_opened("d2"))), Some("RY1005"));
    assert_eq!(code(broker.submit(later, issue_opened("d2"))), Some("RY1006"));
    assert_eq!(broker.view().now(), today);

    let _ = accept_time(&mut broker, later).expect("accepted");
    let _ = broker.submit(later, issue_opened("d2")).expect("accepted");
    let _ = broker.submit(today, issue_opened("d3")).expect("a clock that goes back does no harm");
    assert_eq!(broker.view().now(), later);
}
