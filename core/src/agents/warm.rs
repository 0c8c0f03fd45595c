//! Which agents are warm in a context.
//!
//! A table of contexts, each with its agents in order: a few agents share a context, so that who comes, goes or is asked for is
//! found among a few instead of among all. Derived.

use alloc::collections::BTreeSet;

use hashbrown::HashTable;

#[derive(Debug, Clone, Default)]
pub(super) struct Warm {
    /// By the context's digest, which is as good as a hash. Nothing depends on the order.
    contexts: HashTable<(u64, BTreeSet<u32>)>,
}

impl Warm {
    pub(super) fn insert(&mut self, context: u64, slot: u32) {
        let entry = self.contexts.entry(context, |(other, _)| *other == context, |(other, _)| *other);
        entry.or_insert_with(|| (context, BTreeSet::new())).get_mut().1.insert(slot);
    }

    pub(super) fn remove(&mut self, context: u64, slot: u32) {
        if let Ok(mut found) = self.contexts.find_entry(context, |(other, _)| *other == context) {
            let slots = &mut found.get_mut().1;
            slots.remove(&slot);
            if slots.is_empty() {
                found.remove();
            }
        }
    }

    /// Who is warm in it, by slot.
    pub(super) fn of(&self, context: u64) -> impl Iterator<Item = u32> + '_ {
        let found = self.contexts.find(context, |(other, _)| *other == context);
        found.into_iter().flat_map(|(_, slots)| slots.iter().copied())
    }
}

#[cfg(test)]
mod tests {
    use alloc::{vec, vec::Vec};

    use super::*;

    #[test]
    fn who_is_warm_is_listed_by_slot_and_a_context_without_anybody_is_forgotten() {
        let mut warm = Warm::default();
        for (context, slot) in [(7, 3), (7, 1), (8, 2), (7, 3)] {
            warm.insert(context, slot);
        }
        let of = |warm: &Warm, context| warm.of(context).collect::<Vec<_>>();
        assert_eq!([7, 8, 9].map(|context| of(&warm, context)), [vec![1, 3], vec![2], vec![]]);
        warm.remove(8, 2);
        warm.remove(7, 3);
        warm.remove(7, 4);
        assert_eq!((of(&warm, 7), of(&warm, 8), warm.contexts.len()), (vec![1], vec![], 1));
    }
}
