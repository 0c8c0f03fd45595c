//! What a duplicate duplicates.

use alloc::string::{String, ToString};

use minicbor::{Decode, Encode};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::id::{ChainId, EffectId, Seq};

/// What a duplicate duplicates: a record (an event seen before, a patch made before) or an effect (a proposal made before).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum Original {
    /// The record of the event or patch.
    #[n(0)]
    Event(#[n(0)] Seq),
    /// The effect.
    #[n(1)]
    Effect(#[n(0)] EffectId),
}

impl Serialize for Original {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Event(seq) => serializer.serialize_str(&seq.to_string()),
            Self::Effect(id) => id.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Original {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text.contains('.') {
            return text.parse().map(Self::Effect).map_err(de::Error::custom);
        }
        text.parse::<ChainId>().map(|id| Self::Event(id.0)).map_err(de::Error::custom)
    }
}
