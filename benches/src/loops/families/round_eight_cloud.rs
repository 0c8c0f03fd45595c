//! Clusters, machines, queues, firewalls and batteries.

use crate::loops::families::{Family, careless, declared, looping};
use crate::loops::scene::{Actor, Scene};

pub(super) const FAMILIES: &[Family] = &[
    looping(
        "restart_writes_the_watched_config",
        "",
        "We restart a service whenever its config map changes, and on its start the service writes its start time into that map",
        restart_writes_the_watched_config,
    ),
    declared(
        "config_merges_rolled_out",
        "",
        "People merge changes to the config maps of several services, some at once, and each service is restarted by a plan",
        config_merges_rolled_out,
    ),
    looping(
        "requests_grow_as_replicas_shrink",
        "",
        "We raise the CPU request to what a pod uses, so the autoscaler takes a replica away, and each pod uses more (VPA with HPA)",
        requests_grow_as_replicas_shrink,
    ),
    declared(
        "requests_set_by_plan",
        "",
        "The requests of many deployments are set once by a plan of known size and the autoscaler settles each",
        requests_set_by_plan,
    ),
    looping(
        "stopped_machine_is_replaced",
        "",
        "We stop machines that run at night without a tag, and their scale set replaces what is stopped by a new one without a tag",
        stopped_machine_is_replaced,
    ),
    declared(
        "lab_stopped_each_evening",
        "",
        "The machines of a lab are stopped each evening and started each morning, each time as a plan of known size",
        lab_stopped_each_evening,
    ),
    looping(
        "lock_lost_while_working",
        "",
        "The work on a message takes longer than its lock, so that the queue delivers it again while we are still at it",
        lock_lost_while_working,
    ),
    declared(
        "deliveries_counted_by_the_broker",
        "",
        "Orders come from a queue, some again after a crash, and the work says which of at most five deliveries it is",
        deliveries_counted_by_the_broker,
    ),
    looping(
        "probe_banned_and_unbanned",
        "",
        "A firewall bans the address of our probe for its many requests, we unban it, and it makes up for what it missed",
        probe_banned_and_unbanned,
    ),
    careless(
        "visitors_unbanned_one_by_one",
        "",
        "A firewall is too strict for a day, people ask to be let in again, some of them twice, and each is unbanned",
        visitors_unbanned_one_by_one,
    ),
    looping(
        "two_batteries_charge_each_other",
        "",
        "After dusk a second battery covers what ours draws, and what it feeds in looks like sun to charge from",
        two_batteries_charge_each_other,
    ),
    declared(
        "charging_follows_the_sun",
        "",
        "On a cloudy day the charging power is set to what the sun leaves over, again and again, as the battery fills",
        charging_follows_the_sun,
    ),
];

fn restart_writes_the_watched_config(s: &Scene) {
    let app = s.word();
    let (map, deployment) = (format!("az:aks/configmap/{app}"), format!("az:aks/deployment/{app}"));
    let writer = Actor::new(&format!("system:{app}"), s.pick(&["system", "system", "unknown", "app"]));
    let (reports, with_hash) = (s.chance(70), s.chance(60));
    let (soon, late) = s.pick(&[(2_000, 9_000), (10_000, 60_000), (60_000, 240_000)]);
    let digest = s.hex(12);
    let mut changed = s.event("azure", "configmap.updated", &s.somebody(), &map).state("data", &digest);
    let mut seen = digest;
    for _ in s.rounds(s.between(23, 55)) {
        let text = if with_hash { format!("config is {seen} now") } else { "config changed".to_owned() };
        let restart = s.wants(changed, "rollout.restart", &deployment, &text).writes("config", &seen);
        restart.within(400, 5_000);
        let wait = s.between(soon, late);
        seen = s.hex(12);
        changed = s.event("azure", "configmap.updated", &writer, &map).because(restart).state("data", &seen);
        changed.after(wait);
        if reports {
            let done = s.event("azure", "rollout.done", &Actor::system("cluster"), &deployment).because(restart);
            done.token(restart).text("3 of 3 ready").after(wait + s.between(1_000, 8_000));
        }
    }
}

fn config_merges_rolled_out(s: &Scene) {
    let count = s.between(2, 5);
    let gap = s.pick(&[60_000, 900_000, 7_200_000]);
    for merge in 0..s.between(5, 12) {
        let touched = s.between(1, count);
        let plan = format!("config-{merge}-{}", s.hex(4));
        let pushed = s.event("github", "push", &s.somebody(), &s.part("@main")).text(s.sentence(5)).tree(s.hex(40));
        pushed.within(gap / 10, gap);
        for app in 0..touched {
            let (map, deployment) = (format!("az:aks/configmap/app-{app}"), format!("az:aks/deployment/app-{app}"));
            let digest = s.hex(12);
            let changed = s.event("azure", "configmap.updated", &Actor::system("gitops"), &map);
            changed.state("data", &digest).within(500, 9_000);
            let restart = s.wants(changed, "rollout.restart", &deployment, &format!("config is {digest} now"));
            restart.writes("config", &digest).in_plan(&plan, touched);
            let done = s.event("azure", "rollout.done", &Actor::system("cluster"), &deployment).because(restart);
            done.token(restart).text("3 of 3 ready").within(10_000, 90_000);
        }
    }
}

fn requests_grow_as_replicas_shrink(s: &Scene) {
    let deployment = format!("az:aks/deployment/{}", s.word());
    let recommender = Actor::new("recommender", s.pick(&["system", "system", "bot", "unknown"]));
    let scaler = Actor::system("autoscaler");
    let rounds = s.between(22, 48);
    let load = s.between(9_000, 40_000);
    let slow = s.pick(&[90_000, 600_000, 3_600_000]);
    let mut replicas = rounds + s.between(3, 20);
    let mut used = load / replicas;
    let mut advice = s.event("azure", "usage.recommended", &recommender, &deployment).state("usage", used.to_string());
    advice.text(format!("{used}m per pod"));
    for _ in s.rounds(rounds) {
        let set = s.wants(advice, "deployment.patch", &deployment, &format!("cpu request {used}m"));
        set.writes("cpu-request", format!("{used}m")).within(900, 30_000);
        replicas -= 1;
        used = load / replicas;
        let wait = s.between(slow / 3, slow);
        let scaled = s.event("azure", "deployment.scaled", &scaler, &deployment).because(set);
        scaled.state("replicas", replicas.to_string()).after(wait);
        if s.chance(10) {
            let text = "latency of the slowest percentile is up";
            s.event("azure", "alert.fired", &Actor::system("monitor"), &deployment).because(set).text(text).after(wait);
        }
        advice = s.event("azure", "usage.recommended", &recommender, &deployment).because(set);
        advice
            .state("usage", used.to_string())
            .text(format!("{used}m per pod"))
            .after(wait + s.between(slow / 3, slow));
    }
}

fn requests_set_by_plan(s: &Scene) {
    let size = s.between(15, 70);
    let plan = format!("rightsizing-{}", s.hex(6));
    let order = s.person_orders("az:aks/cluster", "set the requests of all deployments to last week's usage");
    let pause = s.between(2_000, 60_000);
    for index in 0..size {
        let deployment = format!("az:aks/deployment/{}-{index}", s.word());
        // Many small services use about the same.
        let used = s.between(2, 30) * 25;
        let set = s.wants(order, "deployment.patch", &deployment, &format!("cpu request {used}m"));
        set.writes("cpu-request", format!("{used}m")).in_plan(&plan, size).after(1_000 + index * pause);
        let scaled = s.event("azure", "deployment.scaled", &Actor::system("autoscaler"), &deployment).because(set);
        scaled.state("replicas", s.between(2, 9).to_string()).within(20_000, 180_000);
    }
}

fn stopped_machine_is_replaced(s: &Scene) {
    let pool = s.azure("scale-set");
    let platform = Actor::new("scale-set", s.pick(&["system", "system", "app", "unknown"]));
    let (tells, one_subject) = (s.chance(40), s.chance(40));
    let (soon, late) = s.pick(&[(20_000, 90_000), (200_000, 600_000)]);
    let mut name = format!("vm-{}", s.hex(6));
    // A person leaves a machine on, which is what the rule is for.
    let mut running = s.event("azure", "vm.started", &s.somebody(), &pool).text(&name).state("power", "on");
    let rounds = if tells { s.between(12, 27) } else { s.between(22, 50) };
    for _ in s.rounds(rounds) {
        let place = if one_subject { pool.clone() } else { format!("{pool}/{name}") };
        if tells {
            s.wants(running, "message", &s.channel(), &format!("Stopping {name}")).within(300, 1_900);
        }
        let text = format!("{name} has no tag for the night");
        let stop = s.wants(running, "vm.stop", &place, &text).writes("power", "off").within(2_000, 60_000);
        let stopped = s.event("azure", "vm.stopped", &s.our_app(), &place).because(stop).token(stop);
        stopped.text(&name).state("power", "off").within(5_000, 19_000);
        let old = name;
        name = format!("vm-{}", s.hex(6));
        running = s.event("azure", "vm.started", &platform, &pool).because(stop).state("power", "on");
        running.text(format!("{name} instead of unhealthy {old}")).within(soon, late);
    }
}

fn lab_stopped_each_evening(s: &Scene) {
    let machines: Vec<_> = (0..s.between(4, 10)).map(|_| format!("az:vm/lab-{}", s.hex(4))).collect();
    let size = machines.len() as u64;
    for day in 0..s.between(1, 4) {
        for (power, kind, pause) in [("off", "vm.stop", 39_600_000), ("on", "vm.start", 46_800_000)] {
            let plan = format!("lab-{power}-{day}");
            let tick = s.tick("az:lab", pause - s.between(0, 60_000));
            for (index, machine) in (0..).zip(&machines) {
                let act = s.wants(tick, kind, machine, "timetable").writes("power", power).in_plan(&plan, size);
                act.after(500 + index * 2_000);
                let done = if power == "on" { "vm.started" } else { "vm.stopped" };
                let seen = s.event("azure", done, &s.our_app(), machine).because(act).token(act);
                seen.state("power", power).within(20_000, 90_000);
            }
        }
    }
}

fn lock_lost_while_working(s: &Scene) {
    let queue = s.azure("queue");
    let bus = Actor::new("servicebus", s.pick(&["system", "system", "unknown"]));
    let (message, customer) = (format!("m{}", s.hex(10)), s.between(1_000, 9_000));
    let (counts, sends, same_id) = (s.chance(40), s.chance(40), s.chance(60));
    let lock = s.pick(&[30_000, 60_000, 300_000]);
    let order = format!("year report of customer {customer}");
    let mut delivered = s.event("azure", "queue.message", &bus, &queue).text(&order).object(&message);
    let rounds = if sends { s.between(12, 28) } else { s.between(22, 52) };
    for round in s.rounds(rounds) {
        let job = format!("{queue}/report-{customer}");
        let work = s.wants(delivered, "report.render", &job, &order).within(50, 900);
        let done = s.event("azure", "report.rendered", &Actor::runtime(), &job).because(work).token(work);
        done.text(format!("{} pages", s.between(390, 410))).after(lock + s.between(200, 12_000));
        if sends {
            let mail = s.wants(done, "mail.send", &format!("mail:customer{customer}"), "Your year report is ready.");
            if round == 0 {
                mail.in_order();
            }
        }
        delivered = s.event("azure", "queue.message", &bus, &queue).because(work).after(lock);
        delivered.text(if counts { format!("{order} (delivery {})", round + 2) } else { order.clone() });
        if same_id {
            delivered.object(&message);
        }
    }
}

fn deliveries_counted_by_the_broker(s: &Scene) {
    let queue = s.azure("queue");
    let bus = Actor::system("servicebus");
    let mut moment = 0;
    for number in 0..s.between(8, 30) {
        let (message, order) = (format!("m{}", s.hex(10)), format!("invoice for order {}", 40_000 + number * 3));
        let job = format!("{queue}/invoice-{number}");
        let mut delivered = s.event("azure", "queue.message", &bus, &queue).text(&order).object(&message);
        moment += s.between(200, 60_000);
        delivered.at(moment);
        let tries = if s.chance(70) { 1 } else { s.between(2, 4) };
        for attempt in 1..=tries {
            let work = s.wants(delivered, "report.render", &job, &order).attempt(attempt, 5);
            if attempt == tries {
                let done = s.event("azure", "report.rendered", &Actor::runtime(), &job).because(work).token(work);
                done.text("2 pages").within(500, 5_000);
            } else {
                // The worker crashes over it.
                delivered = s.event("azure", "queue.message", &bus, &queue).because(work).text(&order).object(&message);
                delivered.within(30_000, 31_000);
            }
        }
    }
}

fn probe_banned_and_unbanned(s: &Scene) {
    let wall = s.azure("waf");
    let firewall = Actor::new("waf", s.pick(&["system", "app", "unknown"]));
    let probes: Vec<_> =
        (0..s.between(1, 3)).map(|_| format!("10.4.{}.{}", s.between(0, 9), s.between(2, 250))).collect();
    let (counts, recovers) = (s.chance(60), s.chance(70));
    let (soon, late) = s.pick(&[(3_000, 20_000), (60_000, 300_000), (900_000, 1_200_000)]);
    let mut addresses = probes.iter().cycle();
    let mut address = probes[0].clone();
    let reason = |address: &str| {
        let requests = s.between(200, 900);
        if counts { format!("{address} banned after {requests} requests in 10 s") } else { format!("{address} banned") }
    };
    let mut banned = s.event("azure", "address.banned", &firewall, &wall).text(reason(&address));
    banned.state(&format!("rule-{address}"), "ban");
    for _ in s.rounds(s.between(23, 56)) {
        let rule = format!("rule-{address}");
        let text = format!("{address} is our probe, unbanned");
        let unban = s.wants(banned, "rule.delete", &wall, &text).writes(&rule, "none").within(300, 9_000);
        let confirmed = s.event("azure", "rule.deleted", &s.our_app(), &wall).because(unban).about(unban).token(unban);
        confirmed.state(&rule, "none").within(200, 2_500);
        if recovers {
            let up = s.event("azure", "probe.up", &Actor::system("monitor"), &wall).because(unban);
            up.text(format!("{address}: 200 OK")).after(2_600);
        }
        address = addresses.next().cloned().unwrap_or(address);
        banned = s.event("azure", "address.banned", &firewall, &wall).because(unban).text(reason(&address));
        banned.state(&format!("rule-{address}"), "ban").within(soon, late);
    }
}

fn visitors_unbanned_one_by_one(s: &Scene) {
    let (wall, channel) = (s.azure("waf"), s.channel());
    let firewall = Actor::system("waf");
    let mut address = format!("198.51.100.{}", s.between(2, 250));
    for visitor in 0..s.between(8, 26) {
        if visitor == 0 || s.chance(75) {
            address = format!("198.51.100.{}", s.between(2, 250));
        }
        let rule = format!("rule-{address}");
        let banned = s.event("azure", "address.banned", &firewall, &wall).text(format!("{address} banned"));
        banned.state(&rule, "ban").within(60_000, 1_800_000);
        let asked = s.person_says(&channel, &format!("please unban {address}")).within(120_000, 2_400_000);
        let unban = s.wants(asked, "rule.delete", &wall, &format!("{address} unbanned")).writes(&rule, "none");
        let confirmed = s.event("azure", "rule.deleted", &s.our_app(), &wall).because(unban).about(unban).token(unban);
        confirmed.state(&rule, "none").within(200, 2_500);
        let said = s.wants(confirmed, "message", &channel, "Done, please try again.");
        s.echo(said, "message");
    }
}

fn two_batteries_charge_each_other(s: &Scene) {
    let (meter, battery) = ("ha:sensor/grid".to_owned(), format!("ha:battery/{}", s.pick(&["cellar", "garage"])));
    let sensor = Actor::system("meter");
    let other = Actor::new("second-battery", s.pick(&["system", "unknown", "app"]));
    let (sees_other, rounded) = (s.chance(50), s.chance(40));
    let (soon, late) = s.pick(&[(900, 4_000), (5_000, 15_000), (30_000, 90_000)]);
    let power = |middle: u64| {
        let watts = s.between(middle - 60, middle + 60);
        if rounded { watts / 50 * 50 } else { watts }
    };
    let charge = |reading, watts: u64| {
        let set = s.wants(reading, "battery.charge", &battery, &format!("charge with {watts} W"));
        set.writes("power", watts.to_string()).within(60, 900)
    };
    let measured = |watts: u64| s.event("home", "state_changed", &sensor, &meter).state("surplus", watts.to_string());
    // In the afternoon the surplus is real.
    for _ in 0..s.between(2, 9) {
        let watts = power(1_500);
        charge(measured(watts).within(60_000, 600_000), watts);
    }
    let middle = s.between(400, 1_200);
    let mut watts = power(middle);
    // A cloud goes away for the last time.
    let mut reading = measured(watts).within(60_000, 600_000);
    for _ in s.rounds(s.between(22, 46)) {
        let set = charge(reading, watts);
        let wait = s.between(soon, late);
        if sees_other {
            let covers = s.event("home", "state_changed", &other, "ha:battery/second").because(set);
            covers.state("discharge", watts.to_string()).after(wait / 2);
        }
        watts = power(middle);
        reading = measured(watts).because(set).after(wait);
    }
}

fn charging_follows_the_sun(s: &Scene) {
    let (meter, battery) = ("ha:sensor/grid", format!("ha:battery/{}", s.pick(&["cellar", "garage"])));
    let sensor = Actor::system("meter");
    let rounded = s.chance(40);
    let gap = s.pick(&[15_000, 60_000, 300_000]);
    let mut stored = s.between(200, 900);
    for _ in 0..s.between(20, 75) {
        let exact = s.between(300, 3_200);
        let watts = if rounded { exact / 50 * 50 } else { exact };
        let reading = s.event("home", "state_changed", &sensor, meter).state("surplus", watts.to_string());
        reading.within(gap / 4, gap);
        let set = s.wants(reading, "battery.charge", &battery, &format!("charge with {watts} W"));
        set.writes("power", watts.to_string()).progress(stored).within(60, 900);
        let after = s.event("home", "state_changed", &sensor, meter).because(set).state("surplus", "0");
        after.within(900, 3_500);
        stored += 1 + watts / 60;
    }
}
