//! Plays every story under every guard, and prints the table.
//!
//! What is said of families is said of those families: instances of one are not independent evidence about a situation
//! that nobody has thought of. So the table counts both, stories and families.

use std::{collections::BTreeMap, env, fs, iter, mem};

use serde_json::{Value, json};

use super::{
    broker::Reynolds,
    families::{self, Family},
    file::File,
    guards::{Guard, baselines},
    merge::{Pair, merged},
    player::{Ending, play},
    register::{self, Score},
    trace::{Label, Trace},
};

/// Rounds of families: the name, and what is in it.
fn rounds() -> Vec<(&'static str, Vec<&'static Family>)> {
    iter::once(("development", families::families())).chain(families::rounds()).collect()
}

/// How one family fared under one guard.
#[derive(Debug, Clone, Default)]
struct Row {
    looping: bool,
    group: String,
    endings: Vec<Ending>,
}

impl Row {
    fn count(&self, test: impl Fn(&Ending) -> bool) -> usize {
        self.endings.iter().filter(|ending| test(ending)).count()
    }

    fn mean(&self, value: impl Fn(&Ending) -> u32) -> f64 {
        self.endings.iter().map(|ending| f64::from(value(ending))).sum::<f64>() / self.endings.len().max(1) as f64
    }

    fn actions(&self) -> Vec<u32> {
        let stopped = self.endings.iter().filter(|ending| ending.stopped);
        let mut actions: Vec<u32> = stopped.map(|ending| ending.performed).collect();
        actions.sort_unstable();
        actions
    }

    fn first(&self) -> &str {
        let wrong = |ending: &&Ending| if self.looping { ending.stopped } else { ending.false_stop };
        self.endings.iter().find(wrong).map_or("", |ending| &ending.why)
    }

    fn json(&self) -> Value {
        let actions = self.actions();
        json!({
            "label": if self.looping { "loop" } else { "legit" },
            "n": self.endings.len(),
            "stopped": self.count(|ending| ending.stopped),
            "false_stops": self.count(|ending| ending.false_stop),
            "held": self.count(|ending| ending.holds > 0),
            "actions_p50": quantile(&actions, 50),
            "actions_p99": quantile(&actions, 99),
            "mean_actions": self.mean(|ending| ending.performed),
        })
    }
}

fn quantile(sorted: &[u32], percent: usize) -> Option<u32> {
    let at = (percent * sorted.len() / 100).min(sorted.len().checked_sub(1)?);
    sorted.get(at).copied()
}

/// Families by name, for one guard.
type Table = BTreeMap<String, Row>;

fn add(table: &mut Table, story: &Trace, ending: Ending) {
    let row = table.entry(story.family.clone()).or_default();
    (row.looping, row.group) = (story.label == Label::Loop, story.group.clone());
    row.endings.push(ending);
}

/// The upper end of the exact interval of Clopper and Pearson (1934) for `k` of `n`, at 95 % on this side. For families only: stories of
/// one are like each other, and many of them are no more evidence than a few.
pub(super) fn bound(k: usize, n: usize) -> f64 {
    if k == n {
        return 1.0;
    }
    // P(X <= k), as a sum of logarithms.
    let tail = |p: f64| {
        let (mut choose, mut sum) = (0.0, 0.0);
        for i in 0..=k {
            sum += (choose + i as f64 * p.ln() + (n - i) as f64 * (1.0 - p).ln()).exp();
            choose += ((n - i) as f64 / (i + 1) as f64).ln();
        }
        sum
    };
    let (mut low, mut high) = (1e-12, 1.0 - 1e-12);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if tail(middle) > 0.05 { low = middle } else { high = middle }
    }
    low
}

fn print_family(name: &str, row: &Row) {
    let (n, actions) = (row.endings.len() as f64, row.actions());
    let share = |test: fn(&Ending) -> bool| 100.0 * row.count(test) as f64 / n;
    let q = |percent| quantile(&actions, percent).map_or("-".into(), |value| value.to_string());
    let held = row.count(|ending| ending.holds > 0).max(1) as u64;
    let delay = row.endings.iter().map(|ending| ending.held_ms).sum::<u64>() / held / 1000;
    println!(
        "{:8} {name:38} {:4.0}% {:5.0}% {:5.0}% {delay:8} {:>4} {:>4} {:>4} {:>4} {:6.1} {:5.0}%  {:.70}",
        if row.looping { "loop" } else { row.group.as_str() },
        share(|ending| ending.stopped),
        share(|ending| ending.false_stop),
        share(|ending| ending.holds > 0),
        q(50),
        q(90),
        q(99),
        q(100),
        row.mean(|ending| ending.performed),
        100.0 * row.mean(|ending| ending.performed) / row.mean(|ending| ending.redundant).max(1.0),
        row.first(),
    );
}

/// Sums of a table over families of a kind.
struct Totals {
    stories: usize,
    families: usize,
    stopped: usize,
    all: usize,
    none: usize,
    wrong: usize,
    wrong_families: usize,
    outright: usize,
    held: usize,
    performed: u64,
    redundant: u64,
    actions: Vec<u32>,
}

fn totals(table: &Table, wanted: impl Fn(&Row) -> bool) -> Totals {
    let rows: Vec<&Row> = table.values().filter(|row| wanted(row)).collect();
    let sum = |test: fn(&Ending) -> bool| rows.iter().map(|row| row.count(test)).sum();
    let total = |value: fn(&Ending) -> u32| rows.iter().flat_map(|r| &r.endings).map(|e| u64::from(value(e))).sum();
    let mut actions: Vec<u32> = rows.iter().flat_map(|row| row.actions()).collect();
    actions.sort_unstable();
    Totals {
        stories: rows.iter().map(|row| row.endings.len()).sum(),
        families: rows.len(),
        stopped: sum(|ending| ending.stopped),
        all: rows.iter().filter(|row| row.count(|ending| ending.stopped) == row.endings.len()).count(),
        none: rows.iter().filter(|row| row.count(|ending| ending.stopped) == 0).count(),
        wrong: sum(|ending| ending.false_stop),
        wrong_families: rows.iter().filter(|row| row.count(|ending| ending.false_stop) > 0).count(),
        outright: sum(|ending| ending.false_stop && !ending.held_first),
        held: sum(|ending| ending.holds > 0),
        performed: total(|ending| ending.performed),
        redundant: total(|ending| ending.redundant),
        actions,
    }
}

fn percent(k: usize, n: usize) -> f64 {
    100.0 * k as f64 / n.max(1) as f64
}

/// One line per guard: loops, and what is wrongly stopped of declared and of careless hosts.
fn print_guard(name: &str, table: &Table) {
    let (loops, declared, careless) = (
        totals(table, |row| row.looping),
        totals(table, |row| !row.looping && row.group != "careless"),
        totals(table, |row| !row.looping && row.group == "careless"),
    );
    let q = |percent| quantile(&loops.actions, percent).map_or("-".into(), |value| value.to_string());
    println!(
        "{name:22} {:6.2}% {:4} / {:3} {:>4}/{:>3}/{:>3}/{:>4} {:7.1} {:5.0}% | {:6.2}% in {:2} of {:3} families, <= {:5.2}% of them; held {:5.1}% | {:6.1}% ({:5.1}% outright)",
        percent(loops.stopped, loops.stories),
        loops.all,
        loops.none,
        q(50),
        q(90),
        q(99),
        q(100),
        loops.performed as f64 / loops.stories.max(1) as f64,
        100.0 * loops.performed as f64 / loops.redundant.max(1) as f64,
        percent(declared.wrong, declared.stories),
        declared.wrong_families,
        declared.families,
        100.0 * bound(declared.wrong_families, declared.families.max(1)),
        percent(declared.held, declared.stories),
        percent(careless.wrong, careless.stories),
        percent(careless.outright, careless.stories),
    );
}

/// Loops and legitimate stories apart by how most of what we brought about comes back: linked for certain, or not at all.
fn print_links(name: &str, table: &Table) {
    for (words, linked) in [("definite", true), ("inferred", false)] {
        let of = |looping: bool| {
            let rows = table.values().filter(move |row| row.looping == looping && (looping || row.group != "careless"));
            rows.flat_map(|row| &row.endings).filter(move |ending| ending.linked == linked).collect::<Vec<_>>()
        };
        let (loops, legit) = (of(true), of(false));
        let count = |list: &[&Ending], test: fn(&Ending) -> bool| list.iter().filter(|ending| test(ending)).count();
        let sum = |value: fn(&Ending) -> u32| loops.iter().map(|ending| u64::from(value(ending))).sum::<u64>();
        let mut actions: Vec<u32> = loops.iter().filter(|e| e.stopped).map(|ending| ending.performed).collect();
        actions.sort_unstable();
        let q = |percent| quantile(&actions, percent).map_or("-".into(), |value| value.to_string());
        let stopped = count(&loops, |ending| ending.stopped);
        let wrong = count(&legit, |ending| ending.false_stop);
        println!(
            "{name:22} {words:8} {stopped:5} of {:5} loops {:6.2}% {:>4}/{:>3}/{:>3}/{:>4} {:7.1} {:5.0}% | {wrong:3} of {:5} declared; held {:5.1}%",
            loops.len(),
            percent(stopped, loops.len()),
            q(50),
            q(90),
            q(99),
            q(100),
            sum(|ending| ending.performed) as f64 / loops.len().max(1) as f64,
            100.0 * sum(|ending| ending.performed) as f64 / sum(|ending| ending.redundant).max(1) as f64,
            legit.len(),
            percent(count(&legit, |ending| ending.holds > 0), legit.len()),
        );
    }
}

fn print_heading() {
    println!(
        "{:22} {:7} {:10} {:>19} {:>7} {:>6} | {:50} | careless",
        "guard",
        "stopped",
        "all / none",
        "p50/p90/p99/max",
        "mean",
        "share",
        "declared: stopped, families, their upper bound, held"
    );
}

/// Plays stories under the broker, and under the baselines if asked to. `Err` has the first that the broker can not take, by its
/// position, and why.
fn run(stories: &[Trace], against: bool) -> Result<Vec<(String, Table)>, (usize, String)> {
    let mut tables: Vec<(String, Table)> = Vec::new();
    for ((number, story), seed) in stories.iter().enumerate().zip(0..) {
        let mut guards: Vec<Box<dyn Guard>> = vec![Box::new(Reynolds::new(seed))];
        if against {
            guards.extend(baselines());
        }
        let mut linked = false;
        for (at, mut guard) in guards.into_iter().enumerate() {
            if tables.len() == at {
                tables.push((guard.name(), Table::new()));
            }
            let mut ending = play(story, guard.as_mut()).map_err(|why| (number, why))?;
            // How things are linked is a matter of the story; only the broker, which comes first, can tell.
            linked = if at == 0 { ending.linked } else { linked };
            ending.linked = linked;
            if env::var("SHOW").is_ok_and(|what| what == "all" || (what == "false" && ending.false_stop)) {
                println!("{} {ending:?}\n{}", story.id, guard.log());
            }
            add(&mut tables[at].1, story, ending);
        }
    }
    Ok(tables)
}

/// Random pairs of stories on one subject, each a family of its own kind.
fn merges_of(count: u64) -> Vec<Trace> {
    let kinds = [("legitimate + legitimate", Pair::Legit), ("loop + legitimate", Pair::Loop)];
    let one = |(name, pair): (&str, Pair), seed| {
        let trace = merged(pair, seed).trace;
        Trace { id: format!("{} {}", trace.id, trace.family), family: name.to_owned(), ..trace }
    };
    kinds.into_iter().flat_map(|kind| (0..count).map(move |seed| one(kind, seed))).collect()
}

fn stories(families: &[&Family], seeds: u64, only: &str) -> Vec<Trace> {
    let chosen = families.iter().filter(|family| family.name.contains(only));
    chosen.flat_map(|family| (0..seeds).map(|seed| family.trace(seed))).collect()
}

/// What the register keeps of a family.
fn score(round: &str, family: &str, row: &Row) -> Score {
    let share = row.mean(|ending| ending.performed) / row.mean(|ending| ending.redundant).max(1.0);
    Score {
        false_stops: row.count(|ending| ending.false_stop),
        family: family.to_owned(),
        group: row.group.clone(),
        held: row.count(|ending| ending.holds > 0),
        n: row.endings.len(),
        round: round.to_owned(),
        share_performed: (share * 100.0).round() / 100.0,
        stopped: row.count(|ending| ending.stopped),
    }
}

/// A whole number that may be set in the environment.
fn number(name: &str, otherwise: u64) -> Result<u64, String> {
    match env::var(name).unwrap_or_default() {
        text if text.is_empty() => Ok(otherwise),
        text => text.parse().map_err(|_| format!("{name} is not a number: {text}")),
    }
}

/// What is to be played: the stories of each round by its name, and for those of a file where they are.
type Sets = (Vec<(String, Vec<Trace>)>, Option<File>);

fn sets(only: &str) -> Result<Sets, String> {
    let seeds = number("SEEDS", 20)?;
    let merges = number("MERGES", seeds * 25)?;
    if seeds == 0 {
        return Err("SEEDS is 0: there is nothing to play".into());
    }
    let path = env::var("TRACES").unwrap_or_default();
    if !path.is_empty() {
        let mut file = File::read(&path)?;
        let stories = mem::take(&mut file.stories);
        return Ok((vec![(path, stories)], Some(file)));
    }
    let told = rounds().into_iter().map(|(name, families)| (name.to_owned(), stories(&families, seeds, only)));
    let merges = (only.is_empty() && merges > 0).then(|| ("random merges".to_owned(), merges_of(merges)));
    let sets: Vec<_> = told.chain(merges).filter(|(_, stories)| !stories.is_empty()).collect();
    if sets.is_empty() {
        return Err(format!("ONLY={only}: no family's name has that in it"));
    }
    Ok((sets, None))
}

/// The program behind `make bench-loops`.
///
/// # Errors
/// What is asked can not be done, or a story is none.
pub fn main() -> Result<(), String> {
    let set = |name: &str| env::var(name).unwrap_or_default();
    let only = set("ONLY");
    let (all, quick) = (!set("ALL").is_empty() || !only.is_empty(), !set("QUICK").is_empty());
    let (sets, file) = sets(&only)?;
    let mut json = BTreeMap::new();
    for (name, stories) in sets {
        let tables = run(&stories, !quick).map_err(|(story, why)| {
            let place = file.as_ref().map_or_else(|| stories[story].id.clone(), |file| file.place(story));
            format!("{place}: {why}")
        })?;
        println!("\n{name}: {} stories\n", stories.len());
        if !set("REGISTER").is_empty() {
            register::write(tables[0].1.iter().map(|(family, row)| score(&name, family, row)));
        }
        print_tables(&tables, all);
        json.extend(tables.into_iter().next().into_iter().flat_map(|(_, table)| table));
    }
    if file.is_none() && only.is_empty() {
        register::print();
    }
    if let Ok(path) = env::var("JSON") {
        write(&path, &json);
    }
    Ok(())
}

/// The families of which there is something to tell, or all of them, and the guards beside each other.
fn print_tables(tables: &[(String, Table)], all: bool) {
    println!("{:8} {:38} stop  false  held  delay/s  p50  p90  p99  max   mean share", "", "family");
    for (family, row) in &tables[0].1 {
        let short = if row.looping {
            row.count(|e| e.stopped) < row.endings.len() || row.mean(|e| e.performed) > 0.25 * row.mean(|e| e.redundant)
        } else {
            row.count(|ending| ending.false_stop || ending.holds > 0) > 0
        };
        if all || short {
            print_family(family, row);
        }
    }
    println!();
    print_heading();
    for (guard, table) in tables {
        print_guard(guard, table);
    }
    println!(
        "\nby how most of what we brought about comes back: by a token, a receipt, a reply or an own account, or without any"
    );
    for (guard, table) in tables {
        print_links(guard, table);
    }
}

/// Writes how the families fared under the broker, and in all.
fn write(path: &str, json: &Table) {
    let families: BTreeMap<&String, Value> = json.iter().map(|(name, row)| (name, row.json())).collect();
    let (loops, legit) = (totals(json, |row| row.looping), totals(json, |row| !row.looping));
    let by_link = |linked: bool| {
        let endings = json.values().flat_map(|row| row.endings.iter().map(move |ending| (row.looping, ending)));
        let of: Vec<_> = endings.filter(|(_, ending)| ending.linked == linked).collect();
        let count = |test: fn(&(bool, &Ending)) -> bool| of.iter().filter(|one| test(one)).count();
        json!({
            "loops": count(|(looping, _)| *looping), "stopped": count(|(_, ending)| ending.stopped),
            "legit": count(|(looping, _)| !looping),
            "false_stops": count(|(looping, ending)| !looping && ending.false_stop),
        })
    };
    let (definite, inferred) = (by_link(true), by_link(false));
    let totals = json!({
        "definite": definite, "inferred": inferred,
        "loops": loops.stories, "stopped": loops.stopped, "legit": legit.stories, "false_stops": legit.wrong,
        "held": legit.held, "performed": loops.performed, "redundant": loops.redundant,
    });
    let text = serde_json::to_string_pretty(&json!({ "families": families, "totals": totals })).expect("JSON");
    fs::write(path, text).unwrap_or_else(|error| panic!("can not write {path}: {error}"));
}
