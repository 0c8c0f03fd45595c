//! The life of every effect, told from the decisions alone and compared with what the broker holds: nothing is lost,
//! nothing ends twice, nothing comes back.

use std::collections::BTreeMap;

use reynolds::{Decision, EffectId, Input, Text, Timestamp, Verdict, input::OutcomeResult};

use crate::{
    check, claim,
    story::story,
    world::{Answer, World, tenant_of},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Life {
    /// Kept back since, and until at the latest.
    Held(Timestamp, Timestamp),
    /// With the host, or waiting to be released again.
    Open,
    Ended,
}

#[derive(Default)]
struct Lives(BTreeMap<EffectId, (Text, Life)>);

impl Lives {
    /// What the decision says of each effect must fit what was said of it before.
    fn hear(&mut self, decision: &Decision, tenant: &str, now: Timestamp) -> Result<(), String> {
        let mut last = None;
        for verdict in &decision.verdicts {
            let Some(id) = verdict.effect() else { continue };
            let before = self.0.get(&id).map(|(_, life)| *life);
            if before.is_none() {
                let next = last.map_or(0, |ordinal: u16| ordinal + 1);
                if (id.seq, id.ordinal) != (decision.seq, next) {
                    return Err(format!("a new effect has the id {id} in record {}, after {last:?}", decision.seq));
                }
                last = Some(id.ordinal);
            }
            let held = matches!(before, Some(Life::Held(..)));
            let (fits, after) = match verdict {
                Verdict::Admitted { .. } => (before.is_none() || held, Life::Open),
                Verdict::Held { until, .. } => match before {
                    Some(Life::Held(since, first)) => (*until <= first, Life::Held(since, *until)),
                    _ => (before.is_none(), Life::Held(now, *until)),
                },
                Verdict::Denied { .. } => (before.is_none() || held, Life::Ended),
                Verdict::Expired { .. } => (before != Some(Life::Ended), Life::Ended),
                Verdict::Cancelled { .. } => (before == Some(Life::Open) || held, Life::Ended),
                Verdict::Ambiguous { .. } => (before == Some(Life::Open), Life::Open),
                _ => (false, Life::Ended),
            };
            if !fits {
                return Err(format!("{id} was {before:?}, now {verdict:?}"));
            }
            let home = self.0.get(&id).map_or(tenant.into(), |(home, _)| home.clone());
            self.0.insert(id, (home, after));
        }
        Ok(())
    }

    fn end(&mut self, id: EffectId) {
        if let Some((_, life)) = self.0.get_mut(&id) {
            *life = Life::Ended;
        }
    }
}

/// Ends what the host's word ends.
fn host_said(lives: &mut Lives, world: &World, input: &Input, before: &BTreeMap<EffectId, (Text, Vec<Text>)>) {
    match input {
        Input::Outcome(outcome) => match outcome.result {
            OutcomeResult::Done { .. } | OutcomeResult::Failed { .. } | OutcomeResult::Cancelled {} => {
                lives.end(outcome.effect);
            }
            _ => {}
        },
        // A handler call ends when a proposal names it, or its event.
        Input::Propose(propose) if !propose.more => {
            let view = world.broker.view();
            for (handle, (tenant, names)) in before {
                let named = propose.cause.as_slice().iter().any(|cause| names.contains(cause));
                if named && *tenant == tenant_of(input) && view.open_effect(tenant, *handle).is_none() {
                    lives.end(*handle);
                }
            }
        }
        _ => {}
    }
}

/// Open handler calls, their tenants, and what a proposal may call them.
fn handles(world: &World) -> BTreeMap<EffectId, (Text, Vec<Text>)> {
    let view = world.broker.view();
    let open = view.tenants().flat_map(|tenant| view.open(tenant));
    open.filter_map(|open| {
        let event = &open.effect.handle()?.event;
        let names =
            vec![open.effect.id.to_string().into(), event.id.clone(), format!("{}/{}", event.source, event.id).into()];
        Some((open.effect.id, (open.effect.tenant.clone().unwrap_or_default(), names)))
    })
    .collect()
}

#[test]
fn every_effect_lives_once_and_none_is_lost() {
    check(120, story(80), |story| {
        let (mut world, mut lives) = (World::new(&story.setup), Lives::default());
        for step in &story.steps {
            let handles = handles(&world);
            let (input, answer, effects) = world.step(step);
            let now = world.broker.view().now();
            if let Answer::Decided(decision) = &answer {
                let tenant = input.as_ref().map(tenant_of).unwrap_or_default();
                lives.hear(decision, &tenant, now).or_else(|what| claim(&world, false, || what))?;
                if let Some(input) = &input {
                    host_said(&mut lives, &world, input, &handles);
                }
            }
            for effect in effects {
                let alive = matches!(lives.0.get(&effect.id), Some((_, Life::Open)));
                claim(&world, alive, || format!("{} left, but is {:?}", effect.id, lives.0.get(&effect.id)))?;
            }
            let view = world.broker.view();
            let held: BTreeMap<EffectId, bool> = view
                .tenants()
                .flat_map(|tenant| view.open(tenant))
                .map(|open| (open.effect.id, open.held.is_some()))
                .collect();
            let alive = lives.0.iter().filter(|(_, (_, life))| *life != Life::Ended);
            let told: BTreeMap<EffectId, bool> =
                alive.map(|(id, (_, life))| (*id, matches!(life, Life::Held(..)))).collect();
            claim(&world, held == told, || format!("open (true: held) {held:?}\ntold {told:?}"))?;
        }
        Ok(())
    });
}

#[test]
fn a_hold_ends_in_time_whatever_happens() {
    check(80, story(80), |story| {
        let (mut world, mut lives) = (World::new(&story.setup), Lives::default());
        for step in &story.steps {
            let (input, answer, _) = world.step(step);
            let mut answers = vec![answer];
            // What is due may take several calls.
            while world.broker.wakeup().is_some_and(|wakeup| wakeup.at <= world.broker.view().now())
                && answers.len() < 99
            {
                answers.push(world.call(None));
            }
            let now = world.broker.view().now();
            for answer in answers {
                let tenant = input.as_ref().map(tenant_of).unwrap_or_default();
                if let Answer::Decided(decision) = &answer {
                    lives.hear(decision, &tenant, now).or_else(|what| claim(&world, false, || what))?;
                }
            }
            for (id, (_, life)) in &lives.0 {
                let Life::Held(since, until) = life else { continue };
                claim(&world, now < *until, || format!("{id} is held since {since} until {until}, and it is {now}"))?;
                claim(&world, until.since_ms(*since) <= 400, || format!("{id} is held since {since} until {until}"))?;
            }
        }
        Ok(())
    });
}
