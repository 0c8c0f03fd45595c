//! Certificates and tokens, devices and their brokers, and a door.

use std::collections::VecDeque;

use crate::loops::families::{Family, careless, declared, looping};
use crate::loops::scene::{Act, Actor, Event, Scene};

pub(super) const FAMILIES: &[Family] = &[
    looping(
        "two_certificates_one_secret",
        "",
        "Two certificates are to be kept in one secret; what we issue for one of them is a mismatch for the other (cert-manager)",
        two_certificates_one_secret,
    ),
    declared(
        "certificates_of_a_new_cluster",
        "",
        "The certificates of a new cluster are issued by a plan of known size, and a busy authority gets a second attempt at some",
        certificates_of_a_new_cluster,
    ),
    looping(
        "token_refreshed_and_refused",
        "",
        "An interface refuses each of our tokens for its audience; we take that for an expired one, refresh it and call again",
        token_refreshed_and_refused,
    ),
    declared(
        "token_refreshed_each_hour",
        "",
        "A token expires each hour, the call is refused once, the token is refreshed and the call made as attempt two of two",
        token_refreshed_each_hour,
    ),
    looping(
        "version_label_never_matches",
        "",
        "Devices report their firmware without the letter of the label that we compare with, so each boot is worth an update",
        version_label_never_matches,
    ),
    declared(
        "firmware_in_rings",
        "",
        "A new firmware is offered ring by ring as a plan of known size, and devices that fall back get a declared second attempt",
        firmware_in_rings,
    ),
    looping(
        "two_clients_with_one_id",
        "",
        "Two clients share an id, the broker closes the older session, and each connects again as soon as it was closed (MQTT)",
        two_clients_with_one_id,
    ),
    declared(
        "gateway_on_a_train",
        "",
        "A gateway on a train loses its broker in each tunnel and connects again as attempt n of m with growing pauses",
        gateway_on_a_train,
    ),
    looping(
        "each_ack_is_acknowledged",
        "",
        "We confirm each message of a radio sensor by one that wants to be confirmed, for which the sensor sends an empty one",
        each_ack_is_acknowledged,
    ),
    careless(
        "readings_acknowledged",
        "",
        "A few radio sensors send a reading every few minutes, and each of them is acknowledged with the same empty message",
        readings_acknowledged,
    ),
    looping(
        "door_meets_an_obstacle",
        "",
        "An open garage door is closed after a while; something stands in its way, it turns round, and is an open door again",
        door_meets_an_obstacle,
    ),
    declared(
        "door_closed_after_cars",
        "",
        "Cars and children come and go, the garage door is closed some minutes after each, in at most three counted attempts",
        door_closed_after_cars,
    ),
];

/// Requests a certificate and stores it; the last of the two effects.
fn issued<'s>(s: &'s Scene, mismatch: Event<'s>, name: &str, secret: &str, slow: u64) -> Act<'s> {
    let certificate = format!("k8s:certificate/{name}");
    let asked = s.wants(mismatch, "certificate.request", &certificate, "key does not match the secret");
    let ready = s.reports(asked.within(20, 600), "certificate.issued", &format!("serial {}", s.hex(16)));
    ready.within(slow / 4, slow);
    s.wants(ready, "secret.write", secret, &format!("certificate of {name}")).writes("owner", name).within(10, 300)
}

fn two_certificates_one_secret(s: &Scene) {
    let secret = format!("k8s:secret/{}-tls", s.word());
    let cluster = Actor::system("apiserver");
    let seen_as_ours = s.chance(50);
    let names = [format!("shop-{}", s.between(1, 9)), format!("shop-{}-internal", s.between(1, 9))];
    let slow = s.pick(&[80, 2_500, 90_000]);
    let changed = |write: Act<'_>, name: &str| {
        let who = if seen_as_ours { s.us() } else { cluster.clone() };
        let event = s.event("kubernetes", "secret.modified", &who, &secret).because(write).token(write);
        event.state("owner", name).within(5, 900)
    };
    let created = |name: &str| {
        let certificate = format!("k8s:certificate/{name}");
        s.event("kubernetes", "certificate.created", &s.somebody(), &certificate).text(name)
    };
    changed(issued(s, created(&names[0]), &names[0], &secret, slow), &names[0]);
    let mut mismatch = created(&names[1]).within(60_000, 400_000_000);
    for round in s.rounds(s.between(12, 27)) {
        let name = if round % 2 == 0 { &names[1] } else { &names[0] };
        mismatch = changed(issued(s, mismatch, name, &secret, slow), name);
        if s.chance(6) {
            let pod = s.event("kubernetes", "pod.restarted", &cluster, "k8s:pod/shop");
            pod.text("certificate has changed").within(100, 5_000);
        }
    }
}

fn certificates_of_a_new_cluster(s: &Scene) {
    let cluster = Actor::system("apiserver");
    let (size, plan) = (s.between(5, 24), format!("certificates-{}", s.hex(6)));
    let slow = s.pick(&[900, 30_000, 120_000]);
    let order = s.person_orders("k8s:cluster/new", "issue all certificates of the new cluster");
    for number in 0..size {
        let (name, secret) = (format!("service-{number}"), format!("k8s:secret/service-{number}-tls"));
        let certificate = format!("k8s:certificate/{name}");
        let mut asked = s.wants(order, "certificate.request", &certificate, "no secret yet").in_plan(&plan, 2 * size);
        asked.after(500 + number * slow);
        if s.chance(15) {
            let busy = s.reports(asked, "certificate.failed", "too many requests").within(slow / 4, slow);
            asked = s.wants(busy, "certificate.request", &certificate, "once more").attempt(2, 3);
            asked.within(60_000, 120_000);
        }
        let ready = s.reports(asked, "certificate.issued", &format!("serial {}", s.hex(16))).within(slow / 4, slow);
        let write = s.wants(ready, "secret.write", &secret, &format!("certificate of {name}"));
        write.writes("owner", &name).in_plan(&plan, 2 * size);
        let seen = s.event("kubernetes", "secret.modified", &cluster, &secret).because(write).token(write);
        seen.state("owner", &name).within(5, 900);
    }
}

fn token_refreshed_and_refused(s: &Scene) {
    let (api, login) = (format!("api:{}/v2", s.word()), "idp:token".to_owned());
    let server = Actor::new("gateway", s.pick(&["system", "system", "unknown", "app"]));
    let (traces, reads) = (s.chance(60), s.chance(30));
    let (soon, late) = s.pick(&[(60, 400), (900, 5_000), (29_000, 61_000)]);
    let call = |cause| {
        let call = s.wants(cause, "api.call", &api, "list what has changed").within(20, 400);
        if reads { call.reads_only() } else { call }
    };
    // The first calls of the day go well, until somebody gives the interface an audience of its own.
    for _ in 0..s.between(0, 6) {
        let called = call(s.tick(&api, 600_000));
        s.reports(called, "api.answered", &format!("{} changes", s.between(0, 30))).within(60, 2_000);
    }
    let mut wanted = s.tick(&api, 600_000);
    for round in 0..s.between(12, 26) {
        let called = call(wanted);
        let trace = if traces { format!(", trace {}", s.hex(16)) } else { String::new() };
        let refused = s.event("api", "api.refused", &server, &api).because(called).answers(called);
        refused.text(format!("401 Bearer error=\"invalid_token\"{trace}")).within(soon, late);
        if round == 1 {
            // To refresh once and to call once more is right.
            s.loop_starts();
        }
        let refresh = s.wants(refused, "token.refresh", &login, "refresh_token").within(5, 200);
        wanted = s.reports(refresh, "token.issued", &format!("expires_in {}", s.pick(&[3_599, 3_600]))).within(40, 900);
    }
}

fn token_refreshed_each_hour(s: &Scene) {
    let (api, login) = (format!("api:{}/v2", s.word()), "idp:token".to_owned());
    let server = Actor::new("gateway", s.pick(&["system", "unknown"]));
    let each = s.pick(&[600_000, 1_200_000, 3_600_000]);
    let hour = 3_600_000 / each;
    for turn in 1..=s.between(8, 26) {
        let tick = s.tick(&api, each);
        let called = s.wants(tick, "api.call", &api, "list what has changed").attempt(1, 2).within(20, 400);
        if turn % hour != 0 {
            s.reports(called, "api.answered", &format!("{} changes", s.between(0, 30))).within(60, 2_000);
            continue;
        }
        let refused = s.event("api", "api.refused", &server, &api).because(called).answers(called);
        refused.text("401 Bearer error=\"invalid_token\", token expired").within(60, 900);
        let refresh = s.wants(refused, "token.refresh", &login, "refresh_token").within(5, 200);
        let token = s.reports(refresh, "token.issued", "expires_in 3600").within(40, 900);
        let again = s.wants(token, "api.call", &api, "list what has changed").attempt(2, 2).within(20, 400);
        s.reports(again, "api.answered", &format!("{} changes", s.between(0, 30))).within(60, 2_000);
    }
}

fn version_label_never_matches(s: &Scene) {
    let class = s.pick(&["unknown", "app", "system"]);
    let (minor, tells, prerelease) = (s.between(1, 9), s.chance(30), s.chance(30));
    let label = if prerelease { format!("1.{minor}.0-rc1") } else { format!("v1.{minor}.0") };
    let reported = format!("1.{minor}.0");
    let (soon, late) = s.pick(&[(40_000, 120_000), (300_000, 900_000), (3_000_000, 5_000_000)]);
    let booted = |device: &str, version: &str| {
        let event = s.event("iot", "device.booted", &Actor::new("display", class), device);
        event.text(format!("firmware {version}")).state("firmware", version)
    };
    let count = s.pick(&[1, 1, 2, 3]);
    let mut boots = VecDeque::new();
    for number in 0..count {
        let device = format!("iot:display-{}", 40 + number);
        let event = booted(&device, "1.0.9").within(1_000, 600_000);
        boots.push_back((device, event, true));
    }
    for _ in 0..if tells { s.between(14, 26) } else { s.between(25, 52) } {
        let Some((device, boot, first)) = boots.pop_front() else { break };
        if !first {
            s.loop_starts();
        }
        let text = format!("https://firmware.example/{label}.bin");
        let offer = s.wants(boot, "firmware.offer", &device, &text).writes("firmware", &label).within(100, 900);
        if first {
            offer.in_order();
        }
        if tells {
            let told = s.wants(boot, "message", &s.channel(), &format!("{device} gets {label}"));
            if first {
                told.in_order();
            }
        }
        if s.chance(20) {
            let sensor = s.event("iot", "battery.reported", &Actor::new("display", class), "iot:display-7");
            sensor.text(format!("{} %", s.between(20, 99))).within(0, 30_000);
        }
        let next = booted(&device, &reported).because(offer).within(soon, late);
        boots.push_back((device, next, false));
    }
}

fn firmware_in_rings(s: &Scene) {
    let device_class = s.pick(&["unknown", "app", "system"]);
    let label = format!("v1.{}.0", s.between(1, 9));
    let rings = [s.between(2, 3), s.between(3, 9), s.between(4, 20)];
    let (size, plan) = (rings.iter().sum(), format!("rollout-{label}"));
    let mut device = 0;
    let mut ready = s.person_orders("iot:fleet", &format!("roll out {label}"));
    for ring in rings {
        for place in 0..ring {
            device += 1;
            let name = format!("iot:display-{device}");
            let text = format!("https://firmware.example/{label}.bin");
            let offer = |cause| s.wants(cause, "firmware.offer", &name, &text).writes("firmware", &label);
            let mut offered = offer(ready).in_plan(&plan, size).after(400 + place * 900);
            let booted = |offered, version: &str| {
                let event = s.event("iot", "device.booted", &Actor::new("display", device_class), &name);
                event.because(offered).token(offered).state("firmware", version).within(60_000, 600_000)
            };
            if s.chance(10) {
                offered = offer(booted(offered, "v1.0.9")).attempt(2, 3).within(600_000, 900_000);
            }
            booted(offered, &label);
        }
        ready = s.tick("iot:fleet", 86_400_000);
    }
}

fn two_clients_with_one_id(s: &Scene) {
    let client = format!("mqtt:client/gateway-{}", s.between(1, 40));
    let broker = Actor::new("mqtt-broker", s.pick(&["system", "system", "unknown", "app"]));
    let (subscribes, reports_connect, says_why) = (s.chance(35), s.chance(60), s.chance(50));
    let (soon, late) = s.pick(&[(15, 200), (800, 3_000), (5_000, 60_000)]);
    let connect = |lost| {
        let connect = s.wants(lost, "mqtt.connect", &client, "").writes("session", "open").within(10, 900);
        if subscribes {
            s.wants(lost, "mqtt.subscribe", &client, "plant/7/#").within(910, 1_400);
        }
        if reports_connect {
            s.reports(connect, "mqtt.connected", "").state("session", "open").within(2, 14);
        }
        connect
    };
    for _ in 0..s.between(0, 3) {
        let lost = s.event("mqtt", "mqtt.disconnected", &broker, &client).state("session", "closed");
        connect(lost.text(if says_why { "keep alive timeout" } else { "" }).within(3_600_000, 90_000_000));
    }
    // A copy of the gateway's disk is started on a second machine.
    let mut lost = s.event("mqtt", "mqtt.disconnected", &broker, &client).state("session", "closed");
    lost.text(if says_why { "session taken over" } else { "" }).within(3_600_000, 90_000_000);
    for _ in s.rounds(if subscribes { s.between(12, 26) } else { s.between(22, 54) }) {
        let connected = connect(lost);
        if s.chance(10) {
            let reading = s.event("mqtt", "reading", &Actor::new("meter-3", "unknown"), "mqtt:plant/7");
            reading.text(format!("{} kWh", s.between(10, 9_000))).within(0, 900);
        }
        lost = s.event("mqtt", "mqtt.disconnected", &broker, &client).because(connected).state("session", "closed");
        lost.text(if says_why { "session taken over" } else { "" }).within(soon, late);
    }
}

fn gateway_on_a_train(s: &Scene) {
    let client = format!("mqtt:client/train-{}", s.between(1, 40));
    let broker = Actor::new("mqtt-broker", s.pick(&["system", "unknown"]));
    for _ in 0..s.between(5, 11) {
        let lost = s.event("mqtt", "mqtt.disconnected", &broker, &client).state("session", "closed");
        let mut heard = lost.text("keep alive timeout").within(300_000, 2_400_000);
        let tries = s.between(1, 6);
        for attempt in 1..=tries {
            let connect = s.wants(heard, "mqtt.connect", &client, "").writes("session", "open").attempt(attempt, 8);
            connect.after(500 << attempt);
            if attempt == tries {
                s.reports(connect, "mqtt.connected", "").state("session", "open").within(40, 900);
            } else {
                heard = s.reports(connect, "mqtt.failed", "network is unreachable").within(40, 900);
            }
        }
    }
}

fn each_ack_is_acknowledged(s: &Scene) {
    let device = format!("lora:device/{}", s.hex(8));
    let network = Actor::new("network-server", s.pick(&["system", "app", "unknown"]));
    let (counts, correlates) = (s.chance(60), s.pick(&[0, 0, 50, 100]));
    let (soon, late) = s.pick(&[(1_000, 2_500), (4_000, 12_000), (50_000, 70_000)]);
    let mut counter = s.between(10, 9_000);
    let reading = format!("{} C", s.between(1, 30));
    let mut heard = s.event("lora", "uplink.confirmed", &network, &device).text(reading);
    for _ in s.rounds(s.between(22, 43)) {
        let ack = s.wants(heard, "downlink.confirmed", &device, "").within(20, 400);
        if s.chance(15) {
            let other = format!("lora:device/{}", s.hex(8));
            let reading = s.event("lora", "uplink.confirmed", &network, &other).text(format!("{} C", s.between(1, 30)));
            s.wants(reading.within(0, 5_000), "downlink.confirmed", &other, "").within(20, 400).in_order();
        }
        counter += 1;
        heard = s.event("lora", "uplink.confirmed", &network, &device).because(ack).within(soon, late);
        heard.text(if counts { format!("frame {counter}, no payload") } else { String::new() });
        if s.chance(correlates) {
            heard.answers(ack);
        }
    }
}

fn readings_acknowledged(s: &Scene) {
    let network = Actor::new("network-server", s.pick(&["system", "app", "unknown"]));
    let devices: Vec<_> = (0..s.between(1, 4)).map(|_| format!("lora:device/{}", s.hex(8))).collect();
    let (each, steady) = (s.pick(&[60_000, 300_000, 900_000]), s.chance(50));
    let mut degrees = s.between(5, 30);
    for _ in 0..s.between(6, 19) {
        for (index, device) in (0..).zip(&devices) {
            if !steady && s.chance(50) {
                degrees = s.between(5, 30);
            }
            let reading = s.event("lora", "uplink.confirmed", &network, device).text(format!("{degrees} C"));
            reading.after(if index == 0 { each - s.between(0, 2_000) } else { 1_500 });
            s.wants(reading, "downlink.unconfirmed", device, "").within(20, 400);
        }
    }
}

fn door_meets_an_obstacle(s: &Scene) {
    let door = format!("home:garage-{}", s.between(1, 9));
    let opener = Actor::new("door-opener", s.pick(&["unknown", "system", "app"]));
    let (tells, shows_closing, says_why) = (s.chance(35), s.chance(50), s.chance(40));
    let wait = s.pick(&[60_000, 300_000, 900_000]);
    let opened = || s.event("home", "door.changed", &opener, &door).state("door", "open");
    // On other evenings nothing is in the way.
    for _ in 0..s.between(0, 4) {
        let open = opened().within(30_000_000, 90_000_000);
        let close = s.wants(open, "door.close", &door, "").writes("door", "closed").after(wait + s.between(0, 900));
        let shut = s.event("home", "door.changed", &opener, &door).because(close).state("door", "closed");
        shut.within(12_000, 16_000);
    }
    let mut open = opened().within(30_000_000, 90_000_000);
    for _ in s.rounds(if tells { s.between(12, 26) } else { s.between(22, 48) }) {
        let close = s.wants(open, "door.close", &door, "").writes("door", "closed").after(wait + s.between(0, 900));
        if tells {
            let text = format!("The garage door is open since {} minutes, closing it", wait / 60_000);
            s.wants(open, "message", "push:h1", &text).after(wait - s.between(200, 2_000));
        }
        if shows_closing {
            let moves = s.event("home", "door.changed", &opener, &door).because(close).state("door", "closing");
            moves.within(300, 1_500);
        }
        if s.chance(8) {
            s.event("home", "motion", &Actor::unknown("garden"), "home:garden").within(1_000, 60_000);
        }
        open = opened().because(close).text(if says_why { "obstacle" } else { "" }).within(4_000, 20_000);
    }
}

fn door_closed_after_cars(s: &Scene) {
    let door = format!("home:garage-{}", s.between(1, 9));
    let opener = Actor::new("door-opener", s.pick(&["unknown", "system", "app"]));
    let wait = s.pick(&[60_000, 300_000, 600_000]);
    let gap = s.pick(&[900_000, 3_600_000, 20_000_000]);
    for _ in 0..s.between(6, 24) {
        let mut open = s.event("home", "door.changed", &opener, &door).state("door", "open").within(gap / 6, gap);
        let tries = if s.chance(80) { 1 } else { s.between(2, 3) };
        for attempt in 1..=tries {
            let close = s.wants(open, "door.close", &door, "").writes("door", "closed").attempt(attempt, 3);
            close.after(wait + s.between(0, 900));
            let state = if attempt == tries { "closed" } else { "open" };
            open = s.event("home", "door.changed", &opener, &door).because(close).state("door", state);
            open.within(9_000, 20_000);
        }
    }
}
