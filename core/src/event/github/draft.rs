//! An event while its fields are filled in. Keeps every limit, so that the families of events need not think of them.

use alloc::{string::String, vec::Vec};

use super::{
    Headers,
    payload::{Named, Payload, User, Words},
};
use crate::{
    chain::slot,
    event::{
        Event, Property, bounded, fingerprint,
        json::{Id, timestamp},
    },
    limits,
    text::Text,
};

/// An event and the payload it is made of.
pub(super) struct Draft<'p, 'a> {
    pub(super) payload: &'p Payload<'a>,
    /// The action, or an empty text.
    pub(super) action: &'p str,
    /// What subjects start with: `github:` and the repository, or what stands in for it.
    place: Text,
    pub(super) event: Event,
}

impl<'p, 'a> Draft<'p, 'a> {
    pub(super) fn new(headers: &Headers<'_>, payload: &'p Payload<'a>) -> Self {
        let place = place(payload);
        let action = payload.action.as_deref().unwrap_or_default();
        let kind = match action {
            "" => Text::from(headers.event),
            action => bounded::concat(&[headers.event, ".", action]),
        };
        let event = Event {
            id: bounded::name(headers.delivery, limits::ID_BYTES),
            source: Text::from("github"),
            kind: bounded::name(kind, limits::NAME_BYTES),
            subject: bounded::name(place.clone(), limits::SUBJECT_BYTES),
            ..Event::default()
        };
        Self { payload, action, place, event }
    }

    /// Whether the action is one of these.
    pub(super) fn is(&self, actions: &[&str]) -> bool {
        actions.contains(&self.action)
    }

    /// The subject is something in the repository: `["#", "7"]`.
    pub(super) fn subject(&mut self, path: &[&str]) {
        self.event.subject = self.reference(path);
    }

    /// The subject is an account or something of it: `["acme", "/teams/core"]`.
    pub(super) fn account(&mut self, path: &[&str]) {
        self.event.subject = reference("github:", path);
    }

    /// The subject is a numbered thing of the repository. Without a number it stays the repository.
    pub(super) fn numbered(&mut self, path: &str, number: Option<&Id<'_>>) {
        if let Some(number) = number {
            self.subject(&[path, &number.0]);
        }
    }

    /// The subject is a branch, tag or commit.
    pub(super) fn at(&mut self, reference: Option<&Words<'_>>) {
        if let Some(reference) = reference {
            self.subject(&["@", short_reference(reference)]);
        }
    }

    /// What the subject belongs to, in the repository.
    pub(super) fn about(&mut self, path: &[&str]) {
        self.event.about = Some(self.reference(path));
    }

    pub(super) fn object(&mut self, kind: &str, id: Option<&Id<'_>>) {
        self.event.object = id.map(|id| object(kind, &id.0));
    }

    pub(super) fn reply_to(&mut self, kind: &str, id: Option<&Id<'_>>) {
        self.event.reply_to = id.map(|id| object(kind, &id.0));
    }

    /// The text: a title, a body, or both in two lines.
    pub(super) fn text(&mut self, title: Option<&Words<'_>>, body: Option<&Words<'_>>) {
        let title = title.map(|text| &**text).unwrap_or_default();
        let body = body.map(|text| &**text).unwrap_or_default();
        let separator = if title.is_empty() || body.is_empty() { "" } else { "\n" };
        let text = bounded::concat(&[title, separator, body]);
        let short = text.len() <= limits::TEXT_BYTES;
        let text = if short { text } else { bounded::start(&text, limits::TEXT_BYTES).into() };
        self.event.text = Some(text).filter(|text| !text.is_empty());
    }

    pub(super) fn state(&mut self, property: &str, value: &str) {
        self.event.state = Some(Property {
            property: bounded::name(property, limits::NAME_BYTES),
            value: bounded::name(value, limits::VALUE_BYTES),
        });
    }

    /// The state is which of two a thing is.
    pub(super) fn flag(&mut self, property: &str, value: bool) {
        self.state(property, if value { "true" } else { "false" });
    }

    /// The state is what a text says, as a digest of the event's text.
    pub(super) fn text_state(&mut self) {
        let digest = bounded::digest(self.event.text.as_deref().unwrap_or_default());
        self.state("text", &digest);
    }

    /// The object last changed at this time: its version, and when the event happened.
    pub(super) fn updated(&mut self, at: Option<&Words<'_>>) {
        self.occurred(at);
        self.event.version = self.event.occurred_at.map(|time| time.0);
    }

    pub(super) fn occurred(&mut self, at: Option<&Words<'_>>) {
        self.event.occurred_at = at.and_then(|at| timestamp(at));
    }

    pub(super) fn also(&mut self, kind: &str) {
        self.event.also.push(Text::from(kind));
    }

    pub(super) fn attribute(&mut self, name: &str, value: Option<&Words<'_>>) {
        if let Some(value) = value {
            bounded::set(&mut self.event.attributes, name, value);
        }
    }

    /// A branch, tag or ref, without `refs/heads/` or `refs/tags/`.
    pub(super) fn attribute_ref(&mut self, name: &str, value: Option<&Words<'_>>) {
        if let Some(value) = value {
            bounded::set(&mut self.event.attributes, name, short_reference(value));
        }
    }

    /// Takes the token that travels in a text, if this event is about writing that text. A text that is merely there,
    /// when its issue gets a label, was said before.
    pub(super) fn token_in_text(&mut self, text: Option<&Words<'_>>) {
        let written = match self.action {
            "created" | "opened" | "submitted" | "published" => true,
            "edited" => match &self.payload.changes {
                Some(changes) => {
                    let elsewhere = changes.title.is_some() || changes.name.is_some() || changes.base.is_some();
                    changes.body.is_some() || !elsewhere
                }
                None => true,
            },
            _ => false,
        };
        if let (true, Some(text)) = (written, text) {
            self.event.token = fingerprint::find_token(text).map(Text::from);
        }
    }

    /// Takes a token that is all of a field.
    pub(super) fn token(&mut self, field: Option<&Words<'_>>) {
        if let Some(token) = field.and_then(|field| slot::find_external_id(field)) {
            self.event.token = Some(Text::from(token));
        }
    }

    /// Takes the token in a commit's trailer.
    pub(super) fn token_in_commit(&mut self, message: Option<&Words<'_>>) {
        if let Some(token) = message.and_then(|message| fingerprint::find_trailer(message)) {
            self.event.token = Some(Text::from(token));
        }
    }

    fn reference(&self, path: &[&str]) -> Text {
        reference(&self.place, path)
    }
}

fn reference(start: &str, path: &[&str]) -> Text {
    let mut reference = String::with_capacity(start.len() + path.iter().map(|part| part.len()).sum::<usize>());
    reference.push_str(start);
    path.iter().for_each(|part| reference.push_str(part));
    bounded::name(reference, limits::SUBJECT_BYTES)
}

/// The repository; where there is none, the account that the event concerns.
fn place(payload: &Payload<'_>) -> Text {
    let installation = payload.installation.as_ref().and_then(|installation| installation.value.as_ref());
    let repository = payload.repository.as_ref().and_then(|repository| repository.full_name.as_deref());
    let organization = || payload.organization.as_ref().and_then(|organization| organization.login.as_deref());
    let enterprise = || payload.enterprise.as_ref().and_then(|enterprise| enterprise.slug.as_deref());
    let account = || installation.and_then(|installation| installation.account.as_ref()?.login.as_deref());
    let sender = || payload.sender.as_ref().and_then(|sender| sender.login.as_deref());
    let place = repository.or_else(organization).or_else(enterprise).or_else(account).or_else(sender);
    bounded::concat(&["github:", place.unwrap_or_default()])
}

/// `github:comment/17`
pub(super) fn object(kind: &str, id: &str) -> Text {
    bounded::name(bounded::concat(&["github:", kind, "/", id]), limits::SUBJECT_BYTES)
}

fn short_reference(reference: &str) -> &str {
    let branch = reference.strip_prefix("refs/heads/");
    branch.or_else(|| reference.strip_prefix("refs/tags/")).unwrap_or(reference)
}

/// The names of things in one order, so that equal sets are equal texts.
pub(super) fn sorted<'t>(names: impl Iterator<Item = &'t str>) -> Text {
    let mut names: Vec<&str> = names.collect();
    names.sort_unstable();
    names.join(",").into()
}

pub(super) fn labels(labels: Option<&[Named<'_>]>) -> Text {
    sorted(labels.into_iter().flatten().filter_map(|label| label.name.as_deref()))
}

pub(super) fn logins(users: Option<&[User<'_>]>) -> Text {
    sorted(users.into_iter().flatten().filter_map(|user| user.login.as_deref()))
}
