use super::*;
use crate::det::mix;

const SETTINGS: Settings = Settings { notify: None, cooldown_ms: 100, cooldown_max_ms: 1000, count: 3, window_ms: 50 };

fn chain(n: u64) -> ChainId {
    ChainId(Seq(n))
}

fn effect(n: u64) -> EffectId {
    EffectId { seq: Seq(n), ordinal: 0 }
}

fn tripped(breaker: &mut Breaker, n: u64, exchange: Option<u64>, now: u64) -> Tripped {
    let fresh = ("x".into(), effect(n), DenyReason::Loop, exchange);
    breaker.trip(chain(n), fresh, &SETTINGS, Timestamp(now))
}

fn breaker() -> Breaker {
    Breaker::new(&Limits { stops: 4, ..Limits::default() }, 0)
}

#[test]
fn the_cooldown_doubles_each_time_a_trial_fails_and_only_the_first_is_told() {
    let mut breaker = breaker();
    let mut now = 0;
    for (times, cooldown) in (0..).zip([100, 200, 400, 800, 1000, 1000]) {
        let trip = tripped(&mut breaker, 2, None, now);
        assert_eq!((trip.until, trip.anew), (Timestamp(now + cooldown), times == 0));
        assert_eq!(breaker.standing(chain(2), None, Timestamp(now + cooldown - 1)), Standing::Open);
        now += cooldown;
        assert_eq!(breaker.standing(chain(2), None, Timestamp(now)), Standing::HalfOpen);
        breaker.on_admitted((chain(2), None), Some(Seq(9)), false, Timestamp(now));
        assert_eq!(breaker.standing(chain(2), None, Timestamp(now)), Standing::Trial(Some(Seq(9))));
    }
}

#[test]
fn the_next_event_whose_effect_repeats_nothing_closes_it_and_the_next_trip_is_told_again() {
    let mut breaker = breaker();
    let _ = tripped(&mut breaker, 2, Some(7), 0);
    assert_eq!(breaker.standing(chain(5), Some(7), Timestamp(1)), Standing::Open);
    for (event, repeats) in [(9, false), (9, false), (10, true)] {
        breaker.on_admitted((chain(5), Some(7)), Some(Seq(event)), repeats, Timestamp(100));
        assert_eq!(breaker.standing(chain(2), Some(7), Timestamp(100)), Standing::Trial(Some(Seq(9))));
    }
    breaker.on_admitted((chain(5), Some(7)), Some(Seq(11)), false, Timestamp(100));
    assert_eq!(breaker.standing(chain(2), Some(7), Timestamp(100)), Standing::Closed);
    assert!(tripped(&mut breaker, 2, Some(7), 120).anew);
}

#[test]
fn what_turns_out_to_come_by_itself_closes_the_exchange() {
    let mut breaker = breaker();
    let _ = tripped(&mut breaker, 2, Some(7), 0);
    breaker.on_refuted(8);
    assert_eq!(breaker.standing(chain(3), Some(7), Timestamp(1)), Standing::Open);
    breaker.on_refuted(7);
    assert_eq!(breaker.standing(chain(3), Some(7), Timestamp(1)), Standing::Closed);
}

#[test]
fn a_table_read_back_answers_as_the_one_that_was_written() {
    // Few chains and exchanges, so that they trip under each other's names, move, and are forgotten.
    let mut dice = 1;
    let mut roll = |sides: u64| {
        dice = mix(dice, sides);
        dice % sides
    };
    let mut breaker = breaker();
    for now in (0..20_000).step_by(10) {
        let exchange = Some(roll(5)).filter(|exchange| *exchange > 0);
        match roll(4) {
            0 => breaker.on_refuted(roll(5)),
            1 => breaker.on_admitted((chain(roll(8)), exchange), Some(Seq(now)), roll(2) == 0, Timestamp(now)),
            _ => drop(tripped(&mut breaker, roll(8), exchange, now)),
        }
        let bytes = minicbor::to_vec(&breaker).expect("memory");
        let read = Breaker::decode(&mut Decoder::new(&bytes), &Limits { stops: 4, ..Limits::default() }, 0);
        let read = read.expect("what was written");
        assert_eq!((&read.exchanges, &read.under), (&breaker.exchanges, &breaker.under), "at {now}");
    }
}

#[test]
fn three_chains_within_the_window_stop_the_tenant_and_slower_ones_do_not() {
    let mut breaker = breaker();
    for (n, at) in [(2, 0), (3, 40), (4, 60)] {
        assert_eq!(tripped(&mut breaker, n, None, at).all_until, None, "{n}");
    }
    assert_eq!(tripped(&mut breaker, 5, None, 80).all_until, Some(Timestamp(180)));
    assert!(breaker.stops_all(Timestamp(179)) && !breaker.stops_all(Timestamp(180)));
    breaker.on_order(&Order::ResumeAll {}, Timestamp(90));
    assert!(!breaker.stops_all(Timestamp(91)));
    assert_eq!(breaker.standing(chain(5), None, Timestamp(91)), Standing::Open);
}

#[test]
fn a_person_resumes_by_chain_or_by_subject() {
    let mut breaker = breaker();
    let _ = tripped(&mut breaker, 2, None, 0);
    breaker.on_order(&Order::ResumeChain { chain: chain(2) }, Timestamp(1));
    assert_eq!(breaker.standing(chain(2), None, Timestamp(1)), Standing::HalfOpen);
    let _ = tripped(&mut breaker, 2, None, 2);
    breaker.on_order(&Order::ResumeSubject { subject: "other".into() }, Timestamp(3));
    assert_eq!(breaker.standing(chain(2), None, Timestamp(3)), Standing::Open);
    breaker.on_order(&Order::ResumeSubject { subject: "x".into() }, Timestamp(3));
    assert_eq!(breaker.standing(chain(2), None, Timestamp(3)), Standing::HalfOpen);
}

#[test]
fn a_chain_that_tripped_under_the_name_of_another_is_resumed_under_its_own_and_with_it() {
    let mut breaker = breaker();
    let _ = tripped(&mut breaker, 2, Some(7), 0);
    breaker.on_admitted((chain(3), Some(7)), Some(Seq(9)), false, Timestamp(100));
    assert!(!tripped(&mut breaker, 4, Some(7), 110).anew);
    assert_eq!([2, 3, 4].map(|n| breaker.kept(chain(n))), [2, 3, 2].map(chain));
    for named in [2, 4] {
        let mut breaker = breaker.clone();
        assert!(breaker.with(chain(named)).any(|with| with == chain(2)));
        assert!(breaker.with(chain(named)).any(|with| with == chain(4)));
        breaker.on_order(&Order::ResumeChain { chain: chain(named) }, Timestamp(112));
        assert_eq!(breaker.standing(chain(2), None, Timestamp(112)), Standing::HalfOpen);
    }
    for n in 20..60 {
        breaker.on_order(&Order::ResumeChain { chain: chain(2) }, Timestamp(n * 10));
        breaker.on_admitted((chain(n), Some(7)), Some(Seq(n)), false, Timestamp(n * 10));
        let _ = tripped(&mut breaker, n, Some(7), n * 10);
    }
    assert_eq!(breaker.with(chain(2)).count(), 2 + OTHERS, "the latest");
    assert!(breaker.with(chain(2)).any(|with| with == chain(59)));
}

#[test]
fn beyond_the_limit_the_first_to_trip_is_forgotten() {
    let mut breaker = breaker();
    for n in 1..=5 {
        let _ = tripped(&mut breaker, n, None, n * 1000);
    }
    assert_eq!(breaker.standing(chain(1), None, Timestamp(0)), Standing::Closed);
    assert_eq!(breaker.list(Timestamp(0)).count(), 4);
}

#[test]
fn what_tripped_with_a_chain_before_it_closed_has_nothing_to_do_with_what_it_trips_for_next() {
    let mut breaker = breaker();
    let _ = tripped(&mut breaker, 2, Some(7), 0);
    breaker.on_admitted((chain(3), Some(7)), Some(Seq(9)), false, Timestamp(100));
    let _ = tripped(&mut breaker, 4, Some(7), 110);
    assert_eq!(breaker.kept(chain(4)), chain(2));
    breaker.on_admitted((chain(2), Some(7)), Some(Seq(10)), false, Timestamp(310));
    breaker.on_admitted((chain(2), Some(7)), Some(Seq(11)), false, Timestamp(310));
    assert_eq!(breaker.standing(chain(2), None, Timestamp(310)), Standing::Closed);
    // Who had a plan paused by it may still resume it under either name.
    assert!(breaker.with(chain(4)).any(|with| with == chain(2)));
    for exchange in [Some(8), None] {
        let mut breaker = breaker.clone();
        assert!(tripped(&mut breaker, 2, exchange, 5000).anew);
        assert_eq!(breaker.kept(chain(4)), chain(4));
        // But who resumes it lets go what waits since before, and not the other way round.
        assert_eq!(breaker.with(chain(2)).collect::<Vec<_>>(), [2, 2, 4].map(chain));
        assert!(breaker.with(chain(4)).all(|with| with == chain(4)));
        breaker.on_order(&Order::ResumeChain { chain: chain(4) }, Timestamp(5001));
        // Nor has what goes round where it tripped before.
        assert_eq!(breaker.standing(chain(4), Some(7), Timestamp(5001)), Standing::Closed);
        assert_eq!(breaker.standing(chain(2), exchange, Timestamp(5001)), Standing::Open);
        let bytes = minicbor::to_vec(&breaker).expect("memory");
        let read = Breaker::decode(&mut Decoder::new(&bytes), &Limits { stops: 4, ..Limits::default() }, 0);
        let read = read.expect("what was written");
        assert_eq!((&read.exchanges, &read.under), (&breaker.exchanges, &breaker.under));
        assert!(read.with(chain(2)).any(|with| with == chain(4)));
        // Also when it trips once more, or closes and trips anew.
        let _ = tripped(&mut breaker, 2, exchange, 5200);
        assert!(breaker.with(chain(2)).any(|with| with == chain(4)));
        breaker.on_admitted((chain(2), exchange), Some(Seq(20)), false, Timestamp(6000));
        breaker.on_admitted((chain(2), exchange), Some(Seq(21)), false, Timestamp(6000));
        assert!(tripped(&mut breaker, 2, None, 6100).anew);
        assert!(breaker.with(chain(2)).any(|with| with == chain(4)));
    }
}

#[test]
fn what_tripped_with_a_chain_and_for_something_else_since_waits_for_who_names_it() {
    for (named, exchange) in [(4, None), (5, Some(9))] {
        let mut breaker = breaker();
        let with = |breaker: &Breaker, n| breaker.with(chain(n)).collect::<Vec<_>>();
        let _ = tripped(&mut breaker, 2, Some(7), 0);
        let _ = tripped(&mut breaker, 4, Some(7), 110);
        assert_eq!(with(&breaker, 2), [2, 2, 4].map(chain));
        // Under its own name, or with another chain.
        let _ = tripped(&mut breaker, named, exchange, 120);
        let _ = tripped(&mut breaker, 4, exchange, 130);
        assert_eq!(with(&breaker, 2), [2, 2].map(chain));
        assert!(with(&breaker, named).contains(&chain(4)));
        breaker.on_admitted((chain(named), exchange), Some(Seq(20)), false, Timestamp(6000));
        breaker.on_admitted((chain(named), exchange), Some(Seq(21)), false, Timestamp(6000));
        assert_eq!(with(&breaker, 2), [2, 2, 4].map(chain), "that is over");
    }
}

#[test]
fn of_those_that_tripped_with_a_chain_before_the_latest_are_remembered() {
    let mut breaker = breaker();
    let _ = tripped(&mut breaker, 2, Some(7), 0);
    for n in 20..80 {
        let now = n * 10_000;
        breaker.on_admitted((chain(n), Some(7)), Some(Seq(n)), false, Timestamp(now));
        let _ = tripped(&mut breaker, n, Some(7), now);
        if n % 3 == 0 {
            breaker.on_refuted(7);
            assert!(tripped(&mut breaker, 2, Some(7), now + 1).anew);
        }
    }
    let latest: Vec<_> = breaker.with(chain(2)).skip(2).collect();
    assert!(latest.len() <= 2 * OTHERS && latest.contains(&chain(79)) && latest.contains(&chain(60)), "{latest:?}");
    assert!(!latest.contains(&chain(20)));
}
