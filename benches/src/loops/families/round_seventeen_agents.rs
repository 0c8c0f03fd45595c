//! Agents: checks, reviews, hand-overs, searches, a report in chapters, a launch room and a list of things to do.

use super::{DAY, HOUR, MINUTE, SECOND, person, put, remark, reply, turns};
use crate::loops::families::{Family, careless, declared, looping};
use crate::loops::scene::{Actor, Scene};

pub(super) const FAMILIES: &[Family] = &[
    looping(
        "agent_between_two_checks",
        "",
        "Our agent adds tests for the coverage check, which makes the file too long for the length check, and takes them out again",
        agent_between_two_checks,
    ),
    declared(
        "agent_turns_the_build_green",
        "",
        "An agent upgrades a framework in many small pushes; each run has fewer failed tests than the one before, until none is left",
        agent_turns_the_build_green,
    ),
    looping(
        "reviewer_agent_never_content",
        "",
        "A bought review agent first finds real faults in the work of our agent, and then goes on with matters of taste for ever",
        reviewer_agent_never_content,
    ),
    declared(
        "review_between_agents_ends",
        "",
        "A review agent remarks on the pulls of our agent, ours mends that in numbered rounds, and each review ends with an approval",
        review_between_agents_ends,
    ),
    looping(
        "refund_handed_to_and_fro",
        "",
        "Our billing agent hands a refund to the accounts agent, as the address is wrong; that one hands it back, as it is about money",
        refund_handed_to_and_fro,
    ),
    declared(
        "handoffs_of_a_support_day",
        "",
        "All day cases come to our agent, who solves them or hands them on; some come back with what was missing and are closed",
        handoffs_of_a_support_day,
    ),
    looping(
        "search_rephrased_for_ever",
        "",
        "An agent searches the wiki for a page that was never written, finds nothing and tries other words within seconds",
        search_rephrased_for_ever,
    ),
    declared(
        "agent_reads_a_large_code_base",
        "",
        "An agent reads its way through a large code base, file after file and part after part, and writes down what it has found",
        agent_reads_a_large_code_base,
    ),
    declared(
        "agent_writes_a_report_by_chapters",
        "",
        "An agent writes the yearly report by a plan: sources, text and figures for each chapter, and then what people remark",
        agent_writes_a_report_by_chapters,
    ),
    declared(
        "assistant_in_a_launch_room",
        "",
        "On launch day many people ask the assistant in one room, often the same things, and each gets an answer",
        assistant_in_a_launch_room,
    ),
    careless(
        "agent_keeps_its_list",
        "",
        "An agent writes its list of things to do anew after each step and runs the same tests between, and its host numbers nothing",
        agent_keeps_its_list,
    ),
];

fn agent_between_two_checks(s: &Scene) {
    let (pull, session, ci) = (s.issue(), s.agent("session"), Actor::app("actions"));
    let (reads, swings, wordy, keeps) = (s.chance(50), s.chance(40), s.chance(50), s.chance(50));
    let (soon, late) = s.pick(&[(20_000, 60_000), (3 * MINUTE, 6 * MINUTE), (12 * MINUTE, 20 * MINUTE)]);
    let trees = [s.hex(40), s.hex(40)];
    let whys = [
        format!("length: src/parser.rs has {} lines, at most 500", s.between(510, 560)),
        format!("coverage: {}.{} %, at least 80 %", s.between(71, 79), s.between(0, 9)),
    ];
    let order = s.person_orders(&session, "bring the coverage of the parser to 80 %");
    let mut heard = order.within(MINUTE, HOUR);
    for step in 0..s.between(1, 4) {
        let act = s.wants(heard, "tool.call", &session, &format!("read src/{}.rs", s.word())).within(900, 5_000);
        heard = s.reports(act, "tool.done", &format!("{} lines", 100 + 40 * step)).within(50, 900);
    }
    for round in 0..=turns(s, if reads { 2 } else { 1 }) {
        // To try one way and then the other is what anybody would do.
        if round == 2 {
            s.loop_starts();
        }
        let side = usize::try_from(round % 2).unwrap_or(0);
        if reads {
            let act = s.wants(heard, "tool.call", &session, "read the log of the check").within(900, 4_000);
            heard = s.reports(act, "tool.done", &heard.said()).within(200, 2_000);
        }
        let text = match (wordy, side) {
            (true, _) => s.paraphrase(),
            (_, 0) => "test: cover the error paths of the parser".to_owned(),
            _ => "refactor: shorten the file".to_owned(),
        };
        let act = s.wants(heard, "git.push", &pull, &text).within(15_000, 90_000);
        let tree = if swings { trees[side].clone() } else { s.hex(40) };
        s.echo(act, "pull_request.synchronize").map(|echo| echo.tree(tree));
        if round % 10 == 7 {
            let asked = s.person_says(&pull, s.pick(&["how is it going?", "@agent status?"])).within(SECOND, 9_000);
            s.wants(asked, "comment", &pull, &s.paraphrase()).in_order();
        }
        let why = if keeps { whys[side].clone() } else { format!("{} (run {})", whys[side], s.between(9_000, 99_000)) };
        let done = s.event("github", "check_suite.completed", &ci, &pull).text(format!("failure: {why}"));
        heard = done.because(act).token(act).within(soon, late);
    }
}

fn agent_turns_the_build_green(s: &Scene) {
    let (pull, session, ci) = (s.issue(), s.agent("session"), Actor::app("actions"));
    let order = s.person_orders(&session, s.pick(&["move us to Angular 21", "move us to Java 25", "drop the old ORM"]));
    let (mut heard, mut left, mut step) = (order.within(MINUTE, HOUR), s.between(60, 140), 0);
    let pushes = s.between(8, 22);
    for push in 1..=pushes {
        for _ in 0..s.between(1, 2) {
            step += 1;
            let what = format!("edit src/{}/{}.ts", s.word(), s.word());
            let act = s.wants(heard, "tool.call", &session, &what).progress(step).within(3_000, 30_000);
            heard = s.reports(act, "tool.done", "ok").within(50, 900);
        }
        let act = s.wants(heard, "git.push", &pull, &s.sentence(4)).progress(push).within(2_000, 20_000);
        s.echo(act, "pull_request.synchronize").map(|echo| echo.tree(s.hex(40)));
        left = if push == pushes { 0 } else { left.saturating_sub(s.between(1, 12)).max(1) };
        let text = if left == 0 { "success".to_owned() } else { format!("failure: {left} tests failed") };
        let done = s.event("github", "check_suite.completed", &ci, &pull).text(text).because(act).token(act);
        heard = done.progress(push).within(3 * MINUTE, 9 * MINUTE);
    }
    let told = s.wants(heard, "comment", &pull, &format!("All checks are green. {}", s.paraphrase()));
    remark(s, told, 60, &["great work", "wow, thank you", "reviewing now"]);
}

fn reviewer_agent_never_content(s: &Scene) {
    let (pull, reviewer) = (s.issue(), Actor::bot("review-agent"));
    let (answers, style, points) = (s.chance(55), s.between(0, 2), s.between(1, 3));
    let (soon, late) = s.pick(&[(9_000, 40_000), (60_000, 180_000), (8 * MINUTE, 15 * MINUTE)]);
    let faults = [
        "The file is never closed when reading fails.",
        "This index is out of range for an empty list.",
        "The token ends up in the log.",
        "Two threads write to this map.",
        "The retry has no upper limit.",
    ];
    let tastes = ["I would call this count rather than n.", "I would call this n, count is long for so short a scope."];
    let good = s.between(2, 5);
    let finds = |round: u64| {
        if round < good {
            return faults[usize::try_from(round).unwrap_or(0)].to_owned();
        }
        match style {
            0 => tastes[usize::try_from(round % 2).unwrap_or(0)].to_owned(),
            1 => format!("Nit {}: {}", points * round, s.paraphrase()),
            _ => s.paraphrase(),
        }
    };
    let opened = s.person_orders(&s.agent("task"), "write the importer").within(MINUTE, HOUR);
    let act = s.wants(opened, "pull.create", &pull, "The importer").within(5 * MINUTE, 30 * MINUTE);
    let reviewed = |act, text: &str| {
        let event = s.event("github", "pull_request_review.submitted", &reviewer, &pull).text(text);
        event.state("review", "changes_requested").because(act).token(act).within(soon, late)
    };
    let mut heard = reviewed(act, &finds(0));
    for round in 0..good + turns(s, if answers { 2 } else { 1 }) {
        if round == good {
            s.loop_starts();
        }
        let mut last = s.wants(heard, "git.push", &pull, &format!("fix: {}", s.sentence(4))).within(9_000, 60_000);
        s.echo(last, "pull_request.synchronize").map(|echo| echo.tree(s.hex(40)));
        if answers {
            let text = if style == 0 { "Thank you, that is mended.".to_owned() } else { s.paraphrase() };
            last = s.wants(heard, "comment", &pull, &text).within(61_000, 70_000);
            remark(s, last, 5, &["are you two still at it?", "I would merge that", "enough, no?"]);
        }
        heard = reviewed(last, &finds(round + 1));
    }
}

fn review_between_agents_ends(s: &Scene) {
    let reviewer = Actor::bot("review-agent");
    let (soon, late) = s.pick(&[(9_000, 40_000), (60_000, 180_000), (8 * MINUTE, 15 * MINUTE)]);
    for number in 0..s.between(4, 8) {
        let pull = s.issue_no(3_000 + number);
        let order = s.person_orders(&s.agent("task"), &format!("write the {}", s.word())).within(HOUR, DAY);
        let act = s.wants(order, "pull.create", &pull, &s.sentence(3)).within(5 * MINUTE, 30 * MINUTE);
        let reviewed = |act, text: &str, state: &str| {
            let event = s.event("github", "pull_request_review.submitted", &reviewer, &pull).text(text);
            event.state("review", state).because(act).token(act).within(soon, late)
        };
        let rounds = s.between(2, 6);
        let mut heard = reviewed(act, &format!("{rounds} findings. {}", s.paraphrase()), "changes_requested");
        for round in 1..=rounds {
            let push = s.wants(heard, "git.push", &pull, &format!("fix: {}", s.sentence(4))).progress(round);
            s.echo(push.within(9_000, 60_000), "pull_request.synchronize").map(|echo| echo.tree(s.hex(40)));
            let text = format!("Round {round}: {}", s.paraphrase());
            let told = s.wants(heard, "comment", &pull, &text).progress(round).within(61_000, 70_000);
            let left = rounds - round;
            heard = if left == 0 {
                reviewed(told, "Approved.", "approved")
            } else {
                reviewed(told, &format!("{left} findings are left. {}", s.paraphrase()), "changes_requested")
            };
        }
        s.wants(heard, "merge", &pull, "squash").writes("merged", "true");
    }
}

fn refund_handed_to_and_fro(s: &Scene) {
    let (accounts, first) = (Actor::app("accounts-agent"), s.between(500, 4_000));
    let (style, notes) = (s.between(0, 2), s.chance(40));
    let (soon, late) = s.pick(&[(2_000, 9_000), (20_000, 60_000), (5 * MINUTE, 20 * MINUTE)]);
    let place = |number: u64| format!("ag:case/{}", first + number);
    let hand_over = |heard, number: u64, round: u64| {
        let text = match style {
            0 => "The address of this customer is wrong, please check it before the refund.".to_owned(),
            1 => format!("Hand-over {round}: the address does not match, so this is for accounts."),
            _ => format!("{} The address seems to be the problem.", s.paraphrase()),
        };
        s.wants(heard, "task.handoff", &place(number), &text).within(2_000, 9_000)
    };
    let handed = |act, number: u64, text: &str| {
        s.event("agent", "task.handoff", &accounts, &place(number)).text(text).because(act).token(act)
    };
    // Other cases come back with the right address, and the money is sent.
    for number in 1..=s.between(0, 5) {
        let asked = s.event("agent", "task.submit", &s.somebody(), &place(number)).text("a refund, please");
        let act = hand_over(asked.within(MINUTE, 5 * HOUR), number, 1);
        let back = handed(act, number, "The address is mended.").within(soon, late);
        s.wants(back, "refund.send", &place(number), &format!("{} EUR", s.between(9, 300)));
    }
    let asked = s.event("agent", "task.submit", &s.somebody(), &place(0)).text("Where is my refund? I have moved.");
    let mut heard = asked.within(MINUTE, 5 * HOUR);
    for round in s.rounds(turns(s, if notes { 2 } else { 1 })) {
        if notes {
            let text = put(s, style, "The case is now with our specialists.", round);
            let told = s.wants(heard, "mail.send", &format!("mail:case-{first}"), &text).within(300, 1_900);
            remark(s, told, 6, &["and when do I get it?", "I have heard that before", "hello?"]);
        }
        let act = hand_over(heard, 0, round + 1);
        if round % 9 == 6 {
            let said = s.says(&person(6), &s.channel(), "@billing what is the limit for refunds?");
            s.wants(said.within(200, 9_000), "message", &s.channel(), "500 EUR without a second signature.").in_order();
        }
        let text = match style {
            0 => "This is about a refund, which is for billing.".to_owned(),
            1 => format!("Returned ({round}). Refunds are not for accounts."),
            _ => format!("{} A refund is for billing.", s.paraphrase()),
        };
        heard = handed(act, 0, &text).within(soon, late);
    }
}

fn handoffs_of_a_support_day(s: &Scene) {
    let (accounts, gap) = (Actor::app("accounts-agent"), s.pick(&[20 * SECOND, 3 * MINUTE, 15 * MINUTE]));
    for number in 0..s.between(9, 28) {
        let place = format!("ag:case/{}", 7_000 + number);
        let asked = s.event("agent", "task.submit", &Actor::unknown(&format!("customer-{number}")), &place);
        let mut heard = asked.text(s.sentence(11)).within(gap / 5, gap);
        let hands = s.pick(&[0, 1, 1, 2]);
        for hand in 1..=hands {
            let text = if hand == 1 { "Please check who this is." } else { "Please check the bank account as well." };
            let act = s.wants(heard, "task.handoff", &place, text).attempt(hand, 3).within(2_000, 9_000);
            let back = s.event("agent", "task.handoff", &accounts, &place).because(act).token(act);
            heard = back.text(format!("Checked: {}", s.sentence(3))).within(5_000, 60_000);
        }
        let answer = s.wants(heard, "message", &place, &s.paraphrase()).within(2_000, 9_000);
        s.wants(heard, "case.close", &place, "solved").writes("status", "closed").within(9_500, 12_000);
        remark(s, answer, 20, &["thank you", "perfect", "that was quick"]);
    }
}

fn search_rephrased_for_ever(s: &Scene) {
    let (session, style, says) = (s.agent("session"), s.between(0, 3), s.chance(30));
    let (soon, late) = s.pick(&[(120, 600), (800, 2_500), (3_000, 9_000)]);
    let none = s.pick(&["0 results", "no pages found", "[]"]);
    let order = s.person_orders(&session, "how do we rotate the key of the old gateway?");
    let mut heard = order.within(MINUTE, HOUR);
    for _ in 0..s.between(1, 6) {
        let act = s.wants(heard, "tool.call", &session, &format!("open wiki/{}-{}", s.word(), s.word()));
        heard = s.reports(act.within(900, 4_000), "tool.done", &s.sentence(14)).within(soon, late);
    }
    let verbs = ["rotate", "renew", "change", "replace", "roll"];
    let nouns = ["key", "secret", "certificate", "credential"];
    for round in 0..turns(s, if says { 2 } else { 1 }) + 2 {
        // Two or three other words are worth a try.
        if round == 3 {
            s.loop_starts();
        }
        let query = match style {
            0 => "search the wiki: rotate key old gateway".to_owned(),
            1 => format!("search the wiki: {} {} old gateway", s.pick(&verbs), s.pick(&nouns)),
            2 => format!("search the wiki: rotate key old gateway, page {}", round + 1),
            _ => format!("search the wiki: {}", s.sentence(4)),
        };
        if says {
            s.wants(heard, "message", &session, &format!("{} Let me try other words.", s.paraphrase()))
                .within(300, 800);
        }
        let act = s.wants(heard, "tool.call", &session, &query).within(900, 4_000);
        heard = s.reports(act, "tool.done", none).within(soon, late);
    }
}

fn agent_reads_a_large_code_base(s: &Scene) {
    let session = s.agent("session");
    let (soon, late) = s.pick(&[(40, 300), (120, 600), (800, 2_500)]);
    let order = s.person_orders(&session, "where do we trust input from outside?");
    let (mut heard, mut step, wanted) = (order.within(MINUTE, HOUR), 0, s.between(35, 95));
    while step < wanted {
        let file = format!("src/{}/{}.rs", s.word(), s.word());
        let parts = s.pick(&[1, 1, 2, 4]);
        for part in 0..parts {
            step += 1;
            let query = if s.chance(15) {
                format!("grep {} in src", s.word())
            } else {
                format!("read {file}, lines {} to {}", 200 * part + 1, 200 * part + 200)
            };
            let act = s.wants(heard, "tool.call", &session, &query).reads_only().progress(step).within(900, 5_000);
            // Now and then there is nothing.
            let found = if s.chance(8) { "no matches".to_owned() } else { s.sentence(16) };
            heard = s.reports(act, "tool.done", &found).within(soon, late);
        }
        if s.chance(10) {
            s.wants(heard, "memory.write", &session, &format!("{file}: {}", s.paraphrase()));
        }
    }
    let told = s.wants(heard, "message", &session, &format!("{step} places. {}", s.paraphrase()));
    remark(s, told, 50, &["that is a lot", "thank you", "can you open issues for these?"]);
}

fn agent_writes_a_report_by_chapters(s: &Scene) {
    let (session, report, chapters) = (s.agent("session"), "doc:yearly-report", s.between(6, 14));
    let order = s.person_orders(&session, "write the yearly report of the platform team");
    let mut heard = order.within(MINUTE, HOUR);
    let size = 3 * chapters;
    for chapter in 1..=chapters {
        let act = s.wants(heard, "tool.call", &session, &format!("collect the sources of chapter {chapter}"));
        let act = act.reads_only().in_plan("report", size).within(2_000, 20_000);
        heard = s.reports(act, "tool.done", &s.sentence(14)).within(900, 20_000);
        let text = format!("Chapter {chapter}. {}", s.paraphrase());
        let act = s.wants(heard, "doc.write", report, &text).in_plan("report", size).within(20_000, 90_000);
        heard = s.reports(act, "doc.written", &format!("{} words", s.between(400, 1_900))).within(200, 2_000);
        let act = s.wants(heard, "tool.call", &session, &format!("draw the figures of chapter {chapter}"));
        heard = s.reports(act.in_plan("report", size), "tool.done", "ok").within(2_000, 30_000);
    }
    let mut told = s.wants(heard, "message", &s.channel(), "The draft is ready for your remarks.");
    for number in 1..=s.between(2, 9) {
        let words = format!("@agent chapter {}: {}", s.between(1, chapters), s.sentence(7));
        let asked = reply(s, &s.somebody(), told, &words).within(5 * MINUTE, 5 * HOUR);
        s.wants(asked, "doc.write", report, &s.paraphrase()).within(20_000, 90_000);
        told =
            s.wants(asked, "message", &s.channel(), &format!("Remark {number} is worked in.")).within(91_000, 99_000);
        s.echo(told, "message");
    }
}

fn assistant_in_a_launch_room(s: &Scene) {
    let (room, gap) = (s.channel(), s.pick(&[9 * SECOND, 40 * SECOND, 4 * MINUTE]));
    let asks = ["is it live?", "how many orders?", "link?", "any errors?", "who is on call?", "is it live in the US?"];
    let mut orders = 0;
    for _ in 0..s.between(18, 55) {
        let (who, ask) = (s.somebody(), s.pick(&asks));
        let asked = s.says(&who, &room, &format!("@assistant {ask}")).after(s.heavy_tail(gap));
        orders += s.between(0, 70);
        let text = match ask {
            "how many orders?" => format!("{orders} orders so far."),
            "link?" => "https://shop.example/spring".to_owned(),
            "who is on call?" => "h4 until six, then h2.".to_owned(),
            "any errors?" => format!("0.{} % of all requests.", s.between(0, 9)),
            _ => "Yes, since nine.".to_owned(),
        };
        let act = s.wants(asked, "message", &room, &text).within(800, 4_000);
        s.echo(act, "message");
        if s.chance(15) {
            let more = reply(s, &who, act, s.pick(&["@assistant and now?", "@assistant in the EU as well?"]));
            s.wants(more.within(9_000, 90_000), "message", &room, &s.paraphrase()).within(800, 4_000);
        }
        remark(s, act, 12, &["nice", "wow", "let's go", "who has the cake?"]);
    }
}

fn agent_keeps_its_list(s: &Scene) {
    for task in 0..s.between(1, 3) {
        let session = format!("{}/{task}", s.agent("session"));
        let order = s.person_orders(&session, &format!("make the {} faster", s.word()));
        let (mut heard, steps) = (order.within(HOUR, DAY), s.between(8, 15));
        for step in 1..=steps {
            let done = "x".repeat(usize::try_from(step).unwrap_or(0));
            let list = format!("things to do: [{done}] {} of {steps} done, next: {}", step - 1, s.word());
            let act = s.wants(heard, "tool.call", &session, &list).within(2_000, 15_000);
            heard = s.reports(act, "tool.done", "the list is saved").within(20, 90);
            let what = if step % 2 == 0 { "cargo test".to_owned() } else { format!("edit src/{}.rs", s.word()) };
            let act = s.wants(heard, "tool.call", &session, &what).within(2_000, 15_000);
            let text = if step % 2 == 0 { format!("212 passed in {} s", s.between(20, 29)) } else { "ok".to_owned() };
            heard = s.reports(act, "tool.done", &text).within(500, 30_000);
        }
        remark(s, s.wants(heard, "message", &session, &s.paraphrase()), 50, &["thx", "how much faster?", "nice"]);
    }
}
