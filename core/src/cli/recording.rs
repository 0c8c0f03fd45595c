//! Recorded webhook deliveries: one JSON object per line.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{BufRead, BufReader},
    path::Path,
};

use crate::{
    Event, Timestamp,
    event::{cloudevents, eventgrid, github, teams},
    json::plainly,
};
use serde::Deserialize;
use serde_json::{Value, value::RawValue};

use super::output::Fail;

/// Longest line: the largest body, as a JSON string in which every character is escaped, and its headers.
const LINE_BYTES: usize = 7 * crate::limits::BODY_BYTES;

/// How a line that is something else becomes one.
const FORM: &str = "; a line is {\"at\": milliseconds since 1970, \"platform\": \"github\", \"headers\": {...}, \"body\": ...}, with `at` and \
    `platform` only if known";

/// One line of a recording.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line<'a> {
    #[serde(default)]
    at: Option<u64>,
    #[serde(default)]
    platform: Option<String>,
    #[serde(default)]
    headers: BTreeMap<String, Value>,
    /// As it was sent, byte for byte: numbers, spaces and doubtful texts are the reader's to judge.
    #[serde(borrow)]
    body: &'a RawValue,
}

/// What was delivered in one request.
pub struct Delivery {
    pub line: usize,
    pub at: Option<Timestamp>,
    pub events: Vec<Event>,
}

/// What a recording holds.
#[derive(Default)]
pub struct Recording {
    pub deliveries: Vec<Delivery>,
    /// Lines that could not be read, and why.
    pub unread: Vec<(usize, String)>,
}

/// Reads a recording.
pub fn read(path: &Path) -> Result<Recording, Fail> {
    let file = File::open(path).map_err(|error| Fail::file(path, error))?;
    let mut reader = BufReader::new(file);
    let mut recording = Recording::default();
    let mut bytes = Vec::new();
    for line in 1.. {
        bytes.clear();
        if reader.read_until(b'\n', &mut bytes).map_err(|error| Fail::file(path, error))? == 0 {
            break;
        }
        let text = bytes.trim_ascii();
        if text.is_empty() {
            continue;
        }
        match delivery(line, text) {
            Ok(delivery) => recording.deliveries.push(delivery),
            Err(why) => recording.unread.push((line, why)),
        }
    }
    Ok(recording)
}

fn delivery(line: usize, text: &[u8]) -> Result<Delivery, String> {
    if text.len() > LINE_BYTES {
        return Err(format!("the line has {} bytes, the limit is {LINE_BYTES}", text.len()));
    }
    match text {
        [b'[', ..] => return Err("this is a JSON array: write one delivery per line, with `jq -c '.[]'`".into()),
        [0x1f, 0x8b, ..] => return Err("this is compressed: unpack it with `gunzip` first".into()),
        _ => {}
    }
    let recorded = serde_json::from_slice(text).map_err(|error| {
        let why = plainly(&error.to_string());
        // Requests are logged in many forms: say what to make of them.
        let form = if why.contains("unknown field") || why.contains("missing field") || why.contains("invalid type") {
            FORM
        } else {
            ""
        };
        format!("{why}{form}")
    })?;
    let Line { at, platform, headers, body } = recorded;
    let at = at.map(Timestamp);
    if let Some(at) = at.filter(|at| *at > Timestamp::MAX) {
        return Err(format!("`at` is {at}: give milliseconds since 1970, up to the year 9999"));
    }
    let mut pairs = Vec::new();
    for (name, value) in &headers {
        match value {
            Value::String(value) => pairs.push((name.as_str(), value.as_str())),
            Value::Array(values) => {
                pairs.extend(values.iter().filter_map(|value| Some((name.as_str(), value.as_str()?))))
            }
            _ => return Err(format!("the header `{name}` is not a text")),
        }
    }
    let body = match body.get() {
        json if json.starts_with('"') => {
            serde_json::from_str::<String>(json).map_err(|error| format!("`body`: {}", plainly(&error.to_string())))?
        }
        json => json.into(),
    };
    let platform = platform
        .as_deref()
        .or_else(|| guess(&pairs))
        .ok_or("`platform` is missing, and the headers do not tell; it is github, teams, eventgrid or cloudevents")?;
    let events = events(platform, &pairs, body.as_bytes())?;
    Ok(Delivery { line, at, events })
}

fn guess<'a>(headers: &[(&'a str, &'a str)]) -> Option<&'static str> {
    let has = |wanted: &str| headers.iter().any(|(name, _)| name.eq_ignore_ascii_case(wanted));
    let is_cloud_event = |(name, value): &(&str, &str)| {
        let value = value.trim_ascii_start().to_ascii_lowercase();
        name.eq_ignore_ascii_case("content-type") && value.starts_with("application/cloudevents")
    };
    match () {
        // Event Grid names itself also where it delivers cloud events.
        () if headers.iter().any(is_cloud_event) => Some("cloudevents"),
        () if has("X-GitHub-Event") => Some("github"),
        () if has("aeg-event-type") => Some("eventgrid"),
        () if has("ce-id") => Some("cloudevents"),
        () => None,
    }
}

fn events(platform: &str, headers: &[(&str, &str)], body: &[u8]) -> Result<Vec<Event>, String> {
    let pairs = headers.iter().copied();
    let read = match platform {
        "github" => {
            github::Headers::from_pairs(pairs).and_then(|headers| github::read(&headers, body)).map(|event| vec![event])
        }
        "teams" => teams::read(body).map(|event| vec![event]),
        "eventgrid" => eventgrid::read(body),
        // A recording may have left the headers out: then the body tells.
        "cloudevents" if headers.is_empty() => cloudevents::read(body),
        "cloudevents" => cloudevents::read_request(pairs, body),
        other => return Err(format!("no platform `{other}`: it is github, teams, eventgrid or cloudevents")),
    };
    read.map_err(|error| error.to_string())
}
