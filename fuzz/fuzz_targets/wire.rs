//! The JSON door: the first line is a genesis, the second a list of inputs. A list does what its inputs do one by one.

#![no_main]

use libfuzzer_sys::fuzz_target;
use reynolds::{ReleaseNo, Timestamp, wire};
use reynolds_fuzz::keys;

fuzz_target!(|bytes: &[u8]| {
    let mut lines = bytes.splitn(2, |byte| *byte == b'\n');
    let (genesis, list) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
    let Ok(mut together) = wire::new(genesis, keys()) else { return };
    let Ok(mut singly) = wire::new(genesis, keys()) else { return };

    let at = Timestamp(1_700_000_000_000);
    let Ok(answers) = wire::submit_all(&mut together, at, list) else { return };
    let answers: Vec<serde_json::Value> = serde_json::from_slice(&answers).expect("a list of answers");
    let inputs: Vec<Box<serde_json::value::RawValue>> = serde_json::from_slice(list).expect("it was taken for a list");
    assert_eq!(answers.len(), inputs.len());
    for (input, answer) in inputs.iter().zip(answers) {
        let single = match wire::submit(&mut singly, at, input.get().as_bytes()) {
            Ok(decision) => serde_json::from_slice(&decision).expect("a decision"),
            Err(rejected) => serde_json::to_value(wire::Problem::from(&rejected)).expect("JSON"),
        };
        assert_eq!(single, answer);
    }
    assert_eq!(together.view().digest(), singly.view().digest());
    assert_eq!(wire::released(&mut together, ReleaseNo(0)), wire::released(&mut singly, ReleaseNo(0)));
    assert_eq!(wire::wakeup(&together), wire::wakeup(&singly));
});
