//! Where plans and agents meet the outbox: how much one record does, that nothing is lost where there is more, and that what
//! has no room waits.

mod desk;

use std::collections::{BTreeMap, BTreeSet};

use reynolds::{Action, Decision, EffectId, Verdict, agents::AgentState};
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
