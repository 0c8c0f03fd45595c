//! GitHub: tokens in payloads, content keys, headers.

use reynolds::event::{
    ReadError,
    github::{Headers, read},
};

use crate::{attributes, github::github};

const TOKEN: &str = "ry1.k1.7.12.3.40.abcdefgh";

#[test]
fn a_token_counts_where_the_text_it_is_in_was_just_written() {
    let body = format!(r#"Done.\n\n<!-- {TOKEN} -->"#);
    let issue = |action: &str, more: &str| {
        github("issues", &format!(r#"{{"action":"{action}","issue":{{"number":7,"body":"{body}"}}{more}}}"#)).token
    };
    let found = Some(TOKEN.into());
    assert_eq!(issue("opened", ""), found);
    assert_eq!(issue("edited", ""), found);
    assert_eq!(issue("edited", r#","changes":{}"#), found);
    assert_eq!(issue("edited", r#","changes":{"body":{"from":"x"}}"#), found);
    assert_eq!(issue("edited", r#","changes":{"title":{"from":"x"}}"#), None);
    assert_eq!(issue("labeled", ""), None);
    assert_eq!(issue("closed", ""), None);
    let comment = format!(r#"{{"action":"created","issue":{{"number":7}},"comment":{{"id":1,"body":"{body}"}}}}"#);
    assert_eq!(github("issue_comment", &comment).token, found);
    let quoted = comment.replace("<!--", "\\n> <!--");
    assert_eq!(github("issue_comment", &quoted).token, None);
}

#[test]
fn a_token_is_found_in_every_slot_that_comes_back() {
    let found = Some(TOKEN.into());
    for (name, body) in [
        ("push", format!(r#"{{"head_commit":{{"message":"Fix\n\nReynolds-Chain: {TOKEN}"}}}}"#)),
        (
            "push",
            format!(
                r#"{{"commits":[{{"message":"Fix\n\nReynolds-Chain: {TOKEN}"}}],"head_commit":{{"message":"Merge"}}}}"#
            ),
        ),
        ("check_run", format!(r#"{{"action":"completed","check_run":{{"id":1,"external_id":"{TOKEN}"}}}}"#)),
        ("check_run", format!(r#"{{"check_run":{{"id":1}},"requested_action":{{"identifier":"{TOKEN}"}}}}"#)),
        ("repository_dispatch", format!(r#"{{"client_payload":{{"reynolds":"{TOKEN}"}}}}"#)),
        ("repository_dispatch", format!(r#"{{"client_payload":{{"reynolds":{{"token":"{TOKEN}"}}}}}}"#)),
        ("workflow_dispatch", format!(r#"{{"inputs":{{"reynolds":"{TOKEN}"}}}}"#)),
        ("workflow_run", format!(r#"{{"workflow_run":{{"id":1,"display_title":"nightly {TOKEN}"}}}}"#)),
        (
            "workflow_run",
            format!(r#"{{"workflow_run":{{"id":1,"head_commit":{{"message":"x\n\nReynolds-Chain: {TOKEN}"}}}}}}"#),
        ),
        ("deployment", format!(r#"{{"deployment":{{"id":1,"payload":{{"reynolds":"{TOKEN}"}}}}}}"#)),
        ("pull_request_review", format!(r#"{{"action":"submitted","review":{{"id":1,"body":"<!-- {TOKEN} -->"}}}}"#)),
        ("release", format!(r#"{{"action":"published","release":{{"id":1,"body":"<!-- {TOKEN} -->"}}}}"#)),
    ] {
        assert_eq!(github(name, &body).token, found, "{name}");
        let forged = body.replace("ry1.", "RY1.");
        assert_eq!(github(name, &forged).token, None, "{name}");
    }
}

#[test]
fn the_same_change_through_two_webhooks_has_one_content_key() {
    let key = |event: &str, body: &str| github(event, body).content_key;
    let app = r#"{"action":"opened","issue":{"number":7,"updated_at":"2019-05-15T15:20:18Z"},"installation":{"id":1},"sender":{"login":"a"}}"#;
    let repository =
        r#"{"action":"opened","issue":{"number":7,"updated_at":"2019-05-15T15:20:18Z"},"sender":{"login":"a"}}"#;
    assert!(key("issues", app).is_some());
    assert_eq!(key("issues", app), key("issues", repository));
    // Wherever the member stands, and of whatever type it is.
    let first = format!(r#"{{"installation":{{"id":1}},{}"#, &repository[1..]);
    let last = format!(r#"{} , "installation" : [1] }}"#, &repository[..repository.len() - 1]);
    assert_eq!(key("issues", &first), key("issues", repository));
    assert_eq!(key("issues", &last), key("issues", repository));
    // Another event, another content, no time: another key or none.
    assert_ne!(key("issues", app), key("pull_request", app));
    assert_ne!(key("issues", app), key("issues", &app.replace("15:20:18", "15:20:19")));
    assert_eq!(key("issues", r#"{"action":"opened","issue":{"number":7}}"#), None);
    assert_eq!(
        key(
            "repository_dispatch",
            r#"{"action":"go","client_payload":{},"repository":{"updated_at":"2019-05-15T15:20:18Z"}}"#
        ),
        None
    );
}

#[test]
fn a_button_of_a_check_run_can_be_pressed_twice() {
    let key = |action: &str| {
        let body = format!(r#"{{"action":"{action}","check_run":{{"id":1,"status":"completed"}}}}"#);
        github("check_run", &body).content_key
    };
    assert_eq!((key("requested_action"), key("rerequested")), (None, None));
    assert!(key("completed").is_some());
}

#[test]
fn headers_are_found_whatever_their_case() {
    let headers = Headers::from_pairs([
        ("Content-Type", "application/json"),
        ("x-github-event", "issues"),
        ("X-GITHUB-DELIVERY", "d1"),
        ("X-GitHub-Hook-ID", "42"),
        ("X-GitHub-Hook-Installation-Target-Type", "repository"),
        ("X-Hub-Signature-256", "sha256=00"),
        ("X-GitHub-Delivery", "later"),
    ])
    .expect("complete");
    assert_eq!((headers.event, headers.delivery, headers.signature), ("issues", "d1", Some("sha256=00")));
    let event = read(&headers, b"{}").expect("readable");
    assert_eq!(attributes(&event), "hook=42\nhook_target=repository");

    let missing = |pairs: &[(&'static str, &'static str)]| Headers::from_pairs(pairs.iter().copied());
    assert_eq!(missing(&[("X-GitHub-Delivery", "d")]), Err(ReadError::MissingHeader { name: "X-GitHub-Event" }));
    assert_eq!(missing(&[("X-GitHub-Event", "push")]), Err(ReadError::MissingHeader { name: "X-GitHub-Delivery" }));
    let empty = Headers { event: "push", ..Headers::default() };
    assert_eq!(read(&empty, b"{}"), Err(ReadError::MissingHeader { name: "X-GitHub-Delivery" }));
}
