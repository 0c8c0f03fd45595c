//! The outside world of the guide: a platform that takes messages, and can be made to fail.

use reynolds::{Event, Input, event::Actor, event::ActorClass};

/// A platform that keeps messages by subject.
#[derive(Debug, Default)]
pub struct Platform {
    /// What was posted: subject, text, id.
    pub posts: Vec<(String, String, String)>,
    /// What the next post meets instead of success.
    pub trouble: Option<Trouble>,
}

/// Why a post did not succeed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// 429 or 503 with a time to wait: certainly not posted.
    Busy {
        /// When to try again.
        after_ms: u64,
    },
    /// A timeout or another 5xx. In this world the message was posted and only the answer got lost.
    Lost,
    /// 403, 404, 422: never will be.
    Refused {
        /// What the platform said.
        why: String,
    },
}

impl Platform {
    /// Posts, and returns the id of what was made. A real one would take the idempotency key along.
    pub fn post(&mut self, subject: &str, text: &str, _idempotency_key: &str) -> Result<String, Trouble> {
        let trouble = self.trouble.take();
        if matches!(trouble, None | Some(Trouble::Lost)) {
            let id = format!("{subject}/{}", self.posts.len() + 1);
            self.posts.push((subject.to_owned(), text.to_owned(), id.clone()));
            return trouble.map_or(Ok(id), Err);
        }
        Err(trouble.unwrap_or(Trouble::Lost))
    }

    /// The newest post on a subject that contains the marker.
    pub fn find(&self, subject: &str, marker: &str) -> Option<String> {
        let hit = |(on, text, _): &&(String, String, String)| on == subject && text.contains(marker);
        self.posts.iter().rev().find(hit).map(|(_, _, id)| id.clone())
    }
}

/// An issue that somebody opened, as the reader of step 1 makes it.
pub fn issue_opened(delivery: &str) -> Event {
    Event {
        id: delivery.into(),
        source: "github".into(),
        kind: "issues.opened".into(),
        subject: "github:acme/api#7".into(),
        actor: Some(Actor { id: "github:octocat".into(), class: ActorClass::Human }),
        object: Some("github:issue/701".into()),
        ..Event::default()
    }
}

/// A comment that asks the bot.
pub fn question(delivery: &str) -> Event {
    let text = "@triage, which release has the fix?";
    Event {
        kind: "issue_comment.created".into(),
        text: Some(text.into()),
        object: Some("github:comment/17".into()),
        ..issue_opened(delivery)
    }
}

/// A plan of one task, and an agent for it.
pub fn a_task_and_an_agent() -> [Input; 2] {
    let agent = r#"{"type": "agent", "id": "ada", "report": {"type": "register", "provides": ["rust"], "slots": 1}}"#;
    let plan = r#"{"type": "plan", "id": "fix", "tasks": [{"id": "build", "requires": ["rust"]}]}"#;
    [agent, plan].map(|json| Input::from_json(json.as_bytes()).expect("an input"))
}
