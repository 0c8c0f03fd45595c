//! Evidence in random dialogues: a few accounts that answer us, with ids and without, in old words and new ones, while
//! people approve and cancel. The stories of `story.rs` have limits so low that no line gets long enough for evidence;
//! these have long lines.

use std::{cell::RefCell, collections::BTreeMap};

use proptest::{
    collection::vec,
    prelude::{Just, Strategy, any, prop_oneof},
    sample::select,
};
use reynolds::{
    Broker, Config, EffectId, Event, Genesis, Seq, Timestamp, Verdict,
    event::{Actor, ActorClass, Property},
    input::OutcomeResult,
    journal::segment_header,
    verdict::{Denial, DenyReason, Grounds, HoldReason},
};

use crate::{
    check, claim,
    story::{Act, Came, Clock, Order, START, Setup, Step, Story},
    world::{Answer, Mark, World, json, keys, restore, snapshot},
};

const CONFIG: &str = r#"{"enforce":"deny","chain":{"hop_limit":14,"rounds":9,"recurrence_limit":6,"repeat_budget":40},
    "timing":{"outcome_due_ms":600000,"hold_max_ms":90000},
    "limits":{"tenants":3,"open_effects":200,"events":300,"chains":300,"effects":300,"receipts":300,"subjects":20},
    "rules":[
    {"id":"answer","when":{"kind":"said"},"effects":[{"kind":"message","subject":"{subject}","text":"I did not get that."}]},
    {"id":"echo","when":{"kind":"asked"},"effects":[{"kind":"message","subject":"{subject}","text":"{text}"}]},
    {"id":"wide","enforce":"hold","when":{"kind":"shouted"},"effects":[
        {"kind":"message","subject":"{subject}","text":"I did not get that."},
        {"kind":"message","subject":"x:all","text":"{text}"}]}]}"#;

/// What one account does again and again.
#[derive(Debug, Clone)]
struct Habit {
    kind: &'static str,
    class: ActorClass,
    came: Came,
    text: &'static str,
    state: Option<&'static str>,
    after_ms: u64,
}

/// One thing that happens.
#[derive(Debug, Clone)]
enum Move {
    /// The habit again, as it is or a little changed.
    Again,
    Other(Box<Habit>),
    NewWords,
    NewState,
    Wakes,
    Order(Order),
}

fn habit() -> impl Strategy<Value = Habit> {
    let class = select(vec![
        ActorClass::Bot,
        ActorClass::Bot,
        ActorClass::App,
        ActorClass::System,
        ActorClass::Unknown,
        ActorClass::Human,
    ]);
    let came =
        prop_oneof![3 => Just(Came::Alone), 3 => Just(Came::InReply(0)), 1 => any::<u8>().prop_map(Came::WithToken)];
    let kind = select(vec!["said", "said", "asked", "shouted"]);
    let text = select(vec!["Sorry, what do you mean?", "Yes.", ""]);
    let state = select(vec![None, Some("open"), Some("3")]);
    (kind, class, came, text, state, 1..5000_u64).prop_map(|(kind, class, came, text, state, after_ms)| Habit {
        kind,
        class,
        came,
        text,
        state,
        after_ms,
    })
}

fn moves() -> impl Strategy<Value = Move> {
    prop_oneof![
        24 => Just(Move::Again),
        1 => habit().prop_map(|habit| Move::Other(Box::new(habit))),
        2 => Just(Move::NewWords),
        3 => Just(Move::NewState),
        8 => Just(Move::Wakes),
        1 => select(vec![Order::Approve(1), Order::Cancel(1), Order::Approve(90)]).prop_map(Move::Order),
    ]
}

fn dialogue() -> impl Strategy<Value = Story> {
    (habit(), vec((moves(), any::<u8>()), 1..60)).prop_map(|(habit, moves)| {
        let mut steps = Vec::new();
        for (n, (happens, dice)) in moves.into_iter().enumerate() {
            act(&habit, n, happens, dice, &mut steps);
        }
        Story { setup: unused(), steps }
    })
}

/// A bot whose answers carry no id.
fn suspicion() -> impl Strategy<Value = Story> {
    let alone = |habit| Habit { kind: "said", class: ActorClass::Bot, came: Came::Alone, state: Some("open"), ..habit };
    let moves = prop_oneof![6 => Just(Move::Again), 1 => Just(Move::NewState), 1 => Just(Move::NewWords)];
    (habit().prop_map(alone), vec((moves, any::<u8>()), 1..30)).prop_map(|(habit, moves)| {
        let mut steps = Vec::new();
        for (n, (happens, dice)) in moves.into_iter().enumerate() {
            act(&habit, n, happens, dice, &mut steps);
        }
        Story { setup: unused(), steps }
    })
}

fn act(habit: &Habit, n: usize, happens: Move, dice: u8, steps: &mut Vec<Step>) {
    let mut habit = habit.clone();
    let (mut words, mut state) = (habit.text.to_owned(), habit.state.map(str::to_owned));
    match happens {
        Move::Again => {}
        Move::Other(other) => habit = *other,
        Move::NewWords => words = format!("Word{} is quite another matter", char::from(b'a' + dice % 26)),
        Move::NewState => state = Some(format!("v{dice}")),
        Move::Wakes => return steps.push(Step { clock: Clock::Wakes, act: Act::Advance, dice }),
        Move::Order(order) => {
            return steps.push(Step { clock: Clock::Stays, act: Act::Command { order, tenant: None }, dice });
        }
    }
    let event = Event {
        id: format!("e{n}").into(),
        source: "x".into(),
        kind: habit.kind.into(),
        subject: "x:chat".into(),
        actor: Some(Actor { id: format!("x:{:?}", habit.class).into(), class: habit.class }),
        text: (!words.is_empty()).then(|| words.into()),
        state: state.map(|value| Property { property: "status".into(), value: value.into() }),
        ..Event::default()
    };
    let act = Act::Event(Box::new(event), habit.came);
    steps.push(Step { clock: Clock::GoesOn(habit.after_ms), act, dice });
    // Mostly each effect is reported before the next thing happens.
    for k in 0..2 {
        let result = OutcomeResult::done(format!("o{n}.{k}"));
        let act = Act::Outcome { effect: 1, result, chain: None, stray: false };
        steps.push(Step { clock: Clock::Stays, act, dice });
    }
}

/// A story has one; here the world is made with another configuration.
pub fn unused() -> Setup {
    Setup {
        enforce: "deny",
        rules: Vec::new(),
        own: false,
        hold_max_ms: 0,
        due_ms: 0,
        open_effects: 0,
        memory: 0,
        effects: 0,
        strict: false,
    }
}

fn world(enforce: &str) -> World {
    world_of(&CONFIG.replacen("deny", enforce, 1))
}

pub fn world_of(config: &str) -> World {
    let config = Config::from_json(config.as_bytes()).expect("a valid configuration");
    let genesis = Genesis { name: "story".into(), seed: 7, config, at: Timestamp(START), ..Genesis::default() };
    let script = format!("! keys [[1,\"a secret of the host\"]]\n! new {}\n", json(&genesis));
    let broker = Broker::new(genesis, keys()).expect("a valid genesis");
    let journal = segment_header(broker.view().number(), Seq(1)).to_vec();
    let mut world = World::with(broker, journal, Seq(0));
    world.script = script;
    world.settle();
    world
}

fn denial(verdict: &Verdict) -> Option<(EffectId, &Denial)> {
    match verdict {
        Verdict::Held { effect, denial: Some(denial), .. }
        | Verdict::Denied { effect, denial, .. }
        | Verdict::Admitted { effect, would: Some(denial), .. } => Some((*effect, denial)),
        _ => None,
    }
}

#[test]
fn restored_is_live_whatever_is_held() {
    let seen = RefCell::new(BTreeMap::<String, u32>::new());
    check(60, dialogue(), |story| {
        let mut world = world("deny");
        let mut mark = Mark::of(&world);
        for step in &story.steps {
            let (_, answer, _) = world.step(step);
            mark.leads_to(&world)?;
            if step.dice < 40 {
                mark = Mark::of(&world);
            }
            let live = snapshot(&world.broker);
            let (whole, _) = restore(None, &world.journal).map_err(|error| error.to_string())?;
            claim(&world, snapshot(&whole) == live, || "the journal restores another state".into())?;
            let (again, _) = restore(Some(&live), &[]).map_err(|error| error.to_string())?;
            claim(&world, snapshot(&again) == live, || "a snapshot does not restore to itself".into())?;
            claim(&world, again.wakeup() == world.broker.view().wakeup(), || "the wakeup differs".into())?;
            note(&mut seen.borrow_mut(), &answer);
        }
        Ok(())
    });
    let seen = seen.into_inner();
    for what in ["Limit", "Behind", "Probe", "Repeats", "Loop", "Tripped"] {
        assert!(seen.get(what).is_some_and(|times| *times >= 3), "`{what}` hardly ever happens: {seen:#?}");
    }
}

fn note(seen: &mut BTreeMap<String, u32>, answer: &Answer) {
    for verdict in answer.decision().into_iter().flat_map(|decision| &decision.verdicts) {
        let what = match verdict {
            Verdict::Held { why, .. } => format!("{why:?}"),
            Verdict::Denied { denial, .. } => format!("{:?}", denial.reason),
            _ => continue,
        };
        *seen.entry(what).or_default() += 1;
    }
}

/// In log mode nothing waits, so each verdict is about the step as it leaves, and no probe changes what it counts for.
#[test]
fn a_step_that_repeats_nothing_never_adds_evidence() {
    let compared = RefCell::new(0);
    check(150, suspicion(), |story| {
        let mut world = world("log");
        let mut known = BTreeMap::<EffectId, Grounds>::new();
        for step in &story.steps {
            let (_, answer, _) = world.step(step);
            for verdict in answer.decision().into_iter().flat_map(|decision| &decision.verdicts) {
                let Some((id, grounds)) = denial(verdict).and_then(|(id, it)| Some((id, it.grounds.as_ref()?))) else {
                    continue;
                };
                known.insert(id, (**grounds).clone());
                let Some(before) = grounds.hops.last().and_then(|last| known.get(last)) else { continue };
                if grounds.categories.last() != Some(&0) {
                    continue;
                }
                *compared.borrow_mut() += 1;
                claim(&world, grounds.evidence <= before.evidence, || format!("{id} is new: {before:?}, {grounds:?}"))?;
            }
        }
        Ok(())
    });
    let compared = compared.into_inner();
    assert!(compared >= 20, "only {compared} were compared");
}

/// What a verdict says of itself fits together.
#[test]
fn a_verdict_from_evidence_says_what_it_is_made_of() {
    check(150, dialogue(), |story| {
        let mut world = world("deny");
        for step in &story.steps {
            let (_, answer, _) = world.step(step);
            for verdict in answer.decision().into_iter().flat_map(|decision| &decision.verdicts) {
                let Some((_, denial)) = denial(verdict) else { continue };
                let evidence = denial.reason == DenyReason::Loop;
                let limit = !evidence && denial.reason != DenyReason::Tripped;
                let says = (denial.limit.is_some(), denial.grounds.is_some(), denial.false_stop_ppm.is_some());
                claim(&world, says == (limit, evidence, evidence), || format!("{denial:?}"))?;
                claim(&world, denial.limit_name.is_some() == limit, || format!("{denial:?}"))?;
                let Some(grounds) = &denial.grounds else { continue };
                // "At most": rounded up.
                let bound = 1_000_000_u32.div_ceil(grounds.evidence.max(1));
                claim(&world, denial.false_stop_ppm == Some(bound), || format!("{denial:?}"))?;
                claim(&world, grounds.hops.len() <= grounds.categories.len(), || format!("{denial:?}"))?;
                let held = matches!(verdict, Verdict::Held { why: HoldReason::Repeats, .. });
                claim(&world, !held || grounds.evidence >= 1350, || format!("{denial:?}"))?;
            }
        }
        Ok(())
    });
}
