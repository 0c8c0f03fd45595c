//! Agents: tools, tasks, hand-offs, reviews.

use super::{Family, declared, looping};
use crate::loops::scene::{Act, Actor, Event, Scene};

pub(super) const FAMILIES: &[Family] = &[
    looping(
        "same_tool_same_result",
        "L12",
        "An agent runs the same command, which times out in the same way, sixty times",
        same_tool_same_result,
    ),
    looping(
        "searching_where_nothing_is",
        "L13",
        "An agent lists one directory after another and finds none of them",
        searching_where_nothing_is,
    ),
    looping(
        "handoff_to_and_fro",
        "L23",
        "Two agents hand one task to each other, each time with new reasons",
        handoff_to_and_fro,
    ),
    looping(
        "endless_improvement",
        "HL3",
        "A reviewing agent always finds something and a coding agent always pushes something",
        endless_improvement,
    ),
    declared("pages_of_a_log", "N09", "An agent reads a long log page by page", pages_of_a_log),
    declared(
        "review_in_rounds",
        "N10",
        "An agent reviews a pull request in a few rounds, then approves it",
        review_in_rounds,
    ),
    declared(
        "plan_of_tasks",
        "N20",
        "A declared plan is worked off by three agents while a note counts it",
        plan_of_tasks,
    ),
    declared("edit_and_test", "HN6", "An agent edits and tests until no test fails any more", edit_and_test),
    declared(
        "agent_team",
        "GN10",
        "Planner, coder, tester, reviewer and writer work on one feature in turn",
        agent_team,
    ),
];

fn tool_result<'s>(s: &'s Scene, call: Act<'s>, task: &str, text: &str) -> Event<'s> {
    let result = s.event("agent", "tool.result", &Actor::runtime(), task).text(text);
    result.because(call).answers(call).token_kept(call).within(50, 900)
}

fn same_tool_same_result(s: &Scene) {
    let (task, command) = (s.agent("run"), s.sentence(6));
    let mut heard = s.person_orders(&task, "repair the build");
    for _ in s.rounds(60) {
        let call = s.wants(heard, "tool.bash", &task, &command).within(500, 9_000);
        heard =
            tool_result(s, call, &task, "timed out after 180000 ms").state("result", "timeout").within(100, 180_000);
    }
}

fn searching_where_nothing_is(s: &Scene) {
    let task = s.agent("run");
    let mut heard = s.person_orders(&task, "find the configuration");
    for round in 0..60 {
        if round == 5 {
            s.loop_starts();
        }
        let command = format!("ls -l /srv/{}/{}", s.word(), s.word());
        let call = s.wants(heard, "tool.ls", &task, &command).reads_only().within(500, 9_000);
        heard = tool_result(s, call, &task, "No such file or directory").state("result", "missing");
    }
}

fn handoff_to_and_fro(s: &Scene) {
    let task = s.agent("task");
    let mut heard = s.person_orders(&task, "please do this");
    for round in s.rounds(40) {
        let name = if round % 2 == 0 { "agent-a" } else { "agent-b" };
        let given = s.wants(heard, "task.assign", &task, &format!("for {name}: {}", s.paraphrase())).within(200, 2_000);
        heard = s.event("agent", "task.returned", &Actor::app(name), &task).text(s.paraphrase()).because(given);
        if s.chance(70) {
            heard = heard.answers(given);
        }
        heard = heard.token_in(given, 70).within(1_000, 90_000);
    }
}

fn endless_improvement(s: &Scene) {
    let (issue, coder) = (s.issue(), Actor::bot("copilot"));
    let opened = s.event("github", "pull_request.opened", &s.somebody(), &issue).text("new pull request");
    let mut heard = opened.tree(s.hex(40));
    for round in 0..60 {
        if round == 8 {
            s.loop_starts();
        }
        let review = s.wants(heard, "review", &issue, &s.paraphrase()).within(5_000, 60_000);
        let text = format!("after review: {}", s.sentence(5));
        heard = s.event("github", "push", &coder, &issue).text(text).tree(s.hex(40)).because(review);
        heard.within(30_000, 900_000);
    }
}

fn pages_of_a_log(s: &Scene) {
    let task = s.agent("run");
    let mut heard = s.person_orders(&task, "summarise the log");
    for page in 0..s.between(8, 50) {
        let place = format!("{task}/log?page={page}");
        let call = s.wants(heard, "tool.read", &place, &format!("read page {page}")).reads_only().within(300, 3_000);
        heard = tool_result(s, call, &task, &s.sentence(30)).state("result", s.hex(16));
    }
}

fn review_in_rounds(s: &Scene) {
    let (issue, coder) = (s.issue(), Actor::bot("copilot"));
    let opened = s.event("github", "pull_request.opened", &s.somebody(), &issue).text("new pull request");
    let mut heard = opened.tree(s.hex(40));
    for _ in 0..s.between(2, 8) {
        let review = s.wants(heard, "review", &issue, &s.paraphrase()).within(5_000, 60_000);
        s.echo(review, "pull_request_review.submitted");
        let text = format!("after review: {}", s.sentence(5));
        heard = s.event("github", "push", &coder, &issue).text(text).tree(s.hex(40)).because(review);
        heard.within(30_000, 900_000);
    }
    s.wants(heard, "review.approve", &issue, "Looks good to me.").within(1_000, 9_000);
}

fn plan_of_tasks(s: &Scene) {
    let (plan, issue, size) = (s.agent("plan"), s.issue(), s.between(5, 40));
    let ordered = s.person_orders(&plan, "split this and do it");
    let mut done = 0;
    for number in 1..=size {
        let place = format!("{plan}/{number}");
        let task = s.wants(ordered, "task.dispatch", &place, &format!("task {number} of {size}"));
        task.in_plan(&plan, size).within(5, 500);
        let worker = Actor::app(s.pick(&["agent-a", "agent-b", "agent-c"]));
        let report = s.event("agent", "task.done", &worker, &place).text(format!("task {number} of {size} is done"));
        let heard = report.because(task).answers(task).token_kept(task).after(number * 1_500 + s.between(0, 900));
        done += 1;
        let note = s.wants(heard, "sticky.edit", &issue, &format!("{done} of {size} tasks done")).progress(done);
        s.echo(note.within(10, 90), "issue_comment.edited");
    }
}

fn edit_and_test(s: &Scene) {
    let (task, mut failing) = (s.agent("run"), s.between(5, 20));
    let mut heard = s.person_orders(&task, "make the tests pass");
    while failing > 0 {
        for _ in 0..s.between(1, 3) {
            let file = format!("{task}/src/{}.rs", s.word());
            let edit = s.wants(heard, "tool.edit", &file, &s.sentence(20)).within(500, 9_000);
            heard = tool_result(s, edit, &task, "edited").state("result", s.hex(8));
        }
        let run = s.wants(heard, "tool.test", &task, "cargo test").within(500, 9_000);
        failing = failing.saturating_sub(s.pick(&[0, 1, 1, 2, 3]));
        let result = tool_result(s, run, &task, &format!("{failing} tests failed")).within(2_000, 60_000);
        heard = result.state("failing", failing.to_string());
    }
}

fn agent_team(s: &Scene) {
    let issue = s.issue();
    let mut heard = s.person_says(&issue, "please build this feature");
    for _ in 0..s.between(1, 3) {
        for role in ["planner", "coder", "tester", "reviewer", "writer"] {
            let text = format!("for the {role}: {}", s.paraphrase());
            let given = s.wants(heard, &format!("task.assign.{role}"), &issue, &text).within(500, 5_000);
            let done = s.event("agent", "task.done", &Actor::app(role), &issue).text(s.paraphrase()).because(given);
            heard = done.answers(given).token_in(given, 90).state("artifact", s.hex(12)).within(5_000, 300_000);
        }
    }
}
