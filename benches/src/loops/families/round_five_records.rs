//! Records that are kept in two places.

use super::super::{Family, careless, declared, looping};
use crate::loops::scene::{Actor, Scene};

/// In the order in which they are reported.
pub(super) const FAMILIES: &[Family] = &[
    looping(
        "order_changed_by_its_delivery",
        "",
        "A shop tells an office of each changed order; to put that together it reads the order, and the reading changes it",
        order_changed_by_its_delivery,
    ),
    declared(
        "orders_told_to_the_office",
        "",
        "A shop tells an office of each step of each order and tries again a few times where the office is away",
        orders_told_to_the_office,
    ),
    looping(
        "markup_converted_to_and_fro",
        "",
        "A text is kept in two trackers with different markup; each conversion adds a character, so that it has changed",
        markup_converted_to_and_fro,
    ),
    declared(
        "edits_converted_once",
        "",
        "People edit a text in one of two trackers, the other one gets it converted, and what that reports is left alone",
        edits_converted_once,
    ),
    looping(
        "cent_lost_between_net_and_gross",
        "",
        "A sales system keeps the gross amount and a ledger the net one; rounding moves a cent each time it is carried over",
        cent_lost_between_net_and_gross,
    ),
    declared(
        "usage_carried_to_the_deal",
        "",
        "A ledger reports what a customer has used so far, and the growing amount is carried over to the deal",
        usage_carried_to_the_deal,
    ),
    looping(
        "review_unknown_to_the_board",
        "",
        "A tracker says review, a rule of the board knows no such column and says doing, a rule of the tracker says review",
        review_unknown_to_the_board,
    ),
    careless(
        "cards_sent_back_by_people",
        "",
        "Developers and reviewers send cards to and fro between two columns, and the tracker is told each time",
        cards_sent_back_by_people,
    ),
];

const MINUTE: u64 = 60_000;
const HOUR: u64 = 3_600_000;

fn order_changed_by_its_delivery(s: &Scene) {
    let number = s.between(10_000, 99_999);
    let (order, office) = (format!("shop:order/{number}"), format!("erp:inbox/{}", s.word()));
    let shop = if s.chance(50) { Actor::system("shop") } else { Actor::unknown("scheduler") };
    let (low, high) = s.pick(&[(800, 9_000), (MINUTE / 2, 2 * MINUTE)]);
    let stated = s.chance(50);
    let total = s.between(900, 90_000);
    let mut seen = s.event("shop", "order.updated", &s.somebody(), &order).text(format!("order {number} paid"));
    for _ in s.rounds(s.between(22, 56)) {
        let at = s.timestamp();
        let text = format!("{{\"id\":{number},\"status\":\"processing\",\"total\":{total},\"modified\":\"{at}\"}}");
        let told = s.wants(seen, "webhook.deliver", &office, &text).within(300, 20_000);
        seen = s.event("shop", "order.updated", &shop, &order).text(format!("order {number} saved"));
        seen.because(told).within(low, high);
        if stated {
            seen.state("modified", &at);
        }
    }
}

fn orders_told_to_the_office(s: &Scene) {
    let office = format!("erp:inbox/{}", s.word());
    let shop = Actor::system("shop");
    for _ in 0..s.between(4, 12) {
        let number = s.between(10_000, 99_999);
        let order = format!("shop:order/{number}");
        let total = s.between(900, 90_000);
        for status in ["paid", "packed", "sent", "delivered"] {
            let seen = s.event("shop", "order.updated", &shop, &order).text(format!("order {number} {status}"));
            seen.state("status", status).after(s.heavy_tail(3 * MINUTE));
            let text = format!("{{\"id\":{number},\"status\":\"{status}\",\"total\":{total}}}");
            let mut told = s.wants(seen, "webhook.deliver", &office, &text).attempt(1, 4);
            if s.chance(15) {
                let away = s.reports(told, "delivery.failed", "503").within(900, 10_000);
                told = s.wants(away, "webhook.deliver", &office, &text).attempt(2, 4);
                told.within(20_000, 2 * MINUTE);
            }
            s.reports(told, "delivery.done", "200").within(100, 900);
        }
    }
}

/// A tracker with its issue, what it calls a change, and who changes it there for us.
fn trackers(s: &Scene) -> [(String, &'static str, &'static str, Actor); 2] {
    let ticket = format!("jira:{}-{}", s.word().to_uppercase(), s.between(1, 2_000));
    // In the other tracker each account costs a seat, so that the link between the two uses the seat of a person.
    let seat = if s.chance(60) { Actor::person("sync.user") } else { s.us() };
    [(s.issue(), "github", "issues.edited", s.us()), (ticket, "jira", "issue.updated", seat)]
}

fn markup_converted_to_and_fro(s: &Scene) {
    let (places, body, word) = (trackers(s), s.sentence(s.between(6, 18)), s.word());
    let start = s.event("github", "issues.edited", &s.somebody(), &places[0].0).text(format!("* {body} **{word}**"));
    let mut seen = start;
    for round in s.rounds(s.between(22, 52)) {
        let (subject, source, kind, account) = &places[usize::try_from((round + 1) % 2).unwrap_or(0)];
        let escapes = "\\".repeat(usize::try_from(round + 1).unwrap_or(1));
        let text = if round % 2 == 0 {
            format!("# {body} *{word}*{escapes}_")
        } else {
            format!("* {body} **{word}**{escapes}_")
        };
        let put = s.wants(seen, "issue.update", subject, &text).within(400, 9_000).writes("description", &text);
        seen = s.event(source, kind, account, subject).text(&text).because(put).within(600, 30_000);
        if round % 2 == 1 {
            seen.token(put);
        }
    }
}

fn edits_converted_once(s: &Scene) {
    let (places, body) = (trackers(s), s.sentence(s.between(6, 18)));
    for _ in 0..s.between(6, 30) {
        let here = usize::try_from(s.between(0, 1)).unwrap_or(0);
        let ((subject, source, kind, _), (other, reports, change, account)) = (&places[here], &places[1 - here]);
        let (mark, text) = (s.pick(&["**", "*"]), format!("{body} {} {}", s.word(), s.sentence(4)));
        let edited = s.event(source, kind, &s.somebody(), subject).text(format!("{mark}{text}{mark}"));
        edited.after(s.heavy_tail(4 * MINUTE));
        let put = s.wants(edited, "issue.update", other, &format!("_{text}_")).within(400, 9_000);
        put.writes("description", format!("_{text}_"));
        s.event(reports, change, account, other).text(put.text()).because(put).token(put).within(600, 30_000);
    }
}

/// Cents as people write an amount.
fn amount(cents: u64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

fn cent_lost_between_net_and_gross(s: &Scene) {
    let number = s.between(100, 9_999);
    let (deal, invoice) = (format!("crm:deal/{number}"), format!("ledger:invoice/{number}"));
    let (sales, books) = (Actor::app("crm"), Actor::unknown("ledger-api"));
    let gross = s.between(2_000, 900_000);
    let net = gross * 100 / 119;
    let (low, high) = s.pick(&[(900, 12_000), (MINUTE, 6 * MINUTE), (10 * MINUTE, HOUR)]);
    let mut seen = s.event("crm", "deal.updated", &s.somebody(), &deal).text(format!("Amount: {}", amount(gross)));
    seen.state("amount", amount(gross));
    for round in s.rounds(s.between(22, 56)) {
        let cent = (round / 2 + 1) % 2;
        let (subject, source, kind, who, cents) = if round % 2 == 0 {
            (&invoice, "ledger", "invoice.updated", &books, net + cent)
        } else {
            (&deal, "crm", "deal.updated", &sales, gross + cent)
        };
        let value = amount(cents);
        let put = s.wants(seen, "record.update", subject, &format!("Amount: {value}")).writes("amount", &value);
        put.within(300, 20_000);
        seen = s.event(source, kind, who, subject).text(format!("Amount: {value}")).state("amount", &value);
        seen.because(put).within(low, high);
    }
}

fn usage_carried_to_the_deal(s: &Scene) {
    let number = s.between(100, 9_999);
    let (deal, invoice) = (format!("crm:deal/{number}"), format!("ledger:invoice/{number}"));
    let mut cents = s.between(2_000, 90_000);
    let often = s.pick(&[20_000, 5 * MINUTE, HOUR]);
    for _ in 0..s.between(10, 60) {
        cents += s.between(1, 900);
        let value = amount(cents);
        let used = s.event("ledger", "invoice.updated", &Actor::unknown("ledger-api"), &invoice);
        used.text(format!("Amount: {value}")).state("amount", &value).after(s.between(often / 2, often * 2));
        let put = s.wants(used, "record.update", &deal, &format!("Amount: {value}")).writes("amount", &value);
        put.progress(cents).within(300, 9_000);
        let seen = s.event("crm", "deal.updated", &Actor::app("crm"), &deal).text(format!("Amount: {value}"));
        seen.state("amount", &value).because(put).within(400, 9_000);
    }
}

fn review_unknown_to_the_board(s: &Scene) {
    let number = s.between(1, 2_000);
    let (ticket, card) = (format!("jira:{}-{number}", s.word().to_uppercase()), format!("trello:card/{}", s.hex(8)));
    let (rule, butler) = (Actor::app("tracker-automation"), Actor::bot("butler"));
    let review = s.pick(&["In Review", "Code Review", "QA"]);
    let mut seen = s.event("jira", "issue.transitioned", &s.somebody(), &ticket).state("status", review);
    seen.text(format!("{number} is {review}"));
    for round in s.rounds(s.between(24, 56)) {
        seen = if round % 2 == 0 {
            let moved = s.wants(seen, "card.move", &card, review).within(500, 9_000).writes("list", review);
            let back = s.event("trello", "card.moved", &butler, &card).text("moved to Doing").state("list", "Doing");
            back.because(moved).within(800, 30_000)
        } else {
            let moved = s.wants(seen, "issue.transition", &ticket, "In Progress").writes("status", "In Progress");
            moved.within(500, 9_000);
            let back = s.event("jira", "issue.transitioned", &rule, &ticket).state("status", review);
            back.text(format!("{number} is {review}")).because(moved).within(2_000, 60_000)
        };
        if s.chance(8) {
            s.event("jira", "comment.created", &s.somebody(), &ticket).text(s.sentence(6)).within(500, 9_000);
        }
    }
}

fn cards_sent_back_by_people(s: &Scene) {
    let project = s.word().to_uppercase();
    let cards: Vec<_> = (0..s.between(1, 4)).map(|_| (s.between(1, 2_000), s.hex(8))).collect();
    let mut places = vec![0_usize; cards.len()];
    for _ in 0..s.between(8, 34) {
        let at = usize::try_from(s.between(1, u64::try_from(cards.len()).unwrap_or(1)) - 1).unwrap_or(0);
        let (number, id) = &cards[at];
        places[at] = 1 - places[at];
        let (list, status) = [("Doing", "In Progress"), ("Review", "In Review")][places[at]];
        let moved = s.event("trello", "card.moved", &s.somebody(), &format!("trello:card/{id}"));
        moved.text(format!("moved to {list}")).state("list", list).after(s.heavy_tail(8 * MINUTE));
        let ticket = format!("jira:{project}-{number}");
        let told = s.wants(moved, "issue.transition", &ticket, status).within(500, 9_000);
        let seen = s.event("jira", "issue.transitioned", &s.us(), &ticket).text(format!("{number} is {status}"));
        seen.state("status", status).because(told).token(told).within(800, 9_000);
    }
}
