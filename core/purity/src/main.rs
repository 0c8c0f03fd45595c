//! The story on this machine.

fn main() {
    println!("{}", reynolds_purity::story());
}
