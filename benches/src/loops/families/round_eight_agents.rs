//! Models and their parsers, subagents, tool servers, heartbeats and assistants that write mails.

use crate::loops::families::{Family, declared, looping};
use crate::loops::scene::{Actor, Scene};

pub(super) const FAMILIES: &[Family] = &[
    looping(
        "output_never_parses",
        "",
        "A model's answer is no valid JSON, so it is asked again with the parser's error, and its answer is as long as before",
        output_never_parses,
    ),
    declared(
        "invoices_read_in_three_tries",
        "",
        "A model reads many invoices into a form, and what does not parse is asked again as attempt n of three",
        invoices_read_in_three_tries,
    ),
    looping(
        "subagent_dies_of_its_history",
        "",
        "A subagent dies because its prompt is too long, and is started again with what it had done so far in its prompt",
        subagent_dies_of_its_history,
    ),
    declared(
        "subagents_restarted_a_few_times",
        "",
        "Subagents work through the packages of a migration, some crash, and each is started again as attempt n of four",
        subagents_restarted_a_few_times,
    ),
    looping(
        "listing_tools_changes_the_list",
        "",
        "A tool server announces a changed list whenever it is asked for its list, and the client asks for what has changed",
        listing_tools_changes_the_list,
    ),
    declared(
        "tools_listed_as_plugins_load",
        "",
        "The plugins of a tool server load one after the other, and after each the client reads the list again",
        tools_listed_as_plugins_load,
    ),
    looping(
        "heartbeat_woken_by_its_own_command",
        "",
        "The end of a command wakes an agent's heartbeat, also the end of the command with which the heartbeat looks around",
        heartbeat_woken_by_its_own_command,
    ),
    declared(
        "heartbeat_looks_every_half_hour",
        "",
        "A heartbeat looks at the open jobs every half hour, reading only, and tells its person when one has ended",
        heartbeat_looks_every_half_hour,
    ),
    looping(
        "assistants_propose_times_for_ever",
        "",
        "Two mail assistants look for a time, and each answers a proposal with another one that its person would like better",
        assistants_propose_times_for_ever,
    ),
    declared(
        "assistants_agree_on_times",
        "",
        "Two mail assistants look for times for several meetings, a few counted proposals each, and book what both accept",
        assistants_agree_on_times,
    ),
    declared(
        "claim_form_filled_with_a_bot",
        "",
        "An insurer's bot asks our agent one question of a claim after the other and gives a number at the end",
        claim_form_filled_with_a_bot,
    ),
];

/// What a parser says of text that is no JSON.
fn parse_error(s: &Scene, line: u64) -> String {
    let found = s.pick(&["Expecting ',' delimiter", "Unterminated string", "Expecting value", "Extra data"]);
    format!("{found}: line {line} column {}", s.between(1, 90))
}

fn output_never_parses(s: &Scene) {
    let session = s.agent("session");
    let (quotes, same_place, model_talks) = (s.chance(40), s.chance(40), s.chance(60));
    let (soon, late) = s.pick(&[(600, 3_000), (4_000, 20_000), (30_000, 120_000)]);
    let task = format!("list all {} of the report as JSON", s.word());
    let line = s.between(40, 400);
    let mut heard = s.person_orders(&session, &task);
    for round in s.rounds(s.between(22, 54)) {
        let place = if same_place { line } else { line + s.between(0, 30) };
        let error = parse_error(s, place);
        let text = if round == 0 {
            task.clone()
        } else {
            format!("{task}. Your last answer was invalid: {error}. Answer again.")
        };
        let asked = s.wants(heard, "model.ask", &session, &text).within(40, 900);
        let mut answer = if model_talks { s.paraphrase() } else { "{\"items\": [".to_owned() };
        if quotes {
            answer.push_str(" ```json");
        }
        heard = s.reports(asked, "model.answer", &answer).within(soon, late);
    }
}

fn invoices_read_in_three_tries(s: &Scene) {
    let mut moment = 0;
    for number in 0..s.between(10, 24) {
        moment += s.between(5_000, 300_000);
        let session = s.agent(&format!("reader-{number}"));
        let task = format!("read invoice {} as JSON", 7_000 + number);
        let mut heard = s.event("mail", "mail.in", &s.somebody(), &session).text(&task).at(moment);
        let tries = if s.chance(60) { 1 } else { s.between(2, 3) };
        for attempt in 1..=tries {
            let error = parse_error(s, 12);
            let text =
                if attempt == 1 { task.clone() } else { format!("{task}. Your last answer was invalid: {error}.") };
            let asked = s.wants(heard, "model.ask", &session, &text).attempt(attempt, 3).within(40, 900);
            let answer =
                if attempt == tries { format!("{{\"total\": {}}}", s.between(9, 9_000)) } else { s.paraphrase() };
            heard = s.reports(asked, "model.answer", &answer).within(900, 15_000);
        }
        s.wants(heard, "record.create", "erp:invoices", &heard.said());
    }
}

fn subagent_dies_of_its_history(s: &Scene) {
    let task = s.agent("task");
    let (tells, first_of_three) = (s.chance(30), s.chance(30));
    let (soon, late) = s.pick(&[(900, 6_000), (20_000, 120_000), (200_000, 900_000)]);
    let brief = format!("move the {} to the new {}", s.word(), s.word());
    let mut tokens = s.between(200_100, 204_000);
    let mut heard = s.person_orders(&task, &brief);
    let rounds = if tells { s.between(12, 27) } else { s.between(22, 50) };
    for round in s.rounds(rounds) {
        let history = if round == 0 { String::new() } else { format!(" So far: {}", s.paraphrase()) };
        let started = s.wants(heard, "agent.start", &task, &format!("{brief}.{history}")).within(300, 5_000);
        if first_of_three {
            // The counter lives in the process that is started again.
            started.attempt(1, 3);
        }
        tokens += s.between(20, 900);
        let text = format!("prompt is too long: {tokens} tokens > 200000 maximum");
        heard = s.reports(started, "agent.failed", &text).within(soon, late);
        if tells && round > 0 {
            s.wants(heard, "message", &s.channel(), &format!("Subagent for \"{brief}\" failed, starting it again"));
        }
    }
}

fn subagents_restarted_a_few_times(s: &Scene) {
    let order = s.person_orders(&s.agent("task"), "move every package to the new build");
    let mut ready = order;
    for package in 0..s.between(6, 16) {
        let task = s.agent(&format!("package-{package}"));
        let brief = format!("move package {package} to the new build");
        let mut heard = ready;
        let tries = if s.chance(55) { 1 } else { s.between(2, 4) };
        for attempt in 1..=tries {
            let started = s.wants(heard, "agent.start", &task, &brief).attempt(attempt, 4).within(300, 5_000);
            let done = attempt == tries;
            let trouble = s.pick(&["connection reset by the model", "out of memory", "worker went away"]);
            let (kind, text) = if done { ("agent.done", s.paraphrase()) } else { ("agent.failed", trouble.to_owned()) };
            heard = s.reports(started, kind, &text).within(30_000, 900_000);
        }
        let text = format!("{} packages moved", package + 1);
        s.wants(heard, "message.edit", &s.channel(), &text).progress(package + 1);
        ready = heard;
    }
}

fn listing_tools_changes_the_list(s: &Scene) {
    let server = s.agent("tools");
    let announcer = Actor::new("tool-server", s.pick(&["system", "app", "unknown"]));
    let (counts, says_reading, answers) = (s.chance(50), s.chance(40), s.chance(60));
    let (soon, late) = s.pick(&[(4, 60), (40, 400), (1_000, 5_000)]);
    let all = s.between(12, 60);
    let announced = || s.event("agent", "tools.list_changed", &announcer, &server);
    let mut changed = announced();
    if counts {
        changed.state("tools", all.to_string());
    }
    for round in s.rounds(s.between(24, 58)) {
        let list = s.wants(changed, "tools.list", &server, "").within(2, 40);
        if says_reading {
            list.reads_only();
        }
        // One of them comes and goes while the server looks.
        let count = if round % 2 == 0 { all } else { all - 1 };
        if answers {
            let listed = s.reports(list, "tools.listed", &format!("{count} tools"));
            listed.after(s.between(soon, late) + 10);
        }
        changed = announced().because(list).within(soon, late);
        if counts {
            changed.state("tools", count.to_string());
        }
    }
}

fn tools_listed_as_plugins_load(s: &Scene) {
    let server = s.agent("tools");
    let announcer = Actor::system("tool-server");
    let mut count = 0;
    let gap = s.pick(&[300, 4_000, 60_000]);
    for _ in 0..s.between(2, 4) {
        // It is started anew a few times a day.
        let pause = s.between(1_800_000, 14_400_000);
        s.event("agent", "server.started", &announcer, &server).after(pause);
        for _ in 0..s.between(5, 16) {
            count += s.between(1, 4);
            let changed = s.event("agent", "tools.list_changed", &announcer, &server).within(gap / 6, gap);
            let list = s.wants(changed, "tools.list", &server, "").reads_only().within(2, 40);
            s.reports(list, "tools.listed", &format!("{count} tools")).within(3, 90);
        }
    }
}

fn heartbeat_woken_by_its_own_command(s: &Scene) {
    let (agent, shell) = (s.agent("main"), s.agent("shell"));
    let (talks, reports_turn) = (s.chance(60), s.chance(35));
    let (soon, late) = s.pick(&[(200, 2_000), (2_000, 9_000), (30_000, 90_000)]);
    let command = s.pick(&["df -h", "systemctl --failed", "git status", "uptime"]);
    // As long as the heartbeat only thinks, it keeps to its interval.
    for _ in 0..s.between(1, 8) {
        s.wants(s.tick(&agent, 1_800_000).text("heartbeat"), "agent.turn", &agent, "nothing to do").within(900, 9_000);
    }
    let mut beat = s.tick(&agent, 1_800_000).text("heartbeat");
    let rounds = if reports_turn { s.between(12, 26) } else { s.between(22, 50) };
    for round in s.rounds(rounds) {
        let run = s.wants(beat, "tool.run", &shell, command).within(900, 9_000);
        let done = s.reports(run, "tool.done", &format!("exit 0 after {} ms", s.between(9, 400)));
        done.within(20, 600);
        if reports_turn {
            let text = if talks { s.paraphrase() } else { "all is well".to_owned() };
            let turn = s.wants(done, "agent.turn", &agent, &text).within(100, 180);
            if round == 0 {
                turn.in_order();
            }
        }
        beat = s.event("timer", "timer.fired", &Actor::clock(), &agent).because(run).text("heartbeat");
        beat.after(620 + s.between(soon, late));
    }
}

fn heartbeat_looks_every_half_hour(s: &Scene) {
    let (agent, shell) = (s.agent("main"), s.agent("shell"));
    let mut job = s.between(100, 900);
    for _ in 0..s.between(12, 48) {
        let run =
            s.wants(s.tick(&agent, 1_800_000).text("heartbeat"), "tool.run", &shell, "list the open jobs").reads_only();
        let ended = s.chance(20);
        let text = if ended { format!("job {job} has ended") } else { "2 jobs are running".to_owned() };
        let done = s.reports(run.within(900, 9_000), "tool.done", &text).within(20, 3_000);
        if ended {
            job += 1;
            let said = s.wants(done, "message", &s.channel(), &s.paraphrase());
            s.echo(said, "message");
        }
    }
}

/// A time as mails propose it.
fn slot(s: &Scene) -> String {
    let day = s.pick(&["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"]);
    format!("{day} at {}:{}", s.between(8, 17), s.pick(&["00", "30"]))
}

fn assistants_propose_times_for_ever(s: &Scene) {
    let thread = format!("mail:thread/{}", s.hex(6));
    let other = Actor::new("amy@assistant.example", s.pick(&["human", "human", "unknown", "bot"]));
    let (refers, copies_people) = (s.pick(&[0, 60, 100]), s.chance(40));
    let (soon, late) = s.pick(&[(2_000, 20_000), (60_000, 600_000), (900_000, 10_800_000)]);
    let mut heard = s.event("mail", "mail.in", &s.somebody(), &thread).text("Could our assistants find half an hour?");
    for _ in s.rounds(s.between(22, 46)) {
        let text = format!("{} How about {}?", s.paraphrase(), slot(s));
        let sent = s.wants(heard, "mail.send", &thread, &text).within(3_000, 60_000);
        if copies_people && s.chance(12) {
            s.event("mail", "mail.in", &s.somebody(), &thread).text("Any of these is fine!").within(1_000, 900_000);
        }
        heard = s.event("mail", "mail.in", &other, &thread).because(sent).token(sent);
        heard.text(format!("{} Rather {}?", s.paraphrase(), slot(s))).within(soon, late);
        if s.chance(refers) {
            heard.answers(sent);
        }
    }
}

fn assistants_agree_on_times(s: &Scene) {
    let other = Actor::new("amy@assistant.example", s.pick(&["human", "unknown", "bot"]));
    let mut moment = 0;
    for _ in 0..s.between(3, 10) {
        moment += s.between(600_000, 30_000_000);
        let thread = format!("mail:thread/{}", s.hex(6));
        let mut heard =
            s.event("mail", "mail.in", &s.somebody(), &thread).text("Could our assistants find half an hour?");
        heard.at(moment);
        let asks = s.between(1, 5);
        for attempt in 1..=asks {
            let text = format!("{} How about {}?", s.paraphrase(), slot(s));
            let sent = s.wants(heard, "mail.send", &thread, &text).attempt(attempt, 6).within(3_000, 60_000);
            heard = s.event("mail", "mail.in", &other, &thread).because(sent).token(sent).answers(sent);
            let answer =
                if attempt == asks { "That works, thank you!".to_owned() } else { format!("Rather {}?", slot(s)) };
            heard.text(format!("{} {answer}", s.paraphrase())).within(60_000, 7_200_000);
        }
        let booked = s.wants(heard, "event.create", "cal:h1", &format!("half an hour, {}", slot(s)));
        s.echo(booked, "event.created");
    }
}

fn claim_form_filled_with_a_bot(s: &Scene) {
    let bot = Actor::new("claims-bot", s.pick(&["bot", "app", "human"]));
    let answers_us = s.chance(60);
    for _ in 0..s.between(1, 3) {
        let chat = format!("web:chat/{}", s.hex(6));
        let questions = s.between(6, 22);
        let order = s.person_orders(&chat, "report the broken window to the insurer").within(1_000, 7_200_000);
        let hello = s.wants(order, "message", &chat, "I would like to report a claim.").progress(0);
        let mut heard = hello;
        for number in 1..=questions {
            let asked = s.event("web", "message", &bot, &chat).because(heard).token(heard).within(700, 6_000);
            asked.text(format!("Question {number} of {questions}: please enter the {}.", s.word()));
            if answers_us {
                asked.answers(heard);
            }
            let text = if s.chance(40) { s.pick(&["yes", "no", "unknown"]).to_owned() } else { s.sentence(3) };
            heard = s.wants(asked, "message", &chat, &text).progress(number).within(900, 9_000);
        }
        let number = s.between(100_000, 999_999);
        let done = s.event("web", "message", &bot, &chat).because(heard).token(heard);
        done.text(format!("Thank you. Your claim has the number {number}."));
        s.wants(done, "message", &s.channel(), &format!("The claim has the number {number}."));
    }
}
