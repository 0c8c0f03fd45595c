//! Workflows and apps that set themselves off: checks, pages, descriptions, releases.

use super::super::{Family, careless, declared, looping};
use super::chatter;
use crate::loops::scene::{Actor, Scene};

pub(super) const FAMILIES: &[Family] = &[
    looping(
        "reset_of_a_check_asks_for_a_rerun",
        "",
        "A CI service resets a finished check by re-requesting it, which reaches it as if somebody had pressed re-run.",
        reset_of_a_check_asks_for_a_rerun,
    ),
    careless(
        "people_press_rerun",
        "",
        "Contributors press re-run on flaky checks, and each time the job is started and the check reset.",
        people_press_rerun,
    ),
    looping(
        "pages_with_the_build_time",
        "",
        "A docs workflow pushes with a personal token to the branch it runs on, and the pages show the build time.",
        pages_with_the_build_time,
    ),
    declared(
        "pages_for_each_merge",
        "",
        "People merge and the docs are built and pushed with a personal token; the second run finds nothing to push.",
        pages_for_each_merge,
    ),
    looping(
        "ticket_links_in_the_description",
        "",
        "One app turns ticket keys of a description into links, the template app writes the section as it wants it.",
        ticket_links_in_the_description,
    ),
    declared(
        "ticket_links_after_people_edit",
        "",
        "People add ticket keys to a description for days, and an app turns each into a link beside the template app.",
        ticket_links_after_people_edit,
    ),
    looping(
        "release_of_the_release",
        "",
        "A release bot counts its own release commit as a change, and its pull requests are merged by themselves.",
        release_of_the_release,
    ),
    declared(
        "release_for_each_feature",
        "",
        "A release bot keeps one pull request up to date with what people merge and releases when a person merges it.",
        release_for_each_feature,
    ),
];

fn reset_of_a_check_asks_for_a_rerun(s: &Scene) {
    let (pr, app, check) = (s.issue(), s.our_app(), format!("{} / {}", s.word(), s.word()));
    let job = s.azure("pipeline");
    let mut asked = s.event("github", "check_run.rerequested", &s.somebody(), &pr).text(&check);
    for _ in s.rounds(s.between(14, 29)) {
        let run = s.wants(asked, "job.start", &job, &check).within(100, 1_500);
        s.reports(run, "job.cancelled", "superseded by a newer run").within(2_000, 9_000);
        let reset = s.wants(asked, "check_run.rerequest", &pr, &check).writes("check", "queued").within(1_600, 3_000);
        asked = s.event("github", "check_run.rerequested", &app, &pr).because(reset).token(reset).text(&check);
        asked.state("check", "queued").within(300, 4_000);
        chatter(s, &pr, 5);
    }
}

fn people_press_rerun(s: &Scene) {
    let (first, prs, app) = (s.between(900, 4_000), s.between(1, 4), s.our_app());
    let check = format!("{} / {}", s.word(), s.word());
    for _ in 0..s.between(8, 24) {
        let pr = s.issue_no(first + s.between(1, prs));
        let asked = s.event("github", "check_run.rerequested", &s.somebody(), &pr).text(&check);
        asked.after(s.heavy_tail(300_000));
        let run = s.wants(asked, "job.start", &s.azure("pipeline"), &check).within(100, 1_500);
        let reset = s.wants(asked, "check_run.update", &pr, &check).within(1_600, 3_000);
        s.event("github", "check_run.created", &app, &pr).because(reset).token(reset).text(&check);
        let word = if s.chance(60) { "failure" } else { "success" };
        let ended = s.reports(run, "job.done", word).within(60_000, 900_000);
        s.wants(ended, "check_run.update", &pr, word);
    }
}

/// The workflow pushes as one of the people who also push by hand.
fn with_a_personal_token(s: &Scene) {
    let person = format!("h{}", s.between(1, 5));
    s.with_world(|world| (world.own_name, world.own_seen_as_person) = (person, true));
}

fn pages_with_the_build_time(s: &Scene) {
    with_a_personal_token(s);
    let main = s.part("@main");
    let mut pushed = s.event("github", "push", &s.somebody(), &main).text(s.sentence(6)).tree(s.hex(40));
    for _ in s.rounds(s.between(20, 48)) {
        let (message, tree) = (format!("Publish docs, built {}", s.timestamp()), s.hex(40));
        let built = s.wants(pushed, "push", &main, &message).writes("tree", &tree).within(40_000, 500_000);
        pushed = s.event("github", "push", &s.us(), &main).because(built).token(built).text(message).tree(tree);
        pushed.within(400, 9_000);
    }
}

fn pages_for_each_merge(s: &Scene) {
    with_a_personal_token(s);
    let main = s.part("@main");
    for _ in 0..s.between(10, 40) {
        let merged = s.event("github", "push", &s.somebody(), &main).text(s.sentence(6)).tree(s.hex(40));
        merged.after(120_000 + s.heavy_tail(600_000));
        let (message, tree) = (format!("Publish docs of {}", s.hex(7)), s.hex(40));
        let built = s.wants(merged, "push", &main, &message).writes("tree", &tree).within(40_000, 110_000);
        let pushed = s.event("github", "push", &s.us(), &main).because(built).token(built).text(message).tree(tree);
        pushed.within(400, 9_000);
    }
}

/// The key of a ticket.
fn ticket(s: &Scene) -> String {
    format!("{}-{}", s.pick(&["OPS", "PAY", "WEB", "CORE"]), s.between(10, 9_999))
}

fn ticket_links_in_the_description(s: &Scene) {
    let (pr, template, key, body) = (s.issue(), Actor::app("pr-template"), ticket(s), s.sentence(12));
    let (ours, theirs, counts) = (s.hex(12), s.hex(12), s.chance(40));
    let mut edited = s.event("github", "pull_request.opened", &s.somebody(), &pr).text(format!("{body} {key}"));
    for round in s.rounds(s.between(22, 50)) {
        let revision = if counts { format!(" (revision {})", round + 1) } else { String::new() };
        let linked = format!("{body} [{key}](https://tickets.example/browse/{key}){revision}");
        let wrote = s.wants(edited, "pull_request.edit", &pr, &linked).writes("body", &ours).within(300, 4_000);
        s.echo(wrote, "pull_request.edited");
        edited = s.event("github", "pull_request.edited", &template, &pr).because(wrote).token(wrote);
        edited.text(format!("## What\n{body}\n## Ticket\n{key}{revision}")).state("body", &theirs).within(900, 30_000);
        chatter(s, &pr, 10);
    }
}

fn ticket_links_after_people_edit(s: &Scene) {
    let (pr, template, mut body) = (s.issue(), Actor::app("pr-template"), s.sentence(8));
    for _ in 0..s.between(7, 26) {
        let key = ticket(s);
        let edited = s.event("github", "pull_request.edited", &s.somebody(), &pr).text(format!("{body} {key}"));
        edited.state("body", s.hex(12)).within(60_000, 40_000_000);
        body = format!("{body} [{key}](https://tickets.example/browse/{key})");
        let wrote = s.wants(edited, "pull_request.edit", &pr, &body).writes("body", s.hex(12)).within(300, 4_000);
        s.echo(wrote, "pull_request.edited");
        if s.chance(60) {
            let ticked = s.event("github", "pull_request.edited", &template, &pr).because(wrote).token(wrote);
            ticked.text(format!("{body} [x] has a ticket")).state("body", s.hex(12)).within(900, 30_000);
        }
    }
}

fn release_of_the_release(s: &Scene) {
    let (main, merger) = (s.part("@main"), Actor::bot("automerge"));
    let branch = s.part("@next-release");
    let (major, minor, mut patch, mut number) =
        (s.between(0, 7), s.between(0, 20), s.between(0, 9), s.between(900, 4_000));
    let mut pushed = s.event("github", "push", &s.somebody(), &main).text(format!("fix: {}", s.sentence(4)));
    pushed.tree(s.hex(40));
    for _ in s.rounds(s.between(13, 28)) {
        patch += 1;
        number += s.between(1, 3);
        let (version, title) = (format!("{major}.{minor}.{patch}"), format!("chore: release {major}.{minor}.{patch}"));
        let opened = s.wants(pushed, "pull_request.open", &branch, &title).writes("version", &version);
        opened.within(10_000, 90_000);
        s.echo(opened, "pull_request.opened");
        let merged =
            s.event("github", "pull_request.closed", &merger, &s.issue_no(number)).because(opened).about(opened);
        merged.token(opened).text(&title).within(120_000, 1_800_000);
        let tagged = s.wants(merged, "release.create", &s.repo(), &format!("v{version}")).within(1_000, 20_000);
        s.echo(tagged, "release.published");
        pushed = s.event("github", "push", &merger, &main).because(opened).token(opened);
        pushed.text(format!("{title} (#{number})")).tree(s.hex(40)).within(1_800_500, 1_900_000);
    }
}

fn release_for_each_feature(s: &Scene) {
    let (main, branch, number) = (s.part("@main"), s.part("@next-release"), s.between(900, 4_000));
    let (major, mut minor, every) = (s.between(0, 7), s.between(0, 20), s.between(3, 6));
    for feature in 1..=s.between(8, 30) {
        let pushed = s.event("github", "push", &s.somebody(), &main).text(format!("feat: {}", s.sentence(4)));
        pushed.tree(s.hex(40)).after(200_000 + s.heavy_tail(1_500_000));
        let title = format!("chore: release {major}.{}.0", minor + 1);
        let updated = s.wants(pushed, "pull_request.edit", &branch, &title).writes("changelog", s.hex(12));
        updated.within(10_000, 90_000);
        s.echo(updated, "pull_request.edited");
        if feature % every == 0 {
            minor += 1;
            let merged = s.event("github", "pull_request.closed", &s.somebody(), &s.issue_no(number + feature));
            merged.because(updated).token(updated).text(&title).within(120_000, 8_000_000);
            let version = format!("{major}.{minor}.0");
            let tagged = s.wants(merged, "release.create", &s.repo(), &title).writes("version", version);
            s.echo(tagged, "release.published");
            let landed = s.event("github", "push", &s.somebody(), &main).because(updated).token(updated).text(&title);
            landed.tree(s.hex(40)).within(8_000_100, 8_100_000);
        }
    }
}
