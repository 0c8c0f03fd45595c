//! Buckets, logs, alarms, controllers and queues: what runs without anybody looking.

use super::{Family, declared, looping};
use crate::loops::scene::{Actor, Scene};

pub(super) const FAMILIES: &[Family] = &[
    looping(
        "thumbnail_of_a_thumbnail",
        "",
        "A function writes its thumbnail into the bucket that triggers it (the first example of AWS's page on recursive invocations)",
        thumbnail_of_a_thumbnail,
    ),
    looping(
        "log_of_the_log_forwarder",
        "",
        "A log forwarder is subscribed to the log group into which it writes itself (CloudWatch's documented warning)",
        log_of_the_log_forwarder,
    ),
    looping(
        "scaling_to_and_fro",
        "",
        "Scaling in raises the load above the upper alarm, scaling out lowers it below the lower one",
        scaling_to_and_fro,
    ),
    looping(
        "cleanup_fills_the_disk",
        "",
        "A clean-up archives before it deletes, on the disk whose alarm started it",
        cleanup_fills_the_disk,
    ),
    looping(
        "gitops_against_an_operator",
        "",
        "Self-healing GitOps puts back a field that an operator in the cluster owns (Argo CD)",
        gitops_against_an_operator,
    ),
    looping(
        "kill_switch_to_and_fro",
        "",
        "An error alarm turns a feature off, its end turns it on again, and the errors are back",
        kill_switch_to_and_fro,
    ),
    looping(
        "tag_policy_against_terraform",
        "",
        "A policy adds tags that a nightly apply takes away (Azure Policy and Terraform)",
        tag_policy_against_terraform,
    ),
    looping(
        "message_under_new_ids",
        "",
        "A consumer publishes what it can not read anew, so that every delivery counts as the first",
        message_under_new_ids,
    ),
    declared(
        "thumbnails_in_another_bucket",
        "",
        "Uploads bring thumbnails into a second bucket, whose events nobody acts on",
        thumbnails_in_another_bucket,
    ),
    declared(
        "logs_of_a_service",
        "",
        "A service logs errors in bursts and each burst is forwarded once",
        logs_of_a_service,
    ),
    declared(
        "scaling_through_a_sale",
        "",
        "A shop is scaled out step by step before a sale and in again after it",
        scaling_through_a_sale,
    ),
    declared(
        "cleanup_that_helps",
        "",
        "A disk fills up every few days and a clean-up empties it each time",
        cleanup_that_helps,
    ),
    declared(
        "gitops_follows_revisions",
        "",
        "Each push to main is applied with the same words, and the cluster confirms it",
        gitops_follows_revisions,
    ),
    declared(
        "kill_switch_then_a_fix",
        "",
        "A feature is turned off on errors and turned on again when a person says it is repaired",
        kill_switch_then_a_fix,
    ),
    declared(
        "nightly_apply_confirms",
        "",
        "An apply each night finds nothing to do, now and then something new",
        nightly_apply_confirms,
    ),
    declared(
        "message_with_attempts",
        "",
        "A consumer publishes a message again and says which attempt it is, up to a limit",
        message_with_attempts,
    ),
    declared(
        "hourly_certificate_check",
        "",
        "A renewal is tried each hour and fails until a person repairs the DNS record",
        hourly_certificate_check,
    ),
];

fn thumbnail_of_a_thumbnail(s: &Scene) {
    let (bucket, mut name) = (s.azure("bucket"), format!("photo-{}.jpg", s.hex(4)));
    let mut heard = s.event("azure", "object.created", &Actor::system("storage"), &format!("{bucket}/{name}"));
    for _ in s.rounds(40) {
        name = format!("thumb-{name}");
        let place = format!("{bucket}/{name}");
        let put = s.wants(heard, "object.put", &place, "thumbnail, 128 pixels wide").within(200, 2_000);
        let created = s.event("azure", "object.created", &Actor::system("storage"), &place).tree(s.hex(32));
        heard = created.because(put).token(put).within(100, 2_000);
    }
}

fn log_of_the_log_forwarder(s: &Scene) {
    let (group, logs) = (s.azure("log-group"), Actor::system("logs"));
    let mut lines = s.between(1, 20);
    let mut heard = s.event("azure", "log.batch", &logs, &group).text(format!("{lines} lines"));
    for _ in s.rounds(80) {
        let forwarded = s.wants(heard, "log.forward", &group, &format!("forward {lines} lines")).within(20, 300);
        lines += s.between(1, 3);
        heard = s.event("azure", "log.batch", &logs, &group).text(format!("{lines} lines")).because(forwarded);
        heard.within(900, 5_000);
    }
}

fn scaling_to_and_fro(s: &Scene) {
    let (pool, monitor) = (s.azure("pool"), Actor::system("metrics"));
    let (few, many) = (s.between(2, 4), s.between(6, 9));
    let mut heard = s.event("azure", "alarm", &monitor, &pool).text("cpu above 70 %").state("cpu", "high");
    for _ in s.rounds(20) {
        let out = s.wants(heard, "pool.scale", &pool, &format!("scale to {many}")).writes("size", many.to_string());
        let low = s.event("azure", "alarm", &monitor, &pool).text("cpu below 30 %").state("cpu", "low").because(out);
        let low = low.within(240_000, 900_000);
        let back = s.wants(low, "pool.scale", &pool, &format!("scale to {few}")).writes("size", few.to_string());
        heard = s.event("azure", "alarm", &monitor, &pool).text("cpu above 70 %").state("cpu", "high").because(back);
        heard.within(240_000, 900_000);
    }
}

fn cleanup_fills_the_disk(s: &Scene) {
    let (disk, monitor) = (s.azure("disk"), Actor::system("monitor"));
    let mut heard = s.event("azure", "alert.fired", &monitor, &disk).text("disk at 91 %");
    for _ in s.rounds(30) {
        let run = s.wants(heard, "cleanup.run", &disk, "archive and delete old files");
        s.reports(run, "cleanup.done", "deleted 0 bytes").within(5_000, 60_000);
        let text = format!("disk at {} %", s.between(91, 99));
        heard = s.event("azure", "alert.fired", &monitor, &disk).text(text).because(run).within(120_000, 2_400_000);
    }
}

fn gitops_against_an_operator(s: &Scene) {
    let (app, cluster) = (s.azure("application"), Actor::system("cluster"));
    let field = s.pick(&["replicas", "image", "annotations"]);
    let mut heard = s.event("azure", "drift.detected", &cluster, &app).state(field, "theirs").text("out of sync");
    for _ in s.rounds(40) {
        let applied = s.wants(heard, "apply", &app, "sync to main").writes(field, "ours").within(1_000, 10_000);
        heard = s.event("azure", "drift.detected", &cluster, &app).state(field, "theirs").text("out of sync");
        heard = heard.because(applied).within(2_000, 180_000);
    }
}

fn kill_switch_to_and_fro(s: &Scene) {
    let (flag, service, monitor) = (s.azure("flag"), s.azure("service"), Actor::system("monitor"));
    let errors = |s: &Scene| format!("{} % of requests fail", s.between(5, 60));
    let mut heard = s.event("azure", "alert.fired", &monitor, &service).text(errors(s)).state("alert", "fired");
    for _ in s.rounds(16) {
        let off = s.wants(heard, "flag.set", &flag, "off").writes("flag", "off");
        let calm = s.event("azure", "alert.resolved", &monitor, &service).text("no errors").state("alert", "ok");
        let on = s.wants(calm.because(off).within(120_000, 900_000), "flag.set", &flag, "on").writes("flag", "on");
        let again = s.event("azure", "alert.fired", &monitor, &service).text(errors(s)).state("alert", "fired");
        heard = again.because(on).within(60_000, 900_000);
    }
}

fn tag_policy_against_terraform(s: &Scene) {
    let (group, policy) = (s.azure("resource-group"), Actor::app("policy"));
    for _ in s.rounds(20) {
        let tick = s.tick(&group, 86_400_000).text("nightly apply");
        let applied = s.wants(tick, "apply", &group, "1 to change").writes("tags", "team").within(20_000, 90_000);
        let tagged = s.event("azure", "tags.modified", &policy, &group).text("cost centre added");
        tagged.state("tags", "team,cost-centre").because(applied).within(300_000, 1_800_000);
    }
}

fn message_under_new_ids(s: &Scene) {
    let (queue, bus, what) = (s.azure("queue"), Actor::system("service-bus"), s.sentence(6));
    let mut heard = s.event("azure", "message", &bus, &format!("{queue}/{}", s.hex(8))).text(&what);
    for _ in s.rounds(60) {
        let place = format!("{queue}/{}", s.hex(8));
        let published = s.wants(heard, "message.publish", &place, &what).within(20, 400);
        heard = s.event("azure", "message", &bus, &place).text(&what).because(published).token_in(published, 50);
        heard.within(50, 30_000);
    }
}

fn thumbnails_in_another_bucket(s: &Scene) {
    let (from, to, storage) = (s.azure("bucket"), s.azure("thumbnails"), Actor::system("storage"));
    for _ in 0..s.between(15, 60) {
        let name = format!("photo-{}.jpg", s.hex(4));
        let upload = s.event("azure", "object.created", &storage, &format!("{from}/{name}")).tree(s.hex(32));
        let heard = upload.at(s.between(0, 600_000));
        let put = s.wants(heard, "object.put", &format!("{to}/{name}"), "thumbnail, 128 pixels wide");
        let created = s.event("azure", "object.created", &storage, &format!("{to}/{name}")).tree(s.hex(32));
        created.because(put).token(put).within(100, 2_000);
    }
}

fn logs_of_a_service(s: &Scene) {
    let (group, logs) = (s.azure("log-group"), Actor::system("logs"));
    for _ in 0..s.between(20, 80) {
        let lines = s.between(1, 400);
        let batch = s.event("azure", "log.batch", &logs, &group).text(format!("{lines} lines"));
        let heard = batch.after(s.heavy_tail(2_000));
        s.wants(heard, "log.forward", &s.azure("archive"), &format!("forward {lines} lines")).within(20, 300);
    }
}

fn scaling_through_a_sale(s: &Scene) {
    let (pool, monitor) = (s.azure("pool"), Actor::system("metrics"));
    let (start, top) = (s.between(2, 4), s.between(8, 16));
    let sizes: Vec<_> = (start + 1..=top).chain((start..top).rev()).collect();
    let mut before = start;
    for size in sizes {
        let (kind, load) = if size > before { ("cpu above 70 %", "high") } else { ("cpu below 30 %", "low") };
        let alarm = s.event("azure", "alarm", &monitor, &pool).text(kind).state("cpu", load).within(300_000, 3_600_000);
        let scaled = s.wants(alarm, "pool.scale", &pool, &format!("scale to {size}")).writes("size", size.to_string());
        s.reports(scaled, "pool.scaled", "ok").state("size", size.to_string()).within(20_000, 120_000);
        before = size;
    }
}

fn cleanup_that_helps(s: &Scene) {
    let (disk, monitor) = (s.azure("disk"), Actor::system("monitor"));
    for _ in 0..s.between(6, 25) {
        let text = format!("disk at {} %", s.between(90, 95));
        let alert = s.event("azure", "alert.fired", &monitor, &disk).text(text).within(86_400_000, 4 * 86_400_000);
        let run = s.wants(alert, "cleanup.run", &disk, "archive and delete old files");
        s.reports(run, "cleanup.done", &format!("deleted {} GB", s.between(10, 300))).within(5_000, 600_000);
        let ended = s.event("azure", "alert.resolved", &monitor, &disk).text("disk at 40 %");
        ended.because(run).within(60_000, 900_000);
    }
}

fn gitops_follows_revisions(s: &Scene) {
    let (app, cluster) = (s.azure("application"), Actor::system("cluster"));
    let pusher = s.pick(&[("merge-queue", "bot"), ("ann", "human")]);
    for _ in 0..s.between(8, 30) {
        let tree = s.hex(40);
        let push = s.event("github", "push", &Actor::new(pusher.0, pusher.1), &s.part("@main")).text("merge");
        let heard = push.tree(&tree).within(120_000, 7_200_000);
        let applied = s.wants(heard, "apply", &app, "sync to main").writes("revision", &tree).within(1_000, 10_000);
        let synced = s.event("azure", "application.synced", &cluster, &app).text("in sync").state("revision", &tree);
        let synced = synced.because(applied).within(5_000, 120_000);
        s.wants(synced, "status.set", &s.part("@main"), "deployed").writes("status", &tree);
    }
}

fn kill_switch_then_a_fix(s: &Scene) {
    let (flag, service, monitor) = (s.azure("flag"), s.azure("service"), Actor::system("monitor"));
    for _ in 0..s.between(1, 4) {
        let text = format!("{} % of requests fail", s.between(5, 60));
        let fired = s.event("azure", "alert.fired", &monitor, &service).text(text).state("alert", "fired");
        let off = s.wants(fired.within(3_600_000, 86_400_000), "flag.set", &flag, "off").writes("flag", "off");
        let calm = s.event("azure", "alert.resolved", &monitor, &service).text("no errors").state("alert", "ok");
        calm.because(off).within(120_000, 900_000);
        let fixed = s.person_says(&s.channel(), "repaired, please turn it on again").within(1_800_000, 86_400_000);
        s.wants(fixed, "flag.set", &flag, "on").writes("flag", "on");
    }
}

fn nightly_apply_confirms(s: &Scene) {
    let (group, mut tags) = (s.azure("resource-group"), s.word());
    for _ in 0..s.between(15, 60) {
        if s.chance(15) {
            tags = s.word();
            s.event("github", "push", &s.somebody(), &s.part("@main"))
                .text("tags")
                .tree(s.hex(40))
                .within(0, 3_600_000);
        }
        let tick = s.tick(&group, 86_400_000).text("nightly apply");
        let applied = s.wants(tick, "apply", &group, "apply").writes("tags", tags).within(20_000, 90_000);
        s.reports(applied, "apply.done", "no changes").state("tags", tags).within(5_000, 60_000);
    }
}

fn message_with_attempts(s: &Scene) {
    let (queue, bus) = (s.azure("queue"), Actor::system("service-bus"));
    for _ in 0..s.between(2, 6) {
        let (what, most) = (s.sentence(6), s.between(4, 10));
        let mut heard = s.event("azure", "message", &bus, &format!("{queue}/{}", s.hex(8))).text(&what);
        for attempt in 1..=s.between(1, most) {
            let place = format!("{queue}/{}", s.hex(8));
            let published = s.wants(heard, "message.publish", &place, &what).attempt(attempt, most).within(20, 400);
            heard = s.event("azure", "message", &bus, &place).text(&what).because(published).token_in(published, 50);
            heard.within(50, 30_000);
        }
    }
}

fn hourly_certificate_check(s: &Scene) {
    let certificate = s.azure("certificate");
    for _ in 0..s.between(5, 40) {
        let tick = s.tick(&certificate, 3_600_000).text("renew");
        let tried = s.wants(tick, "certificate.renew", &certificate, "renew").within(100, 2_000);
        s.reports(tried, "certificate.failed", "DNS record not found").state("certificate", "pending");
    }
    s.person_says(&s.channel(), "I repaired the DNS record").within(60_000, 3_000_000);
    let tried = s.wants(s.tick(&certificate, 600_000).text("renew"), "certificate.renew", &certificate, "renew");
    s.reports(tried, "certificate.renewed", "valid for 90 days").state("certificate", "valid");
}
