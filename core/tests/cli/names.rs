//! Names that hosts and platforms chose: hostile ones, and those that tenants share.

use std::{fs, path::Path};

use reynolds::Input;
use serde_json::json;

use super::{answer, files, notes, out, run};
use crate::scene::{Scene, event, person};

fn quiet(folder: &Path, args: &[&str]) {
    let output = run(folder, args);
    for said in [out(&output), notes(&output)] {
        let bad =
            |char: &char| (char.is_control() && *char != '\n') || matches!(char, '\u{202e}' | '\u{ad}' | '\u{e0041}');
        assert_eq!(said.chars().filter(bad).collect::<String>(), "", "{args:?}");
    }
}

#[test]
fn names_in_notes_tables_and_errors_can_not_write_to_the_terminal_either() {
    let folder = files();
    let evil = "\u{1b}[2J\r\u{202e}x\u{9b}31m\u{ad}\u{e0041}\n";
    let cloud = |by: &str| {
        json!({"platform": "cloudevents", "body": {"specversion": "1.0", "id": by, "source": "/s", "type": "t",
            "authid": by, "authtype": "service_account"}})
    };
    let twice = format!(r#"{{"platform":"cloudevents","body":{{{0}:1,{0}:2}}}}"#, json!(evil));
    let lines = [cloud(&format!("x:{evil}")).to_string(), json!({"platform": evil, "body": {}}).to_string(), twice];
    fs::write(folder.path().join("evil.jsonl"), lines.join("\n")).expect("written");
    quiet(folder.path(), &["replay", "--webhooks", "evil.jsonl"]);
    quiet(folder.path(), &["replay", "--webhooks", "evil.jsonl", "--json"]);
    quiet(folder.path(), &["replay", evil]);

    let mut scene = Scene::new(br#"{"rules": [{"id": "r", "effects": [{"kind": "k", "subject": "s:1"}]}]}"#);
    let root = event("d1", "push", "github:a/b", person("github:o"), "", None);
    scene.submit(0, reynolds::Event { tenant: Some(evil.into()), ..root });
    let plan = json!({"type": "plan", "id": evil, "tasks": [{"id": "a"}]}).to_string();
    scene.submit(10, Input::from_json(plan.as_bytes()).expect("a plan"));
    fs::write(folder.path().join("evil.ryj"), scene.journal).expect("written");
    quiet(folder.path(), &["verify", "evil.ryj"]);
    quiet(folder.path(), &["graph", "evil.ryj", "plan:x"]);
    quiet(folder.path(), &["graph", "evil.ryj", &format!("plan:/{evil}"), "--json"]);
    // In JSON nothing is lost.
    let (_, told) = answer(folder.path(), &["explain", "evil.ryj", "2", "--json"]);
    assert_eq!(told["input"]["tenant"], json!(evil));
}

#[test]
fn a_plan_that_two_tenants_have_is_asked_for_with_its_tenant() {
    let folder = files();
    let mut scene = Scene::new(b"{}");
    for (tenant, plan, task) in [("", "deploy", "one"), ("acme", "deploy", "two"), ("acme", "only", "three")] {
        let plan = json!({"type": "plan", "id": plan, "tenant": tenant, "tasks": [{"id": task}]}).to_string();
        scene.submit(10, Input::from_json(plan.as_bytes()).expect("a plan"));
    }
    fs::write(folder.path().join("plans.ryj"), scene.journal).expect("written");
    let draw = |plan: &str| run(folder.path(), &["graph", "plans.ryj", plan]);
    for (plan, task) in
        [("plan:/deploy", "one"), ("plan:acme/deploy", "two"), ("plan:only", "three"), ("plan:acme/only", "three")]
    {
        assert!(out(&draw(plan)).contains(&format!("[\"{task}<br/>")), "{plan}: {}", notes(&draw(plan)));
    }
    let said = "reynolds: 2 tenants have a plan `deploy`: name one of plan:/deploy, plan:acme/deploy\n";
    assert_eq!((notes(&draw("plan:deploy")), draw("plan:deploy").status.code()), (said, Some(1)));
    let said = "reynolds: there is no plan `other`: it has deploy, acme/deploy, acme/only\n";
    assert_eq!(notes(&draw("plan:other")), said);
}
