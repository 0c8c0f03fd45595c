//! Stories from a file, and what a story must be. All of it is checked before anything is played: half of a figure is another
//! figure, and an effect that can never come about would only be missing in the counts.

use std::fs;

use super::trace::{Entry, Label, SCHEMA, Trace};

/// Stories, and the lines on which they are.
#[derive(Debug)]
pub struct File {
    /// In the order of the file.
    pub stories: Vec<Trace>,
    lines: Vec<usize>,
    path: String,
}

impl File {
    /// Reads stories, one per line; empty lines are left out.
    ///
    /// # Errors
    /// The file, the line, and what is wrong with it.
    pub fn read(path: &str) -> Result<Self, String> {
        let bytes = fs::read(path).map_err(|error| format!("{path}: {error}"))?;
        let mut file = Self { stories: Vec::new(), lines: Vec::new(), path: path.to_owned() };
        for (number, line) in (1..).zip(bytes.split(|byte| *byte == b'\n')) {
            if line.trim_ascii().is_empty() {
                continue;
            }
            let story: Trace = serde_json::from_slice(line).map_err(|error| format!("{path}:{number}: {error}"))?;
            check(&story).map_err(|why| format!("{path}:{number}: {why}"))?;
            file.stories.push(story);
            file.lines.push(number);
        }
        if file.stories.is_empty() {
            return Err(format!("{path}: there is no story in it"));
        }
        Ok(file)
    }

    /// Where a story is, for errors.
    #[must_use]
    pub fn place(&self, story: usize) -> String {
        format!("{}:{}", self.path, self.lines[story])
    }
}

/// What every story must be.
pub(super) fn check(story: &Trace) -> Result<(), String> {
    if story.schema != SCHEMA {
        return Err(format!("its schema is {:?}, not {SCHEMA:?}", story.schema));
    }
    if story.events.is_empty() {
        return Err("it has no events".into());
    }
    let mut now = 0;
    for (index, entry) in story.events.iter().enumerate() {
        let (at, wrong) = match entry {
            Entry::In(event) => (event.t, check_brought(story, index, event.by).or_else(|| check_class(&event.cls))),
            Entry::Out(effect) => {
                (effect.t, check_cause(story, index, effect.cause).or_else(|| check_truth(&effect.truth)))
            }
        };
        let wrong =
            wrong.or_else(|| (at < now).then(|| format!("its time, {at}, is before that of the one before it")));
        if let Some(wrong) = wrong {
            return Err(format!("event {index}: {wrong}"));
        }
        now = at;
    }
    let effect = |onset| matches!(story.events.get(onset), Some(Entry::Out(_)));
    match (story.label, usize::try_from(story.onset)) {
        (Label::Loop, Ok(onset)) if effect(onset) => Ok(()),
        (Label::Loop, _) => Err(format!("the onset of a loop is one of its effects (\"out\"), not {}", story.onset)),
        (Label::Legit, _) if story.onset == -1 => Ok(()),
        (Label::Legit, _) => Err(format!("the onset of a legitimate story is -1, not {}", story.onset)),
    }
}

/// With a cause that is no earlier event, an effect would never be asked for.
fn check_cause(story: &Trace, index: usize, cause: usize) -> Option<String> {
    let earlier = cause < index && matches!(story.events[cause], Entry::In(_));
    (!earlier).then(|| format!("its cause, {cause}, is no earlier event that came in"))
}

/// Brought about by what is no earlier effect, an event would never come.
fn check_brought(story: &Trace, index: usize, by: i64) -> Option<String> {
    let earlier = |by| by < index && matches!(story.events[by], Entry::Out(_));
    let known = by == -1 || usize::try_from(by).is_ok_and(earlier);
    (!known).then(|| format!("its `by`, {by}, is neither -1 nor an earlier effect"))
}

fn check_class(class: &str) -> Option<String> {
    let known = ["human", "bot", "app", "system", "timer", "unknown"].contains(&class);
    (!known).then(|| format!("its `cls`, {class:?}, is none of human, bot, app, system, timer, unknown"))
}

fn check_truth(truth: &str) -> Option<String> {
    let known = ["", "good", "bad", "free"].contains(&truth);
    (!known).then(|| format!("its `truth`, {truth:?}, is none of good, bad, free"))
}
