//! `replay --webhooks FILE.jsonl`: what a recording would have led to.

use std::{collections::BTreeMap, fs};

use crate::{
    Config, Timestamp,
    config::{Enforce, is_account},
    draw::Page,
    event::ActorClass,
    journal::MAGIC,
};
use serde::Serialize;

use super::{
    args,
    load::{self, Loaded},
    output::{self, Answer, Fail, Table},
    recording, replay,
    simulate::{Run, Tally},
};

/// Nothing of a recording is overdue: what is not in it did not happen.
const YEAR_MS: u64 = 366 * 86_400_000;
/// Longest pause that a recording may have.
const JUMP_MS: u64 = 100 * YEAR_MS;
/// Seconds since 1970 stay below this until the year 5138; milliseconds were in March 1973.
const SECONDS_BEFORE: Timestamp = Timestamp(100_000_000_000);
/// Said where something is stopped: a broker that runs knows less for certain than a recording is taken to say.
const CERTAIN: &str = "
Links inferred by time are taken as certain here. Where nothing else shows such a link, a living broker asks by probes
first, and so stops later.
";

/// Said where nothing is stopped of an incomplete story.
const PARTIAL: &str = "
Nothing would have been stopped of what was accepted. What was rejected is not part of this answer: see the notes.
";

#[derive(Serialize)]
struct Json {
    recording: Tally,
    #[serde(flatten)]
    replay: replay::Json,
}

pub fn run(options: &args::Webhooks) -> Result<Answer, Fail> {
    if let Some(save) = &options.save {
        output::may_replace(save, &MAGIC, "a journal")?;
    }
    let recording = recording::read(&options.file)?;
    let mut notes: Vec<String> = recording.unread.iter().map(|(line, why)| format!("line {line}: {why}")).collect();
    if recording.deliveries.is_empty() {
        let why = notes.first().cloned().unwrap_or_else(|| "it is empty".into());
        return Err(Fail::file(&options.file, format!("nothing in it could be read: {why}")));
    }
    let mut config = config(options)?;
    notes.extend(hints(&config, &recording.deliveries));
    // Whoever leaves the platform out has just been told what is meant.
    config.own.retain(|own| is_account(own));
    let mut run = Run::new(config, options.window_ms)?;
    run.tally.unread = recording.unread.len();
    for delivery in recording.deliveries {
        run.tally.deliveries += 1;
        for event in delivery.events {
            if let Err(rejected) = run.event(delivery.at, event) {
                notes.push(format!("line {}: {rejected}", delivery.line));
            }
        }
    }
    let (journal, tally) = run.finish();
    if options.enforce != Enforce::Log && tally.late_ms > LATE_MS {
        notes.push(format!(
            "what was held made what follows come up to {} minutes later than it did, and much of it at once: limits by time, such as the \
             stop of a tenant when many chains trip, may say more than they would have",
            tally.late_ms / 60_000
        ));
    }
    let loaded = load::load_bytes(&journal)?;
    if let Some(save) = &options.save {
        fs::write(save, &journal).map_err(|error| Fail::file(save, error))?;
        notes.push(format!("the records are in {}", save.display()));
    }
    if let Some(html) = &options.html {
        let page = Page::new("What a recording would have led to")
            .fact("deliveries", &tally.deliveries.to_string())
            .fact("duplicates", &tally.duplicates.to_string())
            .fact("done by the bot", &tally.own.to_string())
            .fact("links inferred by time", &tally.inferred.to_string());
        notes.push(replay::write_page(&loaded, &page, html)?);
    }
    let stops = replay::stops(&loaded);
    let no = !stops.is_empty();
    let text = match options.json {
        true => output::json(&Json { recording: tally, replay: replay::json(&loaded) }),
        false => {
            let table = table(&tally, &loaded, stops.len(), options.enforce);
            let remark = match no {
                true if tally.inferred > 0 => CERTAIN,
                true => "",
                false if tally.rejected == 0 => "\nNothing would have been stopped.\n",
                false => PARTIAL,
            };
            format!("{table}{}{remark}", replay::stopped(stops))
        }
    };
    Ok(Answer { text, notes, no })
}

fn config(options: &args::Webhooks) -> Result<Config, Fail> {
    let mut config = match &options.config {
        Some(path) => {
            let bytes = fs::read(path).map_err(|error| Fail::file(path, error))?;
            Config::from_json(&bytes).map_err(|error| Fail::file(path, error))?
        }
        None => Config::default(),
    };
    config.own.extend(options.own.iter().cloned());
    config.enforce = options.enforce;
    config.rules.iter_mut().for_each(|rule| rule.enforce = None);
    // With rules, effects wait for their outcome as long as the recording lasts; without, nothing waits.
    config.timing.outcome_due_ms = if config.rules.is_empty() { options.window_ms.clamp(1, YEAR_MS) } else { YEAR_MS };
    config.timing.handle_due_ms = YEAR_MS;
    config.timing.max_jump_ms = JUMP_MS;
    Ok(config)
}

/// What makes a recording say less than it could.
fn hints(config: &Config, deliveries: &[recording::Delivery]) -> Vec<String> {
    let mut seen: BTreeMap<&str, (usize, bool)> = BTreeMap::new();
    let actors = deliveries.iter().flat_map(|delivery| &delivery.events).filter_map(|event| event.actor.as_ref());
    for actor in actors {
        let (count, bot) = seen.entry(&actor.id).or_default();
        *count += 1;
        *bot |= matches!(actor.class, ActorClass::Bot | ActorClass::App);
    }
    let mut bots: Vec<(&str, usize)> =
        seen.iter().filter(|(_, (_, bot))| *bot).map(|(id, (count, _))| (*id, *count)).collect();
    bots.sort_by_key(|(id, count)| (std::cmp::Reverse(*count), *id));
    let bots: Vec<String> = bots.iter().take(5).map(|(id, count)| format!("{id} ({count})")).collect();
    let bots = match bots.is_empty() {
        true => "no account in it looks like a bot".into(),
        false => format!("it has {}", bots.join(", ")),
    };
    let mut hints = Vec::new();
    if config.own.is_empty() {
        hints.push(format!(
            "no account is known as the bot's own, so nothing counts as its effect: give --self; {bots}"
        ));
    }
    for own in config.own.iter().filter(|own| !seen.contains_key(own.as_str())) {
        // An account is named with its platform.
        let meant = seen.keys().find(|id| id.split_once(':').is_some_and(|(_, name)| name == own.as_str()));
        let what = meant.map_or(bots.clone(), |id| format!("did you mean `{id}`?"));
        hints.push(format!("no event is by `{own}`, so nothing counts as its effect; {what}"));
    }
    let mut times = deliveries.iter().filter_map(|delivery| delivery.at).peekable();
    if times.peek().is_some() && times.all(|at| at < SECONDS_BEFORE) {
        hints.push("every `at` lies before March 1973: give milliseconds since 1970, not seconds".into());
    }
    let times: Vec<_> = deliveries.iter().filter_map(|delivery| delivery.at).collect();
    let back = times.windows(2).filter(|pair| pair[0].since_ms(pair[1]) > LATE_MS).count();
    // One alone is a wrong time.
    if back > 1 {
        hints.push(format!(
            "{back} deliveries are more than a minute older than the one before, and count as of then; if the recording is not the \
             oldest first, sort it: jq -sc 'sort_by(.at)[]'"
        ));
    }
    hints
}

/// What comes later than that was not just slow on its way.
const LATE_MS: u64 = 60_000;

fn table(tally: &Tally, loaded: &Loaded, stops: usize, enforce: Enforce) -> Table {
    let mut table = Table::default();
    table.line("deliveries", tally.deliveries);
    if tally.unread > 0 {
        table.line("lines not read", tally.unread);
    }
    table.line("events", tally.events);
    table.line("  duplicates", tally.duplicates);
    table.line("  done by the bot", tally.own);
    if tally.rejected > 0 {
        table.line("  rejected", tally.rejected);
    }
    if enforce != Enforce::Log {
        table.line("  held at first", tally.held);
        table.line("  would not have happened", tally.prevented);
    }
    table.line("links inferred by time", tally.inferred);
    let totals = loaded.story.totals();
    table.line("chains", totals.chains);
    table.line("effects", totals.effects);
    table.line(if enforce == Enforce::Log { "  would have been stopped" } else { "  stopped" }, stops);
    table
}
