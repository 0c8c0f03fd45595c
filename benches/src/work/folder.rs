//! The graphs of a folder: one JSON file each, `{"tasks":[{"id","ms","needs":[..]}]}`.

use std::{
    collections::HashMap,
    fs, io,
    path::{Path, PathBuf},
};

use reynolds::work::{Graph, GraphLimits};
use serde::Deserialize;

use super::{
    Run,
    bound::Bound,
    makespan::{AGENTS, ours},
    mean, number, quantile, schedule,
};
use crate::report::{Goal, Row};

#[derive(Deserialize)]
struct File {
    tasks: Vec<Task>,
}

#[derive(Deserialize)]
struct Task {
    id: serde_json::Value,
    ms: f64,
    #[serde(default)]
    needs: Vec<serde_json::Value>,
}

/// Thirty years; schedules count in millionths of it.
const MOST_MS: f64 = 1e12;

/// The graph and its durations, or what is wrong with the file.
fn read(path: &Path) -> Result<(Graph, Vec<u64>), String> {
    let bytes = fs::read(path).map_err(|error| error.to_string())?;
    let file: File = serde_json::from_slice(&bytes).map_err(|error| error.to_string())?;
    if file.tasks.is_empty() {
        return Err("it has no tasks".into());
    }
    let mut numbers = HashMap::new();
    let mut sum = 0.0;
    for (position, task) in file.tasks.iter().enumerate() {
        if numbers.insert(task.id.to_string(), number(position)).is_some() {
            return Err(format!("two tasks are called {}", task.id));
        }
        if !task.ms.is_finite() || task.ms < 0.0 {
            return Err(format!("task {} takes {} ms", task.id, task.ms));
        }
        sum += task.ms;
    }
    if sum > MOST_MS {
        return Err(format!("its tasks take {sum:e} ms in all, and more than {MOST_MS:e} are not counted exactly"));
    }
    let mut edges = Vec::new();
    for (position, task) in file.tasks.iter().enumerate() {
        for need in &task.needs {
            let need = numbers.get(&need.to_string()).ok_or(format!("{} needs {need}, which is missing", task.id))?;
            edges.push((*need, number(position)));
        }
    }
    let graph = Graph::build_within(&GraphLimits::default(), number(file.tasks.len()), &edges);
    let ms = file.tasks.iter().map(|task| if task.ms < 0.5 { 0 } else { super::random::to_ms(task.ms) });
    Ok((graph.map_err(|error| error.to_string())?, ms.collect()))
}

/// A graph of the folder.
pub struct Dag {
    name: String,
    graph: Graph,
    ms: Vec<u64>,
}

/// The graphs of a folder, in the order of their names. One that is none is an error: a figure over half of the files would be
/// another one.
pub fn read_all(folder: &Path) -> Result<Vec<Dag>, String> {
    let failed = |error: io::Error| format!("{}: {error}", folder.display());
    let entries: Result<Vec<_>, _> = fs::read_dir(folder).map_err(failed)?.collect();
    let mut paths: Vec<_> = entries.map_err(failed)?.into_iter().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "json"));
    paths.sort();
    if paths.is_empty() {
        return Err(format!("{} has no .json files", folder.display()));
    }
    let dag = |path: &PathBuf| {
        let (graph, ms) = read(path).map_err(|why| format!("{}: {why}", path.display()))?;
        Ok(Dag { name: path.file_stem().unwrap_or_default().to_string_lossy().into_owned(), graph, ms })
    };
    paths.iter().map(dag).collect()
}

pub fn rows(run: Run<'_>) -> Vec<Row> {
    if run.dags.is_empty() {
        return Vec::new();
    }
    let mut rows = Vec::new();
    let [mut all, mut in_turn, mut by_level] = [const { Vec::new() }; 3];
    for Dag { name, graph, ms } in run.dags {
        let bound = Bound::of(graph, ms);
        for count in AGENTS {
            let speeds = vec![1; count];
            let lower = bound.lower_ms(&speeds);
            let over = |makespan: f64| if lower > 0.0 { makespan / lower } else { 1.0 };
            let ratio = over(ours(graph, ms, Some(ms), &speeds));
            let fifo = over(schedule::list(graph, ms, None, &speeds));
            all.push(ratio);
            in_turn.push(fifo);
            by_level.push(over(schedule::level_barriers(graph, ms, &speeds)));
            let row = Row::new(format!("{name}, {} tasks, {count} agents", graph.len()), ratio, "x bound");
            rows.push(row.against("first in, first out", fifo));
        }
    }
    let row = |what: &str, value, base, goal| {
        Row::new(format!("{} graphs: {what}", run.dags.len()), value, "x bound")
            .against("first in, first out", base)
            .goal(goal)
    };
    rows.push(row("mean", mean(&all), mean(&in_turn), Goal::AtMost(1.01)));
    rows.push(row("p90", quantile(&all, 900), quantile(&in_turn, 900), Goal::AtMost(1.025)));
    rows.push(row("worst", quantile(&all, 1000), quantile(&in_turn, 1000), Goal::Shown));
    rows.push(row("level barriers, mean", mean(&by_level), mean(&in_turn), Goal::Shown));
    rows
}
