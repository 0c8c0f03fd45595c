//! What a rule says of repetition: who may make it act, and how often its line may come round again.

use alloc::{format, string::String};
use core::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// What a rule's effects may repeat. On the wire a text: `"evidence"`, `"ignore_automation"`, `"reentry(3)"`.
///
/// Limits, hop limit and budget first, hold whatever it says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LoopPolicy {
    /// Evidence decides.
    #[default]
    Evidence,
    /// The rule does not see what bots and apps do, nor what came of our own effects.
    IgnoreAutomation,
    /// A line may repeat itself this often undisturbed, 1 to 1000; then evidence decides.
    Reentry(u16),
}

impl LoopPolicy {
    pub(crate) fn is_default(&self) -> bool {
        *self == Self::Evidence
    }

    /// How often a line may repeat itself.
    pub(crate) fn reentry(self) -> u16 {
        if let Self::Reentry(times) = self { times } else { 0 }
    }
}

impl fmt::Display for LoopPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Evidence => f.write_str("evidence"),
            Self::IgnoreAutomation => f.write_str("ignore_automation"),
            Self::Reentry(times) => write!(f, "reentry({times})"),
        }
    }
}

impl FromStr for LoopPolicy {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let times = text.strip_prefix("reentry(").and_then(|rest| rest.strip_suffix(')')).map(str::parse::<u16>);
        match (text, times) {
            ("evidence", _) => Ok(Self::Evidence),
            ("ignore_automation", _) => Ok(Self::IgnoreAutomation),
            (_, Some(Ok(times @ 1..=1000))) => Ok(Self::Reentry(times)),
            _ => Err(format!("`{text}` is not `evidence`, `ignore_automation` or `reentry(n)`, n from 1 to 1000")),
        }
    }
}

impl Serialize for LoopPolicy {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for LoopPolicy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_reads_as_it_is_written_and_names_what_it_is_not() {
        for (text, policy) in [
            ("evidence", LoopPolicy::Evidence),
            ("ignore_automation", LoopPolicy::IgnoreAutomation),
            ("reentry(3)", LoopPolicy::Reentry(3)),
        ] {
            assert_eq!((text.parse(), format!("{policy}")), (Ok(policy), text.into()));
        }
        for wrong in ["", "reentry", "reentry(0)", "reentry(1001)", "reentry(-1)", "off"] {
            let error = wrong.parse::<LoopPolicy>().expect_err("no policy");
            assert!(error.starts_with(&format!("`{wrong}` is not")), "{error}");
        }
    }
}
