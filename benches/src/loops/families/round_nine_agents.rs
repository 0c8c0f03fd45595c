//! Agents that hand over, telephone, wake themselves, remember and repair.

use crate::loops::families::{Family, declared, looping};
use crate::loops::scene::{Actor, Scene};

pub(super) const FAMILIES: &[Family] = &[
    looping(
        "handover_does_not_end_the_run",
        "",
        "An assistant hands a conversation to people, the tool says that it did, and the run goes on and hands it over again",
        handover_does_not_end_the_run,
    ),
    declared(
        "conversations_handed_to_people",
        "",
        "An assistant looks things up for many customers in counted steps and hands most conversations to people, each once",
        conversations_handed_to_people,
    ),
    looping(
        "voice_agent_in_a_phone_menu",
        "",
        "A voice agent answers a phone menu in whole sentences, which the menu does not understand and says its choices again",
        voice_agent_in_a_phone_menu,
    ),
    declared(
        "voice_agent_through_menus",
        "",
        "A voice agent calls several hotlines, presses its way through their menus step by step and leaves a number",
        voice_agent_through_menus,
    ),
    looping(
        "wakeup_sets_the_next_wakeup",
        "",
        "An agent wakes itself to look at a job until it is done; the job was deleted, and each look ends with another wake-up",
        wakeup_sets_the_next_wakeup,
    ),
    declared(
        "wakeups_until_builds_are_done",
        "",
        "An agent wakes itself to look at builds, reading only, as attempt n of m, and reports when one is done",
        wakeups_until_builds_are_done,
    ),
    looping(
        "memory_tidies_itself",
        "",
        "An agent tidies up its memory whenever that has changed, in new words each time, and what it writes is a change",
        memory_tidies_itself,
    ),
    declared(
        "memory_after_each_conversation",
        "",
        "An agent adds to its memory after each conversation and tidies it each night by a plan; it ignores those changes",
        memory_after_each_conversation,
    ),
    looping(
        "fix_agent_without_the_secret",
        "",
        "An agent repairs what fails in CI; runs of its own pushes get no secrets, so they fail whatever it has repaired",
        fix_agent_without_the_secret,
    ),
    declared(
        "ci_fixed_in_three_attempts",
        "",
        "An agent repairs failing pull requests of several people with at most three declared attempts for each",
        ci_fixed_in_three_attempts,
    ),
];

fn handover_does_not_end_the_run(s: &Scene) {
    let chat = format!("web:chat/{}", s.hex(6));
    let customer = Actor::person(&format!("customer{}", s.between(100, 999)));
    let (speaks, thinks_aloud, says_already) = (s.chance(45), s.chance(50), s.chance(30));
    let (soon, late) = s.pick(&[(600, 2_000), (2_000, 4_000), (9_000, 30_000)]);
    let says = |text: &str| s.event("web", "message", &customer, &chat).text(text);
    // Simple questions before that are answered without any tool.
    for _ in 0..s.between(0, 4) {
        s.wants(says(&s.sentence(7)).within(20_000, 200_000), "message", &chat, &s.paraphrase()).within(900, 6_000);
    }
    let mut heard = says("I need a key for your interface, who can give me one?").within(20_000, 200_000);
    for round in s.rounds(if speaks { s.between(12, 26) } else { s.between(22, 48) }) {
        let reason = if thinks_aloud { s.paraphrase() } else { "needs a person".to_owned() };
        let tool = s.wants(heard, "tool.handover", &chat, &reason).within(300, 2_000);
        if speaks {
            let text = if thinks_aloud { s.paraphrase() } else { "I will connect you with a colleague.".to_owned() };
            s.wants(heard, "message", &chat, &text).within(2_010, 2_500);
        }
        let again = says_already && round > 0;
        let done = if again { "ok, the conversation was open for people already" } else { "ok" };
        heard = s.reports(tool, "tool.done", done).within(soon, late);
        if s.chance(6) {
            says(s.pick(&["hello?", "is anybody there?", "you said that already"])).within(1_000, 30_000);
        }
    }
}

fn conversations_handed_to_people(s: &Scene) {
    let tools = ["tool.find-customer", "tool.read-orders", "tool.search-help"];
    let mut moment = 0;
    for _ in 0..s.between(5, 13) {
        moment += s.between(9_000, 600_000);
        let chat = format!("web:chat/{}", s.hex(6));
        let customer = Actor::person(&format!("customer{}", s.between(100, 999)));
        let mut heard = s.event("web", "message", &customer, &chat).text(s.sentence(9)).at(moment);
        for (step, tool) in (1..).zip(&tools[..s.pick(&[0, 1, 2, 3])]) {
            let run = s.wants(heard, tool, &chat, &s.sentence(3)).reads_only().progress(step).within(300, 2_000);
            heard = s.reports(run, "tool.done", &s.sentence(5)).within(200, 4_000);
        }
        if s.chance(75) {
            let run = s.wants(heard, "tool.handover", &chat, "needs a person").within(300, 2_000);
            heard = s.reports(run, "tool.done", "ok").within(200, 4_000);
        }
        s.wants(heard, "message", &chat, &s.paraphrase()).within(900, 4_000);
    }
}

fn voice_agent_in_a_phone_menu(s: &Scene) {
    let call = format!("tel:+49-30-{}", s.between(100_000, 999_999));
    let menu = Actor::new("+4930", s.pick(&["unknown", "unknown", "human"]));
    let (same_words, mishears, hangs_up) = (s.chance(30), s.chance(50), s.pick(&[0, 0, 10]));
    let (soon, late) = s.pick(&[(3_000, 7_000), (8_000, 25_000)]);
    let choices = "For orders press one, for returns press two, for all else press three";
    let asks = |round: u64| {
        let wrong = if mishears { s.sentence(1) } else { "that".to_owned() };
        let sorry = format!("I did not understand {wrong}. {choices}.");
        if round == 0 { format!("Welcome. {choices}.") } else { sorry }
    };
    let order = s.person_orders(&call, "ask them where parcel 4711 is");
    let dial = s.wants(order, "call.dial", &call, "");
    let mut heard = s.event("phone", "speech", &menu, &call).because(dial).token(dial).text(asks(0));
    heard.within(4_000, 9_000);
    for round in s.rounds(s.between(23, 46)) {
        let line = if same_words { "I am calling about parcel 4711.".to_owned() } else { s.paraphrase() };
        let said = s.wants(heard, "call.say", &call, &line).within(700, 2_500);
        if s.chance(hangs_up) {
            // After a few misses it hangs up, and the agent dials again.
            let ended = s.event("phone", "call.ended", &menu, &call).because(said).token(said).within(soon, late);
            let dial = s.wants(ended, "call.dial", &call, "").within(2_000, 20_000);
            heard = s.event("phone", "speech", &menu, &call).because(dial).token(dial).text(asks(0));
            heard.within(4_000, 9_000);
        } else {
            heard = s.event("phone", "speech", &menu, &call).because(said).token(said).text(asks(round + 1));
            heard.within(soon, late);
        }
    }
}

fn voice_agent_through_menus(s: &Scene) {
    let menu = Actor::new("+4930", s.pick(&["unknown", "human"]));
    let mut moment = 0;
    for number in 0..s.between(2, 7) {
        moment += s.between(300_000, 3_600_000);
        let call = format!("tel:+49-30-{}", 400_000 + number * 1_313);
        let order = s.person_orders(&call, "ask them to call back about the parcel").at(moment);
        let mut act = s.wants(order, "call.dial", &call, "").progress(0);
        for step in 1..=s.between(3, 8) {
            let heard = s.event("phone", "speech", &menu, &call).because(act).token(act).within(4_000, 15_000);
            heard.text(format!("For {} press one, for {} press two, for all else press three.", s.word(), s.word()));
            let key = s.pick(&["1", "2", "3"]);
            act = s.wants(heard, "call.press", &call, key).progress(step).within(700, 2_500);
        }
        let heard = s.event("phone", "speech", &menu, &call).because(act).token(act).within(4_000, 15_000);
        heard.text("Please leave your number after the tone.");
        s.wants(heard, "call.say", &call, "030 123 456, it is about the parcel").within(700, 2_500);
    }
}

fn wakeup_sets_the_next_wakeup(s: &Scene) {
    let (agent, job) = (s.agent("watcher"), format!("{}/export-{}", s.agent("job"), s.hex(4)));
    let (talks, keeps_link, reads) = (s.chance(60), s.pick(&[0, 60, 100]), s.chance(50));
    let minutes = s.pick(&[2, 10, 60, 600]);
    let look = |woken, answer: &str| {
        let run = s.wants(woken, "tool.run", &job, "state").within(900, 9_000);
        let run = if reads { run.reads_only() } else { run };
        s.reports(run, "tool.done", answer).within(100, 2_000)
    };
    let sleep = |seen| {
        let plain = format!("look at the export again in {minutes} minutes");
        let text = if talks { s.paraphrase() } else { plain };
        let set = s.wants(seen, "timer.set", &agent, &text).within(900, 6_000);
        let woken = s.event("timer", "timer.fired", &Actor::clock(), &agent).because(set).text(text);
        woken.token_in(set, keeps_link).after(minutes * 60_000)
    };
    let mut woken = s.person_orders(&agent, "tell me when the export is done");
    for step in 0..s.between(0, 3) {
        woken = sleep(look(woken, &format!("running, {} %", 10 + step * 20)));
    }
    // Somebody deletes the job; that it is gone is worth a message, not another look.
    let gone = look(woken, "404 no such job");
    s.loop_starts();
    woken = sleep(gone);
    for _ in 0..s.between(11, 25) {
        if s.chance(8) {
            s.person_says(&s.channel(), s.pick(&["any news of the export?", "still waiting"])).within(1_000, 90_000);
        }
        woken = sleep(look(woken, "404 no such job"));
    }
}

fn wakeups_until_builds_are_done(s: &Scene) {
    let agent = s.agent("watcher");
    let minutes = s.pick(&[2, 5, 20]);
    for build in 0..s.between(3, 5) {
        let job = format!("{}/build-{}", s.agent("job"), 300 + build);
        let mut woken = s.person_orders(&agent, &format!("tell me when build {build} is done"));
        woken.within(600_000, 7_200_000);
        let looks = s.between(1, 7);
        for attempt in 1..=looks {
            let run = s.wants(woken, "tool.run", &job, "state").reads_only().attempt(attempt, 12).within(900, 9_000);
            let answer = if attempt == looks { "passed" } else { "running" };
            let seen = s.reports(run, "tool.done", answer).within(100, 2_000);
            if attempt == looks {
                s.wants(seen, "message", &s.channel(), &format!("Build {build} has passed"));
                break;
            }
            let text = format!("look at build {build} again in {minutes} minutes");
            let set = s.wants(seen, "timer.set", &agent, &text).attempt(attempt, 12).within(900, 6_000);
            woken = s.event("timer", "timer.fired", &Actor::clock(), &agent).because(set).token_kept(set).text(text);
            woken.after(minutes * 60_000);
        }
    }
}

fn memory_tidies_itself(s: &Scene) {
    let names = ["profile", "facts", "habits"];
    let count = s.between(1, 3);
    let memory = |round: u64| s.agent(&format!("memory-{}", names[usize::try_from(round % count).unwrap_or(0)]));
    let store = Actor::system("memory-store");
    let (by_store, grows) = (s.chance(50), s.chance(40));
    let (soon, late) = s.pick(&[(200, 1_500), (4_000, 20_000), (60_000, 300_000)]);
    let mut kept = s.paraphrase();
    let talked = s.event("web", "conversation.ended", &s.somebody(), &s.agent("session")).text(s.paraphrase());
    let first = s.wants(talked, "memory.write", &memory(0), &kept).within(900, 6_000);
    let changed = |act, round: u64, text: &str| {
        let who = if by_store { store.clone() } else { s.us() };
        let event = s.event("agent", "memory.updated", &who, &memory(round)).because(act).token(act);
        event.text(text).within(soon, late)
    };
    let mut woken = changed(first, 0, &kept);
    for round in s.rounds(s.between(22, 44)) {
        kept = if grows && kept.len() < 900 { format!("{kept} {}", s.paraphrase()) } else { s.paraphrase() };
        let act = s.wants(woken, "memory.write", &memory(round + 1), &kept).within(1_500, 9_000);
        if s.chance(10) {
            let talk = s.event("web", "conversation.ended", &s.somebody(), &s.agent("session"));
            talk.text(s.paraphrase()).within(1_000, 90_000);
            s.wants(talk, "notes.append", &s.agent("notes"), &s.paraphrase()).within(900, 6_000).in_order();
        }
        woken = changed(act, round + 1, &kept);
    }
}

fn memory_after_each_conversation(s: &Scene) {
    let store = Actor::system("memory-store");
    let names = ["profile", "facts", "habits"];
    let by_store = s.chance(50);
    let write = |cause, name: &str| {
        let text = s.paraphrase();
        let memory = s.agent(&format!("memory-{name}"));
        let act = s.wants(cause, "memory.write", &memory, &text).within(900, 6_000);
        let who = if by_store { store.clone() } else { s.us() };
        let seen = s.event("agent", "memory.updated", &who, &memory).because(act).token(act);
        seen.text(&text).within(200, 3_000);
        act
    };
    for night in 0..s.between(2, 6) {
        for _ in 0..s.between(2, 9) {
            let talked = s.event("web", "conversation.ended", &s.somebody(), &s.agent("session")).text(s.paraphrase());
            write(talked.within(600_000, 6_000_000), s.pick(&names));
        }
        let tick = s.tick(&s.agent("memory"), 30_000_000);
        for name in names {
            write(tick, name).in_plan(&format!("tidy-{night}"), 3);
        }
    }
}

/// What a check says that has not got its secret.
fn without_secret(s: &Scene, plain: bool) -> String {
    if plain {
        "Error: Input required and not supplied: token".to_owned()
    } else {
        format!(
            "Error: Input required and not supplied: token (run {}, {} s)",
            s.between(1_000, 90_000),
            s.between(20, 90)
        )
    }
}

fn fix_agent_without_the_secret(s: &Scene) {
    let issue = s.issue();
    let ci = Actor::new("github-actions[bot]", s.pick(&["app", "bot", "system"]));
    let (comments, plain, sees_push) = (s.chance(40), s.chance(50), s.chance(60));
    let (soon, late) = s.pick(&[(30_000, 90_000), (180_000, 700_000), (1_500_000, 3_000_000)]);
    let author = s.somebody();
    s.event("github", "pull_request.synchronize", &author, &issue).tree(s.hex(40));
    let mut failed = s.event("github", "check_suite.completed", &ci, &issue).within(60_000, 600_000);
    failed.text("lint: 3 problems").state("checks", "failure");
    for _ in s.rounds(if comments { s.between(12, 27) } else { s.between(22, 44) }) {
        let (message, head) = (format!("fix: {}", s.paraphrase()), s.hex(40));
        let push = s.wants(failed, "push", &issue, &message).writes("tree", &head).within(40_000, 200_000);
        if comments {
            let said = s.wants(failed, "comment", &issue, &s.paraphrase()).within(200_100, 202_000);
            s.echo(said, "issue_comment.created");
        }
        if sees_push {
            let seen = s.event("github", "pull_request.synchronize", &s.us(), &issue).because(push).token(push);
            seen.tree(&head).within(300, 2_000);
        }
        failed = s.event("github", "check_suite.completed", &ci, &issue).because(push).within(soon, late);
        failed.text(without_secret(s, plain)).state("checks", "failure");
        if s.chance(7) {
            s.says(&author, &issue, s.pick(&["is it done?", "hm, what is it doing?", "I will look tomorrow"]))
                .within(5_000, 400_000);
        }
    }
}

fn ci_fixed_in_three_attempts(s: &Scene) {
    let ci = Actor::new("github-actions[bot]", s.pick(&["app", "bot"]));
    let mut moment = 0;
    for number in 0..s.between(5, 12) {
        moment += s.between(200_000, 4_000_000);
        let issue = s.issue_no(7_000 + number);
        let mut failed = s.event("github", "check_suite.completed", &ci, &issue).at(moment);
        failed.text(format!("{} tests failed", s.between(2, 9))).state("checks", "failure");
        let tries = s.between(1, 3);
        for attempt in 1..=tries {
            let (message, head) = (format!("fix: {}", s.paraphrase()), s.hex(40));
            let push = s.wants(failed, "push", &issue, &message).writes("tree", &head).attempt(attempt, 3);
            push.within(40_000, 200_000);
            let seen = s.event("github", "pull_request.synchronize", &s.us(), &issue).because(push).token(push);
            seen.tree(&head).within(300, 2_000);
            let ended = s.event("github", "check_suite.completed", &ci, &issue).because(push).within(60_000, 900_000);
            let green = attempt == tries && s.chance(80);
            ended.state("checks", if green { "success" } else { "failure" });
            failed = ended;
        }
        if s.chance(40) {
            s.wants(failed, "comment", &issue, &s.paraphrase());
        }
    }
}
