//! A denial in words: the same in logs, in notices to people and in drawings.

use core::fmt;

use super::{Denial, DenyReason, LimitName, StopKind, StopRef};

/// How often a line repeats itself, and what one step of it is called: hops are only counted along definite links.
struct Every(Option<u16>, &'static str);

impl fmt::Display for Every {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            None => f.write_str("again and again"),
            Some(1) => write!(f, "at each {}", self.1),
            Some(period) => write!(f, "every {period} {}s", self.1),
        }
    }
}

/// One sentence, without the evidence: that is in [`Denial::grounds`].
impl fmt::Display for Denial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (chain, hop, limit, every) = (self.chain, self.hop, self.limit.unwrap_or(0), Every(self.period, "hop"));
        let inferred = self.grounds.as_ref().filter(|grounds| grounds.inferred > 0);
        match self.reason {
            DenyReason::HopLimit => {
                write!(f, "chain {chain} would make automated hop {hop} in a row; the limit is {limit}")
            }
            DenyReason::Budget => {
                // What a version held that did not say which limit it was, can still be told of.
                let (name, what) = self.limit_name.map_or(("a budget", "effects of one chain"), LimitName::words);
                write!(f, "chain {chain} has reached {name} ({limit}): {what}; this is one more, at hop {hop}")
            }
            DenyReason::Loop => {
                match inferred {
                    None => write!(f, "chain {chain} repeats itself {every}, now at hop {hop}")?,
                    Some(grounds) => {
                        let (steps, every) =
                            (grounds.definite.saturating_add(grounds.inferred), Every(self.period, "step"));
                        write!(
                            f,
                            "chain {chain} goes on with an exchange that repeats itself {every}, {steps} by now, "
                        )?;
                        match grounds.definite {
                            0 => write!(f, "all inferred from who comes when")?,
                            _ => write!(f, "{} of them inferred from who comes when", grounds.inferred)?,
                        }
                    }
                }
                match self.false_stop_ppm {
                    // Nothing is impossible: what does not say how likely it is, is not said to be.
                    None => Ok(()),
                    Some(ppm) => {
                        write!(f, "; at most {ppm} in a million legitimate lines of steps ever look like this")
                    }
                }
            }
            DenyReason::Rounds => write!(
                f,
                "somebody answers us and we them in chain {chain}, for more than {limit} rounds, and as far as can be told only because we answer"
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
            DenyReason::Stopped => match self.stop.as_deref() {
                // What a version held or denied that did not say which.
                None => write!(f, "a person stopped chain {chain}, its subject, or everything"),
                Some(StopRef { what, record }) => {
                    match what {
                        StopKind::All => f.write_str("a person stopped everything")?,
                        StopKind::Chain => write!(f, "a person stopped chain {chain}")?,
                        StopKind::Subject => f.write_str("a person stopped its subject, or what it concerns")?,
                    }
                    record.map_or(Ok(()), |record| write!(f, ", in record {record}"))
                }
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::{boxed::Box, string::ToString, vec};

    use super::{Denial, DenyReason};
    use crate::{
        id::{ChainId, Seq},
        verdict::Grounds,
    };

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

    #[test]
    fn where_links_are_inferred_steps_are_counted_and_not_hops() {
        let denial = |definite, period| {
            let grounds = Grounds { evidence: 12_500, definite, inferred: 5, categories: vec![], hops: vec![] };
            let denial = Denial::new(DenyReason::Loop, ChainId(Seq(7)), 1);
            Denial { period: Some(period), false_stop_ppm: Some(80), grounds: Some(Box::new(grounds)), ..denial }
                .to_string()
        };
        assert_eq!(
            denial(0, 1),
            "chain 7 goes on with an exchange that repeats itself at each step, 5 by now, all inferred from who comes when; \
             at most 80 in a million legitimate lines of steps ever look like this"
        );
        let mixed =
            "chain 7 goes on with an exchange that repeats itself every 2 steps, 7 by now, 5 of them inferred from";
        assert!(denial(2, 2).starts_with(mixed));
    }
}
