//! Pull requests, branches, labels, moderation, buttons.

use super::{Family, declared, looping};
use crate::loops::scene::{Actor, Scene};

pub(super) const FAMILIES: &[Family] = &[
    looping(
        "closed_update_comes_back",
        "",
        "We close an unwanted dependency update, the updater opens a new one for it",
        closed_update_comes_back,
    ),
    looping(
        "revert_and_reland",
        "",
        "One bot reverts a change that breaks the build, another lands it again",
        revert_and_reland,
    ),
    looping(
        "lock_file_of_two_versions",
        "",
        "Two bots write one lock file with two versions of the package manager",
        lock_file_of_two_versions,
    ),
    looping(
        "labels_in_a_circle",
        "",
        "Three label rules of two bots, each of which triggers the next",
        labels_in_a_circle,
    ),
    looping(
        "a_robot_presses_the_button",
        "",
        "A test robot with a person's account presses each button on our card at once",
        a_robot_presses_the_button,
    ),
    looping(
        "moderator_warns_itself",
        "",
        "A moderator's warning quotes the word it warns of, from an account it does not know as its own",
        moderator_warns_itself,
    ),
    declared("unwanted_updates_closed", "", "We close updates of pinned packages, each once", unwanted_updates_closed),
    declared(
        "reverted_then_repaired",
        "",
        "A bot reverts a breaking change, a person lands a repaired one",
        reverted_then_repaired,
    ),
    declared(
        "formatter_has_the_last_word",
        "",
        "A formatter corrects each push of an updater once and the updater leaves it so",
        formatter_has_the_last_word,
    ),
    declared(
        "labels_follow_a_review",
        "",
        "Labels follow a pull request from review to merge, for several of them",
        labels_follow_a_review,
    ),
    declared(
        "people_press_our_buttons",
        "",
        "People press the buttons on our card, and their clicks carry our token",
        people_press_our_buttons,
    ),
    declared("moderator_warns_people", "", "A moderator warns several people of the same rule", moderator_warns_people),
    declared(
        "each_newcomer_is_welcomed",
        "",
        "Each newcomer's first issue is welcomed with the same words",
        each_newcomer_is_welcomed,
    ),
    declared(
        "each_revision_is_scanned",
        "",
        "A coding agent answers each finding with a new revision until nothing is found",
        each_revision_is_scanned,
    ),
    declared(
        "branches_updated_after_each_merge",
        "",
        "Each merge makes us update all open branches of a repository that wants them up to date",
        branches_updated_after_each_merge,
    ),
    declared(
        "workflows_in_a_row",
        "",
        "A change starts build, test, package, deploy and smoke test, several times a day",
        workflows_in_a_row,
    ),
];

fn closed_update_comes_back(s: &Scene) {
    let (updater, package, first) = (Actor::bot("renovate"), s.word(), s.between(1_000, 2_000));
    let open = |number: u64| {
        let opened = s.event("github", "pull_request.opened", &updater, &s.issue_no(first + number));
        opened.text(format!("Update {package} to 3.0")).tree(s.hex(40))
    };
    let mut heard = open(0);
    for round in s.rounds(30) {
        let text = format!("{package} is pinned; closed by policy.");
        let closed = s.wants(heard, "issue.close", &s.issue_no(first + round), &text).writes("open", "0");
        heard = open(round + 1).because(closed).within(600_000, 14_400_000);
    }
}

fn revert_and_reland(s: &Scene) {
    let (branch, lander) = (s.part("@main"), Actor::bot("reland"));
    let (with, without, what) = (s.hex(40), s.hex(40), s.sentence(5));
    let mut heard = s.event("github", "push", &s.somebody(), &branch).text(&what).tree(&with);
    for _ in s.rounds(24) {
        let text = format!("Revert \"{what}\": the build is broken since {}", s.hex(9));
        let reverted = s.wants(heard, "push", &branch, &text).writes("tree", &without).within(300_000, 1_800_000);
        s.echo(reverted, "push").map(|echo| echo.tree(&without));
        let text = format!("Reland \"{what}\" ({})", s.hex(9));
        heard = s.event("github", "push", &lander, &branch).text(text).tree(&with).because(reverted);
        heard.within(900_000, 7_200_000);
    }
}

fn lock_file_of_two_versions(s: &Scene) {
    let (branch, other) = (s.part("@main"), Actor::bot("dependabot"));
    let mut heard = s.event("github", "push", &other, &branch).text("lock file maintenance").state("lock", "v3");
    for _ in s.rounds(24) {
        let pushed = s.wants(heard, "push", &branch, &format!("chore: write the lock file anew, {}", s.hex(7)));
        pushed.writes("lock", "v2").within(60_000, 300_000);
        s.echo(pushed, "push").map(|echo| echo.state("lock", "v2"));
        heard = s.event("github", "push", &other, &branch).text("lock file maintenance").state("lock", "v3");
        heard = heard.because(pushed).within(600_000, 86_400_000);
    }
}

fn labels_in_a_circle(s: &Scene) {
    let (issue, other) = (s.issue(), Actor::app("triage-rules"));
    let mut heard = s.event("github", "issues.labeled", &s.somebody(), &issue).state("lbl", "needs-triage");
    for _ in s.rounds(24) {
        let first = s.wants(heard, "label", &issue, "needs-info").writes("lbl", "needs-info");
        let seen = s.event("github", "issues.labeled", &other, &issue).state("lbl", "waiting").because(first);
        let second = s.wants(seen.within(500, 60_000), "label", &issue, "stale").writes("lbl", "stale");
        heard = s.event("github", "issues.labeled", &other, &issue).state("lbl", "needs-triage").because(second);
        heard.within(500, 60_000);
    }
}

fn a_robot_presses_the_button(s: &Scene) {
    let (card, robot) = (format!("{}/card-{}", s.channel(), s.between(1, 99)), Actor::person("ui-test"));
    let mut heard = s.event("teams", "invoke", &robot, &card).text("next");
    for step in s.rounds(50) {
        let update = s.wants(heard, "card.update", &card, &format!("Step {step}: press next")).within(50, 300);
        heard = s.event("teams", "invoke", &robot, &card).text("next").because(update).token(update).within(300, 900);
    }
}

fn moderator_warns_itself(s: &Scene) {
    s.with_world(|w| w.own_name = "moderator-2".to_owned());
    let (channel, word) = (s.channel(), s.word());
    let warning = format!("Please do not write \"{word}\" in this channel.");
    let mut heard = s.person_says(&channel, &format!("{} {word} {}", s.sentence(3), s.sentence(3)));
    for _ in s.rounds(40) {
        let warned = s.wants(heard, "teams.message", &channel, &warning);
        heard = s.comes_back(warned, "message");
    }
}

fn unwanted_updates_closed(s: &Scene) {
    let first = s.between(1_000, 2_000);
    for number in first..first + s.between(6, 30) {
        let (place, package) = (s.issue_no(number), s.word());
        let opened = s.event("github", "pull_request.opened", &Actor::bot("renovate"), &place).tree(s.hex(40));
        let heard = opened.text(format!("Update {package} to {}.0", s.between(2, 9))).within(60_000, 14_400_000);
        let closed = s.wants(heard, "issue.close", &place, &format!("{package} is pinned; closed by policy."));
        s.echo(closed.writes("open", "0"), "pull_request.closed").map(|echo| echo.state("open", "0"));
    }
}

fn reverted_then_repaired(s: &Scene) {
    let branch = s.part("@main");
    for _ in 0..s.between(2, 8) {
        let what = s.sentence(5);
        let push = s.event("github", "push", &s.somebody(), &branch).text(&what).tree(s.hex(40));
        let heard = push.within(3_600_000, 86_400_000);
        let before = s.hex(40);
        let text = format!("Revert \"{what}\": the build is broken since {}", s.hex(9));
        let reverted = s.wants(heard, "push", &branch, &text).writes("tree", &before).within(300_000, 1_800_000);
        s.echo(reverted, "push").map(|echo| echo.tree(&before));
        let again = s.event("github", "push", &s.somebody(), &branch).text(format!("{what}, repaired")).tree(s.hex(40));
        again.because(reverted).within(1_800_000, 14_400_000);
    }
}

fn formatter_has_the_last_word(s: &Scene) {
    let other = Actor::bot("renovate");
    for number in 0..s.between(5, 25) {
        let (branch, ours) = (s.part(&format!("@renovate/{number}")), s.hex(40));
        let push = s.event("github", "push", &other, &branch).text("chore(deps): update").tree(s.hex(40));
        let text = format!("style: format {}", s.hex(7));
        let pushed = s.wants(push.within(5_000, 900_000), "push", &branch, &text).writes("tree", &ours);
        s.echo(pushed.within(3_000, 60_000), "push").map(|echo| echo.tree(&ours));
        let merged = s.event("github", "pull_request.closed", &other, &branch).text("merged").because(pushed);
        merged.within(600_000, 3_600_000);
    }
}

fn labels_follow_a_review(s: &Scene) {
    let (first, count) = (s.between(1, 500), s.between(3, 12));
    for number in first..first + count {
        let place = s.issue_no(number);
        let opened = s.event("github", "pull_request.opened", &s.somebody(), &place).tree(s.hex(40));
        let mut heard = opened.within(60_000, 900_000);
        for (label, next) in [("review", "approved"), ("test", "checks_passed"), ("merge", "closed")] {
            let labelled = s.wants(heard, "label", &place, label).writes("lbl", label);
            s.echo(labelled, "pull_request.labeled").map(|echo| echo.state("lbl", label));
            let who = if next == "checks_passed" { Actor::bot("github-actions") } else { s.somebody() };
            let kind = format!("pull_request.{next}");
            heard = s.event("github", &kind, &who, &place).because(labelled).within(120_000, 7_200_000);
        }
    }
}

fn people_press_our_buttons(s: &Scene) {
    let card = format!("{}/card-{}", s.channel(), s.between(1, 99));
    let mut heard = s.event("teams", "invoke", &s.somebody(), &card).text("open");
    for step in 0..s.between(8, 25) {
        let update = s.wants(heard, "card.update", &card, &format!("Step {step}: press next")).within(50, 300);
        let click = s.event("teams", "invoke", &s.somebody(), &card).text("next").because(update).token(update);
        heard = click.after(1_500 + s.heavy_tail(6_000));
    }
}

fn moderator_warns_people(s: &Scene) {
    let (channel, word) = (s.channel(), s.word());
    for _ in 0..s.between(6, 30) {
        let text = format!("{} {word} {}", s.sentence(3), s.sentence(3));
        let heard = s.person_says(&channel, &text).after(s.heavy_tail(60_000));
        let text = format!("Please do not write \"{word}\" in this channel.");
        s.echo(s.wants(heard, "teams.message", &channel, &text), "message");
    }
}

fn each_newcomer_is_welcomed(s: &Scene) {
    let first = s.between(100, 800);
    for number in first..first + s.between(10, 50) {
        let (place, who) = (s.issue_no(number), Actor::person(&format!("newcomer-{number}")));
        let opened = s.event("github", "issues.opened", &who, &place).text(s.sentence(12)).after(s.heavy_tail(120_000));
        let said = s.wants(opened, "comment", &place, "Welcome, and thank you for your first issue!");
        s.echo(said, "issue_comment.created");
    }
}

fn each_revision_is_scanned(s: &Scene) {
    let (issue, coder, mut findings) = (s.issue(), Actor::bot("copilot"), s.between(4, 14));
    let opened = s.event("github", "pull_request.opened", &coder, &issue).text("new pull request");
    let mut heard = opened.tree(s.hex(40));
    while findings > 0 {
        let scan = s.wants(heard, "scan.start", &issue, "scan this revision").within(1_000, 9_000);
        let text = format!("{findings} findings in {} files", s.between(1, 9));
        let done = s.event("github", "check_run.completed", &Actor::app("scanner"), &issue).text(text);
        let done = done.because(scan).token_in(scan, 60).state("findings", findings.to_string());
        let remark =
            s.wants(done.within(30_000, 300_000), "comment", &issue, "Please look at the findings of the scan.");
        findings -= s.between(1, findings.min(3));
        heard = s.event("github", "push", &coder, &issue).text("repair findings").tree(s.hex(40)).because(remark);
        heard.within(60_000, 900_000);
    }
    s.wants(heard, "status.set", &issue, "nothing found").writes("status", "ok");
}

fn branches_updated_after_each_merge(s: &Scene) {
    let first = s.between(100, 800);
    let mut open: Vec<_> = (first..first + s.between(4, 8)).collect();
    while let Some(merged) = open.pop() {
        let text = format!("Merge pull request #{merged}");
        let push = s.event("github", "push", &s.somebody(), &s.part("@main")).text(text).tree(s.hex(40));
        let heard = push.within(600_000, 3_600_000);
        for number in &open {
            let (place, tree) = (s.issue_no(*number), s.hex(40));
            let update = s.wants(heard, "branch.update", &place, "Merge main into this branch").writes("tree", &tree);
            let pushed = s.event("github", "pull_request.synchronize", &s.us(), &place).tree(&tree).because(update);
            pushed.token(update).within(1_000, 20_000);
        }
    }
}

fn workflows_in_a_row(s: &Scene) {
    for run in 0..s.between(3, 12) {
        let push = s.event("github", "push", &s.somebody(), &s.part("@main")).tree(s.hex(40));
        let mut heard = push.text("merge").within(1_800_000, 14_400_000);
        for name in ["build", "test", "package", "deploy", "smoke"] {
            let workflow = s.part(&format!("/workflow/{name}"));
            let started = s.wants(heard, "repository_dispatch", &workflow, "run").within(500, 3_000);
            let done = s.event("github", "workflow_run.completed", &s.us(), &workflow).text("completed: success");
            let done = done.object(format!("{name}-{run}")).because(started).token_in(started, 90);
            heard = done.within(20_000, 400_000);
        }
    }
}
