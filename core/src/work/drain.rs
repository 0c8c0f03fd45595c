//! Hands the tasks of a graph out as they become ready.

pub(super) mod ready;

use alloc::{collections::VecDeque, vec::Vec};

use ready::Ready;

use super::{graph::Graph, order::Ranks};

/// Most edges one call of [`Drain::take`], [`Drain::finish`] or [`Drain::finish_all`] follows.
pub(crate) const SLICE: u32 = 16_384;

/// Marks in `waiting`, above every count of needs. 0 is ready.
const TAKEN: u32 = u32::MAX - 1;
const FINISHED: u32 = u32::MAX;

/// A task can not be finished. Nothing changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DrainError {
    /// There is no such task.
    #[error("there is no task {task}; tasks are numbered from 0 below {tasks}")]
    Unknown {
        /// The number given.
        task: u32,
        /// How many tasks there are.
        tasks: u32,
    },
    /// It was not handed out.
    #[error("task {task} was not handed out; finish only what `take` gave")]
    NotTaken {
        /// The task.
        task: u32,
    },
    /// It is finished already.
    #[error("task {task} is finished already; finish each task once")]
    Finished {
        /// The task.
        task: u32,
    },
}

/// The ready queue over a [`Graph`]: hands its tasks out as they become ready, many at a time.
///
/// | task | on | becomes |
/// |---|---|---|
/// | waiting | the last task it needs is finished and released | ready |
/// | ready | [`Drain::take`] | taken |
/// | taken | [`Drain::finish`] | finished |
///
/// Ready tasks leave first in, first out, or by rank. Every call is a bounded step: it looks at no more than 16,384
/// edges, so a task with a million dependents releases them over the next calls, and nothing is lost if there are none.
///
/// It takes 8 bytes per task beside the graph, 10 if it hands out by rank. [`crate::work`] has an example.
#[derive(Debug, Clone)]
pub struct Drain {
    graph: Graph,
    /// Per task how many of its needs are not finished, or a mark.
    waiting: Vec<u32>,
    ready: Ready,
    /// Finished tasks whose dependents are not all released, and how many of the first one's are.
    releasing: VecDeque<u32>,
    released: u32,
    taken: u32,
    finished: u32,
}

impl Drain {
    /// Hands out in the order in which tasks become ready: roots by number, then the dependents of what finishes first, by
    /// number.
    #[must_use]
    pub fn fifo(graph: Graph) -> Self {
        let ready = Ready::fifo(graph.len());
        Self::start(graph, ready)
    }

    /// Hands out the highest rank first; alike ones in the order in which they became ready.
    #[must_use]
    pub fn ranked(graph: Graph, ranks: Ranks) -> Self {
        let ready = Ready::ranked(ranks.into_buckets(graph.len()));
        Self::start(graph, ready)
    }

    fn start(graph: Graph, mut ready: Ready) -> Self {
        for task in graph.roots() {
            ready.push(task);
        }
        let waiting = graph.need_counts().to_vec();
        Self { graph, waiting, ready, releasing: VecDeque::new(), released: 0, taken: 0, finished: 0 }
    }

    /// Starts over: nothing is taken, nothing finished.
    pub fn restart(&mut self) {
        self.waiting.copy_from_slice(self.graph.need_counts());
        self.ready.clear();
        for task in self.graph.roots() {
            self.ready.push(task);
        }
        self.releasing.clear();
        (self.released, self.taken, self.finished) = (0, 0, 0);
    }

    /// Appends at most `max` ready tasks to `out` and returns how many. They are taken until they are finished.
    ///
    /// None means that everything ready is taken, unless [`Drain::is_releasing`]: then call it again.
    pub fn take(&mut self, max: usize, out: &mut Vec<u32>) -> usize {
        self.release(SLICE);
        let from = out.len();
        self.ready.pop(max, out);
        for &task in &out[from..] {
            self.waiting[task as usize] = TAKEN;
        }
        let count = out.len() - from;
        self.taken += u32::try_from(count).unwrap_or(0);
        count
    }

    /// A taken task is finished: what needed only this one becomes ready.
    ///
    /// # Errors
    /// All of [`DrainError`].
    pub fn finish(&mut self, task: u32) -> Result<(), DrainError> {
        self.finish_all(&[task])
    }

    /// As [`Drain::finish`] for many, in the order given. It takes a step per task, and follows at most 16,384 edges for all.
    ///
    /// # Errors
    /// All of [`DrainError`], of the first task that can not be finished. Then none is.
    pub fn finish_all(&mut self, tasks: &[u32]) -> Result<(), DrainError> {
        for (position, &task) in tasks.iter().enumerate() {
            match self.waiting.get_mut(task as usize) {
                Some(mark) if *mark == TAKEN => *mark = FINISHED,
                other => {
                    let error = match other {
                        None => DrainError::Unknown { task, tasks: self.graph.len() },
                        Some(&mut FINISHED) => DrainError::Finished { task },
                        Some(_) => DrainError::NotTaken { task },
                    };
                    for &undone in &tasks[..position] {
                        self.waiting[undone as usize] = TAKEN;
                    }
                    return Err(error);
                }
            }
        }
        let count = u32::try_from(tasks.len()).unwrap_or(0);
        self.taken -= count;
        self.finished += count;
        self.release_first(tasks);
        Ok(())
    }

    /// Releases what `tasks` held, or queues them behind those that are not done releasing.
    fn release_first(&mut self, tasks: &[u32]) {
        let mut budget = SLICE;
        if !self.releasing.is_empty() {
            self.releasing.extend(tasks);
            return self.release(budget);
        }
        let done = self.ready.release(&self.graph, tasks, &mut self.waiting, &mut budget);
        if let Some(&task) = tasks.get(done) {
            self.released = self.release_some(task, 0, budget);
            self.releasing.extend(&tasks[done..]);
        }
    }

    /// Continues what is not done releasing.
    fn release(&mut self, mut budget: u32) {
        while budget > 0 {
            let Some(&task) = self.releasing.front() else { return };
            let edges = self.release_some(task, self.released, budget);
            budget -= edges;
            self.released += edges;
            if budget > 0 {
                self.releasing.pop_front();
                self.released = 0;
            }
        }
    }

    /// Follows at most `budget` edges of a finished task, from its `from`th on; how many it followed.
    fn release_some(&mut self, task: u32, from: u32, budget: u32) -> u32 {
        let row = &self.graph.dependents(task)[from as usize..];
        let row = &row[..row.len().min(budget as usize)];
        self.ready.release_some(row, &mut self.waiting);
        // At most `budget`.
        u32::try_from(row.len()).unwrap_or(budget)
    }

    /// Releases everything at once, however long it takes: for callers that want all that is ready in one answer.
    pub fn settle(&mut self) {
        while self.is_releasing() {
            self.release(SLICE);
        }
    }

    /// Is something finished whose dependents are not all released? The next [`Drain::take`] continues.
    #[must_use]
    pub fn is_releasing(&self) -> bool {
        !self.releasing.is_empty()
    }

    /// Is every task finished?
    #[must_use]
    pub const fn is_done(&self) -> bool {
        self.finished == self.graph.len()
    }

    /// How many tasks are ready and not taken.
    #[must_use]
    pub fn ready(&self) -> u32 {
        self.ready.len()
    }

    /// How many tasks are taken and not finished.
    #[must_use]
    pub const fn taken(&self) -> u32 {
        self.taken
    }

    /// How many tasks are finished.
    #[must_use]
    pub const fn finished(&self) -> u32 {
        self.finished
    }

    /// The graph.
    #[must_use]
    pub const fn graph(&self) -> &Graph {
        &self.graph
    }
}

#[cfg(test)]
mod tests;
