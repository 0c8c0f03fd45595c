//! The driver and its journals: what survives a crash, what is refused, and what the loop promises.

mod alone;
mod bytes;
mod files;
mod kill;
mod rounds;

use std::path::Path;

use reynolds::{
    Config, Effect, Event, Genesis, Keys, Timestamp,
    driver::{Driver, DriverError, FileJournal},
    event::{Actor, ActorClass},
    input::OutcomeResult,
};

/// One message to Teams for each opened issue, the host's handler for each comment.
const RULES: &[u8] = br#"{"rules": [
    {"id": "triage", "when": {"kind": "issues.opened"},
     "effects": [{"kind": "message", "subject": "teams:triage", "text": "New: {subject}"}]},
    {"id": "answer", "when": {"kind": "issue_comment.created"}, "handle": "answer"}]}"#;

fn genesis() -> Genesis {
    let config = Config::from_json(RULES).expect("the rules are valid");
    Genesis { name: "triage".into(), config, ..Genesis::default() }
}

fn keys() -> Keys {
    Keys::new(1, b"a secret of the host").expect("long enough")
}

fn open(path: &Path) -> Result<Driver, DriverError> {
    Driver::open(FileJournal::open(path)?, genesis(), keys())
}

/// Segments of 600 bytes hold a few records of these tests.
fn open_small(path: &Path) -> Result<Driver, DriverError> {
    Driver::open(FileJournal::open(path)?.with_segment_bytes(600), genesis(), keys())
}

fn at(n: u64) -> Timestamp {
    Timestamp(1_700_000_000_000 + n)
}

/// The n-th issue is opened.
fn issue(n: u64) -> Event {
    Event {
        id: format!("d{n}").into(),
        source: "github".into(),
        kind: "issues.opened".into(),
        subject: format!("github:acme/api#{n}").into(),
        actor: Some(Actor { id: "github:octocat".into(), class: ActorClass::Human }),
        ..Event::default()
    }
}

fn comment(n: u64) -> Event {
    Event { id: format!("c{n}").into(), kind: "issue_comment.created".into(), ..issue(n) }
}

fn done(effect: &Effect) -> OutcomeResult {
    OutcomeResult::done(format!("teams:msg/{}", effect.id))
}

fn digest(driver: &Driver) -> u64 {
    driver.view().digest()
}

/// The files of a journal with an extension, by name.
fn files(path: &Path, extension: &str) -> Vec<String> {
    let entries = std::fs::read_dir(path).expect("the folder exists");
    let names = entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8"));
    let mut names: Vec<_> = names.filter(|name| name.ends_with(extension)).collect();
    names.sort();
    names
}
