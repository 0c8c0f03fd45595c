//! What people, programs and language models write in these stories.

use super::dice::Dice;

/// The vocabulary of sentences.
pub const WORDS: [&str; 64] = [
    "adapter",
    "alert",
    "archive",
    "backlog",
    "backup",
    "batch",
    "billing",
    "branch",
    "bucket",
    "bundle",
    "cache",
    "canary",
    "checksum",
    "commit",
    "container",
    "cursor",
    "dashboard",
    "database",
    "deadline",
    "dependency",
    "digest",
    "endpoint",
    "environment",
    "exporter",
    "fixture",
    "gateway",
    "handshake",
    "header",
    "hotfix",
    "incident",
    "index",
    "ingress",
    "invoice",
    "journal",
    "kernel",
    "ledger",
    "linter",
    "listener",
    "manifest",
    "merge",
    "metric",
    "migration",
    "namespace",
    "network",
    "payload",
    "pipeline",
    "plugin",
    "policy",
    "quota",
    "release",
    "replica",
    "report",
    "router",
    "sandbox",
    "scheduler",
    "schema",
    "secret",
    "session",
    "snapshot",
    "storage",
    "tenant",
    "timeout",
    "upgrade",
    "worker",
];

const OPENINGS: [&str; 16] = [
    "Thanks for the detail",
    "That is a fair question",
    "I had another look",
    "Good catch",
    "I see what you mean",
    "You are right",
    "Let me summarise",
    "Happy to help",
    "To be precise",
    "One more thought",
    "As far as I can tell",
    "Thank you for waiting",
    "I agree in part",
    "From what I read",
    "Short answer",
    "Following up on this",
];
const SUBJECTS: [&str; 8] = [
    "the change",
    "this approach",
    "your last point",
    "the failing step",
    "our setup",
    "the proposal",
    "it",
    "that part",
];
const VERBS: [&str; 10] = [
    "looks fine for",
    "depends on",
    "should be checked against",
    "probably explains",
    "is unrelated to",
    "can be moved into",
    "needs a second look at",
    "makes more sense with",
    "was written before",
    "does not yet cover",
];
const CLOSINGS: [&str; 10] = [
    "Shall I go ahead?",
    "Let me know what you think.",
    "What would you prefer?",
    "I can prepare that.",
    "Does that answer it?",
    "Please confirm.",
    "I will keep an eye on it.",
    "Could you clarify?",
    "Happy to adjust.",
    "",
];

/// A run of unrelated words.
pub fn sentence(dice: &Dice, words: u64) -> String {
    (0..words).map(|_| dice.pick(&WORDS)).collect::<Vec<_>>().join(" ")
}

/// What a language model answers: always the same shape, never the same words.
pub fn paraphrase(dice: &Dice) -> String {
    let mut text = format!("{}{}", dice.pick(&OPENINGS), dice.pick(&[".", "!", ":", " -", ","]));
    for _ in 0..dice.between(1, 3) {
        let object = sentence(dice, dice.between(2, 7));
        text.push_str(&format!(" {} {} the {object}.", dice.pick(&SUBJECTS), dice.pick(&VERBS)));
    }
    format!("{text} {}", dice.pick(&CLOSINGS)).trim_end().to_owned()
}

/// A moment as programs print it, `ms` after the first of March 2026.
#[must_use]
pub fn timestamp(ms: u64) -> String {
    let seconds = ms / 1_000;
    let (mut year, mut month, mut day) = (2026, 3, seconds / 86_400);
    loop {
        let length = match month {
            2 if year % 4 == 0 => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        if day < length {
            break;
        }
        day -= length;
        (year, month) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
    }
    let (hour, minute, second) = (seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60);
    format!("{year}-{month:02}-{:02}T{hour:02}:{minute:02}:{second:02}Z", day + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_roll_over_months_and_leap_years() {
        assert_eq!(timestamp(0), "2026-03-01T00:00:00Z");
        assert_eq!(timestamp(31 * 86_400_000 + 3_723_999), "2026-04-01T01:02:03Z");
        assert_eq!(timestamp(730 * 86_400_000), "2028-02-29T00:00:00Z");
        assert_eq!(timestamp(731 * 86_400_000), "2028-03-01T00:00:00Z");
    }

    #[test]
    fn a_model_hardly_repeats_itself() {
        let dice = Dice::new("model", 0);
        let said: std::collections::BTreeSet<_> = (0..200).map(|_| paraphrase(&dice)).collect();
        assert_eq!(said.len(), 200);
    }
}
