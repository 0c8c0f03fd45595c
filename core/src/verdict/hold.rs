//! Why an effect is held.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// Why an effect is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
#[non_exhaustive]
pub enum HoldReason {
    /// A limit is met and the rule says `enforce: hold`: a person may release it, time denies it.
    #[n(0)]
    Limit,
    /// An earlier effect of the same chain on the same subject is held.
    #[n(1)]
    Behind,
    /// It repeats itself after each answer that comes. Whether the answers come because of us is seen from what comes
    /// while nothing leaves: it leaves at `until`, or is held on while an answer is under way, for `timing.hold_max_ms` in all at
    /// most, or is denied; a person may release or cancel it before. If it is meant, declare it as below; if a person answers,
    /// name that account in `actors`.
    #[n(2)]
    Probe,
    /// It repeats itself along one line of ancestry. It leaves at `until`, each time after twice as long; a person may
    /// release or cancel it before. If the repetition is meant, declare it: `attempt`, `progress` or `plan`, or
    /// `loops: "reentry(n)"` of the rule.
    #[n(3)]
    Repeats,
}
