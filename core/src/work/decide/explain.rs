//! What a decision says about itself.

use alloc::{string::String, vec::Vec};

use serde::{Deserialize, Serialize};

use crate::{text::Text, work::order::Sources};

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// Hand the parts out.
    Orchestrate,
    /// Do it in one go.
    Direct,
}

/// What decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Why {
    /// A hard rule.
    Forced {
        /// Which one.
        reason: Text,
    },
    /// Time, cost and risk of both.
    CostModel,
    /// The fixed matrix.
    Matrix {
        /// The conditions that do not hold; none if it says to orchestrate.
        unmet: Vec<Text>,
    },
}

/// A decision with its reasons. Times in milliseconds, ratios in parts per million, money in micro-units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explanation {
    /// What to do.
    pub decision: Choice,
    /// What decided.
    pub why: Why,
    /// In one go.
    pub t_direct_ms: u64,
    /// Handed out: the list schedule, and what taking apart and putting together adds.
    pub t_orch_ms: u64,
    /// No schedule is faster.
    pub t_lo_ms: u64,
    /// No schedule that leaves no agent idle while a task is ready is slower.
    pub t_hi_ms: u64,
    /// The work of all parts, with retries, dispatch and hand-over.
    pub work_ms: u64,
    /// The heaviest way through them.
    pub span_ms: u64,
    /// Work over span: more agents than that are of no use.
    pub parallelism_ppm: u64,
    /// Agents counted on. With none the times are those of one.
    pub agents: u32,
    /// What handing out adds, all parts together.
    pub overhead: Totals,
    /// Expected attempts times expected time over expected time.
    pub retry_inflation_ppm: u64,
    /// Direct time over orchestrated time.
    pub speedup_ppm: u64,
    /// Work over agents times orchestrated time.
    pub efficiency_ppm: u64,
    /// The parts of the heaviest way, in order.
    pub critical_path: Vec<Text>,
    /// What orchestrating is worth, in micro-units: time saved less cost and risk. Above 0 for it.
    pub utility: i64,
    /// What orchestrating costs more.
    pub cost_delta: i64,
    /// How likely everything succeeds in one go.
    pub success_direct_ppm: u32,
    /// How likely everything succeeds handed out.
    pub success_orch_ppm: u32,
    /// The share of 64 draws of the estimates that give the same decision. 1,000,000 where estimates do not matter.
    pub confidence_ppm: u32,
    /// Where the estimates come from.
    pub estimates: Sources,
    /// The fewest agents that take at most 5 % longer than one agent per part.
    pub optimal_agents: u32,
    /// What would change the decision, each alone. Empty if a rule decided.
    pub flips_if: Vec<Flip>,
}

/// What handing out adds, in milliseconds, all parts together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// Taking the task apart.
    pub decompose_ms: u64,
    /// Handing parts out.
    pub dispatch_ms: u64,
    /// Handing results over.
    pub transfer_ms: u64,
    /// Putting the results together.
    pub aggregate_ms: u64,
}

/// An input of the decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Knob {
    /// `agents`.
    Agents,
    /// `overhead.decompose_ms`.
    Decompose,
    /// `overhead.dispatch_ms`.
    Dispatch,
    /// `overhead.transfer_ms`.
    Transfer,
    /// `overhead.aggregate_ms`.
    Aggregate,
    /// All estimates times this, in parts per million.
    Durations,
    /// The success of every part handed out, at most this, in parts per million.
    Success,
}

/// On which side of its value an input changes the decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FlipWhen {
    /// Below it.
    Below,
    /// Above it.
    Above,
}

/// A change that would turn the decision, all else as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flip {
    /// Which input.
    pub input: Knob,
    /// On which side.
    pub when: FlipWhen,
    /// The last value, in the input's unit, with which the decision stays as it is. The next one turns it.
    pub value: u64,
    /// The same in words: `agents < 2`, `dispatch > 14 s`.
    pub text: String,
}
