//! How the breaker meets the rest: what trips it, what it stops, and who resumes it.

use alloc::collections::BTreeSet;

use super::{Ask, Loops, Standing, Tripped};
use crate::{
    config::{ChainLimits, LoopBreaker},
    det::gather,
    id::{ChainId, EffectId, Seq},
    input::{Command, Order},
    rules::Rule,
    text::Text,
    time::Timestamp,
    verdict::{Denial, DenyReason},
};

impl Loops {
    /// Where the breaker of an effect's chain or exchange stands. What answers a person only waits for its own chain.
    pub(super) fn standing(&self, ask: &Ask, now: Timestamp) -> Standing {
        if self.breaker.stops_all(now) && !self.evidence.answers_person(ask) {
            return Standing::Open;
        }
        self.breaker.standing(ask.chain, self.evidence.exchange(ask), now)
    }

    /// Has nothing ever tripped?
    pub(crate) fn is_calm(&self) -> bool {
        self.breaker.is_idle()
    }

    /// Was a subject acted on, or heard of, along the line that an effect would continue?
    pub(crate) fn is_on_line(&self, ask: &Ask, subject: &str) -> bool {
        self.evidence.is_on_line(ask, subject)
    }

    /// Is the breaker of an effect's chain open?
    pub(crate) fn is_open(&self, ask: &Ask, now: Timestamp) -> bool {
        !self.breaker.is_idle() && self.standing(ask, now) == Standing::Open
    }

    /// The same of an effect of which no more than its chain is known.
    pub(crate) fn is_chain_open(&self, chain: ChainId, now: Timestamp) -> bool {
        self.breaker.stops_all(now) || self.is_tripped(chain, now)
    }

    /// Does a person's stop, or what tripped it, keep the plans of a chain from going on?
    pub(crate) fn stops_plans(&self, chain: ChainId, now: Timestamp) -> bool {
        self.stops.hits_chain(chain) || self.is_tripped(chain, now)
    }

    /// Has the chain itself tripped, if only under the name of another, and nobody resumed it? That so many others did is not its plans' doing.
    pub(crate) fn is_tripped(&self, chain: ChainId, now: Timestamp) -> bool {
        self.breaker.standing(self.breaker.kept(chain), None, now) == Standing::Open
    }

    /// The chains that an order to resume is about. `None` for all.
    pub(crate) fn resumed(&self, order: &Order) -> Option<BTreeSet<ChainId>> {
        let named = match order {
            Order::ResumeChain { chain } => alloc::vec![*chain],
            Order::ResumeSubject { subject } => self.breaker.at(subject),
            _ => return None,
        };
        Some(gather(named.into_iter().flat_map(|chain| self.breaker.with(chain))))
    }

    /// Is an effect, of a chain and possibly with what it asked, stopped by what tripped a chain?
    pub(crate) fn is_tripped_with(&self, tripped: &Ask, chain: ChainId, ask: Option<&Ask>) -> bool {
        let exchange = self.evidence.exchange(tripped);
        chain == tripped.chain || (exchange.is_some() && ask.and_then(|ask| self.evidence.exchange(ask)) == exchange)
    }

    /// An effect was refused. If that is no order of a person, and no mere lack of room for answers or reads, it trips.
    pub(crate) fn trip(
        &mut self,
        (effect, subject): (EffectId, &Text),
        ask: &Ask,
        denial: &Denial,
        settings: &LoopBreaker,
        now: Timestamp,
    ) -> Option<Tripped> {
        let exchange = match denial.reason {
            reason if reason.is_evidence() => self.evidence.exchange(ask),
            DenyReason::HopLimit | DenyReason::Budget if ask.automated && !ask.read_only => None,
            _ => return None,
        };
        if exchange.is_some() {
            self.evidence.on_tripped(ask);
        }
        let fresh = (subject.clone(), effect, denial.reason, exchange);
        Some(self.breaker.trip(ask.chain, fresh, settings, now))
    }

    /// There are other rules now.
    pub(crate) fn on_rules(&mut self, rules: &[Rule]) {
        self.rates.on_rules(rules);
    }

    /// Follows a stop or resume order; other orders are not its business.
    pub(crate) fn on_order(&mut self, command: &Command, cap: u32, (seq, now): (Seq, Timestamp)) {
        self.stops.on_order(command, cap, (seq, now));
        self.breaker.on_order(&command.order, now);
    }

    /// A person lets a held effect leave, that is held for what it repeats.
    pub(crate) fn on_approved(&mut self, ask: &Ask, limits: &ChainLimits) {
        self.evidence.on_approved(ask, limits.approved_repeats);
    }

    /// A person is told of a trip.
    pub(crate) fn on_notice(&mut self, ask: &Ask, notice: EffectId) {
        self.breaker.on_notice(ask.chain, self.evidence.exchange(ask), notice);
    }
}
