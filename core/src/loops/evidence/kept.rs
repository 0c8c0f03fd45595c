//! Steps as they are kept. There is one for each effect of a quarter of a million, and most are the first of their line,
//! of which there is little to tell.

use alloc::boxed::Box;
use core::num::NonZeroU64;

use super::{
    bets::{Bets, Category},
    print::Print,
    trail::{Deed, Step},
};
use crate::id::Seq;

/// A [`Step`], in a quarter of its room if it is a [`First`].
#[derive(Debug, Clone)]
pub(super) enum Kept {
    First(First),
    Other(Box<Step>),
}

/// A step that begins a line, declares nothing and writes no property.
#[derive(Debug, Clone, Copy)]
pub(super) struct First {
    trigger: Option<NonZeroU64>,
    kind: u64,
    subject: u64,
    digest: u64,
    hash: u64,
    exact: u64,
    words: u16,
    /// Does it change anything outside?
    counts: bool,
    /// Does it more than look something up?
    novel: bool,
}

impl First {
    fn of(step: &Step) -> Option<Self> {
        let Step {
            parent: None,
            trigger,
            deed: Deed { kind, subject, print: Print { digest, hash, words }, property: 0, value: 0, exact, proof: 0 },
            attempt: [0, 0],
            progress: None,
            definite,
            inferred,
            proven,
            repeats: 0,
            category: Category::New,
            depth: depth @ 0..=1,
            reentered: 0,
            changes,
            novel,
        } = *step
        else {
            return None;
        };
        let trigger = trigger.map(|seq| NonZeroU64::new(seq.0));
        if trigger == Some(None) || changes != (depth > 0) || [definite, inferred, proven] != [Bets::default(); 3] {
            return None;
        }
        let trigger = trigger.flatten();
        Some(Self { trigger, kind, subject, digest, hash, exact, words, counts: depth > 0, novel })
    }

    fn step(self) -> Step {
        let Self { trigger, kind, subject, digest, hash, exact, words, counts, novel } = self;
        let print = Print { digest, hash, words };
        Step {
            parent: None,
            trigger: trigger.map(|seq| Seq(seq.get())),
            deed: Deed { kind, subject, print, exact, ..Deed::default() },
            attempt: [0, 0],
            progress: None,
            definite: Bets::default(),
            inferred: Bets::default(),
            proven: Bets::default(),
            repeats: 0,
            category: Category::New,
            depth: u16::from(counts),
            reentered: 0,
            changes: counts,
            novel,
        }
    }
}

impl From<&Step> for Kept {
    fn from(step: &Step) -> Self {
        First::of(step).map_or_else(|| Self::Other(Box::new(*step)), Self::First)
    }
}

impl Kept {
    pub(super) fn step(&self) -> Step {
        match self {
            Self::First(first) => first.step(),
            Self::Other(step) => **step,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::EffectId;

    #[test]
    fn a_step_is_told_again_as_it_was() {
        let print = Print { digest: 3, hash: 4, words: 5 };
        let first = First {
            trigger: NonZeroU64::new(9),
            kind: 1,
            subject: 2,
            digest: 3,
            hash: 4,
            exact: 6,
            words: 5,
            counts: true,
            novel: true,
        };
        let plain = Step { deed: Deed { kind: 1, subject: 2, print, exact: 6, ..Deed::default() }, ..first.step() };
        assert_eq!((plain.trigger, plain.depth), (Some(Seq(9)), 1));
        let later = Step { parent: Some(EffectId { seq: Seq(7), ordinal: 1 }), ..plain };
        let deep = Step { depth: 2, ..plain };
        let writes = Step { deed: Deed { property: 8, ..plain.deed }, ..plain };
        let of_none = Step { trigger: Some(Seq(0)), ..plain };
        for (step, short) in [(plain, true), (later, false), (deep, false), (writes, false), (of_none, false)] {
            let kept = Kept::from(&step);
            assert_eq!((kept.step(), matches!(kept, Kept::First(_))), (step, short));
        }
        assert_eq!(size_of::<Option<Kept>>(), 56);
    }
}
