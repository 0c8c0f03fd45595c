//! CloudEvents 1.0 over HTTP: [`read`] makes events of the structured and the batched form, [`read_request`] of any
//! form, told apart by the request's headers.
//!
//! `(source, id)` is an event's identity, as the specification wants it. Extension attributes become attributes; of
//! these, `rytoken` is a lineage token, `traceparent` the trace context, `authid` and `authtype` the actor.

use alloc::{borrow::Cow, collections::BTreeMap, string::String, vec::Vec};

use super::{
    Actor, ActorClass, Event, ReadError, bounded,
    carried::{self, Data},
    fingerprint,
    json::{Read, Reader, Scalar, timestamp},
};
use crate::{chain::slot, limits, text::Text};

const SHAPE: ReadError = ReadError::WrongShape { expected: "a CloudEvent, or a JSON array of CloudEvents" };

/// Reads the body of a request in structured (`application/cloudevents+json`) or batched
/// (`application/cloudevents-batch+json`) form.
///
/// # Errors
///
/// RY1101 to RY1104 if the body is not JSON within the limits, RY1105 if an attribute occurs twice, RY1108 if an event
/// is not a JSON object or of another major version, RY1109 if an event has no `id`, `source`, `specversion` or `type`.
/// One wrong event refuses the request.
pub fn read(body: &[u8]) -> Result<Vec<Event>, ReadError> {
    let mut reader = Reader::new(body)?;
    let mut read = Vec::new();
    if reader.next() == b'[' {
        reader.array(|reader| {
            read.push(structured(reader)?);
            Ok(())
        })?;
    } else {
        read.push(structured(&mut reader)?);
    }
    reader.end()?;
    read.into_iter().map(|context| context.ok_or(SHAPE)?.into_event()).collect()
}

/// Reads a request in any form: structured and batched by its `Content-Type`, else binary, with the attributes in
/// headers `ce-…`. Header names are compared without regard to case.
///
/// # Errors
///
/// Those of [`read`]; RY1106 instead of RY1109 if a header is missing.
pub fn read_request<'h>(
    headers: impl IntoIterator<Item = (&'h str, &'h str)>,
    body: &[u8],
) -> Result<Vec<Event>, ReadError> {
    let mut context = Context::default();
    for (name, value) in headers {
        let name = name.to_ascii_lowercase();
        if name == "content-type" {
            let kind = value.trim_ascii_start().to_ascii_lowercase();
            if kind.starts_with("application/cloudevents") {
                return read(body);
            }
            context.set("datacontenttype", kind.into())?;
        } else if let Some(attribute) = name.strip_prefix("ce-") {
            context.set(attribute, percent_decoded(value))?;
        }
    }
    let kind = context.attributes.get("datacontenttype").map(Text::as_str).unwrap_or_default();
    if kind.contains("json") && !body.trim_ascii().is_empty() {
        let mut reader = Reader::new(body)?;
        Data::read_into(&mut context.data, &mut reader)?;
        reader.end()?;
    } else if kind.starts_with("text/") {
        context.data = core::str::from_utf8(body).ok().map(Data::of_text);
    }
    let event = context.into_event().map_err(|error| match error {
        ReadError::MissingField { field } => ReadError::MissingHeader { name: header(field) },
        error => error,
    })?;
    Ok(alloc::vec![event])
}

fn header(attribute: &'static str) -> &'static str {
    match attribute {
        "id" => "ce-id",
        "source" => "ce-source",
        "type" => "ce-type",
        _ => "ce-specversion",
    }
}

/// Header values are percent-encoded UTF-8. What is not stays as it is.
fn percent_decoded(value: &str) -> Text {
    let hex = |digit: u8| char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.as_bytes();
    while let Some((&byte, behind)) = rest.split_first() {
        rest = behind;
        if let (b'%', [high, low, behind @ ..]) = (byte, rest) {
            if let (Some(high), Some(low)) = (hex(*high), hex(*low)) {
                bytes.push(high << 4 | low);
                rest = behind;
                continue;
            }
        }
        bytes.push(byte);
    }
    String::from_utf8(bytes).map_or_else(|_| Text::from(value), Text::from)
}

/// The context attributes of an event, and its data.
#[derive(Default)]
struct Context<'a> {
    attributes: BTreeMap<Text, Text>,
    data: Option<Data<'a>>,
    has_data: bool,
}

/// `None` if it is not an object.
fn structured<'a>(reader: &mut Reader<'a>) -> Result<Option<Context<'a>>, ReadError> {
    let mut context = Context::default();
    let is_object = reader.object(|reader, key| match key {
        "data" => {
            if context.has_data {
                return Err(ReadError::DuplicateKey { key: key.into() });
            }
            context.has_data = true;
            Data::read_into(&mut context.data, reader)
        }
        "data_base64" => reader.skip(),
        // Required attributes are texts; extensions can be numbers and booleans, too.
        "id" | "source" | "specversion" | "type" | "subject" | "time" => match Cow::read(reader)? {
            Some(value) => context.set(key, value.into()),
            None => Ok(()),
        },
        _ => match Scalar::read(reader)? {
            Some(value) => context.set(key, value.0.into()),
            None => Ok(()),
        },
    })?;
    Ok(is_object.then_some(context))
}

impl Context<'_> {
    fn set(&mut self, name: &str, value: Text) -> Result<(), ReadError> {
        match self.attributes.insert(Text::from(name), value) {
            None => Ok(()),
            Some(_) => Err(ReadError::DuplicateKey { key: name.into() }),
        }
    }

    fn take(&mut self, name: &str) -> Option<Text> {
        self.attributes.remove(name).filter(|value| !value.is_empty())
    }

    fn require(&mut self, field: &'static str) -> Result<Text, ReadError> {
        self.take(field).ok_or(ReadError::MissingField { field })
    }

    fn into_event(mut self) -> Result<Event, ReadError> {
        let version = self.require("specversion")?;
        if !version.starts_with("1.") {
            return Err(ReadError::WrongShape { expected: "a CloudEvent of version 1.x (`specversion`)" });
        }
        let id = self.require("id")?;
        let source = self.require("source")?;
        let kind = self.require("type")?;
        let subject = self.take("subject");
        // A tracestate stays an attribute: it is to be passed on.
        let traced = self.attributes.get("tracestate").and_then(|state| slot::find_tracestate(state)).map(Text::from);
        let mut event = Event {
            id: bounded::name(id, limits::ID_BYTES),
            kind: bounded::name(kind, limits::NAME_BYTES),
            subject: carried::subject(&source, subject.as_deref()),
            actor: Some(self.actor(&source)),
            source: bounded::name(source, limits::NAME_BYTES),
            occurred_at: self.take("time").as_deref().and_then(timestamp),
            traceparent: self.take("traceparent").filter(|text| is_traceparent(text)),
            token: self.take("rytoken").filter(|text| fingerprint::is_token(text)).or(traced),
            ..Event::default()
        };
        for (name, value) in &self.attributes {
            bounded::set(&mut event.attributes, name, value);
        }
        if let Some(data) = &self.data {
            data.add_to(&mut event);
        }
        Ok(event)
    }

    /// The principal of the Auth Context extension, else the source itself.
    fn actor(&mut self, source: &str) -> Actor {
        let kind = self.take("authtype");
        let class = match (kind.as_deref(), self.attributes.contains_key("authid")) {
            (Some("user" | "app_user"), _) => ActorClass::Human,
            (Some("service_account" | "api_key"), _) => ActorClass::App,
            (Some("system"), _) | (None, false) => ActorClass::System,
            _ => ActorClass::Unknown,
        };
        let id = self.take("authid").unwrap_or_else(|| Text::from(source));
        Actor { id: bounded::name(id, limits::SUBJECT_BYTES), class }
    }
}

/// `00-`, 32 hex digits, `-`, 16, `-`, 2. What is not would break the receiver it is passed on to.
fn is_traceparent(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let is_hex = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
    parts.iter().map(|part| part.len()).eq([2, 32, 16, 2]) && parts.iter().all(|part| is_hex(part))
}
