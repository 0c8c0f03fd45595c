//! The calls a breaker looks at: the last so many, or those of the last so many seconds.

use alloc::collections::VecDeque;

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use crate::{
    guard::error::{GuardError, in_range},
    time::Timestamp,
};

/// Which calls a breaker looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Window {
    /// The last calls.
    #[n(0)]
    Calls {
        /// How many. 1 to 10,000.
        #[n(0)]
        calls: u32,
    },
    /// The calls that returned in the current second of the clock and in those before it.
    #[n(1)]
    Seconds {
        /// How many seconds, the current one included. 1 to 3,600.
        #[n(0)]
        seconds: u32,
    },
}

impl Window {
    pub(super) fn validate(self) -> Result<(), GuardError> {
        match self {
            Self::Calls { calls } => {
                in_range((1..=10_000).contains(&calls), "window.calls", calls.into(), "1 to 10000")
            }
            Self::Seconds { seconds } => {
                in_range((1..=3_600).contains(&seconds), "window.seconds", seconds.into(), "1 to 3600")
            }
        }
    }
}

/// Numbers of calls.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(super) struct Total {
    #[n(0)]
    pub(super) calls: u32,
    #[n(1)]
    pub(super) failed: u32,
    #[n(2)]
    pub(super) slow: u32,
}

impl Total {
    fn add(&mut self, other: Self) {
        self.calls = self.calls.saturating_add(other.calls);
        self.failed = self.failed.saturating_add(other.failed);
        self.slow = self.slow.saturating_add(other.slow);
    }

    fn take(&mut self, other: Self) {
        self.calls = self.calls.saturating_sub(other.calls);
        self.failed = self.failed.saturating_sub(other.failed);
        self.slow = self.slow.saturating_sub(other.slow);
    }
}

/// Calls that are looked at together: one call of a count window, one second of a time window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
struct Slice {
    #[n(0)]
    second: u64,
    #[n(1)]
    total: Total,
}

/// The calls in a window, the oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(super) struct Calls {
    #[n(0)]
    window: Window,
    #[n(1)]
    slices: VecDeque<Slice>,
    #[n(2)]
    total: Total,
}

impl Calls {
    pub(super) fn new(window: Window) -> Self {
        Self { window, slices: VecDeque::new(), total: Total::default() }
    }

    pub(super) fn total(&self) -> Total {
        self.total
    }

    /// As in resilience4j, the window moves when a call is recorded, and not otherwise.
    pub(super) fn record(&mut self, now: Timestamp, failed: bool, slow: bool) {
        let one = Total { calls: 1, failed: failed.into(), slow: slow.into() };
        match self.window {
            Window::Calls { calls } => {
                if self.slices.len() as u64 >= u64::from(calls) {
                    self.drop_first();
                }
                self.slices.push_back(Slice { second: 0, total: one });
            }
            Window::Seconds { seconds } => {
                let second = now.0 / 1_000;
                while self.slices.front().is_some_and(|first| first.second + u64::from(seconds) <= second) {
                    self.drop_first();
                }
                match self.slices.back_mut().filter(|last| last.second == second) {
                    Some(last) => last.total.add(one),
                    None => self.slices.push_back(Slice { second, total: one }),
                }
            }
        }
        self.total.add(one);
    }

    fn drop_first(&mut self) {
        if let Some(first) = self.slices.pop_front() {
            self.total.take(first.total);
        }
    }

    pub(super) fn check(&self) -> Result<(), &'static str> {
        let mut sum = Total::default();
        self.slices.iter().for_each(|slice| sum.add(slice.total));
        let most = match self.window {
            Window::Calls { calls } => calls,
            Window::Seconds { seconds } => seconds,
        };
        if sum != self.total || sum.failed > sum.calls || sum.slow > sum.calls {
            return Err("the window's total is not the sum of its calls");
        }
        if self.slices.len() as u64 > u64::from(most) { Err("more in the window than fits") } else { Ok(()) }
    }
}
