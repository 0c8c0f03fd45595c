//! Reviews, approvals and commands on pull requests.

use super::{Act, Actor, Event, Family, Scene, careless, declared, looping, person_in_between, some_service};

pub(super) const FAMILIES: &[Family] = &[
    looping(
        "r1_review_summons_agent",
        "",
        "The footer of our review names a coding agent, which obeys it and pushes; we review each push (OpenHands)",
        review_summons_agent,
    ),
    declared(
        "r1_review_until_approved",
        "",
        "A coding agent works through our findings on several pull requests, with at most so many declared rounds each",
        review_until_approved,
    ),
    looping(
        "r1_command_in_title",
        "",
        "A bad command stands in the title; our complaint is a comment, and each comment makes us read the title (conda-forge)",
        command_in_title,
    ),
    careless(
        "r1_command_help",
        "",
        "People mistype commands on many pull requests, and everyone gets the same help",
        command_help,
    ),
    looping(
        "r1_approval_dismissed",
        "",
        "Our approval makes a changelog job commit, the commit dismisses the approval, and we approve again",
        approval_dismissed,
    ),
    declared(
        "r1_dependency_train",
        "",
        "Each merged update makes the updater rebase the remaining ones, which dismisses approvals until all are merged",
        dependency_train,
    ),
    looping(
        "r1_summary_of_summaries",
        "",
        "Two assistants summarise a thread whenever it has news, and each takes the other's summary for news",
        summary_of_summaries,
    ),
    declared(
        "r1_weekly_summaries",
        "",
        "An assistant summarises several threads each week where people wrote, and says up to which comment",
        weekly_summaries,
    ),
];

fn footer(agent: &Actor) -> String {
    format!("Resolve with AI? Comment `@{} /iterate` to have every finding addressed.", agent.name)
}

/// Nobody reads the footer as an order but the agent.
fn review_summons_agent(s: &Scene) {
    let (pr, agent) = (s.issue(), some_service(s, &["openhands-agent", "code-mender", "sweeper-dev"]));
    let footer = footer(&agent);
    let mut pushed = s.event("github", "pull_request.opened", &s.somebody(), &pr).text(s.sentence(6));
    for _ in s.rounds(s.between(22, 45)) {
        let review = format!("{}\n\n{footer}", s.paraphrase());
        let review = s.wants(pushed, "review", &pr, &review).within(20_000, 120_000);
        s.echo(review, "pull_request_review.submitted");
        if s.chance(50) {
            let reply = s.says(&agent, &pr, &s.paraphrase()).because(review).token(review);
            reply.answers(review).within(3_000, 15_000);
        }
        person_in_between(s, &pr, 6);
        pushed = s.event("github", "pull_request.synchronize", &agent, &pr).because(review);
        pushed = pushed.text(format!("Address review: {}", s.sentence(5))).tree(s.hex(12));
        pushed = pushed.within(60_000, 900_000);
    }
}

/// The host says which of five rounds it is, and often how many findings are settled.
fn review_until_approved(s: &Scene) {
    let agent = some_service(s, &["openhands-agent", "code-mender", "sweeper-dev"]);
    let (first, counts) = (s.between(20, 400), s.chance(50));
    for number in first..first + s.between(4, 9) {
        let pr = s.issue_no(number);
        let (rounds, mut settled) = (s.between(2, 5), 0);
        let opened = s.event("github", "pull_request.opened", &agent, &pr).text(s.sentence(6));
        let mut pushed = opened.tree(s.hex(12)).within(60_000, 4_000_000);
        for round in 1..=rounds {
            let done = round == rounds;
            let findings = format!("{}\n\n{}", s.paraphrase(), footer(&agent));
            let text = if done { "Approved: nothing left to settle.".to_owned() } else { findings };
            let review = s.wants(pushed, "review", &pr, &text).within(20_000, 120_000).attempt(round, 5);
            settled += s.between(1, 4);
            if counts {
                review.progress(settled);
            }
            s.echo(review, "pull_request_review.submitted");
            if done {
                break;
            }
            let reply = s.says(&agent, &pr, &s.paraphrase()).because(review).token(review).answers(review);
            reply.within(3_000, 15_000);
            pushed = s.event("github", "pull_request.synchronize", &agent, &pr).because(review).tree(s.hex(12));
            pushed = pushed.text(format!("Address review: {}", s.sentence(5))).within(60_000, 900_000);
        }
    }
}

/// Our account is an ordinary one that the host has not named.
fn command_in_title(s: &Scene) {
    let account = s.pick(&["forge-admin", "web-services", "repo-helper"]);
    s.with_world(|world| (world.own_name, world.own_seen_as_person) = (account.to_owned(), true));
    let (pr, word, counts) = (s.issue(), s.word(), s.chance(40));
    let title = format!("@{account}, please {word} the {}", s.word());
    let mut heard = s.event("github", "pull_request.opened", &s.somebody(), &pr).text(&title);
    for round in s.rounds(s.between(25, 55)) {
        let mut text = format!("Hi! This is the friendly web service.\n\nI could not understand the command `{word}`.");
        if counts {
            text.push_str(&format!(" Run {} at {}.", 4_711 + round * s.between(1, 3), s.timestamp()));
        }
        let said = s.wants(heard, "comment", &pr, &text).within(800, 9_000);
        heard = s.comes_back(said, "issue_comment.created").within(300, 4_000);
    }
}

/// The help does not depend on who asks, and our own comments are delivered to us as well.
fn command_help(s: &Scene) {
    let (first, spread) = (s.between(10, 500), s.between(2, 6));
    let help = format!("I know `/{}`, `/{}` and `/{}`. For all else ask a maintainer.", s.word(), s.word(), s.word());
    for _ in 0..s.between(12, 40) {
        let pr = s.issue_no(first + s.between(0, spread));
        let wrong = format!("/{} {}", s.word(), s.sentence(s.between(1, 3)));
        let asked = s.person_says(&pr, &wrong).within(20_000, 7_200_000);
        let answer = s.wants(asked, "comment", &pr, &help).within(500, 4_000);
        s.echo(answer, "issue_comment.created");
    }
}

/// Auto-merge never gets a moment in which the approval covers the head.
fn approval_dismissed(s: &Scene) {
    let (pr, updater) = (s.issue(), some_service(s, &["renovate", "dependabot"]));
    let scribe =
        Actor::new(s.pick(&["release-scribe", "changelog-job", "m.keller"]), s.pick(&["human", "human", "bot"]));
    let (package, merges) = (s.word(), s.chance(50));
    let mut cause = s.event("github", "pull_request.opened", &updater, &pr).text(format!("Update {package} to 4.2.1"));
    for round in s.rounds(s.between(20, 30)) {
        let approval = s.wants(cause, "approve", &pr, &format!("Automatic approval: patch update of {package}"));
        if merges {
            s.wants(cause, "merge.enable", &pr, "Merge when ready").within(1_000, 2_500);
        }
        s.echo(approval, "pull_request_review.submitted");
        let commit = s.event("github", "pull_request.synchronize", &scribe, &pr).because(approval).tree(s.hex(12));
        commit.text(format!("docs: changelog entry {}", s.timestamp())).within(30_000, 180_000);
        cause = s.event("github", "pull_request_review.dismissed", &Actor::system("github"), &pr).because(approval);
        cause = cause.text(format!("Stale review {} dismissed by a new commit", 90 + round)).within(181_000, 190_000);
        let ci = Actor::app("github-actions");
        let checked = s.event("github", "check_suite.completed", &ci, &pr).because(approval);
        checked.state("checks", "success").within(240_000, 500_000);
        person_in_between(s, &pr, 4);
    }
}

/// Approvals of one pull request repeat, but the train has one car less each time.
fn dependency_train(s: &Scene) {
    let (first, size) = (s.between(40, 400), s.between(4, 8));
    let (updater, ci) = (some_service(s, &["renovate", "dependabot"]), Actor::app("github-actions"));
    let (plan, mut merged): (String, Option<Act>) = (format!("train-{}", s.hex(6)), None);
    let mut heads: Vec<Event> = Vec::new();
    for car in 0..size {
        let opened = s.event("github", "pull_request.opened", &updater, &s.issue_no(first + car));
        heads.push(opened.text(format!("Update {} to 2.{car}.0", s.word())).within(1_000, 9_000));
    }
    for car in 0..size {
        for (next, head) in (car..size).zip(heads.drain(..)) {
            let approval = s.wants(head, "approve", &s.issue_no(first + next), "Automatic approval: minor update");
            approval.in_plan(&plan, 0).progress(car);
        }
        let pr = s.issue_no(first + car);
        let green = s.event("github", "check_suite.completed", &ci, &pr).state("checks", "success");
        let green = merged.map_or(green, |before| green.because(before)).within(600_000, 1_500_000);
        let merge = s.wants(green, "merge", &pr, "Squash and merge").in_plan(&plan, 0).progress(car + 1);
        for next in car + 1..size {
            let pr = s.issue_no(first + next);
            let rebased = s.event("github", "pull_request.synchronize", &updater, &pr).because(merge);
            let after = s.between(20_000, 400_000);
            rebased.tree(s.hex(12)).text("Rebased onto main").after(after);
            let platform = Actor::system("github");
            let dismissed = s.event("github", "pull_request_review.dismissed", &platform, &pr).because(merge);
            let text = format!("Stale review {} dismissed by a new commit", 90 + car);
            heads.push(dismissed.text(text).after(after + s.between(1_000, 9_000)));
        }
        merged = Some(merge);
    }
}

/// Neither of the two counts its own posts as news, but both count the other's.
fn summary_of_summaries(s: &Scene) {
    let (issue, other) = (s.issue(), some_service(s, &["thread-digest", "standup-notes", "copilot-recap"]));
    let mut news = s.person_says(&issue, &s.sentence(12));
    for round in s.rounds(s.between(20, 36)) {
        let text = format!("**Summary of {} comments** {}", round * 2 + 3, s.paraphrase());
        let ours = s.wants(news, "comment", &issue, &text).within(15_000, 60_000);
        s.echo(ours, "issue_comment.created");
        person_in_between(s, &issue, 8);
        let text = format!("TL;DR ({} new since the last recap): {}", s.between(1, 2), s.paraphrase());
        news = s.says(&other, &issue, &text).because(ours).token(ours).within(30_000, s.heavy_tail(300_000) + 40_000);
    }
}

/// A thread without news gets none, and each summary says where the next one goes on.
fn weekly_summaries(s: &Scene) {
    let (first, threads) = (s.between(20, 400), s.between(2, 4));
    let mut read = 100 + s.between(0, 900);
    for week in 0..s.between(6, 14) {
        let tick = s.tick(&s.part("/summaries"), 7 * 86_400_000);
        for thread in first..first + threads {
            if s.chance(75) {
                let issue = s.issue_no(thread);
                read += s.between(1, 12);
                let text = format!("**Week {}** {}", week + 1, s.paraphrase());
                let posted = s.wants(tick, "comment", &issue, &text).progress(read).within(5_000, 90_000);
                s.echo(posted, "issue_comment.created");
            }
        }
        for _ in 0..s.between(1, 3) {
            s.person_says(&s.issue_no(first + s.between(0, threads - 1)), &s.sentence(10))
                .within(3_600_000, 90_000_000);
        }
    }
}
