//! The whole loop with the driver, before the steps.

use crate::{
    driver::answer,
    platform::Platform,
    start::{genesis, keys},
    submit::now,
};

// guide: begin
use std::error::Error;
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError::Disconnected};
use std::time::Duration;

use reynolds::driver::{Driver, FileJournal};
use reynolds::input::Configure;
use reynolds::{Input, verdict::WakeReason};

/// `inputs` come from your web server, `answer` (step 10) performs an effect or calls your code.
pub fn host(folder: &Path, inputs: &Receiver<Input>, platform: &mut Platform) -> Result<(), Box<dyn Error>> {
    let mut driver = Driver::open(FileJournal::open(folder)?, genesis()?, keys()?)?;
    if driver.opened().config_differs {
        // A journal keeps its configuration; this is how it gets the one of the program.
        let _ = driver.submit(now(), Configure { config: genesis()?.config })?;
    }
    let mut round = driver.wake(now, |effect| answer(platform, effect))?; // what a crash has left
    loop {
        for refused in round.refused() {
            eprintln!("{refused}"); // inputs, and answers of ours
        }
        if round.ahead_ms > 0 {
            eprintln!("the broker's time is {} ms ahead of our clock (step 15)", round.ahead_ms);
        }
        let sleep_ms = round.wakeup.map_or(60_000, |wakeup| match wakeup.reason {
            WakeReason::Backlog => 0, // due at once, whatever our clock says
            _ => wakeup.at.since_ms(now()),
        });
        let input = match inputs.recv_timeout(Duration::from_millis(sleep_ms)) {
            Err(Disconnected) => return Ok(()),
            received => received.ok(), // or it is time for what is due
        };
        round = driver.run(now, input, |effect| answer(platform, effect))?; // decide, store, perform, report
    }
}
// guide: end

use std::collections::BTreeSet;

use crate::platform::{Trouble, issue_opened, question};

#[test]
fn inputs_are_answered_and_what_a_crash_has_left_is_done_first() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let (sender, inputs) = std::sync::mpsc::channel();
    sender.send(issue_opened("d1").into())?;
    sender.send(question("d2").into())?;
    drop(sender);
    let mut platform = Platform { trouble: Some(Trouble::Busy { after_ms: 0 }), ..Platform::default() };
    // What the platform was too busy for is due a moment later: this host may have ended by then, and the next one does it.
    while platform.posts.len() < 2 {
        host(folder.path(), &inputs, &mut platform)?;
    }
    let subjects: BTreeSet<_> = platform.posts.iter().map(|(subject, ..)| subject.as_str()).collect();
    assert_eq!(subjects, BTreeSet::from(["teams:triage", "github:acme/api#7"]));

    let mut driver = crate::driver::open(folder.path())?;
    let _ = driver.submit(now(), issue_opened("d3"))?;
    assert_eq!(driver.commit()?.len(), 1);
    drop(driver); // with the effect
    host(folder.path(), &inputs, &mut platform)?;
    assert_eq!(platform.posts.len(), 3);
    Ok(())
}

#[test]
fn a_changed_configuration_counts_from_the_next_start_on() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let old = reynolds::Genesis { config: reynolds::Config::default(), ..genesis()? };
    drop(Driver::open(FileJournal::open(folder.path())?, old, keys()?)?);
    let (sender, inputs) = std::sync::mpsc::channel();
    sender.send(issue_opened("d1").into())?;
    drop(sender);
    let mut platform = Platform::default();
    host(folder.path(), &inputs, &mut platform)?;
    assert_eq!(platform.posts.len(), 1);
    assert!(!crate::driver::open(folder.path())?.opened().config_differs);
    Ok(())
}
