//! The protocol: refusals change nothing, wakeups mean something, nothing leaves before its record is durable, and
//! every question may be asked again.

use std::collections::BTreeMap;

use reynolds::{Broker, Decision, Effect, Genesis, Input, ReleaseNo, Seq, Verdict};

use crate::{
    check, claim,
    story::story,
    world::{Answer, World, json, keys, restore},
};

/// Everything a host can see of a broker.
fn seen(world: &World) -> (u64, String, Option<Vec<u8>>, Seq) {
    let view = world.broker.view();
    let staged = world.broker.staged(Seq(0)).map(|segment| segment.bytes.to_vec());
    (view.digest(), json(&view.wakeup()), staged, view.seq())
}

#[test]
fn what_is_refused_or_known_changes_nothing() {
    check(80, story(60), |story| {
        let mut world = World::new(&story.setup);
        for step in &story.steps {
            world.turn(step.clock);
            let input = world.input(&step.act);
            let before = seen(&world);
            let answer = world.call(input.clone());
            let recorded = answer.decision().is_some_and(|decision| decision.seq > before.3);
            if recorded {
                claim(&world, world.broker.view().seq() == before.3.next(), || "more than one record".into())?;
                claim(&world, world.broker.staged(before.3).is_some(), || "nothing was staged".into())?;
            } else {
                claim(&world, seen(&world) == before, || format!("{answer:?} changed something"))?;
                let duplicates = |decision: &Decision| {
                    decision.verdicts.iter().all(|verdict| matches!(verdict, Verdict::Duplicate { .. }))
                };
                let known = answer.decision().is_none_or(duplicates);
                claim(&world, known, || format!("{answer:?} was not recorded"))?;
            }
            world.settle();
            if let (true, Some(event @ Input::Event(_))) = (recorded, input) {
                let (before, seq) = (seen(&world), before.3.next());
                let again = world.call(Some(event));
                let known = again.decision().is_some_and(|decision| decision.seq == seq && decision.chain.is_none());
                claim(&world, known && seen(&world) == before, || format!("delivered again: {again:?}"))?;
            }
        }
        Ok(())
    });
}

#[test]
fn waking_at_the_wakeup_does_something_and_comes_to_rest() {
    check(80, story(60), |story| {
        let mut world = World::new(&story.setup);
        for step in &story.steps {
            world.step(step);
            if step.dice < 128 {
                continue;
            }
            // What the host's clock says is not what is due.
            let due = world.broker.wakeup().filter(|wakeup| wakeup.reason != reynolds::WakeReason::Clock);
            let Some(wakeup) = due else { continue };
            let before = seen(&world);
            // What is due at once is due whatever the clock says.
            let early = wakeup.at.0.checked_sub(1).filter(|at| *at >= world.broker.view().now().0);
            let early = early.and_then(|at| world.broker.advance(reynolds::Timestamp(at)));
            claim(&world, early.is_none() && seen(&world) == before, || format!("too early: {early:?}"))?;
            world.at = wakeup.at;
            // Each effect can be due only so often at one time.
            let view = world.broker.view();
            let open: usize = view.tenants().map(|tenant| view.open(tenant).count()).sum();
            let mut calls = 0;
            while world.broker.wakeup().is_some_and(|wakeup| wakeup.at <= world.at) {
                let before = seen(&world).0;
                let answer = world.call(None);
                calls += 1;
                claim(&world, matches!(answer, Answer::Decided(_)), || "nothing happened at the wakeup".into())?;
                claim(&world, seen(&world).0 != before, || "the wakeup changed nothing".into())?;
                claim(&world, calls <= open + 1, || format!("still awake after {calls} calls, {open} were open"))?;
            }
            claim(&world, calls > 0, || "the wakeup is gone".into())?;
            world.settle();
        }
        Ok(())
    });
}

#[test]
fn nothing_leaves_before_its_record_is_durable() {
    check(80, story(60), |story| {
        // One host has a fast disk and shows in which record an effect was released; the other has a slow one.
        let mut fast = World::new(&story.setup);
        let mut slow = World::new(&story.setup);
        let (mut released_in, mut given, mut durable) = (BTreeMap::new(), Vec::<Effect>::new(), fast.appended);
        for step in &story.steps {
            fast.turn(step.clock);
            slow.at = fast.at;
            let input = fast.input(&step.act);
            let (answer, same) = (fast.call(input.clone()), slow.call(input));
            claim(&fast, same == answer, || format!("fast: {answer:?}\nslow: {same:?}"))?;
            let seq = fast.broker.view().seq();
            released_in.extend(fast.settle().iter().map(|effect| (effect.release, seq)));
            if step.dice % 3 == 0 {
                let staged = slow.broker.view().seq().0 - durable.0;
                durable = Seq(durable.0 + staged * u64::from(step.dice) / 255);
                slow.broker.mark_durable(durable).map_err(|error| error.to_string())?;
            }
            let mut now = Vec::new();
            slow.broker.released(slow.cursor, &mut now);
            for effect in &now {
                let seq = released_in.get(&effect.release).copied().unwrap_or(Seq(u64::MAX));
                claim(&fast, seq <= durable, || {
                    format!("{} left with record {seq}, durable is {durable}: {effect:?}", effect.id)
                })?;
            }
            slow.cursor = now.last().map_or(slow.cursor, |effect| effect.release);
            given.extend(now);
        }
        slow.broker.mark_durable(slow.broker.view().seq()).map_err(|error| error.to_string())?;
        slow.broker.released(slow.cursor, &mut given);
        let in_order = given.windows(2).all(|pair| pair[0].release < pair[1].release);
        claim(&fast, in_order, || "out of order".into())?;
        // In the end the slow host has in its hands what the fast one has.
        let (mut restored, _) = restore(None, &fast.journal).map_err(|error| error.to_string())?;
        let mut open = Vec::new();
        restored.released(ReleaseNo(0), &mut open);
        for effect in open {
            let known = given.iter().any(|given| (given.id, given.release) == (effect.id, effect.release));
            claim(&fast, known, || format!("{} never left", effect.id))?;
        }
        claim(&fast, slow.broker.view().digest() == fast.broker.view().digest(), || "durability is state".into())
    });
}

#[test]
fn what_is_released_may_be_asked_for_again() {
    check(60, story(60), |story| {
        let mut world = World::new(&story.setup);
        for step in &story.steps {
            let before = world.cursor;
            let (_, _, effects) = world.step(step);
            let mut again = Vec::new();
            world.broker.released(before, &mut again);
            claim(&world, again == effects, || format!("first {effects:?}\nthen {again:?}"))?;
            let mut nothing = Vec::new();
            world.broker.released(world.cursor, &mut nothing);
            claim(&world, nothing.is_empty(), || format!("acknowledged and given again: {nothing:?}"))?;
        }
        Ok(())
    });
}

#[test]
fn a_step_is_the_same_round_in_one_call() {
    check(40, story(40), |story| {
        let mut apart = World::new(&story.setup);
        let genesis = Genesis { name: "story".into(), seed: 7, config: story.setup.config(), ..Genesis::default() };
        let mut broker = Broker::new(genesis, keys()).map_err(|error| error.to_string())?;
        let mut journal = apart.journal[..24].to_vec();
        for step in &story.steps {
            apart.turn(step.clock);
            let at = apart.at;
            let inputs: Vec<_> = apart.input(&step.act).into_iter().collect();
            let one = broker.step(at, inputs.clone(), |segment| {
                journal.extend_from_slice(segment.bytes);
                Ok::<(), std::convert::Infallible>(())
            });
            let one = one.map_err(|error| error.to_string())?;
            let mut decisions = Vec::new();
            for input in inputs {
                decisions.push(apart.call(Some(input)));
            }
            apart.at = at;
            let due = apart.call(None);
            let effects = apart.settle();
            let decided = |answer: &Result<Decision, _>| answer.clone().map_or_else(Answer::Refused, Answer::Decided);
            let same = one.decisions.iter().map(decided).eq(decisions)
                && one.due.map_or(Answer::Idle, Answer::Decided) == due
                && one.effects == effects
                && one.wakeup == apart.broker.wakeup()
                && journal == apart.journal;
            claim(&apart, same, || "one step is not the same as the calls it stands for".into())?;
        }
        Ok(())
    });
}

#[test]
fn what_goes_over_the_wire_comes_back() {
    check(60, story(40), |story| {
        let mut world = World::new(&story.setup);
        for step in &story.steps {
            let (input, answer, effects) = world.step(step);
            if let Some(input) = input {
                let back = Input::from_json(json(&input).as_bytes());
                claim(&world, back.as_ref() == Ok(&input), || format!("{}\n{back:?}", json(&input)))?;
            }
            if let Some(decision) = answer.decision() {
                let back = serde_json::from_str::<Decision>(&json(decision)).map_err(|error| error.to_string());
                claim(&world, back.as_ref() == Ok(decision), || format!("{}\n{back:?}", json(decision)))?;
            }
            for effect in effects {
                let back = serde_json::from_str::<Effect>(&json(&effect)).map_err(|error| error.to_string());
                claim(&world, back.as_ref() == Ok(&effect), || format!("{}\n{back:?}", json(&effect)))?;
            }
        }
        Ok(())
    });
}
