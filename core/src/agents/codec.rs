//! What goes into a snapshot: the state without its indexes.

use alloc::{collections::BTreeMap, vec::Vec};

use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};

use super::{
    Agents, Epoch, Pools,
    agent::{Agent, AgentNo},
    class::Classes,
    score::{MAX_MS, ONE},
    settings::Settings,
};
use crate::{det::digest, time::Timestamp};

/// Numbers of the agents' parts; never used again for something else.
const PARTS: u64 = 9;

impl<C> Encode<C> for Agents {
    fn encode<W: encode::Write>(&self, e: &mut Encoder<W>, ctx: &mut C) -> Result<(), encode::Error<W::Error>> {
        e.map(PARTS)?.u8(0)?;
        self.fleet.settings.encode(e, ctx)?;
        e.u8(1)?.u64(self.now.0)?.u8(2)?;
        self.classes.encode(e, ctx)?;
        e.u8(3)?.u64(self.lives)?.u8(4)?.u32(self.leases)?.u8(5)?;
        self.epoch.encode(e, ctx)?;
        e.u8(6)?;
        self.fleet.pools.encode(e, ctx)?;
        e.u8(7)?.array(self.len() as u64)?;
        for (_, agent) in self.fleet.iter() {
            agent.encode(e, ctx)?;
        }
        e.u8(8)?;
        self.scalers.encode(e, ctx)
    }
}

impl<'b, C> Decode<'b, C> for Agents {
    fn decode(d: &mut Decoder<'b>, ctx: &mut C) -> Result<Self, decode::Error> {
        let parts = d.map()?.ok_or_else(|| decode::Error::message("agents are a map of known length"))?;
        let (mut agents, mut list) = (Self::default(), Vec::<Agent>::new());
        for _ in 0..parts {
            match d.u64()? {
                0 => agents.fleet.settings = Settings::decode(d, ctx)?,
                1 => agents.now = Timestamp::decode(d, ctx)?,
                2 => agents.classes = Classes::decode(d, ctx)?,
                3 => agents.lives = d.u64()?,
                4 => agents.leases = d.u32()?,
                5 => agents.epoch = Epoch::decode(d, ctx)?,
                6 => agents.fleet.pools = Pools::decode(d, ctx)?,
                7 => list = Vec::decode(d, ctx)?,
                8 => agents.scalers = BTreeMap::decode(d, ctx)?,
                _ => d.skip()?,
            }
        }
        agents.fleet.pools.index();
        agents.fill(list).map_err(decode::Error::message)?;
        agents.check().map_err(decode::Error::message)?;
        Ok(agents)
    }
}

impl Agents {
    /// Puts agents in their slots, and rebuilds what is derived.
    fn fill(&mut self, list: Vec<Agent>) -> Result<(), &'static str> {
        for mut agent in list {
            let slot = agent.no.slot() as usize;
            if slot < self.fleet.slots.len() {
                return Err("agents are in the order of their slots");
            }
            agent.profile.validate().map_err(|_| "an agent's registration is valid")?;
            if self.find(&agent.profile.id).is_some() {
                return Err("agents have names of their own");
            }
            let names = agent.profile.provides.iter().filter_map(|text| super::Capability::parse(text).ok());
            self.fleet.words.check(names.map(|c| c.name)).map_err(|_| "capability names are within their limit")?;
            agent.digest = digest(agent.profile.id.as_bytes());
            while self.fleet.slots.len() < slot {
                self.free.insert(agent.no.slot().min(u32::try_from(self.fleet.slots.len()).unwrap_or(u32::MAX)));
                self.fleet.slots.push(None);
            }
            let (no, timer) = (agent.no, agent.timer);
            self.fleet.slots.push(Some(agent));
            self.index_agent(no.slot());
            self.timers.extend(timer.map(|at| (at, no.slot())));
        }
        Ok(())
    }

    /// Is the state consistent? Always, unless it was decoded from foreign bytes.
    ///
    /// # Errors
    ///
    /// What is not.
    pub fn check(&self) -> Result<(), &'static str> {
        self.fleet.pools.check()?;
        self.classes.check()?;
        for (pool, scaler) in &self.scalers {
            scaler.check()?;
            if !self.fleet.pools.has(*pool) {
                return Err("a policy's pool exists");
            }
        }
        if self.lives >= AgentNo::MAX_LIVES {
            return Err("lives can be numbered");
        }
        let mut last: Vec<u32> = self.fleet.iter().map(|(_, agent)| agent.last_lease).filter(|no| *no > 0).collect();
        last.sort_unstable();
        if last.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err("a lease is the last one of one agent");
        }
        for (slot, agent) in self.fleet.iter() {
            if agent.no.slot() != slot || agent.no.0 >> 20 > self.lives {
                return Err("an agent's number has its slot and its life");
            }
            if agent.last_lease > self.leases || agent.leases > u32::MAX / 2 {
                return Err("leases are counted");
            }
            if agent.good_at.is_some_and(|at| at > self.classes.uses()) {
                return Err("a success is a use of its class");
            }
            let record = &agent.record;
            let counts = record.classes.iter().flat_map(|class| [class.good, class.bad]);
            if counts.chain([record.good, record.bad]).any(|count| count > 51 * ONE) {
                return Err("counts fade");
            }
            if record.expected_us.max(record.actual_us) > 21_000 * MAX_MS {
                return Err("durations fade");
            }
            if self.fleet.pools.find(&agent.profile.pool).is_none() {
                return Err("an agent's pool exists");
            }
            if super::wake(agent, &self.fleet.settings.phi).is_some_and(|wake| agent.timer.is_none_or(|t| t > wake)) {
                return Err("an agent is looked at in time");
            }
            if agent.timer.is_some_and(|timer| !self.timers.contains(&(timer, slot))) {
                return Err("timers are kept");
            }
            let hot = self.fleet.hot.get(slot as usize).copied().unwrap_or_default();
            if hot.eligible != agent.is_eligible()
                || hot.load != agent.leases + agent.held
                || hot.speed != record.speed()
            {
                return Err("what is derived from an agent is up to date");
            }
            agent.beats.check()?;
            agent.breaker.check()?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agents::{Phi, Registration};

    #[test]
    fn settings_with_less_patience_bring_suspicion_forward() {
        let mut agents = Agents::new(Settings::default());
        let profile = Registration { id: "a".into(), ..Registration::default() };
        let _ = agents.register(Timestamp(0), profile, &mut Vec::new()).expect("is valid");
        assert_eq!(agents.due(), Some(Timestamp(5_403)));
        let phi = Phi { pause_ms: 0, ..Phi::default() };
        agents.set_settings(Settings { phi, ..Settings::default() });
        assert_eq!((agents.due(), agents.check()), (Some(Timestamp(2_403)), Ok(())));
        let bytes = minicbor::to_vec(&agents).expect("encodes");
        assert_eq!(minicbor::decode::<Agents>(&bytes).expect("reads back").due(), agents.due());
    }
}
