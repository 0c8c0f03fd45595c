//! `verify JOURNAL`.

use std::{fs, io, path::Path};

use crate::{
    Broker, Keys, RestoreError, Seq, Timestamp,
    draw::clock,
    driver::{Journal, Looked, ends_before},
    journal::Scan,
};
use serde::Serialize;

use super::{
    args,
    load::{self, Counts, Loaded, Rate},
    output::{self, Answer, Fail, Table},
};

/// What is wrong with a journal.
#[derive(Serialize)]
struct Problem {
    code: &'static str,
    /// The first record concerned, where one can be named.
    seq: Option<Seq>,
    /// Where that record begins.
    #[serde(flatten)]
    place: Option<Place>,
    message: String,
}

/// A byte of a segment file.
#[derive(Serialize)]
struct Place {
    file: String,
    offset: u64,
}

#[derive(Serialize)]
struct Json<'a> {
    sound: bool,
    records: u64,
    first: Option<Seq>,
    last: Seq,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    digest: Option<String>,
    snapshots: &'a [Seq],
    problems: &'a [Problem],
    repetition: &'a [Rate],
}

pub fn run(options: &args::Verify) -> Result<Answer, Fail> {
    let path = &options.journal;
    let mut loaded = load::load(path, None)?;
    if let Some(problem) = loaded.problem.as_ref().filter(|problem| is_unreadable(problem)) {
        return Err(load::unreadable(path, problem));
    }
    let mut problems: Vec<Problem> = loaded.problem.iter().map(Problem::from).collect();
    for problem in problems.iter_mut().filter(|problem| ["RY3004", "RY3006", "RY3007"].contains(&problem.code)) {
        problem.place = problem.seq.and_then(|seq| place(path, seq));
        if let Some(Place { file, offset }) = &problem.place {
            problem.message += &format!("; it begins at byte {offset} of {file}");
        }
    }
    problems.extend(loaded.ahead.as_ref().map(|ahead| Problem::new(ahead.code(), None, ahead.to_string())));
    problems.extend(loaded.torn_note().map(|note| Problem::new("torn", loaded.torn.map(|torn| torn.seq), note)));
    let notes = loaded.snapshot.map(|seq| match loaded.ahead {
        Some(_) => format!("the check begins with the snapshot of record {seq}"),
        None => format!("records up to {seq} were removed; the check begins with its snapshot"),
    });
    let mut notes: Vec<String> = notes.into_iter().collect();
    let mut snapshots = Vec::new();
    if let Some(looked) = loaded.looked.take().filter(|_| loaded.problem.is_none()) {
        let unused =
            check_snapshots(looked, &loaded, &mut snapshots, &mut problems).map_err(|error| Fail::file(path, error))?;
        notes.extend(unused);
    }
    let records = loaded.counts.records.values().sum();
    let sound = problems.is_empty();
    let text = match options.json {
        true => output::json(&Json {
            sound,
            records,
            first: loaded.counts.first,
            last: loaded.counts.last,
            from: loaded.counts.first.and(Some(loaded.counts.from)),
            to: loaded.counts.first.and(Some(loaded.counts.to)),
            digest: loaded.digest.map(|digest| format!("{digest:016x}")),
            snapshots: &snapshots,
            problems: &problems,
            repetition: &loaded.repetition,
        }),
        false => table(&loaded, records, &snapshots, &problems),
    };
    Ok(Answer { text, notes, no: !sound })
}

fn table(loaded: &Loaded, records: u64, snapshots: &[Seq], problems: &[Problem]) -> String {
    let mut table = Table::default();
    table.line("sound", if problems.is_empty() { "yes" } else { "no" });
    match loaded.counts.first {
        // The last one and its time, because nothing tells of records that are missing after it.
        Some(first) => {
            let Counts { last, to, .. } = &loaded.counts;
            table.line("records", format!("{records}, from {first} to {last}, the last of {}", clock(*to)));
        }
        None => table.line("records", "none"),
    }
    if !snapshots.is_empty() {
        let seqs: Vec<String> = snapshots.iter().map(Seq::to_string).collect();
        table.line("snapshots", seqs.join(", "));
    }
    if let Some(digest) = loaded.digest {
        table.line("digest", format!("{digest:016x}"));
    }
    for problem in problems {
        table.line("problem", &problem.message);
    }
    for rate in &loaded.repetition {
        table.line("repetition", rate.to_string());
    }
    table.to_string()
}

/// It is no journal, or not one that this version can judge.
fn is_unreadable(problem: &RestoreError) -> bool {
    matches!(
        problem,
        RestoreError::NotAJournal { .. } | RestoreError::Newer { .. } | RestoreError::UnknownBehaviour { .. }
    )
}

/// Each snapshot, with the records after it, must lead to where all records lead. Notes of those that lead nowhere: where the
/// records were moved away to go on from the newest, nothing is left to compare an older one with.
fn check_snapshots(
    looked: Looked,
    loaded: &Loaded,
    snapshots: &mut Vec<Seq>,
    problems: &mut Vec<Problem>,
) -> io::Result<Vec<String>> {
    let Looked { mut journal, snapshots: found } = looked;
    let mut unused = Vec::new();
    for (seq, bytes) in found {
        let bytes = bytes?;
        if ends_before(&journal, seq).is_some() {
            snapshots.push(seq);
            continue;
        }
        if loaded.snapshot.is_some_and(|start| seq < start) && !journal.goes_on_from(seq) {
            snapshots.push(seq);
            unused.push(format!("the records after the snapshot of record {seq} are not here, so it is of no use"));
            continue;
        }
        let mut records = Vec::new();
        match journal.read(seq).and_then(|mut reader| reader.read_to_end(&mut records)) {
            // A running bot has removed both the snapshot and the records behind it.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            read => read?,
        };
        snapshots.push(seq);
        let restored = Broker::restore(Some(&bytes), Keys::none()).and_then(|mut restorer| {
            restorer.push(&records)?;
            restorer.finish()
        });
        match restored {
            Ok((broker, _)) if Some(broker.view().digest()) == loaded.digest => {}
            Ok(_) => {
                let what = "leads to another state than the records; remove it, the records decide";
                problems.push(Problem::new("snapshot", Some(seq), format!("the snapshot of record {seq} {what}")));
            }
            Err(error) => {
                let message = format!("the snapshot of record {seq}: {error}");
                problems.push(Problem::new(error.code(), Some(seq), message));
            }
        }
    }
    Ok(unused)
}

/// Where a record begins, behind the last whole one before it.
fn place(path: &Path, seq: Seq) -> Option<Place> {
    let file = if path.is_dir() { load::look(path).ok()?.journal.segment_with(seq)? } else { path.to_path_buf() };
    let bytes = fs::read(&file).ok()?;
    let mut scan = Scan::new();
    scan.push(&bytes);
    let whole = loop {
        match scan.next_record() {
            Ok(Some(record)) if record.head.seq < seq => {}
            Ok(Some(record)) => break record.bytes.len(),
            _ => break 0,
        }
    };
    let left = whole + scan.torn().map_or(0, |torn| torn.bytes);
    Some(Place { file: file.display().to_string(), offset: (bytes.len() - left) as u64 })
}

impl Problem {
    fn new(code: &'static str, seq: Option<Seq>, message: String) -> Self {
        Self { code, seq, place: None, message }
    }
}

impl From<&RestoreError> for Problem {
    fn from(error: &RestoreError) -> Self {
        let seq = match error {
            RestoreError::Corrupt { seq, .. }
            | RestoreError::Undecodable { seq, .. }
            | RestoreError::Diverged { seq } => Some(*seq),
            RestoreError::Gap { expected, .. } => Some(*expected),
            RestoreError::NoGenesis => Some(Seq(1)),
            _ => None,
        };
        Self::new(error.code(), seq, error.to_string())
    }
}
