//! A small journal that has some of everything: a loop that is refused, an echo, a person's answer, a failure.
//!
//! | record | what |
//! |---|---|
//! | 1 | genesis |
//! | 2 | octocat comments; rule `out` wants 2.0, a message |
//! | 3 | 2.0 is done, it made `teams:m1` |
//! | 4 | a bot answers `teams:m1`; rule `back` wants 4.0, a comment |
//! | 5 | 4.0 is done, it made `github:c2` |
//! | 6 | our comment comes back |
//! | 7 | a bot answers `github:c2`; 7.0 would be hop 3 of at most 2: refused |
//! | 8 | ada answers `teams:m1`: a new chain; 8.0, a comment |
//! | 9 | 8.0 failed |

use reynolds::{
    Broker, Config, Event, Genesis, Input, Keys, Seq, Timestamp,
    event::{Actor, ActorClass, Property},
    input::{Command, Order, Outcome, OutcomeResult},
    journal::segment_header,
    verdict::{Decision, Verdict},
};

/// Start of the scene: 2023-11-14 22:13:20 UTC.
pub const START: u64 = 1_700_000_000_000;

const CONFIG: &[u8] = br#"{"self": ["github:relay[bot]"], "chain": {"hop_limit": 2}, "rules": [
    {"id": "out", "when": {"kind": "comment.created"},
     "effects": [{"kind": "message", "subject": "teams:triage", "text": "{text}"}]},
    {"id": "back", "when": {"kind": "message"},
     "effects": [{"kind": "comment", "subject": "github:acme/api#7", "text": "{text}"}]}]}"#;

const NIGHT: &[u8] = br#"{"rules": [{"id": "ask", "when": {"kind": "message"},
    "effects": [{"kind": "message", "subject": "{subject}", "text": "Which order is it about?"}]}]}"#;

/// A broker and everything it has staged.
pub struct Scene {
    pub broker: Broker,
    pub journal: Vec<u8>,
    at: u64,
}

impl Scene {
    pub fn new(config: &[u8]) -> Self {
        let config = Config::from_json(config).expect("a valid configuration");
        let genesis = Genesis { name: "scene".into(), config, at: Timestamp(START), ..Genesis::default() };
        let broker = Broker::new(genesis, Keys::none()).expect("a valid genesis");
        let journal = segment_header(broker.view().number(), Seq(1)).to_vec();
        let mut scene = Self { broker, journal, at: START };
        scene.append();
        scene
    }

    /// The scene of the table above.
    pub fn played() -> Self {
        let mut scene = Self::new(CONFIG);
        let (octocat, ada) = (person("github:octocat"), person("teams:ada"));
        scene.submit(0, event("d1", "comment.created", "github:acme/api#7", octocat, "hello", None));
        scene.submit(250, done("2.0", "teams:m1"));
        scene.submit(750, event("t1", "message", "teams:triage", bot("teams:helper"), "on it", Some("teams:m1")));
        scene.submit(500, done("4.0", "github:c2"));
        let mut echo = event("d2", "comment.created", "github:acme/api#7", bot("github:relay[bot]"), "on it", None);
        echo.object = Some("github:c2".into());
        scene.submit(100, echo);
        scene.submit(
            2000,
            event("d3", "comment.created", "github:acme/api#7", bot("github:stale[bot]"), "hm", Some("github:c2")),
        );
        scene.submit(60_000, event("t2", "message", "teams:triage", ada, "I will look", Some("teams:m1")));
        let reason = Some("403 Forbidden".into());
        scene.submit(400, outcome("8.0", OutcomeResult::Failed { reason }));
        scene
    }

    /// A bot answers each question of ours, word by word the same, until the next question is held. Then a person stops everything on
    /// another subject, and somebody writes there.
    pub fn at_night() -> Self {
        let mut scene = Self::new(NIGHT);
        scene.submit(0, event("n1", "message", "teams:orders", person("teams:ada"), "Where is it?", None));
        for turn in 1..6 {
            let made = format!("teams:q{turn}");
            scene.submit(500, done(&format!("{}.0", 2 * turn), &made));
            let (id, bot) = (format!("n{}", turn + 1), bot("teams:helper"));
            scene.submit(500, event(&id, "message", "teams:orders", bot, "Please see the manual.", Some(&made)));
        }
        let order = Order::StopSubject { subject: "teams:triage".into() };
        let reason = Some("incident 17".into());
        scene.submit(1000, Command { order, by: Some(person("teams:bob")), reason, tenant: None });
        scene.submit(1000, event("n7", "message", "teams:triage", person("teams:eve"), "Hello?", None));
        scene
    }

    /// A bot sets a status and we ask for another, each time; nothing of what it does names us, so each of its turns is a
    /// chain of its own. What evidence holds leaves at its time, until the last is refused.
    pub fn inferred() -> Self {
        let mut scene = Self::new(ASK);
        for turn in 0..20 {
            let effect = match scene.decide(2000, update(turn)).verdicts.as_slice() {
                [Verdict::Admitted { effect, .. }] => *effect,
                [Verdict::Held { effect, until, .. }] => {
                    scene.advance(*until);
                    *effect
                }
                _ => return scene,
            };
            scene.submit(100, outcome(&effect.to_string(), OutcomeResult::Done { object: None, objects: vec![] }));
        }
        panic!("the loop is never refused");
    }

    /// Submits an input `ms` after the one before, and appends its record.
    pub fn submit(&mut self, ms: u64, input: impl Into<Input>) {
        let _ = self.decide(ms, input);
    }

    /// The same, with what was decided.
    fn decide(&mut self, ms: u64, input: impl Into<Input>) -> Decision {
        self.at += ms;
        let decision = self.broker.submit(Timestamp(self.at), input).expect("a valid input");
        assert_eq!(decision.seq, self.broker.view().seq(), "a scene has no duplicates");
        self.append();
        decision
    }

    /// Lets time go by.
    fn advance(&mut self, to: Timestamp) {
        self.at = to.0;
        let _ = self.broker.advance(to).expect("a time that is not in the past");
        self.append();
    }

    fn append(&mut self) {
        let durable = self.broker.view().durable();
        if let Some(segment) = self.broker.staged(durable) {
            self.journal.extend_from_slice(segment.bytes);
            let last = segment.last;
            self.broker.mark_durable(last).expect("what was staged");
        }
    }
}

pub const ASK: &[u8] = br#"{"rules": [{"id": "answer", "when": {"kind": "issue.updated"}, "effects": [
    {"kind": "comment", "subject": "{subject}", "text": "Please set the status back to Open."}]}]}"#;

pub fn update(turn: usize) -> Event {
    Event {
        id: format!("d{turn}").into(),
        source: "jira".into(),
        kind: "issue.updated".into(),
        subject: "jira:T-1".into(),
        actor: Some(bot("jira:triage-bot")),
        state: Some(Property { property: "status".into(), value: "In Review".into() }),
        ..Event::default()
    }
}

pub fn person(id: &str) -> Actor {
    Actor { id: id.into(), class: ActorClass::Human }
}

pub fn bot(id: &str) -> Actor {
    Actor { id: id.into(), class: ActorClass::Bot }
}

pub fn event(id: &str, kind: &str, subject: &str, actor: Actor, text: &str, reply_to: Option<&str>) -> Event {
    let source = subject.split(':').next().unwrap_or_default();
    Event {
        id: id.into(),
        source: source.into(),
        kind: kind.into(),
        subject: subject.into(),
        actor: Some(actor),
        text: Some(text.into()),
        reply_to: reply_to.map(Into::into),
        ..Event::default()
    }
}

pub fn done(effect: &str, object: &str) -> Outcome {
    outcome(effect, OutcomeResult::Done { object: Some(object.into()), objects: vec![] })
}

pub fn outcome(effect: &str, result: OutcomeResult) -> Outcome {
    Outcome { effect: effect.parse().expect("an effect id"), result, chain: None, tenant: None }
}
