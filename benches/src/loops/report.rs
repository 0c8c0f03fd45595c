//! Plays every story under every guard, and prints the table.

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead, BufReader},
};

use super::{
    broker::Reynolds,
    player::{Ending, play},
    trace::{Label, Trace},
};

/// Reads stories, one per line.
fn read(path: &str) -> Vec<Trace> {
    let file = fs::File::open(path).unwrap_or_else(|error| panic!("can not open {path}: {error}"));
    let lines = BufReader::new(file).lines().map(|line| line.expect("text"));
    lines
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(n, line)| serde_json::from_str(&line).unwrap_or_else(|e| panic!("{path}:{}: {e}", n + 1)))
        .collect()
}

/// Temporary: one line per family.
pub fn main() {
    let path = std::env::var("TRACES").expect("TRACES=file.jsonl");
    let only = std::env::var("ONLY").unwrap_or_default();
    let mut families: BTreeMap<(bool, String), Vec<Ending>> = BTreeMap::new();
    for (n, story) in read(&path).into_iter().enumerate() {
        if !story.family.contains(&only) {
            continue;
        }
        let mut guard = Reynolds::new(n as u64);
        let ending = play(&story, &mut guard);
        if std::env::var("SHOW").is_ok() {
            println!("{} {:?}", story.id, ending);
            if std::env::var("VERDICTS").is_ok() {
                println!("{}", guard.verdicts);
            }
        }
        families.entry((story.label == Label::Loop, story.family.clone())).or_default().push(ending);
    }
    let mut sums = [[0_f64; 8]; 2];
    for ((label, family), endings) in &families {
        let n = endings.len() as f64;
        let share = |test: &dyn Fn(&Ending) -> bool| endings.iter().filter(|e| test(e)).count() as f64;
        let (stopped, wrong, held) = (share(&|e| e.stopped), share(&|e| e.false_stop), share(&|e| e.holds > 0));
        let performed: f64 = endings.iter().map(|e| f64::from(e.performed)).sum();
        let redundant: f64 = endings.iter().map(|e| f64::from(e.redundant)).sum();
        let why = endings
            .iter()
            .find(|e| if *label { e.denied.is_some() } else { e.false_stop })
            .map_or("", |e| e.why.as_str());
        let interesting = if *label { stopped < n || performed / n > 12.0 } else { wrong > 0.0 || held > 0.0 };
        if interesting || std::env::var("ALL").is_ok() {
            println!(
                "{} {family:32} stopped {:3.0}% false {:3.0}% held {:3.0}% actions {:5.1} of {:5.1}  {:.60}",
                if *label { "loop " } else { "legit" },
                100.0 * stopped / n,
                100.0 * wrong / n,
                100.0 * held / n,
                performed / n,
                redundant / n,
                why
            );
        }
        let sum = &mut sums[usize::from(*label)];
        for (sum, value) in
            sum.iter_mut().zip([n, stopped, wrong, held, performed, redundant, f64::from(u8::from(wrong > 0.0)), 1.0])
        {
            *sum += value;
        }
    }
    for (label, s) in ["legit", "loop"].iter().zip(sums) {
        println!(
            "{label}: {} stories, {} families; stopped {:.1}%, false {:.2}% in {} families, held {:.1}%, actions {:.1}, share {:.0}%",
            s[0],
            s[7],
            100.0 * s[1] / s[0],
            100.0 * s[2] / s[0],
            s[6],
            100.0 * s[3] / s[0],
            s[4] / s[0],
            100.0 * s[4] / s[5].max(1.0)
        );
    }
}
