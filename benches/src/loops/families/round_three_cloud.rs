//! Of running things in a cloud: replicas, names, tags, images, flags, quotas, certificates, nodes.

use super::super::{Family, careless, declared, looping};
use crate::loops::scene::{Actor, Event, Scene};

pub(super) const FAMILIES: &[Family] = &[
    looping(
        "hub_replicas_against_edge_scaler",
        "",
        "The hub puts back the replica count of a manifest, and the autoscaler on the edge takes it down again.",
        hub_replicas_against_edge_scaler,
    ),
    declared(
        "replicas_by_timetable",
        "",
        "A timetable writes the replica count of each part of the day, and the autoscaler moves in between.",
        replicas_by_timetable,
    ),
    looping(
        "dns_owners_with_one_id",
        "",
        "Two clusters keep one DNS zone under the same owner id and delete each other's records at each sync.",
        dns_owners_with_one_id,
    ),
    declared(
        "acme_challenges_for_a_list",
        "",
        "A certificate run creates and deletes the same kind of TXT record for each host of a list.",
        acme_challenges_for_a_list,
    ),
    looping(
        "policy_tags_against_apply",
        "",
        "A cloud policy stamps tags after each apply, and drift detection plans and applies them away.",
        policy_tags_against_apply,
    ),
    declared(
        "landing_zone_in_waves",
        "",
        "One module is applied to all subscriptions in turn, and in each the policy stamps its tags once.",
        landing_zone_in_waves,
    ),
    looping(
        "image_bump_against_rollback",
        "",
        "An image updater commits the newest tag, the failed canary is rolled back in Git, and the tag is newest again.",
        image_bump_against_rollback,
    ),
    declared(
        "canary_by_weights",
        "",
        "A canary goes up in weights, is rolled back once for bad latency and goes up again as its second attempt.",
        canary_by_weights,
    ),
    looping(
        "kill_switch_against_config_sync",
        "",
        "A guard turns a flag off when errors rise, and the sync from Git turns it on with a person's token.",
        kill_switch_against_config_sync,
    ),
    declared(
        "flag_rollout_by_percent",
        "",
        "Flags go from one percent to all on a timer, and the sync writes each step back to Git.",
        flag_rollout_by_percent,
    ),
    looping(
        "quota_denied_and_asked_again",
        "",
        "A bot asks for quota in the next region whenever the automatic denial arrives.",
        quota_denied_and_asked_again,
    ),
    declared(
        "quota_for_each_region",
        "",
        "A new environment asks for quota in each region once and appeals a denial at most twice.",
        quota_for_each_region,
    ),
    looping(
        "reissue_from_an_expired_authority",
        "",
        "The issuer's own certificate has expired, so each certificate we get is expired and asked for again.",
        reissue_from_an_expired_authority,
    ),
    declared(
        "renewals_before_a_new_authority",
        "",
        "All certificates are renewed once before the authority changes; a busy issuer gets a few declared attempts.",
        renewals_before_a_new_authority,
    ),
    looping(
        "evictions_towards_spot_nodes",
        "",
        "A descheduler evicts pods towards spot nodes that the autoscaler has just removed, and they return renamed.",
        evictions_towards_spot_nodes,
    ),
    declared(
        "node_pool_upgrade",
        "",
        "Each node of a pool is cordoned, drained and replaced in turn, and its pods come up elsewhere.",
        node_pool_upgrade,
    ),
    careless(
        "spot_nodes_come_and_go",
        "",
        "The cloud reclaims spot nodes all day long, and each time we ask for one more in the same words.",
        spot_nodes_come_and_go,
    ),
];

const MINUTE: u64 = 60_000;
const HOUR: u64 = 60 * MINUTE;
const HOSTS: [&str; 6] = ["api", "shop", "login", "static", "admin", "status"];
const REGIONS: [&str; 6] = ["eastus", "westeurope", "northeurope", "uksouth", "japaneast", "brazilsouth"];

fn hub_replicas_against_edge_scaler(s: &Scene) {
    let (deployment, wanted) = (s.azure("deployment"), s.between(8, 20));
    let scaler =
        if s.chance(50) { Actor::system("horizontal-pod-autoscaler") } else { Actor::unknown("edge-controller") };
    let floor = s.between(2, 4);
    let rescaled = |event: Event<'_>| {
        let now = floor + s.between(0, 1);
        event.text(format!("New size: {now}; reason: All metrics below target")).state("replicas", now.to_string());
    };
    let mut seen = s.event("azure", "deployment.scaled", &scaler, &deployment);
    rescaled(seen);
    for _ in s.rounds(s.between(22, 45)) {
        let text = format!("apply manifest: replicas {wanted}");
        let put = s.wants(seen, "scale", &deployment, &text).writes("replicas", wanted.to_string()).within(200, 3_000);
        if s.chance(50) {
            s.event("azure", "deployment.scaled", &s.us(), &deployment)
                .because(put)
                .token(put)
                .text(format!("Scaled to {wanted}"))
                .state("replicas", wanted.to_string());
        }
        seen = s.event("azure", "deployment.scaled", &scaler, &deployment).because(put).within(MINUTE, 6 * MINUTE);
        rescaled(seen);
        if s.chance(10) {
            s.person_says(&s.channel(), "is the edge deployment flapping again?").within(1_000, 20_000);
        }
    }
}

fn replicas_by_timetable(s: &Scene) {
    s.with_world(|world| world.says_values = true);
    let (deployment, scaler) = (s.azure("deployment"), Actor::system("horizontal-pod-autoscaler"));
    let (night, day, peak) = (s.between(1, 3), s.between(6, 9), s.between(12, 20));
    let mut replicas = night;
    for _ in 0..s.between(5, 12) {
        for (wanted, hours) in [(day, 7), (peak, 3), (day, 2), (night, 12)] {
            let due = s.tick(&deployment, hours * HOUR);
            let text = format!("scale to {wanted}");
            let put = s.wants(due, "scale", &deployment, &text).writes("replicas", wanted.to_string());
            replicas = wanted;
            let scaled = s.event("azure", "deployment.scaled", &s.us(), &deployment);
            scaled.because(put).token(put).state("replicas", wanted.to_string());
        }
        if s.chance(60) {
            replicas += s.between(1, 3);
            let moved = s.event("azure", "deployment.scaled", &scaler, &deployment);
            moved.state("replicas", replicas.to_string()).within(MINUTE, HOUR);
        }
    }
}

fn dns_owners_with_one_id(s: &Scene) {
    let zone = format!("{}.example.net", s.word());
    // Both installations use the same service principal in some companies.
    let other = if s.chance(50) { s.us() } else { Actor::app("external-dns") };
    let count = s.between(1, 3);
    let records: Vec<_> = (0..count).map(|n| format!("dns:{}-{n}.{zone}", s.pick(&HOSTS))).collect();
    let address = format!("10.{}.{}.7", s.between(0, 200), s.between(0, 250));
    let interval = s.pick(&[MINUTE, 3 * MINUTE, 10 * MINUTE]);
    let mut missing: Vec<_> = records
        .iter()
        .map(|record| s.event("azure", "record.deleted", &other, record).text("record set deleted").at(0).after(50))
        .collect();
    for _ in s.rounds(s.between(20, 45) / count + 5) {
        let delay = s.between(500, 5_000);
        for (n, record) in (0_u64..).zip(&records) {
            let event = missing[usize::try_from(n).unwrap_or(0)];
            let text = format!("Desired change: CREATE {record} A {address}");
            let made = s.wants(event, "dns.upsert", record, &text).writes("a", &address).after(200 + 40 * n);
            let gone = s.event("azure", "record.deleted", &other, record).because(made).after(interval + delay);
            missing[usize::try_from(n).unwrap_or(0)] =
                gone.text("Desired change: DELETE, no matching source").state("a", "");
        }
    }
}

fn acme_challenges_for_a_list(s: &Scene) {
    let (zone, count) = (format!("{}.example.net", s.word()), s.between(8, 30));
    let (run, issuer) = (format!("acme-{}", s.hex(6)), Actor::system("acme"));
    let mut last = s.tick(&s.azure("certificates"), HOUR);
    for n in 0..count {
        let record = if s.chance(50) {
            format!("dns:_acme-challenge.{zone}")
        } else {
            format!("dns:_acme-challenge.{}-{n}.{zone}", s.pick(&HOSTS))
        };
        let key = s.hex(32);
        let made =
            s.wants(last, "dns.upsert", &record, &format!("TXT {key}")).writes("txt", &key).in_plan(&run, 2 * count);
        let valid = s.event("azure", "challenge.valid", &issuer, &record).because(made).within(20_000, 3 * MINUTE);
        let cleaned = s.wants(valid, "dns.delete", &record, "TXT no longer needed").writes("txt", "");
        cleaned.in_plan(&run, 2 * count);
        last = s.event("azure", "record.deleted", &s.us(), &record).because(cleaned).token(cleaned);
    }
}

fn policy_tags_against_apply(s: &Scene) {
    let (resource, policy) = (s.azure("container-job"), Actor::system("azure-policy"));
    let tag = s.pick(&["CostCenter", "ApplicationName", "DataClass", "Owner"]);
    let value = s.between(1_000, 9_999).to_string();
    let stamped = |event: Event<'_>| {
        event.text(format!("Modify effect: added tag {tag}={value}")).state(tag, &value);
    };
    let mut drift = s.event("azure", "resource.changed", &policy, &resource);
    stamped(drift);
    for _ in s.rounds(s.between(12, 26)) {
        let run = s.hex(8);
        let plan = s.wants(drift, "terraform.plan", &resource, &format!("run {run}: plan")).reads_only();
        let planned =
            s.reports(plan, "plan.done", "Plan: 0 to add, 1 to change, 0 to destroy.").within(20_000, MINUTE * 4);
        let apply = s.wants(planned, "terraform.apply", &resource, &format!("run {run}: ~ tags"));
        apply.writes(tag, "");
        drift = s.event("azure", "resource.changed", &policy, &resource).because(apply).within(MINUTE, 40 * MINUTE);
        stamped(drift);
    }
}

fn landing_zone_in_waves(s: &Scene) {
    let (count, wave, policy) = (s.between(6, 25), format!("wave-{}", s.hex(5)), Actor::system("azure-policy"));
    let tag = s.pick(&["CostCenter", "DataClass", "Owner"]);
    let mut next = s.person_orders(&s.azure("landing-zone"), "roll out the new baseline");
    for n in 0..count {
        let subscription = format!("az:subscription/{}-{n}", s.hex(8));
        let plan =
            s.wants(next, "terraform.plan", &subscription, "plan the baseline").in_plan(&wave, 2 * count).reads_only();
        let planned =
            s.reports(plan, "plan.done", "Plan: 0 to add, 1 to change, 0 to destroy.").within(20_000, 2 * MINUTE);
        let apply = s.wants(planned, "terraform.apply", &subscription, "apply the baseline").in_plan(&wave, 2 * count);
        let stamped = s.event("azure", "resource.changed", &policy, &subscription).because(apply);
        stamped.text(format!("Modify effect: added tag {tag}")).state(tag, "baseline").within(MINUTE, 9 * MINUTE);
        next =
            s.reports(apply, "apply.done", "Apply complete! Resources: 0 added, 1 changed.").within(MINUTE, 6 * MINUTE);
    }
}

fn image_bump_against_rollback(s: &Scene) {
    let (main, app) = (s.part("@main"), s.azure("rollout"));
    let (good, bad) = (format!("0.1.{}", s.between(3, 20)), format!("0.1.{}", s.between(21, 40)));
    let (old, new) = (s.hex(40), s.hex(40));
    let rollback = if s.chance(40) { Actor::person("h3") } else { Actor::bot("rollout-guard") };
    let mut push = s.event("github", "push", &rollback, &main).text(format!("pin {good}")).tree(&old);
    for _ in s.rounds(s.between(20, 40)) {
        let text = format!("build: automatic update of {}: {good} -> {bad}", s.part(""));
        let bump = s.wants(push, "commit", &main, &text).writes("tree", &new).within(2_000, 2 * MINUTE);
        if let Some(seen) = s.echo(bump, "push") {
            seen.tree(&new);
        }
        if s.chance(40) {
            let failed = s.event("azure", "analysis.failed", &Actor::system("flagger"), &app).because(bump);
            failed
                .text(format!("Halt advancement: success rate {}.{}%", s.between(70, 96), s.between(0, 99)))
                .within(MINUTE, 5 * MINUTE);
        }
        push = s.event("github", "push", &rollback, &main).because(bump).within(6 * MINUTE, 20 * MINUTE);
        push.text(format!("Revert to {good}")).tree(&old);
        if s.chance(12) {
            s.person_says(&s.issue(), "production is on the old version again, who reverts this?")
                .within(5_000, MINUTE);
        }
    }
}

fn canary_by_weights(s: &Scene) {
    let (app, guard) = (s.azure("rollout"), Actor::system("flagger"));
    for release in 0..s.between(1, 4) {
        let version = format!("2.{}.{release}", s.between(0, 9));
        let mut told =
            s.event("github", "release.published", &s.somebody(), &s.repo()).text(&version).within(HOUR, 9 * HOUR);
        let failing = if s.chance(60) { s.between(2, 6) } else { 99 };
        for attempt in 1..=2 {
            for (step, weight) in (1_u64..).zip([5, 10, 20, 30, 40, 50, 75, 100]) {
                let text = format!("Advance {version} canary weight {weight}");
                let moved = s.wants(told, "canary.weight", &app, &text).writes("weight", weight.to_string());
                moved.attempt(attempt, 2).progress(release * 100 + attempt * 10 + step);
                told = s.event("azure", "canary.checked", &guard, &app).because(moved).within(MINUTE, 3 * MINUTE);
                told.state("weight", weight.to_string());
                if attempt == 1 && step == failing {
                    break;
                }
            }
            if attempt == 2 || failing == 99 {
                break;
            }
            let back = s.wants(told, "canary.weight", &app, &format!("Rolling back {version}: latency")).attempt(1, 2);
            back.writes("weight", "0");
            told = s.person_says(&s.issue(), "bad node, not the release; try again").within(10 * MINUTE, HOUR);
        }
    }
}

fn kill_switch_against_config_sync(s: &Scene) {
    let (flag, service) = (format!("flag:{}-{}", s.word(), s.word()), s.azure("service"));
    let sync = if s.chance(60) { Actor::person("h2") } else { Actor::app("flag-sync") };
    let alarm = Actor::system("monitor");
    let percent = s.pick(&["100", "50", "25"]);
    let fired = || format!("Error rate {}.{}% over 5 minutes", s.between(4, 30), s.between(0, 9));
    let mut alert = s.event("azure", "alert.fired", &alarm, &service).text(fired());
    for _ in s.rounds(s.between(20, 40)) {
        let off = s.wants(alert, "flag.set", &flag, "kill switch: error budget").writes("rollout", "0");
        let on = s.event("other", "flag.changed", &sync, &flag).because(off).within(MINUTE, 10 * MINUTE);
        on.text("reconcile from main").state("rollout", percent);
        alert = s
            .event("azure", "alert.fired", &alarm, &service)
            .because(off)
            .within(11 * MINUTE, 25 * MINUTE)
            .text(fired());
        if s.chance(15) {
            s.event("azure", "alert.resolved", &alarm, &service).because(off).within(2_000, MINUTE);
        }
    }
}

fn flag_rollout_by_percent(s: &Scene) {
    let sync = Actor::app("flag-sync");
    for n in 0..s.between(1, 5) {
        let flag = format!("flag:{}-{n}", s.word());
        let steps = [1, 2, 5, 10, 20, 35, 50, 75, 100];
        let plan = format!("rollout-{}", s.hex(5));
        for (step, percent) in (1_u64..).zip(steps) {
            let due = s.tick(&flag, s.pick(&[HOUR, 6 * HOUR, 24 * HOUR]));
            let text = format!("rollout {percent}%");
            let set = s.wants(due, "flag.set", &flag, &text).writes("rollout", percent.to_string()).progress(step);
            set.in_plan(&plan, 9);
            let written = s.event("other", "flag.changed", &sync, &flag).because(set).within(2_000, 2 * MINUTE);
            written.text(format!("write back {percent}%")).state("rollout", percent.to_string());
        }
    }
}

fn quota_denied_and_asked_again(s: &Scene) {
    let desk = if s.chance(50) { Actor::system("quota-desk") } else { Actor::person("support-engineer") };
    let (family, subscription) = (s.pick(&["NCads", "Dsv5", "public IPs", "Eadsv5"]), s.azure("subscription"));
    let mut cores = s.between(20, 200);
    let mut denied =
        s.event("azure", "quota.denied", &desk, &subscription).text("Your request could not be fulfilled.");
    for round in s.rounds(s.between(20, 35)) {
        let region = REGIONS[usize::try_from(round).unwrap_or(0) % REGIONS.len()];
        cores = if s.chance(70) { cores + s.between(1, 8) } else { cores };
        let text = format!("Please raise {family} to {cores} in {region}. {}", s.paraphrase());
        let asked = s.wants(denied, "quota.request", &subscription, &text).within(5_000, 10 * MINUTE);
        denied = s.event("azure", "quota.denied", &desk, &subscription).because(asked).within(10 * MINUTE, 9 * HOUR);
        denied.text(format!(
            "Case {}: {family} in {region} can not be raised at this time.",
            s.between(100_000, 999_999)
        ));
        if s.chance(50) {
            denied.answers(asked);
        }
    }
}

fn quota_for_each_region(s: &Scene) {
    let (desk, cores, plan) = (Actor::system("quota-desk"), s.between(20, 200), format!("quota-{}", s.hex(4)));
    let start = s.person_orders(&s.azure("environment"), "prepare all regions");
    for region in REGIONS {
        let subject = format!("{}/{region}", s.azure("subscription"));
        let mut heard = start;
        for attempt in 1..=3 {
            let text = format!("Please raise vCPUs to {cores} in {region}.");
            let asked = s.wants(heard, "quota.request", &subject, &text).attempt(attempt, 3).within(500, 20_000);
            if attempt == 1 {
                asked.in_plan(&plan, 6);
            }
            heard = s
                .event("azure", "quota.decided", &desk, &subject)
                .because(asked)
                .answers(asked)
                .within(HOUR, 20 * HOUR);
            if s.chance(60) {
                heard.text("Approved");
                break;
            }
            heard.text("Your request could not be fulfilled.");
        }
    }
}

fn reissue_from_an_expired_authority(s: &Scene) {
    let certificate = format!("az:certificate/{}-tls", s.word());
    let store = Actor::system("certificates");
    let mut seen = s.event("azure", "secret.updated", &store, &certificate).text("notAfter is in the past");
    for round in s.rounds(s.between(25, 60)) {
        let text = format!("CertificateRequest {}-{}", s.word(), s.hex(5));
        let asked = s.wants(seen, "certificate.request", &certificate, &text).within(5, 900);
        let gap = if s.chance(80) { s.between(80, 4_000) } else { s.between(20_000, 90_000) };
        seen = s.event("azure", "secret.updated", &store, &certificate).because(asked).after(gap);
        seen.text(format!("revision {}: issued {}, already expired", round + 2, s.timestamp()))
            .state("serial", s.hex(16));
    }
}

fn renewals_before_a_new_authority(s: &Scene) {
    let (count, run, issuer) = (s.between(10, 40), format!("renew-{}", s.hex(5)), Actor::system("certificates"));
    let mut last = s.person_orders(&s.azure("certificates"), "renew everything before the new root");
    for n in 0..count {
        let certificate = format!("az:certificate/{}-{n}", s.word());
        for attempt in 1..=3 {
            let text = format!("CertificateRequest {}", s.hex(5));
            let asked = s.wants(last, "certificate.request", &certificate, &text).attempt(attempt, 3);
            if attempt == 1 {
                asked.in_plan(&run, count);
            }
            last = s.event("azure", "secret.updated", &issuer, &certificate).because(asked).within(300, 9_000);
            if attempt == 3 || s.chance(80) {
                last.text("issued").state("serial", s.hex(16));
                break;
            }
            last.text("429 Too Many Requests").object("");
        }
    }
}

fn evictions_towards_spot_nodes(s: &Scene) {
    let (set, autoscaler) = (format!("{}-{}", s.word(), s.hex(9)), Actor::system("scheduler"));
    let pod = || format!("az:pod/{set}-{}", s.hex(5));
    let mut name = pod();
    let mut landed = s.event("azure", "pod.scheduled", &autoscaler, &name).state("pool", "on-demand");
    for _ in s.rounds(s.between(20, 40)) {
        let evicted = s.wants(landed, "pod.evict", &name, "preferred affinity: spot").within(1_000, 50 * MINUTE);
        s.event("azure", "node.added", &Actor::system("autoscaler"), &format!("az:node/spot-{}", s.hex(4)))
            .because(evicted)
            .within(40_000, 3 * MINUTE);
        name = pod();
        landed = s.event("azure", "pod.scheduled", &autoscaler, &name).because(evicted).within(4 * MINUTE, 12 * MINUTE);
        landed.text(format!("assigned {name} to on-demand-{}", s.hex(4))).state("pool", "on-demand");
    }
}

fn node_pool_upgrade(s: &Scene) {
    let (count, plan, autoscaler) = (s.between(6, 20), format!("upgrade-{}", s.hex(5)), Actor::system("scheduler"));
    let mut ready = s.person_orders(&s.azure("pool"), "upgrade the pool");
    for n in 0..count {
        let node = format!("az:node/pool-{}-{n}", s.hex(4));
        let cordon =
            s.wants(ready, "node.cordon", &node, "cordon").writes("schedulable", "false").in_plan(&plan, 2 * count);
        let done = s.reports(cordon, "node.updated", "cordoned");
        let drain = s.wants(done, "node.drain", &node, "evict all pods").in_plan(&plan, 2 * count).progress(n + 1);
        for _ in 0..s.between(1, 4) {
            let pod = format!("az:pod/{}-{}", s.word(), s.hex(5));
            s.event("azure", "pod.scheduled", &autoscaler, &pod).because(drain).within(2_000, MINUTE);
        }
        ready = s
            .event("azure", "node.added", &Actor::system("autoscaler"), &node)
            .because(drain)
            .within(2 * MINUTE, 6 * MINUTE);
    }
}

fn spot_nodes_come_and_go(s: &Scene) {
    let (pool, cloud) = (s.azure("pool"), Actor::system("cloud"));
    for _ in 0..s.between(15, 50) {
        let notice = s.event("azure", "node.preempted", &cloud, &pool).after(s.heavy_tail(20 * MINUTE));
        notice.text(format!("Preempt scheduled: node {}", s.hex(6)));
        let added = s.wants(notice, "pool.add", &pool, "add one node");
        s.event("azure", "node.added", &Actor::system("autoscaler"), &pool).because(added).within(MINUTE, 4 * MINUTE);
    }
}
