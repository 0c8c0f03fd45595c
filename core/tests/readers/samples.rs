//! Whole payloads: the small set in `examples/data`, and GitHub's own 329 examples if they were fetched.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Write,
    path::Path,
};

use reynolds::{
    Event,
    event::{cloudevents, eventgrid, github, teams},
};
use serde_json::Value;

use crate::assert_admissible;

fn small_set() -> Vec<(String, Vec<Event>)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/data/webhooks-small.jsonl");
    let lines = std::fs::read_to_string(path).expect("the small set is in the repository");
    lines
        .lines()
        .map(|line| {
            let delivery: Value = serde_json::from_str(line).expect("one delivery a line");
            let text = |value: &Value| value.as_str().expect("a text").to_owned();
            let (platform, body) = (text(&delivery["platform"]), text(&delivery["body"]));
            let headers: Vec<(String, String)> =
                delivery["headers"].as_object().expect("headers").iter().map(|(k, v)| (k.clone(), text(v))).collect();
            let pairs = headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
            let events = match platform.as_str() {
                "github" => github::Headers::from_pairs(pairs)
                    .and_then(|headers| github::read(&headers, body.as_bytes()))
                    .map(|event| vec![event]),
                "teams" => teams::read(body.as_bytes()).map(|event| vec![event]),
                "eventgrid" => eventgrid::read(body.as_bytes()),
                "cloudevents" => cloudevents::read_request(pairs, body.as_bytes()),
                other => panic!("no reader for {other}"),
            };
            (platform, events.expect("readable"))
        })
        .collect()
}

#[test]
fn the_small_set_reads_as_the_story_it_tells() {
    let story: Vec<String> = small_set()
        .into_iter()
        .flat_map(|(_, events)| events)
        .inspect(assert_admissible)
        .map(|event| [vec![event.kind], event.also, vec![event.subject]].concat().join(" "))
        .collect();
    let topic = "/subscriptions/2d1f9a52-6d3e-4c0f-8b57-9e10c6a4f001/resourceGroups/arm-prod/providers/Microsoft.Storage/\
                 storageAccounts/armlogs";
    let arm = "github:acme-robotics/arm-api";
    let thread = "teams:19:6a1f0c2e9d7b4e5fa3c8@thread.tacv2";
    let expected = [
        "ping github:ada-lindqvist".to_owned(),
        format!("issues.opened issue.opened {arm}#417"),
        format!("issues.labeled {arm}#417"),
        format!("issue_comment.created issue.commented {arm}#417"),
        format!("issue_comment.created issue.commented {arm}#417"),
        format!("pull_request.opened pr.opened {arm}#418"),
        format!("workflow_run.requested {arm}/runs/13650000001"),
        format!("workflow_job.completed ci.failed {arm}/runs/13650000001"),
        format!("check_run.completed ci.skipped {arm}/check_runs/38150000009"),
        format!("workflow_run.completed ci.failed {arm}/runs/13650000001"),
        format!("pull_request_review.submitted pr.changes_requested {arm}#418"),
        format!("pull_request_review_comment.created pr.commented {arm}#418"),
        format!("pull_request.closed pr.merged {arm}#418"),
        format!("push {arm}@main"),
        format!("issues.closed issue.closed {arm}#417"),
        format!("deployment_status.created deployment.failed {arm}/deployments/2290000005"),
        format!("release.published {arm}/releases/204000001"),
        format!("message {thread};messageid=1741080600001"),
        format!("message {thread};messageid=1741080600001"),
        format!("card.action {thread};messageid=1741080600001"),
        format!("reaction.added {thread}"),
        format!("Microsoft.EventGrid.SubscriptionValidationEvent azure:{topic}"),
        format!(
            "Microsoft.Storage.BlobCreated azure:{topic}/blobServices/default/containers/crash/blobs/2025/03/04/planner-0417.dmp"
        ),
        "example.acme.build.failed github:acme-robotics/arm-api#418".to_owned(),
        "example.acme.temperature.high /sensors/hall-3".to_owned(),
        "example.acme.temperature.normal /sensors/hall-3".to_owned(),
    ];
    assert_eq!(story, expected);
}

/// GitHub's examples: event, body as GitHub would send it. `None` if they were not fetched.
fn published() -> Option<Vec<(String, String)>> {
    let Some(path) = std::env::var_os("REYNOLDS_WEBHOOKS").filter(|path| !path.is_empty()) else {
        // Not `eprintln!`, which the tests of Rust keep to themselves.
        let what = "left out: REYNOLDS_WEBHOOKS does not name the index.json of @octokit/webhooks-examples";
        writeln!(std::io::stderr(), "{what}").expect("a stderr");
        return None;
    };
    let index = std::fs::read(path).expect("REYNOLDS_WEBHOOKS names a readable file");
    let index: Vec<Value> = serde_json::from_slice(&index).expect("the index is JSON");
    let bodies = index.iter().flat_map(|event| {
        let name = event["name"].as_str().expect("a name").to_owned();
        let examples = event["examples"].as_array().expect("examples").clone();
        examples.into_iter().map(move |example| (name.clone(), example.to_string()))
    });
    Some(bodies.collect())
}

fn read(name: &str, delivery: &str, body: &str) -> Event {
    let headers = github::Headers { event: name, delivery, ..Default::default() };
    let event = github::read(&headers, body.as_bytes()).unwrap_or_else(|error| panic!("{name}: {error}\n{body}"));
    assert_admissible(&event);
    event
}

#[test]
fn all_of_githubs_examples_are_read() {
    let Some(published) = published() else { return };
    let mut kinds = BTreeSet::new();
    for (name, body) in &published {
        let event = read(name, "d1", body);
        let example: Value = serde_json::from_str(body).expect("JSON");
        let action = example["action"].as_str().map(|action| format!(".{action}")).unwrap_or_default();
        assert_eq!(event.kind, format!("{name}{action}"));
        let sender = example["sender"]["login"].as_str().map(|login| format!("github:{login}"));
        assert_eq!(event.actor.map(|actor| actor.id.to_string()), sender);
        if let Some(repository) = example["repository"]["full_name"].as_str() {
            let owner = repository.split('/').next().expect("an owner");
            assert!(event.subject.starts_with(&format!("github:{owner}")), "{}", event.subject);
        }
        assert!(event.subject.len() > "github:".len(), "{name}: {body}");
        assert!(event.attributes.len() <= 16, "{name}: {:?}", event.attributes);
        assert_eq!(event.attempt, None);
        kinds.insert(name.clone());
    }
    assert_eq!((published.len(), kinds.len()), (329, 58), "another version of the examples?");
}

/// The examples hold a few changes twice, as a repository's webhook and as an app's: those share a content key, and no
/// others do.
#[test]
fn only_the_same_change_shares_a_content_key_in_githubs_examples() {
    let Some(published) = published() else { return };
    let mut seen: BTreeMap<(String, String), Value> = BTreeMap::new();
    let mut shared = 0;
    for (name, body) in &published {
        let event = read(name, "d1", body);
        let Some(key) = event.content_key else { continue };
        let mut change: Value = serde_json::from_str(body).expect("JSON");
        change.as_object_mut().expect("an object").remove("installation");
        if let Some(other) = seen.insert((key.to_string(), event.subject.to_string()), change.clone()) {
            assert_eq!(other, change);
            shared += 1;
        }
    }
    assert_eq!(shared, 19);
}

/// The page that tells host authors how things are named.
#[test]
fn every_name_the_readers_give_is_in_the_events_page() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/events.md");
    let page = std::fs::read_to_string(page).expect("the page is in the repository");
    let published = published().unwrap_or_default();
    let published = published.iter().map(|(name, body)| read(name, "d1", body));
    let events = small_set().into_iter().flat_map(|(_, events)| events).chain(published);
    for event in events {
        for kind in &event.also {
            assert!(page.contains(&format!("`{kind}`")), "{kind} is not in docs/events.md");
        }
        if let Some(state) = &event.state {
            let property = state.property.split('/').next().expect("a name");
            assert!(page.contains(&format!("`{property}")), "the state {property} is not in docs/events.md");
        }
        // `github:comment/17` is documented as `github:comment/<id>`; an alert's object is its subject.
        if let Some(kind) = event.object.filter(|object| *object != event.subject) {
            let kind = &kind[..=kind.find('/').expect("a kind and an id")];
            assert!(page.contains(&format!("`{kind}")), "the object {kind} is not in docs/events.md");
        }
        if event.source == "github" {
            for attribute in event.attributes.keys() {
                assert!(page.contains(&format!("`{attribute}`")), "the attribute {attribute} is not in docs/events.md");
            }
        }
    }
}
