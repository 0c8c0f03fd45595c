//! Is this a loop? Evidence instead of counting.
//!
//! Every event leaves a [`Trigger`], every effect that leaves a [`Step`] of the line it descends along. An effect that
//! asks is compared with its line: how much does it repeat, and does anything say that this is progress? The answer is
//! a [`Category`], and [`Bets`] turn a line's categories into evidence with a stated error. Definite and inferred links
//! never share evidence. Evidence on inferred links says that something repeats, not that we cause it: that is found out
//! by probes, holding one effect back for longer than any answer took so far.
//!
//! | evidence | link | what happens |
//! |---|---|---|
//! | below the threshold | any | the effect leaves |
//! | 1350 | definite | it is held with a reason, each time for twice as long, until it repeated too often: denied |
//! | 30 | inferred | probes: held in silence, released, answered: we do cause it |
//! | 4000, and 1000 from probes | inferred | denied |

mod accounts;
mod asking;
mod bets;
mod busy;
mod deeds;
mod grounds;
mod judge;
mod kept;
mod lanes;
mod pardons;
mod places;
mod print;
mod sources;
mod trail;

use core::hint::black_box;

use minicbor::{Decoder, Encode, Encoder, decode, encode};

use accounts::Account;
pub(crate) use asking::Due;
pub(crate) use bets::{CAPS, Category};
use deeds::{counts, is_opaque, tool_answer, value};
pub(crate) use deeds::{deed, handler_deed, proof, unsaid};
use lanes::Lane;
use places::Place;
use print::Print;
use sources::Said;
pub(crate) use trail::Deed;
use trail::{Step, Strength, Trail, Trigger, newcomers};

use super::Ask;
use crate::{
    chain::{Who, token::unmark},
    det::{Depth, Lru, Oldest, ShortId, mix, name},
    event::{ActorClass, Event},
    id::{EffectId, Seq},
    limits::Limits,
    time::Timestamp,
};

/// One in so many legitimate lines may be stopped: 0.074 % on definite links, 0.025 % on inferred ones, 0.1 % in all.
pub(super) const DEFINITE: u32 = 1350;
const INFERRED: u32 = 4000;
/// From here on an inferred line is probed, and this much must come of it. To ask costs no more than a wait. Where it is less
/// likely that we cause it at all, more is asked for.
const PROBE: u32 = 30;
const DOUBTFUL: u32 = 50;
const CAUSAL: u32 = 1000;
/// How long an effect that repeats nothing yet would be held; doubles with each repetition in a row. The first real hold comes after
/// several of them: 8 s where the state repeats, 32 s for content, four and a half hours for structure.
const PATIENCE_MS: u64 = 1000;
/// Steps of a line that a verdict shows.
const SHOWN: usize = 8;

/// An event, as evidence sees it.
pub(crate) struct Arrived<'a> {
    pub(crate) seq: Seq,
    pub(crate) now: Timestamp,
    pub(crate) event: &'a Event,
    /// [`name`] of its subject and of its actor, 0 without one.
    pub(crate) names: [u64; 2],
    pub(crate) who: Who,
    /// The effect of ours it definitely comes from, if any.
    pub(crate) from: Option<EffectId>,
    /// It names what began a thread: it may come of what we did there later.
    pub(crate) behind: bool,
    pub(crate) echo: bool,
    /// Its text, subject and object are those of an effect that nobody had shown us yet.
    pub(crate) shows: bool,
    /// It comes of a notice to a person: nothing is made of it.
    pub(crate) aside: bool,
}

/// What the evidence says of an effect that asks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Opinion {
    step: Step,
    pub(crate) finding: Finding,
    repeats: bool,
    /// By which links it continues its line, where that is a step to be counted.
    pub(crate) counted: Option<Linked>,
    /// Its line has heard the same before.
    again: bool,
    /// A person has let such a repetition leave.
    pardoned: bool,
    /// After how many steps it repeats.
    pub(crate) period: Option<u16>,
}

/// How a step is linked to the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Linked {
    Definitely,
    ByInference,
}

impl Opinion {
    pub(crate) fn category(&self) -> Category {
        self.step.category
    }

    /// Does the effect definitely repeat what its line did before?
    pub(crate) fn repeats(&self) -> bool {
        self.repeats
    }
}

/// What an event tells of what is under way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Heard {
    /// The effect that need not be held back any longer.
    pub(crate) freed: Option<EffectId>,
    /// The exchanges that turned out to be none, on its subject and wherever its account acts: what comes there comes by itself.
    pub(crate) refuted: [Option<u64>; 2],
}

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Finding {
    Pass,
    /// To be held for so long, to see whether anything comes all the same.
    Probe {
        ms: u64,
        deep: bool,
    },
    /// It repeats itself: to be held for so long.
    Repeats {
        ms: u64,
    },
    Loop {
        /// Probes have shown that the inferred links are right: it rests on those too.
        proven: bool,
    },
    /// It repeats exactly what was done before, and is declared to do so each time.
    Proved,
    /// It repeats nothing, but goes on and on.
    TooDeep,
}

#[derive(Debug, Clone)]
pub(crate) struct Evidence {
    trail: Trail,
    lanes: Lru<u64, Lane>,
    accounts: Lru<u64, Account>,
    /// Repetitions that a person has let leave, by rule, subject and kind: how many more may.
    pardons: Lru<u64, u16>,
}

impl Evidence {
    pub(crate) fn new(limits: &Limits, seed: u64) -> Self {
        Self {
            trail: Trail::new(limits.events, limits.effects),
            lanes: Lru::new(limits.subjects, seed),
            accounts: Lru::new(limits.subjects, seed),
            pardons: Lru::new(limits.subjects, seed),
        }
    }

    pub(crate) fn set_limits(&mut self, limits: &Limits) {
        self.trail.set_caps(limits.events, limits.effects);
        self.lanes.set_cap(limits.subjects);
        self.accounts.set_cap(limits.subjects);
        self.pardons.set_cap(limits.subjects);
    }

    /// See [`crate::state::warm`].
    pub(crate) fn warm(&self, [subject, source, actor]: [u64; 3], depth: Depth) {
        for lane in [subject, source] {
            black_box(self.lanes.warm(&lane, depth).map(Lane::last));
        }
        self.accounts.warm(&actor, depth);
    }

    /// See [`crate::state::warm`].
    pub(crate) fn warm_nth(&self, nth: usize, [lane, account]: &mut [Option<Oldest>; 2]) {
        *lane = self.lanes.warm_oldest(*lane);
        *account = self.accounts.warm_oldest(*account);
        self.trail.warm_nth(nth);
    }

    /// What is known of an event's actor, by its [`name`], beyond what the platform and the host say.
    pub(crate) fn known(&self, who: Who, actor: u64) -> Who {
        if actor == 0 || who.own || who.registered {
            return who;
        }
        let Some(account) = self.accounts.get(&actor) else { return who };
        if account.is_own() {
            return Who { own: true, others_known: false, class: ActorClass::Bot, ..who };
        }
        let unsure = matches!(who.class, ActorClass::Human | ActorClass::Unknown);
        Who { machine: unsure && account.is_machine(), ..who }
    }

    /// Takes an event in.
    pub(crate) fn on_event(&mut self, arrived: &Arrived<'_>) -> Heard {
        let Arrived { seq, now, event, names: [subject, actor], who, from, behind, echo, aside, .. } = *arrived;
        let kind = name(&event.kind);
        let source = mix(actor, kind);
        let (property, set, state) = event.state.as_ref().map_or((0, 0, 0), |state| {
            let (property, set) = (name(&state.property), value(&state.value));
            (property, set, mix(mix(subject, property), set))
        });
        let class = who.acts_as();
        let unsure = class == ActorClass::Unknown;
        // A person has a will, but no person says word by word what we said: that is a copy of it under a person's name.
        let human = class == ActorClass::Human;
        let ours = (human || unsure)
            && !who.registered
            && from.map_or_else(|| self.repeats_us([subject, source], event), |from| self.is_copy(from, event));
        let copy = human && ours;
        let person = human && !copy;
        let automated = unsure || matches!(class, ActorClass::Bot | ActorClass::App | ActorClass::System);
        let machine = automated || (copy && from.is_none());
        let answer = from.filter(|_| property == 0).and_then(|_| tool_answer(event));
        let content = match (property, answer) {
            (0, Some(answer)) => answer.digest,
            (0, None) if machine => self.told(event, [subject, source]),
            (0, None) => 0,
            _ => mix(property, set),
        };
        let mut place = self.place([subject, source, kind], content, machine);
        let says_again = !aside && (self.learn(arrived, &place, source) | self.is_said_again(arrived, &place));
        if property != 0 && !echo && !who.own && !aside {
            if let Some(lane) = self.lanes.get_mut(&subject) {
                lane.on_state(property, set, state, now);
            }
        }
        let from = from.filter(|_| !aside).filter(|_| !person || echo);
        let certain = from.map(|from| (Strength::Definite, Some(from)));
        let (mut inferred, mut heard) = (None, Heard::default());
        let system = class == ActorClass::System;
        // A habit is somebody's, and a report on a run is nobody's: the person whom the platform names there only started it.
        let nobodys = actor == 0 || (system && event.actor.as_ref().is_some_and(|who| who.class == ActorClass::Human));
        if machine && !aside && !echo && (place.ours || !nobodys) {
            if certain.is_some() && !behind {
                self.on_answer(&place, now);
            } else {
                (inferred, heard) = self.infer(&mut place, [subject, source], now, behind);
            }
        }
        // What names only what began a thread came of what was done there later, unless it comes there by itself.
        let linked = certain.filter(|_| !behind).or(inferred).or(certain);
        let (strength, parent) = linked.unwrap_or((Strength::Root, None));
        let counts = event.state.as_ref().is_some_and(|state| counts(&state.value));
        let trigger = Trigger {
            lane: place.lane,
            content,
            // Whoever may be a person may well go on talking with us; a machine repeats itself.
            talk: unsure && actor != 0 && event.text.is_some() && event.state.is_none() && !says_again && !ours,
            system,
            at: now,
            kind,
            subject,
            source,
            state,
            counts,
            opaque: event.state.as_ref().is_some_and(|state| is_opaque(&state.value)),
            echo: echo || ours,
            strength,
            parent: parent.map(ShortId::from),
            person,
            fresh: place.fresh,
            acted_on: false,
            telling: answer.is_some_and(|answer| answer.is_telling()),
            told: name(unmark(event.text.as_deref().unwrap_or(""))),
        };
        self.trail.on_event(seq, trigger);
        heard
    }

    /// See [`super::Loops::goes_further`].
    pub(crate) fn goes_further(&self, ask: &Ask) -> bool {
        let before = || self.trail.step(ask.parent?)?.progress;
        ask.progress.is_some_and(|progress| before().is_some_and(|before| progress > before))
    }

    /// Does an effect that asks say the very text that led to it? A tool's call looks that up: see [`unsaid`].
    pub(crate) fn was_told(&self, ask: &Ask) -> bool {
        self.trail.was_told(ask.deed.exact, ask.event, ask.parent)
    }

    /// Does an event say what the effect of ours said that it comes from?
    fn is_copy(&self, from: EffectId, event: &Event) -> bool {
        let print = Print::of(event.text.as_deref().unwrap_or(""));
        print.is_telling() && self.trail.step(from).is_some_and(|step| step.deed.print.is_said_by(&print))
    }

    /// Does an event say exactly what we said last on its subject, or nearly so in many words? Of what is edited, the next version
    /// is nearly the one before; and one person asks what another has asked, which we quoted when we answered.
    fn repeats_us(&self, [subject, source]: [u64; 2], event: &Event) -> bool {
        let Some(lane) = self.lanes.get(&subject) else { return false };
        let Some(step) = self.trail.step(lane.last().0) else { return false };
        // Whoever does something without a word repeats no card, which has none either.
        let Some(text) = event.text.as_deref().filter(|text| !text.is_empty()) else { return false };
        let (said, exact) = (step.deed.print, step.deed.exact == name(text));
        let comes_again = || event.state.is_none() && lane.remembers(source);
        let nearly = || said.is_long() && said.is_said_by(&Print::of(text));
        said.is_telling() && (exact || comes_again() && nearly())
    }

    /// The digest of a text without its numbers, where it may be one of several exchanges of an account elsewhere; or 0.
    fn told(&self, event: &Event, [subject, source]: [u64; 2]) -> u64 {
        let elsewhere = !self.lanes.contains(&subject) && self.lanes.contains(&source);
        let print = event.text.as_deref().filter(|_| elsewhere).map(Print::of);
        print.filter(|print| !print.is_empty()).map_or(0, |print| print.digest)
    }

    /// Whoever comes for the first time, and may be a person: does it say what the one before said who came so?
    fn is_said_again(&mut self, arrived: &Arrived<'_>, place: &Place) -> bool {
        let Arrived { now, event, who, .. } = *arrived;
        let (kind, subject) = (name(&event.kind), arrived.names[0]);
        let at_desk = place.lane == trail::desk(kind, subject);
        if !(place.fresh || at_desk) || who.own || who.acts_as() != ActorClass::Unknown {
            return false;
        }
        let anybody = if at_desk { place.lane } else { newcomers(kind) };
        let Some(lane) = self.lanes.get_mut(&anybody) else { return false };
        let print = Print::of(event.text.as_deref().unwrap_or(""));
        lane.busy().hears(anybody, now, print, (0, false)) == Said::Again
    }

    /// What the actor's doing says about the actor. Does it repeat what it said last?
    fn learn(&mut self, arrived: &Arrived<'_>, place: &Place, source: u64) -> bool {
        let Arrived { now, event, names: [subject, actor], who, from, shows, .. } = *arrived;
        if actor == 0 || who.own || who.registered {
            return false;
        }
        // Who was taken for a machine may turn out to be none.
        let unsure = matches!(who.class, ActorClass::Human | ActorClass::Unknown);
        let answered = from.and_then(|from| self.trail.step(from)).map(|step| step.deed.subject);
        let answered = answered.filter(|lane| self.lanes.contains(lane));
        let elsewhere = answered.is_none() && !place.ours;
        let lane = answered.unwrap_or_else(|| place.here(subject));
        let state = event.state.as_ref();
        let set = state.map_or(0, |state| mix(name(&state.property), value(&state.value)));
        let number = state.is_some_and(|state| counts(&state.value));
        let counts_on = number && (!elsewhere || self.goes_on(lane, source, subject));
        let lane = self.lanes.get_mut(&lane).filter(|_| unsure);
        if !shows && lane.is_none() {
            return false;
        }
        let text = event.text.as_deref().unwrap_or("");
        let heard = lane.map(|lane| (lane.last().1, lane.busy().hears(source, now, Print::of(text), (set, counts_on))));
        if !self.accounts.contains(&actor) {
            self.accounts.insert(actor, Account::default());
        }
        let Some(account) = self.accounts.touch(&actor) else { return false };
        account.on_made(shows);
        let Some((ours, said)) = heard else { return false };
        if !shows {
            if elsewhere {
                // It may be no answer at all: only what it says tells something.
                let silent = text.is_empty() && set == 0;
                account.on_answer(None, now, text, if silent { Said::New } else { said });
            } else {
                account.on_answer(Some(ours), now, text, said);
            }
        }
        // The same few words again are no talk either, unless there are numbers in them: those tell one thing from another.
        let few = || said == Said::Briefly && set == 0 && !text.bytes().any(|byte| byte.is_ascii_digit());
        said == Said::Again || few()
    }

    /// Has an account not come since we acted because of what it did on the same subject?
    fn goes_on(&self, lane: u64, source: u64, subject: u64) -> bool {
        let lane = self.lanes.get(&lane).filter(|lane| lane.waits_for(source));
        let last = lane.and_then(|lane| self.trail.step(lane.last().0)?.trigger);
        last.and_then(|seq| self.trail.trigger(seq)).is_some_and(|before| before.subject == subject)
    }

    /// An effect leaves.
    pub(crate) fn on_effect(&mut self, id: EffectId, ask: &Ask, opinion: &Opinion, now: Timestamp) {
        let trigger = ask.event.and_then(|seq| self.trail.trigger(seq)).copied();
        if let Some(trigger) = trigger {
            if let Some(lane) = self.lanes.get_mut(&trigger.lane) {
                lane.on_released(id, now);
            }
        }
        if let Some(seq) = ask.event {
            self.trail.on_acted(seq);
        }
        let remembered = self.trail.on_effect(id, &opinion.step);
        if opinion.pardoned {
            self.on_pardoned(ask);
        }
        let answered = trigger.filter(|trigger| trigger.subject == ask.deed.subject).map(|trigger| trigger.source);
        let root = !remembered || opinion.step.parent.is_none();
        // Several effects for one event are answered once, where they are not answered each on its own subject.
        let habit = trigger.is_some_and(|trigger| !trigger.fresh);
        self.on_lane(ask.deed.subject, id, ask, now, (answered, root, habit));
        let Some(trigger) = trigger.filter(|t| t.fresh || t.is_elsewhere() || t.is_at_desk()) else { return };
        let source = trigger.source;
        let is_new = !trigger.person && trigger.lane == source && !self.lanes.contains(&source);
        if is_new || trigger.is_at_desk() {
            let desk = trail::desk(trigger.kind, trigger.subject);
            self.on_lane(desk, id, ask, now, (Some(desk), root, habit));
        }
        let lane = if trigger.fresh || trigger.is_at_desk() { source } else { trigger.lane };
        self.on_lane(lane, id, ask, now, (Some(source), root, habit));
        if opinion.again && trigger.lane == source && self.lanes.get(&source).is_some_and(|lane| lane.is_mixed(source))
        {
            self.on_lane(trigger.apart(), id, ask, now, (Some(source), root, habit));
        }
        if trigger.fresh {
            let anybody = newcomers(trigger.kind);
            self.on_lane(anybody, id, ask, now, (Some(anybody), root, habit));
        }
    }

    fn on_lane(
        &mut self,
        key: u64,
        id: EffectId,
        ask: &Ask,
        now: Timestamp,
        (answered, root, habit): (Option<u64>, bool, bool),
    ) {
        let trail = &self.trail;
        let is_sibling = |last: EffectId| {
            // Nothing comes of an event before it. Most that was done here last is older, and far away in memory.
            let may_be = habit && ask.event.is_none_or(|event| last.seq >= event);
            may_be && trail.step(last).is_some_and(|step| step.trigger == ask.event)
        };
        if let Some(lane) = self.lanes.touch(&key) {
            let sibling = key != ask.deed.subject && is_sibling(lane.last().0);
            lane.busy().on_effect(id, &ask.deed, now, answered, (sibling, root));
        } else {
            self.lanes.insert_fresh(key, Lane::begun(id, &ask.deed, now, answered, root));
        }
    }

    pub(crate) fn decode(d: &mut Decoder<'_>, limits: &Limits, seed: u64) -> Result<Self, decode::Error> {
        let mut evidence = Self::new(limits, seed);
        d.array()?;
        evidence.trail.decode(d)?;
        evidence.lanes.decode_entries(d, &mut ())?;
        evidence.accounts.decode_entries(d, &mut ())?;
        evidence.pardons.decode_entries(d, &mut ())?;
        Ok(evidence)
    }
}

impl<C> Encode<C> for Evidence {
    fn encode<W: encode::Write>(&self, e: &mut Encoder<W>, ctx: &mut C) -> Result<(), encode::Error<W::Error>> {
        e.array(4)?;
        self.trail.encode(e, ctx)?;
        self.lanes.encode(e, ctx)?;
        self.accounts.encode(e, ctx)?;
        self.pardons.encode(e, ctx)
    }
}
