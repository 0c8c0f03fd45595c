//! Many tasks that wait for agents: how much of them one record looks at, that none is forgotten, and that the templates fit the
//! agents of the example. Counted, not timed.

mod desk;

use reynolds::{
    Action, Decision, Timestamp, Verdict, WakeReason,
    agents::Roster,
    work::{Component, PlanState, TaskState, TaskWhy, Template},
};
use serde_json::{Value, json};

use desk::Desk;

/// As many as the core finds nobody for in one record, from the front of the queue and from where the last one stopped.
const LOOKS: usize = 512;

fn nobody(decision: &Decision) -> usize {
    let why = |verdict: &&Verdict| matches!(verdict, Verdict::Task { why: Some(TaskWhy::Nobody), .. });
    decision.verdicts.iter().filter(why).count()
}

fn agent(id: &str, provides: &[&str]) -> Value {
    json!({"type": "agent", "id": id, "report": {"type": "register", "provides": provides}})
}

#[test]
fn one_record_looks_at_so_many_kinds_of_tasks_and_the_next_goes_on() {
    let mut desk = Desk::new(&json!({}));
    let _ = desk.say(&agent("ada", &["go"]));
    let tasks: Vec<Value> =
        (0..3000).map(|n| json!({"id": format!("t{n}"), "requires": [format!("cap{n}")]})).collect();
    let mut told = vec![nobody(&desk.say(&json!({"type": "plan", "id": "p", "tasks": tasks})))];
    desk.work_off(|decision| told.push(nobody(decision)));
    assert!(told.iter().all(|told| *told <= LOOKS), "{told:?}");
    assert_eq!(told.iter().sum::<usize>(), 3000, "each is told once");
    assert_eq!(desk.broker.wakeup().map(|wakeup| wakeup.reason), Some(WakeReason::Work), "they grow more urgent");
}

#[test]
fn what_stands_behind_all_that_nobody_can_do_has_its_turn() {
    let mut desk = Desk::new(&json!({}));
    let hard: Vec<Value> =
        (0..2000).map(|n| json!({"id": format!("t{n}"), "requires": [format!("cap{n}")], "priority": 1})).collect();
    let _ = desk.say(&json!({"type": "plan", "id": "hard", "tasks": hard}));
    desk.work_off(|_| {});
    let _ = desk.say(&json!({"type": "plan", "id": "easy", "tasks": [{"id": "a", "priority": 5}]}));
    desk.work_off(|_| {});
    assert!(desk.dispatched().is_empty(), "there is no agent");
    let _ = desk.say(&agent("ada", &["go"]));
    // Something new all the time keeps nobody from it: 2000 are looked at in parts of 256.
    for n in 0..9 {
        let _ = desk.say(&agent(&format!("b{n}"), &["none"]));
    }
    assert_eq!(desk.dispatched(), ["easy/a"]);
}

#[test]
fn tasks_with_keys_of_their_own_are_one_kind() {
    let mut desk = Desk::new(&json!({}));
    let _ = desk.say(&agent("ada", &["go"]));
    let tasks: Vec<Value> = (0..3000).map(|n| json!({"id": format!("t{n}"), "keys": [format!("repo{n}")]})).collect();
    let _ = desk.say(&json!({"type": "plan", "id": "p", "tasks": tasks}));
    desk.work_off(|_| {});
    for n in 0..5 {
        let effect = desk.effects.last().expect("a dispatch").id;
        let _ = desk.say(&json!({"type": "task", "dispatch": effect, "epoch": 1, "report": {"type": "done"}}));
        assert_eq!(desk.work_off(|_| {}), 0, "one agent is busy: that is all there is to find out");
        assert_eq!(desk.dispatched().len(), n + 2);
    }
}

#[test]
fn a_crashed_agent_is_not_recalled_however_much_else_there_is_to_do() {
    let mut desk = Desk::new(&json!({}));
    let _ = desk.say(&agent("ada", &["go"]));
    let _ = desk.say(&json!({"type": "plan", "id": "p", "tasks": [{"id": "a"}]}));
    let tasks: Vec<Value> = (0..2500).map(|n| json!({"id": format!("t{n}"), "requires": ["x"]})).collect();
    let _ = desk.say(&json!({"type": "plan", "id": "big", "tasks": tasks}));
    let cancel = json!({"type": "plan", "plan": "big", "order": {"type": "cancel"}});
    let _ = desk.say(&json!({"type": "command", "do": cancel}));
    // The record has no step left for what the agent had.
    let _ = desk.say(&json!({"type": "agent", "id": "ada", "report": {"type": "crashed"}}));
    desk.work_off(|_| {});
    assert!(desk.effects.iter().all(|effect| !matches!(effect.action, Action::Recall(_))), "nobody is left to be told");
    assert_eq!(desk.broker.view().task("", "p", "a").expect("it is there").brief.state, TaskState::Backoff);
}

#[test]
fn what_crashed_agents_had_is_lost_once_however_much_it_was() {
    let mut desk = Desk::new(&json!({}));
    let told = |id: &str, report: Value| json!({"type": "agent", "id": id, "report": report});
    for id in ["ada", "bob"] {
        let _ = desk.say(&told(id, json!({"type": "register", "slots": 4096})));
    }
    let tasks: Vec<Value> = (0..8192).map(|n| json!({"id": format!("t{n}")})).collect();
    let _ = desk.say(&json!({"type": "plan", "id": "p", "tasks": tasks}));
    desk.work_off(|_| {});
    assert_eq!(desk.dispatched().len(), 8192);
    for id in ["ada", "bob"] {
        let _ = desk.say(&told(id, json!({"type": "crashed"})));
    }
    // One is removed while some of what it had is still to be worked off, with or without a restart of the host.
    for mut desk in [desk.restored(), desk] {
        let _ = desk.say(&told("ada", json!({"type": "remove"})));
        desk.work_off(|_| {});
        let recalled = desk.effects.iter().any(|effect| matches!(effect.action, Action::Recall(_)));
        assert!(!recalled, "nobody is left to be told");
        let states = desk.broker.view().plan("", "p").expect("it is there").tasks;
        assert!(states.iter().all(|task| task.state != TaskState::Leased), "all is lost");
    }
}

#[test]
fn what_a_stopped_agent_had_is_given_back_however_much_it_was() {
    let mut desk = Desk::new(&json!({}));
    let told = |incarnation: u64, report: Value| json!({"type": "agent", "id": "ada", "incarnation": incarnation, "report": report});
    let _ = desk.say(&told(0, json!({"type": "register", "slots": 4096})));
    let p = |desk: &Desk| desk.broker.view().agents().next().map(|agent| agent.p);
    let sure = p(&desk);
    let tasks: Vec<Value> = (0..4096).map(|n| json!({"id": format!("t{n}"), "retry": {"max_attempts": 1}})).collect();
    let _ = desk.say(&json!({"type": "plan", "id": "p", "tasks": tasks}));
    desk.work_off(|_| {});
    assert_eq!(desk.dispatched().len(), 4096);
    let _ = desk.say(&told(0, json!({"type": "stopped"})));
    // The next life is there before all of it is worked off, with or without a restart of the host.
    for mut desk in [desk.restored(), desk] {
        let _ = desk.say(&told(1, json!({"type": "register", "slots": 4096})));
        desk.work_off(|_| {});
        let tasks = desk.broker.view().plan("", "p").expect("it is there").tasks;
        assert!(tasks.iter().all(|task| (task.state, task.attempt) == (TaskState::Leased, 1)), "nothing is lost");
        assert_eq!(p(&desk), sure, "nobody has failed");
    }
}

#[test]
fn a_pool_at_rest_is_left_alone_for_a_day_while_a_plan_waits_for_a_person() {
    let mut desk = Desk::new(&json!({"agents": {"pools": [{"id": "rust"}], "scale": {"rust": {"min": 1, "max": 4}}}}));
    let register = json!({"type": "register", "pool": "rust", "heartbeat_ms": 0});
    let _ = desk.say(&json!({"type": "agent", "id": "ada", "report": register}));
    let _ = desk.say(&json!({"type": "plan", "id": "p", "tasks": [{"id": "a", "ask": {"text": "Shall we?"}}]}));
    let question = desk.effects[0].clone();
    desk.arrived(&question);
    let (over, mut records) = (desk.at.plus_ms(86_400_000), 0);
    while let Some(wakeup) = desk.broker.wakeup().filter(|wakeup| wakeup.at < over) {
        desk.at = desk.at.max(wakeup.at);
        desk.advance();
        records += 1;
        assert!(records < 10, "there is nothing to do");
    }
}

#[test]
fn a_pass_that_is_not_over_goes_on_after_a_restart() {
    let mut desk = Desk::new(&json!({}));
    let tasks: Vec<Value> =
        (0..1500).map(|n| json!({"id": format!("t{n}"), "requires": [format!("cap{n}")]})).collect();
    let _ = desk.say(&json!({"type": "plan", "id": "p", "tasks": tasks}));
    let mut other = desk.restored();
    let (mut told, mut again) = (Vec::new(), Vec::new());
    desk.work_off(|decision| told.push(decision.verdicts.clone()));
    other.work_off(|decision| again.push(decision.verdicts.clone()));
    assert_eq!(told, again);
    assert_eq!(desk.broker.view().digest(), other.broker.view().digest());
}

#[test]
fn each_template_is_worked_off_by_the_agents_of_the_example() {
    let roster: Value = serde_json::from_str(Roster::EXAMPLE).expect("JSON");
    for template in Template::builtin() {
        let mut desk = Desk::new(&json!({"agents": {"pools": roster["pools"], "scale": roster["scale"]}}));
        for agent in roster["agents"].as_array().expect("agents") {
            let mut report = agent.clone();
            let id = report.as_object_mut().and_then(|report| report.remove("id")).expect("an id");
            report["type"] = json!("register");
            let _ = desk.say(&json!({"type": "agent", "id": id, "report": report}));
        }
        let components: Vec<Component> =
            ["api", "web", "cli"].map(|id| Component { id: id.into(), requires: Vec::new() }).into();
        let tasks = template.instantiate(&components).expect("a plan");
        let tasks: Vec<Value> = tasks
            .iter()
            .map(|task| json!({"id": task.id, "needs": task.needs, "requires": task.requires, "prefers": task.prefers}))
            .collect();
        let _ = desk.say(&json!({"type": "plan", "id": "p", "tasks": tasks}));
        let mut done = 0;
        while let Some(effect) = desk.effects.get(done).cloned() {
            done += 1;
            desk.arrived(&effect);
            let _ = desk.say(&json!({"type": "task", "dispatch": effect.id, "epoch": 1, "report": {"type": "done"}}));
            desk.work_off(|_| {});
        }
        let plan = desk.broker.view().plan("", "p").expect("it is there");
        assert_eq!(plan.state, PlanState::Succeeded, "{}: {:?}", template.id, plan.tasks);
    }
}

#[test]
fn who_would_get_a_task_heeds_pins_and_keys_and_nobody_has_no_forecast() {
    let mut desk = Desk::new(&json!({}));
    let _ = desk.say(&json!({"type": "agent", "id": "ada", "report": {"type": "register", "slots": 4}}));
    let _ = desk.say(&json!({"type": "plan", "id": "p", "tasks": [{"id": "a", "keys": ["prod"]},
        {"id": "b", "keys": ["prod"]}, {"id": "c", "needs": ["a"]}]}));
    let pin = json!({"type": "pin", "task": "c", "agent": "zoe"});
    let _ = desk.say(&json!({"type": "command", "do": {"type": "plan", "plan": "p", "order": pin}}));
    let choice =
        |desk: &Desk, task: &str| serde_json::to_value(desk.broker.view().explain_choice("", "p", task)).unwrap();
    let taken = choice(&desk, "b");
    assert_eq!((&taken["chosen"], &taken["decision"]), (&json!(null), &json!("taken")));
    let pinned = choice(&desk, "c");
    assert_eq!((&pinned["chosen"], &pinned["decision"]), (&json!(null), &json!("nobody")));
    assert_eq!(pinned["excluded"], json!([{"id": "zoe", "reason": {"type": "absent"}}]));
    assert!(desk.broker.view().plan("", "p").expect("it is there").forecast.is_some());
    let _ = desk.say(&json!({"type": "plan", "id": "q", "tasks": [{"id": "a", "requires": ["cobol"]}]}));
    assert_eq!(desk.broker.view().plan("", "q").expect("it is there").forecast, None);
}

#[test]
fn a_task_that_was_cancelled_says_so_once() {
    let mut desk = Desk::new(&json!({}));
    let _ = desk.say(&json!({"type": "plan", "id": "p", "tasks": [{"id": "a"}]}));
    let _ = desk.say(&json!({"type": "command", "do": {"type": "plan", "plan": "p", "order": {"type": "cancel"}}}));
    desk.work_off(|_| {});
    let task = desk.broker.view().task("", "p", "a").expect("the task");
    assert_eq!((task.brief.why, task.words.as_str()), (Some(TaskWhy::Cancelled), "it was cancelled"));
}

#[test]
fn a_task_says_since_when_it_is_where_it_is_how_far_it_has_come_and_until_when_that_may_last() {
    let mut desk = Desk::new(&json!({}));
    let words = |desk: &Desk| desk.broker.view().task("", "p", "a").expect("the task").words;
    let retry = json!({"max_attempts": 2, "base_ms": 60_000});
    let _ = desk.say(&agent("ada", &[]));
    let _ = desk
        .say(&json!({"type": "plan", "id": "p", "tasks": [{"id": "a", "timeouts": {"start_to_close_ms": 60_000}, "retry": retry}]}));
    assert_eq!(words(&desk), "the agent ada has it since 1970-01-01 00:00:01.000 UTC, and has not begun");
    let dispatch = desk.effects.last().expect("a dispatch").clone();
    let report = |report: Value| json!({"type": "task", "dispatch": dispatch.id, "epoch": 1, "report": report});
    desk.at = Timestamp(5000);
    let _ = desk.say(&report(json!({"type": "started"})));
    let begun = "the agent ada is at it since 1970-01-01 00:00:05.000 UTC, attempt 1";
    let until = "; it has until 1970-01-01 00:01:05.000 UTC";
    assert_eq!(words(&desk), format!("{begun}{until}"));
    desk.at = Timestamp(6000);
    let _ = desk.say(&report(json!({"type": "progress", "done": 3, "of": 10})));
    assert_eq!(words(&desk), format!("{begun}, 3 of 10 done{until}"));
    let _ = desk.say(&report(json!({"type": "failed", "reason": "no"})));
    let again = words(&desk);
    let told = "attempt 1 came to nothing; it waits to be tried again at 1970-01-01 00:0";
    assert!(again.starts_with(told) && again.ends_with(" UTC"), "{again}");
}

#[test]
fn a_task_has_until_the_first_of_its_own_times_or_its_plans() {
    let mut desk = Desk::new(&json!({"work": {"handoffs": 1}}));
    let words = |desk: &Desk| desk.broker.view().task("", "p", "a").expect("the task").words;
    let timeouts = json!({"start_to_close_ms": 60_000, "schedule_to_close_ms": 30_000});
    let _ = desk.say(&agent("ada", &[]));
    let _ = desk.say(&json!({"type": "plan", "id": "p", "tasks": [{"id": "a", "timeouts": timeouts}]}));
    let dispatch = desk.effects.last().expect("a dispatch").clone();
    let report = |report: Value| json!({"type": "task", "dispatch": dispatch.id, "epoch": 1, "report": report});
    let _ = desk.say(&report(json!({"type": "started"})));
    let told =
        "the agent ada is at it since 1970-01-01 00:00:01.000 UTC, attempt 1; it has until 1970-01-01 00:00:31.000 UTC";
    assert_eq!(words(&desk), told);
    desk.at = Timestamp(9000);
    for _ in 0..2 {
        let _ = desk.say(&report(json!({"type": "handoff", "to": "bob"})));
    }
    assert_eq!(words(&desk), told);
}
