//! Desks and rooms: priorities, read receipts, mailboxes, statuses, ticket keys and contacts.

use crate::loops::families::{Family, careless, declared, looping};
use crate::loops::scene::{Actor, Scene};

pub(super) const FAMILIES: &[Family] = &[
    looping(
        "priority_is_computed_there",
        "",
        "We write a ticket's priority to a service desk that computes it from impact and urgency and so puts its own back at once",
        priority_is_computed_there,
    ),
    declared(
        "priorities_raised_in_an_outage",
        "",
        "Managers raise tickets in an outage, each priority goes to the service desk once, and a record that is open gets more attempts",
        priorities_raised_in_an_outage,
    ),
    looping(
        "read_receipt_asks_for_one",
        "",
        "We confirm each mail that asks for a read receipt; both sides' mail programs ask for one with all they send, receipts too",
        read_receipt_asks_for_one,
    ),
    declared(
        "read_receipts_of_a_circular",
        "",
        "A circular goes out by a plan and asks for read receipts, which come in for days, and a list counts who has read it",
        read_receipts_of_a_circular,
    ),
    looping(
        "tracker_mails_its_own_mailbox",
        "",
        "Each mail to a mailbox becomes a comment, and the tracker mails each comment to the watchers, one of which is that mailbox",
        tracker_mails_its_own_mailbox,
    ),
    declared(
        "customers_answer_by_mail",
        "",
        "Customers answer by mail on many tickets, each answer becomes a comment with its number, and the tracker mails it to the clerks",
        customers_answer_by_mail,
    ),
    looping(
        "status_of_two_calendars",
        "",
        "We set a person's status while the work calendar has a meeting; an app that looks at another calendar finds none and clears it",
        status_of_two_calendars,
    ),
    careless(
        "statuses_follow_meetings",
        "",
        "The statuses of a team follow its meetings all day with the same few words, set when one begins and cleared when it ends",
        statuses_follow_meetings,
    ),
    looping(
        "ticket_keys_explained_by_two_bots",
        "",
        "We explain each ticket whose key is named in a room, another bot lists the changes of each ticket, and both name keys in that",
        ticket_keys_explained_by_two_bots,
    ),
    careless(
        "ticket_keys_in_a_planning_talk",
        "",
        "A team plans in a room and names the same tickets again and again; two bots explain each of them and ignore each other",
        ticket_keys_in_a_planning_talk,
    ),
    looping(
        "created_before_it_is_found",
        "",
        "A flow looks up each new contact and creates who is missing; the search lags behind, so that what it creates is new and missing",
        created_before_it_is_found,
    ),
    declared(
        "leads_of_a_campaign",
        "",
        "The leads of a campaign come in for days, each is looked up in at most three attempts, and created or brought up to date",
        leads_of_a_campaign,
    ),
];

fn priority_is_computed_there(s: &Scene) {
    let (record, ticket) =
        (format!("snow:INC{}", s.between(100_000, 999_999)), format!("jira:OPS-{}", s.between(10, 900)));
    let desk =
        Actor::new(s.pick(&["business-rule", "service-desk", "h2"]), s.pick(&["system", "app", "human", "unknown"]));
    let (both, counts, thinks, keeps) = (s.chance(40), s.chance(45), s.chance(25), s.pick(&[0, 0, 60]));
    let (soon, late) = s.pick(&[(400, 3_000), (9_000, 40_000), (290_000, 320_000)]);
    let (ours, theirs) = s.pick(&[("1", "3"), ("high", "moderate"), ("P1", "P2")]);
    let write = |heard, place: &str, value: &str| {
        let text = if thinks { s.paraphrase() } else { format!("priority {value}") };
        s.wants(heard, "record.update", place, &text).writes("priority", value).within(300, 4_000)
    };
    let computed = |place: &str, value: &str, count: u64| {
        let text = if counts { format!("priority {value}, update {}", 4 + count) } else { format!("priority {value}") };
        let (source, kind) =
            if place.starts_with("jira") { ("jira", "issue.updated") } else { ("snow", "record.updated") };
        s.event(source, kind, &desk, place).state("priority", value).text(text)
    };
    // What people enter with its impact is computed to the same priority.
    for number in 0..s.between(0, 4) {
        let raised = s.event("jira", "issue.updated", &s.somebody(), &format!("jira:OPS-{}", 2_000 + number));
        let act =
            write(raised.state("priority", theirs).within(900_000, 60_000_000), &format!("snow:INC{number}"), theirs);
        if let Some(echo) = s.echo(act, "record.updated") {
            echo.state("priority", theirs);
        }
    }
    let raised = s.event("jira", "issue.updated", &s.somebody(), &ticket).state("priority", ours).text(s.sentence(5));
    let mut heard = raised.within(900_000, 60_000_000);
    for round in s.rounds(if both { s.between(12, 26) } else { s.between(22, 46) }) {
        let act = write(heard, &record, ours);
        if s.chance(6) {
            s.person_says(&s.channel(), s.pick(&["is it a P1?", "my phone rings all the time"])).within(900, 60_000);
        }
        heard = computed(&record, theirs, 2 * round).because(act).token_in(act, keeps).within(soon, late);
        if both {
            // It is carried to the tracker as well, where a rule derives it from the severity.
            let back = write(heard, &ticket, theirs);
            heard = computed(&ticket, ours, 2 * round + 1).because(back).token_in(back, keeps).within(soon, late);
        }
    }
}

fn priorities_raised_in_an_outage(s: &Scene) {
    let gap = s.pick(&[9_000, 120_000, 2_000_000]);
    for number in 0..s.between(6, 28) {
        let (ticket, record) = (format!("jira:OPS-{}", s.between(1, 12)), format!("snow:INC{}", 500 + number));
        let value = s.pick(&["P1", "P1", "P2"]);
        let raised = s.event("jira", "issue.updated", &s.somebody(), &ticket).state("priority", value);
        let mut heard = raised.text(s.sentence(4)).within(gap / 6, gap);
        let tries = s.pick(&[1, 1, 1, 2, 3]);
        for attempt in 1..=tries {
            let act = s.wants(heard, "record.update", &record, value).writes("priority", value).attempt(attempt, 4);
            if attempt < tries {
                s.reports(act, "record.locked", "somebody has this record open").within(200, 2_000);
                heard = s.tick(&record, 0).because(act).after(60_000 * attempt + 3_000);
            } else if let Some(echo) = s.echo(act, "record.updated") {
                echo.state("priority", value);
            }
        }
    }
}

fn read_receipt_asks_for_one(s: &Scene) {
    let place = format!("mail:office-{}", s.between(1, 90));
    let (name, class) = s.pick(&[("clerk@partner", "human"), ("postmaster@partner", "system"), ("h3", "unknown")]);
    let other = Actor::new(name, class);
    let (style, copies, replies, keeps) = (s.pick(&[0, 1, 2]), s.chance(30), s.chance(40), s.pick(&[0, 40, 100]));
    let (soon, late) = s.pick(&[(900, 6_000), (60_000, 300_000), (3_000_000, 20_000_000)]);
    let title = s.sentence(4);
    // Others ask for a receipt, get one, and are content.
    for _ in 0..s.between(0, 5) {
        let mail = s.person_says("mail:office", &format!("{} (please confirm)", s.sentence(4)));
        s.wants(mail.within(600_000, 40_000_000), "mail.send", "mail:office", "Read.").within(900, 20_000);
    }
    let mut heard = s.event("mail", "mail.in", &other, &place).text(&title).within(600_000, 40_000_000);
    let mut prefix = String::new();
    for _ in s.rounds(if copies { s.between(12, 23) } else { s.between(22, 42) }) {
        prefix = format!("Read: {prefix}").chars().take(90).collect();
        let text = match style {
            0 => format!("{prefix}{title}"),
            1 => format!("Read: {title} on {}", s.timestamp()),
            _ => "Your message was displayed.".to_owned(),
        };
        let sent = s.wants(heard, "mail.send", &place, &text).within(900, 20_000);
        if copies {
            s.wants(heard, "mail.file", "mail:archive", &text).within(20_100, 23_000);
        }
        if s.chance(7) {
            // A letter of somebody else is confirmed meanwhile.
            let mail = s.person_says("mail:office", &s.sentence(5)).within(900, 60_000);
            s.wants(mail, "mail.send", "mail:office", "Read.").within(900, 20_000).in_order();
        }
        let theirs = match style {
            0 => format!("Read: {text}"),
            1 => format!("Read: {title} on {}", s.timestamp()),
            _ => "The message was read by its recipient.".to_owned(),
        };
        heard = s.event("mail", "mail.in", &other, &place).because(sent).token_in(sent, keeps).text(theirs);
        heard.within(soon, late);
        if replies {
            heard.answers(sent);
        }
    }
}

fn read_receipts_of_a_circular(s: &Scene) {
    let list = s.issue();
    let (size, period) = (s.between(6, 34), s.pick(&[900_000, 20_000_000, 200_000_000]));
    let order = s.person_orders("mail:staff", "the new rules to all, with receipt");
    let sent: Vec<_> = (0..size)
        .map(|number| {
            let mail = s.wants(order, "mail.send", &format!("mail:staff/{number}"), "The new rules, please confirm.");
            mail.in_plan("circular", size).after(500 + 700 * number)
        })
        .collect();
    let (mut read, mut wait) = (0, 60_000);
    for (number, mail) in (0..size).zip(sent) {
        if s.chance(25) {
            continue;
        }
        read += 1;
        wait += s.between(40_000, period / size + 50_000);
        let reader = Actor::person(&format!("staff-{number}"));
        let receipt = s.event("mail", "mail.in", &reader, &format!("mail:staff/{number}")).because(mail).token(mail);
        receipt.text("Read: The new rules").after(wait);
        s.wants(receipt, "comment.edit", &list, &format!("{read} of {size} have read it")).progress(read);
    }
}

fn tracker_mails_its_own_mailbox(s: &Scene) {
    let (key, mailbox) = (format!("HELP-{}", s.between(100, 9_000)), "mail:help");
    let ticket = format!("jira:{key}");
    let (name, class) = s.pick(&[("jira", "system"), ("jira", "unknown"), ("jira", "app"), ("h1", "human")]);
    let tracker = Actor::new(name, class);
    let (style, files, thinks, keeps) = (s.pick(&[0, 1, 2]), s.chance(30), s.chance(25), s.pick(&[0, 0, 40, 100]));
    let (soon, late) = s.pick(&[(2_000, 15_000), (58_000, 65_000), (290_000, 620_000)]);
    // The watchers were people until somebody put the mailbox among them.
    for number in 0..s.between(0, 5) {
        let mail = s.person_says(mailbox, &s.sentence(8)).within(600_000, 40_000_000);
        s.wants(mail, "comment", &format!("jira:HELP-{number}"), &mail.said()).within(900, 9_000);
    }
    let mut body = s.sentence(8);
    let mut heard = s.person_says(mailbox, &body).within(600_000, 40_000_000);
    for round in s.rounds(if files { s.between(12, 26) } else { s.between(22, 46) }) {
        let text = if thinks { format!("In short: {}", s.paraphrase()) } else { body.clone() };
        let comment = s.wants(heard, "comment", &ticket, &text).within(900, 9_000);
        if files {
            s.wants(heard, "attachment.add", &ticket, &format!("mail-{}.eml", s.hex(6))).within(9_100, 12_000);
        }
        if s.chance(6) {
            let asked = s.person_says(&s.channel(), s.pick(&["my inbox is full of HELP", "please stop"]));
            asked.within(900, 60_000);
        }
        body = match style {
            0 => format!("[JIRA] ({key}) {text}").chars().take(400).collect(),
            1 => format!("[JIRA] ({key}) {} comments, the latest: {}", round + 2, s.hex(6)),
            _ => format!("[JIRA] ({key}) has a new comment"),
        };
        heard = s.event("mail", "mail.in", &tracker, mailbox).because(comment).token_in(comment, keeps);
        heard.text(&body).within(soon, late);
    }
}

fn customers_answer_by_mail(s: &Scene) {
    let tickets = s.between(2, 6);
    let gap = s.pick(&[60_000, 1_200_000, 20_000_000]);
    let mut numbers = [0; 6];
    for _ in 0..s.between(8, 45) {
        let ticket = s.between(1, tickets);
        let number = &mut numbers[usize::try_from(ticket - 1).unwrap_or(0)];
        *number += 1;
        let customer = Actor::person(&format!("customer-{ticket}"));
        let mail = s.event("mail", "mail.in", &customer, "mail:help").within(gap / 6, gap);
        mail.text(s.pick(&["Any news?", "It works now, thank you", "It is broken again", "See the picture"]));
        let place = format!("jira:HELP-{ticket}");
        let comment = s.wants(mail, "comment", &place, &mail.said()).progress(*number).within(900, 9_000);
        s.echo(comment, "issue.commented");
    }
}

fn status_of_two_calendars(s: &Scene) {
    let who = s.between(1, 5);
    let person = format!("slack:user/h{who}");
    // Some platforms show such a change as one by the person.
    let (name, class) = s.pick(&[("calendar-app", "app"), ("", "human"), ("slack", "system"), ("workflow", "bot")]);
    let other = if name.is_empty() { Actor::person(&format!("h{who}")) } else { Actor::new(name, class) };
    let (dated, tells, empties, keeps) = (s.chance(35), s.chance(35), s.chance(50), s.pick(&[0, 0, 60]));
    let (soon, late) = s.pick(&[(500, 4_000), (55_000, 65_000), (290_000, 320_000)]);
    let set = |heard, status: &str| {
        let text = if dated { format!("{status} until {}", s.timestamp()) } else { status.to_owned() };
        let act = s.wants(heard, "status.set", &person, &text).writes("status", status).within(200, 2_000);
        if let Some(echo) = s.echo(act, "user.changed") {
            echo.state("status", status);
        }
        act
    };
    // Yesterday only one calendar was looked at.
    for _ in 0..s.between(0, 3) {
        set(
            s.event("calendar", "meeting.started", &Actor::system("calendar"), &person).within(1_800_000, 9_000_000),
            "meeting",
        );
        let over = s.event("calendar", "meeting.ended", &Actor::system("calendar"), &person).within(900_000, 3_600_000);
        set(over, "free");
    }
    let mut heard = s.event("calendar", "meeting.started", &Actor::system("calendar"), &person).text(s.sentence(3));
    heard.within(1_800_000, 9_000_000);
    for _ in s.rounds(if tells { s.between(12, 24) } else { s.between(22, 46) }) {
        let act = set(heard, "meeting");
        if tells {
            let text = format!("h{who} is in a meeting, notices are off");
            s.wants(heard, "message", &s.channel(), &text).within(2_100, 5_000);
        }
        if s.chance(6) {
            s.person_says(&s.channel(), s.pick(&["are you there or not?", "call me after it"])).within(900, 60_000);
        }
        heard = s.event("slack", "user.changed", &other, &person).because(act).token_in(act, keeps);
        heard.state("status", "free").text(if empties { "" } else { "free" }).within(soon, late);
    }
}

fn statuses_follow_meetings(s: &Scene) {
    let (calendar, team) = (Actor::new("calendar", s.pick(&["system", "app", "unknown"])), s.between(1, 4));
    for _ in 0..s.between(4, 32) {
        let person = format!("slack:user/h{}", s.between(1, team));
        for (kind, status) in [("meeting.started", "in a meeting"), ("meeting.ended", "free")] {
            let change = s.event("calendar", kind, &calendar, &person).within(600_000, 3_600_000);
            let act = s.wants(change, "status.set", &person, status).writes("status", status).within(200, 2_000);
            if let Some(echo) = s.echo(act, "user.changed") {
                echo.state("status", status);
            }
        }
    }
}

fn ticket_keys_explained_by_two_bots(s: &Scene) {
    let room = s.channel();
    let other = Actor::new("review-bot", s.pick(&["bot", "app", "human", "unknown"]));
    let (pair, style, replies, keeps) = (s.chance(35), s.pick(&[0, 1, 2]), s.chance(40), s.pick(&[0, 40, 100]));
    let (soon, late) = s.pick(&[(400, 3_000), (4_000, 15_000), (30_000, 61_000)]);
    let (first, count) = (s.between(100, 900), s.between(2, 5));
    let explain = |heard, key: u64| {
        let title = if style == 2 { s.paraphrase() } else { "Login fails after an update".to_owned() };
        let next = first + (key - first + 1) % count;
        s.wants(heard, "message", &room, &format!("APP-{key}: {title} (blocks APP-{next})")).within(300, 3_000)
    };
    // The other bot is new in this room.
    for _ in 0..s.between(0, 5) {
        let key = first + s.between(0, count - 1);
        explain(s.person_says(&room, &format!("look at APP-{key}")).within(60_000, 9_000_000), key);
    }
    let mut heard = s.person_says(&room, &format!("what is with APP-{first}?")).within(60_000, 9_000_000);
    for round in s.rounds(if pair { s.between(12, 25) } else { s.between(22, 46) }) {
        let key = first + round % count;
        let said = explain(heard, key);
        s.echo(said, "message");
        if pair {
            explain(heard, first + (round + 1) % count).within(3_100, 5_000);
        }
        if s.chance(9) {
            s.person_says(&room, s.pick(&["argh", "can one of you be quiet?", "lunch?"])).within(900, 20_000);
        }
        let next = first + (round + 1) % count;
        let text = match style {
            0 => format!("APP-{next} has 2 open changes"),
            1 => format!("APP-{next}: change {} by h2, {} comments", 4_000 + 3 * round, s.between(0, 30)),
            _ => format!("APP-{next}. {}", s.paraphrase()),
        };
        heard = s.event("teams", "message", &other, &room).because(said).token_in(said, keeps).text(text);
        heard.within(soon, late);
        if replies {
            heard.answers(said);
        }
    }
}

fn ticket_keys_in_a_planning_talk(s: &Scene) {
    let (room, other) = (s.channel(), Actor::new("review-bot", s.pick(&["bot", "app"])));
    let (first, gap) = (s.between(100, 900), s.pick(&[9_000, 40_000, 300_000]));
    for _ in 0..s.between(6, 55) {
        let key = first + s.between(0, 4);
        let text = s.pick(&["what about", "next:", "I take", "not before"]);
        let asked = s.person_says(&room, &format!("{text} APP-{key}")).within(gap / 6, gap);
        let said = s.wants(asked, "message", &room, &format!("APP-{key}: Login fails after an update"));
        s.echo(said.within(300, 3_000), "message");
        if s.chance(60) {
            s.says(&other, &room, &format!("APP-{key} has 2 open changes")).within(400, 4_000);
        }
        if s.chance(40) {
            s.person_says(&room, &s.sentence(5)).within(gap / 6, gap);
        }
    }
}

fn created_before_it_is_found(s: &Scene) {
    let (book, first) = (format!("crm:contacts/{}", s.between(1, 40)), s.between(10_000, 90_000));
    let (own, name, class) = s.pick(&[
        (true, "", "bot"),
        (false, "flow-owner", "human"),
        (false, "connector", "app"),
        (false, "crm", "unknown"),
    ]);
    let (apart, looks, numbered, keeps) = (s.chance(50), s.chance(45), s.chance(60), s.pick(&[0, 0, 60]));
    let (soon, late) = s.pick(&[(900, 4_000), (20_000, 70_000), (290_000, 920_000)]);
    let address = format!("{}.{}@{}.example", s.word(), s.word(), s.word());
    let created = |actor: &Actor, who: &str, id: u64| {
        let place = if apart { format!("{book}/{id}") } else { book.clone() };
        let text = if numbered { format!("{who}, contact {id}") } else { who.to_owned() };
        s.event("crm", "contact.created", actor, &place).text(text)
    };
    // Contacts that have been there for a while are found.
    for number in 0..s.between(0, 4) {
        let heard = created(&s.somebody(), &format!("old-{number}@shop.example"), first - 50 + number);
        let look = s.wants(heard.within(600_000, 40_000_000), "contact.search", &book, "by address").reads_only();
        let found = s.reports(look, "contact.found", "1 contact").within(100, 900);
        s.wants(found, "contact.update", &format!("{book}/{number}"), "last seen today").within(200, 2_000);
    }
    let mut heard = created(&s.somebody(), &address, first).within(600_000, 40_000_000);
    for round in s.rounds(if looks { s.between(12, 24) } else { s.between(22, 44) }) {
        let cause = if looks {
            let look = s.wants(heard, "contact.search", &book, &address).reads_only().within(200, 1_000);
            s.reports(look, "contact.found", "0 contacts").within(100, 900)
        } else {
            heard
        };
        let act = s.wants(cause, "contact.create", &book, &address).within(300, 3_000);
        if s.chance(6) {
            created(&s.somebody(), &format!("{}@fair.example", s.word()), 5_000 + round).within(900, 60_000);
        }
        let actor = if own { s.us() } else { Actor::new(name, class) };
        heard = created(&actor, &address, first + 1 + round).because(act).token_in(act, keeps).within(soon, late);
    }
}

fn leads_of_a_campaign(s: &Scene) {
    let (form, gap) =
        (Actor::new("web-form", s.pick(&["app", "system", "unknown"])), s.pick(&[20_000, 600_000, 9_000_000]));
    for number in 0..s.between(4, 18) {
        let address = format!("{}-{number}@customer.example", s.word());
        let came = s.event("forms", "form.submitted", &form, "form:autumn").text(&address).within(gap / 8, gap);
        let (found, kind, place) = s.pick(&[
            ("0 contacts", "contact.create", "crm:contacts"),
            ("1 contact", "contact.update", "crm:contacts/old"),
        ]);
        let (mut heard, tries) = (came, s.pick(&[1, 1, 1, 2, 3]));
        for attempt in 1..=tries {
            let look = s.wants(heard, "contact.search", "crm:contacts", &address).reads_only().attempt(attempt, 3);
            let text = if attempt < tries { "429 too many requests" } else { found };
            heard = s.reports(look.within(200, 9_000), "contact.found", text).within(100, 2_000);
        }
        let act = s.wants(heard, kind, place, &address).within(300, 3_000);
        s.echo(act, if kind == "contact.create" { "contact.created" } else { "contact.updated" });
    }
}
