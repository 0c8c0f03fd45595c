//! The configuration: an input like any other, so that a replay decides with the rules that were in force.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    format,
    string::String,
    vec::Vec,
};

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use crate::{
    agents::{Agents, Pool, ScalePolicy},
    error::Rejected,
    event::ActorClass,
    guard::{BreakerPolicy, Window},
    limits::{Limits, NAME_BYTES},
    rules::Rule,
    text::Text,
    work::Turns,
};

/// Largest share of a tenant.
const MOST_SHARE: u32 = 1000;

/// Everything that can be set, with defaults a small bot can live with.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// What to do with an effect that meets a limit, where no rule says otherwise.
    pub enforce: Enforce,
    /// The accounts this host acts as, as events name them in `actor.id`: `github:mybot[bot]`. What they do is our own doing.
    #[serde(rename = "self")]
    pub own: BTreeSet<String>,
    /// What actors really are, whatever the platform says, and whatever they do: `{"github:renovate": "bot"}`. Who is named here as
    /// `human` is never taken for a machine behind a person's name.
    pub actors: BTreeMap<String, ActorClass>,
    /// Limits on chains.
    pub chain: ChainLimits,
    /// What happens when an effect is denied for a loop or a limit.
    pub breaker: LoopBreaker,
    /// Times.
    pub timing: Timing,
    /// How much is kept.
    pub limits: Limits,
    /// How often agents may go round within plans.
    #[serde(skip_serializing_if = "is_default")]
    pub work: Turns,
    /// Pools of agents and their sizes, and how agents' time is shared among tenants.
    #[serde(skip_serializing_if = "is_default")]
    pub agents: Staff,
    /// What to do with which events. Every rule that matches applies.
    pub rules: Vec<Rule>,
}

/// What holds for all agents.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Staff {
    /// How much of the agents' time a tenant gets beside others that want it too, by its name: 1 to 1000. Who is not named has a
    /// share of 1; the default tenant's name is empty.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub shares: BTreeMap<Text, u32>,
    /// The pools that agents may belong to, each after its parent. At most 256. The root is always there; its name is empty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pools: Vec<Pool>,
    /// How many agents pools should have, by pool. The verdict `scale` says so; pools that are not named have no size.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub scale: BTreeMap<Text, ScalePolicy>,
    /// When an agent that fails again and again gets no work for a while.
    #[serde(skip_serializing_if = "AgentBreaker::is_usual")]
    pub breaker: AgentBreaker,
}

/// When an agent that fails again and again gets no work for a while. A change closes the breakers of all agents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AgentBreaker {
    /// How many of its last tasks are looked at. 1 to 10,000, default 6.
    pub window: u32,
    /// How many it must have ended since its breaker closed. 1 to 100,000, default 3.
    pub minimum_calls: u32,
    /// Which share of them must have failed, in parts per million. 1 to 1,000,000, default 500,000.
    pub failure_rate_ppm: u32,
    /// How long it gets none the first time, in milliseconds; twice as long each time a trial fails. A thirtieth of it where nobody else
    /// could do what waits. Default 30,000.
    pub open_ms: u64,
    /// How long at most, in milliseconds. Default 300,000.
    pub open_max_ms: u64,
}

/// What to do with an effect that meets a limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
pub enum Enforce {
    /// Decide and explain, but stop nothing: to run beside a living bot first. A person's stop is obeyed.
    #[n(0)]
    Log,
    /// Hold it for a person, at most `hold_max_ms`; then deny it.
    #[n(1)]
    Hold,
    /// Deny it.
    #[default]
    #[n(2)]
    Deny,
}

/// Limits on a chain. They can be raised, never switched off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ChainLimits {
    /// Automated hops in a row, 1 to 1000.
    pub hop_limit: u16,
    /// Rounds of an exchange that is only inferred, 1 to 1000: so often we may answer somebody who answers us, whatever is new
    /// each time. Denied only once probes have shown that the answers come because of us. Declared progress that grows is no
    /// round.
    pub rounds: u16,
    /// Automated effects in a chain, 1 to 1,000,000. Split over children in the tokens that leave.
    pub budget: u32,
    /// Reads (`read_only`) in a chain, 1 to 1,000,000.
    pub read_budget: u32,
    /// How often a line of automated steps may repeat itself in a row, 1 to 1000, before evidence that it is a loop denies
    /// the next step. Until then each repetition is held, for twice as long each time, and at least one is.
    pub recurrence_limit: u32,
    /// Events of a chain whose effects repeat what was done along their line, over all lines, 1 to 1,000,000: a loop that
    /// fans out is wide before it is deep.
    pub repeat_budget: u32,
    /// How often the same repetition, of a rule on a subject, may pass after a person has let a held one leave, 1 to 1000.
    pub approved_repeats: u16,
    /// Direct answers to one root, 1 to 1,000,000.
    pub answers: u32,
    /// Size of all declared plans of a chain together, 1 to 1,000,000. Plans beyond it count as undeclared.
    pub plan_max: u32,
    /// Largest `m` of a declared attempt `[n, m]`, 1 to 1000. Declarations beyond it are ignored.
    pub attempt_max: u32,
}

impl Config {
    /// Are accounts named as events name them? One that is not would never be met, and nobody would say so.
    ///
    /// # Errors
    /// [`Rejected::Config`] (RY1014), naming the account.
    pub(crate) fn check_accounts(&self) -> Result<(), Rejected> {
        let notify = self.breaker.notify.as_deref().filter(|notify| !notify.is_empty() && !is_account(notify));
        if let Some(notify) = notify {
            let notify = notify.chars().take(SHOWN).collect::<String>();
            let reason = format!(
                "`{notify}` is no place with its platform in front; write it as `perform` is to get it in `subject`: `teams:ID`, \
                 `github:owner/repo#1`"
            );
            return Err(Rejected::Config { place: "breaker.notify".into(), reason });
        }
        let own = self.own.iter().map(|id| ("self", id));
        let Some((place, id)) = own.chain(self.actors.keys().map(|id| ("actors", id))).find(|(_, id)| !is_account(id))
        else {
            return Ok(());
        };
        let cut = |text: &str| text.chars().take(SHOWN).collect::<String>();
        let login = id.trim().rsplit(':').next().unwrap_or_default().trim_matches('@').trim_end_matches("[bot]");
        let reason = match (cut(id), cut(login)) {
            (_, login) if login.is_empty() => {
                "an account has a platform and a name, as events have it in `actor.id`: `github:mybot[bot]`".into()
            }
            (id, login) => format!(
                "`{id}` is no name with its platform in front, so no event would ever be by it; write it as events have it in \
                 `actor.id`: `github:{login}[bot]` for a GitHub App, `github:{login}` for a user, `teams:ID`"
            ),
        };
        Err(Rejected::Config { place: place.into(), reason })
    }
}

/// Most characters of an account that are repeated in an error.
const SHOWN: usize = 64;

/// Could an event be by it? Platforms are in front, `github:ada`. The principal of a CloudEvent is whatever its sender calls it, a
/// URI or only a word; but what looks like a login as people write it is one that lacks its platform.
pub(crate) fn is_account(id: &str) -> bool {
    let whole = !id.is_empty() && id.trim() == id && !id.starts_with([':', '@']) && !id.ends_with([':', '@']);
    whole && (id.contains([':', '/', '@']) || !id.ends_with("[bot]"))
}

impl Default for ChainLimits {
    fn default() -> Self {
        Self {
            hop_limit: 32,
            rounds: 12,
            budget: 96,
            read_budget: 1024,
            recurrence_limit: 6,
            repeat_budget: 16,
            approved_repeats: 8,
            answers: 1024,
            plan_max: 10_000,
            attempt_max: 100,
        }
    }
}

/// The emergency breaker: a denial stops the chain, and tells a person once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LoopBreaker {
    /// Where a person is told, in one effect of kind `notify`: a conversation, an issue. Without it, or where the loop itself
    /// runs there, nothing is sent; decisions and views say it all the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notify: Option<Text>,
    /// How long the breaker of a tripped chain stays open, in milliseconds. Then one effect may leave on trial; if it repeats,
    /// the breaker opens for twice as long.
    pub cooldown_ms: u64,
    /// Longest such time.
    pub cooldown_max_ms: u64,
    /// So many chains that trip within `window_ms` stop the whole tenant for a cooldown, 1 to 1000. Persons still get answers.
    pub count: u32,
    /// See `count`, in milliseconds.
    pub window_ms: u64,
}

impl Default for LoopBreaker {
    fn default() -> Self {
        Self { notify: None, cooldown_ms: 3_600_000, cooldown_max_ms: 7 * 86_400_000, count: 20, window_ms: 600_000 }
    }
}

impl Default for AgentBreaker {
    fn default() -> Self {
        Self { window: 6, minimum_calls: 3, failure_rate_ppm: 500_000, open_ms: 30_000, open_max_ms: 300_000 }
    }
}

impl AgentBreaker {
    fn is_usual(&self) -> bool {
        *self == Self::default()
    }

    pub(crate) fn policy(&self) -> BreakerPolicy {
        BreakerPolicy {
            window: Window::Calls { calls: self.window },
            minimum_calls: self.minimum_calls,
            failure_rate_ppm: self.failure_rate_ppm,
            open_ms: self.open_ms,
            open_max_ms: self.open_max_ms,
            ..BreakerPolicy::agent()
        }
    }
}

impl Staff {
    /// Can a broker run with it?
    ///
    /// # Errors
    /// [`Rejected::Config`] (RY1014), naming the setting.
    pub(crate) fn check(&self) -> Result<(), Rejected> {
        let fail = |place: String, reason: &str| Err(Rejected::Config { place, reason: reason.into() });
        for (tenant, share) in &self.shares {
            if tenant.len() > NAME_BYTES || !(1..=MOST_SHARE).contains(share) {
                let reason = "must be 1 to 1000, and the name at most 256 bytes long";
                return fail(format!("agents.shares.{tenant}"), reason);
            }
        }
        for (at, pool) in self.pools.iter().enumerate() {
            if self.pools[..at].iter().any(|other| other.id == pool.id) {
                return fail(format!("agents.pools, `{}`", pool.id), "a second pool has this id: rename one");
            }
        }
        if !(1..=10_000).contains(&self.breaker.window) {
            return fail("agents.breaker.window".into(), "must be 1 to 10000");
        }
        if let Err(error) = self.breaker.policy().validate() {
            return fail("agents.breaker".into(), &format!("{error}"));
        }
        self.check_with(Agents::default())
    }

    /// Can these agents be in these pools?
    ///
    /// # Errors
    /// [`Rejected::Config`] (RY1014), naming what is wrong.
    pub(crate) fn check_with(&self, mut agents: Agents) -> Result<(), Rejected> {
        let arranged = agents.arrange(&self.pools, &self.scale);
        arranged.map_err(|error| Rejected::Config { place: "agents".into(), reason: format!("{error}") })
    }
}

/// Times, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Timing {
    /// Without an outcome for this long after its release, an effect counts as ambiguous and is released again.
    pub outcome_due_ms: u64,
    /// The same for `handle` effects: how long host code may take to answer.
    pub handle_due_ms: u64,
    /// Longest hold.
    pub hold_max_ms: u64,
    /// Longest hold to find out whether an account, wherever it acts, acts because of us. The default of two days covers what
    /// goes round once a day. Slower habits are not looked into: the answer is not worth the wait.
    pub habit_max_ms: u64,
    /// First pause before an ambiguous effect is released again; doubles each time.
    pub redeliver_ms: u64,
    /// Longest such pause.
    pub redeliver_max_ms: u64,
    /// An `at` further ahead than this is not believed: events are rejected, nothing becomes due, and outcomes, reports and
    /// commands count as of the last time known. The default lets a bot that slept for a year start without a person. A clock that is
    /// ahead by less is believed, and once it is right again, timers take twice as long for up to twice the mistake.
    pub max_jump_ms: u64,
    /// How long two events with one `content_key` count as one: 0 to a year, 0 for never.
    pub content_window_ms: u64,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            outcome_due_ms: 60_000,
            handle_due_ms: 600_000,
            hold_max_ms: 7 * 86_400_000,
            habit_max_ms: 2 * 86_400_000,
            redeliver_ms: 1000,
            redeliver_max_ms: 3_600_000,
            max_jump_ms: 400 * 86_400_000,
            content_window_ms: 60_000,
        }
    }
}

/// Is it what it would be if it were absent?
fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
