//! What one key has to give: units at once, units per time, members of a pool.

use alloc::collections::{BTreeMap, VecDeque};

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use crate::{
    guard::error::{GuardError, in_range},
    time::Timestamp,
};

/// What a key has to give. The default is a lock.
///
/// | for | set |
/// |---|---|
/// | a lock, a lease | `units` 1 |
/// | a bulkhead, a concurrency key | `units` n |
/// | a rate limit | `rate`, and `units` as many as may be under way: [`KeyRule::rate_limit`] sets no limit to that |
/// | a pool of connections or agents | `units` its maximum, `pool` |
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[serde(default, deny_unknown_fields)]
#[cbor(map)]
pub struct KeyRule {
    /// Units that may be held at once, also where there is a `rate`. At least 1, default 1.
    #[n(0)]
    pub units: u32,
    /// Units that may be taken per time. Default as many as one likes.
    #[n(1)]
    pub rate: Option<Rate>,
    /// The units are members that come and go. Default they are always there.
    #[n(2)]
    pub pool: Option<Pool>,
}

impl Default for KeyRule {
    fn default() -> Self {
        Self { units: 1, rate: None, pool: None }
    }
}

/// A token bucket: full in the beginning, it fills evenly. What is released does not go back into it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct Rate {
    /// Units that come in `per_ms`. At least 1.
    #[n(0)]
    pub units: u32,
    /// In which time, in milliseconds. 1 to 86,400,000, a day.
    #[n(1)]
    pub per_ms: u64,
    /// Units the bucket holds. At least 1.
    #[n(2)]
    pub burst: u32,
}

/// How a pool grows and shrinks; see [`PoolAdvice`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[serde(default, deny_unknown_fields)]
#[cbor(map)]
pub struct Pool {
    /// Members to keep, wanted or not. Default 0.
    #[n(0)]
    pub min: u32,
    /// How long a member may be idle before it should go, in milliseconds; 0 stands for ever. Default 0.
    #[n(1)]
    pub idle_ms: u64,
}

/// What the owner of a pool should do. Nothing changes until it says that it did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoolAdvice {
    /// Members to open: somebody waits for them, or there are fewer than the minimum.
    pub open: u32,
    /// Members to close: idle for too long, or more than the maximum. Never one that is in use.
    pub close: u32,
    /// When to ask again, if nothing happens before.
    pub again_at: Option<Timestamp>,
}

impl KeyRule {
    /// A rate limit, with as many units under way as the rate lets through. Without `units` a key with a rate is a lock all the same.
    #[must_use]
    pub const fn rate_limit(rate: Rate) -> Self {
        Self { units: u32::MAX, rate: Some(rate), pool: None }
    }

    pub(super) fn validate(&self) -> Result<(), GuardError> {
        in_range(self.units >= 1, "units", self.units.into(), "at least 1")?;
        if let Some(rate) = self.rate {
            in_range(rate.units >= 1, "rate.units", rate.units.into(), "at least 1")?;
            in_range((1..=86_400_000).contains(&rate.per_ms), "rate.per_ms", rate.per_ms, "1 to 86400000")?;
            in_range(rate.burst >= 1, "rate.burst", rate.burst.into(), "at least 1")?;
        }
        let min = self.pool.map_or(0, |pool| pool.min);
        in_range(min <= self.units, "pool.min", min.into(), "at most `units`")
    }

    /// The most one request can ever get.
    pub(super) fn most(&self) -> u32 {
        self.rate.map_or(self.units, |rate| rate.burst.min(self.units))
    }
}

/// Where somebody stands in a line: priority, then order of arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(array)]
pub(super) struct Rank {
    #[n(0)]
    pub(super) priority: u8,
    #[n(1)]
    pub(super) ticket: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(super) struct Key {
    #[n(0)]
    pub(super) rule: KeyRule,
    /// Units held.
    #[n(1)]
    pub(super) used: u32,
    /// What the bucket held at `filled_at`, in units times `per_ms`, so that nothing is lost by rounding.
    #[n(2)]
    level: u64,
    #[n(3)]
    filled_at: Timestamp,
    #[n(4)]
    pub(super) draining: bool,
    /// Since when the idle members of a pool are idle, the longest first. Who is needed next is the one idle for the shortest
    /// time, so that the others can go.
    #[n(5)]
    idle: VecDeque<Timestamp>,
    /// Who waits for how many units, and the holder's id. Derived.
    #[cbor(skip)]
    pub(super) line: BTreeMap<Rank, (u32, u64)>,
}

impl Key {
    pub(super) fn new(rule: KeyRule, now: Timestamp) -> Self {
        let level = rule.rate.map_or(0, |rate| u64::from(rate.burst) * rate.per_ms);
        let (idle, line) = (VecDeque::new(), BTreeMap::new());
        Self { rule, used: 0, level, filled_at: now, draining: false, idle, line }
    }

    /// Another rule, with the units that are held and the bucket as it is, with the part of a unit that has come: who is told the
    /// same rule again and again must not wait for ever for a whole one.
    pub(super) fn redefine(&mut self, rule: KeyRule, now: Timestamp) {
        let held = self.rule.rate.map(|rate| (self.level_at(now), rate.per_ms.max(1)));
        self.level = rule.rate.map_or(0, |rate| {
            let full = u64::from(rate.burst) * rate.per_ms;
            let scaled = |(level, per_ms): (u64, u64)| u128::from(level) * u128::from(rate.per_ms) / u128::from(per_ms);
            held.map_or(full, |held| u64::try_from(scaled(held)).unwrap_or(u64::MAX).min(full))
        });
        self.filled_at = self.filled_at.max(now);
        if rule.pool.is_none() {
            self.idle.clear();
        }
        (self.rule, self.draining) = (rule, false);
    }

    /// Units that can be had now.
    pub(super) fn free(&self, now: Timestamp) -> u32 {
        if self.draining {
            return 0;
        }
        let slots = match self.rule.pool {
            // A pool above its maximum gives nothing out until it has shrunk.
            Some(_) => self.idle_len().min(self.rule.units.saturating_sub(self.used)),
            None => self.rule.units.saturating_sub(self.used),
        };
        if self.rule.rate.is_some() { slots.min(self.tokens(now)) } else { slots }
    }

    /// Does somebody before this one wait for more than there is?
    pub(super) fn is_blocked(&self, before: Rank, free: u32) -> bool {
        self.line.range(..before).any(|(_, (units, _))| *units > free)
    }

    pub(super) fn take(&mut self, units: u32, now: Timestamp) {
        self.used = self.used.saturating_add(units);
        for _ in 0..units.min(self.idle_len()) {
            self.idle.pop_back();
        }
        if let Some(rate) = self.rule.rate {
            self.level = self.level_at(now).saturating_sub(u64::from(units) * rate.per_ms);
            self.filled_at = self.filled_at.max(now);
        }
    }

    pub(super) fn give_back(&mut self, units: u32, now: Timestamp) {
        self.used = self.used.saturating_sub(units);
        if self.rule.pool.is_some() {
            self.grow(units, now);
        }
    }

    /// Members have joined.
    pub(super) fn grow(&mut self, members: u32, now: Timestamp) {
        self.idle.extend((0..members).map(|_| now));
    }

    /// Idle members have left: how many did.
    pub(super) fn shrink(&mut self, members: u32) -> u32 {
        let gone = members.min(self.idle_len());
        for _ in 0..gone {
            self.idle.pop_front();
        }
        gone
    }

    /// Members, idle or in use.
    pub(super) fn members(&self) -> u32 {
        self.used.saturating_add(self.idle_len())
    }

    /// When the first in line that lacks tokens has them.
    pub(super) fn refilled_at(&self, now: Timestamp) -> Option<Timestamp> {
        let (rate, tokens) = (self.rule.rate?, self.tokens(now));
        let (units, _) = self.line.values().find(|(units, _)| *units > tokens)?;
        let lacking = (u64::from(*units) * rate.per_ms).saturating_sub(self.level);
        Some(self.filled_at.plus_ms(lacking.div_ceil(rate.units.into())))
    }

    pub(super) fn advice(&self, now: Timestamp) -> PoolAdvice {
        let Some(pool) = self.rule.pool else { return PoolAdvice::default() };
        let (members, most) = (self.members(), if self.draining { 0 } else { self.rule.units });
        let waiting = self.line.values().fold(0, |sum: u32, (units, _)| sum.saturating_add(*units));
        let wanted = self.used.saturating_add(waiting).max(pool.min).min(most);
        let stays = |since: &&Timestamp| pool.idle_ms == 0 || since.plus_ms(pool.idle_ms) > now;
        let lasting = u32::try_from(self.idle.iter().filter(stays).count()).unwrap_or(u32::MAX);
        let kept = self.used.saturating_add(lasting).max(wanted).min(most.max(self.used));
        let close = members.saturating_sub(kept);
        let next = self.idle.iter().find(stays).filter(|_| pool.idle_ms > 0 && members - close > wanted);
        let again_at = next.map(|since| since.plus_ms(pool.idle_ms));
        PoolAdvice { open: wanted.saturating_sub(members), close, again_at }
    }

    pub(super) fn check(&self) -> Result<(), &'static str> {
        if self.rule.validate().is_err() {
            return Err("a rule that can not be used");
        }
        let full = self.rule.rate.map_or(0, |rate| u64::from(rate.burst) * rate.per_ms);
        if self.level > full {
            return Err("more tokens than the bucket holds");
        }
        if self.rule.pool.is_none() && !self.idle.is_empty() {
            return Err("idle members of no pool");
        }
        let in_order = self.idle.iter().zip(self.idle.iter().skip(1)).all(|(before, after)| before <= after);
        if in_order { Ok(()) } else { Err("idle members out of order") }
    }

    fn idle_len(&self) -> u32 {
        u32::try_from(self.idle.len()).unwrap_or(u32::MAX)
    }

    fn level_at(&self, now: Timestamp) -> u64 {
        let Some(rate) = self.rule.rate else { return 0 };
        let filled = now.since_ms(self.filled_at).saturating_mul(rate.units.into());
        self.level.saturating_add(filled).min(u64::from(rate.burst) * rate.per_ms)
    }

    /// Whole units in the bucket.
    fn tokens(&self, now: Timestamp) -> u32 {
        let per_ms = self.rule.rate.map_or(1, |rate| rate.per_ms);
        u32::try_from(self.level_at(now) / per_ms.max(1)).unwrap_or(u32::MAX)
    }
}
