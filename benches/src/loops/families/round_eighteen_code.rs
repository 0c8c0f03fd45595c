//! Code: reviewers, updates, labels, betas, stale issues, a job that runs for ever on purpose, and commands with a slip in them.

use super::{DAY, HOUR, MINUTE, SECOND, answer, aside, turns, worded};
use crate::loops::families::{Family, careless, declared, looping};
use crate::loops::scene::{Actor, Scene};

pub(super) const FAMILIES: &[Family] = &[
    looping(
        "out_of_credit_notes_of_two_reviewers",
        "",
        "Two bought review bots, one at a pull and one in its room, set each other off with notes on their credit, which we carry",
        out_of_credit_notes_of_two_reviewers,
    ),
    declared(
        "review_remarks_carried_to_the_room",
        "",
        "On a busy day two review bots and people remark on many pulls, often in the same words; each is carried to a room once",
        review_remarks_carried_to_the_room,
    ),
    looping(
        "update_pull_made_and_closed_each_run",
        "",
        "Our dependency bot opens the pull of all minor updates in one run, closes it in the next, and then opens another",
        update_pull_made_and_closed_each_run,
    ),
    declared(
        "update_pulls_superseded_by_newer_ones",
        "",
        "Libraries are released again and again; for each release we open a pull and close the one that it supersedes",
        update_pulls_superseded_by_newer_ones,
    ),
    looping(
        "hold_label_cleared_and_set_each_pass",
        "",
        "One rule of our gate clears the hold label as resolved, another sets it for an audit, in each pass anew",
        hold_label_cleared_and_set_each_pass,
    ),
    declared(
        "hold_labels_follow_the_reviewers",
        "",
        "Pulls are held for a person when they touch a risky place, cleared when approved and held again when pushed to",
        hold_labels_follow_the_reviewers,
    ),
    looping(
        "beta_of_a_beta_of_a_beta",
        "",
        "The beta workflow runs on each release that is published, commits the next number and publishes a beta itself",
        beta_of_a_beta_of_a_beta,
    ),
    declared(
        "betas_of_a_release_month",
        "",
        "Before a release each merged change becomes a beta with the next number, a dozen on some days, and testers answer",
        betas_of_a_release_month,
    ),
    declared(
        "old_issues_marked_stale_on_the_first_day",
        "",
        "A stale bot meets an old repository and marks dozens of issues in the same words, which was once blocked as abuse",
        old_issues_marked_stale_on_the_first_day,
    ),
    declared(
        "data_run_that_starts_the_next_by_design",
        "",
        "A public data job shall never rest: each run commits what is new, and that commit is meant to start the next run",
        data_run_that_starts_the_next_by_design,
    ),
    careless(
        "wrong_commands_answered_each_time",
        "",
        "People mistype commands and try again; each wrong one gets the same help, for who tries twice must be told twice",
        wrong_commands_answered_each_time,
    ),
];

const COMMENTED: &str = "issue_comment.created";

fn out_of_credit_notes_of_two_reviewers(s: &Scene) {
    let (pull, room, number) = (s.issue(), s.channel(), s.between(100, 900));
    let bots = [Actor::bot("review-bot"), Actor::bot("code-reviewer")];
    let (whole, style) = (s.chance(60), s.between(0, 2));
    let (soon, late) = s.pick(&[(3_000, 12_000), (20_000, 50_000), (70_000, 200_000)]);
    let notes = [
        "You have reached your limit of reviews. @code-reviewer can be used in its place.",
        "No credits are left for reviews. To go on with @review-bot, see the settings.",
    ];
    let to_room = |heard, who: &str, place: u64, text: &str| {
        let words = if whole { format!("{who} on #{place}: {text}") } else { format!("#{place}: {text}") };
        let act = s.wants(heard, "message", &room, &words).within(400, 2_000);
        s.echo(act, "message");
        act
    };
    let to_pull = |heard, who: &str, text: &str| {
        let words = if whole { format!("{who} in the room: {text}") } else { text.to_owned() };
        let act = s.wants(heard, "comment", &pull, &words).within(400, 2_000);
        s.echo(act, COMMENTED);
        act
    };
    // An ordinary week of other pulls.
    for other in 0..s.between(2, 8) {
        let (who, text) = (s.somebody(), s.sentence(7));
        let heard = s.says(&who, &s.issue_no(20 + other), &text).within(10 * MINUTE, 9 * HOUR);
        to_room(heard, &who.name, 20 + other, &text);
    }
    let (who, text) = (s.somebody(), "@review-bot @code-reviewer please review");
    let mut act = to_room(s.says(&who, &pull, text).within(HOUR, DAY), &who.name, number, text);
    for round in 0..turns(s, 1) + 1 {
        // That each of them has no credit is news, once.
        if round == 2 {
            s.loop_starts();
        }
        let side = usize::try_from(round % 2).unwrap_or(0);
        let text = match style {
            0 => notes[side].to_owned(),
            1 => format!("{} (request {})", notes[side], s.hex(6)),
            _ => format!("{} Resets in {} h.", notes[side], s.between(2, 30)),
        };
        // The one sits at the pull, the other in the room, and we are between them.
        let heard = s.says(&bots[side], if side == 0 { &pull } else { &room }, &text);
        let heard = heard.because(act).token(act).within(soon, late);
        let name = &bots[side].name;
        act = if side == 0 { to_room(heard, name, number, &text) } else { to_pull(heard, name, &text) };
        aside(s, act, 5, &["can anybody turn these off?", "they are talking to each other", "lol"]);
    }
}

fn review_remarks_carried_to_the_room(s: &Scene) {
    let (room, gap) = (s.channel(), s.pick(&[10 * SECOND, 90 * SECOND, 12 * MINUTE]));
    let bots = [Actor::bot("review-bot"), Actor::bot("code-reviewer")];
    let first = s.between(100, 700);
    for _ in 0..s.between(18, 60) {
        let place = first + s.between(0, 7);
        let somebody = s.somebody();
        let (who, text) = match s.between(0, 4) {
            0 | 1 => (&bots[0], if s.chance(50) { "No issues found.".to_owned() } else { s.paraphrase() }),
            2 => (&bots[1], if s.chance(50) { "Looks good to me. 0 findings.".to_owned() } else { s.paraphrase() }),
            _ => (&somebody, s.sentence(6)),
        };
        let heard = s.says(who, &s.issue_no(place), &text).after(s.heavy_tail(gap));
        let act = s.wants(heard, "message", &room, &format!("{} on #{place}: {text}", who.name)).within(400, 2_000);
        s.echo(act, "message");
        if s.chance(20) {
            let back = answer(s, &s.somebody(), act, s.pick(&["on it", "please keep it", "who wrote that part?"]));
            let text = format!("From the room: {}", back.said());
            s.echo(s.wants(back.within(gap / 2, 2 * gap), "comment", &s.issue_no(place), &text), COMMENTED);
        }
    }
}

fn update_pull_made_and_closed_each_run(s: &Scene) {
    let (run, mut number) = (s.part("/dependency-run"), s.between(400, 460));
    let (branches, gap) = (s.chance(50), s.pick(&[20 * MINUTE, HOUR, 6 * HOUR, DAY]));
    let tick = || s.tick(&run, gap + s.between(0, gap / 40)).text("scheduled run");
    // Whatever happens to one of its pulls brings the repository into the queue of its host.
    let queued = |act| {
        let job = s.event("queue", "job.ready", &Actor::system("queue"), &run).text("run").because(act);
        job.token(act).after(gap + s.between(0, gap / 40))
    };
    let open = |heard, number: u64, title: &str| {
        if branches {
            s.wants(heard, "branch.create", &s.part("@deps/all-minor"), title).within(5 * SECOND, 9 * SECOND);
        }
        let act = s.wants(heard, "pull.create", &s.issue_no(number), title).writes("open", "1");
        let act = act.within(10 * SECOND, 40 * SECOND);
        s.echo(act, "pull_request.opened").map(|echo| echo.state("open", "1"));
        let checked = s.event("github", "check_suite.completed", &Actor::app("actions"), &s.issue_no(number));
        checked.text("success").because(act).token(act).within(3 * MINUTE, 9 * MINUTE);
        act
    };
    // Updates with a name of their own come through.
    for _ in 0..s.between(0, 5) {
        let act = open(tick(), number, &format!("Update {} to v{}", s.word(), s.between(2, 9)));
        let merged = s.event("github", "pull_request.closed", &s.somebody(), &s.issue_no(number));
        merged.state("open", "0").because(act).within(12 * MINUTE, 18 * MINUTE);
        number += 1;
    }
    let mut heard = tick();
    for _ in s.rounds(turns(s, if branches { 4 } else { 2 })) {
        // Others open issues and pulls as well.
        number += s.between(1, 4);
        let act = open(heard, number, "Update all non-major dependencies");
        aside(s, act, 8, &["again?", "why was the last one closed?", "let me merge it this time"]);
        heard = queued(act);
        let shut = s.wants(heard, "pull.close", &s.issue_no(number), "Autoclosed: nothing to update.");
        let shut = shut.writes("open", "0").within(10 * SECOND, 40 * SECOND);
        s.echo(shut, "pull_request.closed").map(|echo| echo.state("open", "0"));
        if branches {
            s.wants(heard, "branch.delete", &s.part("@deps/all-minor"), "").within(41 * SECOND, 50 * SECOND);
        }
        heard = queued(shut);
    }
}

fn update_pulls_superseded_by_newer_ones(s: &Scene) {
    let (mut number, gap) = (s.between(500, 700), s.pick(&[30 * MINUTE, 4 * HOUR, 2 * DAY]));
    for lib in 0..s.between(3, 4) {
        let (name, major) = (s.word(), s.between(1, 9));
        let mut open = None;
        for minor in 1..=s.between(5, 9) {
            number += s.between(1, 3);
            let version = format!("{major}.{minor}.{lib}");
            let released = s.event("registry", "package.released", &Actor::system("registry"), &format!("pkg:{name}"));
            let released = released.text(&version).within(gap / 5, gap);
            if let Some(old) = open {
                let text = format!("Superseded by #{number}.");
                let told = s.wants(released, "comment", &s.issue_no(old), &text).within(12 * SECOND, 15 * SECOND);
                s.echo(told, COMMENTED);
                let shut = s.wants(released, "pull.close", &s.issue_no(old), "").writes("open", "0");
                s.echo(shut.within(16 * SECOND, 20 * SECOND), "pull_request.closed");
            }
            let title = format!("Bump {name} to {version}");
            let act = s.wants(released, "pull.create", &s.issue_no(number), &title).within(5 * SECOND, 11 * SECOND);
            s.echo(act, "pull_request.opened");
            open = Some(number);
            if s.chance(25) {
                let merged = s.event("github", "pull_request.closed", &s.somebody(), &s.issue_no(number));
                merged.state("merged", "true").because(act).within(MINUTE, gap / 6);
                open = None;
            }
        }
    }
}

fn hold_label_cleared_and_set_each_pass(s: &Scene) {
    let (pull, tells) = (s.issue(), s.chance(30));
    let (soon, late) = s.pick(&[(85 * SECOND, 110 * SECOND), (40 * SECOND, 60 * SECOND), (9 * MINUTE, 11 * MINUTE)]);
    let reasons = ["an audit drew this pull", "would be closed, held for a person", "held by the random audit"];
    let set = |heard, place: &str, wait| {
        let act = s.wants(heard, "label", place, "manual-review").writes("hold", "on").after(wait);
        s.echo(act, "pull_request.labeled").map(|echo| echo.state("hold", "on"));
        act
    };
    let clear = |heard, place: &str| {
        let act = s.wants(heard, "unlabel", place, "manual-review").writes("hold", "off").within(200, 900);
        s.echo(act, "pull_request.unlabeled").map(|echo| echo.state("hold", "off"));
    };
    // Other pulls were held, and people looked at them.
    for other in 0..s.between(0, 6) {
        let place = s.issue_no(40 + other);
        let opened = s.event("github", "pull_request.opened", &s.somebody(), &place).text(s.sentence(5));
        let act = set(opened.within(10 * MINUTE, 9 * HOUR), &place, 2_000);
        let seen = s.event("github", "pull_request_review.submitted", &s.somebody(), &place).because(act);
        clear(seen.text("approved").within(9 * MINUTE, 5 * HOUR), &place);
    }
    let opened = s.event("github", "pull_request.opened", &s.somebody(), &pull).text(s.sentence(5));
    let mut act = set(opened.within(HOUR, DAY), &pull, 2_000);
    s.loop_starts();
    for _ in 1..turns(s, if tells { 3 } else { 2 }) {
        // What we do to it puts it into our own queue.
        let pass = s.event("queue", "job.ready", &Actor::system("queue"), &pull).text("gate pass").because(act);
        let heard = pass.token(act).within(soon, late);
        clear(heard, &pull);
        act = set(heard, &pull, s.between(1_800, 3_000));
        if tells {
            let text = format!("Held: {}.", s.pick(&reasons));
            let told = s.wants(heard, "comment", &pull, &text).within(3_100, 5_000);
            aside(s, told, 6, &["I get a mail every minute", "is it held or not?", "hm"]);
        }
    }
}

fn hold_labels_follow_the_reviewers(s: &Scene) {
    let (first, gap) = (s.between(300, 800), s.pick(&[90 * SECOND, 15 * MINUTE, 3 * HOUR]));
    for number in first..first + s.between(5, 13) {
        let (place, author) = (s.issue_no(number), s.somebody());
        let opened = s.event("github", "pull_request.opened", &author, &place).text(s.sentence(5));
        let mut heard = opened.within(gap / 4, gap);
        for _ in 0..s.pick(&[2, 2, 2, 3, 4]) {
            let act = s.wants(heard, "label", &place, "manual-review").writes("hold", "on").within(300, 2_000);
            s.echo(act, "pull_request.labeled").map(|echo| echo.state("hold", "on"));
            let review = s.event("github", "pull_request_review.submitted", &s.somebody(), &place).text("approved");
            let review = review.because(act).within(gap / 3, 2 * gap);
            let act = s.wants(review, "unlabel", &place, "manual-review").writes("hold", "off").within(300, 2_000);
            s.echo(act, "pull_request.unlabeled").map(|echo| echo.state("hold", "off"));
            let push = s.event("github", "pull_request.synchronize", &author, &place).tree(s.hex(40));
            heard = push.text(s.pick(&["fix", "one more thing", "rename", "tests"])).within(gap / 4, gap);
        }
    }
}

fn beta_of_a_beta_of_a_beta(s: &Scene) {
    let (main, minor, mut beta) = (s.part("@beta"), s.between(1, 30), s.between(0, 12));
    let (asks, skips) = (s.chance(40), s.chance(60));
    let (soon, late) = s.pick(&[(15_000, 20_000), (4 * MINUTE, 6 * MINUTE), (10 * MINUTE, 15 * MINUTE)]);
    let publish = |heard, beta: u64| {
        let version = format!("3.{minor}.0-beta.{beta}");
        let text = if skips { format!("{version} [skip ci]") } else { version.clone() };
        let push = s.wants(heard, "git.push", &main, &text).within(3 * SECOND, 6 * SECOND);
        s.echo(push, "push").map(|echo| echo.tree(s.hex(40)));
        let act = s.wants(heard, "release.create", &s.part("/releases"), &format!("v{version}"));
        act.writes("version", version).within(7 * SECOND, 14 * SECOND)
    };
    // Until yesterday only people started it.
    for _ in 0..s.between(0, 4) {
        beta += 1;
        let merged = s.event("github", "push", &s.somebody(), &main).text(s.sentence(5)).tree(s.hex(40));
        publish(merged.within(3 * HOUR, 2 * DAY), beta);
    }
    let published = s.event("github", "release.published", &s.somebody(), &s.part("/releases"));
    let mut heard = published.text(format!("v3.{}.4", minor - 1)).within(HOUR, DAY);
    for round in s.rounds(turns(s, 2)) {
        beta += 1;
        let act = publish(heard, beta);
        if asks && round % 8 == 5 {
            let asked = s.person_says(&s.issue(), s.pick(&["@bot latest?", "@bot which beta is good?"]));
            let told = s.wants(asked.because(act), "comment", &s.issue(), &format!("The latest is beta.{beta}."));
            told.in_order();
        } else if s.chance(6) {
            let words = ["what changed in this one?", "my phone does not stop buzzing", "is this on purpose?"];
            s.person_says(&s.issue(), s.pick(&words)).because(act);
        }
        let text = format!("v3.{minor}.0-beta.{beta}");
        let back = s.event("github", "release.published", &s.us(), &s.part("/releases")).text(text).because(act);
        heard = back.token(act).within(soon, late);
    }
}

fn betas_of_a_release_month(s: &Scene) {
    let (main, minor, gap) = (s.part("@beta"), s.between(1, 30), s.pick(&[8 * MINUTE, HOUR, 7 * HOUR]));
    for beta in 1..=s.between(9, 34) {
        let version = format!("3.{minor}.0-beta.{beta}");
        let merged = s.event("github", "push", &s.somebody(), &main).text(s.sentence(5)).tree(s.hex(40));
        let heard = merged.after(s.heavy_tail(gap));
        let push = s.wants(heard, "git.push", &main, &format!("{version} [skip ci]")).within(3 * SECOND, 6 * SECOND);
        s.echo(push, "push").map(|echo| echo.tree(s.hex(40)));
        let act = s.wants(heard, "release.create", &s.part("/releases"), &format!("v{version}"));
        let act = act.writes("version", &version).within(7 * SECOND, 14 * SECOND);
        let back = s.event("github", "release.published", &s.us(), &s.part("/releases")).because(act).token(act);
        let back = back.text(format!("v{version}")).within(2 * SECOND, 9 * SECOND);
        let told = s.wants(back, "message", &s.channel(), &format!("{version} is out, testers please."));
        aside(s, told, 20, &["works", "broken on old phones", "nice", "same as before here"]);
    }
}

fn old_issues_marked_stale_on_the_first_day(s: &Scene) {
    let (size, first) = (s.between(25, 54), s.between(10, 90));
    let (pace, mut spare) = (s.pick(&[900, 4 * SECOND, 30 * SECOND]), 10);
    let installed = s.tick(&s.part("/stale"), HOUR).text("first run");
    let text = "This issue has seen no activity for a year. It will be closed in two weeks unless somebody writes.";
    for at in 0..size {
        let place = s.issue_no(first + 3 * at + s.between(0, 2));
        let act = s.wants(installed, "label", &place, "stale").writes("lbl", "stale").in_plan("first-run", 2 * size);
        s.echo(act.after(SECOND + pace * at), "issues.labeled").map(|echo| echo.state("lbl", "stale"));
        let told = s.wants(installed, "comment", &place, text).in_plan("first-run", 2 * size);
        let told = told.after(SECOND + pace * at + pace / 3);
        s.echo(told, COMMENTED);
        if spare > 0 && s.chance(20) {
            spare -= 1;
            let words = s.pick(&["still wanted", "not stale", "bump", "please keep it open", "I can reproduce it"]);
            let back = answer(s, &s.somebody(), told, words).within(HOUR, 2 * DAY);
            let off = s.wants(back, "unlabel", &place, "stale").writes("lbl", "none").within(SECOND, 9 * SECOND);
            s.echo(off, "issues.unlabeled").map(|echo| echo.state("lbl", "none"));
        }
    }
}

fn data_run_that_starts_the_next_by_design(s: &Scene) {
    let (branch, mut places) = (s.part("@data-auto"), s.between(7_000, 9_000));
    let (soon, late) = s.pick(&[(50 * SECOND, 90 * SECOND), (4 * MINUTE, 6 * MINUTE), (18 * MINUTE, 25 * MINUTE)]);
    let style = s.pick(&[0, 2]);
    let start = s.event("github", "push", &s.somebody(), &branch).text("run for ever").tree(s.hex(40));
    let mut heard = start.within(HOUR, DAY);
    for run in 1..=s.between(24, 90) {
        places += s.between(0, 9);
        let text = worded(s, style, &format!("data: {places} places, {} changed", s.between(3, 400)), run);
        let act = s.wants(heard, "git.push", &branch, &text).writes("tree", s.hex(40)).progress(run);
        let back = s.comes_back(act.within(soon, late), "push").tree(s.hex(40));
        heard = back.within(2 * SECOND, 9 * SECOND);
        if s.chance(5) {
            s.person_says(&s.channel(), s.pick(&["how fresh is it?", "the map is great", "is Brest missing?"]));
        }
    }
}

fn wrong_commands_answered_each_time(s: &Scene) {
    let (first, gap) = (s.between(200, 800), s.pick(&[30 * SECOND, 4 * MINUTE, 40 * MINUTE]));
    let help = "I do not know this command. I know: `rerender`, `restart ci`, `update version`, `add user`.";
    let slips =
        ["please re-render", "rerender please!", "restart the CI", "@bot update", "@bot help me", "@bot rerendr"];
    for number in first..first + s.between(8, 17) {
        let (place, who) = (s.issue_no(number), s.somebody());
        let mut wait = s.heavy_tail(gap);
        for _ in 0..s.pick(&[1, 1, 2, 2, 3]) {
            let asked = s.says(&who, &place, s.pick(&slips)).after(wait);
            let act = s.wants(asked, "comment", &place, help).within(900, 5_000);
            s.echo(act, COMMENTED);
            wait = s.between(gap / 8, gap / 2);
        }
        let asked = s.says(&who, &place, "@bot rerender").after(wait);
        let act = s.wants(asked, "comment", &place, &format!("Rerendered in {}.", s.hex(7))).within(9_000, 60_000);
        aside(s, act, 25, &["thank you", "finally", "why so strict?"]);
    }
}
