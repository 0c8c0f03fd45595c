//! Who caused what.
//!
//! Every event is given a chain: a new one, if nothing says otherwise, or the chain of the effect it comes from. What
//! says otherwise is definite: an authenticated token, the id an outcome reported, a reply to such an id, the text of
//! an effect still under way, or our own account acting where we just acted. A person's deed is always a new root; it
//! remembers what it answers, but it carries no hops.
//!
//! | an event | becomes |
//! |---|---|
//! | known `(source, id)`, or known content within the window | duplicate, not recorded |
//! | our own effect coming back | echo, in the effect's chain |
//! | linked, not by a person | next hop of the effect's chain |
//! | linked, by a person | root of a new chain, with the effect as parent |
//! | anything else | root of a new chain |

mod events;
mod link;
mod sent;
pub mod slot;
mod subjects;
pub mod token;

use alloc::{
    boxed::Box,
    format,
    string::{String, ToString},
};

use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};

use crate::{
    det::{Depth, Lru, NO_TEXT, Oldest, TextKey, digest, digest_one, digest_parts, mix},
    effect::Act,
    event::Event,
    id::{ChainId, EffectId, Seq},
    limits::Limits,
    text::Text,
    time::Timestamp,
    verdict::LinkKind,
};
use events::{EventRecord, Namesakes};
use link::Found;
pub(crate) use link::{Arrival, Look, Who};
pub(crate) use sent::Sent;
use sent::Sents;
pub use subjects::Known;
pub(crate) use subjects::Subjects;

/// What descends from an effect: its chain, how deep it is, and how much may still follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Lineage {
    /// The chain.
    #[n(0)]
    pub chain: ChainId,
    /// The effect.
    #[n(1)]
    pub effect: EffectId,
    /// Automated steps since the root.
    #[n(2)]
    pub hop: u16,
    /// How many automated effects may still follow from it.
    #[n(3)]
    pub budget: u32,
}

impl Lineage {
    /// What a notice to a person leaves: nothing descends from it.
    pub(crate) fn of_notice(chain: ChainId, effect: EffectId) -> Self {
        Self { chain, effect, hop: 0, budget: 0 }
    }

    pub(crate) fn is_notice(&self) -> bool {
        self.hop == 0 && self.budget == 0
    }
}

/// What a proposal or a rule's effect comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(crate) struct Cause {
    #[n(0)]
    pub(crate) chain: ChainId,
    /// 0 for a root: then what follows is not automated yet.
    #[n(1)]
    pub(crate) hop: u16,
    #[n(2)]
    pub(crate) budget: Option<u32>,
    /// The effect of ours it answers.
    #[n(3)]
    pub(crate) parent: Option<EffectId>,
    /// The event, if it is one.
    #[n(4)]
    pub(crate) event: Option<Seq>,
}

/// A platform does not send a turn again sooner than this; a person may well say "yes" twice.
const RESEND_MS: u64 = 10_000;

#[derive(Debug, Clone)]
pub(crate) struct Chains {
    /// Keys texts in these tables: see [`TextKey`].
    seed: u64,
    events: Lru<TextKey, Namesakes>,
    contents: Lru<u64, (Seq, Timestamp)>,
    /// Trace ids of chains whose root brought one.
    traces: Lru<ChainId, Box<str>>,
    /// Chains of other brokers, by broker and chain: the local chain that continues them.
    foreign: Lru<(u32, ChainId), ChainId>,
    sent: Sents,
    /// Effects whose outcome is awaited, by subject and text.
    pending: Lru<u64, (EffectId, u32)>,
    proposals: Lru<TextKey, EffectId>,
    pub(crate) subjects: Subjects,
}

impl Chains {
    pub(crate) fn new(limits: &Limits, seed: u64) -> Self {
        Self {
            seed,
            events: Lru::new(limits.events, seed),
            contents: Lru::new(limits.events, seed),
            traces: Lru::new(limits.chains, seed),
            foreign: Lru::new(limits.chains, seed),
            sent: Sents::new(limits.effects),
            pending: Lru::new(limits.open_effects, seed),
            proposals: Lru::new(limits.effects, seed),
            subjects: Subjects::new(limits, seed),
        }
    }

    pub(crate) fn set_limits(&mut self, limits: &Limits) {
        self.events.set_cap(limits.events);
        self.contents.set_cap(limits.events);
        self.traces.set_cap(limits.chains);
        self.foreign.set_cap(limits.chains);
        self.sent.set_cap(limits.effects);
        self.pending.set_cap(limits.open_effects);
        self.proposals.set_cap(limits.effects);
        self.subjects.set_limits(limits);
    }

    pub(crate) fn key(&self, text: &str) -> TextKey {
        TextKey::new(text, self.seed)
    }

    /// How many events are remembered.
    pub(crate) fn events(&self) -> usize {
        self.events.len()
    }

    /// See [`crate::state::warm`].
    pub(crate) fn warm(&self, event: &TextKey, depth: Depth) {
        self.events.warm(event, depth);
    }

    /// See [`crate::state::warm`].
    pub(crate) fn warm_nth(&self, nth: usize, event: Option<Oldest>) -> Option<Oldest> {
        self.sent.warm_nth(nth);
        self.events.warm_oldest(event)
    }

    /// The record of the same event, if it is known.
    pub(crate) fn duplicate_of(&self, event: &Event, now: Timestamp, window_ms: u64) -> Option<Seq> {
        let source = digest_parts(&[&event.source]);
        if let Some(known) = self.events.get(&self.key(&event.id)).and_then(|namesakes| namesakes.of(source)) {
            return Some(known.seq);
        }
        let (seq, at) = self.contents.get(&content_digest(event)?)?;
        let since_ms = now.since_ms(*at);
        let likely = event.content_key.as_deref().is_some_and(|key| key.starts_with('~'));
        let answered = self.subjects.is_answered_since(&event.subject, *seq);
        let counts = !likely || (since_ms >= RESEND_MS && !answered);
        (since_ms < window_ms && counts).then_some(*seq)
    }

    /// Remembers an event that is no duplicate, under the link that was found. `known` is whether its id is.
    pub(crate) fn on_event(&mut self, arrival: &Arrival<'_>, look: &Look, cause: Cause, known: bool) {
        let event = arrival.event;
        if let Some(found) = &look.found {
            self.keep_link(arrival, found, cause.chain, look.echo);
        } else if let Some(trace) = event.traceparent.as_deref().and_then(trace_id) {
            self.traces.insert(cause.chain, trace.into());
        }
        self.remember(arrival, cause, known);
        if !look.late {
            self.subjects.on_state(event);
        }
        self.subjects.on_event(event);
    }

    fn keep_link(&mut self, arrival: &Arrival<'_>, found: &Found, chain: ChainId, echo: bool) {
        if let Some(foreign) = found.foreign {
            self.foreign.insert(foreign, found.lineage.chain);
        }
        if chain != found.lineage.chain || found.foreign.is_some() {
            let inherited = self.traces.get(&found.lineage.chain).cloned();
            let brought = || arrival.event.traceparent.as_deref().and_then(trace_id).map(Box::from);
            if let Some(trace) = inherited.or_else(brought) {
                self.traces.insert(chain, trace);
            }
        }
        let Some(of) = found.of.filter(|_| echo) else { return };
        if !self.sent.on_echo(of) {
            return;
        }
        // The same account is no proof that the object is ours: we may have labelled somebody's issue.
        if let Some(object) = arrival.event.object.as_ref().filter(|_| found.kind != LinkKind::Account) {
            // The receipt, bound early: the outcome may be late or never come.
            self.subjects.on_own_object(arrival.event, object, found.lineage);
        }
    }

    fn remember(&mut self, arrival: &Arrival<'_>, cause: Cause, known: bool) {
        let Arrival { event, seq, now, .. } = *arrival;
        let record = EventRecord::new(seq, digest_parts(&[&event.source]), cause);
        let namesakes = if known { self.events.touch(&arrival.key) } else { None };
        match namesakes {
            Some(namesakes) => namesakes.push(record),
            None => self.events.insert_fresh(arrival.key, Namesakes::new(record)),
        }
        if let Some(content) = content_digest(event) {
            self.contents.insert(content, (seq, now));
        }
    }

    /// An event yielded a `handle` effect.
    pub(crate) fn on_handle(&mut self, event: &Event, effect: EffectId) {
        let source = digest_parts(&[&event.source]);
        let key = self.key(&event.id);
        let namesakes = self.events.touch(&key);
        if let Some(record) = namesakes.and_then(|namesakes| namesakes.of_mut(source)) {
            record.on_handle(effect);
        }
    }

    /// The `handle` effect that a name in a proposal answers: the effect itself, or the event's only one.
    pub(crate) fn handle_named(&self, name: &str) -> Option<EffectId> {
        let named = name.parse().ok().filter(|id: &EffectId| self.sent.get(*id).is_some());
        named.or_else(|| self.event_named(name)?.handle())
    }

    /// One name for a cause, however the proposal names it: an event with one handler call goes by the call.
    pub(crate) fn canonical(&self, name: &str) -> Option<String> {
        if let Some(id) = name.parse().ok().filter(|id: &EffectId| self.sent.get(*id).is_some()) {
            return Some(id.to_string());
        }
        let event = self.event_named(name)?;
        Some(event.handle().map_or_else(|| event.seq.to_string(), |handle| handle.to_string()))
    }

    /// The event a proposal means, by the name that effects give it as cause: its id if it was the first with that id,
    /// else `source/id`. So what is under way keeps its meaning when another source uses the id too.
    fn event_named(&self, name: &str) -> Option<&EventRecord> {
        if let Some(namesakes) = self.events.get(&self.key(name)) {
            return Some(&namesakes.first);
        }
        name.match_indices('/').find_map(|(slash, _)| {
            let (source, id) = (&name[..slash], &name[slash + 1..]);
            self.events.get(&self.key(id))?.of(digest_parts(&[source]))
        })
    }

    /// Is an event with this id known, from another source?
    pub(crate) fn is_known(&self, id: TextKey) -> bool {
        self.events.contains(&id)
    }

    /// How effects name an event as their cause.
    pub(crate) fn name_of(event: &Event, known: bool) -> Text {
        if known { Text::concat(&[&event.source, "/", &event.id]) } else { event.id.clone() }
    }

    /// What a name in a proposal means: an effect if it reads as one that is known, else an event.
    pub(crate) fn cause(&self, name: &str) -> Option<Cause> {
        if let Some(sent) = name.parse().ok().and_then(|id: EffectId| self.sent.get(id)) {
            if sent.lineage.is_notice() {
                return None;
            }
            let Lineage { chain, effect, hop, budget } = sent.lineage;
            // A handler's call stands for the event that it was called for.
            let event = sent.rule.is_some().then_some(effect.seq);
            return Some(Cause { chain, hop, budget: Some(budget), parent: Some(effect), event });
        }
        self.event_named(name).map(EventRecord::cause)
    }

    /// Is it an effect about a task of a plan, such as a dispatch, or another one that did not reach a platform?
    pub(crate) fn is_errand(&self, name: &str) -> bool {
        let sent = name.parse().ok().and_then(|id: EffectId| self.sent.get(id));
        sent.is_some_and(|sent| sent.rule.is_none() && sent.subject == 0)
    }

    /// The effect a proposal made before, if it did.
    pub(crate) fn proposed(&self, name: &str) -> Option<EffectId> {
        self.proposals.get(&self.key(name)).copied()
    }

    pub(crate) fn on_proposed(&mut self, name: &str, effect: EffectId) {
        let key = self.key(name);
        self.proposals.insert(key, effect);
    }

    /// A proposal that came to nothing may be made again.
    pub(crate) fn on_dropped(&mut self, name: &str) {
        let key = self.key(name);
        self.proposals.remove(&key);
    }

    /// Remembers an effect that leaves for a platform, by the names of its subject and of its text without a mark.
    pub(crate) fn on_admitted(
        &mut self,
        lineage: Lineage,
        parent: Option<EffectId>,
        [subject, text]: [u64; 2],
        now: Timestamp,
    ) {
        let subject = digest_one(subject);
        self.subjects.on_effect(subject, lineage.effect, now, false);
        self.keep_sent(lineage, parent, subject, if text == NO_TEXT { 0 } else { text });
    }

    /// Remembers a notice to a person, to know it when it is shown to us. It is no act on its subject.
    pub(crate) fn on_notice(&mut self, lineage: Lineage, act: &Act) {
        let text = act.text.as_deref().map_or(0, text_digest);
        self.keep_sent(lineage, None, digest_parts(&[&act.subject]), text);
    }

    fn keep_sent(&mut self, lineage: Lineage, parent: Option<EffectId>, subject: u64, text: u64) {
        if let Some(key) = pending_key(subject, text) {
            match self.pending.touch(&key) {
                Some((effect, count)) => (*effect, *count) = (lineage.effect, count.saturating_add(1)),
                None => self.pending.insert_fresh(key, (lineage.effect, 1)),
            }
        }
        self.sent.insert(Sent { lineage, parent, subject, text, echoed: false, rule: None });
    }

    /// Remembers an effect that does not leave for a platform, or not yet: a handler call or a held one.
    pub(crate) fn on_kept(&mut self, lineage: Lineage, parent: Option<EffectId>, rule: Option<&str>) {
        self.sent.insert(Sent { lineage, parent, subject: 0, text: 0, echoed: false, rule });
    }

    /// What an effect left of its chain's budget: no more than that may follow from its parent either.
    pub(crate) fn on_spent(&mut self, parent: EffectId, left: u32) {
        self.sent.on_spent(parent, left);
    }

    /// Binds what an outcome reported.
    pub(crate) fn on_done(&mut self, lineage: Lineage, act: Option<&Act>, objects: [&[Text]; 2], now: Timestamp) {
        if let Some(act) = act {
            self.subjects.on_effect(digest_parts(&[&act.subject]), lineage.effect, now, true);
        }
        for object in objects.into_iter().flatten() {
            self.subjects.on_receipt(lineage, act, object);
        }
    }

    /// An effect has ended: its text no longer stands for it.
    pub(crate) fn on_ended(&mut self, effect: EffectId) {
        let key = self.sent.get(effect).and_then(|sent| pending_key(sent.subject, sent.text));
        if let Some(key) = key {
            match self.pending.get_mut(&key) {
                Some((_, count)) if *count > 1 => *count -= 1,
                _ => drop(self.pending.remove(&key)),
            }
        }
    }

    pub(crate) fn sent(&self, effect: EffectId) -> Option<Sent<'_>> {
        self.sent.get(effect)
    }

    pub(crate) fn traceparent(&self, chain: ChainId, effect: EffectId) -> Option<Text> {
        let trace = self.traces.get(&chain)?;
        Some(format!("00-{trace}-{:016x}-01", mix(effect.seq.0, u64::from(effect.ordinal) + 1)).into())
    }

    pub(crate) fn counts(&self) -> [(&'static str, u64, u64); 3] {
        let (effects, forgotten) = self.sent.count();
        let (receipts, lost) = self.subjects.count();
        [
            ("events", self.events.len() as u64, self.events.forgotten()),
            ("effects", effects, forgotten),
            ("receipts", receipts, lost),
        ]
    }

    pub(crate) fn decode(d: &mut Decoder<'_>, limits: &Limits, seed: u64) -> Result<Self, decode::Error> {
        let mut chains = Self::new(limits, seed);
        d.array()?;
        chains.events.decode_entries(d, &mut ())?;
        chains.contents.decode_entries(d, &mut ())?;
        chains.traces.decode_entries(d, &mut ())?;
        chains.foreign.decode_entries(d, &mut ())?;
        chains.sent.decode(d)?;
        chains.pending.decode_entries(d, &mut ())?;
        chains.proposals.decode_entries(d, &mut ())?;
        chains.subjects.decode(d)?;
        Ok(chains)
    }
}

impl<C> Encode<C> for Chains {
    fn encode<W: encode::Write>(&self, e: &mut Encoder<W>, ctx: &mut C) -> Result<(), encode::Error<W::Error>> {
        e.array(8)?;
        self.events.encode(e, ctx)?;
        self.contents.encode(e, ctx)?;
        self.traces.encode(e, ctx)?;
        self.foreign.encode(e, ctx)?;
        self.sent.encode(e, ctx)?;
        self.pending.encode(e, ctx)?;
        self.proposals.encode(e, ctx)?;
        self.subjects.encode(e, ctx)
    }
}

fn content_digest(event: &Event) -> Option<u64> {
    let key = event.content_key.as_deref()?;
    Some(digest_parts(&[&event.source, &event.subject, key]))
}

fn pending_key(subject: u64, text: u64) -> Option<u64> {
    (text != 0).then(|| mix(subject, text))
}

/// Digest of a text as a platform gives it back: without the hidden comment at its end. Never 0, which is "no text".
/// Exact on purpose: "build 12 failed" is not an echo of "build 13 failed".
fn text_digest(text: &str) -> u64 {
    let text = token::unmark(text);
    if text.is_empty() { 0 } else { digest(text.as_bytes()).max(1) }
}

/// The trace id of a W3C `traceparent` (Trace Context, section 3.2).
fn trace_id(traceparent: &str) -> Option<&str> {
    let mut parts = traceparent.split('-');
    let (version, trace) = (parts.next()?, parts.next()?);
    let hex = |text: &str| text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    let valid =
        version.len() == 2 && hex(version) && trace.len() == 32 && hex(trace) && trace.bytes().any(|b| b != b'0');
    valid.then_some(trace)
}

#[cfg(test)]
mod tests {
    use super::trace_id;

    #[test]
    fn a_trace_id_is_read_from_a_valid_traceparent_only() {
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        assert_eq!(trace_id("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"), Some(trace));
        for wrong in ["", "00", "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01", "00-0-0-0"] {
            assert_eq!(trace_id(wrong), None, "{wrong}");
        }
        assert_eq!(trace_id("00-00000000000000000000000000000000-00f067aa0ba902b7-01"), None);
    }
}
