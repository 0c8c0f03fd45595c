//! Bad input, for every reader: a numbered error, or an event within the limits; never a panic.

use std::fmt::Write;

use proptest::prelude::*;
use reynolds::{
    Event,
    event::{ReadError, cloudevents, eventgrid, github, teams},
};

use crate::assert_admissible;

/// What each reader makes of a body.
fn all(body: &[u8]) -> [Result<Vec<Event>, ReadError>; 4] {
    let headers = github::Headers { event: "issues", delivery: "d1", ..Default::default() };
    [
        github::read(&headers, body).map(|event| vec![event]),
        teams::read(body).map(|event| vec![event]),
        eventgrid::read(body),
        cloudevents::read(body),
    ]
}

#[track_caller]
fn refused(body: &[u8], code: &str) {
    for result in all(body) {
        assert_eq!(result.map_err(|error| error.code()), Err(code));
    }
}

#[test]
fn every_reader_refuses_what_is_not_json_within_the_limits() {
    refused(b"", "RY1101");
    refused(b"payload=%7B%7D", "RY1101");
    refused(br#"{"action":"opened""#, "RY1101");
    refused(br#"{"a":1}{"a":1}"#, "RY1101");
    refused(&vec![b' '; 50 * 1024 * 1024], "RY1102");
    refused(format!(r#"{{"a":{}}}"#, "[".repeat(10_000)).as_bytes(), "RY1103");
    refused(format!(r#"{{"a":{}0{}}}"#, r#"{"b":"#.repeat(10_000), "}".repeat(10_000)).as_bytes(), "RY1103");
    refused(b"{\"a\":\"\xc3\x28\"}", "RY1104");
}

#[test]
fn an_error_says_where_and_what_to_do() {
    let error = |body: &[u8]| teams::read(body).expect_err("refused").to_string();
    assert_eq!(
        error(br#"{"type":"message",}"#),
        "RY1101: not JSON at byte 18: expected a key in double quotes; pass the raw body, unchanged and whole"
    );
    assert_eq!(
        error(b"{\"a\":\"\xff\"}"),
        "RY1104: the body is not UTF-8 at byte 6; pass the raw body without converting it"
    );
    assert_eq!(
        error(br#"{"type":"message","type":"message"}"#),
        "RY1105: the field `type` occurs twice in one object; refuse the sender"
    );
    assert_eq!(
        error(br#"{"type":"message"}"#),
        "RY1109: the field `conversation.id` is missing, empty or not a text; the sender must set it"
    );
}

#[test]
fn keys_that_occur_twice_matter_only_where_they_are_read() {
    let read = |body: &str| {
        let headers = github::Headers { event: "issues", delivery: "d1", ..Default::default() };
        github::read(&headers, body.as_bytes())
    };
    assert!(read(r#"{"zen":1,"zen":2,"issue":{"number":1,"url":"a","url":"b"}}"#).is_ok());
    let twice = |key: &str| Err(ReadError::DuplicateKey { key: key.into() });
    assert_eq!(read(r#"{"action":"opened","action":"closed"}"#), twice("action"));
    assert_eq!(read(r#"{"sender":{"login":"ada","login":"mallory"}}"#), twice("login"));
    assert_eq!(read(r#"{"issue":{"labels":[{"name":"a","name":"b"}]}}"#), twice("name"));
}

#[test]
fn over_long_values_are_shortened_and_stay_different() {
    let long = "ä".repeat(400_000);
    let issue = |title: &str| {
        let mut body = String::from(r#"{"action":"labeled","sender":{"login":""#);
        let _ = write!(
            body,
            r#"{long}"}},"repository":{{"full_name":"{long}/{title}"}},"label":{{"name":"{long}"}},
                "issue":{{"id":"{long}","number":"{long}","title":"{title}","body":"{long}","html_url":"{long}",
                "labels":[{{"name":"{long}"}},{{"name":"{title}"}}]}}}}"#
        );
        let headers = github::Headers { event: &long, delivery: &long, hook: Some(&long), ..Default::default() };
        let other = github::read(&headers, body.as_bytes()).expect("readable");
        assert_admissible(&other);
        // Of 256, and no half character.
        assert_eq!(other.kind.len(), 255);
        let headers = github::Headers { event: "issues", ..headers };
        github::read(&headers, body.as_bytes()).expect("readable")
    };
    let (one, two) = (issue("one"), issue("two"));
    assert_admissible(&one);
    assert!(one.text.as_ref().is_some_and(|text| text.len() > 262_140 && text.starts_with("one\nää")));
    assert_ne!(one.subject, two.subject);
    assert_ne!(one.state, two.state);
    assert_eq!(one.id, two.id);

    let activity = format!(
        r#"{{"type":"{long}","id":"{long}","channelId":"{long}","conversation":{{"id":"{long}"}},"name":"{long}",
            "from":{{"id":"{long}"}},"replyToId":"{long}x","text":"{long}","membersAdded":[{{"id":"{long}"}}]}}"#
    );
    assert_admissible(&teams::read(activity.as_bytes()).expect("readable"));

    let mut event =
        format!(r#"{{"specversion":"1.0","id":"{long}","source":"{long}","type":"{long}","subject":"{long}""#);
    for n in 0..200 {
        let _ = write!(event, r#","extension{n}":"{n}""#);
    }
    let _ = write!(event, r#","{long}":"x","":"x","traceparent":"{long}","data":{{"{long}":"{long}","":"x"}}}}"#);
    for event in cloudevents::read(event.as_bytes()).expect("readable") {
        assert_admissible(&event);
        assert_eq!(event.attributes.len(), 64);
    }
}

#[test]
fn numbers_out_of_range_and_dates_of_nonsense_are_absent() {
    let headers = github::Headers { event: "workflow_run", delivery: "d1", ..Default::default() };
    for (attempt, date) in
        [("1e999", "\"0000-00-00T00:00:00Z\""), ("-1", "\"soon\""), ("99999999999999999999", "1557933618")]
    {
        let body = format!(
            r#"{{"workflow_run":{{"id":1,"run_attempt":{attempt},"updated_at":{date}}},"repository":{{"pushed_at":{attempt}}}}}"#
        );
        let event = github::read(&headers, body.as_bytes()).expect("readable");
        assert_eq!((event.version, event.occurred_at), (Some(16), None), "{attempt}");
        assert_admissible(&event);
    }
    let push = github::Headers { event: "push", delivery: "d1", ..Default::default() };
    let event = github::read(&push, br#"{"repository":{"pushed_at":1741086901000000}}"#).expect("readable");
    assert_eq!((event.version, event.occurred_at), (None, None));
}

#[test]
fn half_of_a_surrogate_pair_loses_no_message() {
    let event =
        teams::read(br#"{"type":"message","id":"1","conversation":{"id":"c"},"text":"cut \ud83d"}"#).expect("readable");
    assert_eq!(event.text.as_deref(), Some("cut \u{fffd}"));
}

const BODIES: [&str; 4] = [
    r#"{"action":"opened","issue":{"id":4,"number":7,"title":"T","body":"<!-- x -->","labels":[{"name":"a"}],
        "updated_at":"2019-05-15T15:20:18Z"},"installation":{"id":1},"sender":{"login":"o","type":"User"}}"#,
    r#"{"type":"message","id":"1","conversation":{"id":"c;messageid=1"},"value":{"reynolds":{"token":"x"}},"text":"a\u00e4"}"#,
    r#"[{"id":"1","topic":"/t","eventType":"T","data":{"a":1,"b":[{}]},"eventTime":"2019-05-15T15:20:18.123Z"}]"#,
    r#"{"specversion":"1.0","id":"1","source":"/s","type":"t","x":true,"data":{"a":"b","reynolds":"y"}}"#,
];

proptest! {
    #[test]
    fn a_damaged_body_is_refused_or_read_within_the_limits(
        which in 0..BODIES.len(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..3_u8), 1..4),
    ) {
        let mut body = BODIES[which].as_bytes().to_vec();
        for (place, byte, edit) in edits {
            let at = place.index(body.len());
            match edit {
                0 => body[at] = byte,
                1 => body.insert(at, byte),
                _ => body.truncate(at.max(1)),
            }
        }
        for result in all(&body) {
            match result {
                Ok(events) => events.iter().for_each(assert_admissible),
                Err(error) => prop_assert!(error.to_string().starts_with(error.code())),
            }
        }
    }
}

#[test]
fn a_form_is_refused_with_what_to_set_at_github() {
    let headers = github::Headers { event: "issues", delivery: "d1", ..Default::default() };
    let error = github::read(&headers, b"payload=%7B%22action%22%3A%22opened%22%7D").expect_err("a form");
    assert_eq!(error.code(), "RY1101");
    assert!(error.to_string().contains("set the webhook's content type to `application/json`"), "{error}");
}
