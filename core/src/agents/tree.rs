//! The least of many keys, of which one changes at a time: a tournament, played again from there to the top.

use alloc::vec::Vec;

/// The key of nobody, above all others.
pub(super) const NOBODY: u64 = u64::MAX;

/// Node 1 is the top, the children of `n` are `2n` and `2n + 1`, and the leaves are the second half; they need not be a power
/// of two.
#[derive(Debug, Clone, Default)]
pub(super) struct Tree {
    nodes: Vec<u64>,
}

impl Tree {
    /// With room for an eighth more.
    pub(super) fn fill(&mut self, keys: impl ExactSizeIterator<Item = u64>) {
        let leaves = (keys.len() + keys.len() / 8).max(1);
        let nodes = &mut self.nodes;
        nodes.clear();
        nodes.resize(leaves, NOBODY);
        nodes.extend(keys);
        nodes.resize(2 * leaves, NOBODY);
        for at in (1..leaves).rev() {
            nodes[at] = nodes[2 * at].min(nodes[2 * at + 1]);
        }
    }

    /// How many there is room for.
    pub(super) fn leaves(&self) -> usize {
        self.nodes.len() / 2
    }

    pub(super) fn top(&self) -> u64 {
        self.nodes.get(1).copied().unwrap_or(NOBODY)
    }

    /// Changes the key of a leaf, and what is above it as far as that changes with it.
    pub(super) fn play(&mut self, leaf: usize, mut key: u64) {
        let mut at = self.leaves() + leaf;
        let nodes = &mut self.nodes[..];
        while nodes.get(at).is_some_and(|node| *node != key) {
            nodes[at] = key;
            if at == 1 {
                break;
            }
            key = key.min(nodes[at ^ 1]);
            at /= 2;
        }
    }

    /// Walks down from a node to the leaf that has its key, and shows the nodes it turns away from. Says which leaf.
    pub(super) fn walk(&self, from: usize, mut pass: impl FnMut(usize, u64)) -> usize {
        let (nodes, leaves, mut at) = (&self.nodes[..], self.leaves(), from);
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
    use alloc::{vec, vec::Vec};

    use super::*;

    fn passed(tree: &Tree, from: usize) -> (usize, Vec<(usize, u64)>) {
        let mut passed = Vec::new();
        let leaf = tree.walk(from, |node, key| passed.push((node, key)));
        (leaf, passed)
    }

    #[test]
    fn the_least_key_is_on_top_whatever_changes() {
        let mut tree = Tree::default();
        tree.fill((0_u32..100).map(|n| 1000 + u64::from(n)));
        assert_eq!((tree.leaves(), tree.top()), (112, 1000));
        for (leaf, key, top) in
            [(99, 7, 7), (50, 9, 7), (99, NOBODY, 9), (0, NOBODY, 9), (50, 3000, 1001), (1, 1500, 1002)]
        {
            tree.play(leaf, key);
            assert_eq!(tree.top(), top, "after {leaf}");
        }
    }

    #[test]
    fn who_has_a_key_is_found_past_all_others() {
        let mut tree = Tree::default();
        tree.fill([5, 3, 4, 8, 9, 1].into_iter());
        assert_eq!(passed(&tree, 1), (5, vec![(3, 3), (4, 4), (10, 9)]));
        assert_eq!(passed(&tree, 4), (2, vec![(9, 8)]));
        assert_eq!(tree.top(), 1);
    }

    #[test]
    fn one_key_is_its_own_top_and_none_is_nobody() {
        let mut tree = Tree::default();
        assert_eq!(tree.top(), NOBODY);
        tree.fill([5].into_iter());
        tree.play(0, 6);
        assert_eq!((tree.top(), passed(&tree, 1)), (6, (0, Vec::new())));
    }
}
