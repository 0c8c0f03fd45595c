//! Mail, tools of agents, scaling and deployments.

use super::{Act, Actor, Event, Family, Scene, declared, looping, person_in_between};

pub(super) const FAMILIES: &[Family] = &[
    looping(
        "r1_ticket_for_each_autoreply",
        "",
        "Each mail opens a ticket and is acknowledged; an autoresponder or another helpdesk answers with a new mail (Odoo, osTicket)",
        ticket_for_each_autoreply,
    ),
    declared(
        "r1_tickets_in_an_outage",
        "",
        "Many customers write at once, each gets a ticket and the same acknowledgement, and a few are out of office",
        tickets_in_an_outage,
    ),
    looping(
        "r1_edit_of_a_stale_file",
        "",
        "An agent's edit is refused because the file has changed since it was read; it edits again without reading (Altimate)",
        edit_of_a_stale_file,
    ),
    declared(
        "r1_refactoring",
        "",
        "An agent edits many files by plan, reads again where an edit is refused, and declares the second attempt",
        refactoring,
    ),
    looping(
        "r1_replicas_from_git",
        "",
        "We set the replicas that stand in Git, and the autoscaler sets what the load needs (Argo CD with an HPA)",
        replicas_from_git,
    ),
    declared(
        "r1_office_hours",
        "",
        "Capacity goes up each morning and down each evening, with the same two values by the clock",
        office_hours,
    ),
    looping(
        "r1_rollback_is_outdated",
        "",
        "A canary alert makes us roll back, and the image scan makes us deploy the newest image again (Argo CD Image Updater)",
        rollback_is_outdated,
    ),
    declared(
        "r1_canary_steps",
        "",
        "A release goes out region by region in declared steps, and where a canary fails there is one rollback and a second attempt",
        canary_steps,
    ),
];

/// No mail is a reply to a known one: the ticket number is new each time.
fn ticket_for_each_autoreply(s: &Scene) {
    let (address, far) = (format!("c{}@customer.example", s.between(10, 99)), s.between(0, 2));
    let sender = Actor::new(&address, s.pick(&["human", "human", "unknown"]));
    let first = s.between(10_000, 90_000);
    let mut mail = s.says(&sender, &format!("mail:{address}"), &s.sentence(9));
    for round in s.rounds(s.between(13, 28)) {
        let number = first + 3 * round + s.between(0, 2);
        let filed = s.wants(mail, "issue.create", &s.issue_no(number), &format!("Mail from {address}"));
        s.echo(filed.within(200, 3_000), "issues.opened");
        let text = format!("Re: your request. We have received it as ticket [#{number}] and will be back shortly.");
        let ack = s.wants(mail, "mail.send", &format!("mail:{address}"), &text).within(3_100, 9_000);
        let reply = match far {
            0 => format!("Automatic reply: I am out of office until Monday. (Re: ticket [#{number}])"),
            1 => format!("[Case {}] Thank you for contacting customer care. Your case is open.", 55_000 + round),
            _ => format!("Undelivered Mail Returned to Sender: mailbox full, queue id {}", s.hex(10)),
        };
        if s.chance(8) {
            let other = Actor::person("c7@elsewhere.example");
            let asked = s.says(&other, "mail:c7@elsewhere.example", &s.sentence(8)).within(10_000, 100_000);
            let text = format!("Re: your request. We have received it as ticket [#{}].", number + 40_000);
            s.wants(asked, "mail.send", "mail:c7@elsewhere.example", &text).in_order();
        }
        mail = s.says(&sender, &format!("mail:{address}"), &reply).because(ack);
        mail = mail.within(20_000, 300_000 + s.heavy_tail(300_000));
    }
}

/// An automatic reply is filed with its ticket and not acknowledged.
fn tickets_in_an_outage(s: &Scene) {
    let (first, customers) = (s.between(10_000, 90_000), s.between(12, 30));
    let start = s.between(0, 60_000);
    for customer in 0..customers {
        let (address, number) = (format!("mail:c{customer}@customer.example"), first + customer);
        let sender = Actor::person(&address["mail:".len()..]);
        let mail = s.says(&sender, &address, &format!("{} is down! {}", s.word(), s.sentence(4)));
        let mail = mail.at(start + customer * 45_000 + s.between(0, 40_000));
        let filed = s.wants(mail, "issue.create", &s.issue_no(number), &format!("Mail from {}", sender.name));
        s.echo(filed.within(200, 3_000), "issues.opened");
        let text = format!("Re: your request. We have received it as ticket [#{number}] and will be back shortly.");
        let ack = s.wants(mail, "mail.send", &address, &text).within(3_100, 9_000);
        if s.chance(20) {
            let reply = format!("Automatic reply: I am out of office until Monday. (Re: ticket [#{number}])");
            let reply = s.says(&sender, &address, &reply).because(ack).answers(ack).within(2_000, 30_000);
            s.wants(reply, "comment", &s.issue_no(number), "Out of office reply received");
        }
    }
}

/// A formatter that watches the directory changes the file whenever the agent touches it.
fn edit_of_a_stale_file(s: &Scene) {
    let (task, file) = (s.agent("task"), format!("src/{}/{}.ts", s.word(), s.word()));
    let (talks, counts) = (s.chance(50), s.chance(25));
    let order = s.person_orders(&task, &format!("Rename {} to {} everywhere", s.word(), s.word()));
    let mut cause = order;
    let text = format!("edit {file}: replace {} by {}", s.word(), s.word());
    for round in s.rounds(s.between(30, 60)) {
        let text = if talks { format!("{text} ({})", s.paraphrase()) } else { text.clone() };
        let edit = s.wants(cause, "tool.call", &task, &text).within(900, 8_000);
        if counts {
            edit.attempt(1 + round % 3, 3);
        }
        let moment = s.timestamp();
        let refusal = format!("{file} has been modified since it was last read ({moment}). Read it again first.");
        cause = s.reports(edit, "tool.result", &refusal).within(5, 200);
    }
}

/// Reading declares itself as such; the plan has one step for each file.
fn refactoring(s: &Scene) {
    let (task, files, plan) = (s.agent("task"), s.between(8, 28), format!("refactor-{}", s.hex(5)));
    let (from, to) = (s.word(), s.word());
    let mut cause: Event = s.person_orders(&task, &format!("Rename {from} to {to} everywhere"));
    for number in 0..files {
        let file = format!("src/{}/{number}.ts", s.word());
        let mut attempt = 1;
        loop {
            let read = s.wants(cause, "tool.call", &task, &format!("read {file}")).reads_only().within(500, 3_000);
            cause = s.reports(read, "tool.result", &format!("{} lines", s.between(20, 900))).within(5, 200);
            let edit = s.wants(cause, "tool.call", &task, &format!("edit {file}: replace {from} by {to}"));
            edit.attempt(attempt, 3).within(900, 8_000);
            if attempt == 1 {
                edit.in_plan(&plan, files).progress(number);
            }
            let refused = attempt < 3 && s.chance(15);
            let result = if refused { "has been modified since it was last read" } else { "1 replacement" };
            cause = s.reports(edit, "tool.result", &format!("{file}: {result}")).within(5, 200);
            if !refused {
                break;
            }
            attempt += 1;
        }
    }
}

/// With our number the load on each replica is too high, so it does not stay.
fn replicas_from_git(s: &Scene) {
    let (app, scaler) = (s.azure("containerapp"), Actor::system(s.pick(&["horizontal-pod-autoscaler", "keda"])));
    let (wanted, channel, tells) = (s.between(2, 4), s.channel(), s.chance(30));
    let (git, mut need) = (wanted.to_string(), wanted + s.between(2, 6));
    let mut drift = s.event("azure", "resource.changed", &scaler, &app).state("replicas", need.to_string()).object("");
    for _ in s.rounds(s.between(22, 30)) {
        if tells {
            let text = format!("Self-heal: {app} is at {need} replicas, {}", s.timestamp());
            s.wants(drift, "send", &channel, &text).within(200, 900);
        }
        let sync = s.wants(drift, "apply", &app, &format!("replicas {need} -> {git}")).writes("replicas", &git);
        sync.within(1_000, 180_000);
        let at_git = s.event("azure", "resource.changed", &Actor::system("azure"), &app).because(sync).object("");
        at_git.state("replicas", &git).within(1_000, 8_000);
        person_in_between(s, &channel, 5);
        need = wanted + s.between(2, 7);
        drift = s.event("azure", "resource.changed", &scaler, &app).because(sync).state("replicas", need.to_string());
        drift = drift.text(format!("cpu {}% of 60%", s.between(85, 190))).object("").within(15_000, 400_000);
    }
}

/// The platform reports each change, and between them the autoscaler adds one now and then.
fn office_hours(s: &Scene) {
    let (app, azure) = (s.azure("containerapp"), Actor::system("azure"));
    let (low, high) = (s.between(1, 3).to_string(), s.between(6, 12).to_string());
    let start = s.between(0, 3_600_000);
    for half_day in 0..s.between(14, 60) {
        let value = if half_day % 2 == 0 { &high } else { &low };
        let tick = s.tick(&app, 0).at(half_day * 43_200_000 + start);
        let set = s.wants(tick, "apply", &app, &format!("replicas -> {value}")).writes("replicas", value);
        let changed = s.event("azure", "resource.changed", &azure, &app).because(set.within(500, 30_000)).object("");
        changed.state("replicas", value).within(1_000, 60_000);
        if s.chance(30) {
            let scaled = s.event("azure", "resource.changed", &Actor::system("keda"), &app).object("");
            let scaled = scaled.state("replicas", (s.between(4, 14)).to_string());
            scaled.at(half_day * 43_200_000 + start + s.between(4_000_000, 40_000_000));
        }
    }
}

/// Two handlers of ours, each of them right for itself.
fn rollback_is_outdated(s: &Scene) {
    let (app, environment) = (s.azure("containerapp"), s.part("@env/production"));
    let (monitor, scan) = (Actor::system("azure-monitor"), Actor::system("registry-scan"));
    let (good, bad) = (format!("v0.{}.3", s.between(1, 9)), format!("v0.{}.6", s.between(10, 19)));
    let mut found = s.event("registry", "image.newer", &scan, &app).state("newest", &bad).object("");
    for round in s.rounds(s.between(12, 28)) {
        let deploy = s.wants(found, "push", &environment, &format!("build: update image to {bad}"));
        deploy.writes("image", &bad).within(1_000, 20_000);
        s.echo(deploy, "push").map(|event| event.tree(s.hex(12)));
        let alert =
            s.event("azure", "alert.fired", &monitor, &app).because(deploy).object(format!("alert-{}", s.hex(8)));
        let alert = alert.text(format!("5xx rate {}.{}%", s.between(4, 38), round % 10)).within(120_000, 900_000);
        let back = s.wants(alert, "push", &environment, &format!("revert: image to {good}")).writes("image", &good);
        // With the bad image deployed it is right; without the deployment it would not be wanted.
        back.within(1_000, 20_000).free();
        s.echo(back, "push").map(|event| event.tree(s.hex(12)));
        let calm = s.event("azure", "alert.resolved", &monitor, &app).because(back).object("");
        calm.within(60_000, 200_000);
        person_in_between(s, &s.issue(), 8);
        found = s.event("registry", "image.newer", &scan, &app).because(back).state("newest", &bad).object("");
        found = found.within(120_000, 130_000 + s.heavy_tail(600_000));
    }
}

/// A failed region starts again from its first step, once.
fn canary_steps(s: &Scene) {
    let (monitor, regions) = (Actor::system("azure-monitor"), ["weu", "neu", "eus", "wus", "sea"]);
    let (version, count) = (format!("v1.{}.0", s.between(1, 40)), usize::try_from(s.between(2, 5)).unwrap_or(2));
    let mut cause: Event = s.person_orders(&s.azure("release"), &format!("Roll out {version}"));
    let mut done = 0;
    for region in &regions[..count] {
        let app = s.azure(&format!("containerapp-{region}"));
        let fails = s.chance(35);
        for attempt in 1..=1 + u64::from(fails) {
            let mut last: Option<Act> = None;
            for share in ["5", "10", "25", "50", "100"] {
                let text = format!("{version} at {share}% in {region}");
                let step =
                    s.wants(cause, "deploy", &app, &text).writes("share", share).attempt(attempt, 2).progress(done);
                cause = s.reports(step, "deploy.done", share).within(300_000, 1_500_000);
                last = Some(step);
                done += 1;
                if fails && attempt == 1 && share == "25" {
                    break;
                }
            }
            if let (true, Some(step)) = (fails && attempt == 1, last) {
                let alert = s.event("azure", "alert.fired", &monitor, &app).because(step).object("");
                let alert = alert.text(format!("5xx rate {}%", s.between(4, 30))).within(1_600_000, 1_700_000);
                let back = s.wants(alert, "rollback", &app, &format!("{version} out of {region}")).writes("share", "0");
                cause = s.reports(back, "deploy.done", "0").within(100_000, 300_000);
            }
        }
    }
}
