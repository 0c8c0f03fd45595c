//! The `reynolds` command line.
fn main() {}
