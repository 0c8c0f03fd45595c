//! An embeddable event-broker core for bots and agents.
//!
//! Feed it what happened, with a timestamp; it answers with what to do: effects to perform, to hold, or to refuse
//! because they would close a loop. It performs nothing itself. Five rules say what that means:
//!
//! 1. **State is the fold of its inputs.** Configuration, time, upgrades and human commands are inputs too. Nothing
//!    else reaches the state.
//! 2. **An effect leaves only after the record that released it is durable.**
//! 3. **Every effect has an id that is the same on every replay.** Hosts use it as idempotency key and answer with it.
//! 4. **Everything has a limit**, reserved when the input is admitted. A full table is a typed rejection, never growth.
//!    Outcomes and stop commands never meet a full table: their room is reserved with the effect they answer, and where the time
//!    they come with can not be believed they count as of the last time known. What is too long in an outcome is refused where it is
//!    submitted by hand; the [`driver`] leaves it out, and says so.
//! 5. **A rejected input changes nothing and is not recorded.** What changes state is recorded, also when the verdict
//!    is "denied" or "held".
//!
//! # A bot
//!
//! The [`driver`] is the whole loop over a journal file. It knows no clock: it asks `now`.
//!
//! ```
//! use reynolds::driver::{Driver, FileJournal, drawn_seed};
//! use reynolds::{Config, Effect, Event, Genesis, Keys, Timestamp, input::{Configure, OutcomeResult}};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # use std::time::SystemTime;
//! # let folder = tempfile::tempdir()?;
//! let config = Config::from_json(br#"{"rules": [{"id": "triage", "when": {"kind": "issues.opened"},
//!     "effects": [{"kind": "message", "subject": "teams:triage", "text": "New: {subject} by {actor}"}]}]}"#)?;
//! let genesis = Genesis { name: "triage".into(), seed: drawn_seed(), config: config.clone(), ..Genesis::default() };
//! let keys = Keys::new(1, b"32 random bytes from your secret store")?;
//! let mut bot = Driver::open(FileJournal::open(folder.path())?, genesis, keys)?;
//! let now = || Timestamp::from(SystemTime::now());
//! if bot.opened().config_differs {
//!     let _ = bot.submit(now(), Configure { config })?; // a journal keeps its own, until it is told
//! }
//!
//! let event = Event { // `event::github::read` makes one of a webhook
//!     id: "d1".into(), source: "github".into(), kind: "issues.opened".into(), subject: "github:acme/api#7".into(),
//!     ..Event::default()
//! };
//! let mut perform = |effect: &Effect| {
//!     println!("{:?}", effect.act()); // the only place that talks to a platform
//!     OutcomeResult::done("teams:msg/17")
//! };
//! let round = bot.run(now, [event], &mut perform)?; // decide, store, perform, report
//! for refused in round.refused() {
//!     eprintln!("{refused}");
//! }
//! if let Some(wakeup) = round.wakeup {
//!     // ... sleep until then, or until the next webhook ...
//!     let _ = bot.wake(now, &mut perform)?;
//! }
//! # Ok(())
//! # }
//! ```
//!
//! The [host guide](https://github.com/reynolds-rs/reynolds/blob/main/docs/host-guide.md) goes on from here, step by step.
//!
//! # The loop by hand
//!
//! What the driver does, for hosts with a storage or a runtime of their own. [`Broker`] is the whole engine.
//!
//! ```
//! use reynolds::{Broker, Config, Event, Genesis, Input, Keys, ReleaseNo, Seq, Timestamp};
//! use std::collections::VecDeque;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let config = Config::from_json(br#"{"rules": [{"id": "triage", "when": {"kind": "issues.opened"},
//!     "effects": [{"kind": "message", "subject": "teams:triage", "text": "New: {subject} by {actor}"}]}]}"#)?;
//! let genesis = Genesis { name: "triage".into(), seed: 1, config, ..Genesis::default() }; // drawn at random, in a real host
//! let mut broker = Broker::new(genesis, Keys::none())?;
//! let mut journal: Vec<u8> = Vec::new(); // a file, in a real host
//!
//! let event = Event {
//!     id: "d1".into(), source: "github".into(), kind: "issues.opened".into(), subject: "github:acme/api#7".into(),
//!     ..Event::default()
//! };
//! let (mut durable, mut cursor) = (Seq(0), ReleaseNo(0));
//! let mut inbox = VecDeque::from([(Timestamp(1000), Input::from(event))]);
//! while let Some((at, input)) = inbox.pop_front() {
//!     let decision = broker.submit(at, input)?;                       // 1. decide
//!     println!("record {}: {:?}", decision.seq, decision.verdicts);
//!     if let Some(segment) = broker.staged(durable) {                 // 2. append, and only then ...
//!         journal.extend_from_slice(segment.bytes);
//!         durable = segment.last;
//!         broker.mark_durable(durable)?;
//!     }
//!     let mut effects = Vec::new();
//!     broker.released(cursor, &mut effects);                          // 3. ... take what may leave
//!     for effect in effects {
//!         cursor = effect.release;
//!         assert_eq!(effect.act().map(|act| act.subject.as_str()), Some("teams:triage"));
//!         inbox.push_back((at, effect.done("teams:msg/17").into()));  // 4. perform it, and say what became of it
//!     }
//! }
//! let wakeup = broker.wakeup();                                       // 5. sleep until then, call `advance`
//! assert_eq!(wakeup, None);
//! # Ok(())
//! # }
//! ```
//!
//! # What is here
//!
//! "Alone" says whether it is of use without a broker.
//!
//! | module | has | alone |
//! |---|---|---|
//! | [`driver`] | the loop for Rust hosts, over a [`driver::Journal`]; a journal in files and one in memory | no |
//! | [`broker`] | the protocol: [`Broker::submit`], [`Broker::staged`], [`Broker::mark_durable`], [`Broker::released`] | no |
//! | [`input`], [`effect`], [`verdict`] | what goes in, what is to be done, and what was decided, with reasons | no |
//! | [`event`] | the event, and readers of the raw bytes of GitHub, Teams, Event Grid and CloudEvents | yes |
//! | [`config`], [`rules`], [`limits`] | what is wanted of which events, and how much at most | no |
//! | [`chain`] | who caused what; [`chain::token`] marks messages, so that they are recognised when they come back | tokens |
//! | [`work`] | plans of tasks; task graphs, their order, whether to hand them out | yes |
//! | [`agents`] | which agents there are, how they are, who gets a task, how many there should be | yes |
//! | [`guard`] | breaker, retries, deadlines, permits, an adaptive limit, claims, calls, edits that linger | yes |
//! | [`id`], [`text`], [`time`] | the numbers, short texts and points in time that all of these use | yes |
//! | [`behaviour`] | which version of the rules a journal is replayed by | no |
//! | `draw` | chains and plans as pictures and words | no |
//! | [`wire`] | the broker as calls of JSON text, for other languages | no |
//! | [`journal`], [`snapshot`] | the bytes that are stored | to check them |
//! | [`error`] | what can be wrong, by number | |
//! | `cli` | the command line, with the feature of that name | no |
//! | [`View`] | read-only questions to a broker | no |
//!
//! The pages that say more, each with its tables and figures:
//! [concepts](https://github.com/reynolds-rs/reynolds/blob/main/docs/concepts.md),
//! [host guide](https://github.com/reynolds-rs/reynolds/blob/main/docs/host-guide.md),
//! [loops](https://github.com/reynolds-rs/reynolds/blob/main/docs/loops.md),
//! [work](https://github.com/reynolds-rs/reynolds/blob/main/docs/work.md),
//! [agents](https://github.com/reynolds-rs/reynolds/blob/main/docs/agents.md),
//! [guards](https://github.com/reynolds-rs/reynolds/blob/main/docs/guard.md),
//! [events](https://github.com/reynolds-rs/reynolds/blob/main/docs/events.md),
//! [errors](https://github.com/reynolds-rs/reynolds/blob/main/docs/errors.md),
//! [wire](https://github.com/reynolds-rs/reynolds/blob/main/docs/wire.md),
//! [formats](https://github.com/reynolds-rs/reynolds/blob/main/docs/format.md).
//!
//! # Features
//!
//! | feature | adds |
//! |---|---|
//! | `std` (default) | the driver and the file journal. Without it the crate is `no_std` with `alloc` |
//! | `draw` (default) | pictures |
//! | `cli` | the command line, `reynolds` |
//!
//! None of them changes a decision.
//!
//! A panic means a bug: no input may reach one.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

pub mod agents;
pub mod behaviour;
mod behind;
pub mod broker;
pub mod chain;
#[cfg(feature = "cli")]
pub mod cli;
pub mod config;
mod det;
#[cfg(feature = "draw")]
pub mod draw;
#[cfg(feature = "std")]
pub mod driver;
pub mod effect;
pub mod error;
pub mod event;
pub mod guard;
pub mod id;
pub mod input;
pub mod journal;
mod json;
pub mod limits;
mod loops;
mod original;
mod outbox;
mod outcome;
mod restore;
pub mod rules;
pub mod snapshot;
mod state;
mod step;
pub mod text;
pub mod time;
pub mod verdict;
mod view;
mod wakeup;
pub mod wire;
pub mod work;

pub use broker::{Broker, Durability, Genesis, Segment, Step, StepError};
pub use chain::token::Keys;
pub use config::Config;
pub use effect::{Action, Effect};
pub use error::{Misuse, Rejected, RestoreError};
pub use event::Event;
pub use id::{ChainId, EffectId, ReleaseNo, Seq};
pub use input::Input;
/// Guards, plans and registries that are used alone are stored with it.
#[doc(no_inline)]
pub use minicbor;
pub use restore::{Replayed, Report, Restorer};
pub use text::Text;
pub use time::Timestamp;
pub use verdict::{
    Decision, Denial, DenyReason, HoldReason, LimitName, StopKind, StopRef, Verdict, WakeReason, Wakeup,
};
pub use view::{BreakerStage, Count, Open, Repetition, StopStanding, TrippedChain, Turn, View};
