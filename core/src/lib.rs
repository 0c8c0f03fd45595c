//! reynolds
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

pub mod event;
pub mod id;
pub mod limits;
pub mod time;
