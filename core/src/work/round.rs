//! Who needs an agent: passes through the queue of ready tasks.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    vec::Vec,
};

use minicbor::{Decode, Encode};

use super::{
    control::is_queued,
    machine::Work,
    queue::Pass,
    run::{Node, Place, Run},
    short::Key,
    words::Word,
};
use crate::text::Text;

/// A pass through the queue of ready tasks: see [`Work::next`].
#[derive(Debug, Clone, Default, Encode, Decode)]
#[cbor(transparent)]
pub struct Round {
    #[n(0)]
    pass: Pass,
}

/// A pass that goes on in the next record.
#[derive(Debug, Clone, Default, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Rest {
    #[n(0)]
    pub(crate) round: Round,
    /// Something has happened since it began: what it has passed over is to be looked at anew.
    #[n(1)]
    pub(crate) again: bool,
}

/// A task that needs an agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Want {
    /// The task.
    pub at: Place,
    /// Its tenant.
    pub tenant: u32,
    /// What the agent must be able to do.
    pub requires: Vec<Text>,
    /// What it had better be able to do.
    pub prefers: Vec<Text>,
    /// The kind of task, for learning.
    pub class: Text,
    /// The pool an agent must be in.
    pub pool: Option<Text>,
    /// How long it is thought to take, in milliseconds.
    pub estimate_ms: Option<u64>,
    /// What an agent may have in memory already.
    pub context: Option<Text>,
    /// Agents that had better not have it.
    pub avoid: Vec<Text>,
    /// The only agent that may have it.
    pub only: Option<Text>,
    /// Its owner offers it to others: rather nobody has it than one of `avoid`.
    pub offered: bool,
    /// It can not be undone or is delicate.
    pub risky: bool,
}

impl Work {
    /// The next task that needs an agent. Answer with [`Work::on_leased`], [`Round::nobody`], [`Round::taken`]
    /// or [`Round::later`].
    #[must_use]
    pub fn next(&self, round: &mut Round) -> Option<Want> {
        self.want_of(self.queue.head(&mut round.pass)?)
    }

    /// What a task wants of an agent, whether it waits for one or not.
    #[must_use]
    pub fn want(&self, plan: u32, task: &str) -> Option<Want> {
        let task = *self.run(plan)?.by_name().get(task)?;
        self.want_of(Place { plan, task })
    }

    fn want_of(&self, at: Place) -> Option<Want> {
        let run = self.run(at.plan)?;
        let node = run.node(at.task)?;
        Some(Want {
            at,
            tenant: run.tenant,
            requires: node.requires().to_vec(),
            prefers: node.spec.prefers.clone(),
            class: node.class().clone(),
            pool: node.spec.pool.clone(),
            estimate_ms: node.spec.estimate_ms,
            context: node.spec.context.clone(),
            avoid: node.avoids(),
            only: node.only().cloned(),
            offered: node.offer.is_some(),
            risky: node.spec.risky,
        })
    }

    /// Are the keys of this task free?
    #[must_use]
    pub fn keys_are_free(&self, at: Place) -> bool {
        let Some(run) = self.run(at.plan) else { return false };
        let Some(node) = run.node(at.task) else { return false };
        let held = |key: &Text| self.keys.get(&(run.tenant, key.clone())).copied().unwrap_or(0);
        node.offer.is_some() || node.spec.keys.iter().all(|key| held(&key.key) < key.limit)
    }

    /// Is it ready but for a key that is taken?
    pub(crate) fn waits_for_keys(&self, at: Place) -> bool {
        let waits = self.node(at).is_some_and(|node| node.lease.is_none() && is_queued(node));
        waits && !self.keys_are_free(at)
    }

    /// Nobody is there who can do a task. That is said once for each wait.
    pub(crate) fn on_nobody(&mut self, at: Place, reason: Text) {
        // The owner of what is offered is at it.
        let Some(node) = self.node_mut(at).filter(|node| node.offer.is_none()) else { return };
        if node.nobody.replace(reason).is_none() {
            self.words.push(Word::Nobody(at));
        }
    }

    /// Somebody is there for it again, and busy.
    pub(crate) fn on_busy(&mut self, at: Place) {
        if let Some(node) = self.node_mut(at).filter(|node| node.nobody.is_some()) {
            node.nobody = None;
        }
    }

    /// How many more agents of each pool would be of use to tasks that wait; those that name none are under the empty name. Of
    /// those that want the same keys as many count as the keys let start, of a tenant's as many as it has `room` for, and none
    /// that only a certain agent may have.
    #[must_use]
    pub fn waiting_by_pool(&self, room: impl Fn(u32) -> u32) -> BTreeMap<Text, u32> {
        let (mut waiting, mut taken, mut rooms) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        for (at, count) in self.queue.groups() {
            let (Some(run), Some(node)) = (self.run(at.plan), self.node(at)) else { continue };
            if node.only().is_some() {
                continue;
            }
            // Each pool is counted alone. What another one's tasks would take, they may never get: nobody may be there for them.
            let pool = node.spec.pool.as_deref().unwrap_or("");
            let left: &mut u32 = rooms.entry((pool, run.tenant)).or_insert_with(|| room(run.tenant));
            let most = self.let_start(run, node, count.min(*left), pool, &mut taken);
            *left -= most;
            *waiting.entry(pool.into()).or_default() += most;
        }
        waiting
    }

    /// The agents without which a task that has not ended can not go on: nobody else may have it.
    pub(crate) fn only_agents(&self) -> BTreeSet<&str> {
        let runs = self.runs.values().filter(|run| !run.state.is_terminal());
        let open = runs.flat_map(|run| &run.nodes).filter(|node| !node.state.is_terminal());
        open.filter_map(Node::only).map(Text::as_str).collect()
    }

    /// So many of a group the keys let start, beside what others of the same pool have `taken` of them already.
    fn let_start<'a>(
        &self,
        run: &Run,
        node: &'a Node,
        count: u32,
        pool: &'a str,
        taken: &mut BTreeMap<(&'a str, u32, &'a Text), u32>,
    ) -> u32 {
        if node.offer.is_some() {
            // It has them.
            return count;
        }
        let left = |key: &Key| {
            let held = self.keys.get(&(run.tenant, key.key.clone())).copied().unwrap_or(0);
            let others = taken.get(&(pool, run.tenant, &key.key)).copied().unwrap_or(0);
            key.limit.saturating_sub(held).saturating_sub(others)
        };
        let most = node.spec.keys.iter().map(left).fold(count, u32::min);
        for key in &node.spec.keys {
            *taken.entry((pool, run.tenant, &key.key)).or_default() += most;
        }
        most
    }
}

impl Round {
    /// Nobody is there for a task like this: others like it need not be asked about in this round.
    pub fn nobody(&mut self, work: &Work, at: Place) {
        // As it was queued: a shape that nothing stands under would block nothing, and the round would not end.
        match work.queue.standing(at) {
            Some(standing) => self.pass.block(&standing, at),
            None => self.pass.skip(None, at),
        }
    }

    /// Its keys are taken: others with the same need not be asked about in this round.
    pub fn taken(&mut self, work: &Work, at: Place) {
        match work.queue.standing(at) {
            Some(standing) => self.pass.block_keys(&standing, at),
            None => self.pass.skip(None, at),
        }
    }

    /// No task of this tenant can be given to anybody now.
    pub(crate) fn closed(&mut self, tenant: u32) {
        self.pass.block_tenant(tenant);
    }

    /// This task had better wait for a better agent, or has one. Others are asked about.
    pub fn later(&mut self, work: &Work, at: Place) {
        self.pass.skip(work.queue.standing(at).as_ref(), at);
    }
}
