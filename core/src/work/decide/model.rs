//! The times of both ways, for any setting of the inputs.

use alloc::{
    collections::{BTreeMap, btree_map::Entry},
    string::ToString,
    vec::Vec,
};

use super::{
    explain::Choice,
    ratio_ppm,
    request::{DecideError, Request},
};
use crate::{
    text::Text,
    work::{
        graph::{Graph, GraphError, GraphLimits},
        order::{Durations, Sources},
        simulate::{ONE_PPM, makespan},
    },
};

/// Above this many parts the draws and flips use the lower bound instead of a schedule.
const PLAYED: u32 = 2000;

/// The inputs that a flip turns.
#[derive(Debug, Clone, Copy)]
pub(super) struct Knobs {
    pub agents: u64,
    pub decompose_ms: u64,
    pub dispatch_ms: u64,
    pub transfer_ms: u64,
    pub aggregate_ms: u64,
    pub durations_ppm: u64,
    pub success_ppm: u64,
}

impl Knobs {
    pub(super) fn of(request: &Request) -> Self {
        Self {
            agents: request.agents.into(),
            decompose_ms: request.overhead.decompose_ms,
            dispatch_ms: request.overhead.dispatch_ms,
            transfer_ms: request.overhead.transfer_ms,
            aggregate_ms: request.overhead.aggregate_ms,
            durations_ppm: ONE_PPM,
            success_ppm: ONE_PPM,
        }
    }
}

#[derive(Debug)]
pub(super) struct Times {
    pub direct_ms: u64,
    pub orch_ms: u64,
    pub lo_ms: u64,
    pub hi_ms: u64,
    pub work_ms: u64,
    pub span_ms: u64,
    pub weights_ms: Vec<u64>,
    pub success_direct_ppm: u32,
    pub success_orch_ppm: u32,
}

pub(super) struct Model<'a> {
    request: &'a Request,
    pub graph: Graph,
    pub expected_ms: Vec<u64>,
    pub sources: Sources,
}

impl<'a> Model<'a> {
    pub(super) fn new(request: &'a Request) -> Result<Self, DecideError> {
        request.check()?;
        let graph = graph(request)?;
        let (expected_ms, sources) = estimates(request);
        Ok(Self { request, graph, expected_ms, sources })
    }

    fn success(&self, task: usize) -> u64 {
        self.request.tasks[task].success_ppm.map_or(ONE_PPM, u64::from)
    }

    /// Both ways with these inputs. Without `play`, large requests are not scheduled: `orch_ms` is `lo_ms`.
    pub(super) fn times(&self, knobs: &Knobs, expected_ms: &[u64], play: bool) -> Times {
        let request = self.request;
        let attempts = request.max_attempts;
        let direct_attempts = if request.direct.max_attempts == 0 { attempts } else { request.direct.max_attempts };
        let context = ONE_PPM + u64::from(request.direct.context_ppm);
        let mut times = Times {
            direct_ms: 0,
            orch_ms: 0,
            lo_ms: 0,
            hi_ms: 0,
            work_ms: 0,
            span_ms: 0,
            weights_ms: Vec::with_capacity(expected_ms.len()),
            success_direct_ppm: 0,
            success_orch_ppm: 0,
        };
        let (mut success_direct, mut success_orch) = (CERTAIN, CERTAIN);
        for (number, (task, ms)) in (0..).zip(expected_ms.iter().enumerate()) {
            let ms = share(*ms, knobs.durations_ppm);
            let own = self.success(task).min(knobs.success_ppm);
            let direct = request.direct.success_ppm.map_or(self.success(task), u64::from);
            let needs = u64::from(self.graph.need_count(number));
            let weight = share(ms, tries_ppm(own, attempts))
                .saturating_add(knobs.dispatch_ms)
                .saturating_add(knobs.transfer_ms.saturating_mul(needs));
            times.weights_ms.push(weight);
            times.work_ms = times.work_ms.saturating_add(weight);
            let in_one_go = share(share(ms, tries_ppm(direct, direct_attempts)), context);
            times.direct_ms = times.direct_ms.saturating_add(in_one_go);
            success_orch = success_orch * u128::from(ONE_PPM - all_fail_ppm(own, attempts)) / u128::from(ONE_PPM);
            let fails = all_fail_ppm(direct, direct_attempts);
            success_direct = success_direct * u128::from(ONE_PPM - fails) / u128::from(ONE_PPM);
        }
        times.success_direct_ppm = to_ppm(success_direct);
        times.success_orch_ppm = to_ppm(success_orch);
        self.schedule(&mut times, knobs, play);
        times
    }

    fn schedule(&self, times: &mut Times, knobs: &Knobs, play: bool) {
        let agents = knobs.agents.max(1);
        let fixed = knobs.decompose_ms.saturating_add(knobs.aggregate_ms);
        times.span_ms = self.graph.span(&times.weights_ms);
        let lo = times.work_ms.div_ceil(agents).max(times.span_ms);
        let hi = (u128::from(times.work_ms) + u128::from(agents - 1) * u128::from(times.span_ms)) / u128::from(agents);
        times.lo_ms = fixed.saturating_add(lo);
        times.hi_ms = fixed.saturating_add(u64::try_from(hi).unwrap_or(u64::MAX));
        times.orch_ms = if play || self.graph.len() <= PLAYED {
            let agents = u32::try_from(agents).unwrap_or(u32::MAX);
            fixed.saturating_add(makespan(&self.graph, &times.weights_ms, agents))
        } else {
            times.lo_ms
        };
    }

    /// What orchestrating is worth.
    pub(super) fn utility(&self, times: &Times) -> i64 {
        let request = self.request;
        let saved = i128::from(times.direct_ms) - i128::from(times.orch_ms);
        let dearer = i128::from(request.cost_orchestrated) - i128::from(request.direct.cost);
        let riskier = i128::from(times.success_direct_ppm) - i128::from(times.success_orch_ppm);
        let utility = (i128::from(request.value_per_ms) * saved)
            .saturating_sub(dearer)
            .saturating_sub(i128::from(request.risk) * riskier / i128::from(ONE_PPM));
        let most = i128::from(super::request::MONEY);
        i64::try_from(utility.clamp(-most, most)).unwrap_or(0)
    }

    pub(super) fn choose(&self, knobs: &Knobs, times: &Times) -> Choice {
        let worth = knobs.agents > 0 && self.utility(times) > 0 && times.orch_ms < times.direct_ms;
        if worth { Choice::Orchestrate } else { Choice::Direct }
    }

    pub(super) fn choice(&self, knobs: &Knobs) -> Choice {
        self.choose(knobs, &self.times(knobs, &self.expected_ms, false))
    }

    /// The fewest agents within 5 % of one agent per part.
    pub(super) fn optimal_agents(&self, knobs: &Knobs) -> u32 {
        let orch_ms = |agents: u32| {
            let knobs = Knobs { agents: agents.into(), ..*knobs };
            self.times(&knobs, &self.expected_ms, false).orch_ms
        };
        let (mut enough, mut few) = (self.graph.len(), 0);
        let wanted = orch_ms(enough.max(1));
        let wanted = wanted.saturating_add(wanted / 20);
        while few + 1 < enough {
            let middle = few + (enough - few) / 2;
            if orch_ms(middle) <= wanted { enough = middle } else { few = middle }
        }
        enough
    }

    pub(super) fn retry_inflation_ppm(&self, knobs: &Knobs) -> u64 {
        let (mut once, mut tried) = (0_u64, 0_u64);
        for (task, ms) in self.expected_ms.iter().enumerate() {
            let success = self.success(task).min(knobs.success_ppm);
            once = once.saturating_add(*ms);
            tried = tried.saturating_add(share(*ms, tries_ppm(success, self.request.max_attempts)));
        }
        if once == 0 { ONE_PPM } else { ratio_ppm(tried, once) }
    }

    pub(super) fn names(&self, tasks: &[u32]) -> Vec<Text> {
        tasks.iter().map(|&task| self.request.tasks[task as usize].id.clone()).collect()
    }
}

/// Probabilities of everything, in millionths of a part per million, so that many factors stay exact enough.
const CERTAIN: u128 = 1_000_000_000_000;

fn to_ppm(probability: u128) -> u32 {
    u32::try_from(probability / u128::from(ONE_PPM)).unwrap_or(0)
}

/// `ms` times a factor in parts per million, rounded to the nearest.
fn share(ms: u64, ppm: u64) -> u64 {
    let scaled = (u128::from(ms) * u128::from(ppm) + u128::from(ONE_PPM / 2)) / u128::from(ONE_PPM);
    u64::try_from(scaled).unwrap_or(u64::MAX)
}

/// How likely all attempts fail.
fn all_fail_ppm(success_ppm: u64, attempts: u32) -> u64 {
    let fails = ONE_PPM - success_ppm.min(ONE_PPM);
    (0..attempts).fold(ONE_PPM, |all, _| all * fails / ONE_PPM)
}

/// Expected attempts until one succeeds, or all have failed.
fn tries_ppm(success_ppm: u64, attempts: u32) -> u64 {
    let succeeds = (ONE_PPM - all_fail_ppm(success_ppm, attempts)) * ONE_PPM;
    succeeds.checked_div(success_ppm).unwrap_or(u64::from(attempts) * ONE_PPM)
}

fn graph(request: &Request) -> Result<Graph, DecideError> {
    let mut numbers = BTreeMap::new();
    for (number, task) in (0_u32..).zip(&request.tasks) {
        if numbers.insert(task.id.as_str(), number).is_some() {
            return Err(DecideError::Duplicate { id: task.id.clone() });
        }
    }
    let mut edges = Vec::new();
    for (number, task) in (0..).zip(&request.tasks) {
        for need in &task.needs {
            match numbers.get(need.as_str()) {
                Some(&need) => edges.push((need, number)),
                None => return Err(DecideError::UnknownNeed { task: task.id.clone(), need: need.clone() }),
            }
        }
    }
    let tasks = u32::try_from(request.tasks.len()).unwrap_or(u32::MAX);
    let name = |task: u32| request.tasks[task as usize].id.clone();
    Graph::build_within(&GraphLimits::default(), tasks, &edges).map_err(|error| match error {
        GraphError::Cycle { path } => DecideError::Cycle { path: path.into_iter().map(name).collect() },
        GraphError::SelfEdge { task, .. } => DecideError::Cycle { path: [name(task)].into() },
        other => DecideError::Graph { reason: other.to_string() },
    })
}

fn estimates(request: &Request) -> (Vec<u64>, Sources) {
    let mut classes: BTreeMap<&str, u32> = BTreeMap::new();
    let (mut given, mut numbers, mut from_history) = (Vec::new(), Vec::new(), 0);
    for (own, task) in (0_u32..).zip(&request.tasks) {
        // Without a class it is alone in one: numbers of tasks are not repeated.
        let number = match task.class.as_ref().map(|class| classes.entry(class)) {
            None => own,
            Some(Entry::Occupied(entry)) => *entry.get(),
            Some(Entry::Vacant(entry)) => *entry.insert(own),
        };
        numbers.push(number);
        let history = task.class.as_ref().and_then(|class| request.class_means_ms.get(class)).copied();
        from_history += u32::from(task.estimate_ms.is_none() && history.is_some());
        given.push(task.estimate_ms.or(history));
    }
    let mut filled = Durations::fill(&given, &numbers, request.assumed_ms);
    filled.sources.given -= from_history;
    filled.sources.class_mean += from_history;
    (filled.ms, filled.sources)
}
