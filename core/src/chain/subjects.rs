//! What is known about subjects: what they belong to, where their threads are, and their newest state.

use alloc::boxed::Box;

use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};

use crate::{
    det::{Lru, digest_parts},
    effect::Act,
    event::{Event, Property},
    id::{EffectId, Seq},
    limits::Limits,
    time::Timestamp,
};

/// Aliases are stored resolved; this bounds the few that were learned in another order.
const ALIAS_STEPS: usize = 4;

/// The newest state of an object, as far as events told.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Known {
    /// The event's version.
    #[n(0)]
    pub version: u64,
    /// The state it brought.
    #[n(1)]
    pub state: Option<Property>,
}

#[derive(Debug, Clone)]
pub(crate) struct Subjects {
    aliases: Lru<Box<str>, Box<str>>,
    /// Where a message about a subject went first: by destination and subject, the object there.
    threads: Lru<u64, Box<str>>,
    states: Lru<Box<str>, Known>,
    /// Our last effect on a subject, when it left or was done, and whether it was done.
    last: Lru<u64, (EffectId, Timestamp, bool)>,
}

impl Subjects {
    pub(crate) fn new(limits: &Limits, seed: u64) -> Self {
        Self {
            aliases: Lru::new(limits.subjects, seed),
            threads: Lru::new(limits.subjects, seed),
            states: Lru::new(limits.subjects, seed),
            last: Lru::new(limits.subjects, seed),
        }
    }

    pub(crate) fn set_limits(&mut self, limits: &Limits) {
        self.aliases.set_cap(limits.subjects);
        self.threads.set_cap(limits.subjects);
        self.states.set_cap(limits.subjects);
        self.last.set_cap(limits.subjects);
    }

    /// What a subject or object belongs to, itself if nothing is known.
    pub(crate) fn resolve<'a>(&'a self, subject: &'a str) -> &'a str {
        let mut at = subject;
        for _ in 0..ALIAS_STEPS {
            match self.aliases.get(at) {
                Some(next) => at = next,
                None => break,
            }
        }
        at
    }

    /// What an event concerns: what it says, else what its subject belongs to, else what it answers.
    pub(crate) fn about<'a>(&'a self, event: &'a Event) -> &'a str {
        if let Some(about) = &event.about {
            return self.resolve(about);
        }
        let about = self.resolve(&event.subject);
        match &event.reply_to {
            Some(object) if about == event.subject && self.aliases.contains(object.as_str()) => self.resolve(object),
            _ => about,
        }
    }

    /// Is a newer state of the event's object known?
    pub(crate) fn is_late(&self, event: &Event) -> bool {
        let known = self.states.get(state_key(event));
        event.version.zip(known).is_some_and(|(version, known)| known.version > version)
    }

    /// Takes the state an event brings that is not late.
    pub(crate) fn on_state(&mut self, event: &Event) {
        let Some(version) = event.version else { return };
        match self.states.touch(state_key(event)) {
            Some(known) => *known = Known { version, state: event.state.clone().or(known.state.take()) },
            None => self.states.insert(state_key(event).into(), Known { version, state: event.state.clone() }),
        }
    }

    pub(crate) fn on_event(&mut self, event: &Event) {
        if let Some(about) = &event.about {
            self.alias(&event.subject, about);
        }
    }

    /// An object we made was shown to us on a subject of its own (an issue we opened): the subject concerns the same.
    pub(crate) fn on_own_object(&mut self, event: &Event, object: &str) {
        if let Some(about) = self.aliases.get(object).cloned() {
            self.alias(&event.subject, &about);
        }
    }

    pub(crate) fn on_receipt(&mut self, act: &Act, object: &str) {
        let Some(about) = &act.about else { return };
        self.alias(object, about);
        let key = digest_parts(&[&act.subject, self.resolve(about)]);
        if !self.threads.contains(&key) {
            self.threads.insert(key, object.into());
        }
    }

    pub(crate) fn on_effect(&mut self, subject: &str, effect: EffectId, now: Timestamp, done: bool) {
        self.last.insert(digest_parts(&[subject]), (effect, now, done));
    }

    pub(crate) fn last_effect(&self, subject: &str) -> Option<(EffectId, Timestamp)> {
        self.last.get(&digest_parts(&[subject])).map(|(effect, at, _)| (*effect, *at))
    }

    /// Was an effect of ours done on the subject that was decided at or after a record?
    pub(crate) fn is_answered_since(&self, subject: &str, seq: Seq) -> bool {
        self.last.get(&digest_parts(&[subject])).is_some_and(|(effect, _, done)| *done && effect.seq >= seq)
    }

    /// The first message sent to a destination about something.
    pub(crate) fn thread(&self, destination: &str, about: &str) -> Option<&str> {
        self.threads.get(&digest_parts(&[destination, self.resolve(about)])).map(|object| &**object)
    }

    pub(crate) fn state(&self, object: &str) -> Option<&Known> {
        self.states.get(object)
    }

    fn alias(&mut self, subject: &str, about: &str) {
        let target: Box<str> = self.resolve(about).into();
        if &*target != subject && self.aliases.get(subject) != Some(&target) {
            self.aliases.insert(subject.into(), target);
        }
    }

    pub(crate) fn decode(&mut self, d: &mut Decoder<'_>) -> Result<(), decode::Error> {
        d.array()?;
        self.aliases.decode_entries(d, &mut ())?;
        self.threads.decode_entries(d, &mut ())?;
        self.states.decode_entries(d, &mut ())?;
        self.last.decode_entries(d, &mut ())
    }
}

impl<C> Encode<C> for Subjects {
    fn encode<W: encode::Write>(&self, e: &mut Encoder<W>, ctx: &mut C) -> Result<(), encode::Error<W::Error>> {
        e.array(4)?;
        self.aliases.encode(e, ctx)?;
        self.threads.encode(e, ctx)?;
        self.states.encode(e, ctx)?;
        self.last.encode(e, ctx)
    }
}

/// States are kept by object: a pull request and one of its comments have versions of their own.
fn state_key(event: &Event) -> &str {
    event.object.as_deref().unwrap_or(&event.subject)
}
