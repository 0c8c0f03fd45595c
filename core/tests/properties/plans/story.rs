//! Random plans and what happens to them, as JSON: few names, small limits, short times, so that everything meets everything.

use proptest::{
    collection::vec,
    option::weighted,
    prelude::{BoxedStrategy, Just, Strategy, any, prop_oneof},
    sample::select,
};
use serde_json::{Map, Value, json};

/// Chooses among what there is by then; the newest most often.
pub type Pick = u8;

#[derive(Debug, Clone)]
pub struct Story {
    pub steps: Vec<Step>,
}

#[derive(Debug, Clone)]
pub struct Step {
    /// What the clock does first: `None` goes to the wakeup, less than 0 goes back.
    pub clock: Option<i64>,
    pub act: Act,
    /// Any number, for choices of the property.
    pub dice: u8,
}

#[derive(Debug, Clone)]
pub enum Act {
    /// An agent is there, perhaps in a new life.
    Register {
        agent: usize,
        anew: bool,
        slots: u32,
        provides: Vec<&'static str>,
        only: bool,
        beats: bool,
    },
    /// Something else about an agent, as a report; perhaps of another life.
    Agent {
        agent: usize,
        report: Value,
        stray: bool,
    },
    Plan(Value),
    /// A report about a dispatch, perhaps under another epoch.
    Report {
        pick: Pick,
        report: Value,
        epoch_off: i64,
    },
    Beats {
        pick: Pick,
        done: u64,
    },
    Order {
        plan: Pick,
        task: Pick,
        order: &'static str,
    },
    Patch {
        plan: Pick,
        add: Vec<Value>,
        remove: Option<Pick>,
        needs: Option<(Pick, Vec<Pick>)>,
    },
    Command {
        plan: Pick,
        order: &'static str,
    },
    Advance,
    /// A crash, and a restore from the journal or from a snapshot.
    Crash,
}

pub const AGENTS: [&str; 4] = ["ada", "bob", "cid", "dan"];

fn may(of: f64, value: impl Strategy<Value = Value> + 'static) -> BoxedStrategy<Option<Value>> {
    weighted(of, value).boxed()
}

fn object(fields: Vec<(&'static str, Option<Value>)>) -> Value {
    let known = fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(known.collect::<Map<_, _>>())
}

fn policy() -> impl Strategy<Value = Value> {
    select(vec!["stop", "continue", "skip_dependents", "compensate"]).prop_map(Value::from)
}

fn needs(at: usize) -> BoxedStrategy<Value> {
    if at == 0 {
        return Just(json!([])).boxed();
    }
    let need = (0..at, proptest::bool::weighted(0.25));
    vec(need, 0..3)
        .prop_map(|needs| {
            needs.into_iter().map(|(at, optional)| json!({"task": format!("t{at}"), "optional": optional})).collect()
        })
        .boxed()
}

fn ms(most: u64) -> impl Strategy<Value = Value> {
    (1..most).prop_map(Value::from)
}

fn timeouts() -> impl Strategy<Value = Value> {
    (may(0.15, ms(400)), may(0.3, ms(400)), may(0.15, ms(2000)), may(0.3, ms(200))).prop_map(|(a, b, c, d)| {
        object(vec![
            ("schedule_to_start_ms", a),
            ("start_to_close_ms", b),
            ("schedule_to_close_ms", c),
            ("heartbeat_ms", d),
        ])
    })
}

fn retry() -> impl Strategy<Value = Value> {
    (1..4_u32, 0..100_u64).prop_map(|(most, base)| json!({"max_attempts": most, "base_ms": base, "max_ms": 300}))
}

/// What a task is beside its place in the graph.
fn kind(at: usize, depth: u32) -> BoxedStrategy<Option<(&'static str, Value)>> {
    let ask = json!({"text": "which?", "timeout_ms": 300, "default": 1});
    let inner = (1..3_usize).prop_flat_map(move |len| tasks(len, depth + 1));
    let earlier = format!("t{}", at.saturating_sub(1));
    match (depth, at) {
        (2.., _) => Just(None).boxed(),
        (_, 0) => {
            prop_oneof![8 => Just(None), 1 => Just(Some(("ask", ask))), 1 => inner.prop_map(|of| Some(("tasks", of)))]
                .boxed()
        }
        _ => prop_oneof![
            8 => Just(None),
            1 => Just(Some(("ask", ask))),
            1 => inner.prop_map(|of| Some(("tasks", of))),
            1 => Just(Some(("each", json!({"from": earlier, "max": 3})))),
            1 => Just(Some(("when", json!([{"from": earlier, "is": true}])))),
        ]
        .boxed(),
    }
}

fn task(at: usize, depth: u32) -> BoxedStrategy<Value> {
    let trigger = select(vec!["all", "all", "any", "none_failed", "always"]).prop_map(Value::from);
    let graph = (needs(at), trigger, kind(at, depth));
    let needed = (
        may(0.3, select(vec![json!(["x"]), json!(["y"]), json!(["x", "y"]), json!(["z"])])),
        may(0.2, (1..6_u8).prop_map(Value::from)),
        may(0.3, ms(500)),
        may(0.25, select(vec![json!(["k"]), json!([{"key": "k", "limit": 2}]), json!(["l"])])),
        may(0.1, Just(json!("repo"))),
    );
    let ways = (may(0.5, timeouts()), may(0.6, retry()), may(0.4, policy()));
    let rest = (
        may(0.3, retry().prop_map(|retry| json!({"retry": retry}))),
        may(0.15, select(vec!["watch", "suggest", "ask", "act"]).prop_map(Value::from)),
    );
    (graph, needed, ways, rest)
        .prop_map(move |((needs, trigger, kind), needed, ways, (compensate, autonomy))| {
            let name = if depth == 0 { format!("t{at}") } else { format!("u{at}") };
            let group = matches!(kind, Some(("tasks" | "ask", _)));
            let policy = ways.2.filter(|policy| !(group && policy == "compensate"));
            let needs = if depth == 0 { needs } else { json!([]) };
            let mut task = object(vec![
                ("id", Some(name.into())),
                ("needs", Some(needs)),
                ("trigger", Some(trigger)),
                ("requires", needed.0),
                ("priority", needed.1),
                ("estimate_ms", needed.2),
                ("keys", needed.3),
                ("context", needed.4),
                ("timeouts", ways.0),
                ("retry", ways.1),
                ("on_failure", policy),
                ("compensate", compensate.filter(|_| !group)),
                ("autonomy", autonomy),
            ]);
            if let (Some((name, value)), true) = (kind, depth == 0) {
                task[name] = value;
            }
            task
        })
        .boxed()
}

fn tasks(len: usize, depth: u32) -> BoxedStrategy<Value> {
    (0..len).map(|at| task(at, depth)).collect::<Vec<_>>().prop_map(Value::from).boxed()
}

pub fn plan() -> impl Strategy<Value = Value> {
    let tenant = may(0.4, select(vec![json!("a"), json!("b")]));
    let rest = (may(0.5, policy()), may(0.15, ms(3000)), may(0.1, Just(json!("ask"))), tenant, may(0.2, ms(6)));
    ((1..6_usize).prop_flat_map(|len| tasks(len, 0)), rest).prop_map(
        |(tasks, (policy, timeout, autonomy, tenant, priority))| {
            object(vec![
                ("type", Some("plan".into())),
                ("tasks", Some(tasks)),
                ("on_failure", policy),
                ("timeout_ms", timeout),
                ("autonomy", autonomy),
                ("tenant", tenant),
                ("priority", priority),
            ])
        },
    )
}

fn report() -> impl Strategy<Value = Value> {
    let done =
        select(vec![json!(null), json!(true), json!(false), json!([1, 2]), json!([1, 2, 3, 4]), json!({"n": 1})]);
    let handoff = (may(0.3, select(AGENTS.to_vec()).prop_map(Value::from)), ms(3000));
    prop_oneof![
        8 => done.prop_map(|result| json!({"type": "done", "result": result})),
        3 => Just(json!({"type": "started"})),
        1 => (0..9_u64).prop_map(|done| json!({"type": "progress", "done": done})),
        1 => Just(json!({"type": "heartbeat"})),
        4 => (any::<bool>(), may(0.2, ms(200))).prop_map(|(permanent, after)| {
            object(vec![("type", Some("failed".into())), ("permanent", Some(permanent.into())), ("retry_after_ms", after)])
        }),
        1 => Just(json!({"type": "cancelled"})),
        2 => may(0.5, ms(300)).prop_map(|timeout| {
            let question = object(vec![("text", Some("how?".into())), ("timeout_ms", timeout)]);
            json!({"type": "needs_input", "question": question})
        }),
        3 => handoff.prop_map(|(to, ms)| object(vec![("type", Some("handoff".into())), ("to", to), ("timeout_ms", Some(ms))])),
        3 => Just(json!({"type": "accept"})),
        2 => Just(json!({"type": "decline"})),
    ]
}

fn act() -> impl Strategy<Value = Act> {
    let provides = select(vec![vec![], vec!["x"], vec!["y"], vec!["x", "y"]]);
    let orders = vec![
        "pause",
        "resume",
        "resume",
        "cancel",
        "rerun",
        "rerun",
        "rerun_from",
        "skip",
        "pin",
        "unpin",
        "yes",
        "no",
        "yes",
    ];
    let life = vec![
        json!({"type": "heartbeat"}),
        json!({"type": "crashed"}),
        json!({"type": "stopped"}),
        json!({"type": "pause"}),
        json!({"type": "resume"}),
        json!({"type": "remove"}),
        json!({"type": "drain", "patience_ms": 100}),
        json!({"type": "heartbeat", "beat": "busy"}),
    ];
    let name = 0..AGENTS.len();
    prop_oneof![
        4 => (name.clone(), any::<bool>(), 1..3_u32, provides, proptest::bool::weighted(0.2), proptest::bool::weighted(0.3))
            .prop_map(|(agent, anew, slots, provides, only, beats)| Act::Register { agent, anew, slots, provides, only, beats }),
        3 => (name, select(life), proptest::bool::weighted(0.1)).prop_map(|(agent, report, stray)| Act::Agent { agent, report, stray }),
        4 => plan().prop_map(Act::Plan),
        20 => (any::<Pick>(), report(), prop_oneof![9 => Just(0), 1 => -1..3_i64])
            .prop_map(|(pick, report, epoch_off)| Act::Report { pick, report, epoch_off }),
        1 => (any::<Pick>(), 0..9_u64).prop_map(|(pick, done)| Act::Beats { pick, done }),
        6 => (any::<Pick>(), any::<Pick>(), select(orders)).prop_map(|(plan, task, order)| Act::Order { plan, task, order }),
        3 => patch(),
        2 => (any::<Pick>(), select(vec!["stop_chain", "resume_chain", "resume_chain", "stop_all", "resume_all", "resume_all"]))
            .prop_map(|(plan, order)| Act::Command { plan, order }),
        6 => Just(Act::Advance),
        1 => Just(Act::Crash),
    ]
}

fn patch() -> impl Strategy<Value = Act> {
    let add = vec(task(3, 0), 0..2);
    let needs = weighted(0.5, (any::<Pick>(), vec(any::<Pick>(), 0..3)));
    (any::<Pick>(), add, weighted(0.3, any::<Pick>()), needs).prop_map(|(plan, add, remove, needs)| Act::Patch {
        plan,
        add,
        remove,
        needs,
    })
}

pub fn story(len: usize) -> impl Strategy<Value = Story> {
    let clock = prop_oneof![5 => (0..60_i64).prop_map(Some), 1 => (-500..0_i64).prop_map(Some), 2 => Just(None), 1 => Just(Some(2000))];
    let step = (clock, act(), any::<u8>()).prop_map(|(clock, act, dice)| Step { clock, act, dice });
    let agents = [
        Act::Register { agent: 0, anew: true, slots: 2, provides: vec!["x", "y"], only: false, beats: false },
        Act::Register { agent: 1, anew: true, slots: 1, provides: vec!["x"], only: false, beats: false },
    ];
    (plan(), vec(step, 1..len)).prop_map(move |(first, steps)| {
        let before = agents.iter().cloned().chain([Act::Plan(first)]);
        let before = before.map(|act| Step { clock: Some(1), act, dice: 255 });
        Story { steps: before.chain(steps).collect() }
    })
}
