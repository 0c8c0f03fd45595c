//! Where plans and agents meet the outbox: how much one record does, that nothing is lost where there is more, and that what
//! has no room waits.

mod desk;

use std::collections::{BTreeMap, BTreeSet};

use reynolds::{Action, Decision, EffectId, Verdict, agents::AgentState, verdict::WakeReason, work::TaskState};
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
    let held = desk.broker.view().agents().filter(|agent| agent.leases > 0).count();
    assert_eq!(held, 0, "what a silent agent had is nobody's");
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
