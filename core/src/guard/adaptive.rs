//! How many calls may be under way at once.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use super::error::{GuardError, in_range};

const PPM: u64 = 1_000_000;
const MILLI: u64 = 1_000;

/// How a limit adapts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[serde(default, deny_unknown_fields)]
#[cbor(map)]
pub struct AdaptivePolicy {
    /// The limit in the beginning. Default 20.
    #[n(0)]
    pub initial: u32,
    /// The lowest limit. At least 1, default 1.
    #[n(1)]
    pub min: u32,
    /// The highest limit. At most 1,000,000, default 1,000.
    #[n(2)]
    pub max: u32,
    /// Samples in a window. 1 to 10,000, default 16.
    #[n(3)]
    pub window: u32,
    /// How much latency above the baseline is normal, in parts per million. 1,000,000 (none) to 10,000,000, default
    /// 1,250,000: a quarter.
    #[n(4)]
    pub tolerance_ppm: u32,
}

impl Default for AdaptivePolicy {
    fn default() -> Self {
        Self { initial: 20, min: 1, max: 1_000, window: 16, tolerance_ppm: 1_250_000 }
    }
}

impl AdaptivePolicy {
    /// # Errors
    /// [`GuardError::OutOfRange`].
    pub fn validate(&self) -> Result<(), GuardError> {
        let Self { initial, min, max, window, tolerance_ppm } = *self;
        in_range((1..=max).contains(&min), "min", min.into(), "1 to `max`")?;
        in_range(max <= 1_000_000, "max", max.into(), "at most 1000000")?;
        in_range((min..=max).contains(&initial), "initial", initial.into(), "`min` to `max`")?;
        in_range((1..=10_000).contains(&window), "window", window.into(), "1 to 10000")?;
        let tolerance = 1_000_000..=10_000_000;
        in_range(tolerance.contains(&tolerance_ppm), "tolerance_ppm", tolerance_ppm.into(), "1000000 to 10000000")
    }
}

/// A call that has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    /// How long it took, in any unit, as long as it is always the same.
    pub latency: u64,
    /// How many were under way when it began, itself included.
    pub in_flight: u32,
    /// It was refused for load, or timed out.
    pub dropped: bool,
}

/// How many calls may be under way at once, learnt from how long they take.
///
/// The gradient of Netflix' concurrency-limits, in integers: after each window of samples the limit becomes
///
/// `limit x clamp(tolerance x baseline / latency, 1/2, 1) + sqrt(limit)`
///
/// where `latency` is the mean of the window and `baseline` the lowest mean seen. The root is the room to find out whether more
/// would do. Without load the gradient is 1 and the limit grows; when calls queue up somewhere, their latency grows, and
/// the limit falls until they do not.
///
/// | window | limit |
/// |---|---|
/// | latency up to `tolerance` x baseline, at least half of the limit in use | grows by its root |
/// | the same, less in use | stays: nobody knows whether more would do |
/// | latency above | shrinks towards baseline / latency, by half at most, plus its root |
/// | a call was dropped or timed out | shrinks by half |
///
/// After a change, as many samples as were under way are passed over: those calls began under the old limit, and judging the new
/// one by them would make it swing.
///
/// The baseline falls at once and rises only in windows with at most a quarter of the limit in use, by an eighth of the way:
/// a latency that grew with our own load must not become the measure of it.
///
/// ```
/// use reynolds::guard::{AdaptiveLimit, AdaptivePolicy, Sample};
///
/// let mut limit = AdaptiveLimit::new(AdaptivePolicy { initial: 10, window: 2, ..AdaptivePolicy::default() })?;
/// let quick = Sample { latency: 100, in_flight: 10, dropped: false };
/// assert_eq!(limit.on_sample(quick), None);
/// assert_eq!(limit.on_sample(quick), Some(13));                            // as quick as ever: 10 + sqrt(10)
/// for _ in 0..10 {
///     assert_eq!(limit.on_sample(quick), None);                            // begun under the old limit: passed over
/// }
/// let slow = Sample { latency: 400, in_flight: 13, dropped: false };
/// limit.on_sample(slow);
/// assert_eq!(limit.on_sample(slow), Some(10));                             // 13.2 / 2 + sqrt(13.2)
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct AdaptiveLimit {
    #[n(0)]
    policy: AdaptivePolicy,
    /// In thousandths.
    #[n(1)]
    limit_milli: u64,
    /// In thousandths of a unit of latency; 0 before the first window.
    #[n(2)]
    baseline_milli: u64,
    #[n(3)]
    sum: u64,
    #[n(4)]
    samples: u32,
    /// Most calls under way in this window.
    #[n(5)]
    busiest: u32,
    #[n(6)]
    dropped: bool,
    /// Samples to pass over.
    #[n(7)]
    skip: u32,
}

impl AdaptiveLimit {
    /// A limit that has seen nothing.
    ///
    /// # Errors
    /// [`GuardError::OutOfRange`].
    pub fn new(policy: AdaptivePolicy) -> Result<Self, GuardError> {
        policy.validate()?;
        let limit_milli = u64::from(policy.initial) * MILLI;
        Ok(Self { policy, limit_milli, baseline_milli: 0, sum: 0, samples: 0, busiest: 0, dropped: false, skip: 0 })
    }

    /// How many calls may be under way.
    #[must_use]
    pub fn limit(&self) -> u32 {
        u32::try_from(self.limit_milli / MILLI).unwrap_or(u32::MAX)
    }

    /// A call has ended. Says the new limit, if it changed.
    pub fn on_sample(&mut self, sample: Sample) -> Option<u32> {
        if self.skip > 0 {
            self.skip -= 1;
            return None;
        }
        // A sum of 10,000 of these does not overflow, and none is 0, which stands for "not yet".
        let latency = sample.latency.clamp(1, u64::from(u32::MAX));
        self.sum = self.sum.saturating_add(latency);
        self.samples += 1;
        self.busiest = self.busiest.max(sample.in_flight);
        self.dropped |= sample.dropped;
        if self.samples < self.policy.window {
            return None;
        }
        let before = self.limit();
        self.close_window();
        Some(self.limit()).filter(|limit| *limit != before)
    }

    /// # Errors
    /// What is wrong with the state; never, unless it was built from foreign bytes.
    pub fn check(&self) -> Result<(), &'static str> {
        if self.policy.validate().is_err() {
            return Err("a policy that can not be used");
        }
        if self.samples >= self.policy.window {
            return Err("a full window was not used");
        }
        let range = u64::from(self.policy.min) * MILLI..=u64::from(self.policy.max) * MILLI;
        if range.contains(&self.limit_milli) { Ok(()) } else { Err("the limit is out of its range") }
    }

    fn close_window(&mut self) {
        let before = self.limit();
        let latency_milli = self.sum * MILLI / u64::from(self.samples.max(1));
        let busiest_milli = u64::from(self.busiest) * MILLI;
        if self.baseline_milli == 0 || latency_milli < self.baseline_milli {
            self.baseline_milli = latency_milli;
        } else if busiest_milli * 4 <= self.limit_milli {
            self.baseline_milli += (latency_milli - self.baseline_milli) / 8;
        }
        let normal = u128::from(self.baseline_milli) * u128::from(self.policy.tolerance_ppm);
        let gradient = u64::try_from(normal / u128::from(latency_milli.max(1))).unwrap_or(PPM);
        let gradient_ppm = if self.dropped { PPM / 2 } else { gradient.clamp(PPM / 2, PPM) };
        // sqrt(limit) in thousandths is sqrt(limit_milli x 1000).
        let room = (self.limit_milli * MILLI).isqrt();
        let next = match (self.dropped, gradient_ppm < PPM) {
            (true, _) => self.limit_milli / 2,
            (false, true) => self.limit_milli * gradient_ppm / PPM + room,
            (false, false) if busiest_milli * 2 >= self.limit_milli => self.limit_milli + room,
            (false, false) => self.limit_milli,
        };
        self.limit_milli = next.clamp(u64::from(self.policy.min) * MILLI, u64::from(self.policy.max) * MILLI);
        if self.limit() != before {
            self.skip = self.busiest.min(before);
        }
        (self.sum, self.samples, self.busiest, self.dropped) = (0, 0, 0, false);
    }
}

#[cfg(test)]
mod tests {
    use alloc::{collections::BTreeMap, vec::Vec};

    use super::*;
    use crate::det::mix;

    /// A service that does `capacity` calls at once in `base` each, and lets the others wait their turn. Always as many calls are
    /// under way as the limit allows, but one that began under an older limit ends when it ends. Says the limit after each sample.
    fn simulate(limit: &mut AdaptiveLimit, capacity: u64, base: u64, samples: u32, noise: u64) -> Vec<u32> {
        let (mut ends, mut now, mut began, mut limits) = (BTreeMap::new(), 0_u64, 0_u64, Vec::new());
        for _ in 0..samples {
            while ends.len() < limit.limit() as usize {
                began += 1;
                let in_flight = ends.len() as u64 + 1;
                let jitter = if noise == 0 { 0 } else { mix(7, began) % (base * noise / 100) };
                let latency = base * in_flight.max(capacity) / capacity + jitter;
                ends.insert((now + latency, began), (latency, in_flight));
            }
            let Some(((at, _), (latency, in_flight))) = ends.pop_first() else { break };
            now = at;
            limit.on_sample(Sample { latency, in_flight: u32::try_from(in_flight).unwrap(), dropped: false });
            assert_eq!(limit.check(), Ok(()));
            limits.push(limit.limit());
        }
        limits
    }

    fn range(limits: &[u32]) -> (u32, u32) {
        (limits.iter().copied().min().unwrap_or(0), limits.iter().copied().max().unwrap_or(0))
    }

    #[test]
    fn when_a_service_halves_the_limit_halves_within_400_samples_and_comes_to_rest() {
        for noise in [0, 30] {
            let mut limit = AdaptiveLimit::new(AdaptivePolicy::default()).unwrap();
            let before = simulate(&mut limit, 100, 1_000, 6_000, noise);
            let (low, high) = range(&before[4_000..]);
            assert!(low * 6 >= high * 5, "at rest it swings from {low} to {high}, noise {noise}");
            assert!((100..=160).contains(&low), "a service for 100 has a limit of {low}, noise {noise}");
            // Half the capacity: at the same load, twice the latency.
            let after = simulate(&mut limit, 50, 1_000, 6_000, noise);
            let halved = after.iter().position(|now| *now * 100 <= high * 55).unwrap_or(usize::MAX);
            assert!(halved <= 400, "halved after {halved} samples, noise {noise}");
            let (low, high) = range(&after[600..]);
            assert!(low * 6 >= high * 5, "after that it swings from {low} to {high}, noise {noise}");
        }
    }

    #[test]
    fn when_latency_doubles_whatever_the_load_the_limit_halves_within_three_round_trips() {
        let mut limit = AdaptiveLimit::new(AdaptivePolicy { initial: 100, ..AdaptivePolicy::default() }).unwrap();
        let mut feed = |latency, samples| -> Vec<(u32, u32)> {
            let one = |at| {
                let sample = Sample { latency, in_flight: limit.limit(), dropped: false };
                limit.on_sample(sample).map(|limit| (at, limit))
            };
            (1..=samples).filter_map(one).collect()
        };
        assert_eq!(feed(1_000, 16), [(16, 110)]);
        // Each time after those that were under way (100, 110, 79, 58) and 16 more: 110 x 0.625 and its root is 79, and so on.
        let fall = feed(2_000, 1_000);
        assert_eq!(fall.iter().take(4).copied().collect::<Vec<_>>(), [(116, 79), (242, 58), (337, 44), (411, 34)]);
        assert!(fall.windows(2).all(|pair| pair[1].1 < pair[0].1));
    }

    #[test]
    fn who_uses_less_than_half_of_the_limit_learns_nothing_about_more() {
        let mut limit = AdaptiveLimit::new(AdaptivePolicy::default()).unwrap();
        for _ in 0..1_000 {
            limit.on_sample(Sample { latency: 10, in_flight: 9, dropped: false });
        }
        assert_eq!(limit.limit(), 20);
    }

    #[test]
    fn dropped_calls_halve_it_down_to_the_minimum() {
        let policy = AdaptivePolicy { window: 1, min: 3, ..AdaptivePolicy::default() };
        let mut limit = AdaptiveLimit::new(policy).unwrap();
        let dropped = Sample { latency: 10, in_flight: 0, dropped: true };
        let limits: Vec<_> = (0..4).map(|_| limit.on_sample(dropped)).collect();
        assert_eq!(limits, [Some(10), Some(5), Some(3), None]);
    }

    #[test]
    fn a_service_that_has_become_slow_for_good_is_believed_when_there_is_little_load() {
        let mut limit = AdaptiveLimit::new(AdaptivePolicy { window: 1, ..AdaptivePolicy::default() }).unwrap();
        let mut feed = |latency, in_flight| {
            limit.on_sample(Sample { latency, in_flight, dropped: false });
            limit.limit()
        };
        feed(100, 20);
        assert_eq!((0..400).map(|_| feed(300, 20)).last(), Some(4));
        for _ in 0..100 {
            feed(300, 0);
        }
        let grown = (0..100).map(|_| feed(300, 20)).last().unwrap_or(0);
        assert!(grown >= 10, "{grown}");
    }

    #[test]
    fn no_sample_is_too_large_or_too_small() {
        let mut limit = AdaptiveLimit::new(AdaptivePolicy { window: 2, ..AdaptivePolicy::default() }).unwrap();
        for latency in [0, u64::MAX, u64::MAX, 0, 0, 0] {
            limit.on_sample(Sample { latency, in_flight: u32::MAX, dropped: false });
            assert_eq!(limit.check(), Ok(()));
        }
        let bytes = minicbor::to_vec(&limit).unwrap();
        assert_eq!(minicbor::decode::<AdaptiveLimit>(&bytes).unwrap(), limit);
    }
}
