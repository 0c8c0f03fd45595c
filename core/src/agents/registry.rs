//! Agents come, beat, work and go.

use alloc::vec::Vec;

use super::{
    Agents,
    agent::{Agent, AgentNo, Health, Lease, Mode, Notice, Outcome, Readiness, Registered, Registration},
    capability::{Capability, Provided},
    phi::{Beats, MAX_INTERVAL_MS},
    pools::ROOT,
    score::{MAX_MS, Record},
    settings::{AgentError, MAX_AGENTS},
};
use crate::{
    det::digest,
    guard::{Breaker, CallResult, Pass},
    text::Text,
    time::Timestamp,
};

const MAX_TEXT: usize = 128;
const MAX_SLOTS: u32 = 4096;

fn text(field: &'static str, text: &str) -> Result<(), AgentError> {
    if text.len() > MAX_TEXT {
        return Err(AgentError::TooLong { field, len: text.len(), limit: MAX_TEXT });
    }
    Ok(())
}

fn count(field: &'static str, len: usize, limit: usize) -> Result<(), AgentError> {
    if len > limit { Err(AgentError::TooLong { field, len, limit }) } else { Ok(()) }
}

impl Registration {
    /// Is it within the limits, and are its capabilities well formed?
    ///
    /// # Errors
    ///
    /// The first thing that is not.
    pub fn validate(&self) -> Result<(), AgentError> {
        if self.id.is_empty() {
            return Err(AgentError::Empty { field: "id" });
        }
        for (field, value) in [("id", &self.id), ("pool", &self.pool), ("role", &self.role)] {
            text(field, value)?;
        }
        if self.slots == 0 || self.slots > MAX_SLOTS {
            return Err(AgentError::OutOfRange { field: "slots", value: self.slots.into(), expected: "1 to 4096" });
        }
        let (beat, start) = (self.heartbeat_ms, self.start_ms);
        for (field, value, most, expected) in [
            ("heartbeat_ms", beat, MAX_INTERVAL_MS, "at most an hour; 0 for one that never beats"),
            ("start_ms", start, MAX_MS, "at most 30 days"),
        ] {
            if value > most {
                return Err(AgentError::OutOfRange { field, value, expected });
            }
        }
        count("provides", self.provides.len(), 64)?;
        count("tenants", self.tenants.len(), 64)?;
        count("labels", self.labels.len(), 32)?;
        self.tenants.iter().try_for_each(|tenant| text("tenants", tenant))?;
        for (key, value) in &self.labels {
            text("labels", key)?;
            text("labels", value)?;
        }
        self.provides.iter().try_for_each(|provided| Capability::parse(provided).map(drop))
    }
}

impl Agents {
    /// Adds an agent, or takes over what a known one says of itself. A higher incarnation is a new life: what was leased to
    /// the old one has ended, its number is void, and what it has learned to do stays.
    ///
    /// # Errors
    ///
    /// [`AgentError::StaleIncarnation`] for a life that is over, [`AgentError::UnknownPool`], [`AgentError::Full`], and
    /// what [`Registration::validate`] finds.
    pub fn register(
        &mut self,
        now: Timestamp,
        registration: Registration,
        out: &mut Vec<Notice>,
    ) -> Result<Registered, AgentError> {
        self.check_registration(&registration)?;
        let now = self.clock(now);
        let known = self.find(&registration.id);
        match known.and_then(|no| self.fleet.get(no)).map(|agent| (agent.no, agent.profile.incarnation)) {
            None => self.admit(now, registration),
            Some((agent, incarnation)) if incarnation == registration.incarnation => {
                self.update(now, agent, registration);
                Ok(Registered::Updated { agent })
            }
            Some((agent, incarnation)) if incarnation < registration.incarnation => {
                self.replace(now, agent, registration, out)
            }
            Some((_, current)) => {
                Err(AgentError::StaleIncarnation { id: registration.id, given: registration.incarnation, current })
            }
        }
    }

    /// Would [`Agents::register`] take it?
    ///
    /// # Errors
    ///
    /// As there.
    pub fn check_registration(&self, registration: &Registration) -> Result<(), AgentError> {
        registration.validate()?;
        if self.fleet.pools.find(&registration.pool).is_none() {
            return Err(AgentError::UnknownPool { id: registration.pool.clone() });
        }
        let names = registration.provides.iter().filter_map(|text| Capability::parse(text).ok());
        self.fleet.words.check(names.map(|capability| capability.name))?;
        let known = self.find(&registration.id).and_then(|no| self.fleet.get(no));
        match known.map(|agent| agent.profile.incarnation) {
            Some(current) if current > registration.incarnation => {
                let (id, given) = (registration.id.clone(), registration.incarnation);
                Err(AgentError::StaleIncarnation { id, given, current })
            }
            Some(_) => Ok(()),
            None => self.check_room(),
        }
    }

    /// Agents above a lowered limit stay, so a free slot says nothing of whether there is room for one more.
    fn check_room(&self) -> Result<(), AgentError> {
        let limit = self.fleet.settings.agents.clamp(1, MAX_AGENTS);
        if self.len() >= limit as usize {
            return Err(AgentError::Full { limit_name: "agents", limit });
        }
        Ok(())
    }

    fn admit(&mut self, now: Timestamp, profile: Registration) -> Result<Registered, AgentError> {
        self.check_room()?;
        let slot = match self.free.first() {
            Some(slot) => *slot,
            None => u32::try_from(self.fleet.slots.len()).unwrap_or(u32::MAX),
        };
        let breaker = Breaker::new(self.fleet.settings.breaker.clone(), now).map_err(AgentError::Breaker)?;
        let agent = self.next_number(slot)?;
        self.free.remove(&slot);
        if slot as usize == self.fleet.slots.len() {
            self.fleet.slots.push(None);
        }
        self.settle_in(now, agent, profile, breaker);
        Ok(Registered::New { agent })
    }

    fn next_number(&mut self, slot: u32) -> Result<AgentNo, AgentError> {
        if self.lives + 1 >= AgentNo::MAX_LIVES {
            return Err(AgentError::Full { limit_name: "lives", limit: u32::MAX });
        }
        self.lives += 1;
        Ok(AgentNo::new(self.lives, slot))
    }

    fn settle_in(&mut self, now: Timestamp, no: AgentNo, profile: Registration, breaker: Breaker) {
        let health = match profile.start_ms {
            0 => Health::Ready,
            start_ms => Health::Starting { until: now.plus_ms(start_ms) },
        };
        let agent = Agent {
            no,
            leases: 0,
            last_lease: 0,
            record: Record::default(),
            health,
            beats: Beats::new(now, profile.heartbeat_ms),
            breaker,
            mode: Mode::Active,
            contexts: Vec::new(),
            timer: None,
            barred: false,
            last_pass: Pass { stay: 0 },
            good_at: None,
            held: 0,
            provided: Provided::default(),
            digest: digest(profile.id.as_bytes()),
            profile,
        };
        if let Some(place) = self.fleet.slots.get_mut(no.slot() as usize) {
            *place = Some(agent);
        }
        self.index_agent(no.slot());
        self.arm(no.slot());
        self.index.on_member(&self.fleet, no.slot());
    }

    fn update(&mut self, now: Timestamp, no: AgentNo, profile: Registration) {
        let slot = no.slot();
        if self.fleet.at(slot).is_some_and(|agent| agent.profile == profile) {
            return;
        }
        self.unindex_agent(slot);
        if let Some(agent) = self.fleet.at_mut(slot) {
            if agent.profile.heartbeat_ms != profile.heartbeat_ms {
                agent.beats = Beats::new(now, profile.heartbeat_ms);
            }
            agent.profile = profile;
        }
        self.index_agent(slot);
        self.arm(slot);
        self.index.on_member(&self.fleet, slot);
    }

    fn replace(
        &mut self,
        now: Timestamp,
        was: AgentNo,
        profile: Registration,
        out: &mut Vec<Notice>,
    ) -> Result<Registered, AgentError> {
        let agent = self.next_number(was.slot())?;
        self.unindex_agent(was.slot());
        let Some(old) = self.fleet.slots.get_mut(was.slot() as usize).and_then(Option::take) else {
            return Err(AgentError::UnknownAgent { id: profile.id });
        };
        self.forget_timer(was.slot(), old.timer);
        // A restart nobody asked for, of which nothing was noticed.
        let crashed = old.mode == Mode::Active && !matches!(old.health, Health::Suspected { .. });
        let pool = self.fleet.pools.find(&old.profile.pool).unwrap_or(ROOT);
        self.settle_in(now, agent, profile, old.breaker.clone());
        let ended = old.leases.min(MAX_SLOTS);
        self.inherit(now, old);
        if crashed && self.fleet.pools.on_failure(now, pool, None, out) {
            self.index.clear();
        }
        Ok(Registered::Replaced { agent, was, leases: ended })
    }

    /// A new life keeps what the old one has learned, and its reputation: who restarts to be rid of its work has failed. Once,
    /// however much it had: one crash is one failure.
    fn inherit(&mut self, now: Timestamp, old: Agent) {
        let Some(agent) = self.fleet.get_mut(self.number(old.no.slot())) else { return };
        (agent.record, agent.last_lease, agent.good_at) = (old.record, old.last_lease, old.good_at);
        if old.leases > 0 {
            agent.record.on_lost();
            agent.breaker.on_result(now, old.last_pass, CallResult::Failed, 0);
        }
        for _ in 1..old.leases.min(MAX_SLOTS) {
            agent.breaker.on_ignored(now, old.last_pass);
        }
        let slot = agent.no.slot();
        self.learned(now);
        self.fleet.heat(slot, true);
        self.look_at_breaker(now, slot);
        self.touch(slot);
    }

    /// Something is known that will fade.
    fn learned(&mut self, now: Timestamp) {
        let length = self.fleet.settings.epoch_ms.max(1);
        self.epoch.next.get_or_insert(now.plus_ms(length));
    }

    /// The agent gave a sign of life.
    ///
    /// # Errors
    ///
    /// [`AgentError::UnknownAgent`] if this life of it is not registered (any more).
    pub fn heartbeat(
        &mut self,
        now: Timestamp,
        agent: AgentNo,
        beat: Readiness,
        out: &mut Vec<Notice>,
    ) -> Result<(), AgentError> {
        let now = self.clock(now);
        let settings = &self.fleet.settings;
        let (window, enough) = (settings.phi.window, settings.good_beats.max(1));
        let agent = self.fleet.get_mut(agent).ok_or_else(|| unknown(agent))?;
        if agent.mode == Mode::Stopped {
            return Ok(());
        }
        let before = agent.health;
        // How long it took to start, or was away, says nothing of how it beats.
        let usual = !matches!(before, Health::Starting { .. } | Health::Suspected { .. });
        agent.beats.on_beat(now, usual, window);
        agent.health = match (before, beat) {
            (Health::Starting { until }, Readiness::Starting) => Health::Starting { until },
            (Health::Starting { .. } | Health::Ready, Readiness::Ready) => Health::Ready,
            (Health::Doubted { good } | Health::Suspected { good }, Readiness::Ready) if good + 1 >= enough => {
                Health::Ready
            }
            (Health::Doubted { good }, Readiness::Ready) => Health::Doubted { good: good + 1 },
            (Health::Suspected { good }, Readiness::Ready) => Health::Suspected { good: good + 1 },
            (_, Readiness::Starting | Readiness::Busy) => Health::Doubted { good: 0 },
        };
        let (slot, changed) = (agent.no.slot(), agent.health != before);
        if changed && agent.health == Health::Ready {
            out.push(Notice::Recovered { agent: agent.no, id: agent.profile.id.clone() });
        }
        // Beats in quick succession bring suspicion forward.
        self.arm(slot);
        if changed {
            self.touch(slot);
        }
        Ok(())
    }

    /// The host knows that the agent's process is gone, or saw it hang: it counts as silent from now on.
    ///
    /// # Errors
    ///
    /// [`AgentError::UnknownAgent`].
    pub fn crashed(&mut self, now: Timestamp, agent: AgentNo, out: &mut Vec<Notice>) -> Result<(), AgentError> {
        let now = self.clock(now);
        // One that was stopped in order had ended before.
        if self.fleet.get(agent).ok_or_else(|| unknown(agent))?.mode != Mode::Stopped {
            self.suspect(now, agent.slot(), out);
        }
        Ok(())
    }

    /// Removes the agent at once. Says how many leases ended with it.
    ///
    /// # Errors
    ///
    /// [`AgentError::UnknownAgent`].
    pub fn remove(&mut self, agent: AgentNo) -> Result<u32, AgentError> {
        self.fleet.get(agent).ok_or_else(|| unknown(agent))?;
        let slot = agent.slot();
        self.unindex_agent(slot);
        let old = self.fleet.slots.get_mut(slot as usize).and_then(Option::take);
        self.forget_timer(slot, old.as_ref().and_then(|agent| agent.timer));
        self.free.insert(slot);
        // What is not stored must not be seen: the last slots go.
        while self.fleet.slots.last().is_some_and(Option::is_none) {
            self.fleet.slots.pop();
            self.free.pop_last();
        }
        self.fleet.heat(slot, false);
        self.index.on_member(&self.fleet, slot);
        Ok(old.map_or(0, |agent| agent.leases))
    }

    /// A task ended. `expected_ms` is what was estimated, 0 if nothing was; `took_ms` what it took. A lease of a life that
    /// is over changes nothing: `false`.
    #[expect(clippy::too_many_arguments, reason = "a report has that many parts")]
    pub fn finish(
        &mut self,
        now: Timestamp,
        lease: Lease,
        class: &str,
        outcome: Outcome,
        expected_ms: u64,
        took_ms: u64,
        out: &mut Vec<Notice>,
    ) -> bool {
        let now = self.clock(now);
        let Some(agent) = self.fleet.slots.get_mut(lease.agent.slot() as usize).and_then(Option::as_mut) else {
            return false;
        };
        if agent.no != lease.agent || agent.leases == 0 {
            return false;
        }
        let good = outcome == Outcome::Succeeded;
        let settings = &self.fleet.settings;
        agent.leases -= 1;
        // How long a failure took says nothing of how fast the agent is.
        let (class, ignored) = match outcome {
            Outcome::Succeeded => {
                let (class, expected_us) = self.classes.on_duration(settings, class, expected_ms, took_ms);
                agent.record.on_duration(expected_us, took_ms.min(MAX_MS) * 1000);
                agent.good_at = Some(self.classes.uses());
                (class, false)
            }
            Outcome::Failed => self.classes.on_failure(settings, class, agent.digest, agent.good_at),
            Outcome::TimedOut => (self.classes.number(settings, class), false),
            Outcome::FailedForGood => (self.classes.number(settings, class), true),
        };
        agent.record.on_outcome(class, good, settings.classes_per_agent);
        if ignored {
            agent.breaker.on_ignored(now, lease.pass);
        } else {
            agent.breaker.on_result(now, lease.pass, CallResult::failed_if(!good), took_ms);
        }
        self.learned(now);
        self.epoch.left = true;
        self.fleet.heat(lease.agent.slot(), true);
        self.after_lease(now, lease.agent.slot(), out);
        true
    }

    /// The slot is given back, and nothing was learned: the task was cancelled, or it was not the agent's fault. `false` for
    /// a lease of a life that is over.
    pub fn release(&mut self, now: Timestamp, lease: Lease, out: &mut Vec<Notice>) -> bool {
        let now = self.clock(now);
        let Some(agent) = self.fleet.get_mut(lease.agent).filter(|agent| agent.leases > 0) else { return false };
        agent.leases -= 1;
        agent.breaker.on_ignored(now, lease.pass);
        self.after_lease(now, lease.agent.slot(), out);
        true
    }

    fn after_lease(&mut self, now: Timestamp, slot: u32, out: &mut Vec<Notice>) {
        let was = self.fleet.at(slot).is_some_and(|agent| agent.barred);
        self.look_at_breaker(now, slot);
        let Some(agent) = self.fleet.at(slot) else { return };
        if matches!(agent.mode, Mode::Draining { .. }) {
            self.tell_drained(slot, out);
            self.arm(slot);
        } else if agent.barred && !was {
            let pool = self.fleet.pools.find(&agent.profile.pool).unwrap_or(ROOT);
            if self.fleet.pools.on_failure(now, pool, None, out) {
                self.index.clear();
            }
        }
        self.touch(slot);
    }

    /// Takes a slot of a certain agent for a task, whether the agent is the best or not: for a handoff, or for a lease that
    /// is known from before. `None` if it has no free slot or gets no work now.
    pub fn lease(&mut self, now: Timestamp, agent: AgentNo, context: &str) -> Option<Lease> {
        self.clock(now);
        self.fleet.get(agent).filter(|agent| agent.is_eligible() && agent.has_room())?;
        self.take(agent.slot(), super::select::context(context))
    }

    /// The number of an agent, if it is registered.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<AgentNo> {
        let wanted = digest(id.as_bytes());
        let found = self.names.find(wanted, |slot| self.fleet.at(*slot).is_some_and(|agent| agent.profile.id == *id));
        found.and_then(|slot| self.fleet.at(*slot)).map(|agent| agent.no)
    }
}

pub(super) fn unknown(agent: AgentNo) -> AgentError {
    AgentError::UnknownAgent { id: Text::from(alloc::format!("{agent}")) }
}
