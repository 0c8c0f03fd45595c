//! The host's clock, where it is behind the broker's time.
//!
//! The broker's time never goes back. So one reading of a clock that is ahead would stop it until the right time has come that far:
//! a retry in a second would come in a month. Nothing tells which of the two readings is right, so the broker goes on from the later
//! one, at half the pace of the host's clock, until that has caught up. What is to take a second takes two, however far ahead it was,
//! and the time is right again after twice the mistake.
//!
//! None of this is in the state: what is decided at which time is in the journal, what a clock says is not.

use crate::{broker::Broker, time::Timestamp};

/// A clock that is behind by no more is in order: inputs bring the time of the thread they were read on. Time stands still until it has
/// caught up.
const JITTER_MS: u64 = 60_000;

/// How many times slower the broker's time goes than a clock that is behind.
const SLOWER: u64 = 2;

/// Since when the clock is behind, and how far it has come.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Behind {
    /// The first time given.
    since: Timestamp,
    /// The latest time given.
    given: Timestamp,
    /// The broker's time at `since`.
    from: Timestamp,
}

impl Behind {
    const fn new(at: Timestamp, from: Timestamp) -> Self {
        Self { since: at, given: at, from }
    }

    /// The broker's time.
    const fn now(&self) -> Timestamp {
        self.from.plus_ms(self.given.since_ms(self.since) / SLOWER)
    }

    /// When it is `due` by the host's clock. Once that has caught up, both are the same.
    fn by_the_host(&self, due: Timestamp) -> Timestamp {
        due.min(self.since.plus_ms(due.since_ms(self.from).saturating_mul(SLOWER)))
    }
}

impl Broker {
    /// By how many milliseconds the broker's time is ahead of the time given last; 0 where that is less than a minute behind, or
    /// not at all.
    ///
    /// Above 0 a clock was ahead once, or is behind now. What absolute times say, `expires_at` and those in verdicts, is by the
    /// broker's time; [`Broker::wakeup`] is by the host's clock.
    #[must_use]
    pub fn ahead_ms(&self) -> u64 {
        self.behind.map_or(0, |behind| behind.now().since_ms(behind.given))
    }

    /// The broker's time for what the host's clock says, and what is to be remembered of it once it is believed.
    pub(crate) fn time(&self, at: Timestamp) -> (Timestamp, Option<Behind>) {
        let now = self.state.now;
        let behind = match self.behind {
            _ if at.plus_ms(JITTER_MS) >= now => None,
            // Between the readings of several clocks time goes on with the latest, or it would gain with each change of clocks.
            Some(behind) if at.plus_ms(JITTER_MS) >= behind.since && behind.now() >= now => {
                Some(Behind { given: behind.given.max(at), ..behind })
            }
            behind => Some(Behind::new(at, behind.map_or(now, |behind| behind.now().max(now)))),
        };
        (behind.map_or(at, |behind| behind.now()), behind)
    }

    /// An input was taken that was given with this reading, as of `at`: a reading that was not believed is nobody's time.
    pub(crate) fn believe(&mut self, (given, behind): (Timestamp, Option<Behind>), at: Timestamp) {
        if at == given {
            (self.doubted, self.behind) = (None, behind);
        }
    }

    /// When the host is to call for what is `due` by the broker's time.
    pub(crate) fn by_the_host(&self, due: Timestamp) -> Timestamp {
        self.behind.map_or(due, |behind| behind.by_the_host(due))
    }
}

#[cfg(all(test, feature = "std"))]
mod tests {
    use crate::{
        Broker, Config, Event, Genesis, Keys, Timestamp,
        input::{Input, Outcome, OutcomeResult},
    };

    const START: u64 = 1_700_000_000_000;
    const HOUR: u64 = 3_600_000;

    fn broker() -> Broker {
        let config =
            br#"{"rules": [{"id": "r", "effects": [{"kind": "message", "subject": "teams:triage", "text": "New"}]}]}"#;
        let config = Config::from_json(config).expect("valid");
        Broker::new(Genesis { name: "triage".into(), config, ..Genesis::default() }, Keys::none()).expect("valid")
    }

    fn event(id: u64) -> Event {
        let subject = format!("github:acme/api#{id}").into();
        Event { id: format!("d{id}").into(), source: "s".into(), kind: "push".into(), subject, ..Event::default() }
    }

    /// An event at this time, and what became of its effect.
    fn submit(broker: &mut Broker, at: u64, id: u64, result: Option<OutcomeResult>) {
        let decision = broker.submit(Timestamp(at), event(id)).expect("taken");
        let Some(result) = result else { return };
        let effect = decision.verdicts[0].effect().expect("an effect");
        let _ = broker.submit(Timestamp(at), Outcome { effect, result, chain: None, tenant: None }).expect("taken");
    }

    #[test]
    fn one_reading_that_is_ahead_makes_a_second_two_and_not_a_month() {
        for ahead in [HOUR, 30 * 24 * HOUR, 399 * 24 * HOUR] {
            let mut broker = broker();
            submit(&mut broker, START, 1, Some(OutcomeResult::cancelled()));
            submit(&mut broker, START + ahead, 2, Some(OutcomeResult::cancelled()));
            assert_eq!(broker.ahead_ms(), 0, "nothing says yet that it was wrong");
            let at = START + 1000;
            submit(&mut broker, at, 3, Some(OutcomeResult::retry(1000)));
            assert_eq!(broker.ahead_ms(), ahead - 1000);
            let due = Timestamp(at + 2000);
            assert_eq!(broker.wakeup().map(|wakeup| wakeup.at), Some(due));
            assert_eq!(broker.advance(Timestamp(due.0 - 1)), None);
            assert!(broker.advance(due).is_some());
        }
    }

    #[test]
    fn a_reading_that_is_not_believed_moves_no_wakeup() {
        let mut broker = broker();
        submit(&mut broker, START, 1, Some(OutcomeResult::cancelled()));
        submit(&mut broker, START + 30 * 24 * HOUR, 2, Some(OutcomeResult::cancelled()));
        submit(&mut broker, START + 1000, 3, Some(OutcomeResult::retry(5000)));
        let expected = (Some(Timestamp(START + 11_000)), 30 * 24 * HOUR - 1000);
        let seen = |broker: &Broker| (broker.wakeup().map(|wakeup| wakeup.at), broker.ahead_ms());
        assert_eq!(seen(&broker), expected);
        // Microseconds: refused, and taken as of now.
        let micros = Timestamp(START * 1000);
        assert_eq!(broker.submit(micros, event(4)).map_err(|error| error.code()), Err("RY1005"));
        assert_eq!(seen(&broker), expected);
        let command = Input::from_json(br#"{"type": "command", "do": {"type": "resume_all"}}"#).expect("it is one");
        let _ = broker.submit(micros, command).expect("a person's word is taken");
        assert_eq!(seen(&broker), expected);
        // In order, but refused for what it says.
        let wrong = Event { kind: "".into(), ..event(5) };
        assert!(broker.submit(Timestamp(START + 30 * 24 * HOUR), wrong).is_err());
        assert_eq!(seen(&broker), expected);
        // Nothing is due by it, and the next right reading goes on from where it was.
        assert_eq!(broker.advance(micros), None);
        assert_eq!(broker.ahead_ms(), expected.1);
        assert_eq!(broker.advance(Timestamp(START + 10_999)), None);
        assert!(broker.advance(Timestamp(START + 11_000)).is_some());
    }

    #[test]
    fn the_clock_has_caught_up_after_twice_the_mistake() {
        let mut broker = broker();
        submit(&mut broker, START + HOUR, 1, None);
        for minute in 0..=130 {
            let at = START + minute * 60_000;
            submit(&mut broker, at, 2 + minute, None);
            let ahead = broker.view().now().since_ms(Timestamp(at));
            let expected = match minute {
                0..=116 => (HOUR - minute * 30_000, HOUR - minute * 30_000),
                117 => (60_000, 0), // it stands still until the clock has come as far
                _ => (0, 0),
            };
            assert_eq!((ahead, broker.ahead_ms()), expected, "after {minute} minutes");
        }
    }

    #[test]
    fn readings_to_and_fro_do_not_drive_time_ahead() {
        let mut broker = broker();
        for step in 0..1000 {
            // Machines that are behind one another, and threads that are seconds late.
            for late in [0, HOUR, 30_000, 2 * HOUR] {
                submit(&mut broker, START + step * 1000 - late, 10 * step * HOUR + late, None);
                assert!(broker.view().now() <= Timestamp(START + step * 1000));
            }
        }
        for step in 1000..2000 {
            for late in [HOUR, 2 * HOUR] {
                submit(&mut broker, START + step * 1000 - late, 10 * step * HOUR + late, None);
                assert!(broker.view().now() <= Timestamp(START + step * 1000 + HOUR));
            }
        }
    }
}
