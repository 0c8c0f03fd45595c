//! Where it is counted that an event may answer us.
//!
//! | the event is | counted by |
//! |---|---|
//! | on a subject we acted on, of an account that did the same there before | subject |
//! | there, but the account does it there for the first time | account, if it made us act before; else all newcomers that do it |
//! | there, more often than we act there, and never while an effect was held back to see | account, if it made us act before |
//! | elsewhere | account, if it made us act before; if it has shown to act by itself, also by what it tells |
//! | elsewhere, of an account that is new | all new accounts that do it on that subject, if one of them made us act before |
//!
//! So whoever opens a new subject for each answer is asked as well, and a party that comes under a new name each time, also
//! where it writes to one mailbox and we answer somewhere else.

use super::{
    Evidence, Heard,
    busy::Arrival,
    lanes::Lane,
    trail::{Strength, apart, desk, newcomers},
};
use crate::{det::mix, id::EffectId, loops::Ask, time::Timestamp};

/// More than so many arrivals that nothing explains show that a broken exchange was none.
const COPIES: u32 = 4;

/// The lane an event is counted in, and as what.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) lane: u64,
    stream: u64,
    /// Did we act on its subject?
    pub(super) ours: bool,
    /// Its account does this for the first time on a subject of ours.
    pub(super) fresh: bool,
}

impl Place {
    /// Where it is heard what somebody says.
    pub(super) fn here(&self, subject: u64) -> u64 {
        if self.ours { subject } else { self.lane }
    }
}

impl Evidence {
    /// The place of an event, by its subject, its source (who does what), its kind and what it sets.
    pub(super) fn place(&self, [subject, source, kind]: [u64; 3], content: u64, machine: bool) -> Place {
        let Some(lane) = self.lanes.get(&subject) else {
            let elsewhere = |lane, stream| Place { lane, stream, ours: false, fresh: false };
            let (apart, desk) = (apart(source, content), desk(kind, subject));
            return match () {
                () if content != 0 && self.lanes.contains(&apart) => elsewhere(apart, source),
                () if machine && !self.lanes.contains(&source) && self.lanes.contains(&desk) => elsewhere(desk, desk),
                () => elsewhere(source, source),
            };
        };
        let here = Place { lane: subject, stream: source, ours: true, fresh: false };
        if !machine || lane.knows(source) {
            return here;
        }
        let anybody = newcomers(kind);
        let elsewhere = [source, anybody].into_iter().find(|lane| self.lanes.contains(lane));
        let lane = elsewhere.unwrap_or(subject);
        Place { lane, stream: if lane == anybody { anybody } else { source }, fresh: true, ..here }
    }

    /// An answer arrives for certain.
    pub(super) fn on_answer(&mut self, place: &Place, now: Timestamp) {
        if let Some(lane) = self.lanes.get_mut(&place.lane) {
            lane.on_answer(place.stream, now);
        }
    }

    /// Counts an arrival. Does it answer us, for all we know, and which effect?
    pub(super) fn infer(
        &mut self,
        place: &mut Place,
        [subject, source]: [u64; 2],
        now: Timestamp,
        behind: bool,
    ) -> (Option<(Strength, Option<EffectId>)>, Heard) {
        let mut heard = Heard::default();
        if place.lane != subject && place.ours {
            if let Some(here) = self.lanes.get_mut(&subject) {
                // The first of them can be no one too many.
                let _ = here.busy().on_arrival(source, now, false, false);
            }
        }
        let doubted = self.lanes.get(&source).is_some_and(|own| own.in_vain_anywhere(source) > 0);
        if place.lane != subject {
            self.excuse(place.lane, place.stream);
        }
        let Some(lane) = self.lanes.get_mut(&place.lane) else { return (None, heard) };
        let arrival = lane.busy().on_arrival(place.stream, now, place.stream != source, doubted);
        heard.freed = arrival.freed();
        if heard.freed.is_some() {
            if let Some(own) = self.lanes.get_mut(&source) {
                own.busy().on_unasked_anywhere(source, now);
            }
        }
        if let Arrival::Own(_) = arrival {
            heard.refuted[0] = Some(mix(place.lane, place.stream));
            let Some(lane) = self.lanes.get(&place.lane) else { return (None, heard) };
            match (place.lane == subject, place.ours) {
                // It comes here more often than we act here. It may come because of what it makes us do elsewhere, unless it came
                // when we did nothing to see whether it would.
                (true, _) if !lane.came_unasked(source) => {
                    *place = Place { lane: source, stream: source, ours: false, fresh: false };
                    self.excuse(source, source);
                    let Some(lane) = self.lanes.get_mut(&source) else { return (None, heard) };
                    let arrival = lane.busy().on_arrival(source, now, false, doubted);
                    heard.freed = heard.freed.or(arrival.freed());
                    if let Arrival::Own(_) = arrival {
                        heard.refuted[1] = Some(mix(source, source));
                        return (None, heard);
                    }
                }
                (true, _) | (false, false) => return (None, heard),
                // It comes to new subjects by itself. Here it may answer all the same.
                (false, true) => (place.lane, place.stream) = (subject, source),
            }
        }
        let (strength, at) = match place.ours {
            true if behind => (Strength::Thread, subject),
            true => (Strength::Inferred, subject),
            false => (Strength::Habit, place.lane),
        };
        (Some((strength, self.lanes.get(&at).map(|lane| lane.parent(source)))), heard)
    }

    /// Where we act because of an account, we may begin something for others, too: if we did since it came last, that may be why it
    /// comes now, once more than we acted because of it.
    fn excuse(&mut self, lane: u64, stream: u64) {
        let Some((last, _)) = self.lanes.get(&lane).map(Lane::last) else { return };
        let there = self.trail.step(last).and_then(|step| self.lanes.get(&step.deed.subject));
        let begun = there.and_then(Lane::begun_last).filter(|(other, _)| *other > last);
        let Some(lane) = self.lanes.get_mut(&lane) else { return };
        if begun.is_some_and(|(_, at)| !lane.came_since(stream, at)) {
            lane.busy().excuse(1);
        }
    }

    /// An exchange has tripped. The notice may come back by the same way, and who copies what we say may copy what a few others say, too.
    pub(crate) fn on_tripped(&mut self, ask: &Ask) {
        let trigger = ask.event.and_then(|seq| self.trail.trigger(seq));
        if let Some(lane) = trigger.map(|trigger| trigger.lane).and_then(|lane| self.lanes.get_mut(&lane)) {
            lane.busy().excuse(COPIES);
        }
    }
}
