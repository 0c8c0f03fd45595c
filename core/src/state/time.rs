//! Which time is believed: a wrong unit or a broken clock must not drag the broker's time ahead, since it never goes back.

use super::State;
use crate::{
    error::Rejected,
    input::{Input, Order},
    time::Timestamp,
};

impl State {
    /// The latest time that is believed. The first input of a broker without a start time sets the clock.
    fn latest_time(&self) -> Timestamp {
        if self.now == Timestamp(0) {
            return Timestamp::MAX;
        }
        self.now.plus_ms(self.config.timing.max_jump_ms).max(self.jump_to)
    }

    /// When an input that is submitted at `at` happens. What answers, reports or orders is never refused for a clock that
    /// went wrong: it happens at the last time known, since a time between would drag the clock ahead input by input.
    pub(crate) fn time_of(&self, at: Timestamp, input: &Input) -> Result<Timestamp, Rejected> {
        let order = match input {
            Input::Command(command) => Some(&command.order),
            _ => None,
        };
        let latest = match order {
            Some(Order::AcceptTime { to }) => self.latest_time().max(*to),
            _ => self.latest_time(),
        };
        if at <= latest.min(Timestamp::MAX) {
            return Ok(at);
        }
        match input {
            Input::Outcome(_) | Input::Task(_) | Input::Beats(_) | Input::Agent(_) => Ok(self.now),
            Input::Command(_) if !matches!(order, Some(Order::AcceptTime { .. })) => Ok(self.now),
            _ if at > Timestamp::MAX => {
                let expected = "milliseconds, up to the year 9999";
                Err(Rejected::OutOfRange { field: "at", value: at.0, expected })
            }
            _ => Err(Rejected::TimeJump { at, now: self.now, ahead_ms: at.since_ms(self.now) }),
        }
    }

    /// When a call of `advance` at `at` happens, with a wakeup at `due`; `None` if that is too far ahead to be believed.
    /// Where nothing came in between, the wakeup is as good a sign of time as an input.
    pub(crate) fn time_of_advance(&self, at: Timestamp, due: Timestamp) -> Option<Timestamp> {
        if at <= self.latest_time() {
            return Some(at);
        }
        (at <= due.plus_ms(self.config.timing.max_jump_ms)).then_some(due)
    }
}
