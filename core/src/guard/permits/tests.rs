//! What each use of the primitive relies on.

use alloc::vec::Vec;

use super::*;

fn table(keys: &[(&str, KeyRule)]) -> Permits {
    let mut permits = Permits::new(PermitLimits::default(), Timestamp(0));
    for (key, rule) in keys {
        permits.define(Timestamp(0), &(*key).into(), *rule, &mut Vec::new()).unwrap();
    }
    permits
}

fn units(units: u32) -> KeyRule {
    KeyRule { units, ..KeyRule::default() }
}

fn ask(holder: u64, needs: &[(&str, u32)]) -> PermitRequest {
    let needs = needs.iter().map(|(key, units)| Need { key: (*key).into(), units: *units }).collect();
    PermitRequest { holder, needs, ..PermitRequest::default() }
}

/// Acquires what is free, without an event.
fn take(permits: &mut Permits, at: u64, request: PermitRequest) -> Grant {
    let mut events = Vec::new();
    match permits.acquire(Timestamp(at), request, &mut events) {
        Ok(Acquired::Granted { grant }) if events.is_empty() => grant,
        other => unreachable!("{other:?} {events:?}"),
    }
}

fn wait(permits: &mut Permits, at: u64, request: PermitRequest) {
    let mut events = Vec::new();
    assert_eq!(permits.acquire(Timestamp(at), request, &mut events), Ok(Acquired::Queued));
    assert_eq!((events, permits.check()), (Vec::new(), Ok(())));
}

fn holders(events: &[PermitEvent]) -> Vec<u64> {
    let holder = |event: &PermitEvent| match event {
        PermitEvent::Granted { grant } => Some(grant.holder),
        _ => None,
    };
    events.iter().filter_map(holder).collect()
}

#[test]
fn a_rate_limit_lets_calls_through_that_are_under_way_at_once_and_a_rate_alone_is_a_lock() {
    let rate = Rate { units: 1, per_ms: 1000, burst: 3 };
    let mut permits =
        table(&[("calls", KeyRule::rate_limit(rate)), ("lock", KeyRule { rate: Some(rate), ..KeyRule::default() })]);
    for holder in 1..=3 {
        take(&mut permits, 0, ask(holder, &[("calls", 1)]));
    }
    wait(&mut permits, 0, ask(4, &[("calls", 1)]));
    take(&mut permits, 0, ask(5, &[("lock", 1)]));
    wait(&mut permits, 0, ask(6, &[("lock", 1)]));
}

#[test]
fn a_release_wakes_the_next_in_the_same_step_by_priority_and_then_by_arrival() {
    let mut permits = table(&[("lock", units(1))]);
    let mut epoch = take(&mut permits, 0, ask(1, &[("lock", 1)])).epoch;
    for (holder, priority) in [(2, 3), (3, 5), (4, 3), (5, 1)] {
        wait(&mut permits, 0, PermitRequest { priority, ..ask(holder, &[("lock", 1)]) });
    }
    assert_eq!(permits.waiting("lock").collect::<Vec<_>>(), [5, 2, 4, 3]);
    let mut holder = 1;
    for next in [5, 2, 4, 3] {
        let mut events = Vec::new();
        permits.release(Timestamp(9), holder, epoch, &mut events).unwrap();
        (holder, epoch) = (next, epoch + 1);
        let grant = Grant { holder, epoch, expires: Deadline::NEVER };
        assert_eq!(events, [PermitEvent::Granted { grant }]);
    }
}

#[test]
fn nobody_who_fits_waits_behind_somebody_who_waits_for_another_key() {
    let mut permits = table(&[("busy", units(1)), ("free", units(2))]);
    take(&mut permits, 0, ask(1, &[("busy", 1)]));
    wait(&mut permits, 0, ask(2, &[("busy", 1), ("free", 2)]));
    // The one before it could have both units of `free`, and does not, since it lacks `busy`.
    take(&mut permits, 0, ask(3, &[("free", 1)]));
    // Now the one before lacks `free` as well: a small request does not slip past a large one.
    wait(&mut permits, 0, ask(4, &[("free", 1)]));
    let mut events = Vec::new();
    permits.cancel(Timestamp(1), 2, &mut events).unwrap();
    assert_eq!(holders(&events), [4]);
}

#[test]
fn a_late_write_of_an_expired_holder_carries_an_old_epoch_and_is_rejected() {
    let mut permits = table(&[("leader", units(1))]);
    let lease = |holder| PermitRequest { ttl_ms: 1_000, ..ask(holder, &[("leader", 1)]) };
    let first = take(&mut permits, 0, lease(1));
    wait(&mut permits, 10, lease(2));
    let renewed = permits.renew(Timestamp(900), 1, first.epoch).unwrap();
    assert_eq!(renewed, Grant { holder: 1, epoch: 1, expires: Deadline(Timestamp(1_900)) });
    assert_eq!(permits.due(), Some(Timestamp(1_900)));
    assert_eq!(permits.admits(Timestamp(1_899), 1, 1), Ok(()));
    // Its time is over, whether or not somebody has noticed.
    let stale = Err(GuardError::Stale { id: 1, epoch: 1 });
    assert_eq!(permits.admits(Timestamp(1_900), 1, 1), stale);
    let mut events = Vec::new();
    permits.on_due(Timestamp(1_900), &mut events);
    let second = Grant { holder: 2, epoch: 2, expires: Deadline(Timestamp(2_900)) };
    assert_eq!(events, [PermitEvent::Expired { holder: 1, epoch: 1 }, PermitEvent::Granted { grant: second }]);
    assert_eq!(permits.admits(Timestamp(1_901), 1, 1), stale);
    assert_eq!(permits.release(Timestamp(1_901), 1, 1, &mut events), stale);
    assert_eq!(permits.renew(Timestamp(1_901), 1, 1).map(drop), stale);
    assert_eq!(permits.admits(Timestamp(1_901), 2, 2), Ok(()));
    // The same holder again, under another number: the old one stays void.
    wait(&mut permits, 1_902, lease(1));
    permits.release(Timestamp(1_903), 2, 2, &mut Vec::new()).unwrap();
    assert_eq!((permits.admits(Timestamp(1_904), 1, 1), permits.admits(Timestamp(1_904), 1, 3)), (stale, Ok(())));
}

#[test]
fn a_rate_lets_a_burst_pass_and_then_one_at_a_time() {
    // Seven in ten seconds: one each 1,428.57 ms, and nothing is lost by rounding.
    let rate = Some(Rate { units: 7, per_ms: 10_000, burst: 2 });
    let mut permits = table(&[("api", KeyRule { units: 100, rate, pool: None })]);
    take(&mut permits, 0, ask(1, &[("api", 1)]));
    take(&mut permits, 0, ask(2, &[("api", 1)]));
    for holder in 3..=9 {
        wait(&mut permits, 0, ask(holder, &[("api", 1)]));
    }
    let mut times = Vec::new();
    while let Some(at) = permits.due() {
        let mut events = Vec::new();
        permits.on_due(at, &mut events);
        times.push((at.0, holders(&events)));
    }
    let expected = [(1_429, 3), (2_858, 4), (4_286, 5), (5_715, 6), (7_143, 7), (8_572, 8), (10_000, 9)];
    assert_eq!(times, expected.map(|(at, holder)| (at, Vec::from([holder]))));
    // What is given back is not a token.
    permits.release(Timestamp(10_000), 1, 1, &mut Vec::new()).unwrap();
    assert_eq!(
        permits.acquire(Timestamp(10_000), PermitRequest { wait: false, ..ask(10, &[("api", 1)]) }, &mut Vec::new()),
        Ok(Acquired::Busy)
    );
}

#[test]
fn a_bucket_that_is_defined_again_and_again_fills_all_the_same() {
    let slow = |per_ms, burst| KeyRule { units: 9, rate: Some(Rate { units: 1, per_ms, burst }), pool: None };
    let (mut permits, key, mut events) = (table(&[("api", slow(60_000, 1))]), Text::from("api"), Vec::new());
    take(&mut permits, 0, ask(1, &[("api", 1)]));
    permits.define(Timestamp(30_000), &key, slow(60_000, 1), &mut events).unwrap();
    permits.define(Timestamp(59_999), &key, slow(60_000, 1), &mut events).unwrap();
    wait(&mut permits, 59_999, ask(2, &[("api", 1)]));
    permits.define(Timestamp(60_000), &key, slow(60_000, 1), &mut events).unwrap();
    assert_eq!((holders(&events), permits.check()), (Vec::from([2]), Ok(())));
    // Half a unit is half a unit at another rate, and never more than the bucket holds.
    permits.define(Timestamp(90_000), &key, slow(1000, 2), &mut events).unwrap();
    wait(&mut permits, 90_000, ask(3, &[("api", 1)]));
    assert_eq!(permits.due(), Some(Timestamp(90_500)));
    permits.on_due(Timestamp(90_500), &mut events);
    assert_eq!(holders(&events), [2, 3]);
    permits.define(Timestamp(990_000), &key, slow(60_000, 1), &mut events).unwrap();
    take(&mut permits, 990_000, ask(4, &[("api", 1)]));
    wait(&mut permits, 990_000, ask(5, &[("api", 1)]));
}

#[test]
fn waiting_ends_at_its_time() {
    let mut permits = table(&[("lock", units(1))]);
    take(&mut permits, 0, ask(1, &[("lock", 1)]));
    wait(&mut permits, 0, PermitRequest { give_up_at: Deadline(Timestamp(50)), ..ask(2, &[("lock", 1)]) });
    assert_eq!(permits.due(), Some(Timestamp(50)));
    let mut events = Vec::new();
    permits.on_due(Timestamp(50), &mut events);
    assert_eq!(
        (events, permits.due(), permits.check()),
        (Vec::from([PermitEvent::GaveUp { holder: 2 }]), None, Ok(()))
    );
}

#[test]
fn a_drained_key_lets_its_holders_finish_and_nobody_in() {
    let (mut permits, key) = (table(&[("pool", units(1)), ("other", units(1))]), Text::from("pool"));
    let grant = take(&mut permits, 0, ask(1, &[("pool", 1)]));
    wait(&mut permits, 0, ask(2, &[("other", 1), ("pool", 1)]));
    let mut events = Vec::new();
    permits.drain(Timestamp(1), &key, &mut events).unwrap();
    assert_eq!(events, [PermitEvent::Dropped { holder: 2, key: key.clone() }]);
    let refused = permits.acquire(Timestamp(1), ask(3, &[("pool", 1)]), &mut events);
    assert_eq!(refused, Err(GuardError::Draining { key: key.clone() }));
    assert_eq!((permits.used("pool"), permits.remove(&key)), (1, false));
    permits.release(Timestamp(2), 1, grant.epoch, &mut events).unwrap();
    assert_eq!((permits.used("pool"), permits.remove(&key), permits.check()), (0, true, Ok(())));
}

#[test]
fn a_pool_is_advised_to_grow_for_those_who_wait_and_to_shrink_when_idle() {
    let rule = KeyRule { units: 3, pool: Some(Pool { min: 1, idle_ms: 1_000 }), ..KeyRule::default() };
    let (mut permits, key) = (table(&[("pool", rule)]), Text::from("pool"));
    let advice = |permits: &Permits, at| {
        let PoolAdvice { open, close, again_at } = permits.advice(Timestamp(at), "pool");
        (open, close, again_at.map(|at| at.0))
    };
    assert_eq!(advice(&permits, 0), (1, 0, None));
    for holder in 1..=5 {
        wait(&mut permits, 0, ask(holder, &[("pool", 1)]));
    }
    assert_eq!(advice(&permits, 0), (3, 0, None));
    let mut events = Vec::new();
    permits.grow(Timestamp(10), &key, 3, &mut events).unwrap();
    assert_eq!((holders(&events), advice(&permits, 10)), (Vec::from([1, 2, 3]), (0, 0, None)));
    for (at, holder, epoch) in [(20, 1, 1), (30, 2, 2), (40, 3, 3), (50, 4, 4)] {
        permits.release(Timestamp(at), holder, epoch, &mut events).unwrap();
    }
    // Five is still at it; two are idle since 40 and 50.
    assert_eq!((permits.used("pool"), advice(&permits, 60)), (1, (0, 0, Some(1_040))));
    assert_eq!(advice(&permits, 1_040), (0, 1, Some(1_050)));
    assert_eq!(advice(&permits, 1_050), (0, 2, None));
    assert_eq!(permits.shrink(&key, 9), Ok(2));
    permits.release(Timestamp(1_060), 5, 5, &mut events).unwrap();
    // The last one stays however long it is idle.
    assert_eq!((advice(&permits, 9_000), permits.check()), ((0, 0, None), Ok(())));
}

#[test]
fn a_rule_with_fewer_units_takes_none_away_but_gives_none_out() {
    let (mut permits, key) = (table(&[("gate", units(3))]), Text::from("gate"));
    let first = take(&mut permits, 0, ask(1, &[("gate", 1)]));
    let second = take(&mut permits, 0, ask(2, &[("gate", 2)]));
    wait(&mut permits, 0, ask(3, &[("gate", 1)]));
    wait(&mut permits, 0, ask(4, &[("gate", 3)]));
    let mut events = Vec::new();
    permits.define(Timestamp(1), &key, units(2), &mut events).unwrap();
    assert_eq!(events, [PermitEvent::Dropped { holder: 4, key: key.clone() }]);
    permits.release(Timestamp(2), 1, first.epoch, &mut events).unwrap();
    assert_eq!((permits.used("gate"), events.len()), (2, 1));
    permits.release(Timestamp(3), 2, second.epoch, &mut events).unwrap();
    assert_eq!((holders(&events), permits.check()), (Vec::from([3]), Ok(())));
}

#[test]
fn what_can_not_be_asked_for_is_refused_and_changes_nothing() {
    let mut permits = table(&[("lock", units(1))]);
    take(&mut permits, 0, ask(1, &[("lock", 1)]));
    let before = permits.clone();
    let mut refused = |request| permits.acquire(Timestamp(9), request, &mut Vec::new()).unwrap_err();
    let out_of_range = |error| matches!(error, GuardError::OutOfRange { field: "needs" | "units", .. });
    assert!(out_of_range(refused(ask(2, &[]))));
    assert_eq!(refused(ask(2, &[("lock", 1), ("lock", 1)])), GuardError::Repeated { key: "lock".into() });
    assert!(out_of_range(refused(ask(2, &[("lock", 0)]))));
    assert_eq!(refused(ask(1, &[("lock", 1)])), GuardError::InUse { id: 1 });
    assert_eq!(refused(ask(2, &[("door", 1)])), GuardError::UnknownKey { key: "door".into() });
    assert_eq!(refused(ask(2, &[("lock", 2)])), GuardError::NeverFits { key: "lock".into(), wanted: 2, limit: 1 });
    assert_eq!(permits, before);
    let limits = PermitLimits { open: 1, keys: 1, ..PermitLimits::default() };
    let mut full = Permits::new(limits, Timestamp(0));
    full.define(Timestamp(0), &"lock".into(), units(1), &mut Vec::new()).unwrap();
    let another = full.define(Timestamp(0), &"door".into(), units(1), &mut Vec::new());
    assert_eq!(another, Err(GuardError::Full { limit_name: "keys", limit: 1 }));
    take(&mut full, 0, ask(1, &[("lock", 1)]));
    let another = full.acquire(Timestamp(0), ask(2, &[("lock", 1)]), &mut Vec::new());
    assert_eq!(another, Err(GuardError::Full { limit_name: "open", limit: 1 }));
}

#[test]
fn a_lease_that_has_run_out_is_in_nobodys_way() {
    let limits = PermitLimits { open: 1, ..PermitLimits::default() };
    let mut permits = Permits::new(limits, Timestamp(0));
    permits.define(Timestamp(0), &"lock".into(), units(1), &mut Vec::new()).unwrap();
    take(&mut permits, 0, PermitRequest { ttl_ms: 70, ..ask(1, &[("lock", 1)]) });
    let another = permits.acquire(Timestamp(69), ask(2, &[("lock", 1)]), &mut Vec::new());
    assert_eq!(another, Err(GuardError::Full { limit_name: "open", limit: 1 }));
    let another = permits.acquire(Timestamp(70), ask(2, &[("lock", 1)]), &mut Vec::new());
    assert!(matches!(another, Ok(Acquired::Granted { .. })), "{another:?}");
}

#[test]
fn equal_states_have_equal_bytes_and_bytes_come_back() {
    let rate = Some(Rate { units: 1, per_ms: 1_000, burst: 1 });
    let mut permits = table(&[("lock", units(1)), ("api", KeyRule { units: 9, rate, pool: None })]);
    take(&mut permits, 5, PermitRequest { ttl_ms: 70, ..ask(1, &[("lock", 1), ("api", 1)]) });
    wait(&mut permits, 6, PermitRequest { give_up_at: Deadline(Timestamp(900)), ..ask(2, &[("lock", 1)]) });
    wait(&mut permits, 7, ask(3, &[("api", 1), ("lock", 1)]));
    let bytes = minicbor::to_vec(&permits).unwrap();
    let back: Permits = minicbor::decode(&bytes).unwrap();
    assert_eq!((&back, back.due()), (&permits, Some(Timestamp(75))));
    assert_eq!(minicbor::to_vec(&back).unwrap(), bytes);
}
