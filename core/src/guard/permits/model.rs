//! A second table of permits that looks at everybody after every step, against the real one, for every sequence of a few
//! calls.

use alloc::vec::Vec;

use super::*;

#[derive(Debug, Clone)]
struct Held {
    holder: u64,
    needs: Vec<(usize, u32)>,
    expires: u64,
}

#[derive(Debug, Clone)]
struct Waiter {
    holder: u64,
    needs: Vec<(usize, u32)>,
    rank: (u8, u64),
    ttl_ms: u64,
}

/// Key 0 has one unit, key 1 has two.
#[derive(Debug, Clone, Default)]
struct Model {
    now: u64,
    arrivals: u64,
    held: Vec<Held>,
    waiting: Vec<Waiter>,
}

impl Model {
    fn free(&self, key: usize) -> u32 {
        let used = self.held.iter().flat_map(|held| &held.needs).filter(|(at, _)| *at == key).map(|(_, units)| units);
        [1, 2][key] - used.sum::<u32>()
    }

    /// Grants until nobody fits who is not behind somebody that lacks the same key.
    fn settle(&mut self) {
        self.held.retain(|held| held.expires > self.now);
        self.waiting.sort_by_key(|waiter| waiter.rank);
        let mut blocked = [false; 2];
        let mut at = 0;
        while let Some(waiter) = self.waiting.get(at) {
            let lacking: Vec<_> =
                waiter.needs.iter().filter(|(key, units)| *units > self.free(*key)).map(|(key, _)| *key).collect();
            if lacking.is_empty() && !waiter.needs.iter().any(|(key, _)| blocked[*key]) {
                let Waiter { holder, needs, ttl_ms, .. } = self.waiting.remove(at);
                let expires = if ttl_ms == 0 { u64::MAX } else { self.now + ttl_ms };
                self.held.push(Held { holder, needs, expires });
                // From the beginning: there is less for everybody.
                (at, blocked) = (0, [false; 2]);
            } else {
                lacking.into_iter().for_each(|key| blocked[key] = true);
                at += 1;
            }
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum Call {
    Acquire { holder: u64, needs: &'static [(usize, u32)], priority: u8, ttl_ms: u64 },
    End(u64),
    Time,
}

const fn acquire(holder: u64, needs: &'static [(usize, u32)], priority: u8, ttl_ms: u64) -> Call {
    Call::Acquire { holder, needs, priority, ttl_ms }
}

const CALLS: [Call; 12] = [
    acquire(1, &[(0, 1)], 3, 1_000),
    acquire(1, &[(1, 2)], 3, 0),
    acquire(2, &[(1, 1)], 3, 0),
    acquire(2, &[(0, 1), (1, 1)], 3, 1_000),
    acquire(3, &[(0, 1)], 1, 0),
    acquire(3, &[(1, 2)], 3, 0),
    acquire(4, &[(1, 1)], 3, 0),
    Call::End(1),
    Call::End(2),
    Call::End(3),
    Call::End(4),
    Call::Time,
];

const KEYS: [&str; 2] = ["one", "two"];

fn apply(permits: &mut Permits, model: &mut Model, call: Call) {
    let now = Timestamp(model.now);
    let mut events = Vec::new();
    match call {
        Call::Acquire { holder, needs, priority, ttl_ms } => {
            let known = model.held.iter().any(|held| held.holder == holder)
                || model.waiting.iter().any(|waiter| waiter.holder == holder);
            let named = needs.iter().map(|(key, units)| Need { key: KEYS[*key].into(), units: *units }).collect();
            let request = PermitRequest { holder, priority, needs: named, ttl_ms, ..PermitRequest::default() };
            assert_eq!(permits.acquire(now, request, &mut events).is_err(), known);
            if !known {
                model.arrivals += 1;
                let rank = (priority, model.arrivals);
                model.waiting.push(Waiter { holder, needs: needs.to_vec(), rank, ttl_ms });
            }
        }
        Call::End(holder) => {
            if let Some(Place::Held { epoch }) = permits.state.open.get(&holder).map(|entry| entry.place) {
                permits.release(now, holder, epoch, &mut events).unwrap();
            } else {
                let _ = permits.cancel(now, holder, &mut events);
            }
            model.held.retain(|held| held.holder != holder);
            model.waiting.retain(|waiter| waiter.holder != holder);
        }
        Call::Time => {
            model.now += 600;
            permits.on_due(Timestamp(model.now), &mut events);
        }
    }
    model.settle();
}

#[test]
fn it_gives_to_whom_a_model_that_looks_at_everybody_gives_after_every_short_sequence() {
    fn explore(permits: &Permits, model: &Model, left: u32, seen: &mut u64) {
        for call in CALLS {
            let (mut permits, mut model) = (permits.clone(), model.clone());
            apply(&mut permits, &mut model, call);
            let holds = |holder: u64| {
                let place = permits.state.open.get(&holder).map(|entry| entry.place);
                place.map(|place| matches!(place, Place::Held { .. }))
            };
            for holder in 1..=4 {
                let held = model.held.iter().any(|held| held.holder == holder);
                let waits = model.waiting.iter().any(|waiter| waiter.holder == holder);
                let expected = if held || waits { Some(held) } else { None };
                assert_eq!(holds(holder), expected, "{holder} after {call:?}: {model:?} {permits:?}");
            }
            assert_eq!(permits.check(), Ok(()), "{call:?}: {model:?} {permits:?}");
            *seen += 1;
            if left > 1 {
                explore(&permits, &model, left - 1, seen);
            }
        }
    }
    let mut permits = Permits::new(PermitLimits::default(), Timestamp(0));
    for (key, units) in KEYS.iter().zip([1, 2]) {
        permits.define(Timestamp(0), &(*key).into(), KeyRule { units, ..KeyRule::default() }, &mut Vec::new()).unwrap();
    }
    let mut seen = 0;
    explore(&permits, &Model::default(), 5, &mut seen);
    assert_eq!(seen, 271_452);
}
