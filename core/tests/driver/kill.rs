//! A real process, killed with SIGKILL while it appends.

use std::{
    env,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Command, Stdio},
};

use reynolds::{Seq, Verdict};
use tempfile::TempDir;

use super::{at, digest, issue, open};

const FOLDER: &str = "REYNOLDS_TEST_FOLDER";

/// Appends until it is killed, and says which records are safe.
#[test]
#[ignore = "the child of the test below"]
fn child() {
    let Some(folder) = env::var_os(FOLDER) else { return };
    let mut driver = open(Path::new(&folder)).expect("it opens");
    let start = driver.view().seq().0;
    let mut out = std::io::stdout();
    for n in (start..).step_by(3) {
        for decision in driver.submit_all(at(n), (n..n + 3).map(issue)) {
            let _ = decision.expect("accepted");
        }
        let effects = driver.commit().expect("storage works");
        assert!(!effects.is_empty());
        writeln!(out, "safe {} {:016x}", driver.view().durable(), digest(&driver)).expect("the parent listens");
        if n % 31 == 0 {
            driver.snapshot().expect("storage works");
        }
    }
}

#[test]
fn a_killed_process_loses_nothing_it_had_acknowledged() {
    let folder = TempDir::new().expect("a folder");
    for round in 1..=4 {
        let mut child = Command::new(env::current_exe().expect("this test"))
            .args(["--exact", "kill::child", "--ignored", "--nocapture"])
            .env(FOLDER, folder.path())
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts");
        let lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let mut safe: Vec<(u64, String)> = vec![];
        for line in lines {
            let line = line.expect("text");
            let Some((seq, digest)) = line.strip_prefix("safe ").and_then(|rest| rest.split_once(' ')) else {
                continue;
            };
            safe.push((seq.parse().expect("a number"), digest.into()));
            if safe.len() == round * 7 {
                child.kill().expect("SIGKILL");
            }
        }
        assert!(!child.wait().expect("it ended").success());
        assert!(safe.len() >= round * 7, "it ended before it was killed: {safe:?}");

        let (last, expected) = safe.last().expect("at least one").clone();
        let mut driver = open(folder.path()).unwrap_or_else(|error| panic!("round {round}: {error}"));
        let found = driver.view().seq();
        assert!(found >= Seq(last), "{last} was safe, {found} is there");
        if found == Seq(last) {
            assert_eq!(format!("{:016x}", digest(&driver)), expected);
        }
        // Records 2.. are issues 1.., without a gap: each is known, and none left its effect behind.
        for n in 1..last {
            let decision = driver.submit(at(last), issue(n)).expect("accepted");
            assert!(matches!(decision.verdicts[..], [Verdict::Duplicate { .. }]), "issue {n} was lost");
        }
        let again = driver.commit().expect("storage works");
        assert_eq!(again.len() as u64, found.0 - 1);
        assert!(again.iter().all(|effect| effect.redelivered));
    }
}
