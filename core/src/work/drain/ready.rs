//! Ready tasks in the order in which they leave. Each task enters at most once, so no queue outgrows the graph.

use alloc::{vec, vec::Vec};
use core::{mem, ops::Range};

use crate::work::{graph::Graph, order::BUCKETS};

const WORDS: usize = BUCKETS.div_ceil(64) as usize;

#[derive(Debug, Clone)]
pub(crate) enum Ready {
    Fifo(Fifo),
    Ranked(Ranked),
}

/// Tasks in the order in which they became ready; those before `left` have left.
#[derive(Debug, Clone, Default)]
pub(crate) struct Fifo {
    queue: Vec<u32>,
    left: usize,
}

/// A queue per bucket, and a bit for each that has tasks. How many tasks each will have is known, so all share one list that
/// never grows.
#[derive(Debug, Clone)]
pub(crate) struct Ranked {
    bucket: Vec<u16>,
    queue: Vec<u32>,
    /// By bucket: from the next one to leave to behind the last one.
    spans: Vec<Range<usize>>,
    filled: [u64; WORDS],
    len: u32,
}

impl Ready {
    pub(crate) fn fifo(tasks: u32) -> Self {
        Self::Fifo(Fifo { queue: Vec::with_capacity(tasks as usize), left: 0 })
    }

    pub(crate) fn ranked(bucket: Vec<u16>) -> Self {
        Self::Ranked(Ranked::new(bucket))
    }

    pub(crate) fn clear(&mut self) {
        match self {
            Self::Fifo(fifo) => fifo.clear(),
            Self::Ranked(ranked) => *ranked = Ranked::new(mem::take(&mut ranked.bucket)),
        }
    }

    #[inline]
    pub(crate) fn push(&mut self, task: u32) {
        match self {
            Self::Fifo(fifo) => fifo.queue.push(task),
            Self::Ranked(ranked) => ranked.push(task),
        }
    }

    /// One need of each dependent of these finished tasks is met; dependents that have no other enter. It stops before a task
    /// with more of them than the budget has left, and returns how many tasks it did.
    pub(crate) fn release(&mut self, graph: &Graph, tasks: &[u32], waiting: &mut [u32], budget: &mut u32) -> usize {
        match self {
            Self::Fifo(fifo) => each_row(graph, tasks, waiting, budget, |task| fifo.queue.push(task)),
            Self::Ranked(ranked) => each_row(graph, tasks, waiting, budget, |task| ranked.push(task)),
        }
    }

    /// The same for some dependents.
    pub(crate) fn release_some(&mut self, dependents: &[u32], waiting: &mut [u32]) {
        match self {
            Self::Fifo(fifo) => count_down(dependents, waiting, |task| fifo.queue.push(task)),
            Self::Ranked(ranked) => count_down(dependents, waiting, |task| ranked.push(task)),
        }
    }

    /// Puts back what left last: it leaves next.
    pub(crate) fn put_back(&mut self, task: u32) {
        match self {
            Self::Fifo(fifo) => fifo.put_back(task),
            Self::Ranked(ranked) => ranked.put_back(task),
        }
    }

    /// The next one.
    pub(crate) fn pop_one(&mut self) -> Option<u32> {
        match self {
            Self::Fifo(fifo) => fifo.pop_one(),
            Self::Ranked(ranked) => ranked.pop_one(),
        }
    }

    /// Moves at most `max` tasks to `out`.
    pub(crate) fn pop(&mut self, max: usize, out: &mut Vec<u32>) {
        match self {
            Self::Fifo(fifo) => fifo.pop(max, out),
            Self::Ranked(ranked) => ranked.pop(max, out),
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "a task enters once, and tasks are u32")]
    pub(crate) fn len(&self) -> u32 {
        match self {
            Self::Fifo(fifo) => (fifo.queue.len() - fifo.left) as u32,
            Self::Ranked(ranked) => ranked.len,
        }
    }
}

#[inline]
fn each_row(graph: &Graph, tasks: &[u32], waiting: &mut [u32], budget: &mut u32, mut push: impl FnMut(u32)) -> usize {
    for (done, &task) in tasks.iter().enumerate() {
        let row = graph.dependents(task);
        match u32::try_from(row.len()) {
            Ok(edges) if edges <= *budget => *budget -= edges,
            _ => return done,
        }
        count_down(row, waiting, &mut push);
    }
    tasks.len()
}

#[inline]
fn count_down(dependents: &[u32], waiting: &mut [u32], mut push: impl FnMut(u32)) {
    for &task in dependents {
        let left = &mut waiting[task as usize];
        *left -= 1;
        if *left == 0 {
            push(task);
        }
    }
}

impl Fifo {
    fn clear(&mut self) {
        self.queue.clear();
        self.left = 0;
    }

    fn put_back(&mut self, task: u32) {
        if self.left == 0 {
            self.queue.insert(0, task);
        } else {
            self.left -= 1;
            self.queue[self.left] = task;
        }
    }

    fn pop_one(&mut self) -> Option<u32> {
        let task = self.queue.get(self.left).copied()?;
        self.left += 1;
        Some(task)
    }

    fn pop(&mut self, max: usize, out: &mut Vec<u32>) {
        let end = self.queue.len().min(self.left.saturating_add(max));
        out.extend_from_slice(&self.queue[self.left..end]);
        self.left = end;
    }
}

impl Ranked {
    fn new(bucket: Vec<u16>) -> Self {
        let mut spans = vec![0..0; BUCKETS as usize];
        bucket.iter().for_each(|bucket| spans[usize::from(*bucket)].end += 1);
        let mut start = 0;
        for span in &mut spans {
            let count = span.end;
            *span = start..start;
            start += count;
        }
        Self { queue: vec![0; bucket.len()], bucket, spans, filled: [0; WORDS], len: 0 }
    }

    #[inline]
    fn push(&mut self, task: u32) {
        let bucket = usize::from(self.bucket[task as usize]);
        let span = &mut self.spans[bucket];
        self.queue[span.end] = task;
        span.end += 1;
        self.filled[bucket / 64] |= 1 << (bucket % 64);
        self.len += 1;
    }

    fn put_back(&mut self, task: u32) {
        let bucket = usize::from(self.bucket[task as usize]);
        let span = &mut self.spans[bucket];
        span.start -= 1;
        self.queue[span.start] = task;
        self.filled[bucket / 64] |= 1 << (bucket % 64);
        self.len += 1;
    }

    /// The highest bucket with tasks.
    fn highest(&self) -> Option<usize> {
        let (word, bits) = (0..WORDS).rev().map(|word| (word, self.filled[word])).find(|(_, bits)| *bits != 0)?;
        Some(word * 64 + 63 - bits.leading_zeros() as usize)
    }

    /// At most so many of a bucket leave.
    fn leave(&mut self, bucket: usize, max: usize) -> &[u32] {
        let span = &mut self.spans[bucket];
        let left = span.start..span.end.min(span.start.saturating_add(max));
        span.start = left.end;
        if span.start == span.end {
            self.filled[bucket / 64] &= !(1 << (bucket % 64));
        }
        // No more than there are tasks.
        self.len -= u32::try_from(left.len()).unwrap_or(0);
        &self.queue[left]
    }

    fn pop_one(&mut self) -> Option<u32> {
        let bucket = self.highest()?;
        self.leave(bucket, 1).first().copied()
    }

    fn pop(&mut self, max: usize, out: &mut Vec<u32>) {
        let wanted = out.len().saturating_add(max);
        while out.len() < wanted {
            let Some(bucket) = self.highest() else { return };
            out.extend_from_slice(self.leave(bucket, wanted - out.len()));
        }
    }
}
