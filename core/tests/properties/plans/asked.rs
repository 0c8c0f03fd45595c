//! Who is asked: only agents that can and may do it, none twice, and nobody while a plan is paused.

use std::collections::{BTreeMap, BTreeSet};

use reynolds::Action;
use serde_json::Value;

use super::{Floor, check, claim, floor::newest, story::Act, written};

fn is_paused(floor: &Floor, tenant: &str, plan: &str) -> bool {
    floor.status(tenant, plan).is_some_and(|status| status.paused && !status.state.is_terminal())
}

#[test]
fn nobody_is_given_what_it_can_not_or_may_not_do() {
    check(10, 60, |story| {
        let mut floor = Floor::new();
        for step in &story.steps {
            let _ = floor.step(step);
            for effect in floor.handed_out() {
                let dispatch = effect.dispatch().expect("it was handed out");
                let (plan, task) = dispatch.task.split_once('/').expect("a plan and a task");
                let Some(spec) = written(&floor, plan, task) else { continue };
                let own = spec["requires"].as_array().cloned().unwrap_or_default();
                let undo = spec["compensate"]["requires"].as_array().filter(|_| dispatch.undo).cloned();
                let handoff = dispatch.handoff.as_ref().and_then(|handoff| handoff.requires.clone());
                let handoff = handoff.map(|list| list.iter().map(|name| Value::from(name.as_str())).collect());
                let requires: Vec<Value> = handoff.or(undo).unwrap_or(own);
                let agents = floor.broker.view().agents();
                let Some(agent) = agents.map(|agent| agent.registration).find(|agent| agent.id == dispatch.agent)
                else {
                    continue;
                };
                let can = requires.iter().all(|name| agent.provides.iter().any(|has| name == has.as_str()));
                let tenant = effect.tenant.as_deref().unwrap_or("");
                let may = agent.tenants.is_empty() || agent.tenants.iter().any(|name| name.as_str() == tenant);
                claim(&floor, can && may, || format!("{} of tenant `{tenant}` is for {agent:?}", dispatch.task))?;
            }
        }
        Ok(())
    });
}

#[test]
fn nobody_is_offered_the_same_twice_nor_its_own() {
    check(10, 60, |story| {
        let mut floor = Floor::new();
        let mut offered: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for step in &story.steps {
            if let Act::Report { report, pick, .. } = &step.act {
                // Whether it counts or not: it may be another offer.
                if report["type"] == "handoff" {
                    let task = newest(&floor.dispatches, *pick).and_then(|effect| effect.dispatch());
                    task.map(|task| offered.remove(task.task.as_str()));
                }
            }
            let _ = floor.step(step);
            let seen = floor.seen();
            for effect in floor.handed_out() {
                let dispatch = effect.dispatch().expect("it was handed out");
                if dispatch.handoff.is_none() {
                    offered.remove(dispatch.task.as_str());
                    continue;
                }
                let (plan, task) = dispatch.task.split_once('/').expect("a plan and a task");
                let owner = seen.get(&(plan.to_owned(), task.to_owned())).and_then(|status| status.brief.agent.clone());
                claim(&floor, owner.as_ref() != Some(&dispatch.agent), || format!("{} is its own", dispatch.task))?;
                let first = offered.entry(dispatch.task.to_string()).or_default().insert(dispatch.agent.to_string());
                claim(&floor, first, || format!("{} is offered to {} again", dispatch.task, dispatch.agent))?;
            }
        }
        Ok(())
    });
}

#[test]
fn a_paused_plan_starts_nothing_and_asks_nobody() {
    check(10, 60, |story| {
        let mut floor = Floor::new();
        for step in &story.steps {
            let paused: BTreeSet<(String, String)> = floor
                .plans
                .iter()
                .filter(|(tenant, plan, _)| is_paused(&floor, tenant, plan))
                .map(|(tenant, plan, _)| (tenant.clone(), plan.clone()))
                .collect();
            let _ = floor.step(step);
            for effect in floor.effects.iter().filter(|effect| !effect.redelivered) {
                let task = match &effect.action {
                    Action::Dispatch(dispatch) => &dispatch.task,
                    Action::Ask(inquiry) => &inquiry.task,
                    _ => continue,
                };
                let tenant = effect.tenant.as_deref().unwrap_or("").to_owned();
                let plan = task.split('/').next().unwrap_or("").to_owned();
                let still = is_paused(&floor, &tenant, &plan) && paused.contains(&(tenant, plan));
                claim(&floor, !still, || format!("{task} begins although its plan is paused"))?;
            }
        }
        Ok(())
    });
}
