//! Clouds and nights on call: phones that answer for their owners, retries, tags, machines, commands and late deliveries.

use super::{answered, murmur, person, remark, turns};
use crate::loops::families::{Family, careless, declared, looping};
use crate::loops::scene::{Actor, Scene};

pub(super) const FAMILIES: &[Family] = &[
    looping(
        "driving_reply_to_a_page",
        "",
        "The phone of who is on call answers each text while he drives; we do not understand that, or thank him, by a text",
        driving_reply_to_a_page,
    ),
    declared(
        "night_shift_acks_and_hands_over",
        "",
        "People on call answer pages with 1 or ack in seconds, paste the same update every half hour, and hand over in the morning",
        night_shift_acks_and_hands_over,
    ),
    looping(
        "runbook_says_press_retry",
        "",
        "The runbook says to press Retry on a red card; each shift does so, and the quota that is missing stays missing",
        runbook_says_press_retry,
    ),
    declared(
        "retries_pressed_for_lost_runners",
        "",
        "People press Retry on many runs whose runner was lost; each press is attempt n of that run, and most go through",
        retries_pressed_for_lost_runners,
    ),
    looping(
        "tag_set_by_a_flow_as_its_author",
        "",
        "A Power Automate flow that runs as its author tags what changes with his cost centre, and our policy sets back the one of the team",
        tag_set_by_a_flow_as_its_author,
    ),
    declared(
        "flag_toggled_while_testing",
        "",
        "A tester switches a flag on and off in the portal while watching a page; each time we roll out the next numbered revision",
        flag_toggled_while_testing,
    ),
    looping(
        "machine_started_by_a_keepalive",
        "",
        "At night we stop machines that nobody needs, and an engineer's script under his login starts his own whenever it is off",
        machine_started_by_a_keepalive,
    ),
    declared(
        "machines_started_again_in_the_evening",
        "",
        "Each evening we stop the machines by a plan; who still works starts his again, which we accept until the second round at ten",
        machines_started_again_in_the_evening,
    ),
    declared(
        "deploy_commands_alike",
        "",
        "A team deploys by chat all day: deploy api to staging, deploy web to staging, the same again after a fix; deployments are numbered",
        deploy_commands_alike,
    ),
    declared(
        "messages_late_after_an_outage",
        "",
        "After an outage the chat delivers what people had asked in the meantime within two seconds, and we answer each of them once",
        messages_late_after_an_outage,
    ),
    careless(
        "wrong_command_many_times",
        "",
        "Somebody tries our command ten times in wrong forms and gets the same help each time, until it works or a colleague shows how",
        wrong_command_many_times,
    ),
];

fn driving_reply_to_a_page(s: &Scene) {
    let (phone, who) = (format!("sms:+49170{}", s.between(1_000_000, 9_999_999)), person(4));
    let (style, notes, keeps, incident) = (s.between(0, 2), s.chance(40), s.pick(&[0, 0, 0, 60]), s.between(100, 900));
    let (soon, late) = s.pick(&[(1_500, 5_000), (20_000, 60_000), (300_000, 900_000)]);
    let auto = s.pick(&[
        "I'm driving with Focus turned on. I'll see your message when I get where I'm going.",
        "I'm driving right now - sent automatically",
        "Bin gerade im Auto. Melde mich!",
        "OK, on my way",
    ]);
    let page = |number: u64, to: &str, soon, late| {
        let fired = s.event("azure", "alert.fired", &Actor::system("monitor"), &s.azure("alert"));
        let fired = fired.text(format!("incident {number}: {} is slow", s.word())).within(soon, late);
        s.wants(fired, "sms.send", to, &format!("Incident {number}. Reply 1 to take it, 2 to pass it on."))
    };
    // Parked, he answers by thumb.
    for number in 0..s.between(0, 4) {
        let act = page(20 + number, &phone, 3_000_000, 40_000_000);
        let took = s.event("sms", "sms.in", &who, &phone).text("1").because(act).within(4_000, 90_000);
        s.wants(took, "incident.ack", &s.azure("incident"), &format!("incident {}", 20 + number));
    }
    let reply = |act| s.event("sms", "sms.in", &who, &phone).text(auto).because(act).token_in(act, keeps);
    let mut heard = reply(page(incident, &phone, 3_000_000, 40_000_000)).within(soon, late);
    let mut spare = 2;
    for round in s.rounds(turns(s, if notes { 2 } else { 1 })) {
        if notes {
            let text = format!("{} said: {auto}", who.name);
            s.wants(heard, "incident.note", &s.azure("incident"), &text).within(100, 600);
        }
        let text = match style {
            0 => "Sorry, that was no answer. Reply 1 to take it, 2 to pass it on.".to_owned(),
            1 => format!("Thank you. Incident {incident} is still open, reply 1 to take it."),
            _ => format!("Not understood ({}). Reply 1 or 2.", s.timestamp()),
        };
        let act = s.wants(heard, "sms.send", &phone, &text).within(700, 3_000);
        if spare > 0 && s.chance(6) {
            spare -= 1;
            page(incident + 1 + round, "sms:+491705550100", 900, 60_000).in_order();
        }
        heard = reply(act).within(soon, late);
    }
}

fn night_shift_acks_and_hands_over(s: &Scene) {
    let (room, monitor) = (s.channel(), Actor::system("monitor"));
    let (pace, mut posts) = (s.pick(&[300_000, 1_800_000, 3_600_000]), 0);
    for night in 1..=s.between(2, 4) {
        let (at, next) = (1 + night % 5, 1 + (night + 1) % 5);
        let (who, phone) = (person(at), format!("sms:+4917155{at}"));
        for number in 0..s.between(3, 5) {
            let place = s.azure(&format!("incident-{night}-{number}"));
            let what = s.pick(&["disk is full", "disk is full", "api is slow", "queue is long"]);
            let fired = s.event("azure", "alert.fired", &monitor, &place).text(what).within(pace, 3 * pace);
            let paged = s.wants(fired, "sms.send", &phone, &format!("{what}. Reply 1 to take it."));
            let words = s.pick(&["1", "1", "1", "ack", "omw", "ok"]);
            let took = s.event("sms", "sms.in", &who, &phone).text(words).because(paged).within(900, 60_000);
            s.wants(took, "incident.ack", &place, &format!("taken by {}", who.name)).writes("owner", &who.name);
            for _ in 0..s.between(1, 3) {
                posts += 1;
                let text = format!("UPDATE\nWhat: {what}\nImpact: some users\nNext update: in 30 min");
                let said = s.says(&who, &room, &text).within(pace / 2, pace);
                let act = s.wants(said, "status.post", "status:public", &text).progress(posts).within(900, 4_000);
                remark(s, act, 10, &["thx", "any news?", "ok"]);
            }
        }
        let words = s.pick(&["handing over, nothing open", "over to you", "shift ends, all quiet"]);
        let said = s.says(&who, &room, &format!("@h{next} {words}")).within(pace / 4, pace);
        let act =
            s.wants(said, "rota.set", "rota:ops", &format!("on call: h{next}")).writes("on-call", format!("h{next}"));
        act.progress(night);
    }
}

fn runbook_says_press_retry(s: &Scene) {
    let (run, room, keeps, mut spare) = (s.azure("pipeline"), s.channel(), s.pick(&[0, 60, 100, 100]), 3);
    let (counts, quiet) = (s.chance(40), s.chance(30));
    let (soon, late) = s.pick(&[(20_000, 200_000), (600_000, 2_400_000), (10_000_000, 40_000_000)]);
    let why = s.pick(&["quota exceeded in this region", "license has expired", "403: no role on the registry"]);
    let start = |heard, place: &str| s.wants(heard, "job.start", place, "run the pipeline").within(300, 2_000);
    let failed = |act, place: &str, why: &str| {
        let done = s.event("azure", "pipeline.failed", &Actor::app("pipelines"), place).because(act).token(act);
        done.text(why).within(60_000, 400_000)
    };
    let press = |soon, late| s.event("teams", "card.action", &s.somebody(), &room).text("Retry").within(soon, late);
    // Other runs fail as well, and a second time helps.
    for number in 0..s.between(0, 5) {
        let place = format!("{run}-{number}");
        let act = start(press(900_000, 20_000_000), &place);
        s.event("azure", "pipeline.done", &Actor::app("pipelines"), &place).because(act).token(act).text("succeeded");
    }
    let mut heard = press(900_000, 20_000_000);
    for round in 0..=turns(s, if quiet { 1 } else { 2 }) {
        // The first press could have helped.
        if round == 1 {
            s.loop_starts();
        }
        let act = start(heard, &run);
        let done = failed(act, &run, why);
        let last = if quiet {
            act
        } else {
            let count = if counts { format!(" for the {}th time", round + 2) } else { String::new() };
            s.wants(done, "message", &room, &format!("The run failed{count}: {why}. [Retry]")).within(500, 2_000)
        };
        if !quiet {
            remark(s, last, 6, &["still red", "who asks for quota?", "handed over, keep pressing"]);
        }
        if spare > 0 && s.chance(7) {
            spare -= 1;
            start(press(900, 60_000), &format!("{run}-{}", 40 + round)).in_order();
        }
        // Whoever is on shift follows the runbook.
        let pressed = s.event("teams", "card.action", &s.somebody(), &room).text("Retry").because(last);
        heard = pressed.token_in(last, keeps).within(if quiet { 400_000 + soon } else { soon }, 400_000 + late);
    }
}

fn retries_pressed_for_lost_runners(s: &Scene) {
    let (room, gap) = (s.channel(), s.pick(&[30_000, 400_000, 4_000_000]));
    for number in 0..s.between(8, 15) {
        let (run, who) = (s.azure(&format!("run-{}", 500 + number)), s.somebody());
        let failed = s.event("azure", "pipeline.failed", &Actor::app("pipelines"), &run);
        let mut heard = failed.text("the runner was lost").within(gap, 4 * gap);
        let tries = s.pick(&[1, 2, 2, 3]);
        for attempt in 1..=tries {
            let card = s.wants(heard, "message", &room, "The runner was lost. [Retry]").within(500, 2_000);
            let pressed = s.event("teams", "card.action", &who, &room).text("Retry").because(card);
            let pressed = pressed.token_kept(card).within(800, gap);
            let act = s.wants(pressed, "job.start", &run, "run again").attempt(attempt, 3).within(300, 2_000);
            let (kind, text) = if attempt < tries {
                ("pipeline.failed", "the runner was lost")
            } else {
                ("pipeline.done", "succeeded")
            };
            let done = s.event("azure", kind, &Actor::app("pipelines"), &run).because(act).token(act).text(text);
            heard = done.within(60_000, 400_000);
        }
        murmur(s, &room, 15);
    }
}

fn tag_set_by_a_flow_as_its_author(s: &Scene) {
    let (author, things, keeps, mut spare) = (person(2), s.pick(&[1, 1, 2, 3]), s.pick(&[0, 0, 0, 60]), 2);
    let (mine, team, tells, speaks) =
        (s.between(4_000, 4_400).to_string(), s.between(5_000, 5_400).to_string(), s.chance(35), s.chance(50));
    let (soon, late) = s.pick(&[(4_000, 15_000), (60_000, 75_000), (880_000, 960_000), (3_590_000, 3_660_000)]);
    let place = |at: u64| s.azure(&format!("storage-{at}"));
    let tagged = |who: &Actor, at: u64, centre: &str| {
        let text = if speaks { format!("costCentre={centre}") } else { String::new() };
        s.event("azure", "tag.written", who, &place(at)).state("costCentre", centre).text(text)
    };
    let set = |heard, at: u64| {
        let act = s.wants(heard, "tag.set", &place(at), &format!("costCentre={team}, by policy"));
        act.writes("costCentre", &team)
    };
    for number in 0..s.between(0, 6) {
        set(tagged(&s.somebody(), 10 + number, "?").within(900_000, 30_000_000), 10 + number);
    }
    let start = s.now() + 1_800_000;
    let mut heard: Vec<_> = (0..things).map(|at| tagged(&author, at, &mine).at(start).after(1_500 * at)).collect();
    for round in s.rounds(turns(s, things * if tells { 2 } else { 1 })) {
        let (wait, pause) = (s.between(900, 4_000), s.between(soon, late));
        for (at, heard) in (0..).zip(&mut heard) {
            if tells {
                let text = format!("@{} storage-{at} belongs to {team}, I set it back.", author.name);
                let told = s.wants(*heard, "message", &s.channel(), &text).after(wait - 500);
                remark(s, told, 8, &["I did not touch it", "who sets that?", "ok"]);
            }
            let act = set(*heard, at).after(wait);
            *heard = tagged(&author, at, &mine).because(act).token_in(act, keeps).after(pause);
        }
        if spare > 0 && s.chance(8) {
            spare -= 1;
            let other = tagged(&s.somebody(), 20 + round, "?").within(900, 40_000);
            set(other, 20 + round).in_order();
        }
    }
}

fn flag_toggled_while_testing(s: &Scene) {
    let (flag, tester) = (s.azure("flag"), s.somebody());
    let (gap, mut revision) = (s.pick(&[6_000, 25_000, 120_000]), s.between(20, 400));
    for _ in 0..s.between(2, 3) {
        s.person_says(&s.channel(), s.pick(&["testing the new page now", "can you try again?"])).within(gap, 90 * gap);
        for turn in 0..s.between(8, 14) {
            let value = if turn % 2 == 0 { "on" } else { "off" };
            revision += 1;
            let set = s.event("azure", "flag.changed", &tester, &flag).state("flag", value).within(gap / 4, gap);
            let text = format!("roll out the flags: new-page is {value}");
            let act = s.wants(set, "config.push", &s.azure("fleet"), &text).writes("flag", value).progress(revision);
            let there = s.event("azure", "config.live", &Actor::system("fleet"), &s.azure("fleet")).because(act);
            there.token(act).state("flag", value).within(800, 4_000);
            if s.chance(30) {
                let told = s.wants(set, "message", &s.channel(), &format!("new-page is {value} (r{revision})."));
                answered(s, &tester, told, s.pick(&["ok", "works", "still the old one", "and off again"]));
            }
        }
    }
}

fn machine_started_by_a_keepalive(s: &Scene) {
    let (engineer, machines, keeps) = (person(5), s.pick(&[1, 1, 1, 2]), s.pick(&[0, 0, 0, 60]));
    let (tells, named) = (s.chance(45), s.chance(50));
    let (soon, late) = s.pick(&[(20_000, 65_000), (300_000, 320_000), (900_000, 1_000_000)]);
    let place = |at: u64| s.azure(&format!("vm-{at}"));
    let started = |who: &Actor, at: u64| {
        let text = if named { format!("Start virtual machine, caller {}", who.name) } else { "started".to_owned() };
        s.event("azure", "vm.started", who, &place(at)).text(text).state("power", "on")
    };
    let stop = |heard, at: u64| {
        let act = s.wants(heard, "vm.stop", &place(at), "stop outside office hours");
        act.writes("power", "off").within(5_000, 40_000)
    };
    for number in 0..s.between(0, 4) {
        let act = stop(started(&s.somebody(), 10 + number).within(3_000_000, 50_000_000), 10 + number);
        s.event("azure", "vm.stopped", &s.us(), &place(10 + number)).because(act).token(act).state("power", "off");
    }
    let start = s.now() + 9_000_000;
    let mut heard: Vec<_> = (0..machines).map(|at| started(&engineer, at).at(start).after(4_000 * at)).collect();
    for _ in s.rounds(turns(s, machines * if tells { 2 } else { 1 })) {
        let pause = s.between(soon, late);
        for (at, heard) in (0..).zip(&mut heard) {
            let act = stop(*heard, at);
            if s.chance(60) {
                let off = s.event("azure", "vm.stopped", &s.us(), &place(at)).because(act).token(act);
                off.state("power", "off").within(2_000, 15_000);
            }
            if tells {
                let text = format!("@{} vm-{at} is stopped for the night. Say keep to keep it.", engineer.name);
                let told = s.wants(*heard, "message", &s.channel(), &text).after(40_500);
                remark(s, told, 5, &["he is on holiday", "keep what?", "zzz"]);
            }
            *heard = started(&engineer, at).because(act).token_in(act, keeps).after(pause);
        }
    }
}

fn machines_started_again_in_the_evening(s: &Scene) {
    let (room, machines) = (s.channel(), s.between(3, 5));
    let place = |at: u64| s.azure(&format!("vm-{at}"));
    let started = |at| s.event("azure", "vm.started", &person(1 + at), &place(at)).text("started").state("power", "on");
    for day in 0..s.between(6, 9) {
        for at in 0..machines {
            started(at).at(day * 86_400_000 + 30_000_000).after(s.between(0, 5_000_000));
        }
        let (plan, evening) = (format!("evening-{day}"), day * 86_400_000 + 68_400_000);
        let due = s.event("timer", "timer.fired", &Actor::clock(), "az:saver").at(evening);
        let mut again = Vec::new();
        for at in 0..machines {
            let act = s.wants(due, "vm.stop", &place(at), "stop outside office hours").in_plan(&plan, machines);
            let act = act.writes("power", "off").after(1_000 + 900 * at);
            if s.chance(35) {
                started(at).because(act).within(20_000, 600_000);
                again.push(at);
            }
        }
        if s.chance(40) {
            let asked = s.person_says(&room, s.pick(&["keep?", "status", "which are off?"])).within(9_000, 90_000);
            s.wants(asked, "message", &room, &format!("{} machines are on tonight.", again.len()));
        }
        let late = s.event("timer", "timer.fired", &Actor::clock(), "az:saver").at(evening + 10_800_000);
        for (number, at) in (1..).zip(again) {
            let act = s.wants(late, "vm.stop", &place(at), "stop outside office hours").attempt(2, 2);
            act.writes("power", "off").after(900 * number);
        }
    }
}

fn deploy_commands_alike(s: &Scene) {
    let (room, gap, mut number) = (s.channel(), s.pick(&[8_000, 60_000, 900_000]), s.between(100, 900));
    for _ in 0..s.between(9, 28) {
        let (service, who) = (s.pick(&["api", "web", "worker", "api"]), s.somebody());
        let stage = s.pick(&["staging", "staging", "staging", "qa"]);
        let words = format!("{}deploy {service} to {stage}", s.pick(&["", "", "/", "@bot "]));
        let mut heard = s.says(&who, &room, &words).within(gap / 6, gap);
        let place = s.azure(&format!("{service}-{stage}"));
        let times = s.pick(&[1, 1, 1, 2]);
        for time in 1..=times {
            number += 1;
            let act = s.wants(heard, "deploy", &place, &format!("deploy {service} to {stage}")).progress(number);
            let text = if s.chance(80) { "deployed" } else { "health check failed" };
            let done = s.reports(act, "deploy.done", text).within(20_000, 200_000);
            let told = s.wants(done, "message", &room, &format!("{service} on {stage}: {text}.")).within(200, 900);
            if time < times {
                heard = answered(s, &who, told, &words).within(20_000, 20 * gap);
            } else {
                remark(s, told, 30, &["thx", "ok", "+1", "nice"]);
            }
        }
        murmur(s, &room, 15);
    }
}

fn messages_late_after_an_outage(s: &Scene) {
    let (room, threads) = (s.channel(), s.chance(60));
    let words = ["is it down?", "is it down?", "api down?", "+1", "same here", "502 for me", "anyone on it?"];
    let answer = |heard, number: u64| {
        let place = if threads { format!("{room}/{number}") } else { room.clone() };
        let told = s.wants(heard, "message", &place, "See https://status.example for the state of all services.");
        s.echo(told, "message");
        told
    };
    for outage in 0..s.between(1, 2) {
        for number in 0..s.between(2, 6) {
            answer(s.person_says(&room, s.pick(&words)).within(20_000, 900_000), 100 * outage + number);
        }
        // The chat's webhooks were queued for an hour.
        let start = s.now() + s.between(2_400_000, 5_000_000);
        for number in 0..s.between(13, 26) {
            let asked = s.person_says(&room, s.pick(&words)).at(start).after(70 * number);
            let told = answer(asked, 100 * outage + 20 + number);
            if s.chance(12) {
                answered(s, &s.somebody(), told, s.pick(&["that was an hour ago", "lol", "thx"])).within(9_000, 90_000);
            }
        }
    }
}

fn wrong_command_many_times(s: &Scene) {
    let (room, gap) = (s.channel(), s.pick(&[4_000, 15_000, 60_000]));
    let wrong = [
        "/grant reader db-1",
        "/grant db-1 reader",
        "/grant db-1 reader",
        "/grant --role reader db-1",
        "grant reader on db-1",
        "/grant reader db1 8h",
        "/grant reader @me db-1",
    ];
    for number in 0..s.between(2, 4) {
        let who = person(1 + number);
        let mut heard = s.says(&who, &room, s.pick(&wrong)).within(900_000, 9_000_000);
        for _ in 0..s.between(7, 11) {
            let text = "I did not understand that. Usage: /grant <role> on <database> for <hours>";
            let told = s.wants(heard, "message", &room, text).within(100, 900);
            s.echo(told, "message");
            heard = s.says(&who, &room, s.pick(&wrong)).because(told).within(gap / 4, 2 * gap);
        }
        s.wants(heard, "message", &room, "I did not understand that. Usage: /grant <role> on <database> for <hours>");
        let shown = if s.chance(40) { person(6) } else { who };
        let right = s.says(&shown, &room, "/grant reader on db-1 for 8").within(gap, 6 * gap);
        s.wants(right, "role.grant", &s.azure("db-1"), "reader for 8 h").writes("role", "reader");
    }
}
