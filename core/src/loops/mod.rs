//! May this effect go out? Every effect passes through [`Loops::admit`], and nothing leaves without it.
//!
//! Three limits are always on. They can be raised, never switched off, and nothing resets them:
//!
//! | limit | counts | default |
//! |---|---|---|
//! | hop limit | automated steps in a row since a root | 32 |
//! | budget | automated effects of a chain, over all its branches | 96 |
//! | recurrence | the same effect, again and again along one line of ancestry | 3 |
//!
//! "The same effect" is the same kind, subject, text and written value. Siblings made of one cause are not recurrence:
//! only a later hop counts. A declared attempt (`[n, m]` with n growing) or declared progress is not either.
//! Direct answers to a root (hop 1) are not automated: they have a limit of their own. So have reads, and declared plans.

mod stops;

use alloc::vec::Vec;

use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};

pub(crate) use stops::Stops;

use crate::{
    chain::token::unmark,
    config::ChainLimits,
    det::{Lru, digest, digest_parts, mix},
    effect::Act,
    id::ChainId,
    input::{PlanRef, Proposal},
    limits::Limits,
    verdict::{Denial, DenyReason},
};

/// Different effects remembered per chain, and declared plans.
const LINES: usize = 64;
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
    pub(crate) signature: u64,
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
}

/// The digest by which an effect is recognised when it comes again.
pub(crate) fn signature(act: &Act) -> u64 {
    let (property, value) = act.writes.as_ref().map_or(("", ""), |w| (w.property.as_str(), w.value.as_str()));
    let text = act.text.as_deref().map_or("", unmark);
    let signature = digest_parts(&[&act.kind, &act.subject, text, property, value]);
    // A card has no text: then its content is the payload.
    if text.is_empty() && !act.payload.is_null() { mix(signature, digest(&act.payload.to_bytes())) } else { signature }
}

/// The same for what a handler did by itself.
pub(crate) fn handler_signature(handler: &str, subject: &str) -> u64 {
    digest_parts(&["handle", handler, subject])
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

    pub(crate) fn declare(&mut self, proposal: &Proposal) {
        self.attempt = proposal.attempt;
        self.progress = proposal.progress;
        self.plan = proposal.plan.as_ref().map(|PlanRef { id, size }| (digest_parts(&[id]), *size));
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
    /// The latest effect, and before it the others, the oldest first: most chains have only one.
    #[n(3)]
    latest: Option<Line>,
    #[n(6)]
    lines: Vec<Line>,
    /// Declared plans: digest of the id, effects used, size first declared.
    #[n(4)]
    plans: Vec<(u64, u32, u32)>,
    /// Direct answers to the root.
    #[n(5)]
    answers: u32,
}

/// One effect and how often it recurred.
#[derive(Debug, Clone, Encode, Decode)]
#[cbor(array)]
struct Line {
    #[n(0)]
    signature: u64,
    #[n(1)]
    hop: u16,
    #[n(2)]
    times: u32,
    #[n(3)]
    attempt: [u32; 2],
    #[n(4)]
    progress: Option<u64>,
}

#[derive(Debug, Clone)]
pub(crate) struct Loops {
    episodes: Lru<ChainId, Episode>,
    /// No chain after this one is in the table: most effects belong to a chain that begins with them. Derived.
    newest: ChainId,
    pub(crate) stops: Stops,
}

/// How many chains are counted: so many that none is forgotten while an effect of it is remembered, from which it could
/// go on with a budget of its own. A chain is renewed by each effect that leaves. Of those, at most the open ones are
/// older than an effect that is remembered.
fn episodes(limits: &Limits) -> u32 {
    limits.effects.saturating_add(limits.open_effects)
}

impl Loops {
    pub(crate) fn new(limits: &Limits, seed: u64) -> Self {
        Self { episodes: Lru::new(episodes(limits), seed), newest: ChainId::default(), stops: Stops::default() }
    }

    pub(crate) fn set_limits(&mut self, limits: &Limits) {
        self.episodes.set_cap(episodes(limits));
    }

    /// Has a chain nothing left for automated effects?
    pub(crate) fn is_spent(&self, chain: ChainId, inherited: Option<u32>, limits: &ChainLimits) -> bool {
        match self.episode(chain) {
            Some(episode) => episode.used >= episode.budget(limits),
            None => inherited == Some(0),
        }
    }

    /// Would the effect meet a limit? Changes nothing.
    pub(crate) fn judge(&self, ask: &Ask, limits: &ChainLimits) -> Result<(), Denial> {
        let deny =
            |reason, limit, period| Err(Denial { reason, chain: ask.chain, hop: ask.hop, limit: Some(limit), period });
        let episode = self.episode(ask.chain);
        if ask.automated && !ask.read_only && ask.hop > limits.hop_limit {
            return deny(DenyReason::HopLimit, u32::from(limits.hop_limit), None);
        }
        if episode.is_none_or(|episode| episode.planned(ask).is_none()) {
            let (budget, used) = match (episode, ask.automated, ask.read_only) {
                (episode, false, _) => (limits.answers, episode.map_or(0, |episode| episode.answers)),
                (episode, true, true) => (limits.read_budget, episode.map_or(0, |episode| episode.reads)),
                (Some(episode), true, false) => (episode.budget(limits), episode.used),
                (None, true, false) => (ask.budget(limits), 0),
            };
            if used >= budget {
                return deny(DenyReason::Budget, budget, None);
            }
        }
        let line = episode.and_then(|episode| episode.line(ask.signature));
        match line {
            Some(line) if line.recurs(ask, limits) && line.times >= limits.recurrence_limit => {
                deny(DenyReason::Recurrence, limits.recurrence_limit, Some(ask.hop - line.hop))
            }
            _ => Ok(()),
        }
    }

    /// Counts an effect that leaves, and says what is left of its chain's budget.
    pub(crate) fn admit(&mut self, ask: &Ask, limits: &ChainLimits) -> u32 {
        if ask.chain <= self.newest {
            if let Some(episode) = self.episodes.touch(&ask.chain) {
                return episode.count(ask, limits);
            }
        }
        self.newest = self.newest.max(ask.chain);
        let mut episode = Episode::new(ask.inherited);
        let left = episode.count(ask, limits);
        self.episodes.insert_fresh(ask.chain, episode);
        left
    }

    fn episode(&self, chain: ChainId) -> Option<&Episode> {
        if chain > self.newest { None } else { self.episodes.get(&chain) }
    }

    /// Automated effects used and allowed in a chain that is remembered.
    pub(crate) fn spent(&self, chain: ChainId, limits: &ChainLimits) -> Option<(u32, u32)> {
        self.episode(chain).map(|episode| (episode.used, episode.budget(limits)))
    }

    pub(crate) fn counts(&self) -> (&'static str, u64, u64) {
        ("chains", self.episodes.len() as u64, self.episodes.forgotten())
    }

    pub(crate) fn decode(d: &mut Decoder<'_>, limits: &Limits, seed: u64) -> Result<Self, decode::Error> {
        let mut loops = Self::new(limits, seed);
        d.array()?;
        loops.episodes.decode_entries(d, &mut ())?;
        loops.newest = loops.episodes.oldest_first().map(|(chain, _)| *chain).max().unwrap_or_default();
        loops.stops = Stops::decode(d, &mut ())?;
        Ok(loops)
    }
}

impl<C> Encode<C> for Loops {
    fn encode<W: encode::Write>(&self, e: &mut Encoder<W>, ctx: &mut C) -> Result<(), encode::Error<W::Error>> {
        e.array(2)?;
        self.episodes.encode(e, ctx)?;
        self.stops.encode(e, ctx)
    }
}

impl Line {
    /// Is this the same effect again, deeper down, with nothing declared that makes it another one?
    fn recurs(&self, ask: &Ask, limits: &ChainLimits) -> bool {
        let [n, m] = ask.attempt.unwrap_or_default();
        let next_attempt =
            n > self.attempt[0] && n <= m && m <= limits.attempt_max && [0, m].contains(&self.attempt[1]);
        let progress = ask.progress.is_some() && ask.progress > self.progress;
        ask.automated && ask.hop > self.hop && !next_attempt && !progress
    }
}

impl Episode {
    fn new(inherited: Option<u32>) -> Self {
        Self { inherited, used: 0, reads: 0, latest: None, lines: Vec::new(), plans: Vec::new(), answers: 0 }
    }

    fn budget(&self, limits: &ChainLimits) -> u32 {
        self.inherited.map_or(limits.budget, |inherited| inherited.min(limits.budget))
    }

    /// The place among the declared plans, if the plan has room for this effect. The size first declared counts.
    fn planned(&self, ask: &Ask) -> Option<usize> {
        let (plan, _) = ask.plan?;
        self.plans.iter().position(|(id, used, size)| *id == plan && used < size)
    }

    /// Counts an effect, and says what is left of the budget.
    fn count(&mut self, ask: &Ask, limits: &ChainLimits) -> u32 {
        if let Some((plan, size)) = ask.plan {
            let known = self.plans.iter().any(|(id, ..)| *id == plan);
            let declared = self.plans.iter().fold(size, |sum, (_, _, size)| sum.saturating_add(*size));
            if !known && size > 0 && self.plans.len() < PLANS && declared <= limits.plan_max {
                self.plans.push((plan, 0, size));
            }
        }
        if let Some(at) = self.planned(ask) {
            self.plans[at].1 += 1;
        } else {
            let counter = match (ask.automated, ask.read_only) {
                (false, _) => &mut self.answers,
                (true, true) => &mut self.reads,
                (true, false) => &mut self.used,
            };
            *counter = counter.saturating_add(1);
        }
        let known = self.take_line(ask.signature);
        let again = known.as_ref().is_some_and(|line| line.recurs(ask, limits));
        let fresh = Line { signature: ask.signature, hop: ask.hop, times: 0, attempt: [0, 0], progress: None };
        let mut line = known.unwrap_or(fresh);
        line.times = line.times.saturating_add(u32::from(again));
        line.hop = line.hop.max(ask.hop);
        line.attempt = ask.attempt.filter(|[n, _]| *n > line.attempt[0]).unwrap_or(line.attempt);
        line.progress = line.progress.max(ask.progress);
        if let Some(before) = self.latest.replace(line) {
            if self.lines.len() + 1 >= LINES {
                self.lines.remove(0);
            }
            self.lines.push(before);
        }
        self.budget(limits).saturating_sub(self.used)
    }

    fn line(&self, signature: u64) -> Option<&Line> {
        self.latest.iter().chain(&self.lines).find(|line| line.signature == signature)
    }

    fn take_line(&mut self, signature: u64) -> Option<Line> {
        if self.latest.as_ref().is_some_and(|line| line.signature == signature) {
            return self.latest.take();
        }
        let at = self.lines.iter().position(|line| line.signature == signature)?;
        Some(self.lines.remove(at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::Seq;

    fn ask(hop: u16) -> Ask {
        Ask {
            chain: ChainId(Seq(2)),
            hop,
            inherited: None,
            signature: 1,
            siblings: 1,
            automated: hop > 1,
            read_only: false,
            attempt: None,
            progress: None,
            plan: None,
        }
    }

    fn loops() -> Loops {
        Loops::new(&Limits::default(), 0)
    }

    /// Admits until the first denial: the hop and reason of that.
    fn run(limits: ChainLimits, mut change: impl FnMut(&mut Ask)) -> (u16, DenyReason) {
        let mut loops = loops();
        for hop in 1..2000 {
            let mut ask = ask(hop);
            change(&mut ask);
            match loops.judge(&ask, &limits) {
                Ok(()) => loops.admit(&ask, &limits),
                Err(denial) => return (hop, denial.reason),
            };
        }
        panic!("never denied");
    }

    #[test]
    fn the_same_effect_down_one_line_is_denied_after_three_recurrences() {
        assert_eq!(run(ChainLimits::default(), |_| ()), (5, DenyReason::Recurrence));
    }

    #[test]
    fn new_effects_down_one_line_meet_the_hop_limit() {
        let fresh = |ask: &mut Ask| ask.signature = u64::from(ask.hop);
        assert_eq!(run(ChainLimits::default(), fresh), (33, DenyReason::HopLimit));
    }

    #[test]
    fn siblings_are_not_recurrence_but_they_use_the_budget() {
        let sibling = |ask: &mut Ask| {
            ask.automated = true;
            ask.hop = 2;
        };
        assert_eq!(run(ChainLimits::default(), sibling), (97, DenyReason::Budget));
    }

    #[test]
    fn declared_attempts_pass_until_they_run_out() {
        let limits = ChainLimits::default();
        assert_eq!(run(limits, |ask| ask.attempt = Some([u32::from(ask.hop), 20])), (24, DenyReason::Recurrence));
        assert_eq!(run(limits, |ask| ask.attempt = Some([1, 3])), (5, DenyReason::Recurrence));
    }

    #[test]
    fn declared_progress_passes_until_the_hop_limit() {
        assert_eq!(
            run(ChainLimits::default(), |ask| ask.progress = Some(u64::from(ask.hop))),
            (33, DenyReason::HopLimit)
        );
    }

    #[test]
    fn a_plan_pays_for_its_size_and_not_for_more() {
        let mut loops = loops();
        let limits = ChainLimits { budget: 1, ..ChainLimits::default() };
        let planned = |n: u64| Ask { signature: n, plan: Some((9, 3)), automated: true, ..ask(2) };
        let mut passed = 0;
        for n in 0..9 {
            if loops.judge(&planned(n), &limits).is_ok() {
                loops.admit(&planned(n), &limits);
                passed += 1;
            }
        }
        assert_eq!(passed, 4, "three of the plan, one of the budget");
    }

    #[test]
    fn what_is_left_is_split_over_siblings() {
        let mut loops = loops();
        let two = Ask { siblings: 2, automated: true, ..ask(2) };
        assert_eq!(two.share(loops.admit(&two, &ChainLimits::default())), 47);
    }

    #[test]
    fn a_forgotten_chain_goes_on_with_what_its_cause_had_left() {
        let mut loops = loops();
        let late = Ask { inherited: Some(1), signature: 5, automated: true, ..ask(7) };
        assert_eq!(loops.admit(&late, &ChainLimits::default()), 0);
        let denial = loops.judge(&Ask { signature: 6, ..late }, &ChainLimits::default()).expect_err("no budget");
        assert_eq!((denial.reason, denial.limit), (DenyReason::Budget, Some(1)));
    }
}
