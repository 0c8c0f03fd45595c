//! Restored is live: after every step, from the journal and from a snapshot with the records after it.

use reynolds::{Effect, ReleaseNo, Timestamp};

use crate::{
    check, claim,
    story::{Step, story},
    world::{Answer, Mark, World, restore, snapshot},
};

#[test]
fn restored_is_live_after_every_step() {
    check(60, story(40), |story| {
        let mut world = World::new(&story.setup);
        let mut mark = Mark::of(&world);
        for step in &story.steps {
            world.step(step);
            let live = snapshot(&world.broker);
            let (whole, report) = restore(None, &world.journal).map_err(|error| error.to_string())?;
            claim(&world, snapshot(&whole) == live, || "the journal restores another state".into())?;
            claim(&world, report.last == world.broker.view().seq() && report.torn.is_none(), || format!("{report:?}"))?;
            claim(&world, whole.wakeup() == world.broker.view().wakeup(), || "the wakeup differs".into())?;
            mark.leads_to(&world)?;
            let (again, _) = restore(Some(&live), &[]).map_err(|error| error.to_string())?;
            claim(&world, snapshot(&again) == live, || "a snapshot does not restore to itself".into())?;
            if step.dice < 40 {
                mark = Mark::of(&world);
            }
        }
        Ok(())
    });
}

#[test]
fn restored_goes_on_as_live_would_have() {
    check(60, story(60), |story| {
        let (before, after) = story.steps.split_at(story.steps.len() / 2);
        let mut live = World::new(&story.setup);
        let mut mark = Mark::of(&live);
        for (place, step) in before.iter().enumerate() {
            live.step(step);
            if place == before.len() / 2 {
                mark = Mark::of(&live);
            }
        }
        let tail = mark.tail(&live);
        let from = |snapshot: Option<&[u8]>, journal: &[u8]| -> Result<World, String> {
            let (broker, report) = restore(snapshot, journal).map_err(|error| error.to_string())?;
            let mut world = World::with(broker, Vec::new(), report.last);
            (world.at, world.known, world.script) = (live.at, live.known.clone(), live.script.clone() + "! crash\n");
            Ok(world)
        };
        let mut whole = from(None, &live.journal)?;
        let mut part = from(Some(&mark.snapshot), &tail)?;
        // What is with the host at the restart counts as handed out anew; without that, live is the same too.
        let quiet = with_host(&mut whole).is_empty();
        let same = whole.settle() == part.settle();
        claim(&whole, same, || "other effects are handed out after the restart".into())?;
        for step in after {
            let (input, answer, effects) = whole.step(step);
            let other = part.step(step);
            claim(&whole, (&input, &answer, &effects) == (&other.0, &other.1, &other.2), || {
                format!("restored from the journal: {answer:?} {effects:?}\nfrom the snapshot: {other:?}")
            })?;
            claim(&whole, whole.broker.view().digest() == part.broker.view().digest(), || "the states differ".into())?;
            if quiet {
                let other = live.step(step);
                claim(&whole, (&answer, &effects) == (&other.1, &other.2), || {
                    format!("restored: {answer:?} {effects:?}\nlive: {other:?}")
                })?;
            }
        }
        Ok(())
    });
}

/// What a restart hands out.
fn with_host(world: &mut World) -> Vec<Effect> {
    let mut effects = Vec::new();
    world.broker.released(ReleaseNo(0), &mut effects);
    effects
}

#[test]
fn a_restart_hands_out_what_is_open_and_not_held_back() {
    check(60, story(40), |story| {
        let mut world = World::new(&story.setup);
        // Waiting for its next try is what an effect does after these outcomes, until it is released again.
        let mut waiting = std::collections::BTreeSet::new();
        for step in &story.steps {
            let (input, answer, effects) = world.step(step);
            if let (Some(reynolds::Input::Outcome(outcome)), Answer::Decided(_)) = (&input, &answer) {
                waiting.insert(outcome.effect);
            }
            for verdict in answer.decision().into_iter().flat_map(|decision| &decision.verdicts) {
                if let reynolds::Verdict::Ambiguous { effect, .. } = verdict {
                    waiting.insert(*effect);
                }
            }
            waiting.retain(|id| !effects.iter().any(|effect| effect.id == *id));
        }
        let (broker, _) = restore(None, &world.journal).map_err(|error| error.to_string())?;
        let mut restored = World::with(broker, Vec::new(), world.appended);
        let handed: Vec<_> = with_host(&mut restored).iter().map(|effect| effect.id).collect();
        let view = world.broker.view();
        let mut expected: Vec<_> = view
            .tenants()
            .flat_map(|tenant| view.open(tenant))
            .filter(|open| open.held.is_none() && !waiting.contains(&open.effect.id))
            .map(|open| (open.effect.release, open.effect.id))
            .collect();
        expected.sort_unstable();
        let expected: Vec<_> = expected.into_iter().map(|(_, id)| id).collect();
        claim(&world, handed == expected, || format!("handed out {handed:?}, open {expected:?}"))?;
        claim(&world, with_host(&mut restored).iter().all(|effect| effect.redelivered), || "not marked".into())
    });
}

#[test]
fn many_at_once_is_as_one_by_one() {
    check(60, story(40), |story| {
        let mut single = World::new(&story.setup);
        let mut batch = World::new(&story.setup);
        for chunk in story.steps.chunks(5) {
            // One batch has one time and knows nothing of what its own inputs bring forth.
            chunk.iter().take(1).for_each(|Step { clock, .. }| single.turn(*clock));
            let at: Timestamp = single.at;
            let inputs: Vec<_> = chunk.iter().filter_map(|step| single.input(&step.act)).collect();
            let mut together = Vec::new();
            batch.broker.submit_all(at, inputs.clone(), &mut together);
            let mut alone = Vec::new();
            for input in inputs {
                single.at = at;
                alone.push(single.call(Some(input)));
            }
            let together: Vec<_> =
                together.into_iter().map(|answer| answer.map_or_else(Answer::Refused, Answer::Decided)).collect();
            claim(&single, alone == together, || format!("alone: {alone:?}\ntogether: {together:?}"))?;
            let same = single.settle() == batch.settle();
            claim(&single, same, || "other effects".into())?;
            claim(&single, single.journal == batch.journal, || "other bytes".into())?;
        }
        Ok(())
    });
}
