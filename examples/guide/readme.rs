//! The example of the README.

use std::path::Path;

use reynolds::{Effect, Timestamp};

fn example(
    folder: &Path,
    (headers, body): (&[(&str, &str)], &[u8]),
    now: Timestamp,
    mut post: impl FnMut(&Effect) -> Result<String, std::io::Error>,
) -> Result<(), Box<dyn std::error::Error>> {
    // guide: begin
    use reynolds::driver::{Driver, FileJournal};
    use reynolds::{Config, Genesis, Keys, event::github, input::OutcomeResult};

    let config = Config::from_json(br#"{"rules": [{"id": "triage", "when": {"kind": "issues.opened"},
        "effects": [{"kind": "message", "subject": "teams:triage", "text": "New: {subject} by {actor}"}]}]}"#)?;
    let genesis = Genesis { name: "triage".into(), config, ..Genesis::default() };
    let mut bot = Driver::open(FileJournal::open(folder)?, genesis, Keys::new(1, b"a secret"))?;

    let event = github::read(&github::Headers::from_pairs(headers.iter().copied())?, body)?;
    let round = bot.run(now, [event], |effect| match post(effect) { // decide, store, perform, report
        Ok(id) => OutcomeResult::done(id), // known when it comes back
        Err(_) => OutcomeResult::Ambiguous {}, // it comes again, marked `redelivered`: look before sending
    })?;
    println!("{:?}, call again at {:?}", round.decisions, round.wakeup);
    // guide: end
    Ok(())
}

#[test]
fn the_readmes_bot_posts_one_message_for_one_issue() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let headers = [("X-GitHub-Event", "issues"), ("X-GitHub-Delivery", "d1")];
    let body = br#"{"action":"opened","issue":{"id":701,"number":7},"repository":{"full_name":"acme/api"},"sender":{"login":"octocat"}}"#;
    let mut posts = Vec::new();
    for _ in 0..2 {
        example(folder.path(), (&headers, body), Timestamp(1_700_000_000_000), |effect| {
            posts.push(effect.act().and_then(|act| act.text.clone()).unwrap_or_default());
            Ok("teams:msg/17".into())
        })?;
    }
    assert_eq!(posts, ["New: github:acme/api#7 by github:octocat"]);
    Ok(())
}
