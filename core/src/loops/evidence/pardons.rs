//! What a person has let leave although it repeats itself: the same may leave again, a few times.

use super::Evidence;
use crate::{det::mix, loops::Ask};

fn pardon(ask: &Ask) -> u64 {
    mix(mix(ask.rule, ask.deed.subject), ask.deed.kind)
}

impl Evidence {
    /// Has a person let such a repetition leave, and may one more?
    pub(super) fn is_pardoned(&self, ask: &Ask) -> bool {
        self.pardons.len() > 0 && self.pardons.contains(&pardon(ask))
    }

    /// One of them has left.
    pub(super) fn on_pardoned(&mut self, ask: &Ask) {
        let key = pardon(ask);
        match self.pardons.get_mut(&key) {
            Some(left) if *left > 1 => *left -= 1,
            _ => drop(self.pardons.remove(&key)),
        }
    }

    /// A person lets a held repetition leave: so may the next ones, `times` more.
    pub(crate) fn on_approved(&mut self, ask: &Ask, times: u16) {
        self.pardons.insert(pardon(ask), times);
    }
}
