//! Two parties that write to each other, and people who are answered.

use super::{Family, declared, looping};
use crate::loops::scene::{Actor, Scene};

pub(super) const FAMILIES: &[Family] = &[
    looping(
        "two_bots_same_text",
        "L03",
        "Two bots that each answer every comment, one always with the same words",
        two_bots_same_text,
    ),
    declared(
        "people_ask_and_we_answer",
        "N01",
        "People ask a support bot questions on one issue for days",
        people_ask_and_we_answer,
    ),
];

const COMMENTED: &str = "issue_comment.created";

fn two_bots_same_text(s: &Scene) {
    let (issue, ours, theirs) = (s.issue(), s.sentence(10), s.sentence(10));
    let other = Actor::new("greeter", s.pick(&["bot", "bot", "app"]));
    let mut heard = s.person_says(&issue, &s.sentence(9));
    for _ in s.rounds(40) {
        let said = s.wants(heard, "comment", &issue, &ours).within(100, 800);
        s.echo(said, COMMENTED);
        heard = s.event("github", COMMENTED, &other, &issue).text(&theirs).because(said).within(500, 9_000);
    }
}

fn people_ask_and_we_answer(s: &Scene) {
    let issue = s.issue();
    for _ in 0..s.between(8, 40) {
        let asked = s.person_says(&issue, &format!("{}?", s.sentence(6))).within(3_000, 600_000);
        let text = if s.chance(70) { s.paraphrase() } else { "Sorry, I know no such command. Try /help.".to_owned() };
        let said = s.wants(asked, "comment", &issue, &text).within(500, 5_000);
        s.echo(said, COMMENTED);
    }
}
