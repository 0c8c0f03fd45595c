//! `make bench-loops`: every guard over every story.
fn main() {
    reynolds_benches::loops::report::main();
}
