//! Relays: mailboxes that are not read, bridges, status maps, descriptions, a launch, an outage, and a ferry.

use super::{DAY, HOUR, MINUTE, SECOND, answer, cut, phrased, remark, turns};
use crate::loops::families::{Family, careless, declared, looping};
use crate::loops::scene::{Actor, Scene};

pub(super) const FAMILIES: &[Family] = &[
    looping(
        "no_reply_mailbox_opens_tickets",
        "",
        "A notice becomes a ticket and is acknowledged; its mailbox answers that it is not read: one more ticket",
        no_reply_mailbox_opens_tickets,
    ),
    declared(
        "notices_and_customers_become_tickets",
        "",
        "Mails become tickets, each acknowledged once; notes of mailboxes that are not read are filed with them",
        notices_and_customers_become_tickets,
    ),
    looping(
        "two_bridges_over_one_pair_of_rooms",
        "",
        "Our bridge carries a room to another platform, and a second bridge, set up by others, carries it back",
        two_bridges_over_one_pair_of_rooms,
    ),
    declared(
        "bridge_between_two_busy_rooms",
        "",
        "A bridge carries two busy rooms to each other, each message once; a flood protection once banned it for that",
        bridge_between_two_busy_rooms,
    ),
    looping(
        "done_reopened_by_the_status_map",
        "",
        "Our map of states knows no Done: a done ticket reopens its issue, is in progress, and is done by a rule",
        done_reopened_by_the_status_map,
    ),
    declared(
        "tickets_follow_their_issues",
        "",
        "People close, reopen and take up issues all week, and each ticket is moved as its issue is",
        tickets_follow_their_issues,
    ),
    looping(
        "escapes_that_grow_in_a_description",
        "",
        "We copy a description into a tracker, the tracker copies it back, and each conversion adds a mark",
        escapes_that_grow_in_a_description,
    ),
    declared(
        "descriptions_copied_in_a_planning_week",
        "",
        "People edit descriptions again and again; each edit is copied once, and the tracker confirms it",
        descriptions_copied_in_a_planning_week,
    ),
    declared(
        "mails_rooms_and_tickets_of_a_launch",
        "",
        "Customers write mails, which become tickets and messages in a room, and what is said there becomes mails",
        mails_rooms_and_tickets_of_a_launch,
    ),
    declared(
        "room_backfilled_after_an_outage",
        "",
        "A bridge was down and delivers what was said meanwhile in one go, for which it was rate-limited",
        room_backfilled_after_an_outage,
    ),
    careless(
        "no_boat_today_relayed_each_time",
        "",
        "A feed says the same each half hour, and a host relays it each time, as its readers have asked for",
        no_boat_today_relayed_each_time,
    ),
];

const NOT_READ: &str = "We are sorry, but this is a no-reply address and nobody can read your message.";

fn no_reply_mailbox_opens_tickets(s: &Scene) {
    let (mailbox, who) = ("mail:support@acme", Actor::unknown("no-reply"));
    let (tells, names, mut ticket) = (s.chance(35), s.pick(&[0, 60, 100]), s.between(4_000, 9_000));
    let (soon, late) = s.pick(&[
        (2 * SECOND, 10 * SECOND),
        (50 * SECOND, 4 * MINUTE),
        (18 * MINUTE, 40 * MINUTE),
        (5 * HOUR, 7 * HOUR),
    ]);
    let open = |heard, ticket: u64, title: &str| {
        s.wants(heard, "ticket.create", &format!("tracker:HELP-{ticket}"), title).within(400, 2 * SECOND);
        if tells {
            let text = format!("HELP-{ticket}: {title}");
            s.wants(heard, "message", &s.channel(), &text).within(2_100, 3 * SECOND);
        }
        let text = format!("[HELP-{ticket}] We have received your message and will answer soon. Re: {title}");
        s.wants(heard, "mail.send", &format!("mail:help-{ticket}"), &text).within(3_100, 6 * SECOND)
    };
    // Most mails are of customers.
    for other in 0..s.between(0, 4) {
        ticket += 1;
        let asked = s.says(&Actor::unknown(&format!("customer-{other}")), mailbox, &s.sentence(9));
        open(asked.within(20 * MINUTE, 6 * HOUR), ticket, &s.sentence(4));
    }
    let mut title = s.pick(&["Your parcel is on its way!", "Your invoice of March", "Your trial ends"]).to_owned();
    let mut heard = s.says(&who, mailbox, &format!("{title} {}", s.sentence(8))).within(HOUR, DAY);
    for _ in s.rounds(turns(s, if tells { 3 } else { 2 })) {
        ticket += 1;
        let act = open(heard, ticket, &title);
        title = cut(&format!("Automated response: Re: {title}"), 240);
        let back = s.says(&who, mailbox, &format!("{title} {NOT_READ}")).because(act).token(act);
        heard = if s.chance(names) { back.answers(act) } else { back }.within(soon, late);
    }
}

fn notices_and_customers_become_tickets(s: &Scene) {
    let (mailbox, gap, mut ticket) = ("mail:support@acme", s.pick(&[MINUTE, 12 * MINUTE, 2 * HOUR]), 4_000);
    for number in 0..s.between(12, 38) {
        ticket += 1;
        let (machine, title) = (s.chance(45), s.sentence(4));
        let who = Actor::unknown(&if machine { "no-reply".to_owned() } else { format!("customer-{number}") });
        let lead = s.pick(&["Your parcel is on its way!", "Your invoice", "Backup finished", "Your trial ends"]);
        let text = if machine { format!("{lead} {}", s.sentence(5)) } else { format!("{title}: {}", s.sentence(9)) };
        let heard = s.says(&who, mailbox, &text).after(s.heavy_tail(gap));
        s.wants(heard, "ticket.create", &format!("tracker:HELP-{ticket}"), &title).within(400, 2 * SECOND);
        let text = format!("[HELP-{ticket}] We have received your message and will answer soon.");
        let act = s.wants(heard, "mail.send", &format!("mail:help-{ticket}"), &text).within(3_100, 6 * SECOND);
        if machine {
            let note = s.says(&who, mailbox, NOT_READ).because(act).token(act).within(2 * SECOND, 2 * MINUTE);
            let filed = s.wants(note, "ticket.update", &format!("tracker:HELP-{ticket}"), "no reply wanted");
            filed.writes("status", "closed").within(400, 2 * SECOND);
        } else if s.chance(30) {
            answer(s, &who, act, s.pick(&["Thank you.", "It is urgent!", "Never mind, found it."])).within(MINUTE, gap);
        }
    }
}

fn two_bridges_over_one_pair_of_rooms(s: &Scene) {
    let (here, there) = (s.channel(), format!("irc:#{}", s.word()));
    let second = Actor::new(s.pick(&["old-bridge", "relay-2", "gateway"]), s.pick(&["bot", "bot", "human", "unknown"]));
    let (grows, marks) = (s.chance(60), s.chance(50));
    let (soon, late) = s.pick(&[(400, 1_500), (2 * SECOND, 5 * SECOND), (10 * SECOND, 30 * SECOND)]);
    let carry = |heard, who: &str, text: &str| {
        let words = if grows { format!("[irc] <{who}> {text}") } else { text.to_owned() };
        let act = s.wants(heard, "message", &here, &cut(&words, 300)).within(200, 1_200);
        s.echo(act, "message");
        act
    };
    // Until tonight there was one bridge.
    for _ in 0..s.between(2, 11) {
        let (who, text) = (s.somebody(), s.sentence(7));
        let said = s.says(&who, &there, &text).within(20 * SECOND, HOUR);
        carry(said, &who.name, &text);
    }
    let (mut who, mut text) = (s.somebody().name, s.sentence(8));
    let mut heard = s.says(&Actor::person(&who), &there, &text).within(HOUR, 5 * HOUR);
    for _ in s.rounds(turns(s, 1)) {
        let act = carry(heard, &who, &text);
        remark(s, act, 4, &["what is going on?", "echo echo", "can an admin please look?"]);
        text = if marks { format!("{}\u{200b}", act.text()) } else { act.text() };
        if grows {
            text = cut(&format!("[teams] <bridge> {text}"), 300);
        }
        who.clone_from(&second.name);
        heard = s.says(&second, &there, &text).because(act).token_in(act, 25).within(soon, late);
    }
}

fn bridge_between_two_busy_rooms(s: &Scene) {
    let (here, there) = (s.channel(), format!("irc:#{}", s.word()));
    let gap = s.pick(&[700, 4 * SECOND, 40 * SECOND]);
    let short = ["+1", "yes", "lol", "same here", "no", "try again", "it works", "thanks"];
    for _ in 0..s.between(22, 110) {
        let (who, left) = (Actor::person(&format!("h{}", s.between(1, 14))), s.chance(55));
        let text = if s.chance(35) { s.pick(&short).to_owned() } else { s.sentence(7) };
        let (from, to, name) = if left { (&there, &here, "irc") } else { (&here, &there, "teams") };
        let heard = s.says(&who, from, &text).after(s.heavy_tail(gap));
        let act = s.wants(heard, "message", to, &format!("[{name}] <{}> {text}", who.name)).within(200, 1_200);
        s.echo(act, "message");
    }
}

fn done_reopened_by_the_status_map(s: &Scene) {
    let (issue, ticket) = (s.issue(), format!("tracker:ENG-{}", s.between(50, 900)));
    let (automation, tells) = (Actor::app("tracker-automation"), s.chance(30));
    let (soon, late) = s.pick(&[
        (5 * SECOND, 20 * SECOND),
        (2 * MINUTE, 6 * MINUTE),
        (55 * MINUTE, 65 * MINUTE),
        (22 * HOUR, 26 * HOUR),
    ]);
    let shut = |heard, place: &str| {
        let act = s.wants(heard, "issue.close", place, "").writes("open", "0").within(500, 2 * SECOND);
        s.echo(act, "issues.closed").map(|echo| echo.state("open", "0"));
    };
    // Cancelled is on the map.
    for other in 0..s.between(0, 6) {
        let place = format!("tracker:ENG-{}", 10 + other);
        let moved = s.event("tracker", "ticket.moved", &s.somebody(), &place).state("status", "cancelled");
        shut(moved.within(HOUR, 9 * HOUR), &s.issue_no(900 + other));
    }
    let done = s.event("tracker", "ticket.moved", &s.somebody(), &ticket).state("status", "done").text("Done");
    let mut heard = done.within(HOUR, DAY);
    for _ in s.rounds(turns(s, if tells { 3 } else { 2 })) {
        let open = s.wants(heard, "issue.reopen", &issue, "").writes("open", "1").within(500, 2 * SECOND);
        if tells {
            let text = format!("Reopened, as {ticket} is open.");
            s.echo(s.wants(heard, "comment", &issue, &text).within(2_100, 4 * SECOND), "issue_comment.created");
        }
        remark(s, open, 5, &["it is merged, why is it open?", "please leave it closed", "the sync again"]);
        let opened = s.comes_back(open, "issues.reopened").text("").state("open", "1");
        let moved = s.wants(opened, "ticket.move", &ticket, "In progress").writes("status", "in-progress");
        // All its pulls are merged, and so the tracker's own rule moves it.
        let done = s.event("tracker", "ticket.moved", &automation, &ticket).state("status", "done").text("Done");
        heard = done.because(moved.within(500, 2 * SECOND)).token(moved).within(soon, late);
    }
}

fn tickets_follow_their_issues(s: &Scene) {
    let (first, gap) = (s.between(100, 800), s.pick(&[3 * MINUTE, 40 * MINUTE, 7 * HOUR]));
    let mut open = [true; 12];
    for _ in 0..s.between(18, 70) {
        let at = s.between(0, 11);
        let (issue, ticket) = (s.issue_no(first + at), format!("tracker:ENG-{}", 300 + at));
        let was = &mut open[usize::try_from(at).unwrap_or(0)];
        let (kind, status) = match (*was, s.chance(50)) {
            (true, true) => ("issues.closed", "done"),
            (true, false) => ("issues.assigned", "in-progress"),
            (false, _) => ("issues.reopened", "todo"),
        };
        *was = kind != "issues.closed";
        let heard = s.event("github", kind, &s.somebody(), &issue).after(s.heavy_tail(gap));
        let heard = heard.state("open", if *was { "1" } else { "0" });
        let act = s.wants(heard, "ticket.move", &ticket, status).writes("status", status).within(500, 2 * SECOND);
        let moved = s.event("tracker", "ticket.moved", &s.us(), &ticket).state("status", status).because(act);
        moved.token(act).within(300, 4 * SECOND);
        if s.chance(8) {
            let text = s.pick(&["Moved.", "Why is that back?", "Thanks, bridge."]);
            s.event("tracker", "ticket.commented", &s.somebody(), &ticket).text(text).within(MINUTE, gap);
        }
    }
}

/// A description after so many conversions.
fn converted(style: u64, text: &str, times: u64) -> String {
    let times = usize::try_from(times.min(90)).unwrap_or(0);
    match style {
        0 => format!("Use {}*{text}{}* here.", "\\".repeat(times), "\\".repeat(times)),
        1 => format!("Tom &{} Anna: {text}", "amp;".repeat(times)),
        _ => format!("{text}{}", "\n".repeat(times)),
    }
}

fn escapes_that_grow_in_a_description(s: &Scene) {
    let (issue, ticket, app) = (s.issue(), format!("tracker:WEB-{}", s.between(50, 900)), Actor::app("tracker-sync"));
    let (style, title, text) = (s.between(0, 2), s.chance(35), s.sentence(12));
    let (soon, late) = s.pick(&[(2 * SECOND, 8 * SECOND), (40 * SECOND, 3 * MINUTE), (14 * MINUTE, 16 * MINUTE)]);
    let copy = |heard, place: &str, text: &str| {
        if title {
            s.wants(heard, "ticket.rename", place, &s.sentence(3)).within(300, 900);
        }
        s.wants(heard, "ticket.update", place, text).writes("body", text).within(SECOND, 3 * SECOND)
    };
    // Descriptions without marks come back as they went.
    for other in 0..s.between(0, 5) {
        let (place, plain) = (s.issue_no(40 + other), s.sentence(8));
        let edited = s.event("github", "issues.edited", &s.somebody(), &place).text(&plain).within(HOUR, 9 * HOUR);
        let act = copy(edited, &format!("tracker:WEB-{}", 10 + other), &plain);
        let same = s.event("tracker", "ticket.edited", &app, &act.subject()).text(&plain).because(act).token(act);
        same.within(soon, late);
    }
    let edited = s.event("github", "issues.edited", &s.somebody(), &issue).text(converted(style, &text, 0));
    let mut heard = edited.within(HOUR, DAY);
    for round in s.rounds(turns(s, if title { 2 } else { 1 })) {
        let act = copy(heard, &ticket, &converted(style, &text, 2 * round + 1));
        remark(s, act, 4, &["the description looks odd", "who edits this?", "edited 30 times?"]);
        let words = converted(style, &text, 2 * round + 2);
        let back = s.event("github", "issues.edited", &app, &issue).text(&words).state("body", words.as_str());
        heard = back.because(act).token(act).within(soon, late);
    }
}

fn descriptions_copied_in_a_planning_week(s: &Scene) {
    let (first, app, gap) = (s.between(100, 800), Actor::app("tracker-sync"), s.pick(&[MINUTE, 9 * MINUTE, 2 * HOUR]));
    let mut bodies: Vec<_> = (0..9).map(|_| s.sentence(8)).collect();
    for _ in 0..s.between(18, 75) {
        let at = s.between(0, 8);
        let (issue, ticket) = (s.issue_no(first + at), format!("tracker:WEB-{}", 300 + at));
        let body = &mut bodies[usize::try_from(at).unwrap_or(0)];
        *body = if s.chance(70) { format!("{body} {}", s.sentence(2)) } else { s.sentence(9) };
        let edited = s.event("github", "issues.edited", &s.somebody(), &issue).text(body.as_str());
        let heard = edited.after(s.heavy_tail(gap));
        let act = s.wants(heard, "ticket.update", &ticket, body).writes("body", body.as_str());
        let act = act.within(SECOND, 3 * SECOND);
        let seen = s.event("tracker", "ticket.edited", &app, &ticket).text(body.as_str()).because(act).token(act);
        seen.within(SECOND, 9 * SECOND);
        remark(s, act, 6, &["please say what done means", "good", "split it?"]);
    }
}

fn mails_rooms_and_tickets_of_a_launch(s: &Scene) {
    let (room, gap) = (s.channel(), s.pick(&[MINUTE, 15 * MINUTE, 2 * HOUR]));
    for number in 0..s.between(6, 13) {
        let (place, who) = (format!("mail:launch-{number}"), Actor::unknown(&format!("customer-{number}")));
        let (ticket, thread) = (format!("tracker:LAUNCH-{number}"), format!("{room}/launch-{number}"));
        let mut heard = s.says(&who, &place, &s.sentence(12)).after(s.heavy_tail(gap));
        s.wants(heard, "ticket.create", &ticket, &cut(&heard.said(), 40)).within(500, 2 * SECOND);
        for _ in 0..s.pick(&[1, 1, 2, 3]) {
            let text = format!("{} writes: {}", who.name, heard.said());
            let shown = s.wants(heard, "message", &thread, &text).within(2_100, 5 * SECOND);
            s.echo(shown, "message");
            let said = answer(s, &s.somebody(), shown, &s.paraphrase()).within(gap / 10, gap);
            let mail = s.wants(said, "mail.send", &place, &format!("{} Your launch team", said.said()));
            heard = answer(s, &who, mail.within(SECOND, 6 * SECOND), &s.sentence(9)).within(gap / 4, gap);
        }
        s.wants(heard, "ticket.update", &ticket, "answered").writes("status", "answered").within(500, 2 * SECOND);
    }
}

fn room_backfilled_after_an_outage(s: &Scene) {
    let (here, there) = (s.channel(), format!("irc:#{}", s.word()));
    let carry = |at: Option<u64>, size: u64| {
        let (who, text) = (Actor::person(&format!("h{}", s.between(1, 9))), s.sentence(6));
        let said = s.says(&who, &there, &text);
        let heard = if let Some(at) = at { said.at(at) } else { said.within(MINUTE, HOUR) };
        let act = s.wants(heard, "message", &here, &format!("<{}> {text}", who.name)).within(150, 900);
        let act = if size > 0 { act.in_plan("backfill", size) } else { act };
        s.echo(act, "message");
    };
    for _ in 0..s.between(0, 6) {
        carry(None, 0);
    }
    let (start, pace, size) = (s.now() + 5 * HOUR, s.pick(&[90, 400, 1_300]), s.between(25, 95));
    for at in 0..size {
        carry(Some(start + at * pace + s.between(0, pace / 2)), size);
    }
    for _ in 0..s.between(2, 9) {
        carry(None, 0);
    }
}

fn no_boat_today_relayed_each_time(s: &Scene) {
    let (room, feed) = (s.channel(), Actor::app("harbour-feed"));
    let (gap, style) = (s.pick(&[10 * MINUTE, 30 * MINUTE, 6 * HOUR]), s.pick(&[0, 0, 2]));
    let mut notice = "Line 3: no boats, storm.";
    for _ in 0..s.between(18, 70) {
        if s.chance(8) {
            notice = s.pick(&["Line 3: no boats, storm.", "Line 3: boats as planned.", "Line 3: every two hours."]);
        }
        let told = s.event("feed", "notice.published", &feed, "feed:harbour").text(notice);
        let act = s.wants(told.after(gap), "message", &room, &phrased(s, style, notice, 0)).within(SECOND, 9 * SECOND);
        s.echo(act, "message");
        remark(s, act, 6, &["still?", "thanks", "and tomorrow?"]);
    }
}
