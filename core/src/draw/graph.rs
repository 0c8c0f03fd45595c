//! A chain as a graph: what caused what. Every picture is drawn from it.
//!
//! Two things are folded in, so that a hop is one event and one effect: an echo into the effect it shows, and a call
//! of a handler that was answered into what the handler proposed. Where links are inferred, a loop passes through many
//! chains: the picture of the one in which it was held or refused shows what it continues in the others.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    format,
    string::String,
    vec::Vec,
};

use petgraph::{Direction, graph::DiGraph, visit::EdgeRef};
use serde::Serialize;

use super::{
    note::{Cause, EffectNote, EventNote, Fate, StepKind},
    story::Story,
    words,
};
use crate::{
    event::ActorClass,
    id::{ChainId, EffectId, Seq},
};

/// A chain as a graph.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Graph {
    /// The chain.
    pub chain: ChainId,
    /// What it is about.
    pub title: String,
    /// Its nodes, causes before what they caused.
    pub nodes: Vec<Node>,
    /// Its edges.
    pub edges: Vec<Edge>,
}

/// Something that happened or was wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Node {
    /// Unique in the graph: `r2` for the event of record 2, `e2.0` for an effect, `c9` for another chain.
    pub id: String,
    /// The chain it belongs to, if that is not the graph's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chain: Option<ChainId>,
    /// What it is.
    pub kind: NodeKind,
    /// The kind of event or effect.
    pub title: String,
    /// Where.
    pub subject: String,
    /// Who did it, or what was decided, shortly.
    pub note: String,
    /// All there is to say, line by line.
    pub story: Vec<String>,
    /// Where an effect stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fate: Option<Fate>,
    /// In log mode: it would have been refused.
    #[serde(skip_serializing_if = "core::ops::Not::not")]
    pub would: bool,
    /// Automated steps since the root.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hop: Option<u16>,
    /// What the actor of an event is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor: Option<ActorClass>,
}

/// What a node is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum NodeKind {
    /// An event.
    #[default]
    Event,
    /// An effect.
    Effect,
    /// Another chain, which led to this one or follows from it through a person.
    Chain,
    /// Several that are not drawn.
    More,
}

/// Why one follows from the other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Edge {
    /// The cause, as index into the nodes.
    pub from: usize,
    /// What it caused.
    pub to: usize,
    /// What kind of connection it is.
    pub kind: EdgeKind,
    /// By what: a rule, a handler, a token, a reply.
    pub label: String,
}

/// What connects two nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum EdgeKind {
    /// A rule or a proposal wanted the effect because of the event.
    Wanted,
    /// The event was recognised as coming from the effect.
    Linked,
    /// A person answered: a new chain.
    Answered,
    /// Nothing names the effect, but who did this comes when we have acted: evidence takes it for an answer. Its chain is a
    /// new one.
    Inferred,
    /// The effect is held or was refused for what it repeats: the other is the one that it does again. Drawn backwards, it
    /// closes the loop.
    Repeats,
}

impl Story {
    /// A chain as a graph, whole.
    #[must_use]
    pub fn graph(&self, id: ChainId) -> Option<Graph> {
        let chain = self.chains.get(&id)?;
        let mut build = Build { story: self, chain: id, nodes: Vec::new(), places: BTreeMap::new(), edges: Vec::new() };
        let line = self.line_into(chain);
        line.iter().filter(|hop| !self.is_in(**hop, id)).for_each(|hop| build.add_hop(*hop));
        for (_, item) in chain.in_order() {
            match item {
                Cause::Event(seq) => build.add_event(seq),
                Cause::Effect(id) => build.add_effect(id),
            }
        }
        build.add_inferred(&line);
        build.add_answers(&chain.effects);
        build.add_later(chain);
        Some(Graph { chain: id, title: self.root_words(chain), nodes: build.nodes, edges: build.edges })
    }

    /// Chains that belong together, because people answered effects of the one and so began the other; each group and
    /// the groups themselves in order.
    #[must_use]
    pub fn families(&self) -> Vec<Vec<ChainId>> {
        let ids: Vec<ChainId> = self.chains.keys().copied().collect();
        let mut sets = petgraph::unionfind::UnionFind::<usize>::new(ids.len());
        for (at, chain) in self.chains.values().enumerate() {
            let parent = chain.parent.and_then(|of| self.effects.get(&of));
            if let Some(Ok(of)) = parent.map(|effect| ids.binary_search(&effect.chain)) {
                sets.union(at, of);
            }
        }
        let mut groups: BTreeMap<usize, Vec<ChainId>> = BTreeMap::new();
        for (at, id) in ids.iter().enumerate() {
            groups.entry(sets.find(at)).or_default().push(*id);
        }
        let mut groups: Vec<Vec<ChainId>> = groups.into_values().collect();
        groups.sort();
        groups
    }
}

impl Graph {
    /// The view that graph algorithms take.
    pub(super) fn view(&self) -> DiGraph<&Node, &Edge> {
        let mut view = DiGraph::with_capacity(self.nodes.len(), self.edges.len());
        let at: Vec<_> = self.nodes.iter().map(|node| view.add_node(node)).collect();
        for edge in &self.edges {
            if let (Some(from), Some(to)) = (at.get(edge.from), at.get(edge.to)) {
                view.add_edge(*from, *to, edge);
            }
        }
        view
    }

    /// For each node the cause it is drawn under: the first that was named.
    pub(super) fn parents(&self) -> Vec<Option<usize>> {
        let view = self.view();
        let first = |node| {
            let causes = view.edges_directed(node, Direction::Incoming);
            causes.min_by_key(|edge| edge.id()).map(|edge| edge.source().index())
        };
        view.node_indices().map(first).collect()
    }
}

pub(super) struct Build<'a> {
    pub(super) story: &'a Story,
    chain: ChainId,
    nodes: Vec<Node>,
    pub(super) places: BTreeMap<String, usize>,
    edges: Vec<Edge>,
}

impl Build<'_> {
    fn add(&mut self, node: Node) -> usize {
        let at = self.nodes.len();
        self.places.insert(node.id.clone(), at);
        self.nodes.push(node);
        at
    }

    /// A chain, if it is not the one that is drawn.
    fn other(&self, chain: ChainId) -> Option<ChainId> {
        Some(chain).filter(|chain| *chain != self.chain)
    }

    pub(super) fn join(&mut self, from: Option<usize>, to: usize, kind: EdgeKind, label: &str) {
        if let Some(from) = from.filter(|from| *from != to) {
            if !self.edges.iter().rev().any(|edge| (edge.from, edge.to) == (from, to)) {
                self.edges.push(Edge { from, to, kind, label: label.into() });
            }
        }
    }

    pub(super) fn add_event(&mut self, seq: Seq) {
        let Some(event) = self.story.events.get(&seq) else { return };
        if self.story.is_folded_echo(event) {
            return;
        }
        let of = event.link.and_then(|link| link.of);
        let from = of.map(|of| self.cause_or_chain(of, event.chain));
        let to = self.add(Node { chain: self.other(event.chain), ..event.node() });
        if let (Some(link), Some(from)) = (event.link, from) {
            let kind = if event.chain.0 == seq { EdgeKind::Answered } else { EdgeKind::Linked };
            self.join(from, to, kind, words::link_kind(link.kind, event.inferred));
        }
    }

    pub(super) fn add_effect(&mut self, id: EffectId) {
        let Some(effect) = self.story.effects.get(&id) else { return };
        if self.story.is_folded_handler(effect) {
            return;
        }
        let causes: Vec<_> = effect.causes.iter().map(|cause| (*cause, self.place_of(*cause))).collect();
        let to = self.add(Node { chain: self.other(effect.chain), ..effect.node(self.story) });
        for (cause, from) in causes {
            let label = self.wanted_by(effect, cause);
            self.join(from, to, EdgeKind::Wanted, &label);
        }
        // After what wanted it: it is drawn under that.
        if let Some((again, every)) = effect.repeats() {
            let from = self.place_of(Cause::Effect(again));
            let label = if every == 1 { "again".into() } else { format!("again, every {every} steps") };
            self.join(from, to, EdgeKind::Repeats, &label);
        }
    }

    /// The chains that people began by answering effects of this one; last, so that they stand below what follows.
    fn add_answers(&mut self, effects: &[EffectId]) {
        for id in effects {
            for chain in self.story.answers.get(id).into_iter().flatten() {
                let from = self.place_of(Cause::Effect(*id));
                let to = self.add_chain(*chain, "goes on there");
                self.join(from, to, EdgeKind::Answered, "a person");
            }
        }
    }

    fn wanted_by(&self, effect: &EffectNote, cause: Cause) -> String {
        let handler = match cause {
            Cause::Effect(of) => self.story.effects.get(&of).and_then(|effect| effect.handler.as_ref()),
            Cause::Event(seq) => {
                let effects = self.story.events.get(&seq).map(|event| event.effects.as_slice()).unwrap_or_default();
                let answered = |of: &&EffectId| effect.rule.is_some() && **of != effect.id;
                let handlers = effects.iter().filter(answered).filter_map(|of| self.story.effects.get(of));
                handlers
                    .filter(|of| of.rule == effect.rule && of.id.seq != effect.id.seq)
                    .find_map(|of| of.handler.as_ref())
            }
        };
        match (handler, &effect.rule) {
            (Some(handler), _) => format!("handler {handler}"),
            (None, Some(rule)) => format!("rule {rule}"),
            (None, None) => "proposed".into(),
        }
    }

    /// The node a cause is drawn as.
    pub(super) fn place_of(&self, cause: Cause) -> Option<usize> {
        match cause {
            Cause::Event(seq) => {
                let event = self.story.events.get(&seq)?;
                let own = self.places.get(&format!("r{seq}")).copied();
                own.or_else(|| self.places.get(&format!("e{}", event.link?.of?)).copied())
            }
            Cause::Effect(id) => self.place_of_effect(id),
        }
    }

    /// One that is not drawn stands with the first of its causes that is. Each is looked at once: where lines meet again and
    /// again, there are too many ways back.
    fn place_of_effect(&self, id: EffectId) -> Option<usize> {
        let (mut open, mut seen) = (alloc::vec![Cause::Effect(id)], BTreeSet::new());
        while let Some(cause) = open.pop() {
            let Cause::Effect(id) = cause else {
                if let Some(place) = self.place_of(cause) {
                    return Some(place);
                }
                continue;
            };
            if !seen.insert(id) {
                continue;
            }
            if let Some(place) = self.places.get(&format!("e{id}")) {
                return Some(*place);
            }
            let causes = self.story.effects.get(&id).map(|effect| effect.causes.as_slice()).unwrap_or_default();
            open.extend(causes.iter().rev().copied());
        }
        None
    }

    /// The node of an effect, or of its chain if that is another one.
    fn cause_or_chain(&mut self, of: EffectId, own: ChainId) -> Option<usize> {
        match self.story.effects.get(&of) {
            Some(effect) if effect.chain != own => Some(self.add_chain(effect.chain, "a person answered it")),
            Some(_) => self.place_of(Cause::Effect(of)),
            None => None,
        }
    }

    pub(super) fn add_chain(&mut self, id: ChainId, note: &str) -> usize {
        let root = self.story.chains.get(&id).map(|chain| self.story.root_words(chain)).unwrap_or_default();
        self.add(Node {
            id: format!("c{id}"),
            kind: NodeKind::Chain,
            title: format!("chain {id}"),
            subject: root,
            note: note.into(),
            ..Node::default()
        })
    }
}

impl Story {
    /// An echo from which nothing followed is shown with its effect.
    fn is_folded_echo(&self, event: &EventNote) -> bool {
        let shown = event.link.and_then(|link| link.of).and_then(|of| self.effects.get(&of));
        event.echo && event.effects.is_empty() && shown.is_some_and(|effect| effect.echo == Some(event.seq))
    }

    /// A call of a handler that was answered is shown as what was proposed.
    fn is_folded_handler(&self, effect: &EffectNote) -> bool {
        let causes = || {
            effect.causes.iter().filter_map(|cause| match cause {
                Cause::Event(seq) => self.events.get(seq),
                Cause::Effect(_) => None,
            })
        };
        let answered = || {
            let by_event = causes().flat_map(|event| &event.effects).any(|id| id.seq > effect.id.seq);
            by_event || !effect.proposals.is_empty()
        };
        effect.handler.is_some() && effect.fate() == Fate::Done && answered()
    }
}

impl EventNote {
    /// What came in, without what was made of it.
    pub(super) fn told(&self) -> Vec<String> {
        let who = self.actor.as_ref().map(|actor| format!("by {actor} ({})", words::class(self.class)));
        let mut lines = alloc::vec![format!("{} on {}", self.kind, self.subject)];
        if !self.tenant.is_empty() {
            lines.push(format!("of tenant {}", self.tenant));
        }
        lines.extend(who);
        lines.push(format!("delivered by {} as {}", self.source, self.id));
        lines.extend(self.object.iter().map(|object| format!("object {object}")));
        lines.extend(self.text.iter().map(|text| format!("“{text}”")));
        lines
    }

    pub(super) fn node(&self) -> Node {
        let mut story = alloc::vec![format!("record {}, {}", self.seq, words::clock(self.at))];
        story.extend(self.told());
        story.extend(self.link.iter().map(|link| words::link(link, self.inferred)));
        if self.echo {
            story.push("it is our own effect coming back".into());
        }
        if self.late {
            story.push("a newer state of the same object was known already".into());
        }
        Node {
            id: format!("r{}", self.seq),
            kind: NodeKind::Event,
            title: self.kind.clone(),
            subject: self.subject.clone(),
            note: self.actor.clone().unwrap_or_else(|| format!("from {}", self.source)),
            story,
            hop: Some(self.link.map_or(0, |link| link.hop)),
            actor: Some(self.class),
            ..Node::default()
        }
    }
}

impl EffectNote {
    /// The effect that it does again, where it is held or was or would have been refused for that, and after how many steps.
    fn repeats(&self) -> Option<(EffectId, u16)> {
        let (denial, grounds) = self.repetition()?;
        let period = denial.period?;
        let at = grounds.hops.len().checked_sub(usize::from(period))?;
        Some((*grounds.hops.get(at)?, period))
    }

    pub(super) fn node(&self, story: &Story) -> Node {
        let mut lines = alloc::vec![format!("{}: {}", self.id, self.what())];
        lines.extend(self.rule.iter().map(|rule| format!("wanted by rule {rule}")));
        lines.extend(self.key.iter().map(|key| format!("key {key}")));
        lines.extend(
            self.steps
                .iter()
                .enumerate()
                .map(|(n, step)| format!("record {}, {}: {}", step.seq, words::clock(step.at), self.told(n))),
        );
        let echo = self.echo.and_then(|seq| story.events.get(&seq));
        lines.extend(echo.map(|event| format!("record {}: the platform showed it to us ({})", event.seq, event.kind)));
        lines.extend(self.text.iter().map(|text| format!("“{text}”")));
        Node {
            id: format!("e{}", self.id),
            kind: NodeKind::Effect,
            title: self.handler.as_ref().map_or_else(|| self.kind.clone(), |handler| format!("handler {handler}")),
            subject: self.subject.clone(),
            note: self.short_fate(),
            story: lines,
            fate: Some(self.fate()),
            would: self.denial().is_some_and(|(_, enforced)| !enforced),
            hop: Some(self.hop),
            ..Node::default()
        }
    }

    /// Where it stands, in a few words.
    pub(super) fn short_fate(&self) -> String {
        let stands = self.fate().words();
        match (self.denial(), self.steps.last().map(|step| &step.what)) {
            (Some((denial, true)), _) => format!("{stands}: {}", words::deny_reason(denial.reason)),
            (Some((denial, false)), _) => format!("would stop: {}", words::deny_reason(denial.reason)),
            (None, Some(StepKind::Held { denial: Some(denial), .. })) => {
                format!("{stands}: {}", words::deny_reason(denial.reason))
            }
            (None, Some(StepKind::Held { .. })) => format!("{stands} behind another"),
            _ if self.echo.is_some() && self.fate() == Fate::Done => format!("{stands}, came back"),
            _ => stands.into(),
        }
    }
}

impl Fate {
    /// It in words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Sent => "sent, no outcome yet",
            Self::Held => "held",
            Self::Denied => "refused",
            Self::Retry => "to be tried again",
            Self::Ambiguous => "ambiguous",
            Self::Failed => "failed",
            Self::Expired => "expired",
            Self::Cancelled => "dropped",
        }
    }

    /// A sign for it, so that colour is never needed to tell.
    pub(super) fn sign(self) -> char {
        match self {
            Self::Done => '✓',
            Self::Sent => '→',
            Self::Held => '‖',
            Self::Denied => '✕',
            Self::Retry => '↻',
            Self::Ambiguous => '?',
            Self::Failed => '!',
            Self::Expired => '⊝',
            Self::Cancelled => '⊘',
        }
    }

    /// Its class in style sheets.
    pub(super) fn class(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Sent => "sent",
            Self::Held => "held",
            Self::Denied => "denied",
            Self::Retry => "retry",
            Self::Ambiguous => "ambiguous",
            Self::Failed => "failed",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
        }
    }
}
