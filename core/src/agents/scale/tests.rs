use alloc::{format, vec, vec::Vec};

use super::*;
use crate::{
    agents::{Agents, Choice, Exclusion, Need, Notice, Outcome, Registration, Settings},
    det::mix,
};

const SECOND: u64 = 1000;
const MINUTE: u64 = 60 * SECOND;

/// The documented arithmetic alone.
fn documented() -> ScalePolicy {
    ScalePolicy { min: 1, max: 1000, changes_per_hour: 0, ..ScalePolicy::default() }
}

fn scaler(policy: ScalePolicy) -> Scaler {
    Scaler::new(policy).expect("is within its limits")
}

/// Every agent bears this much of 100.
fn bearing(each: u64, agents: u32) -> [Load; 1] {
    [Load { total: Some(each * u64::from(agents)), target: 100, ready: agents, ..Load::default() }]
}

/// At once: no window, no steps.
fn at_once(policy: ScalePolicy) -> ScalePolicy {
    let free = |direction: Direction| Direction { window_ms: 0, steps: vec![], ..direction };
    ScalePolicy { up: free(policy.up), down: free(policy.down), ..policy }
}

#[test]
fn the_documented_formula() {
    for (each, agents, expected) in [
        // "if the current metric value is 200m, and the desired value is 100m, the number of replicas will be doubled"
        (200, 3, 6),
        // "If the current value is instead 50m, you'll halve the number of replicas"
        (50, 4, 2),
        // ceil
        (150, 3, 5),
        (75, 5, 4),
        // "sufficiently close to 1.0 (within a globally-configurable tolerance, 0.1 by default)"
        (110, 10, 10),
        (111, 10, 12),
        (90, 10, 10),
        (89, 10, 9),
        (0, 5, 1),
    ] {
        let advice = scaler(at_once(documented())).advise(Timestamp(0), agents, &bearing(each, agents));
        assert_eq!(advice.agents, expected, "{each} of 100 on each of {agents}");
    }
}

#[test]
fn the_documented_tolerances_per_direction() {
    // "a memory consumption target of 100Mi, and scale-down and scale-up tolerances of 5% and 1%": below 95 or above 101.
    let mut policy = at_once(documented());
    (policy.down.tolerance_ppm, policy.up.tolerance_ppm) = (50_000, 10_000);
    for (each, expected) in [(94, 94), (95, 100), (100, 100), (101, 100), (102, 102)] {
        let advice = scaler(policy.clone()).advise(Timestamp(0), 100, &bearing(each, 100));
        assert_eq!(advice.agents, expected, "{each}");
    }
}

#[test]
fn the_documented_treatment_of_what_is_not_measured_and_not_ready() {
    let advise = |load: Load, current| scaler(at_once(documented())).advise(Timestamp(0), current, &[load]).agents;
    let load = |total, ready, not_ready, missing| Load { total: Some(total), target: 100, ready, not_ready, missing };
    // 3 agents at 200, 3 not measured, taken as 0: 600 / 600 is 1, so nothing.
    assert_eq!(advise(load(600, 3, 0, 3), 6), 6);
    // The same with one not measured: 600 / 400 is 1.5, so 6 of 4.
    assert_eq!(advise(load(600, 3, 0, 1), 4), 6);
    // 3 agents at 50, 3 not measured, taken as 100: 450 / 600, so 5 of 6.
    assert_eq!(advise(load(150, 3, 0, 3), 6), 5);
    // Not ready counts as 0 in a rise ...
    assert_eq!(advise(load(600, 3, 1, 0), 4), 6);
    assert_eq!(advise(load(600, 3, 9, 0), 12), 12);
    // ... and not at all in a fall.
    assert_eq!(advise(load(150, 3, 1, 0), 4), 2);
}

#[test]
fn of_several_loads_the_largest_number_counts_and_an_unknown_one_forbids_to_shrink() {
    let (half, twice) = (bearing(50, 4)[0], bearing(200, 4)[0]);
    let unknown = Load { total: None, ..half };
    let advise = |loads: &[Load]| scaler(at_once(documented())).advise(Timestamp(0), 4, loads);
    assert_eq!(advise(&[half, twice]).agents, 8);
    assert_eq!(advise(&[unknown, twice]).agents, 8);
    assert_eq!(advise(&[half, unknown]), Advice { agents: 4, wanted: 4, because: Because::Unmeasured });
    assert_eq!(advise(&[]).because, Because::Unmeasured);
}

/// The sizes a pool goes through when its load asks for `wanted` all the time.
fn course(policy: ScalePolicy, from: u32, wanted: u32, every_ms: u64, rounds: u64) -> Vec<u32> {
    let (mut scaler, mut current) = (scaler(policy), from);
    let mut sizes = Vec::new();
    for round in 0..rounds {
        let load = Load { total: Some(u64::from(wanted) * 100), target: 100, ready: current, ..Load::default() };
        current = scaler.advise(Timestamp(round * every_ms), current, &[load]).agents;
        sizes.push(current);
    }
    sizes
}

fn down(steps: Vec<Step>, select: Select) -> ScalePolicy {
    let down = Direction { window_ms: 0, steps, select, ..Direction::default() };
    ScalePolicy { down, ..documented() }
}

const FOUR: Step = Step::Agents { agents: 4, period_ms: MINUTE };
const FIVE: Step = Step::Agents { agents: 5, period_ms: MINUTE };
const TENTH: Step = Step::Percent { percent: 10, period_ms: MINUTE };

#[test]
fn the_documented_steps_from_eighty_to_ten() {
    // "during the first step 8 replicas will be reduced. In the next iteration when the number of replicas is 72, 10% of the
    // pods is 7.2 but the number is rounded up to 8 ... When the number of replicas falls below 40 ... 4 ... at a time."
    let sizes = course(down(vec![FOUR, TENTH], Select::Max), 80, 10, MINUTE, 16);
    assert_eq!(sizes, [72, 64, 57, 51, 45, 40, 36, 32, 28, 24, 20, 16, 12, 10, 10, 10]);
}

#[test]
fn a_step_is_taken_once_in_its_period_however_often_one_asks() {
    let sizes = course(down(vec![TENTH], Select::Max), 80, 10, 15 * SECOND, 9);
    assert_eq!(sizes, [72, 72, 72, 72, 64, 64, 64, 64, 57]);
}

#[test]
fn the_documented_selections() {
    // "no more than 5 Pods are removed per minute"
    assert_eq!(course(down(vec![TENTH, FIVE], Select::Min), 80, 10, MINUTE, 3), [75, 70, 65]);
    // "The selectPolicy value of Disabled turns off scaling the given direction."
    assert_eq!(course(down(vec![TENTH], Select::Disabled), 80, 10, MINUTE, 3), [80, 80, 80]);
}

#[test]
fn the_documented_default_behaviour() {
    // "4 pods or a 100% of the currently running replicas will be added every 15 seconds"
    assert_eq!(course(documented(), 1, 100, 15 * SECOND, 7), [5, 10, 20, 40, 80, 100, 100]);
    // Down after five minutes, then at once.
    let sizes = course(documented(), 8, 2, 15 * SECOND, 22);
    assert_eq!((&sizes[..20], &sizes[20..]), (&[8; 20][..], &[2, 2][..]));
}

#[test]
fn the_highest_number_of_the_window_counts_on_the_way_down() {
    let mut policy = documented();
    policy.down.window_ms = MINUTE;
    let (mut scaler, mut sizes) = (scaler(policy), Vec::new());
    let mut current = 10;
    for (at, wanted) in [(0, 10), (20, 4), (40, 7), (61, 5), (81, 3), (101, 3), (141, 3)] {
        let load = Load { total: Some(wanted * 100), target: 100, ready: current, ..Load::default() };
        current = scaler.advise(Timestamp(at * SECOND), current, &[load]).agents;
        sizes.push(current);
    }
    assert_eq!(sizes, [10, 10, 10, 7, 7, 5, 3]);
}

#[test]
fn bounds_hold_and_a_pool_without_agents_is_left_alone() {
    let policy = at_once(ScalePolicy { min: 2, max: 5, ..documented() });
    let mut scaler = scaler(policy);
    for (current, each, expected, because) in [
        (3, 900, 5, Because::Bounds),
        (3, 1, 2, Because::Bounds),
        (9, 100, 5, Because::Bounds),
        (1, 100, 2, Because::Bounds),
        // "If the target's desired replica count is set to 0, and the HPA's minimum replica count is greater than 0, the HPA
        // stops adjusting the target"
        (0, 100, 0, Because::Paused),
    ] {
        let advice = scaler.advise(Timestamp(0), current, &bearing(each, current.max(1)));
        assert_eq!((advice.agents, advice.because), (expected, because), "{current} at {each}");
    }
    scaler.pause(true);
    assert_eq!(scaler.advise(Timestamp(0), 3, &bearing(900, 3)).because, Because::Paused);
}

#[test]
fn a_noisy_load_makes_at_most_four_changes_in_any_hour() {
    for seed in 0..5 {
        let (mut scaler, mut current) = (scaler(ScalePolicy { max: 100, ..ScalePolicy::default() }), 20);
        let mut changes: Vec<u64> = Vec::new();
        for round in 0..4 * 60 * 24_u64 {
            let now = round * 15 * SECOND;
            // Around 16 agents' worth, 30 % up and down.
            let total = 1120 + mix(seed, round) % 960;
            let load = Load { total: Some(total), target: 100, ready: current, ..Load::default() };
            let agents = scaler.advise(Timestamp(now), current, &[load]).agents;
            if agents != current {
                changes.push(now);
            }
            current = agents;
        }
        assert!(changes.windows(5).all(|five| five[4] - five[0] >= HOUR_MS), "{changes:?}");
    }
}

#[test]
fn a_sudden_load_needs_no_budget() {
    let (mut scaler, mut current) = (scaler(ScalePolicy { max: 500, ..ScalePolicy::default() }), 2);
    for round in 0..10 {
        let load = Load { total: Some(50_000), target: 100, ready: current, ..Load::default() };
        current = scaler.advise(Timestamp(round * 15 * SECOND), current, &[load]).agents;
    }
    assert_eq!(current, 500);
}

#[test]
fn ten_thousand_scale_ins_lose_no_running_task() {
    let (mut agents, mut out) = (Agents::new(Settings::default()), Vec::new());
    let (mut held, mut next) = (Vec::new(), 0_u64);
    let (mut lost, mut removed) = (0, 0);
    let stays = |step: u64, id: &str| step % 2 == 0 && id.ends_with('7');
    for step in 0..10_000_u64 {
        let now = Timestamp(step * 100);
        while agents.len() < 20 {
            next += 1;
            let slots = 1 + u32::try_from(next % 3).unwrap_or(0);
            let profile =
                Registration { id: format!("a{next}").into(), slots, heartbeat_ms: 0, ..Registration::default() };
            let _ = agents.register(now, profile, &mut out).expect("there is room");
        }
        for task in 0..mix(1, step) % 6 {
            if let Choice::Lease { lease, .. } =
                agents.pass(now, &mut Vec::new()).select(&Need { task, ..Need::default() })
            {
                held.push(lease);
            }
        }
        while !held.is_empty() && mix(2, step + held.len() as u64) % 3 == 0 {
            let at = usize::try_from(mix(3, step)).unwrap_or(0) % held.len();
            let lease = held.swap_remove(at);
            assert!(agents.finish(now, lease, "k", Outcome::Succeeded, 0, 10, &mut out), "the agent is there");
        }
        let wish = u32::try_from(mix(4, step) % 8).unwrap_or(0);
        let chosen = agents.scale_in(now, "", wish, |id| stays(step, id), &mut out);
        let kept = |agent: &_| agents.registration(*agent).is_some_and(|known| stays(step, &known.id));
        assert!(!chosen.agents.iter().any(kept), "one that is to stay has left");
        assert_eq!(chosen.agents.len() + chosen.short as usize, wish as usize);
        for agent in chosen.agents {
            // Between proposal and removal, work is given out.
            let _ = agents.pass(now, &mut Vec::new()).select(&Need { task: step, ..Need::default() });
            lost += agents.remove(agent).expect("is registered");
            removed += 1;
        }
        // Leases taken just above are nobody's: give them back at once.
        let known: Vec<_> = agents.iter().collect();
        for agent in known {
            let mine = held.iter().filter(|lease| lease.agent == agent).count();
            assert!(agents.leases(agent) as usize >= mine, "a held lease was lost");
        }
        out.clear();
    }
    assert_eq!(lost, 0);
    assert!(removed > 500, "{removed}");
}

#[test]
fn a_pool_is_advised_by_its_slots_in_use_and_its_waiting_tasks() {
    let (mut agents, mut out) = (Agents::new(Settings::default()), Vec::new());
    assert_eq!(agents.advise(Timestamp(0), "", 0), None);
    agents.set_scale("", ScalePolicy { target_permille: 500, ..ScalePolicy::default() }).expect("is within its limits");
    for n in 0..4 {
        let profile = Registration { id: format!("a{n}").into(), slots: 2, heartbeat_ms: 0, ..Registration::default() };
        let _ = agents.register(Timestamp(0), profile, &mut out).expect("there is room");
    }
    for task in 0..4 {
        assert!(matches!(
            agents.pass(Timestamp(0), &mut Vec::new()).select(&Need { task, ..Need::default() }),
            Choice::Lease { .. }
        ));
    }
    // 4 of 8 slots, as it should be.
    assert_eq!(agents.advise(Timestamp(0), "", 0).map(|a| (a.agents, a.because)), Some((4, Because::Tolerance)));
    // 2 more tasks: 6 of 8 slots would be 75 %, so 6 agents for 50 %.
    assert_eq!(agents.advise(Timestamp(0), "", 2).map(|a| (a.agents, a.because)), Some((6, Because::Load)));
    assert!(agents.pause_scale("", true));
    assert_eq!(agents.advise(Timestamp(0), "", 9).map(|a| a.because), Some(Because::Paused));
    assert!(!agents.pause_scale("unknown", true));
}

#[test]
fn what_waits_starts_a_pool_that_has_no_agents() {
    for (min, max, expected) in [(0, 3, (1, Because::Load)), (2, 3, (2, Because::Load)), (0, 0, (0, Because::Bounds))] {
        let mut agents = Agents::new(Settings::default());
        agents.set_scale("", ScalePolicy { min, max, ..ScalePolicy::default() }).expect("is within its limits");
        let mut advise = |waiting| agents.advise(Timestamp(0), "", waiting).map(|a| (a.agents, a.because));
        if min > 0 {
            assert_eq!(advise(0), Some((0, Because::Paused)), "somebody switched it off");
        }
        assert_eq!(advise(7), Some(expected));
        assert!(agents.pause_scale("", true));
        assert_eq!(agents.advise(Timestamp(0), "", 7).map(|a| (a.agents, a.because)), Some((0, Because::Paused)));
    }
}

#[test]
fn what_nobody_does_is_said_once_and_again_each_hour() {
    let (mut agents, mut out) = (Agents::new(Settings::default()), Vec::new());
    agents.set_scale("", ScalePolicy::default()).expect("is within its limits");
    let profile = Registration { id: "a".into(), heartbeat_ms: 0, ..Registration::default() };
    let only = agents.register(Timestamp(0), profile, &mut out).expect("there is room").agent();
    let _ = agents.lease(Timestamp(0), only, "").expect("it is idle");
    let (mut looks, mut said, mut now) = (0, Vec::new(), Timestamp(0));
    let mut look = |agents: &mut Agents, waiting| {
        now = agents.scale_due().expect("tasks wait");
        agents.on_scale_due(now, |_| waiting, |_| false, &mut out);
        let numbers = out.drain(..).map(|notice| match notice {
            Notice::Scale { agents, .. } => agents,
            other => unreachable!("{other:?}"),
        });
        (now, numbers.collect::<Vec<_>>())
    };
    while agents.scale_due() < Some(Timestamp(24 * 60 * MINUTE)) {
        let (now, numbers) = look(&mut agents, 3);
        looks += 1;
        said.extend(numbers.into_iter().map(|agents| (now.0, agents)));
    }
    let hourly: Vec<_> = (0..24).map(|hour| (15 * SECOND + hour * 60 * MINUTE, 5)).collect();
    assert_eq!(said, hourly);
    // Until the five minutes of its window are over, and then for each reminder.
    assert_eq!(looks, 21 + 23);
    // It is looked at when something happens, and what is so already is not said again.
    agents.stir_scale();
    let last = Timestamp(15 * SECOND + 23 * 60 * MINUTE);
    assert_eq!(look(&mut agents, 3), (last.plus_ms(15 * SECOND), Vec::new()));
    assert_eq!(look(&mut agents, 1).1, [3], "another number is");
}

#[test]
fn agents_that_are_barred_or_paused_and_idle_take_no_work() {
    let (mut agents, mut out, now) = (Agents::new(Settings::default()), Vec::new(), Timestamp(0));
    agents.set_scale("", ScalePolicy { max: 20, ..ScalePolicy::default() }).expect("is within its limits");
    let all = ["a", "b", "c"].map(|id| {
        let profile = Registration { id: id.into(), slots: 2, heartbeat_ms: 0, ..Registration::default() };
        agents.register(now, profile, &mut out).expect("there is room").agent()
    });
    for agent in &all[..2] {
        while let Some(lease) = agents.lease(now, *agent, "") {
            agents.finish(now, lease, "build", Outcome::Failed, 0, 10, &mut out);
        }
        assert_eq!(agents.unwell(*agent), Some(Exclusion::Breaker { until: None }));
    }
    let advise = |agents: &Agents| agents.clone().advise(now, "", 2).map(|a| (a.agents, a.because));
    assert_eq!(advise(&agents), Some((3, Because::Tolerance)), "the third is there for both");
    let lease = agents.lease(now, all[2], "").expect("it is idle");
    agents.pause(all[2]).expect("it is there");
    assert_eq!(advise(&agents), Some((4, Because::Load)), "it is at work, and takes no more");
    agents.release(now, lease, &mut out);
    assert_eq!(advise(&agents), Some((4, Because::Load)));
    // While nothing waits, what a paused one has to do counts.
    agents.resume(all[2]).expect("it is there");
    let leases = [(); 2].map(|()| agents.lease(now, all[2], "").expect("it is idle"));
    agents.pause(all[2]).expect("it is there");
    assert_eq!(agents.advise(now, "", 0).map(|a| a.wanted), Some(3));
    assert_eq!(leases.len(), 2);
}

#[test]
fn a_policy_out_of_its_limits_is_refused_by_field() {
    for (policy, name) in [
        (ScalePolicy { min: 5, max: 4, ..ScalePolicy::default() }, "max"),
        (ScalePolicy { target_permille: 0, ..ScalePolicy::default() }, "target_permille"),
        (down(vec![Step::Percent { percent: 0, period_ms: 1 }], Select::Max), "agents, percent"),
        (down(vec![Step::Percent { percent: 1, period_ms: 0 }], Select::Max), "period_ms"),
    ] {
        let refused = Scaler::new(policy).expect_err("is out of its limits");
        assert!(matches!(refused, AgentError::OutOfRange { field, .. } if field == name), "{refused}");
    }
}
