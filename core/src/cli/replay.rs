//! `replay JOURNAL`: what happened, in numbers.

use std::{collections::BTreeMap, fs, path::Path};

use crate::{
    ChainId, Seq, Timestamp,
    draw::{Page, Stop, Summary, clock},
};
use serde::Serialize;

use super::{
    args,
    load::{self, Loaded},
    output::{self, Answer, Fail, Table},
};

/// Chains and stops listed in the text. `--json` has all of them.
const LISTED: usize = 20;

/// `--json`.
#[derive(Serialize)]
pub struct Json {
    broker: String,
    first: Option<Seq>,
    last: Seq,
    from: Timestamp,
    to: Timestamp,
    records: BTreeMap<&'static str, u64>,
    verdicts: BTreeMap<&'static str, u64>,
    reasons: BTreeMap<&'static str, u64>,
    open_effects: Option<usize>,
    digest: Option<String>,
    /// What is wrong with the journal.
    problem: Option<String>,
    chains: Vec<Summary>,
    stops: Vec<Stopped>,
}

/// A stop and the chain it is in.
#[derive(Serialize)]
pub struct Stopped {
    chain: ChainId,
    #[serde(flatten)]
    stop: Stop,
}

pub fn run(options: &args::Replay) -> Result<Answer, Fail> {
    let path = &options.journal;
    let loaded = load::load(path, None)?.or_fail(path)?;
    let mut notes = loaded.notes();
    if let Some(out) = &options.html {
        notes.push(write_page(&loaded, &Page::new(&format!("Journal of {}", loaded.counts.broker)), out)?);
    }
    let text = match options.json {
        true => output::json(&json(&loaded)),
        false => text(&loaded),
    };
    Ok(Answer { text, notes, no: loaded.problem.is_some() })
}

/// Writes the page of a whole story, and says so.
pub fn write_page(loaded: &Loaded, page: &Page, out: &Path) -> Result<String, Fail> {
    output::may_replace(out, b"<!doctype", "a page")?;
    fs::write(out, loaded.story.html(page)).map_err(|error| Fail::file(out, error))?;
    Ok(format!("the drawing is in {}", out.display()))
}

pub fn json(loaded: &Loaded) -> Json {
    let counts = loaded.counts.clone();
    Json {
        broker: counts.broker,
        first: counts.first,
        last: counts.last,
        from: counts.from,
        to: counts.to,
        records: counts.records,
        verdicts: counts.verdicts,
        reasons: counts.reasons,
        open_effects: loaded.open,
        digest: loaded.digest.map(|digest| format!("{digest:016x}")),
        problem: loaded.problem.as_ref().map(ToString::to_string),
        chains: loaded.story.chains().filter_map(|chain| loaded.story.summary(chain.id)).collect(),
        stops: stops(loaded),
    }
}

pub fn stops(loaded: &Loaded) -> Vec<Stopped> {
    let of = |chain: ChainId| loaded.story.stops(chain).into_iter().map(move |stop| Stopped { chain, stop });
    loaded.story.chains().flat_map(|chain| of(chain.id)).collect()
}

fn text(loaded: &Loaded) -> String {
    let counts = &loaded.counts;
    let mut table = Table::default();
    table.line("broker", &counts.broker);
    table.line("time", format!("{} to {}", clock(counts.from), clock(counts.to)));
    let records: u64 = counts.records.values().sum();
    table.line("records", format!("{records}, from {} to {}", counts.first.unwrap_or_default(), counts.last));
    for (name, count) in &counts.records {
        table.line(&format!("  {name}"), count);
    }
    table.line("verdicts", counts.verdicts.values().sum::<u64>());
    for (name, count) in &counts.verdicts {
        table.line(&format!("  {name}"), count);
    }
    table.line("chains", loaded.story.chains().count());
    if let Some(open) = loaded.open {
        table.line("open effects", open);
    }
    if let Some(digest) = loaded.digest {
        table.line("state digest", format!("{digest:016x}"));
    }
    format!("{table}{}{}", chains(loaded), stopped(stops(loaded)))
}

fn chains(loaded: &Loaded) -> String {
    let mut summaries: Vec<Summary> =
        loaded.story.chains().filter_map(|chain| loaded.story.summary(chain.id)).collect();
    if summaries.is_empty() {
        return String::new();
    }
    let all = summaries.len();
    summaries.sort_by_key(|summary| std::cmp::Reverse((summary.stops > 0, summary.events + summary.effects)));
    summaries.truncate(LISTED);
    let mut out = String::from("\nChains\n");
    for summary in &summaries {
        let Summary { chain, events, effects, hops, root, .. } = summary;
        let counted =
            [(*events, "event"), (*effects, "effect"), (usize::from(*hops), "hop")].map(output::count).join(", ");
        out.push_str(&format!("  {chain:>6}  {root}\n          {counted}\n"));
    }
    if all > LISTED {
        out.push_str(&format!("  and {} more; --json lists all of them\n", all - LISTED));
    }
    out
}

/// What was stopped, and what left and would have been, chain by chain.
pub fn stopped(stops: Vec<Stopped>) -> String {
    let (stopped, would): (Vec<_>, Vec<_>) = stops.into_iter().partition(|stopped| stopped.stop.enforced);
    listed("Stopped", &stopped) + &listed("Would have been stopped", &would)
}

fn listed(title: &str, stops: &[Stopped]) -> String {
    let mut chains: BTreeMap<ChainId, Vec<&Stop>> = BTreeMap::new();
    stops.iter().for_each(|stopped| chains.entry(stopped.chain).or_default().push(&stopped.stop));
    if chains.is_empty() {
        return String::new();
    }
    let mut out = format!("\n{title}\n");
    for (chain, stops) in chains.iter().take(LISTED) {
        let Some(first) = stops.first() else { continue };
        let Stop { effect, at, what, reason, denial, .. } = first;
        let at = clock(*at);
        out.push_str(&format!("  chain {chain}, hop {}, {at}: {what} ({effect})\n    {reason}\n", denial.hop));
        if stops.len() > 1 {
            out.push_str(&format!("    and {} more in this chain\n", stops.len() - 1));
        }
    }
    if chains.len() > LISTED {
        out.push_str(&format!("  and {} more chains; --json lists all of them\n", chains.len() - LISTED));
    }
    out
}
