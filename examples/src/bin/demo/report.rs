//! The table at the end. A line with a sign is a promise: if one is not kept, the demo fails.

use super::{
    bot::Tally,
    crash::{Dying, Restored},
    pages::Replay,
    pingpong::Stopped,
    screen::{Screen, thousands, wrapped},
};

/// Kinds of events with a line of their own.
const KINDS: usize = 12;

pub struct Report<'a> {
    /// Events in the recorded requests.
    pub events: usize,
    pub tally: &'a Tally,
    pub dying: &'a Dying,
    pub restored: &'a Restored,
    pub loops: &'a [(&'static str, Option<Stopped>)],
    pub heard: bool,
    pub sent_twice: usize,
    pub open: usize,
    pub digest: u64,
    pub replay: &'a Replay,
}

/// A line of the table. Without a sign it is for information.
struct Line {
    kept: Option<bool>,
    name: String,
    value: String,
    note: String,
}

impl Report<'_> {
    /// Prints the table, and says whether every promise was kept.
    pub fn print(&self, screen: &Screen) -> bool {
        put!("\n   {:<40}{:>7}{:>7}", screen.bold("Events by kind"), "new", "again");
        let mut kinds: Vec<_> = self.tally.kinds.iter().collect();
        kinds.sort_by_key(|(name, (new, _))| (std::cmp::Reverse(*new), name.as_str()));
        for (name, (new, again)) in kinds.iter().take(KINDS) {
            let name: String = name.chars().take(39).collect();
            put!("   {name:<40}{new:>7}{again:>7}");
        }
        let rest = kinds.iter().skip(KINDS).fold((0, 0), |sum, (_, kind)| (sum.0 + kind.0, sum.1 + kind.1));
        if rest.0 > 0 {
            put!("   {:<40}{:>7}{:>7}", format!("{} more kinds", kinds.len() - KINDS), rest.0, rest.1);
        }
        put!();
        let lines = self.lines();
        for line in &lines {
            let sign = line.kept.map_or(" ".into(), |kept| screen.sign(kept));
            let mut notes = wrapped(&line.note, 54).into_iter();
            put!(" {sign} {:<34}{:>16}   {}", line.name, line.value, screen.dim(&notes.next().unwrap_or_default()));
            notes.for_each(|note| put!("{:56}{}", "", screen.dim(&note)));
        }
        lines.iter().all(|line| line.kept != Some(false))
    }

    /// The table without its signs, for the page.
    pub fn facts(&self) -> Vec<(String, String)> {
        let join = |line: Line| match line.note.as_str() {
            "" => (line.name, line.value),
            note => (line.name, format!("{} ({note})", line.value)),
        };
        self.lines().into_iter().map(join).collect()
    }

    fn lines(&self) -> Vec<Line> {
        let (tally, restored, dying) = (self.tally, self.restored, self.dying);
        let mut lines = Vec::new();
        let mut add = |kept: Option<bool>, name: &str, value: String, note: String| {
            lines.push(Line { kept, name: name.into(), value, note });
        };
        let (new, again) = tally.new_and_again();
        let all = u32::try_from(self.events).unwrap_or(u32::MAX);
        add(Some(new == all), "recorded events, new", new.to_string(), format!("of {} deliveries", tally.recorded));
        add(Some(again == all), "duplicates", again.to_string(), "each caused nothing a second time".into());
        let races = format!("our own posts coming back, {} before their outcome was reported", tally.races);
        add(Some(tally.echoes > 0 && tally.unexpected.is_empty()), "echoes", tally.echoes.to_string(), races);
        for text in &tally.unexpected {
            add(Some(false), "not recognised", String::new(), text.clone());
        }
        let left = self.replay.left;
        let handled = format!("{} of them calls of the host's own code", self.replay.handled);
        add(None, "effects released", left.to_string(), handled);
        add(Some(self.open == 0), "still open at the end", self.open.to_string(), String::new());
        let found = format!("{} found on the platform by their marker, the others sent", tally.found);
        let kept = tally.redelivered >= dying.effects && tally.found >= dying.performed;
        add(Some(kept), "redelivered after the crash", tally.redelivered.to_string(), found);
        add(Some(self.sent_twice == 0), "sent twice", self.sent_twice.to_string(), String::new());
        for (name, stopped) in self.loops {
            let hop = stopped.as_ref().map_or("never".into(), |stopped| format!("hop {}", stopped.hop));
            let stop = stopped.as_ref().and_then(|stopped| self.replay.story.stops(stopped.chain).into_iter().next());
            let why = stop.map(|stop| stop.denial.to_string()).unwrap_or_default();
            add(Some(stopped.is_some()), &format!("loop stopped, {name}"), hop, why);
        }
        let heard = if self.heard { "yes" } else { "no" };
        add(
            Some(self.heard),
            "a person is heard after it",
            heard.into(),
            "Ben's answer in Teams is on the issue".into(),
        );
        let hex = |digest: u64| format!("{digest:016x}");
        add(None, "state before the crash", hex(dying.digest), format!("at record {}", dying.seq));
        let same = restored.digest == dying.digest && restored.seq == dying.seq;
        add(Some(same), "state after the restore", hex(restored.digest), restored.how());
        add(None, "state at the end", hex(self.digest), String::new());
        let all = format!("all {} records from the first, without the snapshot", self.replay.records);
        add(Some(self.replay.digest == self.digest), "state replayed", hex(self.replay.digest), all);
        let rate = |us: u64| thousands(tally.requests as u64 * 1_000_000 / us.max(1));
        let what = format!("{} raw requests: signature, reading, deciding", tally.requests);
        add(None, "events per second", rate(tally.decide_us), what);
        let disk = format!(
            "the same and {} appends ({} kB), each with an fdatasync of {} ms on this disk",
            tally.appends,
            self.replay.bytes / 1000,
            tally.store_us / 1000 / tally.appends.max(1)
        );
        add(None, "events per second, stored", rate(tally.decide_us + tally.store_us), disk);
        lines
    }
}
