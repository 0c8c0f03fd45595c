//! Claims: random sets of keys, and every way out of a conflict.

use std::collections::{BTreeMap, BTreeSet};

use reynolds::{
    Timestamp,
    guard::{ClaimDecision, ClaimEvent, ClaimLimits, ClaimRequest, Claimed, Claims, Grant, OnConflict},
};

use super::{Move, check, claim, moves};

/// What was asked for, and the order in which it was had.
#[derive(Default)]
struct Crowd {
    asked: BTreeMap<u64, (u8, u8)>,
    order: Vec<u64>,
    held: BTreeMap<u64, u64>,
    over: BTreeSet<u64>,
}

impl Crowd {
    fn heard(&mut self, id: u64, claimed: &Claimed, events: &mut Vec<ClaimEvent>) {
        for event in events.drain(..) {
            match event {
                ClaimEvent::Granted { grant } => self.granted(grant),
                ClaimEvent::Preempted { id, .. } | ClaimEvent::Expired { id, .. } => drop(self.held.remove(&id)),
                other => panic!("unknown: {other:?}"),
            }
        }
        match claimed {
            Claimed::Granted { grant } => self.granted(*grant),
            Claimed::Merged { .. } | Claimed::Dropped => drop(self.over.insert(id)),
            Claimed::Queued | Claimed::Ask { .. } => {}
        }
    }

    fn granted(&mut self, grant: Grant) {
        self.order.push(grant.holder);
        self.held.insert(grant.holder, grant.epoch);
    }

    fn release(&mut self, claims: &mut Claims, which: u16) -> Result<(), String> {
        let nth = self.held.iter().nth(usize::from(which) % self.held.len().max(1));
        let Some((id, epoch)) = nth.map(|(id, epoch)| (*id, *epoch)) else { return Ok(()) };
        let mut events = Vec::new();
        claims.release(Timestamp(0), id, epoch, &mut events).map_err(|error| error.to_string())?;
        self.held.remove(&id);
        self.over.insert(id);
        self.heard(id, &Claimed::Queued, &mut events);
        claims.check()?;
        let free_of_conflict = self.held.keys().try_fold(0_u8, |keys, id| {
            let mine = self.asked.get(id)?.0;
            if keys & mine == 0 { Some(keys | mine) } else { None }
        });
        claim(free_of_conflict.is_some(), || "two hold the same key".into())
    }
}

const OVERTAKES: u32 = 4;

fn crowd(moves: &[Move], modes: &[OnConflict]) -> Result<Crowd, String> {
    let limits = ClaimLimits { overtakes: OVERTAKES, ..ClaimLimits::default() };
    let (mut claims, mut crowd) = (Claims::new(limits, Timestamp(0)), Crowd::default());
    for (id, (call, bits, priority, which)) in (1..).zip(moves) {
        let (bits, priority) = ((bits & 63).max(1), priority % 4);
        let keys = (0..6).filter(|bit| bits >> bit & 1 == 1).map(|bit| ["a", "b", "c", "d", "e", "f"][bit].into());
        let on_conflict = modes[usize::from(call >> 4) % modes.len()];
        let request = ClaimRequest { id, keys: keys.collect(), priority, on_conflict, ttl_ms: 0 };
        crowd.asked.insert(id, (bits, priority));
        let mut events = Vec::new();
        let claimed = claims.claim(Timestamp(0), request, &mut events).map_err(|error| error.to_string())?;
        crowd.heard(id, &claimed, &mut events);
        if let (Claimed::Ask { against }, true) = (claimed, call & 3 > 0) {
            let into = against.first().copied().unwrap_or(0);
            let decisions = [ClaimDecision::Preempt, ClaimDecision::Merge { into }, ClaimDecision::Drop];
            let decision = decisions[usize::from(call & 3) - 1];
            let decided = claims.on_decision(Timestamp(0), id, decision, &mut events);
            crowd.heard(id, &decided.map_err(|error| error.to_string())?, &mut events);
        }
        claims.check()?;
        let bytes = minicbor::to_vec(&claims).map_err(|error| error.to_string())?;
        claim(minicbor::decode(&bytes).ok().as_ref() == Some(&claims), || "bytes do not come back".into())?;
        if call & 4 == 0 {
            crowd.release(&mut claims, *which)?;
        }
    }
    // No deadlock: as long as somebody waits, somebody holds.
    while claims.open() > 0 {
        claim(!crowd.held.is_empty(), || format!("{} claims wait for nobody", claims.open()))?;
        crowd.release(&mut claims, u16::MAX)?;
    }
    let all = crowd.over.len() == crowd.asked.len();
    claim(all, || "a claim never came to its end".into())?;
    Ok(crowd)
}

#[test]
fn no_set_of_claims_locks_up_or_starves_whatever_is_done_about_conflicts() {
    let modes = [OnConflict::Queue, OnConflict::Merge, OnConflict::Preempt, OnConflict::Decide];
    check(1_000, moves(60), |moves| crowd(&moves, &modes).map(drop));
}

#[test]
fn claims_on_the_same_key_are_served_in_order_and_overtaken_only_so_often() {
    check(1_000, moves(60), |moves| {
        let crowd = crowd(&moves, &[OnConflict::Queue])?;
        for (at, second) in crowd.order.iter().enumerate() {
            for first in &crowd.order[..at] {
                let (late, early) = (crowd.asked[first], crowd.asked[second]);
                if first > second && late.0 & early.0 != 0 {
                    let steps = u64::from(early.1.saturating_sub(late.1));
                    let allowed = first - second < steps * u64::from(OVERTAKES);
                    claim(allowed, || format!("{first} of class {} overtook {second} of class {}", late.1, early.1))?;
                }
            }
        }
        Ok(())
    });
}
