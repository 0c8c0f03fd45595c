//! Code: boards, formatters, lock files, release notes, a migration, a long review and previews.

use super::{DAY, HOUR, MINUTE, SECOND, person, put, remark, reply, turns};
use crate::loops::families::{Family, careless, declared, looping};
use crate::loops::scene::{Actor, Scene};

pub(super) const FAMILIES: &[Family] = &[
    looping(
        "board_states_mapped_two_ways",
        "",
        "We set labels by the state of a work item, a bought connector sets the state by the label, and their tables differ in one row",
        board_states_mapped_two_ways,
    ),
    declared(
        "board_moves_of_a_sprint",
        "",
        "People move the items of a sprint to and fro, we set the label for each revision, and the connector agrees with it",
        board_moves_of_a_sprint,
    ),
    looping(
        "two_formatters_on_one_pull",
        "",
        "Our bot formats each push with the version of the team, pre-commit.ci with a newer one, and each pushes over the other",
        two_formatters_on_one_pull,
    ),
    declared(
        "formatted_once_per_push",
        "",
        "Authors push all day and our bot formats each push, in a second pass where sorting the imports broke a line",
        formatted_once_per_push,
    ),
    looping(
        "lock_file_from_two_registries",
        "",
        "Renovate writes the lock file from the public registry whenever its branch was changed, and we write it from the one of the company",
        lock_file_from_two_registries,
    ),
    declared(
        "updates_of_a_patch_tuesday",
        "",
        "A bot opens two dozen updates; we mend the lock file, approve and merge, and a merge makes the bot rebase the next one",
        updates_of_a_patch_tuesday,
    ),
    looping(
        "release_notes_release_again",
        "",
        "Our release job commits the notes to main, a new squash template drops the skip mark, and the commit is released in turn",
        release_notes_release_again,
    ),
    declared(
        "release_train_of_a_quarter",
        "",
        "Each week a train leaves: cut, notes, staging, canary, production, and now and then a hotfix is picked",
        release_train_of_a_quarter,
    ),
    declared(
        "migration_of_a_hundred_repositories",
        "",
        "We open the same pull request in up to a hundred repositories; we merge each when it is green, or its owners do",
        migration_of_a_hundred_repositories,
    ),
    declared(
        "long_review_of_one_change",
        "",
        "One big change is reviewed for days; people ask for benchmarks, rebases and reasons, and we answer each request once",
        long_review_of_one_change,
    ),
    careless(
        "preview_rebuilt_for_each_push",
        "",
        "Each push of a busy pull request builds its preview again and edits the same comment below it",
        preview_rebuilt_for_each_push,
    ),
];

const COMMENTED: &str = "issue_comment.created";

fn board_states_mapped_two_ways(s: &Scene) {
    let (item, issue, link) = (s.azure("work-item"), s.issue(), Actor::app("boards-link"));
    let (takes_off, speaks, first) = (s.chance(50), s.chance(60), s.between(300, 600));
    let (soon, late) = s.pick(&[(1_500, 6_000), (20_000, 70_000), (290_000, 330_000)]);
    let moved = |who: &Actor, item: &str, state: &str| {
        let text = if speaks { format!("State changed to {state}") } else { String::new() };
        s.event("azure", "workitem.updated", who, item).state("state", state).text(text)
    };
    let label = |heard, place: &str, name: &str| {
        let act = s.wants(heard, "label", place, name).writes("status", name).within(300, 1_500);
        s.echo(act, "issues.labeled").map(|echo| echo.state("status", name));
        act
    };
    // In these rows both tables agree.
    for (state, name) in [("New", "triage"), ("Approved", "ready")] {
        let act = label(moved(&s.somebody(), &item, state).within(HOUR, 2 * DAY), &issue, name);
        if s.chance(70) {
            moved(&link, &item, state).because(act).token(act).within(soon, late);
        }
    }
    s.person_says(&issue, &s.sentence(8)).within(HOUR, DAY);
    let mut heard = moved(&s.somebody(), &item, "Active").within(HOUR, DAY);
    let (mut here, mut spare) = ("ready", 3);
    for round in s.rounds(turns(s, if takes_off { 2 } else { 1 })) {
        let (name, state) = if round % 2 == 0 { ("doing", "Committed") } else { ("review", "Active") };
        if takes_off {
            let off = s.wants(heard, "unlabel", &issue, here).within(50, 200);
            s.echo(off, "issues.unlabeled");
        }
        let act = label(heard, &issue, name);
        here = name;
        remark(s, act, 5, &["who moves this?", "is it in review or not?", "my inbox is full of this"]);
        if spare > 0 && s.chance(8) {
            spare -= 1;
            let other = moved(&s.somebody(), &s.azure(&format!("work-item-{round}")), "Approved");
            label(other.within(SECOND, MINUTE), &s.issue_no(first + round), "ready").in_order();
        }
        heard = moved(&link, &item, state).because(act).token(act).within(soon, late);
    }
}

fn board_moves_of_a_sprint(s: &Scene) {
    let (link, gap) = (Actor::app("boards-link"), s.pick(&[5 * MINUTE, 40 * MINUTE, 3 * HOUR]));
    let way = [("Active", "doing"), ("Committed", "review"), ("Active", "doing"), ("Committed", "review")];
    for number in 0..s.between(5, 14) {
        let (item, issue, moves) =
            (format!("az:work-item/{}", 700 + number), s.issue_no(700 + number), s.between(2, 4));
        let way = way.iter().take(usize::try_from(moves).unwrap_or(0)).chain(&[("Done", "done")]);
        for (revision, (state, name)) in (2..).zip(way) {
            let moved = s.event("azure", "workitem.updated", &s.somebody(), &item).state("state", state);
            let moved = moved.text(format!("State changed to {state}")).within(gap / 5, gap);
            let act = s.wants(moved, "label", &issue, name).writes("status", name).progress(revision);
            s.echo(act.within(300, 1_500), "issues.labeled").map(|echo| echo.state("status", name));
            let same = s.event("azure", "workitem.updated", &link, &item).state("state", state).because(act);
            same.token(act).within(2 * SECOND, 20 * SECOND);
        }
    }
}

fn two_formatters_on_one_pull(s: &Scene) {
    let (pull, author, other) = (s.issue(), s.somebody(), Actor::bot("pre-commit-ci"));
    let (tells, moves, style) = (s.chance(30), s.chance(25), s.between(0, 1));
    let (soon, late) = s.pick(&[(15_000, 45_000), (60_000, 150_000), (240_000, 600_000)]);
    let (ours, theirs) = (s.hex(40), s.hex(40));
    let pushed = |who: &Actor, text: &str, tree: String| {
        s.event("github", "pull_request.synchronize", who, &pull).text(text).tree(tree)
    };
    let format = |heard, tree: &str, number| {
        let act = s.wants(heard, "git.push", &pull, &put(s, style, "style: format", number));
        act.writes("tree", tree).within(5_000, 12_000)
    };
    // The author works on it, and there is little that the two see differently.
    for push in 0..s.between(1, 6) {
        let heard = pushed(&author, &s.sentence(3), s.hex(40)).within(10 * MINUTE, 3 * HOUR);
        if s.chance(60) {
            let tree = s.hex(40);
            let act = format(heard, &tree, push);
            s.echo(act, "pull_request.synchronize").map(|echo| echo.tree(tree));
        }
    }
    let mut heard = pushed(&author, "use the new client everywhere", s.hex(40)).within(10 * MINUTE, 3 * HOUR);
    for round in s.rounds(turns(s, if tells { 2 } else { 1 })) {
        let tree = if moves { s.hex(40) } else { ours.clone() };
        let act = format(heard, &tree, 10 + round);
        s.echo(act, "pull_request.synchronize").map(|echo| echo.tree(tree));
        if tells {
            let told = s.wants(heard, "comment", &pull, "I have formatted 3 files for you.").within(13_000, 18_000);
            remark(s, told, 6, &["again?", "please stop", "which config is that?"]);
        }
        if s.chance(5) {
            s.says(&author, &pull, s.pick(&["I can not push any more", "who won?", "hm"])).because(act);
        }
        let tree = if moves { s.hex(40) } else { theirs.clone() };
        let text = "[pre-commit.ci] auto fixes from pre-commit.com hooks";
        heard = pushed(&other, text, tree).because(act).token(act).within(soon, late);
    }
}

fn formatted_once_per_push(s: &Scene) {
    let gap = s.pick(&[3 * MINUTE, 20 * MINUTE, 2 * HOUR]);
    for number in 0..s.between(5, 9) {
        let (pull, author) = (s.issue_no(1_100 + number), s.somebody());
        let opened = s.event("github", "pull_request.opened", &author, &pull).text(s.sentence(4));
        opened.within(gap, 3 * gap);
        for _ in 0..s.between(3, 8) {
            let push = s.event("github", "pull_request.synchronize", &author, &pull).tree(s.hex(40));
            let push = push.text(s.pick(&["wip", "fix", "tests", "review", "rename"])).within(gap / 5, gap);
            let tree = s.hex(40);
            let first = s.wants(push, "git.push", &pull, "style: format").writes("tree", &tree).attempt(1, 2);
            let first = first.within(5_000, 30_000);
            if s.chance(25) {
                let back = s.comes_back(first, "pull_request.synchronize").tree(tree);
                let again = s.wants(back, "git.push", &pull, "style: format").writes("tree", s.hex(40));
                again.attempt(2, 2).within(5_000, 30_000);
            } else {
                s.echo(first, "pull_request.synchronize").map(|echo| echo.tree(tree));
            }
        }
    }
}

fn lock_file_from_two_registries(s: &Scene) {
    let (pull, renovate, lib) = (s.issue(), Actor::bot("renovate"), s.word());
    let (moves, tells, style) = (s.chance(45), s.chance(25), s.pick(&[0, 0, 1]));
    let (soon, late) = s.pick(&[(50 * MINUTE, 70 * MINUTE), (5 * HOUR, 7 * HOUR), (23 * HOUR, 25 * HOUR)]);
    let (ours, theirs) = (s.hex(40), s.hex(40));
    let pushed = |place: &str, kind: &str, lib: &str, tree: String| {
        let event = s.event("github", kind, &renovate, place).tree(tree);
        event.text(format!("Update dependency {lib} to v{}", s.between(2, 9)))
    };
    let mend = |heard, place: &str, tree: &str, number| {
        let act = s.wants(heard, "git.push", place, &put(s, style, "chore: lock file from our registry", number));
        act.writes("lock", tree).within(20 * SECOND, 3 * MINUTE)
    };
    // Others were merged before Renovate looked again.
    for number in 0..s.between(1, 6) {
        let place = s.issue_no(1_300 + number);
        let heard = pushed(&place, "pull_request.opened", s.word(), s.hex(40)).within(HOUR, DAY);
        let act = mend(heard, &place, &s.hex(40), number);
        let merged = s.event("github", "pull_request.closed", &s.somebody(), &place).state("merged", "true");
        merged.because(act).within(5 * MINUTE, 40 * MINUTE);
    }
    let mut heard = pushed(&pull, "pull_request.opened", lib, theirs.clone()).within(HOUR, DAY);
    for round in s.rounds(turns(s, if tells { 2 } else { 1 })) {
        let tree = if moves { s.hex(40) } else { ours.clone() };
        let act = mend(heard, &pull, &tree, 20 + round);
        s.echo(act, "pull_request.synchronize").map(|echo| echo.tree(tree));
        if tells {
            let text = format!("The lock file of {lib} named the public registry. Mended.");
            let told = s.wants(heard, "comment", &pull, &text).within(3 * MINUTE, 4 * MINUTE);
            remark(s, told, 8, &["is this one stuck?", "can we merge it now?", "let us skip this version"]);
        }
        // Main moves on, so that the file is not always the same.
        let tree = if moves { s.hex(40) } else { theirs.clone() };
        heard = pushed(&pull, "pull_request.synchronize", lib, tree).because(act).token(act).within(soon, late);
    }
}

fn updates_of_a_patch_tuesday(s: &Scene) {
    let (bot, size) = (Actor::bot("dependabot"), s.between(9, 24));
    let start = s.between(HOUR, DAY);
    let opened = |number: u64| {
        let lib = s.word();
        let event = s.event("github", "pull_request.opened", &bot, &s.issue_no(1_500 + number)).tree(s.hex(40));
        event.text(format!("Bump {lib} from 1.{number} to 1.{}", number + 1)).at(start).after(45 * SECOND * number)
    };
    let mut pulls: Vec<_> = (0..size).map(opened).collect();
    pulls.reverse();
    let (mut rebased, mut number) = (None, 0);
    while let Some(first) = pulls.pop() {
        let place = s.issue_no(1_500 + number);
        let act = s.wants(first, "git.push", &place, "mend the lock file").attempt(1, 2).within(SECOND, 9 * SECOND);
        let mut green = s.event("github", "check_suite.completed", &Actor::app("actions"), &place).because(act);
        green = green.token(act).text("success").within(3 * MINUTE, 8 * MINUTE);
        if let Some(merge) = rebased {
            let again = s.event("github", "pull_request.synchronize", &bot, &place).tree(s.hex(40)).because(merge);
            let again = again.text("rebased onto main").within(20 * MINUTE, 25 * MINUTE);
            let act = s.wants(again, "git.push", &place, "mend the lock file").attempt(2, 2).within(SECOND, 9 * SECOND);
            green = s.event("github", "check_suite.completed", &Actor::app("actions"), &place).because(act);
            green = green.token(act).text("success").within(3 * MINUTE, 8 * MINUTE);
        }
        s.wants(green, "review.approve", &place, "Only the lock file.").writes("review", "approved").after(800);
        let merge = s.wants(green, "merge", &place, "squash").writes("merged", "true").within(SECOND, 4 * SECOND);
        s.echo(merge, "pull_request.closed");
        rebased = s.chance(30).then_some(merge);
        number += 1;
    }
}

fn release_notes_release_again(s: &Scene) {
    let (main, room, mut patch) = (s.part("@main"), s.channel(), s.between(1, 60));
    let (tells, minor, quiet) = (s.chance(60), s.between(1, 30), s.chance(40));
    let (soon, late) = s.pick(&[(20_000, 60_000), (150_000, 420_000), (900_000, 1_500_000)]);
    let merged = |text: &str| s.event("github", "push", &s.somebody(), &main).text(text).tree(s.hex(40));
    let release = |heard, version: &str| {
        let act = s.wants(heard, "release.create", &s.part("/releases"), version).writes("version", version);
        let act = act.within(30 * SECOND, 90 * SECOND);
        let built = s.event("github", "workflow_run.completed", &Actor::app("actions"), &s.part("/workflow/publish"));
        built.text(format!("success: {version}")).because(act).token(act).within(4 * SECOND, 15 * SECOND);
    };
    let notes = |heard, version: &str, mark: &str| {
        let text = format!("chore(release): notes of {version}{mark}");
        let act = s.wants(heard, "git.push", &main, &text).within(91 * SECOND, 2 * MINUTE);
        s.comes_back(act, "push").tree(s.hex(40)).within(soon, late)
    };
    for _ in 0..s.between(1, 4) {
        patch += 1;
        let (heard, version) = (merged(&s.sentence(5)).within(HOUR, 3 * DAY), format!("v4.{minor}.{patch}"));
        release(heard, &version);
        notes(heard, &version, " [skip ci]");
    }
    let mut heard = merged("fix: squash commits carry their title only").within(HOUR, DAY);
    for _ in s.rounds(turns(s, if tells { 3 } else { 2 })) {
        patch += 1;
        let version = format!("v4.{minor}.{patch}");
        release(heard, &version);
        let back = notes(heard, &version, "");
        if tells {
            let text = if quiet { "Released.".to_owned() } else { format!("{version} is out. {}", s.paraphrase()) };
            let told = s.wants(heard, "message", &room, &text).within(121 * SECOND, 140 * SECOND);
            remark(s, told, 6, &["another one?", "what is in it?", "nothing changed since the last"]);
        }
        heard = back;
    }
}

fn release_train_of_a_quarter(s: &Scene) {
    let (room, train) = (s.channel(), s.part("@train"));
    for week in 1..=s.between(5, 12) {
        let (plan, version) = (format!("train-{week}"), format!("2026.{week}.0"));
        let picks = s.pick(&[0, 0, 1, 2]);
        let leaves = s.tick(&train, 0).at(week * 7 * DAY).after(10 * HOUR).text("the train leaves");
        let step = |heard, kind: &str, place: &str, text: &str| {
            s.wants(heard, kind, place, text).in_plan(&plan, 6 + picks).within(2 * SECOND, 40 * SECOND)
        };
        step(leaves, "branch.create", &s.part(&format!("@release-{week}")), &version);
        let notes =
            step(leaves, "comment", &s.issue_no(2_000 + week), &format!("Notes of {version}: {}", s.sentence(12)));
        s.echo(notes, COMMENTED);
        let mut done = leaves;
        for stage in ["staging", "canary", "production"] {
            let place = s.azure(stage);
            let act = step(done, "deploy", &place, &format!("deploy {version}")).writes("version", &version);
            done = s.reports(act, "deploy.done", &format!("{version} is healthy")).within(10 * MINUTE, 3 * HOUR);
        }
        remark(s, step(done, "message", &room, &format!("{version} is in production.")), 40, &["nice", "choo choo"]);
        for pick in 1..=picks {
            let asked = s.person_says(&room, &format!("/pick {} for {version}", s.hex(7))).within(HOUR, DAY);
            let text = format!("deploy 2026.{week}.{pick}");
            step(asked, "deploy", &s.azure("production"), &text).writes("version", format!("2026.{week}.{pick}"));
        }
    }
}

fn migration_of_a_hundred_repositories(s: &Scene) {
    let (merges, what) = (s.chance(50), s.pick(&["Node 22", "the new runner image", "signed commits"]));
    let (size, mut answers) = (if merges { s.between(25, 48) } else { s.between(80, 100) }, 9);
    let order = s.person_orders("gh:acme/platform#77", &format!("move all repositories to {what}"));
    let (order, pace) = (order.within(HOUR, DAY), s.pick(&[4 * SECOND, 30 * SECOND, 5 * MINUTE]));
    let planned = if merges { 2 * size } else { size };
    for number in 0..size {
        let place = format!("gh:acme/{}-{number}#{}", s.word(), s.between(10, 900));
        let text = format!("Move to {what}\n\nPlease see acme/platform#77. This is opened for all repositories.");
        let act = s.wants(order, "pull.create", &place, &text).in_plan("migration", planned);
        let act = act.after(pace * number + s.between(0, pace / 2));
        s.echo(act, "pull_request.opened");
        if answers > 0 && s.chance(8) {
            answers -= 1;
            let asked = reply(s, &s.somebody(), act, s.pick(&["do we need that?", "@bot why?", "until when?"]));
            s.wants(asked.within(MINUTE, HOUR), "comment", &place, "The reasons are in acme/platform#77.");
        }
        let green = s.event("github", "check_suite.completed", &Actor::app("actions"), &place).because(act);
        let green = green.token(act).text("success").within(3 * MINUTE, 5 * HOUR);
        if merges {
            let merge = s.wants(green, "merge", &place, "squash").in_plan("migration", planned);
            s.echo(merge.writes("merged", "true").within(SECOND, 9 * SECOND), "pull_request.closed");
        } else if s.chance(70) {
            let merged = s.event("github", "pull_request.closed", &s.somebody(), &place).state("merged", "true");
            merged.because(act).within(5 * HOUR, 3 * DAY);
        }
    }
}

fn long_review_of_one_change(s: &Scene) {
    let (pull, author, gap) = (s.issue(), person(1), s.pick(&[4 * MINUTE, 30 * MINUTE, 3 * HOUR]));
    let mut run = 0;
    for _ in 0..s.between(18, 45) {
        let reviewer = person(s.between(2, 4));
        match s.between(0, 4) {
            0 => {
                s.event("github", "pull_request.synchronize", &author, &pull).tree(s.hex(40)).text(s.sentence(3));
            }
            1 => {
                s.says(&reviewer, &pull, &s.sentence(9)).within(gap / 5, gap);
                s.says(&author, &pull, s.pick(&["done", "good point", "I would rather not", "fixed"])).after(gap / 4);
            }
            _ => {}
        }
        let asked = s.pick(&["/bench", "/bench", "/rebase", "@bot why is the check red?", "/size"]);
        let heard = s.says(s.pick(&[&author, &reviewer]), &pull, asked).within(gap / 5, gap);
        if asked == "/bench" {
            run += 1;
            let act = s.wants(heard, "job.start", &pull, "run the benchmarks").progress(2 * run - 1);
            let done =
                s.reports(act, "job.done", &format!("{} ms", s.between(180, 260))).within(2 * MINUTE, 9 * MINUTE);
            let text = format!("Benchmark {run}: {}", done.said());
            s.echo(s.wants(done, "comment", &pull, &text).progress(2 * run), COMMENTED);
        } else {
            let text = match asked {
                "/rebase" => format!("Rebased onto {}.", s.hex(7)),
                "/size" => format!("{} lines in {} files.", s.between(400, 900), s.between(9, 40)),
                _ => s.paraphrase(),
            };
            s.echo(s.wants(heard, "comment", &pull, &text), COMMENTED);
        }
    }
}

fn preview_rebuilt_for_each_push(s: &Scene) {
    let gap = s.pick(&[2 * MINUTE, 15 * MINUTE, HOUR]);
    for number in 0..s.between(2, 4) {
        let (pull, author) = (s.issue_no(2_200 + number), s.somebody());
        let preview = s.azure(&format!("preview-{number}"));
        for _ in 0..s.between(5, 13) {
            let push = s.event("github", "pull_request.synchronize", &author, &pull).tree(s.hex(40));
            let push = push.text(s.pick(&["wip", "wip", "colours", "fix", "smaller"])).within(gap / 6, gap);
            let act = s.wants(push, "deploy", &preview, "deploy the preview");
            let done = s.reports(act, "deploy.done", "the preview is ready").within(30 * SECOND, 2 * MINUTE);
            let text = format!("Preview of {}: https://preview-{number}.example", s.hex(7));
            let told = s.wants(done, "comment.update", &pull, &text);
            s.echo(told, "issue_comment.edited");
            remark(s, told, 6, &["nice", "the button is too big", "works on my phone"]);
        }
    }
}
