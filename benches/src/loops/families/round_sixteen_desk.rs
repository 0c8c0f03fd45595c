//! Desks and rooms: rules in mailboxes, assistants, macros, canned answers, stand-ups, classes, polls and dictation.

use super::{answered, murmur, person, remark, turns};
use crate::loops::families::{Family, careless, declared, looping};
use crate::loops::scene::{Actor, Scene};

pub(super) const FAMILIES: &[Family] = &[
    looping(
        "server_rule_answers_for_a_colleague",
        "",
        "A server rule in a colleague's mailbox answers every mail, not once a week as a vacation note would, and our desk confirms each",
        server_rule_answers_for_a_colleague,
    ),
    declared(
        "receipts_quoted_in_full",
        "",
        "Customers answer our receipts with a line above or below all of our text, often several times, and get the next receipt",
        receipts_quoted_in_full,
    ),
    looping(
        "assistant_proposes_other_times",
        "",
        "We offer free hours of a room; a manager's assistant program declines in his name and proposes hours at which it is taken",
        assistant_proposes_other_times,
    ),
    declared(
        "appointments_found_in_a_few_words",
        "",
        "Patients find an appointment in a few words, 2 or ok or our own words again; a new offer is the n-th to that person",
        appointments_found_in_a_few_words,
    ),
    looping(
        "macro_rewrites_the_dates",
        "",
        "A macro under a colleague's name writes dates as her country does whenever a cell changes, and we write them as the rest expects",
        macro_rewrites_the_dates,
    ),
    declared(
        "rows_corrected_by_hand",
        "",
        "A colleague goes through a sheet and corrects dates, some back to what they were; we write each in our form, by revision",
        rows_corrected_by_hand,
    ),
    looping(
        "solved_macro_of_the_other_desk",
        "",
        "Two help desks: our mail opens their ticket again, and their trigger answers in an agent's name that it is solved, which opens ours",
        solved_macro_of_the_other_desk,
    ),
    declared(
        "canned_answers_of_a_team",
        "",
        "Agents answer dozens of tickets with the same three texts; we send each, set the ticket to waiting, and open it when one writes back",
        canned_answers_of_a_team,
    ),
    declared(
        "standup_at_the_same_minute",
        "",
        "Each day at half past nine we ask a team, everybody answers within the minute in the same form, and we note each and sum up",
        standup_at_the_same_minute,
    ),
    declared(
        "same_word_for_thirty_pupils",
        "",
        "A teacher returns the work of thirty pupils with the same command and the same sentence, one after the other",
        same_word_for_thirty_pupils,
    ),
    declared(
        "answers_polled_at_full_minutes",
        "",
        "Our host polls, so that the yes and no of many people arrive at full minutes, several at once; each is noted and confirmed",
        answers_polled_at_full_minutes,
    ),
    careless(
        "dictated_in_short_lines",
        "",
        "An inspector dictates by voice, line by line, a few words each two seconds, many alike; we append each line and say noted",
        dictated_in_short_lines,
    ),
];

fn server_rule_answers_for_a_colleague(s: &Scene) {
    let (desk, she) = (format!("mail:desk-{}", s.between(1, 40)), Actor::person("h4@acme"));
    let (style, notes, below, keeps) = (s.between(0, 2), s.chance(40), s.chance(45), s.pick(&[0, 60, 100]));
    let (number, mut spare, shared) = (s.between(4_000, 9_000), 3, s.chance(35));
    let (soon, late) = s.pick(&[(2_000, 8_000), (55_000, 70_000), (290_000, 620_000)]);
    let rule = s.pick(&[
        "I have moved to another team. Please write to h5@acme.",
        "Thank you for your mail. I am in training this week and will read it on Monday.",
        "This inbox is shared by the three of us. One of us will answer by tomorrow.",
    ]);
    let confirm = |heard, number: u64, round: u64| {
        let text = match style {
            0 => format!("Your mail was added to ticket {number}."),
            1 => format!("[#{number}] Thank you, we have your message of {}.", s.timestamp()),
            _ => format!("Re: message {} on ticket {number}\n\nWe will be in touch.", round + 1),
        };
        s.wants(heard, "mail.send", &desk, &text).within(900, 4_000)
    };
    for other in 0..s.between(0, 6) {
        let asked = s.person_says(&desk, &s.sentence(8)).within(600_000, 20_000_000);
        let act = confirm(asked, 3_000 + other, 0);
        remark(s, act, 30, &["thx", "ok", "and when?"]);
    }
    let mut heard = s.says(&she, &desk, &s.sentence(9)).within(900_000, 30_000_000);
    for round in s.rounds(turns(s, if notes { 2 } else { 1 })) {
        if notes {
            s.wants(heard, "ticket.note", &format!("desk:{number}"), &heard.said()).within(100, 800);
        }
        let act = confirm(heard, number, round);
        if spare > 0 && s.chance(8) {
            spare -= 1;
            let asked = s.person_says(&desk, &s.sentence(6)).within(900, 40_000);
            confirm(asked, 9_100 + round, 0).in_order();
        }
        // A shared inbox answers under the name of whoever set the rule, or of who is signed in.
        let who = if shared { Actor::person(s.pick(&["h4@acme", "h5@acme", "h6@acme"])) } else { she.clone() };
        let quoted = if below { format!("\n\n> {}", act.text().replace('\n', "\n> ")) } else { String::new() };
        let back = s.says(&who, &desk, &format!("{rule}{quoted}")).because(act).token_in(act, keeps);
        heard = back.within(soon, late);
    }
}

fn receipts_quoted_in_full(s: &Scene) {
    let gap = s.pick(&[60_000, 1_200_000, 20_000_000]);
    for number in 0..s.between(6, 14) {
        let (thread, who) = (format!("mail:thread-{number}"), Actor::person(&format!("c{number}@customer")));
        let mut heard = s.says(&who, &thread, &s.sentence(12)).within(gap / 4, gap);
        let mails = s.pick(&[3, 3, 4, 6]);
        for mail in 1..=mails {
            let text = format!(
                "Dear customer,\nyour message {mail} on ticket {} is with us.\nPlease answer above this line.",
                700 + number
            );
            let act = s.wants(heard, "mail.send", &thread, &text).progress(mail).within(900, 6_000);
            s.echo(act, "mail.in");
            if mail < mails {
                let words = s.pick(&["thank you", "any news?", "it still does not work", "see below", "Attached."]);
                let ours = text.replace('\n', "\n> ");
                let said = if s.chance(60) { format!("{words}\n\n> {ours}") } else { format!("> {ours}\n\n{words}") };
                heard = s.says(&who, &thread, &said).because(act).token(act).within(gap / 3, 3 * gap);
            }
        }
    }
}

fn assistant_proposes_other_times(s: &Scene) {
    let (thread, owner) = (format!("mail:room-{}", s.between(1, 40)), person(2));
    let (holds, fixed, front, keeps) = (s.chance(40), s.chance(35), s.pick(&["", "Re: "]), s.pick(&[0, 60, 100]));
    let (soon, late) = s.pick(&[(3_000, 20_000), (60_000, 240_000), (1_700_000, 2_000_000)]);
    let slot = || {
        let day = s.pick(&["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"]);
        format!("{day} {}:{}", s.between(8, 17), s.pick(&["00", "30"]))
    };
    // People take what is offered, or the second one.
    for number in 0..s.between(0, 4) {
        let place = format!("mail:room-10{number}");
        let asked = s.person_says(&place, "a room for six please").within(900_000, 30_000_000);
        let act = s.wants(asked, "mail.send", &place, &format!("Aspen is free on {}.", slot()));
        remark(s, act, 60, &["ok", "thanks, that fits"]);
    }
    let mut heard = s.says(&owner, &thread, "Please find a room for eight.").within(900_000, 30_000_000);
    let mut wished = slot();
    for round in 0..turns(s, if holds { 2 } else { 1 }) + 2 {
        // Two offers are usual.
        if round == 3 {
            s.loop_starts();
        }
        let free = slot();
        if holds {
            s.wants(heard, "calendar.hold", "room:aspen", &free).within(200, 900);
        }
        let text = if round == 0 {
            format!("Aspen is free on {free}. Does that suit you?")
        } else if fixed {
            format!("{front}Aspen is taken on {wished}. The next free hour is {free}.")
        } else {
            format!("{} {wished} is taken, {free} would be free.", s.paraphrase())
        };
        let act = s.wants(heard, "mail.send", &thread, &text).within(1_000, 6_000);
        wished = slot();
        let words = if fixed {
            format!("{front}That does not work for h2. Could we do {wished} instead?")
        } else {
            format!("{} Could we do {wished} instead?\n\nSent on behalf of h2", s.paraphrase())
        };
        heard = s.says(&owner, &thread, &words).because(act).token_in(act, keeps).within(soon, late);
    }
}

fn appointments_found_in_a_few_words(s: &Scene) {
    let gap = s.pick(&[8_000, 120_000, 3_000_000]);
    for number in 0..s.between(7, 18) {
        let (phone, who) = (format!("sms:+49151{}", 100_000 + number), Actor::person(&format!("p{number}")));
        let ask = |text: &str| s.event("sms", "sms.in", &who, &phone).text(text);
        let mut heard = ask(s.pick(&["appointment", "Appointment pls", "termin"])).within(gap, 9 * gap);
        let offers = s.pick(&[1, 1, 2, 3]);
        for offer in 1..=offers {
            let (one, two) = (s.between(8, 12), s.between(13, 17));
            let text = format!("Which one suits you? 1) Tuesday {one}:00 2) Thursday {two}:00 3) none of these");
            let act = s.wants(heard, "sms.send", &phone, &text).progress(offer).within(800, 3_000);
            let words = if offer < offers {
                s.pick(&["3", "none of these", "none", "3 sorry"]).to_owned()
            } else {
                let again = format!("Thursday {two}:00");
                s.pick(&["1", "2", "ok 2", "1 please", again.as_str()]).to_owned()
            };
            let said = ask(&words).because(act);
            heard = (if s.chance(30) { said.answers(act) } else { said }).within(gap / 4, gap);
        }
        let act = s.wants(heard, "sms.send", &phone, "Thank you, see you then.").progress(offers + 1);
        if s.chance(35) {
            ask(s.pick(&["thx", "ok", "👍"])).because(act).within(3_000, gap);
        }
    }
}

fn macro_rewrites_the_dates(s: &Scene) {
    let (sheet, she, cells) = (format!("sheet:{}", s.between(1, 40)), person(3), s.pick(&[1, 1, 2, 3]));
    let (speaks, tells, keeps, mut spare) = (s.chance(50), s.chance(30), s.pick(&[0, 0, 0, 60]), 2);
    let (day, month) = (s.between(13, 28), s.between(1, 9));
    let (ours, theirs) = (
        format!("2026-0{month}-{day}"),
        s.pick(&[format!("{day}/0{month}/2026").as_str(), format!("{day}.{month}.26").as_str()]).to_owned(),
    );
    let (soon, late) = s.pick(&[(300, 1_500), (4_000, 12_000), (60_000, 66_000)]);
    let edited = |who: &Actor, at: u64, value: &str| {
        let text = if speaks { format!("C{} = {value}", 10 + at) } else { String::new() };
        s.event("sheets", "cell.edited", who, &format!("{sheet}/C{}", 10 + at)).state("due", value).text(text)
    };
    let write = |heard, at: u64, value: &str, wait| {
        let act = s.wants(heard, "cell.write", &format!("{sheet}/C{}", 10 + at), value);
        act.writes("due", value).after(wait)
    };
    for number in 0..s.between(0, 6) {
        let value = format!("2026-11-1{number}");
        write(edited(&s.somebody(), 40 + number, "in November").within(600_000, 9_000_000), 40 + number, &value, 900);
    }
    let start = s.now() + 900_000;
    let mut heard: Vec<_> = (0..cells).map(|at| edited(&she, at, &theirs).at(start).after(200 * at)).collect();
    for round in s.rounds(turns(s, cells * if tells { 2 } else { 1 })) {
        let (wait, pause) = (s.between(500, 2_000), s.between(soon, late));
        for (at, heard) in (0..).zip(&mut heard) {
            let act = write(*heard, at, &ours, wait);
            if tells {
                let text = format!("C{} was no date as we write them, mended.", 10 + at);
                let told = s.wants(*heard, "cell.comment", &sheet, &text).after(wait + 100);
                remark(s, told, 7, &["it was right before", "leave it", "who?"]);
            }
            *heard = edited(&she, at, &theirs).because(act).token_in(act, keeps).after(pause + 150);
        }
        if spare > 0 && s.chance(8) {
            spare -= 1;
            let other = edited(&s.somebody(), 60 + round, "1 Dec").within(900, 20_000);
            write(other, 60 + round, "2026-12-01", 900).in_order();
        }
    }
}

fn rows_corrected_by_hand(s: &Scene) {
    let (sheet, who, gap) = (format!("sheet:{}", s.between(1, 40)), s.somebody(), s.pick(&[2_500, 12_000, 90_000]));
    let mut revision = s.between(10, 900);
    for _ in 0..s.between(16, 48) {
        let (at, (month, name)) = (s.between(0, 6), s.pick(&[(4, "April"), (5, "May"), (6, "June")]));
        let (place, iso) = (format!("{sheet}/C{}", 10 + at), format!("2026-0{month}-15"));
        let typed = match s.between(0, 2) {
            0 => format!("15/{month}/26"),
            1 => format!("15 {name}"),
            _ => format!("15.{month}."),
        };
        let edit = s.event("sheets", "cell.edited", &who, &place).text(&typed).state("due", &typed);
        revision += 1;
        let act = s.wants(edit.within(gap / 4, gap), "cell.write", &place, &iso).writes("due", &iso).progress(revision);
        let echo = s.echo(act.within(300, 1_500), "cell.edited");
        echo.map(|echo| echo.state("due", &iso));
        revision += 1;
        murmur(s, &s.channel(), 5);
    }
}

fn solved_macro_of_the_other_desk(s: &Scene) {
    let (ours, theirs, mail) =
        (s.between(100, 900), s.between(60_000, 90_000), format!("mail:desk-{}", s.between(1, 9)));
    let (agents, opens, numbered, keeps) = (s.pick(&[1, 1, 3]), s.chance(50), s.chance(60), s.pick(&[0, 60, 100]));
    let (soon, late) = s.pick(&[(4_000, 15_000), (60_000, 130_000), (3_500_000, 4_000_000)]);
    let opening = s.pick(&["Hi there,", "Hello,", "Good day,"]);
    let canned = || {
        let number = if numbered { format!(" [{theirs}]") } else { String::new() };
        format!("{opening}\n\nthank you for reaching out{number}. We consider this solved. Just answer if not.")
    };
    let confirm = |heard, number: u64| {
        let text = format!("Ticket {number} is open again. We will look at your message soon.");
        s.wants(heard, "mail.send", &mail, &text).within(900, 4_000)
    };
    for other in 0..s.between(0, 5) {
        let asked = s.person_says(&mail, &s.sentence(8)).within(900_000, 30_000_000);
        let act = confirm(asked, 20 + other);
        remark(s, act, 30, &["thanks", "ok", "it works now, by the way"]);
    }
    let agent = || Actor::person(&format!("agent{}@other", s.between(1, agents)));
    let mut heard = s.says(&agent(), &mail, &canned()).within(900_000, 30_000_000);
    for _ in s.rounds(turns(s, if opens { 2 } else { 1 })) {
        if opens {
            let act = s.wants(heard, "ticket.reopen", &format!("desk:{ours}"), "the customer has answered");
            act.writes("status", "open").within(100, 800);
        }
        let act = confirm(heard, ours);
        if s.chance(6) {
            let said = s.says(&person(1), &s.channel(), s.pick(&["who opens that all day?", "ok", "not again"]));
            said.because(act).within(9_000, 200_000);
        }
        heard = s.says(&agent(), &mail, &canned()).because(act).token_in(act, keeps).within(soon, late);
    }
}

fn canned_answers_of_a_team(s: &Scene) {
    let gap = s.pick(&[12_000, 60_000, 400_000]);
    let canned = [
        "Hello, please restart the app and try again. Kind regards, the team",
        "Hello, this is solved in the version of today. Kind regards, the team",
        "Hello, could you send us the log? Kind regards, the team",
    ];
    for number in 0..s.between(7, 18) {
        let (ticket, customer) = (format!("desk:{}", 300 + number), Actor::person(&format!("c{number}@customer")));
        let mail = format!("mail:c{number}@customer");
        let agent = person(s.between(1, 3));
        for turn in 1..=s.pick(&[1, 1, 1, 2]) {
            let text = s.pick(&canned);
            let said = s.event("desk", "reply.added", &agent, &ticket).text(text).within(gap / 6, gap);
            let sent = s.wants(said, "mail.send", &mail, text).within(300, 1_200);
            s.wants(said, "ticket.set", &ticket, "waiting").writes("status", "waiting").progress(2 * turn);
            if s.chance(45) {
                let words = s.pick(&["thx", "still the same", "where is the log?", "ok works"]);
                let back = answered(s, &customer, sent, words).within(gap, 30 * gap);
                s.wants(back, "ticket.set", &ticket, "open").writes("status", "open").progress(2 * turn + 1);
            }
        }
    }
}

fn standup_at_the_same_minute(s: &Scene) {
    let (room, team) = (s.channel(), s.between(3, 6));
    for day in 1..=s.between(5, 10) {
        let (due, plan) = (s.event("timer", "timer.fired", &Actor::clock(), &room), format!("day-{day}"));
        let due = due.at(day * 86_400_000 + 34_200_000);
        let text = "Good morning. Yesterday? Today? Blockers?";
        let asked = s.wants(due, "message", &room, text).in_plan(&plan, team + 2).after(400);
        for who in 1..=team {
            let today = if s.chance(50) { "same".to_owned() } else { s.sentence(2) };
            let words = format!("Y: {}\nT: {today}\nB: {}", s.word(), s.pick(&["none", "none", "-", "CI"]));
            let said = answered(s, &person(who), asked, &words).within(2_000, 58_000);
            s.wants(said, "react.add", &room, "noted").in_plan(&plan, team + 2).within(100, 900);
        }
        let end = s.event("timer", "timer.fired", &Actor::clock(), &room).at(day * 86_400_000 + 35_100_000);
        let sum = format!("{team} of {team} have answered.");
        s.wants(end, "message", &room, &sum).in_plan(&plan, team + 2);
    }
}

fn same_word_for_thirty_pupils(s: &Scene) {
    let (room, teacher, gap) = (s.channel(), s.somebody(), s.pick(&[2_500, 9_000, 40_000]));
    let why = s.pick(&["please name your sources", "please name your sources", "good, but hand it in as a PDF"]);
    for pupil in 1..=s.between(15, 34) {
        let (work, who) = (format!("class:work-{pupil}"), Actor::person(&format!("pupil-{pupil}")));
        let said = s.says(&teacher, &room, &format!("/return @pupil-{pupil} {why}")).within(gap / 3, gap);
        s.wants(said, "work.return", &work, why).writes("status", "returned");
        let mail = format!("mail:pupil-{pupil}");
        let sent = s.wants(said, "mail.send", &mail, &format!("Your work came back: {why}.")).within(500, 2_000);
        if s.chance(25) {
            answered(s, &who, sent, s.pick(&["ok", "ok thanks", "which sources?"])).within(9_000, 900_000);
        }
    }
}

fn answers_polled_at_full_minutes(s: &Scene) {
    let (period, people) = (s.pick(&[60_000, 60_000, 300_000]), s.between(8, 18));
    for poll in 1..=s.between(1, 2) {
        let order = s.person_orders("desk:survey", "ask them all").within(900_000, 9_000_000);
        let question = s.pick(&["Do you come on Friday?", "May we use your photo?", "Is your laptop patched?"]);
        let plan = format!("survey-{poll}");
        let place = |who: u64| format!("mail:h{who}");
        let ask =
            |who| s.wants(order, "mail.send", &place(who), question).in_plan(&plan, people).after(300 + 150 * who);
        let asked: Vec<_> = (1..=people).map(ask).collect();
        let first = s.now() / period + 1;
        for (who, act) in (1..).zip(asked) {
            // Seen with the next poll, whenever it was written.
            let words = s.pick(&["yes", "yes", "no", "ok", "y", "Yes!", "yes, may we?"]);
            let at = (first + s.pick(&[0, 1, 1, 2, 3, 5, 9])) * period + s.between(0, 40);
            let said = answered(s, &person(who), act, words).at(at);
            let noted = format!("{}: {words}", person(who).name);
            s.wants(said, "row.update", "sheet:survey", &noted).writes(&format!("h{who}"), words).after(300);
            if s.chance(50) {
                s.wants(said, "mail.send", &place(who), "Thank you, noted.").after(600);
            }
        }
    }
}

fn dictated_in_short_lines(s: &Scene) {
    let (room, who) = (s.channel(), s.somebody());
    let lines = ["door is fine", "door is fine", "lamp broken", "window is fine", "no remarks", "next", "correction"];
    for site in 0..s.between(2, 4) {
        let report = format!("report:site-{site}");
        s.says(&who, &room, &format!("starting with site {site}")).within(600_000, 6_000_000);
        for line in 0..s.between(8, 17) {
            let words = if s.chance(75) { s.pick(&lines).to_owned() } else { s.sentence(3) };
            let said = s.says(&who, &room, &words).within(900, 4_000);
            s.wants(said, "report.append", &report, &words).within(100, 500);
            if line % 3 == 0 {
                let told = s.wants(said, "message", &room, "noted").within(500, 900);
                s.echo(told, "message");
            }
        }
    }
}
