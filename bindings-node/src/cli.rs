//! The command line.

use std::ffi::OsString;

use napi::Result;
use napi_derive::napi;

use crate::problem::caught;

/// What a command line came to.
#[napi(object)]
pub struct Said {
    /// The exit code.
    pub exit: u8,
    /// For stdout.
    pub out: String,
    /// For stderr.
    pub notes: String,
}

/// Runs a command line, without the program's name in front.
#[napi]
pub fn cli(args: Vec<String>) -> Result<Said> {
    caught(|| {
        let said = reynolds::cli::run(args.into_iter().map(OsString::from));
        Ok(Said { exit: said.exit, out: said.out, notes: said.notes })
    })
}
