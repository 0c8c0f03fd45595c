//! Two agents hand a task to each other for ever: the planner says that it is a coding task, the coder that it needs a plan
//! first. Neither is wrong, and neither counts.

use reynolds::event::ActorClass;

use crate::host::{Ending, Host, step};

/// Runs until a handoff is refused.
pub fn run(host: &mut Host) -> Ending {
    let agents = [
        ("agent:planner", "This is a coding task, please take over."),
        ("agent:coder", "This needs a plan first, please take over."),
    ];
    let mut cause = host.hear(("chat:ada", ActorClass::Human), "agent:planner", None, "Please fix the login.");
    for turn in 0.. {
        let ((from, words), (to, _)) = (agents[turn % 2], agents[(turn + 1) % 2]);
        match host.step(&cause, step("handoff", to, words)) {
            Ok(id) => cause = host.hear((from, ActorClass::Bot), to, Some(id), words),
            Err(ending) => return ending,
        }
    }
    unreachable!("some turn is the last")
}

#[test]
fn a_handoff_that_goes_to_and_fro_is_held_and_then_stopped() {
    let mut host = Host::new();
    let ending = run(&mut host);
    assert_eq!((ending.steps, &host.held_s[..]), (8, &[128][..]));
    assert_eq!(ending.denial.reason, reynolds::verdict::DenyReason::Loop);
    assert_eq!(ending.denial.period, Some(2), "the same agent asks again after two steps");
    assert_eq!(host.told.len(), 1);
    assert!(host.told[0].starts_with("Stopped at agent:"), "{}", host.told[0]);
}
