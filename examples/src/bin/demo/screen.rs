//! Lines on the terminal: bold and a moving bar where somebody looks, plain lines where it is a file.

use std::{
    env,
    io::{self, IsTerminal, Write},
};

const BAR: usize = 30;
/// The last column of a text.
const WIDTH: usize = 100;

pub struct Screen {
    terminal: bool,
    colour: bool,
    /// Tenths of the work that plain lines were written for.
    tenths: usize,
}

impl Screen {
    pub fn new() -> Self {
        let terminal = io::stdout().is_terminal();
        Self { terminal, colour: terminal && env::var_os("NO_COLOR").is_none(), tenths: 0 }
    }

    pub fn bold(&self, text: &str) -> String {
        self.styled("1", text)
    }

    pub fn dim(&self, text: &str) -> String {
        self.styled("2", text)
    }

    /// A sign for whether something holds.
    pub fn sign(&self, holds: bool) -> String {
        if holds { self.styled("32", "✓") } else { self.styled("1;31", "✕") }
    }

    fn styled(&self, code: &str, text: &str) -> String {
        if self.colour { format!("\x1b[{code}m{text}\x1b[0m") } else { text.into() }
    }

    /// The heading of a part of the story.
    pub fn part(&mut self, number: usize, title: &str) {
        self.tenths = 0;
        put!("\n{}  {}", self.bold(&number.to_string()), self.bold(title));
    }

    /// A text in lines of a readable length.
    pub fn say(&self, text: &str) {
        for line in wrapped(text, WIDTH - 3) {
            put!("   {line}");
        }
    }

    /// How far the work is. On a terminal the bar moves; elsewhere every fifth of the work is a line.
    pub fn progress(&mut self, done: usize, all: usize, note: &str) {
        let tenths = done * 10 / all.max(1);
        let filled = done * BAR / all.max(1);
        let bar = format!("{}{}", "█".repeat(filled), self.dim(&"░".repeat(BAR - filled.min(BAR))));
        if self.terminal {
            let mut out = io::stdout();
            let _ = write!(out, "\r\x1b[K   {bar}  {note}").and_then(|()| out.flush());
        } else if tenths >= self.tenths + 2 {
            self.tenths = tenths - tenths % 2;
            put!("   {bar}  {note}");
        }
    }

    /// Ends a bar that moved.
    pub fn progress_ends(&self) {
        if self.terminal {
            put!();
        }
    }
}

/// A text in lines of at most `width` characters, broken between words.
pub fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.into()),
        }
    }
    lines
}

/// `12,345`
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
