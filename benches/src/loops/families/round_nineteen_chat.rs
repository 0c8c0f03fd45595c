//! Talk: assistants that decline, menus, review texts, status notes, morning reports, a long setup and approvals.

use super::{DAY, HOUR, MINUTE, SECOND, answer, call, phrased, remark, turns};
use crate::loops::families::{Family, careless, declared, looping};
use crate::loops::scene::{Actor, Scene};

pub(super) const FAMILIES: &[Family] = &[
    looping(
        "nothing_to_reply_is_replied",
        "",
        "Two assistants tell each other that no reply is needed; each reply mentions the other, and a mention wakes",
        nothing_to_reply_is_replied,
    ),
    declared(
        "handoffs_acknowledged_in_one_line",
        "",
        "Agents hand work to each other all day; each handoff is acknowledged in one line that mentions nobody",
        handoffs_acknowledged_in_one_line,
    ),
    looping(
        "menu_bot_meets_menu_bot",
        "",
        "A campaign reaches a shop with a menu bot of its own; neither understands a menu, and each sends its own",
        menu_bot_meets_menu_bot,
    ),
    declared(
        "menus_chosen_by_customers",
        "",
        "A campaign goes to many customers; a wrong answer gets the menu again, three times at most",
        menus_chosen_by_customers,
    ),
    looping(
        "review_text_that_wakes_the_coder",
        "",
        "Our review ends with the line that calls a coding agent; it pushes, and a checker asks us to look again",
        review_text_that_wakes_the_coder,
    ),
    declared(
        "reviews_until_each_pull_is_approved",
        "",
        "Coding agents and people mend what our reviews name, up to five times, and then each pull is approved",
        reviews_until_each_pull_is_approved,
    ),
    looping(
        "woken_by_ones_own_status_note",
        "",
        "An agent leaves a status note on its ticket at each wake, and a new comment on its ticket wakes it",
        woken_by_ones_own_status_note,
    ),
    declared(
        "status_note_of_each_wake",
        "",
        "An agent is woken by people and by an hourly timer, works on its ticket and leaves a numbered note each time",
        status_note_of_each_wake,
    ),
    declared(
        "agents_asked_for_the_morning_report",
        "",
        "Each morning a scribe asks all agents how far they are, the silent ones once more, and sums it up",
        agents_asked_for_the_morning_report,
    ),
    declared(
        "customer_guided_through_a_long_setup",
        "",
        "An assistant guides a customer through a long setup, in a conversation that was once cut as too long",
        customer_guided_through_a_long_setup,
    ),
    careless(
        "approvals_asked_for_until_given",
        "",
        "An agent needs approvals and reminds people in the same words until they come, and counts nothing",
        approvals_asked_for_until_given,
    ),
];

/// What an assistant says that has nothing to say.
fn declined(s: &Scene, style: u64) -> String {
    let words = s.pick(&[
        "No reply needed, this was a status line and no request to me.",
        "Acknowledged, standing by.",
        "Nothing for me to do here, I stay silent.",
        "Confirmed. I am parked until the next task.",
        "Understood, closing this on my side.",
        "Thank you, likewise. No further action.",
    ]);
    phrased(s, style, words, s.between(1, 9))
}

fn nothing_to_reply_is_replied(s: &Scene) {
    let (room, peer) = (s.channel(), Actor::bot(s.pick(&["builder", "release-agent", "ops-assistant"])));
    let (soon, late) = s.pick(&[(4 * SECOND, 25 * SECOND), (20 * SECOND, 90 * SECOND), (2 * MINUTE, 6 * MINUTE)]);
    let (ours, theirs) = (s.pick(&[0, 3, 3]), s.pick(&[0, 3, 3]));
    // Earlier handoffs brought work, and ended with it.
    for _ in 0..s.between(0, 7) {
        let asked = s.says(&peer, &room, &format!("@scribe {} is ready for you", s.sentence(3)));
        s.wants(asked.within(HOUR, 9 * HOUR), "message", &room, &format!("Taken. {}", s.paraphrase()));
    }
    let asked = s.says(&peer, &room, &format!("@scribe the notes on {} wait for you", s.word()));
    let mut heard = asked.within(HOUR, DAY);
    for round in s.rounds(turns(s, 1)) {
        let text = if round == 0 { format!("The notes are written. {}", s.paraphrase()) } else { declined(s, ours) };
        let act = s.wants(heard, "message", &room, &text).within(3 * SECOND, 20 * SECOND);
        s.echo(act, "message");
        remark(s, act, 4, &["will you two stop?", "get some rest", "who pays for this?"]);
        heard = answer(s, &peer, act, &declined(s, theirs)).within(soon, late);
    }
}

fn handoffs_acknowledged_in_one_line(s: &Scene) {
    let (room, gap) = (s.channel(), s.pick(&[40 * SECOND, 8 * MINUTE, HOUR]));
    let peers = ["builder", "release-agent", "ops-assistant", "triage"].map(Actor::bot);
    for _ in 0..s.between(16, 60) {
        let peer = &peers[usize::try_from(s.between(0, 3)).unwrap_or(0)];
        let work = s.pick(&["is ready for you", "is green, please note it", "needs an entry", "is handed to you"]);
        let asked = s.says(peer, &room, &format!("@scribe {} {work}", s.sentence(2))).after(s.heavy_tail(gap));
        let act = s.wants(asked, "message", &room, s.pick(&["Taken.", "Done.", "Acknowledged.", "Noted, thanks."]));
        s.echo(act.within(3 * SECOND, 40 * SECOND), "message");
        if s.chance(15) {
            let more = answer(s, peer, act, &format!("one question: {}?", s.sentence(4))).within(gap / 8, gap / 2);
            s.echo(s.wants(more, "message", &room, &s.paraphrase()).within(5 * SECOND, 50 * SECOND), "message");
        }
    }
}

const OFFER: &str = "Spring offer: 20 % on all glasses until Sunday. How can we help? [Staff] [Branches] [Prices]";
const MENU: &str = "Sorry, I did not understand. Please tap one of these: [Staff] [Branches] [Prices]";

fn phone(s: &Scene) -> String {
    format!("sms:+4477009{:05}", s.between(0, 99_999))
}

fn menu_bot_meets_menu_bot(s: &Scene) {
    let (style, shops) = (s.pick(&[0, 0, 0, 2]), s.pick(&[1, 1, 1, 2]));
    let (soon, late) = s.pick(&[(SECOND, 3 * SECOND), (4 * SECOND, 15 * SECOND), (40 * SECOND, 80 * SECOND)]);
    let theirs = s.pick(&[
        "Welcome to the optician on the square! 1 Orders 2 Opening hours 3 A person",
        "Thank you for your message! Choose a number: 1 Book 2 Change 3 Cancel",
        "Hello, I am the assistant of the garage. Please say BOOK, PRICE or HELP.",
    ]);
    let order = s.person_orders("sms:campaign", "send the spring offer to everybody").within(HOUR, DAY);
    let mut wait = SECOND;
    let mut sent = || {
        wait += s.between(300, 4_000);
        s.wants(order, "sms.send", &phone(s), OFFER).after(wait)
    };
    for _ in 0..s.between(1, 5) {
        let act = sent();
        if s.chance(50) {
            let asked = answer(s, &Actor::unknown("customer"), act, s.pick(&["Prices", "hello?", "stop", "Branches"]));
            s.wants(asked.within(MINUTE, HOUR), "sms.send", &act.subject(), s.pick(&[MENU, "From 49 pounds."]));
        }
    }
    let mut places = Vec::new();
    for at in 0..shops {
        let (act, who) = (sent(), Actor::unknown(&format!("shop-{at}")));
        let heard = answer(s, &who, act, theirs).within(soon, late);
        places.push((act.subject(), who, heard));
    }
    for round in s.rounds(turns(s, shops)) {
        for (place, who, heard) in &mut places {
            let act = s.wants(*heard, "sms.send", place, &phrased(s, style, MENU, round)).within(300, 2_500);
            let act = if round == 0 { act.in_order() } else { act };
            *heard = answer(s, who, act, theirs).within(soon, late);
        }
    }
}

fn menus_chosen_by_customers(s: &Scene) {
    let (size, pace, gap) = (s.between(15, 28), s.pick(&[400, 3 * SECOND]), s.pick(&[30 * SECOND, 10 * MINUTE]));
    let order = s.person_orders("sms:campaign", "send the spring offer to everybody").within(HOUR, DAY);
    for at in 0..size {
        let (place, who) = (phone(s), Actor::unknown(&format!("customer-{at}")));
        let mut act = s.wants(order, "sms.send", &place, OFFER).in_plan("spring-offer", size).after(SECOND + pace * at);
        let slips = if s.chance(55) { s.pick(&[0, 0, 1, 1, 2]) } else { continue };
        for attempt in 1..=slips {
            let words = s.pick(&["hello?", "who is this", "I want the blue ones", "ok", "1"]);
            let heard = answer(s, &who, act, words).within(gap / 6, gap);
            act = s.wants(heard, "sms.send", &place, MENU).attempt(attempt, 3).within(300, 2_500);
        }
        let heard = answer(s, &who, act, s.pick(&["Prices", "Branches", "Staff"])).within(gap / 6, gap);
        let text =
            s.pick(&["Glasses start at 49 pounds.", "The nearest branch is at the station.", "One moment please."]);
        s.wants(heard, "sms.send", &place, text).within(300, 2_500);
    }
}

fn review_text_that_wakes_the_coder(s: &Scene) {
    let (pull, coder, checker) = (s.issue(), Actor::bot("coding-agent"), Actor::app("check-reporter"));
    let (stamps, replies) = (s.chance(35), s.chance(40));
    let (soon, late) = s.pick(&[(40 * SECOND, 90 * SECOND), (4 * MINUTE, 9 * MINUTE), (15 * MINUTE, 25 * MINUTE)]);
    let review = |heard, place: &str, number: u64| {
        let text = format!("Review {number}. {} To have this mended: @coding-agent iterate", s.paraphrase());
        if stamps {
            s.wants(heard, "status.set", place, "reviewed").writes("status", "reviewed").within(SECOND, 5 * SECOND);
        }
        s.wants(heard, "review.submit", place, &text).within(20 * SECOND, 70 * SECOND)
    };
    // On pulls of people the line at the end wakes nobody.
    for other in 0..s.between(0, 4) {
        let place = s.issue_no(30 + other);
        let opened = s.event("github", "pull_request.opened", &s.somebody(), &place).text(s.sentence(5));
        review(opened.within(HOUR, 9 * HOUR), &place, 1);
    }
    let mut heard = s.person_says(&pull, "@review-bot please have a look").within(HOUR, DAY);
    for round in 0..turns(s, if stamps { 2 } else { 1 }) + 2 {
        // To look at it three times is what a review is for.
        if round == 3 {
            s.loop_starts();
        }
        let act = review(heard, &pull, round + 1);
        s.echo(act, "pull_request_review.submitted");
        remark(s, act, 3, &["this was fine ten commits ago", "please stop", "I only wanted a second opinion"]);
        let push = s.event("github", "pull_request.synchronize", &coder, &pull).tree(s.hex(40)).because(act);
        push.text(format!("iterate: {}", s.sentence(3))).token_in(act, 20).within(soon, late);
        if replies {
            let text = format!("Addressed in {}. {}", s.hex(7), s.paraphrase());
            s.says(&coder, &pull, &text).because(act).token(act).after(late + 2 * SECOND);
        }
        let text = format!("@review-bot the head {} is green, {} checks.", s.hex(7), s.between(3, 14));
        heard = s.says(&checker, &pull, &text).because(act).token_in(act, 40).within(late + 20 * SECOND, 2 * late);
    }
}

fn reviews_until_each_pull_is_approved(s: &Scene) {
    let (first, gap) = (s.between(100, 700), s.pick(&[2 * MINUTE, 25 * MINUTE, 5 * HOUR]));
    for number in first..first + s.between(6, 11) {
        let (place, agent) = (s.issue_no(number), s.chance(60));
        let author = if agent { Actor::bot("coding-agent") } else { s.somebody() };
        let opened = s.event("github", "pull_request.opened", &author, &place).text(s.sentence(5)).tree(s.hex(40));
        let (mut heard, rounds) = (opened.after(s.heavy_tail(gap)), s.pick(&[2, 3, 3, 4, 5]));
        for round in 1..=rounds {
            let text = if round == rounds {
                format!("Approved. {}", s.paraphrase())
            } else {
                format!("Round {round}: {} places. {}", s.between(1, 9), s.paraphrase())
            };
            let act = s.wants(heard, "review.submit", &place, &text).attempt(round, 5).within(20 * SECOND, 90 * SECOND);
            s.echo(act, "pull_request_review.submitted");
            if round < rounds {
                let push = s.event("github", "pull_request.synchronize", &author, &place).tree(s.hex(40));
                heard = push.text(s.sentence(3)).because(act).within(gap / 4, gap);
            } else if s.chance(40) {
                let thanks = s.says(&author, &place, s.pick(&["Thanks!", "Thank you for the review.", "Merging."]));
                thanks.because(act).token(act).within(20 * SECOND, gap);
            }
        }
    }
}

fn woken_by_ones_own_status_note(s: &Scene) {
    let (ticket, reads, style) = (format!("tracker:MCA-{}", s.between(20, 900)), s.chance(40), s.between(0, 3));
    let (soon, late) = s.pick(&[(50 * SECOND, 100 * SECOND), (3 * SECOND, 9 * SECOND), (28 * MINUTE, 31 * MINUTE)]);
    let (whole, names) = (s.chance(40), s.chance(50));
    let words = s.pick(&[
        "Status: no change since my last note, waiting for the board.",
        "Session status: nothing new. Next step: await a decision.",
        "I was woken without new input and have nothing to add.",
    ]);
    // The board writes, and the agent works.
    let mut asked = s.event("tracker", "agent.wake", &s.somebody(), &ticket).text("comment_added").within(HOUR, DAY);
    for _ in 0..s.between(1, 5) {
        let found = call(s, asked, &ticket, &format!("draft the {}", s.word()), "saved");
        s.wants(found, "comment", &ticket, &format!("The {} is drafted. {}", s.word(), s.paraphrase()));
        asked = s.event("tracker", "agent.wake", &s.somebody(), &ticket).text("comment_added").within(HOUR, 9 * HOUR);
    }
    let mut heard = asked;
    for round in s.rounds(turns(s, if reads { 2 } else { 1 })) {
        if reads {
            heard = call(s, heard, &ticket, "read the latest comments", words);
        }
        let act =
            s.wants(heard, "comment", &ticket, &phrased(s, style, words, round + 1)).within(5 * SECOND, 40 * SECOND);
        remark(s, act, 2, &["you need not write that each time", "why 40 notes?"]);
        let who = if names { s.us() } else { Actor::system("tracker") };
        let wake = s.event("tracker", "agent.wake", &who, &ticket).because(act).token(act);
        let wake = wake.text(if whole { act.text() } else { "comment_added".to_owned() });
        heard = wake.within(soon, late);
    }
}

fn status_note_of_each_wake(s: &Scene) {
    let (ticket, gap) = (format!("tracker:MCA-{}", s.between(20, 900)), s.pick(&[5 * MINUTE, HOUR, 3 * HOUR]));
    for note in 1..=s.between(11, 40) {
        let heard = if s.chance(60) {
            s.tick(&ticket, gap).text("hourly wake")
        } else {
            let wake = s.event("tracker", "agent.wake", &s.somebody(), &ticket).text(s.sentence(6));
            wake.within(gap / 6, gap)
        };
        let mut found = heard;
        for _ in 0..s.pick(&[0, 0, 1, 1]) {
            found = call(s, found, &ticket, &format!("look up the {}", s.word()), &s.sentence(8));
        }
        let text = if s.chance(30) { "No change.".to_owned() } else { s.paraphrase() };
        let act = s.wants(found, "comment", &ticket, &format!("Note {note}: {text}")).progress(note);
        s.echo(act.within(5 * SECOND, 40 * SECOND), "comment.created");
        let told =
            s.wants(found, "record.update", &ticket, "last note").progress(note).writes("note", note.to_string());
        remark(s, told.within(41 * SECOND, 50 * SECOND), 10, &["thanks", "good", "keep going"]);
    }
}

fn agents_asked_for_the_morning_report(s: &Scene) {
    let (room, agents) = (s.channel(), s.between(4, 8));
    for day in 0..s.between(3, 7) {
        let tick = s.tick(&room, DAY + s.between(0, 4 * MINUTE)).text("morning report");
        let (mut latest, plan) = (tick, format!("morning-{day}"));
        for at in 0..agents {
            let (who, place) = (Actor::bot(&format!("agent-{at}")), format!("{room}/agent-{at}"));
            let text = "Good morning. What did you do, what is next, what is in your way?";
            let mut act = s.wants(tick, "message", &place, text).in_plan(&plan, 2 * agents + 1).after(700 * (at + 1));
            if s.chance(20) {
                let late = s.tick(&place, 10 * MINUTE).text("no answer yet");
                act = s.wants(late, "message", &place, "Are you there? The report waits for you.").attempt(2, 2);
                act = act.in_plan(&plan, 2 * agents + 1);
            }
            latest = answer(s, &who, act, &s.paraphrase()).within(2 * SECOND, 50 * SECOND);
        }
        let text = format!("Report of day {}: {}", day + 1, s.paraphrase());
        let told = s.wants(latest, "message", &room, &text).in_plan(&plan, 2 * agents + 1).within(9 * SECOND, MINUTE);
        remark(s, told, 30, &["thanks", "agent-2 should take the other one first", "nice"]);
    }
}

fn customer_guided_through_a_long_setup(s: &Scene) {
    let (place, who) = (format!("{}/guest-{}", s.channel(), s.between(1, 99)), s.somebody());
    let gap = s.pick(&[8 * SECOND, 40 * SECOND, 6 * MINUTE]);
    let mut heard = s.says(&who, &place, "Hello, how do I move my shop to the new server?").within(HOUR, DAY);
    for _ in 0..s.between(16, 55) {
        if s.chance(25) {
            heard = call(s, heard, &place, &format!("look up the {} of the shop", s.word()), &s.sentence(9));
        }
        let act = s.wants(heard, "message", &place, &s.paraphrase()).within(2 * SECOND, 15 * SECOND);
        s.echo(act, "message");
        let words =
            s.pick(&["ok, done", "which button?", "it says error 14", "and now?", "yes", "I can not find that"]);
        let text = if s.chance(50) { words.to_owned() } else { s.sentence(7) };
        heard = answer(s, &who, act, &text).after(s.heavy_tail(gap));
    }
    s.wants(heard, "message", &place, "Your shop is on the new server now. Good luck with it!");
}

fn approvals_asked_for_until_given(s: &Scene) {
    let (room, gap) = (s.channel(), s.pick(&[10 * MINUTE, 2 * HOUR, DAY]));
    for number in 0..s.between(5, 9) {
        let (place, what) = (format!("{room}/approval-{number}"), s.sentence(2));
        let text = format!("@owners please approve: {what}");
        let mut heard = s.person_orders(&s.agent("session"), &format!("roll out {what}")).within(gap / 2, 2 * gap);
        for _ in 0..s.between(2, 7) {
            s.echo(s.wants(heard, "message", &place, &text).within(SECOND, 9 * SECOND), "message");
            heard = s.tick(&place, gap).text("not approved yet");
        }
        let given = s.person_says(&place, s.pick(&["approved", "go ahead", "yes", "ok, sorry, was away"]));
        s.wants(given.within(MINUTE, gap / 2), "deploy", &s.azure("environment"), &format!("roll out {what}"));
    }
}
