//! Teams and other Bot Framework channels.

use reynolds::{
    Event, Timestamp,
    event::{Actor, ActorClass, ReadError, teams::read},
};

use crate::{assert_admissible, attributes, state};

#[track_caller]
fn teams(body: &str) -> Event {
    let event = read(body.as_bytes()).expect("a readable activity");
    assert_admissible(&event);
    event
}

/// A message in a thread, with what a test wants to change behind it: of a key that occurs twice the reader would
/// complain.
fn message(more: &str) -> Event {
    teams(&format!(
        r#"{{"type":"message","channelId":"msteams","conversation":{{"id":"19:c@thread.tacv2;messageid=100",
            "conversationType":"channel","tenantId":"t1"}},
            "from":{{"id":"29:ada","name":"Ada","aadObjectId":"7c1d"}}{more}}}"#
    ))
}

const TOKEN: &str = "ry1.k1.7.12.3.40.abcdefgh";

#[test]
fn a_message_in_a_thread() {
    let event =
        message(r#","id":"101","timestamp":"2025-03-04T09:30:55.480Z","text":"who looks at it?","replyToId":"100""#);
    assert_eq!(event.id, "19:c@thread.tacv2;messageid=100/101");
    assert_eq!(event.source, "teams");
    assert_eq!(event.kind, "message");
    assert_eq!(event.subject, "teams:19:c@thread.tacv2;messageid=100");
    assert_eq!(event.object.as_deref(), Some("teams:msg/19:c@thread.tacv2/101"));
    assert_eq!(event.reply_to.as_deref(), Some("teams:msg/19:c@thread.tacv2/100"));
    assert_eq!(event.actor, Some(Actor { id: "teams:7c1d".into(), class: ActorClass::Human }));
    assert_eq!(event.text.as_deref(), Some("who looks at it?"));
    assert_eq!(event.occurred_at, Some(Timestamp(1_741_080_655_480)));
    assert_eq!(event.version, Some(1_741_080_655_480));
    assert_eq!(event.tenant, None);
    assert_eq!(attributes(&event), "channel=msteams\nconversation_type=channel\nfrom=Ada\ntenant_id=t1");
}

#[test]
fn the_first_message_of_a_thread_answers_nothing() {
    assert_eq!(message(r#","id":"100""#).reply_to, None);
    // A later one answers the thread, also if it does not say so.
    assert_eq!(message(r#","id":"101""#).reply_to.as_deref(), Some("teams:msg/19:c@thread.tacv2/100"));
    assert_eq!(
        message(r#","id":"102","replyToId":"101""#).reply_to.as_deref(),
        Some("teams:msg/19:c@thread.tacv2/101")
    );
    let chat = teams(r#"{"type":"message","id":"5","conversation":{"id":"a:chat"},"text":"hi"}"#);
    assert_eq!((chat.reply_to, chat.subject.as_str()), (None, "teams:a:chat"));
}

#[test]
fn the_class_of_an_actor_is_its_role_or_what_teams_ids_say() {
    let class = |channel: &str, from: &str| {
        let body = format!(r#"{{"type":"message","channelId":"{channel}","conversation":{{"id":"c"}},"from":{from}}}"#);
        teams(&body).actor.map(|actor| (actor.id, actor.class))
    };
    let actor = |id: &str, class| Some((id.into(), class));
    assert_eq!(class("msteams", r#"{"id":"x","role":"user"}"#), actor("teams:x", ActorClass::Human));
    assert_eq!(class("msteams", r#"{"id":"x","role":"bot"}"#), actor("teams:x", ActorClass::Bot));
    assert_eq!(
        class("msteams", r#"{"id":"29:x","aadObjectId":"y","role":"skill"}"#),
        actor("teams:y", ActorClass::Bot)
    );
    assert_eq!(class("msteams", r#"{"id":"28:app"}"#), actor("teams:28:app", ActorClass::Bot));
    assert_eq!(class("msteams", r#"{"id":"29:x","aadObjectId":"y"}"#), actor("teams:y", ActorClass::Human));
    assert_eq!(class("msteams", r#"{"id":"29:x"}"#), actor("teams:29:x", ActorClass::Unknown));
    assert_eq!(class("webchat", r#"{"id":"29:x","aadObjectId":"y"}"#), actor("webchat:y", ActorClass::Unknown));
    assert_eq!(class("msteams", r#"{"name":"Ada"}"#), None);
}

#[test]
fn another_channel_is_another_source() {
    let event = teams(
        r#"{"type":"message","id":"1","channelId":"webchat","conversation":{"id":"c1"},"from":{"id":"u"},"replyToId":"0"}"#,
    );
    assert_eq!(event.source, "webchat");
    assert_eq!(event.subject, "webchat:c1");
    assert_eq!(event.object.as_deref(), Some("webchat:msg/c1/1"));
    assert_eq!(event.reply_to.as_deref(), Some("webchat:msg/c1/0"));
}

#[test]
fn an_edit_is_not_a_duplicate_of_its_message() {
    let at = |kind: &str, second: u32| {
        teams(&format!(
            r#"{{"type":"{kind}","id":"101","timestamp":"2025-03-04T09:30:{second:02}Z","conversation":{{"id":"c"}},"text":"new"}}"#
        ))
    };
    let (sent, edited) = (at("message", 1), at("messageUpdate", 2));
    assert_eq!(edited.kind, "message.updated");
    assert_eq!(sent.object, edited.object);
    assert_eq!(sent.id, "c/101");
    assert_eq!(edited.id, "c/101/messageUpdate/2025-03-04T09:30:02Z");
    assert_ne!(edited.id, at("messageUpdate", 3).id);
    assert!(sent.version < edited.version);
    assert_eq!(edited.state.map(|state| state.property).as_deref(), Some("text"));
    let deleted = at("messageDelete", 4);
    assert_eq!(deleted.kind, "message.deleted");
    assert_eq!(deleted.state, state("state", "deleted"));
}

#[test]
fn an_activity_without_an_id_is_known_by_its_bytes() {
    let body = r#"{"type":"typing","conversation":{"id":"c"},"from":{"id":"u"}}"#;
    assert_eq!(teams(body).id, teams(body).id);
    assert_ne!(teams(body).id, teams(&body.replace("\"u\"", "\"v\"")).id);
    assert!(teams(body).id.starts_with("c/typing/"));
    assert_eq!(teams(body).object, None);
}

#[test]
fn a_message_sent_again_under_a_new_id_has_the_same_content_key() {
    let sent = |id: &str, time: &str, text: &str, more: &str| {
        message(&format!(r#","id":"{id}","timestamp":"2025-03-04T09:30:{time}Z","text":"{text}"{more}"#)).content_key
    };
    let first = sent("101", "00", "deploy  42", "");
    assert!(first.is_some());
    assert_eq!(first, sent("102", "31", " deploy 42 ", ""));
    // A number is what it is about: nothing is masked here.
    assert_ne!(first, sent("101", "00", "deploy 43", ""));
    assert_ne!(first, sent("101", "00", "deploy  42", r#","value":{"ok":true}"#));
    assert_ne!(first, sent("101", "00", "deploy  42", r#","attachments":[{"name":"a"}]"#));
    let other = message(r#","id":"101","text":"deploy 42","replyToId":"7""#).content_key;
    assert_eq!(first, other);
    // A reaction that is added, removed and added again happened three times.
    let reaction =
        teams(r#"{"type":"messageReaction","id":"f:1","conversation":{"id":"c"},"reactionsAdded":[{"type":"like"}]}"#);
    assert_eq!(reaction.content_key, None);
}

#[test]
fn reactions_name_the_message_they_are_on() {
    let event = teams(
        r#"{"type":"messageReaction","id":"f:9d","replyToId":"101","conversation":{"id":"19:c@thread.tacv2"},
            "reactionsAdded":[{"type":"like"},{"type":"heart"}]}"#,
    );
    assert_eq!(event.kind, "reaction.added");
    assert_eq!(event.reply_to.as_deref(), Some("teams:msg/19:c@thread.tacv2/101"));
    // Not the message itself: an event about a message of ours would be taken for our own.
    assert_eq!(event.object, None);
    assert_eq!(attributes(&event), "reactions=like,heart");
    let removed = teams(
        r#"{"type":"messageReaction","id":"f:9","conversation":{"id":"c"},"reactionsRemoved":[{"type":"like"}]}"#,
    );
    assert_eq!(removed.kind, "reaction.removed");
    let both = teams(
        r#"{"type":"messageReaction","id":"f:8","conversation":{"id":"c"},"reactionsAdded":[{"type":"like"}],
            "reactionsRemoved":[{"type":"sad"}]}"#,
    );
    assert_eq!((both.kind.as_str(), both.also), ("reaction.added", vec!["reaction.removed".into()]));
}

#[test]
fn an_empty_list_is_no_change() {
    let activity = |more: &str| teams(&format!(r#"{{"id":"1","conversation":{{"id":"a:chat"}},{more}}}"#));
    let (ada, none) = (r#"[{"id":"29:ada"}]"#, Vec::<reynolds::Text>::new());
    let members = |removed: &str| {
        activity(&format!(r#""type":"conversationUpdate","membersAdded":{ada},"membersRemoved":{removed}"#)).also
    };
    assert_eq!((members("[]"), members(ada)), (none.clone(), vec!["members.removed".into()]));
    let reactions = |removed: &str| {
        let added = r#""type":"messageReaction","reactionsAdded":[{"type":"like"}]"#;
        activity(&format!(r#"{added},"reactionsRemoved":{removed}"#)).also
    };
    assert_eq!((reactions("[]"), reactions(r#"[{"type":"sad"}]"#)), (none, vec!["reaction.removed".into()]));
}

#[test]
fn a_card_that_was_pressed() {
    let pressed = |value: &str| {
        teams(&format!(
            r#"{{"type":"invoke","name":"adaptiveCard/action","id":"f:5","replyToId":"103","conversation":{{"id":"c"}},
                "value":{value}}}"#
        ))
    };
    let event = pressed(&format!(
        r#"{{"action":{{"type":"Action.Execute","verb":"assign","data":{{"reynolds":{{"token":"{TOKEN}"}}}}}}}}"#
    ));
    assert_eq!(event.kind, "card.action");
    assert_eq!(event.token.as_deref(), Some(TOKEN));
    assert_eq!(event.reply_to.as_deref(), Some("teams:msg/c/103"));
    assert_eq!(event.object, None);
    assert_eq!(attributes(&event), "name=adaptiveCard/action\nverb=assign");
    assert_eq!(pressed(&format!(r#"{{"reynolds":{{"token":"{TOKEN}"}}}}"#)).token.as_deref(), Some(TOKEN));
    assert_eq!(pressed(&format!(r#"{{"data":{{"reynolds":"{TOKEN}"}}}}"#)).token.as_deref(), Some(TOKEN));
    for value in ["null", "[]", "\"x\"", r#"{"reynolds":{"token":"ry1.forged token"}}"#, r#"{"action":"x"}"#] {
        assert_eq!(pressed(value).token, None, "{value}");
    }

    let submitted = message(r#","id":"104","replyToId":"103","value":{"approve":true}"#);
    assert_eq!((submitted.kind.as_str(), submitted.also), ("message", vec!["card.action".into()]));
}

#[test]
fn what_a_button_carries_says_which_plan_task_and_answer_it_is() {
    let data = |event: Event| {
        let data = event.attributes.iter().filter(|(name, _)| name.starts_with("data."));
        data.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
    };
    let invoked = |name: &str, value: &str| {
        data(teams(&format!(
            r#"{{"type":"invoke","name":"{name}","id":"f:5","conversation":{{"id":"c"}},"value":{value}}}"#
        )))
    };
    let submitted = |value: &str| data(message(&format!(r#","id":"104","value":{value}"#)));
    let fields = r#""plan":"p","task":"ok","value":true,"n":7,"list":[1],"msteams":{"type":"task/fetch"},"none":null"#;
    let flat = "data.n=7 data.plan=p data.task=ok data.value=true";
    let execute =
        format!(r#"{{"action":{{"type":"Action.Execute","verb":"approve","data":{{{fields}}}}},"trigger":"manual"}}"#);
    assert_eq!(invoked("adaptiveCard/action", &execute), flat);
    assert_eq!(submitted(&format!("{{{fields}}}")), flat);
    assert_eq!(invoked("task/submit", &format!(r#"{{"data":{{{fields}}},"context":{{"theme":"dark"}}}}"#)), flat);
    // What people call their own fields.
    assert_eq!(submitted(r#"{"action":"approve","data":"x","reynolds":"y"}"#), "data.action=approve data.data=x");
    assert_eq!(submitted(r#"{"data":{"plan":"p"},"task":"ok"}"#), "data.plan=p data.task=ok");
    for value in ["null", "[]", "\"x\"", "7", r#"{"action":[],"data":{}}"#] {
        assert_eq!(submitted(value), "", "{value}");
    }
    // Who signs in sends what opens doors.
    assert_eq!(invoked("signin/tokenExchange", r#"{"id":"1","token":"secret"}"#), "");
    assert_eq!(invoked("signin/verifyState", r#"{"state":"123456"}"#), "");
    // No more than the first 16, and of a long one only its start.
    let many = (0..20).map(|n| format!(r#""k{n:02}":{n}"#)).collect::<Vec<_>>().join(",");
    assert_eq!(submitted(&format!("{{{many}}}")).split(' ').count(), 16);
    assert_eq!(submitted(&format!(r#"{{"k":"{}"}}"#, "x".repeat(5000))).len(), "data.k=".len() + 4096);
    let twice = r#"{"type":"message","conversation":{"id":"c"},"value":{"plan":"p","plan":"q"}}"#;
    assert_eq!(read(twice.as_bytes()), Err(ReadError::DuplicateKey { key: "plan".into() }));
}

#[test]
fn other_activities_are_named_by_their_type_and_name() {
    let kind = |more: &str| teams(&format!(r#"{{"id":"1","conversation":{{"id":"c"}},{more}}}"#)).kind;
    assert_eq!(kind(r#""type":"conversationUpdate","membersAdded":[{"id":"29:x"}]"#), "members.added");
    assert_eq!(
        kind(r#""type":"conversationUpdate","membersAdded":[],"membersRemoved":[{"id":"29:x"}]"#),
        "members.removed"
    );
    assert_eq!(
        kind(r#""type":"conversationUpdate","channelData":{"eventType":"channelCreated"}"#),
        "conversationupdate"
    );
    assert_eq!(kind(r#""type":"invoke","name":"task/fetch""#), "invoke.task/fetch");
    assert_eq!(kind(r#""type":"invoke""#), "invoke");
    assert_eq!(kind(r#""type":"event","name":"meetingStart""#), "event.meetingStart");
    assert_eq!(kind(r#""type":"installationUpdate""#), "installationupdate");
    assert_eq!(kind(r#""type":"fromTheFuture","text":7,"from":"x","reactionsAdded":{}"#), "fromthefuture");
    let event = teams(
        r#"{"type":"conversationUpdate","id":"1","conversation":{"id":"c"},"membersAdded":[{"id":"29:x","aadObjectId":"y"},
            {"id":"28:bot"}],"channelData":{"eventType":"teamMemberAdded","tenant":{"id":"t"},"team":{"id":"g"},"channel":{"id":"h"}}}"#,
    );
    assert_eq!(
        attributes(&event),
        "channel_id=h\nevent_type=teamMemberAdded\nmembers_added=y,28:bot\nteam_id=g\ntenant_id=t"
    );
}

#[test]
fn an_activity_without_type_or_conversation_is_refused() {
    let missing = |field| Err(ReadError::MissingField { field });
    assert_eq!(read(br#"{"id":"1","conversation":{"id":"c"}}"#), missing("type"));
    assert_eq!(read(br#"{"type":"","conversation":{"id":"c"}}"#), missing("type"));
    assert_eq!(read(br#"{"type":"message","id":"1"}"#), missing("conversation.id"));
    assert_eq!(read(br#"{"type":"message","conversation":{"id":7}}"#), missing("conversation.id"));
    assert_eq!(read(b"[]").map_err(|error| error.code()), Err("RY1108"));
}
