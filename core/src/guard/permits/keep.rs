//! What a table of permits keeps, how it is written down, and what always holds of it.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    vec::Vec,
};

use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};

use super::{
    Need, PermitLimits, Permits,
    key::{Key, Rank},
};
use crate::{guard::deadline::Deadline, text::Text, time::Timestamp};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub(super) enum Place {
    #[n(0)]
    Waiting {
        #[n(0)]
        ticket: u64,
    },
    #[n(1)]
    Held {
        #[n(0)]
        epoch: u64,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(super) struct Entry {
    #[n(0)]
    pub(super) place: Place,
    #[n(1)]
    pub(super) priority: u8,
    /// By key.
    #[n(2)]
    pub(super) needs: Vec<Need>,
    #[n(3)]
    pub(super) ttl_ms: u64,
    /// When it ends by itself.
    #[n(4)]
    pub(super) ends: Deadline,
}

impl Entry {
    pub(super) fn rank(&self) -> Option<Rank> {
        match self.place {
            Place::Waiting { ticket } => Some(Rank { priority: self.priority, ticket }),
            Place::Held { .. } => None,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(super) struct State {
    #[n(0)]
    pub(super) limits: PermitLimits,
    /// Latest time seen.
    #[n(1)]
    pub(super) now: Timestamp,
    /// Of the last grant.
    #[n(2)]
    pub(super) epoch: u64,
    /// Of the last arrival.
    #[n(3)]
    pub(super) ticket: u64,
    #[n(4)]
    pub(super) keys: BTreeMap<Text, Key>,
    #[n(5)]
    pub(super) open: BTreeMap<u64, Entry>,
}

impl Permits {
    /// # Errors
    /// What is wrong with the state; never, unless it was built from foreign bytes.
    pub fn check(&self) -> Result<(), &'static str> {
        let State { keys, open, .. } = &self.state;
        let (mut used, mut lined): (BTreeMap<&Text, u64>, BTreeMap<&Text, usize>) = Default::default();
        for (holder, entry) in open {
            let rank = entry.rank();
            for need in &entry.needs {
                let key = keys.get(&need.key).ok_or("a need of no key")?;
                match rank {
                    Some(rank) if key.line.get(&rank) == Some(&(need.units, *holder)) => {
                        *lined.entry(&need.key).or_default() += 1;
                    }
                    Some(_) => return Err("a waiter is not in its line"),
                    None => *used.entry(&need.key).or_default() += u64::from(need.units),
                }
            }
            if entry.ends.due().is_some_and(|at| !self.timers.contains(&(at, *holder))) {
                return Err("what ends by itself has no timer");
            }
            if rank.is_some_and(|rank| self.fits(rank, &entry.needs)) {
                return Err("somebody waits who fits");
            }
        }
        for (name, key) in keys {
            key.check()?;
            if u64::from(key.used) != used.get(name).copied().unwrap_or(0) {
                return Err("units used are not those held");
            }
            if key.line.len() != lined.get(name).copied().unwrap_or(0) {
                return Err("somebody is in a line who does not wait");
            }
            if self.refilling.contains(name) != (key.rule.rate.is_some() && !key.line.is_empty()) {
                return Err("a line for tokens is not watched");
            }
        }
        let timed = open.values().filter(|entry| entry.ends.due().is_some()).count();
        if timed == self.timers.len() { Ok(()) } else { Err("a timer of nobody") }
    }
}

impl<C> Encode<C> for Permits {
    fn encode<W: encode::Write>(&self, e: &mut Encoder<W>, ctx: &mut C) -> Result<(), encode::Error<W::Error>> {
        self.state.encode(e, ctx)
    }
}

impl<'b, C> Decode<'b, C> for Permits {
    fn decode(d: &mut Decoder<'b>, ctx: &mut C) -> Result<Self, decode::Error> {
        let mut state = State::decode(d, ctx)?;
        let open = core::mem::take(&mut state.open);
        let mut permits = Self { state, timers: BTreeSet::new(), refilling: BTreeSet::new() };
        for (holder, entry) in &open {
            permits.line_up(*holder, entry);
            permits.timers.extend(entry.ends.due().map(|at| (at, *holder)));
        }
        permits.state.open = open;
        permits.check().map_err(decode::Error::message)?;
        Ok(permits)
    }
}
