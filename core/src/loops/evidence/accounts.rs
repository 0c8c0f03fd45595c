//! What accounts turn out to be, whatever the platform says: machines behind a person's name, and our own ones.

use minicbor::{Decode, Encode};

use super::sources::Said;
use crate::time::Timestamp;

/// Each reflex is four times as likely from a machine, each other answer four times as likely from a person.
const REFLEX: u32 = 4;
/// The same few words, or a mere act, are half as likely again.
const BRIEF: [u32; 2] = [3, 2];
/// In 1/256: where a score starts, how low it falls, when an account counts as a machine, and how high it gets.
const START: u32 = 256;
const FLOOR: u32 = 64;
const MACHINE: u32 = 64 * 256;
const CEILING: u32 = 1024 * 256;
/// So often an account must have been the first to show what we made before it is taken for ours.
const OURS: u8 = 3;
/// Nobody reads and answers faster, whatever the length; and nobody types faster than this, in long texts three times as slowly.
const READ_MS: u64 = 2000;
const BYTE_MS: u64 = 25;
const SHORT_BYTES: u64 = 80;
const TYPED_BYTES: u64 = 240;
/// Whoever says the same again so long after we did something may just want the same again: in a few words, and in more.
const BRIEF_MS: u64 = 15 * 60_000;
const AGAIN_MS: u64 = 6 * 3_600_000;

#[derive(Debug, Clone, Encode, Decode)]
#[cbor(array)]
pub(super) struct Account {
    #[n(0)]
    score: u32,
    #[n(1)]
    shown: u8,
}

impl Default for Account {
    fn default() -> Self {
        Self { score: START, shown: 0 }
    }
}

impl Account {
    pub(super) fn is_machine(&self) -> bool {
        self.score >= MACHINE
    }

    pub(super) fn is_own(&self) -> bool {
        self.shown >= OURS
    }

    /// It answers us: at once, or with the words it used before, or as a person would. Where it may be no answer at all, it is not
    /// known to what.
    pub(super) fn on_answer(&mut self, ours: Option<Timestamp>, now: Timestamp, text: &str, said: Said) {
        let bytes = (text.len() as u64).min(TYPED_BYTES);
        let typing = BYTE_MS * (bytes + 2 * bytes.saturating_sub(SHORT_BYTES));
        let waited = ours.map(|ours| now.since_ms(ours));
        let within = |ms| waited.is_none_or(|waited| waited <= ms);
        let reflex = waited.is_some_and(|waited| waited < READ_MS + typing);
        self.score = match said {
            _ if reflex => self.score * REFLEX,
            Said::Again if within(AGAIN_MS) => self.score * REFLEX,
            Said::Briefly if within(BRIEF_MS) => self.score * BRIEF[0] / BRIEF[1],
            Said::Again | Said::Briefly => self.score,
            Said::New => self.score / REFLEX,
        };
        self.score = self.score.clamp(FLOOR, CEILING);
    }

    /// It was the first to show us, word by word, what we had just made; or it made something of its own.
    pub(super) fn on_made(&mut self, ours: bool) {
        self.shown = if ours { self.shown.saturating_add(1) } else { self.shown.saturating_sub(1) };
    }
}
