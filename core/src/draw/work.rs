//! Plans and agents in words.

use alloc::{format, string::String, vec::Vec};

use super::{
    note::InputNote,
    words::{clean, clock, count, plain, span},
};
use crate::{
    agents::{Decision, Exclusion, Explain},
    input::Input,
    verdict::Verdict,
};

/// What an input says of plans and agents.
pub(super) fn input(input: &Input) -> InputNote {
    let (kind, told) = match input {
        Input::Plan(plan) => {
            ("a plan", format!("The plan {} with {}.", clean(&plan.id, 120), count(plan.tasks.len(), "task")))
        }
        Input::Patch(patch) => ("a change of a plan", format!("The plan {} is changed.", clean(&patch.plan, 120))),
        Input::Task(report) => ("a report", format!("Of dispatch {}: {}.", report.dispatch, tag(&report.report))),
        Input::Beats(beats) => {
            ("signs of life", format!("Of {}.", count(beats.beats.len() + beats.agents.len(), "dispatch or agent")))
        }
        Input::Agent(report) => ("an agent", format!("{}: {}.", clean(&report.id, 120), tag(&report.report))),
        _ => ("an input", String::new()),
    };
    InputNote::Work(kind, told)
}

/// The `type` of a tagged value.
fn tag(value: &impl serde::Serialize) -> String {
    let value = serde_json::to_value(value).unwrap_or_default();
    clean(value.get("type").and_then(serde_json::Value::as_str).unwrap_or_default(), 40)
}

/// What a verdict about plans and agents says.
pub(super) fn verdict(verdict: &Verdict) -> Option<String> {
    Some(match verdict {
        Verdict::Task { task, state, why, agent, reason, .. } => {
            let mut line = format!("The task {} is {}", clean(task, 120), plain(state));
            if let Some(agent) = agent {
                line.push_str(&format!(" with the agent {}", clean(agent, 80)));
            }
            if let Some(why) = why.map(|why| plain(&why)).filter(|why| *why != plain(state)) {
                line.push_str(&format!(" ({why})"));
            }
            if let Some(reason) = reason {
                line.push_str(&format!(": {}", clean(reason, 200)));
            }
            line + "."
        }
        Verdict::Plan { plan, state, .. } => format!("The plan {} is {}.", clean(plan, 120), plain(state)),
        Verdict::Late { task, dispatch, .. } => {
            format!(
                "A report of dispatch {dispatch} on the task {} came too late; it is kept as evidence.",
                clean(task, 120)
            )
        }
        Verdict::Pool { pool, state, .. } => format!("The pool `{}` is {}.", clean(pool, 80), plain(state)),
        Verdict::Scale { pool, agents, .. } => format!("The pool `{}` should have {agents} agents.", clean(pool, 80)),
        Verdict::Agent { agent, state } => format!("The agent {} is {}.", clean(agent, 80), plain(state)),
        _ => return None,
    })
}

/// Why an agent is left out, with a time as people write it.
fn left_out(reason: &Exclusion) -> String {
    match reason {
        Exclusion::Breaker { until: Some(until) } => {
            format!("{}, and gets no work until {}", Exclusion::Breaker { until: None }, clock(*until))
        }
        other => format!("{other}"),
    }
}

/// Why an agent was given a task.
pub(super) fn choice(choice: &Explain) -> String {
    let name = choice.chosen.as_ref().map_or_else(|| "an agent".into(), |agent| clean(agent, 80));
    let how = match choice.decision {
        Decision::Patience => "the best one is busy, and not worth waiting for",
        _ => "the best one that can and may do it",
    };
    let mut line = format!(
        "{name} is {how}, {} expected until success, chance {} %",
        span(choice.cost_ms),
        choice.p.used / 10_000
    );
    if let Some(second) = &choice.runner_up {
        line += &format!("; {} would be {} ({})", clean(&second.id, 80), span(second.cost_ms), choice.tie_break);
    }
    let out =
        choice.excluded.iter().take(8).map(|other| format!("{} {}", clean(&other.id, 80), left_out(&other.reason)));
    let out = out.collect::<Vec<_>>().join(", ");
    if !out.is_empty() {
        line += &format!("; left out: {}", clean(&out, 400));
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Timestamp,
        work::{TaskState, TaskWhy},
    };

    #[test]
    fn a_task_that_was_cancelled_is_said_to_be_so_once() {
        let told = |why| {
            let state = TaskState::Cancelled;
            verdict(&Verdict::Task {
                task: "p/a".into(),
                state,
                why: Some(why),
                agent: None,
                reason: None,
                tenant: None,
            })
        };
        assert_eq!(told(TaskWhy::Cancelled).as_deref(), Some("The task p/a is cancelled."));
        assert_eq!(told(TaskWhy::Stopped).as_deref(), Some("The task p/a is cancelled (stopped)."));
    }

    #[test]
    fn an_agent_that_failed_too_often_is_left_out_until_a_time_that_people_can_read() {
        let until = Some(Timestamp(1_795_420_589_293));
        let said = "failed too often of late, and gets no work until 2026-11-23 07:56:29.293 UTC";
        assert_eq!(left_out(&Exclusion::Breaker { until }), said);
    }
}
