//! An effect's id where there are millions of them.

use core::num::NonZeroU64;

use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};

use crate::id::{EffectId, Seq};

/// The last record that can be named: a million records a second get there in nine years.
const LAST: u64 = (1 << 48) - 2;

/// An [`EffectId`] in half its room, and none more where there may be none. Written, it is the id. One that names a later
/// record than there can be becomes that of the last one, which no effect has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ShortId(NonZeroU64);

impl ShortId {
    /// Can this record be named?
    pub(crate) fn names(seq: Seq) -> bool {
        seq.0 < LAST
    }

    pub(crate) fn seq(self) -> u64 {
        (self.0.get() - 1) >> 16
    }
}

impl From<EffectId> for ShortId {
    fn from(EffectId { seq, ordinal }: EffectId) -> Self {
        Self(NonZeroU64::MIN.saturating_add(seq.0.min(LAST) << 16 | u64::from(ordinal)))
    }
}

impl From<ShortId> for EffectId {
    fn from(short: ShortId) -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "the lower part")]
        let ordinal = (short.0.get() - 1) as u16;
        Self { seq: Seq(short.seq()), ordinal }
    }
}

impl<C> Encode<C> for ShortId {
    fn encode<W: encode::Write>(&self, e: &mut Encoder<W>, ctx: &mut C) -> Result<(), encode::Error<W::Error>> {
        EffectId::from(*self).encode(e, ctx)
    }
}

impl<'b, C> Decode<'b, C> for ShortId {
    fn decode(d: &mut Decoder<'b>, ctx: &mut C) -> Result<Self, decode::Error> {
        EffectId::decode(d, ctx).map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(seq: u64, ordinal: u16) -> EffectId {
        EffectId { seq: Seq(seq), ordinal }
    }

    #[test]
    fn it_is_the_same_id_in_the_same_order() {
        let ids = [id(0, 0), id(0, 1), id(0, u16::MAX), id(1, 0), id(42, 7), id(LAST, 0), id(LAST, u16::MAX)];
        let short = ids.map(ShortId::from);
        assert_eq!(short.map(EffectId::from), ids);
        assert!(short.is_sorted());
        assert_eq!((size_of::<ShortId>(), size_of::<Option<ShortId>>()), (8, 8));
    }

    #[test]
    fn a_record_that_can_not_be_is_none_that_is() {
        assert_eq!(EffectId::from(ShortId::from(id(u64::MAX, 3))), id(LAST, 3));
        assert_eq!([Seq(1 << 48), Seq(LAST), Seq(LAST - 1)].map(ShortId::names), [false, false, true]);
    }
}
