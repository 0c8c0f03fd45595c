//! Limits hold, tenants never meet, and nothing resets a chain.

use std::collections::BTreeMap;

use reynolds::{ChainId, Effect, EffectId};

use crate::{
    check, claim,
    story::{Act, BUDGET, Clock, HOP_LIMIT, Story, story, strict_story},
    world::{World, json, tenant_of},
};

#[test]
fn no_table_grows_beyond_its_limit() {
    check(80, story(80), |story| {
        let mut world = World::new(&story.setup);
        let mut before: BTreeMap<(String, &str), u64> = BTreeMap::new();
        for step in &story.steps {
            world.step(step);
            let view = world.broker.view();
            let limits = &view.config().limits;
            claim(&world, view.tenants().count() <= limits.tenants as usize, || "too many tenants".into())?;
            for tenant in view.tenants() {
                for count in view.counts(tenant) {
                    let cap = match count.table {
                        "open_effects" => limits.open_effects,
                        "events" => limits.events,
                        "effects" => limits.effects,
                        "receipts" => limits.receipts,
                        "chains" => limits.effects + limits.open_effects,
                        // And the stop of everything, which needs no room.
                        "stops" => limits.stops + 1,
                        other => return Err(format!("no limit is known for {other}")),
                    };
                    // A limit that was lowered is reached by and by.
                    let was = before.insert((tenant.to_owned(), count.table), count.entries).unwrap_or(0);
                    let holds = count.entries <= u64::from(cap).max(was);
                    claim(&world, holds, || format!("{count:?}, it was {was}, the limit is {cap}"))?;
                }
            }
        }
        Ok(())
    });
}

#[test]
fn what_one_tenant_does_changes_nothing_of_another() {
    check(80, story(60), |story| {
        let mut world = World::new(&story.setup);
        for step in &story.steps {
            world.turn(step.clock);
            // What is due is due for everybody: done first, it does not blur the picture.
            // The broker's time does not go back with the world's. A time that is right again must be said first.
            loop {
                let at = world.at;
                world.call(None);
                world.at = at;
                let now = world.at.max(world.broker.view().now());
                if world.broker.wakeup().is_none_or(|wakeup| wakeup.at > now) {
                    break;
                }
            }
            world.settle();
            let Some(input) = world.input(&step.act) else { continue };
            if matches!(step.act, Act::Configure(_) | Act::Adopt(_)) {
                continue;
            }
            let mine = tenant_of(&input);
            let digests = |world: &World| {
                let view = world.broker.view();
                let others = view.tenants().filter(|tenant| *tenant != mine);
                others.map(|tenant| (tenant.to_owned(), view.tenant_digest(tenant))).collect::<Vec<_>>()
            };
            let before = digests(&world);
            world.call(Some(input));
            let after = digests(&world);
            claim(&world, before == after, || format!("{mine:?} reached another tenant: {before:?} {after:?}"))?;
            for effect in world.settle() {
                claim(&world, effect.tenant.clone().unwrap_or_default() == mine, || json(&effect))?;
            }
        }
        Ok(())
    });
}

/// Automated effects of each chain, and the deepest hop that left.
fn automated(world: &mut World, story: &Story) -> Result<(), String> {
    let mut left: BTreeMap<ChainId, BTreeMap<EffectId, u16>> = BTreeMap::new();
    let mut count = |world: &World, effects: Vec<Effect>| -> Result<(), String> {
        for effect in effects {
            claim(world, effect.hop <= HOP_LIMIT, || format!("hop {}: {}", effect.hop, json(&effect)))?;
            let automated = effect.hop > 1 && effect.act().is_some_and(|act| !act.read_only);
            if automated {
                let chain = left.entry(effect.chain).or_default();
                chain.insert(effect.id, effect.hop);
                let used = chain.len();
                claim(world, used <= BUDGET as usize, || format!("{used} automated effects: {}", json(&effect)))?;
            }
        }
        Ok(())
    };
    for step in &story.steps {
        let (_, _, effects) = world.step(step);
        count(world, effects)?;
    }
    Ok(())
}

#[test]
fn nothing_resets_a_chain() {
    let remembering = |mut story: Story| {
        story.setup.memory = 400;
        for step in &mut story.steps {
            if let Act::Configure(setup) = &mut step.act {
                setup.memory = 400;
            }
        }
        story
    };
    use proptest::strategy::Strategy;
    check(120, strict_story(120).prop_map(remembering), |story| automated(&mut World::new(&story.setup), story));
}

#[test]
fn forgetting_a_chain_does_not_reset_it() {
    check(120, strict_story(120), |story| automated(&mut World::new(&story.setup), story));
}

#[test]
fn a_chain_is_counted_as_long_as_an_effect_of_it_is_remembered() {
    check(200, strict_story(120), |story| {
        let mut story = story.clone();
        let small = |setup: &mut crate::story::Setup| setup.effects = setup.open_effects;
        small(&mut story.setup);
        for step in &mut story.steps {
            if let Act::Configure(setup) = &mut step.act {
                small(setup);
            }
        }
        let mut world = World::new(&story.setup);
        let mut left = Vec::new();
        for step in &story.steps {
            let (_, _, effects) = world.step(step);
            left.extend(effects.into_iter().filter(|effect| effect.act().is_some()));
            for effect in &left {
                let tenant = effect.tenant.as_deref().unwrap_or("");
                let view = world.broker.view();
                let counted = view.spent(tenant, effect.chain).is_some();
                claim(&world, counted || !view.remembers(tenant, effect.id), || json(effect))?;
            }
        }
        Ok(())
    });
}

/// The generator does what it should: the properties above would be worth little if nothing ever happened.
#[test]
fn stories_are_eventful() {
    let seen = std::cell::RefCell::new(BTreeMap::<String, u32>::new());
    check(400, story(80), |story| {
        let mut world = World::new(&story.setup);
        for step in &story.steps {
            let (_, answer, effects) = world.step(step);
            let mut seen = seen.borrow_mut();
            let mut note = |what: &str| *seen.entry(what.to_owned()).or_default() += 1;
            match &answer {
                crate::world::Answer::Refused(rejected) => note(rejected.code()),
                crate::world::Answer::Idle => note("idle"),
                crate::world::Answer::Decided(decision) => {
                    for verdict in &decision.verdicts {
                        let json: serde_json::Value = serde_json::from_str(&json(verdict)).expect("JSON");
                        let part = |name: &str| json[name].as_str().unwrap_or_default().to_owned();
                        note(format!("{} {}{}", part("type"), part("reason"), part("why")).trim());
                    }
                    if let Some(link) = decision.link {
                        note(&format!("link {:?} {}", link.kind, link.of.is_some()));
                    }
                    if decision.late {
                        note("late");
                    }
                }
            }
            for effect in effects {
                note(if effect.redelivered { "released again" } else { "released" });
                note(&format!("hop {}", effect.hop));
            }
            if matches!(step.clock, Clock::Jumps) {
                note("jump");
            }
        }
        Ok(())
    });
    let seen = seen.into_inner();
    for what in [
        "admitted",
        "held limit",
        "denied hop_limit",
        "denied budget",
        "denied stopped",
        "duplicate",
        "echo",
        "expired",
        "cancelled",
        "ambiguous",
        "late",
        "released again",
        "hop 2",
        "link Receipt true",
        "link Reply true",
        "link Token true",
        "link Content true",
        "link Account true",
        "RY1006",
        "RY1007",
        "RY1008",
        "RY1009",
        "RY1010",
        "RY1012",
        "RY1013",
        "RY1015",
        "RY1016",
    ] {
        assert!(seen.get(what).is_some_and(|times| *times >= 3), "`{what}` hardly ever happens: {seen:#?}");
    }
}
