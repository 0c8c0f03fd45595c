//! The cloud and things: firewall rules, generated secrets, reboots, silences, subscriptions and clocks.

use crate::loops::families::{Family, careless, declared, looping};
use crate::loops::scene::{Actor, Scene};

pub(super) const FAMILIES: &[Family] = &[
    looping(
        "rules_inline_and_apart",
        "",
        "One stack lists a firewall's rules in the firewall itself, another one adds a rule of its own, and each apply undoes the other",
        rules_inline_and_apart,
    ),
    declared(
        "rules_added_for_partners",
        "",
        "The addresses of new partners are added to many firewalls by plans, and what is locked at the moment gets a second attempt",
        rules_added_for_partners,
    ),
    looping(
        "account_without_its_secret",
        "",
        "We write a service account as it stands in Git, without its pull secret, and the platform generates a new secret for it",
        account_without_its_secret,
    ),
    declared(
        "accounts_for_new_teams",
        "",
        "Each new team gets its service accounts by a plan, the platform adds a generated secret to each, and we note how many are ready",
        accounts_for_new_teams,
    ),
    looping(
        "reboot_finds_the_old_log",
        "",
        "We reboot a node for an error in its kernel log; after the start the monitor reads the log of before and finds that error",
        reboot_finds_the_old_log,
    ),
    declared(
        "nodes_rebooted_for_a_kernel",
        "",
        "The nodes of several pools are rebooted for a new kernel by a plan, and one that stays on the old one is rebooted once more",
        nodes_rebooted_for_a_kernel,
    ),
    looping(
        "silence_looks_like_recovery",
        "",
        "We silence an alert while somebody is at work on it; the silence reads as its recovery, at which we lift the silence",
        silence_looks_like_recovery,
    ),
    careless(
        "silences_for_maintenance",
        "",
        "Operators ask for silences all night, for one machine or another and often the same, and each is lifted when they are done",
        silences_for_maintenance,
    ),
    looping(
        "renewed_for_less_than_the_notice",
        "",
        "We renew a subscription for less time than the platform's warning runs ahead of the end, so that each renewal brings a warning",
        renewed_for_less_than_the_notice,
    ),
    declared(
        "subscriptions_renewed_in_time",
        "",
        "Many subscriptions to mailboxes run out every few days, each warning is answered by a renewal, and the renewals are numbered",
        subscriptions_renewed_in_time,
    ),
    looping(
        "clock_set_late_each_time",
        "",
        "A sleeping device gets the time only when it wakes up, so that it is slow by as much as it slept, reports that, and is set again",
        clock_set_late_each_time,
    ),
    declared(
        "clocks_set_after_a_power_cut",
        "",
        "After a power cut the clocks of many devices are set, and those that are still slow get a second and a third attempt",
        clocks_set_after_a_power_cut,
    ),
];

fn rules_inline_and_apart(s: &Scene) {
    let group = s.azure("nsg");
    let other =
        Actor::new(s.pick(&["app-pipeline", "terraform", "h4"]), s.pick(&["app", "system", "human", "unknown"]));
    let (ours, by_stack, exact, keeps) = (s.chance(45), s.chance(40), s.chance(50), s.pick(&[0, 0, 60]));
    let (soon, late) = s.pick(&[(30_000, 120_000), (1_700_000, 1_900_000), (85_000_000, 88_000_000)]);
    let (name, port) = (s.word(), s.pick(&[443, 5432, 8443]));
    let place = |stack: &str| if by_stack { format!("{group}/{stack}") } else { group.clone() };
    let drift = |stack: &str, text: &str| {
        let detail = if exact { format!(", plan {}", s.hex(8)) } else { String::new() };
        s.event("azure", "drift.detected", &Actor::system("planner"), &place(stack)).text(format!("{text}{detail}"))
    };
    let apply = |heard, stack: &str, rules: &str| {
        let act = s.wants(heard, "stack.apply", &place(stack), rules).writes("rules", rules).within(900, 20_000);
        if let Some(echo) = s.echo(act, "resource.written") {
            echo.state("rules", rules);
        }
        act
    };
    // Rules that people click together are taken away, and stay away.
    for number in 0..s.between(0, 4) {
        let heard = drift("network", &format!("1 to destroy: test-{number}")).within(5_000_000, 90_000_000);
        apply(heard, "network", "12 rules");
    }
    let surplus = format!("1 to destroy: {name}-{port}");
    let mut heard = drift("network", &surplus).within(5_000_000, 90_000_000);
    for _ in s.rounds(if ours { s.between(12, 26) } else { s.between(22, 46) }) {
        let cleaned = apply(heard, "network", "12 rules");
        let act = if ours {
            let missing = drift("app", &format!("1 to add: {name}-{port}")).because(cleaned);
            apply(missing.token_in(cleaned, keeps).within(soon, late), "app", "13 rules")
        } else {
            let added = s.event("azure", "resource.written", &other, &place("app")).because(cleaned);
            added.state("rules", "13 rules").text(format!("{name}-{port}")).within(soon / 2, soon);
            cleaned
        };
        if s.chance(6) {
            s.person_says(&s.channel(), s.pick(&["the app is offline, again", "who changes the firewall?"]))
                .within(900, 60_000);
        }
        heard = drift("network", &surplus).because(act).token_in(act, keeps).within(soon, late);
    }
}

fn rules_added_for_partners(s: &Scene) {
    for partner in 0..s.between(1, 5) {
        let (size, plan) = (s.between(5, 12), format!("partner-{partner}"));
        let order = s.person_orders(&s.azure("network"), &format!("let {plan} in")).within(900_000, 60_000_000);
        for number in 0..size {
            let group = format!("az:nsg/{partner}-{number}");
            let rule = format!("{plan}: 203.0.113.{}", s.between(1, 250));
            let act = s.wants(order, "rule.add", &group, &rule).writes("rules", &rule).in_plan(&plan, size);
            let act = act.after(900 + number * 1_500);
            if s.chance(15) {
                let locked = s.reports(act, "rule.failed", "another operation is in progress").within(900, 9_000);
                let again = s.wants(locked, "rule.add", &group, &rule).writes("rules", &rule).attempt(2, 3);
                again.within(30_000, 90_000);
            } else if let Some(echo) = s.echo(act, "resource.written") {
                echo.state("rules", &rule);
            }
        }
    }
}

fn account_without_its_secret(s: &Scene) {
    let account = format!("k8s:{}/builder", s.word());
    let platform = Actor::new("token-controller", s.pick(&["system", "system", "app", "unknown"]));
    let (by_secret, counts, tells, keeps) = (s.chance(30), s.chance(40), s.chance(35), s.pick(&[0, 0, 60, 100]));
    let (soon, late) = s.pick(&[(200, 2_000), (15_000, 60_000), (170_000, 190_000)]);
    let apply = |heard, place: &str| {
        let act = s.wants(heard, "object.apply", place, "as in git").writes("secrets", "none").within(200, 3_000);
        if let Some(echo) = s.echo(act, "object.modified") {
            echo.state("secrets", "none");
        }
        act
    };
    // A push to Git is applied and no more.
    for number in 0..s.between(0, 5) {
        let push = s.event("github", "push", &s.somebody(), &s.part("@main")).text(s.sentence(4));
        apply(push.within(900_000, 60_000_000), &format!("k8s:team-{number}/config"));
    }
    let added = |count: u64| {
        let name = format!("builder-dockercfg-{}", s.hex(5));
        let place = if by_secret { format!("{account}/{name}") } else { account.clone() };
        let many = if counts { format!(" ({count} in this namespace)") } else { String::new() };
        s.event("k8s", "object.modified", &platform, &place).state("secrets", &name).text(format!("{name}{many}"))
    };
    let mut heard = added(1).within(900_000, 60_000_000);
    for round in s.rounds(if tells { s.between(12, 26) } else { s.between(22, 48) }) {
        let act = apply(heard, &account);
        if tells {
            s.wants(heard, "message", &s.channel(), "builder was out of sync and is in sync").within(3_100, 6_000);
        }
        if s.chance(6) {
            s.person_says(&s.channel(), s.pick(&["etcd is slow today", "a thousand secrets?"])).within(900, 60_000);
        }
        heard = added(round + 2).because(act).token_in(act, keeps).within(soon, late);
    }
}

fn accounts_for_new_teams(s: &Scene) {
    let platform = Actor::new("token-controller", s.pick(&["system", "app"]));
    let note = s.issue();
    let mut ready = 0;
    for _ in 0..s.between(2, 6) {
        let (team, size) = (s.hex(5), s.between(2, 5));
        let order = s.person_orders(&s.repo(), &format!("team {team}, please")).within(600_000, 60_000_000);
        for number in 0..size {
            let account = format!("k8s:{team}/account-{number}");
            let act = s.wants(order, "object.apply", &account, "as in git").in_plan(&team, size);
            let added = s.event("k8s", "object.modified", &platform, &account).because(act.after(400 + 9_000 * number));
            added.token(act).state("secrets", format!("dockercfg-{}", s.hex(5))).within(200, 2_000);
            ready += 1;
            s.wants(added, "comment.edit", &note, &format!("{ready} accounts are ready")).progress(ready);
        }
    }
}

fn reboot_finds_the_old_log(s: &Scene) {
    let node = format!("k8s:node/{}", s.between(10, 90));
    let monitor = Actor::new("node-problem-detector", s.pick(&["system", "system", "app", "unknown"]));
    let (drains, dated, thinks, keeps) = (s.chance(40), s.chance(50), s.chance(20), s.pick(&[0, 0, 60]));
    let old = if s.chance(50) { s.timestamp() } else { "[   12.480233]".to_owned() };
    let (soon, late) = s.pick(&[(60_000, 150_000), (240_000, 360_000), (900_000, 1_800_000)]);
    let found = |place: &str| {
        let at = if dated { format!("{} ", s.timestamp()) } else { format!("{old} ") };
        let text = format!("{at}task dockerd:{} blocked for more than 120 seconds", if dated { 4_711 } else { 812 });
        s.event("k8s", "node.condition", &monitor, place).state("KernelDeadlock", "true").text(text)
    };
    let reboot = |heard, place: &str| {
        if drains {
            s.wants(heard, "node.drain", place, "for a reboot").within(400, 3_000);
        }
        let text = if thinks { s.paraphrase() } else { "reboot for KernelDeadlock".to_owned() };
        s.wants(heard, "node.reboot", place, &text).within(20_000, 60_000)
    };
    // On nodes with the older image the log was empty after a start.
    for number in 0..s.between(0, 3) {
        let place = format!("k8s:node/{number}");
        let act = reboot(found(&place).within(5_000_000, 90_000_000), &place);
        let well = s.event("k8s", "node.condition", &monitor, &place).because(act).token_in(act, keeps);
        well.state("KernelDeadlock", "false").text("no deadlock").within(soon, late);
    }
    let mut heard = found(&node).within(5_000_000, 90_000_000);
    for _ in s.rounds(if drains { s.between(12, 25) } else { s.between(22, 46) }) {
        let act = reboot(heard, &node);
        if s.chance(25) {
            let ready = s.event("k8s", "node.condition", &monitor, &node).because(act).token_in(act, keeps);
            ready.state("Ready", "true").text("kubelet is posting ready status").within(soon / 2, soon);
        }
        if s.chance(6) {
            s.person_says(&s.channel(), s.pick(&["my pods move about", "is a node flapping?"])).within(900, 60_000);
        }
        heard = found(&node).because(act).token_in(act, keeps).within(soon, late);
    }
}

fn nodes_rebooted_for_a_kernel(s: &Scene) {
    for pool in 0..s.between(1, 4) {
        let (size, plan, minor) = (s.between(5, 14), format!("pool-{pool}"), s.between(10, 60));
        let order = s.person_orders(&s.azure("pool"), &format!("{plan} to 6.8.{minor}")).within(900_000, 40_000_000);
        for number in 0..size {
            let node = format!("k8s:node/{pool}-{number}");
            let act = s.wants(order, "node.reboot", &node, "new kernel").in_plan(&plan, size);
            let kernel = if s.chance(12) { minor - 1 } else { minor };
            let up =
                s.event("k8s", "node.ready", &Actor::system("cluster"), &node).because(act.after(number * 300_000));
            up.token(act).state("kernel", format!("6.8.{kernel}")).within(60_000, 200_000);
            if kernel != minor {
                s.wants(up, "node.reboot", &node, "new kernel").attempt(2, 2).within(900, 9_000);
            }
        }
    }
}

fn silence_looks_like_recovery(s: &Scene) {
    let alert = format!("alert:{}/{}", s.word(), s.between(1, 40));
    let manager = Actor::new("alertmanager", s.pick(&["system", "app", "bot", "unknown"]));
    let (apart, valued, thinks, keeps) = (s.chance(30), s.chance(50), s.chance(25), s.pick(&[0, 0, 60, 100]));
    let (soon, late) = s.pick(&[(800, 5_000), (29_000, 62_000), (290_000, 330_000)]);
    let place = if apart { format!("{alert}/silence") } else { alert.clone() };
    let tells = |state: &str| {
        let value = if valued { format!(", value {}.{}", s.between(91, 97), s.between(0, 9)) } else { String::new() };
        s.event("monitoring", "alert.changed", &manager, &alert).state("alert", state).text(format!("{state}{value}"))
    };
    let silence = |heard| {
        let why = if thinks { s.paraphrase() } else { "somebody is at work on it".to_owned() };
        s.wants(heard, "silence.create", &place, &why).writes("silence", "on").within(300, 3_000)
    };
    // A silence used to be lifted after a true recovery.
    for _ in 0..s.between(0, 2) {
        silence(tells("firing").within(5_000_000, 60_000_000));
        let well = tells("resolved").within(900_000, 5_000_000);
        s.wants(well, "silence.expire", &place, "recovered").writes("silence", "off").within(300, 3_000);
    }
    let mut heard = tells("firing").within(5_000_000, 60_000_000);
    for _ in s.rounds(s.between(12, 26)) {
        let act = silence(heard);
        let well = tells("resolved").because(act).token_in(act, keeps).within(soon, late);
        let lift = s.wants(well, "silence.expire", &place, "recovered").writes("silence", "off").within(300, 3_000);
        if s.chance(8) {
            s.person_says(&s.channel(), s.pick(&["still on it", "is it over?", "it is not over"])).within(900, 60_000);
        }
        heard = tells("firing").because(lift).token_in(lift, keeps).within(soon, late);
    }
}

fn silences_for_maintenance(s: &Scene) {
    let (gap, works) = (s.pick(&[60_000, 900_000, 5_000_000]), s.pick(&[300_000, 1_800_000]));
    for _ in 0..s.between(4, 30) {
        let alert = format!("alert:machine/{}", s.between(1, 5));
        let who = s.somebody();
        let asked = s.says(&who, &s.channel(), s.pick(&["/silence", "silence please", "quiet for the update"]));
        let on = s.wants(asked.within(gap / 6, gap), "silence.create", &alert, "maintenance").writes("silence", "on");
        if let Some(echo) = s.echo(on, "silence.changed") {
            echo.state("silence", "on");
        }
        let done = s.says(&who, &s.channel(), s.pick(&["/done", "done", "that was it"])).within(works / 3, works);
        let off = s.wants(done, "silence.expire", &alert, "maintenance is over").writes("silence", "off");
        if let Some(echo) = s.echo(off, "silence.changed") {
            echo.state("silence", "off");
        }
    }
}

fn renewed_for_less_than_the_notice(s: &Scene) {
    let subscription = format!("graph:subscription/{}", s.hex(8));
    let graph = Actor::new("graph", s.pick(&["system", "system", "app", "unknown"]));
    let (minutes, dated, checks, keeps) = (s.pick(&[5, 10, 14]), s.chance(60), s.chance(35), s.pick(&[0, 0, 100]));
    let (soon, late) = s.pick(&[(300, 2_000), (9_000, 40_000), (60_000, 120_000)]);
    let warns = |place: &str| {
        let text =
            if dated { format!("reauthorizationRequired, sent {}", s.timestamp()) } else { "reauthorize".into() };
        s.event("azure", "lifecycle.notice", &graph, place).text(text)
    };
    let renew = |heard, place: &str, minutes: u64| {
        let text = if dated { format!("until {} + {minutes} min", s.timestamp()) } else { format!("{minutes} min") };
        s.wants(heard, "subscription.renew", place, &text).within(200, 4_000)
    };
    // For channels and mail the longest time is days.
    for number in 0..s.between(0, 4) {
        let place = format!("graph:subscription/mail-{number}");
        renew(warns(&place).within(40_000_000, 200_000_000), &place, 4_230);
    }
    let mut heard = warns(&subscription).within(5_000_000, 60_000_000);
    for _ in s.rounds(if checks { s.between(12, 26) } else { s.between(22, 48) }) {
        if checks {
            s.wants(heard, "subscription.get", &subscription, "").reads_only().within(50, 190);
        }
        let act = renew(heard, &subscription, minutes);
        if s.chance(10) {
            let changed =
                s.event("azure", "presence.changed", &s.somebody(), &subscription).text(s.pick(&["busy", "away"]));
            changed.within(900, 20_000);
        }
        heard = warns(&subscription).because(act).token_in(act, keeps).within(soon, late);
    }
}

fn subscriptions_renewed_in_time(s: &Scene) {
    let graph = Actor::new("graph", s.pick(&["system", "app"]));
    let period = s.pick(&[3_300_000, 80_000_000, 250_000_000]);
    for number in 0..s.between(1, 6) {
        let place = format!("graph:subscription/mail-{number}");
        let mut heard = s.event("azure", "lifecycle.notice", &graph, &place).text("reauthorize").within(9_000, 900_000);
        for count in 1..=s.between(5, 12) {
            let act = s.wants(heard, "subscription.renew", &place, "4230 min").progress(count).within(200, 4_000);
            heard = s.event("azure", "lifecycle.notice", &graph, &place).because(act).token(act).text("reauthorize");
            heard.within(period, period + period / 20);
        }
    }
}

fn clock_set_late_each_time(s: &Scene) {
    let device = format!("zigbee:trv/{}", s.between(1, 40));
    let radio = Actor::new("coordinator", s.pick(&["unknown", "system", "app", "human"]));
    let (exact, states, reads, keeps) = (s.chance(60), s.chance(40), s.chance(35), s.pick(&[0, 0, 60]));
    let (soon, late) = s.pick(&[(4_000, 20_000), (280_000, 330_000), (1_700_000, 3_700_000)]);
    let slow = |place: &str| {
        let seconds = if exact { s.between(soon / 1_000, late / 1_000) } else { late / 1_000 };
        let event = s.event("zigbee", "clock.reported", &radio, place).text(format!("slow by {seconds} s"));
        if states { event.state("clock", "slow") } else { event }
    };
    let set = |heard, place: &str| {
        let text = if exact { s.timestamp() } else { "now".to_owned() };
        s.wants(heard, "clock.set", place, &text).writes("clock", "right").within(100, 900)
    };
    // Devices on mains power get the time at once.
    for number in 0..s.between(0, 4) {
        let place = format!("zigbee:plug/{number}");
        set(slow(&place).within(5_000_000, 90_000_000), &place);
    }
    let mut heard = slow(&device).within(5_000_000, 90_000_000);
    for _ in s.rounds(if reads { s.between(12, 26) } else { s.between(22, 48) }) {
        let act = set(heard, &device);
        if reads {
            s.wants(heard, "clock.read", &device, "").reads_only().within(1_000, 3_000);
        }
        if s.chance(7) {
            let turned = s.event("zigbee", "setpoint.changed", &s.somebody(), &device).text("21.5");
            turned.within(900, 60_000);
        }
        heard = slow(&device).because(act).token_in(act, keeps).within(soon, late);
    }
}

fn clocks_set_after_a_power_cut(s: &Scene) {
    let radio = Actor::new("coordinator", s.pick(&["unknown", "system"]));
    for cut in 0..s.between(1, 2) {
        s.event("power", "power.back", &Actor::system("meter"), "power:house").within(900_000, 90_000_000);
        for number in 0..s.between(6, 15) {
            let device = format!("zigbee:device/{cut}-{number}");
            let mut heard = s.event("zigbee", "clock.reported", &radio, &device).text("1970-01-01");
            heard.within(900, 20_000);
            let tries = s.pick(&[1, 1, 2, 3]);
            for attempt in 1..=tries {
                let act = s.wants(heard, "clock.set", &device, &s.timestamp()).writes("clock", "right");
                heard =
                    s.event("zigbee", "clock.reported", &radio, &device).because(act.attempt(attempt, 3)).token(act);
                heard.text(if attempt < tries { "slow by 40 s" } else { "right" }).within(3_000, 60_000);
            }
        }
    }
}
