//! Permits: what the answers alone say must agree with what the table says of itself.

use std::collections::{BTreeMap, BTreeSet};

use reynolds::{
    Timestamp,
    guard::{Acquired, Deadline, Grant, KeyRule, Need, PermitEvent, PermitLimits, PermitRequest, Permits, Pool, Rate},
};

use super::{check, claim, moves, turn};

/// Who holds what, from the answers alone.
#[derive(Default)]
struct Observer {
    needs: BTreeMap<u64, Vec<Need>>,
    held: BTreeMap<u64, Grant>,
    waiting: BTreeSet<u64>,
    void: Vec<(u64, u64)>,
    epoch: u64,
}

impl Observer {
    fn granted(&mut self, grant: Grant) -> Result<(), String> {
        claim(grant.epoch > self.epoch, || format!("{grant:?} after epoch {}", self.epoch))?;
        self.epoch = grant.epoch;
        self.waiting.remove(&grant.holder);
        claim(self.held.insert(grant.holder, grant).is_none(), || format!("{grant:?} twice"))
    }

    fn ended(&mut self, holder: u64) {
        if let Some(grant) = self.held.remove(&holder) {
            self.void.push((holder, grant.epoch));
        }
    }

    fn events(&mut self, events: &mut Vec<PermitEvent>) -> Result<(), String> {
        for event in events.drain(..) {
            match event {
                PermitEvent::Granted { grant } => {
                    claim(self.waiting.contains(&grant.holder), || format!("{grant:?} did not wait"))?;
                    self.granted(grant)?;
                }
                PermitEvent::Expired { holder, .. } => self.ended(holder),
                PermitEvent::GaveUp { holder } | PermitEvent::Dropped { holder, .. } => {
                    claim(self.waiting.remove(&holder), || format!("{holder} did not wait"))?;
                }
                other => return Err(format!("unknown: {other:?}")),
            }
        }
        Ok(())
    }

    fn agrees(&self, permits: &Permits, now: Timestamp, which: usize) -> Result<(), String> {
        permits.check()?;
        for key in KEYS {
            let held = self.held.keys().filter_map(|holder| self.needs.get(holder)).flatten();
            let used: u32 = held.filter(|need| need.key == key).map(|need| need.units).sum();
            let same = used == permits.used(key) && used <= 3;
            claim(same, || format!("{key}: {used} held, {} used", permits.used(key)))?;
        }
        let Some((holder, epoch)) = self.void.get(which % self.void.len().max(1)) else { return Ok(()) };
        claim(permits.admits(now, *holder, *epoch).is_err(), || format!("{holder} writes under old epoch {epoch}"))
    }
}

const KEYS: [&str; 4] = ["lock", "gate", "api", "pool"];

fn permits() -> Result<Permits, String> {
    let mut permits = Permits::new(PermitLimits { open: 12, ..PermitLimits::default() }, Timestamp(1_000));
    let rate = Some(Rate { units: 3, per_ms: 100, burst: 3 });
    let pool = Some(Pool { min: 1, idle_ms: 50 });
    let rules = [
        KeyRule::default(),
        KeyRule { units: 3, ..KeyRule::default() },
        KeyRule { units: 3, rate, pool: None },
        KeyRule { units: 3, rate: None, pool },
    ];
    for (key, rule) in KEYS.iter().zip(rules) {
        permits.define(Timestamp(1_000), &(*key).into(), rule, &mut Vec::new()).map_err(|error| error.to_string())?;
    }
    Ok(permits)
}

#[test]
fn permits_never_give_more_than_there_is_and_leave_nobody_waiting_who_fits() {
    check(300, moves(200), |moves| {
        let (mut permits, mut observer, mut now) = (permits()?, Observer::default(), 1_000);
        let mut events = Vec::new();
        for (call, which, units, step) in moves {
            now = turn(now, step);
            let (at, holder) = (Timestamp(now), u64::from(which % 16));
            match call % 8 {
                0..4 => {
                    let bits = 1 + (which >> 4);
                    let asked = KEYS.iter().enumerate().filter(|(bit, _)| bits >> bit & 1 == 1);
                    let units = |bit: usize| if bit == 0 { 1 } else { 1 + u32::from(units >> bit) % 3 };
                    let needs: Vec<_> =
                        asked.map(|(bit, key)| Need { key: (*key).into(), units: units(bit) }).collect();
                    let request = PermitRequest {
                        holder,
                        priority: call >> 6,
                        needs: needs.clone(),
                        ttl_ms: u64::from(step % 300),
                        wait: call & 8 == 0,
                        give_up_at: Deadline::after(at, u64::from(call & 16) * 20),
                    };
                    let answer = permits.acquire(at, request, &mut events);
                    // Events first: what made room for the answer.
                    observer.events(&mut events)?;
                    if answer.is_ok() {
                        observer.needs.insert(holder, needs);
                    }
                    match answer {
                        Ok(Acquired::Granted { grant }) => observer.granted(grant)?,
                        Ok(Acquired::Queued) => drop(observer.waiting.insert(holder)),
                        _ => {}
                    }
                }
                4 => match observer.held.get(&holder).copied() {
                    Some(grant) if permits.release(at, holder, grant.epoch, &mut events).is_ok() => {
                        observer.ended(holder)
                    }
                    _ if permits.cancel(at, holder, &mut events).is_ok() => drop(observer.waiting.remove(&holder)),
                    _ => {}
                },
                5 => drop(observer.held.get(&holder).map(|grant| permits.renew(at, holder, grant.epoch))),
                6 if which & 1 == 0 => {
                    let advice = permits.advice(at, "pool");
                    let grown = permits.grow(at, &"pool".into(), advice.open, &mut events);
                    grown.map_err(|error| error.to_string())?;
                    let gone = permits.shrink(&"pool".into(), advice.close);
                    claim(gone == Ok(advice.close), || format!("{advice:?}, and {gone:?} left"))?;
                }
                _ => permits.on_due(at, &mut events),
            }
            observer.events(&mut events)?;
            observer.agrees(&permits, at, usize::from(units))?;
            let bytes = minicbor::to_vec(&permits).map_err(|error| error.to_string())?;
            claim(minicbor::decode(&bytes).ok().as_ref() == Some(&permits), || "bytes do not come back".into())?;
        }
        everybody_gets_a_turn(permits, observer)
    });
}

/// When holders give back and time passes, nobody waits for ever.
fn everybody_gets_a_turn(mut permits: Permits, mut observer: Observer) -> Result<(), String> {
    let (mut events, pool) = (Vec::new(), "pool".into());
    for _ in 0..100 {
        if observer.waiting.is_empty() && observer.held.is_empty() {
            return Ok(());
        }
        let now = permits.due().unwrap_or(Timestamp(0));
        permits.on_due(now, &mut events);
        let open = permits.advice(now, "pool").open;
        permits.grow(now, &pool, open, &mut events).map_err(|error| error.to_string())?;
        observer.events(&mut events)?;
        for grant in observer.held.clone().into_values() {
            if permits.release(now, grant.holder, grant.epoch, &mut events).is_ok() {
                observer.ended(grant.holder);
            }
            observer.events(&mut events)?;
        }
        observer.agrees(&permits, now, 0)?;
    }
    Err(format!("{:?} wait for ever", observer.waiting))
}
