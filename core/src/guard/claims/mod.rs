//! Subject claims.

mod keep;
mod request;
#[cfg(test)]
mod tests;

use alloc::{
    collections::{BTreeMap, BTreeSet},
    vec::Vec,
};

use minicbor::{Decode, Encode};

pub use self::request::{ClaimDecision, ClaimEvent, ClaimLimits, ClaimRequest, Claimed, OnConflict};
use super::{
    deadline::Deadline,
    error::{GuardError, has_room, in_range},
    permits::Grant,
};
use crate::{det::gather, text::Text, time::Timestamp};

/// Where a claim stands in a line.
type Place = (u64, u64);

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
struct Claim {
    /// In order.
    #[n(0)]
    keys: Vec<Text>,
    #[n(1)]
    priority: u8,
    /// The how many-th claim it is.
    #[n(2)]
    number: u64,
    #[n(3)]
    ttl_ms: u64,
    /// While it holds.
    #[n(4)]
    epoch: Option<u64>,
    #[n(5)]
    expires: Deadline,
    #[n(6)]
    preempted: u32,
    /// Somebody may still decide about it.
    #[n(7)]
    asked: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
struct State {
    #[n(0)]
    limits: ClaimLimits,
    #[n(1)]
    now: Timestamp,
    #[n(2)]
    epoch: u64,
    /// Claims so far.
    #[n(3)]
    number: u64,
    #[n(4)]
    open: BTreeMap<u64, Claim>,
}

/// Holder and line of a key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Subject {
    holder: Option<u64>,
    line: BTreeMap<Place, u64>,
}

/// A table of claims.
///
/// Who may work on which set of subjects, when several want to.
///
/// A claim names all of its keys at once and gets all of them or none, in one step; a holder can not add any. So nobody holds a
/// key while waiting for another, and nothing can lock up. Who waits keeps its place in the lines of all of its keys, and nobody
/// behind it gets one of them, free or not; so the first in line waits for holders only.
///
/// | from | on | to |
/// |---|---|---|
/// | - | its keys are free and nobody is before it | held |
/// | - | a conflict, `queue` | waiting |
/// | - | a conflict, `merge`, and an open claim has all of its keys | ended, merged into that one |
/// | - | a conflict, `preempt`, and all in its way are of lower priority | held; who held waits again, in its old place |
/// | - | a conflict, `decide` | waiting, and somebody is asked: queue, merge, preempt or drop |
/// | - | any other conflict | waiting |
/// | waiting | its keys are free and nobody is before it | held |
/// | held | `release`, its time over | ended |
///
/// **Order.** The n-th claim has the place `n + priority x overtakes`, and the lowest place comes first: within one priority the
/// first come is the first served, and a claim one priority better overtakes if fewer than `overtakes` came between. This is
/// ageing without a clock: nobody is overtaken for ever. And nobody is preempted more than `preemptions` times.
///
/// ```
/// use reynolds::{Timestamp, guard::{ClaimEvent, ClaimLimits, ClaimRequest, Claimed, Claims, OnConflict}};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let (mut claims, mut events) = (Claims::new(ClaimLimits::default(), Timestamp(0)), Vec::new());
/// let request = |id, keys: &[&str], on_conflict| ClaimRequest {
///     id, keys: keys.iter().map(|key| (*key).into()).collect(), on_conflict, ..ClaimRequest::default()
/// };
/// let first = claims.claim(Timestamp(0), request(1, &["repo:api", "repo:web"], OnConflict::Queue), &mut events)?;
/// let Claimed::Granted { grant } = first else { panic!("all free") };
/// let second = claims.claim(Timestamp(1), request(2, &["repo:web", "repo:docs"], OnConflict::Queue), &mut events)?;
/// assert_eq!(second, Claimed::Queued);
/// let third = claims.claim(Timestamp(2), request(3, &["repo:docs"], OnConflict::Merge), &mut events)?;
/// assert_eq!(third, Claimed::Merged { into: 2 });                          // that one will do its work
/// claims.release(Timestamp(3), 1, grant.epoch, &mut events)?;
/// assert!(matches!(events[0], ClaimEvent::Granted { grant } if grant.holder == 2));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    state: State,
    /// Derived.
    subjects: BTreeMap<Text, Subject>,
    /// Derived.
    timers: BTreeSet<(Timestamp, u64)>,
}

impl Claims {
    /// An empty table.
    #[must_use]
    pub fn new(limits: ClaimLimits, now: Timestamp) -> Self {
        let state = State { limits, now, epoch: 0, number: 0, open: BTreeMap::new() };
        Self { state, subjects: BTreeMap::new(), timers: BTreeSet::new() }
    }

    /// Claims keys.
    ///
    /// # Errors
    /// [`GuardError`]; nothing has changed then.
    pub fn claim(
        &mut self,
        now: Timestamp,
        request: ClaimRequest,
        events: &mut Vec<ClaimEvent>,
    ) -> Result<Claimed, GuardError> {
        let now = self.state.now.max(now);
        let ClaimRequest { id, mut keys, priority, on_conflict, ttl_ms } = request;
        keys.sort();
        keys.dedup();
        in_range(!keys.is_empty(), "keys", 0, "at least one")?;
        let more = keys.len() as u64 > u64::from(self.state.limits.keys);
        in_range(!more, "keys", keys.len() as u64, "at most `limits.keys`")?;
        if self.state.open.get(&id).is_some_and(|claim| !claim.expires.has_passed(now)) {
            return Err(GuardError::InUse { id });
        }
        // What has run out makes room as soon as the request is looked at.
        if self.timers.first().is_none_or(|(at, _)| *at > now) {
            has_room(self.state.open.len(), self.state.limits.open, "open")?;
        }
        self.turn(now, Vec::new(), events);
        self.state.number = self.state.number.saturating_add(1);
        let (number, expires) = (self.state.number, Deadline::NEVER);
        let claim = Claim { keys, priority, number, ttl_ms, epoch: None, expires, preempted: 0, asked: false };
        self.line_up(id, &claim);
        self.state.open.insert(id, claim);
        if self.fits(id) {
            return Ok(self.hold(id).map_or(Claimed::Queued, |grant| Claimed::Granted { grant }));
        }
        Ok(match on_conflict {
            OnConflict::Queue => Claimed::Queued,
            OnConflict::Merge => match self.covering(id) {
                // Nobody waits for one that has just come: no line moves when it goes.
                Some(into) => self.finish(id, Claimed::Merged { into }, events),
                None => Claimed::Queued,
            },
            OnConflict::Preempt => self.preempt(id, events),
            OnConflict::Decide => {
                if let Some(claim) = self.state.open.get_mut(&id) {
                    claim.asked = true;
                }
                Claimed::Ask { against: self.in_the_way(id) }
            }
        })
    }

    /// Somebody has decided about a claim that waits and asked. A claim that was granted meanwhile asks no more.
    ///
    /// # Errors
    /// [`GuardError::UnknownId`] if the claim does not ask, or if the one to merge into is not open.
    pub fn on_decision(
        &mut self,
        now: Timestamp,
        id: u64,
        decision: ClaimDecision,
        events: &mut Vec<ClaimEvent>,
    ) -> Result<Claimed, GuardError> {
        let now = self.state.now.max(now);
        let claim = self.state.open.get(&id).filter(|claim| claim.asked);
        claim.ok_or(GuardError::UnknownId { id })?;
        if let ClaimDecision::Merge { into } = decision {
            // One that is over does nobody's work any more.
            let other = self.state.open.get(&into).filter(|other| into != id && !other.expires.has_passed(now));
            other.ok_or(GuardError::UnknownId { id: into })?;
        }
        self.state.now = now;
        if let Some(claim) = self.state.open.get_mut(&id) {
            claim.asked = false;
        }
        Ok(match decision {
            ClaimDecision::Merge { into } => self.finish(id, Claimed::Merged { into }, events),
            ClaimDecision::Drop => self.finish(id, Claimed::Dropped, events),
            ClaimDecision::Queue | ClaimDecision::Preempt => match self.turn_of(id, now, events) {
                Some(grant) => Claimed::Granted { grant },
                None if decision == ClaimDecision::Preempt => self.preempt(id, events),
                None => Claimed::Queued,
            },
        })
    }

    /// Ends what is over. Does this claim get its keys by that? Its caller is told, so no event tells it again.
    fn turn_of(&mut self, id: u64, now: Timestamp, events: &mut Vec<ClaimEvent>) -> Option<Grant> {
        let before = events.len();
        self.turn(now, Vec::new(), events);
        let own = |event: &ClaimEvent| matches!(event, ClaimEvent::Granted { grant } if grant.holder == id);
        let at = events.iter().skip(before).position(own)?;
        match events.remove(before + at) {
            ClaimEvent::Granted { grant } => Some(grant),
            _ => None,
        }
    }

    /// Does the claim still hold its keys under this epoch?
    ///
    /// # Errors
    /// [`GuardError::Stale`].
    pub fn admits(&self, now: Timestamp, id: u64, epoch: u64) -> Result<(), GuardError> {
        let held = |claim: &&Claim| claim.epoch == Some(epoch) && !claim.expires.has_passed(self.state.now.max(now));
        self.state.open.get(&id).filter(held).map(drop).ok_or(GuardError::Stale { id, epoch })
    }

    /// Gives all keys back.
    ///
    /// # Errors
    /// [`GuardError::Stale`].
    pub fn release(
        &mut self,
        now: Timestamp,
        id: u64,
        epoch: u64,
        events: &mut Vec<ClaimEvent>,
    ) -> Result<(), GuardError> {
        self.admits(now, id, epoch)?;
        let touched = self.end(id);
        self.turn(self.state.now.max(now), touched, events);
        Ok(())
    }

    /// A claim that waits leaves its lines.
    ///
    /// # Errors
    /// [`GuardError::UnknownId`] if no claim with this id waits.
    pub fn cancel(&mut self, now: Timestamp, id: u64, events: &mut Vec<ClaimEvent>) -> Result<(), GuardError> {
        let waits = self.state.open.get(&id).is_some_and(|claim| claim.epoch.is_none());
        waits.then_some(()).ok_or(GuardError::UnknownId { id })?;
        let touched = self.end(id);
        self.turn(self.state.now.max(now), touched, events);
        Ok(())
    }

    /// Who holds a key.
    #[must_use]
    pub fn holder(&self, key: &str) -> Option<u64> {
        self.subjects.get(key)?.holder
    }

    /// Claims that wait or hold.
    #[must_use]
    pub fn open(&self) -> usize {
        self.state.open.len()
    }

    /// When the next claim's time is over.
    #[must_use]
    pub fn due(&self) -> Option<Timestamp> {
        self.timers.first().map(|(at, _)| *at)
    }

    /// Time has passed: says whose time is over, and who got the keys.
    pub fn on_due(&mut self, now: Timestamp, events: &mut Vec<ClaimEvent>) {
        self.turn(self.state.now.max(now), Vec::new(), events);
    }

    fn place(&self, claim: &Claim) -> Place {
        let handicap = u64::from(claim.priority) * u64::from(self.state.limits.overtakes);
        (claim.number.saturating_add(handicap), claim.number)
    }

    /// Are all of its keys free, and is it first in all lines?
    fn fits(&self, id: u64) -> bool {
        let Some(claim) = self.state.open.get(&id) else { return false };
        claim.keys.iter().filter_map(|key| self.subjects.get(key)).all(|subject| {
            subject.holder.is_none() && subject.line.first_key_value().is_some_and(|(_, first)| *first == id)
        })
    }

    /// Those who hold one of its keys, and those before it in a line.
    fn ahead(&self, id: u64) -> BTreeSet<u64> {
        let Some(claim) = self.state.open.get(&id) else { return BTreeSet::new() };
        let place = self.place(claim);
        let subjects = claim.keys.iter().filter_map(|key| self.subjects.get(key));
        subjects.flat_map(|subject| subject.line.range(..place).map(|(_, id)| *id).chain(subject.holder)).collect()
    }

    fn in_the_way(&self, id: u64) -> Vec<u64> {
        self.ahead(id).into_iter().take(16).collect()
    }

    /// The claim ahead that has all of its keys: one that waits, the first in line, or else one that holds.
    fn covering(&self, id: u64) -> Option<u64> {
        let claim = self.state.open.get(&id)?;
        let covers = |(_, other): &(u64, &Claim)| claim.keys.iter().all(|key| other.keys.binary_search(key).is_ok());
        let ahead = self.ahead(id).into_iter().filter_map(|id| Some((id, self.state.open.get(&id)?))).filter(covers);
        ahead.min_by_key(|(_, other)| (other.epoch.is_some(), self.place(other))).map(|(id, _)| id)
    }

    /// Takes the keys from those who hold them, if nobody is ahead who is of the same priority or a better one.
    fn preempt(&mut self, id: u64, events: &mut Vec<ClaimEvent>) -> Claimed {
        let (Some(claim), ahead) = (self.state.open.get(&id), self.ahead(id)) else { return Claimed::Queued };
        let priority = claim.priority;
        let others = || ahead.iter().filter_map(|other| Some((*other, self.state.open.get(other)?)));
        let most = self.state.limits.preemptions;
        let yields = |claim: &Claim| claim.priority > priority && (claim.epoch.is_none() || claim.preempted < most);
        let holders: Vec<u64> = others().filter(|(_, claim)| claim.epoch.is_some()).map(|(id, _)| id).collect();
        if holders.is_empty() || !others().all(|(_, claim)| yields(claim)) {
            return Claimed::Queued;
        }
        let mut touched = Vec::new();
        for other in holders {
            let Some((mut claim, epoch)) = self.take_out(other) else { continue };
            claim.preempted = claim.preempted.saturating_add(1);
            self.line_up(other, &claim);
            touched.extend(claim.keys.iter().cloned());
            self.state.open.insert(other, claim);
            events.extend(epoch.map(|epoch| ClaimEvent::Preempted { id: other, epoch, by: id }));
        }
        let grant = self.hold(id);
        self.turn(self.state.now, touched, events);
        grant.map_or(Claimed::Queued, |grant| Claimed::Granted { grant })
    }

    /// A claim that waits is over.
    fn finish(&mut self, id: u64, how: Claimed, events: &mut Vec<ClaimEvent>) -> Claimed {
        let touched = self.end(id);
        self.turn(self.state.now, touched, events);
        how
    }

    fn line_up(&mut self, id: u64, claim: &Claim) {
        let place = self.place(claim);
        for key in &claim.keys {
            match self.subjects.get_mut(key) {
                Some(subject) => drop(subject.line.insert(place, id)),
                None => {
                    let subject = Subject { holder: None, line: BTreeMap::from([(place, id)]) };
                    self.subjects.insert(key.clone(), subject);
                }
            }
        }
    }

    /// A claim that waits gets its keys.
    fn hold(&mut self, id: u64) -> Option<Grant> {
        let place = self.place(self.state.open.get(&id)?);
        let claim = self.state.open.get_mut(&id)?;
        for key in &claim.keys {
            let subject = self.subjects.get_mut(key)?;
            subject.line.remove(&place);
            subject.holder = Some(id);
        }
        self.state.epoch = self.state.epoch.saturating_add(1);
        (claim.epoch, claim.asked) = (Some(self.state.epoch), false);
        claim.expires = Deadline::after(self.state.now, claim.ttl_ms);
        self.timers.extend(claim.expires.due().map(|at| (at, id)));
        Some(Grant { holder: id, epoch: self.state.epoch, expires: claim.expires })
    }

    /// Takes a claim out of the table, its lines and keys; the epoch is the one it held under.
    fn take_out(&mut self, id: u64) -> Option<(Claim, Option<u64>)> {
        let mut claim = self.state.open.remove(&id)?;
        let place = self.place(&claim);
        if let Some(at) = claim.expires.due() {
            self.timers.remove(&(at, id));
        }
        for key in &claim.keys {
            let Some(subject) = self.subjects.get_mut(key) else { continue };
            subject.line.remove(&place);
            subject.holder = subject.holder.filter(|holder| *holder != id);
            if subject.holder.is_none() && subject.line.is_empty() {
                self.subjects.remove(key);
            }
        }
        claim.expires = Deadline::NEVER;
        let epoch = claim.epoch.take();
        Some((claim, epoch))
    }

    /// A claim is over: the keys where that makes a difference.
    fn end(&mut self, id: u64) -> Vec<Text> {
        self.take_out(id).map_or_else(Vec::new, |(claim, _)| claim.keys)
    }

    /// Ends what is over at `now`, and then hands out the keys that were touched, to the first in their lines.
    fn turn(&mut self, now: Timestamp, mut touched: Vec<Text>, events: &mut Vec<ClaimEvent>) {
        self.state.now = now;
        while let Some((_, id)) = self.timers.first().copied().filter(|(at, _)| *at <= now) {
            let Some((claim, epoch)) = self.take_out(id) else { break };
            touched.extend(claim.keys);
            events.extend(epoch.map(|epoch| ClaimEvent::Expired { id, epoch }));
        }
        // Only the first in a line can fit, and when it gets its keys nobody behind it does: each line is looked at once.
        let first = |key: &Text| self.subjects.get(key)?.line.first_key_value().map(|(place, id)| (*place, *id));
        let firsts: BTreeSet<(Place, u64)> = gather(touched.iter().filter_map(first));
        for (_, id) in firsts {
            if self.fits(id) {
                events.extend(self.hold(id).map(|grant| ClaimEvent::Granted { grant }));
            }
        }
    }
}
