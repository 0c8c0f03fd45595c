//! Decisions: what the core made of an input, effect by effect, with the reason.

mod hold;
mod limit;
mod link;
mod stop;
mod words;

use alloc::{boxed::Box, vec::Vec};

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

pub use self::hold::HoldReason;
pub use self::limit::LimitName;
pub use self::link::{Link, LinkKind};
pub use self::stop::{StopKind, StopRef};
use crate::{
    agents::{AgentState, Because, PoolState},
    id::{ChainId, EffectId, Seq},
    text::Text,
    time::Timestamp,
    work::{PlanState, TaskState, TaskWhy},
};
pub use crate::{original::Original, wakeup::*};

/// The answer to an input: what became of each effect it wanted, and of earlier ones it decided.
#[must_use = "a decision says what is held or denied"]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Encode)]
#[cbor(map)]
#[non_exhaustive]
pub struct Decision {
    /// The record. For a duplicate event, the original's.
    #[n(0)]
    pub seq: Seq,
    /// The chain an event belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(1)]
    pub chain: Option<ChainId>,
    /// How an event is linked to what we did before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(2)]
    pub link: Option<Link>,
    /// A newer state of the same object is already known.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    #[n(3)]
    pub late: bool,
    /// One verdict per effect, in order.
    #[n(4)]
    pub verdicts: Vec<Verdict>,
}

impl Decision {
    /// Appends all of it, so that no two decisions give the same bytes.
    pub(crate) fn list(&self, out: &mut Vec<u8>) {
        let Self { seq, chain, link, late, verdicts } = self;
        let flags = u64::from(*late) | u64::from(chain.is_some()) << 1 | u64::from(link.is_some()) << 2;
        let head = [seq.0, chain.map_or(0, |chain| chain.0.0), flags, verdicts.len() as u64];
        head.iter().for_each(|number| out.extend_from_slice(&number.to_le_bytes()));
        // Writing to memory can not fail.
        if let Some(link) = link {
            let _ = minicbor::encode(link, &mut *out);
        }
        for verdict in verdicts {
            match verdict {
                // Nearly all are this one. No CBOR begins with its tag.
                Verdict::Admitted { effect, key: None, would: None, .. } => {
                    out.push(0xff);
                    out.extend_from_slice(&effect.seq.0.to_le_bytes());
                    out.extend_from_slice(&effect.ordinal.to_le_bytes());
                }
                other => {
                    let _ = minicbor::encode(other, &mut *out);
                }
            }
        }
    }
}

/// What the core decided about one effect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Verdict {
    /// It leaves once the record is durable.
    #[n(0)]
    Admitted {
        /// The effect.
        #[n(0)]
        effect: EffectId,
        /// The host's name for it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[n(1)]
        key: Option<Text>,
        /// In log mode: why it would have been denied. Else it is on trial after a breaker's cooldown: why it was denied before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[n(2)]
        would: Option<Denial>,
        /// With `would`: it would have been held, and for this. Without, it would have been denied.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[n(3)]
        would_hold: Option<HoldReason>,
    },
    /// It is kept back. A later decision admits, denies, expires or cancels it.
    #[n(1)]
    Held {
        /// The effect.
        #[n(0)]
        effect: EffectId,
        /// The host's name for it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[n(1)]
        key: Option<Text>,
        /// When this ends at the latest.
        #[n(2)]
        until: Timestamp,
        /// Why it is held.
        #[n(3)]
        why: HoldReason,
        /// What it would be denied for. Absent for `behind`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[n(4)]
        denial: Option<Denial>,
    },
    /// It is refused for good.
    #[n(2)]
    Denied {
        /// The effect.
        #[n(0)]
        effect: EffectId,
        /// The host's name for it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[n(1)]
        key: Option<Text>,
        /// Why.
        #[serde(flatten)]
        #[n(2)]
        denial: Denial,
    },
    /// It was decided before. Nothing changed.
    #[n(3)]
    Duplicate {
        /// The original.
        #[n(0)]
        of: Original,
        /// The host's name for it. Also a patch's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[n(1)]
        key: Option<Text>,
    },
    /// The event is our own effect coming back.
    #[n(4)]
    Echo {
        /// The effect's chain.
        #[n(0)]
        chain: ChainId,
        /// The effect. Absent when it is another broker's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[n(1)]
        of: Option<EffectId>,
    },
    /// Its `expires_at` passed before it left.
    #[n(5)]
    Expired {
        /// The effect.
        #[n(0)]
        effect: EffectId,
        /// The host's name for it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[n(1)]
        key: Option<Text>,
    },
    /// A person, a stop or the breaker dropped it, or its task or question is over.
    #[n(6)]
    Cancelled {
        /// The effect.
        #[n(0)]
        effect: EffectId,
        /// The host's name for it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[n(1)]
        key: Option<Text>,
    },
    /// No outcome came in time: it is released again, with `redelivered`.
    #[n(7)]
    Ambiguous {
        /// The effect.
        #[n(0)]
        effect: EffectId,
        /// The host's name for it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[n(1)]
        key: Option<Text>,
    },
    /// The emergency breaker has opened, because of the denial before: what waited in the chain is cancelled, and what asks is
    /// denied until its cooldown is over or a person resumes it.
    #[n(8)]
    Tripped {
        /// The chain of the refused effect.
        #[n(0)]
        chain: ChainId,
        /// When one effect of it may leave, to see how it goes on.
        #[n(1)]
        until: Timestamp,
        /// The effect that tells a person; not if it only tripped again, or `breaker.notify` is not set or is the loop's place.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[n(2)]
        notice: Option<EffectId>,
        /// Too many chains have tripped: until then the whole tenant is stopped, but for answers to persons.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[n(3)]
        all_until: Option<Timestamp>,
    },
    /// A task of a plan went into another state, or nobody can do it.
    #[n(9)]
    Task {
        /// The task, as `plan/task`.
        #[n(0)]
        task: Text,
        /// The state.
        #[n(1)]
        state: TaskState,
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[n(2)]
        why: Option<TaskWhy>,
        /// Its agent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[n(3)]
        agent: Option<Text>,
        /// With `nobody`: what is wrong with most agents.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[n(4)]
        reason: Option<Text>,
        /// The plan's tenant; not that of the default tenant.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[n(5)]
        tenant: Option<Text>,
    },
    /// A plan went into another state.
    #[n(10)]
    Plan {
        /// The plan.
        #[n(0)]
        plan: Text,
        /// The state.
        #[n(1)]
        state: PlanState,
        /// The plan's tenant; not that of the default tenant.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[n(2)]
        tenant: Option<Text>,
    },
    /// A report came from somebody who does not own the task any more. It changed nothing and is kept as evidence.
    #[n(11)]
    Late {
        /// The task, as `plan/task`.
        #[n(0)]
        task: Text,
        /// The dispatch it was about.
        #[n(1)]
        dispatch: EffectId,
        /// The plan's tenant; not that of the default tenant.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[n(2)]
        tenant: Option<Text>,
    },
    /// An agent is in another state of health or use.
    #[n(12)]
    Agent {
        /// The agent.
        #[n(0)]
        agent: Text,
        /// What there is to know.
        #[n(1)]
        state: AgentState,
    },
    /// A pool of agents is in another state.
    #[n(13)]
    Pool {
        /// The pool; the root's name is empty.
        #[n(0)]
        pool: Text,
        /// What there is to know.
        #[n(1)]
        state: PoolState,
        /// When it is tried again.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[n(2)]
        until: Option<Timestamp>,
    },
    /// A pool should have another number of agents: the host starts some, or stops those that are to leave.
    #[n(14)]
    Scale {
        /// The pool; the root's name is empty.
        #[n(0)]
        pool: Text,
        /// So many it should have.
        #[n(1)]
        agents: u32,
        /// So many would fit its load.
        #[n(2)]
        wanted: u32,
        /// Why the two differ.
        #[n(3)]
        because: Because,
        /// Who is to go: agents without work, which are given none any more. The verdict `agent` says of each that it is drained.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        #[n(4)]
        leave: Vec<Text>,
    },
    /// The plan is known by its id, so that nothing changed, but tasks of it are defined otherwise than the known ones.
    #[n(15)]
    Known {
        /// The plan.
        #[n(0)]
        plan: Text,
        /// Those tasks, by their whole names, the first 16.
        #[n(1)]
        differs: Vec<Text>,
    },
}

impl Verdict {
    /// The effect the verdict is about, if it is about one of this decision's.
    #[must_use]
    pub fn effect(&self) -> Option<EffectId> {
        match self {
            Self::Admitted { effect, .. }
            | Self::Held { effect, .. }
            | Self::Denied { effect, .. }
            | Self::Expired { effect, .. }
            | Self::Cancelled { effect, .. }
            | Self::Ambiguous { effect, .. } => Some(*effect),
            _ => None,
        }
    }
}

/// Why an effect is refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[cbor(map)]
#[non_exhaustive]
pub struct Denial {
    /// The reason.
    #[n(0)]
    pub reason: DenyReason,
    /// The chain.
    #[n(1)]
    pub chain: ChainId,
    /// The hop the effect would have been.
    #[n(2)]
    pub hop: u16,
    /// The limit that was met, for `hop_limit`, `budget` and `rounds`: what is allowed here. For `chain.budget` that may be less
    /// than the setting, as the cause of the chain had left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(3)]
    pub limit: Option<u32>,
    /// With `limit`: which it is, as it is called in the configuration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(7)]
    pub limit_name: Option<LimitName>,
    /// For `loop` and `proved`: the number of hops after which the same effect comes again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(4)]
    pub period: Option<u16>,
    /// For `loop`: of a million legitimate lines of automated steps, at most so many would ever look like this. It is not
    /// the probability that this is a loop. See `docs/loops.md` for the assumption.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(5)]
    pub false_stop_ppm: Option<u32>,
    /// For `loop` and `proved`: what the evidence is made of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(6)]
    pub grounds: Option<Box<Grounds>>,
    /// For `stopped`: by which of the stops that stand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(8)]
    pub stop: Option<Box<StopRef>>,
}

/// What evidence is made of, along the line of effects that the refused one would continue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[cbor(map)]
#[non_exhaustive]
pub struct Grounds {
    /// The evidence of the links that the verdict rests on: how many times over it speaks against legitimate automation,
    /// rounded down. A hold as `repeats` rests on the definite links, one as `probe` on all of them.
    #[n(0)]
    pub evidence: u32,
    /// Steps whose link is definite: a token, a receipt, a reply, an own account, or a write that was undone.
    #[n(1)]
    pub definite: u32,
    /// Steps whose link is inferred from who comes when.
    #[n(2)]
    pub inferred: u32,
    /// How much each of the latest steps repeats of those before, the refused one last: 0 nothing, 1 the structure, 2 the
    /// content too, 3 and the state.
    #[n(3)]
    pub categories: Vec<u8>,
    /// The effects before it along the line, the latest last.
    #[n(4)]
    pub hops: Vec<EffectId>,
}

impl Denial {
    pub(crate) fn new(reason: DenyReason, chain: ChainId, hop: u16) -> Self {
        Self {
            reason,
            chain,
            hop,
            limit: None,
            period: None,
            false_stop_ppm: None,
            grounds: None,
            limit_name: None,
            stop: None,
        }
    }

    /// A limit is met.
    pub(crate) fn at(name: LimitName, limit: u32, chain: ChainId, hop: u16) -> Self {
        let reason = match name {
            LimitName::HopLimit => DenyReason::HopLimit,
            LimitName::Rounds => DenyReason::Rounds,
            _ => DenyReason::Budget,
        };
        Self { limit: Some(limit), limit_name: Some(name), ..Self::new(reason, chain, hop) }
    }
}

/// Reasons to refuse. All but `loop` are limits, orders and what follows from them, and carry no probability.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Encode, Decode)]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
#[non_exhaustive]
pub enum DenyReason {
    /// More automated hops in a row than `hop_limit`.
    #[n(0)]
    HopLimit,
    /// More effects of the chain than one of its budgets allows: `limit_name` says which.
    #[n(1)]
    Budget,
    /// It repeats itself along one line of ancestry, and that is hardly chance.
    #[n(2)]
    Loop,
    /// A person stopped the chain, the subject or the tenant.
    #[n(3)]
    Stopped,
    /// More rounds of an inferred exchange than `rounds`.
    #[n(5)]
    Rounds,
    /// The rule's template names a field the event does not have, and nothing is left of `kind` or `subject`.
    #[n(4)]
    Incomplete,
    /// Declared deterministic, over definite links alone, it repeats an effect of its line exactly: so it will for ever.
    #[n(7)]
    Proved,
    /// The emergency breaker is open for the chain, or for the tenant. It closes after its cooldown, or when a person resumes it.
    #[n(6)]
    Tripped,
}

impl DenyReason {
    /// Is it said because of what the effect repeats, and not because of a limit or an order?
    pub(crate) fn is_evidence(self) -> bool {
        matches!(self, Self::Loop | Self::Proved | Self::Rounds)
    }
}
