//! Deadlines.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// When somebody stops caring: a point in time that is handed down and never moves back out. The default, [`Deadline::NEVER`],
/// is no deadline.
///
/// A child's deadline is its parent's or an earlier one, as in gRPC: a caller that has given up can not be kept waiting
/// by a callee that has not.
///
/// ```
/// use reynolds::{Timestamp, guard::Deadline};
///
/// let plan = Deadline::after(Timestamp(1_000), 500);
/// let task = plan.child(Timestamp(1_200), 900);                            // 900 ms would be longer than the plan has
/// assert_eq!(task, Deadline(Timestamp(1_500)));
/// assert_eq!(task.left_ms(Timestamp(1_450)), Some(50));                    // what to tell another process
/// assert!(!task.allows(Timestamp(1_500)));                                 // too late to begin
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Encode, Decode)]
#[serde(transparent)]
#[cbor(transparent)]
pub struct Deadline(#[n(0)] pub Timestamp);

impl Default for Deadline {
    fn default() -> Self {
        Self::NEVER
    }
}

impl Deadline {
    /// No deadline.
    pub const NEVER: Self = Self(Timestamp::MAX);

    /// The deadline of somebody who has `ms` milliseconds from `now`; 0 stands for no deadline.
    #[must_use]
    pub const fn after(now: Timestamp, ms: u64) -> Self {
        if ms == 0 { Self::NEVER } else { Self(now.plus_ms(ms)) }
    }

    /// The deadline of a child that has `ms` milliseconds from `now` of its own (0: as long as its parent).
    /// It is never later than the parent's.
    #[must_use]
    pub fn child(self, now: Timestamp, ms: u64) -> Self {
        self.min(Self::after(now, ms))
    }

    /// Is it over? At the deadline itself, it is.
    #[must_use]
    pub fn has_passed(self, now: Timestamp) -> bool {
        self != Self::NEVER && self.0 <= now
    }

    /// Milliseconds left; `None` without a deadline. This is what to send to another process, whose clock may differ.
    #[must_use]
    pub fn left_ms(self, now: Timestamp) -> Option<u64> {
        if self == Self::NEVER { None } else { Some(self.0.since_ms(now)) }
    }

    /// May something start at `at`? Something that starts when the deadline has passed is work for nobody.
    #[must_use]
    pub fn allows(self, at: Timestamp) -> bool {
        !self.has_passed(at)
    }

    /// The time, unless there is no deadline: for `due`.
    #[must_use]
    pub fn due(self) -> Option<Timestamp> {
        if self == Self::NEVER { None } else { Some(self.0) }
    }
}

/// The four time-outs of a task in milliseconds, which are Temporal's; 0 stands for none. Each method computes a deadline from the
/// one above it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[serde(default, deny_unknown_fields)]
#[cbor(map)]
pub struct Timeouts {
    /// From being submitted to the end, over all attempts and the waits between them.
    #[n(0)]
    pub schedule_to_close_ms: u64,
    /// From being ready to the start of an attempt.
    #[n(1)]
    pub schedule_to_start_ms: u64,
    /// From the start of an attempt to its end.
    #[n(2)]
    pub start_to_close_ms: u64,
    /// From one sign of life of an attempt to the next.
    #[n(3)]
    pub heartbeat_ms: u64,
}

impl Timeouts {
    /// The run's deadline: no attempt starts after it, none lasts beyond it.
    #[must_use]
    pub fn run(&self, submitted: Timestamp, parent: Deadline) -> Deadline {
        parent.child(submitted, self.schedule_to_close_ms)
    }

    /// Until when an attempt must have started.
    #[must_use]
    pub fn start(&self, ready: Timestamp, run: Deadline) -> Deadline {
        run.child(ready, self.schedule_to_start_ms)
    }

    /// Until when an attempt must have ended.
    #[must_use]
    pub fn attempt(&self, started: Timestamp, run: Deadline) -> Deadline {
        run.child(started, self.start_to_close_ms)
    }

    /// Until when the attempt must show a sign of life.
    #[must_use]
    pub fn heartbeat(&self, last: Timestamp, attempt: Deadline) -> Deadline {
        attempt.child(last, self.heartbeat_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_never_outlives_its_parent() {
        let parent = Deadline::after(Timestamp(1_000), 500);
        assert_eq!(parent, Deadline(Timestamp(1_500)));
        assert_eq!(parent.child(Timestamp(1_200), 100), Deadline(Timestamp(1_300)));
        assert_eq!(parent.child(Timestamp(1_200), 900), Deadline(Timestamp(1_500)));
        assert_eq!(parent.child(Timestamp(1_200), 0), Deadline(Timestamp(1_500)));
        assert_eq!(Deadline::NEVER.child(Timestamp(1_200), 0), Deadline::NEVER);
    }

    #[test]
    fn nothing_starts_at_its_deadline() {
        let deadline = Deadline(Timestamp(100));
        assert_eq!([99, 100, 101].map(|at| deadline.allows(Timestamp(at))), [true, false, false]);
        assert_eq!([99, 100, 101].map(|at| deadline.left_ms(Timestamp(at))), [Some(1), Some(0), Some(0)]);
        assert!(Deadline::NEVER.allows(Timestamp::MAX));
        assert_eq!(Deadline::NEVER.left_ms(Timestamp(5)), None);
    }

    #[test]
    fn an_attempt_has_its_own_time_within_the_runs() {
        let timeouts = Timeouts {
            schedule_to_close_ms: 10_000,
            schedule_to_start_ms: 1_000,
            start_to_close_ms: 4_000,
            heartbeat_ms: 500,
        };
        let run = timeouts.run(Timestamp(0), Deadline::NEVER);
        assert_eq!(run, Deadline(Timestamp(10_000)));
        assert_eq!(timeouts.start(Timestamp(2_000), run), Deadline(Timestamp(3_000)));
        assert_eq!(timeouts.attempt(Timestamp(2_000), run), Deadline(Timestamp(6_000)));
        assert_eq!(timeouts.attempt(Timestamp(8_000), run), Deadline(Timestamp(10_000)));
        assert_eq!(timeouts.heartbeat(Timestamp(9_800), run), Deadline(Timestamp(10_000)));
    }
}
