//! Records that are kept in two places: contacts, calendars, list items, dependencies, prices.

use super::super::{Family, careless, declared, looping};
use super::{Actor, DAY, HOUR, MINUTE, Scene, small_talk, stranger};

pub(super) const FAMILIES: &[Family] = &[
    looping(
        "phone_as_each_likes",
        "",
        "Two address books each insist on their own way of writing a phone number and synchronise every few minutes",
        phone_as_each_likes,
    ),
    declared(
        "address_campaign",
        "",
        "A person corrects many contacts; each is normalised once, and the webhook of that change needs no answer",
        address_campaign,
    ),
    looping(
        "copies_of_copies",
        "",
        "Our mirror copies appointments from work to private, another one from private to work, and copies get copied",
        copies_of_copies,
    ),
    declared(
        "series_mirrored",
        "",
        "A series of appointments is mirrored as a plan of known size, and each copy is announced to us",
        series_mirrored,
    ),
    looping(
        "flow_stamps_its_item",
        "",
        "A flow that runs when an item is modified stamps that item with the time, in the name of the person who owns the flow",
        flow_stamps_its_item,
    ),
    declared(
        "approval_in_stages",
        "",
        "People approve items stage by stage, and a flow in the name of a person writes each stage down",
        approval_in_stages,
    ),
    looping(
        "dependency_reopened",
        "",
        "We close a dependency update that waited too long, the other bot opens it again the next day under a new number",
        dependency_reopened,
    ),
    careless(
        "a_bump_a_day",
        "",
        "A dependency bot opens an update a day, and each is approved and merged with the same words",
        a_bump_a_day,
    ),
    looping(
        "repricing_duel",
        "",
        "Two sellers of the same book compute their prices from each other's",
        repricing_duel,
    ),
    declared(
        "clearance_by_plan",
        "",
        "Prices fall step by step by a plan of known size while others change theirs",
        clearance_by_plan,
    ),
    declared(
        "capacity_follows_the_day",
        "",
        "Capacity is written up in the morning and down in the evening, as the load of people comes and goes",
        capacity_follows_the_day,
    ),
];

fn phone_as_each_likes(s: &Scene) {
    let (area, service) = (s.between(30, 89), stranger(s, "integration-user"));
    let (contacts, leg) = (s.between(1, 4), s.pick(&[MINUTE, 5 * MINUTE, 15 * MINUTE]));
    let mut chains = Vec::new();
    for contact in 0..contacts {
        let (number, subject) = (s.between(100_000, 999_999), format!("crm:contact/{}-{contact}", s.hex(6)));
        let (ours, theirs) = (format!("+49{area}{number}"), format!("(0{area}) {number}"));
        let start = s.event("crm", "contact.changed", &s.somebody(), &subject).state("phone", &theirs).after(200);
        chains.push((subject, ours, theirs, start));
    }
    for _ in s.rounds(s.between(24, 52) / contacts) {
        for (place, (subject, ours, theirs, heard)) in (0..).zip(&mut chains) {
            let wrote = s.wants(*heard, "contact.update", subject, "").within(100, 900).writes("phone", &*ours);
            *heard = s.event("crm", "contact.changed", &service, subject).state("phone", &*theirs).because(wrote);
            // The contacts are polled one after the other.
            heard.within(leg + place * 20_000, leg + place * 20_000 + 15_000);
            if s.chance(30) {
                let own = s.event("crm", "contact.changed", &s.us(), subject).state("phone", &*ours);
                own.because(wrote).within(300, 3_000);
            }
        }
        small_talk(s, 10, "crm", "crm:feed");
    }
}

fn address_campaign(s: &Scene) {
    let (area, steward, service) = (s.between(30, 89), s.somebody(), stranger(s, "integration-user"));
    for contact in 0..s.between(8, 40) {
        let subject = format!("crm:contact/{}-{contact}", s.hex(6));
        for _ in 0..if s.chance(20) { 2 } else { 1 } {
            let number = s.between(100_000, 999_999);
            let (ours, typed) = (format!("+49{area}{number}"), format!("(0{area}) {number}"));
            let changed = s.event("crm", "contact.changed", &steward, &subject).state("phone", typed);
            changed.within(9_000, 3 * MINUTE);
            let wrote = s.wants(changed, "contact.update", &subject, "").writes("phone", &ours);
            let back = s.event("crm", "contact.changed", &service, &subject).state("phone", &ours);
            back.because(wrote).token(wrote).within(500, 20_000);
        }
    }
}

fn copies_of_copies(s: &Scene) {
    let (owner, mut title) = (s.somebody(), s.sentence(3));
    let (prefix, leg) = (s.pick(&["", "", "Busy: ", "[w] "]), s.pick(&[20_000, 5 * MINUTE, HOUR]));
    let at = s.timestamp();
    let mut heard = s.event("calendar", "event.created", &owner, &format!("cal:work/{}", s.hex(10))).text(&title);
    for _ in s.rounds(s.between(22, 45)) {
        if title.len() < 200 {
            title = format!("{prefix}{title}");
        }
        let copy = format!("cal:private/{}", s.hex(10));
        let made = s.wants(heard, "event.create", &copy, &format!("{title} {at}")).within(500, leg / 4);
        small_talk(s, 5, "calendar", "cal:work");
        heard = s.event("calendar", "event.created", &owner, &format!("cal:work/{}", s.hex(10)));
        heard.text(&title).because(made).within(leg / 2, leg);
    }
}

fn series_mirrored(s: &Scene) {
    let (owner, title, weeks) = (s.somebody(), s.sentence(3), s.between(8, 60));
    let (plan, class) = (format!("series-{}", s.hex(6)), s.pick(&["human", "bot", "unknown"]));
    let series = s.event("calendar", "series.created", &owner, &format!("cal:work/{}", s.hex(10))).text(&title);
    for week in 0..weeks {
        let copy = format!("cal:private/{}-{week}", s.hex(8));
        let made = s.wants(series, "event.create", &copy, &title).within(500, 90_000).in_plan(&plan, weeks);
        let told = s.event("calendar", "event.created", &Actor::new("calendar-feed", class), &copy).text(&title);
        told.because(made).token(made).within(1_000, 5 * MINUTE);
    }
    for _ in 0..s.between(0, 4) {
        let moved = s.event("calendar", "event.moved", &owner, &format!("cal:work/{}", s.hex(10))).text(&title);
        moved.within(HOUR, 9 * DAY);
        s.wants(moved, "event.update", &format!("cal:private/{}", s.hex(8)), &title).writes("start", s.hex(6));
    }
}

fn flow_stamps_its_item(s: &Scene) {
    let (item, title, hidden) = (format!("sp:list/{}", s.hex(6)), s.sentence(4), s.chance(60));
    if hidden {
        let name = format!("h{}", s.between(1, 5));
        s.with_world(|world| (world.own_name, world.own_seen_as_person) = (name, true));
    }
    let (says, slow) = (s.chance(70), s.pick(&[4_000, 40_000, 5 * MINUTE]));
    let mut heard = s.event("sharepoint", "item.modified", &s.somebody(), &item).text(&title).object("version 1.0");
    for round in s.rounds(s.between(22, 55)) {
        let stamp = s.timestamp();
        let wrote = s.wants(heard, "item.update", &item, "").within(300, 3_000);
        if says {
            wrote.writes("LastProcessed", &stamp);
        }
        heard = s
            .event("sharepoint", "item.modified", &s.us(), &item)
            .text(&title)
            .object(format!("version {}.0", round + 2));
        heard.state("LastProcessed", &stamp).because(wrote).within(slow / 3, slow);
    }
}

fn approval_in_stages(s: &Scene) {
    let stages = ["draft", "legal", "finance", "security", "board", "signed", "filed"];
    if s.chance(60) {
        s.with_world(|world| (world.own_name, world.own_seen_as_person) = ("h9".to_owned(), true));
    }
    for _ in 0..s.between(2, 9) {
        let (item, title) = (format!("sp:list/{}", s.hex(6)), s.sentence(4));
        let last = usize::try_from(s.between(4, 7)).unwrap_or(4);
        for (step, stage) in (1..).zip(&stages[..last]) {
            let approved = s.event("sharepoint", "item.modified", &s.somebody(), &item).text(&title);
            approved.object(format!("version {}.0", step * 2)).within(10 * MINUTE, DAY);
            let wrote = s.wants(approved, "item.update", &item, "").writes("Stage", stage).progress(step);
            let back = s.event("sharepoint", "item.modified", &s.us(), &item).text(&title).state("Stage", stage);
            back.object(format!("version {}.0", step * 2 + 1)).because(wrote).within(1_000, MINUTE);
        }
    }
}

fn dependency_reopened(s: &Scene) {
    let (package, from, first) = (s.word(), s.between(1, 9), s.between(100, 500));
    let (labels, digest, theirs) = (s.chance(50), s.hex(40), Actor::bot("dependabot[bot]"));
    let title = format!("Bump {package} from {from}.0.1 to {from}.1.0");
    let mut number = first;
    let mut heard = s.event("github", "pull_request.opened", &theirs, &s.issue_no(number)).text(&title).tree(&digest);
    for _ in s.rounds(if labels { s.between(12, 28) } else { s.between(21, 40) }) {
        let pull = s.issue_no(number);
        if labels {
            s.wants(heard, "label", &pull, "").within(HOUR, 2 * HOUR).writes("label", "stale");
        }
        let text = "Closed, because it has waited for more than its time.";
        let closed = s.wants(heard, "pr.close", &pull, text).within(3 * HOUR, DAY).writes("pr", "closed");
        number += s.between(1, 9);
        if s.chance(20) {
            let other = s.issue_no(number + 1_000);
            s.event("github", "pull_request.opened", &s.somebody(), &other).text(s.sentence(5)).within(HOUR, 5 * HOUR);
        }
        heard = s.event("github", "pull_request.opened", &theirs, &s.issue_no(number)).text(&title).tree(&digest);
        heard.because(closed).within(6 * HOUR, DAY);
    }
}

fn a_bump_a_day(s: &Scene) {
    let (theirs, mut number, main) = (Actor::bot("dependabot[bot]"), s.between(100, 500), s.part("@main"));
    for day in 0..s.between(5, 35) {
        let (package, minor) = (if s.chance(30) { "cache" } else { s.word() }, day + s.between(1, 3));
        number += s.between(1, 9);
        let pull = s.issue_no(number);
        let opened = s.event("github", "pull_request.opened", &theirs, &pull).tree(s.hex(40));
        opened.text(format!("Bump {package} from 1.{minor}.0 to 1.{}.0", minor + 1)).within(20 * HOUR, 26 * HOUR);
        s.wants(opened, "review.approve", &pull, "Looks good, all checks have passed.").within(10_000, 9 * MINUTE);
        let merged = s.wants(opened, "pr.merge", &pull, "").within(10 * MINUTE, 20 * MINUTE);
        let pushed = s.event("github", "push", &s.us(), &main).tree(s.hex(40));
        pushed.because(merged).within(500, 9_000);
    }
}

fn repricing_duel(s: &Scene) {
    let (offer, theirs) = (format!("shop:offer/{}", s.hex(9)), stranger(s, "profnath"));
    let (up, leg) = (s.chance(50), s.pick(&[40_000, HOUR, DAY]));
    let mut price = s.between(1_700, 90_000);
    let mut heard = s.event("shop", "offer.changed", &theirs, &offer).state("lowest", price.to_string());
    for _ in s.rounds(s.between(21, 45)) {
        let ours = if up { price * 9_983 / 10_000 } else { price * 98 / 100 };
        let text = if s.chance(50) { String::new() } else { format!("{ours} cents") };
        let wrote =
            s.wants(heard, "offer.update", &offer, &text).within(500, leg / 4).writes("price", ours.to_string());
        price = if up { ours * 12_706 / 10_000 } else { ours * 99 / 100 };
        heard = s.event("shop", "offer.changed", &theirs, &offer).state("lowest", price.to_string()).because(wrote);
        heard.within(leg / 2, leg);
        if s.chance(10) {
            s.event("shop", "order.created", &s.somebody(), &format!("shop:order/{}", s.hex(6))).within(MINUTE, HOUR);
        }
    }
}

fn clearance_by_plan(s: &Scene) {
    let (theirs, steps, plan) = (stranger(s, "profnath"), s.between(4, 8), format!("clearance-{}", s.hex(4)));
    let offers: Vec<_> =
        (0..s.between(2, 8)).map(|_| (format!("shop:offer/{}", s.hex(9)), s.between(900, 9_000))).collect();
    let size = steps * u64::try_from(offers.len()).unwrap_or(0);
    for step in 1..=steps {
        let morning = s.tick("shop:clearance", DAY);
        for (offer, price) in &offers {
            let now = (price * (100 - 9 * step) / 100).to_string();
            let wrote = s.wants(morning, "offer.update", offer, "").within(500, MINUTE).writes("price", &now);
            wrote.in_plan(&plan, size);
            let back = s.event("shop", "offer.changed", &s.us(), offer).state("price", &now);
            back.because(wrote).token(wrote).within(1_000, MINUTE);
            if s.chance(25) {
                let other =
                    s.event("shop", "offer.changed", &theirs, offer).state("lowest", s.between(500, 9_000).to_string());
                other.within(MINUTE, HOUR);
            }
        }
    }
}

fn capacity_follows_the_day(s: &Scene) {
    let (pool, small, large) = (s.azure("pool"), s.between(1, 3), s.between(5, 20));
    let monitor = Actor::new("monitor", s.pick(&["system", "app", "unknown"]));
    for day in 0..s.between(4, 38) {
        for (count, load, word) in [(large, s.between(60, 95), "high"), (small, s.between(5, 30), "low")] {
            let alert = s.event("azure", "alert.fired", &monitor, &pool).text(format!("CPU is {word}: {load} %"));
            alert.at(day * DAY + if word == "high" { 7 * HOUR } else { 18 * HOUR }).within(0, HOUR);
            let wrote = s.wants(alert, "scale", &pool, "").writes("instances", count.to_string());
            let done = s.event("azure", "scale.done", &monitor, &pool).state("instances", count.to_string());
            done.because(wrote).token(wrote).within(20_000, 5 * MINUTE);
        }
    }
}
