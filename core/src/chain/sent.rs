//! Effects that were admitted or held, remembered beyond their end, the latest ones.

use alloc::boxed::Box;

use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};

use super::Lineage;
use crate::{det::ById, id::EffectId};

/// An effect that was admitted or held.
#[derive(Debug, Clone, Encode, Decode)]
#[cbor(array)]
pub(crate) struct Sent {
    #[n(0)]
    pub(crate) lineage: Lineage,
    #[n(1)]
    pub(crate) parent: Option<EffectId>,
    #[n(2)]
    pub(super) subject: u64,
    /// Digest of the text, 0 without one.
    #[n(3)]
    pub(super) text: u64,
    /// The platform has shown it to us.
    #[n(4)]
    pub(super) echoed: bool,
    /// For a call of the host's handler: the rule that wanted it, whose enforcement its proposals share.
    #[n(5)]
    pub(crate) rule: Option<Box<str>>,
}

/// The latest effects: above the cap, the one with the lowest id is forgotten.
#[derive(Debug, Clone)]
pub(super) struct Sents {
    table: ById<Sent>,
    cap: usize,
    forgotten: u64,
}

impl Sents {
    pub(super) fn new(cap: u32) -> Self {
        Self { table: ById::default(), cap: cap.max(1) as usize, forgotten: 0 }
    }

    /// Takes effect with the next insertions, at most two entries each, so that no single input pays for it.
    pub(super) fn set_cap(&mut self, cap: u32) {
        self.cap = cap.max(1) as usize;
    }

    pub(super) fn get(&self, id: EffectId) -> Option<&Sent> {
        self.table.get(id)
    }

    pub(super) fn get_mut(&mut self, id: EffectId) -> Option<&mut Sent> {
        self.table.get_mut(id)
    }

    pub(super) fn insert(&mut self, sent: Sent) {
        let gone = self.table.insert_capped(sent.lineage.effect, sent, self.cap);
        self.forgotten = self.forgotten.saturating_add(gone);
    }

    /// Entries, and how many were forgotten so far.
    pub(super) fn count(&self) -> (u64, u64) {
        (self.table.len() as u64, self.forgotten)
    }

    pub(super) fn decode(&mut self, d: &mut Decoder<'_>) -> Result<(), decode::Error> {
        if d.array()? != Some(2) {
            return Err(decode::Error::message("a table is a list of two"));
        }
        self.forgotten = d.u64()?;
        let count = d.array()?.ok_or_else(|| decode::Error::message("a table has a known length"))?;
        let mut last = None;
        for _ in 0..count {
            let sent = Sent::decode(d, &mut ())?;
            let id = sent.lineage.effect;
            if last.is_some_and(|last| last >= id) {
                return Err(decode::Error::message("a table is not in the order of its ids"));
            }
            last = Some(id);
            self.table.insert(id, sent);
        }
        Ok(())
    }
}

impl<C> Encode<C> for Sents {
    fn encode<W: encode::Write>(&self, e: &mut Encoder<W>, ctx: &mut C) -> Result<(), encode::Error<W::Error>> {
        e.array(2)?.u64(self.forgotten)?.array(self.table.len() as u64)?;
        for (_, sent) in self.table.iter() {
            sent.encode(e, ctx)?;
        }
        Ok(())
    }
}
