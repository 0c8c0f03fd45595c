//! The example of the README.

use std::path::Path;

use reynolds::Timestamp;

fn example(
    folder: &Path,
    (headers, body): (&[(&str, &str)], &[u8]),
    now: Timestamp,
    sleep_until: impl Fn(Timestamp),
    mut post: impl FnMut(&reynolds::Effect) -> Result<String, std::io::Error>,
) -> Result<(), Box<dyn std::error::Error>> {
    // guide: begin
    use reynolds::driver::{Driver, FileJournal};
    use reynolds::{Config, Effect, Genesis, Keys, event::github, input::OutcomeResult};

    let config = Config::from_json(br#"{"rules": [{"id": "triage", "when": {"kind": "issues.opened"},
        "effects": [{"kind": "message", "subject": "teams:triage", "text": "New: {subject} by {actor}"}]}]}"#)?;
    let genesis = Genesis { name: "triage".into(), config, ..Genesis::default() };
    let keys = Keys::new(1, b"32 random bytes from your secret store")?;
    let mut bot = Driver::open(FileJournal::open(folder)?, genesis, keys)?;

    let mut perform = |effect: &Effect| match post(effect) { // the only place that talks to a platform
        Ok(id) => OutcomeResult::done(id), // known when it comes back
        Err(_) => OutcomeResult::ambiguous(), // it comes again, marked `redelivered`: look before sending
    };
    let event = github::read(&github::Headers::from_pairs(headers.iter().copied())?, body)?;
    let round = bot.run(now, [event], &mut perform)?; // decide, store, perform, report
    println!("{:?}", round.decisions);
    if let Some(wakeup) = round.wakeup {
        sleep_until(wakeup.at); // or until the next webhook
        let _ = bot.wake(wakeup.at, &mut perform)?; // what is due: try again, give up waiting
    }
    // guide: end
    Ok(())
}

const NOW: Timestamp = Timestamp(1_700_000_000_000);

fn play(times: usize, mut post: impl FnMut(&reynolds::Effect) -> Result<String, std::io::Error>) -> u64 {
    let folder = tempfile::tempdir().expect("a folder");
    let slept = std::cell::Cell::new(0);
    let headers = [("X-GitHub-Event", "issues"), ("X-GitHub-Delivery", "d1")];
    let body = br#"{"action":"opened","issue":{"id":701,"number":7},"repository":{"full_name":"acme/api"},"sender":{"login":"octocat"}}"#;
    for _ in 0..times {
        example(folder.path(), (&headers, body), NOW, |until| slept.set(until.since_ms(NOW)), &mut post).expect("it works");
    }
    slept.get()
}

#[test]
fn the_readmes_bot_posts_one_message_for_one_issue() {
    let mut posts = Vec::new();
    let slept = play(2, |effect| {
        posts.push(effect.act().and_then(|act| act.text.clone()).unwrap_or_default());
        Ok("teams:msg/17".into())
    });
    assert_eq!(posts, ["New: github:acme/api#7 by github:octocat"]);
    assert_eq!(slept, 0, "nothing is left to wait for");
}

#[test]
fn the_readmes_bot_looks_again_when_a_post_may_have_failed() {
    let mut posts = Vec::new();
    let slept = play(1, |effect| {
        posts.push(effect.redelivered);
        if posts.len() == 1 { Err(std::io::ErrorKind::TimedOut.into()) } else { Ok("teams:msg/17".into()) }
    });
    assert_eq!(posts, [false, true]);
    assert!(slept > 0);
}
