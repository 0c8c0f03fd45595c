//! Whether an agent is to be given work, if it is well: it is paused, drained, or stopped.

use alloc::vec::Vec;

use super::{
    Agents,
    agent::{AgentNo, Mode, Notice},
    registry::unknown,
    settings::AgentError,
};
use crate::time::Timestamp;

impl Agents {
    /// Gives the agent no more work until it is resumed. What it has, it keeps.
    ///
    /// # Errors
    ///
    /// [`AgentError::UnknownAgent`].
    pub fn pause(&mut self, agent: AgentNo) -> Result<(), AgentError> {
        self.set_mode(agent, Mode::Paused)
    }

    /// Ends a pause or a drain.
    ///
    /// # Errors
    ///
    /// [`AgentError::UnknownAgent`].
    pub fn resume(&mut self, agent: AgentNo) -> Result<(), AgentError> {
        self.set_mode(agent, Mode::Active)
    }

    /// Gives the agent no more work. [`Notice::Drained`] says when it has nothing left to do, and
    /// [`Notice::DrainExpired`] if that is not so within `patience_ms`; then the host decides.
    ///
    /// # Errors
    ///
    /// [`AgentError::UnknownAgent`].
    pub fn drain(
        &mut self,
        now: Timestamp,
        agent: AgentNo,
        patience_ms: u64,
        out: &mut Vec<Notice>,
    ) -> Result<(), AgentError> {
        let now = self.clock(now);
        self.set_mode(agent, Mode::Draining { deadline: Some(now.plus_ms(patience_ms)), told: false })?;
        self.tell_drained(agent.slot(), out);
        Ok(())
    }

    fn set_mode(&mut self, agent: AgentNo, mode: Mode) -> Result<(), AgentError> {
        let known = self.fleet.get_mut(agent).ok_or_else(|| unknown(agent))?;
        if known.mode != Mode::Stopped {
            known.mode = mode;
        }
        self.arm(agent.slot());
        self.touch(agent.slot());
        Ok(())
    }

    pub(super) fn tell_drained(&mut self, slot: u32, out: &mut Vec<Notice>) {
        let Some(agent) = self.fleet.at_mut(slot) else { return };
        if let Mode::Draining { deadline, told } = &mut agent.mode {
            if agent.leases == 0 && !*told {
                (*told, *deadline) = (true, None);
                out.push(Notice::Drained { agent: agent.no, id: agent.profile.id.clone() });
            }
        }
    }

    /// Its process was ended in order: it gets no work, nothing is expected to be heard of it, and no failure is counted. Until it
    /// registers under a higher incarnation: neither a resume nor a beat changes that. What it has, give back with
    /// [`Agents::release`].
    ///
    /// # Errors
    ///
    /// [`AgentError::UnknownAgent`].
    pub fn stopped(&mut self, now: Timestamp, agent: AgentNo) -> Result<(), AgentError> {
        self.clock(now);
        self.set_mode(agent, Mode::Stopped)
    }

    /// Was it stopped in order?
    #[must_use]
    pub fn is_stopped(&self, agent: AgentNo) -> bool {
        self.fleet.get(agent).is_some_and(|agent| agent.mode == Mode::Stopped)
    }
}
