//! Buckets, event rules, image updaters, remedies and buses.

use super::super::{Family, careless, declared, looping};
use crate::loops::scene::{Actor, Scene};

/// In the order in which they are reported.
pub(super) const FAMILIES: &[Family] = &[
    looping(
        "bucket_logs_into_itself",
        "",
        "The access log of a container is written into that container, so that each log file is an access that is logged",
        bucket_logs_into_itself,
    ),
    declared(
        "uploads_logged_next_door",
        "",
        "Each upload of a customer's job is logged once, into another container that nobody logs",
        uploads_logged_next_door,
    ),
    looping(
        "stamp_on_each_resource_write",
        "",
        "A rule on successful writes stamps the resource with who changed it and when; the stamp is a successful write",
        stamp_on_each_resource_write,
    ),
    declared(
        "stamp_on_each_change_by_people",
        "",
        "A machine is stamped after each change that somebody makes; the write of the stamp is seen and left alone",
        stamp_on_each_change_by_people,
    ),
    looping(
        "image_tag_lost_at_rest",
        "",
        "A service scaled to zero has no image tag, the updater commits that, the new revision wakes the service, and it has one",
        image_tag_lost_at_rest,
    ),
    declared(
        "image_tag_of_each_build",
        "",
        "Each build of a working day has a new digest that the updater commits for the cluster to roll out",
        image_tag_of_each_build,
    ),
    looping(
        "restart_with_a_cold_cache",
        "",
        "A remedy restarts a slow service; with an empty cache it is slow again, and the remedy restarts it",
        restart_with_a_cold_cache,
    ),
    declared(
        "restart_of_each_crashed_host",
        "",
        "Hosts of a fleet crash now and then; a remedy restarts each in at most three attempts",
        restart_of_each_crashed_host,
    ),
    looping(
        "failure_event_fails_too",
        "",
        "A consumer of all events of a bus publishes what it can not read as a failure, on the same bus",
        failure_event_fails_too,
    ),
    careless(
        "failure_event_for_each_order",
        "",
        "While a database is away each order of a customer fails, and the failure is published once for each",
        failure_event_for_each_order,
    ),
];

const MINUTE: u64 = 60_000;
const HOUR: u64 = 3_600_000;

fn bucket_logs_into_itself(s: &Scene) {
    let (store, storage, folder) = (s.azure("container"), Actor::system("storage"), s.word());
    let upload = format!("{folder}/{}.csv", s.hex(6));
    let mut seen = s.event("azure", "blob.created", &Actor::app("exporter"), &store).text(&upload);
    let (low, high) = s.pick(&[(2_000, 9_000), (MINUTE, 6 * MINUTE), (20 * MINUTE, 2 * HOUR)]);
    for _ in s.rounds(s.between(24, 55)) {
        let name = format!("logs/{}-{}", s.timestamp(), s.hex(16));
        let line = format!("{name}: PUT /{} 201 {} B", seen.said(), s.between(300, 9_000));
        let log = s.wants(seen, "blob.write", &store, &line).within(low, high);
        seen = s.event("azure", "blob.created", &storage, &store).text(&name).object(s.hex(12));
        seen.because(log).within(300, 4_000);
    }
}

fn uploads_logged_next_door(s: &Scene) {
    let (store, storage) = (s.azure("container"), Actor::system("storage"));
    let logs = format!("{store}-logs");
    let jobs = [Actor::app("exporter"), Actor::unknown("sas-token"), Actor::person("h2")];
    for _ in 0..s.between(10, 60) {
        let who = &jobs[s.pick(&[0, 0, 1, 2])];
        let upload = format!("{}/{}.csv", s.word(), s.hex(6));
        let seen = s.event("azure", "blob.created", who, &store).text(&upload).after(s.heavy_tail(4_000));
        let name = format!("logs/{}-{}", s.timestamp(), s.hex(16));
        let line = format!("{name}: PUT /{upload} 201 {} B", s.between(300, 9_000));
        let log = s.wants(seen, "blob.write", &logs, &line).within(500, 9_000);
        let written = s.event("azure", "blob.created", &storage, &logs).text(&name).object(s.hex(12));
        written.because(log).within(300, 4_000);
    }
}

/// The account that writes the stamp: ours by name, or an identity of which the host knows nothing.
fn stamper(s: &Scene) -> Actor {
    if s.chance(40) { s.us() } else { Actor::unknown(&format!("principal-{}", s.hex(8))) }
}

fn stamp_on_each_resource_write(s: &Scene) {
    let (resource, room, writer) = (s.azure(s.pick(&["vm", "disk", "vault"])), s.channel(), stamper(s));
    let mut seen = s.event("azure", "resource.write.success", &s.somebody(), &resource).text("size changed");
    for _ in s.rounds(s.between(22, 52)) {
        let at = s.timestamp();
        let text = format!("LastModified={at}");
        let stamp = s.wants(seen, "tags.merge", &resource, &text).within(800, 6_000).writes("tag.LastModified", &at);
        seen = s.event("azure", "resource.write.success", &writer, &resource);
        seen.text(format!("tags/write {}", s.hex(8))).state("tag.LastModified", &at);
        seen.because(stamp).within(2_000, 90_000);
        if s.chance(10) {
            s.person_says(&room, &s.sentence(6)).within(1_000, 20_000);
        }
    }
}

fn stamp_on_each_change_by_people(s: &Scene) {
    let (resource, writer) = (s.azure(s.pick(&["vm", "disk", "vault"])), stamper(s));
    for _ in 0..s.between(8, 30) {
        let changed = s.event("azure", "resource.write.success", &s.somebody(), &resource);
        let what = s.pick(&["size changed", "disk attached", "extension installed", "rule added"]);
        changed.text(format!("{what} {}", s.hex(8))).after(s.heavy_tail(5 * MINUTE));
        let at = s.timestamp();
        let text = format!("LastModified={at}");
        let stamp = s.wants(changed, "tags.merge", &resource, &text).within(800, 6_000);
        stamp.writes("tag.LastModified", &at);
        let seen = s.event("azure", "resource.write.success", &writer, &resource);
        seen.text(format!("tags/write {}", s.hex(8))).state("tag.LastModified", &at);
        seen.because(stamp).within(2_000, 90_000);
    }
}

fn image_tag_lost_at_rest(s: &Scene) {
    let (branch, cluster, digest) = (s.part("@main"), s.azure("cluster"), s.hex(12));
    let knative = Actor::system("knative");
    let app = s.word();
    let mut seen =
        s.event("azure", "pod.image", &knative, &cluster).text(format!("{app} awake")).state("image", &digest);
    for round in s.rounds(s.between(22, 50)) {
        let awake = round % 2 == 0;
        let tag = if awake { digest.as_str() } else { "" };
        let text = format!("build: automatic update of {app}, image tag '{tag}'");
        let commit = s.wants(seen, "commit", &branch, &text).within(20_000, 2 * MINUTE).writes("image", tag);
        s.echo(commit, "push");
        // With the tag in place it falls asleep after a while; without one the new revision wakes it.
        let (word, next, low, high) =
            if awake { ("asleep", "", 4 * MINUTE, 16 * MINUTE) } else { ("awake", digest.as_str(), 15_000, 90_000) };
        seen = s.event("azure", "pod.image", &knative, &cluster).text(format!("{app} {word}")).state("image", next);
        seen.because(commit).within(low, high);
    }
}

fn image_tag_of_each_build(s: &Scene) {
    let (branch, cluster, registry) = (s.part("@main"), s.azure("cluster"), Actor::system("registry"));
    let app = s.word();
    for _ in 0..s.between(8, 40) {
        let digest = s.hex(12);
        let built = s.event("azure", "image.pushed", &registry, &cluster).text(format!("{app} {digest}"));
        built.state("image", &digest).after(s.heavy_tail(10 * MINUTE));
        let text = format!("build: automatic update of {app}, image tag '{digest}'");
        let commit = s.wants(built, "commit", &branch, &text).within(20_000, 2 * MINUTE).writes("image", &digest);
        s.echo(commit, "push");
        let rolled = s.event("azure", "pod.image", &Actor::system("knative"), &cluster);
        rolled.text(format!("{app} awake")).state("image", &digest).because(commit).within(30_000, 3 * MINUTE);
    }
}

fn restart_with_a_cold_cache(s: &Scene) {
    let (service, room, monitor) = (s.azure("service"), s.channel(), Actor::system("alertmanager"));
    let name = s.word();
    let alert = |text: String| s.event("azure", "alert.fired", &monitor, &service).text(text).object(s.hex(10));
    let slow = || format!("p95 of {name} is {}.{:02} s for 5 min", s.between(1, 9), s.between(0, 99));
    let mut seen = alert(slow());
    let says_so = s.chance(50);
    for _ in s.rounds(s.between(21, 29)) {
        let restart = s.wants(seen, "service.restart", &service, &format!("restart {name}")).within(500, 20_000);
        if says_so {
            let text = format!("Restarted {name}: {}", seen.said());
            s.wants(seen, "message", &room, &text).within(20_000, 25_000);
        }
        let over = s.event("azure", "alert.resolved", &monitor, &service).text(format!("{name} has no data"));
        over.because(restart).within(20_000, MINUTE);
        seen = alert(slow());
        seen.because(restart).within(4 * MINUTE, 14 * MINUTE);
        if s.chance(20) {
            s.person_says(&room, &format!("who restarts {name}? {}", s.sentence(3))).after(5_000);
        }
    }
}

fn restart_of_each_crashed_host(s: &Scene) {
    let (monitor, room) = (Actor::system("alertmanager"), s.channel());
    let name = s.word();
    for _ in 0..s.between(6, 20) {
        let host = format!("az:host/{name}-{}", s.between(1, 400));
        let mut seen = s.event("azure", "alert.fired", &monitor, &host).text(format!("{host} does not answer"));
        seen.object(s.hex(10)).after(s.heavy_tail(20 * MINUTE));
        let needed = s.pick(&[1, 1, 1, 2, 3]);
        for attempt in 1..=needed {
            let restart = s.wants(seen, "service.restart", &host, &format!("restart {host}")).attempt(attempt, 3);
            seen = if attempt < needed {
                s.event("azure", "alert.fired", &monitor, &host).text(format!("{host} does not answer"))
            } else {
                s.event("azure", "alert.resolved", &monitor, &host).text(format!("{host} answers"))
            };
            seen.object(s.hex(10)).because(restart).within(MINUTE, 4 * MINUTE);
        }
        if s.chance(30) {
            s.person_says(&room, &s.sentence(5)).after(9_000);
        }
    }
}

fn failure_event_fails_too(s: &Scene) {
    let (bus, router) = (s.azure("bus"), Actor::system("eventbus"));
    let source = s.word();
    let mut body = format!("{{\"{source}\":{}}}", s.between(1_000, 99_999));
    let mut seen = s.event("azure", "bus.event", &router, &bus).text(&body).object(s.hex(16));
    let (low, high) = s.pick(&[(5, 60), (40, 900), (2_000, 30_000)]);
    for _ in s.rounds(s.between(24, 58)) {
        body = format!("{{\"failed\":\"{}\",\"of\":{body}}}", s.hex(8));
        let failure = s.wants(seen, "bus.publish", &bus, &body).within(low, high);
        seen = s.event("azure", "bus.event", &router, &bus).text(&body).object(s.hex(16));
        seen.because(failure).token(failure).within(low, high);
    }
}

fn failure_event_for_each_order(s: &Scene) {
    let (bus, router, source) = (s.azure("bus"), Actor::system("eventbus"), s.word());
    for _ in 0..s.between(14, 70) {
        let body = format!("{{\"{source}\":{}}}", s.between(1_000, 99_999));
        let seen = s.event("azure", "bus.event", &router, &bus).text(&body).object(s.hex(16));
        seen.after(s.heavy_tail(1_500));
        let text = format!("{{\"failed\":\"database timeout\",\"of\":{body}}}");
        let failure = s.wants(seen, "bus.publish", &bus, &text).within(40, 3_000);
        if s.chance(60) {
            let back = s.event("azure", "bus.event", &router, &bus).text(&text).object(s.hex(16));
            back.because(failure).token(failure).within(5, 900);
        }
    }
}
