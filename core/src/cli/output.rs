//! What is said, where, and with which exit code.

use std::{
    fmt::Display,
    fs::File,
    io::{ErrorKind, Read},
    path::Path,
};

use crate::draw::is_invisible;

/// What a verb answers.
pub struct Answer {
    /// For stdout.
    pub text: String,
    /// For stderr, one line each.
    pub notes: Vec<String>,
    /// The answer is no: exit with 1.
    pub no: bool,
}

/// The question or the input can not be understood, or there is nothing to answer with.
pub struct Fail {
    pub exit: u8,
    pub message: String,
}

impl Answer {
    pub fn text(text: String) -> Self {
        Self { text, notes: Vec::new(), no: false }
    }
}

impl Fail {
    /// A file that can not be read or written.
    pub fn file(path: &Path, error: impl Display) -> Self {
        Self { exit: 2, message: format!("{}: {error}", path.display()) }
    }
}

/// May the file be written? Nothing is lost there, or what is there begins as what is written does.
pub fn may_replace(path: &Path, start: &[u8], what: &str) -> Result<(), Fail> {
    let mut found = Vec::new();
    match File::open(path) {
        Ok(file) => file.take(start.len() as u64).read_to_end(&mut found).map_err(|error| Fail::file(path, error))?,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(Fail::file(path, error)),
    };
    if found.is_empty() || found == start {
        return Ok(());
    }
    Err(Fail::file(path, format!("it is there and is not {what}, so it is not overwritten: name another file")))
}

/// An answer as JSON on one line, in which nothing can move a terminal's cursor or turn the direction of reading.
pub fn json(value: &impl serde::Serialize) -> String {
    // The answers have text keys only, so they always serialise.
    let json = serde_json::to_string(value).unwrap_or_default();
    let mut out = String::with_capacity(json.len() + 1);
    for char in json.chars() {
        // JSON escapes the older control characters itself. These only occur in texts.
        if char.is_control() || is_invisible(char) {
            let units = char.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")).collect::<String>();
            out.push_str(&units);
        } else {
            out.push(char);
        }
    }
    out + "\n"
}

/// What is said in one line, in which nothing can do that either.
pub fn line(text: &str) -> String {
    let visible = text.chars().filter(|char| !is_invisible(*char));
    visible.map(|char| if char.is_control() { '\u{fffd}' } else { char }).collect()
}

/// `1 event`, `3 events`.
pub fn count((number, noun): (usize, &str)) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// Lines of a name and a value, in two columns.
#[derive(Default)]
pub struct Table(Vec<(String, String)>);

impl Table {
    pub fn line(&mut self, name: &str, value: impl Display) {
        self.0.push((name.into(), line(&value.to_string())));
    }
}

impl Display for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let width = self.0.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
        self.0.iter().try_for_each(|(name, value)| writeln!(f, "{name:width$}  {value}"))
    }
}
