//! Where plans and agents meet the outbox: how much one record does, that nothing is lost where there is more, and that what
//! has no room waits.

mod desk;

use std::collections::{BTreeMap, BTreeSet};

use reynolds::{
    Action, Decision, EffectId, Timestamp, Verdict, agents::AgentState, verdict::WakeReason, work::TaskState,
};
use serde_json::{Value, json};

use desk::Desk;

/// As many effects as one record makes at most, with much to spare for what it is about.
const MOST: usize = 4096;

fn agent(desk: &mut Desk, id: &str, heartbeat_ms: u64, slots: u32) {
    let profile = json!({"type": "register", "heartbeat_ms": heartbeat_ms, "slots": slots});
    let _ = desk.say(&json!({"type": "agent", "id": id, "report": profile}));
}

fn plan(desk: &mut Desk, id: &str, tasks: &[Value]) {
    let _ = desk.say(&json!({"type": "plan", "id": id, "tasks": tasks}));
}

/// Until everybody has what there is, and has said so.
fn deliver(desk: &mut Desk) {
    let mut known = 0;
    loop {
        desk.work_off(|_| {});
        if known == desk.effects.len() {
            return;
        }
        while let Some(effect) = desk.effects.get(known).cloned() {
            known += 1;
            desk.arrived(&effect);
        }
    }
}

fn admitted(decision: &Decision) -> usize {
    decision.verdicts.iter().filter(|verdict| matches!(verdict, Verdict::Admitted { .. })).count()
}

fn open(desk: &Desk) -> u64 {
    let counts = desk.broker.view().counts("");
    counts.iter().find(|count| count.table == "open_effects").map_or(0, |count| count.entries)
}

/// The dispatches that were recalled, and how often.
fn recalled(desk: &Desk) -> BTreeMap<EffectId, u32> {
    let mut recalled = BTreeMap::new();
    for effect in &desk.effects {
        if let Action::Recall(recall) = &effect.action {
            *recalled.entry(recall.dispatch).or_default() += 1;
        }
    }
    recalled
}

#[test]
fn of_many_agents_that_fall_silent_at_once_each_is_told_though_a_task_waits() {
    let mut desk = Desk::new(&json!({}));
    for n in 0..2500 {
        agent(&mut desk, &format!("a{n}"), 1000, 1);
    }
    let mut tasks: Vec<Value> = (0..2500).map(|n| json!({"id": format!("t{n}")})).collect();
    tasks.push(json!({"id": "x", "requires": ["cobol"]}));
    plan(&mut desk, "p", &tasks);
    deliver(&mut desk);
    desk.at = desk.at.plus_ms(60_000);
    let (mut silent, mut most) = (BTreeSet::new(), 0);
    let mut count = |decision: &Decision| {
        most = most.max(admitted(decision));
        for verdict in &decision.verdicts {
            if let Verdict::Agent { agent, state: AgentState::Suspected } = verdict {
                assert!(silent.insert(agent.clone()), "{agent} is told twice");
            }
        }
    };
    desk.advance().iter().for_each(&mut count);
    desk.work_off(&mut count);
    assert_eq!(silent.len(), 2500);
    assert!(most <= MOST, "{most}");
    assert_eq!(recalled(&desk).len(), 2500);
    // Nobody answers: the slots are given back in parts, and none is left.
    let held = |desk: &Desk| desk.broker.view().agents().filter(|agent| agent.leases > 0).count();
    assert_eq!(held(&desk), 2500, "who was told to stop has not said that it has");
    desk.at = desk.at.plus_ms(30_000);
    let _ = desk.advance();
    desk.work_off(|_| {});
    assert_eq!(held(&desk), 0, "what a silent agent had is nobody's");
}

#[test]
fn however_much_is_lost_at_once_every_recall_has_an_id_of_its_own() {
    const AGENTS: usize = 17;
    const SLOTS: usize = 4096;
    let mut desk = Desk::new(&json!({"limits": {"open_effects": 200_000}}));
    for n in 0..AGENTS {
        agent(&mut desk, &format!("a{n}"), 3_600_000, 4096);
    }
    let tasks: Vec<Value> = (0..SLOTS).map(|n| json!({"id": format!("t{n}")})).collect();
    for n in 0..AGENTS {
        plan(&mut desk, &format!("p{n}"), &tasks);
    }
    deliver(&mut desk);
    assert_eq!(desk.dispatched().len(), AGENTS * SLOTS);
    desk.at = desk.at.plus_ms(200 * 3_600_000);
    let mut most = desk.advance().as_ref().map_or(0, admitted);
    desk.work_off(|decision| most = most.max(admitted(decision)));
    assert!(most <= MOST, "{most}");
    let recalled = recalled(&desk);
    assert_eq!(recalled.len(), AGENTS * SLOTS, "each dispatch is recalled");
    assert!(recalled.values().all(|times| *times == 1), "and once");
    let ids: BTreeSet<EffectId> = desk.effects.iter().map(|effect| effect.id).collect();
    assert_eq!(ids.len(), desk.effects.len());
    assert_eq!(open(&desk), (AGENTS * SLOTS) as u64, "each awaits its outcome");
}

#[test]
fn what_is_left_of_a_loss_goes_on_after_a_restart() {
    let mut desk = Desk::new(&json!({}));
    agent(&mut desk, "ada", 0, 4096);
    let tasks: Vec<Value> = (0..4000).map(|n| json!({"id": format!("t{n}")})).collect();
    plan(&mut desk, "p", &tasks);
    deliver(&mut desk);
    let known = desk.effects.len();
    let _ = desk.say(&json!({"type": "agent", "id": "ada", "report": {"type": "remove"}}));
    assert_eq!(
        desk.broker.wakeup().map(|wakeup| wakeup.reason),
        Some(WakeReason::Backlog),
        "that is too much for a record"
    );
    let mut other = desk.restored();
    // One reports before its turn has come.
    let last = desk.effects[known - 1].id;
    let done = json!({"type": "task", "dispatch": last, "epoch": 1, "report": {"type": "done"}});
    assert_eq!(desk.say(&done), other.say(&done));
    let (mut told, mut again) = (Vec::new(), Vec::new());
    desk.work_off(|decision| told.push(decision.verdicts.clone()));
    other.work_off(|decision| again.push(decision.verdicts.clone()));
    assert_eq!(told, again);
    let plan = |desk: &Desk| serde_json::to_value(desk.broker.view().plan("", "p")).expect("plain data");
    assert_eq!(plan(&desk), plan(&other));
    assert_eq!(recalled(&desk).len(), 3999, "what was done is not recalled");
    let task = desk.broker.view().task("", "p", "t3999").expect("it is there");
    assert_eq!(task.brief.state, TaskState::Succeeded);
}

#[test]
fn a_skipped_list_is_left_out_in_slices_and_each_of_its_agents_is_told() {
    let mut desk = Desk::new(&json!({}));
    agent(&mut desk, "ada", 0, 4096);
    let list: Vec<u32> = (0..1000).collect();
    let tasks = [
        json!({"id": "list"}),
        json!({"id": "all", "tasks": [
            {"id": "a", "each": {"from": "list"}}, {"id": "b", "each": {"from": "list"}}, {"id": "c", "each": {"from": "list"}}]}),
        json!({"id": "end", "needs": ["all"]}),
    ];
    plan(&mut desk, "p", &tasks);
    let first = desk.effects[0].id;
    let _ =
        desk.say(&json!({"type": "task", "dispatch": first, "epoch": 1, "report": {"type": "done", "result": list}}));
    deliver(&mut desk);
    assert_eq!(desk.dispatched().len(), 3001);
    let skip = json!({"type": "skip", "task": "all"});
    let decision = desk.say(&json!({"type": "command", "do": {"type": "plan", "plan": "p", "order": skip}}));
    assert!(admitted(&decision) <= 1300, "{}", admitted(&decision));
    desk.work_off(|_| {});
    let recalled = recalled(&desk);
    assert_eq!(recalled.len(), 3000);
    assert!(recalled.values().all(|times| *times == 1));
    assert_eq!(desk.dispatched().last(), Some(&"p/end"), "what needs it goes on");
}

#[test]
fn questions_wait_until_there_is_room() {
    let mut desk = Desk::new(&json!({"limits": {"open_effects": 100}}));
    let ask = |n: usize| json!({"id": format!("t{n}"), "ask": {"text": "?", "timeout_ms": 3_600_000}});
    let tasks: Vec<Value> = (0..5000).map(ask).collect();
    plan(&mut desk, "p", &tasks);
    let mut asked = BTreeMap::new();
    let mut known = 0;
    for round in 0..50 {
        desk.work_off(|_| {});
        assert_eq!(open(&desk), 100);
        assert_eq!(desk.effects.len(), known + 100, "{round}");
        desk.at = desk.at.plus_ms(1000);
        while let Some(effect) = desk.effects.get(known).filter(|_| known < (round + 1) * 100).cloned() {
            known += 1;
            let Action::Ask(inquiry) = &effect.action else { panic!("{effect:?}") };
            let whole = Timestamp(desk.at.0 - 1000 + 3_600_000);
            assert!(inquiry.until.is_some_and(|until| until >= whole), "it has its whole time from when it is asked");
            *asked.entry(inquiry.task.clone()).or_insert(0) += 1;
            desk.arrived(&effect);
        }
    }
    assert_eq!(asked.len(), 5000);
    assert!(asked.values().all(|times| *times == 1));
    let first: Vec<&str> = asked.keys().take(1).map(|task| task.as_str()).collect();
    assert_eq!(first, ["p/t0"]);
}

#[test]
fn a_question_that_waits_for_room_can_be_answered_paused_and_restored() {
    let mut desk = Desk::new(&json!({"limits": {"open_effects": 2}}));
    let tasks: Vec<Value> = (0..6).map(|n| json!({"id": format!("t{n}"), "ask": {"text": "?"}})).collect();
    plan(&mut desk, "p", &tasks);
    let order = |desk: &mut Desk, order: Value| {
        let _ = desk.say(&json!({"type": "command", "do": {"type": "plan", "plan": "p", "order": order}}));
    };
    assert_eq!(desk.effects.len(), 2);
    order(&mut desk, json!({"type": "answer", "task": "t2", "value": 1}));
    let task = desk.broker.view().task("", "p", "t2").expect("it is there");
    assert_eq!(task.brief.state, TaskState::Succeeded);
    order(&mut desk, json!({"type": "pause"}));
    let first = desk.effects[0].clone();
    desk.arrived(&first);
    assert_eq!(desk.effects.len(), 2, "a paused plan asks nothing");
    order(&mut desk, json!({"type": "resume"}));
    assert_eq!(desk.effects.len(), 3);
    let mut other = desk.restored();
    let open = desk.effects[1..].to_vec();
    for desk in [&mut desk, &mut other] {
        open.iter().for_each(|effect| desk.arrived(effect));
    }
    assert_eq!(desk.effects.len(), 5, "all but the one that was answered are asked");
    assert_eq!(desk.broker.view().digest(), other.broker.view().digest());
    let task = desk.broker.view().task("", "p", "t5").expect("it is there");
    assert_eq!(task.brief.state, TaskState::Asking);
}

#[test]
fn questions_of_plans_that_are_resumed_at_once_are_asked_in_parts_and_each_has_an_id() {
    let mut desk = Desk::new(&json!({"limits": {"open_effects": 100_000}}));
    let _ = desk.say(&json!({"type": "command", "do": {"type": "stop_all"}}));
    let tasks: Vec<Value> = (0..10_000).map(|n| json!({"id": format!("t{n}"), "ask": {"text": "?"}})).collect();
    for n in 0..7 {
        plan(&mut desk, &format!("p{n}"), &tasks);
        desk.work_off(|_| {});
    }
    assert!(desk.effects.is_empty());
    let mut most = admitted(&desk.say(&json!({"type": "command", "do": {"type": "resume_all"}})));
    desk.work_off(|decision| most = most.max(admitted(decision)));
    assert!(most < 20_000, "{most}");
    let ids: BTreeSet<EffectId> = desk.effects.iter().map(|effect| effect.id).collect();
    assert_eq!((ids.len(), desk.effects.len()), (70_000, 70_000));
    assert_eq!(open(&desk), 70_000);
}
