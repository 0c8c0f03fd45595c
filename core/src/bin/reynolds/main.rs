//! The `reynolds` command line: replays, explains, draws and checks journals, and says what a recording of webhooks
//! would have led to.
//!
//! Data goes to stdout and notes to stderr. It exits with 0 if all is well, 1 if the answer is no, and 2 if the
//! question or the input can not be understood. `docs/cli.md` shows each verb.

mod args;
mod explain;
mod graph;
mod help;
mod load;
mod output;
mod recording;
mod replay;
mod simulate;
mod verify;
mod webhooks;

use std::process::ExitCode;

use args::Verb;
use output::{Answer, Fail};

fn main() -> ExitCode {
    let answer = args::parse(lexopt::Parser::from_env()).and_then(run);
    ExitCode::from(match answer {
        Ok(Answer { text, notes, no }) => {
            notes.iter().for_each(|note| output::note(note));
            match output::print(&text) {
                Ok(()) => u8::from(no),
                Err(error) => {
                    output::note(&format!("reynolds: can not write the answer: {error}"));
                    2
                }
            }
        }
        Err(Fail { exit, message }) => {
            output::note(&format!("reynolds: {message}"));
            exit
        }
    })
}

fn run(verb: Verb) -> Result<Answer, Fail> {
    match verb {
        Verb::Help(of) => Ok(Answer::text(help::of(of))),
        Verb::Version => Ok(Answer::text(format!("reynolds {}\n", env!("CARGO_PKG_VERSION")))),
        Verb::Replay(options) => replay::run(&options),
        Verb::Webhooks(options) => webhooks::run(&options),
        Verb::Explain(options) => explain::run(&options),
        Verb::Graph(options) => graph::run(&options),
        Verb::Verify(options) => verify::run(&options),
    }
}
