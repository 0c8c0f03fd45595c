//! GitHub: actors, issues, pull requests, comments, pushes and releases.

use reynolds::{
    Event, Timestamp,
    event::{
        Actor, ActorClass,
        github::{Headers, read},
    },
};

use crate::{assert_admissible, attributes, state};

#[track_caller]
pub fn github(name: &str, body: &str) -> Event {
    let headers = Headers { event: name, delivery: "72d3162e-cc78-11e3-81ab-4c9367dc0958", ..Headers::default() };
    let event = read(&headers, body.as_bytes()).expect("a readable delivery");
    assert_admissible(&event);
    event
}

#[test]
fn an_issue_that_was_opened() {
    let event = github(
        "issues",
        r#"{"action":"opened",
            "issue":{"id":444500041,"number":7,"title":"Typo","body":"In the README.","state":"open",
                "html_url":"https://github.com/acme/api/issues/7","updated_at":"2019-05-15T15:20:18Z",
                "labels":[],"performed_via_github_app":null},
            "repository":{"full_name":"acme/api","id":1},
            "sender":{"login":"octocat","type":"User"}}"#,
    );
    assert_eq!(event.id, "72d3162e-cc78-11e3-81ab-4c9367dc0958");
    assert_eq!(event.source, "github");
    assert_eq!(event.kind, "issues.opened");
    assert_eq!(event.also, ["issue.opened"]);
    assert_eq!(event.subject, "github:acme/api#7");
    assert_eq!(event.about, None);
    assert_eq!(event.actor, Some(Actor { id: "github:octocat".into(), class: ActorClass::Human }));
    assert_eq!(event.object.as_deref(), Some("github:issue/444500041"));
    assert_eq!(event.text.as_deref(), Some("Typo\nIn the README."));
    assert_eq!(event.state, state("state", "open"));
    assert_eq!(event.version, Some(1_557_933_618_000));
    assert_eq!(event.occurred_at, Some(Timestamp(1_557_933_618_000)));
    assert_eq!(event.token, None);
    assert_eq!(
        attributes(&event),
        "action=opened\nrepository=acme/api\ntitle=Typo\nurl=https://github.com/acme/api/issues/7"
    );
}

#[test]
fn the_class_of_an_actor_is_what_github_says() {
    let class = |sender: &str| {
        let event = github("watch", &format!(r#"{{"action":"started","sender":{sender}}}"#));
        event.actor.map(|actor| (actor.id, actor.class))
    };
    let actor = |id: &str, class| Some((id.into(), class));
    assert_eq!(class(r#"{"login":"a","type":"User"}"#), actor("github:a", ActorClass::Human));
    assert_eq!(class(r#"{"login":"a","type":"Bot"}"#), actor("github:a", ActorClass::Bot));
    assert_eq!(class(r#"{"login":"renovate[bot]","type":"User"}"#), actor("github:renovate[bot]", ActorClass::Bot));
    assert_eq!(class(r#"{"login":"acme","type":"Organization"}"#), actor("github:acme", ActorClass::App));
    assert_eq!(class(r#"{"login":"a","type":"Mannequin"}"#), actor("github:a", ActorClass::Unknown));
    assert_eq!(class(r#"{"login":"a"}"#), actor("github:a", ActorClass::Unknown));
    assert_eq!(class(r#"{"login":""}"#), None);
    assert_eq!(class(r#"{"type":"User"}"#), None);
    assert_eq!(class("null"), None);
}

#[test]
fn what_was_done_to_an_issue_decides_which_state_it_has() {
    let issue = r#""issue":{"number":7,"title":"T","body":"B","state":"closed","labels":[{"name":"p1"},{"name":"bug"}],
        "assignees":[{"login":"zoe"},{"login":"adam"}],"milestone":{"title":"1.0"}},"repository":{"full_name":"a/b"}"#;
    for (action, property, value) in [
        ("closed", "state", "closed"),
        ("reopened", "state", "closed"),
        ("transferred", "state", "transferred"),
        ("deleted", "state", "deleted"),
        ("labeled", "labels", "bug,p1"),
        ("unlabeled", "labels", "bug,p1"),
        ("assigned", "assignees", "adam,zoe"),
        ("milestoned", "milestone", "1.0"),
        ("locked", "locked", "true"),
        ("unlocked", "locked", "false"),
        ("unpinned", "pinned", "false"),
    ] {
        let event = github("issues", &format!(r#"{{"action":"{action}",{issue}}}"#));
        assert_eq!(event.state, state(property, value), "{action}");
        assert_eq!(event.kind, format!("issues.{action}"));
    }
    // The same text is the same state, another text is another.
    let edited = |text: &str| {
        let body = format!(r#"{{"action":"edited","issue":{{"number":7,"title":"T","body":"{text}"}}}}"#);
        github("issues", &body).state.expect("a state")
    };
    assert_eq!(edited("one").property, "text");
    assert_eq!(edited("one"), edited("one"));
    assert_ne!(edited("one"), edited("two"));
    assert_eq!(github("issues", &format!(r#"{{"action":"from_the_future",{issue}}}"#)).state, None);
}

#[test]
fn a_label_is_named_in_the_attributes() {
    let event = github(
        "issues",
        r#"{"action":"labeled","issue":{"number":7,"labels":[{"name":"bug"}]},"label":{"name":"bug"},
            "assignee":{"login":"zoe"},"installation":{"id":12,"node_id":"x"},"repository":{"full_name":"a/b"}}"#,
    );
    assert_eq!(attributes(&event), "action=labeled\nassignee=zoe\ninstallation=12\nlabel=bug\nrepository=a/b");
}

#[test]
fn a_comment_is_on_its_issue_or_pull_request() {
    let comment = |issue: &str, action: &str| {
        github(
            "issue_comment",
            &format!(
                r#"{{"action":"{action}","issue":{{"number":7,"title":"T"{issue}}},
                    "comment":{{"id":17,"body":"hello","updated_at":"2019-05-15T15:20:18Z"}},
                    "repository":{{"full_name":"acme/api"}}}}"#
            ),
        )
    };
    let event = comment("", "created");
    assert_eq!(event.kind, "issue_comment.created");
    assert_eq!(event.also, ["issue.commented"]);
    assert_eq!(event.subject, "github:acme/api#7");
    assert_eq!(event.object.as_deref(), Some("github:comment/17"));
    assert_eq!(event.text.as_deref(), Some("hello"));
    assert_eq!(event.state, None);
    assert_eq!(comment(r#","pull_request":{"url":"u"}"#, "created").also, ["pr.commented"]);
    assert_eq!(comment("", "deleted").state, state("state", "deleted"));
    assert!(comment("", "deleted").also.is_empty());
}

#[test]
fn a_pull_request_and_what_becomes_of_it() {
    let pull = |action: &str, more: &str| {
        github(
            "pull_request",
            &format!(
                r#"{{"action":"{action}","number":8,"pull_request":{{"id":90,"number":8,"title":"T","body":null,
                    "state":"closed","head":{{"ref":"fix","sha":"aaa"}},"base":{{"ref":"main","sha":"bbb"}},
                    "requested_reviewers":[{{"login":"zoe"}}],"requested_teams":[{{"slug":"core"}}]{more}}},
                    "repository":{{"full_name":"acme/api"}}}}"#
            ),
        )
    };
    let merged = pull("closed", r#","merged":true"#);
    assert_eq!(merged.kind, "pull_request.closed");
    assert_eq!(merged.also, ["pr.merged"]);
    assert_eq!(merged.state, state("state", "merged"));
    assert_eq!(merged.subject, "github:acme/api#8");
    assert_eq!(merged.object.as_deref(), Some("github:pull/90"));
    assert_eq!(merged.text.as_deref(), Some("T"));
    assert_eq!(attributes(&merged), "action=closed\nbase_ref=main\nref=fix\nrepository=acme/api\nsha=aaa\ntitle=T");

    let closed = pull("closed", r#","merged":false"#);
    assert_eq!(closed.also, ["pr.closed"]);
    assert_eq!(closed.state, state("state", "closed"));
    assert_eq!(pull("synchronize", "").state, state("head", "aaa"));
    assert_eq!(pull("synchronize", "").also, ["pr.updated"]);
    assert_eq!(pull("ready_for_review", "").state, state("draft", "false"));
    assert_eq!(pull("ready_for_review", "").also, ["pr.ready"]);
    assert_eq!(pull("converted_to_draft", "").state, state("draft", "true"));
    assert_eq!(pull("review_requested", "").state, state("reviewers", "core,zoe"));
    assert_eq!(pull("auto_merge_enabled", "").state, state("auto_merge", "true"));
    assert_eq!(pull("dequeued", "").state, state("queued", "false"));
}

#[test]
fn reviews_and_their_comments_belong_to_the_pull_request() {
    let repository = r#""pull_request":{"number":8},"repository":{"full_name":"acme/api"}"#;
    let review = |action: &str, verdict: &str| {
        github(
            "pull_request_review",
            &format!(
                r#"{{"action":"{action}",{repository},"review":{{"id":5,"body":"fine","state":"{verdict}",
                    "submitted_at":"2019-05-15T15:20:38Z"}}}}"#
            ),
        )
    };
    let approved = review("submitted", "APPROVED");
    assert_eq!(approved.subject, "github:acme/api#8");
    assert_eq!(approved.object.as_deref(), Some("github:review/5"));
    assert_eq!(approved.also, ["pr.approved"]);
    assert_eq!(approved.state, state("review", "approved"));
    assert_eq!(approved.version, Some(1_557_933_638_000));
    assert_eq!(review("submitted", "changes_requested").also, ["pr.changes_requested"]);
    assert_eq!(review("dismissed", "approved").state, state("review", "dismissed"));

    let comment = github(
        "pull_request_review_comment",
        &format!(r#"{{"action":"created",{repository},"comment":{{"id":31,"in_reply_to_id":30,"body":"why?"}}}}"#),
    );
    assert_eq!(comment.object.as_deref(), Some("github:review_comment/31"));
    assert_eq!(comment.reply_to.as_deref(), Some("github:review_comment/30"));
    assert_eq!(comment.also, ["pr.commented"]);

    let thread = github(
        "pull_request_review_thread",
        &format!(r#"{{"action":"resolved",{repository},"thread":{{"node_id":"PRRT_1"}}}}"#),
    );
    assert_eq!(thread.object.as_deref(), Some("github:review_thread/PRRT_1"));
    assert_eq!(thread.state, state("resolved", "true"));
}

#[test]
fn discussions_and_their_comments() {
    let event = github(
        "discussion_comment",
        r#"{"action":"created","discussion":{"number":90,"title":"T"},"repository":{"full_name":"acme/api"},
            "comment":{"id":54,"parent_id":53,"body":"so many questions"}}"#,
    );
    assert_eq!(event.subject, "github:acme/api/discussions/90");
    assert_eq!(event.object.as_deref(), Some("github:discussion_comment/54"));
    assert_eq!(event.reply_to.as_deref(), Some("github:discussion_comment/53"));

    let answered = github(
        "discussion",
        r#"{"action":"answered","discussion":{"id":3,"number":90,"title":"T","category":{"slug":"q-a"}},
            "repository":{"full_name":"acme/api"}}"#,
    );
    assert_eq!(answered.object.as_deref(), Some("github:discussion/3"));
    assert_eq!(answered.state, state("answered", "true"));
    assert_eq!(answered.attributes.get("category").map(reynolds::Text::as_str), Some("q-a"));
}

#[test]
fn a_push_is_a_state_of_its_branch() {
    let event = github(
        "push",
        r#"{"ref":"refs/heads/main","before":"aaa","after":"bbb","compare":"https://github.com/acme/api/compare/a...b",
            "commits":[],"head_commit":{"id":"bbb","tree_id":"ttt","message":"Fix it\n\nAt last."},
            "repository":{"full_name":"acme/api","pushed_at":1741086901},"sender":{"login":"octocat","type":"User"}}"#,
    );
    assert_eq!(event.kind, "push");
    assert_eq!(event.subject, "github:acme/api@main");
    assert_eq!(event.object.as_deref(), Some("github:commit/bbb"));
    assert_eq!(event.text.as_deref(), Some("Fix it\n\nAt last."));
    assert_eq!(event.state, state("tree", "ttt"));
    assert_eq!(event.version, Some(1_741_086_901_000));
    assert_eq!(
        attributes(&event),
        "ref=main\nrepository=acme/api\nsha=bbb\nurl=https://github.com/acme/api/compare/a...b"
    );

    let deleted = github(
        "push",
        r#"{"ref":"refs/tags/v1","after":"000","deleted":true,"head_commit":null,"repository":{"full_name":"acme/api"}}"#,
    );
    assert_eq!(deleted.subject, "github:acme/api@v1");
    assert_eq!(deleted.state, state("exists", "false"));
    assert_eq!(deleted.object, None);
}

#[test]
fn branches_tags_and_releases() {
    let created = github("create", r#"{"ref":"fix","ref_type":"branch","repository":{"full_name":"acme/api"}}"#);
    assert_eq!((created.kind.as_str(), created.subject.as_str()), ("create", "github:acme/api@fix"));
    assert_eq!(created.also, ["branch.created"]);
    assert_eq!(created.state, state("exists", "true"));
    let deleted = github("delete", r#"{"ref":"v1","ref_type":"tag","repository":{"full_name":"acme/api"}}"#);
    assert_eq!(deleted.also, ["tag.deleted"]);
    assert_eq!(deleted.state, state("exists", "false"));

    let release = github(
        "release",
        r#"{"action":"published","release":{"id":17,"tag_name":"v1","name":"One","body":"first","draft":false,
            "prerelease":true,"published_at":"2019-05-15T15:20:53Z"},"repository":{"full_name":"acme/api"}}"#,
    );
    assert_eq!(release.subject, "github:acme/api/releases/17");
    assert_eq!(release.object.as_deref(), Some("github:release/17"));
    assert_eq!(release.text.as_deref(), Some("One\nfirst"));
    assert_eq!(release.state, state("state", "prerelease"));
}

#[test]
fn events_about_accounts_settings_and_things_have_a_subject() {
    for (name, body, subject, object) in [
        ("star", r#"{"action":"created","repository":{"full_name":"a/b"}}"#, "github:a/b", ""),
        ("ping", r#"{"hook":{"id":3},"hook_id":3,"organization":{"login":"a"}}"#, "github:a", "github:hook/3"),
        (
            "meta",
            r#"{"action":"deleted","hook":{"id":3},"repository":{"full_name":"a/b"}}"#,
            "github:a/b",
            "github:hook/3",
        ),
        (
            "label",
            r#"{"action":"created","label":{"id":4,"name":"bug"},"repository":{"full_name":"a/b"}}"#,
            "github:a/b/labels/bug",
            "github:label/4",
        ),
        (
            "milestone",
            r#"{"action":"closed","milestone":{"id":5,"number":1,"state":"closed"},"repository":{"full_name":"a/b"}}"#,
            "github:a/b/milestones/1",
            "github:milestone/5",
        ),
        (
            "team",
            r#"{"action":"edited","team":{"id":6,"slug":"core"},"organization":{"login":"a"}}"#,
            "github:a/teams/core",
            "github:team/6",
        ),
        (
            "team_add",
            r#"{"team":{"id":6,"slug":"core"},"repository":{"full_name":"a/b"}}"#,
            "github:a/teams/core",
            "github:team/6",
        ),
        (
            "installation",
            r#"{"action":"created","installation":{"id":2,"account":{"login":"a"}}}"#,
            "github:a/installations/2",
            "github:installation/2",
        ),
        ("github_app_authorization", r#"{"action":"revoked","sender":{"login":"zoe"}}"#, "github:zoe", ""),
        (
            "marketplace_purchase",
            r#"{"action":"purchased","marketplace_purchase":{"account":{"login":"a"}}}"#,
            "github:a",
            "",
        ),
        (
            "sponsorship",
            r#"{"action":"created","sponsorship":{"node_id":"S","sponsorable":{"login":"a"}}}"#,
            "github:a",
            "github:sponsorship/S",
        ),
        (
            "security_advisory",
            r#"{"action":"published","security_advisory":{"ghsa_id":"GHSA-1"}}"#,
            "github:advisories/GHSA-1",
            "github:advisories/GHSA-1",
        ),
        (
            "dependabot_alert",
            r#"{"action":"fixed","alert":{"number":9},"repository":{"full_name":"a/b"}}"#,
            "github:a/b/dependabot/9",
            "github:a/b/dependabot/9",
        ),
        (
            "project_card",
            r#"{"action":"created","project_card":{"id":7,"project_url":"https://api.github.com/projects/26"},
            "repository":{"full_name":"a/b"}}"#,
            "github:a/b/projects/26",
            "github:project_card/7",
        ),
        (
            "projects_v2_item",
            r#"{"action":"created","projects_v2_item":{"id":8,"project_node_id":"PVT_1"},
            "organization":{"login":"a"}}"#,
            "github:a/projects/PVT_1",
            "github:projects_v2_item/8",
        ),
        (
            "fork",
            r#"{"forkee":{"id":10,"full_name":"c/b"},"repository":{"full_name":"a/b"}}"#,
            "github:a/b",
            "github:repository/10",
        ),
        (
            "workflow_dispatch",
            r#"{"ref":"refs/heads/main","inputs":null,"repository":{"full_name":"a/b"}}"#,
            "github:a/b@main",
            "",
        ),
        (
            "repository_dispatch",
            r#"{"action":"go","client_payload":{},"repository":{"full_name":"a/b"}}"#,
            "github:a/b",
            "",
        ),
        (
            "merge_group",
            r#"{"action":"checks_requested","merge_group":{"head_ref":"refs/heads/q/1"},"repository":{"full_name":"a/b"}}"#,
            "github:a/b@q/1",
            "",
        ),
        ("enterprise_thing", r#"{"action":"x","enterprise":{"slug":"big"}}"#, "github:big", ""),
    ] {
        let event = github(name, body);
        assert_eq!(event.subject, subject, "{name}");
        assert_eq!(event.object.as_deref().unwrap_or_default(), object, "{name}");
    }
}

#[test]
fn an_unknown_event_or_action_is_read_as_far_as_it_goes() {
    let event = github(
        "issue_dependencies",
        r#"{"action":"blocked_by_added","issue":{"number":7},"repository":{"full_name":"acme/api"},
            "sender":{"login":"zoe","type":"User"}}"#,
    );
    assert_eq!(event.kind, "issue_dependencies.blocked_by_added");
    assert_eq!(event.subject, "github:acme/api#7");
    assert_eq!(event.actor.map(|actor| actor.id).as_deref(), Some("github:zoe"));
    assert_eq!(
        github("from_the_future", r#"{"discussion":{"number":2},"repository":{"full_name":"a/b"}}"#).subject,
        "github:a/b/discussions/2"
    );
    assert_eq!(github("from_the_future", "{}").subject, "github:");
    assert_eq!(github("from_the_future", "{}").kind, "from_the_future");
}

#[test]
fn fields_of_an_unexpected_type_are_absent() {
    let event = github(
        "issues",
        r#"{"action":["opened"],"issue":{"id":{"n":1},"number":"7","title":7,"body":null,"labels":"bug","updated_at":17},
            "repository":{"full_name":"acme/api"},"sender":"octocat","installation":[1]}"#,
    );
    assert_eq!(event.kind, "issues");
    assert_eq!(event.subject, "github:acme/api#7");
    assert_eq!((event.object, event.text, event.version, event.actor), (None, None, None, None));
}
