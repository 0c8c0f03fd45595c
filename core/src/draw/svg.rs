//! The causal graph of a chain as inline SVG, coloured by the style sheet of the page.

use alloc::{format, string::String};

use super::{
    graph::{Graph, Node, NodeKind},
    layout::{self, HEIGHT, Layout, Place},
    words::cut,
};
use crate::{event::ActorClass, id::ChainId};

/// Text as it may stand in HTML and SVG, between tags and in quoted attributes.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(char),
        }
    }
    out
}

/// A graph as SVG, and how many of its nodes are not drawn by themselves. Chains that are `linked` can be jumped to.
pub(super) fn graph(graph: Graph, whole: bool, linked: &[ChainId]) -> (String, usize) {
    let layout = layout::layout(graph, whole);
    let mut out = format!(
        "<svg class=\"graph\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\" role=\"img\" aria-label=\"{2}\">",
        layout.width,
        layout.height,
        escape(&format!("causal graph of chain {}: {}", layout.graph.chain, layout.graph.title)),
    );
    for (x, title) in &layout.columns {
        out.push_str(&format!("<text class=\"head\" x=\"{}\" y=\"18\">{title}</text>", x + 2));
    }
    edges(&layout, &mut out);
    for (node, place) in layout.graph.nodes.iter().zip(&layout.places) {
        card(node, place, linked, &mut out);
    }
    out.push_str("</svg>");
    (out, layout.hidden)
}

fn edges(layout: &Layout, out: &mut String) {
    let parents = layout.graph.parents();
    for edge in &layout.graph.edges {
        let (from, to) = (&layout.places[edge.from], &layout.places[edge.to]);
        let class = match edge.kind {
            super::EdgeKind::Wanted => "wanted",
            super::EdgeKind::Linked => "linked",
            super::EdgeKind::Answered => "answered",
            super::EdgeKind::Inferred => "inferred",
            super::EdgeKind::Repeats => "repeats",
        };
        let title = format!("<title>{}</title>", escape(&edge.label));
        if to.below && parents[edge.to] == Some(edge.from) {
            let (x, y) = (from.x + 8, to.y + HEIGHT / 2);
            out.push_str(&format!(
                "<path class=\"edge {class}\" d=\"M{x} {} V{} Q{x} {y} {} {y} H{}\">{title}</path>",
                from.y + HEIGHT,
                y - 8,
                x + 8,
                to.x,
            ));
            continue;
        }
        let (x1, y1) = (from.x + from.width, from.y + HEIGHT / 2);
        let (x2, y2) = (to.x, to.y + HEIGHT / 2);
        let bend = x2.saturating_sub(x1).max(40) / 2;
        out.push_str(&format!(
            "<path class=\"edge {class}\" marker-end=\"url(#arrow)\" d=\"M{x1} {y1} C{} {y1} {} {y2} {} {y2}\">{title}</path>",
            x1 + bend,
            x2.saturating_sub(bend),
            x2.saturating_sub(3),
        ));
        // Above the edge's end, where the curve is flat again.
        out.push_str(&format!(
            "<text class=\"by\" x=\"{}\" y=\"{}\">{}</text>",
            x2.saturating_sub(7),
            y2.saturating_sub(6),
            escape(&cut(&edge.label, 8)),
        ));
    }
}

fn card(node: &Node, place: &Place, linked: &[ChainId], out: &mut String) {
    let class = match node.kind {
        NodeKind::Event => "event",
        NodeKind::Effect => "effect",
        NodeKind::Chain => "chain",
        NodeKind::More => "more",
    };
    let fate = node.fate.map_or("", super::Fate::class);
    let would = if node.would { " would" } else { "" };
    let tip = node.story.join("\n");
    let chain: Option<ChainId> = node.id.strip_prefix('c').and_then(|id| id.parse().ok());
    let (open, close) = match chain.filter(|chain| linked.contains(chain)) {
        Some(chain) => (format!("<a href=\"#chain-{chain}\">"), "</a>"),
        None => (String::new(), ""),
    };
    let number = match node.kind {
        NodeKind::Event => format!("#{}", node.id.trim_start_matches('r')),
        NodeKind::Effect => node.id.trim_start_matches('e').into(),
        NodeKind::Chain | NodeKind::More => String::new(),
    };
    let line = characters(place.width - 21, TEXT);
    // A nested picture cuts off what is wider than the card.
    out.push_str(&format!(
        "{open}<svg class=\"card {class} {fate}{would}\" x=\"{}\" y=\"{}\" width=\"{w}\" height=\"{h}\"><title>{}</title>\
         <rect class=\"box\" x=\"1\" y=\"1\" width=\"{}\" height=\"{}\" rx=\"{}\"/>{}\
         <text class=\"t1\" x=\"34\" y=\"21\">{}</text><text class=\"no\" x=\"{}\" y=\"54\">{number}</text>\
         <text class=\"t2\" x=\"12\" y=\"38\">{}</text><text class=\"t3\" x=\"12\" y=\"54\">{}</text></svg>{close}",
        place.x,
        place.y,
        escape(&tip),
        place.width - 2,
        HEIGHT - 2,
        if node.kind == NodeKind::Event { 14 } else { 5 },
        icon(node, 11, 8, 17),
        escape(&cut(&node.title, characters(place.width - 43, TITLE))),
        place.width - 9,
        escape(&middle(&node.subject, line)),
        escape(&cut(&node.note, line - number.len().min(12))),
        w = place.width,
        h = HEIGHT,
    ));
}

/// A reference to the drawing of what a node is: a person, a machine, a verdict.
pub(super) fn icon(node: &Node, x: u64, y: u64, size: u64) -> String {
    let name = match (node.kind, node.fate) {
        (_, _) if node.would => "would",
        (NodeKind::Event, _) => match node.actor.unwrap_or_default() {
            ActorClass::Human => "person",
            ActorClass::Bot | ActorClass::App => "bot",
            ActorClass::System | ActorClass::Timer => "system",
            ActorClass::Unknown => "unknown",
        },
        (_, Some(fate)) => fate.class(),
        (NodeKind::Chain, None) => "chain",
        (_, None) => "more",
    };
    format!("<use href=\"#i-{name}\" x=\"{x}\" y=\"{y}\" width=\"{size}\" height=\"{size}\" class=\"icon\"/>")
}

/// How wide a character is, in tenths of a pixel: what fonts are on the machine that shows the page is not known, so a wide one.
const TITLE: u64 = 79;
const TEXT: u64 = 70;

/// How many characters surely fit.
fn characters(width: u64, each: u64) -> usize {
    usize::try_from(width * 10 / each).unwrap_or(usize::MAX)
}

/// A text cut in its middle: both ends of a subject tell something.
pub(super) fn middle(text: &str, max: usize) -> String {
    let count = text.chars().count();
    if count <= max {
        return text.into();
    }
    let (head, tail) = (max / 3, max - max / 3 - 1);
    text.chars().take(head).chain(['…']).chain(text.chars().skip(count - tail)).collect()
}
