//! soon
pub fn rows(_: super::Run) -> Vec<crate::report::Row> { Vec::new() }
