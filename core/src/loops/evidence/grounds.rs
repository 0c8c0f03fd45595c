//! What the evidence says of an effect to others: what it would be denied for, and what it takes part in.

use alloc::{boxed::Box, vec::Vec};

use super::{Evidence, Finding, Opinion, SHOWN};
use crate::{
    det::{mix, name},
    loops::Ask,
    verdict::{Denial, DenyReason, Grounds},
};

impl Evidence {
    /// What an effect would be denied for, and on what grounds.
    pub(crate) fn denial(&self, opinion: &Opinion, ask: &Ask) -> Denial {
        let step = &opinion.step;
        let proven = if opinion.proven { step.proven.whole() } else { 0 };
        let evidence = step.definite.whole().max(step.inferred.whole()).max(proven).max(1);
        let before = step.parent.into_iter().flat_map(|parent| self.trail.line(parent)).take(SHOWN);
        let (mut hops, mut categories): (Vec<_>, Vec<_>) = before.map(|(id, step)| (id, step.category as u8)).unzip();
        hops.reverse();
        categories.reverse();
        categories.push(step.category as u8);
        let definite = step.definite.hops();
        let inferred = step.inferred.hops().saturating_sub(definite);
        let proved = opinion.finding == Finding::Proved;
        let reason = if proved { DenyReason::Proved } else { DenyReason::Loop };
        Denial {
            // What is proved has no probability.
            false_stop_ppm: (!proved).then_some((1_000_000 / evidence).max(1)),
            period: opinion.period,
            grounds: Some(Box::new(Grounds { evidence, definite, inferred, categories, hops })),
            ..Denial::new(reason, ask.chain, ask.hop)
        }
    }

    /// What goes to and fro beyond the chain: one account's doings of one kind on a subject, where it is inferred that they
    /// answer us, or the fight over a property.
    pub(crate) fn exchange(&self, ask: &Ask) -> Option<u64> {
        let trigger = ask.event.and_then(|seq| self.trail.trigger(seq));
        if let Some(trigger) = trigger.filter(|t| t.strength.is_inferred()) {
            return Some(mix(trigger.lane, trigger.stream()));
        }
        let fights = self.lanes.get(&ask.deed.subject).is_some_and(|lane| lane.fight(&ask.deed).is_some());
        fights.then(|| mix(mix(ask.deed.subject, ask.deed.property), 1))
    }

    /// Was a subject acted on, or heard of, along the line that an effect would continue?
    pub(crate) fn is_on_line(&self, ask: &Ask, subject: &str) -> bool {
        let subject = name(subject);
        let heard = |seq| self.trail.trigger(seq).is_some_and(|trigger| trigger.subject == subject);
        let line = ask.parent.into_iter().flat_map(|parent| self.trail.line(parent));
        ask.event.is_some_and(heard)
            || line.into_iter().any(|(_, step)| step.deed.subject == subject || step.trigger.is_some_and(heard))
    }

    /// Is it a direct answer to a person?
    pub(crate) fn answers_person(&self, ask: &Ask) -> bool {
        let trigger = ask.event.and_then(|seq| self.trail.trigger(seq));
        !ask.automated && trigger.is_some_and(|trigger| trigger.person)
    }
}
