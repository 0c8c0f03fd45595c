//! The door for Python: convert, call, convert back.
//!
//! Dictionaries or JSON cross. Nothing is decided here, and no Python code runs while a lock is held. What can take long
//! (opening, restoring, appending, syncing, snapshots) lets other Python threads run.
//!
//! Every entry catches panics. The broker is poisoned then.
//!
//! The package's Python wraps some of this; `_native.pyi` has the types.

mod broker;
mod from_python;
mod raise;
mod readers;
mod to_python;

use pyo3::prelude::*;

/// The native part of the package `reynolds`.
#[pymodule]
mod _native {
    #[pymodule_export]
    use super::broker::Broker;
    #[pymodule_export]
    use super::readers::{cloudevents, eventgrid, find_token, github, mark, teams, unmark, verify_github};
    #[pymodule_export]
    use super::version;
}

/// The version of the engine.
#[pyfunction]
fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}
