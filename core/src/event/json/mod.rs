//! JSON as the readers need it: one pass over the bytes that keeps a few fields and checks the rest.
//!
//! `serde_json` reads the library's own formats; payloads need other things. A webhook body is some 10 kB, of which
//! twenty small fields matter, so the time goes into skipping. A field of an unexpected type, a number that fits no
//! integer and half of a surrogate pair (Teams cuts texts in UTF-16) must not lose the event. Nesting has to be bounded
//! in the parts that are skipped, too. And the raw bytes of a member are needed for a content key.
//!
//! [`Reader`] is the pass, [`Read`] what a value can be read as, `objects!` declares which members of an object to
//! read. The tests compare [`Reader`] with `serde_json` on generated texts.

mod error;
mod objects;
mod reader;
mod scan;
mod time;

pub use error::ReadError;
pub(super) use objects::{Id, Raw, Read, Scalar, Seen, Spanned, objects};
pub(super) use reader::Reader;
pub(super) use time::timestamp;

#[cfg(test)]
mod tests;
