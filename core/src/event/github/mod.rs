//! GitHub webhooks: [`read`] makes an event of a delivery, [`verify_signature`] says whether GitHub sent it.
//!
//! The tables of kinds, subjects, objects and states are in [events.md](https://github.com/reynolds-rs/reynolds/blob/main/docs/events.md). A delivery of an event or action that is
//! not listed there is read as well: its kind is `event.action`, its subject the pull request, issue or discussion that
//! it names, else its repository or account.

mod ci;
mod code;
mod draft;
mod other;
mod payload;
mod signature;
mod talk;

use data_encoding::HEXLOWER;
use xxhash_rust::xxh3::Xxh3;

use self::{
    draft::Draft,
    payload::{Payload, User},
};
use super::{
    Actor, ActorClass, Event, ReadError, bounded,
    json::{Read, Reader},
};
use crate::{limits, text::Text};

pub use signature::verify_signature;

/// The headers of a delivery that say what its body is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Headers<'h> {
    /// `X-GitHub-Event`: which of the webhook events. Required.
    pub event: &'h str,
    /// `X-GitHub-Delivery`: the id of the delivery, the same when it is delivered again. Required.
    pub delivery: &'h str,
    /// `X-GitHub-Hook-ID`: which webhook delivered. Becomes the attribute `hook`.
    pub hook: Option<&'h str>,
    /// `X-GitHub-Hook-Installation-Target-Type`: what the webhook belongs to. Becomes the attribute `hook_target`.
    pub hook_target: Option<&'h str>,
    /// `X-Hub-Signature-256`: what [`verify_signature`] takes.
    pub signature: Option<&'h str>,
}

impl<'h> Headers<'h> {
    /// Picks the headers that are read out of a request's, as pairs of name and value. Names are compared without
    /// regard to case; of a header that occurs twice the first counts.
    ///
    /// # Errors
    ///
    /// RY1106 if `X-GitHub-Event` or `X-GitHub-Delivery` is missing or empty.
    pub fn from_pairs(pairs: impl IntoIterator<Item = (&'h str, &'h str)>) -> Result<Self, ReadError> {
        let [mut event, mut delivery, mut hook, mut hook_target, mut signature] = [None; 5];
        for (name, value) in pairs {
            let field = match name {
                name if name.eq_ignore_ascii_case("X-GitHub-Event") => &mut event,
                name if name.eq_ignore_ascii_case("X-GitHub-Delivery") => &mut delivery,
                name if name.eq_ignore_ascii_case("X-GitHub-Hook-ID") => &mut hook,
                name if name.eq_ignore_ascii_case("X-GitHub-Hook-Installation-Target-Type") => &mut hook_target,
                name if name.eq_ignore_ascii_case("X-Hub-Signature-256") => &mut signature,
                _ => continue,
            };
            field.get_or_insert(value);
        }
        let headers = Self {
            event: event.unwrap_or_default(),
            delivery: delivery.unwrap_or_default(),
            hook,
            hook_target,
            signature,
        };
        headers.check().map(|()| headers)
    }

    fn check(&self) -> Result<(), ReadError> {
        for (name, value) in [("X-GitHub-Event", self.event), ("X-GitHub-Delivery", self.delivery)] {
            if value.is_empty() {
                return Err(ReadError::MissingHeader { name });
            }
        }
        Ok(())
    }
}

/// Reads a delivery: its headers and its raw JSON body (content type `application/json`).
///
/// Check the signature first, with [`verify_signature`] on the same bytes.
///
/// ```
/// use reynolds::event::github;
///
/// let body = br#"{"action":"opened","issue":{"id":701,"number":7},"repository":{"full_name":"acme/api"},"sender":{"login":"octocat"}}"#;
/// let signature = "sha256=e16ebf2a68fb1f0e4cd01d4cf605ef246a3e110bea299cab015b1f3d5d51692f";
/// let headers = [("X-GitHub-Event", "issues"), ("X-GitHub-Delivery", "d1"), ("X-Hub-Signature-256", signature)];
///
/// let headers = github::Headers::from_pairs(headers)?;
/// github::verify_signature(&[b"the webhook's secret"], headers.signature.unwrap_or_default(), body)?;
/// let event = github::read(&headers, body)?;
/// assert_eq!((event.kind.as_str(), event.subject.as_str()), ("issues.opened", "github:acme/api#7"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// RY1101 to RY1104 if the body is not JSON within the limits, RY1105 if a member that is read occurs twice, RY1106 if
/// a required header is empty, RY1108 if the body is not a JSON object.
pub fn read(headers: &Headers<'_>, body: &[u8]) -> Result<Event, ReadError> {
    headers.check()?;
    if body.starts_with(b"payload=") {
        let reason = "this is a form, GitHub's default; set the webhook's content type to `application/json`";
        return Err(ReadError::NotJson { offset: 0, reason });
    }
    let mut reader = Reader::new(body)?;
    let mut payload = None;
    Payload::read_into(&mut payload, &mut reader)?;
    reader.end()?;
    let payload =
        payload.as_ref().ok_or(ReadError::WrongShape { expected: "a JSON object, the body of a GitHub webhook" })?;

    let mut draft = Draft::new(headers, payload);
    fill(headers.event, &mut draft);
    let mut event = draft.event;
    event.actor = payload.sender.as_ref().and_then(actor);
    // Only where the payload says when its object changed: two equal bodies without that may be two events. A click on a
    // button of a check run changes nothing in it.
    let clicked = matches!(&*event.kind, "check_run.requested_action" | "check_run.rerequested");
    if event.version.is_some() && !clicked {
        event.content_key = Some(content_key(headers.event, payload, body));
    }
    common_attributes(headers, payload, &mut event);
    Ok(event)
}

fn fill(name: &str, draft: &mut Draft<'_, '_>) {
    match name {
        "issues" => talk::issues(draft),
        "issue_comment" => talk::issue_comment(draft),
        "pull_request" => talk::pull_request(draft),
        "pull_request_review" => talk::review(draft),
        "pull_request_review_comment" => talk::review_comment(draft),
        "pull_request_review_thread" => talk::review_thread(draft),
        "commit_comment" => talk::commit_comment(draft),
        "discussion" => talk::discussion(draft),
        "discussion_comment" => talk::discussion_comment(draft),
        "push" => code::push(draft),
        "create" | "delete" => code::create_or_delete(draft, name == "create"),
        "merge_group" => code::merge_group(draft),
        "release" => code::release(draft),
        "workflow_dispatch" => code::workflow_dispatch(draft),
        "repository_dispatch" => code::repository_dispatch(draft),
        "status" => ci::status(draft),
        "check_run" => ci::check_run(draft),
        "check_suite" => ci::check_suite(draft),
        "workflow_run" => ci::workflow_run(draft),
        "workflow_job" => ci::workflow_job(draft),
        "deployment" => ci::deployment(draft),
        "deployment_status" => ci::deployment_status(draft),
        "deployment_review" => ci::deployment_review(draft),
        "code_scanning_alert" => other::alert(draft, "code-scanning"),
        "dependabot_alert" => other::alert(draft, "dependabot"),
        "secret_scanning_alert" | "secret_scanning_alert_location" => other::alert(draft, "secret-scanning"),
        "repository_vulnerability_alert" => other::alert(draft, "vulnerabilities"),
        "security_advisory" => other::advisory(draft),
        name => other::other(draft, name),
    }
}

fn actor(sender: &User<'_>) -> Option<Actor> {
    let login = sender.login.as_deref().filter(|login| !login.is_empty())?;
    let class = match sender.class.as_deref() {
        _ if login.ends_with("[bot]") => ActorClass::Bot,
        Some("User") => ActorClass::Human,
        Some("Bot") => ActorClass::Bot,
        Some("Organization") => ActorClass::App,
        _ => ActorClass::Unknown,
    };
    Some(Actor { id: bounded::name(bounded::concat(&["github:", login]), limits::SUBJECT_BYTES), class })
}

fn common_attributes(headers: &Headers<'_>, payload: &Payload<'_>, event: &mut Event) {
    let installation = payload.installation.as_ref().and_then(|installation| installation.value.as_ref());
    let values = [
        ("action", payload.action.as_deref()),
        ("repository", payload.repository.as_ref().and_then(|repository| repository.full_name.as_deref())),
        ("installation", installation.and_then(|installation| installation.id.as_ref()).map(|id| &*id.0)),
        ("hook", headers.hook),
        ("hook_target", headers.hook_target),
    ];
    for (name, value) in values {
        if let Some(value) = value {
            bounded::set(&mut event.attributes, name, value);
        }
    }
}

/// The same change arrives through a repository's webhook and an app's under two delivery ids, with equal bodies but
/// for the member `installation`: this is a digest of the event's name and the rest of the body.
fn content_key(name: &str, payload: &Payload<'_>, body: &[u8]) -> Text {
    let mut hasher = Xxh3::new();
    hasher.update(name.as_bytes());
    // Not in any event's name.
    hasher.update(b"\n");
    match &payload.installation {
        Some(installation) => {
            let (before, after) = without_member(body, installation.start, installation.end);
            hasher.update(before);
            hasher.update(after);
        }
        None => hasher.update(body),
    }
    HEXLOWER.encode(&hasher.digest128().to_be_bytes()).into()
}

/// What is before and after a member of an object, without the comma that separated it, given where its value is.
fn without_member(body: &[u8], start: usize, end: usize) -> (&[u8], &[u8]) {
    let before = body[..start].trim_ascii_end();
    let before = before.strip_suffix(b":").unwrap_or(before).trim_ascii_end();
    let key = before.strip_suffix(b"\"").unwrap_or(before).iter().rposition(|&byte| byte == b'"').unwrap_or(0);
    let before = before[..key].trim_ascii_end();
    let after = body[end..].trim_ascii_start();
    match before.strip_suffix(b",") {
        Some(before) => (before.trim_ascii_end(), after),
        None => (before, after.strip_prefix(b",").unwrap_or(after).trim_ascii_start()),
    }
}
