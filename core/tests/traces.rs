//! Plays the golden traces under `traces/` and compares what comes out, byte for byte.
//!
//! `traces/README.md` says what the marks mean. `REYNOLDS_REWRITE=1` writes what came out into the files; read the
//! difference line by line before committing it.

use std::{collections::BTreeMap, fs, io, path::Path};

use reynolds::{
    Broker, Effect, Input, Keys, Misuse, Rejected, ReleaseNo, Report, RestoreError, Seq, Timestamp,
    journal::segment_header, wire, wire::Problem,
};
use serde::Serialize;

/// An error that is no refused input, as a trace shows it.
fn problem(code: &'static str, error: &impl ToString) -> Problem {
    Problem { code, message: error.to_string(), field: None }
}

/// One broker, and the disk under it.
struct Host {
    broker: Broker,
    journal: Vec<u8>,
    appended: Seq,
    /// How much of `journal` a power cut would leave.
    safe: usize,
    losing: bool,
    cursors: [ReleaseNo; 2],
    snapshot: Vec<u8>,
}

#[derive(Default)]
struct Player {
    hosts: BTreeMap<String, Host>,
    name: String,
    keys: Vec<(u8, String)>,
    at: Timestamp,
    digest: String,
    /// The token each effect was first released with, by the effect's idempotency key.
    tokens: BTreeMap<String, String>,
    out: String,
}

impl Player {
    /// The trace as it should be: its own lines, and after each of them what the broker really answers.
    fn play(mut self, trace: &str) -> String {
        let mut lines = trace.lines().peekable();
        while let Some(first) = lines.next() {
            let mut entry = first.to_owned();
            while let Some(more) = lines.next_if(|line| line.starts_with(' ')) {
                entry = entry + "\n" + more;
            }
            if !entry.starts_with(['?', '<', '~', '=']) {
                self.print(&entry);
            }
            let (mark, rest) = entry.split_at(entry.len().min(1));
            match mark {
                "" | "#" | "?" | "<" => {}
                "@" => self.set_time(rest.trim()),
                ">" => self.submit(rest.trim()),
                "!" => self.act(rest.trim()),
                "~" => self.wakeup(),
                "=" => self.digest(rest.trim()),
                _ => panic!("no such mark: {entry}"),
            }
        }
        self.out
    }

    fn host(&mut self) -> &mut Host {
        self.hosts.get_mut(&self.name).expect("`! new` comes first")
    }

    fn set_time(&mut self, text: &str) {
        let (text, before) = text.strip_prefix('+').map_or((text, 0), |text| (text, self.at.0));
        self.at = Timestamp(before + text.parse::<u64>().expect("milliseconds"));
    }

    fn submit(&mut self, json: &str) {
        let at = self.at;
        let json = self
            .tokens
            .iter()
            .fold(json.to_owned(), |json, (key, token)| json.replace(&format!("<token:{key}>"), token));
        let answer = Input::from_json(json.as_bytes()).and_then(|input| self.host().broker.submit(at, input));
        self.answer(answer.map_err(|error| Problem::from(&error)));
        self.settle();
    }

    fn wakeup(&mut self) {
        let wakeup = self.host().broker.wakeup();
        self.emit('~', &wakeup);
    }

    fn digest(&mut self, expected: &str) {
        let digest = format!("{:016x}", self.host().broker.view().digest());
        let same = expected == "same" && digest == self.digest;
        self.print(&format!("= {}", if same { "same" } else { &*digest }));
        self.digest = digest;
    }

    fn act(&mut self, action: &str) {
        let (verb, argument) = action.split_once([' ', '\n']).unwrap_or((action, ""));
        let at = self.at;
        match verb {
            "keys" => self.keys = serde_json::from_str(argument).expect("[[id, secret], ..]"),
            "use" => self.name = argument.to_owned(),
            "new" => self.begin(argument),
            "advance" => {
                if let Some(decision) = self.host().broker.advance(at) {
                    self.emit('?', &decision);
                }
                self.settle();
            }
            "lose" => self.host().losing = true,
            "durable" => {
                self.host().losing = false;
                self.settle();
            }
            "crash" => self.crash(None, 0),
            "tear" => self.crash(None, argument.parse().expect("a number of bytes")),
            "restore" => self.crash(Some(self.hosts[&self.name].snapshot.clone()), 0),
            "flip" => self.flip(argument.parse().expect("a place, counted from the end")),
            "snapshot" => {
                let mut bytes = Vec::new();
                let answer = self.host().broker.snapshot(&mut bytes).map(|seq| BTreeMap::from([("seq", seq)]));
                self.host().snapshot = bytes;
                self.answer(answer.map_err(|error| problem(error.code(), &error)));
            }
            "repeat" => {
                let [before, _] = self.host().cursors;
                self.take(before);
            }
            "mark" => {
                let through = Seq(argument.parse().expect("a seq"));
                self.mark(through);
            }
            "poison" => self.host().broker.poison(),
            _ => panic!("no such action: {action}"),
        }
    }

    /// Through the JSON door, as every language does it: a configuration is refused with its reason.
    fn begin(&mut self, genesis: &str) {
        match self.ring().map_err(Rejected::from).and_then(|keys| wire::new(genesis.as_bytes(), keys)) {
            Err(error) => self.answer::<()>(Err(Problem::from(&error))),
            Ok(broker) => {
                let journal = segment_header(broker.view().number(), Seq(1)).to_vec();
                let name = broker.view().name().to_owned();
                self.name.clone_from(&name);
                self.hosts.insert(name, Host::new(broker, journal));
                self.settle();
            }
        }
    }

    fn ring(&self) -> Result<Keys, Misuse> {
        self.keys.iter().try_fold(Keys::none(), |ring, (id, secret)| ring.and(*id, secret.as_bytes()))
    }

    /// The power goes and comes back. What was not marked durable is gone; when a write was torn, it is there, but for
    /// the last bytes.
    fn crash(&mut self, snapshot: Option<Vec<u8>>, torn: usize) {
        let keys = self.ring().expect("keys that can be used");
        let host = self.host();
        let left = if torn > 0 { host.journal.len() - torn } else { host.safe };
        host.journal.truncate(left);
        match restore(&host.journal, snapshot.as_deref(), keys) {
            Err(error) => self.answer::<()>(Err(problem(error.code(), &error))),
            Ok((broker, report)) => {
                let torn = report.torn.map_or(0, |torn| torn.bytes);
                let journal = host.journal[..left - torn].to_vec();
                let snapshot = core::mem::take(&mut host.snapshot);
                *host = Host { appended: report.last, snapshot, ..Host::new(broker, journal) };
                self.emit('?', &Found::from(&report));
                self.settle();
            }
        }
    }

    /// One bit of the disk turns: what would a restore say?
    fn flip(&mut self, from_end: usize) {
        let keys = self.ring().expect("keys that can be used");
        let mut journal = self.host().journal.clone();
        let place = journal.len() - from_end;
        journal[place] ^= 1;
        let answer = restore(&journal, None, keys).map(|(_, report)| Found::from(&report));
        self.answer(answer.map_err(|error| problem(error.code(), &error)));
    }

    /// What a host does after every call: append, mark durable, take what is released.
    fn settle(&mut self) {
        let host = self.host();
        if let Some(segment) = host.broker.staged(host.appended) {
            host.journal.extend_from_slice(segment.bytes);
            host.appended = segment.last;
        }
        if !host.losing && host.safe < host.journal.len() {
            host.safe = host.journal.len();
            let through = host.appended;
            self.mark(through);
        }
        let [_, cursor] = self.host().cursors;
        self.take(cursor);
    }

    fn mark(&mut self, through: Seq) {
        if let Err(error) = self.host().broker.mark_durable(through) {
            self.answer::<()>(Err(problem(error.code(), &error)));
        }
    }

    fn take(&mut self, after: ReleaseNo) {
        let host = self.host();
        let mut effects: Vec<Effect> = Vec::new();
        host.broker.released(after, &mut effects);
        host.cursors = [after, effects.last().map_or(after, |effect| effect.release)];
        for effect in effects {
            self.emit('<', &effect);
            if let Some(token) = effect.token {
                let key = format!("{}/{}", self.name, effect.id);
                self.tokens.entry(key).or_insert(token.to_string());
            }
        }
    }

    fn answer<T: Serialize>(&mut self, answer: Result<T, Problem>) {
        match answer {
            Ok(value) => self.emit('?', &value),
            Err(problem) => self.emit('?', &problem),
        }
    }

    fn emit(&mut self, mark: char, value: &impl Serialize) {
        self.print(&format!("{mark} {}", serde_json::to_string(value).expect("plain data")));
    }

    fn print(&mut self, line: &str) {
        self.out += line;
        self.out += "\n";
    }
}

impl Host {
    fn new(broker: Broker, journal: Vec<u8>) -> Self {
        let safe = journal.len();
        let cursors = [ReleaseNo(0); 2];
        Self { broker, journal, appended: Seq(0), safe, losing: false, cursors, snapshot: Vec::new() }
    }
}

/// What a restore found, as a trace shows it.
#[derive(Serialize)]
struct Found {
    last: Seq,
    records: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    torn: Option<(Seq, usize)>,
}

impl From<&Report> for Found {
    fn from(report: &Report) -> Self {
        let torn = report.torn.map(|torn| (torn.seq, torn.bytes));
        Self { last: report.last, records: report.records, torn }
    }
}

fn restore(journal: &[u8], snapshot: Option<&[u8]>, keys: Keys) -> Result<(Broker, Report), RestoreError> {
    let mut restorer = Broker::restore(snapshot, keys)?;
    restorer.push(journal)?;
    restorer.finish()
}

/// The first line that differs, with its number.
fn difference(file: &str, played: &str) -> Option<String> {
    let (mut file, mut played) = (file.lines(), played.lines());
    (1..).find_map(|number| match (file.next(), played.next()) {
        (None, None) => Some(None),
        (a, b) if a == b => None,
        (a, b) => {
            let (a, b) = (a.unwrap_or("(nothing)"), b.unwrap_or("(nothing)"));
            Some(Some(format!("line {number}\n  the trace says {a}\n  the core says  {b}")))
        }
    })?
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/traces"))
}

/// Every trace, by its path below `traces/`.
fn traces() -> io::Result<BTreeMap<String, String>> {
    let mut found = BTreeMap::new();
    for machine in fs::read_dir(root())? {
        let machine = machine?;
        if !machine.file_type()?.is_dir() {
            continue;
        }
        for file in fs::read_dir(machine.path())? {
            let file = file?;
            let name = [machine.file_name(), file.file_name()].map(|part| part.to_string_lossy().into_owned());
            found.insert(name.join("/"), fs::read_to_string(file.path())?);
        }
    }
    Ok(found)
}

#[test]
fn every_trace_plays_as_written() -> io::Result<()> {
    let mut failures = String::new();
    for (name, trace) in traces()? {
        let played = Player::default().play(&trace);
        if std::env::var_os("REYNOLDS_REWRITE").is_some() {
            fs::write(root().join(&name), &played)?;
        } else if let Some(difference) = difference(&trace, &played) {
            failures += &format!("\n{name}, {difference}\n");
        }
    }
    assert!(failures.is_empty(), "{failures}\nIf this is meant: REYNOLDS_REWRITE=1, and read what changed.");
    Ok(())
}

#[test]
fn every_trace_starts_with_why_it_matters() -> io::Result<()> {
    let traces = traces()?;
    assert!(traces.len() >= 80, "only {} traces", traces.len());
    for (name, trace) in traces {
        assert!(name.ends_with(".trace"), "{name}");
        assert!(trace.starts_with("# ") && trace.contains("\n! new "), "{name}");
    }
    Ok(())
}

/// The runner itself: what the core does and the trace does not say fails, and the other way round.
#[test]
fn a_trace_that_says_too_little_or_too_much_fails() {
    let trace = "# A message per issue.\n! new {\"name\":\"t\",\"config\":{\"rules\":[{\"id\":\"r\",\"effects\":[\
                 {\"kind\":\"message\",\"subject\":\"s\"}]}]}}\n@ 1000\n> {\"type\":\"event\",\"id\":\"d1\",\
                 \"source\":\"github\",\"kind\":\"k\",\"subject\":\"x\"}\n~\n=\n";
    let whole = Player::default().play(trace);
    let marks: String = whole.lines().filter_map(|line| line.chars().next()).collect();
    assert_eq!(marks, "#!@>?<~=");
    assert_eq!(difference(&whole, &Player::default().play(&whole)), None);
    for silent in ["?", "<"] {
        let fewer: Vec<&str> = whole.lines().filter(|line| !line.starts_with(silent)).collect();
        let fewer = fewer.join("\n");
        assert!(difference(&fewer, &Player::default().play(&fewer)).is_some(), "{silent} left out");
        let more = format!("{whole}{silent} {{}}\n");
        assert!(difference(&more, &Player::default().play(&more)).is_some(), "{silent} too many");
    }
}
