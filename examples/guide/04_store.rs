//! Step 4: append, sync, mark durable.

// guide: begin
use std::{
    error::Error,
    fs::File,
    io::{self, Write},
    path::Path,
};

use reynolds::{Broker, Seq, journal::segment_header};

pub fn create(path: &Path, broker: &Broker) -> Result<File, Box<dyn Error>> {
    let mut journal = File::create_new(path)?;
    journal.write_all(&segment_header(broker.view().number(), Seq(1)))?;
    sync_folder(path)?;
    Ok(journal)
}

/// Makes the name of a new file survive a power failure. `sync_data` is only about what is in the file.
pub fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) } // Windows has no such call and needs none
}

pub fn store(broker: &mut Broker, journal: &mut File) -> Result<(), Box<dyn Error>> {
    let Some(segment) = broker.staged(broker.view().durable()) else { return Ok(()) };
    let last = segment.last;
    if let Err(error) = journal.write_all(segment.bytes).and_then(|()| journal.sync_data()) {
        broker.poison(); // nobody knows what is on the disk now: drop the broker, restore it (step 8)
        return Err(error.into());
    }
    Ok(broker.mark_durable(last)?)
}
// guide: end

use reynolds::ReleaseNo;

use crate::{platform::issue_opened, start::start, submit::now};

#[test]
fn nothing_leaves_before_it_is_durable() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let mut broker = start()?;
    let mut journal = create(&folder.path().join("bot.ryj"), &broker)?;
    let _ = broker.submit(now(), issue_opened("d1"))?;

    let mut effects = Vec::new();
    broker.released(ReleaseNo(0), &mut effects);
    assert!(effects.is_empty());
    store(&mut broker, &mut journal)?;
    broker.released(ReleaseNo(0), &mut effects);
    assert_eq!(effects.len(), 1);
    Ok(())
}

#[test]
fn a_failed_append_poisons_the_broker() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("read-only.ryj");
    std::fs::write(&path, "")?;
    let mut broker = start()?;
    assert!(store(&mut broker, &mut File::open(&path)?).is_err());
    let rejected = broker.submit(now(), issue_opened("d1")).expect_err("poisoned");
    assert_eq!(rejected.code(), "RY2001");
    Ok(())
}
