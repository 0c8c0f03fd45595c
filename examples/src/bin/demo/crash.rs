//! The crash: one process takes the first half and is killed while it performs effects, another one goes on.

use std::{
    env,
    error::Error,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use reynolds::Effect;
use serde::{Deserialize, Serialize};

use super::{
    bot::{Bot, Tally},
    requests::Request,
    screen::Screen,
};

/// The first argument of the process that is to be killed.
pub const CHILD: &str = "--until-killed";
/// Requests that are stored together, with one append and one sync.
fn together(requests: &[Request]) -> usize {
    (requests.len() / 8).clamp(1, 16)
}

/// What the first process says, one line each.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Said {
    Progress { recorded: usize, released: usize, again: u32 },
    Dying(Dying),
}

/// The last words of the first process. Everything it decided is stored; it is in the middle of performing.
#[derive(Debug, Serialize, Deserialize)]
pub struct Dying {
    /// How many requests it took in.
    pub taken: usize,
    pub seq: u64,
    pub digest: u64,
    /// Of so many effects that left together ...
    pub effects: usize,
    /// ... so many have reached the platform. No outcome was reported.
    pub performed: usize,
    pub tally: Tally,
}

/// What the second process found.
pub struct Restored {
    pub digest: u64,
    pub seq: u64,
    pub replayed: u64,
    pub snapshot: Option<u64>,
    pub took: Duration,
}

impl Restored {
    /// From what, and how long it took.
    pub fn how(&self) -> String {
        let from = self.snapshot.map_or("no snapshot".into(), |seq| format!("the snapshot at record {seq}"));
        format!("from {from} and the {} records after it, in {:.1?}", self.replayed, self.took)
    }
}

/// The first process: never returns, unless something is wrong.
pub fn child(home: &Path, requests: &[Request]) -> Result<(), Box<dyn Error>> {
    let mut bot = Bot::open(home, Tally::default())?;
    let mut snapshot = false;
    let mut taken = 0;
    for together in requests.chunks(together(requests)) {
        taken += together.len();
        // Half way, in a round worth it.
        let enough = if taken * 4 < requests.len() * 3 { 4 } else { 1 };
        bot.round(together, &mut |bot, performed, effects| {
            if taken * 2 >= requests.len() && effects.len() >= enough && performed == effects.len() / 2 {
                wait_for_the_end(bot, taken, performed, effects);
            }
        })?;
        let tally = &bot.tally;
        let again = tally.new_and_again().1;
        say(&Said::Progress { recorded: tally.recorded, released: tally.released, again })?;
        if !snapshot && taken * 4 >= requests.len() {
            bot.driver.snapshot()?;
            snapshot = true;
        }
    }
    Err("nobody has killed this process".into())
}

fn wait_for_the_end(bot: &Bot, taken: usize, performed: usize, effects: &[Effect]) {
    let view = bot.driver.view();
    let dying = Dying {
        taken,
        seq: view.durable().0,
        digest: view.digest(),
        effects: effects.len(),
        performed,
        tally: bot.tally.clone(),
    };
    // If nobody listens, nobody will kill it either.
    let _ = say(&Said::Dying(dying));
    thread::sleep(Duration::from_secs(20));
}

fn say(said: &Said) -> Result<(), Box<dyn Error>> {
    let mut line = serde_json::to_string(said)?;
    line.push('\n');
    let mut out = std::io::stdout();
    out.write_all(line.as_bytes())?;
    Ok(out.flush()?)
}

/// Starts the first process, shows how far it is, and kills it.
pub fn run_and_kill(screen: &mut Screen, home: &Path, requests: usize) -> Result<Dying, Box<dyn Error>> {
    let mut command = Command::new(env::current_exe()?);
    let mut process = command.arg(CHILD).arg(home).stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
    let lines = process.stdout.take().ok_or("the first process has no output")?;
    for line in BufReader::new(lines).lines() {
        match serde_json::from_str(&line?)? {
            Said::Progress { recorded, released, again } => {
                let note = format!("{recorded} of {requests} deliveries, {again} known already, {released} effects");
                screen.progress(recorded, requests, &note);
            }
            Said::Dying(dying) => {
                let id = process.id();
                // SIGKILL on Unix: no destructor runs, nothing is flushed.
                process.kill()?;
                process.wait()?;
                screen.progress_ends();
                screen.say(&format!(
                    "Process {id} gets SIGKILL while it performs {} effects. {} of them have reached the platforms; no \
                     outcome was reported.",
                    dying.effects, dying.performed
                ));
                return Ok(dying);
            }
        }
    }
    Err(format!("the first process ended by itself: {}", process.wait()?).into())
}

/// Opens the journal that the first process left.
pub fn restore(home: &Path, tally: Tally) -> Result<(Bot, Restored), Box<dyn Error>> {
    let started = Instant::now();
    let bot = Bot::open(home, tally)?;
    let took = started.elapsed();
    let (view, opened) = (bot.driver.view(), bot.driver.opened());
    let restored = Restored {
        digest: view.digest(),
        seq: opened.last.0,
        replayed: opened.replayed,
        snapshot: opened.snapshot.map(|seq| seq.0),
        took,
    };
    Ok((bot, restored))
}

/// The second process takes the rest.
pub fn go_on(screen: &mut Screen, bot: &mut Bot, requests: &[Request], taken: usize) -> Result<(), Box<dyn Error>> {
    for together in requests[taken..].chunks(together(requests)) {
        bot.round(together, &mut |_, _, _| {})?;
        let tally = &bot.tally;
        let (recorded, all, again) = (tally.recorded, requests.len(), tally.new_and_again().1);
        let note = format!("{recorded} of {all} deliveries, {again} known already, {} effects", tally.released);
        screen.progress(recorded, all, &note);
    }
    screen.progress_ends();
    bot.settle()
}
