//! Lineage tokens nobody minted: none may be believed, and each is counted.

#![no_main]

use libfuzzer_sys::fuzz_target;
use reynolds::verdict::LinkKind;
use reynolds_fuzz::{Host, event};

fuzz_target!(|token: &str| {
    let mut host = Host::new();
    let mut event = event("d1", "issues.opened", "github:acme/api#7");
    event.token = Some(token.into());
    let Ok(decision) = host.submit(event) else { return };
    assert!(decision.link.is_none_or(|link| link.kind != LinkKind::Token), "believed {token:?}");
    assert_eq!(host.broker.view().forged_tokens(), 1);
});
