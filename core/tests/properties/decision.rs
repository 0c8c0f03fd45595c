//! Orchestrate or not: the bounds hold whatever is asked, and what is said to turn the decision turns it.

use proptest::prelude::*;
use reynolds::work::{Choice, Direct, FlipWhen, Knob, Overhead, Request, Subtask, Why, decide};

use crate::graph::{dags, run};

fn requests() -> impl Strategy<Value = Request> {
    let parts = prop::collection::vec((0_u64..200_000, 0_u32..=1_000_000), 14);
    let overhead = (0_u64..60_000, 0_u64..20_000, 0_u64..20_000, 0_u64..40_000);
    (dags(14), parts, overhead, 0_u32..6, (1_u32..5, 0_u32..4, 0_u32..500_000), any::<u64>()).prop_map(
        |((tasks, edges), parts, overhead, agents, (max_attempts, direct, context_ppm), seed)| Request {
            tasks: (0..tasks)
                .zip(parts)
                .map(|(task, (ms, success))| Subtask {
                    id: format!("t{task}").into(),
                    needs: edges
                        .iter()
                        .filter(|edge| edge.1 == task)
                        .map(|edge| format!("t{}", edge.0).into())
                        .collect(),
                    estimate_ms: (ms % 7 > 0).then_some(ms),
                    class: (ms % 3 == 0).then(|| "class".into()),
                    success_ppm: (success % 3 > 0).then_some(success),
                })
                .collect(),
            agents,
            overhead: Overhead {
                decompose_ms: overhead.0,
                dispatch_ms: overhead.1,
                transfer_ms: overhead.2,
                aggregate_ms: overhead.3,
            },
            max_attempts,
            direct: Direct { context_ppm, max_attempts: direct, ..Direct::default() },
            seed,
            ..Request::default()
        },
    )
}

#[test]
fn the_schedule_is_between_its_bounds() {
    run(300, requests(), |request| {
        let said = decide(&request).map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert!(said.t_lo_ms <= said.t_orch_ms && said.t_orch_ms <= said.t_hi_ms, "{:?}", said);
        prop_assert_eq!(&said.why, &Why::CostModel);
        if said.decision == Choice::Orchestrate {
            prop_assert!(said.t_orch_ms < said.t_direct_ms && said.utility > 0 && request.agents > 0);
        }
        prop_assert!(said.confidence_ppm <= 1_000_000 && said.optimal_agents as usize <= request.tasks.len());
        prop_assert_eq!(
            said.estimates.given as usize,
            request.tasks.iter().filter(|t| t.estimate_ms.is_some()).count()
        );
        prop_assert_eq!(decide(&request), Ok(said));
        Ok(())
    });
}

/// The request with this input at this value; none for inputs that are no field.
fn with(request: &Request, input: Knob, value: u64) -> Option<Request> {
    let mut request = request.clone();
    match input {
        Knob::Agents => request.agents = u32::try_from(value).ok()?,
        Knob::Decompose => request.overhead.decompose_ms = value,
        Knob::Dispatch => request.overhead.dispatch_ms = value,
        Knob::Transfer => request.overhead.transfer_ms = value,
        Knob::Aggregate => request.overhead.aggregate_ms = value,
        Knob::Durations | Knob::Success => return None,
    }
    Some(request)
}

#[test]
fn what_is_said_to_turn_a_decision_turns_it() {
    run(150, requests(), |request| {
        let said = decide(&request).map_err(|error| TestCaseError::fail(error.to_string()))?;
        for flip in &said.flips_if {
            let next = if flip.when == FlipWhen::Below { flip.value - 1 } else { flip.value + 1 };
            let (Some(stays), Some(turns)) = (with(&request, flip.input, flip.value), with(&request, flip.input, next))
            else {
                continue;
            };
            let decisions = (decide(&stays).map(|said| said.decision), decide(&turns).map(|said| said.decision));
            let other = if said.decision == Choice::Direct { Choice::Orchestrate } else { Choice::Direct };
            prop_assert_eq!(decisions, (Ok(said.decision), Ok(other)), "{}", flip.text);
        }
        Ok(())
    });
}
