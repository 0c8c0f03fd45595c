//! The story of a journal, for people: chains as text, as graphs and as one page of HTML.
//!
//! A [`Story`] looks on while a journal is replayed, or while a living broker decides, and remembers what happened,
//! what was wanted because of it, what was decided and what became of it. Nothing here reaches the state, and nothing
//! the core decides depends on it.
//!
//! ```
//! use reynolds::{Broker, Keys, draw::Story};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let mut broker = Broker::new(reynolds::Genesis { name: "triage".into(), ..Default::default() }, Keys::none())?;
//! # let mut journal = reynolds::journal::segment_header(broker.view().number(), reynolds::Seq(1)).to_vec();
//! # let event = reynolds::Event { id: "d1".into(), source: "github".into(), kind: "issues.opened".into(),
//! #     subject: "github:acme/api#7".into(), ..Default::default() };
//! # let _ = broker.submit(reynolds::Timestamp(1000), event)?;
//! # journal.extend_from_slice(broker.staged(reynolds::Seq(0)).ok_or("nothing staged")?.bytes);
//! let mut story = Story::new();
//! let mut restorer = Broker::restore(None, Keys::none())?;
//! restorer.push_watched(&journal, &mut |replayed| story.watch(&replayed))?;
//! for chain in story.chains() {
//!     println!("{}", story.mermaid(chain.id).unwrap_or_default());
//! }
//! # assert_eq!(story.chains().count(), 1);
//! # Ok(())
//! # }
//! ```
//!
//! All texts in a story come from platforms and may be hostile. They are cleaned when they are taken in (no control
//! characters, no direction marks, cut to a length), and escaped for each format when they are written.

mod explain;
mod graph;
mod html;
mod layout;
mod line;
mod note;
mod now;
mod plan;
mod story;
mod summary;
mod svg;
mod text;
mod timeline;
mod words;
mod work;

pub use explain::{Explanation, Section};
pub use graph::{Edge, EdgeKind, Graph, Node, NodeKind};
pub use html::Page;
pub use note::Fate;
pub use now::{Concerning, Standing, Stopping};
pub use plan::PlanPicture;
pub use story::{Chain, Story};
pub use summary::{Stop, Summary, Totals};
pub use words::clock;
#[cfg(feature = "cli")]
pub(crate) use words::is_invisible;
