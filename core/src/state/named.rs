//! The names under which proposals are remembered, so that none is made twice.
//!
//! | cause | with a key: once for each | without: the same words, once for each |
//! |---|---|---|
//! | an event, or the effect that asks a handler | cause | cause |
//! | a dispatch | task, until it is rerun or undone: whichever attempt proposes it | attempt |
//!
//! A task that is tried again would send again what its last attempt had sent before it crashed. What has failed did not happen: the
//! next attempt may try it again.

use alloc::{
    boxed::Box,
    format,
    string::{String, ToString},
    vec::Vec,
};

use super::{State, Tenant};
use crate::{
    det::digest,
    id::EffectId,
    input::{Outcome, OutcomeResult, Proposal, Propose},
    text::Text,
};

/// The causes of a proposal in one spelling.
#[derive(Default)]
pub(crate) struct Named {
    keyed: String,
    /// Where that is another one.
    worded: Option<String>,
}

impl Named {
    /// The name under which a proposal is remembered: its causes, and its key or its content.
    pub(super) fn of(&self, proposal: &Proposal) -> Box<str> {
        if let Some(key) = &proposal.key {
            return self.key(key);
        }
        // Writing to memory can not fail.
        let mut bytes = Vec::new();
        let _ = minicbor::encode(proposal, &mut bytes);
        format!("{}\0\0\0{:016x}", self.worded.as_ref().unwrap_or(&self.keyed), digest(&bytes)).into()
    }

    fn key(&self, key: &Text) -> Box<str> {
        format!("{}\0\0{key}", self.keyed).into()
    }
}

impl State {
    pub(super) fn named(&self, propose: &Propose) -> Option<Named> {
        let tenant = self.tenant(propose.tenant.as_deref().unwrap_or(""))?;
        self.names(tenant, propose.cause.as_slice())
    }

    fn names(&self, tenant: &Tenant, causes: &[Text]) -> Option<Named> {
        let names: Option<Vec<String>> = causes.iter().map(|cause| tenant.chains.canonical(cause)).collect();
        let (names, work) = (names?, &self.crew.work);
        let first = |name: &String| work.first(name.parse().ok()?);
        let began = |name: &String| work.began(name.parse().ok()?);
        let spelled = |dispatch: &dyn Fn(&String) -> Option<EffectId>| {
            let one = |name: &String| dispatch(name).map_or_else(|| name.clone(), |id| id.to_string());
            names.iter().map(one).collect::<Vec<_>>().join(" ")
        };
        let worded = spelled(&began);
        // Most causes are no dispatches.
        if !names.iter().any(|name| first(name).is_some()) {
            return Some(Named { keyed: worded, worded: None });
        }
        let keyed = spelled(&|name| first(name).or_else(|| began(name)));
        Some(Named { keyed, worded: Some(worded) })
    }

    /// The name of what a task had proposed with a key, if it has come to nothing.
    pub(super) fn failed_of_task(&self, tenant: u32, outcome: &Outcome) -> Option<Box<str>> {
        if !matches!(outcome.result, OutcomeResult::Failed { .. } | OutcomeResult::Cancelled {}) {
            return None;
        }
        let tenant = self.tenants.get(tenant as usize)?;
        let effect = &tenant.outbox.get(outcome.effect)?.effect;
        let key = effect.key.as_ref()?;
        let of_task = |cause: &Text| cause.parse().is_ok_and(|dispatch| self.crew.work.first(dispatch).is_some());
        let causes = effect.cause.as_slice();
        causes.iter().any(of_task).then_some(())?;
        Some(self.names(tenant, causes)?.key(key))
    }
}
