//! Who is given which task: one pass through the queue of ready tasks, and the effects that come of it.

use alloc::{boxed::Box, format, vec::Vec};

use super::{Crew, State, recall::Slot};
use crate::{
    agents::{self, Choice, Exclusion, Need},
    chain::{Cause, Lineage},
    effect::{Action, Dispatch, Effect},
    error::Rejected,
    id::EffectId,
    input::Causes,
    outbox::Descent,
    text::Text,
    time::Timestamp,
    verdict::{Decision, Verdict},
    work::{Led, Place, PlanOrder, Rest, Round, Want},
};

/// Most dispatches one record hands out. What is left is due at once.
const DISPATCHES: usize = 256;
/// Most tasks of plans that are over one pass ends. What is left is due at once.
const ENDS: usize = 1024;
/// Most tasks one pass leaves waiting for a better agent before it stops looking for others.
const PATIENCE: usize = 64;
/// Most tasks of different kinds that one record finds nobody for, from the front of the queue and once more from where the
/// last one stopped. What is left is due at once.
const MISSES: usize = 256;

/// What one record has done of a pass.
#[derive(Debug, Default)]
struct Done {
    /// Tasks that wait for a certain agent count in front of it for the rest of the record.
    held: agents::Held,
    dispatches: usize,
    waiting: usize,
    ends: usize,
    misses: usize,
}

/// How a pass came to its end.
enum Looked {
    /// Everything was looked at.
    Through,
    /// So much was given out or ended that the rest is for another record.
    Full,
    /// So many find nobody that the rest has a turn of its own.
    Stuck,
}

/// Why a task was given to nobody.
enum Miss {
    /// An agent that can do it is worth waiting for.
    Busy,
    /// There is none, for this reason.
    Nobody(Text),
    /// The only agent that may have it can not do it.
    Unfit(Text),
}

/// What is wrong with the only agent that may have a task.
fn unfit(agent: &Text, why: &Exclusion) -> Text {
    format!("agent `{agent}` {why}").into()
}

/// Why nobody is there for a task: what is wrong with most agents.
fn nobody(reasons: &[agents::Reason]) -> Text {
    let Some(most) = reasons.first() else { return "there is no agent".into() };
    let all = reasons.iter().fold(0_u32, |all, reason| all.saturating_add(reason.agents));
    format!("{} of {all}: an agent {}", most.agents, most.exclusion).into()
}

impl State {
    /// Gives out ready tasks. What many others stand before that nobody can do is looked at too, from where the last record
    /// stopped, and once more if something has `happened` since that pass began.
    pub(super) fn find_agents(&mut self, happened: bool, decision: &mut Decision) {
        let mut done = Done::default();
        self.look_twice(happened, &mut done, decision);
        if self.crew.agents.let_go(done.held) {
            // It came free after those who wait for it were asked.
            self.crew.wake = Some(self.now);
        }
    }

    fn look_twice(&mut self, happened: bool, done: &mut Done, decision: &mut Decision) {
        let mut round = Round::default();
        let looked = self.look(&mut round, done, decision);
        let kept = self.crew.work.rest.take();
        match looked {
            Looked::Through => return,
            Looked::Full => self.crew.work.rest = kept.map(|rest| Rest { again: rest.again || happened, ..rest }),
            Looked::Stuck => {
                let fresh = kept.is_none();
                let mut rest = kept.unwrap_or(Rest { round, again: false });
                rest.again |= happened && !fresh;
                done.misses = 0;
                match self.look(&mut rest.round, done, decision) {
                    Looked::Through if !rest.again => return,
                    Looked::Through => {}
                    Looked::Full | Looked::Stuck => self.crew.work.rest = Some(rest),
                }
            }
        }
        self.crew.wake = Some(self.now);
    }

    /// A pass through the queue of ready tasks, or a part of one. No task is looked at twice, whatever becomes of it.
    fn look(&mut self, round: &mut Round, done: &mut Done, decision: &mut Decision) -> Looked {
        while let Some(want) = self.crew.work.next(round) {
            let Some(tenant) = self.tenants.get(want.tenant as usize) else { return Looked::Through };
            let Some(run) = self.crew.work.run(want.at.plan) else { return Looked::Through };
            let stopped = run.chains().find(|chain| tenant.loops.stops.hits_chain(*chain));
            if let Some(chain) = stopped {
                // A cancelled plan is paused no more and would undo what it did: that waits as well.
                self.crew.work.stop_plans(want.tenant, Some(chain));
                round.later(&self.crew.work, want.at);
                continue;
            }
            if !self.has_room_to_dispatch(want.tenant) {
                // Others have theirs.
                round.closed(want.tenant);
                continue;
            }
            if done.dispatches == DISPATCHES || done.ends == ENDS || self.is_full() {
                return Looked::Full;
            }
            if done.misses == MISSES {
                return Looked::Stuck;
            }
            if self.crew.work.end_if_over(self.now, want.at) {
                done.ends += 1;
            } else if !self.crew.work.keys_are_free(want.at) {
                done.misses += 1;
                round.taken(&self.crew.work, want.at);
                continue;
            } else {
                self.give_out(&want, round, done, decision);
            }
            self.pass_words(decision);
        }
        Looked::Through
    }

    fn give_out(&mut self, want: &Want, round: &mut Round, done: &mut Done, decision: &mut Decision) {
        match self.choose(want, &mut done.held) {
            Ok(lease) => {
                done.dispatches += 1;
                self.dispatch(want, lease, decision);
            }
            Err(Miss::Busy) if done.waiting < PATIENCE => {
                done.waiting += 1;
                self.crew.work.on_busy(want.at);
            }
            Err(Miss::Unfit(reason)) if want.offered => {
                done.misses += 1;
                self.crew.work.on_offer_over(self.now, want.at, Some(reason));
            }
            Err(miss) => {
                done.misses += 1;
                match miss {
                    Miss::Nobody(reason) | Miss::Unfit(reason) => self.crew.work.on_nobody(want.at, reason),
                    Miss::Busy => self.crew.work.on_busy(want.at),
                }
                return round.nobody(&self.crew.work, want.at);
            }
        }
        round.later(&self.crew.work, want.at);
    }

    /// A slot for a task.
    fn choose(&mut self, want: &Want, held: &mut agents::Held) -> Result<agents::Lease, Miss> {
        let now = self.now;
        let Some(tenant) = self.tenants.get(want.tenant as usize) else { return Err(Miss::Busy) };
        let listens = self.crew.choices.is_some();
        let crew = &mut self.crew;
        if let Some(only) = &want.only {
            if want.offered && want.avoid.contains(only) {
                return Err(Miss::Unfit(format!("agent `{only}` has it, or did not take it").into()));
            }
            // A task may wait for an agent that is to come; its owner can do something else with it.
            let miss = if want.offered { Miss::Unfit } else { Miss::Nobody };
            let agent = crew.agents.find(only).ok_or_else(|| miss(unfit(only, &Exclusion::Absent)))?;
            let need = need(want, &tenant.name, &[]);
            if crew.still_at(want.at).contains(&agent) && crew.agents.unwell(agent).is_none() {
                return Err(Miss::Busy);
            }
            // Asked of a copy: the registry keeps an index of what was asked, and of this it is not asked otherwise.
            crew.choice = listens.then(|| crew.agents.clone().pass(now, &mut Vec::new()).explain_only(only, &need));
            crew.agents.hasten_only(now, agent);
            return match crew.agents.unfit(agent, &need) {
                None => crew.agents.lease(now, agent, need.context).ok_or_else(|| match crew.agents.unwell(agent) {
                    Some(why) => Miss::Nobody(unfit(only, &why)),
                    None => Miss::Busy,
                }),
                Some(why @ Exclusion::PoolDown) => Err(Miss::Nobody(unfit(only, &why))),
                Some(why) => Err(Miss::Unfit(unfit(only, &why))),
            };
        }
        let shunned = Shunned::of(crew, want);
        let (need, fallback) = shunned.needs(want, &tenant.name);
        // What is due is done.
        drop(crew.agents.pass(now, &mut crew.notices));
        let mut pass = crew.agents.go_on(core::mem::take(held));
        crew.choice = listens.then(|| shunned.explain(&mut pass, want, &tenant.name));
        let mut choice = pass.select(&need);
        if let (Choice::None { .. }, Some(need)) = (&choice, fallback) {
            choice = pass.select(&need);
        }
        *held = pass.interrupt();
        match choice {
            // It is given to an agent that has not stopped it yet as soon as that one has.
            Choice::None { .. } if shunned.may_come_free(&crew.agents, &need) => Err(Miss::Busy),
            Choice::Lease { lease, .. } => Ok(lease),
            Choice::Hold { .. } => Err(Miss::Busy),
            Choice::None { wake, reasons } => {
                if reasons.iter().any(|reason| matches!(reason.exclusion, Exclusion::Breaker { .. })) {
                    crew.agents.hasten(&need);
                }
                let later = wake.filter(|wake| *wake > now);
                crew.wake = [crew.wake, later].into_iter().flatten().min();
                Err(Miss::Nobody(nobody(&reasons)))
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
        // Tasks that a patch has added may have another chain than the plan.
        let Some(chain) = self.crew.work.run(plan).and_then(|run| self.stopped_chain(run)) else { return Ok(()) };
        let reason = format!("its chain {chain} is stopped; resume the chain, or all, whichever was stopped");
        Err(Rejected::NotPossible { what, reason: reason.into() })
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
        let shunned = Shunned::of(&self.crew, &want);
        let mut pass = agents.pass(self.now, &mut Vec::new());
        let mut explain = match &want.only {
            Some(only) => pass.explain_only(only, &need(&want, &tenant.name, &[])),
            None => shunned.explain(&mut pass, &want, &tenant.name),
        };
        if let Some(only) = want.only.as_deref().filter(|only| shunned.is_at_it(self.crew.agents.find(only))) {
            (explain.chosen, explain.decision) = (Some(only.into()), agents::Decision::Held);
        }
        if work.waits_for_keys(want.at) {
            (explain.chosen, explain.decision) = (None, agents::Decision::Taken);
        }
        Some(explain)
    }

    fn dispatch(&mut self, want: &Want, lease: agents::Lease, decision: &mut Decision) {
        let Some(agent) = self.crew.agents.registration(lease.agent).map(|profile| profile.id.clone()) else { return };
        let id = self.next_id();
        let Some(handout) = self.crew.work.on_leased(self.now, want.at, &agent, id) else {
            // Nothing leaves under it.
            self.ordinal = id.ordinal;
            self.crew.agents.release(self.now, lease, &mut self.crew.notices);
            // What its end means for others is still to be told.
            self.crew.wake = Some(self.now);
            return;
        };
        let slot = Slot::new(lease, want.class.clone(), want.estimate_ms.unwrap_or(0));
        self.crew.take_slot(id, slot);
        if let (Some(choices), Some(choice)) = (&mut self.crew.choices, self.crew.choice.take()) {
            choices.push((id, choice));
        }
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
        self.emit((id, want.at), Action::Dispatch(Box::new(dispatch)), deadline, decision);
    }

    /// The host is to do something about a task. It is no step of a loop: what an agent then wants to do is proposed, with
    /// the dispatch as its cause, and passes the gate.
    pub(super) fn emit(
        &mut self,
        (id, at): (EffectId, Place),
        action: Action,
        expires_at: Option<Timestamp>,
        decision: &mut Decision,
    ) {
        let Some(run) = self.crew.work.run(at.plan) else { return };
        let (number, Led { cause, chain, hop, .. }) = (run.tenant, run.led(at.task));
        let (usual, due_ms) = (self.config.chain.budget, self.config.timing.outcome_due_ms);
        let Some((mut desk, tenant)) = self.desk(number) else { return };
        let known: Option<Cause> = tenant.chains.cause(&cause);
        let budget = known.and_then(|cause| cause.budget).unwrap_or(usual);
        let parent = known.and_then(|cause| cause.parent);
        let lineage = Lineage { chain, effect: id, hop, budget };
        tenant.chains.on_kept(lineage, parent, None);
        let effect = Effect {
            hop,
            tenant: (!tenant.name.is_empty()).then(|| Text::from(&*tenant.name)),
            traceparent: tenant.chains.traceparent(chain, id),
            expires_at,
            ..Effect::new(action, id, chain, Causes::One(cause))
        };
        tenant.outbox.release(&mut desk, effect, Descent { lineage, parent }, due_ms);
        decision.verdicts.push(Verdict::Admitted { effect: id, key: None, would: None, would_hold: None });
    }
}

/// Agents that a task is not to be given to, if it can be helped.
struct Shunned {
    /// First those that have not stopped it yet, who do not get it; then those that failed at it.
    all: Vec<agents::AgentNo>,
    at_it: usize,
}

impl Shunned {
    fn of(crew: &Crew, want: &Want) -> Self {
        let mut all = crew.still_at(want.at);
        let at_it = all.len();
        all.extend(want.avoid.iter().filter_map(|id| crew.agents.find(id)));
        Self { all, at_it }
    }

    /// What the task needs, and what it needs if nobody else is there for that.
    fn needs<'a>(&'a self, want: &'a Want, tenant: &'a str) -> (Need<'a>, Option<Need<'a>>) {
        let need = need(want, tenant, &self.all);
        if self.at_it == 0 {
            return (need, None);
        }
        let strict = Need { strict: true, ..need };
        (strict, (!want.offered).then(|| Need { avoid: &self.all[..self.at_it], ..strict }))
    }

    fn explain(&self, pass: &mut agents::Pass<'_>, want: &Want, tenant: &str) -> agents::Explain {
        let (need, fallback) = self.needs(want, tenant);
        let mut explain = pass.explain(&need);
        if let (None, Some(need)) = (&explain.chosen, fallback) {
            explain = pass.explain(&need);
        }
        for left_out in explain.excluded.iter_mut().filter(|other| other.reason == Exclusion::Avoided) {
            if self.is_at_it(pass.find(&left_out.id)) {
                left_out.reason = Exclusion::Stopping;
            }
        }
        explain
    }

    fn is_at_it(&self, agent: Option<agents::AgentNo>) -> bool {
        agent.is_some_and(|agent| self.all[..self.at_it].contains(&agent))
    }

    /// Is one that has not stopped it yet able and allowed to do it, and well?
    fn may_come_free(&self, agents: &agents::Agents, need: &Need<'_>) -> bool {
        self.all.iter().take(self.at_it).any(|no| agents.unwell(*no).is_none() && agents.unfit(*no, need).is_none())
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
