//! Ready tasks in the order in which they leave. Each task enters at most once, so nothing here grows.

use alloc::{vec, vec::Vec};

use crate::work::order::BUCKETS;

/// No task.
const NONE: u32 = u32::MAX;
const WORDS: usize = BUCKETS.div_ceil(64) as usize;

#[derive(Debug, Clone)]
pub(crate) enum Ready {
    Fifo(Fifo),
    Ranked(Ranked),
}

/// Every task that ever was ready; those before `left` have left.
#[derive(Debug, Clone)]
pub(crate) struct Fifo {
    queue: Vec<u32>,
    left: usize,
}

/// A list per bucket, linked through `next`, and a bit for each that has tasks.
#[derive(Debug, Clone)]
pub(crate) struct Ranked {
    bucket: Vec<u16>,
    next: Vec<u32>,
    first: Vec<u32>,
    last: Vec<u32>,
    filled: [u64; WORDS],
    len: u32,
}

impl Ready {
    pub(crate) fn fifo(tasks: u32) -> Self {
        Self::Fifo(Fifo { queue: Vec::with_capacity(tasks as usize), left: 0 })
    }

    pub(crate) fn ranked(bucket: Vec<u16>) -> Self {
        let (next, ends) = (vec![NONE; bucket.len()], vec![NONE; BUCKETS as usize]);
        Self::Ranked(Ranked { bucket, next, first: ends.clone(), last: ends, filled: [0; WORDS], len: 0 })
    }

    pub(crate) fn clear(&mut self) {
        match self {
            Self::Fifo(fifo) => {
                fifo.queue.clear();
                fifo.left = 0;
            }
            Self::Ranked(ranked) => {
                ranked.first.fill(NONE);
                ranked.filled = [0; WORDS];
                ranked.len = 0;
            }
        }
    }

    #[inline]
    pub(crate) fn push(&mut self, task: u32) {
        match self {
            Self::Fifo(fifo) => fifo.queue.push(task),
            Self::Ranked(ranked) => ranked.push(task),
        }
    }

    /// Puts back what left last: it leaves next.
    pub(crate) fn put_back(&mut self, task: u32) {
        match self {
            Self::Fifo(fifo) => {
                fifo.left -= 1;
                fifo.queue[fifo.left] = task;
            }
            Self::Ranked(ranked) => ranked.put_back(task),
        }
    }

    /// The next one.
    pub(crate) fn pop_one(&mut self) -> Option<u32> {
        match self {
            Self::Fifo(fifo) => {
                let task = fifo.queue.get(fifo.left).copied()?;
                fifo.left += 1;
                Some(task)
            }
            Self::Ranked(ranked) => ranked.pop_one(),
        }
    }

    /// Moves at most `max` tasks to `out`.
    pub(crate) fn pop(&mut self, max: usize, out: &mut Vec<u32>) {
        match self {
            Self::Fifo(fifo) => {
                let end = fifo.queue.len().min(fifo.left.saturating_add(max));
                out.extend_from_slice(&fifo.queue[fifo.left..end]);
                fifo.left = end;
            }
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

impl Ranked {
    #[inline]
    fn push(&mut self, task: u32) {
        let bucket = usize::from(self.bucket[task as usize]);
        self.next[task as usize] = NONE;
        if self.first[bucket] == NONE {
            self.first[bucket] = task;
            self.filled[bucket / 64] |= 1 << (bucket % 64);
        } else {
            self.next[self.last[bucket] as usize] = task;
        }
        self.last[bucket] = task;
        self.len += 1;
    }

    fn put_back(&mut self, task: u32) {
        let bucket = usize::from(self.bucket[task as usize]);
        self.next[task as usize] = self.first[bucket];
        if self.first[bucket] == NONE {
            self.last[bucket] = task;
            self.filled[bucket / 64] |= 1 << (bucket % 64);
        }
        self.first[bucket] = task;
        self.len += 1;
    }

    fn pop_one(&mut self) -> Option<u32> {
        let (word, bits) = (0..WORDS).rev().map(|word| (word, self.filled[word])).find(|(_, bits)| *bits != 0)?;
        let bit = 63 - bits.leading_zeros() as usize;
        let first = &mut self.first[word * 64 + bit];
        let task = *first;
        *first = self.next[task as usize];
        if *first == NONE {
            self.filled[word] &= !(1 << bit);
        }
        self.len -= 1;
        Some(task)
    }

    fn pop(&mut self, max: usize, out: &mut Vec<u32>) {
        let mut room = max;
        for word in (0..WORDS).rev() {
            while room > 0 && self.filled[word] != 0 {
                let bit = 63 - self.filled[word].leading_zeros() as usize;
                let bucket = word * 64 + bit;
                let mut task = self.first[bucket];
                while room > 0 && task != NONE {
                    out.push(task);
                    task = self.next[task as usize];
                    (room, self.len) = (room - 1, self.len - 1);
                }
                self.first[bucket] = task;
                if task == NONE {
                    self.filled[word] &= !(1 << bit);
                }
            }
        }
    }
}
