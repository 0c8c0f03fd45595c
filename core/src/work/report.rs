//! What agents report about the work they were given.

use alloc::vec::Vec;

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use super::plan::Question;
use crate::{id::EffectId, input::Json, text::Text};

/// A report about a dispatch. The input `{"type":"task", ...}`. Accepted whatever else is full.
///
/// A report under an old epoch changes nothing: somebody else owns the task by then. It is kept as evidence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Encode, Decode)]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct TaskReport {
    /// The dispatch.
    #[n(0)]
    pub dispatch: EffectId,
    /// The dispatch's epoch.
    #[n(1)]
    pub epoch: u32,
    /// What there is to say.
    #[n(2)]
    pub report: Report,
    /// The agent that says it. Where it is named, the dispatch must be its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[n(3)]
    pub agent: Option<Text>,
}

/// What an agent says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Encode, Decode)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Report {
    /// It has begun.
    #[n(0)]
    Started {},
    /// So far it has come. A replacement resumes from the last `state`: a report without one leaves it as it is.
    #[n(1)]
    Progress {
        /// Steps done.
        #[n(0)]
        done: u64,
        /// Steps there are.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[n(1)]
        of: Option<u64>,
        /// What a replacement needs to resume, at most 16 KiB.
        #[serde(default, skip_serializing_if = "Json::is_null")]
        #[n(2)]
        #[cbor(default)]
        state: Json,
    },
    /// It is alive.
    #[n(2)]
    Heartbeat {},
    /// It is done.
    #[n(3)]
    Done {
        /// The result, at most 16 KiB.
        #[serde(default, skip_serializing_if = "Json::is_null")]
        #[n(0)]
        #[cbor(default)]
        result: Json,
        /// Where a larger result is kept.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[n(1)]
        result_ref: Option<Text>,
    },
    /// It did not work.
    #[n(4)]
    Failed {
        /// Why, for people.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[n(0)]
        reason: Option<Text>,
        /// Trying again is pointless.
        #[serde(default, skip_serializing_if = "core::ops::Not::not")]
        #[n(1)]
        #[cbor(default)]
        permanent: bool,
        /// Do not try again before so many milliseconds have passed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[n(2)]
        retry_after_ms: Option<u64>,
    },
    /// It has stopped, as it was told.
    #[n(5)]
    Cancelled {},
    /// It can not go on without an answer from a person. Its slot is given back; with the answer the task is dispatched again.
    #[n(6)]
    NeedsInput {
        /// The question.
        #[n(0)]
        question: Question,
    },
    /// It offers the task to another agent, and stays its owner until that one has accepted.
    #[n(7)]
    Handoff(#[n(0)] Handoff),
    /// It accepts a task that is offered to it: from now on it is the owner.
    #[n(8)]
    Accept {},
    /// It declines a task that is offered to it, or that it was given: others are asked before it is asked again. That is no
    /// failure of the agent, but an attempt of the task.
    #[n(9)]
    Decline {},
}

/// What one agent hands over to the next.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, Encode, Decode)]
#[serde(default, deny_unknown_fields)]
#[cbor(map)]
pub struct Handoff {
    /// The agent it is meant for, which must be able and allowed to do it. Any such one when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[n(0)]
    pub to: Option<Text>,
    /// Capabilities the next one must have. The task's own when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[n(1)]
    pub requires: Option<Vec<Text>>,
    /// What is done.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[n(2)]
    pub done: Vec<Text>,
    /// What remains to be done.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[n(3)]
    pub remaining: Vec<Text>,
    /// What was decided, and why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[n(4)]
    pub decisions: Vec<Text>,
    /// What did not work.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[n(5)]
    pub pitfalls: Vec<Text>,
    /// How long the offer stands, in milliseconds. 60,000 when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[n(6)]
    pub timeout_ms: Option<u64>,
}

/// Signs of life of many dispatches in one record. The input `{"type":"beats", ...}`. Those that change nothing are left out
/// of the record, and without any other there is none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct Beats {
    /// Dispatch, epoch and, where it has changed, steps done: `["7.0", 3]` or `["7.0", 3, 12]`.
    #[n(0)]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cbor(default)]
    pub beats: Vec<Beat>,
    /// Agents that are alive and ready for work.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[n(1)]
    #[cbor(default)]
    pub agents: Vec<Text>,
}

/// A sign of life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[serde(from = "BeatForm", into = "BeatForm")]
#[cbor(array)]
pub struct Beat {
    /// The dispatch.
    #[n(0)]
    pub dispatch: EffectId,
    /// Its epoch.
    #[n(1)]
    pub epoch: u32,
    /// Steps done.
    #[n(2)]
    pub done: Option<u64>,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged, expecting = "must be a list of a dispatch, its epoch and perhaps the steps done")]
enum BeatForm {
    Alive(EffectId, u32),
    Done(EffectId, u32, u64),
}

impl From<BeatForm> for Beat {
    fn from(form: BeatForm) -> Self {
        match form {
            BeatForm::Alive(dispatch, epoch) => Self { dispatch, epoch, done: None },
            BeatForm::Done(dispatch, epoch, done) => Self { dispatch, epoch, done: Some(done) },
        }
    }
}

impl From<Beat> for BeatForm {
    fn from(beat: Beat) -> Self {
        let Beat { dispatch, epoch, done } = beat;
        done.map_or(Self::Alive(dispatch, epoch), |done| Self::Done(dispatch, epoch, done))
    }
}
