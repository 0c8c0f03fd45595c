//! What the examples share: a host around a broker, in virtual time. An agent's step is a proposal; what it leads to comes
//! back as an event that answers it by its id.

use reynolds::{
    Broker, Config, Denial, Durability, EffectId, Event, Genesis, Keys, ReleaseNo, Timestamp, Verdict,
    event::{Actor, ActorClass, Property},
    input::{Outcome, OutcomeResult, Proposal, Propose},
};

/// One broker, and its time.
pub struct Host {
    broker: Broker,
    at: u64,
    taken: ReleaseNo,
    steps: u32,
    /// Of the steps that were held before they left, for how long each, in seconds.
    pub held_s: Vec<u64>,
    /// What a person was told.
    pub told: Vec<String>,
}

/// What became of a run of agents.
pub struct Ending {
    /// Steps that left.
    pub steps: u32,
    /// Why the next one did not.
    pub denial: Denial,
}

impl Host {
    /// A host that tells `chat:oncall` of what was stopped.
    pub fn new() -> Self {
        let config = Config::from_json(br#"{"breaker":{"notify":"chat:oncall"}}"#).expect("a valid configuration");
        let genesis = Genesis { name: "agents".into(), durability: Durability::Volatile, config, ..Genesis::default() };
        let broker = Broker::new(genesis, Keys::none()).expect("a valid genesis");
        Self { broker, at: 1_700_000_000_000, taken: ReleaseNo(0), steps: 0, held_s: Vec::new(), told: Vec::new() }
    }

    /// Something happens: a person asks, or an agent or a tool answers our last step. Gives the event's id.
    pub fn hear(&mut self, who: (&str, ActorClass), subject: &str, reply_to: Option<EffectId>, said: &str) -> String {
        self.at += 3000;
        let id = format!("e{}", self.at);
        let event = Event {
            id: id.as_str().into(),
            source: "agents".into(),
            kind: "said".into(),
            subject: subject.into(),
            actor: Some(Actor { id: who.0.into(), class: who.1 }),
            reply_to: reply_to.map(|id| id.to_string().into()),
            text: Some(said.into()),
            ..Event::default()
        };
        let _ = self.broker.submit(Timestamp(self.at), event).expect("a valid event");
        id
    }

    /// A tool gives its result, which is a state of the run.
    pub fn result(&mut self, tool: &str, subject: &str, call: EffectId, result: &str) -> String {
        self.at += 500;
        let id = format!("e{}", self.at);
        let event = Event {
            id: id.as_str().into(),
            source: "agents".into(),
            kind: "tool.result".into(),
            subject: subject.into(),
            actor: Some(Actor { id: format!("tool:{tool}").into(), class: ActorClass::Bot }),
            reply_to: Some(call.to_string().into()),
            state: Some(Property { property: tool.into(), value: result.into() }),
            ..Event::default()
        };
        let _ = self.broker.submit(Timestamp(self.at), event).expect("a valid event");
        id
    }

    /// An agent wants a step. If it is held, waits until it may leave.
    pub fn step(&mut self, cause: &str, step: Proposal) -> Result<EffectId, Ending> {
        let propose = Propose { cause: cause.into(), effects: vec![step], ..Propose::default() };
        let decision = self.broker.submit(Timestamp(self.at), propose).expect("the cause is known");
        let id = decision.verdicts[0].effect().expect("it is new");
        let mut verdicts = decision.verdicts;
        if let Verdict::Held { until, .. } = verdicts[0] {
            self.held_s.push(until.since_ms(Timestamp(self.at)) / 1000);
        }
        loop {
            self.perform();
            for verdict in &verdicts {
                match verdict {
                    Verdict::Admitted { effect, .. } if *effect == id => {
                        self.steps += 1;
                        return Ok(id);
                    }
                    Verdict::Denied { effect, denial, .. } if *effect == id => {
                        return Err(Ending { steps: self.steps, denial: denial.clone() });
                    }
                    _ => {}
                }
            }
            let wakeup = self.broker.wakeup().expect("a hold ends");
            self.at = self.at.max(wakeup.at.0);
            verdicts = self.broker.advance(Timestamp(self.at)).expect("something is due").verdicts;
        }
    }

    /// Does what was released, and reports it under the effect's own id.
    fn perform(&mut self) {
        let mut effects = Vec::new();
        self.broker.released(self.taken, &mut effects);
        for effect in effects {
            self.taken = effect.release;
            if let Some(act) = effect.act().filter(|act| act.kind == "notify") {
                self.told.push(act.text.as_deref().unwrap_or_default().into());
            }
            let outcome = Outcome { result: OutcomeResult::done(effect.id.to_string()), ..effect.done("") };
            let _ = self.broker.submit(Timestamp(self.at), outcome).expect("it is open");
        }
    }
}

/// A step of a kind, on a subject, in these words.
pub fn step(kind: &str, subject: &str, text: &str) -> Proposal {
    Proposal { kind: kind.into(), subject: subject.into(), text: Some(text.into()), ..Proposal::default() }
}
