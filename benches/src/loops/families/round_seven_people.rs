//! Chat, mail, tickets and calendars.

use crate::loops::families::{Family, careless, declared, looping};
use crate::loops::scene::{Actor, Scene};

pub(super) const FAMILIES: &[Family] = &[
    looping(
        "edit_bounces_between_bridges",
        "",
        "An edited message goes over our chat bridge and an older relay brings it back as a message of a person",
        edit_bounces_between_bridges,
    ),
    declared(
        "busy_bridged_room",
        "",
        "People on both sides of a chat bridge talk fast and in few words, and each line is copied once",
        busy_bridged_room,
    ),
    looping(
        "reaction_opens_ticket_that_gets_a_reaction",
        "",
        "A triage bot puts eyes on every message and we open a ticket for eyes and post its number, which gets eyes",
        reaction_opens_ticket,
    ),
    careless(
        "lead_reacts_to_many_reports",
        "",
        "On an outage day a team lead puts eyes on many reports and each becomes a ticket with a message",
        lead_reacts_to_many_reports,
    ),
    looping(
        "closed_ticket_and_absent_owner",
        "",
        "A mail to a closed ticket gets a notice, the owner's absence mail answers it on the closed ticket, and the help desk hears of each",
        closed_ticket_and_absent_owner,
    ),
    declared(
        "old_tickets_closed_in_bulk",
        "",
        "Old tickets are closed by a plan, many owners answer or are absent, and each answer gets one notice",
        old_tickets_closed_in_bulk,
    ),
    looping(
        "quick_toggle_circles_between_trackers",
        "",
        "A field is changed and changed back within a second and both values circle between two trackers for ever",
        quick_toggle_circles,
    ),
    careless(
        "fields_toggled_in_a_meeting",
        "",
        "People in a triage meeting change a few tickets back and forth and each change is copied to the other tracker",
        fields_toggled_in_a_meeting,
    ),
    looping(
        "blockers_copied_back",
        "",
        "We copy the work calendar into the private one as blockers and a second tool copies them back as new events",
        blockers_copied_back,
    ),
    declared(
        "series_copied_as_blockers",
        "",
        "A weekly meeting is copied into the private calendar, a blocker for each date, as a plan of known size",
        series_copied_as_blockers,
    ),
    looping(
        "schedulers_avoid_each_other",
        "",
        "Our assistant moves a meeting out of a focus block and the focus app moves the block to the best slot, the same one",
        schedulers_avoid_each_other,
    ),
    declared(
        "meeting_moved_until_all_agree",
        "",
        "Busy people decline and propose other times, and an assistant moves the meeting a declared number of times at most",
        meeting_moved_until_all_agree,
    ),
];

fn edit_bounces_between_bridges(s: &Scene) {
    let (here, there) = (format!("mx:room-{}", s.hex(6)), format!("dc:channel/{}", s.between(100, 999)));
    let nick = s.word();
    let relay = Actor::new(&format!("{nick}[d]"), s.pick(&["human", "unknown", "bot"]));
    let line = s.sentence(s.between(2, 12));
    let (grows, tokens) = (s.chance(40), s.chance(40));
    let mut heard = s.event("matrix", "message.edited", &s.somebody(), &here).text(format!("* {line}"));
    for round in s.rounds(s.between(25, 58)) {
        let copy = s.wants(heard, "message.send", &there, &heard.said()).within(30, 400);
        s.echo(copy, "message.create");
        let text = if grows && round < 30 { format!("{nick}: {}", copy.text()) } else { copy.text() };
        heard = s.event("matrix", "message", &relay, &here).text(text).because(copy).within(150, 3_000);
        if tokens {
            heard.token(copy);
        }
        if s.chance(5) {
            s.event("matrix", "message", &s.somebody(), &here).text("can somebody kick the bridge").within(10, 900);
        }
    }
}

fn busy_bridged_room(s: &Scene) {
    let rooms = [format!("mx:room-{}", s.hex(6)), format!("dc:channel/{}", s.between(100, 999))];
    let gap = s.pick(&[3_000, 12_000, 40_000]);
    for _ in 0..s.between(35, 78) {
        let side = usize::from(s.chance(50));
        let source = if side == 0 { "matrix" } else { "discord" };
        let long = s.sentence(s.between(2, 9));
        let text = if s.chance(40) { s.pick(&["+1", "yes", "ok", "thanks", "lol", "same here"]) } else { &long };
        let who = s.somebody();
        let heard = s.event(source, "message", &who, &rooms[side]).text(text).within(400, gap);
        let copy = s.wants(heard, "message.send", &rooms[1 - side], &format!("<{}> {text}", who.name)).within(30, 400);
        s.echo(copy, "message.create");
    }
}

fn reaction_opens_ticket(s: &Scene) {
    let (channel, queue) = (s.channel(), format!("jira:{}", s.word()));
    let triage = Actor::bot("triage-eyes");
    let first = s.between(1_000, 9_000);
    let (answers, both) = (s.chance(60), s.chance(50));
    let report = s.person_says(&channel, &s.sentence(9));
    let mut eyes = s.event("teams", "reaction.added", &triage, &channel).text("eyes").within(500, 6_000);
    if s.chance(20) {
        s.redelivered(report);
    }
    let rounds = if both { s.between(14, 28) } else { s.between(22, 40) };
    for round in s.rounds(rounds) {
        let number = first + round;
        if both {
            s.wants(eyes, "ticket.create", &queue, &format!("Report in chat, by {}", triage.name)).within(200, 900);
        }
        let text = format!("Picked up as INC-{number}, thanks for the report.");
        let posted = s.wants(eyes, "message", &channel, &text).within(900, 4_000);
        s.echo(posted, "message");
        eyes = s.event("teams", "reaction.added", &triage, &channel).text("eyes").because(posted);
        eyes.token(posted).within(800, 12_000);
        if answers {
            eyes.answers(posted);
        }
    }
}

fn lead_reacts_to_many_reports(s: &Scene) {
    let (channel, queue) = (s.channel(), format!("jira:{}", s.word()));
    let lead = Actor::person("h1");
    let first = s.between(1_000, 9_000);
    for round in 0..s.between(8, 20) {
        let number = first + round;
        s.person_says(&channel, &s.sentence(9)).within(5_000, 240_000);
        let eyes = s.event("teams", "reaction.added", &lead, &channel).text("eyes").within(2_000, 90_000);
        s.wants(eyes, "ticket.create", &queue, "Report in chat, by h1").within(200, 900);
        let text = format!("Picked up as INC-{number}, thanks for the report.");
        let posted = s.wants(eyes, "message", &channel, &text).within(900, 4_000);
        s.echo(posted, "message");
        if s.chance(40) {
            let thanks = s.event("teams", "reaction.added", &s.somebody(), &channel).text("heart").because(posted);
            thanks.answers(posted).within(3_000, 200_000);
        }
    }
}

/// The notice to whoever writes on a closed ticket.
fn closed(number: u64) -> String {
    format!("Ticket {number} is closed and nobody reads this mail. Please open a new one in the portal.")
}

fn closed_ticket_and_absent_owner(s: &Scene) {
    let number = s.between(10_000, 99_000);
    let (ticket, desk) = (format!("desk:ticket/{number}"), s.channel());
    let owner = s.somebody();
    let name = s.word();
    let dated = s.chance(60);
    let (soon, late) = s.pick(&[(1_000, 9_000), (4_000, 90_000), (60_000, 900_000)]);
    let mut heard = s.event("mail", "mail.in", &owner, &ticket).text(s.sentence(14));
    for _ in s.rounds(s.between(14, 28)) {
        let notice = s.wants(heard, "mail.send", &ticket, &closed(number)).within(500, 5_000);
        s.wants(heard, "message", &desk, &format!("{} wrote on closed ticket {number}", owner.name)).within(600, 6_000);
        let mut text = format!("I am out of office and back next week. In urgent cases call {name}.");
        if dated {
            text.push_str(&format!(" Received: {}", s.timestamp()));
        }
        heard = s.event("mail", "mail.in", &owner, &ticket).text(text).because(notice).within(soon, late);
        if s.chance(30) {
            heard.answers(notice);
        }
    }
}

fn old_tickets_closed_in_bulk(s: &Scene) {
    let plan = format!("close-{}", s.hex(6));
    let (size, first) = (s.between(16, 40), s.between(10_000, 90_000));
    let order = s.person_orders("desk:queue/old", "close everything older than a year");
    for index in 0..size {
        let number = first + index * 7;
        let ticket = format!("desk:ticket/{number}");
        let bye = s.wants(order, "mail.send", &ticket, &format!("We closed ticket {number} after a year of silence."));
        bye.in_plan(&plan, size).after(1_000 + index * s.between(400, 500));
        if s.chance(60) {
            let owner = Actor::person(&format!("customer{number}"));
            let absent = "I am out of office and back next week.";
            let own = s.sentence(11);
            let text = if s.chance(50) { absent } else { &own };
            let reply = s.event("mail", "mail.in", &owner, &ticket).text(text).because(bye).answers(bye);
            reply.within(2_000, 172_800_000);
            s.wants(reply, "mail.send", &ticket, &closed(number)).within(500, 5_000);
        }
    }
}

fn quick_toggle_circles(s: &Scene) {
    let (local, remote) =
        (format!("jira:OPS-{}", s.between(10, 900)), format!("snow:INC{}", s.between(10_000, 90_000)));
    let field = s.pick(&["blocked", "customer-visible", "priority"]);
    let values = if field == "priority" { ["P1", "P2"] } else { ["yes", "no"] };
    let back = Actor::new("integration", s.pick(&["human", "app", "unknown"]));
    let person = s.somebody();
    let (soon, late) = s.pick(&[(800, 5_000), (5_000, 60_000)]);
    let mut flying = values.map(|value| {
        s.event("jira", "issue.updated", &person, &local).state(field, value).text(value).within(300, 900)
    });
    for round in s.rounds(s.between(12, 28)) {
        for (flight, value) in flying.iter_mut().zip(values) {
            let text = format!("{field}: {value}");
            let copy = s.wants(*flight, "field.set", &remote, &text).writes(field, value).within(300, 2_000);
            if round == 0 {
                copy.in_order();
            }
            *flight = s.event("jira", "issue.updated", &back, &local).state(field, value).text(value);
            flight.because(copy).within(soon, late);
        }
    }
}

fn fields_toggled_in_a_meeting(s: &Scene) {
    let field = s.pick(&["blocked", "customer-visible"]);
    let base = s.between(10, 900);
    let back = Actor::app("integration");
    for _ in 0..s.between(9, 24) {
        let number = base + s.between(0, 2);
        let (local, remote) = (format!("jira:OPS-{number}"), format!("snow:INC{}", 10_000 + number));
        let value = s.pick(&["yes", "no"]);
        let changed = s.event("jira", "issue.updated", &s.somebody(), &local).state(field, value).text(value);
        changed.within(4_000, 180_000);
        let copy = s.wants(changed, "field.set", &remote, &format!("{field}: {value}")).within(300, 2_000);
        let seen = s.event("servicenow", "record.updated", &back, &remote).state(field, value).because(copy);
        seen.token(copy).within(800, 9_000);
    }
}

fn blockers_copied_back(s: &Scene) {
    let slot = format!("2026-05-{:02} {:02}:00", s.between(1, 28), s.between(8, 17));
    let (grows, whole) = (s.chance(40), s.chance(50));
    let place =
        |calendar: &str| if whole { format!("cal:{calendar}") } else { format!("cal:{calendar}/{}", s.hex(10)) };
    let owner = s.somebody();
    // The other tool works with the consent of the calendar's owner, so the platform shows the owner.
    let tool = if s.chance(50) { owner.clone() } else { Actor::app("calendar-sync") };
    let (soon, late) = s.pick(&[(3_000, 30_000), (60_000, 900_000), (900_000, 3_600_000)]);
    let mut title = if grows { s.sentence(3) } else { "Busy".to_owned() };
    let mut made = s.event("calendar", "event.created", &owner, &place("work")).text(format!("{title}, {slot}"));
    for round in s.rounds(s.between(20, 44)) {
        // The calendar cuts titles off, so they stop growing.
        if grows && round < 12 {
            title = format!("[copy] {title}");
        }
        let blocker = s.wants(made, "event.create", &place("home"), &format!("{title}, {slot}")).within(900, 20_000);
        s.echo(blocker, "event.created");
        made = s.event("calendar", "event.created", &tool, &place("work")).because(blocker);
        made.text(format!("{title}, {slot}")).within(soon, late);
    }
}

fn series_copied_as_blockers(s: &Scene) {
    let size = s.between(12, 52);
    let plan = format!("series-{}", s.hex(6));
    let (owner, hour) = (s.somebody(), s.between(8, 17));
    let whole = s.chance(50);
    for week in 0..size {
        let place =
            |calendar: &str| if whole { format!("cal:{calendar}") } else { format!("cal:{calendar}/{}", s.hex(10)) };
        let slot = format!("week {week}, {hour}:00");
        let made = s.event("calendar", "event.created", &owner, &place("work")).text(format!("Team sync, {slot}"));
        made.within(50, 900);
        let blocker = s.wants(made, "event.create", &place("home"), &format!("Busy, {slot}")).in_plan(&plan, size);
        blocker.within(300, 5_000);
        s.echo(blocker, "event.created");
    }
}

fn schedulers_avoid_each_other(s: &Scene) {
    let meeting = format!("cal:meeting/{}", s.between(100, 999));
    let person = s.somebody();
    let block = format!("cal:{}/focus", person.name);
    let focus = Actor::new("focus-time", s.pick(&["app", "app", "human", "unknown"]));
    let all = ["Mon 10:00", "Mon 14:00", "Tue 09:00", "Tue 11:00", "Wed 13:00", "Thu 10:00", "Fri 09:00"];
    let few = &all[..usize::try_from(s.between(2, 7)).unwrap_or(2)];
    let (soon, late) = s.pick(&[(5_000, 40_000), (60_000, 900_000)]);
    let mut slots = few.iter().cycle().skip(1);
    let mut moved = s.event("calendar", "event.updated", &focus, &block).state("start", all[0]).text("Focus time");
    for _ in s.rounds(s.between(20, 40)) {
        let slot = slots.next().copied().unwrap_or(all[0]);
        let text = format!("Moved to {slot}, because {} has focus time then", person.name);
        let ours = s.wants(moved, "event.move", &meeting, &text).writes("start", slot).within(800, 20_000);
        if let Some(echo) = s.echo(ours, "event.updated") {
            echo.state("start", slot);
        }
        if s.chance(10) {
            s.person_says(&s.channel(), "when is this meeting now?").within(10_000, 90_000);
        }
        moved = s.event("calendar", "event.updated", &focus, &block).state("start", slot).text("Focus time");
        moved.because(ours).within(soon, late);
    }
}

fn meeting_moved_until_all_agree(s: &Scene) {
    let all = ["Mon 10:00", "Mon 14:00", "Tue 09:00", "Tue 11:00", "Wed 13:00", "Thu 10:00", "Fri 09:00"];
    for _ in 0..s.between(1, 3) {
        let meeting = format!("cal:meeting/{}", s.hex(5));
        let most = s.between(9, 14);
        let mut heard = s.person_orders(&meeting, "find a time for the four of us").within(1_000, 3_600_000);
        for attempt in 1..=s.between(5, 9) {
            let slot = s.pick(&all);
            let ours = s.wants(heard, "event.move", &meeting, &format!("How about {slot}?")).writes("start", slot);
            ours.attempt(attempt, most).within(800, 20_000);
            s.event("calendar", "event.accepted", &s.somebody(), &meeting).because(ours).within(30_000, 600_000);
            heard = s.event("calendar", "event.declined", &s.somebody(), &meeting).because(ours).answers(ours);
            heard.text(format!("Sorry, rather {}", s.pick(&all))).within(60_000, 7_200_000);
        }
    }
}
