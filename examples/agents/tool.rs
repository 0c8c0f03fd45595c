//! An agent calls a tool, does not like the result, and calls it again with the same arguments. Reads are no hops and may be
//! many; the same call with the same result, again and again, is a loop.

use reynolds::{event::ActorClass, input::Proposal};

use crate::host::{Ending, Host, step};

/// Runs until a call is refused. The tool answers what `results` says, the last of it for ever.
pub fn run(host: &mut Host, results: &[&str]) -> Ending {
    let run = "agent:run/1";
    let mut cause = host.hear(("chat:ada", ActorClass::Human), run, None, "Why does the build fail?");
    for turn in 0.. {
        let call = Proposal { read_only: true, ..step("tool.grep", run, "grep TODO src/main.rs") };
        match host.step(&cause, call) {
            Ok(id) => cause = host.result("grep", run, id, results[turn.min(results.len() - 1)]),
            Err(ending) => return ending,
        }
    }
    unreachable!("some call is the last")
}

#[test]
fn the_same_call_with_the_same_result_is_held_and_then_stopped() {
    let mut host = Host::new();
    let ending = run(&mut host, &["no match"]);
    assert_eq!((ending.steps, &host.held_s[..]), (7, &[16, 32][..]));
    assert_eq!((ending.denial.reason, ending.denial.period), (reynolds::verdict::DenyReason::Loop, Some(1)));
    assert_eq!(host.told.len(), 1);
}

#[test]
fn the_same_call_whose_result_changes_goes_on() {
    let results: Vec<String> = (0..40).map(|n| format!("{n} matches left in {}", "abcdefghij".repeat(1 + n))).collect();
    let mut host = Host::new();
    let results: Vec<&str> = results.iter().map(String::as_str).collect();
    let ending = run(&mut host, &results);
    assert!(ending.steps > 40, "{} calls", ending.steps);
}
