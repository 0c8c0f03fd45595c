//! Agents: the time of day, verification, a turn that may not end, objections, moved files, recalled memories and one page.

use super::{DAY, HOUR, MINUTE, SECOND, answer, aside, turns, worded};
use crate::loops::families::{Family, careless, declared, looping};
use crate::loops::scene::{Actor, Event, Scene};

pub(super) const FAMILIES: &[Family] = &[
    looping(
        "agent_asks_for_the_time_until_eleven",
        "",
        "An agent is told to post at a certain time and asks the clock again and again, as it knows no other way to wait",
        agent_asks_for_the_time_until_eleven,
    ),
    declared(
        "agent_waits_for_a_long_job",
        "",
        "An agent is asked to watch a long job and asks for its state until it is done, which a loop detector had stopped",
        agent_waits_for_a_long_job,
    ),
    looping(
        "analysis_and_verification_for_eleven_days",
        "",
        "Our analysis agent and a verification agent ask each other to clarify, and the summary agent never gets a word",
        analysis_and_verification_for_eleven_days,
    ),
    declared(
        "questions_verified_and_summed_up",
        "",
        "Questions of a market desk are researched, analysed, sent back for up to three drafts by verification, and summed up",
        questions_verified_and_summed_up,
    ),
    looping(
        "turn_that_may_not_end",
        "",
        "After a good piece of work an agent is done, but a stop hook holds each turn in the same words, and it says so again",
        turn_that_may_not_end,
    ),
    declared(
        "turn_held_until_the_gates_are_green",
        "",
        "A stop hook holds the turns of an agent while a gate is red; the agent mends what it names, until the turn may end",
        turn_held_until_the_gates_are_green,
    ),
    looping(
        "objection_repeated_at_each_scan",
        "",
        "An agent answers a mention on a pull; its answer marks the thread as new, and the next scan finds the same mention",
        objection_repeated_at_each_scan,
    ),
    declared(
        "objections_argued_once_each",
        "",
        "Reviewers remark on many places, an agent contests some of it, is overruled now and then, and answers each remark once",
        objections_argued_once_each,
    ),
    declared(
        "files_moved_and_imports_mended",
        "",
        "An agent moves file after file and mends the imports of each by the same four steps, which was halted as a potential loop",
        files_moved_and_imports_mended,
    ),
    declared(
        "memory_recalled_for_each_question",
        "",
        "An assistant recalls the same notes of its user before each answer, as it has no other memory of him",
        memory_recalled_for_each_question,
    ),
    careless(
        "same_page_fetched_with_leave",
        "",
        "A user has one page fetched again and again, waiting for a result, and gives leave for it each time; the host counts nothing",
        same_page_fetched_with_leave,
    ),
];

/// A tool is called and reports.
fn call<'s>(s: &'s Scene, heard: Event<'s>, place: &str, what: &str, found: &str) -> Event<'s> {
    let act = s.wants(heard, "tool.call", place, what).within(1_200, 9_000);
    s.reports(act, "tool.done", found).within(60, 4_000)
}

fn agent_asks_for_the_time_until_eleven(s: &Scene) {
    let (session, says, due) = (s.agent("session"), s.chance(30), s.pick(&["11:05", "11:00", "the full hour"]));
    let (soon, late) = s.pick(&[(900, 2_500), (2_000, 6_000), (9_000, 20_000)]);
    let style = s.between(0, 2);
    let order = s.person_orders(&session, &format!("collect the numbers and post them at {due}"));
    let mut heard = order.within(MINUTE, HOUR);
    for _ in 0..s.between(2, 8) {
        heard = call(s, heard, &session, &format!("query the {} numbers", s.word()), &s.sentence(8));
    }
    for round in s.rounds(turns(s, if says { 2 } else { 1 })) {
        if says {
            let text = format!("It is not {due} yet. {}", s.pick(&["I will wait.", "I check again.", "Waiting."]));
            s.wants(heard, "message", &session, &text).within(300, 800);
        }
        let what = match style {
            0 => "get_current_datetime {}".to_owned(),
            1 => format!("get_current_datetime {{\"timezone\": \"{}\"}}", s.pick(&["UTC", "UTC", "Etc/UTC"])),
            _ => format!("get_current_datetime {{\"call\": {}}}", round + 1),
        };
        let act = s.wants(heard, "tool.call", &session, &what).within(soon, late);
        heard = s.reports(act, "tool.done", &s.timestamp()).within(20, 300);
    }
}

fn agent_waits_for_a_long_job(s: &Scene) {
    let (pace, words) = (s.pick(&[3 * SECOND, 15 * SECOND, MINUTE]), s.chance(50));
    for job in 0..s.between(1, 2) {
        let session = format!("{}/{job}", s.agent("session"));
        let order =
            s.person_orders(&session, s.pick(&["watch the training run", "watch the import", "run the full suite"]));
        let act = s.wants(order.within(HOUR, DAY), "job.start", &session, "start in the background");
        let mut heard = s.reports(act, "job.started", &format!("job {}", s.hex(4))).within(300, 2_000);
        let (checks, mut part) = (s.between(14, 48), 0);
        for check in 1..=checks {
            let act = s.wants(heard, "tool.call", &session, "check_status").reads_only().progress(check);
            part = if check == checks { 100 } else { (part + s.pick(&[0, 0, 1, 4])).min(99) };
            let text = match (part, words) {
                (100, _) => "done, exit code 0".to_owned(),
                (_, true) => "running".to_owned(),
                _ => format!("running, {part} %"),
            };
            heard = s.reports(act.within(pace, pace + pace / 3), "tool.done", &text).within(50, 900);
        }
        let told = s.wants(heard, "message", &session, &format!("It is done. {}", s.paraphrase()));
        aside(s, told, 50, &["thanks for watching", "great", "how long did it take?"]);
    }
}

fn analysis_and_verification_for_eleven_days(s: &Scene) {
    let (verifier, thread) = (Actor::app("verification-agent"), s.agent("thread"));
    let (searches, mut section) = (s.chance(40), s.between(2, 5));
    let (soon, late) =
        s.pick(&[(4_000, 20_000), (2 * MINUTE, 5 * MINUTE), (50 * MINUTE, 80 * MINUTE), (6 * HOUR, 8 * HOUR)]);
    let ask = |act, text: &str| {
        let event = s.event("agent", "agent.message", &verifier, &thread).text(text).because(act).token(act);
        event.within(soon, late)
    };
    // Earlier questions were settled in a turn or two.
    for other in 0..s.between(0, 4) {
        let place = format!("ag:thread/{}", 10 + other);
        let asked = s.event("agent", "task.submit", &s.somebody(), &place).text(s.sentence(8)).within(HOUR, DAY);
        let act = s.wants(asked, "agent.message", &place, &s.paraphrase()).within(9_000, 60_000);
        let done = s.event("agent", "agent.message", &verifier, &place).text("Verified.").because(act).token(act);
        s.wants(done.within(9_000, 90_000), "task.handoff", &place, "to the summary agent");
    }
    let order = s.person_orders(&thread, "how large is the market for small wind turbines?").within(HOUR, DAY);
    let mut heard = call(s, order, "ag:research", "gather the sources", &s.sentence(16));
    let rounds = turns(s, if searches { 2 } else { 1 });
    for round in 0..rounds + 2 {
        // To ask back two or three times is what verification is for.
        if round == 3 {
            s.loop_starts();
        }
        if searches {
            heard = call(s, heard, "ag:research", &format!("more on {}", s.sentence(3)), &s.sentence(12));
        }
        section += s.between(0, 1);
        let text = format!("{} Section {section} is expanded. Please confirm.", s.paraphrase());
        let act = s.wants(heard, "agent.message", &thread, &text).within(9_000, 60_000);
        if s.chance(4) {
            s.person_says(&s.channel(), s.pick(&["the agents look busy", "is the report near?"])).because(act);
        }
        let wish = s.pick(&["Please clarify", "Before I can confirm:", "Could you verify", "One more thing on"]);
        heard = ask(act, &format!("{wish} the {} of section {section}. {}", s.word(), s.paraphrase()));
    }
}

fn questions_verified_and_summed_up(s: &Scene) {
    let (verifier, gap) = (Actor::app("verification-agent"), s.pick(&[MINUTE, 20 * MINUTE, 4 * HOUR]));
    for number in 0..s.between(5, 13) {
        let place = format!("ag:thread/{}", 300 + number);
        let asked = s.event("agent", "task.submit", &s.somebody(), &place).text(s.sentence(9)).within(gap / 4, gap);
        let act = s.wants(asked, "tool.call", &place, "gather the sources").reads_only().within(1_200, 9_000);
        let mut heard = s.reports(act, "tool.done", &s.sentence(16)).within(900, 20_000);
        let rounds = s.pick(&[1, 1, 2, 2, 3]);
        for round in 1..=rounds {
            let text = format!("Draft {round}. {}", s.paraphrase());
            let act = s.wants(heard, "agent.message", &place, &text).attempt(round, 3).within(9_000, 60_000);
            let text =
                if round == rounds { "Verified.".to_owned() } else { format!("Please clarify. {}", s.paraphrase()) };
            let back = s.event("agent", "agent.message", &verifier, &place).text(text).because(act).token(act);
            heard = back.within(6_000, 90_000);
        }
        let told = s.wants(heard, "message", &s.channel(), &format!("Answer {}: {}", number + 1, s.paraphrase()));
        aside(s, told, 25, &["thank you", "and in Spain?", "which year is that?"]);
    }
}

/// An agent works through a task: it reads, edits and tests.
fn worked<'s>(s: &'s Scene, heard: Event<'s>, session: &str, steps: u64) -> Event<'s> {
    (0..steps).fold(heard, |heard, _| {
        let (file, tests) = (s.word(), s.between(90, 240));
        let (what, found) = match s.between(0, 2) {
            0 => (format!("read src/{file}.ts"), s.sentence(9)),
            1 => (format!("edit src/{file}.ts: {}", s.sentence(3)), "ok".to_owned()),
            _ => ("npm test".to_owned(), format!("{tests} passed, {} s", s.between(9, 40))),
        };
        call(s, heard, session, &what, &found)
    })
}

fn turn_that_may_not_end(s: &Scene) {
    let (session, hook) = (s.agent("session"), Actor::system("stop-hook"));
    let (checks, style, other) = (s.chance(35), s.between(0, 3), s.chance(30));
    let (soon, late) = s.pick(&[(200, 1_500), (3_000, 9_000)]);
    let reason = s.pick(&[
        "Keep pursuing the objective of the user until it is reached.",
        "Background agents are still running. Wait for their results before you end the turn.",
        "npm run lint failed: command not found",
    ]);
    let done = s.pick(&["Everything is done.", "All tasks are complete and the tests pass.", "I am finished."]);
    let order = s.person_orders(&session, &format!("add a {} to the settings page", s.word()));
    let mut heard = worked(s, order.within(MINUTE, HOUR), &session, s.between(4, 15));
    for round in s.rounds(turns(s, if checks { 2 } else { 1 })) {
        if checks {
            heard = call(s, heard, &session, "git status", "nothing to commit, working tree clean");
        }
        let text = worded(s, style, done, round + 1);
        let act = s.wants(heard, "message", &session, &text).within(1_500, 9_000);
        let text = if other { format!("{reason} (block {})", round + 1) } else { reason.to_owned() };
        let held = s.event("agent", "turn.blocked", &hook, &session).text(text).because(act);
        heard = held.token_in(act, 50).within(soon, late);
    }
}

fn turn_held_until_the_gates_are_green(s: &Scene) {
    let (session, hook) = (s.agent("session"), Actor::system("stop-hook"));
    let mut turn = 0;
    for task in 0..s.between(3, 4) {
        let order = s.person_orders(&session, &format!("move the {} to the new store", s.word()));
        let mut heard = worked(s, order.within(10 * MINUTE, 5 * HOUR), &session, s.between(3, 6));
        let gates = s.between(2, 5);
        for gate in 1..=gates {
            turn += 1;
            let text = format!("Task {}, gate {gate}: ready to end.", task + 1);
            let act = s.wants(heard, "message", &session, &text).progress(turn).within(1_500, 9_000);
            if gate == gates {
                s.event("agent", "turn.ended", &hook, &session).because(act).token_in(act, 50).within(200, 2_000);
                continue;
            }
            let name = s.pick(&["lint", "types", "tests", "review"]);
            let held = s.event("agent", "turn.blocked", &hook, &session).because(act).token_in(act, 50);
            let held = held.text(format!("{name}: {} findings are left", s.between(1, 30))).within(2_000, 40_000);
            heard = worked(s, held, &session, s.between(1, 4));
        }
    }
}

fn objection_repeated_at_each_scan(s: &Scene) {
    let (pull, reviewer, style) = (s.issue(), s.somebody(), s.between(0, 3));
    let (acts, same) = (s.chance(30), format!("comment-{}", s.between(1_000, 9_999)));
    let (soon, late) = s.pick(&[(28_000, 40_000), (60_000, 75_000), (5 * MINUTE, 6 * MINUTE)]);
    let (wish, objection) = s.pick(&[
        ("@agent please use a list here", "I would keep the map: its keys are looked up in line 40."),
        ("@agent rebase", "I can not work on this pull request, as it is closed."),
        ("@agent drop this check", "I disagree: without it an empty name gets through."),
    ]);
    let scanned = |place: &str, who: &Actor, text: &str| s.event("github", "mention.found", who, place).text(text);
    let reply = |heard, place: &str, text: &str| {
        if acts {
            s.wants(heard, "react.add", place, "eyes").within(100, 500);
        }
        s.wants(heard, "comment", place, text).within(9_000, 25_000)
    };
    // Mentions on open pulls were found once.
    for other in 0..s.between(0, 5) {
        let asked = scanned(&s.issue_no(60 + other), &s.somebody(), &format!("@agent {}?", s.sentence(4)));
        reply(asked.within(10 * MINUTE, 9 * HOUR), &s.issue_no(60 + other), &s.paraphrase());
    }
    let mut heard = scanned(&pull, &reviewer, wish).object(&same).within(HOUR, DAY);
    for round in s.rounds(turns(s, if acts { 2 } else { 1 })) {
        let act = reply(heard, &pull, &worded(s, style, objection, round + 1));
        aside(s, act, 5, &["you have said that", "can somebody stop it?", "ok, ok, leave it"]);
        heard = scanned(&pull, &reviewer, wish).object(&same).because(act).within(soon, late);
    }
}

fn objections_argued_once_each(s: &Scene) {
    let (first, gap) = (s.between(100, 700), s.pick(&[40 * SECOND, 5 * MINUTE, 50 * MINUTE]));
    for number in first..first + s.between(4, 7) {
        let (place, reviewer) = (s.issue_no(number), s.somebody());
        for _ in 0..s.between(4, 7) {
            let words = ["please use a list here", "I would drop this", "this name is wrong", "why not a map?"];
            let asked = s.event("github", "mention.found", &reviewer, &place);
            let asked = asked.text(format!("@agent {}", s.pick(&words))).after(s.heavy_tail(gap));
            if s.chance(45) {
                let push = s.wants(asked, "git.push", &place, &format!("review: {}", s.sentence(3)));
                s.echo(push.within(20 * SECOND, 2 * MINUTE), "pull_request.synchronize")
                    .map(|echo| echo.tree(s.hex(40)));
                continue;
            }
            let text = format!("I would rather keep it. {}", s.paraphrase());
            let act = s.wants(asked, "comment", &place, &text).within(9_000, 25_000);
            s.echo(act, "issue_comment.created");
            if s.chance(45) {
                let more = answer(s, &reviewer, act, s.pick(&["no, please do it", "I insist", "let us do it my way"]));
                let text = format!("Done in {}. {}", s.hex(7), s.paraphrase());
                let done = s.wants(more.within(gap / 3, gap), "comment", &place, &text).within(20_000, 90_000);
                s.echo(done, "issue_comment.created");
            } else {
                aside(s, act, 60, &["fair enough", "fine", "ok, I see"]);
            }
        }
    }
}

fn files_moved_and_imports_mended(s: &Scene) {
    let (session, from) = (s.agent("session"), s.pick(&["components", "widgets", "shared"]));
    let order = s.person_orders(&session, &format!("move all of {from} into features and mend the imports"));
    let (mut heard, mut step, (soon, late)) = (order.within(MINUTE, HOUR), 0, s.pick(&[(40, 300), (300, 2_000)]));
    let mut tool = |heard, what: &str, found: &str, reads: bool| {
        step += 1;
        let act = s.wants(heard, "tool.call", &session, what).progress(step).within(1_200, 9_000);
        let act = if reads { act.reads_only() } else { act };
        s.reports(act, "tool.done", found).within(soon, late)
    };
    for number in 0..s.between(9, 22) {
        let name = format!("{}-{number}", s.word());
        heard = tool(heard, &format!("search for {name}"), &format!("{} places", s.between(1, 9)), true);
        heard = tool(heard, &format!("git mv src/{from}/{name}.tsx src/features/{name}.tsx"), "", false);
        heard = tool(heard, &format!("search for imports of {from}/{name}"), &s.sentence(6), true);
        for _ in 0..s.between(0, 2) {
            // An edit does not always find its place at once.
            let found = if s.chance(10) { "0 occurrences found" } else { "ok" };
            heard = tool(heard, &format!("edit src/{}.tsx: import {name} from features", s.word()), found, false);
        }
    }
    let told = s.wants(heard, "message", &session, &format!("All files are moved. {}", s.paraphrase()));
    aside(s, told, 50, &["lovely", "and the tests?", "thank you"]);
}

fn memory_recalled_for_each_question(s: &Scene) {
    let (session, gap) = (s.agent("session"), s.pick(&[20 * SECOND, 2 * MINUTE, 30 * MINUTE]));
    let user = s.somebody();
    let notes = format!("likes short answers; {}", s.sentence(12));
    for _ in 0..s.between(9, 34) {
        let asked = s.event("agent", "task.submit", &user, &session).text(s.sentence(7)).after(s.heavy_tail(gap));
        let act = s.wants(asked, "tool.call", &session, "recall_history: who is the user").reads_only();
        let mut heard = s.reports(act.within(500, 3_000), "tool.done", &notes).within(20, 300);
        if s.chance(25) {
            let act = s.wants(heard, "tool.call", &session, "read_file: notes/projects.md").reads_only();
            heard = s.reports(act.within(500, 3_000), "tool.done", &s.sentence(15)).within(20, 300);
        }
        let told = s.wants(heard, "message", &session, &s.paraphrase()).within(2_000, 9_000);
        aside(s, told, 20, &["thx", "exactly", "shorter please"]);
    }
}

fn same_page_fetched_with_leave(s: &Scene) {
    let (session, user, gap) = (s.agent("session"), s.somebody(), s.pick(&[15 * SECOND, MINUTE, 10 * MINUTE]));
    let page =
        s.pick(&["https://status.example/incident", "https://exam.example/results", "https://ferry.example/today"]);
    for _ in 0..s.between(8, 38) {
        let words = s.pick(&["look again", "and now?", "again please", "once more", "yes, go ahead"]);
        let asked = s.event("agent", "task.submit", &user, &session).text(words).after(s.heavy_tail(gap));
        let act = s.wants(asked, "tool.call", &session, &format!("webfetch {page}")).within(900, 4_000);
        let found =
            s.pick(&["Nothing new yet.", "Nothing new yet.", "We are working on it.", "Please come back later."]);
        let heard = s.reports(act, "tool.done", found).within(300, 3_000);
        let text = if s.chance(70) { "Still nothing new. Shall I look again?".to_owned() } else { s.paraphrase() };
        s.wants(heard, "message", &session, &text).within(900, 4_000);
    }
}
