//! Why an agent gets no work, or not a certain task.

use core::fmt;

use serde::Serialize;

use super::agent::{Agent, Health, Mode};
use crate::{text::Text, time::Timestamp};

/// What is wrong with an agent.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Exclusion {
    /// It lacks a required capability or label, or its version is another one.
    Lacks {
        /// The first such requirement.
        capability: Text,
    },
    /// It does not work for this tenant.
    Tenant,
    /// It is in another pool.
    Pool,
    /// Its pool, or one above it, failed too often and is out of use for a while.
    PoolDown,
    /// Its model plays another role.
    Role,
    /// It has not started yet.
    Starting,
    /// It is alive, but said that it is not ready, or has not been good for long enough since.
    NotReady,
    /// It is silent beyond what is usual, or has crashed, and has not come back: its process may wait to be started anew.
    Suspected,
    /// It is paused.
    Paused,
    /// It is draining.
    Draining,
    /// It failed too often of late; its breaker lets nothing pass, or its probe is under way.
    Breaker {
        /// When it is given work again, or no longer waited for its probe. Only where one agent is explained.
        #[serde(skip_serializing_if = "Option::is_none")]
        until: Option<Timestamp>,
    },
    /// The task avoids it.
    Avoided,
    /// It was told to stop this task, and has not said yet that it has.
    Stopping,
    /// It is not registered.
    Absent,
    /// Its process was ended in order, and its next life has not registered.
    Stopped,
}

impl fmt::Display for Exclusion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Lacks { capability } => return write!(f, "lacks `{capability}`"),
            Self::Tenant => "does not work for this tenant",
            Self::Pool => "is in another pool",
            Self::PoolDown => "is in a pool that is out of use for a while",
            Self::Role => "plays another role",
            Self::Starting => "has not started yet",
            Self::NotReady => "is not ready",
            Self::Suspected => "is silent or has crashed, and has not come back",
            Self::Paused => "is paused",
            Self::Draining => "is draining",
            Self::Breaker { until: Some(until) } => {
                return write!(f, "failed too often of late, and gets no work until {until}");
            }
            Self::Breaker { until: None } => "failed too often of late",
            Self::Avoided => "has it, or did not take it",
            Self::Stopping => "was told to stop it, and has not said that it has",
            Self::Absent => "is not registered",
            Self::Stopped => "was stopped in order, and has not come back",
        })
    }
}

/// Why a fit agent is not to be given work now.
pub(super) fn unwell(agent: &Agent) -> Option<Exclusion> {
    match (agent.health, agent.mode) {
        (_, Mode::Stopped) => Some(Exclusion::Stopped),
        (Health::Starting { .. }, _) => Some(Exclusion::Starting),
        (Health::Suspected { .. }, _) => Some(Exclusion::Suspected),
        (Health::Doubted { .. }, _) => Some(Exclusion::NotReady),
        (_, Mode::Paused) => Some(Exclusion::Paused),
        (_, Mode::Draining { .. }) => Some(Exclusion::Draining),
        _ if agent.barred => Some(Exclusion::Breaker { until: None }),
        _ => None,
    }
}

/// The same, with until when.
pub(super) fn unwell_until(agent: &Agent) -> Option<Exclusion> {
    unwell(agent).map(|why| with_time(why, agent))
}

/// A reason with the time that is left out where agents are counted by it.
pub(super) fn with_time(why: Exclusion, agent: &Agent) -> Exclusion {
    match why {
        Exclusion::Breaker { .. } => Exclusion::Breaker { until: agent.breaker.due() },
        why => why,
    }
}
