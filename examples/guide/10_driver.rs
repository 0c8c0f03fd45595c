//! Step 10: the driver does steps 3 to 9.

use crate::{
    handle::proposals,
    platform::Platform,
    restore::perform_once,
    start::{genesis, keys},
};

// guide: begin
use std::{error::Error, path::Path, sync::mpsc::Sender};

use reynolds::driver::{Answer, Driver, DriverError, FileJournal};
use reynolds::{Effect, Input, Timestamp, Wakeup};

/// A new journal in this folder, or the one that is there, with everything under way in it.
pub fn open(folder: &Path) -> Result<Driver, Box<dyn Error>> {
    let driver = Driver::open(FileJournal::open(folder)?, genesis()?, keys()?)?;
    eprintln!("{:?}", driver.opened());
    Ok(driver)
}

/// What the host has to say about an effect: what your own code wants (step 11), or what became of it.
pub fn answer(platform: &mut Platform, effect: &Effect) -> Answer {
    let key = effect.idempotency_key("triage");
    if let Some(proposals) = proposals(effect) {
        proposals.into()
    } else if let Some(result) = perform_once(platform, &key, effect) {
        result.into()
    } else {
        eprintln!("nobody here does {key}"); // it stays open, and comes again
        Answer::Later
    }
}

/// One round: decide, store, perform, report, until nothing is left to do.
pub fn round(
    driver: &mut Driver,
    now: impl Fn() -> Timestamp,
    inputs: Vec<Input>,
    platform: &mut Platform,
) -> Result<Option<Wakeup>, DriverError> {
    let round = driver.run(now, inputs, |effect| answer(platform, effect))?;
    for rejected in round.decisions.iter().filter_map(|decision| decision.as_ref().err()) {
        eprintln!("{rejected}");
    }
    Ok(round.wakeup)
}

/// The wakeup came before an input: what is due is done.
pub fn wake(
    driver: &mut Driver,
    now: impl Fn() -> Timestamp,
    platform: &mut Platform,
) -> Result<Option<Wakeup>, DriverError> {
    Ok(driver.wake(now, |effect| answer(platform, effect))?.wakeup)
}

/// The same where performing takes its time: effects go to other threads or tasks, outcomes come back as inputs.
pub fn take(
    driver: &mut Driver,
    at: Timestamp,
    inputs: Vec<Input>,
    workers: &Sender<Effect>,
) -> Result<Option<Wakeup>, Box<dyn Error>> {
    for rejected in driver.submit_all(at, inputs).iter().filter_map(|decision| decision.as_ref().err()) {
        eprintln!("{rejected}");
    }
    let _ = driver.advance(at);
    for effect in driver.commit()? {
        workers.send(effect)?;
    }
    Ok(driver.wakeup())
}
// guide: end

use crate::platform::{Trouble, issue_opened, question};

const AT: Timestamp = Timestamp(1_700_000_000_000);

#[test]
fn a_round_posts_and_a_new_process_finds_nothing_left_to_do() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let mut platform = Platform::default();
    let mut driver = open(folder.path())?;
    round(&mut driver, || AT, vec![issue_opened("d1").into()], &mut platform)?;
    assert_eq!(driver.snapshot()?, reynolds::Seq(3));
    drop(driver);
    let mut driver = open(folder.path())?;
    assert_eq!((driver.opened().last, driver.opened().snapshot), (reynolds::Seq(3), Some(reynolds::Seq(3))));
    assert_eq!(round(&mut driver, || AT, vec![issue_opened("d1").into()], &mut platform)?, None);
    assert_eq!(platform.posts.len(), 1);
    Ok(())
}

#[test]
fn what_the_platform_refused_for_now_is_posted_at_the_wakeup() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let mut platform = Platform { trouble: Some(Trouble::Busy { after_ms: 40 }), ..Platform::default() };
    let mut driver = open(folder.path())?;
    let wakeup = round(&mut driver, || AT, vec![issue_opened("d1").into()], &mut platform)?;
    assert_eq!((wakeup.map(|wakeup| wakeup.at), platform.posts.len()), (Some(Timestamp(AT.0 + 40)), 0));
    assert_eq!(wake(&mut driver, || Timestamp(AT.0 + 40), &mut platform)?, None);
    assert_eq!(platform.posts.len(), 1);
    Ok(())
}

#[test]
fn what_workers_did_comes_back_as_an_input() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let (mut platform, (sender, receiver)) = (Platform::default(), std::sync::mpsc::channel());
    let mut driver = open(folder.path())?;
    let wakeup = take(&mut driver, AT, vec![issue_opened("d1").into()], &sender)?;
    assert_eq!(wakeup.map(|wakeup| wakeup.at), Some(Timestamp(AT.0 + 60_000)), "the outcome is due then");
    let effect = receiver.recv()?;
    let outcome = answer(&mut platform, &effect).about(&effect).ok_or("an answer")?;
    assert_eq!(take(&mut driver, AT, vec![outcome], &sender)?, None);
    Ok(())
}

#[test]
fn a_question_is_answered_and_a_task_without_a_host_for_agents_waits() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let mut platform = Platform::default();
    let mut driver = open(folder.path())?;
    assert_eq!(round(&mut driver, || AT, vec![question("d1").into()], &mut platform)?, None);
    assert_eq!((platform.posts.len(), platform.posts[0].0.as_str()), (1, "github:acme/api#7"));
    let _ = round(&mut driver, || AT, crate::platform::a_task_and_an_agent().into(), &mut platform)?;
    assert_eq!((platform.posts.len(), driver.view().open("").count()), (1, 1));
    Ok(())
}

#[test]
fn a_second_process_can_not_open_the_journal() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let _first = open(folder.path())?;
    assert_eq!(FileJournal::open(folder.path()).expect_err("locked").code(), "RY2101");
    Ok(())
}
