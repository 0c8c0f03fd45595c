//! Rooms, mail, posts, tasks and telephones.

use std::collections::VecDeque;

use crate::loops::families::{Family, careless, declared, looping};
use crate::loops::scene::{Actor, Scene};

pub(super) const FAMILIES: &[Family] = &[
    looping(
        "archived_channel_revived",
        "",
        "A janitor archives a channel in which nobody writes, and an announcer opens it again to write there that it was archived",
        archived_channel_revived,
    ),
    declared(
        "quiet_channels_archived",
        "",
        "Once a month the quiet channels are warned by a plan; where nobody objects within days they are archived by another one",
        quiet_channels_archived,
    ),
    looping(
        "mail_moved_between_folders",
        "",
        "We file mails of lists in a folder, a rule of the owner's phone puts unread ones back, and each move gives a mail a new id",
        mail_moved_between_folders,
    ),
    careless(
        "mailbox_filed_all_day",
        "",
        "Mails of lists and machines come in all day, each is filed in one of a few folders, and the owner drags some of them elsewhere",
        mailbox_filed_all_day,
    ),
    looping(
        "room_made_for_a_bot",
        "",
        "Whoever enters the lobby gets a voice room of its own; a music bot that is to stay in the lobby returns there from each of them",
        room_made_for_a_bot,
    ),
    declared(
        "rooms_made_for_people",
        "",
        "On an evening people enter the lobby, each gets a voice room, some come for a second one, and empty rooms are taken away",
        rooms_made_for_people,
    ),
    looping(
        "link_to_a_link_to_a_link",
        "",
        "Each bookmark becomes a post, a publisher announces each post on a network, and a third service bookmarks each announced link",
        link_to_a_link_to_a_link,
    ),
    declared(
        "links_of_the_day",
        "",
        "An author bookmarks links all day, each becomes a post that a publisher announces, and in the evening a digest lists them",
        links_of_the_day,
    ),
    looping(
        "recurring_task_always_overdue",
        "",
        "Overdue tasks are closed; a recurring task that is closed comes anew a week after its old date, which is long past as well",
        recurring_task_always_overdue,
    ),
    declared(
        "recurring_tasks_done_by_people",
        "",
        "People tick off recurring tasks, some catch up on several weeks at once, and each of them is noted with its number of the year",
        recurring_tasks_done_by_people,
    ),
    looping(
        "missed_calls_called_back",
        "",
        "A robot calls back each missed call, and the other side has one that does; neither takes calls, so that each call is missed",
        missed_calls_called_back,
    ),
    declared(
        "callers_called_back",
        "",
        "After a busy hour the callers who were missed are called back, each in at most three attempts, and some get a text message",
        callers_called_back,
    ),
];

fn archived_channel_revived(s: &Scene) {
    let channel = s.channel();
    let both_ours = s.chance(55);
    let announcer = Actor::new("Announcer", s.pick(&["app", "bot", "human"]));
    let (says_name, keeps) = (s.chance(50), s.pick(&[0, 0, 100]));
    let quiet = s.pick(&[3_600_000, 86_400_000, 2_592_000_000]);
    let news = |round: u64| {
        let name = if says_name { format!(" ({} times so far)", round + 1) } else { String::new() };
        format!("This channel was archived for want of messages{name}.")
    };
    // While there was a project, people wrote.
    for _ in 0..s.between(0, 4) {
        s.person_says(&channel, &s.sentence(8)).within(quiet / 9, quiet / 2);
    }
    let mut unused = s.tick(&channel, quiet).text("nobody has written here");
    for round in s.rounds(if both_ours { s.between(9, 19) } else { s.between(22, 46) }) {
        let archive = s.wants(unused, "channel.archive", &channel, "").writes("archived", "yes").within(300, 5_000);
        let last = if both_ours {
            let archived = s.comes_back(archive, "channel.archived").text("").state("archived", "yes");
            let open = s.wants(archived, "channel.unarchive", &channel, "").writes("archived", "no");
            let said = s.wants(archived, "message", &channel, &news(round)).within(1_000, 3_000);
            if let Some(echo) = s.echo(open, "channel.unarchived") {
                echo.text("").state("archived", "no");
            }
            s.echo(said, "message");
            said
        } else {
            let opened = s.event("teams", "channel.unarchived", &announcer, &channel).because(archive);
            opened.state("archived", "no").within(500, 20_000);
            let said = s.event("teams", "message", &announcer, &channel).because(archive).text(news(round));
            said.token_in(archive, keeps).within(20_100, 40_000);
            archive
        };
        if s.chance(6) {
            s.person_says("tm:channel-it", s.pick(&["old channels pop up again", "archive that for good"]))
                .within(900, 60_000);
        }
        unused = s.tick(&channel, 0).because(last).text("nobody has written here").after(quiet + 60_000);
    }
}

fn quiet_channels_archived(s: &Scene) {
    let mut number = 1;
    for month in 0..s.between(1, 3) {
        let size = s.between(4, 11);
        let channels: Vec<_> = (0..size).map(|place| format!("tm:channel-{}", number + place)).collect();
        number += size;
        let tick = s.tick("tm:channels", 2_400_000_000);
        let mut kept = Vec::new();
        let warning = "Nobody has written here for long. Say something if you want to keep this channel.";
        for (place, channel) in (0..).zip(&channels) {
            let warn = s.wants(tick, "message", channel, warning).in_plan(&format!("warn-{month}"), size);
            s.echo(warn.after(300 + place * 900), "message");
        }
        for channel in &channels {
            if s.chance(25) {
                kept.push(channel);
                let text = s.pick(&["keep it please", "still needed", "yes, keep"]);
                s.person_says(channel, text).within(600_000, 90_000_000);
            }
        }
        let tick = s.tick("tm:channels", 600_000_000);
        let gone: Vec<_> = channels.iter().filter(|channel| !kept.contains(channel)).collect();
        for (place, channel) in (0..).zip(&gone) {
            let archive = s.wants(tick, "channel.archive", channel, "").writes("archived", "yes");
            archive.in_plan(&format!("archive-{month}"), gone.len() as u64).after(300 + place * 900);
            if let Some(echo) = s.echo(archive, "channel.archived") {
                echo.text("").state("archived", "yes");
            }
        }
        let text = format!("{} channels archived, {} kept", gone.len(), kept.len());
        s.wants(tick, "message", "tm:channel-it", &text).within(20_000, 30_000);
    }
}

fn mail_moved_between_folders(s: &Scene) {
    let (inbox, lists) = ("mail:owner/inbox", "mail:owner/lists");
    // The rule of the phone, the server and we ourselves have the account of the owner.
    let phone = Actor::new("owner", s.pick(&["human", "human", "unknown"]));
    let (folder_is_target, echoes, says_folder) = (s.chance(50), s.chance(50), s.chance(50));
    let (soon, late) = s.pick(&[(2_000, 15_000), (60_000, 300_000), (840_000, 960_000)]);
    let arrives = |who: &Actor, title: &str| s.event("mail", "mail.arrived", who, inbox).text(title);
    let file = |mail, title: &str| {
        let text = if says_folder { format!("{title} -> lists") } else { title.to_owned() };
        s.wants(mail, "mail.move", if folder_is_target { lists } else { inbox }, &text).within(200, 1_900)
    };
    // Until the phone came, what was filed stayed filed.
    for _ in 0..s.between(0, 5) {
        let title = format!("[list] {}", s.sentence(5));
        let mail = arrives(&Actor::unknown("list"), &title).within(60_000, 5_000_000);
        file(mail, &title);
    }
    let mut waiting = VecDeque::new();
    for _ in 0..s.pick(&[1, 2, 3, 4]) {
        let title = format!("[list] {}", s.sentence(5));
        let mail = arrives(&Actor::unknown("list"), &title).within(1_000, 200_000);
        waiting.push_back((title, mail, true));
    }
    for _ in 0..s.between(24, 44) {
        let Some((title, mail, first)) = waiting.pop_front() else { break };
        if !first {
            s.loop_starts();
        }
        let act = file(mail, &title);
        if first {
            act.in_order();
        }
        if echoes {
            let moved = s.event("mail", "mail.moved", &s.us(), lists).because(act).text(&title);
            moved.within(100, 900);
        }
        if s.chance(8) {
            let other = arrives(&Actor::person("h3"), &s.sentence(4)).within(1_000, 90_000);
            s.wants(other, "label", inbox, "from people").within(200, 900).in_order();
        }
        let back = arrives(&phone, &title).because(act).within(soon, late);
        waiting.push_back((title, back, false));
    }
}

fn mailbox_filed_all_day(s: &Scene) {
    let inbox = "mail:owner/inbox";
    let folders = ["mail:owner/lists", "mail:owner/machines", "mail:owner/invoices"];
    let titles = ["Build failed", "Nightly report", "Your invoice", "[list] weekly call"];
    let gap = s.pick(&[20_000, 300_000, 3_600_000]);
    for _ in 0..s.between(8, 60) {
        let own = format!("[list] {}", s.sentence(5));
        let title = if s.chance(50) { s.pick(&titles) } else { &own };
        let sender = Actor::unknown(s.pick(&["list", "ci", "shop"]));
        let mail = s.event("mail", "mail.arrived", &sender, inbox).text(title).within(gap / 9, gap);
        let act = s.wants(mail, "mail.move", s.pick(&folders), title).within(200, 3_000);
        if s.chance(12) {
            // The owner reads it at last and drags it elsewhere; nobody acts on that.
            let dragged = s.event("mail", "mail.moved", &Actor::person("owner"), s.pick(&folders)).because(act);
            dragged.text(title).within(60_000, 9_000_000);
        }
    }
}

fn room_made_for_a_bot(s: &Scene) {
    let (guild, lobby) = (s.between(1, 90), "discord:voice/lobby");
    let music = Actor::new("RadioBot", s.pick(&["bot", "bot", "app", "human"]));
    let (shows_left, counts, keeps) = (s.chance(70), s.chance(50), s.pick(&[0, 0, 50]));
    let (soon, late) = s.pick(&[(600, 3_000), (5_000, 15_000), (60_000, 130_000)]);
    let enters = |who: &Actor| s.event("discord", "voice.joined", who, lobby);
    let make = |joined, number: u64, name: &str| {
        let title = if counts { format!("{name}'s room {number}") } else { format!("{name}'s room") };
        let room = format!("discord:voice/{guild}-{number}");
        s.wants(joined, "channel.create", &room, &title).within(100, 400);
        let moved = s.wants(joined, "member.move", lobby, &room).writes("room", &room).within(500, 900);
        (room, moved)
    };
    let mut number = 1;
    // People stay for hours.
    for _ in 0..s.between(0, 2) {
        let who = s.somebody();
        let (room, _) = make(enters(&who).within(600_000, 9_000_000), number, &who.name);
        let left = s.event("discord", "voice.left", &who, &room).within(1_800_000, 9_000_000);
        s.wants(left, "channel.delete", &room, "");
        number += 1;
    }
    let mut joined = enters(&music).within(600_000, 9_000_000);
    for _ in s.rounds(s.between(9, 17)) {
        number += 1;
        let (room, moved) = make(joined, number, &music.name);
        let stay = s.between(soon, late);
        if shows_left {
            let left = s.event("discord", "voice.left", &music, &room).because(moved).after(stay);
            s.wants(left, "channel.delete", &room, "").within(100, 500);
        } else {
            // It is swept away a little later.
            let empty = s.event("discord", "voice.empty", &Actor::system("discord"), &room).because(moved);
            s.wants(empty.after(stay + 300), "channel.delete", &room, "").within(100, 500);
        }
        if s.chance(10) {
            s.event("discord", "message", &s.somebody(), "discord:channel/1")
                .text("no music today?")
                .within(900, 90_000);
        }
        joined = enters(&music).because(moved).token_in(moved, keeps).after(stay + s.between(200, 900));
    }
}

fn rooms_made_for_people(s: &Scene) {
    let lobby = "discord:voice/lobby";
    let gap = s.pick(&[20_000, 300_000, 2_000_000]);
    let people = s.between(2, 5);
    let plan = format!("evening-{}", s.hex(4));
    for number in 0..s.between(4, 22) {
        let who = Actor::person(&format!("h{}", s.between(1, people)));
        let room = format!("discord:voice/{number}");
        let joined = s.event("discord", "voice.joined", &who, lobby).within(gap / 9, gap);
        let title = format!("{}'s room", who.name);
        s.wants(joined, "channel.create", &room, &title).in_plan(&plan, 0).within(100, 400);
        s.wants(joined, "member.move", lobby, &room).writes("room", &room).in_plan(&plan, 0).within(500, 900);
        if s.chance(60) {
            let guest = Actor::person(&format!("h{}", people + 1));
            s.event("discord", "voice.joined", &guest, &room).within(1_000, gap);
            s.event("discord", "voice.left", &guest, &room).within(1_000, gap);
        }
        let left = s.event("discord", "voice.left", &who, &room).within(gap / 2, gap * 4);
        s.wants(left, "channel.delete", &room, "").in_plan(&plan, 0).within(100, 500);
    }
}

fn link_to_a_link_to_a_link(s: &Scene) {
    let (blog, marks, network) = ("blog:posts", "marks:links", "social:@author");
    // All three act in the name of the author.
    let author = Actor::new("author", s.pick(&["human", "human", "unknown"]));
    let service = if s.chance(60) { author.clone() } else { Actor::app("bookmarker") };
    let (grows, sees_network, own_name) = (s.chance(40), s.chance(60), s.chance(50));
    let (soon, late) = s.pick(&[(20_000, 90_000), (300_000, 900_000), (3_600_000, 7_200_000)]);
    let bookmark = |who: &Actor, title: &str| {
        let text = format!("{title} https://sho.rt/{}", s.hex(6));
        s.event("marks", "bookmark.created", who, marks).text(text)
    };
    let mut title = s.sentence(4);
    let post = |marked, title: &str| {
        let text = format!("{title} https://sho.rt/{}", s.hex(6));
        let post = s.wants(marked, "blog.post", blog, &text).within(2_000, 20_000);
        if own_name {
            s.echo(post, "post.published");
        }
        post
    };
    // For years the bookmarks were the author's own.
    for _ in 0..s.between(0, 4) {
        let own = s.sentence(4);
        post(bookmark(&author, &own).within(3_600_000, 90_000_000), &own);
    }
    let mut marked = bookmark(&author, &title).within(3_600_000, 90_000_000);
    for _ in s.rounds(s.between(22, 48)) {
        let act = post(marked, &title);
        let (announced, later) = (s.between(soon, late), s.between(soon, late));
        if sees_network {
            let said = s.event("social", "post.created", &author, network).because(act);
            said.text(format!("New on my blog: {title}")).after(announced);
        }
        if s.chance(8) {
            let fan = s.event("social", "reply.created", &s.somebody(), network);
            fan.text(s.pick(&["are you hacked?", "this links to a link", "mute"])).within(2_000, 200_000);
        }
        if grows && title.len() < 400 {
            title = format!("New on my blog: {title}");
        }
        marked = bookmark(&service, &title).because(act).after(announced + later);
    }
}

fn links_of_the_day(s: &Scene) {
    let author = Actor::new("author", s.pick(&["human", "unknown"]));
    for day in 0..s.between(1, 4) {
        let mut titles = Vec::new();
        for _ in 0..s.between(4, 13) {
            let title = s.sentence(4);
            let marked = s.event("marks", "bookmark.created", &author, "marks:links");
            marked.text(format!("{title} https://example.com/{}", s.hex(6))).within(60_000, 5_000_000);
            let post = s.wants(marked, "blog.post", "blog:posts", &title).within(2_000, 20_000);
            s.echo(post, "post.published");
            let said = s.event("social", "post.created", &author, "social:@author").because(post);
            said.text(format!("New on my blog: {title}")).within(20_000, 900_000);
            titles.push(title);
        }
        let tick = s.tick("blog:digest", 20_000_000);
        let text = format!("Links of day {}: {}", day + 1, titles.join(", "));
        s.wants(tick, "blog.post", "blog:digest", &text).progress(day + 1);
    }
}

fn recurring_task_always_overdue(s: &Scene) {
    let project = format!("tasks:project-{}", s.between(1, 90));
    let creator = match s.between(1, 3) {
        1 => s.us(),
        2 => s.somebody(),
        _ => Actor::new("recurrence", s.pick(&["system", "app"])),
    };
    let (comments, dated, named) = (s.chance(45), s.chance(60), s.chance(40));
    let (soon, late) = s.pick(&[(800, 4_000), (55_000, 65_000), (3_500_000, 3_700_000)]);
    let (title, mut id, mut week) = (s.sentence(3), s.between(1_000, 9_000), s.between(1, 20));
    let date = |week: u64| format!("{}-W{:02}", 2_021 + week / 52, week % 52 + 1);
    let task = |id: u64| if named { format!("{project}/{id}") } else { project.clone() };
    let comes = |id: u64, week: u64, who: &Actor| {
        let text = if dated { format!("{title}, due {}", date(week)) } else { title.clone() };
        s.event("tasks", "task.overdue", who, &task(id)).text(text).state("due", date(week))
    };
    let mut overdue = comes(id, week, &s.somebody()).within(1_000, 600_000);
    for _ in s.rounds(if comments { s.between(12, 27) } else { s.between(22, 50) }) {
        if comments {
            let text = format!("Nobody did this until {}, so I close it.", date(week));
            s.wants(overdue, "comment", &task(id), &text).within(200, 900);
        }
        let close = s.wants(overdue, "task.complete", &task(id), "not done").writes("done", "yes").within(1_000, 3_000);
        (id, week) = (id + s.between(1, 30), week + 1);
        overdue = comes(id, week, &creator).because(close).within(soon, late);
        if s.chance(6) {
            s.person_says(&s.channel(), s.pick(&["my inbox is full of closed tasks", "turn it off"]))
                .within(900, 90_000);
        }
    }
}

fn recurring_tasks_done_by_people(s: &Scene) {
    let people = s.between(2, 5);
    let mut weeks = [0_u64; 4];
    for _ in 0..s.between(5, 15) {
        let who = Actor::person(&format!("h{}", s.between(1, people)));
        let place = s.between(0, 3);
        let task = format!("tasks:project-1/weekly-{place}");
        let wait = s.between(3_600_000, 200_000_000);
        // Who was away catches up on some weeks at once.
        for again in 0..s.pick(&[1, 1, 1, 2, 5]) {
            let week = &mut weeks[usize::try_from(place).unwrap_or(0)];
            *week += 1;
            let done = s.event("tasks", "task.completed", &who, &task).text("done").state("done", "yes");
            done.after(if again == 0 { wait } else { s.between(2_000, 20_000) });
            let note =
                s.wants(done, "row.append", &format!("{task}/log"), &format!("week {week} done by {}", who.name));
            note.progress(*week);
            s.event("tasks", "task.created", &who, &task).text("due next week").within(900, 2_000);
        }
    }
}

fn missed_calls_called_back(s: &Scene) {
    let line = format!("tel:+49-30-{}", s.between(100_000, 999_999));
    let caller = Actor::new("+4930", s.pick(&["unknown", "unknown", "human"]));
    let (texts, reports, rings) = (s.chance(35), s.chance(50), s.between(15_000, 40_000));
    let (soon, late) = s.pick(&[(5_000, 20_000), (60_000, 200_000), (600_000, 1_200_000)]);
    let missed = || s.event("phone", "call.missed", &caller, &line).text("missed call");
    // In the morning it was people, who answered when they were called back.
    for _ in 0..s.between(0, 3) {
        let other = format!("tel:+49-40-{}", s.between(100_000, 999_999));
        let call = s.event("phone", "call.missed", &Actor::unknown("+4940"), &other).text("missed call");
        let dial = s.wants(call.within(300_000, 2_000_000), "call.dial", &other, "").within(1_000, 9_000);
        s.reports(dial, "call.ended", "answered, 3 minutes").within(100_000, 300_000);
    }
    let mut call = missed().within(300_000, 2_000_000);
    for _ in s.rounds(if texts { s.between(12, 26) } else { s.between(22, 48) }) {
        let dial = s.wants(call, "call.dial", &line, "").within(1_000, 9_000);
        if reports {
            s.reports(dial, "call.ended", "nobody answered").after(rings);
        }
        if texts {
            let text = "You have called us. We try to call you back in a minute.";
            s.wants(call, "sms.send", &line, text).within(300, 900);
        }
        call = missed().because(dial).after(rings + s.between(soon, late));
    }
}

fn callers_called_back(s: &Scene) {
    let mut moment = 0;
    for number in 0..s.between(5, 18) {
        moment += s.between(20_000, 900_000);
        let line = format!("tel:+49-40-{}", 300_000 + number * 977);
        let mut heard = s.event("phone", "call.missed", &Actor::unknown("+4940"), &line).text("missed call").at(moment);
        let tries = s.pick(&[1, 1, 2, 3]);
        for attempt in 1..=tries {
            let dial = s.wants(heard, "call.dial", &line, "").attempt(attempt, 3);
            dial.after(if attempt == 1 { 60_000 } else { 900_000 });
            let answered = attempt == tries && s.chance(70);
            let text = if answered { "answered, 4 minutes" } else { "nobody answered" };
            heard = s.reports(dial, "call.ended", text).within(20_000, 300_000);
            if attempt == 3 && !answered {
                s.wants(heard, "sms.send", &line, "We tried to reach you three times. Please call again.");
            }
        }
    }
}
