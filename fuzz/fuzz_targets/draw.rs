//! Drawings of chains in which every text comes from outside: no text may become a part of the drawing's own language.

#![no_main]

use libfuzzer_sys::fuzz_target;
use reynolds::{
    Broker,
    draw::{Page, Story},
    event::{Actor, ActorClass},
};
use reynolds_fuzz::{Host, event, keys};

fuzz_target!(|text: &str| {
    if text.is_empty() || text.len() > 200 {
        return;
    }
    let Some((mermaid, dot, html)) = drawn(text) else { return };
    let (plain_mermaid, plain_dot, plain_html) = drawn("x").expect("a harmless story can be drawn");
    assert_eq!(mermaid.lines().count(), plain_mermaid.lines().count(), "{mermaid}");
    assert_eq!(dot.lines().count(), plain_dot.lines().count(), "{dot}");
    for tag in ["<script", "</script", "<img", "<i>", "onerror=\""] {
        assert_eq!(html.matches(tag).count(), plain_html.matches(tag).count(), "{tag} in {html}");
    }
});

/// The same story with a text in every place a text can be, drawn three times.
fn drawn(text: &str) -> Option<(String, String, String)> {
    let hostile = format!("{text}<i>\"--></script>");
    let mut host = Host::new();
    for kind in ["issues.opened", "message"] {
        let mut event = event(&format!("{kind}{hostile}"), kind, &hostile);
        event.actor = Some(Actor { id: hostile.clone().into(), class: ActorClass::Bot });
        event.text = Some(hostile.clone().into());
        let _ = host.submit(event).ok()?;
    }
    let mut story = Story::new();
    let mut restorer = Broker::restore(None, keys()).ok()?;
    restorer.push_watched(&host.journal, &mut |replayed| story.watch(&replayed)).ok()?;
    let chain = story.chains().next()?.id;
    Some((story.mermaid(chain)?, story.dot(chain)?, story.html(&Page::new(&hostile).intro(&hostile))))
}
