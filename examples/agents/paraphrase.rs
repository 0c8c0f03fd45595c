//! Two language models discuss, each time in new words: a critic is never content, a writer always obliges. No text is near
//! another one, so only the structure repeats: the same kind of step for the same kind of answer, again and again.

use reynolds::event::ActorClass;

use crate::host::{Ending, Host, step};

/// As many ways as it takes to say nothing new, no two of them alike.
fn words(turn: usize) -> String {
    let openings = ["Thanks", "Understood", "Good point", "Fair enough", "Noted", "Indeed", "Right"];
    let doings = ["I reworked", "I polished", "I tightened", "I rewrote", "I trimmed"];
    let parts = ["the opening", "its tone", "every example", "our summary", "that closing line", "a few verbs"];
    let hopes = ["so it reads better", "to be crisper", "and it flows", "for more clarity"];
    let pick = |list: &[&str], step: usize| list[(turn * step + turn / 3) % list.len()].to_owned();
    [pick(&openings, 3), pick(&doings, 2), pick(&parts, 5), pick(&hopes, 3)].join(" ")
}

/// Runs until a revision is refused.
pub fn run(host: &mut Host) -> Ending {
    let draft = "doc:draft/1";
    let mut cause = host.hear(("chat:ada", ActorClass::Human), draft, None, "Please write the announcement.");
    for turn in 0.. {
        match host.step(&cause, step("revision", draft, &words(turn))) {
            Ok(id) => cause = host.hear(("agent:critic", ActorClass::Bot), draft, Some(id), &words(turn + 50)),
            Err(ending) => return ending,
        }
    }
    unreachable!("some revision is the last")
}

#[test]
fn models_that_paraphrase_each_other_are_stopped_by_what_their_steps_have_in_common() {
    let mut host = Host::new();
    let ending = run(&mut host);
    assert_eq!((ending.steps, &host.held_s[..]), (15, &[16_384][..]));
    assert_eq!(ending.denial.reason, reynolds::verdict::DenyReason::Loop);
    assert!(ending.denial.to_string().contains(" repeats itself "), "{}", ending.denial);
    assert_eq!(host.told.len(), 1);
}
