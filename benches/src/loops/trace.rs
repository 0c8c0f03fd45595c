//! `reynolds.trace/1`: one story per line of JSON, integers and texts only.

use serde::{Deserialize, Serialize};

/// The schema's name, the first key of every line.
pub const SCHEMA: &str = "reynolds.trace/1";

/// One story.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trace {
    /// Always [`SCHEMA`].
    pub schema: String,
    /// Family and seed.
    pub id: String,
    /// The situation it is an example of.
    pub family: String,
    /// Loop or not.
    pub label: Label,
    /// The index of the first effect that should not have happened; -1 in a legitimate story.
    pub onset: i64,
    /// Families that are reported together, such as `declared` or `careless`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub group: String,
    /// In the order of their times.
    pub events: Vec<Entry>,
}

/// What a story is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Label {
    /// It goes on until somebody stops it.
    Loop,
    /// It looks like a loop at most.
    Legit,
}

/// Something that arrives, or something we want to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "d", rename_all = "snake_case")]
pub enum Entry {
    /// An event.
    In(In),
    /// An effect.
    Out(Out),
}

/// An event.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct In {
    /// Milliseconds since the story's start.
    pub t: u64,
    /// Id of the delivery.
    pub id: String,
    /// Platform.
    pub src: String,
    /// What happened, or what to do.
    pub kind: String,
    /// `self` is an account the host has named as its own.
    pub actor: String,
    /// As the platform says: human, bot, app, system, timer, unknown.
    pub cls: String,
    /// The thing it is about.
    pub subj: String,
    /// The platform's object.
    #[serde(default)]
    pub obj: String,
    /// As a person reads it.
    #[serde(default)]
    pub text: String,
    /// `property:value`, or a value alone where it is a tree or `prop` names the property; empty if unknown.
    #[serde(default)]
    pub state: String,
    /// The property, where `state` is its value alone.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub prop: String,
    /// The effect whose token came back, by its `eid`.
    #[serde(default)]
    pub tok: String,
    /// The object it answers.
    #[serde(default)]
    pub re: String,
    /// Declared progress.
    #[serde(default)]
    pub prog: Option<u64>,
    /// Empty is the only one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub tenant: String,
    /// The truth, hidden from every guard: the index of the effect that brought this about, or -1.
    #[serde(default = "nothing")]
    pub by: i64,
    /// Hidden: belongs to another story in the background.
    #[serde(default, skip_serializing_if = "is_default")]
    pub nz: u8,
}

/// An effect that the host wants.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Out {
    /// Milliseconds since the story's start.
    pub t: u64,
    /// Its name in this story.
    pub eid: String,
    /// The index of the event that is being handled.
    pub cause: usize,
    /// What happened, or what to do.
    pub kind: String,
    /// The thing it is about.
    pub subj: String,
    /// As a person reads it.
    #[serde(default)]
    pub text: String,
    /// The id that the platform returns, if it returns one. Hidden until the receipt arrives.
    #[serde(default)]
    pub obj: String,
    /// Hidden: the id that the platform really gave it.
    #[serde(default)]
    pub robj: String,
    /// Attempt n of m.
    #[serde(default)]
    pub att: Option<[u32; 2]>,
    /// Declared progress.
    #[serde(default)]
    pub prog: Option<u64>,
    /// Part of a declared plan.
    #[serde(default)]
    pub plan: u8,
    /// The plan's name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub plan_id: String,
    /// The plan's declared size; 0 is open.
    #[serde(default, skip_serializing_if = "is_default")]
    pub plan_n: u32,
    /// The property it writes, and the value.
    #[serde(default)]
    pub w: String,
    /// The value it writes, where the host says.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub wv: String,
    /// It only reads.
    #[serde(default)]
    pub ro: u8,
    /// Empty is the only one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub tenant: String,
    /// Hidden: milliseconds until the receipt arrives; -1 never. Absent: with the effect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rt: Option<i64>,
    /// Hidden: `good`, `bad` or `free`; empty where the onset says it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub truth: String,
    /// Hidden: belongs to another story in the background.
    #[serde(default, skip_serializing_if = "is_default")]
    pub nz: u8,
}

fn nothing() -> i64 {
    -1
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
