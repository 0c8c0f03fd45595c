//! Only for this package's own benches: the same work in Rust alone, and the conversions that this door does without.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use napi::Result;
use napi_derive::napi;
use reynolds::{
    Broker, Effect, Event, Genesis, Keys, ReleaseNo, Text, Timestamp, Verdict,
    event::{Actor, ActorClass, Property},
    wire,
};

use crate::{
    broker::{NodeBroker, number, signed},
    problem::{thrown, with},
};

/// An event, field by field.
#[napi(object)]
pub struct EventObject {
    /// Its id.
    pub id: String,
    /// Who delivered.
    pub source: String,
    /// What happened.
    pub kind: String,
    /// To what.
    pub subject: String,
    /// The actor's id.
    pub actor: Option<ActorObject>,
    /// The object.
    pub object: Option<String>,
    /// The text.
    pub text: Option<String>,
    /// What it answers.
    pub reply_to: Option<String>,
    /// The state.
    pub state: Option<PropertyObject>,
    /// When.
    pub occurred_at: Option<i64>,
    /// What else is in an event.
    pub about: Option<String>,
    /// Derived kinds.
    pub also: Option<Vec<String>>,
    /// Its version.
    pub version: Option<i64>,
    /// A token.
    pub token: Option<String>,
    /// The attempt.
    pub attempt: Option<Vec<u32>>,
    /// The progress.
    pub progress: Option<i64>,
    /// The tenant.
    pub tenant: Option<String>,
    /// The trace.
    pub traceparent: Option<String>,
    /// A second identity.
    pub content_key: Option<String>,
    /// Attributes.
    pub attributes: Option<HashMap<String, String>>,
}

/// An actor.
#[napi(object)]
pub struct ActorObject {
    /// Its id.
    pub id: String,
    /// Its class.
    pub class: Option<String>,
}

/// A property.
#[napi(object)]
pub struct PropertyObject {
    /// Which.
    pub property: String,
    /// Its value.
    pub value: String,
}

/// A decision.
#[napi(object)]
pub struct DecisionObject {
    /// The record.
    pub seq: i64,
    /// The chain.
    pub chain: Option<String>,
    /// The verdicts.
    pub verdicts: Vec<VerdictObject>,
}

/// A verdict.
#[napi(object)]
pub struct VerdictObject {
    /// Which one.
    #[napi(js_name = "type")]
    pub kind: String,
    /// The effect.
    pub effect: Option<String>,
    /// The host's name for it.
    pub key: Option<String>,
}

/// An effect.
#[napi(object)]
pub struct EffectObject {
    /// Always `act` here.
    #[napi(js_name = "type")]
    pub tag: String,
    /// What to do.
    pub kind: String,
    /// Where.
    pub subject: String,
    /// About what.
    pub about: Option<String>,
    /// The text.
    pub text: Option<String>,
    /// Its id.
    pub id: String,
    /// Its release.
    pub release: i64,
    /// Its chain.
    pub chain: String,
    /// Its causes.
    pub cause: Vec<String>,
    /// Its hop.
    pub hop: u32,
    /// Whether it left before.
    pub redelivered: bool,
    /// Its rule.
    pub rule: Option<String>,
    /// What it answers.
    pub reply_to: Option<String>,
    /// What it sets.
    pub writes: Option<PropertyObject>,
    /// Whether it only reads.
    pub read_only: Option<bool>,
    /// The tenant.
    pub tenant: Option<String>,
    /// The host's name for it.
    pub key: Option<String>,
    /// Its token.
    pub token: Option<String>,
    /// The trace.
    pub traceparent: Option<String>,
    /// Its end.
    pub expires_at: Option<i64>,
}

#[napi]
impl NodeBroker {
    /// `submit`, over objects of Node-API.
    #[napi]
    pub fn submit_object(&self, at: i64, event: EventObject) -> Result<DecisionObject> {
        with(&self.broker, |broker| {
            let decision = broker.submit(Timestamp(number(at)), core_event(event)).map_err(thrown)?;
            let verdict = |verdict: &Verdict| VerdictObject {
                kind: if matches!(verdict, Verdict::Admitted { .. }) { "admitted" } else { "other" }.into(),
                effect: verdict.effect().map(|effect| effect.to_string()),
                key: None,
            };
            Ok(DecisionObject {
                seq: signed(decision.seq.0),
                chain: decision.chain.map(|chain| chain.to_string()),
                verdicts: decision.verdicts.iter().map(verdict).collect(),
            })
        })
    }

    /// `released`, over objects of Node-API.
    #[napi]
    pub fn released_objects(&self, after: i64) -> Result<Vec<EffectObject>> {
        with(&self.broker, |broker| {
            let mut effects = Vec::new();
            broker.released(ReleaseNo(number(after)), &mut effects);
            Ok(effects.into_iter().filter_map(effect_object).collect())
        })
    }
}

fn core_event(event: EventObject) -> Event {
    let class = |class: &str| match class {
        "human" => ActorClass::Human,
        "bot" => ActorClass::Bot,
        _ => ActorClass::Unknown,
    };
    Event {
        id: event.id.into(),
        source: event.source.into(),
        kind: event.kind.into(),
        subject: event.subject.into(),
        actor: event
            .actor
            .map(|actor| Actor { id: actor.id.into(), class: class(actor.class.as_deref().unwrap_or_default()) }),
        object: event.object.map(Into::into),
        text: event.text.map(Into::into),
        reply_to: event.reply_to.map(Into::into),
        state: event.state.map(|state| Property { property: state.property.into(), value: state.value.into() }),
        occurred_at: event.occurred_at.map(|at| Timestamp(number(at))),
        about: event.about.map(Into::into),
        also: event.also.unwrap_or_default().into_iter().map(Into::into).collect(),
        version: event.version.map(number),
        token: event.token.map(Into::into),
        attempt: event.attempt.and_then(|attempt| attempt.try_into().ok()),
        progress: event.progress.map(number),
        tenant: event.tenant.map(Into::into),
        traceparent: event.traceparent.map(Into::into),
        content_key: event.content_key.map(Into::into),
        attributes: event
            .attributes
            .unwrap_or_default()
            .into_iter()
            .map(|(name, value)| (name.into(), value.into()))
            .collect(),
    }
}

fn effect_object(effect: Effect) -> Option<EffectObject> {
    let act = effect.act()?.clone();
    Some(EffectObject {
        tag: "act".into(),
        kind: act.kind.to_string(),
        subject: act.subject.to_string(),
        about: act.about.map(string),
        text: act.text.map(string),
        id: effect.id.to_string(),
        release: signed(effect.release.0),
        chain: effect.chain.to_string(),
        cause: effect.cause.iter().map(Text::to_string).collect(),
        hop: u32::from(effect.hop),
        redelivered: effect.redelivered,
        rule: effect.rule.map(string),
        reply_to: act.reply_to.map(string),
        writes: act
            .writes
            .map(|writes| PropertyObject { property: writes.property.to_string(), value: writes.value.to_string() }),
        read_only: act.read_only.then_some(true),
        tenant: effect.tenant.map(string),
        key: effect.key.map(string),
        token: effect.token.map(string),
        traceparent: effect.traceparent.map(string),
        expires_at: effect.expires_at.map(|at| signed(at.0)),
    })
}

fn string(text: Text) -> String {
    text.to_string()
}

/// The same events through the broker in Rust alone: nanoseconds for each.
#[napi]
pub fn pure_rust(genesis: String, events: u32) -> Result<f64> {
    let genesis: Genesis = serde_json::from_str(&genesis).map_err(thrown)?;
    let mut broker = Broker::new(genesis, Keys::none()).map_err(thrown)?;
    let (mut cursor, mut effects, mut read) = (ReleaseNo(0), Vec::new(), 0);
    let started = Instant::now();
    for at in 0..u64::from(events) {
        let event = core_event(EventObject {
            id: format!("delivery-{at}"),
            source: "github".into(),
            kind: "issue_comment.created".into(),
            subject: format!("github:acme/api#{at}"),
            actor: Some(ActorObject { id: "github:octocat".into(), class: Some("human".into()) }),
            object: Some(format!("github:comment/{at}")),
            text: Some("Which release has the fix for the crash on start?".into()),
            reply_to: Some("github:comment/1".into()),
            state: Some(PropertyObject { property: "labels".into(), value: "bug,p1".into() }),
            occurred_at: Some(1_700_000_000_000),
            about: None,
            also: None,
            version: None,
            token: None,
            attempt: None,
            progress: None,
            tenant: None,
            traceparent: None,
            content_key: None,
            attributes: None,
        });
        let decision = broker.submit(Timestamp(1_700_000_000_000 + at), event).map_err(thrown)?;
        effects.clear();
        broker.released(cursor, &mut effects);
        for effect in &effects {
            cursor = effect.release;
            read +=
                effect.act().map_or(0, |act| act.text.as_ref().map_or(0, |text| text.len())) + decision.verdicts.len();
        }
    }
    #[expect(clippy::float_arithmetic, clippy::cast_precision_loss, reason = "it is a measurement")]
    let each = started.elapsed().as_nanos() as f64 / f64::from(events);
    if read == 0 { Err(thrown("nothing was released")) } else { Ok(each) }
}

/// The same events through the JSON door in Rust alone: nanoseconds for each, of `submit` and of `released`.
#[napi]
pub fn json_in_rust(genesis: String, events: Vec<String>) -> Result<Vec<f64>> {
    let mut broker = wire::new(genesis.as_bytes(), Keys::none()).map_err(thrown)?;
    let (mut submit, mut released) = (Duration::ZERO, Duration::ZERO);
    for (at, event) in (0..).zip(&events) {
        let started = Instant::now();
        let decided = wire::submit(&mut broker, Timestamp(1_700_000_000_000 + at), event.as_bytes()).map_err(thrown)?;
        let between = Instant::now();
        let effects = wire::released(&mut broker, ReleaseNo(at));
        submit += between - started;
        released += between.elapsed();
        std::hint::black_box((decided, effects));
    }
    #[expect(clippy::float_arithmetic, clippy::cast_precision_loss, reason = "it is a measurement")]
    let each = |spent: Duration| spent.as_nanos() as f64 / events.len() as f64;
    Ok(vec![each(submit), each(released)])
}
