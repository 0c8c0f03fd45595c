//! The command line: every verb on sound, damaged and hostile input.

#[path = "cli/gone.rs"]
mod gone;
#[path = "cli/live.rs"]
mod live;
#[path = "cli/manuals.rs"]
mod manuals;
#[path = "cli/mistakes.rs"]
mod mistakes;
#[path = "cli/names.rs"]
mod names;
#[path = "cli/night.rs"]
mod night;
#[path = "cli/recordings.rs"]
mod recordings;
mod scene;

use std::{
    fs,
    path::Path,
    process::{Command, Output, Stdio},
};

use reynolds::{
    Genesis, Keys, Timestamp,
    driver::{Driver, FileJournal},
    journal::SEGMENT_HEADER_BYTES,
};
use scene::{Scene, event, outcome, person};
use serde_json::{Value, json};
use tempfile::TempDir;

const RECORDING: &str = include_str!("../../examples/data/loop.jsonl");

/// A folder with the files that the tests and `docs/cli.md` name.
fn files() -> TempDir {
    let folder = tempfile::tempdir().expect("a scratch folder");
    fs::write(folder.path().join("scene.ryj"), Scene::played().journal).expect("written");
    fs::write(folder.path().join("night.ryj"), Scene::at_night().journal).expect("written");
    fs::write(folder.path().join("recording.jsonl"), RECORDING).expect("written");
    folder
}

fn run(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_reynolds"));
    command.current_dir(folder).args(args).output().expect("the binary runs")
}

fn out(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).expect("UTF-8")
}

fn notes(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).expect("UTF-8")
}

fn answer(folder: &Path, args: &[&str]) -> (Option<i32>, Value) {
    let output = run(folder, args);
    let said = serde_json::from_str(out(&output)).unwrap_or_else(|error| panic!("{error}: {}", notes(&output)));
    (output.status.code(), said)
}

#[test]
fn a_sound_journal_verifies_as_json() {
    let folder = files();
    let (exit, answer) = answer(folder.path(), &["verify", "scene.ryj", "--json"]);
    assert_eq!(exit, Some(0));
    let digest = Scene::played().broker.view().digest();
    let expected = json!({"sound": true, "records": 9, "first": 1, "last": 9, "from": 1_700_000_000_000_u64,
        "to": 1_700_000_064_000_u64, "digest": format!("{digest:016x}"), "snapshots": [], "problems": [],
        "repetition": [{"tenant": "", "rule": "back", "definite": [1, 0, 0, 0], "inferred": [0, 0, 0, 0], "exceeds": [],
            "would_hold": 0, "would_deny": 0}]});
    assert_eq!(answer, expected);
}

/// Where each record of a journal in one segment ends.
fn ends(journal: &[u8]) -> Vec<usize> {
    let mut ends = vec![SEGMENT_HEADER_BYTES];
    while let Some(len) = journal.get(ends[ends.len() - 1]..).and_then(<[u8]>::first_chunk::<4>) {
        ends.push(ends[ends.len() - 1] + 36 + u32::from_le_bytes(*len) as usize);
    }
    ends
}

#[test]
fn a_flipped_bit_is_found_and_the_record_named() {
    let folder = files();
    let mut journal = Scene::played().journal;
    let ends = ends(&journal);
    journal[ends[5] - 1] ^= 1;
    fs::write(folder.path().join("bad.ryj"), &journal).expect("written");
    let (exit, verified) = answer(folder.path(), &["verify", "bad.ryj", "--json"]);
    assert_eq!(exit, Some(1));
    assert_eq!((&verified["sound"], &verified["last"], &verified["digest"]), (&json!(false), &json!(4), &Value::Null));
    let message = "RY3004: record 5 is corrupt (payload); restore it from a copy, or cut the journal before it";
    let placed = format!("{message}; it begins at byte {} of bad.ryj", ends[4]);
    let problem = json!({"code": "RY3004", "seq": 5, "file": "bad.ryj", "offset": ends[4], "message": placed});
    assert_eq!(verified["problems"], json!([problem]));

    let replayed = run(folder.path(), &["replay", "bad.ryj"]);
    assert_eq!(replayed.status.code(), Some(1));
    assert!(out(&replayed).contains("records     4, from 1 to 4\n"), "{}", out(&replayed));
    assert_eq!(notes(&replayed), format!("{message}; this is the story up to record 4\n"));
    let explained = run(folder.path(), &["explain", "bad.ryj", "4"]);
    assert_eq!(explained.status.code(), Some(0), "what is before the damage can still be told");
    let beyond = run(folder.path(), &["explain", "bad.ryj", "7"]);
    assert_eq!(beyond.status.code(), Some(1));
    assert!(notes(&beyond).contains("no record 7: the journal has 1 to 4 (RY3004"), "{}", notes(&beyond));
}

#[test]
fn a_journal_cut_anywhere_is_told_up_to_the_cut() {
    let folder = files();
    let journal = Scene::played().journal;
    let ends = ends(&journal);
    for cut in (0..journal.len()).step_by(97) {
        fs::write(folder.path().join("cut.ryj"), &journal[..cut]).expect("written");
        let output = run(folder.path(), &["verify", "cut.ryj", "--json"]);
        let whole = ends.iter().filter(|end| **end <= cut).count().saturating_sub(1);
        if whole == 0 {
            assert_eq!(output.status.code(), Some(1), "cut at {cut}: {}", notes(&output));
            assert!(out(&output).contains("RY3001"), "{}", out(&output));
            continue;
        }
        let answer: Value = serde_json::from_str(out(&output)).expect("JSON");
        assert_eq!(answer["last"], json!(whole), "cut at {cut}");
        if ends.contains(&cut) {
            assert_eq!(output.status.code(), Some(0));
            continue;
        }
        assert_eq!(output.status.code(), Some(1), "cut at {cut}");
        let problem = json!({"code": "torn", "seq": whole + 1, "message": format!("the journal ends in the middle of \
            record {}, after {} of its bytes; it was never durable, and the next append removes it", whole + 1,
            cut - ends[whole])});
        assert_eq!(answer["problems"], json!([problem]));
    }
}

#[test]
fn what_can_not_be_judged_exits_with_2_and_the_number_of_the_error() {
    let folder = files();
    let mut newer = Scene::played().journal;
    newer[4] = 2;
    let sum = crc32c(&newer[..20]);
    newer[20..24].copy_from_slice(&sum.to_le_bytes());
    fs::write(folder.path().join("newer.ryj"), newer).expect("written");
    for verb in [&["verify", "newer.ryj"][..], &["replay", "newer.ryj"], &["graph", "newer.ryj", "2"]] {
        let output = run(folder.path(), verb);
        assert_eq!(output.status.code(), Some(2), "{verb:?}");
        let said =
            "reynolds: newer.ryj: RY3003: the journal has format 2, this version reads up to 1; upgrade reynolds\n";
        assert_eq!((notes(&output), out(&output)), (said, ""));
    }
    let other = run(folder.path(), &["verify", "recording.jsonl"]);
    assert_eq!(other.status.code(), Some(2));
    assert!(notes(&other).starts_with("reynolds: recording.jsonl: RY3002: not a reynolds journal at byte 0"));
    let missing = run(folder.path(), &["replay", "nowhere.ryj"]);
    assert_eq!(missing.status.code(), Some(2));
    assert!(notes(&missing).starts_with("reynolds: nowhere.ryj: "), "{}", notes(&missing));
}

/// CRC32C, bit by bit.
fn crc32c(bytes: &[u8]) -> u32 {
    let step = |sum: u32, byte: &u8| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| if sum & 1 == 1 { sum >> 1 ^ 0x82F6_3B78 } else { sum >> 1 })
    };
    !bytes.iter().fold(!0, step)
}

fn folder_journal(path: &Path, records: u64, snapshots: &[u64]) -> Driver {
    let journal = FileJournal::open(path).expect("a new journal").with_segment_bytes(400);
    let genesis = Genesis { name: "folder".into(), ..Genesis::default() };
    let mut driver = Driver::open(journal, genesis, Keys::none()).expect("a new driver");
    for n in 2..=records {
        let event = event(&format!("d{n}"), "push", "github:acme/api", person("github:eve"), "", None);
        let _ = driver.submit(Timestamp(1000 * n), event).expect("accepted");
        let _ = driver.commit().expect("stored");
        if snapshots.contains(&n) {
            driver.snapshot().expect("stored");
        }
    }
    driver
}

#[test]
fn the_journal_of_a_running_bot_can_be_looked_at() {
    let folder = files();
    let path = folder.path().join("bot");
    let _running = folder_journal(&path, 9, &[]);
    let (exit, answer) = answer(folder.path(), &["replay", "bot", "--json"]);
    assert_eq!(exit, Some(0));
    assert_eq!(answer["records"], json!({"genesis": 1, "event": 8}));
    assert_eq!(answer["broker"], json!("folder"));
    assert_eq!(run(folder.path(), &["verify", "bot"]).status.code(), Some(0));
}

#[test]
fn a_journal_without_its_beginning_is_told_from_its_oldest_snapshot() {
    let folder = files();
    let path = folder.path().join("bot");
    drop(folder_journal(&path, 40, &[20, 30]));
    assert!(!path.join("00000000000000000001.ryj").exists(), "the first records were removed");
    let (exit, verified) = answer(folder.path(), &["verify", "bot", "--json"]);
    assert_eq!((exit, &verified["first"], &verified["last"]), (Some(0), &json!(21), &json!(40)));
    assert_eq!(verified["snapshots"], json!([30, 20]));
    let replayed = run(folder.path(), &["replay", "bot"]);
    assert_eq!(notes(&replayed), "older records were removed: the story begins with the snapshot of record 20\n");

    let snapshot = path.join("00000000000000000030.rysnap");
    let mut bytes = fs::read(&snapshot).expect("a snapshot");
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    fs::write(&snapshot, bytes).expect("written");
    let (exit, verified) = answer(folder.path(), &["verify", "bot", "--json"]);
    assert_eq!((exit, &verified["problems"][0]["seq"]), (Some(1), &json!(30)));
    assert_eq!(verified["problems"][0]["code"], json!("RY3008"));
}

#[test]
fn explain_and_graph_answer_as_json() {
    let folder = files();
    let (exit, record) = answer(folder.path(), &["explain", "scene.ryj", "7", "--json"]);
    assert_eq!(exit, Some(0));
    assert_eq!(
        (&record["seq"], &record["at"], &record["wakeup"]),
        (&json!(7), &json!(1_700_000_003_600_u64), &Value::Null)
    );
    assert_eq!(record["input"]["id"], json!("d3"));
    let denied = json!({"type": "denied", "effect": "7.0", "reason": "hop_limit", "chain": "2", "hop": 3, "limit": 2, "limit_name": "chain.hop_limit"});
    let tripped = json!({"type": "tripped", "chain": "2", "until": 1_700_003_603_600_u64});
    assert_eq!(record["decision"]["verdicts"], json!([denied, tripped]));
    let decided = json!({"title": "What was decided",
        "lines": ["7.0 refused: chain 2 would make automated hop 3 in a row; the limit is 2.",
            "The breaker of chain 2 opens. At 2023-11-14 23:13:23.600 UTC one effect may leave on trial."]});
    assert_eq!(record["explanation"]["sections"][3], decided);

    let (exit, graph) = answer(folder.path(), &["graph", "scene.ryj", "8", "--json"]);
    assert_eq!(exit, Some(0));
    let ids: Vec<&str> =
        graph["nodes"].as_array().expect("nodes").iter().filter_map(|node| node["id"].as_str()).collect();
    assert_eq!(ids, ["c2", "r8", "e8.0"]);
    assert_eq!(graph["edges"][1], json!({"from": 1, "to": 2, "kind": "wanted", "label": "rule back"}));
}

#[test]
fn a_chain_is_asked_for_by_its_first_record() {
    let folder = files();
    let wrong = run(folder.path(), &["graph", "scene.ryj", "7"]);
    assert_eq!((wrong.status.code(), out(&wrong)), (Some(1), ""));
    assert_eq!(notes(&wrong), "reynolds: there is no chain 7: record 7 belongs to chain 2\n");
    // Where links are inferred, the steps before it are in other chains.
    fs::write(folder.path().join("inferred.ryj"), Scene::inferred().journal).expect("written");
    let (_, graph) = answer(folder.path(), &["graph", "inferred.ryj", "23", "--json"]);
    let nodes = graph["nodes"].as_array().expect("nodes");
    let chains: Vec<&Value> = nodes.iter().map(|node| &node["chain"]).collect();
    assert_eq!((chains[0], &chains[16..]), (&Value::from("2"), &[&Value::Null, &Value::Null][..]));
    assert!(graph["edges"].as_array().expect("edges").iter().any(|edge| edge["kind"] == "inferred"));
    let none = run(folder.path(), &["graph", "scene.ryj", "70"]);
    assert_eq!(notes(&none), "reynolds: there is no chain 70: the journal has 2, 8\n");
}

#[test]
fn a_question_that_makes_no_sense_exits_with_2_and_says_where_to_look() {
    let folder = files();
    let questions: [(&[&str], &str); 9] = [
        (&[], "say what to do; see `reynolds --help`"),
        (&["frobnicate"], "no verb `frobnicate`; see `reynolds --help`"),
        (&["replay"], "name a journal; see `reynolds replay --help`"),
        (&["replay", "scene.ryj", "more"], "`more` is one word too many; see `reynolds --help`"),
        (&["explain", "scene.ryj"], "name a record; see `reynolds explain --help`"),
        (
            &["explain", "scene.ryj", "x"],
            "`x` is not a record: a number from 1, or an effect's id; see `reynolds explain --help`",
        ),
        (
            &["graph", "scene.ryj", "2", "--format", "png"],
            "`png` is not one of mermaid, dot, html; see `reynolds graph --help`",
        ),
        (
            &["replay", "scene.ryj", "--self", "x"],
            "`replay` without --webhooks takes no --self; see `reynolds replay --help`",
        ),
        (&["verify", "scene.ryj", "--jsn"], "invalid option '--jsn'; see `reynolds --help`"),
    ];
    for (args, said) in questions {
        let output = run(folder.path(), args);
        assert_eq!((notes(&output), out(&output)), (format!("reynolds: {said}\n").as_str(), ""), "{args:?}");
        assert_eq!(output.status.code(), Some(2), "{args:?}");
    }
}

#[test]
fn every_verb_has_help_and_the_version_is_the_crates() {
    let folder = files();
    assert_eq!(out(&run(folder.path(), &["--version"])), concat!("reynolds ", env!("CARGO_PKG_VERSION"), "\n"));
    for verb in ["replay", "explain", "graph", "verify"] {
        let help = run(folder.path(), &[verb, "--help"]);
        assert!(out(&help).starts_with(&format!("reynolds {verb} JOURNAL")), "{verb}");
        assert!(out(&help).contains("Exit: 0"), "{verb}");
        assert_eq!(help.status.code(), Some(0));
    }
    assert!(out(&run(folder.path(), &["--help"])).contains("reynolds verify JOURNAL"));
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    let folder = files();
    let mut scene =
        Scene::new(b"{\"rules\": [{\"id\": \"r\", \"effects\": [{\"kind\": \"k\", \"subject\": \"s:1\"}]}]}");
    for n in 0..400 {
        scene.submit(10, event(&format!("d{n}"), "push", "github:a/b", person("github:o"), "", None));
    }
    fs::write(folder.path().join("long.ryj"), scene.journal).expect("written");
    let mut command = Command::new(env!("CARGO_BIN_EXE_reynolds"));
    command.current_dir(folder.path()).args(["replay", "long.ryj", "--json"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary runs");
    // More than a pipe holds, into a pipe that nobody reads.
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!((output.status.code(), notes(&output)), (Some(0), ""));
    assert!(run(folder.path(), &["replay", "long.ryj", "--json"]).stdout.len() > 65_536);
}

#[test]
fn nothing_in_a_journal_can_write_to_the_terminal() {
    let folder = files();
    let evil = "\u{1b}]0;owned\u{7}\u{1b}[2J\r\u{202e}x\u{9b}31m";
    let mut scene = Scene::new(
        b"{\"rules\": [{\"id\": \"r\\u001b[2J\", \"effects\": [{\"kind\": \"{kind}\", \"subject\": \"{subject}\"}]}]}",
    );
    scene.submit(0, event(evil, evil, &format!("github:{evil}"), person(evil), evil, Some(evil)));
    scene.submit(0, outcome("2.0", reynolds::input::OutcomeResult::Failed { reason: Some(evil.into()) }));
    fs::write(folder.path().join("evil.ryj"), scene.journal).expect("written");
    let verbs: [&[&str]; 8] = [
        &["replay", "evil.ryj"],
        &["explain", "evil.ryj", "1"],
        &["explain", "evil.ryj", "2"],
        &["explain", "evil.ryj", "3"],
        &["graph", "evil.ryj", "2"],
        &["graph", "evil.ryj", "2", "--format", "dot"],
        &["graph", "evil.ryj", "2", "--format", "html"],
        &["explain", "evil.ryj", "2", "--json"],
    ];
    for verb in verbs {
        let output = run(folder.path(), verb);
        let bad: Vec<char> = out(&output).chars().filter(|char| char.is_control() && *char != '\n').collect();
        assert_eq!((bad, output.status.code()), (vec![], Some(0)), "{verb:?}");
    }
}

#[test]
fn a_recording_shows_where_the_loop_would_have_been_stopped() {
    let folder = files();
    let args = ["replay", "--webhooks", "recording.jsonl", "--self", "github:rebase[bot]", "--json"];
    let (exit, answer) = answer(folder.path(), &args);
    assert_eq!(exit, Some(1));
    let tally = json!({"deliveries": 22, "unread": 0, "events": 22, "duplicates": 1, "own": 10, "inferred": 9,
        "held": 0, "prevented": 0, "rejected": 0});
    assert_eq!(answer["recording"], tally);
    let stops = answer["stops"].as_array().expect("stops");
    let hops: Vec<&Value> = stops.iter().map(|stop| &stop["denial"]["hop"]).collect();
    assert_eq!(hops, [6, 7, 8, 9, 10]);
    assert_eq!((&stops[0]["chain"], &stops[0]["enforced"]), (&json!("2"), &json!(false)));
    assert_eq!(stops[0]["denial"]["reason"], json!("loop"));
    // Evidence of 1350 is needed; there is 1379, and a million by that is 725.2.
    assert_eq!(stops[0]["denial"]["false_stop_ppm"], json!(726));
}

#[test]
fn with_deny_what_followed_from_a_denied_effect_is_left_out() {
    let folder = files();
    let args =
        ["replay", "--webhooks", "recording.jsonl", "--self", "github:rebase[bot]", "--enforce", "deny", "--json"];
    let (exit, answer) = answer(folder.path(), &args);
    assert_eq!(exit, Some(1));
    // The sixth answer of the bot is held, the seventh is denied. The other bot's answer to it, and what the bot
    // answers to that, would not exist.
    let recording = &answer["recording"];
    assert_eq!((&recording["own"], &recording["held"], &recording["prevented"]), (&json!(7), &json!(1), &json!(6)));
    assert_eq!(answer["stops"].as_array().map(Vec::len), Some(1));
    assert_eq!(answer["stops"][0]["enforced"], json!(true));
    assert_eq!(answer["stops"][0]["denial"]["hop"], json!(7));
    // 32 seconds after the sixth, at 10:00:11.
    assert_eq!(answer["stops"][0]["at"], json!(1_714_557_643_000_u64));
}

#[test]
fn without_the_bots_accounts_nothing_is_an_effect_and_the_candidates_are_named() {
    let folder = files();
    let output = run(folder.path(), &["replay", "--webhooks", "recording.jsonl"]);
    assert_eq!(output.status.code(), Some(0));
    let said = "no account is known as the bot's own, so nothing counts as its effect: give --self; \
        it has github:merge[bot] (10), github:rebase[bot] (10)\n";
    assert_eq!(notes(&output), said);
    assert!(out(&output).ends_with("\nNothing would have been stopped.\n"));
}

#[test]
fn lines_that_can_not_be_read_are_named_and_the_others_count() {
    let folder = files();
    let github =
        |body: &str| format!(r#"{{"headers":{{"x-github-event":"ping","x-github-delivery":"1"}},"body":{body}}}"#);
    let lines = [
        "not json".into(),
        github(r#"{"zen":"x"}"#),
        github(r#""{\"zen\":""#),
        r#"{"platform":"jira","body":{}}"#.into(),
        r#"{"platform":"teams","body":{"type":"message"}}"#.into(),
        r#"{"platform":"github","headers":{"X-GitHub-Event":"ping"},"body":{}}"#.into(),
        r#"{"platform":"github","at":1700000000000000,"headers":{},"body":{}}"#.into(),
        r#"{"body":{}}"#.into(),
    ];
    fs::write(folder.path().join("mixed.jsonl"), lines.join("\n")).expect("written");
    let output = run(folder.path(), &["replay", "--webhooks", "mixed.jsonl", "--self", "github:x"]);
    assert_eq!(output.status.code(), Some(0));
    let expected = [
        "line 1: expected ident at line 1 column 2",
        "line 3: RY1101: not JSON at byte 7: ",
        "line 4: no platform `jira`: it is github, teams, eventgrid or cloudevents",
        "line 5: RY1109: the field `conversation.id` is missing",
        "line 6: RY1106: the header `X-GitHub-Delivery` is missing",
        "line 7: `at` is 1700000000000000: give milliseconds since 1970",
        "line 8: `platform` is missing, and the headers do not tell",
        "no event is by `github:x`, so nothing counts as its effect; no account in it looks like a bot",
    ];
    let said: Vec<&str> = notes(&output).lines().collect();
    assert_eq!(said.len(), expected.len(), "{said:?}");
    for (said, expected) in said.iter().zip(expected) {
        assert!(said.starts_with(expected), "{said}");
    }
    assert!(
        out(&output).starts_with("deliveries                 1\nlines not read             7\n"),
        "{}",
        out(&output)
    );
    fs::write(folder.path().join("bad.jsonl"), "x\n").expect("written");
    assert_eq!(run(folder.path(), &["replay", "--webhooks", "bad.jsonl"]).status.code(), Some(2));
}

#[test]
fn the_records_of_a_recording_can_be_kept_and_explained() {
    let folder = files();
    let args = [
        "replay",
        "--webhooks",
        "recording.jsonl",
        "--self",
        "github:rebase[bot]",
        "--save",
        "kept.ryj",
        "--html",
        "kept.html",
    ];
    assert_eq!(run(folder.path(), &args).status.code(), Some(1));
    assert_eq!(run(folder.path(), &["verify", "kept.ryj"]).status.code(), Some(0));
    let explained = run(folder.path(), &["explain", "kept.ryj", "6"]);
    assert!(
        out(&explained).contains(
            "Chain 2, after 1 automated step, because it came from an automated account shortly after effect 3.0 \
         (inferred by timing)."
        ),
        "{}",
        out(&explained)
    );
    let html = fs::read_to_string(folder.path().join("kept.html")).expect("a page");
    assert!(html.contains("2 of 2") || html.contains("id=\"chain-2\""));
}

#[test]
fn a_rule_of_the_configuration_is_what_the_bot_did() {
    let folder = files();
    let config = r#"{"self": ["github:rebase[bot]"], "enforce": "deny", "chain": {"hop_limit": 3},
        "rules": [{"id": "answer", "enforce": "hold", "when": {"kind": "issue_comment.created"},
        "effects": [{"kind": "comment", "subject": "{subject}", "text": "Could not rebase, please try again."}]}]}"#;
    fs::write(folder.path().join("config.json"), config).expect("written");
    let args = ["replay", "--webhooks", "recording.jsonl", "--config", "config.json", "--json"];
    let (exit, answer) = answer(folder.path(), &args);
    assert_eq!(exit, Some(1));
    assert_eq!(answer["records"], json!({"event": 21, "genesis": 1, "outcome": 10}));
    assert_eq!(answer["stops"][0]["denial"]["reason"], json!("hop_limit"));
    assert_eq!(answer["stops"][0]["denial"]["hop"], json!(4));
    fs::write(folder.path().join("config.json"), "{\"hop_limit\": 3}").expect("written");
    let wrong = run(folder.path(), &args);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(notes(&wrong).starts_with("reynolds: config.json: RY1014: "), "{}", notes(&wrong));
}
