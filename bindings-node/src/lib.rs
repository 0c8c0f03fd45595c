//! The door for Node: convert, call, convert back.
//!
//! JSON crosses as text or bytes, ids and digests as texts, record numbers as numbers. Nothing is decided here, and no
//! JavaScript runs while a lock is held. What can take long (opening, appending, syncing, snapshots) runs on Node's
//! thread pool and answers with a promise.
//!
//! Every entry catches panics: one that passed through Node-API would end the process. The broker is poisoned then.
//!
//! The package's TypeScript wraps all of this; nothing here is called by its users.
#![cfg_attr(test, allow(dead_code, reason = "a test build registers nothing with Node"))]

mod broker;
mod cli;
mod dag;
#[cfg(feature = "probe")]
mod probe;
mod problem;
mod readers;
mod tasks;
mod view;

use napi_derive::napi;

/// The version of the engine.
#[napi]
pub fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}
