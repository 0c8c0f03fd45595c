//! What each way out of a conflict does.

use alloc::vec::Vec;

use super::*;

fn ask(id: u64, keys: &[&str]) -> ClaimRequest {
    ClaimRequest { id, keys: keys.iter().map(|key| (*key).into()).collect(), ..ClaimRequest::default() }
}

fn empty() -> Claims {
    Claims::new(ClaimLimits::default(), Timestamp(0))
}

/// Claims at time 0, and expects that nothing else happens.
fn claim(claims: &mut Claims, request: ClaimRequest) -> Claimed {
    let mut events = Vec::new();
    let claimed = claims.claim(Timestamp(0), request, &mut events).unwrap();
    assert_eq!((events, claims.check()), (Vec::new(), Ok(())));
    claimed
}

fn granted(holder: u64, epoch: u64) -> Grant {
    Grant { holder, epoch, expires: Deadline::NEVER }
}

fn release(claims: &mut Claims, id: u64, epoch: u64) -> Vec<ClaimEvent> {
    let mut events = Vec::new();
    claims.release(Timestamp(0), id, epoch, &mut events).unwrap();
    assert_eq!(claims.check(), Ok(()));
    events
}

#[test]
fn all_keys_or_none() {
    let mut claims = empty();
    assert_eq!(claim(&mut claims, ask(1, &["b", "a", "b"])), Claimed::Granted { grant: granted(1, 1) });
    assert_eq!(claim(&mut claims, ask(2, &["b", "c"])), Claimed::Queued);
    // `c` is free, and kept for the one who waits for it.
    assert_eq!((claims.holder("a"), claims.holder("c")), (Some(1), None));
    assert_eq!(claim(&mut claims, ask(3, &["c"])), Claimed::Queued);
    assert_eq!(claim(&mut claims, ask(4, &["d"])), Claimed::Granted { grant: granted(4, 2) });
    assert_eq!(release(&mut claims, 1, 1), [ClaimEvent::Granted { grant: granted(2, 3) }]);
    assert_eq!(release(&mut claims, 2, 3), [ClaimEvent::Granted { grant: granted(3, 4) }]);
}

#[test]
fn one_release_wakes_everybody_who_can_go() {
    let mut claims = empty();
    claim(&mut claims, ask(1, &["a", "b", "c"]));
    for (id, key) in [(2, "c"), (3, "a"), (4, "a"), (5, "b")] {
        claim(&mut claims, ask(id, &[key]));
    }
    let woken = [(2, 2), (3, 3), (5, 4)].map(|(id, epoch)| ClaimEvent::Granted { grant: granted(id, epoch) });
    assert_eq!(release(&mut claims, 1, 1), woken);
}

#[test]
fn a_better_priority_overtakes_but_not_for_ever() {
    let mut claims = Claims::new(ClaimLimits { overtakes: 2, ..ClaimLimits::default() }, Timestamp(0));
    claim(&mut claims, ask(1, &["k"]));
    // Places: claim 2 has 2 + 3 x 2 = 8; those of priority 1 have their number + 2, so that numbers up to 5 come first. At
    // equal places the older one does.
    claim(&mut claims, ask(2, &["k"]));
    for id in 3..=8 {
        claim(&mut claims, ClaimRequest { priority: 1, ..ask(id, &["k"]) });
    }
    let mut order = Vec::from([(1, 1)]);
    while let Some((id, epoch)) = order.last().copied() {
        match release(&mut claims, id, epoch).as_slice() {
            [ClaimEvent::Granted { grant }] => order.push((grant.holder, grant.epoch)),
            _ => break,
        }
    }
    assert_eq!(order.iter().map(|(id, _)| *id).collect::<Vec<_>>(), [1, 3, 4, 5, 2, 6, 7, 8]);
}

#[test]
fn a_claim_merges_into_one_that_has_all_of_its_keys_preferably_one_that_has_not_begun() {
    let mut claims = empty();
    let merge = |id, keys: &[&str]| ClaimRequest { on_conflict: OnConflict::Merge, ..ask(id, keys) };
    claim(&mut claims, ask(1, &["a", "b"]));
    assert_eq!(claim(&mut claims, merge(2, &["b"])), Claimed::Merged { into: 1 });
    assert_eq!(claim(&mut claims, merge(3, &["b", "c"])), Claimed::Queued);
    assert_eq!(claim(&mut claims, merge(4, &["b"])), Claimed::Merged { into: 3 });
    assert_eq!(claims.open(), 2);
}

#[test]
fn a_claim_preempts_those_of_lower_priority_who_come_back_in_their_old_place() {
    let mut claims = empty();
    let preempt = |id, priority| ClaimRequest { priority, on_conflict: OnConflict::Preempt, ..ask(id, &["a"]) };
    claim(&mut claims, ask(1, &["a", "b"]));
    claim(&mut claims, ask(2, &["a"]));
    claim(&mut claims, ask(3, &["b"]));
    assert_eq!(claim(&mut claims, preempt(4, 3)), Claimed::Queued);
    let mut events = Vec::new();
    let claimed = claims.claim(Timestamp(0), preempt(5, 2), &mut events);
    // Claim 4, of the same class as the holder, is not ahead of it; claims 1 and 2 are, and yield.
    assert_eq!(claimed, Ok(Claimed::Granted { grant: granted(5, 2) }));
    assert_eq!(events, [ClaimEvent::Preempted { id: 1, epoch: 1, by: 5 }]);
    assert_eq!(claims.admits(Timestamp(0), 1, 1), Err(GuardError::Stale { id: 1, epoch: 1 }));
    // `b` is free, and claim 1 is first in its line, so claim 3 still waits.
    assert_eq!((claims.holder("b"), claims.check()), (None, Ok(())));
    assert_eq!(release(&mut claims, 5, 2), [ClaimEvent::Granted { grant: granted(1, 3) }]);
}

#[test]
fn nobody_is_preempted_more_often_than_allowed() {
    let mut claims = empty();
    claim(&mut claims, ClaimRequest { priority: 5, ..ask(1, &["k"]) });
    let mut outcomes = Vec::new();
    for id in 2..=5 {
        let request = ClaimRequest { priority: 1, on_conflict: OnConflict::Preempt, ..ask(id, &["k"]) };
        let claimed = claims.claim(Timestamp(0), request, &mut Vec::new()).unwrap();
        outcomes.push(matches!(claimed, Claimed::Granted { .. }));
        if let Claimed::Granted { grant } = claimed {
            release(&mut claims, id, grant.epoch);
        }
    }
    assert_eq!((outcomes, claims.holder("k")), (Vec::from([true, true, true, false]), Some(1)));
}

#[test]
fn somebody_may_decide_and_until_then_it_waits() {
    let decide = |id, priority| ClaimRequest { priority, on_conflict: OnConflict::Decide, ..ask(id, &["k"]) };
    let setup = || {
        let mut claims = empty();
        claim(&mut claims, ask(1, &["k"]));
        claim(&mut claims, ask(2, &["k"]));
        assert_eq!(claim(&mut claims, decide(3, 1)), Claimed::Ask { against: Vec::from([1]) });
        claims
    };
    let mut events = Vec::new();
    let mut on = |decision| setup().on_decision(Timestamp(1), 3, decision, &mut events);
    assert_eq!(on(ClaimDecision::Queue), Ok(Claimed::Queued));
    assert_eq!(on(ClaimDecision::Drop), Ok(Claimed::Dropped));
    assert_eq!(on(ClaimDecision::Merge { into: 2 }), Ok(Claimed::Merged { into: 2 }));
    assert_eq!(on(ClaimDecision::Merge { into: 9 }), Err(GuardError::UnknownId { id: 9 }));
    assert_eq!(on(ClaimDecision::Preempt), Ok(Claimed::Granted { grant: granted(3, 2) }));
    assert_eq!(events, [ClaimEvent::Preempted { id: 1, epoch: 1, by: 3 }]);
    // Nobody answers: it gets its keys when it is its turn, and asks no more.
    let mut claims = setup();
    assert_eq!(release(&mut claims, 1, 1), [ClaimEvent::Granted { grant: granted(3, 2) }]);
    let late = claims.on_decision(Timestamp(1), 3, ClaimDecision::Drop, &mut Vec::new());
    assert_eq!(late, Err(GuardError::UnknownId { id: 3 }));
}

#[test]
fn nobody_merges_into_a_claim_whose_time_is_over() {
    let mut claims = empty();
    claims.claim(Timestamp(0), ClaimRequest { ttl_ms: 100, ..ask(1, &["k"]) }, &mut Vec::new()).unwrap();
    claim(&mut claims, ClaimRequest { on_conflict: OnConflict::Decide, ..ask(2, &["k"]) });
    let (mut events, merge) = (Vec::new(), ClaimDecision::Merge { into: 1 });
    let late = claims.on_decision(Timestamp(100), 2, merge, &mut events);
    assert_eq!((late, &events[..]), (Err(GuardError::UnknownId { id: 1 }), &[][..]));
    // So somebody does the work.
    claims.on_due(Timestamp(100), &mut events);
    assert_eq!(events, [ClaimEvent::Expired { id: 1, epoch: 1 }, ClaimEvent::Granted { grant: granted(2, 2) }]);
}

#[test]
fn whoever_decides_finds_the_keys_of_a_claim_whose_time_is_over_free() {
    for decision in [ClaimDecision::Preempt, ClaimDecision::Queue] {
        let mut claims = empty();
        let held = ClaimRequest { ttl_ms: 100, priority: 5, ..ask(1, &["k"]) };
        claims.claim(Timestamp(0), held, &mut Vec::new()).unwrap();
        claim(&mut claims, ClaimRequest { on_conflict: OnConflict::Decide, ..ask(2, &["k"]) });
        let mut events = Vec::new();
        let decided = claims.on_decision(Timestamp(100), 2, decision, &mut events);
        assert_eq!(decided, Ok(Claimed::Granted { grant: granted(2, 2) }));
        // It is not preempted, or it would come back with a new time; and whoever decided is told once.
        assert_eq!((&events[..], claims.open()), (&[ClaimEvent::Expired { id: 1, epoch: 1 }][..], 1));
        assert_eq!(claims.check(), Ok(()));
    }
}

#[test]
fn a_claim_whose_time_is_over_takes_no_room() {
    let mut claims = Claims::new(ClaimLimits { open: 1, ..ClaimLimits::default() }, Timestamp(0));
    claims.claim(Timestamp(0), ClaimRequest { ttl_ms: 100, ..ask(1, &["a"]) }, &mut Vec::new()).unwrap();
    let mut events = Vec::new();
    let full = claims.claim(Timestamp(99), ask(2, &["b"]), &mut events);
    assert_eq!(full, Err(GuardError::Full { limit_name: "open", limit: 1 }));
    assert!(claims.claim(Timestamp(100), ask(2, &["b"]), &mut events).is_ok());
    assert_eq!(events, [ClaimEvent::Expired { id: 1, epoch: 1 }]);
}

#[test]
fn a_claim_whose_time_is_over_frees_its_keys_and_its_epoch_is_void() {
    let mut claims = empty();
    claims.claim(Timestamp(0), ClaimRequest { ttl_ms: 100, ..ask(1, &["k"]) }, &mut Vec::new()).unwrap();
    claim(&mut claims, ask(2, &["k"]));
    assert_eq!(claims.due(), Some(Timestamp(100)));
    let mut events = Vec::new();
    claims.on_due(Timestamp(100), &mut events);
    assert_eq!(events, [ClaimEvent::Expired { id: 1, epoch: 1 }, ClaimEvent::Granted { grant: granted(2, 2) }]);
    let late = claims.release(Timestamp(101), 1, 1, &mut events);
    assert_eq!((late, claims.check()), (Err(GuardError::Stale { id: 1, epoch: 1 }), Ok(())));
}

#[test]
fn equal_states_have_equal_bytes_and_bytes_come_back() {
    let mut claims = empty();
    claims.claim(Timestamp(0), ClaimRequest { ttl_ms: 100, ..ask(1, &["a", "b"]) }, &mut Vec::new()).unwrap();
    claim(&mut claims, ask(2, &["b", "c"]));
    claim(&mut claims, ClaimRequest { on_conflict: OnConflict::Decide, ..ask(3, &["c"]) });
    let bytes = minicbor::to_vec(&claims).unwrap();
    let back: Claims = minicbor::decode(&bytes).unwrap();
    assert_eq!(back, claims);
    assert_eq!(minicbor::to_vec(&back).unwrap(), bytes);
}
