//! May this effect go out? All that rules and the host's code want passes [`Loops::rule`], and is counted by [`Loops::admit`]
//! when it leaves. Calls of the host's handlers only use the room they need, the breaker's notices pass without being counted,
//! and what plans hand out has limits of its own.
//!
//! Limits are always on. They can be raised, never switched off, and nothing resets them; [`ChainLimits`] says what each counts,
//! and its default. Two stop every chain: the hop limit, automated steps in a row since a root, and the budget, automated effects of
//! a chain over all its branches. Direct answers to a root (hop 1) are not automated: they have a limit of their own. So have
//! reads, and declared plans.
//!
//! [`evidence`] stops most loops long before a limit, and says how sure it is. What is refused trips the [`breaker`].

mod breaker;
mod evidence;
mod rates;
mod stops;
#[cfg(test)]
mod tests;
mod tripping;

use core::num::NonZeroU64;

use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};

pub(crate) use breaker::{Standing, Tripped};
use rates::Rates;
pub(crate) use rates::{Rate, exceeded};
pub(crate) use stops::{Stops, What, Word};

use crate::{
    chain::Who,
    config::{ChainLimits, Config},
    det::{Few, Lru, Oldest, Serial, digest_parts},
    id::{ChainId, EffectId, Seq},
    input::{PlanRef, Proposal},
    limits::Limits,
    time::Timestamp,
    verdict::{Denial, DenyReason, HoldReason, LimitName},
};
use breaker::Breaker;
use evidence::Evidence;
pub(crate) use evidence::{Arrived, Deed, Due, Finding, Opinion, deed, handler_deed, proof, unsaid};

/// Declared plans remembered per chain.
const PLANS: usize = 16;

/// One effect asking to leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(crate) struct Ask {
    #[n(0)]
    pub(crate) chain: ChainId,
    /// The hop it would be.
    #[n(1)]
    pub(crate) hop: u16,
    /// What its cause may still spend, when the chain itself has been forgotten.
    #[n(2)]
    pub(crate) inherited: Option<u32>,
    #[n(3)]
    pub(crate) deed: Deed,
    /// Effects of the same input, this one included: they share what is left.
    #[n(4)]
    pub(crate) siblings: u16,
    #[n(5)]
    pub(crate) automated: bool,
    #[n(6)]
    pub(crate) read_only: bool,
    #[n(7)]
    pub(crate) attempt: Option<[u32; 2]>,
    #[n(8)]
    pub(crate) progress: Option<u64>,
    /// Declared plan: digest of its id, and its size.
    #[n(9)]
    pub(crate) plan: Option<(u64, u32)>,
    /// The event it answers, or else the effect.
    #[n(10)]
    pub(crate) event: Option<Seq>,
    #[n(11)]
    pub(crate) parent: Option<EffectId>,
    /// A declared plan pays for it.
    #[n(12)]
    pub(crate) planned: bool,
    /// Digest of the rule it comes from, 0 without one, and how often that lets a line repeat itself.
    #[n(13)]
    pub(crate) rule: u64,
    #[n(14)]
    pub(crate) reentry: u16,
    /// It is declared to change nothing, and is no step of an agent in its workspace.
    #[n(15)]
    #[cbor(default)]
    pub(crate) looks_up: bool,
}

impl Ask {
    /// What a chain that is not remembered may spend: what its cause had left, never more than is allowed here.
    fn budget(&self, limits: &ChainLimits) -> u32 {
        self.inherited.map_or(limits.budget, |inherited| inherited.min(limits.budget))
    }

    /// What an effect hands on to what follows from it: its siblings get the same.
    pub(crate) fn share(&self, left: u32) -> u32 {
        left / u32::from(self.siblings.max(1))
    }

    /// It is denied for a limit.
    pub(crate) fn meets(&self, name: LimitName, limit: u32) -> Denial {
        Denial::at(name, limit, self.chain, self.hop)
    }

    pub(crate) fn declare(&mut self, proposal: &Proposal) {
        self.attempt = proposal.attempt;
        self.progress = proposal.progress;
        self.plan = proposal.plan.as_ref().map(|PlanRef { id, size }| (plan_name(id), *size));
    }
}

/// What is counted of one chain.
#[derive(Debug, Clone, Encode, Decode)]
#[cbor(array)]
struct Episode {
    /// What the cause had left, where the chain was forgotten or is another broker's.
    #[n(0)]
    inherited: Option<u32>,
    #[n(1)]
    used: u32,
    #[n(2)]
    reads: u32,
    /// Declared plans: digest of the id, effects used, size first declared.
    #[n(3)]
    plans: Few<(u64, u32, u32)>,
    /// Direct answers to the root.
    #[n(4)]
    answers: u32,
    /// Effects that repeat what their line did before, over all lines of the chain.
    #[n(5)]
    repeated: u32,
    /// The event that the last of them answers: what else it leads to are siblings.
    #[n(6)]
    repeated_by: Option<NonZeroU64>,
}

#[derive(Debug, Clone)]
pub(crate) struct Loops {
    episodes: Lru<Serial, Episode>,
    /// No chain after this one is in the table: most effects belong to a chain that begins with them. Derived.
    newest: ChainId,
    pub(crate) stops: Stops,
    evidence: Evidence,
    pub(crate) breaker: Breaker,
    pub(crate) rates: Rates,
}

/// What becomes of an effect that meets no limit.
#[derive(Debug, Clone)]
pub(crate) enum Ruling {
    Pass,
    Hold {
        why: HoldReason,
        ms: u64,
        denial: Denial,
    },
    Deny(Denial),
    /// It leaves, although the evidence speaks against it: its breaker's cooldown is over, and it is to show how it goes on.
    Trial(Denial),
}

fn serial(chain: ChainId) -> Serial {
    Serial(chain.0.0)
}

/// How many chains are counted: so many that none is forgotten while an effect of it is remembered, from which it could
/// go on with a budget of its own. A chain is renewed by each effect that leaves. Of those, at most the open ones are
/// older than an effect that is remembered.
fn episodes(limits: &Limits) -> u32 {
    limits.effects.saturating_add(limits.open_effects)
}

impl Loops {
    pub(crate) fn evidence(&self) -> &Evidence {
        &self.evidence
    }

    pub(crate) fn new(limits: &Limits, seed: u64) -> Self {
        Self {
            episodes: Lru::new(episodes(limits), seed),
            newest: ChainId::default(),
            stops: Stops::default(),
            evidence: Evidence::new(limits, seed),
            breaker: Breaker::new(limits, seed),
            rates: Rates::default(),
        }
    }

    pub(crate) fn set_limits(&mut self, limits: &Limits) {
        self.episodes.set_cap(episodes(limits));
        self.evidence.set_limits(limits);
        self.breaker.set_limits(limits);
    }

    /// What is known of an event's actor, by [`crate::det::name`], beyond what the platform and the host say.
    pub(crate) fn known(&self, who: Who, actor: u64) -> Who {
        self.evidence.known(who, actor)
    }

    /// Names the effect that need not be held back any longer.
    pub(crate) fn on_event(&mut self, arrived: &Arrived<'_>) -> Option<EffectId> {
        let heard = self.evidence.on_event(arrived);
        if !self.breaker.is_idle() {
            heard.refuted.into_iter().flatten().for_each(|exchange| self.breaker.on_refuted(exchange));
        }
        heard.freed
    }

    /// An effect is held back to see what comes.
    pub(crate) fn on_probe(&mut self, id: EffectId, ask: &Ask, now: Timestamp, until: Timestamp) {
        self.evidence.on_held(id, ask, now, until);
    }

    /// Its time is over.
    pub(crate) fn at_due(&self, id: EffectId, ask: &Ask, now: Timestamp, config: &Config) -> Due {
        self.evidence.at_due(id, ask, now, &config.timing)
    }

    /// The broker knows how large a plan of its own is, and that it has grown since.
    pub(crate) fn on_plan_grown(&mut self, ask: &Ask, limits: &ChainLimits) {
        let Some((plan, size)) = ask.plan.filter(|_| ask.chain <= self.newest) else { return };
        let Some(episode) = self.episodes.get_mut(&serial(ask.chain)) else { return };
        let others = episode.plans.iter().filter(|(id, ..)| *id != plan);
        let left = others.fold(limits.plan_max, |left, (_, _, size)| left.saturating_sub(*size));
        if let Some(at) = episode.plans.iter().position(|(id, ..)| *id == plan) {
            episode.plans[at].2 = episode.plans[at].2.max(size.min(left));
        }
    }

    /// See [`Evidence::was_told`].
    pub(crate) fn was_told(&self, ask: &Ask) -> bool {
        self.evidence.was_told(ask)
    }

    /// Is the effect paid by a declared plan?
    pub(crate) fn is_planned(&self, ask: &Ask, limits: &ChainLimits) -> bool {
        ask.plan.is_some()
            && self
                .episode(ask.chain)
                .map_or(Episode::new(None).admits(ask, limits), |episode| episode.admits(ask, limits))
    }

    /// Does the effect declare more progress than the one before it on its line did?
    pub(crate) fn goes_further(&self, ask: &Ask) -> bool {
        self.evidence.goes_further(ask)
    }

    /// What the breaker, the limits and then the evidence say of an effect. Changes nothing. What the evidence said is
    /// left in `heard`: see [`Loops::admit`].
    pub(crate) fn rule(&self, ask: &Ask, config: &Config, now: Timestamp, heard: &mut Option<Opinion>) -> Ruling {
        if self.breaker.is_idle() {
            return self.weigh(ask, config, now, heard);
        }
        let standing = self.standing(ask, now);
        let sibling = matches!(standing, Standing::Trial(event) if event.is_some() && event == ask.event);
        if standing == Standing::Open || sibling {
            return Ruling::Deny(Denial::new(DenyReason::Tripped, ask.chain, ask.hop));
        }
        match (standing, self.weigh(ask, config, now, heard)) {
            (Standing::HalfOpen, Ruling::Deny(denial)) if denial.reason.is_evidence() => Ruling::Trial(denial),
            (Standing::HalfOpen, Ruling::Hold { why: HoldReason::Repeats, denial, .. }) => Ruling::Trial(denial),
            (Standing::Trial(_), Ruling::Hold { why: HoldReason::Repeats, denial, .. }) => Ruling::Deny(denial),
            (_, ruling) => ruling,
        }
    }

    fn weigh(&self, ask: &Ask, config: &Config, now: Timestamp, heard: &mut Option<Opinion>) -> Ruling {
        let limits = &config.chain;
        if let Err(denial) = self.judge(ask, limits) {
            return Ruling::Deny(denial);
        }
        if ask.planned {
            return Ruling::Pass;
        }
        let opinion = heard.insert(self.evidence.judge(ask, config, now));
        let spent = |episode: &Episode| {
            let sibling = ask.event.is_some() && ask.event == episode.repeated_by();
            episode.repeated >= limits.repeat_budget && !sibling
        };
        if opinion.repeats() && self.episode(ask.chain).is_some_and(spent) {
            return Ruling::Deny(ask.meets(LimitName::RepeatBudget, limits.repeat_budget));
        }
        if opinion.finding == Finding::Pass {
            return Ruling::Pass;
        }
        let denial = self.evidence.denial(opinion, ask);
        match opinion.finding {
            Finding::Pass => Ruling::Pass,
            // That something repeats itself says more than that it goes on, and in log mode nothing else is reported.
            Finding::Probe { ms, deep } => {
                let denial = if deep && !is_strong(&denial) { too_deep(ask, limits) } else { denial };
                Ruling::Hold { why: HoldReason::Probe, ms, denial }
            }
            Finding::Repeats { ms } => Ruling::Hold { why: HoldReason::Repeats, ms, denial },
            Finding::Loop { .. } | Finding::Proved => Ruling::Deny(denial),
            Finding::TooDeep => Ruling::Deny(too_deep(ask, limits)),
        }
    }

    /// The budget of a chain, if nothing is left of it for automated effects.
    pub(crate) fn spent_budget(&self, ask: &Ask, limits: &ChainLimits) -> Option<u32> {
        match self.episode(ask.chain) {
            Some(episode) => Some(episode.budget(limits)).filter(|budget| episode.used >= *budget),
            None => Some(ask.budget(limits)).filter(|budget| *budget == 0),
        }
    }

    /// Would the effect meet a limit? Changes nothing.
    pub(crate) fn judge(&self, ask: &Ask, limits: &ChainLimits) -> Result<(), Denial> {
        let episode = self.episode(ask.chain);
        if ask.automated && !ask.read_only && ask.hop > limits.hop_limit {
            return Err(ask.meets(LimitName::HopLimit, u32::from(limits.hop_limit)));
        }
        if episode.is_none_or(|episode| episode.planned(ask).is_none()) {
            let (name, budget, used) = match (episode, ask.automated, ask.read_only) {
                (episode, _, true) => {
                    (LimitName::ReadBudget, limits.read_budget, episode.map_or(0, |episode| episode.reads))
                }
                (episode, false, false) => {
                    (LimitName::Answers, limits.answers, episode.map_or(0, |episode| episode.answers))
                }
                (Some(episode), true, false) => (LimitName::Budget, episode.budget(limits), episode.used),
                (None, true, false) => (LimitName::Budget, ask.budget(limits), 0),
            };
            if used >= budget {
                return Err(ask.meets(name, budget));
            }
        }
        Ok(())
    }

    /// Counts an effect that leaves, of a rule if it is of one, and says what is left of its chain's budget. `heard` is what
    /// the evidence said of it in this very record, if it was asked.
    pub(crate) fn admit(
        &mut self,
        id: EffectId,
        ask: &Ask,
        (rule, heard): (Option<&str>, Option<&Opinion>),
        config: &Config,
        now: Timestamp,
    ) -> u32 {
        let judged;
        let opinion = match heard {
            Some(heard) => heard,
            None => {
                judged = self.evidence.judge(ask, config, now);
                &judged
            }
        };
        if !self.breaker.is_idle() {
            let repeats = !matches!(opinion.finding, Finding::Pass | Finding::Probe { .. });
            let place = (ask.chain, self.evidence.exchange(ask));
            self.breaker.on_admitted(place, ask.event, repeats, now);
        }
        if let Some(link) = opinion.counted {
            self.rates.on_step(rule, link, opinion.category());
        }
        self.evidence.on_effect(id, ask, opinion, now);
        self.count(ask, opinion.repeats(), &config.chain)
    }

    /// See [`crate::state::warm`].
    pub(crate) fn warm_oldest(&self, next: Option<Oldest>) -> Option<Oldest> {
        self.episodes.warm_oldest(next)
    }

    /// Counts a step of a chain, and says what is left of its budget.
    pub(crate) fn count(&mut self, ask: &Ask, repeats: bool, limits: &ChainLimits) -> u32 {
        if ask.chain <= self.newest {
            if let Some(episode) = self.episodes.touch(&serial(ask.chain)) {
                return episode.count(ask, repeats, limits);
            }
        }
        self.newest = self.newest.max(ask.chain);
        let mut episode = Episode::new(ask.inherited);
        let left = episode.count(ask, repeats, limits);
        self.episodes.insert_fresh(serial(ask.chain), episode);
        left
    }

    fn episode(&self, chain: ChainId) -> Option<&Episode> {
        if chain > self.newest { None } else { self.episodes.get(&serial(chain)) }
    }

    /// Automated effects used and allowed in a chain that is remembered.
    pub(crate) fn spent(&self, chain: ChainId, limits: &ChainLimits) -> Option<(u32, u32)> {
        self.episode(chain).map(|episode| (episode.used, episode.budget(limits)))
    }

    pub(crate) fn counts(&self) -> [(&'static str, u64, u64); 2] {
        let stops = ("stops", self.stops.len() as u64, 0);
        [("chains", self.episodes.len() as u64, self.episodes.forgotten()), stops]
    }

    pub(crate) fn decode(d: &mut Decoder<'_>, limits: &Limits, seed: u64) -> Result<Self, decode::Error> {
        let mut loops = Self::new(limits, seed);
        d.array()?;
        loops.episodes.decode_entries(d, &mut ())?;
        loops.newest = loops.episodes.oldest_first().map(|(chain, _)| ChainId(Seq(chain.0))).max().unwrap_or_default();
        loops.stops = Stops::decode(d, &mut ())?;
        loops.evidence = Evidence::decode(d, limits, seed)?;
        loops.breaker = Breaker::decode(d, limits, seed)?;
        loops.rates = Rates::decode(d)?;
        Ok(loops)
    }
}

impl<C> Encode<C> for Loops {
    fn encode<W: encode::Write>(&self, e: &mut Encoder<W>, ctx: &mut C) -> Result<(), encode::Error<W::Error>> {
        e.array(5)?;
        self.episodes.encode(e, ctx)?;
        self.stops.encode(e, ctx)?;
        self.evidence.encode(e, ctx)?;
        self.breaker.encode(e, ctx)?;
        self.rates.encode(e, ctx)
    }
}

impl Episode {
    fn new(inherited: Option<u32>) -> Self {
        Self { inherited, used: 0, reads: 0, plans: Few::default(), answers: 0, repeated: 0, repeated_by: None }
    }

    fn budget(&self, limits: &ChainLimits) -> u32 {
        self.inherited.map_or(limits.budget, |inherited| inherited.min(limits.budget))
    }

    fn repeated_by(&self) -> Option<Seq> {
        self.repeated_by.map(|seq| Seq(seq.get()))
    }

    /// The place among the declared plans, if the plan has room for this effect. The size first declared counts.
    fn planned(&self, ask: &Ask) -> Option<usize> {
        let (plan, _) = ask.plan?;
        self.plans.iter().position(|(id, used, size)| *id == plan && used < size)
    }

    /// Is the effect one of a declared plan that has room for it?
    fn admits(&self, ask: &Ask, limits: &ChainLimits) -> bool {
        let Some((plan, size)) = ask.plan else { return false };
        let declared =
            self.plans.iter().fold(planned_size(size, limits), |sum, (_, _, size)| sum.saturating_add(*size));
        let known = self.plans.iter().any(|(id, ..)| *id == plan);
        self.planned(ask).is_some() || (!known && self.plans.len() < PLANS && declared <= limits.plan_max)
    }

    /// Counts an effect, and says what is left of the budget.
    fn count(&mut self, ask: &Ask, repeats: bool, limits: &ChainLimits) -> u32 {
        if repeats && (ask.event.is_none() || ask.event != self.repeated_by()) {
            self.repeated = self.repeated.saturating_add(1);
            self.repeated_by = ask.event.and_then(|seq| NonZeroU64::new(seq.0));
        }
        if let Some((plan, size)) = ask.plan.map(|(plan, size)| (plan, planned_size(size, limits))) {
            let known = self.plans.iter().any(|(id, ..)| *id == plan);
            let declared = self.plans.iter().fold(size, |sum, (_, _, size)| sum.saturating_add(*size));
            if !known && self.plans.len() < PLANS && declared <= limits.plan_max {
                self.plans.push((plan, 0, size));
            }
        }
        if let Some(at) = self.planned(ask) {
            self.plans[at].1 += 1;
        } else {
            let counter = match (ask.automated, ask.read_only) {
                (_, true) => &mut self.reads,
                (false, false) => &mut self.answers,
                (true, false) => &mut self.used,
            };
            *counter = counter.saturating_add(1);
        }
        self.budget(limits).saturating_sub(self.used)
    }
}

/// Stands for a plan among those of its chain.
pub(crate) fn plan_name(id: &str) -> u64 {
    digest_parts(&[id])
}

/// Is the evidence as strong as it must be on definite links?
pub(crate) fn is_strong(denial: &Denial) -> bool {
    denial.grounds.as_ref().is_some_and(|grounds| grounds.evidence >= evidence::DEFINITE)
}

fn too_deep(ask: &Ask, limits: &ChainLimits) -> Denial {
    ask.meets(LimitName::Rounds, u32::from(limits.rounds))
}

/// A plan that does not say how large it is is worth as many steps as may follow one another.
fn planned_size(size: u32, limits: &ChainLimits) -> u32 {
    if size == 0 { u32::from(limits.hop_limit) } else { size }
}
