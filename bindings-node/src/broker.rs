//! The protocol of `reynolds::Broker`, call by call.

use std::sync::{Arc, Mutex};

use napi::{
    Result,
    bindgen_prelude::{AsyncTask, Buffer, Either, Latin1String},
};
use napi_derive::napi;
use reynolds::{Broker, Keys, ReleaseNo, Report, Seq, Timestamp, driver::Journal, journal::segment_header, wire};
use serde::Serialize;

use crate::{
    problem::{caught, lock, refused, thrown, with},
    readers::{self, Platform},
    tasks::{Commit, Open, SaveSnapshot},
};

pub(crate) type Shared<T> = Arc<Mutex<T>>;
/// `None` once it is closed, and for a broker whose host keeps the bytes.
pub(crate) type Storage = Shared<Option<Box<dyn Journal>>>;

/// JSON on its way out. Node copies what is ASCII, and decodes the rest.
pub(crate) type Json = Either<Latin1String, String>;

/// A broker, and the file journal it may have.
#[napi(js_name = "NativeBroker")]
pub struct NodeBroker {
    pub(crate) broker: Shared<Broker>,
    pub(crate) storage: Storage,
    /// What was found when it was opened or restored, as JSON.
    opened: String,
}

/// Journal bytes to append, whole and in order.
#[napi(object)]
pub struct NodeSegment {
    /// The first record in it.
    pub first: i64,
    /// The last record in it.
    pub last: i64,
    /// The bytes.
    pub bytes: Buffer,
}

/// A snapshot, and the last record it contains.
#[napi(object)]
pub struct NodeSnapshot {
    /// The last record in it.
    pub seq: i64,
    /// The bytes.
    pub bytes: Buffer,
}

/// What a restore from bytes found.
#[derive(Serialize)]
struct Found {
    last: Seq,
    records: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    torn: Option<(Seq, usize)>,
}

impl From<Report> for Found {
    fn from(report: Report) -> Self {
        let torn = report.torn.map(|torn| (torn.seq, torn.bytes));
        Self { last: report.last, records: report.records, torn }
    }
}

impl NodeBroker {
    pub(crate) fn new(broker: Broker, journal: Option<Box<dyn Journal>>, opened: &impl Serialize) -> Self {
        let opened = serde_json::to_string(opened).unwrap_or_default();
        Self { broker: Arc::new(Mutex::new(broker)), storage: Arc::new(Mutex::new(journal)), opened }
    }
}

#[napi]
impl NodeBroker {
    /// A new broker without a file.
    #[napi(factory)]
    pub fn create(genesis: String, key_ids: &[u8], secrets: Vec<Buffer>) -> Result<Self> {
        caught(|| {
            let broker = wire::new(genesis.as_bytes(), keys(key_ids, &secrets)?).map_err(refused)?;
            Ok(Self::new(broker, None, &()))
        })
    }

    /// A broker from journal bytes, and a snapshot.
    #[napi(factory)]
    pub fn restore(journal: &[u8], snapshot: Option<&[u8]>, key_ids: &[u8], secrets: Vec<Buffer>) -> Result<Self> {
        caught(|| {
            let mut restorer = Broker::restore(snapshot, keys(key_ids, &secrets)?).map_err(thrown)?;
            restorer.push(journal).map_err(thrown)?;
            let (broker, report) = restorer.finish().map_err(thrown)?;
            Ok(Self::new(broker, None, &Found::from(report)))
        })
    }

    /// Opens a journal folder, and restores the broker in it or begins a new one.
    #[napi]
    pub fn open(path: String, genesis: String, key_ids: &[u8], secrets: Vec<Buffer>) -> Result<AsyncTask<Open>> {
        Ok(AsyncTask::new(Open::new(path, genesis, keys(key_ids, &secrets)?)))
    }

    /// What was found when it was opened or restored, as JSON.
    #[napi(getter)]
    pub fn opened(&self) -> &str {
        &self.opened
    }

    /// An input as text in, the decision out.
    #[napi]
    pub fn submit(&self, at: i64, input: String) -> Result<Json> {
        self.submit_json(at, input.as_bytes())
    }

    /// An input as bytes in, the decision out.
    #[napi]
    pub fn submit_bytes(&self, at: i64, input: &[u8]) -> Result<Json> {
        self.submit_json(at, input)
    }

    /// A list of inputs as text in, decisions and problems out.
    #[napi]
    pub fn submit_all(&self, at: i64, inputs: String) -> Result<Json> {
        self.submit_list(at, inputs.as_bytes())
    }

    /// A list of inputs as bytes in, decisions and problems out.
    #[napi]
    pub fn submit_all_bytes(&self, at: i64, inputs: &[u8]) -> Result<Json> {
        self.submit_list(at, inputs)
    }

    /// A webhook in; decisions and problems out, one for each event in it.
    #[napi]
    pub fn submit_webhook(&self, at: i64, platform: Platform, headers: Vec<String>, body: &[u8]) -> Result<Json> {
        let events = caught(|| readers::events(platform, &headers, body))?;
        with(&self.broker, |broker| text(wire::submit_events(broker, time(at), events)))
    }

    /// Does what is due: the decision, or `null`.
    #[napi]
    pub fn advance(&self, at: i64) -> Result<Json> {
        with(&self.broker, |broker| text(wire::advance(broker, time(at))))
    }

    /// The effects released after `after`.
    #[napi]
    pub fn released(&self, after: i64) -> Result<Json> {
        with(&self.broker, |broker| text(wire::released(broker, ReleaseNo(number(after)))))
    }

    /// When to call `advance`, or `null`.
    #[napi]
    pub fn wakeup(&self) -> Result<Json> {
        with(&self.broker, |broker| text(wire::wakeup(broker)))
    }

    /// What is to be appended, or nothing.
    #[napi]
    pub fn staged(&self, after: i64) -> Result<Option<NodeSegment>> {
        with(&self.broker, |broker| {
            Ok(broker.staged(Seq(number(after))).map(|segment| NodeSegment {
                first: signed(segment.first.0),
                last: signed(segment.last.0),
                bytes: segment.bytes.to_vec().into(),
            }))
        })
    }

    /// The records up to `through` are safe.
    #[napi]
    pub fn mark_durable(&self, through: i64) -> Result<()> {
        with(&self.broker, |broker| broker.mark_durable(Seq(number(through))).map_err(thrown))
    }

    /// A snapshot of the state.
    #[napi]
    pub fn snapshot(&self) -> Result<NodeSnapshot> {
        with(&self.broker, |broker| {
            let mut bytes = Vec::new();
            let seq = broker.snapshot(&mut bytes).map_err(thrown)?;
            Ok(NodeSnapshot { seq: signed(seq.0), bytes: bytes.into() })
        })
    }

    /// Makes the broker refuse everything from now on.
    #[napi]
    pub fn poison(&self) {
        lock(&self.broker).poison();
    }

    /// A bug, made on purpose: how tests see that a panic ends the broker and not the process.
    #[napi]
    pub fn panic(&self) -> Result<()> {
        with(&self.broker, |_| panic!("asked to"))
    }

    /// The header of a segment that starts with record `first`.
    #[napi]
    pub fn segment_header(&self, first: i64) -> Result<Buffer> {
        with(&self.broker, |broker| Ok(segment_header(broker.view().number(), Seq(number(first))).to_vec().into()))
    }

    /// Appends what is staged to the file journal, syncs, and marks it durable: the last durable record.
    #[napi]
    pub fn commit(&self) -> AsyncTask<Commit> {
        AsyncTask::new(Commit::new(self))
    }

    /// Stores a snapshot beside the file journal: the last record in it.
    #[napi]
    pub fn save_snapshot(&self) -> AsyncTask<SaveSnapshot> {
        AsyncTask::new(SaveSnapshot::new(self))
    }

    /// Closes the file journal, after what is being written, and lets go of its lock. The broker can still be asked.
    #[napi]
    pub fn close(&self) {
        lock(&self.storage).take();
    }
}

impl NodeBroker {
    fn submit_json(&self, at: i64, input: &[u8]) -> Result<Json> {
        with(&self.broker, |broker| text(wire::submit(broker, time(at), input).map_err(refused)?))
    }

    fn submit_list(&self, at: i64, inputs: &[u8]) -> Result<Json> {
        with(&self.broker, |broker| text(wire::submit_all(broker, time(at), inputs).map_err(refused)?))
    }
}

pub(crate) fn keys(ids: &[u8], secrets: &[Buffer]) -> Result<Keys> {
    ids.iter().zip(secrets).try_fold(Keys::none(), |keys, (id, secret)| keys.and(*id, secret)).map_err(thrown)
}

/// The wrapper only lets whole numbers from 0 to 2^53 through.
pub(crate) fn number(value: i64) -> u64 {
    u64::try_from(value).unwrap_or(0)
}

fn time(at: i64) -> Timestamp {
    Timestamp(number(at))
}

pub(crate) fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

pub(crate) fn text(json: Vec<u8>) -> Result<Json> {
    let ascii = json.is_ascii();
    let json = String::from_utf8(json).map_err(thrown)?;
    Ok(if ascii { Either::A(json.into()) } else { Either::B(json) })
}
