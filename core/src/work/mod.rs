//! Work: plans of tasks for agents and people; under them task graphs, the order in which to do them, and whether to hand
//! them out at all.
//!
//! [`Work`] is the plan machine: a [`Plan`] goes in, who needs an agent comes out, reports go in. Inside the broker it is fed
//! by the inputs `plan`, `patch`, `task` and `beats`.
//!
//! A graph alone, in which tasks are dense numbers from 0:
//!
//! ```
//! use reynolds::work::{Drain, Graph};
//!
//! // 0 build, 1 test, 2 docs, 3 release. An edge is (what is needed, who needs it).
//! let graph = Graph::build(4, &[(0, 1), (0, 2), (1, 3), (2, 3)])?;
//! let mut drain = Drain::fifo(graph);
//! let (mut batch, mut rounds) = (Vec::new(), Vec::new());
//! while !drain.is_done() {
//!     batch.clear();
//!     drain.take(usize::MAX, &mut batch);   // what may start now ...
//!     drain.finish_all(&batch)?;            // ... and what is finished
//!     rounds.push(batch.clone());
//! }
//! assert_eq!(rounds, [vec![0], vec![1, 2], vec![3]]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`Graph`] checks the edges and names a cycle, [`Ranks`] says which task to start first, [`Drain`] hands tasks out as
//! they become ready. [`Simulation`] plays a graph in virtual time, and [`decide`] says whether to hand the tasks out at
//! all. [`Template`] takes work apart by a pattern.

mod alarms;
mod asking;
mod codec;
mod control;
mod decide;
mod drain;
mod explain;
mod fan;
mod forecast;
mod form;
mod gone;
mod graph;
mod handoff;
mod lease;
mod machine;
mod order;
mod plan;
mod queue;
mod report;
mod retry;
mod round;
mod run;
mod saga;
mod short;
mod simulate;
mod states;
mod template;
#[cfg(test)]
mod tests;
mod turns;
mod words;

pub use control::PlanOrder;
pub use decide::{
    Choice, DecideError, Direct, Explanation, Flip, FlipWhen, Force, Knob, Overhead, Policy, Request, Subtask, Totals,
    Why, decide,
};
pub use drain::{Drain, DrainError, SLICE};
pub use explain::{NeedStatus, PlanStatus, TaskBrief, TaskStatus};
pub use forecast::Forecast;
pub use graph::{Graph, GraphError, GraphLimits, Needs};
pub use lease::Handout;
pub use machine::Work;
pub use order::{BUCKETS, Durations, Ranks, Sources, bucket};
pub use plan::{
    Autonomy, Compensation, Condition, Each, NewNeeds, OnFailure, Patch, Plan, Question, Retry, Task, Timeouts, Trigger,
};
pub use report::{Beat, Beats, Handoff, Report, TaskReport};
pub(crate) use round::Rest;
pub use round::{Round, Want};
pub use run::{Late, Moment, Place};
pub use short::{Key, Need};
pub use simulate::{Bound, PATIENCE_PPM, Schedule, SimulateError, Simulation};
pub use template::{Component, Each as TemplateEach, Link, Of, Step, Template, TemplateError, TemplateTask};

pub use states::{PlanState, TaskState, TaskWhy};
pub use turns::Turns;
pub use words::{Origin, Word, WorkLimits};

/// Compiles and runs the examples of the page.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/work.md")]
struct Page;
