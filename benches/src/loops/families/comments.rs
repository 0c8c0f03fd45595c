//! Parties that write to each other on one issue, and people who are answered.

use super::{Family, declared, looping};
use crate::loops::scene::{Actor, Scene};

pub(super) const FAMILIES: &[Family] = &[
    looping("self_echo", "L01", "A bot answers each new comment on an issue, its own included", self_echo),
    looping(
        "self_echo_through_personal_token",
        "L02",
        "A bot that posts with a person's token takes its own comments for that person's",
        self_echo_through_personal_token,
    ),
    looping("two_bots_same_text", "L03", "Two bots answer every comment, each with the same words", two_bots_same_text),
    looping(
        "two_models_paraphrase",
        "L04",
        "Two language models keep answering each other politely, never in the same words",
        two_models_paraphrase,
    ),
    looping(
        "counted_requests",
        "L16",
        "Requests and refusals that differ only in counters, times and trace ids",
        counted_requests,
    ),
    looping(
        "people_between_two_bots",
        "L20",
        "Two bots answer each other while people beg them to stop",
        people_between_two_bots,
    ),
    looping(
        "machine_with_a_users_account",
        "L26",
        "A script behind an ordinary user account answers each comment within seconds",
        machine_with_a_users_account,
    ),
    looping(
        "translators",
        "HL2",
        "Two translation bots turn each other's message back into the first language",
        translators,
    ),
    looping(
        "five_bots_one_issue",
        "HL7",
        "Five bots on one issue; whichever answers wakes us again",
        five_bots_one_issue,
    ),
    looping(
        "command_in_the_title",
        "GL2",
        "A bot reads the command in an issue's title at each comment, its own refusal included",
        command_in_the_title,
    ),
    looping("three_agents_delegate", "GL4", "Three agents name each other as the one in charge", three_agents_delegate),
    declared(
        "people_ask_and_we_answer",
        "N01",
        "People ask a support bot questions on one issue for days",
        people_ask_and_we_answer,
    ),
    declared(
        "war_room",
        "N22",
        "An incident channel: people give commands, a status bot reports, people talk",
        war_room,
    ),
    declared(
        "user_account_of_a_script",
        "HN2",
        "A script with a user account sends commands every second or two, on its own",
        user_account_of_a_script,
    ),
    declared(
        "bots_shake_hands",
        "HN3",
        "A licence bot asks for four steps in a fixed protocol, then is content",
        bots_shake_hands,
    ),
    declared(
        "person_writes_through_an_app",
        "HN8",
        "A person writes through an app, so that the platform shows the app",
        person_writes_through_an_app,
    ),
    declared(
        "debate_of_two_models",
        "HN12",
        "Two agents discuss a design for a bounded number of turns, then one concludes",
        debate_of_two_models,
    ),
    declared(
        "review_bots_remarks",
        "GN3",
        "A review bot leaves many remarks at once and we answer each of them once",
        review_bots_remarks,
    ),
    declared(
        "chat_over_a_bridge",
        "GN4",
        "People talk to us over a bridge that posts all they say as one app",
        chat_over_a_bridge,
    ),
];

const COMMENTED: &str = "issue_comment.created";

fn self_echo(s: &Scene) {
    let (issue, ours) = (s.issue(), s.sentence(12));
    let mut heard = s.person_says(&issue, &s.sentence(9));
    for _ in s.rounds(40) {
        let said = s.wants(heard, "comment", &issue, &ours).within(100, 800);
        heard = s.comes_back(said, COMMENTED);
    }
}

fn self_echo_through_personal_token(s: &Scene) {
    s.with_world(|w| (w.own_seen_as_person, w.token_survives, w.receipts_lost) = (true, 0, 100));
    let (issue, ours) = (s.issue(), s.sentence(12));
    let mut heard = s.person_says(&issue, &s.sentence(9));
    for _ in s.rounds(40) {
        let said = s.wants(heard, "comment", &issue, &ours).within(100, 800);
        heard = s.comes_back(said, COMMENTED).within(200, 1_500);
    }
}

fn two_bots_same_text(s: &Scene) {
    let (issue, ours, theirs) = (s.issue(), s.sentence(10), s.sentence(10));
    let other = Actor::new("greeter", s.pick(&["bot", "bot", "app"]));
    let mut heard = s.person_says(&issue, &s.sentence(9));
    for _ in s.rounds(40) {
        let said = s.wants(heard, "comment", &issue, &ours).within(100, 800);
        s.echo(said, COMMENTED);
        heard = s.says(&other, &issue, &theirs).because(said).within(500, 9_000);
    }
}

fn two_models_paraphrase(s: &Scene) {
    let (issue, other) = (s.issue(), Actor::app("code-companion"));
    let mut heard = s.person_says(&issue, &s.sentence(9));
    for _ in s.rounds(48) {
        let said = s.wants(heard, "comment", &issue, &s.paraphrase()).within(2_000, 30_000);
        s.echo(said, COMMENTED);
        heard = s.says(&other, &issue, &s.paraphrase()).because(said).within(2_000, 60_000);
    }
}

fn counted_requests(s: &Scene) {
    let (issue, what, other) = (s.issue(), s.sentence(8), Actor::bot("gatekeeper"));
    let mut heard = s.person_says(&issue, &s.sentence(9));
    for round in s.rounds(40) {
        let text = format!("Request {} of {}: {what} (trace {})", round + 1, s.timestamp(), s.hex(12));
        let said = s.wants(heard, "comment", &issue, &text).within(200, 2_000);
        heard = if s.chance(50) {
            s.comes_back(said, COMMENTED)
        } else {
            s.says(&other, &issue, &format!("Request {} refused at {}", round + 1, s.timestamp())).because(said)
        };
    }
}

fn people_between_two_bots(s: &Scene) {
    let (issue, ours, theirs, other) = (s.issue(), s.sentence(10), s.sentence(10), Actor::bot("greeter"));
    let every = s.between(7, 15);
    let mut heard = s.person_says(&issue, &s.sentence(9));
    for round in s.rounds(45) {
        let said = s.wants(heard, "comment", &issue, &ours).within(100, 800);
        s.echo(said, COMMENTED);
        if round > 0 && round % every == 0 {
            let plea = s.pick(&["stop it, both of you", "who owns these bots?", "can somebody turn this off", "stop"]);
            s.person_says(&issue, plea).within(1_000, 20_000);
        }
        heard = s.says(&other, &issue, &theirs).because(said).within(500, 9_000);
    }
}

fn machine_with_a_users_account(s: &Scene) {
    s.with_world(|w| w.token_survives = 0);
    let (issue, ours, theirs, other) = (s.issue(), s.sentence(11), s.sentence(11), Actor::person("build-reports"));
    let mut heard = s.person_says(&issue, &s.sentence(9));
    for _ in s.rounds(40) {
        let said = s.wants(heard, "comment", &issue, &ours).within(100, 800);
        heard = s.says(&other, &issue, &theirs).because(said).within(300, 2_500);
    }
}

fn translators(s: &Scene) {
    let (channel, other) = (s.channel(), Actor::bot("honyaku"));
    let pairs = [
        (
            "The new version is live. Please have a look when you find the time.",
            "新しいバージョンを公開しました。お時間のあるときにご確認ください。",
        ),
        ("The database will be down for ten minutes at noon.", "本日正午に十分間データベースを停止します。"),
        ("Who can take over the night shift on Friday?", "金曜日の夜勤を代われる方はいらっしゃいますか。"),
    ];
    let (english, japanese) = s.pick(&pairs);
    let mut heard = s.person_says(&channel, japanese);
    for _ in s.rounds(40) {
        let said = s.wants(heard, "teams.message", &channel, english).within(500, 4_000);
        heard = s.says(&other, &channel, japanese).because(said).within(500, 4_000);
    }
}

fn five_bots_one_issue(s: &Scene) {
    let (issue, ours) = (s.issue(), s.sentence(9));
    let others = ["triage", "stale", "labeler", "welcome"].map(|name| (Actor::bot(name), s.sentence(9)));
    let mut heard = s.person_says(&issue, &s.sentence(9));
    for _ in s.rounds(40) {
        let said = s.wants(heard, "comment", &issue, &ours).within(100, 800);
        let (who, text) = s.pick(&[&others[0], &others[1], &others[2], &others[3]]);
        heard = s.says(who, &issue, text).because(said).within(500, 9_000);
    }
}

fn command_in_the_title(s: &Scene) {
    let issue = s.issue();
    let title = format!("@acme-bot please {}", s.word());
    let mut heard = s.event("github", "issues.opened", &s.somebody(), &issue).text(&title);
    let refusal = format!("Sorry, there is no command `{}` as in the title of this issue.", &title[17..]);
    for _ in s.rounds(40) {
        let said = s.wants(heard, "comment", &issue, &refusal).within(300, 3_000);
        heard = s.comes_back(said, COMMENTED);
    }
}

fn three_agents_delegate(s: &Scene) {
    let (issue, second, third) = (s.issue(), Actor::app("agent-b"), Actor::app("agent-c"));
    let mut heard = s.person_says(&issue, "who owns this?");
    for _ in s.rounds(30) {
        let asked = s.wants(heard, "comment", &issue, &format!("@agent-b {}", s.paraphrase())).within(2_000, 20_000);
        let mut passed = s.says(&second, &issue, &format!("@agent-c {}", s.paraphrase())).because(asked);
        if s.chance(50) {
            passed = passed.answers(asked);
        }
        passed.within(2_000, 40_000);
        heard = s.says(&third, &issue, &format!("@acme-bot {}", s.paraphrase())).because(asked).within(42_000, 80_000);
    }
}

fn people_ask_and_we_answer(s: &Scene) {
    let issue = s.issue();
    for _ in 0..s.between(8, 40) {
        let asked = s.person_says(&issue, &format!("{}?", s.sentence(6))).within(3_000, 600_000);
        let text = if s.chance(70) { s.paraphrase() } else { "Sorry, I know no such command. Try /help.".to_owned() };
        let said = s.wants(asked, "comment", &issue, &text).within(500, 5_000);
        s.echo(said, COMMENTED);
    }
}

fn war_room(s: &Scene) {
    let (channel, status) = (s.channel(), Actor::bot("statuspage"));
    for _ in 0..s.between(15, 60) {
        if s.chance(40) {
            let text = format!("{}: {} % errors", s.word(), s.between(0, 99));
            s.says(&status, &channel, &text).within(500, 20_000);
        } else if s.chance(40) {
            s.person_says(&channel, &s.sentence(8)).within(500, 20_000);
        } else {
            let command = s.pick(&["/status", "/ack", "/page database", "/who"]);
            let heard = s.person_says(&channel, command).within(500, 20_000);
            let said = s.wants(heard, "teams.message", &channel, &format!("ok: {command}")).within(100, 2_000);
            s.echo(said, "message");
        }
    }
}

fn user_account_of_a_script(s: &Scene) {
    let (issue, script) = (s.issue(), Actor::person("ops-script"));
    for _ in 0..s.between(10, 40) {
        let heard = s.says(&script, &issue, &format!("/run {}", s.sentence(5))).within(300, 2_500);
        let said = s.wants(heard, "comment", &issue, &format!("ok: {}", s.sentence(4))).within(100, 400);
        s.echo(said, COMMENTED);
    }
}

fn bots_shake_hands(s: &Scene) {
    let (issue, other) = (s.issue(), Actor::bot("licence-check"));
    for _ in 0..s.between(1, 4) {
        let push = s.event("github", "push", &s.somebody(), &issue).tree(s.hex(40));
        let mut heard = push.text("push").within(60_000, 900_000);
        for step in ["identity", "agreement", "signature", "record"] {
            let said = s.wants(heard, "comment", &issue, &format!("Step {step}: here it is.")).within(100, 900);
            let text = format!("Step {step} accepted for {}", s.sentence(3));
            heard = s.says(&other, &issue, &text).because(said).within(500, 5_000);
        }
    }
}

fn person_writes_through_an_app(s: &Scene) {
    let (issue, app) = (s.issue(), Actor::app("ann-via-mobile"));
    for _ in 0..s.between(8, 40) {
        let heard = s.says(&app, &issue, &s.sentence(9)).within(10_000, 300_000);
        let said = s.wants(heard, "comment", &issue, &s.paraphrase()).within(500, 4_000);
        s.echo(said, COMMENTED);
    }
}

fn debate_of_two_models(s: &Scene) {
    let (issue, other) = (s.issue(), Actor::app("agent-b"));
    let mut heard = s.person_says(&issue, "please discuss the design, then decide");
    for _ in 0..s.between(3, 10) {
        let said = s.wants(heard, "comment", &issue, &s.paraphrase()).within(3_000, 30_000);
        heard = s.says(&other, &issue, &s.paraphrase()).because(said).within(3_000, 60_000);
    }
    s.wants(heard, "comment", &issue, &format!("Conclusion: {}", s.sentence(8)));
}

fn review_bots_remarks(s: &Scene) {
    let (issue, reviewer) = (s.issue(), Actor::bot("review-hound"));
    for _ in 0..s.between(8, 30) {
        let remark = s.event("github", "pull_request_review_comment.created", &reviewer, &issue);
        let heard = remark.text(s.paraphrase()).at(0).within(200, 60_000);
        let said = s.wants(heard, "comment", &issue, &s.paraphrase()).within(62_000, 300_000);
        s.echo(said, COMMENTED);
    }
}

fn chat_over_a_bridge(s: &Scene) {
    let (channel, bridge) = (s.channel(), Actor::app("slack-bridge"));
    for _ in 0..s.between(15, 60) {
        let heard = s.says(&bridge, &channel, &s.sentence(s.between(3, 12))).within(4_000, 90_000);
        let said = s.wants(heard, "teams.message", &channel, &s.paraphrase()).within(500, 3_000);
        s.echo(said, "message");
    }
}
