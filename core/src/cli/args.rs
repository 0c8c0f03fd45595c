//! The command line's grammar.

use std::{ffi::OsString, path::PathBuf};

use crate::{ChainId, EffectId, Seq, config::Enforce};
use lexopt::{Arg, Parser, ValueExt};

use super::output::Fail;

/// What was asked.
pub enum Verb {
    Help(&'static str),
    Version,
    Replay(Replay),
    Webhooks(Webhooks),
    Explain(Explain),
    Graph(Graph),
    Verify(Verify),
    Open(Now),
    Stops(Now),
    Find(Find),
}

/// What stands at the end of a journal.
pub struct Now {
    pub journal: PathBuf,
    pub held: bool,
    pub json: bool,
}

/// What concerns a subject, an object or an id.
pub struct Find {
    pub journal: PathBuf,
    pub name: String,
    pub json: bool,
}

pub struct Replay {
    pub journal: PathBuf,
    pub html: Option<PathBuf>,
    pub json: bool,
}

pub struct Webhooks {
    pub file: PathBuf,
    pub own: Vec<String>,
    pub config: Option<PathBuf>,
    pub enforce: Enforce,
    pub window_ms: u64,
    pub html: Option<PathBuf>,
    pub save: Option<PathBuf>,
    pub json: bool,
}

pub struct Explain {
    pub journal: PathBuf,
    pub seq: Seq,
    pub json: bool,
}

pub struct Graph {
    pub journal: PathBuf,
    pub of: Picture,
    pub format: Format,
}

/// What is to be drawn.
pub enum Picture {
    Chain(ChainId),
    /// A plan, by its name.
    Plan(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Mermaid,
    Dot,
    Html,
    Json,
}

pub struct Verify {
    pub journal: PathBuf,
    pub json: bool,
}

/// Everything any verb takes.
#[derive(Default)]
struct Given {
    values: Vec<OsString>,
    json: bool,
    held: bool,
    html: Option<PathBuf>,
    webhooks: Option<PathBuf>,
    own: Vec<String>,
    config: Option<PathBuf>,
    enforce: Option<Enforce>,
    window_ms: Option<u64>,
    save: Option<PathBuf>,
    format: Option<Format>,
    options: Vec<&'static str>,
}

const VERBS: [&str; 7] = ["replay", "open", "find", "stops", "explain", "graph", "verify"];

/// Reads the command line.
pub fn parse(mut parser: Parser) -> Result<Verb, Fail> {
    let verb = match parser.next().map_err(usage)? {
        Some(Arg::Long("help") | Arg::Short('h')) => return Ok(Verb::Help("")),
        Some(Arg::Long("version") | Arg::Short('V')) => return Ok(Verb::Version),
        Some(Arg::Value(word)) if word == "help" => return Ok(Verb::Help("")),
        Some(Arg::Value(word)) => VERBS
            .into_iter()
            .find(|verb| word == *verb)
            .ok_or_else(|| wrong(&format!("no verb `{}`", word.to_string_lossy()), ""))?,
        Some(other) => return Err(usage(other.unexpected())),
        None => return Err(wrong("say what to do", "")),
    };
    let Some(given) = options(&mut parser, verb)? else { return Ok(Verb::Help(verb)) };
    finish(verb, given)
}

/// The rest of the command line; `None` if it asks for help.
fn options(parser: &mut Parser, verb: &'static str) -> Result<Option<Given>, Fail> {
    let mut given = Given::default();
    while let Some(arg) = parser.next().map_err(usage)? {
        let name = match arg {
            Arg::Long("help") | Arg::Short('h') => return Ok(None),
            Arg::Value(value) => {
                given.values.push(value);
                continue;
            }
            Arg::Long("json") => {
                given.json = true;
                continue;
            }
            Arg::Long("held") => {
                given.held = true;
                "held"
            }
            Arg::Long("html") => {
                given.html = Some(parser.value().map_err(usage)?.into());
                "html"
            }
            Arg::Long("webhooks") => {
                given.webhooks = Some(parser.value().map_err(usage)?.into());
                "webhooks"
            }
            Arg::Long("self") => {
                given.own.push(parser.value().and_then(ValueExt::string).map_err(usage)?);
                "self"
            }
            Arg::Long("config") => {
                given.config = Some(parser.value().map_err(usage)?.into());
                "config"
            }
            Arg::Long("enforce") => {
                given.enforce = Some(word(parser, verb, &[("log", Enforce::Log), ("deny", Enforce::Deny)])?);
                "enforce"
            }
            Arg::Long("window") => {
                given.window_ms = Some(parser.value().and_then(|value| value.parse()).map_err(usage)?);
                "window"
            }
            Arg::Long("save") => {
                given.save = Some(parser.value().map_err(usage)?.into());
                "save"
            }
            Arg::Long("format") => {
                let formats = [("mermaid", Format::Mermaid), ("dot", Format::Dot), ("html", Format::Html)];
                given.format = Some(word(parser, verb, &formats)?);
                "format"
            }
            other => return Err(usage(other.unexpected())),
        };
        given.options.push(name);
    }
    Ok(Some(given))
}

fn word<T: Copy>(parser: &mut Parser, verb: &str, words: &[(&str, T)]) -> Result<T, Fail> {
    let value = parser.value().map_err(usage)?;
    let found = words.iter().find(|(word, _)| value == *word).map(|(_, meaning)| *meaning);
    let all: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
    found.ok_or_else(|| wrong(&format!("`{}` is not one of {}", value.to_string_lossy(), all.join(", ")), verb))
}

/// Does the verb take these options?
fn takes(verb: &str, given: &Given) -> Result<(), Fail> {
    let allowed: &[&str] = match (verb, &given.webhooks) {
        ("replay", Some(_)) => &["webhooks", "self", "config", "enforce", "window", "html", "save"],
        ("replay", None) => &["html"],
        ("graph", _) => &["format"],
        ("open", _) => &["held"],
        _ => &[],
    };
    if let Some(option) = given.options.iter().find(|option| !allowed.contains(option)) {
        let question = if verb == "replay" { " without --webhooks" } else { "" };
        return Err(wrong(&format!("`{verb}`{question} takes no --{option}"), verb));
    }
    Ok(())
}

fn finish(verb: &'static str, given: Given) -> Result<Verb, Fail> {
    takes(verb, &given)?;
    let mut values = given.values.into_iter();
    if let Some(file) = given.webhooks {
        return match values.next() {
            Some(_) => Err(wrong("a journal and --webhooks are two questions: ask one", verb)),
            None => Ok(Verb::Webhooks(Webhooks {
                file,
                own: given.own,
                config: given.config,
                enforce: given.enforce.unwrap_or(Enforce::Log),
                window_ms: given.window_ms.unwrap_or(3_600_000),
                html: given.html,
                save: given.save,
                json: given.json,
            })),
        };
    }
    let journal: PathBuf = values.next().ok_or_else(|| wrong("name a journal", verb))?.into();
    if let ("graph", Some(plan)) =
        (verb, values.as_slice().first().and_then(|value| value.to_str()?.strip_prefix("plan:")))
    {
        let of = Picture::Plan(plan.into());
        let format = if given.json { Format::Json } else { given.format.unwrap_or(Format::Mermaid) };
        return match values.nth(1) {
            Some(extra) => Err(one_too_many(&extra)),
            None => Ok(Verb::Graph(Graph { journal, of, format })),
        };
    }
    if verb == "find" {
        let name = values.next().ok_or_else(|| wrong("name a subject, an object or an id", verb))?;
        let name = name.into_string().map_err(|_| wrong("the name is not UTF-8", verb))?;
        let find = Find { journal, name, json: given.json };
        return values.next().map_or(Ok(Verb::Find(find)), |extra| Err(one_too_many(&extra)));
    }
    let mut number = |what: &str, form: &str, read: fn(&str) -> Option<ChainId>| {
        let value = values.next().ok_or_else(|| wrong(&format!("name {what}"), verb))?;
        let number = value.to_str().and_then(read);
        number.ok_or_else(|| wrong(&format!("`{}` is not {what}: {form}", value.to_string_lossy()), verb))
    };
    // A chain and a record are both written as one number.
    let chain = |text: &str| text.parse::<ChainId>().ok();
    // An effect's id begins with the record that decided it.
    let record = |text: &str| text.parse().or_else(|_| text.parse::<EffectId>().map(|id| ChainId(id.seq))).ok();
    let json = given.json;
    let verb = match verb {
        "explain" => Verb::Explain(Explain {
            journal,
            seq: number("a record", "a number from 1, or an effect's id", record)?.0,
            json,
        }),
        "graph" => {
            let format = if json { Format::Json } else { given.format.unwrap_or(Format::Mermaid) };
            Verb::Graph(Graph { journal, of: Picture::Chain(number("a chain", "a number from 1", chain)?), format })
        }
        "open" => Verb::Open(Now { journal, held: given.held, json }),
        "stops" => Verb::Stops(Now { journal, held: false, json }),
        "verify" => Verb::Verify(Verify { journal, json }),
        _ => Verb::Replay(Replay { journal, html: given.html, json }),
    };
    match values.next() {
        Some(extra) => Err(one_too_many(&extra)),
        None => Ok(verb),
    }
}

fn one_too_many(extra: &OsString) -> Fail {
    wrong(&format!("`{}` is one word too many", extra.to_string_lossy()), "")
}

fn usage(error: lexopt::Error) -> Fail {
    wrong(&error.to_string(), "")
}

fn wrong(what: &str, verb: &str) -> Fail {
    let verb = if verb.is_empty() { String::new() } else { format!(" {verb}") };
    Fail { exit: 2, message: format!("{what}; see `reynolds{verb} --help`") }
}
