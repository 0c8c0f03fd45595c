//! Parts of a plan that have a short form: a name alone instead of an object.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use crate::text::Text;

/// Something a task needs. `"build"` is short for `{"task":"build"}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[serde(from = "NeedForm", into = "NeedForm")]
#[cbor(map)]
pub struct Need {
    /// The task: a neighbour in the same list, or `neighbour/inner` for one within it.
    #[n(0)]
    pub task: Text,
    /// Wait for its end, however it ends: it does not count for the trigger.
    #[n(1)]
    #[cbor(default)]
    pub optional: bool,
}

impl From<&str> for Need {
    fn from(task: &str) -> Self {
        Self { task: task.into(), optional: false }
    }
}

/// How a need is written.
#[derive(Serialize, Deserialize)]
#[serde(untagged, expecting = "must be a task's id, or an object with `task` and perhaps `optional`")]
enum NeedForm {
    Task(Text),
    Full {
        task: Text,
        #[serde(default)]
        optional: bool,
    },
}

impl From<NeedForm> for Need {
    fn from(form: NeedForm) -> Self {
        match form {
            NeedForm::Task(task) => Self { task, optional: false },
            NeedForm::Full { task, optional } => Self { task, optional },
        }
    }
}

impl From<Need> for NeedForm {
    fn from(need: Need) -> Self {
        match need {
            Need { task, optional: false } => Self::Task(task),
            Need { task, optional } => Self::Full { task, optional },
        }
    }
}

/// A name of which only so many tasks may be at work at a time. `"prod"` is short for `{"key":"prod","limit":1}`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Encode, Decode)]
#[serde(from = "KeyForm", into = "KeyForm")]
#[cbor(map)]
pub struct Key {
    /// The name.
    #[n(0)]
    pub key: Text,
    /// How many tasks at a time, this one included.
    #[n(1)]
    pub limit: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged, expecting = "must be a name, or an object with `key` and `limit`")]
enum KeyForm {
    Key(Text),
    Full { key: Text, limit: u32 },
}

impl From<KeyForm> for Key {
    fn from(form: KeyForm) -> Self {
        match form {
            KeyForm::Key(key) => Self { key, limit: 1 },
            KeyForm::Full { key, limit } => Self { key, limit },
        }
    }
}

impl From<Key> for KeyForm {
    fn from(key: Key) -> Self {
        match key {
            Key { key, limit: 1 } => Self::Key(key),
            Key { key, limit } => Self::Full { key, limit },
        }
    }
}
