//! What is written down in tables and sizes: the triggers, fair shares, and plans larger than a slice.

use proptest::{
    prelude::Strategy,
    prop_assert,
    test_runner::{Config, TestRunner},
};
use reynolds::work::{PlanState, TaskState};
use serde_json::{Value, json};

use super::floor::Floor;

fn agent(floor: &mut Floor, slots: u32) {
    let profile = json!({"type": "register", "slots": slots});
    floor.say(&json!({"type": "agent", "id": "ada", "report": profile})).expect("an agent");
}

fn report(floor: &mut Floor, at: usize, report: &Value) {
    let effect = floor.dispatches[at].clone();
    let epoch = effect.dispatch().expect("a dispatch").epoch;
    floor.say(&json!({"type": "task", "dispatch": effect.id, "epoch": epoch, "report": report})).expect("a report");
}

fn order(floor: &mut Floor, plan: &str, order: Value) {
    floor
        .say(&json!({"type": "command", "do": {"type": "plan", "plan": plan, "order": order}}))
        .expect("it can be ordered");
}

/// Whether a task runs, by its trigger and whether its only need is optional, when that has succeeded, failed, was skipped.
const TABLE: [(&str, bool, [bool; 3]); 8] = [
    ("all", false, [true, false, false]),
    ("all", true, [true, true, true]),
    ("any", false, [true, false, false]),
    ("any", true, [true, true, true]),
    ("none_failed", false, [true, false, true]),
    ("none_failed", true, [true, true, true]),
    ("always", false, [true, true, true]),
    ("always", true, [true, true, true]),
];

#[test]
fn the_triggers_are_as_their_table_says() {
    for (trigger, optional, runs) in TABLE {
        for (end, expected) in ["succeeded", "failed", "skipped"].into_iter().zip(runs) {
            let mut floor = Floor::new();
            agent(&mut floor, 4);
            floor
                .say(&json!({"type": "plan", "id": "p", "on_failure": "skip_dependents", "tasks": [
                    {"id": "gate"},
                    {"id": "need", "when": [{"from": "gate", "is": true}], "needs": ["gate"]},
                    {"id": "task", "needs": [{"task": "need", "optional": optional}], "trigger": trigger},
                ]}))
                .expect("a plan");
            let state = |floor: &Floor| floor.broker.view().task("", "p", "task").expect("it is there").brief.state;
            assert_eq!(state(&floor), TaskState::Waiting, "{trigger}, optional {optional}: nothing has ended");
            report(&mut floor, 0, &json!({"type": "done", "result": end != "skipped"}));
            if end != "skipped" {
                assert_eq!(state(&floor), TaskState::Waiting, "{trigger}, optional {optional}: its need has not ended");
            }
            match end {
                "succeeded" => report(&mut floor, 1, &json!({"type": "done"})),
                "failed" => report(&mut floor, 1, &json!({"type": "failed", "permanent": true})),
                _ => {}
            }
            let expected = if expected { TaskState::Leased } else { TaskState::Skipped };
            assert_eq!(state(&floor), expected, "{trigger}, optional {optional}, its need has {end}");
        }
    }
}

/// A share of agents' time, while both tenants want more than there is.
#[test]
fn a_tenant_with_a_hundred_times_the_load_gets_its_share() {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|text| text.parse::<u32>().ok()).unwrap_or(2).min(20);
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let loads = (1..5_u64, proptest::sample::select(vec![1_u32, 3])).prop_map(|(length, slots)| (length * 1000, slots));
    let run = TestRunner::new(config).run(&loads, |(length, slots)| {
        let mut floor = Floor::new();
        for (tenant, count) in [("a", 5000), ("b", 50)] {
            let task = |at: usize| json!({"id": format!("t{at}"), "estimate_ms": length});
            let tasks: Vec<Value> = (0..count).map(task).collect();
            floor.say(&json!({"type": "plan", "id": "p", "tenant": tenant, "tasks": tasks})).expect("a plan");
        }
        agent(&mut floor, slots);
        for at in 0..100 {
            report(&mut floor, at, &json!({"type": "done"}));
        }
        let first = floor.dispatches.iter().take(100);
        let loud = first.filter(|effect| effect.tenant.as_deref() == Some("a")).count();
        prop_assert!((49..=51).contains(&loud), "the loud tenant had {loud} of 100");
        Ok(())
    });
    run.expect("each tenant gets its share");
}

/// The queue of such a plan is worked off in slices; none of it may start in between.
#[test]
fn a_plan_of_many_slices_starts_nothing_after_it_was_cancelled() {
    for how in ["cancel", "stop"] {
        let mut floor = Floor::new();
        agent(&mut floor, 1);
        let tasks: Vec<Value> = (0..3000).map(|at| json!({"id": format!("t{at}")})).collect();
        floor.say(&json!({"type": "plan", "id": "p", "tasks": tasks})).expect("a plan");
        floor.catch_up();
        assert_eq!(floor.dispatches.len(), 1);
        if how == "cancel" {
            order(&mut floor, "p", json!({"type": "cancel"}));
            report(&mut floor, 0, &json!({"type": "cancelled"}));
        } else {
            report(&mut floor, 0, &json!({"type": "failed", "permanent": true}));
        }
        floor.catch_up();
        assert_eq!(floor.dispatches.len(), 1, "{how}: something has started");
        let expected = if how == "cancel" { PlanState::Cancelled } else { PlanState::Failed };
        assert_eq!(floor.state("", "p"), expected);
    }
}

/// The ends of one task are told in slices; a patch in between must not count any of them twice.
#[test]
fn a_patch_between_slices_counts_every_end_once() {
    let mut floor = Floor::new();
    agent(&mut floor, 2);
    let mut tasks = vec![json!({"id": "first"}), json!({"id": "second"})];
    tasks.extend((0..3000).map(|at| json!({"id": format!("t{at}"), "needs": ["first", "second"]})));
    floor.say(&json!({"type": "plan", "id": "p", "tasks": tasks})).expect("a plan");
    floor.catch_up();
    report(&mut floor, 0, &json!({"type": "done"}));
    floor.say(&json!({"type": "patch", "plan": "p", "add": [{"id": "more"}]})).expect("a patch");
    floor.catch_up();
    let status = floor.status("", "p").expect("it is there");
    let waiting = status.tasks.iter().filter(|task| task.state == TaskState::Waiting).count();
    assert_eq!(waiting, 3000, "all of them still need the second one");
}
