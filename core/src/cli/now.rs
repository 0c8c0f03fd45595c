//! `open JOURNAL`, `stops JOURNAL`, `find JOURNAL NAME`: what somebody asks who is called at night.

use std::collections::BTreeMap;

use crate::draw::{Concerning, Standing, clock};

use super::{
    args,
    load::{self, Loaded},
    output::{self, Answer, Fail, line},
};

/// Lines listed in the text. `--json` has all of them.
const LISTED: usize = 40;

pub fn open(options: &args::Now) -> Result<Answer, Fail> {
    let (loaded, notes) = load_at_end(options)?;
    let open: Vec<&Standing> = loaded.standing.iter().filter(|one| !options.held || one.held.is_some()).collect();
    let text = match options.json {
        true => output::json(&open),
        false => listed(&open, options.held),
    };
    Ok(Answer { text, notes, no: false })
}

fn listed(open: &[&Standing], held_only: bool) -> String {
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    for one in open {
        let why = one.held.and_then(|why| Some(serde_json::to_value(why).ok()?.as_str()?.to_owned()));
        *reasons.entry(why.map_or_else(|| "not held".into(), |why| format!("held as {why}"))).or_default() += 1;
    }
    let reasons: Vec<String> = reasons.iter().map(|(why, count)| format!("{count} {why}")).collect();
    let word = if held_only { "held" } else { "open" };
    if open.is_empty() {
        return format!("nothing is {word}\n");
    }
    let mut out = format!("{} {word}: {}\n", open.len(), reasons.join(", "));
    for one in open.iter().take(LISTED) {
        let rule = one.rule.as_ref().map(|rule| format!(", rule {rule}")).unwrap_or_default();
        let tenant = if one.tenant.is_empty() { String::new() } else { format!(", tenant {}", one.tenant) };
        out += &format!("\n{}  {}{rule}, chain {}{tenant}\n", one.effect, line(&one.what), one.chain);
        out += &format!("    {}\n", line(&one.stands));
    }
    out + &more(open.len())
}

pub fn stops(options: &args::Now) -> Result<Answer, Fail> {
    let (loaded, notes) = load_at_end(options)?;
    let text = match options.json {
        true => output::json(&loaded.stopping),
        false if loaded.stopping.is_empty() => "nothing is stopped\n".into(),
        false => loaded.stopping.iter().fold(String::new(), |mut out, one| {
            let tenant = if one.tenant.is_empty() { String::new() } else { format!("tenant {}: ", one.tenant) };
            out += &format!("{tenant}{}\n", line(&one.stands));
            out
        }),
    };
    Ok(Answer { text, notes, no: false })
}

pub fn find(options: &args::Find) -> Result<Answer, Fail> {
    let loaded = load::load(&options.journal, None)?.or_fail(&options.journal)?;
    let found = loaded.story.concerning(&options.name);
    if found.is_empty() {
        let message =
            format!("no record concerns `{}`; it is compared letter by letter, as events have it", options.name);
        return Err(Fail { exit: 1, message });
    }
    let text = match options.json {
        true => output::json(&found),
        false => records(&found),
    };
    Ok(Answer { text, notes: loaded.notes(), no: false })
}

/// The newest are what matters at night: they stand last, where the terminal ends.
fn records(found: &[Concerning]) -> String {
    let left_out = found.len().saturating_sub(LISTED);
    let mut out = String::new();
    if left_out > 0 {
        out += &format!("{left_out} older records are left out; --json lists all of them\n");
    }
    for one in found.iter().skip(left_out) {
        out += &format!("{:>6}  {}  {}\n", one.record, clock(one.at), line(&one.came_in));
        for decided in &one.decided {
            out += &format!("        {}\n", line(decided));
        }
    }
    out
}

fn more(all: usize) -> String {
    match all.saturating_sub(LISTED) {
        0 => String::new(),
        more => format!("\nand {more} more; --json lists all of them\n"),
    }
}

/// What stands now is only known where the journal was read to its end.
fn load_at_end(options: &args::Now) -> Result<(Loaded, Vec<String>), Fail> {
    let loaded = load::load(&options.journal, None)?.or_fail(&options.journal)?;
    if let Some(problem) = &loaded.problem {
        let message = format!("{problem}; what stands after record {} can not be told", loaded.counts.last);
        return Err(Fail { exit: 1, message });
    }
    let notes = loaded.notes();
    Ok((loaded, notes))
}
