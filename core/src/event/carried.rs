//! What senders put into the free parts of a payload: lineage tokens, and the members of a cloud event's or a button's `data`.

use alloc::{borrow::Cow, vec::Vec};

use super::{
    Event, bounded, fingerprint,
    json::{Read, ReadError, Reader, Scalar, objects},
};
use crate::{limits, text::Text};

/// How many members of `data` become attributes.
const DATA_ATTRIBUTES: usize = 16;

objects! {
    /// An object its sender can put anything into.
    Carrier {
        reynolds: Token<'a>,
    }

    TokenObject {
        token: Cow<'a, str>,
    }
}

/// A lineage token, as a text or as the member `token` of an object.
#[derive(Debug)]
pub(super) struct Token<'a>(Cow<'a, str>);

impl Token<'_> {
    /// The token, if it has the form of one.
    pub(super) fn get(&self) -> Option<Text> {
        fingerprint::is_token(&self.0).then(|| Text::from(self.0.as_ref()))
    }
}

impl<'a> Read<'a> for Token<'a> {
    fn read_into(slot: &mut Option<Self>, reader: &mut Reader<'a>) -> Result<(), ReadError> {
        let token = match reader.next() {
            b'{' => TokenObject::read(reader)?.and_then(|object| object.token),
            _ => Cow::read(reader)?,
        };
        *slot = token.map(Self);
        Ok(())
    }
}

impl Carrier<'_> {
    /// The token in it, if there is one.
    pub(super) fn token(&self) -> Option<Text> {
        self.reynolds.as_ref()?.get()
    }
}

/// The `data` of a cloud event or of a button: its first members that are texts, numbers or booleans, and a token.
#[derive(Debug, Default)]
pub(super) struct Data<'a> {
    text: Option<Cow<'a, str>>,
    members: Vec<(Text, Cow<'a, str>)>,
    token: Option<Token<'a>>,
}

impl<'a> Read<'a> for Data<'a> {
    fn read_into(slot: &mut Option<Self>, reader: &mut Reader<'a>) -> Result<(), ReadError> {
        let data = slot.insert(Self::default());
        if reader.next() == b'"' {
            data.text = Some(reader.string()?);
            return Ok(());
        }
        reader.object(|reader, key| data.read_member(reader, key))?;
        Ok(())
    }
}

impl<'a> Data<'a> {
    /// Reads the value of one member.
    pub(super) fn read_member(&mut self, reader: &mut Reader<'a>, key: &str) -> Result<(), ReadError> {
        if key == "reynolds" {
            if self.token.is_some() {
                return Err(ReadError::DuplicateKey { key: key.into() });
            }
            return Token::read_into(&mut self.token, reader);
        }
        if self.members.iter().any(|(name, _)| name == key) {
            return Err(ReadError::DuplicateKey { key: key.into() });
        }
        match Scalar::read(reader)? {
            Some(value) if self.members.len() < DATA_ATTRIBUTES => self.members.push((Text::from(key), value.0)),
            _ => {}
        }
        Ok(())
    }

    /// Data that is a text.
    pub(super) fn of_text(text: &'a str) -> Self {
        Self { text: Some(Cow::Borrowed(text)), ..Self::default() }
    }

    /// The member of this name, if it is a text, number or boolean.
    pub(super) fn member(&self, name: &str) -> Option<&str> {
        self.members.iter().find(|(key, _)| key == name).map(|(_, value)| &**value)
    }

    /// The token in it, if there is one.
    pub(super) fn token(&self) -> Option<Text> {
        self.token.as_ref()?.get()
    }

    /// Adds attributes `data.…` to `event`.
    pub(super) fn add_members_to(&self, event: &mut Event) {
        for (name, value) in &self.members {
            bounded::set(&mut event.attributes, &bounded::concat(&["data.", name]), value);
        }
    }

    /// Adds what there is to `event`: attributes `data.…`, a text and a token.
    pub(super) fn add_to(&self, event: &mut Event) {
        self.add_members_to(event);
        let text = self.text.as_deref().map(|text| bounded::start(text, limits::TEXT_BYTES));
        event.text = text.filter(|text| !text.is_empty()).map(Text::from);
        if event.token.is_none() {
            event.token = self.token();
        }
    }
}

/// The subject of a cloud event. A `subject` that names its platform (`github:acme/api#7`), is a resource id of Azure or
/// repeats the source stands for itself, any other is a place below the source. Azure's ids get `azure:` in front.
pub(super) fn subject(source: &str, subject: Option<&str>) -> Text {
    let subject = subject.unwrap_or_default();
    let whole = names_its_platform(subject) || is_azure(subject) || repeats(source, subject);
    let path = if whole && !subject.is_empty() {
        Text::from(subject)
    } else {
        let separator = if subject.is_empty() || subject.starts_with('/') || source.ends_with('/') { "" } else { "/" };
        bounded::concat(&[source, separator, subject])
    };
    let subject =
        if is_azure(&path) { bounded::concat(&["azure:", SUBSCRIPTIONS, &one_spelling(&path)]) } else { path };
    bounded::name(subject, limits::SUBJECT_BYTES)
}

/// Is it the source, or a place below it? `/repository/1` is not below `/repo`.
fn repeats(source: &str, subject: &str) -> bool {
    let ends = source.is_empty() || source.ends_with('/');
    subject.strip_prefix(source).is_some_and(|rest| ends || rest.is_empty() || rest.starts_with(['/', '#']))
}

/// What Azure's resource ids start with.
const SUBSCRIPTIONS: &str = "/subscriptions/";

fn is_azure(subject: &str) -> bool {
    subject.get(..SUBSCRIPTIONS.len()).is_some_and(|start| start.eq_ignore_ascii_case(SUBSCRIPTIONS))
}

/// What follows `/subscriptions/` in a resource id. Azure compares ids without regard to case, and its services spell
/// `resourceGroups` in two ways.
fn one_spelling(id: &str) -> Text {
    const GROUPS: &str = "resourceGroups";
    let rest = &id[SUBSCRIPTIONS.len()..];
    let groups = rest.split_once('/').and_then(|(subscription, rest)| Some((subscription, rest.get(..GROUPS.len())?)));
    match groups {
        Some((subscription, groups)) if groups.eq_ignore_ascii_case(GROUPS) => {
            bounded::concat(&[subscription, "/", GROUPS, &rest[subscription.len() + 1 + GROUPS.len()..]])
        }
        _ => Text::from(rest),
    }
}

/// Whether a text starts like `github:`.
fn names_its_platform(subject: &str) -> bool {
    let Some((platform, _)) = subject.split_once(':') else { return false };
    platform.starts_with(|first: char| first.is_ascii_lowercase())
        && platform.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"+.-_".contains(&byte))
}
