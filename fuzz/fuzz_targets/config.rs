//! Configurations: whatever passes the check can be run, and reads back as it was written.

#![no_main]

use libfuzzer_sys::fuzz_target;
use reynolds::{Config, input::Configure};
use reynolds_fuzz::{Host, event};

fuzz_target!(|json: &[u8]| {
    let Ok(config) = Config::from_json(json) else { return };
    let written = serde_json::to_vec(&config).expect("a configuration can be written");
    assert_eq!(Config::from_json(&written).as_ref(), Ok(&config));

    let mut host = Host::with(config.clone());
    for kind in ["issues.opened", "message"] {
        let _ = host.submit(event(kind, kind, "github:acme/api#7"));
    }
    host.restart();
    let _ = host.submit(Configure { config });
    host.pass(1000);
});
