//! A chain over time as inline SVG: a lane per subject, time from left to right, a bar from an effect's decision to
//! its outcome.
//!
//! Chains have steps of milliseconds beside pauses of days, so the distance between two records grows with the
//! logarithm of the time between them; the scale above says how much it was.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    format,
    string::String,
    vec::Vec,
};

use super::{
    graph::Node,
    note::{Cause, EffectNote, EventNote},
    story::{Chain, Story},
    svg::{escape, icon, middle},
    words,
};
use crate::{
    det::gather,
    id::{EffectId, Seq},
    time::Timestamp,
};

/// Lanes and records drawn.
const LANES: usize = 14;
const RECORDS: usize = 150;
const ROWS: usize = 8;
const ROW: u64 = 26;
const TOP: u64 = 30;
const PAD: u64 = 9;
const LEFT: u64 = 22;
const DOT: u64 = 10;
const LABEL: u64 = 214;

struct Lane {
    name: String,
    /// For each row, where its last item ends.
    rows: Vec<u64>,
}

struct Item<'a> {
    node: Node,
    event: Option<&'a EventNote>,
    effect: Option<&'a EffectNote>,
    x: u64,
    /// Where an effect's bar ends.
    end: u64,
    lane: usize,
    row: usize,
}

/// A chain's timeline, and how many of its records are beyond what is drawn.
pub(super) fn timeline(story: &Story, chain: &Chain) -> (String, usize) {
    let (axis, hidden) = axis(story, chain);
    let (lanes, items) = items(story, chain, &axis);
    let mut tops = Vec::with_capacity(lanes.len());
    let mut bottom = TOP;
    for lane in &lanes {
        tops.push(bottom);
        bottom += lane.rows.len() as u64 * ROW + 2 * PAD;
    }
    let width = axis.values().map(|(x, _)| *x).max().unwrap_or(0) + 150;
    let mut labels = format!("<svg class=\"lanes\" width=\"{LABEL}\" height=\"{bottom}\" aria-hidden=\"true\">");
    let mut body = format!(
        "<svg class=\"timeline\" width=\"{width}\" height=\"{bottom}\" role=\"img\" \
         aria-label=\"{}\">",
        escape(&format!("timeline of chain {}: {}", chain.id, story.root_words(chain))),
    );
    for (at, (lane, top)) in lanes.iter().zip(&tops).enumerate() {
        let height = lane.rows.len() as u64 * ROW + 2 * PAD;
        let band = format!("<rect class=\"band b{}\" y=\"{top}\" width=\"100%\" height=\"{height}\"/>", at % 2);
        body.push_str(&band);
        labels.push_str(&band);
        labels.push_str(&format!(
            "<text class=\"lane\" x=\"10\" y=\"{}\"><title>{}</title>{}</text>",
            top + height / 2 + 4,
            escape(&lane.name),
            escape(&middle(&lane.name, 27)),
        ));
    }
    scale(chain, &axis, bottom, &mut body);
    let y_of = |item: &Item<'_>| tops[item.lane] + PAD + item.row as u64 * ROW + ROW / 2;
    let places = gather(items.iter().map(|item| (item.node.id.as_str(), (item.x, item.end, y_of(item)))));
    items.iter().for_each(|item| joins(story, item, &places, &mut body));
    items.iter().for_each(|item| mark(item, y_of(item), &mut body));
    labels.push_str("</svg>");
    body.push_str("</svg>");
    (format!("<div class=\"tl\">{labels}<div class=\"scroll\">{body}</div></div>"), hidden)
}

/// Where each record of the chain stands, and when it was made.
type Axis = BTreeMap<Seq, (u64, Timestamp)>;

fn axis(story: &Story, chain: &Chain) -> (Axis, usize) {
    let events = chain.events.iter().filter_map(|seq| story.events.get(seq)).map(|event| (event.seq, event.at));
    let effects = chain.effects.iter().filter_map(|id| story.effects.get(id));
    let steps = effects.flat_map(|effect| effect.steps.iter().map(|step| (step.seq, step.at)));
    let records: BTreeSet<(Seq, Timestamp)> = gather(events.chain(steps));
    let mut axis = Axis::new();
    let (mut x, mut before) = (LEFT, None);
    for (seq, at) in records.iter().take(RECORDS) {
        x += match before {
            None => 0,
            Some(before) => 28 + u64::min(u64::from((at.since_ms(before) + 1).ilog2()) * 6, 120),
        };
        before = Some(*at);
        axis.insert(*seq, (x, *at));
    }
    (axis, records.len().saturating_sub(RECORDS))
}

fn items<'a>(story: &'a Story, chain: &Chain, axis: &Axis) -> (Vec<Lane>, Vec<Item<'a>>) {
    let last = axis.values().map(|(x, _)| *x).max().unwrap_or(0);
    let (mut lanes, mut items) = (Vec::new(), Vec::new());
    for (seq, cause) in chain.in_order() {
        let Some((x, _)) = axis.get(&seq).copied() else { continue };
        let (event, effect) = match cause {
            Cause::Event(seq) => (story.events.get(&seq), None),
            Cause::Effect(id) => (None, story.effects.get(&id)),
        };
        let (node, subject, start, end) = match (event, effect) {
            (Some(event), _) => (event.node(), &event.subject, x, x),
            (_, Some(effect)) => {
                // Beside its own event, which stands in the same record.
                let start = if story.events.contains_key(&seq) { x + 24 } else { x };
                let over = effect.steps.last().filter(|_| effect.ended().is_some());
                let end = over.and_then(|step| axis.get(&step.seq)).map_or(last + 60, |(x, _)| *x);
                (effect.node(story), &effect.subject, start, end.max(start))
            }
            (None, None) => continue,
        };
        let lane = lane(&mut lanes, subject);
        let row = row(&mut lanes[lane], start, end);
        items.push(Item { node, event, effect, x: start, end, lane, row });
    }
    (lanes, items)
}

fn lane(lanes: &mut Vec<Lane>, subject: &str) -> usize {
    if let Some(at) = lanes.iter().position(|lane| lane.name == subject) {
        return at;
    }
    if lanes.len() == LANES {
        return LANES - 1;
    }
    let name = if lanes.len() + 1 == LANES { "other subjects" } else { subject };
    lanes.push(Lane { name: name.into(), rows: Vec::new() });
    lanes.len() - 1
}

fn row(lane: &mut Lane, start: u64, end: u64) -> usize {
    let free = lane.rows.iter().position(|taken| *taken < start.saturating_sub(DOT + 3));
    let row = match free {
        Some(row) => row,
        None if lane.rows.len() < ROWS => {
            lane.rows.push(0);
            lane.rows.len() - 1
        }
        None => ROWS - 1,
    };
    lane.rows[row] = lane.rows[row].max(end + DOT);
    row
}

fn scale(chain: &Chain, axis: &Axis, bottom: u64, out: &mut String) {
    let mut free = 0;
    let mut before = None;
    for (x, at) in axis.values() {
        if before == Some(*at) {
            continue;
        }
        before = Some(*at);
        out.push_str(&format!("<line class=\"grid\" x1=\"{x}\" x2=\"{x}\" y1=\"{}\" y2=\"{bottom}\"/>", TOP - 4));
        if *x >= free {
            let text = match at.since_ms(chain.from) {
                0 => "start".into(),
                ms => format!("+{}", words::span(ms)),
            };
            free = x + 14 + 7 * text.chars().count() as u64;
            let title = words::clock(*at);
            out.push_str(&format!(
                "<text class=\"tick\" x=\"{}\" y=\"18\"><title>{title}</title>{text}</text>",
                x.saturating_sub(4)
            ));
        }
    }
}

fn joins(story: &Story, item: &Item<'_>, places: &BTreeMap<&str, (u64, u64, u64)>, out: &mut String) {
    let Some((x, _, y)) = places.get(item.node.id.as_str()) else { return };
    let mut join = |from: Option<&(u64, u64, u64)>, class: &str, along: bool| {
        let Some((x1, end, y1)) = from else { return };
        // An effect's bar lasts; what follows from it leaves the bar where it is nearest.
        let x1 = if along { (*end).min(x.saturating_sub(16)).max(*x1) } else { *x1 };
        let bend = x.saturating_sub(x1).max(16) / 2;
        out.push_str(&format!(
            "<path class=\"edge {class}\" d=\"M{x1} {y1} C{} {y1} {} {y} {x} {y}\"/>",
            x1 + bend,
            x.saturating_sub(bend),
        ));
    };
    if let Some(of) = item.event.and_then(|event| event.link).and_then(|link| link.of) {
        let echo = item.event.is_some_and(|event| event.echo);
        join(places.get(effect_name(of).as_str()), if echo { "linked echo" } else { "linked" }, true);
    }
    for cause in item.effect.iter().flat_map(|effect| &effect.causes) {
        let handler = |id: &EffectId| story.effects.get(id).is_some_and(|effect| effect.handler.is_some());
        match cause {
            Cause::Event(seq) => join(places.get(format!("r{seq}").as_str()), "wanted", false),
            Cause::Effect(id) => join(places.get(effect_name(*id).as_str()), "wanted", handler(id)),
        }
    }
}

fn effect_name(id: EffectId) -> String {
    format!("e{id}")
}

fn mark(item: &Item<'_>, y: u64, out: &mut String) {
    let title = escape(&item.node.story.join("\n"));
    let x = item.x;
    let Some(effect) = item.effect else {
        let small = item.event.is_some_and(|event| event.echo);
        let (class, radius, size) = if small { ("event echo", 6, 9) } else { ("event", DOT, 13) };
        let picture = icon(&item.node, x - size / 2, y - size / 2, size);
        out.push_str(&format!(
            "<g class=\"mark {class}\"><title>{title}</title><circle cx=\"{x}\" cy=\"{y}\" r=\"{radius}\"/>{picture}</g>"
        ));
        return;
    };
    let would = if item.node.would { " would" } else { "" };
    let handle = if effect.handler.is_some() { " handler" } else { "" };
    let open = if effect.ended().is_none() { " open" } else { "" };
    let picture = icon(&item.node, x - 6, y - 6, 13);
    out.push_str(&format!(
        "<g class=\"mark effect {}{would}{handle}{open}\"><title>{title}</title>\
         <rect class=\"bar\" x=\"{x}\" y=\"{}\" width=\"{}\" height=\"6\" rx=\"3\"/>\
         <rect class=\"head\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"4\"/>{picture}</g>",
        effect.fate().class(),
        y - 3,
        item.end - x,
        x - DOT,
        y - DOT,
        2 * DOT,
        2 * DOT,
    ));
}
