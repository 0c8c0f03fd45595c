//! What people and bots say to each other: issues, pull requests, discussions, and comments on them.

use super::{
    draft::{Draft, labels, logins, sorted},
    payload::{Discussion, Issue, Pull, Words},
};

pub(super) fn issues(draft: &mut Draft<'_, '_>) {
    let Some(issue) = &draft.payload.issue else { return };
    draft.numbered("#", issue.number.as_ref());
    draft.object("issue", issue.id.as_ref());
    draft.text(issue.title.as_ref(), issue.body.as_ref());
    draft.token_in_text(issue.body.as_ref());
    draft.updated(issue.updated_at.as_ref());
    issue_state(draft, issue);
    match draft.action {
        "closed" => draft.also("issue.closed"),
        "opened" => draft.also("issue.opened"),
        _ => {}
    }
    changed_things(draft);
    draft.attribute("title", issue.title.as_ref());
    draft.attribute("url", issue.html_url.as_ref());
    draft.attribute("app", issue.performed_via_github_app.as_ref().and_then(|app| app.slug.as_ref()));
}

fn issue_state(draft: &mut Draft<'_, '_>, issue: &Issue<'_>) {
    match draft.action {
        "opened" | "closed" | "reopened" => {
            if let Some(state) = &issue.state {
                draft.state("state", state);
            }
        }
        "deleted" | "transferred" => draft.state("state", draft.action),
        "edited" => draft.text_state(),
        "labeled" | "unlabeled" => draft.state("labels", &labels(issue.labels.as_deref())),
        "assigned" | "unassigned" => draft.state("assignees", &logins(issue.assignees.as_deref())),
        "milestoned" | "demilestoned" => {
            let title = issue.milestone.as_ref().and_then(|milestone| milestone.title.as_deref());
            draft.state("milestone", title.unwrap_or_default());
        }
        "locked" | "unlocked" => draft.flag("locked", draft.action == "locked"),
        "pinned" | "unpinned" => draft.flag("pinned", draft.action == "pinned"),
        _ => {}
    }
}

/// The label, person or team that was added or taken away.
fn changed_things(draft: &mut Draft<'_, '_>) {
    let payload = draft.payload;
    draft.attribute("label", payload.label.as_ref().and_then(|label| label.name.as_ref()));
    draft.attribute("assignee", payload.assignee.as_ref().and_then(|user| user.login.as_ref()));
    draft.attribute("reviewer", payload.requested_reviewer.as_ref().and_then(|user| user.login.as_ref()));
    draft.attribute("reviewer_team", payload.requested_team.as_ref().and_then(|team| team.slug.as_ref()));
}

pub(super) fn issue_comment(draft: &mut Draft<'_, '_>) {
    let issue = draft.payload.issue.as_ref();
    draft.numbered("#", issue.and_then(|issue| issue.number.as_ref()));
    comment(draft, "comment");
    if draft.action == "created" {
        let on_pull = issue.is_some_and(|issue| issue.pull_request.is_some());
        draft.also(if on_pull { "pr.commented" } else { "issue.commented" });
    }
    draft.attribute("title", issue.and_then(|issue| issue.title.as_ref()));
}

/// What all comments have.
fn comment(draft: &mut Draft<'_, '_>, object: &str) {
    let Some(comment) = &draft.payload.comment else { return };
    draft.object(object, comment.id.as_ref());
    draft.text(None, comment.body.as_ref());
    draft.token_in_text(comment.body.as_ref());
    draft.updated(comment.updated_at.as_ref());
    match draft.action {
        "edited" => draft.text_state(),
        "deleted" => draft.state("state", "deleted"),
        _ => {}
    }
    draft.attribute("url", comment.html_url.as_ref());
    draft.attribute("app", comment.performed_via_github_app.as_ref().and_then(|app| app.slug.as_ref()));
}

pub(super) fn pull_request(draft: &mut Draft<'_, '_>) {
    let Some(pull) = &draft.payload.pull_request else { return };
    pull_subject(draft, pull);
    draft.object("pull", pull.id.as_ref());
    draft.text(pull.title.as_ref(), pull.body.as_ref());
    draft.token_in_text(pull.body.as_ref());
    draft.updated(pull.updated_at.as_ref());
    pull_state(draft, pull);
    let merged = pull.merged == Some(true);
    match draft.action {
        "opened" => draft.also("pr.opened"),
        "closed" => draft.also(if merged { "pr.merged" } else { "pr.closed" }),
        "synchronize" => draft.also("pr.updated"),
        "ready_for_review" => draft.also("pr.ready"),
        _ => {}
    }
    changed_things(draft);
    draft.attribute("url", pull.html_url.as_ref());
    if pull.draft == Some(true) {
        draft.attribute("draft", Some(&Words::Borrowed("true")));
    }
}

fn pull_subject(draft: &mut Draft<'_, '_>, pull: &Pull<'_>) {
    draft.numbered("#", pull.number.as_ref());
    draft.attribute("title", pull.title.as_ref());
    if let Some(head) = &pull.head {
        draft.attribute("ref", head.name.as_ref());
        draft.attribute("sha", head.sha.as_ref());
    }
    draft.attribute("base_ref", pull.base.as_ref().and_then(|base| base.name.as_ref()));
}

fn pull_state(draft: &mut Draft<'_, '_>, pull: &Pull<'_>) {
    match draft.action {
        "closed" if pull.merged == Some(true) => draft.state("state", "merged"),
        "opened" | "closed" | "reopened" => {
            if let Some(state) = &pull.state {
                draft.state("state", state);
            }
        }
        "synchronize" => {
            if let Some(sha) = pull.head.as_ref().and_then(|head| head.sha.as_ref()) {
                draft.state("head", sha);
            }
        }
        "edited" => draft.text_state(),
        "labeled" | "unlabeled" => draft.state("labels", &labels(pull.labels.as_deref())),
        "assigned" | "unassigned" => draft.state("assignees", &logins(pull.assignees.as_deref())),
        "milestoned" | "demilestoned" => {
            let title = pull.milestone.as_ref().and_then(|milestone| milestone.title.as_deref());
            draft.state("milestone", title.unwrap_or_default());
        }
        "review_requested" | "review_request_removed" => {
            let people = pull.requested_reviewers.iter().flatten().filter_map(|user| user.login.as_deref());
            let teams = pull.requested_teams.iter().flatten().filter_map(|team| team.slug.as_deref());
            draft.state("reviewers", &sorted(people.chain(teams)));
        }
        "ready_for_review" | "converted_to_draft" => draft.flag("draft", draft.action == "converted_to_draft"),
        "locked" | "unlocked" => draft.flag("locked", draft.action == "locked"),
        "auto_merge_enabled" | "auto_merge_disabled" => {
            draft.flag("auto_merge", draft.action == "auto_merge_enabled");
        }
        "enqueued" | "dequeued" => draft.flag("queued", draft.action == "enqueued"),
        _ => {}
    }
}

pub(super) fn review(draft: &mut Draft<'_, '_>) {
    if let Some(pull) = &draft.payload.pull_request {
        pull_subject(draft, pull);
    }
    let Some(review) = &draft.payload.review else { return };
    draft.object("review", review.id.as_ref());
    draft.text(None, review.body.as_ref());
    draft.token_in_text(review.body.as_ref());
    draft.updated(review.updated_at.as_ref().or(review.submitted_at.as_ref()));
    // Webhooks write `approved`, the REST API `APPROVED`.
    let state = review.state.as_ref().map(|state| state.to_ascii_lowercase()).unwrap_or_default();
    match draft.action {
        "edited" => draft.text_state(),
        "dismissed" => draft.state("review", "dismissed"),
        _ if !state.is_empty() => draft.state("review", &state),
        _ => {}
    }
    match (draft.action, state.as_str()) {
        ("submitted", "approved") => draft.also("pr.approved"),
        ("submitted", "changes_requested") => draft.also("pr.changes_requested"),
        ("submitted", "commented") => draft.also("pr.commented"),
        _ => {}
    }
    draft.attribute("url", review.html_url.as_ref());
}

pub(super) fn review_comment(draft: &mut Draft<'_, '_>) {
    if let Some(pull) = &draft.payload.pull_request {
        pull_subject(draft, pull);
    }
    comment(draft, "review_comment");
    let answered = draft.payload.comment.as_ref().and_then(|comment| comment.in_reply_to_id.as_ref());
    draft.reply_to("review_comment", answered);
    if draft.action == "created" {
        draft.also("pr.commented");
    }
}

pub(super) fn review_thread(draft: &mut Draft<'_, '_>) {
    if let Some(pull) = &draft.payload.pull_request {
        pull_subject(draft, pull);
    }
    draft.updated(draft.payload.updated_at.as_ref());
    draft.object("review_thread", draft.payload.thread.as_ref().and_then(|thread| thread.node_id.as_ref()));
    if draft.is(&["resolved", "unresolved"]) {
        draft.flag("resolved", draft.action == "resolved");
    }
}

pub(super) fn commit_comment(draft: &mut Draft<'_, '_>) {
    let commit = draft.payload.comment.as_ref().and_then(|comment| comment.commit_id.as_ref());
    draft.at(commit);
    comment(draft, "commit_comment");
    draft.attribute("sha", commit);
}

pub(super) fn discussion(draft: &mut Draft<'_, '_>) {
    let Some(discussion) = &draft.payload.discussion else { return };
    draft.numbered("/discussions/", discussion.number.as_ref());
    draft.object("discussion", discussion.id.as_ref());
    draft.text(discussion.title.as_ref(), discussion.body.as_ref());
    draft.token_in_text(discussion.body.as_ref());
    draft.updated(discussion.updated_at.as_ref());
    discussion_state(draft, discussion);
    changed_things(draft);
    draft.attribute("title", discussion.title.as_ref());
    draft.attribute("url", discussion.html_url.as_ref());
    draft.attribute("category", discussion.category.as_ref().and_then(|category| category.slug.as_ref()));
}

fn discussion_state(draft: &mut Draft<'_, '_>, discussion: &Discussion<'_>) {
    match draft.action {
        "created" | "closed" | "reopened" => {
            if let Some(state) = &discussion.state {
                draft.state("state", state);
            }
        }
        "deleted" | "transferred" => draft.state("state", draft.action),
        "edited" => draft.text_state(),
        "labeled" | "unlabeled" => draft.state("labels", &labels(discussion.labels.as_deref())),
        "answered" | "unanswered" => draft.flag("answered", draft.action == "answered"),
        "locked" | "unlocked" => draft.flag("locked", draft.action == "locked"),
        "pinned" | "unpinned" => draft.flag("pinned", draft.action == "pinned"),
        "category_changed" => {
            let slug = discussion.category.as_ref().and_then(|category| category.slug.as_deref());
            draft.state("category", slug.unwrap_or_default());
        }
        _ => {}
    }
}

pub(super) fn discussion_comment(draft: &mut Draft<'_, '_>) {
    let discussion = draft.payload.discussion.as_ref();
    draft.numbered("/discussions/", discussion.and_then(|discussion| discussion.number.as_ref()));
    comment(draft, "discussion_comment");
    let parent = draft.payload.comment.as_ref().and_then(|comment| comment.parent_id.as_ref());
    draft.reply_to("discussion_comment", parent);
    draft.attribute("title", discussion.and_then(|discussion| discussion.title.as_ref()));
}
