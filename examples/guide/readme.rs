//! The example of the README.

use std::path::Path;

use reynolds::Timestamp;

fn example(
    folder: &Path,
    (secret, headers, body): (&[u8], &[(&str, &str)], &[u8]),
    now: impl Fn() -> Timestamp + Copy,
    sleep_until: impl Fn(Timestamp),
    find: impl Fn(&reynolds::Effect) -> Result<Option<String>, std::io::Error>,
    mut post: impl FnMut(&reynolds::Effect) -> Result<String, std::io::Error>,
) -> Result<(), Box<dyn std::error::Error>> {
    // guide: begin
    use reynolds::driver::{Driver, FileJournal, drawn_seed};
    use reynolds::{Config, Effect, Genesis, Keys, event::github, input::{Configure, OutcomeResult}};

    let config = Config::from_json(br#"{"rules": [{"id": "triage", "when": {"kind": "issues.opened"},
        "effects": [{"kind": "message", "subject": "teams:triage", "text": "New: {subject} by {actor}"}]}]}"#)?;
    let genesis = Genesis { name: "triage".into(), seed: drawn_seed(), config: config.clone(), ..Genesis::default() };
    let keys = Keys::new(1, b"32 random bytes from your secret store")?;
    let mut bot = Driver::open(FileJournal::open(folder)?, genesis, keys)?;
    if bot.opened().config_differs { // a journal keeps its own, until it is told
        let _ = bot.submit(now(), Configure { config })?;
    }

    let mut perform = |effect: &Effect| { // the only place that talks to a platform
        let known = if effect.redelivered { find(effect) } else { Ok(None) }; // look before sending again
        match known.and_then(|id| id.map_or_else(|| post(effect), Ok)) {
            Ok(id) => OutcomeResult::done(id), // known when it comes back
            Err(_) => OutcomeResult::ambiguous(), // it comes again, marked `redelivered`
        }
    };
    let headers = github::Headers::from_pairs(headers.iter().copied())?;
    github::verify_signature(&[secret], headers.signature.unwrap_or_default(), body)?;
    let event = github::read(&headers, body)?;
    let round = bot.run(now, [event], &mut perform)?; // decide, store, perform, report
    round.refused().for_each(|refused| eprintln!("{refused}")); // inputs, and answers of `perform`
    println!("{:?}", round.decisions); // what may leave, what is held or denied, and why
    if let Some(wakeup) = round.wakeup {
        sleep_until(wakeup.at); // or until the next webhook
        let round = bot.wake(now, &mut perform)?; // what is due: try again, give up waiting
        round.refused().for_each(|refused| eprintln!("{refused}"));
    }
    // guide: end
    Ok(())
}

const NOW: Timestamp = Timestamp(1_700_000_000_000);

fn play(
    times: usize,
    find: impl Fn(&reynolds::Effect) -> Result<Option<String>, std::io::Error> + Copy,
    mut post: impl FnMut(&reynolds::Effect) -> Result<String, std::io::Error>,
) -> u64 {
    let folder = tempfile::tempdir().expect("a folder");
    let clock = std::cell::Cell::new(NOW);
    let signature = "sha256=e16ebf2a68fb1f0e4cd01d4cf605ef246a3e110bea299cab015b1f3d5d51692f";
    let headers = [("X-GitHub-Event", "issues"), ("X-GitHub-Delivery", "d1"), ("X-Hub-Signature-256", signature)];
    let secret = b"the webhook's secret";
    let body = br#"{"action":"opened","issue":{"id":701,"number":7},"repository":{"full_name":"acme/api"},"sender":{"login":"octocat"}}"#;
    for _ in 0..times {
        let (now, sleep) = (|| clock.get(), |until| clock.set(until));
        example(folder.path(), (secret, &headers, body), now, sleep, find, &mut post).expect("it works");
    }
    clock.get().since_ms(NOW)
}

#[test]
fn the_readmes_bot_posts_one_message_for_one_issue() {
    let mut posts = Vec::new();
    let slept = play(2, |_| panic!("nothing is in doubt"), |effect| {
        posts.push(effect.act().and_then(|act| act.text.clone()).unwrap_or_default());
        Ok("teams:msg/17".into())
    });
    assert_eq!(posts, ["New: github:acme/api#7 by github:octocat"]);
    assert_eq!(slept, 0, "nothing is left to wait for");
}

#[test]
fn the_readmes_bot_looks_before_it_posts_again() {
    let lost = || std::io::Error::from(std::io::ErrorKind::TimedOut);
    for (found, expected) in [(Some("teams:msg/17"), vec![false]), (None, vec![false, true])] {
        let mut posts = Vec::new();
        let slept = play(1, |_| Ok(found.map(String::from)), |effect| {
            posts.push(effect.redelivered);
            if posts.len() == 1 { Err(lost()) } else { Ok("teams:msg/17".into()) }
        });
        assert_eq!(posts, expected, "{found:?} was found");
        assert!(slept > 0);
    }
    // Who can not look does not post either.
    let mut posts = 0;
    play(1, |_| Err(lost()), |_| {
        posts += 1;
        Err(lost())
    });
    assert_eq!(posts, 1);
}
