//! The documents show what the commands print.

use std::{fs, path::Path, process::Command};

use serde_json::{Value, json};

use super::{files, notes, out, run};

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
    assert_eq!(blocks, 12);
}

/// Digests change with every change of what the state holds; that they are right is shown elsewhere.
fn without_digest(text: &str) -> String {
    let line = |line: &str| match line.split_once("digest ") {
        Some((before, digest)) if digest.trim().len() == 16 => format!("{before}digest\n"),
        _ => format!("{line}\n"),
    };
    text.lines().map(line).collect()
}

/// A few lines of an answer: `…` as a line leaves lines out, at the end of a line it leaves out the rest of it.
fn shows(shown: &str, printed: &str) {
    let mut lines = printed.lines();
    let mut skip = false;
    for shown in shown.lines() {
        if shown == "…" {
            skip = true;
            continue;
        }
        let fits = |line: &&str| match shown.strip_suffix('…') {
            Some(start) => line.starts_with(start),
            None => *line == shown,
        };
        let found = if skip { lines.find(fits) } else { lines.next().filter(fits) };
        assert!(found.is_some(), "this line is not printed, or not here: {shown}\n{printed}");
        skip = false;
    }
    assert!(skip || lines.next().is_none(), "more is printed:\n{printed}");
}

/// What a newcomer tries first must show a loop that is stopped, not an empty answer.
#[test]
fn the_readme_and_the_guide_show_an_incident_that_is_stopped() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for document in [include_str!("../../../README.md"), include_str!("../../../docs/host-guide.md")] {
        let blocks: Vec<_> = document.split("```console\n$ reynolds ").skip(1).collect();
        assert_eq!(blocks.len(), 1);
        let (command, shown) = blocks[0].split_once('\n').expect("a line");
        let shown = shown.split("```").next().expect("an end");
        let args: Vec<&str> = command.split(' ').map(|arg| arg.trim_matches('\'')).collect();
        let output = run(&root, &args);
        assert_eq!(output.status.code(), Some(1), "something would have been stopped: {command}");
        assert!(shown.contains("\nWould have been stopped\n  chain "), "{shown}");
        shows(shown, out(&output));
    }
}

/// The filter of `docs/cli.md` on deliveries as GitHub gives them out, the newest first. Only where there is a `jq`.
#[test]
fn the_manuals_filter_makes_a_recording_of_githubs_deliveries() {
    if Command::new("jq").arg("--version").output().is_err() {
        return;
    }
    let filter = include_str!("../../../docs/cli.md").split("jq -cs '").nth(1).and_then(|rest| rest.split('\'').next());
    let delivery = |id: u64, guid: &str, at: &str, login: &str| {
        json!({"id": id, "guid": guid, "delivered_at": at, "event": "issue_comment", "action": "created", "request": {
            "headers": {"X-GitHub-Event": "issue_comment", "X-GitHub-Delivery": guid, "Accept": "*/*"},
            "payload": {"action": "created", "issue": {"id": 7, "number": 7}, "comment": {"id": id, "body": "hello"},
                "repository": {"full_name": "acme/api"}, "sender": {"login": login, "type": "User"}}}})
    };
    let folder = files();
    let deliveries = [
        delivery(13, "c", "2024-05-01T10:00:01Z", "eve"),
        delivery(12, "b", "2024-05-01T10:00:00.25Z", "octocat"),
        delivery(11, "a", "2024-05-01T10:00:00.125Z", "eve"),
    ];
    let text = deliveries.map(|delivery| format!("{delivery:#}\n")).concat();
    fs::write(folder.path().join("deliveries.json"), text).expect("written");
    let mut jq = Command::new("jq");
    jq.current_dir(folder.path()).args(["-cs", filter.expect("a filter"), "deliveries.json"]);
    let made = jq.output().expect("jq runs");
    assert!(made.status.success(), "{}", notes(&made));
    fs::write(folder.path().join("incident.jsonl"), &made.stdout).expect("written");
    let lines: Vec<Value> = out(&made).lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let times: Vec<_> = lines.iter().map(|line| &line["at"]).collect();
    assert_eq!(times, [1_714_557_600_000_u64, 1_714_557_600_000, 1_714_557_601_000]);
    let ids: Vec<_> = lines.iter().map(|line| &line["headers"]["X-GitHub-Delivery"]).collect();
    assert_eq!(ids, ["a", "b", "c"]);
    let output = run(folder.path(), &["replay", "--webhooks", "incident.jsonl", "--self", "github:octocat"]);
    let counts = "deliveries                 3\nevents                     3\n  duplicates               0\n  done by the bot          1\n";
    assert!(out(&output).starts_with(counts), "{}", out(&output));
    assert_eq!((notes(&output), output.status.code()), ("", Some(0)));
}
