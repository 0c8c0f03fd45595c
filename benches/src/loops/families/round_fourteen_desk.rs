//! Desks and rooms: announced requests, vendors, assistants, shared mailboxes, minutes and cards.

use super::{quoted, with_quote};
use crate::loops::families::{Family, careless, declared, looping};
use crate::loops::scene::{Actor, Scene};

pub(super) const FAMILIES: &[Family] = &[
    looping(
        "request_of_a_request",
        "",
        "Each message that asks for something becomes an item, and a flow announces new items in that room in its owner's name, as a request",
        request_of_a_request,
    ),
    declared(
        "requests_copied_by_hand",
        "",
        "People write requests, copy our answer to somebody's request into another room and ask for the same; each item has its number",
        requests_copied_by_hand,
    ),
    looping(
        "engineer_always_asks_for_logs",
        "",
        "A vendor's form letter, signed by an engineer, asks for the logs whatever we answer, and we attach them to each case again",
        engineer_always_asks_for_logs,
    ),
    declared(
        "vendor_engineers_ask_for_more",
        "",
        "Engineers of a vendor ask for one thing after the other with our whole mail below, and get it in numbered steps",
        vendor_engineers_ask_for_more,
    ),
    looping(
        "colleague_answers_by_assistant",
        "",
        "We ask a colleague for what our list lacks; an assistant answers in her name with our text quoted and a question of its own",
        colleague_answers_by_assistant,
    ),
    declared(
        "questions_to_busy_colleagues",
        "",
        "Colleagues are asked by a plan; they answer days later, quote the question whole, ask back, and get at most three reminders",
        questions_to_busy_colleagues,
    ),
    looping(
        "sent_copy_in_the_watched_mailbox",
        "",
        "A shared mailbox keeps a copy of what is sent from it in the folder that we watch, and each copy is a mail to be answered",
        sent_copy_in_the_watched_mailbox,
    ),
    careless(
        "shared_mailbox_of_a_department",
        "",
        "Customers get the same receipt for each mail, quote it whole, thank for it or ask a second time, and clerks' copies lie between",
        shared_mailbox_of_a_department,
    ),
    looping(
        "minutes_corrected_against_each_other",
        "",
        "Corrected minutes go out to all, and the assistants of two participants set the same line right, each as its person remembers it",
        minutes_corrected_against_each_other,
    ),
    declared(
        "minutes_corrected_by_participants",
        "",
        "Participants correct the minutes of their meetings with all of them quoted, also late; each correction is one more revision",
        minutes_corrected_by_participants,
    ),
    looping(
        "open_clients_refresh_the_card",
        "",
        "A card asks its viewers' clients to refresh it when it was edited; each does so in its person's name, and we edit it for them",
        open_clients_refresh_the_card,
    ),
    careless(
        "shifts_taken_on_a_card",
        "",
        "People take shifts and give them back by the buttons of one card for an hour, and it is edited with the same few lines",
        shifts_taken_on_a_card,
    ),
];

fn request_of_a_request(s: &Scene) {
    let (room, list) = (s.channel(), format!("list:requests/{}", s.between(1, 40)));
    let (name, class) = s.pick(&[("h2", "human"), ("h2", "human"), ("h2", "unknown"), ("workflows", "app")]);
    let owner = Actor::new(name, class);
    let (style, reacts, keeps) = (s.pick(&[0, 1, 2]), s.chance(35), s.pick(&[0, 60, 100]));
    let (soon, late) = s.pick(&[(900, 5_000), (55_000, 70_000), (290_000, 620_000)]);
    let first = s.between(100, 9_000);
    let file = |heard, title: &str| s.wants(heard, "item.create", &list, title).within(600, 5_000);
    // The flow is younger than the room.
    for _ in 0..s.between(0, 5) {
        let title = format!("request: {}", s.sentence(5));
        file(s.person_says(&room, &title).within(600_000, 30_000_000), &title);
    }
    let asked = s.sentence(5);
    let mut title = format!("request: {asked}");
    let mut heard = s.person_says(&room, &title).within(600_000, 30_000_000);
    for round in s.rounds(if reacts { s.between(12, 25) } else { s.between(22, 44) }) {
        let act = file(heard, &title);
        if reacts {
            s.wants(heard, "reaction.add", &room, "eyes").within(5_100, 7_000);
        }
        if s.chance(9) {
            let words = s.pick(&["I wanted that only once", "who writes here?", "thanks"]);
            let grumble = s.person_says(&room, &with_quote(s, &title, words)).because(act).token(act);
            grumble.within(9_000, 90_000);
        }
        title = match style {
            0 => format!("New request: {title}").chars().take(220).collect(),
            1 => format!("New request {}: {asked}", first + round),
            _ => format!("New request: {asked}"),
        };
        heard = s.event("teams", "message", &owner, &room).because(act).token_in(act, keeps).text(&title);
        heard.within(7_000 + soon, 7_000 + late);
    }
}

fn requests_copied_by_hand(s: &Scene) {
    let (list, gap) = (format!("list:requests/{}", s.between(1, 40)), s.pick(&[60_000, 900_000, 9_000_000]));
    let mut number = 0;
    for thread in 0..s.between(3, 9) {
        let room = |at: u64| format!("{}/{}", s.channel(), (thread + at) % 4);
        let title = format!("request: {}", s.sentence(4));
        let mut asked = s.person_says(&room(0), &title).within(gap / 6, gap);
        for copy in 0..s.between(1, 4) {
            number += 1;
            let item = s.wants(asked, "item.create", &list, &title).progress(number).within(600, 5_000);
            s.echo(item, "item.created");
            let text = format!("Item {number}: {title}");
            let said = s.wants(asked, "message", &room(copy), &text).progress(number).within(5_100, 8_000);
            let words = s.pick(&["request: the same for me please", "request: we need this as well"]);
            asked = s.person_says(&room(copy + 1), &with_quote(s, &text, words)).because(said).token(said);
            asked.within(gap / 6, gap);
        }
    }
}

fn engineer_always_asks_for_logs(s: &Scene) {
    let (chains, first) = (s.pick(&[1, 2, 2, 3]), s.between(100_000, 900_000));
    let engineer = Actor::new("maria@vendor", s.pick(&["human", "human", "human", "unknown"]));
    let (apart, quotes, thinks, packs) = (s.chance(50), s.chance(60), s.chance(35), s.chance(35));
    let keeps = s.pick(&[0, 60, 60, 100]);
    let (soon, late) = s.pick(&[(4_000, 20_000), (290_000, 900_000), (20_000_000, 80_000_000)]);
    let place = |case: u64| if apart { format!("mail:vendor/{}", first + case) } else { "mail:vendor".to_owned() };
    let please = |case: u64| {
        let number = if apart { String::new() } else { format!("[case {}] ", first + case) };
        format!("{number}Thank you for contacting us. Please send us the logs and describe what you see. Maria")
    };
    let answer = |heard, case: u64| {
        let text = if thinks { s.paraphrase() } else { format!("The logs are attached: logs-{}.zip", s.hex(6)) };
        s.wants(heard, "mail.send", &place(case), &text).within(900, 9_000)
    };
    // In other cases she has really written herself, and was content.
    for number in 0..s.between(0, 4) {
        let asked = s.event("mail", "mail.in", &engineer, &place(40 + number)).text("Can you send me the logs?");
        let sent = answer(asked.within(900_000, 40_000_000), 40 + number);
        quoted(s, &engineer, sent, "Got it, we will ship a fix.").within(900_000, 9_000_000);
    }
    let mut heard: Vec<_> = (0..chains)
        .map(|case| {
            let asked = s.event("mail", "mail.in", &engineer, &place(case)).text(please(case));
            asked.within(25_000, 90_000)
        })
        .collect();
    let mut pause = 0;
    for round in 0..if packs { s.between(14, 25) } else { s.between(24, 46) } {
        if round == chains {
            s.loop_starts();
        }
        if round % chains == 0 {
            pause = s.between(soon, late);
        }
        let (case, at) = (round % chains, usize::try_from(round % chains).unwrap_or(0));
        let sent = answer(heard[at], case);
        let pack = packs.then(|| {
            let text = format!("collect logs of case {}", first + case);
            s.wants(heard[at], "job.start", &s.agent("logs"), &text).within(9_100, 12_000)
        });
        if round < chains {
            sent.in_order();
            if let Some(pack) = pack {
                pack.in_order();
            }
        }
        if s.chance(7) {
            let asked = s.person_says(&s.channel(), s.pick(&["any news from the vendor?", "still waiting?"]));
            asked.within(900, 60_000);
        }
        let text = if quotes { with_quote(s, &sent.text(), &please(case)) } else { please(case) };
        let again = s.event("mail", "mail.in", &engineer, &place(case)).because(sent).token_in(sent, keeps);
        heard[at] = again.text(text).after(13_000 + pause);
        if s.chance(50) {
            again.answers(sent);
        }
    }
}

fn vendor_engineers_ask_for_more(s: &Scene) {
    let gap = s.pick(&[300_000, 4_000_000, 60_000_000]);
    for case in 0..s.between(2, 6) {
        let place = format!("mail:vendor/{}", 200_000 + case);
        let engineer = Actor::person(s.pick(&["maria@vendor", "tom@vendor"]));
        let asked = s.event("mail", "mail.in", &engineer, &place).text("Please send us the logs.");
        let mut asked = asked.within(gap / 6, gap);
        let steps = s.between(3, 9);
        for step in 1..=steps {
            let text = format!("Attached: {}-{}.zip", s.pick(&["logs", "config", "dump", "logs"]), s.hex(4));
            let sent = s.wants(asked, "mail.send", &place, &text).progress(step).within(900, 60_000);
            let more = s.pick(&["And the configuration?", "From the other node, please.", "Can you repeat it?"]);
            let words = if step < steps { more } else { "That was it, thank you." };
            asked = quoted(s, &engineer, sent, words).within(gap / 6, gap);
        }
    }
}

fn colleague_answers_by_assistant(s: &Scene) {
    let (room, chains) = (s.channel(), s.pick(&[1, 2, 2, 3]));
    let she = s.somebody();
    let (threads, quotes, notes, keeps) = (s.chance(50), s.chance(60), s.chance(35), s.pick(&[0, 60, 100]));
    let (soon, late) = s.pick(&[(2_000, 12_000), (60_000, 300_000), (3_000_000, 9_000_000)]);
    let place = |topic: u64| if threads { format!("{room}/{topic}") } else { room.clone() };
    let lacks = s.pick(&["the date", "the owner", "the budget"]);
    let ask = |heard, topic: u64| {
        let text = format!("@{} {} I still need {lacks} of item {topic}.", she.name, s.paraphrase());
        s.wants(heard, "message", &place(topic), &text).within(900, 9_000)
    };
    // In person she answers in a word.
    for number in 0..s.between(0, 4) {
        let order = s.person_orders(&s.agent("list"), &format!("ask for {lacks} of item {}", 20 + number));
        let act = ask(order.within(900_000, 40_000_000), 20 + number);
        quoted(s, &she, act, s.pick(&["Friday", "yes, h3", "12"])).within(60_000, 2_000_000);
    }
    let mut heard: Vec<_> = (0..chains)
        .map(|topic| {
            let order = s.person_orders(&s.agent("list"), &format!("ask for {lacks} of item {topic}"));
            order.within(15_000, 90_000)
        })
        .collect();
    let mut pause = 0;
    for round in 0..if notes { s.between(14, 25) } else { s.between(24, 46) } {
        if round == chains {
            s.loop_starts();
        }
        if round % chains == 0 {
            pause = s.between(soon, late);
        }
        let (topic, at) = (round % chains, usize::try_from(round % chains).unwrap_or(0));
        let act = ask(heard[at], topic);
        let note = notes.then(|| {
            let text = format!("item {topic}: asked {} for {lacks}", she.name);
            s.wants(heard[at], "item.update", &s.agent("list"), &text).within(9_100, 12_000)
        });
        if round < chains {
            act.in_order();
            if let Some(note) = note {
                note.in_order();
            }
        }
        if s.chance(7) {
            let words = s.pick(&["she is on leave, is she not?", "that is her robot", "ha"]);
            quoted(s, &Actor::person("h9"), act, words).within(900, 60_000);
        }
        let theirs = s.paraphrase();
        let text = if quotes { with_quote(s, &act.text(), &theirs) } else { theirs };
        let reply = s.event("teams", "message", &she, &place(topic)).because(act).token_in(act, keeps).text(text);
        heard[at] = reply.after(13_000 + pause);
    }
}

fn questions_to_busy_colleagues(s: &Scene) {
    let (size, day) = (s.between(4, 12), s.pick(&[3_600_000, 86_400_000]));
    let order = s.person_orders(&s.agent("list"), "ask all owners for their dates");
    for number in 0..size {
        let (place, who) = (format!("mail:h{number}"), Actor::person(&format!("h{number}")));
        let text = format!("When will item {number} be done?");
        let first = s.wants(order, "mail.send", &place, &text).in_plan("dates", size).after(700 + 900 * number);
        let mut act = first;
        for attempt in 1..=s.pick(&[0, 0, 1, 2, 3]) {
            let due = s.tick(&place, 0).because(act).after(day);
            act = s.wants(due, "mail.send", &place, &format!("Reminder. {text}")).attempt(attempt, 3);
        }
        if s.chance(35) {
            let back = quoted(s, &who, act, s.pick(&["Which item?", "Done in which sense?"])).within(60_000, day / 3);
            act = s.wants(back, "mail.send", &place, &s.paraphrase()).within(2_000, 20_000);
        }
        let answer = quoted(s, &who, act, s.pick(&["Friday", "next week", "It is done"])).within(60_000, day / 2);
        let done = s.wants(answer, "item.update", &format!("list:dates/{number}"), "date known").progress(1);
        done.within(900, 9_000);
    }
}

fn sent_copy_in_the_watched_mailbox(s: &Scene) {
    let (mailbox, chains) = (format!("mail:office-{}", s.between(1, 90)), s.pick(&[1, 1, 2, 3]));
    let sender = match s.between(0, 3) {
        0 => s.us(),
        1 => Actor::unknown("office@acme"),
        _ => Actor::person("office@acme"),
    };
    let (style, files, keeps) = (s.pick(&[0, 1, 2, 3]), s.chance(35), s.pick(&[0, 60, 100]));
    let (soon, late) = s.pick(&[(900, 6_000), (60_000, 180_000), (290_000, 900_000)]);
    let receipt = |heard, title: &str| {
        let text = match style {
            0 => format!("RE: {title}"),
            1 => "Thank you for your mail, we will answer within two days.".to_owned(),
            2 => format!("Thank you. Your number is {}.", s.between(100_000, 999_999)),
            _ => s.paraphrase(),
        };
        s.wants(heard, "mail.send", &mailbox, &text.chars().take(200).collect::<String>()).within(900, 9_000)
    };
    // Copies went into a folder of their own until somebody changed the mailbox.
    for _ in 0..s.between(0, 5) {
        let title = s.sentence(4);
        receipt(s.person_says(&mailbox, &title).within(600_000, 30_000_000), &title);
    }
    let mut titles: Vec<_> = (0..chains).map(|_| s.sentence(4)).collect();
    let mut heard: Vec<_> = titles.iter().map(|title| s.person_says(&mailbox, title).within(25_000, 90_000)).collect();
    let mut pause = 0;
    for round in 0..if files { s.between(14, 24) } else { s.between(24, 44) } {
        if round == chains {
            s.loop_starts();
        }
        if round % chains == 0 {
            pause = s.between(soon, late);
        }
        let at = usize::try_from(round % chains).unwrap_or(0);
        let sent = receipt(heard[at], &titles[at]);
        if round < chains {
            sent.in_order();
        }
        if files {
            let filed = s.wants(heard[at], "mail.file", "list:inbox", &titles[at]).within(9_100, 12_000);
            if round < chains {
                filed.in_order();
            }
        }
        if s.chance(8) {
            // The customer asks a clerk about it, who is no part of this.
            let text = with_quote(s, &sent.text(), s.pick(&["How many of these do I get?", "Please stop this."]));
            s.person_says("mail:clerk", &text).because(sent).token(sent).within(60_000, 600_000);
        }
        titles[at] = sent.text();
        let copy = s.event("mail", "mail.in", &sender, &mailbox).because(sent).token_in(sent, keeps);
        heard[at] = copy.text(&titles[at]).after(13_000 + pause);
    }
}

fn shared_mailbox_of_a_department(s: &Scene) {
    let (mailbox, gap) = (format!("mail:office-{}", s.between(1, 90)), s.pick(&[60_000, 900_000, 9_000_000]));
    for number in 0..s.between(3, 12) {
        let customer = Actor::person(&format!("customer-{number}"));
        let mut heard = s.says(&customer, &mailbox, &s.sentence(6)).within(gap / 6, gap);
        for _ in 0..s.between(2, 6) {
            let text = "Thank you for your mail, we will answer within two days.";
            let sent = s.wants(heard, "mail.send", &mailbox, text).within(900, 20_000);
            if s.chance(40) {
                let clerk = Actor::person("office@acme");
                let copy = s.event("mail", "mail.sent", &clerk, &mailbox).text(format!("RE: {}", s.sentence(5)));
                copy.within(gap / 6, gap);
            }
            let words = s.pick(&["Thank you.", "Any news?", "Any news?", "I forgot the picture", "And the other one?"]);
            heard = quoted(s, &customer, sent, words).within(gap / 6, gap);
        }
    }
}

fn minutes_corrected_against_each_other(s: &Scene) {
    let (meetings, first) = (s.pick(&[1, 1, 2]), s.between(1, 90));
    let she = Actor::person("anna@partner");
    let he = Actor::new("bert@acme", s.pick(&["human", "human", "unknown"]));
    let (whole, counts, saves, keeps) = (s.chance(60), s.chance(50), s.chance(35), s.pick(&[0, 60, 100]));
    let (soon, late) = s.pick(&[(9_000, 40_000), (290_000, 900_000), (3_000_000, 20_000_000)]);
    let rest = s.sentence(12);
    let place = |meeting: u64| format!("mail:meeting-{}", first + meeting);
    let line = |by_her: bool| if by_her { "Delivery is on Tuesday." } else { "Delivery is on Wednesday." };
    let send = |heard, meeting: u64, by_her: bool, round: u64| {
        let number = if counts { format!(" Revision {}.", round / meetings + 2) } else { String::new() };
        let text = format!("Minutes.{number} {rest}. {}", line(by_her));
        let act = s.wants(heard, "mail.send", &place(meeting), &text).writes("delivery", line(by_her));
        act.within(900, 9_000)
    };
    // Earlier meetings were remembered alike.
    for number in 0..s.between(0, 4) {
        let met = s.event("calendar", "meeting.ended", &Actor::system("calendar"), &place(40 + number));
        let act = send(met.within(900_000, 60_000_000), 40 + number, true, 0);
        quoted(s, &he, act, s.pick(&["thanks", "fine", "forwarded to h2"])).within(60_000, 900_000);
    }
    let ended = |at| s.event("calendar", "meeting.ended", &Actor::system("calendar"), &place(at));
    let mut heard: Vec<_> = (0..meetings).map(|at| ended(at).within(20_000, 90_000)).collect();
    let mut pause = 0;
    for round in 0..if saves { s.between(14, 25) } else { s.between(24, 44) } {
        // The minutes, and one correction of each of the two, are in order.
        if round == 2 * meetings {
            s.loop_starts();
        }
        if round % meetings == 0 {
            pause = s.between(soon, late);
        }
        let (meeting, at) = (round % meetings, usize::try_from(round % meetings).unwrap_or(0));
        let by_her = round / meetings % 2 == 0;
        let act = send(heard[at], meeting, by_her, round);
        let save = saves.then(|| s.wants(heard[at], "page.write", "wiki:minutes", &act.text()).within(9_100, 12_000));
        if round < 2 * meetings {
            act.in_order();
            if let Some(save) = save {
                save.in_order();
            }
        }
        if s.chance(8) {
            quoted(s, &s.somebody(), act, s.pick(&["so which day?", "I was there: Tuesday", "+1"])).within(900, 60_000);
        }
        let fix = format!("Correction: {}", line(!by_her));
        let text = if whole { with_quote(s, &act.text(), &fix) } else { fix };
        let who = if by_her { &he } else { &she };
        let fixed = s.event("mail", "mail.in", who, &place(meeting)).because(act).token_in(act, keeps).text(text);
        heard[at] = fixed.after(13_000 + pause);
    }
}

fn minutes_corrected_by_participants(s: &Scene) {
    let gap = s.pick(&[300_000, 4_000_000, 40_000_000]);
    for meeting in 0..s.between(2, 7) {
        let (place, rest) = (format!("mail:meeting-{}", 100 + meeting), s.sentence(12));
        let ended = s.event("calendar", "meeting.ended", &Actor::system("calendar"), &place);
        let mut heard = ended.text(s.sentence(3)).within(gap, 6 * gap);
        for revision in 1..=s.between(3, 8) {
            let text = format!("Minutes, revision {revision}. {rest}. {}.", s.sentence(3));
            let act = s.wants(heard, "mail.send", &place, &text).progress(revision).within(900, 9_000);
            if s.chance(30) {
                let forwarded = s.person_says("mail:board", &with_quote(s, &text, "For your information"));
                forwarded.because(act).token(act).within(60_000, gap);
            }
            heard = quoted(s, &s.somebody(), act, &format!("Correction: {}.", s.sentence(3))).within(gap / 6, gap);
        }
    }
}

fn open_clients_refresh_the_card(s: &Scene) {
    let (card, clients) = (format!("{}/card-{}", s.channel(), s.hex(4)), s.pick(&[1, 2, 3, 4]));
    let (timed, own_view, keeps) = (s.chance(60), s.chance(40), s.pick(&[0, 60, 100, 100]));
    let (soon, late) = s.pick(&[(400, 2_000), (28_000, 33_000), (60_000, 64_000)]);
    let edit = |heard, who: u64, open: u64| {
        let hour = if timed { format!(", as of {}", s.timestamp()) } else { String::new() };
        let view = if own_view { format!(" (yours, h{who})") } else { String::new() };
        let act = s.wants(heard, "card.update", &card, &format!("{open} incidents are open{hour}{view}"));
        act.within(200, 2_000)
    };
    let order = s.person_orders(&card, "show the incidents here");
    let posted = s.wants(order, "card.post", &card, "3 incidents are open");
    // At first it had a button for that.
    for number in 0..s.between(0, 5) {
        let pressed =
            s.event("teams", "card.action", &s.somebody(), &card).because(posted).token(posted).text("refresh");
        edit(pressed.after(600_000 * (number + 1)), 1, 3 + number % 2);
    }
    let opened = |who: u64| {
        let client = Actor::person(&format!("h{}", who + 1));
        s.event("teams", "card.refresh", &client, &card)
    };
    let mut heard: Vec<_> = (0..clients).map(|who| opened(who).within(5_000, 40_000)).collect();
    let (mut pause, mut open) = (0, 3);
    for round in 0..s.between(26, 46) {
        if round == clients {
            s.loop_starts();
        }
        if round % clients == 0 {
            pause = s.between(soon, late);
        }
        let (who, at) = (round % clients, usize::try_from(round % clients).unwrap_or(0));
        let act = edit(heard[at], who + 1, open);
        if round < clients {
            act.in_order();
        }
        if s.chance(5) {
            // Somebody takes an incident, which is worth an edit.
            open = 3 + open % 3;
            let taken = s.event("teams", "card.action", &Actor::person("h9"), &card).text("take it").within(900, 9_000);
            edit(taken, 9, open).in_order();
        }
        heard[at] = opened(who).because(act).token_in(act, keeps).after(pause + 500);
    }
}

fn shifts_taken_on_a_card(s: &Scene) {
    let (card, gap) = (format!("{}/card-{}", s.channel(), s.hex(4)), s.pick(&[4_000, 30_000, 200_000]));
    let order = s.person_orders(&card, "who takes the weekend?");
    let posted = s.wants(order, "card.post", &card, "Saturday: free, Sunday: free");
    let mut days = [0_u64; 2];
    for _ in 0..s.between(6, 48) {
        let day = usize::from(s.chance(50));
        let (held, who) = (days[day], if days[day] == 0 { s.between(1, 3) } else { days[day] });
        days[day] = if held == 0 { who } else { 0 };
        let pressed = s.event("teams", "card.action", &Actor::person(&format!("h{who}")), &card).because(posted);
        let text = if days[day] == 0 { "give back" } else { "take" };
        pressed.token(posted).text(text).at(s.now()).within(gap / 6, gap);
        let name = |who: u64| if who == 0 { "free".to_owned() } else { format!("h{who}") };
        let line = format!("Saturday: {}, Sunday: {}", name(days[0]), name(days[1]));
        let edited = s.wants(pressed, "card.update", &card, &line).within(200, 2_000);
        s.echo(edited, "card.updated");
    }
}
