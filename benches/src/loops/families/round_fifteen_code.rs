//! Repositories: commands, updates, badges, notes in the code, labels and packages.

use super::{grumble, in_a_word, small_talk, turns};
use crate::loops::families::{Family, careless, declared, looping};
use crate::loops::scene::{Actor, Scene};

pub(super) const FAMILIES: &[Family] = &[
    looping(
        "usage_explained_to_a_polite_app",
        "",
        "We list our commands for whoever mentions us without one, and a review app thanks for each list and mentions us in that",
        usage_explained_to_a_polite_app,
    ),
    declared(
        "previews_asked_on_many_pulls",
        "",
        "People type the same preview command on many pull requests, many times a day, and a lost runner costs at most three attempts",
        previews_asked_on_many_pulls,
    ),
    looping(
        "ci_image_pinned_where_it_is_built",
        "",
        "An updater pins the CI image to its newest digest in the repository that builds it, and each merge builds it anew",
        ci_image_pinned_where_it_is_built,
    ),
    declared(
        "base_images_rebuilt_on_mondays",
        "",
        "Each Monday the base image is rebuilt and an updater pins its digest in all services; we merge these as a plan of known size",
        base_images_rebuilt_on_mondays,
    ),
    looping(
        "badge_commit_moves_main",
        "",
        "We bring all open branches up to date when main moves, and a script with an engineer's token commits the badge of each run to main",
        badge_commit_moves_main,
    ),
    declared(
        "branches_rebased_on_a_word",
        "",
        "People write rebase on the same few pull requests all day, and where main has moved meanwhile we push a second or third attempt",
        branches_rebased_on_a_word,
    ),
    looping(
        "todo_with_its_issue_number",
        "",
        "Each new TODO in the code becomes an issue, and a script writes the issue's number beside it, which makes it a new TODO",
        todo_with_its_issue_number,
    ),
    declared(
        "todos_filed_after_merges",
        "",
        "Each merge brings some TODOs that are filed as a plan of known size, and those that are gone are closed in numbered steps",
        todos_filed_after_merges,
    ),
    looping(
        "size_with_and_without_lock_files",
        "",
        "We label the size of a change without its lock files, another labeller with them, and each takes off the other's label",
        size_with_and_without_lock_files,
    ),
    careless(
        "labels_by_command",
        "",
        "Maintainers triage by the same few commands all day, some to and fro on one issue; we set labels and put a thumb on each",
        labels_by_command,
    ),
    looping(
        "published_but_told_it_failed",
        "",
        "An upload to a registry times out although it went through; each repetition is refused as already there, and is repeated",
        published_but_told_it_failed,
    ),
    declared(
        "packages_published_in_three_attempts",
        "",
        "Each release publishes its packages by a plan; on a slow registry some take a second or third attempt, or are there already",
        packages_published_in_three_attempts,
    ),
];

fn usage_explained_to_a_polite_app(s: &Scene) {
    let (pull, app) = (s.issue(), Actor::new("reviews", s.pick(&["app", "app", "bot", "human"])));
    let (style, eyes, tip, threads) = (s.between(0, 2), s.chance(35), s.chance(50), s.chance(40));
    let (keeps, mut spare) = (s.pick(&[0, 0, 60, 100]), 3);
    let (soon, late) = s.pick(&[(4_000, 15_000), (20_000, 70_000), (120_000, 600_000)]);
    let usage = |heard, place: &str, who: &str| {
        let text = match style {
            0 => "I did not understand that. I know /preview, /retest and /merge.".to_owned(),
            1 => format!("@{who} no such command (run {}). Try /preview or /merge.", s.between(10_000, 99_999)),
            _ => format!("@{who} {} I know /preview, /retest and /merge.", s.paraphrase()),
        };
        s.wants(heard, "comment", place, &text).within(900, 6_000)
    };
    // People mistype a command, read the list, and know it then.
    for number in 0..s.between(0, 5) {
        let (place, who) = (s.issue_no(2_100 + number), s.somebody());
        let typed = s.says(&who, &place, s.pick(&["@deploys previw", "@deploys please", "@deploys retets"]));
        let act = usage(typed.within(600_000, 20_000_000), &place, &who.name);
        in_a_word(s, &who, act, s.pick(&["ah", "thx", "ok"])).within(20_000, 400_000);
    }
    let words = || {
        let tip = if tip { "\n\n---\nReply to me to chat, or ask for a summary." } else { "" };
        format!("@deploys {}{tip}", s.paraphrase())
    };
    let mut heard = s.says(&app, &pull, &words()).within(600_000, 20_000_000);
    for _ in s.rounds(turns(s, if eyes { 2 } else { 1 })) {
        if eyes {
            s.wants(heard, "reaction.add", &pull, "eyes").within(100, 800);
        }
        let act = usage(heard, &pull, &app.name);
        grumble(s, act, 6, &["can somebody mute them", "stop", "lol", "@reviews pause"]);
        if spare > 0 && s.chance(8) {
            spare -= 1;
            let typed = s.person_says(&pull, "/preview").within(900, 20_000);
            s.wants(typed, "job.start", &pull, "preview").within(900, 6_000).in_order();
        }
        heard = s.says(&app, &pull, &words()).because(act).token_in(act, keeps).within(soon, late);
        if threads {
            heard.answers(act);
        }
    }
}

fn previews_asked_on_many_pulls(s: &Scene) {
    let gap = s.pick(&[60_000, 600_000, 5_000_000]);
    for turn in 1..=s.between(4, 15) {
        let number = s.between(0, 4);
        let (pull, author) = (s.issue_no(1_200 + number), Actor::person(&format!("h{}", 1 + number)));
        let words = s.pick(&["/preview", "/preview", "/preview", "/preview again", "preview pls"]);
        let mut heard = s.says(&author, &pull, words).within(gap / 6, gap);
        let tries = s.pick(&[1, 1, 1, 2, 3]);
        for attempt in 1..=tries {
            let job = s.wants(heard, "job.start", &pull, "preview").attempt(attempt, 3).within(900, 6_000);
            let text = if attempt < tries { "the runner was lost" } else { "preview: success" };
            let run = s.event("github", "workflow_run.completed", &Actor::app("actions"), &pull);
            heard = run.because(job).token(job).text(text).within(40_000, 300_000);
            if s.chance(8) {
                s.redelivered(heard);
            }
        }
        let link = format!("Preview: https://pull-{}.preview.example", 1_200 + number);
        let told = s.wants(heard, "comment", &pull, &link).progress(turn).within(900, 5_000);
        s.echo(told, "issue_comment.created");
        if s.chance(40) {
            in_a_word(s, &author, told, s.pick(&["thx", "ok", "nice", "still the old one?"])).within(9_000, gap);
        }
    }
}

fn ci_image_pinned_where_it_is_built(s: &Scene) {
    let updater = Actor::new("updates", s.pick(&["bot", "bot", "app", "unknown"]));
    let (builds, named, keeps, mut spare) = (s.chance(40), s.chance(70), s.pick(&[0, 0, 60]), 3);
    let (soon, late) = s.pick(&[(240_000, 700_000), (1_800_000, 3_700_000), (20_000_000, 80_000_000)]);
    let mut number = s.between(1_000, 3_000);
    let opened = |number: u64, title: &str| {
        s.event("github", "pull_request.opened", &updater, &s.issue_no(number)).text(title).object(format!("p{number}"))
    };
    let merge = |heard, number: u64, title: &str| {
        let act = s.wants(heard, "pull.merge", &s.issue_no(number), &format!("{title} (#{number})"));
        act.within(900, 9_000)
    };
    let library = || format!("Update {} to {}.{}.0", s.word(), s.between(1, 9), s.between(0, 30));
    // The same updater does a lot of good.
    for other in 0..s.between(0, 6) {
        let title = library();
        let act = merge(opened(900 + other, &title).within(600_000, 30_000_000), 900 + other, &title);
        s.echo(act, "pull_request.closed");
    }
    let pin = || if named { format!("Update ci-image digest to {}", s.hex(7)) } else { "Update ci-image".to_owned() };
    let mut title = pin();
    let mut heard = opened(number, &title).within(600_000, 30_000_000);
    for round in s.rounds(turns(s, if builds { 2 } else { 1 })) {
        let mut last = merge(heard, number, &title);
        if builds {
            let push = s.event("github", "push", &s.us(), &s.part("@main")).because(last).token(last);
            push.text(format!("{title} (#{number})")).tree(s.hex(40)).within(900, 5_000);
            last = s.wants(push, "job.start", &s.part("/ci-image"), "build ci-image").within(900, 4_000);
        }
        if spare > 0 && s.chance(9) {
            spare -= 1;
            let other = library();
            merge(opened(4_000 + round, &other).within(9_000, 200_000), 4_000 + round, &other).in_order();
        }
        (number, title) = (number + s.between(1, 3), pin());
        heard = opened(number, &title).because(last).token_in(last, keeps).within(soon, late);
    }
}

fn base_images_rebuilt_on_mondays(s: &Scene) {
    let (image, services, updater) = (s.part("/base-image"), s.between(3, 8), Actor::bot("updates"));
    for week in 1..=s.between(2, 6) {
        let due = s.tick(&image, 7 * 86_400_000);
        let build = s.wants(due, "job.start", &image, "rebuild the base image").progress(week);
        let (digest, plan) = (s.hex(7), format!("base-{week}"));
        for at in 0..services {
            let pull = s.issue_no(3_000 + 20 * week + at);
            let title = format!("Update base image digest to {digest}");
            let opened = s.event("github", "pull_request.opened", &updater, &pull).because(build).text(&title);
            let opened = opened.within(600_000, 4_000_000);
            let merge = s.wants(opened, "pull.merge", &pull, &title).in_plan(&plan, services).within(900, 9_000);
            grumble(s, merge, 12, &["ok", "which image?", "+1", "again?"]);
        }
    }
}

fn badge_commit_moves_main(s: &Scene) {
    let (main, first, branches) = (s.part("@main"), s.between(200, 800), s.pick(&[1, 1, 2, 2]));
    let script = if s.chance(75) { Actor::person("h2") } else { Actor::bot("coverage") };
    let (percent, checks, keeps, mut spare) = (s.chance(50), s.chance(40), s.pick(&[0, 0, 60]), 2);
    let (soon, late) = s.pick(&[(60_000, 200_000), (300_000, 900_000), (1_500_000, 3_000_000)]);
    let push = |who: &Actor, text: &str| s.event("github", "push", who, &main).text(text).tree(s.hex(40));
    let update = |heard| {
        let wait = s.between(900, 5_000);
        let one =
            |at| s.wants(heard, "branch.update", &s.issue_no(first + at), "Merge branch 'main'").after(wait + 600 * at);
        (0..branches).map(one).collect::<Vec<_>>()
    };
    // The engineer whose token it is merges as well, and so do others.
    for _ in 0..s.between(0, 2) {
        let merged = push(&Actor::person(s.pick(&["h1", "h2", "h4"])), &s.sentence(4));
        update(merged.within(900_000, 20_000_000));
    }
    let mut heard = push(&Actor::person("h2"), "Show the coverage in the readme").within(900_000, 20_000_000);
    for _ in s.rounds(turns(s, branches)) {
        let acts = update(heard);
        let Some(last) = acts.last().copied() else { return };
        if checks {
            let done = s.event("github", "check_suite.completed", &Actor::app("actions"), &last.subject());
            done.because(last).text("12 of 12").within(20_000, 50_000);
        }
        grumble(s, last, 5, &["why is this updated all the time?", "my review is gone again", "?"]);
        if spare > 0 && s.chance(8) {
            spare -= 1;
            let merged = push(&Actor::person(s.pick(&["h1", "h4"])), &s.sentence(4)).within(9_000, 50_000);
            for act in update(merged) {
                act.in_order();
            }
        }
        let tenths = s.between(0, 9);
        let text = if percent { format!("Coverage 81.{tenths} %") } else { "Update coverage badge".to_owned() };
        heard = push(&script, &text).because(last).token_in(last, keeps).within(soon, late);
    }
}

fn branches_rebased_on_a_word(s: &Scene) {
    let gap = s.pick(&[60_000, 600_000, 5_000_000]);
    for _ in 0..s.between(5, 22) {
        let pull = s.issue_no(1_500 + s.between(0, 3));
        let words = s.pick(&["rebase", "/rebase", "/rebase", "rebase pls", "again pls", "/rebase (main moved)"]);
        let mut heard = s.person_says(&pull, words).within(gap / 6, gap);
        let tries = s.pick(&[1, 1, 1, 2, 3]);
        for attempt in 1..=tries {
            let act = s.wants(heard, "git.push", &pull, "rebase onto main").attempt(attempt, 3).within(900, 9_000);
            let text = if attempt < tries { "main has moved" } else { "up to date" };
            let state = s.event("github", "merge_state.changed", &Actor::system("github"), &pull).because(act);
            heard = state.token(act).text(text).within(9_000, 60_000);
        }
        small_talk(s, &pull, 20);
    }
}

fn todo_with_its_issue_number(s: &Scene) {
    let main = s.part("@main");
    let script = if s.chance(50) { Actor::person("h3") } else { Actor::new("todo-numbers", s.pick(&["app", "bot"])) };
    let (grows, closes, front, keeps) = (s.chance(50), s.chance(40), s.chance(30), s.pick(&[0, 0, 0, 60]));
    let (soon, late) = s.pick(&[(5_000, 20_000), (60_000, 200_000), (600_000, 4_000_000)]);
    let (note, mut number) = (s.sentence(5), s.between(100, 800));
    let push = |who: &Actor, line: &str| {
        let text = format!("+    // TODO: {line}");
        s.event("github", "push", who, &main).text(text).tree(s.hex(40))
    };
    let file =
        |heard, line: &str| s.wants(heard, "issue.create", &s.repo(), &format!("TODO: {line}")).within(900, 4_000);
    // Before the script was there each of them was filed once.
    for _ in 0..s.between(0, 6) {
        let line = s.sentence(4);
        let pushed = push(&Actor::person(s.pick(&["h1", "h3", "h5"])), &line).within(600_000, 20_000_000);
        s.echo(file(pushed, &line), "issues.opened");
    }
    let mut line = note.clone();
    let mut heard = push(&s.somebody(), &line).within(600_000, 20_000_000);
    for round in s.rounds(turns(s, if closes { 2 } else { 1 })) {
        if closes && round > 0 {
            s.wants(heard, "issue.close", &s.issue_no(number), "The TODO is gone.").within(100, 800);
        }
        let act = file(heard, &line);
        number += s.between(1, 2);
        s.echo(act, "issues.opened");
        if s.chance(7) {
            let asked = s.person_says(&s.issue_no(number), s.pick(&["have we not had this?", "dup", "why me?"]));
            asked.because(act).within(9_000, 300_000);
        }
        let old = if grows { line.chars().take(240).collect() } else { note.clone() };
        line = if front { format!("#{number} {old}") } else { format!("{old} (#{number})") };
        heard = push(&script, &line).because(act).token_in(act, keeps).within(soon, late);
    }
}

fn todos_filed_after_merges(s: &Scene) {
    let (main, gap, mut closed) = (s.part("@main"), s.pick(&[600_000, 6_000_000, 40_000_000]), 0);
    for merge in 0..s.between(5, 9) {
        let size = s.between(1, 5);
        let notes: Vec<_> = (0..size).map(|_| format!("TODO: {}", s.sentence(3))).collect();
        let pushed = s.event("github", "push", &s.somebody(), &main).text(format!("+ {}", notes.join("\n+ ")));
        let pushed = pushed.tree(s.hex(40)).within(gap / 6, gap);
        for (at, note) in (0..).zip(&notes) {
            let act = s.wants(pushed, "issue.create", &s.repo(), note).in_plan(&format!("merge-{merge}"), size);
            s.echo(act.after(900 + 700 * at), "issues.opened");
            if s.chance(30) {
                closed += 1;
                let gone = s.event("github", "push", &s.somebody(), &main).text(format!("- {note}")).tree(s.hex(40));
                let gone = gone.because(act).within(gap, 2 * gap);
                s.wants(gone, "issue.close", &s.issue_no(300 + closed), "The TODO is gone.").progress(closed);
            }
        }
    }
}

fn size_with_and_without_lock_files(s: &Scene) {
    let (pull, labeller) = (s.issue(), Actor::new("sizes", s.pick(&["app", "app", "bot"])));
    let (ours, theirs) = (s.pick(&["size/S", "size/M"]), s.pick(&["size/L", "size/XL"]));
    let (tells, words, keeps, mut spare) = (s.chance(35), s.chance(50), s.pick(&[0, 0, 60, 100]), 3);
    let (soon, late) = s.pick(&[(900, 4_000), (20_000, 60_000), (290_000, 900_000)]);
    let opened = |place: &str| s.event("github", "pull_request.opened", &s.somebody(), place).text(s.sentence(4));
    let label = |heard, place: &str, size: &str| {
        let text = if words { format!("set {size}, take off other sizes") } else { String::new() };
        s.wants(heard, "label.set", place, &text).writes("size", size).within(900, 3_000)
    };
    let labelled = |place: &str, size: &str| {
        let text = if words { format!("{size} ({} files)", s.between(3, 40)) } else { size.to_owned() };
        s.event("github", "pull_request.labeled", &labeller, place).state("size", size).text(text)
    };
    // Where no lock file changes the two agree.
    for number in 0..s.between(0, 5) {
        let place = s.issue_no(2_300 + number);
        label(opened(&place).within(600_000, 9_000_000), &place, ours);
        labelled(&place, ours).within(900, 9_000);
    }
    let mut heard = opened(&pull).within(600_000, 9_000_000);
    for round in s.rounds(turns(s, if tells { 2 } else { 1 })) {
        if tells {
            let text = format!("Without lock files {} lines change.", s.between(12, 14));
            let told = s.wants(heard, "comment", &pull, &text).within(100, 800);
            grumble(s, told, 9, &["small or big?", "please stop", "ok"]);
        }
        let act = label(heard, &pull, ours);
        if spare > 0 && s.chance(8) {
            spare -= 1;
            let place = s.issue_no(2_400 + round);
            label(opened(&place).within(900, 40_000), &place, s.pick(&["size/S", "size/L"])).in_order();
        }
        heard = labelled(&pull, theirs).because(act).token_in(act, keeps).within(soon, late);
    }
}

fn labels_by_command(s: &Scene) {
    let gap = s.pick(&[8_000, 60_000, 900_000]);
    for _ in 0..s.between(6, 28) {
        let (issue, who) = (s.issue_no(700 + s.between(0, 5)), Actor::person(s.pick(&["h1", "h1", "h2"])));
        let (kind, words, label) = s.pick(&[
            ("label.add", "/label bug", "bug"),
            ("label.add", "/label bug", "bug"),
            ("label.remove", "/remove-label bug", "bug"),
            ("label.add", "/label needs-info", "needs-info"),
            ("label.remove", "/remove-label needs-info", "needs-info"),
            ("assign", "/assign h2", "h2"),
            ("assign", "/assign", "h1"),
        ]);
        let typed = s.says(&who, &issue, words).within(gap / 6, gap);
        if s.chance(60) {
            s.wants(typed, "reaction.add", &issue, "+1").within(100, 800);
        }
        let act = s.wants(typed, kind, &issue, label).within(900, 3_000);
        s.echo(act, "issues.labeled");
        small_talk(s, &issue, 12);
    }
}

fn published_but_told_it_failed(s: &Scene) {
    let (packages, own, tells, runs) = (s.pick(&[1, 1, 2]), s.chance(50), s.chance(40), s.chance(50));
    let (actions, keeps) = (Actor::new("actions", s.pick(&["app", "system", "bot"])), s.pick(&[0, 60, 100]));
    let (soon, late) = s.pick(&[(9_000, 40_000), (61_000, 90_000), (290_000, 700_000)]);
    let version = format!("{}.{}.0", s.between(2, 9), s.between(1, 40));
    let place = |at: u64| s.part(&format!("/package-{at}"));
    let tagged = |at| s.event("github", "release.published", &s.somebody(), &place(at)).text(&version);
    let publish = |heard, at: u64, wait| {
        let run = if runs { format!(" (run {})", s.between(10_000, 99_999)) } else { String::new() };
        s.wants(heard, "job.start", &place(at), &format!("publish {version}{run}")).after(wait)
    };
    for other in 0..s.between(0, 4) {
        let act = publish(tagged(7 + other).within(900_000, 40_000_000), 7 + other, 900);
        s.reports(act, "job.done", "published").within(20_000, 60_000);
    }
    let start = s.now() + 900_000;
    let mut heard: Vec<_> = (0..packages).map(|at| tagged(at).at(start).after(3_000 * at)).collect();
    for round in 0..=turns(s, packages * if tells { 2 } else { 1 }) {
        // To try once more after a timeout is in order.
        if round == 2 {
            s.loop_starts();
        }
        let (wait, pause) = (s.between(900, 4_000), s.between(soon, late));
        for (at, heard) in (0..).zip(&mut heard) {
            if tells && round > 0 {
                let text = format!("Publishing package-{at} {version} failed, I try again.");
                grumble(
                    s,
                    s.wants(*heard, "message", &s.channel(), &text).after(wait - 500),
                    9,
                    &["?", "is it out?", "ok"],
                );
            }
            let act = publish(*heard, at, wait);
            let why = if round == 0 { "no answer within 60 s" } else { "403: this version is there already" };
            let failed = if own {
                s.reports(act, "job.failed", why)
            } else {
                let run = s.event("github", "workflow_run.completed", &actions, &place(at));
                run.because(act).token_in(act, keeps).text(why).state("run", "failure")
            };
            *heard = failed.after(pause);
        }
    }
}

fn packages_published_in_three_attempts(s: &Scene) {
    let (gap, packages) = (s.pick(&[3_600_000, 80_000_000]), s.between(2, 4));
    for release in 1..=s.between(2, 6) {
        let (version, plan) = (format!("4.{release}.0"), format!("release-{release}"));
        let tagged = s.event("github", "release.published", &s.somebody(), &s.repo()).text(&version);
        let tagged = tagged.within(gap / 6, gap);
        for at in 0..packages {
            let (place, text) = (s.part(&format!("/package-{at}")), format!("publish {version}"));
            let mut act = s.wants(tagged, "job.start", &place, &text).in_plan(&plan, packages).after(900 + 700 * at);
            for attempt in 2..=s.pick(&[1, 1, 1, 2, 3]) {
                let failed = s.reports(act, "job.failed", "no answer within 60 s").within(60_000, 65_000);
                act = s.wants(failed, "job.start", &place, &text).attempt(attempt, 3).within(30_000, 90_000);
            }
            let text = s.pick(&["published", "published", "this version is there already"]);
            s.reports(act, "job.done", text).within(9_000, 50_000);
        }
        let told = s.wants(tagged, "message", &s.channel(), &format!("{version} is on its way.")).progress(release);
        grumble(s, told, 40, &["nice", "ok", "when?", "+1"]);
    }
}
