//! Webhooks: raw bytes and headers in, events out.

use napi::Result;
use napi_derive::napi;
use reynolds::{
    Event,
    event::{ReadError, cloudevents, eventgrid, fingerprint, github, teams},
};

use crate::problem::{caught, thrown};

/// Whose webhook it is.
#[napi(string_enum = "lowercase")]
#[derive(Debug, Clone, Copy)]
pub enum Platform {
    /// GitHub.
    Github,
    /// Microsoft Teams and other Bot Framework channels.
    Teams,
    /// Azure Event Grid in its own schema.
    Eventgrid,
    /// CloudEvents.
    Cloudevents,
}

/// Reads a webhook: a list of events as JSON. `headers` are names and values in turn.
#[napi]
pub fn read_webhook(platform: Platform, headers: Vec<String>, body: &[u8]) -> Result<String> {
    caught(|| serde_json::to_string(&events(platform, &headers, body)?).map_err(thrown))
}

/// Checks the signature of a GitHub webhook. Throws if it is not right.
#[napi]
pub fn verify_github(secrets: Vec<napi::bindgen_prelude::Buffer>, signature: String, body: &[u8]) -> Result<()> {
    caught(|| {
        let secrets: Vec<&[u8]> = secrets.iter().map(|secret| &**secret).collect();
        github::verify_signature(&secrets, &signature, body).map_err(thrown)
    })
}

/// The text with a token hidden behind it.
#[napi]
pub fn mark(text: String, token: String) -> String {
    reynolds::chain::token::mark(&text, &token)
}

/// The text as it was before `mark`.
#[napi]
pub fn unmark(text: String) -> String {
    reynolds::chain::token::unmark(&text).to_owned()
}

/// The first token in a text, outside of quotes.
#[napi]
pub fn find_token(text: String) -> Option<String> {
    fingerprint::find_token(&text).map(str::to_owned)
}

pub(crate) fn events(platform: Platform, headers: &[String], body: &[u8]) -> Result<Vec<Event>> {
    let pairs = headers.chunks_exact(2).map(|pair| (pair[0].as_str(), pair[1].as_str()));
    let one = |event: Event| vec![event];
    let read: std::result::Result<Vec<Event>, ReadError> = match platform {
        Platform::Github => {
            github::Headers::from_pairs(pairs).and_then(|headers| github::read(&headers, body)).map(one)
        }
        Platform::Teams => teams::read(body).map(one),
        Platform::Eventgrid => eventgrid::read(body),
        // Without headers it can only be the structured or the batched form.
        Platform::Cloudevents if headers.is_empty() => cloudevents::read(body),
        Platform::Cloudevents => cloudevents::read_request(pairs, body),
    };
    read.map_err(thrown)
}
