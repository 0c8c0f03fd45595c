//! What hosts say of agents: they come, beat, pause and drain, and their lives end, by a crash or in order.

use alloc::format;

use super::State;
use crate::{
    agents::{self, AgentReport, Whereabouts},
    error::Rejected,
};

impl State {
    pub(super) fn on_agent(&mut self, report: &AgentReport) {
        let (now, crew) = (self.now, &mut self.crew);
        crew.stirred = true;
        if let Whereabouts::Register(profile) = &report.report {
            crew.on_next_life(now, &report.id, report.incarnation);
            let registered = crew.agents.register(now, report.registration(profile), &mut crew.notices);
            if let Ok(agents::Registered::Replaced { .. }) = registered {
                // The process that had it is gone, and the new one knows nothing of it.
                crew.work.on_agent_gone(now, &report.id, false);
            }
            return;
        }
        let Some(agent) = crew.agents.find(&report.id) else { return };
        if matches!(report.report, Whereabouts::Stopped {}) {
            crew.on_life_ended(now, agent);
        } else if matches!(report.report, Whereabouts::Crashed {} | Whereabouts::Remove {}) {
            crew.on_life_over(now, agent);
        }
        let notices = &mut crew.notices;
        let _ = match &report.report {
            Whereabouts::Heartbeat { beat } => crew.agents.heartbeat(now, agent, *beat, notices),
            Whereabouts::Crashed {} => {
                crew.work.on_agent_gone(now, &report.id, false);
                crew.agents.crashed(now, agent, notices)
            }
            Whereabouts::Pause {} => crew.agents.pause(agent),
            Whereabouts::Resume {} => crew.agents.resume(agent),
            Whereabouts::Drain { patience_ms } => crew.agents.drain(now, agent, *patience_ms, notices),
            Whereabouts::Remove {} => {
                crew.work.on_agent_gone(now, &report.id, true);
                crew.agents.remove(agent).map(|_| ())
            }
            Whereabouts::Stopped {} => {
                crew.work.on_agent_stopped(now, &report.id);
                crew.agents.stopped(now, agent)
            }
            Whereabouts::Register(_) => Ok(()),
        };
    }

    pub(super) fn check_agent(&self, report: &AgentReport) -> Result<(), Rejected> {
        let fail = |reason: alloc::string::String| Rejected::Agent { agent: report.id.as_str().into(), reason };
        let agents = &self.crew.agents;
        let agent = agents.find(&report.id);
        let current = agent.and_then(|agent| agents.registration(agent)).map(|known| known.incarnation);
        if let Whereabouts::Register(profile) = &report.report {
            let registration = report.registration(profile);
            agents.check_registration(&registration).map_err(|error| fail(format!("{error}")))?;
        } else if current.is_none() {
            return Err(fail("it is not registered; register it first".into()));
        } else if let Some(current) = current.filter(|current| *current != report.incarnation) {
            return Err(fail(format!(
                "incarnation {} is over, or has not registered; {current} is there",
                report.incarnation
            )));
        }
        // Of a life that was stopped in order, nothing is awaited, nor taken, that would have it work.
        let works = matches!(
            report.report,
            Whereabouts::Register(_) | Whereabouts::Pause {} | Whereabouts::Resume {} | Whereabouts::Drain { .. }
        );
        let over = current == Some(report.incarnation) && agent.is_some_and(|agent| agents.is_stopped(agent));
        if works && over {
            let reason = "it was stopped in order; register its next life first, with a higher incarnation";
            return Err(fail(reason.into()));
        }
        Ok(())
    }
}
