use alloc::{string::ToString, vec, vec::Vec};

use super::*;
use crate::{text::Text, work::order::Sources};

fn part(id: &str, needs: &[&str], ms: u64) -> Subtask {
    Subtask {
        id: id.into(),
        needs: needs.iter().map(|need| Text::from(*need)).collect(),
        estimate_ms: Some(ms),
        ..Subtask::default()
    }
}

/// Four parts of a minute for four agents.
fn four() -> Request {
    Request {
        tasks: ["a", "b", "c", "d"].iter().map(|id| part(id, &[], 60_000)).collect(),
        agents: 4,
        overhead: Overhead { decompose_ms: 10_000, dispatch_ms: 1000, transfer_ms: 2000, aggregate_ms: 5000 },
        ..Request::default()
    }
}

#[test]
fn parts_that_do_not_wait_for_each_other_are_handed_out() {
    let explanation = decide(&four()).unwrap();
    assert_eq!((explanation.decision, &explanation.why), (Choice::Orchestrate, &Why::CostModel));
    // Each is 61 s of work; 10 + 61 + 5 at best, 10 + (244 + 3 * 61) / 4 + 5 at worst.
    assert_eq!((explanation.t_direct_ms, explanation.t_orch_ms), (240_000, 76_000));
    assert_eq!((explanation.t_lo_ms, explanation.t_hi_ms), (76_000, 121_750));
    assert_eq!((explanation.work_ms, explanation.span_ms), (244_000, 61_000));
    assert_eq!((explanation.parallelism_ppm, explanation.utility), (4_000_000, 164_000));
    assert_eq!((explanation.speedup_ppm, explanation.efficiency_ppm), (3_157_894, 802_631));
    assert_eq!((explanation.retry_inflation_ppm, explanation.optimal_agents), (1_000_000, 4));
    assert_eq!(explanation.critical_path, ["a"].map(Text::from));
    assert_eq!((explanation.confidence_ppm, explanation.estimates.given), (1_000_000, 4));
    let totals = Totals { decompose_ms: 10_000, dispatch_ms: 4000, transfer_ms: 0, aggregate_ms: 5000 };
    assert_eq!(explanation.overhead, totals);
}

#[test]
fn what_would_turn_the_decision_is_named_to_the_millisecond() {
    let flips: Vec<_> = decide(&four()).unwrap().flips_if.into_iter().map(|flip| flip.text).collect();
    assert_eq!(
        flips,
        [
            "agents < 2",
            "decompose > 173999 ms",
            "dispatch > 164999 ms",
            "aggregate > 168999 ms",
            "durations < 0.088892 of the estimate",
        ]
    );
}

#[test]
fn a_chain_is_done_in_one_go() {
    let tasks = vec![part("a", &[], 60_000), part("b", &["a"], 60_000), part("c", &["b"], 60_000)];
    let explanation = decide(&Request { tasks, ..four() }).unwrap();
    assert_eq!((explanation.decision, explanation.t_direct_ms), (Choice::Direct, 180_000));
    // 61 + 63 + 63, and 15 around it.
    assert_eq!((explanation.t_orch_ms, explanation.t_lo_ms, explanation.t_hi_ms), (202_000, 202_000, 202_000));
    assert_eq!((explanation.optimal_agents, explanation.parallelism_ppm), (1, 1_000_000));
    assert_eq!(explanation.critical_path, ["a", "b", "c"].map(Text::from));
    assert_eq!(explanation.flips_if, []);
}

#[test]
fn retries_are_work() {
    let mut request = four();
    for task in &mut request.tasks {
        task.success_ppm = Some(500_000);
    }
    // (1 - 1/8) / (1/2) is 1.75 attempts: 105 s each, and all four succeed with (7/8)^4.
    let explanation = decide(&request).unwrap();
    assert_eq!((explanation.retry_inflation_ppm, explanation.work_ms), (1_750_000, 424_000));
    assert_eq!((explanation.t_direct_ms, explanation.success_orch_ppm), (420_000, 586_181));
    // In one go nothing is repeated, and each takes half as long again.
    request.direct = Direct { context_ppm: 500_000, max_attempts: 1, ..Direct::default() };
    let explanation = decide(&request).unwrap();
    assert_eq!((explanation.t_direct_ms, explanation.success_direct_ppm), (360_000, 62_500));
}

#[test]
fn cost_and_risk_count_against_the_time_saved() {
    let mut request = Request { value_per_ms: 10, cost_orchestrated: 1_640_000, ..four() };
    let even = decide(&request).unwrap();
    assert_eq!((even.decision, even.utility, even.cost_delta), (Choice::Direct, 0, 1_640_000));
    request.cost_orchestrated -= 1;
    let worth = decide(&request).unwrap();
    assert_eq!((worth.decision, worth.utility), (Choice::Orchestrate, 1));
    // Each part succeeds half as often in one go: failing costs more that way.
    request.direct = Direct { success_ppm: Some(500_000), max_attempts: 1, ..Direct::default() };
    request.risk = 1_000_000;
    // 1 - 1/16 of the risk is saved.
    assert_eq!(decide(&request).unwrap().utility, 937_501);
}

#[test]
fn a_hard_rule_and_a_lack_of_agents_come_first() {
    let forced = Force::Direct { reason: "secrets stay here".into() };
    let explanation = decide(&Request { force: Some(forced), ..four() }).unwrap();
    assert_eq!(explanation.decision, Choice::Direct);
    assert_eq!(explanation.why, Why::Forced { reason: "secrets stay here".into() });
    assert_eq!((explanation.t_orch_ms, explanation.flips_if.len()), (76_000, 0));
    let nobody = decide(&Request { agents: 0, ..four() }).unwrap();
    assert_eq!((nobody.decision, nobody.flips_if[0].text.as_str()), (Choice::Direct, "agents > 1"));
    let nothing = decide(&Request { tasks: Vec::new(), ..four() }).unwrap();
    assert_eq!((nothing.decision, nothing.t_orch_ms, nothing.optimal_agents), (Choice::Direct, 15_000, 0));
}

#[test]
fn the_fixed_matrix_says_which_condition_fails() {
    let matrix = |similarity_ppm, potential_ppm| Policy::Matrix {
        similarity_ppm,
        potential_ppm,
        independent: None,
        resources_available: None,
    };
    let mut request = Request { policy: matrix(800_001, None), ..four() };
    assert_eq!(decide(&request).unwrap().decision, Choice::Orchestrate);
    request.policy = matrix(800_000, Some(600_000));
    let explanation = decide(&request).unwrap();
    assert_eq!(explanation.decision, Choice::Direct);
    let unmet = vec!["similarity > 0.8".into(), "potential > 0.6".into()];
    assert_eq!(explanation.why, Why::Matrix { unmet });
    request.tasks.pop();
    request.agents = 0;
    request.policy = matrix(900_000, Some(700_000));
    let unmet = vec!["independent > 3".into(), "resources available".into()];
    assert_eq!(decide(&request).unwrap().why, Why::Matrix { unmet });
}

#[test]
fn missing_estimates_come_from_the_class_and_are_counted() {
    let class = |id: &str, class: &str, estimate_ms| Subtask {
        id: id.into(),
        class: Some(class.into()),
        estimate_ms,
        ..Subtask::default()
    };
    let mut request = Request {
        tasks: vec![
            class("a", "test", Some(10_000)),
            class("b", "test", None),
            class("c", "docs", None),
            class("d", "build", None),
        ],
        ..four()
    };
    request.class_means_ms.insert("docs".into(), 40_000);
    let explanation = decide(&request).unwrap();
    // 10 given, 10 as the class, 40 from history, 25 as the mean of those.
    assert_eq!(explanation.t_direct_ms, 85_000);
    assert_eq!(explanation.estimates, Sources { given: 1, class_mean: 2, global_mean: 1, assumed: 0 });
}

#[test]
fn a_request_that_can_not_be_decided_is_named() {
    let request = |tasks| Request { tasks, ..four() };
    let says = |request: Request| decide(&request).unwrap_err().to_string();
    let twice = request(vec![part("a", &[], 1), part("a", &[], 1)]);
    assert_eq!(says(twice), "two tasks are called `a`; give each its own id");
    let unknown = request(vec![part("a", &["b"], 1)]);
    assert_eq!(says(unknown), "task `a` needs `b`, which does not exist; add it or remove the need");
    let round = request(vec![part("a", &["b"], 1), part("b", &["c"], 1), part("c", &["a"], 1)]);
    assert_eq!(says(round), "a cycle: a -> c -> b -> a; remove one of these needs");
    assert_eq!(says(request(vec![part("a", &["a"], 1)])), "a cycle: a -> a; remove one of these needs");
    let late = request(vec![part("a", &[], u64::MAX)]);
    assert_eq!(says(late), "`tasks.a.estimate_ms` is 18446744073709551615, it must be 0 to 1000000000000");
    let attempts = Request { max_attempts: 0, ..four() };
    assert_eq!(says(attempts), "`max_attempts` is 0, it must be 1 to 16");
}

#[test]
fn requests_and_explanations_are_plain_json() {
    let json = r#"{"tasks":[{"id":"a","estimate_ms":1000},{"id":"b","needs":["a"],"class":"docs"}],"agents":2,
        "overhead":{"dispatch_ms":10},"policy":{"type":"matrix","similarity_ppm":900000}}"#;
    let request: Request = serde_json::from_str(json).unwrap();
    assert_eq!((request.max_attempts, request.overhead.dispatch_ms), (3, 10));
    let explanation = decide(&request).unwrap();
    let text = serde_json::to_string(&explanation).unwrap();
    let why = r#"{"decision":"direct","why":{"type":"matrix","unmet":["independent > 3","potential > 0.6"]},"t_direct"#;
    assert!(text.starts_with(why), "{text}");
    assert_eq!(serde_json::from_str::<Explanation>(&text).unwrap(), explanation);
    let negative = r#"{"tasks":[{"id":"a","estimate_ms":-1}]}"#;
    assert!(serde_json::from_str::<Request>(negative).is_err());
}
