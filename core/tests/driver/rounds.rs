//! The loop: what is performed when, and what comes again.

use std::io;

use reynolds::{
    Effect, EffectId, Rejected, Segment, Seq, Turn, Verdict, WakeReason, Wakeup,
    driver::{Answer, Driver, DriverError, Journal, MemoryJournal, Round},
    input::{Command, Order, Outcome, OutcomeResult, Proposal},
};

use super::{at, comment, done, genesis, issue, keys};

fn in_memory(journal: &MemoryJournal) -> Driver {
    Driver::open(journal.clone(), genesis(), keys()).expect("it opens")
}

#[test]
fn a_round_performs_what_is_durable_and_reports_it() {
    let journal = MemoryJournal::new();
    let mut driver = in_memory(&journal);
    let mut seen = Vec::new();
    let round = driver
        .run(
            || at(1),
            [issue(1), issue(2), issue(1)],
            |effect| {
                assert!(journal.last() >= effect.id.seq, "performed before it was stored");
                seen.push((effect.id.to_string(), effect.act().and_then(|act| act.text.clone())));
                done(effect)
            },
        )
        .expect("storage works");
    let text = |n| Some(format!("New: github:acme/api#{n}").into());
    assert_eq!(seen, [("2.0".into(), text(1)), ("3.0".into(), text(2))]);
    let duplicate = round.decisions[2].as_ref().expect("a duplicate is accepted");
    assert!(matches!(duplicate.verdicts[..], [Verdict::Duplicate { .. }]));
    assert_eq!(round.answers.len(), 2);
    assert_eq!(round.wakeup, None);
    assert_eq!(driver.view().open("").count(), 0);
}

#[test]
fn a_handler_proposes_and_its_proposal_is_performed_in_the_same_round() {
    let mut driver = in_memory(&MemoryJournal::new());
    let mut kinds = Vec::new();
    let round = driver.run(
        || at(1),
        [comment(1)],
        |effect| match effect.handle() {
            Some(handle) => {
                kinds.push(handle.handler.clone());
                let subject = handle.event.subject.clone();
                Answer::from(vec![Proposal { kind: "comment".into(), subject, ..Proposal::default() }])
            }
            None => {
                kinds.push(effect.act().expect("an act").kind.clone());
                done(effect).into()
            }
        },
    );
    assert_eq!(kinds, ["answer", "comment"]);
    assert_eq!(round.expect("storage works").answers.len(), 2);
    assert_eq!(driver.view().open("").count(), 0);
}

#[test]
fn effects_without_an_outcome_come_again_with_the_same_id_and_marked_as_redelivered() {
    let journal = MemoryJournal::new();
    let mut driver = in_memory(&journal);
    driver.submit_all(at(1), [issue(1), issue(2)]).into_iter().for_each(|decision| drop(decision.expect("accepted")));
    let first = driver.commit().expect("storage works");
    let ids = |effects: &[reynolds::Effect]| {
        effects.iter().map(|effect| (effect.id.to_string(), effect.redelivered)).collect::<Vec<_>>()
    };
    assert_eq!(ids(&first), [("2.0".into(), false), ("3.0".into(), false)]);
    let outcome = Outcome { effect: first[0].id, result: done(&first[0]), chain: None, tenant: None };
    let _ = driver.submit(at(2), outcome).expect("accepted");
    assert_eq!(driver.commit().expect("storage works").len(), 0, "effects are given out once");
    drop(driver);

    let mut restored = in_memory(&journal);
    let again = restored.commit().expect("storage works");
    assert_eq!(ids(&again), [("3.0".into(), true)]);
    assert_eq!(again[0].action, first[1].action);
    assert_eq!(again[0].token, first[1].token);
}

#[test]
fn what_was_decided_but_not_committed_is_gone_after_a_crash_and_nothing_of_it_had_left() {
    let journal = MemoryJournal::new();
    let mut driver = in_memory(&journal);
    let before = driver.view().digest();
    let _ = driver.submit(at(1), issue(1)).expect("accepted");
    assert_ne!(driver.view().digest(), before);
    drop(driver);
    assert_eq!(in_memory(&journal).view().digest(), before);
}

#[test]
fn the_host_is_woken_for_an_effect_to_be_tried_again() {
    let mut driver = in_memory(&MemoryJournal::new());
    let round = driver.run(|| at(1), [issue(1)], |_| OutcomeResult::Retry { after_ms: 500 }).expect("storage works");
    assert_eq!(round.wakeup.map(|wakeup| wakeup.at), Some(at(501)));
    let none: [reynolds::Input; 0] = [];
    let early = driver.run(|| at(500), none.clone(), done).expect("storage works");
    assert_eq!(early.answers.len(), 0);
    let due = driver.run(|| at(501), none, done).expect("storage works");
    assert_eq!(due.answers.iter().map(|(id, _)| id.to_string()).collect::<Vec<_>>(), ["2.0"]);
    assert_eq!(due.wakeup, None);
}

#[test]
fn what_an_effect_came_to_counts_from_when_it_is_known_and_a_round_ends_however_slow_a_platform_is() {
    let clock = std::cell::Cell::new(1);
    let now = || at(clock.get());
    let slow = |_: &Effect| {
        clock.set(clock.get() + 2000); // the platform takes its time
        OutcomeResult::Retry { after_ms: 500 }
    };
    let ids = |round: &Round| round.answers.iter().map(|(id, _)| id.to_string()).collect::<Vec<_>>();
    let mut driver = in_memory(&MemoryJournal::new());
    let round = driver.run(now, [issue(1)], slow).expect("storage works");
    assert_eq!(round.wakeup.map(|wakeup| wakeup.at), Some(at(2501)), "500 ms after it was refused");

    clock.set(2501);
    // Performing the one takes longer than the other has to wait: each is done once in a round, and inputs come in between.
    let round = driver.run(now, [issue(2)], slow).expect("storage works");
    assert_eq!(ids(&round), ["2.0", "4.0"]);
    let at_once = Some(Wakeup { at: at(6501), reason: WakeReason::Backlog });
    assert_eq!((round.wakeup, driver.wakeup()), (at_once, at_once));
    let round = driver.wake(now, done).expect("storage works");
    assert_eq!((ids(&round), round.wakeup.map(|wakeup| wakeup.at)), (vec!["2.0".into()], Some(at(7001))));
    clock.set(7001);
    let round = driver.wake(now, done).expect("storage works");
    assert_eq!((ids(&round), round.wakeup), (vec!["4.0".into()], None));
}

#[test]
fn what_a_round_left_behind_is_due_at_once_also_by_a_clock_that_was_ahead() {
    let clock = std::cell::Cell::new(3_600_000);
    let now = || at(clock.get());
    let slow = |_: &Effect| {
        clock.set(clock.get() + 4000);
        OutcomeResult::Retry { after_ms: 500 }
    };
    let mut driver = in_memory(&MemoryJournal::new());
    let _ = driver.run(now, [issue(9)], done).expect("storage works");
    clock.set(1);
    let round = driver.run(now, [issue(1)], slow).expect("storage works");
    assert!(round.ahead_ms > 3_000_000, "{}", round.ahead_ms);
    clock.set(round.wakeup.expect("it is tried again").at.since_ms(at(0)));
    let round = driver.run(now, [issue(2)], slow).expect("storage works");
    let due = round.wakeup.filter(|wakeup| wakeup.reason == WakeReason::Backlog).expect("one was left behind");
    assert!(due.at <= now() && driver.wakeup() == Some(due), "{due:?}");
}

#[test]
fn what_waits_in_the_host_is_put_off_when_a_person_stops_it_and_ends() {
    let mut driver = in_memory(&MemoryJournal::new());
    let _ = driver.submit(at(1), issue(1)).expect("an event");
    let _ = driver.submit(at(1), issue(2)).expect("an event");
    let effects = driver.commit().expect("storage works");
    let turn = |driver: &Driver, effect: &Effect| driver.view().turn("", effect.id, at(2));
    let turns = |driver: &Driver| effects.iter().map(|effect| turn(driver, effect)).collect::<Vec<_>>();
    assert_eq!(turns(&driver), [Turn::Perform, Turn::Perform]);
    let order = Order::StopSubject { subject: "github:acme/api#1".into() };
    let _ = driver.submit(at(2), Command { order, by: None, reason: None, tenant: None }).expect("a command");
    assert_eq!(turns(&driver), [Turn::PutOff, Turn::Perform]);
    let _ = driver.submit(at(2), effects[0].outcome(OutcomeResult::Retry { after_ms: 0 })).expect("an outcome");
    let ended = driver.advance(at(3)).expect("it is due");
    assert_eq!(ended.verdicts, [Verdict::Cancelled { effect: effects[0].id, key: None }]);
    assert_eq!(turns(&driver), [Turn::Over, Turn::Perform]);
    assert_eq!(driver.view().turn("nobody", effects[1].id, at(3)), Turn::Over);
}

/// Performs all there is, with a platform that takes `cost_ms` for each, from time 1 on. Says what was performed, whether it was said to
/// have left before, and how long all took.
fn perform_all(driver: &mut Driver, inputs: Vec<reynolds::Event>, cost_ms: u64) -> (Vec<(String, bool)>, u64) {
    let clock = std::cell::Cell::new(1);
    let mut performed = Vec::new();
    let mut slow = |effect: &Effect| {
        performed.push((effect.id.to_string(), effect.redelivered));
        clock.set(clock.get() + cost_ms);
        done(effect)
    };
    let mut wakeup = driver.run(|| at(clock.get()), inputs, &mut slow).expect("storage works").wakeup;
    while let Some(Wakeup { at: due, .. }) = wakeup {
        clock.set(clock.get().max(due.since_ms(at(0))));
        wakeup = driver.wake(|| at(clock.get()), &mut slow).expect("storage works").wakeup;
    }
    (performed, clock.get() - 1)
}

#[test]
fn what_ends_while_others_are_performed_is_not_performed_any_more() {
    let rules = br#"{"rules": [{"id": "tell", "when": {"kind": "issues.opened"}, "effects": [
        {"kind": "message", "subject": "teams:first", "text": "First"},
        {"kind": "message", "subject": "teams:second", "text": "Second", "expires_in_ms": 5000}]}]}"#;
    let config = reynolds::Config::from_json(rules).expect("the rules are valid");
    // Longer than the broker waits for an outcome, and not so long.
    for cost_ms in [61_000, 30_000] {
        let genesis = reynolds::Genesis { config: config.clone(), ..genesis() };
        let mut driver = Driver::open(MemoryJournal::new(), genesis, keys()).expect("it opens");
        assert_eq!(perform_all(&mut driver, vec![issue(1)], cost_ms), (vec![("2.0".into(), false)], cost_ms));
        assert_eq!(driver.view().open("").count(), 0);
    }
}

#[test]
fn what_has_to_wait_for_its_turn_is_performed_in_it_once_and_did_not_leave_before() {
    let mut driver = in_memory(&MemoryJournal::new());
    let (performed, ms) = perform_all(&mut driver, (1..=200).map(issue).collect(), 1000);
    let in_order: Vec<_> = (2..=201).map(|seq| (format!("{seq}.0"), false)).collect();
    assert_eq!((performed, ms), (in_order, 200_000));
    assert_eq!(driver.view().open("").count(), 0);
}

#[test]
fn after_a_restart_an_agent_that_begins_a_new_life_is_not_given_what_it_had() {
    let register = |id: &str, incarnation: u64| -> reynolds::Input {
        let report = serde_json::json!({"type": "agent", "id": id, "incarnation": incarnation,
            "report": {"type": "register", "heartbeat_ms": 0}});
        serde_json::from_value(report).expect("a report")
    };
    let plan = serde_json::json!({"type": "plan", "id": "p", "tasks": [
        {"id": "a"}, {"id": "q", "ask": {"text": "Which?", "default": 1, "timeout_ms": 5000}}]});
    let plan: reynolds::Input = serde_json::from_value(plan).expect("a plan");
    let journal = MemoryJournal::new();
    let mut driver = in_memory(&journal);
    let leave = |driver: &mut Driver| {
        let effects = driver.commit().expect("storage works");
        effects.iter().map(|effect| (effect.id.to_string(), effect.redelivered)).collect::<Vec<_>>()
    };
    for input in [register("ada", 0), register("bob", 0), plan] {
        let _ = driver.submit(at(1), input).expect("accepted");
    }
    assert_eq!(leave(&mut driver), [("4.0".into(), false), ("4.1".into(), false)]);
    drop(driver);

    let mut restored = in_memory(&journal);
    let _ = restored.submit(at(6000), register("ada", 1)).expect("accepted");
    assert!(restored.advance(at(20_000)).is_some(), "the pause before another attempt is over");
    let given: Vec<_> = restored.commit().expect("storage works");
    let given: Vec<_> = given.iter().map(|effect| effect.dispatch().map(|told| (&*told.agent, told.epoch))).collect();
    assert_eq!(given, [Some(("bob", 2))], "ada knows nothing of it, and nobody waits for an answer");
}

#[test]
fn a_drawn_seed_is_another_one_each_time_and_fits_into_a_number_of_other_languages() {
    let [first, second] = [(); 2].map(|()| reynolds::driver::drawn_seed());
    assert_ne!(first, second);
    assert!(first < 1 << 53 && second < 1 << 53);
}

#[test]
fn a_panic_while_performing_loses_no_effect_behind_it() {
    let mut driver = in_memory(&MemoryJournal::new());
    let run = std::panic::AssertUnwindSafe(|| {
        driver.run(
            || at(1),
            [issue(1), issue(2)],
            |effect| {
                assert_ne!(effect.id.seq, Seq(2), "the host's own bug");
                done(effect)
            },
        )
    });
    assert!(std::panic::catch_unwind(run).is_err());
    let rest = driver.commit().expect("storage works");
    assert_eq!(rest.iter().map(|effect| effect.id.to_string()).collect::<Vec<_>>(), ["3.0"]);
}

#[test]
fn later_leaves_the_effect_open_until_the_host_answers() {
    let mut driver = in_memory(&MemoryJournal::new());
    let round = driver.run(|| at(1), [issue(1)], |_| Answer::Later).expect("storage works");
    assert!(matches!(round.answers[..], [(EffectId { seq: Seq(2), ordinal: 0 }, None)]));
    let open: Vec<_> = driver.view().open("").map(|open| open.effect.id.to_string()).collect();
    assert_eq!(open, ["2.0"]);
}

/// Fails from the n-th sync on.
#[derive(Debug)]
struct Failing(MemoryJournal, u32);

impl Journal for Failing {
    fn last(&self) -> Seq {
        self.0.last()
    }
    fn read(&mut self, after: Seq) -> io::Result<Box<dyn io::Read + '_>> {
        self.0.read(after)
    }
    fn append(&mut self, broker: u32, segment: Segment<'_>) -> io::Result<()> {
        self.0.append(broker, segment)
    }
    fn sync(&mut self) -> io::Result<()> {
        self.1 = self.1.checked_sub(1).ok_or_else(|| io::Error::other("the disk is gone"))?;
        self.0.sync()
    }
    fn snapshots(&mut self) -> io::Result<Vec<Seq>> {
        self.0.snapshots()
    }
    fn read_snapshot(&mut self, seq: Seq) -> io::Result<Vec<u8>> {
        self.0.read_snapshot(seq)
    }
    fn save_snapshot(&mut self, _: Seq, _: &[u8]) -> io::Result<()> {
        Err(io::Error::other("no space left"))
    }
}

#[test]
fn a_failed_sync_poisons_the_driver_and_lets_no_effect_leave() {
    let journal = MemoryJournal::new();
    let mut driver = Driver::open(Failing(journal.clone(), 1), genesis(), keys()).expect("one sync works");
    let error = driver.run(|| at(1), [issue(1)], |_| -> Answer { panic!("nothing may leave") }).expect_err("it failed");
    assert!(matches!(error, DriverError::Append { .. }));
    assert_eq!(error.code(), "RY2103");
    assert!(error.to_string().contains("the disk is gone"), "{error}");
    let syncs_so_far = journal.bytes();
    assert_eq!(driver.commit().expect_err("poisoned").code(), "RY2001");
    assert_eq!(driver.snapshot().expect_err("poisoned").code(), "RY2001");
    assert!(matches!(driver.submit(at(2), issue(2)), Err(Rejected::Misuse(_))));
    assert_eq!(journal.bytes(), syncs_so_far, "a poisoned driver appended");
    drop(driver);
    assert_eq!(in_memory(&journal).view().seq(), Seq(1), "the genesis is all that was synced");
}

#[test]
fn a_failed_snapshot_harms_nothing() {
    let mut driver = Driver::open(Failing(MemoryJournal::new(), u32::MAX), genesis(), keys()).expect("syncs work");
    let error = driver.snapshot().expect_err("no space");
    assert_eq!(error.code(), "RY2104");
    assert_eq!(driver.run(|| at(1), [issue(1)], done).expect("it works on").answers.len(), 1);
}

#[test]
fn a_journal_keeps_its_name_and_its_configuration() {
    let journal = MemoryJournal::new();
    assert!(in_memory(&journal).opened().fresh);
    let other = reynolds::Genesis { name: "other".into(), ..genesis() };
    let error = Driver::open(journal.clone(), other, keys()).expect_err("another broker's journal");
    assert_eq!(error.code(), "RY2105");
    assert!(error.to_string().contains("`triage`, not to `other`"), "{error}");
    assert!(!in_memory(&journal).opened().config_differs);
    let changed = reynolds::Genesis { config: reynolds::Config::default(), ..genesis() };
    let driver = Driver::open(journal, changed, keys()).expect("it opens");
    assert!(driver.opened().config_differs);
    assert_eq!(driver.view().config().rules.len(), 2);
}

/// Plays a day with one effect or call, answered so each time. How often was it, and what did the host have to log?
fn a_day<A: Into<Answer>>(input: reynolds::Event, answer: impl Fn() -> A) -> (usize, Vec<String>) {
    let mut driver = in_memory(&MemoryJournal::new());
    let (mut times, mut logged, mut now, mut input) = (0, Vec::new(), at(1), Some(input));
    while now < at(86_400_000) {
        let round = driver.run(
            || now,
            input.take(),
            |_| {
                times += 1;
                answer()
            },
        );
        let round = round.expect("storage works");
        logged.extend(round.refused().map(|refused| refused.to_string()));
        let Some(wakeup) = round.wakeup else { break };
        now = now.max(wakeup.at);
    }
    (times, logged)
}

#[test]
fn an_outcome_that_can_not_be_kept_whole_ends_its_effect_all_the_same() {
    let long = a_day(issue(1), || OutcomeResult::failed("<html>".repeat(1000)));
    let says = "RY1003: `result.reason` has 6000 bytes, the limit is 4096; shorten it before submitting (the outcome of effect 2.0 counts \
                without it)";
    assert_eq!(long, (1, vec![says.into()]));
    let outcomes = [OutcomeResult::done(""), OutcomeResult::done("u".repeat(2000))];
    for outcome in outcomes {
        let (times, logged) = a_day(issue(1), || outcome.clone());
        assert_eq!((times, logged.len()), (1, 1));
    }
    let objects = OutcomeResult::Done { object: None, objects: vec!["teams:msg/1".into(); 17] };
    assert_eq!(a_day(issue(1), || objects.clone()).0, 1);
}

#[test]
fn a_proposal_that_is_refused_is_told_each_time_its_handler_is_called() {
    let proposal = Proposal { subject: "github:acme/api#1".into(), ..Proposal::default() };
    let (times, logged) = a_day(comment(1), || Answer::from(vec![proposal.clone()]));
    assert_eq!((times > 10, logged.len()), (true, times));
    assert_eq!(logged[0], "RY1002: `effects.kind` is empty; give it a value (the answer to effect 2.0)");
    // What ends it.
    assert_eq!(a_day(comment(1), || OutcomeResult::failed("no kind")), (1, vec![]));
}

#[test]
fn a_bad_outcome_that_a_host_submits_itself_is_refused() {
    let mut driver = in_memory(&MemoryJournal::new());
    let _ = driver.submit(at(1), issue(1)).expect("taken");
    let effect = driver.commit().expect("storage works").remove(0);
    let refused = driver.submit(at(1), effect.outcome(OutcomeResult::done("")));
    assert_eq!(refused.map_err(|error| error.code()), Err("RY1002"));
    let counts = Answer::from(OutcomeResult::done("")).about(&effect).expect("an outcome");
    assert!(driver.submit(at(1), counts).is_ok());
    assert_eq!(driver.view().open("").count(), 0);
}

#[test]
fn a_round_tells_that_a_clock_was_ahead() {
    let mut driver = in_memory(&MemoryJournal::new());
    let month_ms = 30 * 86_400_000;
    let _ = driver.run(|| at(month_ms), [issue(1)], done).expect("storage works");
    let round = driver.run(|| at(1000), [issue(2)], |_| OutcomeResult::retry(1000)).expect("storage works");
    assert_eq!((round.ahead_ms, round.wakeup.map(|wakeup| wakeup.at)), (month_ms - 1000, Some(at(3000))));
    let round = driver.wake(|| at(3000), done).expect("storage works");
    assert_eq!((round.answers.len(), round.wakeup), (1, None));
}
