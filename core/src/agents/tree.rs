//! The least of many keys, of which one changes at a time: tournaments, played again from there to the top.

use alloc::vec::Vec;

/// The key of nobody, above all others.
pub(super) const NOBODY: u64 = u64::MAX;

/// What one agent enters with: its key among all, and among those with a free slot.
pub(super) type Keys = [u64; 2];

/// Two tournaments over the same leaves. Node 1 is the top, the children of `n` are `2n` and `2n + 1`, and the leaves are the
/// second half; they need not be a power of two.
#[derive(Debug, Clone, Default)]
pub(super) struct Tree {
    all: Vec<u64>,
    free: Vec<u64>,
}

impl Tree {
    /// With room for an eighth more.
    pub(super) fn fill(&mut self, keys: impl ExactSizeIterator<Item = Keys>) {
        let leaves = (keys.len() + keys.len() / 8).max(1);
        let Self { all, free } = self;
        for nodes in [&mut *all, &mut *free] {
            nodes.clear();
            nodes.resize(2 * leaves, NOBODY);
        }
        for (leaf, keys) in (leaves..).zip(keys) {
            [all[leaf], free[leaf]] = keys;
        }
        for nodes in [all, free] {
            for at in (1..leaves).rev() {
                nodes[at] = nodes[2 * at].min(nodes[2 * at + 1]);
            }
        }
    }

    /// How many there is room for.
    pub(super) fn leaves(&self) -> usize {
        self.all.len() / 2
    }

    pub(super) fn top(&self) -> Keys {
        [&self.all, &self.free].map(|nodes| nodes.get(1).copied().unwrap_or(NOBODY))
    }

    /// Changes the keys of a leaf, and what is above it as far as that changes with it.
    pub(super) fn play(&mut self, leaf: usize, keys: Keys) {
        let leaf = self.leaves() + leaf;
        for (nodes, mut key) in [&mut self.all, &mut self.free].into_iter().zip(keys) {
            let mut at = leaf;
            while nodes.get(at).is_some_and(|node| *node != key) {
                nodes[at] = key;
                if at == 1 {
                    break;
                }
                key = key.min(nodes[at ^ 1]);
                at /= 2;
            }
        }
    }

    /// Walks down from a node to the leaf that has its key, and shows the nodes it turns away from. Says which leaf.
    pub(super) fn walk(&self, free: bool, from: usize, mut pass: impl FnMut(usize, u64)) -> usize {
        let (nodes, leaves, mut at) = (if free { &self.free } else { &self.all }, self.leaves(), from);
        let wanted = nodes[at];
        while at < leaves {
            let (one, two) = (2 * at, 2 * at + 1);
            let (next, other) = if nodes[one] == wanted { (one, two) } else { (two, one) };
            pass(other, nodes[other]);
            at = next;
        }
        at - leaves
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    fn passed(tree: &Tree, from: usize) -> (usize, Vec<(usize, u64)>) {
        let mut passed = Vec::new();
        let leaf = tree.walk(false, from, |node, key| passed.push((node, key)));
        (leaf, passed)
    }

    #[test]
    fn the_least_key_is_on_top_whatever_changes() {
        let mut tree = Tree::default();
        tree.fill((0_u32..100).map(|n| [1000 + u64::from(n), 2000 + u64::from(n)]));
        assert_eq!((tree.leaves(), tree.top()), (112, [1000, 2000]));
        for (leaf, keys, top) in [
            (99, [7, 8], [7, 8]),
            (50, [9, NOBODY], [7, 8]),
            (99, [NOBODY; 2], [9, 2000]),
            (0, [NOBODY; 2], [9, 2001]),
            (50, [3000, 3000], [1001, 2001]),
            (1, [1500, 1], [1002, 1]),
        ] {
            tree.play(leaf, keys);
            assert_eq!(tree.top(), top, "after {leaf}");
        }
    }

    #[test]
    fn who_has_a_key_is_found_past_all_others() {
        let mut tree = Tree::default();
        tree.fill([5, 3, 4, 8, 9, 1].into_iter().map(|key| [key, NOBODY]));
        assert_eq!(passed(&tree, 1), (5, vec![(3, 3), (4, 4), (10, 9)]));
        assert_eq!(passed(&tree, 4), (2, vec![(9, 8)]));
        assert_eq!(tree.top(), [1, NOBODY]);
    }

    #[test]
    fn one_key_is_its_own_top_and_none_is_nobody() {
        let mut tree = Tree::default();
        assert_eq!(tree.top(), [NOBODY; 2]);
        tree.fill([[5, 5]].into_iter());
        tree.play(0, [6, 7]);
        assert_eq!((tree.top(), passed(&tree, 1)), ([6, 7], (0, Vec::new())));
    }
}
