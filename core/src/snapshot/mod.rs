//! Snapshots: the state as bytes, one section per machine. [format.md](https://github.com/reynolds-rs/reynolds/blob/main/docs/format.md) is the normative text.
//!
//! Equal states are equal bytes: tables are written in their order of forgetting, everything else in key order, and
//! what is derived (indexes, timers, the release queue) is rebuilt instead of stored.

use alloc::{
    boxed::Box,
    string::{String, ToString},
    vec::Vec,
};

use minicbor::{Decode, Decoder, Encode, bytes::ByteVec};

use crate::{
    behaviour::{Behaviour, Behaviours},
    broker::{Durability, config_bytes},
    chain::Chains,
    config::Config,
    det::{ShortId, crc32c},
    error::RestoreError,
    id::{ReleaseNo, Seq},
    journal::GenesisRecord,
    loops::{Loops, Word},
    outbox::Outbox,
    state::{State, Tenant},
    time::Timestamp,
    work::Work,
};

/// First bytes of a snapshot.
pub const MAGIC: [u8; 4] = *b"RYNS";
/// The format this version writes, and the newest it reads.
pub const FORMAT: u16 = 1;
/// `RYNS | format u16 | flags u16 | seq u64 | sections u16 | 0 u16 | sum u32`.
const HEADER_BYTES: usize = 24;
/// `id u16 | version u16 | len u64 | sum u32 | header sum u32`.
const SECTION_BYTES: usize = 20;
const SECTIONS: [(u16, &str); 6] = [(1, "meta"), (2, "chain"), (3, "loops"), (4, "outbox"), (5, "work"), (6, "agents")];
/// The version of every section this version writes, and the newest it reads.
const VERSION: u16 = 1;

#[derive(Debug, Encode, Decode)]
#[cbor(map)]
struct Meta {
    #[n(0)]
    name: String,
    #[n(1)]
    seed: u64,
    #[n(2)]
    durability: Durability,
    #[n(3)]
    seq: Seq,
    #[n(4)]
    now: Timestamp,
    #[n(5)]
    jump_to: Timestamp,
    #[n(6)]
    last_release: ReleaseNo,
    #[n(7)]
    behaviours: Vec<u16>,
    /// The configuration as JSON.
    #[n(8)]
    config: ByteVec,
    /// Names of the tenants, in the order of the other sections.
    #[n(9)]
    tenants: Vec<Box<str>>,
    /// The broker's number.
    #[n(10)]
    number: u32,
    /// Every tenant is stopped: what was said with it.
    #[n(11)]
    halted: Option<Word>,
}

/// Appends the state to `out`.
pub(crate) fn write(state: &State, out: &mut Vec<u8>) {
    let start = out.len();
    out.extend_from_slice(&MAGIC);
    out.extend_from_slice(&FORMAT.to_le_bytes());
    out.extend_from_slice(&[0; 2]);
    out.extend_from_slice(&state.seq.0.to_le_bytes());
    out.extend_from_slice(&[6, 0, 0, 0]);
    let sum = crc32c(&out[start..]);
    out.extend_from_slice(&sum.to_le_bytes());
    let meta = Meta {
        name: state.name.clone(),
        seed: state.seed,
        durability: state.durability,
        seq: state.seq,
        now: state.now,
        jump_to: state.jump_to,
        last_release: state.releases.last,
        behaviours: state.behaviours.iter().map(|behaviour| behaviour.0).collect(),
        config: config_bytes(&state.config),
        tenants: state.tenants.iter().map(|tenant| tenant.name.clone()).collect(),
        number: state.broker,
        halted: state.halted.clone(),
    };
    section(out, 1, &meta);
    let tenants = &state.tenants;
    section(out, 2, &tenants.iter().map(|tenant| &tenant.chains).collect::<Vec<_>>());
    section(out, 3, &tenants.iter().map(|tenant| &tenant.loops).collect::<Vec<_>>());
    section(out, 4, &tenants.iter().map(|tenant| &tenant.outbox).collect::<Vec<_>>());
    section(out, 5, &state.crew.work);
    section(out, 6, &(&state.crew.agents, &state.crew.slots, state.crew.wake));
}

fn section(out: &mut Vec<u8>, id: u16, body: &impl Encode<()>) {
    let start = out.len();
    out.resize(start + SECTION_BYTES, 0);
    // Writing to memory can not fail.
    let _ = minicbor::encode(body, &mut *out);
    let (header, body) = out[start..].split_at_mut(SECTION_BYTES);
    header[..2].copy_from_slice(&id.to_le_bytes());
    header[2..4].copy_from_slice(&VERSION.to_le_bytes());
    header[4..12].copy_from_slice(&(body.len() as u64).to_le_bytes());
    header[12..16].copy_from_slice(&crc32c(body).to_le_bytes());
    let sum = crc32c(&header[..16]);
    header[16..].copy_from_slice(&sum.to_le_bytes());
}

/// Reads a state back.
pub(crate) fn read(bytes: &[u8]) -> Result<State, RestoreError> {
    let [meta, chains, loops, outbox, work, agents] = sections(bytes)?;
    let meta: Meta = whole("meta", meta, |d| d.decode())?;
    if !ShortId::names(meta.seq) {
        return Err(broken("meta", "there can be no such record"));
    }
    if meta.now > Timestamp::MAX || meta.jump_to > Timestamp::MAX {
        return Err(broken("meta", "its time is after the year 9999"));
    }
    let config: Config = serde_json::from_slice(&meta.config).map_err(|error| broken("meta", &error.to_string()))?;
    let behaviours: Vec<_> = meta.behaviours.iter().map(|&n| Behaviour(n)).collect();
    if let Some(&behaviour) = behaviours.iter().find(|behaviour| !behaviour.is_known()) {
        return Err(RestoreError::UnknownBehaviour { behaviour });
    }
    let (limits, seed) = (config.limits.clone(), meta.seed);
    let count = meta.tenants.len();
    let chains = each("chain", chains, count, |d| Chains::decode(d, &limits, seed))?;
    let loops = each("loops", loops, count, |d| Loops::decode(d, &limits, seed))?;
    let outbox = each("outbox", outbox, count, Outbox::decode)?;
    let machines = chains.into_iter().zip(loops).zip(outbox);
    let tenants = meta.tenants.into_iter().zip(machines);
    let tenants =
        tenants.map(|(name, ((chains, loops), outbox))| Tenant { name, chains, loops, outbox }).collect::<Vec<_>>();
    if tenants.first().is_none_or(|first| !first.name.is_empty()) {
        return Err(broken("meta", "the default tenant is missing"));
    }
    let genesis = GenesisRecord {
        name: meta.name,
        seed,
        durability: meta.durability,
        at: meta.now,
        config: ByteVec::from(Vec::new()),
        behaviours: Vec::new(),
    };
    let mut state = State::new(&genesis, config);
    state.seq = meta.seq;
    state.broker = meta.number;
    state.jump_to = meta.jump_to;
    state.halted = meta.halted;
    state.releases.last = meta.last_release;
    state.behaviours = Behaviours::from_list(behaviours);
    let crew = &mut state.crew;
    let (limits, seed) = (crew.work.limits, crew.work.seed);
    crew.work = whole("work", work, |d| Work::decode(d, limits, seed))?;
    let (agents, slots, wake) = whole("agents", agents, |d| d.decode())?;
    (crew.agents, crew.wake) = (agents, wake);
    crew.put_slots(slots);
    crew.look_ahead();
    state.put_tenants(tenants);
    Ok(state)
}

/// The bodies of the sections, checked, in order.
fn sections(bytes: &[u8]) -> Result<[&[u8]; 6], RestoreError> {
    let header = bytes.first_chunk::<HEADER_BYTES>().filter(|header| header.starts_with(&MAGIC));
    let header = header.ok_or_else(|| broken("header", "it does not start as a snapshot does"))?;
    if crc32c(&header[..20]).to_le_bytes() != header[20..] {
        return Err(broken("header", "its checksum does not fit"));
    }
    newer("snapshot", u16::from_le_bytes([header[4], header[5]]), FORMAT)?;
    let mut rest = &bytes[HEADER_BYTES..];
    let mut bodies: [&[u8]; 6] = [&[]; 6];
    for ((id, name), body) in SECTIONS.into_iter().zip(&mut bodies) {
        let (header, after) =
            rest.split_first_chunk::<SECTION_BYTES>().ok_or_else(|| broken(name, "the snapshot is cut off"))?;
        if crc32c(&header[..16]).to_le_bytes() != header[16..] || u16::from_le_bytes([header[0], header[1]]) != id {
            return Err(broken(name, "its header's checksum does not fit"));
        }
        newer(name, u16::from_le_bytes([header[2], header[3]]), VERSION)?;
        let len = header[4..12].iter().rev().fold(0_u64, |len, byte| len << 8 | u64::from(*byte));
        let len = usize::try_from(len).unwrap_or(usize::MAX);
        let (found, after) = after.split_at_checked(len).ok_or_else(|| broken(name, "the snapshot is cut off"))?;
        if crc32c(found).to_le_bytes() != header[12..16] {
            return Err(broken(name, "its checksum does not fit"));
        }
        (*body, rest) = (found, after);
    }
    if rest.is_empty() { Ok(bodies) } else { Err(broken("header", "bytes after the last section")) }
}

fn newer(what: &'static str, found: u16, known: u16) -> Result<(), RestoreError> {
    if found > known { Err(RestoreError::Newer { what, found, known }) } else { Ok(()) }
}

fn broken(section: &'static str, reason: &str) -> RestoreError {
    RestoreError::Snapshot { section, reason: reason.into() }
}

fn whole<'b, T>(
    name: &'static str,
    body: &'b [u8],
    read: impl FnOnce(&mut Decoder<'b>) -> Result<T, minicbor::decode::Error>,
) -> Result<T, RestoreError> {
    let mut decoder = Decoder::new(body);
    let value = read(&mut decoder).map_err(|error| broken(name, &error.to_string()))?;
    if decoder.position() == body.len() { Ok(value) } else { Err(broken(name, "bytes after its end")) }
}

/// One machine for each tenant.
fn each<'b, T>(
    name: &'static str,
    body: &'b [u8],
    count: usize,
    mut read: impl FnMut(&mut Decoder<'b>) -> Result<T, minicbor::decode::Error>,
) -> Result<Vec<T>, RestoreError> {
    whole(name, body, |d| {
        if d.array()? != Some(count as u64) {
            return Err(minicbor::decode::Error::message("another number of tenants than in the first section"));
        }
        (0..count).map(|_| read(d)).collect()
    })
}
