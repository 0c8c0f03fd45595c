//! What becomes of an effect that was held back to see what comes, while that is going on and when its time is over.
//!
//! Where several parties answer at once, what they answered before is still under way when the first effect is held: no
//! silence comes. So it is held on until one does, unless they were asked in vain before: then whoever comes ends it. All that would
//! leave meanwhile for the same party waits behind it, and leaves one after the other, each when the answer to the one before has come
//! or is overdue.

use super::{Evidence, busy::Held, trail::Trigger};
use crate::{config::Timing, id::EffectId, loops::Ask, time::Timestamp};

/// What becomes of an effect whose time is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Due {
    /// It leaves.
    Leave,
    /// Another one is asked about: it waits.
    Wait { until: Timestamp },
    /// Something came, or the answer to the one before: it is judged anew, to be held until then at the latest.
    Judge { latest: Timestamp },
}

impl Evidence {
    /// Was its account asked in vain, here or elsewhere, so that it is not to be asked now?
    pub(super) fn rests(&self, trigger: &Trigger, now: Timestamp) -> bool {
        let anywhere = self.lanes.get(&trigger.source).map_or(0, |lane| lane.in_vain_anywhere(trigger.source));
        self.lanes.get(&trigger.lane).is_some_and(|lane| lane.rests(trigger.stream(), now, anywhere))
    }

    /// An effect is held back to see what comes.
    pub(crate) fn on_held(&mut self, id: EffectId, ask: &Ask, now: Timestamp, until: Timestamp) {
        let Some(trigger) = ask.event.and_then(|seq| self.trail.trigger(seq)) else { return };
        let (lane, source, accompanied) = (trigger.lane, trigger.stream(), trigger.acted_on);
        // An answer that is under way would be no answer to this one.
        if let Some(lane) = self.lanes.get_mut(&lane).filter(|lane| !lane.is_answer_due(source)) {
            let before = lane.held().filter(|held| held.id == id);
            let (first, came) = before.map_or((now, false), |held| (held.first, held.came));
            lane.hold(Held { id, source, since: now, until, accompanied, first, came, event: ask.event });
        }
    }

    /// The time of an effect is over that was held back to see what comes.
    pub(crate) fn at_due(&self, id: EffectId, ask: &Ask, now: Timestamp, timing: &Timing) -> Due {
        let Some(trigger) = ask.event.and_then(|seq| self.trail.trigger(seq)) else { return Due::Leave };
        let stream = trigger.stream();
        let Some(lane) = self.lanes.get(&trigger.lane).filter(|lane| lane.remembers(stream)) else { return Due::Leave };
        let latest = trigger.at.plus_ms(trigger.strength.longest_hold_ms(timing));
        if latest <= now || lane.has_own_will(stream) || self.rests(trigger, now) {
            return Due::Leave;
        }
        match lane.held() {
            Some(held) if held.id == id && lane.came_since(stream, held.since) => Due::Judge { latest },
            Some(held) if held.id == id => Due::Leave,
            // What is made of one event is answered together.
            _ if trigger.acted_on => Due::Leave,
            Some(held) if held.until > now => Due::Wait { until: held.until.min(latest) },
            _ => match lane.overdue(stream, now) {
                Some(overdue) if overdue > now => Due::Wait { until: overdue.min(latest) },
                Some(_) => Due::Leave,
                None => Due::Judge { latest },
            },
        }
    }
}
