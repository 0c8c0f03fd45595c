//! What must hold of plans in every story: see `plans/story.rs` for what can happen. A failure is shrunk, and the shortest
//! story that fails is printed as a golden trace.

mod asked;
mod ends;
mod floor;
mod room;
mod story;
mod tables;

use std::collections::{BTreeMap, BTreeSet};

use proptest::test_runner::{Config, TestCaseError, TestError, TestRunner};
use reynolds::{
    Timestamp, Verdict,
    agents::Decision,
    work::{PlanState, TaskState, TaskWhy},
};
use serde_json::Value;

use self::{
    floor::{Floor, Seen, tenanted},
    story::{Act, Story, story},
};

/// Plays many stories. `cases` unless `PROPTEST_CASES` says otherwise.
fn check(cases: u32, len: usize, property: impl Fn(&Story) -> Result<(), String>) {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(cases);
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 3000, ..Config::default() };
    match TestRunner::new(config).run(&story(len), |story| property(&story).map_err(TestCaseError::fail)) {
        Ok(()) => {}
        Err(TestError::Fail(reason, _)) => panic!("{reason}"),
        Err(TestError::Abort(reason)) => panic!("gave up: {reason}"),
    }
}

fn claim(floor: &Floor, holds: bool, what: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(format!("{}\n\nthe story so far, as a trace:\n{}", what(), floor.script)) }
}

/// Did this step order a rerun, or change the plan's graph?
fn is_rewrite(act: &Act) -> bool {
    matches!(act, Act::Order { order: "rerun" | "rerun_from", .. } | Act::Patch { .. })
}

/// The task as it was written, of a plan or of a patch.
fn written<'a>(floor: &'a Floor, plan: &str, task: &str) -> Option<&'a Value> {
    let (_, _, whole) = floor.plans.iter().find(|(_, name, _)| name == plan)?;
    let mut tasks = &whole["tasks"];
    let mut found = None;
    for part in task.split('/') {
        let id = part.split('[').next().unwrap_or(part);
        found = tasks.as_array()?.iter().find(|task| task["id"] == id);
        tasks = &found?["tasks"];
    }
    found
}

fn policy<'a>(floor: &'a Floor, plan: &str, task: &str) -> &'a str {
    let whole = floor.plans.iter().find(|(_, name, _)| name == plan).map(|(_, _, whole)| whole);
    let own = written(floor, plan, task).and_then(|task| task["on_failure"].as_str());
    own.or_else(|| whole?["on_failure"].as_str()).unwrap_or("stop")
}

/// Has it ended as if it had succeeded?
fn went_well(floor: &Floor, seen: &Seen, plan: &str, task: &str) -> bool {
    let Some(status) = seen.get(&(plan.to_owned(), task.to_owned())) else { return false };
    match status.brief.state {
        TaskState::Succeeded => true,
        TaskState::Failed => policy(floor, plan, task) == "continue",
        TaskState::Skipped => matches!(status.brief.why, Some(TaskWhy::Skipped | TaskWhy::Removed)),
        _ => false,
    }
}

fn has_begun(state: TaskState) -> bool {
    !matches!(state, TaskState::Waiting | TaskState::Skipped | TaskState::Cancelled)
}

/// The plan's own tasks only: a patched one is not in what was submitted.
#[test]
fn a_join_fires_once_and_only_when_what_it_needs_has_ended_for_good() {
    check(10, 60, |story| {
        let mut floor = Floor::new();
        let mut before = floor.seen();
        for step in &story.steps {
            let _ = floor.step(step);
            let after = floor.seen();
            for ((plan, task), now) in &after {
                let was = before.get(&(plan.clone(), task.clone())).map_or(TaskState::Waiting, |was| was.brief.state);
                let returns = now.brief.state == TaskState::Waiting && was != TaskState::Waiting;
                claim(&floor, !returns || is_rewrite(&step.act), || format!("{plan}/{task} waits again"))?;
                let Some(spec) = written(&floor, plan, task) else { continue };
                let fired = was == TaskState::Waiting && has_begun(now.brief.state) && !task.contains('[');
                // What it needs may have ended and be undone by now, all in this step.
                let undone = |state| matches!(state, TaskState::Undoing | TaskState::Compensated);
                if !fired || is_rewrite(&step.act) || now.needs.iter().any(|need| undone(need.state)) {
                    continue;
                }
                let well = |need: &str| went_well(&floor, &after, plan, need);
                let counted: Vec<_> = now.needs.iter().filter(|need| !need.optional).collect();
                let ended = |optional: bool| {
                    now.needs.iter().filter(|need| need.optional == optional).all(|need| need.state.is_terminal())
                };
                let right = match spec["trigger"].as_str().unwrap_or("all") {
                    "all" => ended(false) && counted.iter().all(|need| well(&need.task)),
                    "any" => counted.is_empty() || counted.iter().any(|need| well(&need.task)),
                    "none_failed" => {
                        ended(false) && counted.iter().all(|need| well(&need.task) || need.state == TaskState::Skipped)
                    }
                    _ => ended(false),
                };
                claim(&floor, right && ended(true), || format!("{plan}/{task} began, with {:?}", now.needs))?;
            }
            before = after;
        }
        Ok(())
    });
}

#[test]
fn slots_held_are_leased_or_running() {
    check(10, 60, |story| {
        let mut floor = Floor::new();
        for step in &story.steps {
            let _ = floor.step(step);
            let seen = floor.seen();
            let mut held: BTreeMap<String, u32> = BTreeMap::new();
            for ((plan, task), status) in &seen {
                let state = status.brief.state;
                if let (Some(_), Some(agent)) = (status.dispatch, &status.brief.agent) {
                    *held.entry(agent.to_string()).or_default() += 1;
                    let may = matches!(
                        state,
                        TaskState::Leased | TaskState::Running | TaskState::Cancelling | TaskState::Undoing
                    );
                    claim(&floor, may, || format!("{plan}/{task} is {state:?} and holds a slot"))?;
                }
                // Nobody's while an offer stands whose owner went away.
                let must =
                    state == TaskState::Cancelling || (state == TaskState::Leased && !floor.was_offered(plan, task));
                claim(&floor, !must || status.dispatch.is_some(), || {
                    format!("{plan}/{task} is {state:?} and nobody's")
                })?;
            }
            let offered = floor.offered();
            for agent in floor.broker.view().agents() {
                let id = agent.registration.id.to_string();
                let owned = held.get(&id).copied().unwrap_or(0);
                let offers = offered.values().filter(|(to, _)| *to == id).count();
                let kept = floor.kept(&id);
                let fits = agent.leases >= owned && agent.leases as usize <= owned as usize + offers + kept;
                claim(&floor, fits, || {
                    format!("{id} holds {} slots for {owned} tasks, {offers} offers and {kept} recalls", agent.leases)
                })?;
            }
        }
        Ok(())
    });
}

/// The keys of a task as it was written, with their limits.
fn keys_of(floor: &Floor, plan: &str, task: &str) -> Vec<(String, u64)> {
    let spec = written(floor, plan, task).map_or(&Value::Null, |task| &task["keys"]);
    let key = |key: &Value| match key {
        Value::String(name) => (name.clone(), 1),
        full => (full["key"].as_str().unwrap_or("").to_owned(), full["limit"].as_u64().unwrap_or(1)),
    };
    spec.as_array().map(|keys| keys.iter().map(key).collect()).unwrap_or_default()
}

/// Tasks that are ready, may start, and whose agent would be free. `explain_choice` asks about the task alone: the queue and
/// the pass through it have no part in it.
fn waits_in_vain(floor: &Floor) -> Option<String> {
    let view = floor.broker.view();
    let seen = floor.seen();
    let mut keys: BTreeMap<(String, String), u64> = BTreeMap::new();
    let tenant_of =
        |plan: &str| floor.plans.iter().find(|(_, name, _)| name == plan).map(|(tenant, ..)| tenant.clone());
    let keys_of = |plan: &str, task: &str| keys_of(floor, plan, task);
    // What keys a task of a patch holds is not in what was submitted.
    let mut unsure: BTreeSet<String> = BTreeSet::new();
    for ((plan, task), status) in &seen {
        // A task whose owner went away keeps its keys while its offer stands.
        let offered = matches!(status.brief.state, TaskState::Leased | TaskState::Running | TaskState::Undoing)
            && floor.was_offered(plan, task);
        if status.dispatch.is_some() || offered {
            if written(floor, plan, task).is_none() {
                unsure.insert(tenant_of(plan)?);
            }
            for (key, _) in keys_of(plan, task) {
                *keys.entry((tenant_of(plan)?, key)).or_default() += 1;
            }
        }
    }
    for ((plan, task), status) in &seen {
        let tenant = tenant_of(plan)?;
        let paused = floor.status(&tenant, plan)?.paused;
        let patched = written(floor, plan, task).is_none();
        if status.brief.state != TaskState::Ready
            || paused
            || patched
            || floor.pinned.contains(&(plan.clone(), task.clone()))
        {
            continue;
        }
        let free =
            |(key, limit): &(String, u64)| keys.get(&(tenant.clone(), key.clone())).copied().unwrap_or(0) < *limit;
        let explained = view.explain_choice(&tenant, plan, task)?;
        let agent = matches!(explained.decision, Decision::Free | Decision::Patience);
        let keys = keys_of(plan, task);
        let known = keys.is_empty() || !unsure.contains(&tenant);
        if agent && known && keys.iter().all(free) {
            return Some(format!("{plan}/{task} waits, and {:?} is free for it", explained.chosen));
        }
    }
    None
}

#[test]
fn no_ready_task_waits_behind_one_that_does_not_fit() {
    check(10, 60, |story| {
        let mut floor = Floor::new();
        for step in &story.steps {
            let _ = floor.step(step);
            floor.catch_up();
            let vain = waits_in_vain(&floor);
            claim(&floor, vain.is_none(), || vain.clone().unwrap_or_default())?;
        }
        Ok(())
    });
}

#[test]
fn no_more_tasks_have_a_key_than_it_allows() {
    check(10, 60, |story| {
        let mut floor = Floor::new();
        for step in &story.steps {
            let _ = floor.step(step);
            let mut holders: BTreeMap<(String, String), (u64, u64)> = BTreeMap::new();
            for ((plan, task), _) in floor.seen().iter().filter(|(_, status)| status.dispatch.is_some()) {
                let tenant = floor.plans.iter().find(|(_, name, _)| name == plan).map(|(tenant, ..)| tenant.clone());
                for (key, limit) in keys_of(&floor, plan, task) {
                    let (held, most) = holders.entry((tenant.clone().unwrap_or_default(), key)).or_default();
                    (*held, *most) = (*held + 1, limit.max(*most));
                }
            }
            let over = holders.iter().find(|(_, (held, most))| held > most);
            claim(&floor, over.is_none(), || format!("{over:?} tasks have a key"))?;
        }
        Ok(())
    });
}

#[test]
fn a_release_wakes_the_next_in_the_same_step() {
    check(10, 60, |story| {
        let mut floor = Floor::new();
        let leases = |floor: &Floor| floor.broker.view().agents().map(|agent| agent.leases).sum::<u32>();
        for step in &story.steps {
            let before = leases(&floor);
            let _ = floor.step(step);
            let handed = u32::try_from(floor.handed_out().count()).unwrap_or(0);
            let released = before + handed > leases(&floor);
            let vain = if released { waits_in_vain(&floor) } else { None };
            claim(&floor, vain.is_none(), || vain.clone().unwrap_or_default())?;
        }
        Ok(())
    });
}

#[test]
fn a_stale_epoch_changes_nothing() {
    check(10, 60, |story| {
        let mut floor = Floor::new();
        let still = |mut seen: Seen| {
            seen.values_mut().for_each(|status| status.late.clear());
            seen
        };
        for step in &story.steps {
            floor.turn(step.clock);
            let Act::Report { report, pick, epoch_off } = &step.act else {
                let _ = floor.act(&step.act, step.dice);
                continue;
            };
            floor.catch_up();
            let seen = floor.seen();
            let offers = floor.offered();
            let owned: BTreeSet<_> = seen.values().filter_map(|status| status.dispatch).collect();
            let effect = floor::newest(&floor.dispatches, *pick).map(|effect| effect.id);
            let stale = *epoch_off != 0
                || effect.is_some_and(|id| !owned.contains(&id) && !offers.values().any(|(_, offer)| *offer == id));
            // Who says under its own epoch that it has stopped gives its slot back, and others may get it.
            let answers = *epoch_off == 0 && effect.is_some_and(|id| floor.answers(report, id));
            let agents: Vec<_> =
                floor.broker.view().agents().map(|agent| (agent.leases, agent.p, agent.speed)).collect();
            let _ = floor.act(&step.act, step.dice);
            if stale && effect.is_some() && !answers {
                let same = still(floor.seen()) == still(seen);
                claim(&floor, same, || format!("a late {report} changed a task"))?;
                let now: Vec<_> =
                    floor.broker.view().agents().map(|agent| (agent.leases, agent.p, agent.speed)).collect();
                claim(&floor, now == agents, || format!("a late {report} changed an agent"))?;
            }
        }
        Ok(())
    });
}

#[test]
fn nothing_starts_after_its_scope_is_cancelled() {
    check(10, 60, |story| {
        let mut floor = Floor::new();
        for step in &story.steps {
            let over: BTreeSet<String> = floor
                .plans
                .iter()
                .filter(|(tenant, plan, _)| floor.state(tenant, plan) >= PlanState::Cancelling)
                .map(|(_, plan, _)| plan.clone())
                .collect();
            let _ = floor.step(step);
            for effect in floor.handed_out() {
                let Some(dispatch) = effect.dispatch() else { continue };
                let plan = dispatch.task.split('/').next().unwrap_or("");
                let tenant = effect.tenant.as_deref().unwrap_or("");
                let over = (over.contains(plan) && !is_rewrite(&step.act))
                    || floor.state(tenant, plan) >= PlanState::Cancelling;
                claim(&floor, dispatch.undo || !over, || format!("{} starts in a plan that is over", dispatch.task))?;
            }
        }
        Ok(())
    });
}

#[test]
fn patches_are_atomic() {
    check(10, 50, |story| {
        let mut floor = Floor::new();
        for step in &story.steps {
            floor.turn(step.clock);
            if !matches!(step.act, Act::Patch { .. }) {
                let _ = floor.act(&step.act, step.dice);
                continue;
            }
            floor.catch_up();
            let (before, digest) = (floor.seen(), floor.broker.view().digest());
            let Err(_) = floor.act(&step.act, step.dice) else { continue };
            claim(&floor, floor.broker.view().digest() == digest, || "a refused patch changed the state".into())?;
            claim(&floor, floor.seen() == before, || "a refused patch changed a task".into())?;
        }
        Ok(())
    });
}

/// Everything is resumed, agents that can do everything come, whatever they are given they do, and every clock runs out.
fn come_to_an_end(floor: &mut Floor) {
    let say = |floor: &mut Floor, value: Value| drop(floor.say(&value));
    for (agent, provides) in [("eve", vec!["x", "y", "z"]), ("fay", vec!["x", "y", "z"])] {
        let profile = serde_json::json!({"type": "register", "provides": provides, "slots": 64});
        say(floor, serde_json::json!({"type": "agent", "id": agent, "report": profile}));
    }
    for _ in 0..300 {
        for (tenant, plan, _) in floor.plans.clone() {
            let status = floor.status(&tenant, &plan).expect("it was taken");
            if status.state.is_terminal() {
                continue;
            }
            let command = |order: Value| tenanted(serde_json::json!({"type": "command", "do": order}), &tenant);
            if status.paused {
                say(floor, command(serde_json::json!({"type": "resume_all"})));
                say(floor, command(serde_json::json!({"type": "resume_chain", "chain": status.chain})));
                say(floor, command(serde_json::json!({"type": "plan", "plan": plan, "order": {"type": "resume"}})));
            }
            for task in &status.tasks {
                let order = match task.state {
                    TaskState::Asking => serde_json::json!({"type": "answer", "task": task.task, "value": true}),
                    TaskState::Ready => serde_json::json!({"type": "pin", "task": task.task}),
                    _ => continue,
                };
                say(floor, command(serde_json::json!({"type": "plan", "plan": plan, "order": order})));
            }
        }
        let owned: BTreeSet<_> = floor.seen().values().filter_map(|status| status.dispatch).collect();
        // Where a task is offered, its epoch is the offer's; the owner knows the one it was given.
        let given = floor.dispatches.iter().filter(|effect| owned.contains(&effect.id));
        let given: Vec<_> = given.filter_map(|effect| Some((effect.id, effect.dispatch()?.epoch))).collect();
        for (dispatch, epoch) in given {
            let done = serde_json::json!({"type": "done"});
            say(floor, serde_json::json!({"type": "task", "dispatch": dispatch, "epoch": epoch, "report": done}));
        }
        floor.turn(None);
        floor.at = floor.at.max(Timestamp(floor.broker.view().now().0));
        floor.catch_up();
    }
}

#[test]
fn every_task_reaches_one_terminal_state_given_that_timers_fire() {
    check(10, 50, |story| {
        let mut floor = Floor::new();
        let mut before = floor.seen();
        for step in &story.steps {
            let _ = floor.step(step);
            let after = floor.seen();
            for (name, now) in &after {
                let Some(was) = before.get(name).map(|was| was.brief.state).filter(|was| was.is_terminal()) else {
                    continue;
                };
                let undone = now.brief.state == TaskState::Undoing || now.brief.state == TaskState::Compensated;
                let stays = now.brief.state == was || undone || is_rewrite(&step.act);
                let again = floor.decisions.iter().flat_map(|decision| &decision.verdicts).any(|verdict| {
                    matches!(verdict, Verdict::Task { state: TaskState::Undoing, task, .. } if *task == format!("{}/{}", name.0, name.1).as_str())
                });
                claim(&floor, stays || again, || format!("{name:?} was {was:?} and is {:?}", now.brief.state))?;
            }
            before = after;
        }
        come_to_an_end(&mut floor);
        for (tenant, plan, _) in &floor.plans {
            let status = floor.status(tenant, plan).expect("it was taken");
            claim(&floor, status.state.is_terminal(), || {
                format!("{plan} is {:?} for ever: {:?}", status.state, status.tasks)
            })?;
            let open = status.tasks.iter().find(|task| !task.state.is_terminal());
            claim(&floor, open.is_none(), || format!("{plan} has ended, and {open:?} has not"))?;
        }
        let busy = floor.broker.view().agents().find(|agent| agent.leases > 0);
        claim(&floor, busy.is_none(), || {
            format!("{:?} holds a slot for nothing", busy.as_ref().map(|agent| &agent.registration.id))
        })
    });
}
