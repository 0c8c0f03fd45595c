//! What keeps the fold deterministic: tables without hash order, digests that are the same on every platform.

mod by_id;
mod few;
mod lru;
mod short;

pub(crate) use by_id::ById;
pub(crate) use few::Few;
pub(crate) use lru::{Depth, Key, Lru, Oldest, Serial};
pub(crate) use short::ShortId;

use minicbor::{Decode, Encode};

/// CRC32C (Castagnoli), as in iSCSI (RFC 3720): the checksum of journals and snapshots.
#[cfg(feature = "std")]
pub(crate) use crc32c::crc32c;

#[cfg(any(test, not(feature = "std")))]
mod table {
    use crc::{CRC_32_ISCSI, Crc, Table};

    static CRC32C: Crc<u32, Table<16>> = Crc::<u32, Table<16>>::new(&CRC_32_ISCSI);

    /// The same, without knowing the processor.
    pub(crate) fn crc32c(bytes: &[u8]) -> u32 {
        CRC32C.checksum(bytes)
    }
}

#[cfg(not(feature = "std"))]
pub(crate) use table::crc32c;

/// `collect` for maps and sets, entry by entry. Their own way is to sort a list of the entries first, and a sort is 5 kB of code
/// for each type of entry.
pub(crate) fn gather<C: Default + Extend<T>, T>(entries: impl IntoIterator<Item = T>) -> C {
    let mut gathered = C::default();
    gathered.extend(entries);
    gathered
}

/// xxh3-64: the digest of decisions, of the state, and of texts compared for equality.
pub(crate) fn digest(bytes: &[u8]) -> u64 {
    xxhash_rust::xxh3::xxh3_64(bytes)
}

/// Stands for a text as the key of a table: 128 bits of xxh3, seeded by the genesis. A table of such keys owns no text,
/// so that forgetting an entry touches no other memory. Two texts have one key in about one of 10^27 tables of a million
/// entries. Without the seed no way to make two that do is known; but xxh3 is no cryptographic hash, and promises nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(crate) struct TextKey(#[n(0)] u64, #[n(1)] u64);

impl TextKey {
    pub(crate) fn new(text: &str, seed: u64) -> Self {
        let key = xxhash_rust::xxh3::xxh3_128_with_seed(text.as_bytes(), seed);
        #[expect(clippy::cast_possible_truncation, reason = "the two halves")]
        let halves = Self((key >> 64) as u64, key as u64);
        halves
    }
}

impl Key for TextKey {}

impl core::hash::Hash for TextKey {
    fn hash<H: core::hash::Hasher>(&self, state: &mut H) {
        // It is a hash already.
        state.write_u64(self.0);
    }
}

/// The digest by which evidence compares texts: never 0, which is "none".
pub(crate) fn name(text: &str) -> u64 {
    digest(text.as_bytes()).max(1)
}

/// The [`name`] of a text without a byte.
pub(crate) const NO_TEXT: u64 = 0x2d06_8005_38d3_94c2;

/// [`digest_parts`] of one text, from its [`name`].
pub(crate) const fn digest_one(name: u64) -> u64 {
    mix(1, name)
}

/// [`digest_parts`] of two texts, from their [`name`]s.
pub(crate) const fn digest_two(first: u64, second: u64) -> u64 {
    mix(mix(2, first), second)
}

/// Digest of several texts, in order, so that no two lists run together.
pub(crate) fn digest_parts(parts: &[&str]) -> u64 {
    parts.iter().fold(parts.len() as u64, |sum, part| mix(sum, digest(part.as_bytes())))
}

/// Combines a digest with a number (SplitMix64's finaliser over both).
pub(crate) const fn mix(seed: u64, value: u64) -> u64 {
    let mut x = seed ^ value.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_crc32c() {
        // RFC 3720, B.4: 32 bytes of zeros, and of ones.
        assert_eq!(crc32c(&[0; 32]), 0x8a91_36aa);
        assert_eq!(crc32c(&[0xff; 32]), 0x62a8_ab43);
        assert_eq!([table::crc32c(&[0; 32]), table::crc32c(&[0xff; 32])], [0x8a91_36aa, 0x62a8_ab43]);
    }

    #[test]
    fn lists_of_texts_do_not_run_together() {
        assert_ne!(digest_parts(&["ab", "c"]), digest_parts(&["a", "bc"]));
        assert_eq!(digest_parts(&["ab"]), digest_one(name("ab")));
        assert_eq!(digest_parts(&["ab", "c"]), digest_two(name("ab"), name("c")));
        assert_eq!(name(""), NO_TEXT);
    }
}
