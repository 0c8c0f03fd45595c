//! The cloud: scaling, restarts, dead letters, environments, nightly jobs, a week on call and a swap of slots.

use super::{DAY, HOUR, MINUTE, SECOND, person, put, remark, reply, turns};
use crate::loops::families::{Family, careless, declared, looping};
use crate::loops::scene::{Actor, Scene};

pub(super) const FAMILIES: &[Family] = &[
    looping(
        "autoscaler_against_rightsizing",
        "",
        "We scale a pool out on an alert, a cost tool finds it half empty and scales it in, and the next alert comes of that",
        autoscaler_against_rightsizing,
    ),
    declared(
        "launch_day_scaled_by_steps",
        "",
        "On a launch day each wave of visitors raises an alert and we scale out by one step, at night in again by the clock",
        launch_day_scaled_by_steps,
    ),
    looping(
        "restart_before_it_is_warm",
        "",
        "We restart a service whose probe fails, it needs longer to fill its cache than the probe waits, and so the probe fails",
        restart_before_it_is_warm,
    ),
    declared(
        "leaky_service_restarted_now_and_then",
        "",
        "A service leaks and is restarted when its memory is nearly full, now and then in a second attempt; the repair comes later",
        leaky_service_restarted_now_and_then,
    ),
    looping(
        "dead_letters_put_back_unmended",
        "",
        "We put dead letters back as new messages, the consumer does not know their schema yet, and they die anew under new ids",
        dead_letters_put_back_unmended,
    ),
    declared(
        "dead_letters_replayed_after_the_fix",
        "",
        "After a fix somebody has all dead letters replayed, each once and a few that met the restart in a second attempt",
        dead_letters_replayed_after_the_fix,
    ),
    looping(
        "two_environments_deleted_and_made_again",
        "",
        "We delete environments of stale branches; Argo makes one again, Terraform Cloud another, both at the same time",
        two_environments_deleted_and_made_again,
    ),
    declared(
        "previews_follow_their_pulls",
        "",
        "An environment is made for each pull request and deleted with it; some pulls are opened again and get theirs back",
        previews_follow_their_pulls,
    ),
    declared(
        "nightly_jobs_of_a_month",
        "",
        "Each night we back up, verify, prune and report, by a plan, with a second attempt where the storage was busy",
        nightly_jobs_of_a_month,
    ),
    declared(
        "alerts_of_an_on_call_week",
        "",
        "A week on call: alerts are posted with their runbook, taken by people, and marked as resolved when they are",
        alerts_of_an_on_call_week,
    ),
    careless(
        "slot_swap_watched_in_silence",
        "",
        "Before each swap we ask for the state of a slot every few seconds until it is warm, and number nothing",
        slot_swap_watched_in_silence,
    ),
];

fn autoscaler_against_rightsizing(s: &Scene) {
    let (pool, room, tool) = (s.azure("pool"), s.channel(), Actor::app("rightsizer"));
    let (tells, steady, style) = (s.chance(40), s.chance(50), s.between(0, 2));
    let (soon, late) = s.pick(&[(4 * MINUTE, 7 * MINUTE), (14 * MINUTE, 17 * MINUTE), (55 * MINUTE, 65 * MINUTE)]);
    let alert = |nodes: u64| {
        let text = format!("CPU is {} % on {nodes} nodes", if steady { 88 } else { s.between(81, 97) });
        s.event("azure", "alert.fired", &Actor::system("monitor"), &pool).text(text)
    };
    let scale = |heard, nodes: u64| {
        let act = s.wants(heard, "pool.scale", &pool, &format!("scale out to {nodes} nodes"));
        let act = act.writes("size", nodes.to_string()).within(2 * SECOND, 20 * SECOND);
        let done = s.event("azure", "pool.scaled", &s.us(), &pool).state("size", nodes.to_string()).because(act);
        done.token(act).within(40 * SECOND, 2 * MINUTE);
        act
    };
    // The load grew in spring, and nobody scaled in.
    let mut nodes = 2;
    for _ in 0..s.between(0, 3) {
        let heard = alert(nodes).within(DAY, 20 * DAY);
        nodes += 1;
        scale(heard, nodes);
    }
    let low = nodes;
    let mut heard = alert(low).within(DAY, 20 * DAY);
    for round in s.rounds(turns(s, if tells { 2 } else { 1 })) {
        let high = low + if steady { 3 } else { s.between(2, 4) };
        let act = scale(heard, high);
        if tells {
            let text = put(s, style, &format!("CPU was high, the pool has {high} nodes now."), round);
            let told = s.wants(heard, "message", &room, &text).within(21 * SECOND, 30 * SECOND);
            remark(s, told, 7, &["that is the tenth time today", "thx", "is there a campaign?"]);
        }
        let scaled = s.event("azure", "pool.scaled", &tool, &pool).state("size", low.to_string()).because(act);
        let idle = s.between(soon, late);
        scaled.text(format!("use was {} %, scaled in to {low}", s.between(28, 44))).token(act).after(idle);
        heard = alert(low).because(act).after(idle + s.between(2 * MINUTE, 4 * MINUTE));
    }
}

fn launch_day_scaled_by_steps(s: &Scene) {
    let (pool, room) = (s.azure("pool"), s.channel());
    let (mut nodes, mut step) = (s.between(4, 8), 0);
    let mut scale = |heard, nodes: u64, way: &str| {
        step += 1;
        let act = s.wants(heard, "pool.scale", &pool, &format!("scale {way} to {nodes} nodes")).progress(step);
        let act = act.writes("size", nodes.to_string()).within(2 * SECOND, 20 * SECOND);
        let done = s.event("azure", "pool.scaled", &s.us(), &pool).state("size", nodes.to_string());
        done.because(act).token(act).within(40 * SECOND, 2 * MINUTE);
    };
    s.person_says(&room, "we go live at nine").within(HOUR, 3 * HOUR);
    for wave in 0..s.between(10, 18) {
        let alert = s.event("azure", "alert.fired", &Actor::system("monitor"), &pool);
        let alert = alert.text(format!("CPU is {} % on {nodes} nodes", s.between(80, 96)));
        nodes += s.pick(&[1, 2, 2, 4]);
        scale(alert.within(4 * MINUTE, 35 * MINUTE), nodes, "out");
        let told = s.wants(alert, "message", &room, &format!("Wave {}: we go to {nodes} nodes.", wave + 1));
        remark(s, told, 20, &["wow", "keep it coming", "what does that cost?", "the page is fast"]);
        if s.chance(30) {
            let asked = s.person_says(&room, "@bot how many nodes?").within(20 * SECOND, 3 * MINUTE);
            s.wants(asked, "message", &room, &format!("{nodes} nodes."));
        }
    }
    let evening = s.now() + 5 * HOUR;
    for night in 0..s.between(3, 5) {
        let tick = s.tick(&pool, 0).at(evening).after(night * HOUR).text("scale in by the clock");
        nodes = (nodes * 3 / 4).max(4);
        scale(tick, nodes, "in");
    }
}

fn restart_before_it_is_warm(s: &Scene) {
    let (service, probe) = (s.azure("service"), Actor::system("probe"));
    let (notes, sees, style, mut spare) = (s.chance(35), s.chance(60), s.between(0, 2), 3);
    let (soon, late) = s.pick(&[(35_000, 50_000), (90_000, 120_000), (285_000, 330_000)]);
    let failed = |place: &str| {
        let text = s.pick(&["no answer within 5 s", "503 Service Unavailable"]);
        s.event("azure", "health.failed", &probe, place).text(text).state("health", "down")
    };
    let restart = |heard, place: &str| {
        let act = s.wants(heard, "service.restart", place, "restart").within(500, 5_000);
        if sees {
            let started = s.event("azure", "service.started", &Actor::system("platform"), place).because(act);
            started.token(act).state("power", "on").within(4_000, 20_000);
        }
        act
    };
    // It hung before, with a small cache, and a restart helped.
    for _ in 0..s.between(0, 5) {
        let act = restart(failed(&service).within(DAY, 20 * DAY), &service);
        let healthy = s.event("azure", "health.ok", &probe, &service).state("health", "up");
        healthy.because(act).within(25_000, 34_000);
    }
    let mut heard = failed(&service).within(DAY, 20 * DAY);
    for round in s.rounds(turns(s, if notes { 2 } else { 1 })) {
        let act = restart(heard, &service);
        if notes {
            let text = put(s, style, "The probe failed, we have restarted the service.", round + 1);
            let note = s.wants(heard, "incident.note", &s.azure("incident"), &text).within(5_100, 9_000);
            remark(s, note, 5, &["it needs four minutes for its cache", "stop restarting it!", "looking"]);
        }
        if spare > 0 && s.chance(7) {
            spare -= 1;
            let place = s.azure(&format!("service-{round}"));
            restart(failed(&place).within(SECOND, 30 * SECOND), &place).in_order();
        }
        heard = failed(&service).because(act).within(soon, late);
    }
}

fn leaky_service_restarted_now_and_then(s: &Scene) {
    let (service, room, probe) = (s.azure("service"), s.channel(), Actor::system("probe"));
    let (soon, late) = s.pick(&[(HOUR, 3 * HOUR), (5 * HOUR, 9 * HOUR), (20 * HOUR, 30 * HOUR)]);
    for incident in 1..=s.between(9, 26) {
        let fired = s.event("azure", "alert.fired", &Actor::system("monitor"), &service);
        let mut heard = fired.text(format!("memory is {} % full", s.between(90, 95))).within(soon, late);
        let tries = s.pick(&[1, 1, 1, 1, 2, 3]);
        for attempt in 1..=tries {
            let act = s.wants(heard, "service.restart", &service, "restart").attempt(attempt, 3);
            let act = act.within(500, 5_000);
            let (kind, health) = if attempt < tries { ("health.failed", "down") } else { ("health.ok", "up") };
            let seen = s.event("azure", kind, &probe, &service).state("health", health).because(act);
            heard = seen.token(act).within(25_000, 60_000);
        }
        let told = s.wants(heard, "message", &room, &format!("Restart {incident} of this leak, all is well."));
        remark(s, told, 12, &["the fix is in review", "thx", "next week it is gone"]);
    }
}

fn dead_letters_put_back_unmended(s: &Scene) {
    let (queue, bus, letters) = (s.azure("queue"), Actor::system("service-bus"), s.pick(&[1, 1, 2, 3, 4]));
    let (each, named, speaks) = (s.chance(40), s.chance(50), s.chance(35));
    let (soon, late) = s.pick(&[(4_000, 15_000), (58_000, 75_000), (300_000, 420_000), (HOUR, 2 * HOUR)]);
    let first = s.between(20_000, 90_000);
    let place = |at: u64| if each { format!("{queue}/order-{}", first + at) } else { queue.clone() };
    let died = |at: u64| {
        let why = if speaks { "MaxDeliveryCountExceeded".to_owned() } else { "schema 3 is unknown".to_owned() };
        let id = if named { format!(", order {}", first + at) } else { format!(", message {}", s.hex(8)) };
        s.event("azure", "dlq.message", &bus, &place(at)).text(format!("{why}{id}"))
    };
    let put_back = |heard, at: u64, wait| s.wants(heard, "queue.send", &place(at), "put back").after(wait);
    // Most letters die of a short outage, and then it helps.
    for at in 10..10 + s.between(0, 8) {
        let act = put_back(died(at).within(MINUTE, DAY), at, 900);
        let done = s.event("azure", "message.completed", &bus, &place(at)).text("ok").because(act);
        done.token(act).within(SECOND, 9 * SECOND);
    }
    let start = s.now() + s.between(HOUR, DAY);
    let mut heard: Vec<_> = (0..letters).map(|at| died(at).at(start).after(700 * at)).collect();
    let mut spare = 3;
    for round in s.rounds(turns(s, letters)) {
        let (wait, pause) = (s.between(300, 3_000), s.between(soon, late));
        for (at, heard) in (0..).zip(&mut heard) {
            let act = put_back(*heard, at, wait);
            *heard = died(at).because(act).token(act).after(pause + 90 * at);
        }
        if spare > 0 && s.chance(8) {
            spare -= 1;
            put_back(died(30 + round).within(SECOND, 20 * SECOND), 30 + round, 700).in_order();
        }
    }
}

fn dead_letters_replayed_after_the_fix(s: &Scene) {
    let (queue, bus, size) = (s.azure("queue"), Actor::system("service-bus"), s.between(16, 70));
    for at in 0..size {
        let died =
            s.event("azure", "dlq.message", &bus, &queue).text(format!("schema 3 is unknown, order {}", 500 + at));
        died.after(s.heavy_tail(20 * SECOND));
    }
    s.event("azure", "deploy.done", &Actor::app("pipelines"), &s.azure("consumer")).text("v42").within(HOUR, 5 * HOUR);
    let order = s.person_orders(&queue, "replay the dead letters of this morning").within(5 * MINUTE, HOUR);
    let pace = s.pick(&[150, 900, 4_000]);
    for at in 0..size {
        let place = format!("{queue}/order-{}", 500 + at);
        let act = s.wants(order, "queue.send", &place, "put back").in_plan("replay", size).after(pace * (at + 1));
        if s.chance(8) {
            let died = s.event("azure", "dlq.message", &bus, &place).text("the consumer restarts").because(act);
            let died = died.token(act).within(9 * SECOND, 40 * SECOND);
            let again = s.wants(died, "queue.send", &place, "put back").attempt(2, 3).within(MINUTE, 2 * MINUTE);
            let done = s.event("azure", "message.completed", &bus, &place).text("ok").because(again);
            done.token(again).within(SECOND, 9 * SECOND);
        } else {
            let done = s.event("azure", "message.completed", &bus, &place).text("ok").because(act);
            done.token(act).within(SECOND, 9 * SECOND);
        }
    }
}

fn two_environments_deleted_and_made_again(s: &Scene) {
    let (room, style, tells) = (s.channel(), s.between(0, 2), s.chance(25));
    let (argo, terraform, days) = (Actor::app("argo-cd"), Actor::app("terraform-cloud"), s.between(31, 70));
    let place = |at: u64| s.azure(&format!("environment-{at}"));
    let made = |who: &Actor, at: u64, branch: &str| {
        let event = s.event("azure", "environment.created", who, &place(at)).state("exists", "yes");
        event.text(format!("made for {branch}, last push {} days ago", days + 7 * at))
    };
    let delete = |heard, at: u64| {
        let act = s.wants(heard, "environment.delete", &place(at), "its branch is stale").writes("exists", "no");
        let act = act.within(SECOND, 30 * SECOND);
        let gone = s.event("azure", "environment.deleted", &s.us(), &place(at)).state("exists", "no").because(act);
        gone.token(act).within(40 * SECOND, 70 * SECOND);
        act
    };
    // Stale ones of people, who had forgotten them.
    for at in 10..10 + s.between(0, 5) {
        delete(made(&s.somebody(), at, &format!("try-{}", s.word())).within(DAY, 6 * DAY), at);
    }
    let start = s.now() + DAY;
    let mut slow = made(&terraform, 1, "demo-fair").at(start);
    let slow_act = delete(slow, 1);
    let fast = made(&argo, 2, "feature-old-menu").at(start).after(4 * MINUTE);
    let mut fast_act = delete(fast, 2);
    s.loop_starts();
    let (soon, late) = s.pick(&[(2 * MINUTE, 3 * MINUTE), (2 * MINUTE, 5 * MINUTE)]);
    for round in 0..s.between(14, 24) {
        let heard = made(&argo, 2, "feature-old-menu").because(fast_act).token(fast_act).within(soon, late);
        fast_act = delete(heard, 2);
        if tells && round % 3 == 0 {
            let text = put(s, style, "The environment of feature-old-menu was stale and is deleted.", round);
            let told = s.wants(heard, "message", &room, &text).within(31 * SECOND, 39 * SECOND);
            remark(s, told, 10, &["who makes it?", "delete the branch then", "it is back already"]);
        }
    }
    let mut last = slow_act;
    for _ in 0..s.between(9, 15) {
        slow = made(&terraform, 1, "demo-fair").because(last).token(last).within(14 * MINUTE, 17 * MINUTE);
        last = delete(slow, 1);
    }
}

fn previews_follow_their_pulls(s: &Scene) {
    let gap = s.pick(&[10 * MINUTE, HOUR, 8 * HOUR]);
    for number in 0..s.between(7, 24) {
        let (pull, place, who) = (s.issue_no(2_400 + number), s.azure(&format!("preview-{number}")), s.somebody());
        let turns = s.pick(&[1, 1, 1, 2, 3]);
        for turn in 0..turns {
            let kind = if turn == 0 { "pull_request.opened" } else { "pull_request.reopened" };
            let opened = s.event("github", kind, &who, &pull).text(s.sentence(4)).state("open", "1");
            let act = s.wants(opened.within(gap / 4, gap), "environment.create", &place, "make the preview");
            let made = s.event("azure", "environment.created", &s.us(), &place).because(act.writes("exists", "yes"));
            let made = made.token(act).state("exists", "yes").within(2 * MINUTE, 6 * MINUTE);
            if turn == 0 {
                let text = format!("Preview: https://preview-{number}.example");
                s.echo(s.wants(made, "comment", &pull, &text), "issue_comment.created");
            }
            let closed =
                s.event("github", "pull_request.closed", &who, &pull).state("open", "0").within(gap / 2, 3 * gap);
            let act = s.wants(closed, "environment.delete", &place, "the pull request is closed");
            let gone = s.event("azure", "environment.deleted", &s.us(), &place).because(act.writes("exists", "no"));
            gone.token(act).state("exists", "no").within(MINUTE, 3 * MINUTE);
        }
    }
}

fn nightly_jobs_of_a_month(s: &Scene) {
    let (store, room, nights) = (s.azure("backup"), s.channel(), s.between(12, 24));
    for night in 1..=nights {
        let plan = format!("night-{night}");
        let tick = s.tick(&store, 0).at(night * DAY).after(2 * HOUR).text("nightly");
        let mut heard = tick;
        for (kind, text) in [("backup", "back up the databases"), ("verify", "restore one table"), ("prune", "keep 30")]
        {
            let act = s.wants(heard, "job.start", &format!("{store}/{kind}"), text).in_plan(&plan, 4);
            if s.chance(7) {
                let busy = s.reports(act, "job.failed", "429: the storage is busy").within(MINUTE, 5 * MINUTE);
                let again = s.wants(busy, "job.start", &format!("{store}/{kind}"), text).attempt(2, 3);
                heard = s.reports(again.within(MINUTE, 9 * MINUTE), "job.done", "ok").within(5 * MINUTE, 40 * MINUTE);
            } else {
                heard = s.reports(act, "job.done", "ok").within(5 * MINUTE, 40 * MINUTE);
            }
        }
        let text = format!("Night {night}: {} GB backed up, one table restored, all well.", s.between(310, 390));
        s.echo(s.wants(heard, "message", &room, &text).in_plan(&plan, 4), "message");
    }
}

fn alerts_of_an_on_call_week(s: &Scene) {
    let (room, monitor, on_call) = (s.channel(), Actor::system("monitor"), person(s.between(1, 5)));
    let gap = s.pick(&[10 * MINUTE, 2 * HOUR, 6 * HOUR]);
    for number in 0..s.between(8, 26) {
        let alert = s.azure(&format!("alert-{number}"));
        let what = s.pick(&["disk is 91 % full", "p95 is 2.1 s", "5xx above 2 %", "certificate ends in 14 days"]);
        let fired = s.event("azure", "alert.fired", &monitor, &alert).text(what).state("alert", "fired");
        let thread = format!("{room}/{number}");
        let text = format!("{} on {}. Runbook: https://wiki.example/{}", what, s.word(), s.word());
        let posted = s.wants(fired.after(s.heavy_tail(gap)), "message", &thread, &text);
        s.echo(posted, "message");
        let took = reply(s, &on_call, posted, s.pick(&["mine", "ack", "on it", "looking"])).within(20_000, 9 * MINUTE);
        s.wants(took, "alert.ack", &alert, &format!("taken by {}", on_call.name)).writes("alert", "acked");
        if s.chance(30) {
            let asked = s.says(&on_call, &thread, "@bot last deploys?").within(20 * SECOND, 3 * MINUTE);
            s.wants(asked, "message", &thread, &format!("{} deployed v{}.", s.word(), s.between(20, 90)));
        }
        let over = s.event("azure", "alert.resolved", &monitor, &alert).text(what).state("alert", "resolved");
        s.wants(over.within(2 * MINUTE, 2 * HOUR), "message.update", &thread, &format!("Resolved: {what}"));
    }
}

fn slot_swap_watched_in_silence(s: &Scene) {
    let (pace, room) = (s.pick(&[5 * SECOND, 15 * SECOND, 30 * SECOND]), s.channel());
    for swap in 0..s.between(2, 4) {
        let slot = s.azure(&format!("slot-{swap}"));
        let asked = s.person_says(&room, &format!("/swap {} to production", s.word())).within(HOUR, 3 * DAY);
        let (size, mut warm, mut heard) = (s.between(4, 8), 0, asked);
        for _ in 0..s.between(7, 14) {
            let act = s.wants(heard, "slot.state", &slot, "get the state of the slot").within(pace, pace + SECOND);
            warm = (warm + s.pick(&[0, 0, 1, 1])).min(size - 1);
            heard = s.reports(act, "slot.state.done", &format!("warming up, {warm} of {size}")).within(200, 900);
        }
        let act = s.wants(heard, "slot.state", &slot, "get the state of the slot").within(pace, pace + SECOND);
        heard = s.reports(act, "slot.state.done", "ready").within(200, 900);
        let act = s.wants(heard, "slot.swap", &slot, "swap with production");
        let done = s.reports(act, "slot.swap.done", "swapped").within(20 * SECOND, MINUTE);
        remark(s, s.wants(done, "message", &room, "Swapped."), 50, &["thx", "looks good", "nice"]);
    }
}
