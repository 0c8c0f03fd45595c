//! A denial in words: the same in logs, in notices to people and in drawings.

use core::fmt;

use super::{Denial, DenyReason};

/// How often a line repeats itself.
struct Every(Option<u16>);

impl fmt::Display for Every {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            None => f.write_str("again and again"),
            Some(1) => f.write_str("at each hop"),
            Some(period) => write!(f, "every {period} hops"),
        }
    }
}

/// One sentence, without the evidence: that is in [`Denial::grounds`].
impl fmt::Display for Denial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (chain, hop, limit, every) = (self.chain, self.hop, self.limit.unwrap_or(0), Every(self.period));
        match self.reason {
            DenyReason::HopLimit => {
                write!(f, "chain {chain} would make automated hop {hop} in a row; the limit is {limit}")
            }
            DenyReason::Budget => {
                write!(
                    f,
                    "chain {chain} has used its budget of {limit} automated effects; this is one more, at hop {hop}"
                )
            }
            DenyReason::Loop => write!(
                f,
                "chain {chain} repeats itself {every}, now at hop {hop}; at most {} in a million legitimate lines of steps \
                 ever look like this",
                self.false_stop_ppm.unwrap_or(0)
            ),
            DenyReason::Rounds => write!(
                f,
                "somebody answers us and we them in chain {chain}, for more than {limit} rounds, and only because we answer"
            ),
            DenyReason::Incomplete => {
                write!(f, "the rule's `kind` or `subject` is empty for this event; let its predicate ask for the field")
            }
            DenyReason::Proved => {
                write!(f, "declared deterministic, chain {chain} repeats itself exactly {every}, now at hop {hop}")
            }
            DenyReason::Tripped => write!(
                f,
                "the emergency breaker is open: chain {chain}, or what goes to and fro with it, was denied before, or all of \
                 the tenant is stopped"
            ),
            DenyReason::Stopped => write!(f, "a person stopped chain {chain}, its subject, or everything"),
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::{Denial, DenyReason};
    use crate::id::{ChainId, Seq};

    #[test]
    fn a_loop_of_one_hop_repeats_itself_at_each_hop() {
        let denial = |period| Denial {
            period: Some(period),
            false_stop_ppm: Some(740),
            ..Denial::new(DenyReason::Loop, ChainId(Seq(3)), 6)
        };
        assert_eq!(
            denial(1).to_string(),
            "chain 3 repeats itself at each hop, now at hop 6; at most 740 in a million legitimate lines of steps ever look \
             like this"
        );
        assert!(denial(2).to_string().starts_with("chain 3 repeats itself every 2 hops, now at hop 6;"));
    }
}
