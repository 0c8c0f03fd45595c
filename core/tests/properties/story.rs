//! Random stories over a small world: few ids, subjects, objects and accounts, so that everything collides with
//! everything; few and small limits, so that all of them are met; clocks that go on, back and mad.

use proptest::{
    collection::vec,
    option::weighted,
    prelude::{Just, Strategy, any, prop_oneof},
    sample::select,
};
use reynolds::{
    Config, Event, Text, Timestamp,
    event::{Actor, ActorClass, Property},
    input::{OutcomeResult, PlanRef, Proposal},
};

/// A configuration to start with, and what happens.
#[derive(Debug, Clone)]
pub struct Story {
    pub setup: Setup,
    pub steps: Vec<Step>,
}

/// One thing that happens, at a time.
#[derive(Debug, Clone)]
pub struct Step {
    pub clock: Clock,
    pub act: Act,
    /// Any number, for choices of the property.
    pub dice: u8,
}

/// What the clock does first.
#[derive(Debug, Clone, Copy)]
pub enum Clock {
    Stays,
    GoesOn(u64),
    GoesBack(u64),
    /// To the time at which the broker wants to be woken.
    Wakes,
    /// Further than is believed.
    Jumps,
}

/// What happens. A [`Pick`] chooses among what the story has brought forth so far.
#[derive(Debug, Clone)]
pub enum Act {
    Advance,
    Event(Box<Event>, Came),
    Propose { causes: Vec<Cause>, effects: Vec<Proposal>, more: bool, tenant: Tenant },
    Outcome { effect: Pick, result: OutcomeResult, chain: Option<Pick>, stray: bool },
    Command { order: Order, tenant: Tenant },
    Configure(Setup),
    Adopt(u16),
}

/// Where an event came from, if it is linked to what we did.
#[derive(Debug, Clone, Copy)]
pub enum Came {
    Alone,
    /// With a token that left with an effect, or with a forged one.
    WithToken(Pick),
    /// About an object that an outcome reported.
    About(Pick),
    /// In answer to one.
    InReply(Pick),
}

/// One of the newest effects, chains or tokens; the largest values mean one that does not exist.
pub type Pick = u8;
pub type Tenant = Option<&'static str>;

#[derive(Debug, Clone)]
pub enum Cause {
    Event(Text),
    Seen(Pick),
    Effect(Pick),
}

#[derive(Debug, Clone, Copy)]
pub enum Order {
    StopChain(Pick),
    StopSubject(&'static str),
    StopAll,
    ResumeChain(Pick),
    ResumeSubject(&'static str),
    ResumeAll,
    Approve(Pick),
    Cancel(Pick),
    AcceptTime(u64),
}

const SUBJECTS: [&str; 4] = ["s0", "s1", "s2", "s3"];
const OBJECTS: [&str; 4] = ["o0", "o1", "o2", "o3"];
const KINDS: [&str; 4] = ["k0", "k1", "k2", "k3"];
const TENANTS: [Tenant; 6] = [None, None, None, None, Some("a"), Some("b")];
/// The second one is long enough to be recognised without an id.
const TEXTS: [&str; 3] = ["hello", "the same words every time, and long enough to be told apart", "bye"];

/// The parts of a configuration that matter here.
#[derive(Debug, Clone)]
pub struct Setup {
    pub enforce: &'static str,
    pub rules: Vec<bool>,
    pub own: bool,
    pub hold_max_ms: u64,
    pub due_ms: u64,
    pub open_effects: u32,
    pub memory: u32,
    /// Effects remembered where it is strict.
    pub effects: u32,
    /// Denies whatever the rules say, and declares nothing: for what must hold without exception.
    pub strict: bool,
}

pub const HOP_LIMIT: u16 = 2;
pub const BUDGET: u32 = 3;

impl Setup {
    pub fn config(&self) -> Config {
        let chosen = |rules: &[&str]| {
            let chosen = rules.iter().zip(&self.rules).filter(|(_, chosen)| **chosen);
            chosen.map(|(rule, _)| (*rule).to_owned()).collect::<Vec<_>>().join(",")
        };
        let rules = chosen(&[
            r#"{"id":"post","when":{"kind":"k0"},"effects":[{"kind":"message","subject":"s1","text":"{text} on {subject}"}]}"#,
            r#"{"id":"fan","when":{"kind":"k1"},"effects":[
                {"kind":"comment","subject":"{about}","text":"the same words every time, and long enough to be told apart"},
                {"kind":"message","subject":"s2","text":"{actor} {text}","expires_in_ms":120}]}"#,
            r#"{"id":"think","when":{"kind":["k2","k9"]},"handle":"h"}"#,
            r#"{"id":"twice","when":{"kind":"k2"},"handle":"other","effects":[{"kind":"note","subject":"{object}"}]}"#,
            r#"{"id":"echoes","when":{"echo":true},"effects":[{"kind":"note","subject":"s3"}]}"#,
        ]);
        let mild = if self.strict { "" } else { r#","enforce":"log""# };
        let rules = rules.replace(r#""id":"post""#, &format!(r#""id":"post"{mild}"#));
        let own = if self.own { r#""x:me""# } else { "" };
        let Self { enforce, hold_max_ms, due_ms, open_effects, memory, .. } = self;
        // What a chain hands on is remembered with its effects: where those are forgotten too, it is a chain no more.
        let lineage = if self.strict { self.effects } else { *memory };
        let effects = lineage.max(*open_effects);
        let json = format!(
            r#"{{"enforce":"{enforce}","self":[{own}],"actors":{{"x:service":"bot"}},
            "chain":{{"hop_limit":{HOP_LIMIT},"budget":{BUDGET},"read_budget":3,"recurrence_limit":1,"answers":7,
                "plan_max":4,"attempt_max":3}},
            "timing":{{"outcome_due_ms":{due_ms},"handle_due_ms":200,"hold_max_ms":{hold_max_ms},"redeliver_ms":10,
                "redeliver_max_ms":80,"max_jump_ms":5000,"content_window_ms":50}},
            "limits":{{"tenants":3,"open_effects":{open_effects},"stops":2,"events":{memory},"chains":{memory},
                "effects":{effects},"receipts":{lineage},"subjects":{memory},"open_bytes":40000}},
            "rules":[{rules}]}}"#
        );
        Config::from_json(json.as_bytes()).expect("a valid configuration")
    }
}

/// Stories of up to `steps` steps.
pub fn story(steps: usize) -> impl Strategy<Value = Story> {
    (setup(), vec(step(), 1..steps)).prop_map(|(setup, steps)| Story { setup, steps })
}

/// Stories in which nothing may get round a limit: everything is denied, and nothing is declared.
pub fn strict_story(steps: usize) -> impl Strategy<Value = Story> {
    story(steps).prop_map(|mut story| {
        let strict = |setup: &mut Setup| (setup.strict, setup.enforce) = (true, "deny");
        strict(&mut story.setup);
        for step in &mut story.steps {
            match &mut step.act {
                Act::Configure(setup) => strict(setup),
                Act::Propose { effects, .. } => effects.iter_mut().for_each(|effect| effect.plan = None),
                _ => {}
            }
        }
        story
    })
}

fn setup() -> impl Strategy<Value = Setup> {
    let enforce = select(vec!["deny", "hold", "hold", "log"]);
    let numbers =
        (select(vec![40_u64, 150, 400]), select(vec![60_u64, 300]), 4..14_u32, select(vec![2_u32, 6, 40, 40]));
    (enforce, vec(any::<bool>(), 5), any::<bool>(), numbers).prop_map(|(enforce, rules, own, numbers)| {
        let (hold_max_ms, due_ms, open_effects, memory) = numbers;
        Setup { enforce, rules, own, hold_max_ms, due_ms, open_effects, memory, effects: 400, strict: false }
    })
}

fn step() -> impl Strategy<Value = Step> {
    let clock = prop_oneof![
        9 => Just(Clock::Stays),
        4 => (1..60_u64).prop_map(Clock::GoesOn),
        1 => (60..600_u64).prop_map(Clock::GoesOn),
        1 => (1..500_u64).prop_map(Clock::GoesBack),
        1 => Just(Clock::Wakes),
        1 => Just(Clock::Jumps),
    ];
    let act = prop_oneof![
        3 => Just(Act::Advance),
        8 => (event(), came()).prop_map(|(event, came)| Act::Event(Box::new(event), came)),
        8 => propose(),
        6 => outcome(),
        3 => (order(), select(TENANTS.to_vec())).prop_map(|(order, tenant)| Act::Command { order, tenant }),
        1 => setup().prop_map(Act::Configure),
        1 => (0..3_u16).prop_map(Act::Adopt),
    ];
    (clock, act, any::<u8>()).prop_map(|(clock, act, dice)| Step { clock, act, dice })
}

fn of(texts: &'static [&'static str]) -> impl Strategy<Value = Text> {
    select(texts).prop_map(Text::from)
}

fn maybe(probability: f64, texts: &'static [&'static str]) -> impl Strategy<Value = Option<Text>> {
    weighted(probability, of(texts))
}

fn event() -> impl Strategy<Value = Event> {
    let name = (of(&["e0", "e1", "e2", "e3", "2.0", "e 4"]), of(&["x", "y", "x/y"]), of(&KINDS), of(&SUBJECTS));
    let actor = (
        of(&["x:ada", "x:bot", "x:me", "x:service"]),
        select(vec![ActorClass::Human, ActorClass::Bot, ActorClass::App, ActorClass::Unknown]),
    );
    let links = (
        maybe(0.3, &OBJECTS),
        maybe(0.2, &OBJECTS),
        maybe(0.2, &SUBJECTS),
        maybe(0.5, &TEXTS),
        maybe(0.1, &["c0", "c1"]),
    );
    let state = (weighted(0.2, of(&["v0", "v1"])), weighted(0.3, 0..4_u64));
    let trace = maybe(0.1, &["00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "nonsense"]);
    (name, weighted(0.7, actor), links, state, trace, select(TENANTS.to_vec())).prop_map(
        |(name, actor, (object, reply_to, about, text, content_key), (state, version), traceparent, tenant)| Event {
            id: name.0,
            source: name.1,
            kind: name.2,
            subject: name.3,
            actor: actor.map(|(id, class)| Actor { id, class }),
            state: state.map(|value| Property { property: "status".into(), value }),
            tenant: tenant.map(Into::into),
            object,
            reply_to,
            about,
            text,
            content_key,
            version,
            traceparent,
            ..Event::default()
        },
    )
}

fn came() -> impl Strategy<Value = Came> {
    prop_oneof![
        2 => Just(Came::Alone),
        1 => any::<Pick>().prop_map(Came::WithToken),
        1 => any::<Pick>().prop_map(Came::About),
        2 => any::<Pick>().prop_map(Came::InReply),
    ]
}

fn propose() -> impl Strategy<Value = Act> {
    let cause = prop_oneof![
        1 => of(&["e0", "e1", "2.0", "x/e0", "y/e1", "e 4", "nowhere"]).prop_map(Cause::Event),
        3 => any::<Pick>().prop_map(Cause::Seen),
        4 => any::<Pick>().prop_map(Cause::Effect),
    ]
    .boxed();
    let causes = prop_oneof![4 => vec(cause.clone(), 1), 1 => vec(cause, 2..4)];
    (causes, vec(proposal(), 0..4), any::<bool>(), select(TENANTS.to_vec()))
        .prop_map(|(causes, effects, more, tenant)| Act::Propose { causes, effects, more, tenant })
}

fn proposal() -> impl Strategy<Value = Proposal> {
    let content = (of(&["comment", "message"]), of(&SUBJECTS), maybe(0.2, &SUBJECTS), maybe(0.5, &TEXTS));
    let declared = (
        weighted(0.2, (0..4_u32, 1..5_u32).prop_map(|(n, m)| [n, m])),
        weighted(0.2, 0..5_u64),
        weighted(0.2, (select(vec!["p", "q"]), 1..6_u32).prop_map(|(id, size)| PlanRef { id: id.into(), size })),
        proptest::bool::weighted(0.2),
    );
    let rest = (maybe(0.5, &["key0", "key1", "key2", "key3", "key4"]), maybe(0.1, &OBJECTS), weighted(0.2, 0..900_u64));
    (content, declared, rest).prop_map(
        |((kind, subject, about, text), (attempt, progress, plan, read_only), (key, reply_to, expires_at))| Proposal {
            key,
            kind,
            subject,
            about,
            reply_to,
            text,
            attempt,
            progress,
            plan,
            read_only,
            expires_at: expires_at.map(|ms| Timestamp(START + ms)),
            ..Proposal::default()
        },
    )
}

/// When stories start.
pub const START: u64 = 1_700_000_000_000;

fn outcome() -> impl Strategy<Value = Act> {
    let result = prop_oneof![
        4 => (maybe(0.7, &OBJECTS), vec(of(&OBJECTS), 0..2)).prop_map(|(object, objects)| OutcomeResult::Done { object, objects }),
        2 => (0..90_u64).prop_map(|after_ms| OutcomeResult::Retry { after_ms }),
        2 => Just(OutcomeResult::Ambiguous {}),
        1 => Just(OutcomeResult::Failed { reason: None }),
        1 => Just(OutcomeResult::Cancelled {}),
    ];
    (any::<Pick>(), result, weighted(0.2, any::<Pick>()), proptest::bool::weighted(0.1))
        .prop_map(|(effect, result, chain, stray)| Act::Outcome { effect, result, chain, stray })
}

fn order() -> impl Strategy<Value = Order> {
    prop_oneof![
        1 => any::<Pick>().prop_map(Order::StopChain),
        1 => select(SUBJECTS.to_vec()).prop_map(Order::StopSubject),
        1 => Just(Order::StopAll),
        3 => any::<Pick>().prop_map(Order::ResumeChain),
        3 => select(SUBJECTS.to_vec()).prop_map(Order::ResumeSubject),
        3 => Just(Order::ResumeAll),
        4 => any::<Pick>().prop_map(Order::Approve),
        4 => any::<Pick>().prop_map(Order::Cancel),
        1 => (0..20_000_u64).prop_map(Order::AcceptTime),
    ]
}
