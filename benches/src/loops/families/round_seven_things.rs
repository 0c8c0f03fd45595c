//! Cloud events, data sync, commerce and things in houses.

use std::collections::VecDeque;

use crate::loops::families::{Family, careless, declared, looping};
use crate::loops::scene::{Actor, Scene};

pub(super) const FAMILIES: &[Family] = &[
    looping(
        "failed_notice_is_worth_a_notice",
        "",
        "A webhook is unreachable, each failed notice raises one or two exceptions, and exceptions are worth a notice to that webhook",
        failed_notice_is_worth_a_notice,
    ),
    declared(
        "notices_with_backoff",
        "",
        "A webhook is down for a while and each notice is tried again with growing pauses, counted, until it gets through",
        notices_with_backoff,
    ),
    looping(
        "scan_stamp_on_the_blob",
        "",
        "A scanner stamps the time of its scan on the file, and the stamp counts as a change that has to be scanned",
        scan_stamp_on_the_blob,
    ),
    declared(
        "bulk_upload_scanned",
        "",
        "Many files are uploaded at once and each is scanned and stamped once, by a plan of known size",
        bulk_upload_scanned,
    ),
    looping(
        "phone_number_in_two_formats",
        "",
        "One customer database writes phone numbers with blanks, the other takes them out, and we copy each change across",
        phone_number_in_two_formats,
    ),
    declared(
        "phone_numbers_cleaned_in_batches",
        "",
        "A plan rewrites the phone numbers of many contacts and the database confirms each and marks it as verified",
        phone_numbers_cleaned_in_batches,
    ),
    looping(
        "stock_differences_added_twice",
        "",
        "We add the difference of the shop's stock to the warehouse and its connector reports the sum back as the shop's new stock",
        stock_differences_added_twice,
    ),
    declared(
        "flash_sale_on_two_channels",
        "",
        "Orders and returns of a sale come in quickly and the remaining stock is written to two other channels after each",
        flash_sale_on_two_channels,
    ),
    looping(
        "thermostat_in_half_degrees",
        "",
        "A thermostat rounds what we set and reports it, and we restore what the person had chosen",
        thermostat_in_half_degrees,
    ),
    careless(
        "night_setback_each_day",
        "",
        "A schedule lowers the heating each night and raises it each morning, and the thermostat confirms",
        night_setback_each_day,
    ),
];

/// What a worker says of a webhook that nobody answers.
fn refused(s: &Scene, host: &str) -> String {
    let task = s.hex(12);
    format!("ConnectionError in task {task} at {}: POST https://{host}.example/hook: refused", s.timestamp())
}

fn failed_notice_is_worth_a_notice(s: &Scene) {
    let transport = s.azure("transport");
    let host = s.word();
    let worker = Actor::system("worker");
    let (soon, late) = s.pick(&[(40, 900), (500, 8_000), (20_000, 60_000)]);
    let twice = s.pick(&[0, 10, 30]);
    let first = s.event("identity", "login.failed", &Actor::person("h4"), &transport).text("login failed for h4");
    let mut open = VecDeque::from([first]);
    for _ in s.rounds(s.between(24, 56)) {
        let Some(event) = open.pop_front() else { break };
        let notice = s.wants(event, "webhook.post", &transport, &format!("Event: {}", event.said())).within(20, 700);
        let failed = s.event("identity", "system_exception", &worker, &transport).text(refused(s, host));
        open.push_back(failed.because(notice).within(soon, late));
        if s.chance(twice) {
            let task = s.event("identity", "system_task_exception", &worker, &transport).text(refused(s, host));
            open.push_back(task.because(notice).within(soon, late));
        }
    }
}

fn notices_with_backoff(s: &Scene) {
    let transport = s.azure("transport");
    let host = s.word();
    let most = s.between(6, 8);
    for _ in 0..s.between(3, 8) {
        let login = s.event("identity", "login.failed", &s.somebody(), &transport).text(s.sentence(4));
        let text = format!("Event: {}", login.within(2_000, 90_000).said());
        let mut heard = login;
        for attempt in 1..=s.between(2, most) {
            let notice = s.wants(heard, "webhook.post", &transport, &text).attempt(attempt, most);
            notice.after((500 << attempt) + s.between(0, 400));
            heard = s.reports(notice, "webhook.failed", &refused(s, host)).within(30, 5_000);
        }
    }
}

fn scan_stamp_on_the_blob(s: &Scene) {
    let files = s.between(1, 3);
    let storage = Actor::new("storage", s.pick(&["system", "system", "unknown"]));
    let (soon, late) = s.pick(&[(50, 3_000), (2_000, 30_000)]);
    let mut changed: Vec<_> = (0..files)
        .map(|_| {
            let blob = format!("az:blob/uploads/{}.pdf", s.hex(8));
            let created = s.event("azure", "blob.created", &storage, &blob).state("etag", s.hex(12)).within(10, 4_000);
            (blob, created)
        })
        .collect();
    for round in s.rounds(s.between(30, 57) / files) {
        for (blob, event) in &mut changed {
            let now = s.timestamp();
            let stamp = s.wants(*event, "blob.tag", blob, &format!("verdict=clean; scanned-at={now}"));
            stamp.writes("scanned-at", &now).within(80, 2_500);
            if round == 0 {
                stamp.in_order();
            }
            *event = s.event("azure", "blob.updated", &storage, blob).state("etag", s.hex(12));
            event.because(stamp).within(soon, late);
        }
    }
}

fn bulk_upload_scanned(s: &Scene) {
    let size = s.between(25, 75);
    let plan = format!("scan-{}", s.hex(6));
    let storage = Actor::system("storage");
    for _ in 0..size {
        let blob = format!("az:blob/uploads/{}.pdf", s.hex(8));
        let created = s.event("azure", "blob.created", &storage, &blob).state("etag", s.hex(12)).within(5, 800);
        let now = s.timestamp();
        let stamp = s.wants(created, "blob.tag", &blob, &format!("verdict=clean; scanned-at={now}"));
        stamp.writes("scanned-at", &now).in_plan(&plan, size).within(80, 2_500);
        let updated = s.event("azure", "blob.updated", &storage, &blob).state("etag", s.hex(12));
        updated.because(stamp).within(50, 3_000);
    }
}

/// A phone number with blanks and without.
fn phone(s: &Scene) -> (String, String) {
    let (country, area, line) = (s.pick(&["+49", "+44", "+1"]), s.between(20, 999), s.between(100_000, 9_999_999));
    (format!("{country} {area} {line}"), format!("{country}{area}{line}"))
}

fn phone_number_in_two_formats(s: &Scene) {
    let (here, there) = (format!("hs:contact/{}", s.between(100, 9_999)), format!("sf:contact/{}", s.hex(9)));
    let (spaced, plain) = phone(s);
    let formatter = Actor::new("contact-formatter", s.pick(&["app", "human", "unknown"]));
    let cleaner = Actor::new("data-quality", s.pick(&["app", "human", "bot"]));
    let (soon, late) = s.pick(&[(900, 8_000), (60_000, 300_000), (900_000, 1_800_000)]);
    let mut changed = s.event("hubspot", "contact.updated", &s.somebody(), &here).state("phone", &spaced);
    for _ in s.rounds(s.between(12, 29)) {
        let across = s.wants(changed, "contact.update", &there, &format!("phone {spaced}")).writes("phone", &spaced);
        across.within(300, 9_000);
        let cleaned = s.event("salesforce", "contact.updated", &cleaner, &there).state("phone", &plain);
        cleaned.because(across).within(soon, late);
        let back = s.wants(cleaned, "contact.update", &here, &format!("phone {plain}")).writes("phone", &plain);
        back.within(300, 9_000);
        changed = s.event("hubspot", "contact.updated", &formatter, &here).state("phone", &spaced);
        changed.because(back).within(soon, late);
    }
}

fn phone_numbers_cleaned_in_batches(s: &Scene) {
    let size = s.between(25, 70);
    let plan = format!("phones-{}", s.hex(6));
    let cleaner = Actor::app("data-quality");
    let start = s.person_orders("sf:contacts", "write all phone numbers the same way");
    for index in 0..size {
        let contact = format!("sf:contact/{}", s.hex(9));
        let (_, plain) = phone(s);
        let written = s.wants(start, "contact.update", &contact, &format!("phone {plain}")).writes("phone", &plain);
        written.in_plan(&plan, size).after(500 + index / 5 * 10_000 + s.between(0, 900));
        let confirmed = s.event("salesforce", "contact.updated", &s.us(), &contact).state("phone", &plain);
        confirmed.because(written).about(written).token(written).within(400, 4_000);
        if s.chance(50) {
            s.event("salesforce", "contact.updated", &cleaner, &contact).state("verified", "yes").because(written);
        }
    }
}

fn stock_differences_added_twice(s: &Scene) {
    let sku = format!("{}-{}", s.word(), s.between(10, 99));
    let (shop, house) = (format!("shop:inventory/{sku}"), format!("wms:stock/{sku}"));
    let connector = Actor::new("wms-connector", s.pick(&["app", "app", "unknown", "human"]));
    let (mut stock, step) = (s.between(40, 300), s.between(1, 9));
    let (soon, late) = s.pick(&[(700, 6_000), (10_000, 60_000), (300_000, 1_800_000)]);
    let mut reported = s.event("shopify", "inventory_levels/update", &s.somebody(), &shop);
    reported.state("available", (stock + step).to_string());
    for _ in s.rounds(s.between(24, 55)) {
        stock += step;
        let text = format!("shop has {stock}, difference +{step}");
        let added = s.wants(reported, "stock.adjust", &house, &text).writes("on-hand", stock.to_string());
        added.within(150, 3_000);
        reported = s.event("shopify", "inventory_levels/update", &connector, &shop);
        reported.state("available", (stock + step).to_string()).because(added).within(soon, late);
    }
}

fn flash_sale_on_two_channels(s: &Scene) {
    let sku = format!("{}-{}", s.word(), s.between(10, 99));
    let (shop, channels) = (format!("shop:inventory/{sku}"), [format!("mkt-a:{sku}"), format!("mkt-b:{sku}")]);
    let mut stock = s.between(60, 200);
    let gap = s.pick(&[2_000, 20_000, 120_000]);
    for order in 0..s.between(12, 38) {
        let returned = s.chance(20);
        let count = s.between(1, 2);
        stock = if returned { stock + count } else { stock.saturating_sub(count) };
        let kind = if returned { "orders/cancelled" } else { "orders/create" };
        let buyer = Actor::person(&format!("buyer{order}"));
        let ordered = s.event("shopify", kind, &buyer, &shop).state("available", stock.to_string()).within(300, gap);
        for channel in &channels {
            let text = format!("available {stock}");
            let set = s.wants(ordered, "stock.set", channel, &text).writes("available", stock.to_string());
            set.within(100, 1_500);
            let seen = s.event("marketplace", "listing.updated", &s.our_app(), channel).because(set);
            seen.state("available", stock.to_string()).token(set).within(200, 5_000);
        }
    }
}

fn thermostat_in_half_degrees(s: &Scene) {
    let room = format!("ha:climate/{}", s.pick(&["bath", "hall", "office", "kitchen", "attic"]));
    let (whole, rest) = (s.between(18, 23), s.pick(&[1, 2, 3, 4]));
    let chosen = format!("{whole}.{rest}");
    let rounded = format!("{whole}.{}", if rest <= 2 { 0 } else { 5 });
    let device = Actor::new("trv", s.pick(&["system", "unknown", "system"]));
    let (echoes_first, sensor) = (s.chance(40), Actor::system("sensor"));
    let (soon, late) = s.pick(&[(300, 3_000), (2_000, 20_000), (60_000, 600_000)]);
    let mut changed = s.event("home", "setpoint.chosen", &s.somebody(), &room).state("setpoint", &chosen);
    for _ in s.rounds(s.between(24, 58)) {
        let set = s.wants(changed, "climate.set", &room, &chosen).writes("setpoint", &chosen).within(20, 500);
        if echoes_first {
            s.event("home", "state_changed", &device, &room).state("setpoint", &chosen).because(set).within(40, 250);
        }
        if s.chance(10) {
            let warmth = format!("{whole}.{}", s.between(0, 9));
            s.event("home", "state_changed", &sensor, &room).state("temperature", warmth).within(10, 900);
        }
        changed = s.event("home", "state_changed", &device, &room).state("setpoint", &rounded);
        changed.because(set).within(soon, late);
    }
}

fn night_setback_each_day(s: &Scene) {
    let room = format!("ha:climate/{}", s.pick(&["bath", "hall", "office", "kitchen", "attic"]));
    let (day, night) = (format!("{}.0", s.between(20, 23)), format!("{}.0", s.between(15, 18)));
    let device = Actor::new("trv", s.pick(&["system", "unknown", "system"]));
    let warm = s.between(14, 17) * 3_600_000;
    for round in 0..2 * s.between(7, 21) {
        let (value, pause) = if round % 2 == 0 { (&day, 86_400_000 - warm) } else { (&night, warm) };
        let tick = s.tick(&room, pause - s.between(20_000, 40_000));
        let set = s.wants(tick, "climate.set", &room, value).within(20, 500);
        let confirmed = s.event("home", "state_changed", &device, &room).state("setpoint", value);
        confirmed.because(set).within(300, 20_000);
    }
}
