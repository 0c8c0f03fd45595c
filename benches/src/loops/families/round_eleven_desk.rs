//! Threads, records, printers, meetings, mailing lists, and the service desks of two companies.

use crate::loops::families::{Family, careless, declared, looping};
use crate::loops::scene::{Actor, Scene};

pub(super) const FAMILIES: &[Family] = &[
    looping(
        "picture_without_a_description",
        "",
        "We answer each mention with a picture, and a bot for the blind mentions whoever posts a picture without a description",
        picture_without_a_description,
    ),
    careless(
        "pictures_on_demand",
        "",
        "People ask for pictures in many threads, each gets one, and a bot for the blind now and then complains to nobody in particular",
        pictures_on_demand,
    ),
    looping(
        "class_of_a_record_switched",
        "",
        "Our import files a machine as virtual and a discovery files it as a server; either sees a record of the wrong class",
        class_of_a_record_switched,
    ),
    declared(
        "records_imported_at_night",
        "",
        "Each night an import writes the records that have changed, by a plan of known size, and a discovery adds what it finds to some",
        records_imported_at_night,
    ),
    looping(
        "print_report_is_printed",
        "",
        "We print each mail with an attachment, and the printer mails a report about each print to the sender, as an attachment",
        print_report_is_printed,
    ),
    declared(
        "mails_printed_for_an_office",
        "",
        "People mail documents to a printer all day; each is printed in at most three attempts, and its reports go to a log",
        mails_printed_for_an_office,
    ),
    looping(
        "note_takers_wait_for_each_other",
        "",
        "We extend the recording of a meeting while somebody is there, and another note taker stays there while it is recorded",
        note_takers_wait_for_each_other,
    ),
    declared(
        "recordings_extended_while_people_talk",
        "",
        "Meetings run late, and the recording of each is extended by a quarter of an hour, as attempt n of eight, while people are there",
        recordings_extended_while_people_talk,
    ),
    looping(
        "resubscribed_by_the_sync",
        "",
        "A sync subscribes each customer who is missing on a list, and the list drops the address again whose welcome mail bounces",
        resubscribed_by_the_sync,
    ),
    declared(
        "subscribers_after_a_fair",
        "",
        "The visitors of a fair are subscribed by plan; some addresses bounce and are dropped, and are tried once more when corrected",
        subscribers_after_a_fair,
    ),
    declared(
        "two_service_desks_one_incident",
        "",
        "The bots of a customer's and a vendor's service desk tell each other of each step of long incidents, by numbered updates",
        two_service_desks_one_incident,
    ),
];

fn picture_without_a_description(s: &Scene) {
    let thread = format!("fedi:thread/{}", s.between(1, 900));
    let helper = Actor::new("alt-text", s.pick(&["bot", "human", "human", "unknown"]));
    let (names, thinks, replies, keeps) = (s.chance(50), s.chance(50), s.chance(65), s.pick(&[0, 0, 40]));
    let (soon, late) = s.pick(&[(900, 5_000), (20_000, 90_000), (600_000, 1_800_000)]);
    let post = |heard| {
        let animal = s.pick(&["fox", "owl", "seal", "hare", "lynx"]);
        let text = if thinks { s.paraphrase() } else { format!("Here is your {animal}!") };
        s.wants(heard, "post", &thread, &text).within(400, 4_000)
    };
    // People ask, and the helper does not follow us yet.
    for _ in 0..s.between(0, 5) {
        post(s.event("fedi", "mention", &s.somebody(), &thread).text(s.sentence(5)).within(60_000, 9_000_000));
    }
    let mut heard = s.event("fedi", "mention", &s.somebody(), &thread).text("show me one");
    heard.within(60_000, 9_000_000);
    for round in s.rounds(s.between(22, 45)) {
        let posted = post(heard);
        if s.chance(8) {
            // In another thread, which the helper does not see, somebody asks for one as well.
            let other = s.event("fedi", "mention", &s.somebody(), "fedi:thread/1000").text("show me one");
            s.wants(other.within(900, 30_000), "post", "fedi:thread/1000", "Here is your seal!").in_order();
        }
        let count = if names { format!(" ({} without so far)", round + 3) } else { String::new() };
        heard = s.event("fedi", "mention", &helper, &thread).because(posted).token_in(posted, keeps);
        heard.text(format!("Please describe your pictures for those who do not see them{count}.")).within(soon, late);
        if replies {
            heard.answers(posted);
        }
    }
}

fn pictures_on_demand(s: &Scene) {
    let gap = s.pick(&[9_000, 120_000, 2_000_000]);
    let helper = Actor::new("alt-text", s.pick(&["bot", "human"]));
    for _ in 0..s.between(8, 60) {
        let thread = format!("fedi:thread/{}", s.between(1, 7));
        let asked = s.event("fedi", "mention", &s.somebody(), &thread).text(s.pick(&["show me one", "fox!", "more"]));
        asked.within(gap / 9, gap);
        let animal = s.pick(&["fox", "owl", "seal"]);
        let posted = s.wants(asked, "post", &thread, &format!("Here is your {animal}!")).within(400, 4_000);
        if s.chance(15) {
            let remark = s.event("fedi", "post", &helper, &thread).because(posted).answers(posted);
            remark.text("Please describe your pictures for those who do not see them.").within(2_000, 60_000);
        }
    }
}

fn class_of_a_record_switched(s: &Scene) {
    let record = format!("cmdb:item/{}", s.between(1_000, 9_000));
    let (table_is_target, thinks, stamps) = (s.chance(35), s.chance(25), s.chance(45));
    let place = if table_is_target { "cmdb:items".to_owned() } else { record.clone() };
    // Both write with accounts of the tool; some installations have one for all integrations.
    let discovery = Actor::new(s.pick(&["discovery", "integration"]), s.pick(&["human", "system", "app", "unknown"]));
    let keeps = s.pick(&[0, 0, 60]);
    let (soon, late) = s.pick(&[(30_000, 300_000), (3_300_000, 3_900_000), (86_000_000, 88_000_000)]);
    let files = |heard, class: &str| {
        let text = if thinks { s.paraphrase() } else { format!("{record} is a {class}") };
        let act = s.wants(heard, "record.update", &place, &text).writes("class", class).within(500, 5_000);
        if let Some(echo) = s.echo(act, "record.updated") {
            echo.state("class", class);
        }
        act
    };
    // People who file it by hand are corrected.
    for _ in 0..s.between(0, 3) {
        let event = s.event("cmdb", "record.updated", &s.somebody(), &place).text(format!("{record} is a computer"));
        files(event.state("class", "computer").within(9_000_000, 90_000_000), "virtual");
    }
    let filed = |count: u64| {
        let stamp = if stamps { format!(", scan {count}") } else { String::new() };
        let event = s.event("cmdb", "record.updated", &discovery, &place);
        event.text(format!("{record} is a server{stamp}")).state("class", "server")
    };
    let mut heard = filed(0).within(9_000_000, 90_000_000);
    for round in s.rounds(s.between(22, 46)) {
        let act = files(heard, "virtual");
        if s.chance(7) {
            let ticket = s.event("cmdb", "ticket.opened", &s.somebody(), "cmdb:tickets").text(s.sentence(6));
            ticket.within(900, 90_000);
        }
        heard = filed(round + 1).because(act).token_in(act, keeps).within(soon, late);
    }
}

fn records_imported_at_night(s: &Scene) {
    let discovery = Actor::new("discovery", s.pick(&["human", "system", "app"]));
    for night in 0..s.between(1, 4) {
        let (size, plan) = (s.between(5, 18), format!("import-{night}"));
        let tick = s.tick("cmdb:items", 80_000_000);
        for place in 0..size {
            let record = format!("cmdb:item/{}", s.between(1_000, 1_060));
            let class = s.pick(&["virtual", "server", "switch"]);
            let act = s.wants(tick, "record.update", &record, &format!("{record} is a {class}"));
            act.writes("class", class).in_plan(&plan, size).after(300 + place * 400);
            if s.chance(30) {
                let found = s.event("cmdb", "record.updated", &discovery, &record).because(act);
                found.text(format!("{} GB of memory", s.pick(&[8, 16, 64]))).within(60_000, 900_000);
            }
        }
        s.wants(tick, "message", &s.channel(), &format!("Night {night}: {size} records")).after(size * 400 + 900);
    }
}

fn print_report_is_printed(s: &Scene) {
    let (inbox, printer) = ("mail:print", format!("printer:floor/{}", s.between(1, 9)));
    let device = Actor::new("printer", s.pick(&["unknown", "unknown", "human", "system"]));
    let (style, answers, keeps) = (s.pick(&[0, 1, 2]), s.chance(40), s.pick(&[0, 0, 60, 100]));
    let (soon, late) = s.pick(&[(5_000, 20_000), (60_000, 180_000), (900_000, 1_100_000)]);
    // The old printer kept its reports to itself.
    for _ in 0..s.between(0, 5) {
        let title = format!("{}.pdf", s.word());
        let mail = s.event("mail", "mail.in", &s.somebody(), inbox).text(&title).within(300_000, 9_000_000);
        s.wants(mail, "print", &printer, &title).within(900, 9_000);
    }
    let mut title = format!("{}.pdf", s.word());
    let mut heard = s.event("mail", "mail.in", &s.somebody(), inbox).text(&title).within(300_000, 9_000_000);
    for round in s.rounds(s.between(22, 46)) {
        let print = s.wants(heard, "print", &printer, &title).within(900, 9_000);
        if round > 0 && s.chance(9) {
            let other = s.event("mail", "mail.in", &s.somebody(), inbox).text("menu.txt").within(900, 30_000);
            s.wants(other, "mail.send", "mail:people", "Please attach a document.").in_order();
        }
        title = match style {
            0 => "report.pdf".to_owned(),
            1 => format!("report-{}.pdf", 20_100 + round),
            _ => format!("Printed: {}", title.chars().take(90).collect::<String>()),
        };
        heard = s.event("mail", "mail.in", &device, inbox).because(print).token_in(print, keeps);
        heard.text(&title).within(soon, late);
        if answers {
            heard.answers(print);
        }
    }
}

fn mails_printed_for_an_office(s: &Scene) {
    let gap = s.pick(&[20_000, 300_000, 2_000_000]);
    let device = Actor::new("printer", "unknown");
    for _ in 0..s.between(6, 26) {
        let printer = format!("printer:floor/{}", s.between(1, 4));
        let title = s.pick(&["letter.pdf", "invoice.pdf", "menu.pdf", "scan.pdf"]);
        let mut heard = s.event("mail", "mail.in", &s.somebody(), "mail:print").text(title).within(gap / 6, gap);
        let tries = s.pick(&[1, 1, 1, 2, 3]);
        for attempt in 1..=tries {
            let print = s.wants(heard, "print", &printer, title).attempt(attempt, 3).within(900, 9_000);
            let text = if attempt < tries { "out of paper" } else { "printed" };
            heard = s.event("printer", "print.report", &device, &printer).because(print).token(print);
            heard.text(format!("{title}: {text}")).within(6_000, 200_000);
        }
    }
}

fn note_takers_wait_for_each_other(s: &Scene) {
    let meeting = format!("tm:meeting/{}", s.between(1, 900));
    let platform = Actor::new("teams", s.pick(&["system", "system", "unknown", "app"]));
    let (writes, names, keeps) = (s.chance(40), s.chance(55), s.pick(&[0, 0, 60]));
    let minutes = s.pick(&[1, 5, 15]);
    let there = |who: &str| {
        let who = if names { format!("{who} is here") } else { "1 participant besides you".to_owned() };
        s.event("teams", "meeting.period_ended", &platform, &meeting).text(who)
    };
    let mut total = 60;
    let mut heard = there("h2").after(3_600_000);
    // At first it is people who talk on.
    for _ in 0..s.between(0, 3) {
        total += minutes;
        s.wants(heard, "recording.extend", &meeting, &format!("{minutes} more minutes"))
            .writes("length", total.to_string());
        heard = there(s.pick(&["h1", "h2", "h3"])).within(minutes * 59_000, minutes * 60_000);
    }
    s.event("teams", "meeting.left", &Actor::person("h2"), &meeting).within(10_000, 50_000);
    heard = there("Scribe").after(minutes * 30_000);
    for _ in s.rounds(if writes { s.between(12, 26) } else { s.between(22, 48) }) {
        total += minutes;
        let extend = s.wants(heard, "recording.extend", &meeting, &format!("{minutes} more minutes"));
        extend.writes("length", total.to_string()).within(200, 1_800);
        if writes {
            s.wants(heard, "message", &meeting, &s.paraphrase()).within(2_000, 9_000);
        }
        if s.chance(6) {
            s.person_says(&s.channel(), s.pick(&["is the room free?", "thanks for the call"])).within(900, 30_000);
        }
        heard = there("Scribe").because(extend).token_in(extend, keeps).after(minutes * 60_000 + s.between(0, 900));
    }
}

fn recordings_extended_while_people_talk(s: &Scene) {
    let platform = Actor::new("teams", s.pick(&["system", "unknown"]));
    for _ in 0..s.between(3, 9) {
        let meeting = format!("tm:meeting/{}", s.between(1_000, 9_000));
        let started = s.event("teams", "meeting.started", &s.somebody(), &meeting).text(s.sentence(4));
        started.within(600_000, 9_000_000);
        for attempt in 1..=s.between(1, 6) {
            let ended = s.event("teams", "meeting.period_ended", &platform, &meeting);
            ended.text(format!("{} participants besides you", s.between(2, 9))).within(890_000, 910_000);
            s.wants(ended, "recording.extend", &meeting, "15 more minutes").attempt(attempt, 8);
        }
        let left = s.event("teams", "meeting.ended", &platform, &meeting).within(100_000, 800_000);
        s.wants(left, "message", &meeting, &s.paraphrase()).within(5_000, 60_000);
    }
}

fn resubscribed_by_the_sync(s: &Scene) {
    let (list, mail) = (format!("list:news/{}", s.between(1, 20)), format!("customer{}@example.org", s.hex(3)));
    let tool = Actor::new("newsletter", s.pick(&["app", "system", "unknown", "bot"]));
    let (welcomes, shows, per_member, keeps) = (s.chance(40), s.chance(60), s.chance(50), s.pick(&[0, 0, 60]));
    let (soon, late) = s.pick(&[(20_000, 90_000), (3_000_000, 4_000_000), (86_000_000, 88_000_000)]);
    let place = if per_member { format!("{list}/{mail}") } else { list.clone() };
    let missing = |reason: &str| {
        let text = if shows { format!("{mail} left: {reason} {}", s.hex(8)) } else { format!("{mail} left") };
        s.event("list", "member.removed", &tool, &place).text(text).state("member", "no")
    };
    // New customers of that week stay.
    for number in 0..s.between(0, 4) {
        let name = format!("{list}/new{number}@example.org");
        let created = s.event("crm", "customer.created", &s.somebody(), &name).text(s.sentence(3));
        created.within(600_000, 30_000_000);
        s.wants(created, "list.subscribe", &name, "").writes("member", "yes").within(900, 9_000);
    }
    let mut heard = missing("550 no such user").within(600_000, 30_000_000);
    for _ in s.rounds(if welcomes { s.between(12, 26) } else { s.between(22, 46) }) {
        let act = s.wants(heard, "list.subscribe", &place, &mail).writes("member", "yes").within(900, 9_000);
        if welcomes {
            // It goes to the address that bounces; what it brings about the subscription alone would, too.
            s.wants(heard, "mail.send", &format!("mail:{mail}"), "Welcome to our letters!").within(9_100, 19_000);
        }
        if s.chance(7) {
            let other = s.event("list", "letter.opened", &Actor::unknown("customer8"), &list).text(s.sentence(3));
            other.within(900, 200_000);
        }
        heard = missing("550 no such user").because(act).token_in(act, keeps).within(soon, late);
    }
}

fn subscribers_after_a_fair(s: &Scene) {
    let (list, size) = (format!("list:news/{}", s.between(1, 20)), s.between(6, 40));
    let tool = Actor::new("newsletter", s.pick(&["app", "system"]));
    let order = s.person_orders(&list, "subscribe the visitors of the fair");
    let mut dropped = Vec::new();
    for number in 0..size {
        let place = format!("{list}/visitor{number}@example.org");
        let act = s.wants(order, "list.subscribe", &place, "").writes("member", "yes").in_plan("fair", size);
        act.after(500 + number * 300);
        if s.chance(25) {
            let left = s.event("list", "member.removed", &tool, &place).because(act).text("550 no such user");
            left.state("member", "no").within(20_000, 200_000);
            dropped.push(number);
        }
    }
    for number in dropped {
        let place = format!("{list}/visitor{number}@example.com");
        let fixed = s.event("crm", "customer.changed", &s.somebody(), &place).text("read the card again");
        fixed.within(60_000, 5_000_000);
        s.wants(fixed, "list.subscribe", &place, "").writes("member", "yes").attempt(2, 2);
    }
}

fn two_service_desks_one_incident(s: &Scene) {
    let vendor = Actor::new("vendor-desk", s.pick(&["app", "bot", "human"]));
    for _ in 0..s.between(1, 3) {
        let ticket = format!("snow:incident/{}", s.between(10_000, 99_000));
        let opened = s.event("snow", "incident.opened", &s.somebody(), &ticket).text(s.sentence(7));
        let mut heard = opened.within(60_000, 3_000_000);
        for number in 1..=s.between(4, 20) {
            let text = format!("Update {}: {}", 2 * number - 1, s.sentence(6));
            let sent = s.wants(heard, "update.send", &ticket, &text).progress(2 * number - 1).within(500, 5_000);
            // What they write next they write because they have ours.
            heard = s.event("snow", "update.received", &vendor, &ticket).because(sent).token(sent);
            heard.text(format!("Update {}: {}", 2 * number, s.sentence(6))).progress(2 * number);
            heard.within(30_000, 4_000_000);
        }
        s.wants(heard, "incident.resolve", &ticket, &s.paraphrase()).writes("state", "resolved");
    }
}
