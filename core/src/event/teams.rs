//! Microsoft Teams and other Bot Framework channels: [`read`] makes an event of an activity.
//!
//! The tables of kinds, subjects and objects are in [events.md](https://github.com/reynolds-rs/reynolds/blob/main/docs/events.md). Who called has to be checked before, with the
//! token in the request's `Authorization` header: that is the host's SDK's part.

use alloc::{borrow::Cow, vec::Vec};

use data_encoding::HEXLOWER;
use xxhash_rust::xxh3::Xxh3;

use super::{
    Actor, ActorClass, Event, Property, ReadError, bounded,
    carried::Data,
    fingerprint,
    json::{Raw, Read, Reader, Spanned, objects, timestamp},
};
use crate::{limits, text::Text};

type Words<'a> = Cow<'a, str>;

objects! {
    Activity {
        kind as "type": Words<'a>,
        id: Words<'a>,
        timestamp: Words<'a>,
        channel as "channelId": Words<'a>,
        conversation: Conversation<'a>,
        from: Account<'a>,
        text: Words<'a>,
        reply_to as "replyToId": Words<'a>,
        name: Words<'a>,
        value: Spanned<Value<'a>>,
        channel_data as "channelData": ChannelData<'a>,
        members_added as "membersAdded": Vec<Account<'a>>,
        members_removed as "membersRemoved": Vec<Account<'a>>,
        reactions_added as "reactionsAdded": Vec<Reaction<'a>>,
        reactions_removed as "reactionsRemoved": Vec<Reaction<'a>>,
        attachments: Raw<'a>,
    }

    Conversation {
        id: Words<'a>,
        kind as "conversationType": Words<'a>,
        tenant as "tenantId": Words<'a>,
    }

    Account {
        id: Words<'a>,
        directory_id as "aadObjectId": Words<'a>,
        role: Words<'a>,
        name: Words<'a>,
    }

    Reaction {
        kind as "type": Words<'a>,
    }

    Action {
        verb: Words<'a>,
        data: Data<'a>,
    }

    ChannelData {
        event_type as "eventType": Words<'a>,
        tenant: Named<'a>,
        team: Named<'a>,
        channel: Named<'a>,
    }

    Named {
        id: Words<'a>,
    }
}

/// What a card, a message extension or a dialog sent. The buttons of older cards (`Action.Submit`) send their data as its own members,
/// `action` and `data` among them where somebody calls them so.
#[derive(Debug, Default)]
pub(super) struct Value<'a> {
    action: Option<Action<'a>>,
    data: Option<Data<'a>>,
    own: Data<'a>,
}

impl<'a> Read<'a> for Value<'a> {
    fn read_into(slot: &mut Option<Self>, reader: &mut Reader<'a>) -> Result<(), ReadError> {
        let mut value = Self::default();
        let is_object = reader.object(|reader, key| match (key, reader.next()) {
            ("action", b'{') if value.action.is_none() => Action::read_into(&mut value.action, reader),
            ("data", b'{') if value.data.is_none() => Data::read_into(&mut value.data, reader),
            ("action" | "data", b'{') => Err(ReadError::DuplicateKey { key: key.into() }),
            _ => value.own.read_member(reader, key),
        })?;
        *slot = is_object.then_some(value);
        Ok(())
    }
}

/// Reads an activity: the raw JSON body of a request to a bot's messaging endpoint.
///
/// `source` is `teams`, or the activity's `channelId` where that is another channel than `msteams`; subjects, objects
/// and actors start with it.
///
/// # Errors
///
/// RY1101 to RY1104 if the body is not JSON within the limits, RY1105 if a member that is read occurs twice, RY1108 if
/// the body is not a JSON object, RY1109 if `type` or `conversation.id` is missing.
pub fn read(body: &[u8]) -> Result<Event, ReadError> {
    let mut reader = Reader::new(body)?;
    let activity = Activity::read(&mut reader)?;
    reader.end()?;
    let activity = activity.ok_or(ReadError::WrongShape { expected: "a JSON object, a Bot Framework activity" })?;
    let kind = given(activity.kind.as_ref()).ok_or(ReadError::MissingField { field: "type" })?;
    let conversation = activity.conversation.as_ref().and_then(|conversation| given(conversation.id.as_ref()));
    let conversation = conversation.ok_or(ReadError::MissingField { field: "conversation.id" })?;

    let place = Place::new(&activity, conversation);
    let mut event = Event {
        id: id(&activity, conversation, kind, body),
        source: place.source.clone(),
        kind: bounded::name(kind_of(&activity, kind), limits::NAME_BYTES),
        subject: bounded::name(bounded::concat(&[&place.source, ":", conversation]), limits::SUBJECT_BYTES),
        actor: activity.from.as_ref().and_then(|from| actor(&place, from)),
        reply_to: place.answered(&activity),
        occurred_at: activity.timestamp.as_deref().and_then(timestamp),
        token: token(&activity),
        ..Event::default()
    };
    if let Some(text) = given(activity.text.as_ref()) {
        event.text = Some(bounded::start(text, limits::TEXT_BYTES).into());
    }
    if let ("message" | "messageUpdate" | "messageDelete", Some(id)) = (kind, given(activity.id.as_ref())) {
        event.object = Some(place.message(id));
        event.version = event.occurred_at.map(|at| at.0);
    }
    // Other activities can be repeated in earnest within the window: a reaction added, removed and added again.
    if matches!(kind, "message" | "invoke") {
        event.content_key = Some(content_key(&activity, conversation, kind, body));
    }
    describe(&activity, kind, &mut event);
    attributes(&activity, &mut event);
    Ok(event)
}

fn given<'t>(text: Option<&'t Words<'_>>) -> Option<&'t str> {
    text.map(|text| &**text).filter(|text| !text.is_empty())
}

/// The channel and the conversation without the thread.
struct Place<'t> {
    source: Text,
    base: &'t str,
    thread: Option<&'t str>,
}

impl<'t> Place<'t> {
    fn new(activity: &Activity<'_>, conversation: &'t str) -> Self {
        let channel = given(activity.channel.as_ref()).unwrap_or("msteams");
        let source = if channel == "msteams" { "teams" } else { channel };
        let (base, thread) = match conversation.split_once(";messageid=") {
            Some((base, root)) => (base, Some(root)),
            None => (conversation, None),
        };
        Self { source: bounded::name(source, limits::NAME_BYTES), base, thread }
    }

    /// The object of a message. The same from every thread of the conversation: an answer to `sendActivity` names the
    /// message, not the thread.
    fn message(&self, id: &str) -> Text {
        bounded::name(bounded::concat(&[&self.source, ":msg/", self.base, "/", id]), limits::SUBJECT_BYTES)
    }

    /// The message that an activity answers, or reacts to.
    fn answered(&self, activity: &Activity<'_>) -> Option<Text> {
        let own = given(activity.id.as_ref());
        let answered = given(activity.reply_to.as_ref()).or(self.thread);
        answered.filter(|answered| Some(*answered) != own).map(|answered| self.message(answered))
    }
}

/// Activity ids are unique in a conversation only. An edit or deletion has the id of its message, so that the time tells
/// it from the message and from other edits.
fn id(activity: &Activity<'_>, conversation: &str, kind: &str, body: &[u8]) -> Text {
    let digest = || Text::from(HEXLOWER.encode(&xxhash_rust::xxh3::xxh3_128(body).to_be_bytes()));
    let id = match (given(activity.id.as_ref()), kind) {
        (Some(id), "messageUpdate" | "messageDelete") => {
            let time = given(activity.timestamp.as_ref()).map_or_else(digest, Text::from);
            bounded::concat(&[conversation, "/", id, "/", kind, "/", &time])
        }
        (Some(id), _) => bounded::concat(&[conversation, "/", id]),
        (None, _) => bounded::concat(&[conversation, "/", kind, "/", &digest()]),
    };
    bounded::name(id, limits::ID_BYTES)
}

/// Are there any? Some channels send a list that is empty.
fn some<T>(list: Option<&Vec<T>>) -> bool {
    list.is_some_and(|list| !list.is_empty())
}

fn kind_of(activity: &Activity<'_>, kind: &str) -> Text {
    let kind = match kind {
        "messageUpdate" => "message.updated",
        "messageDelete" => "message.deleted",
        "messageReaction" if some(activity.reactions_added.as_ref()) => "reaction.added",
        "messageReaction" if some(activity.reactions_removed.as_ref()) => "reaction.removed",
        "conversationUpdate" if some(activity.members_added.as_ref()) => "members.added",
        "conversationUpdate" if some(activity.members_removed.as_ref()) => "members.removed",
        "invoke" if activity.name.as_deref() == Some("adaptiveCard/action") => "card.action",
        "invoke" | "event" => match given(activity.name.as_ref()) {
            Some(name) => return bounded::concat(&[kind, ".", name]),
            None => kind,
        },
        other => return other.to_ascii_lowercase().into(),
    };
    Text::from(kind)
}

fn actor(place: &Place<'_>, from: &Account<'_>) -> Option<Actor> {
    let id = given(from.id.as_ref());
    let directory_id = given(from.directory_id.as_ref());
    let class = match from.role.as_deref() {
        Some("user") => ActorClass::Human,
        Some("bot" | "skill") => ActorClass::Bot,
        // Teams leaves the role out; its ids say it: `28:` and an application, `29:` and a person of the directory.
        _ if place.source != "teams" => ActorClass::Unknown,
        _ => match (id, directory_id) {
            (Some(id), _) if id.starts_with("28:") => ActorClass::Bot,
            (Some(id), Some(_)) if id.starts_with("29:") => ActorClass::Human,
            _ => ActorClass::Unknown,
        },
    };
    let id = bounded::concat(&[&place.source, ":", directory_id.or(id)?]);
    Some(Actor { id: bounded::name(id, limits::SUBJECT_BYTES), class })
}

fn token(activity: &Activity<'_>) -> Option<Text> {
    let value = activity.value.as_ref().and_then(|value| value.value.as_ref());
    let sent = value.and_then(|value| {
        let action = value.action.as_ref().and_then(|action| action.data.as_ref());
        value.own.token().or_else(|| action?.token()).or_else(|| value.data.as_ref()?.token())
    });
    sent.or_else(|| activity.text.as_deref().and_then(fingerprint::find_token).map(Text::from))
}

/// Teams sends a turn again that took too long, some 30 s later under a new id and time: what it is about stays the
/// same. White space is one space, since rendering changes it. A person may say the same twice, so it is a likely key.
fn content_key(activity: &Activity<'_>, conversation: &str, kind: &str, body: &[u8]) -> Text {
    let mut hasher = Xxh3::new();
    let from = activity.from.as_ref().and_then(|from| from.id.as_deref()).unwrap_or_default();
    for part in [kind, conversation, from, activity.name.as_deref().unwrap_or_default()] {
        hasher.update(part.as_bytes());
        hasher.update(&[0]);
    }
    for word in activity.text.as_deref().unwrap_or_default().split_ascii_whitespace() {
        hasher.update(word.as_bytes());
        hasher.update(b" ");
    }
    hasher.update(&[0]);
    hasher.update(activity.value.as_ref().and_then(|value| body.get(value.start..value.end)).unwrap_or_default());
    hasher.update(&[0]);
    hasher.update(activity.attachments.map(|attachments| attachments.0).unwrap_or_default().as_bytes());
    bounded::concat(&["~", &HEXLOWER.encode(&hasher.digest128().to_be_bytes())])
}

/// State and derived kinds.
fn describe(activity: &Activity<'_>, kind: &str, event: &mut Event) {
    let state = |property: &str, value: &str| {
        Some(Property {
            property: bounded::name(property, limits::NAME_BYTES),
            value: bounded::name(value, limits::VALUE_BYTES),
        })
    };
    match kind {
        "messageUpdate" => event.state = state("text", &bounded::digest(event.text.as_deref().unwrap_or_default())),
        "messageDelete" => event.state = state("state", "deleted"),
        // Pressing a button of an older kind of card sends a message without text.
        "message" if event.text.is_none() && activity.value.as_ref().is_some_and(|value| value.value.is_some()) => {
            event.also.push(Text::from("card.action"));
        }
        "messageReaction" if event.kind == "reaction.added" && some(activity.reactions_removed.as_ref()) => {
            event.also.push(Text::from("reaction.removed"));
        }
        "conversationUpdate" if event.kind == "members.added" && some(activity.members_removed.as_ref()) => {
            event.also.push(Text::from("members.removed"));
        }
        _ => {}
    }
}

fn attributes(activity: &Activity<'_>, event: &mut Event) {
    let conversation = activity.conversation.as_ref();
    let data = activity.channel_data.as_ref();
    let in_data = |named: Option<&Named<'_>>| named.and_then(|named| named.id.as_deref()).map(Text::from);
    let tenant = conversation.and_then(|conversation| conversation.tenant.as_deref()).map(Text::from);
    let names = |accounts: &Option<Vec<Account<'_>>>| {
        let ids = accounts.iter().flatten().filter_map(|account| account.directory_id.as_ref().or(account.id.as_ref()));
        ids.map(|id| &**id).collect::<Vec<_>>().join(",")
    };
    let reactions = activity.reactions_added.iter().chain(&activity.reactions_removed).flatten();
    let reactions = reactions.filter_map(|reaction| reaction.kind.as_deref()).collect::<Vec<_>>().join(",");
    let value = activity.value.as_ref().and_then(|value| value.value.as_ref());
    let verb = value.and_then(|value| value.action.as_ref()?.verb.as_deref());
    let values = [
        ("channel", activity.channel.as_deref().map(Text::from)),
        ("conversation_type", conversation.and_then(|conversation| conversation.kind.as_deref()).map(Text::from)),
        ("tenant_id", tenant.or_else(|| in_data(data?.tenant.as_ref()))),
        ("team_id", in_data(data.and_then(|data| data.team.as_ref()))),
        ("channel_id", in_data(data.and_then(|data| data.channel.as_ref()))),
        ("event_type", data.and_then(|data| data.event_type.as_deref()).map(Text::from)),
        ("name", activity.name.as_deref().map(Text::from)),
        ("verb", verb.map(Text::from)),
        ("from", activity.from.as_ref().and_then(|from| from.name.as_deref()).map(Text::from)),
        ("members_added", Some(names(&activity.members_added).into())),
        ("members_removed", Some(names(&activity.members_removed).into())),
        ("reactions", Some(reactions.into())),
    ];
    for (name, value) in values {
        bounded::set(&mut event.attributes, name, value.as_deref().unwrap_or_default());
    }
    // Of an invoke only the data of its card or dialog: beside it are codes and tokens of people who sign in, for no journal.
    let own = value.filter(|_| event.kind == "message").map(|value| &value.own);
    let data = value.and_then(|value| value.data.as_ref());
    let action = value.and_then(|value| value.action.as_ref()?.data.as_ref());
    for data in [own, data, action].into_iter().flatten() {
        data.add_members_to(event);
    }
}
