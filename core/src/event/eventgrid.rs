//! Azure Event Grid in its own schema: [`read`] makes events of a request. Its CloudEvents schema is for
//! [`super::cloudevents`]; an event has the same id, source, kind and subject in both.
//!
//! Before it delivers, Event Grid asks whether the endpoint wants its events. The question is an event of the kind
//! [`VALIDATION`]; answer the request with `{"validationResponse": "…"}`, the attribute `validation_code`. Event Grid
//! does not sign: protect the endpoint with a secret in its URL or with Microsoft Entra ID.

use alloc::{borrow::Cow, vec::Vec};

use super::{
    Actor, ActorClass, Event, ReadError, bounded,
    carried::{self, Data},
    json::{Read, Reader, objects, timestamp},
};
use crate::{limits, text::Text};

/// The kind of the event that asks whether the endpoint wants events.
pub const VALIDATION: &str = "Microsoft.EventGrid.SubscriptionValidationEvent";

objects! {
    GridEvent {
        id: Cow<'a, str>,
        topic: Cow<'a, str>,
        subject: Cow<'a, str>,
        kind as "eventType": Cow<'a, str>,
        time as "eventTime": Cow<'a, str>,
        data: Data<'a>,
    }
}

/// Reads a request: a JSON array of events, or one event.
///
/// # Errors
///
/// RY1101 to RY1104 if the body is not JSON within the limits, RY1105 if a member that is read occurs twice, RY1108 if
/// an event is not a JSON object, RY1109 if an event has no `id` or `eventType`. One wrong event refuses the request:
/// Event Grid delivers it again as a whole.
pub fn read(body: &[u8]) -> Result<Vec<Event>, ReadError> {
    const SHAPE: ReadError = ReadError::WrongShape { expected: "a JSON array of Event Grid events" };
    let mut reader = Reader::new(body)?;
    let mut read = Vec::new();
    if reader.next() == b'[' {
        reader.array(|reader| {
            read.push(GridEvent::read(reader)?);
            Ok(())
        })?;
    } else {
        read.push(GridEvent::read(&mut reader)?);
    }
    reader.end()?;
    read.iter().map(|event| canonical(event.as_ref().ok_or(SHAPE)?)).collect()
}

fn canonical(grid: &GridEvent<'_>) -> Result<Event, ReadError> {
    let required = |text: Option<&Cow<'_, str>>, field| match text {
        Some(text) if !text.is_empty() => Ok(Text::from(text.as_ref())),
        _ => Err(ReadError::MissingField { field }),
    };
    let id = required(grid.id.as_ref(), "id")?;
    let kind = required(grid.kind.as_ref(), "eventType")?;
    // Event Grid sets the topic of what it delivers; only events that were made by hand lack one.
    let topic = grid.topic.as_deref().filter(|topic| !topic.is_empty()).unwrap_or("eventgrid");
    let mut event = Event {
        id: bounded::name(id, limits::ID_BYTES),
        source: bounded::name(topic, limits::NAME_BYTES),
        kind: bounded::name(kind, limits::NAME_BYTES),
        subject: carried::subject(topic, grid.subject.as_deref()),
        actor: Some(Actor { id: bounded::name(topic, limits::SUBJECT_BYTES), class: ActorClass::System }),
        occurred_at: grid.time.as_deref().and_then(timestamp),
        ..Event::default()
    };
    if let Some(data) = &grid.data {
        if event.kind == VALIDATION {
            for (name, member) in [("validation_code", "validationCode"), ("validation_url", "validationUrl")] {
                bounded::set(&mut event.attributes, name, data.member(member).unwrap_or_default());
            }
        }
        data.add_to(&mut event);
    }
    let resource = event.kind.strip_prefix("Microsoft.Resources.Resource");
    for (outcome, also) in [("Success", "azure.succeeded"), ("Failure", "azure.failed"), ("Cancel", "azure.cancelled")]
    {
        if resource.is_some_and(|resource| resource.ends_with(outcome)) {
            event.also.push(Text::from(also));
        }
    }
    Ok(event)
}
