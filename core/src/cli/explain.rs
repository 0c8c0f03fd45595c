//! `explain JOURNAL SEQ`.

use crate::draw::Explanation;
use serde::Serialize;

use super::{
    args,
    load::{self, Recorded},
    output::{self, Answer, Fail},
};

/// `--json`: the record as it was decided, and the same in words.
#[derive(Serialize)]
struct Json<'a> {
    #[serde(flatten)]
    record: &'a Recorded,
    explanation: &'a Explanation,
}

pub fn run(options: &args::Explain) -> Result<Answer, Fail> {
    let loaded = load::load(&options.journal, Some(options.seq))?.or_fail(&options.journal)?;
    let notes = loaded.notes();
    let Some((record, explanation)) = loaded.record.as_ref().zip(loaded.story.explain(options.seq)) else {
        let first = loaded.counts.first.unwrap_or_default();
        let why = notes.first().map(|note| format!(" ({note})")).unwrap_or_default();
        let last = loaded.counts.last;
        let message = format!("there is no record {}: the journal has {first} to {last}{why}", options.seq);
        return Err(Fail { exit: 1, message });
    };
    let text = match options.json {
        true => output::json(&Json { record, explanation: &explanation }),
        false => explanation.to_string(),
    };
    Ok(Answer { text, notes, no: false })
}
