//! How much may be tried again in all.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use super::retry::Fault;

/// How much may be tried again in all, so that retries do not become the storm: one for each plan, client or downstream service.
///
/// A bucket of tokens: each retry takes some, each success gives some back; an empty bucket means to fail at once. First
/// attempts never wait for it. Costs and refunds are those of the AWS SDKs' standard mode of 2026.
///
/// | on | tokens |
/// |---|---|
/// | retry after a transient fault | -14 |
/// | retry after throttling | -5 |
/// | success of a first attempt | +1 |
/// | success of a retry | + what that retry took |
///
/// [`RetryPolicy`](super::RetryPolicy) has an example.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct RetryBudget {
    #[n(0)]
    quota: u32,
    #[n(1)]
    transient_cost: u32,
    #[n(2)]
    throttle_cost: u32,
    #[n(3)]
    first_success: u32,
    #[n(4)]
    tokens: u32,
}

impl Default for RetryBudget {
    fn default() -> Self {
        Self::new(500, 14, 5, 1)
    }
}

impl RetryBudget {
    /// A full bucket of `quota` tokens. A retry takes `transient_cost` or `throttle_cost`; a first attempt that succeeds gives
    /// `first_success`.
    #[must_use]
    pub const fn new(quota: u32, transient_cost: u32, throttle_cost: u32, first_success: u32) -> Self {
        Self { quota, transient_cost, throttle_cost, first_success, tokens: quota }
    }

    /// Takes what a retry after this fault costs, and says how much; `None` if there is not enough left, or if nobody should
    /// try again after such a fault.
    pub fn spend(&mut self, fault: Fault) -> Option<u32> {
        let cost = match fault {
            Fault::Transient => self.transient_cost,
            Fault::Throttle => self.throttle_cost,
            Fault::Permanent => return None,
        };
        self.tokens = self.tokens.checked_sub(cost)?;
        Some(cost)
    }

    /// An attempt succeeded: the first one (`None`), or a retry that had taken this many tokens.
    pub fn on_success(&mut self, paid: Option<u32>) {
        let back = paid.unwrap_or(self.first_success);
        self.tokens = self.tokens.saturating_add(back).min(self.quota);
    }

    /// Tokens left.
    #[must_use]
    pub const fn tokens(&self) -> u32 {
        self.tokens
    }

    /// # Errors
    /// What is wrong with the state; never, unless it was built from foreign bytes.
    pub const fn check(&self) -> Result<(), &'static str> {
        if self.tokens > self.quota { Err("more tokens than the quota") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    #[test]
    fn when_everything_fails_a_quota_of_500_pays_for_35_retries() {
        let mut budget = RetryBudget::default();
        let paid = (0..10_000).filter(|_| budget.spend(Fault::Transient).is_some()).count();
        assert_eq!(paid, 35);
        assert_eq!(budget.tokens(), 10);
        let throttled: Vec<_> = (0..3).map(|_| budget.spend(Fault::Throttle)).collect();
        assert_eq!(throttled, [Some(5), Some(5), None]);
    }

    #[test]
    fn a_retry_that_succeeds_costs_nothing_and_the_bucket_never_overflows() {
        let mut budget = RetryBudget::default();
        let paid = budget.spend(Fault::Transient);
        assert_eq!((paid, budget.tokens()), (Some(14), 486));
        budget.on_success(None);
        assert_eq!(budget.tokens(), 487);
        budget.on_success(paid);
        assert_eq!(budget.tokens(), 500);
        budget.on_success(paid);
        assert_eq!((budget.tokens(), budget.check()), (500, Ok(())));
    }

    #[test]
    fn nothing_is_paid_for_what_can_not_succeed() {
        let mut budget = RetryBudget::default();
        assert_eq!((budget.spend(Fault::Permanent), budget.tokens()), (None, 500));
    }
}
