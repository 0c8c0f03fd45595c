//! Clouds and things, and who is seen in them as a person: desktops, phones, workers, bills, cars and alarms.

use super::{quoted, with_quote};
use crate::loops::families::{Family, careless, declared, looping};
use crate::loops::scene::{Actor, Scene};

pub(super) const FAMILIES: &[Family] = &[
    looping(
        "desktop_started_by_a_reconnect",
        "",
        "We switch off a desktop in the cloud that nobody uses; a client left open at home connects again in its person's name",
        desktop_started_by_a_reconnect,
    ),
    declared(
        "desktops_of_a_shift",
        "",
        "Desktops are started as people come, switched off in the evening by a plan, and kept for those who ask, some of them twice",
        desktops_of_a_shift,
    ),
    looping(
        "each_notice_wakes_the_phone",
        "",
        "We tell a phone whether its person came home; the message wakes it for a new fix, which lies on the other side of the fence",
        each_notice_wakes_the_phone,
    ),
    careless(
        "family_comes_and_goes",
        "",
        "A family comes and goes all day, each time the heating is set and the same line sent, to which some react with a thumb",
        family_comes_and_goes,
    ),
    looping(
        "workers_added_to_a_full_database",
        "",
        "We add a worker when the backlog grows; the database is what is full, so that with each worker more work times out and returns",
        workers_added_to_a_full_database,
    ),
    declared(
        "workers_follow_the_import",
        "",
        "Workers are added step by step for large imports, as declared up to a number, and taken away when the backlog is gone",
        workers_follow_the_import,
    ),
    looping(
        "cost_report_is_the_cost",
        "",
        "An alarm on the bill of queries makes us break the bill down by a query, which is the most expensive one of the next bill",
        cost_report_is_the_cost,
    ),
    declared(
        "costs_asked_by_managers",
        "",
        "Managers ask what a system costs with our last answer quoted whole, some twice; each gets a query that reads and an answer",
        costs_asked_by_managers,
    ),
    looping(
        "car_app_stops_what_we_start",
        "",
        "We charge a car while the tariff is low, and the car's own timer, under its owner's account, stops what it has not planned",
        car_app_stops_what_we_start,
    ),
    declared(
        "cars_charged_by_the_tariff",
        "",
        "The cars of a yard are charged in the cheap hours of each night by a plan, and drivers start and stop some by hand",
        cars_charged_by_the_tariff,
    ),
    declared(
        "alarms_acknowledged_by_phone",
        "",
        "An alarm is texted as reminder n of m until its operator answers, with the whole text quoted, late, or by forwarding it",
        alarms_acknowledged_by_phone,
    ),
];

fn desktop_started_by_a_reconnect(s: &Scene) {
    let (pool, chains) = (s.azure("desktop"), s.pick(&[1, 1, 2, 3]));
    let monitor = Actor::new("azure-monitor", s.pick(&["system", "system", "app", "unknown"]));
    let (apart, tells, direct, keeps) = (s.chance(60), s.chance(35), s.chance(40), s.pick(&[0, 0, 60]));
    let (minutes, wait) = (s.pick(&[15, 30, 120]), s.between(2_000, 90_000));
    let place = |at: u64| if apart { format!("{pool}/{at}") } else { pool.clone() };
    let stop = |heard, at: u64| {
        let text = format!("desktop {at}: nobody for {minutes} minutes");
        s.wants(heard, "vm.deallocate", &place(at), &text).writes("power", "off").within(900, 8_000)
    };
    let idle = |at: u64| {
        let event = s.event("azure", "desktop.idle", &monitor, &place(at)).state("power", "on");
        event.text(format!("desktop {at} has been idle for {minutes} minutes, last input {}", s.timestamp()))
    };
    // Who shuts the lid has no client open.
    for number in 0..s.between(0, 4) {
        stop(idle(20 + number).within(900_000, 40_000_000), 20 + number);
    }
    let mut heard: Vec<_> = (0..chains).map(|at| idle(at).within(15_000, 90_000)).collect();
    let mut pause = 0;
    for round in 0..if tells { s.between(14, 25) } else { s.between(24, 46) } {
        if round == chains {
            s.loop_starts();
        }
        if round % chains == 0 {
            pause = s.between(minutes * 60_000, minutes * 63_000);
        }
        let (desk, at) = (round % chains, usize::try_from(round % chains).unwrap_or(0));
        let act = stop(heard[at], desk);
        if round < chains {
            act.in_order();
        }
        if tells {
            let text = format!("h{}, I have switched off your desktop {desk}.", desk + 1);
            let told = s.wants(heard[at], "message", &s.channel(), &text).within(8_100, 11_000);
            if round < chains {
                told.in_order();
            }
            if s.chance(12) {
                quoted(s, &s.somebody(), told, s.pick(&["I am not even there", "how often?"])).within(60_000, 900_000);
            }
        }
        let person = Actor::person(&format!("h{}", desk + 1));
        let back = s.event("azure", "desktop.started", &person, &place(desk)).because(act).token_in(act, keeps);
        back.state("power", "on").text(format!("desktop {desk} was started on connect")).after(wait + 9_000);
        // Either its start is already one at a forbidden hour, or the monitor finds it idle once more.
        heard[at] = if direct { back } else { idle(desk).because(act).after(wait + 9_000 + pause) };
    }
}

fn desktops_of_a_shift(s: &Scene) {
    let (pool, size) = (s.azure("desktop"), s.between(2, 6));
    for day in 0..s.between(2, 5) {
        for desk in 0..size {
            let person = Actor::person(&format!("h{}", desk + 1));
            let came = s.event("azure", "desktop.asked", &person, &format!("{pool}/{desk}")).text("connect");
            let wait = if desk == 0 { s.between(40_000_000, 50_000_000) } else { s.between(20_000, 900_000) };
            let act = s.wants(came.after(wait), "vm.start", &format!("{pool}/{desk}"), "start on connect");
            act.writes("power", "on").within(300, 2_000);
        }
        let evening = s.tick(&pool, 30_000_000).text("19:00");
        for desk in 0..size {
            let place = format!("{pool}/{desk}");
            let plan = format!("evening-{day}");
            let act = s.wants(evening, "vm.deallocate", &place, "evening").writes("power", "off").in_plan(&plan, size);
            let act = act.after(700 + 900 * desk);
            if s.chance(15) {
                let person = Actor::person(&format!("h{}", desk + 1));
                let asked = s.event("azure", "desktop.asked", &person, &place).because(act).text("not done yet");
                let again = s.wants(asked.within(60_000, 900_000), "vm.start", &place, "start on connect");
                again.writes("power", "on").within(300, 2_000);
            }
        }
    }
}

fn each_notice_wakes_the_phone(s: &Scene) {
    let (house, phones) = (format!("home:house/{}", s.between(1, 40)), s.pick(&[1, 1, 2]));
    let class = s.pick(&["human", "human", "human", "app"]);
    let (heats, fixed, timed, keeps) = (s.chance(40), s.chance(55), s.chance(40), s.pick(&[0, 0, 60]));
    let (soon, late) = s.pick(&[(4_000, 15_000), (50_000, 190_000), (280_000, 620_000)]);
    let moved = |at: u64, home: bool| {
        let person = Actor::new(&format!("h{}", at + 1), class);
        let event = s.event("home", "presence.changed", &person, &house);
        let near = if fixed { String::new() } else { format!(", {} m from the house", s.between(60, 190)) };
        let text = format!("h{} is {}{near}", at + 1, if home { "home" } else { "away" });
        event.state(&format!("h{}", at + 1), if home { "home" } else { "away" }).text(text)
    };
    let tell = |heard, at: u64, home: bool| {
        let hour = if timed { format!(" ({})", s.timestamp()) } else { String::new() };
        let text =
            if home { format!("Welcome home{hour}, I heat up.") } else { format!("You left{hour}, I turn it down.") };
        s.wants(heard, "push.send", &format!("phone:h{}", at + 1), &text).within(300, 3_000)
    };
    // On most days they are far away or at home.
    for number in 0..s.between(0, 5) {
        let home = number % 2 == 1;
        tell(moved(0, home).within(3_000_000, 30_000_000), 0, home);
    }
    let mut heard: Vec<_> = (0..phones).map(|at| moved(at, false).within(10_000, 60_000)).collect();
    let mut pause = 0;
    for round in 0..if heats { s.between(14, 25) } else { s.between(24, 46) } {
        if round == phones {
            s.loop_starts();
        }
        if round % phones == 0 {
            pause = s.between(soon, late);
        }
        let (phone, home) = (round % phones, round / phones % 2 == 1);
        let at = usize::try_from(phone).unwrap_or(0);
        let act = tell(heard[at], phone, home);
        if round < phones {
            act.in_order();
        }
        if heats {
            let value = if home { "21" } else { "17" };
            let set = s.wants(heard[at], "heating.set", &house, value).writes("heating", value).within(3_100, 5_000);
            if round < phones {
                set.in_order();
            }
        }
        if s.chance(6) {
            let words = s.pick(&["I am on the sofa", "my phone is hot", "stop it please"]);
            s.event("home", "message", &s.somebody(), "phone:h5").text(words).within(900, 60_000);
        }
        heard[at] = moved(phone, !home).because(act).token_in(act, keeps).after(pause + 5_000);
    }
}

fn family_comes_and_goes(s: &Scene) {
    let house = format!("home:house/{}", s.between(1, 40));
    let members = s.between(1, 4);
    let mut home = [true; 4];
    for _ in 0..s.between(5, 34) {
        let member = s.between(1, members);
        let at = usize::try_from(member - 1).unwrap_or(0);
        home[at] = !home[at];
        let (who, state) = (format!("h{member}"), if home[at] { "home" } else { "away" });
        let moved = s.event("home", "presence.changed", &Actor::person(&who), &house).state(&who, state);
        moved.text(format!("{who} is {state}")).within(600_000, 9_000_000);
        let text = if home[at] { "Welcome home, I heat up." } else { "You left, I turn it down." };
        let told = s.wants(moved, "push.send", &format!("phone:{who}"), text).within(300, 3_000);
        let value = if home.contains(&true) { "21" } else { "17" };
        s.wants(moved, "heating.set", &house, value).writes("heating", value).within(3_100, 5_000);
        if s.chance(30) {
            let thumb = s.event("home", "reaction.added", &Actor::person(&who), &format!("phone:{who}")).because(told);
            thumb.text("thumbs up").answers(told).token(told).within(20_000, 500_000);
        }
    }
}

fn workers_added_to_a_full_database(s: &Scene) {
    let (queue, pool) = (s.azure("queue"), s.azure("pool"));
    let alarm = Actor::new(s.pick(&["azure-monitor", "keda"]), s.pick(&["system", "system", "app", "bot"]));
    let (tells, counts, thinks, keeps) = (s.chance(40), s.chance(65), s.chance(20), s.pick(&[0, 0, 60]));
    let (soon, late) = s.pick(&[(10_000, 30_000), (60_000, 130_000), (290_000, 620_000)]);
    let (mut workers, mut waiting) = (s.between(3, 9), s.between(800, 4_000));
    let grown = |waiting: u64| {
        let text = if counts { format!("{waiting} messages wait") } else { "the backlog grows".to_owned() };
        s.event("azure", "alert.fired", &alarm, &queue).text(text)
    };
    let add = |heard, workers: u64| {
        let text = if thinks { s.paraphrase() } else { format!("{workers} workers") };
        s.wants(heard, "pool.scale", &pool, &text).writes("workers", workers.to_string()).within(900, 8_000)
    };
    // As long as the database had room it helped.
    for _ in 0..s.between(0, 4) {
        workers += 1;
        add(grown(waiting).within(3_000_000, 40_000_000), workers);
    }
    let mut heard = grown(waiting).within(3_000_000, 40_000_000);
    for _ in s.rounds(if tells { s.between(12, 25) } else { s.between(22, 44) }) {
        (workers, waiting) = (workers + s.between(1, 3), waiting + s.between(100, 900));
        let act = add(heard, workers);
        if let Some(echo) = s.echo(act, "pool.scaled") {
            echo.state("workers", workers.to_string());
        }
        if tells {
            let text = format!("{waiting} messages wait, {workers} workers are on it.");
            let told = s.wants(heard, "message", &s.channel(), &text).within(8_100, 11_000);
            if s.chance(10) {
                let words = s.pick(&["the database is at 100 %", "more of them will not help", "seen"]);
                quoted(s, &s.somebody(), told, words).within(900, 60_000);
            }
        }
        heard = grown(waiting).because(act).token_in(act, keeps).within(12_000 + soon, 12_000 + late);
    }
}

fn workers_follow_the_import(s: &Scene) {
    let (queue, pool) = (s.azure("queue"), s.azure("pool"));
    let (alarm, mut step) = (Actor::system("azure-monitor"), 0);
    for import in 0..s.between(1, 4) {
        let mut waiting = s.between(20_000, 90_000);
        let begun = s.event("azure", "import.started", &s.somebody(), &queue).text(format!("import {import}"));
        begun.within(3_000_000, 80_000_000);
        let (most, mut heard) = (s.between(4, 9), begun);
        for worker in 1..=most {
            step += 1;
            let act = s.wants(heard, "pool.scale", &pool, &format!("{worker} of {most} workers")).progress(step);
            let act = act.writes("workers", worker.to_string()).within(900, 8_000);
            waiting -= waiting / (most + 4);
            heard = s.event("azure", "alert.fired", &alarm, &queue).because(act).token(act);
            heard.text(format!("{waiting} messages wait")).within(60_000, 400_000);
        }
        step += 1;
        let gone = s.event("azure", "alert.resolved", &alarm, &queue).text("the backlog is gone");
        let down = s.wants(gone.within(900_000, 9_000_000), "pool.scale", &pool, "1 worker").progress(step);
        down.writes("workers", "1").within(900, 8_000);
    }
}

fn cost_report_is_the_cost(s: &Scene) {
    let (bill, room) = (s.azure("bill"), s.channel());
    let alarm = Actor::new(s.pick(&["cost-alerts", "budget"]), s.pick(&["system", "app", "bot", "unknown"]));
    let (tells, reads, rounded, keeps) = (s.chance(60), s.chance(40), s.chance(40), s.pick(&[0, 0, 60]));
    let (soon, late) = s.pick(&[(3_500_000, 3_700_000), (20_000_000, 23_000_000), (86_000_000, 90_000_000)]);
    let mut sum = s.between(90, 400);
    let exceeded = |sum: u64| {
        let text =
            if rounded { "queries are above their budget".to_owned() } else { format!("queries cost {sum} EUR") };
        s.event("azure", "budget.exceeded", &alarm, &bill).text(text)
    };
    let query = |heard| {
        let act = s.wants(heard, "query.run", &bill, "cost by query, last 90 days, all tables").within(900, 9_000);
        if reads { act.reads_only() } else { act }
    };
    // Once in a while somebody's query was the reason.
    for _ in 0..s.between(0, 3) {
        query(exceeded(sum / 2).within(80_000_000, 300_000_000));
    }
    let mut heard = exceeded(sum).within(80_000_000, 300_000_000);
    for _ in s.rounds(if tells { s.between(12, 25) } else { s.between(22, 42) }) {
        let act = query(heard);
        if tells {
            let done = s.reports(act, "query.done", &format!("{} rows", s.between(900, 4_000))).within(40_000, 300_000);
            let text = format!("{} EUR for queries, most of it by the service account reports.", sum / 2);
            let told = s.wants(done, "message", &room, &text).within(900, 5_000);
            if s.chance(15) {
                let words = s.pick(&["who is that account?", "can we turn it off?", "+1"]);
                quoted(s, &s.somebody(), told, words).within(60_000, 2_000_000);
            }
        }
        sum += s.between(5, 60);
        heard = exceeded(sum).because(act).token_in(act, keeps).within(soon, late);
    }
}

fn costs_asked_by_managers(s: &Scene) {
    let (bill, gap) = (s.azure("bill"), s.pick(&[600_000, 9_000_000, 90_000_000]));
    for thread in 0..s.between(3, 12) {
        let (room, manager) = (format!("{}/{thread}", s.channel()), s.somebody());
        let system = s.word();
        let mut asked = s.says(&manager, &room, &format!("what does the {system} cost?")).within(gap / 6, gap);
        for turn in 0..s.between(1, 3) {
            let look = s.wants(asked, "query.run", &bill, &format!("cost of {system}")).reads_only().within(900, 6_000);
            let done = s.reports(look, "query.done", "1 row").within(2_000, 30_000);
            let text = format!("The {system} costs {} EUR a month.", 120 + 7 * thread);
            let told = s.wants(done, "message", &room, &text).progress(turn + 1).within(900, 4_000);
            let words = s.pick(&["and last month?", "what does it cost?", "Is that with tax? Again please"]);
            asked = quoted(s, &manager, told, words).within(30_000, gap);
        }
    }
}

fn car_app_stops_what_we_start(s: &Scene) {
    let (yard, cars) = (format!("ev:yard/{}", s.between(1, 40)), s.pick(&[1, 1, 2, 3]));
    let class = s.pick(&["human", "human", "human", "app", "unknown"]);
    let (apart, tells, shows, keeps) = (s.chance(60), s.chance(30), s.chance(50), s.pick(&[0, 0, 0, 60]));
    let (soon, late) = s.pick(&[(3_000, 15_000), (58_000, 70_000), (290_000, 320_000)]);
    let place = |car: u64| if apart { format!("{yard}/{car}") } else { yard.clone() };
    let charge = |heard, car: u64| {
        let power = if shows { format!(", {}.{} kW", s.between(6, 10), s.between(0, 9)) } else { String::new() };
        let act = s.wants(heard, "charge.start", &place(car), &format!("car {car}: low tariff{power}"));
        act.writes("charging", "on").within(500, 4_000)
    };
    let tariff = |car: u64| s.event("tariff", "price.low", &Actor::system("tariff"), &place(car)).text("9.1 ct");
    // Cars without a timer of their own take what they get.
    for number in 0..s.between(0, 4) {
        let act = charge(tariff(50 + number).within(3_000_000, 60_000_000), 50 + number);
        let full = s.event("ev", "charge.stopped", &Actor::app("charger"), &act.subject()).because(act).token(act);
        full.state("charging", "off").text("full").within(900_000, 9_000_000);
    }
    let mut heard: Vec<_> = (0..cars).map(|car| tariff(car).within(10_000, 60_000)).collect();
    let mut pause = 0;
    for round in 0..if tells { s.between(14, 25) } else { s.between(24, 46) } {
        if round == cars {
            s.loop_starts();
        }
        if round % cars == 0 {
            pause = s.between(soon, late);
        }
        let (car, at) = (round % cars, usize::try_from(round % cars).unwrap_or(0));
        let act = charge(heard[at], car);
        if round < cars {
            act.in_order();
        }
        if tells {
            let text = format!("Car {car} charges, {} ct until {}", 9, s.timestamp());
            let told = s.wants(heard[at], "push.send", &format!("phone:h{}", car + 1), &text).within(4_100, 6_000);
            if round < cars {
                told.in_order();
            }
        }
        if s.chance(6) {
            s.person_says(&s.channel(), s.pick(&["my car clicks all night", "is it full by seven?"]))
                .within(900, 60_000);
        }
        let owner = Actor::new(&format!("h{}", car + 1), class);
        let stopped = s.event("ev", "charge.stopped", &owner, &place(car)).because(act).token_in(act, keeps);
        heard[at] =
            stopped.state("charging", "off").text(format!("car {car}: stopped in the app")).after(pause + 6_000);
    }
}

fn cars_charged_by_the_tariff(s: &Scene) {
    let (yard, size) = (format!("ev:yard/{}", s.between(1, 40)), s.between(3, 6));
    for night in 0..s.between(1, 5) {
        for (kind, want, value) in [("price.low", "charge.start", "on"), ("price.high", "charge.stop", "off")] {
            let tariff = s.event("tariff", kind, &Actor::system("tariff"), &yard).text(format!("{value}, {night}"));
            tariff.within(20_000_000, 50_000_000);
            let plan = format!("night-{night}-{value}");
            for car in 0..size {
                let place = format!("{yard}/{car}");
                let act = s.wants(tariff, want, &place, "tariff").writes("charging", value).in_plan(&plan, size);
                let act = act.after(600 + 800 * car);
                if let Some(echo) = s.echo(act, "charge.changed") {
                    echo.state("charging", value);
                }
                if s.chance(15) {
                    let by_hand = s.event("ev", "charge.changed", &s.somebody(), &place).because(act);
                    let other = if value == "on" { "off" } else { "on" };
                    by_hand.state("charging", other).text("by hand").within(60_000, 9_000_000);
                }
            }
        }
    }
}

fn alarms_acknowledged_by_phone(s: &Scene) {
    let (plant, gap) = (format!("plant:hall/{}", s.between(1, 40)), s.pick(&[60_000, 600_000, 3_600_000]));
    for number in 0..s.between(3, 10) {
        let operator = s.somebody();
        let phone = format!("sms:{}", operator.name);
        let alarm = s.event("plant", "alarm.raised", &Actor::system("plc"), &format!("{plant}/{number}"));
        let text = format!("Alarm {}: pressure of pump {} is low", 300 + number, s.between(1, 4));
        let mut heard = alarm.text(&text).within(gap, 8 * gap);
        let tries = s.pick(&[1, 1, 2, 3, 5]);
        for attempt in 1..=tries {
            let told = s.wants(heard, "sms.send", &phone, &text).attempt(attempt, 5).within(500, 4_000);
            if attempt < tries {
                heard = s.tick(&phone, 0).because(told).after(gap);
                continue;
            }
            let words = s.pick(&["ok", "on my way", "had no signal, see it now", "not my shift, h2 takes it"]);
            let seen = if s.chance(50) {
                s.says(&operator, &phone, words).because(told).token(told)
            } else {
                s.says(&Actor::person("h2"), "sms:h2", &with_quote(s, &text, words)).because(told).token(told)
            };
            let seen = seen.within(gap / 10, gap / 2);
            let place = format!("{plant}/{number}");
            s.wants(seen, "alarm.acknowledge", &place, words).writes("alarm", "acknowledged").within(500, 4_000);
        }
    }
}
