//! Tickets, mails, text messages, customer records, calendars, spreadsheets.

use super::{Family, declared, looping};
use crate::loops::scene::{Actor, Scene};

pub(super) const FAMILIES: &[Family] = &[
    looping(
        "ticket_for_each_receipt",
        "",
        "Two support desks open a ticket for each other's receipt, always a new one (the mail loops that Zendesk warns of)",
        ticket_for_each_receipt,
    ),
    looping(
        "survey_reopens_the_ticket",
        "",
        "A closed ticket sends a survey, an automatic answer reopens it, we close it",
        survey_reopens_the_ticket,
    ),
    looping(
        "list_server_and_vacations",
        "",
        "A list server passes members' vacation notes on to all members",
        list_server_and_vacations,
    ),
    looping(
        "text_message_robots",
        "",
        "Two text-message robots answer each other's default answer; a number has no class (Twilio)",
        text_message_robots,
    ),
    looping(
        "phone_number_formats",
        "",
        "Two customer databases write one phone number in two formats",
        phone_number_formats,
    ),
    looping(
        "calendar_copies_multiply",
        "",
        "Two calendar sync tools copy each other's copies as new appointments",
        calendar_copies_multiply,
    ),
    looping(
        "row_stamps_itself",
        "",
        "A rule on changed rows writes the time of the change into the row (a Zap loop)",
        row_stamps_itself,
    ),
    looping(
        "notes_synced_both_ways",
        "",
        "Two incident tools copy notes to each other, each copy under a new id",
        notes_synced_both_ways,
    ),
    looping(
        "quota_mail_into_a_full_mailbox",
        "",
        "The warning that a mailbox is full is mailed into that mailbox",
        quota_mail_into_a_full_mailbox,
    ),
    declared(
        "tickets_of_customers",
        "",
        "Customers' mails open tickets and each gets one receipt",
        tickets_of_customers,
    ),
    declared(
        "surveys_answered_by_people",
        "",
        "Closed tickets send surveys, some people answer and one ticket is opened again",
        surveys_answered_by_people,
    ),
    declared(
        "mailing_list_of_people",
        "",
        "A list server passes people's mails on, in a heated afternoon too",
        mailing_list_of_people,
    ),
    declared(
        "text_messages_of_people",
        "",
        "People write text messages to a robot; a number has no class",
        text_messages_of_people,
    ),
    declared(
        "phone_numbers_confirmed",
        "",
        "A customer database confirms each number that we write, and people change them",
        phone_numbers_confirmed,
    ),
    declared(
        "calendar_copied_once",
        "",
        "Appointments are copied to a second calendar, which shows us our copies",
        calendar_copied_once,
    ),
    declared(
        "rows_enriched_once",
        "",
        "A rule on new rows adds a company's address and ignores its own change",
        rows_enriched_once,
    ),
    declared(
        "notes_synced_with_a_mark",
        "",
        "People's notes go both ways between two incident tools that know their own copies",
        notes_synced_with_a_mark,
    ),
    declared("quota_warnings", "", "A mailbox runs full now and then and its owner is told in chat", quota_warnings),
];

fn ticket_for_each_receipt(s: &Scene) {
    let (desk, first) = (Actor::unknown("support@partner.example"), s.between(10_000, 90_000));
    let mut heard = s.says(&desk, &format!("mail:ticket-{first}"), "Your invoice is attached.");
    for round in s.rounds(40) {
        let text = format!("[Ticket {}] We have your request and will answer soon.", first + round);
        let receipt = s.wants(heard, "mail.send", &format!("mail:ticket-{}", first + round), &text).within(500, 5_000);
        let text = format!("[Case {}] Thank you for your mail.", s.hex(6));
        let next = format!("mail:ticket-{}", first + round + 1);
        heard = s.says(&desk, &next, &text).because(receipt).within(1_000, 120_000);
    }
}

fn survey_reopens_the_ticket(s: &Scene) {
    let (ticket, customer) = (format!("mail:ticket-{}", s.between(1, 999)), Actor::person("customer"));
    let mut heard = s.says(&customer, &ticket, "Thanks, that works.").state("ticket", "open");
    for _ in s.rounds(25) {
        let closed = s.wants(heard, "ticket.close", &ticket, "").writes("ticket", "closed");
        s.echo(closed, "ticket.closed").map(|echo| echo.state("ticket", "closed"));
        let survey =
            s.wants(heard, "mail.send", &ticket, "How did we do? Please rate our answer.").within(1_000, 3_000);
        let text = s.pick(&["I am travelling and read mail rarely.", "Automatic answer: received, thank you."]);
        heard = s.says(&customer, &ticket, text).state("ticket", "open").because(survey).within(5_000, 600_000);
        if s.chance(60) {
            heard = heard.answers(survey);
        }
    }
}

fn list_server_and_vacations(s: &Scene) {
    let (list, members) = (format!("mail:list-{}", s.between(1, 99)), s.between(2, 3));
    let mut open = vec![s.says(&Actor::person("ann"), &list, &s.sentence(12))];
    for next in 0.. {
        if s.len() >= 200 {
            break;
        }
        let passed = s.wants(open[next], "mail.send", &list, &format!("[list] {}", open[next].said()));
        for member in 0..members {
            let text = format!("I am away until the {}th.", s.between(1, 28));
            let note = s.says(&Actor::unknown(&format!("member-{member}")), &list, &text).because(passed);
            open.push(note.within(1_000, 40_000));
        }
        s.loop_starts();
    }
}

fn text_message_robots(s: &Scene) {
    let (number, other) = (format!("sms:{}", s.between(100_000, 999_999)), Actor::unknown("+15550100"));
    let mut heard = s.says(&other, &number, "Reply STOP to unsubscribe.");
    for _ in s.rounds(60) {
        let sent = s.wants(heard, "sms.send", &number, "Sorry, I did not understand. Write HELP for help.");
        heard = s.says(&other, &number, "Unknown keyword. Reply STOP to unsubscribe.").because(sent);
        heard.within(2_000, 20_000);
    }
}

fn phone_number_formats(s: &Scene) {
    let (record, other) = (s.azure("contact"), Actor::app("sales-crm"));
    let digits = s.between(1_000_000, 9_999_999);
    let (ours, theirs) = (format!("+4930{digits}"), format!("(030) {digits}"));
    let mut heard = s.event("azure", "contact.updated", &other, &record).state("phone", &theirs);
    for _ in s.rounds(30) {
        let set = s.wants(heard, "contact.update", &record, &format!("phone {ours}")).writes("phone", &ours);
        heard = s.event("azure", "contact.updated", &other, &record).state("phone", &theirs).because(set);
        heard.within(1_000, 900_000);
    }
}

fn calendar_copies_multiply(s: &Scene) {
    let (title, other) = (s.sentence(3), Actor::app("calendar-sync"));
    let mut heard = s.event("azure", "appointment.created", &s.somebody(), &s.azure("appointment")).text(&title);
    for _ in s.rounds(40) {
        let copy = format!("az:appointment/{}", s.hex(10));
        let made = s.wants(heard, "appointment.create", &copy, &title);
        let theirs = format!("az:appointment/{}", s.hex(10));
        heard = s.event("azure", "appointment.created", &other, &theirs).text(&title).because(made);
        heard.within(30_000, 900_000);
    }
}

fn row_stamps_itself(s: &Scene) {
    let row = s.azure("row");
    let mut heard = s.event("azure", "row.updated", &s.somebody(), &row).text("new address").state("row", s.hex(8));
    for _ in s.rounds(60) {
        let stamp = s.timestamp();
        let set = s.wants(heard, "row.update", &row, &format!("changed at {stamp}")).writes("changed", &stamp);
        let updated = s.event("azure", "row.updated", &s.our_app(), &row).text(format!("changed at {stamp}"));
        heard = updated.state("changed", &stamp).because(set).token(set).within(1_000, 300_000);
    }
}

fn notes_synced_both_ways(s: &Scene) {
    let (here, there, other) = (s.azure("incident"), s.azure("case"), Actor::app("incident-sync"));
    let text = s.sentence(9);
    let mut heard = s.event("azure", "note.added", &s.somebody(), &here).text(&text);
    for _ in s.rounds(24) {
        let out = s.wants(heard, "note.add", &there, &format!("Note from the incident: {text}"));
        let seen = s.event("azure", "note.added", &other, &there).text(&text).because(out).within(1_000, 60_000);
        let back = s.wants(seen, "note.add", &here, &format!("Note from the case: {text}"));
        heard = s.event("azure", "note.added", &other, &here).text(&text).because(back).within(1_000, 60_000);
    }
}

fn quota_mail_into_a_full_mailbox(s: &Scene) {
    let (mailbox, server) = (format!("mail:box-{}", s.between(1, 999)), Actor::system("mail-server"));
    let mut heard = s.event("mail", "quota.exceeded", &server, &mailbox).text("mailbox at 100 %");
    for _ in s.rounds(40) {
        let mail = s.wants(heard, "mail.send", &mailbox, "Your mailbox is full. Please delete something.");
        let text = format!("mailbox at 100 %, {} messages refused", s.between(1, 99));
        heard = s.event("mail", "quota.exceeded", &server, &mailbox).text(text).because(mail).within(1_000, 600_000);
    }
}

fn tickets_of_customers(s: &Scene) {
    let first = s.between(10_000, 90_000);
    for number in first..first + s.between(15, 60) {
        let (customer, ticket) = (Actor::unknown(&format!("customer-{number}")), format!("mail:ticket-{number}"));
        let heard = s.says(&customer, &ticket, &s.sentence(14)).after(s.heavy_tail(30_000));
        let text = format!("[Ticket {number}] We have your request and will answer soon.");
        let receipt = s.wants(heard, "mail.send", &ticket, &text).within(500, 5_000);
        if s.chance(25) {
            let thanks = s.says(&customer, &ticket, &s.sentence(4)).because(receipt).answers(receipt);
            thanks.within(30_000, 3_600_000);
        }
    }
}

fn surveys_answered_by_people(s: &Scene) {
    for number in 0..s.between(6, 25) {
        let (ticket, customer) = (format!("mail:ticket-{number}"), Actor::person(&format!("customer-{number}")));
        let solved = s.says(&customer, &ticket, "Thanks, that works.").within(60_000, 3_600_000);
        let closed = s.wants(solved, "ticket.close", &ticket, "").writes("ticket", "closed");
        s.echo(closed, "ticket.closed").map(|echo| echo.state("ticket", "closed"));
        let survey = s.wants(solved, "mail.send", &ticket, "How did we do? Please rate our answer.");
        if s.chance(50) {
            let text = format!("{} of 5, {}", s.between(1, 5), s.sentence(4));
            let answer = s.says(&customer, &ticket, &text).because(survey).answers(survey);
            let answer = answer.state("ticket", "open").within(60_000, 7_200_000);
            s.wants(answer, "ticket.close", &ticket, "").writes("ticket", "closed");
        }
    }
}

fn mailing_list_of_people(s: &Scene) {
    let list = format!("mail:list-{}", s.between(1, 99));
    for _ in 0..s.between(12, 60) {
        let mail = s.says(&s.somebody(), &list, &s.sentence(s.between(2, 20))).after(s.heavy_tail(15_000));
        s.wants(mail, "mail.send", &list, &format!("[list] {}", mail.said()));
    }
}

fn text_messages_of_people(s: &Scene) {
    let (number, person) = (format!("sms:{}", s.between(100_000, 999_999)), Actor::unknown("+15550123"));
    let mut heard = s.says(&person, &number, "HELP");
    for _ in 0..s.between(8, 30) {
        let answer =
            s.pick(&["Write OPEN, CLOSE or HELP.", "Sorry, I did not understand. Write HELP for help.", "Done."]);
        let sent = s.wants(heard, "sms.send", &number, answer);
        heard = s.says(&person, &number, &s.sentence(s.between(1, 5))).because(sent).after(4_000 + s.heavy_tail(8_000));
    }
}

fn phone_numbers_confirmed(s: &Scene) {
    let (record, other) = (s.azure("contact"), Actor::app("sales-crm"));
    for _ in 0..s.between(6, 25) {
        let phone = format!("+4930{}", s.between(1_000_000, 9_999_999));
        let asked = s.event("teams", "message", &s.somebody(), &s.channel()).text(format!("the number is {phone}"));
        let set = s.wants(asked.within(60_000, 7_200_000), "contact.update", &record, &format!("phone {phone}"));
        set.writes("phone", &phone);
        let confirmed = s.event("azure", "contact.updated", &other, &record).state("phone", &phone).because(set);
        let heard = confirmed.token(set).within(1_000, 30_000);
        s.wants(heard, "teams.message", &s.channel(), &format!("The customer's number is now {phone}."));
    }
}

fn calendar_copied_once(s: &Scene) {
    for _ in 0..s.between(8, 40) {
        let (title, copy) = (s.sentence(3), format!("az:appointment/{}", s.hex(10)));
        let place = format!("az:appointment/{}", s.hex(10));
        let made =
            s.event("azure", "appointment.created", &s.somebody(), &place).text(&title).within(20_000, 3_600_000);
        let copied = s.wants(made, "appointment.create", &copy, &title);
        s.event("azure", "appointment.created", &s.our_app(), &copy).text(&title).because(copied).about(copied);
    }
}

fn rows_enriched_once(s: &Scene) {
    for row in 0..s.between(10, 50) {
        let place = format!("{}-{row}", s.azure("row"));
        let added = s.event("azure", "row.created", &s.somebody(), &place).text(s.sentence(3)).within(2_000, 300_000);
        let set = s.wants(added, "row.update", &place, &s.sentence(6)).writes("address", s.hex(8));
        s.event("azure", "row.updated", &s.our_app(), &place).text(set.text()).because(set).token(set);
    }
}

fn notes_synced_with_a_mark(s: &Scene) {
    let (here, there, other) = (s.azure("incident"), s.azure("case"), Actor::app("incident-sync"));
    for _ in 0..s.between(8, 40) {
        let (from, to) = s.pick(&[(&here, &there), (&there, &here)]);
        let note = s.event("azure", "note.added", &s.somebody(), from).text(s.sentence(9)).within(5_000, 900_000);
        let copied = s.wants(note, "note.add", to, &format!("Note: {}", note.said()));
        s.event("azure", "note.added", &other, to).text(copied.text()).because(copied).token(copied).about(copied);
    }
}

fn quota_warnings(s: &Scene) {
    let (mailbox, server) = (format!("mail:box-{}", s.between(1, 999)), Actor::system("mail-server"));
    for _ in 0..s.between(5, 20) {
        let text = format!("mailbox at {} %", s.between(95, 100));
        let full = s.event("mail", "quota.exceeded", &server, &mailbox).text(text).within(3_600_000, 5 * 86_400_000);
        s.echo(
            s.wants(full, "teams.message", &s.channel(), "Your mailbox is full. Please delete something."),
            "message",
        );
    }
}
