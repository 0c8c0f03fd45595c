//! Lineage that travels in a message: who made it, how deep, and how much is left.
//!
//! A token is minted when an effect is released and verified before an event is recorded, with keys the host gives
//! beside the broker. The journal holds the verified lineage, never a token or a key. A token that does not verify is
//! ignored and counted; nothing is ever believed because it looks like one of ours.
//!
//! Text form: `ry1.` and base32 of `key id u8 | broker u32 | chain | seq | ordinal | hop | budget | mac [| mac]`, numbers
//! as LEB128. A MAC is the first ten bytes of HMAC-SHA256 (RFC 2104) over a zero byte, the tenant, a subject and the fields:
//! one for where the effect lands, and one for what it is about, if that is elsewhere, since a bridge that copies a
//! message brings it just there. It is believed on those subjects, in whichever slot it comes, and where the effect landed in a
//! place such as a repository or a channel also on what was opened there (`place#...`): an issue that we open has its number only
//! afterwards. Copied to any other subject, or to another tenant, it is worth nothing. It proves ancestry, not automation: a person
//! may quote it.

use alloc::{boxed::Box, format, string::String, vec::Vec};
use core::fmt;

use data_encoding::BASE32_DNSCURVE;
use hmac::{Hmac, KeyInit, Mac};
use minicbor::{Decode, Encode};
use sha2::Sha256;

use super::Lineage;
use crate::{
    error::Misuse,
    id::{ChainId, EffectId, Seq},
};

const PREFIX: &str = "ry1.";
const MAC_BYTES: usize = 10;
/// Longest token this module reads, in bytes. Longer texts are not tokens.
pub const TOKEN_BYTES: usize = 160;
/// Shortest secret of a key, in bytes: 112 bits, the least with which a MAC may be made by NIST SP 800-131A (Rev. 2, section 10).
/// It can only stop what is no key at all. RFC 2104 (section 3) advises as many random bytes as the hash gives, here 32.
pub const KEY_BYTES: usize = 14;

/// What stands before the tenant under a MAC. Another number would make tokens that are good for something else.
const PURPOSE: u8 = 0;

/// The host's keys for tokens. They stay outside the state: replay needs none.
#[derive(Clone, Default)]
pub struct Keys {
    ring: Vec<(u8, Box<Hmac<Sha256>>)>,
}

impl Keys {
    /// No keys: effects carry no token, and no token is believed. Loops are then only followed by ids.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// One key.
    ///
    /// # Errors
    /// [`Misuse::Key`] (RY2005) for a secret of less than [`KEY_BYTES`].
    pub fn new(id: u8, secret: &[u8]) -> Result<Self, Misuse> {
        Self::none().and(id, secret)
    }

    /// One more key. The first one mints, all of them verify: put a new key in front to rotate.
    ///
    /// # Errors
    /// As [`Keys::new`]. An old key that is too short is left out: whoever guesses it could write tokens with it.
    pub fn and(mut self, id: u8, secret: &[u8]) -> Result<Self, Misuse> {
        if secret.len() < KEY_BYTES {
            return Err(Misuse::Key { id, len: secret.len() });
        }
        // HMAC takes a key of any length; the error case does not exist.
        if let Ok(mac) = Hmac::new_from_slice(secret) {
            self.ring.retain(|(other, _)| *other != id);
            self.ring.push((id, Box::new(mac)));
        }
        Ok(self)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.ring.is_empty()
    }

    /// Mints the token of an effect.
    pub(crate) fn mint(&self, broker: u32, tenant: &str, subjects: &[&str], lineage: &Lineage) -> Option<String> {
        let (id, key) = self.ring.first()?;
        let mut bytes = Vec::with_capacity(48);
        bytes.push(*id);
        bytes.extend_from_slice(&broker.to_le_bytes());
        let effect = lineage.effect;
        for number in [
            lineage.chain.0.0,
            effect.seq.0,
            u64::from(effect.ordinal),
            u64::from(lineage.hop),
            u64::from(lineage.budget),
        ] {
            push_leb128(&mut bytes, number);
        }
        let fields = bytes.len();
        for subject in subjects {
            let mac = sign(key, tenant, subject, &bytes[..fields]).finalize().into_bytes();
            bytes.extend_from_slice(&mac[..MAC_BYTES]);
        }
        let mut token = String::with_capacity(96);
        token.push_str(PREFIX);
        BASE32_DNSCURVE.encode_append(&bytes, &mut token);
        Some(token)
    }

    /// Verifies a token found on one of the given subjects.
    pub(crate) fn verify(&self, token: &str, tenant: &str, subjects: &[&str]) -> Option<Verified> {
        if token.len() > TOKEN_BYTES {
            return None;
        }
        let bytes = BASE32_DNSCURVE.decode(token.strip_prefix(PREFIX)?.as_bytes()).ok()?;
        let (verified, macs) = Verified::parse(&bytes)?;
        let fields = &bytes[..bytes.len() - macs.len()];
        let (_, key) = self.ring.iter().find(|(id, _)| Some(id) == fields.first())?;
        if ![MAC_BYTES, 2 * MAC_BYTES].contains(&macs.len()) {
            return None;
        }
        let signed = |subject: &&str| {
            let mac = sign(key, tenant, subject, fields);
            macs.chunks_exact(MAC_BYTES).any(|given| mac.clone().verify_truncated_left(given).is_ok())
        };
        subjects.iter().filter(|subject| !subject.is_empty()).any(signed).then_some(verified)
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.ring.iter().map(|(id, _)| id)).finish()
    }
}

fn sign(key: &Hmac<Sha256>, tenant: &str, subject: &str, fields: &[u8]) -> Hmac<Sha256> {
    let mut mac = key.clone();
    mac.update(&[PURPOSE]);
    for text in [tenant, subject] {
        mac.update(&(text.len() as u64).to_le_bytes());
        mac.update(text.as_bytes());
    }
    mac.update(fields);
    mac
}

/// The lineage of a token that verified. This is what the journal records of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(crate) struct Verified {
    #[n(0)]
    pub(crate) broker: u32,
    #[n(1)]
    pub(crate) lineage: Lineage,
}

impl Verified {
    /// The fields, and what follows them.
    fn parse(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let (broker, mut rest) = bytes.get(1..)?.split_first_chunk::<4>()?;
        let mut numbers = [0; 5];
        for number in &mut numbers {
            *number = take_leb128(&mut rest)?;
        }
        let [chain, seq, ordinal, hop, budget] = numbers;
        let lineage = Lineage {
            chain: ChainId(Seq(chain)),
            effect: EffectId { seq: Seq(seq), ordinal: u16::try_from(ordinal).ok()? },
            hop: u16::try_from(hop).ok()?,
            budget: u32::try_from(budget).ok()?,
        };
        Some((Self { broker: u32::from_le_bytes(*broker), lineage }, rest))
    }
}

fn push_leb128(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        #[expect(clippy::cast_possible_truncation, reason = "the low seven bits are what is wanted")]
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    #[expect(clippy::cast_possible_truncation, reason = "below 0x80")]
    out.push(number as u8);
}

fn take_leb128(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0_u64;
    for shift in (0..63).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(number);
        }
    }
    None
}

/// The text with its token, as a hidden HTML comment after it: for comments, issues and messages.
#[must_use]
pub fn mark(text: &str, token: &str) -> String {
    format!("{text}\n\n<!-- {token} -->")
}

/// The text as it was before [`mark`], and before the platform trimmed it.
#[must_use]
pub fn unmark(text: &str) -> &str {
    let trimmed = text.trim_end();
    if !trimmed.ends_with("-->") {
        return trimmed;
    }
    let (mark, end) = (trimmed.rfind("<!-- ry1."), trimmed.len() - "-->".len());
    let mark = mark.filter(|mark| trimmed[*mark..].find("-->") == Some(end - mark));
    mark.map_or(trimmed, |mark| trimmed[..mark].trim_end())
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use proptest::{collection::vec, prelude::*};

    use super::*;
    use crate::event::fingerprint::find_token;

    const LINEAGE: Lineage =
        Lineage { chain: ChainId(Seq(2)), effect: EffectId { seq: Seq(300), ordinal: 1 }, hop: 4, budget: 90 };

    fn ring(secret: &str) -> Keys {
        Keys::new(1, secret.as_bytes()).expect("long enough")
    }

    fn minted(keys: &Keys) -> String {
        keys.mint(7, "acme", &["teams:x", "github:acme/api#7"], &LINEAGE).expect("there is a key")
    }

    #[test]
    fn a_token_verifies_where_it_was_minted_for_and_nowhere_else() {
        let keys = ring("a secret of the host");
        let token = minted(&keys);
        let verified = Verified { broker: 7, lineage: LINEAGE };
        assert_eq!(keys.verify(&token, "acme", &["teams:x"]), Some(verified));
        assert_eq!(keys.verify(&token, "acme", &["", "github:acme/api#7"]), Some(verified));
        assert_eq!(keys.verify(&token, "acme", &[""]), None);
        assert_eq!(keys.verify(&token, "acme", &["github:acme/api#8"]), None);
        assert_eq!(keys.verify(&token, "other", &["github:acme/api#7"]), None);
        assert_eq!(ring("another secret").verify(&token, "acme", &["github:acme/api#7"]), None);
    }

    #[test]
    fn a_changed_or_cut_token_is_worth_nothing() {
        let keys = ring("a secret of the host");
        let token = minted(&keys);
        for cut in 0..token.len() {
            assert_eq!(keys.verify(&token[..cut], "acme", &["github:acme/api#7"]), None, "cut at {cut}");
        }
        // Not the last 16 characters: they belong to the other subject's MAC.
        for at in PREFIX.len()..token.len() - 16 {
            let mut forged = token.clone().into_bytes();
            forged[at] = if forged[at] == b'0' { b'1' } else { b'0' };
            let forged = String::from_utf8(forged).expect("ASCII");
            let found = keys.verify(&forged, "acme", &["teams:x"]);
            assert!(found.is_none(), "{forged} at {at}");
        }
    }

    #[test]
    fn a_new_key_in_front_mints_while_the_old_one_still_verifies() {
        let old = ring("the key of old");
        let new = Keys::new(2, b"the key of now").expect("long enough");
        let both = new.and(1, b"the key of old").expect("long enough");
        assert!(both.verify(&minted(&old), "acme", &["github:acme/api#7"]).is_some());
        assert!(old.verify(&minted(&both), "acme", &["github:acme/api#7"]).is_none());
    }

    #[test]
    fn a_mark_comes_off_again_and_other_comments_stay() {
        let token = minted(&ring("a secret of the host"));
        assert_eq!(unmark(&mark("Hello\n", &token)), "Hello");
        assert_eq!(unmark("<!-- template --> Hello \n"), "<!-- template --> Hello");
        let foreign = format!("{} more <!-- other -->", mark("Hello", &token));
        assert_eq!(unmark(&foreign), foreign);
    }

    proptest! {
        #[test]
        fn a_mark_is_found_behind_whatever_was_written(parts in vec(0..PARTS.len(), 0..8)) {
            let text: String = parts.into_iter().map(|part| PARTS[part]).collect();
            let token = minted(&ring("a secret of the host"));
            let marked = mark(&text, &token);
            prop_assert_eq!(find_token(&marked), Some(token.as_str()), "{}", text);
        }
    }

    /// What comments, quotes and marks are made of.
    const PARTS: [&str; 10] = ["<!--", "-->", "<!-", "--", ">", "\n", " ", "x", "ry1.k1.7.12.3.40.abcdefgh", "<!-->"];

    #[test]
    fn keys_do_not_print_their_secret() {
        assert_eq!(format!("{:?}", ring("a secret of the host")), "[1]");
    }

    #[test]
    fn what_could_be_guessed_is_no_key() {
        let fourteen = [7; KEY_BYTES];
        assert!(Keys::new(1, &fourteen).is_ok());
        for len in [0, 1, 13] {
            let refused = Keys::new(3, &fourteen[..len]).expect_err("too short");
            assert_eq!((refused.code(), &refused), ("RY2005", &Misuse::Key { id: 3, len }));
            assert!(ring("a secret of the host").and(3, &fourteen[..len]).is_err(), "{len}");
        }
        let said = "RY2005: `keys`: the secret of key 3 has 1 of at least 14 bytes; take 32 random ones from your secret store";
        assert_eq!(Misuse::Key { id: 3, len: 1 }.to_string(), said);
    }
}
