//! Mail, chat, tickets, approvals and money.

use std::collections::VecDeque;

use crate::loops::families::{Family, careless, declared, looping};
use crate::loops::scene::{Actor, Scene};

pub(super) const FAMILIES: &[Family] = &[
    looping(
        "two_mailboxes_forward",
        "",
        "We forward the mail of an absent colleague to the one who stands in, whose mailbox forwards to the absent one",
        two_mailboxes_forward,
    ),
    declared(
        "holiday_cover_by_a_colleague",
        "",
        "Mail of an absent colleague is forwarded once to the one who stands in, whose copies and answers are filed",
        holiday_cover_by_a_colleague,
    ),
    looping(
        "challenges_are_challenged",
        "",
        "Our spam filter asks unknown senders to confirm, and so does the other side's filter, each from a new address",
        challenges_are_challenged,
    ),
    declared(
        "strangers_challenged_once",
        "",
        "Many strangers write for the first time, each is asked to confirm, and the mail of those who do is delivered",
        strangers_challenged_once,
    ),
    looping(
        "deleted_message_shown_again",
        "",
        "We show what was deleted in a room for the record, and a moderator deletes our message for the word that it quotes",
        deleted_message_shown_again,
    ),
    careless(
        "deletions_logged_in_another_room",
        "",
        "A moderator and people delete messages all evening, and each deletion is logged in the moderators' room",
        deletions_logged_in_another_room,
    ),
    looping(
        "returned_refund_is_a_payment",
        "",
        "We refund what was paid for no open invoice, the account is closed, and the returned refund is a payment for none",
        returned_refund_is_a_payment,
    ),
    declared(
        "refunds_of_a_cancelled_concert",
        "",
        "All tickets of a cancelled concert are refunded by a plan, and the few that return are handed to accounting",
        refunds_of_a_cancelled_concert,
    ),
    looping(
        "approvals_delegated_in_a_circle",
        "",
        "Absent approvers have delegated to each other, so that a request that we pass on goes round in their names",
        approvals_delegated_in_a_circle,
    ),
    declared(
        "purchases_through_their_approvers",
        "",
        "Purchases go through a chain of approvers by plan, and now and then one delegates to somebody who decides",
        purchases_through_their_approvers,
    ),
    looping(
        "attachments_copied_to_and_fro",
        "",
        "Two integrations copy attachments between a tracker and a service desk, and each copy has a new name and number",
        attachments_copied_to_and_fro,
    ),
    careless(
        "screenshots_of_a_big_incident",
        "",
        "People attach many screenshots of the same name in a big incident, and each is copied once to the service desk",
        screenshots_of_a_big_incident,
    ),
    careless(
        "standup_asked_each_morning",
        "",
        "A bot asks the same three people the same question each morning, and posts what they answer in one line",
        standup_asked_each_morning,
    ),
];

/// A subject with one prefix more, as long as the mail programs let it grow.
fn forwarded(subject: &str, grows: bool) -> String {
    if subject.starts_with("Fwd: ") && (!grows || subject.len() > 120) {
        subject.to_owned()
    } else {
        format!("Fwd: {subject}")
    }
}

fn two_mailboxes_forward(s: &Scene) {
    let (ours, theirs) = (format!("mail:box/h1-{}", s.between(1, 99)), "mail:box/h2".to_owned());
    let cover = Actor::person("h2");
    let (grows, references) = (s.chance(50), s.chance(40));
    let (soon, late) = s.pick(&[(1_000, 8_000), (20_000, 90_000), (300_000, 900_000)]);
    let arrives = || s.event("mail", "mail.in", &Actor::person(&format!("client{}", s.between(1, 40))), &ours);
    let mut flying = VecDeque::from([(arrives().text(s.sentence(5)), true)]);
    let mut round = 0;
    for _ in 0..s.between(24, 54) {
        let Some((mail, first)) = flying.pop_front() else { break };
        if !first {
            s.loop_starts();
        }
        let text = forwarded(&mail.said(), grows);
        let sent = s.wants(mail, "mail.send", &theirs, &text).within(300, 4_000);
        if first {
            sent.in_order();
        }
        let back = s.event("mail", "mail.in", &cover, &ours).because(sent).token(sent);
        back.text(forwarded(&text, grows)).within(soon, late);
        if references {
            back.answers(sent);
        }
        flying.push_back((back, false));
        round += 1;
        if round > 1 && flying.len() < 3 && s.chance(7) {
            flying.push_front((arrives().text(s.sentence(5)).within(500, 30_000), true));
        }
    }
}

fn holiday_cover_by_a_colleague(s: &Scene) {
    let (ours, theirs) = (format!("mail:box/h1-{}", s.between(1, 99)), "mail:box/h2".to_owned());
    let cover = Actor::person("h2");
    let gap = s.pick(&[600_000, 3_600_000]);
    let mut moment = 0;
    for _ in 0..s.between(8, 36) {
        moment += s.between(gap / 10, gap);
        let client = Actor::person(&format!("client{}", s.between(1, 12)));
        let subject = if s.chance(30) { "Question about the invoice".to_owned() } else { s.sentence(5) };
        let mail = s.event("mail", "mail.in", &client, &ours).text(&subject).at(moment);
        let text = forwarded(&subject, false);
        let sent = s.wants(mail, "mail.send", &theirs, &text).within(300, 4_000);
        if s.chance(60) {
            // The colleague answers the client and copies the absent one in.
            let copy = s.event("mail", "mail.in", &cover, &ours).because(sent).token(sent);
            copy.text(format!("Re: {text}")).answers(sent).within(120_000, 9_000_000);
            s.wants(copy, "mail.file", &ours, "answered by h2").within(300, 4_000);
        }
    }
}

fn challenges_are_challenged(s: &Scene) {
    let quarantine = format!("mail:quarantine/{}", s.between(1, 99));
    let class = s.pick(&["unknown", "unknown", "human", "system"]);
    let (fresh, refers) = (s.chance(70), s.chance(30));
    let (soon, late) = s.pick(&[(400, 4_000), (3_000, 30_000), (60_000, 600_000)]);
    let domain = s.word();
    let mut mail = s.event("mail", "mail.in", &Actor::unknown(&format!("sales@{domain}.example")), &quarantine);
    mail.text(s.sentence(9));
    for _ in s.rounds(s.between(22, 54)) {
        let text = format!("Please confirm that you are a person: https://confirm.example/{}", s.hex(10));
        let asked = s.wants(mail, "mail.send", &quarantine, &text).within(200, 3_000);
        let from =
            if fresh { format!("confirm+{}@{domain}.example", s.hex(8)) } else { format!("guard@{domain}.example") };
        mail = s.event("mail", "mail.in", &Actor::new(&from, class), &quarantine).because(asked);
        let code = s.hex(6);
        mail.text(format!("Your message is waiting. Reply with the code {code} to have it delivered."))
            .within(soon, late);
        if refers {
            mail.answers(asked);
        }
        if s.chance(6) {
            let client = Actor::person(&format!("client{}", s.between(1, 40)));
            s.event("mail", "mail.in", &client, &format!("mail:box/{}", client.name))
                .text(s.sentence(8))
                .within(0, 900);
        }
    }
}

fn strangers_challenged_once(s: &Scene) {
    let gap = s.pick(&[20_000, 300_000, 1_800_000]);
    let one_box = s.chance(50);
    let mut moment = 0;
    for number in 0..s.between(8, 38) {
        moment += s.between(gap / 10, gap);
        let stranger = Actor::new(&format!("stranger{number}@mail.example"), s.pick(&["unknown", "unknown", "human"]));
        let place = if one_box { "mail:quarantine/all".to_owned() } else { format!("mail:quarantine/{number}") };
        let mail = s.event("mail", "mail.in", &stranger, &place).text(s.sentence(9)).at(moment);
        let text = format!("Please confirm that you are a person: https://confirm.example/{}", s.hex(10));
        let asked = s.wants(mail, "mail.send", &place, &text).within(200, 3_000);
        if s.chance(55) {
            let confirmed = s.event("web", "link.opened", &stranger, &place).because(asked).token_kept(asked);
            confirmed.answers(asked).within(30_000, 20_000_000);
            s.wants(confirmed, "mail.deliver", &place, "confirmed").within(100, 900);
        }
    }
}

fn deleted_message_shown_again(s: &Scene) {
    let channel = s.channel();
    let moderator = Actor::new("room-guard", s.pick(&["bot", "app", "human"]));
    let (nests, with_text) = (s.chance(50), s.chance(60));
    let (soon, late) = s.pick(&[(150, 1_500), (1_000, 6_000), (5_000, 40_000)]);
    let author = s.somebody();
    let bad = format!("{} invite.example/{}", s.sentence(4), s.hex(6));
    s.says(&author, &channel, &bad);
    let mut gone = s.event("teams", "message.deleted", &moderator, &channel).text(&bad).within(200, 3_000);
    let mut quoted = bad;
    for _ in s.rounds(s.between(23, 55)) {
        let shown = format!("A message of {} was deleted: \"{quoted}\"", author.name);
        let said = s.wants(gone, "message", &channel, &shown).within(100, 1_500);
        s.echo(said, "message");
        if s.chance(8) {
            s.person_says(&channel, s.pick(&["what is going on", "make it stop", "lol"])).within(300, 9_000);
        }
        gone = s.event("teams", "message.deleted", &moderator, &channel).because(said).about(said);
        gone.within(soon, late);
        // Some rooms do not say any more what it was that they deleted.
        if with_text {
            gone.text(&shown).token(said);
        }
        if nests && shown.len() < 400 {
            quoted = shown;
        }
    }
}

fn deletions_logged_in_another_room(s: &Scene) {
    let (channel, log) = (s.channel(), format!("{}-moderators", s.channel()));
    let moderator = Actor::bot("room-guard");
    let gap = s.pick(&[9_000, 60_000, 600_000]);
    for _ in 0..s.between(10, 55) {
        let author = s.somebody();
        let own = s.sentence(6);
        let text = if s.chance(40) { s.pick(&["+1", "buy followers now", "first", "oops"]) } else { &own };
        s.says(&author, &channel, text).within(gap / 10, gap);
        let who = if s.chance(60) { moderator.clone() } else { author.clone() };
        let gone = s.event("teams", "message.deleted", &who, &channel).text(text).within(500, gap);
        let logged = s.wants(gone, "message", &log, &format!("A message of {} was deleted: \"{text}\"", author.name));
        s.echo(logged, "message");
    }
}

/// Cents as a bank writes them.
fn euros(cents: u64) -> String {
    format!("{}.{:02} EUR", cents / 100, cents % 100)
}

fn returned_refund_is_a_payment(s: &Scene) {
    let account = format!("bank:account/{}", s.between(1_000, 9_999));
    let bank = Actor::new("bank", s.pick(&["system", "system", "unknown", "app"]));
    let (fee, names_reason) = (s.pick(&[0, 0, 150]), s.chance(60));
    let mut cents = s.between(90, 900) * 100 + 99;
    let slow = s.pick(&[9_000_000, 86_400_000, 3 * 86_400_000]);
    let payer = Actor::person(&format!("customer{}", s.between(100, 999)));
    let mut paid =
        s.event("bank", "payment.received", &payer, &account).text(format!("{} for order 4711", euros(cents)));
    for _ in s.rounds(s.between(22, 46)) {
        let reference = s.hex(8);
        let text = format!("{} back, no open invoice, reference {reference}", euros(cents));
        let refund = s.wants(paid, "payment.send", &account, &text).within(1_000, 900_000);
        let booked = s.event("bank", "payment.booked", &bank, &account).because(refund).about(refund).token(refund);
        booked.text(euros(cents)).within(60_000, 3_600_000);
        cents = cents.saturating_sub(fee).max(1_000);
        let reason = if names_reason { format!("account closed, {reference}") } else { "credit".to_owned() };
        paid = s.event("bank", "payment.received", &bank, &account).because(refund);
        paid.text(format!("{}, {reason}", euros(cents))).within(slow / 2 + 3_600_000, slow + 3_600_000);
        if s.chance(20) {
            let other = Actor::person(&format!("customer{}", s.between(100, 999)));
            let text = format!("{} for invoice {}", euros(s.between(1_000, 90_000)), s.between(100, 999));
            s.event("bank", "payment.received", &other, &account).text(text).within(1_000, 3_000_000);
        }
    }
}

fn refunds_of_a_cancelled_concert(s: &Scene) {
    let size = s.between(15, 60);
    let plan = format!("refunds-{}", s.hex(6));
    let bank = Actor::system("bank");
    let account = format!("bank:account/{}", s.between(1_000, 9_999));
    let price = s.between(20, 120) * 100;
    let order = s.person_orders(&account, "refund all tickets of Friday's concert");
    for index in 0..size {
        let cents = price * s.between(1, 4);
        let text = format!("{} back for {} tickets, reference {}", euros(cents), cents / price, s.hex(8));
        let refund = s.wants(order, "payment.send", &account, &text).in_plan(&plan, size).after(2_000 + index * 1_500);
        let booked = s.event("bank", "payment.booked", &bank, &account).because(refund).about(refund).token(refund);
        booked.text(euros(cents)).within(600_000, 7_200_000);
        if s.chance(12) {
            let back = s.event("bank", "payment.received", &bank, &account).because(refund);
            back.text(format!("{}, account closed", euros(cents))).within(86_400_000, 3 * 86_400_000);
            s.wants(back, "task.create", "desk:accounting", &format!("{} came back", euros(cents)));
        }
    }
}

fn approvals_delegated_in_a_circle(s: &Scene) {
    let request = format!("snow:REQ{}", s.between(10_000, 99_000));
    let count = s.between(2, 5);
    let item = s.word();
    let (mentions, dated) = (s.chance(50), s.chance(40));
    let (soon, late) = s.pick(&[(400, 3_000), (5_000, 60_000), (900_000, 3_600_000)]);
    let who = |turn: u64| Actor::person(&format!("h{}", turn % count + 1));
    let mut heard = s.person_orders(&request, &format!("please buy a {item}"));
    for turn in s.rounds(s.between(22, 52)) {
        let (approver, next) = (who(turn), who(turn + 1));
        let mut text = format!("{}, please approve: {item}", approver.name);
        if dated {
            text.push_str(&format!(" (waiting since {})", s.timestamp()));
        }
        let asked = s.wants(heard, "approval.request", &request, &text).writes("approver", &approver.name);
        asked.within(300, 6_000);
        heard = s.event("servicenow", "approval.delegated", &approver, &request).because(asked).within(soon, late);
        heard.state("delegate", &next.name).token(asked);
        if mentions {
            heard.text(format!("I am away, {} decides for me.", next.name)).answers(asked);
        }
        if s.chance(6) {
            s.person_says(&s.channel(), &format!("when do I get my {item}?")).within(10_000, 90_000);
        }
    }
}

fn purchases_through_their_approvers(s: &Scene) {
    let mut moment = 0;
    for _ in 0..s.between(3, 8) {
        moment += s.between(60_000, 7_200_000);
        let number = s.between(10_000, 99_000);
        let request = format!("snow:REQ{number}");
        let (steps, item) = (s.between(2, 4), s.word());
        let plan = format!("approve-{number}-{}", s.hex(4));
        let mut heard = s.person_orders(&request, &format!("please buy a {item}")).at(moment);
        for step in 1..=steps {
            let mut approver = Actor::person(&format!("h{step}"));
            let ask = |heard, name: &str| {
                let text = format!("{name}, please approve: {item}");
                s.wants(heard, "approval.request", &request, &text).writes("approver", name).in_plan(&plan, 0)
            };
            let mut asked = ask(heard, &approver.name);
            if s.chance(20) {
                let next = Actor::person("h5");
                let away = s.event("servicenow", "approval.delegated", &approver, &request).because(asked);
                away.state("delegate", &next.name).token(asked).within(400, 60_000);
                asked = ask(away, &next.name);
                approver = next;
            }
            heard = s.event("servicenow", "approval.given", &approver, &request).because(asked).token(asked);
            heard.state("approval", format!("step {step} of {steps}")).within(600_000, 40_000_000);
        }
        s.wants(heard, "order.place", &request, item);
    }
}

fn attachments_copied_to_and_fro(s: &Scene) {
    let (ours, theirs) = (format!("jira:OPS-{}", s.between(10, 900)), format!("snow:INC{}", s.between(10_000, 90_000)));
    let back = Actor::new("desk-integration", s.pick(&["app", "human", "unknown", "bot"]));
    let (numbers, extension) = (s.chance(60), s.pick(&["png", "log", "pdf"]));
    let (soon, late) = s.pick(&[(900, 9_000), (30_000, 120_000), (280_000, 320_000)]);
    let reporter = s.somebody();
    let attached = || {
        let name = s.word();
        let added = s.event("jira", "attachment.added", &reporter, &ours).text(format!("{name}.{extension}"));
        (name, 0, added.within(900, 20_000))
    };
    let mut flying = VecDeque::from([attached()]);
    for step in s.rounds(s.between(25, 52)) {
        let Some((name, copies, added)) = flying.pop_front() else { break };
        let copied = s.wants(added, "attachment.add", &theirs, &added.said()).within(500, 6_000);
        if copies == 0 {
            copied.in_order();
        }
        s.echo(copied, "attachment.added");
        let next = if numbers { format!("{name} ({})", copies + 1) } else { format!("{name}-{}", s.hex(8)) };
        let back = s.event("jira", "attachment.added", &back, &ours).because(copied).within(soon, late);
        flying.push_back((name, copies + 1, back.text(format!("{next}.{extension}"))));
        if step > 1 && flying.len() < 3 && s.chance(8) {
            flying.push_front(attached());
        }
        if s.chance(8) {
            s.event("jira", "comment.created", &s.somebody(), &ours).text(s.sentence(9)).within(500, 60_000);
        }
    }
}

fn screenshots_of_a_big_incident(s: &Scene) {
    let (ours, theirs) = (format!("jira:OPS-{}", s.between(10, 900)), format!("snow:INC{}", s.between(10_000, 90_000)));
    let desk = Actor::app("desk-integration");
    let gap = s.pick(&[9_000, 120_000, 900_000]);
    for _ in 0..s.between(12, 60) {
        let name = if s.chance(70) { "image.png".to_owned() } else { format!("{}.log", s.word()) };
        let added = s.event("jira", "attachment.added", &s.somebody(), &ours).text(&name).within(gap / 20, gap);
        let copied = s.wants(added, "attachment.add", &theirs, &name).within(500, 6_000);
        s.echo(copied, "attachment.added");
        if s.chance(30) {
            let seen = s.event("servicenow", "record.updated", &desk, &theirs).because(copied);
            seen.state("attachments", s.between(1, 60).to_string());
        }
    }
}

fn standup_asked_each_morning(s: &Scene) {
    let channel = s.channel();
    let people = ["h1", "h2", "h3"].map(Actor::person);
    for _ in 0..s.between(3, 12) {
        let tick = s.tick(&channel, 86_400_000 - s.between(3_600_000, 7_200_000));
        for (index, person) in (0..).zip(&people) {
            let room = format!("tm:chat-{}", person.name);
            let asked = s.wants(tick, "message", &room, "What will you do today, and is anything in your way?");
            asked.after(300 + index * 400);
            s.echo(asked, "message");
            if s.chance(85) {
                let own = s.sentence(6);
                let text = if s.chance(30) { "same as yesterday, nothing in my way" } else { &own };
                let answer = s.says(person, &room, text).because(asked).within(30_000, 3_000_000);
                s.wants(answer, "message", &channel, &format!("{}: {text}", person.name));
            }
        }
    }
}
