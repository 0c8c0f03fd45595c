//! Webhooks: raw bytes and headers in, events out.

use pyo3::{prelude::*, pybacked::PyBackedBytes, types::PyList};
use reynolds::{
    Event,
    chain::token,
    event::{self, fingerprint, github::Headers},
};

use serde::Serialize;

use crate::{
    raise::{Problem, caught},
    to_python::to_python,
};

type Pairs = Vec<(String, String)>;

/// An event as an input. The core's `Input` would have all other inputs compiled for Python as well.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Read {
    Event(Event),
}

/// Reads a GitHub webhook.
#[pyfunction]
pub fn github<'py>(py: Python<'py>, headers: Pairs, body: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    let event = caught(|| Ok(event::github::read(&Headers::from_pairs(pairs(&headers))?, body)?))?;
    to_python(py, &Read::Event(event))
}

/// Checks the signature of a GitHub webhook.
#[pyfunction]
pub fn verify_github(secrets: Vec<PyBackedBytes>, signature: &str, body: &[u8]) -> PyResult<()> {
    let secrets: Vec<&[u8]> = secrets.iter().map(|secret| &**secret).collect();
    Ok(caught(|| Ok(event::github::verify_signature(&secrets, signature, body)?))?)
}

/// Reads a Bot Framework activity.
#[pyfunction]
pub fn teams<'py>(py: Python<'py>, body: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    let event = caught(|| Ok(event::teams::read(body)?))?;
    to_python(py, &Read::Event(event))
}

/// Reads events in Event Grid's own schema.
#[pyfunction]
pub fn eventgrid<'py>(py: Python<'py>, body: &[u8]) -> PyResult<Bound<'py, PyList>> {
    let events = caught(|| Ok(event::eventgrid::read(body)?))?;
    inputs(py, events)
}

/// Reads CloudEvents. Without headers it can only be the structured or the batched form.
#[pyfunction]
pub fn cloudevents<'py>(py: Python<'py>, headers: Pairs, body: &[u8]) -> PyResult<Bound<'py, PyList>> {
    let events = caught(|| {
        Ok(match headers.is_empty() {
            true => event::cloudevents::read(body)?,
            false => event::cloudevents::read_request(pairs(&headers), body)?,
        })
    })?;
    inputs(py, events)
}

/// The text with a token hidden behind it.
#[pyfunction]
pub fn mark(text: &str, token: &str) -> String {
    token::mark(text, token)
}

/// The text as it was before `mark`.
#[pyfunction]
pub fn unmark(text: &str) -> &str {
    token::unmark(text)
}

/// The first token in a text, outside of quotes.
#[pyfunction]
pub fn find_token(text: &str) -> Option<&str> {
    fingerprint::find_token(text)
}

fn pairs(headers: &Pairs) -> impl Iterator<Item = (&str, &str)> {
    headers.iter().map(|(name, value)| (name.as_str(), value.as_str()))
}

fn inputs<'py>(py: Python<'py>, events: Vec<Event>) -> PyResult<Bound<'py, PyList>> {
    let list = PyList::empty(py);
    for event in events {
        list.append(to_python(py, &Read::Event(event))?)?;
    }
    Ok(list)
}

/// A list of keys: numbers and secrets.
pub fn keys(keys: Option<&Bound<'_, PyAny>>) -> Result<reynolds::Keys, Problem> {
    let Some(keys) = keys.filter(|keys| !keys.is_none()) else { return Ok(reynolds::Keys::none()) };
    let pairs: Vec<(u8, PyBackedBytes)> = keys
        .extract()
        .map_err(|_| Problem::call("`keys` must be a list of (number from 0 to 255, secret as bytes)"))?;
    Ok(pairs.iter().try_fold(reynolds::Keys::none(), |keys, (id, secret)| keys.and(*id, secret))?)
}
