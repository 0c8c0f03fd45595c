//! Rows of the table that a bench target prints, and of the JSON file it writes.

use std::{env, fs, io, path::Path};

use serde::Serialize;

/// What a figure must reach.
#[derive(Debug, Clone, Copy)]
pub enum Goal {
    /// Nothing is asked of it.
    Shown,
    /// The value must be at least this.
    AtLeast(f64),
    /// The value must be at most this.
    AtMost(f64),
    /// The ratio to the baseline must be at least this.
    RatioAtLeast(f64),
    /// The ratio to the baseline must be at most this.
    RatioAtMost(f64),
}

/// One figure.
#[derive(Debug, Clone)]
pub struct Row {
    /// What was measured.
    pub name: String,
    /// How much.
    pub value: f64,
    /// In what.
    pub unit: &'static str,
    /// What the figure is compared with, measured in the same run and in the same unit.
    pub baseline: Option<(&'static str, f64)>,
    /// What it must reach.
    pub goal: Goal,
}

#[derive(Serialize)]
struct Line {
    name: String,
    value: f64,
    unit: &'static str,
    baseline: Option<f64>,
    ratio: Option<f64>,
    goal: Option<String>,
}

impl Goal {
    fn text(self) -> Option<String> {
        Some(match self {
            Self::Shown => return None,
            Self::AtLeast(least) => format!("value >= {}", limit(least)),
            Self::AtMost(most) => format!("value < {}", limit(most)),
            Self::RatioAtLeast(least) => format!("ratio >= {least}"),
            Self::RatioAtMost(most) => format!("ratio <= {most}"),
        })
    }

    fn met(self, value: f64, ratio: Option<f64>) -> Option<bool> {
        match self {
            Self::Shown => None,
            Self::AtLeast(least) => Some(value >= least),
            Self::AtMost(most) => Some(value < most),
            Self::RatioAtLeast(least) => ratio.map(|ratio| ratio >= least),
            Self::RatioAtMost(most) => ratio.map(|ratio| ratio <= most),
        }
    }
}

impl Row {
    /// A figure without a baseline.
    #[must_use]
    pub fn new(name: impl Into<String>, value: f64, unit: &'static str) -> Self {
        Self { name: name.into(), value, unit, baseline: None, goal: Goal::Shown }
    }

    /// Compares it with a baseline.
    #[must_use]
    pub fn against(mut self, name: &'static str, value: f64) -> Self {
        self.baseline = Some((name, value));
        self
    }

    /// Says what it must reach.
    #[must_use]
    pub fn goal(mut self, goal: Goal) -> Self {
        self.goal = goal;
        self
    }

    /// The figure over its baseline.
    #[must_use]
    pub fn ratio(&self) -> Option<f64> {
        self.baseline.map(|(_, baseline)| self.value / baseline)
    }
}

/// Prints rows as a table.
pub fn print(title: &str, rows: &[Row]) {
    let width = rows.iter().map(|row| row.name.len()).max().unwrap_or(0);
    println!("\n{title}");
    for row in rows {
        let Row { name, value, unit, .. } = row;
        let mut line = format!("  {name:width$}  {:>8} {unit:11}", shown(*value, unit));
        if let (Some((name, value)), Some(ratio)) = (row.baseline, row.ratio()) {
            line += &format!("  {ratio:6.2} x {:>8} {name}", shown(value, unit));
        }
        if let (Some(goal), Some(met)) = (row.goal.text(), row.goal.met(row.value, row.ratio())) {
            line += &format!("  [{goal}: {}]", if met { "met" } else { "MISSED" });
        }
        println!("{}", line.trim_end());
    }
}

/// Writes rows to the file that `JSON` names, if it names one. Rows that another bench target wrote there stay; rows of
/// the same name are replaced.
///
/// # Errors
/// If the file can not be written, or holds something else than rows.
pub fn write_json(rows: &[Row]) -> io::Result<()> {
    let Some(path) = env::var_os("JSON") else { return Ok(()) };
    merge(Path::new(&path), rows)
}

fn merge(path: &Path, rows: &[Row]) -> io::Result<()> {
    let mut lines: Vec<serde_json::Value> = match fs::read(path) {
        Ok(bytes) => serde_json::from_slice(&bytes)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(error),
    };
    lines.retain(|line| rows.iter().all(|row| line["name"] != row.name.as_str()));
    for row in rows {
        let line = Line {
            name: row.name.clone(),
            value: row.value,
            unit: row.unit,
            baseline: row.baseline.map(|(_, value)| value),
            ratio: row.ratio(),
            goal: row.goal.text(),
        };
        lines.push(serde_json::to_value(line)?);
    }
    fs::write(path, serde_json::to_string_pretty(&lines)? + "\n")
}

/// The middle one.
///
/// # Panics
/// If there is none.
#[must_use]
pub fn median(mut values: Vec<f64>) -> f64 {
    assert!(!values.is_empty(), "a median of nothing");
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// A limit is written as it was set.
fn limit(value: f64) -> String {
    if value < 10.0 { value.to_string() } else { short(value) }
}

/// Multiples of a bound or of an oracle are near 1: what they are above it is what matters.
fn shown(value: f64, unit: &str) -> String {
    if unit.starts_with("x ") { format!("{value:.3}") } else { short(value) }
}

/// A number with three digits that count: `512 k`.
#[must_use]
pub fn short(value: f64) -> String {
    let (scaled, suffix) = match value {
        v if v >= 1e9 => (v / 1e9, " G"),
        v if v >= 1e6 => (v / 1e6, " M"),
        v if v >= 1e4 => (v / 1e3, " k"),
        v => (v, ""),
    };
    let digits = match scaled {
        s if s >= 100.0 || s.fract() == 0.0 => 0,
        s if s >= 10.0 => 1,
        _ => 2,
    };
    format!("{scaled:.digits$}{suffix}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_target_adds_its_rows_and_replaces_its_own() {
        let path = env::temp_dir().join(format!("reynolds-rows-{}.json", std::process::id()));
        let rate = |value| Row::new("rate", value, "events/s").against("naive", 100.0).goal(Goal::AtLeast(500_000.0));
        merge(&path, &[rate(50.0), Row::new("memory", 700.0, "bytes")]).expect("a new file");
        merge(&path, &[rate(250.0)]).expect("an old file");
        let lines = fs::read_to_string(&path).expect("it was written");
        fs::remove_file(&path).expect("it is there");
        let lines: serde_json::Value = serde_json::from_str(&lines).expect("JSON");
        let expected = serde_json::json!([
            {"name": "memory", "value": 700.0, "unit": "bytes", "baseline": null, "ratio": null, "goal": null},
            {"name": "rate", "value": 250.0, "unit": "events/s", "baseline": 100.0, "ratio": 2.5,
             "goal": "value >= 500 k"},
        ]);
        assert_eq!(lines, expected);
    }

    #[test]
    fn numbers_are_printed_with_three_digits() {
        assert_eq!([0.75, 7.0, 739.4, 51_234.0, 1_500_000.0].map(short), ["0.75", "7", "739", "51.2 k", "1.50 M"]);
    }

    #[test]
    fn a_limit_on_a_ratio_is_about_the_ratio() {
        let row = Row::new("cost", 30.0, "ns").against("at 1 k", 20.0);
        assert_eq!(Goal::RatioAtMost(1.5).met(row.value, row.ratio()), Some(true));
        assert_eq!(Goal::RatioAtMost(1.4).met(row.value, row.ratio()), Some(false));
        assert_eq!(Goal::AtMost(30.0).met(row.value, row.ratio()), Some(false));
    }
}
