//! The command line of `reynolds`, for every language that ships one: replays, explains, draws and checks journals, and
//! says what a recording of webhooks would have led to.
//!
//! Data goes to stdout and notes to stderr. It exits with 0 if all is well, 1 if the answer is no, and 2 if the
//! question or the input can not be understood. [cli.md](https://github.com/reynolds-rs/reynolds/blob/main/docs/cli.md) shows each verb.

mod args;
mod explain;
mod graph;
mod help;
mod load;
mod now;
mod output;
mod recording;
mod replay;
mod simulate;
mod verify;
mod webhooks;

use std::ffi::OsString;

use args::Verb;
use output::{Answer, Fail};

/// What a command line came to. The caller prints it and exits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// The exit code: 0, 1 or 2.
    pub exit: u8,
    /// For stdout.
    pub out: String,
    /// For stderr, whole lines.
    pub notes: String,
}

/// Runs a command line, without the program's name in front.
pub fn run(args: impl IntoIterator<Item = OsString>) -> Said {
    match args::parse(lexopt::Parser::from_args(args)).and_then(answer) {
        Ok(Answer { text, notes, no }) => {
            let notes = notes.iter().map(|note| output::line(note) + "\n").collect();
            Said { exit: u8::from(no), out: text, notes }
        }
        Err(Fail { exit, message }) => {
            Said { exit, out: String::new(), notes: format!("reynolds: {}\n", output::line(&message)) }
        }
    }
}

fn answer(verb: Verb) -> Result<Answer, Fail> {
    match verb {
        Verb::Help(of) => Ok(Answer::text(help::of(of))),
        Verb::Version => Ok(Answer::text(format!("reynolds {}\n", env!("CARGO_PKG_VERSION")))),
        Verb::Replay(options) => replay::run(&options),
        Verb::Webhooks(options) => webhooks::run(&options),
        Verb::Explain(options) => explain::run(&options),
        Verb::Open(options) => now::open(&options),
        Verb::Stops(options) => now::stops(&options),
        Verb::Find(options) => now::find(&options),
        Verb::Graph(options) => graph::run(&options),
        Verb::Verify(options) => verify::run(&options),
    }
}
