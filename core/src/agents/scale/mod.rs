//! How many agents a pool should have.
//!
//! The arithmetic is that of Kubernetes' HorizontalPodAutoscaler (its documentation, "Algorithm details" and "Configurable
//! scaling behavior"), in integers: `ceil(current · load / target)`, nothing within a tolerance, the least rise and the
//! highest fall that were recommended within a window, and at most so much per period, with a
//! tolerance per direction as `autoscaling/v2` has it. One thing is added: a budget of changes per hour, which only a rise beyond
//! `urgent_permille` may exceed.

mod pool;
#[cfg(test)]
mod tests;

use alloc::{vec, vec::Vec};

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use super::settings::AgentError;
use crate::time::Timestamp;

pub use self::pool::ScaleIn;

const HOUR_MS: u64 = 3_600_000;
/// Most recommendations that are remembered: an hour of one every four seconds.
const MOST_RECOMMENDED: usize = 1024;
const ALL_PPM: u32 = 1_000_000;
/// An urgent rise goes on when the next step is taken within this time.
const GOES_ON_MS: u64 = 60_000;

/// When a pool grows and shrinks. The defaults are those of the HorizontalPodAutoscaler, and four changes an hour.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[serde(default, deny_unknown_fields)]
#[cbor(map)]
pub struct ScalePolicy {
    /// Fewest agents.
    #[n(0)]
    pub min: u32,
    /// Most agents.
    #[n(1)]
    pub max: u32,
    /// How much of their slots should be in use, in thousandths; for [`super::Agents::advise`].
    #[n(2)]
    pub target_permille: u32,
    /// How it grows.
    #[n(3)]
    pub up: Direction,
    /// How it shrinks.
    #[n(4)]
    pub down: Direction,
    /// Most changes within an hour; 0 stands for no limit.
    #[n(5)]
    pub changes_per_hour: u32,
    /// A rise by more than this share of the agents, in thousandths, needs no budget, and neither do the steps that follow
    /// it within a minute.
    #[n(6)]
    pub urgent_permille: u32,
}

impl Default for ScalePolicy {
    fn default() -> Self {
        let percent = Step::Percent { percent: 100, period_ms: 15_000 };
        let agents = Step::Agents { agents: 4, period_ms: 15_000 };
        Self {
            min: 1,
            max: 10,
            target_permille: 800,
            up: Direction { steps: vec![percent, agents], ..Direction::default() },
            down: Direction { window_ms: 300_000, steps: vec![percent], ..Direction::default() },
            changes_per_hour: 4,
            urgent_permille: 500,
        }
    }
}

/// How a pool changes in one direction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[serde(default, deny_unknown_fields)]
#[cbor(map)]
pub struct Direction {
    /// A ratio of load to target this near to 1 changes nothing. Parts per million, default 100 000.
    #[n(0)]
    pub tolerance_ppm: u32,
    /// How far back recommendations count, in milliseconds, at most an hour. Default 0 up, 300 000 down.
    #[n(1)]
    pub window_ms: u64,
    /// How much it may change; without any, as much as it likes. At most 8.
    #[n(2)]
    pub steps: Vec<Step>,
    /// Which of the steps counts. Default the largest.
    #[n(3)]
    pub select: Select,
}

impl Default for Direction {
    fn default() -> Self {
        Self { tolerance_ppm: 100_000, window_ms: 0, steps: Vec::new(), select: Select::Max }
    }
}

/// How much a pool may change in a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Step {
    /// By so many agents.
    #[n(0)]
    Agents {
        /// How many.
        #[n(0)]
        agents: u32,
        /// In how many milliseconds, at most an hour.
        #[n(1)]
        period_ms: u64,
    },
    /// By a share of those there were at the period's beginning.
    #[n(1)]
    Percent {
        /// How much, in hundredths.
        #[n(0)]
        percent: u32,
        /// In how many milliseconds, at most an hour.
        #[n(1)]
        period_ms: u64,
    },
}

/// Which of several steps counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[serde(rename_all = "snake_case")]
pub enum Select {
    /// The one that allows most.
    #[default]
    #[n(0)]
    Max,
    /// The one that allows least.
    #[n(1)]
    Min,
    /// None: it does not change in this direction.
    #[n(2)]
    Disabled,
}

/// What is measured of a pool.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Load {
    /// The sum of what the measured agents bear, in any unit; `None` if it could not be measured.
    pub total: Option<u64>,
    /// What one agent should bear, in the same unit. At least 1.
    pub target: u64,
    /// Agents that are ready and measured.
    pub ready: u32,
    /// Agents that are not ready yet: taken to bear nothing when the pool would grow.
    pub not_ready: u32,
    /// Agents that are ready and not measured: taken to bear nothing when it would grow, and their target when it would
    /// shrink.
    pub missing: u32,
}

/// What held a pool back from what its load asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
pub enum Because {
    /// The load asked for this.
    #[n(0)]
    Load,
    /// The load is near enough to its target.
    #[n(1)]
    Tolerance,
    /// Something could not be measured, and what could would make the pool shrink.
    #[n(2)]
    Unmeasured,
    /// Not for long enough.
    #[n(3)]
    Window,
    /// Not that fast.
    #[n(4)]
    Step,
    /// It does not change in this direction.
    #[n(5)]
    Disabled,
    /// It has its least or its greatest size.
    #[n(6)]
    Bounds,
    /// It has changed too often within the hour.
    #[n(7)]
    Budget,
    /// It is paused, or has no agents at all and nothing waits for any.
    #[n(8)]
    Paused,
}

/// How many agents a pool should have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[must_use]
pub struct Advice {
    /// So many. Asking for an advice means to follow it: it counts as a change if it differs.
    pub agents: u32,
    /// So many would fit the load.
    pub wanted: u32,
    /// Why the two differ, or why nothing changes.
    pub because: Because,
}

/// How many agents a pool should have, and what was advised, so that the next advice does not contradict it.
///
/// ```
/// use reynolds::{Timestamp, agents::{Load, ScalePolicy, Scaler}};
///
/// let mut scaler = Scaler::new(ScalePolicy { max: 20, ..ScalePolicy::default() })?;
/// let each = |tasks: u64, agents: u32| [Load { total: Some(tasks * u64::from(agents)), target: 5, ready: agents, ..Load::default() }];
/// assert_eq!(scaler.advise(Timestamp(0), 3, &each(10, 3)).agents, 6);       // twice the target on each: twice as many
/// assert_eq!(scaler.advise(Timestamp(60_000), 6, &each(1, 6)).agents, 6);   // not down again within five minutes ...
/// assert_eq!(scaler.advise(Timestamp(400_000), 6, &each(1, 6)).agents, 2);  // ... and then, as little is still to do
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Scaler {
    #[n(0)]
    policy: ScalePolicy,
    #[n(1)]
    paused: bool,
    #[n(2)]
    now: Timestamp,
    #[n(3)]
    recommended: Vec<(Timestamp, u32)>,
    #[n(4)]
    changes: Vec<Change>,
    /// It has nothing to do, and its size is as it should be: until something happens it is not looked at.
    #[n(5)]
    at_rest: bool,
    /// What was said last, if it is still so.
    #[n(6)]
    told: Option<pool::Told>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
struct Change {
    #[n(0)]
    at: Timestamp,
    #[n(1)]
    up: u32,
    #[n(2)]
    down: u32,
    #[n(3)]
    urgent: bool,
}

impl ScalePolicy {
    /// Is it within its limits?
    ///
    /// # Errors
    ///
    /// [`AgentError::OutOfRange`] names the field.
    pub fn validate(&self) -> Result<(), AgentError> {
        let check = |holds, field, value, expected| {
            if holds { Ok(()) } else { Err(AgentError::OutOfRange { field, value, expected }) }
        };
        check(self.max >= self.min && self.max <= ALL_PPM, "max", self.max.into(), "min to 1 000 000")?;
        let target = self.target_permille;
        check((1..=1_000_000).contains(&target), "target_permille", target.into(), "1 to 1 000 000")?;
        for direction in [&self.up, &self.down] {
            let tolerance = direction.tolerance_ppm;
            check(tolerance <= ALL_PPM, "tolerance_ppm", tolerance.into(), "at most 1 000 000")?;
            check(direction.window_ms <= HOUR_MS, "window_ms", direction.window_ms, "at most an hour")?;
            check(direction.steps.len() <= 8, "steps", direction.steps.len() as u64, "at most 8")?;
            for step in &direction.steps {
                let (Step::Agents { agents: value, period_ms } | Step::Percent { percent: value, period_ms }) = *step;
                check((1..=HOUR_MS).contains(&period_ms), "period_ms", period_ms, "1 ms to an hour")?;
                check((1..=ALL_PPM).contains(&value), "agents, percent", value.into(), "1 to 1 000 000")?;
            }
        }
        Ok(())
    }
}

impl Scaler {
    /// Nothing was advised yet.
    ///
    /// # Errors
    ///
    /// [`AgentError::OutOfRange`] for a policy that can not be used.
    pub fn new(policy: ScalePolicy) -> Result<Self, AgentError> {
        policy.validate()?;
        let (now, recommended, changes) = (Timestamp(0), Vec::new(), Vec::new());
        Ok(Self { policy, paused: false, now, recommended, changes, at_rest: false, told: None })
    }

    /// The policy.
    #[must_use]
    pub fn policy(&self) -> &ScalePolicy {
        &self.policy
    }

    /// Changes the policy; what was advised stays in memory.
    ///
    /// # Errors
    ///
    /// [`AgentError::OutOfRange`] for a policy that can not be used.
    pub fn set_policy(&mut self, policy: ScalePolicy) -> Result<(), AgentError> {
        policy.validate()?;
        if self.policy != policy {
            self.stir();
        }
        self.policy = policy;
        Ok(())
    }

    /// While paused, the advice is what there is.
    pub fn pause(&mut self, paused: bool) {
        self.paused = paused;
        self.stir();
    }

    /// How many agents there should be, where there are `current`. With several loads, the largest number counts.
    pub fn advise(&mut self, now: Timestamp, current: u32, loads: &[Load]) -> Advice {
        self.now = self.now.max(now);
        let ScalePolicy { min, max, .. } = self.policy;
        // No agents at all where there should be some: somebody switched the pool off.
        if self.paused || (current == 0 && min > 0) {
            return Advice { agents: current, wanted: current, because: Because::Paused };
        }
        if current < min || current > max {
            return self.change(
                current,
                Advice { agents: current.clamp(min, max), wanted: current, because: Because::Bounds },
            );
        }
        let (wanted, because) = self.wanted(current, loads);
        let stable = self.stabilise(current, wanted);
        let (stepped, limit) = self.step(current, stable);
        let bound = stepped.clamp(min, max);
        let because = match () {
            () if wanted == current => because,
            () if bound == wanted => Because::Load,
            () if stable != wanted && stable == current => Because::Window,
            () if bound != stepped => Because::Bounds,
            () if stepped != stable => limit,
            () => Because::Window,
        };
        if bound != current && self.is_over_budget(current, bound) {
            return Advice { agents: current, wanted, because: Because::Budget };
        }
        self.change(current, Advice { agents: bound, wanted, because })
    }

    /// Of the agents that were to go, only so many could be spared: the rest was no change.
    fn spared(&mut self, agents: u32) {
        match self.changes.last_mut() {
            Some(change) if agents > 0 => change.down = agents,
            _ => drop(self.changes.pop()),
        }
    }

    fn change(&mut self, current: u32, advice: Advice) -> Advice {
        let (up, down) = (advice.agents.saturating_sub(current), current.saturating_sub(advice.agents));
        if up > 0 || down > 0 {
            let urgent = self.is_urgent(current, advice.agents);
            self.changes.push(Change { at: self.now, up, down, urgent });
        }
        let now = self.now;
        self.changes.retain(|change| now.since_ms(change.at) < HOUR_MS);
        if self.changes.len() > MOST_RECOMMENDED {
            self.changes.remove(0);
        }
        advice
    }

    /// What the loads ask for.
    fn wanted(&self, current: u32, loads: &[Load]) -> (u32, Because) {
        let mut most: Option<u32> = None;
        let mut unmeasured = false;
        for load in loads {
            match self.wanted_by(current, load) {
                Some(wanted) => most = Some(most.map_or(wanted, |most| most.max(wanted))),
                None => unmeasured = true,
            }
        }
        match most {
            None => (current, Because::Unmeasured),
            Some(wanted) if unmeasured && wanted < current => (current, Because::Unmeasured),
            Some(wanted) => (wanted, Because::Tolerance),
        }
    }

    fn wanted_by(&self, current: u32, load: &Load) -> Option<u32> {
        let (total, target) = (u128::from(load.total?), u128::from(load.target.max(1)));
        if load.ready == 0 {
            return None;
        }
        let ready = u128::from(load.ready);
        let grows = total > ready * target;
        let (mut bearers, mut borne) = (ready, total);
        bearers += u128::from(load.missing);
        if !grows {
            borne += u128::from(load.missing) * target;
        } else if load.not_ready > 0 {
            bearers += u128::from(load.not_ready);
        }
        let ratio_grows = borne > bearers * target;
        if self.is_near(borne, bearers * target) || (grows != ratio_grows && borne != bearers * target) {
            return Some(current);
        }
        let wanted = u32::try_from(borne.div_ceil(target)).unwrap_or(u32::MAX);
        // An agent that is neither ready nor counted must not turn a rise into a fall.
        Some(if ratio_grows == (wanted >= current) || wanted == current { wanted } else { current })
    }

    fn is_near(&self, borne: u128, aim: u128) -> bool {
        let one = u128::from(ALL_PPM);
        let (up, down) = (u128::from(self.policy.up.tolerance_ppm), u128::from(self.policy.down.tolerance_ppm));
        borne * one <= aim * (one + up) && borne * one >= aim * (one - down.min(one))
    }

    /// The least rise and the least fall that were wanted within the windows.
    fn stabilise(&mut self, current: u32, wanted: u32) -> u32 {
        let (now, up, down) = (self.now, self.policy.up.window_ms, self.policy.down.window_ms);
        if self.recommended.is_empty() {
            self.recommended.push((now, current));
        }
        let (mut rise, mut fall) = (wanted, wanted);
        for (at, recommended) in &self.recommended {
            if now.since_ms(*at) < up {
                rise = rise.min(*recommended);
            }
            if now.since_ms(*at) < down {
                fall = fall.max(*recommended);
            }
        }
        self.recommended.retain(|(at, _)| now.since_ms(*at) < up.max(down).max(1));
        if self.recommended.len() >= MOST_RECOMMENDED {
            self.recommended.remove(0);
        }
        self.recommended.push((now, wanted));
        current.max(rise).min(fall)
    }

    /// As far towards the aim as the steps allow, and what stopped it.
    fn step(&self, current: u32, aim: u32) -> (u32, Because) {
        let up = aim > current;
        let direction = if up { &self.policy.up } else { &self.policy.down };
        if direction.select == Select::Disabled {
            return (current, Because::Disabled);
        }
        let limits = direction.steps.iter().map(|step| self.limit(current, up, step));
        let most = match (direction.select == Select::Max, up) {
            (true, true) | (false, false) => limits.max(),
            (true, false) | (false, true) => limits.min(),
        };
        let stepped = match most {
            None => aim,
            Some(limit) if up => aim.min(limit.max(current)),
            Some(limit) => aim.max(limit.min(current)),
        };
        (stepped, Because::Step)
    }

    /// How far one step goes, from what there was at the beginning of its period.
    fn limit(&self, current: u32, up: bool, step: &Step) -> u32 {
        let (Step::Agents { period_ms, .. } | Step::Percent { period_ms, .. }) = *step;
        let recent = self.changes.iter().filter(|change| self.now.since_ms(change.at) < period_ms);
        let (added, removed) =
            recent.fold((0_u64, 0_u64), |sum, c| (sum.0 + u64::from(c.up), sum.1 + u64::from(c.down)));
        let before = (u64::from(current) + removed).saturating_sub(added);
        let limit = match (*step, up) {
            (Step::Agents { agents, .. }, true) => before + u64::from(agents),
            (Step::Agents { agents, .. }, false) => before.saturating_sub(agents.into()),
            (Step::Percent { percent, .. }, true) => (before * (100 + u64::from(percent))).div_ceil(100),
            (Step::Percent { percent, .. }, false) => before * 100_u64.saturating_sub(percent.into()) / 100,
        };
        u32::try_from(limit).unwrap_or(u32::MAX)
    }

    /// A rise by much, or what is left of one that has begun.
    fn is_urgent(&self, current: u32, aim: u32) -> bool {
        let rise = u64::from(aim.saturating_sub(current)) * 1000;
        let goes_on = |last: &Change| last.urgent && self.now.since_ms(last.at) <= GOES_ON_MS;
        rise > u64::from(current) * u64::from(self.policy.urgent_permille)
            || (rise > 0 && self.changes.last().is_some_and(goes_on))
    }

    fn is_over_budget(&self, current: u32, aim: u32) -> bool {
        let recent = self.changes.iter().filter(|change| self.now.since_ms(change.at) < HOUR_MS).count();
        let budget = self.policy.changes_per_hour;
        budget > 0 && recent >= budget as usize && !self.is_urgent(current, aim)
    }

    pub(super) fn check(&self) -> Result<(), &'static str> {
        if self.policy.validate().is_err() {
            return Err("a policy is within its limits");
        }
        let agents = self.recommended.iter().map(|(_, n)| *n).chain(self.changes.iter().map(|c| c.up.max(c.down)));
        if self.recommended.len().max(self.changes.len()) > MOST_RECOMMENDED + 1 || agents.max() == Some(u32::MAX) {
            return Err("what was advised is bounded");
        }
        Ok(())
    }
}
