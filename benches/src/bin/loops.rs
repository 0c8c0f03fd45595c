//! `make bench-loops`: every guard over every story.

use std::process::ExitCode;

fn main() -> ExitCode {
    reynolds_benches::answered(reynolds_benches::loops::report::main())
}
