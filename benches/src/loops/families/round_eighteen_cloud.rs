//! The cloud and its queues: certificates, records, a merge queue, a scanner, a job that calls itself, a busy bot, and settings.

use super::{DAY, HOUR, MINUTE, SECOND, answer, aside, turns, worded};
use crate::loops::families::{Family, careless, declared, looping};
use crate::loops::scene::{Actor, Scene};

pub(super) const FAMILIES: &[Family] = &[
    looping(
        "certificate_reissued_as_its_secret_is_overwritten",
        "",
        "We store a new certificate, a secrets operator writes the old one over it, the keys differ, and we request the next",
        certificate_reissued_as_its_secret_is_overwritten,
    ),
    declared(
        "certificates_of_a_fleet_renewed_in_a_night",
        "",
        "In one night the certificates of a fleet are renewed: a request, an answer and a secret, here and there a second try",
        certificates_of_a_fleet_renewed_in_a_night,
    ),
    looping(
        "two_clusters_delete_each_others_records",
        "",
        "The record controllers of two clusters carry one owner mark, and each takes the records of the other for stale ones",
        two_clusters_delete_each_others_records,
    ),
    declared(
        "records_follow_the_services_of_two_clusters",
        "",
        "Teams install and remove services all week and our controller follows; records of the other cluster are left alone",
        records_follow_the_services_of_two_clusters,
    ),
    looping(
        "merge_head_nudged_out_of_its_checks",
        "",
        "We take the head of a merge queue out and in again when no check has run, and that cancels the run which was to start",
        merge_head_nudged_out_of_its_checks,
    ),
    declared(
        "stuck_merge_heads_nudged_once",
        "",
        "For weeks we watch a merge queue; a head that really is stuck is taken out and in again, at most twice, and merges",
        stuck_merge_heads_nudged_once,
    ),
    looping(
        "alert_never_marked_as_sent",
        "",
        "A scanner of the network reports a device by mail, fails to note that it has done so, and reports it again at each scan",
        alert_never_marked_as_sent,
    ),
    declared(
        "alerts_of_a_scanner_in_a_new_office",
        "",
        "On the first days of a new office a scanner finds new devices at nearly each scan, and each of them is reported once",
        alerts_of_a_scanner_in_a_new_office,
    ),
    declared(
        "pages_fetched_by_a_job_that_calls_itself",
        "",
        "A job fetches a page and sends itself the cursor of the next, more often than a guard against recursion would allow",
        pages_fetched_by_a_job_that_calls_itself,
    ),
    declared(
        "busy_day_of_a_maintenance_bot",
        "",
        "On one day a maintenance bot opens, reviews and answers three times as much as before; a spike limit once silenced it",
        busy_day_of_a_maintenance_bot,
    ),
    careless(
        "settings_applied_every_round_unchanged",
        "",
        "A reconciler applies the same settings in each round, whatever is there, as that is the only time at which it can",
        settings_applied_every_round_unchanged,
    ),
];

fn certificate_reissued_as_its_secret_is_overwritten(s: &Scene) {
    let (issuer, operator) = (Actor::system("issuer"), Actor::app("secrets-sync"));
    let (mut number, named, notes) = (s.between(1, 9), s.chance(60), s.chance(30));
    let stale = s.hex(16);
    let (soon, late) = s.pick(&[(300, 1_500), (4_000, 12_000), (28_000, 40_000)]);
    let issue = |heard, name: &str, number: u64| {
        let place =
            if named { format!("az:certificate-request/{name}-{number}") } else { format!("az:certificate/{name}") };
        let act = s.wants(heard, "certificate.request", &place, &format!("request {number} for {name}.example"));
        let done = s.event("azure", "certificate.issued", &issuer, &place).because(act.within(100, 700)).token(act);
        let done = done.text(format!("serial {}", s.hex(12))).within(400, 3_000);
        let tree = s.hex(16);
        let secret = format!("az:secret/{name}");
        let kept = s.wants(done, "secret.write", &secret, &format!("certificate of {name}")).writes("secret", &tree);
        if notes {
            s.wants(done, "event.record", &place, "The certificate has been successfully issued").within(950, 1_400);
        }
        kept
    };
    // The secrets of other names are not watched by the operator.
    for other in 0..s.between(1, 5) {
        let name = format!("{}-{other}", s.word());
        let due =
            s.tick(&format!("az:certificate/{name}"), s.between(HOUR, 3 * DAY)).text("a third of its life is left");
        issue(due, &name, 1);
    }
    let name = s.word();
    let mut heard = s.tick(&format!("az:certificate/{name}"), s.between(HOUR, DAY)).text("a third of its life is left");
    for _ in s.rounds(turns(s, if notes { 3 } else { 2 })) {
        number += 1;
        let kept = issue(heard, name, number);
        let back = s.event("azure", "secret.changed", &operator, &format!("az:secret/{name}")).tree(stale.clone());
        let back = back.because(kept).token(kept);
        heard = back.text("the public key does not match the request").within(soon, late);
    }
}

fn certificates_of_a_fleet_renewed_in_a_night(s: &Scene) {
    let (issuer, pace) = (Actor::system("issuer"), s.pick(&[2 * SECOND, 40 * SECOND, 6 * MINUTE]));
    for host in 0..s.between(9, 38) {
        let place = format!("az:certificate/host-{host}");
        let mut heard = s.tick(&place, s.between(pace / 4, pace)).text("a third of its life is left");
        let tries = s.pick(&[1, 1, 1, 1, 2, 3]);
        for attempt in 1..=tries {
            let act = s.wants(heard, "certificate.request", &place, &format!("request for host-{host}.example"));
            let act = act.attempt(attempt, 3).within(100, 700);
            let (kind, text) = if attempt < tries {
                ("certificate.refused", "the issuer is busy, 429".to_owned())
            } else {
                ("certificate.issued", format!("serial {}", s.hex(12)))
            };
            let wait = if attempt < tries { MINUTE << attempt } else { 3 * SECOND };
            heard = s.event("azure", kind, &issuer, &place).text(text).because(act).token(act).within(wait / 3, wait);
        }
        let secret = format!("az:secret/host-{host}");
        let kept = s.wants(heard, "secret.write", &secret, &format!("certificate of host-{host}"));
        let seen = s.event("azure", "secret.changed", &s.us(), &secret).because(kept.writes("secret", s.hex(16)));
        seen.token(kept).within(200, 2_000);
    }
}

fn two_clusters_delete_each_others_records(s: &Scene) {
    // Both use one account of the zone, or each its own.
    let other = if s.chance(40) { s.us() } else { Actor::app("records-of-prod") };
    let (zone, hosts, marks) = (s.azure("zone"), s.pick(&[1, 1, 2]), s.chance(40));
    let gap = s.pick(&[MINUTE, MINUTE, 5 * MINUTE, 15 * MINUTE]);
    let record = |host: &str| format!("{zone}/{host}");
    let changed = |host: &str, kind: &str| {
        let text = format!("{host}.example: {}", if kind == "record.deleted" { "deleted" } else { "created" });
        s.event("azure", kind, &other, &record(host)).text(text)
    };
    let put = |heard, host: &str, kind: &str, wait| {
        let word = if kind == "record.delete" { "DELETE" } else { "CREATE" };
        let act = s.wants(heard, kind, &record(host), &format!("{word} {host}.example A")).after(wait);
        if marks {
            let text = format!("{word} {host}.example TXT owner=default");
            s.wants(heard, kind, &record(&format!("txt-{host}")), &text).after(wait + 300);
        }
        act
    };
    // Before the second cluster was there.
    for _ in 0..s.between(0, 5) {
        let made = s.event("azure", "service.created", &s.somebody(), &s.azure("cluster")).text(s.word());
        put(made.within(HOUR, 2 * DAY), s.word(), "record.create", 900);
    }
    let start = s.now() + DAY;
    let open = |at: u64| changed(&format!("prod-{at}"), "record.created").at(start).after(SECOND * at);
    let mut heard: Vec<_> = (0..hosts).map(open).collect();
    for _ in s.rounds(turns(s, hosts * if marks { 4 } else { 2 })) {
        let wait = s.between(gap * 2 / 5, gap * 3 / 5);
        let theirs = s.between(gap * 2 / 5, gap * 3 / 5);
        for (at, heard) in (0..).zip(&mut heard) {
            let (theirs_at, ours_at) = (format!("prod-{at}"), format!("dev-{at}"));
            let taken = put(*heard, &theirs_at, "record.delete", wait + 90 * at);
            let made = put(*heard, &ours_at, "record.create", wait + 90 * at + 700);
            // At its next round the other cluster finds ours there and misses its own.
            changed(&ours_at, "record.deleted").because(made).token(made).after(theirs);
            *heard = changed(&theirs_at, "record.created").because(taken).after(theirs + 1_600);
        }
    }
}

fn records_follow_the_services_of_two_clusters(s: &Scene) {
    let (zone, cluster, other) = (s.azure("zone"), s.azure("cluster"), Actor::app("records-of-prod"));
    let gap = s.pick(&[2 * MINUTE, 25 * MINUTE, 4 * HOUR]);
    for number in 0..s.between(10, 34) {
        let host = format!("{}-{number}", s.word());
        let made = s.event("azure", "service.created", &s.somebody(), &cluster).text(&host).after(s.heavy_tail(gap));
        let place = format!("{zone}/{host}");
        let act = s.wants(made, "record.create", &place, &format!("CREATE {host}.example A")).within(900, MINUTE);
        let seen = s.event("azure", "record.created", &s.us(), &place).because(act).token(act);
        seen.text(format!("{host}.example: created")).within(300, 5_000);
        if s.chance(35) {
            let theirs = s.event("azure", "record.created", &other, &format!("{zone}/prod-{number}"));
            theirs.text(format!("prod-{number}.example: created")).within(SECOND, gap);
        }
        if s.chance(60) {
            let gone = s.event("azure", "service.deleted", &s.somebody(), &cluster).text(&host).within(gap / 3, gap);
            let act = s.wants(gone, "record.delete", &place, &format!("DELETE {host}.example A")).within(900, MINUTE);
            let seen = s.event("azure", "record.deleted", &s.us(), &place).because(act).token(act);
            seen.text(format!("{host}.example: deleted")).within(300, 5_000);
        }
    }
}

fn merge_head_nudged_out_of_its_checks(s: &Scene) {
    let (queue, app, pulls, tells) = (s.part("/merge-queue"), Actor::app("actions"), s.between(1, 4), s.chance(30));
    let (gap, first) = (s.pick(&[5 * MINUTE, 15 * MINUTE, 15 * MINUTE]), s.between(300, 3_000));
    let tick = |after: u64, pull: u64, waited: u64| {
        let text = format!("head #{pull} awaits its checks for {waited} min, 0 runs");
        s.tick(&queue, after).text(text)
    };
    let nudge = |heard, pull: u64| {
        let place = s.issue_no(pull);
        let act = s.wants(heard, "queue.remove", &place, "no run since it was queued").within(SECOND, 4 * SECOND);
        s.echo(act, "pull_request.dequeued");
        let back = s.wants(heard, "queue.add", &place, "queued again").within(5 * SECOND, 9 * SECOND);
        s.echo(back, "pull_request.enqueued");
        (act, back)
    };
    // In the first nights it was needed, and it helped.
    for other in 0..s.between(1, 5) {
        let pull = first + 100 + other;
        let (_, back) = nudge(tick(s.between(3 * HOUR, 2 * DAY), pull, s.between(13, 180)), pull);
        let merged = s.event("github", "pull_request.closed", &Actor::bot("merge-queue"), &s.issue_no(pull));
        merged.state("merged", "true").because(back).token(back).within(20 * MINUTE, 50 * MINUTE);
    }
    let mut heard = tick(s.between(3 * HOUR, DAY), first, gap / MINUTE - 1);
    for round in s.rounds(turns(s, if tells { 3 } else { 2 })) {
        let pull = first + round % pulls;
        let (out, back) = nudge(heard, pull);
        // All runners are taken today, and so the run had only just got its turn.
        let cut = s.event("github", "check_suite.completed", &app, &s.part("@merge-group")).text("cancelled");
        cut.because(out).token(out).within(2 * SECOND, 9 * SECOND);
        if tells {
            let text = format!("#{pull} was stuck and is queued again.");
            let told = s.wants(heard, "message", &s.channel(), &text).within(10 * SECOND, 12 * SECOND);
            aside(s, told, 8, &["nothing has merged since noon", "is the queue broken?", "thanks"]);
        } else if s.chance(6) {
            s.person_says(&s.channel(), s.pick(&["why does nothing merge?", "my pull is last again"])).because(out);
        }
        // Had we kept quiet, it would have run by now.
        let stalled = s.event("queue", "queue.stalled", &Actor::system("queue-watch"), &queue).because(back);
        let text =
            format!("head #{} awaits its checks for {} min, 0 runs", first + (round + 1) % pulls, gap / MINUTE - 1);
        heard = stalled.text(text).token(back).after(gap);
    }
}

fn stuck_merge_heads_nudged_once(s: &Scene) {
    let (queue, gap, first) =
        (s.part("/merge-queue"), s.pick(&[20 * MINUTE, 3 * HOUR, 20 * HOUR]), s.between(300, 900));
    for number in 0..s.between(8, 26) {
        let (pull, tries) = (s.issue_no(first + number), s.pick(&[1, 1, 1, 1, 2]));
        let mut wait = s.between(gap / 4, gap);
        for attempt in 1..=tries {
            let text = format!("head #{} awaits its checks for {} min, 0 runs", first + number, s.between(13, 30));
            let heard = s.tick(&queue, wait).text(text);
            wait = 15 * MINUTE;
            let act = s.wants(heard, "queue.remove", &pull, "no run since it was queued").attempt(attempt, 2);
            s.echo(act.within(SECOND, 4 * SECOND), "pull_request.dequeued");
            let back = s.wants(heard, "queue.add", &pull, "queued again").attempt(attempt, 2);
            let back = back.within(5 * SECOND, 9 * SECOND);
            s.echo(back, "pull_request.enqueued");
            if attempt == tries {
                let merged = s.event("github", "pull_request.closed", &Actor::bot("merge-queue"), &pull);
                merged.state("merged", "true").because(back).token(back).within(10 * MINUTE, 14 * MINUTE);
            }
        }
    }
}

fn alert_never_marked_as_sent(s: &Scene) {
    let (scan, mac, both) = (s.azure("scan"), s.hex(12), s.chance(35));
    let (style, down) = (s.pick(&[0, 0, 2]), s.chance(40));
    let gap = s.pick(&[MINUTE, MINUTE, 5 * MINUTE, HOUR, DAY]);
    let fault = s.pick(&["not marked as sent: database is locked", "sent, but the event is still pending"]);
    let report = |heard, mac: &str, text: &str| {
        let text = worded(s, style, &format!("{text}: {mac} ({}).", &mac[..4]), 0);
        let act = s.wants(heard, "mail.send", "mail:network@acme", &text).within(2 * SECOND, 9 * SECOND);
        if both {
            s.echo(s.wants(heard, "message", &s.channel(), &text).within(10 * SECOND, 15 * SECOND), "message");
        }
        act
    };
    // Before the last update it remembered.
    for _ in 0..s.between(1, 7) {
        let heard = s.tick(&scan, s.between(2 * HOUR, 2 * DAY)).text("55 devices, 1 new");
        let act = report(heard, &s.hex(12), "New device");
        aside(s, act, 30, &["my new phone", "that is the printer", "known"]);
    }
    let what = if down { "Device is down" } else { "New device" };
    let found = s.tick(&scan, s.between(HOUR, DAY)).text(if down { "54 devices, 1 down" } else { "56 devices, 1 new" });
    let mut heard = found;
    for _ in s.rounds(turns(s, if both { 2 } else { 1 })) {
        let act = report(heard, &mac, what);
        aside(s, act, 5, &["yes, I know", "how do I turn that off?", "please, it is night"]);
        // It is sent, but what is to note that fails, and so it is due again at the next scan.
        heard = s.reports(act, "report.failed", fault).after(gap + s.between(0, gap / 60));
    }
}

fn alerts_of_a_scanner_in_a_new_office(s: &Scene) {
    let (scan, gap) = (s.azure("scan"), s.pick(&[MINUTE, 5 * MINUTE, 15 * MINUTE]));
    let mut devices = s.between(5, 60);
    for _ in 0..s.between(15, 40) {
        let found = s.pick(&[0, 1, 1, 1, 2, 3]);
        devices += found;
        let heard = s.tick(&scan, gap).text(format!("{devices} devices, {found} new"));
        for at in 0..found {
            let text = format!("New device: {} ({}).", s.hex(12), s.pick(&["phone", "printer", "laptop", "unknown"]));
            let act = s.wants(heard, "mail.send", "mail:network@acme", &text).after(2 * SECOND + 700 * at);
            aside(s, act, 12, &["mine", "that is the coffee machine", "who is that?"]);
        }
        if found == 0 || s.chance(20) {
            let text = format!("{devices} devices are known in the new office.");
            s.wants(heard, "record.update", "list:network", &text).writes("devices", devices.to_string());
        }
    }
}

fn pages_fetched_by_a_job_that_calls_itself(s: &Scene) {
    let (queue, bus) = (s.azure("queue"), Actor::system("service-bus"));
    let (soon, late) = s.pick(&[(80, 500), (900, 4_000), (14_000, 16_000)]);
    let runs = s.between(1, 2);
    for run in 0..runs {
        let queue = format!("{queue}-{run}");
        let order = s.person_orders(&queue, &format!("export the {} of year {}", s.word(), 2020 + run));
        let mut heard = order.within(HOUR, DAY);
        let pages = s.between(17, 58 / runs);
        for page in 1..=pages {
            let act = s.wants(heard, "file.append", &format!("blob:export-{run}"), &format!("page {page}, 500 rows"));
            act.progress(page).within(200, 900);
            if page < pages {
                let sent = s.wants(heard, "queue.send", &queue, &format!("cursor {}", s.hex(10))).progress(page);
                let sent = sent.within(950, 1_500);
                let next = s.event("azure", "queue.message", &bus, &queue).text(sent.text()).because(sent);
                heard = next.token(sent).within(soon, late);
            }
        }
    }
}

fn busy_day_of_a_maintenance_bot(s: &Scene) {
    let (mut number, gap) = (s.between(800, 850), s.pick(&[40 * SECOND, 4 * MINUTE, 20 * MINUTE]));
    let ci = Actor::app("actions");
    for _ in 0..s.between(15, 36) {
        number += 1;
        let place = s.issue_no(number);
        match s.between(0, 3) {
            0 => {
                let opened = s.event("github", "issues.opened", &s.somebody(), &place).text(s.sentence(7));
                let act = s.wants(opened.after(s.heavy_tail(gap)), "comment", &place, &s.paraphrase());
                let more = answer(s, &s.somebody(), act, s.pick(&["yes, on 4.2", "@bot could you fix it?", "thanks"]));
                let text = format!("fix: {}", s.sentence(4));
                s.wants(more.within(MINUTE, HOUR), "pull.create", &s.issue_no(number + 400), &text);
            }
            1 => {
                let opened = s.event("github", "pull_request.opened", &s.somebody(), &place).text(s.sentence(5));
                let heard = opened.after(s.heavy_tail(gap));
                let act = s.wants(heard, "review.submit", &place, &s.paraphrase()).within(30 * SECOND, 4 * MINUTE);
                s.echo(act, "pull_request_review.submitted");
                aside(s, act, 40, &["good point", "done", "I would rather keep it"]);
            }
            2 => {
                let failed = s.event("github", "workflow_run.completed", &ci, &s.part("/workflow/nightly"));
                let heard = failed.text(format!("failure: {}", s.sentence(3))).after(s.heavy_tail(gap));
                let act = s.wants(heard, "issue.create", &place, &s.paraphrase()).within(5 * SECOND, MINUTE);
                s.echo(act, "issues.opened");
            }
            _ => {
                let asked = s.person_says(&place, &format!("@bot {}?", s.sentence(4))).after(s.heavy_tail(gap));
                s.echo(s.wants(asked, "comment", &place, &s.paraphrase()), "issue_comment.created");
                s.wants(asked, "label", &place, s.pick(&["question", "docs", "bug"])).within(SECOND, 3 * SECOND);
            }
        }
    }
}

fn settings_applied_every_round_unchanged(s: &Scene) {
    let (zone, gap) = (s.azure("delegation"), s.pick(&[30 * SECOND, 5 * MINUTE, HOUR]));
    let mut address = s.between(2, 200);
    for _ in 0..s.between(18, 70) {
        let tick = s.tick(&zone, gap).text("reconcile");
        let changed = s.chance(5);
        if changed {
            address = s.between(2, 200);
        }
        let text = format!("apply: cloud.example NS to 172.19.0.{address}, time to live 5");
        let act = s.wants(tick, "apply", &zone, &text).within(20, 400);
        let state = format!("172.19.0.{address}");
        let done = s.reports(act, "apply.done", if changed { "configured" } else { "unchanged" });
        done.state("target", state).within(200, 3_000);
    }
}
