//! What work and agents must reach: draining graphs, makespans, decisions, and who gets a task. Every figure stands beside a
//! baseline of the same run.
//!
//! Words after `--` pick sections, `QUICK=1` is a short run, `JSON=path` writes the rows there, and `DAGS=dir` adds the graphs
//! of a folder.

mod bound;
mod dags;
mod decision;
mod drain;
mod folder;
mod kahn;
mod makespan;
mod quality;
mod random;
mod schedule;
mod select;
mod shapes;
mod simulator;

use std::{env, time::Duration};

use cpu_time::ThreadTime;

use crate::report::{self, Row, median};

/// What a section may ask of the run.
#[derive(Clone, Copy)]
struct Run<'a> {
    quick: bool,
    /// Those of `DAGS`.
    dags: &'a [folder::Dag],
    /// Bytes that are allocated and not freed.
    live_bytes: fn() -> usize,
}

impl Run<'_> {
    /// The first in a full run, the second in a short one.
    fn size<T>(&self, full: T, quick: T) -> T {
        if self.quick { quick } else { full }
    }
}

type Section = (&'static str, &'static str, fn(Run<'_>) -> Vec<Row>);

const SECTIONS: [Section; 7] = [
    ("drain", "Build and drain 1 M tasks, beside a minimal CSR Kahn", drain::rows),
    ("makespan", "Makespan over lower bound, identical agents, 2 to 32", makespan::even_rows),
    ("uneven", "Makespan over lower bound, agents of speed 4:2:1:1", makespan::uneven_rows),
    ("decision", "Orchestrate or do it directly", decision::rows),
    ("select", "Select, lease and complete", select::rows),
    ("quality", "Who gets a task: 40 agents, 0 to 30 % of them flapping", quality::rows),
    ("dags", "The graphs of DAGS, identical agents", folder::rows),
];

/// Measures and prints. `live_bytes` says how many bytes are allocated and not freed.
///
/// # Errors
/// If there is no such section, a graph of `DAGS` is none, or the file that `JSON` names can not be written.
pub fn main(live_bytes: fn() -> usize) -> Result<(), String> {
    let wanted: Vec<String> = env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    let names = SECTIONS.map(|(name, ..)| name);
    if let Some(unknown) = wanted.iter().find(|one| !names.contains(&one.as_str())) {
        return Err(format!("there is no section {unknown}: {}", names.join(", ")));
    }
    // First of all, because the rest takes minutes.
    let dags = match env::var_os("DAGS").filter(|folder| !folder.is_empty()) {
        Some(folder) => folder::read_all(folder.as_ref())?,
        None if wanted.iter().any(|one| one == "dags") => return Err("the section dags needs DAGS=folder".into()),
        None => Vec::new(),
    };
    let run = Run { quick: env::var_os("QUICK").is_some(), dags: &dags, live_bytes };
    println!("Times are CPU time of the measuring thread, medians of rounds taken in turns.");
    let mut all = Vec::new();
    for (name, title, rows) in SECTIONS {
        if !wanted.is_empty() && !wanted.iter().any(|one| one == name) {
            continue;
        }
        let rows = rows(run);
        if !rows.is_empty() {
            report::print(title, &rows);
            all.extend(rows);
        }
    }
    report::write_json(&all).map_err(|error| format!("JSON: {error}"))
}

/// CPU time of one call, and what it gave.
fn timed<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    let start = ThreadTime::now();
    let given = work();
    (start.elapsed(), given)
}

/// Nanoseconds per one of `count`.
fn nanoseconds(took: Duration, count: f64) -> f64 {
    took.as_secs_f64() * 1e9 / count
}

/// Runs all in turns, and gives the median of each.
fn in_turns<const N: usize>(rounds: usize, mut once: [&mut dyn FnMut() -> f64; N]) -> [f64; N] {
    let mut taken = [const { Vec::new() }; N];
    for _ in 0..rounds {
        for (taken, once) in taken.iter_mut().zip(&mut once) {
            taken.push(once());
        }
    }
    taken.map(median)
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

/// The value below which this share of them is.
fn quantile(values: &[f64], permille: usize) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let rank = (sorted.len() * permille).div_ceil(1000).clamp(1, sorted.len().max(1));
    sorted.get(rank - 1).copied().unwrap_or(f64::NAN)
}

/// A position as the number of a task.
fn number(position: usize) -> u32 {
    u32::try_from(position).expect("fewer than 2^32")
}
