//! Desks: cases at vendors, translations, approvals, tickets and their threads, newcomers and timesheets.

use super::{DAY, HOUR, MINUTE, SECOND, person, put, remark, reply, turns};
use crate::loops::families::{Family, careless, declared, looping};
use crate::loops::scene::{Actor, Scene};

pub(super) const FAMILIES: &[Family] = &[
    looping(
        "vendor_bot_wants_the_template",
        "",
        "Our bot answers on cases at a vendor, whose bot does not find its template in that and asks for the version again",
        vendor_bot_wants_the_template,
    ),
    declared(
        "vendor_case_with_many_questions",
        "",
        "Engineers of a vendor ask one thing after the other on our cases, and each answer is the n-th of its case",
        vendor_case_with_many_questions,
    ),
    looping(
        "wiki_translated_there_and_back",
        "",
        "We translate the English page when it changes, a bought tool the German one back, and no sentence stays as it was",
        wiki_translated_there_and_back,
    ),
    declared(
        "handbook_translated_for_the_audit",
        "",
        "Before an audit people mend the handbook for days, and each revision of a page goes into two or three languages",
        handbook_translated_for_the_audit,
    ),
    looping(
        "approval_reset_by_our_own_note",
        "",
        "We write the cost centre on what is approved, a flow resets what changes after approval, and a rule approves small sums",
        approval_reset_by_our_own_note,
    ),
    declared(
        "purchase_requests_through_their_stages",
        "",
        "Purchase requests go from stage to stage, people approve and sometimes change one, and we note each step by number",
        purchase_requests_through_their_stages,
    ),
    looping(
        "ticket_passed_round_four_queues",
        "",
        "We send a ticket to networks, whose bot sends it to servers, whose bot to accounts, whose bot to the intake: to us",
        ticket_passed_round_four_queues,
    ),
    declared(
        "tickets_rerouted_until_they_are_home",
        "",
        "We route the tickets of a busy Monday, people send some back as not theirs, and the next queue is the n-th of four",
        tickets_rerouted_until_they_are_home,
    ),
    declared(
        "tickets_discussed_in_a_thread",
        "",
        "Each ticket has a thread in Teams; what customers write is copied there, and what agents answer is sent to them",
        tickets_discussed_in_a_thread,
    ),
    declared(
        "newcomers_of_the_first_of_the_month",
        "",
        "For each newcomer we work through the same list: account, groups, laptop, badge, buddy, mail and a first calendar",
        newcomers_of_the_first_of_the_month,
    ),
    careless(
        "reminders_until_the_timesheet_is_in",
        "",
        "Each morning whoever owes a timesheet gets the same reminder, until it is in; the host counts nothing",
        reminders_until_the_timesheet_is_in,
    ),
];

fn vendor_bot_wants_the_template(s: &Scene) {
    let case = s.pick(&["vendor:case", "mail:vendor-case", "gh:vendor/tracker#"]);
    let place = |number: u64| format!("{case}{}{number}", if case.ends_with('#') { "" } else { "-" });
    let (number, robots) = (s.between(3_000, 9_000), [Actor::bot("support-bot"), Actor::unknown("support")]);
    let theirs = s.pick(&[&robots[0], &robots[1]]);
    let (attaches, style, asks) = (s.chance(35), s.between(0, 3), s.between(0, 2));
    let (soon, late) = s.pick(&[(1_500, 7_000), (30_000, 90_000), (5 * MINUTE, 20 * MINUTE), (4 * HOUR, 8 * HOUR)]);
    let version =
        format!("Version 8.{}.{}, region West Europe, cluster {}.", s.between(0, 9), s.between(0, 30), s.hex(4));
    let ask = |round: u64| match asks {
        0 => "Please tell us your version by the template below.\n\n### Version\n\n### Region".to_owned(),
        1 => format!("We could not read your answer {round}. Please use the template."),
        _ => format!("{} Could you add your version in the template?", s.paraphrase()),
    };
    let answer = |heard, place: &str, round: u64| {
        let act = s.wants(heard, "message", place, &put(s, style, &version, round)).within(900, 8_000);
        s.echo(act, "message");
        act
    };
    // Cases that a person reads at once.
    for other in 0..s.between(0, 5) {
        let place = place(1_000 + other);
        let asked = s.says(&person(7), &place, "Which version is that, please?").within(HOUR, 4 * DAY);
        let act = answer(asked, &place, other);
        if s.chance(50) {
            reply(s, &person(7), act, s.pick(&["Thanks, we look into it.", "Known, fixed in 8.10."])).within(HOUR, DAY);
        }
    }
    let place = place(number);
    s.event("azure", "alert.fired", &Actor::system("monitor"), &s.azure("cluster")).within(HOUR, 4 * DAY);
    let mut heard = s.says(theirs, &place, &ask(1)).within(SECOND, MINUTE);
    for round in s.rounds(turns(s, if attaches { 2 } else { 1 })) {
        if attaches {
            s.wants(heard, "file.attach", &place, &format!("logs-{}.zip", 10 + round)).within(200, 800);
        }
        let act = answer(heard, &place, round + 1);
        if s.chance(5) {
            let words = s.pick(&["any news on the case?", "why do we get so many mails?", "is anybody there?"]);
            s.person_says(&s.channel(), words).because(act).within(SECOND, 9 * SECOND);
        }
        heard = reply(s, theirs, act, &ask(round + 2)).within(soon, late);
    }
}

fn vendor_case_with_many_questions(s: &Scene) {
    let gap = s.pick(&[10 * MINUTE, 2 * HOUR, 20 * HOUR]);
    for number in 0..s.between(4, 8) {
        let (place, engineer) = (format!("mail:vendor-case-{}", 4_000 + number), person(6 + number % 3));
        let mut heard =
            s.says(&engineer, &place, "Thank you for the case. Which version is that?").within(gap, 4 * gap);
        let questions = s.between(4, 9);
        for question in 1..=questions {
            let what = s.word();
            let text = match question % 3 {
                0 => format!("The {what} is attached, {} lines.", s.between(80, 4_000)),
                1 => format!("It is 8.{}.{}.", s.between(0, 9), s.between(0, 30)),
                _ => s.paraphrase(),
            };
            let act = s.wants(heard, "message", &place, &text).progress(question).within(20 * SECOND, 3 * MINUTE);
            s.echo(act, "mail.in");
            if question < questions {
                let next = format!("{} Could you send us the {} of the {what}?", s.paraphrase(), s.word());
                heard = reply(s, &engineer, act, &next).within(gap / 4, gap);
            }
        }
    }
}

fn wiki_translated_there_and_back(s: &Scene) {
    let (tool, pages, first) = (Actor::app("lingua-sync"), s.pick(&[1, 1, 1, 2, 3]), s.between(10, 90));
    let style = s.between(0, 2);
    let (soon, late) = s.pick(&[(8_000, 30_000), (2 * MINUTE, 6 * MINUTE), (HOUR, 70 * MINUTE)]);
    let place = |at: u64, tongue: &str| format!("wiki:{tongue}/page-{}", first + at);
    let edited = |who: &Actor, at: u64, text: &str| {
        s.event("wiki", "page.updated", who, &place(at, "en")).text(text).tree(s.hex(16))
    };
    let translate = |heard, at: u64, text: &str, wait| {
        let act = s.wants(heard, "page.update", &place(at, "de"), text).after(wait);
        s.echo(act, "page.updated");
        act
    };
    let words = |fixed: [&str; 2], round: u64, opening: &str| match style {
        0 => fixed[usize::try_from(round % 2).unwrap_or(0)].to_owned(),
        1 => format!("{opening}: {} ({})", s.sentence(6), s.between(1, 900)),
        _ => s.paraphrase(),
    };
    let german = [
        "Vor dem Neustart bitte die Sicherung prüfen.",
        "Prüfen Sie vor dem Neustart bitte, ob es eine Sicherung gibt.",
    ];
    let english = ["Check the backup before a restart.", "Before restarting, please check that there is a backup."];
    // Before the tool was bought.
    for edit in 0..s.between(1, 6) {
        let heard = edited(&s.somebody(), edit % pages, &s.sentence(9)).within(HOUR, 4 * DAY);
        translate(heard, edit % pages, &s.sentence(9), s.between(4_000, 20_000));
    }
    let start = s.now() + DAY;
    let open = |at| edited(&s.somebody(), at, english[0]).at(start).after(9 * SECOND * at);
    let mut heard: Vec<_> = (0..pages).map(open).collect();
    for round in s.rounds(turns(s, pages)) {
        let (wait, pause) = (s.between(4_000, 20_000), s.between(soon, late));
        for (at, heard) in (0..).zip(&mut heard) {
            let act = translate(*heard, at, &words(german, round, "Bitte beachten"), wait);
            remark(s, act, 4, &["wer ändert das ständig?", "die Seite war schon gut", "?"]);
            *heard = edited(&tool, at, &words(english, round + 1, "Please note")).because(act).token(act).after(pause);
        }
        if round % 9 == 8 && s.chance(50) {
            let other = edited(&s.somebody(), 20 + round, &s.sentence(7)).within(SECOND, MINUTE);
            translate(other, 20 + round, &s.sentence(7), 6_000).in_order();
        }
    }
}

fn handbook_translated_for_the_audit(s: &Scene) {
    let (gap, tongues) = (s.pick(&[2 * MINUTE, 20 * MINUTE, 3 * HOUR]), s.between(2, 3));
    let (pages, mut revisions) = (s.between(3, 8), [0_u64; 8]);
    for _ in 0..s.between(9, 36) {
        let page = s.between(1, pages);
        let revision = &mut revisions[usize::try_from(page - 1).unwrap_or(0)];
        *revision += 1;
        let edit = s.event("wiki", "page.updated", &s.somebody(), &format!("wiki:en/handbook-{page}"));
        let edit = edit.text(s.sentence(10)).tree(s.hex(16)).within(gap / 6, gap);
        for tongue in ["de", "fr", "it"].iter().take(usize::try_from(tongues).unwrap_or(0)) {
            let place = format!("wiki:{tongue}/handbook-{page}");
            let act = s.wants(edit, "page.update", &place, &s.sentence(11)).progress(*revision);
            let act = act.within(4_000, 20_000);
            s.echo(act, "page.updated");
            remark(s, act, 4, &["merci", "passt", "please keep the English name here"]);
        }
    }
}

fn approval_reset_by_our_own_note(s: &Scene) {
    let (flow, rule, first) = (Actor::app("approvals"), Actor::app("auto-approve"), s.between(2_000, 7_000));
    let (sees, stamps, tells) = (s.chance(65), s.chance(50), s.chance(30));
    let (soon, late) = s.pick(&[(300, 1_500), (3_000, 9_000), (60_000, 70_000), (15 * MINUTE, 16 * MINUTE)]);
    let place = |number: u64| format!("expense:{}", first + number);
    let centre = s.between(4_000, 4_900);
    let approved = |who: &Actor, number: u64| {
        let event = s.event("approvals", "request.approved", who, &place(number)).state("approval", "approved");
        event.text(format!("{} EUR, approved", 12 + number * 7 % 80))
    };
    let note = |heard, number: u64| {
        let text = if stamps { format!("cost centre {centre}, noted {}", s.timestamp()) } else { centre.to_string() };
        let act = s.wants(heard, "record.update", &place(number), &text).writes("costCentre", centre.to_string());
        act.within(200, 2_000)
    };
    // Until Friday the flow looked at sums only.
    for number in 10..10 + s.between(0, 8) {
        note(approved(&s.somebody(), number).within(MINUTE, DAY), number);
    }
    let mut heard = approved(&rule, 0).within(HOUR, DAY);
    for round in s.rounds(turns(s, if tells { 2 } else { 1 })) {
        if tells {
            let text = format!("Your expense {first} is approved and goes to cost centre {centre}.");
            let told = s.wants(heard, "mail.send", "mail:h3@acme", &text).within(60, 190);
            remark(s, told, 5, &["thank you", "I have that one already", "please stop"]);
        }
        let (act, pause) = (note(heard, 0), s.between(soon, late));
        if sees {
            let reset = s.event("approvals", "request.reset", &flow, &place(0)).state("approval", "pending");
            reset.text("changed after approval").because(act).token(act).after(pause / 2);
        }
        if round % 8 == 5 {
            note(approved(&s.somebody(), 40 + round).within(200, 20_000), 40 + round).in_order();
        }
        heard = approved(&rule, 0).because(act).token(act).after(pause);
    }
}

fn purchase_requests_through_their_stages(s: &Scene) {
    let gap = s.pick(&[10 * MINUTE, 3 * HOUR, DAY]);
    for number in 0..s.between(4, 10) {
        let (place, who) = (format!("purchase:{}", 300 + number), s.somebody());
        let asked = s.event("approvals", "request.opened", &who, &place).text(s.sentence(6));
        asked.within(gap / 3, gap);
        let mut stages = vec!["team lead", "finance", "procurement"];
        if s.chance(30) {
            // Finance had a question, the sum was changed, and it starts again.
            stages.splice(1..1, ["finance (sent back)", "team lead"]);
        }
        for (step, stage) in (1..).zip(stages) {
            let approver = person(1 + step % 5);
            let state = if stage.ends_with(')') { "changed" } else { "approved" };
            let done = s.event("approvals", "request.approved", &approver, &place).state("approval", state);
            let done = done.text(format!("{stage}: {state}")).within(gap / 6, gap);
            let act = s.wants(done, "record.update", &place, &format!("step {step}: {stage}")).progress(step);
            act.writes("step", step.to_string()).within(200, 2_000);
            let mail = format!("mail:request-{}", 300 + number);
            let told = s.wants(done, "mail.send", &mail, &format!("Step {step} of your request: {stage}, {state}."));
            remark(s, told.within(SECOND, 3 * SECOND), 10, &["thanks!", "when will it be here?", "great"]);
        }
    }
}

fn ticket_passed_round_four_queues(s: &Scene) {
    let (number, first) = (s.between(10_000, 90_000), s.between(100, 900));
    let place = |number: u64| format!("desk:{number}");
    let (moves, tells, style, sees) = (s.chance(40), s.chance(35), s.between(0, 3), s.chance(60));
    let (soon, late) = s.pick(&[(2_000, 9_000), (40_000, 90_000), (10 * MINUTE, 50 * MINUTE), (5 * HOUR, 20 * HOUR)]);
    let arrives = |who: &Actor, number: u64, text: &str| {
        s.event("desk", "ticket.assigned", who, &place(number)).state("queue", "intake").text(text)
    };
    let route = |heard, number: u64, queue: &str| {
        let act = s.wants(heard, "ticket.assign", &place(number), &format!("assigned to {queue}"));
        act.writes("queue", queue).within(900, 6_000)
    };
    for other in 0..s.between(1, 7) {
        let text = s.sentence(7);
        let act =
            route(arrives(&s.somebody(), first + other, &text).within(MINUTE, 9 * HOUR), first + other, "networks");
        remark(s, act, 25, &["solved, it was the cable", "taken", "I call her"]);
    }
    let mut heard = arrives(&s.somebody(), number, "I can not reach the share from home").within(MINUTE, 9 * HOUR);
    for round in s.rounds(turns(s, if tells { 2 } else { 1 })) {
        // A model chooses, and chooses one of two.
        let queue = if moves { s.pick(&["networks", "remote access"]) } else { "networks" };
        let act = route(heard, number, queue);
        if tells {
            let text = put(s, style, "Your ticket is now with the team that can help.", round + 1);
            let told = s.wants(heard, "mail.send", &format!("mail:ticket-{number}"), &text).within(6_100, 7_500);
            remark(s, told, 8, &["which team now?", "nobody has called", "I still can not work"]);
        }
        let mut wait = 0;
        for (bot, next) in [("networks-bot", "servers"), ("servers-bot", "accounts")] {
            wait += s.between(soon, late);
            if sees {
                let passed = s.event("desk", "ticket.assigned", &Actor::bot(bot), &place(number)).state("queue", next);
                passed.text(format!("not ours, to {next}")).because(act).token(act).after(wait);
            }
        }
        let back = arrives(&Actor::bot("accounts-bot"), number, "not ours, back to the intake").because(act);
        heard = back.token(act).after(wait + s.between(soon, late));
    }
}

fn tickets_rerouted_until_they_are_home(s: &Scene) {
    let (gap, queues) = (s.pick(&[MINUTE, 10 * MINUTE, 40 * MINUTE]), ["networks", "servers", "accounts", "devices"]);
    for number in 0..s.between(10, 26) {
        let place = format!("desk:{}", 5_000 + number);
        let opened = s.event("desk", "ticket.assigned", &s.somebody(), &place).state("queue", "intake");
        let mut heard = opened.text(s.sentence(8)).within(gap / 5, gap);
        let hops = s.pick(&[1, 1, 2, 2, 3, 4]);
        for (hop, queue) in (1..=hops).zip(queues) {
            let act = s.wants(heard, "ticket.assign", &place, &format!("assigned to {queue}")).attempt(hop, 4);
            let act = act.writes("queue", queue).within(900, 6_000);
            if hop < hops {
                let back = s.event("desk", "ticket.assigned", &person(s.between(1, 5)), &place);
                let back = back.state("queue", "intake").because(act).token(act);
                heard = back.text(s.pick(&["not ours", "wrong team", "not us, sorry"])).within(gap / 3, 4 * gap);
            }
        }
    }
}

fn tickets_discussed_in_a_thread(s: &Scene) {
    let gap = s.pick(&[2 * MINUTE, 15 * MINUTE, 2 * HOUR]);
    for number in 0..s.between(4, 12) {
        let (ticket, thread) = (format!("mail:ticket-{number}"), format!("{}/{number}", s.channel()));
        let (customer, agent) = (Actor::unknown(&format!("customer-{number}")), person(s.between(1, 4)));
        let mut heard = s.says(&customer, &ticket, &s.sentence(14)).within(gap / 4, gap);
        for _ in 0..s.between(2, 4) {
            let text = format!("{}: {}", customer.name, heard.said());
            let copied = s.wants(heard, "message", &thread, &text).within(500, 3_000);
            s.echo(copied, "message");
            if s.chance(40) {
                reply(s, &person(5), copied, s.pick(&["ask for the log", "same as last week", "mine?"]));
            }
            let words = if s.chance(40) { "Could you try that once more?".to_owned() } else { s.sentence(9) };
            let said = reply(s, &agent, copied, &format!("/reply {words}")).within(gap / 4, 2 * gap);
            let sent = s.wants(said, "mail.send", &ticket, &words).within(500, 3_000);
            s.echo(sent, "mail.in");
            let back = s.pick(&["Thank you, it works.", "No, still the same.", "Where do I find that?"]);
            heard = reply(s, &customer, sent, back).within(gap / 2, 5 * gap);
        }
        s.wants(heard, "message", &thread, &format!("{}: {}", customer.name, heard.said()));
    }
}

fn newcomers_of_the_first_of_the_month(s: &Scene) {
    let list = ["account", "groups", "laptop", "badge", "buddy", "welcome mail", "calendar"];
    for month in 1..=s.between(2, 3) {
        for number in 1..=s.between(2, 5) {
            let (plan, place) = (format!("join-{month}-{number}"), format!("hr:newcomer-{}", 10 * month + number));
            let signed = s.event("hr", "contract.signed", &person(5), &place).text(format!("starts in month {month}"));
            let mut heard = signed.at(month * 30 * DAY).after(number * s.between(MINUTE, HOUR));
            for step in list {
                let act = s.wants(heard, "task.do", &place, step).in_plan(&plan, 7).within(2 * SECOND, MINUTE);
                heard = if ["laptop", "badge"].contains(&step) {
                    let done =
                        s.event("hr", "task.done", &person(s.between(1, 4)), &place).text(format!("{step} is ready"));
                    done.because(act).token(act).within(HOUR, 3 * DAY)
                } else {
                    s.reports(act, "task.done", &format!("{step}: ok")).within(SECOND, 20 * SECOND)
                };
            }
        }
    }
}

fn reminders_until_the_timesheet_is_in(s: &Scene) {
    let people = s.between(4, 6);
    for week in 1..=s.between(2, 3) {
        for who in 1..=people {
            let place = format!("mail:h{who}");
            let days = s.pick(&[2, 2, 3, 3, 4, 5]);
            for day in 0..days {
                let tick = s.event("timer", "timer.fired", &Actor::clock(), &place).text("timesheets");
                let tick = tick.at((7 * week + day) * DAY).after(9 * HOUR + SECOND * who);
                let text = "Your timesheet of last week is missing. Please fill it in today.";
                let act = s.wants(tick, "mail.send", &place, text);
                if day + 1 == days {
                    let done = s.event("hr", "timesheet.submitted", &person(who), &format!("hr:timesheet-{who}"));
                    done.because(act).text("40 h").within(5 * MINUTE, 8 * HOUR);
                } else {
                    remark(s, act, 10, &["tomorrow, sorry", "I was ill", "on it"]);
                }
            }
        }
    }
}
