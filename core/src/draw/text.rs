//! Mermaid and DOT. Both are read by tools that give some characters a meaning; every one that could have any is
//! written as a code or behind a backslash.

use alloc::{format, string::String};

use petgraph::{
    dot::{Config, Dot},
    visit::NodeRef,
};

use super::{
    graph::{Edge, EdgeKind, Graph, Node, NodeKind},
    note::Fate,
    story::Story,
    words::cut,
};
use crate::id::ChainId;

/// Longest line of a label.
const LINE: usize = 48;

impl Story {
    /// A chain as a Mermaid flowchart, `None` if there is no such chain.
    #[must_use]
    pub fn mermaid(&self, chain: ChainId) -> Option<String> {
        self.graph(chain).map(|graph| graph.mermaid())
    }

    /// A chain as Graphviz DOT, `None` if there is no such chain.
    #[must_use]
    pub fn dot(&self, chain: ChainId) -> Option<String> {
        self.graph(chain).map(|graph| graph.dot())
    }
}

impl Graph {
    /// It as a Mermaid flowchart.
    #[must_use]
    pub fn mermaid(&self) -> String {
        let mut out = format!("---\ntitle: \"chain {}\"\n---\nflowchart LR\n", self.chain);
        for (at, node) in self.nodes.iter().enumerate() {
            let label = lines(node).map(|line| mermaid_text(&line)).collect::<alloc::vec::Vec<_>>().join("<br/>");
            let (open, close) = match node.kind {
                NodeKind::Event => ("([\"", "\"])"),
                NodeKind::Effect => ("[\"", "\"]"),
                NodeKind::Chain => ("[[\"", "\"]]"),
                NodeKind::More => ("{{\"", "\"}}"),
            };
            out.push_str(&format!("  n{at}{open}{label}{close}:::{}\n", class(node)));
        }
        for edge in &self.edges {
            let arrow = match edge.kind {
                EdgeKind::Wanted => "-->",
                EdgeKind::Linked | EdgeKind::Inferred | EdgeKind::Repeats => "-.->",
                EdgeKind::Answered => "==>",
            };
            let label = mermaid_text(&cut(&edge.label, LINE));
            let (from, to) = if edge.kind == EdgeKind::Repeats { (edge.to, edge.from) } else { (edge.from, edge.to) };
            out.push_str(&format!("  n{from} {arrow}|\"{label}\"| n{to}\n"));
        }
        for (class, style) in MERMAID_CLASSES {
            if self.nodes.iter().any(|node| self::class(node) == *class) {
                out.push_str(&format!("  classDef {class} {style}\n"));
            }
        }
        out
    }

    /// It as Graphviz DOT.
    #[must_use]
    pub fn dot(&self) -> String {
        let view = self.view();
        let node = |_, (_, node): (_, &&Node)| {
            let label = lines(node).map(|line| dot_text(&line)).collect::<alloc::vec::Vec<_>>().join("\\n");
            let (shape, color) = dot_style(node);
            let tip = node.story.iter().map(|line| dot_text(line)).collect::<alloc::vec::Vec<_>>().join("\\n");
            format!("label=\"{label}\" shape={shape} color=\"{color}\" tooltip=\"{tip}\"")
        };
        let edge = |_, edge: petgraph::graph::EdgeReference<'_, &Edge>| {
            let style = match edge.weight().kind {
                EdgeKind::Wanted => "solid",
                EdgeKind::Linked => "dashed",
                EdgeKind::Answered => "bold",
                EdgeKind::Inferred => "dotted",
                EdgeKind::Repeats => "dotted dir=back constraint=false color=\"#be123c\"",
            };
            format!("label=\"{}\" style={style}", dot_text(&cut(&edge.weight().label, LINE)))
        };
        let node = |view, at: (petgraph::graph::NodeIndex, &&Node)| node(view, (at.id(), at.1));
        let config = [Config::NodeNoLabel, Config::EdgeNoLabel, Config::GraphContentOnly];
        let content = Dot::with_attr_getters(&view, &config, &edge, &node);
        format!(
            "digraph chain_{} {{\n    rankdir=LR\n    node [style=rounded fontname=\"sans-serif\" penwidth=2]\n    \
             edge [fontname=\"sans-serif\" fontsize=10]\n{content:?}}}\n",
            self.chain
        )
    }
}

const MERMAID_CLASSES: &[(&str, &str)] = &[
    ("event", "fill:#eef2ff,stroke:#4f5fd0,color:#1c2233"),
    ("other", "fill:#f4f4f5,stroke:#71717a,color:#27272a"),
    ("would", "fill:#fff1f2,stroke:#be123c,color:#4c0519,stroke-dasharray:5 3"),
    ("done", "fill:#ecfdf5,stroke:#0f766e,color:#042f2e"),
    ("sent", "fill:#eff6ff,stroke:#2563eb,color:#172554"),
    ("held", "fill:#fffbeb,stroke:#b45309,color:#451a03"),
    ("denied", "fill:#fff1f2,stroke:#be123c,color:#4c0519,stroke-width:3px"),
    ("retry", "fill:#fffbeb,stroke:#b45309,color:#451a03"),
    ("ambiguous", "fill:#faf5ff,stroke:#7e22ce,color:#3b0764"),
    ("failed", "fill:#fff1f2,stroke:#be123c,color:#4c0519"),
    ("expired", "fill:#f4f4f5,stroke:#71717a,color:#27272a"),
    ("cancelled", "fill:#f4f4f5,stroke:#71717a,color:#27272a"),
];

fn class(node: &Node) -> &'static str {
    match (node.kind, node.fate) {
        _ if node.would => "would",
        (NodeKind::Event, _) => "event",
        (_, Some(fate)) => fate.class(),
        (_, None) => "other",
    }
}

fn dot_style(node: &Node) -> (&'static str, &'static str) {
    let shape = match node.kind {
        NodeKind::Event => "ellipse",
        NodeKind::Effect => "box",
        NodeKind::Chain => "folder",
        NodeKind::More => "note",
    };
    let color = match node.fate {
        _ if node.would => "#be123c",
        Some(Fate::Done) => "#0f766e",
        Some(Fate::Sent) => "#2563eb",
        Some(Fate::Held | Fate::Retry) => "#b45309",
        Some(Fate::Denied | Fate::Failed) => "#be123c",
        Some(Fate::Ambiguous) => "#7e22ce",
        Some(Fate::Expired | Fate::Cancelled) => "#71717a",
        None if node.kind == NodeKind::Event => "#4f5fd0",
        None => "#71717a",
    };
    (shape, color)
}

/// The lines of a label. The sign says in black and white what the colour says.
fn lines(node: &Node) -> impl Iterator<Item = String> {
    let number = match node.kind {
        NodeKind::Event => format!("#{} ", node.id.trim_start_matches('r')),
        NodeKind::Effect => format!("{} ", node.id.trim_start_matches('e')),
        NodeKind::Chain | NodeKind::More => String::new(),
    };
    let note = match node.fate {
        Some(fate) => format!("{} {}", fate.sign(), node.note),
        None => node.note.clone(),
    };
    let first = format!("{number}{}", cut(&node.title, LINE));
    [first, cut(&node.subject, LINE), cut(&note, LINE)].into_iter().filter(|line| !line.is_empty())
}

/// Mermaid reads quotes, brackets, backticks, HTML, `#` codes and Markdown lists. Letters, digits and harmless signs
/// stay; everything else becomes a code.
pub(super) fn mermaid_text(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        let harmless = match char {
            ' ' | ',' | '/' | '_' => true,
            '-' | ':' | '@' => !out.is_empty(),
            // `1. ` begins a list.
            '.' => !out.is_empty() && chars.peek().is_some_and(|next| *next != ' '),
            _ => char.is_alphanumeric() || (!char.is_ascii() && !char.is_control()),
        };
        if harmless {
            out.push(char);
        } else {
            out.push_str(&format!("#{};", u32::from(char)));
        }
    }
    out
}

pub(super) fn dot_text(text: &str) -> String {
    let mut out = String::new();
    for char in text.chars() {
        match char {
            '"' | '\\' => out.extend(['\\', char]),
            // Graphviz decodes HTML entities also in plain labels.
            '&' => out.push_str("&amp;"),
            _ if char.is_control() => out.push(' '),
            _ => out.push(char),
        }
    }
    out
}
