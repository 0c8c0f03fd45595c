//! A table by effect id.
//!
//! Ids only grow, so the table is a list in their order: a new entry goes to the end, and what is looked for is mostly
//! near it. That costs no hash and no allocation per entry, and what is in order is in order on every platform.

use alloc::collections::VecDeque;
use core::{cmp::Ordering, hint::black_box};

use super::ShortId;
use crate::id::EffectId;

/// A removed entry leaves a gap; gaps go when they are at an end, or more than the entries.
#[derive(Debug, Clone)]
pub(crate) struct ById<V> {
    ids: VecDeque<ShortId>,
    values: VecDeque<Option<V>>,
    len: usize,
}

impl<V> Default for ById<V> {
    fn default() -> Self {
        Self { ids: VecDeque::new(), values: VecDeque::new(), len: 0 }
    }
}

impl<V> ById<V> {
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn get(&self, id: EffectId) -> Option<&V> {
        self.values.get(self.find(id).ok()?)?.as_ref()
    }

    pub(crate) fn get_mut(&mut self, id: EffectId) -> Option<&mut V> {
        let at = self.find(id).ok()?;
        self.values.get_mut(at)?.as_mut()
    }

    /// Puts an entry in, replacing one with the same id.
    #[inline]
    pub(crate) fn insert(&mut self, id: EffectId, value: V) {
        let id = ShortId::from(id);
        match find(&self.ids, id) {
            Ok(at) => {
                let before = self.values.get_mut(at).and_then(|slot| slot.replace(value));
                self.len += usize::from(before.is_none());
            }
            Err(at) => {
                if at == self.ids.len() {
                    self.ids.push_back(id);
                    self.values.push_back(Some(value));
                } else {
                    self.ids.insert(at, id);
                    self.values.insert(at, Some(value));
                }
                self.len += 1;
            }
        }
    }

    /// Removes an entry, and says whether there was one.
    pub(crate) fn remove(&mut self, id: EffectId) -> bool {
        let slot = self.find(id).ok().and_then(|at| self.values.get_mut(at));
        let Some(slot) = slot.filter(|slot| slot.is_some()) else { return false };
        // In place: entries are large.
        *slot = None;
        self.len -= 1;
        while matches!(self.values.front(), Some(None)) {
            self.values.pop_front();
            self.ids.pop_front();
        }
        while matches!(self.values.back(), Some(None)) {
            self.values.pop_back();
            self.ids.pop_back();
        }
        if self.ids.len() > 2 * self.len + 64 {
            let mut kept = self.values.iter();
            self.ids.retain(|_| kept.next().is_some_and(Option::is_some));
            self.values.retain(Option::is_some);
        }
        true
    }

    /// Puts an entry in, and takes those with the lowest ids out above `cap`, at most two of them. Says how many went.
    pub(crate) fn insert_capped(&mut self, id: EffectId, value: V, cap: usize) -> u64 {
        let is_last = self.ids.back().is_none_or(|last| *last < ShortId::from(id));
        let mut gone = 0;
        if is_last {
            // First out, then in: so the list does not grow to twice its size for one entry more.
            while gone < 2 && self.len > 0 && self.len + 1 > cap {
                self.drop_first();
                gone += 1;
            }
        }
        self.insert(id, value);
        while gone < 2 && self.len > cap {
            self.drop_first();
            gone += 1;
        }
        gone
    }

    /// Drops the entry with the lowest id, without reading more of it than its end needs.
    #[inline]
    fn drop_first(&mut self) {
        while let Some(first) = self.values.front_mut() {
            let gap = first.is_none();
            *first = None;
            self.values.pop_front();
            self.ids.pop_front();
            if !gap {
                self.len -= 1;
                return;
            }
        }
    }

    /// The entries, by id.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (EffectId, &V)> {
        self.ids.iter().zip(&self.values).filter_map(|(id, value)| Some(((*id).into(), value.as_ref()?)))
    }

    /// The entries, by id.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (EffectId, &mut V)> {
        self.ids.iter().zip(&mut self.values).filter_map(|(id, value)| Some(((*id).into(), value.as_mut()?)))
    }

    /// Reads what is read to take an entry out above a cap, as many places after the first. See [`crate::state::warm`].
    pub(crate) fn warm_nth(&self, nth: usize, cap: usize) {
        if self.len >= cap {
            black_box((self.ids.get(nth), self.values.get(nth).map(Option::is_some)));
        }
    }

    fn find(&self, id: EffectId) -> Result<usize, usize> {
        find(&self.ids, id.into())
    }
}

/// Where an id is, or would be. Most that are asked for are the last one. One piece of code for all tables.
#[inline(never)]
fn find(ids: &VecDeque<ShortId>, id: ShortId) -> Result<usize, usize> {
    let len = ids.len();
    match ids.back().map(|last| last.cmp(&id)) {
        None | Some(Ordering::Less) => Err(len),
        Some(Ordering::Equal) => Ok(len - 1),
        Some(Ordering::Greater) => find_earlier(ids, id),
    }
}

/// How many of the latest ids are looked through before anything is read that is far from them in memory.
const NEAR: usize = 32;

/// Ids come at an even rate, more or less, so where one should be by the ids around it is near to where it is. Each probe
/// narrows the range; without the guess a million ids cost twenty probes, each in a part of memory that no cache holds.
fn find_earlier(ids: &VecDeque<ShortId>, id: ShortId) -> Result<usize, usize> {
    let len = ids.len();
    let near = len.saturating_sub(NEAR);
    if near == 0 || ids[near] <= id {
        return search(ids, id, near, len);
    }
    let (first, last) = (ids[0], ids[near]);
    if id <= first {
        return if id == first { Ok(0) } else { Err(0) };
    }
    let at = between(id.seq() - first.seq(), last.seq() - first.seq(), near);
    // From the guess in steps that double, until the id lies between two of them.
    let (mut low, mut high, mut step) = (at, at, 1);
    while low > 0 && ids[low] > id {
        high = low;
        low = low.saturating_sub(step);
        step *= 2;
    }
    while high < near && ids[high] < id {
        low = high;
        high = (high + step).min(near);
        step *= 2;
    }
    search(ids, id, low, high + 1)
}

/// The part of `len` that `part` is of `whole`.
fn between(part: u64, whole: u64, len: usize) -> usize {
    let product = u128::from(part) * len as u128 / u128::from(whole.max(1));
    usize::try_from(product).map_or(len, |at| at.min(len))
}

/// Halves a range. What is looked for is not before it, nor behind it.
fn search(ids: &VecDeque<ShortId>, id: ShortId, mut low: usize, mut high: usize) -> Result<usize, usize> {
    while low < high {
        let middle = low + (high - low) / 2;
        match ids[middle].cmp(&id) {
            Ordering::Less => low = middle + 1,
            Ordering::Equal => return Ok(middle),
            Ordering::Greater => high = middle,
        }
    }
    Err(low)
}

#[cfg(test)]
mod tests {
    use alloc::{collections::BTreeMap, vec::Vec};

    use super::*;
    use crate::id::Seq;

    fn id(seq: u64) -> EffectId {
        EffectId { seq: Seq(seq), ordinal: 0 }
    }

    #[test]
    fn every_entry_is_found_and_nothing_else() {
        for len in 0..70 {
            let mut table = ById::default();
            for n in 0..len {
                table.insert(id(2 * n), n);
            }
            for n in 0..len {
                assert_eq!((table.get(id(2 * n)), table.get(id(2 * n + 1))), (Some(&n), None), "{n} of {len}");
            }
        }
    }

    #[test]
    fn it_holds_what_a_map_holds_whatever_is_put_in_and_taken_out() {
        let (mut table, mut map, mut state) = (ById::default(), BTreeMap::new(), 7_u64);
        for n in 0..20_000_u64 {
            state = crate::det::mix(state, n);
            let at = id(state % 500);
            if state & 0x300_0000 == 0 {
                assert_eq!(table.remove(at), map.remove(&at).is_some());
            } else if state & 0x400_0000 == 0 {
                table.insert(at, n);
                map.insert(at, n);
            } else {
                map.pop_first();
                table.drop_first();
            }
            assert_eq!((table.len(), table.get(at)), (map.len(), map.get(&at)));
        }
        let listed: Vec<_> = table.iter().map(|(id, n)| (id, *n)).collect();
        assert_eq!(listed, map.into_iter().collect::<Vec<_>>());
    }

    #[test]
    fn above_a_cap_the_lowest_go_two_at_a_time() {
        let mut table = ById::default();
        for n in [2, 4, 6, 8] {
            assert_eq!(table.insert_capped(id(n), n, 4), 0);
        }
        let ids = |table: &ById<u64>| table.iter().map(|(id, _)| id.seq.0).collect::<Vec<_>>();
        assert_eq!((table.insert_capped(id(10), 10, 4), ids(&table)), (1, [4, 6, 8, 10].to_vec()));
        assert_eq!((table.insert_capped(id(5), 5, 4), ids(&table)), (1, [5, 6, 8, 10].to_vec()));
        assert_eq!((table.insert_capped(id(1), 1, 4), ids(&table)), (1, [5, 6, 8, 10].to_vec()));
        assert_eq!((table.insert_capped(id(6), 7, 4), ids(&table)), (0, [5, 6, 8, 10].to_vec()));
        assert_eq!((table.insert_capped(id(12), 12, 2), ids(&table)), (2, [8, 10, 12].to_vec()));
        assert_eq!((table.insert_capped(id(14), 14, 1), ids(&table)), (2, [12, 14].to_vec()));
        assert_eq!((table.insert_capped(id(16), 16, 1), ids(&table)), (2, [16].to_vec()));
    }

    #[test]
    fn gaps_do_not_outgrow_the_entries() {
        let mut table = ById::default();
        for n in 0..10_000 {
            table.insert(id(n), n);
        }
        for n in 1..9_999 {
            table.remove(id(n));
        }
        assert_eq!(table.len(), 2);
        assert!(table.ids.len() < 200, "{} places for 2 entries", table.ids.len());
        assert_eq!((table.get(id(0)), table.get(id(9_999))), (Some(&0), Some(&9_999)));
    }
}
