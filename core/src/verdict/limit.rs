//! The limits of chains that a denial can name: one reason may stand for several.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// A limit of chains, as it is called in the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Encode, Decode)]
#[cbor(index_only)]
#[non_exhaustive]
pub enum LimitName {
    /// Automated hops in a row.
    #[serde(rename = "chain.hop_limit")]
    #[n(0)]
    HopLimit,
    /// Automated effects.
    #[serde(rename = "chain.budget")]
    #[n(1)]
    Budget,
    /// Direct answers to the root.
    #[serde(rename = "chain.answers")]
    #[n(2)]
    Answers,
    /// Reads.
    #[serde(rename = "chain.read_budget")]
    #[n(3)]
    ReadBudget,
    /// Events that led to a repetition.
    #[serde(rename = "chain.repeat_budget")]
    #[n(4)]
    RepeatBudget,
    /// Rounds of an exchange that is only inferred.
    #[serde(rename = "chain.rounds")]
    #[n(5)]
    Rounds,
}

impl LimitName {
    /// Its name, and what it counts.
    pub(super) fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::HopLimit => ("chain.hop_limit", "automated hops in a row"),
            Self::Budget => ("chain.budget", "automated effects of one chain"),
            Self::Answers => ("chain.answers", "direct answers to one root"),
            Self::ReadBudget => ("chain.read_budget", "reads of one chain"),
            Self::RepeatBudget => ("chain.repeat_budget", "events of one chain that led to a repetition"),
            Self::Rounds => ("chain.rounds", "rounds of an inferred exchange"),
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::LimitName;

    #[test]
    fn its_words_call_it_as_the_wire_does() {
        for (name, json) in [
            (LimitName::HopLimit, "chain.hop_limit"),
            (LimitName::Budget, "chain.budget"),
            (LimitName::Answers, "chain.answers"),
            (LimitName::ReadBudget, "chain.read_budget"),
            (LimitName::RepeatBudget, "chain.repeat_budget"),
            (LimitName::Rounds, "chain.rounds"),
        ] {
            assert_eq!(name.words().0, json);
            assert_eq!(serde_json::to_string(&name).expect("a text"), format!("\"{json}\""));
        }
    }
}
