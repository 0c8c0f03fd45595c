//! What only a person may order: to let go on what was stopped, paused or held. Otherwise a loop could lift its own stop. And what
//! nobody may: to stop what is not there yet.

use alloc::format;
use core::fmt;

use super::State;
use crate::{
    error::Rejected,
    event::{Actor, ActorClass},
    id::{ChainId, Seq},
    input::{Command, Order},
    work::{PlanOrder, Run},
};

impl State {
    /// Is an order that lets something go on a machine's, by the host's registry or its own word? Without `by` it is the host's.
    pub(super) fn check_person(&self, command: &Command) -> Result<(), Rejected> {
        let what = match &command.order {
            Order::ResumeChain { .. } | Order::ResumeSubject { .. } => "resume",
            Order::ResumeAll {} | Order::ResumeTenants {} => "resume",
            Order::Approve { .. } | Order::ApproveHeld { .. } => "approve",
            Order::Plan { order: PlanOrder::Resume {}, .. } => "resume",
            Order::Plan { order: PlanOrder::Rerun { .. }, .. } => "rerun",
            _ => return Ok(()),
        };
        let machine = command.by.as_ref().and_then(|by| Some((by, self.machine(by)?)));
        let Some((by, machine)) = machine else { return Ok(()) };
        let reason = format!(
            "`by` is `{}`, {machine}; a person must order it, and if that is one, set `actors` in the configuration",
            by.id
        );
        Err(Rejected::NotPossible { what, reason })
    }

    /// The first chain of a plan of which a person has stopped everything.
    pub(super) fn stopped_chain(&self, run: &Run) -> Option<ChainId> {
        run.chains().find(|chain| self.is_stopped(run.tenant, *chain))
    }

    /// Has a person stopped everything of this chain?
    pub(super) fn is_stopped(&self, tenant: u32, chain: ChainId) -> bool {
        self.tenants.get(tenant as usize).is_some_and(|tenant| tenant.loops.stops.hits_chain(chain))
    }

    /// Could it be a chain of ours? One that is not there yet would be somebody else's one day, and stopped for nothing. Those
    /// that were forgotten are taken: what still comes of them is to be stopped.
    pub(super) fn check_chain(&self, chain: ChainId) -> Result<(), Rejected> {
        let there = Seq(1)..=self.seq;
        if there.contains(&chain.0) { Ok(()) } else { Err(Rejected::UnknownChain { chain, last: self.seq }) }
    }

    /// What sort of machine an actor is, if it is one.
    fn machine(&self, actor: &Actor) -> Option<impl fmt::Display> {
        let registered = self.config.actors.get(actor.id.as_str()).copied();
        let own = self.config.own.contains(actor.id.as_str());
        match registered.unwrap_or(actor.class) {
            _ if own && registered.is_none() => Some("an account of this host"),
            ActorClass::Bot => Some("a bot"),
            ActorClass::App => Some("an app"),
            ActorClass::System => Some("a platform"),
            ActorClass::Timer => Some("a clock"),
            ActorClass::Human | ActorClass::Unknown => None,
        }
    }
}
