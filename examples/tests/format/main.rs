//! `docs/format.md` is normative: its example is what the library writes, and a reader written from it alone works.

mod dump;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use reynolds::{
    Broker, Config, Event, Genesis, Keys, Seq, Timestamp,
    event::{Actor, ActorClass},
    input::{Outcome, OutcomeResult},
    journal,
};

const BEGIN: &str = "<!-- example: begin -->\n";
const END: &str = "<!-- example: end -->";

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs")
}

fn broker() -> Broker {
    let config = Config::from_json(
        br#"{"rules": [{"id": "triage", "when": {"kind": "issues.opened"},
            "effects": [{"kind": "message", "subject": "teams:triage"}]}]}"#,
    )
    .expect("a valid configuration");
    let at = Timestamp(1_700_000_000_000);
    let genesis = Genesis { name: "triage".into(), seed: 7, config, at, ..Genesis::default() };
    Broker::new(genesis, Keys::none()).expect("a valid genesis")
}

/// The broker of the worked example: a genesis and an event.
fn example() -> Broker {
    let mut broker = broker();
    let event = Event {
        id: "d1".into(),
        source: "github".into(),
        kind: "issues.opened".into(),
        subject: "github:acme/api#7".into(),
        actor: Some(Actor { id: "github:octocat".into(), class: ActorClass::Human }),
        ..Event::default()
    };
    let _ = broker.submit(Timestamp(1_700_000_030_000), event).expect("accepted");
    broker
}

/// One segment: its header, and all records that are not yet durable.
fn segment(broker: &Broker) -> Vec<u8> {
    let staged = broker.staged(Seq(0)).expect("there are records");
    let mut bytes = journal::segment_header(broker.view().number(), staged.first).to_vec();
    bytes.extend_from_slice(staged.bytes);
    bytes
}

/// The example's text between its two marks in the document.
fn documented() -> String {
    let text = fs::read_to_string(docs().join("format.md")).expect("docs/format.md");
    let (_, rest) = text.split_once(BEGIN).expect("the begin mark");
    rest.split_once(END).expect("the end mark").0.to_owned()
}

/// Runs Python in `docs/`; `None` on a machine without it.
fn python(args: &[&str]) -> Option<Output> {
    let output = Command::new("python3").args(args).env("PYTHONDONTWRITEBYTECODE", "1").current_dir(docs()).output();
    output.map_err(|error| eprintln!("left out, no python3: {error}")).ok()
}

/// What `docs/format_reader.py` prints about some bytes, line by line.
fn read_with_python(bytes: &[u8]) -> Option<Vec<String>> {
    let file = std::env::temp_dir().join(format!("reynolds-format-{}-{}", std::process::id(), bytes.len()));
    fs::write(&file, bytes).expect("a scratch file");
    let output = python(&["format_reader.py", file.to_str().expect("a plain path")]);
    fs::remove_file(&file).expect("it was just written");
    let output = output?;
    assert!(output.status.success(), "{output:?}");
    Some(String::from_utf8(output.stdout).expect("UTF-8").lines().map(str::to_owned).collect())
}

#[test]
fn the_worked_example_is_what_the_library_writes() {
    let written = dump::journal(&segment(&example()));
    if std::env::var_os("REYNOLDS_REWRITE").is_some() {
        let path = docs().join("format.md");
        let text = fs::read_to_string(&path).expect("docs/format.md");
        let (before, rest) = text.split_once(BEGIN).expect("the begin mark");
        let (_, after) = rest.split_once(END).expect("the end mark");
        fs::write(path, format!("{before}{BEGIN}{written}{END}{after}")).expect("docs/format.md is writable");
    }
    let documented = documented();
    let differ = documented.lines().zip(written.lines()).find(|(documented, written)| documented != written);
    assert_eq!(differ, None, "the format changed: is that wanted? Then rewrite with REYNOLDS_REWRITE=1");
    assert_eq!(documented.len(), written.len());
}

#[test]
fn the_bytes_in_the_document_restore_a_broker() {
    let mut restorer = Broker::restore(None, Keys::none()).expect("no snapshot to refuse");
    restorer.push(&dump::parse(&documented())).expect("checksums and digests hold");
    let (broker, report) = restorer.finish().expect("a genesis");
    assert_eq!((report.last, report.records, report.torn), (Seq(2), 2, None));
    assert_eq!((broker.view().name(), broker.view().now()), ("triage", Timestamp(1_700_000_030_000)));
}

#[test]
fn a_reader_written_from_the_document_lists_segments_records_and_what_is_torn() {
    let mut bytes = segment(&example());
    bytes.extend_from_slice(&[0; 40]);
    let Some(lines) = read_with_python(&bytes) else { return };
    assert_eq!(lines.len(), 4, "{lines:#?}");
    assert_eq!(lines[0], r#"{"segment": 1, "format": 1, "broker": "1ab3540d"}"#);
    assert!(lines[1].starts_with(r#"{"record": 1, "at": 1700000000000, "digest": ""#), "{}", lines[1]);
    assert!(lines[1].contains(r#""payload": [0, [{"0": "triage", "1": 7, "2": 0, "3": 1700000000000, "4": "{"#));
    assert!(lines[1].ends_with(r#"\"subject\":\"teams:triage\"}]}]}", "5": [1]}]]}"#), "{}", lines[1]);
    assert!(lines[2].starts_with(r#"{"record": 2, "at": 1700000030000, "digest": ""#), "{}", lines[2]);
    let event = r#"{"0": "d1", "1": "github", "2": "issues.opened", "3": "github:acme/api#7", "5": [], "6": {"0": "github:octocat", "1": 1}, "18": {}}"#;
    assert!(lines[2].ends_with(&format!(r#""payload": [2, [{event}]]}}"#)), "{}", lines[2]);
    assert_eq!(lines[3], r#"{"torn": 3, "bytes": 40}"#);
}

/// The section of the example's loops, as the document says: one answer to one event.
fn loops() -> String {
    let name = |text: &str| xxhash_rust::xxh3::xxh3_64(text.as_bytes());
    let scramble = |x: u64, shift: u32, by: u64| (x ^ x >> shift).wrapping_mul(by);
    let mix = |a: u64, b: u64| {
        let x = a ^ b.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        scramble(scramble(scramble(x, 30, 0xBF58_476D_1CE4_E5B9), 27, 0x94D0_49BB_1331_11EB), 31, 1)
    };
    let (kind, subject) = (name("issues.opened"), name("github:acme/api#7"));
    let source = mix(name("github:octocat"), kind);
    let (message, triage, text) = (name("message"), name("teams:triage"), name(""));
    let (print, bets) = ("[14695981039346656037, 0, 0]", "[0, [0, 0, 0]]");
    let episodes = "[0, [[2, [null, 0, 0, [], 1, 0]]]]";
    let flags = "false, true, false, true, false, false";
    let trigger = format!(
        "[1700000030000, {kind}, {subject}, {source}, 0, false, false, 0, null, false, {source}, 0, {flags}, {text}]"
    );
    let deed = format!("[{message}, {triage}, {print}, 0, 0, {text}, 0]");
    let step = format!("[null, 2, {deed}, [0, 0], null, {bets}, {bets}, 0, 0, 1, {bets}, 0, true, true]");
    let trail = format!("[[[[2, 0], {trigger}]], [[[2, 0], {step}]]]");
    let lane = |sources: &str| format!("[[2, 0], 1700000030000, 1, [{sources}], null, null, 0, [], 0, 0, 0, true]");
    let rest = format!("0, 1, 0, [2, 0], 0, true, false, 0, false, [{print}, {print}], null, 0, 0, 0, 0, 1");
    let known = format!("[{source}, 1, 0, 1700000030000, [], 0, 1700000030000, {print}, {rest}]");
    let lanes = format!("[0, [[{triage}, {}], [{source}, {}]]]", lane(""), lane(&known));
    let (breaker, rates) = ("[[0, []], [], null]", "{}");
    let evidence = format!("[{trail}, {lanes}, [0, []], [0, []]]");
    let body = format!("[[{episodes}, [false, [], []], {evidence}, {breaker}, {rates}]]");
    format!(r#"{{"section": "loops", "version": 1, "body": {body}}}"#)
}

#[test]
fn a_reader_written_from_the_document_reads_outcomes_and_snapshots() {
    let mut broker = example();
    let result = OutcomeResult::Done { object: Some("teams:msg/17".into()), objects: Vec::new() };
    let outcome = Outcome { effect: "2.0".parse().expect("an id"), result, chain: None, tenant: None };
    let _ = broker.submit(Timestamp(1_700_000_031_000), outcome).expect("accepted");
    let Some(lines) = read_with_python(&segment(&broker)) else { return };
    assert!(
        lines[3].ends_with(r#""restarted": false, "payload": [4, [{"0": [2, 0], "1": [0, ["teams:msg/17", []]]}]]}"#),
        "{}",
        lines[3]
    );

    broker.mark_durable(Seq(3)).expect("it exists");
    let mut bytes = Vec::new();
    assert_eq!(broker.snapshot(&mut bytes), Ok(Seq(3)));
    let Some(lines) = read_with_python(&bytes) else { return };
    assert_eq!(lines.len(), 7, "{lines:#?}");
    assert_eq!(lines[0], r#"{"snapshot": 3, "format": 1}"#);
    let meta = r#"{"0": "triage", "1": 7, "2": 0, "3": 3, "4": 1700000031000, "5": 0, "6": 1, "7": [1], "8": "{"#;
    assert!(lines[1].starts_with(&format!(r#"{{"section": "meta", "version": 1, "body": {meta}"#)), "{}", lines[1]);
    let key = |text: &str| {
        let key = xxhash_rust::xxh3::xxh3_128_with_seed(text.as_bytes(), 7);
        format!("[{}, {}]", key >> 64, key & u128::from(u64::MAX))
    };
    let chain = format!(r#"{{"section": "chain", "version": 1, "body": [[[0, [[{}, [[2, "#, key("d1"));
    assert!(lines[2].starts_with(&chain), "{}", lines[2]);
    let receipt = format!(r#"[0, [[{}, [[2, [2, 0], 1, 96], "github:acme/api#7"]]]]"#, key("teams:msg/17"));
    assert!(lines[2].contains(&receipt), "no receipt: {}", lines[2]);
    assert_eq!(lines[3], loops());
    assert_eq!(lines[4], r#"{"section": "outbox", "version": 1, "body": [[]]}"#);
    let work = r#"{"0": 1, "1": [], "2": [], "3": {"0": [], "1": []}}"#;
    assert_eq!(lines[5], format!(r#"{{"section": "work", "version": 1, "body": {work}}}"#));
    assert!(lines[6].starts_with(r#"{"section": "agents", "version": 1, "body": [{"0": {"0": 7, "#), "{}", lines[6]);
}

#[test]
fn a_reader_written_from_the_document_finds_every_flipped_bit_and_every_cut() {
    const SCRIPT: &str = r#"
import sys, format_reader
data = bytes.fromhex(sys.argv[1])
whole = list(format_reader.journal(data))
for at in range(len(data)):
    cut = list(format_reader.journal(data[:at]))
    assert [line for line in cut if "torn" not in line] == whole[:len(cut) - ("torn" in (cut or [{}])[-1])], at
    for bit in range(8):
        flipped = bytearray(data)
        flipped[at] ^= 1 << bit
        try:
            found = list(format_reader.journal(bytes(flipped)))
        except format_reader.Rejected:
            continue
        sys.exit(f"byte {at}, bit {bit}: {found}")
"#;
    let hex: String = segment(&example()).iter().map(|byte| format!("{byte:02x}")).collect();
    let Some(output) = python(&["-c", SCRIPT, &hex]) else { return };
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn a_reader_written_from_the_document_sees_that_a_host_was_down() {
    let mut bytes = segment(&example());
    let mut restorer = Broker::restore(None, Keys::none()).expect("no snapshot to refuse");
    restorer.push(&bytes).expect("whole");
    let (mut broker, _) = restorer.finish().expect("a genesis");
    let cancelled = OutcomeResult::Cancelled {};
    let outcome = Outcome { effect: "2.0".parse().expect("an id"), result: cancelled, chain: None, tenant: None };
    let _ = broker.submit(Timestamp(1_700_000_040_000), outcome).expect("accepted");
    bytes.extend_from_slice(broker.staged(Seq(2)).expect("a record").bytes);
    let Some(lines) = read_with_python(&bytes) else { return };
    assert!(lines[3].ends_with(r#""restarted": true, "payload": [4, [{"0": [2, 0], "1": [4, []]}]]}"#), "{}", lines[3]);
}

/// mix, as the document has it.
fn mix(a: u64, b: u64) -> u64 {
    let x = a ^ b.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

#[test]
fn the_digests_of_the_example_are_what_the_document_says_they_are() {
    let bytes = dump::parse(&documented());
    let u64_at = |at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().expect("eight bytes"));
    let digest = xxhash_rust::xxh3::xxh3_64;
    let broker = mix(mix(digest(b"triage"), 7), 1_700_000_000_000) & 0xFFFF_FFFF;
    assert_eq!(u64_at(8) & 0xFFFF_FFFF, broker);

    let number = |number: u64| number.to_le_bytes().to_vec();
    let text = |text: &str| [number(text.len() as u64), text.as_bytes().to_vec()].concat();
    let content = [
        // seq 2, chain 2, it has a chain, one verdict: admitted 2.0
        [2, 2, 2, 1].map(number).concat(),
        [vec![0xff], number(2), vec![0, 0]].concat(),
        // seq, ordinal and hop, release, chain, expires_at; rule, kind, subject, about; one cause
        [2, 1, 1, 2, 0, 4 * (2 + 16 + 32 + 64), 1].map(number).concat(),
        ["d1", "triage", "message", "teams:triage", "github:acme/api#7"].map(text).concat(),
        // 60 s later, outcome due
        [number(1_700_000_090_000), vec![0]].concat(),
    ]
    .concat();
    let first = u32::from_le_bytes(bytes[24..28].try_into().expect("four bytes")) as usize;
    let second = 24 + 36 + first;
    assert_eq!(u64_at(second + 20), digest(&content));
}
