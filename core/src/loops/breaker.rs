//! The emergency breaker: a denial is not only a "no" to one effect, it stops what led there.
//!
//! | a chain is | on | to |
//! |---|---|---|
//! | closed | one of its effects is denied for a loop or a limit | open, until the cooldown is over |
//! | open | anything of it asks | open; it is denied as `tripped` |
//! | open | the cooldown is over, or a person resumes it | half-open |
//! | half-open | an effect asks | on trial; it leaves, whatever the evidence says of it. A limit still denies: open |
//! | on trial | another effect of the same event asks | on trial; it is denied as `tripped` |
//! | on trial | an effect repeats, or meets a limit | open, for twice as long |
//! | on trial | an effect asks that does neither | closed |
//! | any | what comes turns out not to be answers to us | closed |
//!
//! Where links are inferred, each turn begins a chain of its own. So beside the chain the *exchange* trips: that account's
//! doings of that kind on that subject, or that fight over one property. When too many chains trip within a window, the
//! whole tenant is stopped for a cooldown; persons still get answers.
//!
//! Tripped chains are memory: beyond the limit the one that tripped longest ago is forgotten. The limits and the evidence
//! that tripped it are still there.

use alloc::{
    collections::{BTreeMap, VecDeque},
    vec::Vec,
};

use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};

use crate::{
    config::LoopBreaker as Settings,
    det::Lru,
    id::{ChainId, EffectId, Seq},
    input::Order,
    limits::Limits,
    text::Text,
    time::Timestamp,
    verdict::DenyReason,
};

/// A chain that has tripped.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(crate) struct Trip {
    /// Where the refused effect would have landed.
    #[n(0)]
    pub(crate) subject: Text,
    /// The refused effect, and for what it was refused.
    #[n(1)]
    pub(crate) effect: EffectId,
    #[n(2)]
    pub(crate) reason: DenyReason,
    #[n(3)]
    exchange: Option<u64>,
    #[n(4)]
    pub(crate) since: Timestamp,
    #[n(5)]
    pub(crate) until: Timestamp,
    /// How often it tripped. Each time the cooldown doubles.
    #[n(6)]
    pub(crate) times: u16,
    #[n(7)]
    state: Stage,
    /// The effect that told a person.
    #[n(8)]
    pub(crate) notice: Option<EffectId>,
    /// Other chains under whose names it tripped since, the latest ones: their plans wait for a person as well. Absent until one
    /// does.
    #[n(9)]
    others: Option<Vec<ChainId>>,
    /// Those of the trips before it closed, where it tripped anew. They have nothing to do with what it trips for now, but nobody
    /// else names them to a person: their plans go on when it is resumed.
    #[n(10)]
    former: Option<Vec<ChainId>>,
}

/// So many other chains of one trip are remembered.
const OTHERS: usize = 32;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
enum Stage {
    #[n(0)]
    Open,
    /// An effect for this event left.
    #[n(1)]
    Trial(#[n(0)] Option<Seq>),
    /// Kept to know how often it tripped.
    #[n(2)]
    Closed,
}

/// Where a chain stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    Closed,
    Open,
    HalfOpen,
    /// An effect for this event left.
    Trial(Option<Seq>),
}

/// What a denial did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tripped {
    pub(crate) until: Timestamp,
    /// A person has to hear of it: it did not just trip again on trial.
    pub(crate) anew: bool,
    /// So many tripped that the tenant is stopped until then.
    pub(crate) all_until: Option<Timestamp>,
}

#[derive(Debug, Clone)]
pub(crate) struct Breaker {
    trips: Lru<ChainId, Trip>,
    /// By exchange: the chain under which it tripped last. Derived from `trips`, and always what [`Breaker::index`] makes of it.
    exchanges: BTreeMap<u64, ChainId>,
    /// By chain: the one under which it tripped, if that is another. Derived likewise.
    under: BTreeMap<ChainId, ChainId>,
    /// When the latest chains tripped.
    recent: VecDeque<Timestamp>,
    /// The tenant is stopped until then, for the so manyth time.
    all: Option<(Timestamp, u16)>,
}

impl Breaker {
    pub(super) fn new(limits: &Limits, seed: u64) -> Self {
        let (exchanges, under) = (BTreeMap::new(), BTreeMap::new());
        Self { trips: Lru::new(limits.stops, seed), exchanges, under, recent: VecDeque::new(), all: None }
    }

    pub(super) fn set_limits(&mut self, limits: &Limits) {
        self.trips.set_cap(limits.stops);
    }

    /// Makes the indexes anew.
    fn index(&mut self) {
        self.exchanges.clear();
        self.under.clear();
        for (chain, trip) in self.trips.oldest_first() {
            if let Some(exchange) = trip.exchange {
                self.exchanges.insert(exchange, *chain);
            }
            self.under.extend(trip.others.iter().flatten().map(|other| (*other, *chain)));
        }
    }

    /// Has nothing ever tripped?
    pub(super) fn is_idle(&self) -> bool {
        self.trips.len() == 0
    }

    /// The chain under which something tripped: the chain itself, or its exchange.
    fn find(&self, chain: ChainId, exchange: Option<u64>) -> Option<ChainId> {
        let other = || exchange.and_then(|exchange| self.exchanges.get(&exchange)).copied();
        Some(chain).filter(|chain| self.is_shut(*chain)).or_else(|| other().filter(|chain| self.is_shut(*chain)))
    }

    fn is_shut(&self, chain: ChainId) -> bool {
        self.trips.get(&chain).is_some_and(|trip| trip.state != Stage::Closed)
    }

    /// The chain under which a chain tripped, where that is another: who resumes one means the other.
    pub(super) fn kept(&self, chain: ChainId) -> ChainId {
        let under = self.under.get(&chain).copied().filter(|_| !self.is_shut(chain));
        under.filter(|under| self.is_shut(*under) || !self.trips.contains(&chain)).unwrap_or(chain)
    }

    /// A chain, the one under which it tripped, and all that tripped with it, or with that before, but for those that tripped
    /// for something else since: they go on when they are named for that.
    pub(super) fn with(&self, chain: ChainId) -> impl Iterator<Item = ChainId> {
        let kept = self.kept(chain);
        let trip = self.trips.get(&kept);
        let others = trip.into_iter().flat_map(|trip| trip.others.iter().flatten());
        let former = trip.into_iter().flat_map(|trip| trip.former.iter().flatten());
        let others = others
            .map(move |other| (*other, self.kept(*other)))
            .filter(move |(_, under)| *under == kept || !self.is_shut(*under));
        let former = former.map(|former| (*former, self.kept(*former))).filter(|(_, under)| !self.is_shut(*under));
        [chain, kept].into_iter().chain(others.chain(former).map(|(chain, _)| chain))
    }

    pub(super) fn standing(&self, chain: ChainId, exchange: Option<u64>, now: Timestamp) -> Standing {
        let trip = self.find(chain, exchange).and_then(|chain| self.trips.get(&chain));
        match trip.map(|trip| (trip.state, trip.until <= now)) {
            None | Some((Stage::Closed, _)) => Standing::Closed,
            Some((Stage::Open, false)) => Standing::Open,
            Some((Stage::Open, true)) => Standing::HalfOpen,
            Some((Stage::Trial(event), _)) => Standing::Trial(event),
        }
    }

    /// An effect for an event leaves, which `repeats` or not.
    pub(super) fn on_admitted(
        &mut self,
        (chain, exchange): (ChainId, Option<u64>),
        event: Option<Seq>,
        repeats: bool,
        now: Timestamp,
    ) {
        let Some(trip) = self.find(chain, exchange).and_then(|chain| self.trips.get_mut(&chain)) else { return };
        match trip.state {
            Stage::Open if trip.until <= now => trip.state = Stage::Trial(event),
            Stage::Trial(first) if !repeats && (first.is_none() || first != event) => trip.state = Stage::Closed,
            _ => {}
        }
    }

    /// What comes turned out not to answer us: there is nothing to break.
    pub(super) fn on_refuted(&mut self, exchange: u64) {
        let chain = self.exchanges.get(&exchange).copied();
        let trip = chain.and_then(|chain| self.trips.get_mut(&chain));
        if let Some(trip) = trip.filter(|trip| trip.exchange == Some(exchange)) {
            trip.state = Stage::Closed;
        }
    }

    /// An effect of a chain was refused.
    pub(super) fn trip(
        &mut self,
        chain: ChainId,
        fresh: (Text, EffectId, DenyReason, Option<u64>),
        settings: &Settings,
        now: Timestamp,
    ) -> Tripped {
        let key = self.find(chain, fresh.3).unwrap_or(chain);
        let anew = !self.is_shut(key);
        let trip = self.next((key, chain), fresh, settings, now);
        let until = trip.until;
        self.put(key, trip);
        Tripped { until, anew, all_until: if anew { self.count(settings, now) } else { None } }
    }

    /// What is kept of a chain that trips, under the name of `key`.
    fn next(
        &self,
        (key, chain): (ChainId, ChainId),
        (subject, effect, reason, exchange): (Text, EffectId, DenyReason, Option<u64>),
        settings: &Settings,
        now: Timestamp,
    ) -> Trip {
        let before = self.trips.get(&key);
        let recent = before.filter(|trip| now.since_ms(trip.until) <= settings.cooldown_max_ms);
        let times = recent.map_or(0, |trip| trip.times).saturating_add(1);
        let shut = before.filter(|trip| trip.state != Stage::Closed);
        // What tripped with it before it closed has nothing to do with what it trips for now.
        let (others, former) = match shut {
            Some(trip) => (self.others(key, chain), trip.former.clone()),
            None => (None, self.former(key)),
        };
        Trip {
            subject,
            effect,
            reason,
            exchange: exchange.or(shut.and_then(|trip| trip.exchange)),
            since: now,
            until: now.plus_ms(cooldown_ms(settings, times)),
            times,
            state: Stage::Open,
            notice: shut.and_then(|trip| trip.notice),
            others,
            former,
        }
    }

    /// Keeps a trip. The indexes are made anew only where more than its own entry changes.
    fn put(&mut self, key: ChainId, trip: Trip) {
        let exchange = trip.exchange;
        let leaves =
            |before: &Trip| before.others.is_some() || before.exchange.is_some_and(|_| before.exchange != exchange);
        let mut stale = trip.others.is_some() || self.trips.get(&key).is_some_and(leaves);
        // An insertion makes the table forget up to two.
        let oldest = self.trips.oldest_first().take(2);
        let oldest: Vec<_> = oldest.map(|(chain, trip)| (*chain, trip.exchange, trip.others.is_some())).collect();
        self.trips.insert(key, trip);
        for (chain, exchange, led) in oldest.into_iter().filter(|(chain, ..)| !self.trips.contains(chain)) {
            stale |= led;
            if let Some(exchange) = exchange.filter(|exchange| self.exchanges.get(exchange) == Some(&chain)) {
                self.exchanges.remove(&exchange);
            }
        }
        if stale {
            self.index();
        } else if let Some(exchange) = exchange {
            self.exchanges.insert(exchange, key);
        }
    }

    /// The other chains of a trip, when it trips under the name of `chain`.
    fn others(&self, key: ChainId, chain: ChainId) -> Option<Vec<ChainId>> {
        let known = self.trips.get(&key).and_then(|trip| trip.others.clone());
        if chain == key {
            return known;
        }
        let mut others = known.unwrap_or_default();
        others.retain(|other| *other != chain);
        others.push(chain);
        if others.len() > OTHERS {
            others.remove(0);
        }
        Some(others)
    }

    /// All that tripped with a chain before, the latest ones, when it trips anew.
    fn former(&self, key: ChainId) -> Option<Vec<ChainId>> {
        let trip = self.trips.get(&key)?;
        let others = trip.others.as_deref().unwrap_or_default();
        let earlier = trip.former.iter().flatten().filter(|chain| !others.contains(chain));
        let all: Vec<_> = earlier.chain(others).copied().collect();
        Some(all[all.len().saturating_sub(OTHERS)..].to_vec()).filter(|all| !all.is_empty())
    }

    /// One more chain has tripped. Says until when all are stopped, if that is one too many.
    fn count(&mut self, settings: &Settings, now: Timestamp) -> Option<Timestamp> {
        self.recent.retain(|at| now.since_ms(*at) < settings.window_ms);
        self.recent.push_back(now);
        if self.recent.len() < settings.count as usize || self.stops_all(now) {
            return None;
        }
        self.recent.clear();
        let recent = self.all.filter(|(until, _)| now.since_ms(*until) <= settings.cooldown_max_ms);
        let times = recent.map_or(0, |(_, times)| times).saturating_add(1);
        let until = now.plus_ms(cooldown_ms(settings, times));
        self.all = Some((until, times));
        Some(until)
    }

    pub(super) fn on_notice(&mut self, chain: ChainId, exchange: Option<u64>, notice: EffectId) {
        if let Some(trip) = self.find(chain, exchange).and_then(|chain| self.trips.get_mut(&chain)) {
            trip.notice = Some(notice);
        }
    }

    /// Is the whole tenant stopped?
    pub(super) fn stops_all(&self, now: Timestamp) -> bool {
        self.all.is_some_and(|(until, _)| now < until)
    }

    /// The chains that tripped at a subject.
    pub(super) fn at(&self, subject: &Text) -> Vec<ChainId> {
        let hit = self.trips.oldest_first().filter(|(_, trip)| trip.subject == *subject);
        hit.map(|(chain, _)| *chain).collect()
    }

    /// A person resumes: the next effect goes on trial. Other orders are not its business.
    pub(super) fn on_order(&mut self, order: &Order, now: Timestamp) {
        match order {
            Order::ResumeChain { chain } => {
                let kept = self.kept(*chain);
                if let Some(trip) = self.trips.get_mut(&kept) {
                    trip.until = trip.until.min(now);
                }
            }
            Order::ResumeSubject { subject } => {
                for chain in self.at(subject) {
                    self.on_order(&Order::ResumeChain { chain }, now);
                }
            }
            Order::ResumeAll {} => {
                self.all = None;
                self.recent.clear();
            }
            _ => {}
        }
    }

    /// What is not closed, and where it stands.
    pub(crate) fn list(&self, now: Timestamp) -> impl Iterator<Item = (ChainId, &Trip, Standing)> {
        let standing = move |(chain, trip): (&ChainId, _)| (*chain, trip, self.standing(*chain, None, now));
        let all = self.trips.oldest_first().map(|(chain, trip)| (chain, trip)).map(standing);
        all.filter(|(.., standing)| *standing != Standing::Closed)
    }

    pub(crate) fn all_until(&self, now: Timestamp) -> Option<Timestamp> {
        self.all.map(|(until, _)| until).filter(|until| now < *until)
    }

    pub(super) fn decode(d: &mut Decoder<'_>, limits: &Limits, seed: u64) -> Result<Self, decode::Error> {
        let mut breaker = Self::new(limits, seed);
        d.array()?;
        breaker.trips.decode_entries(d, &mut ())?;
        breaker.index();
        let recent: Vec<Timestamp> = Decode::decode(d, &mut ())?;
        breaker.recent = recent.into();
        breaker.all = Decode::decode(d, &mut ())?;
        Ok(breaker)
    }
}

/// How long the so manyth trip lasts.
fn cooldown_ms(settings: &Settings, times: u16) -> u64 {
    let doubled = settings.cooldown_ms.saturating_mul(1 << times.saturating_sub(1).min(40));
    doubled.min(settings.cooldown_max_ms.max(settings.cooldown_ms))
}

impl<C> Encode<C> for Breaker {
    fn encode<W: encode::Write>(&self, e: &mut Encoder<W>, ctx: &mut C) -> Result<(), encode::Error<W::Error>> {
        e.array(3)?;
        self.trips.encode(e, ctx)?;
        e.array(self.recent.len() as u64)?;
        for at in &self.recent {
            at.encode(e, ctx)?;
        }
        self.all.encode(e, ctx)
    }
}

#[cfg(test)]
mod tests;
