//! Clouds and things: addresses, device twins, drifted nodes, slots, edge caches, replicas and a speaker.

use crate::loops::families::{Family, careless, declared, looping};
use crate::loops::scene::{Actor, Scene};

pub(super) const FAMILIES: &[Family] = &[
    looping(
        "two_addresses_of_one_station",
        "",
        "A station hangs on cable and radio; we write its reported address and connect there, and it reports the other one",
        two_addresses_of_one_station,
    ),
    careless(
        "addresses_of_roaming_laptops",
        "",
        "Laptops roam between floors and docks all day, some between the same two addresses, and their DNS records follow",
        addresses_of_roaming_laptops,
    ),
    looping(
        "twin_version_never_matches",
        "",
        "A device confirms its desired settings with their version, the confirmation raises the version, and we send the settings again",
        twin_version_never_matches,
    ),
    declared(
        "twins_configured_in_waves",
        "",
        "A setting is written to the twins of many devices in waves, each a plan of known size, and late devices get a second attempt",
        twins_configured_in_waves,
    ),
    looping(
        "new_node_has_drifted_too",
        "",
        "We replace nodes whose labels differ from their template, and a cost tool labels each new node as soon as it has started",
        new_node_has_drifted_too,
    ),
    declared(
        "nodes_replaced_for_an_image",
        "",
        "After a new image the nodes of several pools have drifted and are replaced one by one, each pool by a plan of known size",
        nodes_replaced_for_an_image,
    ),
    looping(
        "auto_swap_after_each_deployment",
        "",
        "A deployment to staging is swapped into production by itself; staging then has the old version, and we deploy the newest there",
        auto_swap_after_each_deployment,
    ),
    declared(
        "slots_swapped_for_each_release",
        "",
        "Each merge is deployed to staging, warmed up in a few declared attempts and swapped; the old version stays for a way back",
        slots_swapped_for_each_release,
    ),
    looping(
        "etags_of_two_servers",
        "",
        "We purge a page whose tag at the edge differs from that of the origin, where two servers compute two tags for the same file",
        etags_of_two_servers,
    ),
    declared(
        "pages_purged_after_edits",
        "",
        "Editors publish pages all day, each is purged with its index page by a plan of two, and a stale one once more",
        pages_purged_after_edits,
    ),
    looping(
        "failover_to_a_lagging_replica",
        "",
        "We fail over to the replica when writes are slow; the old primary has to catch up and slows down the new one",
        failover_to_a_lagging_replica,
    ),
    declared(
        "failover_drill_of_databases",
        "",
        "In a drill each database is failed over and back by a plan of two while people look on, and lag alarms come and go",
        failover_drill_of_databases,
    ),
    looping(
        "announcement_heard_as_a_command",
        "",
        "A speaker announces what it has switched, another one hears the announcement as a command, and it is switched and announced",
        announcement_heard_as_a_command,
    ),
    careless(
        "announcements_of_a_busy_home",
        "",
        "A family speaks to its home all evening, often the same commands, and each is carried out and announced in every room",
        announcements_of_a_busy_home,
    ),
];

fn two_addresses_of_one_station(s: &Scene) {
    let (record, station) = (s.azure("dns"), format!("iot:station/{}", s.between(1, 60)));
    let who = Actor::new("station", s.pick(&["system", "unknown", "app"]));
    let (connects, per_record, numbered) = (s.chance(45), s.chance(50), s.chance(40));
    let addresses = ["192.168.178.45", "10.0.4.17"];
    let (soon, late) = s.pick(&[(40, 400), (2_000, 9_000), (55_000, 65_000)]);
    let reported = |address: &str, serial: u64| {
        let serial = if numbered { format!(", report {serial}") } else { String::new() };
        let event = s.event("mqtt", "device.changed", &who, &station).text(format!("my address is {address}{serial}"));
        event.state("ip", address)
    };
    let place = if per_record { &record } else { &station };
    // As long as only the cable was plugged in, it changed after a restart.
    for day in 0..s.between(0, 3) {
        let address = format!("192.168.178.{}", 46 + day);
        let event = reported(&address, day).within(9_000_000, 80_000_000);
        s.wants(event, "dns.write", place, &address).writes("ip", &address);
    }
    let mut heard = reported(addresses[0], 10).within(9_000_000, 80_000_000);
    for round in s.rounds(if connects { s.between(12, 26) } else { s.between(24, 52) }) {
        let address = addresses[usize::try_from(round % 2).unwrap_or(0)];
        let mut act = s.wants(heard, "dns.write", place, address).writes("ip", address).within(20, 200);
        if connects {
            act = s.wants(heard, "device.connect", &station, address).within(210, 900);
        }
        let other = addresses[usize::try_from((round + 1) % 2).unwrap_or(0)];
        if s.chance(6) {
            let battery = s.event("mqtt", "device.reading", &Actor::unknown("camera-2"), "iot:camera/2");
            battery.text(format!("battery {} %", s.between(20, 99))).within(100, 30_000);
        }
        heard = reported(other, 11 + round).because(act).within(soon, late);
    }
}

fn addresses_of_roaming_laptops(s: &Scene) {
    let (count, gap) = (s.between(2, 7), s.pick(&[20_000, 240_000, 1_500_000]));
    for _ in 0..s.between(10, 60) {
        let number = s.between(1, count);
        let (name, address) = (format!("laptop{number}"), format!("10.{}.0.{}", s.pick(&[2, 3]), 20 + number));
        let leased = s.event("azure", "lease.granted", &Actor::system("dhcp"), &format!("az:host/{name}"));
        leased.text(format!("{name} has {address}")).state("ip", &address).within(gap / 8, gap);
        let act = s.wants(leased, "dns.write", &format!("az:dns/{name}"), &address).writes("ip", &address);
        if s.chance(20) {
            let synced = s.event("azure", "dns.synced", &Actor::system("dns"), "az:dns/secondary").because(act);
            synced.text(format!("{name} has {address}")).within(20_000, 70_000);
        }
    }
}

fn twin_version_never_matches(s: &Scene) {
    let device = s.azure("device");
    let who = Actor::new("sensor-17", s.pick(&["system", "unknown", "app"]));
    let (logs, shows, rounds_off, keeps) = (s.chance(35), s.chance(70), s.chance(30), s.pick(&[0, 0, 60, 100]));
    let (soon, late) = s.pick(&[(700, 2_500), (20_000, 65_000), (850_000, 950_000)]);
    let mut version = s.between(3, 90);
    let mut heard = s.event("azure", "twin.connected", &who, &device).text(format!("settings of version {version}"));
    for round in s.rounds(if logs { s.between(12, 26) } else { s.between(22, 50) }) {
        let interval = if rounds_off { 60 + round % 2 } else { 60 };
        let text =
            if shows { format!("interval {interval} s, version {version}") } else { format!("interval {interval} s") };
        let write = s.wants(heard, "twin.write", &device, &text).writes("interval", interval.to_string());
        write.within(50, 500);
        if logs {
            s.wants(heard, "log.append", &s.azure("log"), &format!("{} settings outdated", s.timestamp())).after(600);
        }
        version += 1;
        heard = s.event("azure", "twin.reported", &who, &device).because(write).token_in(write, keeps);
        heard.text(format!("settings of version {version} are in use")).state("interval", interval.to_string());
        heard.within(soon, late);
        if s.chance(7) {
            let other = s.event("azure", "telemetry", &Actor::unknown("sensor-18"), "az:device/18");
            other.text(format!("{} degrees", s.between(17, 24))).within(100, 20_000);
        }
    }
}

fn twins_configured_in_waves(s: &Scene) {
    let mut next = 1;
    for wave in 0..s.between(1, 3) {
        let (size, plan) = (s.between(5, 18), format!("wave-{wave}"));
        let order = s.person_orders("az:devices", "interval 60 s for the next wave").within(600_000, 80_000_000);
        for place in 0..size {
            let device = format!("az:device/{next}");
            let who = Actor::new(&format!("sensor-{next}"), s.pick(&["system", "unknown"]));
            next += 1;
            let write = s.wants(order, "twin.write", &device, "interval 60 s").writes("interval", "60");
            let mut last = write.in_plan(&plan, size).after(300 + place * 700);
            if s.chance(20) {
                let silent = s.tick(&device, 0).because(last).text("has not confirmed").after(900_000);
                last = s.wants(silent, "twin.write", &device, "interval 60 s").writes("interval", "60").attempt(2, 2);
            }
            let done = s.event("azure", "twin.reported", &who, &device).because(last).token(last);
            done.text("settings of version 2 are in use").state("interval", "60").within(2_000, 300_000);
        }
    }
}

fn new_node_has_drifted_too(s: &Scene) {
    let pool = s.azure("pool");
    let (drains, named, keeps) = (s.chance(45), s.chance(60), s.pick(&[0, 0, 40]));
    let scaler = Actor::new(s.pick(&["node-controller", "kubernetes"]), s.pick(&["system", "app", "unknown"]));
    let (soon, late) = s.pick(&[(60_000, 200_000), (600_000, 1_000_000), (3_500_000, 3_700_000)]);
    let drifted = |name: &str| {
        let place = if named { format!("{pool}/{name}") } else { pool.clone() };
        let event = s.event("azure", "node.drifted", &scaler, &place);
        (event.text(format!("{name}: label cost-center is not in the template")).state("drift", "yes"), place)
    };
    // Nodes of a changed template are replaced once.
    for _ in 0..s.between(0, 3) {
        let name = format!("node-{}", s.hex(5));
        let event = s.event("azure", "node.drifted", &scaler, &format!("{pool}/{name}")).text("the image is old");
        s.wants(event.within(900_000, 9_000_000), "node.replace", &pool, &name).within(1_000, 9_000);
    }
    let count = if drains { 1 } else { s.pick(&[1, 1, 2, 3]) };
    let mut wave = Vec::new();
    for index in 0..count {
        let name = format!("node-{}", s.hex(5));
        let (event, place) = drifted(&name);
        let event = if index == 0 { event.within(900_000, 9_000_000) } else { event.after(700) };
        wave.push((name, event, place));
    }
    for _ in s.rounds(if drains { s.between(12, 26) } else { s.between(25, 46) / count }) {
        let (delay, wait, mut next) = (s.between(1_000, 9_000), s.between(soon, late), Vec::new());
        for (name, heard, place) in wave {
            if drains {
                s.wants(heard, "node.drain", &place, &name).within(300, 900);
            }
            let replace = s.wants(heard, "node.replace", &pool, &name).after(delay);
            let name = format!("node-{}", s.hex(5));
            let (event, place) = drifted(&name);
            next.push((name, event.because(replace).token_in(replace, keeps).after(wait), place));
        }
        if s.chance(7) {
            s.person_says(&s.channel(), s.pick(&["my pod has moved again", "why do nodes live so short?"]))
                .within(900, 90_000);
        }
        wave = next;
    }
}

fn nodes_replaced_for_an_image(s: &Scene) {
    for pool in 0..s.between(1, 4) {
        let (place, size, plan) = (format!("az:pool/{pool}"), s.between(5, 15), format!("image-{pool}"));
        let controller = Actor::system("node-controller");
        let mut heard = s.person_orders(&place, "roll out the new image").within(600_000, 9_000_000);
        for left in (0..size).rev() {
            let name = format!("node-{}", s.hex(5));
            let replace = s.wants(heard, "node.replace", &place, &name).in_plan(&plan, size).within(1_000, 9_000);
            heard = s.event("azure", "node.ready", &controller, &place).because(replace).token(replace);
            heard.text(format!("node-{} is ready, {left} have drifted", s.hex(5))).within(60_000, 240_000);
        }
        s.wants(heard, "message", &s.channel(), &format!("{place} has the new image")).within(900, 4_000);
    }
}

fn auto_swap_after_each_deployment(s: &Scene) {
    let app = s.azure("app");
    let staging = format!("{app}/staging");
    let platform = Actor::new("azure", s.pick(&["system", "system", "unknown"]));
    let (tells, reports, counts, keeps) = (s.chance(35), s.chance(50), s.chance(50), s.pick(&[0, 0, 50]));
    let versions = ["2026.3.14", "2026.3.13"];
    let (soon, late) = s.pick(&[(30_000, 90_000), (200_000, 600_000), (1_500_000, 2_000_000)]);
    // At first people swapped by hand, and staging was brought up to date once.
    for day in 0..s.between(0, 3) {
        let swapped = s.event("azure", "slot.swapped", &s.somebody(), &app).text(format!("2026.3.{} is live", 9 + day));
        s.wants(swapped.within(9_000_000, 80_000_000), "deploy", &staging, &format!("2026.3.{}", 9 + day));
    }
    let mut heard = s.event("azure", "slot.swapped", &s.somebody(), &app).text("2026.3.14 is live");
    heard.within(9_000_000, 80_000_000);
    for round in s.rounds(if tells { s.between(12, 26) } else { s.between(22, 46) }) {
        let text = if counts { format!("2026.3.14, build {}", 700 + round) } else { versions[0].to_owned() };
        let deploy = s.wants(heard, "deploy", &staging, &text).writes("version", versions[0]).within(900, 9_000);
        if tells {
            s.wants(heard, "message", &s.channel(), &format!("Staging was behind, {text} is on its way.")).after(9_900);
        }
        let wait = s.between(soon, late);
        if reports {
            s.reports(deploy, "deploy.done", &text).after(wait / 2);
        }
        if s.chance(6) {
            s.person_says(&s.channel(), s.pick(&["is somebody releasing?", "my session is gone again"]))
                .within(900, 60_000);
        }
        heard = s.event("azure", "slot.swapped", &platform, &app).because(deploy).token_in(deploy, keeps);
        heard.text(format!("auto swap: {} is live, {} is in staging", versions[0], versions[1])).after(wait);
    }
}

fn slots_swapped_for_each_release(s: &Scene) {
    let (app, staging) = (s.azure("app"), format!("{}/staging", s.azure("app")));
    for release in 0..s.between(2, 9) {
        let version = format!("2026.4.{release}");
        let merged = s.event("github", "push", &s.somebody(), &s.part("@main")).text(s.sentence(6)).tree(s.hex(40));
        merged.within(1_800_000, 30_000_000);
        let deploy = s.wants(merged, "deploy", &staging, &version).writes("version", &version);
        let mut heard = s.reports(deploy, "deploy.done", &version).within(60_000, 300_000);
        let tries = s.between(1, 4);
        for attempt in 1..=tries {
            let warm = s.wants(heard, "http.get", &staging, "/health").attempt(attempt, 5).within(5_000, 20_000);
            let text = if attempt < tries { "503 starting" } else { "200 ok" };
            heard = s.reports(warm, "http.done", text).within(100, 3_000);
        }
        let swap = s.wants(heard, "slot.swap", &app, &version).writes("live", &version).within(900, 9_000);
        let swapped = s.event("azure", "slot.swapped", &Actor::system("azure"), &app).because(swap).token(swap);
        swapped.text(format!("{version} is live")).within(20_000, 90_000);
        s.wants(swapped, "message", &s.channel(), &format!("{version} is live")).within(300, 2_000);
    }
}

fn etags_of_two_servers(s: &Scene) {
    let page = format!("cdn:shop/{}.html", s.word());
    let edge = if s.chance(50) { page.clone() } else { "cdn:shop".to_owned() };
    let watcher = Actor::new("edge-monitor", s.pick(&["system", "app", "bot", "unknown"]));
    let tags = [s.hex(16), s.hex(16)];
    let (shows, warms, keeps) = (s.chance(60), s.chance(40), s.pick(&[0, 0, 60]));
    let (soon, late) = s.pick(&[(2_000, 9_000), (58_000, 62_000), (890_000, 910_000)]);
    let differs = |at_edge: &str, at_origin: &str| {
        let text = if shows { format!("edge has {at_edge}, origin has {at_origin}") } else { "stale copy".to_owned() };
        s.event("cdn", "copy.stale", &watcher, &page).text(text)
    };
    // With one server behind it a copy was stale only after an edit.
    for _ in 0..s.between(0, 4) {
        let (old, new) = (s.hex(16), s.hex(16));
        s.wants(differs(&old, &new).within(900_000, 30_000_000), "cdn.purge", &edge, &page);
    }
    let mut heard = differs(&tags[0], &tags[1]).within(900_000, 30_000_000);
    for round in s.rounds(if warms { s.between(12, 27) } else { s.between(22, 54) }) {
        let act = s.wants(heard, "cdn.purge", &edge, &page).within(100, 900);
        if warms {
            s.wants(heard, "cdn.warm", &edge, &page).within(1_000, 1_900);
        }
        if s.chance(6) {
            let edit = s.event("cms", "page.saved", &s.somebody(), "cms:drafts").text(s.sentence(4));
            edit.within(900, 60_000);
        }
        let first = usize::try_from((round + s.between(0, 1)) % 2).unwrap_or(0);
        heard = differs(&tags[first], &tags[1 - first]).because(act).token_in(act, keeps).within(soon, late);
    }
}

fn pages_purged_after_edits(s: &Scene) {
    let gap = s.pick(&[30_000, 400_000, 3_000_000]);
    for number in 0..s.between(3, 24) {
        let (page, plan) = (format!("cdn:shop/{}.html", s.word()), format!("publish-{number}"));
        let edit = s.event("cms", "page.published", &s.somebody(), &page).text(s.sentence(4)).within(gap / 4, gap);
        let purge = s.wants(edit, "cdn.purge", &page, &page).in_plan(&plan, 2).within(100, 900);
        s.wants(edit, "cdn.purge", "cdn:shop/index.html", &page).in_plan(&plan, 2).within(1_000, 1_900);
        if s.chance(15) {
            let stale = s.event("cdn", "copy.stale", &Actor::system("edge-monitor"), &page).because(purge);
            stale.text("stale copy").within(5_000, 20_000);
            s.wants(stale, "cdn.purge", &page, &page).attempt(2, 2);
        }
    }
}

fn failover_to_a_lagging_replica(s: &Scene) {
    let cluster = s.azure("cluster");
    let monitor = Actor::new("db-monitor", s.pick(&["system", "app", "bot", "unknown"]));
    let (tells, shows, thinks, keeps) = (s.chance(45), s.chance(60), s.chance(40), s.pick(&[0, 0, 50]));
    let (soon, late) = s.pick(&[(40_000, 120_000), (600_000, 1_500_000), (7_000_000, 15_000_000)]);
    let slow = |node: &str| {
        let event = s.event("azure", "alert.fired", &monitor, &cluster).state("primary", node);
        event.text(format!("writes on {node} take {} ms", s.between(900, 4_000)))
    };
    let mut heard = slow("db-a");
    for round in s.rounds(if tells { s.between(12, 24) } else { s.between(22, 44) }) {
        let (old, new) = if round % 2 == 0 { ("db-a", "db-b") } else { ("db-b", "db-a") };
        let act = s.wants(heard, "db.failover", &cluster, new).writes("primary", new).within(2_000, 20_000);
        if tells {
            let text = if thinks { s.paraphrase() } else { format!("{old} is slow, {new} takes over.") };
            s.wants(heard, "message", &s.channel(), &text).within(20_100, 29_000);
        }
        if shows {
            let done = s.event("azure", "db.failed_over", &Actor::system("azure"), &cluster).because(act);
            done.state("primary", new).token_in(act, keeps).within(5_000, 30_000);
        }
        if s.chance(8) {
            let asked = s.person_says(&s.channel(), s.pick(&["orders hang", "is that still the same incident?"]));
            s.wants(asked.within(900, 90_000), "message", &s.channel(), &s.paraphrase()).in_order();
        }
        heard = slow(new).because(act).within(soon, late);
    }
}

fn failover_drill_of_databases(s: &Scene) {
    for number in 0..s.between(3, 12) {
        let (cluster, plan) = (format!("az:cluster/{number}"), format!("drill-{number}"));
        let mut heard = s.person_orders(&cluster, "over and back").within(600_000, 5_000_000);
        for (step, node) in (1..).zip(["db-b", "db-a"]) {
            let act = s.wants(heard, "db.failover", &cluster, node).writes("primary", node).in_plan(&plan, 2);
            if s.chance(40) {
                let lag = s.event("azure", "alert.fired", &Actor::system("db-monitor"), &cluster).because(act);
                lag.text(format!("replica is {} s behind", s.between(20, 90))).within(8_000, 20_000);
            }
            heard = s.event("azure", "db.failed_over", &Actor::system("azure"), &cluster).because(act).token(act);
            heard.state("primary", node).within(30_000, 200_000);
            let text = format!("{cluster}: step {step} of 2 is done");
            s.wants(heard, "message", &s.channel(), &text).within(300, 1_500);
        }
    }
}

fn announcement_heard_as_a_command(s: &Scene) {
    let (lamp, speaker) = ("home:lamp/kitchen", "home:speaker/living");
    // The voice service knows the voice of nobody, or takes it for that of the owner.
    let voice = Actor::new("voice", s.pick(&["human", "human", "unknown", "app"]));
    let (thinks, swaps, keeps) = (s.chance(35), s.chance(50), s.pick(&[0, 0, 0, 40]));
    let (soon, late) = s.pick(&[(900, 3_000), (3_000, 9_000), (20_000, 40_000)]);
    let command = |value: &str| {
        let event = s.event("voice", "command.heard", &voice, lamp);
        event.text(format!("kitchen light {value}"))
    };
    // While the other speaker was switched off people commanded it.
    for _ in 0..s.between(0, 3) {
        let value = s.pick(&["on", "off"]);
        let heard =
            s.event("voice", "command.heard", &Actor::person("h2"), lamp).text(format!("kitchen light {value}"));
        heard.within(60_000, 3_000_000);
        s.wants(heard, "light.set", lamp, value).writes("power", value).within(50, 300);
        s.wants(heard, "speak", speaker, &format!("The kitchen light is {value}.")).within(310, 900);
    }
    let mut heard = command("on").within(60_000, 3_000_000);
    for round in s.rounds(s.between(12, 23)) {
        let value = if swaps && round % 2 == 1 { "off" } else { "on" };
        s.wants(heard, "light.set", lamp, value).writes("power", value).within(50, 300);
        let text = if thinks { s.paraphrase() } else { format!("The kitchen light is {value}.") };
        let spoken = s.wants(heard, "speak", speaker, &text).within(310, 900);
        if s.chance(10) {
            let other = s.event("voice", "command.heard", &Actor::person("h3"), "home:lamp/hall").text("hall light on");
            s.wants(other.within(50, 900), "light.set", "home:lamp/hall", "on").writes("power", "on").in_order();
        }
        let next = if swaps && round % 2 == 0 { "off" } else { "on" };
        heard = command(next).because(spoken).token_in(spoken, keeps).within(soon, late);
    }
}

fn announcements_of_a_busy_home(s: &Scene) {
    let gap = s.pick(&[8_000, 60_000, 500_000]);
    let lamps = ["home:lamp/kitchen", "home:lamp/hall", "home:lamp/desk"];
    for _ in 0..s.between(4, 30) {
        let (lamp, value) = (s.pick(&lamps), s.pick(&["on", "off"]));
        let heard = s.event("voice", "command.heard", &s.somebody(), lamp).text(format!("light {value}"));
        heard.within(gap / 8, gap);
        s.wants(heard, "light.set", lamp, value).writes("power", value).within(50, 300);
        let spoken = s.wants(heard, "speak", "home:speaker/all", &format!("The light is {value}.")).within(310, 900);
        if s.chance(15) {
            // The other speaker hears that something was said and understands no command.
            let unclear = s.event("voice", "speech.unclear", &Actor::unknown("voice"), "home:speaker/bedroom");
            unclear.because(spoken).text("").within(900, 3_000);
        }
    }
}
