//! Deployments, incidents, alerts, schedules, compensation.

use super::{Family, careless, declared, looping};
use crate::loops::scene::{Actor, Scene};

pub(super) const FAMILIES: &[Family] = &[
    looping(
        "escalation_acknowledged_by_a_bot",
        "L22",
        "An escalation is acknowledged by a bot, the acknowledgement expires, it is escalated again",
        escalation_acknowledged_by_a_bot,
    ),
    looping(
        "deploy_and_rollback",
        "HL1",
        "We deploy, the health check fails, we roll back, the drift is repaired by deploying",
        deploy_and_rollback,
    ),
    declared("polling_by_timer", "N08", "A job's status is asked for on a timer until it is done", polling_by_timer),
    declared("flapping_alert", "N14", "An alert fires and resolves all day and we announce both", flapping_alert),
    declared("daily_report", "N15", "The same report goes out each morning", daily_report),
    declared(
        "escalation_ladder",
        "N17",
        "An incident climbs a ladder of people until one acknowledges it",
        escalation_ladder,
    ),
    declared(
        "saga_of_a_plan",
        "N29",
        "Steps and their compensation, once or twice, as a declared plan",
        saga_of_a_plan,
    ),
    declared(
        "failover_of_two_regions",
        "HN10",
        "A failover drains, switches, verifies, restores, switches back and verifies",
        failover_of_two_regions,
    ),
    declared(
        "canary_in_steps",
        "GN1",
        "A rollout grows from one percent to all, step by step as long as it is healthy",
        canary_in_steps,
    ),
    declared(
        "stages_approved_by_people",
        "GN9",
        "A person approves each stage, we deploy it and ask for the next",
        stages_approved_by_people,
    ),
    careless(
        "silent_saga",
        "N23_saga_undeclared",
        "Steps and their compensation, once or twice, declared nowhere",
        silent_saga,
    ),
];

fn escalation_acknowledged_by_a_bot(s: &Scene) {
    let (incident, channel) = (s.azure("incident"), s.channel());
    let opened = s.event("azure", "incident.open", &Actor::system("monitor"), &incident).text("severity 2");
    let mut heard = opened.state("open", "1");
    for _ in s.rounds(30) {
        let text = format!("Escalation: nobody has acknowledged {incident}");
        let call = s.wants(heard, "teams.message", &channel, &text).within(200, 2_000);
        let mut answer = s.says(&Actor::bot("auto-ack"), &channel, "ack").because(call).token(call).within(500, 3_000);
        if s.chance(50) {
            answer = answer.answers(call);
        }
        let ack = s.wants(answer, "incident.ack", &incident, "").writes("open", "0").within(100, 600);
        let expired =
            s.event("azure", "incident.unacked", &Actor::app("sla"), &incident).text("acknowledgement expired");
        heard = expired.state("open", "1").because(ack).within(5_000, 300_000);
    }
}

fn deploy_and_rollback(s: &Scene) {
    let place = s.azure("environment");
    let mut heard = s.event("github", "release.published", &Actor::bot("release-bot"), &s.repo()).text("v2");
    for _ in s.rounds(16) {
        let deploy = s.wants(heard, "deploy", &place, "deploy v2").writes("version", "v2").within(500, 5_000);
        let sick = s.event("azure", "health.failed", &Actor::system("probe"), &place).state("version", "v2");
        let sick = sick.text(format!("{} % errors", s.between(20, 90))).because(deploy).token_in(deploy, 80);
        let back = s.wants(sick.within(60_000, 300_000), "rollback", &place, "back to v1").writes("version", "v1");
        let drift = s.event("azure", "drift.detected", &Actor::app("gitops"), &place).text("wanted v2, found v1");
        heard = drift.state("version", "v1").because(back).within(60_000, 300_000);
    }
}

fn polling_by_timer(s: &Scene) {
    let (job, every) = (s.azure("job"), s.pick(&[30_000, 300_000]));
    for _ in 0..s.between(8, 60) {
        let poll = s.wants(s.tick(&job, every), "job.poll", &job, "status?").reads_only().within(10, 99);
        s.reports(poll, "job.status", "running").state("status", "running").within(50, 900);
    }
}

fn flapping_alert(s: &Scene) {
    let (alert, channel, monitor) = (s.azure("alert"), s.channel(), Actor::system("monitor"));
    for _ in 0..s.between(4, 20) {
        let load = s.between(80, 99);
        let fired =
            s.event("azure", "alert.fired", &monitor, &alert).text(format!("cpu {load} %")).state("alert", "fired");
        let heard = fired.within(30_000, 900_000);
        s.echo(s.wants(heard, "teams.message", &channel, &format!("Alert: cpu at {load} %")), "message");
        let ended = s.event("azure", "alert.resolved", &monitor, &alert).text("cpu is fine").state("alert", "ok");
        s.wants(ended.within(30_000, 900_000), "teams.message", &channel, "The alert is over");
    }
}

fn daily_report(s: &Scene) {
    let (channel, text) = (s.channel(), format!("Daily report: {}", s.sentence(10)));
    for _ in 0..s.between(20, 90) {
        let tick = s.tick(&channel, 86_400_000);
        s.echo(s.wants(tick, "teams.message", &channel, &text), "message");
    }
}

fn escalation_ladder(s: &Scene) {
    let (incident, channel) = (s.azure("incident"), s.channel());
    s.event("azure", "incident.open", &Actor::system("monitor"), &incident).text("severity 1").state("open", "1");
    for level in 1..=s.between(3, 6) {
        let tick = s.tick(&incident, s.between(300_000, 900_000)).text("escalate");
        let text = format!("Escalation, level {level}: the incident is open");
        s.wants(tick, "teams.message", &format!("tm:on-call-{level}"), &text).within(10, 99);
    }
    let ack = s.person_says(&channel, "ack").within(1_000, 90_000);
    s.wants(ack, "incident.ack", &incident, "").writes("open", "0").within(10, 99);
}

fn saga_of_a_plan(s: &Scene) {
    saga(s, true);
}

fn silent_saga(s: &Scene) {
    saga(s, false);
}

/// Two or three steps forth and back, once or twice.
fn saga(s: &Scene, declares: bool) {
    let (item, steps, runs) = (s.azure("item"), s.between(2, 3), s.between(1, 2));
    let mut heard = s.person_orders(&item, "set this up");
    for _ in 0..runs {
        let forth = (0..steps).map(|step| ("step", "apply", step, step + 1));
        let back = (0..steps).rev().map(|step| ("undo", "compensate", step, step));
        for (verb, text, step, then) in forth.chain(back) {
            let act = s.wants(heard, &format!("{verb}.{step}"), &item, &format!("{text} the step"));
            if declares {
                act.in_plan("setup", steps * runs * 2);
            }
            heard = s.reports(act, &format!("{verb}.done"), "ok").state("step", then.to_string()).within(500, 9_000);
        }
    }
    s.wants(heard, "comment", &s.issue(), "It is rolled back.").within(10, 99);
}

fn failover_of_two_regions(s: &Scene) {
    let item = s.azure("region");
    let mut heard = s.person_orders(&item, "fail over");
    for (step, region) in
        [("drain", "a"), ("switch", "b"), ("verify", "b"), ("restore", "b"), ("switch", "a"), ("verify", "a")]
    {
        let act = s.wants(heard, &format!("step.{step}"), &item, step);
        heard = s.reports(act, "step.done", "ok").state("region", region).within(500, 9_000);
    }
}

fn canary_in_steps(s: &Scene) {
    let rollout = s.azure("rollout");
    let mut heard = s.person_orders(&rollout, "start");
    for percent in [1, 5, 10, 25, 50, 75, 100] {
        let set = s.wants(heard, "rollout.set", &rollout, &format!("weight {percent}")).progress(percent);
        let healthy = s.event("azure", "rollout.healthy", &Actor::system("probe"), &rollout);
        let healthy = healthy.text(format!("healthy at {percent} %")).because(set).answers(set).token_in(set, 80);
        heard = healthy.progress(percent).within(60_000, 600_000);
    }
}

fn stages_approved_by_people(s: &Scene) {
    let channel = s.channel();
    for stage in 1..=s.between(2, 6) {
        let place = format!("{}-{stage}", s.azure("environment"));
        let approved = s.person_says(&channel, &format!("approve stage {stage}")).within(60_000, 900_000);
        let deploy = s.wants(approved, "deploy", &place, "deploy");
        let done = s.event("azure", "deploy.done", &Actor::app("pipelines"), &place).text("ok").because(deploy);
        let text = format!("Stage {stage} is deployed. Approve the next?");
        s.echo(s.wants(done.token(deploy).within(60_000, 300_000), "teams.message", &channel, &text), "message");
    }
}
