//! Permits: units of keys, all at once or none.

mod keep;
mod key;
#[cfg(test)]
mod model;
mod request;
#[cfg(test)]
mod tests;

use alloc::{
    collections::{BTreeMap, BTreeSet},
    vec::Vec,
};
use core::ops::Bound;

use self::{
    keep::{Entry, Place, State},
    key::{Key, Rank},
};
pub use self::{
    key::{KeyRule, Pool, PoolAdvice, Rate},
    request::{Acquired, Grant, Need, PermitEvent, PermitLimits, PermitRequest},
};
use super::{
    deadline::Deadline,
    error::{GuardError, has_room, in_range},
};
use crate::{text::Text, time::Timestamp};

/// A table of permits.
///
/// The one primitive behind locks, bulkheads, rate limits, leases, concurrency keys and pools.
///
/// A key has units to give. A request asks for units of one or more keys and gets all of them at once or none, so that nobody
/// holds one key while waiting for another. What it gets is a lease: it may end by itself (`ttl_ms`), and it has an epoch, a
/// number that grows with every grant. Who comes back after its lease ended has an old epoch and is turned away.
///
/// | from | on | to |
/// |---|---|---|
/// | - | `acquire`, it fits and nobody is before it | held |
/// | - | `acquire`, otherwise | waiting |
/// | waiting | units come free, it fits and nobody is before it | held, in the same step |
/// | waiting | `cancel`, its `give_up_at`, its key is drained | ended |
/// | held | `renew` with its epoch | held, for another `ttl_ms` |
/// | held | `release` with its epoch, `ttl_ms` over | ended |
///
/// Before a waiter is everybody of a lower `priority` number, and of the same one who came earlier, **who waits for the same key
/// and for more of it than there is**. So a line moves in its order, and nobody who fits waits behind somebody who waits for
/// another key. The price: who asks for several keys may be overtaken on each of them, without a bound; where that
/// matters, use [`super::Claims`].
///
/// ```
/// use reynolds::{Timestamp, guard::{Acquired, KeyRule, Need, PermitEvent, PermitLimits, PermitRequest, Permits}};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let (mut permits, mut events) = (Permits::new(PermitLimits::default(), Timestamp(0)), Vec::new());
/// permits.define(Timestamp(0), &"deploy".into(), KeyRule { units: 1, ..KeyRule::default() }, &mut events)?;
/// let request = |holder| PermitRequest {
///     holder, needs: vec![Need { key: "deploy".into(), units: 1 }], ttl_ms: 1_000, ..PermitRequest::default()
/// };
/// let Acquired::Granted { grant } = permits.acquire(Timestamp(0), request(1), &mut events)? else { panic!("free") };
/// assert_eq!(permits.acquire(Timestamp(5), request(2), &mut events)?, Acquired::Queued);
/// permits.renew(Timestamp(900), 1, grant.epoch)?;                          // still at it
///
/// permits.on_due(Timestamp(1_900), &mut events);                           // ... and then silent
/// assert_eq!(events[0], PermitEvent::Expired { holder: 1, epoch: 1 });
/// assert!(matches!(events[1], PermitEvent::Granted { grant } if grant.holder == 2 && grant.epoch == 2));
/// assert!(permits.admits(Timestamp(1_901), 1, grant.epoch).is_err());      // its late write is rejected
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permits {
    state: State,
    /// When what ends by itself. Derived.
    timers: BTreeSet<(Timestamp, u64)>,
    /// Keys with a rate that somebody waits for. Derived.
    refilling: BTreeSet<Text>,
}

impl Permits {
    /// An empty table.
    #[must_use]
    pub fn new(limits: PermitLimits, now: Timestamp) -> Self {
        let state = State { limits, now, epoch: 0, ticket: 0, keys: BTreeMap::new(), open: BTreeMap::new() };
        Self { state, timers: BTreeSet::new(), refilling: BTreeSet::new() }
    }

    /// Sets what a key has to give. Leases stay, also when there are more than the new rule allows; a key that was drained
    /// gives out again.
    ///
    /// # Errors
    /// [`GuardError::OutOfRange`], or [`GuardError::Full`] for `keys`.
    pub fn define(
        &mut self,
        now: Timestamp,
        key: &Text,
        rule: KeyRule,
        events: &mut Vec<PermitEvent>,
    ) -> Result<(), GuardError> {
        rule.validate()?;
        let now = self.state.now.max(now);
        match self.state.keys.get_mut(key) {
            Some(known) => known.redefine(rule, now),
            None => {
                has_room(self.state.keys.len(), self.state.limits.keys, "keys")?;
                self.state.keys.insert(key.clone(), Key::new(rule, now));
            }
        }
        let mut touched = Vec::from([key.clone()]);
        self.drop_waiters(key, rule.most(), &mut touched, events);
        self.turn(now, touched, events);
        Ok(())
    }

    /// Asks for permits.
    ///
    /// # Errors
    /// [`GuardError`]; nothing has changed then.
    pub fn acquire(
        &mut self,
        now: Timestamp,
        mut request: PermitRequest,
        events: &mut Vec<PermitEvent>,
    ) -> Result<Acquired, GuardError> {
        let now = self.state.now.max(now);
        request.needs.sort_by(|one, other| one.key.cmp(&other.key));
        self.admit(now, &request)?;
        self.turn(now, Vec::new(), events);
        let PermitRequest { holder, priority, needs, ttl_ms, wait, give_up_at } = request;
        let ticket = self.state.ticket.saturating_add(1);
        let rank = Rank { priority, ticket };
        let fits = self.fits(rank, &needs);
        if !fits && (!wait || give_up_at.has_passed(now)) {
            return Ok(Acquired::Busy);
        }
        self.state.ticket = ticket;
        let entry = Entry { place: Place::Waiting { ticket }, priority, needs, ttl_ms, ends: give_up_at };
        self.line_up(holder, &entry);
        self.state.open.insert(holder, entry);
        if fits {
            Ok(self.grant(holder).map_or(Acquired::Busy, |grant| Acquired::Granted { grant }))
        } else {
            Ok(Acquired::Queued)
        }
    }

    /// Is the lease with this epoch still held? To be asked before a write that must not come late.
    ///
    /// # Errors
    /// [`GuardError::Stale`].
    pub fn admits(&self, now: Timestamp, holder: u64, epoch: u64) -> Result<(), GuardError> {
        let held =
            |entry: &&Entry| entry.place == Place::Held { epoch } && !entry.ends.has_passed(now.max(self.state.now));
        let entry = self.state.open.get(&holder).filter(held);
        entry.map(drop).ok_or(GuardError::Stale { id: holder, epoch })
    }

    /// Keeps a lease for another `ttl_ms` from now.
    ///
    /// # Errors
    /// [`GuardError::Stale`].
    pub fn renew(&mut self, now: Timestamp, holder: u64, epoch: u64) -> Result<Grant, GuardError> {
        self.admits(now, holder, epoch)?;
        let now = self.state.now.max(now);
        let entry = self.state.open.get_mut(&holder).ok_or(GuardError::UnknownId { id: holder })?;
        let expires = Deadline::after(now, entry.ttl_ms);
        set_timer(&mut self.timers, holder, entry, expires);
        Ok(Grant { holder, epoch, expires })
    }

    /// Gives everything back.
    ///
    /// # Errors
    /// [`GuardError::Stale`].
    pub fn release(
        &mut self,
        now: Timestamp,
        holder: u64,
        epoch: u64,
        events: &mut Vec<PermitEvent>,
    ) -> Result<(), GuardError> {
        self.admits(now, holder, epoch)?;
        let now = self.state.now.max(now);
        let mut touched = Vec::new();
        self.end(holder, now, &mut touched);
        self.turn(now, touched, events);
        Ok(())
    }

    /// A waiter leaves its lines.
    ///
    /// # Errors
    /// [`GuardError::UnknownId`] if nobody with this id waits.
    pub fn cancel(&mut self, now: Timestamp, holder: u64, events: &mut Vec<PermitEvent>) -> Result<(), GuardError> {
        let waits = self.state.open.get(&holder).is_some_and(|entry| entry.rank().is_some());
        if !waits {
            return Err(GuardError::UnknownId { id: holder });
        }
        let now = self.state.now.max(now);
        let mut touched = Vec::new();
        self.end(holder, now, &mut touched);
        self.turn(now, touched, events);
        Ok(())
    }

    /// The key gives nothing out any more, and who waits for it is dropped. Leases go on; it is drained when
    /// [`Permits::used`] is 0, and can be removed then.
    ///
    /// # Errors
    /// [`GuardError::UnknownKey`].
    pub fn drain(&mut self, now: Timestamp, key: &Text, events: &mut Vec<PermitEvent>) -> Result<(), GuardError> {
        let now = self.state.now.max(now);
        let known = self.state.keys.get_mut(key).ok_or_else(|| GuardError::UnknownKey { key: key.clone() })?;
        known.draining = true;
        let mut touched = Vec::new();
        self.drop_waiters(key, 0, &mut touched, events);
        self.turn(now, touched, events);
        Ok(())
    }

    /// Forgets a key that nobody holds or waits for. Says whether it did.
    pub fn remove(&mut self, key: &Text) -> bool {
        let unused = self.state.keys.get(key).is_some_and(|key| key.used == 0 && key.line.is_empty());
        unused && self.state.keys.remove(key).is_some()
    }

    /// Members have joined a pool.
    ///
    /// # Errors
    /// [`GuardError::UnknownKey`] if there is no such pool, [`GuardError::Full`] for `members`.
    pub fn grow(
        &mut self,
        now: Timestamp,
        key: &Text,
        members: u32,
        events: &mut Vec<PermitEvent>,
    ) -> Result<(), GuardError> {
        let (now, limit) = (self.state.now.max(now), self.state.limits.members);
        let pool = self.pool(key)?;
        let full = pool.members().saturating_add(members) > limit;
        if full {
            return Err(GuardError::Full { limit_name: "members", limit: limit.into() });
        }
        pool.grow(members, now);
        self.turn(now, Vec::from([key.clone()]), events);
        Ok(())
    }

    /// Members have left a pool; only idle ones can. Says how many did.
    ///
    /// # Errors
    /// [`GuardError::UnknownKey`] if there is no such pool.
    pub fn shrink(&mut self, key: &Text, members: u32) -> Result<u32, GuardError> {
        Ok(self.pool(key)?.shrink(members))
    }

    /// What to do about a pool's size.
    #[must_use]
    pub fn advice(&self, now: Timestamp, key: &str) -> PoolAdvice {
        self.state.keys.get(key).map_or_else(PoolAdvice::default, |key| key.advice(self.state.now.max(now)))
    }

    /// Units of a key that are held.
    #[must_use]
    pub fn used(&self, key: &str) -> u32 {
        self.state.keys.get(key).map_or(0, |key| key.used)
    }

    /// Who waits for a key, the first first.
    pub fn waiting(&self, key: &str) -> impl Iterator<Item = u64> {
        self.state.keys.get(key).into_iter().flat_map(|key| key.line.values().map(|(_, holder)| *holder))
    }

    /// When something changes by itself: a lease or a wait ends, or a bucket has filled enough.
    #[must_use]
    pub fn due(&self) -> Option<Timestamp> {
        let refilled = |key: &Text| self.state.keys.get(key)?.refilled_at(self.state.now);
        let refills = self.refilling.iter().filter_map(refilled);
        refills.chain(self.timers.first().map(|(at, _)| *at)).min()
    }

    /// Time has passed: says who lost what, and who got it.
    pub fn on_due(&mut self, now: Timestamp, events: &mut Vec<PermitEvent>) {
        self.turn(self.state.now.max(now), Vec::new(), events);
    }

    fn pool(&mut self, key: &Text) -> Result<&mut Key, GuardError> {
        let pool = self.state.keys.get_mut(key).filter(|key| key.rule.pool.is_some());
        pool.ok_or_else(|| GuardError::UnknownKey { key: key.clone() })
    }

    fn admit(&self, now: Timestamp, request: &PermitRequest) -> Result<(), GuardError> {
        let (State { limits, open, keys, .. }, needs) = (&self.state, &request.needs);
        in_range(!needs.is_empty(), "needs", 0, "at least one key")?;
        let more = needs.len() as u64 > u64::from(limits.needs);
        in_range(!more, "needs", needs.len() as u64, "at most `limits.needs` keys")?;
        let twice = needs.iter().zip(needs.iter().skip(1)).find(|(one, next)| one.key == next.key);
        twice.map_or(Ok(()), |(need, _)| Err(GuardError::Repeated { key: need.key.clone() }))?;
        if open.get(&request.holder).is_some_and(|entry| !entry.ends.has_passed(now)) {
            return Err(GuardError::InUse { id: request.holder });
        }
        // What has run out makes room as soon as the request is looked at.
        if self.timers.first().is_none_or(|(at, _)| *at > now) {
            has_room(open.len(), limits.open, "open")?;
        }
        for need in needs {
            let unknown = || GuardError::UnknownKey { key: need.key.clone() };
            let key = keys.get(&need.key).ok_or_else(unknown)?;
            in_range(need.units >= 1, "units", need.units.into(), "at least 1")?;
            if key.draining {
                return Err(GuardError::Draining { key: need.key.clone() });
            }
            let (wanted, limit) = (need.units, key.rule.most());
            if wanted > limit {
                return Err(GuardError::NeverFits { key: need.key.clone(), wanted, limit });
            }
        }
        Ok(())
    }

    /// Is there enough of everything, and nobody before it?
    fn fits(&self, rank: Rank, needs: &[Need]) -> bool {
        needs.iter().all(|need| {
            self.state.keys.get(&need.key).is_some_and(|key| {
                let free = key.free(self.state.now);
                need.units <= free && !key.is_blocked(rank, free)
            })
        })
    }

    fn line_up(&mut self, holder: u64, entry: &Entry) {
        let Some(rank) = entry.rank() else { return };
        for need in &entry.needs {
            let Some(key) = self.state.keys.get_mut(&need.key) else { continue };
            key.line.insert(rank, (need.units, holder));
            if key.rule.rate.is_some() && !self.refilling.contains(&need.key) {
                self.refilling.insert(need.key.clone());
            }
        }
        if let Some(at) = entry.ends.due() {
            self.timers.insert((at, holder));
        }
    }

    /// A waiter gets what it asked for.
    fn grant(&mut self, holder: u64) -> Option<Grant> {
        let Self { state, timers, refilling } = self;
        let entry = state.open.get_mut(&holder)?;
        let rank = entry.rank()?;
        for need in &entry.needs {
            let key = state.keys.get_mut(&need.key)?;
            key.line.remove(&rank);
            key.take(need.units, state.now);
            if key.line.is_empty() {
                refilling.remove(&need.key);
            }
        }
        state.epoch = state.epoch.saturating_add(1);
        let (epoch, expires) = (state.epoch, Deadline::after(state.now, entry.ttl_ms));
        entry.place = Place::Held { epoch };
        set_timer(timers, holder, entry, expires);
        Some(Grant { holder, epoch, expires })
    }

    /// Takes somebody out, waiting or holding, and lists the keys where that makes a difference.
    fn end(&mut self, holder: u64, now: Timestamp, touched: &mut Vec<Text>) {
        let Some(entry) = self.state.open.remove(&holder) else { return };
        if let Some(at) = entry.ends.due() {
            self.timers.remove(&(at, holder));
        }
        let rank = entry.rank();
        for need in entry.needs {
            let Some(key) = self.state.keys.get_mut(&need.key) else { continue };
            match rank {
                Some(rank) => drop(key.line.remove(&rank)),
                None => key.give_back(need.units, now),
            }
            if key.line.is_empty() {
                self.refilling.remove(&need.key);
            }
            touched.push(need.key);
        }
    }

    /// Ends the waiting of all who want more than `most` of a key.
    fn drop_waiters(&mut self, key: &Text, most: u32, touched: &mut Vec<Text>, events: &mut Vec<PermitEvent>) {
        let line = self.state.keys.get(key).map(|key| key.line.values());
        let dropped: Vec<u64> =
            line.into_iter().flatten().filter(|(units, _)| *units > most).map(|(_, holder)| *holder).collect();
        for holder in dropped {
            self.end(holder, self.state.now, touched);
            events.push(PermitEvent::Dropped { holder, key: key.clone() });
        }
        // What had a rate may have none now, or the other way round.
        let rated = self.state.keys.get(key).is_some_and(|key| key.rule.rate.is_some() && !key.line.is_empty());
        if rated {
            self.refilling.insert(key.clone());
        } else {
            self.refilling.remove(key);
        }
    }

    /// Ends what is over at `now`, and then hands out what is free: to those in line at the keys that were touched.
    fn turn(&mut self, now: Timestamp, mut touched: Vec<Text>, events: &mut Vec<PermitEvent>) {
        self.state.now = now;
        while let Some((_, holder)) = self.timers.first().copied().filter(|(at, _)| *at <= now) {
            match self.state.open.get(&holder).map(|entry| entry.place) {
                Some(Place::Held { epoch }) => events.push(PermitEvent::Expired { holder, epoch }),
                _ => events.push(PermitEvent::GaveUp { holder }),
            }
            self.end(holder, now, &mut touched);
        }
        touched.extend(self.refilling.iter().cloned());
        let mut last = None;
        while let Some((rank, holder)) = self.next_in_line(&touched, last) {
            let fits = self.state.open.get(&holder).is_some_and(|entry| self.fits(rank, &entry.needs));
            if fits {
                events.extend(self.grant(holder).map(|grant| PermitEvent::Granted { grant }));
            } else {
                // Nobody behind somebody who lacks units of a key can have it.
                let (state, now) = (&self.state, self.state.now);
                touched.retain(|key| {
                    let key = state.keys.get(key);
                    key.is_some_and(|key| key.line.get(&rank).is_none_or(|(units, _)| *units <= key.free(now)))
                });
            }
            last = Some(rank);
        }
    }

    fn next_in_line(&self, keys: &[Text], last: Option<Rank>) -> Option<(Rank, u64)> {
        let after = last.map_or(Bound::Unbounded, Bound::Excluded);
        let first = |key: &Text| {
            let line = &self.state.keys.get(key)?.line;
            line.range((after, Bound::Unbounded)).next().map(|(rank, (_, holder))| (*rank, *holder))
        };
        keys.iter().filter_map(first).min()
    }
}

/// Puts the end of an entry somewhere else.
fn set_timer(timers: &mut BTreeSet<(Timestamp, u64)>, holder: u64, entry: &mut Entry, ends: Deadline) {
    if let Some(at) = entry.ends.due() {
        timers.remove(&(at, holder));
    }
    entry.ends = ends;
    if let Some(at) = ends.due() {
        timers.insert((at, holder));
    }
}
