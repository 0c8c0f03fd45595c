//! The demo keeps its promises, with the bundled payloads and, where they are, with GitHub's.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

fn run(webhooks: Option<PathBuf>) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let mut demo = Command::new(env!("CARGO_BIN_EXE_demo"));
    demo.current_dir(folder.path()).env("REYNOLDS_WEBHOOKS", webhooks.unwrap_or_default());
    let output = demo.output().expect("it starts");
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{out}\n{err}");
    assert_eq!(err, "");
    let home = folder.path().join("var/demo");
    let read = |name: &str| fs::read_to_string(home.join(name)).expect(name);
    let page = read("index.html");
    assert!(page.starts_with("<!doctype html>"));
    let from = out.lines().find_map(|line| line.trim().strip_prefix("Webhooks: ")).expect("where they come from");
    let from = from.split(['.', '\'']).next().unwrap_or_default();
    assert!(page.contains(from), "the page says the same: {from}");
    assert!(read("chain.mmd").contains("flowchart"));
    assert!(read("chain.dot").contains("digraph"));
    out.into_owned()
}

/// The number in a line of the table.
fn value<'a>(table: &'a str, name: &str) -> &'a str {
    let line = table.lines().find(|line| line.contains(name)).unwrap_or_else(|| panic!("no {name} in\n{table}"));
    line[line.find(name).unwrap_or(0) + name.len()..].split_whitespace().next().unwrap_or_default()
}

#[test]
fn the_bundled_payloads_survive_the_crash_and_stop_the_loops() {
    let table = run(None);
    assert_eq!((value(&table, "recorded events, new"), value(&table, "duplicates")), ("26", "26"));
    assert_eq!(value(&table, "sent twice"), "0");
    assert_ne!(value(&table, "redelivered after the crash"), "0");
    // What the demos in other languages compare theirs with. `REYNOLDS_REWRITE=1` writes it, as for the traces.
    let shared = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/data/webhooks-small.digest"));
    let digest = value(&table, "state at the end").to_owned() + "\n";
    if std::env::var_os("REYNOLDS_REWRITE").is_some() {
        fs::write(shared, &digest).expect("the digest is written");
    }
    assert_eq!(fs::read_to_string(shared).expect("a digest"), digest);
}

#[test]
fn githubs_payloads_are_new_once_and_known_once() {
    let Some(index) = reynolds_examples::webhooks() else {
        // Not `eprintln!`, which the tests of Rust keep to themselves.
        return writeln!(
            io::stderr(),
            "left out: githubs_payloads_are_new_once_and_known_once, REYNOLDS_WEBHOOKS is not set"
        )
        .expect("a stderr");
    };
    assert!(Path::new(&index).is_absolute(), "the demo runs in another folder");
    let table = run(Some(index));
    assert_eq!((value(&table, "recorded events, new"), value(&table, "duplicates")), ("329", "329"));
    assert_eq!(value(&table, "state before the crash"), value(&table, "state after the restore"));
    assert_eq!(value(&table, "state at the end"), value(&table, "state replayed"));
}

#[test]
fn nobody_has_to_read_it_to_the_end() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut demo = Command::new(env!("CARGO_BIN_EXE_demo"));
    demo.current_dir(folder.path()).env("REYNOLDS_WEBHOOKS", "").stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut demo = demo.spawn().expect("it starts");
    drop(demo.stdout.take());
    let output = demo.wait_with_output().expect("it ends");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert!(output.status.success());
}
