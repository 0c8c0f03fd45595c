//! Clouds and halls: clusters, firewalls, loads, pages, cooling and the commands of a team.

use super::{grumble, in_a_word, small_talk, turns};
use crate::loops::families::{Family, careless, declared, looping};
use crate::loops::scene::{Actor, Scene};

pub(super) const FAMILIES: &[Family] = &[
    looping(
        "quantity_in_another_form",
        "",
        "The limits in Git say 1000m and the cluster stores that as 1, which is a difference, so that we apply what is in Git (Argo CD)",
        quantity_in_another_form,
    ),
    declared(
        "limits_raised_by_teams",
        "",
        "Teams merge new limits all day, also the same to and fro; each is applied, and a busy cluster costs a second or third attempt",
        limits_raised_by_teams,
    ),
    looping(
        "firewall_opened_for_the_runner",
        "",
        "A pipeline under an engineer's login opens a firewall for its runner; we remove the unknown address, so it fails and tries again",
        firewall_opened_for_the_runner,
    ),
    declared(
        "database_opened_for_an_hour",
        "",
        "Engineers paste the same template to have a database opened for their address, and an hour later it is closed; all are numbered",
        database_opened_for_an_hour,
    ),
    looping(
        "load_again_makes_it_worse",
        "",
        "A wrong number of rows makes us run the load again, and the load appends, so that after each run there are more rows too many",
        load_again_makes_it_worse,
    ),
    declared(
        "loads_repeated_for_late_files",
        "",
        "Several sources are loaded each night, and where a file is late or a check fails the load is run as attempt n of four",
        loads_repeated_for_late_files,
    ),
    looping(
        "resolved_incident_is_triggered_anew",
        "",
        "We resolve incidents without news; the monitor repeats its alert, which no open incident takes up any more, so that it opens one",
        resolved_incident_is_triggered_anew,
    ),
    careless(
        "pages_answered_in_a_word",
        "",
        "The person on call answers each page with ack, resolve or snooze, for the same few alerts all night, and we do it and say so",
        pages_answered_in_a_word,
    ),
    looping(
        "cooling_units_fight",
        "",
        "Two units share a hall: we add steam when the air is too dry, the other one dries it for that, and ours is called for again",
        cooling_units_fight,
    ),
    declared(
        "cold_room_and_its_deliveries",
        "",
        "Deliveries open the door of a cold room all day; the fans are set high after each and low again when it is cold, all numbered",
        cold_room_and_its_deliveries,
    ),
    looping(
        "notice_reads_like_a_command",
        "",
        "CI posts the end of each deployment in the name of who asked for it, in words that our bot takes for the command to deploy",
        notice_reads_like_a_command,
    ),
    declared(
        "staging_commands_of_a_team",
        "",
        "Five people type /deploy, /status and /rollback for the same services many times a day; deployments are numbered, status reads",
        staging_commands_of_a_team,
    ),
];

fn quantity_in_another_form(s: &Scene) {
    let (apps, tells, keeps) = (s.pick(&[1, 1, 2, 3]), s.chance(35), s.pick(&[0, 0, 60, 100]));
    let cd = Actor::new("cd", s.pick(&["system", "system", "app", "bot"]));
    let (ours, theirs) = s.pick(&[("1000m", "1"), ("1024Mi", "1Gi"), ("0.5", "500m")]);
    let (speaks, revision, mut spare) = (s.chance(60), s.hex(7), 3);
    let (soon, late) = s.pick(&[(5_000, 12_000), (175_000, 200_000), (1_700_000, 1_900_000)]);
    let place = |at: u64| format!("k8s:prod/app-{at}");
    let differs = |at: u64, now: &str| {
        let text = if speaks { format!("app-{at} differs: limits {ours} in Git, {now} there") } else { String::new() };
        s.event("cluster", "app.differs", &cd, &place(at)).state("limits", now).text(text)
    };
    let apply = |heard, at: u64, revision: &str| {
        s.wants(heard, "app.apply", &place(at), &format!("apply {revision}")).writes("limits", ours)
    };
    // Real changes are applied once and are then there.
    for number in 0..s.between(0, 6) {
        let act = apply(differs(10 + number, "250m").within(900_000, 20_000_000), 10 + number, &s.hex(7));
        s.event("cluster", "app.synced", &cd, &place(10 + number))
            .because(act)
            .token_in(act, keeps)
            .state("limits", ours);
    }
    let start = s.now() + 900_000;
    let mut heard: Vec<_> = (0..apps).map(|at| differs(at, "500m").at(start).after(1_200 * at)).collect();
    for round in s.rounds(turns(s, apps * if tells { 2 } else { 1 })) {
        let (wait, pause) = (s.between(700, 1_500), s.between(soon, late));
        for (at, heard) in (0..).zip(&mut heard) {
            if tells {
                let text = format!("app-{at} differs from Git, applying {revision}.");
                let told = s.wants(*heard, "message", &s.channel(), &text).after(wait - 400);
                grumble(s, told, 6, &["what does it do there?", "again?", "app-1 is fine"]);
            }
            let act = apply(*heard, at, &revision).after(wait);
            *heard = differs(at, theirs).because(act).token_in(act, keeps).after(pause);
        }
        if spare > 0 && s.chance(7) {
            spare -= 1;
            let other = differs(30 + round, "250m").within(900, 60_000);
            apply(other, 30 + round, &s.hex(7)).in_order();
        }
    }
}

fn limits_raised_by_teams(s: &Scene) {
    let (gap, cd) = (s.pick(&[120_000, 900_000, 9_000_000]), Actor::system("cd"));
    for _ in 0..s.between(6, 22) {
        let (place, limit) = (format!("k8s:prod/app-{}", s.between(0, 4)), s.pick(&["500m", "1", "2"]));
        let text = format!("{limit} for {}", s.pick(&["the api", "the api", "the worker"]));
        let merged = s.event("github", "push", &s.somebody(), &s.part("@main")).text(text).tree(s.hex(40));
        let (mut heard, revision) = (merged.within(gap / 6, gap), s.hex(7));
        let tries = s.pick(&[1, 1, 1, 2, 3]);
        for attempt in 1..=tries {
            let act = s.wants(heard, "app.apply", &place, &format!("apply {revision}")).writes("limits", limit);
            let act = act.attempt(attempt, 3).within(900, 9_000);
            let (kind, text) =
                if attempt < tries { ("app.failed", "webhook timed out") } else { ("app.synced", "healthy") };
            let said = s.event("cluster", kind, &cd, &place).because(act).token(act).text(text);
            heard = said.within(20_000, 90_000);
        }
        small_talk(s, &s.channel(), 15);
    }
}

fn firewall_opened_for_the_runner(s: &Scene) {
    let (store, first) = (s.azure("storage"), s.between(2, 240));
    let login =
        if s.chance(75) { Actor::person("h3") } else { Actor::new("deploy-login", s.pick(&["app", "unknown"])) };
    let (fresh, tells, states, keeps) = (s.chance(60), s.chance(40), s.chance(60), s.pick(&[0, 0, 0, 60]));
    let (soon, late) = s.pick(&[(20_000, 60_000), (120_000, 400_000), (1_200_000, 2_400_000)]);
    let opened = |who: &Actor, place: &str, address: &str| {
        let event = s.event("azure", "firewall.written", who, place).text(format!("allow {address}"));
        if states { event.state("firewall", "open") } else { event }
    };
    let close = |heard, place: &str, address: &str| {
        let act = s.wants(heard, "firewall.remove", place, &format!("remove {address}, not on the list"));
        act.writes("firewall", "closed").within(900, 9_000)
    };
    // People open it from home and forget about it.
    for number in 0..s.between(0, 5) {
        let (place, address) = (format!("{store}/{number}"), format!("10.7.{number}.9"));
        close(opened(&s.somebody(), &place, &address).within(3_000_000, 60_000_000), &place, &address);
    }
    let address = || format!("20.51.{first}.{}", if fresh { s.between(2, 250) } else { 17 });
    let mut from = address();
    let mut heard = opened(&login, &store, &from).within(3_000_000, 60_000_000);
    for _ in s.rounds(turns(s, if tells { 2 } else { 1 })) {
        if tells {
            let text = format!("@{} I remove {from} from the firewall, see the rules of the house.", login.name);
            let told = s.wants(heard, "message", &s.channel(), &text).within(100, 800);
            grumble(s, told, 10, &["that is our pipeline", "not me", "please leave it open", "ok"]);
        }
        let act = close(heard, &store, &from);
        let failed = s.event("azure", "pipeline.failed", &Actor::app("pipelines"), &s.azure("pipeline"));
        failed.because(act).text("403: this address is not allowed").within(5_000, 15_000);
        from = address();
        heard = opened(&login, &store, &from).because(act).token_in(act, keeps).within(soon, late);
    }
}

fn database_opened_for_an_hour(s: &Scene) {
    let (room, gap, mut clock, mut opened) = (s.channel(), s.pick(&[90_000, 600_000, 5_000_000]), 0, [0_u64; 3]);
    for turn in 1..=s.between(4, 18) {
        clock += s.between(gap / 6, gap);
        let at = usize::try_from(s.between(0, 2)).unwrap_or(0);
        opened[at] += 1;
        let (place, who) = (s.azure(&format!("database-{at}")), s.somebody());
        let address = format!("10.0.4.{}", s.between(2, 5));
        let why = s.pick(&["debugging", "debugging", "same as yesterday", "ticket", "-"]);
        let asked = s.says(&who, &room, &format!("Database: {at}\nAddress: {address}\nFor: 1 h\nWhy: {why}")).at(clock);
        let open = s.wants(asked, "firewall.add", &place, &address).progress(opened[at]).after(2_000);
        let told = s.wants(asked, "message", &room, &format!("@{} it is open for an hour.", who.name)).progress(turn);
        told.after(2_500);
        let due = s.tick(&place, 0).because(open).after(3_600_000);
        s.wants(due, "firewall.remove", &place, &address).progress(opened[at]).after(1_000);
        if s.chance(40) {
            in_a_word(s, &who, told, s.pick(&["thx", "ok", "does not work", "works now"])).within(9_000, 300_000);
        }
    }
}

fn load_again_makes_it_worse(s: &Scene) {
    let (load, rows, extra) = (s.azure("load"), s.between(50_000, 900_000), s.between(100, 9_000));
    let checks = Actor::new("quality", s.pick(&["system", "system", "app", "unknown"]));
    let (own, tells, numbers, keeps) = (s.chance(50), s.chance(35), s.chance(65), s.pick(&[0, 60, 100]));
    let (soon, late) = s.pick(&[(60_000, 200_000), (900_000, 1_900_000), (3_500_000, 3_700_000)]);
    let failed = |found: u64| {
        let text =
            if numbers { format!("sales: {found} rows, not {rows}") } else { "sales: row count failed".to_owned() };
        let event = s.event("azure", "check.failed", &checks, &load).text(text);
        if numbers { event.state("rows", found.to_string()) } else { event }
    };
    let run = |heard| s.wants(heard, "job.start", &load, "load sales").within(900, 9_000);
    let done = |act| {
        if own {
            s.reports(act, "job.done", "loaded").within(20_000, 50_000);
        } else {
            let done = s.event("azure", "job.done", &Actor::system("factory"), &load).because(act);
            done.token_in(act, keeps).text("loaded").within(20_000, 50_000);
        }
    };
    // When rows were missing it helped.
    for night in 0..s.between(0, 5) {
        let act = run(failed(rows - 900 * (night + 1)).within(40_000_000, 90_000_000));
        done(act);
        let passed = s.event("azure", "check.passed", &checks, &load).because(act).text("sales: passed");
        passed.token_in(act, keeps).within(soon, late);
    }
    let mut heard = failed(rows - 1).within(40_000_000, 90_000_000);
    for round in s.rounds(turns(s, if tells { 2 } else { 1 })) {
        if tells {
            let text = format!("The row count of sales is wrong (check {}), loading again.", s.hex(4));
            let told = s.wants(heard, "message", &s.channel(), &text).within(100, 800);
            grumble(s, told, 9, &["is the dashboard right?", "ok", "still?", "who owns sales?"]);
        }
        let act = run(heard);
        done(act);
        heard = failed(rows + extra * (round + 1)).because(act).token_in(act, keeps).within(soon, late);
    }
}

fn loads_repeated_for_late_files(s: &Scene) {
    let sources = s.between(2, 3);
    for _ in 0..s.between(3, 6) {
        let night = s.now() + s.between(80_000_000, 88_000_000);
        for at in 0..sources {
            let load = s.azure(&format!("load-{at}"));
            let mut heard = s.tick(&load, 0).at(night).after(60_000 * at);
            let tries = s.pick(&[1, 1, 2, 3, 4]);
            for attempt in 1..=tries {
                let act = s.wants(heard, "job.start", &load, "load").attempt(attempt, 4).within(900, 5_000);
                let why = s.pick(&["the file is not there", "the file is not there", "row count failed"]);
                let (kind, text) = if attempt < tries { ("job.failed", why) } else { ("job.done", "loaded") };
                heard = s.reports(act, kind, text).within(300_000, 1_800_000);
            }
        }
        small_talk(s, &s.channel(), 25);
    }
}

fn resolved_incident_is_triggered_anew(s: &Scene) {
    let (service, room, by_number) = (s.azure("service"), s.channel(), s.chance(50));
    let pager = Actor::new("pager", s.pick(&["app", "app", "system", "bot", "unknown"]));
    let (tells, measures, keeps) = (s.chance(45), s.chance(50), s.pick(&[0, 0, 60]));
    let (idle, repeat) = s.pick(&[(600_000, 60_000), (3_600_000, 900_000), (14_400_000, 1_800_000)]);
    let (host, mut number) = (s.word(), s.between(1_000, 9_000));
    let place = |number: u64| if by_number { format!("{service}/{number}") } else { service.clone() };
    let what = || format!("The disk of {host} is {} % full", if measures { s.between(84, 89) } else { 85 });
    let triggered = |number: u64| s.event("pager", "incident.triggered", &pager, &place(number)).text(what());
    let quiet = |number: u64| s.event("pager", "incident.quiet", &pager, &place(number)).text("no news");
    let tell = |heard, number: u64| s.wants(heard, "message", &room, &format!("Incident {number}: {}", what()));
    let resolve = |heard, number: u64| {
        s.wants(heard, "incident.resolve", &place(number), "No news, so it is resolved.").within(900, 9_000)
    };
    // Others were looked after by people.
    for other in 0..s.between(0, 3) {
        let told = tell(triggered(100 + other).within(3_000_000, 60_000_000), 100 + other);
        in_a_word(s, &s.somebody(), told, "ack").within(30_000, 400_000);
        let word = in_a_word(s, &s.somebody(), told, "resolve").within(900_000, 5_000_000);
        resolve(word, 100 + other);
    }
    let first = triggered(number).within(3_000_000, 60_000_000);
    if tells {
        tell(first, number);
    }
    let mut heard = quiet(number).after(idle);
    for _ in s.rounds(turns(s, if tells { 2 } else { 1 })) {
        let act = resolve(heard, number);
        number += s.between(1, 6);
        let wait = s.between(repeat / 3, repeat);
        let again = triggered(number).because(act).token_in(act, keeps).after(wait);
        if tells {
            grumble(s, tell(again, number), 20, &["ack", "ack", "known", "on it tomorrow"]);
        }
        heard = quiet(number).because(act).after(wait + idle);
    }
}

fn pages_answered_in_a_word(s: &Scene) {
    let (room, monitor, gap) = (s.channel(), Actor::system("monitor"), s.pick(&[120_000, 900_000, 4_000_000]));
    let who = s.somebody();
    for _ in 0..s.between(4, 13) {
        let at = s.between(0, 2);
        let (place, what) = (s.azure(&format!("service-{at}")), ["The queue is long", "Login is slow", "Disk 85 %"]);
        let alert = s.event("azure", "alert.fired", &monitor, &place).within(gap / 6, gap);
        let text = what[usize::try_from(at).unwrap_or(0)];
        let told = s.wants(alert.text(text), "message", &room, &format!("@{} {text}", who.name)).within(300, 2_000);
        let steps: &[(&str, &str)] = match s.between(0, 3) {
            0 => &[("ack", "incident.ack"), ("resolve", "incident.resolve")],
            1 => &[("resolve", "incident.resolve")],
            2 => &[("snooze 1h", "incident.snooze")],
            _ => &[("ack", "incident.ack"), ("snooze 1h", "incident.snooze"), ("resolve", "incident.resolve")],
        };
        for (word, kind) in steps {
            let said = in_a_word(s, &who, told, word).at(s.now()).within(8_000, gap / 4);
            s.wants(said, kind, &place, "").within(300, 2_000);
            if s.chance(50) {
                s.wants(said, "message", &room, "Done.").within(2_100, 4_000);
            }
        }
    }
}

fn cooling_units_fight(s: &Scene) {
    let hall = format!("iot:hall-{}", s.between(1, 40));
    let sensor = Actor::new("sensor-3", s.pick(&["system", "system", "unknown", "app"]));
    let (grows, fans, speaks, keeps) = (s.chance(45), s.chance(35), s.chance(60), s.pick(&[0, 0, 0, 100]));
    let (soon, late) = s.pick(&[(20_000, 60_000), (120_000, 300_000), (600_000, 1_200_000)]);
    let read = |percent: u64| {
        let event = s.event("iot", "reading", &sensor, &hall).state("humidity", percent.to_string());
        if speaks { event.text(format!("{percent} % humidity")) } else { event }
    };
    let steam = |heard, percent: u64| {
        let act = s.wants(heard, "unit.set", &hall, &format!("steam {percent} %"));
        act.writes("steam", percent.to_string()).within(900, 3_000)
    };
    // In winter, without the second unit, it was set now and then.
    for _ in 0..s.between(0, 6) {
        steam(read(s.between(35, 39)).within(3_000_000, 40_000_000), s.between(20, 50));
    }
    let mut heard = read(38).within(3_000_000, 40_000_000);
    for round in s.rounds(turns(s, if fans { 2 } else { 1 })) {
        let high = !grows && round % 2 == 1;
        if fans {
            s.wants(heard, "fan.set", &hall, if high { "fan 40 %" } else { "fan 80 %" }).within(100, 800);
        }
        let percent = if grows { (30 + 5 * round).min(100) } else { 60 * u64::from(!high) };
        let act = steam(heard, percent);
        let other = s.event("iot", "unit.mode", &Actor::system("unit-b"), &hall).because(act);
        other.text(if high { "drying off" } else { "drying" }).within(5_000, 15_000);
        if s.chance(5) {
            let door = s.event("iot", "door.opened", &Actor::person("h4"), &hall).text("door 2");
            door.within(900, 15_000);
        }
        let percent = if grows || high { s.between(37, 39) } else { s.between(56, 58) };
        heard = read(percent).because(act).token_in(act, keeps).within(soon, late);
    }
}

fn cold_room_and_its_deliveries(s: &Scene) {
    let (room, sensor, gap) = ("iot:cold-room", Actor::system("sensor-1"), s.pick(&[600_000, 3_600_000]));
    for delivery in 1..=s.between(5, 30) {
        let door = s.event("iot", "door.closed", &Actor::system("door-1"), room).text("door 1 was open");
        let warm = s.wants(door.within(gap / 6, gap), "fan.set", room, "fan 100 %").progress(2 * delivery);
        let warm = warm.writes("fan", "100").within(500, 3_000);
        let cold = s.event("iot", "reading", &sensor, room).because(warm).state("temperature", "4");
        let cold = cold.text("4 degrees").within(120_000, 500_000);
        let low = s.wants(cold, "fan.set", room, "fan 30 %").progress(2 * delivery + 1);
        low.writes("fan", "30").within(500, 3_000);
    }
}

fn notice_reads_like_a_command(s: &Scene) {
    let (room, service) = (s.channel(), s.pick(&["api", "web", "worker"]));
    let asker = s.somebody();
    let ci = match s.between(0, 3) {
        0 | 1 => asker.clone(),
        2 => Actor::app("workflows"),
        _ => Actor::bot("ci"),
    };
    let (front, behind) = (s.pick(&["", "[ci] ", "OK: ", "Workflow: "]), s.between(0, 2));
    let (tells, keeps) = (s.chance(50), s.pick(&[0, 0, 60, 100]));
    let (soon, late) = s.pick(&[(8_000, 20_000), (60_000, 150_000), (400_000, 900_000)]);
    let command = format!("deploy {service} to staging");
    let deploy = |heard, of: &str| {
        s.wants(heard, "deployment.start", &s.part(&format!("/staging-{of}")), &format!("deploy {of}"))
            .within(900, 3_000)
    };
    // The old wording said only that it was there.
    for _ in 0..s.between(0, 5) {
        let of = s.pick(&["api", "web", "worker"]);
        let act = deploy(s.person_says(&room, &format!("deploy {of} to staging")).within(900_000, 20_000_000), of);
        let told = s.says(&ci, &room, &format!("{front}{of} is on staging")).because(act).token_in(act, keeps);
        told.within(soon, late);
    }
    let mut heard = s.says(&asker, &room, &command).within(900_000, 20_000_000);
    for _ in s.rounds(turns(s, if tells { 2 } else { 1 })) {
        if tells {
            let told = s.wants(heard, "message", &room, &format!("@{} on its way.", asker.name)).within(100, 800);
            grumble(s, told, 9, &["who deploys all the time?", "stop", "ok", "is staging down?"]);
        }
        let act = deploy(heard, service);
        small_talk(s, &room, 6);
        let tail = match behind {
            0 => format!(": success in {} s", s.between(40, 90)),
            1 => format!(" finished\nrun {}, sent by a workflow", s.between(10_000, 99_999)),
            _ => ": success".to_owned(),
        };
        let notice = s.says(&ci, &room, &format!("{front}{command}{tail}")).because(act);
        heard = notice.token_in(act, keeps).within(soon, late);
    }
}

fn staging_commands_of_a_team(s: &Scene) {
    let (room, gap, mut count) = (s.channel(), s.pick(&[15_000, 120_000, 1_800_000]), 0);
    for _ in 0..s.between(6, 34) {
        let (of, who) = (s.pick(&["api", "api", "web", "worker"]), s.somebody());
        let place = s.part(&format!("/staging-{of}"));
        let words = s.pick(&["/deploy", "/deploy", "/deploy", "/status", "/status", "/rollback"]);
        let typed = s.says(&who, &room, &format!("{words} {of} staging")).within(gap / 6, gap);
        if words == "/status" {
            s.wants(typed, "status.read", &place, "").reads_only().within(200, 900);
            s.wants(typed, "message", &room, &format!("{of}: 4.{}.0, healthy", s.between(2, 4))).within(1_000, 3_000);
            continue;
        }
        count += 1;
        let kind = if words == "/deploy" { "deployment.start" } else { "deployment.rollback" };
        let act = s.wants(typed, kind, &place, of).progress(count).within(500, 3_000);
        let text = format!("[ci] {} {of} to staging: success", words.trim_start_matches('/'));
        s.says(&Actor::app("workflows"), &room, &text).because(act).token(act).within(20_000, 90_000);
        small_talk(s, &room, 25);
    }
}
