//! The readers: raw webhook bodies in, canonical events out.

mod cloud;
mod github;
mod github_ci;
mod github_identity;
mod hostile;
mod samples;
mod teams;

use reynolds::{Broker, Config, Durability, Event, Genesis, Input, Keys, Timestamp, event::Property};

/// A broker that has seen nothing, to ask whether it would take an event.
fn broker() -> Broker {
    let genesis = Genesis {
        name: "readers".into(),
        seed: 1,
        durability: Durability::Volatile,
        config: Config::default(),
        at: Timestamp(0),
    };
    Broker::new(genesis, Keys::new(1, b"a secret of the host").expect("long enough")).expect("a valid genesis")
}

/// Every event of a reader keeps to the limits that the broker sets.
#[track_caller]
fn assert_admissible(event: &Event) {
    if let Err(rejected) = broker().submit(Timestamp(1_741_080_000_000), Input::Event(event.clone())) {
        panic!("{rejected}: {event:?}");
    }
}

fn state(property: &str, value: &str) -> Option<Property> {
    Some(Property { property: property.into(), value: value.into() })
}

/// The attributes as one text, `name=value` in lines.
fn attributes(event: &Event) -> String {
    event.attributes.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("\n")
}
