//! From a plan as it is written to numbered nodes, with everything checked that can be: names, ranges, references, cycles.

use alloc::{
    boxed::Box,
    collections::BTreeMap,
    format,
    string::{String, ToString},
    vec::Vec,
};

use serde_json::Value;

use super::{
    graph::{Graph, GraphError},
    order::{Durations, Ranks},
    plan::{OnFailure, Plan, Question, Retry, Task, Timeouts, Trigger},
    run::Node,
    short::Need,
};
use crate::{
    agents::Requirement,
    det::gather,
    error::Rejected,
    input::Json,
    json::{
        canonical::{boundless, in_order},
        inexact,
    },
    limits::{self, NAME_BYTES, PAYLOAD_BYTES, PAYLOAD_DEPTH, SUBJECT_BYTES, TEXT_BYTES, VALUE_BYTES},
    text::Text,
};

/// Deepest nesting of tasks within tasks.
pub(crate) const DEPTH: usize = 8;
/// Most needs, capabilities, conditions or keys of one task, each.
const LIST: usize = 10_000;
/// Most retries that a plan may name.
const MOST_RETRIES: u32 = 1_000_000;
/// Longest timeout or pause: ten years.
const LONGEST_MS: u64 = 3650 * 86_400_000;
/// How long a task is taken to run where nothing is known.
pub(crate) const USUAL_MS: u64 = 60_000;
/// Longest name of a task with the names around it.
const FULL_NAME_BYTES: usize = SUBJECT_BYTES;

type Checked<T> = Result<T, Rejected>;

/// The nodes of a list of tasks, after `nodes` that are there already.
pub(crate) struct Layout {
    pub(crate) nodes: Vec<Node>,
    names: BTreeMap<Text, u32>,
    /// Needs by name, to be looked up when all names are known: node, the list it stands in, need.
    wanted: Vec<(u32, String, Need)>,
}

/// The nodes of a new plan.
pub(crate) fn lay_out(plan: &mut Plan) -> Checked<Vec<Node>> {
    let tasks = core::mem::take(&mut plan.tasks);
    if tasks.is_empty() {
        return Err(Rejected::Empty { field: "tasks" });
    }
    let mut layout = Layout { nodes: Vec::new(), names: BTreeMap::new(), wanted: Vec::new() };
    layout.add(tasks, None, "", 0)?;
    layout.finish()
}

impl Layout {
    /// Goes on from the nodes of a plan that is under way. Their needs are links already.
    pub(crate) fn after(nodes: Vec<Node>) -> Self {
        let names = gather((0..).zip(&nodes).map(|(at, node)| (node.name.clone(), at)));
        Self { nodes, names, wanted: Vec::new() }
    }

    pub(crate) fn add(&mut self, tasks: Vec<Task>, parent: Option<u32>, within: &str, depth: usize) -> Checked<()> {
        if depth > DEPTH {
            return Err(fail(within, format!("tasks are nested more than {DEPTH} deep")));
        }
        for mut task in tasks {
            let name = Text::from(format!("{within}{}", task.id));
            check(&task, &name)?;
            let number = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
            if self.names.insert(name.clone(), number).is_some() {
                return Err(fail(&name, "a second task has this id: rename one".to_string()));
            }
            let inner = core::mem::take(&mut task.tasks);
            for need in core::mem::take(&mut task.needs).into_iter().chain(references(&task)) {
                self.wanted.push((number, within.to_string(), need));
            }
            let node = Node { name: name.clone(), parent, spec: Box::new(task), ..Node::default() };
            self.nodes.push(node);
            self.add(inner, Some(number), &format!("{name}/"), depth + 1)?;
        }
        Ok(())
    }

    /// New needs of a node, by name, instead of those it has.
    pub(crate) fn set_needs(&mut self, task: &Text, needs: Vec<Need>) -> Checked<()> {
        let Some(&number) = self.names.get(task) else {
            return Err(Rejected::UnknownTask { task: task.as_str().into() });
        };
        let within = task.rfind('/').map_or("", |at| &task[..=at]).to_string();
        let Some(node) = self.nodes.get_mut(number as usize) else { return Ok(()) };
        node.needs.clear();
        let referred = references(&node.spec);
        for need in needs.into_iter().chain(referred) {
            self.wanted.push((number, within.clone(), need));
        }
        Ok(())
    }

    /// Looks up what the tasks need, and makes sure that they can be done in some order.
    pub(crate) fn finish(mut self) -> Checked<Vec<Node>> {
        for (number, within, need) in core::mem::take(&mut self.wanted) {
            let found = find(&self.names, &within, &need.task);
            let Some(node) = self.nodes.get_mut(number as usize) else { continue };
            let Some(other) = found else {
                let name = node.name.clone();
                return Err(fail(&name, format!("it needs `{}`, which no task of the plan is called", need.task)));
            };
            if other == number {
                return Err(fail(&node.name, "it needs itself".to_string()));
            }
            node.needs.push((other, need.optional));
        }
        for node in &mut self.nodes {
            // What is named twice counts if it counts once: that stands in front.
            node.needs.sort_unstable();
            node.needs.dedup_by_key(|(other, _)| *other);
        }
        self.order()?;
        Ok(self.nodes)
    }

    fn order(&mut self) -> Checked<()> {
        let Edges { starts, count, edges } = Edges::of(&self.nodes);
        let tasks = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        let graph = Graph::build(count, &edges).map_err(|error| self.named(error, tasks, &starts))?;
        let estimated = self.nodes.iter().any(|node| node.spec.estimate_ms.is_some());
        let ranks = if estimated {
            let given: Vec<Option<u64>> = self.nodes.iter().map(|node| node.spec.estimate_ms).collect();
            let mut durations = Durations::fill(&given, &classes(&self.nodes), USUAL_MS);
            // Tasks of tasks take no time themselves, and neither do their beginnings.
            for ((task, start), ms) in (0..).zip(&starts).zip(&mut durations.ms) {
                *ms = if *start == task { *ms } else { 0 };
            }
            durations.ms.resize(count as usize, 0);
            Ranks::of(&graph, &durations)
        } else {
            Ranks::by_hops(&graph)
        };
        for (number, node) in (0..).zip(&mut self.nodes) {
            node.rank = u32::from(ranks.of_task(number));
        }
        Ok(())
    }

    fn named(&self, error: GraphError, count: u32, starts: &[u32]) -> Rejected {
        let GraphError::Cycle { path } = error else { return fail("", error.to_string()) };
        let task = |number: u32| match number {
            end if end < count => end as usize,
            start => starts.iter().position(|other| *other == start).unwrap_or(0),
        };
        let mut names: Vec<&str> =
            path.iter().filter_map(|&at| Some(self.nodes.get(task(at))?.name.as_str())).collect();
        names.dedup();
        if names.len() > 1 && names.first() != names.last() {
            names.push(names[0]);
        }
        fail("", format!("the tasks wait for each other in a circle: {}", names.join(" -> ")))
    }
}

/// A name means a neighbour first, then a task of the lists around.
pub(crate) fn find(names: &BTreeMap<Text, u32>, within: &str, name: &str) -> Option<u32> {
    let mut within = within;
    loop {
        if let Some(number) = names.get(format!("{within}{name}").as_str()) {
            return Some(*number);
        }
        let outer = within.strip_suffix('/')?;
        within = outer.rfind('/').map_or("", |at| &outer[..=at]);
    }
}

/// A number for the class of each task.
pub(crate) fn classes(nodes: &[Node]) -> Vec<u32> {
    let mut known = BTreeMap::new();
    let mut number = |node: &Node| {
        let next = u32::try_from(known.len()).unwrap_or(u32::MAX);
        *known.entry(node.class().clone()).or_insert(next)
    };
    nodes.iter().map(&mut number).collect()
}

/// What must come before what, in numbers. A task that has others within it begins before them and ends after them: it is two
/// numbers in the graph, its own for the end.
pub(crate) struct Edges {
    /// The number at which each task begins.
    pub(crate) starts: Vec<u32>,
    pub(crate) count: u32,
    pub(crate) edges: Vec<(u32, u32)>,
}

impl Edges {
    pub(crate) fn of(nodes: &[Node]) -> Self {
        let tasks = u32::try_from(nodes.len()).unwrap_or(u32::MAX);
        let (mut starts, mut count): (Vec<u32>, u32) = ((0..tasks).collect(), tasks);
        for node in nodes {
            if let Some(start) = node.parent.and_then(|parent| starts.get_mut(parent as usize)).filter(|s| **s < tasks)
            {
                *start = count;
                count += 1;
            }
        }
        let start = |task: u32| starts.get(task as usize).copied().unwrap_or(task);
        let mut edges = Vec::new();
        for (number, node) in (0..).zip(nodes) {
            edges.extend(node.needs.iter().map(|&(need, _)| (need, start(number))));
            if start(number) != number {
                edges.push((start(number), number));
            }
            if let Some(parent) = node.parent {
                edges.extend([(start(parent), start(number)), (number, parent)]);
            }
        }
        Self { starts, count, edges }
    }
}

fn fail(task: &str, reason: String) -> Rejected {
    let place = if task.is_empty() { "plan".to_string() } else { format!("task `{}`", task.trim_end_matches('/')) };
    Rejected::Plan { place, reason }
}

/// What a task refers to is needed. For `any` the first success would be enough, and the rest not there yet: so it is waited for,
/// and does not count.
pub(crate) fn references(task: &Task) -> Vec<Need> {
    let optional = task.trigger == Trigger::Any;
    let need = |from: &str| Need { optional, ..Need::from(from) };
    let mut found = Vec::new();
    each_reference(&task.input, |from, _| found.push(need(from)));
    found.extend(task.when.iter().map(|condition| Need { task: condition.from.clone(), optional: true }));
    found.extend(task.each.iter().map(|each| need(each.from.as_str())));
    found
}

/// Is it `{"from":..}` or `{"from":..,"field":..}`?
pub(crate) fn as_reference(value: &Value) -> Option<(&str, &str)> {
    let map = value.as_object()?;
    let from = map.get("from")?.as_str()?;
    match map.get("field") {
        None if map.len() == 1 => Some((from, "")),
        Some(Value::String(field)) if map.len() == 2 => Some((from, field)),
        _ => None,
    }
}

fn each_reference<'a>(json: &'a Json, mut found: impl FnMut(&'a str, &'a str)) {
    let mut open = alloc::vec![&json.0];
    while let Some(value) = open.pop() {
        match (as_reference(value), value) {
            (Some((from, field)), _) => found(from, field),
            (None, Value::Object(map)) => open.extend(in_order(map).map(|(_, value)| value).rev()),
            (None, Value::Array(list)) => open.extend(list.iter().rev()),
            _ => {}
        }
    }
}

/// What is no pointer finds nothing in any result.
fn pointers(json: &Json) -> Result<(), String> {
    let mut wrong = None;
    each_reference(json, |from, field| {
        if !field.is_empty() && !field.starts_with('/') {
            wrong = wrong.or(Some((from, field)));
        }
    });
    let Some((from, field)) = wrong else { return Ok(()) };
    let shown: String = field.chars().take(80).collect();
    Err(format!(
        "`input` refers to the `field` `{shown}` of `{from}`: it is a JSON pointer and starts with `/`, as `/{shown}`"
    ))
}

fn check(task: &Task, name: &Text) -> Checked<()> {
    let wrong = |reason: &str| Err(fail(name, reason.to_string()));
    if task.id.is_empty() || task.id.len() > NAME_BYTES || name.len() > FULL_NAME_BYTES {
        return wrong("an id has 1 to 256 bytes, with the names around it 1024");
    }
    if task.id.contains(['/', '[', ']']) {
        return wrong("an id has no `/`, `[` or `]`: those name the tasks within tasks");
    }
    let undone: &[Text] = task.compensate.as_ref().and_then(|undo| undo.requires.as_deref()).unwrap_or_default();
    let lists =
        [task.needs.len(), task.requires.len(), task.prefers.len(), task.when.len(), task.keys.len(), undone.len()];
    if lists.iter().any(|len| *len > LIST) {
        return wrong("one of its lists has more than 10,000 entries");
    }
    if task.pool.as_ref().is_some_and(|pool| pool.is_empty() || pool.len() > NAME_BYTES) {
        return wrong("`pool` has 1 to 256 bytes");
    }
    let capabilities = task.requires.iter().chain(&task.prefers).chain(undone);
    if capabilities.clone().any(|name| name.is_empty() || name.len() > NAME_BYTES) {
        return wrong("a capability has 1 to 256 bytes");
    }
    requirements(capabilities).map_err(|reason| fail(name, reason))?;
    if task.keys.iter().any(|key| key.key.is_empty() || key.key.len() > NAME_BYTES || key.limit == 0) {
        return wrong("a key has 1 to 256 bytes and a limit of 1 or more");
    }
    if task.priority.is_some_and(|priority| !(1..=5).contains(&priority)) {
        return wrong("`priority` must be 1 to 5");
    }
    if task.estimate_ms.is_some_and(|ms| ms > LONGEST_MS) {
        return wrong("`estimate_ms` is more than ten years; it is milliseconds");
    }
    let pointer = |field: &Option<Text>| field.as_ref().is_none_or(|field| field.is_empty() || field.starts_with('/'));
    let each = task.each.as_ref().map(|each| &each.field);
    if !task.when.iter().map(|when| &when.field).chain(each).all(pointer) {
        return wrong("`field` is a JSON pointer: it starts with `/`");
    }
    let kinds = [!task.tasks.is_empty(), task.each.is_some(), task.ask.is_some()];
    if kinds.iter().filter(|kind| **kind).count() > 1 {
        return wrong("it can have only one of `tasks`, `each` and `ask`");
    }
    if task.compensate.is_some() && (kinds[0] || kinds[2]) {
        return wrong("`compensate` is for tasks an agent works on; give it to the tasks within this one");
    }
    if kinds[0] && task.on_failure == Some(OnFailure::Compensate) {
        return wrong("`compensate` concerns the whole plan: set it there, or on the tasks within this one");
    }
    let undoing = task.compensate.as_ref().map(|undo| &undo.input);
    [Some(&task.input), undoing].into_iter().flatten().try_for_each(pointers).map_err(|reason| fail(name, reason))?;
    timeouts(task.timeouts).and_then(|()| retry(task.retry)).or_else(wrong)?;
    json(&task.input).and_then(|()| texts(task)).or_else(wrong)?;
    if let Some(question) = &task.ask {
        question_form(question).or_else(wrong)?;
    }
    if let Some(undo) = &task.compensate {
        timeouts(undo.timeouts).and_then(|()| retry(undo.retry)).and_then(|()| json(&undo.input)).or_else(wrong)?;
    }
    Ok(())
}

/// What is kept as long as the plan is.
fn texts(task: &Task) -> Result<(), &'static str> {
    let long = |text: &Option<Text>, most: usize| text.as_ref().is_some_and(|text| text.len() > most);
    if long(&task.class, NAME_BYTES) {
        return Err("`class` has at most 256 bytes");
    }
    if long(&task.context, NAME_BYTES) {
        return Err("`context` has at most 256 bytes");
    }
    let each = task.each.as_ref().map(|each| &each.field);
    if task.when.iter().map(|when| &when.field).chain(each).any(|field| long(field, VALUE_BYTES)) {
        return Err("`field` has at most 4096 bytes");
    }
    task.when.iter().try_for_each(|condition| json(&condition.is))
}

/// What an agent says beside its result.
pub(crate) fn note(field: Option<&Text>, too_long: &'static str) -> Result<(), &'static str> {
    if field.is_some_and(|text| text.len() > VALUE_BYTES) { Err(too_long) } else { Ok(()) }
}

/// What no agent could ever have is a mistake.
pub(crate) fn requirements<'a>(mut texts: impl Iterator<Item = &'a Text>) -> Result<(), String> {
    texts.try_for_each(|text| Requirement::parse(text).map(|_| ()).map_err(|error| error.to_string()))
}

pub(crate) fn question_form(question: &Question) -> Result<(), &'static str> {
    if question.text.is_empty() || question.text.len() > TEXT_BYTES {
        return Err("a question has a `text` of 1 to 262,144 bytes");
    }
    if question.timeout_ms.is_some_and(|ms| ms > LONGEST_MS) {
        return Err("a question's `timeout_ms` is more than ten years; it is milliseconds");
    }
    if question.to.as_ref().is_some_and(|to| to.is_empty() || to.len() > SUBJECT_BYTES) {
        return Err("a question's `to` has 1 to 1024 bytes");
    }
    json(&question.schema).and_then(|()| small(&question.default))
}

fn timeouts(timeouts: Timeouts) -> Result<(), &'static str> {
    let Timeouts { schedule_to_start_ms, start_to_close_ms, schedule_to_close_ms, heartbeat_ms } = timeouts;
    let all = [schedule_to_start_ms, start_to_close_ms, schedule_to_close_ms, heartbeat_ms];
    let fit = all.iter().flatten().all(|ms| (1..=LONGEST_MS).contains(ms));
    if fit { Ok(()) } else { Err("a timeout is 1 ms to ten years, in milliseconds") }
}

fn retry(retry: Retry) -> Result<(), &'static str> {
    if !(1..=100).contains(&retry.max_attempts) {
        return Err("`retry.max_attempts` must be 1 to 100");
    }
    let fit = retry.base_ms <= LONGEST_MS && retry.max_ms <= LONGEST_MS;
    if !fit {
        return Err("a pause is at most ten years, in milliseconds");
    }
    // A `max_ms` alone may be below the base that nobody has named.
    if retry.base_ms > retry.max_ms && retry.base_ms != Retry::default().base_ms {
        return Err("`retry.base_ms` is more than `retry.max_ms` (300,000 when absent)");
    }
    Ok(())
}

pub(crate) fn json(json: &Json) -> Result<(), &'static str> {
    if json.is_null() {
        return Ok(());
    }
    if !json.is_shallow(PAYLOAD_DEPTH) {
        return Err("its JSON is nested more than 64 deep");
    }
    if boundless(&json.0) {
        return Err("a number in its JSON is out of range");
    }
    if inexact(&json.0).is_some() {
        return Err("a whole number in its JSON is not below 2^53");
    }
    if json.to_bytes().len() > PAYLOAD_BYTES { Err("its JSON has more than 262,144 bytes") } else { Ok(()) }
}

/// Results, progress and answers are kept, so they are small.
pub(crate) fn small(value: &Json) -> Result<(), &'static str> {
    json(value)?;
    let fits = value.is_null() || value.to_bytes().len() <= limits::RESULT_BYTES;
    if fits { Ok(()) } else { Err("it has more than 16 KiB of JSON: keep it elsewhere and name it in `result_ref`") }
}

/// The parts of a plan that are not its tasks.
pub(crate) fn check_plan(plan: &Plan) -> Checked<()> {
    let wrong = |reason: &str| Err(fail("", reason.to_string()));
    if plan.id.is_empty() || plan.id.len() > NAME_BYTES || plan.id.contains('/') {
        return wrong("its id has 1 to 256 bytes and no `/`");
    }
    if plan.cause.as_ref().is_some_and(|cause| cause.is_empty() || cause.len() > NAME_BYTES + SUBJECT_BYTES) {
        return wrong("`cause` is empty or too long");
    }
    if plan.tenant.as_ref().is_some_and(|tenant| tenant.len() > NAME_BYTES) {
        return wrong("`tenant` has at most 256 bytes");
    }
    if plan.priority.is_some_and(|priority| !(1..=5).contains(&priority)) {
        return wrong("`priority` must be 1 to 5");
    }
    if plan.timeout_ms.is_some_and(|ms| !(1..=LONGEST_MS).contains(&ms)) {
        return wrong("`timeout_ms` is 1 ms to ten years, in milliseconds");
    }
    if plan.retries.is_some_and(|retries| retries > MOST_RETRIES) {
        return wrong("`retries` is at most 1,000,000");
    }
    Ok(())
}
