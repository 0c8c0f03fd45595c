//! Event Grid and CloudEvents.

use reynolds::{
    Event, Timestamp,
    event::{Actor, ActorClass, ReadError, cloudevents, eventgrid},
};

use crate::{assert_admissible, attributes};

fn admissible(events: Vec<Event>) -> Vec<Event> {
    events.iter().for_each(assert_admissible);
    events
}

fn grid(body: &str) -> Vec<Event> {
    admissible(eventgrid::read(body.as_bytes()).expect("a readable request"))
}

fn cloud(body: &str) -> Vec<Event> {
    admissible(cloudevents::read(body.as_bytes()).expect("a readable request"))
}

const TOKEN: &str = "ry1.k1.7.12.3.40.abcdefgh";

#[test]
fn a_blob_that_was_created() {
    let events = grid(
        r#"[{"topic":"/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/logs",
            "subject":"/blobServices/default/containers/crash/blobs/1.dmp","eventType":"Microsoft.Storage.BlobCreated",
            "eventTime":"2025-03-04T09:05:12.1234567Z","id":"831e","dataVersion":"","metadataVersion":"1",
            "data":{"api":"PutBlob","contentLength":524288,"storageDiagnostics":{"batchId":"b"},"none":null}}]"#,
    );
    let [event] = events.as_slice() else { panic!("{events:?}") };
    let topic = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/logs";
    assert_eq!(event.id, "831e");
    assert_eq!(event.source, topic);
    assert_eq!(event.kind, "Microsoft.Storage.BlobCreated");
    assert_eq!(event.subject, format!("azure:{topic}/blobServices/default/containers/crash/blobs/1.dmp"));
    assert_eq!(event.actor, Some(Actor { id: topic.into(), class: ActorClass::System }));
    assert_eq!(event.occurred_at, Some(Timestamp(1_741_079_112_123)));
    assert_eq!(attributes(event), "data.api=PutBlob\ndata.contentLength=524288");
}

#[test]
fn event_grid_asks_whether_the_endpoint_wants_its_events() {
    let events = grid(
        r#"[{"id":"1b2f","topic":"/subscriptions/s","subject":"","eventType":"Microsoft.EventGrid.SubscriptionValidationEvent",
            "data":{"validationCode":"512D-38B6","validationUrl":"https://rp.example/validate"}}]"#,
    );
    assert_eq!(events[0].kind, eventgrid::VALIDATION);
    assert_eq!(events[0].attributes.get("validation_code").map(reynolds::Text::as_str), Some("512D-38B6"));
    assert_eq!(
        events[0].attributes.get("validation_url").map(reynolds::Text::as_str),
        Some("https://rp.example/validate")
    );
    assert_eq!(events[0].subject, "azure:/subscriptions/s");
}

#[test]
fn a_request_of_event_grid_can_hold_one_event_many_or_none() {
    let event = |id: &str| format!(r#"{{"id":"{id}","topic":"/t","eventType":"T","subject":"s"}}"#);
    let ids = |body: &str| grid(body).into_iter().map(|event| event.id).collect::<Vec<_>>();
    assert_eq!(ids(&event("1")), ["1"]);
    assert_eq!(ids(&format!("[{},{}]", event("1"), event("2"))), ["1", "2"]);
    assert_eq!(ids("[]"), Vec::<reynolds::Text>::new());
    assert_eq!(grid(&event("1"))[0].subject, "/t/s");
    assert_eq!(grid(r#"{"id":"1","eventType":"T"}"#)[0].source, "eventgrid");
}

#[test]
fn what_became_of_a_change_to_a_resource_is_a_kind_of_its_own() {
    for (kind, also) in [
        ("Microsoft.Resources.ResourceWriteSuccess", vec!["azure.succeeded"]),
        ("Microsoft.Resources.ResourceDeleteFailure", vec!["azure.failed"]),
        ("Microsoft.Resources.ResourceActionCancel", vec!["azure.cancelled"]),
        ("Microsoft.Storage.BlobCreated", vec![]),
        ("Custom.Failure", vec![]),
    ] {
        let body = format!(
            r#"[{{"id":"1","eventType":"{kind}","topic":"/subscriptions/s","subject":"/subscriptions/s/resourceGroups/g"}}]"#
        );
        assert_eq!(grid(&body)[0].also, also, "{kind}");
        // A subject that is a whole resource id stands for itself.
        assert_eq!(grid(&body)[0].subject, "azure:/subscriptions/s/resourceGroups/g");
    }
}

#[test]
fn an_event_of_event_grid_without_id_or_type_is_refused() {
    let read = |body: &str| eventgrid::read(body.as_bytes());
    assert_eq!(read(r#"[{"eventType":"T"}]"#), Err(ReadError::MissingField { field: "id" }));
    assert_eq!(read(r#"[{"id":"1","eventType":""}]"#), Err(ReadError::MissingField { field: "eventType" }));
    assert_eq!(read("[1]").map_err(|error| error.code()), Err("RY1108"));
    assert_eq!(read("7").map_err(|error| error.code()), Err("RY1108"));
    let twice = r#"[{"id":"1","eventType":"T","data":{"a":1,"a":2}}]"#;
    assert_eq!(read(twice), Err(ReadError::DuplicateKey { key: "a".into() }));
}

#[test]
fn a_cloud_event_in_structured_form() {
    let events = cloud(&format!(
        r#"{{"specversion":"1.0","id":"A-1","source":"/ci","type":"example.build.failed","subject":"github:acme/api#8",
            "time":"2025-03-04T10:04:12Z","datacontenttype":"application/json","rytoken":"{TOKEN}","severity":"error",
            "attempt":3,"final":true,"traceparent":"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "data":{{"pipeline":"api","failed":["x"]}}}}"#
    ));
    let [event] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!((event.source.as_str(), event.id.as_str()), ("/ci", "A-1"));
    assert_eq!(event.kind, "example.build.failed");
    assert_eq!(event.subject, "github:acme/api#8");
    assert_eq!(event.token.as_deref(), Some(TOKEN));
    assert_eq!(event.occurred_at, Some(Timestamp(1_741_082_652_000)));
    assert_eq!(event.traceparent.as_deref(), Some("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"));
    assert_eq!(event.actor, Some(Actor { id: "/ci".into(), class: ActorClass::System }));
    assert_eq!(
        attributes(event),
        "attempt=3\ndata.pipeline=api\ndatacontenttype=application/json\nfinal=true\nseverity=error"
    );
}

#[test]
fn the_subject_of_a_cloud_event_is_below_its_source_unless_it_names_its_platform() {
    let subject = |source: &str, subject: &str| {
        let body = format!(r#"{{"specversion":"1.0","id":"1","type":"t","source":"{source}"{subject}}}"#);
        cloud(&body)[0].subject.clone()
    };
    assert_eq!(subject("https://x/pull", r#","subject":"123""#), "https://x/pull/123");
    assert_eq!(subject("https://x/pull/", r#","subject":"123""#), "https://x/pull/123");
    assert_eq!(subject("/sensors", r#","subject":"/hall/3""#), "/sensors/hall/3");
    assert_eq!(subject("/repo", r#","subject":"/repository/1""#), "/repo/repository/1");
    assert_eq!(subject("build", r#","subject":"build-42""#), "build/build-42");
    for whole in ["/repo", "/repo/1", "/repo#1"] {
        assert_eq!(subject("/repo", &format!(r#","subject":"{whole}""#)), whole);
    }
    assert_eq!(subject("/repo/", r#","subject":"/repo/1""#), "/repo/1");
    assert_eq!(subject("/sensors", ""), "/sensors");
    assert_eq!(subject("/sensors", r#","subject":null"#), "/sensors");
    assert_eq!(subject("/s", r#","subject":"teams:19:c@thread""#), "teams:19:c@thread");
    assert_eq!(subject("/s", r#","subject":"10:30""#), "/s/10:30");
    assert_eq!(subject("/subscriptions/s", r#","subject":"vm""#), "azure:/subscriptions/s/vm");
    // Azure's services spell the ids of one resource in several ways.
    let group = "/subscriptions/s/resourceGroups/g";
    let resource = r#","subject":"/subscriptions/s/resourcegroups/g/providers/p/x""#;
    let expected = "azure:/subscriptions/s/resourceGroups/g/providers/p/x";
    assert_eq!((subject(group, resource), subject("/subscriptions/s", resource)), (expected.into(), expected.into()));
    assert_eq!(subject("/Subscriptions/s/RESOURCEGROUPS/g", r#","subject":"vm""#), format!("azure:{group}/vm"));
    assert_eq!(subject("/subscriptions/s/é/resourcegroup", ""), "azure:/subscriptions/s/é/resourcegroup");
}

#[test]
fn the_principal_of_a_cloud_event_is_its_actor() {
    let actor = |auth: &str| {
        let body = format!(r#"{{"specversion":"1.0","id":"1","type":"t","source":"/s",{auth}}}"#);
        cloud(&body)[0].actor.clone().map(|actor| (actor.id, actor.class))
    };
    let expected = |id: &str, class| Some((id.into(), class));
    assert_eq!(actor(r#""authtype":"user","authid":"ada""#), expected("ada", ActorClass::Human));
    assert_eq!(actor(r#""authtype":"service_account","authid":"sa""#), expected("sa", ActorClass::App));
    assert_eq!(actor(r#""authtype":"unauthenticated""#), expected("/s", ActorClass::Unknown));
    assert_eq!(actor(r#""authid":"ada""#), expected("ada", ActorClass::Unknown));
}

#[test]
fn a_batch_of_cloud_events() {
    let event = |id: &str| format!(r#"{{"specversion":"1.0","id":"{id}","source":"/s","type":"t"}}"#);
    let events = cloud(&format!("[{},\n{}]", event("1"), event("2")));
    assert_eq!(events.iter().map(|event| event.id.as_str()).collect::<Vec<_>>(), ["1", "2"]);
    assert!(cloud("[]").is_empty());
}

#[test]
fn a_cloud_event_that_lacks_a_required_attribute_is_refused_by_its_name() {
    let whole = [("specversion", "1.0"), ("id", "1"), ("source", "/s"), ("type", "t")];
    for (missing, _) in whole {
        let rest = whole.iter().filter(|(name, _)| *name != missing);
        let members: Vec<_> = rest.clone().map(|(name, value)| format!(r#""{name}":"{value}""#)).collect();
        let body = format!("{{{}}}", members.join(","));
        assert_eq!(cloudevents::read(body.as_bytes()), Err(ReadError::MissingField { field: missing }), "{body}");
        let number = format!(r#"{{{},"{missing}":1}}"#, members.join(","));
        assert_eq!(cloudevents::read(number.as_bytes()), Err(ReadError::MissingField { field: missing }), "{number}");

        let headers: Vec<_> = rest.map(|(name, value)| (format!("CE-{name}"), *value)).collect();
        let headers = headers.iter().map(|(name, value)| (name.as_str(), *value));
        let header = ["ce-specversion", "ce-id", "ce-source", "ce-type"].iter().find(|name| name.ends_with(missing));
        let expected = Err(ReadError::MissingHeader { name: header.expect("listed") });
        assert_eq!(cloudevents::read_request(headers, b""), expected);
    }
}

#[test]
fn a_whole_cloud_event_that_was_sent_as_any_json_is_refused_with_what_its_content_type_must_be() {
    let body = br#"{"specversion":"1.0","id":"1","source":"/s","type":"t"}"#;
    let read = |kind| cloudevents::read_request([("Content-Type", kind)], body).map_err(|error| error.to_string());
    assert_eq!(
        read("application/json"),
        Err("RY1106: the header `ce-specversion` is missing; pass the request's headers on to the reader, or, where the whole event is \
             in the body, `content-type: application/cloudevents+json`"
            .into())
    );
    assert_eq!(read("application/cloudevents+json").map(|events| events.len()), Ok(1));
}

#[test]
fn cloud_events_of_another_version_or_shape_are_refused() {
    let code = |body: &str| cloudevents::read(body.as_bytes()).map_err(|error| error.code());
    assert_eq!(code(r#"{"specversion":"0.3","id":"1","source":"/s","type":"t"}"#), Err("RY1108"));
    assert_eq!(code("[[]]"), Err("RY1108"));
    assert_eq!(code("\"x\""), Err("RY1108"));
    assert_eq!(code(r#"{"id":"1","id":"2"}"#), Err("RY1105"));
    assert_eq!(code(r#"{"severity":"1","severity":"2"}"#), Err("RY1105"));
    assert_eq!(code(r#"{"data":1,"data":2}"#), Err("RY1105"));
}

#[test]
fn a_malformed_trace_context_or_token_is_left_out() {
    for bad in ["", "00-xyz", "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01", "ry1.short"] {
        let body = format!(
            r#"{{"specversion":"1.0","id":"1","source":"/s","type":"t","traceparent":"{bad}","rytoken":"{bad}"}}"#
        );
        let event = cloud(&body).remove(0);
        assert_eq!((event.traceparent, event.token, event.attributes.len()), (None, None, 0), "{bad}");
    }
}

#[test]
fn a_cloud_event_in_binary_form() {
    let headers = [
        ("ce-specversion", "1.0"),
        ("CE-Id", "1"),
        ("ce-source", "/s"),
        ("ce-type", "t"),
        ("ce-subject", "K%C3%B6ln%20%zz%"),
        ("ce-rytoken", TOKEN),
        ("Content-Type", "application/json; charset=utf-8"),
        ("User-Agent", "x"),
    ];
    let events = cloudevents::read_request(headers, br#"{"celsius":41.5,"reynolds":"nothing"}"#).expect("readable");
    let [event] = events.as_slice() else { panic!("{events:?}") };
    assert_admissible(event);
    assert_eq!(event.subject, "/s/Köln %zz%");
    assert_eq!(event.token.as_deref(), Some(TOKEN));
    assert_eq!(attributes(event), "data.celsius=41.5\ndatacontenttype=application/json; charset=utf-8");
    assert_eq!(cloudevents::read_request(headers, b"{").map_err(|error| error.code()), Err("RY1101"));
    assert!(cloudevents::read_request(headers, b"").is_ok());

    let text = headers.map(|(name, value)| if name == "Content-Type" { (name, "text/plain") } else { (name, value) });
    let events = cloudevents::read_request(text, b"too hot").expect("readable");
    assert_eq!(events[0].text.as_deref(), Some("too hot"));
}

#[test]
fn the_content_type_tells_the_forms_apart() {
    let body = br#"[{"specversion":"1.0","id":"1","source":"/s","type":"t"}]"#;
    let batch = [("content-type", "application/cloudevents-batch+json; charset=utf-8")];
    assert_eq!(cloudevents::read_request(batch, body).map(|events| events.len()), Ok(1));
    let single = [("Content-Type", "Application/CloudEvents+JSON")];
    assert_eq!(cloudevents::read_request(single, &body[1..body.len() - 1]).map(|events| events.len()), Ok(1));
}

#[test]
fn data_that_is_a_text_is_the_text() {
    let events = cloud(r#"{"specversion":"1.0","id":"1","source":"/s","type":"t","data":"too hot"}"#);
    assert_eq!(events[0].text.as_deref(), Some("too hot"));
    let events = cloud(&format!(
        r#"{{"specversion":"1.0","id":"1","source":"/s","type":"t","data":{{"reynolds":{{"token":"{TOKEN}"}}}}}}"#
    ));
    assert_eq!(events[0].token.as_deref(), Some(TOKEN));
}
