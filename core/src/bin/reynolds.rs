//! The `reynolds` command line. All of it is in `reynolds::cli`; this prints what it says.

use std::{
    env,
    io::{self, ErrorKind, Write},
    process::ExitCode,
};

use reynolds::cli::{Said, run};

fn main() -> ExitCode {
    let Said { exit, out, notes } = run(env::args_os().skip(1));
    // Nobody may be listening.
    let _ = io::stderr().write_all(notes.as_bytes());
    if let Err(error) = print(&out) {
        let _ = writeln!(io::stderr(), "reynolds: can not write the answer: {error}");
        return ExitCode::from(2);
    }
    ExitCode::from(exit)
}

/// A reader that has seen enough is no error.
fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error),
        _ => Ok(()),
    }
}
