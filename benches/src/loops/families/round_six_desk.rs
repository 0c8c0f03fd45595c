//! Chats, mails, tickets and records.

use super::super::{Family, careless, declared, looping};
use crate::loops::scene::{Actor, Event, Scene};

const MINUTE: u64 = 60_000;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

pub(super) const FAMILIES: &[Family] = &[
    looping(
        "name_with_a_trailing_blank",
        "",
        "Two platforms follow each other; one trims names when it stores them and passes on what it got: never equal.",
        name_with_a_trailing_blank,
    ),
    declared(
        "names_carried_once_each_way",
        "",
        "Two platforms follow each other; people edit on both sides, even to and fro, and each edit is carried over once.",
        names_carried_once_each_way,
    ),
    looping(
        "survey_link_opened_by_a_scanner",
        "",
        "A solved ticket sends a survey; the mail gateway of the customer opens every link of it, one of which reopens it.",
        survey_link_opened_by_a_scanner,
    ),
    declared(
        "surveys_answered_by_customers",
        "",
        "Solved tickets send surveys; some customers rate, some reopen with a reason, are helped and asked once more.",
        surveys_answered_by_customers,
    ),
    looping(
        "daily_reports_about_reports",
        "",
        "A mail domain reports each night to all who wrote to it that day; what they write are only such reports.",
        daily_reports_about_reports,
    ),
    declared(
        "daily_reports_about_letters",
        "",
        "A mail domain reports each night to all whose people wrote to it that day; their own reports come in as well.",
        daily_reports_about_letters,
    ),
    looping(
        "reminder_is_an_open_question",
        "",
        "A bot reminds of questions without an answer for hours; its reminder is a question too, and so is the escalation.",
        reminder_is_an_open_question,
    ),
    careless(
        "reminders_of_many_questions",
        "",
        "A bot reminds in the same words of each question that nobody answered for hours; then somebody does.",
        reminders_of_many_questions,
    ),
    looping(
        "merged_contact_comes_back",
        "",
        "A bot merges duplicate contacts; the newsletter tool misses the one that is gone and creates it under a new number.",
        merged_contact_comes_back,
    ),
    declared(
        "duplicates_of_an_import",
        "",
        "A bot merges the duplicates of an uploaded list, each pair once, while new people sign up beside it.",
        duplicates_of_an_import,
    ),
];

/// The connector has an account of its own on each side, and the platforms disagree about what it is.
fn connector(east: bool) -> Actor {
    if east { Actor::person("svc-bridge-east") } else { Actor::unknown("connector-7") }
}

fn name_with_a_trailing_blank(s: &Scene) {
    let (number, name) = (s.between(10, 9_999), s.sentence(3));
    let sides = [format!("cti-west:report/{number}"), format!("cti-east:report/{number}")];
    let raw = format!("{name}{}", s.pick(&[" ", "  ", "\t", "\u{a0}"]));
    let mut version = s.between(1, 9);
    let mut seen = s.event("cti-east", "record.updated", &s.somebody(), &sides[1]);
    seen = seen.text(format!("name, version {version}")).state("name", &raw);
    for hop in s.rounds(s.between(26, 48)) {
        let east = hop % 2 == 1;
        let side = &sides[usize::from(east)];
        let written = s.wants(seen, "record.update", side, &format!("name={raw}")).writes("name", &raw);
        version += 1;
        if s.chance(8) {
            let other = format!("cti-east:report/{}", number + 1 + hop);
            let label = s.word();
            let edit = s.event("cti-east", "record.updated", &s.somebody(), &other).text("label").state("label", label);
            let there = other.replace("east", "west");
            s.wants(edit, "record.update", &there, &format!("label={label}")).writes("label", label).in_order();
        }
        let source = if east { "cti-east" } else { "cti-west" };
        seen = s.event(source, "record.updated", &connector(east), side).because(written);
        seen = seen.within(300, 4_000).text(format!("name, version {version}"));
        // What the stream carries is what was sent, not what was stored.
        seen = seen.state("name", if s.chance(80) { raw.as_str() } else { name.as_str() });
    }
}

fn names_carried_once_each_way(s: &Scene) {
    let first = s.between(10, 9_999);
    for edit in 0..s.between(12, 60) {
        let number = first + s.between(0, 5);
        let east = s.chance(50);
        let (here, there) = if east { ("cti-east", "cti-west") } else { ("cti-west", "cti-east") };
        let (property, value) = if s.chance(50) {
            ("severity", s.pick(&["high", "medium", "high", "low"]).to_owned())
        } else {
            ("name", format!("{} {edit}", s.sentence(2)))
        };
        let wait = s.heavy_tail(20_000);
        let seen = s.event(here, "record.updated", &s.somebody(), &format!("{here}:report/{number}")).after(wait);
        let seen = seen.text(property).state(property, &value);
        let target = format!("{there}:report/{number}");
        let written = s.wants(seen, "record.update", &target, &format!("{property}={value}"));
        let written = written.writes(property, &value).progress(edit + 1);
        let back = s.event(there, "record.updated", &connector(!east), &target).because(written);
        back.within(300, 4_000).text(property).state(property, &value);
        if s.chance(10) {
            s.redelivered(seen);
        }
    }
}

fn survey_link_opened_by_a_scanner(s: &Scene) {
    let (ticket, customer) = (format!("desk:ticket/{}", s.between(4_000, 90_000)), Actor::person("mia@customer"));
    let (mailbox, subject) = ("mail:mia@customer", s.sentence(4));
    s.event("desk", "ticket.created", &customer, &ticket).text(&subject);
    s.event("desk", "ticket.replied", &s.somebody(), &ticket).text("That should do.").within(HOUR, 9 * HOUR);
    let idle = s.between(1, 5) * HOUR;
    let mut seen = s.tick(&ticket, idle);
    for round in s.rounds(s.between(12, 27)) {
        let solved = s.wants(seen, "ticket.solve", &ticket, "").writes("status", "solved");
        s.event("desk", "ticket.updated", &s.our_app(), &ticket).because(solved).state("status", "solved");
        let link = s.hex(20);
        let mail = s.wants(seen, "mail.send", mailbox, &format!("How did we do? Re: {subject} /s/{link}"));
        let mail = mail.within(1_000, 20_000);
        if round % 7 == 3 {
            let other = format!("desk:ticket/{}", s.between(90_001, 99_999));
            s.event("desk", "ticket.created", &s.somebody(), &other).text(s.sentence(5));
        }
        let reopened = s.event("desk", "ticket.updated", &customer, &ticket).because(mail);
        let reopened = reopened.within(21_000, 40 * MINUTE).state("status", "open").text("reopened by the customer");
        seen = if s.chance(50) { reopened.answers(mail) } else { reopened };
        if s.chance(50) {
            // It was idle for hours, says the clock of the desk.
            let wait = s.between(1, 5) * HOUR;
            seen = s.event("timer", "timer.fired", &Actor::clock(), &ticket).because(mail).after(HOUR + wait);
        }
    }
}

fn surveyed<'s>(s: &'s Scene, seen: Event<'s>, ticket: &str, mailbox: &str, attempt: u64) -> Event<'s> {
    let solved = s.wants(seen, "ticket.solve", ticket, "").writes("status", "solved").attempt(attempt, 3);
    s.event("desk", "ticket.updated", &s.our_app(), ticket).because(solved).state("status", "solved");
    let mail = s.wants(seen, "mail.send", mailbox, &format!("How did we do? {}", ticket)).attempt(attempt, 3);
    let mail = mail.within(1_000, 20_000);
    let customer = Actor::person(mailbox.trim_start_matches("mail:"));
    let rated = s.event("desk", "ticket.rated", &customer, ticket).because(mail).within(21_000, 9 * HOUR);
    rated.answers(mail).state("rating", s.pick(&["good", "good", "bad"]))
}

fn surveys_answered_by_customers(s: &Scene) {
    for number in 0..s.between(5, 18) {
        let ticket = format!("desk:ticket/{}", 7_000 + number);
        let mailbox = format!("mail:{}{number}@customer", s.word());
        let customer = Actor::person(mailbox.trim_start_matches("mail:"));
        let start = s.between(0, 2 * DAY);
        s.event("desk", "ticket.created", &customer, &ticket).at(start).text(s.sentence(6));
        s.event("desk", "ticket.replied", &s.somebody(), &ticket).at(start).within(HOUR, 3 * HOUR).text(s.sentence(5));
        let idle = s.event("timer", "timer.fired", &Actor::clock(), &ticket).at(start).within(5 * HOUR, 9 * HOUR);
        let rated = surveyed(s, idle, &ticket, &mailbox, 1);
        if s.chance(30) {
            let why = s.sentence(8);
            s.event("desk", "ticket.updated", &customer, &ticket).at(start).after(20 * HOUR).text(why);
            let again = s.event("timer", "timer.fired", &Actor::clock(), &ticket).at(start).after(30 * HOUR);
            surveyed(s, again, &ticket, &mailbox, 2);
        } else if s.chance(10) {
            s.redelivered(rated);
        }
    }
}

fn report_text(domain: &str, day: u64) -> String {
    format!("Report domain: {domain} submitter: ours.example id: 2026{:04}.{}", 301 + day, day * 7_919 % 9_973)
}

fn daily_reports_about_reports(s: &Scene) {
    let (peers, ours) = (s.between(2, 3), "mail:dmarc@ours.example");
    let days = s.between(12, 19);
    let domain = |peer: u64| format!("peer{}-{peer}.example", s.issue().len());
    let mut heard = Vec::new();
    for peer in 0..peers {
        let writer = Actor::person(&format!("sales@{}", domain(peer)));
        let text = s.sentence(12);
        let letter = s.event("mail", "mail.in", &writer, "mail:office@ours.example").text(text);
        let moment = s.between(HOUR, 20 * HOUR);
        heard.push((letter.at(moment), moment));
    }
    for day in s.rounds(days) {
        for (peer, (mail, moment)) in (0..).zip(heard.iter_mut()) {
            let name = domain(peer);
            let night = DAY - *moment + 600_000 * peer;
            let report =
                s.wants(*mail, "mail.send", &format!("mail:rua@{name}"), &report_text(&name, day)).after(night);
            *moment = s.between(HOUR, 20 * HOUR);
            let sender = Actor::unknown(&format!("noreply-dmarc@{name}"));
            let back = s.event("mail", "mail.in", &sender, ours).because(report).after(*moment - 600_000 * peer);
            let text = format!("Report domain: ours.example submitter: {name} id: {}", s.hex(16));
            *mail = back.text(text);
        }
        if day % 6 == 2 {
            let text = s.sentence(20);
            let newsletter = Actor::unknown("news@vendor.example");
            s.event("mail", "mail.in", &newsletter, "mail:office@ours.example").at(day * DAY).after(HOUR).text(text);
        }
    }
}

fn daily_reports_about_letters(s: &Scene) {
    let peers = s.between(2, 3);
    for day in 0..s.between(4, 24) {
        for peer in 0..peers {
            let name = format!("peer{}-{peer}.example", s.issue().len());
            for _ in 0..s.between(1, 2) {
                let writer = Actor::person(&format!("{}@{name}", s.word()));
                let (moment, text) = (day * DAY + s.between(8, 17) * HOUR, s.sentence(12));
                s.event("mail", "mail.in", &writer, "mail:office@ours.example").at(moment).text(text);
            }
            let sender = Actor::unknown(&format!("noreply-dmarc@{name}"));
            let text = format!("Report domain: ours.example submitter: {name} id: {}", s.hex(16));
            let theirs = s.event("mail", "mail.in", &sender, "mail:dmarc@ours.example").at(day * DAY);
            theirs.within(HOUR, 6 * HOUR).text(text);
            let night = s.event("timer", "timer.fired", &Actor::clock(), &format!("mail:rua@{name}"));
            let night = night.at((day + 1) * DAY).after(600_000 * peer);
            s.wants(night, "mail.send", &format!("mail:rua@{name}"), &report_text(&name, day)).progress(day + 1);
        }
    }
}

fn reminder_is_an_open_question(s: &Scene) {
    let (channel, patience) = (s.channel(), s.between(2, 6) * HOUR);
    let (thread, above) = (format!("{channel}/t{}", s.between(1, 99)), format!("{channel}-leads/t1"));
    let asked = s.person_says(&thread, &format!("Who owns the {} {}?", s.word(), s.word()));
    let mut due = vec![s.event("timer", "timer.fired", &Actor::clock(), &thread).after(patience)];
    let question = asked.said();
    for round in s.rounds(s.between(15, 30)) {
        let mut next = Vec::new();
        for fired in due {
            let place = if next.is_empty() { &thread } else { &above };
            let text = match s.between(0, 2) {
                0 => format!("No answer for {} h. Can somebody take this?", (round + 1) * patience / HOUR),
                1 => format!("{} Does anybody know?", s.paraphrase()),
                _ => format!("Still open: \"{question}\" Any news, {}?", s.somebody().name),
            };
            let reminded = s.wants(fired, "message.post", place, &text);
            s.echo(reminded, "message");
            let wait = patience + s.between(0, 5 * MINUTE);
            next.push(s.event("timer", "timer.fired", &Actor::clock(), place).because(reminded).after(wait));
            if round == 4 {
                let raised = s.wants(fired, "message.post", &above, "Could you find an owner for this?");
                let raised = raised.within(1_000, 2_000);
                next.push(s.event("timer", "timer.fired", &Actor::clock(), &above).because(raised).after(patience));
            }
        }
        if s.chance(25) {
            let said = s.sentence(7);
            s.person_says(&format!("{channel}/t{}", 200 + round), &said).within(0, HOUR);
        }
        due = next;
    }
}

fn reminders_of_many_questions(s: &Scene) {
    let (channel, patience) = (s.channel(), s.between(2, 6) * HOUR);
    for number in 0..s.between(8, 40) {
        let thread = format!("{channel}/t{}", if s.chance(30) { 1 } else { number });
        let start = s.now() + s.between(0, 2 * HOUR);
        let question = format!("Who owns the {} {}?", s.word(), s.word());
        s.person_says(&thread, &question).at(start);
        let fired = s.event("timer", "timer.fired", &Actor::clock(), &thread).at(start).after(patience);
        let reminded = s.wants(fired, "message.post", &thread, "No answer yet. Can somebody take this?");
        s.echo(reminded, "message");
        let answer = s.sentence(6);
        let answered = s.person_says(&thread, &answer).because(reminded).within(MINUTE, 3 * HOUR);
        if s.chance(40) {
            answered.answers(reminded);
        }
    }
}

fn merged_contact_comes_back(s: &Scene) {
    let (tool, first) = (Actor::person("integration-user"), s.between(1_000, 9_000));
    let rounds = s.between(12, 27);
    let mut number = first + 10;
    let mut seen = Vec::new();
    for person in 0..2 {
        let mail = format!("{}.{}@customer", s.word(), s.word());
        let twin = s.event("crm", "contact.created", &s.somebody(), &format!("crm:contact/{}", first + 5 + person));
        seen.push((twin.text(&mail).state("email", &mail), format!("crm:contact/{}", first + person), mail));
    }
    for round in s.rounds(rounds) {
        for (place, (created, survivor, mail)) in (0..).zip(&mut seen) {
            let text = format!("merge the new {mail} into {survivor}");
            let merged = s.wants(*created, "contact.merge", survivor, &text).within(2_000, 60_000);
            number += s.between(1, 4);
            let gone = s.event("crm", "contact.merged", &s.us(), survivor).because(merged);
            gone.token(merged).text(mail.as_str());
            let again = s.event("crm", "contact.created", &tool, &format!("crm:contact/{number}")).because(merged);
            // The first one to come back is that of the first person: there the loop begins.
            let (soon, late) = if round > 0 { (10, 180) } else { (10 + 20 * place, 20 + 100 * place) };
            let again = again.within(soon * MINUTE, late * MINUTE);
            *created = again.text(mail.as_str()).state("email", mail.as_str());
            if s.chance(10) {
                s.redelivered(*created);
            }
        }
        if s.chance(15) {
            let other = format!("crm:contact/{}", s.between(20_000, 30_000));
            s.event("crm", "contact.created", &tool, &other).text(format!("{}@elsewhere", s.word()));
        }
    }
}

fn duplicates_of_an_import(s: &Scene) {
    let (tool, first, size) = (Actor::person("integration-user"), s.between(1_000, 9_000), s.between(12, 60));
    let plan = format!("import-{}", s.hex(6));
    let uploader = s.somebody();
    for number in 0..size {
        let mail = format!("{}.{}{number}@customer", s.word(), s.word());
        let created = s.event("crm", "contact.created", &uploader, &format!("crm:contact/{}", first + 200 + number));
        let created = created.within(50, 900).text(&mail).state("email", &mail);
        let survivor = format!("crm:contact/{}", first + number);
        let text = format!("merge the new {mail} into {survivor}");
        let merged = s.wants(created, "contact.merge", &survivor, &text).within(2_000, 60_000).in_plan(&plan, size);
        s.event("crm", "contact.merged", &s.us(), &survivor).because(merged).token(merged).text(&mail);
        if s.chance(15) {
            let other = format!("crm:contact/{}", s.between(20_000, 30_000));
            s.event("crm", "contact.created", &tool, &other).text(format!("{}@elsewhere", s.word()));
        }
    }
}
