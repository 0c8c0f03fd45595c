//! What machines report about commits: statuses, checks, workflow runs, deployments.

use super::{
    draft::Draft,
    payload::{PullReference, Words},
};
use crate::event::{bounded, carried::Carrier};

pub(super) fn status(draft: &mut Draft<'_, '_>) {
    let payload = draft.payload;
    draft.at(payload.sha.as_ref());
    draft.object("status", payload.id.as_ref());
    draft.text(None, payload.description.as_ref());
    draft.updated(payload.updated_at.as_ref());
    if let (Some(context), Some(state)) = (&payload.context, &payload.state) {
        let property = bounded::concat(&["status/", context]);
        draft.state(&property, state);
    }
    outcome(draft, payload.state.as_ref());
    draft.attribute("sha", payload.sha.as_ref());
    draft.attribute("name", payload.context.as_ref());
    draft.attribute("url", payload.target_url.as_ref());
}

/// The derived kind of a conclusion, and the conclusion itself.
fn outcome(draft: &mut Draft<'_, '_>, conclusion: Option<&Words<'_>>) {
    let kind = match conclusion.map(|conclusion| &**conclusion) {
        Some("success") => Some("ci.passed"),
        Some("failure" | "error" | "timed_out" | "startup_failure") => Some("ci.failed"),
        Some("cancelled" | "stale") => Some("ci.cancelled"),
        Some("neutral" | "skipped") => Some("ci.skipped"),
        Some("action_required") => Some("ci.blocked"),
        _ => None,
    };
    if let Some(kind) = kind {
        draft.also(kind);
    }
    draft.attribute("conclusion", conclusion);
}

/// How far a run got. A newer attempt comes after every step of an older one.
fn progress(
    draft: &mut Draft<'_, '_>,
    attempt: Option<u64>,
    status: Option<&Words<'_>>,
    conclusion: Option<&Words<'_>>,
) {
    let step = |word: &str| match word {
        "requested" | "queued" | "waiting" | "pending" | "created" => Some(1),
        "in_progress" => Some(2),
        "completed" => Some(3),
        _ => None,
    };
    let rank = step(draft.action).or_else(|| step(status?)).unwrap_or(0);
    // Versions are numbers that every language holds exactly.
    let attempt = attempt.filter(|attempt| *attempt <= u64::from(u32::MAX)).unwrap_or(1);
    draft.event.version = Some(attempt * 16 + rank);
    match (draft.action, conclusion) {
        ("completed", Some(conclusion)) => {
            draft.state("status", conclusion);
            outcome(draft, Some(conclusion));
        }
        _ => {
            if let Some(status) = status {
                draft.state("status", status);
            }
        }
    }
}

/// What a run concerns: its pull request, or its commit.
fn about_pull_or_commit(draft: &mut Draft<'_, '_>, pulls: Option<&[PullReference<'_>]>, sha: Option<&Words<'_>>) {
    let repository = draft.payload.repository.as_ref().and_then(|repository| repository.id.as_ref()).map(|id| &*id.0);
    let here = |pull: &&PullReference<'_>| {
        let base = pull.base.as_ref().and_then(|base| base.repo.as_ref()).and_then(|repository| repository.id.as_ref());
        base.is_none() || repository.is_none() || base.map(|id| &*id.0) == repository
    };
    let number = pulls.into_iter().flatten().filter(here).find_map(|pull| pull.number.as_ref());
    match (number, sha) {
        (Some(number), _) => draft.about(&["#", &number.0]),
        (None, Some(sha)) => draft.about(&["@", sha]),
        (None, None) => {}
    }
    draft.attribute("sha", sha);
}

pub(super) fn check_run(draft: &mut Draft<'_, '_>) {
    let Some(run) = &draft.payload.check_run else { return };
    draft.numbered("/check_runs/", run.id.as_ref());
    draft.object("check_run", run.id.as_ref());
    about_pull_or_commit(draft, run.pull_requests.as_deref(), run.head_sha.as_ref());
    if let Some(output) = &run.output {
        draft.text(output.title.as_ref(), output.summary.as_ref());
    }
    draft.occurred(run.completed_at.as_ref().or(run.started_at.as_ref()));
    progress(draft, None, run.status.as_ref(), run.conclusion.as_ref());
    draft.token(run.external_id.as_ref());
    if let Some(requested) = &draft.payload.requested_action {
        draft.token(requested.identifier.as_ref());
        draft.attribute("requested", requested.identifier.as_ref());
    }
    draft.attribute("name", run.name.as_ref());
    draft.attribute("url", run.html_url.as_ref());
}

pub(super) fn check_suite(draft: &mut Draft<'_, '_>) {
    let Some(suite) = &draft.payload.check_suite else { return };
    draft.numbered("/check_suites/", suite.id.as_ref());
    draft.object("check_suite", suite.id.as_ref());
    about_pull_or_commit(draft, suite.pull_requests.as_deref(), suite.head_sha.as_ref());
    progress(draft, None, suite.status.as_ref(), suite.conclusion.as_ref());
    // A suite starts over under its own id, so its steps do not order its events; the time does.
    draft.updated(suite.updated_at.as_ref());
    let message = suite.head_commit.as_ref().and_then(|commit| commit.message.as_ref());
    draft.text(None, message);
    draft.token_in_commit(message);
    draft.attribute("name", suite.app.as_ref().and_then(|app| app.slug.as_ref()));
    draft.attribute("ref", suite.head_branch.as_ref());
}

pub(super) fn workflow_run(draft: &mut Draft<'_, '_>) {
    let Some(run) = &draft.payload.workflow_run else { return };
    draft.numbered("/runs/", run.id.as_ref());
    draft.object("workflow_run", run.id.as_ref());
    about_pull_or_commit(draft, run.pull_requests.as_deref(), run.head_sha.as_ref());
    let message = run.head_commit.as_ref().and_then(|commit| commit.message.as_ref());
    draft.text(None, run.display_title.as_ref().or(message));
    draft.token_in_commit(message);
    // A dispatched run has no text of its own but its title: `run-name` can carry the token of the dispatch.
    for word in run.display_title.iter().flat_map(|title| title.split_ascii_whitespace()) {
        draft.token(Some(&Words::Borrowed(word)));
    }
    draft.occurred(run.updated_at.as_ref());
    progress(draft, run.run_attempt, run.status.as_ref(), run.conclusion.as_ref());
    draft.attribute("name", run.name.as_ref());
    draft.attribute("ref", run.head_branch.as_ref());
    draft.attribute("trigger", run.event.as_ref());
    draft.attribute("url", run.html_url.as_ref());
}

pub(super) fn workflow_job(draft: &mut Draft<'_, '_>) {
    let Some(job) = &draft.payload.workflow_job else { return };
    // What the run concerns is for the run's own events to say: a job does not know the pull request.
    draft.numbered("/runs/", job.run_id.as_ref());
    draft.object("workflow_job", job.id.as_ref());
    draft.occurred(job.completed_at.as_ref().or(job.started_at.as_ref()));
    progress(draft, job.run_attempt, job.status.as_ref(), job.conclusion.as_ref());
    draft.attribute("name", job.name.as_ref());
    draft.attribute("workflow", job.workflow_name.as_ref());
    draft.attribute("sha", job.head_sha.as_ref());
    draft.attribute("ref", job.head_branch.as_ref());
    draft.attribute("url", job.html_url.as_ref());
}

pub(super) fn deployment(draft: &mut Draft<'_, '_>) {
    deployed(draft);
    let Some(deployment) = &draft.payload.deployment else { return };
    draft.object("deployment", deployment.id.as_ref());
    draft.text(None, deployment.description.as_ref());
    draft.updated(deployment.updated_at.as_ref());
}

/// What a deployment and its statuses share.
fn deployed(draft: &mut Draft<'_, '_>) {
    let payload = draft.payload;
    let Some(deployment) = &payload.deployment else { return };
    draft.numbered("/deployments/", deployment.id.as_ref());
    let runs_pulls = payload.workflow_run.as_ref().and_then(|run| run.pull_requests.as_deref());
    let pulls = runs_pulls.or_else(|| payload.check_run.as_ref()?.pull_requests.as_deref());
    about_pull_or_commit(draft, pulls, deployment.sha.as_ref());
    draft.event.token = deployment.payload.as_ref().and_then(Carrier::token);
    draft.attribute_ref("ref", deployment.ref_name.as_ref());
    draft.attribute("environment", deployment.environment.as_ref());
}

pub(super) fn deployment_status(draft: &mut Draft<'_, '_>) {
    deployed(draft);
    let Some(status) = &draft.payload.deployment_status else { return };
    draft.object("deployment_status", status.id.as_ref());
    draft.text(None, status.description.as_ref());
    draft.updated(status.updated_at.as_ref());
    if let Some(state) = &status.state {
        draft.state("status", state);
        match &**state {
            "success" => draft.also("deployment.succeeded"),
            "failure" | "error" => draft.also("deployment.failed"),
            _ => {}
        }
    }
    draft.attribute("conclusion", status.state.as_ref());
    draft.attribute("environment", status.environment.as_ref());
    draft.attribute("url", status.target_url.as_ref());
}

pub(super) fn deployment_review(draft: &mut Draft<'_, '_>) {
    if let Some(run) = &draft.payload.workflow_run {
        draft.numbered("/runs/", run.id.as_ref());
        draft.object("workflow_run", run.id.as_ref());
        about_pull_or_commit(draft, run.pull_requests.as_deref(), run.head_sha.as_ref());
        draft.occurred(run.updated_at.as_ref());
        draft.attribute("name", run.name.as_ref());
        draft.attribute("url", run.html_url.as_ref());
    }
    if draft.is(&["requested", "approved", "rejected"]) {
        draft.state("review", draft.action);
    }
    draft.attribute("environment", draft.payload.environment.as_ref());
}
