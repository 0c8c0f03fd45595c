//! A host at its desk: it says one thing after the other, and does what the core says is left.
#![allow(dead_code, reason = "no test does everything that a host may do")]

use reynolds::{Action, Broker, Config, Decision, Effect, Genesis, Input, Keys, ReleaseNo, Timestamp, WakeReason};
use serde_json::{Value, json};

pub struct Desk {
    pub broker: Broker,
    pub at: Timestamp,
    pub cursor: ReleaseNo,
    pub effects: Vec<Effect>,
}

impl Desk {
    pub fn new(config: &Value) -> Self {
        let config = Config::from_json(config.to_string().as_bytes()).expect("a valid configuration");
        let durability = reynolds::Durability::Volatile;
        let genesis = Genesis { name: "desk".into(), config, at: Timestamp(1000), durability, ..Genesis::default() };
        let broker = Broker::new(genesis, Keys::none()).expect("a valid genesis");
        Self { broker, at: Timestamp(1000), cursor: ReleaseNo(0), effects: Vec::new() }
    }

    pub fn say(&mut self, input: &Value) -> Decision {
        let input = Input::from_json(input.to_string().as_bytes()).unwrap_or_else(|error| panic!("{input}: {error}"));
        let decision = self.broker.submit(self.at, input).expect("accepted");
        self.take();
        decision
    }

    /// What is refused changes nothing.
    pub fn may_say(&mut self, input: &Value) {
        let input = Input::from_json(input.to_string().as_bytes()).unwrap_or_else(|error| panic!("{input}: {error}"));
        if self.broker.submit(self.at, input).is_ok() {
            self.take();
        }
    }

    pub fn advance(&mut self) -> Option<Decision> {
        let decision = self.broker.advance(self.at);
        self.take();
        decision
    }

    fn take(&mut self) {
        let known = self.effects.len();
        self.broker.released(self.cursor, &mut self.effects);
        self.cursor = self.effects[known..].last().map_or(self.cursor, |effect| effect.release);
    }

    /// Goes on as long as something is left that one record was too short for. How many records that took.
    pub fn work_off(&mut self, mut each: impl FnMut(&Decision)) -> usize {
        let mut records = 0;
        while self.broker.wakeup().is_some_and(|wakeup| wakeup.reason == WakeReason::Backlog) {
            records += 1;
            assert!(records < 1000, "it comes to an end");
            self.advance().iter().for_each(&mut each);
        }
        records
    }

    pub fn dispatched(&self) -> Vec<&str> {
        let tasks = self.effects.iter().filter_map(|effect| match &effect.action {
            Action::Dispatch(dispatch) => Some(dispatch.task.as_str()),
            _ => None,
        });
        tasks.collect()
    }

    /// The same broker, from a snapshot.
    pub fn restored(&self) -> Self {
        let mut snapshot = Vec::new();
        self.broker.snapshot(&mut snapshot).expect("nothing is staged");
        let restorer = Broker::restore(Some(&snapshot), Keys::none()).expect("a snapshot");
        let (broker, _) = restorer.finish().expect("whole");
        Self { broker, at: self.at, cursor: ReleaseNo(0), effects: Vec::new() }
    }

    /// An effect is where it was to go.
    pub fn arrived(&mut self, effect: &Effect) {
        let _ = self.say(&json!({"type": "outcome", "effect": effect.id, "result": {"type": "done"}}));
    }
}
