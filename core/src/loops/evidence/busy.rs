//! A lane on which something happened: our effects there, and who came.

use alloc::{boxed::Box, vec::Vec};

use minicbor::{Decode, Encode};

use super::{
    print::Print,
    sources::{Said, Source},
    trail::Deed,
};
use crate::{
    id::{EffectId, Seq},
    time::Timestamp,
};

/// Accounts and kinds counted per lane.
const SOURCES: usize = 8;
/// What stood so many times as long as it takes to set it again had succeeded.
pub(super) const LASTING: u64 = 8;
/// To find out whether answers are still under way, an effect is held back for so many times as long as was meant.
const HELD_TIMES: u64 = 4;
/// Foreign values of a property that are remembered.
const UNDONE: usize = 8;

/// A lane on which something happened.
#[derive(Debug, Clone, Encode, Decode)]
#[cbor(array)]
pub(super) struct Busy {
    /// Our last effect here, and when it left.
    #[n(0)]
    pub(super) last: EffectId,
    #[n(1)]
    pub(super) at: Timestamp,
    /// Nothing of ours led to it.
    #[n(11)]
    pub(super) root: bool,
    #[n(2)]
    effects: u32,
    #[n(3)]
    pub(super) sources: Vec<Source>,
    /// The effect that is held back here.
    #[n(4)]
    pub(super) held: Option<Box<Held>>,
    /// What we wrote last, and by which effect.
    #[n(5)]
    written: Option<Box<(EffectId, Deed)>>,
    /// Somebody has set the property to another value since: that state.
    #[n(6)]
    undone: u64,
    /// When that happened, and for how long what we had written had stood.
    #[n(8)]
    undone_at: Timestamp,
    #[n(9)]
    stood_ms: u64,
    /// Such states, as they were when we wrote again.
    #[n(7)]
    fought: Vec<u64>,
    /// The last state of that property that was not set by us.
    #[n(10)]
    foreign: u64,
}

/// An effect that is held back to see what comes meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(super) struct Held {
    #[n(0)]
    pub(super) id: EffectId,
    /// Whose answers are in question.
    #[n(1)]
    pub(super) source: u64,
    #[n(2)]
    pub(super) since: Timestamp,
    #[n(3)]
    pub(super) until: Timestamp,
    /// Something else that was made of the same event has left: it may be what is answered.
    #[n(4)]
    pub(super) accompanied: bool,
    /// When it was held back first, and whether its account has come since: then it is held on until there is silence.
    #[n(5)]
    #[cbor(default)]
    pub(super) first: Timestamp,
    #[n(6)]
    #[cbor(default)]
    pub(super) came: bool,
    /// What it is made of.
    #[n(7)]
    #[cbor(default)]
    pub(super) event: Option<Seq>,
}

impl Held {
    /// Something has come each time, and it is held for much longer than was meant.
    fn has_lasted(&self, now: Timestamp) -> bool {
        now.since_ms(self.first) > self.until.since_ms(self.since).saturating_mul(HELD_TIMES)
    }
}

/// What an arrival is, for all we know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Arrival {
    /// An answer.
    Answer,
    /// It may be one, but it came although this effect was held back to see whether it would.
    Unasked(EffectId),
    /// Its account acts by itself. The effect that was held back to find that out.
    Own(Option<EffectId>),
}

impl Arrival {
    /// The effect that need not be held back any longer: what was to be seen is seen.
    pub(super) fn freed(self) -> Option<EffectId> {
        match self {
            Self::Answer => None,
            Self::Unasked(held) => Some(held),
            Self::Own(held) => held,
        }
    }
}

impl Busy {
    pub(super) fn new() -> Self {
        Self {
            last: EffectId::default(),
            at: Timestamp(0),
            root: false,
            effects: 0,
            sources: Vec::new(),
            held: None,
            written: None,
            undone: 0,
            undone_at: Timestamp(0),
            stood_ms: 0,
            fought: Vec::new(),
            foreign: 0,
        }
    }

    /// Something arrives that could be an answer. Many of a crowd may answer one effect, and who is doubted has come elsewhere
    /// although an effect was held back to see whether it would.
    pub(super) fn on_arrival(&mut self, source: u64, now: Timestamp, crowd: bool, doubted: bool) -> Arrival {
        let held = self.held.as_deref().filter(|held| held.source == source).copied();
        let accompanied = held.is_some_and(|held| held.accompanied);
        let asked = doubted || self.sources.iter().any(|known| known.id == source && known.was_asked());
        // The first of all answers nothing, nor does the second where two exchanges begin at once: while an effect is held back, the
        // answer of the other is under way. What accompanies that effect counts as that effect.
        let slack = if accompanied || !asked { 2 } else { u32::from(self.held.is_none()) };
        let doubted = doubted || self.sources.iter().any(Source::was_asked_in_vain);
        let (effects, at) = (self.effects, self.at);
        let source = self.source(source, now);
        let explained = source.causal > 1 && (!source.came_since(at) || source.unanswered > 0);
        source.arrivals = source.arrivals.saturating_add(1);
        source.arrived(now);
        source.begin_anew_if_faster();
        source.begin_anew_if_in_turn(effects);
        if source.own_will > 0 {
            source.own_will -= 1;
            source.credit = 0;
            return Arrival::Own(None);
        }
        if source.arrivals > effects.saturating_add(slack) || source.is_a_clock() {
            source.on_refuted(held.is_some());
            let id = source.id;
            return Arrival::Own(self.held.take_if(|held| held.source == id).map(|held| held.id));
        }
        source.accompanied |= accompanied;
        // Whoever has shown to answer may answer what has left since it came last, whomever that was for, and what had left
        // for itself before.
        let unasked = held.filter(|_| !accompanied && !explained);
        // At first, answers to more than that may be under way. That one of a crowd has come says nothing of the others.
        let again = |held: &Held| doubted || (source.came && !held.came) || held.has_lasted(now);
        let in_vain = unasked.filter(|held| !crowd && again(held));
        if unasked.is_some() {
            source.on_unasked();
        }
        if let Some(held) = &in_vain {
            source.on_asked_in_vain(held, now);
        }
        source.on_answer();
        if in_vain.is_some() {
            self.held = None;
        } else if let Some(held) = self.held.as_deref_mut().filter(|_| unasked.is_some()) {
            held.came = true;
        }
        in_vain.map_or(Arrival::Answer, |held| Arrival::Unasked(held.id))
    }

    /// Wherever it comes, an account has come although an effect was held back to see whether it would.
    pub(super) fn on_unasked_anywhere(&mut self, source: u64, now: Timestamp) {
        self.source(source, now).on_unasked_anywhere();
    }

    /// Something else may bring about so many arrivals, as if we had acted here.
    pub(super) fn excuse(&mut self, arrivals: u32) {
        self.effects = self.effects.saturating_add(arrivals);
    }

    /// An answer arrives for certain: whether the account also acts by itself is another question.
    pub(super) fn on_answer(&mut self, source: u64, now: Timestamp) {
        if let Some(source) = self.sources.iter_mut().find(|known| known.id == source) {
            source.arrived(now);
            source.on_answer();
        }
    }

    /// Somebody says something here. Is it what they said last, or, without words, do they set what they set last? What is
    /// set comes with whether it only counts.
    pub(super) fn hears(&mut self, source: u64, now: Timestamp, print: Print, set: (u64, bool)) -> Said {
        let first = self.sources.iter().all(|known| known.id != source);
        self.source(source, now).hears(print, set, first)
    }

    fn source(&mut self, id: u64, now: Timestamp) -> &mut Source {
        let at = match self.sources.iter().position(|source| source.id == id) {
            Some(at) => at,
            None => {
                if self.sources.len() == SOURCES {
                    self.sources.remove(0);
                }
                // Mostly it stays the only one.
                self.sources.reserve_exact(1);
                self.sources.push(Source::new(id, now));
                self.sources.len() - 1
            }
        };
        &mut self.sources[at]
    }

    /// We act here, possibly because of something that arrived here.
    pub(super) fn on_effect(
        &mut self,
        id: EffectId,
        deed: &Deed,
        now: Timestamp,
        answered: Option<u64>,
        (sibling, root): (bool, bool),
    ) {
        if let Some(source) = answered {
            let first = u32::from(self.effects == 0);
            let source = self.source(source, now);
            source.arrivals = source.arrivals.max(first);
            source.on_acted(id, now);
        }
        self.effects = self.effects.saturating_add(u32::from(!sibling));
        if root {
            // Something new begins. Only what is still to be answered goes on.
            for known in self.sources.iter_mut().filter(|known| answered != Some(known.id) && !known.is_due(now)) {
                known.effect = None;
            }
        }
        (self.last, self.at, self.root) = (id, now, root);
        if deed.property != 0 {
            if self.undone != 0 && self.is_written_again(deed) {
                if self.fought.len() == UNDONE {
                    self.fought.remove(0);
                }
                self.fought.push(self.undone);
            }
            self.written = Some(Box::new((id, *deed)));
            self.undone = 0;
        }
    }

    pub(super) fn is_written_again(&self, deed: &Deed) -> bool {
        self.written.as_deref().is_some_and(|(_, before)| {
            let same = (before.kind, before.property, before.value) == (deed.kind, deed.property, deed.value);
            same && (deed.value != 0 || before.exact == deed.exact)
        })
    }

    /// Somebody set a property here. What we wrote ourselves, or what confirms it, undoes nothing.
    pub(super) fn on_state(&mut self, property: u64, value: u64, state: u64, now: Timestamp) {
        let written = self.written.as_deref().filter(|(_, deed)| deed.property == property);
        let Some((_, deed)) = written else { return };
        if deed.value == 0 && deed.exact == value {
            // The text was the value.
            return;
        }
        // Where the host does not say what it wrote, only what comes back to the same value each time is known to undo it.
        let undoes = if deed.value == 0 { self.foreign == state } else { deed.value != value };
        if undoes && self.undone == 0 {
            (self.undone_at, self.stood_ms) = (now, now.since_ms(self.at));
        }
        self.undone = if undoes { state } else { 0 };
        self.foreign = state;
    }

    /// Would the effect write again what was undone? Then the effect it repeats, and whether that state came before.
    pub(super) fn fight(&self, deed: &Deed) -> Option<(EffectId, bool)> {
        let fights = self.undone != 0 && deed.property != 0 && self.is_written_again(deed);
        self.written.as_deref().filter(|_| fights).map(|(id, _)| (*id, self.fought.contains(&self.undone)))
    }

    /// Had what we wrote stood for long before it was undone, beside the time that it takes us to write it again?
    pub(super) fn has_lasted(&self, now: Timestamp) -> bool {
        self.undone != 0 && self.stood_ms / LASTING >= now.since_ms(self.undone_at).max(1)
    }

    /// An effect that was held back leaves. If nothing came meanwhile, an answer now is worth something: that an
    /// arrival which does not care for us takes longer than the `j`th longest of `k` gaps has probability `j/(k+1)`.
    pub(super) fn on_released(&mut self, id: EffectId, now: Timestamp) {
        let Some(held) = self.held.take_if(|held| held.id == id) else { return };
        if let Some(known) = self.sources.iter_mut().find(|known| known.id == held.source) {
            known.on_silence(&held, self.effects, now);
        }
    }

    /// Our last effect here because of an account, unless something new was begun since.
    pub(super) fn effect(&self, source: u64) -> Option<EffectId> {
        self.sources.iter().find(|known| known.id == source)?.effect.map(EffectId::from)
    }

    pub(super) fn causal(&self, source: u64) -> u32 {
        self.sources.iter().find(|known| known.id == source).map_or(1, |known| known.causal)
    }

    /// See [`Source::probe`].
    pub(super) fn probe(&self, source: u64, longest_ms: u64) -> Option<u64> {
        self.sources.iter().find(|known| known.id == source)?.probe(longest_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(seq: u64) -> EffectId {
        EffectId { seq: Seq(seq), ordinal: 0 }
    }

    #[test]
    fn who_comes_although_nothing_left_loses_what_earlier_probes_had_shown() {
        let mut lane = Busy::new();
        for n in 1..=5 {
            lane.on_effect(id(n), &Deed::default(), Timestamp(1000 * n), Some(7), (false, false));
        }
        let hold = |n, since| {
            let until = Timestamp(20_000);
            Some(Box::new(Held {
                id: id(n),
                source: 7,
                since,
                until,
                accompanied: false,
                first: since,
                came: false,
                event: None,
            }))
        };
        // Two gaps, of 5000 and 1000 ms; a silence of 6500 ms is longer than both.
        assert_eq!([6000, 7000].map(|at| lane.on_arrival(7, Timestamp(at), false, false)), [Arrival::Answer; 2]);
        lane.held = hold(6, Timestamp(7500));
        lane.on_released(id(6), Timestamp(13_500));
        assert_eq!((lane.on_arrival(7, Timestamp(14_000), false, false), lane.causal(7)), (Arrival::Answer, 3));
        lane.held = hold(7, Timestamp(14_500));
        assert_eq!((lane.on_arrival(7, Timestamp(15_000), false, false), lane.causal(7)), (Arrival::Answer, 1));
    }
}
