//! The outside world: a GitHub and a Teams that keep what is posted, and tell the bot of it.
//!
//! It is a file, because the world does not forget when a bot is killed.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::Path,
};

use reynolds::{
    Effect,
    chain::token,
    effect::Act,
    input::{OutcomeResult, Proposal},
};
use serde::{Deserialize, Serialize};

use super::requests::{self, Origin, Request};

/// The account the bot acts as.
const BOT: &str = "triage[bot]";

/// Something posted.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Post {
    pub effect: String,
    pub kind: String,
    pub subject: String,
    /// The id the platform gave it.
    pub object: String,
    number: u64,
    pub text: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    Posted(Post),
    /// Of so many posts the bot was told.
    Told(usize),
}

#[derive(Debug)]
pub struct World {
    log: File,
    pub posts: Vec<Post>,
    told: usize,
}

impl World {
    /// The world as it was left.
    pub fn open(path: &Path) -> io::Result<Self> {
        let (mut posts, mut told) = (vec![], 0);
        for line in fs::read_to_string(path).unwrap_or_default().lines() {
            match serde_json::from_str(line)? {
                Line::Posted(post) => posts.push(post),
                Line::Told(count) => told = count,
            }
        }
        Ok(Self { log: OpenOptions::new().create(true).append(true).open(path)?, posts, told })
    }

    /// Does what an effect asks for, and gives the id of what it made.
    pub fn perform(&mut self, effect: &Effect, act: &Act) -> io::Result<OutcomeResult> {
        let number = 700_000_000 + self.posts.len() as u64;
        let object = match act.kind.as_str() {
            "message" => format!("teams:msg/{}/{number}", act.subject.trim_start_matches("teams:")),
            kind => format!("github:{kind}/{number}"),
        };
        // The marker: what comes back with it is recognised, wherever it went in between.
        let text = token::unmark(act.text.as_deref().unwrap_or_default());
        let text = effect.token.as_deref().map_or(text.into(), |token| token::mark(text, token));
        let post = Post {
            effect: effect.id.to_string(),
            kind: act.kind.to_string(),
            subject: act.subject.to_string(),
            object: object.clone(),
            number,
            text,
        };
        self.write(&Line::Posted(post.clone()))?;
        self.posts.push(post);
        Ok(OutcomeResult::Done { object: Some(object.into()), objects: vec![] })
    }

    /// Looks for an effect by its marker, as a host does before it sends something again.
    pub fn find(&self, effect: &Effect) -> Option<OutcomeResult> {
        let token = effect.token.as_deref()?;
        let found = self.posts.iter().find(|post| post.text.contains(token))?;
        Some(OutcomeResult::Done { object: Some(found.object.as_str().into()), objects: vec![] })
    }

    /// GitHub tells of what was posted there since the last [`World::told`].
    pub fn webhooks(&self) -> Vec<Request> {
        let about = |post: &Post| {
            let delivery = requests::guid(post.number);
            match post.kind.as_str() {
                "comment" => {
                    let (on, text) = (&post.subject, &post.text);
                    Some(requests::comment(Origin::Echo, &delivery, on, post.number, BOT, text))
                }
                "issue" => {
                    let subject = format!("{}#{}", post.subject, post.number);
                    Some(requests::issue(Origin::Echo, &delivery, &subject, post.number, BOT, &post.text))
                }
                _ => None,
            }
        };
        self.posts[self.told..].iter().filter_map(about).collect()
    }

    /// The bot has accepted the webhooks about the first so many posts.
    pub fn told(&mut self, posts: usize) -> io::Result<()> {
        self.told = posts;
        self.write(&Line::Told(posts))
    }

    pub fn is_told(&self) -> bool {
        self.told == self.posts.len()
    }

    /// How many effects were posted more than once.
    pub fn sent_twice(&self) -> usize {
        let mut effects: Vec<&str> = self.posts.iter().map(|post| post.effect.as_str()).collect();
        effects.sort_unstable();
        effects.windows(2).filter(|pair| pair[0] == pair[1]).count()
    }

    fn write(&mut self, line: &Line) -> io::Result<()> {
        let mut text = serde_json::to_string(line)?;
        text.push('\n');
        self.log.write_all(text.as_bytes())
    }
}

/// The host's own code: what the bot answers to a review.
pub fn review(event: &reynolds::Event) -> Vec<Proposal> {
    let words = event.text.as_deref().unwrap_or_default().split_whitespace().count();
    let who = event.actor.as_ref().map_or("somebody", |actor| actor.id.as_str());
    let text = format!("{who} has reviewed this in {words} words.");
    vec![Proposal {
        key: Some("summary".into()),
        kind: "comment".into(),
        subject: event.subject.clone(),
        text: Some(text.into()),
        ..Proposal::default()
    }]
}
