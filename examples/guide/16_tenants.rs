//! Step 16: several tenants in one broker.

// guide: begin
use reynolds::{Broker, Decision, Event, Rejected, Timestamp};

/// Everything an event leads to stays in its tenant: chains, limits, stops, duplicates.
pub fn on_event_of(broker: &mut Broker, at: Timestamp, tenant: &str, event: Event) -> Result<Decision, Rejected> {
    broker.submit(at, Event { tenant: Some(tenant.into()), ..event })
}
// guide: end

use reynolds::{ReleaseNo, Seq, Verdict};

use crate::{platform::issue_opened, start::start, submit::now};

#[test]
fn one_delivery_id_in_two_tenants_is_two_events() {
    let mut broker = start().expect("valid");
    for tenant in ["acme", "globex"] {
        let decision = on_event_of(&mut broker, now(), tenant, issue_opened("d1")).expect("accepted");
        assert!(matches!(decision.verdicts[..], [Verdict::Admitted { .. }]), "{decision:?}");
    }
    broker.mark_durable(Seq(3)).expect("they exist");
    let mut effects = Vec::new();
    broker.released(ReleaseNo(0), &mut effects);
    let tenants: Vec<_> = effects.iter().map(|effect| effect.tenant.as_deref()).collect();
    assert_eq!(tenants, [Some("acme"), Some("globex")]);
    assert_eq!((broker.view().open("acme").count(), broker.view().open("").count()), (1, 0));
}
