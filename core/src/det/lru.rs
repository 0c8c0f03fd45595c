//! A bounded table that forgets its oldest entry.
//!
//! The order of forgetting is the order of insertion or last [`Lru::touch`], a list threaded through the entries: it
//! depends on no clock and on no hash, so every replay forgets the same entry. Hashes only find an entry; they are
//! never stored in a snapshot, and there is no iteration in hash order.

use alloc::vec::Vec;
use core::{
    borrow::Borrow,
    hash::{Hash, Hasher},
    hint::black_box,
};

use ahash::RandomState;
use hashbrown::HashTable;
use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};

use crate::id::ChainId;

const NONE: u32 = u32::MAX;

/// What a table is asked by.
pub(crate) trait Key: Hash + Eq {
    /// Which of up to 16 keys it is that hash alike, so that they lie side by side.
    fn near(&self) -> u64 {
        0
    }
}

impl Key for u64 {}
impl Key for ChainId {}
impl Key for (u32, ChainId) {}

/// A number that is asked for at about the same time as those near it. Sixteen in a row lie side by side in the index:
/// where that is larger than the caches, memory is read once for all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(transparent)]
pub(crate) struct Serial(#[n(0)] pub(crate) u64);

impl Key for Serial {
    fn near(&self) -> u64 {
        self.0 & 15
    }
}

impl Hash for Serial {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.0 >> 4);
    }
}

/// How far what a key leads to is read: where that is known only when the part before was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Depth {
    /// Where the key would be in the index.
    Index,
    /// The entry.
    Entry,
    /// The entries beside it in the order of forgetting, and what it points to.
    Beside,
}

impl Depth {
    pub(crate) const ALL: [Self; 3] = [Self::Index, Self::Entry, Self::Beside];
}

/// An entry that is about to be forgotten.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Oldest(u32);

#[derive(Debug, Clone)]
struct Slot<K, V> {
    older: u32,
    newer: u32,
    entry: Option<(K, V)>,
}

#[derive(Debug, Clone)]
pub(crate) struct Lru<K, V> {
    hasher: RandomState,
    /// What an entry's key hashes to, and where it is. With the hash beside it, most that are not looked for are passed over
    /// without a look at them, and an index grows without one: entries are far away in memory.
    index: HashTable<(u32, u32)>,
    slots: Vec<Slot<K, V>>,
    free: u32,
    oldest: u32,
    newest: u32,
    cap: u32,
    forgotten: u64,
}

fn hash_of<Q: Key + ?Sized>(hasher: &RandomState, key: &Q) -> u32 {
    #[expect(clippy::cast_possible_truncation, reason = "the lower half of a hash is one")]
    let (hash, near) = (hasher.hash_one(key) as u32, key.near() as u32);
    // The index tells neighbours apart by the highest bits.
    hash.wrapping_add(near) ^ near << 25
}

/// For the index, which places an entry by the lowest bits and tells it from others by the seven highest.
fn wide(hash: u32) -> u64 {
    u64::from(hash) << 32 | u64::from(hash)
}

impl<K: Key, V> Lru<K, V> {
    pub(crate) fn new(cap: u32, seed: u64) -> Self {
        Self {
            // Keyed by the genesis, so that nobody outside can build ids that collide.
            hasher: RandomState::with_seeds(seed, !seed, seed.rotate_left(17), 0x7265_796e_6f6c_6473),
            index: HashTable::new(),
            slots: Vec::new(),
            free: NONE,
            oldest: NONE,
            newest: NONE,
            cap: cap.clamp(1, NONE - 1),
            forgotten: 0,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.index.len()
    }

    /// How many entries were forgotten so far.
    pub(crate) fn forgotten(&self) -> u64 {
        self.forgotten
    }

    /// Takes effect with the next insertions, at most two entries each, so that no single input pays for it.
    pub(crate) fn set_cap(&mut self, cap: u32) {
        self.cap = cap.clamp(1, NONE - 1);
    }

    fn hash<Q: Key + ?Sized>(&self, key: &Q) -> u32 {
        hash_of(&self.hasher, key)
    }

    fn find<Q: Key + ?Sized>(&self, key: &Q) -> Option<u32>
    where
        K: Borrow<Q>,
    {
        if self.index.is_empty() {
            return None;
        }
        self.find_hashed(self.hash(key), key)
    }

    fn find_hashed<Q: Eq + ?Sized>(&self, hash: u32, key: &Q) -> Option<u32>
    where
        K: Borrow<Q>,
    {
        self.index.find(wide(hash), |&(tag, at)| tag == hash && self.key_is(at, key)).map(|&(_, at)| at)
    }

    /// Reads what is read to find a key, or to touch its entry, up to a depth. Gives the entry that it probably has, once that was read.
    /// See [`crate::state::warm`].
    pub(crate) fn warm<Q: Key + ?Sized>(&self, key: &Q, depth: Depth) -> Option<&V> {
        let hash = self.hash(key);
        if depth == Depth::Index {
            black_box(self.index.find(wide(hash), |_| false).is_none());
            return None;
        }
        let &(_, at) = self.index.find(wide(hash), |&(tag, _)| tag == hash)?;
        let slot = self.slots.get(at as usize)?;
        if depth == Depth::Entry {
            black_box((slot.older, slot.entry.is_some()));
            return None;
        }
        for beside in [slot.older, slot.newer] {
            black_box(self.slots.get(beside as usize).map_or(NONE, |slot| slot.older));
        }
        slot.entry.as_ref().map(|(_, value)| value)
    }

    /// Reads what is read to forget an entry, from the oldest on: which is the next?
    pub(crate) fn warm_oldest(&self, next: Option<Oldest>) -> Option<Oldest> {
        let Oldest(at) = match next {
            Some(next) => next,
            None if self.index.len() < self.cap as usize => return None,
            None => Oldest(self.oldest),
        };
        let slot = self.slots.get(at as usize)?;
        if let Some((key, _)) = &slot.entry {
            black_box(self.index.find(wide(self.hash(key)), |&(_, other)| other == at).is_none());
        }
        Some(Oldest(slot.newer))
    }

    fn key_is<Q: Eq + ?Sized>(&self, at: u32, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.slots[at as usize].entry.as_ref().is_some_and(|(k, _)| k.borrow() == key)
    }

    pub(crate) fn get<Q: Key + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        let at = self.find(key)?;
        self.slots[at as usize].entry.as_ref().map(|(_, v)| v)
    }

    pub(crate) fn contains<Q: Key + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.find(key).is_some()
    }

    /// The value, left where it is in the order of forgetting.
    pub(crate) fn get_mut<Q: Key + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        let at = self.find(key)?;
        self.slots[at as usize].entry.as_mut().map(|(_, v)| v)
    }

    /// The value, made the newest.
    pub(crate) fn touch<Q: Key + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        let at = self.find(key)?;
        self.renew(at);
        self.slots[at as usize].entry.as_mut().map(|(_, v)| v)
    }

    fn renew(&mut self, at: u32) {
        if self.newest != at {
            self.unlink(at);
            self.link_newest(at);
        }
    }

    /// Puts an entry in as the newest one, replacing one with the same key, and forgets old ones above the cap.
    pub(crate) fn insert(&mut self, key: K, value: V) {
        let hash = self.hash(&key);
        if let Some(at) = self.find_hashed(hash, &key) {
            self.renew(at);
            self.slots[at as usize].entry = Some((key, value));
            return;
        }
        self.make_room();
        self.insert_new(hash, key, value);
    }

    /// Like [`Lru::insert`], for a key that is known not to be there.
    pub(crate) fn insert_fresh(&mut self, key: K, value: V) {
        let hash = self.hash(&key);
        debug_assert!(self.find_hashed(hash, &key).is_none(), "the key is there");
        self.make_room();
        self.insert_new(hash, key, value);
    }

    fn make_room(&mut self) {
        for _ in 0..2 {
            if self.index.len() >= self.cap as usize {
                self.forget_oldest();
            }
        }
    }

    fn insert_new(&mut self, hash: u32, key: K, value: V) {
        let slot = Slot { older: NONE, newer: NONE, entry: Some((key, value)) };
        let at = if self.free == NONE {
            self.slots.push(slot);
            u32::try_from(self.slots.len() - 1).unwrap_or(NONE)
        } else {
            let at = self.free;
            self.free = self.slots[at as usize].newer;
            self.slots[at as usize] = slot;
            at
        };
        self.index.insert_unique(wide(hash), (hash, at), |&(hash, _)| wide(hash));
        self.link_newest(at);
    }

    pub(crate) fn remove<Q: Key + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let at = self.find(key)?;
        self.take(at).map(|(_, v)| v)
    }

    fn forget_oldest(&mut self) {
        if self.oldest != NONE {
            let at = self.oldest;
            self.detach(at);
            // Dropped where it is: taken out, all of it would be read first.
            self.slots[at as usize].entry = None;
            self.forgotten = self.forgotten.saturating_add(1);
        }
    }

    fn take(&mut self, at: u32) -> Option<(K, V)> {
        self.detach(at);
        self.slots[at as usize].entry.take()
    }

    /// Takes an entry out of the order and of the index, and lends its place to the next one.
    fn detach(&mut self, at: u32) {
        self.unlink(at);
        let slot = &mut self.slots[at as usize];
        slot.newer = self.free;
        self.free = at;
        let Some((key, _)) = &slot.entry else { return };
        let hash = hash_of(&self.hasher, key);
        if let Ok(found) = self.index.find_entry(wide(hash), |&(_, other)| other == at) {
            found.remove();
        }
    }

    fn unlink(&mut self, at: u32) {
        let (older, newer) = (self.slots[at as usize].older, self.slots[at as usize].newer);
        match older {
            NONE => self.oldest = newer,
            older => self.slots[older as usize].newer = newer,
        }
        match newer {
            NONE => self.newest = older,
            newer => self.slots[newer as usize].older = older,
        }
    }

    fn link_newest(&mut self, at: u32) {
        self.slots[at as usize].older = self.newest;
        self.slots[at as usize].newer = NONE;
        match self.newest {
            NONE => self.oldest = at,
            newest => self.slots[newest as usize].newer = at,
        }
        self.newest = at;
    }

    /// All entries, the oldest first: the order is part of the state, so equal states list equally.
    pub(crate) fn oldest_first(&self) -> impl Iterator<Item = &(K, V)> + '_ {
        let mut at = self.oldest;
        core::iter::from_fn(move || {
            let slot = self.slots.get(at as usize)?;
            at = slot.newer;
            slot.entry.as_ref()
        })
    }

    pub(crate) fn decode_entries<'b, C>(&mut self, d: &mut Decoder<'b>, ctx: &mut C) -> Result<(), decode::Error>
    where
        K: Decode<'b, C>,
        V: Decode<'b, C>,
    {
        let parts = d.array()?;
        if parts != Some(2) {
            return Err(decode::Error::message("a table is a list of two"));
        }
        let forgotten = d.u64()?;
        let count = d.array()?.ok_or_else(|| decode::Error::message("a table has a known length"))?;
        for _ in 0..count {
            let (key, value) = <(K, V)>::decode(d, ctx)?;
            if self.find(&key).is_some() {
                return Err(decode::Error::message("a table has one key twice"));
            }
            // Not `insert`: a table above a cap that was lowered has not forgotten these yet.
            self.insert_new(self.hash(&key), key, value);
        }
        self.forgotten = forgotten;
        Ok(())
    }
}

impl<C, K: Key + Encode<C>, V: Encode<C>> Encode<C> for Lru<K, V> {
    fn encode<W: encode::Write>(&self, e: &mut Encoder<W>, ctx: &mut C) -> Result<(), encode::Error<W::Error>> {
        e.array(2)?.u64(self.forgotten)?.array(self.len() as u64)?;
        for (key, value) in self.oldest_first() {
            e.array(2)?;
            key.encode(e, ctx)?;
            value.encode(e, ctx)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use alloc::{boxed::Box, vec::Vec};

    use super::*;

    impl Key for str {}
    impl Key for Box<str> {}

    #[test]
    fn numbers_in_a_row_and_with_gaps_are_all_found() {
        for step in [1, 2, 16, 4096] {
            let mut table = Lru::new(5000, 7);
            for n in 0..5000 {
                table.insert_fresh(Serial(step * n), n);
            }
            assert!((0..5000).all(|n| table.get(&Serial(step * n)) == Some(&n)), "every {step}th");
            assert_eq!(table.get(&Serial(step * 5000)), None);
        }
    }

    fn keys(table: &Lru<Box<str>, u32>) -> Vec<&str> {
        table.oldest_first().map(|(k, _)| &**k).collect()
    }

    #[test]
    fn the_oldest_is_forgotten_and_a_touch_makes_new() {
        let mut table = Lru::new(3, 7);
        for (n, key) in [(0, "a"), (1, "b"), (2, "c")] {
            table.insert(Box::<str>::from(key), n);
        }
        assert_eq!(table.touch("a"), Some(&mut 0));
        table.insert("d".into(), 3);
        assert_eq!(keys(&table), ["c", "a", "d"]);
        assert_eq!((table.get("b"), table.get("a"), table.forgotten()), (None, Some(&0), 1));
    }

    #[test]
    fn a_removed_place_is_used_again() {
        let mut table = Lru::new(3, 7);
        for key in ["a", "b", "c"] {
            table.insert(Box::<str>::from(key), 1);
        }
        assert_eq!(table.remove("b"), Some(1));
        table.insert("d".into(), 4);
        assert_eq!(keys(&table), ["a", "c", "d"]);
        assert_eq!(table.slots.len(), 3);
        table.insert("c".into(), 5);
        assert_eq!(keys(&table), ["a", "d", "c"]);
    }

    #[test]
    fn a_lower_cap_is_reached_by_and_by() {
        let mut table = Lru::new(9, 7);
        for key in ["a", "b", "c", "d"] {
            table.insert(Box::<str>::from(key), 1);
        }
        table.set_cap(2);
        table.insert("e".into(), 1);
        assert_eq!(keys(&table), ["c", "d", "e"]);
        table.insert("f".into(), 1);
        assert_eq!(keys(&table), ["e", "f"]);
    }

    #[test]
    fn a_table_above_a_lowered_cap_reads_back_whole() {
        let mut table = Lru::new(4, 7);
        for key in ["a", "b", "c", "d"] {
            table.insert(Box::<str>::from(key), 1_u32);
        }
        let bytes = minicbor::to_vec(&table).expect("encodes");
        let mut other = Lru::<Box<str>, u32>::new(2, 7);
        other.decode_entries(&mut Decoder::new(&bytes), &mut ()).expect("decodes");
        assert_eq!(keys(&other), ["a", "b", "c", "d"]);
    }

    #[test]
    fn it_reads_back_what_it_writes_in_the_same_order() {
        let mut table = Lru::new(3, 7);
        for key in ["a", "b", "c", "d"] {
            table.insert(Box::<str>::from(key), 1_u32);
        }
        table.touch("b");
        let bytes = minicbor::to_vec(&table).expect("encodes");
        let mut other = Lru::<Box<str>, u32>::new(3, 99);
        other.decode_entries(&mut Decoder::new(&bytes), &mut ()).expect("decodes");
        assert_eq!(keys(&other), ["c", "d", "b"]);
        assert_eq!(minicbor::to_vec(&other).expect("encodes"), bytes);
    }
}
