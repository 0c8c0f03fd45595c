//! Texts with places for an event's fields: `"CI failed on {about}: {attributes.url}"`.

use alloc::{borrow::ToOwned, format, string::String, vec::Vec};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{Seen, predicate::class_name};
use crate::limits;

/// A text with places in braces. `{{` and `}}` are braces. A field the event does not have is empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    source: String,
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Place(Place),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    Id,
    Source,
    Kind,
    Subject,
    About,
    Actor,
    Class,
    Object,
    Text,
    State,
    Tenant,
    Attribute(String),
}

impl Place {
    fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "id" => Self::Id,
            "source" => Self::Source,
            "kind" => Self::Kind,
            "subject" => Self::Subject,
            "about" => Self::About,
            "actor" => Self::Actor,
            "class" => Self::Class,
            "object" => Self::Object,
            "text" => Self::Text,
            "state" => Self::State,
            "tenant" => Self::Tenant,
            _ => Self::Attribute(name.strip_prefix("attributes.")?.to_owned()),
        })
    }

    fn of<'a>(&self, seen: &Seen<'a>) -> &'a str {
        let event = seen.event;
        match self {
            Self::Id => &event.id,
            Self::Source => &event.source,
            Self::Kind => &event.kind,
            Self::Subject => &event.subject,
            Self::About => seen.about,
            Self::Actor => event.actor.as_ref().map_or("", |actor| &actor.id),
            Self::Class => class_name(seen.class),
            Self::Object => event.object.as_deref().unwrap_or(""),
            Self::Text => event.text.as_deref().unwrap_or(""),
            Self::State => event.state.as_ref().map_or("", |state| &state.value),
            Self::Tenant => event.tenant.as_deref().unwrap_or(""),
            Self::Attribute(name) => event.attributes.get(name).map_or("", String::as_str),
        }
    }
}

impl Template {
    /// Reads a template. The error names the place that is wrong.
    pub fn parse(source: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut text = String::new();
        let mut rest = source;
        while let Some(brace) = rest.find(['{', '}']) {
            text.push_str(&rest[..brace]);
            let (at, after) = rest[brace..].split_at(1);
            if let Some(after) = after.strip_prefix(at) {
                text.push_str(at);
                rest = after;
                continue;
            }
            let close = after.find('}').filter(|_| at == "{");
            let close =
                close.ok_or_else(|| format!("`{source}`: a single `{at}`; write `{at}{at}` for the character"))?;
            let name = &after[..close];
            let place = Place::parse(name).ok_or_else(|| {
                format!(
                    "`{source}`: unknown place `{{{name}}}`, expected id, source, kind, subject, about, actor, class, \
                     object, text, state, tenant or attributes.NAME"
                )
            })?;
            if !text.is_empty() {
                parts.push(Part::Text(core::mem::take(&mut text)));
            }
            parts.push(Part::Place(place));
            rest = &after[close + 1..];
        }
        text.push_str(rest);
        if !text.is_empty() {
            parts.push(Part::Text(text));
        }
        Ok(Self { source: source.to_owned(), parts })
    }

    /// The most bytes the text can have when no field of the event has more than `field`.
    pub(crate) fn longest(&self, field: usize) -> usize {
        let places = self.parts.iter().filter(|part| matches!(part, Part::Place(_))).count();
        self.source.len() + places * field.max(limits::SUBJECT_BYTES)
    }

    /// The text for an event, at most `max` bytes, cut at a character.
    #[must_use]
    pub fn render(&self, seen: &Seen<'_>, max: usize) -> String {
        let pieces = || {
            self.parts.iter().map(|part| match part {
                Part::Text(text) => text.as_str(),
                Part::Place(place) => place.of(seen),
            })
        };
        let mut out = String::with_capacity(pieces().map(str::len).sum::<usize>().min(max));
        for piece in pieces() {
            let mut room = (max - out.len()).min(piece.len());
            while !piece.is_char_boundary(room) {
                room -= 1;
            }
            out.push_str(&piece[..room]);
            if room < piece.len() {
                break;
            }
        }
        out
    }
}

impl Serialize for Template {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.source)
    }
}

impl<'de> Deserialize<'de> for Template {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{ActorClass, Event};

    fn render(source: &str, max: usize) -> String {
        let event = Event { kind: "issues.opened".into(), text: Some("Grüße".into()), ..Event::default() };
        let seen =
            Seen { event: &event, class: ActorClass::Human, about: "github:acme/api#7", echo: false, late: false };
        Template::parse(source).expect("valid template").render(&seen, max)
    }

    #[test]
    fn places_are_filled_and_double_braces_are_braces() {
        assert_eq!(
            render("{{{kind}}} on {about}: {text}{object}!", 100),
            "{issues.opened} on github:acme/api#7: Grüße!"
        );
    }

    #[test]
    fn a_text_too_long_is_cut_at_a_character() {
        assert_eq!(render("{text}", 3), "Gr");
        assert_eq!(render("{text}{text}", 9), "GrüßeGr");
    }

    #[test]
    fn a_wrong_place_is_named() {
        let error = Template::parse("x {sbject}").expect_err("unknown place");
        assert!(error.contains("{sbject}") && error.contains("subject"), "{error}");
        assert!(Template::parse("x { y").expect_err("open brace").contains("{{"));
        assert!(Template::parse("x } y").expect_err("lone brace").contains("}}"));
    }
}
