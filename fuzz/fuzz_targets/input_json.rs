//! Inputs as hosts in other languages send them, one JSON text per line, played to a broker.

#![no_main]

use libfuzzer_sys::fuzz_target;
use reynolds::Input;
use reynolds_fuzz::Host;

fuzz_target!(|lines: &[u8]| {
    let mut host = Host::new();
    for line in lines.split(|byte| *byte == b'\n').take(32) {
        let Ok(input) = Input::from_json(line) else { continue };
        let written = serde_json::to_vec(&input).expect("an input can be written");
        assert_eq!(Input::from_json(&written).as_ref(), Ok(&input));
        let _ = host.submit(input);
        host.pass(500);
        let _ = host.effects();
    }
    host.restart();
    host.restart_from_snapshot();
});
