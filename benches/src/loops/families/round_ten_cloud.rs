//! Clouds and things: queues, sleeping databases, state locks, certificates, heartbeats and a vacuum cleaner.

use std::collections::VecDeque;

use crate::loops::families::{Family, careless, declared, looping};
use crate::loops::scene::{Actor, Scene};

pub(super) const FAMILIES: &[Family] = &[
    looping(
        "message_always_too_early",
        "",
        "A delivered reminder is compared with the next time at which it could be due, is too early for that, and is scheduled anew",
        message_always_too_early,
    ),
    declared(
        "reminders_moved_by_customers",
        "",
        "Scheduled reminders are delivered; where the customer has moved the appointment they are scheduled anew, at most a declared number of times",
        reminders_moved_by_customers,
    ),
    looping(
        "monitor_wakes_what_sleeps",
        "",
        "We pause a database that nobody uses, and the monitor that finds it gone logs in until it is awake (serverless databases)",
        monitor_wakes_what_sleeps,
    ),
    declared(
        "databases_paused_each_evening",
        "",
        "The databases of a team are paused each evening by a plan, woken by the first who need them, and some are paused at noon too",
        databases_paused_each_evening,
    ),
    looping(
        "locks_broken_by_each_other",
        "",
        "Two pipelines take each other's state lock for a stale one, break it and apply, so that the other one fails and starts again",
        locks_broken_by_each_other,
    ),
    declared(
        "applies_wait_for_a_lock",
        "",
        "Several pipelines wait for one state lock, each as attempt n of m; a stale one is broken when a person says so",
        applies_wait_for_a_lock,
    ),
    looping(
        "unknown_certificate_revoked",
        "",
        "The transparency log shows a certificate that is not in our inventory, we revoke it, and its owner's client gets a new one",
        unknown_certificate_revoked,
    ),
    declared(
        "certificates_revoked_after_a_leak",
        "",
        "A key has leaked: all its certificates are revoked by a plan of known size, and the log shows each of the new ones",
        certificates_revoked_after_a_leak,
    ),
    looping(
        "alert_counts_as_a_heartbeat",
        "",
        "The note that a site is silent goes through the site's own gateway and counts as a sign of life, until it is silent again",
        alert_counts_as_a_heartbeat,
    ),
    careless(
        "heartbeats_over_a_bad_line",
        "",
        "Several sites on bad lines fall silent and return all day, and whoever looks after a site gets the same text message",
        heartbeats_over_a_bad_line,
    ),
    looping(
        "vacuum_seen_as_a_person",
        "",
        "The vacuum cleaner starts when nobody is home and is sent to its dock when somebody moves, and the sensor sees the cleaner move",
        vacuum_seen_as_a_person,
    ),
    declared(
        "vacuum_while_people_are_out",
        "",
        "Whenever all people are out the vacuum cleaner does room after room by a plan, and it is sent to its dock when one returns",
        vacuum_while_people_are_out,
    ),
];

fn message_always_too_early(s: &Scene) {
    let queue = s.azure("servicebus-reminders");
    let bus = Actor::new("servicebus", s.pick(&["system", "system", "app", "unknown"]));
    let (keeps, logs) = (s.pick(&[0, 0, 60, 100]), s.chance(35));
    let wait = s.pick(&[300_000, 3_600_000, 86_400_000]);
    let delivered = |name: &str| s.event("azure", "queue.delivered", &bus, &queue).text(format!("remind {name}"));
    // Reminders for one date are sent when they are delivered.
    for _ in 0..s.between(0, 4) {
        let name = format!("customer{}", s.between(100, 999));
        let due = delivered(&name).within(600_000, 9_000_000);
        s.wants(due, "mail.send", &format!("mail:{name}"), "Your appointment is tomorrow at nine.");
    }
    // Then there are some that recur.
    let mut waiting = VecDeque::new();
    for _ in 0..s.pick(&[1, 1, 2, 3]) {
        let name = format!("customer{}", s.between(100, 999));
        let due = delivered(&name).within(1_000, wait / 4);
        waiting.push_back((name, due, true));
    }
    for _ in 0..if logs { s.between(14, 27) } else { s.between(25, 52) } {
        let Some((name, due, first)) = waiting.pop_front() else { break };
        if !first {
            s.loop_starts();
        }
        let text = format!("remind {name}");
        let later = s.wants(due, "queue.schedule", &queue, &text).within(20, 400);
        let note = logs.then(|| {
            let text = format!("{} reminder of {name} is not due yet", s.timestamp());
            s.wants(due, "log.append", &s.azure("log"), &text).within(410, 900)
        });
        if first {
            later.in_order();
            if let Some(note) = note {
                note.in_order();
            }
        }
        let next = delivered(&name).because(later).token_in(later, keeps).after(wait + s.between(0, 900));
        waiting.push_back((name, next, false));
    }
}

fn reminders_moved_by_customers(s: &Scene) {
    let queue = s.azure("servicebus-reminders");
    let bus = Actor::new("servicebus", s.pick(&["system", "unknown"]));
    let wait = s.pick(&[600_000, 7_200_000, 86_400_000]);
    let mut moment = 0;
    for number in 0..s.between(5, 14) {
        moment += s.between(1_000, wait);
        let (name, text) = (format!("customer{}", 100 + number), format!("remind customer{}", 100 + number));
        let mut due = s.event("azure", "queue.delivered", &bus, &queue).text(&text).at(moment);
        for attempt in 1..=s.pick(&[0, 0, 1, 2, 4]) {
            let later = s.wants(due, "queue.schedule", &queue, &text).attempt(attempt, 5).within(20, 400);
            due = s.event("azure", "queue.delivered", &bus, &queue).because(later).token(later).text(&text);
            due.after(s.between(wait / 4, wait * 3));
        }
        let body = format!("Your appointment is on day {}.", s.between(1, 30));
        s.wants(due, "mail.send", &format!("mail:{name}"), &body);
    }
}

fn monitor_wakes_what_sleeps(s: &Scene) {
    let db = s.azure("sql");
    let (platform, monitor) = (Actor::system("azure"), Actor::new("cost-monitor", s.pick(&["app", "system", "bot"])));
    let (tells, shows, keeps) = (s.chance(40), s.chance(70), s.pick(&[0, 0, 40]));
    let idle = s.pick(&[300_000, 3_600_000, 14_400_000]);
    let unused = || {
        let event = s.event("azure", "alert.fired", &monitor, &db).state("sessions", "none");
        event.text(format!("no session of a user for {} minutes", idle / 60_000))
    };
    let pause = |unused| {
        let pause = s.wants(unused, "db.pause", &db, "").writes("power", "paused").within(400, 5_000);
        if tells {
            s.wants(unused, "message", &s.channel(), &format!("{db} is not in use, I pause it.")).within(5_100, 6_000);
        }
        if shows {
            let paused = s.event("azure", "db.paused", &platform, &db).because(pause).token_in(pause, keeps);
            paused.state("power", "paused").within(20_000, 80_000);
        }
        pause
    };
    // Before it was put on the list of the monitor it slept until somebody came in the morning.
    for _ in 0..s.between(0, 2) {
        pause(unused().within(30_000_000, 80_000_000));
        let woken = s.event("azure", "db.resumed", &platform, &db).text("login of an analyst").state("power", "online");
        woken.within(20_000_000, 40_000_000);
    }
    let mut heard = unused().within(30_000_000, 80_000_000);
    for _ in s.rounds(if tells { s.between(12, 26) } else { s.between(22, 46) }) {
        let act = pause(heard);
        let wake = s.between(90_000, 280_000);
        let woken = s.event("azure", "db.resumed", &platform, &db).because(act).text("login of probe");
        woken.state("power", "online").after(wake);
        if s.chance(7) {
            s.person_says(&s.channel(), s.pick(&["the first query is slow again", "who keeps it awake?"]))
                .within(900, 90_000);
        }
        heard = unused().because(act).after(wake + idle + s.between(0, 60_000));
    }
}

fn databases_paused_each_evening(s: &Scene) {
    let platform = Actor::system("azure");
    let databases: Vec<_> = (0..s.between(2, 6)).map(|index| format!("az:sql/team-{index}")).collect();
    let pause = |cause, db: &str, wait: u64| {
        let pause = s.wants(cause, "db.pause", db, "").writes("power", "paused").after(wait);
        let paused = s.event("azure", "db.paused", &platform, db).because(pause).token(pause);
        paused.state("power", "paused").within(20_000, 80_000);
        pause
    };
    for day in 0..s.between(3, 8) {
        for db in &databases {
            if !s.chance(70) {
                continue;
            }
            let woken = s.event("azure", "db.resumed", &platform, db).text("login of an analyst");
            woken.state("power", "online").within(30_000, 2_000_000);
            if s.chance(15) {
                let unused = s.event("azure", "alert.fired", &platform, db).state("sessions", "none");
                pause(unused.within(7_000_000, 9_000_000), db, 900);
            }
        }
        let evening = s.tick("az:sql/team", 30_000_000 + s.between(0, 60_000));
        for (index, db) in (0..).zip(&databases) {
            let size = databases.len() as u64;
            pause(evening, db, 500 + index * 2_000).in_plan(&format!("evening-{day}"), size);
        }
    }
}

fn locks_broken_by_each_other(s: &Scene) {
    let both_ours = s.chance(40);
    let stacks = ["tf:network/nightly", "tf:network/release"];
    let runner = Actor::new("deploy-runner", s.pick(&["app", "system", "human"]));
    let (keeps, names_lock) = (s.pick(&[0, 0, 60]), s.chance(60));
    let (soon, late) = s.pick(&[(30_000, 120_000), (600_000, 1_200_000), (3_600_000, 5_400_000)]);
    let lock = || if names_lock { format!(" (lock {}-{})", s.hex(8), s.hex(4)) } else { String::new() };
    let started = s.person_orders(stacks[0], "apply the new address ranges");
    let first = s.wants(started, "tf.apply", stacks[0], "address ranges");
    let mut failed = s.reports(first, "tf.failed", &format!("state is locked{}", lock())).within(soon, late);
    for round in s.rounds(s.between(12, 27)) {
        let stack = stacks[usize::from(both_ours && round % 2 == 1)];
        let broken = s.wants(failed, "tf.unlock", "tf:network/state", &format!("force{}", lock())).within(2_000, 9_000);
        let apply = s.wants(failed, "tf.apply", stack, "address ranges").within(9_100, 15_000);
        if !both_ours && s.chance(50) {
            let other = s.event("ci", "run.failed", &runner, stacks[1]).because(broken);
            other.text("the state was unlocked by somebody else").within(500, 9_000);
        }
        if s.chance(7) {
            s.person_says(&s.channel(), s.pick(&["is somebody deploying?", "my plan says conflict"]))
                .within(900, 60_000);
        }
        // The other pipeline starts again, breaks our lock in turn, and our run ends without it.
        let theirs = if both_ours { s.us() } else { Actor::runtime() };
        let next = stacks[usize::from(both_ours && round % 2 == 0)];
        let cause = if both_ours { broken } else { apply };
        failed = s.event("ci", "tf.failed", &theirs, next).because(cause).token_in(cause, keeps);
        failed.text(format!("lost the state lock while applying{}", lock())).within(soon, late);
    }
}

fn applies_wait_for_a_lock(s: &Scene) {
    let patience = s.pick(&[20_000, 60_000, 300_000]);
    let mut moment = 0;
    for number in 0..s.between(3, 6) {
        moment += s.between(patience, patience * 4);
        let stack = format!("tf:network/stack-{number}");
        let mut heard = s.person_orders(&stack, "apply what was merged").at(moment);
        let tries = s.between(1, 8);
        for attempt in 1..=tries {
            let apply = s.wants(heard, "tf.apply", &stack, "what was merged").attempt(attempt, 10);
            apply.after(if attempt == 1 { 900 } else { patience });
            let (kind, text) = if attempt == tries { ("tf.done", "4 added") } else { ("tf.failed", "state is locked") };
            heard = s.reports(apply, kind, text).within(3_000, 15_000);
        }
        if s.chance(30) {
            let said = s.person_orders("tf:network/state", "that lock is from the crashed runner, break it");
            s.wants(said.within(1_000, patience), "tf.unlock", "tf:network/state", "force");
        }
        s.wants(heard, "message", &s.channel(), &format!("{stack} is applied"));
    }
}

fn unknown_certificate_revoked(s: &Scene) {
    let domain = format!("{}.example", s.word());
    let log = Actor::new("ct-monitor", s.pick(&["app", "bot", "system", "unknown"]));
    let (files, per_serial, echoes) = (s.chance(40), s.chance(50), s.chance(40));
    let (soon, late) = s.pick(&[(40_000, 200_000), (1_800_000, 5_000_000), (40_000_000, 50_000_000)]);
    let logged = |serial: &str| {
        let event = s.event("ct", "certificate.logged", &log, &domain);
        event.text(format!("new certificate for {domain}, serial {serial}"))
    };
    let mut serial = s.hex(16);
    let mut heard = logged(&serial).within(1_000, 600_000);
    for _ in s.rounds(if files { s.between(12, 27) } else { s.between(22, 46) }) {
        let subject = if per_serial { format!("ca:certificate/{serial}") } else { format!("ca:domain/{domain}") };
        let revoke =
            s.wants(heard, "certificate.revoke", &subject, &format!("serial {serial} is not in the inventory"));
        revoke.within(900, 9_000);
        if echoes {
            s.reports(revoke, "certificate.revoked", &serial).within(500, 9_000);
        }
        if files {
            let text = format!("Unknown certificate {serial} for {domain} was revoked");
            s.wants(heard, "ticket.open", "jira:SEC", &text).within(9_100, 12_000);
        }
        if s.chance(8) {
            s.person_says(&s.channel(), s.pick(&["browsers warn of our shop", "is this page down?"]))
                .within(900, 300_000);
        }
        serial = s.hex(16);
        heard = logged(&serial).because(revoke).within(soon, late);
    }
}

fn certificates_revoked_after_a_leak(s: &Scene) {
    let log = Actor::new("ct-monitor", s.pick(&["app", "bot", "system"]));
    let (size, slow) = (s.between(4, 25), s.pick(&[2_000, 30_000, 200_000]));
    let order = s.person_orders("ca:inventory", "the key of the old balancer has leaked, revoke all that it signed");
    for number in 0..size {
        let (domain, serial) = (format!("{}-{number}.example", s.word()), s.hex(16));
        let subject = format!("ca:certificate/{serial}");
        let revoke = s.wants(order, "certificate.revoke", &subject, &format!("key of {domain} has leaked"));
        revoke.in_plan("leak", size).after(400 + number * slow);
        let logged = s.event("ct", "certificate.logged", &log, &format!("ca:domain/{domain}")).because(revoke);
        logged.text(format!("new certificate for {domain}, serial {}", s.hex(16))).within(30_000, 900_000);
        s.wants(logged, "inventory.add", "ca:inventory", &domain);
    }
}

fn alert_counts_as_a_heartbeat(s: &Scene) {
    let (site, channel) = (format!("iot:site-{}", s.between(1, 60)), s.channel());
    let watch = Actor::new("watchdog", s.pick(&["system", "app", "bot"]));
    let (opens, says_back, counts) = (s.chance(40), s.chance(50), s.chance(50));
    let patience = s.pick(&[120_000, 900_000, 21_600_000]);
    let mut number = s.between(10, 900);
    let fired = || s.event("monitor", "alert.fired", &watch, &site).state("heartbeat", "missing");
    let mut silent = fired().text("no heartbeat").within(3_000_000, 90_000_000);
    for _ in s.rounds(if opens || says_back { s.between(12, 20) } else { s.between(22, 48) }) {
        number += 1;
        let text = format!("{site} is silent for {} minutes", patience / 60_000);
        let text = if counts { format!("#{number} {text}") } else { text };
        let mut said = s.wants(silent, "message", &channel, &text).within(200, 3_000);
        if opens {
            s.wants(silent, "incident.open", &site, &text).within(3_100, 4_000);
        }
        let back = s.event("monitor", "alert.resolved", &watch, &site).because(said).state("heartbeat", "ok");
        back.text("heartbeat is back").within(4_100, 30_000);
        if says_back {
            said = s.wants(back, "message", &channel, &format!("{site} is back")).within(200, 3_000);
        }
        if s.chance(8) {
            let other = s.event("monitor", "alert.fired", &watch, "iot:site-99").text("low battery");
            other.within(900, 60_000);
        }
        silent = fired().because(said).text("no heartbeat").after(patience + s.between(30_000, 60_000));
    }
}

fn heartbeats_over_a_bad_line(s: &Scene) {
    let watch = Actor::new("watchdog", s.pick(&["system", "app"]));
    let (sites, gap) = (s.between(2, 6), s.pick(&[60_000, 900_000, 7_200_000]));
    for _ in 0..s.between(5, 36) {
        let number = s.between(1, sites);
        let (site, phone) = (format!("iot:site-{number}"), format!("sms:+49-170-{number}"));
        let lost = s.event("monitor", "alert.fired", &watch, &site).text("no heartbeat").state("heartbeat", "missing");
        lost.within(gap / 8, gap);
        s.wants(lost, "sms.send", &phone, &format!("{site} is silent")).within(200, 3_000);
        if s.chance(30) {
            let known = s.event("sms", "sms.in", &Actor::unknown(&phone), &phone).text("the line is bad today, I know");
            known.within(10_000, gap);
        }
        let back =
            s.event("monitor", "alert.resolved", &watch, &site).text("heartbeat is back").state("heartbeat", "ok");
        back.within(gap / 8, gap);
        if s.chance(50) {
            s.wants(back, "sms.send", &phone, &format!("{site} is back")).within(200, 3_000);
        }
    }
}

fn vacuum_seen_as_a_person(s: &Scene) {
    let (house, robot) = ("home:house", "home:vacuum");
    let sensor = Actor::new("presence", s.pick(&["system", "unknown", "app"]));
    let (reports, names_room) = (s.chance(50), s.chance(50));
    let quiet = s.pick(&[120_000, 600_000, 1_800_000]);
    let presence = |value: &str| s.event("home", "presence.changed", &sensor, house).state("presence", value);
    let start = |empty| {
        let start = s.wants(empty, "vacuum.start", robot, "").writes("vacuum", "cleaning").within(200, 2_000);
        if reports {
            let cleans = s.event("home", "vacuum.changed", &Actor::unknown("vacuum"), robot).because(start);
            cleans.state("vacuum", "cleaning").within(800, 6_000);
        }
        start
    };
    let stop = |there| s.wants(there, "vacuum.dock", robot, "").writes("vacuum", "docked").within(200, 2_000);
    // Before the sensor in the hall people came and went, and that was that.
    for _ in 0..s.between(0, 2) {
        start(presence("away").within(20_000_000, 60_000_000));
        stop(presence("home").within(3_000_000, 20_000_000));
    }
    let mut empty = presence("away").within(20_000_000, 60_000_000);
    for _ in s.rounds(s.between(12, 27)) {
        let cleans = start(empty);
        let room = if names_room { format!("motion in the {}", s.pick(&["hall", "kitchen"])) } else { String::new() };
        let there = presence("home").because(cleans).text(room).within(20_000, 200_000);
        let docks = stop(there);
        if s.chance(10) {
            s.event("home", "door.rang", &Actor::unknown("bell"), "home:bell").within(1_000, 60_000);
        }
        empty = presence("away").because(docks).after(quiet + s.between(10_000, 90_000));
    }
}

fn vacuum_while_people_are_out(s: &Scene) {
    let (house, robot) = ("home:house", "home:vacuum");
    let sensor = Actor::new("presence", s.pick(&["system", "unknown"]));
    let presence = |value: &str| s.event("home", "presence.changed", &sensor, house).state("presence", value);
    for outing in 0..s.between(3, 10) {
        let rooms = s.between(1, 5);
        let (plan, interrupted) = (format!("outing-{outing}"), s.chance(40));
        let mut ready = presence("away").within(2_000_000, 40_000_000);
        for room in 1..=rooms {
            let start = s.wants(ready, "vacuum.room", robot, &format!("room {room}")).in_plan(&plan, rooms);
            start.within(200, 2_000);
            if interrupted && room == rooms {
                let there = presence("home").within(60_000, 900_000);
                s.wants(there, "vacuum.dock", robot, "").writes("vacuum", "docked");
                break;
            }
            ready = s.event("home", "vacuum.changed", &Actor::unknown("vacuum"), robot).because(start).token(start);
            ready.text(format!("room {room} is done")).within(300_000, 1_200_000);
        }
        if !interrupted {
            s.wants(ready, "vacuum.dock", robot, "").writes("vacuum", "docked");
            presence("home").within(60_000, 9_000_000);
        }
    }
}
