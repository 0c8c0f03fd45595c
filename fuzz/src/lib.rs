//! What the targets share: a small host around a broker, which checks the promises on every step.

use reynolds::{
    Broker, Config, Decision, Effect, Event, Genesis, Input, Keys, Rejected, ReleaseNo, Seq, Timestamp, WakeReason,
    event::ReadError, journal,
};

pub mod crew;
pub mod made;

/// Rules and tables so small that a short input fills them.
const CONFIG: &[u8] = br#"{
    "self": ["github:our-bot"], "actors": {"github:renovate": "bot"},
    "chain": {"hop_limit": 4, "budget": 6, "read_budget": 4, "recurrence_limit": 2},
    "limits": {"tenants": 2, "open_effects": 6, "stops": 2, "events": 8, "chains": 4, "effects": 8, "receipts": 4, "subjects": 4,
        "plans": 4, "tasks": 16, "agents": 4},
    "agents": {"pools": [{"id": "code"}]},
    "rules": [
        {"id": "triage", "when": {"kind": "issues.opened"},
         "effects": [{"kind": "message", "subject": "teams:triage", "text": "New: {subject} by {actor}"}]},
        {"id": "answer", "when": {"kind": "message"}, "enforce": "hold",
         "effects": [{"kind": "comment", "subject": "{about}", "text": "{text}", "expires_in_ms": 5000}]},
        {"id": "code", "when": {"kind": "issue_comment.*"}, "handle": "review"}
    ]
}"#;

/// A host: it appends what is staged, remembers where it is, and can be restarted.
pub struct Host {
    /// The broker.
    pub broker: Broker,
    /// The journal, from its first segment header on.
    pub journal: Vec<u8>,
    /// The host's clock.
    pub at: Timestamp,
    cursor: ReleaseNo,
}

impl Host {
    /// A host whose broker runs with the small configuration.
    pub fn new() -> Self {
        Self::with(Config::from_json(CONFIG).expect("the configuration above is valid"))
    }

    /// A host whose broker runs with a given configuration, which passed its check.
    pub fn with(config: Config) -> Self {
        let genesis = Genesis { name: "fuzz".into(), config, ..Genesis::default() };
        let broker = Broker::new(genesis, keys()).expect("a checked configuration can be used");
        let journal = journal::segment_header(broker.view().number(), Seq(1)).to_vec();
        let mut host = Self { broker, journal, at: Timestamp(1_700_000_000_000), cursor: ReleaseNo(0) };
        host.append();
        host
    }

    /// Submits one input. A rejected one may change nothing.
    pub fn submit(&mut self, input: impl Into<Input>) -> Result<Decision, Rejected> {
        let before = (self.broker.view().seq(), self.broker.view().digest());
        let answer = self.broker.submit(self.at, input);
        if let Err(rejected) = &answer {
            assert_eq!(before, (self.broker.view().seq(), self.broker.view().digest()), "{rejected} changed the state");
            assert!(rejected.to_string().starts_with("RY"), "no number: {rejected}");
        }
        self.append();
        answer
    }

    /// Lets time pass. A wakeup that is due must do something.
    pub fn pass(&mut self, ms: u64) {
        self.at = self.at.plus_ms(ms);
        while self.broker.wakeup().is_some_and(|wakeup| wakeup.at <= self.at) {
            let done = self.broker.advance(self.at).is_some();
            let doubted = self.broker.wakeup().is_some_and(|wakeup| wakeup.reason == WakeReason::Clock);
            assert!(done || doubted, "a wakeup that did nothing");
            self.append();
        }
    }

    /// The effects that may leave now.
    pub fn effects(&mut self) -> Vec<Effect> {
        let mut effects = Vec::new();
        self.broker.released(self.cursor, &mut effects);
        self.cursor = effects.last().map_or(self.cursor, |effect| effect.release);
        effects
    }

    /// Loses everything but the journal, and comes back from it. The state must be the one that was lost.
    pub fn restart(&mut self) {
        let digest = self.broker.view().digest();
        let mut restorer = Broker::restore(None, keys()).expect("nothing to read yet");
        restorer.push(&self.journal).expect("the journal was written by a broker");
        let (broker, report) = restorer.finish().expect("the journal has a genesis");
        assert_eq!(report.torn, None);
        assert_eq!(broker.view().digest(), digest, "restored and live differ");
        (self.broker, self.cursor) = (broker, ReleaseNo(0));
    }

    /// The same from a snapshot alone.
    pub fn restart_from_snapshot(&mut self) {
        let digest = self.broker.view().digest();
        let mut snapshot = Vec::new();
        self.broker.snapshot(&mut snapshot).expect("everything is durable");
        let restorer = Broker::restore(Some(&snapshot), keys()).expect("the snapshot was written by a broker");
        let (broker, _) = restorer.finish().expect("a snapshot is enough");
        assert_eq!(broker.view().digest(), digest, "restored and live differ");
        (self.broker, self.cursor) = (broker, ReleaseNo(0));
    }

    fn append(&mut self) {
        let durable = self.broker.view().durable();
        let Some(segment) = self.broker.staged(durable) else { return };
        let last = segment.last;
        self.journal.extend_from_slice(segment.bytes);
        self.broker.mark_durable(last).expect("the record was staged");
    }
}

impl Default for Host {
    fn default() -> Self {
        Self::new()
    }
}

/// The keys of every broker here.
pub fn keys() -> Keys {
    Keys::new(1, b"a key for fuzzing").expect("long enough")
}

/// An event with what is required and a text.
pub fn event(id: &str, kind: &str, subject: &str) -> Event {
    Event {
        id: id.into(),
        source: "github".into(),
        kind: kind.into(),
        subject: subject.into(),
        text: Some("it broke".into()),
        ..Event::default()
    }
}

/// Uses a broker that was made from bytes of unknown origin: whatever it holds, it must go on.
pub fn use_it(broker: Broker) {
    let mut host = Host { at: broker.view().now(), broker, journal: Vec::new(), cursor: ReleaseNo(0) };
    host.pass(60_000);
    let _ = host.submit(event("a new one", "issues.opened", "github:acme/api#7"));
    let _ = host.submit(event("another", "issue_comment.created", "github:acme/api#7"));
    for effect in host.effects() {
        let result = reynolds::input::OutcomeResult::Done { object: Some("github:comment/1".into()), objects: vec![] };
        let _ = host.submit(reynolds::input::Outcome { effect: effect.id, result, chain: None, tenant: effect.tenant });
    }
    host.pass(86_400_000);
    host.restart_from_snapshot();
}

/// The checksum of journal and snapshot: with it, made-up bytes get past the first gate.
pub fn crc32c(bytes: &[u8]) -> u32 {
    crc::Crc::<u32>::new(&crc::CRC_32_ISCSI).checksum(bytes)
}

/// Reads a body, and holds the reader to what it promises: JSON is never "not JSON", anything else always is an error,
/// and what comes out fits into a broker.
pub fn readable(body: &[u8], read: impl Fn(&[u8]) -> Result<Vec<Event>, ReadError>) {
    let json = std::str::from_utf8(body).is_ok() && serde_json::from_slice::<serde::de::IgnoredAny>(body).is_ok();
    match read(body) {
        Ok(events) => {
            assert!(json, "read what is not JSON");
            submittable(events);
        }
        Err(error @ (ReadError::NotJson { .. } | ReadError::NotUtf8 { .. })) => assert!(!json, "this is JSON: {error}"),
        Err(error) => assert!(error.to_string().starts_with("RY11"), "no number: {error}"),
    }
}

/// Whatever a reader makes is an event that a broker takes.
pub fn submittable(events: Vec<Event>) {
    for event in events.into_iter().take(4) {
        let mut host = Host::new();
        let id = event.id.clone();
        if let Err(rejected) = host.submit(event) {
            panic!("a reader made event {id:?}, and the broker refuses it: {rejected}");
        }
    }
}
