//! A later round: situations from public reports of `GitHub` apps, workflows, chat bridges, ticket mail and agents that review each
//! other, written by somebody who had not seen how any guard decides. They are not part of the registry. Each loop is followed
//! by its healthy twin.

use super::Family;
use crate::loops::scene::Scene;

#[path = "round_four_agents.rs"]
mod agents;
#[path = "round_four_apps.rs"]
mod apps;
#[path = "round_four_talk.rs"]
mod talk;
#[path = "round_four_workflows.rs"]
mod workflows;

/// All of this round, theme by theme.
#[must_use]
pub fn round_four() -> Vec<&'static Family> {
    [apps::FAMILIES, workflows::FAMILIES, talk::FAMILIES, agents::FAMILIES].into_iter().flatten().collect()
}

/// In so many percent of cases a person says something that nobody answers.
fn chatter(s: &Scene, subject: &str, percent: u64) {
    if s.chance(percent) {
        let words = s.sentence(s.between(2, 9));
        s.person_says(subject, &words).within(800, 60_000);
    }
}
