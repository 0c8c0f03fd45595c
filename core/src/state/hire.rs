//! Who is given which task: one pass through the queue of ready tasks, and the effects that come of it.

use alloc::{boxed::Box, format, vec::Vec};

use super::{State, crew::Slot};
use crate::{
    agents::{self, Choice, Exclusion, Need},
    chain::{Cause, Lineage},
    effect::{Action, Dispatch, Effect},
    error::Rejected,
    id::{EffectId, ReleaseNo},
    input::Causes,
    outbox::{Descent, Desk, due_ms},
    text::Text,
    time::Timestamp,
    verdict::{Decision, Verdict},
    work::{Place, PlanOrder, Round, Want},
};

/// Most dispatches one record hands out. What is left is due at once.
const DISPATCHES: usize = 256;
/// Most tasks of plans that are over one pass ends. What is left is due at once.
const ENDS: usize = 1024;
/// Most tasks one pass leaves waiting for a better agent before it stops looking for others.
const PATIENCE: usize = 64;

/// Why a task was given to nobody.
enum Miss {
    /// A better agent is worth waiting for.
    Busy,
    Nobody,
    /// The only agent that may have it can not do it.
    Unfit(Text),
}

/// What is wrong with the only agent that may have a task.
fn unfit(agent: &Text, why: &Exclusion) -> Text {
    let why = match why {
        Exclusion::Lacks { capability } => format!("lacks `{capability}`"),
        Exclusion::Tenant => "does not work for this tenant".into(),
        Exclusion::Pool => "is in another pool".into(),
        _ => "can not do it".into(),
    };
    format!("agent `{agent}` {why}").into()
}

impl State {
    /// One pass through the queue of ready tasks. No task is looked at twice, whatever becomes of it.
    pub(super) fn find_agents(&mut self, decision: &mut Decision) {
        let (mut round, mut dispatched, mut waiting, mut ended) = (Round::default(), 0, 0, 0);
        while let Some(want) = self.crew.work.next(&round) {
            let Some(tenant) = self.tenants.get(want.tenant as usize) else { return };
            let Some(run) = self.crew.work.run(want.at.plan) else { return };
            if tenant.loops.stops.covers_chain(run.chain) {
                // A cancelled plan is paused no more and would undo what it did: that waits as well.
                let (tenant, chain) = (want.tenant, run.chain);
                self.crew.work.stop_plans(tenant, Some(chain));
                round.later(want.at);
                continue;
            }
            let limits = &self.config.limits;
            if tenant.outbox.len() as u64 >= u64::from(limits.open_effects)
                || tenant.outbox.bytes() >= limits.open_bytes
            {
                // An outcome makes room. Others have theirs.
                round.closed(want.tenant);
                continue;
            }
            if dispatched == DISPATCHES || ended == ENDS {
                self.crew.wake = Some(self.now);
                return;
            }
            if self.crew.work.end_if_over(self.now, want.at) {
                ended += 1;
                self.pass_words(decision);
                continue;
            }
            if !self.crew.work.keys_are_free(want.at) {
                round.nobody(&self.crew.work, want.at);
                continue;
            }
            match self.choose(&want) {
                Ok(lease) => {
                    dispatched += 1;
                    self.dispatch(&want, lease, decision);
                    round.later(want.at);
                }
                Err(Miss::Busy) if waiting < PATIENCE => {
                    waiting += 1;
                    round.later(want.at);
                }
                Err(Miss::Unfit(reason)) if want.offered => {
                    self.crew.work.on_offer_over(self.now, want.at, Some(reason));
                    round.later(want.at);
                }
                Err(_) => round.nobody(&self.crew.work, want.at),
            }
            self.pass_words(decision);
        }
    }

    /// A slot for a task.
    fn choose(&mut self, want: &Want) -> Result<agents::Lease, Miss> {
        let now = self.now;
        let Some(tenant) = self.tenants.get(want.tenant as usize) else { return Err(Miss::Nobody) };
        let crew = &mut self.crew;
        if let Some(only) = &want.only {
            if want.offered && want.avoid.contains(only) {
                return Err(Miss::Unfit(format!("agent `{only}` has it, or did not take it").into()));
            }
            let agent = crew.agents.find(only).ok_or(Miss::Nobody)?;
            let need = need(want, &tenant.name, &[]);
            return match crew.agents.unfit(agent, &need) {
                None => crew.agents.lease(now, agent, need.context).ok_or(Miss::Nobody),
                Some(Exclusion::PoolDown) => Err(Miss::Nobody),
                Some(why) => Err(Miss::Unfit(unfit(only, &why))),
            };
        }
        let avoid: Vec<_> = want.avoid.iter().filter_map(|id| crew.agents.find(id)).collect();
        match crew.agents.pass(now).select(&need(want, &tenant.name, &avoid)) {
            Choice::Lease { lease, .. } => Ok(lease),
            Choice::Hold { .. } => Err(Miss::Busy),
            Choice::None { wake, .. } => {
                let later = wake.filter(|wake| *wake > now);
                crew.wake = [crew.wake, later].into_iter().flatten().min();
                Err(Miss::Nobody)
            }
        }
    }

    /// Does a person's stop stand against it? What is stopped as a whole does not go on in part.
    pub(super) fn check_stop(&self, plan: u32, order: &PlanOrder) -> Result<(), Rejected> {
        let what = match order {
            PlanOrder::Resume {} => "resume",
            PlanOrder::Rerun { .. } => "rerun",
            _ => return Ok(()),
        };
        let stopped = self.crew.work.run(plan).is_some_and(|run| self.is_stopped(run.tenant, run.chain));
        let reason = || "its chain is stopped; resume the chain, or all, whichever was stopped".into();
        if stopped { Err(Rejected::NotPossible { what, reason: reason() }) } else { Ok(()) }
    }

    /// May the agent that a person chose have the task? One that is not there yet is asked when it comes.
    pub(super) fn check_pin(&self, plan: u32, order: &PlanOrder) -> Result<(), Rejected> {
        let PlanOrder::Pin { task, agent: Some(id) } = order else { return Ok(()) };
        let (Some(want), Some(agent)) = (self.crew.work.want(plan, task), self.crew.agents.find(id)) else {
            return Ok(());
        };
        let name = self.tenants.get(want.tenant as usize).map_or("", |tenant| &*tenant.name);
        match self.crew.agents.unfit(agent, &need(&want, name, &[])) {
            None | Some(Exclusion::PoolDown) => Ok(()),
            Some(why) => Err(Rejected::NotPossible { what: "pin", reason: unfit(id, &why).as_str().into() }),
        }
    }

    /// Who would be given a task now, and why.
    pub(crate) fn explain_choice(&self, tenant: u32, plan: &str, task: &str) -> Option<agents::Explain> {
        let work = &self.crew.work;
        let want = work.want(work.find_plan(tenant, &plan.into()).ok()?, task)?;
        let tenant = self.tenants.get(tenant as usize)?;
        // Asking leaves no trace: the registry keeps an index of what was asked, so it is asked of a copy.
        let mut agents = self.crew.agents.clone();
        let avoid: Vec<_> = want.avoid.iter().filter_map(|id| agents.find(id)).collect();
        Some(agents.pass(self.now).explain(&need(&want, &tenant.name, &avoid)))
    }

    fn dispatch(&mut self, want: &Want, lease: agents::Lease, decision: &mut Decision) {
        let Some(agent) = self.crew.agents.registration(lease.agent).map(|profile| profile.id.clone()) else { return };
        let id = EffectId { seq: self.seq, ordinal: self.ordinal };
        let Some(handout) = self.crew.work.on_leased(self.now, want.at, &agent, id) else {
            self.crew.agents.release(self.now, lease, &mut self.crew.notices);
            // What its end means for others is still to be told.
            self.crew.wake = Some(self.now);
            return;
        };
        let slot = Slot { lease, class: want.class.clone(), expected_ms: want.estimate_ms.unwrap_or(0) };
        self.crew.slots.insert(id, slot);
        let Some((task, _, _)) = self.crew.work.told(want.at) else { return };
        let deadline = handout.deadline;
        let dispatch = Dispatch {
            task,
            agent,
            attempt: handout.attempt,
            epoch: handout.epoch,
            deadline,
            heartbeat_ms: handout.heartbeat_ms,
            input: handout.input,
            item: handout.item,
            resume_from: handout.resume_from,
            answers: handout.answers,
            handoff: handout.handoff,
            undo: handout.undo,
            result: handout.result,
        };
        self.emit(want.at, Action::Dispatch(Box::new(dispatch)), deadline, decision);
    }

    /// The host is to do something about a task. It is no step of a loop: what an agent then wants to do is proposed, with
    /// the dispatch as its cause, and passes the gate.
    pub(super) fn emit(&mut self, at: Place, action: Action, expires_at: Option<Timestamp>, decision: &mut Decision) {
        let Some(run) = self.crew.work.run(at.plan) else { return };
        let (number, chain, hop) = (run.tenant, run.chain, run.hop);
        let cause = run.plan.cause.clone().unwrap_or_else(|| run.plan.id.clone());
        let Some(tenant) = self.tenants.get_mut(number as usize) else { return };
        let id = EffectId { seq: self.seq, ordinal: self.ordinal };
        self.ordinal = self.ordinal.saturating_add(1);
        let known: Option<Cause> = tenant.chains.cause(&cause);
        let budget = known.and_then(|cause| cause.budget).unwrap_or(self.config.chain.budget);
        let parent = known.and_then(|cause| cause.parent);
        let lineage = Lineage { chain, effect: id, hop, budget };
        tenant.chains.on_kept(lineage, parent, None);
        let effect = Effect {
            action,
            id,
            release: ReleaseNo(0),
            chain,
            cause: Causes::One(cause),
            hop,
            redelivered: false,
            tenant: (!tenant.name.is_empty()).then(|| Text::from(&*tenant.name)),
            rule: None,
            key: None,
            token: None,
            traceparent: tenant.chains.traceparent(chain, id),
            expires_at,
        };
        let due = due_ms(&effect, &self.config.timing);
        let mut desk = Desk {
            seq: self.seq,
            now: self.now,
            tenant: number,
            timers: &mut self.timers,
            releases: &mut self.releases,
        };
        tenant.outbox.release(&mut desk, effect, Descent { lineage, parent }, due);
        decision.verdicts.push(Verdict::Admitted { effect: id, key: None, would: None });
    }
}

/// What a task needs of an agent.
fn need<'a>(want: &'a Want, tenant: &'a str, avoid: &'a [agents::AgentNo]) -> Need<'a> {
    Need {
        task: u64::from(want.at.plan) << 32 | u64::from(want.at.task),
        class: &want.class,
        requires: &want.requires,
        prefers: &want.prefers,
        tenant,
        duration_ms: want.estimate_ms.unwrap_or(0),
        context: want.context.as_deref().unwrap_or(""),
        avoid,
        strict: want.offered,
        pool: want.pool.as_deref().unwrap_or(""),
        risky: want.risky,
        ..Need::default()
    }
}
