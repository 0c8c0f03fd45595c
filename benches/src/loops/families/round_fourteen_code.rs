//! Repositories and their people: suggestions, skipped checks, approvals, invitations, answers by mail and rotas.

use super::quoted;
use crate::loops::families::{Family, careless, declared, looping};
use crate::loops::scene::{Actor, Scene};

pub(super) const FAMILIES: &[Family] = &[
    looping(
        "suggestions_accepted_by_a_script",
        "",
        "A script under its author's name accepts each suggestion of our review, and of the accepted form our rules suggest the other",
        suggestions_accepted_by_a_script,
    ),
    declared(
        "suggestions_quoted_and_answered",
        "",
        "Authors quote our suggestions in full, with a question or a word above or below, and each of them gets one counted answer",
        suggestions_quoted_and_answered,
    ),
    looping(
        "empty_commit_quotes_skip_ci",
        "",
        "No check has started, so we push an empty commit that quotes the message of the one before, in which stands to skip the checks",
        empty_commit_quotes_skip_ci,
    ),
    declared(
        "checks_kicked_for_forks",
        "",
        "On a maintainer's word the checks of changes from forks are started, as attempt n of three where no runner took them up",
        checks_kicked_for_forks,
    ),
    looping(
        "approved_by_a_script_each_time",
        "",
        "A failed deployment is asked for again, and a script approves whatever waits under a colleague's name, so that it fails again",
        approved_by_a_script_each_time,
    ),
    declared(
        "deployments_approved_all_week",
        "",
        "People press approve on one card after the other all week, some late, some with our text quoted, and few need a second attempt",
        deployments_approved_all_week,
    ),
    looping(
        "invitation_expires_unread",
        "",
        "Whoever is on the list and no member is invited; an invitation runs out unread, as its person has left, and is sent again",
        invitation_expires_unread,
    ),
    declared(
        "invitations_accepted_late",
        "",
        "New members are invited by a plan; some accept late, some forward the mail to ask what it is, and get at most three reminders",
        invitations_accepted_late,
    ),
    looping(
        "absence_note_becomes_a_comment",
        "",
        "We thank for each comment; an absent maintainer's mailbox answers the notice, which the platform posts as her comment",
        absence_note_becomes_a_comment,
    ),
    careless(
        "maintainers_answer_by_mail",
        "",
        "Maintainers answer issues by mail with all of our comment below, and each gets the same line of thanks, declared nowhere",
        maintainers_answer_by_mail,
    ),
    looping(
        "rota_against_component_lead",
        "",
        "We assign tickets to who is on call, and a rule that acts as the person who wrote it gives them back to the component's lead",
        rota_against_component_lead,
    ),
    declared(
        "tickets_taken_over_by_hand",
        "",
        "At each change of shift the open tickets go to who is on call by a plan, and people pass some of them on by hand, to and fro",
        tickets_taken_over_by_hand,
    ),
];

fn suggestions_accepted_by_a_script(s: &Scene) {
    let (pull, author) = (s.issue(), s.somebody());
    let (thinks, two, flaps, keeps) = (s.chance(30), s.chance(35), s.chance(50), s.pick(&[0, 0, 60, 100]));
    let (soon, late) = s.pick(&[(900, 5_000), (20_000, 90_000), (290_000, 610_000)]);
    let (trees, name) = ([s.hex(40), s.hex(40)], s.word());
    let forms = [format!("let {name} = parse(input, 0)?;"), format!("let {name} =\n    parse(input, 0)?;")];
    let suggest = |heard, place: &str, form: &str| {
        let text = if thinks { s.paraphrase() } else { format!("Please write it so:\n```suggestion\n{form}\n```") };
        s.wants(heard, "review.comment", place, &text).within(900, 8_000)
    };
    // Others read what is suggested to them.
    for number in 0..s.between(0, 4) {
        let place = s.issue_no(3_100 + number);
        let opened = s.event("github", "pull_request.opened", &s.somebody(), &place).text(s.sentence(4));
        let act = suggest(opened.within(600_000, 20_000_000), &place, &forms[0]);
        quoted(s, &s.somebody(), act, s.pick(&["done", "not in this file", "good idea"])).within(60_000, 4_000_000);
    }
    let opened = s.event("github", "pull_request.opened", &author, &pull).text(s.sentence(4)).tree(&trees[0]);
    let mut heard = opened.within(600_000, 20_000_000);
    for round in s.rounds(if two { s.between(12, 25) } else { s.between(22, 46) }) {
        let at = usize::try_from(round % 2).unwrap_or(0);
        let act = suggest(heard, &pull, &forms[at]);
        if two {
            let text = format!("{} lines could be written in another way.", 1 + round % 3);
            s.wants(heard, "review.submit", &pull, &text).within(8_100, 11_000);
        }
        if s.chance(7) {
            let asked = quoted(s, &s.somebody(), act, s.pick(&["which one is it now?", "you two please stop", "+1"]));
            asked.within(9_000, 200_000);
        }
        heard = s.event("github", "pull_request.synchronize", &author, &pull).because(act).token_in(act, keeps);
        heard.text("Apply suggestions from code review").within(12_000 + soon, 12_000 + late);
        heard.tree(if flaps { trees[1 - at].clone() } else { s.hex(40) });
    }
}

fn suggestions_quoted_and_answered(s: &Scene) {
    let gap = s.pick(&[60_000, 900_000, 20_000_000]);
    for number in 0..s.between(2, 6) {
        let (pull, author) = (s.issue_no(1_400 + number), s.somebody());
        let opened = s.event("github", "pull_request.opened", &author, &pull).text(s.sentence(4));
        opened.within(gap / 6, gap);
        let size = s.between(3, 6);
        for step in 0..size {
            let text = format!("{}: please write `{}` here.", s.word(), s.sentence(2));
            let act = s.wants(opened, "review.comment", &pull, &text).in_plan(&format!("review-{number}"), size);
            let act = act.after(900 + 700 * step);
            match s.between(0, 3) {
                0 => {}
                1 => {
                    quoted(s, &author, act, s.pick(&["done", "Done.", "no, see above"])).within(gap / 8, gap);
                }
                _ => {
                    let why = quoted(s, &author, act, s.pick(&["why?", "why?", "is there a rule for it?"]));
                    // The platform tells which remark is answered, and the answers are counted.
                    why.answers(act).within(gap / 8, gap);
                    let place = format!("{pull}/remark-{step}");
                    s.wants(why, "comment", &place, &s.paraphrase()).progress(1).within(2_000, 9_000);
                }
            }
        }
    }
}

fn empty_commit_quotes_skip_ci(s: &Scene) {
    let (branch, pull) = (s.part("@update-lock"), s.issue());
    let watch = Actor::new("required-checks", s.pick(&["app", "system", "bot", "unknown"]));
    let (own_clock, grows, tells, keeps) = (s.chance(40), s.chance(45), s.chance(40), s.pick(&[0, 60, 100]));
    let minutes = s.pick(&[5, 15, 60]);
    let mut message = format!("chore: update {} [skip ci]", s.word());
    // Where the message does not say so an empty commit helps.
    for number in 0..s.between(0, 4) {
        let place = s.part(&format!("@feature-{number}"));
        let missing = s.event("github", "checks.missing", &watch, &place).within(900_000, 40_000_000);
        missing.text(format!("no check within {minutes} minutes"));
        let push = s.wants(missing, "git.push", &place, &format!("chore: start the checks ({})", s.word()));
        s.event("github", "checks.completed", &watch, &place).because(push).token_in(push, keeps).text("12 of 12");
    }
    let missing = s.event("github", "checks.missing", &watch, &branch).text("no check so far");
    let mut heard = missing.within(900_000, 40_000_000);
    for round in s.rounds(if tells { s.between(12, 25) } else { s.between(22, 44) }) {
        message = if grows {
            format!("chore: start the checks\n\n> {}", message.replace('\n', "\n> ")).chars().take(300).collect()
        } else {
            format!("chore: start the checks of {}\n\n{}", s.hex(7), message.lines().last().unwrap_or_default())
        };
        let push = s.wants(heard, "git.push", &branch, &message).within(900, 9_000);
        if let Some(echo) = s.echo(push, "push") {
            echo.tree(s.hex(40));
        }
        if tells {
            let text = format!("No check has started; I pushed an empty commit ({}).", round + 1);
            let told = s.wants(heard, "comment", &pull, &text).within(9_100, 12_000);
            if s.chance(12) {
                let asked = quoted(s, &s.somebody(), told, s.pick(&["and now?", "do the runners work at all?"]));
                asked.within(60_000, 280_000);
            }
        }
        heard = if own_clock {
            s.tick(&branch, 0).because(push).text("check the checks")
        } else {
            let missing = s.event("github", "checks.missing", &watch, &branch).because(push).token_in(push, keeps);
            missing.text(format!("no check of {} within {minutes} minutes", s.hex(7)))
        };
        heard.within(minutes * 60_000, minutes * 63_000);
    }
}

fn checks_kicked_for_forks(s: &Scene) {
    let gap = s.pick(&[90_000, 900_000, 9_000_000]);
    for _ in 0..s.between(5, 24) {
        let pull = s.issue_no(s.between(1_500, 1_506));
        let word = s.pick(&["ok to test", "ok to test", "/run", "please run the checks again"]);
        let mut heard = s.person_says(&pull, word).within(gap / 6, gap);
        let tries = s.pick(&[1, 1, 1, 2, 3]);
        for attempt in 1..=tries {
            let run = s.wants(heard, "checks.start", &pull, "all checks").attempt(attempt, 3).within(900, 6_000);
            let text = if attempt < tries { "no runner took it up" } else { "12 of 12" };
            heard = s.event("github", "checks.completed", &Actor::app("actions"), &pull).because(run).token(run);
            heard.text(text).within(40_000, 400_000);
        }
    }
}

fn approved_by_a_script_each_time(s: &Scene) {
    let (cards, sites) = (s.channel(), ["production", "production-west"]);
    let colleague = Actor::person(&format!("h{}", s.between(1, 5)));
    let actions = Actor::new("actions", s.pick(&["app", "bot", "system"]));
    let (both, version, counts, keeps) = (s.chance(40), s.between(3, 30), s.chance(50), s.pick(&[0, 60, 100, 100]));
    let (soon, late) = s.pick(&[(1_000, 4_000), (30_000, 61_000), (290_000, 310_000)]);
    let chains = if both { 2 } else { 1 };
    let ask = |heard, site: &str, round: u64| {
        let number = if counts { format!(" (request {})", 400 + round) } else { String::new() };
        s.wants(heard, "approval.ask", &cards, &format!("Deploy 4.{version}.0 to {site}?{number}")).within(900, 5_000)
    };
    let start = |ask, at: usize, wait| {
        let yes = s.event("teams", "approval.given", &colleague, &cards).because(ask).token_in(ask, keeps);
        yes.text("approve").answers(ask).after(wait);
        let text = format!("4.{version}.0");
        s.wants(yes, "deployment.start", &s.part(&format!("/{}", sites[at])), &text).within(500, 3_000)
    };
    // Before the script there were people, and before this version deployments that worked.
    for number in 0..s.between(0, 3) {
        let merged = s.event("github", "release.published", &s.somebody(), &s.repo()).text(format!("4.2.{number}"));
        start(ask(merged.within(3_000_000, 80_000_000), sites[0], number), 0, s.between(60_000, 9_000_000));
    }
    let mut heard: Vec<_> = (0..chains)
        .map(|_| {
            let out = s.event("github", "release.published", &s.somebody(), &s.repo());
            out.text(format!("4.{version}.0")).within(20_000, 60_000)
        })
        .collect();
    let mut pause = 0;
    for round in 0..s.between(12, 24) {
        if round == chains {
            s.loop_starts();
        }
        if round % chains == 0 {
            pause = s.between(soon, late);
        }
        let at = usize::try_from(round % chains).unwrap_or(0);
        let asked = ask(heard[at], sites[at], round);
        let started = start(asked, at, pause);
        if round < chains {
            asked.in_order();
            started.in_order();
        }
        if s.chance(10) {
            let words = s.pick(&["who approves this?", "I did not press anything", "is this one safe?"]);
            quoted(s, &s.somebody(), asked, words).within(900, 90_000);
        }
        let failed = s.event("github", "deployment_status.created", &actions, &started.subject()).because(started);
        let trace = if counts { format!(", run {}", s.between(10_000, 99_999)) } else { String::new() };
        failed.state("deployment", "failure").text(format!("migration 0{version} failed{trace}"));
        heard[at] = failed.token_in(started, keeps).after(90_000);
    }
}

fn deployments_approved_all_week(s: &Scene) {
    let (cards, gap) = (s.channel(), s.pick(&[300_000, 4_000_000, 30_000_000]));
    let actions = Actor::app("actions");
    for number in 0..s.between(4, 12) {
        let service = s.pick(&["shop", "shop", "search", "billing"]);
        let out =
            s.event("github", "release.published", &s.somebody(), &s.repo()).text(format!("{service} 2.{number}.0"));
        let mut heard = out.within(gap / 6, gap);
        let tries = s.pick(&[1, 1, 1, 2]);
        for attempt in 1..=tries {
            let text = format!("Deploy {service} 2.{number}.0 to production?");
            let card = s.wants(heard, "approval.ask", &cards, &text).attempt(attempt, 3).within(900, 5_000);
            let approver = s.somebody();
            if s.chance(25) {
                quoted(s, &s.somebody(), card, s.pick(&["fine for me", "after lunch please", "+1"]))
                    .within(9_000, 60_000);
            }
            let yes = s.event("teams", "approval.given", &approver, &cards).because(card).token(card).answers(card);
            yes.text("approve").within(61_000, 61_000 + gap / 2);
            let place = s.part(&format!("/production/{service}"));
            let start = s.wants(yes, "deployment.start", &place, &format!("2.{number}.0")).attempt(attempt, 3);
            heard = s.event("github", "deployment_status.created", &actions, &place).because(start).token(start);
            let outcome = if attempt < tries { "failure" } else { "success" };
            heard.state("deployment", outcome).text(format!("{service} 2.{number}.0")).within(60_000, 600_000);
        }
    }
}

fn invitation_expires_unread(s: &Scene) {
    let (people, chains) = (s.part("/members"), s.pick(&[1, 1, 2, 3]));
    let platform = Actor::new(s.pick(&["github", "directory"]), s.pick(&["system", "app", "unknown"]));
    let (apart, dated, notes, keeps) = (s.chance(55), s.chance(40), s.chance(30), s.pick(&[0, 0, 60]));
    let life = s.pick(&[3_600_000, 86_400_000, 604_800_000]);
    let place = |at: u64| if apart { format!("{people}/left-{at}") } else { people.clone() };
    let missing = |at: u64, text: &str| {
        s.event("directory", "member.missing", &platform, &place(at)).text(format!("left-{at} {text}"))
    };
    let invite = |heard, place: &str, who: &str| {
        let until = if dated { format!(", valid until {}", s.timestamp()) } else { String::new() };
        s.wants(heard, "member.invite", place, &format!("{who}, please join us{until}")).within(500, 6_000)
    };
    // Who is still there accepts.
    for number in 0..s.between(0, 4) {
        let (who, place) = (format!("new-{number}"), format!("{people}/new-{number}"));
        let joined = s.event("directory", "member.missing", &platform, &place).text(&who);
        let act = invite(joined.within(3_000_000, 60_000_000), &place, &who);
        let member = Actor::person(&who);
        let accepted = s.event("github", "member.added", &member, &act.subject()).because(act).token(act);
        accepted.within(600_000, life / 2);
    }
    let mut heard: Vec<_> =
        (0..chains).map(|at| missing(at, "is on the list and no member").within(10_000, 60_000)).collect();
    let mut pause = 0;
    for round in 0..if notes { s.between(14, 25) } else { s.between(24, 46) } {
        if round == chains {
            s.loop_starts();
        }
        if round % chains == 0 {
            pause = s.between(life, life + life / 200);
        }
        let at = usize::try_from(round % chains).unwrap_or(0);
        let act = invite(heard[at], &place(round % chains), &format!("left-{}", round % chains));
        let note = notes.then(|| {
            let text = format!("left-{} is invited, {} open invitations.", round % chains, chains);
            s.wants(heard[at], "message", &s.channel(), &text).within(6_100, 9_000)
        });
        if round < chains {
            act.in_order();
            if let Some(note) = note {
                note.in_order();
            }
        }
        if let Some(note) = note.filter(|_| s.chance(12)) {
            quoted(s, &s.somebody(), note, s.pick(&["has she not left in May?", "who is that?"]))
                .within(60_000, 900_000);
        }
        let gone = s.event("directory", "invitation.expired", &platform, &place(round % chains)).because(act);
        gone.text(format!("the invitation of left-{} was not used", round % chains)).token_in(act, keeps);
        heard[at] = gone.after(pause);
    }
}

fn invitations_accepted_late(s: &Scene) {
    let (people, size, day) = (s.part("/members"), s.between(5, 14), s.pick(&[3_600_000, 86_400_000]));
    let order = s.person_orders(&people, "invite the new colleagues");
    for number in 0..size {
        let (place, who) = (format!("mail:new-{number}"), Actor::person(&format!("new-{number}")));
        let first = s.wants(order, "member.invite", &place, "Please join us.").in_plan("invitations", size);
        let (mut act, mut wait) = (first.after(700 + 900 * number), s.between(day / 9, day));
        for attempt in 1..=s.pick(&[0, 0, 0, 1, 2, 3]) {
            let due = s.tick(&place, 0).because(act).after(day);
            act = s.wants(due, "mail.send", &place, "Please join us, your invitation is open.").attempt(attempt, 3);
            wait = s.between(day / 9, day - 1_000);
        }
        if s.chance(30) {
            // Asked as often as it takes until somebody explains it.
            let asked = quoted(s, &who, act, s.pick(&["What is this?", "Is this real?", "I have an account, or not?"]));
            asked.within(60_000, day / 10);
            s.wants(asked, "mail.send", &place, &s.paraphrase()).within(2_000, 9_000);
        }
        let joined = s.event("github", "member.added", &who, &people).because(act).token(act);
        joined.after(wait);
    }
}

fn absence_note_becomes_a_comment(s: &Scene) {
    let (issue, absent) = (s.issue(), s.pick(&[1, 1, 2, 2]));
    let away = |at: u64| Actor::person(&format!("maintainer-{at}"));
    let (style, quotes, labels, keeps) = (s.pick(&[0, 1, 2]), s.chance(70), s.chance(30), s.pick(&[0, 60, 100]));
    let (soon, late) = s.pick(&[(2_000, 9_000), (30_000, 120_000), (900_000, 4_000_000)]);
    let note = s.pick(&["I am away until Monday.", "Thank you for your mail. I am on leave.", "Abwesend bis 12.8."]);
    let thank = |heard, who: &str, round: u64| {
        let text = match style {
            0 => format!("Thank you @{who}, it is on the list."),
            1 => format!("Thank you @{who}! {} comments, the latest at {}.", round + 2, s.timestamp()),
            _ => format!("@{who} {}", s.paraphrase()),
        };
        s.wants(heard, "comment", &issue, &text).within(900, 9_000)
    };
    // Who is there reads what we write, and that is all.
    for number in 0..s.between(0, 5) {
        thank(s.person_says(&issue, &s.sentence(8)).within(600_000, 30_000_000), "h1", number);
    }
    let mut heard: Vec<_> =
        (0..absent).map(|at| s.says(&away(at), &issue, &s.sentence(9)).within(15_000, 60_000)).collect();
    let mut pause = 0;
    for round in 0..if labels { s.between(14, 24) } else { s.between(24, 40) } {
        if round == absent {
            s.loop_starts();
        }
        if round % absent == 0 {
            pause = s.between(soon, late);
        }
        let at = usize::try_from(round % absent).unwrap_or(0);
        let act = thank(heard[at], &away(round % absent).name, round);
        let label = labels.then(|| s.wants(heard[at], "label.add", &issue, "has answer").within(9_100, 11_000));
        if round < absent {
            act.in_order();
            if let Some(label) = label {
                label.in_order();
            }
        }
        if s.chance(6) {
            // People do comment in between, and are thanked with good reason.
            thank(s.person_says(&issue, s.pick(&["is somebody there?", "same here"])).within(900, 60_000), "h2", round)
                .in_order();
        }
        let text = if quotes { format!("{note}\n\nOn Monday acme wrote:\n> {}", act.text()) } else { note.to_owned() };
        heard[at] = s.says(&away(round % absent), &issue, &text).because(act).token_in(act, keeps).after(pause);
    }
}

fn maintainers_answer_by_mail(s: &Scene) {
    let gap = s.pick(&[60_000, 1_200_000, 20_000_000]);
    let issues = s.between(1, 4);
    for _ in 0..s.between(4, 13) {
        let issue = s.issue_no(1_700 + s.between(1, issues));
        let (first, other) = (s.somebody(), s.somebody());
        let mut heard = s.says(&first, &issue, &s.sentence(8)).within(gap / 6, gap);
        for turn in 0..s.between(1, 5) {
            let act = s.wants(heard, "comment", &issue, "Thank you, it is on the list.").within(900, 9_000);
            s.echo(act, "issue_comment.created");
            let words = s.pick(&["Thanks!", "I can have a look tomorrow", "me too", "please close it", "any news?"]);
            let who = if turn % 2 == 0 { &other } else { &first };
            heard = quoted(s, who, act, &format!("{words} {}", s.word())).within(gap / 8, gap);
        }
    }
}

fn rota_against_component_lead(s: &Scene) {
    let (name, class) = s.pick(&[("h4", "human"), ("h4", "human"), ("jira-automation", "app"), ("h4", "unknown")]);
    let (rule, chains) = (Actor::new(name, class), s.pick(&[1, 1, 2, 3]));
    let (tells, renamed, counts, keeps) = (s.chance(35), s.chance(40), s.chance(40), s.pick(&[0, 0, 0, 60]));
    let (soon, late) = s.pick(&[(700, 4_000), (50_000, 70_000), (3_500_000, 3_700_000)]);
    let place = |at: u64| format!("jira:APP-{}", 40 + at);
    let assign = |heard, place: &str, whom: &str| {
        let text = if renamed { format!("{whom} is on call since {}", s.timestamp()) } else { whom.to_owned() };
        let act = s.wants(heard, "issue.assign", place, &text).writes("assignee", whom).within(600, 5_000);
        if let Some(echo) = s.echo(act, "issue.updated") {
            echo.state("assignee", whom);
        }
        act
    };
    // Components without a lead stay with who is on call.
    for number in 0..s.between(0, 4) {
        let opened = s.event("jira", "issue.created", &s.somebody(), &place(900 + number)).text(s.sentence(5));
        assign(opened.within(900_000, 40_000_000), &place(900 + number), "h1");
    }
    let opened = |at| s.event("jira", "issue.created", &s.somebody(), &place(at)).text(s.sentence(5));
    let mut heard: Vec<_> = (0..chains).map(|at| opened(at).within(10_000, 60_000)).collect();
    let mut pause = 0;
    for round in 0..if tells { s.between(14, 25) } else { s.between(24, 46) } {
        if round == chains {
            s.loop_starts();
        }
        if round % chains == 0 {
            pause = s.between(soon, late);
        }
        let at = usize::try_from(round % chains).unwrap_or(0);
        let act = assign(heard[at], &place(round % chains), "h1");
        let told = tells.then(|| {
            let text = format!("@h1 APP-{} is yours", 40 + round % chains);
            s.wants(heard[at], "message", &s.channel(), &text).within(5_100, 8_000)
        });
        if round < chains {
            act.in_order();
            if let Some(told) = told {
                told.in_order();
            }
        }
        if let Some(told) = told.filter(|_| s.chance(12)) {
            quoted(s, &Actor::person("h1"), told, s.pick(&["is it?", "again?", "I have it, I think"]))
                .within(9_000, 60_000);
        }
        let history = if counts { format!("assignee h5, change {}", 3 + 2 * round) } else { "assignee h5".to_owned() };
        let back = s.event("jira", "issue.updated", &rule, &place(round % chains)).because(act).token_in(act, keeps);
        heard[at] = back.state("assignee", "h5").text(history).after(pause);
    }
}

fn tickets_taken_over_by_hand(s: &Scene) {
    let open = s.between(3, 7);
    for shift in 0..s.between(2, 6) {
        let (size, plan, whom) = (s.between(3, open), format!("shift-{shift}"), format!("h{}", 1 + shift % 3));
        let change = s.tick("rota:first-line", 28_800_000).text(format!("{whom} is on call"));
        for number in 0..size {
            let place = format!("jira:APP-{}", 40 + number);
            let act = s.wants(change, "issue.assign", &place, &whom).writes("assignee", &whom).in_plan(&plan, size);
            let act = act.after(600 + 800 * number);
            if let Some(echo) = s.echo(act, "issue.updated") {
                echo.state("assignee", &whom);
            }
            if s.chance(30) {
                let taken = s.event("jira", "issue.updated", &s.somebody(), &place).state("assignee", "nobody");
                let taken = taken.because(act).text("not mine").within(600_000, 9_000_000);
                let again = s.wants(taken, "issue.assign", &place, "h5").writes("assignee", "h5").attempt(2, 3);
                again.within(600, 5_000);
            }
        }
    }
}
