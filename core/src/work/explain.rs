//! Where plans and tasks stand, for people and hosts.

use alloc::{format, string::String, vec::Vec};

use serde::Serialize;

use super::{
    alarms::Alarm,
    forecast::Forecast,
    machine::{Work, counts_as_success},
    run::{Before, Late, Moment, Node, Place, Run},
    states::{PlanState, TaskState, TaskWhy},
};
use crate::{
    id::{ChainId, EffectId},
    input::Json,
    text::Text,
    time::Timestamp,
};

/// Where a plan stands.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PlanStatus {
    /// The plan.
    pub plan: Text,
    /// Its state.
    pub state: PlanState,
    /// A person paused it.
    pub paused: bool,
    /// The chain it belongs to.
    pub chain: ChainId,
    /// When it came.
    pub submitted_at: Timestamp,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// Why it did not succeed: which task ended it, and for what reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
    /// Its tasks, in order, with those within tasks.
    pub tasks: Vec<TaskBrief>,
    /// Tasks whose agents were told to stop and did not say that they have.
    pub did_not_stop: Vec<Text>,
    /// When it will have ended, and what that hangs on. Absent when it has, and while nobody is there for a task
    /// that is ready.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub forecast: Option<Forecast>,
}

/// Where a task stands, in short.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TaskBrief {
    /// Its name in the plan.
    pub task: Text,
    /// Its state.
    pub state: TaskState,
    /// Why it ended that way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<TaskWhy>,
    /// The reason its agent gave.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Text>,
    /// What it had come to before it was undone. Its other fields are then those of the undoing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Before>,
    /// Attempts so far.
    pub attempt: u32,
    /// Its agent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent: Option<Text>,
    /// What it came to.
    #[serde(skip_serializing_if = "Json::is_null")]
    pub result: Json,
    /// Where a larger result is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result_ref: Option<Text>,
}

/// All there is to know of a task.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TaskStatus {
    /// Where it stands.
    #[serde(flatten)]
    pub brief: TaskBrief,
    /// The same in words.
    pub words: String,
    /// What it needs.
    pub needs: Vec<NeedStatus>,
    /// What needs it.
    pub needed_by: Vec<Text>,
    /// Its dispatch, while an agent has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dispatch: Option<EffectId>,
    /// The epoch of the latest dispatch.
    pub epoch: u32,
    /// Steps done.
    pub done: u64,
    /// Steps there are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub of: Option<u64>,
    /// When it first waited for an agent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ready_at: Option<Timestamp>,
    /// How many tasks stand before it for an agent, by rank: more hangs on a higher one.
    pub rank: u32,
    /// Reports that came too late to count.
    pub late: Vec<Late>,
    /// What happened to it, the latest 32 things.
    pub moments: Vec<Moment>,
}

/// Something a task needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NeedStatus {
    /// The task.
    pub task: Text,
    /// Its state.
    pub state: TaskState,
    /// It does not count for the trigger.
    pub optional: bool,
}

impl Work {
    /// The plans of a tenant, in the order in which they came.
    pub fn plans(&self, tenant: u32) -> impl Iterator<Item = (u32, &Text, PlanState)> {
        let of = self.runs.iter().filter(move |(_, run)| run.tenant == tenant);
        of.map(|(number, run)| (*number, &run.plan.id, run.shown()))
    }

    /// Where a plan stands, and when it will have ended with so many slots of agents.
    #[must_use]
    pub fn plan_status(&self, now: Timestamp, plan: u32, slots: u32) -> Option<PlanStatus> {
        let run = self.run(plan)?;
        let unstopped = run.nodes.iter().filter(|node| node.why == Some(TaskWhy::DidNotStop));
        Some(PlanStatus {
            plan: run.plan.id.clone(),
            state: run.shown(),
            paused: run.paused,
            chain: run.chain,
            submitted_at: run.submitted_at,
            ended_at: run.ended_at,
            because: because(run),
            tasks: (0..).zip(&run.nodes).map(|(at, node)| brief(run, at, node)).collect(),
            did_not_stop: unstopped.map(|node| node.name.clone()).collect(),
            forecast: self.forecast(now, plan, slots),
        })
    }

    /// A task by its whole name, why it is where it is, and its agent.
    pub(crate) fn told(&self, at: Place) -> Option<(Text, Option<TaskWhy>, Option<Text>)> {
        let run = self.run(at.plan)?;
        let node = run.node(at.task)?;
        let why = node.why.or(node.moments.last().and_then(|moment| moment.why));
        let agent = node.lease.as_ref().map(|lease| lease.agent.clone());
        Some((Text::concat(&[&run.plan.id, "/", &node.name]), why, agent))
    }

    /// The plan that a dispatch belongs to, and the task's number in it.
    pub(crate) fn run_of(&self, dispatch: EffectId) -> Option<(&Run, u32)> {
        let at = self.dispatches.get(&dispatch)?;
        Some((self.run(at.plan)?, at.task))
    }

    /// All there is to know of a task, by its name in the plan.
    #[must_use]
    pub fn task_status(&self, plan: u32, task: &str) -> Option<TaskStatus> {
        let run = self.run(plan)?;
        let number = *run.by_name().get(task)?;
        let node = run.node(number)?;
        let need = |&(need, optional): &(u32, bool)| {
            let other = run.node(need)?;
            Some(NeedStatus { task: other.name.clone(), state: other.state, optional })
        };
        let named = |number: &u32| run.node(*number).map(|node| node.name.clone());
        Some(TaskStatus {
            brief: brief(run, number, node),
            words: words(run, node),
            needs: node.needs.iter().filter_map(need).collect(),
            needed_by: node.dependents.iter().filter_map(named).collect(),
            dispatch: node.lease.as_ref().map(|lease| lease.dispatch),
            epoch: node.epoch,
            done: node.done,
            of: node.of,
            ready_at: node.first_ready_at,
            rank: node.rank,
            late: node.late.clone(),
            moments: node.moments.clone(),
        })
    }
}

fn brief(run: &Run, number: u32, node: &Node) -> TaskBrief {
    let whole = node.state == TaskState::Succeeded || (node.undo && node.is_group());
    let result = if whole { Json(run.result(number)) } else { node.result.clone() };
    TaskBrief {
        task: node.name.clone(),
        state: node.state,
        why: node.why,
        reason: node.reason.clone(),
        before: node.before.as_deref().cloned(),
        attempt: node.attempt,
        agent: node.lease.as_ref().map(|lease| lease.agent.clone()),
        result,
        result_ref: node.result_ref.clone(),
    }
}

/// When it came into this state, as far as that is remembered.
fn entered(node: &Node, before: &str) -> String {
    // That it kept a task which it offered is no beginning.
    let begins = |moment: &&Moment| moment.state == node.state && moment.why != Some(TaskWhy::Handoffs);
    let entered = node.moments.iter().rev().find(begins);
    entered.map(|moment| format!("{before}{}", moment.at.utc())).unwrap_or_default()
}

/// When its alarm goes off, if it has one.
fn due(node: &Node, alarm: Alarm, before: &str) -> String {
    let set = node.alarms.iter().find(|(set, _)| *set == alarm);
    set.map(|(_, at)| format!("{before}{}", at.utc())).unwrap_or_default()
}

/// Who is at it, since when, how far, and until when.
fn at_it(run: &Run, node: &Node, agent: &str) -> String {
    let far = match (node.done, node.of) {
        (0, None) => String::new(),
        (done, None) => format!(", {done} done"),
        (done, Some(of)) => format!(", {done} of {of} done"),
    };
    let until = run.closes(node).map(|at| format!("; it has until {}", at.utc())).unwrap_or_default();
    format!("the agent {agent} is at it{}, attempt {}{far}{until}", entered(node, " since "), node.attempt)
}

fn words(run: &Run, node: &Node) -> String {
    let agent = node.lease.as_ref().map_or("", |lease| lease.agent.as_str());
    let paused = if run.paused { "; the plan is paused" } else { "" };
    match node.state {
        TaskState::Waiting => {
            let open = |&&(need, _): &&(u32, bool)| run.node(need).is_some_and(|need| !need.state.is_terminal());
            let waits: Vec<&str> =
                node.needs.iter().filter(open).filter_map(|(need, _)| Some(run.node(*need)?.name.as_str())).collect();
            if waits.is_empty() {
                return format!("it waits for the task around it to start{paused}");
            }
            format!("it waits for {}{paused}", waits.join(", "))
        }
        TaskState::Ready => {
            let has = match (node.requires(), node.only()) {
                ([], _) => String::new(),
                (list, None) => format!(" that has [{}]", list.join(", ")),
                (list, Some(_)) => format!(", if it has [{}]", list.join(", ")),
            };
            let whom = node.only().map_or_else(|| "an agent".into(), |only| format!("the agent {only}"));
            let keys: Vec<&str> = node.spec.keys.iter().map(|key| key.key.as_str()).collect();
            let keys =
                if keys.is_empty() { String::new() } else { format!(", and for its keys [{}]", keys.join(", ")) };
            let nobody = node.nobody.as_ref().map(|why| format!("; nobody is there: {why}")).unwrap_or_default();
            format!("it waits for {whom}{has}{keys}{paused}{nobody}")
        }
        TaskState::Backoff => {
            let again = due(node, Alarm::Backoff, " at ");
            format!("attempt {} came to nothing; it waits to be tried again{again}", node.attempt)
        }
        TaskState::Asking if node.unasked.is_some() && run.may_pose(node) => {
            "it will ask a person as soon as there is room (limits.open_effects)".into()
        }
        TaskState::Asking if node.unasked.is_some() => format!("it will ask a person{paused}"),
        TaskState::Asking => "it waits for a person's answer".into(),
        TaskState::Leased => format!("the agent {agent} has it{}, and has not begun", entered(node, " since ")),
        TaskState::Running if node.is_group() => format!("{} of the tasks within it have not ended", node.inner),
        TaskState::Running => at_it(run, node, agent),
        TaskState::Cancelling => format!("the agent {agent} was told to stop{}", entered(node, " at ")),
        TaskState::Undoing if agent.is_empty() => {
            format!("{}; it waits for an agent that undoes it", earlier(run, node))
        }
        TaskState::Undoing => format!("{}; the agent {agent} undoes it", earlier(run, node)),
        _ => ended(run, node),
    }
}

fn ended(run: &Run, node: &Node) -> String {
    let now = end(run, node, node.state, node.why, node.reason.as_ref());
    match (&node.before, node.state) {
        (Some(_), TaskState::Failed) => format!("{}; to undo it has failed: {now}", earlier(run, node)),
        (Some(_), _) => format!("{}; {now}", earlier(run, node)),
        (None, _) => now,
    }
}

/// What it had come to before it was undone.
fn earlier(run: &Run, node: &Node) -> String {
    let Some(before) = &node.before else { return "it had begun".into() };
    end(run, node, before.state, before.why, before.reason.as_ref())
}

/// The failure that ended the plan: the first that counts. What failed because of one within it is not where it began.
fn because(run: &Run) -> Option<String> {
    if !run.failed && !run.undo_failed {
        return None;
    }
    let came_to =
        |node: &Node| node.before.as_ref().map_or((node.state, node.why), |before| (before.state, before.why));
    let failed = run.nodes.iter().filter(|node| came_to(node).0 == TaskState::Failed && !node.tolerated);
    let when =
        |node: &&Node| node.moments.iter().find(|moment| moment.state == TaskState::Failed).map(|moment| moment.at);
    let first = failed.filter(|node| came_to(node).1 != Some(TaskWhy::Inner)).min_by_key(when);
    // Where a person cancelled it, only to undo something may have failed.
    let first = first.or_else(|| run.nodes.iter().find(|node| node.undo && node.state == TaskState::Failed))?;
    let told =
        if came_to(first).0 == TaskState::Failed && first.undo { earlier(run, first) } else { ended(run, first) };
    Some(format!("{} {}", first.name, told.strip_prefix("it ").unwrap_or(&told)))
}

fn end(run: &Run, node: &Node, state: TaskState, why: Option<TaskWhy>, said: Option<&Text>) -> String {
    let state = match state {
        TaskState::Succeeded => "it is done",
        TaskState::Failed => "it failed",
        TaskState::Skipped => "it was left out",
        TaskState::Cancelled => "it was cancelled",
        _ => "it was undone",
    };
    let because = match why {
        None => String::new(),
        Some(TaskWhy::Needs) => {
            let bad = node.needs.iter().filter_map(|(need, _)| run.node(*need)).find(|need| !counts_as_success(need));
            bad.map(|need| format!(": {} did not succeed", need.name)).unwrap_or_default()
        }
        // That is what the state says.
        Some(TaskWhy::Cancelled) if node.state == TaskState::Cancelled => String::new(),
        Some(why) => format!(": {}", reason(why)),
    };
    let said = said.map(|said| format!(" (“{said}”)")).unwrap_or_default();
    format!("{state}{because}{said}")
}

fn reason(why: TaskWhy) -> &'static str {
    match why {
        TaskWhy::Needs => "what it needed did not end as its trigger asks",
        TaskWhy::Condition => "a condition does not hold",
        TaskWhy::Stopped => "an earlier failure stopped the plan",
        TaskWhy::Cancelled => "it was cancelled",
        TaskWhy::Skipped => "a person said to leave it out",
        TaskWhy::Autonomy => "it may not be done without asking",
        TaskWhy::ScheduleToStart => "no agent took it in time",
        TaskWhy::StartToClose => "the attempt took too long",
        TaskWhy::ScheduleToClose => "all attempts together took too long",
        TaskWhy::Heartbeat => "its agent fell silent",
        TaskWhy::AgentGone => "its agent is gone",
        TaskWhy::Reported => "its agent reported a failure",
        TaskWhy::Undelivered => "the dispatch did not reach its agent",
        TaskWhy::Unanswered => "nobody answered in time",
        TaskWhy::Refused => "a person said no",
        TaskWhy::NoList => "what it was to run for is no list, or too long a one",
        TaskWhy::Inner => "a task within it did not succeed",
        TaskWhy::DidNotStop => "its agent was told to stop and did not say that it has",
        TaskWhy::HandedOver => "it was handed over",
        TaskWhy::PlanTimeout => "the plan ran out of time",
        TaskWhy::Declined => "its agent declined it",
        TaskWhy::Budget => "so much of the plan came to nothing that it was not tried again",
        TaskWhy::Handoffs => "it was handed over too often",
        TaskWhy::Questions => "its agents asked too often",
        TaskWhy::TooLarge => "what its agent was to be given is too large",
        TaskWhy::Nobody => "nobody is there who can do it",
        TaskWhy::Full => "there is no room for the tasks of its list (limits.tasks, limits.tenant_tasks)",
        TaskWhy::Removed => "a patch removed it",
        TaskWhy::Absent => "its input refers to what is not there",
        TaskWhy::AgentStopped => "its agent was stopped in order",
    }
}
