//! A recording run through a broker.
//!
//! A recording holds what platforms sent, not what the bot did. Two things are inferred, here and nowhere else:
//!
//! * What an account of the bot did is an effect it performed: as the answer to the latest event on the same subject by
//!   somebody else, if that was within the window. It is proposed, and done at once.
//! * What another automated account did is an answer to the latest event on the same subject by somebody else, if that
//!   was the bot's and within the window. Such a link shows as `timing`, unless a receipt or a token proves it.
//!
//! What a person did is never linked by time: it begins a new chain, as always.
//!
//! What is held because it repeats itself leaves later, and all that follows is as much later.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    Broker, Config, EffectId, Event, Genesis, Input, Keys, Rejected, Seq, Text, Timestamp, Verdict,
    event::{ActorClass, bounded},
    input::{Causes, Outcome, OutcomeResult, Proposal, Propose},
    journal::segment_header,
    limits,
    state::who,
    verdict::{Decision, HoldReason, LinkKind},
};
use serde::Serialize;

use super::output::Fail;

/// The attribute by which drawings know a link that was inferred.
const INFERRED: &str = "inferred_link";

/// What became of a recording's deliveries.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Tally {
    /// Requests read.
    pub deliveries: usize,
    /// Lines that could not be read.
    pub unread: usize,
    /// Events in the requests read.
    pub events: usize,
    /// Events that had come before.
    pub duplicates: usize,
    /// Events that count as effects of the bot.
    pub own: usize,
    /// Events linked by time.
    pub inferred: usize,
    /// Where something is really held: effects that leave by themselves, but later.
    pub held: usize,
    /// Where something is really denied: events that would not have happened.
    pub prevented: usize,
    /// Events that the broker rejects.
    pub rejected: usize,
    /// How much later than recorded an event came at most, because of what was held before it: for a note.
    #[serde(skip)]
    pub late_ms: u64,
}

/// Who reports what runs came to. GitHub names there who started the run, who may be the bot itself: what the bot did
/// is what the report answers.
const REPORTER: &str = "";

/// What last happened on a subject, and what it is for those who answer it.
struct Latest {
    actor: Text,
    at: Timestamp,
    /// The name by which a proposal names it.
    name: Text,
    /// What the bot made, if it was the bot.
    made: Option<Text>,
    /// It would not have happened.
    prevented: bool,
}

pub struct Run {
    pub tally: Tally,
    broker: Broker,
    journal: Vec<u8>,
    window_ms: u64,
    now: Timestamp,
    /// The latest time by the recording.
    recorded: Timestamp,
    /// By subject, the latest event of each of the last two actors: one of the two is always somebody else.
    latest: BTreeMap<Text, Vec<Latest>>,
    seen: BTreeSet<[Text; 3]>,
    /// The contents of what would not have happened, by tenant, source, subject and key: of that the broker knows nothing.
    left_out: BTreeMap<[Text; 4], Timestamp>,
}

/// What a deed of the bot came to.
enum Deed {
    /// It was an effect, or an unprompted act.
    Done(Option<EffectId>),
    Denied,
}

impl Run {
    pub fn new(config: Config, window_ms: u64) -> Result<Self, Fail> {
        let genesis = Genesis { name: "recording".into(), config, ..Genesis::default() };
        let broker =
            Broker::new(genesis, Keys::none()).map_err(|error| Fail { exit: 2, message: error.to_string() })?;
        let journal = segment_header(broker.view().number(), Seq(1)).to_vec();
        Ok(Self {
            tally: Tally::default(),
            broker,
            journal,
            window_ms,
            now: Timestamp(0),
            recorded: Timestamp(0),
            latest: BTreeMap::new(),
            seen: BTreeSet::new(),
            left_out: BTreeMap::new(),
        })
    }

    /// The records, and what became of the events.
    pub fn finish(mut self) -> (Vec<u8>, Tally) {
        self.append();
        (self.journal, self.tally)
    }

    /// The next event of the recording. It came at `at`, or else when its payload says, or else a second after the one
    /// before.
    pub fn event(&mut self, at: Option<Timestamp>, event: Event) -> Result<(), Rejected> {
        let before = self.now;
        let at = at.or(event.occurred_at).unwrap_or(self.now.plus_ms(1000));
        // What is not in order came late by itself.
        let recorded = self.recorded.max(at);
        self.tally.late_ms = self.tally.late_ms.max(self.now.since_ms(recorded));
        self.now = self.now.max(at);
        self.tally.events += 1;
        if self.is_duplicate(&event) {
            self.tally.duplicates += 1;
            self.now = before;
            return Ok(());
        }
        let name = delivered(&event);
        let (place, content) = (self.place(&event), content(&event));
        let actor = match &event.actor {
            Some(actor) if !event.is_report() => actor.id.clone(),
            _ => Text::from(REPORTER),
        };
        let mut latest = Latest {
            at: self.now,
            name: format!("{}/{}", event.source, event.id).into(),
            made: None,
            prevented: false,
            actor,
        };
        let taken = self.take(event, &place, &mut latest);
        if taken.is_err() {
            self.tally.rejected += 1;
            // For the broker, what it refused has not come: the same once more is refused once more.
            self.seen.remove(&name);
            // A time that the broker did not believe is not to be the time of all that follows.
            self.now = before.max(self.broker.view().now());
            return taken;
        }
        self.recorded = recorded;
        if let Some(content) = content.filter(|_| latest.prevented) {
            self.left_out.insert(content, self.now);
        }
        let line = self.latest.entry(place.into()).or_default();
        line.retain(|other| other.actor != latest.actor);
        line.push(latest);
        if line.len() > 2 {
            line.remove(0);
        }
        self.append();
        taken
    }

    fn take(&mut self, mut event: Event, place: &str, latest: &mut Latest) -> Result<(), Rejected> {
        let who = who(self.broker.view().config(), &event);
        let own = who.own && !event.is_report();
        let automated = own || who.class != ActorClass::Human;
        let before = self.before(place, &latest.actor);
        if automated && before.is_some_and(|before| before.prevented) {
            latest.prevented = true;
            self.tally.prevented += 1;
            return Ok(());
        }
        let cause = before.map(|before| before.name.clone());
        let answered = before.and_then(|before| before.made.clone());
        if own {
            match self.perform(&event, cause)? {
                Deed::Done(effect) => {
                    latest.made = effect.map(|effect| made(&event, effect));
                    latest.at = self.now;
                }
                Deed::Denied => {
                    latest.prevented = true;
                    return Ok(());
                }
            }
        } else if let (true, None, Some(made)) = (automated, &event.reply_to, answered) {
            event.reply_to = Some(made);
            if event.attributes.len() < limits::ATTRIBUTES {
                event.attributes.insert(INFERRED.into(), "timing".into());
            }
        }
        let inferred = event.attributes.contains_key(INFERRED);
        let decision = self.submit(event)?;
        let by_time = inferred && decision.link.is_some_and(|link| link.kind == LinkKind::Reply);
        self.tally.inferred += usize::from(by_time);
        Ok(())
    }

    /// Does in the broker what the bot did in the recording.
    fn perform(&mut self, event: &Event, cause: Option<Text>) -> Result<Deed, Rejected> {
        let tenant = event.tenant.clone();
        if let Some(effect) = self.promised(event) {
            self.tally.own += 1;
            self.done(event, effect)?;
            return Ok(Deed::Done(Some(effect)));
        }
        let Some(cause) = cause else { return Ok(Deed::Done(None)) };
        let proposal = Proposal {
            // Cut, but still one key for each event.
            key: Some(bounded::name(format!("{}/{}", event.source, event.id), limits::NAME_BYTES)),
            kind: event.kind.clone(),
            subject: event.subject.clone(),
            about: event.about.clone(),
            text: event.text.clone(),
            writes: event.state.clone(),
            ..Proposal::default()
        };
        let propose = Propose { cause: Causes::One(cause), effects: vec![proposal], more: false, tenant };
        let decision = self.submit(propose)?;
        self.tally.own += 1;
        match decision.verdicts.iter().find(|verdict| verdict.effect().is_some_and(|id| id.seq == decision.seq)) {
            Some(Verdict::Admitted { effect, .. }) => {
                self.done(event, *effect)?;
                Ok(Deed::Done(Some(*effect)))
            }
            Some(Verdict::Held { effect, why: HoldReason::Repeats | HoldReason::Probe, .. }) => {
                self.tally.held += 1;
                if !self.leaves(event.tenant.as_deref().unwrap_or(""), *effect) {
                    return Ok(Deed::Denied);
                }
                self.done(event, *effect)?;
                Ok(Deed::Done(Some(*effect)))
            }
            Some(_) => Ok(Deed::Denied),
            None => Ok(Deed::Done(None)),
        }
    }

    /// Lets time go on until an effect is held no longer. Does it leave then?
    fn leaves(&mut self, tenant: &str, effect: EffectId) -> bool {
        loop {
            let Some(open) = self.broker.view().open_effect(tenant, effect) else { return false };
            if open.held.is_none() {
                return true;
            }
            self.now = self.now.max(open.due);
            if self.broker.wakeup().is_none_or(|wakeup| wakeup.at > self.now) {
                return false;
            }
            while self.broker.wakeup().is_some_and(|wakeup| wakeup.at <= self.now) {
                let _ = self.broker.advance(self.now);
            }
        }
    }

    /// An effect that a rule wanted, and that this deed can be: the same text, or else just the same place.
    fn promised(&self, event: &Event) -> Option<EffectId> {
        let view = self.broker.view();
        let open = view.open(event.tenant.as_deref().unwrap_or("")).filter(|open| open.held.is_none());
        let here = open.filter_map(|open| Some((open.effect.id, open.effect.act()?)));
        let here: Vec<_> = here.filter(|(_, act)| act.subject == event.subject).collect();
        let same = here.iter().find(|(_, act)| act.text.is_some() && act.text == event.text);
        same.or(here.first()).map(|(id, _)| *id)
    }

    fn done(&mut self, event: &Event, effect: EffectId) -> Result<(), Rejected> {
        let result = OutcomeResult::done(made(event, effect));
        self.submit(Outcome { effect, result, chain: None, tenant: event.tenant.clone() }).map(|_| ())
    }

    fn submit(&mut self, input: impl Into<Input>) -> Result<Decision, Rejected> {
        self.broker.submit(self.now, input)
    }

    /// Takes the staged records over, and acknowledges the effects: nobody performs them.
    fn append(&mut self) {
        let durable = self.broker.view().durable();
        let Some(segment) = self.broker.staged(durable) else { return };
        self.journal.extend_from_slice(segment.bytes);
        let last = segment.last;
        // What was just staged can be marked.
        let _ = self.broker.mark_durable(last);
        let mut effects = Vec::new();
        self.broker.released(crate::ReleaseNo(0), &mut effects);
        if let Some(effect) = effects.last() {
            self.broker.released(effect.release, &mut Vec::new());
        }
    }

    /// The same event came before, under its id or with its content. Asked here already, because what the bot did has
    /// to be proposed before it is submitted.
    fn is_duplicate(&mut self, event: &Event) -> bool {
        if !self.seen.insert(delivered(event)) {
            return true;
        }
        let view = self.broker.view();
        let window_ms = view.config().timing.content_window_ms;
        let left_out = content(event).and_then(|content| self.left_out.get(&content));
        view.duplicate_of(event, self.now).is_some() || left_out.is_some_and(|at| self.now.since_ms(*at) < window_ms)
    }

    /// Where something happens: the subject it concerns, as far as that is known.
    fn place(&self, event: &Event) -> String {
        let tenant = event.tenant.as_deref().unwrap_or("");
        let about = event.about.as_deref().unwrap_or(&event.subject);
        format!("{tenant}\0{}", self.broker.view().resolve(tenant, about))
    }

    fn before(&self, place: &str, actor: &str) -> Option<&Latest> {
        let somebody_else = self.latest.get(place)?.iter().rev().find(|latest| latest.actor != actor)?;
        (self.now.since_ms(somebody_else.at) <= self.window_ms).then_some(somebody_else)
    }
}

/// The object a deed made. Where the platform names none, the effect's id stands for it.
fn made(event: &Event, effect: EffectId) -> Text {
    event.object.clone().unwrap_or_else(|| format!("recording:{effect}").into())
}

/// By which a second delivery is known.
fn delivered(event: &Event) -> [Text; 3] {
    [event.tenant.clone().unwrap_or_default(), event.source.clone(), event.id.clone()]
}

/// What a second delivery of the same has too. A likely key is none: it says something only where something was done.
fn content(event: &Event) -> Option<[Text; 4]> {
    let key = event.content_key.clone().filter(|key| !key.starts_with('~'))?;
    Some([event.tenant.clone().unwrap_or_default(), event.source.clone(), event.subject.clone(), key])
}
