//! Step 7: sleep until the broker wants to be called.

use crate::{perform::work, platform::Platform, store::store};

// guide: begin
use std::sync::mpsc::{Receiver, RecvTimeoutError::Disconnected};
use std::{error::Error, fs::File, time::Duration};

use reynolds::{Broker, Input, ReleaseNo, Timestamp, verdict::WakeReason};

/// One turn: waits for an input or the wakeup, decides, stores, performs, and stores what the answers decided. What that released
/// is for the next turn, at once: so inputs have their turn however slow a platform is.
/// False: nobody is left who could send an input, and nothing is left to perform.
pub fn turn(
    broker: &mut Broker,
    journal: &mut File,
    cursor: &mut ReleaseNo,
    inputs: &Receiver<Input>,
    platform: &mut Platform,
    now: impl Fn() -> Timestamp,
) -> Result<bool, Box<dyn Error>> {
    let mut released = Vec::new();
    broker.released(*cursor, &mut released);
    let sleep_ms = match broker.wakeup() {
        _ if !released.is_empty() => 0,
        None => 60_000,
        // At once, whatever our clock says.
        Some(wakeup) if wakeup.reason == WakeReason::Backlog => 0,
        Some(wakeup) => wakeup.at.since_ms(now()),
    };
    let input = match inputs.recv_timeout(Duration::from_millis(sleep_ms)) {
        // It would come at once each time: no sleep any more.
        Err(Disconnected) if released.is_empty() => return Ok(false),
        received => received.ok(), // or it is time for what is due, or for what was released
    };
    if let Some(Err(rejected)) = input.map(|input| broker.submit(now(), input)) {
        eprintln!("{rejected}");
    }
    let _ = broker.advance(now()); // too early or too often: does nothing
    store(broker, journal)?;
    if work(broker, cursor, &now, platform) {
        store(broker, journal)?;
    }
    Ok(true)
}
// guide: end

use crate::{
    platform::{Trouble, issue_opened, question},
    start::start,
};

#[test]
fn an_effect_that_must_be_retried_leaves_again_at_its_time() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let mut broker = start()?;
    let mut journal = crate::store::create(&folder.path().join("bot.ryj"), &broker)?;
    let mut platform = Platform { trouble: Some(Trouble::Busy { after_ms: 40 }), ..Platform::default() };
    let mut cursor = ReleaseNo(0);
    let (sender, inputs) = std::sync::mpsc::channel();
    let clock = std::cell::Cell::new(1_700_000_000_000);
    let now = || Timestamp(clock.get());

    sender.send(issue_opened("d1").into())?;
    turn(&mut broker, &mut journal, &mut cursor, &inputs, &mut platform, now)?;
    assert_eq!(platform.posts.len(), 0);
    assert_eq!(broker.wakeup().map(|wakeup| wakeup.at), Some(Timestamp(1_700_000_000_040)));
    clock.set(1_700_000_000_040);
    assert!(turn(&mut broker, &mut journal, &mut cursor, &inputs, &mut platform, now)?);
    assert_eq!(platform.posts.len(), 1);
    drop(sender);
    assert!(!turn(&mut broker, &mut journal, &mut cursor, &inputs, &mut platform, now)?, "nobody can send any more");
    Ok(())
}

#[test]
fn what_the_hosts_code_wants_leaves_in_the_next_turn_which_waits_for_nothing() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let mut broker = start()?;
    let mut journal = crate::store::create(&folder.path().join("bot.ryj"), &broker)?;
    let (mut platform, mut cursor) = (Platform::default(), ReleaseNo(0));
    let (sender, inputs) = std::sync::mpsc::channel();
    sender.send(question("d1").into())?;
    drop(sender); // nor is it left behind when nobody can send any more
    let began = std::time::Instant::now();
    for posts in [0, 1] {
        turn(&mut broker, &mut journal, &mut cursor, &inputs, &mut platform, crate::submit::now)?;
        assert_eq!(platform.posts.len(), posts);
    }
    assert!(!turn(&mut broker, &mut journal, &mut cursor, &inputs, &mut platform, crate::submit::now)?);
    assert_eq!(broker.wakeup(), None);
    assert!(began.elapsed() < Duration::from_secs(30), "it slept for a minute");
    Ok(())
}
