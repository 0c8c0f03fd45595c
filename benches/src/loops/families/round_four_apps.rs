//! Apps that sign, port, update and queue pull requests.

use super::super::{Family, declared, looping};
use super::chatter;
use crate::loops::scene::{Actor, Scene};

pub(super) const FAMILIES: &[Family] = &[
    looping(
        "cla_reminder_summons_itself",
        "",
        "The reminder of a CLA app quotes the command that calls it, and the app reads its own comments.",
        cla_reminder_summons_itself,
    ),
    declared(
        "cla_of_many_authors",
        "",
        "The authors of a pull request sign one after the other and each calls the CLA app, which says who is missing.",
        cla_of_many_authors,
    ),
    looping(
        "backport_of_a_backport",
        "",
        "A backport app copies all labels, so each backport asks for another one as soon as it is merged by itself.",
        backport_of_a_backport,
    ),
    declared(
        "backport_to_each_branch",
        "",
        "Merged fixes are ported to all supported branches, each port is merged by a bot and noted on the fix.",
        backport_to_each_branch,
    ),
    looping(
        "recreated_branch_and_changelog_entry",
        "",
        "An update bot recreates its branch whenever somebody touched it, and a changelog app adds its entry again.",
        recreated_branch_and_changelog_entry,
    ),
    declared(
        "update_branch_follows_main",
        "",
        "An update bot rebases its branch when people merge into main; the changelog app's entries are left alone.",
        update_branch_follows_main,
    ),
    looping(
        "merge_queue_takes_the_same_head",
        "",
        "A pull request fails only in the merge queue; its own checks are green, so it is queued again unchanged.",
        merge_queue_takes_the_same_head,
    ),
    declared(
        "merge_queue_ejects_bystanders",
        "",
        "Pull requests leave the queue because one ahead of them failed, and are queued again a declared number of times.",
        merge_queue_ejects_bystanders,
    ),
];

fn cla_reminder_summons_itself(s: &Scene) {
    let (pr, author, missing) = (s.issue(), s.somebody(), s.between(1, 4));
    let command = s.pick(&["@cla-bot check", "/check-cla", "@contributor-agreement recheck"]);
    let numbered = s.chance(50);
    let mut summons = s.event("github", "pull_request.opened", &author, &pr).text(s.sentence(6));
    for round in s.rounds(s.between(22, 48)) {
        let run = if numbered { format!(" (check {})", s.hex(7)) } else { String::new() };
        let reminder = format!(
            "Thank you @{}! {missing} of the authors have not signed yet. Say `{command}` to have us look again.{run}",
            author.name
        );
        if round == 0 {
            s.wants(summons, "status.set", &pr, "CLA not signed").writes("cla", "pending");
        }
        let said = s.wants(summons, "comment", &pr, &reminder).within(300, 2_500);
        chatter(s, &pr, 8);
        summons = s.comes_back(said, "issue_comment.created");
    }
}

fn cla_of_many_authors(s: &Scene) {
    let (pr, authors) = (s.issue(), s.between(4, 14));
    let command = s.pick(&["@cla-bot check", "/check-cla", "@contributor-agreement recheck"]);
    let opened = s.event("github", "pull_request.opened", &s.somebody(), &pr).text(s.sentence(6));
    let first = format!("{authors} of the authors have not signed yet. Say `{command}` to have us look again.");
    let said = s.wants(opened, "comment", &pr, &first).progress(0);
    s.echo(said, "issue_comment.created");
    for signed in 1..=authors {
        let author = Actor::person(&format!("co-author-{signed}"));
        let summons = s.says(&author, &pr, command).within(20_000, 30_000_000);
        let left = authors - signed;
        let status = if left == 0 { "success" } else { "pending" };
        s.wants(summons, "status.set", &pr, &format!("{left} to sign")).progress(signed).writes("cla", status);
        let again = format!("{left} of the authors have not signed yet. Say `{command}` to have us look again.");
        let said = s.wants(summons, "comment", &pr, &again).progress(signed).within(300, 2_500);
        s.comes_back(said, "issue_comment.created");
        chatter(s, &pr, 15);
    }
}

fn backport_of_a_backport(s: &Scene) {
    let version = format!("{}.{}", s.between(1, 9), s.between(0, 30));
    let (branch, label) = (s.part(&format!("@release-{version}")), format!("backport {version}"));
    let (merger, mut number) = (Actor::bot("automerge"), s.between(900, 4_000));
    let mut merged = s.event("github", "pull_request.closed", &s.somebody(), &s.issue_no(number));
    merged.text(s.sentence(5)).state("label", &label);
    for _ in s.rounds(s.between(13, 26)) {
        let (source, title) = (s.issue_no(number), format!("[Backport {version}] {}", merged.said()));
        number += s.between(1, 3);
        let opened = s.wants(merged, "pull_request.open", &branch, &title).within(2_000, 9_000);
        s.echo(opened, "pull_request.opened");
        let note = format!("Created #{number} for `release-{version}`.");
        s.wants(merged, "comment", &source, &note).within(9_100, 12_000);
        merged = s.event("github", "pull_request.closed", &merger, &s.issue_no(number)).because(opened).about(opened);
        merged.token(opened).text(title).state("label", &label).within(240_000, 2_400_000);
    }
}

fn backport_to_each_branch(s: &Scene) {
    let (major, merger, mut number) = (s.between(2, 9), Actor::bot("automerge"), s.between(900, 4_000));
    for _ in 0..s.between(1, 3) {
        let (source, title, branches) = (s.issue_no(number), s.sentence(5), s.between(4, 9));
        let fix = s.event("github", "pull_request.closed", &s.somebody(), &source);
        fix.text(&title).state("label", "backport all").within(1_000, 90_000_000);
        let plan = format!("backport-{number}");
        for minor in 0..branches {
            number += s.between(1, 3);
            let branch = s.part(&format!("@release-{major}.{minor}"));
            let port = format!("[Backport {major}.{minor}] {title}");
            let opened = s.wants(fix, "pull_request.open", &branch, &port).in_plan(&plan, branches * 2);
            opened.within(2_000 + minor * 3_000, 4_000 + minor * 3_000);
            s.echo(opened, "pull_request.opened");
            let merged = s.event("github", "pull_request.closed", &merger, &s.issue_no(number)).because(opened);
            merged.about(opened).token(opened).text(port).state("label", "backported").within(240_000, 2_400_000);
            let done = format!("In release-{major}.{minor} with #{number}.");
            s.wants(merged, "comment", &source, &done).in_plan(&plan, branches * 2);
        }
        number += 5;
    }
}

/// `Bump x from 1.2.3 to 1.2.4`
fn bump(s: &Scene) -> String {
    let (major, minor, patch) = (s.between(0, 9), s.between(0, 30), s.between(0, 12));
    format!("Bump {} from {major}.{minor}.{patch} to {major}.{minor}.{}", s.word(), patch + s.between(1, 4))
}

fn recreated_branch_and_changelog_entry(s: &Scene) {
    let (title, helper) = (bump(s), Actor::app("changelog-helper"));
    let branch = s.part(&format!("@deps/{}-{}", s.word(), s.between(1, 40)));
    let (ours, theirs, dated) = (s.hex(40), s.hex(40), s.chance(50));
    let mut moved = s.event("github", "push", &s.somebody(), &s.part("@main")).text(s.sentence(5)).tree(s.hex(40));
    for _ in s.rounds(s.between(22, 50)) {
        let pushed = s.wants(moved, "push", &branch, &title).writes("tree", &ours).within(4_000, 90_000);
        s.echo(pushed, "push");
        let (entry, tree) = if dated {
            (format!("Changelog: {title} ({})", s.timestamp()), s.hex(40))
        } else {
            (format!("Changelog: {title}"), theirs.clone())
        };
        moved = s.event("github", "push", &helper, &branch).because(pushed).token(pushed).text(entry).tree(tree);
        moved.within(15_000, 180_000);
    }
}

fn update_branch_follows_main(s: &Scene) {
    let (title, helper, main) = (bump(s), Actor::app("changelog-helper"), s.part("@main"));
    let branch = s.part(&format!("@deps/{}-{}", s.word(), s.between(1, 40)));
    for _ in 0..s.between(8, 34) {
        let merged = s.event("github", "push", &s.somebody(), &main).text(s.sentence(5)).tree(s.hex(40));
        merged.within(120_000, 20_000_000);
        let ours = s.hex(40);
        let pushed = s.wants(merged, "push", &branch, &title).writes("tree", &ours).within(4_000, 90_000);
        s.echo(pushed, "push");
        let entry = s.event("github", "push", &helper, &branch).because(pushed).token(pushed).tree(s.hex(40));
        entry.text(format!("Changelog: {title}")).within(15_000, 60_000);
    }
}

fn merge_queue_takes_the_same_head(s: &Scene) {
    let (pr, queue, job) = (s.issue(), Actor::system("merge-queue"), s.word());
    let mut ready = s.event("github", "pull_request_review.submitted", &s.somebody(), &pr).text("approved");
    for round in 0..s.between(20, 42) {
        // Once more is what anybody would try.
        if round == 2 {
            s.loop_starts();
        }
        let queued = s.wants(ready, "merge_queue.enqueue", &pr, "").writes("queue", "queued");
        queued.within(20_000, 600_000);
        if round % 4 == 3 {
            s.wants(ready, "comment", &pr, "All checks of this pull request are green: back into the queue.");
        }
        s.echo(queued, "pull_request.enqueued");
        ready = s.event("github", "pull_request.dequeued", &queue, &pr).because(queued).token(queued);
        ready.text(format!("Removed: checks failed ({job}, run {})", s.between(30_000_000, 39_999_999)));
        ready.state("queue", "removed").after(s.heavy_tail(700_000));
        chatter(s, &pr, 6);
    }
}

fn merge_queue_ejects_bystanders(s: &Scene) {
    let (queue, mut number) = (Actor::system("merge-queue"), s.between(900, 4_000));
    for _ in 0..s.between(5, 11) {
        number += s.between(1, 4);
        let (pr, tries) = (s.issue_no(number), s.between(1, 4));
        let mut ready = s.event("github", "pull_request_review.submitted", &s.somebody(), &pr).text("approved");
        ready.within(30_000, 3_000_000);
        for attempt in 1..=tries {
            let queued = s.wants(ready, "merge_queue.enqueue", &pr, "").attempt(attempt, 4).writes("queue", "queued");
            queued.within(20_000, 600_000);
            s.echo(queued, "pull_request.enqueued");
            let kind = if attempt == tries { "pull_request.closed" } else { "pull_request.dequeued" };
            ready = s.event("github", kind, &queue, &pr).because(queued).token(queued).after(s.heavy_tail(700_000));
            if attempt == tries {
                ready.text("merged").state("queue", "merged");
            } else {
                ready.text(format!("Removed: #{} ahead of it failed", number - 1)).state("queue", "removed");
            }
        }
    }
}
