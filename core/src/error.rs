//! The kinds of error, numbered, and the same in every language.
//!
//! | numbers | type | whose fault |
//! |---|---|---|
//! | RY10xx | [`Rejected`] | the input's: nothing changed, nothing was recorded |
//! | RY11xx | [`crate::event::ReadError`] | the webhook payload's |
//! | RY12xx | [`crate::guard::GuardError`] | the caller's, of a guard used alone |
//! | RY13xx | [`crate::agents::AgentError`] | the caller's, of a registry of agents; in the broker RY1014 or RY1022 |
//! | RY20xx | [`Misuse`] | the host's: the message says the remedy |
//! | RY21xx | `driver::DriverError` | the storage's, mostly |
//! | RY22xx | none: the packages for Python and Node | the call's, or the host code's |
//! | RY30xx | [`RestoreError`] | the stored bytes' |
//!
//! The errors of graphs, drains, schedules, decisions and templates in [`crate::work`], which are used alone, have no number.

use alloc::string::{String, ToString};

use crate::{
    behaviour::Behaviour,
    chain::token::KEY_BYTES,
    id::{ChainId, EffectId, Seq},
    time::Timestamp,
};

/// An input was refused. It changed nothing and is not recorded; correct it and submit again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Rejected {
    /// RY1001: not an input of the documented form.
    #[error("RY1001: not a valid input: {reason}; compare with the wire format in the documentation")]
    Malformed {
        /// What is wrong and where, naming the field.
        reason: String,
    },
    /// RY1002: a required text is empty.
    #[error("RY1002: `{field}` is empty; give it a value")]
    Empty {
        /// The field.
        field: &'static str,
    },
    /// RY1003: a field is too long.
    #[error("RY1003: `{field}` has {len} bytes, the limit is {limit}; shorten it before submitting")]
    TooLong {
        /// The field.
        field: &'static str,
        /// Its length in bytes.
        len: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// RY1004: a list has too many entries.
    #[error("RY1004: `{field}` has {len} entries, the limit is {limit}; split the input")]
    TooMany {
        /// The field.
        field: &'static str,
        /// Its length.
        len: usize,
        /// The limit.
        limit: usize,
    },
    /// RY1005: a number is out of range.
    #[error("RY1005: `{field}` is {value}, it must be {expected}")]
    OutOfRange {
        /// The field.
        field: &'static str,
        /// Its value.
        value: u64,
        /// The range.
        expected: &'static str,
    },
    /// RY1006: `at` is further ahead than `max_jump_ms`, as a wrong unit or a broken clock would be.
    #[error(
        "RY1006: `at` is {at}, {ahead_ms} ms ahead of the broker's time {now}; check the unit (milliseconds) and the \
         clock, or submit the command `accept_time` to accept the jump"
    )]
    TimeJump {
        /// The time given.
        at: Timestamp,
        /// The broker's time.
        now: Timestamp,
        /// The difference.
        ahead_ms: u64,
    },
    /// RY1007: a collection has no room for what the input could cause.
    #[error("RY1007: `{limit_name}` is full at {limit}; {}", room(limit_name))]
    Full {
        /// The limit's name in the configuration.
        limit_name: &'static str,
        /// The limit.
        limit: u64,
    },
    /// RY1008: a proposal names a cause that is not remembered.
    #[error(
        "RY1008: cause `{cause}` is unknown or forgotten (limits.events); name the `handle` effect, or the event as an \
         effect's `cause` does"
    )]
    UnknownCause {
        /// The cause as given.
        cause: String,
    },
    /// RY1009: no such effect.
    #[error("RY1009: effect {effect} is unknown to this tenant; use the `id` and `tenant` of a released effect")]
    UnknownEffect {
        /// The effect as given.
        effect: EffectId,
    },
    /// RY1010: the effect has ended already.
    #[error("RY1010: effect {effect} has ended already; nothing is left to report or order")]
    AlreadyEnded {
        /// The effect.
        effect: EffectId,
    },
    /// RY1011: the effect is held: it has not been released, so it can have no outcome.
    #[error("RY1011: effect {effect} is held and was not released; approve or cancel it instead")]
    NotReleased {
        /// The effect.
        effect: EffectId,
    },
    /// RY1012: the order needs a held effect, or one that waits to be tried again.
    #[error(
        "RY1012: effect {effect} is not held; if it is with the host, report its outcome; if it waits to be tried again, let it \
         come or cancel it"
    )]
    NotHeld {
        /// The effect.
        effect: EffectId,
    },
    /// RY1013: the outcome names another chain than the effect's.
    #[error(
        "RY1013: effect {effect} belongs to chain {actual}, the outcome names chain {given}; check which effect was performed"
    )]
    WrongChain {
        /// The effect.
        effect: EffectId,
        /// The chain the outcome names.
        given: ChainId,
        /// The effect's chain.
        actual: ChainId,
    },
    /// RY1014: the configuration can not be used.
    #[error("RY1014: configuration, {place}: {reason}")]
    Config {
        /// Which rule or setting.
        place: String,
        /// What is wrong.
        reason: String,
    },
    /// RY1015: this version does not know the behaviour.
    #[error("RY1015: behaviour {} is unknown to this version; upgrade every reader of the journal before adopting it", .behaviour.0)]
    UnknownBehaviour {
        /// The behaviour.
        behaviour: Behaviour,
    },
    /// RY1016: the tenant is unknown.
    #[error("RY1016: tenant `{tenant}` has no events yet; use the tenant of the event or effect meant")]
    UnknownTenant {
        /// The tenant as given.
        tenant: String,
    },
    /// RY1017: a plan, or a change of one, can not be used.
    #[error("RY1017: {place}: {reason}")]
    Plan {
        /// Which task or part.
        place: String,
        /// What is wrong.
        reason: String,
    },
    /// RY1018: no such plan.
    #[error("RY1018: plan `{plan}` is unknown to this tenant, or was forgotten after its end (limits.plans)")]
    UnknownPlan {
        /// The plan as given.
        plan: String,
    },
    /// RY1019: no such task.
    #[error(
        "RY1019: task `{task}` is unknown to the plan; tasks within tasks are named `outer/inner`, those of a list `outer[0]`"
    )]
    UnknownTask {
        /// The task as given.
        task: String,
    },
    /// RY1020: no such dispatch.
    #[error("RY1020: dispatch {dispatch} is unknown, or its plan was forgotten; use the `id` of the dispatch")]
    UnknownDispatch {
        /// The dispatch as given.
        dispatch: EffectId,
    },
    /// RY1021: what is ordered can not be done now.
    #[error("RY1021: {what} is not possible: {reason}")]
    NotPossible {
        /// What was ordered.
        what: &'static str,
        /// Why it can not be done.
        reason: String,
    },
    /// RY1022: an agent's report can not be taken.
    #[error("RY1022: agent `{agent}`: {reason}")]
    Agent {
        /// The agent.
        agent: String,
        /// What is wrong.
        reason: String,
    },
    /// RY1023: there is no such chain yet.
    #[error(
        "RY1023: chain {chain} does not exist: the last record is {last}; use the `chain` of a decision or of an effect"
    )]
    UnknownChain {
        /// The chain as given.
        chain: ChainId,
        /// The last record.
        last: Seq,
    },
    /// The broker can not be used, whatever the input.
    #[error(transparent)]
    Misuse(#[from] Misuse),
}

/// What makes room.
fn room(limit_name: &str) -> &'static str {
    match limit_name {
        "staged" => "append what is staged and mark it durable, then submit again",
        "tenants" => "no tenant is ever forgotten: raise limits.tenants, or give the new one a broker of its own",
        "plans" => "wait for plans to end, or raise limits.plans",
        "tasks" => "wait for plans to end, split the plan, or raise limits.tasks",
        "tenant_plans" => "wait for plans of this tenant to end, or raise limits.tenant_plans",
        "tenant_tasks" => "wait for plans of this tenant to end, split the plan, or raise limits.tenant_tasks",
        "agents" => "remove agents that are gone, or raise limits.agents",
        "open_bytes" => "report outcomes of open effects, then submit again, or raise limits.open_bytes",
        _ => "report outcomes of open effects, then submit again, or raise limits.open_effects",
    }
}

impl Rejected {
    /// The stable number.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed { .. } => "RY1001",
            Self::Empty { .. } => "RY1002",
            Self::TooLong { .. } => "RY1003",
            Self::TooMany { .. } => "RY1004",
            Self::OutOfRange { .. } => "RY1005",
            Self::TimeJump { .. } => "RY1006",
            Self::Full { .. } => "RY1007",
            Self::UnknownCause { .. } => "RY1008",
            Self::UnknownEffect { .. } => "RY1009",
            Self::AlreadyEnded { .. } => "RY1010",
            Self::NotReleased { .. } => "RY1011",
            Self::NotHeld { .. } => "RY1012",
            Self::WrongChain { .. } => "RY1013",
            Self::Config { .. } => "RY1014",
            Self::UnknownBehaviour { .. } => "RY1015",
            Self::UnknownTenant { .. } => "RY1016",
            Self::Plan { .. } => "RY1017",
            Self::UnknownPlan { .. } => "RY1018",
            Self::UnknownTask { .. } => "RY1019",
            Self::UnknownDispatch { .. } => "RY1020",
            Self::NotPossible { .. } => "RY1021",
            Self::Agent { .. } => "RY1022",
            Self::UnknownChain { .. } => "RY1023",
            Self::Misuse(misuse) => misuse.code(),
        }
    }

    /// The message without the number, for an error that has a number of its own.
    pub(crate) fn unnumbered(&self) -> String {
        let said = self.to_string();
        said.strip_prefix(self.code()).and_then(|said| said.strip_prefix(": ")).unwrap_or(&said).into()
    }

    /// What of the input is meant, for programs: the field, of RY1007 the limit, of RY1014 and RY1017 the rule, setting or task
    /// that the message names. `None` for RY1001, whose message names the place in the text, and where no single one is meant.
    #[must_use]
    pub fn field(&self) -> Option<&str> {
        match self {
            Self::Empty { field }
            | Self::TooLong { field, .. }
            | Self::TooMany { field, .. }
            | Self::OutOfRange { field, .. } => Some(field),
            Self::TimeJump { .. } => Some("at"),
            Self::Full { limit_name, .. } => Some(limit_name),
            Self::UnknownCause { .. } => Some("cause"),
            Self::UnknownEffect { .. }
            | Self::AlreadyEnded { .. }
            | Self::NotReleased { .. }
            | Self::NotHeld { .. } => Some("effect"),
            Self::UnknownDispatch { .. } => Some("dispatch"),
            Self::WrongChain { .. } | Self::UnknownChain { .. } => Some("chain"),
            Self::Config { place, .. } | Self::Plan { place, .. } => Some(place),
            Self::UnknownBehaviour { .. } => Some("behaviour"),
            Self::UnknownTenant { .. } => Some("tenant"),
            Self::UnknownPlan { .. } => Some("plan"),
            Self::UnknownTask { .. } => Some("task"),
            Self::Agent { .. } => Some("agent"),
            Self::Malformed { .. } | Self::NotPossible { .. } | Self::Misuse(_) => None,
        }
    }
}

/// The host broke the protocol. The message says what to do instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Misuse {
    /// RY2001: an append failed or a panic was caught; memory may be ahead of the journal.
    #[error("RY2001: the broker is poisoned after a failed append or a panic; drop it and restore from the journal")]
    Poisoned,
    /// RY2002: a record was marked durable that does not exist.
    #[error("RY2002: record {through} was marked durable, the last one is {last}; mark what `staged` returned")]
    NotStaged {
        /// What was marked.
        through: Seq,
        /// The last record.
        last: Seq,
    },
    /// RY2003: a snapshot would contain records that are not durable.
    #[error(
        "RY2003: records up to {last} exist but only {durable} are durable; append and mark them before a snapshot"
    )]
    NotDurable {
        /// The last record.
        last: Seq,
        /// The last durable one.
        durable: Seq,
    },
    /// RY2004: the genesis can not be used.
    #[error("RY2004: genesis: {what}")]
    Genesis {
        /// What is wrong and how to mend it.
        what: String,
    },
    /// RY2005: a key that anybody could guess.
    #[error(
        "RY2005: `keys`: the secret of key {id} has {len} of at least {KEY_BYTES} bytes; take 32 random ones from your secret store"
    )]
    Key {
        /// The key's number.
        id: u8,
        /// How many bytes its secret has.
        len: usize,
    },
}

impl Misuse {
    /// The stable number.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Poisoned => "RY2001",
            Self::NotStaged { .. } => "RY2002",
            Self::NotDurable { .. } => "RY2003",
            Self::Genesis { .. } => "RY2004",
            Self::Key { .. } => "RY2005",
        }
    }
}

/// Stored bytes can not be read back.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RestoreError {
    /// RY3001: there is no first record.
    #[error(
        "RY3001: no genesis record; the journal is empty or cut before its first record was whole: start a new one"
    )]
    NoGenesis,
    /// RY3002: the bytes are not a journal.
    #[error("RY3002: not a reynolds journal at byte {offset}: a segment starts with RYNJ")]
    NotAJournal {
        /// Where, counted over all bytes pushed.
        offset: u64,
    },
    /// RY3003: written by a newer version.
    #[error("RY3003: the {what} has format {found}, this version reads up to {known}; upgrade reynolds")]
    Newer {
        /// `journal`, `snapshot`, or a section's name.
        what: &'static str,
        /// The format found.
        found: u16,
        /// The newest one known.
        known: u16,
    },
    /// RY3004: a record's checksum does not fit.
    #[error("RY3004: record {seq} is corrupt ({part}); restore it from a copy, or cut the journal before it")]
    Corrupt {
        /// The record expected there.
        seq: Seq,
        /// `header` or `payload`.
        part: &'static str,
    },
    /// RY3005: a record is missing.
    #[error("RY3005: expected record {expected}, found {found}; a segment is missing or out of order")]
    Gap {
        /// The record expected.
        expected: Seq,
        /// The record found.
        found: Seq,
    },
    /// RY3006: a whole record has a payload that can not be decoded.
    #[error("RY3006: record {seq} can not be read: {reason}")]
    Undecodable {
        /// The record.
        seq: Seq,
        /// Why.
        reason: String,
    },
    /// RY3007: replaying a record gave another decision than the one recorded.
    #[error(
        "RY3007: record {seq} replays to another decision than recorded; a version that decides differently wrote it"
    )]
    Diverged {
        /// The first record that differs.
        seq: Seq,
    },
    /// RY3008: a snapshot can not be read.
    #[error("RY3008: snapshot, {section}: {reason}; restore from the journal without it, or from an older one")]
    Snapshot {
        /// The section, or `header`.
        section: &'static str,
        /// Why.
        reason: String,
    },
    /// RY3009: a record or snapshot needs a behaviour this version does not know.
    #[error("RY3009: behaviour {} is unknown to this version; upgrade reynolds", .behaviour.0)]
    UnknownBehaviour {
        /// The behaviour.
        behaviour: Behaviour,
    },
    /// RY3010: the snapshot belongs to another broker than the journal.
    #[error("RY3010: the segment belongs to another broker (its number is {found:08x}, expected {expected:08x})")]
    WrongBroker {
        /// The broker's number in the segment.
        found: u32,
        /// The one expected.
        expected: u32,
    },
}

impl RestoreError {
    /// The stable number.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoGenesis => "RY3001",
            Self::NotAJournal { .. } => "RY3002",
            Self::Newer { .. } => "RY3003",
            Self::Corrupt { .. } => "RY3004",
            Self::Gap { .. } => "RY3005",
            Self::Undecodable { .. } => "RY3006",
            Self::Diverged { .. } => "RY3007",
            Self::Snapshot { .. } => "RY3008",
            Self::UnknownBehaviour { .. } => "RY3009",
            Self::WrongBroker { .. } => "RY3010",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_that_looks_like_a_number_is_not_cut_off() {
        let config = Rejected::Config { place: "rule `a: b`".into(), reason: "RY1: c".into() };
        assert_eq!(config.unnumbered(), "configuration, rule `a: b`: RY1: c");
        let empty = Rejected::Empty { field: "id" };
        assert_eq!(empty.unnumbered(), "`id` is empty; give it a value");
        assert_eq!(
            Rejected::from(Misuse::Poisoned).unnumbered(),
            "the broker is poisoned after a failed append or a panic; drop it and restore from the journal"
        );
    }

    #[test]
    fn what_is_unknown_is_named_as_the_input_calls_it() {
        let dispatch = EffectId { seq: Seq(9), ordinal: 0 };
        assert_eq!(Rejected::UnknownDispatch { dispatch }.field(), Some("dispatch"));
        assert_eq!(Rejected::UnknownEffect { effect: dispatch }.field(), Some("effect"));
    }
}
