//! What can take long, for Node's thread pool.

use std::sync::Arc;

use napi::{Env, Result, Task};
use reynolds::{
    Broker, Keys, RestoreError, Seq,
    driver::{Driver, DriverError, FileJournal, Journal, Opened, Portion},
    wire::{self, Problem},
};
use serde::Serialize;

use crate::{
    broker::{NodeBroker, Shared, Storage, signed},
    problem::{caught, closed, lock, refused, thrown, with},
};

/// Opens a journal.
pub struct Open {
    path: String,
    genesis: String,
    keys: Keys,
}

/// What was found, for JavaScript.
#[derive(Serialize)]
struct Found {
    fresh: bool,
    last: Seq,
    #[serde(skip_serializing_if = "Option::is_none")]
    snapshot: Option<Seq>,
    replayed: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    torn: Option<(Seq, usize)>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unreadable: Vec<(Seq, Problem)>,
    config_differs: bool,
}

impl Open {
    pub fn new(path: String, genesis: String, keys: Keys) -> Self {
        Self { path, genesis, keys }
    }
}

impl Task for Open {
    type Output = NodeBroker;
    type JsValue = NodeBroker;

    fn compute(&mut self) -> Result<NodeBroker> {
        caught(|| {
            let genesis = wire::genesis(self.genesis.as_bytes()).map_err(refused)?;
            let journal = FileJournal::open(&self.path).map_err(thrown)?;
            let driver = Driver::open(journal, genesis, self.keys.clone()).map_err(thrown)?;
            let (broker, journal, opened) = driver.into_parts();
            Ok(NodeBroker::new(broker, Some(journal), &found(opened)))
        })
    }

    fn resolve(&mut self, _: Env, broker: NodeBroker) -> Result<NodeBroker> {
        Ok(broker)
    }
}

fn found(opened: Opened) -> Found {
    let unreadable = |(seq, error): (Seq, RestoreError)| {
        (seq, Problem { code: error.code(), message: error.to_string(), field: None })
    };
    Found {
        fresh: opened.fresh,
        last: opened.last,
        snapshot: opened.snapshot,
        replayed: opened.replayed,
        torn: opened.torn.map(|torn| (torn.seq, torn.bytes)),
        unreadable: opened.unreadable.into_iter().map(unreadable).collect(),
        config_differs: opened.config_differs,
    }
}

/// Appends, syncs and marks durable.
pub struct Commit {
    broker: Shared<Broker>,
    storage: Storage,
}

impl Commit {
    pub fn new(node: &NodeBroker) -> Self {
        Self { broker: Arc::clone(&node.broker), storage: Arc::clone(&node.storage) }
    }

    /// Without the broker's lock while the disk works: Node's own thread can go on deciding.
    fn store(&self, journal: &mut dyn Journal) -> Result<i64> {
        let (durable, portion) =
            with(&self.broker, |broker| Ok((broker.view().durable(), Portion::take(broker).map_err(thrown)?)))?;
        let Some(portion) = portion else { return Ok(signed(durable.0)) };
        let written = portion.append(journal);
        with(&self.broker, |broker| portion.settle(broker, written).map(|last| signed(last.0)).map_err(thrown))
    }
}

impl Task for Commit {
    type Output = i64;
    type JsValue = i64;

    fn compute(&mut self) -> Result<i64> {
        caught(|| self.store(lock(&self.storage).as_deref_mut().ok_or_else(closed)?))
    }

    fn resolve(&mut self, _: Env, last: i64) -> Result<i64> {
        Ok(last)
    }
}

/// Commits, then stores a snapshot.
pub struct SaveSnapshot(Commit);

impl SaveSnapshot {
    pub fn new(node: &NodeBroker) -> Self {
        Self(Commit::new(node))
    }

    fn save(&self, journal: &mut dyn Journal) -> Result<i64> {
        // Inputs may come while the disk works: the snapshot is taken at a moment at which all of them are stored.
        loop {
            self.0.store(journal)?;
            let mut bytes = Vec::new();
            let taken = with(&self.0.broker, |broker| match broker.snapshot(&mut bytes) {
                Err(reynolds::Misuse::NotDurable { .. }) => Ok(None),
                taken => taken.map(Some).map_err(thrown),
            })?;
            if let Some(seq) = taken {
                let saved = journal.save_snapshot(seq, &bytes);
                return saved.map(|()| signed(seq.0)).map_err(|error| thrown(DriverError::Snapshot { error }));
            }
        }
    }
}

impl Task for SaveSnapshot {
    type Output = i64;
    type JsValue = i64;

    fn compute(&mut self) -> Result<i64> {
        caught(|| self.save(lock(&self.0.storage).as_deref_mut().ok_or_else(closed)?))
    }

    fn resolve(&mut self, _: Env, seq: i64) -> Result<i64> {
        Ok(seq)
    }
}
