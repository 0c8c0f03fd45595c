//! What is known about subjects: what they belong to, where their threads are, and their newest state.

use core::hint::black_box;

use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};

use super::Lineage;
use crate::{
    det::{Depth, Lru, Oldest, ShortId, TextKey, digest_parts, digest_two},
    effect::Act,
    event::{Event, Property},
    id::{ChainId, EffectId, Seq},
    limits::Limits,
    text::Text,
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

/// An object on a platform that we made: a [`Lineage`], in less room, and the text.
#[derive(Debug, Clone)]
struct Receipt {
    chain: ChainId,
    effect: ShortId,
    budget: u32,
    hop: u16,
    /// What it concerns, where that is another thing than where it is.
    about: Option<Text>,
}

impl Receipt {
    fn new(lineage: Lineage, about: Option<Text>) -> Self {
        let Lineage { chain, effect, hop, budget } = lineage;
        Self { chain, effect: effect.into(), budget, hop, about }
    }

    fn lineage(&self) -> Lineage {
        let Self { chain, effect, budget, hop, .. } = *self;
        Lineage { chain, effect: effect.into(), hop, budget }
    }
}

/// A [`Receipt`] as it is written.
#[derive(Encode, Decode)]
#[cbor(array)]
struct Written<T> {
    #[n(0)]
    lineage: Lineage,
    #[n(1)]
    about: Option<T>,
}

impl<C> Encode<C> for Receipt {
    fn encode<W: encode::Write>(&self, e: &mut Encoder<W>, ctx: &mut C) -> Result<(), encode::Error<W::Error>> {
        Written { lineage: self.lineage(), about: self.about.as_ref() }.encode(e, ctx)
    }
}

impl<'b, C> Decode<'b, C> for Receipt {
    fn decode(d: &mut Decoder<'b>, ctx: &mut C) -> Result<Self, decode::Error> {
        Written::decode(d, ctx).map(|Written { lineage, about }| Self::new(lineage, about))
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Subjects {
    seed: u64,
    receipts: Lru<TextKey, Receipt>,
    aliases: Lru<TextKey, Text>,
    /// Where a message about a subject went first: by destination and subject, the object there.
    threads: Lru<u64, Text>,
    states: Lru<TextKey, Known>,
    /// Our last effect on a subject, when it left or was done, and whether it was done.
    last: Lru<u64, (EffectId, Timestamp, bool)>,
}

impl Subjects {
    pub(crate) fn new(limits: &Limits, seed: u64) -> Self {
        Self {
            seed,
            receipts: Lru::new(limits.receipts, seed),
            aliases: Lru::new(limits.subjects, seed),
            threads: Lru::new(limits.subjects, seed),
            states: Lru::new(limits.subjects, seed),
            last: Lru::new(limits.subjects, seed),
        }
    }

    pub(crate) fn set_limits(&mut self, limits: &Limits) {
        self.receipts.set_cap(limits.receipts);
        self.aliases.set_cap(limits.subjects);
        self.threads.set_cap(limits.subjects);
        self.states.set_cap(limits.subjects);
        self.last.set_cap(limits.subjects);
    }

    fn key(&self, text: &str) -> TextKey {
        TextKey::new(text, self.seed)
    }

    /// See [`crate::state::warm`].
    pub(crate) fn warm(&self, subject: &TextKey, depth: Depth) {
        self.aliases.warm(subject, depth);
        self.receipts.warm(subject, depth);
    }

    /// See [`crate::state::warm`].
    pub(crate) fn warm_receipt(&self, object: &TextKey, depth: Depth) {
        self.receipts.warm(object, depth);
    }

    /// See [`crate::state::warm`].
    pub(crate) fn warm_thread(&self, destination: u64, about: u64, depth: Depth) {
        let thread = self.threads.warm(&digest_two(destination, about), depth);
        black_box(thread.and_then(|thread| thread.as_bytes().first().copied()));
    }

    /// See [`crate::state::warm`].
    pub(crate) fn warm_oldest(&self, [receipt, thread]: &mut [Option<Oldest>; 2]) {
        *receipt = self.receipts.warm_oldest(*receipt);
        *thread = self.threads.warm_oldest(*thread);
    }

    fn alias_of(&self, subject: &str) -> Option<&Text> {
        if self.aliases.len() == 0 && self.receipts.len() == 0 {
            return None;
        }
        let key = self.key(subject);
        self.aliases.get(&key).or_else(|| self.receipts.get(&key)?.about.as_ref())
    }

    /// What an object descends from, if we made it.
    pub(crate) fn receipt(&self, object: &str) -> Option<Lineage> {
        self.receipts.get(&self.key(object)).map(Receipt::lineage)
    }

    /// What a subject or object belongs to, itself if nothing is known.
    pub(crate) fn resolve<'a>(&'a self, subject: &'a str) -> &'a str {
        self.end_of(subject).map_or(subject, Text::as_str)
    }

    /// Where the aliases of a subject lead, if it has one.
    fn end_of(&self, subject: &str) -> Option<&Text> {
        let first = self.alias_of(subject)?;
        let chain = core::iter::successors(Some(first), |at| self.alias_of(at));
        chain.take(ALIAS_STEPS).last()
    }

    /// What an event concerns: what it says, else what its subject belongs to, else what it answers.
    pub(crate) fn about<'a>(&'a self, event: &'a Event) -> &'a Text {
        if let Some(about) = &event.about {
            return self.end_of(about).unwrap_or(about);
        }
        match self.end_of(&event.subject) {
            Some(about) if *about != event.subject => about,
            _ => event.reply_to.as_ref().and_then(|object| self.end_of(object)).unwrap_or(&event.subject),
        }
    }

    /// Is a newer state of the event's object known?
    pub(crate) fn is_late(&self, event: &Event) -> bool {
        let Some(version) = event.version else { return false };
        self.state(state_key(event)).is_some_and(|known| known.version > version)
    }

    /// Takes the state an event brings that is not late.
    pub(crate) fn on_state(&mut self, event: &Event) {
        let Some(version) = event.version else { return };
        let key = self.key(state_key(event));
        match self.states.touch(&key) {
            Some(known) => *known = Known { version, state: event.state.clone().or(known.state.take()) },
            None => self.states.insert(key, Known { version, state: event.state.clone() }),
        }
    }

    pub(crate) fn on_event(&mut self, event: &Event) {
        if let Some(about) = &event.about {
            self.alias(&event.subject, about);
        }
    }

    /// An object we made was shown to us, possibly on a subject of its own (an issue we opened) that concerns the same.
    pub(crate) fn on_own_object(&mut self, event: &Event, object: &Text, lineage: Lineage) {
        let about = self.alias_of(object).cloned();
        if let Some(about) = &about {
            self.alias(&event.subject, about);
        }
        let key = self.key(object);
        self.receipts.insert(key, Receipt::new(lineage, about));
    }

    /// We made an object, with an act if it was one.
    pub(crate) fn on_receipt(&mut self, lineage: Lineage, act: Option<&Act>, object: &Text) {
        let about = act.and_then(|act| act.about.as_ref()).map(|about| self.end_of(about).unwrap_or(about).clone());
        if let (Some(act), Some(about)) = (act, &about) {
            let key = digest_parts(&[&act.subject, about]);
            if !self.threads.contains(&key) {
                self.threads.insert_fresh(key, object.clone());
            }
        }
        let key = self.key(object);
        let known = || self.receipts.get(&key)?.about.clone();
        let about = about.filter(|about| about != object).or_else(known);
        self.receipts.insert(key, Receipt::new(lineage, about));
    }

    /// We act on a subject, by its digest.
    pub(super) fn on_effect(&mut self, subject: u64, effect: EffectId, now: Timestamp, done: bool) {
        self.last.insert(subject, (effect, now, done));
    }

    pub(crate) fn last_effect(&self, subject: &str) -> Option<(EffectId, Timestamp)> {
        self.last.get(&digest_parts(&[subject])).map(|(effect, at, _)| (*effect, *at))
    }

    /// Was an effect of ours done on the subject that was decided at or after a record?
    pub(crate) fn is_answered_since(&self, subject: &str, seq: Seq) -> bool {
        self.last.get(&digest_parts(&[subject])).is_some_and(|(effect, _, done)| *done && effect.seq >= seq)
    }

    /// Receipts, and how many were forgotten so far.
    pub(crate) fn count(&self) -> (u64, u64) {
        (self.receipts.len() as u64, self.receipts.forgotten())
    }

    /// The first message sent to a destination about something.
    pub(crate) fn thread(&self, destination: &str, about: &str) -> Option<&Text> {
        self.threads.get(&digest_parts(&[destination, self.resolve(about)]))
    }

    pub(crate) fn state(&self, object: &str) -> Option<&Known> {
        self.states.get(&self.key(object))
    }

    fn alias(&mut self, subject: &str, about: &Text) {
        let target = self.end_of(about).unwrap_or(about);
        let key = self.key(subject);
        if *target != *subject && self.aliases.get(&key) != Some(target) {
            let target = target.clone();
            self.aliases.insert(key, target);
        }
    }

    pub(crate) fn decode(&mut self, d: &mut Decoder<'_>) -> Result<(), decode::Error> {
        d.array()?;
        self.receipts.decode_entries(d, &mut ())?;
        self.aliases.decode_entries(d, &mut ())?;
        self.threads.decode_entries(d, &mut ())?;
        self.states.decode_entries(d, &mut ())?;
        self.last.decode_entries(d, &mut ())
    }
}

impl<C> Encode<C> for Subjects {
    fn encode<W: encode::Write>(&self, e: &mut Encoder<W>, ctx: &mut C) -> Result<(), encode::Error<W::Error>> {
        e.array(5)?;
        self.receipts.encode(e, ctx)?;
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
