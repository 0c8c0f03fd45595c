//! Desks: closed tickets, trackers, pictures, approvals, leads of a fair, an epic that is closed, and edits that are taken back.

use super::{DAY, HOUR, MINUTE, SECOND, answer, aside, turns, worded};
use crate::loops::families::{Family, careless, declared, looping};
use crate::loops::scene::{Actor, Scene};

pub(super) const FAMILIES: &[Family] = &[
    looping(
        "closed_ticket_and_the_absent_customers",
        "",
        "Since Friday a mail to a closed ticket is answered that it is closed, and the mailboxes of absent customers answer that",
        closed_ticket_and_the_absent_customers,
    ),
    declared(
        "late_thanks_on_closed_tickets",
        "",
        "Customers write thanks and new questions to closed tickets; each is told where a new one is opened, a few of them twice",
        late_thanks_on_closed_tickets,
    ),
    looping(
        "synced_issue_taken_for_a_new_one",
        "",
        "We make an item of each new issue and put its number into the title; the tracker takes that for new and opens an issue",
        synced_issue_taken_for_a_new_one,
    ),
    declared(
        "backlog_synced_into_the_tracker",
        "",
        "The whole backlog is synced into a tracker by a plan, and then each issue of the day, whose title gets the number of its item",
        backlog_synced_into_the_tracker,
    ),
    looping(
        "picture_bot_and_description_bot",
        "",
        "We describe pictures for the blind when we are mentioned; an automatic account answers each time with one more picture",
        picture_bot_and_description_bot,
    ),
    declared(
        "pictures_of_a_contest_described",
        "",
        "A photo contest: people post pictures by the dozen, and each is described once, or anew where its owner asks for that",
        pictures_of_a_contest_described,
    ),
    looping(
        "approval_for_each_stamp_of_an_approval",
        "",
        "A flow asks for approval when an item changes and stamps the item with the request, which is a change: a hundred requests",
        approval_for_each_stamp_of_an_approval,
    ),
    declared(
        "approvals_of_a_quarter_end",
        "",
        "At the end of a quarter people change offers all day, each change is sent for approval and stamped with the decision",
        approvals_of_a_quarter_end,
    ),
    declared(
        "hundred_leads_after_the_fair",
        "",
        "The leads of a fair are pasted into a sheet at once; each row becomes a contact and a mail, which a flood protection held back",
        hundred_leads_after_the_fair,
    ),
    declared(
        "subtasks_closed_with_their_epic",
        "",
        "An epic is closed and our rule closes its stories, by that triggers itself and closes their subtasks, and there it ends",
        subtasks_closed_with_their_epic,
    ),
    careless(
        "reverted_edits_explained_one_by_one",
        "",
        "A moderator has all edits of a vandal taken back; each is reverted and gets the same explanation, and nobody counts them",
        reverted_edits_explained_one_by_one,
    ),
];

fn closed_ticket_and_the_absent_customers(s: &Scene) {
    let (customers, first, notes) = (s.pick(&[1, 1, 2, 3]), s.between(2_000, 9_000), s.chance(45));
    let style = s.pick(&[0, 1, 1]);
    let (soon, late) = s.pick(&[(2_000, 9_000), (20_000, 60_000), (3 * MINUTE, 6 * MINUTE)]);
    let back = s.pick(&["on Monday", "on the 14th", "after Easter"]);
    let place = |at: u64| format!("mail:ticket-{}", first + at);
    let who = |at: u64| Actor::unknown(&format!("customer-{at}"));
    let closed = |heard, at: u64, round: u64| {
        let text = format!("Your ticket {} is closed. Please open a new one at https://desk.example.", first + at);
        let act = s.wants(heard, "mail.send", &place(at), &worded(s, style, &text, round)).within(500, 4_000);
        if notes {
            let text = format!("{} wrote to the closed ticket {}", who(at).name, first + at);
            s.wants(heard, "mail.send", "mail:helpdesk", &text).within(4_100, 6_000);
        }
        act
    };
    // The first of them were people.
    for at in 10..10 + s.between(0, 6) {
        let heard = s.says(&who(at), &place(at), s.pick(&["Thanks!", "It is back", "And for my colleague?"]));
        let act = closed(heard.within(MINUTE, 3 * HOUR), at, 1);
        if s.chance(30) {
            let text = s.pick(&["oh, I see", "ok, done", "where?"]);
            answer(s, &who(at), act, text).within(2 * MINUTE, HOUR);
        }
    }
    let start = s.now() + s.between(HOUR, 12 * HOUR);
    let thanks = |at| s.says(&who(at), &place(at), "Thank you").at(start).after(7 * MINUTE * at);
    let mut heard: Vec<_> = (0..customers).map(thanks).collect();
    for round in s.rounds(turns(s, customers * if notes { 2 } else { 1 })) {
        for (at, heard) in (0..).zip(&mut heard) {
            let act = closed(*heard, at, round + 1);
            let text =
                format!("I am out of the office and will be back {back}. In urgent cases, please ask reception.");
            *heard = answer(s, &who(at), act, &text).within(soon, late);
        }
    }
}

fn late_thanks_on_closed_tickets(s: &Scene) {
    let gap = s.pick(&[MINUTE, 10 * MINUTE, 2 * HOUR]);
    for number in 0..s.between(14, 45) {
        let (place, who) = (format!("mail:ticket-{}", 3_000 + number), Actor::unknown(&format!("customer-{number}")));
        let words =
            ["Thank you!", "Great, it works.", "It is broken again.", "Could you do this for my colleague, too?"];
        let heard = s.says(&who, &place, s.pick(&words)).after(s.heavy_tail(gap));
        let text = format!("Your ticket {} is closed. Please open a new one at https://desk.example.", 3_000 + number);
        let act = s.wants(heard, "mail.send", &place, &text).within(500, 4_000);
        s.echo(act, "mail.in");
        if s.chance(15) {
            // A mailbox says it once to each sender.
            answer(s, &who, act, "I am out of the office until Monday.").within(2_000, 60_000);
        } else if s.chance(25) {
            let more = answer(s, &who, act, s.pick(&["I can not find that page", "Is there no button?", "ok"]));
            let more = more.within(2 * MINUTE, 3 * HOUR);
            s.wants(more, "mail.send", &place, &text).attempt(2, 2).within(500, 4_000);
        }
    }
}

fn synced_issue_taken_for_a_new_one(s: &Scene) {
    let (tracker, mut number, mut item) = (Actor::app("tracker"), s.between(100, 600), s.between(40, 900));
    let (key, grows, tells) = (s.pick(&["ENG", "OPS", "WEB"]), s.chance(40), s.chance(30));
    let (soon, late) = s.pick(&[(2_000, 6_000), (10_000, 30_000), (MINUTE, 2 * MINUTE)]);
    let sync = |heard, number: u64, item: u64, title: &str| {
        let made = s.wants(heard, "item.create", &format!("tracker:{key}-{item}"), title).within(500, 2_000);
        let renamed = format!("{key}-{item}: {title}");
        let act = s.wants(heard, "issue.update", &s.issue_no(number), &renamed).writes("title", &renamed);
        s.echo(act.within(2_100, 3_500), "issues.edited");
        if tells {
            let text = format!("This is tracked as {key}-{item}.");
            s.echo(s.wants(heard, "comment", &s.issue_no(number), &text).within(3_600, 4_500), "issue_comment.created");
        }
        (made, act)
    };
    // Until today the tracker knew its own items.
    for _ in 0..s.between(0, 4) {
        (number, item) = (number + s.between(1, 3), item + s.between(1, 4));
        let title = s.sentence(4);
        let opened = s.event("github", "issues.opened", &s.somebody(), &s.issue_no(number)).text(&title);
        let (made, _) = sync(opened.within(HOUR, DAY), number, item, &title);
        let linked = s.event("tracker", "item.linked", &tracker, &format!("tracker:{key}-{item}")).because(made);
        linked.token(made).within(3_000, 9_000);
    }
    number += 1;
    let mut title = s.sentence(4);
    let opened = s.event("github", "issues.opened", &s.somebody(), &s.issue_no(number)).text(&title);
    let mut heard = opened.within(HOUR, DAY);
    for _ in s.rounds(turns(s, if tells { 3 } else { 2 })) {
        item += 1;
        let (_, act) = sync(heard, number, item, &title);
        aside(s, act, 4, &["what is going on here?", "please stop the sync", "which one is the real one?"]);
        number += 1;
        if grows && title.len() < 200 {
            title = format!("{key}-{item}: {title}");
        }
        let again = s.event("github", "issues.opened", &tracker, &s.issue_no(number)).text(&title).because(act);
        heard = again.token(act).within(soon, late);
    }
}

fn backlog_synced_into_the_tracker(s: &Scene) {
    let (tracker, size, first) = (Actor::app("tracker"), s.between(12, 40), s.between(100, 600));
    let mut item = s.between(1, 300);
    let order = s.person_orders(&s.part("/backlog"), "sync the backlog into the tracker").within(HOUR, DAY);
    let pace = s.pick(&[700, 3_000, 20_000]);
    for at in 0..size {
        item += 1;
        let (title, place) = (s.sentence(4), format!("tracker:ENG-{item}"));
        let made = s.wants(order, "item.create", &place, &title).in_plan("backlog", 2 * size).after(pace * (at + 1));
        let linked = s.event("tracker", "item.linked", &tracker, &place).because(made).token(made);
        linked.within(500, 4_000);
        let renamed = format!("ENG-{item}: {title}");
        let act = s.wants(order, "issue.update", &s.issue_no(first + at), &renamed).writes("title", &renamed);
        let act = act.in_plan("backlog", 2 * size).after(pace * (at + 1) + pace / 2);
        s.echo(act, "issues.edited");
    }
    for number in 0..s.between(4, 16) {
        item += 1;
        let (title, issue) = (s.sentence(5), s.issue_no(first + 200 + number));
        let opened =
            s.event("github", "issues.opened", &s.somebody(), &issue).text(&title).within(10 * MINUTE, 5 * HOUR);
        let place = format!("tracker:ENG-{item}");
        let made = s.wants(opened, "item.create", &place, &title).within(500, 2_000);
        s.event("tracker", "item.linked", &tracker, &place).because(made).token(made).within(500, 4_000);
        let act = s.wants(opened, "issue.update", &issue, &format!("ENG-{item}: {title}")).within(2_100, 3_500);
        s.echo(act, "issues.edited");
    }
}

/// What a model says of a picture.
fn described(s: &Scene) -> String {
    let light = s.pick(&[
        "in the morning light",
        "by night",
        "under a grey sky",
        "in front of a white wall",
        "seen from above",
    ]);
    let thing = s.pick(&["A horse", "A small dog", "Two bicycles", "A red boat", "A mule", "A cup of tea", "A street"]);
    format!("{thing} {light}. There is also something like a {} and a {}. {}", s.word(), s.word(), s.paraphrase())
}

fn picture_bot_and_description_bot(s: &Scene) {
    let other = s.pick(&["bot", "unknown", "human"]);
    let (other, thread) = (Actor::new("picture-every-hour", other), format!("social:thread-{}", s.between(1, 9_999)));
    let (one_thread, first) = (s.chance(60), s.between(10_000, 50_000));
    let (soon, late) = s.pick(&[(2_000, 8_000), (15_000, 50_000), (4 * MINUTE, 7 * MINUTE)]);
    let place = |number: u64| if one_thread { thread.clone() } else { format!("social:post-{}", first + number) };
    let describe = |heard, place: &str| {
        let act = s.wants(heard, "social.reply", place, &described(s)).within(1_500, 7_000);
        s.echo(act, "mention");
        act
    };
    for number in 0..s.between(1, 9) {
        let place = format!("social:post-{}", 100 + number);
        let text = s.pick(&["@describe please", "@describe what is on it?", "@describe"]);
        let heard = s.event("social", "mention", &s.somebody(), &place).text(text).within(5 * MINUTE, 8 * HOUR);
        let act = describe(heard, &place);
        aside(s, act, 25, &["thank you!", "that is a cat", "wonderful"]);
    }
    let posted = s.event("social", "mention", &other, &place(0)).text("A picture for this hour! @describe");
    let mut heard = posted.within(10 * MINUTE, HOUR);
    for round in s.rounds(turns(s, 1)) {
        let act = describe(heard, &place(round));
        aside(s, act, 4, &["get a room", "is anybody watching this?", "I mute both of you"]);
        let text = format!("{} Here is one for you, @describe!", s.pick(&["Thanks!", "How kind!", "Hee-haw!", "Yes!"]));
        let next = s.event("social", "mention", &other, &place(round + 1)).text(text).because(act).token(act);
        let next = if s.chance(35) { next.answers(act) } else { next };
        heard = next.within(soon, late);
    }
}

fn pictures_of_a_contest_described(s: &Scene) {
    let (thread, gap) =
        (format!("social:thread-{}", s.between(1, 9_999)), s.pick(&[6 * SECOND, 50 * SECOND, 8 * MINUTE]));
    let together = s.chance(50);
    for number in 0..s.between(15, 60) {
        let place = if together { thread.clone() } else { format!("social:post-{}", 700 + number) };
        let who = Actor::person(&format!("h{}", s.between(1, 30)));
        let text = s.pick(&["@describe for the contest", "my dog @describe", "@describe", "from my window @describe"]);
        let heard = s.event("social", "mention", &who, &place).text(text).after(s.heavy_tail(gap));
        let act = s.wants(heard, "social.reply", &place, &described(s)).within(1_500, 7_000);
        s.echo(act, "mention");
        if s.chance(12) {
            let again = s.event("social", "mention", &who, &place).text("@describe shorter, please").because(act);
            let again = again.answers(act).within(20_000, 5 * MINUTE);
            s.wants(again, "social.reply", &place, &described(s)).within(1_500, 7_000);
        }
    }
}

fn approval_for_each_stamp_of_an_approval(s: &Scene) {
    let (list, item) = (s.pick(&["list:offers", "list:travel", "list:documents"]), s.between(10, 400));
    let (mut request, stamps, mails) = (s.between(2_000, 8_000), s.chance(50), s.chance(35));
    let (soon, late) = s.pick(&[(1_000, 4_000), (8_000, 25_000), (55_000, 65_000), (4 * MINUTE, 6 * MINUTE)]);
    let ask = |heard, place: &str, request: u64| {
        let text = format!("Please approve {place}.");
        s.wants(heard, "approval.create", &format!("approval:{request}"), &text).within(300, 900);
        if mails {
            let told =
                s.wants(heard, "mail.send", "mail:h2@acme", &format!("{text} Request {request}")).within(950, 1_500);
            aside(s, told, 5, &["I have approved that", "how many of these are there?", "stop it please"]);
        }
        let stamp = if stamps { format!("sent at {}", s.timestamp()) } else { format!("pending, request {request}") };
        s.wants(heard, "record.update", place, &stamp).writes("approval", &stamp).within(1_600, 3_000)
    };
    // The old flow ran for new items only.
    for old in 0..s.between(0, 5) {
        request += 1;
        let place = format!("{list}/{}", item + 500 + old);
        let made = s.event("list", "item.created", &s.somebody(), &place).text(s.sentence(4)).within(HOUR, 20 * HOUR);
        ask(made, &place, request);
    }
    let place = format!("{list}/{item}");
    let changed = s.event("list", "item.modified", &s.somebody(), &place).text("sum changed");
    let mut heard = changed.within(HOUR, DAY);
    for _ in s.rounds(turns(s, if mails { 3 } else { 2 })) {
        request += 1;
        let act = ask(heard, &place, request);
        let stamped = s.event("list", "item.modified", &s.us(), &place).state("approval", "pending").because(act);
        heard = stamped.token(act).within(soon, late);
    }
}

fn approvals_of_a_quarter_end(s: &Scene) {
    let (gap, mut request) = (s.pick(&[2 * MINUTE, 20 * MINUTE, 3 * HOUR]), s.between(2_000, 8_000));
    for item in 0..s.between(6, 12) {
        let (place, who) = (format!("list:offers/{}", 30 + item), s.somebody());
        for version in 1..=s.pick(&[1, 1, 2, 2, 4]) {
            request += 1;
            let changed =
                s.event("list", "item.modified", &who, &place).text(format!("version {version}: {}", s.word()));
            let text = format!("Please approve version {version} of {place}.");
            let act = s.wants(changed.within(gap / 5, gap), "approval.create", &format!("approval:{request}"), &text);
            let act = act.progress(version).within(300, 900);
            let state = s.pick(&["approved", "approved", "rejected"]);
            let decided = s.event("list", "approval.decided", &s.somebody(), &format!("approval:{request}"));
            let decided = decided.state("decision", state).because(act).token(act).within(gap / 6, 2 * gap);
            let stamp = s.wants(decided, "record.update", &place, &format!("version {version}: {state}"));
            let stamp = stamp.writes("approval", state).progress(version).within(300, 2_000);
            let seen = s.event("list", "item.modified", &s.us(), &place).state("approval", state).because(stamp);
            seen.token(stamp).within(500, 5_000);
        }
        let closed = s.event("list", "item.closed", &who, &place).text("settled").within(MINUTE, HOUR);
        let told = s.wants(closed, "mail.send", "mail:sales@acme", &format!("{place} is settled."));
        aside(s, told, 20, &["hooray", "thanks", "the next one is coming"]);
    }
}

fn hundred_leads_after_the_fair(s: &Scene) {
    let (start, pace) = (s.between(HOUR, DAY), s.pick(&[0, 150, 1_200]));
    let text = "It was good to meet you at the fair. Here is the leaflet you asked for.";
    let rows = s.between(18, 52);
    for row in 0..rows {
        let pasted = s.event("sheet", "row.added", &s.somebody(), &format!("sheet:leads/{row}")).at(start);
        let pasted = pasted.text(format!("{} of {}", s.word(), s.word())).after(pace * row + s.between(0, 400));
        let act = s.wants(pasted, "contact.create", &format!("crm:contact-{}", 9_000 + row), &pasted.said());
        s.echo(act.within(300, 2_500), "contact.created");
        let mail = format!("mail:lead-{row}");
        let sent = s.wants(pasted, "mail.send", &mail, text).within(2_600, 9_000);
        if s.chance(15) {
            let who = Actor::unknown(&format!("lead-{row}"));
            let words = s.pick(&["Thank you, call me next week.", "I am away until the 5th.", "Please remove me."]);
            answer(s, &who, sent, words).within(5_000, 8 * HOUR);
        }
    }
}

fn subtasks_closed_with_their_epic(s: &Scene) {
    let gap = s.pick(&[5 * MINUTE, 2 * HOUR, 2 * DAY]);
    let mut number = s.between(100, 900);
    for epic in 0..s.between(2, 3) {
        let (plan, place) = (format!("close-epic-{epic}"), format!("tracker:EPIC-{epic}"));
        let closed =
            s.event("tracker", "item.closed", &s.somebody(), &place).state("status", "done").within(gap / 4, gap);
        for story in 0..s.between(4, 6) {
            number += 1;
            let shut = |heard, number: u64, text: &str| {
                let act = s.wants(heard, "item.close", &format!("tracker:T-{number}"), text).in_plan(&plan, 0);
                act.writes("status", "done").within(400, 2_000)
            };
            let act = shut(closed, number, "Closed with its epic.").after(900 * (story + 1));
            let back = s.comes_back(act, "item.closed").text("").state("status", "done");
            for _ in 0..s.between(1, 4) {
                number += 1;
                let act = shut(back, number, "Closed with its story.");
                s.comes_back(act, "item.closed").text("").state("status", "done");
            }
        }
    }
}

fn reverted_edits_explained_one_by_one(s: &Scene) {
    let (first, pace) = (s.between(100_000, 900_000), s.pick(&[SECOND, 6 * SECOND, 45 * SECOND]));
    let order = s.person_orders("map:user/4711", "take back all edits of this account").within(HOUR, DAY);
    let text =
        "This edit was taken back, as its author had removed streets that exist. Please write to the data group.";
    for at in 0..s.between(16, 50) {
        let place = format!("map:edit/{}", first + 40 * at + s.between(0, 39));
        let act = s.wants(order, "edit.revert", &place, "").after(pace * (at + 1));
        s.echo(act, "edit.reverted");
        let told = s.wants(order, "comment", &place, text).after(pace * (at + 1) + pace / 2);
        aside(s, told, 5, &["thank you", "that one was right, look", "who was it?"]);
    }
}
