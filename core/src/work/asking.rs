//! What a person is asked: instead of work, before it, or in the middle of it. Nothing holds a slot while it waits, and a paused
//! plan asks nothing.

use alloc::{boxed::Box, format, vec::Vec};

use serde_json::Value;

use super::{
    alarms::Alarm,
    machine::Work,
    plan::{Autonomy, Question},
    run::{Node, Place, Run},
    states::{TaskState, TaskWhy},
    words::Word,
};
use crate::{id::EffectId, input::Json, time::Timestamp};

/// What a task asks that no agent has: it is a question, or asks whether it may be done.
fn own_question(run: &Run, node: &Node) -> Question {
    match &node.spec.ask {
        Some(question) => (**question).clone(),
        None => Question {
            text: format!("May the task `{}` of the plan `{}` be done?", node.name, run.plan.id).into(),
            schema: Json(Value::from(alloc::vec![Value::Bool(true), Value::Bool(false)])),
            timeout_ms: node.spec.timeouts.schedule_to_start_ms,
            ..Question::default()
        },
    }
}

impl Work {
    /// The task is a question, or needs a yes before it may start.
    pub(crate) fn ask(&mut self, now: Timestamp, at: Place) {
        let Some(run) = self.runs.get(&at.plan) else { return };
        let Some(node) = run.node(at.task) else { return };
        let question = own_question(run, node);
        self.open_question(now, at, question);
    }

    /// A question reached nobody. If a stop took it back, it is asked `again` when that is lifted, and has its whole time then;
    /// else nobody can be asked, and nobody answers.
    pub(crate) fn on_unheard(
        &mut self,
        now: Timestamp,
        (tenant, task): (u32, &str),
        (asked, question): (EffectId, Question),
        again: bool,
    ) {
        let Some(at) = self.asker((tenant, task), asked) else { return };
        if again {
            return self.put_off(at, Box::new(question));
        }
        self.disarm(at, Alarm::Question);
        self.on_unanswered(now, at);
        self.go_on(now);
    }

    /// The task that waits for the answer to this question. It may have ended, or have been started anew and have asked once more,
    /// in the same words: what becomes of an earlier question is nothing to it.
    fn asker(&self, (tenant, task): (u32, &str), asked: EffectId) -> Option<Place> {
        let (plan, task) = task.split_once('/')?;
        let plan = self.find_plan(tenant, &plan.into()).ok()?;
        let at = Place { plan, task: *self.run(plan)?.by_name().get(task)? };
        self.node(at).filter(|node| node.asked == Some(asked)).map(|_| at)
    }

    /// Does a task wait for the answer to this question?
    pub(crate) fn asks(&self, task: (u32, &str), asked: EffectId) -> bool {
        self.asker(task, asked).is_some()
    }

    /// A person is asked by this effect.
    pub(crate) fn on_asked(&mut self, at: Place, effect: EffectId) {
        if let Some(node) = self.node_mut(at).filter(|node| node.state == TaskState::Asking) {
            node.asked = Some(effect);
        }
    }

    /// Its agent can not go on without an answer.
    pub(crate) fn on_question(&mut self, now: Timestamp, at: Place, question: &Question) {
        if self.node(at).is_some_and(|node| node.state == TaskState::Cancelling) {
            return self.lose(now, at, TaskWhy::Cancelled, true, None);
        }
        if !self.may_ask(at) {
            return self.lose(now, at, TaskWhy::Questions, true, None);
        }
        self.drop_offer(now, at);
        self.free(now, at, None);
        self.open_question(now, at, question.clone());
        if let Some(node) = self.node_mut(at) {
            node.question = Some(Box::new(question.clone()));
        }
    }

    fn open_question(&mut self, now: Timestamp, at: Place, question: Question) {
        let paused = self.run(at.plan).is_some_and(|run| run.paused);
        let Some(node) = self.node_mut(at) else { return };
        if node.state != TaskState::Asking {
            node.state = TaskState::Asking;
            node.note(now, None, None);
            self.words.push(Word::Task(at, TaskState::Asking));
        }
        let Some(node) = self.node_mut(at) else { return };
        if paused {
            node.unasked = Some(Box::new(question));
            return;
        }
        let until = self.pose(now, at, &question);
        self.words.push(Word::Ask { at, question: Box::new(question), until });
    }

    /// From now on its time runs. Says until when.
    fn pose(&mut self, now: Timestamp, at: Place, question: &Question) -> Option<Timestamp> {
        let until = question.timeout_ms.map(|ms| now.plus_ms(ms));
        if let Some(until) = until {
            self.arm(at, Alarm::Question, until);
        }
        until
    }

    /// There is no room for a question: it is asked when there is, and has its whole time then.
    pub(crate) fn put_off(&mut self, at: Place, question: Box<Question>) {
        self.disarm(at, Alarm::Question);
        let Some(run) = self.runs.get(&at.plan) else { return };
        let Some(node) = run.node(at.task).filter(|node| node.state == TaskState::Asking) else { return };
        let (tenant, may) = (run.tenant, run.may_pose(node));
        let Some(node) = self.node_mut(at) else { return };
        (node.unasked, node.asked) = (Some(question), None);
        if may {
            self.unasked.insert((tenant, at));
        }
    }

    /// The first tenant, from this one on, of which a question waits for room.
    pub(crate) fn next_to_ask(&self, tenant: u32) -> Option<u32> {
        self.unasked.range((tenant, Place { plan: 0, task: 0 })..).next().map(|(tenant, _)| *tenant)
    }

    /// The question of this tenant that waits first: it is asked now.
    pub(crate) fn ask_next(&mut self, now: Timestamp, tenant: u32) -> Option<Word> {
        let &(_, at) = self.unasked.range((tenant, Place { plan: 0, task: 0 })..).next()?;
        self.unasked.remove(&(tenant, at));
        let question = self.take_unasked(at)?;
        let until = self.pose(now, at, &question);
        Some(Word::Ask { at, question, until })
    }

    /// The question that a task was to ask later.
    pub(crate) fn take_unasked(&mut self, at: Place) -> Option<Box<Question>> {
        let run = self.runs.get_mut(&at.plan)?;
        let question = run.nodes.get_mut(at.task as usize)?.unasked.take()?;
        self.unasked.remove(&(run.tenant, at));
        Some(question)
    }

    /// A plan has been paused or resumed, or is being ended: which of its questions wait for room may be others now.
    pub(crate) fn list_unasked(&mut self, plan: u32) {
        let Some(run) = self.runs.get(&plan) else { return };
        let (first, last) = (Place { plan, task: 0 }, Place { plan, task: u32::MAX });
        let known: Vec<_> = self.unasked.range((run.tenant, first)..=(run.tenant, last)).copied().collect();
        for known in &known {
            self.unasked.remove(known);
        }
        let unasked = (0..).zip(&run.nodes).filter(|(_, node)| node.unasked.is_some() && run.may_pose(node));
        self.unasked.extend(unasked.map(|(task, _)| (run.tenant, Place { plan, task })));
    }

    /// The plan goes on: what was not asked while it was paused is asked now, and has its whole time.
    pub(crate) fn ask_at_last(&mut self, now: Timestamp, plan: u32) {
        let nodes = (0..).zip(self.run(plan).map(|run| &run.nodes[..]).unwrap_or_default());
        let unasked = nodes.filter(|(_, node)| node.unasked.is_some());
        for task in unasked.map(|(task, _)| task).collect::<Vec<u32>>() {
            let at = Place { plan, task };
            let question = self.take_unasked(at);
            question.into_iter().for_each(|question| self.open_question(now, at, *question));
        }
    }

    /// A person has answered.
    pub(crate) fn on_answer(&mut self, now: Timestamp, at: Place, value: &Json) {
        let Some(run) = self.runs.get(&at.plan) else { return };
        let Some(node) = run.node(at.task).filter(|node| node.state == TaskState::Asking) else { return };
        let (own, asks, autonomy) = (node.question.is_some(), node.spec.ask.is_some(), run.autonomy(node));
        self.disarm(at, Alarm::Question);
        self.take_unasked(at);
        let Some(node) = self.node_mut(at) else { return };
        node.asked = None;
        if own {
            node.answers.push(value.clone());
            return self.ready(now, at);
        }
        if asks {
            node.result = value.clone();
            return self.end(now, at, TaskState::Succeeded, None);
        }
        if value.0 == Value::Bool(true) {
            node.approved = true;
            return self.ready(now, at);
        }
        self.refuse(now, at, autonomy, TaskWhy::Refused);
    }

    fn refuse(&mut self, now: Timestamp, at: Place, autonomy: Autonomy, why: TaskWhy) {
        let state = if autonomy == Autonomy::Suggest { TaskState::Skipped } else { TaskState::Failed };
        self.end(now, at, state, Some(why));
    }

    /// Nobody has answered in time: the default is the answer, if there is one.
    pub(crate) fn on_unanswered(&mut self, now: Timestamp, at: Place) {
        let Some(run) = self.runs.get(&at.plan) else { return };
        let Some(node) = run.node(at.task) else { return };
        let question = node.question.as_ref().or(node.spec.ask.as_ref());
        match question.map(|question| question.default.clone()).filter(|default| !default.is_null()) {
            Some(default) => self.on_answer(now, at, &default),
            None if question.is_some() => self.end(now, at, TaskState::Failed, Some(TaskWhy::Unanswered)),
            None => {
                let autonomy = run.autonomy(node);
                self.refuse(now, at, autonomy, TaskWhy::Unanswered);
            }
        }
    }
}
