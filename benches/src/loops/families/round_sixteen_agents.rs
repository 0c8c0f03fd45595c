//! Agents: assistants that thank for their owners, permissions, reviews, questions handed on, two at once, games and votes.

use super::{answered, murmur, person, remark, turns};
use crate::loops::families::{Family, careless, declared, looping};
use crate::loops::scene::Scene;

pub(super) const FAMILIES: &[Family] = &[
    looping(
        "assistant_thanks_in_its_owners_name",
        "",
        "Our agent has delivered and asks whether that is all; a manager's assistant program thanks in her name, each time anew",
        assistant_thanks_in_its_owners_name,
    ),
    declared(
        "agent_asks_one_after_another",
        "",
        "An agent asks a person its numbered questions one after another and gets 2, yes or continue within seconds, until the last",
        agent_asks_one_after_another,
    ),
    looping(
        "permission_given_by_a_plugin",
        "",
        "Our agent asks before each command, a plug-in presses Allow in its owner's name, and the same command fails in the same way",
        permission_given_by_a_plugin,
    ),
    declared(
        "commands_approved_while_watching",
        "",
        "A person watches an agent and says y to each command within a second; some commands come again, after changes, as the next step",
        commands_approved_while_watching,
    ),
    looping(
        "findings_fixed_by_a_script",
        "",
        "Our reviewer remarks on a push; a script with a model, under the author's login, mends that and breaks what was mended before",
        findings_fixed_by_a_script,
    ),
    declared(
        "review_rounds_of_a_junior",
        "",
        "A beginner pushes fix after fix and we review each push; the rounds are numbered, and fewer and fewer points are left",
        review_rounds_of_a_junior,
    ),
    looping(
        "question_delegated_back",
        "",
        "Our agent passes a question to the expert; while she is away, her account forwards all of it to the team's agent, which is ours",
        question_delegated_back,
    ),
    declared(
        "questions_copied_to_another_room",
        "",
        "We pass questions on to a room of experts, and they copy our whole text with a line of theirs into the room of who has asked",
        questions_copied_to_another_room,
    ),
    declared(
        "two_people_at_once",
        "",
        "Two people talk to us in one room at the same time about different things, both in short lines, and one has the same error thrice",
        two_people_at_once,
    ),
    declared(
        "pair_plays_a_game",
        "",
        "Two people play dice with our bot in a room, a throw each second or two, and each throw is the n-th of its game",
        pair_plays_a_game,
    ),
    careless(
        "votes_in_a_word",
        "",
        "People vote by yes, +1, ok or a thumb, some change their minds; we put a mark on each and write the count anew",
        votes_in_a_word,
    ),
];

fn assistant_thanks_in_its_owners_name(s: &Scene) {
    let (chat, owner, keeps, mut spare) = (s.agent("chat"), person(2), s.pick(&[0, 0, 60, 100]), 2);
    let (style, logs, below) = (s.between(0, 2), s.chance(30), s.chance(30));
    let (soon, late) = s.pick(&[(1_500, 6_000), (30_000, 90_000), (600_000, 2_000_000)]);
    let thanks = || match style {
        0 => "Thanks so much! Really appreciate it.".to_owned(),
        1 => format!("{} Thank you!", s.paraphrase()),
        _ => s.pick(&["Great, thank you!", "Perfect, thanks!", "Thank you, that is very helpful."]).to_owned(),
    };
    // The report itself was wanted, and so was a second look.
    for number in 0..s.between(1, 4) {
        let order = s.event("agent", "task.submit", &owner, &chat).text(format!("report on the {}", s.word()));
        let order = order.within(900_000, 20_000_000);
        let run = s.wants(order, "tool.call", &chat, "build the report").within(500, 3_000);
        let done = s.reports(run, "tool.done", "ok").within(4_000, 30_000);
        s.wants(done, "message", &chat, &format!("Report {} is attached.", number + 1)).within(500, 3_000);
    }
    let mut heard = s.says(&owner, &chat, &thanks()).within(2_000, 90_000);
    for round in s.rounds(turns(s, if logs { 2 } else { 1 })) {
        let text = match style {
            0 => "You are welcome! Is there anything else I can do for you?".to_owned(),
            1 => format!("{} Is that all for today?", s.paraphrase()),
            _ => s.pick(&["With pleasure. Anything else?", "Glad it helps. Is that all?"]).to_owned(),
        };
        if logs {
            s.wants(heard, "memory.write", &chat, &format!("turn {round}: the owner is content")).within(100, 900);
        }
        let act = s.wants(heard, "message", &chat, &text).within(1_000, 6_000);
        if spare > 0 && s.chance(6) {
            spare -= 1;
            let asked = s.says(&owner, &chat, s.pick(&["is this going on for long?", "send me 2 as pdf"]));
            s.wants(asked.within(300, 900), "message", &chat, &s.paraphrase()).within(100, 400).in_order();
        }
        let quoted = if below { format!("\n\n> {text}") } else { String::new() };
        let back = s.says(&owner, &chat, &format!("{}{quoted}", thanks())).because(act).token_in(act, keeps);
        heard = back.within(soon, late);
    }
}

fn agent_asks_one_after_another(s: &Scene) {
    let gap = s.pick(&[3_000, 12_000, 120_000]);
    for number in 0..s.between(2, 4) {
        let (chat, who) = (format!("{}/{number}", s.agent("chat")), s.somebody());
        let order = s.event("agent", "task.submit", &who, &chat).text("set up a new project");
        let mut heard = order.within(600_000, 9_000_000);
        let size = s.between(8, 17);
        for question in 1..=size {
            let about = s.word();
            let text = match question % 3 {
                0 => format!("{question}/{size}: Do you want a {about}?"),
                1 => format!("{question}/{size}: Which {about}? 1) none 2) the usual 3) other"),
                _ => format!("{question}/{size}: I would put the {about} here. Continue?"),
            };
            let act = s.wants(heard, "message", &chat, &text).in_plan(&format!("chat-{number}"), size);
            s.echo(act, "message");
            // Some answer in our own words.
            let ours = format!("yes, put the {about} here");
            let words = match question % 3 {
                0 => s.pick(&["yes", "y", "no", "ok"]),
                1 => s.pick(&["2", "2", "1", "the usual"]),
                _ => s.pick(&["continue", "continue", "yes", "+1", ours.as_str()]),
            };
            let said = s.says(&who, &chat, words).because(act);
            heard = (if s.chance(30) { said.answers(act) } else { said }).within(gap / 4, gap);
        }
    }
}

fn permission_given_by_a_plugin(s: &Scene) {
    let (session, owner, keeps, mut spare) = (s.agent("session"), person(3), s.pick(&[0, 60, 100, 100]), 2);
    let (command, error) = s.pick(&[
        ("npm test", "Error: connect ECONNREFUSED 127.0.0.1:5432"),
        ("terraform apply", "Error: state is locked by h9"),
        ("git push", "remote: permission denied"),
    ]);
    let (reasons, stamped, wordy) = (s.chance(50), s.chance(40), s.chance(35));
    let (soon, late) = s.pick(&[(150, 700), (900, 1_100), (5_000, 9_000)]);
    let ask = |heard, what: &str| {
        let why = if reasons { format!("{} ", s.paraphrase()) } else { String::new() };
        s.wants(heard, "message", &session, &format!("{why}May I run `{what}`?")).within(900, 9_000)
    };
    let allow = |act| {
        let words = if wordy { "Allowed once by h3" } else { "yes" };
        s.says(&owner, &session, words).because(act).token_in(act, keeps).within(soon, late)
    };
    let order = s.event("agent", "task.submit", &owner, &session).text("make the build work again");
    let mut heard = order.within(60_000, 900_000);
    // The steps before are of use.
    for what in ["git pull", "npm ci", "npm run build"].into_iter().take(usize::try_from(s.between(0, 3)).unwrap_or(0))
    {
        let run = s.wants(allow(ask(heard, what)), "tool.call", &session, what).within(100, 700);
        heard = s.reports(run, "tool.done", "ok").within(2_000, 40_000);
    }
    for _ in s.rounds(turns(s, 2)) {
        let act = ask(heard, command);
        if spare > 0 && s.chance(7) {
            spare -= 1;
            let asked = s.says(&owner, &session, s.pick(&["how far are you?", "what is the error?"])).because(act);
            s.wants(asked.within(20, 90), "message", &session, &s.paraphrase()).after(40).in_order();
        }
        let run = s.wants(allow(act), "tool.call", &session, command).within(100, 700);
        let text = if stamped { format!("{} {error}", s.timestamp()) } else { error.to_owned() };
        heard = s.reports(run, "tool.failed", &text).within(1_500, 20_000);
    }
}

fn commands_approved_while_watching(s: &Scene) {
    let late = s.pick(&[700, 1_200, 3_000]);
    for job in 0..s.between(1, 3) {
        let (session, owner) = (format!("{}/{job}", s.agent("session")), s.somebody());
        let order = s.event("agent", "task.submit", &owner, &session).text("make the tests pass");
        let (mut heard, mut left) = (order.within(60_000, 900_000), s.between(8, 14));
        let steps = s.between(8, 13);
        for step in 1..=steps {
            let edits = step % 2 == 0;
            let what = if edits { format!("edit src/{}.rs", s.word()) } else { "cargo test".to_owned() };
            let act = s.wants(heard, "message", &session, &format!("May I run `{what}`?")).progress(step);
            let said = s.says(&owner, &session, s.pick(&["y", "y", "y", "yes", "ok"])).because(act.within(900, 5_000));
            let run = s.wants(said.within(200, late), "tool.call", &session, &what).progress(step).within(50, 300);
            left = if step == steps { 0 } else { left.saturating_sub(u64::from(edits)) };
            let text = if edits { "ok".to_owned() } else { format!("{left} tests failed") };
            heard = s.reports(run, "tool.done", &text).within(1_500, 20_000);
        }
        remark(s, s.wants(heard, "message", &session, "I am done."), 60, &["thx", "nice", "ok"]);
    }
}

fn findings_fixed_by_a_script(s: &Scene) {
    let (pull, author, keeps, mut spare) = (s.issue(), person(1), s.pick(&[0, 0, 60]), 2);
    let (swings, marks, wordy) = (s.chance(50), s.chance(45), s.chance(50));
    let (soon, late) = s.pick(&[(15_000, 60_000), (120_000, 400_000), (1_700_000, 2_000_000)]);
    let trees = [s.hex(40), s.hex(40)];
    let findings = [
        "The handler does not check for an empty list, which would panic.",
        "The check for an empty list is dead code, since the caller makes sure of it.",
    ];
    let side = |round: u64| usize::try_from(round % 2).unwrap_or(0);
    let pushed = |round: u64, text: &str| {
        let tree = if swings { trees[side(round)].clone() } else { s.hex(40) };
        s.event("github", "push", &author, &pull).text(text).tree(tree)
    };
    let review = |heard, text: &str| s.wants(heard, "review.comment", &pull, text).within(9_000, 50_000);
    // What the author wrote herself got remarks that were worth it.
    for _ in 0..s.between(1, 3) {
        let push = s.event("github", "push", &author, &pull).text(s.sentence(4)).tree(s.hex(40));
        review(push.within(600_000, 20_000_000), &s.paraphrase());
    }
    let mut heard = pushed(0, "first version").within(600_000, 20_000_000);
    for round in 0..=turns(s, if marks { 2 } else { 1 }) {
        // To remark on either side once is of use.
        if round == 2 {
            s.loop_starts();
        }
        if marks {
            let act = s.wants(heard, "status.set", &pull, "changes requested").writes("review", "changes");
            act.within(1_000, 6_000);
        }
        let text = if wordy { s.paraphrase() } else { findings[side(round)].to_owned() };
        let act = review(heard, &text);
        remark(s, act, 5, &["are these two talking to each other?", "h1, is that you?", "hm"]);
        if spare > 0 && s.chance(6) {
            spare -= 1;
            let asked = s.person_says(&pull, "@reviewer which line?").within(900, 9_000);
            s.wants(asked, "comment", &pull, "Line 40, where the list is read.").in_order();
        }
        let words = if wordy { format!("fix: {}", s.sentence(4)) } else { "address review comments".to_owned() };
        heard = pushed(round + 1, &words).because(act).token_in(act, keeps).within(soon, late);
    }
}

fn review_rounds_of_a_junior(s: &Scene) {
    let gap = s.pick(&[120_000, 900_000, 9_000_000]);
    for number in 0..s.between(4, 7) {
        let (pull, who) = (s.issue_no(5_100 + number), person(1 + number % 4));
        let push = |text: &str| s.event("github", "push", &who, &pull).text(text).tree(s.hex(40));
        let mut heard = push(&s.sentence(4)).within(gap, 6 * gap);
        let rounds = s.between(4, 9);
        for round in 1..=rounds {
            let left = rounds - round;
            let text = match left {
                0 => format!("Round {round}: nothing is left. Well done."),
                _ => format!("Round {round}: {left} points are left. {}", s.paraphrase()),
            };
            let act = s.wants(heard, "review.comment", &pull, &text).progress(round).within(9_000, 60_000);
            s.echo(act, "pull_request_review.submitted");
            if left > 0 {
                let words = s.pick(&["fix", "fix", "fix 2", "review", "oops", "now really"]);
                heard = push(words).because(act).within(gap / 8, gap);
            } else if s.chance(60) {
                answered(s, &who, act, s.pick(&["thanks!!", "phew", "ok merging"])).within(9_000, gap);
            }
        }
    }
}

fn question_delegated_back(s: &Scene) {
    let (inbox, she, keeps, mut spare) = (s.agent("inbox"), person(5), s.pick(&[0, 0, 60, 100]), 3);
    let (style, notes) = (s.between(0, 2), s.chance(40));
    let (soon, late) = s.pick(&[(800, 3_000), (20_000, 60_000), (290_000, 320_000)]);
    let question = format!("Who may read the {} of the old {}?", s.word(), s.word());
    let desk = "mail:h5@acme";
    let pass = |heard, text: &str| {
        let text: String = format!("A question for you as our expert: {text}").chars().take(260).collect();
        s.wants(heard, "mail.send", desk, &text).within(900, 9_000)
    };
    // When she is there she answers, and the agent tells who has asked.
    for _ in 0..s.between(0, 4) {
        let asked = s.person_orders(&inbox, &s.sentence(6)).within(900_000, 20_000_000);
        let act = pass(asked, &asked.said());
        let said = s.event("mail", "mail.in", &she, &inbox).text(s.sentence(5)).because(act).token(act);
        s.wants(said.within(90_000, 4_000_000), "message", &s.channel(), &said.said());
    }
    let mut heard = s.person_orders(&inbox, &question).within(900_000, 20_000_000);
    let mut text = question.clone();
    for round in s.rounds(turns(s, if notes { 2 } else { 1 })) {
        if notes {
            let told = s.wants(heard, "message", &s.channel(), &format!("I have asked h5: {question}")).after(700);
            remark(s, told, 6, &["she is away until the 3rd", "again?", "ok"]);
        }
        let act = pass(heard, &text);
        if spare > 0 && s.chance(8) {
            spare -= 1;
            let other = s.person_orders(&inbox, &s.sentence(5)).within(900, 20_000);
            s.wants(other, "message", &s.channel(), &s.paraphrase()).in_order();
        }
        text = match style {
            0 => question.clone(),
            1 => format!("FW: {}", act.text()).chars().take(240).collect(),
            _ => format!("{question} (handed over by h5, {})", 1_000 + round),
        };
        heard = s.event("agent", "task.submit", &she, &inbox).text(&text).because(act).token_in(act, keeps);
        heard = heard.within(soon, late);
    }
}

fn questions_copied_to_another_room(s: &Scene) {
    let (room, experts) = (s.channel(), format!("{}-experts", s.channel()));
    let gap = s.pick(&[30_000, 400_000, 5_000_000]);
    for number in 1..=s.between(8, 19) {
        let who = person(s.between(1, 3));
        let asked = s.says(&who, &room, &format!("@agent {}?", s.sentence(6))).within(gap / 3, 2 * gap);
        let text = format!("Question {number} of {}: {}", who.name, asked.said());
        let act = s.wants(asked, "message", &experts, &text).progress(number).within(900, 4_000);
        s.echo(act, "message");
        murmur(s, &experts, 25);
        let line = s.pick(&["yes", "no, never", "see the wiki", "ask h4", "v2 does that"]);
        let copied = s.says(&person(s.between(4, 5)), &room, &format!("> {text}\n\n{line}")).because(act).token(act);
        let copied = copied.within(gap / 6, gap);
        s.wants(copied, "question.close", &format!("board:q-{number}"), line).progress(number).within(300, 2_000);
        if s.chance(45) {
            let more = s.says(&who, &room, s.pick(&["@agent thx", "@agent and for v3?", "@agent really?"]));
            let more = more.because(act).within(9_000, gap);
            s.wants(more, "message", &room, &s.paraphrase()).within(900, 4_000);
        }
    }
}

fn two_people_at_once(s: &Scene) {
    let (room, gap) = (s.channel(), s.pick(&[2_500, 8_000, 45_000]));
    for _ in 0..s.between(2, 4) {
        let start = s.now() + s.between(900_000, 9_000_000);
        let words = ["ok and now?", "same error", "same error", "done", "yes", "where?", "still the same error"];
        let other = ["which month?", "ok", "the second one", "and the sum?", "yes", "again please", "no, May"];
        for (who, from, words) in
            [(person(1), "the deployment hangs", words), (person(2), "an invoice is wrong", other)]
        {
            let asked = s.says(&who, &room, &format!("@agent {from}")).at(start).after(s.between(0, gap));
            let mut heard = asked;
            for _ in 0..s.between(4, 9) {
                let text = if s.chance(35) {
                    format!("@{} please try it once more and tell me what you see.", who.name)
                } else {
                    format!("@{} {}", who.name, s.paraphrase())
                };
                let act = s.wants(heard, "message", &room, &text).within(600, 2_500);
                s.echo(act, "message");
                heard = answered(s, &who, act, s.pick(&words)).within(gap / 4, 2 * gap);
            }
            s.wants(heard, "message", &room, &format!("@{} I have written that down.", who.name));
        }
    }
}

fn pair_plays_a_game(s: &Scene) {
    let (room, late) = (s.channel(), s.pick(&[900, 2_000, 5_000]));
    let (one, two) = (person(1), person(s.between(2, 5)));
    for game in 0..s.between(2, 5) {
        let (mut heard, mut points) = (s.says(&one, &room, "/dice").within(20_000, 900_000), [0_u64; 2]);
        let throws = s.between(9, 24);
        for throw in 1..=throws {
            let (at, pips) = (usize::from(throw % 2 == 0), s.between(1, 6));
            points[at] += pips;
            let (who, next) = if at == 0 { (&one, &two) } else { (&two, &one) };
            let text = format!("{} throws {pips} and has {}. @{} it is on you.", who.name, points[at], next.name);
            let act = s.wants(heard, "message", &format!("{room}/game-{game}"), &text).progress(throw);
            let act = act.within(80, 400);
            s.echo(act, "message");
            if throw < throws {
                let said = s.says(next, &room, s.pick(&["/roll", "/roll", "/roll", "/roll !!"])).because(act);
                heard = said.within(300, late);
                murmur(s, &room, 6);
            }
        }
    }
}

fn votes_in_a_word(s: &Scene) {
    let (room, gap) = (s.channel(), s.pick(&[2_000, 20_000, 400_000]));
    for poll in 0..s.between(2, 4) {
        let what = s.pick(&["Release today?", "Pizza?", "Move the retro to Friday?"]);
        s.person_says(&room, &format!("/poll {what}")).within(900_000, 9_000_000);
        let place = format!("{room}/poll-{poll}");
        let (mut yes, mut no) = (0, 0);
        for _ in 0..s.between(8, 13) {
            let (words, up) =
                s.pick(&[("+1", true), ("yes", true), ("ok", true), ("👍", true), ("no", false), ("-1", false)]);
            let said = s.person_says(&place, words).within(gap / 8, gap);
            if up {
                yes += 1;
            } else {
                no += 1;
            }
            // Who votes anew has changed his mind.
            if yes > 2 && s.chance(20) {
                yes -= 1;
            }
            if s.chance(60) {
                s.wants(said, "react.add", &place, "noted").within(100, 600);
            }
            let act = s.wants(said, "message.update", &place, &format!("{what} yes {yes}, no {no}"));
            s.echo(act.within(700, 1_500), "messageUpdate");
        }
    }
}
