//! Attempts at the same thing: declared, silent, bounded or for ever.

use super::{Family, careless, declared, looping};
use crate::loops::scene::{Actor, Event, Scene};

pub(super) const FAMILIES: &[Family] = &[
    looping(
        "job_retried_for_ever",
        "L11",
        "A runner starts a failing job again at each failure, without a limit",
        job_retried_for_ever,
    ),
    looping(
        "dead_letters_replayed",
        "HL6",
        "A poisoned message is replayed from the dead-letter queue and dies again",
        dead_letters_replayed,
    ),
    looping(
        "attempts_that_restart",
        "HL10",
        "Attempts one, two and three of three, again and again",
        attempts_that_restart,
    ),
    looping(
        "error_output_wired_to_input",
        "GL1",
        "The error branch of a workflow leads back to the failing call (n8n)",
        error_output_wired_to_input,
    ),
    declared(
        "people_rerun_ci",
        "N05",
        "People press `re-run` on a flaky pipeline and we keep one note up to date",
        people_rerun_ci,
    ),
    declared(
        "retries_with_backoff",
        "N06",
        "A runner retries a job a few times, says which attempt it is, and waits longer each time",
        retries_with_backoff,
    ),
    declared(
        "few_silent_retries",
        "N07",
        "A runner tries a job two to four times without saying so, then gives up",
        few_silent_retries,
    ),
    declared(
        "retest_commands",
        "N25",
        "People write /retest on a pull request until the tests pass (Prow)",
        retest_commands,
    ),
    declared(
        "patient_declared_retries",
        "GN6",
        "Several jobs wait for a busy resource, each with up to twenty declared attempts",
        patient_declared_retries,
    ),
    careless(
        "many_silent_retries",
        "HN5_retries_undeclared_8",
        "A runner tries a job five to nine times without saying so, then gives up",
        many_silent_retries,
    ),
];

fn job_retried_for_ever(s: &Scene) {
    let (task, took) = (s.azure("task"), s.between(500, 60_000));
    let mut failed = s.person_orders(&task, "run the import");
    for _ in s.rounds(40) {
        let run = s.wants(failed, "task.dispatch", &task, "run the import").within(10, 100);
        let text = format!("error: gave up waiting after {} ms, trace {}", s.between(1_000, 9_999), s.hex(16));
        failed = s.reports(run, "task.failed", &text).after(took);
    }
}

fn dead_letters_replayed(s: &Scene) {
    let (queue, bus) = (s.azure("queue"), Actor::system("service-bus"));
    let mut dead = s.event("azure", "dlq.message", &bus, &queue).text("cannot be read");
    for _ in s.rounds(40) {
        let replayed = s.wants(dead, "queue.replay", &queue, "replay the message");
        let text = format!("delivered too often, id {}", s.hex(12));
        dead = s.event("azure", "dlq.message", &bus, &queue).text(text).because(replayed).token_in(replayed, 70);
        dead.within(1_000, 60_000);
    }
}

fn attempts_that_restart(s: &Scene) {
    let task = s.azure("task");
    let mut failed = s.person_orders(&task, "run the import");
    for round in 0..60 {
        if round == 3 {
            s.loop_starts();
        }
        let run = s.wants(failed, "task.dispatch", &task, "run the import").attempt(round % 3 + 1, 3).within(10, 100);
        failed = s.reports(run, "task.failed", &format!("error {}", s.hex(12)));
    }
}

fn error_output_wired_to_input(s: &Scene) {
    let flow = s.agent("flow");
    let mut heard = s.person_orders(&flow, "start");
    for _ in s.rounds(60) {
        let call = s.wants(heard, "http.call", &flow, "POST /orders").within(10, 90);
        let failed = s.event("agent", "node.error", &Actor::runtime(), &flow).text("ETIMEDOUT");
        heard = failed.because(call).answers(call).after(20_000);
    }
}

fn people_rerun_ci(s: &Scene) {
    let (workflow, issue) = (s.part("/workflow/ci"), s.issue());
    for run in 1..=s.between(3, 14) {
        s.event("github", "workflow_run.rerequested", &s.somebody(), &workflow).within(30_000, 900_000);
        let done = s.event("github", "workflow_run.completed", &Actor::bot("github-actions"), &workflow);
        let done = done.text(format!("failure, attempt {run}")).state("conclusion", format!("failure-{run}"));
        let note = s.wants(done.within(60_000, 600_000), "sticky.edit", &issue, &format!("CI failed, attempt {run}"));
        s.echo(note.writes("body", run.to_string()).within(500, 2_000), "issue_comment.edited");
    }
}

fn retries_with_backoff(s: &Scene) {
    let (task, most) = (s.azure("task"), s.between(3, 12));
    let (runs, mut took) = (s.between(2, most), s.between(200, 2_000));
    let mut heard = s.person_orders(&task, "run the import");
    for run in 1..=runs {
        let started = s.wants(heard, "task.dispatch", &task, "run the import").within(10, 100).attempt(run, most);
        let (kind, text) =
            if run < runs { ("task.failed", "error: timeout, trace ") } else { ("task.done", "imported, trace ") };
        took *= 2;
        heard = s.reports(started, kind, &format!("{text}{}", s.hex(16))).after(took);
    }
    s.wants(heard, "comment", &s.issue(), "The import is finished.").within(10, 99);
}

fn few_silent_retries(s: &Scene) {
    let runs = s.between(2, 4);
    let failed = silent_retries(s, runs);
    s.wants(failed, "comment", &s.issue(), &format!("Giving up after {runs} tries.")).within(10, 99);
}

fn retest_commands(s: &Scene) {
    let (issue, ci) = (s.issue(), Actor::bot("prow"));
    for _ in 0..s.between(4, 15) {
        let asked = s.person_says(&issue, "/retest").within(20_000, 900_000);
        let run = s.wants(asked, "ci.start", &issue, "retest");
        let suite =
            s.event("github", "check_suite.completed", &ci, &issue).text("failure").state("conclusion", "failure");
        let done = suite.because(run).token_in(run, 50).within(60_000, 900_000);
        let text = format!("Tests failed: {} of them, log {}", s.between(1, 9), s.hex(8));
        s.echo(s.wants(done, "comment", &issue, &text), "issue_comment.created");
    }
}

fn patient_declared_retries(s: &Scene) {
    for number in 1..=s.between(1, 4) {
        let (task, most) = (format!("{}-{number}", s.azure("task")), s.between(3, 20));
        let mut heard = s.person_orders(&task, "drain the node").within(0, 900);
        for run in 1..=s.between(2, most) {
            let started = s.wants(heard, "task.dispatch", &task, "drain the node").attempt(run, most).within(10, 90);
            heard = s.reports(started, "task.failed", "still busy, can not be drained yet").within(500, 30_000);
        }
    }
}

fn many_silent_retries(s: &Scene) {
    silent_retries(s, s.between(5, 9));
}

fn silent_retries(s: &Scene, runs: u64) -> Event<'_> {
    let task = s.azure("task");
    let mut failed = s.person_orders(&task, "run the import");
    for _ in 0..runs {
        let run = s.wants(failed, "task.dispatch", &task, "run the import").within(10, 100);
        failed = s.reports(run, "task.failed", &format!("error: timeout, trace {}", s.hex(16))).within(500, 30_000);
    }
    failed
}
