//! GitHub: statuses, checks, workflow runs and deployments.

use crate::{attributes, github::github, state};

fn run(action: &str, more: &str) -> reynolds::Event {
    github(
        "workflow_run",
        &format!(
            r#"{{"action":"{action}","workflow_run":{{"id":30,"name":"CI","display_title":"Fix it","head_sha":"abc",
                "head_branch":"fix","event":"push","updated_at":"2025-03-04T10:04:10Z"{more}}},
                "repository":{{"id":1,"full_name":"acme/api"}},"workflow":{{"id":2}}}}"#
        ),
    )
}

#[test]
fn a_workflow_run_concerns_its_pull_request_or_its_commit() {
    let pulls = r#","pull_requests":[{"number":8,"base":{"repo":{"id":1}}}]"#;
    assert_eq!(run("completed", pulls).about.as_deref(), Some("github:acme/api#8"));
    assert_eq!(run("completed", pulls).subject, "github:acme/api/runs/30");
    assert_eq!(run("completed", r#","pull_requests":[]"#).about.as_deref(), Some("github:acme/api@abc"));
    assert_eq!(run("completed", "").about.as_deref(), Some("github:acme/api@abc"));
    // A run of a fork names pull requests of other repositories.
    let elsewhere = r#","pull_requests":[{"number":8,"base":{"repo":{"id":9}}}]"#;
    assert_eq!(run("completed", elsewhere).about.as_deref(), Some("github:acme/api@abc"));
}

#[test]
fn the_conclusion_of_a_run_is_a_kind_of_its_own() {
    for (conclusion, also) in [
        ("success", "ci.passed"),
        ("failure", "ci.failed"),
        ("timed_out", "ci.failed"),
        ("startup_failure", "ci.failed"),
        ("cancelled", "ci.cancelled"),
        ("stale", "ci.cancelled"),
        ("neutral", "ci.skipped"),
        ("skipped", "ci.skipped"),
        ("action_required", "ci.blocked"),
    ] {
        let event = run("completed", &format!(r#","status":"completed","conclusion":"{conclusion}""#));
        assert_eq!(event.also, [also], "{conclusion}");
        assert_eq!(event.state, state("status", conclusion));
    }
    assert!(run("completed", r#","conclusion":null"#).also.is_empty());
    assert!(run("completed", r#","conclusion":"from_the_future""#).also.is_empty());
    // A run that starts again still carries its last conclusion.
    let again = run("requested", r#","status":"queued","conclusion":"failure""#);
    assert!(again.also.is_empty());
    assert_eq!(again.state, state("status", "queued"));
}

#[test]
fn the_steps_of_a_run_are_ordered_over_its_attempts() {
    let version = |action: &str, attempt: u32| run(action, &format!(r#","run_attempt":{attempt}"#)).version;
    assert_eq!(version("requested", 1), Some(17));
    assert_eq!(version("in_progress", 1), Some(18));
    assert_eq!(version("completed", 1), Some(19));
    assert_eq!(version("requested", 2), Some(33));
    assert_eq!(run("completed", "").version, Some(19));
    assert_eq!(run("completed", r#","run_attempt":18446744073709551615"#).version, Some(19));
    // Which attempt it is says nothing about how many there may be.
    assert_eq!(run("completed", r#","run_attempt":2"#).attempt, None);
}

#[test]
fn a_run_says_what_ran() {
    let event = run("completed", r#","status":"completed","conclusion":"failure","html_url":"https://x/30""#);
    assert_eq!(event.kind, "workflow_run.completed");
    assert_eq!(event.object.as_deref(), Some("github:workflow_run/30"));
    assert_eq!(event.text.as_deref(), Some("Fix it"));
    assert_eq!(
        attributes(&event),
        "action=completed\nconclusion=failure\nname=CI\nref=fix\nrepository=acme/api\nsha=abc\ntrigger=push\nurl=https://x/30"
    );
}

#[test]
fn a_job_belongs_to_its_run() {
    let event = github(
        "workflow_job",
        r#"{"action":"completed","workflow_job":{"id":31,"run_id":30,"run_attempt":2,"name":"test","workflow_name":"CI",
            "status":"completed","conclusion":"failure","head_sha":"abc","completed_at":"2025-03-04T10:04:02Z"},
            "repository":{"full_name":"acme/api"}}"#,
    );
    assert_eq!(event.subject, "github:acme/api/runs/30");
    assert_eq!(event.object.as_deref(), Some("github:workflow_job/31"));
    assert_eq!(event.also, ["ci.failed"]);
    assert_eq!(event.version, Some(35));
    assert_eq!(event.about, None);
}

#[test]
fn check_runs_and_suites() {
    let check = github(
        "check_run",
        r#"{"action":"completed","check_run":{"id":12,"name":"lint","status":"completed","conclusion":"success",
            "head_sha":"abc","output":{"title":"Fine","summary":"No hints."},
            "pull_requests":[{"number":8,"base":{"repo":{"id":1}}}]},"repository":{"id":1,"full_name":"acme/api"}}"#,
    );
    assert_eq!(check.subject, "github:acme/api/check_runs/12");
    assert_eq!(check.object.as_deref(), Some("github:check_run/12"));
    assert_eq!(check.about.as_deref(), Some("github:acme/api#8"));
    assert_eq!(check.text.as_deref(), Some("Fine\nNo hints."));
    assert_eq!(check.also, ["ci.passed"]);

    let suite = |action: &str| {
        github(
            "check_suite",
            &format!(
                r#"{{"action":"{action}","check_suite":{{"id":11,"status":"completed","conclusion":"cancelled",
                    "head_sha":"abc","updated_at":"2025-03-04T10:04:02Z"}},"repository":{{"full_name":"acme/api"}}}}"#
            ),
        )
    };
    assert_eq!(suite("completed").subject, "github:acme/api/check_suites/11");
    assert_eq!(suite("completed").also, ["ci.cancelled"]);
    assert_eq!(suite("completed").version, Some(1_741_082_642_000));
    assert!(suite("rerequested").also.is_empty());
}

#[test]
fn a_status_is_a_state_of_its_commit_for_each_context() {
    let status = |value: &str| {
        github(
            "status",
            &format!(
                r#"{{"id":68,"sha":"abc","context":"ci/build","state":"{value}","description":"It said so",
                    "updated_at":"2019-05-15T15:20:55+00:00","target_url":null,"repository":{{"full_name":"acme/api"}}}}"#
            ),
        )
    };
    let failed = status("error");
    assert_eq!(failed.kind, "status");
    assert_eq!(failed.subject, "github:acme/api@abc");
    assert_eq!(failed.object.as_deref(), Some("github:status/68"));
    assert_eq!(failed.state, state("status/ci/build", "error"));
    assert_eq!(failed.also, ["ci.failed"]);
    assert_eq!(status("success").also, ["ci.passed"]);
    assert!(status("pending").also.is_empty());
}

#[test]
fn deployments_and_their_statuses() {
    let deployment = r#""deployment":{"id":14,"sha":"abc","ref":"refs/heads/main","environment":"production"}"#;
    let status = |value: &str| {
        github(
            "deployment_status",
            &format!(
                r#"{{"action":"created",{deployment},"repository":{{"full_name":"acme/api"}},
                    "deployment_status":{{"id":20,"state":"{value}","description":"d","environment":"production"}}}}"#
            ),
        )
    };
    let failed = status("failure");
    assert_eq!(failed.subject, "github:acme/api/deployments/14");
    assert_eq!(failed.about.as_deref(), Some("github:acme/api@abc"));
    assert_eq!(failed.object.as_deref(), Some("github:deployment_status/20"));
    assert_eq!(failed.also, ["deployment.failed"]);
    assert_eq!(failed.state, state("status", "failure"));
    assert_eq!(status("success").also, ["deployment.succeeded"]);
    assert!(status("in_progress").also.is_empty());

    let created = github(
        "deployment",
        &format!(r#"{{"action":"created",{deployment},"repository":{{"full_name":"acme/api"}}}}"#),
    );
    assert_eq!(created.object.as_deref(), Some("github:deployment/14"));
    assert_eq!(attributes(&created), "action=created\nenvironment=production\nref=main\nrepository=acme/api\nsha=abc");

    let review = github(
        "deployment_review",
        r#"{"action":"requested","environment":"staging","workflow_run":{"id":30,"head_sha":"abc"},
            "repository":{"full_name":"acme/api"}}"#,
    );
    assert_eq!(review.subject, "github:acme/api/runs/30");
    assert_eq!(review.state, state("review", "requested"));
}

#[test]
fn alerts_open_and_close() {
    let alert = |name: &str, action: &str| {
        github(
            name,
            &format!(
                r#"{{"action":"{action}","alert":{{"number":10,"state":"open","rule":{{"description":"Bad style",
                    "severity":"note"}}}},"ref":"refs/heads/main","commit_oid":"abc","repository":{{"full_name":"acme/api"}}}}"#
            ),
        )
    };
    let opened = alert("code_scanning_alert", "created");
    assert_eq!(opened.subject, "github:acme/api/code-scanning/10");
    assert_eq!(opened.object.as_deref(), Some("github:acme/api/code-scanning/10"));
    assert_eq!(opened.text.as_deref(), Some("Bad style"));
    assert_eq!(opened.also, ["alert.opened"]);
    assert_eq!(opened.state, state("state", "open"));
    assert_eq!(attributes(&opened), "action=created\nref=main\nrepository=acme/api\nseverity=note\nsha=abc");
    assert_eq!(alert("secret_scanning_alert", "resolved").also, ["alert.closed"]);
    assert_eq!(alert("dependabot_alert", "auto_dismissed").subject, "github:acme/api/dependabot/10");
}
