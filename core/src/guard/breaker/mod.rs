//! A circuit breaker.

#[cfg(test)]
mod table;
#[cfg(test)]
mod tests;
mod window;

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use self::window::Calls;
pub use self::window::Window;
use super::{
    error::{GuardError, in_range},
    retry::grow,
};
use crate::time::Timestamp;

/// A million parts per million: always.
const ALL_PPM: u32 = 1_000_000;
const DAY_MS: u64 = 86_400_000;

/// When a breaker opens and closes. The defaults are resilience4j's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[serde(default, deny_unknown_fields)]
#[cbor(map)]
pub struct BreakerPolicy {
    /// Opens when this share of the calls failed, in parts per million. 1 to 1,000,000, default 500,000.
    #[n(0)]
    pub failure_rate_ppm: u32,
    /// Opens when this share of the calls was slow, in parts per million. 1 to 1,000,000, default 1,000,000.
    #[n(1)]
    pub slow_rate_ppm: u32,
    /// A call is slow when it takes longer than this, in milliseconds. Default 60,000.
    #[n(2)]
    pub slow_ms: u64,
    /// What is looked at. Default the last 100 calls.
    #[n(3)]
    pub window: Window,
    /// No rate is computed from fewer calls. 1 to 100,000, default 100.
    #[n(4)]
    pub minimum_calls: u32,
    /// How long it stays open the first time, in milliseconds. Default 60,000.
    #[n(5)]
    pub open_ms: u64,
    /// What the wait is multiplied by when it opens again without having been closed. 1 to 100, default 1.
    #[n(6)]
    pub open_factor: u32,
    /// Longest wait, in milliseconds. Default 300,000.
    #[n(7)]
    pub open_max_ms: u64,
    /// Probes let through when half-open. 1 to 10,000, default 10.
    #[n(8)]
    pub probes: u32,
    /// How many probes may be under way at once in the beginning; every one that returns good makes room for one more, so that
    /// the load doubles with each round. 0 stands for all of them at once, default 0.
    #[n(9)]
    pub probes_at_once: u32,
    /// Longest wait for a probe to return while half-open, in milliseconds, from the last one that was let through or returned;
    /// multiplied by `open_factor` as the wait is, up to a day. 0 stands for no limit. Default 0.
    #[n(10)]
    pub half_open_max_ms: u64,
}

impl Default for BreakerPolicy {
    fn default() -> Self {
        Self {
            failure_rate_ppm: 500_000,
            slow_rate_ppm: ALL_PPM,
            slow_ms: 60_000,
            window: Window::Calls { calls: 100 },
            minimum_calls: 100,
            open_ms: 60_000,
            open_factor: 1,
            open_max_ms: 300_000,
            probes: 10,
            probes_at_once: 0,
            half_open_max_ms: 0,
        }
    }
}

impl BreakerPolicy {
    /// For one agent: few calls, each of them dear. Three failures among the last six calls open it for 30 s, 60 s, ... 5 min;
    /// then two probes, one after the other, which both have to be good. Each has an hour, then two, ... a day: a slow agent is not
    /// shut out for good.
    #[must_use]
    pub fn agent() -> Self {
        Self {
            slow_ms: u64::MAX,
            window: Window::Calls { calls: 6 },
            minimum_calls: 3,
            open_ms: 30_000,
            open_factor: 2,
            probes: 2,
            probes_at_once: 1,
            half_open_max_ms: 3_600_000,
            ..Self::default()
        }
    }

    /// # Errors
    /// [`GuardError::OutOfRange`].
    pub fn validate(&self) -> Result<(), GuardError> {
        let rate = |field, value: u32| in_range((1..=ALL_PPM).contains(&value), field, value.into(), "1 to 1000000");
        rate("failure_rate_ppm", self.failure_rate_ppm)?;
        rate("slow_rate_ppm", self.slow_rate_ppm)?;
        let (minimum, factor, probes) = (self.minimum_calls, self.open_factor, self.probes);
        in_range((1..=100_000).contains(&minimum), "minimum_calls", minimum.into(), "1 to 100000")?;
        in_range((1..=100).contains(&factor), "open_factor", factor.into(), "1 to 100")?;
        in_range((1..=10_000).contains(&probes), "probes", probes.into(), "1 to 10000")?;
        self.window.validate()
    }

    /// The wait after the n-th opening in a row.
    fn wait_ms(&self, openings: u32) -> u64 {
        grow(self.open_ms, self.open_factor, openings.saturating_sub(1), self.open_max_ms.max(self.open_ms))
    }

    /// How long a probe may take after the n-th opening in a row; `None` for as long as it likes.
    fn probe_ms(&self, openings: u32) -> Option<u64> {
        let first = self.half_open_max_ms;
        (first > 0).then(|| grow(first, self.open_factor, openings.saturating_sub(1), first.max(DAY_MS)))
    }
}

/// Where a breaker stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Encode, Decode)]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
pub enum BreakerState {
    /// Everything passes and is counted.
    #[n(0)]
    Closed,
    /// Nothing passes until the wait is over.
    #[n(1)]
    Open,
    /// A few probes pass.
    #[n(2)]
    HalfOpen,
    /// Nothing passes until somebody sets another state.
    #[n(3)]
    ForcedOpen,
    /// Everything passes and is counted, and it never opens (resilience4j: metrics only).
    #[n(4)]
    ForcedClosed,
    /// Everything passes and nothing is counted.
    #[n(5)]
    Disabled,
}

/// What became of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallResult {
    /// The other side did what was asked, however long that took.
    Succeeded,
    /// It did not, and the fault was its own.
    Failed,
}

impl CallResult {
    /// `Failed` if it is so.
    #[must_use]
    pub const fn failed_if(failed: bool) -> Self {
        if failed { Self::Failed } else { Self::Succeeded }
    }
}

/// A call that was let through. Hand it back once, with [`Breaker::on_result`] or [`Breaker::on_ignored`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[serde(transparent)]
#[cbor(transparent)]
pub struct Pass {
    /// Which stay in a state let it through, counted from 0.
    #[n(0)]
    pub stay: u64,
}

/// A call that was not let through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the breaker lets nothing through; ask again at `again_at`, or when a probe has returned")]
pub struct NotPassed {
    /// When it is worth asking again, if that is known.
    pub again_at: Option<Timestamp>,
}

/// A circuit breaker for one agent, service or route.
///
/// When too much fails or takes too long, nothing is sent for a while, and then a few probes. The rules are those documented for
/// resilience4j's `CircuitBreaker`.
///
/// | from | on | to |
/// |---|---|---|
/// | closed | enough calls in the window, failure or slow rate at its threshold | open |
/// | open | its wait is over, and a call is asked for or `on_due` | half-open |
/// | half-open | enough probes returned, both rates below | closed |
/// | half-open | enough probes returned, a rate at its threshold | open, with a longer wait if so set |
/// | half-open | probes under way, and none returned within `half_open_max_ms` | open, likewise |
/// | any | `set` | what was asked for |
/// | forced open, forced closed, disabled | anything but `set` | - |
///
/// "Enough" is `minimum_calls`, and never more than the window or the number of probes can hold. Two things are stricter than
/// resilience4j: a call's result counts only in the state that let it pass, and the wait is over at its last millisecond
/// rather than after it. One is not: `half_open_max_ms` is for each wait for a probe. Where probes go one after the other, and
/// nobody may ask for long, the time since the wait was over says nothing of whether a probe was lost.
///
/// [`crate::guard`] has an example.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Breaker {
    #[n(0)]
    policy: BreakerPolicy,
    #[n(1)]
    state: BreakerState,
    /// Stays in a state so far.
    #[n(2)]
    stay: u64,
    /// Latest time seen.
    #[n(3)]
    now: Timestamp,
    /// When the wait, or that for a probe, is over.
    #[n(4)]
    until: Option<Timestamp>,
    /// Openings since it was last closed.
    #[n(5)]
    openings: u32,
    #[n(6)]
    calls: Calls,
    /// Half-open: probes let through, and returned good.
    #[n(7)]
    probes: u32,
    #[n(8)]
    good: u32,
}

impl Breaker {
    /// A closed breaker.
    ///
    /// # Errors
    /// [`GuardError::OutOfRange`] for a policy that can not be used.
    pub fn new(policy: BreakerPolicy, now: Timestamp) -> Result<Self, GuardError> {
        policy.validate()?;
        let calls = Calls::new(policy.window);
        let state = BreakerState::Closed;
        Ok(Self { policy, state, stay: 0, now, until: None, openings: 0, calls, probes: 0, good: 0 })
    }

    /// Asks to let a call through.
    ///
    /// # Errors
    /// [`NotPassed`]: do not call, and do not count it as a failure.
    pub fn try_pass(&mut self, now: Timestamp) -> Result<Pass, NotPassed> {
        self.on_due(now);
        if !self.has_room() {
            return Err(NotPassed { again_at: self.until.filter(|_| self.state == BreakerState::Open) });
        }
        if self.state == BreakerState::HalfOpen {
            self.probes += 1;
            self.await_probe();
        }
        Ok(Pass { stay: self.stay })
    }

    /// Would a call be let through? Changes nothing.
    #[must_use]
    pub fn would_pass(&self, now: Timestamp) -> bool {
        let over = self.until.is_some_and(|until| until <= now.max(self.now));
        match self.state {
            BreakerState::Open => over,
            // What has waited too long for its probes opens again, for a while.
            BreakerState::HalfOpen => self.has_room() && !over,
            _ => self.has_room(),
        }
    }

    /// A call that was let through has returned after `took_ms`. Says the new state, if that changed it.
    ///
    /// Tell it once: which of the calls of a stay it was is not kept, so twice told is two calls. Half-open, no more results count
    /// than probes are under way.
    pub fn on_result(&mut self, now: Timestamp, pass: Pass, result: CallResult, took_ms: u64) -> Option<BreakerState> {
        let (before, failed) = (self.state, result == CallResult::Failed);
        self.tick(now);
        let told = self.state == BreakerState::HalfOpen && self.under_way() == 0;
        if pass.stay == self.stay && self.counts() && !told {
            self.calls.record(self.now, failed, took_ms > self.policy.slow_ms);
            self.good = self.good.saturating_add(u32::from(self.state == BreakerState::HalfOpen && !failed));
            self.await_probe();
            self.judge();
        }
        Some(self.state).filter(|state| *state != before)
    }

    /// A call that was let through says nothing about the other side: it was cancelled, or its failure was the caller's. A
    /// half-open breaker may let another one through instead. Tell it once too, and not beside a result.
    pub fn on_ignored(&mut self, now: Timestamp, pass: Pass) {
        self.tick(now);
        if pass.stay == self.stay && self.state == BreakerState::HalfOpen && self.under_way() > 0 {
            self.probes -= 1;
            self.await_probe();
        }
    }

    /// Somebody waits whom nobody else can help: an open breaker tries again after a `part` of its wait, so a part of `open_max_ms` at
    /// most, if that is not over before. Says whether that is sooner.
    pub fn hasten(&mut self, now: Timestamp, part: u64) -> bool {
        self.tick(now);
        let (policy, part) = (&self.policy, part.max(1));
        let [first_ms, most_ms] = [policy.open_ms, policy.open_max_ms.max(policy.open_ms)].map(|ms| (ms / part).max(1));
        let wait = grow(first_ms, policy.open_factor, self.openings.saturating_sub(1), most_ms);
        let (open, soon) = (self.state == BreakerState::Open, self.now.plus_ms(wait));
        let sooner = open && self.until.is_some_and(|until| until > soon);
        if sooner {
            self.until = Some(soon);
        }
        sooner
    }

    /// From now on another policy holds. If it is another one, the breaker begins anew, closed.
    ///
    /// # Errors
    /// [`GuardError::OutOfRange`] for a policy that can not be used; nothing has changed.
    pub fn set_policy(&mut self, now: Timestamp, policy: &BreakerPolicy) -> Result<(), GuardError> {
        policy.validate()?;
        if self.policy != *policy {
            self.policy = policy.clone();
            self.set(now, BreakerState::Closed);
        }
        Ok(())
    }

    /// Sets a state. It begins anew: closed with an empty window, open with its first wait.
    pub fn set(&mut self, now: Timestamp, state: BreakerState) {
        self.now = self.now.max(now);
        self.openings = 0;
        self.enter(state);
    }

    /// When something changes by itself: the wait is over, or that for a probe.
    #[must_use]
    pub fn due(&self) -> Option<Timestamp> {
        self.until
    }

    /// Time has passed. Says the new state, if that changed it. Calling it is optional: `try_pass` does the same.
    pub fn on_due(&mut self, now: Timestamp) -> Option<BreakerState> {
        let before = self.state;
        self.tick(now);
        let over = self.until.is_some_and(|until| until <= self.now);
        if over && self.state == BreakerState::Open {
            self.enter(BreakerState::HalfOpen);
        }
        Some(self.state).filter(|state| *state != before)
    }

    /// The state. An open breaker whose wait is over is open until somebody asks.
    #[must_use]
    pub fn state(&self) -> BreakerState {
        self.state
    }

    /// Share of failed calls in the window, in parts per million; `None` below `minimum_calls`.
    #[must_use]
    pub fn failure_rate_ppm(&self) -> Option<u32> {
        self.rates().map(|(failed, _)| failed)
    }

    /// Share of slow calls in the window, in parts per million; `None` below `minimum_calls`.
    #[must_use]
    pub fn slow_rate_ppm(&self) -> Option<u32> {
        self.rates().map(|(_, slow)| slow)
    }

    /// The policy.
    #[must_use]
    pub fn policy(&self) -> &BreakerPolicy {
        &self.policy
    }

    /// # Errors
    /// What is wrong with the state. Never, whatever it was told and how often, unless it was built from foreign bytes.
    pub fn check(&self) -> Result<(), &'static str> {
        self.calls.check()?;
        if self.policy.validate().is_err() {
            return Err("a policy that can not be used");
        }
        if (self.state == BreakerState::Open) && self.until.is_none() {
            return Err("an open breaker would never try again");
        }
        if self.state != BreakerState::HalfOpen && self.probes.saturating_add(self.good) > 0 {
            return Err("probes outside of half-open");
        }
        if self.probes > self.policy.probes || self.calls.total().calls > self.probes && self.probes > 0 {
            return Err("more probes than were let through");
        }
        if self.state == BreakerState::Closed && self.openings > 0 {
            return Err("a closed breaker counts openings");
        }
        Ok(())
    }

    /// Half-open, a probe was let through or has returned: what is still under way has its time from now on.
    fn await_probe(&mut self) {
        if self.state == BreakerState::HalfOpen {
            let most = self.policy.probe_ms(self.openings).filter(|_| self.under_way() > 0);
            self.until = most.map(|ms| self.now.plus_ms(ms));
        }
    }

    /// Waiting for a probe for too long ends in any call, so that one that never returns does not block for ever.
    fn tick(&mut self, now: Timestamp) {
        self.now = self.now.max(now);
        if self.state == BreakerState::HalfOpen && self.until.is_some_and(|until| until <= self.now) {
            self.enter(BreakerState::Open);
        }
    }

    fn counts(&self) -> bool {
        matches!(self.state, BreakerState::Closed | BreakerState::HalfOpen | BreakerState::ForcedClosed)
    }

    fn has_room(&self) -> bool {
        match self.state {
            BreakerState::Open | BreakerState::ForcedOpen => false,
            BreakerState::HalfOpen => {
                let at_once = self.policy.probes_at_once;
                let ramp = if at_once == 0 { u32::MAX } else { at_once.saturating_add(self.good) };
                self.probes < self.policy.probes && self.under_way() < ramp
            }
            BreakerState::Closed | BreakerState::ForcedClosed | BreakerState::Disabled => true,
        }
    }

    fn under_way(&self) -> u32 {
        self.probes.saturating_sub(self.calls.total().calls)
    }

    /// Failure and slow rate in parts per million, once there are enough calls.
    fn rates(&self) -> Option<(u32, u32)> {
        let total = self.calls.total();
        let most = match (self.state, self.policy.window) {
            (BreakerState::HalfOpen, _) => self.policy.probes,
            (_, Window::Calls { calls }) => calls,
            (_, Window::Seconds { .. }) => u32::MAX,
        };
        if total.calls < self.policy.minimum_calls.min(most) {
            return None;
        }
        let ppm = |part: u32| u64::from(part) * u64::from(ALL_PPM) / u64::from(total.calls.max(1));
        let rate = |part: u32| u32::try_from(ppm(part)).unwrap_or(ALL_PPM);
        Some((rate(total.failed), rate(total.slow)))
    }

    fn judge(&mut self) {
        let Some((failed, slow)) = self.rates() else { return };
        let above = failed >= self.policy.failure_rate_ppm || slow >= self.policy.slow_rate_ppm;
        match self.state {
            BreakerState::Closed | BreakerState::HalfOpen if above => self.enter(BreakerState::Open),
            BreakerState::HalfOpen => self.enter(BreakerState::Closed),
            _ => {}
        }
    }

    fn enter(&mut self, state: BreakerState) {
        self.openings = match state {
            BreakerState::Open => self.openings.saturating_add(1),
            BreakerState::HalfOpen => self.openings,
            _ => 0,
        };
        self.until = match state {
            BreakerState::Open => Some(self.now.plus_ms(self.policy.wait_ms(self.openings))),
            _ => None,
        };
        // A half-open breaker looks at its probes one by one, whatever the window when closed.
        self.calls = Calls::new(match state {
            BreakerState::HalfOpen => Window::Calls { calls: self.policy.probes },
            _ => self.policy.window,
        });
        (self.state, self.probes, self.good) = (state, 0, 0);
        self.stay = self.stay.saturating_add(1);
    }
}
