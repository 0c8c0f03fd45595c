//! Labels, assignees and commands to the continuous integration.

use super::{Actor, Event, Family, Scene, declared, looping, person_in_between, some_service};

pub(super) const FAMILIES: &[Family] = &[
    looping(
        "r1_stale_tug",
        "",
        "One workflow marks an issue stale and ours takes the mark off as activity; both post as the same account (Cataclysm)",
        stale_tug,
    ),
    declared(
        "r1_stale_kept_alive",
        "",
        "Reporters keep answering that an issue still matters, so that our stale mark comes and goes",
        stale_kept_alive,
    ),
    looping(
        "r1_triage_bounce",
        "",
        "Triage agents of several teams hand an issue to each other, each with a new reason why it is not theirs",
        triage_bounce,
    ),
    declared(
        "r1_follow_the_sun",
        "",
        "The open incident is handed to the region that is awake, shift by shift, with a note",
        follow_the_sun,
    ),
    looping(
        "r1_retest_for_ever",
        "",
        "A merge robot orders a retest of whatever is approved and red, and the test is simply broken (OpenShift, Kubernetes)",
        retest_for_ever,
    ),
    declared(
        "r1_retest_flaky",
        "",
        "Flaky tests of several pull requests are run again, at most three times each as declared",
        retest_flaky,
    ),
    declared(
        "r1_relabel_backfill",
        "",
        "A maintainer orders a relabelling of many issues, each change moves a card, and a plan says how many there are",
        relabel_backfill,
    ),
    declared(
        "r1_wait_until_mergeable",
        "",
        "The platform computes mergeability in the background and is asked, read only, until it says so or attempts run out",
        wait_until_mergeable,
    ),
    looping(
        "r1_sprint_field_echo",
        "",
        "Our rule derives the points from the size label and a board's rule derives the label from the points, off by one",
        sprint_field_echo,
    ),
    declared(
        "r1_sprint_planning",
        "",
        "In planning people size one issue after the other, change their minds, and the points follow each label",
        sprint_planning,
    ),
];

/// A removed label is activity, and the next night finds the issue old all the same.
fn stale_tug(s: &Scene) {
    let shared = "github-actions[bot]";
    s.with_world(|world| (world.own_name, world.own_seen_as_person) = (shared.to_owned(), false));
    let (issue, marker, comments) = (s.issue(), Actor::bot(shared), s.chance(50));
    let mut marked = s.event("github", "issues.labeled", &marker, &issue).state("stale", "on").text("stale");
    for round in s.rounds(s.between(20, 40)) {
        let removed = s.wants(marked, "label.remove", &issue, "stale").writes("stale", "off").within(5_000, 40_000);
        s.echo(removed, "issues.unlabeled").map(|event| event.state("stale", "off"));
        person_in_between(s, &issue, 5);
        let night = 86_400_000 - s.between(0, 900_000);
        if comments {
            let text = format!("This issue is stale because it has been open {} days with no activity.", 60 + round);
            let said = s.says(&marker, &issue, &text).because(removed);
            said.after(night - 3_000);
        }
        marked = s.event("github", "issues.labeled", &marker, &issue).because(removed).text("stale");
        marked = marked.state("stale", "on").after(night);
    }
}

/// The reporter would not have written without the mark, but it is a person who decides.
fn stale_kept_alive(s: &Scene) {
    let (first, reporter) = (s.between(10, 700), s.somebody());
    for number in first..first + s.between(2, 4) {
        let (issue, days) = (s.issue_no(number), s.between(30, 60));
        for _ in 0..s.between(2, 6) {
            let tick = s.tick(&s.part("/workflow/stale"), days * 86_400_000);
            let marked = s.wants(tick, "label.add", &issue, "stale").writes("stale", "on").within(2_000, 9_000);
            let note = s.wants(tick, "comment", &issue, "Still relevant? Otherwise this closes in a week.");
            s.echo(note.within(9_500, 12_000), "issue_comment.created");
            s.echo(marked, "issues.labeled").map(|event| event.state("stale", "on"));
            let answer = format!("Still happens with {}", s.sentence(s.between(2, 6)));
            let kept = s.says(&reporter, &issue, &answer).because(note).within(3_600_000, 400_000_000);
            s.wants(kept, "label.remove", &issue, "stale").writes("stale", "off");
        }
    }
}

/// With three teams it takes the third to bring the issue back to us.
fn triage_bounce(s: &Scene) {
    let (issue, three) = (s.issue(), s.chance(40));
    let (backend, client) =
        (some_service(s, &["backend-triage", "team-core-ai"]), some_service(s, &["app-triage", "ux-ai"]));
    let human = s.somebody();
    let mut given = s.event("github", "issues.assigned", &human, &issue).state("team", "platform").text(s.sentence(8));
    for round in s.rounds(s.between(12, 28)) {
        let reason = s.wants(given, "comment", &issue, &s.paraphrase()).within(8_000, 40_000);
        s.echo(reason, "issue_comment.created");
        let passed = s.wants(given, "assign", &issue, "backend").writes("team", "backend").within(41_000, 45_000);
        let mut last = &backend;
        let after = s.between(30_000, 300_000);
        s.says(&backend, &issue, &s.paraphrase()).because(passed).after(after);
        if three {
            let on = s.event("github", "issues.assigned", &backend, &issue).because(passed).state("team", "client");
            on.after(after + 2_000);
            s.says(&client, &issue, &s.paraphrase()).because(passed).after(after + 60_000);
            last = &client;
        }
        if round % 9 == 7 {
            person_in_between(s, &issue, 60);
        }
        given = s.event("github", "issues.assigned", last, &issue).because(passed).state("team", "platform");
        given = given.after(after + s.between(61_000, 400_000));
    }
}

/// The same three values in the same order, but by the clock.
fn follow_the_sun(s: &Scene) {
    let (issue, regions) = (s.issue(), ["emea", "amer", "apac"]);
    let (start, shifts) = (s.between(0, 7_000_000), s.between(10, 38));
    for (shift, region) in (0..shifts).zip(regions.iter().cycle()) {
        let tick = s.tick(&s.part("/oncall"), 0).at(shift * 28_800_000 + start);
        s.wants(tick, "assign", &issue, region).writes("owner", region).within(1_000, 20_000);
        let note = format!("Handover to {region}: {}", s.paraphrase());
        let note = s.wants(tick, "comment", &issue, &note).progress(shift + 1).within(21_000, 60_000);
        s.echo(note, "issue_comment.created");
        if s.chance(40) {
            s.person_says(&issue, &s.sentence(9)).at(shift * 28_800_000 + start + s.between(600_000, 20_000_000));
        }
    }
}

/// In some stories the robot counts attempts, but forgets them with each failure it hears of.
fn retest_for_ever(s: &Scene) {
    let (pr, robot) = (s.issue(), some_service(s, &["ci-robot", "prow", "jenkins-ci"]));
    let (job, counts, head) = (format!("e2e-{}-upgrade", s.word()), s.chance(30), s.hex(7));
    let report = |flake: &str| format!("The following test failed, say `/retest`:\n{job} {head} link required {flake}");
    let mut failed = s.says(&robot, &pr, &report(s.word())).within(600_000, 3_600_000);
    for round in s.rounds(s.between(22, 50)) {
        let text = format!("/retest-required\n\nRemaining retests: {} against base HEAD {}", 2 - round % 3, s.hex(7));
        let order = s.wants(failed, "comment", &pr, &text).within(60_000, 400_000);
        if counts {
            order.attempt(1, 3);
        }
        s.echo(order, "issue_comment.created");
        let pace = s.between(1_200_000, 5_400_000);
        let suite = s.event("github", "check_suite.completed", &robot, &pr).because(order).state("checks", "failure");
        suite.after(pace);
        person_in_between(s, &pr, 5);
        let flake = if s.chance(30) { s.word() } else { "" };
        failed = s.says(&robot, &pr, &report(flake)).because(order).token(order).after(pace + s.between(2_000, 9_000));
        if s.chance(10) {
            s.redelivered(failed);
        }
    }
}

/// The last word is a merge or a question to the author.
fn retest_flaky(s: &Scene) {
    let (robot, first) = (some_service(s, &["ci-robot", "prow", "jenkins-ci"]), s.between(10, 700));
    let job = format!("e2e-{}-upgrade", s.word());
    for number in first..first + s.between(5, 14) {
        let (pr, last) = (s.issue_no(number), s.between(1, 4));
        let report = format!("The following test failed, say `/retest`:\n{job} {} link required", s.hex(7));
        let mut failed = s.says(&robot, &pr, &report).within(600_000, 9_000_000);
        for attempt in 1..=last.min(3) {
            let order = s.wants(failed, "comment", &pr, "/retest-required").attempt(attempt, 3).within(60_000, 400_000);
            s.echo(order, "issue_comment.created");
            let pace = s.between(1_200_000, 5_400_000);
            let suite = s.event("github", "check_suite.completed", &robot, &pr).because(order).after(pace);
            if attempt == last {
                s.wants(suite.state("checks", "success"), "merge", &pr, "All required tests passed");
                break;
            }
            suite.state("checks", "failure");
            failed = s.says(&robot, &pr, &report).because(order).token(order).after(pace + 5_000);
        }
        if last > 3 {
            s.wants(failed, "comment", &pr, "Three retests failed: please have a look.");
        }
    }
}

/// One order is the cause of all, and what comes back of it is a crowd.
fn relabel_backfill(s: &Scene) {
    let (size, first, label) = (s.between(25, 80), s.between(10, 200), format!("area/{}", s.word()));
    let (board, plan) = (Actor::app("project-board"), format!("relabel-{}", s.hex(5)));
    let order = s.person_orders(&s.repo(), &format!("Put {label} on everything from {first} on"));
    for step in 0..size {
        let issue = s.issue_no(first + step);
        let labelled = s.wants(order, "label.add", &issue, &label).writes(&label, "on").in_plan(&plan, size);
        labelled.after(1_000 + step * 700);
        s.echo(labelled, "issues.labeled").map(|event| event.state(&label, "on"));
        if s.chance(60) {
            let moved = s.event("github", "projects_v2_item.edited", &board, &issue).because(labelled);
            moved.state("column", s.pick(&["triage", "ready", "later"]));
        }
    }
}

/// Nothing is changed by asking.
fn wait_until_mergeable(s: &Scene) {
    let first = s.between(10, 700);
    for number in first..first + s.between(3, 7) {
        let pr = s.issue_no(number);
        let opened = s.event("github", "pull_request.synchronize", &s.somebody(), &pr).tree(s.hex(12));
        let mut known = opened.within(60_000, 4_000_000);
        let last = s.between(2, 10);
        for attempt in 1..=last {
            let ask = s.wants(known, "pull_request.get", &pr, "mergeable?").attempt(attempt, 10).reads_only();
            let answer = if attempt == last { "clean" } else { "unknown" };
            known = s.reports(ask.after(500 << attempt), "api.result", answer).within(80, 900);
        }
        s.wants(known, "merge", &pr, "Squash and merge");
    }
}

/// The label rounds up and the points round down, so the estimate wanders through the scale for ever.
fn sprint_field_echo(s: &Scene) {
    let (issue, board) = (s.issue(), some_service(s, &["board-automation", "zenhub-sync"]));
    let (sizes, mut step) = (["S", "M", "L", "XL"], usize::try_from(s.between(0, 3)).unwrap_or(0));
    let mut seen: Event = s.event("github", "issues.labeled", &s.somebody(), &issue).state("size", sizes[step]);
    for _ in s.rounds(s.between(22, 55)) {
        step = (step + 1) % 4;
        let points = ["1", "3", "5", "8"][step];
        let set = s.wants(seen, "field.set", &issue, &format!("Points: {points}")).writes("points", points);
        s.echo(set, "projects_v2_item.edited").map(|event| event.state("points", points));
        person_in_between(s, &issue, 4);
        seen = s.event("github", "issues.labeled", &board, &issue).because(set).state("size", sizes[step]);
        seen = seen.text(format!("size/{}", sizes[step])).within(300, s.heavy_tail(8_000) + 400);
    }
}

/// The board shows the points that we set and sets nothing itself.
fn sprint_planning(s: &Scene) {
    let (board, first, issues) =
        (some_service(s, &["board-automation", "zenhub-sync"]), s.between(20, 700), s.between(4, 20));
    for _ in 0..s.between(15, 50) {
        let issue = s.issue_no(first + s.between(0, issues));
        let (size, points) = s.pick(&[("S", "1"), ("M", "3"), ("L", "5"), ("XL", "8")]);
        let sized = s.event("github", "issues.labeled", &s.somebody(), &issue).state("size", size);
        let sized = sized.text(format!("size/{size}")).within(8_000, 240_000);
        let set = s.wants(sized, "field.set", &issue, &format!("Points: {points}")).writes("points", points);
        let shown = s.event("github", "projects_v2_item.edited", &board, &issue).because(set).about(set);
        shown.state("points", points).token(set).within(300, 4_000);
    }
}
