//! A second breaker that remembers everything and computes its state anew each time, against the real one, for every
//! sequence of a few calls; and what does not fit into the table.

use alloc::vec::Vec;

use super::*;

/// What a call does, or the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Event {
    Good,
    Failed,
    Slow,
    Wait,
    Half,
}

const EVENTS: [Event; 5] = [Event::Good, Event::Failed, Event::Slow, Event::Wait, Event::Half];

/// Remembers all that happened since it entered its state.
#[derive(Debug, Clone)]
struct Model {
    state: BreakerState,
    since: u64,
    openings: u32,
    calls: Vec<Event>,
}

impl Model {
    fn enter(&mut self, state: BreakerState, now: u64) {
        self.openings = if state == BreakerState::Closed { 0 } else { self.openings };
        self.openings += u32::from(state == BreakerState::Open);
        (self.state, self.since, self.calls) = (state, now, Vec::new());
    }

    /// Window 3, minimum 2, half failed or two thirds slow; open 1 s, 2 s, 3 s, 3 s ...; two probes.
    fn call(&mut self, now: u64, event: Event) -> bool {
        let wait_ms = [0, 1_000, 2_000][self.openings.min(2) as usize] + if self.openings > 2 { 1_000 } else { 0 };
        if self.state == BreakerState::Open && now >= self.since + wait_ms {
            self.enter(BreakerState::HalfOpen, now);
        }
        if self.state == BreakerState::Open {
            return false;
        }
        self.calls.push(event);
        let window = if self.state == BreakerState::Closed { 3 } else { 2 };
        let seen = &self.calls[self.calls.len().saturating_sub(window)..];
        let count = |kind| seen.iter().filter(|event| **event == kind).count();
        if seen.len() >= 2 {
            let above = count(Event::Failed) * 2 >= seen.len() || count(Event::Slow) * 3 >= seen.len() * 2;
            match (above, self.state) {
                (true, _) => self.enter(BreakerState::Open, now),
                (false, BreakerState::HalfOpen) => self.enter(BreakerState::Closed, now),
                _ => {}
            }
        }
        true
    }
}

fn small() -> BreakerPolicy {
    BreakerPolicy {
        // A third is less than two thirds in parts per million as well, rounded down.
        slow_rate_ppm: 666_666,
        slow_ms: 10,
        window: Window::Calls { calls: 3 },
        minimum_calls: 2,
        open_ms: 1_000,
        open_factor: 2,
        open_max_ms: 3_000,
        probes: 2,
        ..BreakerPolicy::default()
    }
}

#[test]
fn it_is_where_a_model_that_remembers_everything_is_after_every_short_sequence() {
    fn explore(breaker: &Breaker, model: &Model, now: u64, left: u32, seen: &mut u64) {
        for event in EVENTS {
            let (mut breaker, mut model, mut now) = (breaker.clone(), model.clone(), now);
            match event {
                Event::Wait => now += 1_000,
                Event::Half => now += 500,
                call => {
                    let asked = breaker.try_pass(Timestamp(now));
                    assert_eq!(asked.is_ok(), model.call(now, call), "{breaker:?} {model:?}");
                    if let Ok(pass) = asked {
                        let took_ms = if call == Event::Slow { 11 } else { 10 };
                        breaker.on_result(Timestamp(now), pass, CallResult::failed_if(call == Event::Failed), took_ms);
                    }
                }
            }
            assert_eq!((breaker.state(), breaker.check()), (model.state, Ok(())), "{breaker:?} {model:?}");
            *seen += 1;
            if left > 1 {
                explore(&breaker, &model, now, left - 1, seen);
            }
        }
    }
    let breaker = Breaker::new(small(), Timestamp(0)).unwrap();
    let model = Model { state: BreakerState::Closed, since: 0, openings: 0, calls: Vec::new() };
    let mut seen = 0;
    explore(&breaker, &model, 0, 8, &mut seen);
    assert_eq!(seen, 488_280);
}

#[test]
fn a_clock_that_goes_back_does_not_lengthen_the_wait() {
    let mut breaker = Breaker::new(small(), Timestamp(10_000)).unwrap();
    for at in [10_000, 4_000] {
        let pass = breaker.try_pass(Timestamp(at)).unwrap();
        breaker.on_result(Timestamp(at), pass, CallResult::Failed, 1);
    }
    assert_eq!((breaker.state(), breaker.due()), (BreakerState::Open, Some(Timestamp(11_000))));
    assert_eq!(breaker.try_pass(Timestamp(5_000)), Err(NotPassed { again_at: Some(Timestamp(11_000)) }));
    assert_eq!(breaker.on_due(Timestamp(11_000)), Some(BreakerState::HalfOpen));
}

#[test]
fn what_changes_the_state_says_so() {
    let mut breaker = Breaker::new(small(), Timestamp(0)).unwrap();
    let mut call = |at, failed| {
        let pass = breaker.try_pass(Timestamp(at)).unwrap();
        breaker.on_result(Timestamp(at), pass, CallResult::failed_if(failed), 1)
    };
    assert_eq!([call(0, true), call(0, true)], [None, Some(BreakerState::Open)]);
    assert_eq!([call(1_000, false), call(1_000, false)], [None, Some(BreakerState::Closed)]);
}

#[test]
fn equal_states_have_equal_bytes_and_bytes_come_back() {
    let mut breaker = Breaker::new(small(), Timestamp(0)).unwrap();
    for failed in [true, false, true, true] {
        let Ok(pass) = breaker.try_pass(Timestamp(3)) else { continue };
        breaker.on_result(Timestamp(3), pass, CallResult::failed_if(failed), 1);
    }
    let bytes = minicbor::to_vec(&breaker).unwrap();
    let back: Breaker = minicbor::decode(&bytes).unwrap();
    assert_eq!(back, breaker);
    assert_eq!(minicbor::to_vec(&back).unwrap(), bytes);
}

#[test]
fn a_policy_that_can_not_work_is_refused_by_field() {
    let refused = |policy: BreakerPolicy| match Breaker::new(policy, Timestamp(0)) {
        Err(GuardError::OutOfRange { field, .. }) => field,
        other => unreachable!("{other:?}"),
    };
    let base = BreakerPolicy::default();
    assert_eq!(refused(BreakerPolicy { failure_rate_ppm: 0, ..base.clone() }), "failure_rate_ppm");
    assert_eq!(refused(BreakerPolicy { slow_rate_ppm: 1_000_001, ..base.clone() }), "slow_rate_ppm");
    assert_eq!(refused(BreakerPolicy { minimum_calls: 0, ..base.clone() }), "minimum_calls");
    assert_eq!(refused(BreakerPolicy { open_factor: 0, ..base.clone() }), "open_factor");
    assert_eq!(refused(BreakerPolicy { probes: 0, ..base.clone() }), "probes");
    assert_eq!(refused(BreakerPolicy { window: Window::Seconds { seconds: 0 }, ..base }), "window.seconds");
}

#[test]
fn who_is_alone_is_tried_sooner_and_later_each_time() {
    let mut breaker = Breaker::new(BreakerPolicy::agent(), Timestamp(0)).unwrap();
    assert!(!breaker.hasten(Timestamp(0), 30), "it is not open");
    let fail = |breaker: &mut Breaker, now: u64, times: usize| {
        for _ in 0..times {
            let pass = breaker.try_pass(Timestamp(now)).unwrap();
            breaker.on_result(Timestamp(now), pass, CallResult::Failed, 1);
        }
    };
    fail(&mut breaker, 0, 3);
    assert_eq!(breaker.due(), Some(Timestamp(30_000)));
    assert!(breaker.hasten(Timestamp(10), 30));
    assert!(!breaker.hasten(Timestamp(500), 30), "who asks again puts nothing off");
    assert_eq!(breaker.due(), Some(Timestamp(1_010)));
    fail(&mut breaker, 1_010, 2);
    assert!(breaker.hasten(Timestamp(1_010), 30));
    assert_eq!(breaker.due(), Some(Timestamp(3_010)));
    // Never longer than the same part of the longest wait, which is five minutes.
    let mut now = 3_010;
    for _ in 0..12 {
        fail(&mut breaker, now, 2);
        assert!(breaker.hasten(Timestamp(now), 30));
        let due = breaker.due().unwrap().0;
        assert!(due <= now + 10_000, "it waits {} ms", due - now);
        now = due;
    }
}

#[test]
fn a_result_beyond_the_probes_under_way_is_not_counted() {
    for (minimum_calls, probes) in [(2, 2), (3, 3), (100, 10)] {
        let mut breaker = Breaker::new(BreakerPolicy { minimum_calls, probes, ..small() }, Timestamp(0)).unwrap();
        breaker.set(Timestamp(1), BreakerState::HalfOpen);
        let pass = breaker.try_pass(Timestamp(2)).unwrap();
        for told in 1..=probes + 2 {
            assert_eq!(breaker.on_result(Timestamp(3), pass, CallResult::Succeeded, 1), None, "told {told} times");
            assert_eq!((breaker.state(), breaker.check()), (BreakerState::HalfOpen, Ok(())), "told {told} times");
        }
        let others = (1..probes).filter_map(|_| {
            let pass = breaker.try_pass(Timestamp(4)).unwrap();
            breaker.on_result(Timestamp(4), pass, CallResult::Succeeded, 1)
        });
        assert_eq!(others.collect::<Vec<_>>(), [BreakerState::Closed], "after {probes} probes");
    }
}
