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
        // What a finding rests on is settled by its kind, never by which capital is the largest: the theorem bounds each by
        // itself, and of the largest of three says three times as much. So each kind of verdict has a bound of its own.
        let capital = match opinion.finding {
            Finding::Loop { proven: true } => &step.proven,
            Finding::Probe { .. } => &step.inferred,
            _ => &step.definite,
        };
        let evidence = capital.whole().max(1);
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
            // What is proved has no probability. It is said to be "at most" so many, so it is rounded up.
            false_stop_ppm: (!proved).then_some(1_000_000_u32.div_ceil(evidence)),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        limits::Limits,
        loops::evidence::{
            Category,
            bets::Bets,
            trail::{Deed, Step},
        },
    };

    /// So many steps that repeat the state.
    fn bets(steps: u32) -> Bets {
        (0..steps).fold(Bets::default(), |bets, _| bets.hop(Category::State, false))
    }

    #[test]
    fn a_verdict_reports_the_one_capital_that_it_rests_on_rounded_up() {
        let ask = crate::loops::tests::ask(6);
        let step = Step {
            parent: None,
            trigger: None,
            deed: Deed::default(),
            attempt: [0, 0],
            progress: None,
            definite: bets(3),
            inferred: bets(4),
            proven: bets(5),
            repeats: 0,
            category: Category::State,
            depth: 1,
            reentered: 0,
            changes: true,
            novel: true,
        };
        let evidence = Evidence::new(&Limits::default(), 0);
        let told = |finding| {
            let opinion =
                Opinion { step, finding, repeats: true, counted: None, again: false, pardoned: false, period: Some(1) };
            let denial = evidence.denial(&opinion, &ask);
            (denial.grounds.expect("grounds").evidence, denial.false_stop_ppm)
        };
        // A million by 1967 is 508.4, by 43,594 it is 22.9, by 977,027 it is 1.02.
        for finding in [Finding::Repeats { ms: 1 }, Finding::Loop { proven: false }] {
            assert_eq!(told(finding), (1967, Some(509)), "{finding:?}");
        }
        assert_eq!(told(Finding::Probe { ms: 1, deep: false }), (43_594, Some(23)));
        assert_eq!(told(Finding::Loop { proven: true }), (977_027, Some(2)));
        assert_eq!(told(Finding::Proved), (1967, None));
    }
}
