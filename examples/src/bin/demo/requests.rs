//! Raw requests, as a web server hands them over: GitHub's published webhooks, or the bundled small set.

use std::{error::Error, fs, path::Path};

use hmac::{Hmac, KeyInit, Mac};
use reynolds::{
    Event,
    event::{ReadError, cloudevents, eventgrid, github, teams},
};
use serde_json::{Value, json};
use sha2::Sha256;

/// What GitHub and the bot share, to sign and to check deliveries.
const SECRET: &[u8] = b"the demo's webhook secret";
const BUNDLED: &str = include_str!("../../../data/webhooks-small.jsonl");

/// Who made a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The recorded payloads.
    Recorded,
    /// A platform, telling us of what we did.
    Echo,
    /// Another team's bot.
    OtherBot,
    /// A person in the story.
    Person,
}

/// A request before anybody looked into it.
#[derive(Debug, Clone)]
pub struct Request {
    pub origin: Origin,
    platform: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Request {
    /// A GitHub delivery, signed as GitHub signs it.
    pub fn github(origin: Origin, event: &str, delivery: &str, body: &Value) -> Self {
        let headers = vec![("X-GitHub-Event".into(), event.into()), ("X-GitHub-Delivery".into(), delivery.into())];
        Self { origin, platform: "github".into(), headers, body: body.to_string().into_bytes() }.signed()
    }

    /// A Teams activity.
    pub fn teams(origin: Origin, body: &Value) -> Self {
        Self { origin, platform: "teams".into(), headers: vec![], body: body.to_string().into_bytes() }
    }

    fn signed(mut self) -> Self {
        if let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(SECRET) {
            mac.update(&self.body);
            let hex: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
            self.headers.push(("X-Hub-Signature-256".into(), format!("sha256={hex}")));
        }
        self
    }

    /// What an endpoint does: check who sent it, then read it.
    pub fn read(&self) -> Result<Vec<Event>, ReadError> {
        let pairs = || self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        match self.platform.as_str() {
            "github" => {
                let headers = github::Headers::from_pairs(pairs())?;
                github::verify_signature(&[SECRET], headers.signature.unwrap_or_default(), &self.body)?;
                Ok(vec![github::read(&headers, &self.body)?])
            }
            "teams" => Ok(vec![teams::read(&self.body)?]),
            "eventgrid" => eventgrid::read(&self.body),
            _ => cloudevents::read_request(pairs(), &self.body),
        }
    }
}

/// The requests to play, each of them once, and where they come from.
pub struct Recorded {
    pub requests: Vec<Request>,
    pub from: String,
}

/// GitHub's examples if `index` names them, else the bundled set.
pub fn load(index: Option<&Path>) -> Result<Recorded, Box<dyn Error>> {
    let Some(path) = index else {
        let requests = BUNDLED.lines().map(bundled).collect::<Result<Vec<_>, _>>()?;
        let from = format!(
            "the {} of the small set in examples/data. GitHub's own 329 are not here; `make payloads` says why",
            requests.len()
        );
        return Ok(Recorded { requests, from });
    };
    let text = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let index: Vec<Value> = serde_json::from_slice(&text).map_err(|error| format!("{}: {error}", path.display()))?;
    let mut requests = Vec::new();
    for entry in &index {
        let name = entry["name"].as_str().ok_or("an entry of the index has no name")?;
        for body in entry["examples"].as_array().into_iter().flatten() {
            let delivery = guid(requests.len() as u64);
            requests.push(Request::github(Origin::Recorded, name, &delivery, body));
        }
    }
    let from = format!("{} payloads of {} events, from @octokit/webhooks-examples", requests.len(), index.len());
    Ok(Recorded { requests, from })
}

fn bundled(line: &str) -> Result<Request, Box<dyn Error>> {
    let line: Value = serde_json::from_str(line)?;
    let headers = line["headers"].as_object().into_iter().flatten();
    let headers = headers.map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().into())).collect();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (platform, body) = (text(&line["platform"]), text(&line["body"]).into_bytes());
    let request = Request { origin: Origin::Recorded, platform, headers, body };
    Ok(if request.platform == "github" { request.signed() } else { request })
}

/// Each request twice, in an order that is the same on every run: shuffled, and repeated some time later.
pub fn twice_and_shuffled(requests: &[Request]) -> Vec<Request> {
    let mut order: Vec<(u64, &Request)> = Vec::new();
    for (n, request) in requests.iter().enumerate() {
        let first = split_mix(n as u64) % 1_000_000;
        let again = first + split_mix(first) % 200_000;
        order.extend([(first, request), (again, request)]);
    }
    order.sort_by_key(|(at, _)| *at);
    order.into_iter().map(|(_, request)| request.clone()).collect()
}

/// The delivery id of the n-th request.
pub fn guid(n: u64) -> String {
    let (a, b) = (split_mix(n), split_mix(n ^ 0xffff_0000));
    let (c, d) = (a & 0xfff, (b >> 48) & 0x3fff | 0x8000);
    format!("{:08x}-{:04x}-4{c:03x}-{d:04x}-{:012x}", a >> 32, (a >> 16) & 0xffff, b & 0xffff_ffff_ffff)
}

fn split_mix(seed: u64) -> u64 {
    let mut x = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// A comment on an issue, as GitHub reports it. `issue` is a subject: `github:acme/api#7`.
pub fn comment(origin: Origin, delivery: &str, issue: &str, id: u64, by: &str, text: &str) -> Request {
    let (repository, number) = split(issue);
    let class = if by.ends_with("[bot]") { "Bot" } else { "User" };
    let body = json!({
        "action": "created",
        "issue": {"number": number, "title": "Login fails after the update", "state": "open"},
        "comment": {"id": id, "body": text, "user": {"login": by, "type": class}},
        "repository": {"id": 1, "full_name": repository},
        "sender": {"login": by, "type": class},
    });
    Request::github(origin, "issue_comment", delivery, &body)
}

/// A new issue, as GitHub reports it.
pub fn issue(origin: Origin, delivery: &str, subject: &str, id: u64, by: &str, text: &str) -> Request {
    let (repository, number) = split(subject);
    let title = text.lines().next().unwrap_or_default();
    let rest = text.strip_prefix(title).unwrap_or_default().trim_start();
    let body = json!({
        "action": "opened",
        "issue": {"id": id, "number": number, "title": title, "body": rest, "state": "open"},
        "repository": {"id": 1, "full_name": repository},
        "sender": {"login": by, "type": "Bot"},
    });
    Request::github(origin, "issues", delivery, &body)
}

/// `github:acme/api#7` is issue 7 of `acme/api`.
fn split(subject: &str) -> (&str, u64) {
    let name = subject.strip_prefix("github:").unwrap_or(subject);
    let (repository, number) = name.rsplit_once('#').unwrap_or((name, ""));
    (repository, number.parse().unwrap_or(0))
}
