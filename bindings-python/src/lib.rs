//! The door for Python: convert, call, convert back.
//!
//! Dictionaries or JSON cross. Nothing is decided here, and no Python code runs while a lock is held. What can take long
//! (opening, restoring, appending, syncing, snapshots) lets other Python threads run.
//!
//! Every entry catches panics. The broker is poisoned then.
//!
//! The package's Python wraps some of this; `_native.pyi` has the types.

mod broker;
mod dag;
mod from_python;
#[cfg(feature = "probe")]
mod probe;
mod raise;
mod readers;
mod to_python;

use std::ffi::OsString;

use pyo3::prelude::*;
use reynolds::cli;

/// The native part of the package `reynolds`.
#[pymodule]
mod _native {
    #[pymodule_export]
    use super::broker::Broker;
    #[pymodule_export]
    use super::dag::Dag;
    #[cfg(feature = "probe")]
    #[pymodule_export]
    use super::probe::{pure_read_ns, pure_submit_ns};
    #[pymodule_export]
    use super::readers::{cloudevents, eventgrid, find_token, github, mark, teams, unmark, verify_github};
    #[pymodule_export]
    use super::{command_line, version};
}

/// The version of the engine.
#[pyfunction]
fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}

/// Runs the command line of `reynolds`: the exit code, and what is for stdout and stderr.
#[pyfunction]
fn command_line(py: Python<'_>, args: Vec<OsString>) -> PyResult<(u8, String, String)> {
    let cli::Said { exit, out, notes } = py.detach(|| raise::caught(|| Ok(cli::run(args))))?;
    Ok((exit, out, notes))
}
