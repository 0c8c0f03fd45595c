//! What the hosts tell of a denial, in every language, is the sentence of the core.

use reynolds::{HoldReason, Verdict};
use serde_json::Value;

#[test]
fn a_denial_is_told_in_the_words_of_the_core() {
    let words: Vec<Value> = serde_json::from_str(include_str!("hosts/words.json")).expect("a list of words");
    let mut told = 0;
    for word in &words {
        let verdict: Verdict = serde_json::from_value(word["verdict"].clone()).expect("a verdict");
        let (held, denial) = match &verdict {
            Verdict::Denied { denial, .. } => ("", denial),
            Verdict::Held { why: HoldReason::Limit, denial: Some(denial), .. } => ("held for a person: ", denial),
            _ => continue,
        };
        let reason = serde_json::to_value(denial.reason).expect("a reason");
        let sentence = format!("{held}{}: {denial}", reason.as_str().expect("a name"));
        let why = word["why"].as_str().expect("a text");
        let rest = why.strip_prefix(&*sentence).unwrap_or_else(|| panic!("`{why}` is not `{sentence}`"));
        // What becomes of it is the host's to say.
        assert!(rest.is_empty() || rest.starts_with("; "), "{why}");
        told += 1;
    }
    assert_eq!(told, 24);
}
