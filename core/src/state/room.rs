//! How many effects one record may bring.

use super::{State, react};
use crate::id::EffectId;

/// So many effects of one record, and dispatches are left for the next. Recalls are not, but there are never
/// so many in a record that its effects could not be numbered.
const EFFECTS: u16 = 16_384;

impl State {
    /// The id of the next effect.
    pub(super) fn next_id(&mut self) -> EffectId {
        react::next_id(self.seq, &mut self.ordinal)
    }

    /// Has this record brought so much that the rest is for another one?
    pub(super) fn is_full(&self) -> bool {
        self.ordinal >= EFFECTS
    }
}
