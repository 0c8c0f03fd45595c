//! Options of `replay --webhooks` that are easy to get wrong.

use std::fs;

use reynolds::Input;

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

#[test]
fn a_recording_taken_for_a_journal_is_named_with_the_option_it_needs() {
    let folder = files();
    fs::write(folder.path().join("list.json"), "\n [{}]").expect("written");
    fs::write(folder.path().join("words.txt"), "not { a recording").expect("written");
    let said = |verb: &str, file: &str| {
        let output = run(folder.path(), &[verb, file]);
        assert_eq!((output.status.code(), out(&output)), (Some(2), ""));
        notes(&output).to_owned()
    };
    let no_journal =
        |file: &str| format!("reynolds: {file}: RY3002: not a reynolds journal at byte 0: a segment starts with RYNJ");
    for file in ["recording.jsonl", "list.json"] {
        for verb in ["replay", "verify"] {
            let expected = format!("{}; it looks like a recording: use replay --webhooks\n", no_journal(file));
            assert_eq!(said(verb, file), expected);
        }
    }
    assert_eq!(said("replay", "words.txt"), format!("{}\n", no_journal("words.txt")));
}

/// In log mode everything is performed: nothing in such a journal was stopped.
#[test]
fn what_left_in_log_mode_is_listed_as_what_would_have_been_stopped() {
    let folder = files();
    let saved = |enforce: &str| {
        let own = "github:rebase[bot]";
        let recorded = ["replay", "--webhooks", "recording.jsonl", "--self", own, "--enforce", enforce];
        let args = [&recorded[..], &["--save", "kept.ryj"]].concat();
        assert_eq!(run(folder.path(), &args).status.code(), Some(1));
        let replayed = run(folder.path(), &["replay", "kept.ryj"]);
        out(&replayed).to_owned()
    };
    let log = saved("log");
    assert!(log.contains("\nWould have been stopped\n  chain 2, hop 6, "), "{log}");
    assert!(!log.contains("\nStopped\n"), "{log}");
    let deny = saved("deny");
    assert!(deny.contains("\nStopped\n  chain 2, hop 7, "), "{deny}");
    assert!(!deny.contains("Would have been stopped"), "{deny}");
}

/// The limits of chains are part of `chain`; many look for them at the top or under `limits`.
#[test]
fn a_limit_of_chains_in_the_wrong_place_is_told_where_it_belongs() {
    let folder = files();
    let said = |config: &str| {
        fs::write(folder.path().join("config.json"), config).expect("written");
        let output = run(folder.path(), &["replay", "--webhooks", "recording.jsonl", "--config", "config.json"]);
        assert_eq!(output.status.code(), Some(2));
        let configure = format!("{{\"type\":\"configure\",\"config\":{config}}}");
        let refused = Input::from_json(configure.as_bytes()).expect_err("it is refused").to_string();
        [notes(&output).trim_end().to_owned(), refused]
    };
    for (config, meant) in [
        (r#"{"hop_limit": 3}"#, "; `chain.hop_limit` is meant"),
        (r#"{"limits": {"budget": 3}}"#, "; `chain.budget` is meant"),
    ] {
        let said = said(config);
        assert!(said.iter().all(|said| said.contains("unknown field") && said.contains(meant)), "{said:?}");
    }
    for config in [r#"{"hops": 3}"#, r#"{"timing": {"hop_limit": 3}}"#] {
        let said = said(config);
        assert!(!said.iter().any(|said| said.contains("is meant")), "{said:?}");
    }
}

#[test]
fn links_inferred_by_time_are_said_to_be_less_certain_for_a_living_broker() {
    let folder = files();
    let remark = "\nLinks inferred by time are taken as certain here. Where nothing else shows such a link, a living \
        broker asks by probes\nfirst, and so stops later.\n";
    let printed = |file: &str| {
        let output = run(folder.path(), &["replay", "--webhooks", file, "--self", "github:rebase[bot]"]);
        out(&output).to_owned()
    };
    assert!(printed("recording.jsonl").ends_with(remark), "{}", printed("recording.jsonl"));
    let nothing = RECORDING.lines().take(4).collect::<Vec<_>>().join("\n");
    fs::write(folder.path().join("short.jsonl"), nothing).expect("written");
    assert!(printed("short.jsonl").ends_with("\n\nNothing would have been stopped.\n"), "{}", printed("short.jsonl"));
}

#[test]
fn a_folder_without_a_journal_is_no_journal() {
    let folder = files();
    for verb in [&["verify", "."][..], &["replay", "."], &["explain", ".", "1"]] {
        let output = run(folder.path(), verb);
        let said = "reynolds: .: no journal is in this folder\n";
        assert_eq!((output.status.code(), out(&output), notes(&output)), (Some(2), "", said), "{verb:?}");
    }
}

#[test]
fn an_effect_is_explained_by_the_record_that_decided_it() {
    let folder = files();
    let by = |what: &str| out(&run(folder.path(), &["explain", "scene.ryj", what])).to_owned();
    assert!(by("7.0").starts_with("Record 7, "), "{}", by("7.0"));
    assert_eq!(by("7.0"), by("7"));
}
