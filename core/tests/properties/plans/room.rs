//! A record looks for agents only where it may have changed something. Ordinary effects share the outbox with dispatches and
//! questions here, so that what makes room is often nothing of a plan.

use proptest::{collection::vec, prelude::*};
use reynolds::{Action, Effect, agents::Decision, work::TaskState};
use serde_json::{Value, json};

use crate::desk::Desk;

#[derive(Debug, Clone)]
enum Act {
    /// A webhook, which a rule answers or not.
    Event {
        answered: bool,
    },
    /// What became of an open effect.
    Outcome {
        pick: usize,
        result: &'static str,
    },
    /// What an agent says of a dispatch.
    Report {
        pick: usize,
        report: &'static str,
    },
    Plan {
        asks: bool,
        requires: &'static str,
        key: bool,
    },
    Agent(Value),
    /// So many effects may be open from now on.
    Limit(u32),
    Command(&'static str),
    /// Goes to the wakeup.
    Wake,
}

fn act() -> impl Strategy<Value = Act> {
    let results = vec!["done", "done", "failed", "cancelled"];
    let reports = vec!["started", "done", "done", "failed"];
    let agent = |report: Value| json!({"type": "agent", "id": "ada", "report": report});
    let life = vec![
        agent(json!({"type": "register", "provides": ["x"], "slots": 2})),
        agent(json!({"type": "register", "provides": ["x"], "slots": 2})),
        agent(json!({"type": "crashed"})),
        agent(json!({"type": "stopped"})),
        agent(json!({"type": "pause"})),
        agent(json!({"type": "resume"})),
    ];
    let plan = (any::<bool>(), prop::sample::select(vec!["x", "x", "x", "y"]), any::<bool>());
    prop_oneof![
        6 => any::<bool>().prop_map(|answered| Act::Event { answered }),
        8 => (any::<usize>(), prop::sample::select(results)).prop_map(|(pick, result)| Act::Outcome { pick, result }),
        4 => (any::<usize>(), prop::sample::select(reports)).prop_map(|(pick, report)| Act::Report { pick, report }),
        4 => plan.prop_map(|(asks, requires, key)| Act::Plan { asks, requires, key }),
        3 => prop::sample::select(life).prop_map(Act::Agent),
        1 => (1..5_u32).prop_map(Act::Limit),
        1 => prop::sample::select(vec!["stop_all", "resume_all", "resume_all"]).prop_map(Act::Command),
        1 => Just(Act::Wake),
    ]
}

/// Of those there are by now.
fn picked(effects: &[Effect], pick: usize) -> Option<&Effect> {
    effects.get(pick.checked_rem(effects.len())?)
}

fn config(open: u32) -> Value {
    json!({
        "limits": {"open_effects": open},
        "rules": [{"id": "answer", "when": {"kind": "ci.failed"}, "effects": [{"kind": "comment", "subject": "{subject}"}]}],
    })
}

fn input(desk: &Desk, at: usize, act: &Act) -> Option<Value> {
    let open: Vec<Effect> = desk.broker.view().open("").map(|open| open.effect.clone()).collect();
    Some(match act {
        Act::Event { answered } => {
            let kind = if *answered { "ci.failed" } else { "issue.opened" };
            json!({"type": "event", "id": format!("e{at}"), "source": "github", "kind": kind, "subject": format!("github:a/b#{at}")})
        }
        Act::Outcome { pick, result } => {
            let effect = picked(&open, *pick)?.id;
            json!({"type": "outcome", "effect": effect, "result": {"type": result}})
        }
        Act::Report { pick, report } => {
            let handed: Vec<_> = desk.effects.iter().filter(|effect| effect.dispatch().is_some()).cloned().collect();
            let effect = picked(&handed, *pick)?;
            let epoch = effect.dispatch()?.epoch;
            json!({"type": "task", "dispatch": effect.id, "epoch": epoch, "report": {"type": report}})
        }
        Act::Plan { asks, requires, key } => {
            let ask = json!({"id": "ask", "ask": {"text": "which?", "timeout_ms": 60_000}});
            let keys = if *key { json!(["k"]) } else { json!([]) };
            let work = ["a", "b"].map(|id| json!({"id": id, "requires": [requires], "keys": keys}));
            let tasks: Vec<Value> = work.into_iter().chain(asks.then_some(ask)).collect();
            json!({"type": "plan", "id": format!("p{at}"), "tasks": tasks})
        }
        Act::Agent(report) => report.clone(),
        Act::Limit(open) => json!({"type": "configure", "config": config(*open)}),
        Act::Command(order) => json!({"type": "command", "do": {"type": order}}),
        Act::Wake => return None,
    })
}

/// A task that could be begun, or a question that could be asked, and is not.
fn neglected(desk: &Desk, stopped: bool) -> Option<String> {
    let view = desk.broker.view();
    let told = |action: &Action| matches!(action, Action::Recall(_) | Action::Handed(_));
    let limit = view.config().limits.open_effects as usize;
    let (apart, open): (Vec<_>, Vec<_>) = view.open("").partition(|open| told(&open.effect.action));
    if stopped || open.len() >= limit {
        return None;
    }
    // What an agent may have to be told has its room set aside.
    let at_work = view.agents().map(|agent| agent.leases as usize).sum::<usize>();
    let has_room = apart.len() + at_work < limit;
    let asked = |name: &str| {
        let about = |effect: &Effect| matches!(&effect.action, Action::Ask(inquiry) if inquiry.task == *name);
        desk.effects.iter().any(about)
    };
    let tasks = view.plans("").filter_map(|(plan, _)| view.plan("", plan)).flat_map(|status| {
        let plan = status.plan.clone();
        status.tasks.into_iter().map(move |task| (plan.clone(), task))
    });
    tasks.into_iter().find_map(|(plan, task)| {
        let name = format!("{plan}/{}", task.task);
        let free = || {
            let choice = view.explain_choice("", &plan, &task.task)?;
            matches!(choice.decision, Decision::Free | Decision::Patience).then_some(choice.chosen)
        };
        match task.state {
            TaskState::Asking if !asked(&name) => Some(format!("{name} was never asked")),
            TaskState::Ready if has_room => free().map(|agent| format!("{name} waits, and {agent:?} is free")),
            _ => None,
        }
    })
}

#[test]
fn whatever_makes_room_lets_the_next_one_begin() {
    proptest!(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() }, |(story in vec(act(), 1..60))| {
        let mut desk = Desk::new(&config(3));
        let mut stopped = false;
        for (at, act) in story.iter().enumerate() {
            match (act, input(&desk, at, act)) {
                (_, Some(input)) => desk.may_say(&input),
                (Act::Wake, None) => {
                    desk.at = desk.broker.wakeup().map_or(desk.at, |wakeup| wakeup.at.max(desk.at));
                    let _ = desk.advance();
                }
                _ => {}
            }
            if let Act::Command(order) = act {
                stopped = *order == "stop_all";
            }
            desk.work_off(|_| {});
            let vain = neglected(&desk, stopped);
            prop_assert!(vain.is_none(), "after step {at}, {act:?}: {vain:?}");
        }
    });
}
