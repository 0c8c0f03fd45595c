//! What an agent has shown, and what a task would cost with it.
//!
//! `cost = (W + D + (1 - p) R) / p`: the expected time to success, if a try waits `W`, runs `D`, succeeds with probability
//! `p`, and a failed one costs `R` more. `p` is the mean of a Beta posterior per agent and class whose prior is the agent's
//! record over all classes, whose own prior is nine successes in ten. Counts fade with each outcome and with each epoch.
//! All of it in millionths and microseconds, so that it is the same on every machine.

use alloc::vec::Vec;

use minicbor::{Decode, Encode};

use super::{agent::Agent, fleet::Hot, settings::Settings};

/// One, in millionths.
pub(super) const ONE: u64 = 1_000_000;
/// Below this share of a failure, nothing is known against an agent.
const BLEMISH: u64 = ONE / 20;
/// Longest duration that is told apart from longer ones: 30 days.
pub(super) const MAX_MS: u64 = 30 * 86_400_000;
/// What stands for 1 in speeds: 2^16, so that products fit.
pub(super) const SPEED_ONE: u64 = 1 << 16;
/// The weight of the prior in speeds: 20 s.
const SPEED_PRIOR_US: u64 = 20_000_000;
/// The lowest chance of success that is reckoned with.
const MIN_P: u64 = ONE / 50;

/// Successes and failures in a class, in millionths, fading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(super) struct ClassRecord {
    #[n(0)]
    pub(super) class: u32,
    #[n(1)]
    pub(super) good: u64,
    #[n(2)]
    pub(super) bad: u64,
}

/// What an agent has shown.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(super) struct Record {
    #[n(0)]
    pub(super) good: u64,
    #[n(1)]
    pub(super) bad: u64,
    /// What its tasks should have taken, and did, in microseconds.
    #[n(2)]
    pub(super) expected_us: u64,
    #[n(3)]
    pub(super) actual_us: u64,
    #[n(4)]
    pub(super) classes: Vec<ClassRecord>,
}

impl Record {
    /// A task ended. The class that was used least is forgotten when there are too many.
    pub(super) fn on_outcome(&mut self, class: u32, good: bool, most_classes: u32) {
        let add = |count: &mut u64, hit: bool| *count = *count * 98 / 100 + if hit { ONE } else { 0 };
        add(&mut self.good, good);
        add(&mut self.bad, !good);
        let at = self.classes.iter().position(|record| record.class == class).unwrap_or_else(|| {
            if self.classes.len() >= most_classes.max(1) as usize {
                let least = self.classes.iter().enumerate().min_by_key(|(_, r)| (r.good + r.bad, r.class));
                let least = least.map_or(0, |(at, _)| at);
                self.classes.remove(least);
            }
            self.classes.push(ClassRecord { class, good: 0, bad: 0 });
            self.classes.len() - 1
        });
        let record = &mut self.classes[at];
        add(&mut record.good, good);
        add(&mut record.bad, !good);
    }

    /// The agent went away with a task, and nobody knows of which class.
    pub(super) fn on_lost(&mut self) {
        self.good = self.good * 98 / 100;
        self.bad = self.bad * 98 / 100 + ONE;
    }

    /// A task that should have taken one time took another.
    pub(super) fn on_duration(&mut self, expected_us: u64, actual_us: u64) {
        self.expected_us = self.expected_us * 95 / 100 + expected_us;
        self.actual_us = self.actual_us * 95 / 100 + actual_us;
    }

    /// An epoch is over: everything fades, and what has faded away is dropped.
    pub(super) fn fade(&mut self) {
        let fade = |count: &mut u64| *count = if *count < 1000 { 0 } else { *count * 9 / 10 };
        [&mut self.good, &mut self.bad].into_iter().for_each(fade);
        if self.expected_us.max(self.actual_us) < 1000 {
            (self.expected_us, self.actual_us) = (0, 0);
        }
        (self.expected_us, self.actual_us) = (self.expected_us * 9 / 10, self.actual_us * 9 / 10);
        for record in &mut self.classes {
            fade(&mut record.good);
            fade(&mut record.bad);
        }
        self.classes.retain(|record| record.good + record.bad > 0);
    }

    /// Has everything faded away?
    pub(super) fn is_blank(&self) -> bool {
        *self == Self::default()
    }

    /// How fast it is beside the others, [`SPEED_ONE`] being the same; between a sixteenth and sixteen times.
    pub(super) fn speed(&self) -> u64 {
        let (expected, actual) = (SPEED_PRIOR_US + self.expected_us, SPEED_PRIOR_US + self.actual_us);
        if expected == actual {
            return SPEED_ONE;
        }
        ((expected * SPEED_ONE + actual / 2) / actual).clamp(SPEED_ONE / 16, SPEED_ONE * 16)
    }

    fn of_class(&self, class: Option<u32>) -> (u64, u64) {
        let found = self.classes.iter().find(|record| Some(record.class) == class);
        found.map_or((0, 0), |record| (record.good, record.bad))
    }

    /// Successes and failures the posterior has, the prior's four included, in millionths.
    pub(super) fn posterior(&self, class: Option<u32>) -> Posterior {
        self.posterior_from(self.prior(), class)
    }

    /// The share of successes over all classes, nine in ten to begin with, in millionths.
    pub(super) fn prior(&self) -> u64 {
        (self.good + 9 * ONE) * ONE / (self.good + self.bad + 10 * ONE)
    }

    fn posterior_from(&self, prior: u64, class: Option<u32>) -> Posterior {
        let (good, bad) = self.of_class(class);
        Posterior { alpha: good + 4 * prior, beta: bad + 4 * (ONE - prior), seen: good + bad }
    }

    /// Is nothing known against it?
    pub(super) fn is_clean(&self) -> bool {
        self.bad < BLEMISH
    }
}

/// A Beta distribution, in millionths.
#[derive(Debug, Clone, Copy)]
pub(super) struct Posterior {
    pub(super) alpha: u64,
    pub(super) beta: u64,
    pub(super) seen: u64,
}

impl Posterior {
    pub(super) fn mean(&self) -> u64 {
        self.alpha * ONE / (self.alpha + self.beta).max(1)
    }

    pub(super) fn deviation(&self) -> u64 {
        let mean = self.mean();
        (mean * (ONE - mean) * ONE / (self.alpha + self.beta + ONE)).isqrt()
    }
}

/// The part of a task that its cost depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Job {
    /// `None` for one never finished before.
    pub(super) class: Option<u32>,
    pub(super) duration_us: u64,
    pub(super) risky: bool,
}

/// What a task would cost with an agent, in microseconds; probabilities in millionths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Estimate {
    pub(super) cost_us: u64,
    pub(super) wait_us: u64,
    pub(super) run_us: u64,
    pub(super) p: u64,
}

/// The chance of success that is reckoned with.
///
/// An agent nothing is known against is not charged for being new: it counts as sure, so that equals share the work, and
/// one failure corrects that. A risky task asks for evidence instead.
pub(super) fn chance(settings: &Settings, record: &Record, prior: u64, job: &Job) -> u64 {
    let z = if job.risky { -1000 } else { i64::from(settings.optimism_permille) };
    if z >= 0 && record.is_clean() {
        return ONE;
    }
    let posterior = record.posterior_from(prior, job.class);
    let mut p = i64::try_from(posterior.mean()).unwrap_or(0);
    if z != 0 {
        p += i64::try_from(posterior.deviation()).unwrap_or(0) * z / 1000;
    }
    u64::try_from(p).unwrap_or(0).clamp(MIN_P, ONE)
}

/// How long a task waits for an agent and runs, in microseconds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Attempt {
    wait_us: u64,
    run_us: u64,
}

impl Attempt {
    /// What the task costs at least, however likely it is done.
    pub(super) fn us(&self) -> u64 {
        self.wait_us.saturating_add(self.run_us)
    }
}

/// With an agent that lacks this many preferred capabilities and knows the context or not.
pub(super) fn attempt(settings: &Settings, hot: &Hot, duration_us: u64, lacks: u32, warm: bool) -> Attempt {
    let mut run_us = if hot.speed == SPEED_ONE { duration_us } else { duration_us * SPEED_ONE / hot.speed.max(1) };
    if warm {
        run_us = run_us * u64::from(settings.warm_permille.clamp(1, 1000)) / 1000;
    }
    if lacks > 0 {
        run_us += run_us.saturating_mul(u64::from(settings.missing_preferred_permille) * u64::from(lacks)) / 1000;
    }
    let ahead = hot.load.saturating_add(1).saturating_sub(hot.slots);
    let wait_us = if ahead == 0 { 0 } else { u64::from(ahead).saturating_mul(run_us) / u64::from(hot.slots.max(1)) };
    Attempt { wait_us, run_us }
}

/// What the task would cost with the agent.
pub(super) fn estimate(settings: &Settings, agent: &Agent, hot: &Hot, job: &Job, attempt: &Attempt) -> Estimate {
    rate(
        settings,
        attempt,
        if hot.is_classless(job) { hot.p.into() } else { chance(settings, &agent.record, hot.prior.into(), job) },
    )
}

/// The same, for an agent with this chance of success.
pub(super) fn rate(settings: &Settings, attempt: &Attempt, p: u64) -> Estimate {
    let Attempt { wait_us, run_us } = *attempt;
    let retry_us = (ONE - p) * settings.retry_cost_ms.min(MAX_MS) / 1000;
    let tries = attempt.us().saturating_add(retry_us);
    let cost_us = if p == ONE {
        tries
    } else if tries < u64::MAX / ONE {
        tries * ONE / p.max(1)
    } else {
        u64::try_from(u128::from(tries) * u128::from(ONE) / u128::from(p.max(1))).unwrap_or(u64::MAX)
    };
    Estimate { cost_us, wait_us, run_us, p }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(good: u64, bad: u64, class: Option<(u64, u64)>) -> Record {
        let classes = class.map(|(good, bad)| ClassRecord { class: 7, good: good * ONE, bad: bad * ONE });
        Record { good: good * ONE, bad: bad * ONE, classes: classes.into_iter().collect(), ..Record::default() }
    }

    #[test]
    fn a_new_agent_is_rated_at_nine_tenths_with_the_weight_of_four_tasks() {
        let posterior = Record::default().posterior(None);
        assert_eq!((posterior.alpha, posterior.beta, posterior.mean()), (3_600_000, 400_000, 900_000));
        // sqrt(3.6 * 0.4 / (16 * 5)) = 0.134164
        assert_eq!(posterior.deviation(), 134_164);
    }

    #[test]
    fn a_class_is_rated_by_its_own_tasks_and_the_agents_record() {
        // mu = (20 + 9) / (20 + 10 + 10) = 0.725; alpha = 6 + 2.9, beta = 4 + 1.1; mean = 8.9 / 14.
        assert_eq!(record(20, 10, Some((6, 4))).posterior(Some(7)).mean(), 635_714);
        // An unknown class has the agent's record alone.
        assert_eq!(record(20, 10, Some((6, 4))).posterior(Some(8)).mean(), 725_000);
    }

    #[test]
    fn counts_fade_to_fifty_tasks_and_a_tenth_per_epoch() {
        let mut record = Record::default();
        for _ in 0..2000 {
            record.on_outcome(1, true, 16);
        }
        assert!((49_990_000..=50_000_000).contains(&record.good), "{}", record.good);
        record.on_outcome(1, false, 16);
        assert_eq!(record.bad, 1_000_000);
        record.fade();
        assert_eq!(record.bad, 900_000);
    }

    #[test]
    fn a_written_off_agent_drifts_back_to_the_prior() {
        let mut record = Record::default();
        for _ in 0..50 {
            record.on_outcome(1, false, 16);
        }
        assert!(record.posterior(Some(1)).mean() < 30_000);
        for _ in 0..60 {
            record.fade();
        }
        assert!(record.posterior(Some(1)).mean() > 850_000, "{}", record.posterior(Some(1)).mean());
        assert!(record.classes.len() < 2);
    }

    #[test]
    fn speed_needs_evidence() {
        let mut record = Record::default();
        assert_eq!(record.speed(), SPEED_ONE);
        record.on_duration(1_000_000, 2_000_000);
        // 21 / 22 of 65 536.
        assert_eq!(record.speed(), 62_557);
        for _ in 0..1000 {
            record.on_duration(60_000_000, 30_000_000);
        }
        assert!(record.speed() > SPEED_ONE * 19 / 10, "{}", record.speed());
        for _ in 0..100 {
            record.on_duration(1, MAX_MS * 1000);
        }
        assert_eq!(record.speed(), SPEED_ONE / 16);
    }

    #[test]
    fn the_class_used_least_is_forgotten() {
        let mut record = Record::default();
        for class in [1, 1, 2, 3, 3] {
            record.on_outcome(class, true, 2);
        }
        assert_eq!(record.classes.iter().map(|r| r.class).collect::<Vec<_>>(), [1, 3]);
    }
}
