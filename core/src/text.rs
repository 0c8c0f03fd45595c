//! Texts that are copied by reference.

use alloc::{borrow::Cow, boxed::Box, string::String};
use core::{borrow::Borrow, fmt, ops::Deref};

use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

/// A text that does not change. One event's texts are in its effects, in the tables and in what the host is handed; a
/// clone costs no allocation, and neither does a text of up to 23 bytes.
///
/// It reads as a `&str` and is made by `into()` from a `&str` or a `String`.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Text(SmolStr);

impl Text {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// All parts, one after the other.
    pub(crate) fn concat(parts: &[&str]) -> Self {
        match parts {
            [] => Self::default(),
            [one] => Self::from(*one),
            _ => Self::from(parts.concat()),
        }
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl AsRef<str> for Text {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl Borrow<str> for Text {
    fn borrow(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.as_str(), f)
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

macro_rules! from {
    ($($source:ty),*) => {$(
        impl From<$source> for Text {
            fn from(text: $source) -> Self {
                Self(SmolStr::from(text))
            }
        }
    )*};
}
from!(&str, String, &String, Box<str>, Cow<'_, str>);

impl From<&Text> for Text {
    fn from(text: &Text) -> Self {
        text.clone()
    }
}

impl From<Text> for String {
    fn from(text: Text) -> Self {
        text.as_str().into()
    }
}

macro_rules! equal {
    ($($other:ty),*) => {$(
        impl PartialEq<$other> for Text {
            fn eq(&self, other: &$other) -> bool {
                self.as_str() == &**other
            }
        }

        impl PartialEq<Text> for $other {
            fn eq(&self, other: &Text) -> bool {
                other.as_str() == &**self
            }
        }
    )*};
}
equal!(&str, String);

impl PartialEq<str> for Text {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl<C> Encode<C> for Text {
    fn encode<W: encode::Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), encode::Error<W::Error>> {
        e.str(self.as_str())?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Text {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
        d.str().map(Self::from)
    }
}
