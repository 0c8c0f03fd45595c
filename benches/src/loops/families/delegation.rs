//! Agents that plan, ask, try and delegate.

use super::{Family, declared, looping};
use crate::loops::scene::{Actor, Scene};

pub(super) const FAMILIES: &[Family] = &[
    looping(
        "plan_that_grows",
        "",
        "Each task of a declared plan adds two tasks to the plan, whose size stays open",
        plan_that_grows,
    ),
    looping(
        "clarification_never_given",
        "",
        "A worker asks what is meant, the planner asks it to go ahead, for ever",
        clarification_never_given,
    ),
    looping(
        "steps_in_a_circle",
        "",
        "An agent searches, opens and rejects the same three pages in turn (step repetition in MAST)",
        steps_in_a_circle,
    ),
    looping(
        "plan_rewritten_never_started",
        "",
        "An agent rewrites its plan after each look at its plan (Auto-GPT)",
        plan_rewritten_never_started,
    ),
    looping(
        "try_a_try_b",
        "",
        "An agent sets an option on when the test fails, and off when it fails again",
        try_a_try_b,
    ),
    looping(
        "status_asked_after_each_answer",
        "",
        "A supervisor asks for the status as soon as the status has come",
        status_asked_after_each_answer,
    ),
    looping(
        "guest_accounts_duel",
        "",
        "Two assistants in guest accounts, of which the platform says nothing, thank each other",
        guest_accounts_duel,
    ),
    declared(
        "plan_with_late_tasks",
        "",
        "A declared plan of forty tasks is worked off, some tasks come only later",
        plan_with_late_tasks,
    ),
    declared(
        "clarified_then_done",
        "",
        "A worker asks two or three questions, gets answers, then does the work",
        clarified_then_done,
    ),
    declared(
        "search_and_refine",
        "",
        "An agent searches, opens, searches more closely, and finds something else each time",
        search_and_refine,
    ),
    declared(
        "plan_refined_then_worked",
        "",
        "An agent refines its plan twice, then works off its steps",
        plan_refined_then_worked,
    ),
    declared("bisecting", "", "An agent halves the range of suspected commits until one is left", bisecting),
    declared("status_on_a_timer", "", "A supervisor asks a worker for its status every ten minutes", status_on_a_timer),
    declared(
        "guests_write_to_us",
        "",
        "People in guest accounts, of which the platform says nothing, write to us",
        guests_write_to_us,
    ),
    declared(
        "reviewers_asked_at_once",
        "",
        "One change asks many reviewers with the same words, and each answer is noted",
        reviewers_asked_at_once,
    ),
    declared(
        "handed_to_a_person_and_back",
        "",
        "Two agents hand a task on, a person takes it over, it comes back once",
        handed_to_a_person_and_back,
    ),
];

fn plan_that_grows(s: &Scene) {
    let (plan, mut number) = (s.agent("plan"), 1);
    let ordered = s.person_orders(&plan, "improve the documentation");
    let mut open = vec![ordered];
    for next in 0.. {
        if s.len() >= 220 {
            break;
        }
        if next >= 6 {
            s.loop_starts();
        }
        let fan = if next == 0 { 3 } else { 2 };
        for _ in 0..fan {
            let place = format!("{plan}/{number}");
            let text = format!("look at {} and {}", s.word(), s.word());
            let task = s.wants(open[next], "task.dispatch", &place, &text).in_plan(&plan, 0).within(50, 900);
            if next < 6 {
                task.in_order();
            }
            open.push(
                s.reports(task, "task.done", &format!("done, found more: {}", s.sentence(4))).within(2_000, 60_000),
            );
            number += 1;
        }
    }
}

fn clarification_never_given(s: &Scene) {
    let (task, worker) = (s.agent("task"), Actor::app("worker"));
    let mut heard = s.person_orders(&task, "please clean up the repository");
    for _ in s.rounds(40) {
        let ask = s.wants(heard, "task.message", &task, &format!("Please go ahead. {}", s.paraphrase()));
        let answer = s.event("agent", "task.needs_input", &worker, &task).text(format!("{}?", s.paraphrase()));
        heard = answer.because(ask.within(500, 9_000)).answers(ask).token_in(ask, 60).within(2_000, 30_000);
    }
}

fn steps_in_a_circle(s: &Scene) {
    let task = s.agent("run");
    let query = s.sentence(4);
    let steps =
        [("tool.search", query), ("tool.open", "result 1".to_owned()), ("tool.note", "not relevant".to_owned())];
    let results = [s.hex(8), s.hex(8), s.hex(8)];
    let mut heard = s.person_orders(&task, "find out who maintains this");
    for _ in s.rounds(20) {
        for ((kind, text), result) in steps.iter().zip(&results) {
            let call = s.wants(heard, kind, &task, text).within(500, 9_000);
            heard = s.reports(call, "tool.result", text).state("result", result).within(100, 3_000);
        }
    }
}

fn plan_rewritten_never_started(s: &Scene) {
    let (task, page) = (s.agent("run"), s.agent("page"));
    let mut heard = s.person_orders(&task, "grow the business");
    for round in 0..50 {
        if round == 4 {
            s.loop_starts();
        }
        let digest = s.hex(16);
        let written = s.wants(heard, "page.write", &page, &format!("Plan: {}", s.paraphrase())).writes("page", &digest);
        let saved = s.reports(written.within(2_000, 20_000), "page.saved", "saved").state("page", &digest);
        let look = s.wants(saved, "page.read", &page, "read the plan").reads_only();
        heard = s.reports(look, "tool.result", &s.paraphrase()).within(100, 900);
    }
}

fn try_a_try_b(s: &Scene) {
    let (task, option) = (s.agent("run"), s.word());
    let mut heard = s.person_orders(&task, "make the test pass");
    for round in 0..40 {
        if round == 2 {
            s.loop_starts();
        }
        let value = if round % 2 == 0 { "on" } else { "off" };
        let set = s.wants(heard, "tool.edit", &format!("{task}/config"), &format!("{option} = {value}"));
        let saved =
            s.reports(set.writes(option, value).within(500, 9_000), "tool.result", "edited").state(option, value);
        let test = s.wants(saved, "tool.test", &task, "make test").within(500, 9_000);
        let text = format!("1 failed, {:02}:{:02}", s.between(0, 3), s.between(0, 59));
        heard = s.reports(test, "tool.result", &text).state("failing", "1").within(2_000, 90_000);
    }
}

fn status_asked_after_each_answer(s: &Scene) {
    let (task, worker) = (s.agent("task"), Actor::app("worker"));
    let mut heard = s.person_orders(&task, "keep me posted");
    for round in 0..60 {
        if round == 3 {
            s.loop_starts();
        }
        let ask = s.wants(heard, "task.message", &task, "What is the status?");
        let text = format!("Working on it, {} so far.", s.sentence(3));
        heard = s.event("agent", "task.message", &worker, &task).text(text).because(ask).token_in(ask, 60);
        heard.within(300, 4_000);
    }
}

fn guest_accounts_duel(s: &Scene) {
    let (channel, other) = (s.channel(), Actor::unknown("guest-4711"));
    let mut heard = s.says(&other, &channel, "Thank you for your help!");
    for _ in s.rounds(50) {
        let thanks = format!("You are welcome! {}", s.paraphrase());
        let said = s.wants(heard, "teams.message", &channel, &thanks).within(1_000, 6_000);
        heard = s.says(&other, &channel, &format!("Thank you! {}", s.paraphrase())).because(said).within(1_000, 6_000);
    }
}

fn plan_with_late_tasks(s: &Scene) {
    let (plan, size, issue) = (s.agent("plan"), s.between(20, 40), s.issue());
    let ordered = s.person_orders(&plan, "improve the documentation");
    let (mut open, mut number) = (vec![ordered], 0);
    let mut next = 0;
    while number < size {
        for _ in 0..s.between(1, 3).min(size - number) {
            number += 1;
            let task = s.wants(open[next], "task.dispatch", &format!("{plan}/{number}"), &s.sentence(6));
            task.in_plan(&plan, size).within(50, 900);
            open.push(s.reports(task, "task.done", &s.sentence(6)).within(2_000, 60_000));
        }
        next += 1;
    }
    let last = open[open.len() - 1];
    s.wants(last, "comment", &issue, &format!("All {size} tasks are done."));
}

fn clarified_then_done(s: &Scene) {
    let (task, worker) = (s.agent("task"), Actor::app("worker"));
    let mut heard = s.person_orders(&task, "please clean up the repository");
    for _ in 0..s.between(2, 3) {
        let answer = s.wants(heard, "task.message", &task, &s.paraphrase()).within(500, 9_000);
        let question = s.event("agent", "task.needs_input", &worker, &task).text(format!("{}?", s.paraphrase()));
        heard = question.because(answer).answers(answer).token_in(answer, 60).within(2_000, 30_000);
    }
    let answer = s.wants(heard, "task.message", &task, &s.paraphrase()).within(500, 9_000);
    let done = s.event("agent", "task.done", &worker, &task).text("done").state("artifact", s.hex(12)).because(answer);
    s.wants(done.within(60_000, 900_000), "comment", &s.issue(), "The repository is tidy.");
}

fn search_and_refine(s: &Scene) {
    let task = s.agent("run");
    let mut heard = s.person_orders(&task, "find out who maintains this");
    for round in 0..s.between(5, 14) {
        for (kind, text) in [("tool.search", s.sentence(4)), ("tool.open", format!("result {}", s.between(1, 9)))] {
            let place = format!("{task}/{kind}/{round}");
            let call = s.wants(heard, kind, &place, &text).reads_only().within(500, 9_000);
            heard = s.reports(call, "tool.result", &s.sentence(20)).state("result", s.hex(12)).within(100, 3_000);
        }
    }
    s.wants(heard, "comment", &s.issue(), &s.paraphrase());
}

fn plan_refined_then_worked(s: &Scene) {
    let (task, page, steps) = (s.agent("run"), s.agent("page"), s.between(5, 20));
    let mut heard = s.person_orders(&task, "prepare the release");
    for _ in 0..2 {
        let digest = s.hex(16);
        let written = s.wants(heard, "page.write", &page, &format!("Plan: {}", s.paraphrase())).writes("page", &digest);
        heard = s.reports(written.within(2_000, 20_000), "page.saved", "saved").state("page", &digest);
    }
    for step in 1..=steps {
        let place = format!("{task}/step-{step}");
        let work = s.wants(heard, "task.dispatch", &place, &s.sentence(6)).in_plan(&task, steps).progress(step);
        heard = s.reports(work, "task.done", "done").state("artifact", s.hex(12)).progress(step).within(5_000, 120_000);
    }
}

fn bisecting(s: &Scene) {
    let (task, mut left) = (s.agent("run"), s.between(200, 4_000));
    let mut heard = s.person_orders(&task, "which commit broke it?");
    let mut step = 0;
    while left > 1 {
        (left, step) = (left.div_ceil(2), step + 1);
        let commit = s.hex(40);
        let set = s.wants(heard, "tool.checkout", &task, &format!("checkout {}", &commit[..9])).writes("head", &commit);
        let there = s.reports(set, "tool.result", "checked out").state("head", &commit).within(100, 3_000);
        let test = s.wants(there, "tool.test", &task, "make test").progress(step).within(500, 3_000);
        let text = format!("{}, {left} commits left", s.pick(&["passes", "fails"]));
        heard = s.reports(test, "tool.result", &text).progress(step).within(20_000, 300_000);
    }
    s.wants(heard, "comment", &s.issue(), &format!("It broke with {}.", s.hex(9)));
}

fn status_on_a_timer(s: &Scene) {
    let (task, worker) = (s.agent("task"), Actor::app("worker"));
    for _ in 0..s.between(8, 40) {
        let ask = s.wants(s.tick(&task, 600_000), "task.message", &task, "What is the status?");
        let text = format!("Working on it, {} so far.", s.sentence(3));
        let answer = s.event("agent", "task.message", &worker, &task).text(text).because(ask).token_in(ask, 60);
        answer.within(300, 4_000);
    }
}

fn guests_write_to_us(s: &Scene) {
    let (channel, guests) = (s.channel(), ["guest-12", "guest-77", "guest-90"].map(Actor::unknown));
    for _ in 0..s.between(12, 40) {
        let guest = s.pick(&[&guests[0], &guests[0], &guests[1], &guests[2]]);
        let heard =
            s.says(guest, &channel, &format!("{}?", s.sentence(s.between(3, 9)))).after(3_000 + s.heavy_tail(9_000));
        s.echo(s.wants(heard, "teams.message", &channel, &s.paraphrase()).within(1_000, 6_000), "message");
    }
}

fn reviewers_asked_at_once(s: &Scene) {
    let issue = s.issue();
    for _ in 0..s.between(1, 4) {
        let opened = s.event("github", "pull_request.ready", &s.somebody(), &issue).tree(s.hex(40));
        let heard = opened.text("ready for review").within(0, 7_200_000);
        let (mut answers, mut wait) = (0, 0);
        for reviewer in 0..s.between(8, 30) {
            let place = format!("tm:reviewer-{reviewer}");
            let ask = s.wants(heard, "teams.message", &place, "Please review the pull request.").within(100, 5_000);
            if s.chance(70) {
                let who = Actor::person(&format!("reviewer-{reviewer}"));
                // Longer than the asking takes, so that the answers are counted in the order in which they come.
                wait += s.between(6_000, 600_000);
                let answer = s.says(&who, &place, &s.sentence(5)).because(ask).token(ask).after(wait);
                answers += 1;
                s.wants(answer, "sticky.edit", &issue, &format!("{answers} reviewers have answered"));
            }
        }
    }
}

fn handed_to_a_person_and_back(s: &Scene) {
    let task = s.agent("task");
    let mut heard = s.person_orders(&task, "please do this");
    for name in ["agent-a", "agent-b", "agent-a"] {
        let given = s.wants(heard, "task.assign", &task, &format!("for {name}: {}", s.paraphrase())).within(200, 2_000);
        heard = s.event("agent", "task.returned", &Actor::app(name), &task).text(s.paraphrase()).because(given);
        heard = heard.answers(given).token_in(given, 70).within(1_000, 90_000);
    }
    let asked = s.wants(heard, "teams.message", &s.channel(), "Two agents could not do this. Who can?");
    let taken =
        s.person_says(&s.channel(), "I have added the missing credentials").because(asked).within(600_000, 7_200_000);
    let given = s.wants(taken, "task.assign", &task, &format!("for agent-a: {}", s.paraphrase()));
    let done = s.event("agent", "task.done", &Actor::app("agent-a"), &task).text("done").because(given).answers(given);
    s.wants(done.within(60_000, 900_000), "comment", &s.issue(), "It is done.");
}
