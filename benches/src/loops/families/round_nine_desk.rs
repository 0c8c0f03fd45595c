//! Mail, calendars, boards, chat rooms, directories and webhooks.

use std::collections::VecDeque;

use crate::loops::families::{Family, careless, declared, looping};
use crate::loops::scene::{Actor, Scene};

pub(super) const FAMILIES: &[Family] = &[
    looping(
        "receipt_reported_as_spam",
        "",
        "An abuse desk acknowledges each report and quotes it; the reporter's filter takes the quote for spam and reports it",
        receipt_reported_as_spam,
    ),
    declared(
        "abuse_reports_of_a_wave",
        "",
        "A customer's machine sends spam, many networks report it within hours, and each report is acknowledged once",
        abuse_reports_of_a_wave,
    ),
    looping(
        "appointment_moves_by_an_hour",
        "",
        "Two calendars are synchronised by two tools, one of which drops the time zone, so that each round moves the appointment",
        appointment_moves_by_an_hour,
    ),
    declared(
        "appointments_moved_by_people",
        "",
        "People move appointments about, some of them again and again by an hour, and each move is written to a second calendar",
        appointments_moved_by_people,
    ),
    looping(
        "due_dates_push_each_other",
        "",
        "An epic is due some days after its last story, and a rule of the board stretches the last story to the end of its epic",
        due_dates_push_each_other,
    ),
    declared(
        "dates_follow_a_late_supplier",
        "",
        "A project manager moves the stories of a late supplier week by week, and the epic's date and a note follow each time",
        dates_follow_a_late_supplier,
    ),
    looping(
        "two_sticky_messages",
        "",
        "Two bots each keep a message at the bottom of one room, and delete and post it again after each message below it",
        two_sticky_messages,
    ),
    careless(
        "sticky_message_in_a_busy_room",
        "",
        "A bot keeps the rules at the bottom of a busy room: after each burst of people's messages it deletes and posts them again",
        sticky_message_in_a_busy_room,
    ),
    looping(
        "member_of_one_directory_only",
        "",
        "We add to a group whoever is on the list of one directory, and the provisioning of another takes off whom it does not know",
        member_of_one_directory_only,
    ),
    declared(
        "joiners_and_leavers",
        "",
        "People join, change teams, leave and come back from leave; groups follow the list and the directory confirms",
        joiners_and_leavers,
    ),
    looping(
        "webhook_disabled_by_its_backlog",
        "",
        "A shop disables a webhook after many failures; we enable it on that notice, and the whole backlog makes it fail again",
        webhook_disabled_by_its_backlog,
    ),
    declared(
        "webhooks_enabled_after_an_outage",
        "",
        "After an outage the webhooks of all customers are enabled again, each as attempt n of five with growing pauses",
        webhooks_enabled_after_an_outage,
    ),
    declared(
        "on_call_with_swaps",
        "",
        "The person on call changes each morning between a few people, who swap days and hours by command, and the room is told",
        on_call_with_swaps,
    ),
];

fn receipt_reported_as_spam(s: &Scene) {
    let desk = format!("mail:abuse/{}", s.between(1, 99));
    let reporter = Actor::new("reports@filter.example", s.pick(&["unknown", "unknown", "human", "system", "bot"]));
    let (nests, refers, tickets) = (s.chance(40), s.pick(&[0, 0, 40]), s.chance(40));
    let (soon, late) = s.pick(&[(2_000, 20_000), (60_000, 400_000), (1_800_000, 9_000_000)]);
    let address = format!("10.{}.{}.{}", s.between(1, 9), s.between(0, 250), s.between(2, 250));
    let mut sample = format!("Subject: {}", s.sentence(4));
    let mut number = s.between(100_000, 800_000);
    let complaint = |number: u64, sample: &str| {
        format!("[report {number}] Mail from {address} was found to be spam on {}.\n> {sample}", s.timestamp())
    };
    let mut report = s.event("mail", "mail.in", &reporter, &desk).text(complaint(number, &sample));
    for round in s.rounds(if tickets { s.between(12, 26) } else { s.between(22, 50) }) {
        if tickets {
            let ticket = s.wants(report, "ticket.create", "desk:abuse", &format!("report {number} about {address}"));
            ticket.within(50, 290);
        }
        let text = format!("Your report {number} has been received. You wrote:\n> {sample}");
        let sent = s.wants(report, "mail.send", &desk, &text).within(300, 5_000);
        if nests && sample.len() < 300 {
            sample = format!("Your report {number} has been received. > {sample}");
        }
        number += s.between(3, 900);
        report = s.event("mail", "mail.in", &reporter, &desk).because(sent).text(complaint(number, &sample));
        report.within(soon, late);
        if s.chance(refers) {
            report.answers(sent);
        }
        if round > 1 && s.chance(8) {
            let other = Actor::person(&format!("customer{}", s.between(10, 99)));
            let mail = s.event("mail", "mail.in", &other, "mail:support").text(s.sentence(8));
            mail.within(1_000, 200_000);
        }
    }
}

fn abuse_reports_of_a_wave(s: &Scene) {
    let desk = format!("mail:abuse/{}", s.between(1, 99));
    let address = format!("10.{}.{}.{}", s.between(1, 9), s.between(0, 250), s.between(2, 250));
    let networks: Vec<_> = (0..s.between(2, 9)).map(|_| format!("reports@{}.example", s.word())).collect();
    let gap = s.pick(&[4_000, 60_000, 600_000]);
    let sample = format!("Subject: {}", s.sentence(4));
    let mut number = s.between(100_000, 800_000);
    for _ in 0..s.between(8, 60) {
        let network = &networks[usize::try_from(s.between(0, networks.len() as u64 - 1)).unwrap_or(0)];
        let reporter = Actor::new(network, s.pick(&["unknown", "unknown", "human", "system"]));
        number += s.between(3, 900);
        let text =
            format!("[report {number}] Mail from {address} was found to be spam on {}.\n> {sample}", s.timestamp());
        let report = s.event("mail", "mail.in", &reporter, &desk).text(text).within(gap / 8, gap);
        let answer = format!("Your report {number} has been received. You wrote:\n> {sample}");
        let sent = s.wants(report, "mail.send", &desk, &answer).within(300, 3_000);
        if s.chance(15) {
            // Some networks say thanks, to which nobody answers.
            let thanks = s.event("mail", "mail.in", &reporter, &desk).because(sent).answers(sent);
            thanks.text(format!("Thank you, {number} is closed on our side.")).within(2_000, 60_000);
        }
    }
}

/// Hours since the first of the month, as calendars write them.
fn hour_of_month(hours: u64) -> String {
    format!("2026-04-{:02}T{:02}:30", hours / 24 + 1, hours % 24)
}

fn appointment_moves_by_an_hour(s: &Scene) {
    let number = s.between(1, 99);
    let (ours, theirs) = (format!("cal:outlook/{number}"), format!("cal:google/{number}"));
    let owner = s.somebody();
    // The tool writes in the name of the calendar's owner.
    let tool = if s.chance(55) { owner.clone() } else { Actor::new("calendar-sync", s.pick(&["app", "unknown"])) };
    let (title, offset, forward) = (s.sentence(2), s.pick(&[1, 1, 2]), s.chance(50));
    let (names_time, echoes) = (s.chance(60), s.chance(50));
    let (soon, late) = s.pick(&[(3_000, 20_000), (290_000, 320_000), (840_000, 1_000_000)]);
    let mut hours = s.between(250, 400);
    let text = |hours: u64| if names_time { format!("{title}, {}", hour_of_month(hours)) } else { title.clone() };
    let changed = |who: &Actor, hours: u64| {
        let event = s.event("calendar", "event.updated", who, &ours);
        event.text(text(hours)).state("start", hour_of_month(hours))
    };
    let carry = |moved, hours: u64| {
        let act = s.wants(moved, "event.update", &theirs, &text(hours)).writes("start", hour_of_month(hours));
        act.within(500, 9_000);
        if echoes {
            s.comes_back(act, "event.updated").state("start", hour_of_month(hours));
        }
        act
    };
    // In winter both tools mean the same hour.
    for _ in 0..s.between(0, 6) {
        hours = s.between(250, 400);
        carry(changed(&owner, hours).within(7_200_000, 100_000_000), hours);
    }
    let mut moved = changed(&owner, hours).within(7_200_000, 100_000_000);
    for _ in s.rounds(s.between(22, 46)) {
        let act = carry(moved, hours);
        hours = if forward { hours + offset } else { hours - offset };
        moved = changed(&tool, hours).because(act).within(soon + 9_000, late + 9_000);
        if s.chance(7) {
            s.says(&owner, &s.channel(), "why does this meeting wander about?").within(1_000, 90_000);
        }
    }
}

fn appointments_moved_by_people(s: &Scene) {
    let numbers: Vec<_> = (0..s.between(1, 5)).map(|index| 100 + index).collect();
    let gap = s.pick(&[20_000, 600_000, 9_000_000]);
    let mut hours = s.between(250, 400);
    for _ in 0..s.between(8, 44) {
        let number = s.pick(&numbers);
        let (ours, theirs) = (format!("cal:outlook/{number}"), format!("cal:google/{number}"));
        hours = if s.chance(60) { hours + 1 } else { s.between(250, 400) };
        let start = hour_of_month(hours);
        let moved = s.event("calendar", "event.updated", &s.somebody(), &ours).text("planning").state("start", &start);
        moved.within(gap / 10, gap);
        let act = s.wants(moved, "event.update", &theirs, "planning").writes("start", &start).within(500, 9_000);
        if let Some(echo) = s.echo(act, "event.updated") {
            echo.state("start", &start);
        }
    }
}

fn due_dates_push_each_other(s: &Scene) {
    let number = s.between(100, 900);
    let (epic, story) = (format!("jira:WEB-{number}"), format!("jira:WEB-{}", number + s.between(3, 40)));
    let rule = Actor::new("Automation for Jira", s.pick(&["app", "bot", "human", "human"]));
    let (buffer, notes, echoes) = (s.pick(&[1, 3, 7]), s.chance(35), s.chance(60));
    let (soon, late) = s.pick(&[(1_500, 9_000), (20_000, 120_000), (290_000, 600_000)]);
    let mut day = s.between(30, 90);
    let moved = s.event("jira", "issue.updated", &s.somebody(), &story).text("supplier is late");
    let mut moved = moved.state("due", date(day));
    for _ in s.rounds(if notes { s.between(12, 27) } else { s.between(22, 48) }) {
        day += buffer;
        let edit = s.wants(moved, "issue.edit", &epic, "").writes("due", date(day)).within(300, 4_000);
        if echoes {
            s.comes_back(edit, "issue.updated").text("").state("due", date(day));
        }
        if notes {
            let text = format!("Due date moved to {}, because {story} ends later", date(day));
            s.wants(moved, "comment", &epic, &text).within(4_100, 5_000);
        }
        if s.chance(7) {
            let person = s.event("jira", "comment.created", &s.somebody(), &epic).text("who moves this all the time?");
            person.within(5_000, 200_000);
        }
        moved = s.event("jira", "issue.updated", &rule, &story).because(edit).state("due", date(day));
        moved.text("stretched to the end of the epic").within(soon + 1_000, late + 1_000);
    }
}

/// A day as boards that plan in weeks write it.
fn date(day: u64) -> String {
    format!("{}-W{:02}-{}", 2026 + day / 364, day / 7 % 52 + 1, day % 7 + 1)
}

fn dates_follow_a_late_supplier(s: &Scene) {
    let number = s.between(100, 900);
    let epic = format!("jira:WEB-{number}");
    let manager = s.somebody();
    let gap = s.pick(&[30_000, 3_600_000, 604_800_000]);
    let mut day = s.between(30, 90);
    for _ in 0..s.between(5, 30) {
        let story = format!("jira:WEB-{}", number + s.between(1, 4));
        day += s.pick(&[1, 7, 7, 14]);
        let moved = s.event("jira", "issue.updated", &manager, &story).text("supplier is late").state("due", date(day));
        moved.within(gap / 3, gap);
        let due = date(day + 3);
        let edit = s.wants(moved, "issue.edit", &epic, "").writes("due", &due).within(300, 4_000);
        if let Some(echo) = s.echo(edit, "issue.updated") {
            echo.text("").state("due", &due);
        }
        let text = format!("Due date moved to {due}, because {story} ends later");
        s.wants(moved, "comment", &epic, &text).within(4_100, 5_000);
    }
}

const RULES: &str = "Please read the rules before you post: no prices, no links, be kind.";

fn two_sticky_messages(s: &Scene) {
    let channel = format!("discord:channel/{}", s.between(1, 900));
    let other = Actor::new("StickyNote", s.pick(&["bot", "bot", "app", "human"]));
    let (shows_deletions, counts) = (s.chance(60), s.chance(25));
    let (soon, late) = s.pick(&[(700, 2_500), (4_000, 16_000), (28_000, 65_000)]);
    let stick = |heard| {
        let gone = s.wants(heard, "message.delete", &channel, RULES).within(100, 900);
        let said = s.wants(heard, "message", &channel, RULES).within(910, 1_500);
        if let Some(echo) = s.echo(gone, "message.deleted") {
            echo.text("");
        }
        s.echo(said, "message");
        said
    };
    let talk = |text: &str| s.event("discord", "message", &s.somebody(), &channel).text(text);
    for _ in 0..s.between(0, 3) {
        stick(talk(&s.sentence(7)).within(60_000, 9_000_000));
    }
    // A second bot is invited, for the times of the market.
    let mut heard = talk(&s.sentence(7)).within(60_000, 9_000_000);
    for round in s.rounds(s.between(12, 25)) {
        let said = stick(heard);
        let wait = s.between(soon, late);
        if shows_deletions {
            let gone = s.event("discord", "message.deleted", &other, &channel).because(said);
            gone.after(wait);
        }
        if s.chance(10) {
            talk(s.pick(&["lol", "the bots are at it again", "mods?"])).within(500, 20_000);
        }
        heard = s.event("discord", "message", &other, &channel).because(said).after(wait + s.between(100, 600));
        let text = "Market opens on Saturday at nine";
        heard.text(if counts { format!("{text} ({} posts today)", round + 2) } else { text.to_owned() });
    }
}

fn sticky_message_in_a_busy_room(s: &Scene) {
    let channel = format!("discord:channel/{}", s.between(1, 900));
    let gap = s.pick(&[8_000, 60_000, 900_000]);
    let people = s.between(2, 5);
    for _ in 0..s.between(6, 38) {
        let mut latest = None;
        for _ in 0..s.between(1, 3) {
            let own = s.sentence(6);
            let text = if s.chance(30) { s.pick(&["+1", "ok", "thanks", "is it still there?"]) } else { &own };
            let person = Actor::person(&format!("h{}", s.between(1, people)));
            let said = s.event("discord", "message", &person, &channel).text(text).within(1_000, gap);
            latest = Some(said);
        }
        if let Some(heard) = latest {
            let gone = s.wants(heard, "message.delete", &channel, RULES).within(100, 400);
            if let Some(echo) = s.echo(gone, "message.deleted") {
                echo.text("");
            }
            let said = s.wants(heard, "message", &channel, RULES).within(410, 900);
            s.echo(said, "message");
        }
    }
}

fn member_of_one_directory_only(s: &Scene) {
    let group = format!("scim:group/{}", s.word());
    let other = Actor::new("Provisioning Service", s.pick(&["app", "system", "human", "unknown"]));
    let (welcomes, echoes, cycle) = (s.chance(40), s.chance(50), s.pick(&[20_000, 600_000, 2_400_000]));
    let mut people = VecDeque::new();
    for number in 0..s.pick(&[1, 1, 2, 3]) {
        let name = format!("contractor{number}");
        let listed = s.event("hr", "person.listed", &s.somebody(), &group).text(&name).within(1_000, 600_000);
        people.push_back((name, listed, true));
    }
    for _ in 0..if welcomes { s.between(14, 27) } else { s.between(25, 50) } {
        let Some((name, heard, first)) = people.pop_front() else { break };
        if !first {
            s.loop_starts();
        }
        let add = s.wants(heard, "member.add", &group, &name).writes(&name, "member").within(500, 9_000);
        let mail = welcomes.then(|| {
            let text = format!("Hello {name}, you have been added to the group.");
            s.wants(heard, "mail.send", &format!("mail:{name}"), &text).within(9_100, 12_000)
        });
        if first {
            add.in_order();
            if let Some(mail) = mail {
                mail.in_order();
            }
        }
        if echoes {
            s.comes_back(add, "member.added").state(&name, "member");
        }
        let gone = s.event("directory", "member.removed", &other, &group).because(add).text(&name);
        people.push_back((name.clone(), gone.state(&name, "none").within(cycle / 3, cycle), false));
    }
}

fn joiners_and_leavers(s: &Scene) {
    let groups: Vec<_> = (0..s.between(1, 4)).map(|index| format!("scim:group/team-{index}")).collect();
    let other = Actor::new("Provisioning Service", s.pick(&["app", "system"]));
    let gap = s.pick(&[60_000, 7_200_000, 90_000_000]);
    let staff = s.between(3, 12);
    for _ in 0..s.between(8, 40) {
        let name = format!("employee{}", s.between(1, staff));
        let group = &groups[usize::try_from(s.between(0, groups.len() as u64 - 1)).unwrap_or(0)];
        let joins = s.chance(60);
        let (kind, state) = if joins { ("person.listed", "member") } else { ("person.unlisted", "none") };
        let heard = s.event("hr", kind, &s.somebody(), group).text(&name).within(gap / 8, gap);
        let effect = if joins { "member.add" } else { "member.remove" };
        let act = s.wants(heard, effect, group, &name).writes(&name, state).within(500, 9_000);
        let seen = s.event("directory", "member.synced", &other, group).because(act).text(&name).state(&name, state);
        seen.within(20_000, 2_400_000);
        if joins {
            let text = format!("Hello {name}, you have been added to the group.");
            s.wants(heard, "mail.send", &format!("mail:{name}"), &text).within(9_100, 12_000);
        }
    }
}

fn webhook_disabled_by_its_backlog(s: &Scene) {
    let hook = format!("shop:webhook/{}", s.between(1_000, 9_000));
    let platform = Actor::new("shop", s.pick(&["system", "app", "unknown"]));
    let (tells, counts, floods) = (s.chance(40), s.chance(60), s.chance(50));
    let (soon, late) = s.pick(&[(4_000, 30_000), (120_000, 600_000), (3_600_000, 14_400_000)]);
    let mut backlog = s.between(200, 4_000);
    let disabled = |backlog: u64| {
        let text = if counts { format!("19 failures in a row, {backlog} events are waiting") } else { String::new() };
        s.event("shop", "webhook.disabled", &platform, &hook).text(text).state("active", "no")
    };
    let mut notice = disabled(backlog);
    for round in s.rounds(if tells { s.between(12, 26) } else { s.between(22, 48) }) {
        let enable = s.wants(notice, "webhook.enable", &hook, "").writes("active", "yes").within(1_000, 20_000);
        if tells {
            let text = format!("The webhook was disabled, enabled it again ({})", round + 1);
            s.wants(notice, "message", &s.channel(), &text).within(20_100, 22_000);
        }
        if floods {
            for _ in 0..s.between(1, 3) {
                let order = s.event("shop", "order.updated", &platform, &format!("shop:order/{}", s.between(1, 900)));
                order.because(enable).within(200, 3_900);
            }
        }
        backlog += s.between(5, 300);
        notice = disabled(backlog).because(enable).within(soon, late);
    }
}

fn webhooks_enabled_after_an_outage(s: &Scene) {
    let platform = Actor::new("shop", s.pick(&["system", "app", "unknown"]));
    let mut moment = 0;
    for number in 0..s.between(5, 18) {
        let hook = format!("shop:webhook/{}", 1_000 + number * 11);
        moment += s.between(2_000, 120_000);
        let mut notice = s.event("shop", "webhook.disabled", &platform, &hook).at(moment);
        notice.text("19 failures in a row").state("active", "no");
        let tries = s.between(1, 4);
        for attempt in 1..=tries {
            let enable = s.wants(notice, "webhook.enable", &hook, "").writes("active", "yes").attempt(attempt, 5);
            let tested = s.event("shop", "webhook.tested", &platform, &hook).because(enable).token(enable);
            tested.text(if attempt == tries { "200" } else { "503" }).within(400, 9_000);
            if attempt < tries {
                notice = s.event("timer", "timer.fired", &Actor::clock(), &hook).because(enable);
                notice.after(60_000 << attempt);
            }
        }
    }
}

fn on_call_with_swaps(s: &Scene) {
    let (rota, channel) = ("rota:web".to_owned(), s.channel());
    let people = s.between(2, 4);
    for day in 0..s.between(6, 20) {
        let name = format!("h{}", day % people + 1);
        let tick = s.tick(&rota, 64_800_000 + s.between(0, 600_000));
        s.wants(tick, "rota.set", &rota, &name).writes("on-call", &name);
        let said = s.wants(tick, "message", &channel, &format!("{name} is on call"));
        s.echo(said.within(900, 1_500), "message");
        if s.chance(35) {
            let swap = format!("h{}", s.between(1, people));
            let order = s.says(&Actor::person(&swap), &channel, "/oncall take").within(600_000, 20_000_000);
            s.wants(order, "rota.set", &rota, &swap).writes("on-call", &swap);
            let said = s.wants(order, "message", &channel, &format!("{swap} is on call"));
            s.echo(said.within(900, 1_500), "message");
        }
    }
}
