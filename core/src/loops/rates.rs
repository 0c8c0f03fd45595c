//! How often the effects of each rule repeat something: the assumption on which the evidence stands, watched.
//!
//! The evidence assumes that in legitimate automation at most 50 in 100 automated steps repeat the structure, at most 15
//! the content too, at most 4 also the state. Counted is each step that left and went into the evidence. A rule exceeds a
//! cap when more repeat than the cap allows by three standard deviations; asked only where the cap would let five pass.

use alloc::collections::BTreeMap;

use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};

use super::evidence::{CAPS, Category, Linked};
use crate::{limits, rules::Rule, text::Text};

/// Steps by how much they repeat: nothing, the structure, the content too, the state too.
pub(crate) type Tally = [u64; 4];

/// Of a rule: its steps over definite links, and over inferred ones.
#[derive(Debug, Clone, Copy, Default, Encode, Decode)]
#[cbor(array)]
pub(crate) struct Rate {
    #[n(0)]
    pub(crate) definite: Tally,
    #[n(1)]
    pub(crate) inferred: Tally,
    /// Effects that left and would have been held, or denied, where the rule enforces. `None` for none.
    #[n(2)]
    would: Option<[u64; 2]>,
}

impl Rate {
    /// How many left that would have been held, and denied.
    pub(crate) fn would(&self) -> [u64; 2] {
        self.would.unwrap_or_default()
    }
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Rates {
    /// By rule; what comes of no rule under `""`.
    rules: BTreeMap<Text, Rate>,
}

impl Rates {
    /// A step left.
    pub(super) fn on_step(&mut self, rule: Option<&str>, link: Linked, category: Category) {
        let Some(rate) = self.rate(rule) else { return };
        let tally = match link {
            Linked::Definitely => &mut rate.definite,
            Linked::ByInference => &mut rate.inferred,
        };
        let count = &mut tally[category as usize];
        *count = count.saturating_add(1);
    }

    /// An effect left that would have been held, or denied.
    pub(crate) fn on_would(&mut self, rule: Option<&str>, hold: bool) {
        let Some(rate) = self.rate(rule) else { return };
        let [held, denied] = rate.would.get_or_insert_default();
        let count = if hold { held } else { denied };
        *count = count.saturating_add(1);
    }

    fn rate(&mut self, rule: Option<&str>) -> Option<&mut Rate> {
        let rule = rule.unwrap_or("");
        if !self.rules.contains_key(rule) {
            if self.rules.len() > limits::RULES {
                return None;
            }
            self.rules.insert(rule.into(), Rate::default());
        }
        self.rules.get_mut(rule)
    }

    /// Rules that are gone are forgotten.
    pub(super) fn on_rules(&mut self, rules: &[Rule]) {
        self.rules.retain(|id, _| id.is_empty() || rules.iter().any(|rule| rule.id == *id));
    }

    pub(crate) fn list(&self) -> impl Iterator<Item = (&Text, &Rate)> {
        self.rules.iter()
    }

    pub(super) fn decode(d: &mut Decoder<'_>) -> Result<Self, decode::Error> {
        Ok(Self { rules: Decode::decode(d, &mut ())? })
    }
}

/// The categories, 1 to 3, of which there are more than the caps allow.
pub(crate) fn exceeded(tally: &Tally) -> impl Iterator<Item = u8> {
    let steps: u128 = tally.iter().map(|count| u128::from(*count)).sum();
    let counted = *tally;
    (1..).zip(CAPS).filter_map(move |(level, (cap, _))| {
        let cap = u128::from(cap);
        let found: u128 = counted[usize::from(level)..].iter().map(|count| u128::from(*count)).sum();
        let excess = (100 * found).checked_sub(cap * steps).filter(|excess| *excess > 0)?;
        let spread = 9 * steps * cap * (100 - cap);
        (cap * steps >= 500 && excess.saturating_mul(excess) > spread).then_some(level)
    })
}

impl<C> Encode<C> for Rates {
    fn encode<W: encode::Write>(&self, e: &mut Encoder<W>, ctx: &mut C) -> Result<(), encode::Error<W::Error>> {
        self.rules.encode(e, ctx)
    }
}

#[cfg(test)]
mod tests {
    use alloc::{vec, vec::Vec};

    use super::*;

    fn over(tally: Tally) -> Vec<u8> {
        exceeded(&tally).collect()
    }

    #[test]
    fn a_cap_is_exceeded_by_three_deviations_and_not_by_few_steps() {
        // 100 steps: 50 may repeat the structure, give or take 15.
        assert_eq!(over([36, 64, 0, 0]), Vec::<u8>::new());
        assert_eq!(over([34, 66, 0, 0]), vec![1]);
        // 1000 steps: 150 may repeat the content, give or take 33.9; 40 the state, give or take 18.6.
        assert_eq!(over([817, 0, 183, 0]), Vec::<u8>::new());
        assert_eq!(over([816, 0, 184, 0]), vec![2]);
        assert_eq!(over([942, 0, 0, 58]), Vec::<u8>::new());
        assert_eq!(over([941, 0, 0, 59]), vec![3]);
        assert_eq!(over([0, 0, 0, 9]), Vec::<u8>::new());
        assert_eq!(over([0, 0, 0, 1000]), vec![1, 2, 3]);
    }

    #[test]
    fn what_would_be_held_is_counted_apart_from_what_would_be_denied() {
        let mut rates = Rates::default();
        for hold in [true, false, true, true] {
            rates.on_would(Some("r"), hold);
        }
        assert_eq!(rates.list().map(|(_, rate)| rate.would()).collect::<Vec<_>>(), [[3, 1]]);
    }

    #[test]
    fn rates_of_before_there_was_a_third_number_are_read() {
        let before = minicbor::to_vec(([1_u64, 2, 3, 4], [5_u64, 6, 7, 8])).expect("to memory");
        let rate: Rate = minicbor::decode(&before).expect("a rate");
        assert_eq!((rate.definite, rate.inferred, rate.would()), ([1, 2, 3, 4], [5, 6, 7, 8], [0, 0]));
    }

    #[test]
    fn rules_that_are_gone_are_forgotten_and_no_more_are_counted_than_there_may_be() {
        let mut rates = Rates::default();
        for n in 0..2 * limits::RULES {
            rates.on_step(Some(&alloc::format!("r{n}")), Linked::Definitely, Category::Content);
        }
        rates.on_step(Some("r0"), Linked::ByInference, Category::New);
        assert_eq!(rates.list().count(), limits::RULES + 1);
        let rule: Rule = serde_json::from_str(r#"{"id":"r0","handle":"h"}"#).expect("a rule");
        rates.on_rules(&[rule]);
        let left: Vec<_> = rates.list().map(|(id, rate)| (id.as_str(), rate.definite, rate.inferred)).collect();
        assert_eq!(left, [("r0", [0, 0, 1, 0], [1, 0, 0, 0])]);
    }
}
