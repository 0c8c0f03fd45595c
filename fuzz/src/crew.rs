//! Inputs about plans and agents, of a few names: with so few, everything meets everything.

use reynolds::Input;
use serde_json::{Value, json};

const AGENTS: [&str; 3] = ["ada", "bob", "cy"];
const PLANS: [&str; 4] = ["p", "q", "r", "s"];
const TASKS: [&str; 4] = ["a", "b", "c", "d"];

/// One input: `what` says which, the others fill it.
///
/// # Panics
/// If it is none, which is a mistake here.
pub fn input(what: u8, a: u8, b: u8, c: u8) -> Input {
    let json = match what % 6 {
        0 => agent(a, b, c),
        1 => plan(a, b, c),
        2 => json!({"type": "task", "dispatch": dispatch(a), "epoch": 1 + b % 3, "report": report(b / 4, c)}),
        3 => json!({"type": "command", "do": {"type": "plan", "plan": pick(&PLANS, a), "order": order(b, c)}}),
        4 => json!({"type": "patch", "plan": pick(&PLANS, a),
            "add": if b & 1 == 0 { vec![task(c, b, c)] } else { vec![] },
            "remove": if b & 2 == 0 { vec![pick(&TASKS, c / 4)] } else { vec![] }}),
        _ => json!({"type": "beats", "beats": [[dispatch(a), 1 + b % 3, c]], "agents": [pick(&AGENTS, b)]}),
    };
    Input::from_json(json.to_string().as_bytes()).unwrap_or_else(|error| panic!("{error}: {json}"))
}

fn pick<'a>(from: &[&'a str], by: u8) -> &'a str {
    from[usize::from(by) % from.len()]
}

fn dispatch(a: u8) -> String {
    format!("{}.{}", (a / 2).max(1), a % 2)
}

fn agent(a: u8, b: u8, c: u8) -> Value {
    let report = match b % 8 {
        0..=2 => {
            json!({"type": "register", "provides": [pick(&["rust", "docker", "rust@1.88"], c)], "slots": 1 + c / 64,
            "heartbeat_ms": 1000, "pool": if c & 8 == 0 { "" } else { "code" }})
        }
        3 => json!({"type": "heartbeat", "beat": pick(&["starting", "busy", "ready"], c)}),
        4 => json!({"type": pick(&["crashed", "stopped"], c)}),
        5 => json!({"type": "drain", "patience_ms": 1000}),
        6 => json!({"type": pick(&["pause", "resume"], c)}),
        _ => json!({"type": "remove"}),
    };
    json!({"type": "agent", "id": pick(&AGENTS, a), "incarnation": a / 128, "report": report})
}

fn plan(a: u8, b: u8, c: u8) -> Value {
    let tasks: Vec<Value> = (0..=b % 4).map(|number| task(number, b.rotate_left(u32::from(number)), c)).collect();
    json!({"type": "plan", "id": pick(&PLANS, a), "tasks": tasks, "on_failure": failure(c), "priority": 1 + a / 64})
}

fn failure(c: u8) -> &'static str {
    pick(&["stop", "continue", "compensate"], c)
}

/// A task, which may need the one before it, be a question, a list or a plan of its own.
fn task(number: u8, b: u8, c: u8) -> Value {
    let mut task = json!({"id": pick(&TASKS, number)});
    if b & 4 != 0 && number % 4 > 0 {
        task["needs"] = json!([pick(&TASKS, number % 4 - 1)]);
        task["trigger"] = json!(pick(&["all", "any", "none_failed", "always"], c));
    }
    match b / 32 {
        0 => task["ask"] = json!({"text": "?", "timeout_ms": 1000, "default": true}),
        1 => task["each"] = json!({"from": pick(&TASKS, number.wrapping_sub(1)), "max": 2}),
        2 => task["tasks"] = json!([{"id": "x"}, {"id": "y", "needs": ["x"]}]),
        3 => task["requires"] = json!([pick(&["rust", "rust>=1.85", "docker"], c)]),
        4 => task["compensate"] = json!({"input": {"undo": true}}),
        5 => task["keys"] = json!(["prod"]),
        6 => task["retry"] = json!({"max_attempts": 2, "base_ms": 100, "max_ms": 1000}),
        _ => task["timeouts"] = json!({"start_to_close_ms": 2000, "heartbeat_ms": 1000}),
    }
    task
}

fn report(b: u8, c: u8) -> Value {
    match b % 10 {
        0 => json!({"type": "started"}),
        1 => json!({"type": "progress", "done": c}),
        2 | 3 => json!({"type": "done", "result": {"log": c}}),
        4 => json!({"type": "failed", "permanent": c & 1 == 0}),
        5 => json!({"type": "cancelled"}),
        6 => json!({"type": "needs_input", "question": {"text": "Which?", "timeout_ms": 1000}}),
        7 => json!({"type": "handoff", "to": pick(&AGENTS, c), "timeout_ms": 1000}),
        8 => json!({"type": pick(&["accept", "decline"], c)}),
        _ => json!({"type": "heartbeat"}),
    }
}

fn order(b: u8, c: u8) -> Value {
    let task = pick(&TASKS, c);
    match b % 7 {
        0 => json!({"type": "pause"}),
        1 => json!({"type": "resume"}),
        2 => json!({"type": "cancel"}),
        3 => json!({"type": "rerun"}),
        4 => json!({"type": "skip", "task": task}),
        5 => json!({"type": "pin", "task": task, "agent": pick(&AGENTS, b / 8)}),
        _ => json!({"type": "answer", "task": task, "value": c & 1 == 0}),
    }
}
