//! The situations: loops, and the healthy automation that looks like them.
//!
//! # How to write one
//!
//! A family is a function that tells a [`Scene`] what happens. Four things make it honest:
//!
//! * It stands for a real situation, said in one line: [`Family::situation`].
//! * [`Event::because`](super::scene::Event::because) says which effect of ours brings an event about; what is not said to be
//!   brought about happens anyway. So ask of each event: would it come if we had kept quiet?
//! * [`Scene::loop_starts`] (or [`Scene::rounds`]) stands before the first effect that nobody would miss.
//! * What the host sees is left to the world: `token`, `echo`, receipts and classes. A family forces it
//!   ([`Scene::with_world`], `token_kept`, `comes_back`) only where the situation is about just that.
//!
//! A loop and its healthy twin:
//!
//! ```
//! use reynolds_benches::loops::scene::{Actor, Scene};
//!
//! /// Two bots answer each other; without a word of ours the other one is silent.
//! fn two_bots(s: &Scene) {
//!     let (issue, other, ours, theirs) = (s.issue(), Actor::bot("greeter"), s.sentence(9), s.sentence(9));
//!     let mut heard = s.person_says(&issue, "hello");
//!     for _ in s.rounds(40) {
//!         let said = s.wants(heard, "comment", &issue, &ours).within(100, 800);
//!         s.echo(said, "issue_comment.created");
//!         heard = s.event("github", "issue_comment.created", &other, &issue).text(&theirs);
//!         heard.because(said).token(said).within(500, 9_000);
//!     }
//! }
//!
//! /// A bot reports each night, whether we note it or not.
//! fn nightly_reports(s: &Scene) {
//!     let (issue, reporter) = (s.issue(), Actor::bot("nightly"));
//!     for night in 0..s.between(10, 30) {
//!         let report = s.event("github", "issue_comment.created", &reporter, &issue);
//!         report.text(format!("Night {night}: all tests passed")).after(86_400_000);
//!         s.wants(report, "comment", &issue, "noted");
//!     }
//! }
//! ```
//!
//! Times count from what an entry follows (`after`, `within`): an effect from its cause, an event from the effect that brings it
//! about, an exogenous event from the latest entry. Say `because` before `after`. Then add a line to the table of a file in this
//! folder, for a loop also its healthy twin to the table in `twins.rs`, and run the tests of this crate: they look for links
//! that contradict the truth, and with `REYNOLDS_REWRITE=1` they write the digests of all stories to `frozen.txt`. A story that has a first
//! score in the register is never changed again: write another one.

use super::scene::Scene;
use super::trace::{Label, Trace};

mod agents;
mod careless;
mod cascades;
mod cloud;
mod comments;
mod delegation;
mod desks;
mod fights;
mod operations;
mod pipelines;
mod repositories;
mod retries;
mod round_eight;
mod round_eighteen;
mod round_eleven;
mod round_fifteen;
mod round_five;
mod round_four;
mod round_fourteen;
mod round_nine;
mod round_nineteen;
mod round_one;
mod round_seven;
mod round_seventeen;
mod round_six;
mod round_sixteen;
mod round_ten;
mod round_thirteen;
mod round_three;
mod round_twelve;
mod round_two;
mod twins;

/// One situation.
#[derive(Debug, Clone, Copy)]
pub struct Family {
    /// What the story is called; the register of first scores names it by this.
    pub name: &'static str,
    /// The name it had in the first set of families; empty where it is newer.
    pub code: &'static str,
    /// How it is reported.
    pub group: Group,
    /// The real situation it stands for, in one line.
    pub situation: &'static str,
    story: fn(&Scene),
}

/// How a family is reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// It goes on until somebody stops it.
    Loop,
    /// Legitimate, by a host that declares its repetitions.
    Declared,
    /// Legitimate, by a host that declares nothing, though it repeats itself.
    Careless,
}

impl Group {
    /// As traces and reports write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Loop => "loop",
            Self::Declared => "declared",
            Self::Careless => "careless",
        }
    }
}

impl Family {
    /// Loop or not.
    #[must_use]
    pub fn label(&self) -> Label {
        if self.group == Group::Loop { Label::Loop } else { Label::Legit }
    }

    /// The healthy story that looks most like this loop; nothing for a story that is healthy itself.
    #[must_use]
    pub fn twin(&self) -> Option<&'static Family> {
        let (_, twin) = twins::TWINS.iter().find(|(name, _)| *name == self.name)?;
        family(twin)
    }

    /// The story of a seed: the same bytes for ever.
    #[must_use]
    pub fn trace(&self, seed: u64) -> Trace {
        let scene = Scene::new(self.name, seed);
        (self.story)(&scene);
        scene.finish(format!("{}-{seed:06}", self.name), self.name, self.label(), self.group.name())
    }
}

const fn looping(name: &'static str, code: &'static str, situation: &'static str, story: fn(&Scene)) -> Family {
    Family { name, code, group: Group::Loop, situation, story }
}

const fn declared(name: &'static str, code: &'static str, situation: &'static str, story: fn(&Scene)) -> Family {
    Family { name, code, group: Group::Declared, situation, story }
}

const fn careless(name: &'static str, code: &'static str, situation: &'static str, story: fn(&Scene)) -> Family {
    Family { name, code, group: Group::Careless, situation, story }
}

/// All of them; the order is that of the themes and new ones come last in theirs.
#[must_use]
pub fn families() -> Vec<&'static Family> {
    let themes = [
        comments::FAMILIES,
        fights::FAMILIES,
        pipelines::FAMILIES,
        cascades::FAMILIES,
        retries::FAMILIES,
        agents::FAMILIES,
        operations::FAMILIES,
        cloud::FAMILIES,
        desks::FAMILIES,
        repositories::FAMILIES,
        delegation::FAMILIES,
        twins::FAMILIES,
        careless::FAMILIES,
    ];
    themes.into_iter().flatten().collect()
}

/// The rounds that were written by people who had not seen how any guard decides, by name. They are not part of the registry,
/// from which random pairs are drawn.
#[must_use]
pub fn rounds() -> [(&'static str, Vec<&'static Family>); 19] {
    [
        ("round A", round_three::round_three()),
        ("round B", round_one::round_one()),
        ("round C", round_two::round_two()),
        ("round D", round_four::round_four()),
        ("round E", round_five::round_five()),
        ("round F", round_six::round_six()),
        ("round G", round_seven::round_seven()),
        ("round H", round_eight::round_eight()),
        ("round I", round_nine::round_nine()),
        ("round J", round_ten::round_ten()),
        ("round K", round_eleven::round_eleven()),
        ("round L", round_twelve::round_twelve()),
        ("round M", round_thirteen::round_thirteen()),
        ("round N", round_fourteen::round_fourteen()),
        ("round O", round_fifteen::round_fifteen()),
        ("round P", round_sixteen::round_sixteen()),
        ("round Q", round_seventeen::round_seventeen()),
        ("round R", round_eighteen::round_eighteen()),
        ("round S", round_nineteen::round_nineteen()),
    ]
}

/// The one of a name or of an old code.
#[must_use]
pub fn family(name: &str) -> Option<&'static Family> {
    families().into_iter().find(|family| family.name == name || (!name.is_empty() && family.code == name))
}

#[cfg(test)]
mod round_tests;
#[cfg(test)]
pub(super) mod tests;
