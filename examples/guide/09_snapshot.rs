//! Step 9: a snapshot, so that a restore need not replay everything.

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
    Ok(seq)
}

pub fn open(snapshot: &Path, journal: &Path, keys: Keys) -> Result<Broker, Box<dyn Error>> {
    let mut restorer = Broker::restore(Some(&fs::read(snapshot)?), keys)?;
    restorer.push(&fs::read(journal)?)?; // records that the snapshot contains are skipped
    Ok(restorer.finish()?.0)
}
// guide: end

use crate::{
    platform::issue_opened,
    start::{keys, start},
    store::{create, store},
    submit::now,
};

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
    let restored = open(&saved, &path, keys()?)?;
    assert_eq!(restored.view().digest(), broker.view().digest());
    Ok(())
}
