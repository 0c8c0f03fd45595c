//! Bridges, cards, tickets and the mail that answers by itself.

use super::super::{Family, careless, declared, looping};
use super::chatter;
use crate::loops::scene::{Actor, Scene, platform};

pub(super) const FAMILIES: &[Family] = &[
    looping(
        "bridge_hears_its_webhook",
        "",
        "A chat bridge posts by webhooks under the speaker's name and takes its own copies on both sides for new talk.",
        bridge_hears_its_webhook,
    ),
    careless(
        "bridge_between_busy_rooms",
        "",
        "People talk on both sides of a chat bridge, often in one word, and each message is copied once.",
        bridge_between_busy_rooms,
    ),
    looping(
        "vacation_reply_reopens_the_ticket",
        "",
        "The vacation reply of a watcher counts as an answer: the ticket is reopened and the watchers are told.",
        vacation_reply_reopens_the_ticket,
    ),
    declared(
        "customer_reopens_the_ticket",
        "",
        "A customer answers each time the ticket is solved; it is reopened, the watchers are told, one is on vacation.",
        customer_reopens_the_ticket,
    ),
    looping(
        "bounce_opens_a_ticket",
        "",
        "The receipt for a mail to the help desk bounces, and each bounce opens another ticket that is receipted.",
        bounce_opens_a_ticket,
    ),
    declared(
        "outage_mail_opens_tickets",
        "",
        "In an outage many customers write nearly the same; each gets a ticket and a receipt, and some receipts bounce.",
        outage_mail_opens_tickets,
    ),
    looping(
        "card_counts_its_own_updates",
        "",
        "A chat bot refreshes its status card whenever a message of the channel changes, and the card is one of them.",
        card_counts_its_own_updates,
    ),
    declared(
        "card_shows_each_rollout_step",
        "",
        "A chat bot updates one status card for each step that the pipeline reports.",
        card_shows_each_rollout_step,
    ),
];

fn bridge_hears_its_webhook(s: &Scene) {
    let (mut here, mut there) = (s.channel(), format!("sl:room-{}", s.between(1, 400)));
    let speaker = s.somebody();
    let copier = match s.between(1, 3) {
        1 => Actor::unknown("incoming-webhook"),
        2 => Actor::bot("bridge"),
        _ => speaker.clone(),
    };
    let marks = s.chance(50);
    let words = s.sentence(s.between(2, 9));
    let mut heard = s.says(&speaker, &here, &words);
    for _ in s.rounds(s.between(22, 54)) {
        let text =
            if marks { format!("[{}] <{}> {}", platform(&here), speaker.name, heard.said()) } else { heard.said() };
        let copied = s.wants(heard, "message.post", &there, &text).within(60, 900);
        heard = s.says(&copier, &there, &text).because(copied).token(copied).within(100, 2_500);
        std::mem::swap(&mut here, &mut there);
    }
}

fn bridge_between_busy_rooms(s: &Scene) {
    let rooms = [s.channel(), format!("sl:room-{}", s.between(1, 400))];
    let copier = s.pick(&["unknown", "bot"]);
    let copier = Actor::new("incoming-webhook", copier);
    let marks = s.chance(50);
    for _ in 0..s.between(18, 70) {
        let [here, there] = if s.chance(50) { [&rooms[0], &rooms[1]] } else { [&rooms[1], &rooms[0]] };
        let words = if s.chance(45) {
            s.pick(&["+1", "ok", "thanks", "done", "same here", "on it", "yes"]).to_owned()
        } else {
            s.sentence(s.between(3, 12))
        };
        let speaker = s.somebody();
        let heard = s.says(&speaker, here, &words).after(s.heavy_tail(9_000));
        let text = if marks { format!("[{}] <{}> {words}", platform(here), speaker.name) } else { words };
        let copied = s.wants(heard, "message.post", there, &text).within(60, 900);
        s.says(&copier, there, &text).because(copied).token(copied).within(100, 2_500);
    }
}

/// `watcher`, as mail shows the sender: an address, from which nobody can tell.
fn absent(s: &Scene) -> Actor {
    Actor::new(&format!("{}@partner.example", s.word()), s.pick(&["human", "human", "unknown"]))
}

fn vacation_reply_reopens_the_ticket(s: &Scene) {
    let (no, subject, watcher) = (s.between(10_000, 99_999), s.sentence(5), absent(s));
    let (thread, ticket) = (format!("mail:ticket-{no}"), format!("az:ticket/{no}"));
    let (back, stamped, threads) = (s.between(2, 28), s.chance(50), s.chance(60));
    let mut mail = s.person_says(&thread, &s.sentence(14));
    for _ in s.rounds(s.between(13, 29)) {
        s.wants(mail, "ticket.update", &ticket, "reopened by an answer").writes("status", "open");
        let told = format!(
            "[#{no}] {subject}: there is a new answer. {}",
            if stamped { s.timestamp() } else { String::new() }
        );
        let told = s.wants(mail, "mail.send", &thread, told.trim_end()).within(1_000, 60_000);
        let reply = format!("Automatic reply: [#{no}] {subject}. I am away until the {back}th and will answer then.");
        mail = s.says(&watcher, &thread, &reply).because(told).token_in(told, 15).after(3_000 + s.heavy_tail(40_000));
        if threads {
            mail.answers(told);
        }
        if s.chance(25) {
            let solved = s.event("azure", "ticket.updated", &s.somebody(), &ticket).state("status", "solved");
            solved.within(1_000, 200_000);
        }
    }
}

fn customer_reopens_the_ticket(s: &Scene) {
    let (no, subject, watcher) = (s.between(10_000, 99_999), s.sentence(5), absent(s));
    let (thread, ticket) = (format!("mail:ticket-{no}"), format!("az:ticket/{no}"));
    let customer = Actor::person(&format!("{}@customer.example", s.word()));
    let back = s.between(2, 28);
    for answer in 1..=s.between(5, 20) {
        let solved = s.event("azure", "ticket.updated", &s.somebody(), &ticket).state("status", "solved");
        solved.within(600_000, 40_000_000);
        let words = s.sentence(s.between(4, 16));
        let mail = s.says(&customer, &thread, &words).within(200_000, 80_000_000);
        s.wants(mail, "ticket.update", &ticket, "reopened by an answer").progress(answer).writes("status", "open");
        let told = format!("[#{no}] {subject}: there is a new answer.");
        let told = s.wants(mail, "mail.send", &thread, &told).progress(answer).within(1_000, 60_000);
        if s.chance(50) {
            let reply =
                format!("Automatic reply: [#{no}] {subject}. I am away until the {back}th and will answer then.");
            s.says(&watcher, &thread, &reply).because(told).token_in(told, 15).within(3_000, 90_000).answers(told);
        }
    }
}

fn bounce_opens_a_ticket(s: &Scene) {
    let (desk, mut no) = ("mail:support", s.between(10_000, 90_000));
    let daemon = Actor::new("mailer-daemon@mx.example", s.pick(&["system", "unknown", "human"]));
    let typo = Actor::person(&format!("{}@gone.example", s.word()));
    let (asked, threads) = (s.sentence(8), s.chance(40));
    let mut mail = s.says(&typo, desk, &asked);
    for round in s.rounds(s.between(13, 29)) {
        no += s.between(1, 4);
        let sender = if round == 0 { &typo.name } else { &daemon.name };
        let title: String = mail.said().chars().take(160).collect();
        s.wants(mail, "ticket.create", &format!("az:ticket/{no}"), &title).within(200, 4_000);
        let receipt = format!("[#{no}] We have received your request: {title}");
        let sent = s.wants(mail, "mail.send", &format!("mail:{sender}"), &receipt).within(4_500, 30_000);
        let bounce = format!("Undelivered Mail Returned to Sender: [#{no}] (message {})", s.hex(12));
        mail = s.says(&daemon, desk, &bounce).because(sent).token_in(sent, 20).after(1_000 + s.heavy_tail(60_000));
        if threads {
            mail.answers(sent);
        }
    }
}

fn outage_mail_opens_tickets(s: &Scene) {
    let (desk, mut no, service) = ("mail:support", s.between(10_000, 90_000), s.word());
    let daemon = Actor::new("mailer-daemon@mx.example", s.pick(&["system", "unknown", "human"]));
    for customer in 0..s.between(10, 38) {
        no += s.between(1, 4);
        let sender = Actor::person(&format!("{}-{customer}@customer.example", s.word()));
        let title = s.pick(&["is down", "does not answer", "gives error 503", "is very slow", "again!"]);
        let title = format!("{service} {title}");
        let mail = s.says(&sender, desk, &title).after(s.heavy_tail(30_000));
        s.wants(mail, "ticket.create", &format!("az:ticket/{no}"), &title).within(200, 4_000);
        let receipt = format!("[#{no}] We have received your request: {title}");
        let sent = s.wants(mail, "mail.send", &format!("mail:{}", sender.name), &receipt).within(4_500, 30_000);
        if s.chance(12) {
            let bounce = format!("Undelivered Mail Returned to Sender: [#{no}] (message {})", s.hex(12));
            s.says(&daemon, desk, &bounce).because(sent).within(1_000, 60_000);
        }
    }
}

fn card_counts_its_own_updates(s: &Scene) {
    let (channel, counts) = (s.channel(), s.chance(60));
    let (card, shown) = (format!("card-{}", s.hex(6)), s.sentence(6));
    let asked = s.person_says(&channel, "status?");
    let posted = s.wants(asked, "message.post", &channel, &shown);
    let mut changed = s.comes_back(posted, "message.updated").object(&card);
    for update in s.rounds(s.between(22, 55)) {
        let text = if counts { format!("{shown} · update {update}, {}", s.timestamp()) } else { shown.clone() };
        let refreshed = s.wants(changed, "message.update", &channel, &text).within(80, 1_200);
        chatter(s, &channel, 8);
        changed = s.comes_back(refreshed, "message.updated").object(&card);
    }
}

fn card_shows_each_rollout_step(s: &Scene) {
    let (channel, pipeline, rollout) = (s.channel(), Actor::system("pipeline"), s.azure("rollout"));
    let (card, steps) = (format!("card-{}", s.hex(6)), s.between(9, 45));
    let asked = s.person_orders(&rollout, "roll it out");
    s.wants(asked, "message.post", &channel, "Rollout: waiting for the pipeline");
    for step in 1..=steps {
        let report = s.event("azure", "rollout.step", &pipeline, &rollout).text(format!("step {step} of {steps}"));
        report.progress(step).after(1_000 + s.heavy_tail(20_000));
        let text = format!("Rollout: {step} of {steps}, {}", s.timestamp());
        let updated = s.wants(report, "message.update", &channel, &text).progress(step).within(80, 900);
        if let Some(changed) = s.echo(updated, "message.updated") {
            changed.object(&card);
        }
        chatter(s, &channel, 10);
    }
}
