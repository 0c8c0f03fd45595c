//! Suspicion that grows with silence, in integers.
//!
//! The phi accrual failure detector (Hayashibara, Défago, Yared, Katayama: The φ Accrual Failure Detector, 2004) says how
//! surprising a silence is: phi is minus the decimal logarithm of the probability that a heartbeat is still to come,
//! given the mean and the deviation of the intervals so far. Usually it is computed with `exp` and `log`. Here it is
//! turned round: the time at which phi reaches its threshold is `mean + pause + q * deviation` after the last beat, where
//! `q` is a quantile of the normal distribution and comes from a table. Nothing has to be computed again as time goes by,
//! and the result is the same on every machine.

use minicbor::{Decode, Encode};

use super::settings::Phi;
use crate::time::Timestamp;

/// Thousandths of a standard deviation at which phi is 0.5, 1, 1.5, ... 16: the upper quantiles of the normal distribution
/// at 10^-phi, as a bisection over `erfc` gives them.
const QUANTILES: [u64; 32] = [
    478, 1282, 1857, 2326, 2730, 3090, 3417, 3719, 4000, 4265, 4515, 4753, 4981, 5199, 5409, 5612, 5808, 5998, 6182,
    6361, 6536, 6706, 6872, 7034, 7193, 7349, 7501, 7651, 7797, 7941, 8083, 8222,
];

/// No interval counts for more than an hour, and no agent may promise to beat less often: it would be suspected in each.
pub(super) const MAX_INTERVAL_MS: u64 = 3_600_000;

/// The heartbeats of one agent: sums over the last `window` intervals instead of the intervals themselves. When the window
/// is full, each new interval takes the place of an average one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(super) struct Beats {
    #[n(0)]
    pub(super) last: Timestamp,
    #[n(1)]
    count: u64,
    #[n(2)]
    sum: u64,
    #[n(3)]
    squares: u64,
}

impl Beats {
    /// Starts with two intervals a quarter below and above the expected one, as Akka does.
    pub(super) fn new(now: Timestamp, expected_ms: u64) -> Self {
        let expected = expected_ms.clamp(1, MAX_INTERVAL_MS);
        let (low, high) = (expected - expected / 4, expected + expected / 4);
        Self { last: now, count: 2, sum: low + high, squares: low * low + high * high }
    }

    /// A beat, and the interval since the last one if it was a usual one.
    pub(super) fn on_beat(&mut self, now: Timestamp, usual: bool, window: u32) {
        let interval = now.since_ms(self.last);
        self.last = self.last.max(now);
        if !usual || interval == 0 {
            return;
        }
        let interval = interval.min(MAX_INTERVAL_MS);
        if self.count >= u64::from(window.clamp(2, 1 << 20)) {
            self.sum -= self.sum / self.count;
            self.squares -= self.squares / self.count;
            self.count -= 1;
        }
        self.count += 1;
        self.sum += interval;
        self.squares += interval * interval;
    }

    /// The usual interval, in milliseconds.
    pub(super) fn mean_ms(&self) -> u64 {
        self.sum / self.count.max(1)
    }

    /// The standard deviation of the intervals, in milliseconds.
    pub(super) fn deviation_ms(&self, phi: &Phi) -> u64 {
        let count = self.count.max(1);
        let mean = self.mean_ms();
        (self.squares / count).saturating_sub(mean * mean).isqrt().max(phi.min_deviation_ms)
    }

    /// When silence becomes suspicion.
    pub(super) fn suspect_at(&self, phi: &Phi) -> Timestamp {
        let at = (2 * phi.threshold as usize).clamp(2, QUANTILES.len()) - 1;
        self.last
            .plus_ms(self.expected_ms(phi).saturating_add(self.deviation_ms(phi).saturating_mul(QUANTILES[at]) / 1000))
    }

    pub(super) fn check(&self) -> Result<(), &'static str> {
        // Of those it starts with, one may be a quarter above the longest that is measured. To cut it there would move the suspicions
        // that are in journals.
        const HIGH: u64 = MAX_INTERVAL_MS + MAX_INTERVAL_MS / 4;
        const ABOVE: u64 = HIGH * HIGH - MAX_INTERVAL_MS * MAX_INTERVAL_MS;
        let most = self.count.saturating_mul(MAX_INTERVAL_MS);
        let squares = most.saturating_mul(MAX_INTERVAL_MS).saturating_add(ABOVE);
        if self.count == 0 || self.count > 1 << 20 || self.sum > most || self.squares > squares {
            return Err("heartbeats are sums of intervals");
        }
        Ok(())
    }

    fn expected_ms(&self, phi: &Phi) -> u64 {
        self.mean_ms().saturating_add(phi.pause_ms)
    }

    /// How surprising the silence is, in thousandths of phi, between the table's values by straight lines. 0 to 16 000.
    pub(super) fn phi_milli(&self, now: Timestamp, phi: &Phi) -> u32 {
        let late = now.since_ms(self.last).saturating_sub(self.expected_ms(phi));
        let score = late.saturating_mul(1000) / self.deviation_ms(phi).max(1);
        let above = QUANTILES.partition_point(|quantile| *quantile <= score);
        let low = if above == 0 { 0 } else { QUANTILES[above - 1] };
        let part = match QUANTILES.get(above) {
            Some(high) => (score - low) * 500 / (high - low),
            None => 0,
        };
        u32::try_from(above as u64 * 500 + part).unwrap_or(16_000)
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;
    use crate::{
        agents::{AgentError, Agents, Readiness, Registration, Settings},
        det::mix,
    };

    const SECOND: u64 = 1000;

    fn beating(beats: u64, jitter_permille: u64) -> Beats {
        let (mut now, mut series) = (Timestamp(0), Beats::new(Timestamp(0), SECOND));
        for n in 0..beats {
            now = now.plus_ms(SECOND - jitter_permille + mix(3, n) % (2 * jitter_permille + 1));
            series.on_beat(now, true, 1000);
        }
        series
    }

    #[test]
    fn who_would_beat_less_often_than_can_be_judged_is_refused() {
        let mut registry = Agents::new(Settings::default());
        let profile = |heartbeat_ms| Registration { id: "a".into(), heartbeat_ms, ..Registration::default() };
        let refused = registry.check_registration(&profile(3_600_001));
        let expected = "at most an hour; 0 for one that never beats";
        assert_eq!(refused, Err(AgentError::OutOfRange { field: "heartbeat_ms", value: 3_600_001, expected }));
        // One that may is not suspected for as long as it is punctual.
        let mut out = Vec::new();
        let agent = registry.register(Timestamp(0), profile(3_600_000), &mut out).expect("is valid").agent();
        for beat in 1..100 {
            let now = Timestamp(beat * 3_600_000);
            registry.on_due(now, &mut out);
            registry.heartbeat(now, agent, Readiness::Ready, &mut out).expect("is registered");
        }
        assert_eq!(out, []);
    }

    #[test]
    fn whatever_interval_was_promised_and_kept_is_read_back() {
        // Below, at and above where a quarter more is longer than what is measured.
        let promised = (0..=3_600).map(|n| n * 1000).chain([1, 2_879_999, 2_880_000, 2_880_001, 3_492_000, 3_493_000]);
        for (n, expected_ms) in (0..).zip(promised) {
            for window in [2, 3, 1000] {
                let (mut now, mut beats) = (Timestamp(1), Beats::new(Timestamp(1), expected_ms));
                for beat in 0..40 {
                    assert_eq!(beats.check(), Ok(()), "{beat} beats, one each {expected_ms} ms");
                    let late =
                        [0, 1, MAX_INTERVAL_MS, mix(n, beat) % (2 * MAX_INTERVAL_MS)][(mix(beat, n) % 4) as usize];
                    now = now.plus_ms(if beat % 2 == 0 { MAX_INTERVAL_MS } else { late });
                    beats.on_beat(now, true, window);
                }
            }
        }
    }

    #[test]
    fn a_regular_agent_is_suspected_after_the_pause_and_five_point_six_deviations() {
        let series = beating(5000, 0);
        // 1000 + 3000 + 5.612 * 100, where 100 is the least deviation.
        assert_eq!(series.suspect_at(&Phi::default()).since_ms(series.last), 4561);
    }

    #[test]
    fn a_crash_is_seen_within_six_seconds_of_the_last_beat_at_one_beat_a_second() {
        for jitter in [0, 50, 100, 200] {
            let series = beating(2000, jitter);
            let silence = series.suspect_at(&Phi::default()).since_ms(series.last);
            assert!(silence <= 6000, "{silence} ms at a jitter of {jitter} in 1000");
        }
        // From the first beat on, too.
        let fresh = Beats::new(Timestamp(0), SECOND);
        assert!(fresh.suspect_at(&Phi::default()) <= Timestamp(6000));
    }

    #[test]
    fn a_day_of_beats_with_a_fifth_of_jitter_raises_no_suspicion() {
        let (mut now, mut series, mut false_alarms) = (Timestamp(0), Beats::new(Timestamp(0), SECOND), 0);
        let mut n = 0;
        while now.0 < 86_400 * SECOND {
            n += 1;
            // The sum of four even draws: close to normal, with a deviation of 20 % of a second.
            let draw = |k| mix(k, n) % 347;
            now = now.plus_ms((SECOND + draw(1) + draw(2) + draw(3) + draw(4)).saturating_sub(692));
            // And one beat in a thousand is lost, which is a gap of about two seconds.
            if mix(9, n) % 1000 == 0 {
                continue;
            }
            if series.suspect_at(&Phi::default()) <= now {
                false_alarms += 1;
            }
            series.on_beat(now, true, 1000);
        }
        assert_eq!(false_alarms, 0);
    }

    #[test]
    fn phi_is_eight_at_the_time_of_suspicion_and_grows() {
        let (series, phi) = (beating(3000, 200), Phi::default());
        let at = series.suspect_at(&phi);
        assert!((7950..=8050).contains(&series.phi_milli(at, &phi)), "{}", series.phi_milli(at, &phi));
        assert_eq!(series.phi_milli(series.last, &phi), 0);
        let mut before = 0;
        for ms in 0..10_000 {
            let value = series.phi_milli(series.last.plus_ms(ms), &phi);
            assert!(value >= before);
            before = value;
        }
        assert_eq!(before, 16_000);
    }

    #[test]
    fn the_sums_follow_an_agent_that_beats_slower() {
        let mut series = beating(3000, 100);
        let mut now = series.last;
        for _ in 0..5000 {
            now = now.plus_ms(2000);
            series.on_beat(now, true, 1000);
        }
        assert!((1980..=2000).contains(&series.mean_ms()), "{}", series.mean_ms());
    }

    #[test]
    fn a_beat_from_the_past_changes_nothing() {
        let mut series = beating(10, 0);
        let before = series;
        series.on_beat(Timestamp(500), true, 1000);
        assert_eq!(series, before);
    }

    #[test]
    fn how_long_an_agent_took_to_start_says_nothing_of_its_beats() {
        let [fast, slow] = [1000, 60_000].map(|start| {
            let (mut registry, mut out) = (Agents::new(Settings::default()), Vec::new());
            let profile = Registration { id: "a".into(), start_ms: 300_000, ..Registration::default() };
            let agent = registry.register(Timestamp(0), profile, &mut out).expect("is valid").agent();
            for beat in 0..60 {
                let now = Timestamp(0).plus_ms(start + beat * 1000);
                registry.heartbeat(now, agent, Readiness::Ready, &mut out).expect("is registered");
            }
            registry.due().expect("silence is seen").since_ms(Timestamp(0).plus_ms(start))
        });
        assert_eq!(fast, slow);
    }
}
