//! Only for this package's own tests and benches: the same work without Python.

use std::{hint::black_box, time::Instant};

use pyo3::{prelude::*, pybacked::PyBackedBytes};
use reynolds::{Input, Keys, ReleaseNo, Timestamp, event, wire};

use crate::raise::{Problem, caught};

/// Nanoseconds for each input: submitted one by one, and their effects taken.
#[pyfunction]
pub fn pure_submit_ns(py: Python<'_>, genesis: &[u8], inputs: Vec<PyBackedBytes>) -> PyResult<f64> {
    let ns = py.detach(|| {
        caught(|| {
            let mut broker = wire::new(genesis, Keys::none())?;
            let read = inputs.iter().map(|input| Input::from_json(input)).collect::<Result<Vec<_>, _>>()?;
            let (count, mut cursor) = (read.len(), ReleaseNo(0));
            let started = Instant::now();
            // A millisecond apart: over a longer time effects without an outcome come again, and that is measured too.
            for (at, input) in (1..).zip(read) {
                let _ = black_box(broker.submit(Timestamp(1000 + at), input)?);
                let mut effects = Vec::new();
                broker.released(cursor, &mut effects);
                cursor = effects.last().map_or(cursor, |effect| effect.release);
                black_box(effects);
            }
            Ok::<_, Problem>(each(started, count))
        })
    })?;
    Ok(ns)
}

/// Nanoseconds for each reading of a GitHub webhook.
#[pyfunction]
pub fn pure_read_ns(py: Python<'_>, headers: Vec<(String, String)>, body: &[u8], times: usize) -> PyResult<f64> {
    let ns = py.detach(|| {
        caught(|| {
            let pairs = || headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
            let started = Instant::now();
            for _ in 0..times {
                black_box(event::github::read(&event::github::Headers::from_pairs(pairs())?, body)?);
            }
            Ok::<_, Problem>(each(started, times))
        })
    })?;
    Ok(ns)
}

#[expect(clippy::cast_precision_loss, reason = "a bench prints three digits")]
#[expect(clippy::float_arithmetic, reason = "nothing is decided with it")]
fn each(started: Instant, count: usize) -> f64 {
    started.elapsed().as_nanos() as f64 / count as f64
}
