//! A host for stories: it turns picks into inputs, keeps the journal, and writes down what happened as a golden trace,
//! so that a failure can be played again (`tests/traces/README.md`).

use reynolds::{
    Broker, ChainId, Decision, Effect, EffectId, Event, Genesis, Input, Keys, Rejected, ReleaseNo, Report,
    RestoreError, Seq, Text, Timestamp, Verdict,
    input::{Adopt, Causes, Command, Configure, Order as Ordered, Outcome, OutcomeResult, Propose},
    journal::segment_header,
};

use crate::story::{Act, Came, Cause, Clock, Order, Pick, START, Setup, Step};

pub struct World {
    pub broker: Broker,
    pub at: Timestamp,
    pub journal: Vec<u8>,
    pub appended: Seq,
    pub cursor: ReleaseNo,
    pub known: Known,
    pub script: String,
}

/// What a story has brought forth so far.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// Effects by id, with their tenants and chains, in the order in which they were first heard of.
    pub effects: Vec<(EffectId, Text, ChainId)>,
    pub tokens: Vec<Text>,
    /// Events that were recorded, as a proposal may name them, with their tenants.
    pub events: Vec<(Text, Text)>,
    /// Objects that outcomes reported, with their tenants.
    pub objects: Vec<(Text, Text)>,
}

/// What the broker made of a step.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    Decided(Decision),
    Refused(Rejected),
    /// Nothing was due.
    Idle,
}

impl Answer {
    pub fn decision(&self) -> Option<&Decision> {
        match self {
            Self::Decided(decision) => Some(decision),
            Self::Refused(_) | Self::Idle => None,
        }
    }
}

pub fn keys() -> Keys {
    Keys::new(1, b"a secret of the host").expect("long enough")
}

impl World {
    pub fn new(setup: &Setup) -> Self {
        let genesis = Genesis { name: "story".into(), seed: 7, config: setup.config(), ..Genesis::default() };
        let script = format!("! keys [[1,\"a secret of the host\"]]\n! new {}\n", json(&genesis));
        let broker = Broker::new(genesis, keys()).expect("a valid genesis");
        let journal = segment_header(broker.view().number(), Seq(1)).to_vec();
        let mut world = Self::with(broker, journal, Seq(0));
        world.script = script;
        world.settle();
        world
    }

    pub fn with(broker: Broker, journal: Vec<u8>, appended: Seq) -> Self {
        let (at, cursor, known) = (Timestamp(START), ReleaseNo(0), Known::default());
        Self { broker, at, journal, appended, cursor, known, script: String::new() }
    }

    /// The clock, the call, and what a host does after it.
    pub fn step(&mut self, step: &Step) -> (Option<Input>, Answer, Vec<Effect>) {
        self.turn(step.clock);
        let input = self.input(&step.act);
        let answer = self.call(input.clone());
        (input, answer, self.settle())
    }

    pub fn turn(&mut self, clock: Clock) {
        self.at = match clock {
            Clock::Stays => self.at,
            Clock::GoesOn(ms) => self.at.plus_ms(ms),
            Clock::GoesBack(ms) => Timestamp(self.at.0.saturating_sub(ms)),
            Clock::Wakes => self.broker.wakeup().map_or(self.at, |wakeup| wakeup.at.max(self.at)),
            Clock::Jumps => self.at.plus_ms(1_000_000),
        };
    }

    /// Submits, or advances when there is no input. A clock that jumped too far is set right again.
    pub fn call(&mut self, input: Option<Input>) -> Answer {
        let said = input.as_ref().map_or("! advance".to_owned(), |input| format!("> {}", json(input)));
        self.script += &format!("@ {}\n{said}\n", self.at);
        let answer = match input {
            None => self.broker.advance(self.at).map_or(Answer::Idle, Answer::Decided),
            Some(input) => match self.broker.submit(self.at, input.clone()) {
                Ok(decision) => {
                    self.learn(&decision, &input);
                    Answer::Decided(decision)
                }
                Err(rejected) => Answer::Refused(rejected),
            },
        };
        if matches!(answer, Answer::Refused(Rejected::TimeJump { .. })) || matches!(answer, Answer::Idle) {
            self.at = self.at.min(self.broker.view().now().max(Timestamp(START)).plus_ms(60));
        }
        answer
    }

    pub fn settle(&mut self) -> Vec<Effect> {
        if let Some(segment) = self.broker.staged(self.appended) {
            self.journal.extend_from_slice(segment.bytes);
            self.appended = segment.last;
            self.broker.mark_durable(segment.last).expect("it was staged");
        }
        let mut effects = Vec::new();
        self.broker.released(self.cursor, &mut effects);
        self.cursor = effects.last().map_or(self.cursor, |effect| effect.release);
        self.known.tokens.extend(effects.iter().filter_map(|effect| effect.token.clone()));
        effects
    }

    fn learn(&mut self, decision: &Decision, input: &Input) {
        let tenant = tenant_of(input);
        if let Input::Event(event) = input {
            self.known.events.push((format!("{}/{}", event.source, event.id).into(), tenant.clone()));
        }
        if let Input::Outcome(Outcome { result: OutcomeResult::Done { object: Some(object), .. }, .. }) = input {
            self.known.objects.push((object.clone(), tenant.clone()));
        }
        let admitted = |verdict: &&Verdict| !matches!(verdict, Verdict::Denied { .. });
        for effect in decision.verdicts.iter().filter(admitted).filter_map(Verdict::effect) {
            if effect.seq == decision.seq && !self.known.effects.iter().any(|(known, ..)| *known == effect) {
                let chain = self.chain_of(&tenant, effect).or(decision.chain).unwrap_or(ChainId(Seq(999)));
                self.known.effects.push((effect, tenant.clone(), chain));
            }
        }
    }

    fn chain_of(&self, tenant: &str, effect: EffectId) -> Option<ChainId> {
        Some(self.broker.view().open_effect(tenant, effect)?.effect.chain)
    }

    pub fn input(&self, act: &Act) -> Option<Input> {
        let text = |tenant: &str| (!tenant.is_empty()).then(|| Text::from(tenant));
        Some(match act {
            Act::Advance => return None,
            Act::Event(event, came) => Input::Event(self.event((**event).clone(), *came)),
            Act::Propose { causes, effects, more, tenant } => {
                let (mut names, mut home) = (Vec::new(), tenant.map(Text::from));
                for cause in causes {
                    match cause {
                        Cause::Event(id) => names.push(id.clone()),
                        Cause::Seen(pick) => {
                            let Some((name, tenant)) = newest(&self.known.events, *pick) else { continue };
                            home = text(tenant);
                            names.push(name.clone());
                        }
                        Cause::Effect(pick) => {
                            let (effect, tenant, _) = self.effect(*pick);
                            home = text(&tenant);
                            names.push(effect.to_string().into());
                        }
                    }
                }
                let cause = Causes::Many(names);
                Input::Propose(Propose { cause, effects: effects.clone(), more: *more, tenant: home })
            }
            Act::Outcome { effect, result, chain, stray } => {
                let (effect, tenant, own) = self.open(*effect, false);
                let chain = chain.map(|pick| if pick < 128 { own } else { self.effect(pick).2 });
                let tenant = if *stray { Some("b".into()) } else { text(&tenant) };
                Input::Outcome(Outcome { effect, result: result.clone(), chain, tenant })
            }
            Act::Command { order, tenant } => {
                let (order, home) = self.order(*order);
                let tenant = home.map_or(tenant.map(Into::into), |home| text(&home));
                Input::Command(Command { order, by: None, reason: None, tenant })
            }
            Act::Configure(setup) => Input::Configure(Configure { config: setup.config() }),
            Act::Adopt(behaviour) => Input::Adopt(Adopt { behaviour: reynolds::behaviour::Behaviour(*behaviour) }),
        })
    }

    fn event(&self, event: Event, came: Came) -> Event {
        let object = |pick| newest(&self.known.objects, pick).cloned().unwrap_or_default();
        let home = |tenant: &str| (!tenant.is_empty()).then(|| Text::from(tenant));
        match came {
            Came::Alone => event,
            Came::WithToken(pick) => {
                let token = newest(&self.known.tokens, pick).cloned().unwrap_or("ry1.forged".into());
                Event { token: Some(token), ..event }
            }
            Came::About(pick) | Came::InReply(pick) if object(pick).0.is_empty() => event,
            Came::About(pick) => Event { object: Some(object(pick).0), tenant: home(&object(pick).1), ..event },
            Came::InReply(pick) => Event { reply_to: Some(object(pick).0), tenant: home(&object(pick).1), ..event },
        }
    }

    fn order(&self, order: Order) -> (Ordered, Option<Text>) {
        let of = |pick| {
            let (effect, tenant, chain) = self.effect(pick);
            (effect, Some(tenant), chain)
        };
        let held = |pick| {
            let (effect, tenant, _) = self.open(pick, true);
            (effect, Some(tenant))
        };
        match order {
            Order::StopChain(pick) => (Ordered::StopChain { chain: of(pick).2 }, of(pick).1),
            Order::ResumeChain(pick) => (Ordered::ResumeChain { chain: of(pick).2 }, of(pick).1),
            Order::StopSubject(subject) => (Ordered::StopSubject { subject: subject.into() }, None),
            Order::ResumeSubject(subject) => (Ordered::ResumeSubject { subject: subject.into() }, None),
            Order::StopAll => (Ordered::StopAll {}, None),
            Order::ResumeAll => (Ordered::ResumeAll {}, None),
            Order::Approve(pick) => (Ordered::Approve { effect: held(pick).0 }, held(pick).1),
            Order::Cancel(pick) => (Ordered::Cancel { effect: held(pick).0 }, held(pick).1),
            Order::AcceptTime(ms) => (Ordered::AcceptTime { to: Timestamp(START + ms) }, None),
        }
    }

    /// Mostly an open effect, or a held one; sometimes any that there was.
    fn open(&self, pick: Pick, held: bool) -> (EffectId, Text, ChainId) {
        let view = self.broker.view();
        let mut open = Vec::new();
        for tenant in view.tenants() {
            let these = view.open(tenant).filter(|open| open.held.is_some() == held);
            open.extend(these.map(|open| (open.effect.id, Text::from(tenant), open.effect.chain)));
        }
        newest(&open, pick).filter(|_| pick % 8 != 0).cloned().unwrap_or_else(|| self.effect(pick))
    }

    fn effect(&self, pick: Pick) -> (EffectId, Text, ChainId) {
        let none = (EffectId { seq: Seq(999), ordinal: 0 }, Text::default(), ChainId(Seq(999)));
        newest(&self.known.effects, pick).cloned().unwrap_or(none)
    }
}

/// The newest ones are named most often.
fn newest<T>(list: &[T], pick: Pick) -> Option<&T> {
    let back = usize::from(pick) * usize::from(pick) * list.len() / (256 * 250);
    list.len().checked_sub(1 + back).map(|place| &list[place])
}

pub fn tenant_of(input: &Input) -> Text {
    let tenant = match input {
        Input::Event(event) => &event.tenant,
        Input::Propose(propose) => &propose.tenant,
        Input::Outcome(outcome) => &outcome.tenant,
        Input::Command(command) => &command.tenant,
        _ => &None,
    };
    tenant.clone().unwrap_or_default()
}

pub fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("plain data")
}

pub fn snapshot(broker: &Broker) -> Vec<u8> {
    let mut bytes = Vec::new();
    broker.snapshot(&mut bytes).expect("everything is durable");
    bytes
}

pub fn restore(snapshot: Option<&[u8]>, journal: &[u8]) -> Result<(Broker, Report), RestoreError> {
    let mut restorer = Broker::restore(snapshot, keys())?;
    restorer.push(journal)?;
    restorer.finish()
}

/// A snapshot, and where in the journal it was taken.
pub struct Mark {
    pub snapshot: Vec<u8>,
    seq: Seq,
    offset: usize,
}

impl Mark {
    pub fn of(world: &World) -> Self {
        let seq = world.broker.view().seq();
        Self { snapshot: snapshot(&world.broker), seq, offset: world.journal.len() }
    }

    /// The records after the snapshot, as a host that rotates its files would have them.
    pub fn tail(&self, world: &World) -> Vec<u8> {
        let mut tail = segment_header(world.broker.view().number(), self.seq.next()).to_vec();
        tail.extend_from_slice(&world.journal[self.offset..]);
        tail
    }

    /// What is worked out anew from a snapshot must be what it was: here later decisions depend on it.
    pub fn leads_to(&self, world: &World) -> Result<(), String> {
        let (part, _) = restore(Some(&self.snapshot), &self.tail(world)).map_err(|error| error.to_string())?;
        let same = snapshot(&part) == snapshot(&world.broker);
        crate::claim(world, same, || "the snapshot and its tail restore another state".into())
    }
}
