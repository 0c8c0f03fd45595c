//! Fights over properties: automations that set back what we wrote, over a few subjects, until breakers trip, trip again
//! under other names, and are forgotten. Whatever is only derived while the broker lives must be the same when it was read
//! from a snapshot.

use std::cell::RefCell;

use proptest::{
    collection::vec,
    prelude::{Just, Strategy, any, prop_oneof},
    sample::select,
};
use reynolds::{
    Event, Verdict,
    event::{Actor, ActorClass, Property},
    input::{OutcomeResult, Proposal},
};

use crate::{
    check,
    evidence::{unused, world_of},
    story::{Act, Came, Cause, Clock, Order, Step, Story},
    world::Mark,
};

const CONFIG: &str = r#"{"enforce":"deny",
    "chain":{"hop_limit":12,"rounds":9,"recurrence_limit":1,"budget":30,"repeat_budget":5},
    "breaker":{"cooldown_ms":2000,"cooldown_max_ms":20000,"count":500},
    "timing":{"outcome_due_ms":600000,"hold_max_ms":60000},
    "limits":{"tenants":3,"open_effects":200,"events":300,"chains":300,"effects":300,"receipts":300,"subjects":20,"stops":50},
    "rules":[{"id":"answer","when":{"kind":"said"},"effects":[
        {"kind":"comment","subject":"{subject}","text":"I have looked at what {actor} said about {subject}"}]}]}"#;

const PROPERTIES: [&str; 3] = ["label", "size", "state"];

/// One turn: somebody says or sets something, and we write what it should be.
#[derive(Debug, Clone)]
struct Turn {
    who: u8,
    subject: u8,
    came: Came,
    sets: Option<(&'static str, &'static str)>,
    says: &'static str,
    writes: &'static str,
    after_ms: u64,
    dice: u8,
}

fn turn() -> impl Strategy<Value = Turn> {
    // One of the latest objects, so that a chain goes through several fights.
    let came = prop_oneof![Just(Came::Alone), (0..60_u8).prop_map(Came::InReply)];
    let value = select(vec!["bad", "bad", "bad", "worse", "3"]);
    let sets = proptest::option::weighted(0.75, (select(PROPERTIES.to_vec()), value));
    let says =
        select(vec!["", "", "the build of the thing has failed again on main", "12", "quite another matter now"]);
    let writes = select(vec!["good", "good", "good", "5"]);
    let after_ms = select(vec![10_u64, 200, 1000, 3000, 30_000]);
    (0..2_u8, 0..2_u8, came, sets, says, writes, after_ms, any::<u8>()).prop_map(
        |(who, subject, came, sets, says, writes, after_ms, dice)| Turn {
            who,
            subject,
            came,
            sets,
            says,
            writes,
            after_ms,
            dice,
        },
    )
}

impl Turn {
    fn act(self, n: usize, class: ActorClass, steps: &mut Vec<Step>) {
        let Self { who, subject, came, sets, says, writes, after_ms, dice } = self;
        let subject = format!("x:{subject}");
        let mut add = |clock, act| steps.push(Step { clock, act, dice });
        match dice {
            0..40 => add(Clock::Wakes, Act::Advance),
            40..42 => add(Clock::Stays, Act::Command { order: Order::ResumeChain(dice), tenant: None }),
            42 => add(Clock::Stays, Act::Command { order: Order::ResumeAll, tenant: None }),
            _ => {}
        }
        let event = Event {
            id: format!("e{n}").into(),
            source: "x".into(),
            kind: sets.map_or("said".into(), |(property, _)| format!("set.{property}")).into(),
            subject: subject.as_str().into(),
            actor: Some(Actor { id: format!("x:a{who}").into(), class }),
            text: (!says.is_empty()).then(|| says.into()),
            state: sets.map(|(property, value)| Property { property: property.into(), value: value.into() }),
            ..Event::default()
        };
        add(Clock::GoesOn(after_ms), Act::Event(Box::new(event), came));
        if let Some((property, _)) = sets {
            let effect = Proposal {
                kind: format!("write.{property}").into(),
                subject: subject.as_str().into(),
                writes: Some(Property { property: property.into(), value: writes.into() }),
                ..Proposal::default()
            };
            let causes = vec![Cause::Seen(0)];
            add(Clock::Stays, Act::Propose { causes, effects: vec![effect], more: false, tenant: None });
        }
        let result = OutcomeResult::done(format!("o{n}"));
        add(Clock::Stays, Act::Outcome { effect: 1, result, chain: None, stray: false });
    }
}

fn fight() -> impl Strategy<Value = Story> {
    let class = select(vec![ActorClass::Bot, ActorClass::Bot, ActorClass::App, ActorClass::Unknown]);
    (class, vec(turn(), 20..120)).prop_map(|(class, turns)| {
        let mut steps = Vec::new();
        turns.into_iter().enumerate().for_each(|(n, turn)| turn.act(n, class, &mut steps));
        Story { setup: unused(), steps }
    })
}

#[test]
fn what_a_snapshot_does_not_say_is_worked_out_as_it_was() {
    let tripped = RefCell::new(0);
    check(400, fight(), |story| {
        let mut world = world_of(CONFIG);
        let mut mark = Mark::of(&world);
        for step in &story.steps {
            let (_, answer, _) = world.step(step);
            let verdicts = answer.decision().into_iter().flat_map(|decision| &decision.verdicts);
            *tripped.borrow_mut() += verdicts.filter(|verdict| matches!(verdict, Verdict::Tripped { .. })).count();
            if step.dice % 8 == 0 {
                mark.leads_to(&world)?;
            }
            if step.dice % 32 < 2 {
                mark = Mark::of(&world);
            }
        }
        mark.leads_to(&world)
    });
    let tripped = tripped.into_inner();
    assert!(tripped >= 100, "breakers hardly ever trip: {tripped}");
}
