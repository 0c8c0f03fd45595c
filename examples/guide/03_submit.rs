//! Step 3: submit what happened, and look at what was decided.

// guide: begin
use std::time::SystemTime;

use reynolds::{Broker, Event, Rejected, Timestamp, Verdict};

pub fn now() -> Timestamp {
    Timestamp::from(SystemTime::now()) // milliseconds since 1970
}

pub fn on_event(broker: &mut Broker, at: Timestamp, event: Event) -> Result<Vec<String>, Rejected> {
    let decision = broker.submit(at, event)?;
    let mut log = Vec::new();
    for verdict in &decision.verdicts {
        log.push(match verdict {
            Verdict::Admitted { effect, .. } => format!("{effect} leaves when record {} is durable", decision.seq),
            Verdict::Held { effect, until, .. } => format!("{effect} is held until {until}"),
            Verdict::Denied { effect, denial, .. } => format!("{effect} is refused: {denial}"),
            Verdict::Duplicate { .. } => format!("seen before, in record {}", decision.seq),
            Verdict::Echo { chain, .. } => format!("our own doing, in chain {chain}"),
            other => format!("{other:?}"),
        });
    }
    Ok(log)
}
// guide: end

use crate::{platform::issue_opened, start::start};

#[test]
fn the_second_delivery_of_an_event_is_a_duplicate() {
    let mut broker = start().expect("valid");
    let first = on_event(&mut broker, now(), issue_opened("d1")).expect("accepted");
    assert_eq!(first, ["2.0 leaves when record 2 is durable"]);
    let second = on_event(&mut broker, now(), issue_opened("d1")).expect("accepted");
    assert_eq!(second, ["seen before, in record 2"]);
}
