//! Agents that review, fix, triage and answer each other on issues and pull requests.

use super::super::{Family, careless, declared, looping};
use super::chatter;
use crate::loops::scene::{Actor, Scene};

pub(super) const FAMILIES: &[Family] = &[
    looping(
        "quota_notices_name_each_other",
        "",
        "Two review agents are called on one pull request, both out of quota; each notice names the other agent.",
        quota_notices_name_each_other,
    ),
    careless(
        "quota_notice_for_each_caller",
        "",
        "A review agent is out of quota, and people on several pull requests call it and get the same notice.",
        quota_notice_for_each_caller,
    ),
    looping(
        "own_answers_are_new_review_comments",
        "",
        "An agent answers review comments with its user's account, and each answer comes back to it as a new comment.",
        own_answers_are_new_review_comments,
    ),
    declared(
        "agent_works_through_a_review",
        "",
        "An agent answers all comments of a person's review with its user's account and pushes a fix for most.",
        agent_works_through_a_review,
    ),
    looping(
        "review_quotes_the_fix_command",
        "",
        "A review bot ends each review with the command that calls the fixing agent, whose push calls for a review.",
        review_quotes_the_fix_command,
    ),
    declared(
        "review_rounds_are_counted",
        "",
        "A fixing agent and a review bot go through a declared number of rounds on each of a few pull requests.",
        review_rounds_are_counted,
    ),
    looping(
        "triage_closes_and_reporter_reopens",
        "",
        "A triage agent closes an issue as incomplete; the reporting agent explains itself anew and reopens it.",
        triage_closes_and_reporter_reopens,
    ),
    careless(
        "triage_asks_each_reporter",
        "",
        "A triage agent asks the same question on each new issue that lacks a version and labels it by the answer.",
        triage_asks_each_reporter,
    ),
];

fn quota_notices_name_each_other(s: &Scene) {
    let (pr, other) = (s.issue(), s.pick(&["codeprobe", "patchpilot", "lintsage"]));
    let (theirs, waits) = (Actor::app(other), s.chance(50));
    let mut notice = s.person_says(&pr, &format!("@mergewise @{other} please review"));
    for _ in s.rounds(s.between(22, 54)) {
        let wait = if waits { format!(" Try again in {} minutes.", s.between(2, 59)) } else { String::new() };
        let ours = format!("This account has used up its reviews.{wait} Call @{other} or upgrade the plan.");
        let said = s.wants(notice, "comment", &pr, &ours).within(400, 6_000);
        s.echo(said, "issue_comment.created");
        chatter(s, &pr, 7);
        let limit = format!("Review limit reached for this organisation.{wait} You may call @mergewise instead.");
        notice = s.says(&theirs, &pr, &limit).because(said).token(said).within(600, 20_000);
        if s.chance(30) {
            notice.answers(said);
        }
    }
}

fn quota_notice_for_each_caller(s: &Scene) {
    let (first, prs) = (s.between(900, 4_000), s.between(2, 6));
    let notice = "This account has used up its reviews. Try again tomorrow or upgrade the plan.";
    for _ in 0..s.between(7, 26) {
        let pr = s.issue_no(first + s.between(1, prs));
        let words = s.pick(&["@mergewise review", "@mergewise please review", "@mergewise full review"]);
        let call = s.person_says(&pr, words).after(20_000 + s.heavy_tail(600_000));
        let said = s.wants(call, "comment", &pr, notice).within(400, 6_000);
        s.echo(said, "issue_comment.created");
        if s.chance(15) {
            let grumble = s.sentence(5);
            s.person_says(&pr, &grumble).because(said).within(10_000, 400_000);
        }
    }
}

/// The agent has the account of one of the people who also review.
fn with_the_users_account(s: &Scene) {
    let person = format!("h{}", s.between(1, 5));
    s.with_world(|world| (world.own_name, world.own_seen_as_person) = (person, true));
}

fn own_answers_are_new_review_comments(s: &Scene) {
    with_the_users_account(s);
    let (pr, branch, marked) = (s.issue(), s.part("@feature"), s.chance(50));
    let review = s.event("github", "pull_request_review_comment.created", &s.somebody(), &pr);
    let mut comment = review.text(s.sentence(12));
    for round in s.rounds(s.between(20, 40)) {
        let mark = if marked { "\n_Answered by an agent_" } else { "" };
        let answer = format!("{}{mark}", s.paraphrase());
        if round % 5 == 0 {
            let tree = s.hex(40);
            let fix = s.wants(comment, "push", &branch, &s.sentence(5)).writes("tree", &tree).within(30_000, 90_000);
            s.event("github", "push", &s.us(), &branch).because(fix).token(fix).tree(tree).within(300, 3_000);
        }
        let said = s.wants(comment, "review_comment.reply", &pr, &answer).within(8_000, 120_000);
        chatter(s, &pr, 6);
        comment = s.comes_back(said, "pull_request_review_comment.created").after(s.between(1_000, 60_000));
    }
}

fn agent_works_through_a_review(s: &Scene) {
    with_the_users_account(s);
    let (pr, branch, reviewer) = (s.issue(), s.part("@feature"), Actor::person("reviewer"));
    let (points, marked) = (s.between(5, 24), s.chance(50));
    let review = s.event("github", "pull_request_review.submitted", &reviewer, &pr).text(s.sentence(9));
    let start = s.now();
    let plan = format!("review-{}", s.hex(6));
    for point in 1..=points {
        let comment = s.event("github", "pull_request_review_comment.created", &reviewer, &pr).text(s.sentence(12));
        comment.at(start).after(point * 100);
        let (from, tree) = (point * 60_000, s.hex(40));
        let fix = s.wants(comment, "push", &branch, &s.sentence(5)).in_plan(&plan, points * 2).writes("tree", &tree);
        fix.within(from, from + 20_000);
        s.event("github", "push", &s.us(), &branch).because(fix).token(fix).tree(tree).within(300, 3_000);
        let mark = if marked { "\n_Answered by an agent_" } else { "" };
        let answer = format!("{}{mark}", s.paraphrase());
        let said = s.wants(comment, "review_comment.reply", &pr, &answer).in_plan(&plan, points * 2);
        said.within(from + 21_000, from + 50_000);
        s.comes_back(said, "pull_request_review_comment.created");
    }
    s.wants(review, "review.request", &pr, &reviewer.name).after((points + 2) * 60_000);
}

fn review_quotes_the_fix_command(s: &Scene) {
    let (pr, branch, reviewer) = (s.issue(), s.part("@feature"), Actor::bot("review-bot"));
    let command = s.pick(&["@fixer /iterate", "/fix-all", "@fixer address this"]);
    let mut review = s.event("github", "pull_request_review.submitted", &reviewer, &pr);
    review.text(format!("{} Resolve with `{command}`.", s.paraphrase()));
    for round in 0..s.between(12, 28) {
        // Three rounds are a review.
        if round == 3 {
            s.loop_starts();
        }
        let (tree, pause) = (s.hex(40), 30_000 + s.heavy_tail(60_000));
        let fix = s.wants(review, "push", &branch, &s.sentence(6)).writes("tree", &tree).after(pause);
        let done = s.paraphrase();
        let said = s.wants(review, "comment", &pr, &done).within(pause + 4_000, pause + 25_000);
        s.echo(said, "issue_comment.created");
        let pushed = s.event("github", "pull_request.synchronize", &s.us(), &pr).because(fix).token(fix).tree(tree);
        pushed.within(500, 4_000);
        chatter(s, &pr, 10);
        review = s.event("github", "pull_request_review.submitted", &reviewer, &pr).because(fix).token(fix);
        review.text(format!("{} Resolve with `{command}`.", s.paraphrase())).after(45_000 + s.heavy_tail(90_000));
    }
}

fn review_rounds_are_counted(s: &Scene) {
    let (branch, reviewer, mut number) = (s.part("@feature"), Actor::bot("review-bot"), s.between(900, 4_000));
    for _ in 0..s.between(2, 6) {
        number += s.between(1, 9);
        let (pr, branch, rounds) = (s.issue_no(number), format!("{branch}-{number}"), s.between(2, 5));
        let called = s.person_says(&pr, "@fixer work with the review bot until it is content");
        called.within(60_000, 9_000_000);
        let mut review = called;
        for round in 1..=rounds {
            let (tree, pause) = (s.hex(40), 30_000 + s.heavy_tail(60_000));
            let fix = s.wants(review, "push", &branch, &s.sentence(6)).attempt(round, 5).writes("tree", &tree);
            fix.after(pause);
            let done = s.paraphrase();
            let said = s.wants(review, "comment", &pr, &done).attempt(round, 5).within(pause + 4_000, pause + 25_000);
            s.echo(said, "issue_comment.created");
            let pushed = s.event("github", "pull_request.synchronize", &s.us(), &pr).because(fix).token(fix).tree(tree);
            pushed.within(500, 4_000);
            review = s.event("github", "pull_request_review.submitted", &reviewer, &pr).because(fix).token(fix);
            review.after(45_000 + s.heavy_tail(90_000));
            if round == rounds {
                review.text("Nothing left to say.").state("review", "approved");
            } else {
                review.text(s.paraphrase()).state("review", "changes_requested");
            }
        }
    }
}

fn triage_closes_and_reporter_reopens(s: &Scene) {
    let issue = s.issue();
    let class = s.pick(&["human", "unknown", "bot"]);
    let reporter = Actor::new("reporting-agent", class);
    let mut opened = s.event("github", "issues.opened", &reporter, &issue).text(s.paraphrase());
    for round in 0..s.between(11, 20) {
        // The first explanation deserves another look.
        if round == 2 {
            s.loop_starts();
        }
        let reason = s.paraphrase();
        let said = s.wants(opened, "comment", &issue, &reason).within(4_000, 20_000);
        s.echo(said, "issue_comment.created");
        s.wants(opened, "label.add", &issue, "not-ready").writes("label", "not-ready").within(20_100, 22_000);
        let closed = s.wants(opened, "issue.close", &issue, "not planned").writes("state", "closed");
        closed.within(22_100, 25_000);
        s.echo(closed, "issues.closed");
        let why = s.says(&reporter, &issue, &s.paraphrase()).because(said).token(said);
        why.within(30_000, 90_000);
        chatter(s, &issue, 12);
        opened = s.event("github", "issues.reopened", &reporter, &issue).because(closed).token(closed);
        opened.text(s.sentence(3)).state("state", "open").after(90_000 + s.heavy_tail(200_000));
    }
}

fn triage_asks_each_reporter(s: &Scene) {
    let mut number = s.between(900, 3_000);
    let question = format!("Which version of {} is this, and on which system?", s.word());
    for _ in 0..s.between(5, 24) {
        number += s.between(1, 6);
        let (issue, reporter) = (s.issue_no(number), s.somebody());
        let opened = s.event("github", "issues.opened", &reporter, &issue).text(s.sentence(14));
        opened.after(60_000 + s.heavy_tail(900_000));
        let asked = s.wants(opened, "comment", &issue, &question).within(2_000, 9_000);
        s.echo(asked, "issue_comment.created");
        s.wants(opened, "label.add", &issue, "needs-info").within(9_100, 11_000);
        if s.chance(60) {
            let version = format!("{}.{}.{}", s.between(0, 9), s.between(0, 20), s.between(0, 9));
            let answer = s.says(&reporter, &issue, &version).because(asked).token(asked).answers(asked);
            answer.after(60_000 + s.heavy_tail(500_000));
            s.wants(answer, "label.remove", &issue, "needs-info");
        }
    }
}
