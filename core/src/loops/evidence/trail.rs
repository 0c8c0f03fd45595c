//! What happened along each line: the events that could make us act, and what we did because of them.
//!
//! A line is an effect, the effect that led to it, and so on back to a root. Repetition counts along a line only:
//! siblings made of one cause look alike by design.

use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};

use super::{
    bets::{Bets, Category},
    kept::Kept,
    print::Print,
};
use crate::{
    config::Timing,
    det::{ById, NO_TEXT, ShortId, mix},
    id::{EffectId, Seq},
    time::Timestamp,
};

/// Keeps lanes of newcomers apart from others.
const NEWCOMERS: u64 = 0x6e65_7763;
/// How many steps back a line is compared.
const DEPTH: usize = 64;

/// How sure it is that an event comes from an effect of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Encode, Decode)]
#[cbor(index_only)]
pub(crate) enum Strength {
    /// It is not known to.
    #[default]
    #[n(0)]
    Root,
    /// The same account comes again, elsewhere, each time we have acted for it.
    #[n(1)]
    Habit,
    /// It came after we acted on its subject.
    #[n(2)]
    Inferred,
    /// The same, in a thread of a chain of ours.
    #[n(4)]
    Thread,
    /// A token, a receipt, a reply, our own account; or somebody undid just what we wrote.
    #[n(3)]
    Definite,
}

impl Strength {
    pub(super) fn is_inferred(self) -> bool {
        !matches!(self, Self::Root | Self::Definite)
    }

    /// How long an effect may be held back, in all, to find out whether such an event answers us.
    pub(super) fn longest_hold_ms(self, timing: &Timing) -> u64 {
        if self == Self::Habit { timing.habit_max_ms.min(timing.hold_max_ms) } else { timing.hold_max_ms }
    }
}

/// What is kept of an event.
#[derive(Debug, Clone, Copy, Encode, Decode)]
#[cbor(array)]
pub(crate) struct Trigger {
    #[n(0)]
    pub(super) at: Timestamp,
    #[n(1)]
    pub(super) kind: u64,
    #[n(2)]
    pub(super) subject: u64,
    /// Who, doing what: by this its arrivals are counted.
    #[n(3)]
    pub(super) source: u64,
    /// Digest of subject, property and value; 0 without a state.
    #[n(4)]
    pub(super) state: u64,
    /// A state that only counts says nothing new.
    #[n(5)]
    pub(super) counts: bool,
    /// It is our own effect coming back.
    #[n(6)]
    pub(super) echo: bool,
    #[n(7)]
    pub(super) strength: Strength,
    #[n(8)]
    pub(super) parent: Option<ShortId>,
    /// No account did it.
    #[n(9)]
    pub(super) system: bool,
    /// The lane by which it was linked, or would be counted.
    #[n(10)]
    pub(super) lane: u64,
    /// Digest of property and value, wherever it is; where there is none, of a tool's answer, or of what an account says that
    /// acts elsewhere; or 0.
    #[n(11)]
    pub(super) content: u64,
    /// It may be a person who goes on talking.
    #[n(12)]
    pub(super) talk: bool,
    /// A person did it.
    #[n(13)]
    pub(super) person: bool,
    /// It is the first of its account and kind on a subject of ours.
    #[n(14)]
    pub(super) fresh: bool,
    /// An effect that it led to has left.
    #[n(15)]
    pub(super) acted_on: bool,
    /// It is a tool's answer, and long enough to tell something if it comes again.
    #[n(16)]
    pub(super) telling: bool,
    /// Its state is a digest: that one was never seen says little.
    #[n(17)]
    pub(super) opaque: bool,
    /// Digest of its text as it is, as of [`Deed::exact`].
    #[n(18)]
    #[cbor(default)]
    pub(super) told: u64,
}

/// The lane of whoever does a kind of thing for the first time on a subject of ours.
pub(super) fn newcomers(kind: u64) -> u64 {
    mix(kind, NEWCOMERS)
}

/// The lane of whoever does a kind of thing for the first time where we never acted, such as a mailbox.
pub(super) fn desk(kind: u64, subject: u64) -> u64 {
    mix(newcomers(kind), subject)
}

/// The lane of an account that tells the same wherever it does a kind of thing.
pub(super) fn apart(source: u64, content: u64) -> u64 {
    mix(source, content)
}

impl Trigger {
    /// As what its arrivals are counted in its lane.
    pub(super) fn stream(&self) -> u64 {
        if self.lane == newcomers(self.kind) || self.is_at_desk() { self.lane } else { self.source }
    }

    /// Is it counted by what somebody does, wherever?
    pub(super) fn is_elsewhere(&self) -> bool {
        self.lane == self.source || self.lane == self.apart()
    }

    /// Is it counted with all that comes to its subject from accounts that are new?
    pub(super) fn is_at_desk(&self) -> bool {
        self.lane == desk(self.kind, self.subject)
    }

    /// The lane of those of an account's doings that tell the same.
    pub(super) fn apart(&self) -> u64 {
        apart(self.source, self.content)
    }

    /// The lane of what it answers.
    pub(super) fn answered(&self) -> u64 {
        if self.strength == Strength::Habit { self.lane } else { self.subject }
    }
}

/// What an effect is, for comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(array)]
pub(crate) struct Deed {
    #[n(0)]
    pub(crate) kind: u64,
    #[n(1)]
    pub(crate) subject: u64,
    #[n(2)]
    pub(crate) print: Print,
    /// Digests of the property it writes and of the value; 0 if it writes none. Of a tool's call that writes none, the value is
    /// the digest of what it is called with.
    #[n(3)]
    pub(crate) property: u64,
    #[n(4)]
    pub(crate) value: u64,
    /// Digest of the text as it is.
    #[n(5)]
    pub(crate) exact: u64,
    /// Declared deterministic: digest of all of it, else 0.
    #[n(6)]
    pub(crate) proof: u64,
}

/// An effect that left, and the evidence along its line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(crate) struct Step {
    #[n(0)]
    pub(super) parent: Option<EffectId>,
    /// The event it answers.
    #[n(1)]
    pub(super) trigger: Option<Seq>,
    #[n(2)]
    pub(super) deed: Deed,
    #[n(3)]
    pub(super) attempt: [u32; 2],
    #[n(4)]
    pub(super) progress: Option<u64>,
    #[n(5)]
    pub(super) definite: Bets,
    #[n(6)]
    pub(super) inferred: Bets,
    /// The hops of `inferred` with all of the capital at stake: for when probes have shown that the links are right.
    #[n(10)]
    pub(super) proven: Bets,
    /// Hops in a row that repeated something.
    #[n(7)]
    pub(super) repeats: u16,
    #[n(8)]
    pub(super) category: Category,
    /// Steps since the line's root, without those that change nothing outside.
    #[n(9)]
    pub(super) depth: u16,
    /// How often the line has used what its rules allow it to repeat.
    #[n(11)]
    pub(super) reentered: u16,
    /// It changes something outside.
    #[n(12)]
    pub(super) changes: bool,
    /// Its content was never used on its line, and it does more than look something up.
    #[n(13)]
    #[cbor(default)]
    pub(super) novel: bool,
}

/// What a walk along a line found.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Walk {
    /// The same kind of effect on the same subject: never, with other content, with near content.
    pub(super) same: Category,
    /// The same kind of effect for the same kind of trigger, on another subject.
    pub(super) alike: Category,
    pub(super) state_seen: bool,
    /// The same, whatever the subject.
    pub(super) content_seen: bool,
    /// Of the same kind of effect on the same subject, one has a text that is much alike.
    pub(super) like: bool,
    /// One has the very same text, and is called with the same.
    pub(super) verbatim: bool,
    pub(super) subject_known: bool,
    /// Its content was used before, wherever and however long ago.
    pub(super) used: bool,
    /// The nearest effect that is the same: how many steps back, and what it declared. Else the nearest that is alike.
    pub(super) nearest: Option<(u16, [u32; 2])>,
    nearest_alike: Option<u16>,
    /// Declared retries began anew, with no progress in between.
    pub(super) restarted: bool,
    pub(super) progress: Option<u64>,
    /// How many steps back the very same was done in the same state, over definite links alone.
    pub(super) proved: Option<u16>,
}

/// The latest events and effects.
#[derive(Debug, Clone)]
pub(crate) struct Trail {
    triggers: ById<Trigger>,
    steps: ById<Kept>,
    caps: [usize; 2],
}

impl Trail {
    pub(super) fn new(events: u32, effects: u32) -> Self {
        let mut trail = Self { triggers: ById::default(), steps: ById::default(), caps: [1, 1] };
        trail.set_caps(events, effects);
        trail
    }

    /// Takes effect with the next insertions, two entries each.
    pub(super) fn set_caps(&mut self, events: u32, effects: u32) {
        self.caps = [events.max(1) as usize, effects.max(1) as usize];
    }

    /// See [`crate::state::warm`].
    pub(super) fn warm_nth(&self, nth: usize) {
        self.triggers.warm_nth(nth, self.caps[0]);
        self.steps.warm_nth(nth, self.caps[1]);
    }

    pub(super) fn on_event(&mut self, seq: Seq, trigger: Trigger) {
        self.triggers.insert_capped(EffectId { seq, ordinal: 0 }, trigger, self.caps[0]);
    }

    /// Says whether it is remembered: one with a low id may be the first to be forgotten.
    pub(super) fn on_effect(&mut self, id: EffectId, step: &Step) -> bool {
        self.steps.insert_capped(id, step.into(), self.caps[1]);
        self.steps.get(id).is_some()
    }

    pub(super) fn trigger(&self, seq: Seq) -> Option<&Trigger> {
        self.triggers.get(EffectId { seq, ordinal: 0 })
    }

    /// Does an effect have the very text of what it is made for, or of what a step shortly before it was made for?
    pub(super) fn was_told(&self, text: u64, event: Option<Seq>, from: Option<EffectId>) -> bool {
        /// An agent that looks a text up has rarely done more before.
        const STEPS: usize = 8;
        let before = from.into_iter().flat_map(|from| self.line(from)).take(STEPS);
        let mut events = event.into_iter().chain(before.filter_map(|(_, step)| step.trigger));
        text != NO_TEXT && events.any(|seq| self.trigger(seq).is_some_and(|trigger| trigger.told == text))
    }

    /// An effect that an event led to has left.
    pub(super) fn on_acted(&mut self, seq: Seq) {
        if let Some(trigger) = self.triggers.get_mut(EffectId { seq, ordinal: 0 }) {
            trigger.acted_on = true;
        }
    }

    pub(super) fn step(&self, id: EffectId) -> Option<Step> {
        self.steps.get(id).map(Kept::step)
    }

    /// The line that ends in an effect, the latest first.
    pub(super) fn line(&self, from: EffectId) -> impl Iterator<Item = (EffectId, Step)> {
        let first = self.step(from).map(|step| (from, step));
        core::iter::successors(first, |(_, step)| step.parent.and_then(|id| Some((id, self.step(id)?)))).take(DEPTH)
    }

    /// Compares an effect and what triggers it with a line. Where it only asks, what it asked before something new was done
    /// is another question: outside whatever it is, in an agent's workspace what it asked in the same words, as long as its
    /// tools go on telling new things.
    pub(super) fn walk(&self, from: EffectId, deed: &Deed, event: Option<Seq>, attempt: u32, inward: bool) -> Walk {
        let mut walk = Walk::default();
        let trigger = event.and_then(|seq| self.trigger(seq));
        let (mut attempt, mut moved) = (attempt, false);
        let (mut over, mut renewed, mut learns) = (false, false, None);
        let mut definite = trigger.is_none_or(|trigger| trigger.strength == Strength::Definite);
        for (back, (_, step)) in (1..).zip(self.line(from)) {
            if event.is_some() && step.trigger == event {
                // A sibling: made of the same cause, it looks alike by design.
                continue;
            }
            walk.used |= deed.uses(&step.deed);
            over |= inward && step.changes && step.category == Category::New;
            let content = if deed.says_the_same(&step.deed) { Category::Content } else { Category::Structure };
            let known = definite;
            let before = step.trigger.and_then(|seq| self.trigger(seq));
            definite &= before.is_none_or(|before| before.strength == Strength::Definite);
            if over
                || renewed
                    && content == Category::Content
                    && *learns.get_or_insert_with(|| self.learns(from, deed, event))
            {
                continue;
            }
            // Who looks for something in new words each time is not excused by that.
            renewed |= inward && step.novel && step.deed.kind != deed.kind;
            let state = |trigger: Option<&Trigger>| trigger.map_or(0, |trigger| trigger.state);
            if known && deed.proof != 0 && step.deed.proof == deed.proof && state(before) == state(trigger) {
                walk.proved = walk.proved.or(Some(back));
            }
            if step.deed.kind == deed.kind && step.deed.subject == deed.subject {
                walk.same = walk.same.max(content);
                walk.like |= deed.print.is_like(&step.deed.print);
                walk.verbatim |= deed.is_verbatim(&step.deed);
                let declares = step.attempt[0] > 0 && walk.nearest.is_some_and(|(_, attempt)| attempt[0] == 0);
                let nearest = walk.nearest.map_or(back, |(back, _)| back);
                if declares || walk.nearest.is_none() {
                    walk.nearest = Some((nearest, step.attempt));
                }
                walk.progress = walk.progress.max(step.progress);
                if step.attempt[0] > 0 && content == Category::Content {
                    walk.restarted |= !moved && step.attempt[0] >= attempt;
                    attempt = step.attempt[0];
                }
                moved |= step.category == Category::New;
            } else if step.deed.kind == deed.kind && before.map(|b| b.kind) == trigger.map(|t| t.kind) {
                // Without text there is nothing that could be the same on another subject.
                let content = if deed.print.is_empty() { Category::Structure } else { content };
                walk.alike = walk.alike.max(content);
                walk.nearest_alike = walk.nearest_alike.or(Some(back));
            }
            if let Some(trigger) = trigger {
                walk.state_seen |= trigger.state != 0 && before.is_some_and(|before| before.state == trigger.state);
                walk.content_seen |=
                    trigger.content != 0 && before.is_some_and(|before| before.content == trigger.content);
                walk.subject_known |= before.is_some_and(|before| before.subject == trigger.subject);
            }
        }
        walk
    }

    /// Has a tool said anything, since the same was asked, that none had said before on the line?
    fn learns(&self, from: EffectId, deed: &Deed, event: Option<Seq>) -> bool {
        let line = || self.line(from).filter(|(_, step)| event.is_none() || step.trigger != event);
        let told = || core::iter::once(event).chain(line().map(|(_, step)| step.trigger));
        // A step's answer is what triggered the next.
        let is_same = |step: &Step| step.deed.kind == deed.kind && deed.says_the_same(&step.deed);
        let Some(since) = line().position(|(_, step)| is_same(&step)) else { return true };
        told().take(since + 1).enumerate().any(|(nth, seq)| {
            let told_before = |new: &Trigger| {
                let mut old = told().skip(nth + 1).filter(|old| *old != seq).filter_map(|seq| self.trigger(seq?));
                old.any(|old| old.content == new.content)
            };
            let new = seq.and_then(|seq| self.trigger(seq)).filter(|new| new.telling && !new.counts && !new.opaque);
            new.is_some_and(|new| new.content != 0 && !told_before(new))
        })
    }

    pub(super) fn decode(&mut self, d: &mut Decoder<'_>) -> Result<(), decode::Error> {
        if d.array()? != Some(2) {
            return Err(decode::Error::message("a trail is a list of two"));
        }
        decode_table(d, |id, trigger| self.triggers.insert(id, trigger))?;
        decode_table(d, |id, step: Step| self.steps.insert(id, Kept::from(&step)))
    }
}

impl Walk {
    /// After how many steps it repeats itself.
    pub(super) fn period(&self) -> Option<u16> {
        self.nearest.map(|(back, _)| back).or(self.nearest_alike)
    }
}

impl Deed {
    /// The same content: near text, and the same value if it writes one. Without text the structure is the content.
    fn says_the_same(&self, other: &Self) -> bool {
        let sets_the_same = self.property == 0 || self.value == other.value;
        sets_the_same && self.property == other.property && self.print.is_near(&other.print)
    }

    /// Has the other the same content, for the same kind of effect? Without a text that is what it is called with.
    fn uses(&self, other: &Self) -> bool {
        let called_alike = !self.print.is_empty() || self.value == other.value;
        self.kind == other.kind && called_alike && self.says_the_same(other)
    }

    /// The same text, and of a tool's call also what it is called with. Of what it sets, the text may be the value.
    fn is_verbatim(&self, other: &Self) -> bool {
        let called_with = |deed: &Self| if deed.property == 0 { deed.value } else { 0 };
        self.exact == other.exact && called_with(self) == called_with(other)
    }
}

impl<C> Encode<C> for Trail {
    fn encode<W: encode::Write>(&self, e: &mut Encoder<W>, ctx: &mut C) -> Result<(), encode::Error<W::Error>> {
        e.array(2)?;
        encode_table(e, ctx, self.triggers.len(), self.triggers.iter())?;
        encode_table(e, ctx, self.steps.len(), self.steps.iter().map(|(id, kept)| (id, kept.step())))
    }
}

fn encode_table<C, V: Encode<C>, W: encode::Write>(
    e: &mut Encoder<W>,
    ctx: &mut C,
    len: usize,
    entries: impl Iterator<Item = (EffectId, V)>,
) -> Result<(), encode::Error<W::Error>> {
    e.array(len as u64)?;
    for (id, value) in entries {
        e.array(2)?;
        id.encode(e, ctx)?;
        value.encode(e, ctx)?;
    }
    Ok(())
}

fn decode_table<'b, V: Decode<'b, ()>>(
    d: &mut Decoder<'b>,
    mut insert: impl FnMut(EffectId, V),
) -> Result<(), decode::Error> {
    let count = d.array()?.ok_or_else(|| decode::Error::message("a table has a known length"))?;
    let mut last = None;
    for _ in 0..count {
        let (id, value) = <(EffectId, V)>::decode(d, &mut ())?;
        if last.is_some_and(|last| last >= id) {
            return Err(decode::Error::message("a table is not in the order of its ids"));
        }
        last = Some(id);
        insert(id, value);
    }
    Ok(())
}
