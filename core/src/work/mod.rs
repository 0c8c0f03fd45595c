//! Work: plans of tasks for agents and people; under them task graphs, the order in which to do them, and whether to hand
//! them out at all.
//!
//! [`Work`] is the plan machine: a [`Plan`] goes in, who needs an agent comes out ([`Want`]), an agent's name goes in, what it is to
//! be given comes out ([`Handout`]), and its reports go in. Inside the broker it is fed by the inputs `plan`, `patch`, `task` and
//! `beats`; alone it is fed by you, and so are its time and its storage:
//!
//! ```
//! use reynolds::work::{Origin, Plan, PlanState, Report, Round, TaskReport, Word, Work, WorkLimits};
//! use reynolds::{EffectId, Seq, Timestamp, input::Json};
//!
//! let plan: Plan = serde_json::from_str(r#"{"id": "fix", "tasks": [{"id": "build"},
//!     {"id": "test", "needs": ["build"], "input": {"log": {"from": "build", "field": "/log"}}}]}"#)?;
//! let mut work = Work::new(WorkLimits::default(), 7);
//! let number = work.on_plan(Timestamp(0), plan, Origin::default())?;
//!
//! let (mut given, mut now) = (Vec::new(), Timestamp(0));
//! loop {
//!     work.on_due(now);                                             // timeouts and retries, and what is left of a slice
//!     let mut round = Round::default();
//!     while let Some(want) = work.next(&mut round) {                // who needs an agent?
//!         if !work.keys_are_free(want.at) {
//!             round.taken(&work, want.at);
//!             continue;
//!         }
//!         let agent = "ada".into();                                 // nobody who can and is free: `round.nobody`
//!         let dispatch = EffectId { seq: Seq(given.len() as u64 + 1), ordinal: 0 }; // a name for this attempt, never used twice
//!         let Some(handout) = work.on_leased(now, want.at, &agent, dispatch) else { continue };
//!
//!         now = now.plus_ms(1000);                                  // the agent works on `handout.input` ...
//!         let result = Json(serde_json::json!({"log": "all well"}));
//!         let report = Report::Done { result, result_ref: None };
//!         let report = TaskReport { dispatch, epoch: handout.epoch, report, agent: Some(agent) };
//!         if work.check_report(now, &report)? {                     // ... and says how it went, perhaps too late
//!             work.on_report(now, &report);
//!         }
//!         given.push((handout.task, handout.input.0.to_string()));
//!     }
//!     if work.words().contains(&Word::Plan(number, PlanState::Succeeded)) {
//!         break;                                                    // the other words: recalls, questions, freed agents
//!     }
//! }
//! assert_eq!(given[0].0, "build");
//! assert_eq!((given[1].0.as_str(), given[1].1.as_str()), ("test", r#"{"log":"all well"}"#));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A real loop sleeps until [`Work::due`] or the next report, and hands out to many agents before the first of them reports.
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
mod known;
mod lease;
mod led;
mod machine;
mod order;
mod patch;
mod plan;
mod queue;
mod report;
mod retry;
mod returned;
mod room;
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
pub use drain::{Drain, DrainError};
pub use explain::{NeedStatus, PlanStatus, TaskBrief, TaskStatus};
pub use forecast::Forecast;
pub use graph::{Graph, GraphError, GraphLimits, Needs};
pub use lease::Handout;
pub(crate) use led::Led;
pub use machine::Work;
pub use order::{Durations, Ranks, Sources};
pub use plan::{
    Autonomy, Compensation, Condition, Each, NewNeeds, OnFailure, Patch, Plan, Question, Retry, Task, Timeouts, Trigger,
};
pub use report::{Beat, Beats, Handoff, Report, TaskReport};
pub(crate) use round::Rest;
pub use round::{Round, Want};
pub(crate) use run::Run;
pub use run::{Before, Late, Moment, Place};
pub(crate) use saga::GRACE_MS;
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
