//! Alerts, accounts, settings, and every event that no other file knows.

use super::{
    draft::Draft,
    payload::{Alert, Payload, Thing, User},
};

pub(super) fn alert(draft: &mut Draft<'_, '_>, family: &str) {
    let Some(alert) = &draft.payload.alert else { return };
    if let Some(id) = alert.number.as_ref().or(alert.id.as_ref()) {
        draft.subject(&["/", family, "/", &id.0]);
        // Numbered within its repository: the subject is the only name that is the same everywhere.
        draft.event.object = Some(draft.event.subject.clone());
    }
    describe_alert(draft, alert);
    match draft.action {
        "created" | "create" | "reopened" | "reopened_by_user" | "appeared_in_branch" | "reintroduced" => {
            draft.also("alert.opened");
        }
        "fixed" | "closed_by_user" | "dismissed" | "dismiss" | "auto_dismissed" | "resolved" | "resolve" => {
            draft.also("alert.closed");
        }
        _ => {}
    }
    draft.attribute_ref("ref", draft.payload.ref_name.as_ref());
    draft.attribute("sha", draft.payload.commit_oid.as_ref());
}

fn describe_alert(draft: &mut Draft<'_, '_>, alert: &Alert<'_>) {
    let rule = alert.rule.as_ref();
    let advisory = alert.security_advisory.as_ref();
    let said = alert.summary.as_ref().or_else(|| advisory?.summary.as_ref()).or_else(|| rule?.description.as_ref());
    draft.text(None, said.or(alert.secret_type_display_name.as_ref()).or(alert.affected_package_name.as_ref()));
    draft.updated(alert.updated_at.as_ref().or(alert.created_at.as_ref()));
    if let Some(state) = &alert.state {
        draft.state("state", state);
    }
    let severity = alert.severity.as_ref().or_else(|| advisory?.severity.as_ref());
    draft.attribute("severity", severity.or_else(|| rule?.severity.as_ref()));
    draft.attribute("advisory", alert.ghsa_id.as_ref());
    draft.attribute("url", alert.html_url.as_ref());
}

pub(super) fn advisory(draft: &mut Draft<'_, '_>) {
    let Some(advisory) = &draft.payload.security_advisory else { return };
    if let Some(id) = &advisory.ghsa_id {
        draft.account(&["advisories/", id]);
        draft.event.object = Some(draft.event.subject.clone());
    }
    describe_alert(draft, advisory);
    draft.state("state", draft.action);
}

/// Settings, accounts and whatever GitHub adds: the thing an event is named after says what there is to say.
pub(super) fn other(draft: &mut Draft<'_, '_>, name: &str) {
    let payload = draft.payload;
    let subject_known = subject_of_thing(draft);
    if let Some((kind, thing)) = thing(payload, name) {
        draft.object(kind, thing.id.as_ref().or(thing.node_id.as_ref()));
        let title = thing.title.as_ref().or(thing.name.as_ref());
        draft.text(title, thing.description.as_ref().or(thing.note.as_ref()));
        draft.updated(thing.updated_at.as_ref());
        draft.attribute("name", title);
        draft.attribute("url", thing.html_url.as_ref());
        named_subject(draft, kind, thing);
    } else if !subject_known {
        account_subject(draft, name);
    }
    people(draft);
    state_of_other(draft, name);
}

/// An event that is not known by name may still say which issue, pull request or discussion it is about.
fn subject_of_thing(draft: &mut Draft<'_, '_>) -> bool {
    let payload = draft.payload;
    let issue = payload.issue.as_ref().and_then(|issue| issue.number.as_ref());
    let pull = payload.pull_request.as_ref().and_then(|pull| pull.number.as_ref());
    let discussion = payload.discussion.as_ref().and_then(|discussion| discussion.number.as_ref());
    match (pull.or(issue), discussion) {
        (Some(number), _) => draft.numbered("#", Some(number)),
        (None, Some(number)) => draft.numbered("/discussions/", Some(number)),
        (None, None) => return false,
    }
    true
}

/// The thing an event is about, and what its objects are called.
fn thing<'p, 'a>(payload: &'p Payload<'a>, name: &str) -> Option<(&'static str, &'p Thing<'a>)> {
    let (kind, thing) = match name {
        "branch_protection_rule" => ("branch_protection_rule", &payload.rule),
        "deploy_key" => ("deploy_key", &payload.key),
        "label" => ("label", &payload.label),
        "meta" | "ping" => ("hook", &payload.hook),
        "milestone" => ("milestone", &payload.milestone),
        "package" => ("package", &payload.package),
        "registry_package" => ("package", &payload.registry_package),
        "project" => ("project", &payload.project),
        "project_card" => ("project_card", &payload.project_card),
        "project_column" => ("project_column", &payload.project_column),
        "projects_v2" => ("projects_v2", &payload.projects_v2),
        "projects_v2_item" => ("projects_v2_item", &payload.projects_v2_item),
        "team" | "team_add" | "membership" => ("team", &payload.team),
        _ => return None,
    };
    Some((kind, thing.as_ref()?))
}

/// Subjects of things that have a page of their own.
fn named_subject(draft: &mut Draft<'_, '_>, kind: &str, thing: &Thing<'_>) {
    let payload = draft.payload;
    let organization = payload.organization.as_ref().and_then(|organization| organization.login.as_deref());
    let owner =
        payload.repository.as_ref().and_then(|repository| Some(repository.full_name.as_deref()?.split_once('/')?.0));
    match kind {
        "milestone" => draft.numbered("/milestones/", thing.number.as_ref()),
        "package" => draft.numbered("/packages/", thing.id.as_ref()),
        "project" => draft.numbered("/projects/", thing.id.as_ref()),
        "projects_v2" => draft.numbered("/projects/", thing.node_id.as_ref()),
        "label" => {
            if let Some(name) = &thing.name {
                draft.subject(&["/labels/", name]);
            }
        }
        "project_card" | "project_column" => {
            let project = thing.project_url.as_ref().and_then(|url| url.rsplit('/').next());
            if let Some(project) = project {
                draft.subject(&["/projects/", project]);
            }
        }
        "projects_v2_item" => {
            if let Some(project) = &thing.project_node_id {
                draft.subject(&["/projects/", project]);
            }
        }
        "team" => {
            if let (Some(account), Some(team)) = (organization.or(owner), &thing.slug) {
                draft.account(&[account, "/teams/", team]);
            }
        }
        _ => {}
    }
}

/// Subjects of events about an account.
fn account_subject(draft: &mut Draft<'_, '_>, name: &str) {
    let payload = draft.payload;
    let installation = payload.installation.as_ref().and_then(|installation| installation.value.as_ref());
    match name {
        "installation" | "installation_repositories" | "installation_target" => {
            let account = login(installation.and_then(|installation| installation.account.as_ref()));
            let id = installation.and_then(|installation| installation.id.as_ref());
            if let (Some(account), Some(id)) = (account, id) {
                draft.account(&[account, "/installations/", &id.0]);
            }
            draft.object("installation", id);
        }
        "marketplace_purchase" => {
            let purchase = payload.marketplace_purchase.as_ref();
            if let Some(account) = login(purchase.and_then(|purchase| purchase.account.as_ref())) {
                draft.account(&[account]);
            }
        }
        "sponsorship" => {
            let sponsorship = payload.sponsorship.as_ref();
            if let Some(account) = login(sponsorship.and_then(|sponsorship| sponsorship.sponsorable.as_ref())) {
                draft.account(&[account]);
            }
            draft.object("sponsorship", sponsorship.and_then(|sponsorship| sponsorship.node_id.as_ref()));
        }
        "repository" => {
            let repository = payload.repository.as_ref();
            draft.object("repository", repository.and_then(|repository| repository.id.as_ref()));
            draft.updated(repository.and_then(|repository| repository.updated_at.as_ref()));
        }
        "page_build" => {
            draft.object("page_build", payload.id.as_ref());
            let build = payload.build.as_ref();
            draft.updated(build.and_then(|build| build.updated_at.as_ref()));
            draft.attribute("sha", build.and_then(|build| build.commit.as_ref()));
        }
        "fork" => {
            let fork = payload.forkee.as_ref();
            draft.object("repository", fork.and_then(|fork| fork.id.as_ref()));
            draft.attribute("fork", fork.and_then(|fork| fork.full_name.as_ref()));
            draft.attribute("url", fork.and_then(|fork| fork.html_url.as_ref()));
        }
        _ => {}
    }
}

/// Who was added, removed, invited or blocked.
fn people(draft: &mut Draft<'_, '_>) {
    let payload = draft.payload;
    let member = payload.member.as_ref().or_else(|| payload.membership.as_ref()?.user.as_ref());
    draft.attribute("member", member.and_then(|member| member.login.as_ref()));
    draft.attribute("blocked_user", payload.blocked_user.as_ref().and_then(|user| user.login.as_ref()));
}

fn state_of_other(draft: &mut Draft<'_, '_>, name: &str) {
    let payload = draft.payload;
    match (name, draft.action) {
        ("milestone", "opened" | "closed" | "created") => {
            let state = payload.milestone.as_ref().and_then(|milestone| milestone.state.as_deref());
            draft.state("state", state.unwrap_or_default());
        }
        ("milestone" | "label", "edited") => draft.text_state(),
        ("repository", "archived" | "unarchived") => draft.flag("archived", draft.action == "archived"),
        ("repository", "privatized") => draft.state("visibility", "private"),
        ("repository", "publicized") => draft.state("visibility", "public"),
        ("public", _) => draft.state("visibility", "public"),
        ("installation", "suspend" | "unsuspend") => draft.flag("suspended", draft.action == "suspend"),
        ("page_build", _) => {
            let status = payload.build.as_ref().and_then(|build| build.status.as_deref());
            draft.state("status", status.unwrap_or_default());
        }
        ("label" | "milestone" | "project" | "project_card" | "project_column" | "team", "deleted") => {
            draft.state("state", "deleted");
        }
        _ => {}
    }
}

fn login<'p>(user: Option<&'p User<'_>>) -> Option<&'p str> {
    user?.login.as_deref()
}
