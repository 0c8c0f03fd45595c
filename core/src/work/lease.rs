//! Attempts: who got an agent, what it reports, and what happens when it does not.

use alloc::{format, vec::Vec};

use super::{
    alarms::Alarm,
    fan::Unfilled,
    form,
    machine::{Work, standing},
    report::{Beat, Handoff, Report, TaskReport},
    run::{KEPT, Late, Lease, Place},
    states::{TaskState, TaskWhy},
    words::Word,
};
use crate::{agents::Outcome, error::Rejected, id::EffectId, input::Json, text::Text, time::Timestamp};

/// What an agent is given.
#[derive(Debug, Clone, PartialEq)]
pub struct Handout {
    /// The task's name in its plan.
    pub task: Text,
    /// Which attempt this is, from 1.
    pub attempt: u32,
    /// The epoch under which it reports.
    pub epoch: u32,
    /// When it must be done.
    pub deadline: Option<Timestamp>,
    /// The longest silence it may keep, in milliseconds.
    pub heartbeat_ms: Option<u64>,
    /// Its input, references replaced.
    pub input: Json,
    /// The element it runs for.
    pub item: Json,
    /// What an earlier attempt came to.
    pub resume_from: Json,
    /// Answers of people, in order.
    pub answers: Vec<Json>,
    /// What another agent hands over: the task is its own only once it has accepted.
    pub handoff: Option<Handoff>,
    /// It is to undo the task.
    pub undo: bool,
    /// The result of the task to undo.
    pub result: Json,
}

impl Work {
    /// An agent was chosen for a task. What it is to be given; `None` if the task does not wait for an agent,
    /// or has failed because that is too large, or a result has nothing where its input refers to.
    pub fn on_leased(&mut self, now: Timestamp, at: Place, agent: &Text, dispatch: EffectId) -> Option<Handout> {
        let run = self.runs.get(&at.plan)?;
        let node = run.node(at.task)?;
        let offered = node.offer.as_ref().is_some_and(|offer| offer.lease.is_none());
        let nobodys = node.lease.is_none() && node.offer.is_none();
        let waits = matches!(node.state, TaskState::Ready | TaskState::Undoing) && nobodys;
        if !offered && !waits {
            return None;
        }
        let input = match (&node.spec.compensate, node.undo) {
            (Some(undo), true) => &undo.input,
            _ => &node.spec.input,
        };
        let input = match run.fill(node, &input.0) {
            Ok(input) => input,
            Err(why) => {
                self.on_unfilled(now, at, why);
                return None;
            }
        };
        self.queue.serve(at, node.spec.estimate_ms);
        self.disarm(at, Alarm::Promote);
        self.disarm(at, Alarm::ScheduleToStart);
        self.dispatches.insert(dispatch, at);
        self.agents.entry(agent.clone()).or_default().insert(dispatch);
        let run = self.runs.get_mut(&at.plan)?;
        let tenant = run.tenant;
        *self.at_work.entry(tenant).or_default() += 1;
        let node = run.nodes.get_mut(at.task as usize)?;
        node.nobody = None;
        node.epoch = node.epoch.saturating_add(1);
        if node.past.len() == KEPT {
            // The owner's may be the oldest, where offer after offer was declined.
            let owners = node.lease.as_ref().map(|lease| lease.dispatch);
            let oldest = node.past.remove(usize::from(node.past.first().copied() == owners));
            self.dispatches.remove(&oldest);
        }
        node.past.push(dispatch);
        node.first = node.first.or(Some(dispatch));
        let lease = Lease { dispatch, agent: agent.clone(), epoch: node.epoch, at: now, heard: None };
        if let (true, Some(offer)) = (offered, &mut node.offer) {
            offer.lease = Some(lease);
            return self.handout(at, input);
        }
        // A task that is dispatched again with an answer, or because its agent was stopped, is still at the same attempt.
        let answered = node.question.take().is_some();
        if !node.go_on(dispatch) && !answered {
            node.attempt = node.attempt.saturating_add(1);
        }
        node.lease = Some(lease);
        let undo = node.undo;
        node.state = if undo { TaskState::Undoing } else { TaskState::Leased };
        node.note(now, Some(agent.clone()), None);
        run.held += 1;
        // What was never handed out before is not among very many to look through.
        let known = node.epoch > 1 && run.undo.contains(&at.task);
        if !undo && node.spec.compensate.is_some() && !known {
            run.undo.push(at.task);
        }
        for key in &node.spec.keys {
            *self.keys.entry((tenant, key.key.clone())).or_default() += 1;
        }
        if !undo {
            self.words.push(Word::Task(at, TaskState::Leased));
        }
        self.arm_attempt(now, at);
        self.handout(at, input)
    }

    /// Another attempt would be given no more.
    fn on_unfilled(&mut self, now: Timestamp, at: Place, why: Unfilled) {
        let why = match why {
            Unfilled::TooLarge => TaskWhy::TooLarge,
            Unfilled::Absent(reason) => {
                if let Some(node) = self.node_mut(at) {
                    node.reason = Some(reason);
                }
                TaskWhy::Absent
            }
        };
        self.end(now, at, TaskState::Failed, Some(why));
    }

    fn arm_attempt(&mut self, now: Timestamp, at: Place) {
        let Some(timeouts) = self.node(at).map(super::run::Node::timeouts) else { return };
        if let Some(ms) = timeouts.start_to_close_ms {
            self.arm(at, Alarm::StartToClose, now.plus_ms(ms));
        }
        if let Some(ms) = timeouts.heartbeat_ms {
            self.arm(at, Alarm::Heartbeat, now.plus_ms(ms));
        }
    }

    fn handout(&self, at: Place, input: Json) -> Option<Handout> {
        let run = self.run(at.plan)?;
        let node = run.node(at.task)?;
        let timeouts = node.timeouts();
        Some(Handout {
            task: node.name.clone(),
            attempt: node.attempt,
            epoch: node.epoch,
            deadline: run.closes(node),
            heartbeat_ms: timeouts.heartbeat_ms,
            input,
            item: Json(run.item(node).unwrap_or_default()),
            resume_from: if node.undo { Json::default() } else { node.progress.clone() },
            answers: node.answers.clone(),
            handoff: node.offer.as_ref().map(|offer| offer.handoff.clone()),
            undo: node.undo,
            result: if node.undo { node.result.clone() } else { Json::default() },
        })
    }

    /// Can this report be taken? `false` if it changes nothing and need not be kept.
    ///
    /// # Errors
    /// [`Rejected::UnknownDispatch`] (RY1020), [`Rejected::Plan`] (RY1017) for what is too large, [`Rejected::Agent`] (RY1022) for
    /// another agent's dispatch.
    pub fn check_report(&self, now: Timestamp, report: &TaskReport) -> Result<bool, Rejected> {
        let unknown = || Rejected::UnknownDispatch { dispatch: report.dispatch };
        let at = *self.dispatches.get(&report.dispatch).ok_or_else(unknown)?;
        let node = self.node(at).ok_or_else(unknown)?;
        let fail = |reason: &str| Err(Rejected::Plan { place: node.name.as_str().into(), reason: reason.into() });
        let fits = match &report.report {
            Report::Done { result, result_ref } => {
                let fits = form::note(result_ref.as_ref(), "`result_ref` has at most 4096 bytes");
                form::small(result).and(fits)
            }
            Report::Failed { reason, .. } => form::note(reason.as_ref(), "`reason` has at most 4096 bytes"),
            Report::Progress { state, .. } => form::small(state),
            Report::NeedsInput { question } => form::question_form(question),
            Report::Handoff(handoff) => form::small(&Json(serde_json::to_value(handoff).unwrap_or_default())),
            _ => Ok(()),
        };
        fits.or_else(fail)?;
        if let (Some(agent), Some(lease)) = (&report.agent, self.lease_of(at, report.dispatch)) {
            if lease.agent != *agent {
                let reason =
                    format!("dispatch {} was given to `{}`; each agent reports its own", report.dispatch, lease.agent);
                return Err(Rejected::Agent { agent: agent.as_str().into(), reason });
            }
        }
        if let Report::Handoff(handoff) = &report.report {
            let wrong = |reason| Rejected::Plan { place: node.name.as_str().into(), reason };
            form::requirements(handoff.requires.iter().flatten()).map_err(wrong)?;
        }
        let owns = self.owns(at, report.dispatch, report.epoch);
        match &report.report {
            Report::Heartbeat {} => Ok(owns && self.beat_matters(now, at)),
            Report::Started {} => Ok(!owns || node.state == TaskState::Leased || node.is_unheard()),
            Report::Progress { done, of, state } => {
                let new = *done != node.done || of.is_some_and(|of| node.of != Some(of));
                let moved = !state.is_null() && *state != node.progress;
                Ok(!owns || new || moved || self.beat_matters(now, at))
            }
            _ => Ok(true),
        }
    }

    /// Is it the dispatch under which the task is done now?
    fn owns(&self, at: Place, dispatch: EffectId, epoch: u32) -> bool {
        let lease = self.node(at).and_then(|node| node.lease.as_ref());
        lease.is_some_and(|lease| lease.dispatch == dispatch && lease.epoch == epoch)
    }

    /// A sign of life moves the end of the silence only when a good part of it has passed: the rest is noise.
    fn beat_matters(&self, now: Timestamp, at: Place) -> bool {
        let Some(node) = self.node(at) else { return false };
        // One that was told to stop before it spoke is not leased any more, and yet known to be at it from now on.
        let first = node.state == TaskState::Leased || node.is_unheard();
        let Some(limit) = node.timeouts().heartbeat_ms else { return first };
        let due = node.alarms.iter().find(|(alarm, _)| *alarm == Alarm::Heartbeat).map(|(_, due)| *due);
        let gained = due.map_or(limit, |due| now.plus_ms(limit).0.saturating_sub(due.0));
        gained > limit / 4 || first
    }

    /// Does this sign of life change anything?
    #[must_use]
    pub fn beat_counts(&self, now: Timestamp, beat: &Beat) -> bool {
        let Some(&at) = self.dispatches.get(&beat.dispatch) else { return false };
        let Some(node) = self.node(at).filter(|_| self.owns(at, beat.dispatch, beat.epoch)) else { return false };
        self.beat_matters(now, at) || beat.done.is_some_and(|done| done != node.done)
    }

    /// Hears a sign of life.
    pub fn on_beat(&mut self, now: Timestamp, beat: &Beat) {
        let Some(&at) = self.dispatches.get(&beat.dispatch) else { return };
        if self.owns(at, beat.dispatch, beat.epoch) {
            self.on_alive(now, at);
            self.on_heard(now, at);
            if let (Some(done), Some(node)) = (beat.done, self.node_mut(at)) {
                node.done = done;
            }
        }
    }

    /// Hears a report.
    pub fn on_report(&mut self, now: Timestamp, report: &TaskReport) {
        let Some(&at) = self.dispatches.get(&report.dispatch) else { return };
        if self.owns(at, report.dispatch, report.epoch) {
            self.on_owner(now, at, &report.report);
        } else if !self.on_offered(now, at, report) {
            self.on_late(now, at, report);
        }
        self.settle(now);
    }

    /// Somebody else owns the task by now, or it has ended. What came of it is kept, in case a person looks.
    fn on_late(&mut self, now: Timestamp, at: Place, report: &TaskReport) {
        let result = if let Report::Done { result, .. } = &report.report { result.clone() } else { Json::default() };
        let Some(node) = self.node_mut(at) else { return };
        if node.late.len() < KEPT {
            node.late.push(Late { at: now, dispatch: report.dispatch, result });
        }
        self.words.push(Word::Late(at, report.dispatch));
    }

    fn on_owner(&mut self, now: Timestamp, at: Place, report: &Report) {
        match report {
            Report::Started {} | Report::Heartbeat {} => self.on_alive(now, at),
            Report::Progress { done, of, state } => {
                self.on_alive(now, at);
                if let Some(node) = self.node_mut(at) {
                    (node.done, node.of) = (*done, of.or(node.of));
                    if !state.is_null() {
                        node.progress = state.clone();
                    }
                }
            }
            Report::Done { result, result_ref } => self.on_done(now, at, result, result_ref.as_ref()),
            Report::Failed { reason, permanent, retry_after_ms } => {
                if let Some(node) = self.node_mut(at) {
                    node.reason = reason.clone();
                }
                self.lose(now, at, TaskWhy::Reported, *permanent, *retry_after_ms);
            }
            Report::Cancelled {} => self.lose(now, at, TaskWhy::Cancelled, false, None),
            Report::NeedsInput { question } => self.on_question(now, at, question),
            Report::Handoff(handoff) => self.on_handoff(now, at, handoff),
            Report::Decline {} => self.lose(now, at, TaskWhy::Declined, false, None),
            // It owns the task already.
            Report::Accept {} => {}
        }
        self.on_heard(now, at);
    }

    /// What its agent says shows that a dispatch has arrived, also where it starts nothing: one that offers the task, accepts it, or
    /// speaks only after it was told to stop. Else it would be taken for never delivered, and its agent not be told.
    fn on_heard(&mut self, now: Timestamp, at: Place) {
        if let Some(lease) = self.node_mut(at).filter(|node| node.is_unheard()).and_then(|node| node.lease.as_mut()) {
            lease.heard = Some(now);
        }
    }

    fn on_alive(&mut self, now: Timestamp, at: Place) {
        let Some(node) = self.node_mut(at) else { return };
        if node.state == TaskState::Leased {
            node.state = TaskState::Running;
            let agent = node.lease.as_ref().map(|lease| lease.agent.clone());
            node.note(now, agent, None);
            self.words.push(Word::Task(at, TaskState::Running));
            return self.arm_attempt(now, at);
        }
        if let Some(ms) = node.timeouts().heartbeat_ms {
            self.arm(at, Alarm::Heartbeat, now.plus_ms(ms));
        }
    }

    fn on_done(&mut self, now: Timestamp, at: Place, result: &Json, result_ref: Option<&Text>) {
        let Some(node) = self.node_mut(at) else { return };
        let undo = node.undo;
        // What an earlier attempt said of its failure is no longer why.
        node.reason = None;
        let paid = node.paid.take();
        if !undo {
            node.result = result.clone();
            node.result_ref = result_ref.cloned();
        }
        // It was told to stop and had finished: what is done is done, and is undone if the plan says so.
        let state = match node.state {
            TaskState::Cancelling => TaskState::Cancelled,
            _ if undo => TaskState::Compensated,
            _ => TaskState::Succeeded,
        };
        let why = (state == TaskState::Cancelled).then_some(TaskWhy::Cancelled);
        if let Some(budget) = self.runs.get_mut(&at.plan).filter(|_| !undo).and_then(|run| run.budget.as_mut()) {
            budget.on_success(paid);
        }
        self.free(now, at, Some(Outcome::Succeeded));
        self.end(now, at, state, why);
    }

    /// The slot, the keys and the clocks of an attempt are given back. The keys not while an offer stands: who accepts it goes on
    /// under them, and meanwhile nobody else may.
    pub(crate) fn free(&mut self, now: Timestamp, at: Place, outcome: Option<Outcome>) {
        let Some(run) = self.runs.get_mut(&at.plan) else { return };
        let Some(node) = run.nodes.get_mut(at.task as usize) else { return };
        let Some(lease) = node.lease.take() else { return };
        run.held = run.held.saturating_sub(1);
        if node.offer.is_none() {
            self.free_keys(at);
        }
        for alarm in [Alarm::StartToClose, Alarm::Heartbeat, Alarm::Grace] {
            self.disarm(at, alarm);
        }
        self.let_go(now, at, lease, outcome);
        // An offer that waits for somebody was not for its owner, who is its owner no more.
        if let (Some(run), Some(node)) = (self.run(at.plan), self.node(at)) {
            let standing = standing(run, node);
            self.queue.restand(at, standing);
        }
    }

    /// A task holds its keys as long as it has an owner, or an offer of it stands.
    pub(crate) fn free_keys(&mut self, at: Place) {
        let Some(run) = self.runs.get(&at.plan) else { return };
        for key in run.node(at.task).into_iter().flat_map(|node| &node.spec.keys) {
            let name = (run.tenant, key.key.clone());
            let Some(held) = self.keys.get_mut(&name) else { continue };
            *held -= 1;
            if *held == 0 {
                self.keys.remove(&name);
            }
        }
    }

    /// How many slots of agents a tenant has taken.
    pub(crate) fn at_work(&self, tenant: u32) -> u32 {
        self.at_work.get(&tenant).copied().unwrap_or(0)
    }

    /// An agent's slot is free again.
    pub(crate) fn let_go(&mut self, now: Timestamp, at: Place, lease: Lease, outcome: Option<Outcome>) {
        if let Some(held) = self.agents.get_mut(&lease.agent) {
            held.remove(&lease.dispatch);
            if held.is_empty() {
                self.agents.remove(&lease.agent);
            }
        }
        let tenant = self.run(at.plan).map(|run| run.tenant);
        if let Some(count) = tenant.and_then(|tenant| self.at_work.get_mut(&tenant)) {
            *count = count.saturating_sub(1);
        }
        let (agent, dispatch, ms) = (lease.agent, lease.dispatch, now.0.saturating_sub(lease.at.0));
        self.words.push(Word::Freed { agent, at, dispatch, outcome, ms });
    }
}
