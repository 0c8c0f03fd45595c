//! Agents that review, wait and hand work to each other.

use crate::loops::families::{Family, declared, looping};
use crate::loops::scene::{Actor, Scene};

pub(super) const FAMILIES: &[Family] = &[
    looping(
        "review_apps_out_of_quota",
        "",
        "Two review apps are asked for a review, neither has quota left, and each names the other as the one to ask",
        review_apps_out_of_quota,
    ),
    declared(
        "review_apps_follow_commits",
        "",
        "Two review apps look at each commit of a pull request, ours sums up the findings and the other one thanks",
        review_apps_follow_commits,
    ),
    looping(
        "stop_hook_blocks_each_turn",
        "",
        "An agent may only wait for its background jobs, and a hook that wants the task done sends it into another turn",
        stop_hook_blocks_each_turn,
    ),
    declared(
        "agent_polls_a_slow_job",
        "",
        "An agent asks for the state of a slow job, reading only and counted, and reports when it is done",
        agent_polls_a_slow_job,
    ),
    looping(
        "status_mentions_wake_agents",
        "",
        "Each status comment mentions the next agent, which wakes up only to say who should look at it",
        status_mentions_wake_agents,
    ),
    declared(
        "stories_through_three_roles",
        "",
        "Many stories go from developer to reviewer to product owner, three steps each, by a plan",
        stories_through_three_roles,
    ),
];

fn review_apps_out_of_quota(s: &Scene) {
    let issue = s.issue();
    let other = Actor::new("codex-review", s.pick(&["app", "bot", "human"]));
    let (dated, talks, answers) = (s.chance(40), s.chance(30), s.chance(40));
    let (soon, late) = s.pick(&[(2_000, 12_000), (8_000, 60_000)]);
    let mut heard = s.person_says(&issue, "@our-review @codex-review please review");
    for _ in s.rounds(s.between(20, 46)) {
        let mut text = "Usage limit reached, I can not review this. Ask @codex-review instead.".to_owned();
        if dated {
            text.push_str(&format!(" Checked {}.", s.timestamp()));
        }
        let said = s.wants(heard, "comment", &issue, &text).within(900, 9_000);
        s.echo(said, "issue_comment.created");
        heard = s.event("github", "issue_comment.created", &other, &issue).because(said).token(said);
        let fixed = "This plan has no code review. @our-review can review it.".to_owned();
        heard.text(if talks { format!("@our-review {}", s.paraphrase()) } else { fixed }).within(soon, late);
        if answers {
            heard.answers(said);
        }
        if s.chance(7) {
            s.person_says(&issue, "never mind").within(500, 20_000);
        }
    }
}

fn review_apps_follow_commits(s: &Scene) {
    let issue = s.issue();
    let other = Actor::new("codex-review", s.pick(&["app", "bot", "human"]));
    for commit in 1..=s.between(8, 24) {
        let author = s.somebody();
        s.event("github", "pull_request.synchronize", &author, &issue).tree(s.hex(40)).within(300_000, 7_200_000);
        let found = s.event("github", "issue_comment.created", &other, &issue).within(30_000, 240_000);
        found.text(format!("@our-review {}", s.paraphrase()));
        let sums = s.wants(found, "comment", &issue, &format!("Commit {commit}: {}", s.paraphrase()));
        sums.progress(commit).within(2_000, 30_000);
        s.echo(sums, "issue_comment.created");
        let thanks = s.event("github", "issue_comment.created", &other, &issue).because(sums).token(sums);
        thanks.text("Thanks, noted. @our-review").within(2_000, 20_000);
    }
}

fn stop_hook_blocks_each_turn(s: &Scene) {
    let session = s.agent("session");
    let suites = s.between(2, 9);
    let varies = s.chance(60);
    let (soon, late) = s.pick(&[(60, 900), (3_000, 20_000), (20_000, 90_000)]);
    let task = format!("summarise the {suites} test suites");
    let mut heard = s.person_orders(&session, &task);
    for round in s.rounds(s.between(24, 58)) {
        let waiting = format!("I am waiting for {suites} background jobs.");
        let text = if varies { format!("{waiting} {}", s.paraphrase()) } else { waiting };
        let turn = s.wants(heard, "agent.turn", &session, &text).within(1_500, 15_000);
        let reason = s.pick(&["is not complete", "has no summary yet", "is still open"]);
        let blocked = format!("Stop hook {}: the task \"{task}\" {reason}, continue", round + 1);
        heard = s.reports(turn, "turn.blocked", &blocked).within(soon, late);
    }
}

fn agent_polls_a_slow_job(s: &Scene) {
    let session = s.agent("session");
    let most = s.between(30, 75);
    let polls = s.between(15, most);
    let pause = s.pick(&[2_000, 15_000, 60_000]);
    let mut heard = s.person_orders(&session, &format!("tell me when {} is built", s.word()));
    for attempt in 1..=polls {
        let asks = s.wants(heard, "job.status", &session, "state of the job?").reads_only().attempt(attempt, most);
        asks.after(pause + s.between(0, 900));
        let percent = attempt * 100 / polls;
        // A job that installs for a long time says the same for a long time.
        let state = if percent < 60 { "installing".to_owned() } else { format!("running, {percent}%") };
        heard = s.reports(asks, "job.state", &state).within(40, 1_200);
    }
    s.wants(heard, "message", &s.channel(), &s.paraphrase());
}

fn status_mentions_wake_agents(s: &Scene) {
    let issue = s.issue();
    let reviewer = Actor::new("reviewer-agent", s.pick(&["bot", "app", "human"]));
    let owner = Actor::new("owner-agent", s.pick(&["bot", "app", "unknown"]));
    let three = s.chance(60);
    let (soon, late) = s.pick(&[(4_000, 40_000), (20_000, 360_000)]);
    let mut heard = s.person_says(&issue, "@developer-agent please check with the product owner");
    for _ in s.rounds(s.between(20, 38)) {
        let said = s.wants(heard, "comment", &issue, &format!("@reviewer-agent {}", s.paraphrase()));
        said.within(3_000, 60_000);
        s.echo(said, "issue_comment.created");
        if s.chance(8) {
            s.person_says(&issue, &s.sentence(6)).within(1_000, 90_000);
        }
        let next = if three { "@owner-agent" } else { "@developer-agent" };
        let wait = s.between(soon, late);
        let passed = s.event("github", "issue_comment.created", &reviewer, &issue).because(said).token(said);
        heard = passed.text(format!("{next} {}", s.paraphrase())).after(wait);
        if three {
            let status = s.event("github", "issue_comment.created", &owner, &issue).because(said);
            heard = status.text(format!("@developer-agent {}", s.paraphrase())).after(wait + s.between(soon, late));
        }
    }
}

fn stories_through_three_roles(s: &Scene) {
    let reviewer = Actor::bot("reviewer-agent");
    let owner = Actor::bot("owner-agent");
    let runner = Actor::app("developer-runner");
    for number in 0..s.between(6, 20) {
        let issue = s.issue_no(2_000 + number);
        let plan = format!("story-{number}-{}", s.hex(4));
        let done = s.event("github", "issue_comment.created", &runner, &issue).within(60_000, 3_600_000);
        done.text(format!("@developer-agent {}", s.paraphrase()));
        let asks = s.wants(done, "comment", &issue, &format!("@reviewer-agent {}", s.paraphrase())).in_plan(&plan, 3);
        s.echo(asks, "issue_comment.created");
        let approved = s.event("github", "issue_comment.created", &reviewer, &issue).because(asks).token(asks);
        approved.text(format!("@developer-agent {}", s.paraphrase())).within(20_000, 360_000);
        let hands = s.wants(approved, "comment", &issue, &format!("@owner-agent {}", s.paraphrase())).in_plan(&plan, 3);
        let accepted = s.event("github", "issue_comment.created", &owner, &issue).because(hands).token(hands);
        accepted.text(format!("@developer-agent {}", s.paraphrase())).within(20_000, 360_000);
        s.wants(accepted, "issue.close", &issue, "accepted").writes("state", "closed").in_plan(&plan, 3);
    }
}
