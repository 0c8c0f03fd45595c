//! Texts with places for an event's fields: `"CI failed on {about}: {attributes.url}"`.

use alloc::{borrow::ToOwned, format, string::String, vec::Vec};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{Seen, predicate::class_name};
use crate::{limits, text::Text};

/// A text with places in braces. `{{` and `}}` are braces. A field the event does not have is empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    source: String,
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(Text),
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
    Attribute(Text),
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
            _ => Self::Attribute(name.strip_prefix("attributes.")?.into()),
        })
    }

    fn of<'a>(&self, seen: &Seen<'a>) -> &'a str {
        match self {
            Self::Class => class_name(seen.class),
            _ => self.text(seen).map_or("", Text::as_str),
        }
    }

    fn text<'a>(&self, seen: &Seen<'a>) -> Option<&'a Text> {
        let event = seen.event;
        match self {
            Self::Id => Some(&event.id),
            Self::Source => Some(&event.source),
            Self::Kind => Some(&event.kind),
            Self::Subject => Some(&event.subject),
            Self::About => Some(seen.about),
            Self::Actor => event.actor.as_ref().map(|actor| &actor.id),
            Self::Class => None,
            Self::Object => event.object.as_ref(),
            Self::Text => event.text.as_ref(),
            Self::State => event.state.as_ref().map(|state| &state.value),
            Self::Tenant => event.tenant.as_ref(),
            Self::Attribute(name) => event.attributes.get(name),
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
                parts.push(Part::Text(core::mem::take(&mut text).into()));
            }
            parts.push(Part::Place(place));
            rest = &after[close + 1..];
        }
        text.push_str(rest);
        if !text.is_empty() {
            parts.push(Part::Text(text.into()));
        }
        Ok(Self { source: source.to_owned(), parts })
    }

    /// What it always gives, if it has no places.
    pub(crate) fn constant(&self) -> Option<&str> {
        match &*self.parts {
            [Part::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// The most bytes the text can have when no field of the event has more than `field`.
    pub(crate) fn longest(&self, field: usize) -> usize {
        let places = self.parts.iter().filter(|part| matches!(part, Part::Place(_))).count();
        self.source.len() + places * field.max(limits::SUBJECT_BYTES)
    }

    /// The text for an event, at most `max` bytes, cut at a character.
    #[must_use]
    pub fn render(&self, seen: &Seen<'_>, max: usize) -> Text {
        self.render_with(seen, max, &mut String::new())
    }

    /// Like [`Template::render`], with memory to put the text together in.
    pub(crate) fn render_with(&self, seen: &Seen<'_>, max: usize, scratch: &mut String) -> Text {
        if let Some(text) = self.whole(seen).filter(|text| text.len() <= max) {
            return text.clone();
        }
        scratch.clear();
        for part in &self.parts {
            let piece = match part {
                Part::Text(text) => text.as_str(),
                Part::Place(place) => place.of(seen),
            };
            let mut room = max - scratch.len();
            if piece.len() <= room {
                scratch.push_str(piece);
                continue;
            }
            while !piece.is_char_boundary(room) {
                room -= 1;
            }
            scratch.push_str(&piece[..room]);
            break;
        }
        scratch.as_str().into()
    }

    /// The text that is all of it, if it is one that exists already.
    fn whole<'a>(&'a self, seen: &Seen<'a>) -> Option<&'a Text> {
        match self.parts.as_slice() {
            [Part::Text(text)] => Some(text),
            [Part::Place(place)] => place.text(seen),
            _ => None,
        }
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

    fn render(source: &str, max: usize) -> Text {
        let event = Event { kind: "issues.opened".into(), text: Some("Grüße".into()), ..Event::default() };
        let about = Text::from("github:acme/api#7");
        let seen = Seen { event: &event, class: ActorClass::Human, about: &about, echo: false, late: false, hop: 0 };
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
