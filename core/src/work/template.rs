//! Ways to take work apart, as data.

use alloc::{collections::BTreeMap, format, string::ToString, vec::Vec};

use serde::{Deserialize, Serialize};

use super::graph::{Graph, GraphError, GraphLimits};
use crate::text::Text;

/// Most tasks of one instance, and most edges.
const TASKS: usize = 100_000;
const EDGES: usize = 1_000_000;

/// A way to take work apart, as data: steps, for which components each is repeated, and what they wait for.
///
/// A template and a list of components give a list of tasks. Four templates come along
/// ([`Template::builtin`]); hosts write their own in the same form. With `n` components and `g = ceil(n / 4)` groups:
///
/// | template | tasks | edges | n = 3 | n = 5 | n = 10 | n = 17 |
/// |---|---|---|---|---|---|---|
/// | `sequential` | n + 2 | n + 1 | 5, 4 | 7, 6 | 12, 11 | 19, 18 |
/// | `parallel_groups` | n + g + 2 | 2n + 1 | 6, 7 | 9, 11 | 15, 21 | 24, 35 |
/// | `hybrid` | 2n + 4 | 3n + 2 | 10, 11 | 14, 17 | 24, 32 | 38, 53 |
/// | `specialised` | 3n + 3 | 5n + 1 | 12, 16 | 18, 26 | 33, 51 | 54, 86 |
///
/// ```
/// use reynolds::work::{Component, Template};
///
/// let template = Template::builtin().into_iter().find(|template| template.id == "sequential").ok_or("it comes along")?;
/// let components = ["api", "web"].map(|id| Component { id: id.into(), requires: vec![] });
/// let tasks = template.instantiate(&components)?;
/// let needs: Vec<_> = tasks.iter().map(|task| (task.id.as_str(), task.needs.join(" "))).collect();
/// assert_eq!(needs, [
///     ("plan", "".into()), ("build:api", "plan".into()), ("build:web", "build:api".into()), ("integrate", "build:web".into()),
/// ]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Template {
    /// Its name.
    pub id: Text,
    /// What it is for, in words.
    #[serde(default)]
    pub about: Text,
    /// The steps. Tasks come out in this order, and within a step in the order of the components.
    pub steps: Vec<Step>,
}

/// A step: one task, or one per component or group of components.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Its name, unique in the template, and the class of its tasks for estimates.
    pub id: Text,
    /// How often it is done. Default once.
    #[serde(default)]
    pub each: Each,
    /// What it waits for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<Link>,
    /// Capabilities an agent must have.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub requires: Vec<Text>,
    /// Capabilities an agent should have.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub prefers: Vec<Text>,
    /// Most of its tasks at once. Without it, as many as there are agents.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<u32>,
}

/// How often a step is done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Each {
    /// Once.
    #[default]
    Once,
    /// For each component.
    Component,
    /// For each group of components, in their order.
    Group {
        /// Components in a group, the last group may have fewer. At least 1.
        size: u32,
    },
}

/// What a step waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// The step waited for.
    pub step: Text,
    /// Which of its tasks. Default all.
    #[serde(default)]
    pub of: Of,
    /// Another step, all of it, for those that have no task before them. Only with [`Of::Previous`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<Text>,
}

/// Which tasks of the step waited for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Of {
    /// All.
    #[default]
    All,
    /// Those with a component in common.
    Same,
    /// The last one that has only components before those of the waiting task.
    Previous,
    /// The last one.
    Last,
}

/// What a template is applied to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Component {
    /// Its name, unique.
    pub id: Text,
    /// Capabilities that every task for it alone requires beside those of the step.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub requires: Vec<Text>,
}

/// A task of an instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TemplateTask {
    /// `plan`, `build:api` for a component, `check:1` for the first group.
    pub id: Text,
    /// The step it comes from.
    pub step: Text,
    /// The component, if it is for one alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub component: Option<Text>,
    /// Ids of the tasks it waits for, each once, in the order of the instance.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<Text>,
    /// Capabilities an agent must have, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub requires: Vec<Text>,
    /// Capabilities an agent should have, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub prefers: Vec<Text>,
    /// Most tasks of this step at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<u32>,
}

/// A template that can not be applied.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TemplateError {
    /// Two steps, components or tasks have one name.
    #[error("{what} `{id}` is there twice; give each its own id")]
    Duplicate {
        /// `step` or `task`; a component that is there twice makes a task twice.
        what: &'static str,
        /// The name.
        id: Text,
    },
    /// A step waits for one that does not exist.
    #[error("step `{step}` needs `{need}`, which does not exist; add it or remove the need")]
    UnknownStep {
        /// The step.
        step: Text,
        /// What it needs.
        need: Text,
    },
    /// A number or a combination makes no sense.
    #[error("step `{step}`: {reason}")]
    Step {
        /// The step.
        step: Text,
        /// What is wrong and what to do.
        reason: &'static str,
    },
    /// There are no components.
    #[error("there are no components; give at least one")]
    NoComponents,
    /// The instance is too large.
    #[error("the instance has more than {limit} {what}; split the work")]
    TooMany {
        /// `tasks` or `edges`.
        what: &'static str,
        /// The limit.
        limit: u64,
    },
    /// Tasks wait for each other.
    #[error("a cycle of {} tasks from `{}` on; change what the steps need", path.len(), path.first().map_or("", Text::as_str))]
    Cycle {
        /// Their ids, each needed by the next, the last by the first.
        path: Vec<Text>,
    },
}

/// The task of a step for the components `from..to`; all of them for a step done once.
#[derive(Debug, Clone, Copy)]
struct Place {
    task: usize,
    from: usize,
    to: usize,
}

impl Template {
    /// The templates that come along: `sequential`, `parallel_groups`, `hybrid` and `specialised`.
    #[must_use]
    pub fn builtin() -> Vec<Self> {
        // A test holds that they can be read.
        serde_json::from_str(include_str!("template/builtin.json")).unwrap_or_default()
    }

    /// The tasks for these components. Each comes after the step before it in the list, not always after all it needs.
    ///
    /// # Errors
    /// All of [`TemplateError`].
    pub fn instantiate(&self, components: &[Component]) -> Result<Vec<TemplateTask>, TemplateError> {
        if components.is_empty() {
            return Err(TemplateError::NoComponents);
        }
        let mut steps: BTreeMap<&str, Vec<Place>> = BTreeMap::new();
        let mut tasks = Vec::new();
        for step in &self.steps {
            let places = step.tasks(components, &mut tasks)?;
            if steps.insert(&step.id, places).is_some() {
                return Err(TemplateError::Duplicate { what: "step", id: step.id.clone() });
            }
        }
        let mut ids = BTreeMap::new();
        for (number, task) in (0_u32..).zip(&tasks) {
            if ids.insert(task.id.clone(), number).is_some() {
                return Err(TemplateError::Duplicate { what: "task", id: task.id.clone() });
            }
        }
        let mut edges = Vec::new();
        for step in &self.steps {
            for &place in steps.get(step.id.as_str()).into_iter().flatten() {
                let mut needs = Vec::new();
                for link in &step.needs {
                    link.tasks(step, place, &steps, &mut needs)?;
                }
                needs.sort_unstable();
                needs.dedup();
                if edges.len() + needs.len() > EDGES {
                    return Err(TemplateError::TooMany { what: "edges", limit: EDGES as u64 });
                }
                tasks[place.task].needs = needs.iter().map(|&need| tasks[need].id.clone()).collect();
                edges.extend(tasks[place.task].needs.iter().map(|need| (ids[need], ids[&tasks[place.task].id])));
            }
        }
        acyclic(&tasks, &edges)?;
        Ok(tasks)
    }
}

fn acyclic(tasks: &[TemplateTask], edges: &[(u32, u32)]) -> Result<(), TemplateError> {
    let count = u32::try_from(tasks.len()).unwrap_or(u32::MAX);
    let name = |task: u32| tasks[task as usize].id.clone();
    match Graph::build_within(&GraphLimits::default(), count, edges) {
        Ok(_) => Ok(()),
        Err(GraphError::Cycle { path }) => Err(TemplateError::Cycle { path: path.into_iter().map(name).collect() }),
        Err(GraphError::SelfEdge { task, .. }) => Err(TemplateError::Cycle { path: [name(task)].into() }),
        Err(_) => Err(TemplateError::TooMany { what: "edges", limit: EDGES as u64 }),
    }
}

impl Step {
    /// Adds the tasks of this step, without what they need.
    fn tasks(&self, components: &[Component], tasks: &mut Vec<TemplateTask>) -> Result<Vec<Place>, TemplateError> {
        let size = match self.each {
            Each::Once => components.len(),
            Each::Component => 1,
            Each::Group { size: 0 } => {
                return Err(TemplateError::Step {
                    step: self.id.clone(),
                    reason: "a group of `size` 0; give it at least 1",
                });
            }
            Each::Group { size } => size as usize,
        };
        if self.at_most == Some(0) {
            let reason = "`at_most` is 0, so it would never be done; leave it out or give it at least 1";
            return Err(TemplateError::Step { step: self.id.clone(), reason });
        }
        let mut places = Vec::new();
        for (number, group) in components.chunks(size).enumerate() {
            if tasks.len() == TASKS {
                return Err(TemplateError::TooMany { what: "tasks", limit: TASKS as u64 });
            }
            let from = number * size;
            places.push(Place { task: tasks.len(), from, to: from + group.len() });
            let own = if self.each == Each::Component { group.first() } else { None };
            let name = match self.each {
                Each::Once => None,
                Each::Component => own.map(|component| component.id.clone()),
                Each::Group { .. } => Some((number + 1).to_string().into()),
            };
            let extra = own.map_or(&[][..], |component| &component.requires);
            tasks.push(TemplateTask {
                id: name.map_or_else(|| self.id.clone(), |name| format!("{}:{name}", self.id).into()),
                step: self.id.clone(),
                component: own.map(|component| component.id.clone()),
                needs: Vec::new(),
                requires: sorted(self.requires.iter().chain(extra)),
                prefers: sorted(self.prefers.iter()),
                at_most: self.at_most,
            });
        }
        Ok(places)
    }
}

fn sorted<'a>(texts: impl Iterator<Item = &'a Text>) -> Vec<Text> {
    let mut texts: Vec<Text> = texts.cloned().collect();
    texts.sort_unstable();
    texts.dedup();
    texts
}

impl Link {
    /// Adds the tasks that the one at `place` waits for.
    fn tasks(
        &self,
        step: &Step,
        place: Place,
        steps: &BTreeMap<&str, Vec<Place>>,
        needs: &mut Vec<usize>,
    ) -> Result<(), TemplateError> {
        let find = |name: &Text| match steps.get(name.as_str()) {
            Some(places) => Ok(places.as_slice()),
            None => Err(TemplateError::UnknownStep { step: step.id.clone(), need: name.clone() }),
        };
        let places = find(&self.step)?;
        let first = self.first.as_ref().map(find).transpose()?;
        if first.is_some() && self.of != Of::Previous {
            let reason = "`first` is for `\"of\": \"previous\"` only; make it a need of its own";
            return Err(TemplateError::Step { step: step.id.clone(), reason });
        }
        match self.of {
            Of::All => needs.extend(places.iter().map(|other| other.task)),
            Of::Same => {
                let common = places.iter().filter(|other| other.from < place.to && place.from < other.to);
                needs.extend(common.map(|other| other.task));
            }
            Of::Previous => match places.iter().rev().find(|other| other.to <= place.from) {
                Some(other) => needs.push(other.task),
                None => needs.extend(first.unwrap_or_default().iter().map(|other| other.task)),
            },
            Of::Last => needs.extend(places.last().map(|other| other.task)),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
