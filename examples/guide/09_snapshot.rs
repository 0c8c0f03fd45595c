//! Step 9: a snapshot, so that a restore need not replay everything.

use crate::{restore::replay, store::sync_folder};

// guide: begin
use std::{
    error::Error,
    fs::{self, File},
    io::Write,
    path::Path,
};

use reynolds::{Broker, Keys, Misuse, Seq};

/// Written beside and renamed, so that there is always a whole one.
pub fn save(broker: &Broker, path: &Path) -> Result<Seq, Box<dyn Error>> {
    let mut bytes = Vec::new();
    let seq = match broker.snapshot(&mut bytes) {
        Err(Misuse::NotDurable { .. }) => return Err("store first (step 4)".into()),
        taken => taken?,
    };
    let beside = path.with_extension("new");
    let mut file = File::create(&beside)?;
    file.write_all(&bytes)?;
    file.sync_all()?;
    fs::rename(beside, path)?;
    sync_folder(path)?;
    Ok(seq)
}

pub fn open(snapshot: &Path, journal: &Path, keys: Keys) -> Result<(Broker, File), Box<dyn Error>> {
    let restorer = Broker::restore(Some(&fs::read(snapshot)?), keys)?;
    replay(restorer, journal) // of step 8; records that the snapshot contains are skipped
}
// guide: end

use crate::{
    platform::issue_opened,
    start::{keys, start},
    store::{create, store},
    submit::now,
};

#[test]
fn a_torn_record_is_cut_off_before_the_journal_goes_on() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let (path, saved) = (folder.path().join("bot.ryj"), folder.path().join("bot.rys"));
    let mut broker = start()?;
    let mut journal = create(&path, &broker)?;
    store(&mut broker, &mut journal)?;
    save(&broker, &saved)?;
    let _ = broker.submit(now(), issue_opened("d1"))?;
    store(&mut broker, &mut journal)?;
    journal.set_len(fs::metadata(&path)?.len() - 5)?; // the power goes while record 2 is written

    let (mut broker, mut journal) = open(&saved, &path, keys()?)?;
    assert_eq!(broker.view().seq(), Seq(1));
    for delivery in ["d1", "d2"] {
        let _ = broker.submit(now(), issue_opened(delivery))?;
        store(&mut broker, &mut journal)?;
    }
    let (again, _) = open(&saved, &path, keys()?)?;
    assert_eq!(again.view().seq(), broker.view().seq());
    let (again, _) = crate::restore::open(&path, keys()?)?;
    assert_eq!(again.view().seq(), broker.view().seq());
    Ok(())
}

#[test]
fn a_snapshot_and_the_records_after_it_give_the_same_state_as_all_records() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let (path, saved) = (folder.path().join("bot.ryj"), folder.path().join("bot.rys"));
    let mut broker = start()?;
    let mut journal = create(&path, &broker)?;
    assert!(save(&broker, &saved).is_err(), "record 1 is not durable");
    store(&mut broker, &mut journal)?;
    assert_eq!(save(&broker, &saved)?, Seq(1));
    let _ = broker.submit(now(), issue_opened("d1"))?;
    store(&mut broker, &mut journal)?;
    let (restored, _) = open(&saved, &path, keys()?)?;
    assert_eq!(restored.view().digest(), broker.view().digest());
    Ok(())
}
