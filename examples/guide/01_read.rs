//! Step 1: a webhook's bytes become an event.

// guide: begin
use reynolds::event::{Event, ReadError, github};

pub fn read(secrets: &[&[u8]], headers: &[(&str, &str)], body: &[u8]) -> Result<Event, ReadError> {
    let headers = github::Headers::from_pairs(headers.iter().copied())?;
    github::verify_signature(secrets, headers.signature.unwrap_or_default(), body)?;
    github::read(&headers, body)
}
// guide: end

const SECRET: &[u8] = b"the webhook's secret";
const BODY: &[u8] = br#"{"action":"opened","issue":{"id":701,"number":7,"title":"Crash on start"},"repository":{"full_name":"acme/api"},"sender":{"login":"octocat","type":"User"}}"#;
const HEADERS: [(&str, &str); 3] = [
    ("x-github-event", "issues"),
    ("x-github-delivery", "72d3162e-cc78-11e3-81ab-4c9367dc0958"),
    ("x-hub-signature-256", "sha256=f3874f413b9a90f612f9433571501e929831b7fb0b76391c1793bd236d722887"),
];

#[test]
fn a_signed_delivery_becomes_an_event() {
    let event = read(&[SECRET], &HEADERS, BODY).expect("a valid delivery");
    assert_eq!(event.id, "72d3162e-cc78-11e3-81ab-4c9367dc0958");
    assert_eq!((event.kind.as_str(), event.subject.as_str()), ("issues.opened", "github:acme/api#7"));
    assert_eq!(event.object.as_deref(), Some("github:issue/701"));
    assert_eq!(event.actor.map(|actor| actor.id).as_deref(), Some("github:octocat"));
}

#[test]
fn a_delivery_that_somebody_changed_is_refused_before_it_is_read() {
    let body = [BODY, b" "].concat();
    assert_eq!(read(&[SECRET], &HEADERS, &body).map_err(|error| error.code()), Err("RY1107"));
    assert_eq!(read(&[SECRET], &HEADERS[..2], BODY).map_err(|error| error.code()), Err("RY1107"));
}
