//! Guards: what stands between a decision to act and the act, so that what goes wrong stays small.
//!
//! Each is a machine of its own: plain state, integers, time as an argument, bytes by [`minicbor`]. None calls anything.
//!
//! ```
//! use reynolds::{Timestamp, guard::{Breaker, BreakerPolicy, BreakerState, CallResult, Window}};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let policy = BreakerPolicy { window: Window::Calls { calls: 4 }, minimum_calls: 2, ..BreakerPolicy::default() };
//! let mut breaker = Breaker::new(policy, Timestamp(0))?;
//! for at in [10, 20] {
//!     let pass = breaker.try_pass(Timestamp(at))?;                  // ask, ...
//!     breaker.on_result(Timestamp(at + 5), pass, CallResult::Failed, 5); // ... call, and say what came of it
//! }
//! assert_eq!(breaker.state(), BreakerState::Open);
//! assert!(breaker.try_pass(Timestamp(30)).is_err());
//! assert_eq!(breaker.due(), Some(Timestamp(60_025)));               // then a probe is let through
//! # Ok(())
//! # }
//! ```
//!
//! | guard | for |
//! |---|---|
//! | [`Breaker`] | not calling what fails or hangs |
//! | [`RetryPolicy`], [`RetryBudget`] | trying again, and not too much |
//! | [`Permits`] | locks, bulkheads, rate limits, leases, pools: no more at once or per time than there is |
//! | [`AdaptiveLimit`] | finding out how many calls at once another side can take |
//! | [`Claims`] | several keys for one piece of work, without deadlock |
//! | [`Calls`] | answers that come later, late, twice or not at all |
//! | [`Linger`] | few effects instead of many small ones |
//! | [`Deadline`], [`Timeouts`] | not working for somebody who has given up |
//!
//! A machine that waits for something says when (`due`); call `on_due` then. A clock that goes back does no harm: the latest
//! time seen counts. `check` says whether a state is consistent, which it is unless it was decoded from foreign bytes.

mod adaptive;
mod breaker;
mod calls;
mod claims;
mod deadline;
mod error;
mod linger;
mod permits;
mod retry;
mod retry_budget;

pub use adaptive::{AdaptiveLimit, AdaptivePolicy, Sample};
pub use breaker::{Breaker, BreakerPolicy, BreakerState, CallResult, NotPassed, Pass, Window};
pub use calls::{Answer, CallLimits, Calls};
pub use claims::{ClaimDecision, ClaimEvent, ClaimLimits, ClaimRequest, Claimed, Claims, OnConflict};
pub use deadline::{Deadline, Timeouts};
pub use error::GuardError;
pub use linger::{Batch, Edit, Linger, LingerPolicy};
pub use permits::{
    Acquired, Grant, KeyRule, Need, PermitEvent, PermitLimits, PermitRequest, Permits, Pool, PoolAdvice, Rate,
};
pub use retry::{Failed, Fault, GiveUp, Jitter, Retry, RetryPolicy};
pub use retry_budget::RetryBudget;

/// Compiles and runs the examples of the page.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/guard.md")]
struct Page;
