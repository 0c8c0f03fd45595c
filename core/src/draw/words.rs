//! Plain words for what the core says in types.

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};

use super::note::{EffectNote, Step, StepKind};
use crate::{
    event::ActorClass,
    input::{Order, OutcomeResult},
    time::Timestamp,
    verdict::{Denial, DenyReason, HoldReason, Link, LinkKind, WakeReason},
};

/// A text of a platform, made fit to be shown: one line, at most `max` characters, nothing that moves the cursor or
/// turns the direction of reading.
pub(super) fn clean(text: &str, max: usize) -> String {
    let mut out = String::new();
    let mut space = false;
    for (count, mut char) in text.trim().chars().filter(|char| !is_invisible(*char)).enumerate() {
        if count >= max {
            out.push('…');
            break;
        }
        if char.is_control() && !char.is_whitespace() {
            char = '\u{fffd}';
        }
        if !char.is_whitespace() {
            out.push(char);
        } else if !space {
            out.push(' ');
        }
        space = char.is_whitespace();
    }
    out
}

/// Marks that have no width of their own and can make a text read as another one.
pub(crate) fn is_invisible(char: char) -> bool {
    matches!(char, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// A cleaned text cut shorter.
pub(super) fn cut(text: &str, max: usize) -> String {
    match text.char_indices().nth(max) {
        Some(_) => text.chars().take(max.saturating_sub(1)).chain(['…']).collect(),
        None => text.into(),
    }
}

/// `250 ms`, `3.2 s`, `4 min 5 s`, `2 h 3 min`, `3 d 4 h`.
pub(super) fn span(ms: u64) -> String {
    let two = |big: u64, big_unit, small: u64, small_unit| match small {
        0 => format!("{big} {big_unit}"),
        _ => format!("{big} {big_unit} {small} {small_unit}"),
    };
    let seconds = ms / 1000;
    match seconds {
        0 => format!("{ms} ms"),
        1..=59 if ms % 1000 / 100 == 0 => format!("{seconds} s"),
        1..=59 => format!("{seconds}.{} s", ms % 1000 / 100),
        60..=3599 => two(seconds / 60, "min", seconds % 60, "s"),
        3600..=86_399 => two(seconds / 3600, "h", seconds % 3600 / 60, "min"),
        _ => two(seconds / 86_400, "d", seconds % 86_400 / 3600, "h"),
    }
}

/// A time as people write it: `2023-11-14 22:13:20.250 UTC`.
#[must_use]
pub fn clock(at: Timestamp) -> String {
    at.utc()
}

/// `1 effect`, `3 effects`.
pub(super) fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// The reason as logs say it, and what evidence it has.
pub(super) fn denial(denial: &Denial) -> String {
    let Some(grounds) = denial.grounds.as_ref().filter(|_| denial.reason == DenyReason::Loop) else {
        return denial.to_string();
    };
    let hops: Vec<String> = grounds.hops.iter().map(ToString::to_string).collect();
    let repeat: Vec<&str> = grounds.categories.iter().map(|category| self::category(*category)).collect();
    format!(
        "{denial} (evidence {}, from {} definite and {} inferred steps; the last ones, {}, and this one repeat {})",
        grounds.evidence,
        grounds.definite,
        grounds.inferred,
        hops.join(", "),
        repeat.join(", ")
    )
}

/// How much a step repeats of those before.
fn category(category: u8) -> &'static str {
    match category {
        0 => "nothing",
        1 => "structure",
        2 => "content",
        _ => "state",
    }
}

/// The reason in two or three words.
pub(super) fn deny_reason(reason: DenyReason) -> &'static str {
    match reason {
        DenyReason::HopLimit => "hop limit",
        DenyReason::Budget => "budget used up",
        DenyReason::Loop => "loop",
        DenyReason::Rounds => "too many rounds",
        DenyReason::Stopped => "stopped by a person",
        DenyReason::Incomplete => "incomplete",
        DenyReason::Tripped => "breaker open",
        DenyReason::Proved => "proved loop",
    }
}

/// Why it is held, and what to do where that is meant. What a rule makes, only the rule can declare.
pub(super) fn hold_reason(reason: HoldReason, denial: Option<&Denial>, of_rule: bool) -> String {
    let new_each_time = denial.is_some_and(|denial| denial.reason == DenyReason::Rounds);
    let meant = match (reason, of_rule) {
        (HoldReason::Limit | HoldReason::Behind, _) => "",
        (_, true) => "; if that is meant, let its rule say `loops: \"reentry(n)\"`",
        // Of what is new each time only the rounds are counted, and growing progress is no round.
        (HoldReason::Probe, false) if new_each_time => {
            "; if it makes progress, declare that, or let its rule say `loops: \"reentry(n)\"`"
        }
        (_, false) => {
            "; if that is meant, declare it as an attempt, as progress or as part of a plan, or let its rule say \
             `loops: \"reentry(n)\"`"
        }
    };
    let person =
        if reason == HoldReason::Probe { ", and if a person answers, name that account in `actors`" } else { "" };
    let why = match reason {
        HoldReason::Limit => "it meets a limit, and its rule says to hold it for a person",
        HoldReason::Probe if new_each_time => {
            "it goes round after each answer; held to see whether answers come without it"
        }
        HoldReason::Probe => "it repeats itself after each answer; held to see whether answers come without it",
        HoldReason::Repeats => "it repeats itself",
        HoldReason::Behind => "an earlier effect of the same chain on the same subject is held",
    };
    format!("{why}{meant}{person}")
}

/// How an event is linked, as a sentence about it.
pub(super) fn link(link: &Link, inferred: bool) -> String {
    let of = link.of.map_or_else(|| "another broker's effect".into(), |of| format!("effect {of}"));
    match link.kind {
        LinkKind::Token => format!("an authenticated token of {of} came back in it (token)"),
        LinkKind::Receipt => format!("it is about the object that {of} made (receipt)"),
        LinkKind::Reply if inferred => {
            format!("it came from an automated account shortly after {of} (inferred by timing)")
        }
        LinkKind::Reply => format!("it answers the object that {of} made (reply)"),
        LinkKind::Content => format!("it has the text of {of}, whose outcome was still awaited (content)"),
        LinkKind::Account => format!("one of our own accounts did it, where {of} was our last deed (account)"),
    }
}

pub(super) fn link_kind(kind: LinkKind, inferred: bool) -> &'static str {
    match kind {
        LinkKind::Token => "token",
        LinkKind::Receipt => "receipt",
        LinkKind::Reply if inferred => "timing",
        LinkKind::Reply => "reply",
        LinkKind::Content => "content",
        LinkKind::Account => "account",
    }
}

pub(super) fn outcome(result: &OutcomeResult) -> String {
    match result {
        OutcomeResult::Done { object, objects } => {
            let made: alloc::vec::Vec<_> = object.iter().chain(objects).map(|object| clean(object, 120)).collect();
            if made.is_empty() { "done".into() } else { format!("done; it made {}", made.join(", ")) }
        }
        OutcomeResult::Retry { after_ms } => {
            format!("refused for now by the platform; to be tried again in {}", span(*after_ms))
        }
        OutcomeResult::Ambiguous {} => "nobody knows whether it happened".into(),
        OutcomeResult::Failed { reason: Some(reason) } => format!("failed: {}", clean(reason, 200)),
        OutcomeResult::Failed { reason: None } => "failed".into(),
        OutcomeResult::Cancelled {} => "the host decided not to do it".into(),
    }
}

pub(super) fn order(order: &Order) -> String {
    match order {
        Order::StopChain { chain } => format!("stop chain {chain}"),
        Order::StopSubject { subject } => format!("stop everything on {}", clean(subject, 120)),
        Order::StopAll {} => "stop everything".into(),
        Order::ResumeChain { chain } => format!("let chain {chain} go on"),
        Order::ResumeSubject { subject } => format!("let {} go on", clean(subject, 120)),
        Order::ResumeAll {} => "lift the stop of everything".into(),
        Order::StopTenants {} => "stop everything of every tenant".into(),
        Order::ResumeTenants {} => "lift the stop of everything of every tenant".into(),
        Order::Approve { effect } => format!("let effect {effect} leave"),
        Order::ApproveHeld { rule, subject } => {
            let rule = rule.as_ref().map(|rule| format!(" of rule {}", clean(rule, 80))).unwrap_or_default();
            let subject = subject.as_ref().map(|subject| format!(" on {}", clean(subject, 120))).unwrap_or_default();
            format!("let all that is held{rule}{subject} leave")
        }
        Order::Cancel { effect } => format!("drop effect {effect}"),
        Order::AcceptTime { to } => format!("accept the clock up to {}", clock(*to)),
        Order::Plan { plan, order } => format!("{order} in the plan {}", clean(plan, 120)),
    }
}

pub(super) fn wake_reason(reason: WakeReason) -> &'static str {
    match reason {
        WakeReason::OutcomeDue => "the outcome of an effect is overdue then",
        WakeReason::RetryDue => "an effect is to be tried again then",
        WakeReason::HoldEnds => "a hold ends then",
        WakeReason::Expires => "an effect expires then",
        WakeReason::Backlog => "work is left over, so at once",
        WakeReason::Work => "a task or an agent is due then",
        WakeReason::Clock => "the clock is too far ahead to be believed",
    }
}

/// The wire's word for a value, in plain letters.
pub(super) fn plain(value: &impl serde::Serialize) -> String {
    let value = serde_json::to_value(value).unwrap_or_default();
    value.as_str().unwrap_or_default().replace('_', " ")
}

pub(super) fn class(class: ActorClass) -> &'static str {
    match class {
        ActorClass::Unknown => "unknown",
        ActorClass::Human => "person",
        ActorClass::Bot => "bot",
        ActorClass::App => "app",
        ActorClass::System => "system",
        ActorClass::Timer => "timer",
    }
}

impl StepKind {
    /// What was decided in three words.
    pub(super) fn short(&self) -> String {
        match self {
            Self::Admitted(Some(by), held) => {
                let would = if held.is_some() { "held" } else { "refused" };
                format!("admitted, would have been {would} ({})", deny_reason(by.reason))
            }
            Self::Held { until, why, .. } => format!("held ({}) until {}", plain(why), clock(*until)),
            Self::Denied(by) => format!("refused ({})", deny_reason(by.reason)),
            other => other.words(false),
        }
    }

    pub(super) fn words(&self, of_rule: bool) -> String {
        match self {
            Self::Admitted(None, _) => "admitted".into(),
            Self::Admitted(Some(by), None) => format!("admitted, but would have been refused: {}", denial(by)),
            Self::Admitted(Some(by), Some(_)) => format!("admitted, but would have been held: {}", denial(by)),
            Self::Held { until, why, denial: by, latest } => {
                let reason = by.as_ref().map(|by| format!(": {}", denial(by))).unwrap_or_default();
                let because = hold_reason(*why, by.as_ref(), of_rule);
                let on = match why {
                    HoldReason::Probe if latest > until => {
                        format!(", and held on from then while an answer is under way, until {}", clock(*latest))
                    }
                    _ => String::new(),
                };
                format!("held until {}{on} at the latest, because {because}{reason}", clock(*until))
            }
            Self::Denied(by) => format!("refused: {}", denial(by)),
            Self::Expired => "expired before it could leave".into(),
            Self::Cancelled => "dropped by a person or a stop, or it is over".into(),
            Self::Ambiguous => "no outcome came in time: it is released again, to be looked for first".into(),
            Self::Outcome(result) => outcome(result),
            Self::Answered => "the handler has answered".into(),
        }
    }
}

impl EffectNote {
    /// The so manyth thing that was said of it. What is held on for the same reason is told once in full.
    pub(super) fn told(&self, n: usize) -> String {
        let held = |step: &Step| match &step.what {
            StepKind::Held { why, until, .. } => Some((*why, *until)),
            _ => None,
        };
        let Some(step) = self.steps.get(n) else { return String::new() };
        let before = n.checked_sub(1).and_then(|before| held(self.steps.get(before)?));
        match (held(step), before) {
            (Some((why, until)), Some((same, _))) if why == same => format!("held on until {}", clock(until)),
            _ => step.what.words(self.is_of_rule()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    #[test]
    fn times_and_spans_read_as_people_write_them() {
        assert_eq!(clock(Timestamp(0)), "1970-01-01 00:00:00.000 UTC");
        assert_eq!(clock(Timestamp(951_782_400_000)), "2000-02-29 00:00:00.000 UTC");
        assert_eq!(clock(Timestamp(1_700_000_000_250)), "2023-11-14 22:13:20.250 UTC");
        assert_eq!(clock(Timestamp::MAX), "9999-12-31 23:59:59.999 UTC");
        let spans = [0, 999, 1000, 3250, 60_000, 245_000, 7_380_000, 273_600_000].map(span);
        assert_eq!(spans, ["0 ms", "999 ms", "1 s", "3.2 s", "1 min", "4 min 5 s", "2 h 3 min", "3 d 4 h"]);
    }

    #[test]
    fn a_hold_for_repeating_names_what_to_declare_and_one_for_rounds_only_what_would_help() {
        let of = |reason| Denial::new(reason, crate::ChainId::default(), 1);
        for (why, reason) in [(HoldReason::Repeats, DenyReason::Loop), (HoldReason::Probe, DenyReason::Loop)] {
            let said = hold_reason(why, Some(&of(reason)), false);
            assert!(said.contains("as an attempt, as progress or as part of a plan"), "{said}");
            assert!(said.contains("or let its rule say `loops: \"reentry(n)\"`"), "{said}");
        }
        let said = hold_reason(HoldReason::Probe, Some(&of(DenyReason::Rounds)), false);
        assert!(said.contains("; if it makes progress, declare that, or let its rule say"), "{said}");
    }

    #[test]
    fn a_hold_of_what_a_rule_makes_names_what_a_rule_can_say() {
        let of = |reason| Denial::new(reason, crate::ChainId::default(), 1);
        for reason in [DenyReason::Rounds, DenyReason::Loop] {
            let said = hold_reason(HoldReason::Probe, Some(&of(reason)), true);
            assert!(!said.contains("progress"), "{said}");
            let ends =
                "let its rule say `loops: \"reentry(n)\"`, and if a person answers, name that account in `actors`";
            assert!(said.ends_with(ends), "{said}");
        }
    }

    #[test]
    fn a_probe_says_how_long_it_can_be_held_on_and_that_it_is_held_on_in_a_line() {
        let held = |until: u64| StepKind::Held {
            until: Timestamp(until),
            why: HoldReason::Probe,
            denial: Some(Denial::new(DenyReason::Loop, crate::ChainId::default(), 1)),
            latest: Timestamp(7_200_000),
        };
        let step = |at: u64, until| Step { seq: crate::Seq(at), at: Timestamp(at), what: held(until) };
        let note = EffectNote { steps: vec![step(1, 1000), step(2, 60_000)], ..EffectNote::of_test() };
        let begins = "held until 1970-01-01 00:00:01.000 UTC, and held on from then while an answer is under way, until \
                      1970-01-01 02:00:00.000 UTC at the latest, because it repeats itself after each answer;";
        assert!(note.told(0).starts_with(begins), "{}", note.told(0));
        assert_eq!(note.told(1), "held on until 1970-01-01 00:01:00.000 UTC");
    }

    impl EffectNote {
        fn of_test() -> Self {
            Self {
                id: crate::EffectId::default(),
                at: Timestamp(0),
                chain: crate::ChainId::default(),
                hop: 1,
                kind: "message".into(),
                subject: "teams:a".into(),
                about: None,
                text: None,
                rule: None,
                key: None,
                handler: None,
                causes: Vec::new(),
                proposals: Vec::new(),
                echo: None,
                steps: Vec::new(),
            }
        }
    }

    #[test]
    fn a_text_can_not_move_the_cursor_or_turn_the_line_round() {
        assert_eq!(clean("  a\r\n\tb\u{1b}[2Jc\u{202e}d\u{200b}e ", 99), "a b\u{fffd}[2Jcde");
        assert_eq!(clean("äöüß", 2), "äö…");
        assert_eq!(cut("äöüß", 3), "äö…");
        assert_eq!(cut("äöü", 3), "äöü");
    }
}
