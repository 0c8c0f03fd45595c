//! Effects that were admitted or held, remembered beyond their end, the latest ones.

use alloc::boxed::Box;

use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};

use super::Lineage;
use crate::{
    det::{ById, ShortId},
    id::{ChainId, EffectId},
};

/// An effect that was admitted or held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(crate) struct Sent<'a> {
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
    #[b(5)]
    pub(crate) rule: Option<&'a str>,
}

/// The same in little more than half its room, without the id, by which it is found.
#[derive(Debug, Clone)]
struct Kept {
    chain: ChainId,
    parent: Option<ShortId>,
    subject: u64,
    text: u64,
    rule: Option<Box<str>>,
    budget: u32,
    hop: u16,
    echoed: bool,
}

impl From<Sent<'_>> for Kept {
    fn from(sent: Sent<'_>) -> Self {
        let Sent { lineage: Lineage { chain, hop, budget, .. }, parent, subject, text, echoed, rule } = sent;
        Self { chain, parent: parent.map(ShortId::from), subject, text, rule: rule.map(Box::from), budget, hop, echoed }
    }
}

impl Kept {
    fn sent(&self, effect: EffectId) -> Sent<'_> {
        let Self { chain, parent, subject, text, ref rule, budget, hop, echoed } = *self;
        let lineage = Lineage { chain, effect, hop, budget };
        Sent { lineage, parent: parent.map(EffectId::from), subject, text, echoed, rule: rule.as_deref() }
    }
}

/// The latest effects: above the cap, the one with the lowest id is forgotten.
#[derive(Debug, Clone)]
pub(super) struct Sents {
    table: ById<Kept>,
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

    /// See [`crate::state::warm`].
    pub(super) fn warm_nth(&self, nth: usize) {
        self.table.warm_nth(nth, self.cap);
    }

    pub(super) fn get(&self, id: EffectId) -> Option<Sent<'_>> {
        self.table.get(id).map(|kept| kept.sent(id))
    }

    /// The platform has shown an effect to us. Says whether it is known.
    pub(super) fn on_echo(&mut self, id: EffectId) -> bool {
        let kept = self.table.get_mut(id);
        kept.map(|kept| kept.echoed = true).is_some()
    }

    /// No more than `left` may follow from an effect. One before the first step, such as a dispatch, keeps its budget: with
    /// none it would be a notice.
    pub(super) fn on_spent(&mut self, id: EffectId, left: u32) {
        if let Some(kept) = self.table.get_mut(id).filter(|kept| kept.hop > 0) {
            kept.budget = kept.budget.min(left);
        }
    }

    pub(super) fn insert(&mut self, sent: Sent<'_>) {
        let gone = self.table.insert_capped(sent.lineage.effect, sent.into(), self.cap);
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
            self.table.insert(id, sent.into());
        }
        Ok(())
    }
}

impl<C> Encode<C> for Sents {
    fn encode<W: encode::Write>(&self, e: &mut Encoder<W>, ctx: &mut C) -> Result<(), encode::Error<W::Error>> {
        e.array(2)?.u64(self.forgotten)?.array(self.table.len() as u64)?;
        for (id, kept) in self.table.iter() {
            kept.sent(id).encode(e, ctx)?;
        }
        Ok(())
    }
}
