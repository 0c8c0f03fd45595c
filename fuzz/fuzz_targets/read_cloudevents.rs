//! CloudEvents: a structured or batched body, or headers as lines `name: value`, an empty line and a body.

#![no_main]

use libfuzzer_sys::fuzz_target;
use reynolds::event::cloudevents::{read, read_request};
use reynolds_fuzz::{readable, submittable};

fuzz_target!(|request: &[u8]| {
    readable(request, read);

    let end = request.windows(2).position(|pair| pair == b"\n\n").unwrap_or(0);
    let (head, body) = request.split_at(end);
    let Ok(head) = std::str::from_utf8(head) else { return };
    let headers = head.lines().filter_map(|line| line.split_once(": "));
    match read_request(headers, body) {
        Ok(events) => submittable(events),
        Err(error) => assert!(error.to_string().starts_with("RY11"), "no number: {error}"),
    }
});
