//! The demo: real webhooks through the whole broker, a crash in the middle, and two bots that answer each other.
//!
//! `make demo` runs it. The rules are in `rules.json`; what a host does is in `bot.rs`; everything else is the world
//! around it.

/// Prints a line. Where nobody reads any more, as in `demo | head`, the story goes on without words.
macro_rules! put {
    ($($text:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stdout(), $($text)*);
    }};
}

mod bot;
mod crash;
mod pages;
mod pingpong;
mod report;
mod requests;
mod screen;
mod world;

use std::{
    env,
    error::Error,
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use screen::Screen;

const HOME: &str = "var/demo";

fn main() -> ExitCode {
    let child = env::args_os().nth(1).filter(|arg| arg == crash::CHILD).and_then(|_| env::args_os().nth(2));
    let done = match child {
        Some(home) => first_process(Path::new(&home)).map(|()| true),
        None => story(),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => {
            eprintln!("A promise was not kept: see the lines with ✕.");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("The demo has failed: {error}");
            ExitCode::FAILURE
        }
    }
}

fn first_process(home: &Path) -> Result<(), Box<dyn Error>> {
    let recorded = requests::load(reynolds_examples::webhooks().as_deref())?;
    crash::child(home, &requests::twice_and_shuffled(&recorded.requests))
}

fn story() -> Result<bool, Box<dyn Error>> {
    let mut screen = Screen::new();
    let recorded = requests::load(reynolds_examples::webhooks().as_deref())?;
    let events = recorded.requests.iter().map(|request| request.read().map(|events| events.len()));
    let events = events.sum::<Result<usize, _>>()?;
    let requests = requests::twice_and_shuffled(&recorded.requests);
    let home = PathBuf::from(HOME);
    let _ = fs::remove_dir_all(&home);
    fs::create_dir_all(&home)?;
    put!("{}", screen.bold("A bot for GitHub and Teams, its webhooks, one crash and two loops"));

    screen.part(1, "A bot takes webhooks, and is killed");
    screen.say(&format!("Webhooks: {}.", recorded.from));
    screen.say("Each is delivered twice, shuffled, as a raw signed request. Rules alone decide what to post.");
    let dying = crash::run_and_kill(&mut screen, &home, requests.len())?;

    screen.part(2, "A new process opens the journal and goes on");
    let (mut bot, restored) = crash::restore(&home, dying.tally.clone())?;
    let same = if restored.digest == dying.digest { "as before" } else { "another one than before" };
    let digests = format!("{:016x}, {same}", restored.digest);
    bot.round(&[], &mut |_, _, _| {})?;
    screen.say(&format!("Restored {}. Digest of the state: {}.", restored.how(), digests));
    screen.say(&format!(
        "{} effects had no outcome and come again under their old ids. The bot first looks for the marker of each on the \
         platforms: {} are there, the others are sent.",
        bot.tally.redelivered, bot.tally.found
    ));
    crash::go_on(&mut screen, &mut bot, &requests, dying.taken)?;

    screen.part(3, "Two bots answer each other");
    screen.say(
        "Ours carries comments from GitHub to Teams. Another team's carries what it sees in Teams back to GitHub.",
    );
    let mut loops = Vec::new();
    let issues = ["github:acme/api#7", "github:acme/api#8"];
    for (at, carrier) in [pingpong::VERBATIM, pingpong::REWORDED].iter().enumerate() {
        let first = 800_000_000 + at as u64 * 1000;
        loops.push((carrier.name, pingpong::play(&screen, &mut bot, carrier, issues[at], first)?));
    }
    let heard = pingpong::person_is_heard(&mut bot, issues[0])?;
    put!();
    screen.say("Then Ben answers in Teams, where the first loop was. A person starts a chain of his own.");

    screen.part(4, "What came of it");
    let view = bot.driver.view();
    let (digest, open) = (view.digest(), view.open("").count());
    let (sent_twice, tally) = (bot.world.sent_twice(), bot.tally.clone());
    drop(bot);
    let replay = pages::replay(&home)?;
    let report = report::Report {
        events,
        tally: &tally,
        dying: &dying,
        restored: &restored,
        loops: &loops,
        heard,
        sent_twice,
        open,
        digest,
        replay: &replay,
    };
    let kept = report.print(&screen);
    let chain = loops.iter().find_map(|(_, stopped)| stopped.as_ref()).map(|stopped| stopped.chain);
    put!("\n   {}", screen.bold("Look at it"));
    for path in pages::write(&home, (&recorded.from, &report.facts()), &replay.story, chain)? {
        put!("   {}", path.display());
    }
    Ok(kept)
}
