//! Tasks of tasks: a list of them, or one for each element of a list; and the results that flow between tasks.

use alloc::{borrow::ToOwned, boxed::Box, collections::BTreeMap, format, string::ToString, vec::Vec};

use serde_json::{Map, Value};

use super::{
    form::as_reference,
    machine::Work,
    plan::{Condition, Each},
    run::{Node, Place, Run},
    states::{TaskState, TaskWhy},
    words::{Chore, Todo},
};
use crate::{
    input::Json,
    json::canonical::{in_order, same},
    limits::PAYLOAD_BYTES,
    text::Text,
    time::Timestamp,
};

/// Longest list a task runs for, where it names no other limit.
pub(crate) const LONGEST: u32 = 1000;
/// Most bytes of results that are put together for one input, also if only parts of them are used.
const JOINED_BYTES: usize = 16 * PAYLOAD_BYTES;

/// What an input may still grow by.
struct Room {
    filled: usize,
    joined: usize,
}

/// What a JSON pointer finds in a result.
pub(super) enum Part<'a> {
    /// As an agent gave it.
    Given(&'a Value),
    /// What tasks within this one came to: put together only where it has to be.
    Group(u32),
}

/// Why an agent can not be given the input of a task.
pub(crate) enum Unfilled {
    TooLarge,
    /// A result has nothing where the input refers to: which.
    Absent(Text),
}

fn missing(from: &str, field: &str) -> Text {
    let short = |text: &str| text.chars().take(200).collect::<alloc::string::String>();
    format!("the result of `{}` has no `{}`", short(from), short(field)).into()
}

impl Work {
    /// A task of tasks begins.
    pub(crate) fn open_group(&mut self, now: Timestamp, at: Place) {
        let Some(run) = self.runs.get(&at.plan) else { return };
        let Some(node) = run.node(at.task) else { return };
        if let Some(each) = node.each() {
            let len = run.list(node, each).and_then(|list| u32::try_from(list.len()).ok());
            let Some(len) = len.filter(|len| *len <= each.max.unwrap_or(LONGEST)) else {
                return self.end(now, at, TaskState::Failed, Some(TaskWhy::NoList));
            };
            let fresh = (len as usize).saturating_sub(node.children.len());
            if self.room.check_tasks(&self.limits, run.tenant, fresh).is_err() {
                return self.end(now, at, TaskState::Failed, Some(TaskWhy::Full));
            }
            self.spread(at, len);
        }
        let Some(node) = self.node_mut(at) else { return };
        node.state = TaskState::Running;
        node.note(now, None, None);
        let empty = node.inner == 0;
        self.words.push(super::Word::Task(at, TaskState::Running));
        if empty {
            return self.end(now, at, TaskState::Succeeded, None);
        }
        self.todo.push_back(Todo { kind: Chore::Inner, at, from: 0 });
    }

    /// One task for each element. Those of an earlier run are used again, those beyond the list are left out.
    fn spread(&mut self, at: Place, len: u32) {
        let Some(run) = self.runs.get_mut(&at.plan) else { return };
        let Some(node) = run.nodes.get(at.task as usize) else { return };
        let known = u32::try_from(node.children.len()).unwrap_or(u32::MAX);
        let (spec, name, class, rank) = (node.spec.clone(), node.name.clone(), node.class, node.rank);
        let led = node.led.clone();
        for index in known..len {
            let child = Node {
                spec: Box::new(super::plan::Task { when: Vec::new(), needs: Vec::new(), ..(*spec).clone() }),
                name: format!("{name}[{index}]").into(),
                parent: Some(at.task),
                index: Some(index),
                waiting: 1,
                class,
                rank,
                led: led.clone(),
                ..Node::default()
            };
            run.names.insert(child.name.clone(), u32::try_from(run.nodes.len()).unwrap_or(u32::MAX));
            run.nodes.push(child);
            run.link(run.nodes.len() - 1);
        }
        run.open += len.saturating_sub(known);
        let children = run.node(at.task).map(|node| node.children.clone()).unwrap_or_default();
        let mut open = 0;
        for child in children {
            let Some(child) = run.nodes.get_mut(child as usize) else { continue };
            if child.index.is_some_and(|index| index >= len) && !child.state.is_terminal() {
                child.state = TaskState::Skipped;
                run.open = run.open.saturating_sub(1);
            }
            open += u32::from(!child.state.is_terminal());
        }
        if let Some(node) = run.nodes.get_mut(at.task as usize) {
            node.inner = open;
        }
        self.room.on_tasks(run.tenant, len.saturating_sub(known) as usize);
        self.forget();
    }

    /// A task within it has ended.
    pub(crate) fn on_inner_ended(&mut self, now: Timestamp, at: Place) {
        let Some(node) = self.node_mut(at) else { return };
        node.inner = node.inner.saturating_sub(1);
        if node.inner > 0 || node.state.is_terminal() {
            return;
        }
        let Some(run) = self.runs.get(&at.plan) else { return };
        let Some(node) = run.node(at.task) else { return };
        let mut children = node.children.iter().filter_map(|child| run.node(*child));
        let failed = children.clone().any(|child| child.state == TaskState::Failed && !child.tolerated);
        let cancelled = children.any(|child| child.state == TaskState::Cancelled);
        match (node.state, failed, cancelled) {
            (TaskState::Running, true, _) => self.end(now, at, TaskState::Failed, Some(TaskWhy::Inner)),
            (TaskState::Running, _, true) => self.end(now, at, TaskState::Cancelled, Some(TaskWhy::Inner)),
            (TaskState::Running, ..) => self.end(now, at, TaskState::Succeeded, None),
            // It never began: what is within it was ended with it.
            _ => {}
        }
    }
}

impl Run {
    /// The task that a name means to another task: a neighbour first, then one of the lists around.
    pub(crate) fn find(&self, from: &Node, name: &str) -> Option<u32> {
        let mut within = from.name.rfind('/').map_or("", |at| &from.name[..=at]);
        loop {
            if let Some(number) = self.names.get(format!("{within}{name}").as_str()) {
                return Some(*number);
            }
            let outer = within.strip_suffix('/')?;
            within = outer.rfind('/').map_or("", |at| &outer[..=at]);
        }
    }

    /// The result of a task: of a task of tasks, those of the tasks within it, by name or in the order of the list.
    pub(crate) fn result(&self, number: u32) -> Value {
        let Some(node) = self.node(number) else { return Value::Null };
        if node.each().is_some() {
            self.within(node).map(|(number, _)| self.result(number)).collect()
        } else if node.is_group() {
            let within = self.within(node);
            let named = within.map(|(number, child)| (child.spec.id.as_str().to_owned(), self.result(number)));
            Value::Object(named.collect::<Map<_, _>>())
        } else {
            node.result.0.clone()
        }
    }

    /// The tasks within a task whose results are its result, in the order of the list or of the plan.
    fn within(&self, node: &Node) -> impl Iterator<Item = (u32, &Node)> {
        let list = node.each().is_some();
        let inner = node.children.iter().filter_map(|child| Some((*child, self.node(*child)?)));
        inner.filter(move |(_, child)| !list || child.state != TaskState::Skipped)
    }

    /// What is at this place of the result of a task, as `serde_json::Value::pointer` would find it in the whole. That is walked
    /// through and not put together: a condition asks for one value of results that may be thousands.
    pub(super) fn part(&self, mut number: u32, mut field: &str) -> Option<Part<'_>> {
        loop {
            let node = self.node(number)?;
            if !node.is_group() {
                return node.result.0.pointer(field).map(Part::Given);
            }
            if field.is_empty() {
                return Some(Part::Group(number));
            }
            let (step, rest) =
                field.strip_prefix('/').map(|path| path.split_at(path.find('/').unwrap_or(path.len())))?;
            let step = step.replace("~1", "/").replace("~0", "~");
            let mut within = self.within(node);
            let found = match node.each() {
                // As a pointer has it: no sign, and no zeros in front.
                Some(_) => step.parse::<usize>().ok().filter(|at| at.to_string() == step).and_then(|at| within.nth(at)),
                None => within.find(|(_, child)| child.spec.id == *step),
            };
            (number, field) = (found?.0, rest);
        }
    }

    /// Is this the result of a task of tasks?
    fn comes_to(&self, number: u32, wanted: &Value) -> bool {
        let Some(node) = self.node(number) else { return false };
        if !node.is_group() {
            return same(&node.result.0, wanted);
        }
        match (node.each(), wanted) {
            (Some(_), Value::Array(list)) => {
                let mut within = self.within(node);
                let each =
                    list.iter().all(|wanted| within.next().is_some_and(|(child, _)| self.comes_to(child, wanted)));
                each && within.next().is_none()
            }
            (None, Value::Object(map)) => {
                let named = |child: &Node| map.get(child.spec.id.as_str());
                let mut within = self.within(node);
                node.children.len() == map.len()
                    && within.all(|(number, child)| named(child).is_some_and(|wanted| self.comes_to(number, wanted)))
            }
            _ => false,
        }
    }

    /// Does the condition hold?
    pub(crate) fn holds(&self, node: &Node, condition: &Condition) -> bool {
        let from = self.find(node, &condition.from);
        let found = from.and_then(|from| self.part(from, condition.field.as_deref().unwrap_or("")));
        let holds = match (&condition.is.0, found) {
            (_, None) => false,
            (Value::Null, Some(Part::Given(found))) => !matches!(found, Value::Null | Value::Bool(false)),
            (Value::Null, Some(Part::Group(_))) => true,
            (wanted, Some(Part::Given(found))) => same(found, wanted),
            (wanted, Some(Part::Group(number))) => self.comes_to(number, wanted),
        };
        holds != condition.not
    }

    /// The list a task runs for. It must be a result as it was given, not one put together from others.
    fn list(&self, node: &Node, each: &Each) -> Option<&[Value]> {
        let source = self.node(self.find(node, &each.from)?)?;
        let list = source.result.0.pointer(each.field.as_deref().unwrap_or(""))?;
        list.as_array().map(Vec::as_slice)
    }

    /// The element a task runs for.
    pub(crate) fn item(&self, node: &Node) -> Option<Value> {
        let (each, index) = (node.spec.each.as_ref()?, node.index?);
        self.list(node, each)?.get(index as usize).cloned()
    }

    /// What an agent is given: every reference replaced by what it stands for.
    pub(crate) fn fill(&self, node: &Node, input: &Value) -> Result<Json, Unfilled> {
        let mut room = Room { filled: PAYLOAD_BYTES, joined: JOINED_BYTES };
        let filled = Json(self.filled(node, input, &mut room)?);
        let fits = room.filled == PAYLOAD_BYTES || filled.to_bytes().len() <= PAYLOAD_BYTES;
        if fits { Ok(filled) } else { Err(Unfilled::TooLarge) }
    }

    fn filled(&self, node: &Node, value: &Value, room: &mut Room) -> Result<Value, Unfilled> {
        if let Some((from, field)) = as_reference(value) {
            let Some(number) = self.find(node, from) else { return Ok(Value::Null) };
            if self.node(number).is_some_and(Node::is_group) {
                self.join(number, room)?;
            }
            let part = self.part(number, field).map(|part| match part {
                Part::Given(value) => value.clone(),
                Part::Group(number) => self.result(number),
            });
            // What did not come to a result has none, and what undoes had better have too little than not happen.
            let owed = self.node(number).is_some_and(|node| node.state == TaskState::Succeeded) && !node.undo;
            if part.is_none() && owed {
                return Err(Unfilled::Absent(missing(from, field)));
            }
            let part = Json(part.unwrap_or_default());
            room.filled = room.filled.checked_sub(part.to_bytes().len()).ok_or(Unfilled::TooLarge)?;
            return Ok(part.0);
        }
        Ok(match value {
            // No deeper than `form` allows.
            Value::Array(list) => {
                Value::Array(list.iter().map(|inner| self.filled(node, inner, room)).collect::<Result<_, _>>()?)
            }
            Value::Object(map) => {
                let filled = in_order(map).map(|(key, inner)| Ok((key.clone(), self.filled(node, inner, room)?)));
                Value::Object(filled.collect::<Result<_, _>>()?)
            }
            plain => plain.clone(),
        })
    }

    /// Is the result of a task of tasks not too large to put together?
    fn join(&self, number: u32, room: &mut Room) -> Result<(), Unfilled> {
        let mut open = alloc::vec![number];
        while let Some(number) = open.pop() {
            let Some(node) = self.node(number) else { continue };
            open.extend(&node.children);
            room.joined = room.joined.checked_sub(node.result.to_bytes().len()).ok_or(Unfilled::TooLarge)?;
        }
        Ok(())
    }

    /// The tasks by name, for people.
    pub(crate) fn by_name(&self) -> &BTreeMap<Text, u32> {
        &self.names
    }
}
