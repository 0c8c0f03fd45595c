//! What a decision is asked about.

use alloc::{collections::BTreeMap, format, string::String, vec::Vec};
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::text::Text;

/// Most subtasks of one request.
pub(super) const TASKS: u32 = 100_000;
/// Longest time of one thing: about 31 years. Sums of all tasks and attempts stay below 2^63.
pub(super) const MS: u64 = 1_000_000_000_000;
/// Most attempts.
pub(super) const ATTEMPTS: u32 = 16;
/// Most agents.
pub(super) const AGENTS: u32 = 1_000_000;
/// Largest sum of money, and of value.
pub(super) const MONEY: i64 = 1 << 53;

/// A task taken apart, and what is known of doing it either way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Request {
    /// The parts. At most 100,000.
    pub tasks: Vec<Subtask>,
    /// Agents that are free and may do them. At most 1,000,000.
    pub agents: u32,
    /// What handing out costs in time.
    pub overhead: Overhead,
    /// Attempts at each part that is handed out, 1 to 16. Default 3.
    pub max_attempts: u32,
    /// Doing all of it in one go.
    pub direct: Direct,
    /// What a millisecond less is worth, in micro-units of cost. Default 1.
    pub value_per_ms: u64,
    /// What handing out costs, in micro-units (tokens, agent time). Default 0.
    pub cost_orchestrated: i64,
    /// What a failure costs, in micro-units. Default 0: only time and cost count.
    pub risk: u64,
    /// A hard rule that decides alone: several skills are needed, a security boundary is crossed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub force: Option<Force>,
    /// How to decide. Default: by the cost model.
    pub policy: Policy,
    /// What tasks of a class took so far, for those without an estimate.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub class_means_ms: BTreeMap<Text, u64>,
    /// The estimate where nobody knows anything. Default 60,000.
    pub assumed_ms: u64,
    /// How far estimates are off: the standard deviation of their logarithm, in parts per million, at most 3,000,000.
    /// Default 500,000: two of three are between 0.6 and 1.6 times the estimate.
    pub noise_ppm: u32,
    /// For the draws behind the confidence. The same request gives the same answer.
    pub seed: u64,
}

impl Default for Request {
    fn default() -> Self {
        Self {
            tasks: Vec::new(),
            agents: 0,
            overhead: Overhead::default(),
            max_attempts: 3,
            direct: Direct::default(),
            value_per_ms: 1,
            cost_orchestrated: 0,
            risk: 0,
            force: None,
            policy: Policy::CostModel,
            class_means_ms: BTreeMap::new(),
            assumed_ms: 60_000,
            noise_ppm: 500_000,
            seed: 0,
        }
    }
}

/// One part.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subtask {
    /// Its name, unique in the request.
    pub id: Text,
    /// The parts that must be done before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<Text>,
    /// How long one attempt takes. Without it, the mean of its class, else of all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub estimate_ms: Option<u64>,
    /// What kind of task it is, for the mean.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<Text>,
    /// How likely one attempt succeeds, in parts per million. Default 1,000,000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub success_ppm: Option<u32>,
}

/// What handing out costs in time, in milliseconds. All default to 0.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Overhead {
    /// Taking the task apart, once.
    pub decompose_ms: u64,
    /// Handing a part to an agent, each.
    pub dispatch_ms: u64,
    /// Giving the result of a part to one that needs it, each edge.
    pub transfer_ms: u64,
    /// Putting the results together, once.
    pub aggregate_ms: u64,
}

/// Doing all of it in one go: one part after the other, no dispatch, no hand-over.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Direct {
    /// How much longer each part takes because everything is in one context, in parts per million. Default 0.
    pub context_ppm: u32,
    /// How likely an attempt at a part succeeds. Default: as when it is handed out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub success_ppm: Option<u32>,
    /// Attempts at each part, at most 16. 0, the default: as many as when it is handed out. 1: none is repeated.
    pub max_attempts: u32,
    /// What it costs, in micro-units. Default 0.
    pub cost: i64,
}

/// A rule that decides alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Force {
    /// Hand it out.
    Orchestrate {
        /// Which rule, in words.
        reason: Text,
    },
    /// Do it in one go.
    Direct {
        /// Which rule, in words.
        reason: Text,
    },
}

/// How to decide.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Policy {
    /// By the time, cost and risk of both.
    #[default]
    CostModel,
    /// The fixed matrix, for compatibility: more than 3 independent parts, similarity above 0.8, potential above 0.6, and
    /// resources available. It knows neither durations nor overheads; prefer the cost model.
    Matrix {
        /// How alike this is to what went well before, in parts per million.
        similarity_ppm: u32,
        /// How much can be done at once, in parts per million. Without it, `1 - span / work`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        potential_ppm: Option<u32>,
        /// Independent parts. Without it, those that need nothing.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        independent: Option<u32>,
        /// Are there agents? Without it, if any is free.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        resources_available: Option<bool>,
    },
}

/// A request that can not be decided.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecideError {
    /// Too many parts.
    #[error("`tasks` has {len} entries, the limit is {limit}; decide about larger parts")]
    TooMany {
        /// How many.
        len: u64,
        /// The limit.
        limit: u32,
    },
    /// Two parts have one name.
    #[error("two tasks are called `{id}`; give each its own id")]
    Duplicate {
        /// The name.
        id: Text,
    },
    /// A part needs one that does not exist.
    #[error("task `{task}` needs `{need}`, which does not exist; add it or remove the need")]
    UnknownNeed {
        /// The part.
        task: Text,
        /// What it needs.
        need: Text,
    },
    /// Parts that wait for each other, or one that needs itself.
    #[error("a cycle: {}; remove one of these needs", Arrows(path))]
    Cycle {
        /// The parts, each needed by the next, the last by the first.
        path: Vec<Text>,
    },
    /// More needs than a graph may have edges.
    #[error("{reason}")]
    Graph {
        /// What is wrong.
        reason: String,
    },
    /// A number is out of range.
    #[error("`{field}` is {value}, it must be {expected}")]
    OutOfRange {
        /// Which one.
        field: String,
        /// Its value.
        value: i128,
        /// What it may be.
        expected: String,
    },
}

struct Arrows<'a>(&'a [Text]);

impl fmt::Display for Arrows<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for id in self.0.iter().take(16) {
            write!(f, "{id} -> ")?;
        }
        if self.0.len() > 16 {
            write!(f, "... {} more -> ", self.0.len() - 16)?;
        }
        f.write_str(self.0.first().map_or("", Text::as_str))
    }
}

impl Request {
    /// Are all numbers in range?
    pub(super) fn check(&self) -> Result<(), DecideError> {
        if self.tasks.len() > TASKS as usize {
            return Err(DecideError::TooMany { len: self.tasks.len() as u64, limit: TASKS });
        }
        let money = i128::from(MONEY);
        let overhead = &self.overhead;
        let fields: [(&str, i128, i128, i128); 15] = [
            ("agents", self.agents.into(), 0, AGENTS.into()),
            ("max_attempts", self.max_attempts.into(), 1, ATTEMPTS.into()),
            ("overhead.decompose_ms", overhead.decompose_ms.into(), 0, MS.into()),
            ("overhead.dispatch_ms", overhead.dispatch_ms.into(), 0, MS.into()),
            ("overhead.transfer_ms", overhead.transfer_ms.into(), 0, MS.into()),
            ("overhead.aggregate_ms", overhead.aggregate_ms.into(), 0, MS.into()),
            ("direct.context_ppm", self.direct.context_ppm.into(), 0, 100_000_000),
            ("direct.success_ppm", self.direct.success_ppm.unwrap_or(0).into(), 0, 1_000_000),
            ("direct.max_attempts", self.direct.max_attempts.into(), 0, ATTEMPTS.into()),
            ("direct.cost", self.direct.cost.into(), -money, money),
            ("cost_orchestrated", self.cost_orchestrated.into(), -money, money),
            ("value_per_ms", self.value_per_ms.into(), 0, money),
            ("risk", self.risk.into(), 0, money),
            ("assumed_ms", self.assumed_ms.into(), 0, MS.into()),
            ("noise_ppm", self.noise_ppm.into(), 0, 3_000_000),
        ];
        for (field, value, lowest, highest) in fields {
            within(|| field.into(), value, lowest, highest)?;
        }
        for (class, ms) in &self.class_means_ms {
            within(|| format!("class_means_ms.{class}"), i128::from(*ms), 0, MS.into())?;
        }
        for task in &self.tasks {
            within(|| format!("tasks.{}.estimate_ms", task.id), task.estimate_ms.unwrap_or(0).into(), 0, MS.into())?;
            let success = i128::from(task.success_ppm.unwrap_or(0));
            within(|| format!("tasks.{}.success_ppm", task.id), success, 0, 1_000_000)?;
        }
        Ok(())
    }
}

fn within(field: impl FnOnce() -> String, value: i128, lowest: i128, highest: i128) -> Result<(), DecideError> {
    if (lowest..=highest).contains(&value) {
        return Ok(());
    }
    Err(DecideError::OutOfRange { field: field(), value, expected: format!("{lowest} to {highest}") })
}
