//! Loops and look-alikes, played through the real broker and through the guards that people use today.
//!
//! A [`trace`] is one story with its truth: which event each effect of ours would bring about. The player closes the loop: what
//! is denied brings nothing about, what is held brings it about later. So a guard is judged by what would have happened, not by
//! what it would have said about a recording.
//!
//! The stories come from [`families`], each a small function that tells a [`scene`]; [`merge`] lets two of them happen at once.

pub mod broker;
pub mod families;
pub mod file;
pub mod guards;
pub mod merge;
pub mod player;
mod register;
pub mod report;
pub mod scene;
pub mod trace;
