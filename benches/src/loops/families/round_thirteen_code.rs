//! Repositories: titles, quarantined tests, smoke tests, resolved errors, archived cards and a registry's bot.

use crate::loops::families::{Family, declared, looping};
use crate::loops::scene::{Actor, Scene};

pub(super) const FAMILIES: &[Family] = &[
    looping(
        "title_set_back_by_the_updater",
        "",
        "We put the prefix of the commit convention before a title; each edit makes the updater run, and it sets its own title",
        title_set_back_by_the_updater,
    ),
    declared(
        "titles_corrected_for_contributors",
        "",
        "Contributors' titles get the prefix of the commit convention, and where the author sets one back it is put there a second time",
        titles_corrected_for_contributors,
    ),
    looping(
        "quarantined_test_let_out",
        "",
        "We quarantine a test that fails, and a judge lets out what has not failed for a while, which no test does that is not run",
        quarantined_test_let_out,
    ),
    declared(
        "flaky_tests_quarantined_in_a_sweep",
        "",
        "The flaky tests of each suite are quarantined by a plan, and owners who have repaired one have it run again in a few attempts",
        flaky_tests_quarantined_in_a_sweep,
    ),
    looping(
        "smoke_test_is_a_deployment",
        "",
        "We start the smoke tests after each deployment; their job names an environment, so that the platform counts it as a deployment",
        smoke_test_is_a_deployment,
    ),
    declared(
        "smoke_tests_after_deployments",
        "",
        "A team deploys all day, each deployment gets its smoke tests, and those that fail for the network are run as attempt n of three",
        smoke_tests_after_deployments,
    ),
    looping(
        "resolved_error_regresses_at_once",
        "",
        "We resolve an error because its fix is released; old clients still meet it, and their next report is a regression that opens it",
        resolved_error_regresses_at_once,
    ),
    declared(
        "errors_resolved_by_releases",
        "",
        "Each release resolves the errors it repairs, by a plan of known size; a few come back and are resolved by the next one",
        errors_resolved_by_releases,
    ),
    looping(
        "archived_card_added_again",
        "",
        "We archive the cards of issues without news, and the board's own rule adds each open issue that has no card",
        archived_card_added_again,
    ),
    declared(
        "cards_archived_after_sprints",
        "",
        "After each sprint its finished cards are archived by a plan of known size, and people bring one or the other back",
        cards_archived_after_sprints,
    ),
    declared(
        "submissions_through_a_registrys_bot",
        "",
        "A package registry's bot leads each of our submissions through its checks, and we give it what it asks for, step by step",
        submissions_through_a_registrys_bot,
    ),
];

fn title_set_back_by_the_updater(s: &Scene) {
    let (pull, name, minor) = (s.issue(), s.word(), s.between(2, 60));
    let updater = Actor::new("updater", s.pick(&["bot", "bot", "app", "human"]));
    let (tells, thinks, pushes, keeps) = (s.chance(35), s.chance(25), s.chance(40), s.pick(&[0, 0, 0, 60]));
    let (soon, late) = s.pick(&[(2_000, 9_000), (50_000, 200_000), (3_400_000, 3_800_000)]);
    let rename = |heard, place: &str, title: &str| {
        let title = if thinks { format!("chore: {}", s.sentence(5)) } else { format!("chore(deps): {title}") };
        let act = s.wants(heard, "title.edit", place, &title).writes("title", &title).within(700, 6_000);
        if let Some(echo) = s.echo(act, "pull_request.edited") {
            echo.state("title", &title);
        }
        act
    };
    // People leave their titles as we have put them.
    for number in 0..s.between(0, 4) {
        let (place, title) = (s.issue_no(2_100 + number), s.sentence(4));
        let opened = s.event("github", "pull_request.opened", &s.somebody(), &place).text(&title);
        rename(opened.within(600_000, 30_000_000), &place, &title);
    }
    let theirs = format!("Update {name} to 1.{minor}.0");
    let opened = s.event("github", "pull_request.opened", &updater, &pull).text(&theirs);
    let mut heard = opened.within(600_000, 30_000_000);
    for _ in s.rounds(if tells { s.between(12, 26) } else { s.between(22, 46) }) {
        let act = rename(heard, &pull, &theirs);
        if tells {
            s.wants(heard, "comment", &pull, "Titles begin with a type, see CONTRIBUTING.md.").within(6_100, 9_000);
        }
        if s.chance(6) {
            s.person_says(&pull, s.pick(&["who renames this?", "can we merge it?"])).within(900, 60_000);
        }
        let kind = if pushes { "pull_request.synchronize" } else { "pull_request.edited" };
        heard = s.event("github", kind, &updater, &pull).because(act).token_in(act, keeps).text(&theirs);
        heard.within(soon, late);
        if pushes {
            heard.tree(s.hex(40));
        } else {
            heard.state("title", &theirs);
        }
    }
}

fn titles_corrected_for_contributors(s: &Scene) {
    let gap = s.pick(&[30_000, 900_000, 20_000_000]);
    for number in 0..s.between(6, 26) {
        let (pull, author, title) = (s.issue_no(1_200 + number), s.somebody(), s.sentence(4));
        let opened = s.event("github", "pull_request.opened", &author, &pull).text(&title);
        let mut heard = opened.within(gap / 6, gap);
        let (tries, ours) = (s.pick(&[1, 1, 1, 2]), format!("feat: {title}"));
        for attempt in 1..=tries {
            let act = s.wants(heard, "title.edit", &pull, &ours).writes("title", &ours).attempt(attempt, 2);
            if let Some(echo) = s.echo(act.within(700, 6_000), "pull_request.edited") {
                echo.state("title", &ours);
            }
            if attempt < tries {
                heard = s.event("github", "pull_request.edited", &author, &pull).because(act);
                heard.text(&title).state("title", &title).within(60_000, 900_000);
            }
        }
    }
}

fn quarantined_test_let_out(s: &Scene) {
    let (suite, test) = (s.part("/tests"), format!("{}_{}", s.word(), s.word()));
    let ci = Actor::new("ci", s.pick(&["system", "app", "unknown", "human"]));
    let judge = Actor::new("test-judge", s.pick(&["bot", "app"]));
    let (by_test, shows, notes, traced) = (s.chance(50), s.chance(60), s.chance(35), s.chance(50));
    let keeps = s.pick(&[0, 0, 60]);
    let (soon, late) = s.pick(&[(60_000, 200_000), (3_500_000, 4_000_000), (86_000_000, 88_000_000)]);
    let place = |name: &str| if by_test { format!("{suite}/{name}") } else { suite.clone() };
    let failed = |name: &str| {
        let trace = if traced { format!(": run {}, 0x{}", s.between(10_000, 99_999), s.hex(8)) } else { String::new() };
        s.event("ci", "test.failed", &ci, &place(name)).text(format!("{name} failed{trace}"))
    };
    let lock = |heard, name: &str| {
        s.wants(heard, "test.quarantine", &place(name), name).writes("quarantine", "yes").within(900, 9_000)
    };
    // Tests that somebody repaired stay out of it.
    for number in 0..s.between(0, 4) {
        let name = format!("flaky_{number}");
        lock(failed(&name).within(900_000, 60_000_000), &name);
    }
    let mut heard = failed(&test).within(900_000, 60_000_000);
    for round in s.rounds(if notes { s.between(12, 26) } else { s.between(22, 46) }) {
        let act = lock(heard, &test);
        if notes {
            let text = format!("{test} is in quarantine, {} times so far.", round + 1);
            s.wants(heard, "comment", &s.issue(), &text).within(9_100, 12_000);
        }
        if shows {
            let out = s.event("ci", "test.restored", &judge, &place(&test)).because(act).token_in(act, keeps);
            out.state("quarantine", "no").text("no failure in 20 runs").within(soon / 2, soon);
        }
        if s.chance(6) {
            s.person_says(&s.channel(), s.pick(&["main is red again", "who owns this test?"])).within(900, 60_000);
        }
        heard = failed(&test).because(act).token_in(act, keeps).within(soon, late);
    }
}

fn flaky_tests_quarantined_in_a_sweep(s: &Scene) {
    for number in 0..s.between(2, 5) {
        let (suite, size, plan) = (s.part(&format!("/suite-{number}")), s.between(4, 11), format!("sweep-{number}"));
        let order = s.person_orders(&suite, "quarantine what is flaky").within(600_000, 50_000_000);
        for at in 0..size {
            let test = format!("{suite}/{}_{at}", s.word());
            let act = s.wants(order, "test.quarantine", &test, "flaky").writes("quarantine", "yes");
            let act = act.in_plan(&plan, size).after(700 + at * 900);
            if !s.chance(25) {
                continue;
            }
            let fixed = s.event("github", "push", &s.somebody(), &test).because(act).text(s.sentence(4));
            let mut heard = fixed.within(3_000_000, 60_000_000);
            let tries = s.between(1, 3);
            for attempt in 1..=tries {
                let run = s.wants(heard, "test.run", &test, "ten times").attempt(attempt, 3).within(900, 9_000);
                let text = if attempt < tries { "9 of 10" } else { "10 of 10" };
                heard = s.reports(run, "test.done", text).within(60_000, 600_000);
            }
        }
    }
}

fn smoke_test_is_a_deployment(s: &Scene) {
    let (all, environment) = (s.part("/deployments"), s.pick(&["staging", "production"]));
    let runner = Actor::new("actions", s.pick(&["app", "bot", "system", "human"]));
    let (own, apart, tells, counted) = (s.chance(40), s.chance(40), s.chance(35), s.chance(60));
    let keeps = s.pick(&[0, 60, 100]);
    let (soon, late) = s.pick(&[(9_000, 40_000), (100_000, 300_000), (1_000_000, 3_000_000)]);
    let first = s.between(10_000, 90_000);
    let deployed = |id: u64, actor: &Actor| {
        let place = if apart { format!("{all}/{id}") } else { all.clone() };
        let text = if counted { format!("{environment}: success, deployment {id}") } else { environment.to_owned() };
        s.event("github", "deployment_status.created", actor, &place).state("deployment", "success").text(text)
    };
    let test = |heard| s.wants(heard, "workflow.dispatch", &s.part("/workflow/smoke"), environment).within(900, 6_000);
    // Before the job named the environment whose secrets it needs, its runs were only runs.
    for number in 0..s.between(0, 5) {
        test(deployed(first - 40 + number, &s.somebody()).within(900_000, 40_000_000));
    }
    let mut heard = deployed(first, &s.somebody()).within(900_000, 40_000_000);
    for round in s.rounds(if tells { s.between(12, 25) } else { s.between(22, 46) }) {
        let run = test(heard);
        if tells {
            let text = format!("Smoke tests of {environment}: 14 of 14 in {} s", s.between(20, 40));
            s.wants(heard, "message", &s.channel(), &text).within(6_100, 9_000);
        }
        if s.chance(7) {
            s.person_says(&s.channel(), s.pick(&["who deploys so much?", "all runners are busy"])).within(900, 60_000);
        }
        let actor = if own { s.us() } else { runner.clone() };
        heard = deployed(first + round + 1, &actor).because(run).token_in(run, keeps).within(soon, late);
    }
}

fn smoke_tests_after_deployments(s: &Scene) {
    let (gap, place) = (s.pick(&[40_000, 600_000, 6_000_000]), s.part("/deployments"));
    let first = s.between(10_000, 90_000);
    for number in 0..s.between(6, 30) {
        let environment = s.pick(&["staging", "production", "preview"]);
        let deployed = s.event("github", "deployment_status.created", &s.somebody(), &place);
        deployed.state("deployment", "success").text(format!("{environment}, deployment {}", first + number));
        let mut heard = deployed.within(gap / 8, gap);
        let tries = s.pick(&[1, 1, 1, 1, 2, 3]);
        for attempt in 1..=tries {
            let run = s.wants(heard, "workflow.dispatch", &s.part("/workflow/smoke"), environment).attempt(attempt, 3);
            let text = if attempt < tries { "failed: no route to host" } else { "14 of 14" };
            heard = s.event("github", "workflow_run.completed", &Actor::app("actions"), &s.part("/workflow/smoke"));
            heard.because(run.within(900, 6_000)).token(run).text(text).within(30_000, 200_000);
        }
    }
}

fn resolved_error_regresses_at_once(s: &Scene) {
    let error = format!("err:APP-{}", s.between(100, 9_000));
    let tracker = Actor::new("error-tracker", s.pick(&["app", "system", "system", "unknown"]));
    let (ticket, thinks, counts, keeps) = (s.chance(35), s.chance(30), s.chance(60), s.pick(&[0, 0, 60]));
    let (soon, late) = s.pick(&[(3_000, 20_000), (60_000, 900_000), (9_000_000, 40_000_000)]);
    let (kind, version) = (s.pick(&["TypeError", "KeyError", "TimeoutError"]), s.between(3, 30));
    let mut users = s.between(10, 400);
    let resolve = |heard, place: &str| {
        let text = if thinks { s.paraphrase() } else { format!("fixed in 4.{version}.0") };
        s.wants(heard, "error.resolve", place, &text).writes("status", "resolved").within(600, 6_000)
    };
    // Errors of the server are gone with the release that repairs them.
    for number in 0..s.between(0, 4) {
        let merged = s.event("github", "release.published", &s.somebody(), &s.repo());
        merged.text(format!("4.{}.{number}", version - 1)).within(5_000_000, 90_000_000);
        resolve(merged, &format!("err:SRV-{number}"));
    }
    let released = s.event("github", "release.published", &s.somebody(), &s.repo()).text(format!("4.{version}.0"));
    let mut heard = released.within(5_000_000, 90_000_000);
    for _ in s.rounds(if ticket { s.between(12, 26) } else { s.between(22, 46) }) {
        let act = resolve(heard, &error);
        if ticket {
            s.wants(heard, "issue.close", &s.issue(), "released").writes("state", "closed").within(6_100, 9_000);
        }
        if s.chance(6) {
            s.person_says(&s.channel(), s.pick(&["is it fixed or not?", "which clients are these?"]))
                .within(900, 90_000);
        }
        users += s.between(1, 9);
        let seen = if counts { format!(", {users} users, client 4.{}.1", version - 2) } else { String::new() };
        heard = s.event("errors", "error.regressed", &tracker, &error).because(act).token_in(act, keeps);
        heard.state("status", "unresolved").text(format!("{kind} is back{seen}")).within(soon, late);
    }
}

fn errors_resolved_by_releases(s: &Scene) {
    let tracker = Actor::new("error-tracker", s.pick(&["app", "system"]));
    let mut back: Vec<String> = Vec::new();
    for minor in 0..s.between(2, 6) {
        let mut errors: Vec<String> = back.split_off(0);
        errors.extend((0..s.between(3, 7)).map(|at| format!("err:APP-{}", 100 * minor + at)));
        let (size, plan, text) = (errors.len(), format!("4.{minor}.0"), format!("fixed in 4.{minor}.0"));
        let size = u64::try_from(size).unwrap_or(0);
        let released = s.event("github", "release.published", &s.somebody(), &s.repo()).text(&plan);
        released.within(20_000_000, 90_000_000);
        for (error, at) in errors.into_iter().zip(0..) {
            let act = s.wants(released, "error.resolve", &error, &text).writes("status", "resolved");
            let act = act.in_plan(&plan, size).after(900 + 800 * at);
            if s.chance(15) {
                let again = s.event("errors", "error.regressed", &tracker, &error).because(act);
                again.state("status", "unresolved").text("TypeError is back, 3 users").within(900_000, 9_000_000);
                back.push(error);
            }
        }
    }
}

fn archived_card_added_again(s: &Scene) {
    let (board, cards) = (format!("board:roadmap/{}", s.between(1, 40)), s.pick(&[1, 1, 2, 3]));
    let rule = Actor::new(s.pick(&["board", "github-project-automation"]), s.pick(&["bot", "app", "system", "human"]));
    let (by_card, renumbered, tells, keeps) = (s.chance(50), s.chance(50), s.chance(30), s.pick(&[0, 0, 60]));
    let (soon, late) = s.pick(&[(900, 5_000), (60_000, 300_000), (80_000_000, 88_000_000)]);
    let added = |card: u64, round: u64| {
        let place = if by_card { format!("{board}/{}", 300 + card) } else { board.clone() };
        let number = if renumbered { format!(" as item {}", 7_000 + 3 * round) } else { String::new() };
        let event = s.event("github", "projects_v2_item.created", &rule, &place).state("card", "open");
        event.text(format!("#{} (last news in 2023) is on the board{number}", 300 + card))
    };
    // The cards come one after the other, and return in that order at first.
    let mut heard = vec![added(0, 0).within(900_000, 50_000_000)];
    heard.extend((1..cards).map(|card| added(card, 0).within(10_000, 60_000)));
    let mut pause = 0;
    for round in 0..if tells { s.between(14, 26) } else { s.between(24, 48) } {
        // Each of the cards is archived once with good reason.
        if round == cards {
            s.loop_starts();
        }
        if round % cards == 0 {
            pause = s.between(soon, late);
        }
        let (card, at) = (round % cards, usize::try_from(round % cards).unwrap_or(0));
        let text = format!("#{} has no news", 300 + card);
        let place = if by_card { format!("{board}/{}", 300 + card) } else { board.clone() };
        let act = s.wants(heard[at], "card.archive", &place, &text).writes("card", "archived").within(500, 4_000);
        if tells {
            let told = s.wants(heard[at], "comment", &s.issue_no(300 + card), "Archived on the board, as it is quiet.");
            let told = told.within(4_100, 7_000);
            if round < cards {
                told.in_order();
            }
        }
        if round < cards {
            act.in_order();
        }
        if s.chance(6) {
            let moved = s.event("github", "projects_v2_item.edited", &s.somebody(), &format!("{board}/12"));
            moved.text(s.sentence(3)).within(900, 60_000);
        }
        heard[at] = added(card, round + 1).because(act).token_in(act, keeps).after(pause);
    }
}

fn cards_archived_after_sprints(s: &Scene) {
    let board = format!("board:team/{}", s.between(1, 40));
    for sprint in 0..s.between(2, 5) {
        let (size, plan) = (s.between(4, 14), format!("sprint-{sprint}"));
        let ended = s.event("github", "sprint.ended", &s.somebody(), &board).text(&plan);
        ended.within(600_000_000, 900_000_000);
        for number in 0..size {
            let card = format!("{board}/{}", 100 * sprint + number);
            let act = s.wants(ended, "card.archive", &card, "done").writes("card", "archived").in_plan(&plan, size);
            if let Some(echo) = s.echo(act.after(600 + 700 * number), "projects_v2_item.archived") {
                echo.state("card", "archived");
            }
            if s.chance(12) {
                let back = s.event("github", "projects_v2_item.restored", &s.somebody(), &card).because(act);
                back.state("card", "open").text("not quite done").within(900_000, 40_000_000);
            }
        }
    }
}

fn submissions_through_a_registrys_bot(s: &Scene) {
    let bot = Actor::new("registry-bot", s.pick(&["bot", "bot", "app", "human"]));
    let asks =
        ["Please confirm the licence.", "Which version is replaced?", "Please sign the hash.", "Ready to publish?"];
    let answers = ["MIT, as before.", "The one before.", "Signed.", "Yes."];
    let (soon, late) = s.pick(&[(2_000, 20_000), (60_000, 400_000), (3_000_000, 20_000_000)]);
    for number in 0..s.between(2, 8) {
        let pull = format!("gh:registry/packages#{}", 20_000 + 7 * number);
        let released = s.event("github", "release.published", &s.somebody(), &s.repo()).within(900_000, 30_000_000);
        let mut act = s.wants(released, "pull_request.open", &pull, &format!("New version 2.{number}.0"));
        for step in 1..=s.between(2, 8) {
            let at = usize::try_from((step - 1) % 4).unwrap_or(0);
            let heard = s.event("github", "issue_comment.created", &bot, &pull).because(act).token(act);
            heard.text(format!("Check {step} of 8 passed. {}", asks[at])).within(soon, late);
            act = s.wants(heard, "comment", &pull, answers[at]).progress(step).within(900, 9_000);
            s.echo(act, "issue_comment.created");
        }
    }
}
