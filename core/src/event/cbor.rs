//! An event's place in the journal, written by hand: the derived encoder gives the same bytes at twice the cost, and
//! every event is written once.

use alloc::vec::Vec;

use super::{Actor, ActorClass, Event, Property};

/// CBOR's major types (RFC 8949, section 3.1).
const UINT: u8 = 0;
const TEXT: u8 = 3;
const ARRAY: u8 = 4;
const MAP: u8 = 5;

/// Appends the event as `minicbor` would.
pub(crate) fn write(event: &Event, out: &mut Vec<u8>) {
    let Event { id, source, kind, subject, about, also, actor, object, text, reply_to, state, version, .. } = event;
    // The token is never recorded.
    let Event { token: _, attempt, progress, tenant, occurred_at, traceparent, content_key, attributes, .. } = event;
    let texts = [about, object, text, reply_to, tenant, traceparent, content_key];
    let numbers = [*version, *progress, occurred_at.map(|at| at.0)];
    let rest = [actor.is_some(), state.is_some(), attempt.is_some()];
    let present = texts.iter().filter(|text| text.is_some()).count()
        + numbers.iter().filter(|number| number.is_some()).count()
        + rest.iter().filter(|there| **there).count();
    head(out, MAP, 6 + present as u64);
    for (key, value) in [(0, id), (1, source), (2, kind), (3, subject)] {
        out.push(key);
        put(out, value);
    }
    optional(out, 4, about.as_deref());
    out.push(5);
    head(out, ARRAY, also.len() as u64);
    also.iter().for_each(|kind| put(out, kind));
    if let Some(Actor { id, class }) = actor {
        out.extend_from_slice(&[6, MAP << 5 | 2, 0]);
        put(out, id);
        out.extend_from_slice(&[1, number(*class)]);
    }
    optional(out, 7, object.as_deref());
    optional(out, 8, text.as_deref());
    optional(out, 9, reply_to.as_deref());
    if let Some(Property { property, value }) = state {
        out.extend_from_slice(&[10, MAP << 5 | 2, 0]);
        put(out, property);
        out.push(1);
        put(out, value);
    }
    numbered(out, 11, numbers[0]);
    if let Some([attempt, of]) = attempt {
        out.extend_from_slice(&[12, ARRAY << 5 | 2]);
        head(out, UINT, u64::from(*attempt));
        head(out, UINT, u64::from(*of));
    }
    numbered(out, 13, numbers[1]);
    optional(out, 14, tenant.as_deref());
    numbered(out, 15, numbers[2]);
    optional(out, 16, traceparent.as_deref());
    optional(out, 17, content_key.as_deref());
    out.push(18);
    head(out, MAP, attributes.len() as u64);
    for (name, value) in attributes {
        put(out, name);
        put(out, value);
    }
}

const fn number(class: ActorClass) -> u8 {
    match class {
        ActorClass::Unknown => 0,
        ActorClass::Human => 1,
        ActorClass::Bot => 2,
        ActorClass::App => 3,
        ActorClass::System => 4,
        ActorClass::Timer => 5,
    }
}

fn optional(out: &mut Vec<u8>, key: u8, text: Option<&str>) {
    if let Some(text) = text {
        out.push(key);
        put(out, text);
    }
}

fn numbered(out: &mut Vec<u8>, key: u8, number: Option<u64>) {
    if let Some(number) = number {
        out.push(key);
        head(out, UINT, number);
    }
}

fn put(out: &mut Vec<u8>, text: &str) {
    head(out, TEXT, text.len() as u64);
    out.extend_from_slice(text.as_bytes());
}

/// A head in its shortest form.
#[expect(clippy::cast_possible_truncation, reason = "each arm has what fits")]
fn head(out: &mut Vec<u8>, major: u8, value: u64) {
    let major = major << 5;
    match value {
        0..24 => out.push(major | value as u8),
        24..0x100 => out.extend_from_slice(&[major | 24, value as u8]),
        0x100..0x1_0000 => {
            let [a, b] = (value as u16).to_be_bytes();
            out.extend_from_slice(&[major | 25, a, b]);
        }
        0x1_0000..0x1_0000_0000 => {
            let [a, b, c, d] = (value as u32).to_be_bytes();
            out.extend_from_slice(&[major | 26, a, b, c, d]);
        }
        _ => {
            out.push(major | 27);
            out.extend_from_slice(&value.to_be_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::{format, vec};

    use super::*;
    use crate::{text::Text, time::Timestamp};

    fn same(event: &Event) {
        let mut written = Vec::new();
        write(event, &mut written);
        assert_eq!(written, minicbor::to_vec(event).expect("memory"), "{event:?}");
    }

    /// An event with the fields whose bits are set.
    fn some(bits: u32, number: u64, text: &str) -> Event {
        let text = || Text::from(text);
        let there = |bit: u32| bits >> bit & 1 == 1;
        let short = u32::try_from(number).unwrap_or(u32::MAX);
        Event {
            id: text(),
            source: text(),
            kind: text(),
            subject: text(),
            about: there(0).then(text),
            also: if there(1) { vec![text(); 30] } else { Vec::new() },
            actor: there(2).then(|| Actor { id: text(), class: ActorClass::Timer }),
            object: there(3).then(text),
            text: there(4).then(text),
            reply_to: there(5).then(text),
            state: there(6).then(|| Property { property: text(), value: text() }),
            version: there(7).then_some(number),
            token: there(8).then(text),
            attempt: there(9).then_some([short, 7]),
            progress: there(10).then_some(number),
            tenant: there(11).then(text),
            occurred_at: there(12).then_some(Timestamp(number)),
            traceparent: there(13).then(text),
            content_key: there(14).then(text),
            attributes: if there(15) {
                (0..40).map(|n| (format!("{n}").into(), text())).collect()
            } else {
                Default::default()
            },
        }
    }

    #[test]
    fn it_writes_what_the_derived_encoder_writes() {
        for bit in 0..16 {
            same(&some(1 << bit, 1, "x"));
            same(&some(!(1 << bit), 1 << 40, "ü"));
        }
        for number in [0, 23, 24, 255, 256, 65_535, 65_536, u64::from(u32::MAX), 1 << 32, (1 << 53) - 1] {
            same(&some(u32::MAX, number, "x"));
        }
        for len in [0, 23, 24, 255, 256, 65_535, 65_536] {
            same(&some(1 << 4, 1, &"x".repeat(len)));
        }
        for class in [ActorClass::Unknown, ActorClass::Human, ActorClass::Bot, ActorClass::App, ActorClass::System] {
            same(&Event { actor: Some(Actor { id: "x".into(), class }), ..Event::default() });
        }
    }
}
