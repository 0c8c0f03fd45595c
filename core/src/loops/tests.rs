use alloc::vec;

use super::*;
use crate::{det::mix, effect::Act};

const NOW: Timestamp = Timestamp(1_000_000);

pub(super) fn ask(hop: u16) -> Ask {
    Ask {
        chain: ChainId(Seq(2)),
        hop,
        inherited: None,
        deed: Deed::default(),
        siblings: 1,
        automated: hop > 1,
        read_only: false,
        attempt: None,
        progress: None,
        plan: None,
        event: None,
        parent: (hop > 1).then(|| id(hop - 1)),
        planned: false,
        rule: 0,
        reentry: 0,
        looks_up: false,
    }
}

fn id(hop: u16) -> EffectId {
    EffectId { seq: Seq(u64::from(hop) + 2), ordinal: 0 }
}

fn saying(text: &str) -> Deed {
    let act = Act { kind: "comment".into(), subject: "s".into(), text: Some(text.into()), ..Act::default() };
    deed(&act)
}

#[test]
fn what_a_tool_is_called_with_tells_calls_apart_unless_its_text_may_be_what_it_sets() {
    let call = |more: &str, page: u32| {
        let json = format!(r#"{{"kind":"tool.call","subject":"s","text":"open","payload":{{"page":{page}}}{more}}}"#);
        let deed = deed(&serde_json::from_str(&json).expect("an act"));
        // By its text alone we know it when it comes back.
        assert_eq!(deed.exact, crate::det::name("open"));
        deed.value
    };
    let sets = r#","writes":{"property":"status","value":""}"#;
    assert_ne!(call("", 1), call("", 2));
    assert_eq!([call(sets, 1), call(sets, 2)], [0; 2]);
}

fn loops() -> Loops {
    Loops::new(&Limits::default(), 0)
}

/// Admits, and waits out holds, until the first denial: the hops that were held, the denied one, and its reason.
fn run(config: &Config, mut change: impl FnMut(&mut Ask)) -> (Vec<u16>, u16, DenyReason) {
    let (mut loops, mut held) = (loops(), Vec::new());
    for hop in 1..2000 {
        let mut ask = ask(hop);
        change(&mut ask);
        match loops.rule(&ask, config, NOW, &mut None) {
            Ruling::Deny(denial) => return (held, hop, denial.reason),
            Ruling::Hold { .. } => held.push(hop),
            Ruling::Pass | Ruling::Trial(_) => {}
        }
        loops.admit(id(hop), &ask, (None, None), config, NOW);
    }
    panic!("never denied");
}

#[test]
fn the_same_effect_down_one_line_is_held_at_the_sixth_and_denied_at_the_seventh() {
    assert_eq!(run(&Config::default(), |ask| ask.deed = saying("again")), (vec![6], 7, DenyReason::Loop));
}

#[test]
fn new_kinds_of_effects_down_one_line_meet_the_hop_limit() {
    let fresh = |ask: &mut Ask| ask.deed.kind = u64::from(ask.hop);
    assert_eq!(run(&Config::default(), fresh), (vec![], 33, DenyReason::HopLimit));
}

#[test]
fn new_words_of_the_same_kind_are_held_and_denied_later() {
    let mut words = 0_u64;
    let fresh = |ask: &mut Ask| {
        words = mix(words, 1);
        ask.deed =
            saying(&alloc::format!("{:x} says {:x}", words, mix(words, 2)).replace(|c: char| c.is_ascii_digit(), "q"));
    };
    assert_eq!(run(&Config::default(), fresh), (vec![15], 16, DenyReason::Loop));
}

#[test]
fn siblings_are_not_repetition_but_they_use_the_budget() {
    let (mut loops, config) = (loops(), Config::default());
    let sibling = Ask { automated: true, deed: saying("to all"), event: Some(Seq(9)), ..ask(1) };
    let mut passed = 0;
    while let Ruling::Pass = loops.rule(&Ask { hop: 2, ..sibling }, &config, NOW, &mut None) {
        passed += 1;
        loops.admit(id(passed), &Ask { hop: 2, ..sibling }, (None, None), &config, NOW);
    }
    assert_eq!(passed, 96);
}

#[test]
fn declared_attempts_pass_until_they_run_out_or_begin_again() {
    let config = Config::default();
    let once = |ask: &mut Ask| (ask.deed, ask.attempt) = (saying("again"), Some([u32::from(ask.hop), 20]));
    assert_eq!(run(&config, once), (vec![25], 26, DenyReason::Loop));
    let anew = |ask: &mut Ask| (ask.deed, ask.attempt) = (saying("again"), Some([u32::from(ask.hop - 1) % 3 + 1, 3]));
    assert_eq!(run(&config, anew), (vec![8], 9, DenyReason::Loop));
}

#[test]
fn declared_progress_passes_until_the_hop_limit() {
    let further = |ask: &mut Ask| (ask.deed, ask.progress) = (saying("further"), Some(u64::from(ask.hop)));
    assert_eq!(run(&Config::default(), further), (vec![], 33, DenyReason::HopLimit));
}

/// How many effects of one declared plan leave, where the chain's own budget is 1.
fn of_a_plan(size: u32) -> usize {
    let mut loops = loops();
    let config = Config { chain: ChainLimits { budget: 1, ..ChainLimits::default() }, ..Config::default() };
    let planned = |n: u16| Ask {
        deed: Deed { kind: u64::from(n), ..Deed::default() },
        plan: Some((9, size)),
        automated: true,
        ..ask(2)
    };
    let leaves = |n: &u16| {
        let passes = matches!(loops.rule(&planned(*n), &config, NOW, &mut None), Ruling::Pass);
        if passes {
            loops.admit(id(n + 5), &planned(*n), (None, None), &config, NOW);
        }
        passes
    };
    (1..50).filter(leaves).count()
}

#[test]
fn a_plan_pays_for_its_size_and_not_for_more() {
    assert_eq!(of_a_plan(3), 4, "three of the plan, one of the budget");
}

#[test]
fn a_plan_that_does_not_say_its_size_pays_for_a_hop_limit() {
    assert_eq!(of_a_plan(0), 33, "32 of the plan, one of the budget");
}

#[test]
fn what_is_left_is_split_over_siblings() {
    let mut loops = loops();
    let two = Ask { siblings: 2, automated: true, ..ask(2) };
    assert_eq!(two.share(loops.admit(id(2), &two, (None, None), &Config::default(), NOW)), 47);
}

#[test]
fn a_forgotten_chain_goes_on_with_what_its_cause_had_left() {
    let (mut loops, config) = (loops(), Config::default());
    let late = Ask { inherited: Some(1), automated: true, ..ask(7) };
    assert_eq!(loops.admit(id(7), &late, (None, None), &config, NOW), 0);
    let denial = loops.judge(&late, &config.chain).expect_err("no budget");
    assert_eq!((denial.reason, denial.limit), (DenyReason::Budget, Some(1)));
    assert_eq!(loops.spent_budget(&late, &config.chain), Some(1), "also for a handler");
    let nothing = Ask { chain: ChainId(Seq(9)), inherited: Some(0), ..late };
    assert_eq!(loops.spent_budget(&nothing, &config.chain), Some(0));
    let fresh = Ask { chain: ChainId(Seq(9)), ..ask(2) };
    assert_eq!(loops.spent_budget(&fresh, &config.chain), None);
}

#[test]
fn a_denial_names_the_limit_that_is_met() {
    let chain = ChainLimits { budget: 1, answers: 1, read_budget: 1, hop_limit: 6, ..ChainLimits::default() };
    let mut loops = loops();
    let mut met = |ask: Ask| {
        assert!(loops.judge(&ask, &chain).is_ok());
        loops.count(&ask, false, &chain);
        loops.judge(&ask, &chain).expect_err("one too many").limit_name
    };
    assert_eq!(met(ask(1)), Some(LimitName::Answers));
    assert_eq!(met(ask(2)), Some(LimitName::Budget));
    assert_eq!(met(Ask { read_only: true, ..ask(2) }), Some(LimitName::ReadBudget));
    let far = loops.judge(&ask(7), &chain).expect_err("too far");
    assert_eq!((far.reason, far.limit_name), (DenyReason::HopLimit, Some(LimitName::HopLimit)));
    let deep = too_deep(&ask(2), &chain);
    assert_eq!((deep.reason, deep.limit, deep.limit_name), (DenyReason::Rounds, Some(12), Some(LimitName::Rounds)));
}
