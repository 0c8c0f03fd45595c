//! Of prices, invoices and customers, and of the people who are woken at night.

use super::super::{Family, careless, declared, looping};
use crate::loops::scene::{Actor, Event, Scene};

pub(super) const FAMILIES: &[Family] = &[
    looping(
        "price_war_of_two_sellers",
        "",
        "We undercut the only other seller by a little, and he asks a quarter more than we do.",
        price_war_of_two_sellers,
    ),
    declared(
        "prices_by_exchange_rate",
        "",
        "Each morning the rate moves the prices of a few articles, and the marketplace confirms each.",
        prices_by_exchange_rate,
    ),
    looping(
        "product_updates_that_change_nothing",
        "",
        "Two apps overwrite products whenever they are updated, and the shop reports updates that change nothing.",
        product_updates_that_change_nothing,
    ),
    declared(
        "catalogue_import_at_night",
        "",
        "The catalogue is written product by product in one plan, and the shop reports each of them back.",
        catalogue_import_at_night,
    ),
    looping(
        "billing_hook_stamps_the_subscription",
        "",
        "A handler stamps the time of its last sync on the subscription whose update it handles.",
        billing_hook_stamps_the_subscription,
    ),
    declared(
        "dunning_in_four_attempts",
        "",
        "A failed payment is tried four times in two weeks, for each customer whose card has expired.",
        dunning_in_four_attempts,
    ),
    looping(
        "credit_note_for_the_correction",
        "",
        "An invoice robot corrects a cent of rounding, the ledger rounds again, and the difference changes sides.",
        credit_note_for_the_correction,
    ),
    declared(
        "invoices_of_the_month",
        "",
        "On the first of the month each customer gets an invoice and, some days later, at most three reminders.",
        invoices_of_the_month,
    ),
    looping(
        "pager_and_ticket_reopen_each_other",
        "",
        "We resolve the page when the ticket closes; the pager's note on the ticket opens both again.",
        pager_and_ticket_reopen_each_other,
    ),
    declared(
        "escalation_through_the_levels",
        "",
        "Nobody answers, so the page goes up a level on each timer, through all levels for a declared number of rounds.",
        escalation_through_the_levels,
    ),
    careless(
        "alert_repeated_until_fixed",
        "",
        "The monitoring repeats a firing alert at its interval, whoever hears it, and we pass each on.",
        alert_repeated_until_fixed,
    ),
    looping(
        "helpdesk_answers_an_absence",
        "",
        "An out-of-office reply opens the ticket again, and closing it mails the customer once more.",
        helpdesk_answers_an_absence,
    ),
    declared(
        "survey_after_each_ticket",
        "",
        "Closed tickets of the day get one survey mail each, and many customers are out of office.",
        survey_after_each_ticket,
    ),
    looping(
        "alert_on_our_own_log_lines",
        "",
        "A log rule counts errors, our handler logs what it was told, and the rule counts that too.",
        alert_on_our_own_log_lines,
    ),
    declared(
        "errors_of_a_bad_release",
        "",
        "A bad release throws different errors for an hour, and each new kind gets an issue of its own.",
        errors_of_a_bad_release,
    ),
    looping(
        "on_call_agents_hand_over",
        "",
        "Two triage agents agree that the incident belongs to the other team and assign it back, in new words each time.",
        on_call_agents_hand_over,
    ),
    declared(
        "incident_agent_asks_its_tools",
        "",
        "An incident agent works through a plan of read-only queries and writes down each finding.",
        incident_agent_asks_its_tools,
    ),
];

const MINUTE: u64 = 60_000;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

fn euros(cents: u64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

fn price_war_of_two_sellers(s: &Scene) {
    let offer = format!("shop:offer/{}", s.between(100_000, 999_999));
    let rival = if s.chance(50) { Actor::unknown("seller-71") } else { Actor::person("bordee") };
    let (ours, theirs) = (s.between(9_900, 9_990), s.between(12_100, 12_900));
    let falling = s.chance(40);
    let mut price = s.between(1_500, 9_000);
    let wait = s.pick(&[20 * MINUTE, 6 * HOUR]);
    let asks = |event: Event<'_>, cents: u64| {
        event.text(format!("lowest other offer {}", euros(cents))).state("price", euros(cents));
    };
    let mut seen = s.event("other", "offer.changed", &rival, &offer);
    asks(seen, price);
    for _ in s.rounds(s.between(20, 40)) {
        price = (price * ours / 10_000).max(2);
        let text = format!("reprice to {}", euros(price));
        let set = s.wants(seen, "price.set", &offer, &text).writes("price", euros(price)).within(1_000, 9 * MINUTE);
        price = if falling { (price * 98 / 100).max(2) + s.between(0, 1) } else { price * theirs / 10_000 };
        seen = s.event("other", "offer.changed", &rival, &offer).because(set).within(wait / 2, wait * 2);
        asks(seen, price);
    }
}

fn prices_by_exchange_rate(s: &Scene) {
    s.with_world(|world| world.says_values = true);
    let (feed, market) = (Actor::system("rates"), Actor::system("marketplace"));
    let offers: Vec<_> =
        (0..s.between(1, 4)).map(|n| (format!("shop:offer/{}-{n}", s.word()), s.between(900, 90_000))).collect();
    for _ in 0..s.between(8, 18) {
        let rate = s.between(9_700, 10_300);
        let quoted = s
            .event("other", "rate.quoted", &feed, "fx:eur-usd")
            .text(format!("1.{rate}"))
            .after(DAY - s.between(0, HOUR));
        for (offer, base) in &offers {
            let price = euros(base * rate / 10_000);
            let set = s.wants(quoted, "price.set", offer, &format!("reprice to {price}")).writes("price", &price);
            let confirmed = s.event("other", "offer.changed", &market, offer).because(set).within(2_000, 10 * MINUTE);
            confirmed.text(format!("live at {price}")).state("price", &price).token(set);
        }
    }
}

fn product_updates_that_change_nothing(s: &Scene) {
    let count = s.between(1, 3);
    let products: Vec<_> = (0..count).map(|n| format!("shop:product/{}", s.between(70, 90) + 100 * n)).collect();
    let other = match s.between(1, 3) {
        1 => Actor::person("h4"),
        2 => Actor::unknown("search-feed"),
        _ => Actor::app("search-feed"),
    };
    let (stock, title) = (s.between(0, 40).to_string(), s.sentence(3));
    let mut updated: Vec<_> = products
        .iter()
        .zip(0_u64..)
        .map(|(product, n)| s.event("other", "product.updated", &other, product).text(&title).at(0).after(60 * n))
        .collect();
    for _ in s.rounds(s.between(22, 48) / count + 5) {
        let wait = s.between(2_000, 40_000);
        for (slot, product) in updated.iter_mut().zip(&products) {
            let text = format!("productUpdate {product}: {title}");
            let set = s.wants(*slot, "product.update", product, &text).writes("stock", &stock).after(250);
            s.echo(set, "product.updated");
            *slot = s.event("other", "product.updated", &other, product).because(set).token(set).after(wait);
            slot.text(&title).state("stock", &stock);
        }
    }
}

fn catalogue_import_at_night(s: &Scene) {
    let (count, plan) = (s.between(15, 75), format!("import-{}", s.hex(5)));
    let start = s.tick("shop:catalogue", 2 * HOUR);
    for n in 0..count {
        let product = format!("shop:product/{}", 500 + n);
        let set = s.wants(start, "product.update", &product, "productUpdate from the supplier's file");
        set.in_plan(&plan, count).progress(n + 1).after(300 * n + s.between(20, 200));
        let reported = s.event("other", "product.updated", &s.our_app(), &product).because(set).token(set);
        reported.text(format!("product {} updated", 500 + n)).within(500, 9_000);
    }
}

fn billing_hook_stamps_the_subscription(s: &Scene) {
    let subscription = format!("pay:sub_{}", s.hex(12));
    // The provider names itself, whoever changed the object.
    let provider = if s.chance(70) { Actor::system("payments") } else { s.us() };
    let stamp = || format!("metadata.synced_at={}", s.timestamp());
    let mut updated = s.event("other", "subscription.updated", &provider, &subscription).text("status: active");
    for _ in s.rounds(s.between(25, 60)) {
        let set = s.wants(updated, "subscription.update", &subscription, &stamp()).within(80, 2_000);
        if s.chance(60) {
            set.writes("synced_at", s.timestamp());
        }
        updated = s.event("other", "subscription.updated", &provider, &subscription).because(set).within(400, 8_000);
        updated.text(stamp()).state("status", "active");
        if s.chance(10) {
            s.redelivered(updated);
        }
    }
}

fn dunning_in_four_attempts(s: &Scene) {
    let provider = Actor::system("payments");
    for customer in 0..s.between(3, 14) {
        let invoice = format!("pay:in_{}{customer}", s.hex(10));
        let amount = euros(s.between(500, 50_000));
        let first = s.event("other", "payment.failed", &provider, &invoice).text("card expired").at(customer * HOUR);
        let mut failed = first;
        for attempt in 1..=4 {
            let days = [1, 3, 5, 7][usize::try_from(attempt - 1).unwrap_or(0)];
            let text = format!("charge {amount} again");
            let charge = s.wants(failed, "payment.charge", &invoice, &text).attempt(attempt, 4).after(days * DAY);
            failed = s.event("other", "payment.failed", &provider, &invoice).because(charge).within(900, 20_000);
            if s.chance(25) {
                failed.text("paid").state("status", "paid");
                break;
            }
            failed.text("card expired").token(charge);
        }
    }
}

fn credit_note_for_the_correction(s: &Scene) {
    let invoice = format!("erp:invoice/{}", s.between(20_000, 90_000));
    let ledger = if s.chance(50) { Actor::system("ledger") } else { Actor::person("accounts") };
    let (net, cents) = (s.between(10_000, 900_000), s.between(1, 3));
    let differs = |cents: u64, side: &str| format!("difference {} on the {side} side of {}", euros(cents), euros(net));
    let mut found = s.event("other", "reconciliation.failed", &ledger, &invoice).text(differs(cents, "debit"));
    for round in s.rounds(s.between(20, 36)) {
        let (kind, side) = if round % 2 == 0 { ("credit.note", "credit") } else { ("debit.note", "debit") };
        let text = format!("{kind} {}-{round} over {}", s.between(1_000, 9_999), euros(cents));
        let note = s.wants(found, kind, &invoice, &text).within(1_000, 5 * MINUTE);
        found = s.event("other", "reconciliation.failed", &ledger, &invoice).because(note).within(HOUR, 26 * HOUR);
        found.text(differs(s.between(1, 3), side));
    }
}

fn invoices_of_the_month(s: &Scene) {
    let (count, plan) = (s.between(6, 20), format!("invoices-{}", s.hex(4)));
    let due = s.tick("erp:invoices", HOUR);
    for n in 0..count {
        let box_of = format!("mail:customer-{}-{n}", s.word());
        let text = format!("Invoice {} over {}", 3_000 + n, euros(s.between(900, 90_000)));
        let sent = s.wants(due, "mail.send", &box_of, &text).in_plan(&plan, count).after(2_000 * n + 100);
        if s.chance(25) {
            let away = s.says(&Actor::unknown(&format!("customer-{n}")), &box_of, "I am out of office.");
            away.because(sent).answers(sent).within(2_000, 30_000);
        }
    }
    for n in 0..s.between(1, count / 2) {
        let box_of = format!("mail:late-{n}");
        for reminder in 1..=s.between(1, 3) {
            let late = s.tick("erp:invoices", 0).at(reminder * 7 * DAY + n * MINUTE);
            s.wants(late, "mail.send", &box_of, "A friendly reminder of your open invoice").attempt(reminder, 3);
        }
    }
}

fn pager_and_ticket_reopen_each_other(s: &Scene) {
    let (ticket, page) = (s.issue(), format!("pager:incident/{}", s.between(1_000, 9_999)));
    let pager = match s.between(1, 3) {
        1 => Actor::person("h1"),
        2 => Actor::unknown("pager-sync"),
        _ => Actor::app("pager-sync"),
    };
    let note = || format!("Incident {} note added by integration at {}", s.hex(4), s.timestamp());
    let mut closed = s.event("github", "issues.closed", &s.somebody(), &ticket).state("state", "closed");
    for _ in s.rounds(s.between(12, 28)) {
        let resolved =
            s.wants(closed, "page.resolve", &page, "resolved: the ticket is closed").writes("status", "resolved");
        let commented = s.event("github", "issue_comment.created", &pager, &ticket).because(resolved);
        commented.text(note()).within(3_000, MINUTE);
        let opened = s.event("other", "incident.reopened", &pager, &page).because(resolved).within(MINUTE, 8 * MINUTE);
        opened.text("reopened: activity on the linked ticket").state("status", "triggered");
        let reopen = s.wants(opened, "issue.reopen", &ticket, "the incident is open again").writes("state", "open");
        // The rule that closes tickets without an assignee belongs to the board, and runs on each reopening.
        closed = s.event("github", "issues.closed", &Actor::app("board-rules"), &ticket).because(reopen);
        closed.state("state", "closed").token(reopen).within(MINUTE, 30 * MINUTE);
        if s.chance(15) {
            s.person_says(&ticket, "who keeps opening this one?").within(1_000, MINUTE);
        }
    }
}

fn escalation_through_the_levels(s: &Scene) {
    let levels = ["first line", "second line", "team lead", "head of operations"];
    for _ in 0..s.between(1, 3) {
        let page = format!("pager:incident/{}", s.between(1_000, 9_999));
        let fired =
            s.event("azure", "alert.fired", &Actor::system("monitor"), &page).text("checkout is down").after(HOUR);
        let (rounds, wait) = (s.between(2, 5), s.pick(&[5 * MINUTE, 10 * MINUTE, 15 * MINUTE]));
        let mut next = fired;
        for step in 0..rounds * 4 {
            let level = levels[usize::try_from(step % 4).unwrap_or(0)];
            let text = format!("checkout is down, paging the {level}");
            let paged = s.wants(next, "page.send", &page, &text).attempt(step + 1, rounds * 4).progress(step + 1);
            if s.chance(50) {
                s.event("other", "page.delivered", &Actor::system("pager"), &page)
                    .because(paged)
                    .token(paged)
                    .within(900, 9_000);
            }
            next = s.tick(&page, wait);
        }
        let acked = s.event("other", "incident.acknowledged", &s.somebody(), &page).within(1_000, wait);
        s.wants(acked, "message", &s.channel(), "acknowledged");
    }
}

fn alert_repeated_until_fixed(s: &Scene) {
    let (rule, text) = (s.azure("alert-rule"), format!("{} is above its limit", s.word()));
    let every = s.pick(&[5 * MINUTE, HOUR, 4 * HOUR]);
    for n in 0..s.between(8, 40) {
        let fired = s.event("azure", "alert.fired", &Actor::system("monitor"), &rule).text(&text).after(every);
        s.wants(fired, "message", &s.channel(), &format!("Still firing: {text}"));
        if n > 0 && s.chance(10) {
            s.person_says(&s.channel(), "yes, waiting for the vendor").within(5_000, 2 * MINUTE);
        }
    }
}

fn helpdesk_answers_an_absence(s: &Scene) {
    let thread = format!("mail:ticket-{}", s.between(1_000, 99_999));
    let customer = Actor::new(&format!("customer-{}", s.between(1, 50)), s.pick(&["human", "unknown"]));
    let back = format!("I am out of office until the {}th. {}", s.between(4, 28), s.sentence(6));
    let counted = s.chance(50);
    let mut mail = s.event("mail", "mail.in", &customer, &thread).text(format!("Please help: {}", s.sentence(7)));
    for round in s.rounds(s.between(20, 45)) {
        let text = if counted { format!("Your ticket was updated ({})", round + 1) } else { s.paraphrase() };
        let answer = s.wants(mail, "mail.send", &thread, &text).within(2_000, 3 * MINUTE);
        mail = s.event("mail", "mail.in", &customer, &thread).because(answer).token(answer).within(2_000, 40_000);
        mail.text(if s.chance(80) { back.clone() } else { format!("Automatic reply: {back}") });
        if s.chance(60) {
            mail.answers(answer);
        }
    }
}

fn survey_after_each_ticket(s: &Scene) {
    let (count, plan) = (s.between(12, 60), format!("survey-{}", s.hex(4)));
    let due = s.tick("crm:survey", 18 * HOUR);
    for n in 0..count {
        let thread = format!("mail:ticket-{}", 70_000 + n);
        let sent = s.wants(due, "mail.send", &thread, "How did we do? One click is enough.");
        sent.in_plan(&plan, count).progress(n + 1).after(900 * n + 50);
        if s.chance(40) {
            let away = s.event("mail", "mail.in", &Actor::person(&format!("customer-{n}")), &thread).because(sent);
            away.answers(sent).text("I am out of office this week.").within(1_000, 20_000);
        }
    }
}

fn alert_on_our_own_log_lines(s: &Scene) {
    let (rule, stream) = (s.azure("log-rule"), s.azure("log-stream"));
    let monitor = Actor::system("monitor");
    let mut count = s.between(5, 20);
    let fired = |count: u64| format!("{count} lines with 'error' in the last 5 minutes");
    let mut alert = s.event("azure", "alert.fired", &monitor, &rule).text(fired(count));
    for _ in s.rounds(s.between(14, 30)) {
        let text = format!("level=error msg=\"alert received: {}\" trace={}", fired(count), s.hex(8));
        let logged = s.wants(alert, "log.write", &stream, &text).within(10, 300);
        s.wants(alert, "message", &s.channel(), &format!("{} at {}", fired(count), s.timestamp())).within(400, 2_000);
        count += s.between(1, 6);
        alert = s.event("azure", "alert.fired", &monitor, &rule).because(logged).within(MINUTE, 6 * MINUTE);
        alert.text(fired(count)).state("count", count.to_string());
    }
}

fn errors_of_a_bad_release(s: &Scene) {
    let tracker = if s.chance(70) { Actor::system("errors") } else { Actor::app("errors") };
    for n in 0..s.between(5, 30) {
        let kind = s.pick(&["TypeError", "KeyError", "TimeoutError", "ValueError", "IndexError"]);
        let place = format!("{}.{}:{}", s.word(), s.word(), s.between(10, 900));
        let group = format!("err:group/{}", s.hex(8));
        let first = s.event("other", "error.first_seen", &tracker, &group).text(format!("{kind} in {place}"));
        first.after(s.heavy_tail(2 * MINUTE));
        let issue = s.wants(first, "issue.open", &s.issue_no(2_000 + n), &format!("{kind} in {place}"));
        s.event("github", "issues.opened", &s.us(), &s.issue_no(2_000 + n)).because(issue).about(issue).token(issue);
    }
}

fn on_call_agents_hand_over(s: &Scene) {
    let incident = s.agent("incident");
    let other = if s.chance(40) { Actor::person("net-oncall") } else { Actor::bot("network-triage") };
    let mut assigned = s.event("agent", "task.assigned", &other, &incident).text(s.paraphrase());
    for round in s.rounds(s.between(12, 30)) {
        let look =
            s.wants(assigned, "tool.call", &s.agent("metrics"), &format!("query latency, last {} minutes", 5 + round));
        let found =
            s.reports(look.reads_only(), "tool.result", &format!("p99 {} ms, nothing unusual", s.between(80, 140)));
        let handed = s.wants(found, "task.assign", &incident, &s.paraphrase()).writes("owner", "network");
        assigned = s
            .event("agent", "task.assigned", &other, &incident)
            .because(handed)
            .token(handed)
            .within(5_000, 4 * MINUTE);
        assigned.text(s.paraphrase()).state("owner", "database");
        if s.chance(20) {
            s.person_says(&s.channel(), "any news on the incident?").within(1_000, 20_000);
        }
    }
}

fn incident_agent_asks_its_tools(s: &Scene) {
    let (incident, count, plan) = (s.agent("incident"), s.between(8, 30), format!("triage-{}", s.hex(5)));
    let mut heard = s.person_orders(&incident, "find out why checkout is slow");
    for n in 1..=count {
        let text =
            format!("query {} of {}, last {} minutes", s.pick(&["latency", "errors", "saturation"]), s.word(), 5 * n);
        let asked =
            s.wants(heard, "tool.call", &s.agent("metrics"), &text).in_plan(&plan, count).reads_only().progress(n);
        heard = s.reports(asked, "tool.result", &format!("p99 {} ms", s.between(80, 900))).within(200, 9_000);
        if s.chance(30) {
            let noted = s.wants(heard, "comment", &s.issue(), &s.paraphrase()).progress(n);
            s.echo(noted, "issue_comment.created");
        }
    }
}
