//! What is given to the programs is checked whole before anything is measured, and named where it is wrong.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

fn run(program: &str, vars: &[(&str, &str)], words: &[&str]) -> Output {
    let mut command = Command::new(program);
    for name in ["TRACES", "DAGS", "ONLY", "SEEDS", "MERGES", "JSON"] {
        command.env_remove(name);
    }
    command.envs(vars.iter().copied()).args(words).output().expect("it starts")
}

/// It prints nothing, writes nothing, ends with 2, and says why.
fn refuses(output: &Output, why: &str) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), &*String::from_utf8_lossy(&output.stdout)), (Some(2), ""), "{said}");
    assert!(said.contains(why), "{why}: {said}");
}

const LOOPS: &str = env!("CARGO_BIN_EXE_loops");
const WORK: &str = env!("CARGO_BIN_EXE_work");

const STORY: &str = r#"{"schema":"reynolds.trace/1","id":"x","family":"f","label":"loop","onset":1,"events":[
    {"d":"in","t":0,"id":"e1","src":"github","kind":"message","actor":"a","cls":"human","subj":"s:1"},
    {"d":"out","t":1,"eid":"o1","cause":0,"kind":"comment","subj":"s:1"}]}"#;

fn story(folder: &Path, from: &str, to: &str) -> Output {
    let line = STORY.replace('\n', " ");
    assert!(line.contains(from), "{from}");
    let (path, json) = (folder.join("own traces.jsonl"), folder.join("figures.json"));
    fs::write(&path, format!("{line}\n\n{}\n", line.replacen(from, to, 1))).expect("written");
    let output = run(LOOPS, &[("TRACES", &path.to_string_lossy()), ("JSON", &json.to_string_lossy())], &[]);
    assert_eq!(json.exists(), output.status.success());
    output
}

#[test]
fn a_story_that_is_none_is_named_by_file_and_line() {
    let folder = std::env::temp_dir().join(format!("reynolds-traces-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder");
    for (from, to, why) in [
        ("reynolds.trace/1", "other/9", r#"its schema is "other/9""#),
        (r#""cause":0"#, r#""cause":99"#, "event 1: its cause, 99, is no earlier event"),
        (r#""cause":0"#, r#""cause":1"#, "event 1: its cause, 1, is no earlier event"),
        (r#""cls":"human""#, r#""cls":"robot""#, r#"event 0: its `cls`, "robot""#),
        (r#""subj":"s:1"}, "#, r#""subj":"s:1","by":7}, "#, "event 0: its `by`, 7"),
        (r#""t":0"#, r#""t":5"#, "event 1: its time, 1, is before"),
        (r#""onset":1"#, r#""onset":-1"#, "the onset of a loop"),
        (r#""label":"loop""#, r#""label":"legit""#, "the onset of a legitimate story is -1"),
        (r#""id":"e1""#, r#""id":"""#, "event 0: RY1002"),
        (r#""t":1"#, r#""t":18446744073709551615"#, "event 1: RY1005"),
        ("{", "[", ""),
    ] {
        refuses(&story(&folder, from, to), &format!("own traces.jsonl:3: {why}"));
    }
    let sound = story(&folder, "e1", "e2");
    assert_eq!(sound.status.code(), Some(0), "{}", String::from_utf8_lossy(&sound.stderr));
    let empty = folder.join("empty.jsonl");
    fs::write(&empty, "\n").expect("written");
    refuses(&run(LOOPS, &[("TRACES", &empty.to_string_lossy())], &[]), "empty.jsonl: there is no story in it");
    refuses(&run(LOOPS, &[("TRACES", "nowhere.jsonl")], &[]), "nowhere.jsonl: ");
    fs::remove_dir_all(&folder).expect("removed");
}

#[test]
fn a_graph_that_is_none_is_named_by_its_file_before_anything_is_measured() {
    let folder = std::env::temp_dir().join(format!("reynolds-dags-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder");
    let dags = folder.to_string_lossy();
    refuses(&run(WORK, &[("DAGS", &dags)], &[]), "has no .json files");
    for (text, why) in [
        (r#"{"tasks":[]}"#, "it has no tasks"),
        (r#"{"tasks":[{"id":"a","ms":1e300}]}"#, "its tasks take 1e300 ms in all"),
        (r#"{"tasks":[{"id":"a","ms":1,"needs":["b"]}]}"#, r#""a" needs "b", which is missing"#),
        (r#"{"tasks":[{"id":"a","ms":1,"needs":["a"]}]}"#, ""),
        ("garbage", ""),
    ] {
        fs::write(folder.join("own.json"), text).expect("written");
        refuses(&run(WORK, &[("DAGS", &dags)], &[]), &format!("own.json: {why}"));
    }
    fs::write(folder.join("own.json"), r#"{"tasks":[{"id":"a","ms":1}]}"#).expect("written");
    let output = run(WORK, &[("DAGS", &dags)], &["dags"]);
    assert!(String::from_utf8_lossy(&output.stdout).contains("own, 1 tasks, 2 agents"), "{output:?}");
    fs::remove_dir_all(&folder).expect("removed");
}

#[test]
fn a_word_or_number_that_means_nothing_is_refused() {
    refuses(&run(WORK, &[], &["drian"]), "there is no section drian: drain, makespan, ");
    refuses(&run(WORK, &[], &["dags"]), "the section dags needs DAGS=folder");
    refuses(&run(LOOPS, &[("SEEDS", "abc")], &[]), "SEEDS is not a number: abc");
    refuses(&run(LOOPS, &[("SEEDS", "0")], &[]), "SEEDS is 0");
    refuses(&run(LOOPS, &[("ONLY", "no such family")], &[]), "ONLY=no such family: ");
}
