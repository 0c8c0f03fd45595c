//! How often the agents of a plan may go round among themselves: hand a task to and fro, ask, change the plan they are in.
//! Each of these is a step that no hop counts, so that each has a number at which it ends, with a reason.

use alloc::{collections::BTreeSet, format, vec::Vec};

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use super::{
    machine::Work,
    report::Handoff,
    run::{Node, Place},
    states::TaskWhy,
    words::Word,
};
use crate::{det::TextKey, error::Rejected, id::Seq, text::Text, time::Timestamp};

/// How often the agents of a plan may go round. Limits can be raised, never switched off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Turns {
    /// Handoffs that the agents of one task may offer, 1 to 1000. One more is refused: its owner keeps the task.
    pub handoffs: u16,
    /// How often a handoff may bring a task back to an agent that had handed it over, 1 to 1000. After that it is offered to
    /// others only.
    pub returns: u16,
    /// Questions that the agents of one task may ask, 1 to 256. One more is a failure for good.
    pub questions: u16,
    /// Patches of one plan, 1 to 1,000,000. One more is rejected.
    pub patches: u32,
}

impl Default for Turns {
    fn default() -> Self {
        Self { handoffs: 32, returns: 3, questions: 16, patches: 1000 }
    }
}

/// How often a task went round.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Turned {
    /// Handoffs that were offered.
    #[n(0)]
    offers: u16,
    /// Who handed it over, in order.
    #[n(1)]
    owners: Vec<Text>,
    /// Questions its agents asked.
    #[n(2)]
    asked: u16,
}

impl Turned {
    /// How often it came back to one that had it before.
    fn returns(&self, owner: Option<&Text>) -> usize {
        let had: Vec<&Text> = self.owners.iter().chain(owner).collect();
        had.len() - had.iter().collect::<BTreeSet<_>>().len()
    }
}

impl Node {
    fn turned(&mut self) -> &mut Turned {
        self.turned.get_or_insert_default()
    }
}

impl Work {
    /// Its owner wants to hand a task over. Whom it must not be offered to; or, why it is offered to nobody.
    pub(crate) fn on_turn(&mut self, at: Place, handoff: &Handoff) -> Result<Vec<Text>, Text> {
        let Turns { handoffs, returns, .. } = self.limits.turns;
        let Some(node) = self.node_mut(at) else { return Ok(Vec::new()) };
        let owner = node.lease.as_ref().map(|lease| lease.agent.clone());
        let turned = node.turned();
        if turned.offers >= handoffs {
            return Err(format!("it was offered {handoffs} times already (work.handoffs)").into());
        }
        turned.offers += 1;
        if turned.returns(owner.as_ref()) < usize::from(returns) {
            return Ok(Vec::new());
        }
        match &handoff.to {
            Some(to) if turned.owners.contains(to) => Err(came_back(returns)),
            _ => Ok(turned.owners.clone()),
        }
    }

    /// Its owner keeps the task, and is told why.
    pub(crate) fn keep(&mut self, now: Timestamp, at: Place, reason: Text) {
        let Some(node) = self.node_mut(at) else { return };
        let Some(lease) = node.lease.clone() else { return };
        node.note(now, Some(lease.agent.clone()), Some(TaskWhy::Handoffs));
        let state = node.state;
        self.words.push(Word::Task(at, state));
        self.words.push(Word::handed(at, &lease, false, Some(reason)));
    }

    /// Why nobody accepted, if it is that it went round too often.
    pub(crate) fn turned_away(&self, at: Place) -> Option<Text> {
        let (node, returns) = (self.node(at)?, self.limits.turns.returns);
        let owner = node.lease.as_ref().map(|lease| &lease.agent);
        let turned = node.turned.as_ref()?;
        (turned.returns(owner) >= usize::from(returns)).then(|| came_back(returns))
    }

    /// Another agent has it.
    pub(crate) fn on_turned(&mut self, at: Place, before: &Text) {
        if let Some(node) = self.node_mut(at) {
            node.turned().owners.push(before.clone());
        }
    }

    /// May an agent of the task ask once more?
    pub(crate) fn may_ask(&mut self, at: Place) -> bool {
        let most = self.limits.turns.questions;
        let Some(node) = self.node_mut(at) else { return false };
        let may = node.turned.as_ref().is_none_or(|turned| turned.asked < most);
        node.turned().asked += u16::from(may);
        may
    }

    /// The record of the patch that had this key, if one had.
    pub(crate) fn patch_known(&self, plan: u32, key: Option<&Text>) -> Option<Seq> {
        let (keys, key) = (self.run(plan)?.keys.as_ref()?, TextKey::new(key?, self.seed));
        keys.iter().find(|(other, _)| *other == key).map(|(_, seq)| *seq)
    }

    /// A patch with this key was made. A rerun lets a plan be changed as often again: the oldest keys are forgotten then.
    pub(crate) fn keep_key(&mut self, plan: u32, key: &Text, seq: Seq) {
        let (key, most) = (TextKey::new(key, self.seed), self.limits.turns.patches as usize);
        let Some(run) = self.runs.get_mut(&plan) else { return };
        let keys = run.keys.get_or_insert_default();
        keys.push((key, seq));
        keys.drain(..keys.len().saturating_sub(most));
    }

    /// May a plan be changed once more?
    pub(crate) fn check_patches(&self, patches: Option<u32>) -> Result<(), Rejected> {
        let most = self.limits.turns.patches;
        if patches.unwrap_or(0) < most {
            return Ok(());
        }
        let reason =
            format!("the plan was patched {most} times already (work.patches); submit the rest as another plan");
        Err(Rejected::NotPossible { what: "patch", reason })
    }
}

fn came_back(returns: u16) -> Text {
    format!("it came back {returns} times to agents that had handed it over (work.returns): hand it to another").into()
}
