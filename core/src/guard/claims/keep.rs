//! How a table of claims is written down, and what always holds of it.

use alloc::collections::{BTreeMap, BTreeSet};

use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};

use super::{Claims, State};

impl Claims {
    /// # Errors
    /// What is wrong with the state; never, unless it was built from foreign bytes.
    pub fn check(&self) -> Result<(), &'static str> {
        let (mut held, mut lined) = (0, 0);
        for (id, claim) in &self.state.open {
            if claim.keys.is_empty() || claim.keys.windows(2).any(|pair| pair[0] >= pair[1]) {
                return Err("keys that are not in order");
            }
            let subjects = claim.keys.iter().filter_map(|key| self.subjects.get(key));
            let place = self.place(claim);
            let placed = match claim.epoch {
                Some(_) => subjects.filter(|subject| subject.holder == Some(*id)).count(),
                None => subjects.filter(|subject| subject.line.get(&place) == Some(id)).count(),
            };
            if placed != claim.keys.len() {
                return Err("a claim does not have its keys or its places in line");
            }
            *(if claim.epoch.is_some() { &mut held } else { &mut lined }) += placed;
            if claim.epoch.is_none() && self.fits(*id) {
                return Err("a claim waits that could have its keys");
            }
            if claim.expires.due().is_some_and(|at| claim.epoch.is_none() || !self.timers.contains(&(at, *id))) {
                return Err("a claim ends by itself and nobody knows when");
            }
        }
        let holders = self.subjects.values().filter(|subject| subject.holder.is_some()).count();
        let places: usize = self.subjects.values().map(|subject| subject.line.len()).sum();
        let timed = self.state.open.values().filter(|claim| claim.expires.due().is_some()).count();
        if (holders, places, timed) == (held, lined, self.timers.len()) {
            Ok(())
        } else {
            Err("a key, a place in line or a timer of nobody")
        }
    }
}

impl<C> Encode<C> for Claims {
    fn encode<W: encode::Write>(&self, e: &mut Encoder<W>, ctx: &mut C) -> Result<(), encode::Error<W::Error>> {
        self.state.encode(e, ctx)
    }
}

impl<'b, C> Decode<'b, C> for Claims {
    fn decode(d: &mut Decoder<'b>, ctx: &mut C) -> Result<Self, decode::Error> {
        let mut state = State::decode(d, ctx)?;
        let open = core::mem::take(&mut state.open);
        let mut claims = Self { state, subjects: BTreeMap::new(), timers: BTreeSet::new() };
        for (id, claim) in &open {
            if claim.epoch.is_none() {
                claims.line_up(*id, claim);
                continue;
            }
            for key in &claim.keys {
                claims.subjects.entry(key.clone()).or_default().holder = Some(*id);
            }
            claims.timers.extend(claim.expires.due().map(|at| (at, *id)));
        }
        claims.state.open = open;
        claims.check().map_err(decode::Error::message)?;
        Ok(claims)
    }
}
