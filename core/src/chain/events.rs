//! Events as they are remembered: to know them again, and by the names that proposals give them.

use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};

use super::Cause;
use crate::{
    det::{Few, ShortId},
    id::{ChainId, EffectId, Seq},
};

/// Sources that may share one event id before the oldest of them is forgotten.
const NAMESAKES: usize = 16;

/// The events that have one id. Ids are only unique per source, so there can be several.
#[derive(Debug, Clone, Encode, Decode)]
#[cbor(array)]
pub(super) struct Namesakes {
    #[n(0)]
    pub(super) first: EventRecord,
    #[n(1)]
    more: Few<EventRecord>,
}

/// One event. There are a quarter of a million of them, so what follows from something else is not kept: see [`Whole`].
#[derive(Debug, Clone)]
pub(super) struct EventRecord {
    pub(super) seq: Seq,
    source: u64,
    chain: ChainId,
    parent: Option<ShortId>,
    budget: Option<u32>,
    hop: u16,
    handles: u16,
    /// The place in its record of the only open `handle` effect it yielded.
    handle: Option<u16>,
}

/// The same with all that can be told of it, as it is written.
#[derive(Encode, Decode)]
#[cbor(array)]
struct Whole {
    #[n(0)]
    seq: Seq,
    #[n(1)]
    source: u64,
    #[n(2)]
    cause: Cause,
    /// The open `handle` effects it yielded: a proposal may name the event where there is just one.
    #[n(3)]
    handle: Option<EffectId>,
    #[n(4)]
    handles: u16,
}

impl Namesakes {
    pub(super) fn new(first: EventRecord) -> Self {
        Self { first, more: Few::default() }
    }

    pub(super) fn push(&mut self, record: EventRecord) {
        if self.more.len() + 1 >= NAMESAKES {
            if let Some(next) = self.more.take_first() {
                self.first = next;
            }
        }
        self.more.push(record);
    }

    pub(super) fn of(&self, source: u64) -> Option<&EventRecord> {
        core::iter::once(&self.first).chain(&*self.more).find(|record| record.source == source)
    }

    pub(super) fn of_mut(&mut self, source: u64) -> Option<&mut EventRecord> {
        core::iter::once(&mut self.first).chain(&mut *self.more).find(|record| record.source == source)
    }
}

impl EventRecord {
    /// `cause` is what follows of it.
    pub(super) fn new(seq: Seq, source: u64, cause: Cause) -> Self {
        let Cause { chain, hop, budget, parent, event: _ } = cause;
        Self { seq, source, chain, parent: parent.map(ShortId::from), budget, hop, handles: 0, handle: None }
    }

    pub(super) fn cause(&self) -> Cause {
        let Self { seq, chain, parent, budget, hop, .. } = *self;
        Cause { chain, hop, budget, parent: parent.map(EffectId::from), event: Some(seq) }
    }

    /// It yielded a `handle` effect, in its own record.
    pub(super) fn on_handle(&mut self, effect: EffectId) {
        self.handles = self.handles.saturating_add(1);
        self.handle = (self.handles == 1).then_some(effect.ordinal);
    }

    /// The open `handle` effect it yielded, where there is just one.
    pub(super) fn handle(&self) -> Option<EffectId> {
        self.handle.map(|ordinal| EffectId { seq: self.seq, ordinal })
    }
}

impl<C> Encode<C> for EventRecord {
    fn encode<W: encode::Write>(&self, e: &mut Encoder<W>, ctx: &mut C) -> Result<(), encode::Error<W::Error>> {
        let Self { seq, source, handles, .. } = *self;
        Whole { seq, source, cause: self.cause(), handle: self.handle(), handles }.encode(e, ctx)
    }
}

impl<'b, C> Decode<'b, C> for EventRecord {
    fn decode(d: &mut Decoder<'b>, ctx: &mut C) -> Result<Self, decode::Error> {
        let Whole { seq, source, cause, handle, handles } = Whole::decode(d, ctx)?;
        if cause.event != Some(seq) || handle.is_some_and(|handle| handle.seq != seq) {
            return Err(decode::Error::message("an event and its call are of one record"));
        }
        let handle = handle.map(|handle| handle.ordinal);
        Ok(Self { handle, handles, ..Self::new(seq, source, cause) })
    }
}
