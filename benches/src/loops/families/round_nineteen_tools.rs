//! Tools and tasks: reports, briefs, planners, summaries, an empty directory, verified stages and tests.

use std::collections::VecDeque;

use super::{DAY, HOUR, MINUTE, SECOND, call, cut, phrased, remark, turns};
use crate::loops::families::{Family, careless, declared, looping};
use crate::loops::scene::{Actor, Scene};

pub(super) const FAMILIES: &[Family] = &[
    looping(
        "report_that_fits_no_form",
        "",
        "After good work an agent hands in its report, which lacks a field of the form each time, four hundred times",
        report_that_fits_no_form,
    ),
    declared(
        "findings_filed_one_by_one",
        "",
        "An agent files findings through one form; some are refused at first and are handed in once or twice more",
        findings_filed_one_by_one,
    ),
    looping(
        "brief_handed_down_again_and_again",
        "",
        "A subagent does not do its task but hands the brief to a new subagent and says that it will report back",
        brief_handed_down_again_and_again,
    ),
    declared(
        "research_split_among_subagents",
        "",
        "A research agent splits each question among subagents by a plan, waits for all of them and writes the answer",
        research_split_among_subagents,
    ),
    looping(
        "planner_plans_its_own_pieces",
        "",
        "A planner splits each issue that is opened into pieces, opens an issue for each, and so has more to split",
        planner_plans_its_own_pieces,
    ),
    declared(
        "epics_planned_when_labelled",
        "",
        "People label epics, a planner splits each into issues, and an implementer opens a pull for each of these",
        epics_planned_when_labelled,
    ),
    looping(
        "summary_taken_for_the_task",
        "",
        "A full session is summed up; the agent takes the summary for its task and sums up, which fills it again",
        summary_taken_for_the_task,
    ),
    declared(
        "long_session_compacted_on_its_way",
        "",
        "A long session is summed up each dozen steps or so and goes on with its work, for hours, to the end",
        long_session_compacted_on_its_way,
    ),
    declared(
        "names_looked_up_in_an_empty_directory",
        "",
        "An agent looks up one name after the other and finds none of them, for which its turn was once torn down",
        names_looked_up_in_an_empty_directory,
    ),
    declared(
        "stages_written_run_and_verified",
        "",
        "An agent writes, runs, mends and verifies one stage after the other over night, which was frozen as a loop",
        stages_written_run_and_verified,
    ),
    careless(
        "same_tests_after_each_edit",
        "",
        "An agent runs the same tests after each edit, often with the same failures, until they pass",
        same_tests_after_each_edit,
    ),
];

fn report_that_fits_no_form(s: &Scene) {
    let (session, says, style) = (s.agent("session"), s.chance(30), s.between(0, 3));
    let (soon, late) = s.pick(&[(2 * SECOND, 7 * SECOND), (6 * SECOND, 25 * SECOND), (50 * SECOND, 90 * SECOND)]);
    let (field, result) = (s.pick(&["finding_id", "verdict", "severity"]), s.sentence(14));
    let order = s.person_orders(&session, &format!("review how the {} is retried", s.word())).within(MINUTE, DAY);
    let mut heard = order;
    for _ in 0..s.between(3, 12) {
        let what = match s.between(0, 2) {
            0 => format!("read src/{}.ts", s.word()),
            1 => format!("grep -rn {} src", s.word()),
            _ => format!("git log --oneline src/{}.ts", s.word()),
        };
        heard = call(s, heard, &session, &what, &s.sentence(11));
    }
    for round in 0..turns(s, if says { 2 } else { 1 }) + 2 {
        // To hand it in three times is what the message of the form is for.
        if round == 3 {
            s.loop_starts();
        }
        if says && round > 0 {
            let text = format!("Attempt {}: the form needs {field}. {}", round + 1, s.paraphrase());
            s.wants(heard, "message", &session, &text).within(500, 1_500);
        }
        let text = phrased(s, style, &format!("submit_report {{\"summary\": \"{result}\"}}"), round + 1);
        let act = s.wants(heard, "tool.call", &session, &text).within(soon, late);
        let text = format!("Output does not match the schema: must have required property '{field}'");
        heard = s.reports(act, "tool.failed", &text).within(20, 400);
    }
}

fn findings_filed_one_by_one(s: &Scene) {
    let session = s.agent("session");
    let mut heard = s.person_orders(&session, "audit the whole service and file what you find").within(HOUR, DAY);
    for number in 0..s.between(14, 22) {
        for _ in 0..s.pick(&[0, 1, 1, 2]) {
            let act = s.wants(heard, "tool.call", &session, &format!("read src/{}.ts", s.word())).reads_only();
            heard = s.reports(act.within(SECOND, 8 * SECOND), "tool.done", &s.sentence(11)).within(40, 900);
        }
        let (tries, finding) = (s.pick(&[1, 1, 1, 2, 3]), s.sentence(9));
        for attempt in 1..=tries {
            let text = format!("submit_finding {{\"id\": {number}, \"text\": \"{finding}\"}}");
            let act = s.wants(heard, "tool.call", &session, &text).attempt(attempt, 3).within(2 * SECOND, 9 * SECOND);
            heard = if attempt == tries {
                s.reports(act, "tool.done", "accepted").within(20, 400)
            } else {
                s.reports(act, "tool.failed", "Output does not match the schema: severity must be 1 to 5")
                    .within(20, 400)
            };
        }
    }
    let told = s.wants(heard, "message", &session, &format!("All is filed. {}", s.paraphrase()));
    remark(s, told, 40, &["thank you", "that is a lot", "which one first?"]);
}

fn brief_handed_down_again_and_again(s: &Scene) {
    let (runner, reports, style) = (Actor::app("agent-runner"), s.chance(55), s.pick(&[0, 0, 1, 3]));
    let (soon, late) = s.pick(&[(5 * SECOND, 15 * SECOND), (45 * SECOND, 75 * SECOND), (4 * MINUTE, 7 * MINUTE)]);
    let mut task = s.between(100, 5_000);
    let brief = format!("You are a bounded implementer: build the {}, commit, push, open a pull, stop.", s.sentence(3));
    let started =
        |task: u64, text: &str| s.event("agent", "task.submit", &runner, &format!("ag:task/{task}")).text(text);
    // Smaller briefs were simply done.
    for _ in 0..s.between(0, 4) {
        task += 1;
        let heard = started(task, &format!("fix the typo in {}", s.word())).within(HOUR, 9 * HOUR);
        let done = call(s, heard, &format!("ag:task/{task}"), "edit and push", "ok");
        s.wants(done, "task.done", &format!("ag:task/{task}"), "pushed");
    }
    let mut parent = s.agent("session");
    let mut heard = s.person_orders(&parent, &brief).within(HOUR, DAY);
    for round in s.rounds(turns(s, if reports { 2 } else { 1 })) {
        task += 1;
        let text = phrased(s, style, &brief, round + 1);
        let act = s.wants(heard, "agent.spawn", &format!("ag:task/{task}"), &text).within(3 * SECOND, 30 * SECOND);
        if reports {
            let text = "I have dispatched this to an agent in the background and will report back.";
            s.wants(heard, "task.report", &parent, text).within(31 * SECOND, 44 * SECOND);
        }
        if s.chance(3) {
            s.person_says(&s.channel(), s.pick(&["is somebody building it?", "how far is it?"])).because(act);
        }
        parent = act.subject();
        heard = started(task, &text).because(act).token(act).within(soon, late);
    }
}

fn research_split_among_subagents(s: &Scene) {
    let (runner, gap) = (Actor::app("agent-runner"), s.pick(&[MINUTE, 20 * MINUTE, 4 * HOUR]));
    let mut task = 100;
    for question in 0..s.between(4, 8) {
        let (place, size) = (format!("ag:session/{}", 500 + question), s.between(3, 8));
        let order = s.person_orders(&place, &s.sentence(8)).within(gap / 4, gap);
        let (plan, text) = (format!("question-{question}"), format!("Research one side of it: {}", order.said()));
        let mut latest = order;
        for at in 0..size {
            task += 1;
            let words = format!("{text} Look at the {}.", s.word());
            let act = s.wants(order, "agent.spawn", &format!("ag:task/{task}"), &words).in_plan(&plan, size + 1);
            let act = act.after(2 * SECOND + 900 * at);
            let done = s.event("agent", "task.done", &runner, &format!("ag:task/{task}")).text(s.paraphrase());
            latest = done.because(act).token(act).answers(act).within(20 * SECOND, 6 * MINUTE);
        }
        let told = s.wants(latest, "message", &place, &s.paraphrase()).in_plan(&plan, size + 1);
        // It waits for all of them.
        remark(s, told.after(6 * MINUTE), 30, &["thank you", "and in the north?", "very good"]);
    }
}

fn planner_plans_its_own_pieces(s: &Scene) {
    let (first, wide, labels) = (s.between(100, 900), s.pick(&[1, 2, 2]), s.chance(35));
    let (soon, late) = s.pick(&[(20 * SECOND, 50 * SECOND), (2 * MINUTE, 4 * MINUTE), (20 * MINUTE, 30 * MINUTE)]);
    let (style, implementer, wait) = (s.between(0, 3), Actor::bot("implementer"), s.between(soon, late));
    let (mut number, mut made, most) = (first, 0, s.between(26, 46));
    // Questions need no plan.
    for _ in 0..s.between(0, 4) {
        number += 1;
        let asked = s.event("github", "issues.opened", &s.somebody(), &s.issue_no(number)).text(s.sentence(7));
        s.wants(asked.within(HOUR, 9 * HOUR), "label", &s.issue_no(number), "question").writes("lbl", "question");
    }
    number += 1;
    let title = format!("Add a {} to the site", s.word());
    let opened = s.event("github", "issues.opened", &s.somebody(), &s.issue_no(number)).text(&title).within(HOUR, DAY);
    let mut open = VecDeque::from([(number, title, opened)]);
    while made < most {
        let Some((parent, title, heard)) = open.pop_front() else { return };
        if made > 0 {
            s.loop_starts();
        }
        if labels {
            made += 1;
            s.wants(heard, "label", &s.issue_no(parent), "plan-processed").writes("lbl", "planned").after(wait);
        }
        for at in 1..=s.between(1, wide) {
            (number, made) = (number + 1, made + 1);
            let text = cut(&format!("{title} / part {at}: {}", s.sentence(2)), 200);
            let text = phrased(s, style, &text, at);
            let place = s.issue_no(number);
            let act = s.wants(heard, "issue.create", &place, &text).after(wait + 3 * SECOND * at);
            let opened = s.event("github", "issues.opened", &s.us(), &place).text(&text).because(act).about(act);
            open.push_back((number, text, opened.token(act).within(600, 3_000)));
            if s.chance(20) {
                let pull = s.event("github", "pull_request.opened", &implementer, &s.issue_no(number + 4_000));
                pull.text(s.sentence(4)).because(act).within(MINUTE, 20 * MINUTE);
            }
        }
    }
}

fn epics_planned_when_labelled(s: &Scene) {
    let (implementer, gap) = (Actor::bot("implementer"), s.pick(&[6 * MINUTE, HOUR, 9 * HOUR]));
    let mut number = s.between(100, 500);
    for epic in 0..s.between(4, 8) {
        number += 1;
        let (place, size, plan) = (s.issue_no(number), s.between(3, 7), format!("epic-{epic}"));
        let labelled = s.event("github", "issues.labeled", &s.somebody(), &place).state("lbl", "plan");
        let heard = labelled.text(s.sentence(4)).within(gap / 3, gap);
        let done = s.wants(heard, "label", &place, "plan-processed").writes("lbl", "planned").in_plan(&plan, size + 1);
        s.echo(done.within(20 * SECOND, 30 * SECOND), "issues.labeled").map(|echo| echo.state("lbl", "planned"));
        for at in 1..=size {
            number += 1;
            let (piece, title) = (s.issue_no(number), format!("{} / part {at}: {}", heard.said(), s.sentence(2)));
            let act = s.wants(heard, "issue.create", &piece, &title).in_plan(&plan, size + 1);
            let act = act.after(30 * SECOND + 3 * SECOND * at);
            let opened = s.event("github", "issues.opened", &s.us(), &piece).text(&title).because(act).about(act);
            opened.token(act).within(600, 3_000);
            if s.chance(50) {
                let pull = s.event("github", "pull_request.opened", &implementer, &s.issue_no(number + 4_000));
                pull.text(&title).because(act).within(2 * MINUTE, 20 * MINUTE);
            }
        }
    }
}

fn summary_taken_for_the_task(s: &Scene) {
    let (session, system, nests) = (s.agent("session"), Actor::system("session-memory"), s.chance(40));
    let (soon, late) = s.pick(&[(4 * SECOND, 9 * SECOND), (15 * SECOND, 25 * SECOND), (90 * SECOND, 110 * SECOND)]);
    let (goal, mut percent) = (s.sentence(4), s.between(78, 95));
    let mut heard = s.person_orders(&session, &format!("find out why the {goal} is slow")).within(MINUTE, DAY);
    for _ in 0..s.between(2, 10) {
        heard = call(s, heard, &session, &format!("read src/{}.go", s.word()), &s.sentence(20));
    }
    let full = |percent: u64| {
        let event = s.event("agent", "context.full", &system, &session);
        event.text(format!("context at {percent} %, compaction is due"))
    };
    let mut summary = format!("Goal: why the {goal} is slow. Left to do: read on.");
    let act = s.wants(heard, "tool.call", &session, "read the whole log").within(SECOND, 8 * SECOND);
    s.reports(act, "tool.done", &s.sentence(30)).within(40, SECOND);
    heard = full(percent).because(act).within(SECOND, 9 * SECOND);
    for round in s.rounds(turns(s, 2)) {
        let act = s.wants(heard, "session.compact", &session, &summary).within(5 * SECOND, 9 * SECOND);
        let done = s.reports(act, "compact.done", &format!("{percent} % to {} %", percent - 1)).within(100, SECOND);
        summary = if nests {
            cut(&format!("Summary {}: {summary}", round + 1), 400)
        } else {
            format!("Goal: why the {goal} is slow. {} Left to do: read on.", s.paraphrase())
        };
        let said = s.wants(done, "message", &session, &summary).within(soon, late);
        remark(s, said, 4, &["stop", "go on with the work", "you said that before"]);
        percent = s.between(78, 95);
        heard = full(percent).because(said).token_in(said, 50).within(200, 2 * SECOND);
    }
}

fn long_session_compacted_on_its_way(s: &Scene) {
    let (session, system) = (s.agent("session"), Actor::system("session-memory"));
    let mut heard = s.person_orders(&session, "move the whole service to the new framework").within(MINUTE, DAY);
    let (steps, dozen) = (s.between(24, 95), s.between(8, 14));
    for step in 1..=steps {
        let what = match s.between(0, 3) {
            0 | 1 => format!("edit src/{}.ts: {}", s.word(), s.sentence(3)),
            2 => format!("read src/{}.ts", s.word()),
            _ => "npm test".to_owned(),
        };
        let act = s.wants(heard, "tool.call", &session, &what).progress(step).within(SECOND, 20 * SECOND);
        heard = s.reports(act, "tool.done", &s.sentence(7)).within(40, 20 * SECOND);
        if step % dozen == 0 {
            let full = s.event("agent", "context.full", &system, &session).because(act).text("context at 91 %");
            let text = format!("Goal: the new framework. Done: {step} steps. {}", s.paraphrase());
            let act = s.wants(full.within(20 * SECOND, 21 * SECOND), "session.compact", &session, &text).progress(step);
            heard = s.reports(act.within(5 * SECOND, 9 * SECOND), "compact.done", "91 % to 24 %").within(100, SECOND);
        }
    }
    let told = s.wants(heard, "message", &session, &format!("The service runs on it. {}", s.paraphrase()));
    remark(s, told, 40, &["wow", "thank you", "I will have a look tomorrow"]);
}

fn names_looked_up_in_an_empty_directory(s: &Scene) {
    let session = s.agent("session");
    for _ in 0..s.between(2, 4) {
        let order = s.person_orders(&session, "which of these people are already in the directory?");
        let (mut heard, found) = (order.within(MINUTE, 3 * HOUR), s.pick(&["[]", "no results", "{\"members\": []}"]));
        let names = s.between(7, 24);
        for _ in 0..names {
            let what = format!("search_directory {{\"name\": \"{} {}\"}}", s.word(), s.word());
            let act = s.wants(heard, "tool.call", &session, &what).reads_only().within(800, 5 * SECOND);
            let text = if s.chance(4) { "[{\"id\": 17}]" } else { found };
            heard = s.reports(act, "tool.done", text).within(30, 900);
        }
        let text = format!("Of the {names} hardly any is in it. {}", s.paraphrase());
        let told = s.wants(heard, "message", &session, &text).within(SECOND, 6 * SECOND);
        remark(s, told, 40, &["as I thought", "add them, please", "thanks"]);
    }
}

fn stages_written_run_and_verified(s: &Scene) {
    let (session, pace) = (s.agent("session"), s.pick(&[4 * SECOND, 30 * SECOND, 4 * MINUTE]));
    let mut heard = s.person_orders(&session, "work through the handoff document, stage by stage").within(HOUR, DAY);
    let mut step = 0;
    for stage in 1..=s.between(4, 6) {
        let (script, cycles) = (format!("stage_{stage}.py"), s.between(1, 4));
        for cycle in 1..=cycles {
            let last = cycle == cycles;
            let ran = if last { "exit 0".to_owned() } else { format!("exit 1: {}", s.sentence(4)) };
            let checked = if last { "all files are there" } else { "files are missing" };
            let steps = [
                (format!("edit {script}: {}", s.sentence(3)), "ok"),
                (format!("python {script}"), ran.as_str()),
                (format!("ls -l out/stage_{stage}"), checked),
            ];
            for (what, found) in steps {
                step += 1;
                let act = s.wants(heard, "tool.call", &session, &what).progress(step).within(SECOND, 9 * SECOND);
                heard = s.reports(act, "tool.done", found).within(pace / 4, pace);
            }
        }
        step += 1;
        let text = format!("Stage {stage} is done and verified.");
        s.wants(heard, "message", &session, &text).progress(step).within(300, 900);
    }
}

fn same_tests_after_each_edit(s: &Scene) {
    let session = s.agent("session");
    for _ in 0..s.between(2, 4) {
        let order =
            s.person_orders(&session, &format!("make the {} tests pass", s.word())).within(10 * MINUTE, 5 * HOUR);
        let (mut heard, mut red) = (order, s.between(1, 6));
        let rounds = s.between(4, 12);
        for round in 1..=rounds {
            let text = format!("edit src/{}.ts: {}", s.word(), s.sentence(4));
            heard = call(s, heard, &session, &text, "ok");
            red = if round == rounds { 0 } else { red.saturating_sub(s.pick(&[0, 0, 0, 1])).max(1) };
            heard = call(s, heard, &session, "npm test", &format!("{red} failed, {} passed", 120 - red));
        }
        let told = s.wants(heard, "message", &session, "The tests pass.").within(SECOND, 6 * SECOND);
        remark(s, told, 30, &["thanks", "great", "what was it?"]);
    }
}
