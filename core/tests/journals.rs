//! Journals recorded by each language, in the middle of a bot's work: every language restores all of them, to the same
//! state. `expected.json` beside each says to which.
//!
//! They stay as they are: a journal that was written once must be readable for ever. `REYNOLDS_REWRITE=1` writes the
//! digests anew, for a change of the state's form that is meant. `REYNOLDS_RECORD=1` records Rust's journal again.

use std::{collections::BTreeMap, error::Error, fs, path::Path};

use reynolds::{
    Broker, Config, EffectId, Event, Genesis, Input, Keys, Timestamp,
    driver::{Driver, FileJournal, Journal},
    event::{Actor, ActorClass},
    input::{Command, Order},
};
use serde::{Deserialize, Serialize};

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Expected {
    name: String,
    last: u64,
    digest: String,
    open: Vec<EffectId>,
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/journals"))
}

fn restore(folder: &Path) -> Result<Broker, Box<dyn Error>> {
    let mut bytes = Vec::new();
    FileJournal::look(folder)?.read(reynolds::Seq(0))?.read_to_end(&mut bytes)?;
    let mut restorer = Broker::restore(None, Keys::none())?;
    restorer.push(&bytes)?;
    Ok(restorer.finish()?.0)
}

fn found(broker: &Broker) -> Expected {
    let view = broker.view();
    Expected {
        name: view.name().into(),
        last: view.seq().0,
        digest: format!("{:016x}", view.digest()),
        open: view.open("").map(|open| open.effect.id).collect(),
    }
}

#[test]
fn journals_of_every_language_restore_to_the_same_state() -> Result<(), Box<dyn Error>> {
    if std::env::var_os("REYNOLDS_RECORD").is_some() {
        record()?;
    }
    let mut languages = BTreeMap::new();
    for folder in fs::read_dir(root())? {
        let folder = folder?.path();
        let broker = restore(&folder)?;
        let expected = folder.join("expected.json");
        if std::env::var_os("REYNOLDS_REWRITE").is_some() {
            fs::write(&expected, serde_json::to_string(&found(&broker))? + "\n")?;
        }
        let expected: Expected = serde_json::from_slice(&fs::read(expected)?)?;
        assert_eq!(found(&broker), expected, "{}", folder.display());
        languages.insert(folder.file_name().unwrap_or_default().to_string_lossy().into_owned(), broker);
    }
    for language in ["node", "rust"] {
        assert!(languages.contains_key(language), "{:?}", languages.keys());
    }
    Ok(())
}

fn record() -> Result<(), Box<dyn Error>> {
    let folder = root().join("rust");
    let _ = fs::remove_dir_all(&folder);
    let config = Config::from_json(
        br#"{"self":["github:triage[bot]"],"rules":[{"id":"tell","when":{"kind":"issues.*"},
            "effects":[{"kind":"message","subject":"teams:triage","text":"New: {subject} by {actor}"}]}]}"#,
    )?;
    let genesis = Genesis { name: "triage".into(), seed: 7, config, ..Genesis::default() };
    let mut driver = Driver::open(FileJournal::open(&folder)?, genesis, Keys::new(1, b"a key for tests")?)?;
    let event = |id: &str| Event {
        id: id.into(),
        source: "github".into(),
        kind: "issues.opened".into(),
        subject: format!("github:acme/api#{id}").into(),
        actor: Some(Actor { id: "github:octocat".into(), class: ActorClass::Human }),
        text: Some("with an ümlaut and a 🦀".into()),
        ..Event::default()
    };
    let at = Timestamp(1_700_000_000_000);
    let _ = driver.submit(at, event("7"))?;
    let effects = driver.commit()?;
    let _ = driver.submit(at.plus_ms(250), effects[0].done("teams:msg/17"))?;
    let _ = driver.submit(at.plus_ms(300), event("8"))?;
    let order = Order::StopSubject { subject: "github:acme/api#9".into() };
    let _ = driver.submit(at.plus_ms(400), Input::from(Command { order, by: None, reason: None, tenant: None }))?;
    driver.commit()?;
    drop(driver);
    fs::remove_file(folder.join("lock"))?;
    fs::write(folder.join("expected.json"), serde_json::to_string(&found(&restore(&folder)?))? + "\n")?;
    Ok(())
}
