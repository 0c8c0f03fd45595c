//! Recordings that are easy to judge otherwise than a broker would judge the deliveries.

use std::{fs, path::Path};

use serde_json::{Value, json};

use super::{answer, files, notes, out, run};

const START: u64 = 1_714_557_600_000;

fn replay(folder: &Path, lines: &[Value], own: &str) -> (Option<i32>, Value) {
    let lines: Vec<String> = lines.iter().map(Value::to_string).collect();
    fs::write(folder.join("made.jsonl"), lines.join("\n")).expect("written");
    answer(folder, &["replay", "--webhooks", "made.jsonl", "--self", own, "--json"])
}

#[test]
fn two_bots_that_repeat_two_messages_in_teams_are_a_loop() {
    let folder = files();
    let lines: Vec<Value> = (0..12_u64)
        .map(|n| {
            let (who, text) = if n % 2 == 1 { ("28:me", "Please try again.") } else { ("28:other", "Try again!") };
            json!({"platform": "teams", "at": START + 3000 * n, "body": {"type": "message", "id": (1000 + n).to_string(),
                "channelId": "msteams", "conversation": {"id": "19:abc@thread"}, "from": {"id": who}, "text": text}})
        })
        .collect();
    let (exit, answer) = replay(folder.path(), &lines, "teams:28:me");
    assert_eq!(
        (exit, &answer["recording"]["duplicates"], &answer["recording"]["own"]),
        (Some(1), &json!(0), &json!(6))
    );
    assert_eq!(answer["stops"][0]["denial"]["reason"], json!("loop"));
}

#[test]
fn the_same_turn_that_teams_sends_again_is_a_duplicate() {
    let folder = files();
    let lines = [0, 30_000].map(|ms: u64| {
        json!({"platform": "teams", "at": START + ms, "body": {"type": "message", "id": ms.to_string(),
            "channelId": "msteams", "conversation": {"id": "19:abc@thread"}, "from": {"id": "29:ada"}, "text": "yes"}})
    });
    let (_, answer) = replay(folder.path(), &lines, "teams:28:me");
    assert_eq!(answer["recording"]["duplicates"], json!(1));
}

#[test]
fn a_bot_that_pushes_whenever_its_own_run_fails_is_in_a_loop_whoever_started_the_run() {
    for starter in [json!({"login": "fix[bot]", "type": "Bot"}), json!({"login": "ada", "type": "User"})] {
        let folder = files();
        let mut lines = vec![];
        let mut add = |event: &str, mut body: Value| {
            body["repository"] = json!({"id": 1, "full_name": "acme/api"});
            let n = lines.len() as u64;
            lines.push(json!({"platform": "github", "at": START + 30_000 * n, "body": body,
                "headers": {"X-GitHub-Event": event, "X-GitHub-Delivery": format!("d{n}")}}));
        };
        let pull = json!({"id": 9, "number": 7, "title": "t", "body": "b"});
        add(
            "pull_request",
            json!({"action": "opened", "sender": {"login": "ada", "type": "User"}, "pull_request": pull}),
        );
        for n in 0..20 {
            let mut pushed = pull.clone();
            pushed["updated_at"] = json!(format!("2024-05-01T10:{n:02}:00Z"));
            let bot = json!({"login": "fix[bot]", "type": "Bot"});
            add("pull_request", json!({"action": "synchronize", "sender": bot, "pull_request": pushed}));
            let run = json!({"id": 100 + n, "name": "ci", "run_attempt": 1, "status": "completed",
                "conclusion": "failure", "display_title": "t", "head_sha": format!("{n:040x}"),
                "pull_requests": [{"number": 7, "base": {"repo": {"id": 1}}}]});
            add("workflow_run", json!({"action": "completed", "sender": starter, "workflow_run": run}));
        }
        let (exit, answer) = replay(folder.path(), &lines, "github:fix[bot]");
        let recording = &answer["recording"];
        assert_eq!((exit, &recording["own"], &recording["inferred"]), (Some(1), &json!(20), &json!(20)), "{starter}");
        assert_eq!(answer["stops"][0]["denial"]["reason"], json!("loop"));
    }
}

fn cloud(n: u64, source: &str, by: &str, class: &str) -> Value {
    json!({"platform": "cloudevents", "at": START + 1000 * n, "body": {"specversion": "1.0", "id": n.to_string(),
        "source": source, "type": "message", "subject": "x:1", "authid": by, "authtype": class,
        "data": format!("text {n}")}})
}

#[test]
fn each_deed_counts_also_where_its_source_is_longer_than_a_key() {
    let folder = files();
    let source = format!("https://example.com/{}", "x".repeat(300));
    let mut lines = vec![cloud(0, &source, "x:ada", "user")];
    lines.extend((1..6).map(|n| cloud(n, &source, "x:me", "service_account")));
    let (_, answer) = replay(folder.path(), &lines, "x:me");
    assert_eq!(answer["recording"]["own"], json!(5));
    assert_eq!(answer["chains"][0]["effects"], json!(5));
}

#[test]
fn a_recording_with_the_newest_first_or_of_another_form_is_told_of() {
    let folder = files();
    let mut lines: Vec<Value> = (0..4).map(|n| cloud(n, "s", "x:ada", "user")).collect();
    for (line, minutes) in lines.iter_mut().zip([90, 60, 30, 0]) {
        line["at"] = json!(1_700_000_000_000_u64 + minutes * 60_000);
    }
    let _ = replay(folder.path(), &lines, "x:ada");
    let said = run(folder.path(), &["replay", "--webhooks", "made.jsonl", "--self", "x:ada"]);
    assert!(notes(&said).contains("3 deliveries are more than a minute older than the one before"), "{}", notes(&said));
    for (text, told) in
        [("[{\"at\": 1}]", "this is a JSON array"), ("{\"host\": \"x\"}", "a line is {\"at\": milliseconds")]
    {
        std::fs::write(folder.path().join("made.jsonl"), text).expect("a file");
        let said = run(folder.path(), &["replay", "--webhooks", "made.jsonl", "--self", "x:ada"]);
        assert!(notes(&said).contains(told), "{}", notes(&said));
    }
}

#[test]
fn one_wrong_time_loses_one_event_and_the_answer_says_so() {
    let folder = files();
    let mut lines: Vec<Value> = (0..4).map(|n| cloud(n, "s", "x:ada", "user")).collect();
    // A hundred and seventy years from now.
    lines[1]["at"] = json!(7_258_118_399_000_u64);
    let (exit, answer) = replay(folder.path(), &lines, "x:ada");
    assert_eq!((exit, &answer["recording"]["rejected"]), (Some(0), &json!(1)));
    assert_eq!(answer["records"]["event"], json!(3));
    let said = run(folder.path(), &["replay", "--webhooks", "made.jsonl", "--self", "x:ada"]);
    assert!(notes(&said).starts_with("line 2: RY1006: "), "{}", notes(&said));
    assert!(out(&said).contains("\nNothing would have been stopped of what was accepted."), "{}", out(&said));
}

#[test]
fn a_body_reaches_its_reader_as_it_was_sent() {
    let folder = files();
    let github = |body: &str| {
        format!(r#"{{"headers":{{"x-github-event":"issues","x-github-delivery":"{}"}},"body":{body}}}"#, body.len())
    };
    let issue = r#"{"action":"opened","issue":{"number":7,"id":18446744073709551617,"title":"half \ud800","updated_at":"2019-05-15T15:20:18Z"}}"#;
    let text = serde_json::to_string(issue).expect("a text");
    let aeg = r#"{"headers":{"aeg-event-type":"Notification","Content-Type":"application/cloudevents+json; charset=utf-8"},
        "body":{"specversion":"1.0","id":"1","source":"/s","type":"t"}}"#;
    let lines = [github(issue), github(&text), aeg.replace('\n', "")];
    fs::write(folder.path().join("bodies.jsonl"), lines.join("\n")).expect("written");
    let args = ["replay", "--webhooks", "bodies.jsonl", "--save", "bodies.ryj", "--json"];
    let (_, told) = answer(folder.path(), &args);
    // The text and the JSON itself are one content, with one key.
    let recording = &told["recording"];
    assert_eq!(
        (&recording["unread"], &recording["events"], &recording["duplicates"]),
        (&json!(0), &json!(3), &json!(1))
    );
    let (_, record) = answer(folder.path(), &["explain", "bodies.ryj", "2", "--json"]);
    assert_eq!(record["input"]["object"], json!("github:issue/18446744073709551617"));
    let (_, record) = answer(folder.path(), &["explain", "bodies.ryj", "3", "--json"]);
    assert_eq!((&record["input"]["source"], &record["input"]["kind"]), (&json!("/s"), &json!("t")));
}

#[test]
fn what_was_refused_and_comes_again_is_refused_again_and_no_duplicate() {
    let folder = files();
    let fine = cloud(0, "x:src", "x:ada", "user");
    // No clock jumps ahead by so many years.
    let mut wrong = cloud(1, "x:src", "x:ada", "user");
    wrong["at"] = json!(START + 120 * 366 * 86_400_000);
    let lines = [fine.clone(), wrong.clone(), wrong, fine];
    let (_, answer) = replay(folder.path(), &lines, "x:me");
    let recording = &answer["recording"];
    assert_eq!((&recording["rejected"], &recording["duplicates"]), (&json!(2), &json!(1)), "{recording}");
}
