//! What is due when. Derived from the open effects, which hold the times; rebuilt on restore.

use alloc::collections::BTreeMap;

use crate::{id::EffectId, time::Timestamp};

#[derive(Debug, Clone, Default)]
pub(crate) struct Timers {
    due: BTreeMap<(Timestamp, EffectId), u32>,
}

impl Timers {
    pub(crate) fn set(&mut self, at: Timestamp, effect: EffectId, tenant: u32) {
        self.due.insert((at, effect), tenant);
    }

    pub(crate) fn clear(&mut self, at: Timestamp, effect: EffectId) {
        self.due.remove(&(at, effect));
    }

    pub(crate) fn first(&self) -> Option<(Timestamp, EffectId, u32)> {
        self.due.first_key_value().map(|((at, effect), tenant)| (*at, *effect, *tenant))
    }

    /// Takes the first one that is due.
    pub(crate) fn pop_due(&mut self, now: Timestamp) -> Option<(EffectId, u32)> {
        let first = self.due.first_entry().filter(|first| first.key().0 <= now)?;
        let ((_, effect), tenant) = first.remove_entry();
        Some((effect, tenant))
    }
}
