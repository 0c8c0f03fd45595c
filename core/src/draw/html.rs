//! One page of HTML with everything on it: no scripts are needed to read it, nothing is loaded from anywhere.

use alloc::{collections::BTreeMap, format, string::String, vec::Vec};

use super::{
    note::Fate,
    story::{Chain, Story},
    summary::{Summary, Totals},
    svg::{self, escape},
    timeline, words,
};
use crate::id::{ChainId, EffectId, Seq};

/// Chains that are drawn, and those that are listed.
const DRAWN: usize = 40;
const QUIET: usize = 3;
const LISTED: usize = 2000;
/// Records told per chain, and marks in the strip of one.
const TOLD: usize = 200;
const STRIP: usize = 30;
/// Kinds of events counted by themselves.
const KINDS: usize = 10;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");
const ICONS: &str = include_str!("icons.svg");

/// What stands on a page besides the story itself.
#[derive(Debug, Clone, Default)]
pub struct Page {
    title: String,
    intro: Option<String>,
    facts: Vec<(String, String)>,
    only: Option<Vec<ChainId>>,
}

impl Page {
    /// A page with this title.
    #[must_use]
    pub fn new(title: &str) -> Self {
        Self { title: words::clean(title, 120), ..Self::default() }
    }

    /// A sentence or two below the title.
    #[must_use]
    pub fn intro(mut self, text: &str) -> Self {
        self.intro = Some(words::clean(text, 600));
        self
    }

    /// A line for the table of facts.
    #[must_use]
    pub fn fact(mut self, name: &str, value: &str) -> Self {
        self.facts.push((words::clean(name, 80), words::clean(value, 200)));
        self
    }

    /// Only these chains, drawn in this order.
    #[must_use]
    pub fn only(mut self, chains: &[ChainId]) -> Self {
        self.only = Some(chains.into());
        self
    }
}

impl Story {
    /// The story as one self-contained page. Chains in which something was stopped are listed and drawn first, then the
    /// largest; at most 40 are drawn and 2000 listed, and the page says so.
    #[must_use]
    pub fn html(&self, page: &Page) -> String {
        let all: Vec<ChainId> = match &page.only {
            Some(only) => only.iter().copied().filter(|id| self.chains.contains_key(id)).collect(),
            None => {
                let mut all: Vec<ChainId> = self.chains.keys().copied().collect();
                all.sort_by_cached_key(|id| core::cmp::Reverse(self.interest(*id)));
                all
            }
        };
        let mut drawn = all.clone();
        if page.only.is_none() {
            let busy = drawn.iter().any(|id| !self.is_quiet(*id));
            drawn.retain(|id| !busy || !self.is_quiet(*id));
            drawn.truncate(if busy { usize::MAX } else { QUIET });
        }
        drawn.truncate(DRAWN);
        let mut out = String::with_capacity(200_000);
        out.push_str("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">");
        out.push_str("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">");
        out.push_str("<meta name=\"color-scheme\" content=\"light dark\">");
        out.push_str(&format!(
            "<title>{}</title><style>{STYLE}</style></head><body>{ICONS}<main>",
            escape(&page.title)
        ));
        self.header(page, &mut out);
        if all.len() > 1 {
            self.panels(page, &mut out);
            self.overview(&all, &drawn, &mut out);
        }
        for id in &drawn {
            self.section(*id, &drawn, &mut out);
        }
        out.push_str(LEGEND);
        out.push_str(&format!("</main><script>{SCRIPT}</script></body></html>\n"));
        out
    }

    fn header(&self, page: &Page, out: &mut String) {
        out.push_str(&format!("<header><h1>{}</h1>", escape(&page.title)));
        let first = self.records.values().next();
        let last = self.records.values().next_back();
        if let (Some(first), Some(last)) = (first, last) {
            // A genesis without a time of its own stands at 0.
            let from = self.records.values().map(|record| record.at).find(|at| at.0 > 0).unwrap_or(first.at);
            out.push_str(&format!(
                "<p class=\"sub\">Broker <b>{}</b> · {} · from {} on, for {}</p>",
                escape(&self.name),
                words::count(self.records.len(), "record"),
                words::clock(from),
                words::span(last.at.since_ms(from)),
            ));
        }
        if let Some(intro) = &page.intro {
            out.push_str(&format!("<p class=\"intro\">{}</p>", escape(intro)));
        }
        out.push_str("</header>");
    }

    fn panels(&self, page: &Page, out: &mut String) {
        let totals = self.totals();
        let fate = |fate| totals.fates.get(&fate).copied().unwrap_or(0);
        let would =
            self.effects.values().filter(|effect| effect.denial().is_some_and(|(_, enforced)| !enforced)).count();
        let open = fate(Fate::Sent) + fate(Fate::Held) + fate(Fate::Ambiguous) + fate(Fate::Retry);
        let mut tiles = alloc::vec![
            ("", totals.chains, "chains", format!("{} with a stop", totals.stopped_chains)),
            ("", totals.events, "events", format!("{} of our own came back", totals.echoes)),
            ("", totals.effects, "effects", format!("{} done", fate(Fate::Done))),
        ];
        match (fate(Fate::Denied), would) {
            (0, 0) => tiles.push(("", 0, "refused", "no limit was met".into())),
            (refused, _) if refused > 0 => tiles.push(("denied", refused, "refused", "and not sent".into())),
            _ => {}
        }
        if would > 0 {
            tiles.push(("would", would, "would be refused", "with enforce: deny".into()));
        }
        tiles.push(("held", open, "open", format!("{} of them held", fate(Fate::Held))));
        out.push_str("<section class=\"tiles\">");
        for (class, number, name, note) in tiles {
            let class = if number == 0 { "" } else { class };
            out.push_str(&format!("<div class=\"tile {class}\"><b>{number}</b><span>{name}</span><i>{note}</i></div>"));
        }
        out.push_str("</section>");
        fate_bar(&totals, out);
        out.push_str("<section class=\"panels\">");
        self.kinds(out);
        if !page.facts.is_empty() {
            out.push_str("<div class=\"panel\"><h2>Facts</h2><table class=\"facts\">");
            for (name, value) in &page.facts {
                out.push_str(&format!("<tr><th>{}</th><td>{}</td></tr>", escape(name), escape(value)));
            }
            out.push_str("</table></div>");
        }
        out.push_str("</section>");
    }

    fn kinds(&self, out: &mut String) {
        let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
        for event in self.events.values() {
            *kinds.entry(&event.kind).or_default() += 1;
        }
        let mut kinds: Vec<(&str, usize)> = kinds.into_iter().collect();
        kinds.sort_by_key(|(kind, count)| (core::cmp::Reverse(*count), *kind));
        let most = kinds.first().map_or(1, |(_, count)| *count);
        out.push_str("<div class=\"panel\"><h2>Events by kind</h2><table class=\"bars\">");
        for (kind, count) in kinds.iter().take(KINDS) {
            out.push_str(&format!(
                "<tr><th>{}</th><td class=\"n\">{count}</td><td><span style=\"width:{}%\"></span></td></tr>",
                escape(kind),
                (count * 100 / most).max(1)
            ));
        }
        out.push_str("</table>");
        if kinds.len() > KINDS {
            let rest: usize = kinds[KINDS..].iter().map(|(_, count)| count).sum();
            out.push_str(&format!("<p class=\"note\">and {} other kinds with {rest} events</p>", kinds.len() - KINDS));
        }
        out.push_str("</div>");
    }

    fn overview(&self, all: &[ChainId], drawn: &[ChainId], out: &mut String) {
        out.push_str(
            "<section class=\"panel\"><div class=\"bar\"><h2>Chains</h2><span class=\"tools\" hidden><input id=\"find\" \
             type=\"search\" placeholder=\"filter by text\" aria-label=\"filter chains by text\"><label><input \
             id=\"stops\" type=\"checkbox\"> only with a stop</label></span></div>",
        );
        let (quiet, busy): (Vec<ChainId>, Vec<ChainId>) = all.iter().take(LISTED).partition(|id| self.is_quiet(**id));
        if !busy.is_empty() {
            self.rows(&busy, drawn, out);
        }
        if !quiet.is_empty() {
            let open = if busy.is_empty() { " open" } else { "" };
            let title = format!("{} in which nothing was wanted", words::count(quiet.len(), "chain"));
            out.push_str(&format!("<details class=\"quiet\"{open}><summary>{title}</summary>"));
            self.rows(&quiet, drawn, out);
            out.push_str("</details>");
        }
        out.push_str("<p class=\"note\">");
        if drawn.len() < all.len() {
            out.push_str(&format!(
                "{} of {} chains are drawn below: first those in which something was stopped, then the largest. ",
                drawn.len(),
                all.len()
            ));
        }
        if all.len() > LISTED {
            out.push_str(&format!("The table lists {LISTED}, in the same order. "));
        }
        out.push_str("</p></section>");
    }

    /// One event from which nothing followed.
    fn is_quiet(&self, id: ChainId) -> bool {
        self.chains.get(&id).is_some_and(|chain| chain.effects.is_empty() && chain.events.len() < 2)
    }

    fn rows(&self, ids: &[ChainId], drawn: &[ChainId], out: &mut String) {
        out.push_str(
            "<div class=\"scroll\"><table class=\"chains\"><thead><tr><th>chain<th>began with<th>what followed<th \
             class=\"n\">events<th class=\"n\">effects<th>hops<th class=\"n\">took<th>stands</tr></thead><tbody>",
        );
        for id in ids {
            let Some(summary) = self.summary(*id) else { continue };
            let (class, word) = standing(&summary);
            let name = if drawn.contains(id) { format!("<a href=\"#chain-{id}\">{id}</a>") } else { format!("{id}") };
            let hops = u64::from(summary.hops) * 100 / u64::from(summary.hop_limit.max(1));
            out.push_str(&format!(
                "<tr class=\"{}\"><td>{name}</td><td class=\"root\" title=\"{root}\">{root}</td><td>{}</td><td \
                 class=\"n\">{}</td><td class=\"n\">{}</td><td><span class=\"meter\"><i style=\"width:{}%\"></i></span> \
                 {}</td><td class=\"n\">{}</td><td><span class=\"badge {class}\">{}{word}</span></td></tr>",
                if summary.stops > 0 { "stop" } else { "" },
                self.strip(*id),
                summary.events,
                summary.effects,
                hops.min(100),
                summary.hops,
                words::span(summary.span_ms),
                use_icon(class, 13),
                root = escape(&summary.root),
            ));
        }
        out.push_str("</tbody></table></div>");
    }

    /// A chain as a row of small marks.
    fn strip(&self, id: ChainId) -> String {
        let Some(chain) = self.chains.get(&id) else { return String::new() };
        let mut marks: Vec<(Seq, Option<EffectId>)> = chain.events.iter().map(|seq| (*seq, None)).collect();
        marks.extend(chain.effects.iter().map(|id| (id.seq, Some(*id))));
        marks.sort();
        let shown = marks.len().min(STRIP);
        let mut out = format!("<svg class=\"strip\" width=\"{}\" height=\"14\" aria-hidden=\"true\">", shown * 9 + 12);
        for (at, (seq, effect)) in marks.iter().take(STRIP).enumerate() {
            let x = at * 9 + 2;
            match effect.and_then(|id| self.effects.get(&id)) {
                Some(effect) => {
                    let would = if effect.denial().is_some_and(|(_, enforced)| !enforced) { " would" } else { "" };
                    let class = effect.fate().class();
                    out.push_str(&format!(
                        "<rect class=\"s {class}{would}\" x=\"{x}\" y=\"3\" width=\"7\" height=\"8\" rx=\"1\"/>"
                    ));
                }
                None => {
                    let event = self.events.get(seq);
                    let class = if event.is_some_and(|event| event.echo) { "echo" } else { "event" };
                    out.push_str(&format!("<circle class=\"s {class}\" cx=\"{}\" cy=\"7\" r=\"3\"/>", x + 3));
                }
            }
        }
        if marks.len() > STRIP {
            out.push_str(&format!("<text x=\"{}\" y=\"10\">…</text>", shown * 9 + 2));
        }
        out.push_str("</svg>");
        out
    }

    fn section(&self, id: ChainId, drawn: &[ChainId], out: &mut String) {
        let (Some(chain), Some(summary), Some(graph)) = (self.chains.get(&id), self.summary(id), self.graph(id)) else {
            return;
        };
        let (class, word) = standing(&summary);
        let tenant =
            if chain.tenant.is_empty() { String::new() } else { format!(" · tenant {}", escape(&chain.tenant)) };
        out.push_str(&format!(
            "<section class=\"chain\" id=\"chain-{id}\"><div class=\"bar\"><h2><span class=\"cid\">chain {id}</span> \
             {}</h2><span class=\"badge {class}\">{}{word}</span></div><p class=\"sentence\">{}{tenant}</p>",
            escape(&summary.root),
            use_icon(class, 13),
            escape(&self.sentence(&summary)),
        ));
        let whole = graph.clone();
        let (picture, hidden) = svg::graph(graph, false, drawn);
        out.push_str(&format!("<h3>What caused what</h3><div class=\"scroll fig\">{picture}</div>"));
        if hidden > 0 {
            out.push_str(&format!("<p class=\"note\">{} put together.</p>", words::count(hidden, "step")));
            if whole.nodes.len() <= 400 {
                let (picture, left) = svg::graph(whole, true, drawn);
                if left < hidden {
                    out.push_str(&format!(
                        "<details><summary>Every hop</summary><div class=\"scroll fig\">{picture}</div></details>"
                    ));
                }
            }
        }
        let (picture, hidden) = timeline::timeline(self, chain);
        out.push_str(&format!("<h3>When</h3>{picture}"));
        if hidden > 0 {
            out.push_str(&format!(
                "<p class=\"note\">{} after these are not drawn.</p>",
                words::count(hidden, "record")
            ));
        }
        self.told(chain, out);
        out.push_str("</section>");
    }

    fn told(&self, chain: &Chain, out: &mut String) {
        let mut rows: Vec<(Seq, Option<EffectId>)> = chain.events.iter().map(|seq| (*seq, None)).collect();
        rows.extend(chain.effects.iter().map(|id| (id.seq, Some(*id))));
        rows.sort();
        out.push_str(&format!(
            "<details><summary>In words, {}</summary><div class=\"scroll\"><table class=\"told\">",
            words::count(rows.len(), "step")
        ));
        for (seq, effect) in rows.iter().take(TOLD) {
            let node = match effect {
                Some(id) => self.effects.get(id).map(|effect| (effect.at, effect.node(self))),
                None => self.events.get(seq).map(|event| (event.at, event.node())),
            };
            let Some((at, node)) = node else { continue };
            let lines = node.story.iter().map(|line| escape(line)).collect::<Vec<_>>().join("<br>");
            out.push_str(&format!(
                "<tr class=\"{}\"><td>{}</td><td class=\"n\">+{}</td><td><svg width=\"17\" height=\"17\" \
                 aria-hidden=\"true\">{}</svg></td><td>{lines}</td></tr>",
                node.fate.map_or("event", Fate::class),
                effect.map_or_else(|| format!("#{seq}"), |id| format!("{id}")),
                words::span(at.since_ms(chain.from)),
                svg::icon(&node, 0, 0, 17),
            ));
        }
        out.push_str("</table></div>");
        if rows.len() > TOLD {
            out.push_str(&format!("<p class=\"note\">The first {TOLD} of {}.</p>", rows.len()));
        }
        out.push_str("</details>");
    }
}

/// Where a chain as a whole stands, by the worst that was said in it.
fn standing(summary: &Summary) -> (&'static str, &'static str) {
    let has = |fate| summary.fates.contains_key(&fate);
    match &summary.first_stop {
        Some(stop) if stop.enforced => return ("denied", words::deny_reason(stop.denial.reason)),
        Some(_) => return ("would", "would be stopped"),
        None => {}
    }
    let order = [Fate::Failed, Fate::Held, Fate::Ambiguous, Fate::Retry, Fate::Sent];
    match order.into_iter().find(|fate| has(*fate)) {
        Some(Fate::Sent) => ("sent", "open"),
        Some(fate) => (fate.class(), fate.words()),
        None if summary.fates.is_empty() => ("quiet", "nothing to do"),
        None if has(Fate::Done) => ("done", "done"),
        None => ("cancelled", "dropped"),
    }
}

/// All effects as one bar, which is also the key to the colours.
fn fate_bar(totals: &Totals, out: &mut String) {
    let all: usize = totals.fates.values().sum();
    if all == 0 {
        return;
    }
    out.push_str("<section class=\"fates\"><div class=\"stack\">");
    for (fate, count) in &totals.fates {
        out.push_str(&format!(
            "<span class=\"{}\" style=\"flex-grow:{count}\" title=\"{}: {count}\"></span>",
            fate.class(),
            fate.words()
        ));
    }
    out.push_str("</div><p class=\"key\">");
    for (fate, count) in &totals.fates {
        out.push_str(&format!(
            "<span class=\"{0}\">{1}<b>{count}</b> {2}</span>",
            fate.class(),
            use_icon(fate.class(), 14),
            fate.words()
        ));
    }
    out.push_str("</p></section>");
}

fn use_icon(name: &str, size: u32) -> String {
    format!(
        "<svg width=\"{size}\" height=\"{size}\" class=\"icon\" aria-hidden=\"true\"><use href=\"#i-{name}\"/></svg>"
    )
}

const LEGEND: &str = "<footer><h3>How to read it</h3><p>Round: something happened; the sign in it says who did it: a \
    person, a bot or app, a system. Square: something was wanted; colour and sign say what became of it. A chain is \
    everything that follows from one event without a person; a hop is one automated step. Solid lines: wanted because \
    of it, by a rule or a handler. Dashed lines: recognised as coming from it. Dots: taken for \
    an answer to it, because of who comes when; that begins a new chain too. Thick lines: a person answered, which \
    begins a new chain. On the timeline the distance grows with the logarithm of the time between two records. Point \
    at anything to read all about it.</p></footer>";
