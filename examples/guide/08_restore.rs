//! Step 8: after a crash, restore, and look before sending again.

use crate::platform::Platform;

// guide: begin
use std::{
    error::Error,
    fs::{self, File, OpenOptions},
    path::Path,
};

use reynolds::{Broker, Effect, Keys, Restorer, input::OutcomeResult};

pub fn open(path: &Path, keys: Keys) -> Result<(Broker, File), Box<dyn Error>> {
    replay(Broker::restore(None, keys)?, path)
}

/// The broker after the records of the journal, and the journal, ready for the next record.
pub fn replay(mut restorer: Restorer, path: &Path) -> Result<(Broker, File), Box<dyn Error>> {
    let bytes = fs::read(path)?;
    restorer.push(&bytes)?; // in pieces of any size
    let (broker, report) = restorer.finish()?;
    let journal = OpenOptions::new().append(true).open(path)?;
    if let Some(torn) = report.torn {
        eprintln!("record {} was being written when the power went; it was never durable", torn.seq);
        journal.set_len((bytes.len() - torn.bytes) as u64)?; // or the next record would be written behind half a one
    }
    journal.sync_all()?; // what was read counts as durable from here on
    Ok((broker, journal))
}

/// Performs what was not performed, and finds what was.
pub fn perform_once(platform: &mut Platform, key: &str, effect: &Effect) -> Option<OutcomeResult> {
    if let (true, Some(act), Some(token)) = (effect.redelivered, effect.act(), &effect.token) {
        if let Some(id) = platform.find(&act.subject, token) {
            return Some(OutcomeResult::done(id));
        }
    }
    crate::perform::perform(platform, key, effect)
}
// guide: end

use reynolds::ReleaseNo;

use crate::{
    platform::issue_opened,
    start::{keys, start},
    store::{create, store},
    submit::now,
};

#[test]
fn a_message_sent_just_before_a_crash_is_found_and_not_sent_again() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("bot.ryj");
    let (mut platform, mut effects) = (Platform::default(), Vec::new());
    {
        let mut broker = start()?;
        let mut journal = create(&path, &broker)?;
        let _ = broker.submit(now(), issue_opened("d1"))?;
        store(&mut broker, &mut journal)?;
        broker.released(ReleaseNo(0), &mut effects);
        let _ = crate::perform::perform(&mut platform, "triage/2.0", &effects[0]);
    } // the crash: it was sent, and nobody wrote that down
    let (mut broker, _journal) = open(&path, keys()?)?;
    effects.clear();
    broker.released(ReleaseNo(0), &mut effects);
    assert_eq!((effects[0].id.to_string().as_str(), effects[0].redelivered), ("2.0", true));
    let result = perform_once(&mut platform, "triage/2.0", &effects[0]);
    assert_eq!(result, Some(OutcomeResult::Done { object: Some("teams:triage/1".into()), objects: vec![] }));
    assert_eq!(platform.posts.len(), 1);
    Ok(())
}

#[test]
fn a_torn_record_is_cut_off_and_the_journal_goes_on() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("bot.ryj");
    let mut broker = start()?;
    let mut journal = create(&path, &broker)?;
    let _ = broker.submit(now(), issue_opened("d1"))?;
    store(&mut broker, &mut journal)?;
    let whole = fs::metadata(&path)?.len();
    journal.set_len(whole - 1)?;

    let (mut broker, mut journal) = open(&path, keys()?)?;
    assert_eq!(broker.view().seq(), reynolds::Seq(1));
    let _ = broker.submit(now(), issue_opened("d1"))?;
    store(&mut broker, &mut journal)?;
    let (broker, _journal) = open(&path, keys()?)?;
    assert_eq!(broker.view().seq(), reynolds::Seq(2));
    Ok(())
}
