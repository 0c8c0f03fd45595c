//! The demo: says which webhooks it would play.

fn main() {
    match reynolds_examples::webhooks() {
        Some(index) => println!("webhooks: {}", index.display()),
        None => println!("webhooks: the small set in examples/data"),
    }
}
