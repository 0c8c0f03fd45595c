//! A registry as data, and an example of one.

use alloc::{collections::BTreeMap, string::ToString, vec::Vec};

use serde::{Deserialize, Serialize};

use super::{AgentError, Agents, Pool, Registration, ScalePolicy, Settings};
use crate::{text::Text, time::Timestamp};

/// Pools and agents to begin with.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Roster {
    /// The settings.
    pub settings: Settings,
    /// The pools, each after its parent.
    pub pools: Vec<Pool>,
    /// The agents.
    pub agents: Vec<Registration>,
    /// The sizes of pools, by pool.
    pub scale: BTreeMap<Text, ScalePolicy>,
}

impl Roster {
    /// The example as JSON: agents of three types (DevOps, platform specialist, code intelligence), one for each of five model
    /// roles (code generation, code review, documentation, issue management, security), ten tasks at a time.
    pub const EXAMPLE: &'static str = include_str!("example.json");

    /// Reads a roster.
    ///
    /// # Errors
    ///
    /// [`AgentError::Malformed`] says where and why it is none.
    pub fn from_json(json: &[u8]) -> Result<Self, AgentError> {
        serde_json::from_slice(json)
            .map_err(|error| AgentError::Malformed { reason: crate::json::plainly(&error.to_string()) })
    }

    /// A registry with these pools and agents.
    ///
    /// # Errors
    ///
    /// What [`Agents::put_pool`], [`Agents::register`] and [`Agents::set_scale`] find wrong with one of them.
    pub fn open(self, now: Timestamp) -> Result<Agents, AgentError> {
        let mut agents = Agents::new(self.settings);
        self.pools.into_iter().try_for_each(|pool| agents.put_pool(pool))?;
        for registration in self.agents {
            let _ = agents.register(now, registration, &mut Vec::new())?;
        }
        for (pool, policy) in self.scale {
            agents.set_scale(&pool, policy)?;
        }
        Ok(agents)
    }
}

#[cfg(test)]
mod tests {
    use alloc::collections::BTreeSet;

    use super::*;
    use crate::agents::{Choice, Need};

    #[test]
    fn the_example_has_three_types_and_five_roles_and_takes_ten_tasks() {
        let roster = Roster::from_json(Roster::EXAMPLE.as_bytes()).expect("is a roster");
        let types: BTreeSet<_> = roster.agents.iter().map(|agent| agent.labels["type"].as_str()).collect();
        assert_eq!(types, BTreeSet::from(["code_intelligence", "devops", "platform_specialist"]));
        let roles: BTreeSet<_> = roster.agents.iter().map(|agent| agent.role.as_str()).collect();
        let five = ["code_generation", "code_review", "documentation", "issue_management", "security"];
        assert_eq!(roles, BTreeSet::from(five));

        let mut agents = roster.open(Timestamp(0)).expect("is consistent");
        let mut pass = agents.pass(Timestamp(0), &mut Vec::new());
        let mut choose = |task| matches!(pass.select(&Need { task, ..Need::default() }), Choice::Lease { .. });
        assert!((0..10).all(&mut choose) && !choose(10));
    }

    #[test]
    fn a_field_that_does_not_exist_is_named() {
        let refused = Roster::from_json(br#"{"agents": [{"id": "a", "slot": 2}]}"#).expect_err("is no roster");
        assert!(refused.to_string().contains("unknown field `slot`"), "{refused}");
    }
}
