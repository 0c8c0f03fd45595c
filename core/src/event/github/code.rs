//! What happens to a repository's content: pushes, branches, releases, and the dispatches that start workflows.

use super::draft::{Draft, object};
use crate::{event::carried::Carrier, time::Timestamp};

pub(super) fn push(draft: &mut Draft<'_, '_>) {
    let payload = draft.payload;
    draft.at(payload.ref_name.as_ref());
    draft.attribute_ref("ref", payload.ref_name.as_ref());
    draft.attribute("sha", payload.after.as_ref());
    draft.attribute("url", payload.compare.as_ref());
    // The only time in a push that GitHub's own clock sets; those of the commits are their authors'.
    let pushed = payload.repository.as_ref().and_then(|repository| repository.pushed_at);
    let pushed = pushed.and_then(|seconds| seconds.checked_mul(1000)).map(Timestamp).filter(|at| *at <= Timestamp::MAX);
    draft.event.occurred_at = pushed;
    draft.event.version = pushed.map(|at| at.0);

    let messages = payload.commits.iter().flatten().filter_map(|commit| commit.message.as_ref());
    for message in messages {
        draft.token_in_commit(Some(message));
    }
    let Some(head) = &payload.head_commit else {
        // A deleted branch has no head.
        return draft.flag("exists", false);
    };
    draft.event.object = head.id.as_ref().map(|sha| object("commit", sha));
    draft.text(None, head.message.as_ref());
    draft.token_in_commit(head.message.as_ref());
    if let Some(tree) = &head.tree_id {
        draft.state("tree", tree);
    }
}

pub(super) fn create_or_delete(draft: &mut Draft<'_, '_>, created: bool) {
    let payload = draft.payload;
    draft.at(payload.ref_name.as_ref());
    draft.flag("exists", created);
    match (payload.ref_type.as_deref(), created) {
        (Some("branch"), true) => draft.also("branch.created"),
        (Some("branch"), false) => draft.also("branch.deleted"),
        (Some("tag"), true) => draft.also("tag.created"),
        (Some("tag"), false) => draft.also("tag.deleted"),
        _ => {}
    }
    draft.attribute_ref("ref", payload.ref_name.as_ref());
    draft.attribute("ref_type", payload.ref_type.as_ref());
}

pub(super) fn merge_group(draft: &mut Draft<'_, '_>) {
    let Some(group) = &draft.payload.merge_group else { return };
    draft.at(group.head_ref.as_ref());
    if let Some(head) = &group.head_commit {
        draft.event.object = head.id.as_ref().map(|sha| object("commit", sha));
        draft.text(None, head.message.as_ref());
        draft.token_in_commit(head.message.as_ref());
        if let Some(tree) = &head.tree_id {
            draft.state("tree", tree);
        }
    }
    draft.attribute_ref("ref", group.head_ref.as_ref());
    draft.attribute_ref("base_ref", group.base_ref.as_ref());
    draft.attribute("sha", group.head_sha.as_ref());
}

pub(super) fn release(draft: &mut Draft<'_, '_>) {
    let Some(release) = &draft.payload.release else { return };
    draft.numbered("/releases/", release.id.as_ref());
    draft.object("release", release.id.as_ref());
    draft.text(release.name.as_ref(), release.body.as_ref());
    draft.token_in_text(release.body.as_ref());
    let changed = release.updated_at.as_ref().or(release.published_at.as_ref());
    draft.updated(changed.or(release.created_at.as_ref()));
    match draft.action {
        "edited" => draft.text_state(),
        "deleted" | "unpublished" => draft.state("state", draft.action),
        _ if release.draft == Some(true) => draft.state("state", "draft"),
        _ if release.prerelease == Some(true) => draft.state("state", "prerelease"),
        _ => draft.state("state", "released"),
    }
    draft.attribute("tag", release.tag_name.as_ref());
    draft.attribute("title", release.name.as_ref());
    draft.attribute("url", release.html_url.as_ref());
}

pub(super) fn workflow_dispatch(draft: &mut Draft<'_, '_>) {
    let payload = draft.payload;
    draft.at(payload.ref_name.as_ref());
    draft.event.token = payload.inputs.as_ref().and_then(Carrier::token);
    draft.attribute_ref("ref", payload.ref_name.as_ref());
    draft.attribute("workflow", payload.workflow.as_ref());
}

pub(super) fn repository_dispatch(draft: &mut Draft<'_, '_>) {
    let payload = draft.payload;
    draft.event.token = payload.client_payload.as_ref().and_then(Carrier::token);
    draft.attribute_ref("ref", payload.branch.as_ref());
}
