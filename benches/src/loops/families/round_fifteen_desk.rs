//! Desks and rooms: forwarded receipts, mailboxes nobody reads, lists, sheets and boards, keywords and sprints.

use super::{grumble, in_a_word, small_talk, turns};
use crate::loops::families::{Family, careless, declared, looping};
use crate::loops::scene::{Actor, Scene};

pub(super) const FAMILIES: &[Family] = &[
    looping(
        "colleague_forwards_receipts_back",
        "",
        "A rule in a colleague's mailbox forwards all that comes from the help desk to the help desk, with FW in front and her signature",
        colleague_forwards_receipts_back,
    ),
    declared(
        "mails_forwarded_with_a_word",
        "",
        "Colleagues forward customers' mails to the help desk with a word in front, several in a row; each is a numbered ticket and a receipt",
        mails_forwarded_with_a_word,
    ),
    looping(
        "unmonitored_mailbox_says_so",
        "",
        "We confirm each mail of a supplier, whose mailbox answers that nobody reads it; our gateway marks that as external, so it is a new mail",
        unmonitored_mailbox_says_so,
    ),
    declared(
        "orders_confirmed_by_suppliers",
        "",
        "A supplier's machine confirms, ships and bills each of our orders with the same mails, and each mail is one more step of its order",
        orders_confirmed_by_suppliers,
    ),
    looping(
        "channel_address_on_the_list",
        "",
        "We mail what is new in a channel to a list, on which somebody has put the channel's own address, so that each mail is a new post",
        channel_address_on_the_list,
    ),
    declared(
        "alerts_to_list_and_channel",
        "",
        "Each alert goes to a list and a channel by a plan of two; people answer it there in a word, and what they say is noted on it once",
        alerts_to_list_and_channel,
    ),
    looping(
        "row_makes_a_card_makes_a_row",
        "",
        "We make a card for each new row of a sheet, and a Zap in a colleague's account adds a row for each new card (two-Zap loop)",
        row_makes_a_card_makes_a_row,
    ),
    declared(
        "cards_from_a_pasted_template",
        "",
        "For each new colleague somebody pastes the same rows into a sheet, and each paste becomes cards by a plan of known size",
        cards_from_a_pasted_template,
    ),
    looping(
        "keywords_in_each_others_answers",
        "",
        "Two bots answer frequent questions by keyword; our answer on the VPN names the password, theirs on passwords names the VPN",
        keywords_in_each_others_answers,
    ),
    careless(
        "wifi_asked_again",
        "",
        "People ask for the wifi, the VPN and the printer all day in three letters and get the same answers, some twice in a row",
        wifi_asked_again,
    ),
    looping(
        "not_in_the_sprint",
        "",
        "We assign each ticket that nobody has, and a board's rule of its scrum master takes people off tickets outside the sprint",
        not_in_the_sprint,
    ),
    declared(
        "tickets_pulled_into_the_sprint",
        "",
        "In planning people drag tickets into the sprint, out and in again; each time somebody is assigned, as step n of that ticket",
        tickets_pulled_into_the_sprint,
    ),
];

fn colleague_forwards_receipts_back(s: &Scene) {
    let desk = format!("mail:helpdesk-{}", s.between(1, 40));
    let she = Actor::new("h2@acme", s.pick(&["human", "human", "human", "unknown"]));
    let (style, files, whole, keeps) = (s.between(0, 2), s.chance(45), s.chance(60), s.pick(&[0, 60, 100]));
    let (soon, late) = s.pick(&[(2_000, 9_000), (20_000, 70_000), (290_000, 900_000)]);
    let (there, mut spare) = (if s.chance(50) { desk.clone() } else { "mail:h2@acme".to_owned() }, 3);
    let handle = |heard, number: u64, title: &str, to: &str| {
        let text = match style {
            0 => format!("Your request is ticket {number}. We will be in touch."),
            1 => format!("RE: {title}\n\nThank you, we will be in touch."),
            _ => "Thank you for your mail. The help desk is open from 8 to 18.".to_owned(),
        };
        let ticket = files.then(|| s.wants(heard, "ticket.create", &format!("desk:{number}"), title).within(100, 800));
        (ticket, s.wants(heard, "mail.send", to, &text).within(900, 1_900))
    };
    let others = |number: u64| {
        let title = s.pick(&["printer again", "new laptop", "no sound", "access to the share"]);
        let who = Actor::person(&format!("h{}@acme", 4 + number % 5));
        (s.says(&who, &desk, title).within(9_000, 400_000), title, format!("mail:{}", who.name))
    };
    for number in 0..s.between(0, 3) {
        let (heard, title, to) = others(number);
        handle(heard, 10_000 + number, title, &to);
    }
    let mut title = "FW: invoice for the printer".to_owned();
    let mut heard = s.says(&she, &desk, &format!("{title}\n\n--\nh2, Sales")).within(900_000, 40_000_000);
    for round in s.rounds(turns(s, if files { 2 } else { 1 })) {
        let (_, sent) = handle(heard, 20_000 + 2 * round, &title, &there);
        if s.chance(6) {
            let asked = s.says(&Actor::person("h7"), &s.channel(), s.pick(&["why 30 tickets of h2?", "ok", "spam?"]));
            asked.because(sent).within(9_000, 300_000);
        }
        if spare > 0 && s.chance(8) {
            spare -= 1;
            let (heard, words, to) = others(round);
            let (ticket, sent) = handle(heard, 50_000 + round, words, &to);
            sent.in_order();
            if let Some(ticket) = ticket {
                ticket.in_order();
            }
        }
        title = match style {
            1 => format!("FW: RE: {title}").chars().take(200).collect(),
            _ => format!("FW: {}", sent.text()),
        };
        let body = if whole { format!("\n\nFrom: Help desk\n{}", sent.text()) } else { String::new() };
        let back = s.says(&she, &desk, &format!("{title}{body}\n\n--\nh2, Sales")).because(sent).token_in(sent, keeps);
        heard = back.within(soon, late);
    }
}

fn mails_forwarded_with_a_word(s: &Scene) {
    let (desk, gap) = (format!("mail:helpdesk-{}", s.between(1, 40)), s.pick(&[20_000, 300_000, 5_000_000]));
    for number in 1..=s.between(4, 24) {
        let who = Actor::person(s.pick(&["h2@acme", "h2@acme", "h3@acme", "h4@acme"]));
        let words = s.pick(&["fyi", "pls handle", "pls handle", "can you?", "this one too", ""]);
        let title = s.sentence(4);
        let text = format!("FW: {title}\n\n{words}\n\n--\n{}, Sales", who.name);
        let heard = s.says(&who, &desk, &text).within(gap / 6, gap);
        let ticket = s.wants(heard, "ticket.create", "desk:queue", &title).progress(number).within(100, 900);
        s.echo(ticket, "ticket.created");
        let receipt = format!("Your request is ticket {}. We will be in touch.", 30_000 + number);
        let place = format!("mail:{}", who.name);
        let sent = s.wants(heard, "mail.send", &place, &receipt).progress(number).within(1_000, 5_000);
        if s.chance(20) {
            let back = s.says(&who, &desk, s.pick(&["thx", "ok", "any news?"])).because(sent).token(sent);
            back.within(9_000, gap);
        }
    }
}

fn unmonitored_mailbox_says_so(s: &Scene) {
    let place = format!("mail:invoices-{}", s.between(1, 40));
    let robot = Actor::new("noreply@supplier", s.pick(&["unknown", "unknown", "human", "system"]));
    let (style, files, whole) = (s.between(0, 2), s.chance(35), s.chance(50));
    let (front, keeps, mut spare) =
        (s.pick(&["[EXTERNAL] ", "[EXT] ", "CAUTION: external sender. "]), s.pick(&[0, 60, 100]), 3);
    let behind =
        s.pick(&["", "\n\nThis message and its attachments are confidential.", "\n\nPlease think before you print."]);
    let (soon, late) = s.pick(&[(3_000, 9_000), (60_000, 300_000), (82_000_000, 90_000_000)]);
    let confirm = |heard, number: u64| {
        let text = match style {
            0 => "Thank you, we have received your message.".to_owned(),
            1 => format!("We have received your message. Please quote {number} in all further mails."),
            _ => s.paraphrase(),
        };
        if files && number >= 9_000 {
            s.wants(heard, "invoice.note", "erp:inbox", &format!("mail {number} without an invoice")).within(100, 800);
        }
        s.wants(heard, "mail.send", &place, &text).within(900, 2_500)
    };
    // Clerks of suppliers do not answer a confirmation.
    let clerks = |number: u64| {
        let who = Actor::person(&format!("clerk-{}@supplier", number % 4));
        s.says(&who, &place, &format!("{front}Invoice {}{behind}", 400 + number)).within(9_000, 4_000_000)
    };
    for number in 0..s.between(0, 5) {
        confirm(clerks(number), 7_000 + number);
    }
    let first = s.says(&robot, &place, &format!("{front}Invoice 977{behind}")).within(900_000, 40_000_000);
    let mut heard = first;
    for round in s.rounds(turns(s, if files { 2 } else { 1 })) {
        let sent = confirm(heard, 9_000 + 3 * round);
        if spare > 0 && s.chance(8) {
            spare -= 1;
            confirm(clerks(round), 8_000 + round).in_order();
        }
        let below = if whole { format!("\n\n> {}", sent.text()) } else { String::new() };
        let text = format!("{front}This mailbox is not monitored. Please call our service.{below}{behind}");
        heard = s.says(&robot, &place, &text).because(sent).token_in(sent, keeps).within(soon, late);
    }
}

fn orders_confirmed_by_suppliers(s: &Scene) {
    let (gap, size) = (s.pick(&[60_000, 3_000_000]), s.between(3, 12));
    let robot = Actor::new("noreply@supplier", s.pick(&["unknown", "human", "bot"]));
    let order = s.person_orders("erp:orders", "order what is missing");
    for number in 0..size {
        let place = format!("erp:order-{}", 700 + number);
        let sent = s.wants(order, "order.send", &place, "20 reams of paper").in_plan("orders", size);
        let sent = sent.after(900 + 600 * number);
        let steps = ["Your order is confirmed", "Your parcel is on its way", "Your invoice"];
        let mut wait = 0;
        for (step, text) in (1..).zip(steps.into_iter().take(usize::try_from(s.between(1, 3)).unwrap_or(3))) {
            wait += s.between(gap / 6, gap);
            let text = format!("[EXTERNAL] {text}\n\nThis mailbox is not monitored.");
            let mail = s.event("mail", "mail.in", &robot, "mail:orders").because(sent).token(sent).text(text);
            s.wants(mail.after(wait), "order.update", &place, "one step further").progress(step);
        }
    }
}

fn channel_address_on_the_list(s: &Scene) {
    let (room, list) = (s.channel(), format!("mail:team-{}", s.between(1, 40)));
    let sender = match s.between(0, 3) {
        0 => s.us(),
        1 => Actor::unknown("team@acme"),
        _ => Actor::person("channel.robot"),
    };
    let (grows, behind, keeps) =
        (s.chance(50), s.pick(&["", "\n\n--\nleave this list: team-leave"]), s.pick(&[0, 60, 100]));
    let (soon, late) = s.pick(&[(11_000, 40_000), (60_000, 120_000), (290_000, 620_000)]);
    let (answered, mut spare) = (s.chance(40), 3);
    let mail = |heard, text: &str| {
        s.wants(heard, "mail.send", &list, &format!("New in the channel: {text}")).within(900, 5_000)
    };
    let words = || s.pick(&["the build is red", "demo at three", "who has the key?", "new starter on Monday", "ok"]);
    // The address was not on the list yet.
    for _ in 0..s.between(0, 6) {
        let text = words();
        mail(s.person_says(&room, text).within(600_000, 20_000_000), text);
    }
    // What arrived, its text, what somebody had said at first, and whether this is it.
    let said = |text: &str, soon: u64, late: u64| {
        (s.person_says(&room, text).within(soon, late), text.to_owned(), text.to_owned(), true)
    };
    let mut open = vec![said(words(), 600_000, 20_000_000)];
    for round in 0..turns(s, 1) {
        if round == 1 {
            s.loop_starts();
        }
        let (heard, text, first, by_people) = open.remove(0);
        let act = mail(heard, &text);
        if by_people {
            act.in_order();
        } else if answered && s.chance(15) {
            // Somebody answers the mail to its sender, where nobody reads it.
            in_a_word(s, &s.somebody(), act, s.pick(&["ok", "?", "please take me off"])).within(60_000, 500_000);
        }
        let shown: String = if grows { act.text().chars().take(240).collect() } else { first.clone() };
        let shown = format!("[team] {shown}{behind}");
        let post = s.event("teams", "message", &sender, &room).because(act).token_in(act, keeps).text(&shown);
        open.push((post.within(soon, late), shown, first, false));
        if spare > 0 && open.len() < 3 && s.chance(9) {
            // What people say is mailed rightly, and comes back as well.
            spare -= 1;
            open.push(said(s.pick(&["who else gets this twice?", "lunch?", "please stop the robot"]), 900, 9_000));
        }
    }
}

fn alerts_to_list_and_channel(s: &Scene) {
    let (room, monitor, gap) = (s.channel(), Actor::system("monitor"), s.pick(&[120_000, 1_800_000, 9_000_000]));
    for number in 0..s.between(4, 20) {
        let what = s.pick(&["backup is late", "backup is late", "queue is long", "certificate ends soon"]);
        let place = s.azure(&format!("alert-{number}"));
        let alert = s.event("azure", "alert.fired", &monitor, &place).text(what).within(gap / 6, gap);
        let plan = format!("alert-{number}");
        if s.chance(10) {
            s.redelivered(alert);
        }
        s.wants(alert, "mail.send", "mail:on-call", what).in_plan(&plan, 2).after(900);
        let told = s.wants(alert, "message", &room, what).in_plan(&plan, 2).after(1_500);
        if s.chance(60) {
            let words = s.pick(&["on it", "on it", "ok", "false alarm", "same as yesterday", "known"]);
            let said = in_a_word(s, &s.somebody(), told, words).within(9_000, gap / 2);
            s.wants(said, "alert.note", &place, words).progress(1).within(500, 3_000);
        }
    }
}

fn row_makes_a_card_makes_a_row(s: &Scene) {
    let (sheet, board) = (format!("sheet:{}", s.between(1, 40)), format!("board:{}", s.between(1, 40)));
    let zap = match s.between(0, 3) {
        0 | 1 => Actor::person("h4"),
        2 => Actor::app("zaps"),
        _ => Actor::unknown("h4"),
    };
    let (rows, links, style, keeps) = (s.pick(&[1, 1, 2, 3]), s.chance(35), s.between(0, 2), s.pick(&[0, 0, 0, 60]));
    let (soon, late) = s.pick(&[(2_000, 6_000), (60_000, 120_000), (280_000, 920_000)]);
    let added = |who: &Actor, title: &str| s.event("sheets", "row.added", who, &sheet).text(title);
    let card = |heard, title: &str, wait| {
        let act = s.wants(heard, "card.create", &board, title).after(wait);
        if links {
            s.wants(heard, "row.update", &sheet, &format!("https://board.example/{}", s.hex(6))).after(wait + 400);
        }
        act
    };
    // The first Zap alone did no harm, and h4 adds rows by hand as well.
    for _ in 0..s.between(0, 3) {
        let title = s.sentence(3);
        card(added(&Actor::person(s.pick(&["h1", "h4"])), &title).within(600_000, 20_000_000), &title, 900);
    }
    let start = s.now() + 900_000;
    let names: Vec<_> = (0..rows).map(|_| s.sentence(4)).collect();
    let mut titles = names.clone();
    let by_hand = |(at, title): (u64, &String)| added(&Actor::person("h4"), title).at(start).after(400 * at);
    let mut heard: Vec<_> = (0..).zip(&titles).map(by_hand).collect();
    for round in s.rounds(turns(s, rows * if links { 2 } else { 1 })) {
        let (wait, pause) = (s.between(700, 1_900), s.between(soon, late));
        for ((heard, title), name) in heard.iter_mut().zip(&mut titles).zip(&names) {
            let act = card(*heard, title, wait);
            if s.chance(4) {
                let asked = s.person_says(&board, s.pick(&["dup?", "why again?", "ok who does this"]));
                asked.because(act).within(9_000, 300_000);
            }
            *title = match style {
                0 => name.clone(),
                1 => format!("Card: {title}").chars().take(200).collect(),
                _ => format!("{name} (from the board, {})", 100 + round),
            };
            *heard = added(&zap, title).because(act).token_in(act, keeps).after(pause);
        }
    }
}

fn cards_from_a_pasted_template(s: &Scene) {
    let (sheet, gap) = (format!("sheet:{}", s.between(1, 40)), s.pick(&[600_000, 40_000_000]));
    let things = ["laptop", "badge", "mail account", "desk", "training", "lunch with the team", "licences"];
    let size = s.between(3, 7);
    for paste in 0..s.between(2, 9) {
        let (start, who) = (s.now() + s.between(gap / 6, gap), s.pick(&["h1", "h4"]));
        for (at, thing) in (0..size).zip(things) {
            let title = format!("new starter: {thing}");
            let row =
                s.event("sheets", "row.added", &Actor::person(who), &sheet).text(&title).at(start).after(300 * at);
            let act = s.wants(row, "card.create", "board:starters", &title).in_plan(&format!("paste-{paste}"), size);
            s.echo(act, "card.created");
        }
        small_talk(s, &s.channel(), 20);
    }
}

fn keywords_in_each_others_answers(s: &Scene) {
    let (room, threads) = (s.channel(), s.chance(50));
    let other = Actor::new("answers", s.pick(&["bot", "bot", "app", "unknown", "human"]));
    let (styles, third, keeps) = (s.pick(&[1, 1, 3]), s.chance(35), s.pick(&[0, 0, 60, 100]));
    let (soon, late) = s.pick(&[(200, 900), (1_500, 5_000), (58_000, 64_000)]);
    let ours = [
        "For the VPN you need the client and your password: see the page on the VPN.",
        "VPN: start the client, enter your password, wait for the green dot.",
        "The VPN asks for your password each morning.",
    ];
    let theirs = [
        "Forgot your password? It can be reset in the portal, and without VPN at the desk.",
        "Passwords are reset in the portal. Are you on the VPN?",
        "A new password takes ten minutes to reach the VPN.",
    ];
    let one = |from: [&'static str; 3]| from[usize::try_from(s.between(0, styles - 1)).unwrap_or(0)];
    let answer = |heard, place: &str| s.wants(heard, "message", place, one(ours)).within(100, 700);
    // The other bot is younger than ours.
    for number in 0..s.between(0, 6) {
        let place = if threads { format!("{room}/{number}") } else { room.clone() };
        let asked = s.person_says(&place, s.pick(&["vpn?", "no vpn", "how do I get on the vpn"]));
        let act = answer(asked.within(600_000, 20_000_000), &place);
        grumble(s, act, 40, &["thx", "ok", "works"]);
    }
    let place = if threads { format!("{room}/99") } else { room };
    let mut heard = s.person_says(&place, "vpn down?").within(600_000, 20_000_000);
    for _ in s.rounds(turns(s, 1)) {
        let act = answer(heard, &place);
        if third {
            let words = "VPN: virtual private network (glossary)";
            s.says(&Actor::bot("glossary"), &place, words).because(act).token_in(act, keeps).within(300, 2_000);
        }
        grumble(s, act, 8, &["lol", "make it stop", "ok ok", "admins?"]);
        heard = s.says(&other, &place, one(theirs)).because(act).token_in(act, keeps).within(soon, late);
        if threads {
            heard.answers(act);
        }
    }
}

fn wifi_asked_again(s: &Scene) {
    let gap = s.pick(&[20_000, 300_000, 3_000_000]);
    for _ in 0..s.between(5, 30) {
        let room = format!("{}/{}", s.channel(), s.between(0, 2));
        let (words, answer) = s.pick(&[
            ("wifi?", "The wifi is ACME-guest, its password is on the wall."),
            ("wifi", "The wifi is ACME-guest, its password is on the wall."),
            ("vpn?", "For the VPN start the client and wait for the green dot."),
            ("printer?", "The printer is on floor 2, take the one without a queue."),
        ]);
        let who = s.somebody();
        let asked = s.says(&who, &room, words).within(gap / 6, gap);
        let told = s.wants(asked, "message", &room, answer).within(100, 900);
        s.echo(told, "message");
        if s.chance(25) {
            let again = in_a_word(s, &who, told, words).within(9_000, 60_000);
            s.wants(again, "message", &room, answer).within(100, 900);
        } else if s.chance(40) {
            in_a_word(s, &who, told, s.pick(&["thx", "ok", "ty"])).within(4_000, 60_000);
        }
    }
}

fn not_in_the_sprint(s: &Scene) {
    let (tickets, first) = (s.pick(&[1, 1, 2, 3]), s.between(100, 900));
    let rule = if s.chance(70) { Actor::person("h5") } else { Actor::new("automation", s.pick(&["app", "bot"])) };
    let (moves, rotates, speaks, keeps) = (s.chance(40), s.chance(40), s.chance(60), s.pick(&[0, 0, 0, 60]));
    let (soon, late) = s.pick(&[(3_500, 6_000), (55_000, 65_000), (3_500_000, 3_700_000)]);
    let place = |at: u64| format!("jira:ops-{}", first + at);
    let changed = |who: &Actor, at: u64, text: &str| {
        let text = if speaks { text } else { "" };
        s.event("jira", "issue.updated", who, &place(at)).state("assignee", "nobody").text(text)
    };
    let assign = |heard, at: u64, round: u64, wait| {
        let who = format!("h{}", if rotates { 1 + (at + round) % 4 } else { 2 });
        let act =
            s.wants(heard, "issue.assign", &place(at), &format!("assign {who}")).writes("assignee", &who).after(wait);
        if moves {
            s.wants(heard, "issue.move", &place(at), "In progress").writes("status", "in progress").after(wait + 300);
        }
        act
    };
    // Tickets of the sprint are left alone.
    for number in 0..s.between(0, 3) {
        assign(changed(&s.somebody(), 40 + number, "new").within(600_000, 20_000_000), 40 + number, 0, 900);
    }
    let start = s.now() + 900_000;
    let mut heard: Vec<_> =
        (0..tickets).map(|at| changed(&Actor::person("h3"), at, "new").at(start).after(900 * at)).collect();
    for round in s.rounds(turns(s, tickets * if moves { 2 } else { 1 })) {
        let (wait, pause) = (s.between(500, 2_000), s.between(soon, late));
        for (at, heard) in (0..).zip(&mut heard) {
            let act = assign(*heard, at, round, wait);
            if s.chance(4) {
                let said = s.says(&Actor::person("h2"), &place(at), s.pick(&["not mine", "why me?", "?", "ok"]));
                said.because(act).within(9_000, 300_000);
            }
            let text = "Moved back to the backlog, it is not in the active sprint.";
            *heard = changed(&rule, at, text).because(act).token_in(act, keeps).after(pause);
        }
    }
}

fn tickets_pulled_into_the_sprint(s: &Scene) {
    let (gap, mut steps) = (s.pick(&[8_000, 40_000]), [0_u64; 9]);
    for _ in 0..s.between(8, 30) {
        let at = s.between(0, 8);
        let step = &mut steps[usize::try_from(at).unwrap_or(0)];
        *step += 1;
        let (place, inside) = (format!("jira:ops-{}", 500 + at), *step % 2 == 1);
        let who = Actor::person(s.pick(&["h5", "h5", "h1"]));
        let text = if inside { "into the sprint" } else { "out of the sprint" };
        let moved = s
            .event("jira", "issue.updated", &who, &place)
            .text(text)
            .state("sprint", if inside { "31" } else { "none" });
        let name = if inside { s.pick(&["h1", "h2", "h3"]) } else { "nobody" };
        let act =
            s.wants(moved.within(gap / 6, gap), "issue.assign", &place, &format!("assign {name}")).progress(*step);
        let act = act.writes("assignee", name).within(300, 2_000);
        s.echo(act, "issue.updated");
        small_talk(s, &s.channel(), 12);
    }
}
