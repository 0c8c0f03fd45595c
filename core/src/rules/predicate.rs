//! The predicate: one question about an event, written as JSON.
//!
//! `{"kind": "issues.*", "class": ["human", "bot"]}` asks for both keys to match, each by any of its patterns.
//! `all`, `any` and `not` combine. It will grow operators; its form will not change.

use alloc::{borrow::ToOwned, boxed::Box, format, string::String, vec::Vec};
use core::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser::SerializeMap};

use super::Seen;
use crate::{event::ActorClass, limits};

/// A question about an event. Its JSON is an object; all of its keys must hold.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Predicate {
    /// All of them hold. Empty: always.
    All(Vec<Predicate>),
    /// At least one holds.
    Any(Vec<Predicate>),
    /// It does not hold.
    Not(Box<Predicate>),
    /// A field matches one of the patterns. An absent field matches none.
    Matches(Field, Vec<Pattern>),
    /// The event is our own effect coming back.
    Echo(bool),
    /// A newer state of the event's object is known.
    Late(bool),
}

/// A field of an event, by its name in rules.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Field {
    /// `kind`, and every derived kind.
    Kind,
    /// `source`.
    Source,
    /// `subject`.
    Subject,
    /// `about`: what the event concerns, through aliases.
    About,
    /// `actor`: its id.
    Actor,
    /// `class`: what the actor is.
    Class,
    /// `object`.
    Object,
    /// `text`.
    Text,
    /// `tenant`.
    Tenant,
    /// `state.NAME`: the value, when the property has that name.
    State(String),
    /// `attributes.NAME`.
    Attribute(String),
}

/// A text in which `*` stands for any run of characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    text: String,
    star: bool,
}

impl Default for Predicate {
    fn default() -> Self {
        Self::All(Vec::new())
    }
}

impl Predicate {
    /// It asks nothing.
    #[must_use]
    pub fn is_always(&self) -> bool {
        matches!(self, Self::All(all) if all.is_empty())
    }

    /// Does it hold?
    #[must_use]
    pub fn matches(&self, seen: &Seen<'_>) -> bool {
        match self {
            Self::All(all) => all.iter().all(|one| one.matches(seen)),
            Self::Any(any) => any.iter().any(|one| one.matches(seen)),
            Self::Not(not) => !not.matches(seen),
            Self::Echo(echo) => seen.echo == *echo,
            Self::Late(late) => seen.late == *late,
            Self::Matches(field, patterns) => {
                let hit = |text: &str| patterns.iter().any(|pattern| pattern.matches(text));
                match field {
                    Field::Kind => hit(&seen.event.kind) || seen.event.also.iter().any(|kind| hit(kind)),
                    field => field.of(seen).is_some_and(hit),
                }
            }
        }
    }

    pub(crate) fn asks_for_echo(&self) -> bool {
        match self {
            Self::Echo(echo) => *echo,
            Self::All(list) | Self::Any(list) => list.iter().any(Self::asks_for_echo),
            Self::Not(_) | Self::Late(_) | Self::Matches(..) => false,
        }
    }

    fn depth(&self) -> usize {
        match self {
            Self::All(list) | Self::Any(list) => 1 + list.iter().map(Self::depth).max().unwrap_or(0),
            Self::Not(not) => 1 + not.depth(),
            Self::Echo(_) | Self::Late(_) | Self::Matches(..) => 0,
        }
    }

    /// A class that does not exist would silently never match.
    fn knows_its_classes(&self) -> bool {
        match self {
            Self::All(list) | Self::Any(list) => list.iter().all(Self::knows_its_classes),
            Self::Not(not) => not.knows_its_classes(),
            Self::Matches(Field::Class, patterns) => {
                patterns.iter().all(|pattern| CLASSES.iter().any(|class| pattern.matches(class_name(*class))))
            }
            Self::Matches(..) | Self::Echo(_) | Self::Late(_) => true,
        }
    }

    pub(crate) fn check(&self) -> Result<(), &'static str> {
        if !self.knows_its_classes() {
            return Err("`class` must be human, bot, app, system, timer or unknown");
        }
        if self.depth() > limits::PREDICATE_DEPTH { Err("`when` is nested deeper than 16") } else { Ok(()) }
    }
}

impl Field {
    fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "kind" => Self::Kind,
            "source" => Self::Source,
            "subject" => Self::Subject,
            "about" => Self::About,
            "actor" => Self::Actor,
            "class" => Self::Class,
            "object" => Self::Object,
            "text" => Self::Text,
            "tenant" => Self::Tenant,
            _ => match name.split_once('.')? {
                ("state", rest) => Self::State(rest.to_owned()),
                ("attributes", rest) => Self::Attribute(rest.to_owned()),
                _ => return None,
            },
        })
    }

    fn name(&self) -> String {
        match self {
            Self::Kind => "kind".into(),
            Self::Source => "source".into(),
            Self::Subject => "subject".into(),
            Self::About => "about".into(),
            Self::Actor => "actor".into(),
            Self::Class => "class".into(),
            Self::Object => "object".into(),
            Self::Text => "text".into(),
            Self::Tenant => "tenant".into(),
            Self::State(name) => format!("state.{name}"),
            Self::Attribute(name) => format!("attributes.{name}"),
        }
    }

    /// The field's text, `None` where the event has none.
    fn of<'a>(&self, seen: &Seen<'a>) -> Option<&'a str> {
        let event = seen.event;
        match self {
            Self::Kind => Some(&event.kind),
            Self::Source => Some(&event.source),
            Self::Subject => Some(&event.subject),
            Self::About => Some(seen.about),
            Self::Actor => event.actor.as_ref().map(|actor| actor.id.as_str()),
            Self::Class => Some(class_name(seen.class)),
            Self::Object => event.object.as_deref(),
            Self::Text => event.text.as_deref(),
            Self::Tenant => event.tenant.as_deref(),
            Self::State(name) => {
                event.state.as_ref().filter(|state| state.property == *name).map(|state| state.value.as_str())
            }
            Self::Attribute(name) => event.attributes.get(name.as_str()).map(|value| value.as_str()),
        }
    }
}

const CLASSES: [ActorClass; 6] =
    [ActorClass::Unknown, ActorClass::Human, ActorClass::Bot, ActorClass::App, ActorClass::System, ActorClass::Timer];

pub(super) fn class_name(class: ActorClass) -> &'static str {
    match class {
        ActorClass::Unknown => "unknown",
        ActorClass::Human => "human",
        ActorClass::Bot => "bot",
        ActorClass::App => "app",
        ActorClass::System => "system",
        ActorClass::Timer => "timer",
    }
}

impl Pattern {
    /// A pattern from its text.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self { text: text.to_owned(), star: text.contains('*') }
    }

    /// Does the whole text match?
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        if !self.star {
            return self.text == text;
        }
        let mut parts = self.text.split('*');
        let Some(mut rest) = parts.next().and_then(|head| text.strip_prefix(head)) else { return false };
        let mut parts = parts.peekable();
        // Taking the leftmost place for each inner part leaves the most for what follows, so no backtracking is needed.
        while let Some(part) = parts.next() {
            if parts.peek().is_none() {
                return rest.ends_with(part);
            }
            match rest.find(part) {
                Some(found) => rest = &rest[found + part.len()..],
                None => return false,
            }
        }
        rest.is_empty()
    }
}

struct OneOrMany(Vec<Pattern>);

impl<'de> Deserialize<'de> for OneOrMany {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Patterns;
        impl<'de> de::Visitor<'de> for Patterns {
            type Value = OneOrMany;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a pattern or a list of patterns")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<OneOrMany, E> {
                Ok(OneOrMany(alloc::vec![Pattern::new(text)]))
            }
            fn visit_seq<A: de::SeqAccess<'de>>(self, mut seq: A) -> Result<OneOrMany, A::Error> {
                let mut patterns = Vec::new();
                while let Some(text) = seq.next_element::<String>()? {
                    patterns.push(Pattern::new(&text));
                }
                Ok(OneOrMany(patterns))
            }
        }
        deserializer.deserialize_any(Patterns)
    }
}

impl<'de> Deserialize<'de> for Predicate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> de::Visitor<'de> for Object {
            type Value = Predicate;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a predicate: an object like {\"kind\": \"issues.*\"}")
            }
            fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Predicate, A::Error> {
                let mut all = Vec::new();
                while let Some(key) = map.next_key::<String>()? {
                    all.push(match key.as_str() {
                        "all" => Predicate::All(map.next_value()?),
                        "any" => Predicate::Any(map.next_value()?),
                        "not" => Predicate::Not(Box::new(map.next_value()?)),
                        "echo" => Predicate::Echo(map.next_value()?),
                        "late" => Predicate::Late(map.next_value()?),
                        name => {
                            let field = Field::parse(name).ok_or_else(|| {
                                de::Error::custom(format!(
                                    "unknown key `{name}` in a predicate, expected kind, source, subject, about, actor, \
                                     class, object, text, tenant, state.NAME, attributes.NAME, echo, late, all, any or not"
                                ))
                            })?;
                            Predicate::Matches(field, map.next_value::<OneOrMany>()?.0)
                        }
                    });
                }
                Ok(if all.len() == 1 { all.swap_remove(0) } else { Predicate::All(all) })
            }
        }
        deserializer.deserialize_map(Object)
    }
}

impl Serialize for Pattern {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl Serialize for Predicate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match self {
            Self::All(list) if list.is_empty() => {}
            Self::All(list) => map.serialize_entry("all", list)?,
            Self::Any(list) => map.serialize_entry("any", list)?,
            Self::Not(not) => map.serialize_entry("not", not)?,
            Self::Echo(echo) => map.serialize_entry("echo", echo)?,
            Self::Late(late) => map.serialize_entry("late", late)?,
            Self::Matches(field, patterns) => map.serialize_entry(&field.name(), patterns)?,
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_run_of_characters() {
        for (pattern, yes, no) in [
            ("issues.opened", "issues.opened", "issues.opened2"),
            ("issues.*", "issues.opened", "issue.opened"),
            ("*.created", "issue_comment.created", "issue_comment.created2"),
            ("github:*/api#*", "github:acme/api#7", "github:acme/apis"),
            ("a*b*c", "aXbYbc", "aXc"),
            ("a*a", "aa", "a"),
            ("*", "", "\u{0}never"),
        ] {
            assert!(Pattern::new(pattern).matches(yes), "{pattern} {yes}");
            assert!(pattern == "*" || !Pattern::new(pattern).matches(no), "{pattern} {no}");
        }
    }

    #[test]
    fn a_predicate_reads_back_what_it_writes() {
        let json = r#"{"all":[{"kind":["issues.*"]},{"not":{"class":["bot","app"]}},{"attributes.ref":["main"]}]}"#;
        let predicate: Predicate = serde_json::from_str(json).expect("valid");
        assert_eq!(serde_json::to_string(&predicate).expect("serialises"), json);
    }

    #[test]
    fn an_unknown_key_is_named_with_the_known_ones() {
        let error = serde_json::from_str::<Predicate>(r#"{"knd":"x"}"#).expect_err("unknown key").to_string();
        assert!(error.contains("`knd`") && error.contains("subject"), "{error}");
    }
}
