//! Machines and things: slow starts, log levels, full disks, freed places, robots and sprinklers.

use crate::loops::families::{Family, careless, declared, looping};
use crate::loops::scene::{Actor, Scene};

pub(super) const FAMILIES: &[Family] = &[
    looping(
        "replaced_before_it_has_started",
        "",
        "A machine needs longer for its start than the health check waits, so that we replace it by one that needs as long",
        replaced_before_it_has_started,
    ),
    declared(
        "machines_warmed_for_a_sale",
        "",
        "Machines are started before each sale by a plan, and each is asked, as attempt n of m, until it is warm",
        machines_warmed_for_a_sale,
    ),
    looping(
        "log_level_up_and_down",
        "",
        "While an incident is open we keep the log level at debug, and a guard of the costs lowers it when much is logged",
        log_level_up_and_down,
    ),
    careless(
        "debug_for_an_hour",
        "",
        "Engineers ask for the log level debug on one service or another all day, and an hour later it is lowered again",
        debug_for_an_hour,
    ),
    looping(
        "shard_between_full_disks",
        "",
        "We move a shard off a node whose disk is above the mark; it lifts the next node above the mark and is moved on",
        shard_between_full_disks,
    ),
    declared(
        "shards_off_an_old_node",
        "",
        "Old nodes are emptied shard by shard by a plan, and a shard that is refused somewhere is moved as attempt two of three",
        shards_off_an_old_node,
    ),
    looping(
        "freed_place_and_a_declined_card",
        "",
        "A freed place goes to the first of the waiting list, whose assistant accepts; the card is declined, and he is first again",
        freed_place_and_a_declined_card,
    ),
    declared(
        "waiting_list_worked_through",
        "",
        "Freed places are offered down the waiting list, as offer n of m, until somebody takes them before the deadline",
        waiting_list_worked_through,
    ),
    looping(
        "two_robots_give_way",
        "",
        "Robots of two fleets meet in a corridor, both step aside and come back at the same moment, and meet again",
        two_robots_give_way,
    ),
    declared(
        "robots_pass_all_day",
        "",
        "Robots of two fleets meet in the corridors all day, and ours waits at a bay as attempt n of four until it can pass",
        robots_pass_all_day,
    ),
    looping(
        "sprinkler_taken_for_rain",
        "",
        "A rain sensor hangs within reach of the sprinkler: when it is wet we stop watering, when it is dry we start again",
        sprinkler_taken_for_rain,
    ),
    declared(
        "watering_zone_by_zone",
        "",
        "Each morning the zones of a park are watered by a plan, and a zone that real rain has stopped gets a second attempt",
        watering_zone_by_zone,
    ),
];

fn replaced_before_it_has_started(s: &Scene) {
    let group = s.azure("scaleset");
    let monitor = Actor::new("health", s.pick(&["system", "system", "app", "unknown"]));
    let (both, named, timed, keeps) = (s.chance(45), s.chance(45), s.chance(55), s.pick(&[0, 0, 60]));
    let states = s.chance(60);
    let grace = s.pick(&[30_000, 120_000, 600_000]);
    let replace = |heard| {
        let place = if named { format!("{group}/vm-{}", s.hex(6)) } else { group.clone() };
        if both {
            s.wants(heard, "machine.delete", &place, "unhealthy").within(200, 900);
        }
        s.wants(heard, "machine.create", &place, "image web-41").within(1_000, 9_000)
    };
    let ill = |place: &str| {
        let text = if timed {
            format!("no answer on :8080 after {} ms", grace + s.between(0, 900))
        } else {
            "no answer on :8080".to_owned()
        };
        let event = s.event("azure", "machine.unhealthy", &monitor, place).text(text);
        if states { event.state("health", "unhealthy") } else { event }
    };
    // The image before started faster than that: what broke was replaced once.
    for _ in 0..s.between(0, 3) {
        let machine = replace(ill(&group).within(900_000, 60_000_000));
        let well = s.event("azure", "machine.healthy", &monitor, &group).because(machine).token_in(machine, keeps);
        well.within(grace / 2, grace);
    }
    let mut heard = ill(&group).within(900_000, 60_000_000);
    for _ in s.rounds(if both { s.between(12, 26) } else { s.between(22, 48) }) {
        let machine = replace(heard);
        if s.chance(6) {
            s.person_says(&s.channel(), s.pick(&["the site is slow", "who deploys?"])).within(900, 20_000);
        }
        let place = if named { machine.subject() } else { group.clone() };
        heard = ill(&place).because(machine).token_in(machine, keeps).within(grace, grace + 9_000);
    }
}

fn machines_warmed_for_a_sale(s: &Scene) {
    let group = s.azure("scaleset");
    for sale in 0..s.between(1, 3) {
        let (size, plan) = (s.between(3, 6), format!("sale-{sale}"));
        let order = s.person_orders(&group, &format!("{size} more for the sale")).within(9_000_000, 90_000_000);
        for number in 0..size {
            let place = format!("{group}/sale-{sale}-{number}");
            let create = s.wants(order, "machine.create", &place, "image web-41").in_plan(&plan, size);
            let mut heard = s.reports(create.after(900 + number * 700), "machine.created", "").within(9_000, 30_000);
            let tries = s.between(1, 3);
            for attempt in 1..=tries {
                let ask = s.wants(heard, "machine.probe", &place, "is it warm?").reads_only().attempt(attempt, 8);
                let text = if attempt < tries { "503 starting" } else { "200 warm" };
                heard = s.reports(ask.within(20_000, 30_000), "machine.probed", text).within(20, 900);
            }
        }
    }
}

fn log_level_up_and_down(s: &Scene) {
    let service = s.azure("service");
    let guard = Actor::new("cost-guard", s.pick(&["app", "app", "bot", "system", "unknown"]));
    let (notes, thinks, counts, keeps) = (s.chance(35), s.chance(35), s.chance(60), s.pick(&[0, 0, 60]));
    let (soon, late) = s.pick(&[(5_000, 20_000), (280_000, 330_000), (3_500_000, 3_700_000)]);
    let raise = |heard| {
        let text = if thinks { s.paraphrase() } else { "incident open: debug".to_owned() };
        let act = s.wants(heard, "config.set", &service, &text).writes("level", "debug").within(300, 3_000);
        if let Some(echo) = s.echo(act, "config.changed") {
            echo.state("level", "debug");
        }
        act
    };
    // Small incidents before were over before much was logged.
    for _ in 0..s.between(0, 4) {
        let opened = s.event("pager", "incident.opened", &s.somebody(), &service).text(s.sentence(5));
        raise(opened.within(900_000, 90_000_000));
        let closed = s.event("pager", "incident.closed", &s.somebody(), &service).within(60_000, 900_000);
        s.wants(closed, "config.set", &service, "incident closed: info").writes("level", "info");
    }
    let opened = s.event("pager", "incident.opened", &s.somebody(), &service).text(s.sentence(5));
    let mut heard = opened.within(900_000, 90_000_000);
    for _ in s.rounds(if notes { s.between(12, 24) } else { s.between(22, 46) }) {
        let act = raise(heard);
        if notes {
            let text = if thinks { s.paraphrase() } else { "The log level is debug.".to_owned() };
            s.wants(heard, "incident.note", &service, &text).within(3_100, 6_000);
        }
        if s.chance(10) {
            s.person_says(&s.channel(), &s.sentence(6)).within(900, 60_000);
        }
        let text =
            if counts { format!("{} GB in 5 minutes", s.between(20, 90)) } else { "ingestion too high".to_owned() };
        heard = s.event("azure", "config.changed", &guard, &service).because(act).token_in(act, keeps);
        heard.state("level", "info").text(text).within(soon, late);
    }
}

fn debug_for_an_hour(s: &Scene) {
    let gap = s.pick(&[200_000, 3_000_000, 30_000_000]);
    for _ in 0..s.between(4, 26) {
        let service = format!("{}-{}", s.azure("service"), s.between(1, 4));
        let asked = s.person_says(&s.channel(), s.pick(&["debug please", "/debug", "more logs for an hour"]));
        let up = s.wants(asked.within(gap / 6, gap), "config.set", &service, "debug").writes("level", "debug");
        if let Some(echo) = s.echo(up, "config.changed") {
            echo.state("level", "debug");
        }
        let over = s.tick(&service, 0).because(up).after(3_600_000);
        let down = s.wants(over, "config.set", &service, "info").writes("level", "info");
        if let Some(echo) = s.echo(down, "config.changed") {
            echo.state("level", "info");
        }
    }
}

fn shard_between_full_disks(s: &Scene) {
    let (index, nodes) = (format!("es:{}-{}", s.word(), s.between(1, 9)), s.pick(&[2, 2, 3]));
    let cluster = Actor::new("cluster", s.pick(&["system", "system", "unknown", "app"]));
    let (by_node, exact, tells, keeps) = (s.chance(40), s.chance(65), s.chance(30), s.pick(&[0, 0, 60]));
    let (soon, late) = s.pick(&[(29_000, 32_000), (280_000, 700_000), (3_000_000, 9_000_000)]);
    let full = |node: u64| {
        let used = if exact { format!("{}.{} %", s.between(90, 92), s.between(0, 9)) } else { "90 %".to_owned() };
        let place = if by_node { format!("{index}/node-{node}") } else { index.clone() };
        let event = s.event("es", "disk.high", &cluster, &place).text(format!("node-{node} above 90 %: {used}"));
        if exact { event } else { event.state("disk", format!("node-{node} high")) }
    };
    let shift = |heard, from: u64, to: u64, shard: u64| {
        let text = format!("shard {shard} from node-{from} to node-{to}");
        s.wants(heard, "shard.move", &index, &text).writes("node", format!("node-{to}")).within(900, 9_000)
    };
    // Last week there was a node with room.
    for number in 0..s.between(0, 4) {
        shift(full(1).within(9_000_000, 90_000_000), 1, 9, 10 + number);
    }
    let mut heard = full(0).within(9_000_000, 90_000_000);
    for round in s.rounds(if tells { s.between(12, 26) } else { s.between(22, 48) }) {
        let (from, to) = (round % nodes, (round + 1) % nodes);
        let moved = shift(heard, from, to, 3);
        if tells {
            s.wants(heard, "message", &s.channel(), &format!("node-{from} is full, move {}", round + 1)).after(9_500);
        }
        if s.chance(6) {
            let search = s.event("es", "query.slow", &Actor::unknown("shop"), &index).text(s.sentence(4));
            search.within(900, 20_000);
        }
        heard = full(to).because(moved).token_in(moved, keeps).within(soon, late);
    }
}

fn shards_off_an_old_node(s: &Scene) {
    let (index, cluster) = (format!("es:{}", s.word()), Actor::new("cluster", s.pick(&["system", "unknown"])));
    for node in 0..s.between(1, 3) {
        let (size, plan) = (s.between(5, 14), format!("empty-{node}"));
        let mut heard = s.person_orders(&index, &format!("empty node-{node}")).within(600_000, 40_000_000);
        for shard in 0..size {
            let tries = s.pick(&[1, 1, 1, 1, 2]);
            for attempt in 1..=tries {
                let to = s.between(4, 9);
                let text = format!("shard {shard} from node-{node} to node-{to}");
                let act = s.wants(heard, "shard.move", &index, &text).writes("node", format!("node-{to}"));
                let act = if attempt == 1 { act.in_plan(&plan, size) } else { act.attempt(attempt, 3) };
                let text = if attempt < tries { "refused: 90 %" } else { "moved" };
                heard = s.event("es", "shard.reported", &cluster, &index).because(act).token(act);
                heard.text(format!("shard {shard} {text}")).within(20_000, 400_000);
            }
        }
    }
}

fn freed_place_and_a_declined_card(s: &Scene) {
    let course = format!("booking:course/{}", s.between(10, 90));
    let member = Actor::new("member-17", s.pick(&["human", "human", "unknown", "bot"]));
    let desk = Actor::new("booking", s.pick(&["system", "app", "unknown"]));
    let bank = Actor::new("bank", s.pick(&["system", "app"]));
    let (thinks, coded, keeps) = (s.chance(50), s.chance(50), s.pick(&[0, 60, 100]));
    let (soon, late) = s.pick(&[(900, 5_000), (40_000, 200_000), (1_700_000, 1_900_000)]);
    let freed = || s.event("booking", "place.freed", &desk, &course).text("1 place is free").state("free", "1");
    let offer = |heard, who: &str| {
        let text = if thinks { s.paraphrase() } else { "A place is free, do you want it?".to_owned() };
        s.wants(heard, "place.offer", &course, &format!("{who}: {text}")).within(400, 4_000)
    };
    let charge = |asked| s.wants(asked, "card.charge", &course, "49.00").within(300, 2_000);
    // Members before had cards that were good.
    for number in 0..s.between(0, 3) {
        let (who, place) = (format!("member-{number}"), freed().within(900_000, 50_000_000));
        let offered = offer(place, &who);
        let yes = s.event("booking", "offer.accepted", &Actor::person(&who), &course).because(offered);
        charge(yes.within(60_000, 3_000_000));
    }
    let mut heard = freed().within(900_000, 50_000_000);
    for _ in s.rounds(s.between(9, 16)) {
        let offered = offer(heard, "member-17");
        let yes = s.event("booking", "offer.accepted", &member, &course).because(offered).token_in(offered, keeps);
        yes.text(if thinks { s.paraphrase() } else { "Yes, please.".to_owned() }).within(soon, late);
        let charged = charge(yes);
        let code = if coded { format!("declined, reference {}", s.hex(10)) } else { "declined".to_owned() };
        let no = s.event("bank", "charge.failed", &bank, &course).because(charged).token_in(charged, keeps);
        no.text(code).within(900, 6_000);
        let release = s.wants(no, "place.release", &course, "not paid").writes("free", "1").within(300, 2_000);
        if s.chance(12) {
            let asks = s.event("booking", "message", &s.somebody(), &course).text("where am I on the list?");
            asks.within(900, 90_000);
        }
        heard = freed().because(release).token_in(release, keeps).within(500, 5_000);
    }
}

fn waiting_list_worked_through(s: &Scene) {
    let desk = Actor::new("booking", s.pick(&["system", "app"]));
    for number in 0..s.between(3, 9) {
        let course = format!("booking:course/{}", 100 + number);
        let mut heard = s.event("booking", "place.freed", &desk, &course).text("1 place is free").state("free", "1");
        heard.within(300_000, 20_000_000);
        let (length, taken) = (s.between(4, 8), s.between(1, 5));
        for place in 1..=taken.min(length) {
            let text = format!("member-{}: A place is free, do you want it?", 20 + place);
            let offer = s.wants(heard, "place.offer", &course, &text).attempt(place, length).within(400, 4_000);
            if place < taken.min(length) {
                let over = s.tick(&course, 0).because(offer);
                heard = if s.chance(60) {
                    over.after(7_200_000)
                } else {
                    let who = Actor::person(&format!("member-{}", 20 + place));
                    let no = s.event("booking", "offer.declined", &who, &course).because(offer).text("no, thanks");
                    over.after(7_200_000);
                    no.within(60_000, 7_000_000)
                };
            } else {
                let who = Actor::person(&format!("member-{}", 20 + place));
                let yes = s.event("booking", "offer.accepted", &who, &course).because(offer).text("yes!");
                s.wants(yes.within(60_000, 7_000_000), "card.charge", &course, "49.00");
            }
        }
    }
}

fn two_robots_give_way(s: &Scene) {
    let (robot, corridor) = (format!("amr:robot/{}", s.between(1, 9)), s.between(1, 12));
    let fleet = Actor::new(s.pick(&["fleet", "carrier-b"]), s.pick(&["system", "system", "app", "unknown"]));
    let (located, names, keeps) = (s.chance(55), s.chance(40), s.pick(&[0, 60, 100]));
    let steps = s.pick(&[1, 2, 2]);
    let (soon, late) = s.pick(&[(300, 1_500), (4_000, 12_000), (25_000, 60_000)]);
    let met = |place: &str| {
        let at = if located { format!(" at {}.{:02} m", s.between(10, 14), s.between(0, 99)) } else { String::new() };
        let who = if names { "carrier-b/4" } else { "an obstacle" };
        s.event("amr", "robot.blocked", &fleet, place).text(format!("corridor {corridor}: {who} ahead{at}"))
    };
    // Whom it met before was a cart, or somebody who went on.
    for number in 0..s.between(0, 4) {
        let heard = met(&robot).within(200_000, 9_000_000);
        s.wants(heard, "robot.aside", &robot, &format!("bay {number}")).within(100, 600);
        let free = s.event("amr", "corridor.free", &fleet, &robot).text("nothing ahead").within(9_000, 60_000);
        s.wants(free, "robot.resume", &robot, "to its goal").within(100, 600);
    }
    let mut heard = met(&robot).within(200_000, 9_000_000);
    for _ in s.rounds(if steps == 2 { s.between(12, 25) } else { s.between(22, 44) }) {
        let act = if steps == 2 {
            let aside = s.wants(heard, "robot.aside", &robot, "bay 2").within(100, 600);
            let free = s.event("amr", "corridor.free", &fleet, &robot).because(aside).token_in(aside, keeps);
            s.wants(free.text("nothing ahead").within(soon, late), "robot.resume", &robot, "to its goal")
        } else {
            let side = s.pick(&["left", "left", "right"]);
            s.wants(heard, "robot.reroute", &robot, &format!("by the {side}"))
        };
        act.within(100, 600);
        if s.chance(7) {
            let other = format!("amr:robot/{}", s.between(20, 40));
            s.event("amr", "robot.arrived", &fleet, &other).text(s.sentence(3)).within(900, 20_000);
        }
        heard = met(&robot).because(act).token_in(act, keeps).within(soon, late);
    }
}

fn robots_pass_all_day(s: &Scene) {
    let fleet = Actor::new("fleet", s.pick(&["system", "app"]));
    for _ in 0..s.between(4, 16) {
        let robot = format!("amr:robot/{}", s.between(1, 4));
        let mut heard = s.event("amr", "robot.blocked", &fleet, &robot).text("carrier-b ahead");
        heard.within(20_000, 1_800_000);
        let tries = s.pick(&[1, 1, 1, 2, 3, 4]);
        for attempt in 1..=tries {
            let aside = s.wants(heard, "robot.aside", &robot, "wait at the bay").attempt(attempt, 4);
            let text = if attempt < tries { "carrier-b ahead" } else { "nothing ahead" };
            let kind = if attempt < tries { "robot.blocked" } else { "corridor.free" };
            heard = s.event("amr", kind, &fleet, &robot).because(aside).token(aside).text(text);
            heard.within(5_000, 40_000);
        }
        s.wants(heard, "robot.resume", &robot, "to its goal").within(100, 600);
    }
}

fn sprinkler_taken_for_rain(s: &Scene) {
    let zone = format!("garden:zone/{}", s.between(1, 8));
    let sensor = Actor::new("rain-sensor", s.pick(&["unknown", "system", "app", "human"]));
    let (apart, exact, drips, keeps) = (s.chance(40), s.chance(45), s.chance(40), s.pick(&[0, 0, 60]));
    let place = if apart { "garden:rain".to_owned() } else { zone.clone() };
    let (soon, late) = s.pick(&[(2_000, 9_000), (30_000, 120_000), (400_000, 1_500_000)]);
    let reads = |wet: bool| {
        let event = s.event("garden", "rain.changed", &sensor, &place).state("rain", if wet { "yes" } else { "no" });
        let humid = if wet { s.between(82, 99) } else { s.between(20, 38) };
        if exact { event.text(format!("{humid} %")) } else { event.text(if wet { "wet" } else { "dry" }) }
    };
    let open = |heard| {
        let text = if drips { "resume the program".to_owned() } else { format!("{} minutes", s.between(18, 22)) };
        s.wants(heard, "valve.open", &zone, &text).writes("valve", "open").within(200, 2_000)
    };
    // Before the sensor was moved it only saw real rain.
    for _ in 0..s.between(0, 3) {
        open(s.tick(&zone, 86_400_000));
        let rain = reads(true).within(60_000, 600_000);
        s.wants(rain, "valve.close", &zone, "rain").writes("valve", "closed").within(200, 2_000);
        reads(false).within(3_000_000, 20_000_000);
    }
    let mut heard = s.tick(&zone, 86_400_000);
    for _ in s.rounds(s.between(12, 26)) {
        let watering = open(heard);
        let wet = reads(true).because(watering).token_in(watering, keeps).within(soon, late);
        let close = s.wants(wet, "valve.close", &zone, "rain").writes("valve", "closed").within(200, 2_000);
        if s.chance(8) {
            s.event("garden", "gate.opened", &s.somebody(), "garden:gate").within(900, 20_000);
        }
        heard = reads(false).because(close).token_in(close, keeps).within(soon, late * 2);
    }
}

fn watering_zone_by_zone(s: &Scene) {
    let sensor = Actor::new("rain-sensor", s.pick(&["unknown", "system"]));
    for day in 0..s.between(2, 6) {
        let (size, plan) = (s.between(3, 7), format!("day-{day}"));
        let tick = s.tick("garden:program", 80_000_000);
        for number in 0..size {
            let (zone, start) = (format!("garden:zone/{number}"), 600 + number * 1_200_000);
            let open = s.wants(tick, "valve.open", &zone, "20 minutes").writes("valve", "open");
            open.in_plan(&plan, size).after(start);
            let done = s.reports(open, "valve.closed", "20 minutes").after(1_199_000);
            if s.chance(15) {
                // Real rain: the zone is stopped and gets what is missing in the evening.
                done.text("4 minutes, rain").after(240_000);
                s.event("garden", "rain.changed", &sensor, "garden:rain").state("rain", "yes").text("wet").after(100);
                let again = s.wants(done, "valve.open", &zone, "16 minutes").writes("valve", "open").attempt(2, 2);
                again.after(36_000_000);
            }
        }
    }
}
