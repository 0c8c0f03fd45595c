//! Options of `replay --webhooks` that are easy to get wrong.

use std::fs;

use super::{RECORDING, files, notes, out, run};

#[test]
fn an_account_that_never_appears_is_named_with_what_was_meant() {
    let folder = files();
    for (own, meant) in [
        ("rebase[bot]", "did you mean `github:rebase[bot]`?"),
        ("github:rebase", "it has github:merge[bot] (10), github:rebase[bot] (10)"),
    ] {
        let output = run(folder.path(), &["replay", "--webhooks", "recording.jsonl", "--self", own]);
        assert_eq!(output.status.code(), Some(0));
        assert_eq!(notes(&output), format!("no event is by `{own}`, so nothing counts as its effect; {meant}\n"));
    }
    let args = ["replay", "--webhooks", "recording.jsonl", "--self", "octocat", "--self", "github:rebase[bot]"];
    let output = run(folder.path(), &args);
    let said = "no event is by `octocat`, so nothing counts as its effect; did you mean `github:octocat`?\n";
    assert_eq!((notes(&output), output.status.code()), (said, Some(1)));
}

#[test]
fn nothing_but_a_journal_is_replaced_by_a_journal_and_nothing_but_a_page_by_a_page() {
    let folder = files();
    let own = "github:rebase[bot]";
    let refused = |option: &str, file: &str, what: &str| {
        let before = fs::read(folder.path().join(file)).expect("it is there");
        let output = run(folder.path(), &["replay", "--webhooks", "recording.jsonl", "--self", own, option, file]);
        assert_eq!(output.status.code(), Some(2), "{}", out(&output));
        let said = format!("{file}: it is there and is not {what}, so it is not overwritten: name another file");
        assert!(notes(&output).contains(&said), "{}", notes(&output));
        assert_eq!(fs::read(folder.path().join(file)).expect("it is there"), before);
    };
    refused("--save", "recording.jsonl", "a journal");
    refused("--html", "recording.jsonl", "a page");
    refused("--html", "scene.ryj", "a page");
    fs::write(folder.path().join("empty.ryj"), "").expect("written");
    for _ in 0..2 {
        let args =
            ["replay", "--webhooks", "recording.jsonl", "--self", own, "--save", "empty.ryj", "--html", "a.html"];
        assert_eq!(run(folder.path(), &args).status.code(), Some(1));
    }
    assert_eq!(run(folder.path(), &["verify", "empty.ryj"]).status.code(), Some(0));
}

#[test]
fn times_in_seconds_are_noticed() {
    let folder = files();
    let timed = |unit: u64| {
        let lines = RECORDING.lines().zip(0..);
        let lines = lines.map(|(line, n)| line.replacen('{', &format!("{{\"at\":{},", (1_714_557_600 + n) * unit), 1));
        fs::write(folder.path().join("timed.jsonl"), lines.collect::<Vec<_>>().join("\n")).expect("written");
        run(folder.path(), &["replay", "--webhooks", "timed.jsonl", "--self", "github:rebase[bot]"])
    };
    assert_eq!(notes(&timed(1000)), "");
    let said = "every `at` lies before March 1973: give milliseconds since 1970, not seconds\n";
    assert_eq!(notes(&timed(1)), said);
}
