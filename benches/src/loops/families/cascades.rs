//! One thing that becomes many: fan-out, batches, backfills, storms.

use super::{Family, careless, declared, looping};
use crate::loops::scene::{Actor, Scene};

pub(super) const FAMILIES: &[Family] = &[
    looping(
        "issue_begets_issue",
        "L08",
        "A bot opens an issue on each failure, and fails on each issue it opens",
        issue_begets_issue,
    ),
    looping(
        "bounces_to_everyone",
        "L09",
        "Each alert mail bounces, each bounce is an alert that is mailed to everyone",
        bounces_to_everyone,
    ),
    looping(
        "tasks_split_for_ever",
        "L21",
        "An agent splits each task into tasks, which are split again",
        tasks_split_for_ever,
    ),
    looping(
        "three_bots_on_two_channels",
        "HL9",
        "We post each message to two places, where three bots comment on it",
        three_bots_on_two_channels,
    ),
    looping(
        "metric_about_metrics",
        "GL3",
        "A rule writes a metric for each metric event (EventBridge)",
        metric_about_metrics,
    ),
    declared(
        "dependency_batch",
        "N03",
        "A dependency bot opens dozens of pull requests at once and we label each",
        dependency_batch,
    ),
    declared(
        "dependency_rebases",
        "N04",
        "After each merge a dependency bot rebases all its open pull requests",
        dependency_rebases,
    ),
    declared(
        "matrix_of_checks",
        "N13",
        "A matrix of a hundred checks reports and we count them in one note",
        matrix_of_checks,
    ),
    declared("digest_of_issues", "N19", "Many issues are opened and we post a digest now and then", digest_of_issues),
    declared(
        "redelivered_webhooks",
        "N21",
        "A platform delivers the same webhook up to five times",
        redelivered_webhooks,
    ),
    declared(
        "planned_backfill",
        "N26",
        "A person orders the same comment on a hundred issues, as a plan",
        planned_backfill,
    ),
    declared(
        "translated_documents",
        "GN2",
        "A translation service pushes one document after another and we thank for each",
        translated_documents,
    ),
    careless(
        "release_train",
        "HN1_release_train",
        "Each package's release starts that of the next, up to twenty, declared nowhere",
        release_train,
    ),
];

fn issue_begets_issue(s: &Scene) {
    s.with_world(|w| w.token_survives = w.token_survives.max(60));
    let first = s.between(100, 800);
    let mut heard = s.person_says(&s.issue(), &s.sentence(9));
    for round in s.rounds(30) {
        let text = format!("Automation failed on issue #{} at {}, run {}", first + round, s.timestamp(), s.hex(8));
        let opened = s.wants(heard, "issue.create", &s.issue_no(first + round + 1), &text).within(300, 2_500);
        heard = s.comes_back(opened, "issues.opened");
    }
}

fn bounces_to_everyone(s: &Scene) {
    let (alert, fan) = (s.azure("alert"), s.between(2, 4));
    let mut open = vec![s.event("azure", "alert.fired", &Actor::system("monitor"), &alert).text("disk is filling")];
    for next in 0.. {
        if s.len() >= 260 {
            break;
        }
        for person in 0..fan {
            let place = format!("{alert}/mail-{person}");
            let text = format!("Notification {}: alert on node {}", s.between(1, 9_999), s.hex(8));
            let mail = s.wants(open[next], "mail", &place, &text).within(50, 400);
            if next == 0 {
                mail.in_order();
            }
            let text = format!("Undelivered: notification {}", s.between(1, 9_999));
            let bounce = s.event("azure", "bounce", &Actor::system("mailer"), &place).text(text).because(mail);
            open.push(bounce.answers(mail).token(mail).within(50, 900));
        }
        s.loop_starts();
    }
}

fn tasks_split_for_ever(s: &Scene) {
    s.with_world(|w| w.token_survives = 100);
    let (fan, mut number) = (s.between(2, 3), 2_000);
    let mut open = vec![s.person_says(&s.issue(), "please split this into tasks")];
    for next in 0.. {
        if s.len() >= 220 {
            break;
        }
        for _ in 0..fan {
            number += 1;
            let text = format!("Task {number}: split off {}", s.word());
            let task = s.wants(open[next], "task.create", &s.issue_no(number), &text).within(50, 900);
            if next == 0 {
                task.in_order();
            }
            open.push(s.comes_back(task, "issues.opened"));
        }
        s.loop_starts();
    }
}

fn three_bots_on_two_channels(s: &Scene) {
    let (channel, issue) = (s.channel(), s.issue());
    let bots = ["echo", "scribe", "helper"].map(Actor::bot);
    let mut open = vec![s.event("azure", "alert.fired", &Actor::system("monitor"), &s.azure("alert")).text("disk")];
    for next in 0.. {
        if s.len() >= 240 {
            break;
        }
        for (place, kind) in [(&channel, "teams.message"), (&issue, "comment")] {
            let said = s.wants(open[next], kind, place, &s.paraphrase()).within(50, 400);
            if next == 0 {
                said.in_order();
            }
            let bot = s.pick(&[&bots[0], &bots[1], &bots[2]]);
            open.push(s.says(bot, place, &s.paraphrase()).because(said).within(300, 3_000));
        }
        s.loop_starts();
    }
}

fn metric_about_metrics(s: &Scene) {
    let (space, rule) = (s.azure("metrics"), Actor::system("event-bridge"));
    let mut heard = s.event("azure", "metric.emitted", &rule, &space);
    for _ in s.rounds(120) {
        let put = s.wants(heard, "metric.put", &space, "").within(1, 5);
        heard = s.event("azure", "metric.emitted", &rule, &space).because(put).within(1, 5);
    }
}

fn dependency_batch(s: &Scene) {
    let updater = Actor::bot("dependabot");
    for number in 0..s.between(10, 50) {
        let place = s.issue_no(3_000 + number);
        let text = format!("Bump {} from 1.{number} to 1.{}", s.word(), number + 1);
        let opened = s.event("github", "pull_request.opened", &updater, &place).text(text).tree(s.hex(40));
        let heard = opened.within(500, 9_000);
        s.echo(s.wants(heard, "label", &place, "dependencies").writes("lbl", "dependencies"), "pull_request.labeled");
        if s.chance(40) {
            s.wants(heard, "teams.message", &s.channel(), &format!("Dependency update {number} is open"));
        }
    }
}

fn dependency_rebases(s: &Scene) {
    let (updater, open) = (Actor::bot("dependabot"), s.between(3, 8));
    for _ in 0..s.between(3, 8) {
        let merge = s.event("github", "push", &s.somebody(), &s.part("@main")).text("merge").tree(s.hex(40));
        merge.within(60_000, 900_000);
        for number in 0..open {
            let place = s.issue_no(3_100 + number);
            let rebased =
                s.event("github", "pull_request.synchronize", &updater, &place).text("rebase").tree(s.hex(40));
            let text = format!("CI of {}: {} tests passed", s.hex(7), s.between(1, 400));
            let note = s.wants(rebased.within(1_000, 30_000), "sticky.edit", &place, &text).within(500, 2_000);
            s.echo(note, "issue_comment.edited");
        }
    }
}

fn matrix_of_checks(s: &Scene) {
    let (issue, checks, every) = (s.issue(), s.between(20, 120), s.between(5, 15));
    s.event("github", "push", &s.somebody(), &issue).text("push").tree(s.hex(40));
    for number in 1..=checks {
        let check = s.event("github", "check_run.completed", &Actor::bot("github-actions"), &issue);
        let text = format!("{} on {} succeeded", s.word(), s.word());
        let heard = check.text(text).state("check", number.to_string()).within(100, 20_000);
        if number % every == 0 || number == checks {
            let note = s.wants(heard, "sticky.edit", &issue, &format!("{number} of {checks} checks done"));
            s.echo(note.progress(number), "issue_comment.edited");
        }
    }
}

fn digest_of_issues(s: &Scene) {
    for number in 1..=s.between(40, 120) {
        let who = Actor::new(&format!("user-{}", s.between(1, 30)), s.pick(&["human", "bot"]));
        let opened = s.event("github", "issues.opened", &who, &s.issue_no(4_000 + number));
        opened.text(s.sentence(9)).within(100, 9_000);
        if number % 20 == 0 {
            let tick = s.tick(&s.channel(), 100).text("digest");
            s.wants(tick, "teams.message", &s.channel(), "Digest: 20 new issues").within(10, 99);
        }
    }
}

fn redelivered_webhooks(s: &Scene) {
    let issue = s.issue();
    for _ in 0..s.between(3, 10) {
        let asked = s.person_says(&issue, &s.sentence(9)).within(2_000, 90_000);
        s.echo(s.wants(asked, "comment", &issue, &s.paraphrase()), "issue_comment.created");
        for _ in 0..s.between(0, 4) {
            s.redelivered(asked);
        }
    }
}

fn planned_backfill(s: &Scene) {
    let (size, text) = (s.between(30, 120), s.sentence(12));
    let ordered = s.person_says(&s.repo(), "/migrate all");
    for number in 1..=size {
        let note = s.wants(ordered, "comment", &s.issue_no(number), &text).in_plan("migrate-all", size);
        s.echo(note.after(number * s.between(400, 500)), "issue_comment.created");
    }
}

fn translated_documents(s: &Scene) {
    for number in 0..s.between(10, 40) {
        let place = s.part(&format!("/docs/{number}"));
        let push = s.event("github", "push", &Actor::bot("crowdin"), &place).text(format!("Translations of {number}"));
        let heard = push.tree(s.hex(40)).within(200, 9_000);
        s.echo(s.wants(heard, "comment", &place, &format!("Thanks, recorded for {number}.")), "issue_comment.created");
    }
}

fn release_train(s: &Scene) {
    let mut heard = s.event("github", "release.published", &s.somebody(), &s.repo()).text("release");
    for number in 1..=s.between(6, 20) {
        let package = format!("gh:acme/package-{number}");
        let release = s.wants(heard, "release.create", &package, &format!("Release package {number}"));
        release.within(1_000, 9_000);
        let published = s.event("github", "release.published", &s.us(), &package).text(release.text()).because(release);
        heard = published.about(release).token_kept(release).tree(s.hex(40)).within(60_000, 600_000);
    }
}
