//! When to try again, if at all.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use super::{
    deadline::Deadline,
    error::{GuardError, in_range},
    retry_budget::RetryBudget,
};
use crate::{det::mix, time::Timestamp};

/// What kind of failure it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Encode, Decode)]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
pub enum Fault {
    /// It may be gone in a moment: a reset connection, a 503, a crash.
    #[n(0)]
    Transient,
    /// The other side asked for less: a 429, a rate limit.
    #[n(1)]
    Throttle,
    /// It will fail again: bad input, no permission.
    #[n(2)]
    Permanent,
}

/// How a delay is spread, so that those who failed together do not come back together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
pub enum Jitter {
    /// Anything from 0 to the delay.
    #[n(0)]
    #[default]
    Full,
    /// Half the delay, and anything up to the other half.
    #[n(1)]
    Equal,
    /// The delay itself.
    #[n(2)]
    None,
}

/// How often and when to try again, if at all.
///
/// The delay is `base x factor^(attempt - 1)`, at most `cap_ms`, then jittered; a base of its own for throttling. The
/// jitter is a hash of (seed, task, attempt): no stream of random numbers that a replay would have to follow. These are the
/// rules of the AWS SDKs' standard mode of 2026, with its numbers as defaults; the cap comes before the jitter.
///
/// | asked after | answer |
/// |---|---|
/// | a permanent fault | give up: `permanent` |
/// | the last attempt | give up: `attempts` |
/// | a fault whose delay ends at the deadline or later | give up: `deadline` |
/// | a fault that the budget has no tokens for | give up: `budget` |
/// | any other | again, at a time |
///
/// ```
/// use reynolds::{Timestamp, guard::{Deadline, Failed, Fault, GiveUp, Retry, RetryBudget, RetryPolicy}};
///
/// let (policy, mut budget) = (RetryPolicy::default(), RetryBudget::default());
/// let failed = Failed { task: 7, attempt: 1, fault: Fault::Throttle, retry_after_ms: Some(2_500) };
/// let Retry::Again { at, paid } = policy.on_failure(Timestamp(0), &failed, 42, Deadline::NEVER, &mut budget) else {
///     panic!("one attempt of three");
/// };
/// assert_eq!((at, paid, budget.tokens()), (Timestamp(2_500), 5, 495));    // start the next attempt then, ...
/// budget.on_success(Some(paid));                                         // ... and say so if it succeeds
/// assert_eq!(budget.tokens(), 500);
///
/// let late = policy.on_failure(Timestamp(0), &failed, 42, Deadline(Timestamp(2_500)), &mut budget);
/// assert_eq!(late, Retry::GiveUp { why: GiveUp::Deadline });
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[serde(default, deny_unknown_fields)]
#[cbor(map)]
pub struct RetryPolicy {
    /// Attempts in all, the first one included. 1 to 1000, default 3.
    #[n(0)]
    pub max_attempts: u32,
    /// First delay after a transient fault, in milliseconds. Default 50.
    #[n(1)]
    pub transient_ms: u64,
    /// First delay after throttling, in milliseconds. Default 1,000.
    #[n(2)]
    pub throttle_ms: u64,
    /// What the delay is multiplied by from one attempt to the next. 1 to 100, default 2.
    #[n(3)]
    pub factor: u32,
    /// Longest delay in milliseconds, before the jitter. Default 20,000.
    #[n(4)]
    pub cap_ms: u64,
    /// The jitter. Default full.
    #[n(5)]
    pub jitter: Jitter,
    /// How far beyond the computed delay a server's `retry-after` may push the next attempt, in milliseconds. Default 5,000.
    /// A `retry-after` below the computed delay does not shorten it.
    #[n(6)]
    pub retry_after_over_ms: u64,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            max_attempts: 3,
            transient_ms: 50,
            throttle_ms: 1_000,
            factor: 2,
            cap_ms: 20_000,
            jitter: Jitter::Full,
            retry_after_over_ms: 5_000,
        }
    }
}

/// A failed attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failed {
    /// Which task, or anything else that tells two apart that failed at the same time.
    pub task: u64,
    /// Which attempt failed, from 1.
    pub attempt: u32,
    /// What kind of failure.
    pub fault: Fault,
    /// What the server asked for, in milliseconds.
    pub retry_after_ms: Option<u64>,
}

/// What to do after a failed attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Retry {
    /// Try again.
    #[n(0)]
    Again {
        /// Not before.
        #[n(0)]
        at: Timestamp,
        /// Tokens taken from the budget. Hand them to [`RetryBudget::on_success`] if that attempt succeeds.
        #[n(1)]
        paid: u32,
    },
    /// Do not.
    #[n(1)]
    GiveUp {
        /// Why.
        #[n(0)]
        why: GiveUp,
    },
}

/// Why nothing is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
pub enum GiveUp {
    /// It would fail again.
    #[n(0)]
    Permanent,
    /// It was the last attempt.
    #[n(1)]
    Attempts,
    /// The next one would start when nobody cares any more.
    #[n(2)]
    Deadline,
    /// Too much fails already.
    #[n(3)]
    Budget,
}

impl RetryPolicy {
    /// For agents and public APIs, where an attempt costs seconds and a rate limit lasts a minute: 5 attempts, 5 s after a
    /// transient fault, 60 s after throttling, 15 min at most, and an hour more if the server asks for it.
    #[must_use]
    pub fn agent() -> Self {
        Self {
            max_attempts: 5,
            transient_ms: 5_000,
            throttle_ms: 60_000,
            factor: 2,
            cap_ms: 900_000,
            jitter: Jitter::Equal,
            retry_after_over_ms: 3_600_000,
        }
    }

    /// # Errors
    /// [`GuardError::OutOfRange`].
    pub fn validate(&self) -> Result<(), GuardError> {
        let Self { max_attempts, factor, .. } = *self;
        in_range((1..=1000).contains(&max_attempts), "max_attempts", max_attempts.into(), "1 to 1000")?;
        in_range((1..=100).contains(&factor), "factor", factor.into(), "1 to 100")
    }

    /// What to do now that an attempt has failed. Takes from the budget only when the answer is to try again.
    pub fn on_failure(
        &self,
        now: Timestamp,
        failed: &Failed,
        seed: u64,
        deadline: Deadline,
        budget: &mut RetryBudget,
    ) -> Retry {
        let give_up = |why| Retry::GiveUp { why };
        if failed.fault == Fault::Permanent {
            return give_up(GiveUp::Permanent);
        }
        if failed.attempt >= self.max_attempts {
            return give_up(GiveUp::Attempts);
        }
        let at = now.plus_ms(self.delay_ms(failed, seed));
        if !deadline.allows(at) {
            return give_up(GiveUp::Deadline);
        }
        match budget.spend(failed.fault) {
            Some(paid) => Retry::Again { at, paid },
            None => give_up(GiveUp::Budget),
        }
    }

    /// How long to wait before the next attempt, in milliseconds.
    #[must_use]
    pub fn delay_ms(&self, failed: &Failed, seed: u64) -> u64 {
        let base = if failed.fault == Fault::Throttle { self.throttle_ms } else { self.transient_ms };
        let full = grow(base, self.factor, failed.attempt.saturating_sub(1), self.cap_ms);
        let hash = mix(mix(seed, failed.task), failed.attempt.into());
        let delay = match self.jitter {
            Jitter::Full => share(hash, full),
            Jitter::Equal => full / 2 + share(hash, full - full / 2),
            Jitter::None => full,
        };
        match failed.retry_after_ms {
            Some(asked) => asked.clamp(delay, delay.saturating_add(self.retry_after_over_ms)),
            None => delay,
        }
    }
}

/// `base x factor^steps`, at most `cap`.
pub(super) fn grow(base: u64, factor: u32, steps: u32, cap: u64) -> u64 {
    let mut value = base;
    // A factor of 1 never reaches the cap; a larger one does within 64 steps, and a base of 0 stays.
    for _ in 0..steps.min(64) {
        if value >= cap {
            break;
        }
        value = value.saturating_mul(factor.into());
    }
    value.min(cap)
}

/// A number from 0 to `most`, both included, as the hash says.
fn share(hash: u64, most: u64) -> u64 {
    let scaled = (u128::from(hash) * (u128::from(most) + 1)) >> 64;
    u64::try_from(scaled).unwrap_or(most)
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    fn failed(task: u64, attempt: u32, fault: Fault) -> Failed {
        Failed { task, attempt, fault, retry_after_ms: None }
    }

    #[test]
    fn delays_double_up_to_the_cap_from_a_base_for_each_kind_of_fault() {
        let policy = RetryPolicy { jitter: Jitter::None, ..RetryPolicy::default() };
        let delays = |fault, attempts: &[u32]| -> Vec<u64> {
            attempts.iter().map(|attempt| policy.delay_ms(&failed(1, *attempt, fault), 0)).collect()
        };
        assert_eq!(delays(Fault::Transient, &[1, 2, 3, 9, 10, 4_000_000_000]), [50, 100, 200, 12_800, 20_000, 20_000]);
        assert_eq!(delays(Fault::Throttle, &[1, 2, 3, 5, 6]), [1_000, 2_000, 4_000, 16_000, 20_000]);
    }

    #[test]
    fn jitter_spreads_over_its_range_and_is_the_same_every_time() {
        for (jitter, low, high) in [(Jitter::Full, 0, 1_000), (Jitter::Equal, 500, 1_000)] {
            let policy = RetryPolicy { jitter, ..RetryPolicy::default() };
            let delays = |seed| -> Vec<u64> {
                (0..4_000).map(|task| policy.delay_ms(&failed(task, 1, Fault::Throttle), seed)).collect()
            };
            let once = delays(7);
            assert_eq!(once, delays(7));
            assert_ne!(once, delays(8));
            assert!(once.iter().all(|delay| (low..=high).contains(delay)));
            // Each fifth of the range gets its share of the 4,000: 800, give or take five deviations.
            for part in 0..5 {
                let (from, to) = (low + (high - low) * part / 5, low + (high - low) * (part + 1) / 5);
                let hits = once.iter().filter(|delay| (from..to).contains(*delay)).count();
                assert!((670..=930).contains(&hits), "{jitter:?}: {hits} of 4,000 from {from} to {to}");
            }
        }
    }

    #[test]
    fn a_server_may_ask_for_more_time_but_not_for_less_or_for_ever() {
        let policy = RetryPolicy { jitter: Jitter::None, ..RetryPolicy::default() };
        let asked = |ms| policy.delay_ms(&Failed { retry_after_ms: Some(ms), ..failed(1, 1, Fault::Throttle) }, 0);
        assert_eq!([0, 999, 1_500, 6_000, 6_001, u64::MAX].map(asked), [1_000, 1_000, 1_500, 6_000, 6_000, 6_000]);
    }

    #[test]
    fn it_gives_up_for_the_first_reason_that_holds_and_then_pays_nothing() {
        let policy = RetryPolicy { jitter: Jitter::None, ..RetryPolicy::default() };
        let mut budget = RetryBudget::default();
        let mut ask = |failed: Failed, deadline| policy.on_failure(Timestamp(1_000), &failed, 0, deadline, &mut budget);
        let give_up = |why| Retry::GiveUp { why };
        assert_eq!(ask(failed(1, 1, Fault::Permanent), Deadline::NEVER), give_up(GiveUp::Permanent));
        assert_eq!(ask(failed(1, 3, Fault::Transient), Deadline::NEVER), give_up(GiveUp::Attempts));
        assert_eq!(ask(failed(1, 1, Fault::Transient), Deadline(Timestamp(1_050))), give_up(GiveUp::Deadline));
        let again = Retry::Again { at: Timestamp(1_050), paid: 14 };
        assert_eq!(ask(failed(1, 1, Fault::Transient), Deadline(Timestamp(1_051))), again);
        assert_eq!(budget.tokens(), 486);
        let mut empty = RetryBudget::new(0, 14, 5, 1);
        let none = policy.on_failure(Timestamp(0), &failed(1, 1, Fault::Throttle), 0, Deadline::NEVER, &mut empty);
        assert_eq!(none, give_up(GiveUp::Budget));
    }
}
