//! What must hold in every story: see `story.rs` for what can happen. A failure is shrunk, and the shortest story that
//! fails is printed as a golden trace.
//!
//! `PROPTEST_CASES=1000 cargo test -p reynolds --test properties` looks longer.

mod agents;
mod bytes;
mod decision;
#[path = "../desk/mod.rs"]
mod desk;
mod evidence;
mod fights;
mod graph;
mod guard;
mod limits;
mod lives;
mod plans;
mod replay;
mod rounds;
mod schedule;
mod story;
mod world;

use proptest::{
    strategy::Strategy,
    test_runner::{Config, TestCaseError, TestError, TestRunner},
};

use crate::{story::Story, world::World};

/// Plays many stories. `cases` unless `PROPTEST_CASES` says otherwise.
fn check(cases: u32, stories: impl Strategy<Value = Story>, property: impl Fn(&Story) -> Result<(), String>) {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(cases);
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let outcome = TestRunner::new(config).run(&stories, |story| property(&story).map_err(TestCaseError::fail));
    match outcome {
        Ok(()) => {}
        Err(TestError::Fail(reason, _)) => panic!("{reason}"),
        Err(TestError::Abort(reason)) => panic!("gave up: {reason}"),
    }
}

/// `Err` with the story so far unless the claim holds.
fn claim(world: &World, holds: bool, what: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(format!("{}\n\nthe story so far, as a trace:\n{}", what(), world.script)) }
}
