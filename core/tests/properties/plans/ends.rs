//! Restored is live, handed over is owned once, and what has started is undone once.

use std::collections::BTreeMap;

use reynolds::{
    Verdict,
    work::{PlanState, TaskState},
};

use super::{
    Floor, check, claim, come_to_an_end,
    floor::Seen,
    story::{Act, Step},
    written,
};
use crate::world::snapshot;

/// One that never crashes, beside one that does again and again. Whatever was released has arrived, so that a restart has
/// nothing to hand out anew.
#[test]
fn restored_plans_go_on_as_live_ones_would_have() {
    check(10, 60, |story| {
        let (mut live, mut other) = (Floor::new(), Floor::new());
        for step in &story.steps {
            if step.dice % 4 == 0 {
                other.crash(step.dice % 8 == 0);
            }
            let step =
                if let Act::Crash = step.act { Step { act: Act::Advance, ..step.clone() } } else { step.clone() };
            let (said, again) = (live.step(&step), other.step(&step));
            claim(&other, said == again, || format!("live: {said:?}, restored: {again:?}"))?;
            claim(&other, live.decisions == other.decisions, || {
                format!("live: {:?}\nrestored: {:?}", live.decisions, other.decisions)
            })?;
            claim(&other, live.effects == other.effects, || {
                format!("live: {:?}\nrestored: {:?}", live.effects, other.effects)
            })?;
            let same = live.broker.view().digest() == other.broker.view().digest();
            claim(&other, same && snapshot(&live.broker) == snapshot(&other.broker), || "the states differ".into())?;
            claim(&other, live.broker.wakeup() == other.broker.wakeup(), || "the wakeups differ".into())?;
        }
        Ok(())
    });
}

/// Is somebody at work on it, and is it nobody's all the same? Only an offer whose owner went away leaves it so.
fn is_nobodys(floor: &Floor, plan: &str, seen: &Seen, task: &str) -> bool {
    let status = &seen[&(plan.to_owned(), task.to_owned())];
    let group = written(floor, plan, task).is_some_and(|task| !task["tasks"].is_null() || !task["each"].is_null());
    matches!(status.brief.state, TaskState::Leased | TaskState::Running)
        && status.dispatch.is_none()
        && (!group || task.ends_with(']'))
}

#[test]
fn a_handoff_never_has_two_owners_and_none_only_for_its_time() {
    check(10, 60, |story| {
        let mut floor = Floor::new();
        let mut since: BTreeMap<(String, String), u64> = BTreeMap::new();
        let mut before = floor.seen();
        for step in &story.steps {
            let _ = floor.step(step);
            floor.catch_up();
            let (seen, now) = (floor.seen(), floor.broker.view().now().0);
            for name in seen.keys() {
                if !is_nobodys(&floor, &name.0, &seen, &name.1) || written(&floor, &name.0, &name.1).is_none() {
                    since.remove(name);
                    continue;
                }
                // No offer of these stories stands longer than 3 seconds.
                let first = *since.entry(name.clone()).or_insert(now);
                claim(&floor, now - first <= 3000, || format!("{name:?} is nobody's since {first}"))?;
            }
            for effect in floor.handed_out() {
                let Some(dispatch) = effect.dispatch().filter(|dispatch| dispatch.handoff.is_none()) else { continue };
                let (plan, task) = dispatch.task.split_once('/').expect("a plan and a task");
                let name = (plan.to_owned(), task.to_owned());
                // Whoever had it before has it no more, and nobody else is about to take it.
                let had = before.get(&name).and_then(|was| was.dispatch);
                claim(&floor, had.is_none() || seen[&name].dispatch != had, || format!("{name:?} has two owners"))?;
                let latest = seen[&name].epoch == dispatch.epoch;
                claim(&floor, latest || seen[&name].dispatch != Some(effect.id) || before.contains_key(&name), || {
                    format!("{name:?} was handed out twice")
                })?;
            }
            before = seen;
        }
        Ok(())
    });
}

#[test]
fn all_steps_that_started_are_compensated_exactly_once() {
    check(10, 50, |story| {
        let mut floor = Floor::new();
        let mut undone: BTreeMap<String, usize> = BTreeMap::new();
        let mut hear = |floor: &Floor| {
            for verdict in floor.decisions.iter().flat_map(|decision| &decision.verdicts) {
                if let Verdict::Task { task, state: TaskState::Compensated, .. } = verdict {
                    *undone.entry(task.to_string()).or_default() += 1;
                }
            }
        };
        let mut steps = story.steps.clone();
        steps.insert(3, Step { clock: Some(1), act: Act::Advance, dice: 0 });
        for step in &steps {
            let _ = floor.step(step);
            hear(&floor);
        }
        come_to_an_end(&mut floor);
        for (tenant, plan, _) in &floor.plans {
            if floor.state(tenant, plan) != PlanState::Compensated {
                continue;
            }
            for task in floor.status(tenant, plan).expect("it was taken").tasks {
                let Some(spec) = written(&floor, plan, &task.task) else { continue };
                if !spec["tasks"].is_null() || !spec["each"].is_null() {
                    // Nobody is handed a group: it is undone when all that stood of it is.
                    continue;
                }
                let name = format!("{plan}/{}", task.task);
                let of = |undo: bool| {
                    let all = floor.dispatches.iter().filter_map(|effect| effect.dispatch());
                    all.filter(|dispatch| dispatch.task.as_str() == name && dispatch.undo == undo).count()
                };
                let must = of(false) > 0 && !spec["compensate"].is_null();
                let is = task.state == TaskState::Compensated;
                claim(&floor, must == is, || format!("{name} is {:?}, must it be undone: {must}", task.state))?;
                claim(&floor, (of(true) > 0) == must, || {
                    format!("{name} was handed out {} times to be undone", of(true))
                })?;
            }
        }
        let twice = undone.iter().find(|(_, times)| **times > 1);
        claim(&floor, twice.is_none(), || format!("undone more than once: {twice:?}"))
    });
}
