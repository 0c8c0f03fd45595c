//! Guards: what must hold however calls, time and faults are mixed.

mod claims;
mod permits;

use std::collections::{BTreeMap, BTreeSet};

use proptest::{
    collection::vec,
    prelude::*,
    test_runner::{Config, TestCaseError, TestError, TestRunner},
};
use reynolds::{
    Timestamp,
    guard::{
        Answer, Batch, Breaker, BreakerPolicy, BreakerState, CallLimits, CallResult, Calls, Deadline, Edit, Failed,
        Fault, Linger, LingerPolicy, Retry, RetryBudget, RetryPolicy, Timeouts, Window,
    },
};

/// What is done next: which of the calls, and three numbers for it.
type Move = (u8, u8, u8, u16);

fn check<T: std::fmt::Debug>(cases: u32, given: impl Strategy<Value = T>, property: impl Fn(T) -> Result<(), String>) {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(cases);
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    match TestRunner::new(config).run(&given, |value| property(value).map_err(TestCaseError::fail)) {
        Ok(()) => {}
        Err(TestError::Fail(reason, value)) => panic!("{reason}\n{value:?}"),
        Err(TestError::Abort(reason)) => panic!("gave up: {reason}"),
    }
}

fn claim(holds: bool, what: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(what()) }
}

fn moves(most: usize) -> impl Strategy<Value = Vec<Move>> {
    vec(any::<Move>(), 1..most)
}

/// Mostly a little later, sometimes much, sometimes earlier.
fn turn(now: u64, step: u16) -> u64 {
    match step % 8 {
        0 => now.saturating_sub(u64::from(step)),
        1 => now + u64::from(step),
        _ => now + u64::from(step % 64),
    }
}

#[test]
fn a_breaker_lets_through_what_its_state_allows_and_no_more() {
    check(300, (moves(200), 1..6_u32, 1..5_u32, 0..3_u32, any::<bool>()), |(moves, window, probes, ramp, timed)| {
        let policy = BreakerPolicy {
            window: if timed { Window::Seconds { seconds: window } } else { Window::Calls { calls: window } },
            minimum_calls: 3,
            slow_ms: 40,
            open_ms: 200,
            open_factor: 2,
            open_max_ms: 900,
            probes,
            probes_at_once: ramp,
            half_open_max_ms: 2_000,
            ..BreakerPolicy::default()
        };
        let mut breaker = Breaker::new(policy, Timestamp(1_000)).map_err(|error| error.to_string())?;
        let (mut now, mut under_way, mut probing) = (1_000, Vec::new(), (0, 0));
        for (call, which, took, step) in moves {
            now = turn(now, step);
            let at = Timestamp(now);
            match call % 8 {
                0..4 => {
                    let would = breaker.would_pass(at);
                    let passed = breaker.try_pass(at);
                    claim(would == passed.is_ok(), || "it does not do what it would".into())?;
                    let shut = matches!(breaker.state(), BreakerState::Open | BreakerState::ForcedOpen);
                    claim(!(shut && passed.is_ok()), || "something passes an open breaker".into())?;
                    if let Ok(pass) = passed {
                        probing = (pass.stay, if probing.0 == pass.stay { probing.1 + 1 } else { 1 });
                        let many = breaker.state() == BreakerState::HalfOpen && probing.1 > probes;
                        claim(!many, || format!("{probing:?} probes"))?;
                        under_way.push(pass);
                    }
                }
                4..7 if !under_way.is_empty() => {
                    let pass = under_way.swap_remove(usize::from(which) % under_way.len());
                    breaker.on_result(at, pass, CallResult::failed_if(call % 8 == 4), u64::from(took));
                }
                7 if which < 16 => breaker.set(at, [BreakerState::Closed, BreakerState::Open][usize::from(took % 2)]),
                _ => drop(breaker.on_due(at)),
            }
            breaker.check()?;
            let bytes = minicbor::to_vec(&breaker).map_err(|error| error.to_string())?;
            claim(minicbor::decode(&bytes).ok().as_ref() == Some(&breaker), || "bytes do not come back".into())?;
        }
        // Whatever happened, it comes back when the other side is well.
        for _ in 0..100 {
            match (breaker.try_pass(Timestamp(now)), breaker.due()) {
                (Ok(pass), _) => {
                    breaker.on_result(Timestamp(now), pass, CallResult::Succeeded, 1);
                }
                (Err(_), due) => now = due.map_or(now, |due| now.max(due.0)),
            }
        }
        claim(breaker.state() == BreakerState::Closed, || format!("it stays {:?}", breaker.state()))
    });
}

/// Attempts per thousand requests of 100 clients that send ten requests a second, to a service that takes `capacity` of the 100 attempts it
/// gets in a tenth of a second.
fn storm(seconds: u64, capacity: u32, budget: Option<RetryBudget>) -> u64 {
    let policy = RetryPolicy::default();
    let mut budgets: Vec<_> = (0..100).map(|_| budget.clone().unwrap_or(RetryBudget::new(u32::MAX, 0, 0, 0))).collect();
    let (mut queue, mut attempts, mut slot) = (BTreeMap::new(), 0_u64, (0, 0));
    for request in 0..seconds * 10 * 100 {
        queue.insert((request, request, 1), None);
    }
    while let Some(((at, task, attempt), paid)) = queue.pop_first() {
        attempts += 1;
        slot = if slot.0 == at / 100 { (slot.0, slot.1 + 1) } else { (at / 100, 1) };
        let budget = &mut budgets[usize::try_from(task % 100).unwrap_or(0)];
        if slot.1 <= capacity {
            budget.on_success(paid);
            continue;
        }
        let failed = Failed { task, attempt, fault: Fault::Transient, retry_after_ms: None };
        if let Retry::Again { at, paid } = policy.on_failure(Timestamp(at), &failed, 1, Deadline::NEVER, budget) {
            queue.insert((at.0, task, attempt + 1), Some(paid));
        }
    }
    // A thousand requests a second, and thousandths.
    attempts / seconds
}

#[test]
fn a_budget_keeps_retries_from_becoming_the_storm() {
    let budget = || Some(RetryBudget::default());
    for (seconds, capacity) in [(20, 0), (60, 0), (120, 30), (120, 60)] {
        let (with, without) = (storm(seconds, capacity, budget()), storm(seconds, capacity, None));
        println!("{seconds} s at {capacity} %: {with} attempts per 1,000 requests with a budget, {without} without");
        assert!(with <= 1_200, "{with} attempts per 1,000 requests in {seconds} s at {capacity} %");
        assert!(without >= 1_500, "{without} without a budget");
    }
    // A service that takes everything gets nothing twice.
    assert!(storm(120, 100, budget()) == 1_000);
}

#[test]
fn nothing_is_tried_after_its_deadline_and_no_child_outlives_its_parent() {
    check(500, vec((any::<u16>(), any::<u16>(), 1..6_u32, any::<bool>()), 1..40), |steps| {
        let (policy, mut budget) = (RetryPolicy { max_attempts: 5, ..RetryPolicy::default() }, RetryBudget::default());
        let (mut parent, mut now) = (Deadline::NEVER, Timestamp(0));
        for (task, (budget_ms, step, attempt, throttled)) in (0..).zip(steps) {
            let timeouts = Timeouts {
                schedule_to_close_ms: u64::from(budget_ms),
                start_to_close_ms: u64::from(budget_ms / 3),
                ..Timeouts::default()
            };
            let run = timeouts.run(now, parent);
            let attempted = timeouts.attempt(now, run);
            claim(attempted <= run && run <= parent, || format!("{attempted:?} {run:?} {parent:?}"))?;
            let fault = if throttled { Fault::Throttle } else { Fault::Transient };
            let failed = Failed { task, attempt, fault, retry_after_ms: Some(u64::from(step)) };
            if let Retry::Again { at, .. } = policy.on_failure(now, &failed, 9, run, &mut budget) {
                claim(run.allows(at) && at >= now, || format!("again at {at}, {run:?}"))?;
            }
            budget.check()?;
            if step % 4 == 0 {
                parent = run;
            }
            now = now.plus_ms(u64::from(step));
        }
        Ok(())
    });
}

#[test]
fn each_call_ends_once_though_answers_are_doubled_late_or_lost() {
    check(200, vec((0..100_u32, 0..100_u32, 1..200_u64), 1..300), |plans| {
        let mut calls = Calls::new(CallLimits { pending: 400, ended: 20 }, Timestamp(0));
        let (mut arriving, mut ends) = (BTreeSet::new(), BTreeMap::<u64, u32>::new());
        for (at, (fate, twice, delay)) in (0..).zip(&plans) {
            let id = calls.begin(Timestamp(at), 500).map_err(|error| error.to_string())?;
            // 5 % lost, 10 % late, 20 % of the others doubled.
            match fate {
                0..5 => {}
                5..15 => drop(arriving.insert((at + 500 + delay, id, 0))),
                _ => drop(arriving.insert((at + delay, id, 0))),
            }
            if *fate >= 5 && *twice < 20 {
                arriving.insert((at + 2 * delay, id, 1));
            }
        }
        let mut accepted = 0;
        while let Some((at, id, _)) = arriving.pop_first() {
            let mut over = Vec::new();
            if at % 3 == 0 {
                calls.on_due(Timestamp(at), &mut over);
            }
            if matches!(calls.on_answer(Timestamp(at), id), Answer::Accepted { .. }) {
                accepted += 1;
                over.push(id);
            }
            over.into_iter().for_each(|id| *ends.entry(id).or_default() += 1);
            calls.check()?;
        }
        let mut over = Vec::new();
        calls.on_due(Timestamp(u64::MAX), &mut over);
        over.into_iter().for_each(|id| *ends.entry(id).or_default() += 1);
        let once = ends.len() == plans.len() && ends.values().all(|times| *times == 1);
        claim(once && calls.pending() == 0, || format!("{ends:?}"))?;
        let in_time =
            plans.iter().filter(|(fate, twice, delay)| *fate >= 15 || *fate >= 5 && *twice < 20 && 2 * delay < 500);
        claim(accepted == in_time.count(), || format!("{accepted} answers were accepted"))
    });
}

fn edits_of(batches: &[Batch], object: &str) -> Vec<(String, String)> {
    let edits = batches.iter().flat_map(|batch| &batch.edits).filter(|edit| edit.object == object);
    edits.map(|edit| (edit.action.to_string(), edit.body.to_string())).collect()
}

#[test]
fn lingering_loses_no_last_edit_and_keeps_the_order_of_actions() {
    check(300, vec((0..3_u8, 0..4_u8, 0..3_u8, 0..40_u64), 1..200), |edits| {
        let policy = LingerPolicy { linger_ms: 100, per_target: 5, targets: 3 };
        let mut linger = Linger::new(policy, Timestamp(0)).map_err(|error| error.to_string())?;
        let (mut batches, mut now, mut replaced) = (Vec::new(), 0, BTreeSet::new());
        let mut pushed: BTreeMap<String, Vec<(u64, String, String)>> = BTreeMap::new();
        for (id, (target, object, action, step)) in (0..).zip(edits) {
            now += step;
            let action = ["set", "close", "add"][usize::from(action)];
            let object = format!("{target}/{object}");
            let target = format!("issue {target}");
            pushed.entry(object.clone()).or_default().push((id, action.into(), id.to_string()));
            let edit = Edit {
                id,
                target: target.into(),
                object: object.into(),
                action: action.into(),
                replaces: action != "add",
                body: id.to_string().into(),
            };
            let gone = linger.push(Timestamp(now), edit, &mut batches).map_err(|error| error.to_string())?;
            replaced.extend(gone);
            linger.check()?;
            let overdue = linger.due().is_some_and(|due| due.0 <= now || due.0 > now + 100);
            claim(!overdue, || format!("due at {:?}, now {now}", linger.due()))?;
        }
        linger.flush_all(&mut batches);
        claim(linger.waiting() == 0, || "something stays".into())?;
        claim(batches.iter().all(|batch| (1..=5).contains(&batch.edits.len())), || "an empty or a full batch".into())?;
        for (object, all) in pushed {
            let kept = all.iter().filter(|(id, ..)| !replaced.contains(id));
            let kept: Vec<_> = kept.map(|(_, action, body)| (action.clone(), body.clone())).collect();
            let sent = edits_of(&batches, &object);
            claim(sent == kept, || format!("{object}: {all:?} became {sent:?}"))?;
            // What was replaced had the same action as the next one, and was no addition.
            for pair in all.windows(2).filter(|pair| replaced.contains(&pair[0].0)) {
                claim(pair[0].1 == pair[1].1 && pair[0].1 != "add", || format!("{pair:?}"))?;
            }
        }
        Ok(())
    });
}
