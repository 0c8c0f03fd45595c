//! When a plan will have ended, if all goes as estimated: what is left, played on the slots there are.

use alloc::{collections::BTreeSet, vec::Vec};

use serde::Serialize;

use super::{
    form::{Edges, USUAL_MS, classes},
    graph::Graph,
    machine::Work,
    order::{Durations, Ranks},
    run::{Place, Run},
    simulate::{PATIENCE_PPM, Simulation},
};
use crate::{text::Text, time::Timestamp};

/// When a plan will have ended, if all goes as estimated and no other plan gets in its way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Forecast {
    /// When the last task ends.
    pub ends_at: Timestamp,
    /// How long that takes from now on, in milliseconds.
    pub remaining_ms: u64,
    /// How long it would take with any number of agents, in milliseconds.
    pub span_ms: u64,
    /// The tasks behind each other that take so long: sooner is possible only by making one of these shorter.
    pub critical_path: Vec<Text>,
    /// The slots that were reckoned with.
    pub slots: u32,
    /// Tasks whose length is a mean of others, or assumed, because they have no estimate.
    pub guessed: u32,
}

impl Work {
    /// When a plan will have ended, with so many slots. `None` if it has ended, is unknown, there are no slots, or a task of it is
    /// ready and nobody can do it.
    #[must_use]
    pub fn forecast(&self, now: Timestamp, plan: u32, slots: u32) -> Option<Forecast> {
        let run = self.run(plan).filter(|run| !run.state.is_terminal())?;
        if self.waits_for_nobody(plan, run) {
            return None;
        }
        let Edges { starts, count, edges } = Edges::of(&run.nodes);
        let graph = Graph::build(count, &edges).ok()?;
        let given: Vec<Option<u64>> = run.nodes.iter().map(|node| node.spec.estimate_ms).collect();
        let mut expected = Durations::fill(&given, &classes(&run.nodes), USUAL_MS).ms;
        let mut guessed = 0;
        for (task, node) in (0_u32..).zip(&run.nodes) {
            let Some(expected) = expected.get_mut(task as usize) else { continue };
            let group = starts.get(task as usize).is_some_and(|start| *start != task) || node.each().is_some();
            if node.state.is_terminal() || group || node.spec.ask.is_some() {
                *expected = 0;
                continue;
            }
            guessed += u32::from(node.spec.estimate_ms.is_none());
            if let Some(lease) = &node.lease {
                // It may be late; then it is taken to end any moment.
                *expected = expected.saturating_sub(now.since_ms(lease.at)).max(1);
            }
        }
        expected.resize(count as usize, 0);
        let speeds = alloc::vec![1_000_000; usize::try_from(slots.min(65_536)).ok()?];
        let ranks = Ranks::by_duration(&graph, &expected);
        let simulation = Simulation {
            graph: &graph,
            expected_ms: &expected,
            actual_ms: None,
            ranks: Some(&ranks),
            speeds_ppm: &speeds,
            patience_ppm: PATIENCE_PPM,
        };
        let remaining_ms = simulation.run().ok()?.makespan_ms;
        let left = |task: &u32| expected.get(*task as usize).is_some_and(|ms| *ms > 0);
        let path = graph.critical_path(&expected).into_iter().filter(left);
        Some(Forecast {
            ends_at: now.plus_ms(remaining_ms),
            remaining_ms,
            span_ms: graph.span(&expected),
            critical_path: path.filter_map(|task| Some(run.node(task)?.name.clone())).collect(),
            slots,
            guessed,
        })
    }

    /// Is a task of the plan ready, and nobody there who can do it? Of tasks that ask for the same only the first is asked about.
    fn waits_for_nobody(&self, plan: u32, run: &Run) -> bool {
        let told = |at: Place| self.node(at).is_some_and(|node| node.nobody.is_some());
        let mut seen = BTreeSet::new();
        (0..).zip(&run.nodes).any(|(task, node)| {
            let standing = self.queue.standing(Place { plan, task });
            let fresh = standing.filter(|standing| seen.insert(standing.shape));
            node.nobody.is_some() || fresh.is_some_and(|standing| self.queue.alike(standing).any(told))
        })
    }
}
