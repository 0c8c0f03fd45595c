//! Mail: people who are away, addresses that are gone, tickets that open again.

use super::super::{Family, careless, declared, looping};
use super::{Actor, DAY, HOUR, MINUTE, Scene, stranger};

pub(super) const FAMILIES: &[Family] = &[
    looping(
        "vacation_opens_tickets",
        "",
        "An absence notice answers our acknowledgement from an address that differs each time, and opens the next ticket",
        vacation_opens_tickets,
    ),
    declared(
        "monday_mailbox",
        "",
        "After a weekend many customers write, each gets a ticket and an acknowledgement, some are away and say so once",
        monday_mailbox,
    ),
    looping(
        "bounce_of_the_bounce",
        "",
        "We report an undeliverable mail to a list owner whose own address bounces, which is an undeliverable mail to report",
        bounce_of_the_bounce,
    ),
    declared(
        "greylisted",
        "",
        "Mail servers defer a mail at first, and the same mail is sent again as attempt n of m with growing pauses",
        greylisted,
    ),
    looping(
        "thanks_reopen",
        "",
        "Resolving a ticket sends a mail, the customer's machine thanks for it, and that opens the ticket again for days",
        thanks_reopen,
    ),
    careless(
        "customer_asks_on",
        "",
        "A customer has one more question after each answer, and the ticket is resolved anew each time",
        customer_asks_on,
    ),
    looping(
        "room_declines_hold",
        "",
        "A scheduler moves a meeting between rooms that decline it because of the holds it left behind itself",
        room_declines_hold,
    ),
    declared(
        "slot_found_at_last",
        "",
        "A scheduler proposes slot after slot as attempt n of m until the invited accept one",
        slot_found_at_last,
    ),
];

fn vacation_opens_tickets(s: &Scene) {
    let (inbox, stem, first) = ("mail:support", s.hex(6), s.between(1_000, 9_000));
    let (class, varies, lost) = (s.pick(&["human", "human", "unknown", "system"]), s.chance(60), s.chance(50));
    if lost {
        s.with_world(|world| world.receipts_lost = 100);
    }
    let topic = s.sentence(4);
    let mut heard = s.event("mail", "mail.in", &Actor::person(&format!("{stem}@customer")), inbox).text(&topic);
    for round in s.rounds(s.between(12, 28)) {
        let (number, ticket) = (first + round, format!("mail:ticket-{}", first + round));
        s.wants(heard, "ticket.open", &ticket, &topic).within(50, 2_000);
        let text = format!("We have received your request and opened ticket {number}. We answer within two days.");
        let sent = s.wants(heard, "mail.send", &ticket, &text).within(2_000, 5 * MINUTE);
        let from = if varies { format!("bounce+{}-{stem}@crm", s.hex(5)) } else { format!("{stem}@customer") };
        let away = format!("Automatic reply: Re: [#{number}] {topic}. I am away until Monday. {}", s.timestamp());
        heard = s.event("mail", "mail.in", &Actor::new(&from, class), inbox).text(away).because(sent);
        heard.within(2_000, 10 * MINUTE);
    }
}

fn monday_mailbox(s: &Scene) {
    let (inbox, first) = ("mail:support", s.between(1_000, 9_000));
    for customer in 0..s.between(6, 25) {
        let who = Actor::person(&format!("{}@customer", s.hex(6)));
        let (number, ticket) = (first + customer, format!("mail:ticket-{}", first + customer));
        let heard = s.event("mail", "mail.in", &who, inbox).text(s.sentence(7));
        heard.after(s.heavy_tail(30_000));
        s.wants(heard, "ticket.open", &ticket, &heard.said()).within(50, 2_000);
        if s.chance(8) {
            s.redelivered(heard);
        }
        let text = format!("We have received your request and opened ticket {number}. We answer within two days.");
        let sent = s.wants(heard, "mail.send", &ticket, &text).within(500, 5 * MINUTE);
        if s.chance(35) {
            let text = format!("Automatic reply: Re: [#{number}]. I am away until Monday. {}", s.timestamp());
            let away = s.event("mail", "mail.in", &who, inbox).text(text).because(sent).within(2_000, 10 * MINUTE);
            s.wants(away, "ticket.note", &ticket, "The customer is away.").within(50, 2_000);
        }
    }
}

fn bounce_of_the_bounce(s: &Scene) {
    let (list, owner) = (format!("mail:list-{}", s.hex(4)), format!("mail:owner-{}", s.hex(4)));
    let (daemon, refers) = (Actor::new("MAILER-DAEMON", s.pick(&["system", "unknown", "human"])), s.chance(35));
    let (declares, slow) = (s.chance(50), s.pick(&[3_000, 40_000, 10 * MINUTE]));
    let mut heard = s.event("mail", "mail.in", &daemon, &list).text(format!("Undelivered mail {}", s.hex(10)));
    for round in s.rounds(s.between(22, 48)) {
        let text = format!("{} message(s) to your list could not be delivered: {}", round + 1, s.hex(10));
        let told = s.wants(heard, "mail.send", &owner, &text).within(200, 9_000);
        if declares {
            // The count starts anew with each report.
            told.attempt(1, 3);
        }
        let text = format!("Undelivered mail {} returned to sender, {}", s.hex(10), s.timestamp());
        heard = s.event("mail", "mail.in", &daemon, &list).text(text).because(told);
        heard.after(s.heavy_tail(slow) + 300);
        if refers {
            heard.answers(told);
        }
    }
}

fn greylisted(s: &Scene) {
    let (text, order) = (s.sentence(12), s.person_orders("mail:newsletter", "send it"));
    for _ in 0..s.between(4, 11) {
        let (to, mx) = (format!("mail:to-{}", s.hex(5)), Actor::new("mx", s.pick(&["system", "unknown"])));
        let (needed, mut cause, mut pause) = (s.between(2, 6), order, 1_000);
        for attempt in 1..=needed {
            let sent = s.wants(cause, "mail.send", &to, &text).within(pause, pause + pause / 4).attempt(attempt, 6);
            pause = if attempt == 1 { MINUTE } else { pause * 2 };
            let accepted = attempt == needed;
            let (kind, says) = if accepted {
                ("mail.delivered", "250 2.0.0 accepted")
            } else {
                ("mail.deferred", "451 4.7.1 greylisted, please try again later")
            };
            cause = s.event("mail", kind, &mx, &to).text(says).because(sent).token(sent).within(300, 9_000);
        }
    }
}

fn thanks_reopen(s: &Scene) {
    let (ticket, customer) = (format!("mail:ticket-{}", s.between(1_000, 9_000)), stranger(s, "frontdesk@customer"));
    let (waits, refers) = (s.pick(&[HOUR, DAY, 3 * DAY]), s.chance(50));
    let mut heard = s.event("mail", "mail.in", &customer, &ticket).text(s.sentence(9)).state("status", "open");
    for round in s.rounds(s.between(21, 40)) {
        let text = "We consider this resolved. Reply to this mail if you need more help.";
        let done = s.wants(heard, "ticket.resolve", &ticket, text).within(waits / 2, waits);
        done.writes("status", "resolved");
        if round % 7 == 3 {
            let note = s.sentence(8);
            s.event("mail", "ticket.note", &s.somebody(), &ticket).text(note).within(MINUTE, HOUR);
        }
        let text =
            format!("Thank you for contacting us! Your message of {} has reached our front desk.", s.timestamp());
        heard = s.event("mail", "mail.in", &customer, &ticket).text(text).because(done).state("status", "open");
        heard.after(s.heavy_tail(20_000) + 500);
        if refers {
            heard.answers(done);
        }
    }
}

fn customer_asks_on(s: &Scene) {
    let (ticket, customer) = (format!("mail:ticket-{}", s.between(1_000, 9_000)), s.somebody());
    let mut heard = s.event("mail", "mail.in", &customer, &ticket).text(s.sentence(20)).state("status", "open");
    for _ in 0..s.between(3, 9) {
        s.wants(heard, "mail.send", &ticket, &s.paraphrase()).within(MINUTE, 5 * HOUR);
        let text = "We consider this resolved. Reply to this mail if you need more help.";
        let done = s.wants(heard, "ticket.resolve", &ticket, text).within(DAY, 2 * DAY);
        let text = s.sentence(s.between(6, 30));
        heard = s.event("mail", "mail.in", &customer, &ticket).text(text).because(done).answers(done);
        heard.state("status", "open").within(10 * MINUTE, 3 * DAY);
    }
}

fn room_declines_hold(s: &Scene) {
    let (meeting, title) = (format!("cal:meeting/{}", s.hex(8)), s.sentence(3));
    let rooms: Vec<_> = (0..s.between(2, 4)).map(|_| format!("room {}", s.hex(3))).collect();
    let class = s.pick(&["system", "unknown", "human"]);
    let mut heard = s.event("calendar", "meeting.requested", &s.somebody(), &meeting).text(&title);
    for room in s.rounds(s.between(22, 45)).zip(rooms.iter().cycle()).map(|(_, room)| room) {
        let text = format!("{title} in {room}");
        let booked = s.wants(heard, "meeting.book", &meeting, &text).within(500, 30_000).writes("room", room);
        let text = format!("Declined: {title}. The room is already booked for {title}.");
        heard = s.event("calendar", "meeting.declined", &Actor::new(room, class), &meeting).text(text);
        heard.because(booked).token(booked).state("room", "none").within(1_000, 4 * MINUTE);
    }
}

fn slot_found_at_last(s: &Scene) {
    for _ in 0..s.between(2, 5) {
        let (meeting, title, most) = (format!("cal:meeting/{}", s.hex(8)), s.sentence(3), s.between(10, 15));
        let (needed, day) = (s.between(3, 10), s.between(1, 20));
        let mut heard = s.event("calendar", "meeting.requested", &s.somebody(), &meeting).text(&title);
        heard.within(MINUTE, HOUR);
        for attempt in 1..=needed {
            let slot = format!("day {} at {} o'clock", day + attempt / 3, 9 + attempt % 8);
            let tried = s.wants(heard, "meeting.book", &meeting, &format!("{title} on {slot}")).attempt(attempt, most);
            let (kind, says) =
                if attempt == needed { ("meeting.accepted", "Accepted") } else { ("meeting.declined", "Declined") };
            heard = s.event("calendar", kind, &s.somebody(), &meeting).text(format!("{says}: {title}"));
            heard.because(tried).token(tried).within(MINUTE, 9 * HOUR);
        }
    }
}
