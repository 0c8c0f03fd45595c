//! Long chains from platform to platform, and bridges between them.

use super::{Family, declared, looping};
use crate::loops::scene::{Actor, Scene};

pub(super) const FAMILIES: &[Family] = &[
    looping(
        "bridges_that_prefix",
        "L07",
        "Two bridges repeat each other's messages with one more prefix each time",
        bridges_that_prefix,
    ),
    looping("workflow_starts_itself", "L10", "A workflow's end dispatches the workflow", workflow_starts_itself),
    looping(
        "three_platforms",
        "L14",
        "An issue updates a channel, the channel a work item, the work item the issue",
        three_platforms,
    ),
    looping(
        "loop_after_a_long_pipeline",
        "L19",
        "A healthy pipeline whose last step starts an argument with another bot",
        loop_after_a_long_pipeline,
    ),
    looping(
        "card_updates_itself",
        "L25",
        "A card is updated at each event about the card, its own update included",
        card_updates_itself,
    ),
    looping(
        "version_bump",
        "HL5",
        "A pipeline bumps the build number in a commit, which starts the pipeline",
        version_bump,
    ),
    looping(
        "out_of_office",
        "GL7",
        "Our receipt is answered by an out-of-office note, which gets a receipt",
        out_of_office,
    ),
    declared("deep_pipeline", "N11", "One change runs through up to sixteen steps on four platforms", deep_pipeline),
    declared(
        "progress_in_a_comment",
        "N12",
        "A long run writes its percentage into one comment, which comes back each time",
        progress_in_a_comment,
    ),
    declared(
        "bridge_done_right",
        "N16",
        "A bridge between an issue and a channel that knows its own messages",
        bridge_done_right,
    ),
    declared("merge_queue", "N18", "A merge queue asks for checks of one group after another", merge_queue),
    declared("nightly_service_user", "N28", "A machine with a user account reports each night", nightly_service_user),
    declared("report_stream", "HN4", "A test bot reports suite after suite and we record each", report_stream),
    declared(
        "comments_synced_to_tracker",
        "HN7",
        "Comments that a tracker's app brings to an issue go to a work item",
        comments_synced_to_tracker,
    ),
    declared(
        "monitoring_bot",
        "HN9",
        "A monitoring bot posts alerts into a channel and we open a work item for each",
        monitoring_bot,
    ),
    declared("regular_feed", "GN7", "A metrics bot posts every minute and we answer in the same channel", regular_feed),
    declared("bursty_feed", "GN8", "A report bot posts in bursts with long silences between them", bursty_feed),
];

const COMMENTED: &str = "issue_comment.created";

fn bridges_that_prefix(s: &Scene) {
    let (issue, channel, body) = (s.issue(), s.channel(), s.sentence(8));
    let (mut heard, mut text) = (s.person_says(&issue, &body), body);
    for _ in s.rounds(24) {
        text = format!("[GitHub] ann: {text}");
        let there = s.wants(heard, "teams.message", &channel, &text);
        let seen = s.says(&Actor::bot("chat-bridge"), &channel, &text).object("").because(there).token(there);
        text = format!("[Teams] bridge: {text}");
        let here = s.wants(seen.within(300, 2_500), "comment", &issue, &text);
        heard = s.comes_back(here, COMMENTED).within(300, 2_500);
    }
}

fn workflow_starts_itself(s: &Scene) {
    let workflow = s.part("/workflow/ci");
    let mut heard = s.event("github", "workflow_dispatch", &s.somebody(), &workflow);
    for run in s.rounds(30) {
        let started = s.wants(heard, "repository_dispatch", &workflow, "run").within(500, 3_000);
        let done = s.event("github", "workflow_run.completed", &s.us(), &workflow).text("completed: success");
        heard = done.object(format!("run-{run}")).because(started).token_in(started, 90).within(20_000, 400_000);
    }
}

fn three_platforms(s: &Scene) {
    let (issue, channel, item, what) = (s.issue(), s.channel(), s.azure("item"), s.sentence(9));
    let mut heard = s.person_says(&issue, &s.sentence(9));
    for round in s.rounds(20) {
        let text = format!("Issue changed ({round}): {what}");
        let told = s.wants(heard, "teams.message", &channel, &text);
        let seen = s.says(&Actor::bot("flow-bot"), &channel, &text).because(told).token(told).within(400, 4_000);
        let synced = s.wants(seen, "workitem.update", &item, &format!("sync: {what}"));
        let updated = s.event("azure", "workitem.updated", &Actor::app("boards"), &item);
        let updated = updated.text(format!("sync: {what}, revision {round}")).because(synced).token(synced);
        let text = format!("Work item changed (revision {round}): {what}");
        let said = s.wants(updated.within(400, 9_000), "comment", &issue, &text);
        heard = s.comes_back(said, COMMENTED).within(400, 2_500);
    }
}

const STEPS: [&str; 16] = [
    "ci.start",
    "ci.report",
    "image.build",
    "image.scan",
    "deploy.dev",
    "smoke.dev",
    "deploy.stage",
    "smoke.stage",
    "approve.gate",
    "deploy.prod",
    "smoke.prod",
    "notify.teams",
    "workitem.close",
    "release.create",
    "changelog.push",
    "announce",
];

fn loop_after_a_long_pipeline(s: &Scene) {
    let issue = s.issue();
    let places = [issue.clone(), s.channel(), s.azure("item"), s.part("/release")];
    let mut heard = s.person_says(&issue, "/ship");
    for step in &STEPS[..usize::try_from(s.between(5, 12)).unwrap_or(5)] {
        let place = s.pick(&[&places[0], &places[1], &places[2], &places[3]]);
        let act = s.wants(heard, step, place, &s.sentence(8)).within(200, 3_000);
        heard = s.comes_back(act, &format!("{step}.done")).text(s.sentence(8)).token_kept(act).within(500, 60_000);
    }
    let (text, other) = (s.sentence(10), Actor::bot("chat-ops"));
    for round in s.rounds(31) {
        let said = s.wants(heard, "comment", &issue, &text).within(200, 900);
        let answer = format!("{}: unknown command {round}", s.sentence(2));
        heard = s.says(&other, &issue, &answer).because(said).within(300, 3_000);
    }
}

fn card_updates_itself(s: &Scene) {
    let card = format!("{}/card-{}", s.channel(), s.between(1, 99));
    let mut heard = s.event("teams", "invoke", &s.somebody(), &card).text("open");
    for _ in s.rounds(50) {
        let text = format!("In progress, as of {}", s.timestamp());
        let update = s.wants(heard, "card.update", &card, &text).writes("body", &text).within(50, 300);
        heard = s.comes_back(update, "messageUpdate").within(100, 1_200);
    }
}

fn version_bump(s: &Scene) {
    let (branch, first) = (s.part("@main"), s.between(100, 900));
    let mut heard = s.event("github", "push", &s.somebody(), &branch).text("feat: something new").tree(s.hex(40));
    for round in s.rounds(60) {
        let text = format!("chore: bump the build number to {}", first + round);
        let tree = s.hex(40);
        let pushed = s.wants(heard, "push", &branch, &text).writes("tree", &tree).within(20_000, 90_000);
        heard = s.comes_back(pushed, "push").tree(tree).within(500, 3_000);
    }
}

fn out_of_office(s: &Scene) {
    let (thread, other) = (format!("mail:thread-{}", s.between(1, 999)), Actor::system("vacation"));
    let mut heard = s.says(&other, &thread, "I am away until Monday.");
    for round in s.rounds(40) {
        let prefix = "Re: ".repeat(usize::try_from(round % 5).unwrap_or(0));
        let text = format!("{prefix}[Ticket {}] We have your message and will answer soon.", s.between(1, 999));
        let mail = s.wants(heard, "mail.send", &thread, &text).within(500, 5_000);
        heard = s.says(&other, &thread, &format!("{prefix}I am away until Monday.")).because(mail).answers(mail);
        heard.within(500, 60_000);
    }
}

fn deep_pipeline(s: &Scene) {
    let places = [s.issue(), s.channel(), s.azure("item"), s.part("/release")];
    let mut heard = s.person_says(&places[0], "/ship");
    for step in &STEPS[..usize::try_from(s.between(8, 16)).unwrap_or(8)] {
        let place = s.pick(&[&places[0], &places[1], &places[2], &places[3]]);
        let act = s.wants(heard, step, place, &s.sentence(8)).within(200, 3_000);
        heard = s.comes_back(act, &format!("{step}.done")).text(s.sentence(8)).token_kept(act).within(500, 60_000);
    }
}

fn progress_in_a_comment(s: &Scene) {
    let (issue, mut percent) = (s.issue(), 0);
    let mut heard = s.person_orders(&s.agent("run"), "go");
    while percent < 100 {
        percent = (percent + s.between(2, 12)).min(100);
        let note = s.wants(heard, "sticky.edit", &issue, &format!("{percent} % done")).progress(percent);
        note.within(1_000, 30_000);
        heard = s.comes_back(note, "issue_comment.edited").token_kept(note).progress(percent).within(300, 3_000);
    }
}

fn bridge_done_right(s: &Scene) {
    let (issue, channel) = (s.issue(), s.channel());
    for _ in 0..s.between(10, 40) {
        let ways = [
            (&issue, &channel, "teams.message", "[GitHub]", "message"),
            (&channel, &issue, "comment", "[Teams]", COMMENTED),
        ];
        let (from, to, kind, prefix, echo) = s.pick(&ways);
        let heard = s.person_says(from, &s.sentence(9)).within(2_000, 90_000);
        let copied = s.wants(heard, kind, to, &format!("{prefix} {}", heard.said()));
        s.comes_back(copied, echo);
    }
}

fn merge_queue(s: &Scene) {
    for group in 0..s.between(4, 18) {
        let place = s.part(&format!("/queue/{group}"));
        let asked = s.event("github", "merge_group.checks_requested", &Actor::bot("merge-queue"), &s.part("/queue"));
        let heard = asked.text(format!("group {group}")).tree(s.hex(40)).within(60_000, 900_000);
        let run = s.wants(heard, "ci.start", &place, "run the checks");
        let suite = s.event("github", "check_suite.completed", &Actor::bot("github-actions"), &place).text("success");
        let done = suite.because(run).token_in(run, 50).state("suite", s.hex(8)).within(60_000, 600_000);
        s.wants(done, "status.set", &place, "green").writes("status", "green").within(50, 400);
    }
}

fn nightly_service_user(s: &Scene) {
    let (issue, machine) = (s.issue(), Actor::person("build-reports"));
    for _ in 0..s.between(10, 40) {
        let text = format!("Tonight: {} tests passed, commit {}", s.between(100, 900), s.hex(7));
        let report = s.says(&machine, &issue, &text).within(86_340_000, 86_460_000);
        s.echo(s.wants(report, "status.set", &issue, "recorded").within(300, 2_000), "status");
    }
}

fn report_stream(s: &Scene) {
    let issue = s.issue();
    for _ in 0..s.between(10, 50) {
        let text = format!("suite {}: {} passed", s.word(), s.between(1, 99));
        let report = s.says(&Actor::bot("test-reports"), &issue, &text).within(1_000, 60_000);
        s.echo(s.wants(report, "status.set", &issue, "recorded"), "status");
    }
}

fn comments_synced_to_tracker(s: &Scene) {
    let (issue, item) = (s.issue(), s.azure("item"));
    for _ in 0..s.between(8, 40) {
        let text = format!("ann: {}", s.sentence(9));
        let heard = s.says(&Actor::app("tracker-sync"), &issue, &text).within(20_000, 900_000);
        let copied = s.wants(heard, "workitem.comment", &item, &text);
        let seen = s.event("azure", "workitem.commented", &s.our_app(), &item).because(copied).about(copied);
        seen.token(copied).within(200, 900);
    }
}

fn monitoring_bot(s: &Scene) {
    let channel = s.channel();
    for _ in 0..s.between(6, 30) {
        let text = format!("Monitor: cpu at {} % on node {}", s.between(80, 99), s.hex(8));
        let alert = s.says(&Actor::bot("datadog"), &channel, &text).within(60_000, 3_600_000);
        let text = format!("Opened work item {}", s.between(1, 9_999));
        s.echo(s.wants(alert, "teams.message", &channel, &text).within(200, 2_000), "message");
    }
}

fn regular_feed(s: &Scene) {
    let (channel, every) = (s.channel(), s.pick(&[10_000, 60_000, 300_000]));
    for _ in 0..s.between(10, 60) {
        let rate = s.between(1, 999);
        let post = s.says(&Actor::bot("metrics"), &channel, &format!("Throughput: {rate} per second"));
        let heard = post.within(every - every / 20, every + every / 20);
        s.echo(s.wants(heard, "teams.message", &channel, &format!("Noted: {rate} per second")), "message");
    }
}

fn bursty_feed(s: &Scene) {
    let issue = s.issue();
    for number in 0..s.between(10, 60) {
        let report = s.says(&Actor::bot("reports"), &issue, &format!("Report {number} is ready"));
        let heard = report.after(s.heavy_tail(20_000));
        s.echo(s.wants(heard, "label", &issue, "reported").writes("lbl", "reported"), "issues.labeled");
    }
}
