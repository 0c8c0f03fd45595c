//! Desks and rooms: reminders, topics, held mails, conflict copies, epics and parcels.

use crate::loops::families::{Family, careless, declared, looping};
use crate::loops::scene::{Actor, Scene};

pub(super) const FAMILIES: &[Family] = &[
    looping(
        "reminder_starts_the_clock_again",
        "",
        "A reminder on a silent ticket counts as an update, so that the ticket is idle for the first time again and again",
        reminder_starts_the_clock_again,
    ),
    declared(
        "reminded_twice_then_closed",
        "",
        "Silent customers get two reminders, as attempt n of three, and then their tickets are closed, unless they answer",
        reminded_twice_then_closed,
    ),
    looping(
        "topic_comes_back_escaped",
        "",
        "We keep the topic of a room the same on two networks, one of which stores it with entities and hands it back so",
        topic_comes_back_escaped,
    ),
    declared(
        "topics_of_a_release_day",
        "",
        "People set the topics of several rooms as a release goes on; each is carried over once, with its number of the day",
        topics_of_a_release_day,
    ),
    looping(
        "notice_of_a_held_mail_is_held",
        "",
        "A list holds mails of strangers; our notice to its moderators goes to a list that holds it as well, for the same reason",
        notice_of_a_held_mail_is_held,
    ),
    careless(
        "mails_held_before_an_election",
        "",
        "Many strangers write to a list before an election; each mail is held and the moderators get a notice in the same words",
        mails_held_before_an_election,
    ),
    looping(
        "conflict_copy_of_a_conflict_copy",
        "",
        "Two programs keep one folder in step; each finds the other's file half written and saves a copy of it under a longer name",
        conflict_copy_of_a_conflict_copy,
    ),
    declared(
        "laptops_back_from_the_field",
        "",
        "Laptops return with a week of changes, each file that differs is copied once by a plan, and people merge the copies",
        laptops_back_from_the_field,
    ),
    looping(
        "dropped_task_counts_as_open",
        "",
        "A board closes an epic whose tasks are all done or dropped, and we open again each epic with a task that is not done",
        dropped_task_counts_as_open,
    ),
    declared(
        "epics_closed_too_early",
        "",
        "Project managers close epics before the sprint ends; those with open tasks are opened again, at most twice each",
        epics_closed_too_early,
    ),
    declared(
        "parcels_asked_for_until_they_come",
        "",
        "We ask a carrier's bot where each parcel is, reading only, as attempt n of m, and it answers the same until it comes",
        parcels_asked_for_until_they_come,
    ),
];

fn reminder_starts_the_clock_again(s: &Scene) {
    let ticket = format!("desk:ticket/{}", s.between(1_000, 9_000));
    let rules = Actor::new(s.pick(&["automation", "service-user"]), s.pick(&["system", "system", "app", "human"]));
    let (sets, thinks, counts, keeps) = (s.chance(40), s.chance(35), s.chance(40), s.pick(&[0, 0, 60]));
    let hours = s.pick(&[1, 24, 72]);
    let day = hours * 3_600_000;
    let idle = |place: &str, count: u64| {
        let text = if counts { format!("idle for {hours} h, update {count}") } else { format!("idle for {hours} h") };
        s.event("desk", "ticket.idle", &rules, place).text(text)
    };
    let remind = |heard, place: &str| {
        let text = if thinks { s.paraphrase() } else { "Did you have a chance to look at this?".to_owned() };
        s.wants(heard, "ticket.reply", place, &text).within(900, 20_000)
    };
    // Other customers answer the reminder.
    for number in 0..s.between(0, 4) {
        let other = format!("desk:ticket/{}", 500 + number);
        let reminded = remind(idle(&other, 3).within(day, 2 * day), &other);
        let thanks = s.event("desk", "ticket.replied", &s.somebody(), &other).because(reminded);
        thanks.text(s.sentence(6)).within(600_000, 20_000_000);
    }
    let mut heard = idle(&ticket, 2).within(day, 2 * day);
    for round in s.rounds(if sets { s.between(12, 26) } else { s.between(22, 46) }) {
        let reminded = remind(heard, &ticket);
        if sets {
            let waits = s.wants(heard, "ticket.update", &ticket, "waits for the customer");
            waits.writes("status", "pending").within(20_100, 25_000);
        }
        if s.chance(7) {
            s.person_says(&s.channel(), s.pick(&["how many are open?", "I am off tomorrow"])).within(90_000, 900_000);
        }
        heard = idle(&ticket, round + 3).because(reminded).token_in(reminded, keeps);
        heard.within(day, day + day / 24);
    }
}

fn reminded_twice_then_closed(s: &Scene) {
    let rules = Actor::new("automation", s.pick(&["system", "app"]));
    for number in 0..s.between(5, 16) {
        let ticket = format!("desk:ticket/{}", 100 + number);
        let mut heard = s.event("desk", "ticket.idle", &rules, &ticket).text("idle for 48 h");
        heard.within(3_000_000, 90_000_000);
        for attempt in 1..=3 {
            if attempt == 3 {
                s.wants(heard, "ticket.close", &ticket, "no answer").writes("status", "closed").attempt(3, 3);
                break;
            }
            let text = "Did you have a chance to look at this?";
            let reminded = s.wants(heard, "ticket.reply", &ticket, text).attempt(attempt, 3).within(900, 20_000);
            if s.chance(40) {
                let answer = s.event("desk", "ticket.replied", &s.somebody(), &ticket).because(reminded);
                answer.text(s.sentence(6)).within(900_000, 90_000_000);
                break;
            }
            heard = s.event("desk", "ticket.idle", &rules, &ticket).because(reminded).text("idle for 48 h");
            heard.after(172_800_000);
        }
    }
}

fn topic_comes_back_escaped(s: &Scene) {
    let (here, there) = (s.channel(), format!("irc:#{}", s.word()));
    let relay = Actor::new("relay", s.pick(&["unknown", "human", "bot"]));
    let (ours, grows, dated, keeps) = (s.chance(40), s.chance(50), s.chance(25), s.pick(&[0, 0, 60]));
    let (soon, late) = s.pick(&[(200, 1_500), (3_000, 12_000), (58_000, 63_000)]);
    let plain = format!("{} & {} <- {}", s.word(), s.word(), s.sentence(3));
    let person_sets = |topic: &str| {
        let event = s.event("teams", "topic.changed", &s.somebody(), &here).text(topic).state("topic", topic);
        event.within(600_000, 40_000_000)
    };
    // A topic of plain words is the same on both sides.
    for _ in 0..s.between(0, 5) {
        let topic = s.sentence(4);
        let set = s.wants(person_sets(&topic), "topic.set", &there, &topic).writes("topic", &topic);
        if let Some(echo) = s.echo(set.within(300, 2_000), "topic.changed") {
            echo.state("topic", &topic);
        }
    }
    let (mut heard, mut topic) = (person_sets(&plain), plain.clone());
    for round in s.rounds(if ours { s.between(12, 26) } else { s.between(22, 46) }) {
        let set = s.wants(heard, "topic.set", &there, &topic).writes("topic", &topic).within(300, 2_000);
        let escaped = if grows { topic.replace('&', "&amp;") } else { plain.replace('&', "&amp;") };
        let escaped: String = escaped.chars().take(250).collect();
        let stored = if dated { format!("{escaped} ({})", s.timestamp()) } else { escaped.clone() };
        let seen = s.event("irc", "topic.changed", &relay, &there).because(set).token_in(set, keeps);
        seen.text(&stored).state("topic", &stored).within(soon, late);
        if s.chance(8) {
            s.person_says(&here, s.pick(&["what is with the topic?", "brb", "it flickers"])).within(900, 20_000);
        }
        let back = if round % 2 == 0 || grows { escaped } else { plain.clone() };
        heard = if ours {
            let act = s.wants(seen, "topic.set", &here, &back).writes("topic", &back).within(300, 2_000);
            s.comes_back(act, "topic.changed").state("topic", &back)
        } else {
            // A bridge of somebody else carries it back.
            let event = s.event("teams", "topic.changed", &relay, &here).because(set).token_in(set, keeps);
            event.text(&back).state("topic", &back).within(late, late * 2)
        };
        topic = back;
    }
}

fn topics_of_a_release_day(s: &Scene) {
    let (rooms, gap) = (s.between(1, 4), s.pick(&[30_000, 600_000, 5_000_000]));
    for number in 1..=s.between(6, 36) {
        let room = s.between(1, rooms);
        let topic = s.pick(&["release: frozen", "release: building", "release: QA & docs", "release: out"]);
        let here = format!("{}-{room}", s.channel());
        let changed = s.event("teams", "topic.changed", &s.somebody(), &here).text(topic).state("topic", topic);
        let set = s.wants(changed.within(gap / 6, gap), "topic.set", &format!("irc:#room{room}"), topic);
        if let Some(echo) = s.echo(set.writes("topic", topic).progress(number), "topic.changed") {
            echo.text(topic.replace('&', "&amp;"));
        }
    }
}

fn notice_of_a_held_mail_is_held(s: &Scene) {
    let (list, moderators) = ("mail:club", "mail:club-owners");
    let server = Actor::new("list-server", s.pick(&["system", "app", "unknown", "human"]));
    let (style, own, keeps) = (s.pick(&[0, 1, 2]), s.chance(40), s.pick(&[0, 40, 100]));
    let (soon, late) = s.pick(&[(900, 6_000), (40_000, 200_000), (880_000, 960_000)]);
    let held = |place: &str, title: &str| s.event("mail", "mail.held", &server, place).text(title);
    // While the owners were a plain address they read the notices.
    for _ in 0..s.between(0, 5) {
        let title = s.sentence(4);
        let mail = held(list, &title).within(600_000, 40_000_000);
        s.wants(mail, "mail.send", "mail:owner", &format!("Held, not a member: {title}")).within(900, 9_000);
    }
    let mut title = s.sentence(4);
    let mut heard = held(list, &title).within(600_000, 40_000_000);
    for round in s.rounds(s.between(22, 40)) {
        let text = match style {
            0 => format!("Held, not a member: {}", title.chars().take(120).collect::<String>()),
            1 => format!("1 mail waits for you (no. {})", 812 + round),
            _ => "A mail waits for a moderator.".to_owned(),
        };
        let notice = s.wants(heard, "mail.send", moderators, &text).within(900, 9_000);
        if s.chance(9) {
            // Somebody else writes to the list of the members meanwhile.
            let mail = held(list, "my new address").within(900, 20_000);
            s.wants(mail, "mail.send", "mail:owner", "Held, not a member: my new address").in_order();
        }
        let actor = if own { s.us() } else { server.clone() };
        heard = s.event("mail", "mail.held", &actor, moderators).because(notice).token_in(notice, keeps);
        heard.text(&text).within(soon, late);
        title = text;
    }
}

fn mails_held_before_an_election(s: &Scene) {
    let server = Actor::new("list-server", s.pick(&["system", "unknown"]));
    let gap = s.pick(&[9_000, 200_000, 3_000_000]);
    for _ in 0..s.between(6, 55) {
        let title = s.pick(&["my vote", "why I stand", "Re: my vote", "question"]);
        let held = s.event("mail", "mail.held", &server, "mail:club").text(title).within(gap / 9, gap);
        let notice = s.wants(held, "mail.send", "mail:owner", "A mail waits for a moderator.").within(900, 9_000);
        if s.chance(50) {
            let owner = Actor::person(s.pick(&["h1", "h2"]));
            let done = s.event("mail", "mail.in", &owner, "mail:club-request").because(notice).text("accept");
            done.within(60_000, 6_000_000);
        }
    }
}

fn conflict_copy_of_a_conflict_copy(s: &Scene) {
    let folder = format!("drive:team/{}", s.word());
    let other = Actor::new(s.pick(&["laptop-sync", "h2"]), s.pick(&["app", "system", "human", "unknown"]));
    let (named, style, keeps) = (s.chance(50), s.pick(&[0, 1, 2]), s.pick(&[0, 0, 0, 60]));
    let (sheds, digests) = (s.chance(40), s.chance(50));
    let (soon, late) = s.pick(&[(900, 5_000), (15_000, 60_000), (500_000, 700_000)]);
    let found = |name: &str| {
        let place = if named { format!("{folder}/{name}") } else { folder.clone() };
        let event = s.event("drive", "file.changed", &other, &place).text(name);
        if digests { event.tree(s.hex(16)) } else { event }
    };
    let save = |heard, name: &str| {
        let place = if named { format!("{folder}/{name}") } else { folder.clone() };
        s.wants(heard, "file.write", &place, name).within(300, 4_000)
    };
    // A file that two people had open got one copy.
    for number in 0..s.between(0, 4) {
        let heard = found(&format!("minutes-{number}.docx")).within(900_000, 60_000_000);
        save(heard, &format!("minutes-{number} (conflict).docx"));
    }
    let (stem, mut marks) = (s.word(), String::new());
    let mut heard = found(&format!("{stem}.xlsx")).within(900_000, 60_000_000);
    for round in s.rounds(s.between(22, 48)) {
        let mark = match style {
            0 => ".sync-conflict".to_owned(),
            1 => format!(" (conflict {})", round + 1),
            _ => format!(".conflict-{}", s.timestamp()),
        };
        // Some programs drop the mark of the other one before they add their own.
        marks = if sheds { mark } else { format!("{marks}{mark}").chars().take(200).collect() };
        let act = save(heard, &format!("{stem}{marks}.xlsx"));
        if s.chance(6) {
            s.person_says(&s.channel(), s.pick(&["the drive is full again", "which one is the real file?"]))
                .within(900, 30_000);
        }
        let theirs = if sheds { format!("{stem}-laptop{}.xlsx", round + 1) } else { format!("{stem}{marks}~.xlsx") };
        heard = found(&theirs).because(act).token_in(act, keeps).within(soon, late);
        if !sheds {
            marks.push('~');
        }
    }
}

fn laptops_back_from_the_field(s: &Scene) {
    for laptop in 0..s.between(1, 5) {
        let (size, plan) = (s.between(5, 13), format!("laptop-{laptop}"));
        let back = s.event("drive", "device.online", &Actor::system("drive"), &format!("drive:device/{laptop}"));
        back.text(format!("{size} files differ")).within(600_000, 20_000_000);
        for number in 0..size {
            let file = format!("drive:field/{}-{number}", s.word());
            let copy = s.wants(back, "file.write", &file, "(conflict of the laptop)").in_plan(&plan, size);
            s.echo(copy.after(400 + number * 600), "file.changed");
            if s.chance(25) {
                let merged = s.event("drive", "file.changed", &s.somebody(), &file).because(copy).text("merged");
                merged.within(900_000, 30_000_000);
            }
        }
    }
}

fn dropped_task_counts_as_open(s: &Scene) {
    let epic = format!("jira:EPIC-{}", s.between(10, 900));
    let board = Actor::new(s.pick(&["automation", "board"]), s.pick(&["app", "app", "system", "human"]));
    let (tells, thinks, lists, keeps) = (s.chance(40), s.chance(35), s.chance(50), s.pick(&[0, 0, 60]));
    let (soon, late) = s.pick(&[(900, 4_000), (20_000, 70_000), (3_500_000, 3_700_000)]);
    let task = format!("T-{}", s.between(100, 999));
    let reopen = |heard, place: &str| {
        let act = s.wants(heard, "issue.transition", place, "in progress").writes("status", "in progress");
        if let Some(echo) = s.echo(act.within(500, 4_000), "issue.updated") {
            echo.state("status", "in progress");
        }
        act
    };
    // Epics that people close by mistake stay open afterwards.
    for number in 0..s.between(0, 4) {
        let other = format!("jira:EPIC-{}", 1_000 + number);
        let closed = s.event("jira", "issue.updated", &s.somebody(), &other).state("status", "done").text("done");
        reopen(closed.within(900_000, 60_000_000), &other);
    }
    let done = |count: u64| {
        let text =
            if lists { format!("all tasks resolved, run {}", 70 + count) } else { "all tasks resolved".to_owned() };
        s.event("jira", "issue.updated", &board, &epic).state("status", "done").text(text)
    };
    let mut heard = done(0).within(900_000, 60_000_000);
    for round in s.rounds(if tells { s.between(12, 26) } else { s.between(22, 46) }) {
        let act = reopen(heard, &epic);
        if tells {
            let text = if thinks { s.paraphrase() } else { format!("{task} is not done, so this is not.") };
            s.wants(heard, "comment", &epic, &text).within(4_100, 7_000);
        }
        if s.chance(6) {
            s.person_says(&s.channel(), s.pick(&["my mailbox is full of this epic", "is it done now?"]))
                .within(900, 40_000);
        }
        heard = done(round + 1).because(act).token_in(act, keeps).within(soon, late);
    }
}

fn epics_closed_too_early(s: &Scene) {
    let gap = s.pick(&[90_000, 2_000_000, 30_000_000]);
    for number in 0..s.between(5, 14) {
        let epic = format!("jira:EPIC-{}", 2_000 + number);
        let manager = s.somebody();
        let times = s.pick(&[0, 1, 1, 2]);
        for attempt in 1..=times {
            let closed = s.event("jira", "issue.updated", &manager, &epic).state("status", "done").text("done");
            let text = format!("{} tasks are open", 3 - attempt);
            s.wants(closed.within(gap / 6, gap), "comment", &epic, &text).attempt(attempt, 2).within(300, 2_000);
            let act = s.wants(closed, "issue.transition", &epic, "in progress").writes("status", "in progress");
            if let Some(echo) = s.echo(act.attempt(attempt, 2).within(2_100, 4_000), "issue.updated") {
                echo.state("status", "in progress");
            }
        }
        let closed = s.event("jira", "issue.updated", &manager, &epic).state("status", "done").text("done");
        s.wants(closed.within(gap / 6, gap), "message", &s.channel(), &format!("{epic} is done"));
    }
}

fn parcels_asked_for_until_they_come(s: &Scene) {
    let carrier = Actor::new("carrier-bot", s.pick(&["bot", "app", "human", "unknown"]));
    for number in 0..s.between(2, 8) {
        let parcel = format!("parcel:{}", s.hex(8));
        let mut heard = s.person_orders(&parcel, "where is it?").within(300_000, 9_000_000);
        let asks = s.between(2, 8);
        for attempt in 1..=asks {
            let ask = s.wants(heard, "message", &parcel, "Where is it, please?").reads_only().attempt(attempt, 12);
            let said = s.event("other", "message", &carrier, &parcel).because(ask).token(ask).answers(ask);
            if attempt == asks {
                said.text("It was delivered.").within(900, 6_000);
                s.wants(said, "message", &s.channel(), &format!("Parcel {} is there.", number + 1));
            } else {
                said.text("It is on its way.").within(900, 6_000);
                heard = s.tick(&parcel, 14_400_000);
            }
        }
    }
}
