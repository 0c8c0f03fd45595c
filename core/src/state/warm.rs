//! Reading at once what records will be looked up in, one table after the other.
//!
//! A table with a hundred thousand entries lies in memory that no cache holds. An event asks a dozen of them, and each
//! question waits for memory up to four times: for the index, its entry, what that points to, and its neighbours. Asked
//! beforehand, all together, and for several records that came together, they wait for about the same time as one. So is what the
//! tables will forget. Nothing here changes or decides anything.

use alloc::vec::Vec;

use super::{State, Tenant, react::names};
use crate::{
    config::Config,
    det::{Depth, TextKey, mix, name},
    event::Event,
    input::{Input, Outcome, OutcomeResult},
    journal::Record,
};

/// Below so many events most of it is in a cache, and to ask twice would cost more than it saves.
const FAR: usize = 1 << 14;
/// Most destinations whose threads are looked for.
const DESTINATIONS: usize = 4;
/// For so many records at once: what they need has room in the second cache, and more would wait no shorter.
pub(crate) const TOGETHER: usize = 16;

/// A record that is looked up in large tables.
pub(crate) enum Asked<'a> {
    Event(&'a Event),
    Outcome(&'a Outcome),
}

impl<'a> Asked<'a> {
    pub(crate) fn input(input: &'a Input) -> Option<Self> {
        match input {
            Input::Event(event) => Some(Self::Event(event)),
            Input::Outcome(outcome) => Some(Self::Outcome(outcome)),
            _ => None,
        }
    }

    pub(crate) fn record(record: &'a Record) -> Option<Self> {
        match record {
            Record::Event(event, _) => Some(Self::Event(event)),
            Record::Outcome(outcome) => Some(Self::Outcome(outcome)),
            _ => None,
        }
    }

    fn tenant(&self) -> &str {
        let name = match self {
            Self::Event(event) => &event.tenant,
            Self::Outcome(outcome) => &outcome.tenant,
        };
        name.as_deref().unwrap_or("")
    }
}

/// Where it is looked up.
enum Places {
    Event { id: TextKey, subject: TextKey, object: Option<TextKey>, about: u64, names: [u64; 3] },
    Outcome { object: TextKey, thread: Option<[u64; 2]> },
}

/// Where rules send messages, where it depends on no event.
pub(super) fn destinations(config: &Config) -> Vec<u64> {
    let templates = config.rules.iter().flat_map(|rule| &rule.effects);
    let mut names: Vec<_> = templates.filter_map(|effect| effect.subject.constant()).map(name).collect();
    names.sort_unstable();
    names.dedup();
    names.truncate(DESTINATIONS);
    names
}

impl State {
    /// Reads what the next records will be looked up in.
    pub(crate) fn warm<'a>(&self, asked: impl Iterator<Item = Asked<'a>>) {
        let places: Vec<_> = asked.filter_map(|one| self.places(&one)).collect();
        for depth in Depth::ALL {
            for (tenant, places) in &places {
                tenant.warm(places, &self.destinations, depth);
            }
        }
        for of_one in places.chunk_by(|(one, _), (other, _)| core::ptr::eq(*one, *other)) {
            of_one[0].0.warm_oldest(of_one.iter().map(|(_, places)| places));
        }
    }

    fn places(&self, asked: &Asked<'_>) -> Option<(&Tenant, Places)> {
        let tenant = self.tenant(asked.tenant()).filter(|tenant| tenant.chains.events() >= FAR)?;
        Some((tenant, tenant.places(asked)?))
    }
}

impl Tenant {
    fn places(&self, asked: &Asked<'_>) -> Option<Places> {
        match asked {
            Asked::Event(event) => {
                let [subject, actor] = names(event);
                let object = event.object.as_ref().map(|object| self.chains.key(object));
                Some(Places::Event {
                    id: self.chains.key(&event.id),
                    subject: self.chains.key(&event.subject),
                    object,
                    about: event.about.as_ref().map_or(subject, |about| name(about)),
                    names: [subject, mix(actor, name(&event.kind)), actor],
                })
            }
            Asked::Outcome(outcome) => {
                let OutcomeResult::Done { object: Some(object), .. } = &outcome.result else { return None };
                let act = self.outbox.get(outcome.effect).and_then(|entry| entry.effect.act());
                let thread = act.and_then(|act| Some([name(&act.subject), name(act.about.as_ref()?)]));
                Some(Places::Outcome { object: self.chains.key(object), thread })
            }
        }
    }

    fn warm(&self, places: &Places, destinations: &[u64], depth: Depth) {
        let subjects = &self.chains.subjects;
        match places {
            Places::Event { id, subject, object, about, names } => {
                self.chains.warm(id, depth);
                subjects.warm(subject, depth);
                if let Some(object) = object {
                    subjects.warm_receipt(object, depth);
                }
                for destination in destinations {
                    subjects.warm_thread(*destination, *about, depth);
                }
                self.loops.evidence().warm(*names, depth);
            }
            Places::Outcome { object, thread } => {
                subjects.warm_receipt(object, depth);
                if let Some([destination, about]) = thread {
                    subjects.warm_thread(*destination, *about, depth);
                }
            }
        }
    }

    /// Each record pushes out the oldest of what it adds to. Which that are is known one after the other, so all tables are gone
    /// through together.
    fn warm_oldest<'a>(&self, places: impl Iterator<Item = &'a Places>) {
        let (mut event, mut chain, mut kept, mut made) = (None, None, [None; 2], [None; 2]);
        for (nth, place) in places.enumerate() {
            match place {
                Places::Event { .. } => {
                    event = self.chains.warm_nth(nth, event);
                    chain = self.loops.warm_oldest(chain);
                    self.loops.evidence().warm_nth(nth, &mut kept);
                }
                Places::Outcome { .. } => self.chains.subjects.warm_oldest(&mut made),
            }
        }
    }
}
