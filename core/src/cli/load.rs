//! Reading a journal, whatever it lies in, and watching it being replayed.

use std::{
    collections::BTreeMap,
    fmt,
    fs::File,
    io::{self, Read},
    path::Path,
};

use crate::{
    Broker, Decision, Input, Keys, Repetition, Replayed, RestoreError, Restorer, Seq, Timestamp, Verdict, Wakeup,
    draw::{PlanPicture, Standing, Stopping, Story},
    driver::{DriverError, Journal, Looked, ends_before},
    journal::Torn,
    verdict::DenyReason,
};
use serde::Serialize;

use super::output::{self, Fail};

/// What was found in a journal.
pub struct Loaded {
    pub story: Story,
    pub counts: Counts,
    /// The record asked for.
    pub record: Option<Recorded>,
    /// What is wrong. Everything else is about the records before it.
    pub problem: Option<RestoreError>,
    pub torn: Option<Torn>,
    /// Durable records are gone: a snapshot is ahead of the journal.
    pub ahead: Option<DriverError>,
    /// The snapshot from which the replay started, because older records are not there.
    pub snapshot: Option<Seq>,
    pub digest: Option<u64>,
    /// Effects still open at the end, if it was reached.
    pub open: Option<usize>,
    /// The same one by one.
    pub standing: Vec<Standing>,
    /// What is stopped at the end, if it was reached.
    pub stopping: Vec<Stopping>,
    /// How often the effects of each rule repeat something, at the end, if it was reached.
    pub repetition: Vec<Rate>,
    /// Plans at the end, if it was reached, each with its tenant.
    pub plans: Vec<(String, PlanPicture)>,
    /// The folder, as it was when it was read. `None` for a file.
    pub looked: Option<Looked>,
}

/// How often the effects of a rule repeat something: see [`crate::Repetition`].
#[derive(Serialize)]
pub struct Rate {
    tenant: String,
    rule: String,
    definite: [u64; 4],
    inferred: [u64; 4],
    exceeds: Vec<u8>,
    would_hold: u64,
    would_deny: u64,
}

impl Rate {
    fn of(tenant: &str, of: &Repetition<'_>) -> Self {
        let Repetition { rule, definite, inferred, exceeds, would_hold, would_deny } = of;
        Self {
            tenant: tenant.into(),
            rule: (*rule).into(),
            definite: *definite,
            inferred: *inferred,
            exceeds: exceeds.clone(),
            would_hold: *would_hold,
            would_deny: *would_deny,
        }
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rule = if self.rule.is_empty() { "no rule".into() } else { format!("rule {}", self.rule) };
        let tenant = if self.tenant.is_empty() { String::new() } else { format!(" of {}", self.tenant) };
        let steps: u64 = self.definite.iter().chain(&self.inferred).sum();
        let of = |level: usize| self.definite[level] + self.inferred[level];
        write!(
            f,
            "{rule}{tenant}: automated steps {steps}; repeating the structure {}, the content too {}, the state too {}",
            of(1),
            of(2),
            of(3)
        )?;
        if self.would_hold + self.would_deny > 0 {
            write!(f, "; would have been held {}, denied {}", self.would_hold, self.would_deny)?;
        }
        if self.exceeds.is_empty() { Ok(()) } else { write!(f, "; more than is assumed of legitimate automation") }
    }
}

/// One record as it was decided.
#[derive(Serialize)]
pub struct Recorded {
    pub seq: Seq,
    pub at: Timestamp,
    pub input: Option<Input>,
    pub decision: Decision,
    pub wakeup: Option<Wakeup>,
}

/// What the records are.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Counts {
    pub broker: String,
    pub first: Option<Seq>,
    pub last: Seq,
    pub from: Timestamp,
    pub to: Timestamp,
    pub records: BTreeMap<&'static str, u64>,
    pub verdicts: BTreeMap<&'static str, u64>,
    pub reasons: BTreeMap<&'static str, u64>,
}

impl Loaded {
    /// Something to tell at all? A file that is no journal, or of a newer version, has nothing.
    pub fn or_fail(self, path: &Path) -> Result<Self, Fail> {
        match &self.problem {
            Some(problem) if self.counts.first.is_none() => Err(unreadable(path, problem)),
            _ => Ok(self),
        }
    }

    /// What is wrong, for stderr.
    pub fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if let Some(snapshot) = self.snapshot {
            let why = if self.ahead.is_some() { "" } else { "older records were removed: " };
            notes.push(format!("{why}the story begins with the snapshot of record {snapshot}"));
        }
        notes.extend(self.ahead.iter().map(DriverError::to_string));
        if let Some(problem) = &self.problem {
            notes.push(format!("{problem}; this is the story up to record {}", self.counts.last));
        }
        notes.extend(self.torn_note());
        notes
    }

    /// How the journal ends in the middle of a record, if it does.
    pub fn torn_note(&self) -> Option<String> {
        let torn = self.torn?;
        // A snapshot contains durable records only.
        let then = match self.ahead {
            Some(DriverError::EndsBeforeSnapshot { snapshot, .. }) if torn.seq <= snapshot => {
                format!("the snapshot of record {snapshot} has it, so it was durable and is cut off")
            }
            _ => "it was never durable, and the next append removes it".into(),
        };
        Some(format!(
            "the journal ends in the middle of record {}, after {} of its bytes; {then}",
            torn.seq, torn.bytes
        ))
    }
}

/// Why there is nothing to tell about a file, and what it may be instead.
pub fn unreadable(path: &Path, problem: &RestoreError) -> Fail {
    let json = matches!(problem, RestoreError::NotAJournal { .. }) && begins_as_json(path);
    let hint = if json { "; it looks like a recording: use replay --webhooks" } else { "" };
    Fail::file(path, format!("{problem}{hint}"))
}

fn begins_as_json(path: &Path) -> bool {
    let mut start = Vec::new();
    let read = File::open(path).and_then(|file| file.take(64).read_to_end(&mut start));
    read.is_ok() && matches!(start.trim_ascii_start().first(), Some(b'{' | b'['))
}

/// Replays the journal at `path`, and keeps the record `wanted`.
pub fn load(path: &Path, wanted: Option<Seq>) -> Result<Loaded, Fail> {
    if path.is_dir() {
        return load_folder(path, wanted);
    }
    let mut file = File::open(path).map_err(|error| Fail::file(path, error))?;
    let restorer = restore(None)?;
    Watch::new(wanted).replay(restorer, &mut file).map_err(|error| Fail::file(path, error))
}

/// Replays journal bytes.
pub fn load_bytes(mut bytes: &[u8]) -> Result<Loaded, Fail> {
    let restorer = restore(None)?;
    Watch::new(None).replay(restorer, &mut bytes).map_err(|error| Fail { exit: 2, message: error.to_string() })
}

/// How often a folder is read again in which a segment was removed meanwhile.
const TRIES: usize = 8;

fn load_folder(path: &Path, wanted: Option<Seq>) -> Result<Loaded, Fail> {
    let mut tries = TRIES;
    loop {
        let looked = look(path)?;
        tries -= 1;
        match load_looked(looked, wanted, restore(None)?) {
            // The bot that writes there needs it no more: snapshots contain it.
            Err(error) if error.kind() == io::ErrorKind::NotFound && tries > 0 => {}
            loaded => return loaded.map_err(|error| Fail::file(path, error)),
        }
    }
}

fn load_looked(looked: Looked, wanted: Option<Seq>, fresh: Restorer) -> io::Result<Loaded> {
    let Looked { mut journal, snapshots } = looked;
    let mut loaded = Watch::new(wanted).replay(fresh, &mut journal.read(Seq(0))?)?;
    let restorer = |bytes: &[u8]| Broker::restore(Some(bytes), Keys::none()).ok();
    let readable = |(seq, read): &(Seq, io::Result<Vec<u8>>)| Some((*seq, restorer(read.as_ref().ok()?)?));
    let newest = snapshots.iter().find_map(readable);
    let ahead = newest.as_ref().and_then(|(newest, _)| ends_before(&journal, *newest));
    if matches!(loaded.problem, Some(RestoreError::Gap { expected: Seq(1), .. } | RestoreError::NoGenesis)) {
        // The oldest snapshot tells the longest story, if the records go on from it. If none do, because somebody moved them
        // away, a bot goes on from the newest.
        let gone_on = |(seq, _): &&(Seq, io::Result<Vec<u8>>)| journal.goes_on_from(*seq);
        let start = snapshots.iter().rev().filter(gone_on).find_map(readable).or(newest);
        if let Some((seq, restorer)) = start {
            let watch = Watch { snapshot: Some(seq), ..Watch::new(wanted) };
            loaded = watch.replay(restorer, &mut journal.read(seq)?)?;
        }
    }
    loaded.ahead = ahead;
    loaded.torn = loaded.torn.or(journal.torn());
    loaded.looked = Some(Looked { journal, snapshots });
    Ok(loaded)
}

/// A folder, looked at.
pub fn look(path: &Path) -> Result<Looked, Fail> {
    let looked = Looked::at(path).map_err(|error| Fail { exit: 2, message: error.to_string() })?;
    if looked.journal.is_empty() && looked.snapshots.is_empty() {
        return Err(Fail::file(path, "no journal is in this folder"));
    }
    Ok(looked)
}

fn restore(snapshot: Option<&[u8]>) -> Result<Restorer, Fail> {
    Broker::restore(snapshot, Keys::none()).map_err(|error| Fail { exit: 2, message: error.to_string() })
}

struct Watch {
    story: Story,
    counts: Counts,
    wanted: Option<Seq>,
    record: Option<Recorded>,
    snapshot: Option<Seq>,
}

impl Watch {
    fn new(wanted: Option<Seq>) -> Self {
        Self { story: Story::new(), counts: Counts::default(), wanted, record: None, snapshot: None }
    }

    fn replay(mut self, mut restorer: Restorer, reader: &mut dyn Read) -> io::Result<Loaded> {
        let mut chunk = vec![0; 1024 * 1024];
        let mut problem = None;
        while problem.is_none() {
            match reader.read(&mut chunk) {
                Ok(0) => break,
                Ok(len) => problem = restorer.push_watched(&chunk[..len], &mut |replayed| self.watch(replayed)).err(),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        let (mut torn, mut digest, mut open) = (None, None, None);
        let (mut repetition, mut plans) = (Vec::new(), Vec::new());
        let (mut standing, mut stopping) = (Vec::new(), Vec::new());
        if problem.is_none() {
            match restorer.finish() {
                Ok((broker, report)) => {
                    let view = broker.view();
                    torn = report.torn;
                    digest = Some(view.digest());
                    for tenant in view.tenants() {
                        let names = view.plans(tenant).map(|(plan, _)| plan);
                        let pictures = names.filter_map(|plan| PlanPicture::of(view, tenant, plan));
                        plans.extend(pictures.map(|picture| (String::from(tenant), picture)));
                        repetition.extend(view.repetition(tenant).iter().map(|of| Rate::of(tenant, of)));
                    }
                    (standing, stopping) = (self.story.open(view), self.story.stopping(view));
                    open = Some(standing.len());
                }
                Err(error) => problem = Some(error),
            }
        }
        let Self { story, counts, record, snapshot, .. } = self;
        let (ahead, looked) = (None, None);
        Ok(Loaded {
            story,
            counts,
            record,
            problem,
            torn,
            ahead,
            snapshot,
            digest,
            open,
            standing,
            stopping,
            repetition,
            plans,
            looked,
        })
    }

    fn watch(&mut self, replayed: Replayed<'_>) {
        self.story.watch(&replayed);
        let (seq, now) = (replayed.head.seq, replayed.view().now());
        let counts = &mut self.counts;
        if counts.first.is_none() {
            counts.first = Some(seq);
            counts.broker = output::line(replayed.view().name());
        }
        if counts.from == Timestamp(0) {
            counts.from = now;
        }
        (counts.last, counts.to) = (seq, now);
        *counts.records.entry(input_name(seq, replayed.input.as_ref())).or_default() += 1;
        for verdict in &replayed.decision.verdicts {
            let (name, reason) = verdict_name(verdict);
            *counts.verdicts.entry(name).or_default() += 1;
            if let Some(reason) = reason {
                *counts.reasons.entry(reason_name(reason)).or_default() += 1;
            }
        }
        if self.wanted == Some(seq) {
            let wakeup = replayed.view().wakeup();
            let Replayed { head, input, decision, .. } = replayed;
            self.record = Some(Recorded { seq, at: head.at, input, decision, wakeup });
        }
    }
}

fn input_name(seq: Seq, input: Option<&Input>) -> &'static str {
    match input {
        None if seq == Seq(1) => "genesis",
        None => "timers",
        Some(Input::Event(_)) => "event",
        Some(Input::Propose(_)) => "propose",
        Some(Input::Outcome(_)) => "outcome",
        Some(Input::Command(_)) => "command",
        Some(Input::Configure(_)) => "configure",
        Some(Input::Adopt(_)) => "adopt",
        Some(Input::Plan(_)) => "plan",
        Some(Input::Patch(_)) => "patch",
        Some(Input::Task(_)) => "task",
        Some(Input::Beats(_)) => "beats",
        Some(Input::Agent(_)) => "agent",
    }
}

/// The name as the wire format has it, and why the effect was or would have been denied.
fn verdict_name(verdict: &Verdict) -> (&'static str, Option<DenyReason>) {
    match verdict {
        Verdict::Admitted { would: Some(denial), would_hold: Some(_), .. } => {
            ("admitted, would be held", Some(denial.reason))
        }
        Verdict::Admitted { would: Some(denial), .. } => ("admitted, would be denied", Some(denial.reason)),
        Verdict::Admitted { .. } => ("admitted", None),
        Verdict::Held { denial, .. } => ("held", denial.as_ref().map(|denial| denial.reason)),
        Verdict::Denied { denial, .. } => ("denied", Some(denial.reason)),
        Verdict::Duplicate { .. } => ("duplicate", None),
        Verdict::Echo { .. } => ("echo", None),
        Verdict::Expired { .. } => ("expired", None),
        Verdict::Cancelled { .. } => ("cancelled", None),
        Verdict::Ambiguous { .. } => ("ambiguous", None),
        Verdict::Tripped { .. } => ("tripped", None),
        Verdict::Task { .. } => ("task", None),
        Verdict::Plan { .. } => ("plan", None),
        Verdict::Late { .. } => ("late", None),
        Verdict::Agent { .. } => ("agent", None),
        Verdict::Pool { .. } => ("pool", None),
        Verdict::Scale { .. } => ("scale", None),
        Verdict::Known { .. } => ("known", None),
    }
}

fn reason_name(reason: DenyReason) -> &'static str {
    match reason {
        DenyReason::HopLimit => "hop_limit",
        DenyReason::Budget => "budget",
        DenyReason::Loop => "loop",
        DenyReason::Stopped => "stopped",
        DenyReason::Rounds => "rounds",
        DenyReason::Incomplete => "incomplete",
        DenyReason::Tripped => "tripped",
        DenyReason::Proved => "proved",
    }
}
