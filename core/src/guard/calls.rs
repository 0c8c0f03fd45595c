//! Calls whose answers come later.

use alloc::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    vec::Vec,
};

use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};
use serde::{Deserialize, Serialize};

use super::error::{GuardError, has_room, in_range};
use crate::time::Timestamp;

/// How much a table of calls holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[serde(default, deny_unknown_fields)]
#[cbor(map)]
pub struct CallLimits {
    /// Calls that await an answer. One more is refused. Default 10,000.
    #[n(0)]
    pub pending: u32,
    /// Ended calls of which it is remembered how they ended. Default 10,000.
    #[n(1)]
    pub ended: u32,
}

impl Default for CallLimits {
    fn default() -> Self {
        Self { pending: 10_000, ended: 10_000 }
    }
}

/// What an answer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Answer {
    /// The one that counts.
    Accepted {
        /// How long it took, in milliseconds.
        took_ms: u64,
    },
    /// The call was answered before.
    Duplicate,
    /// The call has timed out. Keep it as evidence, if at all.
    Late,
    /// The call ended, by an answer or not, so long ago that nobody remembers which.
    Forgotten,
    /// There was no such call.
    Unknown,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
struct Pending {
    #[n(0)]
    began: Timestamp,
    #[n(1)]
    due: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
struct State {
    #[n(0)]
    limits: CallLimits,
    #[n(1)]
    now: Timestamp,
    /// The last id.
    #[n(2)]
    last: u64,
    #[n(3)]
    pending: BTreeMap<u64, Pending>,
    /// Calls that ended and whether by an answer, in the order of their ends.
    #[n(4)]
    ended: VecDeque<(u64, bool)>,
}

/// A table of pending calls: their answers come later, if they come, and perhaps twice.
///
/// | the call is | an answer comes | its time is over |
/// |---|---|---|
/// | pending | accepted, ended | timed out, ended |
/// | ended by an answer | duplicate | - |
/// | ended by its time | late | - |
/// | ended, and how is forgotten | forgotten | - |
/// | never begun | unknown | - |
///
/// Ids are handed out in order, so that an answer to an ended call is recognised for ever, without remembering it; only how it
/// ended is forgotten, the oldest first.
///
/// ```
/// use reynolds::{Timestamp, guard::{Answer, CallLimits, Calls}};
///
/// let mut calls = Calls::new(CallLimits::default(), Timestamp(0));
/// let first = calls.begin(Timestamp(10), 1_000)?;                          // send the id along
/// let second = calls.begin(Timestamp(20), 1_000)?;
/// assert_eq!(calls.on_answer(Timestamp(250), first), Answer::Accepted { took_ms: 240 });
/// assert_eq!(calls.on_answer(Timestamp(260), first), Answer::Duplicate);
///
/// let mut over = Vec::new();
/// assert_eq!(calls.due(), Some(Timestamp(1_020)));
/// calls.on_due(Timestamp(1_020), &mut over);                               // nobody has answered the second
/// assert_eq!(over, [second]);
/// assert_eq!(calls.on_answer(Timestamp(1_500), second), Answer::Late);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calls {
    state: State,
    /// Derived.
    timers: BTreeSet<(Timestamp, u64)>,
    /// What `ended` says, by id. Derived.
    answered: BTreeMap<u64, bool>,
}

impl Calls {
    /// An empty table.
    #[must_use]
    pub fn new(limits: CallLimits, now: Timestamp) -> Self {
        let state = State { limits, now, last: 0, pending: BTreeMap::new(), ended: VecDeque::new() };
        Self { state, timers: BTreeSet::new(), answered: BTreeMap::new() }
    }

    /// Begins a call that times out in `ttl_ms` (at least 1), and says its id: send it along as the correlation id.
    ///
    /// # Errors
    /// [`GuardError::Full`] for `pending`: a call whose time is over takes its room until [`Calls::on_due`] has listed it, or nobody
    /// would be told. [`GuardError::OutOfRange`] for `ttl_ms`.
    pub fn begin(&mut self, now: Timestamp, ttl_ms: u64) -> Result<u64, GuardError> {
        in_range(ttl_ms >= 1, "ttl_ms", ttl_ms, "at least 1")?;
        has_room(self.state.pending.len(), self.state.limits.pending, "pending")?;
        let began = self.state.now.max(now);
        let (id, due) = (self.state.last.saturating_add(1), began.plus_ms(ttl_ms));
        (self.state.now, self.state.last) = (began, id);
        self.state.pending.insert(id, Pending { began, due });
        self.timers.insert((due, id));
        Ok(id)
    }

    /// An answer has come. Only an accepted one counts. At the end of its time a call is over, even if nobody has called `on_due`:
    /// the answer is late then, and `on_due` still lists the call.
    pub fn on_answer(&mut self, now: Timestamp, id: u64) -> Answer {
        let now = self.state.now.max(now);
        let Some(call) = self.state.pending.get(&id).copied() else {
            return match self.answered.get(&id) {
                Some(true) => Answer::Duplicate,
                Some(false) => Answer::Late,
                None if (1..=self.state.last).contains(&id) => Answer::Forgotten,
                None => Answer::Unknown,
            };
        };
        if call.due <= now {
            return Answer::Late;
        }
        self.state.now = now;
        self.end(id, call, true);
        Answer::Accepted { took_ms: now.since_ms(call.began) }
    }

    /// Calls that await an answer.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.state.pending.len()
    }

    /// When the next call times out.
    #[must_use]
    pub fn due(&self) -> Option<Timestamp> {
        self.timers.first().map(|(at, _)| *at)
    }

    /// Time has passed: appends the calls that timed out, each once.
    pub fn on_due(&mut self, now: Timestamp, timed_out: &mut Vec<u64>) {
        self.state.now = self.state.now.max(now);
        while let Some((due, id)) = self.timers.first().copied().filter(|(due, _)| *due <= self.state.now) {
            self.end(id, Pending { began: due, due }, false);
            timed_out.push(id);
        }
    }

    /// # Errors
    /// What is wrong with the state; never, unless it was built from foreign bytes.
    pub fn check(&self) -> Result<(), &'static str> {
        let State { limits, last, pending, ended, .. } = &self.state;
        let too_many = pending.len() as u64 > limits.pending.into() || ended.len() as u64 > limits.ended.into();
        if too_many {
            return Err("more calls than the limit");
        }
        if pending.iter().any(|(id, call)| !self.timers.contains(&(call.due, *id)))
            || self.timers.len() != pending.len()
        {
            return Err("timers are not those of the pending calls");
        }
        if ended.iter().any(|(id, _)| pending.contains_key(id)) || self.answered.len() != ended.len() {
            return Err("a call ended twice, or is pending still");
        }
        let largest = pending.keys().chain(self.answered.keys()).max();
        if largest.is_some_and(|id| id > last) { Err("a call that was never begun") } else { Ok(()) }
    }

    fn end(&mut self, id: u64, call: Pending, answered: bool) {
        self.state.pending.remove(&id);
        self.timers.remove(&(call.due, id));
        self.state.ended.push_back((id, answered));
        self.answered.insert(id, answered);
        while self.state.ended.len() as u64 > u64::from(self.state.limits.ended) {
            if let Some((oldest, _)) = self.state.ended.pop_front() {
                self.answered.remove(&oldest);
            }
        }
    }
}

impl<C> Encode<C> for Calls {
    fn encode<W: encode::Write>(&self, e: &mut Encoder<W>, ctx: &mut C) -> Result<(), encode::Error<W::Error>> {
        self.state.encode(e, ctx)
    }
}

impl<'b, C> Decode<'b, C> for Calls {
    fn decode(d: &mut Decoder<'b>, ctx: &mut C) -> Result<Self, decode::Error> {
        let state = State::decode(d, ctx)?;
        let timers = state.pending.iter().map(|(id, call)| (call.due, *id)).collect();
        let answered = state.ended.iter().copied().collect();
        let calls = Self { state, timers, answered };
        calls.check().map_err(decode::Error::message)?;
        Ok(calls)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_counts_once_and_in_time() {
        let mut calls = Calls::new(CallLimits::default(), Timestamp(0));
        let [first, second] = [(); 2].map(|()| calls.begin(Timestamp(100), 50).unwrap());
        assert_eq!(calls.on_answer(Timestamp(120), first), Answer::Accepted { took_ms: 20 });
        assert_eq!(calls.on_answer(Timestamp(121), first), Answer::Duplicate);
        // At its time it is late, before and after the table has noticed.
        assert_eq!(calls.on_answer(Timestamp(150), second), Answer::Late);
        let mut timed_out = Vec::new();
        calls.on_due(Timestamp(150), &mut timed_out);
        calls.on_due(Timestamp(999), &mut timed_out);
        assert_eq!(timed_out, [second]);
        assert_eq!(calls.on_answer(Timestamp(999), second), Answer::Late);
        assert_eq!(
            (calls.on_answer(Timestamp(999), 3), calls.on_answer(Timestamp(999), 0)),
            (Answer::Unknown, Answer::Unknown)
        );
        assert_eq!((calls.pending(), calls.due(), calls.check()), (0, None, Ok(())));
    }

    #[test]
    fn what_is_forgotten_is_still_known_to_have_ended() {
        let mut calls = Calls::new(CallLimits { pending: 1, ended: 2 }, Timestamp(0));
        for id in 1..=3 {
            assert_eq!(calls.begin(Timestamp(0), 10), Ok(id));
            assert_eq!(calls.begin(Timestamp(0), 10), Err(GuardError::Full { limit_name: "pending", limit: 1 }));
            assert_eq!(calls.on_answer(Timestamp(id), id), Answer::Accepted { took_ms: 1 });
        }
        let again = [1, 2, 3].map(|id| calls.on_answer(Timestamp(4), id));
        assert_eq!(again, [Answer::Forgotten, Answer::Duplicate, Answer::Duplicate]);
    }

    #[test]
    fn equal_states_have_equal_bytes_and_bytes_come_back() {
        let mut calls = Calls::new(CallLimits::default(), Timestamp(0));
        let ids = [(); 3].map(|()| calls.begin(Timestamp(5), 10).unwrap());
        calls.on_answer(Timestamp(6), ids[1]);
        let bytes = minicbor::to_vec(&calls).unwrap();
        let back: Calls = minicbor::decode(&bytes).unwrap();
        assert_eq!(back, calls);
        assert_eq!(minicbor::to_vec(&back).unwrap(), bytes);
    }
}
