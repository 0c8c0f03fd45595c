//! What happened: the canonical [`Event`], and the readers that make one of a platform's raw bytes.
//!
//! This folder is the only place that knows a platform by name. Readers borrow from the payload, look at few fields,
//! tolerate missing and unknown ones, and never fail on an event or action they have not heard of.

pub(crate) mod bounded;
mod carried;
pub(crate) mod cbor;
pub mod cloudevents;
pub mod eventgrid;
pub mod fingerprint;
pub mod github;
mod json;
mod majority;
pub mod teams;

use alloc::{collections::BTreeMap, vec::Vec};

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

pub use json::ReadError;

use crate::{text::Text, time::Timestamp};

/// What an actor is. A platform's word is a hint: the host's registry (`actors` in the configuration) overrides it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Encode, Decode)]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
pub enum ActorClass {
    /// Nobody knows. Counts as automated.
    #[default]
    #[n(0)]
    Unknown,
    /// A person. What a person does is a new root, also when it answers an effect.
    #[n(1)]
    Human,
    /// An automated account.
    #[n(2)]
    Bot,
    /// An application or integration.
    #[n(3)]
    App,
    /// The platform itself: CI, alerts, resource changes.
    #[n(4)]
    System,
    /// A clock.
    #[n(5)]
    Timer,
}

/// Who did it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct Actor {
    /// Stable id with its platform in front, for example `github:octocat`.
    #[n(0)]
    pub id: Text,
    /// What the platform says the actor is.
    #[serde(default)]
    #[n(1)]
    pub class: ActorClass,
}

/// A property of a subject and the value it took, for example `labels` = `bug,p1` or `tree` = a git tree id.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct Property {
    /// Which property.
    #[n(0)]
    pub property: Text,
    /// Its value, in a form in which equal states are equal texts (sort labels before joining them).
    #[n(1)]
    pub value: Text,
}

/// Something that happened on a platform, in one form for all of them.
///
/// Only `id`, `source`, `kind` and `subject` are required. `(tenant, source, id)` is the identity: a second event with
/// the same one is a duplicate. Byte limits are in [`crate::limits`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct Event {
    /// The delivery's own id: repeated by the source when it delivers again.
    #[n(0)]
    pub id: Text,
    /// Who delivered: `github`, `teams`, or the `source` of a CloudEvent.
    #[n(1)]
    pub source: Text,
    /// What happened, as `noun.verb`: `issue_comment.created`.
    #[n(2)]
    pub kind: Text,
    /// What it happened to: `github:acme/api#7`.
    #[n(3)]
    pub subject: Text,
    /// What the subject belongs to, when that is known: a CI run concerns a pull request. The broker remembers this as
    /// an alias, so that both resolve to one subject.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(4)]
    pub about: Option<Text>,
    /// Further kinds derived from the outcome: `ci.failed`, `pr.merged`. Rules match these like `kind`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[n(5)]
    pub also: Vec<Text>,
    /// Who did it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(6)]
    pub actor: Option<Actor>,
    /// The one platform object concerned, for example `github:comment/17`. Compared with the ids that outcomes report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(7)]
    pub object: Option<Text>,
    /// The text a person would read: a comment's body, a message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(8)]
    pub text: Option<Text>,
    /// The object this one answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(9)]
    pub reply_to: Option<Text>,
    /// The state the subject has now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(10)]
    pub state: Option<Property>,
    /// Orders the events of one object: one with a lower version than a known one arrived late.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(11)]
    pub version: Option<u64>,
    /// A lineage token found in the payload. Verified before the event is recorded, and never recorded itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cbor(skip)]
    pub token: Option<Text>,
    /// Declared attempt `[n, m]`: try n of at most m, from 1 on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(12)]
    pub attempt: Option<[u32; 2]>,
    /// Declared progress, growing with each step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(13)]
    pub progress: Option<u64>,
    /// The tenant it belongs to. Nothing of one tenant reaches another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(14)]
    pub tenant: Option<Text>,
    /// When it happened by the platform's clock. Information only: the core's time is the `at` it is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(15)]
    pub occurred_at: Option<Timestamp>,
    /// W3C trace context; its trace id travels with every effect of the chain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(16)]
    pub traceparent: Option<Text>,
    /// A second identity, from the content: two events of one source and subject with the same `content_key` within
    /// `content_window_ms` are one event delivered under two ids. One that starts with `~` is only likely: it counts from
    /// 10 s after the first, when a platform sends a turn again, and while nothing of ours was done on the subject since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(17)]
    pub content_key: Option<Text>,
    /// Whatever else a rule may want to match.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[n(18)]
    pub attributes: BTreeMap<Text, Text>,
}

impl Event {
    /// Does it report what a run came to? GitHub names the person there who started it.
    pub(crate) fn is_report(&self) -> bool {
        // Asked of every event, and a kind is short: a loop over its bytes is cheaper than a search.
        let dot = self.kind.bytes().position(|byte| byte == b'.');
        let (family, action) = dot.map_or((&*self.kind, ""), |dot| (&self.kind[..dot], &self.kind[dot + 1..]));
        matches!(
            family,
            "ci" | "check_run" | "check_suite" | "deployment_status" | "status" | "workflow_job" | "workflow_run"
        ) && !matches!(action, "requested" | "rerequested" | "requested_action")
    }

    /// What it costs to keep, in bytes: its long parts. No single field has more.
    pub(crate) fn weight(&self) -> usize {
        let attributes = self.attributes.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>();
        let state = self.state.as_ref().map_or(0, |state| state.value.len());
        self.text.as_ref().map_or(0, |text| text.len()) + attributes + state + self.subject.len() + self.id.len()
    }
}
