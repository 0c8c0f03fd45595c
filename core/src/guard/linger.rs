//! Many small effects on one target, sent as few.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    vec::Vec,
};

use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};
use serde::{Deserialize, Serialize};

use super::error::{GuardError, has_room, in_range};
use crate::{text::Text, time::Timestamp};

/// How long edits linger, and how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[serde(default, deny_unknown_fields)]
#[cbor(map)]
pub struct LingerPolicy {
    /// How long the first edit of a target waits for others, in milliseconds. At least 1, default 1,000.
    #[n(0)]
    pub linger_ms: u64,
    /// Edits of one target; that many leave at once. 1 to 10,000, default 100.
    #[n(1)]
    pub per_target: u32,
    /// Targets with edits that wait. An edit of one more is refused. Default 10,000.
    #[n(2)]
    pub targets: u32,
}

impl Default for LingerPolicy {
    fn default() -> Self {
        Self { linger_ms: 1_000, per_target: 100, targets: 10_000 }
    }
}

/// One small effect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[serde(deny_unknown_fields)]
#[cbor(array)]
pub struct Edit {
    /// Its number with the host.
    #[n(0)]
    pub id: u64,
    /// What is sent together: an issue, a conversation.
    #[n(1)]
    pub target: Text,
    /// What is changed: the body, a label, a comment.
    #[n(2)]
    pub object: Text,
    /// How: set, add, close.
    #[n(3)]
    pub action: Text,
    /// Does it make the one before it, of the same object and action, unnecessary? Setting a text does, adding a comment does not.
    #[n(4)]
    pub replaces: bool,
    /// The new content.
    #[n(5)]
    pub body: Text,
}

/// Edits of one target that leave together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    /// The target.
    pub target: Text,
    /// The edits, in order. At least one.
    pub edits: Vec<Edit>,
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
struct Lingering {
    #[n(0)]
    due: Timestamp,
    /// The how many-th batch it is.
    #[n(1)]
    number: u64,
    #[n(2)]
    edits: Vec<Edit>,
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
struct State {
    #[n(0)]
    policy: LingerPolicy,
    #[n(1)]
    now: Timestamp,
    /// Batches begun so far.
    #[n(2)]
    number: u64,
    #[n(3)]
    targets: BTreeMap<Text, Lingering>,
}

/// Many small effects on one target, sent as few: they linger a while, and what comes meanwhile goes along.
///
/// As Kafka's `linger.ms`: the first edit of a target starts its clock, and all that come until then leave together.
///
/// | on | then |
/// |---|---|
/// | the first edit of a target | it waits `linger_ms` |
/// | an edit that replaces, and the last one of the same object has the same action and replaces too | takes that one's place |
/// | any other edit | goes behind the others |
/// | the target has `per_target` edits | they leave at once |
/// | `linger_ms` over | they leave |
///
/// Edits leave in the order in which they came. Only the newest of several that replace one another leaves, in the first one's
/// place; an edit between them with another action on the same object keeps them apart: edit, close, edit stays three.
///
/// ```
/// use reynolds::{Timestamp, guard::{Edit, Linger, LingerPolicy}};
///
/// let mut linger = Linger::new(LingerPolicy { linger_ms: 500, ..LingerPolicy::default() }, Timestamp(0))?;
/// let edit = |id, body: &str| Edit {
///     id, target: "github:acme/api#7".into(), object: "body".into(), action: "set".into(), replaces: true, body: body.into(),
/// };
/// let mut leaving = Vec::new();
/// assert_eq!(linger.push(Timestamp(0), edit(1, "1 of 2 done"), &mut leaving)?, None);
/// assert_eq!(linger.push(Timestamp(100), edit(2, "2 of 2 done"), &mut leaving)?, Some(1)); // edit 1 need not be sent
/// assert!(leaving.is_empty());
///
/// linger.on_due(Timestamp(500), &mut leaving);
/// assert_eq!(leaving[0].edits, [edit(2, "2 of 2 done")]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Linger {
    state: State,
    /// Derived.
    timers: BTreeSet<(Timestamp, u64, Text)>,
}

impl Linger {
    /// Nothing waits.
    ///
    /// # Errors
    /// [`GuardError::OutOfRange`].
    pub fn new(policy: LingerPolicy, now: Timestamp) -> Result<Self, GuardError> {
        let LingerPolicy { linger_ms, per_target, .. } = policy;
        in_range(linger_ms >= 1, "linger_ms", linger_ms, "at least 1")?;
        in_range((1..=10_000).contains(&per_target), "per_target", per_target.into(), "1 to 10000")?;
        let state = State { policy, now, number: 0, targets: BTreeMap::new() };
        Ok(Self { state, timers: BTreeSet::new() })
    }

    /// Takes an edit in. Says the id of the one it replaces, which will not be sent; appends what leaves now: batches whose time
    /// is over, and the edit's own if it is full.
    ///
    /// # Errors
    /// [`GuardError::Full`] for `targets`; nothing has changed then.
    pub fn push(&mut self, now: Timestamp, edit: Edit, out: &mut Vec<Batch>) -> Result<Option<u64>, GuardError> {
        let now = self.state.now.max(now);
        let lingers = |target: &Lingering| target.due > now;
        if !self.state.targets.get(&edit.target).is_some_and(lingers) {
            let after = self.state.targets.values().filter(|target| lingers(target));
            // The count is only taken when it might matter.
            let full = self.state.targets.len() as u64 >= u64::from(self.state.policy.targets);
            has_room(if full { after.count() } else { 0 }, self.state.policy.targets, "targets")?;
        }
        self.on_due(now, out);
        let target = edit.target.clone();
        let Some(lingering) = self.state.targets.get_mut(&target) else {
            self.begin(edit, out);
            return Ok(None);
        };
        let last = lingering.edits.iter_mut().rev().find(|last| last.object == edit.object);
        if let Some(last) = last.filter(|last| last.replaces && edit.replaces && last.action == edit.action) {
            return Ok(Some(core::mem::replace(last, edit).id));
        }
        lingering.edits.push(edit);
        if lingering.edits.len() as u64 >= u64::from(self.state.policy.per_target) {
            out.extend(self.flush(&target));
        }
        Ok(None)
    }

    /// Takes what waits for a target, now. For what must not wait: a person is looking, or the host stops.
    pub fn flush(&mut self, target: &str) -> Option<Batch> {
        let (target, lingering) = self.state.targets.remove_entry(target)?;
        self.timers.remove(&(lingering.due, lingering.number, target.clone()));
        Some(Batch { target, edits: lingering.edits })
    }

    /// Takes everything that waits, in the order in which the batches began.
    pub fn flush_all(&mut self, out: &mut Vec<Batch>) {
        self.leave(Timestamp(u64::MAX), out);
    }

    /// Edits that wait.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.state.targets.values().map(|target| target.edits.len()).sum()
    }

    /// When the next batch leaves.
    #[must_use]
    pub fn due(&self) -> Option<Timestamp> {
        self.timers.first().map(|(due, ..)| *due)
    }

    /// Time has passed: appends what leaves.
    pub fn on_due(&mut self, now: Timestamp, out: &mut Vec<Batch>) {
        self.state.now = self.state.now.max(now);
        self.leave(self.state.now, out);
    }

    /// # Errors
    /// What is wrong with the state; never, unless it was built from foreign bytes.
    pub fn check(&self) -> Result<(), &'static str> {
        let State { policy, targets, number, .. } = &self.state;
        if targets.len() as u64 > policy.targets.into() || targets.len() != self.timers.len() {
            return Err("more targets than the limit, or than timers");
        }
        for (target, lingering) in targets {
            let len = lingering.edits.len() as u64;
            if len == 0 || len >= u64::from(policy.per_target).max(2) || lingering.number > *number {
                return Err("a batch that is empty, full, or was never begun");
            }
            if !self.timers.contains(&(lingering.due, lingering.number, target.clone())) {
                return Err("a batch would never leave");
            }
            if lingering.edits.iter().any(|edit| edit.target != *target) {
                return Err("an edit of another target");
            }
        }
        Ok(())
    }

    fn begin(&mut self, edit: Edit, out: &mut Vec<Batch>) {
        let target = edit.target.clone();
        if self.state.policy.per_target == 1 {
            out.push(Batch { target, edits: Vec::from([edit]) });
            return;
        }
        self.state.number = self.state.number.saturating_add(1);
        let (due, number) = (self.state.now.plus_ms(self.state.policy.linger_ms), self.state.number);
        self.timers.insert((due, number, target.clone()));
        self.state.targets.insert(target, Lingering { due, number, edits: Vec::from([edit]) });
    }

    fn leave(&mut self, until: Timestamp, out: &mut Vec<Batch>) {
        while self.timers.first().is_some_and(|(due, ..)| *due <= until) {
            let Some((.., target)) = self.timers.pop_first() else { break };
            out.extend(self.flush(&target));
        }
    }
}

impl<C> Encode<C> for Linger {
    fn encode<W: encode::Write>(&self, e: &mut Encoder<W>, ctx: &mut C) -> Result<(), encode::Error<W::Error>> {
        self.state.encode(e, ctx)
    }
}

impl<'b, C> Decode<'b, C> for Linger {
    fn decode(d: &mut Decoder<'b>, ctx: &mut C) -> Result<Self, decode::Error> {
        let state = State::decode(d, ctx)?;
        let timers = state.targets.iter().map(|(target, it)| (it.due, it.number, target.clone())).collect();
        let linger = Self { state, timers };
        linger.check().map_err(decode::Error::message)?;
        Ok(linger)
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;

    fn edit(id: u64, object: &str, action: &str, replaces: bool) -> Edit {
        let (target, body) = ("issue".into(), format!("body {id}").into());
        Edit { id, target, object: object.into(), action: action.into(), replaces, body }
    }

    fn ids(batch: Option<Batch>) -> Vec<u64> {
        batch.into_iter().flat_map(|batch| batch.edits).map(|edit| edit.id).collect()
    }

    fn pushed(edits: &[Edit]) -> (Vec<Option<u64>>, Vec<u64>) {
        let mut linger = Linger::new(LingerPolicy::default(), Timestamp(0)).unwrap();
        let mut out = Vec::new();
        let replaced = edits.iter().map(|edit| linger.push(Timestamp(0), edit.clone(), &mut out).unwrap()).collect();
        assert_eq!((out, linger.check()), (Vec::new(), Ok(())));
        (replaced, ids(linger.flush("issue")))
    }

    #[test]
    fn a_thousand_edits_of_ten_issues_become_ten_effects() {
        let mut linger = Linger::new(LingerPolicy::default(), Timestamp(0)).unwrap();
        let mut out = Vec::new();
        for id in 0..1_000 {
            let target = Text::from(format!("issue {}", id % 10));
            let edit = Edit { target, ..edit(id, "body", "set", true) };
            let replaced = linger.push(Timestamp(id), edit, &mut out).unwrap();
            assert_eq!(replaced, id.checked_sub(10));
        }
        linger.on_due(Timestamp(2_000), &mut out);
        assert_eq!((linger.due(), linger.check()), (None, Ok(())));
        // The last one of each issue, in the order of the issues' first edits.
        let sent: Vec<u64> = out.iter().flat_map(|batch| &batch.edits).map(|edit| edit.id).collect();
        assert_eq!((out.len(), sent), (10, (990..1_000).collect()));
    }

    #[test]
    fn a_later_edit_of_an_object_takes_the_place_of_the_earlier_one() {
        let edits = [edit(1, "title", "set", true), edit(2, "body", "set", true), edit(3, "title", "set", true)];
        assert_eq!(pushed(&edits), (Vec::from([None, None, Some(1)]), Vec::from([3, 2])));
    }

    #[test]
    fn different_actions_keep_their_order() {
        let edits = [edit(1, "state", "set", true), edit(2, "state", "close", true), edit(3, "state", "set", true)];
        assert_eq!(pushed(&edits), (Vec::from([None, None, None]), Vec::from([1, 2, 3])));
    }

    #[test]
    fn what_adds_is_never_replaced() {
        let edits = [edit(1, "comments", "add", false), edit(2, "comments", "add", false)];
        assert_eq!(pushed(&edits), (Vec::from([None, None]), Vec::from([1, 2])));
    }

    #[test]
    fn it_leaves_when_its_time_is_over_or_when_it_is_full() {
        let policy = LingerPolicy { linger_ms: 100, per_target: 3, targets: 1 };
        let mut linger = Linger::new(policy, Timestamp(0)).unwrap();
        let mut out = Vec::new();
        let add = |id| edit(id, "comments", "add", false);
        linger.push(Timestamp(10), add(1), &mut out).unwrap();
        linger.push(Timestamp(90), add(2), &mut out).unwrap();
        assert_eq!((linger.due(), out.len()), (Some(Timestamp(110)), 0));
        // At 110 the first batch leaves, and the next one begins.
        linger.push(Timestamp(110), add(3), &mut out).unwrap();
        assert_eq!(ids(out.pop()), [1, 2]);
        let other = Edit { target: "other".into(), ..add(9) };
        let full = linger.push(Timestamp(120), other.clone(), &mut out);
        assert_eq!(full, Err(GuardError::Full { limit_name: "targets", limit: 1 }));
        linger.push(Timestamp(120), add(4), &mut out).unwrap();
        linger.push(Timestamp(120), add(5), &mut out).unwrap();
        assert_eq!((ids(out.pop()), linger.waiting(), linger.due()), (Vec::from([3, 4, 5]), 0, None));
        assert_eq!(linger.push(Timestamp(120), other, &mut out), Ok(None));
    }

    #[test]
    fn equal_states_have_equal_bytes_and_bytes_come_back() {
        let mut linger = Linger::new(LingerPolicy::default(), Timestamp(0)).unwrap();
        for id in 0..5 {
            let target = Text::from(format!("issue {}", id % 2));
            linger
                .push(Timestamp(id), Edit { target, ..edit(id, "body", "set", id % 3 == 0) }, &mut Vec::new())
                .unwrap();
        }
        let bytes = minicbor::to_vec(&linger).unwrap();
        let back: Linger = minicbor::decode(&bytes).unwrap();
        assert_eq!(back, linger);
        assert_eq!(minicbor::to_vec(&back).unwrap(), bytes);
    }
}
