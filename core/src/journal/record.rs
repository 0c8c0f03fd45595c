//! What a record holds: an input as the fold sees it. A token is replaced by the lineage it proved, free JSON and the
//! configuration are opaque bytes.

use alloc::{string::String, string::ToString, vec::Vec};

use minicbor::{Decode, Encode, bytes::ByteVec};

use crate::{
    agents::AgentReport,
    broker::Durability,
    chain::token::Verified,
    event::{self, Event},
    input::{Adopt, Command, Outcome, Propose},
    time::Timestamp,
    work::{Beats, Patch, Plan, TaskReport},
};

/// The journal's payload. Numbers are never reused.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
#[expect(clippy::large_enum_variant, reason = "events are the common case; a box would cost each an allocation")]
pub(crate) enum Record {
    #[n(0)]
    Genesis(#[n(0)] GenesisRecord),
    /// Timers ran; no input came with it.
    #[n(1)]
    Tick,
    #[n(2)]
    Event(#[n(0)] Event, #[n(1)] Option<Verified>),
    #[n(3)]
    Propose(#[n(0)] Propose),
    #[n(4)]
    Outcome(#[n(0)] Outcome),
    #[n(5)]
    Command(#[n(0)] Command),
    /// The configuration as JSON.
    #[n(6)]
    Configure(#[n(0)] ByteVec),
    #[n(7)]
    Adopt(#[n(0)] Adopt),
    #[n(8)]
    Plan(#[n(0)] Plan),
    #[n(9)]
    Patch(#[n(0)] Patch),
    #[n(10)]
    Task(#[n(0)] TaskReport),
    #[n(11)]
    Beats(#[n(0)] Beats),
    #[n(12)]
    Agent(#[n(0)] AgentReport),
}

#[derive(Debug, Clone, PartialEq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct GenesisRecord {
    #[n(0)]
    pub(crate) name: String,
    #[n(1)]
    pub(crate) seed: u64,
    #[n(2)]
    pub(crate) durability: Durability,
    #[n(3)]
    pub(crate) at: Timestamp,
    /// The configuration as JSON.
    #[n(4)]
    pub(crate) config: ByteVec,
    #[n(5)]
    pub(crate) behaviours: Vec<u16>,
}

/// CBOR's `null`.
const NULL: u8 = 0xf6;

/// What is before an event without a verified token. As derived: `[2, [event]]`, without what is absent at the end.
const EVENT: [u8; 3] = [0x82, 2, 0x81];

/// A record, and whether it is the first one after a restart with effects under way: then it says, before anything
/// else, that those may or may not have happened.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    pub(crate) restarted: bool,
    pub(crate) record: Record,
}

impl Entry {
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        if self.restarted {
            out.push(NULL);
        }
        match &self.record {
            Record::Event(event, None) => {
                out.extend_from_slice(&EVENT);
                event::cbor::write(event, out);
            }
            // Writing to memory can not fail.
            record => {
                let _ = minicbor::encode(record, out);
            }
        }
    }

    pub(crate) fn read(bytes: &[u8]) -> Result<Self, String> {
        let restarted = bytes.first() == Some(&NULL);
        if let Some(rest) = bytes[usize::from(restarted)..].strip_prefix(&EVENT) {
            if let Some((event, [])) = event::cbor::read(rest) {
                return Ok(Self { restarted, record: Record::Event(event, None) });
            }
        }
        let mut decoder = minicbor::Decoder::new(bytes);
        decoder.set_position(usize::from(restarted));
        let record = decoder.decode().map_err(|error| error.to_string())?;
        let whole = decoder.position() == bytes.len();
        if whole { Ok(Self { restarted, record }) } else { Err("bytes after the record".into()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_written_as_its_derived_form() {
        let event =
            Event { id: "d1".into(), source: "github".into(), text: Some("Grüße".into()), ..Event::default() };
        let record = Record::Event(event, None);
        let derived = minicbor::to_vec(&record).expect("memory");
        let mut written = Vec::new();
        Entry { restarted: false, record }.write(&mut written);
        assert_eq!(written, derived);
        let read = Entry::read(&written).expect("it was written");
        assert_eq!(read.record, minicbor::decode(&derived).expect("derived"));
        written.push(0);
        assert_eq!(Entry::read(&written), Err("bytes after the record".into()));
    }
}
