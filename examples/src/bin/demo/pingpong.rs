//! Two bots that answer each other. Ours carries comments from GitHub to Teams. Another team's carries what appears in
//! Teams back to the issue. Neither knows of the other.

use std::error::Error;

use reynolds::{
    ChainId, Verdict,
    verdict::{DenyReason, LinkKind},
};
use serde_json::json;

use super::{
    bot::Bot,
    requests::{self, Origin, Request},
    screen::Screen,
    world::Post,
};

/// More passes than any limit allows.
const PASSES: u64 = 100;

/// How a loop ended.
pub struct Stopped {
    pub chain: ChainId,
    pub hop: u16,
}

/// How the other bot carries a message.
pub struct Carrier {
    pub name: &'static str,
    pub carry: fn(&str, u64) -> String,
}

/// Word for word, as a plain bridge does. The hidden marker is a part of the text, so it comes along.
pub const VERBATIM: Carrier = Carrier { name: "word for word", carry: |text, _| text.into() };
/// With a new line on top each time, so that no two messages are the same.
pub const REWORDED: Carrier =
    Carrier { name: "reworded", carry: |text, pass| format!("Pass {pass} of this message:\n{text}") };

/// Lets a person write on an issue and the two bots answer each other until something stops them.
pub fn play(
    screen: &Screen,
    bot: &mut Bot,
    carrier: &Carrier,
    issue: &str,
    first: u64,
) -> Result<Option<Stopped>, Box<dyn Error>> {
    let text = "The login page answers 500 since this morning.";
    let mut requests = vec![requests::comment(Origin::Person, &requests::guid(first), issue, first, "anna", text)];
    put!();
    screen.say(&format!("Anna writes on {issue}. The other bot copies our messages, {}.", carrier.name));
    for pass in 1..=PASSES {
        let before = bot.world.posts.len();
        let decisions = bot.round(&requests, &mut |_, _, _| {})?;
        let decision = decisions.first().ok_or("a request without an event")?;
        let mut held = None;
        let how = match decision.link.map(|link| (link.kind, link.of)) {
            Some((LinkKind::Token, Some(of))) => format!("a copy; its marker proves that it comes from effect {of}"),
            Some((kind, _)) => format!("a copy, linked by {kind:?}"),
            None => "a person starts a chain".into(),
        };
        for verdict in &decision.verdicts {
            let hop = decision.link.map_or(0, |link| link.hop) + 1;
            match verdict {
                Verdict::Denied { denial, .. } => {
                    let refused = screen.bold(&format!("refused ({})", word(denial.reason)));
                    put!("     hop {hop:>2}  {how}; {refused}");
                    return Ok(Some(Stopped { chain: denial.chain, hop: denial.hop }));
                }
                Verdict::Held { until, denial, .. } => {
                    let ms = until.since_ms(bot.clock());
                    let ppm = denial.as_ref().and_then(|denial| denial.false_stop_ppm).unwrap_or(0);
                    put!("     hop {hop:>2}  {how}; held for {} s: it repeats itself ({ppm} ppm)", ms / 1000);
                    held = Some(*until);
                }
                Verdict::Admitted { effect, .. } if pass <= 3 => {
                    put!("     hop {hop:>2}  {how}; to Teams as effect {effect}");
                }
                Verdict::Admitted { .. } if pass == 4 => put!("     ..."),
                _ => {}
            }
        }
        if let Some(until) = held {
            bot.wait(until)?;
        }
        let posts = bot.world.posts[before..].iter().filter(|post| post.kind == "message");
        requests = posts.map(|post| carried(post, carrier, issue, first + pass)).collect();
    }
    Ok(None)
}

/// A reason in a word or two.
fn word(reason: DenyReason) -> &'static str {
    match reason {
        DenyReason::HopLimit => "hop limit",
        DenyReason::Budget => "budget",
        DenyReason::Loop => "loop",
        _ => "not a limit",
    }
}

fn carried(post: &Post, carrier: &Carrier, issue: &str, id: u64) -> Request {
    let text = (carrier.carry)(&post.text, id % 1000);
    requests::comment(Origin::OtherBot, &requests::guid(id), issue, id, "mirror[bot]", &text)
}

/// A person answers in the thread in Teams where the loop was. Is that still carried to the issue?
pub fn person_is_heard(bot: &mut Bot, issue: &str) -> Result<bool, Box<dyn Error>> {
    let thread = bot.world.posts.iter().find(|post| post.subject.contains("19:bridge") && post.text.contains("login"));
    let root = thread.and_then(|post| post.object.rsplit('/').next()).ok_or("the bridge has posted nothing")?;
    let activity = json!({
        "type": "message", "id": "1741200000001", "channelId": "msteams", "timestamp": "2025-03-05T18:40:00.000Z",
        "conversation": {"id": format!("19:bridge@thread.tacv2;messageid={root}"), "conversationType": "channel"},
        "from": {"id": "29:ben", "aadObjectId": "ben", "name": "Ben"},
        "replyToId": root,
        "text": "It was the new certificate. Fixed.",
    });
    let before = bot.world.posts.len();
    bot.round(&[Request::teams(Origin::Person, &activity)], &mut |_, _, _| {})?;
    let heard = bot.world.posts[before..].iter().any(|post| {
        post.kind == "comment" && post.subject == issue && post.text.starts_with("Ben answers in Teams: It was the new")
    });
    bot.settle()?;
    Ok(heard)
}
