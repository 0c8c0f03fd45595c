//! What leads to a proposal: events, or effects of ours.

use alloc::{string::ToString, vec::Vec};

use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};
use serde::{Deserialize, Serialize, Serializer};

use crate::{id::EffectId, text::Text};

/// One cause or several. One alone equals a list of one.
#[derive(Debug, Clone, Eq, Serialize, Deserialize)]
#[serde(untagged, expecting = "must be an event id, an effect id, or a list of them")]
pub enum Causes {
    /// One event or effect id.
    One(Text),
    /// Several event or effect ids.
    Many(Vec<Text>),
}

impl Causes {
    /// The named ids, in order.
    #[must_use]
    pub fn as_slice(&self) -> &[Text] {
        match self {
            Self::One(id) => core::slice::from_ref(id),
            Self::Many(ids) => ids,
        }
    }

    /// The named ids, in order.
    pub fn iter(&self) -> core::slice::Iter<'_, Text> {
        self.as_slice().iter()
    }

    pub(crate) fn serialize_list<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.as_slice().serialize(serializer)
    }
}

impl PartialEq for Causes {
    fn eq(&self, other: &Self) -> bool {
        self.as_slice() == other.as_slice()
    }
}

impl From<EffectId> for Causes {
    fn from(id: EffectId) -> Self {
        Self::One(id.to_string().into())
    }
}

impl From<&str> for Causes {
    fn from(id: &str) -> Self {
        Self::One(id.into())
    }
}

impl Default for Causes {
    fn default() -> Self {
        Self::Many(Vec::new())
    }
}

impl<C> Encode<C> for Causes {
    fn encode<W: encode::Write>(&self, e: &mut Encoder<W>, ctx: &mut C) -> Result<(), encode::Error<W::Error>> {
        match self {
            Self::One(id) => id.encode(e, ctx),
            Self::Many(ids) => ids.encode(e, ctx),
        }
    }
}

impl<'b, C> Decode<'b, C> for Causes {
    fn decode(d: &mut Decoder<'b>, ctx: &mut C) -> Result<Self, decode::Error> {
        match d.datatype()? {
            minicbor::data::Type::String => Text::decode(d, ctx).map(Self::One),
            _ => Vec::decode(d, ctx).map(Self::Many),
        }
    }
}
