//! What keeps the fold deterministic: tables without hash order, digests that are the same on every platform.

mod lru;

pub(crate) use lru::Lru;

use crc::{CRC_32_ISCSI, Crc, Table};

/// CRC32C (Castagnoli), as in iSCSI (RFC 3720): the checksum of journals and snapshots.
static CRC32C: Crc<u32, Table<16>> = Crc::<u32, Table<16>>::new(&CRC_32_ISCSI);

/// CRC32C of some bytes.
pub(crate) fn crc32c(bytes: &[u8]) -> u32 {
    CRC32C.checksum(bytes)
}

/// xxh3-64: the digest of decisions, of the state, and of texts compared for equality.
pub(crate) fn digest(bytes: &[u8]) -> u64 {
    xxhash_rust::xxh3::xxh3_64(bytes)
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
    }

    #[test]
    fn lists_of_texts_do_not_run_together() {
        assert_ne!(digest_parts(&["ab", "c"]), digest_parts(&["a", "bc"]));
    }
}
