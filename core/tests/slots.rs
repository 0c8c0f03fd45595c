//! Tokens in every place they travel: from the effect that carries them, through a platform, back into the broker.

use reynolds::{
    Broker, Config, Event, Genesis, Keys, ReleaseNo, Seq, Timestamp,
    chain::slot,
    event::{Actor, ActorClass},
    verdict::LinkKind,
};
use serde_json::{Map, Value, json};

/// A broker that has answered one event on `x:chat`, and the token of its answer.
fn answered() -> (Broker, String) {
    let config = br#"{"rules":[{"id":"r","effects":[{"kind":"message","subject":"{subject}","text":"Noted."}]}]}"#;
    let config = Config::from_json(config).expect("a valid configuration");
    let genesis = Genesis { name: "slots".into(), config, ..Genesis::default() };
    let mut broker =
        Broker::new(genesis, Keys::new(1, b"a secret of the host").expect("long enough")).expect("a valid genesis");
    let _ = broker.submit(Timestamp(1000), event("e1", "x:chat", None)).expect("accepted");
    broker.mark_durable(Seq(2)).expect("staged");
    let mut effects = Vec::new();
    broker.released(ReleaseNo(0), &mut effects);
    let token = effects[0].token.as_deref().expect("there is a key").to_owned();
    (broker, token)
}

fn event(id: &str, subject: &str, token: Option<&str>) -> Event {
    Event {
        id: id.into(),
        source: "x".into(),
        kind: "said".into(),
        subject: subject.into(),
        actor: Some(Actor { id: "x:bot".into(), class: ActorClass::Bot }),
        token: token.map(Into::into),
        ..Event::default()
    }
}

/// A slot: the text a platform keeps, with the token in it; and the token in a text it gives back.
type Slot = (&'static str, fn(&str) -> String, fn(&str) -> Option<String>);

fn json_with(put: impl FnOnce(&mut Value)) -> String {
    let mut value = json!({"ref": "main"});
    put(&mut value);
    value.to_string()
}

fn value(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_default()
}

const SLOTS: [Slot; 7] = [
    ("comment", |token| slot::mark("Noted.", token), |text| slot::find_mark(text).map(Into::into)),
    ("trailer", |token| slot::add_trailer("Fix", token), |text| slot::find_trailer(text).map(Into::into)),
    ("external id", slot::external_id, |text| slot::find_external_id(text).map(Into::into)),
    (
        "payload",
        |token| json_with(|payload| slot::put_payload(payload, token)),
        |text| slot::find_payload(&value(text)).map(Into::into),
    ),
    (
        "card",
        |token| json_with(|data| slot::put_card(data, token)),
        |text| slot::find_card(&value(text)).map(Into::into),
    ),
    (
        "CloudEvent",
        |token| {
            let mut event = Map::new();
            slot::put_attribute(&mut event, token);
            Value::Object(event).to_string()
        },
        |text| slot::find_attribute(value(text).as_object()?).map(Into::into),
    ),
    ("tracestate", |token| slot::put_tracestate("vendor=1", token), |text| slot::find_tracestate(text).map(Into::into)),
];

#[test]
fn a_token_comes_back_through_every_slot_and_links() {
    for (name, put, find) in SLOTS {
        let (mut broker, token) = answered();
        let found = find(&put(&token));
        assert_eq!(found.as_deref(), Some(&*token), "{name}");
        let decision = broker.submit(Timestamp(2000), event("e2", "x:chat", found.as_deref())).expect("accepted");
        let link = decision.link.map(|link| (link.kind, link.of, link.hop));
        assert_eq!(link, Some((LinkKind::Token, Some("2.0".parse().expect("an id")), 1)), "{name}");
        assert_eq!(broker.view().forged_tokens(), 0, "{name}");
    }
}

#[test]
fn a_token_that_is_forged_or_copied_proves_nothing_in_any_slot_and_is_counted() {
    for (name, put, find) in SLOTS {
        let (mut broker, token) = answered();
        let other = if token.ends_with('0') { '1' } else { '0' };
        let forged = format!("{}{other}", &token[..token.len() - 1]);
        for (id, subject, sent) in [("e2", "x:chat", &forged), ("e3", "x:elsewhere", &token)] {
            let found = find(&put(sent)).expect("it looks like one");
            let decision = broker.submit(Timestamp(2000), event(id, subject, Some(&found))).expect("accepted");
            assert_eq!(decision.link, None, "{name}: {id}");
        }
        assert_eq!(broker.view().forged_tokens(), 2, "{name}");
    }
}

#[test]
fn a_text_that_is_cut_anywhere_gives_the_token_whole_or_one_that_proves_nothing() {
    for (name, put, find) in SLOTS {
        let (mut broker, token) = answered();
        let whole = put(&token);
        for cut in 0..whole.len() {
            let Some(found) = find(&whole[..cut]).filter(|found| *found != token) else { continue };
            let id = format!("{name} {cut}");
            let decision = broker.submit(Timestamp(2000), event(&id, "x:chat", Some(&found))).expect("accepted");
            assert_eq!(decision.link, None, "{id}");
        }
        assert!(find(&whole).is_some(), "{name}");
    }
}

#[test]
fn a_quoted_token_is_no_token() {
    let (_, token) = answered();
    let quoted = |text: &str| text.lines().map(|line| format!("> {line}\n")).collect::<String>();
    assert_eq!(slot::find_mark(&quoted(&slot::mark("Noted.", &token))), None);
    assert_eq!(slot::find_trailer(&quoted(&slot::add_trailer("Fix", &token))), None);
}
