//! What happens on a subject after we acted on it, whoever does it: from this, and from nothing else, links are inferred.
//!
//! A lane counts our effects on a subject and what arrives there, by account and kind. More arrivals than our effects
//! could explain are nobody's answers: that account's doings are not ours for a while. So is what arrives while an
//! effect is held back to see whether it would.

use alloc::boxed::Box;
use core::num::NonZeroU64;

use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};

use super::{
    busy::{Busy, Held},
    sources::Source,
    trail::Deed,
};
use crate::{det::ShortId, id::EffectId, time::Timestamp};

/// One subject, or an account that does one kind of thing.
///
/// Both forms of a quiet lane answer all questions alike: after a snapshot every lane is a busy one.
#[derive(Debug, Clone)]
pub(super) enum Lane {
    /// Nothing happened but our first effect. Most lanes stay so: there is one for each account that made us act.
    Quiet(Quiet),
    Busy(Box<Busy>),
}

/// One effect of ours that writes no property.
#[derive(Debug, Clone, Copy)]
pub(super) struct Quiet {
    effect: ShortId,
    at: Timestamp,
    /// The account that it answered here, if any.
    answered: Option<NonZeroU64>,
    /// Nothing of ours led to it.
    root: bool,
}

impl Quiet {
    fn is_for(self, source: u64) -> bool {
        self.answered.is_some_and(|answered| answered.get() == source)
    }
}

impl From<Quiet> for Busy {
    fn from(Quiet { effect, at, answered, root }: Quiet) -> Self {
        let mut busy = Self::new();
        busy.on_effect(effect.into(), &Deed::default(), at, answered.map(NonZeroU64::get), (false, root));
        busy
    }
}

impl Lane {
    /// The first time we act here: see [`Busy::on_effect`].
    pub(super) fn begun(id: EffectId, deed: &Deed, now: Timestamp, answered: Option<u64>, root: bool) -> Self {
        // The digest of an account that is 0 stands for none, as everywhere.
        let answered = answered.and_then(NonZeroU64::new);
        if deed.property == 0 {
            return Self::Quiet(Quiet { effect: id.into(), at: now, answered, root });
        }
        let mut busy = Busy::new();
        busy.on_effect(id, deed, now, answered.map(NonZeroU64::get), (false, root));
        Self::Busy(Box::new(busy))
    }

    /// Our last effect here, and when it left.
    pub(super) fn last(&self) -> (EffectId, Timestamp) {
        match self {
            Self::Quiet(first) => (first.effect.into(), first.at),
            Self::Busy(busy) => (busy.last, busy.at),
        }
    }

    /// The same, if nothing of ours led to it.
    pub(super) fn begun_last(&self) -> Option<(EffectId, Timestamp)> {
        let root = match self {
            Self::Quiet(first) => first.root,
            Self::Busy(busy) => busy.root,
        };
        Some(self.last()).filter(|_| root)
    }

    fn if_busy(&self) -> Option<&Busy> {
        match self {
            Self::Quiet(_) => None,
            Self::Busy(busy) => Some(busy),
        }
    }

    fn if_busy_mut(&mut self) -> Option<&mut Busy> {
        match self {
            Self::Quiet(_) => None,
            Self::Busy(busy) => Some(busy),
        }
    }

    /// The lane as one on which more happens.
    pub(super) fn busy(&mut self) -> &mut Busy {
        match self {
            Self::Busy(busy) => busy,
            Self::Quiet(first) => {
                *self = Self::Busy(Box::new((*first).into()));
                self.busy()
            }
        }
    }

    /// The effect that is held back here.
    pub(super) fn held(&self) -> Option<Held> {
        self.if_busy()?.held.as_deref().copied()
    }

    /// Holds an effect back here, unless one is.
    pub(super) fn hold(&mut self, held: Held) {
        if self.held().is_none_or(|before| before.until <= held.since) {
            self.busy().held = Some(Box::new(held));
        }
    }

    /// See [`Busy::on_state`].
    pub(super) fn on_state(&mut self, property: u64, value: u64, state: u64, now: Timestamp) {
        if let Some(busy) = self.if_busy_mut() {
            busy.on_state(property, value, state, now);
        }
    }

    /// See [`Busy::fight`].
    pub(super) fn fight(&self, deed: &Deed) -> Option<(EffectId, bool)> {
        self.if_busy()?.fight(deed)
    }

    /// See [`Busy::is_written_again`].
    pub(super) fn is_written_again(&self, deed: &Deed) -> bool {
        self.if_busy().is_some_and(|busy| deed.property != 0 && busy.is_written_again(deed))
    }

    /// See [`Busy::has_lasted`].
    pub(super) fn has_lasted(&self, now: Timestamp) -> bool {
        self.if_busy().is_some_and(|busy| busy.has_lasted(now))
    }

    /// See [`Busy::on_released`].
    pub(super) fn on_released(&mut self, id: EffectId, now: Timestamp) {
        if let Some(busy) = self.if_busy_mut() {
            busy.on_released(id, now);
        }
    }

    /// The effect that an account's doing would answer: the last one here that it led to. If something new was begun
    /// since, or it led to none, the last one of all.
    pub(super) fn parent(&self, source: u64) -> EffectId {
        self.if_busy().and_then(|busy| busy.effect(source)).unwrap_or(self.last().0)
    }

    /// The same for an effect that answers it, `before` being what it answered when it came: what was begun since is no
    /// part of it.
    pub(super) fn continued(&self, source: u64, before: Option<EffectId>) -> EffectId {
        let begun = match self {
            Self::Quiet(first) => first.root && !first.is_for(source),
            Self::Busy(busy) => busy.root && busy.effect(source).is_none(),
        };
        before.filter(|_| begun).unwrap_or_else(|| self.parent(source))
    }

    /// See [`Busy::on_answer`].
    pub(super) fn on_answer(&mut self, source: u64, now: Timestamp) {
        if self.knows(source) {
            self.busy().on_answer(source, now);
        }
    }

    /// Has the account come here before?
    pub(super) fn knows(&self, source: u64) -> bool {
        match self {
            Self::Quiet(first) => first.is_for(source),
            Self::Busy(busy) => busy.sources.iter().any(|known| known.id == source && known.arrivals > 0),
        }
    }

    /// Does the account act by itself?
    pub(super) fn has_own_will(&self, source: u64) -> bool {
        self.source(source).is_some_and(|known| known.own_will > 0)
    }

    /// When what an account still owes us is overdue, if it does: [`Source::is_answer_due`].
    pub(super) fn overdue(&self, source: u64, now: Timestamp) -> Option<Timestamp> {
        let known = self.source(source).filter(|known| known.is_answer_due())?;
        Some(known.probe(u64::MAX).map_or(now, |ms| known.answered.plus_ms(ms)))
    }

    /// Has the account come here since then?
    pub(super) fn came_since(&self, source: u64, at: Timestamp) -> bool {
        self.source(source).is_some_and(|known| known.came_since(at))
    }

    /// Is anything known of an account here?
    pub(super) fn remembers(&self, source: u64) -> bool {
        match self {
            Self::Quiet(first) => first.is_for(source),
            Self::Busy(_) => self.source(source).is_some(),
        }
    }

    /// Has an account shown that what it does here are not the answers of one exchange?
    pub(super) fn is_mixed(&self, source: u64) -> bool {
        self.source(source).is_some_and(Source::is_mixed)
    }

    /// Has an account come although an effect was held back to see whether it would?
    pub(super) fn came_unasked(&self, source: u64) -> bool {
        self.source(source).is_some_and(|known| known.came)
    }

    /// How often an account was asked in vain, wherever it comes. To be asked of its own lane.
    pub(super) fn in_vain_anywhere(&self, source: u64) -> u8 {
        self.source(source).map_or(0, |known| known.in_vain_anywhere)
    }

    /// See [`Source::rests`].
    pub(super) fn rests(&self, source: u64, now: Timestamp, in_vain_anywhere: u8) -> bool {
        self.source(source).is_some_and(|known| known.rests(now, in_vain_anywhere))
    }

    /// Has an account not come since we acted because of it?
    pub(super) fn waits_for(&self, source: u64) -> bool {
        match self {
            Self::Quiet(first) => first.is_for(source),
            Self::Busy(_) => self.source(source).is_some_and(|known| known.waited_for),
        }
    }

    /// See [`Source::is_answer_due`].
    pub(super) fn is_answer_due(&self, source: u64) -> bool {
        self.source(source).is_some_and(Source::is_answer_due)
    }

    /// What more is known of an account here than that we acted because of it.
    fn source(&self, source: u64) -> Option<&Source> {
        self.if_busy()?.sources.iter().find(|known| known.id == source)
    }

    /// What probes have shown of an account.
    pub(super) fn causal(&self, source: u64) -> u32 {
        self.if_busy().map_or(1, |busy| busy.causal(source))
    }

    /// Would it tell nothing to hold back only one of several effects that are made of one event?
    pub(super) fn is_accompanied(&self, source: u64) -> bool {
        self.source(source).is_some_and(|source| source.accompanied)
    }

    /// See [`Busy::probe`].
    pub(super) fn probe(&self, source: u64, longest_ms: u64) -> Option<u64> {
        self.if_busy()?.probe(source, longest_ms)
    }
}

impl<C> Encode<C> for Lane {
    fn encode<W: encode::Write>(&self, e: &mut Encoder<W>, ctx: &mut C) -> Result<(), encode::Error<W::Error>> {
        match self {
            Self::Quiet(first) => Busy::from(*first).encode(e, ctx),
            Self::Busy(busy) => busy.encode(e, ctx),
        }
    }
}

impl<'b, C> Decode<'b, C> for Lane {
    fn decode(d: &mut Decoder<'b>, ctx: &mut C) -> Result<Self, decode::Error> {
        Busy::decode(d, ctx).map(|busy| Self::Busy(Box::new(busy)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::Seq;

    fn id(seq: u64) -> EffectId {
        EffectId { seq: Seq(seq), ordinal: 0 }
    }

    #[test]
    fn a_quiet_lane_answers_all_questions_as_it_does_when_it_was_read_back() {
        let now = Timestamp(9000);
        for (answered, root) in [(None, true), (None, false), (Some(7), true), (Some(7), false)] {
            let quiet = Lane::begun(id(3), &Deed::default(), Timestamp(1000), answered, root);
            let bytes = minicbor::to_vec(&quiet).expect("memory");
            let read: Lane = minicbor::decode(&bytes).expect("what was written");
            assert!(matches!((&quiet, &read), (Lane::Quiet(_), Lane::Busy(_))));
            let deed = Deed { property: 5, value: 6, ..Deed::default() };
            let of = |lane: &Lane| {
                (lane.last(), lane.held(), lane.fight(&deed), lane.is_written_again(&deed), lane.has_lasted(now))
            };
            assert_eq!(of(&quiet), of(&read), "{answered:?} {root}");
            for source in [7, 8] {
                let links = |lane: &Lane| {
                    [None, Some(id(2))].map(|before| (lane.parent(source), lane.continued(source, before)))
                };
                let known = |lane: &Lane| {
                    let of = [
                        lane.knows(source),
                        lane.remembers(source),
                        lane.waits_for(source),
                        lane.is_answer_due(source),
                    ];
                    (of, lane.is_mixed(source), lane.has_own_will(source), lane.is_accompanied(source))
                };
                let asked = |lane: &Lane| {
                    let times = (
                        lane.overdue(source, now),
                        lane.probe(source, 60_000),
                        lane.came_since(source, Timestamp(1000)),
                    );
                    (times, lane.causal(source))
                };
                assert_eq!(links(&quiet), links(&read), "{answered:?} {root} {source}");
                assert_eq!(known(&quiet), known(&read), "{answered:?} {root} {source}");
                assert_eq!(asked(&quiet), asked(&read), "{answered:?} {root} {source}");
            }
        }
    }
}
