use alloc::{format, vec};

use super::{
    select::{Field, Rated},
    *,
};
use crate::text::Text;

const T0: Timestamp = Timestamp(1_000_000);

/// Agents that never beat, so that only what a test does matters.
fn fleet(agents: &[(&str, &[&str], u32)]) -> Agents {
    let mut registry = Agents::new(Settings::default());
    for (id, provides, slots) in agents {
        add(&mut registry, id, provides, *slots);
    }
    registry
}

fn add(registry: &mut Agents, id: &str, provides: &[&str], slots: u32) -> AgentNo {
    let provides = provides.iter().map(|text| Text::from(*text)).collect();
    let profile = Registration { id: id.into(), provides, slots, heartbeat_ms: 0, ..Registration::default() };
    registry.register(T0, profile, &mut Vec::new()).expect("is valid").agent()
}

fn id(registry: &Agents, agent: AgentNo) -> &str {
    registry.registration(agent).expect("is registered").id.as_str()
}

fn lease(registry: &mut Agents, now: Timestamp, need: &Need<'_>) -> Lease {
    match registry.pass(now, &mut Vec::new()).select(need) {
        Choice::Lease { lease, .. } => lease,
        other => panic!("no lease: {other:?}"),
    }
}

/// Runs one task to its end.
fn run(registry: &mut Agents, now: Timestamp, need: &Need<'_>, took_ms: u64, good: bool) -> AgentNo {
    let lease = lease(registry, now, need);
    let outcome = if good { Outcome::Succeeded } else { Outcome::Failed };
    let done = registry.finish(now, lease, need.class, outcome, need.duration_ms, took_ms, &mut Vec::new());
    assert!(done, "the lease was good");
    lease.agent
}

fn texts(list: &[&str]) -> Vec<Text> {
    list.iter().map(|text| Text::from(*text)).collect()
}

#[test]
fn three_equal_agents_share_three_hundred_tasks_one_after_the_other() {
    for took_ms in [1000, 900, 1300] {
        let mut registry = fleet(&[("a", &[], 1), ("b", &[], 1), ("c", &[], 1)]);
        let mut counts = [0; 3];
        for task in 0..300 {
            let need = Need { task, class: "build", duration_ms: 1000, ..Need::default() };
            counts[run(&mut registry, T0.plus_ms(task * 2000), &need, took_ms, true).slot() as usize] += 1;
        }
        assert_eq!(counts, [100; 3], "tasks of {took_ms} ms");
    }
}

#[test]
fn a_single_choice_tells_what_happened_because_time_passed_and_takes_a_slot() {
    let mut registry = fleet(&[("steady", &[], 1)]);
    let silent = Registration { id: "silent".into(), heartbeat_ms: 1000, ..Registration::default() };
    let _ = registry.register(T0, silent, &mut Vec::new()).expect("is valid");
    let mut notices = Vec::new();
    let choice = registry.select(T0.plus_ms(3_600_000), &Need { task: 1, ..Need::default() }, &mut notices);
    let Choice::Lease { lease, .. } = choice else { panic!("no lease: {choice:?}") };
    assert_eq!((id(&registry, lease.agent), registry.leases(lease.agent)), ("steady", 1));
    assert!(matches!(&notices[0], Notice::Suspected { id, .. } if *id == *"silent"), "{notices:?}");
}

#[test]
fn three_equal_agents_share_three_hundred_tasks_at_once() {
    let mut registry = fleet(&[("a", &[], 200), ("b", &[], 200), ("c", &[], 200)]);
    let mut counts = [0; 3];
    for task in 0..300 {
        counts[lease(&mut registry, T0, &Need { task, ..Need::default() }).agent.slot() as usize] += 1;
    }
    assert_eq!(counts, [100; 3]);
}

#[test]
fn an_agent_that_succeeds_once_in_a_hundred_never_goes_before_a_good_one() {
    let mut registry = fleet(&[("bad", &["x"], 1), ("good", &["x"], 1)]);
    let requires = texts(&["x"]);
    let mut bad = 0;
    for task in 0..2000 {
        let need = Need { task, class: "build", requires: &requires, duration_ms: 1000, ..Need::default() };
        let now = T0.plus_ms(task * 60_000);
        let taken = lease(&mut registry, now, &need);
        let is_bad = id(&registry, taken.agent) == "bad";
        let good = if is_bad { task % 100 == 99 } else { task % 50 != 49 };
        let outcome = if good { Outcome::Succeeded } else { Outcome::Failed };
        registry.finish(now, taken, "build", outcome, 1000, 1000, &mut Vec::new());
        bad += u32::from(is_bad);
        // Once both are known, what is chosen is good; that the bad one is tried again after hours is meant.
        let bad_p = registry.status(now, registry.find("bad").expect("is there")).expect("is there").p;
        let good_p = registry.status(now, registry.find("good").expect("is there")).expect("is there").p;
        assert!(!is_bad || task < 2 || bad_p < good_p);
    }
    assert!(bad <= 20, "{bad} of 2000 tasks in 33 hours");
}

#[test]
fn a_missing_capability_is_never_chosen_and_the_reason_is_given() {
    let mut registry = fleet(&[("a", &["rust@1.70"], 1), ("b", &["docker"], 1)]);
    let requires = texts(&["rust>=1.85"]);
    let need = Need { task: 1, requires: &requires, ..Need::default() };
    let expected = Choice::None {
        reasons: vec![Reason { exclusion: Exclusion::Lacks { capability: "rust>=1.85".into() }, agents: 2 }],
        wake: None,
    };
    assert_eq!(registry.pass(T0, &mut Vec::new()).select(&need), expected);
    add(&mut registry, "c", &["rust@1.88"], 1);
    assert_eq!(id(&registry, lease(&mut registry.clone(), T0, &need).agent), "c");
}

#[test]
fn preferred_capabilities_break_the_tie_and_nothing_more() {
    let mut registry = fleet(&[("plain", &["rust"], 1), ("both", &["rust", "gpu"], 1)]);
    let (requires, prefers) = (texts(&["rust"]), texts(&["gpu"]));
    let need = |task| Need { task, requires: &requires, prefers: &prefers, duration_ms: 1000, ..Need::default() };
    let first = lease(&mut registry, T0, &need(1));
    assert_eq!(id(&registry, first.agent), "both");
    // 1250 ms now is better than 2000 ms with a wait.
    let second = lease(&mut registry, T0, &need(2));
    assert_eq!(id(&registry, second.agent), "plain");
}

#[test]
fn a_task_waits_for_a_fast_agent_rather_than_taking_one_that_is_much_slower() {
    let mut registry = fleet(&[("fast", &[], 1), ("slow", &[], 1)]);
    let (fast, slow) = (registry.find("fast").expect("is there"), registry.find("slow").expect("is there"));
    let finish = |registry: &mut Agents, agent, took_ms| {
        let lease = registry.lease(T0, agent, "").expect("is free");
        registry.finish(T0, lease, "build", Outcome::Succeeded, 60_000, took_ms, &mut Vec::new());
    };
    for _ in 0..60 {
        finish(&mut registry, fast, 20_000);
        finish(&mut registry, slow, 180_000);
    }
    let need = |task| Need { task, class: "build", duration_ms: 60_000, ..Need::default() };
    let mut pass = registry.pass(T0, &mut Vec::new());
    assert!(matches!(pass.select(&need(1)), Choice::Lease { lease, .. } if lease.agent == fast));
    assert!(matches!(pass.select(&need(2)), Choice::Hold { agent, .. } if agent == fast));
    // Each held task is one more in front of it, until the slow one is the better choice.
    let more: Vec<bool> = (3..9).map(|task| matches!(pass.select(&need(task)), Choice::Lease { .. })).collect();
    assert!(more.contains(&true), "{more:?}");
    drop(pass);
    assert!(
        matches!(registry.pass(T0, &mut Vec::new()).select(&need(10)), Choice::Hold { agent, .. } if agent == fast)
    );
}

#[test]
fn an_agent_that_failed_three_times_is_left_alone_and_then_probed_once() {
    let mut registry = fleet(&[("a", &[], 4)]);
    let need = |task| Need { task, ..Need::default() };
    for task in 0..3 {
        run(&mut registry, T0, &need(task), 1000, false);
    }
    let Choice::None { reasons, wake } = registry.pass(T0, &mut Vec::new()).select(&need(3)) else {
        panic!("it is barred")
    };
    assert_eq!(reasons, [Reason { exclusion: Exclusion::Breaker { until: None }, agents: 1 }]);
    let wake = wake.expect("something changes by itself");
    assert_eq!(wake, T0.plus_ms(30_000));
    let probe = lease(&mut registry, wake, &need(4));
    assert!(
        matches!(registry.pass(wake, &mut Vec::new()).select(&need(5)), Choice::None { .. }),
        "one probe at a time"
    );
    // A probe that is cancelled says nothing; another one may go.
    assert!(registry.release(wake, probe, &mut Vec::new()));
    lease(&mut registry, wake, &need(6));
}

#[test]
fn what_the_task_avoids_is_chosen_only_if_there_is_nobody_else() {
    let mut registry = fleet(&[("a", &[], 9), ("b", &[], 9)]);
    let avoid = [registry.find("a").expect("is there")];
    for task in 0..5 {
        let taken = lease(&mut registry, T0, &Need { task, avoid: &avoid, ..Need::default() });
        assert_eq!(id(&registry, taken.agent), "b");
    }
    registry.remove(registry.find("b").expect("is there")).expect("is there");
    let taken = lease(&mut registry, T0, &Need { task: 9, avoid: &avoid, ..Need::default() });
    assert_eq!(taken.agent, avoid[0]);
}

#[test]
fn tenants_roles_pools_and_labels_are_respected() {
    let mut registry = Agents::new(Settings::default());
    for (id, parent) in [("code", ""), ("rust", "code"), ("ops", "")] {
        registry.put_pool(Pool { id: id.into(), parent: parent.into(), ..Pool::default() }).expect("is new");
    }
    let base = Registration { heartbeat_ms: 0, ..Registration::default() };
    for profile in [
        Registration { id: "a".into(), pool: "rust".into(), tenants: texts(&["acme"]), ..base.clone() },
        Registration { id: "b".into(), pool: "ops".into(), role: "security".into(), ..base.clone() },
        Registration { id: "c".into(), labels: [("zone".into(), "eu".into())].into(), ..base.clone() },
    ] {
        let _ = registry.register(T0, profile, &mut Vec::new()).expect("is valid");
    }
    let requires = texts(&["zone=eu"]);
    for (need, expected) in [
        (Need { tenant: "acme", pool: "code", ..Need::default() }, Some("a")),
        (Need { tenant: "other", pool: "code", ..Need::default() }, Some("c")),
        (Need { role: "security", ..Need::default() }, Some("b")),
        (Need { role: "security", pool: "rust", ..Need::default() }, None),
        (Need { requires: &requires, ..Need::default() }, Some("c")),
        (Need { pool: "unknown", ..Need::default() }, None),
    ] {
        let mut copy = registry.clone();
        let chosen = match copy.pass(T0, &mut Vec::new()).select(&need) {
            Choice::Lease { lease, .. } => Some(id(&registry, lease.agent)),
            _ => None,
        };
        assert_eq!(chosen, expected, "{need:?}");
    }
}

#[test]
fn a_new_life_ends_the_leases_of_the_old_one_and_an_old_life_is_rejected() {
    let mut registry = fleet(&[("a", &[], 2)]);
    let old = lease(&mut registry, T0, &Need::default());
    let profile =
        |incarnation| Registration { id: "a".into(), incarnation, heartbeat_ms: 0, ..Registration::default() };
    let mut out = Vec::new();
    let replaced = registry.register(T0, profile(1), &mut out).expect("is newer");
    assert_eq!(replaced, Registered::Replaced { agent: replaced.agent(), was: old.agent, leases: 1 });
    assert_ne!(replaced.agent(), old.agent);
    // What the old life reports changes nothing.
    assert!(!registry.finish(T0, old, "build", Outcome::Succeeded, 0, 10, &mut out));
    assert!(!registry.release(T0, old, &mut out));
    assert!(registry.heartbeat(T0, old.agent, Readiness::Ready, &mut out).is_err());
    assert_eq!(registry.leases(replaced.agent()), 0);
    // The same life again is an update, an older one an error.
    let again = registry.register(T0, Registration { slots: 7, ..profile(1) }, &mut out).expect("is the same");
    assert_eq!(again, Registered::Updated { agent: replaced.agent() });
    assert_eq!(registry.registration(again.agent()).map(|r| r.slots), Some(7));
    assert_eq!(
        registry.register(T0, profile(0), &mut out),
        Err(AgentError::StaleIncarnation { id: "a".into(), given: 0, current: 1 })
    );
    assert_eq!((registry.len(), registry.check()), (1, Ok(())));
}

#[test]
fn a_life_that_left_four_leases_has_failed_once() {
    let mut registry = fleet(&[("a", &[], 4)]);
    for task in 0..4 {
        let _ = lease(&mut registry, T0, &Need { task, ..Need::default() });
    }
    let again = Registration { id: "a".into(), incarnation: 1, heartbeat_ms: 0, ..Registration::default() };
    let agent = registry.register(T0, again, &mut Vec::new()).expect("is newer").agent();
    assert_eq!(registry.unwell(agent), None);
}

#[test]
fn silence_becomes_suspicion_and_two_good_beats_end_it() {
    let mut registry = Agents::new(Settings::default());
    let mut out = Vec::new();
    let profile = Registration { id: "a".into(), ..Registration::default() };
    let agent = registry.register(Timestamp(0), profile, &mut out).expect("is valid").agent();
    let mut now = Timestamp(0);
    for _ in 0..30 {
        now = now.plus_ms(1000);
        registry.on_due(now, &mut out);
        registry.heartbeat(now, agent, Readiness::Ready, &mut out).expect("is registered");
    }
    assert_eq!(out, []);
    let last = now;
    while out.is_empty() {
        now = registry.due().expect("silence is noticed");
        registry.on_due(now, &mut out);
    }
    assert!(now.since_ms(last) <= 6000, "{}", now.since_ms(last));
    assert_eq!(out[0], Notice::Suspected { agent, id: "a".into(), leases: 0 });
    assert_eq!(out[1], Notice::Restart { id: "a".into(), pool: "".into() });
    let need = Need::default();
    registry.heartbeat(now, agent, Readiness::Ready, &mut out).expect("is registered");
    assert!(
        matches!(registry.pass(now, &mut Vec::new()).select(&need), Choice::None { .. }),
        "one good beat is not enough"
    );
    registry.heartbeat(now.plus_ms(1000), agent, Readiness::Ready, &mut out).expect("is registered");
    assert_eq!(out[2], Notice::Recovered { agent, id: "a".into() });
    assert!(matches!(registry.pass(now, &mut Vec::new()).select(&need), Choice::Lease { .. }));
}

#[test]
fn beats_in_quick_succession_bring_suspicion_forward() {
    let mut registry = Agents::new(Settings::default());
    let (mut out, mut now) = (Vec::new(), Timestamp(5_402));
    let profile = Registration { id: "a".into(), ..Registration::default() };
    let agent = registry.register(Timestamp(0), profile, &mut out).expect("is valid").agent();
    // One that is late makes the next one doubtful for long.
    registry.heartbeat(now, agent, Readiness::Ready, &mut out).expect("is registered");
    registry.on_due(Timestamp(5_403), &mut out);
    assert_eq!(registry.due(), Some(Timestamp(22_570)));
    for _ in 0..100 {
        now = now.plus_ms(1);
        registry.heartbeat(now, agent, Readiness::Ready, &mut out).expect("is registered");
    }
    assert_eq!((registry.due(), registry.check()), (Some(Timestamp(11_638)), Ok(())));
    assert_eq!(out, []);
}

#[test]
fn an_agent_gets_no_work_before_it_has_started_and_while_it_is_not_ready() {
    let mut registry = Agents::new(Settings::default());
    let (mut out, need) = (Vec::new(), Need::default());
    let profile = Registration { id: "a".into(), start_ms: 20_000, slots: 9, ..Registration::default() };
    let agent = registry.register(T0, profile.clone(), &mut out).expect("is valid").agent();
    let why = |registry: &mut Agents, now| match registry.pass(now, &mut Vec::new()).select(&need) {
        Choice::None { reasons, .. } => reasons.first().map(|reason| reason.exclusion.clone()),
        _ => None,
    };
    assert_eq!(why(&mut registry, T0), Some(Exclusion::Starting));
    registry.heartbeat(T0.plus_ms(9000), agent, Readiness::Starting, &mut out).expect("is registered");
    assert_eq!(why(&mut registry, T0.plus_ms(9000)), Some(Exclusion::Starting));
    registry.heartbeat(T0.plus_ms(9500), agent, Readiness::Ready, &mut out).expect("is registered");
    assert_eq!(why(&mut registry, T0.plus_ms(9500)), None);
    registry.heartbeat(T0.plus_ms(9900), agent, Readiness::Busy, &mut out).expect("is registered");
    assert_eq!(why(&mut registry, T0.plus_ms(9900)), Some(Exclusion::NotReady));
    // One that does not start in time is suspected.
    let late = Registration { id: "b".into(), ..profile };
    let late = registry.register(T0, late, &mut out).expect("is valid").agent();
    out.clear();
    // It was registered at 9900, the latest time known.
    registry.on_due(T0.plus_ms(29_900), &mut out);
    assert!(out.contains(&Notice::Suspected { agent: late, id: "b".into(), leases: 0 }), "{out:?}");
}

#[test]
fn a_drained_agent_finishes_what_it_has_and_says_when() {
    let mut registry = fleet(&[("a", &[], 2)]);
    let (held, mut out) = (lease(&mut registry, T0, &Need::default()), Vec::new());
    registry.drain(T0, held.agent, 60_000, &mut out).expect("is registered");
    assert_eq!(out, []);
    assert!(matches!(registry.pass(T0, &mut Vec::new()).select(&Need::default()), Choice::None { .. }));
    assert_eq!(registry.due(), Some(T0.plus_ms(60_000)));
    let mut late = registry.clone();
    late.on_due(T0.plus_ms(60_000), &mut out);
    assert_eq!(out, [Notice::DrainExpired { agent: held.agent, id: "a".into(), leases: 1 }]);
    out.clear();
    registry.finish(T0.plus_ms(1000), held, "build", Outcome::Succeeded, 0, 1000, &mut out);
    assert_eq!(out, [Notice::Drained { agent: held.agent, id: "a".into() }]);
    registry.resume(held.agent).expect("is registered");
    assert!(matches!(registry.pass(T0, &mut Vec::new()).select(&Need::default()), Choice::Lease { .. }));
}

#[test]
fn a_generalist_above_stands_in_for_a_pool_that_failed() {
    let mut registry = Agents::new(Settings::default());
    registry.put_pool(Pool { id: "rust".into(), ..Pool::default() }).expect("is new");
    let base = Registration { heartbeat_ms: 0, ..Registration::default() };
    let mut out = Vec::new();
    for n in 0..4 {
        let profile = Registration {
            id: format!("r{n}").into(),
            pool: "rust".into(),
            provides: texts(&["rust"]),
            ..base.clone()
        };
        let _ = registry.register(T0, profile, &mut out).expect("is valid");
    }
    for (id, generalist) in [("plain", false), ("all-round", true)] {
        let profile = Registration { id: id.into(), generalist, ..base.clone() };
        let _ = registry.register(T0, profile, &mut out).expect("is valid");
    }
    let requires = texts(&["rust"]);
    let need = Need { pool: "rust", requires: &requires, ..Need::default() };
    let chosen = |registry: &Agents| id(registry, lease(&mut registry.clone(), T0, &need).agent).starts_with('r');
    assert!(chosen(&registry));
    for n in 0..4 {
        assert!(!out.iter().any(|notice| matches!(notice, Notice::Escalated { .. })));
        let agent = registry.find(&format!("r{n}")).expect("is there");
        registry.crashed(T0, agent, &mut out).expect("is there");
    }
    assert!(out.iter().any(|notice| matches!(notice, Notice::Escalated { pool, .. } if *pool == "rust")));
    let taken = lease(&mut registry, T0, &need);
    assert_eq!(id(&registry, taken.agent), "all-round");
}

#[test]
fn a_warm_agent_is_preferred_and_the_oldest_context_is_forgotten() {
    let mut registry = fleet(&[("a", &[], 1), ("b", &[], 1), ("c", &[], 1)]);
    let need = |task, context| Need { task, context, duration_ms: 1000, ..Need::default() };
    let first = run(&mut registry, T0, &need(1, "repo"), 1000, true);
    for task in 2..6 {
        assert_eq!(run(&mut registry, T0, &need(task, "repo"), 1000, true), first);
    }
    for context in ["w", "x", "y", "z"] {
        let lease = registry.lease(T0, first, context).expect("is free");
        registry.release(T0, lease, &mut Vec::new());
    }
    assert_ne!(run(&mut registry, T0, &need(9, "repo"), 1000, true), first);
}

#[test]
fn a_choice_explains_itself() {
    let mut registry = fleet(&[("a", &["rust"], 1), ("b", &["rust"], 1), ("c", &["docker"], 1)]);
    let requires = texts(&["rust"]);
    let need = |task| Need { task, class: "build", requires: &requires, duration_ms: 10_000, ..Need::default() };
    let b = registry.find("b").expect("is there");
    let taken = registry.lease(T0, b, "").expect("is free");
    registry.finish(T0, taken, "build", Outcome::Failed, 10_000, 10_000, &mut Vec::new());
    let (choice, explain) = registry.pass(T0, &mut Vec::new()).select_explained(&need(1));
    assert!(matches!(choice, Choice::Lease { patience: false, .. }));
    assert_eq!(explain.chosen.as_deref(), Some("a"));
    assert_eq!((explain.cost_ms, explain.wait_ms, explain.run_ms), (10_000, 0, 10_000));
    assert_eq!(explain.p, Probability { mean: 900_000, sd: 134_164, z: 0, used: 1_000_000, n: 0 });
    // One failure: mu = 9 / 11, p = 4 mu / 5 = 0.6545; (10 s + 0.3455 * 5 s) / 0.6545 = 17.917 s.
    let runner_up = explain.runner_up.expect("b comes second");
    assert_eq!((runner_up.id.as_str(), runner_up.cost_ms, runner_up.ratio), ("b", 17_916, 1_791_671));
    assert_eq!((explain.decision, explain.tie_break), (Decision::Free, "cost"));
    let reason = Exclusion::Lacks { capability: "rust".into() };
    assert_eq!(explain.excluded, [Excluded { id: "c".into(), reason }]);
    let json = serde_json::to_value(registry.pass(T0, &mut Vec::new()).explain(&need(2))).expect("is plain data");
    assert_eq!((&json["decision"], &json["chosen"]), (&"free".into(), &"b".into()));
}

#[test]
fn a_risky_task_goes_to_the_agent_with_evidence() {
    let mut registry = fleet(&[("proven", &[], 1), ("new", &[], 1)]);
    let proven = registry.find("proven").expect("is there");
    for _ in 0..30 {
        let lease = registry.lease(T0, proven, "").expect("is free");
        registry.finish(T0, lease, "deploy", Outcome::Succeeded, 1000, 1000, &mut Vec::new());
    }
    let need = |risky| Need { class: "deploy", duration_ms: 1000, risky, ..Need::default() };
    assert_eq!(id(&registry, lease(&mut registry.clone(), T0, &need(false)).agent), "new");
    assert_eq!(id(&registry, lease(&mut registry.clone(), T0, &need(true)).agent), "proven");
}

#[test]
fn a_snapshot_reads_back_to_the_same_bytes_and_the_same_choices() {
    let mut registry = fleet(&[("a", &["rust"], 2), ("b", &["rust"], 1), ("c", &[], 3)]);
    for task in 0..40 {
        run(
            &mut registry,
            T0.plus_ms(task * 1000),
            &Need { task, class: "k", ..Need::default() },
            700 + task,
            task % 7 != 0,
        );
    }
    registry.remove(registry.find("b").expect("is there")).expect("is there");
    let bytes = minicbor::to_vec(&registry).expect("encodes");
    let mut other: Agents = minicbor::decode(&bytes).expect("decodes");
    assert_eq!(minicbor::to_vec(&other).expect("encodes"), bytes);
    for task in 100..140 {
        let need = Need { task, class: "k", ..Need::default() };
        let now = T0.plus_ms(100_000 + task * 1000);
        assert_eq!(run(&mut registry, now, &need, 500, task % 5 != 0), run(&mut other, now, &need, 500, task % 5 != 0));
        assert_eq!(registry.due(), other.due());
    }
    assert_eq!(minicbor::to_vec(&registry).expect("encodes"), minicbor::to_vec(&other).expect("encodes"));
    assert!(minicbor::decode::<Agents>(&bytes[..bytes.len() - 1]).is_err());
}

#[test]
fn who_is_not_rated_because_others_cost_less_makes_no_difference() {
    let mut registry = fleet(&[]);
    for n in 0..40_u32 {
        add(&mut registry, &format!("a{n}"), if n % 3 == 0 { &["gpu"] } else { &[] }, 1 + n % 4);
    }
    let (prefers, mut leases, mut left_out) = (texts(&["gpu"]), Vec::new(), 0);
    for task in 0..2000 {
        let dice = crate::det::mix(5, task);
        let context = ["", "x", "y", "z"][usize::try_from(dice & 3).expect("is small")];
        let prefers = if dice & 4 == 0 { &prefers[..] } else { &[] };
        let need = Need { task, prefers, context, duration_ms: 1000, risky: dice & 24 == 0, ..Need::default() };
        let (query, field) = registry.rate(&need);
        let few: Vec<(u32, u8)> = registry.index.few(query.set).expect("are few").collect();
        let rated = few.iter().filter_map(|(slot, lacks)| registry.rated(&query, *slot, *lacks, &Field::default()));
        let mut rated: Vec<Rated> = rated.collect();
        left_out += few.iter().filter(|(slot, lacks)| registry.rated(&query, *slot, *lacks, &field).is_none()).count();
        rated.sort_by_key(Rated::key);
        let slot = |rated: Option<&Rated>| rated.map(|rated| rated.slot);
        assert_eq!(slot(field.best.as_ref()), slot(rated.first()), "task {task}");
        assert_eq!(slot(field.second.as_ref()), slot(rated.get(1)), "task {task}");
        assert_eq!(slot(field.free.as_ref()), slot(rated.iter().find(|rated| rated.has_room)), "task {task}");
        if let Choice::Lease { lease, .. } = registry.pass(T0.plus_ms(task * 10), &mut Vec::new()).select(&need) {
            leases.push(lease);
        }
        if leases.len() > 60 || dice & 32 == 0 && !leases.is_empty() {
            let lease = leases.swap_remove(usize::try_from(dice >> 8).expect("64 bits") % leases.len());
            let outcome = if dice & 0x1c0 == 0 { Outcome::Failed } else { Outcome::Succeeded };
            registry.finish(T0, lease, "build", outcome, 1000, 100 + (dice >> 20 & 2047), &mut Vec::new());
        }
    }
    assert!(left_out > 1000, "{left_out}");
}
