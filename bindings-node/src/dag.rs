//! Large graphs of tasks, over typed arrays.

use napi::{Result, bindgen_prelude::Uint32Array};
use napi_derive::napi;
use reynolds::work::{Drain, DrainError, Graph, GraphError, GraphLimits};

use crate::problem::{caught, thrown};

/// The ready queue over a graph of tasks numbered from 0.
#[napi(js_name = "NativeDag")]
pub struct NodeDag {
    drain: Drain,
    /// Reused: what is handed out is counted before it is copied.
    out: Vec<u32>,
}

#[napi]
impl NodeDag {
    /// `edges` are pairs `a, b`: `b` needs `a`. Throws for a cycle, with its path.
    #[napi(factory)]
    pub fn create(tasks: u32, edges: &[u32]) -> Result<Self> {
        caught(|| {
            let graph = Graph::build_flat(&GraphLimits::default(), tasks, edges).map_err(graph_problem)?;
            Ok(Self { drain: Drain::fifo(graph), out: Vec::new() })
        })
    }

    /// At most `max` tasks that are ready; they are taken until they are finished.
    #[napi]
    pub fn take(&mut self, max: u32) -> Result<Uint32Array> {
        caught(|| {
            self.drain.settle();
            self.out.clear();
            self.drain.take(max as usize, &mut self.out);
            Ok(Uint32Array::with_data_copied(&self.out))
        })
    }

    /// Taken tasks that are finished.
    #[napi]
    pub fn finish(&mut self, tasks: &[u32]) -> Result<()> {
        caught(|| self.drain.finish_all(tasks).map_err(drain_problem))
    }

    /// Starts over.
    #[napi]
    pub fn restart(&mut self) {
        self.drain.restart();
    }

    /// Is every task finished?
    #[napi(getter)]
    pub fn done(&self) -> bool {
        self.drain.is_done()
    }

    /// All tasks, each after what it needs.
    #[napi]
    pub fn order(&self) -> Result<Uint32Array> {
        caught(|| Ok(Uint32Array::new(self.drain.graph().topological_order())))
    }
}

fn graph_problem(problem: GraphError) -> napi::Error {
    match problem {
        GraphError::Cycle { .. } => thrown(format!("RY1017: graph: {problem}")),
        other => thrown(format!("RY2206: {other}")),
    }
}

fn drain_problem(problem: DrainError) -> napi::Error {
    thrown(format!("RY2206: {problem}"))
}
