//! What comes in to fool the evidence, or to drown it: floods, texts made to collide or to look like progress, tokens
//! sent again, clocks that jump, accounts that change. The work is bounded, each refusal has a reason, and what is
//! innocent is not denied.

use std::collections::BTreeMap;

use reynolds::{
    Broker, Config, Decision, Durability, Effect, EffectId, Event, Genesis, Input, Keys, ReleaseNo, Timestamp, Verdict,
    event::{Actor, ActorClass, Property},
    input::{Causes, Outcome, OutcomeResult, Proposal, Propose},
    verdict::{DenyReason, HoldReason, LinkKind},
};

const START: u64 = 1_700_000_000_000;

/// A host that performs everything at once, and what it was told.
struct Host {
    broker: Broker,
    at: u64,
    cursor: ReleaseNo,
    events: u64,
    /// How often what was said of effects that the latest event or proposal wanted.
    said: BTreeMap<&'static str, u32>,
}

impl Host {
    fn new(config: &str) -> Self {
        let config = Config::from_json(config.as_bytes()).expect("a valid configuration");
        let durability = Durability::Volatile;
        let genesis = Genesis { name: "host".into(), config, durability, at: Timestamp(START), ..Genesis::default() };
        let broker =
            Broker::new(genesis, Keys::new(1, b"a secret of the host").expect("long enough")).expect("a valid genesis");
        Self { broker, at: START, cursor: ReleaseNo(0), events: 0, said: BTreeMap::new() }
    }

    fn submit(&mut self, input: impl Into<Input>) -> Decision {
        let decision = self.broker.submit(Timestamp(self.at), input).expect("a valid input");
        self.count(&decision);
        decision
    }

    fn count(&mut self, decision: &Decision) {
        for verdict in &decision.verdicts {
            *self.said.entry(word(verdict)).or_default() += 1;
        }
    }

    /// An event under an id of its own.
    fn event(&mut self, event: Event) -> Decision {
        self.events += 1;
        self.submit(Event { id: format!("d{}", self.events).into(), source: "s".into(), ..event })
    }

    fn released(&mut self) -> Vec<Effect> {
        let mut effects = Vec::new();
        self.broker.released(self.cursor, &mut effects);
        self.cursor = effects.last().map_or(self.cursor, |effect| effect.release);
        effects
    }

    /// Reports what was released as done, under the effects' ids, until nothing more is.
    fn perform(&mut self) -> Vec<Effect> {
        let mut performed = Vec::new();
        loop {
            let effects = self.released();
            for Effect { id: effect, tenant, .. } in &effects {
                let result = OutcomeResult::done(effect.to_string());
                let outcome = Outcome { effect: *effect, result, chain: None, tenant: tenant.clone() };
                let _ = self.submit(outcome);
            }
            if effects.is_empty() {
                return performed;
            }
            performed.extend(effects);
        }
    }

    /// Waits until nothing is held any more, and performs what leaves.
    fn wait(&mut self) {
        self.perform();
        while let Some(wakeup) = self.broker.wakeup() {
            self.at = self.at.max(wakeup.at.0);
            if let Some(decision) = self.broker.advance(Timestamp(self.at)) {
                self.count(&decision);
            }
            self.perform();
        }
    }

    fn said(&self, what: &str) -> u32 {
        self.said.get(what).copied().unwrap_or(0)
    }

    /// Bytes of the whole state.
    fn size(&self) -> usize {
        let mut bytes = Vec::new();
        self.broker.snapshot(&mut bytes).expect("nothing waits for a journal");
        bytes.len()
    }
}

/// What a verdict says. A refusal says why, in numbers and in words.
fn word(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Admitted { would: None, .. } => "admitted",
        Verdict::Held { why: HoldReason::Probe, denial: Some(_), .. } => "held probe",
        Verdict::Held { why: HoldReason::Repeats, denial: Some(_), .. } => "held repeats",
        Verdict::Held { why: HoldReason::Behind, .. } => "held behind",
        Verdict::Denied { denial, .. } => {
            let (limit, bound) = (denial.limit.is_some(), denial.false_stop_ppm.is_some());
            let tripped = denial.reason == DenyReason::Tripped;
            assert!((limit != bound) != tripped && !denial.to_string().is_empty(), "{denial:?}");
            match denial.reason {
                DenyReason::Loop => "denied loop",
                DenyReason::Budget => "denied budget",
                DenyReason::HopLimit => "denied hop_limit",
                DenyReason::Rounds => "denied rounds",
                DenyReason::Tripped => "denied tripped",
                _ => panic!("{denial:?}"),
            }
        }
        Verdict::Ambiguous { .. } => "ambiguous",
        Verdict::Tripped { .. } => "tripped",
        other => panic!("{other:?}"),
    }
}

fn message(subject: &str, actor: (&str, ActorClass), text: &str) -> Event {
    Event {
        kind: "message".into(),
        subject: subject.into(),
        actor: Some(Actor { id: actor.0.into(), class: actor.1 }),
        text: Some(text.into()),
        ..Event::default()
    }
}

const BOT: (&str, ActorClass) = ("x:bot", ActorClass::Bot);

/// A flood of 10,000 events in a minute, all answered; then what was said.
fn flood(answer: &str, event: impl Fn(u64) -> Event) -> BTreeMap<&'static str, u32> {
    let mut host = Host::new(&format!(r#"{{"rules":[{{"id":"r","effects":[{answer}]}}]}}"#));
    for n in 0..10_000 {
        host.at = START + 6 * n;
        let _ = host.event(event(n));
        host.perform();
    }
    host.wait();
    host.said
}

/// Answers where the event was, elsewhere, and always the same.
const ANSWERS: [&str; 3] = [
    r#"{"kind":"message","subject":"{subject}","text":"Seen: {text}"}"#,
    r#"{"kind":"message","subject":"teams:board","text":"Seen: {text}"}"#,
    r#"{"kind":"message","subject":"{subject}","text":"Thank you, somebody will look at it."}"#,
];

/// A text of its own for each number: no digits, which would not make it new.
fn words(n: u64) -> String {
    let letter = |n: u64| char::from(b'a' + u8::try_from(n % 26).expect("below 26"));
    let word = |n: u64| [n, n / 26, n / 676, n / 17_576, n / 7, n / 11].map(letter).iter().collect::<String>();
    (1..9_u64).map(|k| word((n + 1).wrapping_mul(k * 7919))).collect::<Vec<_>>().join(" ")
}

#[test]
fn a_flood_of_unrelated_events_from_one_bot_is_not_denied_and_hardly_held() {
    for answer in ANSWERS {
        for apart in [true, false] {
            let subject = |n| if apart { format!("x:{n}") } else { "x:feed".to_owned() };
            let said = flood(answer, |n| message(&subject(n), BOT, &words(n)));
            let held = said.get("held probe").copied().unwrap_or(0);
            // Whoever comes like a clock, and is answered at once, is found out by a probe, again and again more rarely.
            assert!(held <= 11, "{answer}, apart: {apart}: {said:?}");
            assert_eq!(
                said.iter().filter(|(said, _)| !said.starts_with("held")).collect::<Vec<_>>(),
                [(&"admitted", &10_000)]
            );
        }
    }
}

/// A bot answers each of our answers, at once and by the id: how many leave, how many of them were held first, and why the
/// next one does not leave.
fn dialogue(answer: &str, event: impl Fn(u64, Event) -> Event) -> (u32, u32, &'static str) {
    let mut host = Host::new(&format!(r#"{{"rules":[{{"id":"r","effects":[{answer}]}}]}}"#));
    let mut last = None::<EffectId>;
    for n in 0..100 {
        let reply_to = last.map(|id| id.to_string().into());
        let said = Event { reply_to, ..message("x:chat", BOT, "What do you mean by that?") };
        let decision = host.event(event(n, said));
        last = decision.verdicts[0].effect();
        if let Verdict::Denied { .. } = decision.verdicts[0] {
            return (host.said("admitted"), host.said("held repeats"), word(&decision.verdicts[0]));
        }
        host.wait();
    }
    panic!("never denied: {:?}", host.said);
}

const BODY: &str = "the nightly export to the warehouse did not finish in time and was cancelled by the watchdog";

fn times(text: &str, n: u64) -> String {
    (0..n).map(|_| text).collect()
}

#[test]
fn texts_that_only_look_new_are_the_same_text() {
    let texts: [fn(u64) -> String; 9] = [
        |n| format!("Try {n} at 10:{:02}: {BODY}", n % 60),
        |n| format!("{BODY} {:016x}", (n + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15)),
        |n| format!("<!-- {} -->{BODY}", words(n)),
        |n| format!("{BODY}\n> {}", words(n)),
        |n| times("[bridge] bot: ", n) + BODY,
        |n| if n % 2 == 0 { BODY.to_uppercase() } else { BODY.to_owned() },
        |n| BODY.replace(' ', &times("!? ", 1 + n)),
        |n| format!("{BODY} {}", &words(n)[..6]),
        |n| BODY.replacen('e', &("e".to_owned() + &times("\u{200b}", n)), 1),
    ];
    for (place, text) in texts.into_iter().enumerate() {
        let end = dialogue(ANSWERS[0], |n, event| Event { text: Some(text(n).into()), ..event });
        assert_eq!(end, (6, 1, "denied loop"), "the text at {place}: {}", text(3));
    }
}

#[test]
fn texts_that_are_new_each_time_meet_the_evidence_of_their_structure() {
    let end = dialogue(ANSWERS[0], |n, event| Event { text: Some(words(n).into()), ..event });
    assert_eq!(end, (15, 1, "denied loop"));
}

#[test]
fn states_that_count_are_no_progress_and_states_that_look_new_meet_the_hop_limit() {
    let state = |value: String| Some(Property { property: "status".into(), value: value.into() });
    let end = dialogue(ANSWERS[2], |n, event| Event { state: state(format!("{n}%")), ..event });
    assert_eq!(end, (6, 1, "denied loop"));
    let end = dialogue(ANSWERS[2], |n, event| Event { state: state(format!("v{n}")), ..event });
    assert_eq!(end, (32, 0, "denied hop_limit"));
}

#[test]
fn texts_as_long_as_may_be_are_read_in_bounded_time() {
    let answer = r#"{"rules":[{"id":"r","effects":[{"kind":"message","subject":"{subject}","text":"{text}"}]}]}"#;
    for piece in ["a ", "<!--", "-->", "<!---->", "> \n", "0 ", "\u{7f}", "é", "abcdefg0 "] {
        let mut host = Host::new(answer);
        let text = piece.repeat(262_144 / piece.len());
        for _ in 0..3 {
            // A few milliseconds; what grew with the square of the length would take minutes.
            let began = std::time::Instant::now();
            let _ = host.event(message("x:chat", BOT, &text));
            host.wait();
            assert!(began.elapsed().as_secs() < 2, "{piece:?} took {:?}", began.elapsed());
        }
        assert_eq!(host.said, BTreeMap::from([("admitted", 3)]), "{piece:?}");
    }
}

#[test]
fn a_token_sent_again_and_again_spends_the_budget_of_its_chain_and_of_no_other() {
    let mut host =
        Host::new(r#"{"rules":[{"id":"r","effects":[{"kind":"message","subject":"{subject}","text":"Noted."}]}]}"#);
    let _ = host.event(message("x:chat", ("x:ada", ActorClass::Human), "Hello"));
    let token = host.perform()[0].token.clone();
    host.said.clear();
    for n in 0..1000 {
        host.at += 100;
        let (token, elsewhere) = (token.clone(), format!("x:{n}"));
        let decision = host.event(Event { token: token.clone(), ..message(&elsewhere, BOT, &words(n)) });
        assert_eq!(decision.link, None);
        let mut event = message("x:chat", BOT, &words(n));
        (event.token, event.tenant) = (token, Some("other".into()));
        assert_eq!(host.event(event).link, None);
        host.perform();
    }
    host.wait();
    let denied: Vec<_> = host.said.keys().filter(|said| said.starts_with("denied")).collect();
    assert_eq!((host.broker.view().forged_tokens(), denied), (2000, vec![]));
    host.said.clear();
    for n in 0..1000 {
        host.at += 100;
        let decision = host.event(Event { token: token.clone(), ..message("x:chat", BOT, &words(n)) });
        assert_eq!(decision.link.map(|link| (link.kind, link.hop)), Some((LinkKind::Token, 1)));
        host.perform();
    }
    // The chain is certain, so the budget counts. Whether the account also answers our latest word is not asked: it was
    // asked in vain on a thousand other subjects, and rests.
    let expected = [("admitted", 16), ("denied budget", 1), ("denied tripped", 983), ("tripped", 1)];
    assert_eq!(host.said, BTreeMap::from(expected));
}

#[test]
fn a_clock_that_jumps_ahead_and_back_accuses_nobody() {
    let day = 86_400_000;
    for gaps in [[300 * day, 1], [1, day], [49 * day, 51 * day]] {
        let mut host = Host::new(&format!(r#"{{"rules":[{{"id":"r","effects":[{}]}}]}}"#, ANSWERS[2]));
        for n in 0..60 {
            host.at += gaps[n % 2];
            let now = host.at;
            host.at = if n % 3 == 0 { 1 } else { now };
            let _ = host.event(message("x:chat", BOT, "What do you mean by that?"));
            host.perform();
            host.at = now;
        }
        host.wait();
        assert_eq!(host.said("admitted"), 60, "{gaps:?}: {:?}", host.said);
        assert!(host.said("held probe") <= 2 && host.said.len() <= 2, "{gaps:?}: {:?}", host.said);
        assert_eq!(host.broker.view().now(), Timestamp(host.at));
    }
}

#[test]
fn an_account_that_changes_its_class_each_time_is_stopped_all_the_same() {
    use ActorClass::{App, Bot, Human, System, Unknown};
    let there = r#"{"kind":"message","subject":"{subject}","text":"Which order is it about?"}"#;
    let cases: [(&[ActorClass], u32); 4] = [
        (&[Bot, Human], 11),
        (&[Human, Unknown], 8),
        (&[Bot, App, System, Unknown], 7),
        (&[Human, Bot, Unknown, App, System], 11),
    ];
    for (classes, left) in cases {
        let turn = |n: u64, event: Event| {
            let class = classes[usize::try_from(n).expect("a small number") % classes.len()];
            Event { actor: Some(Actor { id: "x:frank".into(), class }), ..event }
        };
        assert_eq!(dialogue(there, turn), (left, 1, "denied loop"), "{classes:?}");
    }
}

/// Ten thousand effects for one event, 250 at a time.
fn children(host: &mut Host, cause: &str) {
    for batch in 0..40 {
        let effect = |n| Proposal {
            key: Some(format!("{batch}/{n}").into()),
            kind: "message".into(),
            subject: "x:chat".into(),
            text: Some("This is one of ten thousand.".into()),
            ..Proposal::default()
        };
        let effects = (0..250).map(effect).collect();
        let propose = Propose { cause: Causes::One(cause.into()), effects, more: false, tenant: None };
        let decided = host.submit(propose).verdicts;
        assert_eq!(decided.iter().filter(|verdict| verdict.effect().is_some()).count(), 250);
        host.perform();
    }
}

const START_RULE: &str =
    r#"{"rules":[{"id":"r","when":{"kind":"start"},"effects":[{"kind":"KIND","subject":"x:chat"}]}]}"#;

/// After one effect of this kind: an answer to it, as the event `d2`.
fn answered(kind: &str) -> Host {
    let mut host = Host::new(&START_RULE.replace("KIND", kind));
    let _ = host.event(Event { kind: "start".into(), ..message("x:chat", BOT, "Go.") });
    host.perform();
    let _ = host.event(Event { reply_to: Some("2.0".into()), ..message("x:chat", BOT, "All of them, please.") });
    host.said.clear();
    host
}

#[test]
fn ten_thousand_children_of_one_event_meet_a_limit() {
    let mut host = answered("card");
    children(&mut host, "d1");
    assert_eq!(host.said, BTreeMap::from([("admitted", 1023), ("denied budget", 8977)]), "answers to a root");
    let mut host = answered("card");
    children(&mut host, "d2");
    assert_eq!(
        host.said,
        BTreeMap::from([("admitted", 96), ("denied budget", 1), ("denied tripped", 9903), ("tripped", 1)]),
        "automated effects"
    );
}

#[test]
fn siblings_that_repeat_one_effect_repeat_it_once() {
    let mut host = answered("message");
    children(&mut host, "d2");
    assert_eq!(
        host.said,
        BTreeMap::from([("admitted", 96), ("denied budget", 1), ("denied tripped", 9903), ("tripped", 1)])
    );
}

#[test]
fn ten_thousand_answers_to_one_message_meet_a_limit() {
    let mut host =
        Host::new(r#"{"rules":[{"id":"r","effects":[{"kind":"message","subject":"{subject}","text":"Noted."}]}]}"#);
    let _ = host.event(message("x:chat", ("x:ada", ActorClass::Human), "Who is here?"));
    host.perform();
    for n in 0..10_000 {
        host.at += 1;
        let _ = host.event(Event { reply_to: Some("2.0".into()), ..message("x:chat", BOT, &words(n)) });
        host.perform();
    }
    // The chain is certain, so the budget counts. That each answers our latest word is inferred, so it is asked whether it does.
    let expected = [
        ("admitted", 17),
        ("denied budget", 1),
        ("denied tripped", 9983),
        ("held behind", 4),
        ("held probe", 3),
        ("tripped", 1),
    ];
    assert_eq!(host.said, BTreeMap::from(expected));
}

const SMALL: &str = r#"{"limits":{"events":500,"chains":500,"effects":500,"receipts":500,"subjects":500,"open_effects":500},
    "rules":[{"id":"r","effects":[{"kind":"message","subject":"{subject}","text":"Noted."}]}]}"#;

/// 100,000 events, ten a second; none is denied, no table is larger than its limit, and all of the state is small.
fn crowd(event: impl Fn(u64) -> Event) -> Host {
    let mut host = Host::new(SMALL);
    for n in 0..100_000 {
        host.at += 100;
        let _ = host.event(event(n));
        host.perform();
    }
    for count in host.broker.view().counts("") {
        let cap = if count.table == "chains" { 1000 } else { 500 };
        assert!(count.entries <= cap, "{count:?}");
    }
    assert!(host.size() < 256 * 1024, "{} bytes", host.size());
    host.wait();
    assert_eq!(host.said("admitted"), 100_000, "{:?}", host.said);
    host
}

#[test]
fn a_hundred_thousand_subjects_need_no_more_room_than_the_limits_say() {
    let host = crowd(|n| message(&format!("x:{n:06}"), BOT, &words(n)));
    assert!(host.said("held probe") <= 30, "{:?}", host.said);
}

#[test]
fn a_hundred_thousand_accounts_on_one_subject_need_no_more_room_than_the_limits_say() {
    let _ = crowd(|n| message("x:feed", (&format!("x:{n:06}"), ActorClass::Bot), &words(n)));
}

#[test]
fn accounts_that_come_once_each_are_not_held() {
    let host = crowd(|n| message("x:feed", (&format!("x:{n:06}"), ActorClass::Bot), &words(n)));
    assert!(host.said("held probe") <= 100, "{:?}", host.said);
}

#[test]
fn hundreds_of_loops_at_once_are_told_one_by_one_remembered_up_to_the_limit_or_stop_the_tenant() {
    let config = |count: u32| {
        format!(
            r#"{{"limits":{{"stops":50}},"chain":{{"hop_limit":1}},"breaker":{{"notify":"x:oncall","count":{count}}},
            "rules":[{{"id":"r","effects":[{}]}}]}}"#,
            ANSWERS[2]
        )
    };
    for (count, tripped, notices) in [(1000, 50, 900), (20, 20, 20)] {
        let mut host = Host::new(&config(count));
        let mut told = 0;
        for n in 0..900 {
            let (subject, bot) = (format!("x:{n}"), format!("x:bot-{n}"));
            let bot = (&*bot, ActorClass::Bot);
            let first = host.event(message(&subject, bot, "Hello"));
            host.perform();
            let reply_to = first.verdicts[0].effect().map(|id| id.to_string().into());
            let _ = host.event(Event { reply_to, ..message(&subject, bot, "Hello") });
            told += host.perform().iter().filter(|effect| effect.act().is_some_and(|act| act.kind == "notify")).count();
        }
        let view = host.broker.view();
        assert_eq!((view.tripped("").count(), told), (tripped, notices), "{count}");
        assert_eq!(view.stopped_until("").is_some(), count == 20, "{count}");
    }
}
