//! Agents that hear of themselves, and agents that follow a plan.

use super::super::{Family, declared, looping};
use crate::loops::scene::{Actor, Scene};

/// In the order in which they are reported.
pub(super) const FAMILIES: &[Family] = &[
    looping(
        "failure_report_wakes_the_agent",
        "",
        "While its model is out of reach an agent reports each failed run as a comment, and each comment starts a run",
        failure_report_wakes_the_agent,
    ),
    declared(
        "failure_report_at_each_attempt",
        "",
        "While its model is out of reach an agent tries again at intervals and reports which attempt of how many failed",
        failure_report_at_each_attempt,
    ),
    looping(
        "triage_files_its_own_failure",
        "",
        "A triage agent that can not finish opens an issue about that, and it triages each issue that is opened",
        triage_files_its_own_failure,
    ),
    declared(
        "epic_split_into_issues",
        "",
        "An agent splits an epic into as many issues as it has announced and labels each when it is there",
        epic_split_into_issues,
    ),
    looping(
        "progress_edit_starts_a_run",
        "",
        "An agent keeps a comment about its progress up to date, and each edit of a comment starts a run of the agent",
        progress_edit_starts_a_run,
    ),
    declared(
        "progress_edit_after_each_step",
        "",
        "An agent edits its comment about its progress after each step of its plan and ignores that the edit is delivered",
        progress_edit_after_each_step,
    ),
    looping(
        "leads_return_to_the_chief",
        "",
        "A chief agent that does not see who has answered hands the same two questions to its two leads again",
        leads_return_to_the_chief,
    ),
    declared(
        "leads_work_through_the_parts",
        "",
        "A chief agent hands the parts of its plan to its two leads, one after the other, and says how many there are",
        leads_work_through_the_parts,
    ),
];

const MINUTE: u64 = 60_000;

/// What a run says of its end.
fn failed_run(s: &Scene) -> String {
    let run = s.between(24_000_000, 24_999_999);
    let why = s.pick(&["401 invalid bearer token", "401 authentication failed", "529 overloaded"]);
    format!("Run {run} did not finish: {why}. The logs are kept for 90 days.")
}

fn failure_report_wakes_the_agent(s: &Scene) {
    let issue = s.issue();
    let reporter = if s.chance(50) { s.us() } else { Actor::bot("actions") };
    let mut heard = s.person_says(&issue, &format!("@agent {}", s.sentence(8)));
    for _ in s.rounds(s.between(22, 55)) {
        let report = s.wants(heard, "comment", &issue, &failed_run(s)).within(25_000, 70_000);
        heard = s.event("github", "issue_comment.created", &reporter, &issue).text(report.text());
        heard.because(report).about(report).token(report).within(500, 6_000);
    }
}

fn failure_report_at_each_attempt(s: &Scene) {
    let (issue, most) = (s.issue(), s.between(10, 45));
    let reporter = if s.chance(50) { s.us() } else { Actor::bot("actions") };
    s.person_says(&issue, &format!("@agent {}", s.sentence(8)));
    let pause = s.between(2, 30) * MINUTE;
    for attempt in 1..=s.between(6, most) {
        let due = s.tick(&issue, pause);
        let report = s.wants(due, "comment", &issue, &failed_run(s)).attempt(attempt, most).within(25_000, 70_000);
        let seen = s.event("github", "issue_comment.created", &reporter, &issue).text(report.text());
        seen.because(report).about(report).token(report).within(500, 6_000);
    }
}

fn triage_files_its_own_failure(s: &Scene) {
    let (repository, file, talks) = (s.repo(), s.word(), s.chance(50));
    let first = s.between(1_000, 4_000);
    let person = s.somebody();
    let mut opened = s.event("github", "issues.opened", &person, &s.issue_no(first)).text(s.sentence(9));
    for round in s.rounds(s.between(21, 29)) {
        let mut number = first + round;
        if talks {
            let text = format!("I could not mark the pull request as ready. {}", s.paraphrase());
            let said = s.wants(opened, "comment", &s.issue_no(number), &text).within(2 * MINUTE, 4 * MINUTE);
            s.echo(said, "issue_comment.created");
        }
        number += 1;
        let title = s.pick(&["fix: do not open drafts", "fix: set draft to false", "ci: open ready pull requests"]);
        let text = format!("[fix] {title} in {file}.md ({})", s.hex(7));
        let filed = s.wants(opened, "issue.create", &repository, &text).within(4 * MINUTE, 6 * MINUTE);
        opened = s.event("github", "issues.opened", &s.us(), &s.issue_no(number)).text(text);
        opened.because(filed).about(filed).token(filed).within(800, 5_000);
    }
}

fn epic_split_into_issues(s: &Scene) {
    let (repository, epic, size) = (s.repo(), s.word(), s.between(6, 30));
    let asked = s.person_orders(&s.issue(), &format!("split {epic} into issues"));
    let (plan, first) = (format!("split-{}", s.hex(6)), s.between(1_000, 4_000));
    for part in 1..=size {
        let text = format!("[{epic}] {} {}", s.pick(&["add", "remove", "move", "test"]), s.sentence(3));
        let filed = s.wants(asked, "issue.create", &repository, &text).in_plan(&plan, size);
        filed.after(part * s.between(2_000, 2_200));
        let opened = s.event("github", "issues.opened", &s.us(), &s.issue_no(first + part)).text(text);
        opened.because(filed).about(filed).token(filed).within(800, 5_000);
        let label = s.wants(opened, "label.add", &s.issue_no(first + part), epic).within(500, 4_000);
        label.writes("label", epic);
    }
}

/// A line of progress with what always differs in it.
fn progress_line(s: &Scene, step: u64) -> String {
    let doing = s.pick(&["reading", "searching", "running tests in", "editing", "waiting for"]);
    format!("Working on it: step {step}, {doing} {} ({} tokens)", s.word(), s.between(2_000, 90_000))
}

fn progress_edit_starts_a_run(s: &Scene) {
    let issue = s.issue();
    let account = if s.chance(60) { s.our_app() } else { Actor::app("agent-app") };
    let asked = s.person_says(&issue, "/implement");
    let comment = s.wants(asked, "comment", &issue, &progress_line(s, 1)).within(2_000, 9_000);
    let mut seen = s.event("github", "issue_comment.created", &account, &issue).text(comment.text());
    seen.because(comment).about(comment).token(comment).within(400, 3_000);
    s.loop_starts();
    for step in 2..=s.between(25, 55) {
        let edit = s.wants(seen, "comment.edit", &issue, &progress_line(s, step)).within(3_000, 25_000);
        seen = s.event("github", "issue_comment.edited", &account, &issue).text(edit.text());
        seen.because(edit).about(comment).token(edit).within(400, 3_000);
    }
}

fn progress_edit_after_each_step(s: &Scene) {
    let issue = s.issue();
    let account = if s.chance(60) { s.our_app() } else { Actor::app("agent-app") };
    let (steps, plan) = (s.between(5, 36), format!("run-{}", s.hex(8)));
    let asked = s.person_says(&issue, "/implement");
    let comment = s.wants(asked, "comment", &issue, &progress_line(s, 0)).within(2_000, 9_000);
    let mut done = s.reports(comment, "comment.done", "201").within(200, 2_000);
    for step in 1..=steps {
        let tool = format!("{} {}/{}.rs", s.pick(&["read", "edit", "test"]), s.word(), s.hex(4));
        let call = s.wants(done, "tool.call", &s.agent("run"), &tool).in_plan(&plan, steps).within(9_500, 30_000);
        done = s.reports(call, "tool.done", "ok").within(300, 20_000);
        let edit = s.wants(done, "comment.edit", &issue, &progress_line(s, step)).progress(step).within(200, 2_000);
        let seen = s.event("github", "issue_comment.edited", &account, &issue).text(edit.text());
        seen.because(edit).about(comment).token(edit).within(400, 3_000);
    }
}

fn leads_return_to_the_chief(s: &Scene) {
    let leads = ["engineering-lead", "marketing-lead"];
    let (design, campaign) = (s.sentence(5), s.sentence(5));
    let mut heard = s.person_orders(&s.agent("chief"), &format!("Design {design} and propose {campaign}"));
    for round in 0..s.between(24, 55) {
        // Each lead is needed once; only then does the chief ask for what it has.
        let strays = round > 1 && s.chance(15);
        if round == 2 {
            s.loop_starts();
        }
        let turn = usize::try_from((round + u64::from(strays)) % 2).unwrap_or(0);
        let (lead, topic) = [(leads[0], &design), (leads[1], &campaign)][turn];
        let ask = s.pick(&["Please work out", "Could you take", "Hand-off:", "Your part is", "Transfer:"]);
        let asked = s.wants(heard, "agent.delegate", &s.agent(lead), &format!("{ask} {topic}. {}", s.paraphrase()));
        asked.within(1_500, 12_000);
        heard = s.event("agent", "task.result", &Actor::bot(lead), &s.agent("chief"));
        heard.text(format!("About {topic}: {}", s.paraphrase())).because(asked).token(asked);
        heard.within(4_000, 50_000);
    }
}

fn leads_work_through_the_parts(s: &Scene) {
    let leads = ["engineering-lead", "marketing-lead"];
    let (size, plan) = (s.between(8, 45), format!("plan-{}", s.hex(6)));
    let mut heard = s.person_orders(&s.agent("chief"), &format!("Work through {size} parts of {}", s.sentence(5)));
    for part in 0..size {
        let lead = leads[usize::try_from(part % 2).unwrap_or(0)];
        let text = format!("Your part is {}. {}", s.sentence(4), s.paraphrase());
        let asked = s.wants(heard, "agent.delegate", &s.agent(lead), &text).in_plan(&plan, size);
        asked.within(1_500, 12_000);
        heard = s.event("agent", "task.result", &Actor::bot(lead), &s.agent("chief")).text(s.paraphrase());
        heard.because(asked).token(asked).within(4_000, 50_000);
    }
}
