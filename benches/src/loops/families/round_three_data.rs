//! Of data on its way (queues, files, tables) and of things at home and in the field.

use super::super::{Family, careless, declared, looping};
use crate::loops::scene::{Actor, Event, Scene};

pub(super) const FAMILIES: &[Family] = &[
    looping(
        "dead_letters_sent_back_unread",
        "",
        "A redriver sends dead letters back as new messages, so the broker counts their deliveries from one again.",
        dead_letters_sent_back_unread,
    ),
    declared(
        "dead_letters_after_the_fix",
        "",
        "After a fix the dead letters are redriven as one plan; what fails again gets a second attempt and is parked.",
        dead_letters_after_the_fix,
    ),
    looping(
        "converter_reads_its_own_folder",
        "",
        "A function writes its result into the container whose new files start it, under a longer name each time.",
        converter_reads_its_own_folder,
    ),
    declared(
        "three_sizes_of_each_photo",
        "",
        "Each uploaded photo gets three smaller ones beside it, whose own events nobody handles.",
        three_sizes_of_each_photo,
    ),
    looping(
        "datasets_that_feed_each_other",
        "",
        "Our job runs when their dataset is new and makes ours new, which is what theirs waits for.",
        datasets_that_feed_each_other,
    ),
    declared(
        "backfill_day_by_day",
        "",
        "A backfill loads one day after the other, each started by the end of the one before.",
        backfill_day_by_day,
    ),
    looping(
        "two_way_replication_echo",
        "",
        "Two tables are kept equal by change capture in both directions, and the capture forgets who wrote.",
        two_way_replication_echo,
    ),
    declared(
        "table_moved_in_batches",
        "",
        "A table is copied in batches of rows to its new place, whose change capture reports each of them.",
        table_moved_in_batches,
    ),
    looping(
        "lamps_kept_in_step",
        "",
        "Two lamps mirror each other's state, the radio reports late, and they chase each other on and off.",
        lamps_kept_in_step,
    ),
    declared(
        "sunrise_in_small_steps",
        "",
        "A lamp is raised in small steps for an hour before waking, and reports each step.",
        sunrise_in_small_steps,
    ),
    looping(
        "lamp_seen_by_its_own_sensor",
        "",
        "It is dark, so the lamp goes on; now it is bright, so the lamp goes off; the sensor hangs below it.",
        lamp_seen_by_its_own_sensor,
    ),
    careless(
        "lamp_follows_people",
        "",
        "People walk through a corridor all evening, and the lamp goes on and off for each of them.",
        lamp_follows_people,
    ),
    looping(
        "setpoint_between_two_programs",
        "",
        "An energy saver and a comfort program correct the same thermostat, each after the other's correction.",
        setpoint_between_two_programs,
    ),
    declared(
        "setpoint_by_the_calendar",
        "",
        "A heating calendar writes four setpoints a day, and somebody turns the knob now and then.",
        setpoint_by_the_calendar,
    ),
    looping(
        "brokers_bridged_both_ways",
        "",
        "Two message brokers are bridged in both directions by two bridges, on one topic without a prefix.",
        brokers_bridged_both_ways,
    ),
    careless(
        "telemetry_bridged_one_way",
        "",
        "A gateway forwards the readings of a few sensors that mostly say the same.",
        telemetry_bridged_one_way,
    ),
];

const MINUTE: u64 = 60_000;
const HOUR: u64 = 60 * MINUTE;

fn dead_letters_sent_back_unread(s: &Scene) {
    let (queue, broker) = (s.azure("queue"), Actor::system("service-bus"));
    let count = s.between(1, 4);
    let order = s.between(10_000, 99_999);
    let reason =
        s.pick(&["MaxDeliveryCountExceeded", "Unhandled exception: Value cannot be null", "schema version 3 unknown"]);
    let letter =
        |n: u64| format!("{{\"order\":{},\"error\":\"{reason}\",\"seq\":{}}}", order + n, s.between(1_000, 99_999));
    let mut dead: Vec<_> = (0..count)
        .map(|n| s.event("azure", "message.deadlettered", &broker, &queue).text(letter(n)).at(0).after(100 * n))
        .collect();
    for _ in s.rounds(s.between(20, 40) / count + 5) {
        let gap = s.between(5_000, 5 * MINUTE);
        for (n, slot) in (0_u64..).zip(&mut dead) {
            let sent = s.wants(*slot, "message.send", &queue, &format!("redrive order {}", order + n)).after(300);
            *slot =
                s.event("azure", "message.deadlettered", &broker, &queue).because(sent).token_in(sent, 15).after(gap);
            slot.text(letter(n));
        }
        if s.chance(8) {
            s.person_says(&s.channel(), "the dead letter alarm is still red").within(100, 4_000);
        }
    }
}

fn dead_letters_after_the_fix(s: &Scene) {
    let (queue, broker) = (s.azure("queue"), Actor::system("service-bus"));
    let (count, plan) = (s.between(10, 50), format!("redrive-{}", s.hex(5)));
    let start = s.person_orders(&queue, "fixed in the last release, please redrive all");
    for n in 0..count {
        let text = format!("redrive order {}", 40_000 + n);
        let sent =
            s.wants(start, "message.send", &queue, &text).attempt(1, 2).in_plan(&plan, count).after(200 * n + 50);
        if s.chance(20) {
            let dead = s.event("azure", "message.deadlettered", &broker, &queue).because(sent).within(20_000, MINUTE);
            dead.text("MaxDeliveryCountExceeded");
            let again = s.wants(dead, "message.send", &queue, &text).attempt(2, 2);
            if s.chance(50) {
                let dead =
                    s.event("azure", "message.deadlettered", &broker, &queue).because(again).within(20_000, MINUTE);
                s.wants(dead, "message.park", &s.azure("parked"), &format!("parked {text}"));
            }
        }
    }
}

fn converter_reads_its_own_folder(s: &Scene) {
    let container = s.azure("container");
    let (suffix, storage) = (s.pick(&["-processed", "_converted", ".min", "-watermarked"]), Actor::system("storage"));
    let sender = if s.chance(30) { Actor::unknown("blob-events") } else { storage };
    let mut name = format!("{}-{}", s.word(), s.between(1, 99));
    let file = |name: &str| format!("{container}/{name}.csv");
    let grows = s.chance(50);
    let mut created = s.event("azure", "blob.created", &sender, &file(&name)).text(format!("{name}.csv"));
    for round in s.rounds(s.between(25, 60)) {
        name = if grows { format!("{name}{suffix}") } else { format!("{suffix}-{round}-{}", s.hex(6)) };
        let text = format!("write {name}.csv");
        let written = s.wants(created, "blob.write", &file(&name), &text).within(40, 3_000);
        created = s.event("azure", "blob.created", &sender, &file(&name)).because(written).within(20, 9_000);
        created.text(format!("{name}.csv")).tree(s.hex(32));
    }
}

fn three_sizes_of_each_photo(s: &Scene) {
    let (container, storage) = (s.azure("container"), Actor::system("storage"));
    for photo in 0..s.between(3, 22) {
        let name = format!("{container}/img-{}-{photo}.jpg", s.hex(4));
        let upload = s.event("azure", "blob.created", &storage, &name).tree(s.hex(32)).after(s.heavy_tail(20_000));
        for size in [64, 320, 1_280] {
            let small = format!("{name}.{size}.webp");
            let written = s.wants(upload, "blob.write", &small, &format!("{size} px")).within(100, 4_000);
            let seen = s.event("azure", "blob.created", &storage, &small).because(written).within(20, 3_000);
            seen.tree(s.hex(32)).token_in(written, 20);
        }
    }
}

fn datasets_that_feed_each_other(s: &Scene) {
    let (ours, theirs) = (s.azure("dataset-customers"), s.azure("dataset-segments"));
    let scheduler = if s.chance(50) { Actor::system("scheduler") } else { Actor::app("orchestrator") };
    let mut version = s.between(100, 900);
    let fresh = |version: u64| format!("partition {version}: {} rows", s.between(90_000, 110_000));
    let mut updated = s.event("azure", "dataset.updated", &scheduler, &theirs).text(fresh(version));
    for _ in s.rounds(s.between(20, 40)) {
        let run =
            s.wants(updated, "job.run", &ours, &format!("triggered by {theirs} v{version}")).within(1_000, 30_000);
        s.reports(run, "job.done", &fresh(version)).within(MINUTE, 20 * MINUTE);
        version += 1;
        updated = s.event("azure", "dataset.updated", &scheduler, &theirs).because(run).within(21 * MINUTE, 2 * HOUR);
        updated.text(fresh(version)).state("version", version.to_string());
    }
}

fn backfill_day_by_day(s: &Scene) {
    let (job, days, plan) = (s.azure("dataset-customers"), s.between(15, 75), format!("backfill-{}", s.hex(5)));
    let open = if s.chance(30) { 0 } else { days };
    let mut last = s.person_orders(&job, "load the history again");
    for day in 1..=days {
        let text = format!("load {}", s.pick(&["partition", "day"]));
        let run = s.wants(last, "job.run", &job, &format!("{text} {day}")).in_plan(&plan, open).progress(day);
        last = s.reports(run, "job.done", &format!("{} rows", s.between(90_000, 110_000))).within(20_000, 6 * MINUTE);
        last.progress(day);
    }
}

fn two_way_replication_echo(s: &Scene) {
    s.with_world(|world| world.token_survives = 0);
    let key = s.between(1_000, 99_999);
    let (left, right) = (format!("db:eu.orders/{key}"), format!("db:us.orders/{key}"));
    let capture = if s.chance(50) { Actor::system("cdc") } else { Actor::unknown("replicator") };
    let status = s.pick(&["paid", "shipped", "open"]);
    let row = || format!("status={status} updated_at={}", s.timestamp());
    let mut changed = s.event("other", "row.changed", &capture, &left).text(row()).state("status", status);
    let gap = s.pick(&[200, 2_000, 30_000]);
    for _ in s.rounds(s.between(12, 30)) {
        let copied = s.wants(changed, "row.write", &right, &row()).writes("status", status).within(5, 200);
        let echoed = s.event("other", "row.changed", &capture, &right).because(copied).within(gap / 4, gap);
        echoed.text(row()).state("status", status);
        let back = s.wants(echoed, "row.write", &left, &row()).writes("status", status).within(5, 200);
        changed = s.event("other", "row.changed", &capture, &left).because(back).within(gap / 4, gap);
        changed.text(row()).state("status", status);
    }
}

fn table_moved_in_batches(s: &Scene) {
    let (count, plan, capture) = (s.between(12, 70), format!("move-{}", s.hex(5)), Actor::system("cdc"));
    let mut last = s.person_orders("db:eu.orders", "move the orders to the new cluster");
    for batch in 1..=count {
        let text = format!("copy rows up to {}", batch * 10_000);
        let copied = s.wants(last, "row.write", "db:new.orders", &text).in_plan(&plan, count).progress(batch * 10_000);
        let seen = s.event("other", "row.changed", &capture, "db:new.orders").because(copied).within(100, 3_000);
        seen.text(format!("rows up to {}", batch * 10_000));
        last = s.reports(copied, "batch.done", "10000 rows").within(3_000, 20_000);
    }
}

fn lamps_kept_in_step(s: &Scene) {
    let room = s.pick(&["kitchen", "hall", "porch", "studio"]);
    let lamps = [format!("iot:light/{room}-{}", s.between(1, 9)), format!("iot:light/{room}-strip")];
    let hub = if s.chance(50) { Actor::system("hub") } else { Actor::unknown("zigbee-bridge") };
    let late = s.pick(&[300, 1_500, 6_000]);
    let mut on = true;
    let switch = |on: bool| if on { "on" } else { "off" };
    let mut heard = s.event("other", "state_changed", &hub, &lamps[0]).state("power", "on");
    for round in s.rounds(s.between(25, 60)) {
        // The answer of the other lamp is to the command before the last one, so the value keeps turning.
        let target = &lamps[usize::from(round % 2 == 0)];
        let set = s
            .wants(heard, "device.set", target, &format!("turn {}", switch(on)))
            .writes("power", switch(on))
            .within(10, 120);
        on = if s.chance(85) { !on } else { on };
        heard = s.event("other", "state_changed", &hub, target).because(set).within(late / 2, late).object("");
        heard.state("power", switch(on));
    }
}

fn sunrise_in_small_steps(s: &Scene) {
    let (lamp, hub) = (format!("iot:light/bedroom-{}", s.between(1, 9)), Actor::system("hub"));
    for morning in 0..s.between(1, 4) {
        let plan = format!("sunrise-{}-{morning}", s.hex(4));
        let (steps, mut now) = (s.between(8, 20), s.tick(&lamp, if morning == 0 { HOUR } else { 23 * HOUR }));
        for step in 1..=steps {
            let level = (step * 100 / steps).to_string();
            let set = s.wants(now, "device.set", &lamp, &format!("brightness {level}")).writes("brightness", &level);
            set.in_plan(&plan, steps).progress(morning * 100 + step);
            let seen = s.event("other", "state_changed", &hub, &lamp).because(set).within(100, 2_000).object("");
            seen.state("brightness", &level);
            now = s.tick(&lamp, 3 * MINUTE);
        }
    }
}

fn lamp_seen_by_its_own_sensor(s: &Scene) {
    let area = s.pick(&["office", "kitchen", "garage"]);
    let (lamp, sensor) = (format!("iot:light/{area}"), format!("iot:lux/{area}"));
    let hub = if s.chance(60) { Actor::system("hub") } else { Actor::unknown("sensor-bridge") };
    let (dark, bright) = (s.between(5, 30), s.between(180, 400));
    let mut reading = s.event("other", "sensor.reading", &hub, &sensor).text(format!("{dark} lx")).object("");
    for round in s.rounds(s.between(24, 60)) {
        let (power, base) = if round % 2 == 0 { ("on", bright) } else { ("off", dark) };
        let set =
            s.wants(reading, "device.set", &lamp, &format!("turn {power}")).writes("power", power).within(20, 800);
        if s.chance(50) {
            s.event("other", "state_changed", &hub, &lamp).because(set).state("power", power).within(100, 900);
        }
        let lux = base + s.between(0, 9);
        reading = s.event("other", "sensor.reading", &hub, &sensor).because(set).within(1_000, MINUTE);
        reading.text(format!("{lux} lx")).state("illuminance", lux.to_string()).object("");
    }
}

fn lamp_follows_people(s: &Scene) {
    let floor = s.between(1, 9);
    let (lamp, sensor, hub) =
        (format!("iot:light/corridor-{floor}"), format!("iot:motion/{floor}"), Actor::system("hub"));
    for _ in 0..s.between(8, 35) {
        for (motion, power, wait) in
            [("on", "on", s.heavy_tail(5 * MINUTE)), ("off", "off", s.between(20_000, 2 * MINUTE))]
        {
            let seen = s.event("other", "state_changed", &hub, &sensor).state("motion", motion).after(wait).object("");
            let set = s.wants(seen, "device.set", &lamp, &format!("turn {power}"));
            s.event("other", "state_changed", &hub, &lamp).because(set).state("power", power).within(100, 900);
        }
    }
}

fn setpoint_between_two_programs(s: &Scene) {
    let (thermostat, other) = (format!("iot:climate/{}", s.word()), s.between(210, 225));
    let program = if s.chance(40) { Actor::person("h2") } else { Actor::app("comfort") };
    let degrees = |tenths: u64| format!("{}.{}", tenths / 10, tenths % 10);
    let saver = s.between(170, 195);
    let mut raised = s.event("other", "state_changed", &program, &thermostat).state("setpoint", degrees(other));
    for _ in s.rounds(s.between(20, 45)) {
        let ours = degrees(saver + s.between(0, 3));
        let text = format!("saving energy: {ours} C");
        let set = s.wants(raised, "device.set", &thermostat, &text).writes("setpoint", &ours).within(500, 10_000);
        let theirs = degrees(other + s.between(0, 2));
        let wait = s.heavy_tail(4 * MINUTE);
        raised = s.event("other", "state_changed", &program, &thermostat).because(set).after(wait + 10_000);
        raised.text(format!("comfort override {theirs}")).state("setpoint", &theirs);
    }
}

fn setpoint_by_the_calendar(s: &Scene) {
    s.with_world(|world| world.says_values = true);
    let (thermostat, hub) = (format!("iot:climate/{}", s.word()), Actor::system("hub"));
    let day = s.pick(&[["19.0", "21.5", "20.0", "17.5"], ["18.0", "22.0", "21.0", "16.0"]]);
    for _ in 0..s.between(4, 14) {
        for (value, hours) in day.into_iter().zip([7, 3, 9, 5]) {
            let due = s.tick(&thermostat, hours * HOUR);
            let set =
                s.wants(due, "device.set", &thermostat, &format!("calendar: {value} C")).writes("setpoint", value);
            let seen: Event<'_> = s.event("other", "state_changed", &hub, &thermostat).because(set);
            seen.state("setpoint", value).object("");
        }
        if s.chance(30) {
            let turned = s.event("other", "state_changed", &s.somebody(), &thermostat).within(MINUTE, HOUR);
            turned.state("setpoint", "23.0");
        }
    }
}

fn brokers_bridged_both_ways(s: &Scene) {
    let topic = format!("sensor/{}/{}", s.word(), s.between(1, 40));
    let (here, there) = (format!("mqtt:plant/{topic}"), format!("mqtt:cloud/{topic}"));
    let bridge = if s.chance(50) { Actor::unknown("bridge-2") } else { Actor::app("bridge-2") };
    let payload = format!("{{\"v\":{},\"ts\":{}}}", s.between(10, 900), s.between(1_700_000_000, 1_800_000_000));
    let wait = s.pick(&[40, 400, 5_000]);
    // No delivery has an object: the protocol knows none.
    let mut heard = s.event("other", "message", &Actor::unknown("sensor"), &here).text(&payload).object("");
    for _ in s.rounds(s.between(25, 60)) {
        let sent = s.wants(heard, "publish", &there, &payload).within(1, 60);
        heard = s.event("other", "message", &bridge, &here).because(sent).within(wait / 2, wait * 2);
        heard.text(&payload).object("");
        if s.chance(20) {
            let fresh = s.between(10, 900);
            let other = s.event("other", "message", &Actor::unknown("sensor"), &format!("{here}/battery"));
            other.text(format!("{{\"v\":{fresh}}}")).object("").within(0, 30);
        }
    }
}

fn telemetry_bridged_one_way(s: &Scene) {
    let sensors: Vec<_> = (0..s.between(1, 4)).map(|n| format!("{}/{n}", s.word())).collect();
    let usual = s.between(200, 230);
    for _ in 0..s.between(10, 20) {
        for sensor in &sensors {
            let value = if s.chance(70) { usual } else { usual + s.between(1, 4) };
            let read = s.event("other", "message", &Actor::unknown("sensor"), &format!("mqtt:plant/{sensor}"));
            read.text(format!("{{\"v\":{value}}}")).object("").within(4_000, 20_000);
            s.wants(read, "publish", &format!("mqtt:cloud/{sensor}"), &read.said()).within(1, 60);
        }
    }
}
