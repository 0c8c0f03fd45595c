//! The line of effects that evidence speaks of, where it passes through several chains: who answers us was only inferred
//! there, so each of its turns began a chain of its own.

use alloc::{format, vec::Vec};

use super::{
    graph::{Build, EdgeKind},
    note::{Cause, EffectNote, StepKind},
    story::{Chain, Story},
};
use crate::{
    id::{ChainId, EffectId},
    verdict::{Denial, Grounds},
};

impl EffectNote {
    /// Why it is held, was refused, or would have been, if the reason is what it repeats.
    pub(super) fn repetition(&self) -> Option<(&Denial, &Grounds)> {
        let last = self.steps.last().map(|step| &step.what);
        let held = last.and_then(|what| match what {
            StepKind::Held { denial, .. } => denial.as_ref(),
            _ => None,
        });
        let refused = self.steps.iter().find_map(|step| match &step.what {
            StepKind::Denied(denial) | StepKind::Admitted(Some(denial), _) => Some(denial),
            _ => None,
        });
        let denial = held.or(refused)?;
        Some((denial, denial.grounds.as_deref()?))
    }
}

impl Story {
    /// The latest repetition in a chain, behind the effects that it continues, in order.
    pub(super) fn line_into(&self, chain: &Chain) -> Vec<EffectId> {
        let mut effects = chain.effects.iter().rev().filter_map(|id| self.effects.get(id));
        let found = effects.find_map(|effect| Some((effect.repetition()?.1, effect.id)));
        found.map(|(grounds, last)| grounds.hops.iter().copied().chain([last]).collect()).unwrap_or_default()
    }

    pub(super) fn is_in(&self, effect: EffectId, chain: ChainId) -> bool {
        self.effects.get(&effect).is_some_and(|effect| effect.chain == chain)
    }
}

impl Build<'_> {
    /// An effect of another chain, with the events it answered.
    pub(super) fn add_hop(&mut self, id: EffectId) {
        let Some(effect) = self.story.effects.get(&id) else { return };
        for cause in &effect.causes {
            match cause {
                Cause::Event(seq) if !self.places.contains_key(&format!("r{seq}")) => self.add_event(*seq),
                _ => {}
            }
        }
        self.add_effect(id);
    }

    /// What evidence takes for answers, along the line of effects that it speaks of.
    pub(super) fn add_inferred(&mut self, line: &[EffectId]) {
        for (before, id) in line.iter().zip(line.iter().skip(1)) {
            let from = self.place_of(Cause::Effect(*before));
            let causes = self.story.effects.get(id).map(|effect| effect.causes.as_slice()).unwrap_or_default();
            for cause in causes {
                let Cause::Event(seq) = cause else { continue };
                if self.story.events.get(seq).is_some_and(|event| event.link.is_none()) {
                    if let Some(to) = self.place_of(*cause) {
                        self.join(from, to, EdgeKind::Inferred, "timing");
                    }
                }
            }
        }
    }

    /// The chain in which a line that passes through this one was last held or refused.
    pub(super) fn add_later(&mut self, chain: &Chain) {
        let mut later = chain.effects.iter().filter_map(|id| Some((*id, *self.story.continued.get(id)?)));
        if let Some((id, later)) = later.rfind(|(_, later)| *later != chain.id) {
            let from = self.place_of(Cause::Effect(id));
            let to = self.add_chain(later, "goes on there");
            self.join(from, to, EdgeKind::Inferred, "timing");
        }
    }
}
