//! GitHub's published webhook examples as deliveries: a body as GitHub sends it, and its signature.

use std::{collections::BTreeMap, env, error::Error, fs, path::Path};

use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit, Mac};
use serde::Deserialize;
use serde_json::value::RawValue;
use sha2::Sha256;

/// What the deliveries are signed with.
pub const SECRET: &[u8] = b"the secret of this webhook";

/// One request of GitHub's, without its delivery id: that is new each time.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// `X-GitHub-Event`.
    pub event: String,
    /// The body, without white space between tokens, as GitHub sends it.
    pub body: Vec<u8>,
    /// `X-Hub-Signature-256`.
    pub signature: String,
}

#[derive(Deserialize)]
struct Published<'a> {
    name: String,
    #[serde(borrow)]
    examples: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct Recorded {
    platform: String,
    headers: BTreeMap<String, String>,
    body: String,
}

/// The deliveries, and where they are from: the file that `REYNOLDS_WEBHOOKS` names, or the small set that comes with
/// the examples.
///
/// # Errors
/// If the file can not be read or is not what it should be.
pub fn load() -> Result<(Vec<Delivery>, String), Box<dyn Error>> {
    if let Some(path) = env::var_os("REYNOLDS_WEBHOOKS").filter(|path| !path.is_empty()) {
        let text = fs::read_to_string(path)?;
        let published: Vec<Published<'_>> = serde_json::from_str(&text)?;
        let each = |one: &Published<'_>| {
            let body = |example: &&RawValue| Delivery::new(one.name.clone(), compact(example.get()));
            one.examples.iter().map(body).collect::<Vec<_>>()
        };
        let all: Vec<_> = published.iter().flat_map(each).collect();
        let from = format!("GitHub's {} published payloads", all.len());
        return Ok((all, from));
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/data/webhooks-small.jsonl");
    let mut all = Vec::new();
    for line in fs::read_to_string(path)?.lines() {
        let recorded: Recorded = serde_json::from_str(line)?;
        if let ("github", Some(event)) = (recorded.platform.as_str(), recorded.headers.get("x-github-event")) {
            all.push(Delivery::new(event.clone(), recorded.body.into_bytes()));
        }
    }
    let from = format!("a SMALL set of {} payloads, because GitHub's were not fetched (`make payloads`)", all.len());
    Ok((all, from))
}

impl Delivery {
    fn new(event: String, body: Vec<u8>) -> Self {
        let mut mac = Hmac::<Sha256>::new_from_slice(SECRET).expect("a key of any length");
        mac.update(&body);
        let signature = format!("sha256={}", HEXLOWER.encode(&mac.finalize().into_bytes()));
        Self { event, body, signature }
    }
}

/// JSON without the white space between its tokens.
fn compact(json: &str) -> Vec<u8> {
    let (mut out, mut in_text, mut escaped) = (Vec::with_capacity(json.len()), false, false);
    for &byte in json.as_bytes() {
        if in_text || !byte.is_ascii_whitespace() {
            out.push(byte);
        }
        if byte == b'"' && !escaped {
            in_text = !in_text;
        }
        escaped = in_text && byte == b'\\' && !escaped;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_in_texts_is_kept() {
        assert_eq!(compact("{ \"a b\\\" \" : [1,\n 2, \"\\\\\" ] }"), br#"{"a b\" ":[1,2,"\\"]}"#);
    }
}
