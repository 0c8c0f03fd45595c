//! Classes of tasks: how long they take, and how far estimates of them are off.
//!
//! An estimate is corrected by what tasks of its class took in the past, so that an agent's speed is measured beside the
//! other agents and not beside whoever made the estimate.

use alloc::collections::BTreeMap;

use minicbor::{Decode, Encode};

use super::{score::MAX_MS, settings::Settings};
use crate::text::Text;

/// Sums over the tasks of a class, fading by a fiftieth with each. Microseconds; tasks in millionths.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
struct Class {
    #[n(0)]
    no: u32,
    /// When it was used last, as a count of all uses.
    #[n(1)]
    used: u64,
    #[n(2)]
    tasks: u64,
    #[n(3)]
    took_us: u64,
    /// Of the tasks that had an estimate: the estimates, and what they took.
    #[n(4)]
    estimated_us: u64,
    #[n(5)]
    estimated_took_us: u64,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(super) struct Classes {
    #[n(0)]
    by_name: BTreeMap<Text, Class>,
    #[n(1)]
    uses: u64,
    #[n(2)]
    next: u32,
}

impl Class {
    fn expect(&self, estimate_us: u64) -> u64 {
        let expected_us = match estimate_us {
            // The sum is of millionths of tasks.
            0 => (u128::from(self.took_us) * 1_000_000 / u128::from(self.tasks.max(1))).try_into().unwrap_or(u64::MAX),
            estimate_us => self.correct(estimate_us),
        };
        expected_us.clamp(1, MAX_MS * 1000)
    }

    fn correct(&self, estimate_us: u64) -> u64 {
        if self.estimated_us == 0 {
            return estimate_us;
        }
        let corrected = u128::from(estimate_us) * u128::from(self.estimated_took_us) / u128::from(self.estimated_us);
        let corrected = u64::try_from(corrected).unwrap_or(u64::MAX);
        corrected.clamp(estimate_us / 16, estimate_us.saturating_mul(16)).min(MAX_MS * 1000)
    }
}

impl Classes {
    /// The class's number, and how long such a task should take on an average agent.
    pub(super) fn expect(&self, settings: &Settings, class: &str, estimate_ms: u64) -> (Option<u32>, u64) {
        let estimate_us = estimate_ms.min(MAX_MS) * 1000;
        let Some(class) = self.by_name.get(class) else {
            let default_us = settings.default_duration_ms.clamp(1, MAX_MS) * 1000;
            return (None, if estimate_us == 0 { default_us } else { estimate_us });
        };
        (Some(class.no), class.expect(estimate_us))
    }

    /// A task of the class took this long. Says the class's number and how long it should have taken, by what is known now.
    pub(super) fn on_duration(
        &mut self,
        settings: &Settings,
        class: &str,
        estimate_ms: u64,
        took_ms: u64,
    ) -> (u32, u64) {
        let (estimate_us, took_us) = (estimate_ms.min(MAX_MS) * 1000, took_ms.min(MAX_MS) * 1000);
        let class = self.entry(settings, class);
        class.tasks = class.tasks * 98 / 100 + 1_000_000;
        class.took_us = class.took_us * 98 / 100 + took_us;
        if estimate_us > 0 {
            class.estimated_us = class.estimated_us * 98 / 100 + estimate_us;
            class.estimated_took_us = class.estimated_took_us * 98 / 100 + took_us;
        }
        (class.no, class.expect(estimate_us))
    }

    /// The class's number. The class used longest ago is forgotten when there are too many.
    pub(super) fn number(&mut self, settings: &Settings, class: &str) -> u32 {
        self.entry(settings, class).no
    }

    pub(super) fn check(&self) -> Result<(), &'static str> {
        let most = 51_000 * MAX_MS;
        let fade = |class: &Class| {
            let longest = class.took_us.max(class.estimated_us).max(class.estimated_took_us);
            class.tasks <= 51_000_000 && longest <= most && class.no <= self.next && class.used <= self.uses
        };
        if self.by_name.values().all(fade) { Ok(()) } else { Err("durations of classes fade") }
    }

    fn entry(&mut self, settings: &Settings, class: &str) -> &mut Class {
        self.uses += 1;
        let uses = self.uses;
        let full = self.by_name.len() >= settings.classes.max(1) as usize;
        if full && !self.by_name.contains_key(class) {
            let oldest = self.by_name.iter().min_by_key(|(_, class)| class.used).map(|(name, _)| name.clone());
            oldest.and_then(|name| self.by_name.remove(&name));
        }
        let next = &mut self.next;
        let entry = self.by_name.entry(class.into()).or_insert_with(|| {
            // Numbers are not used again: agents may remember a class that was forgotten here.
            *next = next.wrapping_add(1);
            Class { no: *next, ..Class::default() }
        });
        entry.used = uses;
        entry
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_class_takes_the_estimate_or_the_default() {
        let (classes, settings) = (Classes::default(), Settings::default());
        assert_eq!(classes.expect(&settings, "build", 500), (None, 500_000));
        assert_eq!(classes.expect(&settings, "build", 0), (None, 60_000_000));
    }

    #[test]
    fn estimates_that_are_always_double_are_halved() {
        let (mut classes, settings) = (Classes::default(), Settings::default());
        for _ in 0..5 {
            assert_eq!(classes.on_duration(&settings, "build", 1000, 500), (1, 500_000));
        }
        assert_eq!(classes.expect(&settings, "build", 3000), (Some(1), 1_500_000));
        assert_eq!(classes.expect(&settings, "build", 0), (Some(1), 500_000));
    }

    #[test]
    fn the_class_used_longest_ago_is_forgotten() {
        let (mut classes, settings) = (Classes::default(), Settings { classes: 2, ..Settings::default() });
        for class in ["a", "b", "a", "c"] {
            classes.on_duration(&settings, class, 0, 10);
        }
        assert_eq!(classes.by_name.len(), 2);
        assert_eq!(classes.expect(&settings, "b", 0).0, None);
        assert_eq!(classes.expect(&settings, "a", 0).0, Some(1));
    }
}
