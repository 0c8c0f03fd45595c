//! A plan that is submitted again under a known id is not begun again, whatever it says. Where its tasks are defined otherwise than those
//! that are known, whoever waits for it waits for something else: so that is told. Nothing is told that is not certain.

use alloc::{format, vec::Vec};

use super::{
    form::{find, references},
    machine::Work,
    plan::{Plan, Task},
    run::{Node, Run},
};
use crate::text::Text;

/// Most tasks that are named.
const NAMED: usize = 16;

impl Work {
    /// The tasks of a submitted plan that are defined otherwise than those of the known one, the first 16, by their whole names. What patches
    /// have changed and what follows from lists counts for nothing; tasks that are not known at all are not named.
    pub(crate) fn differs(&self, plan: u32, submitted: &Plan) -> Vec<Text> {
        let Some(run) = self.run(plan) else { return Vec::new() };
        let mut differing = Vec::new();
        // The last first, so that they come off in order.
        let mut open: Vec<(Text, &Task)> = Vec::new();
        open.extend(submitted.tasks.iter().rev().map(|task| (Text::default(), task)));
        // Nothing submitted was checked: what is known could be named, and copied to be compared, any number of times.
        while let Some((within, task)) = open.pop().filter(|_| differing.len() < NAMED) {
            let name = Text::from(format!("{within}{}", task.id));
            let Some(node) = run.by_name().get(&name).and_then(|number| run.node(*number)) else { continue };
            if run.defines(node, &within, submitted, task) {
                let within = Text::from(format!("{name}/"));
                open.extend(task.tasks.iter().rev().map(|task| (within.clone(), task)));
            } else {
                differing.push(name);
            }
        }
        differing
    }
}

impl Run {
    /// Is it the definition of this task? Of a task of tasks, but for what is within those.
    fn defines(&self, node: &Node, within: &str, plan: &Plan, task: &Task) -> bool {
        let lone = Task { tasks: Vec::new(), needs: Vec::new(), ..task.clone() };
        let inner = if node.spec.each.is_some() { 0 } else { node.children.len() };
        inner == task.tasks.len()
            && filled(plan, lone) == filled(&self.plan, (*node.spec).clone())
            && (self.patches.is_some() || self.has_needs(node, within, task))
    }

    /// Does it need what it would if it were submitted now? Not to be asked once patches may have changed that.
    fn has_needs(&self, node: &Node, within: &str, task: &Task) -> bool {
        let wanted = task.needs.iter().cloned().chain(references(task));
        let found = wanted.map(|need| Some((find(self.by_name(), within, &need.task)?, need.optional)));
        found.collect::<Option<Vec<_>>>().is_some_and(|mut needs| {
            needs.sort_unstable();
            needs.dedup_by_key(|(other, _)| *other);
            needs == node.needs
        })
    }
}

/// A task with all that it leaves to its plan, or to what is usual.
fn filled(plan: &Plan, mut task: Task) -> Task {
    let usual = |field: &mut Option<Text>| *field = field.take().filter(|field| !field.is_empty());
    task.priority = task.priority.or(plan.priority).or(Some(3));
    task.on_failure = task.on_failure.or(Some(plan.on_failure));
    task.autonomy = task.autonomy.or(Some(plan.autonomy));
    task.class = task.class.take().or_else(|| Some(task.id.clone()));
    usual(&mut task.context);
    task.when.iter_mut().for_each(|when| usual(&mut when.field));
    if let Some(undo) = &mut task.compensate {
        undo.requires.get_or_insert_with(|| task.requires.clone()).sort_unstable();
        undo.timeouts.start_to_close_ms = undo.timeouts.start_to_close_ms.or(task.timeouts.start_to_close_ms);
    }
    // In whatever order they are written, all of them count.
    task.when.sort_by_cached_key(|when| (when.from.clone(), when.field.clone(), when.not, when.is.to_bytes()));
    task.requires.sort_unstable();
    task.prefers.sort_unstable();
    task.keys.sort_unstable();
    if let Some(each) = &mut task.each {
        usual(&mut each.field);
        each.max = each.max.or(Some(super::fan::LONGEST));
    }
    task
}
