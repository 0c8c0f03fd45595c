//! Plans and agents: who is given which task, and what the two machines have to tell each other, the outbox and the host.
//!
//! ```text
//! plan, patch, task, beats, command -> work: words        agent, beats -> agents: notices
//! words   -> verdicts; a slot is free -> agents; recall, ask, handed -> outbox, a question when there is room
//! notices -> verdicts; an agent is gone -> work
//! then, for each task that wants an agent: agents choose -> work: leased -> outbox: dispatch
//! ```
//!
//! Agents work for all tenants, so both machines are there once, not once per tenant; a plan's name, chain and effects are
//! its tenant's.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    vec::Vec,
};

use super::{
    State, Tenant,
    admission::optional,
    begot::Begun,
    need,
    react::Unheard,
    recall::{Lost, Slot},
    trip,
};
use crate::{
    agents::{self, Readiness},
    agents::{AgentNo, AgentState, Agents, Notice, PoolState, Settings},
    config::Config,
    det::gather,
    effect::{Action, Effect, Handed, Inquiry, Recall},
    error::Rejected,
    id::{EffectId, Seq},
    input::Order,
    limits,
    text::Text,
    time::Timestamp,
    verdict::{Decision, Verdict},
    work::{Beats, Patch, Place, Plan, TaskReport, TaskWhy, Word, Work, WorkLimits},
};

/// Both machines, and what lies between them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Crew {
    pub(crate) work: Work,
    pub(crate) agents: Agents,
    pub(crate) slots: BTreeMap<EffectId, Slot>,
    /// Those that are kept for an agent that was told to stop, and until when. Derived, like the next.
    pub(super) kept: BTreeSet<(Timestamp, EffectId)>,
    pub(super) of: BTreeSet<(AgentNo, EffectId)>,
    /// Dispatches that ended in this record before they reached anybody.
    pub(super) undelivered: Vec<EffectId>,
    /// When to look for agents again though nothing was heard.
    pub(crate) wake: Option<Timestamp>,
    /// Why each agent was chosen, for a replay that is looked at. No part of the state.
    pub(crate) choices: Option<Vec<(EffectId, agents::Explain)>>,
    /// The same of the task under way.
    pub(super) choice: Option<agents::Explain>,
    /// Something happened after which an agent may be found for a task. Always worked off within the record.
    pub(super) stirred: bool,
    /// When something happens if nobody says anything. Derived, so that records which stir nothing need not ask.
    due: Option<Timestamp>,
    pub(super) notices: Vec<Notice>,
}

impl Crew {
    pub(crate) fn new(config: &Config, seed: u64) -> Self {
        let mut crew = Self { work: Work::new(WorkLimits::default(), seed), ..Self::default() };
        crew.agents = Agents::new(Settings { seed, ..Settings::default() });
        crew.set_limits(config);
        crew
    }

    pub(crate) fn set_limits(&mut self, config: &Config) {
        let limits = &config.limits;
        self.work.set_limits(WorkLimits {
            plans: limits.plans,
            tasks: limits.tasks,
            tenant_plans: limits.tenant_plans.unwrap_or(u32::MAX),
            tenant_tasks: limits.tenant_tasks.unwrap_or(u32::MAX),
            turns: config.work,
        });
        let breaker = config.agents.breaker.policy();
        let settings = Settings { agents: limits.agents, breaker, ..self.agents.settings().clone() };
        if settings != *self.agents.settings() {
            self.agents.set_settings(settings);
        }
        // It was checked before it was recorded.
        let _ = self.agents.arrange(&config.agents.pools, &config.agents.scale);
        self.look_ahead();
    }

    /// When something happens if nobody says anything.
    pub(crate) fn due(&self) -> Option<Timestamp> {
        self.due
    }

    /// Works out anew when something happens. After everything that changes either machine.
    pub(crate) fn look_ahead(&mut self) {
        let kept = self.kept.first().map(|(until, _)| *until);
        let timers = [self.work.due(), self.agents.due(), self.agents.scale_due(), self.wake, kept];
        self.due = timers.into_iter().flatten().min();
    }

    /// Those of the signs of life that change anything.
    pub(crate) fn beats_that_count(&self, now: Timestamp, beats: Beats) -> Beats {
        let count = |beat: &crate::work::Beat| self.work.beat_counts(now, beat);
        let agents = beats.agents.into_iter().filter(|id| self.agents.find(id).is_some()).collect();
        Beats { beats: beats.beats.into_iter().filter(count).collect(), agents }
    }
}

impl State {
    /// Tells the queue of tasks the shares of the tenants there are.
    pub(super) fn share_out(&mut self) {
        let shares = &self.config.agents.shares;
        let known = shares.iter().filter_map(|(name, share)| Some((self.tenant_number(name)?, *share)));
        self.crew.work.set_shares(gather(known));
    }

    /// What was due of plans and agents. Says whether anything was.
    pub(super) fn run_crew(&mut self) -> bool {
        let (now, mut happened) = (self.now, false);
        if self.crew.due.is_none_or(|due| due > now) {
            return happened;
        }
        if self.crew.work.due().is_some_and(|due| due <= now) {
            self.crew.work.on_due(now);
            (self.crew.stirred, happened) = (true, true);
        }
        if self.crew.agents.due().is_some_and(|due| due <= now) {
            self.crew.agents.on_due(now, &mut self.crew.notices);
            (self.crew.stirred, happened) = (true, true);
        }
        if self.crew.kept.first().is_some_and(|(until, _)| *until <= now) {
            self.crew.on_unanswered(now);
            (self.crew.stirred, happened) = (true, true);
        }
        if self.crew.agents.scale_due().is_some_and(|due| due <= now) {
            let waiting = self.crew.work.waiting_by_pool(|tenant| self.room_to_dispatch(tenant));
            let waiting = |pool: &str| waiting.get(pool).copied().unwrap_or(0);
            // Seldom asked for, and not needed by a pool that does not shrink.
            let (work, mut only) = (&self.crew.work, None);
            let stays = |agent: &str| only.get_or_insert_with(|| work.only_agents()).contains(agent);
            self.crew.agents.on_scale_due(now, waiting, stays, &mut self.crew.notices);
        }
        if self.crew.wake.is_some_and(|wake| wake <= now) {
            self.crew.wake = None;
            self.crew.stirred = true;
        }
        // A look at the pools that changed nothing stirs nothing.
        self.crew.look_ahead();
        happened
    }

    pub(super) fn on_plan(&mut self, plan: Plan, decision: &mut Decision) {
        let origin = self.origin(&Begun::from(&plan), decision);
        decision.chain = Some(origin.chain);
        // It was checked before it was recorded.
        let _ = self.crew.work.on_plan(self.now, plan, origin);
        self.crew.stirred = true;
    }

    pub(super) fn on_patch(&mut self, patch: &Patch, decision: &mut Decision) {
        let tenant = self.tenant_or_new(patch.tenant.as_deref().unwrap_or(""));
        if let Ok(plan) = self.crew.work.find_plan(tenant, &patch.plan) {
            // What adds nothing leads to nothing: it is neither charged nor stopped, and no chain of the plan could free it again.
            let leads = patch.cause.is_some() && !patch.add.is_empty();
            let origin = leads.then(|| self.origin(&Begun::from(patch), decision));
            decision.chain = origin.map(|origin| origin.chain);
            let _ = self.crew.work.on_patch(self.now, self.seq, plan, patch, origin);
        }
        self.crew.stirred = true;
    }

    pub(super) fn on_task_report(&mut self, report: &TaskReport) {
        self.hear_of_slot(report);
        self.crew.work.on_report(self.now, report);
        self.crew.stirred = true;
    }

    pub(super) fn on_beats(&mut self, beats: &Beats) {
        for beat in &beats.beats {
            self.crew.work.on_beat(self.now, beat);
        }
        for id in &beats.agents {
            if let Some(agent) = self.crew.agents.find(id) {
                let _ = self.crew.agents.heartbeat(self.now, agent, Readiness::Ready, &mut self.crew.notices);
            }
        }
        self.crew.stirred = true;
    }

    pub(super) fn on_plan_order(&mut self, tenant: u32, order: &Order) {
        let loops = self.tenants.get(tenant as usize).map(|tenant| &tenant.loops);
        let work = &mut self.crew.work;
        match order {
            Order::Plan { plan, order } => {
                if let Ok(plan) = work.find_plan(tenant, plan) {
                    work.on_order(self.now, plan, order);
                }
            }
            // One stop more than there is room for is one of everything.
            Order::StopAll {} | Order::StopChain { .. } | Order::StopSubject { .. }
                if loops.is_some_and(|loops| loops.stops.hits_all()) =>
            {
                work.stop_plans(tenant, None);
            }
            Order::StopChain { chain } => work.stop_plans(tenant, Some(*chain)),
            Order::ResumeAll {} | Order::ResumeChain { .. } | Order::ResumeSubject { .. } => {
                let Some(loops) = loops else { return };
                let resumed = loops.resumed(order);
                let resumed = |chain| resumed.as_ref().is_none_or(|chains| chains.contains(&chain));
                work.release_plans(self.now, tenant, resumed, |chain| loops.stops_plans(chain, self.now));
            }
            _ => return,
        }
        self.crew.stirred = true;
    }

    /// Dispatches and questions that came to nothing before they reached anybody. A record that brings none of this, nor room,
    /// has nothing to say to plans and agents: nobody looks again for what nobody could do before.
    pub(super) fn on_effects_ended(&mut self, decision: &Decision, failed: Option<EffectId>) {
        let unheard = core::mem::take(&mut self.scratch.unheard);
        self.crew.undelivered.clear();
        if self.crew.work.is_idle() && self.crew.kept.is_empty() {
            return;
        }
        for verdict in &decision.verdicts {
            if let Verdict::Tripped { chain, .. } = verdict {
                // What a loop has started is not to go on by itself: a person resumes the chain.
                self.crew.work.stop_chain(*chain);
                self.crew.stirred = true;
            }
        }
        let gone = decision.verdicts.iter().filter_map(|verdict| match verdict {
            Verdict::Cancelled { effect, .. } | Verdict::Expired { effect, .. } => Some(*effect),
            _ => None,
        });
        for effect in gone.chain(failed) {
            if self.crew.has(effect) {
                self.crew.work.on_undelivered(self.now, effect);
                self.crew.stirred = true;
            }
            // Its agent has nothing to stop, whether it is lost by that, was before, or is told so in this very record.
            self.crew.on_stopped(self.now, effect);
            self.crew.undelivered.extend(self.crew.slots.contains_key(&effect).then_some(effect));
        }
        for Unheard { tenant, effect, inquiry: Inquiry { task, question, .. }, again } in unheard {
            self.crew.work.on_unheard(self.now, (tenant, &task), (effect, question), again);
            self.crew.stirred = true;
        }
    }

    /// What waits for room has some now.
    pub(super) fn on_room(&mut self) {
        self.crew.stirred |= !self.crew.work.is_idle();
    }

    /// Is it a dispatch that its agent has no more, whoever has the task now, or a question that its task does not ask any more?
    pub(super) fn is_for_nobody(&self, number: u32, effect: &Effect) -> bool {
        match &effect.action {
            Action::Dispatch(_) => !self.crew.has(effect.id),
            Action::Ask(inquiry) => !self.crew.work.asks((number, &inquiry.task), effect.id),
            _ => false,
        }
    }

    /// Would it do harm to hand it out again? So it would what is for nobody, and a dispatch that its agent was told to stop.
    pub(super) fn is_over(&self, number: u32, effect: EffectId) -> bool {
        let entry = self.tenants.get(number as usize).and_then(|tenant| tenant.outbox.get(effect));
        let Some(effect) = entry.map(|entry| &entry.effect) else { return false };
        self.is_for_nobody(number, effect) || self.crew.work.recalled(effect.id).is_some()
    }

    /// What is due, or is to go out once more, and is over does not. Says whether it was dropped and may have been delivered.
    pub(super) fn drop_stale(&mut self, number: u32, effect: EffectId, decision: &mut Decision) -> bool {
        if !self.is_over(number, effect) {
            return false;
        }
        let unheard = self.never_arrived(number, effect);
        if self.is_put_off(number, effect) {
            self.crew.on_stopped(self.now, effect);
        }
        if unheard {
            decision.verdicts.push(Verdict::Cancelled { effect, key: None });
        }
        self.drop_effect(number, effect);
        self.on_room();
        !unheard
    }

    /// After an outcome: what would come again, and is over, ends instead. What is still to be said of that.
    pub(super) fn end_if_stale(&mut self, number: u32, effect: EffectId, decision: &mut Decision) -> Option<EffectId> {
        let ended = self.drop_stale(number, effect, decision).then_some(effect);
        decision
            .verdicts
            .retain(|verdict| !matches!(verdict, Verdict::Ambiguous { effect, .. } if ended == Some(*effect)));
        ended
    }

    fn drop_effect(&mut self, number: u32, effect: EffectId) {
        let Some((mut desk, tenant)) = self.desk(number) else { return };
        tenant.chains.on_ended(effect);
        tenant.outbox.end(&mut desk, effect);
    }

    /// Is an agent to stop a dispatch that it never got? The host said that it did not hand it over, and nothing was heard of it.
    fn never_arrived(&self, number: u32, dispatch: EffectId) -> bool {
        self.is_put_off(number, dispatch) && self.crew.work.recalled(dispatch) == Some(false)
    }

    /// A dispatch that is to be recalled, and never arrived, is taken back: it would go out after its recall.
    fn take_back(&mut self, at: Place, dispatch: EffectId, decision: &mut Decision) -> bool {
        let tenant = self.crew.work.run(at.plan).map(|run| run.tenant);
        let Some(number) = tenant.filter(|number| self.never_arrived(*number, dispatch)) else { return false };
        decision.verdicts.push(Verdict::Cancelled { effect: dispatch, key: None });
        self.drop_effect(number, dispatch);
        self.crew.work.on_undelivered(self.now, dispatch);
        self.crew.stirred = true;
        true
    }

    /// The machines tell each other what they have to say, and tasks find agents, until nothing moves any more. `happened`:
    /// this is not only the next part of what one record was too short for.
    pub(super) fn settle_crew(&mut self, happened: bool, decision: &mut Decision) {
        if self.crew.stirred {
            self.crew.agents.stir_scale();
        } else if self.crew.notices.is_empty() {
            return;
        }
        self.pass_words(decision);
        self.ask_waiting(decision);
        self.crew.stirred = false;
        self.find_agents(happened, decision);
        self.pass_words(decision);
        self.ask_waiting(decision);
        if core::mem::take(&mut self.crew.stirred) {
            // An agent came free after those who wait for it were asked.
            self.crew.wake = Some(self.now);
        }
        self.crew.look_ahead();
    }

    pub(super) fn pass_words(&mut self, decision: &mut Decision) {
        loop {
            let words = self.crew.work.words();
            let notices = core::mem::take(&mut self.crew.notices);
            if words.is_empty() && notices.is_empty() {
                return;
            }
            words.into_iter().for_each(|word| self.on_word(word, decision));
            notices.into_iter().for_each(|notice| self.on_notice(notice, decision));
        }
    }

    /// The name of a plan's tenant; none of the default one.
    fn plans_tenant(&self, plan: u32) -> Option<Text> {
        let tenant = self.tenants.get(self.crew.work.run(plan)?.tenant as usize)?;
        (!tenant.name.is_empty()).then(|| (*tenant.name).into())
    }

    fn on_word(&mut self, word: Word, decision: &mut Decision) {
        let now = self.now;
        match word {
            Word::Task(at, state) => {
                let Some((task, why, agent)) = self.crew.work.told(at) else { return };
                let tenant = self.plans_tenant(at.plan);
                decision.verdicts.push(Verdict::Task { task, state, why, agent, reason: None, tenant });
            }
            Word::Nobody(at) => {
                let Some((task, _, _)) = self.crew.work.told(at) else { return };
                let Some(node) = self.crew.work.node(at) else { return };
                let (state, why, reason) = (node.state, Some(TaskWhy::Nobody), node.nobody.clone());
                let tenant = self.plans_tenant(at.plan);
                decision.verdicts.push(Verdict::Task { task, state, why, agent: None, reason, tenant });
            }
            Word::Plan(plan, state) => {
                let Some(run) = self.crew.work.run(plan) else { return };
                let (id, tenant) = (run.plan.id.clone(), self.plans_tenant(plan));
                decision.verdicts.push(Verdict::Plan { plan: id, state, tenant });
            }
            Word::Late(at, dispatch) => {
                let Some((task, _, _)) = self.crew.work.told(at) else { return };
                let tenant = self.plans_tenant(at.plan);
                decision.verdicts.push(Verdict::Late { task, dispatch, tenant });
            }
            Word::Freed { at, dispatch, outcome, ms, .. } => {
                let number = self.crew.work.run(at.plan).map(|run| run.tenant);
                let put_off = number.is_some_and(|number| self.is_put_off(number, dispatch));
                let arrived = !put_off && !self.crew.undelivered.contains(&dispatch);
                self.crew.on_freed(now, dispatch, Lost::new(outcome, ms), arrived);
            }
            Word::Recall { at, dispatch, .. } if self.take_back(at, dispatch, decision) => {}
            Word::Recall { at, agent, dispatch, epoch, why } => {
                let Some((task, _, _)) = self.crew.work.told(at) else { return };
                self.crew.on_told(now, dispatch, epoch);
                let id = self.next_id();
                self.emit((id, at), Action::Recall(Recall { task, agent, dispatch, epoch, why }), None, decision);
            }
            Word::Ask { .. } => self.on_ask(word, decision),
            Word::Handed { at, agent, dispatch, epoch, accepted, reason } => {
                let Some((task, _, _)) = self.crew.work.told(at) else { return };
                let handed = Handed { task, agent, dispatch, epoch, accepted, reason };
                let id = self.next_id();
                self.emit((id, at), Action::Handed(handed), None, decision);
            }
        }
    }

    fn on_notice(&mut self, notice: Notice, decision: &mut Decision) {
        let mut say_pool = |pool, state, until| decision.verdicts.push(Verdict::Pool { pool, state, until });
        let (agent, state) = match notice {
            Notice::Suspected { agent, id, .. } => {
                self.crew.on_silent(agent);
                // Silence is no proof: it may be at work behind a network that is down.
                self.crew.work.on_agent_gone(self.now, &id, true);
                (id, AgentState::Suspected)
            }
            Notice::Recovered { id, .. } => (id, AgentState::Recovered),
            Notice::Drained { id, .. } => (id, AgentState::Drained),
            Notice::DrainExpired { id, .. } => (id, AgentState::DrainExpired),
            Notice::Restart { id, .. } => (id, AgentState::Restart),
            Notice::Escalated { pool, until, .. } => return say_pool(pool, PoolState::Down, Some(until)),
            Notice::PoolRestored { pool } => return say_pool(pool, PoolState::Restored, None),
            Notice::Alarm { until } => return say_pool(Text::default(), PoolState::Alarm, Some(until)),
            Notice::Scale { pool, agents, wanted, because, leave } => {
                decision.verdicts.push(Verdict::Scale { pool, agents, wanted, because, leave });
                return;
            }
        };
        decision.verdicts.push(Verdict::Agent { agent, state });
    }
}

impl State {
    /// Can the plan be taken? `Some` number of the one that has its name already.
    pub(super) fn check_plan(&self, plan: &Plan) -> Result<Option<u32>, Rejected> {
        let name = plan.tenant.as_deref().unwrap_or("");
        let known = self.tenant_number(name);
        let cause = plan.cause.as_deref();
        let tenant = known.and_then(|at| self.tenants.get(at as usize));
        known_cause(tenant, cause)?;
        if known.is_none() && self.tenants.len() as u64 >= u64::from(self.config.limits.tenants) {
            return Err(Rejected::Full { limit_name: "tenants", limit: u64::from(self.config.limits.tenants) });
        }
        // A tenant that is new has no plans; no tenant has this number.
        let known = self.crew.work.check_plan(known.unwrap_or(u32::MAX), plan)?;
        if known.is_none() {
            self.check_begot(tenant, cause)?;
        }
        Ok(known)
    }

    /// One that is too much for its chain makes a notice.
    fn check_begot(&self, tenant: Option<&Tenant>, cause: Option<&str>) -> Result<(), Rejected> {
        let begot = |tenant: &Tenant| cause.is_some_and(|cause| tenant.chains.is_errand(cause));
        match tenant.filter(|tenant| begot(tenant)) {
            Some(tenant) => need::Room::of(&self.config.limits, Some(tenant)).check(trip::NOTICE),
            None => Ok(()),
        }
    }

    /// Can the plan be patched? The record that did it before, if one did.
    pub(super) fn check_patch(&self, now: Timestamp, patch: &Patch) -> Result<Option<Seq>, Rejected> {
        let cause = patch.cause.as_deref();
        optional("key", patch.key.as_deref(), limits::NAME_BYTES)?;
        optional("cause", cause, limits::ID_BYTES + limits::SUBJECT_BYTES + 1)?;
        let plan = self.plan_named(patch.tenant.as_deref(), &patch.plan)?;
        let known = self.crew.work.check_patch(now, plan, patch)?;
        if known.is_none() {
            let tenant = self.tenant(patch.tenant.as_deref().unwrap_or(""));
            known_cause(tenant, cause)?;
            self.check_begot(tenant, cause)?;
        }
        Ok(known)
    }

    pub(super) fn plan_named(&self, tenant: Option<&str>, plan: &Text) -> Result<u32, Rejected> {
        let name = tenant.unwrap_or("");
        let tenant = self.tenant_number(name).ok_or_else(|| Rejected::UnknownTenant { tenant: name.into() })?;
        self.crew.work.find_plan(tenant, plan)
    }
}

fn known_cause(tenant: Option<&Tenant>, cause: Option<&str>) -> Result<(), Rejected> {
    let Some(cause) = cause else { return Ok(()) };
    let found = tenant.and_then(|tenant| tenant.chains.cause(cause));
    found.map(|_| ()).ok_or_else(|| Rejected::UnknownCause { cause: cause.into() })
}
