//! A plan as a picture: what needs what, as Mermaid and DOT, and who did what when, as a page with a Gantt chart of all
//! attempts, waits, retries and handoffs.

use alloc::{collections::BTreeMap, format, string::String, vec::Vec};

use serde::Serialize;

use super::{
    svg::escape,
    text::{dot_text, mermaid_text},
    words::{self, clean, cut},
};
use crate::{
    det::gather,
    text::Text,
    time::Timestamp,
    view::View,
    work::{PlanStatus, TaskState, TaskStatus},
};

const STYLE: &str = include_str!("page.css");
const GANTT: &str = include_str!("gantt.css");
/// Tasks that are drawn on a page.
const DRAWN: usize = 400;
/// Longest line of a label.
const LINE: usize = 48;
/// Width of the chart, and of the names before it.
const WIDTH: u64 = 880;
const NAMES: u64 = 240;
/// Height of a row.
const ROW: usize = 26;

/// A plan, as it stands.
#[derive(Debug, Clone, Serialize)]
pub struct PlanPicture {
    plan: PlanStatus,
    tasks: Vec<TaskStatus>,
    now: Timestamp,
}

impl PlanPicture {
    /// The plan of this name, `None` if the tenant has none.
    #[must_use]
    pub fn of(view: View<'_>, tenant: &str, plan: &str) -> Option<Self> {
        let status = view.plan(tenant, plan)?;
        let tasks: Vec<TaskStatus> =
            status.tasks.iter().filter_map(|brief| view.task(tenant, plan, &brief.task)).collect();
        Some(Self { plan: status, tasks: nested(tasks), now: view.now() })
    }

    /// The plan's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.plan.plan
    }

    fn numbers(&self) -> BTreeMap<&Text, usize> {
        gather(self.tasks.iter().enumerate().map(|(at, task)| (&task.brief.task, at)))
    }

    /// What needs what, and where each task stands, as a Mermaid flowchart.
    #[must_use]
    pub fn mermaid(&self) -> String {
        let numbers = self.numbers();
        let title = mermaid_text(&clean(&self.plan.plan, 80));
        let mut out = format!("---\ntitle: \"plan {title}\"\n---\nflowchart LR\n");
        for (at, task) in self.tasks.iter().enumerate() {
            let name = mermaid_text(&cut(&clean(&task.brief.task, 200), LINE));
            let state = mermaid_text(&stands(task));
            out.push_str(&format!("  t{at}[\"{name}<br/>{state}\"]:::{}\n", class(task.brief.state)));
        }
        for (at, task) in self.tasks.iter().enumerate() {
            for need in &task.needs {
                let Some(from) = numbers.get(&need.task) else { continue };
                let arrow = if need.optional { "-.->" } else { "-->" };
                out.push_str(&format!("  t{from} {arrow} t{at}\n"));
            }
            if let Some(around) = around(&task.brief.task).and_then(|name| numbers.get(&Text::from(name))) {
                out.push_str(&format!("  t{around} -.- t{at}\n"));
            }
        }
        for (class, color) in COLORS {
            out.push_str(&format!("  classDef {class} stroke:{color},stroke-width:2px\n"));
        }
        out
    }

    /// The same as Graphviz DOT.
    #[must_use]
    pub fn dot(&self) -> String {
        let numbers = self.numbers();
        let mut out = String::from("digraph plan {\n    rankdir=LR\n    node [shape=box style=rounded penwidth=2]\n");
        for (at, task) in self.tasks.iter().enumerate() {
            let name = dot_text(&cut(&clean(&task.brief.task, 200), LINE));
            let color = COLORS.iter().find(|(name, _)| *name == class(task.brief.state)).map_or("", |(_, color)| color);
            let (state, tip) = (dot_text(&stands(task)), dot_text(&clean(&task.words, 400)));
            out.push_str(&format!("    t{at} [label=\"{name}\\n{state}\" color=\"{color}\" tooltip=\"{tip}\"]\n"));
        }
        for (at, task) in self.tasks.iter().enumerate() {
            for need in &task.needs {
                let Some(from) = numbers.get(&need.task) else { continue };
                let style = if need.optional { " [style=dashed]" } else { "" };
                out.push_str(&format!("    t{from} -> t{at}{style}\n"));
            }
            if let Some(around) = around(&task.brief.task).and_then(|name| numbers.get(&Text::from(name))) {
                out.push_str(&format!("    t{around} -> t{at} [style=dotted dir=none]\n"));
            }
        }
        out + "}\n"
    }

    /// Who did what when, as one self-contained page. At most 400 tasks are drawn, and the page says so.
    #[must_use]
    pub fn html(&self) -> String {
        let from = self.plan.submitted_at;
        let to = self.plan.ended_at.unwrap_or(self.now).max(Timestamp(from.0 + 1));
        let name = escape(&clean(&self.plan.plan, 120));
        let mut out = format!(
            "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
             content=\"width=device-width, initial-scale=1\"><meta name=\"color-scheme\" content=\"light dark\">\
             <title>Plan {name}</title><style>{STYLE}{GANTT}</style></head><body><main><header><h1>Plan {name}</h1>\
             <p class=\"sub\">{} · {} · from {} on, for {}</p></header>",
            escape(&words::plain(&self.plan.state)),
            words::count(self.tasks.len(), "task"),
            words::clock(from),
            words::span(to.since_ms(from)),
        );
        if !self.plan.did_not_stop.is_empty() {
            let names: Vec<String> = self.plan.did_not_stop.iter().map(|name| escape(&clean(name, 80))).collect();
            out.push_str(&format!(
                "<p class=\"intro\">Told to stop, and did not say that it has: {}.</p>",
                names.join(", ")
            ));
        }
        if let Some(forecast) = &self.plan.forecast {
            let path: Vec<String> = forecast.critical_path.iter().map(|name| escape(&clean(name, 60))).collect();
            out.push_str(&format!(
                "<p class=\"intro\">If all goes as estimated it ends at {}, in {}. It hangs on {}.</p>",
                words::clock(forecast.ends_at),
                words::span(forecast.remaining_ms),
                path.join(" → ")
            ));
        }
        out.push_str("<section class=\"panel\"><h3>When</h3><div class=\"scroll fig\">");
        self.chart(from, to, &mut out);
        out.push_str("</div><p class=\"key gkey\">");
        for (class, what) in KEY {
            out.push_str(&format!("<span><i class=\"{class}\"></i>{what}</span>"));
        }
        out.push_str("</p></section><section class=\"panel\"><h3>In words</h3><div class=\"scroll\"><table>");
        out.push_str("<thead><tr><th>task<th>stands<th class=\"n\">attempts<th>agent<th>why</tr></thead><tbody>");
        for task in self.tasks.iter().take(DRAWN) {
            let agents: Vec<&str> = task.moments.iter().filter_map(|moment| moment.agent.as_deref()).collect();
            out.push_str(&format!(
                "<tr><td>{}</td><td><span class=\"badge g-{}\">{}</span></td><td class=\"n\">{}</td><td>{}</td><td>{}</td></tr>",
                escape(&clean(&task.brief.task, 120)),
                class(task.brief.state),
                escape(&words::plain(&task.brief.state)),
                task.brief.attempt,
                escape(&clean(agents.last().copied().unwrap_or(""), 60)),
                escape(&clean(&task.words, 300)),
            ));
        }
        out.push_str("</tbody></table></div>");
        if self.tasks.len() > DRAWN {
            out.push_str(&format!("<p class=\"note\">The first {DRAWN} of {} tasks.</p>", self.tasks.len()));
        }
        out + "</section></main></body></html>\n"
    }

    fn chart(&self, from: Timestamp, to: Timestamp, out: &mut String) {
        let shown = self.tasks.len().min(DRAWN);
        let height = shown * ROW + 30;
        let span = to.since_ms(from).max(1);
        let x = |at: Timestamp| {
            NAMES
                + u64::try_from(u128::from(at.since_ms(from).min(span)) * u128::from(WIDTH) / u128::from(span))
                    .unwrap_or(0)
        };
        let width = NAMES + WIDTH + 20;
        out.push_str(&format!(
            "<svg class=\"gantt\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" role=\"img\" \
             aria-label=\"who did what when\">"
        ));
        for tick in 0..=4 {
            let at = Timestamp(from.0 + span * tick / 4);
            out.push_str(&format!(
                "<line class=\"tick\" x1=\"{0}\" x2=\"{0}\" y1=\"18\" y2=\"{height}\"/><text class=\"head\" x=\"{0}\" y=\"12\">+{1}</text>",
                x(at),
                words::span(at.since_ms(from))
            ));
        }
        for (row, task) in self.tasks.iter().take(DRAWN).enumerate() {
            let y = row * ROW + 24;
            let name = escape(&cut(&clean(&task.brief.task, 200), 34));
            out.push_str(&format!("<text class=\"name\" x=\"4\" y=\"{}\">{name}</text>", y + 14));
            let ends = task.moments.iter().skip(1).map(|next| next.at).chain([to]);
            for (moment, end) in task.moments.iter().zip(ends) {
                if moment.state.is_terminal() {
                    out.push_str(&format!(
                        "<circle class=\"g-{}\" cx=\"{}\" cy=\"{}\" r=\"5\"><title>{}</title></circle>",
                        class(moment.state),
                        x(moment.at),
                        y + 9,
                        escape(&told(
                            moment.at,
                            moment.state,
                            moment.agent.as_deref(),
                            moment.why.map(|why| words::plain(&why))
                        )),
                    ));
                    continue;
                }
                let (left, right) = (x(moment.at), x(end));
                let who = moment.agent.as_deref().filter(|_| right - left > 60).unwrap_or("");
                out.push_str(&format!(
                    "<rect class=\"g-{}\" x=\"{left}\" y=\"{y}\" width=\"{}\" height=\"18\" rx=\"3\"><title>{}</title></rect>\
                     <text class=\"who\" x=\"{}\" y=\"{}\">{}</text>",
                    class(moment.state),
                    (right - left).max(2),
                    escape(&told(moment.at, moment.state, moment.agent.as_deref(), moment.why.map(|why| words::plain(&why)))),
                    left + 5,
                    y + 13,
                    escape(&cut(&clean(who, 40), 16)),
                ));
            }
        }
        out.push_str("</svg>");
    }
}

/// Each task, then those within it.
fn nested(tasks: Vec<TaskStatus>) -> Vec<TaskStatus> {
    let numbers: BTreeMap<Text, usize> =
        gather(tasks.iter().enumerate().map(|(at, task)| (task.brief.task.clone(), at)));
    let path = |task: &TaskStatus| {
        let mut path = Vec::new();
        let mut name = Some(task.brief.task.as_str());
        while let Some(known) = name {
            path.extend(numbers.get(&Text::from(known)).copied());
            name = around(known);
        }
        path.reverse();
        path
    };
    let mut placed: Vec<(Vec<usize>, TaskStatus)> = tasks.into_iter().map(|task| (path(&task), task)).collect();
    placed.sort_by(|(a, _), (b, _)| a.cmp(b));
    placed.into_iter().map(|(_, task)| task).collect()
}

fn told(at: Timestamp, state: TaskState, agent: Option<&str>, why: Option<String>) -> String {
    let agent = agent.map(|agent| format!(", {}", clean(agent, 60))).unwrap_or_default();
    let why = why.map(|why| format!(" ({why})")).unwrap_or_default();
    format!("{}{agent}{why}, {}", words::plain(&state), words::clock(at))
}

fn stands(task: &TaskStatus) -> String {
    let state = words::plain(&task.brief.state);
    match (&task.brief.agent, task.brief.attempt) {
        (Some(agent), attempt) if attempt > 1 => format!("{state}, {}, attempt {attempt}", clean(agent, 40)),
        (Some(agent), _) => format!("{state}, {}", clean(agent, 40)),
        (None, attempt) if attempt > 1 => format!("{state}, {attempt} attempts"),
        _ => state,
    }
}

/// The task that a task is within, by its name.
fn around(name: &str) -> Option<&str> {
    match (name.rfind('/'), name.rfind('[')) {
        (Some(slash), Some(open)) if open > slash => name.get(..open),
        (None, Some(open)) => name.get(..open),
        (Some(slash), _) => name.get(..slash),
        (None, None) => None,
    }
}

fn class(state: TaskState) -> &'static str {
    match state {
        TaskState::Succeeded => "done",
        TaskState::Failed => "failed",
        TaskState::Leased | TaskState::Running => "running",
        TaskState::Ready | TaskState::Backoff | TaskState::Asking => "waits",
        TaskState::Cancelling | TaskState::Undoing | TaskState::Compensated => "undone",
        _ => "quiet",
    }
}

const COLORS: [(&str, &str); 6] = [
    ("done", "#0f766e"),
    ("failed", "#be123c"),
    ("running", "#2563eb"),
    ("waits", "#a75a06"),
    ("undone", "#7e22ce"),
    ("quiet", "#667085"),
];

const KEY: [(&str, &str); 5] = [
    ("g-waits", "waits for an agent, a time or a person"),
    ("g-running", "an agent is at it"),
    ("g-done", "done"),
    ("g-failed", "failed"),
    ("g-undone", "told to stop, or undone"),
];
