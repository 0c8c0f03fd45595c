//! All agents with what is needed to rate them.

use alloc::vec::Vec;

use super::{
    agent::{Agent, AgentNo},
    capability::{Requirement, Words},
    exclusion::Exclusion,
    pools::{Fit, Pools},
    score::{Job, ONE, chance},
    select::Need,
    settings::Settings,
};
use crate::text::Text;

/// Most preferred capabilities that are told apart.
const MOST_LACKS: u8 = 254;

/// What a task costs with an agent, as far as that does not depend on the task.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Hot {
    pub(super) speed: u64,
    /// See [`Agent::digest`].
    pub(super) digest: u64,
    /// In an unknown class. What it is for risky tasks takes a root, and is found when it is asked for.
    pub(super) p: u32,
    /// See [`super::score::Record::prior`].
    pub(super) prior: u32,
    pub(super) slots: u32,
    /// Leases, and tasks held in this pass.
    pub(super) load: u32,
    pub(super) last_lease: u32,
    pub(super) eligible: bool,
    /// The class of a task that is not risky makes no difference.
    pub(super) classless: bool,
    /// What [`super::exclusion::unwell`] goes by, as one number.
    wellness: u8,
}

impl Hot {
    pub(super) fn has_room(&self) -> bool {
        self.load < self.slots
    }

    /// Is [`Hot::p`] its chance of success?
    pub(super) fn is_classless(&self, job: &Job) -> bool {
        self.classless && !job.risky
    }
}

#[derive(Debug, Clone, Default)]
pub(super) struct Fleet {
    pub(super) settings: Settings,
    /// By slot.
    pub(super) slots: Vec<Option<Agent>>,
    /// By slot: what the trees need of an agent, close together. Derived.
    pub(super) hot: Vec<Hot>,
    pub(super) pools: Pools,
    /// Derived.
    pub(super) words: Words,
    /// How many agents do not work for every tenant. Derived.
    pub(super) restricted: u32,
    /// How often it has changed of an agent why it gets no work. Derived.
    pub(super) turns: u64,
}

impl Fleet {
    pub(super) fn at(&self, slot: u32) -> Option<&Agent> {
        self.slots.get(slot as usize)?.as_ref()
    }

    pub(super) fn at_mut(&mut self, slot: u32) -> Option<&mut Agent> {
        self.slots.get_mut(slot as usize)?.as_mut()
    }

    pub(super) fn get(&self, no: AgentNo) -> Option<&Agent> {
        self.at(no.slot()).filter(|agent| agent.no == no)
    }

    pub(super) fn get_mut(&mut self, no: AgentNo) -> Option<&mut Agent> {
        self.at_mut(no.slot()).filter(|agent| agent.no == no)
    }

    /// An agent has changed; `learned` if its record has, too.
    pub(super) fn heat(&mut self, slot: u32, learned: bool) {
        let at = slot as usize;
        if self.hot.len() != self.slots.len() {
            self.hot.resize(self.slots.len(), Hot::default());
        }
        let (Some(hot), Some(agent)) = (self.hot.get_mut(at), self.slots.get(at)) else { return };
        let Some(agent) = agent else {
            *hot = Hot::default();
            return;
        };
        hot.slots = agent.profile.slots.max(1);
        hot.load = agent.leases.saturating_add(agent.held);
        hot.last_lease = agent.last_lease;
        hot.eligible = agent.is_eligible();
        let wellness = agent.wellness();
        if hot.wellness != wellness {
            hot.wellness = wellness;
            self.turns += 1;
        }
        if learned {
            hot.digest = agent.digest;
            hot.speed = agent.record.speed();
            let prior = agent.record.prior();
            hot.prior = u32::try_from(prior).unwrap_or(u32::MAX);
            let job = Job { class: None, duration_us: 0, risky: false };
            hot.p = u32::try_from(chance(&self.settings, &agent.record, prior, &job)).unwrap_or(u32::MAX);
            let (blank, clean) = (agent.record.classes.is_empty(), agent.record.is_clean());
            hot.classless = blank || (clean && u64::from(hot.p) == ONE);
        }
    }

    /// All agents anew.
    pub(super) fn heat_all(&mut self) {
        (0..u32::try_from(self.slots.len()).unwrap_or(u32::MAX)).for_each(|slot| self.heat(slot, true));
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, &Agent)> {
        (0..).zip(&self.slots).filter_map(|(slot, agent)| Some((slot, agent.as_ref()?)))
    }
}

/// What a task asks for, as far as it does not change from moment to moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wants {
    pub(super) requires: Vec<Text>,
    pub(super) prefers: Vec<Text>,
    /// Empty when no agent is choosy.
    pub(super) tenant: Text,
    pub(super) pool: Text,
    pub(super) role: Text,
}

impl Wants {
    pub(super) fn new(fleet: &Fleet, need: &Need<'_>) -> Self {
        Self {
            requires: need.requires.to_vec(),
            prefers: need.prefers.to_vec(),
            tenant: tenant(fleet, need).into(),
            pool: need.pool.into(),
            role: need.role.into(),
        }
    }

    pub(super) fn is_of(&self, fleet: &Fleet, need: &Need<'_>) -> bool {
        self.requires == need.requires
            && self.prefers == need.prefers
            && same(&self.tenant, tenant(fleet, need))
            && same(&self.pool, need.pool)
            && same(&self.role, need.role)
    }

    /// Does the agent work for the tenant?
    pub(super) fn is_for(&self, agent: &Agent) -> bool {
        let tenants = &agent.profile.tenants;
        tenants.is_empty() || tenants.contains(&self.tenant)
    }

    /// Why the agent can not do it, or how many preferred capabilities it lacks.
    pub(super) fn fit(&self, fleet: &Fleet, home: u32, scope: u32, agent: &Agent) -> Result<u8, Exclusion> {
        let has = |text: &Text| Asked::new(fleet, text).is_some_and(|asked| asked.is_met_by(agent));
        let requires = || self.requires.iter().map(has);
        self.judge(fleet, (home, scope), agent, requires, || self.prefers.iter().map(has))
    }

    /// To ask about many agents.
    pub(super) fn read<'a>(&'a self, fleet: &'a Fleet) -> Asking<'a> {
        let read = |list: &'a [Text]| list.iter().map(|text| Asked::new(fleet, text)).collect();
        Asking { fleet, wants: self, requires: read(&self.requires), prefers: read(&self.prefers) }
    }

    /// By what it has of what is required and preferred.
    fn judge<R: Iterator<Item = bool>, P: Iterator<Item = bool>>(
        &self,
        fleet: &Fleet,
        (home, scope): (u32, u32),
        agent: &Agent,
        requires: impl Fn() -> R,
        prefers: impl Fn() -> P,
    ) -> Result<u8, Exclusion> {
        let profile = &agent.profile;
        // First: of another tenant's agent nothing else is told.
        if !self.is_for(agent) {
            return Err(Exclusion::Tenant);
        }
        if !self.role.is_empty() && self.role != profile.role {
            return Err(Exclusion::Role);
        }
        let pool = fleet.pools.find(&profile.pool).unwrap_or(super::pools::ROOT);
        let fit = fleet.pools.fit(home, scope, pool);
        if fit == Fit::Outside {
            return Err(if fleet.pools.is_down(pool) { Exclusion::PoolDown } else { Exclusion::Pool });
        }
        let mut lacks = prefers().filter(|has| !has).count();
        if let Some((missing, _)) = self.requires.iter().zip(requires()).find(|(_, has)| !has) {
            if fit != Fit::StandIn || !profile.generalist {
                return Err(Exclusion::Lacks { capability: missing.clone() });
            }
            lacks += requires().filter(|has| !has).count();
        }
        Ok(u8::try_from(lacks).unwrap_or(MOST_LACKS).min(MOST_LACKS))
    }
}

/// What a task asks for, read once. As long as no agent comes or goes.
#[derive(Debug)]
pub(super) struct Asking<'a> {
    fleet: &'a Fleet,
    wants: &'a Wants,
    requires: Vec<Option<Asked<'a>>>,
    prefers: Vec<Option<Asked<'a>>>,
}

impl Asking<'_> {
    /// As [`Wants::fit`].
    pub(super) fn fit(&self, home: u32, scope: u32, agent: &Agent) -> Result<u8, Exclusion> {
        let has = |asked: &Option<Asked<'_>>| asked.as_ref().is_some_and(|asked| asked.is_met_by(agent));
        let requires = || self.requires.iter().map(has);
        self.wants.judge(self.fleet, (home, scope), agent, requires, || self.prefers.iter().map(has))
    }
}

/// One requirement, with the number of its name.
#[derive(Debug)]
struct Asked<'a> {
    requirement: Requirement<'a>,
    word: Option<u8>,
}

impl<'a> Asked<'a> {
    /// `None` if it can not be read: nobody meets that.
    fn new(fleet: &Fleet, text: &'a Text) -> Option<Self> {
        let requirement = Requirement::parse(text).ok()?;
        Some(Self { word: fleet.words.number(&requirement), requirement })
    }

    fn is_met_by(&self, agent: &Agent) -> bool {
        let profile = &agent.profile;
        match self.requirement {
            // The role is a label of its own.
            Requirement::Label("role", role) if !profile.role.is_empty() => profile.role == *role,
            ref other => agent.provided.satisfies(self.word, &profile.labels, other),
        }
    }
}

/// Are they equal? Mostly both are empty, and of an empty text nothing is read: a processor that reads nothing at an address that
/// is none, as wide instructions do, takes as long as for hundreds of comparisons.
fn same(one: &str, other: &str) -> bool {
    one.len() == other.len() && (one.is_empty() || one == other)
}

/// The tenant, if that makes a difference.
pub(super) fn tenant<'a>(fleet: &Fleet, need: &Need<'a>) -> &'a str {
    if fleet.restricted == 0 { "" } else { need.tenant }
}
