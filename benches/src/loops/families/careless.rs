//! Hosts that repeat themselves for good reasons and declare nothing: no attempt, no progress, no plan, no `only reads`.

use super::{Family, careless};
use crate::loops::scene::{Actor, Scene};

pub(super) const FAMILIES: &[Family] = &[
    careless(
        "silent_backfill",
        "",
        "A person orders the same comment on a hundred issues, and no plan is declared",
        silent_backfill,
    ),
    careless(
        "silent_progress",
        "",
        "A long run writes its percentage into one comment without declaring progress",
        silent_progress,
    ),
    careless(
        "silent_polling",
        "",
        "Each answer `still running` makes the host ask again, and it says nowhere that it only reads",
        silent_polling,
    ),
    careless(
        "silent_pages",
        "",
        "An agent reads a long log page by page and does not say that it only reads",
        silent_pages,
    ),
    careless("silent_canary", "", "A rollout grows step by step without declaring progress", silent_canary),
    careless(
        "silent_reruns_of_a_flaky_test",
        "",
        "A bot reruns a flaky test up to eight times, each failure with another trace",
        silent_reruns_of_a_flaky_test,
    ),
    careless(
        "silent_task_list",
        "",
        "An agent works off a list of similar tasks, each started by the end of the one before",
        silent_task_list,
    ),
    careless(
        "silent_deletions",
        "",
        "An agent deletes old branches one after the other, up to thirty",
        silent_deletions,
    ),
    careless(
        "silent_wait_for_a_lock",
        "",
        "A host asks for a busy lock every few seconds until it is free",
        silent_wait_for_a_lock,
    ),
];

fn silent_backfill(s: &Scene) {
    let (size, text) = (s.between(30, 120), s.sentence(12));
    let ordered = s.person_says(&s.repo(), "/migrate all");
    for number in 1..=size {
        let note = s.wants(ordered, "comment", &s.issue_no(number), &text).after(number * s.between(400, 500));
        s.echo(note, "issue_comment.created");
    }
}

fn silent_progress(s: &Scene) {
    let (issue, mut percent) = (s.issue(), 0);
    let mut heard = s.person_orders(&s.agent("run"), "go");
    while percent < 100 {
        percent = (percent + s.between(3, 15)).min(100);
        let note = s.wants(heard, "sticky.edit", &issue, &format!("{percent} % done")).within(1_000, 30_000);
        heard = s.comes_back(note, "issue_comment.edited").token_kept(note).within(300, 3_000);
    }
}

fn silent_polling(s: &Scene) {
    let (job, every) = (s.azure("job"), s.pick(&[5_000, 15_000, 60_000]));
    let mut heard = s.person_orders(&job, "build the image");
    for _ in 0..s.between(4, 20) {
        let poll = s.wants(heard, "job.poll", &job, "status?").after(every);
        heard = s.reports(poll, "job.status", "still running").state("status", "running").within(50, 900);
    }
    let poll = s.wants(heard, "job.poll", &job, "status?").after(every);
    let done = s.reports(poll, "job.status", "succeeded").state("status", "succeeded").within(50, 900);
    s.wants(done, "comment", &s.issue(), "The image is built.");
}

fn silent_pages(s: &Scene) {
    let task = s.agent("run");
    let mut heard = s.person_orders(&task, "summarise the log");
    for page in 0..s.between(6, 30) {
        let call = s.wants(heard, "tool.read", &task, &format!("read page {page}")).within(300, 3_000);
        heard = s.reports(call, "tool.result", &s.sentence(30)).state("result", s.hex(16)).within(50, 900);
    }
}

fn silent_canary(s: &Scene) {
    let rollout = s.azure("rollout");
    let mut heard = s.person_orders(&rollout, "start");
    for percent in [1, 2, 5, 10, 25, 50, 75, 100] {
        let set =
            s.wants(heard, "rollout.set", &rollout, &format!("weight {percent}")).writes("weight", percent.to_string());
        let healthy = s.event("azure", "rollout.healthy", &Actor::system("probe"), &rollout);
        let healthy = healthy.text(format!("healthy at {percent} %")).because(set).answers(set).token_in(set, 80);
        heard = healthy.state("weight", percent.to_string()).within(60_000, 600_000);
    }
}

fn silent_reruns_of_a_flaky_test(s: &Scene) {
    let (workflow, ci) = (s.part("/workflow/ci"), Actor::bot("github-actions"));
    let mut heard = s.event("github", "push", &s.somebody(), &workflow).text("push").tree(s.hex(40));
    for _ in 0..s.between(2, 8) {
        let rerun = s.wants(heard, "workflow.rerun", &workflow, "rerun failed jobs");
        let failed = s.event("github", "workflow_run.completed", &ci, &workflow);
        let failed = failed.text(format!("failure: timeout in {}, trace {}", s.word(), s.hex(12)));
        heard = failed.state("conclusion", "failure").because(rerun).token_in(rerun, 60).within(120_000, 900_000);
    }
    let rerun = s.wants(heard, "workflow.rerun", &workflow, "rerun failed jobs");
    let passed = s.event("github", "workflow_run.completed", &ci, &workflow).text("success").because(rerun);
    passed.state("conclusion", "success").within(120_000, 900_000);
}

fn silent_task_list(s: &Scene) {
    let task = s.agent("run");
    let mut heard = s.person_orders(&task, "repair the links in all pages");
    for _ in 0..s.between(8, 30) {
        let place = format!("{task}/{}.md", s.word());
        let edit = s.wants(heard, "tool.edit", &place, &format!("repair links to {}", s.word())).within(500, 9_000);
        heard = s.reports(edit, "tool.result", "edited").state("page", s.hex(8)).within(50, 900);
    }
}

fn silent_deletions(s: &Scene) {
    let mut heard = s.person_orders(&s.agent("run"), "delete the branches that are merged");
    for _ in 0..s.between(8, 30) {
        let branch = s.part(&format!("@feature/{}-{}", s.word(), s.between(1, 99)));
        let deleted = s.wants(heard, "branch.delete", &branch, "delete the merged branch").within(300, 3_000);
        heard = s.event("github", "delete", &s.us(), &branch).because(deleted).token(deleted).within(300, 3_000);
    }
}

fn silent_wait_for_a_lock(s: &Scene) {
    let lock = s.azure("lock");
    let mut heard = s.person_orders(&lock, "migrate the schema");
    for _ in 0..s.between(3, 15) {
        let tried = s.wants(heard, "lock.acquire", &lock, "acquire").within(3_000, 9_000);
        heard = s.reports(tried, "lock.busy", "held by another session").state("lock", "held").within(20, 200);
    }
    let tried = s.wants(heard, "lock.acquire", &lock, "acquire").within(3_000, 9_000);
    let taken = s.reports(tried, "lock.acquired", "ok").state("lock", "ours").within(20, 200);
    s.wants(taken, "schema.migrate", &s.azure("database"), "migrate to version 12");
}
