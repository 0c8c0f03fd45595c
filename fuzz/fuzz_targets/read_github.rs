//! GitHub deliveries: the first line is the event's name, the rest the body.

#![no_main]

use libfuzzer_sys::fuzz_target;
use reynolds::event::github::{Headers, read};
use reynolds_fuzz::readable;

fuzz_target!(|delivery: &[u8]| {
    let (name, body) = delivery.split_at(delivery.iter().position(|byte| *byte == b'\n').unwrap_or(0));
    let event = std::str::from_utf8(name).ok().filter(|name| !name.is_empty()).unwrap_or("issues");
    readable(body, |body| {
        read(&Headers { event, delivery: "72d3162e", ..Headers::default() }, body).map(|event| vec![event])
    });
});
