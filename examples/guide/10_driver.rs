//! Step 10: the driver does steps 3 to 9.

use crate::{
    handle::proposals,
    platform::Platform,
    restore::perform_once,
    start::{genesis, keys},
};

// guide: begin
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError, mpsc::Sender};
use std::{error::Error, path::Path};

use reynolds::driver::{Answer, Driver, DriverError, FileJournal};
use reynolds::{Effect, EffectId, Input, Timestamp, Wakeup};

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
    for refused in round.refused() {
        eprintln!("{refused}"); // an input, or what `answer` said of an effect
    }
    Ok(round.wakeup)
}

/// The wakeup came before an input: what is due is done.
pub fn wake(
    driver: &mut Driver,
    now: impl Fn() -> Timestamp,
    platform: &mut Platform,
) -> Result<Option<Wakeup>, DriverError> {
    round(driver, now, vec![], platform)
}

/// The same where performing takes its time: effects go to other threads or tasks, outcomes come back as inputs.
pub fn take(
    driver: &mut Driver,
    at: Timestamp,
    inputs: Vec<Input>,
    workers: &Queue,
) -> Result<Option<Wakeup>, DriverError> {
    for rejected in driver.submit_all(at, inputs).iter().filter_map(|decision| decision.as_ref().err()) {
        eprintln!("{rejected}");
    }
    let _ = driver.advance(at);
    driver.commit()?.into_iter().for_each(|effect| workers.put(effect));
    Ok(driver.wakeup())
}

/// Effects for workers. One that waits or is worked on for longer than `outcome_due_ms` comes again: only the newest copy says
/// `redelivered`, and no effect is with two workers at once.
#[derive(Default)]
pub struct Queue {
    inside: Mutex<Inside>,
    more: Condvar,
}

#[derive(Default)]
struct Inside {
    waiting: BTreeMap<EffectId, Effect>,
    in_hand: BTreeSet<EffectId>,
}

impl Queue {
    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A copy that still waits is replaced.
    pub fn put(&self, effect: Effect) {
        self.inside().waiting.insert(effect.id, effect);
        self.more.notify_one();
    }

    /// The next for a worker, if there is one that no worker has.
    pub fn next(&self) -> Option<Effect> {
        let Inside { waiting, in_hand } = &mut *self.inside();
        let id = *waiting.keys().find(|id| !in_hand.contains(id))?;
        in_hand.insert(id);
        waiting.remove(&id)
    }

    /// A worker has answered. What came again meanwhile is answered with that.
    fn finish(&self, id: EffectId) {
        let mut inside = self.inside();
        inside.in_hand.remove(&id);
        inside.waiting.remove(&id);
    }

    /// Waits until there may be more.
    pub fn wait(&self) {
        let nothing = |inside: &mut Inside| inside.waiting.keys().all(|id| inside.in_hand.contains(id));
        drop(self.more.wait_while(self.inside(), nothing));
    }
}

/// What a worker does with an effect. It is a thread that takes the next one while there is one, and then waits.
pub fn work(
    queue: &Queue,
    effect: &Effect,
    platform: &mut Platform,
    inputs: &Sender<Input>,
) -> Result<(), Box<dyn Error>> {
    if let Some(answer) = answer(platform, effect).about(effect) {
        inputs.send(answer)?;
    }
    queue.finish(effect.id); // after its answer is under way, or it could come again before that is known
    Ok(())
}
// guide: end

use crate::platform::{Trouble, issue_opened, question};
use reynolds::Event;

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
    let (mut platform, (sender, inputs), queue) = (Platform::default(), std::sync::mpsc::channel(), Queue::default());
    let mut driver = open(folder.path())?;
    let wakeup = take(&mut driver, AT, vec![issue_opened("d1").into()], &queue)?;
    assert_eq!(wakeup.map(|wakeup| wakeup.at), Some(Timestamp(AT.0 + 60_000)), "the outcome is due then");
    queue.wait();
    work(&queue, &queue.next().ok_or("an effect")?, &mut platform, &sender)?;
    assert_eq!(take(&mut driver, AT, inputs.try_iter().collect(), &queue)?, None);
    Ok(())
}

#[test]
fn what_waits_for_a_worker_or_is_with_one_for_too_long_is_sent_once() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let (mut platform, (sender, inputs), queue) = (Platform::default(), std::sync::mpsc::channel(), Queue::default());
    let mut driver = open(folder.path())?;
    let events = ["d1", "d2"].map(|id| Event { subject: format!("github:acme/api#{id}").into(), ..issue_opened(id) });
    let mut wakeup = take(&mut driver, AT, events.map(Input::from).into(), &queue)?;
    let slow = queue.next().ok_or("an effect")?;
    // The outcomes of both are overdue twice: the one waits, the other is with a worker.
    for _ in 0..2 {
        let at = wakeup.ok_or("an effect is due")?.at;
        wakeup = take(&mut driver, at, vec![], &queue)?;
        wakeup = take(&mut driver, wakeup.ok_or("it comes again")?.at, vec![], &queue)?;
    }
    let waited = queue.next().ok_or("the other one")?;
    assert_eq!((slow.redelivered, waited.redelivered, queue.next()), (false, true, None));
    for effect in [slow, waited] {
        work(&queue, &effect, &mut platform, &sender)?;
    }
    assert_eq!((queue.next(), platform.posts.len()), (None, 2));
    assert_eq!(take(&mut driver, AT, inputs.try_iter().collect(), &queue)?, None);
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
