//! Hand a task out in parts, or do it in one go?

mod draw;
mod explain;
mod flip;
mod model;
mod request;

use alloc::{vec, vec::Vec};

pub use explain::{Choice, Explanation, Flip, FlipWhen, Knob, Totals, Why};
pub use request::{DecideError, Direct, Force, Overhead, Policy, Request, Subtask};

use model::{Knobs, Model};

use super::simulate::ONE_PPM;

/// Draws of the estimates behind [`Explanation::confidence_ppm`].
const DRAWS: u32 = 64;

/// Hand a task out in parts, or do it in one go? Decides, and says why: worked out from what both would take, never from a list of
/// keywords.
///
/// With `e` the expected times, `o` the dispatch of a task, `x` the hand-over along an edge, `d` and `g` for taking the
/// task apart and putting it together, `p` agents and `A` attempts:
///
/// ```text
/// w_i    = e_i E[attempts] + o + x needs_i          E[attempts] = (1 - (1 - p_i)^A) / p_i
/// W, S   = the sum and the heaviest way of w
/// T_lo   = d + g + max(W / p, S)                    T_hi = d + g + W / p + (1 - 1/p) S      (Graham, 1969)
/// T_orch = d + g + the list schedule of w by upward rank, always between the two
/// T_dir  = sum of e_i E[attempts] (1 + context)
/// U      = v (T_dir - T_orch) - (cost_orch - cost_dir) - risk (success_dir - success_orch)
/// ```
///
/// Orchestrate if `U > 0` and `T_orch < T_dir`. Everything is integers: milliseconds, parts per million, micro-units.
///
/// ```
/// use reynolds::work::{Choice, Overhead, Request, Subtask, decide};
///
/// let part = |id: &str| Subtask { id: id.into(), estimate_ms: Some(60_000), ..Subtask::default() };
/// let request = Request {
///     tasks: vec![part("api"), part("web")],
///     agents: 2,
///     overhead: Overhead { dispatch_ms: 5_000, ..Overhead::default() },
///     ..Request::default()
/// };
/// let answer = decide(&request)?;
/// assert_eq!((answer.t_direct_ms, answer.t_orch_ms), (120_000, 65_000));
/// assert_eq!(answer.decision, Choice::Orchestrate);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// It plays a few hundred schedules; above 2,000 tasks those for confidence and flips are replaced by their lower bound.
///
/// # Errors
/// All of [`DecideError`].
pub fn decide(request: &Request) -> Result<Explanation, DecideError> {
    let model = Model::new(request)?;
    let knobs = Knobs::of(request);
    let times = model.times(&knobs, &model.expected_ms, true);
    let (choice, why) = match (&request.force, &request.policy) {
        (Some(Force::Orchestrate { reason }), _) => (Choice::Orchestrate, Why::Forced { reason: reason.clone() }),
        (Some(Force::Direct { reason }), _) => (Choice::Direct, Why::Forced { reason: reason.clone() }),
        (None, Policy::CostModel) => (model.choose(&knobs, &times), Why::CostModel),
        (None, Policy::Matrix { .. }) => matrix(request, &model, &times),
    };
    // What is settled by a rule does not depend on the estimates.
    let by_cost = why == Why::CostModel;
    let p = u64::from(request.agents.max(1));
    Ok(Explanation {
        decision: choice,
        why,
        t_direct_ms: times.direct_ms,
        t_orch_ms: times.orch_ms,
        t_lo_ms: times.lo_ms,
        t_hi_ms: times.hi_ms,
        work_ms: times.work_ms,
        span_ms: times.span_ms,
        parallelism_ppm: ratio_ppm(times.work_ms, times.span_ms),
        agents: request.agents,
        overhead: Totals {
            decompose_ms: request.overhead.decompose_ms,
            dispatch_ms: request.overhead.dispatch_ms.saturating_mul(model.graph.len().into()),
            transfer_ms: request.overhead.transfer_ms.saturating_mul(model.graph.edges().into()),
            aggregate_ms: request.overhead.aggregate_ms,
        },
        retry_inflation_ppm: model.retry_inflation_ppm(&knobs),
        speedup_ppm: ratio_ppm(times.direct_ms, times.orch_ms),
        efficiency_ppm: ratio_ppm(times.work_ms, times.orch_ms.saturating_mul(p)),
        critical_path: model.names(&model.graph.critical_path(&times.weights_ms)),
        utility: model.utility(&times),
        cost_delta: request.cost_orchestrated.saturating_sub(request.direct.cost),
        success_direct_ppm: times.success_direct_ppm,
        success_orch_ppm: times.success_orch_ppm,
        confidence_ppm: if by_cost { confidence(request, &model, &knobs, choice) } else { 1_000_000 },
        estimates: model.sources,
        optimal_agents: model.optimal_agents(&knobs),
        flips_if: if by_cost { flip::all(&model, &knobs, choice) } else { Vec::new() },
    })
}

/// The fixed matrix: more than 3 independent subtasks, similarity above 0.8, potential above 0.6, and resources.
fn matrix(request: &Request, model: &Model<'_>, times: &model::Times) -> (Choice, Why) {
    let Policy::Matrix { similarity_ppm, potential_ppm, independent, resources_available } = &request.policy else {
        return (Choice::Direct, Why::CostModel);
    };
    let roots = u32::try_from(model.graph.roots().count()).unwrap_or(u32::MAX);
    let serial = ratio_ppm(times.span_ms, times.work_ms);
    let unmet = [
        (independent.unwrap_or(roots) > 3, "independent > 3"),
        (*similarity_ppm > 800_000, "similarity > 0.8"),
        (potential_ppm.map_or(ONE_PPM.saturating_sub(serial), u64::from) > 600_000, "potential > 0.6"),
        (resources_available.unwrap_or(request.agents > 0), "resources available"),
    ];
    let unmet: Vec<_> = unmet.into_iter().filter(|(met, _)| !met).map(|(_, what)| what.into()).collect();
    (if unmet.is_empty() { Choice::Orchestrate } else { Choice::Direct }, Why::Matrix { unmet })
}

/// The share of draws of the estimates that give the same decision.
fn confidence(request: &Request, model: &Model<'_>, knobs: &Knobs, choice: Choice) -> u32 {
    let mut drawn = vec![0; model.expected_ms.len()];
    let mut same = 0;
    for number in 0..DRAWS {
        draw::fill(&mut drawn, &model.expected_ms, request.noise_ppm, request.seed, number);
        let times = model.times(knobs, &drawn, false);
        same += u32::from(model.choose(knobs, &times) == choice);
    }
    same * 1_000_000 / DRAWS
}

/// `part / whole` in parts per million; 0 for nothing.
fn ratio_ppm(part: u64, whole: u64) -> u64 {
    let ratio = (u128::from(part) * u128::from(ONE_PPM)).checked_div(u128::from(whole)).unwrap_or(0);
    u64::try_from(ratio).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
