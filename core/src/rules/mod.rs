//! Rules: which events cause which effects, as data.
//!
//! A [`Rule`] is a [`Predicate`] and what follows from it: effects to make from a template, or a handler of the host
//! to run. The predicate is one type for every place that will ask a question about an event.

mod policy;
mod predicate;
mod template;

use alloc::{format, string::String, vec::Vec};

use serde::{Deserialize, Serialize};

pub use policy::LoopPolicy;
pub use predicate::{Field, Pattern, Predicate};
pub use template::Template;

use crate::{
    config::Enforce,
    effect::Act,
    error::Rejected,
    event::{ActorClass, Event, Property},
    limits,
    outbox::EFFECT_BYTES,
    text::Text,
};

/// What follows from events that match.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Its name, unique, shown in every decision and effect it causes.
    pub id: Text,
    /// Which events. Without it, all of them except our own echoes.
    #[serde(default, skip_serializing_if = "Predicate::is_always")]
    pub when: Predicate,
    /// Effects to make.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub effects: Vec<EffectTemplate>,
    /// The host's handler to run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handle: Option<Text>,
    /// What to do with effects of this rule, and of its handler, that meet a limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enforce: Option<Enforce>,
    /// What its effects, and those of its handler, may repeat: `evidence`, `ignore_automation` or `reentry(n)`.
    #[serde(default, skip_serializing_if = "LoopPolicy::is_default")]
    pub loops: LoopPolicy,
    /// The same input always leads to the same effects. Then one exact repetition along a line is proof of a loop.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub deterministic: bool,
}

/// An effect to make from an event. Texts may name the event's fields: `"New: {subject} by {actor}"`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EffectTemplate {
    /// What to do: `message`, `comment`, `issue`, or any word the host's `perform` knows.
    pub kind: Template,
    /// Where it lands. `{about}` is what the event concerns, through everything known of its subject.
    pub subject: Template,
    /// What it concerns. Without it, what the event concerns, if it lands elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<Template>,
    /// The text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<Template>,
    /// Drop it if it could not leave within this many milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_in_ms: Option<u64>,
    /// The property it sets, and to what: as `writes` of a proposal. Left out where the value comes out empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub writes: Option<PropertyTemplate>,
    /// It changes nothing on the platform: it counts as a read, not as a hop.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub read_only: bool,
}

/// A property and the value that it is set to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PropertyTemplate {
    /// Which property: 1 to 256 bytes.
    pub property: Text,
    /// Its value, which may name the event's fields.
    pub value: Template,
}

/// An event as rules see it: with what the broker knows about it.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// The event.
    pub event: &'a Event,
    /// What the actor is, after the host's registry.
    pub class: ActorClass,
    /// What the event concerns, through the alias table.
    pub about: &'a Text,
    /// It is our own effect coming back.
    pub echo: bool,
    /// A newer state of its object is known.
    pub late: bool,
    /// Automated steps that led to it.
    pub hop: u16,
}

impl Seen<'_> {
    /// Did a bot or an app do it, or did it come of our own effects?
    fn is_automated(&self) -> bool {
        self.hop > 0 || matches!(self.class, ActorClass::Bot | ActorClass::App)
    }
}

impl Rule {
    /// Does the rule apply? Our own echoes only match a rule that asks for them (`"echo": true`).
    #[must_use]
    pub fn matches(&self, seen: &Seen<'_>) -> bool {
        let ignored = self.loops == LoopPolicy::IgnoreAutomation && seen.is_automated();
        !ignored && (!seen.echo || self.when.asks_for_echo()) && self.when.matches(seen)
    }

    /// How many effects it can cause.
    #[must_use]
    pub fn width(&self) -> usize {
        self.effects.len() + usize::from(self.handle.is_some())
    }

    /// The most its effects for an event of this weight can weigh, in bytes.
    pub(crate) fn weight(&self, event: usize) -> u64 {
        let templates = self.effects.iter().map(|effect| effect.weight(event)).sum::<usize>();
        let handle = if self.handle.is_some() { event } else { 0 };
        EFFECT_BYTES * self.width() as u64 + (templates + handle) as u64
    }

    pub(crate) fn check(&self, position: usize) -> Result<(), Rejected> {
        let place = || {
            if self.id.is_empty() { format!("rules[{position}]") } else { format!("rule `{}`", self.id) }
        };
        let fail = |reason: &str| Err(Rejected::Config { place: place(), reason: reason.into() });
        if self.id.is_empty() || self.id.len() > limits::NAME_BYTES {
            return fail("`id` must have 1 to 256 bytes");
        }
        if self.width() == 0 {
            return fail("has neither `effects` nor `handle`: give it one, or remove it");
        }
        if self.width() > limits::EFFECTS {
            return fail("more than 256 effects");
        }
        if self.handle.as_ref().is_some_and(|name| name.is_empty() || name.len() > limits::NAME_BYTES) {
            return fail("`handle` must have 1 to 256 bytes");
        }
        let named = |name: &Text| !name.is_empty() && name.len() <= limits::NAME_BYTES;
        if !self.effects.iter().filter_map(|effect| effect.writes.as_ref()).all(|writes| named(&writes.property)) {
            return fail("`writes.property` must have 1 to 256 bytes");
        }
        self.when.check().or_else(fail)
    }
}

impl EffectTemplate {
    fn weight(&self, event: usize) -> usize {
        let text = self.text.as_ref().map_or(0, |text| text.longest(event).min(limits::TEXT_BYTES));
        text + self.subject.longest(event).min(limits::SUBJECT_BYTES)
    }

    /// The effect for an event. Texts that come out too long are cut at a character.
    #[must_use]
    pub fn render(&self, seen: &Seen<'_>) -> Act {
        self.render_with(seen, &mut String::new())
    }

    /// Like [`EffectTemplate::render`], with memory to put texts together in.
    pub(crate) fn render_with(&self, seen: &Seen<'_>, scratch: &mut String) -> Act {
        let mut render = |template: &Template, max| template.render_with(seen, max, scratch);
        let subject = render(&self.subject, limits::SUBJECT_BYTES);
        let about = match &self.about {
            Some(template) => Some(render(template, limits::SUBJECT_BYTES)).filter(|about| !about.is_empty()),
            None if *seen.about != subject => Some(seen.about.clone()),
            None => None,
        };
        let writes = self.writes.as_ref().map(|writes| Property {
            property: writes.property.clone(),
            value: render(&writes.value, limits::VALUE_BYTES),
        });
        Act {
            kind: render(&self.kind, limits::NAME_BYTES),
            subject,
            about,
            text: self.text.as_ref().map(|text| render(text, limits::TEXT_BYTES)),
            writes: writes.filter(|writes| !writes.value.is_empty()),
            read_only: self.read_only,
            ..Act::default()
        }
    }
}
