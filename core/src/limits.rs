//! The limits of inputs and of memory. Fields have fixed limits, the constants below; collections have configurable ones,
//! [`Limits`]. A limit is checked when an input is admitted, so nothing is half done when one is met. What limits chains, plans and
//! agents beyond that is in [`crate::config`].

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// Longest event id, in bytes.
pub const ID_BYTES: usize = 512;
/// Longest name: a kind, tenant, proposal key, property or attribute name, in bytes.
pub const NAME_BYTES: usize = 256;
/// Longest source, subject, object, actor id or other reference, in bytes.
pub const SUBJECT_BYTES: usize = 1024;
/// Longest text of an event or effect, in bytes. GitHub's longest comment, 65,536 characters, fits.
pub const TEXT_BYTES: usize = 262_144;
/// Longest property or attribute value, and longest short text kept with a task, in bytes.
pub const VALUE_BYTES: usize = 4096;
/// Most attributes of one event.
pub const ATTRIBUTES: usize = 64;
/// Most derived kinds (`also`) of one event.
pub const ALSO: usize = 16;
/// Largest free JSON of one effect, in bytes of its compact form.
pub const PAYLOAD_BYTES: usize = 262_144;
/// Deepest nesting of such JSON.
pub const PAYLOAD_DEPTH: usize = 64;
/// Largest result, progress or answer of a task, in bytes of its compact JSON. What is larger is kept elsewhere and named.
pub const RESULT_BYTES: usize = 16 * 1024;
/// Most signs of life in one input.
pub const BEATS: usize = 65_536;
/// Most effects one input may cause.
pub const EFFECTS: usize = 256;
/// Most causes one proposal may name, and most objects one outcome may report.
pub const REFERENCES: usize = 16;
/// Most rules in a configuration.
pub const RULES: usize = 4096;
/// Deepest nesting of a rule's predicate.
pub const PREDICATE_DEPTH: usize = 16;
/// Largest configuration, in bytes of JSON.
pub const CONFIG_BYTES: usize = 4 * 1024 * 1024;
/// Largest webhook body a reader accepts, in bytes: GitHub's own limit.
pub const BODY_BYTES: usize = 25 * 1024 * 1024;
/// Deepest nesting of a webhook body.
pub const BODY_DEPTH: usize = 128;
/// Largest journal record payload, in bytes. An input whose parts are all within their limits, but together are more than this, is
/// refused.
pub const RECORD_BYTES: usize = 16 * 1024 * 1024;

/// Most bytes of records that are not durable yet. Above it, events and proposals are rejected until the host appends
/// and marks them durable.
pub const STAGED_BYTES: usize = 64 * 1024 * 1024;

/// How many entries each collection may hold: per tenant, but for `tenants`, `plans`, `tasks` and `agents`, which are over all of them.
///
/// Work (`open_effects`, `open_bytes`, `tenants`, `stops`, `plans`, `tasks`, `agents`, and the two of one tenant) rejects or fails safe when full; of plans, those
/// that have ended make room first. Memory (all others) forgets its oldest entry, in an order that does not depend on time, and
/// counts it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[serde(default, deny_unknown_fields)]
#[cbor(map)]
pub struct Limits {
    /// Tenants. An event of one more is rejected.
    #[n(0)]
    pub tenants: u32,
    /// Effects that are held or await an outcome. An input that could cause more is rejected; dispatches and questions of plans
    /// wait. As many tasks may be at work with agents, recalls that await an outcome included: those have room of their own.
    #[n(1)]
    pub open_effects: u32,
    /// Chains and subjects that people have stopped. When full, the tenant as a whole is stopped. As many chains that tripped
    /// are remembered; those are forgotten, the first to trip first.
    #[n(2)]
    pub stops: u32,
    /// Events remembered, for recognising duplicates and naming causes.
    #[n(3)]
    pub events: u32,
    /// Chains of other brokers, and trace ids, remembered. What a chain has used is remembered as long as an effect of it.
    #[n(4)]
    pub chains: u32,
    /// Effects remembered after they ended.
    #[n(5)]
    pub effects: u32,
    /// Objects remembered as made by us.
    #[n(6)]
    pub receipts: u32,
    /// Subjects remembered, each: their aliases, threads and last states.
    #[n(7)]
    pub subjects: u32,
    /// Bytes of all open effects together: their texts, payloads, and the events of `handle` effects. An input that
    /// could cause more is rejected.
    #[n(8)]
    pub open_bytes: u64,
    /// Plans, over all tenants. Of those that have ended, the oldest of the tenant with the most plans is forgotten to make room.
    #[n(9)]
    pub plans: u32,
    /// Tasks of all plans together. A plan or patch that does not fit is rejected, a list that does not fit fails. Of plans that
    /// have ended, the oldest of the tenant with the most tasks are forgotten to make room.
    #[n(10)]
    pub tasks: u32,
    /// Agents. One more is rejected.
    #[n(11)]
    pub agents: u32,
    /// Plans of one tenant that have not ended, so that none takes all of `plans`. Without it, one may.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(12)]
    pub tenant_plans: Option<u32>,
    /// Tasks of one tenant's plans that have not ended, so that none takes all of `tasks`. Without it, one may.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(13)]
    pub tenant_tasks: Option<u32>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            tenants: 1024,
            open_effects: 65_536,
            stops: 4096,
            events: 262_144,
            chains: 65_536,
            effects: 262_144,
            receipts: 262_144,
            subjects: 65_536,
            open_bytes: 256 * 1024 * 1024,
            plans: 4096,
            tasks: 262_144,
            agents: 4096,
            tenant_plans: None,
            tenant_tasks: None,
        }
    }
}
