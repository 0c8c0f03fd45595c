//! What the evidence says of an effect that asks: its line is walked, the bets are placed, and a finding is made.

use super::{
    CAUSAL, Category, DEFINITE, DOUBTFUL, Evidence, Finding, INFERRED, Linked, Opinion, PATIENCE_MS, PROBE, bets,
    busy::{Held, LASTING},
    trail,
    trail::{Step, Strength, Trigger},
};
use crate::{
    config::{ChainLimits, Config},
    id::EffectId,
    loops::Ask,
    time::Timestamp,
};

/// The effect that is written again, and whether the state that undid it came before.
type Fight = (EffectId, bool);

/// What a finding depends on, beside the evidence.
#[derive(Clone, Copy)]
struct Look {
    strength: Strength,
    /// It answers a state that is new, on a subject that is new.
    fresh: bool,
    fights: bool,
    /// There was evidence enough before: the step before was held, or let pass by a person.
    warned: bool,
}

impl Evidence {
    /// What the evidence says of an effect. Changes nothing.
    pub(crate) fn judge(&self, ask: &Ask, config: &Config, now: Timestamp) -> Opinion {
        let trigger = ask.event.and_then(|seq| self.trail.trigger(seq));
        let anew = self.tries_anew(ask, now);
        let (strength, parent, fight) = self.descent(ask, trigger, anew);
        let mut step = first_step(ask, parent);
        let pass = Opinion {
            step,
            finding: Finding::Pass,
            repeats: false,
            counted: None,
            again: false,
            pardoned: false,
            period: None,
        };
        let Some((id, before)) = parent.and_then(|id| Some((id, self.trail.step(id)?))) else { return pass };
        (step.definite, step.inferred, step.proven) = (before.definite, before.inferred, before.proven);
        step.repeats = before.repeats;
        let walk = self.trail.walk(id, &ask.deed, ask.event, ask.attempt.unwrap_or_default()[0], ask.read_only);
        step.novel &= !walk.used;
        let category = category(ask, &walk, trigger, fight).max(answers_itself(ask, trigger, &before));
        let category = if anew { Category::New } else { category };
        step.category = if ask.planned { Category::New } else { category };
        let sibling = ask.event.is_some() && before.trigger == ask.event;
        let declared = ask.planned || is_neutral(ask, &walk, &config.chain);
        // What a rule allows, and what a person has let pass, is repetition that is meant.
        let meant = !sibling && !declared && step.category > Category::New;
        let reenters = meant && before.reentered < ask.reentry;
        step.reentered = before.reentered.saturating_add(u16::from(reenters));
        let pardoned = meant && !reenters && self.is_pardoned(ask);
        let neutral = declared || reenters || pardoned;
        let talk = trigger.is_some_and(|trigger| trigger.talk);
        let further = u16::from(!ask.read_only && !sibling && !neutral && !talk && !walk.is_passed_by(ask));
        step.depth = before.depth.saturating_add(further);
        if !sibling && !neutral && !talk {
            step.count(category, strength == Strength::Definite);
            step.repeats = if category == Category::New { step.repeats / 2 } else { step.repeats.saturating_add(1) };
        }
        if pardoned {
            // A person says that it is meant: what is held from now on is held anew.
            step.repeats = 0;
        }
        let fresh = walk.same == Category::New && trigger.is_some_and(|trigger| trigger.state != 0 && !walk.state_seen);
        let proved = walk.proved.filter(|_| !neutral && fight.is_none() && step.category > Category::New);
        let finding = match proved {
            _ if reenters || pardoned => Finding::Pass,
            Some(_) if strength == Strength::Definite => Finding::Proved,
            _ => {
                let warned = before.definite.whole() >= DEFINITE;
                self.find(&step, trigger, Look { strength, fresh, fights: fight.is_some(), warned }, now, config)
            }
        };
        // What is counted per chain asks for no more than that the chain is certain. An agent's steps often look alike.
        let least = if ask.read_only { Category::Content } else { Category::Structure };
        let repeats = strength >= Strength::Thread && category >= least && !neutral && !sibling;
        let linked = if strength == Strength::Definite { Linked::Definitely } else { Linked::ByInference };
        let counted = (!sibling && !neutral && !talk).then_some(linked);
        let period = if finding == Finding::Proved { walk.proved } else { walk.period() };
        let again = walk.content_seen && !sibling;
        Opinion { step, finding, repeats, counted, again, pardoned, period }
    }

    /// Is it declared to be the first of a few attempts, after earlier ones had succeeded for long? Then it begins anew.
    fn tries_anew(&self, ask: &Ask, now: Timestamp) -> bool {
        is_first(ask) && self.lanes.get(&ask.deed.subject).is_some_and(|lane| lane.has_lasted(now))
    }

    /// Did what came now, and may be an answer, come long after the answers that we are sure of? Then a first attempt is none to
    /// them.
    fn has_rested(&self, trigger: &Trigger) -> bool {
        let Some(lane) = self.lanes.get(&trigger.answered()).filter(|_| trigger.strength.is_inferred()) else {
            return false;
        };
        let from = lane.continued(trigger.source, trigger.parent.map(EffectId::from));
        let mut came = self.trail.line(from).map_while(|(_, step)| self.trail.trigger(step.trigger?));
        let Some(mut after) = came.next() else { return false };
        let rest = trigger.at.since_ms(after.at);
        let mut longest = None;
        for before in came {
            if after.strength != Strength::Definite {
                break;
            }
            longest = longest.max(Some(after.at.since_ms(before.at)));
            after = before;
        }
        longest.is_some_and(|longest| rest / LASTING >= longest.max(1))
    }

    /// Does a declared attempt set again what it had set, because of a state there? That can only come back once it is set: a
    /// silence before that says nothing about why.
    fn is_set_back(&self, step: &Step, trigger: Option<&Trigger>) -> bool {
        let here = trigger.is_some_and(|trigger| trigger.state != 0 && trigger.subject == step.deed.subject);
        let lane = self.lanes.get(&step.deed.subject).filter(|_| here && step.attempt[0] > 0);
        lane.is_some_and(|lane| lane.is_written_again(&step.deed))
    }

    /// How surely the effect continues which line, and whether it fights over a property.
    fn descent(&self, ask: &Ask, trigger: Option<&Trigger>, anew: bool) -> (Strength, Option<EffectId>, Option<Fight>) {
        let (strength, parent) = match trigger {
            // Whatever we did there since it came, it is the lane that goes on.
            Some(trigger) if is_first(ask) && self.has_rested(trigger) => (Strength::Root, None),
            Some(trigger) if trigger.strength.is_inferred() => {
                let before = trigger.parent.map(EffectId::from);
                let lane = self.lanes.get(&trigger.answered());
                (trigger.strength, lane.map(|lane| lane.continued(trigger.source, before)))
            }
            Some(trigger) => (trigger.strength, trigger.parent.map(EffectId::from)),
            None if ask.event.is_none() && ask.parent.is_some() => (Strength::Definite, ask.parent),
            None => (Strength::Root, None),
        };
        let fight = self.lanes.get(&ask.deed.subject).and_then(|lane| lane.fight(&ask.deed));
        match fight.filter(|_| !anew && strength < Strength::Definite) {
            Some((before, _)) => (Strength::Definite, Some(before), fight),
            None => (strength, parent, fight),
        }
    }

    fn find(
        &self,
        step: &Step,
        trigger: Option<&Trigger>,
        Look { strength, fresh, fights, warned }: Look,
        now: Timestamp,
        config: &Config,
    ) -> Finding {
        let lane = trigger.and_then(|trigger| Some((self.lanes.get(&trigger.lane)?, trigger.stream())));
        if strength == Strength::Definite {
            let proven = lane.is_some_and(|(lane, source)| lane.causal(source) >= CAUSAL);
            if step.category != Category::New && proven && step.proven.whole() >= INFERRED {
                return Finding::Loop { proven };
            }
            if step.definite.whole() < DEFINITE || step.category == Category::New {
                return Finding::Pass;
            }
            // Something new each time, on a subject that is new each time: a release train does that too.
            let patience = if fresh { 2 } else { 1 };
            if warned && u32::from(step.repeats) >= config.chain.recurrence_limit.saturating_mul(patience) {
                return Finding::Loop { proven: false };
            }
            // Not as long as what keeps coming back takes: else what is held piles up.
            let lane = self.lanes.get(&step.deed.subject).filter(|_| fights);
            let longest = lane.map_or(u64::MAX, |lane| now.since_ms(lane.last().1) / 2);
            return Finding::Repeats { ms: (PATIENCE_MS << step.repeats.min(20)).min(longest.max(1)) };
        }
        let Some((lane, source)) = lane else { return Finding::Pass };
        let evidence = step.inferred.whole();
        let deep = step.depth > config.chain.rounds;
        let doubtful = strength == Strength::Habit || trigger.is_some_and(|trigger| trigger.system);
        // What a probe finds out is to be known by the time there were too many rounds.
        let asked = step.depth > config.chain.rounds - config.chain.rounds / 3;
        let suspicious = asked || evidence >= if doubtful { DOUBTFUL } else { PROBE };
        if lane.causal(source) >= CAUSAL {
            return match step.proven.whole() {
                INFERRED.. => Finding::Loop { proven: true },
                _ if deep => Finding::TooDeep,
                _ => Finding::Pass,
            };
        }
        if self.is_set_back(step, trigger) {
            return Finding::Pass;
        }
        if trigger.is_some_and(|trigger| self.rests(trigger, now)) {
            return Finding::Pass;
        }
        // What repeats and is made of the same event would be answered instead.
        let beside = |held: &Held| held.event.is_some() && held.event == step.trigger && step.category != Category::New;
        if let Some(held) = lane.held().filter(|held| held.until > now && (suspicious || beside(held))) {
            return Finding::Probe { ms: held.until.since_ms(now), deep };
        }
        if lane.is_accompanied(source) && trigger.is_some_and(|trigger| trigger.acted_on) {
            return Finding::Pass;
        }
        // A hold that ends before an arrival was due would prove nothing.
        let longest = strength.longest_hold_ms(&config.timing);
        if let Some(ms) = lane.probe(source, longest).filter(|_| suspicious) {
            return Finding::Probe { ms, deep };
        }
        Finding::Pass
    }
}

impl Step {
    /// One more hop. What is certain counts where links are inferred, but not the other way round.
    fn count(&mut self, category: Category, certain: bool) {
        let before = self.definite;
        if certain {
            self.definite = before.hop(category, false);
        }
        if certain && self.inferred.hops() == 0 {
            return;
        }
        if self.inferred.hops() == 0 {
            (self.inferred, self.proven) = (before, before);
        }
        self.inferred = self.inferred.hop(category, !certain);
        self.proven = self.proven.hop(category, false);
    }
}

/// Is it declared to be the first of a few attempts?
fn is_first(ask: &Ask) -> bool {
    ask.attempt.is_some_and(|[n, _]| n == 1)
}

/// A step of which no line is known.
fn first_step(ask: &Ask, parent: Option<EffectId>) -> Step {
    Step {
        parent,
        trigger: ask.event,
        deed: ask.deed,
        attempt: ask.attempt.unwrap_or_default(),
        progress: ask.progress,
        definite: bets::Bets::default(),
        inferred: bets::Bets::default(),
        proven: bets::Bets::default(),
        repeats: 0,
        category: Category::New,
        depth: u16::from(!ask.read_only),
        reentered: 0,
        changes: !ask.read_only,
        novel: !ask.looks_up,
    }
}

/// How much an effect repeats of what a walk found.
fn category(ask: &Ask, walk: &trail::Walk, trigger: Option<&Trigger>, fight: Option<Fight>) -> Category {
    if walk.is_passed_by(ask) {
        return Category::New;
    }
    match fight {
        Some((_, true)) => Category::State,
        Some((_, false)) => Category::Content,
        None => walk.category(trigger, ask.read_only),
    }
}

/// Does our own effect, coming back, make the same again? That is as rare as to say the same again.
fn answers_itself(ask: &Ask, trigger: Option<&Trigger>, before: &Step) -> Category {
    let same = (before.deed.kind, before.deed.subject) == (ask.deed.kind, ask.deed.subject);
    let echo = trigger.is_some_and(|trigger| trigger.echo) && !ask.read_only;
    let progress = ask.progress.is_some_and(|progress| before.progress.is_none_or(|before| progress > before));
    if same && echo && !progress && before.trigger != ask.event { Category::Content } else { Category::New }
}

/// A declared retry that goes on where the last one was, towards the same end, is no step at all.
fn is_neutral(ask: &Ask, walk: &trail::Walk, limits: &ChainLimits) -> bool {
    let Some([n, m]) = ask.attempt.filter(|_| !walk.restarted) else { return false };
    let [before, of] = walk.nearest.map_or([0, 0], |(_, attempt)| attempt);
    n > before && n <= m && m <= limits.attempt_max && (of == 0 || of == m)
}

impl trail::Walk {
    /// Does the effect declare to be further than its line was?
    fn is_passed_by(&self, ask: &Ask) -> bool {
        ask.progress.is_some() && ask.progress > self.progress
    }

    fn category(&self, trigger: Option<&Trigger>, inward: bool) -> Category {
        let category = match self.same {
            Category::New => self.alike,
            same => same,
        };
        let telling = trigger.is_some_and(|trigger| trigger.telling);
        let trigger = trigger.filter(|trigger| trigger.state != 0 && category > Category::New);
        if inward {
            // An agent's steps are of one kind, and what a tool says is new or not, wherever it says it. "Done" is said often,
            // by tools that were asked for different things.
            let same_answer = self.content_seen && self.same > Category::New;
            // Page after page, each with something else on it.
            let reads_on = telling && !self.content_seen && !self.verbatim;
            return match (trigger, category) {
                (Some(_), _) if self.content_seen => Category::State,
                (None, Category::Content) if reads_on => Category::New,
                (None, Category::Content) => Category::Content,
                (None, Category::Structure) if same_answer && (telling || self.like) => Category::Structure,
                _ => Category::New,
            };
        }
        let Some(trigger) = trigger else { return category };
        if self.state_seen {
            return Category::State;
        }
        match self.subject_known && !trigger.echo && !trigger.counts {
            true if trigger.opaque => category.min(Category::Structure),
            true => Category::New,
            false => category,
        }
    }
}
