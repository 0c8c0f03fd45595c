//! Agents and those who work with them: thanks, permissions, cursors, contracts, calls and pasted answers.

use super::{quoted, with_quote};
use crate::loops::families::{Family, declared, looping};
use crate::loops::scene::{Actor, Scene};

pub(super) const FAMILIES: &[Family] = &[
    looping(
        "thanks_resume_the_worker",
        "",
        "A lead thanks its finished workers; a word to a finished worker resumes it, and it ends once more with a notice to the lead",
        thanks_resume_the_worker,
    ),
    declared(
        "workers_given_further_work",
        "",
        "Several workers report at once when they are done, and a lead gives each the next task of a plan of known size",
        workers_given_further_work,
    ),
    looping(
        "permission_granted_with_a_condition",
        "",
        "A deputy model answers requests for permission in its owner's name, each with a condition, for which the agent asks anew",
        permission_granted_with_a_condition,
    ),
    declared(
        "edits_approved_one_by_one",
        "",
        "A person lets an agent do one edit after the other, by a button or with its question quoted, and wants some of them otherwise",
        edits_approved_one_by_one,
    ),
    looping(
        "cursor_that_never_ends",
        "",
        "A tool's list names a next page for ever, the same or one of a few, and an agent that is to read all reads on",
        cursor_that_never_ends,
    ),
    declared(
        "pages_with_a_fresh_cursor",
        "",
        "Several tables are read at once, page by page and counted; where a cursor has expired the page is read as attempt n of three",
        pages_with_a_fresh_cursor,
    ),
    looping(
        "each_answer_outdates_the_other",
        "",
        "Two agents write the two sides of an interface at the same time, and what one of them finishes outdates what the other does",
        each_answer_outdates_the_other,
    ),
    declared(
        "halves_of_a_contract",
        "",
        "The two sides of several interfaces are brought together in a few counted revisions, until nothing is left to change",
        halves_of_a_contract,
    ),
    looping(
        "agent_interrupted_by_its_own_voice",
        "",
        "A voice agent hears itself from its caller's loudspeaker, takes that for an interruption, stops and begins its sentence again",
        agent_interrupted_by_its_own_voice,
    ),
    declared(
        "callers_interrupt_the_agent",
        "",
        "Callers interrupt a voice agent, ask the same twice and repeat its words to be sure; it says them again as attempt n of three",
        callers_interrupt_the_agent,
    ),
    declared(
        "answers_pasted_into_issues",
        "",
        "People copy an agent's answer into other issues, some into several, and call it there to say whether that holds here as well",
        answers_pasted_into_issues,
    ),
];

fn thanks_resume_the_worker(s: &Scene) {
    let (boss, workers) = (s.agent("lead"), s.pick(&[1, 2, 2, 3]));
    let (apart, own, thinks, notes) = (s.chance(50), s.chance(50), s.chance(60), s.chance(30));
    let keeps = s.pick(&[0, 60, 100]);
    let (soon, late) = s.pick(&[(1_500, 6_000), (10_000, 45_000), (120_000, 600_000)]);
    let place = |at: u64| if apart { format!("{boss}/worker-{at}") } else { boss.clone() };
    let say = |heard, at: u64| {
        let fixed = s.pick(&["Thank you, that is all.", "Thanks, nothing further.", "Well done, you are finished."]);
        let text = if thinks { s.paraphrase() } else { fixed.to_owned() };
        s.wants(heard, "agent.message", &place(at), &text).within(900, 6_000)
    };
    let order = s.person_orders(&boss, "have the modules documented");
    // In earlier tasks a worker that was done was gone.
    for number in 0..s.between(0, 3) {
        let act = s.wants(order, "subagent.start", &place(20 + number), &s.sentence(5)).after(900 + 700 * number);
        say(s.reports(act, "subagent.done", &s.paraphrase()).within(60_000, 900_000), 20 + number);
    }
    let starts: Vec<_> = (0..workers)
        .map(|at| {
            let act = s.wants(order, "subagent.start", &place(at), &format!("document module {at}"));
            act.after(2_000_000 + 20_000 * at)
        })
        .collect();
    let mut heard: Vec<_> =
        starts.iter().map(|act| s.reports(*act, "subagent.done", &s.paraphrase()).after(400_000)).collect();
    let mut pause = 0;
    for round in 0..if notes { s.between(14, 24) } else { s.between(24, 44) } {
        if round == workers {
            s.loop_starts();
        }
        if round % workers == 0 {
            pause = s.between(soon, late);
        }
        let (worker, at) = (round % workers, usize::try_from(round % workers).unwrap_or(0));
        let act = say(heard[at], worker);
        if round < workers {
            act.in_order();
        }
        if notes {
            let note = s.wants(heard[at], "task.note", &boss, &format!("worker {worker} is done ({})", round + 1));
            let note = note.within(6_100, 8_000);
            if round < workers {
                note.in_order();
            }
        }
        let text = if thinks { s.paraphrase() } else { "Understood. My task is complete.".to_owned() };
        let done = if own {
            s.reports(act, "subagent.done", &text)
        } else {
            let actor = Actor::bot(&format!("worker-{worker}"));
            s.event("agent", "subagent.done", &actor, &place(worker)).because(act).token_in(act, keeps).text(text)
        };
        heard[at] = done.after(9_000 + pause);
    }
}

fn workers_given_further_work(s: &Scene) {
    let (boss, workers, size) = (s.agent("lead"), s.between(2, 4), s.between(6, 40));
    let order = s.person_orders(&boss, "document all modules");
    let mut heard: Vec<_> = (0..workers).map(|_| order).collect();
    for task in 0..size {
        let at = usize::try_from(task % workers).unwrap_or(0);
        let place = format!("{boss}/worker-{}", task % workers);
        let act = s.wants(heard[at], "agent.message", &place, &format!("Thanks. Next: document module {task}."));
        let done = s.reports(act.in_plan("modules", size).within(900, 6_000), "subagent.done", &s.paraphrase());
        heard[at] = done.within(30_000, 200_000);
        if s.chance(6) {
            s.person_says(&s.channel(), s.pick(&["how far is it?", "nice"])).within(900, 60_000);
        }
    }
}

fn permission_granted_with_a_condition(s: &Scene) {
    let (room, chains) = (s.channel(), s.pick(&[1, 1, 2, 3]));
    let owner = s.somebody();
    let (threads, quotes, plans, keeps) = (s.chance(50), s.chance(55), s.chance(35), s.pick(&[0, 60, 100, 100]));
    let (soon, late) = s.pick(&[(900, 5_000), (10_000, 40_000), (60_000, 300_000)]);
    let place = |at: u64| if threads { format!("{room}/{at}") } else { room.clone() };
    let conditions = ["only with a dry run first", "only on the copy", "not more than ten at once", "with a backup"];
    let ask = |heard, at: u64, round: u64| {
        let how = conditions[usize::try_from(round % 4).unwrap_or(0)];
        let text = format!("May I delete the old rows of table {at}, {how}? {}", s.paraphrase());
        s.wants(heard, "permission.ask", &place(at), &text).within(900, 7_000)
    };
    let order = |at: u64| s.person_orders(&s.agent("session"), &format!("clean up table {at}"));
    // Before the deputy the owner pressed a button.
    for number in 0..s.between(0, 4) {
        let act = ask(order(20 + number).within(600_000, 9_000_000), 20 + number, number);
        let yes = s.event("teams", "permission.given", &owner, &act.subject()).because(act).token(act).text("yes");
        yes.within(30_000, 900_000);
        s.wants(yes, "tool.call", &s.agent("session"), "delete").within(900, 4_000);
    }
    let mut heard: Vec<_> = (0..chains).map(|at| order(at).within(15_000, 90_000)).collect();
    let mut pause = 0;
    for round in 0..if plans { s.between(14, 23) } else { s.between(24, 42) } {
        if round == chains {
            s.loop_starts();
        }
        if round % chains == 0 {
            pause = s.between(soon, late);
        }
        let (table, at) = (round % chains, usize::try_from(round % chains).unwrap_or(0));
        let act = ask(heard[at], table, round / chains);
        if round < chains {
            act.in_order();
        }
        if plans {
            let text = format!("plan of table {table}: {}", s.paraphrase());
            let plan = s.wants(heard[at], "plan.write", &s.agent("session"), &text).within(7_100, 9_000);
            if round < chains {
                plan.in_order();
            }
        }
        if s.chance(7) {
            let words = s.pick(&["who says yes and no here?", "just do it", "h3 is at lunch"]);
            quoted(s, &Actor::person("h8"), act, words).within(900, 60_000);
        }
        let but = format!("Yes, but {}.", conditions[usize::try_from((round / chains + 1) % 4).unwrap_or(0)]);
        let text = if quotes { with_quote(s, &act.text(), &but) } else { format!("{but} {}", s.paraphrase()) };
        let given = s.event("teams", "message", &owner, &place(table)).because(act).token_in(act, keeps).text(text);
        heard[at] = given.answers(act).after(10_000 + pause);
    }
}

fn edits_approved_one_by_one(s: &Scene) {
    let (room, gap) = (s.channel(), s.pick(&[20_000, 120_000, 2_000_000]));
    for session in 0..s.between(1, 3) {
        let (place, owner) = (format!("{room}/{session}"), s.somebody());
        let mut heard = s.person_orders(&s.agent("session"), "rename the module").within(600_000, 9_000_000);
        for step in 1..=s.between(3, 12) {
            let text = format!("May I write {}.rs? (step {step})", s.word());
            let ask = s.wants(heard, "permission.ask", &place, &text).progress(step).within(900, 7_000);
            let yes = if s.chance(50) {
                s.event("teams", "permission.given", &owner, &place).because(ask).token(ask).text("yes").answers(ask)
            } else {
                quoted(s, &owner, ask, s.pick(&["ok", "yes", "yes, but keep the old name", "go on"]))
            };
            let write = s.wants(yes.within(gap / 8, gap), "tool.call", &s.agent("session"), &format!("write {step}"));
            let write = write.progress(100 * session + step).within(500, 3_000);
            heard = s.reports(write, "tool.done", "written").within(200, 2_000);
        }
    }
}

fn cursor_that_never_ends(s: &Scene) {
    let (tool, tables) = (s.agent("tool"), s.pick(&[1, 1, 2, 3]));
    let server = Actor::new("mcp-server", s.pick(&["system", "app", "unknown"]));
    let (style, reads, own, notes) = (s.pick(&[0, 1, 2]), s.chance(45), s.chance(60), s.chance(30));
    let (keeps, cursors) = (s.pick(&[0, 60, 100]), [s.hex(8), s.hex(8), s.hex(8)]);
    let (soon, late) = s.pick(&[(100, 900), (2_000, 9_000), (58_000, 64_000)]);
    let call = |heard, table: u64, page: u64| {
        let cursor = match style {
            0 => cursors[0].clone(),
            1 => cursors[usize::try_from(page % 3).unwrap_or(0)].clone(),
            _ => format!("offset {}", 50 * page),
        };
        let act = s.wants(heard, "tool.call", &tool, &format!("list(table {table}, {cursor})")).within(300, 2_500);
        if reads { act.reads_only() } else { act }
    };
    // Small tables fit on one page.
    for number in 0..s.between(0, 4) {
        let order = s.person_orders(&s.agent("session"), &format!("how many rows has table {}?", 20 + number));
        let act = call(order.within(600_000, 9_000_000), 20 + number, 0);
        s.reports(act, "tool.done", "12 rows").within(soon, late);
    }
    let order = |table| s.person_orders(&s.agent("session"), &format!("how many rows has table {table}?"));
    let mut heard: Vec<_> = (0..tables).map(|table| order(table).within(10_000, 40_000)).collect();
    // Three cursors are three pages before the first one returns.
    let (mut pause, fresh) = (0, if style == 1 { 3 * tables } else { tables });
    let rounds = if notes { s.between(14, 21) } else { s.between(24, 46) };
    for round in 0..rounds + fresh - tables {
        if round == fresh {
            s.loop_starts();
        }
        if round % tables == 0 {
            pause = s.between(soon, late);
        }
        let (table, at) = (round % tables, usize::try_from(round % tables).unwrap_or(0));
        let act = call(heard[at], table, round / tables);
        if round < fresh {
            act.in_order();
        }
        if notes {
            let text = format!("table {table}: {} rows so far", 50 * (round / tables));
            let note = s.wants(heard[at], "task.note", &s.agent("session"), &text).within(2_600, 4_000);
            if round < fresh {
                note.in_order();
            }
        }
        if s.chance(5) {
            s.person_says(&s.channel(), s.pick(&["is it counting by hand?", "it should be some 200"]))
                .within(900, 9_000);
        }
        let text = format!(
            "50 rows of table {table}, next {}",
            cursors[usize::try_from((round / tables + 1) % 3).unwrap_or(0)]
        );
        let text = if style == 1 { text } else { format!("50 rows of table {table}, there is more") };
        let page = if own {
            s.reports(act, "tool.done", &text)
        } else {
            s.event("agent", "tool.done", &server, &tool).because(act).token_in(act, keeps).text(text)
        };
        heard[at] = page.after(4_100 + pause);
    }
}

fn pages_with_a_fresh_cursor(s: &Scene) {
    let (tool, tables) = (s.agent("tool"), s.between(2, 4));
    let order = s.person_orders(&s.agent("session"), "export all tables");
    for table in 0..tables {
        let place = format!("{tool}/{table}");
        let mut heard = order;
        for page in 1..=s.between(3, 12) {
            let tries = s.pick(&[1, 1, 1, 1, 1, 2]);
            for attempt in 1..=tries {
                let act = s.wants(heard, "tool.call", &place, &format!("list(table {table}, {})", s.hex(8)));
                let act = act.reads_only().attempt(attempt, 3).within(300, 2_500);
                let act = if attempt == 1 { act.progress(page) } else { act };
                let text = if attempt < tries { "the cursor has expired" } else { "50 rows, there is more" };
                heard = s.reports(act, "tool.done", text).within(300, 9_000);
            }
        }
    }
}

fn each_answer_outdates_the_other(s: &Scene) {
    let (boss, sides) = (s.agent("lead"), ["client", "server"]);
    let (both, own, thinks, writes) = (s.chance(60), s.chance(50), s.chance(50), s.chance(30));
    let (chains, keeps) = (if both { 2 } else { 1 }, s.pick(&[0, 60, 100]));
    let (soon, late) = s.pick(&[(9_000, 40_000), (120_000, 400_000), (1_500_000, 3_600_000)]);
    let order = |heard, side: &str, revision: u64| {
        let why = if thinks { s.paraphrase() } else { format!("Interface is at revision {revision}.") };
        s.wants(heard, "agent.order", &format!("{boss}/{side}"), &format!("Bring the {side} up to date. {why}"))
    };
    // Earlier interfaces were agreed upon before.
    for number in 0..s.between(0, 3) {
        let asked = s.person_orders(&boss, &format!("build part {number}")).within(600_000, 9_000_000);
        let act = order(asked, sides[usize::try_from(number % 2).unwrap_or(0)], 1).within(900, 6_000);
        s.reports(act, "agent.done", &s.paraphrase()).within(60_000, 900_000);
    }
    let asked = s.person_orders(&boss, "build the client and the server of the search").within(600_000, 9_000_000);
    let mut heard: Vec<_> = (0..chains).map(|_| asked).collect();
    let mut pause = 0;
    for round in 0..if writes { s.between(14, 25) } else { s.between(24, 44) } {
        // Each side is written once with good reason.
        if round == 2 {
            s.loop_starts();
        }
        if round % chains == 0 {
            pause = s.between(soon, late);
        }
        let (at, revision) = (usize::try_from(round % chains).unwrap_or(0), round / 2 + 1);
        // With both under way, what is done on one side sends the other one back to work.
        let side = sides[usize::try_from((round + round / chains * (chains - 1)) % 2).unwrap_or(0)];
        let wait = if round < chains { 900 + 12_000 * (round % chains) } else { s.between(900, 5_000) };
        let act = order(heard[at], side, revision).after(wait);
        let write = writes.then(|| {
            let text = format!("revision {revision}: {}", s.sentence(4));
            s.wants(heard[at], "page.write", "wiki:interface", &text).after(wait + 5_100)
        });
        if round < 2 {
            act.in_order();
            if let Some(write) = write {
                write.in_order();
            }
        }
        if s.chance(6) {
            s.person_says(&s.channel(), s.pick(&["does it search yet?", "which revision counts?"])).within(900, 60_000);
        }
        let text = if thinks { s.paraphrase() } else { format!("The {side} is done, interface {}.", s.hex(6)) };
        let done = if own {
            s.reports(act, "agent.done", &text)
        } else {
            let actor = Actor::new(&format!("{side}-agent"), s.pick(&["bot", "app"]));
            s.event("agent", "agent.done", &actor, &act.subject()).because(act).token_in(act, keeps).text(text)
        };
        heard[at] = done.after(12_000 + pause);
    }
}

fn halves_of_a_contract(s: &Scene) {
    let boss = s.agent("lead");
    for part in 0..s.between(2, 5) {
        let asked = s.person_orders(&boss, &format!("build part {part}")).within(600_000, 9_000_000);
        let mut heard = asked;
        for revision in 1..=s.between(2, 5) {
            for side in ["client", "server"] {
                let text = format!("Bring the {side} to revision {revision}.");
                let act = s.wants(heard, "agent.order", &format!("{boss}/{part}/{side}"), &text).progress(revision);
                heard = s.reports(act.within(900, 6_000), "agent.done", &s.paraphrase()).within(60_000, 900_000);
            }
        }
        s.wants(heard, "message", &s.channel(), &s.paraphrase()).within(900, 6_000);
    }
}

fn agent_interrupted_by_its_own_voice(s: &Scene) {
    let (call, calls) = (format!("call:{}", s.between(1_000, 9_000)), s.pick(&[1, 1, 2]));
    let caller = |at: u64| Actor::new(&format!("caller-{at}"), if at == 0 { "human" } else { "unknown" });
    let (thinks, stops, garbled, keeps) = (s.chance(35), s.chance(40), s.chance(40), s.pick(&[0, 0, 0, 60]));
    let (soon, late) = s.pick(&[(300, 900), (900, 2_500), (2_000, 6_000)]);
    let (sentence, place) = (format!("Your {} is on its way.", s.sentence(7)), |at: u64| format!("{call}/{at}"));
    let say = |heard, at: u64, again: bool| {
        let sorry = if again { s.pick(&["Sorry, go ahead. ", "Sorry. "]) } else { "" };
        let text = format!("{sorry}{}", if thinks { s.paraphrase() } else { sentence.clone() });
        s.wants(heard, "speech.say", &place(at), &text).within(100, 700)
    };
    // Other callers hold the phone to their ear.
    for number in 0..s.between(0, 5) {
        let asked = s.event("voice", "speech.heard", &caller(0), &place(20 + number)).text("where is my parcel?");
        say(asked.within(60_000, 900_000), 20 + number, false);
    }
    let asked = |at| s.event("voice", "speech.heard", &caller(at), &place(at)).text("where is my parcel?");
    let mut heard: Vec<_> = (0..calls).map(|at| asked(at).within(2_500, 9_000)).collect();
    let mut pause = 0;
    for round in 0..if stops { s.between(14, 24) } else { s.between(24, 44) } {
        if round == calls {
            s.loop_starts();
        }
        if round % calls == 0 {
            pause = s.between(soon, late);
        }
        let at = usize::try_from(round % calls).unwrap_or(0);
        let stop = stops.then(|| s.wants(heard[at], "speech.stop", &place(round % calls), "").within(20, 90));
        let act = say(heard[at], round % calls, round >= calls);
        if round < calls {
            act.in_order();
            if let Some(stop) = stop {
                stop.in_order();
            }
        }
        if s.chance(5) {
            // The caller really says something, which is worth an answer.
            let hello = s.event("voice", "speech.heard", &caller(round % calls), &place(round % calls));
            let hello = hello.text(s.pick(&["hello?", "what?", "stop, stop"])).within(300, 2_000);
            s.wants(hello, "speech.say", &place(round % calls), "Yes, I can hear you.").within(100, 700).in_order();
        }
        let words: Vec<_> = act.text().split(' ').map(str::to_owned).collect();
        let heard_words = usize::try_from(s.between(3, 9)).unwrap_or(3);
        let mut text = words.iter().take(heard_words).cloned().collect::<Vec<_>>().join(" ");
        if garbled {
            text = text.replace('o', "a").to_lowercase();
        }
        let echo = s.event("voice", "speech.heard", &caller(round % calls), &place(round % calls)).because(act);
        heard[at] = echo.token_in(act, keeps).text(text).after(300 + pause);
    }
}

fn callers_interrupt_the_agent(s: &Scene) {
    for number in 0..s.between(2, 6) {
        let (place, caller) = (format!("call:{}", 5_000 + number), Actor::person(&format!("caller-{number}")));
        let asked = s.event("voice", "speech.heard", &caller, &place).text("where is my parcel?");
        let mut heard = asked.within(60_000, 900_000);
        for _ in 0..s.between(2, 4) {
            let sentence = format!("Your {} is on its way.", s.sentence(4));
            let tries = s.pick(&[1, 1, 2, 3]);
            for attempt in 1..=tries {
                let said = s.wants(heard, "speech.say", &place, &sentence).attempt(attempt, 3).within(200, 900);
                let words = match (attempt < tries, s.chance(50)) {
                    (true, true) => format!("{sentence}? Is that right?"),
                    (true, false) => "sorry, what?".to_owned(),
                    (false, _) => format!("and the {}?", s.word()),
                };
                let next = s.event("voice", "speech.heard", &caller, &place).because(said).text(words);
                heard = next.within(1_500, 9_000);
            }
        }
    }
}

fn answers_pasted_into_issues(s: &Scene) {
    let gap = s.pick(&[120_000, 2_000_000, 40_000_000]);
    for thread in 0..s.between(2, 6) {
        let mut next = 4_000 + 40 * thread;
        let asked = s.person_says(&s.issue_no(next), &format!("@agent why does the {} fail?", s.word()));
        let mut open = vec![(next, asked.within(gap / 6, gap))];
        for _ in 0..s.between(3, 9) {
            let last = u64::try_from(open.len()).unwrap_or(1) - 1;
            let (number, heard) = open.remove(usize::try_from(s.between(0, last)).unwrap_or(0));
            let answer = s.wants(heard, "comment", &s.issue_no(number), &s.paraphrase()).within(4_000, 60_000);
            s.echo(answer, "issue_comment.created");
            for _ in 0..s.pick(&[1, 1, 2]) {
                next += 1;
                let words = s.pick(&["@agent does that hold here as well?", "@agent same here?"]);
                let pasted = s.person_says(&s.issue_no(next), &with_quote(s, &answer.text(), words)).because(answer);
                open.push((next, pasted.token(answer).within(gap / 6, gap)));
            }
        }
    }
}
