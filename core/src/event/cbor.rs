//! An event's place in the journal, written and read by hand: what is derived does the same at twice the cost, and every
//! event is written once and read by each replay.

use alloc::vec::Vec;

use super::{Actor, ActorClass, Event, Property};
use crate::{text::Text, time::Timestamp};

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

/// Reads an event that [`write`] wrote, and what follows it. `None` for anything else, also for events that another version
/// wrote in another way: then the derived decoder knows.
pub(crate) fn read(bytes: &[u8]) -> Option<(Event, &[u8])> {
    let mut rest = bytes;
    let rest = &mut rest;
    let mut left = take_head(rest, MAP)?;
    let mut event = Event::default();
    let mut next = 0;
    while left > 0 {
        left -= 1;
        let key = take_byte(rest)?;
        // Ascending, and none left out of those that are always there.
        if key < next || (next < 4 && key != next) || (next < 6 && key > 5) {
            return None;
        }
        match key {
            0 => event.id = take_text(rest)?,
            1 => event.source = take_text(rest)?,
            2 => event.kind = take_text(rest)?,
            3 => event.subject = take_text(rest)?,
            4 => event.about = Some(take_text(rest)?),
            5 => {
                for _ in 0..take_head(rest, ARRAY)? {
                    event.also.push(take_text(rest)?);
                }
            }
            6 => event.actor = Some(take_actor(rest)?),
            7 => event.object = Some(take_text(rest)?),
            8 => event.text = Some(take_text(rest)?),
            9 => event.reply_to = Some(take_text(rest)?),
            10 => {
                let [property, value] = take_pair(rest)?;
                event.state = Some(Property { property, value });
            }
            11 => event.version = Some(take_head(rest, UINT)?),
            12 => {
                (take_head(rest, ARRAY)? == 2).then_some(())?;
                let mut number = || u32::try_from(take_head(rest, UINT)?).ok();
                event.attempt = Some([number()?, number()?]);
            }
            13 => event.progress = Some(take_head(rest, UINT)?),
            14 => event.tenant = Some(take_text(rest)?),
            15 => event.occurred_at = Some(Timestamp(take_head(rest, UINT)?)),
            16 => event.traceparent = Some(take_text(rest)?),
            17 => event.content_key = Some(take_text(rest)?),
            18 => {
                for _ in 0..take_head(rest, MAP)? {
                    let name = take_text(rest)?;
                    event.attributes.insert(name, take_text(rest)?);
                }
            }
            _ => return None,
        }
        next = key + 1;
    }
    (next == 19).then_some((event, *rest))
}

fn take_actor(rest: &mut &[u8]) -> Option<Actor> {
    (take_head(rest, MAP)? == 2 && take_byte(rest)? == 0).then_some(())?;
    let id = take_text(rest)?;
    (take_byte(rest)? == 1).then_some(())?;
    let class = match take_byte(rest)? {
        0 => ActorClass::Unknown,
        1 => ActorClass::Human,
        2 => ActorClass::Bot,
        3 => ActorClass::App,
        4 => ActorClass::System,
        5 => ActorClass::Timer,
        _ => return None,
    };
    Some(Actor { id, class })
}

/// A map with two texts under 0 and 1.
fn take_pair(rest: &mut &[u8]) -> Option<[Text; 2]> {
    (take_head(rest, MAP)? == 2 && take_byte(rest)? == 0).then_some(())?;
    let first = take_text(rest)?;
    (take_byte(rest)? == 1).then_some(())?;
    Some([first, take_text(rest)?])
}

fn take_byte(rest: &mut &[u8]) -> Option<u8> {
    let (byte, after) = rest.split_first()?;
    *rest = after;
    Some(*byte)
}

fn take_bytes<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (bytes, after) = rest.split_first_chunk()?;
    *rest = after;
    Some(*bytes)
}

fn take_text(rest: &mut &[u8]) -> Option<Text> {
    let len = usize::try_from(take_head(rest, TEXT)?).ok()?;
    let (text, after) = rest.split_at_checked(len)?;
    *rest = after;
    Some(Text::from(core::str::from_utf8(text).ok()?))
}

/// The value of a head of one major type.
#[inline]
fn take_head(rest: &mut &[u8], major: u8) -> Option<u64> {
    let first = take_byte(rest)?;
    if first >> 5 != major {
        return None;
    }
    Some(match first & 31 {
        short @ 0..24 => u64::from(short),
        24 => u64::from(take_byte(rest)?),
        25 => u64::from(u16::from_be_bytes(take_bytes(rest)?)),
        26 => u64::from(u32::from_be_bytes(take_bytes(rest)?)),
        27 => u64::from_be_bytes(take_bytes(rest)?),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use alloc::{format, vec};

    use super::*;

    fn same(event: &Event) {
        let mut written = Vec::new();
        write(event, &mut written);
        assert_eq!(written, minicbor::to_vec(event).expect("memory"), "{event:?}");
        let recorded = Event { token: None, ..event.clone() };
        written.push(7);
        assert_eq!(read(&written), Some((recorded, &[7][..])), "{event:?}");
        for cut in (0..written.len() - 1).take(300) {
            assert_eq!(read(&written[..cut]), None, "{event:?} cut at {cut}");
        }
    }

    #[test]
    fn what_is_written_otherwise_is_left_to_the_derived_decoder() {
        let mut written = Vec::new();
        write(&Event { id: "x".into(), ..Event::default() }, &mut written);
        // `{0: "x", 1: "", 2: "", 3: "", 5: [], 18: {}}`, then with a key twice, out of order, and unknown.
        assert_eq!(written, [0xa6, 0, 0x61, b'x', 1, 0x60, 2, 0x60, 3, 0x60, 5, 0x80, 18, 0xa0]);
        for (place, byte) in [
            (0, 0xa5),
            (0, 0xbf),
            (1, 1),
            (2, 0x41),
            (3, 0xff),
            (4, 0),
            (10, 3),
            (10, 23),
            (12, 5),
            (10, 7),
            (12, 0xff),
        ] {
            let mut other = written.clone();
            other[place] = byte;
            assert_eq!(read(&other), None, "{byte:#x} at {place}");
        }
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
