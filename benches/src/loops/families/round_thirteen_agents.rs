//! Agents: sampling, fresh sandboxes, unseen prompts, watched folders, shared trees and a test harness.

use crate::loops::families::{Family, careless, declared, looping};
use crate::loops::scene::{Actor, Scene};

pub(super) const FAMILIES: &[Family] = &[
    looping(
        "sampling_calls_the_tool",
        "",
        "A tool asks the client's model for help while it runs, the model has that tool at hand and calls it, one level deeper each time",
        sampling_calls_the_tool,
    ),
    declared(
        "tools_that_ask_the_model",
        "",
        "A tool reads a pile of letters and asks the client's model for a summary of each; the answers go back in numbered steps",
        tools_that_ask_the_model,
    ),
    looping(
        "package_gone_in_the_next_sandbox",
        "",
        "An agent installs what its script lacks, but each command runs in a fresh sandbox, where it is missing again",
        package_gone_in_the_next_sandbox,
    ),
    declared(
        "packages_missing_one_by_one",
        "",
        "An agent brings an old script to life: each run misses another package, which it installs and counts, until the script runs",
        packages_missing_one_by_one,
    ),
    looping(
        "subagent_waits_for_a_click",
        "",
        "A subagent without a screen waits for a permission that nobody sees, is given up after a while, and the next one is started",
        subagent_waits_for_a_click,
    ),
    declared(
        "subagents_allowed_by_people",
        "",
        "Subagents ask for permissions that people give during the day; who waited too long is started again as attempt n of three",
        subagents_allowed_by_people,
    ),
    looping(
        "report_in_the_watched_folder",
        "",
        "We run the tests when a file of a folder changes, and the tests write their report into that folder",
        report_in_the_watched_folder,
    ),
    careless(
        "tests_after_each_save",
        "",
        "Developers and an agent save files all afternoon, the tests run after each save and the room gets the same line as ever",
        tests_after_each_save,
    ),
    looping(
        "unexpected_changes_restored",
        "",
        "Two agents work in one tree; each finds changes that it has not made, takes them for damage and restores its own version",
        unexpected_changes_restored,
    ),
    declared(
        "agents_in_trees_of_their_own",
        "",
        "Several agents work through the parts of a plan in trees of their own, and conflicts of a merge are solved in a few attempts",
        agents_in_trees_of_their_own,
    ),
    declared(
        "questions_of_a_test_harness",
        "",
        "A harness puts question after question to our agent, says right or wrong to each answer and asks the next, all of them counted",
        questions_of_a_test_harness,
    ),
];

fn sampling_calls_the_tool(s: &Scene) {
    let (tool, server) = (s.agent("tool"), Actor::new("mcp-server", s.pick(&["system", "app", "app", "unknown"])));
    let (nested, answers, thinks, deep) = (s.chance(40), s.chance(40), s.chance(50), s.chance(40));
    let keeps = s.pick(&[0, 60, 100]);
    let (soon, late) = s.pick(&[(20, 300), (400, 3_000), (5_000, 20_000)]);
    let page = s.word();
    let place = |depth: u64| if nested { format!("{tool}/{depth}") } else { tool.clone() };
    let call = |heard, depth: u64| {
        let text = if thinks { s.paraphrase() } else { format!("summarize({page})") };
        s.wants(heard, "tool.call", &place(depth), &text).within(300, 4_000)
    };
    // For short pages the tool needs no help.
    for _ in 0..s.between(0, 4) {
        let asked = s.person_orders(&s.agent("session"), "what does this page say?").within(60_000, 9_000_000);
        s.reports(call(asked, 0), "tool.done", &s.sentence(9)).within(soon, late);
    }
    let order = s.person_orders(&s.agent("session"), "summarise the handbook");
    let mut heard = order.within(60_000, 9_000_000);
    for depth in s.rounds(if answers { s.between(12, 25) } else { s.between(22, 52) }) {
        let act = call(heard, depth);
        if answers {
            let text = if thinks { s.paraphrase() } else { "I will summarise it with the tool.".to_owned() };
            s.wants(heard, "sampling.respond", &place(depth), &text).within(4_100, 6_000);
        }
        if s.chance(4) {
            s.person_says(&s.channel(), s.pick(&["is it thinking?", "the fan is loud"])).within(900, 9_000);
        }
        let level = if deep { format!(" (level {})", depth + 1) } else { String::new() };
        heard = s.event("agent", "sampling.request", &server, &place(depth)).because(act).token_in(act, keeps);
        heard.text(format!("Please summarise the page {page}{level}")).within(soon, late);
    }
}

fn tools_that_ask_the_model(s: &Scene) {
    let server = Actor::new("mcp-server", s.pick(&["system", "app"]));
    for pile in 0..s.between(1, 4) {
        let tool = format!("{}/{pile}", s.agent("letters"));
        let order = s.person_orders(&s.agent("session"), "what do these letters want?").within(600_000, 20_000_000);
        let call = s.wants(order, "tool.call", &tool, &format!("read pile {pile}"));
        let mut last = call;
        for step in 1..=s.between(6, 17) {
            let request = s.event("agent", "sampling.request", &server, &tool).because(last).token(last);
            request.text("Please summarise this letter").within(400, 9_000);
            let text = s.pick(&["An invoice is due.", "They ask for a date.", "They ask for a date, again."]);
            last = s.wants(request, "sampling.respond", &tool, text).progress(step).within(900, 6_000);
        }
        s.reports(call, "tool.done", "all read").after(900_000);
    }
}

fn package_gone_in_the_next_sandbox(s: &Scene) {
    let (tool, package) = (s.agent("shell"), s.pick(&["pandas", "ffmpeg", "lxml", "openpyxl"]));
    let (apart, thinks, varies, coded) = (s.chance(40), s.chance(35), s.chance(40), s.chance(50));
    let (soon, late) = s.pick(&[(400, 3_000), (8_000, 40_000), (60_000, 180_000)]);
    let place = |round: u64| if apart { format!("{tool}/box-{}-{round}", s.hex(6)) } else { tool.clone() };
    let call = |heard, place: &str, text: &str| {
        let text = if thinks { format!("{text} # {}", s.paraphrase()) } else { text.to_owned() };
        s.wants(heard, "tool.call", place, &text).within(900, 8_000)
    };
    let mut heard = s.person_orders(&s.agent("session"), "convert the tables");
    // Scripts that need nothing run in any sandbox.
    for number in 0..s.between(0, 4) {
        let done = call(heard, &place(90 + number), &format!("run step_{number}"));
        heard = s.reports(done, "tool.done", "exit 0").within(soon, late);
    }
    for round in s.rounds(s.between(12, 26)) {
        let way = match (varies, round % 4) {
            (false, _) | (true, 0) => format!("pip install {package}"),
            (true, 1) => format!("pip install --user {package}"),
            (true, 2) => format!("python -m pip install -U {package}"),
            _ => format!("uv pip install {package}"),
        };
        let install = call(heard, &place(2 * round), &way);
        let size = if coded { format!(" in {}.{} s", s.between(2, 9), s.between(0, 9)) } else { String::new() };
        let installed = s.reports(install, "tool.done", &format!("Successfully installed {package}{size}"));
        let run = call(installed.within(soon, late), &place(2 * round + 1), "run convert");
        let at = if coded { format!("/tmp/{}/convert: ", s.hex(8)) } else { String::new() };
        heard = s.reports(run, "tool.failed", &format!("{at}No module named '{package}'")).within(soon, late);
        if s.chance(8) {
            s.person_says(&s.channel(), s.pick(&["and the tables?", "it is installed here"])).within(900, 30_000);
        }
    }
}

fn packages_missing_one_by_one(s: &Scene) {
    let tool = s.agent("shell");
    let mut heard = s.person_orders(&s.agent("session"), "make this old script run again");
    let mut runs = 0;
    for number in 1..=s.between(4, 22) {
        runs += 1;
        let run = s.wants(heard, "tool.call", &tool, "run convert").progress(runs).within(900, 6_000);
        let package = format!("{}-{}", s.word(), s.hex(3));
        let failed = s.reports(run, "tool.failed", &format!("No module named '{package}'")).within(400, 9_000);
        let install = s.wants(failed, "package.install", &tool, &package).progress(number).within(900, 6_000);
        heard = s.reports(install, "tool.done", &format!("Successfully installed {package}")).within(2_000, 60_000);
    }
    let run = s.wants(heard, "tool.call", &tool, "run convert").progress(runs + 1).within(900, 6_000);
    let done = s.reports(run, "tool.done", "exit 0").within(400, 90_000);
    s.wants(done, "message", &s.channel(), &s.paraphrase()).within(900, 9_000);
}

fn subagent_waits_for_a_click(s: &Scene) {
    let (boss, task) = (s.agent("boss"), s.sentence(6));
    let (named, tells, thinks, keeps) = (s.chance(60), s.chance(40), s.chance(40), s.pick(&[0, 60, 100]));
    let watch = Actor::new("watchdog", s.pick(&["system", "system", "unknown", "bot"]));
    let (own, minutes) = (s.chance(50), s.pick(&[2, 10, 55]));
    let start = |heard| {
        let place = if named { format!("{boss}/sub-{}", s.hex(6)) } else { boss.clone() };
        let text = if thinks { s.paraphrase() } else { task.clone() };
        s.wants(heard, "subagent.start", &place, &text).within(900, 9_000)
    };
    let mut heard = s.person_orders(&boss, "have the logs of all hosts searched tonight");
    // Reading files needs no permission.
    for _ in 0..s.between(0, 3) {
        heard = s.reports(start(heard), "subagent.done", &s.paraphrase()).within(30_000, 400_000);
    }
    for round in s.rounds(if tells { s.between(12, 25) } else { s.between(22, 46) }) {
        let act = start(heard);
        if tells {
            let text = format!("The worker gave no sign of life, I start another one ({}).", round + 1);
            s.wants(heard, "task.note", &boss, &text).within(9_100, 12_000);
        }
        if s.chance(5) {
            s.person_says(&s.channel(), s.pick(&["good night", "who runs all this?"])).within(9_000, 90_000);
        }
        let text = format!("no output for {minutes} minutes, ended");
        heard = if own {
            s.reports(act, "subagent.timeout", &text)
        } else {
            let event = s.event("agent", "subagent.timeout", &watch, &act.subject()).because(act).text(text);
            event.token_in(act, keeps)
        };
        heard.within(minutes * 60_000, minutes * 66_000);
    }
}

fn subagents_allowed_by_people(s: &Scene) {
    let boss = s.agent("boss");
    let order = s.person_orders(&boss, "search the logs of all hosts");
    let mut heard = order.within(9_000, 900_000);
    for number in 0..s.between(4, 9) {
        let (place, tries) = (format!("{boss}/host-{number}"), s.pick(&[1, 1, 2, 3]));
        for attempt in 1..=tries {
            let act = s.wants(heard, "subagent.start", &place, "search the logs").attempt(attempt, 3);
            let asks = s.reports(act.within(900, 9_000), "permission.asked", "may I run journalctl?");
            let ask = s.wants(
                asks.within(3_000, 20_000),
                "message",
                &s.channel(),
                &format!("host-{number} asks: journalctl?"),
            );
            heard = if attempt < tries {
                s.reports(act, "subagent.timeout", "no output for 10 minutes, ended").after(600_000)
            } else {
                let person = s.somebody();
                let yes = s.event("teams", "message", &person, &s.channel()).because(ask).token(ask).text("yes");
                let allow = s.wants(yes.within(9_000, 400_000), "permission.give", &place, "journalctl");
                s.reports(allow, "subagent.done", &s.paraphrase()).within(9_000, 90_000)
            };
        }
    }
}

fn report_in_the_watched_folder(s: &Scene) {
    let folder = format!("fs:{}/{}", s.word(), s.between(1, 40));
    let (name, class) = s.pick(&[("watcher", "system"), ("watcher", "unknown"), ("h2", "human"), ("self", "system")]);
    let watcher = Actor::new(name, class);
    let (by_file, hashes, tells, stamped) = (s.chance(40), s.chance(45), s.chance(30), s.chance(50));
    let keeps = s.pick(&[0, 0, 0, 60]);
    let (soon, late) = s.pick(&[(80, 600), (2_000, 9_000), (20_000, 60_000)]);
    let changed = |actor: &Actor, file: &str| {
        let place = if by_file { format!("{folder}/{file}") } else { folder.clone() };
        let event = s.event("fs", "file.changed", actor, &place).text(file);
        if hashes { event.tree(s.hex(16)) } else { event }
    };
    let run = |heard| s.wants(heard, "tests.run", &folder, "all").within(50, 600);
    // The report used to be printed only.
    for _ in 0..s.between(0, 6) {
        run(changed(&s.somebody(), &format!("{}.ts", s.word())).within(20_000, 2_000_000));
    }
    let mut heard = changed(&s.somebody(), &format!("{}.ts", s.word())).within(20_000, 2_000_000);
    for _ in s.rounds(if tells { s.between(12, 25) } else { s.between(22, 50) }) {
        let act = run(heard);
        if tells {
            let text = format!("{} of 212 tests pass", s.between(209, 212));
            s.wants(heard, "message", &s.channel(), &text).within(700, 1_500);
        }
        if s.chance(6) {
            // Somebody saves a file of another project.
            let saved = s.event("fs", "file.changed", &s.somebody(), "fs:other/1").text("notes.md");
            saved.within(900, 9_000);
        }
        let file = if stamped { format!("junit-{}.xml", s.timestamp()) } else { "junit.xml".to_owned() };
        heard = changed(&watcher, &file).because(act).token_in(act, keeps).within(soon, late);
    }
}

fn tests_after_each_save(s: &Scene) {
    let (folder, gap) = (format!("fs:{}", s.word()), s.pick(&[3_000, 40_000, 600_000]));
    let agent = Actor::new("coding-agent", s.pick(&["bot", "app", "human"]));
    for _ in 0..s.between(5, 36) {
        let who = if s.chance(30) { agent.clone() } else { s.somebody() };
        let file = s.pick(&["cart.ts", "cart.test.ts", "login.ts"]);
        let saved = s.event("fs", "file.changed", &who, &folder).text(file).tree(s.hex(16)).within(gap / 6, gap);
        let run = s.wants(saved, "tests.run", &folder, "all").within(50, 600);
        let done = s.reports(run, "tests.done", "212 of 212 tests pass").within(900, 9_000);
        let told = s.wants(done, "message", &s.channel(), "212 of 212 tests pass");
        s.echo(told, "message");
    }
}

fn unexpected_changes_restored(s: &Scene) {
    let (file, tree) = (format!("{}.rs", s.word()), format!("fs:tree/{}", s.between(1, 40)));
    let (name, class) = s.pick(&[("session-b", "bot"), ("session-b", "app"), ("h1", "human"), ("watcher", "system")]);
    let other = Actor::new(name, class);
    let (both, thinks, drifts, keeps) = (s.chance(45), s.chance(40), s.chance(40), s.pick(&[0, 0, 60]));
    let (soon, late) = s.pick(&[(3_000, 20_000), (30_000, 120_000), (300_000, 1_500_000)]);
    let place = if s.chance(50) { format!("{tree}/{file}") } else { tree.clone() };
    let versions = [s.hex(16), s.hex(16)];
    let version = |turn: usize| if drifts { s.hex(16) } else { versions[turn].clone() };
    let restore = |heard, head: &str| {
        let text = if thinks { s.paraphrase() } else { format!("restore {file}") };
        s.wants(heard, "file.write", &place, &text).writes("tree", head).within(900, 9_000)
    };
    let found = |turn: usize| s.event("fs", "file.changed", &other, &place).text(&file).tree(version(turn));
    // While the other session was at other files both got on.
    let mut heard = s.person_orders(&s.agent("session"), "clean up the parser");
    for number in 0..s.between(0, 4) {
        let act = s.wants(heard, "file.write", &format!("{tree}/part-{number}.rs"), &s.sentence(4)).within(900, 9_000);
        heard = s.reports(act, "file.written", "").within(50, 400);
    }
    heard = found(1).within(9_000, 900_000);
    for _ in s.rounds(if both { s.between(12, 26) } else { s.between(22, 46) }) {
        let act = restore(heard, &version(0));
        let last = if both {
            // The other one is ours as well, and looks at the tree when its tests fail.
            let seen = s.event("fs", "file.changed", &Actor::system("watcher"), &place).because(act);
            let seen = seen.token_in(act, keeps).text(&file).tree(version(0)).within(soon, late);
            restore(seen, &version(1))
        } else {
            act
        };
        if s.chance(7) {
            s.person_says(&s.channel(), s.pick(&["how far are you two?", "the build was green"])).within(900, 60_000);
        }
        heard = found(1).because(last).token_in(last, keeps).within(soon, late);
    }
}

fn agents_in_trees_of_their_own(s: &Scene) {
    let (size, order) = (s.between(3, 9), s.person_orders(&s.repo(), "split the parser into its parts"));
    for part in 0..size {
        let tree = format!("fs:tree/part-{part}");
        let start = s.wants(order, "subagent.start", &tree, &s.sentence(6)).in_plan("parts", size);
        let mut heard = s.reports(start.after(900 + 2_000 * part), "subagent.done", "3 files").within(60_000, 900_000);
        let tries = s.pick(&[1, 1, 2, 3]);
        for attempt in 1..=tries {
            let merge = s.wants(heard, "merge", &s.part("@main"), &format!("part-{part}")).attempt(attempt, 4);
            let text = if attempt < tries { "conflict in mod.rs" } else { "merged" };
            heard = s.reports(merge.within(900, 9_000), "merge.done", text).within(900, 9_000);
            if attempt < tries {
                let solve = s.wants(heard, "file.write", &tree, "solve the conflict in mod.rs").attempt(attempt, 4);
                heard = s.reports(solve.within(9_000, 60_000), "file.written", "").within(50, 400);
            }
        }
    }
}

fn questions_of_a_test_harness(s: &Scene) {
    let harness = Actor::new("harness", s.pick(&["bot", "app", "system", "human"]));
    let (soon, late) = s.pick(&[(50, 900), (2_000, 15_000), (60_000, 120_000)]);
    for run in 0..s.between(1, 3) {
        let thread = format!("{}/{run}", s.agent("exam"));
        let mut heard = s.event("agent", "message", &harness, &thread).text(format!("Question 1: {}?", s.sentence(7)));
        heard.within(900_000, 20_000_000);
        for number in 1..=s.between(8, 25) {
            let answer = s.pick(&["A", "B", "C", "D"]);
            let said = s.wants(heard, "message", &thread, answer).progress(number).within(400, 9_000);
            let verdict = s.pick(&["Right.", "Right.", "Wrong."]);
            heard = s.event("agent", "message", &harness, &thread).because(said).token(said).answers(said);
            heard.text(format!("{verdict} Question {}: {}?", number + 1, s.sentence(7))).within(soon, late);
        }
    }
}
