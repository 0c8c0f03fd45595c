//! The documents show what the commands print.

use super::{files, out, run};

/// `docs/cli.md` shows commands and what they print; each is run, in order, in one folder.
#[test]
fn the_manual_shows_what_the_commands_print() {
    let folder = files();
    let manual = include_str!("../../../docs/cli.md");
    let mut blocks = 0;
    for block in manual.split("```console\n$ reynolds ").skip(1) {
        let block = block.split("```").next().expect("an end");
        let (command, rest) = block.split_once('\n').expect("a line");
        let (expected, exit) = match rest.split_once("# exit ") {
            Some((expected, exit)) => (expected, exit.trim().parse().expect("a number")),
            None => (rest, 0),
        };
        let args: Vec<&str> = command.split(' ').map(|arg| arg.trim_matches('\'')).collect();
        let output = run(folder.path(), &args);
        assert_eq!(without_digest(out(&output)), without_digest(expected), "reynolds {command}");
        assert_eq!(output.status.code(), Some(exit), "reynolds {command}");
        blocks += 1;
    }
    assert_eq!(blocks, 9);
}

/// Digests change with every change of what the state holds; that they are right is shown elsewhere.
fn without_digest(text: &str) -> String {
    let line = |line: &str| match line.split_once("digest ") {
        Some((before, digest)) if digest.trim().len() == 16 => format!("{before}digest\n"),
        _ => format!("{line}\n"),
    };
    text.lines().map(line).collect()
}
